"""Filling in what the author left open, the commands that rewrite files, and the one that explains."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from derive.checking.checker import check
from derive.checking.fill import fill
from derive.commands.explain import explain
from derive.commands.fill import fill as fill_files
from derive.commands.fmt import fmt
from derive.diagnosis.codes import CODES
from derive.errors import CallError
from derive.floor.terms import Entry, Index, Size, Sum, alpha_equal
from derive.language import read_expression, write_term
from derive.library import parse

OPEN = """\
size     H
constant y[H]   # labels
theorem  t:   y[k]*sum(y[i], i) = y[k]*(sum(y[i], i != k) + y[k])
proof
  y[k]*sum(y[i], i)
    = ?                                  by split(i = k)   # taken out
qed
theorem d: diff(x^2*x, x) = 3*x^2
proof
  diff(x^2*x, x) = ? by product   # two terms
    = ?
      by power, variable
    = 3*x^2 by algebra
qed
""".replace("constant", "variable x\nconstant")

FILLED = """\
size     H
variable x
constant y[H]   # labels
theorem  t:   y[k]*sum(y[i], i) = y[k]*(sum(y[i], i != k) + y[k])
proof
  y[k]*sum(y[i], i)
    = y[k]*(sum(y[i], i != k) + y[k])    by split(i = k)   # taken out
qed
theorem d: diff(x^2*x, x) = 3*x^2
proof
  diff(x^2*x, x) = diff(x^2, x)*x + x^2*diff(x, x) by product   # two terms
    = 2*x*x + x^2
      by power, variable
    = 3*x^2 by algebra
qed
"""


def test_fill() -> None:
    filled, errors = fill(OPEN, lambda text: [parse(text)])
    assert (filled, errors) == (FILLED, ())
    assert check(parse(filled)).verdict == "proved"
    assert fill(filled, lambda text: [parse(text)]) == (filled, ())


def test_what_cannot_be_computed() -> None:
    text = "variable x\ntheorem t: x = x\nproof\n  x\n    = ? by quotient\nqed\n"
    filled, (error,) = fill(text, lambda text: [parse(text)])
    assert filled == text
    assert (error.code, error.place.line, error.place.column, error.text) == ("D205", 5, 7, text)


def test_a_declared_name_is_no_index() -> None:
    theory = parse("size C\nvariable a[C]\ndefine l[j] = a[j]^2").theory
    index = Index("l", Size("C"))
    term = Sum(index, (), Entry("a", (index,)))
    assert write_term(term, theory) == "sum(a[l2], l2)"
    assert alpha_equal(read_expression(write_term(term, theory), theory), term)


def test_fill_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, three = tmp_path / "one.derive", tmp_path / "two.md", tmp_path / "three.derive"
    one.write_text(OPEN, encoding="utf-8")
    markdown = "# A\n```derive\n{}```\n? stays\n```derive\ntheorem u: 1 = 1\n```\n"
    two.write_text(markdown.format(OPEN), encoding="utf-8")
    wrong = OPEN.replace("by product", "by quotient")
    three.write_text(wrong, encoding="utf-8")
    assert fill_files([str(one)], stdout=True) == 0
    assert capsys.readouterr().out == FILLED
    assert one.read_text(encoding="utf-8") == OPEN
    assert fill_files([str(three), str(one), str(two)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "error[D205]" in said.err
    assert "three.derive:11:20" in said.err
    assert one.read_text(encoding="utf-8") == FILLED
    assert two.read_text(encoding="utf-8") == markdown.format(FILLED)
    # What can be filled in is, and what cannot stays.
    assert three.read_text(encoding="utf-8") == wrong.replace(
        "= ?                                  by split", "= y[k]*(sum(y[i], i != k) + y[k])    by split"
    )
    assert fill_files([str(tmp_path / "none.derive")]) == 2


def test_fill_keeps_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.derive"
    path.write_bytes(OPEN.replace("\n", "\r\n").encode())
    assert fill_files([str(path)]) == 0
    assert path.read_bytes() == FILLED.replace("\n", "\r\n").encode()


def test_fmt_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, three = tmp_path / "one.derive", tmp_path / "two.md", tmp_path / "three.derive"
    one.write_text("variable   x", encoding="utf-8")
    two.write_text("```derive\nvariable x\n```", encoding="utf-8")
    three.write_text("variable 2", encoding="utf-8")
    files = [str(one), str(two), str(three)]
    assert fmt(files[:2], check=True) == 1
    assert capsys.readouterr().out == f"{one} would change\n1 file would change, 1 file left as it is\n"
    assert fmt(files[:2], diff=True) == 0
    assert capsys.readouterr().out == f"--- {one}\n+++ {one}\n@@ -1 +1 @@\n-variable   x\n+variable x\n"
    assert one.read_text() == "variable   x"
    assert fmt(files) == 2
    said = capsys.readouterr()
    assert said.out == "1 file changed, 1 file left as it is\n"
    assert "error[D112]" in said.err
    assert (one.read_text(), three.read_text()) == ("variable x\n", "variable 2")
    assert fmt(files[:2], check=True) == 0
    assert fmt(files[:2]) == 0


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    explain("d202")
    page = capsys.readouterr().out
    assert page.startswith("D202  False\n\n  There are sizes")
    assert "  wrong:\n\n      variable x\n      theorem t" in page
    assert "  right:\n" in page
    explain("D101", "json")
    assert json.loads(capsys.readouterr().out)["title"] == "Forbidden character"
    explain("D130", "markdown")
    assert "```derive\nvariable x\n" in capsys.readouterr().out
    explain()
    listed = capsys.readouterr().out
    assert all(code in listed for code in (*CODES, "D100"))


@pytest.mark.parametrize(
    ("code", "help"),
    [("D299", "D242"), ("sign", "D211"), ("chain", "derive rules chain"), ("xyzxyz", "derive explain names them all")],
)
def test_explain_what_is_not_there(code: str, help: str) -> None:
    with pytest.raises(CallError) as caught:
        explain(code)
    assert help in caught.value.help
