"""The README does what it says: its files are written to a folder, its commands run there, and what they print is compared.

    ```derive NAME.derive     a file
    ```console                commands after `$`, each with what it prints; a line or an end of a line `…` stands for anything
    ```python                 a program that must run
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from test_cli import python, run

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```(\w+) ?(.*)\n((?:.*\n)*?)```$", README.read_text(encoding="utf-8"), re.MULTILINE)


def examples() -> list[list[tuple[str, str]]]:
    """The commands of each block of the README with what they should print; they run one after the other in one folder."""
    found = []
    for kind, _, body in BLOCKS:
        if kind == "console":
            parts = [example.partition("\n") for example in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]]
            found.append([(command, output) for command, _, output in parts])
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for kind, name, body in BLOCKS:
        if kind == "derive" and name:
            (tmp_path / name).write_text(body, encoding="utf-8")
    return tmp_path


def matches(expected: str, printed: str) -> bool:
    parts = [r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r"[ ]*\n" for line in expected.splitlines()]
    return re.fullmatch("".join(parts), printed) is not None


@pytest.mark.sample(3)
@pytest.mark.parametrize("commands", examples(), ids=lambda commands: commands[0][0])
def test_commands_print_what_is_shown(commands: list[tuple[str, str]], folder: Path) -> None:
    for command, output in commands:
        program, *arguments = shlex.split(command)
        assert program == "derive"
        found = run(*arguments, cwd=folder)
        assert found.returncode in (0, 1), found.stderr
        if output:
            assert matches(output, found.stdout), f"{command} prints\n{found.stdout}\nand not\n{output}"


@pytest.mark.sample(4)
@pytest.mark.parametrize("program", [body for kind, _, body in BLOCKS if kind == "python"])
def test_programs_run(program: str) -> None:
    found = python(program)
    assert found.returncode == 0, found.stderr


def test_continuous_integration_runs_the_test_command() -> None:
    """What the README has users run is what every commit is tested with."""
    script = (README.parent / ".ci" / "run").read_text(encoding="utf-8")
    commands = [body for kind, _, body in BLOCKS if kind == "sh"]
    assert [command for command in commands if "pip install -q '.[test]'" in command and "pytest --all -q" in command]
    assert "'.[test]'" in script
    assert "pytest\" --all -q" in script
