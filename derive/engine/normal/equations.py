"""Equations used from left to right, also inside sums: assumptions, hypotheses and theorems that a step cites."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

from derive.engine.normal.form import Form
from derive.engine.normal.polynomial import Monomial, Poly, add_into, index_key, merge, monomial_key
from derive.floor.terms import Index, Number, Term


class Equations(Form):
    """Rewriting by equations."""

    def rewritten(
        self, poly: Poly, equations: list[tuple[Poly, Poly, frozenset[Index]]]
    ) -> tuple[Poly, set[int]]:
        """The polynomial with equations used from left to right, also inside sums, and the numbers of those that were.

        Each equation is a left side, a right side and the indices that it holds for all values of.
        """
        rules = []
        for number, (left, right, indices) in enumerate(equations):
            oriented = _oriented(left, right)
            if oriented is not None:
                rules.append((number, *oriented, tuple(sorted(indices, key=index_key))))
        used: set[int] = set()
        for _ in range(60):
            step = self._rewritten_once(poly, rules, used)
            if step is None:
                break
            poly = step
        return poly, used

    def _rewritten_once(
        self, poly: Poly, rules: list[tuple[int, Monomial, Poly, tuple[Index, ...]]], used: set[int]
    ) -> Poly | None:
        for monomial, coefficient in poly.terms.items():
            step = self._rewritten_monomial(monomial, rules, used)
            if step is not None:
                terms = dict(poly.terms)
                del terms[monomial]
                add_into(terms, step, coefficient)
                return Poly(terms)
        return None

    def _rewritten_monomial(
        self, monomial: Monomial, rules: list[tuple[int, Monomial, Poly, tuple[Index, ...]]], used: set[int]
    ) -> Poly | None:
        powers = dict(monomial)
        for number, left, right, indices in rules:
            for mapping in self._instances(indices, monomial):
                here = self.rename(Poly({left: 1}), mapping).single() if mapping else (left, 1)
                plainly = here is not None and here[1] == 1 and len(here[0]) == 1 and here[0][0][1] == 1
                if here is not None and plainly and powers.get(here[0][0][0], 0) < 0:
                    # The generator stands below a bar, so that neither it nor what it equals is 0.
                    ((generator, _),) = here[0]
                    below = self.raised(self.rename(right, mapping), Fraction(powers[generator]))
                    used.add(number)
                    return self.times(self._without(monomial, generator, 0), below)
                if here is None or not here[0] or not all(powers.get(g, 0) >= e > 0 for g, e in here[0]):
                    continue
                rest = Poly({merge(monomial, tuple((g, -e) for g, e in here[0])): 1})
                replaced = self.times(rest, self.rename(right, mapping)).scale(1 / Fraction(here[1]))
                if replaced.terms != {monomial: 1}:
                    used.add(number)
                    return replaced
        for generator, exponent in monomial:
            if generator.kind == "sum" and exponent >= 1:
                names, body = generator.parts
                opened = tuple(map(self._unused, names))
                with self._scope(opened):
                    inside = self.rename(body, dict(zip(names, opened, strict=True)))
                    step = self._rewritten_once(inside, rules, used)
                    if step is not None:
                        return self.times(self._without(monomial, generator, exponent - 1), self.sum_over(opened, step))
        return None

    def _instances(self, indices: tuple[Index, ...], monomial: Monomial) -> Iterator[dict[Term, Term]]:
        """All ways to put the indices of a monomial, and its whole numbers, in the place of universal ones."""
        present: dict[Term, None] = {}
        for generator, _ in monomial:
            present.update(dict.fromkeys(sorted(generator.indices, key=index_key)))
            if generator.kind == "entry":
                present.update((i, None) for i in generator.parts[0].indices if isinstance(i, Number))
        choices = [[other for other in present if self.in_range(other, index)] for index in indices]
        if len(indices) <= 3:
            for values in itertools.product(*choices):
                yield dict(zip(indices, values, strict=True))


def _oriented(left: Poly, right: Poly) -> tuple[Monomial, Poly] | None:
    """An equation as a monomial and what it is equal to: the left side where it is one, else its longest monomial."""
    if not left:
        left, right = right, left
    alone = left.single()
    if alone is not None and alone[0]:
        return alone[0], right.scale(1 / Fraction(alone[1]))
    difference = left - right
    candidates = [m for m in difference.terms if m]
    if not candidates:
        return None
    lead = max(candidates, key=lambda m: (len(m), len(monomial_key(m)), monomial_key(m)))
    rest = Poly({m: c for m, c in difference.terms.items() if m != lead})
    return lead, rest.scale(-1 / Fraction(difference.terms[lead]))
