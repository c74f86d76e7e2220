"""Hints: what could be left out is named where it stands, and no verdict changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from derive.checking.checker import check
from derive.cli import main
from derive.diagnosis.codes import HINTS
from derive.library import load, parse
from derive.shelf import names

FILE = Path(__file__).parent / "cases" / "lint" / "hints.derive"


def hints(text: str) -> list[tuple[int, str, str]]:
    report = check(parse(text), lint=True)
    assert [t.verdict for t in report.theorems] == [t.verdict for t in check(parse(text)).theorems]
    found = [(hint.place.line, hint.code, hint.message.split("`")[1]) for hint in report.hints]
    assert all(text[hint.place.start : hint.place.end] == hint.message.split("`")[1] for hint in report.hints)
    return sorted(found)


def test_hints_stand_where_something_could_be_left_out() -> None:
    text = FILE.read_text(encoding="utf-8")
    marked = ((n, re.search(r"# (D25\d) (\w+)", line)) for n, line in enumerate(text.split("\n"), 1))
    expected = [(n, *found.groups()) for n, found in marked if found]
    assert hints(text) == expected


def test_without_lint_there_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(FILE), "--format", "concise"]) == 0
    assert "D25" not in capsys.readouterr().out
    assert main(["check", str(FILE), "--format", "concise", "--lint"]) == 0
    assert capsys.readouterr().out.count("note[D25") == 5


@pytest.mark.parametrize("code", HINTS)
def test_hint_examples(code: str) -> None:
    page = HINTS[code]
    ((_, found, name),) = hints(page.wrong)
    assert found == code
    assert page.message.format(reason=f"`{name}`", name=f"`{name}`") in check(parse(page.wrong), lint=True).hints[0].message
    assert hints(page.right) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_the_library_gives_no_reason_too_many(name: str) -> None:
    assert check(load(name), lint=True).hints == ()
