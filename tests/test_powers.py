"""One meaning of `^`: the kernel, the evaluation, the normal form and NumPy agree where a power has a value, and which."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from derive.bridge.numeric import to_numpy
from derive.engine.normal import Normalizer
from derive.engine.normal.form import Undefined as Nowhere
from derive.engine.normal.written import to_term
from derive.floor.conditions import Condition
from derive.floor.definedness import defined
from derive.floor.functions import Power, power_kind
from derive.floor.signs import Knowledge
from derive.floor.terms import Comparison, Pow, Term
from derive.language import read
from derive.numbers.arithmetic import FLOATS, MIXED, Arithmetic, Enclosures
from derive.numbers.evaluate import Evaluation, Point
from derive.numbers.intervals import Interval, Undefined
from derive.numbers.model import Model, Unsupported
from judge import condition_holds

DECLARATIONS = "size n variable x, y"

KINDS = """
0            natural
2            natural
3            natural
4/2          natural
n            natural
2*n          natural
n + 1        natural
n*n          natural
n^2          natural
-1           whole
-2           whole
n - 1        whole
-n           whole
n - n        whole
n^2 - 2      whole
2*n - 1      whole
1/2          root
3/2          root
2/3          root
-1/2         real
-2/3         real
y            real
y + 1        real
2*y          real
n*y          real
n/2          real
n + 1/2      real
y - y        real
sqrt(4)      real
"""
ROWS = [line.rsplit(None, 1) for line in KINDS.strip().splitlines()]
BASES = [Fraction(b) for b in ("-2", "-1", "-1/2", "0", "1/2", "1", "2")]
EXPONENTS = [Fraction(y) for y in ("-2", "-1", "0", "1/2", "1", "2")]
ARITHMETICS: tuple[Arithmetic, ...] = (FLOATS, MIXED, Enclosures(120))
DERIVATION = {text: read(f"{DECLARATIONS} theorem t: x^({text}) + 0*n*y = 0") for text, _ in ROWS}
THEORY = DERIVATION["n"].theory


def power_of(text: str) -> Pow:
    term = DERIVATION[text].statements[0].sides[0].terms[0]  # type: ignore[attr-defined]
    assert isinstance(term, Pow)
    return term


def wanted(kind: str, base: Fraction, exponent: float | Fraction) -> float | None:
    """The value of a power of that kind by README; None where it has none."""
    if kind in (Power.NATURAL, Power.WHOLE):
        return None if base == 0 and kind == Power.WHOLE else float(base ** int(exponent))
    if base < 0 or (base == 0 and kind == Power.REAL):
        return None
    return float(base) ** float(exponent)


def at(base: Fraction, exponent: Fraction, n: int) -> Point:
    return Point({"n": n}, {}, {("x", ()): base, ("y", ()): exponent})


def evaluated(term: Term, point: Point, arithmetic: Arithmetic) -> float | None:
    try:
        value = Evaluation(Model(THEORY), point, arithmetic).value(term)
    except (Undefined, Unsupported):
        return None
    if isinstance(value, Interval):
        assert value.high - value.low < Fraction(1, 10**9)
        return float(value.low)
    return float(value)


@pytest.mark.parametrize(("text", "kind"), ROWS)
def test_the_form_of_the_exponent_tells_what_is_asked(text: str, kind: str) -> None:
    assert power_kind(power_of(text).exponent) == getattr(Power, kind.upper())


@pytest.mark.sample(3)
@pytest.mark.parametrize(("text", "kind"), ROWS)
def test_all_readings_of_a_power_agree(text: str, kind: str) -> None:
    term = power_of(text)
    compiled = to_numpy(term, THEORY)
    for base, exponent, n in product(BASES, EXPONENTS, (1, 2, 3)):
        point = at(base, exponent, n)
        above = evaluated(term.exponent, point, FLOATS)
        assert above is not None
        value = wanted(getattr(Power, kind.upper()), base, above)
        where = f"{text} at x = {base}, y = {exponent}, n = {n}"
        conditions = defined(term)
        assert all(condition_holds(c, THEORY, point) for c in conditions) == (value is not None), where
        for arithmetic in ARITHMETICS:
            found = evaluated(term, point, arithmetic)
            assert (found is None) == (value is None), where
            assert found is None or value is None or math.isclose(found, value, rel_tol=1e-9), where
        with np.errstate(all="ignore"):
            number = float(compiled({"x": float(base), "y": float(exponent)}, {"n": n}))
        assert math.isclose(number, value, rel_tol=1e-9) if value is not None else not math.isfinite(number), where


@pytest.mark.sample(3)
@pytest.mark.parametrize(("text", "kind"), ROWS)
def test_the_normal_form_of_a_power_has_its_value(text: str, kind: str) -> None:
    term = power_of(text)
    for base, exponent, n in product(BASES, EXPONENTS, (1, 2)):
        point = at(base, exponent, n)
        value = evaluated(term, point, FLOATS)
        normalizer = Normalizer(Knowledge(THEORY))
        try:
            form = to_term(normalizer.normal(term))
        except Nowhere:
            continue
        if value is not None and all(condition_holds(c, THEORY, point) for c in normalizer.conditions):
            found = evaluated(form, point, FLOATS)
            assert found is not None, f"{text} at {base}, {exponent}, {n}"
            assert math.isclose(found, value, rel_tol=1e-9), f"{text} at {base}, {exponent}, {n}"


@pytest.mark.parametrize("base", BASES)
def test_an_equality_for_the_exponent_leaves_what_is_asked_of_the_base(base: Fraction) -> None:
    text = f"{DECLARATIONS} theorem t given y = 1: x^y = x"
    statement = read(text).statements[0]
    conditions: frozenset[Condition] = defined(statement.sides[0])
    assert all(isinstance(c.claim, Comparison) and c.claim.relation == ">" for c in conditions)
    assert evaluated(statement.sides[0], at(base, Fraction(1), 1), MIXED) == (float(base) if base > 0 else None)
