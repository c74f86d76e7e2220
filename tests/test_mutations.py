"""One change to a line of the main derivation: whatever makes it false is never called proved, and the line is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from derive.checking.checker import check
from derive.engine.rules import NAMES
from derive.floor.terms import Term
from derive.language import read, write, write_term
from derive.language.derivation import Derivation
from derive.library import load
from mutation import Mutant, changes, is_false, mutants, mutated, part_of, result_on, scope_of, step_of

NAME = "softmax-ce"
PARTS = 8  # of the mutants, so that they can be gone through at the same time
ROOT = Path(__file__).parent.parent


@cache
def original() -> Derivation:
    return load(NAME)


@cache
def changed() -> tuple[tuple[Mutant, Term], ...]:
    return mutants(original())


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_false_line_is_called_proved(part: int, capsys: pytest.CaptureFixture[str]) -> None:
    tally: Counter[tuple[str, str]] = Counter()
    kinds: Counter[str] = Counter()
    for mutant, left in changed()[part::PARTS]:
        report = check(part_of(original(), mutant, left))
        verdict = result_on(original(), mutant, report).verdict
        truth = {True: "false", False: "true", None: "without a value"}[is_false(original(), mutant, left)]
        shown = (mutant.kind, write_term(left), write_term(mutant.right), verdict, truth)
        if truth == "false":
            assert verdict in ("refuted", "unknown"), shown
            assert not report.expected, shown
        else:
            assert verdict != "refuted", shown
        if truth == "without a value":
            assert verdict != "proved", shown
        tally[truth, verdict] += 1
        kinds[mutant.kind] += 1
    with capsys.disabled():
        print(f"\n{sum(kinds.values())} mutants of {NAME}: {dict(kinds)}")
        print("; ".join(f"{truth}, {verdict}: {count}" for (truth, verdict), count in sorted(tally.items())))
    assert set(kinds) == {"sign", "index", "factor", "exclusion", "function", "array"}
    # Never proved is not enough: nearly all that is false gets its counterexample.
    assert tally["false", "unknown"] <= 1 + tally["false", "refuted"] // 50
    assert tally["false", "refuted"] > 500 // PARTS


# --- from the outside ------------------------------------------------------------------------------------------------


def sample() -> list[tuple[Mutant, Term]]:
    """A dozen false steps, of every kind and from everywhere."""
    steps = [(mutant, left) for mutant, left in changed()[::7] if mutant.chain is not None]
    false = [(mutant, left) for mutant, left in steps if is_false(original(), mutant, left)]
    return false[:: len(false) // 11]


@pytest.mark.slow
def test_a_false_line_ends_the_run_with_its_number(tmp_path: Path) -> None:
    for number_, (mutant, _) in enumerate(sample()):
        derivation = mutated(original(), mutant)
        path = tmp_path / f"changed-{number_}.derive"
        path.write_text(write(derivation), encoding="utf-8")
        place = step_of(read(path.read_text(encoding="utf-8"), NAME, rule_names=NAMES), mutant).place
        run = subprocess.run(
            [sys.executable, "-m", "derive", "check", str(path), "--format", "json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        )
        # A chain whose last line is another one does not lead to its claim, which is a mistake in the text.
        astray = any(theorem.get("code") == "D210" for theorem in json.loads(run.stdout)["derivations"][0]["theorems"])
        assert run.returncode == (2 if astray else 1), (path.read_text(encoding="utf-8"), run.stderr)
        (found,) = json.loads(run.stdout)["derivations"]
        named = [step for theorem in found["theorems"] for step in theorem["steps"] if step["line"] == place.line]
        assert [(step["verdict"] != "proved", step["expected"]) for step in named] == [(True, False)]


def test_the_changes_are_those_of_every_place() -> None:
    derivation = read(
        "size H variable Z[H], O[H] constant y[H] theorem t: sum(y[i]*exp(Z[i]), i != k) = 3*sum(y[i]*exp(Z[i]), i != k)",
        rule_names=NAMES,
    )
    (statement,) = derivation.statements
    every = changes(statement.sides[0], scope_of(statement), statement.theory)
    found = {(kind, write_term(other, statement.theory)) for kind, other in every}
    assert found == {
        ("sign", "-sum(y[i]*exp(Z[i]), i != k)"),
        ("sign", "sum(-(y[i]*exp(Z[i])), i != k)"),
        ("sign", "sum(y[i]*exp(-Z[i]), i != k)"),
        ("factor", "2*sum(y[i]*exp(Z[i]), i != k)"),
        ("factor", "sum(2*y[i]*exp(Z[i]), i != k)"),
        ("factor", "sum(y[i]*exp(2*Z[i]), i != k)"),
        ("index", "sum(y[k]*exp(Z[i]), i != k)"),
        ("index", "sum(y[m]*exp(Z[i]), i != k)"),
        ("index", "sum(y[i]*exp(Z[k]), i != k)"),
        ("index", "sum(y[i]*exp(Z[m]), i != k)"),
        ("index", "sum(y[i]*exp(Z[i]), i != m)"),
        ("exclusion", "sum(y[i]*exp(Z[i]), i)"),
        ("exclusion", "sum(y[i]*exp(Z[i]), i != k, i != m)"),
        ("array", "sum(O[i]*exp(Z[i]), i != k)"),
        ("array", "sum(Z[i]*exp(Z[i]), i != k)"),
        ("array", "sum(y[i]*exp(O[i]), i != k)"),
        ("array", "sum(y[i]*exp(y[i]), i != k)"),
        ("function", "sum(y[i]*ln(Z[i]), i != k)"),
        ("function", "sum(y[i]*sinh(Z[i]), i != k)"),
    }
