"""What the shells offer where the tab key is pressed: each is run, with the script that derive writes for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import derive
from derive import library, shelf
from derive.commands import completion
from derive.engine.rules import NAMES
from derive.render.pages import every_page

PACKAGE = Path(derive.__file__).parent
DECIDED = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
"""What lets a shell be named, where it would be found out which one runs."""
BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_derive_completion derive
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
compdef() { }
_arguments() { print -r -- "$1" | grep -o '"[^"]*"' | tr -d '"' }
_files() { }
source "$1"; shift
words=("$@"); CURRENT=$#
_derive_completion
"""
FISH = 'source $argv[1]; complete -C (string join -- " " $argv[2..])'
SHELLS = {"bash": ("bash", "--norc", "-c", BASH, "bash"), "zsh": ("zsh", "-f", "-c", ZSH, "zsh"), "fish": ("fish", "-c", FISH)}


Offered = Callable[..., list[str]]


@pytest.fixture(params=SHELLS)
def offered(request: pytest.FixtureRequest, tmp_path: Path) -> Offered:
    """What a shell offers for the last of some words, in a folder with files in it."""
    shell = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    command = tmp_path / "bin" / "derive"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m derive "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(PACKAGE.parent), "LC_ALL": "C.UTF-8"}
    script = tmp_path / f"completion.{shell}"
    show = [str(command), "--show-completion", shell]
    script.write_text(subprocess.run(show, env=environment | DECIDED, capture_output=True, text=True, check=True).stdout)
    folder = tmp_path / "work"
    (folder / "docs").mkdir(parents=True)
    for file in ("mine.derive", "docs/deep.derive", "notes.md"):
        (folder / file).write_text("variable x\ntheorem cube: diff(x^3, x) = 3*x^2\ntheorem square: diff(x^2, x) = 2*x\n")

    def found(*words: str) -> list[str]:
        done = subprocess.run(
            [*SHELLS[shell], str(script), *words],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert not done.stderr
        return done.stdout.split()

    return found


def test_the_shells_offer_what_can_be_typed(offered: Offered) -> None:
    cases: list[tuple[tuple[str, ...], list[str]]] = [
        (("derive", "softmax-bce"), ["softmax-bce", "softmax-bce-two-classes"]),  # derive NAME, beside derive COMMAND
        (("derive", "f"), ["fill", "fmt", "focal"]),
        (("derive", "mi"), ["mine.derive", "mixture-responsibilities"]),
        (("derive", "softmax-ce", "--theorem", "softmax"), ["softmax-ce", "softmax-jacobian"]),
        (("derive", "mine.derive", "--theorem", "s"), ["square"]),
        (("derive", "softmax-ce", "--variant", ""), ["binary"]),
        (("derive", "softmax-ce", "--format", "ma"), ["markdown"]),
        (("derive", "check", "--format", "ju"), ["junit"]),
        (("derive", "rules", "log-p"), ["log-power", "log-product"]),
        (("derive", "explain", "D24"), ["D240", "D241", "D242"]),
        (("derive", "check", "docs/"), ["docs/deep.derive"]),
        (("derive", "fmt", "mi"), ["mine.derive"]),
    ]
    assert {words: sorted(offered(*words)) for words, _ in cases} == dict(cases)


def test_a_value_can_follow_an_equals_sign(offered: Offered, request: pytest.FixtureRequest) -> None:
    """Which is a word of its own in bash, and part of one elsewhere."""
    cases = {
        ("derive", "check", "--format=ju"): ["junit"],
        ("derive", "softmax-ce", "--theorem=softmax"): ["softmax-ce", "softmax-jacobian"],
        ("derive", "softmax-ce", "--ascii", "--format="): ["html", "json", "latex", "markdown", "text"],
        ("derive", "rules", "--format=html", "log-p"): ["log-power", "log-product"],
    }
    for words, values in cases.items():
        option = words[-1].partition("=")[0] + "=" if "=" in words[-1] else ""
        if "bash" in request.node.name:
            assert sorted(offered(*(part for word in words for part in re.split("(=)", word) if part))) == values
        else:
            assert sorted(offered(*words)) == [option + value for value in values]


@pytest.mark.parametrize("words", ["derive --version ", "derive no-such --", "derive softmax-ce --classes x --wrt "])
def test_nothing_is_said_where_the_call_is_wrong(words: str) -> None:
    done = asked(words)
    assert done.returncode == 0
    assert not done.stderr
    assert "derive 0" not in done.stdout


def asked(words: str, *options: str) -> subprocess.CompletedProcess[str]:
    """What bash asks for the last of some words."""
    environment = {
        **os.environ, "PYTHONPATH": str(PACKAGE.parent), "COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")),
        "_DERIVE_COMPLETE": "complete_bash",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *options, "-m", "derive"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "words",
    ["derive s", "derive softmax-ce --theorem ", "derive rules ", "derive explain ", "derive check ", "derive check --"],
)
def test_a_key_press_loads_nothing_that_takes_time(words: str) -> None:
    done = asked(words, "-X", "importtime")
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.stdout
    assert "derive.commands.completion" in loaded or words.endswith("--")
    heavy = ("derive.engine", "derive.floor", "derive.language", "derive.checking", "derive.render", "rich", "sympy", "numpy")
    assert [name for name in loaded if name.startswith(heavy)] == []


def test_what_is_offered_is_what_there_is() -> None:
    assert sorted(NAMES) == completion.RULES
    assert sorted(page.code for page in every_page()) == completion.codes()
    for name in shelf.names():
        derivation = library.load(name)
        assert [statement.name for statement in derivation.statements] == completion.theorems(name)
        assert [*derivation.variants] == completion.variants(name)
    assert completion.theorems("no-such-derivation") == []
