"""The command, run as a process: what it prints, where, and with which exit status."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import derive
from derive import cli, library
from derive.checking.instances import Gradient, instance, length, main_theorem, stated_gradient
from derive.floor.terms import Entry, free_indices, number
from derive.language import read
from derive.shelf import names

PACKAGE = Path(derive.__file__).parent
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING")},
    "PYTHONPATH": str(PACKAGE.parent),
    "PYTHONUTF8": "1",
}
USAGE = 2

RIGHT = """
size n
option classes = n
variable x[n]
constant t[n]
define E = sum((x[i] - t[i])^2, i)
theorem gradient: diff(E, x[k]) = 2*(x[k] - t[k])
"""
WRONG = RIGHT.replace("= 2*(x", "= 3*(x")


def run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command with its output in pipes."""
    return subprocess.run(
        [sys.executable, "-m", "derive", *arguments],
        cwd=cwd, env={**ENVIRONMENT, **environment}, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def python(program: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Runs the command in this process, which is quicker: its status, standard output and standard error."""
    status = cli.main(arguments)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.fixture
def right(tmp_path: Path) -> Path:
    path = tmp_path / "right.derive"
    path.write_text(RIGHT, encoding="utf-8")
    return path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of its own."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setattr("derive.shelf.folder", lambda: folder)
    return folder


# --- the main job ---------------------------------------------------------------------------------------------------------


def test_softmax_with_cross_entropy_for_three_classes() -> None:
    found = run("softmax-ce", "--classes", "3")
    assert (found.returncode, found.stderr) == (0, "")
    for line in ("∂E/∂Z_1 = O_1 − y_1", "∂E/∂Z_2 = O_2 − y_2", "∂E/∂Z_3 = O_3 − y_3"):
        assert f"\n  {line}\n" in found.stdout
    assert "proved for every H" in found.stdout
    errors = re.findall(r"by (\d\.\de[+-]\d\d)", found.stdout)
    assert len(errors) == 2
    assert all(float(error) < 1e-6 for error in errors)
    notes = [line for line in found.stdout.splitlines() if line.startswith("Note: ")]
    assert found.stdout.rstrip().endswith(notes[-1])


@pytest.mark.sample(4)
@pytest.mark.parametrize("classes", ["1", "50", "1000", "1000000000000"])
def test_any_number_of_classes(classes: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "softmax-ce", "--classes", classes, "--no-numeric")
    assert status == 0
    assert f"Written out for H = {classes} and k = 1" in out
    assert f"∂E/∂Z_{classes} = O_{classes} − y_{classes}" in out
    assert len(out.splitlines()) < 300


@pytest.mark.slow
def test_too_many_classes_for_numbers_are_checked_at_a_smaller_size(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "softmax-ce", "--classes", "1000000000000", "--points", "1")
    assert status == 0
    assert "a smaller size than asked for" in out


def test_the_proof_is_for_every_size_without_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "softmax-ce", "--no-numeric")
    assert status == 0
    assert "Written out" not in out
    assert "proved for every H" in out


def test_wrt_chooses_the_entry(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "softmax-ce", "--classes", "3", "--wrt", "2", "--no-numeric")
    assert status == 0
    assert "Written out for H = 3 and k = 2" in out
    assert "softmax-ce:  ∂E/∂Z_2 = O_2 − y_2" in out


@pytest.mark.slow
def test_size_is_an_option_of_every_derivation(capsys: pytest.CaptureFixture[str]) -> None:
    by_name = call(capsys, "softmax-ce", "--size", "H=4", "--no-numeric")
    assert by_name == call(capsys, "softmax-ce", "--classes", "4", "--no-numeric")


@pytest.mark.slow
def test_variants_are_presented_one_after_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "softmax-ce", "--variant", "binary", "--classes", "3", "--no-numeric", "--format", "json")
    assert (status, err) == (0, "")
    data = json.loads(out)
    assert len(data["derivations"]) == data["summary"]["files"] > 1
    assert any(theorem["verdict"] == "refuted" for found in data["derivations"] for theorem in found["theorems"])


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_derivation_of_the_library_is_a_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, name, "--no-numeric")[0] == 0


def test_nothing_in_the_package_knows_a_derivation_by_name() -> None:
    # The table of functions has names of its own, and one of them is also that of a derivation: relu.
    files = (path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "floor" / "functions.py")
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    code = re.sub(r'""".*?"""', "", source, flags=re.DOTALL)
    # A message may show one as an example of what to type.
    assert not set(re.findall(r'(?<!use )"(?=([\w/-]+)")', code)) & set(names())


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("logistic-hessian", "the gradient differs from central differences of the loss by"),
        ("softmax-fisher", "the two sides differ by"),
        ("dpo", "with an example in the place of A, B, the gradient differs"),
    ],
)
def test_second_derivatives_sums_and_unknown_functions_are_compared(
    capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    status, out, _ = call(capsys, name, "--points", "1")
    assert status == 0
    assert said in " ".join(out.split())
    assert "not compared" not in out


# --- formats --------------------------------------------------------------------------------------------------------------


def test_json_holds_verdicts_numbers_latex_and_the_instance(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "softmax-ce", "--classes", "3", "--format", "json", "--points", "2", "--seed", "7")
    data = json.loads(out)
    found = data["derivations"][0]
    assert (status, data["version"], data["summary"]["as_expected"]) == (0, 2, True)
    assert found["numeric"]["agrees"]
    assert (found["numeric"]["points"], found["numeric"]["seed"], found["numeric"]["sizes"]) == (2, 7, {"H": 3})
    assert r"\begin{align*}" in found["latex"]
    assert found["instance"]["gradients"][2] == {"by": "Z[3]", "value": "O[3] - y[3]"}
    assert found["instance"]["theorem"]["right"] == "O[1] - y[1]"


@pytest.mark.slow
def test_other_formats(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("softmax-ce", "--classes", "8", "--no-numeric", "--format")
    latex, markdown = call(capsys, *arguments, "latex")[1], call(capsys, *arguments, "markdown")[1]
    for page in (latex, markdown):
        assert r"\frac{\partial E}{\partial Z_{8}} &= O_{8} - y_{8}" in page
        assert r"\vdots" in page
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    assert markdown.count("\n# ") == 0
    assert markdown.startswith("# ")
    assert "> The loss is" in markdown


@pytest.mark.slow
def test_output_into_a_pipe_is_neither_wrapped_nor_coloured() -> None:
    out = run("softmax-ce", "--no-numeric").stdout
    assert max(map(len, out.splitlines())) > 100
    assert "\x1b" not in out
    assert "\x1b" in run("softmax-ce", "--no-numeric", FORCE_COLOR="1").stdout
    narrow = run("softmax-ce", "--no-numeric", "--width", "50").stdout
    assert max(map(len, narrow.splitlines())) <= 50


@pytest.mark.slow
def test_ascii_where_the_output_cannot_hold_more() -> None:
    poor = run("softmax-ce", "--classes", "8", "--no-numeric", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert poor.returncode == 0
    assert poor.stdout.isascii()
    assert "diff(E, Z[8]) = O[8] - y[8]" in poor.stdout
    assert poor.stdout == run("softmax-ce", "--classes", "8", "--no-numeric", "--ascii").stdout


LETTERS_AND_GUARDS = (
    "derivations/statistics/logistic-hessian.derive",
    "derivations/statistics/mixture-responsibilities.derive",
    "tests/cases/traps/guards.derive",
    "tests/cases/traps/guards-without-values.derive",
    "tests/cases/published/W05-wrong-index-fixed.derive",
)


def test_the_order_of_sets_is_not_seen() -> None:
    """Terms are told apart by where they are in memory, so that sets of them come in another order in every process."""
    root = Path(__file__).parent.parent
    paths = [str(root / path) for path in LETTERS_AND_GUARDS]
    calls = [run("check", *paths, "--format", "json", PYTHONHASHSEED=seed) for seed in "123"]
    assert len({call.stdout for call in calls}) == 1
    assert calls[0].returncode == 0, calls[0].stderr


# --- files ----------------------------------------------------------------------------------------------------------------


def test_a_file_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.tex"
    assert call(capsys, "softmax-ce", "--no-numeric", "--format", "latex", "-o", str(path))[:2] == (0, "")
    assert r"\end{align*}" in path.read_text(encoding="utf-8")
    assert os.listdir(tmp_path) == ["out.tex"]
    path.chmod(0o640)
    assert call(capsys, "softmax-ce", "--no-numeric", "-o", str(path))[0] == 0
    assert path.read_text(encoding="utf-8") == call(capsys, "softmax-ce", "--no-numeric")[1]
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_to_a_file_stays_a_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "real").write_text("before")
    (tmp_path / "link").symlink_to("real")
    assert call(capsys, "list", "-o", str(tmp_path / "link"))[0] == 0
    assert (tmp_path / "link").is_symlink()
    assert "softmax-ce" in (tmp_path / "real").read_text()


def test_a_file_of_two_names_keeps_them_and_its_owner(tmp_path: Path) -> None:
    one, other = tmp_path / "one.derive", tmp_path / "other.derive"
    one.write_text("variable   x\ntheorem t: x=x\n")
    os.link(one, other)
    assert cli.main(["fmt", str(one)]) == 0
    assert one.samefile(other)
    assert "theorem t: x = x" in other.read_text()
    other.unlink()
    if hasattr(os, "chown") and os.geteuid() == 0:
        one.write_text("variable   x\ntheorem t: x=x\n")
        os.chown(one, 12345, 12345)
        assert cli.main(["fmt", str(one)]) == 0
        assert (one.stat().st_uid, one.stat().st_gid) == (12345, 12345)


def test_nothing_is_left_behind_where_a_file_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.txt"
    path.write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    status, out, err = call(capsys, "softmax-ce", "--no-numeric", "-o", str(path))
    assert (status, out) == (USAGE, "")
    assert err == f"error: {path} cannot be written: No space left on device\n"
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.txt"]


# --- bad calls ------------------------------------------------------------------------------------------------------------

BAD_CALLS = [
    (["--classes", "0"], "--classes takes a whole number from 1 on, and not 0"),
    (["--classes", "-1"], "--classes takes a whole number from 1 on, and not -1"),
    (["--classes", "1.5"], "--classes takes a whole number from 1 on, and not 1.5"),
    (["--classes", "x"], "--classes takes a whole number from 1 on, and not x"),
    (["--classes", "9" * 5000], "--classes takes a whole number"),
    (["--classes"], "requires an argument"),
    (["--classes", "3", "--wrt", "4"], "--wrt 4 is too large: k runs from 1 to 3"),
    (["--classes", "3", "--wrt", "0"], "--wrt takes a whole number from 1 on, and not 0"),
    (["--classes", "3", "--wrt", "1,2"], "--wrt takes 1 value here, for k, and not 2"),
    (["--wrt", "2"], "H has no number"),
    (["--size", "K=3"], 'softmax-ce has no size "K"'),
    (["--size", "H"], "--size takes the name of a size and a whole number"),
    (["--size", "H=0"], "--size H takes a whole number from 1 on, and not 0"),
    (["--size", "H=3", "--classes", "4"], "--classes gives H the value 4"),
    (["--size", "H=3", "--size", "H=4"], "--size gives H two values, 3 and 4"),
    (["--variant", "binry"], 'softmax-ce has no variant "binry"'),
    (["--variant", "binary", "--classes", "1"], "n is at least 2 in softmax-bce, and not 1"),
    (["--format", "xml"], "'xml' is not one of"),
    (["--clases", "3"], "no such option"),
    (["--points", "0"], "--points takes a whole number from 1 on"),
    (["--width", "3"], "--width takes a whole number from 20 on"),
    (["-o", "/nonexistent/folder/file"], "/nonexistent/folder/file cannot be written: No such file or directory"),
    (["-o", "/"], "/ is a folder"),
    (["more"], "unexpected extra argument"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD_CALLS)
def test_a_bad_call_is_one_clear_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "softmax-ce", "--no-numeric", *arguments)
    assert (status, out) == (USAGE, "")
    first, *help = err.splitlines()
    assert first.startswith("error: ")
    assert said in first
    assert all(line.startswith("  help: ") for line in help)
    assert len(help) <= 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sofmax-ce", 'error: there is no derivation or command "sofmax-ce"; did you mean softmax-ce?'),
        ("lst", 'error: there is no derivation or command "lst"; did you mean list?'),
        ("zzz", 'error: there is no derivation or command "zzz"'),
        ("./softmax-ce", 'error: there is no derivation or command "./softmax-ce"; did you mean softmax-ce?'),
        ("a\x1b[31mb", 'error: there is no derivation or command "a [31mb"'),
    ],
)
def test_an_unknown_name_brings_the_nearest_ones(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, name)
    assert (status, out) == (USAGE, "")
    assert err.splitlines()[0] == said


@pytest.mark.slow
def test_a_file_is_presented_like_an_entry_of_the_library(right: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, str(right), "--no-numeric")
    assert status == 0
    assert "✓ proved" in out
    status, out, _ = call(capsys, str(right), "--format", "latex")
    assert status == 0
    assert "\\begin{align*}" in out


def test_the_path_of_another_file_is_no_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n")
    status, _, err = call(capsys, str(page))
    assert status == USAGE
    assert err.splitlines()[1] == f"  help: to check the file: derive check {page}"


def test_a_call_that_asks_nothing_is_told_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys)
    assert status == USAGE
    assert (0, out) == call(capsys, "--help")[:2]
    for command in ("NAME", "check", "list", "rules"):
        assert re.search(rf"^  {command} ", out, re.MULTILINE)


def test_a_closed_pipe_is_a_quiet_end() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "derive", "softmax-ce", "--no-numeric"],
        env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0
    assert errors == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_is_one_clear_line() -> None:
    with open("/dev/full", "w") as full:
        found = subprocess.run(
            [sys.executable, "-m", "derive", "list"],
            env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert found.returncode == USAGE
    assert found.stderr == "error: the output cannot be written: No space left on device\n"


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("derive.commands.present.load_any", interrupted)
    assert call(capsys, "softmax-ce") == (130, "", "")


def test_a_mistake_in_derive_itself_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("impossible")

    monkeypatch.delenv("DERIVE_TRACEBACK", raising=False)
    monkeypatch.setattr("derive.commands.present.check", broken)
    status, out, err = call(capsys, "softmax-ce")
    assert (status, out) == (USAGE, "")
    assert err.startswith("error[D900]: derive softmax-ce: derive itself is at fault: RuntimeError: impossible\n")


@pytest.mark.parametrize("command", ["fill", "fmt"])
def test_a_mistake_in_derive_itself_befalls_one_file(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work = {"fill": "derive.commands.fill.filled", "fmt": "derive.commands.fmt.lay_out"}[command]
    module, _, name = work.rpartition(".")
    honest = getattr(importlib.import_module(module), name)

    def broken(text: str, *rest: Any, **named: Any) -> Any:
        if "bad" in text:
            raise RecursionError
        return honest(text, *rest, **named)

    monkeypatch.delenv("DERIVE_TRACEBACK", raising=False)
    monkeypatch.setattr(work, broken)
    bad, fine = tmp_path / "bad.derive", tmp_path / "fine.derive"
    bad.write_text("variable bad\ntheorem t: bad = bad\n")
    before = "variable x\ntheorem t:   diff(x, x) = 1\nproof\n  diff(x, x)\n    = ? by variable\nqed\n"
    fine.write_text(before)
    status, _, err = call(capsys, command, str(bad), str(fine))
    assert status == (USAGE if command == "fmt" else 1)
    assert err.startswith(f"error[D408]: {bad}: it is nested too deeply")
    assert fine.read_text() != before


# --- checking files -------------------------------------------------------------------------------------------------------


def test_verdicts_decide_the_exit_status(tmp_path: Path, right: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.derive"
    wrong.write_text(WRONG, encoding="utf-8")
    meant = tmp_path / "meant.derive"
    meant.write_text(WRONG.rstrip() + " expect refuted\n", encoding="utf-8")
    assert call(capsys, "check", str(right))[0] == 0
    assert call(capsys, "check", str(meant))[0] == 0
    status, out, err = call(capsys, "check", str(right), str(wrong), str(meant))
    assert (status, err) == (1, "")
    assert "counterexample" in out
    assert out.endswith("3 files, 3 theorems (1 proved, 2 refuted), 1 step (1 proved); not as expected\n")


def test_check_in_json(right: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "check", str(right), "--format", "json")
    data = json.loads(out)
    assert status == 0
    assert data["derivations"][0]["file"] == str(right)
    assert data["summary"]["theorems"]["proved"] == data["summary"]["steps"]["proved"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "../derivations", "cases/near-misses", "cases/syntax", "no such file"),
        ("check", "cases/lint", "--lint", "--strict"),
        ("softmax-ce", "--classes", "3"),
        ("kl-gaussian", "--no-numeric"),
        ("diff", "x^2", "--wrt", "x", "--declare", "variable x"),
    ],
    ids=" ".join,
)
def test_json_is_what_its_schema_says(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(Path(__file__).parent)
    schema = json.loads(call(capsys, "check", "--schema")[1])
    jsonschema.Draft202012Validator.check_schema(schema)
    status, out, _ = call(capsys, *arguments, "--format", "json")
    data = json.loads(out)
    jsonschema.Draft202012Validator(schema).validate(data)
    summary = data["summary"]
    assert summary["as_expected"] is (status == 0)
    for what in ("theorems", "steps"):
        assert sum(summary[what].values()) == 2 * summary[what]["total"]


def test_json_does_not_write_out_what_doubles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"define h{n}[i: n] = exp(h{n - 1}[i])/sum(exp(h{n - 1}[l]), l)\n" for n in range(1, 25))
    text = f"size n\nvariable x[n]\ndefine h0[i: n] = x[i]\n{rows}theorem t: sum(h24[i], i) = 1\n"
    (tmp_path / "stack.derive").write_text(text, encoding="utf-8")
    status, out, _ = call(capsys, "check", str(tmp_path / "stack.derive"), "--format", "json")
    assert (status, json.loads(out)["derivations"][0]["verdict"]) == (0, "proved")
    assert len(out) < 100_000


def test_a_right_side_that_doubles_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"define f{n}(u) = f{n - 1}(u)*sin(f{n - 1}(u))\n" for n in range(1, 25))
    proof = "proof\n  f24(x) = ? by definition\n  = f23(x)*sin(f23(x)) by definition\nqed\n"
    text = f"variable x\ndefine f0(u) = u\n{rows}theorem t: f24(x) = f23(x)*sin(f23(x))\n{proof}theorem next: x + x = 2*x\n"
    (tmp_path / "tower.derive").write_text(text, encoding="utf-8")
    status, out, _ = call(capsys, "check", str(tmp_path / "tower.derive"), "--format", "json")
    tower, after = json.loads(out)["derivations"][0]["theorems"]
    assert (status, tower["steps"][0]["code"], after["verdict"]) == (1, "D401", "proved")
    assert len(out) < 100_000


def test_what_could_not_be_read_is_an_entry(right: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.derive"
    bad.write_text("variable x\ntheorem t: x +\n  y = x\n", encoding="utf-8")
    status, out, _ = call(capsys, "check", str(bad), str(right), "--format", "json")
    data = json.loads(out)
    assert (status, data["summary"]["files"], data["summary"]["unread"], data["summary"]["as_expected"]) == (2, 1, 1, False)
    assert [(entry["file"], entry["verdict"]) for entry in data["derivations"]] == [(str(bad), "error"), (str(right), "proved")]
    (error,) = data["errors"]
    assert (error["file"], error["line"], error["column"]) == (str(bad), 3, 3)
    assert (error["end_line"], error["end_column"]) == (3, 4)
    (tmp_path / "proofs.json").write_text(out, encoding="utf-8")
    assert call(capsys, "replay", str(tmp_path / "proofs.json"))[1].startswith("1 derivation, 1 theorem")


def test_the_blocks_of_a_markdown_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Notes\n\n```derive{RIGHT}```\n\n```derive\nvariable x\ntheorem t: x + x = 2*x\n```\n", encoding="utf-8")
    status, out, _ = call(capsys, "check", str(page))
    assert status == 0
    assert out.endswith("1 file, 2 theorems (2 proved), 2 steps (2 proved); all as expected\n")
    page.write_text("# Nothing\n")
    assert call(capsys, "check", str(page))[0] == USAGE


def test_a_mistake_in_a_file_has_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "f.derive"
    path.write_text("variable x\ntheorem t: 2x = x + x\n", encoding="utf-8")
    status, out, err = call(capsys, "check", str(path))
    assert (status, out) == (USAGE, "")
    assert err == (
        "error[D133]: there is no operator between `2` and `x`\n"
        f" --> {path}:2:13\n"
        "  |\n"
        "2 | theorem t: 2x = x + x\n"
        "  |             ^\n"
        "  |\n"
        "  = help: write 2*x\n"
    )


def test_files_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "binary.derive").write_bytes(b"title \"\xff\"\n")
    (tmp_path / "empty.derive").write_bytes(b"")
    (tmp_path / "bare").mkdir()
    for name, said in (
        ("none.derive", "there is no file"),
        ("bare", "there is no derivation in the folder"),
        ("binary.derive", "is not text in UTF-8: line 1 is not"),
        ("empty.derive", "there is no statement here"),
        ("nul\0.derive", "there is no file"),
    ):
        status, out, err = call(capsys, "check", f"{tmp_path}/{name}")
        assert (status, out) == (USAGE, ""), name
        assert said in err.splitlines()[0]


def test_one_theorem_is_presented_alone(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "softmax-ce", "--theorem", "denominator", "--no-numeric")
    assert (status, out.count("∂(Σ_j exp(Z_j))/∂Z_k = exp(Z_k)"), out.count("✗")) == (0, 2, 0)  # the result, and its proof
    assert "by sum" in out
    status, out, _ = call(capsys, "softmax-ce", "--theorem", "not-the-binary-sum", "--no-numeric", "--format", "json")
    (found,) = json.loads(out)["derivations"]
    assert (status, found["verdict"], [each["name"] for each in found["theorems"]]) == (0, "refuted", ["not-the-binary-sum"])
    status, out, err = call(capsys, "softmax-ce", "--theorem", "softmax-c")
    assert (status, out) == (USAGE, "")
    assert "did you mean softmax-ce?" in err


def test_a_document_of_its_own_is_one_of_latex(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "softmax-ce", "--classes", "3", "--no-numeric", "--format", "latex", "--standalone")
    assert (status, out.count(r"\documentclass"), out.count(r"\end{document}")) == (0, 1, 1)
    labels = re.findall(r"\\label\{(.*?)\}", out)
    assert len(labels) == len(set(labels)) == 7
    status, out, err = call(capsys, "softmax-ce", "--standalone")
    assert (status, out) == (USAGE, "")
    assert "add --format latex" in err


@pytest.mark.parametrize("format", ["text", "latex", "markdown", "html"])
def test_short_is_without_the_steps(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("softmax-ce", "--theorem", "softmax-ce", "--classes", "2", "--no-numeric", "--format", format)
    whole, short = (call(capsys, *arguments, *more)[1] for more in ((), ("--short",)))
    assert "by cancel" in whole or "cancel" in whole
    assert "cancel" not in short
    assert len(short) < len(whole)
    assert "proved" in short.lower()


# --- lists ----------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_list_names_all_derivations(capsys: pytest.CaptureFixture[str]) -> None:
    rows = call(capsys, "list")[1].splitlines()
    assert sorted(row.split()[0] for row in rows if row.startswith("  ")) == names()
    assert [row for row in rows if row and not row.startswith(" ")][:3] == ["Cross-entropy", "Activations", "Calculus"]
    data = json.loads(call(capsys, "list", "--format", "json")[1])
    assert sorted(found["name"] for found in data["derivations"]) == names()
    assert all(set(found) == {"name", "subject", "title", "source", "theorems"} for found in data["derivations"])
    page = call(capsys, "list", "--format", "markdown")[1].splitlines()
    assert sorted(line[4:] for line in page if line.startswith("### ")) == names()


def test_list_names_those_of_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "list", "GELU")[1] == "Activations\n  gelu       GELU\n  gelu-tanh  GELU, the approximation by tanh\n"
    assert "max-pooling" in call(capsys, "list", "Goodfellow")[1]
    data = json.loads(call(capsys, "list", "norm", "--format", "json")[1])
    assert {"batch-norm", "layer-norm"} <= {each["name"] for each in data["derivations"]}
    narrow = call(capsys, "list", "gumbel", "--width", "30")[1]
    assert narrow == "Activations\n  gumbel-softmax\n    Gumbel-softmax, with the\n    noise held fixed\n"
    status, out, err = call(capsys, "list", "nothing like it")
    assert (status, out) == (USAGE, "")
    assert "derive list names them all" in err


def test_rules_say_what_they_state(capsys: pytest.CaptureFixture[str]) -> None:
    out = call(capsys, "rules")[1]
    assert {"definition", "chain", "algebra", "log-product"} <= {line.split()[0] for line in out.splitlines()}
    out = call(capsys, "rules", "log-product")[1]
    assert "ln(a*b) = ln(a) + ln(b)" in out
    assert "a > 0, b > 0" in out
    assert json.loads(call(capsys, "rules", "log-product", "--format", "json")[1])["given"] == ["a > 0", "b > 0"]
    for name in ("prime", "power", "exp", "max"):
        assert f"by {name}, chain where the inside is not the variable itself" in call(capsys, "rules", name)[1]
    assert "where the inside" not in call(capsys, "rules", "product")[1]
    status, out, err = call(capsys, "rules", "log-prodct")
    assert (status, out) == (USAGE, "")
    assert "did you mean log-product" in err


def test_no_derivation_is_named_like_a_command() -> None:
    assert not {"check", "list", "rules", "diff", "fill", "fmt", "explain", cli.PRESENT} & set(names())


# --- what is loaded -------------------------------------------------------------------------------------------------------


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (("--version",), ("derive.floor.kernel", "derive.language", "sympy", "numpy", "mpmath")),
        (("list",), ("derive.engine.prove", "sympy", "numpy", "mpmath")),
        (("softmax-ce", "--classes", "3", "--no-numeric"), ("sympy", "numpy")),
    ],
)
def test_only_what_is_needed_is_loaded(arguments: tuple[str, ...], absent: tuple[str, ...]) -> None:
    program = f"""
import sys
from derive.cli import main
status = main({arguments!r})
print([name for name in {absent!r} if name in sys.modules], status, file=sys.stderr)
"""
    assert python(program).stderr == "[] 0\n"


def test_importing_the_package_loads_nothing() -> None:
    program = "import sys, derive; print([name for name in sys.modules if name.startswith('derive.')])"
    assert python(program).stdout == "[]\n"


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version") == (0, f"derive {derive.__version__}\n", "")


# --- the library ----------------------------------------------------------------------------------------------------------


def test_the_public_functions() -> None:
    report = derive.check(derive.parse(RIGHT))
    assert report.verdict == "proved"
    assert derive.load("softmax-ce").name == "softmax-ce"
    with pytest.raises(derive.DeriveError, match="there is no derivation"):
        derive.load("softmax")
    with pytest.raises(AttributeError):
        derive.nothing  # noqa: B018
    assert set(derive.__all__) <= set(dir(derive))


def test_what_a_file_uses_stands_beside_it_or_in_the_library(tmp_path: Path, shelf: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    lemma = "variable x\ntheorem {}: x + x = 2*x\n"
    (folder / "near.derive").write_text(lemma.format("beside"))
    (shelf / "near.derive").write_text(lemma.format("on-the-shelf"))
    (shelf / "far.derive").write_text(lemma.format("far"))
    (folder / "main.derive").write_text('variable x\nuse "near", "far"\ntheorem t: x = x\n')
    [found] = library.read_path(folder / "main.derive")
    assert list(found.lemmas) == ["beside", "far"]


WRONG_REASONS = """variable x
theorem t: diff(x^2, x) = 2*x
proof
  diff(x^2, x)
    = 2*x by power, quotientt, definition(Nothing), foo(3)
qed
theorem u: sin(x)^2 + cos(x)^2 = 1
proof
  x + x = 2*x by algebra
qed
"""


def test_all_reasons_that_do_not_exist_are_told_at_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.derive"
    path.write_text(WRONG_REASONS)
    status, _, err = call(capsys, "check", str(path))
    assert status == 2
    found = re.findall(r"error\[(D\d+)\]: .*\n *--> \S+:(\d+:\d+)\n", err)
    assert found == [("D170", "5:21"), ("D171", "5:43"), ("D170", "5:53"), ("D210", "9:3")]
    assert "did you mean quotient?" in err
    (tmp_path / "b.derive").write_text("variable x\ntheorem t: x = x\n")
    status, out, _ = call(capsys, "check", str(tmp_path), "--format", "concise")
    assert status == 2
    assert out.count("error[") == 4
    assert "1 file not read" in out
    status, out, _ = call(capsys, "check", str(path), "--format", "json")
    assert (status, [error["code"] for error in json.loads(out)["errors"]]) == (2, [code for code, _ in found])
    path.write_text(f"```derive\n{WRONG_REASONS}```\n\n```derive\n{WRONG_REASONS}```\n")
    _, _, err = call(capsys, "check", str(path.rename(tmp_path / "a.md")))
    assert err.count("error[D170]") == 4


def test_a_proof_of_something_else_is_an_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.derive"
    path.write_text("variable x\ntheorem u: x + 1 = 1 + x expect unknown\nproof\n  2*x = x + x by algebra\nqed\n")
    for arguments in (["check", str(path)], ["check", "--format", "concise", str(path)], [str(path)]):
        assert call(capsys, *arguments)[0] == 2, arguments
    out = call(capsys, "check", str(path))[1]
    assert "error[D210]" in out
    assert "begin the proof with x + 1" in out
    assert f"{path}:4:3" in out


def test_derivations_that_use_each_other_are_refused(tmp_path: Path) -> None:
    for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{one}.derive").write_text(f'variable x\nuse "{other}"\ntheorem {one}: x = x\n')
    with pytest.raises(derive.DeriveError, match="a uses b uses c uses a"):
        library.read_path(tmp_path / "a.derive")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "..", ".hidden", "nul\0"])
def test_a_use_does_not_leave_its_folder(name: str, tmp_path: Path, shelf: Path) -> None:
    (shelf / "secret.derive").write_text("variable x\ntheorem t: x = x\n")
    folder = tmp_path / "mine"
    folder.mkdir()
    reading = library._Reading()
    with pytest.raises(derive.DeriveError, match="there is no derivation"):
        reading.used(folder, name)


# --- instances ------------------------------------------------------------------------------------------------------------


def gradient_of(text: str) -> Gradient:
    main = main_theorem(read(text))
    assert main is not None
    found = stated_gradient(main)
    assert found is not None
    return found


def test_the_main_theorem_is_the_one_of_the_name_else_the_last_expected_one() -> None:
    text = "variable x\ntheorem a: x = x\ntheorem b: x = x\ntheorem c: x = 2*x expect refuted"
    for name, main in (("a", "a"), ("b", "b"), ("c", "b"), ("d", "b")):
        found = main_theorem(read(text, name))
        assert found is not None
        assert found.name == main
    assert main_theorem(read("variable x")) is None


def test_gradients_are_shown_up_to_the_dots() -> None:
    stated = gradient_of(RIGHT)
    assert len(list(stated.every({"n": 6}, 3))) == 6
    many = list(stated.every({"n": 10**12}, 3))
    assert [gradient is None for gradient in many] == [False, False, True, False]
    last = many[-1]
    assert last is not None
    assert last.by == Entry("x", (number(10**12),))


def test_an_instance_has_the_values_that_the_claim_admits() -> None:
    text = "size n, m\nvariable W[n, n], v[m]\ntheorem t for i != k: diff(sum(W[i, i], i), W[i, k]) = 0"
    stated = gradient_of(text)
    first = stated.first({"n": 3})
    assert first is not None
    assert [first[index] for index in stated.indices] == [1, 2]
    assert stated.first({"n": 1}) is None
    assert [length(index, {"n": 3}) for index in stated.indices] == [3, 3]


def test_an_instance_leaves_out_the_case_that_does_not_occur() -> None:
    derivation = derive.parse(
        """
        size n
        variable x[n]
        theorem t: diff(x[i], x[k]) = delta(i, k)
        proof
          case i = k:
            diff(x[i], x[k]) = delta(i, k) by variable
          case i != k:
            diff(x[i], x[k]) = delta(i, k) by variable
        qed
        """
    )
    [theorem] = derive.check(derivation).theorems
    i, k = sorted(free_indices(theorem.left), key=lambda index: index.name)
    found = instance(theorem, {"n": 3}, {i: 1, k: 2})
    assert len(found.chains) == 1
    assert found.chains[0].conditions == ()


@pytest.mark.parametrize("command", [(), ("check",), ("fmt",), ("fill",)])
@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("paper.tex", "is LaTeX, and no file NAME.derive\n  help: write the derivation in the language of derive, in a file"),
        ("paper.PDF", "is a PDF, and no file NAME.derive\n  help: write the derivation"),
        ("model.py", "is a program in Python, and no file NAME.derive\n  help: write the derivation"),
        ("proofs.json", "is JSON, and no file NAME.derive\n  help: go through the proofs that derive check"),
        ("data.jsonl", "is JSON by lines, and no file NAME.derive\n  help: check what stands in its lines: derive check"),
        ("notes.txt", "is a plain text, and no file NAME.derive\n  help: write the derivation"),
    ],
)
def test_files_of_other_kinds_are_told_what_they_are(
    command: tuple[str, ...], file: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / file
    path.write_bytes(b"\\begin{equation} {x} = 1 \xff\n" if file == "paper.PDF" else b"\\begin{equation}\n  x = {1}\n")
    before = path.read_bytes()
    status, out, err = call(capsys, *command, str(path))
    assert (status, out) == (USAGE, "")
    assert err.startswith(f"error: {path} {said}")
    assert err.count("\n") == 2
    assert path.read_bytes() == before


def test_a_text_or_a_notebook_may_hold_a_derivation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, notebook = tmp_path / "square.txt", tmp_path / "square.ipynb"
    text.write_text(RIGHT)
    notebook.write_text(json.dumps({"cells": [{"cell_type": "code", "source": f"%%derive\n{RIGHT}"}]}))
    for path in (text, notebook):
        assert call(capsys, "check", str(path))[0] == 0
    (tmp_path / "paper.tex").write_text("x = {1}")
    status, _, err = call(capsys, "diff", "x", "--wrt", "x", "--file", str(tmp_path / "paper.tex"))
    assert status == USAGE
    assert "paper.tex is LaTeX" in err
    status, _, err = call(capsys, str(notebook))
    assert status == USAGE
    assert f"check the derivations in its cells: derive check {notebook}" in err
    text.write_text(RIGHT.replace("2*(x", "2*(("))
    status, _, err = call(capsys, "check", str(text))
    assert status == USAGE
    assert "error[D130]" in err


def test_conditions_of_lines_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.derive"
    file.write_text(
        "variable x, y\n"
        "theorem one: 2*x = 2*x\nproof\n  2*x = 2*x*x/x by algebra\n    = 2*x by cancel\nqed\n"
        "theorem two: x/x + y = 1 + y\nproof\n  x/x + y = x/x + y*y/y by cancel\n    = 1 + y by cancel\nqed\n"
    )
    status, out, _ = call(capsys, "check", str(file))
    assert status == 0
    assert out.splitlines()[:2] == [
        f"{file}:4:9: lines of the proof of `one` hold provided that `x != 0`",
        f"{file}:7:14: `two` is proved wherever its sides have a value: `x != 0`; "
        "lines of its proof hold provided that `y != 0`",
    ]
    found = json.loads(call(capsys, "check", "--format", "json", str(file))[1])
    [one, two] = found["derivations"][0]["theorems"]
    assert (one["conditions"], [step["conditions"] for step in one["steps"]]) == ([], [["x != 0"], ["x != 0"]])
    assert two["conditions"] == ["x != 0"]
    assert call(capsys, "check", "-q", str(file))[1] == ""


def test_conditions_that_remain_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "quotient.derive"
    file.write_text("variable x\ntheorem one: x/x = 1\ntheorem two: x + x = 2*x\n")
    status, out, _ = call(capsys, "check", str(file))
    assert status == 0
    assert out == (
        f"{file}:2:14: `one` is proved wherever its sides have a value: `x != 0`\n\n"
        "1 file, 2 theorems (2 proved), 2 steps (2 proved); all as expected\n"
    )
    status, out, _ = call(capsys, "check", "-v", "--format", "concise", str(file))
    assert status == 0
    assert "note[D208] the line needs x != 0" in out
    assert "wherever" not in out
    status, out, _ = call(capsys, "check", "--strict", "--format", "concise", str(file))
    assert status == 1
    assert "error[D208] the line needs x != 0" in out
