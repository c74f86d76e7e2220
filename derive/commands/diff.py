"""`derive diff "EXPR" --wrt x`: the derivative of an expression, line by line, every rule named.

The names of the expression are declared by `--declare`, in the proof language, or by a file; what is not declared is an
error, so that nothing is taken for a constant because nobody said what it is. Where the variable is the only name, it need not
be declared.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.checking.checker import check
from derive.checking.differentiate import declarations, differentiate
from derive.checking.verdicts import Report
from derive.commands.foreign import refuse
from derive.commands.output import write_output
from derive.library import read_path
from derive.limits import DERIVATIVE, allowed
from derive.render.html import report_html
from derive.render.json import printed, reports_json
from derive.render.latex import report_latex
from derive.render.markdown import report_markdown
from derive.render.target import Target
from derive.render.text import report_text


@dataclass(frozen=True)
class Options:
    """What a call asks for."""

    wrt: str
    declare: tuple[str, ...] = ()
    file: str | None = None
    format: str = "text"
    output: str | None = None
    ascii: bool = False
    width: int | None = None


def diff(expression: str, options: Options) -> int:
    """Prints the derivative with its steps, and returns the exit status."""
    report = derived(expression, options)

    def render(target: Target) -> str:
        match options.format:
            case "json":
                return printed(reports_json((report,), latex=True), target.ascii)
            case "latex":
                text = report_latex(report)
            case "markdown":
                text = report_markdown(report)
            case "html":
                text = report_html(report, target.ascii)
            case _:
                text = report_text(report, target.width, target.ascii, target.color)
        return text.rstrip("\n") + "\n"

    write_output(render, options.output, options.width, options.ascii)
    return 0 if report.expected else 1


def derived(expression: str, options: Options) -> Report:
    """The report on the theorem `diff(expression, wrt) = …`, its right side found and every line proved."""
    if options.file is not None:
        refuse(options.file)
    declared = [declarations(read_path(options.file)[0])] if options.file is not None else []
    with allowed(DERIVATIVE):
        found = differentiate(expression, options.wrt, "\n".join((*declared, *options.declare)), '--declare "{}"')
        return check(found, record=options.format == "json")
