"""Products of polynomials, what two generators mean together worked out, and numerators reduced by what stands below them."""

from __future__ import annotations

from fractions import Fraction

from derive.engine.normal.form import Form, bits
from derive.engine.normal.polynomial import (
    POLY_ONE,
    POLY_ZERO,
    Coefficient,
    Generator,
    Monomial,
    Poly,
    add_into,
    exact,
    merge,
    monomial_key,
    monomial_of,
    single,
)
from derive.errors import LimitError
from derive.floor.terms import Index
from derive.limits import MOST_BITS, MOST_EXPONENT, MOST_MONOMIALS, spend


class Arithmetic(Form):
    """The arithmetic of polynomials."""

    def times(self, left: Poly, right: Poly) -> Poly:
        """The product; what two generators mean together (a root times itself) is worked out."""
        if not left or not right:
            return POLY_ZERO
        if len(left.terms) * len(right.terms) > MOST_MONOMIALS:
            raise LimitError("D401", "an expression that multiplies out to more than a few thousand terms")
        spend(len(left.terms) * len(right.terms))
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

    def _repeat(self, poly: Poly, count: int) -> Poly:
        if len(poly.terms) > 1 and count > MOST_EXPONENT:
            raise LimitError("D402", f"a power with the exponent {count} multiplied out")
        if any(bits(c) * count > MOST_BITS for c in poly.terms.values() if abs(c) != 1):
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

    def _generator_power(self, generator: Generator, exponent: Coefficient) -> Poly:
        terms: dict[Monomial, Coefficient] = {}
        self._add_product(terms, monomial_of([(generator, exponent)]), 1)
        return Poly(terms)

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
            if not self._is_unit(tuple(power for power in lead if power not in moving)):
                continue  # t^-1 would come in, and t may be 0
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
                if fixed and powers.get(g, 0) < 0 and e == 1 and self._is_unit(tail[0]):
                    # 1 = (q - lead)/tail, which takes the power of g up by one.
                    inverse = tuple((h, -f) for h, f in tail[0])
                    step = single(generator) - Poly({lead: inside.terms[lead]})
                    return self.times(
                        Poly({merge(monomial, inverse): 1}), step.scale(Fraction(1) / inside.terms[tail[0]])
                    )
        return None

    def _is_unit(self, monomial: Monomial) -> bool:
        """Whether a monomial is known not to be 0, so that it may be divided by; the facts that say so become conditions."""
        signs = [self._generator_sign(generator) for generator, exponent in monomial if exponent > 0]
        if not all(found.relation in (">", "<", "!=") for found in signs):
            return False
        self.conditions = self.conditions.union(*(found.uses for found in signs))
        return True

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
