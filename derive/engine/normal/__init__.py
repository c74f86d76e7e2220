"""The exact normal form of a term, for all sizes at once, and the zero test on it.

What "equal" means: `Normalizer.equal(a, b)` says True only if a = b at all sizes, indices and real values where both are
defined and the conditions in `Normalizer.conditions` hold. False carries nothing by itself: it is a disproof only where the
generators are algebraically independent. `Undefined` is raised where a term has no value anywhere (1/0), and `LimitError`
where the form would grow beyond bounds: both mean "not decided".

The normal form is a polynomial over generators (see `polynomial`):

    x, Z[k], H               symbols, entries with free or bound indices, sizes as numbers
    p^r                      a power of a prime number, 0 < r < 1
    exp(m)                   of a monomial m: exp(a + b) is a product, exp(2a) a square
    ln(q)                    of a polynomial without a positive factor to split off: ln of a product of positives is a sum
    (q)^r                    of a polynomial of several terms, r < 1: 1/(x + 1), sqrt(x + y); from r = 1 on it is multiplied out
    q^n                      of what need not be positive, n a product of sizes: a power of a product is one of each factor
    sum over i, j, … of m    of one monomial whose bound indices hang together, numbered %0, %1, … in the least way
    delta(i, k)              beside it, i is written as k
    where t + a - j = 0      the same of a computed index; x[t + a] in a sum is the sum of the x[j] where t + a - j is 0
    [q > 0], [q = 0]         1 where it holds, else 0; of a primitive polynomial q whose first term is positive
    f(…)                     any other function, a derivative that is not evaluated, a product over an index

An entry at a computed index is 0 beyond its range (see `subscripts`). In a sum every entry is written with indices of its own,
and outside of sums with the computed index, so that the form does not depend on how a sum is indexed.

A sum is distributed, what does not depend on its index comes out, a delta in it is substituted, a sum without k is the
whole sum less the term at k, and a product of sums stays a product of generators. A root of a square is an absolute value.

Without `functions` no identity of a function is used: exp(q), ln(q), sin(q), …, and q^r with an r that is no whole number,
are generators of a kind of their own over the normal form of q, which nothing settles. Absolute values, maxima and minima are
choices. This is the algebra of sums, products, fractions and choices alone.

The zero test looks further into what stays as it is in the form: sines and cosines of sums and multiples are written by those
of the single angles, and a product over all i is split where another one leaves out k.

A choice if(q > 0, a, b) is [q > 0]*a + (1 - [q > 0])*b, and abs and max are choices. What this means where a has no value: a
polynomial in such indicators stands for one polynomial in each case, and what multiplies an indicator is of that case alone.
Functions and powers are taken case by case for that reason, and what a case says is known in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from derive.engine.normal.arithmetic import Arithmetic
from derive.engine.normal.choices import Choices
from derive.engine.normal.equations import Equations
from derive.engine.normal.extremes import Extremes
from derive.engine.normal.form import Undefined, choices_in, deltas_in, memory_of
from derive.engine.normal.functions import Functions
from derive.engine.normal.indices import Indices
from derive.engine.normal.polynomial import POLY_ONE, Generator, Poly, constant, single
from derive.engine.normal.powers import Powers
from derive.engine.normal.products import Products
from derive.engine.normal.signs import Signs
from derive.engine.normal.sums import Sums
from derive.errors import LimitError
from derive.floor import terms as t
from derive.floor.conditions import Condition, is_about_indices
from derive.floor.dependence import reaches
from derive.floor.signs import Knowledge
from derive.floor.theory import Theory
from derive.limits import MOST_DELTAS

__all__ = ["Normalizer", "Undefined"]


class Normalizer(Arithmetic, Powers, Functions, Indices, Choices, Sums, Products, Extremes, Equations, Signs):
    """Brings terms into normal form under what is known, and collects the `conditions` that it used on the way."""

    def equal(self, left: t.Term, right: t.Term) -> bool:
        """Whether the two terms have the same value; see the module for what the answer means."""
        return self.is_zero(self.normal(left) - self.normal(right))

    def is_zero(self, poly: Poly) -> bool:
        """Whether the polynomial vanishes, denominators cleared.

        With a delta in it there are zero divisors: 1/(x[i] - x[j]) times delta(j, k) is written with x[k] for x[j], and to
        clear x[i] - x[k] from terms without that delta would be to multiply by what may be 0. So the cases go first; those
        of choices by value likewise.
        """
        if not poly:
            return True
        deltas = sorted(deltas_in(poly), key=lambda g: g.key)
        if not deltas:
            return self._is_zero_in_each_case(poly) if choices_in(poly) else self._vanishes(poly)
        if len(deltas) > MOST_DELTAS:
            raise LimitError("D407", f"{len(deltas)} deltas at once")
        chosen = deltas[0]
        small, large = chosen.parts
        different = Poly({m: c for m, c in poly.terms.items() if all(g is not chosen for g, _ in m)})
        if not self.in_range(small, large):
            # The one cannot stand for the other: what multiplies the delta must vanish by itself.
            rest = Poly({m: c for m, c in poly.terms.items() if m not in different.terms})
            return self.is_zero(different) and self.is_zero(self.quotient(rest, chosen))
        return self.is_zero(different) and self.is_zero(self.rename(poly, {large: small}))

    def _vanishes(self, poly: Poly) -> bool:
        """Whether a polynomial without deltas is 0, also once products are split and angles are taken apart."""
        for _ in range(MOST_DELTAS):
            poly, _ = self.cleared(poly)
            if not poly:
                return True
            other = self._single_angles(self._split_products(poly))
            if other.terms == poly.terms:
                return False
            poly = other
        return False

    def without_bars(self, poly: Poly) -> Poly:
        """The polynomial times its denominators, where that changes nothing about whether it vanishes."""
        return poly if deltas_in(poly) or choices_in(poly) else self.cleared(poly)[0]

    def quotient(self, poly: Poly, delta: Generator) -> Poly:
        """The polynomial with the delta (or indicator) left out of each of its monomials."""
        return Poly({tuple(p for p in m if p[0] is not delta): c for m, c in poly.terms.items()})

    def normal(self, term: t.Term) -> Poly:
        """The normal form of `term`; what is free of the indices bound at present is worked out once and remembered."""
        if isinstance(term, t.Number | t.Size | t.Entry) or not t.free_indices(term).isdisjoint(self._names):
            return self._normal(term)
        known = self.memory.forms.get(term)
        if known is None:
            outside, self.conditions = self.conditions, set()
            try:
                form = self._normal(term)
                known = self.memory.forms[term] = (form, frozenset(self.conditions))
            finally:
                self.conditions = outside | self.conditions
        self.conditions |= known[1]
        return known[0]

    def _normal(self, term: t.Term) -> Poly:
        match term:
            case t.Number(value):
                return constant(value)
            case t.Size(name):
                # Generators outlive a derivation: in another one this may be the name of a symbol.
                return single(Generator("size", (term,), f"|{name}|", frozenset(), 0))
            case t.Entry():
                return self._entry(term)
            case t.Ordinal(place):
                return self._ordinal(self._index(place))
            case t.Add(terms):
                return self._total(self.normal(part) for part in terms)
            case t.Neg(inner):
                return self.normal(inner).scale(-1)
            case t.Mul(factors):
                product = POLY_ONE
                for factor in factors:
                    product = self.times(product, self.normal(factor))
                return product
            case t.Div(numerator, denominator):
                return self.times(self.normal(numerator), self._power(denominator, Fraction(-1)))
            case t.Pow(base, exponent):
                return self._pow(base, exponent)
            case t.Apply(function, arguments):
                return self._apply(function, arguments)
            case t.Call(name, arguments):
                parts = tuple(self.tidy(self.normal(a)) for a in arguments)
                return self._in_each_case(parts, lambda *inside: self._opaque("call", name, inside))
            case t.Sum(index, excluded, body):
                return self._binder(index, excluded, body, self._sum)
            case t.Prod(index, excluded, body):
                return self._binder(index, excluded, body, self._product)
            case t.Max(index, excluded, body):
                return self._binder(index, excluded, body, self._greatest)
            case t.Min(index, excluded, body):
                return self._binder(index, excluded, body, self._least)
            case t.Delta(left, right):
                return self.delta(self._index(left), self._index(right))
            case t.If():
                return self._if(term)
            case t.Diff(body, by):
                return self._diff(body, by)
        raise TypeError(f"no normal form of {term!r}")

    # --- derivatives that are not evaluated ----------------------------------------------------------------------

    def _diff(self, body: t.Term, by: t.Entry) -> Poly:
        (generator,) = self._entry(by).generators()
        with self._around(by.name):
            inside = self.tidy(self.normal(body))
        return self.derivative(inside, generator)

    @contextmanager
    def _around(self, name: str) -> Iterator[None]:
        """The inside of a derivative by an entry of that name: what is known there, and needed, is so on a whole neighbourhood.

        What holds at the point need not: an equality that moves with the entry, or the case of a choice. A condition that comes
        up in here is carried out as one at the point that makes it hold around it.
        """
        outside, here, given = self.conditions, self.knowledge, self._given
        self.conditions, self.knowledge = set(), self._neighbourhood(given, name)
        self._given = self.knowledge
        try:
            yield
        finally:
            found, self.conditions = self.conditions, outside
            self.knowledge, self._given = here, given
            self.conditions |= {self._held_around(condition, name) for condition in found}

    def _neighbourhood(self, known: Knowledge, name: str) -> Knowledge:
        """What is known around the point where `known` is known at it, entries of that name being moved."""
        memory = memory_of(known, self.functions)
        found = memory.neighbourhoods.get(name)
        if found is None:
            theory = known.theory
            assumptions = tuple(a for a in theory.assumptions if name in a.everywhere or self._stays(a.claim, name))
            if len(assumptions) < len(theory.assumptions):
                theory = replace(theory, assumptions=assumptions)
            hypotheses = tuple(claim for claim in known.hypotheses if self._stays(claim, name))
            found = memory.neighbourhoods[name] = Knowledge(theory, hypotheses, known.conditions)
        return found

    def _stays(self, claim: t.Comparison, name: str) -> bool:
        """Whether a relation that holds at a point holds around it, at most made strict."""
        return not self._moves(claim, name) or (claim.relation != "=" and is_continuous(claim, self.knowledge.theory))

    def _moves(self, claim: t.Comparison, name: str) -> bool:
        return not is_about_indices(claim) and reaches(self.knowledge.theory, t.entry_names(claim), name)

    def _held_around(self, condition: Condition, name: str) -> Condition:
        """The condition at the point that makes this one hold around it: an open condition does, = and >= need not."""
        claim = condition.claim
        if self._moves(claim, name):
            if not self._stays(claim, name):
                raise LimitError("D407", "a condition inside a derivative that need not hold around the point")
            if claim.relation == ">=":
                claim = t.Comparison(claim.left, ">", claim.right)
        kept = frozenset(guard for guard in condition.guards if not self._moves(guard, name))
        return Condition(claim, condition.bound, kept, condition.letters)

    def derivative(self, body: Poly, by: Generator) -> Poly:
        """The generator that stands for the derivative of `body` by an entry."""
        return single(
            Generator("diff", (body, by), f"D({body.key};{by.key})", body.indices() | by.indices, max(body.height(), by.height))
        )


def is_continuous(term: t.Term, theory: Theory) -> bool:
    """Whether `term` is continuous wherever it has a value, by its shape and that of the definitions behind its names."""
    names = set[str]()
    waiting = [term]
    while waiting:
        for part in t.subterms(waiting.pop()):
            if isinstance(part, t.Diff) or (isinstance(part, t.If) and not is_about_indices(part.condition)):
                return False
            if isinstance(part, t.Entry | t.Call) and part.name not in names:
                names.add(part.name)
                if part.name in theory.definitions:
                    waiting.append(theory.definitions[part.name].body)
                elif part.name in theory.functions and theory.functions[part.name].of:
                    return False
    return True
