"""The table of functions: one row for each, and nothing about a function is said anywhere else.

A row gives the value in numbers, the partial derivatives as terms of the arguments (DLMF, chapters 4, 5 and 7), the domain as
relations that must hold for the value to exist, the stronger relations for it to be differentiable, what the function means in
terms of simpler ones, its sign and parity, and what it is called elsewhere. From the row come the rule that differentiates it,
the laws that it is what it means and that it is odd or even, its evaluation in floats, in many digits and in intervals, NumPy
and SymPy code, LaTeX, and what it is taken for by mistake:

    ln(u)    value log    derivative 1/u    domain u > 0    LaTeX \\ln    SymPy log

A new function is a new row. `tests/test_functions.py` compares what a row says with what else it says, so that a wrong
derivative, domain, sign or meaning does not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from derive.floor import terms as t
from derive.floor.frozen import Table, frozen
from derive.floor.terms import ONE, TWO, ZERO, Add, Apply, Comparison, If, Mul, Neg, Pow, Term, apply, number, rational

_IN_LATEX = ("arccos", "arcsin", "arctan", "cos", "cosh", "cot", "csc", "exp", "ln", "log", "max", "min", "pi", "sec", "sin",
             "sinh", "sqrt", "tan", "tanh")  # fmt: skip


def _of_that_name(name: str) -> Callable[..., Any]:
    return lambda m, *arguments: getattr(m, name)(*arguments)


@frozen
class Function:
    """A row of the table. What it says in terms takes the arguments; `value` takes numbers.

    The value is told twice, on purpose: what tries a proof at points must not compute by what the proof rests on.

    - `value(m, x)` is the value by the functions of m, which have mpmath's names (m.log, m.asin, m.psi). It has one, and a real
      one, where the domain holds; elsewhere it raises `ValueError` or `ZeroDivisionError`, or is complex or not finite.
    - `means` is the same by simpler functions of the table. What means something is evaluated, enclosed and compared
      by its meaning. What means nothing, or is to be enclosed by itself, names an `interval`: see `numbers.intervals`.
    - `exact(x)` is the value at a rational number where that is rational for a reason, never by rounding.
    - `derivatives` are the partial derivatives; None where the table has no function for them, and then no rule
      takes a derivative of the function apart.
    - `domain` says where there is a value, `smooth` what differentiability asks besides: to be away from
      a kink, and inside of a domain that has an end.
    - `sign` is the relation of every value to 0 (`>`, `>=`), if there is one. With `definite` it is 0 only where its argument
      is. `keeps_sign`: the value stands to 0 as the argument does. `odd`: f(-u) = -f(u); `even`: f(-u) = f(u).
    - `kin` are the functions for which it is taken by mistake, the likeliest first.
    - `latex` is what stands before the argument in LaTeX; `sympy` is SymPy's name, where it has one, and mpmath's too where no
      `value` is told. `numpy` is the name of NumPy's function where code is to call that, and not SymPy's of this value, or
      what it means.
    - `rule` is the name of the rule that differentiates it, `letters` are those of its arguments there, and at `fails_for` the
      rule does not hold. `source` is where it stands in the literature.
    """

    name: str
    arity: int
    value: Callable[..., Any] = _of_that_name
    derivatives: Callable[..., tuple[Term, ...]] | None = None
    means: Callable[..., Term] | None = None
    interval: str = ""
    exact: Callable[..., Fraction | None] = lambda *_: None
    domain: Callable[..., tuple[Comparison, ...]] = lambda *_: ()
    smooth: Callable[..., tuple[Comparison, ...]] = lambda *_: ()
    sign: str | None = None
    definite: bool = False
    keeps_sign: bool = False
    odd: bool = False
    even: bool = False
    kin: tuple[str, ...] = ()
    latex: str = ""
    sympy: str = ""
    numpy: str = ""
    rule: str = ""
    letters: str = "uv"
    fails_for: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        latex = rf"\{self.name}" if self.name in _IN_LATEX else rf"\operatorname{{{self.name}}}"
        value = _of_that_name(self.sympy) if self.value is _of_that_name else self.value
        for name, told in {"rule": self.rule or self.name, "latex": self.latex or latex, "value": value}.items():
            object.__setattr__(self, name, told)


class Power:
    """What x^y asks of x, for each form of y: how it stands to 0, if it matters."""

    NATURAL = ""
    WHOLE = "!="
    ROOT = ">="
    REAL = ">"


def power_kind(exponent: Term) -> str:
    """What `^` means, decided by how the exponent is written and never by the value that it has at a point.

    Made of whole numbers, sizes and indices by +, -, *, ^ it is a whole number: x^n is the product of n factors x, for any x,
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
        case t.Size() | t.Ordinal():
            return True
        case Add(parts) | Mul(parts):
            return all(is_whole(part, least) for part in parts)
        case Pow(base, exponent):
            return is_whole(base, least) and is_whole(exponent, least=0)
        case Neg(inner):
            return least is None and is_whole(inner)
    return False


def exact_root(value: Fraction, degree: int) -> Fraction | None:
    """The root of `value` if it is rational and found at once."""
    if value < 0 or degree > 16:
        return None
    try:
        parts = [round(part ** (1 / degree)) for part in (value.numerator, value.denominator)]
    except OverflowError:
        return None
    candidate = Fraction(parts[0], parts[1] or 1)
    return candidate if candidate**degree == value else None


def _at(values: dict[int, int]) -> Callable[[Fraction], Fraction | None]:
    """A function of which these values are known."""
    return lambda x: Fraction(values[x.numerator]) if x.denominator == 1 and x.numerator in values else None


def _positive(*terms: Term) -> tuple[Comparison, ...]:
    return tuple(Comparison(term, ">", ZERO) for term in terms)


def _nonzero(*terms: Term) -> tuple[Comparison, ...]:
    return tuple(Comparison(term, "!=", ZERO) for term in terms)


def _log_to(base: int) -> dict[str, Any]:
    """What is said of the logarithm to a fixed base."""
    return {
        "derivatives": lambda u: (ONE / (ln(number(base)) * u),), "means": lambda u: ln(u) / ln(number(base)),
        "domain": _positive, "kin": ("ln", "log10" if base == 2 else "log2"),
        "latex": rf"\log_{{{base}}}", "numpy": f"log{base}", "fails_for": "u = 0", "source": "DLMF 4.2(iii), 4.7.1",
    }  # fmt: skip


def _over(u: Term, v: Term) -> tuple[Term, Term]:
    """The derivatives of the larger of two; where they are equal, a maximum that has a slope has that of both."""
    above = Comparison(u, ">", v)
    return If(above, ONE, ZERO), If(above, ZERO, ONE)


def applied(name: str) -> Callable[..., Term]:
    return lambda *arguments: apply(name, *arguments)


exp, ln, sqrt, absolute, largest, smallest = map(applied, ("exp", "ln", "sqrt", "abs", "max", "min"))
sin, cos, sinh, cosh, tanh = map(applied, ("sin", "cos", "sinh", "cosh", "tanh"))
sigmoid, digamma, trigamma = map(applied, ("sigmoid", "digamma", "trigamma"))
half = number("1/2")


def _where_positive(name: str, *before: int) -> Callable[[Any, Any], Any]:
    """The function of that name for x > 0; elsewhere mpmath goes on, and the table does not."""
    return lambda m, x: getattr(m, name)(*before, x) if x > 0 else m.nan


TABLE: Mapping[str, Function] = Table({
    row.name: row
    for row in (
        # Exponentials and logarithms.
        Function("exp", 1, sympy="exp", derivatives=lambda u: (exp(u),), interval="exp", exact=_at({0: 1}), sign=">",
                 source="DLMF 4.7.4"),
        Function("ln", 1, sympy="log", derivatives=lambda u: (ONE / u,), domain=_positive, interval="ln", exact=_at({1: 0}),
                 rule="log", fails_for="u = 0", source="DLMF 4.7.1"),
        Function("log", 2, lambda m, x, base: m.log(x) / m.log(base) if base > 0 else m.nan,
                 derivatives=lambda u, v: (ONE / (ln(v) * u), -ln(u) / (v * ln(v) ** TWO)),
                 domain=lambda u, v: (*_positive(u, v), Comparison(v, "!=", ONE)), means=lambda u, v: ln(u) / ln(v),
                 sympy="log", letters="ub", source="DLMF 4.7.1"),
        Function("log2", 1, lambda m, x: m.log(x) / m.log(2), **_log_to(2)),
        Function("log10", 1, lambda m, x: m.log(x) / m.log(10), **_log_to(10)),
        Function("log1p", 1, lambda m, x: m.log1p(x), derivatives=lambda u: (ONE / (ONE + u),),
                 domain=lambda u: _positive(ONE + u), means=lambda u: ln(ONE + u), keeps_sign=True, kin=("ln", "expm1"),
                 numpy="log1p", fails_for="u = -1", source="chain rule, from ln(1 + u)"),
        Function("expm1", 1, lambda m, x: m.expm1(x), derivatives=lambda u: (exp(u),), means=lambda u: exp(u) - ONE,
                 keeps_sign=True, kin=("exp", "log1p"), numpy="expm1", source="sum rule, from exp(u) - 1"),
        Function("sqrt", 1, sympy="sqrt", derivatives=lambda u: (ONE / (TWO * sqrt(u)),),
                 domain=lambda u: (Comparison(u, ">=", ZERO),), smooth=_positive, means=lambda u: u**half, interval="sqrt",
                 exact=lambda x: exact_root(x, 2), sign=">=", definite=True, numpy="sqrt", fails_for="u = 0",
                 source="DLMF 4.7.7"),
        # Angles.
        Function("sin", 1, sympy="sin", derivatives=lambda u: (cos(u),), interval="sin", exact=_at({0: 0}), odd=True,
                 kin=("cos", "tan"), source="DLMF 4.20"),
        Function("cos", 1, sympy="cos", derivatives=lambda u: (-sin(u),), interval="cos", exact=_at({0: 1}), even=True,
                 kin=("sin", "tan"), source="DLMF 4.20"),
        Function("tan", 1, sympy="tan", derivatives=lambda u: (ONE / cos(u) ** TWO,), domain=lambda u: _nonzero(cos(u)),
                 means=lambda u: sin(u) / cos(u), odd=True, kin=("sin", "cos"), numpy="tan", source="DLMF 4.20"),
        Function("cot", 1, sympy="cot", derivatives=lambda u: (Neg(ONE) / sin(u) ** TWO,), domain=lambda u: _nonzero(sin(u)),
                 means=lambda u: cos(u) / sin(u), odd=True, kin=("tan", "csc"), fails_for="u = 0", source="DLMF 4.20"),
        Function("sec", 1, sympy="sec", derivatives=lambda u: (sin(u) / cos(u) ** TWO,), domain=lambda u: _nonzero(cos(u)),
                 means=lambda u: ONE / cos(u), even=True, kin=("csc", "cos"), source="DLMF 4.20"),
        Function("csc", 1, sympy="csc", derivatives=lambda u: (-cos(u) / sin(u) ** TWO,), domain=lambda u: _nonzero(sin(u)),
                 means=lambda u: ONE / sin(u), odd=True, kin=("sec", "sin"), fails_for="u = 0", source="DLMF 4.20"),
        # An arcsine and an arccosine have values on [-1, 1], and slopes inside of it.
        Function("arcsin", 1, sympy="asin", derivatives=lambda u: (ONE / sqrt(ONE - u**TWO),),
                 domain=lambda u: (Comparison(ONE - u**TWO, ">=", ZERO),), smooth=lambda u: _positive(ONE - u**TWO),
                 interval="arcsin", exact=_at({0: 0}), odd=True, keeps_sign=True, kin=("arccos", "arctan"), numpy="arcsin",
                 fails_for="u = 1", source="DLMF 4.24(ii)"),
        Function("arccos", 1, sympy="acos", derivatives=lambda u: (Neg(ONE) / sqrt(ONE - u**TWO),),
                 domain=lambda u: (Comparison(ONE - u**TWO, ">=", ZERO),), smooth=lambda u: _positive(ONE - u**TWO),
                 interval="arccos", exact=_at({1: 0}), sign=">=", kin=("arcsin", "arctan"), numpy="arccos", fails_for="u = 1",
                 source="DLMF 4.24(ii)"),
        Function("arctan", 1, sympy="atan", derivatives=lambda u: (ONE / (ONE + u**TWO),), interval="arctan", exact=_at({0: 0}),
                 odd=True, keeps_sign=True, kin=("arcsin", "artanh"), numpy="arctan", source="DLMF 4.24(ii)"),
        # Hyperbolic functions.
        Function("sinh", 1, sympy="sinh", derivatives=lambda u: (cosh(u),), means=lambda u: (exp(u) - exp(-u)) / TWO, odd=True,
                 keeps_sign=True, kin=("cosh", "tanh"), numpy="sinh", source="DLMF 4.34"),
        Function("cosh", 1, sympy="cosh", derivatives=lambda u: (sinh(u),), means=lambda u: (exp(u) + exp(-u)) / TWO, sign=">",
                 even=True, kin=("sinh", "tanh"), numpy="cosh", source="DLMF 4.34"),
        Function("tanh", 1, sympy="tanh", derivatives=lambda u: (ONE - tanh(u) ** TWO,),
                 means=lambda u: (exp(u) - exp(-u)) / (exp(u) + exp(-u)), odd=True, keeps_sign=True, kin=("sinh", "cosh"),
                 numpy="tanh", source="DLMF 4.34"),
        Function("arsinh", 1, sympy="asinh", derivatives=lambda u: (ONE / sqrt(ONE + u**TWO),),
                 means=lambda u: ln(u + sqrt(u**TWO + ONE)), odd=True, keeps_sign=True, kin=("artanh", "arctan"),
                 numpy="arcsinh", source="DLMF 4.37(iv), 4.38(ii)"),
        Function("artanh", 1, sympy="atanh", derivatives=lambda u: (ONE / (ONE - u**TWO),),
                 domain=lambda u: _positive(ONE - u**TWO), means=lambda u: ln((ONE + u) / (ONE - u)) / TWO, odd=True,
                 keeps_sign=True, kin=("arsinh", "arctan"), numpy="arctanh", fails_for="u = 1",
                 source="DLMF 4.37(iv), 4.38(ii)"),
        # What networks are made of.
        Function("sigmoid", 1, lambda m, x: 1 / (1 + m.exp(-x)), derivatives=lambda u: (sigmoid(u) * (ONE - sigmoid(u)),),
                 means=lambda u: ONE / (ONE + exp(-u)), sign=">", source="quotient rule, from 1/(1 + exp(-u))"),
        Function("softplus", 1, lambda m, x: m.log(1 + m.exp(x)), derivatives=lambda u: (sigmoid(u),),
                 means=lambda u: ln(ONE + exp(u)), sign=">", source="chain rule, from ln(1 + exp(u))"),
        # As for max: at u = 0 it has a slope only together with what is in it, and the step takes the branch that is 0.
        # Theorems that say its derivative are called relu, so the rule is not.
        Function("relu", 1, lambda m, x: max(x, 0 * x), derivatives=lambda u: _over(u, ZERO)[:1], smooth=_nonzero,
                 means=lambda u: largest(u, ZERO), sign=">=", kin=("softplus", "abs"), rule="rectifier", fails_for="u = 0",
                 source="from the two branches, away from 0"),
        # Error and gamma functions; the latter for positive arguments only, where lgamma is the logarithm of a number.
        Function("erf", 1, sympy="erf", derivatives=lambda u: (TWO / sqrt(apply("pi")) * exp(-u**TWO),), interval="erf",
                 exact=_at({0: 0}), odd=True, keeps_sign=True, source="DLMF 7.10.1"),
        Function("lgamma", 1, _where_positive("loggamma"), derivatives=lambda u: (digamma(u),), domain=_positive,
                 interval="lgamma", exact=_at({1: 0, 2: 0}), kin=("digamma",), sympy="loggamma", fails_for="u = 0",
                 source="DLMF 5.2.2"),
        Function("digamma", 1, _where_positive("psi", 0), derivatives=lambda u: (trigamma(u),), domain=_positive,
                 interval="digamma", kin=("trigamma", "lgamma"), sympy="digamma", fails_for="u = 0", source="DLMF 5.15"),
        # The table has no function for its derivative.
        Function("trigamma", 1, _where_positive("psi", 1), domain=_positive, interval="trigamma", sign=">", kin=("digamma",),
                 sympy="trigamma", source="DLMF 5.15"),
        # Choices.
        Function("abs", 1, lambda m, x: abs(x), derivatives=lambda u: (u / absolute(u),), smooth=_nonzero, interval="absolute",
                 exact=abs, sign=">=", definite=True, even=True, sympy="Abs", fails_for="u = 0",
                 source="from the two branches, away from 0"),
        # SymPy would have NumPy stack the arguments of a maximum, which must then have the same shape.
        Function("max", 2, lambda m, x, y: max(x, y), derivatives=lambda u, v: _over(u, v),
                 smooth=lambda u, v: (Comparison(u, "!=", v),), interval="maximum", exact=max, kin=("min",), sympy="Max",
                 numpy="maximum", fails_for="v = u", source="from the two branches, away from equality"),
        Function("min", 2, lambda m, x, y: min(x, y), derivatives=lambda u, v: _over(v, u),
                 smooth=lambda u, v: (Comparison(u, "!=", v),), interval="minimum", exact=min, kin=("max",), sympy="Min",
                 numpy="minimum", fails_for="v = u", source="from the two branches, away from equality"),
        Function("pi", 0, lambda m: m.pi, interval="pi", sign=">", sympy="pi", source="DLMF 3.12.1"),
    )
})  # fmt: skip
"""Every function by its name; `pi` is a constant, a function of nothing, and its interval one of so many bits."""
Apply.arities = Table({row.name: row.arity for row in TABLE.values()})
pi = apply("pi")
