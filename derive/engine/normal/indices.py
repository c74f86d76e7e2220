"""Entries, deltas and equations between computed indices; and indices replaced by others in all kinds of generators."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction

from derive.engine.normal.form import Form, at_place, height_of
from derive.engine.normal.polynomial import (
    POLY_ONE,
    POLY_ZERO,
    Coefficient,
    Generator,
    Monomial,
    Poly,
    add_into,
    index_key,
    single,
)
from derive.engine.remembered import remembered
from derive.floor.conditions import Condition
from derive.floor.subscripts import Sizes, differ, gap, least, plain, solved
from derive.floor.terms import (
    ONE,
    ZERO,
    Affine,
    Comparison,
    Entry,
    If,
    Index,
    Number,
    Size,
    Term,
    affine,
    free_indices,
    rebuild,
)


def outside(index: Term, extent: Term, sizes: Sizes) -> bool:
    """Whether a computed index is sure not to lie in the range from 1 to `extent`."""
    last, beyond = least(gap(ZERO, index), sizes), least(gap(index, extent), sizes)
    return (last is not None and last >= 0) or (beyond is not None and beyond >= 1)


@remembered
def _holding(equation: Affine) -> Poly:
    """1 where the equation holds, and 0 elsewhere."""
    indices = free_indices(equation)
    return single(Generator("where", (equation,), f"w{index_key(equation)}", indices, height_of(indices)))


class Indices(Form):
    """What depends on indices."""

    def _settle_where(self, monomial: Monomial, generator: Generator) -> Poly | None:
        """What an equation between indices says of the other factors: of a second equation, and of computed indices."""
        (equation,) = generator.parts
        for other, exponent in monomial:
            if other.kind == "where" and other is not generator:
                for sign in (1, -1):
                    # Where both are 0, so are their sum and their difference.
                    decided = self.where(affine(((1, equation), (sign, *other.parts))))
                    if not decided or next(iter(decided.generators())).kind == "delta":
                        return self.times(self._without(monomial, other, 0), decided)
            elif other.kind == "entry":
                moved = self._moved_by(equation, other.parts[0])
                if moved is not None:
                    return self.times(self._without(monomial, other, 0), self._generator_power(moved, exponent))
        return None

    def _moved_by(self, equation: Affine, entry: Entry) -> Generator | None:
        """The entry with an index of the equation in the place of a computed one that is equal to it by the equation."""
        for position, computed, extent in self._computed(entry):
            for index in equation.parts:
                value = solved(equation, index) if isinstance(index, Index) and index.range is extent else None
                if value is not None and gap(value, computed) is affine(()):
                    return self._generator(at_place(entry, position, index))
        return None

    def delta(self, left: Term, right: Term) -> Poly:
        """delta(left, right) as far as it is decided."""
        if left is right:
            return POLY_ONE
        if isinstance(left, Affine) or isinstance(right, Affine):
            return self.where(gap(left, right))
        if isinstance(left, Number) and isinstance(right, Number):
            return POLY_ZERO
        for pair in ((left, right), (right, left)):
            index, other = pair
            if isinstance(index, Index) and isinstance(other, Number) and not self._may_be(other, index.range):
                return POLY_ZERO
        if self._are_apart(left, right):
            return POLY_ZERO
        small, large = sorted((left, right), key=lambda i: (isinstance(i, Index), index_key(i)))
        indices = frozenset(i for i in (small, large) if isinstance(i, Index))
        key = f"d({index_key(small)},{index_key(large)})"
        return single(Generator("delta", (small, large), key, indices, height_of(indices)))

    def where(self, equation: Affine) -> Poly:
        """1 where an affine combination of indices is 0, and 0 elsewhere, as far as it is decided."""
        if not equation.parts:
            return POLY_ZERO if equation.offset else POLY_ONE
        known = self.memory.equations
        if equation not in known:
            known[equation] = self._reduced(equation)
        reduced = known[equation]
        match reduced:
            case None:
                return POLY_ZERO
            case Affine((Index() as index,), (1,), offset):
                return self.delta(index, Number(Fraction(-offset)))
            case Affine((Index() as left, Index() as right), (1, -1), 0) if left.range is right.range:
                return self.delta(left, right)
        return _holding(reduced)

    def _reduced(self, equation: Affine) -> Affine | None:
        """The same equation in whole numbers without a common factor, the first one above 0; None where it never holds."""
        if differ(equation, ZERO, self.knowledge.theory.sizes):
            return None
        pairs = sorted(zip(equation.factors, equation.parts, strict=True), key=lambda pair: index_key(affine(((1, pair[1]),))))
        divisor = math.gcd(*equation.factors) * (1 if pairs[0][0] > 0 else -1)
        return affine(((f // divisor, part) for f, part in pairs), equation.offset // divisor)

    def _are_apart(self, left: Term, right: Term) -> bool:
        if isinstance(left, Number) and isinstance(right, Number):
            return left is not right
        if any({left, right} == {a, b} for a, b in self._apart):
            self.conditions.add(Condition(Comparison(left, "!=", right)))
            return True
        if self.knowledge.apart(left, right):
            self.conditions.add(Condition(Comparison(left, "!=", right)))
            return True
        return False

    @staticmethod
    def _may_be(value: Number, extent: Term) -> bool:
        return value.value >= 1 and not (isinstance(extent, Number) and value.value > extent.value)

    def in_range(self, value: Term, index: Term) -> bool:
        """Whether the index may take the value of `value` whatever that is: then one can stand for the other."""
        if not isinstance(index, Index):
            return False
        if isinstance(value, Index):
            return value.range is index.range
        assert isinstance(value, Number)
        extent = index.range
        if isinstance(extent, Number):
            return 1 <= value.value <= extent.value
        if not isinstance(extent, Size) or not 1 <= value.value <= self.knowledge.least(extent):
            return False
        self.conditions |= self.knowledge.at_least(extent, int(value.value))
        return True

    def _if(self, term: If) -> Poly:
        condition = term.condition
        left, right = condition.left, condition.right
        if not (isinstance(left, Index) or isinstance(right, Index)):
            return self._choice(term)
        chosen = self.delta(self._index(left), self._index(right))
        if condition.relation == "!=":
            chosen = POLY_ONE - chosen
        value = chosen.constant()
        if value is not None:
            return self.normal(term.then if value else term.otherwise)
        then, otherwise = self.normal(term.then), self.normal(term.otherwise)
        return self.times(chosen, then) + self.times(POLY_ONE - chosen, otherwise)

    def _index(self, index: Term) -> Term:
        return _moved(index, self._names)

    def _entry(self, entry: Entry) -> Poly:
        return self._placed(Entry(entry.name, tuple(map(self._index, entry.indices))) if entry.indices else entry)

    def _ordinal(self, place: Term) -> Poly:
        """The number that an index is; of a computed one, what it is computed from."""
        match place:
            case Affine(parts, factors, offset):
                return self._total(self._ordinal(p).scale(f) for p, f in zip((*parts, ONE), (*factors, offset), strict=True))
            case Index():
                own = frozenset((place,))
                return single(Generator("ordinal", (place,), f"#{index_key(place)}", own, height_of(own)))
        return self.normal(place)

    def _computed(self, entry: Entry) -> Iterator[tuple[int, Affine, Term]]:
        """The computed indices of an entry, with their positions and ranges."""
        for position, index in enumerate(entry.indices):
            if isinstance(index, Affine):
                yield position, index, self.knowledge.theory.ranges(entry.name)[position]

    def _placed(self, entry: Entry) -> Poly:
        """An entry as a polynomial: 0 where a computed index is sure to lie beyond its range."""
        sizes = self.knowledge.theory.sizes
        for position, computed, extent in self._computed(entry):
            if outside(computed, extent, sizes):
                return POLY_ZERO
            entry = at_place(entry, position, plain(computed, extent, sizes))
        return single(self._generator(entry))

    # --- renaming ------------------------------------------------------------------------------------------------

    def rename(self, poly: Poly, mapping: dict[Term, Term]) -> Poly:
        """`poly` with free indices replaced by others or by whole numbers, brought into normal form again."""
        if not any(index in mapping for index in poly.indices()):
            return poly
        terms: dict[Monomial, Coefficient] = {}
        for monomial, coefficient in poly.terms.items():
            product = POLY_ONE
            for generator, exponent in monomial:
                product = self.times(product, self._renamed(generator, exponent, mapping))
            add_into(terms, product, coefficient)
        return Poly(terms)

    def _renamed(self, generator: Generator, exponent: Coefficient, mapping: dict[Term, Term]) -> Poly:
        if not any(index in mapping for index in generator.indices):
            return self._generator_power(generator, exponent)
        parts = generator.parts
        match generator.kind:
            case "entry":
                entry: Entry = parts[0]
                here = self._placed(Entry(entry.name, tuple(_moved(i, mapping) for i in entry.indices)))
                if here:
                    (only,) = here.generators()
                    return self._generator_power(only, exponent)
            case "ordinal":
                here = self._ordinal(_moved(parts[0], mapping))
            case "where":
                here = self.where(affine(((1, _moved(parts[0], mapping)),)))
            case "delta":
                here = self.delta(*(mapping.get(i, i) for i in parts))
            case "exp":
                here = self.exp(self.rename(Poly({parts[0]: 1}), mapping).scale(exponent))
                return here
            case "ln":
                here = self.ln(self.rename(parts[0], mapping))
            case "power":
                here = self.rename(parts[0], mapping)
            case "sum":
                names, body = parts
                bound = tuple(map(self._unused, names))
                with self._scope(bound):
                    here = self.sum_over(bound, self.rename(body, {**mapping, **dict(zip(names, bound, strict=True))}))
            case "xsum" | "xprod" | "xmax":
                name, excluded, body = parts
                inner = self._unused(name)
                without = tuple(dict.fromkeys(mapping.get(e, e) for e in excluded))
                total = {"xsum": self._sum, "xprod": self._product, "xmax": self._greatest}[generator.kind]
                with self._scope((inner,), without):
                    here = total(inner, without, self.rename(body, {**mapping, name: inner}))
            case "diff":
                by = self._renamed(parts[1], 1, mapping)
                (((generator_by, _),),) = by.terms
                with self._around(generator_by.parts[0].name):
                    inside = self.tidy(self.rename(parts[0], mapping))
                here = self.derivative(inside, generator_by)
            case "symbolic":
                here = self._whole_power(self.rename(parts[1], mapping), self.rename(parts[2], mapping))
            case "choice":
                here = self.indicator(self.rename(parts[1], mapping), parts[0])
            case kind:
                name, *arguments = parts
                moved = tuple(self.tidy(self.rename(a, mapping)) for a in arguments)
                here = self._in_each_case(moved, lambda *apart: self._opaque(kind, name, apart))
        return here if exponent == 1 else self.raised(here, Fraction(exponent))


def _moved(index: Term, mapping: Mapping[Term, Term]) -> Term:
    """The index, one computed from others included, with indices replaced by others."""
    if isinstance(index, Affine):
        return rebuild(index, tuple(mapping.get(part, part) for part in index.parts))
    return mapping.get(index, index)
