"""Sums over an index: distributed, deltas in them substituted, and what does not split kept under canonical names."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from derive.engine.normal.form import MOST_WRITTEN_OUT, Form, Undefined, at_place, height_of
from derive.engine.normal.polynomial import POLY_ONE, Coefficient, Generator, Monomial, Poly, add_into, index_key, single
from derive.engine.normal.written import to_term
from derive.errors import LimitError
from derive.floor.conditions import is_about_indices, substituted
from derive.floor.definedness import defined
from derive.floor.subscripts import gap, inside, solved
from derive.floor.terms import ZERO, Affine, Entry, If, Index, Number, Size, Term, affine, free_indices, subterms
from derive.limits import MOST_ORDERS, MOST_WRITTEN_TOGETHER

MOST_SHIFTED = 4  # how far a neighbour of an index may be for it to be said where there is none


class Sums(Form):
    """Sums over an index."""

    def _binder(
        self,
        index: Index,
        excluded: tuple[Term, ...],
        body: Term,
        total: Callable[[Index, tuple[Term, ...], Poly], Poly],
    ) -> Poly:
        here = self._unused(index)
        without = tuple(dict.fromkeys(map(self._index, excluded)))
        names, apart, guarding = self._names, self._apart, self._guarding
        # Unlike a delta, a choice by indices stands guard over what may have no value.
        self._guarding = guarding or any(isinstance(part, If) and is_about_indices(part.condition) for part in subterms(body))
        try:
            with self._scope((here,), without, index.name):
                self._names = {**names, index: here}
                self._apart = [*apart, *((here, e) for e in without)]
                try:
                    inside = self.normal(body)
                finally:
                    self._names, self._apart = names, apart
                return total(here, without, inside)
        finally:
            self._guarding = guarding

    def _sum(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly:
        if excluded and not self._removable(index, excluded, body):
            return self._kept("xsum", index, excluded, body)
        if excluded and not self._is_met(index, excluded):
            self._ask_for_values_outside((index,), body)
        count = int(index.range.value) if isinstance(index.range, Number) else MOST_WRITTEN_OUT + 1
        if count <= MOST_WRITTEN_OUT and count * len(body.terms) <= MOST_WRITTEN_TOGETHER:
            values = [Number(Fraction(v)) for v in range(1, count + 1)]
            met = {m: c for m, c in body.terms.items() if self._meets(index, m)}
            others = Poly({m: c for m, c in body.terms.items() if m not in met})
            written_out = self._total(self.rename(others, {index: value}) for value in values)
            whole = self.sum_over((index,), Poly(met)) + written_out
        else:
            whole = self.sum_over((index,), body)
        for position, e in enumerate(excluded):
            term = self._at(body, index, e)
            for earlier in excluded[:position]:
                term = self.times(term, POLY_ONE - self.delta(e, earlier))
            whole = whole - term
        return whole

    def _meets(self, index: Index, monomial: Monomial) -> bool:
        """Whether a delta in the monomial says which value of the index counts."""
        for generator, _ in monomial:
            if generator.kind == "delta":
                i, k = generator.parts
                if (i is index and self.in_range(k, i)) or (k is index and self.in_range(i, k)):
                    return True
            if generator.kind == "where" and solved(generator.parts[0], index) is not None:
                return True
        return False

    def _removable(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> bool:
        """Whether a sum without some indices is the whole sum less their terms: the terms must have a value."""
        conditions = set(self.conditions)
        try:
            removable = all(self.in_range(e, index) and self.rename(body, {index: e}) is not None for e in excluded)
        except Undefined:
            removable = False
        if not removable:
            self.conditions = conditions
        return removable

    def _at(self, body: Poly, index: Index, value: Term) -> Poly:
        """The term of a sum at an excluded index: where it is not sure to be defined, that is a condition.

        So it is for what does not depend on the index, and comes out of a sum or product of nothing, where it need not have had
        a value.
        """
        term = self.rename(body, {index: value})
        for monomial in body.terms:
            self._ask_for_values([power for power in monomial if index in power[0].indices], {index: value})
        return term

    def _ask_for_values(self, powers: Iterable[tuple[Generator, Coefficient]], mapping: dict[Term, Term] | None = None) -> None:
        """Make it a condition that these powers have a value: they leave what stands guard over them."""
        for generator, exponent in powers:
            facts = self._power_needs(generator, exponent)
            if facts is None:
                self.conditions |= defined(to_term(self._generator_power(generator, exponent), mapping))
            else:
                self.conditions |= {substituted(fact, mapping) for fact in facts} if mapping else facts

    def _ask_for_values_outside(self, bound: tuple[Index, ...], poly: Poly) -> None:
        """Make it a condition that what does not depend on all of the indices has a value: it may stand for none of them."""
        for monomial in poly.terms:
            self._ask_for_values(power for power in monomial if not power[0].indices.issuperset(bound))

    def _has_guards(self, poly: Poly) -> bool:
        """Whether a polynomial is a choice, by values or by indices, and may have a value in one of its cases only."""
        kinds = ("choice", "delta") if self._guarding else ("choice",)
        return any(generator.kind in kinds for generator in poly.generators())

    def _is_met(self, index: Index, excluded: tuple[Term, ...]) -> bool:
        """Whether the index takes some value that is not excluded; the size that says so becomes a condition."""
        extent = index.range
        least = extent.value if isinstance(extent, Number) else self.knowledge.least(extent) if isinstance(extent, Size) else 0
        if least <= len(excluded):
            return False
        if isinstance(extent, Size):
            self.conditions |= self.knowledge.at_least(extent, len(excluded) + 1)
        return True

    def _kept(self, kind: str, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly:
        """A sum or product over an index that stays as it is, its body in normal form."""
        body = self.tidy(body)
        height = max(body.height(), height_of(frozenset(e for e in excluded if isinstance(e, Index))))
        name = Index(f"%{height}", index.range)
        with self._scope((name,), excluded):
            inner = self.rename(body, {index: name})
        without = tuple(sorted(excluded, key=index_key))
        key = f"{kind}({name.name}:{index_key(name)};{','.join(map(index_key, without))};{inner.key})"
        indices = (inner.indices() - {name}).union(e for e in without if isinstance(e, Index))
        return single(Generator(kind, (name, without, inner), key, indices, height + 1))

    def sum_over(self, bound: tuple[Index, ...], poly: Poly) -> Poly:
        """The sum of a polynomial over all values of the bound indices."""
        terms: dict[Monomial, Coefficient] = {}
        if self._has_guards(poly):
            # A choice may be made for none of the indices.
            self._ask_for_values_outside(bound, poly)
        for monomial, coefficient in self.reduced(poly, bound).terms.items():
            add_into(terms, self._sum_monomial(bound, monomial), coefficient)
        return Poly(terms)

    def _sum_monomial(self, bound: tuple[Index, ...], monomial: Monomial) -> Poly:
        for generator, exponent in monomial:
            if generator.kind == "delta":
                for index, other in (generator.parts, generator.parts[::-1]):
                    if index in bound and self.in_range(other, index):
                        touched = [p for p in monomial if p[0] is not generator and index in p[0].indices]
                        if self._guarding:
                            self._ask_for_values(touched, {index: other})
                        rest = self.rename(self._without(monomial, generator, 0), {index: other})
                        return self.sum_over(tuple(b for b in bound if b is not index), rest)
            if generator.kind == "sum" and exponent >= 1 and not generator.indices.isdisjoint(bound):
                names, body = generator.parts
                opened = tuple(map(self._unused, names))
                with self._scope(opened):
                    rest = self.times(
                        self._without(monomial, generator, exponent - 1),
                        self.rename(body, dict(zip(names, opened, strict=True))),
                    )
                    return self.sum_over(bound + opened, rest)
            if generator.kind == "where":
                collapsed = self._collapsed(bound, monomial, generator)
                if collapsed is not None:
                    return collapsed
        spread = self._spread(bound, monomial)
        if spread is not None:
            return spread
        result = POLY_ONE
        outside = [p for p in monomial if p[0].indices.isdisjoint(bound)]
        if outside:
            result = Poly({tuple(outside): 1})
        for indices, powers in _components(bound, [p for p in monomial if not p[0].indices.isdisjoint(bound)]):
            if not powers:
                (index,) = indices
                result = self.times(result, self.normal(index.range))
            elif len(powers) == 1 and powers[0][0].kind == "ordinal" and powers[0][1] == 1:
                last = self.normal(indices[0].range)
                result = self.times(result, (self.times(last, last) + last).scale(Fraction(1, 2)))
            else:
                result = self.times(result, self._sum_generator(indices, powers))
        return result

    def _collapsed(self, bound: tuple[Index, ...], monomial: Monomial, generator: Generator) -> Poly | None:
        """The sum over a bound index of an equation, taken at the value that the equation gives it.

        That value may lie beyond the range, where the sum is 0: an entry with that very index must then be 0 as well, and the
        other factors must have a value. With a second bound index in the equation, the first goes only where nothing else
        mentions it: else the sum could be written by either, and stays.
        """
        (equation,) = generator.parts
        present = [index for index in bound if index in generator.indices]
        for index in present:
            value = solved(equation, index)
            touched = [power for power in monomial if index in power[0].indices and power[0] is not generator]
            if value is None or (touched and len(present) > 1):
                continue
            if inside(value, index.range, self.knowledge.theory.sizes):
                possible = all(_takes_computed(g, index) for g, _ in touched)
            else:
                kinds = all(g.kind in ("where", "delta") or (g.kind == "entry" and e > 0) for g, e in touched)
                possible = kinds and any(g.kind == "entry" and index in g.parts[0].indices for g, _ in touched)
            others = tuple(b for b in bound if b is not index)
            if possible:
                return self.sum_over(others, self.rename(self._without(monomial, generator, 0), {index: value}))
            within = None if touched else self._within(value, index.range)
            if within is not None:
                return self.sum_over(others, self.times(self._without(monomial, generator, 0), within))
        return None

    def _within(self, value: Affine, extent: Term) -> Poly | None:
        """1 where a neighbour of an index lies in the range as well, else 0: k - 1 does but for k = 1, k + 1 but for k = n."""
        match value:
            case Affine((Index() as index,), (1,), offset) if index.range is extent and abs(offset) <= MOST_SHIFTED:
                ends = range(1, -offset + 1) if offset < 0 else range(-offset + 1, 1)
                origin = ZERO if offset < 0 else extent
                return POLY_ONE - self._total(self.delta(index, affine(((1, origin),), end)) for end in ends)
        return None

    def _spread(self, bound: tuple[Index, ...], monomial: Monomial) -> Poly | None:
        """The sum with an index of its own for an entry at a computed index: x[t + a] is the sum of the x[j] with j = t + a."""
        for generator, exponent in monomial:
            if generator.kind != "entry" or not isinstance(exponent, int) or exponent < 0:
                continue
            entry: Entry = generator.parts[0]
            for position, computed, extent in self._computed(entry):
                if not free_indices(computed).isdisjoint(bound):
                    running = self._unused(Index("", extent))
                    with self._scope((running,)):
                        here = self._generator_power(self._generator(at_place(entry, position, running)), exponent)
                        here = self.times(here, self.where(gap(computed, running)))
                        rest = self.times(self._without(monomial, generator, 0), here)
                        return self.sum_over((*bound, running), rest)
        return None

    def _sum_generator(self, bound: tuple[Index, ...], monomial: Monomial) -> Poly:
        """The sum of a monomial whose bound indices hang together: they are numbered in the least of all ways."""
        body = Poly({monomial: 1})
        height = body.height()
        best: tuple[str, tuple[Index, ...], Poly] | None = None
        for order in _orders(bound, monomial):
            names = tuple(Index(f"%{height + n}", index.range) for n, index in enumerate(order))
            with self._scope(names):
                renamed = self.rename(body, dict(zip(order, names, strict=True)))
            key = ";".join(map(index_key, names)) + ";" + renamed.key
            if renamed.single() is not None and (best is None or key < best[0]):
                best = key, names, renamed
        if best is None:
            # The order of keys changes with the names, and with it which of two differences a choice is written by.
            raise LimitError("D403", "a sum of choices whose indices cannot be put in order")
        key, names, renamed = best
        factor: Coefficient = 1
        alone = renamed.single()
        if alone is not None and alone[1] != 1:
            # The order of keys, and with it the sign of a parenthesis, can change with the names.
            factor, renamed = alone[1], Poly({alone[0]: 1})
            key = ";".join(map(index_key, names)) + ";" + renamed.key
        # A sum inside that leaves out one of these indices has got a higher name by the renaming.
        top = max(height + len(names), renamed.height())
        generator = Generator("sum", (names, renamed), f"S({key})", renamed.indices() - set(names), top)
        return single(generator).scale(factor)


def _takes_computed(generator: Generator, index: Index) -> bool:
    """Whether a computed index can be written for `index` wherever it stands in the generator."""
    if index not in generator.indices or generator.kind in ("entry", "ordinal", "where", "delta"):
        return True
    if generator.kind in ("exp", "ln", "power", "function", "call", "symbolic", "opaque", "sum"):
        inner = (part for part in generator.parts if isinstance(part, Poly))
        monomials = generator.parts if generator.kind == "exp" else (m for poly in inner for m in poly.terms)
        return all(_takes_computed(g, index) for monomial in monomials for g, _ in monomial)
    return False


def _components(
    bound: tuple[Index, ...], powers: list[tuple[Generator, Coefficient]]
) -> list[tuple[tuple[Index, ...], Monomial]]:
    """The bound indices in groups that hang together through generators, each with its part of the monomial."""
    groups: list[set[Index]] = [{index} for index in bound]
    for generator, _ in powers:
        touched = [group for group in groups if not group.isdisjoint(generator.indices)]
        if len(touched) > 1:
            groups = [group for group in groups if group not in touched]
            groups.append(set().union(*touched))
    found = []
    for group in groups:
        indices = tuple(index for index in bound if index in group)
        found.append((indices, tuple(p for p in powers if not group.isdisjoint(p[0].indices))))
    return found


def _orders(bound: tuple[Index, ...], monomial: Monomial) -> Iterator[tuple[Index, ...]]:
    """The orders of bound indices one of which is the least: by where each stands, whatever its name, and in all ways else.

    A choice is one thing or another by the order of names, and with it the monomial is one or several: all ways then.
    """
    alike: dict[tuple[str, ...], list[Index]] = {}
    turning = any(g.kind == "choice" for g, _ in monomial)
    for index in bound:
        stands = [] if turning else sorted(_standing(g, e, index) for g, e in monomial if index in g.indices)
        alike.setdefault((index_key(Index("", index.range)), *stands), []).append(index)
    if math.prod(math.factorial(len(group)) for group in alike.values()) > MOST_ORDERS:
        raise LimitError("D403", f"a sum over {len(bound)} indices at once")
    for parts in itertools.product(*(itertools.permutations(alike[key]) for key in sorted(alike))):
        yield tuple(itertools.chain(*parts))


def _standing(generator: Generator, exponent: Coefficient, index: Index) -> str:
    """Where an index stands in a power, in words that do not depend on the names of other indices."""
    if generator.kind == "entry":
        entry: Entry = generator.parts[0]
        positions = [n for n, place in enumerate(entry.indices) if index in free_indices(place)]
        return f"{entry.name}{positions}^{exponent}"
    return f"{generator.kind}^{exponent}"
