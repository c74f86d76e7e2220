"""Reasons: what each licenses and what it does not, and the lists of them that the tool gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from derive import library, shelf
from derive.checking.checker import check
from derive.checking.verdicts import Report, StepResult
from derive.engine import rules
from derive.language import read
from derive.language.derivation import Derivation, Reason, Statement, Step

CASES = Path(__file__).parent / "cases"
ROWS = [
    tuple(part.strip() for part in line.split("~"))
    for line in (CASES / "licences.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
CHOSEN = ("abs-square", "abs-product")
"""Absolute values are choices, which `cases`, and so `algebra`, takes apart."""


def sides(equation: str) -> tuple[str, str]:
    """The two sides of an equation: it is parted at the = outside of parentheses."""
    depth = 0
    for position, character in enumerate(equation):
        depth += (character in "([") - (character in ")]")
        if character == "=" and not depth:
            return equation[:position].strip(), equation[position + 1 :].strip()
    raise AssertionError(equation)


def judged(declared: str, equation: str, by: str) -> StepResult:
    """What is found of a step by these reasons."""
    left, right = sides(equation)
    report = check(read(f"{declared}\ntheorem t: {equation}\nproof {left} = {right} by {by} qed"))
    return report.theorems[0].steps[0]


@pytest.mark.sample(6)
@pytest.mark.parametrize(("by", "declared", "equation", "instead"), ROWS, ids=[f"{row[0]}: {row[2]}" for row in ROWS])
def test_a_reason_licenses_no_more_than_it_says(by: str, declared: str, equation: str, instead: str) -> None:
    step = judged(declared, equation, by)
    assert (step.verdict, sorted((step.suggestion or "").split(", "))) == ("unjustified", sorted(instead.split(", ")))
    assert judged(declared, equation, instead).verdict == "proved"


IDENTITIES = [rule for rule in rules.identities.RULES if rule.name not in (*CHOSEN, "root-power")]


@pytest.mark.sample(3)
@pytest.mark.parametrize("rule", IDENTITIES, ids=lambda rule: rule.name)
def test_algebra_uses_no_identity_of_a_function(rule: rules.Rule) -> None:
    """A root and the power 1/2 are written either way, as a/b and a*b^-1 are."""
    step = judged(rule.declares, rule.example, "algebra")
    assert step.verdict == "unjustified"
    assert step.suggestion is not None
    assert judged(rule.declares, rule.example, step.suggestion).verdict == "proved"
    assert judged(rule.declares, rule.example, "functions").verdict == "proved"


@pytest.mark.parametrize("rule", rules.sums.RULES, ids=lambda rule: rule.name)
def test_algebra_is_all_rules_of_sums_and_functions_is_none_of_them(rule: rules.Rule) -> None:
    assert judged(rule.declares, rule.example, "algebra").verdict == "proved"
    assert judged(rule.declares, rule.example, "functions").verdict == "unjustified"


@pytest.mark.parametrize("equation", ["x + y = y + x", "2*x + x = 3*x", "x/y = x*y^(-1)", "sqrt(x) = x^(1/2)"])
def test_rearrangement_can_be_named(equation: str) -> None:
    assert judged("variable x > 0, y > 0", equation, "rearrangement").verdict == "proved"
    assert judged("variable x > 0, y > 0", equation, '"as it stands"').rules == ("rearrangement",)
    assert judged("variable x > 0, y > 0", "x*(x + y) = x^2 + x*y", "rearrangement").verdict == "unjustified"


# --- lists that hold when typed --------------------------------------------------------------------------------------

Give = Callable[[Statement, int, int, Step], tuple[Reason, ...]]


def with_reasons(derivation: Derivation, give: Give) -> Derivation:
    """The derivation with other reasons for the steps that their author takes to be right, and wrote out."""

    def changed(statement: Statement) -> Statement:
        chains = tuple(
            replace(
                chain,
                steps=tuple(
                    step if step.right is None or step.expect else replace(step, reasons=give(statement, c, s, step))
                    for s, step in enumerate(chain.steps)
                ),
            )
            for c, chain in enumerate(statement.proof or ())
        )
        return replace(statement, proof=chains or None)

    return replace(derivation, statements=tuple(map(changed, derivation.statements)))


def steps_of(report: Report) -> dict[tuple[str, int, int], StepResult]:
    return {
        (theorem.statement.name, c, s): step
        for theorem in report.theorems
        if theorem.statement.proof
        for c, chain in enumerate(theorem.chains)
        for s, step in enumerate(chain.steps)
    }


def reason(text: str) -> Reason:
    name, _, inside = text.rstrip(")").partition("(")
    return Reason(name, tuple(inside.split(", ")) if inside else ())


LIBRARY = [pytest.param(name, id=name) for name in shelf.names()[::7]]
TEXTS = [pytest.param(path, id=path.stem) for path in sorted((CASES / "published").glob("*.derive"))[::3]]


@pytest.mark.sample(40)
@pytest.mark.parametrize("source", [*LIBRARY, *TEXTS])
def test_the_rules_of_a_step_left_to_the_tool_hold_when_typed(source: str | Path) -> None:
    derivation = library.load(source) if isinstance(source, str) else read(source.read_text(encoding="utf-8"))
    for left in ((Reason(None, (), "left to the tool"),), ()):
        found = steps_of(check(with_reasons(derivation, lambda *_, left=left: left)))

        def give(statement: Statement, c: int, s: int, step: Step, found: dict = found) -> tuple[Reason, ...]:  # type: ignore[type-arg]
            first = found[statement.name, c, s]
            assert first.rules or first.verdict != "proved", step
            return tuple(map(reason, first.rules)) if first.verdict == "proved" else step.reasons

        for key, step in steps_of(check(with_reasons(derivation, give))).items():
            if found[key].verdict == "proved" and not step.expect:
                assert step.verdict == "proved", (key, found[key].rules, step.suggestion)
                assert set(step.conditions) <= set(found[key].conditions), (key, found[key].rules)
