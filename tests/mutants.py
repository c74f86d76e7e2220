"""Deliberate faults in the trusted floor, each of which the tests must catch.

    python tests/mutants.py            all of them; exit 1 if too many survive, 2 if the tests fail without any fault
    python tests/mutants.py capture    those whose name contains the word

They stand in `faults.txt`: the name of the fault, the file and the tests one of which must fail, the lines as they are, and the
lines that the fault puts in their place:

    the quotient rule has the wrong sign
    floor/calculus.py: rules cases
    -            return div(add(mul(Diff(f, by), g), neg(mul(f, Diff(g, by)))), power(g, TWO)), NONE
    +            return div(add(mul(Diff(f, by), g), mul(f, Diff(g, by))), power(g, TWO)), NONE

The old lines must stand in the file exactly once. The fault is put into a copy of the package in a temporary folder, and the
tests are run against the copy. Tests that do not end count as failing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
LIMIT = 400  # seconds for the tests of one fault, which end at the first that fails
MOST_MASKED = 10
"""Survivors that are put up with: what one mends may be masked by another defence since there are several. They are printed,
and each is to get a test of the part itself, or to go."""
WHOLE = 1800  # seconds for all of them together, without a fault


@dataclass(frozen=True)
class Fault:
    """Wrong lines, and the names of the test files that must notice them."""

    name: str
    file: str
    tests: tuple[str, ...]
    old: str
    new: str


def faults() -> list[Fault]:
    """All faults; a paragraph that begins with # is a heading."""
    found = []
    for paragraph in (TESTS / "faults.txt").read_text().split("\n\n"):
        if paragraph.startswith("#"):
            continue
        name, where, *lines = paragraph.strip("\n").split("\n")
        file, _, tests = where.partition(": ")
        old, new = ("".join(line[1:] + "\n" for line in lines if line[0] == sign) for sign in "-+")
        found.append(Fault(name, file, tuple(tests.split()), old, new))
    return found


def without_fault(target: Path) -> None:
    shutil.copytree(ROOT / "derive", target / "derive", ignore=shutil.ignore_patterns("__pycache__"))


def run(folder: Path, tests: Iterable[str], limit: int = LIMIT) -> tuple[bool, str]:
    """Whether the tests pass against the package in `folder`, and what they say."""
    # With CI set hypothesis draws the same examples on every machine: what is caught here is caught there.
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "CI": "true"}
    files = [str(TESTS / f"test_{name}.py") for name in tests]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=line", *files]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return False, "they do not end"
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return done.returncode == 0, lines[0] if lines else done.stdout[-300:]


def caught(fault: Fault) -> tuple[Fault, str | None, str]:
    """The fault, what is wrong (None if the tests caught it), and what they said."""
    source = (ROOT / "derive" / fault.file).read_text()
    found = source.count(fault.old)
    if found != 1:
        return fault, f"its old lines stand in {fault.file} {found} times", ""
    faulty = source.replace(fault.old, fault.new)
    try:
        compile(faulty, fault.file, "exec")
    except SyntaxError as problem:
        return fault, f"with it {fault.file} is not Python: {problem}", ""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        without_fault(folder)
        (folder / "derive" / fault.file).write_text(faulty)
        passed, message = run(folder, fault.tests)
    return fault, "no test fails" if passed else None, message


def main(words: list[str]) -> int:
    chosen = [fault for fault in faults() if all(word in fault.name for word in words)]
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        without_fault(Path(name))
        passed, message = run(Path(name), sorted({test for fault in chosen for test in fault.tests}), WHOLE)
    if not passed:
        print(f"the tests fail without any fault: {message}")
        return 2
    wrong = 0
    with ThreadPoolExecutor(max(2, (os.cpu_count() or 2) // 2)) as executor:
        for fault, problem, message in executor.map(caught, chosen):
            wrong += problem is not None
            print(f"caught    {fault.name}" if problem is None else f"SURVIVES  {fault.name}: {problem}", flush=True)
            if "-v" in sys.argv:
                print(f"          {message}", flush=True)
    print(f"{len(chosen) - wrong} of {len(chosen)} faults caught in {time.monotonic() - start:.0f} s")
    return 1 if wrong > MOST_MASKED else 0


if __name__ == "__main__":
    sys.exit(main([word for word in sys.argv[1:] if not word.startswith("-")]))
