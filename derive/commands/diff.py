"""`derive diff "EXPR" --wrt x`: the derivative of an expression, line by line, every rule named.

The names of the expression are declared by `--declare`, in the proof language, or by a file; what is not declared is an
error, so that nothing is taken for a constant because nobody said what it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from derive.checker import check
from derive.commands.output import Paper, deliver
from derive.derivation import Derivation
from derive.errors import CallError, DeriveError
from derive.language import read, write
from derive.language.writer import write_term
from derive.library import read_path
from derive.proofs import derivative
from derive.render.html import report_html
from derive.render.json import report_json
from derive.render.latex import report_latex
from derive.render.markdown import report_markdown
from derive.render.text import report_text
from derive.rules import NAMES
from derive.verdicts import Report

UNDECLARED = "D140"


@dataclass(frozen=True)
class Wishes:
    """What a call asks for."""

    wrt: str
    declare: tuple[str, ...] = ()
    file: str | None = None
    format: str = "text"
    output: str | None = None
    ascii: bool = False
    width: int | None = None


def diff(expression: str, wishes: Wishes) -> int:
    """Prints the derivative with its steps, and returns the exit status."""
    report = derived(expression, wishes)

    def render(paper: Paper) -> str:
        match wishes.format:
            case "json":
                return json.dumps(report_json(report), ensure_ascii=paper.ascii, indent=2) + "\n"
            case "latex":
                text = report_latex(report)
            case "markdown":
                text = report_markdown(report)
            case "html":
                text = report_html(report, paper.ascii)
            case _:
                text = report_text(report, paper.width, paper.ascii, paper.color)
        return text.rstrip("\n") + "\n"

    deliver(render, wishes.output, wishes.width, wishes.ascii)
    return 0 if report.expected else 1


def derived(expression: str, wishes: Wishes) -> Report:
    """The report on the theorem `diff(expression, wrt) = …`, its right side found and every line proved."""
    header = _header(wishes)
    claim = f"diff({expression}, {wishes.wrt})"
    asked = _read(header, f"{claim} = {claim}")
    statement = asked.statements[-1]
    lines, result = derivative(statement)
    if result is None:
        raise CallError("no-derivative", f"no derivative of {expression} by {wishes.wrt} was found")
    signature = statement.signature
    steps = "".join(f"    = {write_term(line.theorem.right, signature)} by {', '.join(line.reasons)}\n" for line in lines)
    proof = f"proof\n  {claim}\n{steps}qed" if lines else ""
    return check(_read(header, f"{claim} = {write_term(result, signature)}\n{proof}"))


def _header(wishes: Wishes) -> str:
    """The declarations that the expression stands on."""
    if wishes.file is None:
        return "\n".join(wishes.declare)
    derivations = read_path(wishes.file)
    bare = replace(derivations[0], title="", source="", notes=(), statements=(), options={}, variants={})
    return "\n".join((write(bare), *wishes.declare))


def _read(header: str, claim: str) -> Derivation:
    text = f'title "Derivative"\n{header}\ntheorem derivative: {claim}\n'
    try:
        return read(text, "derivative", "the call", rule_names=NAMES)
    except DeriveError as error:
        if error.code == UNDECLARED:
            help = 'say what it is: --declare "variable x", or "constant a", or --file with its declarations'
            raise CallError(error.code, error.message, help) from error
        raise
