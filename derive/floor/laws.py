"""The laws of functions and powers: equations that hold wherever both sides have a value and what is given holds.

    Law("log-product", ln(a*b), ln(a) + ln(b))          a and b positive, or the right side has no value

The letters a, b, m, n stand for any values. A law is used as an instance, with terms for its letters: see `kernel.by_law`. The
kernel believes these rows and no others; that they hold is tried at points and at the borders of both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derive.errors import KernelError
from derive.floor.conditions import Condition, Conditions, comparison
from derive.floor.frozen import frozen
from derive.floor.functions import TABLE, absolute, applied, cos, cosh, exp, half, largest, ln, pi, sin, sinh, smallest, sqrt
from derive.floor.terms import ONE, TWO, ZERO, Comparison, Entry, If, Term, apply, entry_names, number, scalar, substitute


@frozen
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


def _if(left: Term, relation: str, right: Term, then: Term, otherwise: Term) -> Term:
    return If(Comparison(left, relation, right), then, otherwise)


a, b, m, n = (scalar(letter) for letter in "abmn")
tan, tanh = map(applied, ("tan", "tanh"))

LAWS: tuple[Law, ...] = (
    # exponentials: DLMF 4.8(ii)
    Law("exp-sum", exp(a + b), exp(a) * exp(b)),
    Law("exp-negative", exp(-a), ONE / exp(a)),
    Law("exp-power", exp(m * a), exp(a) ** m),
    Law("exp-log", exp(ln(a)), a),
    Law("exp-sum", exp(ZERO), ONE),
    # logarithms: DLMF 4.8(i)
    Law("log-product", ln(a * b), ln(a) + ln(b)),
    Law("log-quotient", ln(a / b), ln(a) - ln(b)),
    Law("log-power", ln(a**m), m * ln(a)),
    Law("log-power", ln(sqrt(a)), ln(a) / TWO),
    Law("log-exp", ln(exp(a)), a),
    Law("log-exp", ln(ONE), ZERO),
    Law("log-power", ln(absolute(a)), ln(a)),
    # powers and roots: DLMF 4.8(ii). What a power asks of its base hangs on the form of its exponent (`functions.power_kind`):
    # m*n is whole where both are, and otherwise asks for a > 0.
    Law("power-sum", a ** (m + n), a**m * a**n),
    Law("power-sum", a ** (-m), ONE / a**m),
    Law("power-power", (a**m) ** n, a ** (m * n)),
    Law("power-product", (a * b) ** m, a**m * b**m),
    Law("power-product", (a / b) ** m, a**m / b**m),
    Law("root-power", sqrt(a), a**half),
    Law("root-product", sqrt(a * b), sqrt(a) * sqrt(b)),
    Law("root-product", sqrt(a / b), sqrt(a) / sqrt(b)),
    Law("root-square", sqrt(a**TWO), absolute(a)),
    Law("root-square", (a**TWO) ** half, absolute(a)),
    Law("root-square", sqrt(a) ** TWO, a),
    # absolute values and choices
    Law("abs-square", absolute(a) ** TWO, a**TWO),
    Law("abs-product", absolute(a * b), absolute(a) * absolute(b)),
    Law("abs-product", absolute(a / b), absolute(a) / absolute(b)),
    Law("abs-product", absolute(a**m), absolute(a) ** m),
    Law("abs-product", absolute(a), a, (Comparison(a, ">=", ZERO),)),
    Law("abs-product", absolute(a), -a, (Comparison(ZERO, ">=", a),)),
    Law("cases", absolute(a), _if(a, ">", ZERO, a, -a)),
    Law("cases", largest(a, b), _if(a, ">", b, a, b)),
    Law("cases", largest(a, b), a, (Comparison(a, ">=", b),)),
    Law("cases", largest(a, b), b, (Comparison(b, ">=", a),)),
    Law("cases", smallest(a, b), _if(b, ">", a, a, b)),
    Law("cases", smallest(a, b), b, (Comparison(a, ">=", b),)),
    Law("cases", smallest(a, b), a, (Comparison(b, ">=", a),)),
    # angles: DLMF 4.21, 4.35
    Law("angle-sum", sin(a + b), sin(a) * cos(b) + cos(a) * sin(b)),
    Law("angle-sum", cos(a + b), cos(a) * cos(b) - sin(a) * sin(b)),
    Law("angle-sum", sinh(a + b), sinh(a) * cosh(b) + cosh(a) * sinh(b)),
    Law("angle-sum", cosh(a + b), cosh(a) * cosh(b) + sinh(a) * sinh(b)),
    Law("angle-sum", tan(a + b), (tan(a) + tan(b)) / (ONE - tan(a) * tan(b))),
    Law("angle-sum", tanh(a + b), (tanh(a) + tanh(b)) / (ONE + tanh(a) * tanh(b))),
    Law("double-angle", sin(TWO * a), TWO * sin(a) * cos(a)),
    Law("double-angle", cos(TWO * a), cos(a) ** TWO - sin(a) ** TWO),
    Law("double-angle", sinh(TWO * a), TWO * sinh(a) * cosh(a)),
    Law("double-angle", cosh(TWO * a), cosh(a) ** TWO + sinh(a) ** TWO),
    Law("double-angle", tan(TWO * a), TWO * tan(a) / (ONE - tan(a) ** TWO)),
    Law("double-angle", tanh(TWO * a), TWO * tanh(a) / (ONE + tanh(a) ** TWO)),
    Law("pythagoras", sin(a) ** TWO, ONE - cos(a) ** TWO),
    Law("pythagoras", sinh(a) ** TWO, cosh(a) ** TWO - ONE),
    *(Law("parity", sin(number(Fraction(k, 2)) * pi), number(value)) for k, value in ((0, 0), (1, 1), (2, 0), (3, -1))),
    *(Law("parity", cos(number(Fraction(k, 2)) * pi), number(value)) for k, value in ((0, 1), (1, 0), (2, -1), (3, 0))),
    # values at single points: DLMF 4.23(vii), 5.4.1
    Law("parity", apply("arccos", ONE), ZERO),
    Law("parity", apply("arccos", ZERO), half * pi),
    Law("parity", apply("arccos", number(-1)), pi),
    Law("parity", apply("arcsin", ONE), half * pi),
    Law("parity", apply("arctan", ONE), number(Fraction(1, 4)) * pi),
    *(Law("parity", apply("lgamma", number(at)), ZERO) for at in (1, 2)),
    # from the table of functions
    *(
        Law("meaning", apply(row.name, *letters), row.means(*letters))
        for row in TABLE.values()
        if row.means is not None
        for letters in [(a, b)[: row.arity]]
    ),
    *(Law("parity", apply(row.name, -a), -apply(row.name, a)) for row in TABLE.values() if row.odd),
    *(Law("parity", apply(row.name, -a), apply(row.name, a)) for row in TABLE.values() if row.even),
)


def instance(law: Law, values: Mapping[str, Term]) -> tuple[Term, Term, Conditions]:
    """The two sides with terms for the letters, and what must hold. Fails with `KernelError` where a letter has no term."""
    if law.letters != values.keys():
        raise KernelError(f"{law.rule} needs terms for {', '.join(sorted(law.letters))}")
    mapping: dict[Term, Term] = {Entry(letter, ()): term for letter, term in values.items()}
    conditions = frozenset(Condition(comparison(substitute(claim, mapping))) for claim in law.given)
    return substitute(law.left, mapping), substitute(law.right, mapping), conditions
