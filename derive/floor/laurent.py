"""Laurent polynomials: sums of numbers times products of powers of atoms, which are numbered.

    {((1, 2), (3, -1)): 1/2}       is    1/2 * a1^2/a3
"""

from __future__ import annotations

from fractions import Fraction

from derive.errors import LimitError
from derive.limits import MOST_BITS, MOST_IN_POLYNOMIAL, spend

Monomial = tuple[tuple[int, int], ...]  # atoms by their numbers, each with its exponent, in order
Poly = dict[Monomial, Fraction]


def alone(atom: int) -> Poly:
    """An atom by itself."""
    return {((atom, 1),): Fraction(1)}


def plus(first: Poly, *others: Poly) -> Poly:
    """The sum of polynomials."""
    total = dict(first)
    for poly in others:
        for monomial, coefficient in poly.items():
            added = total.get(monomial, 0) + coefficient
            if added:
                total[monomial] = added
            else:
                del total[monomial]
    return _bounded(total)


def scaled(poly: Poly, value: Fraction) -> Poly:
    """A polynomial times a number."""
    return {monomial: coefficient * value for monomial, coefficient in poly.items()}


def product(left: Poly, right: Poly) -> Poly:
    """The product of two polynomials. Fails with `LimitError` where it is too large."""
    if len(left) * len(right) > 50 * MOST_IN_POLYNOMIAL:
        raise LimitError("D402", "a product of large polynomials")
    spend(len(left) * len(right))
    total: Poly = {}
    for one, first in left.items():
        for other, second in right.items():
            monomial = joined(one, other)
            added = total.get(monomial, 0) + first * second
            if added:
                total[monomial] = added
            else:
                del total[monomial]
    return _bounded(total)


def joined(left: Monomial, right: Monomial) -> Monomial:
    """The product of two monomials."""
    if not left or not right:
        return left or right
    exponents = dict(left)
    for atom, exponent in right:
        exponents[atom] = exponents.get(atom, 0) + exponent
    return tuple(sorted((atom, exponent) for atom, exponent in exponents.items() if exponent))


def _bounded(poly: Poly) -> Poly:
    spend(len(poly) // 4)
    if len(poly) > MOST_IN_POLYNOMIAL or any((v.numerator * v.denominator).bit_length() > MOST_BITS for v in poly.values()):
        raise LimitError("D402", "a polynomial of too many terms, or of numbers of too many digits")
    return poly
