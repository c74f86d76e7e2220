"""Closed terms: their enclosures hold the values, are narrow, and a relation to 0 is sure only where it holds."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from derive.floor.enclosure import enclosure, ends_of, is_sure
from derive.floor.terms import Term
from derive.floor.theory import Signature, Unknown
from derive.language import read_expression

VALUES = {
    "2/3": 2 / 3,
    "-(1/7)": -1 / 7,
    "1 - 2 + 4": 3,
    "2*3*-4": -24,
    "2^(-1)": 0.5,
    "(2/3)^(-3)": 27 / 8,
    "(-2)^3": -8,
    "3^0": 1,
    "2^(1/2)": math.sqrt(2),
    "2^(-1/2)": 1 / math.sqrt(2),
    "exp(1)": math.e,
    "exp(1)^2": math.e**2,
    "exp(1)^(-2)": math.e**-2,
    "2^pi": 2**math.pi,
    "pi": math.pi,
    "ln(5)/ln(2)": math.log2(5),
    "log(5, 2)": math.log2(5),
    "sqrt(3)": math.sqrt(3),
    "sin(1)": math.sin(1),
    "cos(4)": math.cos(4),
    "tan(1)": math.tan(1),
    "sinh(-1)": math.sinh(-1),
    "cosh(1)": math.cosh(1),
    "tanh(2)": math.tanh(2),
    "sigmoid(-1)": 1 / (1 + math.e),
    "softplus(1)": math.log(1 + math.e),
    "abs(-pi)": math.pi,
    "exp(1) - 1 - ln(5)": math.e - 1 - math.log(5),
}


def term(text: str) -> Term:
    return read_expression(text, Signature())


@pytest.mark.parametrize("text", VALUES)
def test_an_enclosure_holds_the_value_and_is_narrow(text: str) -> None:
    low, high = ends_of(enclosure(term(text)))
    assert low <= high
    assert high - low < Fraction(1, 10**25)
    assert float(low) == pytest.approx(VALUES[text], rel=1e-12)


@pytest.mark.parametrize("text", VALUES)
def test_what_is_sure_of_a_value_holds(text: str) -> None:
    value = VALUES[text]
    assert is_sure(term(text), ">") is (value > 0)
    assert is_sure(term(text), ">=") is (value > 0)
    assert is_sure(term(text), "!=")
    assert not is_sure(term(text), "=")
    assert not is_sure(term(text), "<")
    assert is_sure(term(f"-({text})"), ">") is (value < 0)


@pytest.mark.parametrize("text", ["0", "1 - 1", "exp(1) - exp(1)", "sin(pi)", "sqrt(2)^2 - 2", "exp(1/10^40) - 1"])
def test_of_what_is_0_nothing_strict_is_sure(text: str) -> None:
    assert not is_sure(term(text), ">")
    assert not is_sure(term(text), "!=")
    assert not is_sure(term(text), ">=")


NOWHERE = ["1/0", "1/sin(pi)", "ln(0)", "ln(-1)", "sqrt(-1)", "0^(-1)", "(-2)^(1/2)", "exp(10^9)", "2^(10^9)", "erf(1/2)"]


@pytest.mark.parametrize("text", NOWHERE)
def test_what_has_no_value_is_not_enclosed(text: str) -> None:
    with pytest.raises(ArithmeticError):
        enclosure(term(text))
    assert not any(is_sure(term(text), relation) for relation in (">", ">=", "!="))


def test_a_term_with_a_name_in_it_is_not_closed() -> None:
    with pytest.raises(ArithmeticError):
        enclosure(read_expression("x + 1", Signature(unknowns={"x": Unknown("x", True)})))
