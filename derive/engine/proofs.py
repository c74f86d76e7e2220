"""Whole proofs, found line by line in the order that a person would use.

A derivative is taken apart from the outside in: sums first, then what does not depend on the variable, theorems that are
already proved, the chain rule through the names that the author gave, the rule that fits the outermost function, and
definitions last of all. What is left is algebra. Each line is a theorem with the rules that gave it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from derive.engine import rules
from derive.engine.compute import computed, is_innermost, unfolded
from derive.engine.fitting import by_fewest
from derive.engine.justify import Licence
from derive.engine.rewriting import Context
from derive.engine.shorten import shortened
from derive.errors import LimitError
from derive.floor import functions, kernel
from derive.floor import terms as t
from derive.floor.kernel import Theorem
from derive.limits import SHORTENING, allowed

MOST_LINES = 100


@dataclass(frozen=True)
class Line:
    """One line of a proof: a theorem whose right side is the new expression, and the reasons for it."""

    theorem: Theorem
    reasons: tuple[str, ...]


def proof(left: t.Term, right: t.Term, context: Context) -> list[Line] | None:
    """The lines that lead from `left` to `right`; None where they are not found."""
    lines = list(differentiation(left, context))
    here = lines[-1].theorem.right if lines else left
    last = _closing(here, right, context)
    if last is None:
        return None
    if not t.alpha_equal(here, right):
        lines.append(last)
    return lines or [last]


def differentiation(term: t.Term, context: Context) -> Iterator[Line]:
    """The lines that carry out every derivative in `term`, one rule, or one rule with the chain rule, in each."""
    for _ in range(MOST_LINES):
        line = _next(term, context)
        if line is None:
            return
        yield line
        term = line.theorem.right


def _next(term: t.Term, context: Context) -> Line | None:
    for reasons, carry_out in _stages(term, context):
        try:
            theorem = carry_out()
        except LimitError as problem:
            context.met(problem)
            continue
        if not t.alpha_equal(theorem.left, theorem.right):
            return Line(theorem, reasons)
    return None


def _stages(term: t.Term, context: Context) -> Iterator[tuple[tuple[str, ...], Callable[[], Theorem]]]:
    """What to try next, the most telling first: the reasons, and what makes the theorem."""
    nothing: frozenset[str] = frozenset()

    def by(*names: str, targets: frozenset[str] = nothing) -> tuple[tuple[str, ...], Callable[[], Theorem]]:
        return names, lambda: computed(term, Licence(frozenset(names)), context, targets, inside_out=True)

    bodies = [part.body for part in t.subterms(term) if is_innermost(part)]
    if bodies:
        yield by("variable")
        yield by("sum")
        yield by("independence")
        for name, lemma in context.lemmas.items():
            if any(isinstance(theorem.left, t.Diff) for theorem in lemma.theorems):
                yield (name,), partial(computed, term, Licence(lemmas=(name,)), context, nothing)
        yield by("chain", targets=_nodes(bodies, context))
        for name in _fitting(bodies, context):
            yield by(name)
            yield by(name, "chain")
        defined = context.theory.definitions.keys()
        outermost = {body.name for body in bodies if isinstance(body, t.Entry | t.Call)} & defined
        inside = {part.name for body in bodies for part in t.subterms(body) if isinstance(part, t.Entry | t.Call)} & defined
        for name in (*sorted(outermost), *sorted(inside - outermost)):
            yield (f"definition({name})",), partial(unfolded, term, name, context)
    if any(isinstance(part, t.Delta | t.If | t.Sum) for part in t.subterms(term)):
        yield by("cases")
        yield by("collapse")


def _nodes(bodies: list[t.Term], context: Context) -> frozenset[str]:
    """The defined names that stand as the argument of a function: it is through them that a person applies the chain rule."""
    defined = context.theory.definitions
    found: set[str] = set()
    for body in bodies:
        arguments: tuple[t.Term, ...] = ()
        match body:
            case t.Apply(_, inside):
                arguments = inside
            case t.Call(name, inside) if context.theory.is_differentiable(name):
                arguments = inside
            case t.Pow(base, _):
                arguments = (base,)
        found |= {a.name for a in arguments if isinstance(a, t.Entry) and a.name in defined}
    return frozenset(found)


def _fitting(bodies: list[t.Term], context: Context) -> list[str]:
    """The rules whose left side looks like one of the bodies."""
    found: dict[str, None] = {}
    for body in bodies:
        match body:
            case t.Apply(name, _):
                found[functions.TABLE[name].rule] = None
            case t.Call(name, _) if context.theory.is_differentiable(name):
                found["prime"] = None
            case t.Pow():
                found["power"] = None
            case t.Mul() | t.Prod():
                found["product"] = None
            case t.Div(numerator, _):
                if numerator is t.ONE:
                    found["power"] = None
                found["quotient"] = None
            case t.If():
                found["choice"] = None
    return [name for name in found if name in rules.ALL]


def _closing(left: t.Term, right: t.Term, context: Context) -> Line | None:
    """The last line: algebra, with definitions and assumptions where they are needed."""
    if t.alpha_equal(left, right):
        same = kernel.transitivity(kernel.reflexivity(left, context.theory), kernel.reflexivity(right, context.theory))
        return Line(same, ("rearrangement",))
    every = frozenset(context.theory.definitions)
    algebra = frozenset(("algebra",))
    used = frozenset(p.name for side in (left, right) for p in t.subterms(side) if isinstance(p, t.Entry)) & every
    attempts = (
        ((), Licence()),
        (("algebra",), Licence(algebra)),
        (("assumption", "algebra"), Licence(algebra, assumption=True)),
        *(((f"definition({name})", "algebra"), Licence(algebra, frozenset((name,)))) for name in sorted(used)),
        (("definition", "algebra"), Licence(algebra, None)),
        (("definition", "assumption", "algebra"), Licence(algebra, None, assumption=True)),
    )
    for reasons, licence in attempts:
        try:
            found = by_fewest(left, right, licence, context)
        except LimitError as problem:
            context.met(problem)
            continue
        if found is not None:
            theorem, needed = found
            return Line(theorem, (*reasons, *sorted(needed.rules - licence.rules)) or ("rearrangement",))
    return None


def derivative(term: t.Term, context: Context) -> tuple[list[Line], t.Term | None]:
    """The lines that carry out the derivatives in a term, simplified at the end as far as the work for that goes, and the last
    expression; None in its place where derivatives stay.
    """
    lines = list(differentiation(term, context))
    here = lines[-1].theorem.right if lines else term
    if t.moved_names(here):
        return lines, None
    try:
        with allowed(SHORTENING):
            for theorem, reasons in shortened(here, context):
                lines.append(Line(theorem, reasons))
                here = theorem.right
    except LimitError as problem:  # what is longer than it could be is right all the same
        context.met(problem)
    return lines, here


def worked_out(term: t.Term, context: Context) -> Theorem | None:
    """The equation of a term and what it comes to, its derivatives carried out; None where some stay."""
    lines, result = derivative(term, context)
    if result is None:
        return None
    theorem = kernel.reflexivity(term, context.theory)
    for line in lines:
        theorem = kernel.transitivity(theorem, line.theorem)
    return theorem
