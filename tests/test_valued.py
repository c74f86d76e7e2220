"""`derive NAME --at …`: each line of a derivation in somebody's own numbers."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction
from pathlib import Path

import pytest

from derive.checking.valued import given
from derive.cli import main
from derive.errors import CallError

Captured = pytest.CaptureFixture[str]


def call(capsys: Captured, *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    return status, *capsys.readouterr()


def softmax(values: list[float]) -> list[float]:
    total = sum(map(math.exp, values))
    return [math.exp(value) / total for value in values]


def test_every_line_has_the_value_that_is_computed_by_hand(capsys: Captured) -> None:
    status, out, _ = call(capsys, "softmax-ce", "--at", "Z=[1, -2, 0.5], y=[0, 1, 0], k=2", "--format", "json")
    (found,) = json.loads(out)["values"]
    assert (status, found["theorem"], found["sizes"], found["indices"]["k"]) == (0, "softmax-ce", {"H": 3}, 2)
    assert len(found["lines"]) > 10
    for line in found["lines"]:
        assert line["value"] == pytest.approx(softmax([1, -2, 0.5])[1] - 1, abs=1e-12), line


def test_the_line_that_needs_a_hypothesis_is_seen_to_need_it(capsys: Captured) -> None:
    status, out, _ = call(capsys, "softmax-ce", "--at", "Z=[0, 1], y=[1, 1]")
    assert status == 1
    assert "not met here: Σ_i y_i = 1" in out
    marked = [line for line in out.splitlines() if line.startswith("  ≠")]
    assert "by all-but-one" in marked[0]
    status, out, _ = call(capsys, "softmax-ce", "--at", "Z=[0, 1], y=[1, 1]", "--theorem", "any-targets")
    assert (status, "≠" in out) == (0, False)


def test_a_case_is_shown_where_its_indices_are(capsys: Captured) -> None:
    for at, count in (("i=1", 8), ("i=2", 5)):
        arguments = ("softmax-ce", "--theorem", "softmax-jacobian", "--at", f"Z=[1, 2], {at}", "--format", "json")
        (found,) = json.loads(call(capsys, *arguments)[1])["values"]
        assert len(found["lines"]) == count + 1


def test_a_file_in_narrow_lines_and_plain_letters(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "a.derive"
    path.write_text("size n >= 2\nvariable x[n, 2]\ntheorem t: sum(x[i, j]/x[1, 1], i, j) = sum(x[i, j], i, j)/x[1, 1]")
    status, out, _ = call(capsys, str(path), "--at", "x=[[2, 3], [4, 5]]", "--width", "40", "--ascii")
    assert (status, out.isascii()) == (0, True)
    assert max(map(len, out.splitlines())) <= 40
    assert re.findall(r"^  =? +7 ", out, re.MULTILINE)
    status, out, _ = call(capsys, str(path), "--at", "x=[[0, 3], [4, 5]]")
    assert status == 0
    assert "no value" in out


WRONG = {
    "": "names no values",
    "Z": "a name and = were expected at character 1",
    "Z=": "Z takes a number",
    "Z=[1, x]": "Z takes a number",
    "Z=[1, 2": "Z takes a number",
    "Z=1e400": "Z takes a number",
    "Z=1e-999999999": "Z takes a number",
    "Z=NaN": "Z takes a number",
    "Z=[1], Z=[2]": "gives Z twice",
    "Z=[1, 2]": "no value of y",
    "Z=[1, 2], y=[1]": "y has 1 entries, and not 2",
    "Z=[1, 2], y=3": "y is a list",
    "Z=[1, [2]], y=[1, 0]": "Z is one number",
    "Z=[1, 2], y=[0, 1], k=1.5": "k is a whole number from 1 on",
    "Z=[1, 2], y=[0, 1], k=0": "k is a whole number from 1 on",
    "Z=[1, 2], y=[0, 1], q=1": "gives q, which softmax-ce does not speak of",
    "Z=[], y=[]": "Z is a list",
    "Z=[1, 2], y=[0, 1], H=3": "Z has 2 entries, and not 3",
    'Z="a", y=[1]': "Z is a list",
    'Z=["a"], y=[1]': "Z is one number",
    'Z={"a": 1}, y=[1]': "Z is a list",
    "Z=[1, 2], y=[0, 1], k=3": "k runs from 1 to 2",
}


@pytest.mark.parametrize("at", WRONG)
def test_what_is_no_point_is_told(at: str, capsys: Captured) -> None:
    status, out, err = call(capsys, "softmax-ce", "--at", at)
    assert (status, out) == (2, "")
    assert WRONG[at] in err


@pytest.mark.parametrize("at", ["Z=[" * 5000, "Z=" + "[" * 100_000, "Z=" + "1" * 100_000, "Z=1e" + "9" * 50, "Z=[1,1"])
def test_nothing_else_is_taken_for_a_number(at: str) -> None:
    with pytest.raises(CallError):
        given(at)


def test_numbers_are_exact() -> None:
    assert given("x=0.1, y = [1, -2e3], z=0e5") == {"x": Fraction(1, 10), "y": [1, -2000], "z": 0}


def test_only_two_formats_have_values(capsys: Captured) -> None:
    status, _, err = call(capsys, "mse", "--at", "f=[1], y=[2]", "--format", "latex")
    assert status == 2
    assert "--at prints text or json" in err
