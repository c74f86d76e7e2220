"""Equations that are given, solved for what a claim is about: the derivative set to 0, the end of a likelihood.

    given sum(x[i] - mu, i) = 0     mu = sum(x[i], i)/n
    given n/l - s/l^2 = 0           l = s/n
    given exp(y) = c                y = ln(c)
    given x + y = 3, x - y = 1      x = 2

Of an equation everything is brought to one side and into its form. What the unknown stands in, itself or a function of it, is
isolated where it has two powers there, and the function is then undone. What is divided by must not be 0, and that is a
condition of the theorem, as in any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations

from derive.engine.factored import Forms
from derive.engine.prove import proved
from derive.engine.remembered import remembered
from derive.errors import KernelError, LimitError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge

LABEL = "algebra"
MOST_EQUATIONS = 3
DEEPEST = 4  # functions of the unknown, one inside the other

Settle = Callable[[t.Term, tuple[Theorem, ...]], Theorem]
"""A term in its simplest form, by equations too."""

_UNDONE: dict[str, Callable[[t.Term], t.Term]] = {
    "exp": lambda v: t.apply("ln", v),
    "ln": lambda v: t.apply("exp", v),
    "sqrt": lambda v: v**t.TWO,
    "sigmoid": lambda v: t.apply("ln", v / (t.ONE - v)),
    "expm1": lambda v: t.apply("log1p", v),
    "log1p": lambda v: t.apply("expm1", v),
}
"""What undoes a function."""


def solutions(
    given: tuple[Theorem, ...], sides: tuple[t.Term, t.Term], knowledge: Knowledge, settle: Settle
) -> Iterator[tuple[Theorem, ...]]:
    """The ways to solve the equations one after the other, each for one unknown: those of the claim first."""
    wanted = [part for side in sides for part in t.subterms(side) if isinstance(part, t.Entry)]
    for order in permutations(given[:MOST_EQUATIONS]):
        found: list[Theorem] = []
        for theorem in order:
            solution = _solution(theorem, wanted, tuple(found), knowledge, settle)
            found.append(theorem if solution is None else solution)
        if found:
            yield tuple(found)


def _solution(
    theorem: Theorem, wanted: Sequence[t.Term], before: tuple[Theorem, ...], knowledge: Knowledge, settle: Settle
) -> Theorem | None:
    """One equation solved for an unknown, after those that were solved before it are used in it."""
    try:
        zero = _brought_to_zero(theorem, before, settle)
    except (KernelError, LimitError, ZeroDivisionError):
        return None
    inside = [part for part in t.subterms(zero.left) if isinstance(part, t.Entry)]
    for unknown in dict.fromkeys((*(part for part in wanted if part in inside), *inside)):
        try:
            found = _solved(zero, unknown, knowledge, settle, DEEPEST)
        except (KernelError, LimitError, ZeroDivisionError):
            continue
        if found is not None:
            return found
    return None


def _brought_to_zero(theorem: Theorem, before: tuple[Theorem, ...], settle: Settle) -> Theorem:
    """From l = r that the form of l - r is 0."""
    whole = t.Add((theorem.left, t.neg(theorem.right)))
    form = settle(whole, before)
    same = kernel.congruence(whole, {0: theorem})
    nothing = kernel.ring(same.right, t.ZERO, theorem.theory, LABEL)
    return kernel.transitivity(kernel.symmetry(form), kernel.transitivity(same, nothing))


def _solved(
    zero: Theorem, unknown: t.Term, knowledge: Knowledge, settle: Settle, depth: int, over_one_bar: bool = False
) -> Theorem | None:
    """unknown = …, from a form that is 0."""
    forms = Forms()
    parted = []
    for value, factors in forms.products(zero.left):
        holding = [factor for factor in factors if unknown in t.subterms(factor[0])]
        rest = t.mul(t.number(value), *(_raised(*factor) for factor in factors if factor not in holding))
        parted.append((holding, rest))
    holders = {atom for holding, _ in parted for atom, _ in holding}
    if len(holders) > 1 and not over_one_bar:
        above = _above(zero, unknown, forms)
        return None if above is None else _solved(above, unknown, knowledge, settle, depth, over_one_bar=True)
    if len(holders) != 1:
        return None
    (holder,) = holders
    powers: dict[int, list[t.Term]] = {}
    for holding, rest in parted:
        powers.setdefault(sum(exponent for _, exponent in holding), []).append(rest)
    if len(powers) != 2:
        return None
    (low, constant), (high, factor) = sorted((power, t.add(*rests)) for power, rests in powers.items())
    return _undone(_isolated(zero, holder, low, high, factor, constant), unknown, knowledge, settle, depth)


def _above(zero: Theorem, unknown: t.Term, forms: Forms) -> Theorem | None:
    """p = 0, from a form p/q that is 0, where p is the one factor above the bar with the unknown in it."""
    value, factors = forms.factors(zero.left)
    above = [part for part, exponent in factors if exponent > 0 and unknown in t.subterms(part)]
    if len(above) != 1:
        return None
    others = [_raised(part, exponent) for part, exponent in factors if part is not above[0]]
    start = t.Div(zero.left, t.mul(t.number(value), *others))
    used = kernel.congruence(start, {0: zero})
    first = kernel.ring(above[0], start, zero.theory, LABEL)
    return kernel.transitivity(first, kernel.transitivity(used, kernel.ring(used.right, t.ZERO, zero.theory, LABEL)))


def _raised(base: t.Term, exponent: int) -> t.Term:
    return t.power(base, t.number(exponent)) if exponent > 0 else t.div(t.ONE, t.power(base, t.number(-exponent)))


def _isolated(zero: Theorem, holder: t.Term, low: int, high: int, factor: t.Term, constant: t.Term) -> Theorem:
    """h^(high - low) = -b/a, from a*h^high + b*h^low = 0."""
    theory = zero.theory
    lowered = t.Mul((zero.left, _raised(holder, -low)))
    without = t.Add((lowered, t.neg(constant)))
    start = t.Div(without, factor)
    used = kernel.congruence(start, {0: kernel.congruence(without, {0: kernel.congruence(lowered, {0: zero})})})
    first = kernel.ring(_raised(holder, high - low), start, theory, LABEL)
    last = kernel.ring(used.right, t.div(t.neg(constant), factor), theory, LABEL)
    return kernel.transitivity(first, kernel.transitivity(used, last))


def _undone(theorem: Theorem, unknown: t.Term, knowledge: Knowledge, settle: Settle, depth: int) -> Theorem | None:
    """From f(…) = v what stands inside, and so on to the unknown."""
    whole = theorem.left
    if whole is unknown:
        return theorem
    match whole:
        case t.Pow(inside, t.Number(exponent)) if exponent:
            undone: t.Term = whole ** t.number(1 / exponent)
        case t.Apply(function, (inside,)) if function in _UNDONE:
            undone = _UNDONE[function](whole)
        case _:
            return None
    back = proved(inside, undone, knowledge, LABEL)
    if back is None or not depth:
        return None
    at = kernel.transitivity(back, _put(undone, theorem))
    if inside is unknown:
        return at
    return _solved(_brought_to_zero(at, (), settle), unknown, knowledge, settle, depth - 1)


@remembered
def _put(term: t.Term, theorem: Theorem) -> Theorem:
    """A term with the right side of an equation wherever its left one stands."""
    if term is theorem.left:
        return theorem
    parts = {place: _put(part, theorem) for place, part in enumerate(t.children(term)) if theorem.left in t.subterms(part)}
    return kernel.congruence(term, parts) if parts else kernel.reflexivity(term, theorem.theory)
