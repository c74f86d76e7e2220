"""derive in pre-commit and on GitHub: the real tool runs the hooks, and bash the steps of the action, as GitHub would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from derive.language.documents import KINDS, is_rewritten
from derive.language.embedded import FORMATS
from test_cli import ENVIRONMENT

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parent.parent
PROJECT = ROOT / "tests" / "examples" / "project"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(PROJECT, tmp_path / "project")


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


# --- pre-commit -----------------------------------------------------------------------------------------------------------


def test_hooks_look_at_what_holds_derivations() -> None:
    for hook in read(".pre-commit-hooks.yaml"):
        assert {"id", "name", "description", "entry", "language", "files"} <= hook.keys()
        for suffix in (".derive", ".DERIVE", *KINDS):
            meant = hook["id"] != "derive-fmt" or is_rewritten(f"a{suffix}")
            if hook["id"] == "derive-embed":
                meant = suffix in FORMATS
            assert bool(re.search(hook["files"], f"docs/a{suffix}")) == meant, f"{hook['id']} and a{suffix}"
        assert not re.search(hook["files"], "docs/a.derive.py")


def git(folder: Path, *arguments: str) -> None:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.slow
def test_the_real_tool_runs_the_hooks(project: Path, tmp_path: Path) -> None:
    """In an environment that it makes, from a repository of what is here."""
    pytest.importorskip("pre_commit")
    repository = tmp_path / "derive"
    left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", "tests", ".*_cache", "*.egg-info")
    shutil.copytree(ROOT, repository, ignore=left_out)
    for folder in (repository, project):
        git(folder, "init", "-q", "-b", "master")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "All")

    hooks = "".join(f"      - id: {each['id']}\n" for each in read(".pre-commit-hooks.yaml"))
    config = f"repos:\n  - repo: {repository}\n    rev: master\n    hooks:\n{hooks}"
    (project / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")

    def hook(name: str, *files: str) -> subprocess.CompletedProcess[str]:
        known = {name: value for name, value in ENVIRONMENT.items() if not name.startswith(("PYTHON", "GIT_"))}
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", name, "--verbose", "--files", *files],
            cwd=project, env={**known, "PRE_COMMIT_HOME": str(tmp_path / "home")}, capture_output=True, text=True,
            encoding="utf-8", timeout=900, check=False,
        )  # fmt: skip

    right = hook("derive-check", "docs/square.derive", "docs/old.derive", "docs/none.md", "pyproject.toml")
    assert right.returncode == 0, right.stdout + right.stderr
    assert "2 files, 2 theorems" in right.stdout
    wrong = hook("derive-check", "notes.md")
    assert wrong.returncode == 1
    assert "--> notes.md:18:" in wrong.stdout
    assert "counterexample" in wrong.stdout

    square = project / "docs" / "square.derive"
    written = square.read_text(encoding="utf-8")
    assert hook("derive-fmt", "docs/square.derive", "docs/none.md").returncode == 0
    square.write_text(written.replace("theorem gradient:", "theorem   gradient :"), encoding="utf-8")
    assert hook("derive-fmt", "docs/square.derive").returncode == 1
    assert square.read_text(encoding="utf-8") == written


# --- GitHub ---------------------------------------------------------------------------------------------------------------


def step(name: str) -> Any:
    """A step of the action."""
    (found,) = (each for each in read("action.yml")["runs"]["steps"] if each["id"] == name)
    return found


def runs(name: str, folder: Path, runner: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Runs a step as GitHub does: by bash, with what stands in `${{ … }}` filled in."""
    found = step(name)
    assert found["shell"] == "bash"
    assert "${{" not in found["run"]  # what somebody else may choose is no part of a program
    environment = {key: re.sub(r"\$\{\{ (.*?) \}\}", lambda m: given[m[1]], value) for key, value in found["env"].items()}
    script = runner / f"{name}.sh"
    script.write_text(found["run"], encoding="utf-8")
    files = {"RUNNER_TEMP": str(runner), "GITHUB_STEP_SUMMARY": str(runner / "summary.md")}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
        cwd=folder, env={**ENVIRONMENT, **files, **environment}, capture_output=True, text=True, encoding="utf-8",
        timeout=600, check=False,
    )  # fmt: skip


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """The folder of a runner on which derive is installed."""
    python = tmp_path / "runner" / "derive" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    return tmp_path / "runner"


def test_the_action_is_one() -> None:
    action = read("action.yml")
    assert action["runs"]["using"] == "composite"
    first, *others = action["runs"]["steps"]
    assert first["uses"].startswith("actions/setup-python@v")
    asked = re.findall(r"\$\{\{ inputs\.(\S+) \}\}", (ROOT / "action.yml").read_text(encoding="utf-8"))
    assert set(asked) == action["inputs"].keys()
    assert all("description" in each and isinstance(each["default"], str) for each in action["inputs"].values())
    assert all(each["shell"] == "bash" for each in others)


def test_the_action_annotates_and_writes_a_summary(project: Path, runner: Path) -> None:
    """Without paths, those that pyproject.toml has."""
    found = runs("check", project, runner, **{"inputs.paths": "", "inputs.strict": "false"})
    assert found.returncode == 1
    annotation = next(line for line in found.stdout.splitlines() if line.startswith("::error "))
    assert annotation.startswith("::error file=notes.md,line=18,")
    summary = (runner / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("### derive: not as expected\n\n    notes.md:18: error[D221]: wrong exponent: `x` should be")
    assert "\n        help: write = 3*x^2\n" in summary
    assert "    3 files, 5 theorems (3 proved, 2 refuted)" in summary
    assert all(line.startswith("    ") for line in summary.splitlines()[2:])
    assert "%0A" not in summary


def test_the_action_takes_paths_by_lines(project: Path, runner: Path) -> None:
    (project / "a name with blanks.derive").write_text("variable x\ntheorem t: x/x = 1\n", encoding="utf-8")
    given = {"inputs.paths": "docs/square.derive\na name with blanks.derive\n", "inputs.strict": "false"}
    right = runs("check", project, runner, **given)
    assert right.returncode == 0, right.stdout
    assert "2 files," in right.stdout
    summary = runner / "summary.md"
    assert summary.read_text(encoding="utf-8").startswith("### derive: all as expected\n")
    summary.unlink()
    assert runs("check", project, runner, **given | {"inputs.strict": "true"}).returncode == 1
    assert "a name with blanks.derive:2: error[D208]" in summary.read_text(encoding="utf-8")


@pytest.mark.sample(3)
@pytest.mark.parametrize("path", ["nothing.derive", "-strange", "$(touch harm)"])
def test_the_action_tells_what_it_could_not_check(path: str, project: Path, runner: Path) -> None:
    found = runs("check", project, runner, **{"inputs.paths": path, "inputs.strict": "false"})
    assert found.returncode == 2
    summary = (runner / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("### derive: not all could be checked\n")
    assert f"there is no file {path}" in summary
    assert not os.path.exists(project / "harm")


@pytest.mark.slow
def test_the_action_installs_derive(project: Path, tmp_path: Path) -> None:
    given = {"steps.python.outputs.python-path": sys.executable, "github.action_path": str(ROOT)}
    found = runs("install", project, tmp_path, **given)
    assert found.returncode == 0, found.stderr
    assert (tmp_path / "derive" / "bin" / "derive").exists()
