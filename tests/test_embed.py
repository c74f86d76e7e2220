"""`derive embed`: what stands between the marks is what derive prints, and not one letter besides is changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.cli import main
from derive.language.embedded import FORMATS, Stretch, rewritten
from derive.language.errors import SourceError

Captured = pytest.CaptureFixture[str]
SQUARE = "variable x\ntheorem square: diff(x^2, x) = 2*x\nproof\n  diff(x^2, x) = 2*x by power\nqed\n"


def embed(capsys: Captured, *arguments: str) -> tuple[int, str, str]:
    status = main(["embed", *arguments])
    return status, *capsys.readouterr()


def printed(capsys: Captured, *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "square.derive").write_text(SQUARE, encoding="utf-8")
    return tmp_path


# --- where the marks are ---------------------------------------------------------------------------------------------------


def told(stretch: Stretch) -> str:
    return f"[{stretch.call}]\nagain"


def stretched(text: str, file: str = "a.md") -> str:
    return rewritten(text, file, told)


KEPT = {
    "no marks": "# A\n\nText <b>x</b> <!-- note -->\n",
    "fence": "```\n<!-- derive: x -->\n```\n",
    "fence in a list": "- a\n\n  ~~~~\n  <!-- derive: x -->\n  ~~~\n  ~~~~\n",
    "indented code": "Text\n\n    <!-- derive: x -->\n",
    "code in a line": "Write `<!-- derive: x -->` and `<!-- /derive -->`.\n",
    "another word": "<!-- derived: x -->\n<!-- deriven -->\n",
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_no_mark_is_left(name: str) -> None:
    assert stretched(KEPT[name]) == KEPT[name]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("margin", ["", "  ", "> ", "> > "])
def test_what_stands_between_marks_is_written_anew(newline: str, margin: str) -> None:
    lines = ["# A", "", f"{margin}<!--derive:a b  -->", "old", "", f"{margin}<!-- /derive -->", "Text", "<!-- derive: c -->"]
    text = newline.join([*lines, "<!-- /derive -->", "end"])
    found = stretched(text)
    first = [margin.rstrip(), f"{margin}[a b]", f"{margin}again", margin.rstrip()]
    assert found.split(newline) == [*lines[:3], *first, *lines[5:], "", "[c]", "again", "", "<!-- /derive -->", "end"]
    assert stretched(found) == found


def test_in_tex_no_empty_lines_are_added() -> None:
    text = "A\n%% derive: a --short\nold\n  % /derive\nB % derive: none\n"
    assert stretched(text, "a.tex") == "A\n%% derive: a --short\n[a --short]\nagain\n  % /derive\nB % derive: none\n"


WRONG = {
    "without end": ("a\n<!-- derive: x -->\n", 2),
    "without beginning": ("a\n\n<!-- /derive -->\n", 3),
    "side by side": ("<!-- derive: x --><!-- derive: y -->\n<!-- /derive -->\n", 1),
    "in one another": ("<!-- derive: x -->\n<!-- derive: y -->\n<!-- /derive -->\n", 2),
    "of nothing": ("<!-- derive: -->\n<!-- /derive -->\n", 1),
    "among text": ("<!-- derive: x --> text\n<!-- /derive -->\n", 1),
    "on two lines": ("<!-- derive:\nx -->\n<!-- /derive -->\n", 1),
    "end among text": ("<!-- derive: x -->\ntext <!-- /derive -->\n", 2),
}


@pytest.mark.parametrize("name", WRONG)
def test_marks_that_are_wrong_are_told_with_their_line(name: str) -> None:
    text, line = WRONG[name]
    with pytest.raises(SourceError) as found:
        stretched(text)
    assert (found.value.code, found.value.place.line) == ("D190", line)


PIECES = ("<!-- derive: x -->", "<!-- /derive -->", "```", "> ", "- ", "    ", "text", "\n", "\n", "\r", "`")


@given(st.lists(st.sampled_from(PIECES)))
def test_what_is_written_is_final_and_nothing_else_changes(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        found = stretched(text)
    except SourceError:
        return
    assert stretched(found) == found
    assert rewritten(text, "a.md", lambda _: None) == text


# --- the command -----------------------------------------------------------------------------------------------------------


def test_it_shows_what_the_call_prints(folder: Path, capsys: Captured) -> None:
    calls = {
        "mse --theorem mse": ["mse", "--theorem", "mse", "--no-numeric"],
        "square.derive --short": [str(folder / "square.derive"), "--short", "--no-numeric"],
        'diff "x^3" --wrt x': ["diff", "x^3", "--wrt", "x"],
        "rules chain": ["rules", "chain"],
    }
    path = folder / "notes.md"
    path.write_text("".join(f"<!-- derive: {call} -->\n<!-- /derive -->\n" for call in calls), encoding="utf-8")
    status, out, err = embed(capsys, str(path))
    assert (status, out, err) == (0, f"{path} changed\n", "")
    shown = (f"<!-- derive: {call} -->\n\n{printed(capsys, *words, '--format', 'markdown')}\n" for call, words in calls.items())
    assert path.read_text(encoding="utf-8") == "".join(f"{each}<!-- /derive -->\n" for each in shown)
    assert embed(capsys, "--check", str(folder)) == (0, "all that is shown is what is proved\n", "")
    path.write_text(path.read_text(encoding="utf-8").replace("2", "3", 1), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    assert embed(capsys, "--check", str(folder)) == (1, f"{path} would change\n", "")
    assert path.read_text(encoding="utf-8") == before


def test_what_is_no_longer_proved_is_told_and_left(folder: Path, capsys: Captured) -> None:
    path = folder / "notes.md"
    path.write_text("# A\n\n<!-- derive: square.derive -->\nold\n<!-- /derive -->\n\n<!-- derive: mse -->\n<!-- /derive -->\n")
    (folder / "square.derive").write_text(SQUARE.replace("2*x", "3*x"), encoding="utf-8")
    status, out, err = embed(capsys, str(path))
    assert (status, out) == (1, f"{path} changed\n")
    assert f"{path}:3: derive square.derive: this is not proved, or not as expected" in err
    text = path.read_text(encoding="utf-8")
    assert "square.derive -->\nold\n<!--" in text
    assert "Mean squared error" in text
    assert embed(capsys, "--check", str(path))[0] == 1


REFUSED = {
    "check .": "does not print a derivation",
    "fmt a.derive": "does not print a derivation",
    "embed a.md": "does not print a derivation",
    "--version": "does not print a derivation",
    "mse -o x": "-o has no meaning here",
    "mse --output=x": "--output=x has no meaning here",
    "mse -ox": "-ox has no meaning here",
    'mse "': "no closing quotation",
    "nothing-of-that-name": "there is no derivation or command",
    "missing.derive": "there is no",
    "mse --theorem none": "has no theorem none",
    "mse --nonsense": "no such option",
}


@pytest.mark.parametrize("call", REFUSED)
def test_a_call_that_does_more_than_print_is_refused(call: str, folder: Path, capsys: Captured) -> None:
    path = folder / "notes.md"
    path.write_text(f"<!-- derive: {call} -->\nold\n<!-- /derive -->\n", encoding="utf-8")
    before = sorted(each.name for each in folder.iterdir())
    status, out, err = embed(capsys, str(path))
    assert (status, out) == (1, "")
    assert f"{path}:1: " in err
    assert REFUSED[call] in err
    assert sorted(each.name for each in folder.iterdir()) == before
    assert "old" in path.read_text(encoding="utf-8")


def test_mistakes_of_one_document_leave_the_others(folder: Path, capsys: Captured) -> None:
    (folder / "a.md").write_text("<!-- derive: mse -->\n", encoding="utf-8")
    (folder / "b.md").write_text("<!-- derive: mse --short -->\n<!-- /derive -->\n", encoding="utf-8")
    (folder / "c.ipynb").write_text("no JSON", encoding="utf-8")
    status, out, err = embed(capsys, str(folder), str(folder / "none.md"), str(folder / "square.derive"))
    assert (status, out) == (2, f"{folder / 'b.md'} changed\n")
    for said in (f"{folder / 'a.md'}:1:1", "c.ipynb", "none.md", "is no document of these kinds"):
        assert said in err
    assert "D900" not in err


# --- notebooks -------------------------------------------------------------------------------------------------------------

MARKS = ["# A\n", "<!-- derive: mse --short -->\n", "old\n", "<!-- /derive -->"]


@pytest.mark.parametrize("indent", [1, 4, None])
@pytest.mark.parametrize("source", [MARKS, "".join(MARKS)], ids=["lines", "one"])
def test_nothing_else_of_a_notebook_is_touched(indent: int | None, source: object, folder: Path, capsys: Captured) -> None:
    cells = [
        {"cell_type": "code", "source": MARKS, "outputs": [{"text": MARKS}]},
        {"metadata": {"é": [1.50, "\u2028"]}, "cell_type": "markdown", "source": source},
        {"cell_type": "raw", "source": MARKS},
        {"cell_type": "markdown", "source": ["ü"]},
        {"cell_type": "markdown"},
    ]
    notebook = {"nbformat": 4, "cells": cells, "metadata": {"cells": cells[:1]}}
    path = folder / "a.ipynb"
    text = json.dumps(notebook, indent=indent) + "\n\n"
    path.write_text(text, encoding="utf-8")
    assert embed(capsys, str(path))[0] == 0
    after = path.read_text(encoding="utf-8")
    found = json.loads(after)
    shown = "".join(found["cells"][1].pop("source"))
    out = printed(capsys, "mse", "--short", "--no-numeric", "--format", "markdown")
    assert shown == f"{''.join(MARKS[:2])}\n{out}\n{MARKS[3]}"
    del notebook["cells"][1]["source"]  # type: ignore[index]
    assert found == notebook
    start = next(n for n, (one, other) in enumerate(zip(text, after, strict=False)) if one != other)
    assert text[:start] == after[:start]
    assert text.rpartition('"raw"')[2] == after.rpartition('"raw"')[2]
    assert embed(capsys, "--check", str(path))[0] == 0


# --- as a process ----------------------------------------------------------------------------------------------------------


def test_it_runs_as_a_process(folder: Path) -> None:
    (folder / "a.tex").write_text("% derive: mse --short\n% /derive\n", encoding="utf-8")
    call = [sys.executable, "-m", "derive", "embed", "."]
    env = {"FORCE_COLOR": "1", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "./a.tex changed\n", "")
    text = (folder / "a.tex").read_text(encoding="utf-8")
    assert r"\begin{theorem}[mse]" in text
    assert "\x1b" not in text


def test_every_kind_of_document_has_a_format() -> None:
    assert {*FORMATS.values()} == {"markdown", "latex"}
