"""The table of functions: one row for each, and nothing about a function is said anywhere else.

A row gives the partial derivatives as terms of the arguments (Abramowitz and Stegun, chapters 4 and 7), the domain as
relations that must hold for the value to exist, the stronger relations for it to be differentiable, the sign of the value,
what the function means in terms of simpler ones, and its names in LaTeX, SymPy and mpmath. A new function is a new row.

    ln(u)    derivative 1/u    domain u > 0    LaTeX \\ln    SymPy log
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from derive.floor.terms import (
    ONE,
    TWO,
    ZERO,
    Add,
    Comparison,
    If,
    Mul,
    Neg,
    Pow,
    Size,
    Term,
    add,
    apply,
    div,
    mul,
    neg,
    number,
    power,
    rational,
)

Terms = tuple[Term, ...]


@dataclass(frozen=True)
class Function:
    """A row of the table.

    `derivatives(arguments)` are the partial derivatives by each argument in turn; `domain(arguments)` says where the value
    exists, `smooth(arguments)` what differentiability asks beyond the interior of the domain (away from a kink). `sign` is
    the relation of every value to 0 (`>`, `>=`), if there is one. `means(arguments)` is the same value by simpler functions.
    """

    name: str
    arity: int
    derivatives: Callable[[Terms], Terms]
    latex: str
    sympy: str
    mpmath: str
    rule: str  # the name of the rule that differentiates it
    domain: Callable[[Terms], tuple[Comparison, ...]] = lambda _: ()
    smooth: Callable[[Terms], tuple[Comparison, ...]] = lambda _: ()
    sign: str | None = None
    inverse: str | None = None
    means: Callable[[Terms], Term] | None = None
    odd: bool = False  # f(-u) = -f(u), and f(u) has the sign of u where `keeps_sign`
    even: bool = False  # f(-u) = f(u)
    keeps_sign: bool = False


class Power(Enum):
    """What x^y asks of x, for each form of y."""

    NATURAL = "nothing"
    WHOLE = "x != 0"
    ROOT = "x >= 0"
    REAL = "x > 0"


def power_kind(exponent: Term) -> Power:
    """What `^` means, decided by how the exponent is written and never by the value that it has at a point.

    What is made of whole numbers and sizes by +, -, * and ^ is a whole number: x^n is the product of n factors x, for any x,
    and x^0 is 1, also for x = 0. With a minus sign in it, it may be negative, and x must not be 0: x^(n - 1), x^(-2). With a
    fraction such as 1/2 it is a root, x >= 0, and x > 0 where the fraction is negative. Any other exponent asks for x > 0, and
    x^y is exp(y*ln(x)), also where y happens to be whole.
    """
    value = rational(exponent)
    if value is not None:
        if value.denominator == 1:
            return Power.NATURAL if value >= 0 else Power.WHOLE
        return Power.ROOT if value > 0 else Power.REAL
    if not is_whole(exponent):
        return Power.REAL
    return Power.NATURAL if is_whole(exponent, least=0) else Power.WHOLE


def is_whole(term: Term, least: int | None = None) -> bool:
    """Whether a term is a whole number by its form, or is made by +, * and ^ alone of such that are no less than `least`."""
    value = rational(term)
    if value is not None:
        return value.denominator == 1 and (least is None or value >= least)
    match term:
        case Size():
            return True
        case Add(parts) | Mul(parts):
            return all(is_whole(part, least) for part in parts)
        case Pow(base, exponent):
            return is_whole(base, least) and is_whole(exponent, least=0)
        case Neg(inner):
            return least is None and is_whole(inner)
    return False


def _over_ln(arguments: Terms) -> Terms:
    x, base = arguments
    by_x = div(ONE, mul(apply("ln", base), x))
    by_base = div(neg(apply("ln", x)), mul(base, power(apply("ln", base), TWO)))
    return by_x, by_base


def _positive(*terms: Term) -> tuple[Comparison, ...]:
    return tuple(Comparison(term, ">", ZERO) for term in terms)


def _nonzero(*terms: Term) -> tuple[Comparison, ...]:
    return tuple(Comparison(term, "!=", ZERO) for term in terms)


def _step(u: Term, v: Term) -> Term:
    return If(Comparison(u, ">", v), ONE, ZERO)


def _other(u: Term, v: Term) -> Term:
    # 1 less the step, also where the two are equal: a maximum that has a slope there has that of both.
    return If(Comparison(u, ">", v), ZERO, ONE)


def _exponentials(u: Term) -> tuple[Term, Term]:
    return apply("exp", u), apply("exp", neg(u))


def _tanh(u: Term) -> Term:
    up, down = _exponentials(u)
    return div(add(up, neg(down)), add(up, down))


TABLE: dict[str, Function] = {
    row.name: row
    for row in (
        Function("exp", 1, lambda a: (apply("exp", *a),), r"\exp", "exp", "exp", "exp", sign=">", inverse="ln"),
        Function(
            "ln", 1, lambda a: (div(ONE, a[0]),), r"\ln", "log", "log", "log",
            domain=lambda a: _positive(a[0]),
            inverse="exp",
        ),
        Function(
            "log", 2, _over_ln, r"\log", "log", "log", "log",
            domain=lambda a: (*_positive(*a), Comparison(a[1], "!=", ONE)),
            means=lambda a: div(apply("ln", a[0]), apply("ln", a[1])),
        ),
        Function(
            "sqrt", 1, lambda a: (div(ONE, mul(TWO, apply("sqrt", *a))),), r"\sqrt", "sqrt", "sqrt", "sqrt",
            domain=lambda a: (Comparison(a[0], ">=", ZERO),),
            smooth=lambda a: _positive(a[0]),
            sign=">=",
            means=lambda a: power(a[0], number("1/2")),
        ),
        Function("sin", 1, lambda a: (apply("cos", *a),), r"\sin", "sin", "sin", "sin", odd=True),
        Function("cos", 1, lambda a: (neg(apply("sin", *a)),), r"\cos", "cos", "cos", "cos", even=True),
        Function(
            "tan", 1, lambda a: (div(ONE, power(apply("cos", *a), TWO)),), r"\tan", "tan", "tan", "tan",
            domain=lambda a: _nonzero(apply("cos", *a)),
            means=lambda a: div(apply("sin", *a), apply("cos", *a)),
        ),
        Function(
            "sinh", 1, lambda a: (apply("cosh", *a),), r"\sinh", "sinh", "sinh", "sinh",
            means=lambda a: div(add(_exponentials(a[0])[0], neg(_exponentials(a[0])[1])), TWO),
            odd=True,
            keeps_sign=True,
        ),
        Function(
            "cosh", 1, lambda a: (apply("sinh", *a),), r"\cosh", "cosh", "cosh", "cosh",
            sign=">",
            means=lambda a: div(add(*_exponentials(a[0])), TWO),
        ),
        Function(
            "tanh", 1, lambda a: (add(ONE, neg(power(apply("tanh", *a), TWO))),), r"\tanh", "tanh", "tanh", "tanh",
            means=lambda a: _tanh(a[0]),
            odd=True,
            keeps_sign=True,
        ),
        Function(
            "sigmoid", 1, lambda a: (mul(apply("sigmoid", *a), add(ONE, neg(apply("sigmoid", *a)))),),
            r"\operatorname{sigmoid}", "sigmoid", "sigmoid", "sigmoid",
            sign=">",
            means=lambda a: div(ONE, add(ONE, apply("exp", neg(a[0])))),
        ),
        Function(
            "softplus", 1, lambda a: (apply("sigmoid", *a),), r"\operatorname{softplus}", "softplus", "softplus", "softplus",
            sign=">",
            means=lambda a: apply("ln", add(ONE, apply("exp", a[0]))),
        ),
        Function(
            "erf", 1, lambda a: (mul(div(TWO, apply("sqrt", apply("pi"))), apply("exp", neg(power(a[0], TWO)))),),
            r"\operatorname{erf}", "erf", "erf", "erf",
            odd=True,
            keeps_sign=True,
        ),
        Function(
            "abs", 1, lambda a: (div(a[0], apply("abs", *a)),), r"\operatorname{abs}", "Abs", "abs", "abs",
            smooth=lambda a: _nonzero(a[0]),
            sign=">=",
            even=True,
        ),
        Function(
            "max", 2, lambda a: (_step(a[0], a[1]), _other(a[0], a[1])), r"\max", "Max", "max", "max",
            smooth=lambda a: (Comparison(a[0], "!=", a[1]),),
        ),
        Function(
            "min", 2, lambda a: (_step(a[1], a[0]), _other(a[1], a[0])), r"\min", "Min", "min", "min",
            smooth=lambda a: (Comparison(a[0], "!=", a[1]),),
        ),
        Function("pi", 0, lambda a: (), r"\pi", "pi", "pi", "pi", sign=">"),
    )
}
"""Every function by its name; `pi` is a constant, a function of nothing."""

ALIASES = {"log": "ln"}
"""What a name means when it has one argument: log(x) is the natural logarithm."""
