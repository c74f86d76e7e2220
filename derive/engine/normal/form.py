"""What the parts of the normal form share: its state, the scopes of bound indices, and what is read off a polynomial.

`Form` also lists what the parts ask of each other; each is one class in a file of its own, and `Normalizer` is all of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from derive.engine.normal.polynomial import Coefficient, Generator, Monomial, Poly, add_into, entry_key, merge, monomial_of
from derive.engine.normal.written import to_term
from derive.engine.primes import primes
from derive.errors import LimitError
from derive.floor.conditions import Condition, Conditions, negated, under_binder
from derive.floor.signs import Knowledge, Sign
from derive.floor.terms import ZERO, Affine, Comparison, Entry, If, Index, Term, free_indices, substitute
from derive.limits import LARGEST_TO_FACTOR

MOST_SIGNS = 3  # factors of a product whose signs are not known, and choices in what has a sign
MOST_WRITTEN_OUT = 8  # a sum over a range up to this number is written out


class Undefined(Exception):
    """A term that has no value anywhere, such as 1/0 or ln(0)."""


class Memory:
    """What was worked out under what is known, so that it is worked out once. Nothing outside of this folder sees it."""

    def __init__(self) -> None:
        self.signs: dict[str, Sign] = {}  # by the keys of normal forms
        self.differences: tuple[tuple[Poly, Sign], ...] | None = None  # normal forms that the facts say are not negative
        self.forms: dict[Term, tuple[Poly, Conditions]] = {}  # with the facts that they rest on
        self.equations: dict[Affine, Affine | None] = {}  # between indices, as they are written; None for one that never holds
        self.neighbourhoods: dict[str, Knowledge] = {}  # what is known around the point, where entries of a name are moved


_memories: WeakKeyDictionary[Knowledge, tuple[Memory, Memory]] = WeakKeyDictionary()


def memory_of(knowledge: Knowledge, functions: bool) -> Memory:
    """What was worked out under what is known, with the identities of functions and without."""
    found = _memories.get(knowledge)
    if found is None:
        found = _memories[knowledge] = (Memory(), Memory())
    return found[functions]


class Form:
    """The state of a normalizer: what is known, the `conditions` used so far, and the indices bound at present."""

    def __init__(self, knowledge: Knowledge, functions: bool = True) -> None:
        self.knowledge = knowledge
        self.functions = functions  # whether their identities are used
        self.conditions: set[Condition] = set()
        self._given = knowledge  # what is known outside of all cases
        self._combining = False  # whether a sign is sought by what it differs from a fact
        self._guarding = False  # whether a choice by indices stands inside of the sums that are worked on
        self._apart: list[tuple[Term, Term]] = []
        self._names: dict[Term, Term] = {}  # of the indices bound at present: as they are called in here
        self._fresh = itertools.count()
        self._remembering: Knowledge | None = None
        self._memory = Memory()

    @property
    def memory(self) -> Memory:
        """What was worked out under what is known at present."""
        if self._remembering is not self.knowledge:
            self._remembering = self.knowledge
            self._memory = memory_of(self.knowledge, self.functions)
        return self._memory

    @staticmethod
    def _total(parts: Iterator[Poly]) -> Poly:
        terms: dict[Monomial, Coefficient] = {}
        for part in parts:
            add_into(terms, part, 1)
        return Poly(terms)

    @staticmethod
    def _without(monomial: Monomial, generator: Generator, exponent: Coefficient) -> Poly:
        """The monomial with `generator` to another power."""
        return Poly({monomial_of((g, exponent if g is generator else e) for g, e in monomial): 1})

    @staticmethod
    def divided(poly: Poly, monomial: Monomial) -> Poly:
        """The polynomial divided by a monomial."""
        if not monomial:
            return poly
        inverse = tuple((g, -e) for g, e in monomial)
        return Poly({merge(m, inverse): c for m, c in poly.terms.items()})

    @staticmethod
    def _claim(chosen: Generator, truth: bool) -> tuple[Comparison, Poly]:
        """What it means that an indicator is 1, or 0: a relation, and what stands in it to 0."""
        relation, difference = chosen.parts
        claim = Comparison(to_term(difference), relation, ZERO)
        if truth:
            return claim, difference
        return negated(claim), difference if relation == "=" else difference.scale(-1)

    @staticmethod
    def _generator(entry: Entry) -> Generator:
        indices = free_indices(entry)
        return Generator("entry", (entry,), entry_key(entry), indices, height_of(indices))

    def _unused(self, index: Index) -> Index:
        return Index(f"${next(self._fresh)}", index.range)

    @contextmanager
    def _apart_from_here(self) -> Iterator[None]:
        """In here conditions are collected by themselves: whoever keeps the result for later must keep them beside it."""
        outside, self.conditions = self.conditions, set()
        try:
            yield
        finally:
            self.conditions = outside

    def _with_needs(self, term: Term) -> tuple[Poly, Conditions]:
        """The normal form of a term, and the conditions that it rests on, which are noted here as well."""
        outside, self.conditions = self.conditions, set()
        try:
            poly = self.normal(term)
            return poly, frozenset(self.conditions)
        finally:
            self.conditions |= outside

    @contextmanager
    def _scope(self, bound: tuple[Index, ...], excluded: tuple[Term, ...] = (), name: str = "i") -> Iterator[None]:
        """Conditions that come up in here and mention a bound index are meant for all its values."""
        outside, self.conditions = self.conditions, set()
        try:
            yield
        finally:
            found = frozenset(self.conditions)
            for index in bound:
                # What does not mention the index is needed even where it takes no value: by that the sum is written otherwise.
                about = frozenset(c for c in found if index in c.free_indices())
                found = (found - about) | under_binder(about, index, excluded, name)
            self.conditions = outside | found

    def _here(self, term: Term) -> Term:
        """The term with the indices that are bound at present called as they are in here."""
        return substitute(term, dict(self._names)) if self._names else term

    @staticmethod
    def _primitive(poly: Poly) -> Poly:
        lead = poly.terms[poly.leading()]
        return poly.scale(1 / abs(Fraction(lead)))

    if TYPE_CHECKING:
        # What the parts ask of each other, and the file in which it stands.

        # normal
        def is_zero(self, poly: Poly) -> bool: ...
        @contextmanager
        def _around(self, name: str) -> Iterator[None]: ...
        def quotient(self, poly: Poly, delta: Generator) -> Poly: ...
        def normal(self, term: Term) -> Poly: ...
        def derivative(self, body: Poly, by: Generator) -> Poly: ...

        # arithmetic
        def times(self, left: Poly, right: Poly) -> Poly: ...
        def _add_product(self, terms: dict[Monomial, Coefficient], monomial: Monomial, coefficient: Coefficient) -> None: ...
        def _repeat(self, poly: Poly, count: int) -> Poly: ...
        def _generator_power(self, generator: Generator, exponent: Coefficient) -> Poly: ...
        def reduced(self, poly: Poly, bound: tuple[Index, ...] | None = None) -> Poly: ...
        def tidy(self, poly: Poly) -> Poly: ...

        # powers
        def _pow(self, base: Term, exponent: Term) -> Poly: ...
        def _whole_power(self, base: Poly, exponent: Poly) -> Poly: ...
        def _symbolic_power(self, base: Poly, exponent: Poly) -> Poly: ...
        def _settled(self, generator: Generator) -> Poly: ...
        def _power(self, base: Term, exponent: Fraction) -> Poly: ...
        def raised(self, poly: Poly, exponent: Fraction) -> Poly: ...
        def _square_root(self, poly: Poly) -> tuple[Fraction, Poly] | None: ...
        def _is_hidden_zero(self, poly: Poly) -> bool: ...
        def _factored(self, poly: Poly, exponent: Fraction) -> tuple[Fraction, Monomial, Poly]: ...
        def common(self, poly: Poly, positive: bool) -> Monomial: ...
        def cleared(self, poly: Poly, positive: bool = False) -> tuple[Poly, Monomial]: ...

        # functions
        def _apply(self, function: str, arguments: tuple[Term, ...]) -> Poly: ...
        def _kept_power(self, base: Poly, exponent: Poly) -> Poly: ...
        def _opaque(self, kind: str, name: str, parts: tuple[Poly, ...]) -> Poly: ...
        def exp(self, poly: Poly) -> Poly: ...
        def ln(self, poly: Poly) -> Poly: ...
        def _ln_generator(self, generator: Generator) -> Poly: ...
        def _single_angles(self, poly: Poly) -> Poly: ...

        # indices
        def _settle_where(self, monomial: Monomial, generator: Generator) -> Poly | None: ...
        def delta(self, left: Term, right: Term) -> Poly: ...
        def where(self, equation: Affine) -> Poly: ...
        def _are_apart(self, left: Term, right: Term) -> bool: ...
        def in_range(self, value: Term, index: Term) -> bool: ...
        def _if(self, term: If) -> Poly: ...
        def _index(self, index: Term) -> Term: ...
        def _entry(self, entry: Entry) -> Poly: ...
        def _computed(self, entry: Entry) -> Iterator[tuple[int, Affine, Term]]: ...
        def rename(self, poly: Poly, mapping: dict[Term, Term]) -> Poly: ...

        # choices
        def _choice(self, term: If) -> Poly: ...
        def _power_needs(self, generator: Generator, exponent: Coefficient) -> Conditions | None: ...
        def _abs(self, poly: Poly) -> Poly: ...
        def _abs_power(self, generator: Generator, exponent: Fraction) -> Poly: ...
        def indicator(self, poly: Poly, relation: str) -> Poly: ...
        def _decided(self, poly: Poly) -> Sign: ...
        def _settle_choice(self, monomial: Monomial, chosen: Generator, exponent: Coefficient) -> Poly | None: ...
        @contextmanager
        def _where(self, claim: Comparison, difference: Poly) -> Iterator[None]: ...
        def _taken(self, poly: Poly, chosen: Generator, truth: bool) -> Poly: ...
        def _in_each_case(self, parts: tuple[Poly, ...], whole: Callable[..., Poly]) -> Poly: ...
        def _is_zero_in_each_case(self, poly: Poly) -> bool: ...

        # sums
        def _binder(
            self,
            index: Index,
            excluded: tuple[Term, ...],
            body: Term,
            total: Callable[[Index, tuple[Term, ...], Poly], Poly],
        ) -> Poly: ...
        def _sum(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly: ...
        def _removable(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> bool: ...
        def _at(self, body: Poly, index: Index, value: Term) -> Poly: ...
        def _ask_for_values(
            self, powers: Iterable[tuple[Generator, Coefficient]], mapping: dict[Term, Term] | None = None
        ) -> None: ...
        def _ask_for_values_outside(self, bound: tuple[Index, ...], poly: Poly) -> None: ...
        def _has_guards(self, poly: Poly) -> bool: ...
        def _is_met(self, index: Index, excluded: tuple[Term, ...]) -> bool: ...
        def _kept(self, kind: str, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly: ...
        def sum_over(self, bound: tuple[Index, ...], poly: Poly) -> Poly: ...

        # the greatest value
        def _greatest(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly: ...
        def _least(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly: ...
        def _larger(self, one: Poly, other: Poly) -> Poly: ...

        # products
        def _product(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly: ...
        def _rejoined(self, monomial: Monomial, generator: Generator, exponent: Coefficient) -> Poly | None: ...
        def _split_products(self, poly: Poly) -> Poly: ...
        def _replaced(self, poly: Poly, change: Callable[[Generator, Fraction], Poly | None]) -> Poly: ...

        # signs
        def _is_positive(self, term: Term) -> bool: ...
        def _positive(self, generator: Generator) -> bool: ...
        def _sure(self, poly: Poly) -> bool: ...
        def _remember(self, poly: Poly, term: Term, needs: Conditions) -> None: ...
        def _note(self, poly: Poly, sign: Sign) -> None: ...
        def sign(self, poly: Poly) -> Sign: ...
        def _beyond_facts(self, poly: Poly) -> Sign: ...
        def _differences(self) -> tuple[tuple[Poly, Sign], ...]: ...
        def _generator_sign(self, generator: Generator) -> Sign: ...
        def _monomial_sign(self, monomial: Monomial, coefficient: Coefficient) -> Sign: ...
        def _facts(self) -> dict[str, Sign]: ...


def bits(value: Coefficient) -> int:
    """The length of a number: of its numerator or denominator, whichever is longer."""
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def has_cases(poly: Poly) -> bool:
    """Whether a polynomial has a delta, an equation between indices or a choice in its monomials."""
    return any(g.kind in ("delta", "where", "choice") for g in poly.generators())


def deltas_in(poly: Poly) -> set[Generator]:
    """The deltas in the monomials of a polynomial."""
    return {g for g in poly.generators() if g.kind == "delta"}


def at_place(entry: Entry, position: int, index: Term) -> Entry:
    """The entry with another index at a position."""
    return Entry(entry.name, (*entry.indices[:position], index, *entry.indices[position + 1 :]))


def choices_in(*polys: Poly) -> list[Generator]:
    """The indicators in the monomials of polynomials, those of q > 0 before those of q = 0."""
    found = {g for poly in polys for m in poly.terms for g, _ in m if g.kind == "choice"}
    return sorted(found, key=lambda g: (g.parts[0] == "=", g.key)) if found else []


def refuse_deltas(poly: Poly) -> None:
    """Abstain below a fraction bar, a root or a logarithm of what may vanish in one of the cases of its indices."""
    if has_cases(poly):
        raise LimitError("D407", "a delta below a fraction bar, or in a root or logarithm")


def height_of(indices: frozenset[Index]) -> int:
    """One more than the greatest number among the names %0, %1, … of indices; 0 if there is none such."""
    return max((int(i.name[1:]) + 1 for i in indices if i.name.startswith("%")), default=0)


def prime_factors(number: Fraction) -> list[tuple[int, int]]:
    """The prime factors of a positive rational number with their exponents."""
    found: list[tuple[int, int]] = []
    for value, sign in ((number.numerator, 1), (number.denominator, -1)):
        if value > LARGEST_TO_FACTOR:
            raise LimitError("D404", f"the prime factors of {value}")
        found += [(prime, sign * count) for prime, count in primes(value)]
    return sorted(found)
