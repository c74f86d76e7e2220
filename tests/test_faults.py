"""The faults that are made of the trusted floor: what they change, what they leave alone, and that their names last."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import faults
from faults import KINDS, PACKAGE
from mutants import NET, STAGES, TESTS, listed

FILE = PACKAGE / "floor" / "example.py"
every_fault = cache(faults.every)


def made(text: str) -> dict[str, str]:
    """The faults of a text, each with what it changes."""
    return {fault.name: fault.change for fault in faults.faults_of(FILE, ast.parse(text))}


@pytest.mark.parametrize(
    ("text", "kind", "changes"),
    [
        ("f(a | b)", "drops-operand", ["a", "b"]),
        ("f(NONE.union(*a))", "drops-operand", ["NONE"]),
        ("found |= g(a)", "drops-operand", ["pass"]),
        ("f(a and b and c)", "drops-clause", ["b and c", "a and c", "a and b"]),
        ("f(not a)", "drops-clause", ["a"]),
        ("f(a <= b)", "changes-comparison", ["a < b"]),
        ("f(a is not b)", "changes-comparison", ["a is b"]),
        ("f(all(a))", "changes-comparison", ["any(a)"]),
        ("def f(a):\n    if a:\n        return None\n    return a", "ignores-guard", ["if False: return None"]),
        ("f([x for x in a if x])", "ignores-guard", ["[x for x in a]"]),
        ("match a:\n    case A() if b:\n        f(a)", "ignores-guard", ["match a: case A(): f(a)"]),
        ("if a:\n    raise E(f'{a} > {b}')", "drops-raise", ["pass"]),
        ("check(a)", "drops-statement", ["pass"]),
        ("f(Diff(a, b), Comparison(a, '>', b))", "swaps-arguments", ["Comparison(b, '>', a)"]),
        ("f(a, t.conditions)", "forgets-conditions", ["f(a, frozenset())"]),
        ("f(Sign(a, b))", "forgets-conditions", ["Sign(a)"]),
        ("f('!=')", "changes-relation", ["'>='", "'='"]),
        ("f(1, True)", "changes-constant", ["2", "False"]),
        ("f(a + b)", "changes-arithmetic", ["a - b"]),
        ("f(neg(a))", "skips-call", ["a"]),
        ("f(guarded(a, b))", "skips-call", ["a"]),
        ("def f(a: Term) -> Term:\n    return g(a)", "returns-argument", ["def f(a: Term) -> Term: return a"]),
    ],
)
def test_a_kind_of_fault(text: str, kind: str, changes: list[str]) -> None:
    found = [change.split("  becomes  ")[1] for name, change in made(text).items() if f":{kind}:" in name]
    assert found == changes


@pytest.mark.parametrize(
    "text",
    [
        '"""a > b"""',
        "x: A | B",
        "def f(a: A | B) -> C: ...",
        "MOST_TERMS = 4000",
        "assert a > b",
        "a = sorted(a, key=lambda each: -each)",
        "found = known.get(a)\nif found is None:\n    found = a",
        "def __repr__(self):\n    return self.a + 1",
    ],
)
def test_what_cannot_make_a_proof_wrong_is_left_alone(text: str) -> None:
    assert made(text) == {}


def test_names_last() -> None:
    """Other lines above, other functions beside it, and another row of a table make no other name."""
    text = "class A:\n    def f(self, a, b):\n        return a | b\nTABLE = [Row('exp', '>')]"
    moved = "import x\n\n\nclass A:\n    def g(self, a):\n        return a | 1\n    def f(self, a, b):\n        return a | b\n"
    moved += "TABLE = [Row('sin', '>='), Row('exp', '>')]"
    names = {
        "example.A.f:drops-operand:1", "example.A.f:drops-operand:2", "example.TABLE[exp]:changes-relation:1",
    }  # fmt: skip
    assert made(text).keys() == names
    assert names < made(moved).keys()


@pytest.mark.slow
def test_every_fault_has_a_name_of_its_own_and_is_python() -> None:
    every = every_fault()
    assert len({fault.name for fault in every}) == len(every) > 2500
    for fault in faults.chosen(every, 0, 20):
        assert fault.code() is not None
    kinds = Counter(fault.name.split(":")[1] for fault in every)
    assert kinds.keys() == KINDS.keys()
    assert min(kinds.values()) > 30


@pytest.mark.slow
def test_a_sample_hardly_changes_with_what_there_is_besides() -> None:
    every = every_fault()
    without = [fault for fault in every if not fault.name.startswith("ring.")]
    kept = {fault.name for fault in faults.chosen(every, 0, 200)} & {fault.name for fault in faults.chosen(without, 0, 200)}
    assert len(kept) > 170


def test_the_files_and_tests_that_are_run_exist() -> None:
    files = [TESTS / f"test_{name}.py" for stage in STAGES for name in stage]
    assert [file.name for file in files if not file.exists()] == []
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in NET if f"def {name}(" not in text] == []


def test_survivors_are_listed_with_a_reason() -> None:
    assert all(reason and ":" in name for name, reason in listed().items())


def test_what_is_called_is_noted(tmp_path: Path) -> None:
    """Functions by their outermost name, and the lambdas of a table, which stand in none."""
    file = tmp_path / "example.py"
    file.write_text("ROW = {'f': lambda x: x + 1}\nclass A:\n    def g(self, x):\n        return (lambda y: 2*y)(x)\n")
    seen: list[str] = []
    names: dict[str, Any] = {"note": lambda file, function: seen.append(function)}
    exec(faults.noted(file, "note"), names)
    assert not seen
    assert names["ROW"]["f"](1) == 2
    assert names["A"]().g(3) == 6
    assert seen == ["lambda", "A.g", "A.g"]


def test_a_fault_is_in_the_code_that_the_tests_run() -> None:
    """In a process that has not loaded the code before, whatever else loads it there."""
    script = (
        "import faults, mutants\n"
        "[fault] = [f for f in faults.every() if f.name == 'conditions.Condition.__post_init__:drops-raise:1']\n"
        "test = 'tests/test_kernel.py::test_the_claim_of_a_condition_is_not_used_outside_of_it'\n"
        "print(mutants.noticed((fault, [[test]])) == (0, test))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, capture_output=True, text=True, cwd=TESTS.parent, env=environment)
    assert run.stdout.splitlines()[-1:] == ["True"], run.stdout + run.stderr
