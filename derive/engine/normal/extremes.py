"""The greatest value over an index, and the least one, which is minus the greatest of what is negated."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

from derive.engine.normal.form import Form
from derive.engine.normal.polynomial import Poly, constant
from derive.floor.terms import Index, Number, Term

MOST_COMPARED = 4  # values of which the greatest is written by absolute values, each of which doubles the cases


class Extremes(Form):
    """The greatest and the least value over an index."""

    def _greatest(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly:
        """What does not hang on the index stands before it: as a summand, or as a factor whose sign is known."""
        moving = Poly({m: c for m, c in body.terms.items() if any(index in generator.indices for generator, _ in m)})
        still = Poly({m: c for m, c in body.terms.items() if m not in moving.terms})
        if not moving:
            return still
        places = self._places(index, excluded)
        if 0 < len(places) <= MOST_COMPARED:
            return still + reduce(self._larger, (self.rename(moving, {index: place}) for place in places))
        size, moving = self._size(index, moving)
        return still + self.times(size, self._kept("xmax", index, excluded, moving))

    def _least(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly:
        return self._greatest(index, excluded, body.scale(-1)).scale(-1)

    def _size(self, index: Index, body: Poly) -> tuple[Poly, Poly]:
        """What is positive in all terms of the body, whatever the index is, and the body divided by it."""
        number = abs(Fraction(body.terms[body.leading()]))
        body, size = body.scale(1 / number), constant(number)
        for power in tuple(body.leading()):
            alone = Poly({(power,): 1})
            if index in power[0].indices or not all(power in monomial for monomial in body.terms):
                continue
            found = self.sign(alone)
            if found.relation in (">", "<"):
                self.conditions |= found.uses
                sign = 1 if found.relation == ">" else -1
                body, size = self.divided(body, (power,)).scale(sign), self.times(size, alone.scale(sign))
        return size, body

    def _larger(self, one: Poly, other: Poly) -> Poly:
        return (one + other + self._abs(one - other)).scale(Fraction(1, 2))

    @staticmethod
    def _places(index: Index, excluded: tuple[Term, ...]) -> list[Number]:
        """The values of the index, where they are a few numbers."""
        if not isinstance(index.range, Number) or not all(isinstance(other, Number) for other in excluded):
            return []
        most = min(int(index.range.value), MOST_COMPARED + len(excluded) + 1)
        return [place for value in range(1, most + 1) if (place := Number(Fraction(value))) not in excluded]
