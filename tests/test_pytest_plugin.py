"""Theorems as tests: pytest is run on a project, as its author would."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from test_cli import ENVIRONMENT, python, run

ROOT = Path(__file__).parent.parent
PROJECT = ROOT / "tests" / "examples" / "project"
INSTALLED = entry_points(group="pytest11", name="derive")
LOADED = ["-p", "derive" if INSTALLED else "derive.plugins.pytest"]

@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(PROJECT, tmp_path / "project")


def called(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs pytest in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *LOADED, "-p", "no:cacheprovider", *arguments],
        cwd=project, env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def told(project: Path) -> str:
    """What `derive check` prints of what is wrong in the project."""
    found = run("check", "-q", cwd=project).stdout
    assert "--> notes.md:" in found
    assert "counterexample" in found
    return found


def test_each_theorem_is_a_test(project: Path) -> None:
    found = called(project, "-v")
    assert found.returncode == 1
    lines = [line.split(" ")[:2] for line in found.stdout.splitlines() if "::" in line and "%]" in line]
    assert lines == [
        ["docs/old.derive::gradient", "PASSED"],  # it is refuted, as pyproject.toml expects
        ["docs/square.derive::gradient", "PASSED"],
        ["notes.md::slope", "PASSED"],
        ["notes.md::cube", "PASSED"],
        ["notes.md::slope[2]", "FAILED"],
    ]
    assert told(project) in found.stdout
    assert "Traceback" not in found.stdout
    assert "FAILED notes.md::slope[2] - error[D221]: wrong exponent" in found.stdout


@pytest.mark.slow
def test_one_may_be_named_or_chosen(project: Path) -> None:
    for chosen in (["notes.md::cube"], ["-k", "cube"], ["docs/old.derive"]):
        found = called(project, "-q", *chosen)
        assert found.returncode == 0, found.stdout
        assert "1 passed" in found.stdout
    assert called(project, "-q", "docs/none.md").returncode not in (0, 1)  # it holds no derivation


@pytest.mark.slow
def test_several_processes_find_the_same(project: Path) -> None:
    found = called(project, "-n", "2")
    assert "1 failed, 4 passed" in found.stdout
    assert told(project) in found.stdout


BROKEN = {
    "theorem": ("broken.derive::reading", "the name of the theorem was expected here", "broken.derive:1:8"),
    "variable x\nassume x = 1\nassume x = 2\n": ("broken.derive::declarations", "error[D207]", "broken.derive"),
    "variable x\nassume x = 1\nassume x = 2\ntheorem t: x = x\n": ("broken.derive::t", "error[D207]", "broken.derive"),
    "variable x\ntheorem t: x = x\nproof\n  x + 1 = x + 1 by algebra\nqed\n": ("broken.derive::t", "error[D210]", ":4:3"),
    "variable x\ntheorem t: x/x = 1\n": ("broken.derive::t", "error[D208]", "broken.derive:2:12"),  # it is strict here
    "\xff": ("broken.derive::reading", "is not text in UTF-8", "broken.derive"),
}


@pytest.mark.sample(3)
@pytest.mark.parametrize("text", BROKEN)
def test_what_cannot_be_read_or_is_not_proved_is_a_test_that_fails(text: str, tmp_path: Path) -> None:
    node, message, place = BROKEN[text]
    (tmp_path / "broken.derive").write_bytes(text.encode("latin-1"))
    (tmp_path / "pyproject.toml").write_text("[tool.derive]\nstrict = true\n", encoding="utf-8")
    (tmp_path / "good.derive").write_text("variable x\ntheorem t: x = x\n", encoding="utf-8")
    found = called(tmp_path, "--derive")
    assert found.returncode == 1
    assert f"FAILED {node}" in found.stdout
    assert message in found.stdout
    assert place in found.stdout
    assert "Traceback" not in found.stdout
    assert "1 failed, 1 passed" in found.stdout


@pytest.mark.slow
def test_what_is_expected_of_no_theorem_is_a_test_that_fails(project: Path) -> None:
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    (project / "pyproject.toml").write_text(text.replace("gradient =", "gradeint ="), encoding="utf-8")
    found = called(project, "docs/old.derive")
    assert "FAILED docs/old.derive::expect" in found.stdout
    assert "--> pyproject.toml:5:1" in found.stdout
    assert "did you mean gradient?" in found.stdout


def test_a_mistake_in_the_table_ends_the_call(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.derive]\nstrict = 1\n", encoding="utf-8")
    found = called(project, "--derive")
    assert found.returncode == pytest.ExitCode.USAGE_ERROR
    assert "strict is not true or false\n --> pyproject.toml:2:1" in found.stderr
    assert "Traceback" not in found.stderr


def test_it_is_off_unless_asked_for(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    assert called(project).returncode == pytest.ExitCode.NO_TESTS_COLLECTED


OFF = """
import sys, tempfile
import pytest
sys.dont_write_bytecode = True
folder = tempfile.mkdtemp()
open(f"{folder}/a.derive", "w").write("theorem t: 1 = 2")
pytest.main(["-q", "-p", "no:cacheprovider", *%s, folder])
print(sorted(name for name in sys.modules if name.split(".")[0] in ("derive", "mpmath", "tomllib")))
"""


def test_it_costs_nothing_where_it_is_off() -> None:
    found = python(OFF % LOADED)
    assert found.stdout.splitlines()[-1] == "['derive', 'derive.plugins', 'derive.plugins.pytest']", found.stdout


def test_pytest_finds_it_where_derive_is_installed() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert table["project"]["entry-points"]["pytest11"] == {"derive": "derive.plugins.pytest"}
    assert all(each.value == "derive.plugins.pytest" for each in INSTALLED)
