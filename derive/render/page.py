"""The page that `derive NAME` prints, in every format: the general derivation, then what was asked for besides, then the notes.

    the derivation for every size          from the renderers, in the order of `order`
    written out for H = 3 and k = 1        the main theorem once more, with numbers for indices
    the gradient for every k
    numbers                                the largest errors of the spot check
    mistakes, shown on purpose
    notes

Text is what is asked for most, so what only the other formats need is loaded where they are written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from derive.checking.answers import Answer, Instance
from derive.checking.elision import written_out
from derive.checking.instances import Gradient
from derive.checking.verdicts import Report
from derive.floor.terms import Diff
from derive.floor.theory import Theory
from derive.language import write_term
from derive.language.derivation import Derivation
from derive.render.layout import broken, paragraph
from derive.render.order import parted
from derive.render.symbols import latex_name, unicode_name
from derive.render.target import Target
from derive.render.text import report_text
from derive.render.unicode import write_unicode

if TYPE_CHECKING:
    from derive.bridge.spot import NumericReport


def page(answers: Sequence[Answer], format: str, target: Target, standalone: bool = False) -> str:
    """All answers on one page; in LaTeX it is a document of its own if `standalone`, and else to be pasted into one."""
    match format:
        case "text":
            return "\n\n".join(_text(answer, target) for answer in answers)
        case "markdown":
            return "\n".join(_markdown(answer) for answer in answers)
        case "latex":
            return _latex_page(answers, standalone)
        case "html":
            return _html(answers, target)
        case "json":
            from derive.render.json import printed

            return printed(_json(answers), target.ascii)
    raise ValueError(f"no format {format}")


def _parts(report: Report) -> tuple[Report, Report]:
    """A report without its notes and what fails on purpose, and one on that."""
    return parted(replace(report, derivation=replace(report.derivation, notes=())))


def _written(instance: Instance, title: str) -> Report:
    """The theorem written out, as a report of its own, with a name of its own."""
    name = f"{instance.theorem.statement.name}:{','.join(f'{name}={value}' for name, value in instance.where.items())}"
    return Report(Derivation(name, title), (instance.written,))


def _title(instance: Instance, name: Callable[[str], str]) -> str:
    return f"Written out for {_values(instance.where, name)}"


def _values(values: dict[str, int], name: Callable[[str], str]) -> str:
    return " and ".join(f"{name(each)} = {value}" for each, value in values.items())


def _for_every(instance: Instance, name: Callable[[str], str]) -> str:
    return f"The gradient, for every {' and '.join(name(index.name) for index in instance.place)}:"


# --- text -----------------------------------------------------------------------------------------------------------------


def _text(answer: Answer, target: Target) -> str:
    def report(report: Report) -> str:
        return report_text(report, target.width, target.ascii, target.color)

    name = str if target.ascii else unicode_name
    derived, mistakes = _parts(answer.report)
    parts = [report(derived)]
    if answer.instance is not None:
        parts.append(report(_written(answer.instance, _title(answer.instance, name))))
        if answer.instance.gradients:
            parts.append("\n".join([_for_every(answer.instance, name), "", *_gradients(answer.instance, target)]) + "\n")
    if answer.numeric is not None:
        said = f"Numbers: {numbers(answer.numeric, name)}"
        parts.append("\n".join(paragraph(said, target.width, "", "  ")) + "\n")
    if mistakes.theorems:
        parts.append(report(mistakes).lstrip("\n"))
    notes = answer.report.derivation.notes
    if notes:
        parts.append(report(Report(Derivation("", notes=notes))).lstrip("\n"))
    return "\n".join(parts)


def _gradients(instance: Instance, target: Target) -> Iterable[str]:
    theory = instance.theorem.statement.theory
    width = None if target.width is None else target.width - 2
    for gradient in instance.gradients:
        if gradient is None:
            yield "  ..." if target.ascii else "  ⋮"
            continue
        left, right = (write_unicode(side, theory, target.ascii) for side in _sides(gradient, theory))
        yield from (f"  {line}" for line in broken(f"{left} = {right}", width))


def _sides(gradient: Gradient, theory: Theory) -> tuple[Diff, Any]:
    return Diff(gradient.loss, gradient.by), written_out(gradient.value, theory)


# --- Markdown and LaTeX ---------------------------------------------------------------------------------------------------


def _markdown(answer: Answer) -> str:
    from derive.render.markdown import escaped, on_purpose, report_markdown

    derived, mistakes = _parts(answer.report)
    parts = [report_markdown(derived)]
    instance = answer.instance
    if instance is not None:
        # A heading of the second rank: it is a part of the page, and not a page.
        parts.append("#" + report_markdown(_written(instance, _title(instance, unicode_name))).replace("\n## ", "\n### ", 1))
        if instance.gradients:
            body = "\n".join(["\\begin{aligned}", *_aligned(instance), "\\end{aligned}"])
            parts.append(f"{_for_every(instance, unicode_name)}\n\n$$\n{body}\n$$\n".replace(r"\operatorname", r"\mathrm"))
    if answer.numeric is not None:
        parts.append(f"Numbers: {escaped(numbers(answer.numeric, unicode_name))}\n")
    parts += (f"{block}\n" for block in on_purpose(mistakes.theorems))
    parts += (f"> {escaped(note)}\n" for note in answer.report.derivation.notes)
    return "\n".join(parts)


def _latex_page(answers: Sequence[Answer], alone: bool) -> str:
    from derive.render.latex import standalone

    body = "\n".join(map(_latex, answers))
    first = answers[0].report.derivation
    return standalone(first.title or first.name, first.source, body) if alone else body


def _latex(answer: Answer) -> str:
    from derive.render.latex import report_latex

    instance = answer.instance
    derived, mistakes = parted(answer.report) if instance is not None else (answer.report, None)
    parts = [report_latex(derived)]
    if instance is not None:
        parts.append(f"{_title(instance, _in_dollars)}:\n\n{report_latex(_written(instance, _title(instance, str)))}")
        if instance.gradients:
            lines = ["\\begin{align*}", *_aligned(instance), "\\end{align*}"]
            parts.append("\n".join([_for_every(instance, _in_dollars), *lines]) + "\n")
    if answer.numeric is not None:
        parts.append(f"% Numbers: {numbers(answer.numeric, str)}\n")
    if mistakes is not None and mistakes.theorems:
        parts.append(report_latex(mistakes))
    return "\n".join(parts)


def _in_dollars(name: str) -> str:
    return f"${latex_name(name)}$"


def _aligned(instance: Instance) -> list[str]:
    from derive.render.latex import latex_term

    theory = instance.theorem.statement.theory
    lines = []
    for gradient in instance.gradients:
        if gradient is None:
            lines.append(r"  & \;\;\vdots")
        else:
            left, right = (latex_term(side, theory) for side in _sides(gradient, theory))
            lines.append(f"  {left} &= {right}")
    return [f"{line} \\\\" for line, _ in pairwise(lines)] + lines[-1:]


# --- HTML -----------------------------------------------------------------------------------------------------------------


def _html(answers: Sequence[Answer], target: Target) -> str:
    from derive.render.document import document

    first = answers[0].report.derivation
    return document(first.title or first.name, _sections(answers), target.ascii)


def _sections(answers: Sequence[Answer]) -> Iterator[str]:
    for answer in answers:
        # Two derivations may have theorems of the same name.
        yield from _section(answer, f"{answer.report.derivation.name}/" if len(answers) > 1 else "")


def _section(answer: Answer, within: str) -> Iterator[str]:
    from derive.render.document import escaped
    from derive.render.html import Formulas, mistakes_section, name_html, remarks, report_section

    derived, mistakes = _parts(answer.report)
    yield from report_section(derived, within=within)
    instance = answer.instance
    if instance is not None:
        yield from report_section(_written(instance, _title(instance, unicode_name)), rank=2, within=None)
        if instance.gradients:
            theory = instance.theorem.statement.theory
            formulas = Formulas(theory)
            yield f'<p class="case">{_for_every(instance, name_html)}</p>'
            shown = ("⋮" if each is None else formulas.equation(_sides(each, theory)) for each in instance.gradients)
            yield from ('<ul class="bare">', *(f"<li>{line}</li>" for line in shown), "</ul>")
    if answer.numeric is not None:
        yield f'<p class="quiet">Numbers: {escaped(numbers(answer.numeric, unicode_name))}</p>'
    if mistakes.theorems:
        yield from mistakes_section(answer.report, within=within)
    yield from remarks(answer.report.derivation)


# --- JSON -----------------------------------------------------------------------------------------------------------------


def _json(answers: Sequence[Answer]) -> dict[str, Any]:
    from derive.render.json import VERSION, report_json, summary

    derivations = []
    for answer in answers:
        numeric = _numbers_json(answer.numeric) if answer.numeric is not None else None
        found = report_json(answer.report, numeric, latex=True)
        if answer.instance is not None:
            found["instance"] = _instance_json(answer.instance)
        derivations.append(found | {"notes": list(answer.report.derivation.notes)})
    counts = summary(answer.report for answer in answers) | {"as_expected": all(answer.expected for answer in answers)}
    return {"version": VERSION, "derivations": derivations, "summary": counts}


def _instance_json(instance: Instance) -> dict[str, Any]:
    """The theorem at the place, its sums as they are; of the gradients those that are shown, null for the others."""
    from derive.render.json import report_json

    theory = instance.theorem.statement.theory
    gradients = [
        None if each is None else {"by": write_term(each.by, theory), "value": write_term(each.value, theory)}
        for each in instance.gradients
    ]
    return {
        "sizes": instance.sizes,
        "indices": {index.name: value for index, value in instance.place.items()},
        "theorem": report_json(Report(Derivation(""), (instance.theorem,)))["theorems"][0],
        "gradients": gradients,
    }


def _numbers_json(report: NumericReport) -> dict[str, Any]:
    def finite(error: float | None) -> float | str | None:
        return error if error is None or math.isfinite(error) else str(error)  # JSON knows no infinity

    return {
        "points": report.points,
        "seed": report.seed,
        "entries": report.entries,
        "sizes": report.sizes_used,
        "reduced": report.reduced,
        "largest_error_central_differences": finite(report.largest_error_fd),
        "largest_error_sympy": finite(report.largest_error_sympy),
        "sympy_sizes": report.sympy_sizes,
        "agrees": report.agrees,
        "skipped": report.skipped,
    }


def numbers(report: NumericReport, name: Callable[[str], str]) -> str:
    """What the spot check found, in a sentence."""
    said = []
    if report.points:
        sizes = f" with {_values(report.sizes_used, name)}" if report.sizes_used else ""
        points = "1 random point" if report.points == 1 else f"{report.points} random points"
        smaller = " (a smaller size than asked for)" if report.reduced else ""
        examples = f", with an example in the place of {', '.join(map(name, report.examples))}" if report.examples else ""
        where = f"at {points}{sizes}{smaller}, seed {report.seed}{examples}"
        if report.largest_error_fd is None:
            said.append(f"{where}, central differences are too coarse to say anything")
        else:
            what = "the two sides differ" if report.sides else "the gradient differs from central differences of the loss"
            said.append(f"{where}, {what} by {report.largest_error_fd:.1e} at most")
    if report.largest_error_sympy is not None:
        other = report.sympy_sizes != report.sizes_used and report.sympy_sizes
        sizes = f" with {_values(report.sympy_sizes, name)}" if other else ""
        what = "with the left one computed by SymPy" if report.sides else "from the derivative by SymPy"
        if report.largest_error_fd is None:
            what = "the two sides differ" if report.sides else "the gradient differs from SymPy's derivative"
        said.append(f"{what}{sizes} by {report.largest_error_sympy:.1e}")
    if report.skipped is not None:
        said.append(f"{'not compared further' if said else 'not compared'}: {report.skipped}")
    elif not report.agrees:
        return f"{', and '.join(said)}: this does not agree with what is proved."
    return f"{', and '.join(said)}."
