"""`derive NAME`: a derivation of the library, checked, written out for given sizes, compared in numbers, and printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from derive.checking.answers import Answer, Instance
from derive.checking.checker import check
from derive.checking.instances import Gradient, instance, length, main_theorem, met, stated_gradient, written
from derive.checking.open_claims import closed
from derive.checking.steps import TIMEOUT
from derive.checking.verdicts import Report, TheoremResult
from derive.commands.compared import Comparing, compared
from derive.commands.output import write_output
from derive.errors import CallError
from derive.floor.conditions import comparison
from derive.floor.terms import Comparison, Diff, Fixed, Index, Size, Term, free_indices, substitute
from derive.floor.theory import Assumption, Theory
from derive.language.derivation import Derivation, Statement
from derive.library import load, load_any
from derive.limits import FILE, STEP, allowed
from derive.render.target import Target
from derive.shelf import near

if TYPE_CHECKING:
    from derive.bridge.spot import NumericReport

SHOWN = 3
"""Of more than twice as many gradients the first ones and the last are shown, as of the terms of a sum."""


@dataclass(frozen=True)
class Options:
    """What a call asks for."""

    classes: int | None = None
    sizes: Mapping[str, int] | None = None
    wrt: tuple[int, ...] | None = None
    variant: str | None = None
    format: str = "text"
    output: str | None = None
    points: int = 5
    seed: int = 0
    ascii: bool = False
    width: int | None = None
    theorem: str | None = None
    short: bool = False
    standalone: bool = False


@dataclass(frozen=True)
class Request:
    """What is to be done with one derivation: its main theorem and the gradient that it states, the sizes and the place."""

    derivation: Derivation
    main: Statement | None
    gradient: Gradient | None
    sizes: dict[str, int]
    place: dict[Index, int]


def present(name: str, options: Options, beside: Comparing | None = None) -> int:
    """Prints the derivation of that name or in that file, or its variants, and returns the exit status.

    Numbers are compared `beside`, if at all.
    """
    if options.standalone and options.format != "latex":
        said = f"--standalone makes a document in LaTeX, and the format is {options.format}"
        raise CallError("no-document", said, "add --format latex")
    # All requests come first: what is wrong with a call is said before anything is done.
    with allowed(FILE):
        derivations = [closed(each, TIMEOUT) for each in chosen(load_any(name), options.variant)]
        requests = requested(derivations, options)
        answers = [answered(request, options, beside) for request in requests]

    def render(target: Target) -> str:
        from derive.render.page import page

        return page(answers, options.format, target, options.standalone)

    write_output(render, options.output, options.width, options.ascii)
    if any(answer.report.is_astray for answer in answers):
        return 2
    return 0 if all(answer.expected for answer in answers) else 1


# --- what is asked for ----------------------------------------------------------------------------------------------------


def chosen(derivation: Derivation, variant: str | None) -> list[Derivation]:
    """The derivation itself, or those that are its variant of that name."""
    if variant is None:
        return [derivation]
    if variant not in derivation.variants:
        known = list(derivation.variants)
        said = f'{derivation.name} has no variant "{variant}"' if known else f"{derivation.name} has no variants"
        meant = near(variant, known)
        help = f"did you mean {meant[0]}?" if meant else f"it has: {', '.join(known)}" if known else "leave out --variant"
        raise CallError("no-variant", said, help)
    return [load(name) for name in derivation.variants[variant]]


def requested(derivations: list[Derivation], options: Options) -> list[Request]:
    """What the call asks for of each derivation. Fails with `CallError` where it cannot be had.

    A size is set in every derivation that has it. Where there are several, not all of them need to.
    """
    known = list(dict.fromkeys(size for derivation in derivations for size in derivation.theory.sizes))
    names = " and ".join(derivation.name for derivation in derivations)
    has = "have" if len(derivations) > 1 else "has"
    for size in options.sizes or ():
        if size not in known:
            raise CallError("no-size", f'{names} {has} no size "{size}"', f"there is: {', '.join(known)}" if known else "")
    if options.classes is not None and not any("classes" in derivation.options for derivation in derivations):
        help = f"set a size by its name: --size {known[0]}={options.classes}" if known else ""
        raise CallError("no-option", f"{names} {has} no option --classes", help)
    requests = []
    for derivation in derivations:
        sizes = sizes_of(derivation, options.classes, options.sizes or {})
        main = main_theorem(derivation) if options.theorem is None else named(derivation, options.theorem)
        gradient = stated_gradient(main) if main is not None else None
        place: dict[Index, int] = {}
        if sizes or len(derivations) == 1:
            place = _place(derivation, gradient, sizes, options.wrt)
        if main is not None and not met(main, sizes):
            raise CallError("small-size", f"{main.name} says nothing of {', '.join(f'{n} = {v}' for n, v in sizes.items())}")
        requests.append(Request(derivation, main, gradient, sizes, place))
    return requests


def named(derivation: Derivation, name: str) -> Statement:
    """The theorem of that name."""
    found = next((statement for statement in derivation.statements if statement.name == name), None)
    if found is None:
        known = [statement.name for statement in derivation.statements]
        help = f"did you mean {' or '.join(near(name, known))}?" if near(name, known) else f"it has: {', '.join(known)}"
        raise CallError("no-theorem", f"{derivation.name} has no theorem {name}", help)
    return found


def sizes_of(derivation: Derivation, classes: int | None, asked: Mapping[str, int]) -> dict[str, int]:
    """The sizes asked for that the derivation has, by the names that it has for them."""
    least = derivation.theory.sizes
    sizes = {size: value for size, value in asked.items() if size in least}
    if classes is not None and "classes" in derivation.options:
        size = derivation.options["classes"]
        if sizes.setdefault(size, classes) != classes:
            raise CallError("two-sizes", f"--classes gives {size} the value {classes}, and --size {sizes[size]}")
    for size, value in sizes.items():
        if value < least[size]:
            raise CallError("small-size", f"{size} is at least {least[size]} in {derivation.name}, and not {value}")
    return sizes


def _place(
    derivation: Derivation, gradient: Gradient | None, sizes: Mapping[str, int], wrt: tuple[int, ...] | None
) -> dict[Index, int]:
    """The values of the indices of the entry differentiated by: those asked for, or the first ones."""
    indices = gradient.indices if gradient is not None else ()
    if gradient is None or not indices:
        if wrt is not None:
            raise CallError("no-index", f"{derivation.name} is about no entry of an array that --wrt could choose")
        return {}
    for index in indices:
        if isinstance(index.range, Size) and index.range.name not in sizes:
            if wrt is None:
                return {}
            size = index.range.name
            option = next((f"--{name} N" for name, sets in derivation.options.items() if sets == size), f"--size {size}=N")
            raise CallError("no-size", f"--wrt chooses a value of {index.name}, and {size} has no number", f"add {option}")
    if wrt is None:
        return gradient.first(sizes) or {}
    if len(wrt) != len(indices):
        values = "1 value" if len(indices) == 1 else f"{len(indices)} values"
        raise CallError("no-index", f"--wrt takes {values} here, for {', '.join(i.name for i in indices)}, and not {len(wrt)}")
    for index, value in zip(indices, wrt, strict=True):
        if value > length(index, sizes):
            raise CallError("no-index", f"--wrt {value} is too large: {index.name} runs from 1 to {length(index, sizes)}")
    place = dict(zip(indices, wrt, strict=True))
    if not gradient.admits(place):
        raise CallError("no-index", f"{derivation.name} states nothing for --wrt {','.join(map(str, wrt))}")
    return place


# --- what is found --------------------------------------------------------------------------------------------------------


def answered(request: Request, options: Options, beside: Comparing | None) -> Answer:
    """Checks the derivation, writes its main theorem out where a size is given, and has its numbers compared."""
    if beside is not None and request.main is not None:
        beside.ask(_question(request.main, request.gradient, request.sizes, options))
    report = check(request.derivation, explain=True, record=options.format == "json")
    main = next((theorem for theorem in report.theorems if theorem.statement is request.main), None)
    if options.theorem is not None or options.short:
        report = part_of(report, main if options.theorem is not None else None, options.short)
    if main is None:
        return Answer(report)
    asked = request.sizes or (request.place and options.wrt)
    shown = _instance(main, request) if asked else None
    if shown is not None and options.short:
        shown = replace(shown, written=replace(shown.written, chains=()))
    return Answer(report, shown, compared(beside) if beside is not None and main.verdict != "refuted" else None)


def part_of(report: Report, only: TheoremResult | None, short: bool) -> Report:
    """The report on one theorem alone, if one is asked for; in `short` what is stated and its verdict, without the steps."""
    theorems = report.theorems if only is None else (only,)
    derivation = replace(report.derivation, statements=tuple(theorem.statement for theorem in theorems))
    shown = tuple(replace(theorem, chains=()) for theorem in theorems) if short else theorems
    return replace(report, derivation=derivation, theorems=shown, proof=None)


def _instance(main: TheoremResult, request: Request) -> Instance:
    gradients: tuple[Gradient | None, ...] = ()
    with allowed(STEP):
        try:
            found = instance(main, request.sizes, request.place)
        except ValueError as error:
            raise CallError("small-size", f"{main.statement.name}: {error}") from error
        # A gradient is stated only as far as it is proved, and listed only if there is more than one.
        if request.gradient is not None and request.place and main.verdict == "proved":
            gradients = tuple(request.gradient.every(request.sizes, SHOWN))
        return Instance(request.sizes, request.place, found, written(found), gradients)


def _question(
    statement: Statement, gradient: Gradient | None, sizes: dict[str, int], options: Options
) -> Callable[[], NumericReport]:
    """The gradient, or the two sides, in numbers: by what does not depend on the proof."""
    from derive.bridge.spot import spot_check, spot_check_sides

    theory, left, right, conditions = one_place(statement)
    at = theory, sizes, options.points, options.seed, conditions
    if gradient is None:
        return partial(spot_check_sides, left, right, *at)
    return partial(spot_check, gradient.loss, right, gradient.by, *at)


def one_place(statement: Statement) -> tuple[Theory, Term, Term, tuple[Comparison, ...]]:
    """What a theorem supposes, its sides and its relations of indices, for one place of each index of which something is given.

    In `given x[k] > max(x[i], i != k): diff(max(x[i], i), x[j]) = delta(j, k)` that is k, which is declared here.
    """
    theory, left, right = statement.theory, statement.sides[0], statement.sides[-1]
    alone = frozenset[Index]().union(*map(free_indices, statement.hypotheses))
    if isinstance(left, Diff):  # the entries by which it is differentiated are compared all together
        alone = (alone | free_indices(right)) - free_indices(left)
    held: dict[Term, Term] = {index: Fixed(index.name, index.range) for index in alone if index.name not in theory.indices}
    given = tuple(comparison(substitute(claim, held)) for claim in statement.hypotheses)
    count = len(theory.assumptions)
    supposed = tuple(Assumption(count + n, claim) for n, claim in enumerate(given, 1))
    fixed = {each.name: each for each in held.values() if isinstance(each, Fixed)}
    theory = replace(theory, assumptions=(*theory.assumptions, *supposed), indices={**theory.indices, **fixed})
    conditions = tuple(comparison(substitute(claim, held)) for claim in statement.conditions)
    return theory, substitute(left, held), substitute(right, held), conditions
