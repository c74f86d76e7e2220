"""The laws of functions and powers: equations that hold wherever both sides have a value and what is given holds.

    Law("log-product", ln(a*b), ln(a) + ln(b))          a and b positive, or the right side has no value

The letters a, b, m, n stand for any values. A law is used as an instance, with terms for its letters: see `kernel.law`. The
kernel believes these rows and no others; that they hold is tried at points and at the borders of both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from derive.floor.conditions import Condition, Conditions
from derive.floor.functions import TABLE
from derive.floor.terms import (
    ONE,
    TWO,
    ZERO,
    Comparison,
    Entry,
    If,
    Pow,
    Term,
    add,
    apply,
    div,
    entry_names,
    mul,
    neg,
    number,
    scalar,
    substitute,
)


@dataclass(frozen=True)
class Law:
    """left = right where `given` holds. `rule` is what licenses it."""

    rule: str
    left: Term
    right: Term
    given: tuple[Comparison, ...] = ()

    @property
    def letters(self) -> frozenset[str]:
        """What terms are needed for."""
        return entry_names(self.left) | entry_names(self.right)


a, b, m, n = (scalar(letter) for letter in "abmn")


def _pow(base: Term, exponent: Term) -> Term:
    return Pow(base, exponent)


def _at_least_0(term: Term) -> tuple[Comparison, ...]:
    return (Comparison(term, ">=", ZERO),)


def _exp(term: Term) -> Term:
    return apply("exp", term)


def _ln(term: Term) -> Term:
    return apply("ln", term)


def _abs(term: Term) -> Term:
    return apply("abs", term)


def _sqrt(term: Term) -> Term:
    return apply("sqrt", term)


def _if(left: Term, relation: str, right: Term, then: Term, otherwise: Term) -> Term:
    return If(Comparison(left, relation, right), then, otherwise)


_half = number(Fraction(1, 2))
_pi = apply("pi")
_sin, _cos, _tan, _sinh, _cosh, _tanh = (partial(apply, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh"))

LAWS: tuple[Law, ...] = (
    # exponentials: DLMF 4.8(ii)
    Law("exp-sum", _exp(add(a, b)), mul(_exp(a), _exp(b))),
    Law("exp-negative", _exp(neg(a)), div(ONE, _exp(a))),
    Law("exp-power", _exp(mul(m, a)), _pow(_exp(a), m)),
    Law("exp-log", _exp(_ln(a)), a),
    Law("exp-sum", _exp(ZERO), ONE),
    # logarithms: DLMF 4.8(i)
    Law("log-product", _ln(mul(a, b)), add(_ln(a), _ln(b))),
    Law("log-quotient", _ln(div(a, b)), add(_ln(a), neg(_ln(b)))),
    Law("log-power", _ln(_pow(a, m)), mul(m, _ln(a))),
    Law("log-power", _ln(_sqrt(a)), div(_ln(a), TWO)),
    Law("log-exp", _ln(_exp(a)), a),
    Law("log-exp", _ln(ONE), ZERO),
    Law("log-power", _ln(_abs(a)), _ln(a)),
    # powers and roots: DLMF 4.8(ii). What a power asks of its base hangs on the form of its exponent (`functions.power_kind`):
    # m*n is whole where both are, and otherwise asks for a > 0.
    Law("power-sum", _pow(a, add(m, n)), mul(_pow(a, m), _pow(a, n))),
    Law("power-sum", _pow(a, neg(m)), div(ONE, _pow(a, m))),
    Law("power-power", _pow(_pow(a, m), n), _pow(a, mul(m, n))),
    Law("power-product", _pow(mul(a, b), m), mul(_pow(a, m), _pow(b, m))),
    Law("power-product", _pow(div(a, b), m), div(_pow(a, m), _pow(b, m))),
    Law("root-power", _sqrt(a), _pow(a, _half)),
    Law("root-product", _sqrt(mul(a, b)), mul(_sqrt(a), _sqrt(b))),
    Law("root-product", _sqrt(div(a, b)), div(_sqrt(a), _sqrt(b))),
    Law("root-square", _sqrt(_pow(a, TWO)), _abs(a)),
    Law("root-square", _pow(_pow(a, TWO), _half), _abs(a)),
    Law("root-square", _pow(_sqrt(a), TWO), a),
    # absolute values and choices
    Law("abs-square", _pow(_abs(a), TWO), _pow(a, TWO)),
    Law("abs-product", _abs(mul(a, b)), mul(_abs(a), _abs(b))),
    Law("abs-product", _abs(div(a, b)), div(_abs(a), _abs(b))),
    Law("abs-product", _abs(_pow(a, m)), _pow(_abs(a), m)),
    Law("abs-product", _abs(a), a, _at_least_0(a)),
    Law("abs-product", _abs(a), neg(a), (Comparison(ZERO, ">=", a),)),
    Law("cases", _abs(a), _if(a, ">", ZERO, a, neg(a))),
    Law("cases", apply("max", a, b), _if(a, ">", b, a, b)),
    Law("cases", apply("max", a, b), a, (Comparison(a, ">=", b),)),
    Law("cases", apply("max", a, b), b, (Comparison(b, ">=", a),)),
    Law("cases", apply("min", a, b), _if(b, ">", a, a, b)),
    Law("cases", apply("min", a, b), b, (Comparison(a, ">=", b),)),
    Law("cases", apply("min", a, b), a, (Comparison(b, ">=", a),)),
    # angles: DLMF 4.21, 4.35
    Law("angle-sum", _sin(add(a, b)), add(mul(_sin(a), _cos(b)), mul(_cos(a), _sin(b)))),
    Law("angle-sum", _cos(add(a, b)), add(mul(_cos(a), _cos(b)), neg(mul(_sin(a), _sin(b))))),
    Law("angle-sum", _sinh(add(a, b)), add(mul(_sinh(a), _cosh(b)), mul(_cosh(a), _sinh(b)))),
    Law("angle-sum", _cosh(add(a, b)), add(mul(_cosh(a), _cosh(b)), mul(_sinh(a), _sinh(b)))),
    Law("angle-sum", _tan(add(a, b)), div(add(_tan(a), _tan(b)), add(ONE, neg(mul(_tan(a), _tan(b)))))),
    Law("angle-sum", _tanh(add(a, b)), div(add(_tanh(a), _tanh(b)), add(ONE, mul(_tanh(a), _tanh(b))))),
    Law("double-angle", _sin(mul(TWO, a)), mul(TWO, _sin(a), _cos(a))),
    Law("double-angle", _cos(mul(TWO, a)), add(_pow(_cos(a), TWO), neg(_pow(_sin(a), TWO)))),
    Law("double-angle", _sinh(mul(TWO, a)), mul(TWO, _sinh(a), _cosh(a))),
    Law("double-angle", _cosh(mul(TWO, a)), add(_pow(_cosh(a), TWO), _pow(_sinh(a), TWO))),
    Law("double-angle", _tan(mul(TWO, a)), div(mul(TWO, _tan(a)), add(ONE, neg(_pow(_tan(a), TWO))))),
    Law("double-angle", _tanh(mul(TWO, a)), div(mul(TWO, _tanh(a)), add(ONE, _pow(_tanh(a), TWO)))),
    Law("pythagoras", _pow(_sin(a), TWO), add(ONE, neg(_pow(_cos(a), TWO)))),
    Law("pythagoras", _pow(_sinh(a), TWO), add(_pow(_cosh(a), TWO), neg(ONE))),
    *(Law("parity", _sin(mul(number(Fraction(k, 2)), _pi)), number(value)) for k, value in ((0, 0), (1, 1), (2, 0), (3, -1))),
    *(Law("parity", _cos(mul(number(Fraction(k, 2)), _pi)), number(value)) for k, value in ((0, 1), (1, 0), (2, -1), (3, 0))),
    # values at single points: DLMF 4.23(vii), 5.4.1
    *(Law("parity", apply("arccos", number(at)), mul(number(Fraction(k, 2)), _pi)) for at, k in ((1, 0), (0, 1), (-1, 2))),
    Law("parity", apply("arcsin", ONE), mul(_half, _pi)),
    Law("parity", apply("arctan", ONE), mul(number(Fraction(1, 4)), _pi)),
    *(Law("parity", apply("lgamma", number(at)), ZERO) for at in (1, 2)),
    # from the table of functions
    *(
        Law("meaning", apply(row.name, *letters), row.means(letters))
        for row in TABLE.values()
        if row.means is not None
        for letters in [(a, b)[: row.arity]]
    ),
    *(Law("parity", apply(row.name, neg(a)), neg(apply(row.name, a))) for row in TABLE.values() if row.odd),
    *(Law("parity", apply(row.name, neg(a)), apply(row.name, a)) for row in TABLE.values() if row.even),
)


def instance(law: Law, values: Mapping[str, Term]) -> tuple[Term, Term, Conditions]:
    """The two sides with terms for the letters, and what must hold. Fails with `ValueError` where a letter has no term."""
    if law.letters != values.keys():
        raise ValueError(f"{law.rule} needs terms for {', '.join(sorted(law.letters))}")
    mapping: dict[Term, Term] = {Entry(letter, ()): term for letter, term in values.items()}
    conditions = frozenset(Condition(_relation(substitute(claim, mapping))) for claim in law.given)
    return substitute(law.left, mapping), substitute(law.right, mapping), conditions


def _relation(term: Term) -> Comparison:
    assert isinstance(term, Comparison)
    return term
