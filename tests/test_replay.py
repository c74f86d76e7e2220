"""Replay: what is recorded is proved again, without a search."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from derive.checking.checker import check
from derive.commands.replay import Options, replay
from derive.floor import kernel
from derive.floor.claims import Weighed
from derive.language import read
from derive.library import load, parse, read_path
from derive.proofs.inferences import FIGURES
from derive.shelf import names
from replaying import TEXT, document_of, failed, only, outcomes, squares, squares_text
from test_cli import call, python, run

CASES = Path(__file__).parent / "cases"


# --- what is proved again ------------------------------------------------------------------------------------------------


@pytest.mark.sample(90)
@pytest.mark.parametrize("name", names())
def test_the_library_is_proved_again(name: str) -> None:
    document = document_of(load(name))
    assert failed(document) == {}
    (found,) = document["derivations"]
    steps = [step for theorem in found["theorems"] for step in theorem["steps"] if step["verdict"] == "proved"]
    proved = [theorem for theorem in found["theorems"] if theorem["verdict"] == "proved"]
    assert len(outcomes(document)) == len(proved) + len(steps)


@pytest.mark.sample(24)
@pytest.mark.parametrize("path", sorted((CASES / "published").glob("*.derive")), ids=lambda path: path.stem)
def test_published_derivations_are_proved_again(path: Path) -> None:
    assert failed(document_of(*read_path(path))) == {}


@pytest.mark.sample(60)
@pytest.mark.parametrize("path", sorted((CASES / "traps").glob("*.derive")), ids=lambda path: path.stem)
def test_traps_are_proved_again_as_far_as_they_are_proved(path: Path) -> None:
    assert failed(document_of(read(path.read_text()))) == {}


def test_what_is_proved_is_what_the_source_says() -> None:
    for outcome in outcomes(squares()):
        found = outcome.replayed
        assert found is not None
        assert type(found.proof) is Weighed
        assert found.proof.sides == found.goal.sides
    by_name = {(o.theorem, o.step) for o in outcomes(squares())}
    assert {("gradient", None), ("gradient", 4), ("wrong", 1), ("open", None), ("later", 1), ("later", 2)} <= by_name
    assert not {("wrong", None), ("wrong", 2)} & by_name


def test_a_used_derivation_is_part_of_the_proof(tmp_path: Path) -> None:
    (tmp_path / "square.derive").write_text("variable x\ntheorem square: diff(x^2, x) = 2*x\n", encoding="utf-8")
    user = tmp_path / "user.derive"
    user.write_text('use "square"\nvariable x\ntheorem user: diff(x^2, x) + 1 = 2*x + 1\nproof\n'
                    "  diff(x^2, x) + 1 = 2*x + 1 by square\nqed\n", encoding="utf-8")  # fmt: skip
    document = document_of(*read_path(user))
    proof = document["derivations"][0]["proof"]
    assert [source["name"] for source in proof["sources"]] == ["square", "user"]
    assert failed(document) == {}
    for path in (user, tmp_path / "square.derive"):
        path.unlink()
    assert failed(document) == {}, "no file is opened"
    proof["sources"][0]["text"] = "variable x\ntheorem square: diff(x^2, x) = 3*x\n"
    assert failed(document) == {}, "what was proved there is proved here: the text is cited for its declarations only"
    proof["sources"][0]["text"] = "constant x\ntheorem square: 1 = 1\n"
    assert ("user", None) in failed(document)


def test_blocks_of_markdown_keep_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    block = "```derive\nvariable x\ntheorem t: diff(x^2, x) = 2*x\n```\n"
    path.write_text(f"# Page\n\n{block}\nAnd in a list:\n\n1.  {block.replace(chr(10), chr(10) + '    ')}\n", encoding="utf-8")
    document = document_of(*read_path(path))
    theorems = [theorem for derivation in document["derivations"] for theorem in derivation["theorems"]]
    assert [o.line for o in outcomes(document) if o.step is None] == [theorem["line"] for theorem in theorems]
    assert failed(document) == {}


def test_a_block_far_down_is_proved_again(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("\n" * 1_200_000 + "```derive\nvariable x\ntheorem t: diff(x^2, x) = 2*x\n```\n", encoding="utf-8")
    assert failed(document_of(*read_path(path))) == {}


def test_a_proof_is_lean() -> None:
    """Every row is part of a proof, and none stands there twice."""
    (found,) = squares()["derivations"]
    proof = found["proof"]
    rows = [json.dumps(row) for row in proof["inferences"]]
    assert len(set(rows)) == len(rows)
    used = {n for claim in proof["claims"] for n in (*claim["by"], *claim["evidence"])}
    used |= {n for row in proof["inferences"] for n in row[2]}
    assert used == set(range(len(rows)))


def test_a_derivation_without_a_text_has_no_proof() -> None:
    report = check(replace(parse("theorem t: 1 + 1 = 2"), text=""), record=True)
    assert report.proof is None
    assert check(parse("theorem t: 1 + 1 = 2")).proof is None


def test_what_could_not_be_recorded_is_not_proved_again() -> None:
    document = document_of(parse("theorem t: 1 + 1 = 2"))
    why = "it rests on declarations that stand in no text"
    for claim in only(document)["proof"]["claims"]:
        claim["missing"] = why
    assert failed(document) == {("t", None): f"it cannot be replayed: {why}", ("t", 1): f"it cannot be replayed: {why}"}


def test_every_figure_of_the_kernel_can_be_replayed() -> None:
    figures = set(re.findall(r'Inference\("(\w+)"', inspect.getsource(kernel)))
    assert figures == set(FIGURES)


# --- the command ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def proofs(tmp_path: Path) -> Path:
    path = tmp_path / "proofs.json"
    path.write_text(squares_text(), encoding="utf-8")
    return path


def test_the_command_counts(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "replay", str(proofs)) == (0, "1 derivation, 7 theorems, 12 steps: all proved again\n", "")
    assert call(capsys, "replay", "-q", str(proofs)) == (0, "", "")


def test_the_command_names_what_is_not_proved(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = squares()
    next(row for row in only(document)["proof"]["inferences"] if row[0] == "by_law")[1][2] = {}
    proofs.write_text(json.dumps(document), encoding="utf-8")
    status, out, err = call(capsys, "replay", str(proofs))
    assert (status, err) == (1, "")
    *lines, blank, last = out.splitlines()
    assert lines[0].startswith("not proved: the text:24: logarithm: inference ")
    assert all("logarithm" in line and "by_law: log-" in line for line in lines)
    assert blank == ""
    assert last.endswith(f": {19 - len(lines)} proved again, {len(lines)} not")
    status, quiet, _ = call(capsys, "replay", "--quiet", str(proofs))
    assert (status, quiet.splitlines()) == (1, lines)
    status, out, _ = call(capsys, "replay", "--format", "json", str(proofs))
    found = json.loads(out)
    assert status == 1
    counts = {"derivations": 1, "theorems": 7, "steps": 12, "proved": 19 - len(lines), "all_proved": False}
    assert found["summary"] == counts
    claim, *_ = (claim for claim in found["derivations"][0]["claims"] if not claim["proved"])
    assert (claim["theorem"], claim["step"], claim["line"], claim["figure"]) == ("logarithm", None, 24, "by_law")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON"), (b"derive", "is not JSON"), (b"\xff\xfe", "is not JSON"), (b"[" * 200_000, "is not JSON"),
        (b"{}", "an object with version"), (b"[]", "an object with version"), (b"3", "an object with version"),
        (b'{"version": 2}', "derivations"), (b'{"version": 2, "derivations": [1]}', "verdict"),
        (b'{"version": 2' + b"0" * 5000 + b"}", "a whole number of 5001 digits"),
        (b'{"version": 7, "derivations": []}', "of version 7"),
        (b'{"version": true, "derivations": []}', "whole number"),
        (b'{"version": 2, "derivations": [], "derivations": []}', "two values for 'derivations'"),
        (b'{"version": 2, "derivations": [{"file": "a", "line": 1, "file": "a"}]}', "two values for 'file'"),
        (b'{"version": 2, "derivations": [NaN]}', "NaN is no number"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_an_error(
    content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no.json"
    path.write_bytes(content)
    status, out, err = call(capsys, "replay", str(path))
    assert (status, out) == (2, "")
    assert said in err
    assert str(path) in err
    assert len(err) < 500


def test_a_file_that_is_not_there_does_not_stop_the_others(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "replay", "no.json", str(proofs))
    assert status == 2
    assert "there is no file no.json" in err
    assert out.endswith("all proved again\n")


@pytest.mark.slow
def test_check_writes_what_replay_reads(tmp_path: Path) -> None:
    (tmp_path / "t.derive").write_text(TEXT, encoding="utf-8")
    assert run("check", "t.derive", "--format", "json", "-o", "t.json", cwd=tmp_path).returncode == 0
    found = run("replay", "t.json", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    written = run("check", "t.derive", "--format", "json", cwd=tmp_path).stdout
    again = subprocess.run(
        [sys.executable, "-m", "derive", "replay", "-"], input=written, capture_output=True, text=True, encoding="utf-8",
        cwd=tmp_path, check=False,
    )  # fmt: skip
    assert (again.returncode, again.stdout) == (0, found.stdout)


def test_each_step_of_a_claim_with_many_sides_is_told_under_its_own_conditions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, found = tmp_path / "t.derive", tmp_path / "found.json"
    path.write_text("variable x, y\ntheorem t: x/x = x^2/x^2 = 2*x/(2*x)\ntheorem u: y = y + 0 = y*1\n", encoding="utf-8")
    assert call(capsys, "check", str(path), "--format", "json", "-o", str(found))[0] == 0
    assert call(capsys, "replay", str(found))[0] == 0


@pytest.mark.slow
def test_what_is_proved_in_any_case_is_proved_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = [str(Path(__file__).parent / "cases" / kind) for kind in ("traps", "published", "used")]
    found = tmp_path / "found.json"
    call(capsys, "check", *cases, "--format", "json", "-o", str(found))
    status, out, _ = call(capsys, "replay", str(found))
    assert (status, out.endswith("all proved again\n")) == (0, True)


@pytest.mark.parametrize(
    "arguments", [("softmax-jacobian", "--no-numeric"), ("diff", "x*exp(x)", "--wrt", "x", "-d", "variable x")]
)
def test_every_document_can_be_replayed(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "found.json"
    assert call(capsys, *arguments, "--format", "json", "-o", str(path))[0] == 0
    status, out, _ = call(capsys, "replay", str(path))
    assert status == 0
    assert out.endswith("all proved again\n")
    assert not out.startswith("0")


LOADED = """
import sys
from derive.cli import main
assert main(["replay", sys.argv[1]]) == 0
searches = ("derive.engine.", "derive.checking", "derive.numbers", "sympy", "numpy")
print(*(name for name in sys.modules if name.startswith(searches)))
"""

BESIDE_RULES = {f"derive.engine.{name}" for name in ("arrange", "letters", "matching", "remembered", "scope")}
"""The reader knows the rules by their names, which stand in `engine.rules` beside what applies them."""


def test_it_ends_when_its_time_is_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proofs = tmp_path / "proofs.json"
    proofs.write_text(json.dumps(document_of(load("softmax-ce"))), encoding="utf-8")
    assert replay([str(proofs)], Options(timeout=0)) == 2
    assert capsys.readouterr().err.startswith(f"error[D405]: {proofs}: more than 0 seconds")
    assert call(capsys, "replay", str(proofs), "--timeout", "1")[0] == 0


def test_a_number_of_very_many_digits_is_not_read(tmp_path: Path, proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "digits.json"
    path.write_text('{"version": 2, "derivations": [' + "9" * 2_000_000 + "]}", encoding="utf-8")
    status, out, err = call(capsys, "replay", str(path), str(proofs))
    assert (status, out) == (2, "1 derivation, 7 theorems, 12 steps: all proved again\n")
    assert err.startswith(f"error: {path}: it has a whole number of 2000000 digits\n")


def test_no_search_is_loaded(proofs: Path) -> None:
    found = python(LOADED.replace("sys.argv[1]", repr(str(proofs))))
    assert found.returncode == 0, found.stderr
    loaded = {name for name in found.stdout.splitlines()[-1].split() if not name.startswith("derive.engine.rules")}
    assert loaded == BESIDE_RULES
