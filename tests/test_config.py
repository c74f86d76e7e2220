"""`[tool.derive]`: what a project says once, and every mistake in it with its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from test_cli import USAGE, call, run

GOOD = "variable x\ntheorem slope: diff(x^2, x) = 2*x\n"
OLD = "variable x\ntheorem slope: diff(x^2, x) = 3*x\nproof\n  diff(x^2, x)\n    = 3*x by power\nqed\n"
OPEN = "variable x\ntheorem t: x/x = 1\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with derivations, in which the command is called."""
    (tmp_path / "docs").mkdir()
    for name, text in (("good", GOOD), ("old", OLD), ("open", OPEN)):
        (tmp_path / "docs" / f"{name}.derive").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(text, encoding="utf-8")


EXPECTED = '[tool.derive]\npaths = ["docs"]\n[tool.derive.expect."docs/old.derive"]\nslope = "refuted"\n'

MISTAKES = {
    "an unknown key": ('[tool.derive]\npahts = ["docs"]\n', "2:1", "no key pahts", "did you mean paths?"),
    "an unknown key like no other": ("[tool.derive]\n  xyz = 1\n", "2:3", "no key xyz", "there is: paths"),
    "a path alone": ('[tool.derive]\npaths = "docs"\n', "2:1", "paths is not a list", 'paths = ["docs"]'),
    "no path": ("[tool.derive]\npaths = []\n", "2:1", "paths is not a list", 'paths = ["docs"]'),
    "a number for yes": ("[tool.derive]\nstrict = 1\n", "2:1", "strict is not true or false", "write true or false"),
    "no process": ("[tool.derive]\njobs = 0\n", "2:1", "jobs is not a whole number", "from 1 on"),
    "yes for a number": ("[tool.derive]\ntimeout = true\n", "2:1", "timeout is not a whole number", "from 1 on"),
    "a path where nothing is": ('[tool.derive]\npaths = ["docs", "dcos"]\n', "2:1", "no file or folder dcos", "folder of"),
    "no table": ("tool.derive = 3\n", "1:1", "tool.derive is not a table", "[tool.derive]"),
    "an array of tables": ("[[tool.derive]]\nstrict = true\n", "1:1", "tool.derive is not a table", "[tool.derive]"),
    "a file that is not there": (EXPECTED.replace("old", "odl"), "3:1", "no file docs/odl.derive", "folder of"),
    "a file without quotes": (EXPECTED.replace('"docs/old.derive"', "old.derive"), "3:1", "there is no file old", "in quotes"),
    "a file without a table": ('[tool.derive.expect]\n"docs/old.derive" = 1\n', "2:1", "expect is not a table", "in quotes"),
    "a theorem that is not there": (EXPECTED.replace("slope", "slpoe"), "4:1", "has no theorem slpoe", "did you mean slope?"),
    "in a line with others": ('[tool]\nderive = {expect = {"x.derive" = {}}}\n', "2:1", "no file x.derive", "in quotes"),
    "a file twice": (
        f'{EXPECTED}[tool.derive.expect."./docs/old.derive"]\nslope = "refuted"\n', "5:1", "is the same file", "in one table"
    ),
    "no verdict": (EXPECTED.replace("refuted", "wrong"), "4:1", "'wrong' is no verdict", "write one of proved, unjustified"),
    "no text": (EXPECTED.replace('"refuted"', "[1]"), "4:1", "[1] is no verdict", "write one of proved, unjustified"),
    "no TOML": ("# derive\nx = = 3\n", "2:5", "it is not TOML", ""),
    "no end": ('# derive\nx = """\n\n', "4:1", "it is not TOML", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_has_its_place(name: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, place, message, help = MISTAKES[name]
    configure(project, text)
    status, out, err = call(capsys, "check")
    printed = out + err
    assert status == USAGE
    assert f"--> pyproject.toml:{place}\n" in printed
    assert message in printed
    assert help in printed
    assert "Traceback" not in printed


def test_paths_are_checked_where_none_is_given(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(project, '[tool.derive]\npaths = ["docs/good.derive", "docs/open.derive"]\n')
    assert call(capsys, "check", "-q") == (0, "", "")
    status, out, _ = call(capsys, "check", "docs/old.derive")
    assert status == 1
    assert "1 file," in out


def test_without_paths_it_is_an_error_that_says_what_to_write(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("", "[project]\nname = 'derive'\n"):
        configure(project, text)
        status, _, err = call(capsys, "check")
        assert status == USAGE
        assert "no PATH" in err
        assert 'paths = ["docs"]' in err


def test_it_is_found_above_and_paths_begin_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(project, EXPECTED)
    below = project / "docs" / "deeper"
    below.mkdir()
    found = run("check", cwd=below)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "3 files" in found.stdout
    (below / "pyproject.toml").write_text("", encoding="utf-8")  # a nearer one hides it
    assert run("check", cwd=below).returncode == USAGE


def test_a_verdict_is_expected_of_a_file_that_is_not_changed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The theorem fails as expected, and so do its steps; it is no less refuted."""
    old = os.path.join("docs", "old.derive")
    assert call(capsys, "check", old)[0] == 1
    configure(project, EXPECTED)
    status, out, _ = call(capsys, "check", old)
    assert status == 0
    assert "1 theorem (1 refuted), 1 step (1 refuted); all as expected" in out
    call(capsys, "check", "--fix=all", old)
    assert Path(old).read_text(encoding="utf-8") == OLD
    for verdict in ("proved", "unknown", "unjustified"):
        configure(project, EXPECTED.replace("refuted", verdict))
        assert call(capsys, "check", old)[0] == 1


def test_what_is_expected_holds_in_the_processes_of_many_files(project: Path) -> None:
    configure(project, EXPECTED)
    found = run("check", "--jobs", "2", cwd=project)
    assert found.returncode == 0, found.stdout + found.stderr


def test_what_is_proved_is_not_as_expected_where_it_should_fail(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(project, '[tool.derive.expect."docs/good.derive"]\nslope = "refuted"\n')
    status, out, _ = call(capsys, "check", "docs/good.derive")
    assert status == 1
    assert "error[D209]: proved, where refuted was expected" in out


def test_an_option_wins(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(project, '[tool.derive]\nstrict = true\npaths = ["docs/open.derive"]\n')
    assert call(capsys, "check")[0] == 1
    assert call(capsys, "check", "--no-strict")[0] == 0
    configure(project, '[tool.derive]\npaths = ["docs/open.derive"]\n')
    assert call(capsys, "check")[0] == 0
    assert call(capsys, "check", "--strict")[0] == 1


def test_what_does_not_speak_of_derive_is_not_parsed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(project, "this is = = no TOML")
    assert call(capsys, "check", "docs/good.derive")[0] == 0


def test_documents_without_a_derivation_are_passed_over_if_asked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "none.md").write_text("# Nothing\n", encoding="utf-8")
    assert call(capsys, "check", "none.md")[0] == USAGE
    assert call(capsys, "check", "--skip-empty", "none.md")[0] == 0
    status, out, _ = call(capsys, "check", "--skip-empty", "none.md", "docs/old.derive")
    assert status == 1
    assert "1 file," in out
    assert call(capsys, "check", "--skip-empty", "missing.md")[0] == USAGE


def test_what_is_expected_of_a_name_that_stands_twice_is_not_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "docs" / "two.md").write_text(f"```derive\n{OLD}```\n```derive\n{OLD}```\n", encoding="utf-8")
    configure(project, EXPECTED.replace("old.derive", "two.md"))
    status, out, err = call(capsys, "check", "docs/two.md")
    assert status == USAGE
    assert "has 2 theorems slope" in out + err


def test_a_large_file_is_not_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(project, "[tool.derive]\n" + "a." * 100_000 + "b = 1\n")
    status, _, err = call(capsys, "check")
    assert status == USAGE
    assert "more than the 50000 bytes" in err
