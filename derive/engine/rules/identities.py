"""The identities of functions: logarithm of a product, exponential of a sum, powers, absolute values, angles, and so on.

None of them is trusted: the normal form checks each use, with its side conditions. Each is used from left to right as far as
it goes; a step in the other direction is checked by bringing both of its sides there.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

from derive.engine.arrange import same
from derive.engine.rules.sums import factors
from derive.floor import functions
from derive.floor.rule import Rewritten, Rule, Scope, plain
from derive.floor.terms import (
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Add,
    Apply,
    Div,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    add,
    apply,
    div,
    mul,
    neg,
    number,
    power,
)

LARGEST_FACTORED = 1_000_000


def log_product(term: Term, scope: Scope) -> Rewritten | None:
    """ln(a*b) = ln(a) + ln(b), ln(6) = ln(2) + ln(3); of a product over an index, the sum of the logarithms."""
    match term:
        case Apply("ln", (Number(value),)) if (divisor := _divisor(value)) is not None:
            return plain(add(apply("ln", Number(divisor)), apply("ln", Number(value / divisor))))
        case Apply("ln", (Mul(factors),)):
            return plain(add(*(apply("ln", f) for f in factors)))
        case Apply("ln", (Prod(index, excluded, body),)):
            return plain(Sum(index, excluded, apply("ln", body)))
        case Apply("ln", (Div(numerator, denominator),)) if isinstance(numerator, Mul) or numerator is ONE:
            top = ZERO if numerator is ONE else apply("ln", numerator)
            return plain(add(top, neg(apply("ln", denominator))))
    return None


def _divisor(value: Fraction) -> Fraction | None:
    """The least prime divisor of a whole number that is not prime; None where there is none, or the number is large."""
    if value.denominator != 1 or not 1 < value <= LARGEST_FACTORED:
        return None
    candidates = range(2, math.isqrt(value.numerator) + 1)
    return next((Fraction(divisor) for divisor in candidates if value.numerator % divisor == 0), None)


def log_quotient(term: Term, scope: Scope) -> Rewritten | None:
    """ln(a/b) = ln(a) - ln(b)."""
    match term:
        case Apply("ln", (Div(numerator, denominator),)):
            top = ZERO if numerator is ONE else apply("ln", numerator)
            return plain(add(top, neg(apply("ln", denominator))))
    return None


def log_power(term: Term, scope: Scope) -> Rewritten | None:
    """ln(a^n) = n*ln(a)."""
    match term:
        case Apply("ln", (Pow(base, exponent),)):
            return plain(mul(exponent, apply("ln", base)))
        case Apply("ln", (Apply("sqrt", (inner,)),)):
            return plain(div(apply("ln", inner), TWO))
        case Apply("ln", (Div(numerator, denominator),)) if numerator is ONE:
            return plain(neg(apply("ln", denominator)))
    return None


def log_exp(term: Term, scope: Scope) -> Rewritten | None:
    """ln(exp(a)) = a, ln(1) = 0."""
    match term:
        case Apply("ln", (Apply("exp", (inner,)),)):
            return plain(inner)
        case Apply("ln", (one,)) if one is ONE:
            return plain(ZERO)
    return None


def log_base(term: Term, scope: Scope) -> Rewritten | None:
    """log(a, b) = ln(a)/ln(b)."""
    match term:
        case Apply("log", (inner, base)):
            return plain(div(apply("ln", inner), apply("ln", base)))
    return None


def exp_log(term: Term, scope: Scope) -> Rewritten | None:
    """exp(ln(a)) = a, exp(0) = 1."""
    match term:
        case Apply("exp", (Apply("ln", (inner,)),)):
            return plain(inner)
        case Apply("exp", (Neg(Apply("ln", (inner,))),)):
            return plain(div(ONE, inner))
        case Apply("exp", (zero,)) if zero is ZERO:
            return plain(ONE)
    return None


def exp_sum(term: Term, scope: Scope) -> Rewritten | None:
    """exp(a + b) = exp(a)*exp(b), exp(a - b) = exp(a)*exp(-b), exp(0) = 1; of a sum over an index, the product."""
    match term:
        case Apply("exp", (Add(terms),)):
            return plain(mul(*(apply("exp", t) for t in terms)))
        case Apply("exp", (Sum(index, excluded, body),)):
            return plain(Prod(index, excluded, apply("exp", body)))
        case Apply("exp", (zero,)) if zero is ZERO:
            return plain(ONE)
        case Mul(factors):
            # exp(a)*exp(-a) = exp(0) = 1
            signs = [isinstance(factor, Neg) for factor in factors]
            bare = [factor.term if isinstance(factor, Neg) else factor for factor in factors]
            for one, other in itertools.combinations(range(len(bare)), 2):
                match bare[one], bare[other]:
                    case Apply("exp", (a,)), Apply("exp", (b,)) if same(add(a, b), ZERO):
                        rest = mul(*(factor for n, factor in enumerate(bare) if n not in (one, other)))
                        return plain(neg(rest) if sum(signs) % 2 else rest)
    return None


def exp_negative(term: Term, scope: Scope) -> Rewritten | None:
    """exp(-a) = 1/exp(a)."""
    match term:
        case Apply("exp", (Neg(inner),)):
            return plain(div(ONE, apply("exp", inner)))
        case Apply("exp", (Mul((Neg(first), *rest)),)):
            return plain(div(ONE, apply("exp", mul(first, *rest))))
        case Apply("exp", (Mul((Number(value), *rest)),)) if value < 0:
            return plain(div(ONE, apply("exp", neg(term.arguments[0]))))
    return None


def exp_power(term: Term, scope: Scope) -> Rewritten | None:
    """exp(a)^n = exp(n*a)."""
    match term:
        case Pow(Apply("exp", (inner,)), exponent):
            return plain(apply("exp", mul(exponent, inner)))
    return None


def root_power(term: Term, scope: Scope) -> Rewritten | None:
    """sqrt(a) = a^(1/2)."""
    match term:
        case Apply("sqrt", (inner,)):
            row = functions.TABLE["sqrt"]
            return plain(None if row.means is None else row.means((inner,)))
    return None


def root_product(term: Term, scope: Scope) -> Rewritten | None:
    """sqrt(a*b) = sqrt(a)*sqrt(b), sqrt(a/b) = sqrt(a)/sqrt(b), sqrt(12) = 2*sqrt(3)."""
    match term:
        case Apply("sqrt", (Number(value),)) if value.denominator == 1 and 1 < value <= LARGEST_FACTORED:
            roots = range(math.isqrt(value.numerator), 1, -1)
            root = next((root for root in roots if value.numerator % (root * root) == 0), None)
            rest = None if root is None else value / (root * root)
            return plain(None if root is None or rest is None else mul(number(root), *_root_of(rest)))
        case Apply("sqrt", (Mul(factors),)):
            return plain(mul(*(apply("sqrt", factor) for factor in factors)))
        case Apply("sqrt", (Div(numerator, denominator),)):
            top = ONE if numerator is ONE else apply("sqrt", numerator)
            return plain(div(top, apply("sqrt", denominator)))
    return None


def _root_of(value: Fraction) -> tuple[Term, ...]:
    return () if value == 1 else (apply("sqrt", Number(value)),)


def power_sum(term: Term, scope: Scope) -> Rewritten | None:
    """a^(m + n) = a^m*a^n, a^(m - n) = a^m/a^n, a^(-n) = 1/a^n; where one exponent is a fraction, a*a^(1/2) = a^(3/2)."""
    match term:
        case Mul() | Div():
            return plain(_joined_powers(term))
        case Pow(base, Add(terms)):
            above = [power(base, t) for t in terms if not isinstance(t, Neg)]
            below = [power(base, t.term) for t in terms if isinstance(t, Neg)]
            return plain(div(mul(*above), mul(*below)) if below else mul(*above))
        case Pow(base, Neg(exponent)):
            return plain(div(ONE, power(base, exponent)))
    return None


def _joined_powers(term: Term) -> Term | None:
    """A product in which two powers of one base are one, an exponent of theirs being a fraction."""
    above, below = factors(term)
    parts = [(*_root(part), sign) for sign, side in ((1, above), (-1, below)) for part in side]
    for one, other in itertools.combinations(range(len(parts)), 2):
        (base, m, up), (same_base, n, down) = parts[one], parts[other]
        if isinstance(base, Number) or m.denominator == n.denominator == 1 or not same(base, same_base):
            continue
        exponent = up * m + down * n
        over = [part for place, part in enumerate(above) if place not in (one, other)]
        under = [part for place, part in enumerate(below, len(above)) if place not in (one, other)]
        (over if exponent > 0 else under).extend(() if not exponent else (power(base, Number(abs(exponent))),))
        return div(mul(*over), mul(*under)) if under else mul(*over)
    return None


def _root(term: Term) -> tuple[Term, Fraction]:
    """A factor as a base and an exponent."""
    match term:
        case Apply("sqrt", (inner,)):
            return inner, Fraction(1, 2)
        case Pow(base, Number(exponent)):
            return base, exponent
    return term, Fraction(1)


def power_power(term: Term, scope: Scope) -> Rewritten | None:
    """(a^m)^n = a^(m*n)."""
    match term:
        case Pow(Pow(base, inner), outer):
            return plain(power(base, _multiplied(inner, outer)))
    return None


def _multiplied(left: Term, right: Term) -> Term:
    if isinstance(left, Number) and isinstance(right, Number):
        return Number(left.value * right.value)
    return mul(left, right)


def power_product(term: Term, scope: Scope) -> Rewritten | None:
    """(a*b)^n = a^n*b^n, (a/b)^n = a^n/b^n, (-a)^n = (-1)^n*a^n."""
    match term:
        case Pow(Mul(factors), exponent):
            return plain(mul(*(power(factor, exponent) for factor in factors)))
        case Pow(Div(numerator, denominator), exponent):
            top = ONE if numerator is ONE else power(numerator, exponent)
            return plain(div(top, power(denominator, exponent)))
        case Pow(Neg(inner), exponent) if inner is not ONE:
            return plain(mul(power(MINUS_ONE, exponent), power(inner, exponent)))
    return None


def abs_square(term: Term, scope: Scope) -> Rewritten | None:
    """abs(a)^2 = a^2, and so for every even exponent."""
    match term:
        case Pow(Apply("abs", (inner,)), Number(exponent)) if exponent.denominator == 1 and exponent.numerator % 2 == 0:
            return plain(Pow(inner, Number(exponent)))
        case Mul(factors):
            for one, other in itertools.combinations(range(len(factors)), 2):
                match factors[one], factors[other]:
                    case Apply("abs", (a,)), Apply("abs", (b,)) if same(a, b):
                        rest = (factor for n, factor in enumerate(factors) if n not in (one, other))
                        return plain(mul(power(a, TWO), *rest))
    return None


def root_square(term: Term, scope: Scope) -> Rewritten | None:
    """sqrt(a^2) = abs(a), and so for the power of any even one."""
    match term:
        case Apply("sqrt", (Pow(base, Number(exponent)),)) if exponent.denominator == 1 and exponent.numerator % 2 == 0:
            return plain(power(apply("abs", base), Number(exponent / 2)))
        case Apply("sqrt", (Mul((a, b)),)) if same(a, b):
            return plain(apply("abs", a))
        case Pow(Pow(base, Number(inner)), Number(outer)) if inner.denominator == 1 and inner.numerator % 2 == 0:
            return plain(power(apply("abs", base), Number(inner * outer)))
    return None


def abs_product(term: Term, scope: Scope) -> Rewritten | None:
    """abs(a*b) = abs(a)*abs(b), abs(a/b) = abs(a)/abs(b), abs(a^n) = abs(a)^n."""
    match term:
        case Apply("abs", (Mul(factors),)):
            return plain(mul(*map(_absolute, factors)))
        case Apply("abs", (Div(numerator, denominator),)):
            return plain(div(_absolute(numerator), _absolute(denominator)))
        case Apply("abs", (Pow(base, exponent),)):
            return plain(power(_absolute(base), exponent))
    return None


def _absolute(term: Term) -> Term:
    match term:
        case Neg(inner):
            return _absolute(inner)
        case Number(value):
            return Number(abs(value))
        case Size():
            return term
    return apply("abs", term)


def double_angle(term: Term, scope: Scope) -> Rewritten | None:
    """sin(2*a) = 2*sin(a)*cos(a), cos(2*a) = cos(a)^2 - sin(a)^2, and so for tan, sinh, cosh and tanh."""
    match term:
        case Apply(function, (Mul(factors),)) if function in _ANGLES:
            for position, factor in enumerate(factors):
                if isinstance(factor, Number) and factor.value.denominator == 1 and factor.value.numerator % 2 == 0:
                    half = mul(*factors[:position], Number(factor.value / 2), *factors[position + 1 :])
                    return plain(_by_addition(function, half, half))
    return None


def angle_sum(term: Term, scope: Scope) -> Rewritten | None:
    """sin(a + b) = sin(a)*cos(b) + cos(a)*sin(b), cos(a + b) = cos(a)*cos(b) - sin(a)*sin(b), and so for the others."""
    match term:
        case Apply(function, (Add((first, *rest)),)) if function in _ANGLES:
            return plain(_by_addition(function, first, add(*rest)))
    return None


_ANGLES = {"sin": ("sin", "cos", -1), "cos": ("sin", "cos", -1), "sinh": ("sinh", "cosh", 1), "cosh": ("sinh", "cosh", 1),
           "tan": ("tan", "tan", -1), "tanh": ("tanh", "tanh", 1)}  # fmt: skip
"""The odd and the even function of each pair, and the sign in the theorem for the even one."""


def _by_addition(function: str, left: Term, right: Term) -> Term:
    """The addition theorem, with the parity of the functions; squares and doubles where both angles are one."""
    odd, even, sign = _ANGLES[function]
    twice = left is right
    s, t = _odd(odd, left), _odd(odd, right)
    c, d = _even(even, left), _even(even, right)
    square = power(s, TWO) if twice else mul(s, t)
    if odd == even:
        total = mul(TWO, s) if twice else add(s, t)
        return div(total, add(ONE, square if sign > 0 else neg(square)))
    if function == odd:
        return mul(TWO, s, c) if twice else add(mul(s, d), mul(c, t))
    first = power(c, TWO) if twice else mul(c, d)
    return add(first, square if sign > 0 else neg(square))


def _odd(function: str, angle: Term) -> Term:
    return neg(apply(function, angle.term)) if isinstance(angle, Neg) else apply(function, angle)


def _even(function: str, angle: Term) -> Term:
    return apply(function, angle.term if isinstance(angle, Neg) else angle)


def meaning(term: Term, scope: Scope) -> Rewritten | None:
    """A function by the simpler ones that it is made of: tanh, sigmoid, cot, arsinh and so on."""
    match term:
        case Apply(function, arguments) if function not in ("sqrt", "log"):
            row = functions.TABLE[function]
            return plain(None if row.means is None else row.means(arguments))
    return None


def pythagoras(term: Term, scope: Scope) -> Rewritten | None:
    """sin(a)^2 = 1 - cos(a)^2, also in higher powers."""
    match term:
        case Pow(Apply("sin", (inner,)) as sine, Number(exponent)) if exponent.denominator == 1 and exponent >= 2:
            square = add(ONE, neg(power(apply("cos", inner), TWO)))
            return plain(square if exponent == 2 else mul(square, power(sine, Number(exponent - 2))))
    return None


def parity(term: Term, scope: Scope) -> Rewritten | None:
    """f(-a) = -f(a) for odd functions, f(-a) = f(a) for even ones."""
    match term:
        case Apply(function, (Neg(inner),)):
            row = functions.TABLE[function]
            if row.odd:
                return plain(neg(apply(function, inner)))
            if row.even:
                return plain(apply(function, inner))
    return None


_POSITIVE = "variable t > 0, a > 0, b > 0"
_REAL = "variable a, b, t"
_MODULUS = "Rudin, Principles of Mathematical Analysis, theorem 1.33"


def _row(
    name: str,
    title: str,
    states: str,
    example: str,
    source: str,
    rewrite: Callable[[Term, Scope], Rewritten | None],
    declares: str = _REAL,
    *given: str,
    fails: str = "",
) -> Rule:
    return Rule(name, title, states, example, source, rewrite, given, fails, declares, family="functions")


RULES = (
    _row("log-product", "Logarithm of a product", "ln(a*b) = ln(a) + ln(b)", "ln(2*t) = ln(2) + ln(t)", "DLMF 4.8.1",
         log_product, _POSITIVE, "a > 0", "b > 0", fails="a = -1, b = -1"),
    _row("log-quotient", "Logarithm of a quotient", "ln(a/b) = ln(a) - ln(b)", "ln(t/2) = ln(t) - ln(2)", "DLMF 4.8.3",
         log_quotient, _POSITIVE, "a > 0", "b > 0", fails="a = -1, b = -1"),
    _row("log-power", "Logarithm of a power", "ln(a^n) = n*ln(a)", "ln(t^3) = 3*ln(t)", "DLMF 4.8.13", log_power, _POSITIVE,
         "a > 0", fails="a = -1, n = 2"),
    _row("log-exp", "Logarithm of an exponential", "ln(exp(a)) = a", "ln(exp(t)) = t", "DLMF 4.8.10", log_exp),
    _row("log-base", "Logarithm to a base", "log(a, b) = ln(a)/ln(b)", "log(t, 2) = ln(t)/ln(2)", "DLMF 4.2.9", log_base,
         _POSITIVE, "a > 0", "b > 0", "b != 1", fails="b = 1"),
    _row("exp-log", "Exponential of a logarithm", "exp(ln(a)) = a", "exp(ln(t)) = t", "DLMF 4.8.9", exp_log, _POSITIVE, "a > 0",
         fails="a = -1"),
    _row("exp-sum", "Exponential of a sum", "exp(a + b) = exp(a)*exp(b)", "exp(t + 2) = exp(t)*exp(2)", "DLMF 4.8.16", exp_sum),
    _row("exp-negative", "Exponential of a negative", "exp(-a) = 1/exp(a)", "exp(-t) = 1/exp(t)", "DLMF 4.8.16", exp_negative),
    _row("exp-power", "Power of an exponential", "exp(a)^n = exp(n*a)", "exp(t)^2 = exp(2*t)", "DLMF 4.8.17", exp_power),
    _row("root-power", "Root as a power", "sqrt(a) = a^(1/2)", "sqrt(t) = t^(1/2)", "DLMF 4.2.27", root_power, _POSITIVE,
         "a >= 0", fails="a = -1"),
    _row("root-product", "Root of a product", "sqrt(a*b) = sqrt(a)*sqrt(b)", "sqrt(2*t) = sqrt(2)*sqrt(t)", "DLMF 4.8.15",
         root_product, _POSITIVE, "a >= 0", "b >= 0", fails="a = -1, b = -1"),
    _row("root-square", "Root of a square", "sqrt(a^2) = abs(a)", "sqrt(t^2) = abs(t)", _MODULUS, root_square),
    _row("power-sum", "Power with a sum", "a^(m + n) = a^m*a^n", "t^(a + b) = t^a*t^b", "DLMF 4.8.14", power_sum, _POSITIVE,
         "a > 0", "or else m and n whole, and a not 0 where one is negative", fails="a = -1, m = 1/2, n = 1/2"),
    _row("power-power", "Power of a power", "(a^m)^n = a^(m*n)", "(t^a)^b = t^(a*b)", "DLMF 4.8.17", power_power, _POSITIVE,
         "a > 0", "or else m and n whole, and a not 0 where one is negative", fails="a = -1, m = 2, n = 1/2"),
    _row("power-product", "Power of a product", "(a*b)^n = a^n*b^n", "(a*t)^b = a^b*t^b", "DLMF 4.8.15", power_product,
         _POSITIVE, "a > 0", "b > 0", "or else n whole", fails="a = -1, b = -1, n = 1/2"),
    _row("abs-square", "Square of an absolute value", "abs(a)^2 = a^2", "abs(t)^2 = t^2", _MODULUS, abs_square),
    _row("abs-product", "Absolute value of a product", "abs(a*b) = abs(a)*abs(b)", "abs(2*t) = 2*abs(t)", _MODULUS,
         abs_product),
    _row("double-angle", "Double angle", "sin(2*a) = 2*sin(a)*cos(a), cos(2*a) = cos(a)^2 - sin(a)^2, …",
         "sin(2*t) = 2*sin(t)*cos(t)", "DLMF 4.21(iii), 4.35(iii)", double_angle),
    _row("angle-sum", "Addition theorems",
         "sin(a + b) = sin(a)*cos(b) + cos(a)*sin(b), cos(a + b) = cos(a)*cos(b) - sin(a)*sin(b), …",
         "sin(t + 2) = sin(t)*cos(2) + cos(t)*sin(2)", "DLMF 4.21(i), 4.35(i)", angle_sum),
    _row("meaning", "Functions by simpler ones",
         "tanh(a) = (exp(a) - exp(-a))/(exp(a) + exp(-a)), sigmoid(a) = 1/(1 + exp(-a)), …",
         "sigmoid(t) = 1/(1 + exp(-t))", "DLMF 4.28", meaning),
    _row("pythagoras", "Sine and cosine", "sin(a)^2 = 1 - cos(a)^2", "sin(t)^2 = 1 - cos(t)^2", "DLMF 4.21.12", pythagoras),
    _row("parity", "Odd and even functions", "sin(-a) = -sin(a), cos(-a) = cos(a), …", "sin(-t) = -sin(t)", "DLMF 4.17",
         parity),
)  # fmt: skip
"""The identities; `functions` is all of them together."""
