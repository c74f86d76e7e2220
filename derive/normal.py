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

The zero test looks further into what stays as it is in the form: sines and cosines of sums and multiples are written by those
of the single angles, and a product over all i is split where another one leaves out k.

A choice if(q > 0, a, b) is [q > 0]*a + (1 - [q > 0])*b, and abs and max are choices. What this means where a has no value: a
polynomial in such indicators stands for one polynomial in each case, and what multiplies an indicator is of that case alone.
Functions and powers are taken case by case for that reason, and what a case says is known in it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import partial

from derive import functions
from derive.conditions import Condition, guarded, is_about_indices, needs, readable, under_binder
from derive.definedness import defined, negated
from derive.errors import LimitError
from derive.polynomial import (
    POLY_ONE,
    POLY_ZERO,
    UNIT,
    Coefficient,
    Generator,
    Monomial,
    Poly,
    add_into,
    constant,
    entry_key,
    exact,
    index_key,
    merge,
    monomial_key,
    monomial_of,
    single,
)
from derive.polynomial_terms import to_term
from derive.signs import UNKNOWN, Knowledge, Sign, either, mirror, plus, raised, times
from derive.subscripts import differ, gap, inside, outside, plain, solved
from derive.terms import (
    ZERO,
    Add,
    Affine,
    Apply,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    If,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    affine,
    bound_indices,
    free_indices,
    rebuild,
    substitute,
    subterms,
)

MOST_MONOMIALS = 20000
MOST_EXPONENT = 64
MOST_DELTAS = 6  # each doubles the cases
MOST_CHOICES = 6  # likewise
MOST_SIGNS = 3  # factors of a product whose signs are not known, and choices in what has a sign
MOST_ORDERS = 720  # of the bound indices of one generator that cannot be told apart by where they stand
MOST_SHIFTED = 4  # how far a neighbour of an index may be for it to be said where there is none
MOST_WRITTEN_OUT = 8  # a sum over a range up to this number is written out
LARGEST_TO_FACTOR = 10**12
MOST_BITS = 20_000  # of a number
MOST_SQUARED = 40  # terms of a polynomial of which a square root is looked for
MOST_TURNS = 16  # how many times a sine is written by that of a smaller angle


class Undefined(Exception):
    """A term that has no value anywhere, such as 1/0 or ln(0)."""


class Normalizer:
    """Brings terms into normal form under what is known, and collects the `conditions` that it used on the way."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.conditions: set[Condition] = set()
        self._given = knowledge  # what is known outside of all cases
        self._combining = False  # whether a sign is sought by what it differs from a fact
        self._apart: list[tuple[Term, Term]] = []
        self._names: dict[Term, Term] = {}  # of the indices bound at present: as they are called in here
        self._fresh = itertools.count()

    # --- the questions that are asked ---------------------------------------------------------------------------

    def equal(self, left: Term, right: Term) -> bool:
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
        deltas = sorted(_deltas(poly), key=lambda g: g.key)
        if not deltas:
            return self._is_zero_in_each_case(poly) if _choices(poly) else self._vanishes(poly)
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
        return poly if _deltas(poly) or _choices(poly) else self.cleared(poly)[0]

    def quotient(self, poly: Poly, delta: Generator) -> Poly:
        """The polynomial with the delta (or indicator) left out of each of its monomials."""
        return Poly({tuple(p for p in m if p[0] is not delta): c for m, c in poly.terms.items()})

    def normal(self, term: Term) -> Poly:
        """The normal form of `term`; what is free of the indices bound at present is worked out once and remembered."""
        if isinstance(term, Number | Size | Entry) or not free_indices(term).isdisjoint(self._names):
            return self._normal(term)
        known = self.knowledge.forms.get(term)
        if known is None:
            outside, self.conditions = self.conditions, set()
            try:
                form = self._normal(term)
                known = self.knowledge.forms[term] = (form, frozenset(self.conditions))
            finally:
                self.conditions = outside | self.conditions
        self.conditions |= known[1]
        return known[0]

    def _normal(self, term: Term) -> Poly:
        match term:
            case Number(value):
                return constant(value)
            case Size(name):
                # Generators outlive a derivation: in another one this may be the name of a symbol.
                return single(Generator("size", (term,), f"|{name}|", frozenset(), 0))
            case Entry():
                return self._entry(term)
            case Add(terms):
                return self._total(self.normal(part) for part in terms)
            case Neg(inner):
                return self.normal(inner).scale(-1)
            case Mul(factors):
                product = POLY_ONE
                for factor in factors:
                    product = self.times(product, self.normal(factor))
                return product
            case Div(numerator, denominator):
                return self.times(self.normal(numerator), self._power(denominator, Fraction(-1)))
            case Pow(base, exponent):
                return self._pow(base, exponent)
            case Apply(function, arguments):
                return self._apply(function, arguments)
            case Call(name, arguments):
                parts = tuple(self.tidy(self.normal(a)) for a in arguments)
                return self._in_each_case(parts, lambda *inside: self._opaque("call", name, inside))
            case Sum(index, excluded, body):
                return self._binder(index, excluded, body, self._sum)
            case Prod(index, excluded, body):
                return self._binder(index, excluded, body, self._product)
            case Delta(left, right):
                return self.delta(self._index(left), self._index(right))
            case If():
                return self._if(term)
            case Diff(body, by):
                return self._diff(body, by)
        raise TypeError(f"no normal form of {term!r}")

    # --- arithmetic of polynomials -------------------------------------------------------------------------------

    @staticmethod
    def _total(parts: Iterator[Poly]) -> Poly:
        terms: dict[Monomial, Coefficient] = {}
        for part in parts:
            add_into(terms, part, 1)
        return Poly(terms)

    def times(self, left: Poly, right: Poly) -> Poly:
        """The product; what two generators mean together (a root times itself) is worked out."""
        if not left or not right:
            return POLY_ZERO
        if len(left.terms) * len(right.terms) > MOST_MONOMIALS:
            raise LimitError("D401", "an expression that multiplies out to more than a few thousand terms")
        terms: dict[Monomial, Coefficient] = {}
        for m, a in left.terms.items():
            for n, b in right.terms.items():
                self._add_product(terms, merge(m, n), a * b)
        return Poly(terms)

    def _add_product(self, terms: dict[Monomial, Coefficient], monomial: Monomial, coefficient: Coefficient) -> None:
        """Add `coefficient * monomial` into `terms`, the monomial being a plain product."""
        for generator, exponent in monomial:
            if not generator.plain:
                rewritten = self._settle(monomial, generator, exponent)
                if rewritten is not None:
                    add_into(terms, rewritten, coefficient)
                    return
        value = terms.get(monomial, 0) + coefficient
        if value:
            terms[monomial] = exact(value)
        else:
            terms.pop(monomial, None)

    def _settle(self, monomial: Monomial, generator: Generator, exponent: Coefficient) -> Poly | None:
        """The monomial with one power that is not in normal form worked out; None where that power is."""
        kind = generator.kind
        if kind == "power" and exponent >= 1:
            whole = exponent.numerator // exponent.denominator
            rest = self._without(monomial, generator, exponent - whole)
            return self.times(rest, self._repeat(generator.parts[0], whole))
        if kind == "prime" and not 0 < exponent < 1:
            whole = exponent.numerator // exponent.denominator
            rest = self._without(monomial, generator, exponent - whole)
            return rest.scale(Fraction(generator.parts[0]) ** whole)
        if kind == "delta":
            small, large = generator.parts
            if exponent != 1:
                return self.times(self._without(monomial, generator, 0), single(generator))
            if self.in_range(small, large) and any(large in g.indices for g, _ in monomial if g is not generator):
                rest = self.rename(self._without(monomial, generator, 0), {large: small})
                return self.times(rest, single(generator))
        if kind == "where":
            if exponent != 1:
                return self.times(self._without(monomial, generator, 0), single(generator))
            return self._settle_where(monomial, generator)
        if kind == "symbolic" and generator.parts[1].constant() == -1 and exponent != 1 and exponent == int(exponent):
            return self._without(monomial, generator, exponent % 2)
        if kind == "xprod":
            return self._rejoined(monomial, generator, exponent)
        if kind == "function" and generator.parts[0] == "sin" and exponent >= 2:
            cosine = self._opaque("function", "cos", generator.parts[1:])
            rest = self._without(monomial, generator, exponent - 2)
            return self.times(rest, POLY_ONE - self.times(cosine, cosine))
        if kind == "choice":
            return self._settle_choice(monomial, generator, exponent)
        return None

    def _settle_where(self, monomial: Monomial, generator: Generator) -> Poly | None:
        """What an equation between indices says of the other factors: of a second equation, and of computed indices."""
        (equation,) = generator.parts
        for other, exponent in monomial:
            if other.kind == "where" and other is not generator:
                for sign in (1, -1):
                    # Where both are 0, so are their sum and their difference.
                    decided = self.where(affine(((1, equation), (sign, *other.parts))))
                    if not decided or decided.generators().pop().kind == "delta":
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
                    return self._generator(_at_place(entry, position, index))
        return None

    @staticmethod
    def _without(monomial: Monomial, generator: Generator, exponent: Coefficient) -> Poly:
        """The monomial with `generator` to another power."""
        return Poly({monomial_of((g, exponent if g is generator else e) for g, e in monomial): 1})

    def _repeat(self, poly: Poly, count: int) -> Poly:
        if len(poly.terms) > 1 and count > MOST_EXPONENT:
            raise LimitError("D402", f"a power with the exponent {count} multiplied out")
        if any(_bits(c) * count > MOST_BITS for c in poly.terms.values() if abs(c) != 1):
            raise LimitError("D402", f"a number to the power {count}")
        if len(poly.terms) == 1 and count > MOST_EXPONENT:
            ((monomial, coefficient),) = poly.terms.items()
            terms: dict[Monomial, Coefficient] = {}
            self._add_product(terms, tuple((g, e * count) for g, e in monomial), Fraction(coefficient) ** count)
            return Poly(terms)
        product = POLY_ONE
        while count:
            if count & 1:
                product = self.times(product, poly)
            count >>= 1
            if count:
                poly = self.times(poly, poly)
        return product

    # --- powers --------------------------------------------------------------------------------------------------

    def _pow(self, base: Term, exponent: Term) -> Poly:
        power_of = self.tidy(self.normal(exponent))
        value = power_of.constant()
        if value is not None:
            return self._power(base, Fraction(value))
        below = self.normal(base)
        if _is_whole(power_of):
            return self._whole_power(below, power_of)
        if not self._sure(below):
            self.conditions |= needs(self._here(base), ">", ZERO)
        return self.exp(self.times(power_of, self.ln(below)))

    def _whole_power(self, base: Poly, exponent: Poly) -> Poly:
        """The power of what may have any sign, the exponent being whole: x^(n + 1) is x^n*x, x^(2*n) is (x^n)^2.

        An exponent that may be negative asks for x != 0, by the table of what is defined.
        """
        product = POLY_ONE
        for monomial, coefficient in exponent.terms.items():
            here = base if monomial == UNIT else self._symbolic_power(base, Poly({monomial: 1}))
            product = self.times(product, self.raised(here, Fraction(coefficient)))
        return product

    def _symbolic_power(self, base: Poly, exponent: Poly) -> Poly:
        """The power with a product of sizes, factor by factor, as any whole exponent allows: (-2*x)^n = (-1)^n*2^n*x^n."""
        if _choices(base):
            return self._in_each_case((base,), lambda below: self._symbolic_power(below, exponent))
        if self._is_hidden_zero(base) or _has_cases(base):
            return self._opaque("symbolic", "^", (self.tidy(base), exponent))
        number, outside, inside = self._factored(base, Fraction(1))
        result = self.exp(self.times(exponent, self.ln(constant(abs(number)))))
        if number < 0:
            result = self.times(result, self._opaque("symbolic", "^", (constant(-1), exponent)))
        for generator, e in outside:
            if self._positive(generator):
                factor = self.exp(self.times(exponent, self._ln_generator(generator)).scale(e))
            elif generator.kind == "symbolic" and isinstance(e, int):
                factor = self._whole_power(generator.parts[1], self.times(generator.parts[2], exponent).scale(e))
            elif isinstance(e, int):
                factor = self.raised(self._opaque("symbolic", "^", (self._settled(generator), exponent)), Fraction(e))
            else:
                factor = self._opaque("symbolic", "^", (self._generator_power(generator, e), exponent))
            result = self.times(result, factor)
        if inside.constant() == 1:
            return result
        if self._sure(inside):
            return self.times(result, self.exp(self.times(exponent, self.ln(inside))))
        return self.times(result, self._opaque("symbolic", "^", (self.tidy(inside), exponent)))

    def _settled(self, generator: Generator) -> Poly:
        """The generator as a polynomial: a parenthesis to the power 1 is what stands in it."""
        return self._generator_power(generator, 1)

    def _power(self, base: Term, exponent: Fraction) -> Poly:
        """The power of a term, factor by factor, so that a product in a denominator stays one."""
        whole = exponent.denominator == 1
        match base:
            case Mul(factors) if whole or all(self._is_positive(f) for f in factors):
                product = POLY_ONE
                for factor in factors:
                    product = self.times(product, self._power(factor, exponent))
                return product
            case Div(numerator, denominator) if whole or self._is_positive(denominator):
                return self.times(self._power(numerator, exponent), self._power(denominator, -exponent))
            case Pow(inner, Number(value)) if (whole and value.denominator == 1) or (value and self._is_positive(inner)):
                return self._power(inner, value * exponent)
            case Neg(inner) if whole:
                return self._power(inner, exponent).scale((-1) ** (exponent.numerator % 2))
        poly = self.normal(base)
        if not whole and len(poly.terms) > 1:
            self._remember(poly, base)
        return self.raised(poly, exponent)

    def raised(self, poly: Poly, exponent: Fraction) -> Poly:
        """The power of a polynomial with a rational exponent."""
        if exponent == 1:
            return poly
        if exponent == 0:
            return POLY_ONE
        if self._is_hidden_zero(poly):
            if exponent < 0:
                raise Undefined("0 has no reciprocal")
            return POLY_ZERO
        if exponent.denominator == 1 and exponent > 0:
            return self._repeat(poly, exponent.numerator)
        if _choices(poly):
            return self._in_each_case((poly,), lambda p: self.raised(p, exponent))
        _refuse_deltas(poly)
        number, outside, inside = self._factored(poly, exponent)
        result = self._numeric_power(number, exponent)
        for generator, e in outside:
            result = self.times(result, self._generator_power(generator, e * exponent))
        if exponent.denominator != 1 and inside.constant() != 1:
            number, halves, root, inside = self._square(inside)
            result = self.times(result, self._numeric_power(number, exponent))
            for generator, e in halves:
                result = self.times(result, self._abs_power(generator, 2 * e * exponent))
            if root.constant() != 1:
                result = self.times(result, self.raised(self._abs(root), 2 * exponent))
            apart, inside = self._nonnegative(inside)
            for generator, e in apart:
                parenthesis = self._parenthesis(self._settled(generator))
                result = self.times(result, self._generator_power(parenthesis, e * exponent))
        if inside.constant() == 1:
            return result
        return self.times(result, self._generator_power(self._parenthesis(inside), exponent))

    def _square(self, poly: Poly) -> tuple[Fraction, Monomial, Poly, Poly]:
        """`poly` as number*monomial^2*root^2*rest where a fractional power may be taken of each: r of x^2 is 2r of abs(x).

        The rest is 1 or known to be nonnegative: at x = 0 the power of the whole is 0, and that of a negative rest is nothing.
        """
        halves = monomial_of((g, e // 2) for g, e in self._common(poly, positive=False) if isinstance(e, int))
        rest = self._divided(poly, tuple((g, 2 * e) for g, e in halves))
        root = self._square_root(rest)
        if root is not None:
            return root[0], halves, root[1], POLY_ONE
        found = self.sign(rest)
        if not halves or found.relation not in (">", ">="):
            return Fraction(1), UNIT, POLY_ONE, poly
        self.conditions |= found.uses
        return Fraction(1), halves, POLY_ONE, rest

    def _nonnegative(self, poly: Poly) -> tuple[Monomial, Poly]:
        """The factors that are at least 0, and the rest, which is at least 0 too: a root may be taken of each by itself."""
        signs = {power: self._monomial_sign((power,), 1) for power in self._common(poly, positive=False)}
        apart = tuple(power for power, found in signs.items() if found.relation == ">=")
        rest = self._divided(poly, apart)
        found = self.sign(rest)
        if not apart or found.relation not in (">", ">="):
            return UNIT, poly
        self.conditions |= found.uses.union(*(signs[power].uses for power in apart))
        return apart, rest

    def _square_root(self, poly: Poly) -> tuple[Fraction, Poly] | None:
        """A positive number and a polynomial of which `poly` is number*root^2; None where none are found.

        The root is built from its greatest term downwards, and squared in the end.
        """
        if len(poly.terms) > MOST_SQUARED or not all(isinstance(e, int) for m in poly.terms for _, e in m) or _has_cases(poly):
            return None
        degrees = _by_degrees(poly)
        lead = max(poly.terms, key=degrees)
        number = Fraction(poly.terms[lead])
        if number < 0 or any(e % 2 for _, e in lead):
            return self._sine(poly)
        square = poly.scale(1 / number)
        half = tuple((g, e // 2) for g, e in lead)
        inverse = tuple((g, -e) for g, e in half)
        root = Poly({half: 1})
        for _ in poly.terms:
            rest = square - self.times(root, root)
            if not rest:
                return number, root
            top = max(rest.terms, key=degrees)
            terms = dict(root.terms)
            self._add_product(terms, merge(top, inverse), Fraction(rest.terms[top]) / 2)
            root = Poly(terms)
        return self._sine(poly)

    def _sine(self, poly: Poly) -> tuple[Fraction, Poly] | None:
        """number and sin(u) where the polynomial is number*(1 - cos(u)^2)."""
        number = Fraction(poly.terms.get(UNIT, 0))
        for generator in poly.generators() if number > 0 else ():
            if generator.kind == "function" and generator.parts[0] == "cos":
                sine = self._opaque("function", "sin", generator.parts[1:])
                if self.times(sine, sine).scale(number).terms == poly.terms:
                    return number, sine
        return None

    def _is_hidden_zero(self, poly: Poly) -> bool:
        """Whether a polynomial is 0, also where only cleared denominators show it: x/(x + 1) + 1/(x + 1) - 1."""
        return not poly or (not _has_cases(poly) and not self.cleared(poly)[0])

    def _generator_power(self, generator: Generator, exponent: Coefficient) -> Poly:
        terms: dict[Monomial, Coefficient] = {}
        self._add_product(terms, monomial_of([(generator, exponent)]), 1)
        return Poly(terms)

    def _factored(self, poly: Poly, exponent: Fraction) -> tuple[Fraction, Monomial, Poly]:
        """`poly` as number * monomial * rest, where the power with `exponent` may be taken of each by itself.

        For a whole exponent every common factor comes out; for a fraction only what is positive, so that nothing is lost:
        sqrt(x^2) is not x.
        """
        cleared, below = self.cleared(poly, positive=exponent.denominator != 1)
        common = self._common(cleared, exponent.denominator != 1)
        rest = self._divided(cleared, common)
        lead = rest.terms[rest.leading()]
        if exponent.denominator == 1:
            number = Fraction(lead)
        else:
            negative = lead < 0 and self.sign(rest).relation == "<" and len(rest.terms) == 1
            number = -abs(Fraction(lead)) if negative else abs(Fraction(lead))
            if number < 0:
                raise Undefined("a root of a negative number")
        outside = merge(common, tuple((g, -e) for g, e in below))
        return number, outside, rest.scale(1 / number)

    def _common(self, poly: Poly, positive: bool) -> Monomial:
        """The greatest monomial that divides every term, of positive generators only if `positive` is asked for."""
        monomials = list(poly.terms)
        powers = dict(monomials[0])
        for monomial in monomials[1:]:
            here = dict(monomial)
            # An exponential divides everything; any other generator must occur in all terms.
            for g in set(powers) | set(here):
                powers[g] = min(powers.get(g, 0), here.get(g, 0))
        kept = ((g, e) for g, e in powers.items() if e and g.kind not in ("delta", "where", "choice"))
        return monomial_of((g, e) for g, e in kept if not positive or self._positive(g))

    @staticmethod
    def _divided(poly: Poly, monomial: Monomial) -> Poly:
        if not monomial:
            return poly
        inverse = tuple((g, -e) for g, e in monomial)
        return Poly({merge(m, inverse): c for m, c in poly.terms.items()})

    def _numeric_power(self, number: Fraction, exponent: Fraction) -> Poly:
        if exponent.denominator == 1:
            if abs(exponent.numerator) * _bits(number) > MOST_BITS and abs(number) != 1:
                raise LimitError("D402", f"a number to the power {exponent}")
            return constant(number**exponent.numerator)
        result = POLY_ONE
        for prime, count in _primes(number):
            generator = Generator("prime", (prime,), f"#{prime}", frozenset(), 0)
            result = self.times(result, self._generator_power(generator, exact(count * exponent)))
        return result

    def _parenthesis(self, poly: Poly) -> Generator:
        """A polynomial of several terms as one generator, to be raised to a power."""
        return Generator("power", (poly,), f"({poly.key})", poly.indices(), poly.height())

    def cleared(self, poly: Poly, positive: bool = False) -> tuple[Poly, Monomial]:
        """A polynomial without negative powers of parentheses and sines, and the monomial it was multiplied with for that."""
        below: dict[Generator, Coefficient] = {}
        for monomial in poly.terms:
            for g, e in monomial:
                sine = g.kind == "function" and g.parts[0] == "sin"
                if (g.kind == "power" or sine) and e < 0 and not (positive and not self._positive(g)):
                    whole = e.numerator // e.denominator
                    below[g] = max(below.get(g, 0), -whole)
        if not below:
            return poly, UNIT
        factor = monomial_of(below.items())
        terms: dict[Monomial, Coefficient] = {}
        for monomial, coefficient in poly.terms.items():
            self._add_product(terms, merge(monomial, factor), coefficient)
        again, more = self.cleared(Poly(terms), positive)
        return again, merge(factor, more)

    # --- functions -----------------------------------------------------------------------------------------------

    def _apply(self, function: str, arguments: tuple[Term, ...]) -> Poly:
        row = functions.TABLE[function]
        if function == "ln":
            return self._ln(arguments[0])
        if function == "exp":
            return self.exp(self.normal(arguments[0]))
        if row.means is not None:
            return self.normal(row.means(arguments))
        parts = tuple(self.tidy(self.normal(a)) for a in arguments)
        if not parts:
            # A derivation may have a symbol pi of its own: the constant is another generator.
            return single(Generator("constant", (function,), f"@{function}", frozenset(), 0))
        if function == "abs":
            if parts[0]:
                self._remember(parts[0], arguments[0])
            return self._abs(parts[0])
        if function == "max":
            return (parts[0] + parts[1] + self._abs(parts[0] - parts[1])).scale(Fraction(1, 2))
        if function == "min":
            return (parts[0] + parts[1] - self._abs(parts[0] - parts[1])).scale(Fraction(1, 2))
        return self._in_each_case(parts, lambda *inside: self._of_function(function, inside))

    def _of_function(self, function: str, parts: tuple[Poly, ...]) -> Poly:
        """A function that is a generator of its own, of polynomials without choices; of -u by u where it is odd or even."""
        row = functions.TABLE[function]
        if row.odd or row.even:
            if not parts[0]:
                return POLY_ZERO if row.odd else POLY_ONE
            if parts[0].terms[parts[0].leading()] < 0:
                return self._opaque("function", function, (parts[0].scale(-1),)).scale(-1 if row.odd else 1)
        return self._opaque("function", function, parts)

    def _opaque(self, kind: str, name: str, parts: tuple[Poly, ...]) -> Poly:
        key = f"{kind[0]}{name}({','.join(p.key for p in parts)})"
        indices = frozenset[Index]().union(*(p.indices() for p in parts))
        height = max((p.height() for p in parts), default=0)
        return single(Generator(kind, (name, *parts), key, indices, height))

    def exp(self, poly: Poly) -> Poly:
        """exp of a polynomial: a product of powers of exp of its monomials; exp(ln(a)) is a."""
        if _choices(poly):
            return self._in_each_case((poly,), self.exp)
        result = POLY_ONE
        for monomial, coefficient in poly.terms.items():
            alone = monomial[0][0] if len(monomial) == 1 and monomial[0][1] == 1 else None
            if alone is not None and alone.kind == "ln":
                factor = self.raised(alone.parts[0], Fraction(coefficient))
            elif alone is not None and (inside := _sum_of_logarithm(alone)) is not None:
                (name,) = alone.parts[0]
                here = self._unused(name)
                with self._scope((here,)):
                    whole = self._product(here, (), self.rename(inside, {name: here}))
                factor = self.raised(whole, Fraction(coefficient))
            else:
                key = f"exp({monomial_key(monomial)})"
                indices = frozenset[Index]().union(*(g.indices for g, _ in monomial))
                height = max((g.height for g, _ in monomial), default=0)
                factor = self._generator_power(Generator("exp", (monomial,), key, indices, height), coefficient)
            result = self.times(result, factor)
        return result

    def _ln(self, argument: Term) -> Poly:
        """ln of a term, factor by factor where all are positive."""
        match argument:
            case Mul(factors) if all(self._is_positive(f) for f in factors):
                return self._total(self._ln(factor) for factor in factors)
            case Div(numerator, denominator) if self._is_positive(numerator) and self._is_positive(denominator):
                return self._ln(numerator) - self._ln(denominator)
            case Pow(base, exponent) if self._is_positive(base):
                return self.times(self.normal(exponent), self._ln(base))
        return self.ln(self.normal(argument))

    def ln(self, poly: Poly) -> Poly:
        """ln of a polynomial: what is positive in it splits off."""
        if self._is_hidden_zero(poly):
            raise Undefined("0 has no logarithm")
        value = poly.constant()
        if value is not None and value < 0:
            raise Undefined("a negative number has no logarithm")
        if _choices(poly):
            return self._in_each_case((poly,), self.ln)
        _refuse_deltas(poly)
        cleared, below = self.cleared(self.tidy(poly), positive=True)
        common = self._common(cleared, positive=True)
        rest = self._divided(cleared, common)
        number = abs(Fraction(rest.terms[rest.leading()]))
        rest = rest.scale(1 / number)
        result: list[Poly] = []
        for prime, count in _primes(number):
            generator = Generator("ln", (constant(prime),), f"ln({prime})", frozenset(), 0)
            result.append(single(generator).scale(count))
        for generator, e in merge(common, tuple((g, -e) for g, e in below)):
            result.append(self._ln_generator(generator).scale(e))
        if rest.constant() != 1:
            result.append(self._ln_polynomial(rest))
        return self._total(iter(result))

    def _ln_generator(self, generator: Generator) -> Poly:
        if generator.kind == "exp":
            return Poly({generator.parts[0]: 1})
        if generator.kind == "power":
            return self._ln_polynomial(generator.parts[0])
        if generator.kind == "xprod" and not generator.parts[1]:
            name, _, body = generator.parts
            here = self._unused(name)
            with self._scope((here,)):
                inside = self.rename(body, {name: here})
                if self._sure(inside):
                    return self._sum(here, (), self.ln(inside))
        if generator.kind == "prime":
            return single(Generator("ln", (constant(generator.parts[0]),), f"ln({generator.parts[0]})", frozenset(), 0))
        return self._ln_polynomial(single(generator))

    def _ln_polynomial(self, poly: Poly) -> Poly:
        return single(Generator("ln", (poly,), f"ln({poly.key})", poly.indices(), poly.height()))

    # --- choices -------------------------------------------------------------------------------------------------

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
        return single(Generator("delta", (small, large), key, indices, _height(indices)))

    def where(self, equation: Affine) -> Poly:
        """1 where an affine combination of indices is 0, and 0 elsewhere, as far as it is decided."""
        if not equation.parts:
            return POLY_ZERO if equation.offset else POLY_ONE
        if differ(equation, ZERO, self.knowledge.signature.sizes):
            return POLY_ZERO
        pairs = sorted(zip(equation.factors, equation.parts, strict=True), key=lambda pair: index_key(affine(((1, pair[1]),))))
        divisor = math.gcd(*equation.factors) * (1 if pairs[0][0] > 0 else -1)
        equation = affine(((f // divisor, part) for f, part in pairs), equation.offset // divisor)
        match equation:
            case Affine((Index() as index,), (1,), offset):
                return self.delta(index, Number(Fraction(-offset)))
            case Affine((Index() as left, Index() as right), (1, -1), 0) if left.range is right.range:
                return self.delta(left, right)
        indices = free_indices(equation)
        return single(Generator("where", (equation,), f"w{index_key(equation)}", indices, _height(indices)))

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

    # --- choices by value ----------------------------------------------------------------------------------------

    def _choice(self, term: If) -> Poly:
        """A choice by value; what the condition says is known in its branches."""
        claim = Comparison(self._here(term.condition.left), term.condition.relation, self._here(term.condition.right))
        difference = self.normal(term.condition.left) - self.normal(term.condition.right)
        chosen = self.indicator(difference, claim.relation)
        value = chosen.constant()
        if value is not None:
            return self.normal(term.then if value else term.otherwise)
        with self._where(claim, difference):
            then = self.normal(term.then)
        opposite = negated(claim)
        with self._where(opposite, difference if opposite.left is claim.left else difference.scale(-1)):
            otherwise = self.normal(term.otherwise)
        return self.times(chosen, then) + self.times(POLY_ONE - chosen, otherwise)

    def _abs(self, poly: Poly) -> Poly:
        """The absolute value, of a product that of each factor."""
        if _choices(poly):
            return self._in_each_case((poly,), self._abs)
        found = self._decided(poly)
        if found.relation in (">", ">=", "=", "<", "<="):
            self.conditions |= found.uses
            return poly if found.relation in (">", ">=", "=") else poly.scale(-1)
        if self._is_hidden_zero(poly):
            return POLY_ZERO
        if _has_cases(poly) and poly.single() is None:
            return self._by_its_sign(poly)
        number, outside, inside = self._factored(poly, Fraction(1))
        result = constant(abs(number))
        for generator, e in outside:
            # What has a fractional power is not negative.
            whole = isinstance(e, int)
            factor = self._abs_power(generator, Fraction(e)) if whole else self._generator_power(generator, e)
            result = self.times(result, factor)
        if inside.constant() == 1:
            return result
        found = self.sign(inside)
        if found.relation not in (">", ">=", "<", "<=") and self._square_root(inside) is None:
            return self.times(result, self._by_its_sign(inside))
        self.conditions |= found.uses
        return self.times(result, inside.scale(-1) if found.relation in ("<", "<=") else inside)

    def _abs_power(self, generator: Generator, exponent: Fraction) -> Poly:
        """The power of the absolute value of one generator."""
        inside = self._settled(generator)
        found = self.sign(inside)
        if found.relation in (">", ">=", "<", "<="):
            self.conditions |= found.uses
            return self.raised(inside.scale(-1) if found.relation in ("<", "<=") else inside, exponent)
        match generator.kind:
            case "power":
                return self.raised(self._abs(inside), exponent)
            case "symbolic":
                return self.raised(self._whole_power(self._abs(generator.parts[1]), generator.parts[2]), exponent)
            case "xprod":
                name, excluded, body = generator.parts
                here = self._unused(name)
                with self._scope((here,), excluded):
                    whole = self._product(here, excluded, self._abs(self.rename(body, {name: here})))
                return self.raised(whole, exponent)
        return self.raised(self._by_its_sign(inside), exponent)

    def _by_its_sign(self, poly: Poly) -> Poly:
        """The absolute value of what has no factors: (2*[q > 0] - 1)*q."""
        if poly.terms[poly.leading()] < 0:
            poly = poly.scale(-1)
        return self.times(self.indicator(poly, ">").scale(2) - POLY_ONE, poly)

    def indicator(self, poly: Poly, relation: str) -> Poly:
        """1 where the polynomial stands in that relation to 0, and 0 where it does not."""
        if relation == "!=":
            return POLY_ONE - self.indicator(poly, "=")
        if _choices(poly):
            return self._in_each_case((poly,), lambda p: self.indicator(p, relation))
        found = self._decided(poly)
        asked = {">": (">",), ">=": (">", ">=", "="), "=": ("=",)}[relation]
        excluded = {">": ("<", "<=", "="), ">=": ("<",), "=": (">", "<", "!=")}[relation]
        if found.relation in asked or found.relation in excluded:
            self.conditions |= found.uses
            return POLY_ONE if found.relation in asked else POLY_ZERO
        if found.relation == ">=" and relation == ">":
            self.conditions |= found.uses
            return POLY_ONE - self.indicator(poly, "=")
        if found.relation == "<=" and relation == ">=":
            self.conditions |= found.uses
            return self.indicator(poly, "=")
        if relation == ">=":
            return self.indicator(poly, ">") + self.indicator(poly, "=")
        return self._undecided(self.tidy(poly), relation)

    def _undecided(self, poly: Poly, relation: str) -> Poly:
        """The indicator of `poly > 0` or `poly = 0` where neither is known: of a product by the signs of its factors."""
        if _has_cases(poly):
            return self._opaque("choice", relation, (self._primitive(poly),))
        factors = self._signed_factors(poly)
        if factors is not None:
            sign = POLY_ONE
            for factor, exponent in factors:
                here = self._signum(factor)
                sign = self.times(sign, here if exponent % 2 else self.times(here, here))
            square = self.times(sign, sign)
            return POLY_ONE - square if relation == "=" else (square + sign).scale(Fraction(1, 2))
        poly = self._primitive(poly)
        if poly.terms[poly.leading()] > 0:
            return self._opaque("choice", relation, (poly,))
        poly = poly.scale(-1)
        equal = self.indicator(poly, "=")
        return equal if relation == "=" else POLY_ONE - equal - self._opaque("choice", ">", (poly,))

    def _signed_factors(self, poly: Poly) -> list[tuple[Poly, int]] | None:
        """Factors with whole exponents that have the sign of the polynomial together; None where it is not a product."""
        alone = poly.single()
        if alone is not None and len(alone[0]) == 1 and alone[0][0][1] == 1:
            return None
        cleared, below = self.cleared(poly)
        common = self._common(cleared, positive=False)
        rest = self._divided(cleared, common)
        outside = *common, *((g, -e) for g, e in below)
        unknown = [(g, e) for g, e in outside if not self._positive(g)]
        # What stands below a bar may be 0 where the whole is not: x^(n - 1) is x^n/x.
        whole = [(single(g), e) for g, e in unknown if isinstance(e, int) and e > 0]
        if poly.key == rest.key or len(whole) < len(unknown) or len(whole) > MOST_SIGNS:
            return None
        return [(rest, 1), *whole]

    def _signum(self, poly: Poly) -> Poly:
        """1, 0 or -1 as the polynomial is positive, 0 or negative."""
        return self.indicator(poly, ">").scale(2) + self.indicator(poly, "=") - POLY_ONE

    def _decided(self, poly: Poly) -> Sign:
        """The sign of a polynomial, also by what it differs from an assumed one."""
        found = self.sign(poly)
        if found.relation is None:
            found = self._beyond_facts(poly)
        if found.relation is None:
            found = mirror(self._beyond_facts(poly.scale(-1)))
        return found

    def _settle_choice(self, monomial: Monomial, chosen: Generator, exponent: Coefficient) -> Poly | None:
        """What an indicator means beside other generators: [q > 0]^2 = [q > 0], [q > 0]*[q = 0] = 0, [x = a]*x = [x = a]*a."""
        relation, difference = chosen.parts
        if exponent != 1:
            if exponent < 0:
                raise LimitError("D407", "a choice below a fraction bar")
            return self.times(self._without(monomial, chosen, 0), single(chosen))
        if relation != "=":
            return None
        solved = self._solved(difference)
        if solved is not None and any(g.kind == "entry" and g.key > solved[0].key for g in solved[1].generators()):
            solved = None  # only entries that come earlier stand for one, or two such would turn in a circle
        for generator, power in monomial:
            if generator.kind == "choice" and generator.parts[0] == ">" and generator.parts[1].key == difference.key:
                return POLY_ZERO
            if solved is not None and generator is solved[0] and power.denominator == 1 and power > 0:
                rest = self._without(monomial, generator, 0)
                return self.times(rest, self._repeat(solved[1], power.numerator))
        return None

    @staticmethod
    def _solved(difference: Poly) -> tuple[Generator, Poly] | None:
        """An entry, and what it is equal to where the polynomial is 0; None where no entry stands alone in it."""
        counts = [g for monomial in difference.terms for g, _ in monomial]
        for monomial in sorted(difference.terms, key=monomial_key, reverse=True):
            if len(monomial) == 1 and monomial[0][0].kind == "entry" and monomial[0][1] == 1:
                generator = monomial[0][0]
                if counts.count(generator) == 1:
                    rest = Poly({m: c for m, c in difference.terms.items() if m != monomial})
                    return generator, rest.scale(-1 / Fraction(difference.terms[monomial]))
        return None

    @contextmanager
    def _where(self, claim: Comparison, difference: Poly) -> Iterator[None]:
        """In here `claim`, a relation of `difference` to 0, is known, and conditions are needed only where it holds."""
        outside, around = self.conditions, self.knowledge
        signs, differences = dict(self._facts()), self._differences()
        self.conditions, self.knowledge = set(), around.where(claim)
        self.knowledge.polynomial_signs = signs
        try:
            known = Sign(claim.relation, frozenset((Condition(claim),)))
            if difference:
                self._note(difference, known)
            more = ((difference, known),) if known.relation in (">", ">=") and not _choices(difference) else ()
            self.knowledge.differences = (*differences, *more)
            yield
        finally:
            self.conditions, self.knowledge = outside.union(guarded(self.conditions, claim)), around

    @staticmethod
    def _claim(chosen: Generator, truth: bool) -> tuple[Comparison, Poly]:
        """What it means that an indicator is 1, or 0: a relation, and what stands in it to 0."""
        relation, difference = chosen.parts
        claim = Comparison(to_term(difference), relation, ZERO)
        if truth:
            return claim, difference
        return negated(claim), difference if relation == "=" else difference.scale(-1)

    def _taken(self, poly: Poly, chosen: Generator, truth: bool) -> Poly:
        """The polynomial in the case that an indicator is 1, or 0."""
        if truth:
            return self.quotient(self.times(poly, single(chosen)), chosen)
        return Poly({m: c for m, c in poly.terms.items() if all(g is not chosen for g, _ in m)})

    def _in_each_case(self, parts: tuple[Poly, ...], whole: Callable[..., Poly]) -> Poly:
        """`whole(*parts)`, case by case as the choices among the parts ask for it.

        In a case in which it has no value anything will do.
        """
        choices = _choices(*parts)
        if not choices:
            return whole(*parts)
        if len(choices) > MOST_CHOICES:
            raise LimitError("D407", f"{len(choices)} choices at once")
        chosen = single(choices[0])
        found: list[tuple[Poly, Poly]] = []
        problem: Undefined | None = None
        for truth, factor in ((True, chosen), (False, POLY_ONE - chosen)):
            with self._where(*self._claim(choices[0], truth)):
                try:
                    inside = tuple(self._taken(part, choices[0], truth) for part in parts)
                    found.append((factor, self._in_each_case(inside, whole)))
                except Undefined as here:
                    problem = here
        if problem is not None:
            if not found:
                raise problem
            return found[0][1]
        return self._total(self.times(factor, value) for factor, value in found)

    def _is_zero_in_each_case(self, poly: Poly) -> bool:
        """Whether a polynomial vanishes whichever of its indicators are 1."""
        choices = _choices(poly)
        if len(choices) > MOST_CHOICES:
            raise LimitError("D407", f"{len(choices)} choices at once")
        for truth in (True, False):
            here = self._taken(poly, choices[0], truth)
            with self._where(*self._claim(choices[0], truth)):
                if truth and choices[0].parts[0] == "=":
                    here = self._at_border(here, choices[0].parts[1])
                else:
                    here = self.normal(to_term(here))
                if choices[0] in here.generators() or not (self.is_zero(here) or self._is_known_zero(here)):
                    return False
        return True

    def _is_known_zero(self, poly: Poly) -> bool:
        """Whether what is known says that the polynomial is 0, or a factor of it: of x <= 0 and x >= 0 that x is."""
        common = tuple((g, e) for g, e in self._common(poly, positive=False) if e > 0)
        for factor in (self._divided(poly, common), *(single(g) for g, _ in common)):
            found = self.sign(factor)
            if found.relation in (">=", "<="):
                other = self._beyond_facts(factor if found.relation == "<=" else factor.scale(-1))
                if other.relation == ">=":
                    found = Sign("=", found.uses | other.uses)
            if found.relation == "=":
                self.conditions |= found.uses
                return True
        return False

    def _at_border(self, poly: Poly, difference: Poly) -> Poly:
        """The polynomial where the difference is 0, an entry that it tells being replaced wherever that may be done."""
        term = to_term(poly)
        solved = self._solved(difference)
        if solved is not None and not any(isinstance(part, Diff) for part in subterms(term)):
            entry, value = solved[0].parts[0], to_term(solved[1])
            free = {index.name for index in free_indices(entry) | free_indices(value)}
            if free.isdisjoint(index.name for index in bound_indices(term)):
                term = substitute(term, {entry: value})
        return self.normal(term)

    # --- derivatives that are not evaluated ----------------------------------------------------------------------

    def _diff(self, body: Term, by: Entry) -> Poly:
        outside, self.conditions = self.conditions, set()
        here, self.knowledge = self.knowledge, self._given  # the case that holds at the point need not hold around it
        try:
            inside = self.tidy(self.normal(body))
        finally:
            self.knowledge = here
            found, self.conditions = self.conditions, outside
        for condition in found:
            # What holds at the point must hold around it: an open condition does, = and >= need not.
            claim = condition.claim
            if claim.relation == ">=":
                claim = Comparison(claim.left, ">", claim.right)
            kept = frozenset(guard for guard in condition.guards if is_about_indices(guard))
            self.conditions.add(Condition(claim, condition.bound, kept))
        (generator,) = self._entry(by).generators()
        return self.derivative(inside, generator)

    def derivative(self, body: Poly, by: Generator) -> Poly:
        """The generator that stands for the derivative of `body` by an entry."""
        return single(
            Generator("diff", (body, by), f"D({body.key};{by.key})", body.indices() | by.indices, max(body.height(), by.height))
        )

    # --- sums and products over an index -------------------------------------------------------------------------

    def _index(self, index: Term) -> Term:
        return _moved(index, self._names)

    def _entry(self, entry: Entry) -> Poly:
        return self._placed(Entry(entry.name, tuple(map(self._index, entry.indices))) if entry.indices else entry)

    def _computed(self, entry: Entry) -> Iterator[tuple[int, Affine, Term]]:
        """The computed indices of an entry, with their positions and ranges."""
        for position, index in enumerate(entry.indices):
            if isinstance(index, Affine):
                yield position, index, self.knowledge.signature.ranges(entry.name)[position]

    def _placed(self, entry: Entry) -> Poly:
        """An entry as a polynomial: 0 where a computed index is sure to lie beyond its range."""
        sizes = self.knowledge.signature.sizes
        for position, computed, extent in self._computed(entry):
            if outside(computed, extent, sizes):
                return POLY_ZERO
            entry = _at_place(entry, position, plain(computed, extent, sizes))
        return single(self._generator(entry))

    @staticmethod
    def _generator(entry: Entry) -> Generator:
        indices = free_indices(entry)
        return Generator("entry", (entry,), entry_key(entry), indices, _height(indices))

    def _unused(self, index: Index) -> Index:
        return Index(f"${next(self._fresh)}", index.range)

    def _binder(
        self,
        index: Index,
        excluded: tuple[Term, ...],
        body: Term,
        total: Callable[[Index, tuple[Term, ...], Poly], Poly],
    ) -> Poly:
        here = self._unused(index)
        without = tuple(dict.fromkeys(map(self._index, excluded)))
        names, apart = self._names, self._apart
        with self._scope((here,), without, index.name):
            self._names = {**names, index: here}
            self._apart = [*apart, *((here, e) for e in without)]
            try:
                inside = self.normal(body)
            finally:
                self._names, self._apart = names, apart
            return total(here, without, inside)

    @contextmanager
    def _scope(self, bound: tuple[Index, ...], excluded: tuple[Term, ...] = (), name: str = "i") -> Iterator[None]:
        """Conditions that come up in here and mention a bound index are meant for all its values."""
        outside, self.conditions = self.conditions, set()
        try:
            yield
        finally:
            found = frozenset(self.conditions)
            for index in bound:
                found = under_binder(found, index, excluded)
            self.conditions = outside.union(readable(c, name) for c in found)

    def _sum(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly:
        if excluded and not self._removable(index, excluded, body):
            return self._kept("xsum", index, excluded, body)
        if isinstance(index.range, Number) and index.range.value <= MOST_WRITTEN_OUT:
            values = [Number(Fraction(v)) for v in range(1, int(index.range.value) + 1)]
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
            return all(self.in_range(e, index) and self.rename(body, {index: e}) is not None for e in excluded)
        except Undefined:
            return False
        finally:
            self.conditions = conditions

    def _at(self, body: Poly, index: Index, value: Term) -> Poly:
        """The term of a sum at an excluded index: where it is not sure to be defined, that is a condition."""
        term = self.rename(body, {index: value})
        for generator, exponent in {power for monomial in body.terms for power in monomial}:
            if index in generator.indices and (exponent < 0 or generator.kind not in ("entry", "delta")):
                self.conditions |= defined(to_term(self._generator_power(generator, exponent), {index: value}))
        return term

    def _kept(self, kind: str, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly:
        """A sum or product over an index that stays as it is, its body in normal form."""
        body = self.tidy(body)
        height = max(body.height(), _height(frozenset(e for e in excluded if isinstance(e, Index))))
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
        for monomial, coefficient in self.reduced(poly, bound).terms.items():
            add_into(terms, self._sum_monomial(bound, monomial), coefficient)
        return Poly(terms)

    def _sum_monomial(self, bound: tuple[Index, ...], monomial: Monomial) -> Poly:
        for generator, exponent in monomial:
            if generator.kind == "delta":
                for index, other in (generator.parts, generator.parts[::-1]):
                    if index in bound and self.in_range(other, index):
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
            if inside(value, index.range, self.knowledge.signature.sizes):
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
                        here = self._generator_power(self._generator(_at_place(entry, position, running)), exponent)
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

    def _product(self, index: Index, excluded: tuple[Term, ...], body: Poly) -> Poly:
        if not excluded and isinstance(index.range, Number) and index.range.value <= MOST_WRITTEN_OUT:
            result = POLY_ONE
            for value in range(1, int(index.range.value) + 1):
                result = self.times(result, self.rename(body, {index: Number(Fraction(value))}))
            return result
        alone = body.single()
        if len(excluded) == 1 and self.in_range(excluded[0], index) and self._removable(index, excluded, body):
            term = self._at(body, index, excluded[0])
            found = self.sign(term)
            if found.relation in (">", "<", "!="):
                self.conditions |= found.uses
                return self.times(self._product(index, (), body), self.raised(term, Fraction(-1)))
        if alone is None:
            return self._kept("xprod", index, excluded, body)
        monomial, coefficient = alone
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
        return self._whole_power(poly, count) if value is None else self.raised(poly, Fraction(value))

    def _rejoined(self, monomial: Monomial, generator: Generator, exponent: Coefficient) -> Poly | None:
        """The monomial with prod(f[i], i != k)*f[k] written prod(f[i], i); None where there is no such pair.

        What is left out besides k must differ from k: where it is the same, f[k] was left out once only.
        """
        name, excluded, body = generator.parts
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
        if body.single() is not None or _has_cases(term) or not self.in_range(k, name):
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

    # --- angles --------------------------------------------------------------------------------------------------

    def _single_angles(self, poly: Poly) -> Poly:
        """The polynomial with sines and cosines of sums and multiples by those of the single angles: sin(2*x), cos(x + y).

        The single angles are the monomials of all arguments over one common denominator, x/2 where sin(x/2) occurs. What would
        take too many turns stays as it is.
        """
        angles = {g for g in _inner_generators(poly) if g.kind == "function" and g.parts[0] in ("sin", "cos")}
        unit = math.lcm(*(Fraction(c).denominator for g in angles for c in g.parts[1].terms.values()))
        return self._by_angles(poly, unit) if any(_is_composed(g.parts[1], unit) for g in angles) else poly

    def _by_angles(self, poly: Poly, unit: int) -> Poly:
        def change(generator: Generator, exponent: Fraction) -> Poly | None:
            parts = generator.parts
            if not any(g.kind == "function" for g in _inner_generators(single(generator))):
                return None
            match generator.kind:
                case "function" if parts[0] in ("sin", "cos") and _is_composed(parts[1], unit):
                    sine, cosine = self._sine_and_cosine(parts[1], unit)
                    return self.raised(sine if parts[0] == "sin" else cosine, exponent)
                case "choice":
                    return self.indicator(self._by_angles(parts[1], unit), parts[0])
                case "power":
                    return self.raised(self._by_angles(parts[0], unit), exponent)
                case "ln":
                    return self.raised(self.ln(self._by_angles(parts[0], unit)), exponent)
                case "exp":
                    return self.exp(self._by_angles(Poly({parts[0]: 1}), unit).scale(exponent))
                case "sum":
                    names, body = parts
                    opened = tuple(map(self._unused, names))
                    with self._scope(opened):
                        inside = self._by_angles(self.rename(body, dict(zip(names, opened, strict=True))), unit)
                        return self.raised(self.sum_over(opened, inside), exponent)
            return None

        return self._replaced(poly, change)

    def _sine_and_cosine(self, angle: Poly, unit: int) -> tuple[Poly, Poly]:
        """Sine and cosine of an angle from its monomials over `unit`, by the addition theorems, DLMF 4.21.2."""
        sine, cosine = POLY_ZERO, POLY_ONE
        for monomial, coefficient in angle.terms.items():
            turned = Fraction(coefficient)
            if _is_pi(monomial):
                quarters = math.floor(2 * turned)
                turned -= Fraction(quarters, 2)
                for _ in range(quarters % 4):
                    sine, cosine = cosine, sine.scale(-1)
            part = (Poly({monomial: Fraction(1, unit)}),)
            s, c = (self._opaque("function", name, part) for name in ("sin", "cos"))
            if turned < 0:
                s = s.scale(-1)
            for _ in range(int(abs(turned) * unit)):
                sine, cosine = self.times(sine, c) + self.times(cosine, s), self.times(cosine, c) - self.times(sine, s)
        return sine, cosine

    # --- reduction by a reciprocal under a sum -------------------------------------------------------------------

    def reduced(self, poly: Poly, bound: tuple[Index, ...] | None = None) -> Poly:
        """Numerators reduced by the parentheses below them: q * (1/q) = 1, so p/(1 - p) is 1/(1 - p) - 1.

        Only parentheses with a bound index count, or all of them where `bound` is None.
        """
        for _ in range(200):
            for monomial, coefficient in poly.terms.items():
                step = self._reduction(monomial, bound)
                if step is not None:
                    terms = dict(poly.terms)
                    del terms[monomial]
                    add_into(terms, step, coefficient)
                    poly = Poly(terms)
                    if len(terms) > MOST_MONOMIALS:
                        raise LimitError("D401", "an expression that multiplies out to more than a few thousand terms")
                    break
            else:
                return poly
        return poly

    def _reduction(self, monomial: Monomial, bound: tuple[Index, ...] | None) -> Poly | None:
        for generator, exponent in monomial:
            if generator.kind != "power" or exponent >= 0 or (bound is not None and generator.indices.isdisjoint(bound)):
                continue
            inside: Poly = generator.parts[0]
            lead = self._lead(inside, bound)
            if lead is None:
                continue
            powers = dict(monomial)
            moving = [(g, e) for g, e in lead if bound is None or not g.indices.isdisjoint(bound)]
            if all(powers.get(g, 0) >= e for g, e in moving):
                # lead = q - rest, so lead * q^-1 = 1 - rest * q^-1.
                inverse = tuple((g, -e) for g, e in lead)
                others = Poly({m: c for m, c in inside.terms.items() if m != lead})
                step = single(generator) - others
                return self.times(Poly({merge(monomial, inverse): 1}), step.scale(Fraction(1) / inside.terms[lead]))
            tail = [m for m in inside.terms if m != lead]
            if len(moving) == 1 and len(tail) == 1 and bound is not None:
                ((g, e),) = moving
                fixed = all(h.indices.isdisjoint(bound) for h, _ in tail[0])
                if fixed and powers.get(g, 0) < 0 and e == 1:
                    # 1 = (q - lead)/tail, which takes the power of g up by one.
                    inverse = tuple((h, -f) for h, f in tail[0])
                    step = single(generator) - Poly({lead: inside.terms[lead]})
                    return self.times(
                        Poly({merge(monomial, inverse): 1}), step.scale(Fraction(1) / inside.terms[tail[0]])
                    )
        return None

    def _lead(self, poly: Poly, bound: tuple[Index, ...] | None) -> Monomial | None:
        """The leading monomial by degree in what depends on the bound indices; None where two share that part."""

        def part(monomial: Monomial) -> Monomial:
            return tuple(p for p in monomial if bound is None or not p[0].indices.isdisjoint(bound))

        def rank(monomial: Monomial) -> tuple[Coefficient, str]:
            moving = part(monomial)
            return sum(e for _, e in moving), monomial_key(moving)

        if any(e < 0 or e != int(e) for m in poly.terms for _, e in part(m)):
            return None
        lead = max(poly.terms, key=rank)
        if not part(lead) or sum(1 for m in poly.terms if part(m) == part(lead)) > 1:
            return None
        return lead

    def tidy(self, poly: Poly) -> Poly:
        """The canonical form of a polynomial that becomes part of a generator."""
        return self.reduced(poly) if any(g.kind == "power" for g in poly.generators()) else poly

    # --- renaming indices ----------------------------------------------------------------------------------------

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
            case "xsum" | "xprod":
                name, excluded, body = parts
                inner = self._unused(name)
                without = tuple(dict.fromkeys(mapping.get(e, e) for e in excluded))
                total = self._sum if generator.kind == "xsum" else self._product
                with self._scope((inner,), without):
                    here = total(inner, without, self.rename(body, {**mapping, name: inner}))
            case "diff":
                by = self._renamed(parts[1], 1, mapping)
                (((generator_by, _),),) = by.terms
                here = self.derivative(self.tidy(self.rename(parts[0], mapping)), generator_by)
            case "symbolic":
                here = self._symbolic_power(self.rename(parts[1], mapping), parts[2])
            case "choice":
                here = self.indicator(self.rename(parts[1], mapping), parts[0])
            case kind:
                name, *arguments = parts
                inside = tuple(self.tidy(self.rename(a, mapping)) for a in arguments)
                here = self._in_each_case(inside, lambda *moved: self._opaque(kind, name, moved))
        return here if exponent == 1 else self.raised(here, Fraction(exponent))

    # --- equations ------------------------------------------------------------------------------------------------

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

    # --- signs ---------------------------------------------------------------------------------------------------

    def _here(self, term: Term) -> Term:
        """The term with the indices that are bound at present called as they are in here."""
        return substitute(term, dict(self._names)) if self._names else term

    def _is_positive(self, term: Term) -> bool:
        """Whether the shape of a term shows that it is positive; the facts that say so become conditions."""
        found = self.knowledge.sign(self._here(term))
        if found.relation == ">":
            self.conditions |= found.uses
            return True
        return False

    def _positive(self, generator: Generator) -> bool:
        """Whether the generator is positive; the facts that say so become conditions."""
        found = self._generator_sign(generator)
        if found.relation == ">":
            self.conditions |= found.uses
            return True
        return False

    def _sure(self, poly: Poly) -> bool:
        found = self.sign(poly)
        if found.relation == ">":
            self.conditions |= found.uses
            return True
        return False

    def _remember(self, poly: Poly, term: Term) -> None:
        """Keep the sign that the shape of a term shows and its expanded form hides: (a - b)^2 + c."""
        found = self.knowledge.sign(self._here(term))
        if found.relation in (">", ">="):
            self._note(poly, found)

    def _note(self, poly: Poly, sign: Sign) -> None:
        """Keep a sign of a polynomial, and the one that it gives to the negated polynomial."""
        self._keep(poly, sign)
        self._keep(poly.scale(-1), mirror(sign))

    def _keep(self, poly: Poly, sign: Sign) -> None:
        """Keep a sign of a polynomial beside what is known of it already."""
        key = self._primitive(poly).key
        known = self.knowledge.polynomial_signs.get(key, UNKNOWN)
        for pair, together in (((">=", "!="), ">"), (("<=", "!="), "<"), ((">=", "<="), "=")):
            if {known.relation, sign.relation} == {*pair}:
                sign = Sign(together, known.uses | sign.uses)
        if known.relation not in (">", "<", "="):
            self.knowledge.polynomial_signs[key] = sign

    @staticmethod
    def _primitive(poly: Poly) -> Poly:
        lead = poly.terms[poly.leading()]
        return poly.scale(1 / abs(Fraction(lead)))

    def sign(self, poly: Poly) -> Sign:
        """The sign of a polynomial, from those of its generators and the assumptions; see `signs`."""
        choices = _choices(poly)
        if choices:
            return self._sign_in_each_case(poly, choices)
        total = Sign("=")
        for monomial, coefficient in poly.terms.items():
            total = plus(total, self._monomial_sign(monomial, coefficient))
            if total.relation is None:
                total = self._sign_of_sums(poly)
                break
        if total.relation in (">", "<", "=") or not poly:
            return total
        remembered = self._facts().get(self._primitive(poly).key, UNKNOWN)
        if {remembered.relation, total.relation} == {"!=", ">="}:
            return Sign(">", remembered.uses | total.uses)
        if {remembered.relation, total.relation} == {"<=", ">="}:
            return Sign("=", remembered.uses | total.uses)
        return remembered if total.relation is None or remembered.relation in (">", "<") else total

    def _sign_of_sums(self, poly: Poly) -> Sign:
        """The sign of sums of choices taken together: sum(abs(x[i]), i) is a sum of two, neither of which has one."""
        bodies: dict[tuple[Index, ...], Poly] = {}
        total = Sign("=")
        for monomial, coefficient in poly.terms.items():
            alone = monomial[0][0] if len(monomial) == 1 and monomial[0][1] == 1 else None
            if alone is not None and alone.kind == "sum":
                names, body = alone.parts
                bodies[names] = bodies.get(names, POLY_ZERO) + body.scale(coefficient)
            else:
                total = plus(total, self._monomial_sign(monomial, coefficient))
        if not any(map(_choices, bodies.values())):
            return UNKNOWN
        for names, body in bodies.items():
            total = plus(total, self._sign_of_sum(names, body))
        return total

    def _sign_of_sum(self, names: tuple[Index, ...], body: Poly) -> Sign:
        """The sign of a sum over all values of these indices."""
        found = self.sign(body)
        uses = found.uses
        for name in names:
            uses = under_binder(uses, name, ())
        return Sign(found.relation if found.relation != "!=" else None, frozenset(readable(c, "i") for c in uses))

    def _sign_in_each_case(self, poly: Poly, choices: list[Generator]) -> Sign:
        """The sign that a polynomial has whichever of its indicators are 1."""
        known = self._facts().get(self._primitive(poly).key, UNKNOWN)
        if known.relation in (">", "<", "=") or len(choices) > MOST_SIGNS:
            return known
        found: list[Sign] = []
        for truth in (True, False):
            claim, difference = self._claim(choices[0], truth)
            with self._where(claim, difference):
                here = self._decided(self._taken(poly, choices[0], truth))
            found.append(Sign(here.relation, guarded(here.uses, claim)))
        return either(found[0], found[1]) if None not in (found[0].relation, found[1].relation) else known

    def sign_of(self, term: Term) -> Sign:
        """The sign of a term by its normal form: denominators apart, and sums split at the free indices.

        With n at least 2, S - exp(z[k]) is the sum of the other exponentials, and positive.
        """
        poly = self.normal(term)
        if _deltas(poly) or _choices(poly):
            return self.sign(poly)
        above, below = self.cleared(poly)
        under = self._monomial_sign(tuple((g, -e) for g, e in below), 1)
        found = self.sign(above)
        if found.relation is None:
            common = self._common(above, positive=False)
            rest = self._divided(above, common)
            found = times(self._monomial_sign(common, 1), self._sign_split(rest))
        return times(found, under)

    def _sign_split(self, poly: Poly) -> Sign:
        found = self.sign(poly)
        for index in sorted(poly.indices(), key=index_key):
            if found.relation is not None:
                return found
            terms: dict[Monomial, Coefficient] = {}
            for monomial, coefficient in poly.terms.items():
                product = POLY_ONE
                for generator, exponent in monomial:
                    product = self.times(product, self._split_at(generator, exponent, index))
                add_into(terms, product, coefficient)
            found = self.sign(Poly(terms))
        return self._beyond_facts(poly) if found.relation is None else found

    def _beyond_facts(self, poly: Poly) -> Sign:
        """x > 3 makes x - 2 positive: what is left after an assumed nonnegative has one sign."""
        if self._combining:
            return UNKNOWN  # one fact at a time
        self._combining = True
        try:
            for known, claim in self._differences():
                rest = self.sign(poly - known)
                if rest.relation in (">", ">=", "="):
                    strict = ">" in (rest.relation, claim.relation)
                    return Sign(">" if strict else ">=", rest.uses | claim.uses)
        finally:
            self._combining = False
        return UNKNOWN

    def _split_at(self, generator: Generator, exponent: Coefficient, index: Index) -> Poly:
        """A sum over one index as its term at `index` and the sum of the others."""
        if generator.kind == "sum" and len(generator.parts[0]) == 1 and exponent == 1:
            (name,), body = generator.parts
            if name.range is index.range:
                return self._kept("xsum", name, (index,), body) + self.rename(body, {name: index})
        return self._generator_power(generator, exponent)

    def _differences(self) -> tuple[tuple[Poly, Sign], ...]:
        """What the facts say is positive or not negative, worked out once."""
        if self.knowledge.differences is None:
            self.knowledge.differences = ()  # what leads back to itself is not known
            found: list[tuple[Poly, Sign]] = []
            for claim in self.knowledge.facts:
                if claim.relation in (">", ">=") and not isinstance(claim.left, Index) and not free_indices(claim):
                    outside, self.conditions = self.conditions, set()
                    try:
                        poly = self.normal(claim.left) - self.normal(claim.right)
                    except (Undefined, LimitError):
                        continue
                    finally:
                        self.conditions = outside
                    if not _choices(poly):
                        found.append((poly, Sign(claim.relation, frozenset((Condition(claim),)))))
            for name, least in self.knowledge.signature.sizes.items():
                found.append((self.normal(Size(name)) - constant(least), Sign(">=")))
            self.knowledge.differences = tuple(found)
        return self.knowledge.differences

    def _monomial_sign(self, monomial: Monomial, coefficient: Coefficient) -> Sign:
        product = Sign(">" if coefficient > 0 else "<")
        for generator, exponent in monomial:
            product = times(product, raised(self._generator_sign(generator), Fraction(exponent)))
        return product

    def _facts(self) -> dict[str, Sign]:
        known = self.knowledge.polynomial_signs
        if "" not in known:
            known[""] = UNKNOWN  # the assumptions are noted once
            for claim in self.knowledge.facts:
                self._learn(claim)
        return known

    def _learn(self, claim: Comparison) -> None:
        """Note the sign that an assumption gives to a polynomial and, for a product that is not 0, to its factors."""
        if claim.relation not in (">", ">=", "!=") or isinstance(claim.left, Index) or free_indices(claim):
            return
        outside, self.conditions = self.conditions, set()
        try:
            poly = self.normal(claim.left) - self.normal(claim.right)
        except (Undefined, LimitError):
            return
        finally:
            self.conditions = outside
        if not poly:
            return
        uses = frozenset((Condition(claim),))
        self._note(poly, Sign(claim.relation, uses))
        alone = poly.single()
        if alone is not None and claim.relation in (">", "!="):
            for generator, _ in alone[0]:
                base = generator.parts[0] if generator.kind == "power" else single(generator)
                self._note(base, Sign("!=", uses))

    def _generator_sign(self, generator: Generator) -> Sign:
        match generator.kind:
            case "size" | "prime" | "exp" | "constant":
                return Sign(">")
            case "delta" | "where" | "choice":
                return Sign(">=")
            case "entry":
                found = self.knowledge.sign(generator.parts[0])
                if found.relation in (">", "<"):
                    return found
                known = self._facts().get(f"1:{generator.key}", UNKNOWN)
                if {known.relation, found.relation} == {"!=", ">="}:
                    return Sign(">", known.uses | found.uses)
                return known if found.relation is None else found
            case "power":
                return self.sign(generator.parts[0])
            case "sum":
                here = self._sign_of_sum(*generator.parts)
                known = self._facts().get(f"1:{generator.key}", UNKNOWN)
                if {known.relation, here.relation} == {"!=", ">="}:
                    return Sign(">", known.uses | here.uses)
                return known if here.relation is None else here
            case "xsum":
                name, excluded, body = generator.parts
                found = self.sign(body)
                weak = {">": ">=", "<": "<=", "!=": None}.get(found.relation or "", found.relation)
                enough = isinstance(name.range, Size) and self.knowledge.least(name.range) > len(excluded)
                uses = frozenset(readable(c, "i") for c in under_binder(found.uses, name, excluded))
                if enough:
                    uses |= self.knowledge.at_least(name.range, len(excluded) + 1)
                return Sign(found.relation if enough and weak else weak, uses)
            case "xprod":
                name, excluded, body = generator.parts
                found = self.sign(body)
                uses = frozenset(readable(c, "i") for c in under_binder(found.uses, name, excluded))
                return Sign(found.relation, uses) if found.relation in (">", ">=", "!=") else UNKNOWN
            case "function":
                row = functions.TABLE[generator.parts[0]]
                if row.keeps_sign:
                    return self.sign(generator.parts[1])
                return Sign(row.sign)
        return UNKNOWN


def _bits(value: Coefficient) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _by_degrees(poly: Poly) -> Callable[[Monomial], tuple[Coefficient, ...]]:
    """An order of monomials in the generators of `poly` that multiplication keeps: by one exponent after the other."""
    generators = sorted(poly.generators(), key=lambda g: g.key)

    def degrees(monomial: Monomial) -> tuple[Coefficient, ...]:
        powers = dict(monomial)
        return tuple(powers.get(g, 0) for g in generators)

    return degrees


def _is_composed(angle: Poly, unit: int) -> bool:
    """Whether an angle is made of several times 1/unit of its monomials, and not too many; those of pi have values."""
    turns = sum((abs(Fraction(c)) for c in angle.terms.values()), Fraction(0)) * unit
    return 1 < turns <= MOST_TURNS or (turns == 1 and any(map(_is_pi, angle.terms)))


def _is_pi(monomial: Monomial) -> bool:
    return len(monomial) == 1 and monomial[0][1] == 1 and monomial[0][0].kind == "constant"


def _inner_generators(poly: Poly) -> Iterator[Generator]:
    """The generators of a polynomial and those inside of parentheses, sums, exponentials, logarithms and absolute values."""
    for generator in poly.generators():
        yield generator
        match generator.kind:
            case "power" | "ln":
                yield from _inner_generators(generator.parts[0])
            case "function" if generator.parts[0] == "abs":
                yield from _inner_generators(generator.parts[1])
            case "exp":
                yield from _inner_generators(Poly({generator.parts[0]: 1}))
            case "sum":
                yield from _inner_generators(generator.parts[1])


def _has_cases(poly: Poly) -> bool:
    """Whether a polynomial has a delta, an equation between indices or a choice in its monomials."""
    return any(g.kind in ("delta", "where", "choice") for g in poly.generators())


def _deltas(poly: Poly) -> set[Generator]:
    """The deltas in the monomials of a polynomial."""
    return {g for g in poly.generators() if g.kind == "delta"}


def _moved(index: Term, mapping: Mapping[Term, Term]) -> Term:
    """The index, one computed from others included, with indices replaced by others."""
    if isinstance(index, Affine):
        return rebuild(index, tuple(mapping.get(part, part) for part in index.parts))
    return mapping.get(index, index)


def _at_place(entry: Entry, position: int, index: Term) -> Entry:
    """The entry with another index at a position."""
    return Entry(entry.name, (*entry.indices[:position], index, *entry.indices[position + 1 :]))


def _takes_computed(generator: Generator, index: Index) -> bool:
    """Whether a computed index can be written for `index` wherever it stands in the generator."""
    if index not in generator.indices or generator.kind in ("entry", "where", "delta"):
        return True
    if generator.kind in ("exp", "ln", "power", "function", "call", "symbolic", "sum"):
        inner = (part for part in generator.parts if isinstance(part, Poly))
        monomials = generator.parts if generator.kind == "exp" else (m for poly in inner for m in poly.terms)
        return all(_takes_computed(g, index) for monomial in monomials for g, _ in monomial)
    return False


def _choices(*polys: Poly) -> list[Generator]:
    """The indicators in the monomials of polynomials, those of q > 0 before those of q = 0."""
    found = {g for poly in polys for m in poly.terms for g, _ in m if g.kind == "choice"}
    return sorted(found, key=lambda g: (g.parts[0] == "=", g.key)) if found else []


def _refuse_deltas(poly: Poly) -> None:
    """Abstain below a fraction bar, a root or a logarithm of what may vanish in one of the cases of its indices."""
    if _has_cases(poly):
        raise LimitError("D407", "a delta below a fraction bar, or in a root or logarithm")


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


def _sum_of_logarithm(generator: Generator) -> Poly | None:
    """The q of a sum over one index of ln(q); None for anything else."""
    if generator.kind == "sum" and len(generator.parts[0]) == 1:
        alone = generator.parts[1].single()
        if alone is not None and len(alone[0]) == 1 and alone[0][0][0].kind == "ln" and alone[0][0][1] == alone[1] == 1:
            inside: Poly = alone[0][0][0].parts[0]
            return inside
    return None


def _height(indices: frozenset[Index]) -> int:
    return max((int(i.name[1:]) + 1 for i in indices if i.name.startswith("%")), default=0)


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


def _is_whole(poly: Poly) -> bool:
    """Whether a polynomial takes whole numbers only: sizes with whole coefficients."""
    return all(
        isinstance(c, int) and all(g.kind == "size" and isinstance(e, int) and e > 0 for g, e in m)
        for m, c in poly.terms.items()
    )


def _primes(number: Fraction) -> list[tuple[int, int]]:
    """The prime factors of a positive rational number with their exponents."""
    found: dict[int, int] = {}
    for value, sign in ((number.numerator, 1), (number.denominator, -1)):
        if value > LARGEST_TO_FACTOR:
            raise LimitError("D404", f"the prime factors of {value}")
        divisor = 2
        while divisor * divisor <= value:
            while value % divisor == 0:
                found[divisor] = found.get(divisor, 0) + sign
                value //= divisor
            divisor += 1 if divisor == 2 else 2
        if value > 1:
            found[value] = found.get(value, 0) + sign
    return sorted(found.items())
