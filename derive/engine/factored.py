"""A term as a sum of monomials and as a product of factors, and the signs of these.

    -(x - y)^2/(2*s^2)     is the sum of   -1/2 * x^2/s^2,   x*y/s^2,   -1/2 * y^2/s^2
    x^2/s^2 + 1            is the product of   x^2 + s^2   and   s^-2

The form is that of `ring`. What is known of signs is looked up by the form too: a fact `T > t` speaks of -t + T.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from math import gcd, lcm

from derive.engine.given import facts_at, unfolded
from derive.engine.primes import primes
from derive.errors import LimitError
from derive.floor import terms as t
from derive.floor.conditions import difference, is_about_indices
from derive.floor.kernel import Theorem
from derive.floor.laurent import Monomial, Poly
from derive.floor.ring import Atoms
from derive.floor.signs import Knowledge, Sign, both, raised, times

Factor = tuple[t.Term, int]
LARGEST_FACTORED = 10_000
"""Larger numbers are not taken apart into primes."""
MOST_TOGETHER = 3
"""Facts whose sum is looked for below a term."""
MOST_ORDERS = 8


class Forms:
    """The monomials and factors of terms, for one search: a fresh one numbers its atoms anew."""

    def __init__(self) -> None:
        self.atoms = Atoms()
        self._factors: dict[t.Term, tuple[Fraction, tuple[Factor, ...]]] = {}

    def written(self, term: t.Term, using: Iterable[tuple[t.Term, t.Term]] = ()) -> t.Term:
        """The term in its form, once equations are used, with each divisor by itself."""
        return divided(self.atoms.written(term, using))

    def monomials(self, term: t.Term) -> list[tuple[Fraction, t.Term]]:
        """The term as a sum of numbers times monomials."""
        form = self.atoms.plain.form(term)
        return [(form[key], self.atoms.as_term({key: Fraction(1)})) for key in sorted(form)]

    def products(self, term: t.Term) -> list[tuple[Fraction, list[Factor]]]:
        """The term as a sum of numbers times powers of atoms."""
        return list(zip(self.atoms.plain.form(term).values(), self.atoms.monomials(term), strict=True))

    def atoms_of(self, term: t.Term) -> Iterator[tuple[t.Term, int]]:
        """The atoms of a term with their exponents; those of divisors as well."""
        for monomial in self.atoms.monomials(term):
            for atom, exponent in monomial:
                is_divisor = isinstance(atom, t.Add)
                yield from self.atoms_of(atom) if is_divisor else ((_readable(atom), exponent),)

    def over_one_bar(self, term: t.Term, at_need: bool = False) -> t.Term | None:
        """The form of the term brought over one bar first, where that is another: 1/(x + 1) for 1/x - 1/(x*(x + 1)).

        `at_need` is only where something below the bar stands in another divisor too.
        """
        below = [[atom for atom, exponent in monomial if exponent < 0] for monomial in self.atoms.monomials(term)]
        if not any(isinstance(atom, t.Add) for parts in below for atom in parts):
            return None
        if at_need and not any(_hang_together(parts) for parts in below):
            return None
        value, factors = self.factors(term)
        found = self.written(product(factors, value))
        return None if found is self.written(term) else found

    def factors(self, term: t.Term) -> tuple[Fraction, tuple[Factor, ...]]:
        """The term as a number times powers of factors, no two of which are alike. Of a sum the first monomial is positive."""
        if term not in self._factors:
            self._factors[term] = self._factored(term)
        return self._factors[term]

    def _factored(self, term: t.Term) -> tuple[Fraction, tuple[Factor, ...]]:
        above, below = self.atoms.without_divisors(self.atoms.plain.form(term))
        if not above:
            return Fraction(0), ()
        common, content, rest = _parted(above)
        found = {self.atoms.term(atom): exponent for atom, exponent in common}
        if len(rest) > 1:
            found[self.atoms.as_term(rest)] = 1
        for divisor, exponent in below.items():
            value, parts = self.factors(self.atoms.term(divisor))
            content /= value**exponent
            for part, count in parts:
                found[part] = found.get(part, 0) - count * exponent
        return content, tuple((part, exponent) for part, exponent in found.items() if exponent)


def _hang_together(below: list[t.Term]) -> bool:
    """Whether one of the atoms stands inside of another one, a sum."""
    sums = [whole for whole in below if isinstance(whole, t.Add)]
    return any(part is not whole and part in t.subterms(whole) for part in below for whole in sums)


def _parted(poly: Poly) -> tuple[Monomial, Fraction, Poly]:
    """A polynomial as a monomial, a number, and a polynomial that no monomial divides."""
    exponents = [dict(monomial) for monomial in poly]
    names = sorted({atom for monomial in exponents for atom in monomial})
    least = {atom: min(monomial.get(atom, 0) for monomial in exponents) for atom in names}
    rest = {
        tuple((atom, e) for atom in names if (e := monomial.get(atom, 0) - least[atom])): value
        for monomial, value in zip(exponents, poly.values(), strict=True)
    }
    content = Fraction(gcd(*(v.numerator for v in rest.values())), lcm(*(v.denominator for v in rest.values())))
    if rest[min(rest)] < 0:  # of what is left, so that it is the same whatever it is multiplied by
        content = -content
    return tuple((atom, e) for atom, e in least.items() if e), content, {key: v / content for key, v in rest.items()}


class Signs:
    """The signs of terms at a point, by their forms."""

    def __init__(
        self, knowledge: Knowledge, forms: Forms, needed: Iterable[t.Comparison], settled: Callable[[t.Term], Theorem | None]
    ) -> None:
        self.knowledge = knowledge
        self._settled = settled
        self.forms = forms
        self._facts: dict[t.Term, str | None] = {}
        self._known: dict[t.Term, str | None] = {}
        self._places: frozenset[t.Index] = frozenset()
        claims = [claim for claim in (*knowledge.facts, *knowledge.equalities, *needed) if not is_about_indices(claim)]
        self._ordered = [order for claim in claims if (order := _order(claim)) is not None][:MOST_ORDERS]
        self._to_settle = [claim for claim in claims if any(map(_is_choice, t.subterms(difference(claim))))]
        for _ in range(2):  # what one says of a factor may say more of another
            for claim in claims:
                self._learn(claim)

    def relation(self, term: t.Term) -> str | None:
        """How the term stands to 0, as far as that is seen."""
        if term in self._known:
            return self._known[term]
        self._known[term] = None
        found = self.knowledge.sign(term).relation or self._of_factors(term) or self._above_facts(term)
        if found is None and (self._learn_at(t.free_indices(term)) or self._settle_facts()):
            return self.relation(term)
        self._known[term] = found
        return found

    def _learn_at(self, places: frozenset[t.Index]) -> bool:
        """Whether more is known once assumptions about all values of an index are about these."""
        if places <= self._places:
            return False
        self._places |= places
        theory = self.knowledge.theory
        claims = [unfolded(claim, theory) for claim in facts_at(self.knowledge, self._places)]
        self._ordered += [order for claim in claims if (order := _order(claim)) is not None and order not in self._ordered]
        for claim in claims:
            self._learn(claim)
        if claims:
            self._known.clear()
        return bool(claims)

    def _settle_facts(self) -> bool:
        """Whether more is known once laws are used on facts: abs(c)*y > z says c*y > z where c > 0."""
        facts, self._to_settle = self._to_settle, []
        settled = [(claim.relation, theorem.right) for claim in facts if (theorem := self._settled(difference(claim)))]
        for relation, term in settled:
            if relation in (">", ">="):
                self._ordered.append((term, relation))
            self._learn(t.Comparison(term, relation, t.ZERO))
        if settled:
            self._known.clear()
        return bool(settled)

    def _above_facts(self, term: t.Term, most: int = MOST_TOGETHER) -> str | None:
        """x > 0 where x - y > 0 and y > 0; of several facts together as well."""
        for sign, relation in ((1, ">"), (-1, "<")):
            found = self._above(term if sign > 0 else t.neg(term), self._ordered, most)
            if found is not None:
                return relation if found == ">" else relation + "="
        return None

    def _above(self, term: t.Term, facts: list[tuple[t.Term, str]], most: int) -> str | None:
        """Whether what is left of a term without some of the facts is at least 0, and the term by that."""
        for place, (part, relation) in enumerate(facts):
            rest = self.forms.written(t.add(term, t.neg(part)))
            found = self.knowledge.sign(rest).relation
            if found not in (">", ">=", "=") and most > 1:
                found = self._above(rest, facts[place + 1 :], most - 1)
            if found in (">", ">=", "="):
                return ">" if ">" in (relation, found) else ">="
        return None

    def is_positive(self, term: t.Term) -> bool:
        return self.relation(term) == ">"

    def is_at_least_0(self, term: t.Term) -> bool:
        return self.relation(term) in (">", ">=", "=")

    def _of_factors(self, term: t.Term) -> str | None:
        try:
            value, factors = self.forms.factors(term)
        except (LimitError, ZeroDivisionError):
            return None
        if not value:
            return "="
        total = Sign(">" if value > 0 else "<")
        for factor, exponent in factors:
            total = times(total, raised(Sign(self._of_factor(factor, term)), Fraction(exponent)))
        return total.relation

    def _of_factor(self, factor: t.Term, whole: t.Term) -> str | None:
        known = self._facts.get(factor)
        own = None if factor is whole else self.knowledge.sign(factor).relation
        return both(Sign(known), Sign(own)).relation

    def _learn(self, claim: t.Comparison) -> None:
        """What a fact says of the one factor whose sign is not known."""
        try:
            value, factors = self.forms.factors(difference(claim))
        except (LimitError, ZeroDivisionError):
            return
        said = times(Sign(claim.relation), Sign(">" if value > 0 else "<"))
        unknown = []
        for factor, exponent in factors:
            sign = self._of_factor(factor, difference(claim)) if len(factors) > 1 else None
            if sign in (">", "<") or (sign == "!=" and exponent % 2 == 0):
                said = times(said, raised(Sign(sign), Fraction(exponent)))
            else:
                unknown.append((factor, exponent))
        if claim.relation in (">", "<", "!="):
            for factor, _ in unknown if len(unknown) > 1 else ():
                self._note(factor, "!=")
        if len(unknown) == 1:
            ((factor, exponent),) = unknown
            of_square = {">": "!=", "!=": "!=", "=": "="}
            self._note(factor, of_square.get(said.relation or "") if exponent % 2 == 0 else said.relation)

    def _note(self, factor: t.Term, relation: str | None) -> None:
        if relation is None:
            return
        self._facts[factor] = both(Sign(self._facts.get(factor)), Sign(relation)).relation
        match factor:
            case (t.Apply("sqrt", (inside,)) | t.Pow(inside, t.Number())) if relation in (">", "!="):
                value, factors = self.forms.factors(inside)
                if len(factors) == 1 and factors[0][1] == 1:
                    self._note(factors[0][0], ">" if value > 0 else "<")
            case t.Apply("abs", (inside,)) if relation in (">", "!="):
                for part, _ in self.forms.factors(inside)[1]:
                    self._note(part, "!=")
        self._known.clear()


def _order(claim: t.Comparison) -> tuple[t.Term, str] | None:
    return (difference(claim), claim.relation) if claim.relation in (">", ">=") else None


def _is_choice(term: t.Term) -> bool:
    return isinstance(term, t.Apply) and term.function in ("abs", "max", "min")


def number_factors(value: Fraction) -> list[Factor]:
    """A positive number as powers of primes."""
    return [
        (t.number(prime), sign * count)
        for whole, sign in ((value.numerator, 1), (value.denominator, -1))
        for prime, count in (primes(whole) if whole <= LARGEST_FACTORED else [(whole, 1)])
    ]


def divided(term: t.Term) -> t.Term:
    """The term with each divisor by itself: x*(x + 1)^(-2), where `ring` makes x/(x + 1)^2 one divided by x^2 + 2*x + 1."""
    match term:
        case t.Add(terms):
            return t.Add(tuple(map(divided, terms)))
        case t.Neg(inner):
            return t.Neg(divided(inner))
        case t.Mul(factors):
            return t.Mul(tuple(map(divided, factors)))
        case t.Div(above, below) if len(sums := _sums_in(below)) > 1 or any(exponent > 1 for _, exponent in sums):
            return t.mul(divided(above), *_inverse(below))
        case t.Div(above, below):
            return t.Div(divided(above), divided(below))
        case t.Pow(base, t.Number(exponent)) if exponent.denominator == 1:
            return t.Pow(divided(base), term.exponent)
    return term


def _readable(atom: t.Term) -> t.Term:
    """An atom as `ring` reads it again as the same one: a sum that it made has its divisors by themselves."""
    if isinstance(atom, t.Sum):
        return type(atom).over(atom.letter, atom.range, atom.excluded, divided(atom.scope))  # type: ignore[no-any-return]
    return atom


def _sums_in(product: t.Term) -> list[Factor]:
    """The sums among the factors of a product, with their exponents."""
    match product:
        case t.Mul(factors):
            return [found for factor in factors for found in _sums_in(factor)]
        case t.Pow(t.Add() as base, t.Number(exponent)) if exponent.denominator == 1:
            return [(base, int(exponent))]
        case t.Add():
            return [(product, 1)]
        case t.Neg(inner):
            return _sums_in(inner)
    return []


def _inverse(product: t.Term) -> list[t.Term]:
    match product:
        case t.Mul(factors):
            return [found for factor in factors for found in _inverse(factor)]
        case t.Pow(base, t.Number(exponent)) if exponent.denominator == 1:
            return [t.Pow(divided(base), t.number(-exponent))]
        case t.Neg(inner):
            return [t.number(-1), *_inverse(inner)]
    return [t.Pow(divided(product), t.number(-1))]


def is_arithmetic(term: t.Term) -> bool:
    """Whether a term is made of others by what `ring` knows of; sums aside."""
    return isinstance(term, t.Add | t.Mul | t.Div | t.Neg) or (
        isinstance(term, t.Pow) and isinstance(term.exponent, t.Number) and term.exponent.value.denominator == 1
    )


def product(factors: Iterable[Factor], value: Fraction = Fraction(1)) -> t.Term:
    """A number times powers of factors, as a term."""
    parts = [factor if exponent == 1 else t.Pow(factor, t.number(exponent)) for factor, exponent in factors]
    return t.mul(*parts) if value == 1 else t.neg(t.mul(*parts)) if value == -1 else t.mul(t.number(value), *parts)

