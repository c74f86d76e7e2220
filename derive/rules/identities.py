"""The identities of functions: logarithm of a product, exponential of a sum, and so on.

None of them is trusted: the normal form checks each use, with its side conditions. Each is used from left to right as far as
it goes; a step in the other direction is checked by bringing both of its sides there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from derive import functions
from derive.arrange import same
from derive.rules.rule import Rewritten, Rule, Scope, plain
from derive.terms import (
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
    Sum,
    Term,
    add,
    apply,
    div,
    mul,
    neg,
    power,
)


def log_product(term: Term, scope: Scope) -> Rewritten | None:
    """ln(a*b) = ln(a) + ln(b); of a product over an index, the sum of the logarithms."""
    match term:
        case Apply("ln", (Mul(factors),)):
            return plain(add(*(apply("ln", f) for f in factors)))
        case Apply("ln", (Prod(index, excluded, body),)):
            return plain(Sum(index, excluded, apply("ln", body)))
        case Apply("ln", (Div(numerator, denominator),)) if isinstance(numerator, Mul) or numerator is ONE:
            top = ZERO if numerator is ONE else apply("ln", numerator)
            return plain(add(top, neg(apply("ln", denominator))))
    return None


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
        case Pow(Pow(base, Number(inner)), Number(outer)):
            return plain(power(base, Number(inner * outer)))
    return None


def root_product(term: Term, scope: Scope) -> Rewritten | None:
    """sqrt(a*b) = sqrt(a)*sqrt(b), sqrt(a/b) = sqrt(a)/sqrt(b)."""
    match term:
        case Apply("sqrt", (Mul(factors),)):
            return plain(mul(*(apply("sqrt", factor) for factor in factors)))
        case Apply("sqrt", (Div(numerator, denominator),)):
            top = ONE if numerator is ONE else apply("sqrt", numerator)
            return plain(div(top, apply("sqrt", denominator)))
    return None


def meaning(term: Term, scope: Scope) -> Rewritten | None:
    """tanh, sinh, cosh, sigmoid, softplus and tan by the functions that they are made of."""
    match term:
        case Apply(function, arguments) if function not in ("sqrt", "log"):
            row = functions.TABLE[function]
            return plain(None if row.means is None else row.means(arguments))
    return None


def pythagoras(term: Term, scope: Scope) -> Rewritten | None:
    """sin(a)^2 = 1 - cos(a)^2."""
    match term:
        case Pow(Apply("sin", (inner,)), Number(exponent)) if exponent == 2:
            return plain(add(ONE, neg(power(apply("cos", inner), term.exponent))))
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
    _row("log-power", "Logarithm of a power", "ln(a^n) = n*ln(a)", "ln(t^3) = 3*ln(t)", "DLMF 4.8.5", log_power, _POSITIVE,
         "a > 0", fails="a = -1, n = 2"),
    _row("log-exp", "Logarithm of an exponential", "ln(exp(a)) = a", "ln(exp(t)) = t", "DLMF 4.8.10", log_exp),
    _row("log-base", "Logarithm to a base", "log(a, b) = ln(a)/ln(b)", "log(t, 2) = ln(t)/ln(2)", "DLMF 4.2.9", log_base,
         _POSITIVE, "a > 0", "b > 0", "b != 1", fails="b = 1"),
    _row("exp-log", "Exponential of a logarithm", "exp(ln(a)) = a", "exp(ln(t)) = t", "DLMF 4.8.9", exp_log, _POSITIVE, "a > 0",
         fails="a = -1"),
    _row("exp-sum", "Exponential of a sum", "exp(a + b) = exp(a)*exp(b)", "exp(t + 2) = exp(t)*exp(2)", "DLMF 4.8.11", exp_sum),
    _row("exp-negative", "Exponential of a negative", "exp(-a) = 1/exp(a)", "exp(-t) = 1/exp(t)", "DLMF 4.8.11", exp_negative),
    _row("exp-power", "Power of an exponential", "exp(a)^n = exp(n*a)", "exp(t)^2 = exp(2*t)", "DLMF 4.8.12", exp_power),
    _row("root-power", "Root as a power", "sqrt(a) = a^(1/2)", "sqrt(t) = t^(1/2)", "DLMF 4.2.27", root_power, _POSITIVE,
         "a >= 0", fails="a = -1"),
    _row("root-product", "Root of a product", "sqrt(a*b) = sqrt(a)*sqrt(b)", "sqrt(2*t) = sqrt(2)*sqrt(t)", "DLMF 4.8.11",
         root_product, _POSITIVE, "a >= 0", "b >= 0", fails="a = -1, b = -1"),
    _row("meaning", "Functions by simpler ones",
         "tanh(a) = (exp(a) - exp(-a))/(exp(a) + exp(-a)), sigmoid(a) = 1/(1 + exp(-a)), …",
         "sigmoid(t) = 1/(1 + exp(-t))", "DLMF 4.28", meaning),
    _row("pythagoras", "Sine and cosine", "sin(a)^2 = 1 - cos(a)^2", "sin(t)^2 = 1 - cos(t)^2", "DLMF 4.21.12", pythagoras),
    _row("parity", "Odd and even functions", "sin(-a) = -sin(a), cos(-a) = cos(a), …", "sin(-t) = -sin(t)", "DLMF 4.17",
         parity),
)  # fmt: skip
"""The identities; `functions` is all of them together."""
