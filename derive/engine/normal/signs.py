"""Signs of polynomials and generators, from the assumptions and from what the shape of a term shows."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.engine.normal.form import MOST_SIGNS, Form, Undefined, choices_in, deltas_in
from derive.engine.normal.polynomial import (
    POLY_ONE,
    POLY_ZERO,
    Coefficient,
    Generator,
    Monomial,
    Poly,
    add_into,
    constant,
    index_key,
    single,
)
from derive.errors import LimitError
from derive.floor import functions
from derive.floor.conditions import Condition, Conditions, guarded, under_binder
from derive.floor.signs import UNKNOWN, Sign, both, either, mirror, plus, raised, times
from derive.floor.terms import Comparison, Index, Size, Term, free_indices


class Signs(Form):
    """The signs of polynomials."""

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

    def _remember(self, poly: Poly, term: Term, needs: Conditions) -> None:
        """Keep the sign that the shape of a term shows and its expanded form hides: (a - b)^2 + c.

        `needs` is what makes the polynomial of the term: it is needed wherever the sign is used.
        """
        found = self.knowledge.sign(self._here(term))
        if found.relation in (">", ">="):
            self._note(poly, Sign(found.relation, found.uses | needs))

    def _note(self, poly: Poly, sign: Sign) -> None:
        """Keep a sign of a polynomial, and the one that it gives to the negated polynomial."""
        self._keep(poly, sign)
        self._keep(poly.scale(-1), mirror(sign))

    def _keep(self, poly: Poly, sign: Sign) -> None:
        """Keep a sign of a polynomial beside what is known of it already."""
        key = self._primitive(poly).key
        self.memory.signs[key] = both(self.memory.signs.get(key, UNKNOWN), sign)

    def sign(self, poly: Poly) -> Sign:
        """The sign of a polynomial, from those of its generators and the assumptions; see `signs`."""
        choices = choices_in(poly)
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
        return both(total, self._facts().get(self._primitive(poly).key, UNKNOWN))

    def _sign_of_sums(self, poly: Poly) -> Sign:
        """The sign of sums of choices taken together: sum(abs(x[i]), i) is a sum of two, neither of which has one."""
        bodies: dict[tuple[Index, ...], Poly] = {}
        others: list[tuple[Monomial, Coefficient]] = []
        for monomial, coefficient in poly.terms.items():
            alone = monomial[0][0] if len(monomial) == 1 and monomial[0][1] == 1 else None
            if alone is not None and alone.kind == "sum":
                names, body = alone.parts
                bodies[names] = bodies.get(names, POLY_ZERO) + body.scale(coefficient)
            else:
                others.append((monomial, coefficient))
        if not any(map(choices_in, bodies.values())):
            return UNKNOWN
        total = Sign("=")
        for other in others:
            total = plus(total, self._monomial_sign(*other))
        for names, body in bodies.items():
            total = plus(total, self._sign_of_sum(names, body))
        return total

    def _sign_of_sum(self, names: tuple[Index, ...], body: Poly) -> Sign:
        """The sign of a sum over all values of these indices."""
        found = self.sign(body)
        uses = found.uses
        for name in names:
            uses = under_binder(uses, name, ())
        return Sign(found.relation if found.relation != "!=" else None, uses)

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
        if deltas_in(poly) or choices_in(poly):
            return self.sign(poly)
        above, below = self.cleared(poly)
        under = self._monomial_sign(tuple((g, -e) for g, e in below), 1)
        found = self.sign(above)
        if found.relation is None:
            common = self.common(above, positive=False)
            rest = self.divided(above, common)
            found = times(self._monomial_sign(common, 1), self._sign_split(rest))
        return times(found, under)

    def _sign_split(self, poly: Poly) -> Sign:
        found = next((found for part in self.splits(poly) if (found := self.sign(part)).relation is not None), UNKNOWN)
        return self._beyond_facts(poly) if found.relation is None else found

    def splits(self, poly: Poly) -> Iterator[Poly]:
        """The polynomial, and the same with its sums split at one of its free indices."""
        yield poly
        for index in sorted(poly.indices(), key=index_key):
            terms: dict[Monomial, Coefficient] = {}
            for monomial, coefficient in poly.terms.items():
                product = POLY_ONE
                for generator, exponent in monomial:
                    product = self.times(product, self._split_at(generator, exponent, index))
                add_into(terms, product, coefficient)
            yield Poly(terms)

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
        if self.memory.differences is None:
            self.memory.differences = ()  # what leads back to itself is not known
            found: list[tuple[Poly, Sign]] = []
            for claim in self.knowledge.facts:
                if claim.relation in (">", ">=") and not isinstance(claim.left, Index) and not free_indices(claim):
                    learnt = self._difference_of(claim)
                    if learnt is not None and not choices_in(learnt[0]):
                        found.append((learnt[0], Sign(claim.relation, learnt[1])))
            for name, least in self.knowledge.theory.sizes.items():
                found.append((self.normal(Size(name)) - constant(least), Sign(">=")))
            self.memory.differences = tuple(found)
        return self.memory.differences

    def _monomial_sign(self, monomial: Monomial, coefficient: Coefficient) -> Sign:
        product = Sign(">" if coefficient > 0 else "<")
        for generator, exponent in monomial:
            product = times(product, raised(self._generator_sign(generator), Fraction(exponent)))
        return product

    def _facts(self) -> dict[str, Sign]:
        known = self.memory.signs
        if "" not in known:
            known[""] = UNKNOWN  # the assumptions are noted once
            for _ in range(2):  # a form that was worked out before all facts were known is another one after that
                for claim in self.knowledge.facts:
                    self._learn(claim)
                self.memory.forms.clear()
        return known

    def _learn(self, claim: Comparison) -> None:
        """Note the sign that an assumption gives to a polynomial and, for a product that is not 0, to its factors."""
        if claim.relation not in (">", ">=", "!=") or isinstance(claim.left, Index) or free_indices(claim):
            return
        learnt = self._difference_of(claim)
        if learnt is None or not learnt[0]:
            return
        poly, uses = learnt
        self._note(poly, Sign(claim.relation, uses))
        alone = poly.single()
        if alone is not None and claim.relation in (">", "!="):
            for generator, _ in alone[0]:
                base = generator.parts[0] if generator.kind == "power" else single(generator)
                self._note(base, Sign("!=", uses))

    def _difference_of(self, claim: Comparison) -> tuple[Poly, Conditions] | None:
        """What stands in a fact in its relation to 0, and what that rests on: the fact, and what its normal form needs."""
        with self._apart_from_here():
            try:
                poly = self.normal(claim.left) - self.normal(claim.right)
            except (Undefined, LimitError):
                return None
            return poly, frozenset((Condition(claim), *self.conditions))

    def _generator_sign(self, generator: Generator) -> Sign:
        match generator.kind:
            case "size" | "ordinal" | "prime" | "exp" | "constant":
                return Sign(">")
            case "delta" | "where" | "choice":
                return Sign(">=")
            case "entry":
                found = self.knowledge.sign(generator.parts[0])
                if found.relation in (">", "<"):
                    return found
                return both(found, self._facts().get(f"1:{generator.key}", UNKNOWN))
            case "power":
                return self.sign(generator.parts[0])
            case "sum":
                here = self._sign_of_sum(*generator.parts)
                return both(here, self._facts().get(f"1:{generator.key}", UNKNOWN))
            case "xsum":
                name, excluded, body = generator.parts
                found = self.sign(body)
                weak = {">": ">=", "<": "<=", "!=": None}.get(found.relation or "", found.relation)
                enough = isinstance(name.range, Size) and self.knowledge.least(name.range) > len(excluded)
                uses = under_binder(found.uses, name, excluded)
                if enough:
                    uses |= self.knowledge.at_least(name.range, len(excluded) + 1)
                return Sign(found.relation if enough and weak else weak, uses)
            case "xmax":
                name, excluded, body = generator.parts
                found = self.sign(body)
                here = Sign(found.relation, under_binder(found.uses, name, excluded)) if found.relation else UNKNOWN
                return both(here, self._facts().get(f"1:{generator.key}", UNKNOWN))
            case "xprod":
                name, excluded, body = generator.parts
                found = self.sign(body)
                uses = under_binder(found.uses, name, excluded)
                return Sign(found.relation, uses) if found.relation in (">", ">=", "!=") else UNKNOWN
            case "function":
                row = functions.TABLE[generator.parts[0]]
                if row.keeps_sign:
                    return self.sign(generator.parts[1])
                return Sign(row.sign)
            case "opaque":
                found = self._sign_of_whole(*generator.parts)
                known = self._facts().get(f"1:{generator.key}", UNKNOWN)
                return known if found.relation is None else found
        return UNKNOWN

    def _sign_of_whole(self, name: str, *parts: Poly) -> Sign:
        """The sign of a function, or of a power, whose identities are not used."""
        if name != "^":
            row = functions.TABLE[name]
            return self.sign(parts[0]) if row.keeps_sign else Sign(row.sign)
        base, exponent = parts
        value = exponent.constant()
        found = self.sign(base)
        if value is not None:
            return raised(found, Fraction(value))
        return found if found.relation == ">" else UNKNOWN
