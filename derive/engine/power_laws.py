"""What the laws say of powers that are no product of factors: roots, and exponents that are no number.

    (12*x^3*y)^(1/2)   = 2*3^(1/2)*(x^(1/2))^3*y^(1/2)         where x and y are at least 0
    x^(3/2)            = (x^(1/2))^3,      (x^(1/2))^2 = x
    x^(2*n - 1)        = (x^n)^2/x
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.engine.factored import Factor, number_factors, product
from derive.errors import KernelError
from derive.floor import kernel
from derive.floor.functions import is_whole
from derive.floor.kernel import Theorem
from derive.floor.terms import ONE, TWO, ZERO, Apply, Neg, Number, Pow, Term, add, mul, neg, number

if TYPE_CHECKING:
    from derive.engine.search import Search


def of_power(search: Search, atom: Term) -> Iterator[Theorem | None]:
    """The laws about a power whose exponent is no whole number."""
    assert isinstance(atom, Pow)
    base, exponent = atom.base, atom.exponent
    match base:
        case Apply("exp", (value,)):
            yield search.by(atom, [_turned(search.laws.law("exp-power", m=exponent, a=value))])
        case Pow(inner, first) if not is_whole(first) or is_whole(exponent) or search.signs.is_positive(inner):
            yield search.by(atom, [search.laws.law("power-power", a=inner, m=first, n=exponent)])
    if isinstance(exponent, Number):
        yield from _of_fraction(search, atom, exponent.value)
    else:
        yield _of_base(search, atom)
        yield _of_exponent(search, atom)


def at_power(search: Search, atom: Term, exponent: int) -> Theorem | None:
    """What a power of an atom is, where that is not a product of the atom: (x^(1/2))^2, abs(x)^2, sin(x)^2."""
    match atom:
        case Pow(_, Number(value)) if value.numerator == 1 and not 0 <= exponent < value.denominator:
            return search.laws.over_range("root", Pow(atom, number(value.denominator)))
        case Apply("abs", (inside,)) if not 0 <= exponent < 2:
            return search.laws.law("abs-square", a=inside)
        case Apply("sin" | "sinh", (inside,)) if exponent > 1:
            return search.laws.law("pythagoras", a=inside, left=Pow(atom, TWO))
    return None


def _turned(theorem: Theorem | None) -> Theorem | None:
    return None if theorem is None else kernel.symmetry(theorem)


def _one_over(value: int) -> Number:
    return number(Fraction(1, value))


# --- fractions as exponents ------------------------------------------------------------------------------------------


def _of_fraction(search: Search, atom: Pow, value: Fraction) -> Iterator[Theorem | None]:
    if value.denominator == 1:
        return
    fineness = search.effort.fineness(search.forms.written(atom.base), value.denominator)
    if fineness != value.denominator:
        root, times = _one_over(fineness), number(value * fineness)
        yield _with_exponent(search, atom, _turned(search.laws.law("power-power", a=atom.base, m=root, n=times)))
    if value.numerator != 1:
        yield search.laws.over_range("root", atom)
    else:
        yield _of_root(search, atom, value.denominator)


def _with_exponent(search: Search, atom: Pow, theorem: Theorem | None) -> Theorem | None:
    """b^(1/2) = (b^(1/6))^3, from b^(1/6*3) = (b^(1/6))^3."""
    if theorem is None or not isinstance(theorem.left, Pow):
        return None
    try:
        exponent = kernel.ring(atom.exponent, theorem.left.exponent, search.theory, "")
        return kernel.transitivity(kernel.congruence(atom, {1: exponent}), theorem)
    except KernelError:
        return None


def _of_root(search: Search, atom: Pow, degree: int) -> Theorem | None:
    """A root of a product: the product of the roots, of what is known to be at least 0."""
    value, factors = search.products.factored(atom.base)
    if not value:
        zero = search.products.rebuilt(atom, Pow(ZERO, TWO)) if degree == 2 else None
        return search.then(zero, None if zero is None else search.by(zero.right, [_square_root(search, ZERO)]))
    parts: list[tuple[Term, list[Theorem | None]]] = []
    for prime, times in number_factors(abs(value)) or ([] if factors else [(ONE, degree)]):
        parts.append((product([(prime, times)]), _root_of(search, prime, times, degree)))
    rest: list[Factor] = []
    for factor, exponent in factors:
        if degree == 2 and exponent > 1 and search.signs.relation(factor) in (">=", "="):
            # power-power would ask for what is more than 0
            half = product([(factor, exponent // 2)])
            parts.append((Pow(half, TWO), [_square_root(search, half)]))
            parts += [(factor, [])] if exponent % 2 else []
        elif search.signs.is_at_least_0(factor):
            parts.append((product([(factor, exponent)]), _root_of(search, factor, exponent, degree)))
        elif degree == 2 and exponent % 2 == 0:
            half = product([(factor, exponent // 2)])
            parts.append((Pow(half, TWO), [_square_root(search, half)]))
        else:
            rest.append((factor, exponent))
    if rest or value < 0:
        parts.append((product(rest, Fraction(1 if value > 0 else -1)), []))
    return search.products.taken_apart(atom, "power-product", parts, {"m": atom.exponent})


def _square_root(search: Search, inside: Term) -> Theorem | None:
    return search.laws.law("root-square", a=inside, left=Pow(Pow(inside, TWO), _one_over(2)))


def _root_of(search: Search, factor: Term, exponent: int, degree: int) -> list[Theorem | None]:
    """(x^3)^(1/2) = (x^(1/2))^3 for an x that is at least 0."""
    once = search.laws.law("power-power", a=factor, m=number(exponent), n=_one_over(degree)) if exponent != 1 else None
    if once is None or not isinstance(once.right, Pow):
        return []
    plain = number(Fraction(exponent, degree))
    settled = kernel.ring(once.right.exponent, plain, search.theory, "")
    once = kernel.transitivity(once, kernel.congruence(once.right, {1: settled}))
    return [once, None if exponent % degree == 0 else search.laws.over_range("root", Pow(factor, plain))]


# --- other exponents -------------------------------------------------------------------------------------------------


def _of_base(search: Search, atom: Pow) -> Theorem | None:
    """A power of a product: the product of the powers; of any factors where the exponent is whole."""
    exponent = atom.exponent
    value, factors = search.products.factored(atom.base)
    if not value:
        return None
    anything = is_whole(exponent)
    good = number_factors(abs(value)) + ([(number(-1), 1)] if value < 0 and anything else [])
    rest: list[Factor] = []
    for factor, times in factors:
        (good if anything or search.signs.is_positive(factor) else rest).append((factor, times))
    parts = [(product([part]), _power_of(search, *part, exponent)) for part in good]
    if rest or (value < 0 and not anything):
        parts.append((product(rest, Fraction(1 if value > 0 else -1)), []))
    return search.products.taken_apart(atom, "power-product", parts, {"m": exponent})


def _power_of(search: Search, factor: Term, times: int, exponent: Term) -> list[Theorem | None]:
    """(x^3)^n = (x^n)^3."""
    if times == 1:
        return []
    inner = search.laws.law("power-power", a=factor, m=number(times), n=exponent)
    return [inner, _turned(search.laws.law("power-power", a=factor, m=exponent, n=number(times)))]


def _of_exponent(search: Search, atom: Pow) -> Theorem | None:
    """b^(2*n - y/2) = (b^n)^2/b^(y/2)."""
    first = search.in_argument(atom, 1)
    here = atom if first is None else first.right
    assert isinstance(here, Pow)
    base = here.base
    parts = search.forms.monomials(here.exponent)
    if len(parts) > 1 and not search.laws.licenses("power-sum"):
        return None
    terms = [mul(number(value), monomial) for value, monomial in parts]
    laws = [search.laws.law("power-sum", a=base, m=term, n=add(*terms[at + 1 :])) for at, term in enumerate(terms[:-1])]
    for (value, monomial), term in zip(parts, terms, strict=True):
        if monomial is ONE:
            continue
        if value < 0:
            laws.append(search.laws.law("power-sum", a=base, m=neg(term), left=Pow(base, Neg(neg(term)))))
        size = abs(value)
        fineness = 1 if is_whole(monomial) else search.effort.fineness(Pow(base, monomial), size.denominator)
        if size * fineness != 1:
            root = mul(_one_over(fineness), monomial) if fineness != 1 else monomial
            laws.append(_turned(search.laws.law("power-power", a=base, m=root, n=number(size * fineness))))
    about = search.by(here, laws)
    return None if about is None else search.then(first, about)
