"""Functions of the table: exp and ln taken apart, the others kept, and angles written by single ones in the zero test."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from derive.engine.normal.form import Form, Undefined, choices_in, prime_factors, refuse_deltas
from derive.engine.normal.polynomial import (
    POLY_ONE,
    POLY_ZERO,
    Generator,
    Monomial,
    Poly,
    constant,
    merge,
    monomial_key,
    single,
)
from derive.errors import LimitError
from derive.floor import functions
from derive.floor.terms import Div, Index, Mul, Pow, Term

CHOSEN = ("abs", "max", "min")  # the functions that are choices
MOST_TURNS = 16  # how many times a sine is written by that of a smaller angle


class Functions(Form):
    """Functions of terms and polynomials."""

    def _apply(self, function: str, arguments: tuple[Term, ...]) -> Poly:
        row = functions.TABLE[function]
        if not self.functions and arguments and function not in CHOSEN:
            if function == "sqrt":
                return self._kept_power(self.normal(arguments[0]), constant(Fraction(1, 2)))
            return self._kept_whole(function, tuple(self.normal(argument) for argument in arguments))
        if function == "ln":
            return self._ln(arguments[0])
        if function == "exp":
            return self.exp(self.normal(arguments[0]))
        if row.means is not None:
            return self.normal(row.means(*arguments))
        if function == "abs":
            inside, needs = self._with_needs(arguments[0])
            if inside:
                self._remember(inside, arguments[0], needs)
            return self._abs(self.tidy(inside))
        parts = tuple(self.tidy(self.normal(a)) for a in arguments)
        if not parts:
            # A derivation may have a symbol pi of its own: the constant is another generator.
            return single(Generator("constant", (function,), f"@{function}", frozenset(), 0))
        if function == "max":
            return self._larger(*parts)
        if function == "min":
            return self._larger(*(part.scale(-1) for part in parts)).scale(-1)
        return self._in_each_case(parts, lambda *inside: self._of_function(function, inside))

    def _kept_whole(self, name: str, parts: tuple[Poly, ...]) -> Poly:
        """A function of which no identity may be used, as a generator; `^` is a power whose exponent is no whole number."""
        tidied = tuple(map(self.tidy, parts))
        return self._in_each_case(tidied, lambda *inside: self._opaque("opaque", name, inside))

    def _kept_power(self, base: Poly, exponent: Poly) -> Poly:
        """Such a power; a^(-r) is 1/a^r, as it is without a reason wherever a/b is a*b^-1."""
        value = exponent.constant()
        if value is not None and value < 0:
            return self.raised(self._kept_power(base, exponent.scale(-1)), Fraction(-1))
        return self._kept_whole("^", (base, exponent))

    def _of_function(self, function: str, parts: tuple[Poly, ...]) -> Poly:
        """A function that is a generator of its own, of polynomials without choices; of -u by u where it is odd or even."""
        row = functions.TABLE[function]
        values = [part.constant() for part in parts]
        known = None if None in values else row.exact(*(Fraction(value or 0) for value in values))
        if known is not None:
            return constant(known)
        if (row.odd or row.even) and parts[0] and parts[0].terms[parts[0].leading()] < 0:
            return self._opaque("function", function, (parts[0].scale(-1),)).scale(-1 if row.odd else 1)
        return self._opaque("function", function, parts)

    def _opaque(self, kind: str, name: str, parts: tuple[Poly, ...]) -> Poly:
        key = f"{kind[0]}{name}({','.join(p.key for p in parts)})"
        indices = frozenset[Index]().union(*(p.indices() for p in parts))
        height = max((p.height() for p in parts), default=0)
        return single(Generator(kind, (name, *parts), key, indices, height))

    def exp(self, poly: Poly) -> Poly:
        """exp of a polynomial: a product of powers of exp of its monomials; exp(ln(a)) is a."""
        if choices_in(poly):
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
        if choices_in(poly):
            return self._in_each_case((poly,), self.ln)
        refuse_deltas(poly)
        cleared, below = self.cleared(self.tidy(poly), positive=True)
        common = self.common(cleared, positive=True)
        rest = self.divided(cleared, common)
        number = abs(Fraction(rest.terms[rest.leading()]))
        rest = rest.scale(1 / number)
        result: list[Poly] = []
        for prime, count in prime_factors(number):
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
            parts = unit
            if _is_pi(monomial):
                quarters = math.floor(2 * turned)
                turned -= Fraction(quarters, 2)
                for _ in range(quarters % 4):
                    sine, cosine = cosine, sine.scale(-1)
                parts = math.lcm(unit, 2)  # 2*pi/3 is a quarter turn and pi/6, no multiple of pi/3
            turns = abs(turned) * parts
            if turns.denominator != 1:
                raise LimitError("D406", f"{turned} turns of 1/{parts} of an angle")
            part = (Poly({monomial: Fraction(1, parts)}),)
            s, c = (self._opaque("function", name, part) for name in ("sin", "cos"))
            if turned < 0:
                s = s.scale(-1)
            for _ in range(turns.numerator):
                sine, cosine = self.times(sine, c) + self.times(cosine, s), self.times(cosine, c) - self.times(sine, s)
        return sine, cosine


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


def _sum_of_logarithm(generator: Generator) -> Poly | None:
    """The q of a sum over one index of ln(q); None for anything else."""
    if generator.kind == "sum" and len(generator.parts[0]) == 1:
        alone = generator.parts[1].single()
        if alone is not None and len(alone[0]) == 1 and alone[0][0][0].kind == "ln" and alone[0][0][1] == alone[1] == 1:
            inside: Poly = alone[0][0][0].parts[0]
            return inside
    return None
