"""Choices by value, abs and max: polynomials in indicators, looked at case by case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction

from derive.engine.normal.form import MOST_SIGNS, Form, Undefined, choices_in, has_cases
from derive.engine.normal.polynomial import (
    POLY_ONE,
    POLY_ZERO,
    Coefficient,
    Generator,
    Monomial,
    Poly,
    constant,
    monomial_key,
    single,
)
from derive.engine.normal.written import to_term
from derive.errors import LimitError
from derive.floor import functions
from derive.floor.conditions import NONE, Condition, Conditions, guarded, negated, under_binder
from derive.floor.signs import Sign, mirror
from derive.floor.terms import Binder, Comparison, If, free_indices, moved_names, substitute, subterms
from derive.limits import MOST_CHOICES


class Choices(Form):
    """Choices by value."""

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
        if choices_in(poly):
            return self._in_each_case((poly,), self._abs)
        found = self._decided(poly)
        if found.relation in (">", ">=", "=", "<", "<="):
            self.conditions |= found.uses
            return poly if found.relation in (">", ">=", "=") else poly.scale(-1)
        if self._is_hidden_zero(poly):
            return POLY_ZERO
        if has_cases(poly) and poly.single() is None:
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
        if choices_in(poly):
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
        if has_cases(poly):
            return self._opaque("choice", relation, (self._primitive(poly),))
        if self._is_hidden_zero(poly):
            return POLY_ONE if relation == "=" else POLY_ZERO
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
        common = self.common(cleared, positive=False)
        rest = self.divided(cleared, common)
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
                if self._has_value(rest) and self._has_value(solved[1]):
                    return self.times(rest, self._repeat(solved[1], power.numerator))
        return None

    def _has_value(self, poly: Poly) -> bool:
        """Whether a polynomial is sure to have a value wherever one stands; the facts that say so become conditions.

        Beside the indicator of q = 0 a negative power of q is no number, but a symbol that must cancel against the same one in
        what stands without the indicator: nothing may be rewritten beside the one and not beside the other.
        """
        needs = self._value_needs(poly)
        if needs is None:
            return False
        self.conditions |= needs
        return True

    def _value_needs(self, poly: Poly) -> Conditions | None:
        """The facts by which a polynomial is sure to have a value; None where it may have none."""
        found = NONE
        for generator, exponent in dict.fromkeys(power for monomial in poly.terms for power in monomial):
            needs = self._power_needs(generator, exponent)
            if needs is None:
                return None
            found |= needs
        return found

    def _is_total(self, generator: Generator) -> bool:
        """Whether a function has a value for all arguments."""
        name, *arguments = generator.parts
        if generator.kind == "call":
            return self.knowledge.theory.is_differentiable(name)
        return not functions.TABLE[name].domain(*map(to_term, arguments))

    def _power_needs(self, generator: Generator, exponent: Coefficient) -> Conditions | None:
        parts = generator.parts
        match generator.kind:
            case "entry" | "ordinal" | "size" | "prime" | "constant" | "delta" | "where":
                needs: Conditions | None = NONE
            case "exp":
                return self._value_needs(Poly({parts[0]: 1}))
            case "choice" | "power" | "symbolic":
                needs = self._value_needs(parts[0] if generator.kind == "power" else parts[1])
            case "function" | "call" if self._is_total(generator):
                every = [self._value_needs(part) for part in parts[1:]]
                needs = None if None in every else NONE.union(*(found or NONE for found in every))
            case "sum" | "xsum" | "xprod":
                names = parts[0] if generator.kind == "sum" else (parts[0],)
                needs = self._value_needs(parts[-1])
                for name in names if needs is not None else ():
                    needs = under_binder(needs or NONE, name, ())
            case _:
                return None
        asked = {">", "<", "!="} if exponent < 0 else set()
        if not isinstance(exponent, int) and generator.kind != "prime":
            asked = {">"} if exponent < 0 else {">", ">=", "="}
        if needs is None or not asked or generator.kind in ("size", "prime", "constant"):
            return needs
        sign = self._generator_sign(generator)
        return needs | sign.uses if sign.relation in asked else None

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
        self.memory.signs = signs
        try:
            known = Sign(claim.relation, frozenset((Condition(claim),)))
            if difference:
                self._note(difference, known)
            more = ((difference, known),) if known.relation in (">", ">=") and not choices_in(difference) else ()
            self.memory.differences = (*differences, *more)
            yield
        finally:
            self.conditions, self.knowledge = outside.union(guarded(self.conditions, claim)), around

    def _taken(self, poly: Poly, chosen: Generator, truth: bool) -> Poly:
        """The polynomial in the case that an indicator is 1, or 0."""
        if truth:
            return self.quotient(self.times(poly, single(chosen)), chosen)
        return Poly({m: c for m, c in poly.terms.items() if all(g is not chosen for g, _ in m)})

    def _in_each_case(self, parts: tuple[Poly, ...], whole: Callable[..., Poly]) -> Poly:
        """`whole(*parts)`, case by case as the choices among the parts ask for it.

        In a case in which it has no value anything will do.
        """
        choices = choices_in(*parts)
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
        choices = choices_in(poly)
        if len(choices) > MOST_CHOICES:
            raise LimitError("D407", f"{len(choices)} choices at once")
        for truth in (True, False):
            here = self._taken(poly, choices[0], truth)
            with self._where(*self._claim(choices[0], truth)):
                if truth and choices[0].parts[0] == "=":
                    here = self._at_border(here, choices[0].parts[1])
                else:
                    here = self.normal(to_term(here))
                if choices[0] in here.generators() or not (self.is_zero(here) or self.is_known_zero(here)):
                    return False
        return True

    def is_known_zero(self, poly: Poly) -> bool:
        """Whether what is known says that the polynomial is 0, or a factor of it: of x <= 0 and x >= 0 that x is."""
        common = tuple((g, e) for g, e in self.common(poly, positive=False) if e > 0)
        for factor in (self.divided(poly, common), *(single(g) for g, _ in common)):
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
        if solved is not None and not moved_names(term):
            entry, value = solved[0].parts[0], to_term(solved[1])
            free = {index.name for index in free_indices(entry) | free_indices(value)}
            if free.isdisjoint(part.index.name for part in subterms(term) if isinstance(part, Binder)):
                term = substitute(term, {entry: value})
        return self.normal(term)
