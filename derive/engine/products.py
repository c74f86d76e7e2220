"""Arguments as products: a term as a number times powers of factors, and a law about products used on all of them at once.

    ln(2*x^3/(y + 1))    is ln of the product of   2, x^3, (y + 1)^(-1),   and so a sum of three logarithms

A factor stays as it was written first, so that its sign can still be seen: (x - m)^2/n + 1 is not multiplied out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.engine.factored import Factor, is_arithmetic
from derive.floor import kernel
from derive.floor.kernel import Theorem
from derive.floor.terms import Add, Div, Mul, Neg, Number, Pow, Term, children, mul

if TYPE_CHECKING:
    from derive.engine.search import Search

LABEL = ""


class Products:
    """The factors that one search has met."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self._spelled: dict[Term, tuple[Term, Fraction]] = {}  # by its form, the factor as it was written first

    def factored(self, term: Term) -> tuple[Fraction, tuple[Factor, ...]]:
        """The term as a number times powers of factors: each as it was written first, if it was."""
        total: dict[Term, int] = {}
        value = self._collected(term, 1, total)
        return value, tuple((part, exponent) for part, exponent in total.items() if exponent)

    def _collected(self, term: Term, exponent: int, into: dict[Term, int]) -> Fraction:
        """Add the factors of a term, to a power, to those that there are; return the number before them."""
        match term:
            case Number(value):
                return Fraction(value**exponent)
            case Neg(inner):
                return self._collected(inner, exponent, into) * (-1 if exponent % 2 else 1)
            case Mul(parts):
                total = Fraction(1)
                for part in parts:
                    total *= self._collected(part, exponent, into)
                return total
            case Div(above, below):
                return self._collected(above, exponent, into) * self._collected(below, -exponent, into)
            case Pow(base, Number(power)) if power.denominator == 1:
                return self._collected(base, exponent * int(power), into)
        theorem = self.search.settled(term)
        if theorem is not None and is_arithmetic(theorem.right) and not isinstance(theorem.right, Add):
            return self._collected(theorem.right, exponent, into)
        here = term if theorem is None else theorem.right
        value, factors = self.search.forms.factors(here)
        seen = self.search.knowledge.sign(term).relation in (">", ">=", "<", "<=")
        if len(factors) > 1 and seen and not self._shows(factors):
            value, factors = Fraction(1), ((self.search.forms.written(here), 1),)
        if isinstance(term, Add) and [times for _, times in factors] == [1] and abs(value) == 1:
            ((factor, _),) = factors
            spelled, sign = self._spelled.setdefault(factor, (term, value))
            into[spelled] = into.get(spelled, 0) + exponent
            return (value * sign) ** exponent
        for factor, times in factors:
            spelled, sign = self._spelled.setdefault(factor, (factor, Fraction(1)))
            value *= sign**times
            into[spelled] = into.get(spelled, 0) + times * exponent
        return value**exponent

    def _shows(self, factors: Sequence[Factor]) -> bool:
        """Whether the signs of factors can be seen from how they are written."""
        return all(self.search.knowledge.sign(factor).relation is not None for factor, _ in factors)

    def rebuilt(self, atom: Term, inside: Term) -> Theorem | None:
        """The theorem that an atom is equal to the same of another argument that is equal to its first."""
        old = children(atom)[0]
        return None if old is inside else kernel.congruence(atom, {0: self.equal(old, inside)})

    def taken_apart(
        self, atom: Term, rule: str, parts: Sequence[tuple[Term, Sequence[Theorem | None]]], values: dict[str, Term]
    ) -> Theorem | None:
        """What a law about products makes of an atom whose argument is the product of `parts`, each with equations about it."""
        terms = [part for part, _ in parts]
        if len(terms) > 1 and not self.search.laws.licenses(rule):
            return None
        pairs = [{"a": part, "b": mul(*terms[at + 1 :])} for at, part in enumerate(terms[:-1])]
        laws = [self.search.laws.of_values(rule, {**pair, **values}) for pair in pairs]
        whole = self.rebuilt(atom, mul(*terms))
        about = self.search.by(atom if whole is None else whole.right, [*laws, *(law for _, laws in parts for law in laws)])
        return self.search.then(whole, about)

    def equal(self, left: Term, right: Term) -> Theorem:
        """The theorem that two terms are equal, once the atoms in them have their forms. Fails with `KernelError`."""
        one, other = self.search.settled(left), self.search.settled(right)
        ends = left if one is None else one.right, right if other is None else other.right
        total = kernel.ring(*ends, self.search.theory, LABEL)
        total = total if one is None else kernel.transitivity(one, total)
        return total if other is None else kernel.transitivity(total, kernel.symmetry(other))
