"""What the laws say of powers that are no product of factors: roots, and exponents that are no number.

    (12*x^3*y)^(1/2)   = 2*3^(1/2)*(x^(1/2))^3*y^(1/2)         where x and y are at least 0
    x^(3/2)            = (x^(1/2))^3,      (x^(1/2))^2 = x
    x^(2*n - 1)        = (x^n)^2/x

Each function yields the equations that together rewrite an atom whose base and exponent have their forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.engine.factored import Factor, number_factors, product
from derive.floor import kernel
from derive.floor.functions import is_whole
from derive.floor.kernel import KernelError, Theorem
from derive.floor.terms import ONE, TWO, Apply, Neg, Number, Pow, Term, add, mul, neg, number

if TYPE_CHECKING:
    from derive.engine.search import Search

Equations = Sequence[Theorem | None]


def of_power(search: Search, atom: Term) -> Iterator[Equations]:
    """The laws about a power."""
    assert isinstance(atom, Pow)
    base, exponent = atom.base, atom.exponent
    match base, exponent:
        case Apply("exp", (value,)), _:
            yield [_turned(search.law("exp-power", m=exponent, a=value))]
        case Pow(inner, first), _ if not isinstance(first, Number):
            yield [search.law("power-power", a=inner, m=first, n=exponent)]
    if isinstance(exponent, Number):
        yield from _of_fraction(search, base, exponent.value)
    else:
        yield from _of_base(search, base, exponent)
        yield from _of_exponent(search, base, exponent)


def at_power(search: Search, atom: Term, exponent: int) -> Theorem | None:
    """What a power of an atom is, where that is not a product of the atom: (x^(1/2))^2, abs(x)^2, sin(x)^2."""
    match atom:
        case Pow(_, Number(value)) if value.numerator == 1 and not 0 <= exponent < value.denominator:
            return search.over_range("root", Pow(atom, number(value.denominator)))
        case Apply("abs", (inside,)) if not 0 <= exponent < 2:
            return search.law("abs-square", a=inside)
        case Apply("sin" | "sinh", (inside,)) if exponent > 1:
            return search.law("pythagoras", a=inside, left=Pow(atom, TWO))
    return None


def _turned(theorem: Theorem | None) -> Theorem | None:
    return None if theorem is None else kernel.symmetry(theorem)


# --- fractions as exponents ------------------------------------------------------------------------------------------


def _of_fraction(search: Search, base: Term, value: Fraction) -> Iterator[Equations]:
    if value.denominator == 1:
        return
    fineness = search.effort.fineness(base, value.denominator)
    if fineness != value.denominator:
        root = Pow(base, _one_over(fineness))
        whole = _turned(search.law("power-power", a=base, m=_one_over(fineness), n=number(value * fineness)))
        yield [_from(search, Pow(base, number(value)), Pow(root, number(value * fineness)), whole)]
    if value.numerator != 1:
        yield [search.over_range("root", Pow(base, number(value)))]
    else:
        yield _of_root(search, base, value.denominator)


def _from(search: Search, left: Term, right: Term, theorem: Theorem | None) -> Theorem | None:
    """b^(1/2) = (b^(1/6))^3, from b^(1/6*3) = (b^(1/6))^3."""
    if theorem is None:
        return None
    try:
        exponent = kernel.ring(left.exponent, theorem.left.exponent, search.theory, "law(power-power)")  # type: ignore[attr-defined]
        return kernel.transitivity(kernel.congruence(left, {1: exponent}), theorem)
    except KernelError:
        return None


def _one_over(value: int) -> Number:
    return number(Fraction(1, value))


def _of_root(search: Search, base: Term, degree: int) -> list[Theorem | None]:
    """A root of a product: the product of the roots, of what is known to be at least 0."""
    value, factors = search.forms.factors(base)
    if not value:
        return [_square_root(search, base)] if degree == 2 else []
    whole = number_factors(abs(value))
    if not whole and not factors:
        whole = [(ONE, degree)]
    parts = [(product([part]), _root_of(search, *part, degree)) for part in whole]
    rest: list[Factor] = []
    for factor, exponent in factors:
        if search.signs.is_at_least_0(factor):
            parts.append((product([(factor, exponent)]), _root_of(search, factor, exponent, degree)))
        elif degree == 2 and exponent % 2 == 0:
            parts.append((product([(factor, exponent)]), [_square_root(search, product([(factor, exponent // 2)]))]))
        else:
            rest.append((factor, exponent))
    if rest or value < 0:
        parts.append((product(rest, Fraction(1 if value > 0 else -1)), []))
    terms = [term for term, _ in parts]
    if len(terms) > 1 and not search.licenses("power-product"):
        return []
    laws = [
        search.law("power-product", a=term, b=mul(*terms[at + 1 :]), m=_one_over(degree), left=_rooted(terms[at:], degree))
        for at, term in enumerate(terms[:-1])
    ]
    return laws + [law for _, about in parts for law in about]


def _rooted(terms: list[Term], degree: int) -> Term:
    return Pow(mul(terms[0], mul(*terms[1:])), _one_over(degree))


def _square_root(search: Search, inside: Term) -> Theorem | None:
    return search.law("root-square", a=inside, left=Pow(Pow(inside, TWO), _one_over(2)))


def _root_of(search: Search, factor: Term, exponent: int, degree: int) -> list[Theorem | None]:
    """(x^3)^(1/2) = (x^(1/2))^3 for an x that is at least 0."""
    if exponent == 1:
        return []
    once = search.law("power-power", a=factor, m=number(exponent), n=_one_over(degree))
    if once is None:
        return []
    try:
        plain = number(Fraction(exponent, degree))
        settled = kernel.ring(once.right.exponent, plain, search.theory, "law(power-power)")  # type: ignore[attr-defined]
        once = kernel.transitivity(once, kernel.congruence(once.right, {1: settled}))
    except KernelError:
        return []
    root = None if exponent % degree == 0 else search.over_range("root", Pow(factor, plain))
    return [once, root]


# --- other exponents -------------------------------------------------------------------------------------------------


def _of_base(search: Search, base: Term, exponent: Term) -> Iterator[Equations]:
    """A power of a product: the product of the powers; of any factors where the exponent is whole."""
    value, factors = search.forms.factors(base)
    if not value or not search.licenses("power-product"):
        return
    anything = is_whole(exponent)
    parts = number_factors(abs(value))
    rest: list[Factor] = []
    for factor, times in factors:
        (parts if anything or search.signs.is_positive(factor) else rest).append((factor, times))
    terms = [product([part]) for part in parts]
    if value < 0 and anything:
        terms.append(number(-1))
    elif rest or value < 0:
        terms.append(product(rest, Fraction(1 if value > 0 else -1)))
    laws = [
        search.law("power-product", a=term, b=mul(*terms[at + 1 :]), m=exponent, left=Pow(mul(term, mul(*terms[at + 1 :])), exponent))
        for at, term in enumerate(terms[:-1])
    ]
    for factor, times in parts:
        if times != 1:
            inner = search.law("power-power", a=factor, m=number(times), n=exponent)
            outer = _turned(search.law("power-power", a=factor, m=exponent, n=number(times)))
            laws += [inner, outer]
    yield laws


def _of_exponent(search: Search, base: Term, exponent: Term) -> Iterator[Equations]:
    """b^(2*n - y/2) = (b^n)^2/b^(y/2)."""
    parts = search.forms.monomials(exponent)
    if len(parts) > 1 and not search.licenses("power-sum"):
        return
    terms = [mul(number(value), monomial) for value, monomial in parts]
    laws = [search.law("power-sum", a=base, m=term, n=add(*terms[at + 1 :])) for at, term in enumerate(terms[:-1])]
    for (value, monomial), term in zip(parts, terms, strict=True):
        if monomial is ONE:
            continue
        if value < 0:
            laws.append(search.law("power-sum", a=base, m=neg(term), left=Pow(base, Neg(neg(term)))))
        size = abs(value)
        fineness = 1 if is_whole(monomial) else search.effort.fineness(Pow(base, monomial), size.denominator)
        if size * fineness != 1:
            root = mul(_one_over(fineness), monomial) if fineness != 1 else monomial
            laws.append(_turned(search.law("power-power", a=base, m=root, n=number(size * fineness))))
    yield laws
