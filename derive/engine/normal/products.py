"""Products over an index: taken factor by factor, and rejoined where another one leaves out an index."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from functools import partial

from derive.engine.normal.form import MOST_WRITTEN_OUT, Form, has_cases
from derive.engine.normal.polynomial import (
    POLY_ONE,
    Coefficient,
    Generator,
    Monomial,
    Poly,
    add_into,
    constant,
    monomial_of,
    single,
)
from derive.floor.terms import Index, Number, Term
from derive.limits import spend


class Products(Form):
    """Products over an index."""

    def _product(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly:
        if not excluded and isinstance(index.range, Number) and index.range.value <= MOST_WRITTEN_OUT:
            result = POLY_ONE
            for value in range(1, int(index.range.value) + 1):
                result = self.times(result, self.rename(body, {index: Number(Fraction(value))}))
            return result
        alone = body.single()
        if excluded and not self._is_met(index, excluded):
            self._ask_for_values_outside((index,), body)
        if len(excluded) == 1 and self.in_range(excluded[0], index) and self._removable(index, excluded, body):
            term = self._at(body, index, excluded[0])
            found = self.sign(term)
            if found.relation in (">", "<", "!="):
                self.conditions |= found.uses
                return self.times(self._product(index, (), body), self.raised(term, Fraction(-1)))
        if alone is None:
            return self._kept("xprod", index, excluded, body)
        monomial, coefficient = alone
        if self._has_guards(body):
            self._ask_for_values(monomial)  # each is a product of its own, for all values of the index
        result = POLY_ONE if coefficient == 1 else self._repeated(constant(coefficient), index, excluded)
        for generator, exponent in monomial:
            here = self._generator_power(generator, exponent)
            if index not in generator.indices:
                factor = self._repeated(here, index, excluded)
            elif generator.kind == "exp":
                factor = self.exp(self._sum(index, excluded, Poly({generator.parts[0]: exponent})))
            elif isinstance(exponent, int) or self._sure(single(generator)):
                factor = self.raised(self._kept("xprod", index, excluded, single(generator)), Fraction(exponent))
            else:
                factor = self._kept("xprod", index, excluded, here)
            result = self.times(result, factor)
        return result

    def _repeated(self, poly: Poly, index: Index, excluded: tuple[Term, ...]) -> Poly:
        """The product of what does not depend on the index, over all its values other than the excluded.

        Those are n - 1, n - 2, … in number if the excluded are in the range and differ from each other. As the number may be
        0, and x^(n - 1) is written x^n/x, the factor must then not be 0.
        """
        count = self.normal(index.range)
        if excluded:
            found = self.sign(poly)
            apart = all(self._are_apart(a, b) for a, b in itertools.combinations(excluded, 2))
            if found.relation not in (">", "<", "!=") or not apart or not all(self.in_range(e, index) for e in excluded):
                return self._kept("xprod", index, excluded, poly)
            self.conditions |= found.uses
            count = count - constant(len(excluded))
        value = count.constant()
        if value is None:
            return self._whole_power(poly, count) if self.functions else self._kept_power(poly, count)
        return self.raised(poly, Fraction(value))

    def _rejoined(self, monomial: Monomial, generator: Generator, exponent: Coefficient) -> Poly | None:
        """The monomial with prod(f[i], i != k)*f[k] written prod(f[i], i); None where there is no such pair.

        What is left out besides k must differ from k: where it is the same, f[k] was left out once only.
        """
        name, excluded, body = generator.parts
        if not excluded:
            return None
        spend(len(monomial))
        powers = dict(monomial)
        for k in excluded:
            term = self.rename(body, {name: k}).single()
            if term is None or len(term[0]) != 1 or term[0][0][1] != 1 or term[1] != 1:
                continue
            other = term[0][0][0]
            e = powers.get(other, 0)
            whole = isinstance(e, int) and isinstance(exponent, int)
            rest = tuple(x for x in excluded if x is not k)
            if not whole or e * exponent <= 0 or not all(self._are_apart(k, x) for x in rest) or not self.in_range(k, name):
                continue
            count = min(e, exponent) if e > 0 else max(e, exponent)
            inner = self._unused(name)
            with self._scope((inner,), rest):
                joined = self._product(inner, rest, self.rename(body, {name: inner}))
            left = monomial_of((g, p - count if g in (generator, other) else p) for g, p in monomial)
            return self.times(Poly({left: 1}), self.raised(joined, Fraction(count)))
        return None

    def _split_products(self, poly: Poly) -> Poly:
        """The polynomial with prod(f[i], i) written prod(f[i], i != k)*f[k] where it has a product without k as well.

        As in `_rejoined`, k is in the range and differs from what else is left out. Nothing is divided by.
        """
        products = sorted((g for g in poly.generators() if g.kind == "xprod"), key=lambda g: g.key)
        for whole, part in itertools.permutations(products, 2):
            term = self._left_out(whole, part)
            if term is not None:
                split = self.times(single(part), term)
                changed = self._replaced(poly, partial(self._power_of, whole, split))
                return self._split_products(changed)
        return poly

    def _left_out(self, whole: Generator, part: Generator) -> Poly | None:
        """The factor of a product that another one leaves out, and besides which it is the same; None for any other pair.

        A factor that is a monomial is joined with the product instead, and one with a delta has cases.
        """
        (name, excluded, body), (other, more, inside) = whole.parts, part.parts
        added = [k for k in more if k not in excluded]
        if name is not other or body.key != inside.key or len(added) != 1 or len(more) != len(excluded) + 1:
            return None
        (k,) = added
        term = self.rename(body, {name: k})
        if body.single() is not None or has_cases(term) or not self.in_range(k, name):
            return None
        return term if all(self._are_apart(k, e) for e in excluded) else None

    def _power_of(self, old: Generator, new: Poly, generator: Generator, exponent: Fraction) -> Poly | None:
        return self.raised(new, exponent) if generator is old else None

    def _replaced(self, poly: Poly, change: Callable[[Generator, Fraction], Poly | None]) -> Poly:
        """The polynomial with the powers of generators that `change` knows another form of replaced by that."""
        terms: dict[Monomial, Coefficient] = {}
        for monomial, coefficient in poly.terms.items():
            product = POLY_ONE
            for generator, exponent in monomial:
                found = change(generator, Fraction(exponent))
                product = self.times(product, self._generator_power(generator, exponent) if found is None else found)
            add_into(terms, product, coefficient)
        return Poly(terms)
