"""What the laws say of functions: exponentials, logarithms, absolute values, angles, and what means something else.

    exp(x/2 - 3*y)    = exp(x/2) * exp(y)^(-3)
    ln(12*x^2)        = 2*ln(2) + ln(3) + 2*ln(x)            where x > 0
    abs(-3*x/y)       = 3*abs(x)/abs(y)
    sin(5*pi/6 + t)   = sin(5*pi/6)*cos(t) + cos(5*pi/6)*sin(t)

Each function yields the equations that together rewrite an atom whose arguments have their forms, the best first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.engine.factored import Factor, number_factors, product
from derive.errors import KernelError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.kernel import Theorem

if TYPE_CHECKING:
    from derive.engine.search import Search

Equations = Sequence[Theorem | None]
_LOGARITHMS = frozenset(("log", "log2", "log10"))
LARGEST_MULTIPLE = 8
"""sin(8*x) is taken apart, sin(9*x) is not."""


def by_meaning(search: Search, atom: t.Term) -> Iterator[Theorem | None]:
    """What a function means by simpler ones, whatever its argument is."""
    assert isinstance(atom, t.Apply)
    letters = dict(zip("ab", atom.arguments, strict=False))
    if atom.function == "sqrt":
        yield search.laws.of_values("root-power", letters)
    licensed = "log-base" if atom.function in _LOGARITHMS and not search.laws.licenses("meaning") else "meaning"
    yield search.laws.of_values("meaning", letters, licensed, left=atom)


def of_function(search: Search, atom: t.Term) -> Iterator[Theorem | None]:
    """The laws about a function."""
    assert isinstance(atom, t.Apply)
    match atom.function:
        case "ln":
            yield from _of_logarithm(search, atom)
        case "abs":
            yield from _of_absolute(search, atom)
        case "max" | "min":
            yield from _of_larger(search, atom)
    if len(atom.arguments) != 1:
        return
    first = search.in_argument(atom)
    here = atom if first is None else first.right
    assert isinstance(here, t.Apply)
    for theorem in _of_form(search, here):
        yield None if theorem is None else search.then(first, theorem)


def _of_form(search: Search, atom: t.Apply) -> Iterator[Theorem | None]:
    """The laws about a function whose argument is in its form."""
    yield from (search.by(atom, [theorem]) for theorem in search.laws.constants("parity", atom.function))
    match atom.function:
        case "exp":
            yield from _of_exponential(search, atom)
        case "sin" | "cos":
            yield from _of_angle(search, atom)
    yield from _of_negative(search, atom)


def _chain(search: Search, rule: str, parts: Sequence[t.Term], together: str) -> list[Theorem | None]:
    """The law for two parts, as often as it takes for all: exp(a + (b + c)), exp(b + c)."""
    join = t.add if together == "add" else t.mul
    return [search.laws.law(rule, a=part, b=join(*parts[at + 1 :])) for at, part in enumerate(parts[:-1])]


# --- exponentials and logarithms -------------------------------------------------------------------------------------


def _of_exponential(search: Search, atom: t.Apply) -> Iterator[Theorem | None]:
    (inside,) = atom.arguments
    parts = search.forms.monomials(inside)
    if not parts:
        yield search.by(atom, [search.laws.law("exp-sum", "rearrangement", left=t.Apply("exp", (t.ZERO,)))])
    if len(parts) == 1 or search.laws.licenses("exp-sum"):
        terms = [t.mul(t.number(value), monomial) for value, monomial in parts]
        laws = _chain(search, "exp-sum", terms, "add")
        for value, monomial in parts:
            laws += _of_exponent(search, value, monomial)
        yield search.by(atom, laws)
    value, _ = search.forms.factors(inside)
    if value < 0:
        yield search.by(atom, [search.laws.law("exp-negative", a=search.forms.written(t.neg(inside)))])


def _of_exponent(search: Search, value: Fraction, monomial: t.Term) -> Equations:
    """exp(3*x/2) = exp(x/2)^3, exp(2*ln(x)*y) = x^(2*y)."""
    logarithm = _one_logarithm(search, monomial)
    if logarithm is not None:
        others = search.forms.written(t.mul(t.number(value), t.Div(monomial, logarithm)))
        return [
            search.laws.law("exp-power", m=others, a=logarithm) if others is not t.ONE else None,
            search.laws.law("exp-log", a=logarithm.arguments[0]),
        ]
    logarithms = (part for part in t.subterms(monomial) if isinstance(part, t.Apply) and part.function == "ln")
    if isinstance(monomial, t.Sum) and any(logarithms):
        together = search.laws.over_range("apart", t.Apply("exp", (monomial,)), "exp-sum")
        return [search.laws.law("exp-power", m=t.number(value), a=monomial) if value != 1 else None, together]
    if not search.laws.licenses("exp-power"):
        return []
    fineness = search.effort.fineness(t.Apply("exp", (monomial,)), value.denominator)
    times = value * fineness
    root = t.mul(t.number(Fraction(1, fineness)), monomial)
    return [search.laws.law("exp-power", m=t.number(times), a=root)] if times != 1 else []


def _one_logarithm(search: Search, monomial: t.Term) -> t.Apply | None:
    """The logarithm that is a factor of the monomial, if there is one and no other."""
    _, factors = search.forms.factors(monomial)
    found = [part for part, _ in factors if isinstance(part, t.Apply) and part.function == "ln"]
    alone = [part for part, exponent in factors if part in found and exponent == 1]
    return alone[0] if len(found) == len(alone) == 1 and isinstance(alone[0], t.Apply) else None


def _of_logarithm(search: Search, atom: t.Apply) -> Iterator[Theorem | None]:
    value, factors = search.products.factored(atom.arguments[0])
    if value == 1 and not factors:
        yield search.by(atom, [search.laws.law("log-exp", "rearrangement", left=t.Apply("ln", (t.ONE,)))])
    if not value:
        return
    good = number_factors(abs(value))
    rest: list[Factor] = []
    for factor, exponent in factors:
        (good if search.signs.is_positive(factor) else rest).append((factor, exponent))
    parts = [(product([part]), _logarithm_of(search, *part)) for part in good]
    if rest or value < 0:
        parts.append((product(rest, Fraction(1 if value > 0 else -1)), []))
    yield search.products.taken_apart(atom, "log-product", parts, {})


def _logarithm_of(search: Search, factor: t.Term, exponent: int) -> list[Theorem | None]:
    """ln(x^3) = 3*ln(x)."""
    power = search.laws.law("log-power", a=factor, m=t.number(exponent)) if exponent != 1 else None
    return [power, _of_one_logarithm(search, factor)]


def _of_one_logarithm(search: Search, factor: t.Term) -> Theorem | None:
    match factor:
        case t.Apply("exp", (value,)):
            return search.laws.law("log-exp", a=value)
        case t.Pow(base, exponent) if search.signs.is_positive(base):
            return search.laws.law("log-power", a=base, m=exponent)
        case t.Prod():
            return search.laws.over_range("apart", t.Apply("ln", (factor,)), "log-product")
    return None


# --- absolute values and the larger of two ---------------------------------------------------------------------------


def _of_absolute(search: Search, atom: t.Apply) -> Iterator[Theorem | None]:
    inside = atom.arguments[0]
    yield _absolute(search, inside)
    value, factors = search.products.factored(inside)
    pieces: list[t.Term] = [t.number(abs(value))] if abs(value) != 1 or not factors else []
    pieces += [t.number(-1)] if value < 0 else []
    for factor, exponent in factors:
        even = exponent - exponent % 2
        pieces += ([product([(factor, even)])] if even else []) + ([factor] if exponent % 2 else [])
    if search.laws.licenses("abs-square"):
        parts = [(piece, [_absolute(search, piece)]) for piece in pieces]
        yield search.products.taken_apart(atom, "abs-product", parts, {})
    else:
        yield search.laws.law("cases", a=inside)
    if isinstance(inside, t.Pow):
        yield search.laws.law("abs-product", a=inside.base, m=inside.exponent)


def _absolute(search: Search, inside: t.Term) -> Theorem | None:
    if search.signs.is_at_least_0(inside):
        return search.laws.law("abs-product", a=inside, right=inside)
    if search.signs.relation(inside) in ("<", "<="):
        return search.laws.law("abs-product", a=inside, right=t.Neg(inside))
    return None


def _of_larger(search: Search, atom: t.Apply) -> Iterator[Theorem | None]:
    first, second = atom.arguments
    if search.forms.written(first) is search.forms.written(second):
        yield search.laws.law("cases", a=first, b=second, left=atom)
    for larger, smaller in ((first, second), (second, first)):
        if search.holds(t.Comparison(larger, ">=", smaller)):
            chosen = larger if atom.function == "max" else smaller
            yield search.laws.law("cases", a=first, b=second, left=atom, right=chosen)
    yield search.laws.law("cases", a=first, b=second, left=atom)


# --- angles ----------------------------------------------------------------------------------------------------------


def _of_angle(search: Search, atom: t.Apply) -> Iterator[Theorem | None]:
    inside = atom.arguments[0]
    parts = search.forms.monomials(inside)
    if not parts:
        return
    (value, monomial), *rest = parts
    first = t.mul(t.number(value), monomial) if rest else _turn(value, monomial)
    if first is not None:
        others = search.forms.written(t.add(inside, t.neg(first)))
        left = t.Apply(atom.function, (t.add(first, others),))
        yield search.by(atom, [search.laws.law("angle-sum", a=first, b=others, left=left)])


def _turn(value: Fraction, monomial: t.Term) -> t.Term | None:
    """What is taken off an angle that is one multiple of something: x off 2*x, a right angle off 2*pi/3."""
    if monomial is t.apply("pi"):
        return t.mul(t.number(Fraction(min(round(2 * value), 3), 2)), monomial) if value > Fraction(1, 4) else None
    return monomial if value.denominator == 1 and 1 < value <= LARGEST_MULTIPLE else None


def _of_negative(search: Search, atom: t.Apply) -> Iterator[Theorem | None]:
    """Odd and even functions of what is written with a minus sign, and odd ones of 0."""
    name, (inside,) = atom.function, atom.arguments
    value, _ = search.forms.factors(inside)
    if value < 0:
        positive = search.forms.written(t.neg(inside))
        yield search.by(atom, [search.laws.law("parity", a=positive, left=t.Apply(name, (t.Neg(positive),)))])
    if not value:
        yield search.by(atom, [_odd_at_zero(search, search.laws.law("parity", a=t.ZERO, left=t.Apply(name, (t.Neg(t.ZERO),))))])


def _odd_at_zero(search: Search, law: Theorem | None) -> Theorem | None:
    """f(0) = (f(0) + f(-0))/2 = (f(0) - f(0))/2 = 0, where f(-0) = -f(0)."""
    if law is None or not isinstance(law.right, t.Neg):
        return None
    value, twice = law.right.term, t.Add((law.right.term, law.left))
    try:
        halved = kernel.ring(value, t.Div(twice, t.TWO), search.theory, "")
        mirrored = kernel.congruence(t.Div(twice, t.TWO), {0: kernel.congruence(twice, {1: law})})
        nothing = kernel.ring(mirrored.right, t.ZERO, search.theory, "")
        return kernel.transitivity(kernel.transitivity(halved, mirrored), nothing)
    except KernelError:
        return None
