"""Whole proofs, found line by line in the order that a person would use.

A derivative is taken apart from the outside in: sums first, then what does not depend on the variable, theorems that are
already proved, the chain rule through the names that the author gave, the rule that fits the outermost function, and
definitions last of all. What is left is algebra. Each line is a theorem with the rules that gave it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive import functions, kernel, rules
from derive.derivation import Statement
from derive.errors import LimitError
from derive.kernel import KernelError, Theorem
from derive.signs import Knowledge
from derive.tactics import Context, Licence, collected, computed, justified, simplest, tidy
from derive.terms import Apply, Delta, Diff, Div, Entry, If, Mul, Pow, Prod, Term, alpha_equal, size, subterms

MOST_LINES = 40


@dataclass(frozen=True)
class Line:
    """One line of a proof: a theorem whose right side is the new expression, and the reasons for it."""

    theorem: Theorem
    reasons: tuple[str, ...]


def proof(left: Term, right: Term, context: Context) -> list[Line] | None:
    """The lines that lead from `left` to `right`; None where they are not found."""
    lines = list(differentiation(left, context))
    here = lines[-1].theorem.right if lines else left
    last = _closing(here, right, context)
    if last is None:
        return None
    if not alpha_equal(here, right):
        lines.append(last)
    return lines or [last]


def differentiation(term: Term, context: Context) -> Iterator[Line]:
    """The lines that carry out every derivative in `term`, one rule, or one rule with the chain rule, in each."""
    for _ in range(MOST_LINES):
        line = _next(term, context)
        if line is None:
            return
        yield line
        term = line.theorem.right


def _next(term: Term, context: Context) -> Line | None:
    for reasons, licence, targets in _stages(term, context):
        try:
            theorem = computed(term, licence, context, targets)
        except LimitError:
            continue
        if not alpha_equal(theorem.left, theorem.right):
            return Line(theorem, reasons)
    return None


def _stages(term: Term, context: Context) -> Iterator[tuple[tuple[str, ...], Licence, frozenset[str] | None]]:
    """What to try next, the most telling first."""
    nothing: frozenset[str] = frozenset()
    bodies = [part.body for part in subterms(term) if isinstance(part, Diff)]
    if bodies:
        yield ("variable",), Licence(frozenset(("variable",))), nothing
        yield ("sum",), Licence(frozenset(("sum",))), nothing
        yield ("independence",), Licence(frozenset(("independence",))), nothing
        for name, lemma in context.lemmas.items():
            if any(isinstance(theorem.left, Diff) for theorem in lemma.theorems):
                yield (name,), Licence(lemmas=(name,)), nothing
        yield ("chain",), Licence(frozenset(("chain",))), _nodes(bodies, context)
        for name in _fitting(bodies):
            yield (name,), Licence(frozenset((name,))), nothing
            yield (name, "chain"), Licence(frozenset((name, "chain"))), nothing
        for name in sorted({b.name for b in bodies if isinstance(b, Entry)} & context.signature.definitions.keys()):
            yield (f"definition({name})",), Licence(definitions=frozenset((name,))), nothing
        inside = {part.name for body in bodies for part in subterms(body) if isinstance(part, Entry)}
        called = {getattr(part, "name", "") for body in bodies for part in subterms(body)}
        for name in sorted((inside | called) & context.signature.definitions.keys()):
            yield (f"definition({name})",), Licence(definitions=frozenset((name,))), nothing
    if any(isinstance(part, Delta | If) for part in subterms(term)):
        yield ("cases",), Licence(frozenset(("cases",))), nothing
        yield ("collapse",), Licence(frozenset(("collapse",))), nothing


def _nodes(bodies: list[Term], context: Context) -> frozenset[str]:
    """The defined names that stand as the argument of a function: it is through them that a person applies the chain rule."""
    defined = context.signature.definitions
    found: set[str] = set()
    for body in bodies:
        arguments: tuple[Term, ...] = ()
        match body:
            case Apply(_, inside):
                arguments = inside
            case Pow(base, _):
                arguments = (base,)
        found |= {a.name for a in arguments if isinstance(a, Entry) and a.name in defined}
    return frozenset(found)


def _fitting(bodies: list[Term]) -> list[str]:
    """The rules whose left side looks like one of the bodies."""
    found: dict[str, None] = {}
    for body in bodies:
        match body:
            case Apply(name, _):
                found[functions.TABLE[name].rule] = None
            case Pow():
                found["power"] = None
            case Mul() | Prod():
                found["product"] = None
            case Div():
                found["quotient"] = None
            case If():
                found["choice"] = None
    return [name for name in found if name in rules.ALL]


def _closing(left: Term, right: Term, context: Context) -> Line | None:
    """The last line: algebra, with definitions and assumptions where they are needed."""
    if alpha_equal(left, right):
        return Line(kernel.transitivity(kernel.reflexivity(left), kernel.reflexivity(right)), ("rearrangement",))
    every = frozenset(context.signature.definitions)
    algebra = frozenset(("algebra",))
    used = frozenset(p.name for side in (left, right) for p in subterms(side) if isinstance(p, Entry)) & every
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
            found = justified(left, right, licence, context)
        except LimitError:
            continue
        if found is not None:
            return Line(found, reasons or ("rearrangement",))
    return None


def derivative(statement: Statement) -> tuple[list[Line], Term | None]:
    """The lines that carry out the derivatives on the left of a claim, simplified at the end, and the last expression."""
    context = Context(Knowledge(statement.signature, statement.hypotheses, statement.conditions))
    term = statement.sides[0]
    lines = list(differentiation(term, context))
    here = lines[-1].theorem.right if lines else term
    if any(isinstance(part, Diff) for part in subterms(here)):
        return lines, None
    shorter = [simplest(here, context), _folded(here, context)]
    best = min((t for t in shorter if t is not None), key=lambda t: size(t.right), default=None)
    if best is not None and size(best.right) < size(here):
        lines.append(Line(best, ("algebra",)))
        here = best.right
    return lines, here


def _folded(term: Term, context: Context) -> Theorem | None:
    """The term with numbers collected and nothing multiplied out: 3*x^2*2 is 6*x^2, and (x + 1)^5 stays."""
    neat = tidy(collected(term))
    try:
        return kernel.by_normal_form(term, neat, context.knowledge)
    except KernelError:
        return None
