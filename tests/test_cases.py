"""The derivations under tests/cases: each step and theorem gets the verdict its file expects, under the conditions stated.

A line that may be proved only under a condition says so in a comment, as the tool would write it:

    theorem one: x/x = 1          # condition: x != 0
    theorem two: …                # condition: x > 0; y[i] != 0 for all i
    theorem three: …              # condition: some

A proved line of a trap without such a comment must be proved without conditions. Whatever is proved, under the conditions
listed, is then compared with the values of both sides at points: no file can make the tool prove what is false.

Each file is checked twice, with and without the attack on what is proved: the proofs alone must give the same lines. Where they
do not yet, the line says so, `# only by numbers`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from derive.checking.checker import check
from derive.checking.verdicts import Report, StepResult, TheoremResult
from derive.floor.conditions import Condition
from derive.language import read, write_term
from derive.language.conditions import write_condition
from derive.language.derivation import Derivation
from derive.library import read_path
from judge import false_at

CASES = Path(__file__).parent / "cases"
PUBLISHED = sorted((CASES / "published").glob("*.derive"))
TRAPS = sorted((CASES / "traps").glob("*.derive"))
USED = sorted((CASES / "used").glob("*.derive"))
SAMPLED = [
    *(pytest.param(path, marks=pytest.mark.sample(20), id=path.stem) for path in PUBLISHED),
    *(pytest.param(path, marks=pytest.mark.sample(14), id=path.stem) for path in TRAPS),
]
COMMENT = re.compile(r"#\s*condition:\s*(.*)$")
SOME = "some"


def derivation(path: Path) -> Derivation:
    (found,) = read_path(path) if path in USED else [read(path.read_text())]
    return found


@cache
def checked(path: Path) -> Report:
    return check(derivation(path))


@cache
def checked_alone(path: Path) -> Report:
    return check(derivation(path), attack=False)


def stated(path: Path) -> dict[int, str]:
    """The comments about conditions of a file, by line."""
    found = {}
    for line, text in enumerate(path.read_text().splitlines(), 1):
        comment = COMMENT.search(text)
        if comment:
            found[line] = comment[1].strip()
    return found


def results(report: Report) -> list[tuple[str, TheoremResult | StepResult]]:
    """Every theorem, and every step that its author wrote, with what to call it."""
    found: list[tuple[str, TheoremResult | StepResult]] = []
    for theorem in report.theorems:
        found.append((theorem.statement.name, theorem))
        if theorem.statement.proof:
            for step in theorem.steps:
                found.append((f"{theorem.statement.name}, line {step.place.line}: {write_term(step.right)}", step))
    return found


def line_of(result: TheoremResult | StepResult) -> int:
    return result.place.line if isinstance(result, StepResult) else result.statement.place.line


@pytest.mark.parametrize("path", [*SAMPLED, *USED], ids=lambda path: path.stem)
def test_verdicts_are_those_expected(path: Path) -> None:
    wrong = []
    for name, result in results(checked(path)):
        expected = (result.expect if isinstance(result, StepResult) else result.statement.expect) or "proved"
        if result.verdict != expected:
            wrong.append(f"{name}: {result.verdict}, expected {expected} ({result.message})")
    assert not wrong, "\n".join(wrong)


@pytest.mark.sample(90)
@pytest.mark.parametrize("path", [*PUBLISHED, *TRAPS], ids=lambda path: path.stem)
def test_the_proofs_alone_give_the_same_lines(path: Path) -> None:
    """As the file expects, and so without a look at what the attack leaves, which hides what is wrong with a proof."""
    lines = path.read_text().splitlines()
    wrong = []
    for name, result in results(checked_alone(path)):
        only_by_numbers = "# only by numbers" in lines[line_of(result) - 1]
        expected = (result.expect if isinstance(result, StepResult) else result.statement.expect) or "proved"
        if (result.verdict == "proved") != (expected == "proved" or only_by_numbers):
            wrong.append(f"{name}: {result.verdict} by the proofs alone, expected {expected} ({result.message})")
    assert not wrong, "\n".join(wrong)


@pytest.mark.sample(48)
@pytest.mark.parametrize("path", TRAPS, ids=lambda path: path.stem)
def test_conditions_are_those_stated(path: Path) -> None:
    comments = stated(path)
    wrong = []
    seen = set()
    for name, result in results(checked_alone(path)):
        line = line_of(result)
        seen.add(line)
        theory = checked_alone(path).derivation.theory
        listed = {write_condition(condition, theory) for condition in result.conditions}
        wanted = comments.get(line, "") if result.verdict == "proved" else ""
        if result.verdict != "proved":
            continue
        if wanted == SOME:
            if not listed:
                wrong.append(f"{name}: proved without any condition")
        elif listed != set(filter(None, re.split(r"\s*;\s*", wanted))):
            wrong.append(f"{name}: under {sorted(listed)}, stated {wanted!r}")
    assert not wrong, "\n".join(wrong)
    assert set(comments) <= seen, f"comments on lines without a claim: {sorted(set(comments) - seen)}"


BY_LAWS = CASES / "proofs" / "by-laws.derive"


@pytest.mark.slow
def test_equations_by_laws_and_their_false_twins() -> None:
    """Each equation is proved without conditions; its twin is not, also without a look at values."""
    for report in (checked(BY_LAWS), checked_alone(BY_LAWS)):
        proved = [theorem.statement.name for theorem in report.theorems if theorem.verdict == "proved"]
        assert proved == [theorem.statement.name for theorem in report.theorems if theorem.statement.expect is None]
        assert not any(theorem.conditions for theorem in report.theorems)


REACHES = re.split(r"^#-+\n", (CASES / "proofs" / "reach.derive").read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("text", REACHES, ids=lambda text: re.findall(r"theorem (\S+?):? ", text)[0])
def test_a_proof_leads_from_one_side_of_its_claim_to_the_other(text: str) -> None:
    marked = {line: found[1] for line, said in enumerate(text.splitlines(), 1) if (found := re.search("# error: (.*)", said))}
    report = check(read(text))
    astray = {theorem.place.line: theorem for theorem in report.theorems if theorem.code == "D210"}
    assert set(astray) == set(marked), [(t.code, t.message) for t in report.theorems]
    assert all(theorem.verdict in ("unknown", "refuted") for theorem in astray.values())
    assert all(marked[line] in (theorem.suggestion or "") for line, theorem in astray.items())
    assert report.expected == (not marked)


@pytest.mark.sample(90)
@pytest.mark.parametrize("path", [*PUBLISHED, *TRAPS], ids=lambda path: path.stem)
def test_what_is_proved_is_true_at_points(path: Path) -> None:
    """The last line of defence: it needs no expectation to be written down correctly."""
    false = []
    for theorem in checked(path).theorems:
        if theorem.verdict != "proved":
            continue
        statement = theorem.statement
        conditions: tuple[Condition, ...] = theorem.conditions
        for left, right in zip(statement.sides, statement.sides[1:], strict=False):
            for seed in range(2):
                point = false_at(
                    left, right, statement.theory, statement.hypotheses, statement.conditions, conditions, 16, seed
                )
                if point is not None:
                    false.append(f"{statement.name}: {write_term(left)} is not {write_term(right)} at {point}")
    assert not false, "\n".join(false)
