"""The identities of functions: logarithm of a product, exponential of a sum, powers, absolute values, angles, and so on.

A rule rewrites by the laws of its name, from left to right, as far as they go; a step in the other direction is checked by
bringing both of its sides there. What is no single instance of a law is a function here: it makes of a term what the rule
makes of it, or writes it as the laws see it. Nothing here is trusted: the kernel checks each use, with its side conditions.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from derive.engine.arrange import same
from derive.engine.rules.by_laws import Piece, RuleOfLaws, Writer, by_laws, laws_of, left_to_right
from derive.engine.rules.rule import Rule
from derive.engine.rules.sums import factors
from derive.floor import terms as t
from derive.floor.functions import TABLE
from derive.floor.laws import Law
from derive.floor.ranges import apart
from derive.floor.theory import Theory

LARGEST_FACTORED = 1_000_000
_NOTHING = Theory()

# --- logarithms and exponentials -------------------------------------------------------------------------------------


def over_an_index(term: t.Term) -> t.Term | None:
    """ln(prod(f[i], i)) = sum(ln(f[i]), i), exp(sum(f[i], i)) = prod(exp(f[i]), i)."""
    match term:
        case t.Apply("ln", (t.Prod(),)) | t.Apply("exp", (t.Sum(),)):
            return apart(term, None, _NOTHING)[0]
    return None


def as_product(term: t.Term) -> t.Term | None:
    """ln(12) = ln(2*6)."""
    match term:
        case t.Apply("ln", (t.Number(value),)) if value.denominator == 1 and 1 < value <= LARGEST_FACTORED:
            candidates = range(2, math.isqrt(value.numerator) + 1)
            divisor = next((divisor for divisor in candidates if value.numerator % divisor == 0), None)
            return None if divisor is None else t.apply("ln", t.Mul((t.number(divisor), t.Number(value / divisor))))
    return None


def of_product_by(term: t.Term) -> t.Term | None:
    """ln(a*b/c) = ln(a*b) - ln(c), ln(1/c) = -ln(c)."""
    match term:
        case t.Apply("ln", (t.Div(numerator, _),)) if isinstance(numerator, t.Mul) or numerator is t.ONE:
            return _of_quotient(term)
    return None


_of_quotient = left_to_right(laws_of("log-quotient")[0])


def as_power(term: t.Term) -> t.Term | None:
    """ln(1/a) = ln(a^(-1))."""
    match term:
        case t.Apply("ln", (t.Div(numerator, denominator),)) if numerator is t.ONE:
            return t.apply("ln", t.Pow(denominator, t.MINUS_ONE))
    return None


def of_negative_logarithm(term: t.Term) -> t.Term | None:
    """exp(-ln(a)) = 1/a."""
    match term:
        case t.Apply("exp", (t.Neg(t.Apply("ln", (inner,))),)):
            return t.div(t.ONE, inner)
    return None


def opposites(term: t.Term) -> t.Term | None:
    """exp(a)*exp(-a) = exp(0) = 1, among the factors of a product."""
    if not isinstance(term, t.Mul):
        return None
    signs = [isinstance(factor, t.Neg) for factor in term.factors]
    bare = [factor.term if isinstance(factor, t.Neg) else factor for factor in term.factors]
    for one, other in itertools.combinations(range(len(bare)), 2):
        match bare[one], bare[other]:
            case t.Apply("exp", (a,)), t.Apply("exp", (b,)) if same(t.add(a, b), t.ZERO):
                rest = t.mul(*(factor for n, factor in enumerate(bare) if n not in (one, other)))
                return t.neg(rest) if sum(signs) % 2 else rest
    return None


def as_negative(term: t.Term) -> t.Term | None:
    """exp(-a*b) = exp(-(a*b))."""
    match term:
        case t.Apply("exp", (t.Mul((first, *_)) as inside,)) if isinstance(first, t.Neg) or (t.rational(first) or 0) < 0:
            return t.apply("exp", t.Neg(t.neg(inside)))
    return None


# --- powers and roots ------------------------------------------------------------------------------------------------


def roots_joined(term: t.Term) -> t.Term | None:
    """a*a^(1/2) = a^(3/2): a product in which two powers of one base are one, an exponent of theirs being a fraction."""
    if not isinstance(term, t.Mul | t.Div):
        return None
    above, below = factors(term)
    parts = [(*_as_power(part), sign) for sign, side in ((1, above), (-1, below)) for part in side]
    for one, other in itertools.combinations(range(len(parts)), 2):
        (base, m, up), (same_base, n, down) = parts[one], parts[other]
        if isinstance(base, t.Number) or m.denominator == n.denominator == 1 or not same(base, same_base):
            continue
        exponent = up * m + down * n
        over = [part for place, part in enumerate(above) if place not in (one, other)]
        under = [part for place, part in enumerate(below, len(above)) if place not in (one, other)]
        (over if exponent > 0 else under).extend(() if not exponent else (t.power(base, t.Number(abs(exponent))),))
        return t.div(t.mul(*over), t.mul(*under))
    return None


def _as_power(factor: t.Term) -> tuple[t.Term, Fraction]:
    match factor:
        case t.Apply("sqrt", (inner,)):
            return inner, Fraction(1, 2)
        case t.Pow(base, t.Number(exponent)):
            return base, exponent
    return factor, Fraction(1)


def of_difference(term: t.Term) -> t.Term | None:
    """a^(m - n) = a^m/a^n."""
    match term:
        case t.Pow(base, t.Add(terms)) if any(isinstance(part, t.Neg) for part in terms):
            above = (t.power(base, part) for part in terms if not isinstance(part, t.Neg))
            return t.div(t.mul(*above), t.mul(*(t.power(base, part.term) for part in terms if isinstance(part, t.Neg))))
    return None


def with_sign_apart(term: t.Term) -> t.Term | None:
    """(-a)^n = ((-1)*a)^n."""
    match term:
        case t.Pow(t.Neg(inner), exponent) if inner is not t.ONE:
            return t.Pow(t.Mul((t.MINUS_ONE, inner)), exponent)
    return None


def square_out(term: t.Term) -> t.Term | None:
    """sqrt(12) = 2*sqrt(3)."""
    match term:
        case t.Apply("sqrt", (t.Number(value),)) if value.denominator == 1 and 1 < value <= LARGEST_FACTORED:
            roots = range(math.isqrt(value.numerator), 1, -1)
            root = next((root for root in roots if value.numerator % root**2 == 0), None)
            if root is not None:
                return t.number(root) if value == root**2 else t.mul(t.number(root), t.apply("sqrt", t.Number(value / root**2)))
    return None


def root_of_even_power(term: t.Term) -> t.Term | None:
    """sqrt(a^4) = abs(a)^2, (a^2)^(3/2) = abs(a)^3, sqrt(a*a) = abs(a)."""
    match term:
        case t.Apply("sqrt", (t.Pow(base, t.Number() as even),)) if _is_even(even):
            return t.power(t.apply("abs", base), t.Number(even.value / 2))
        case t.Apply("sqrt", (t.Mul((a, b)),)) if same(a, b):
            return t.apply("abs", a)
        case t.Pow(t.Pow(base, t.Number() as even), t.Number(outer)) if _is_even(even):
            return t.power(t.apply("abs", base), t.Number(even.value * outer))
    return None


def _is_even(exponent: t.Number) -> bool:
    return exponent.value.denominator == 1 and exponent.value.numerator % 2 == 0


# --- absolute values -------------------------------------------------------------------------------------------------


def even_power_of_absolute(term: t.Term) -> t.Term | None:
    """abs(a)^4 = a^4, abs(a)*abs(a) = a^2."""
    match term:
        case t.Pow(t.Apply("abs", (inner,)), t.Number() as even) if _is_even(even):
            return t.Pow(inner, even)
        case t.Mul(parts):
            for one, other in itertools.combinations(range(len(parts)), 2):
                match parts[one], parts[other]:
                    case t.Apply("abs", (a,)), t.Apply("abs", (b,)) if same(a, b):
                        return t.mul(t.power(a, t.TWO), *(part for n, part in enumerate(parts) if n not in (one, other)))
    return None


def absolute(function: str, term: t.Term) -> t.Term:
    """abs(term), where that is no number or size, without the sign."""
    match term:
        case t.Neg(inner):
            return absolute(function, inner)
        case t.Number(value):
            return t.Number(abs(value))
        case t.Size() | t.Ordinal():
            return term
    return t.apply(function, term)


# --- angles ----------------------------------------------------------------------------------------------------------


def as_double(term: t.Term) -> t.Term | None:
    """sin(4*a) = sin(2*(2*a))."""
    match term:
        case t.Apply(function, (t.Mul(parts),)):
            for position, part in enumerate(parts):
                if isinstance(part, t.Number) and _is_even(part):
                    half = t.mul(*parts[:position], t.Number(part.value / 2), *parts[position + 1 :])
                    return t.apply(function, t.Mul((t.TWO, half)))
    return None


def by_parity(function: str, angle: t.Term) -> t.Term:
    """The function of an angle, its sign taken out."""
    if not isinstance(angle, t.Neg):
        return t.apply(function, angle)
    return t.neg(t.apply(function, angle.term)) if TABLE[function].odd else t.apply(function, angle.term)


def square_apart(term: t.Term) -> t.Term | None:
    """sin(a)^5 = sin(a)^2*sin(a)^3."""
    match term:
        case t.Pow(t.Apply("sin") as sine, t.Number(exponent)) if exponent.denominator == 1 and exponent > 2:
            return t.mul(t.power(sine, t.TWO), t.power(sine, t.Number(exponent - 2)))
    return None


# --- the rules -------------------------------------------------------------------------------------------------------

_POSITIVE = "variable t > 0, a > 0, b > 0"
_REAL = "variable a, b, t"
_ELSE_M_AND_N = "or else m and n whole, and a not 0 where one is negative"
_MODULUS = "Rudin, Principles of Mathematical Analysis, theorem 1.33"


def _row(
    name: str,
    title: str,
    example: str,
    source: str,
    declares: str = _REAL,
    *given: str,
    fails: str = "",
    laws: tuple[Law, ...] = (),
    pieces: tuple[Piece, ...] = (),
    seen: Piece | None = None,
    write: Writer = t.apply,
) -> Rule:
    """The rule that rewrites by the laws of its name, or those that are named, and by `pieces`; see `by_laws`."""
    laws = laws or laws_of(name)
    rewrite = by_laws(laws, *pieces, seen=seen, write=write)
    return RuleOfLaws(name, title, example, source, rewrite, given, fails, declares, family="functions", laws=laws)


RULES = (
    _row("log-product", "Logarithm of a product", "ln(2*t) = ln(2) + ln(t)", "DLMF 4.8.1", _POSITIVE, "a > 0", "b > 0",
         fails="a = -1, b = -1", seen=as_product, pieces=(over_an_index, of_product_by)),
    _row("log-quotient", "Logarithm of a quotient", "ln(t/2) = ln(t) - ln(2)", "DLMF 4.8.3", _POSITIVE, "a > 0", "b > 0",
         fails="a = -1, b = -1"),
    _row("log-power", "Logarithm of a power", "ln(t^3) = 3*ln(t)", "DLMF 4.8.13", _POSITIVE, "a > 0", fails="a = -1, m = 2",
         laws=laws_of("log-power", but=("ln(abs(a))",)), seen=as_power),
    _row("log-exp", "Logarithm of an exponential", "ln(exp(t)) = t", "DLMF 4.8.10"),
    _row("log-base", "Logarithm to a base", "log(t, 2) = ln(t)/ln(2)", "DLMF 4.2.9", _POSITIVE, "a > 0", "b > 0", "b != 1",
         fails="b = 1", laws=laws_of("meaning", only=("log(a, b)",))),
    _row("exp-log", "Exponential of a logarithm", "exp(ln(t)) = t", "DLMF 4.8.9", _POSITIVE, "a > 0", fails="a = -1",
         laws=(*laws_of("exp-log"), *laws_of("exp-sum", only=("exp(0)",))), pieces=(of_negative_logarithm,)),
    _row("exp-sum", "Exponential of a sum", "exp(t + 2) = exp(t)*exp(2)", "DLMF 4.8.16", pieces=(over_an_index, opposites)),
    _row("exp-negative", "Exponential of a negative", "exp(-t) = 1/exp(t)", "DLMF 4.8.16", seen=as_negative),
    _row("exp-power", "Power of an exponential", "exp(t)^2 = exp(2*t)", "DLMF 4.8.17",
         laws=tuple(Law(law.rule, law.right, law.left) for law in laws_of("exp-power"))),
    _row("root-power", "Root as a power", "sqrt(t) = t^(1/2)", "DLMF 4.2.27", _POSITIVE, "a >= 0", fails="a = -1"),
    _row("root-product", "Root of a product", "sqrt(2*t) = sqrt(2)*sqrt(t)", "DLMF 4.8.15", _POSITIVE, "a >= 0", "b >= 0",
         fails="a = -1, b = -1", pieces=(square_out,)),
    _row("root-square", "Root of a square", "sqrt(t^2) = abs(t)", _MODULUS, laws=laws_of("root-square", but=("sqrt(a)^2",)),
         pieces=(root_of_even_power,)),
    _row("power-sum", "Power with a sum", "t^(a + b) = t^a*t^b", "DLMF 4.8.14", _POSITIVE, "a > 0", _ELSE_M_AND_N,
         fails="a = -1, m = 1/2, n = 1/2", pieces=(roots_joined, of_difference)),
    _row("power-power", "Power of a power", "(t^a)^b = t^(a*b)", "DLMF 4.8.17", _POSITIVE, "a > 0", _ELSE_M_AND_N,
         fails="a = -1, m = 2, n = 1/2"),
    _row("power-product", "Power of a product", "(a*t)^b = a^b*t^b", "DLMF 4.8.15", _POSITIVE, "a > 0", "b > 0",
         "or else m whole", fails="a = -1, b = -1, m = 1/2", seen=with_sign_apart),
    _row("abs-square", "Square of an absolute value", "abs(t)^2 = t^2", _MODULUS, pieces=(even_power_of_absolute,)),
    _row("abs-product", "Absolute value of a product", "abs(2*t) = 2*abs(t)", _MODULUS, write=absolute),
    _row("double-angle", "Double angle", "sin(2*t) = 2*sin(t)*cos(t)", "DLMF 4.21(iii), 4.35(iii)", seen=as_double,
         write=by_parity),
    _row("angle-sum", "Addition theorems", "sin(t + 2) = sin(t)*cos(2) + cos(t)*sin(2)", "DLMF 4.21(i), 4.35(i)",
         write=by_parity),
    _row("meaning", "Functions by simpler ones", "sigmoid(t) = 1/(1 + exp(-t))", "DLMF 4.28",
         laws=laws_of("meaning", but=("sqrt(a)", "log(a, b)"))),
    _row("pythagoras", "Sine and cosine", "sin(t)^2 = 1 - cos(t)^2", "DLMF 4.21.12",
         laws=laws_of("pythagoras", but=("sinh(a)^2",)), pieces=(square_apart,)),
    _row("parity", "Odd and even functions", "sin(-t) = -sin(t)", "DLMF 4.17",
         laws=tuple(law for law in laws_of("parity") if law.letters)),
)  # fmt: skip
"""The identities; `functions` is all of them together."""
