"""The table of functions, row by row: what a row says is compared with what else it says, with mpmath, SymPy and NumPy.

A value is computed by the `value` of the row alone. Its derivative, domain, meaning, signs and intervals must agree with
that, at points drawn and at the points where functions tend to be special. The last tests add a row to a copy of the package:
one row is enough for every command, and a row that lies is found out by the attack.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.bridge.from_sympy import from_sympy
from derive.bridge.numeric import to_numpy
from derive.bridge.to_sympy import to_sympy
from derive.checking.checker import check
from derive.commands.listing import list_rules
from derive.engine import rules
from derive.engine.rules import statements
from derive.floor.functions import TABLE, Function
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    Add,
    Apply,
    Call,
    Comparison,
    Diff,
    Div,
    Entry,
    If,
    Mul,
    Neg,
    Number,
    Pow,
    Term,
    scalar,
    subterms,
)
from derive.floor.theory import Theory, Unknown
from derive.language import read, write_term
from derive.numbers import intervals
from derive.numbers.arithmetic import machine_value
from derive.numbers.evaluate import Point, value_at
from derive.numbers.intervals import Interval, Undefined
from derive.render.latex import latex_term
from derive.render.unicode import write_unicode

pytestmark = pytest.mark.sample(8)  # the rest of the rows in the whole run

ROWS = [pytest.param(row, id=row.name) for row in TABLE.values() if row.arity]
DIFFERENTIATED = [pytest.param(row, id=row.name) for row in TABLE.values() if row.arity and row.derivatives]
SPECIAL = tuple(map(Fraction, ("-2", "-1", "-1/2", "0", "1/2", "1", "3/2", "2", "3", "4", "-4", "6")))
NEAR = Fraction(1, 10**6)
M = mpmath.MPContext()
M.dps = 60
CLOSE = M.mpf(10) ** -15


def arguments(row: Function) -> tuple[Entry, ...]:
    return tuple(scalar(letter) for letter in row.letters[: row.arity])


THEORY = Theory(unknowns={name: Unknown(name, True) for name in "uvbx"})


def points(row: Function) -> list[tuple[Fraction, ...]]:
    """Where functions tend to be special, close to there, and some at random."""
    random = Random(row.name)
    near = [x + sign * NEAR for x in (-1, 0, 1) for sign in (-1, 1)]
    drawn = [Fraction(random.randint(-3000, 3000), 997) for _ in range(12)]
    own = [Fraction(random.randint(-990, 990), 997) for _ in range(6)]
    some = (*SPECIAL, *near, *drawn, *own) if row.arity == 1 else (*SPECIAL, *drawn[:3])
    return list(product(some, repeat=row.arity))


# --- values, by mpmath alone -----------------------------------------------------------------------------------------


class NoValue(Exception):
    """A term has no real value."""


def called(row: Function, *numbers: Any) -> Any:
    """The value by the row itself; raises `NoValue`."""
    try:
        found = row.value(M, *numbers)
    except (ValueError, ZeroDivisionError) as problem:
        raise NoValue from problem
    if isinstance(found, M.mpc) or not M.isfinite(found):
        raise NoValue
    return M.mpf(found)


def worth(term: Term, at: dict[str, Any]) -> Any:
    """The value of a term over the table; raises `NoValue`."""
    match term:
        case Number(value):
            return M.mpf(value.numerator) / value.denominator
        case Entry(name, ()):
            return at[name]
        case Apply(name, inside):
            return called(TABLE[name], *(worth(part, at) for part in inside))
        case Neg(inner):
            return -worth(inner, at)
        case Add(terms):
            return M.fsum([worth(part, at) for part in terms])
        case Mul(factors):
            return M.fprod([worth(part, at) for part in factors])
        case Div(above, below):
            divisor = worth(below, at)
            if not divisor:
                raise NoValue
            return worth(above, at) / divisor
        case Pow(base, exponent):
            inside, above = worth(base, at), worth(exponent, at)
            if inside < 0 and above != int(above):
                raise NoValue
            return inside**above
        case If(condition, then, otherwise):
            return worth(then if holds(condition, at) else otherwise, at)
    raise AssertionError(term)


def holds(claim: Comparison, at: dict[str, Any]) -> bool:
    gap = worth(claim.left, at) - worth(claim.right, at)
    return bool({"=": gap == 0, "!=": gap != 0, ">": gap > 0, ">=": gap >= 0}[claim.relation])


def placed(row: Function, numbers: tuple[Fraction, ...]) -> dict[str, Any]:
    exact = (M.mpf(x.numerator) / x.denominator for x in numbers)
    return {entry.name: x for entry, x in zip(arguments(row), exact, strict=True)}


def has_value(row: Function, at: dict[str, Any]) -> bool:
    try:
        called(row, *at.values())
    except NoValue:
        return False
    return True


def inside(row: Function) -> Iterator[tuple[dict[str, Any], tuple[Fraction, ...]]]:
    """The points at which the function has a value."""
    for numbers in points(row):
        at = placed(row, numbers)
        if has_value(row, at):
            yield at, numbers


def quotients(row: Function, at: dict[str, Any], moved: str) -> tuple[Any, Any] | None:
    """The slopes from the left and from the right; None where the function has no value on one side."""
    step = M.mpf(10) ** -25
    values = []
    for n in (-1, 0, 1):
        try:
            values.append(called(row, *(x + n * step * (name == moved) for name, x in at.items())))
        except NoValue:
            return None
    left, here, right = values
    return (here - left) / step, (right - here) / step


# --- what a row says -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS)
def test_there_is_a_value_exactly_where_the_domain_says(row: Function) -> None:
    found = set()
    for numbers in points(row):
        at = placed(row, numbers)
        said = all(holds(claim, at) for claim in row.domain(*arguments(row)))
        assert has_value(row, at) == said, numbers
        found.add(said)
    assert True in found, "no point at which there is a value"


@pytest.mark.parametrize("row", ROWS)
def test_there_is_a_slope_exactly_where_the_row_says(row: Function) -> None:
    """At a kink the slopes from both sides differ; at an end there is only one, or it grows beyond all bounds."""
    for at, numbers in inside(row):
        said = all(holds(claim, at) for claim in row.smooth(*arguments(row)))
        for entry in arguments(row):
            found = quotients(row, at, entry.name)
            steep = found is not None and abs(found[1]) > 10**9
            smooth = found is not None and not steep and abs(found[0] - found[1]) <= CLOSE * 10**4 * (1 + abs(found[0])) ** 2
            assert smooth or not said or steep, numbers
            assert said or not smooth or row.arity > 1, numbers


@pytest.mark.parametrize("row", DIFFERENTIATED)
def test_the_derivative_is_that_of_the_value(row: Function) -> None:
    assert row.derivatives is not None
    partials = row.derivatives(*arguments(row))
    assert len(partials) == row.arity
    compared = 0
    for at, numbers in inside(row):
        if not all(holds(claim, at) for claim in row.smooth(*arguments(row))):
            continue
        for entry, partial in zip(arguments(row), partials, strict=True):
            found = quotients(row, at, entry.name)
            assert found is not None, numbers
            told = worth(partial, at)
            assert abs((found[0] + found[1]) / 2 - told) <= CLOSE * (1 + abs(told)) ** 4, (numbers, entry.name)
            compared += 1
    assert compared >= 5


@pytest.mark.parametrize("row", [p for p in ROWS if p.values[0].means])  # type: ignore[attr-defined]
def test_it_means_what_it_is_worth(row: Function) -> None:
    """At every point, and where one has no value the other has none."""
    assert row.means is not None
    meaning = row.means(*arguments(row))
    assert row.name not in {part.function for part in subterms(meaning) if isinstance(part, Apply)}
    for numbers in points(row):
        at = placed(row, numbers)
        try:
            meant = worth(meaning, at)
        except NoValue:
            assert not has_value(row, at), numbers
            continue
        assert abs(called(row, *at.values()) - meant) <= CLOSE * (1 + abs(meant)), numbers


@pytest.mark.parametrize("row", ROWS)
def test_signs_and_parity(row: Function) -> None:
    for at, numbers in inside(row):
        value, first = called(row, *at.values()), next(iter(at.values()))
        if row.sign:
            assert value > 0 or (row.sign == ">=" and value == 0), numbers
        if row.definite:
            assert (value == 0) == (first == 0), numbers
        if row.keeps_sign:
            assert M.sign(value) == M.sign(first), numbers
        for said, factor in ((row.odd, -1), (row.even, 1)):
            if said:
                assert has_value(row, {"u": -first}), numbers
                assert abs(called(row, -first) - factor * value) <= CLOSE * (1 + abs(value)), numbers


@pytest.mark.parametrize("row", [p for p in ROWS if p.values[0].arity == 1])  # type: ignore[attr-defined]
@pytest.mark.parametrize("declared", [None, ">", ">=", "!="])
@pytest.mark.parametrize("flip", [1, -1])
def test_the_signs_that_are_read_off_hold(row: Function, declared: str | None, flip: int) -> None:
    """Of x and of -x, where x is declared to be positive, not negative or not 0."""
    x = scalar("u")
    term = Apply(row.name, (x if flip > 0 else Neg(x),))
    relation = Knowledge(Theory(unknowns={"u": Unknown("u", True, (), declared)})).sign(term).relation
    if relation is None:
        return
    for at, numbers in inside(row):
        if declared is None or holds(Comparison(x, declared, Number(Fraction(0))), {"u": flip * at["u"]}):
            value = called(row, at["u"])
            flipped = {"<": ">", "<=": ">="}.get(relation)
            told = Comparison(x, flipped or relation, Number(Fraction(0)))
            assert holds(told, {"u": -value if flipped else value}), (numbers, relation)


@pytest.mark.parametrize("row", ROWS)
def test_no_sign_or_parity_is_left_out(row: Function) -> None:
    """What holds at all these points of a function of one argument is said, so that it can be used."""
    known = list(inside(row))
    if row.arity > 1:
        return
    values = [(at["u"], called(row, at["u"])) for at, _ in known]
    assert bool(row.sign) == all(value >= 0 for _, value in values)
    symmetric = all(has_value(row, {"u": -x}) for x, _ in values)
    assert row.odd == (symmetric and all(abs(called(row, -x) + value) <= CLOSE * (1 + abs(value)) for x, value in values))
    assert row.even == (symmetric and all(abs(called(row, -x) - value) <= CLOSE * (1 + abs(value)) for x, value in values))
    if not row.definite and not row.sign:
        assert row.keeps_sign == all(M.sign(value) == M.sign(x) for x, value in values)


@pytest.mark.parametrize("row", ROWS)
def test_exact_values_are_values(row: Function) -> None:
    for at, numbers in inside(row):
        exact = row.exact(*numbers)
        if exact is not None:
            assert abs(called(row, *at.values()) - M.mpf(exact.numerator) / exact.denominator) <= CLOSE, numbers


@pytest.mark.parametrize("row", ROWS)
def test_names_of_other_rows_are_names(row: Function) -> None:
    assert all(TABLE[name].arity == row.arity for name in row.kin)
    assert row.name not in row.kin
    assert row.source
    assert row.interval or row.means is not None, "it could not be evaluated"
    assert len(row.letters) >= row.arity


# --- numbers ---------------------------------------------------------------------------------------------------------

ENCLOSED = [name for name, row in TABLE.items() if row.interval and row.arity]
HALF = st.fractions(min_value=-3, max_value=12, max_denominator=10**6)


def fraction(value: Any) -> Fraction:
    return Fraction(*map(int, mpmath.libmp.to_rational(value._mpf_)))


@pytest.mark.parametrize("name", ENCLOSED)
@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(HALF, HALF), min_size=2, max_size=2),
    st.sampled_from([53, 100]),
    st.booleans(),
)
def test_an_interval_holds_the_values_of_its_members(
    name: str, ranges: list[tuple[Fraction, Fraction]], precision: int, narrow: bool
) -> None:
    row = TABLE[name]
    spans = [(min(a, b), min(a, b) + Fraction(1, 10**9) if narrow else max(a, b)) for a, b in ranges[: row.arity]]
    if row.arity > 1:
        pass
    elif not has_value(row, {"u": M.mpf(2)}):
        spans = [(a / 12, b / 12) for a, b in spans]
    elif not has_value(row, {"u": M.mpf(-2)}):
        spans = [(min(abs(a), abs(b)), max(abs(a), abs(b))) for a, b in spans]
    boxes = [
        Interval((Interval.around(low, precision).ends[0], Interval.around(high, precision).ends[1]), precision)
        for low, high in spans
    ]
    enclosed = getattr(intervals, row.interval)
    try:
        found = enclosed(*boxes)
    except Undefined:
        at = [dict(zip("uv", (M.mpf(x.numerator) / x.denominator for x in ends), strict=False)) for ends in product(*spans)]
        assert not narrow or any(not has_value(row, one) for one in at) or any(box.low <= 0 for box in boxes)
        return
    for parts in product((0, Fraction(1, 3), Fraction(1, 2), Fraction(7, 9), 1), repeat=row.arity):
        members = [low + part * (high - low) for (low, high), part in zip(spans, parts, strict=True)]
        truth = fraction(called(row, *(M.mpf(x.numerator) / x.denominator for x in members)))
        slack = Fraction(1, 10**50) * (1 + abs(truth))
        assert found.low - slack <= truth <= found.high + slack, members


@pytest.mark.parametrize("name", [n for n in ENCLOSED if TABLE[n].arity == 1])
def test_an_interval_is_narrow(name: str) -> None:
    row = TABLE[name]
    enclosed = getattr(intervals, row.interval)
    for at, numbers in inside(row):
        try:
            found = enclosed(Interval.around(numbers[0], 200))
        except Undefined:
            assert abs(numbers[0]) == 1, numbers  # which may lie beyond the end
            continue
        assert found.high - found.low < Fraction(1, 2**120) * (1 + abs(fraction(called(row, at["u"])))) ** 4, numbers


@pytest.mark.parametrize("row", ROWS)
def test_floats_numpy_and_evaluation_agree(row: Function) -> None:
    term = Apply(row.name, arguments(row))
    code = to_numpy(term, THEORY)
    for numbers in points(row):
        at = placed(row, numbers)
        floats = {name: float(x) for name, x in at.items()}
        found = float(code(floats))
        if not has_value(row, at):
            assert not mpmath.isfinite(found) or 0 in numbers, numbers  # NumPy has 1/ln(0) = 0
            continue
        value = float(called(row, *(M.mpf(x) for x in floats.values())))
        close = pytest.approx(value, rel=1e-6, abs=1e-8)
        assert found == close, numbers
        assert machine_value(row.name, *floats.values()) == close, numbers
        here = value_at(term, THEORY, Point(values={(name, ()): x for name, x in zip(at, numbers, strict=True)}))
        low, high = (here, here) if isinstance(here, Fraction) else (here.low, here.high)
        assert low - NEAR**4 <= fraction(called(row, *at.values())) <= high + NEAR**4, numbers


@pytest.mark.parametrize("row", ROWS)
def test_sympy_agrees_and_comes_back(row: Function) -> None:
    term = Apply(row.name, arguments(row))
    expression = to_sympy(term, THEORY)
    back = from_sympy(expression, THEORY)
    symbols = {str(symbol): symbol for symbol in expression.free_symbols}
    for at, numbers in list(inside(row))[::4]:
        value = called(row, *at.values())
        close = 10**-10 * (1 + abs(value))
        exact = dict(zip((a.name for a in arguments(row)), numbers, strict=True))
        placed_in = {symbols[name]: to_sympy(Number(x), THEORY) for name, x in exact.items() if name in symbols}
        assert abs(M.mpf(str(expression.subs(placed_in).evalf(30))) - value) <= close, numbers
        assert abs(worth(back, at) - value) <= close, numbers


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", DIFFERENTIATED)
def test_its_rule_states_the_derivative_and_proves_the_example(row: Function, capsys: pytest.CaptureFixture[str]) -> None:
    rule = rules.ALL[row.rule]
    text = statements.stated(row)
    assert text in rule.states
    assert row.derivatives is not None
    left, right = Diff(Apply(row.name, arguments(row)), arguments(row)[0]), row.derivatives(*arguments(row))[0]
    assert text == f"{write_term(left)} = {write_term(right)}"
    assert read(f"variable u, v, b theorem t: {text}").statements[0].sides == (left, right), "it is read back as it was"
    example = statements.exemplified(row)
    start, _, _ = example.partition(" = ")
    (theorem,) = check(read(f"{rule.declares} theorem t: {example} proof {example} by {row.rule} qed")).theorems
    assert theorem.verdict == theorem.steps[0].verdict == "proved", theorem.steps[0].message
    assert set(theorem.steps[0].rules) <= {row.rule, "rearrangement"}
    list_rules(row.rule, "text", None, 200)
    shown = capsys.readouterr().out
    assert start in shown or row.name == "log"  # whose example is that of ln
    assert rule.states in shown
    assert row.source in shown or row.name == "log"


@pytest.mark.parametrize("row", ROWS)
def test_it_is_written_and_read(row: Function) -> None:
    term = Apply(row.name, arguments(row))
    assert read(f"variable u, v, b theorem t: {write_term(term)} = 0").statements[0].sides[0] is term
    latex = latex_term(term)
    assert latex.count("{") == latex.count("}")
    assert "u" in latex.replace("expm1", "")
    assert latex.startswith(row.latex) or row.name in ("exp", "sqrt", "abs", "log")
    assert "u" in write_unicode(term)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.arity == 1])
def test_a_derivation_may_mean_its_own_by_the_name(name: str) -> None:
    for text in (
        f"variable x define {name}(u) = u^2 + 1 theorem t: diff({name}(x), x) = 2*x",
        f"variable {name} theorem t: diff({name}^2, {name}) = 2*{name}",
        f"size n variable {name}[n] theorem t: diff(sum({name}[i], i), {name}[k]) = 1",
        f"size n variable x[n] theorem t for {name} = k: diff(x[{name}], x[k]) = 1",
        f"size n variable x[n] theorem t: sum(if({name} = k, x[{name}], 0), {name}) = x[k]",
    ):
        assert check(read(text)).verdict == "proved", text


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("define cos(u) = 5", "builtin.cos(x)"),
        ("function cos(u)", "builtin.cos(x)"),
        ("define sigmoid(u) = u", "(1/(1 + exp(-x)))"),
        ("define abs(u) = 1 + u^2", "builtin.abs(x)"),
        ("variable cos", "cos(x)"),
    ],
)
def test_the_function_of_the_table_is_told_from_a_derivation_s_own(own: str, told: str) -> None:
    """Whatever a proof brings in, no line says of the one what holds of the other."""
    theory = read(f"variable x {own} theorem t: x = x").statements[0].theory
    name = next(name for name in TABLE if name in own)
    here = Apply(name, (scalar("x"),))
    assert write_term(here, theory) == told
    if told != "cos(x)":
        mine = Call(name, (scalar("x"),))
        assert write_unicode(here, theory) != write_unicode(mine, theory)
        assert latex_term(here, theory) != latex_term(mine, theory)


# --- one row is enough -----------------------------------------------------------------------------------------------

TOY = '''
        Function(
            "gudermann", 1, lambda m, x: m.atan(m.sinh(x)),
            derivatives=lambda u: (ONE / cosh(u),),
            means=lambda u: apply("arctan", sinh(u)),
            odd=True, keeps_sign=True, kin=("arctan",), source="DLMF 4.23(viii)",
        ),
'''
WRONG_SLOPE = TOY.replace("ONE / cosh(u)", "TWO / cosh(u)")
WRONG_MEANING = TOY.replace("sinh(u)),", "sinh(-u)),")
KINK = '''
        Function(
            "ramp", 1, lambda m, x: max(x, 2 * x),
            derivatives=lambda u: (If(Comparison(u, ">", ZERO), TWO, ONE),),
            means=lambda u: largest(u, TWO * u),
            keeps_sign=True, source="from the two branches",
        ),
'''
FILE = """title "A row"
variable x
define y = gudermann(x^2)
theorem slope: diff(gudermann(x), x) = 1/cosh(x)
proof diff(gudermann(x), x) = 1/cosh(x) by gudermann qed
theorem inside: diff(y, x) = 2*x/cosh(x^2)
theorem odd: gudermann(-x) = -gudermann(x)
theorem wrong: diff(gudermann(x), x) = 1/sinh(x) expect refuted
"""


def package(folder: Path, row: str) -> Path:
    """A copy of the package whose table has one more row."""
    shutil.copytree(Path(derive.__file__).parent, folder / "derive", ignore=shutil.ignore_patterns("__pycache__"))
    if (Path(derive.__file__).parent.parent / "derivations").exists():
        (folder / "derivations").symlink_to(Path(derive.__file__).parent.parent / "derivations")
    table = folder / "derive" / "floor" / "functions.py"
    text = table.read_text(encoding="utf-8")
    start = "    for row in (\n"
    assert text.count(start) == 1
    table.write_text(text.replace(start, start + row.lstrip("\n")), encoding="utf-8")
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "derive", *command], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.slow
def test_one_row_is_enough(tmp_path: Path) -> None:
    folder = package(tmp_path, TOY)
    (folder / "row.derive").write_text(FILE, encoding="utf-8")
    shown = run(folder, "rules", "gudermann")
    assert "diff(gudermann(u), u) = 1/cosh(u)" in shown.stdout, shown.stderr
    assert "gudermann" in run(folder, "rules").stdout
    checked = run(folder, "check", "row.derive")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    page = run(folder, "row.derive")
    assert "gudermann" in page.stdout, page.stderr
    assert page.returncode == 0, page.stdout + page.stderr
    assert r"\operatorname{gudermann}" in run(folder, "row.derive", "--format", "latex").stdout
    slope = run(folder, "diff", "x*gudermann(x)", "--wrt", "x", "--declare", "variable x")
    assert "proved" in slope.stdout, slope.stderr


@pytest.mark.slow
def test_a_row_without_a_meaning_is_enough(tmp_path: Path) -> None:
    """What means nothing is proved by its rule, and tried in numbers where its value is known."""
    row = '''
        Function(
            "gudermann", 1, lambda m, x: m.atan(m.sinh(x)),
            derivatives=lambda u: (ONE / cosh(u),),
            odd=True, source="DLMF 4.23(viii)",
        ),
'''
    folder = package(tmp_path, row)
    (folder / "row.derive").write_text(FILE.replace("expect refuted", "expect unknown"), encoding="utf-8")
    checked = run(folder, "check", "row.derive")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    page = run(folder, "row.derive")
    assert "Traceback" not in page.stderr, page.stderr
    assert "gudermann" in page.stdout


LIES = {
    "the derivative": (WRONG_SLOPE, "variable x theorem t: diff(gudermann(x), x) = 2/cosh(x)"),
    "the meaning": (WRONG_MEANING, "variable x theorem t: gudermann(x) = arctan(sinh(-x))"),
    "the kink": (KINK, "variable x theorem t given x = 0: diff(ramp(x) - x, x) = 0"),
    "the parity": (TOY.replace("odd=True", "even=True"), "variable x theorem t: gudermann(-x) = gudermann(x)"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_row_that_lies_proves_nothing(lie: str, tmp_path: Path) -> None:
    row, text = LIES[lie]
    folder = package(tmp_path, row)
    (folder / "lie.derive").write_text(text, encoding="utf-8")
    checked = run(folder, "check", "lie.derive")
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "1 unknown" in checked.stdout + checked.stderr or "1 refuted" in checked.stdout + checked.stderr
