"""Powers: rational ones, whole symbolic ones, roots of squares, and common factors taken out."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derive.engine.normal.form import Form, Undefined, bits, choices_in, has_cases, prime_factors, refuse_deltas
from derive.engine.normal.polynomial import (
    POLY_ONE,
    POLY_ZERO,
    UNIT,
    Coefficient,
    Generator,
    Monomial,
    Poly,
    constant,
    exact,
    merge,
    monomial_of,
)
from derive.errors import LimitError
from derive.floor.conditions import Condition
from derive.floor.conditions import needs as needed
from derive.floor.signs import UNKNOWN
from derive.floor.terms import ZERO, Div, Mul, Neg, Number, Pow, Term, alpha_equal, rational
from derive.limits import MOST_BITS

MOST_SQUARED = 40  # terms of a polynomial of which a square root is looked for


class Powers(Form):
    """Powers of terms and polynomials."""

    def _pow(self, base: Term, exponent: Term) -> Poly:
        power_of = self.tidy(self.normal(exponent))
        value = power_of.constant()
        whole = value is not None and value == int(value)
        if not self.functions and not whole:
            return self._kept_power(self.normal(base), power_of)
        for claim in self.knowledge.equalities if value is None else ():
            if rational(claim.right) is not None and alpha_equal(claim.left, self._here(exponent)):
                self.conditions.add(Condition(claim))
                value = rational(claim.right)
        if value is not None:
            return self._power(base, Fraction(value))
        below = self.normal(base)
        if _is_whole(power_of):
            return self._whole_power(below, power_of)
        if not self._sure(below):
            self.conditions |= needed(self._here(base), ">", ZERO)
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
        if choices_in(base):
            return self._in_each_case((base,), lambda below: self._symbolic_power(below, exponent))
        if self._is_hidden_zero(base) or has_cases(base):
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
            case Pow(inner, Number(value)) if self._may_multiply(inner, value, exponent):
                return self._power(inner, value * exponent)
            case Neg(inner) if whole:
                return self._power(inner, exponent).scale((-1) ** (exponent.numerator % 2))
        poly, needs = self._with_needs(base)
        if not whole and len(poly.terms) > 1:
            self._remember(poly, base, needs)
        return self.raised(poly, exponent)

    def _may_multiply(self, inner: Term, value: Fraction, exponent: Fraction) -> bool:
        """Whether a power of a power of a term is one with the product of the exponents."""
        if value.denominator == exponent.denominator == 1:
            return True
        return bool(value) and self.functions and self._is_positive(inner)

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
        if choices_in(poly):
            return self._in_each_case((poly,), lambda p: self.raised(p, exponent))
        refuse_deltas(poly)
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
        halves = monomial_of((g, e // 2) for g, e in self.common(poly, positive=False) if isinstance(e, int))
        rest = self.divided(poly, tuple((g, 2 * e) for g, e in halves))
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
        signs = {power: self._monomial_sign((power,), 1) for power in self.common(poly, positive=False)}
        apart = tuple(power for power, found in signs.items() if found.relation == ">=")
        rest = self.divided(poly, apart)
        found = self.sign(rest)
        if not apart or found.relation not in (">", ">="):
            return UNIT, poly
        self.conditions |= found.uses.union(*(signs[power].uses for power in apart))
        return apart, rest

    def _square_root(self, poly: Poly) -> tuple[Fraction, Poly] | None:
        """A positive number and a polynomial of which `poly` is number*root^2; None where none are found.

        The root is built from its greatest term downwards, and squared in the end.
        """
        if len(poly.terms) > MOST_SQUARED or not all(isinstance(e, int) for m in poly.terms for _, e in m) or has_cases(poly):
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
        return not poly or (not has_cases(poly) and not self.cleared(poly)[0])

    def _factored(self, poly: Poly, exponent: Fraction) -> tuple[Fraction, Monomial, Poly]:
        """`poly` as number * monomial * rest, where the power with `exponent` may be taken of each by itself.

        For a whole exponent every common factor comes out; for a fraction only what is positive, so that nothing is lost:
        sqrt(x^2) is not x.
        """
        cleared, below = self.cleared(poly, positive=exponent.denominator != 1)
        common = self.common(cleared, exponent.denominator != 1)
        rest = self.divided(cleared, common)
        lead = rest.terms[rest.leading()]
        if exponent.denominator == 1:
            number = Fraction(lead)
        else:
            found = self.sign(rest) if lead < 0 and len(rest.terms) == 1 else UNKNOWN
            number = abs(Fraction(lead))
            if found.relation == "<":
                self.conditions |= found.uses  # in a choice, that there is no value here decides which one is meant
                raise Undefined("a root of a negative number")
        outside = merge(common, tuple((g, -e) for g, e in below))
        return number, outside, rest.scale(1 / number)

    def common(self, poly: Poly, positive: bool) -> Monomial:
        """The greatest monomial that divides every term, of positive generators only if `positive` is asked for."""
        monomials = list(poly.terms)
        powers = dict(monomials[0])
        for monomial in monomials[1:]:
            here = dict(monomial)
            # An exponential divides everything; any other generator must occur in all terms.
            for g in powers | here:
                powers[g] = min(powers.get(g, 0), here.get(g, 0))
        kept = ((g, e) for g, e in powers.items() if e and g.kind not in ("delta", "where", "choice"))
        return monomial_of((g, e) for g, e in kept if not positive or self._positive(g))

    def _numeric_power(self, number: Fraction, exponent: Fraction) -> Poly:
        if exponent.denominator == 1:
            if abs(exponent.numerator) * bits(number) > MOST_BITS and abs(number) != 1:
                raise LimitError("D402", f"a number to the power {exponent}")
            return constant(number**exponent.numerator)
        result = POLY_ONE
        for prime, count in prime_factors(number):
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


def _by_degrees(poly: Poly) -> Callable[[Monomial], tuple[Coefficient, ...]]:
    """An order of monomials in the generators of `poly` that multiplication keeps: by one exponent after the other."""
    generators = sorted(poly.generators(), key=lambda g: g.key)

    def degrees(monomial: Monomial) -> tuple[Coefficient, ...]:
        powers = dict(monomial)
        return tuple(powers.get(g, 0) for g in generators)

    return degrees


def _is_whole(poly: Poly) -> bool:
    """Whether a polynomial takes whole numbers only: sizes and indices with whole coefficients."""
    return all(
        isinstance(c, int) and all(g.kind in ("size", "ordinal") and isinstance(e, int) and e > 0 for g, e in m)
        for m, c in poly.terms.items()
    )
