"""Fixes: what checking knows about a text, as changes of it.

    = ?                  the expression that the rules give           gap
    by ?                 the rules that give the step                 gap
    by sum               by sum, power                                reasons
    = 3*x                = 2*x                                        value

Only what is wrong changes, and the space behind it, so that columns stay where they can; comments and layout are the author's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from derive.checking.verdicts import Report, StepResult, TheoremResult
from derive.floor.theory import Theory
from derive.language import write_term
from derive.language.derivation import Place, Reason, Step
from derive.language.expressions import last_side

Kind = Literal["gap", "reasons", "value"]
KINDS: tuple[Kind, ...] = ("gap", "reasons", "value")
_SPACE = re.compile(" *")


@dataclass(frozen=True)
class Fix:
    """`text` for what stands from `start` to `end` in the text of a derivation."""

    kind: Kind
    start: int
    end: int
    text: str


def fixes(report: Report) -> Iterator[Fix]:
    """All changes that are known, in the order of the text."""
    text = report.derivation.text
    found = [fix for theorem in report.theorems for fix in _of_theorem(theorem, text)]
    # A comment in the midst of what would be replaced is its author's.
    yield from sorted((fix for fix in found if "#" not in text[fix.start : fix.end]), key=lambda fix: fix.start)


def _of_theorem(theorem: TheoremResult, text: str) -> list[Fix]:
    """The changes of a claim and its proof, after which each chain still begins and ends with the sides of the claim."""
    claim = of_claim(theorem, text)
    ends: list[Fix | None] = []
    found: list[Fix] = []
    for chain, checked in theorem.written_chains:
        moved: Fix | None = None  # what the step above now is equal to: what was found of this one is about what stood there
        for step, result in zip(chain.steps, checked.steps, strict=False):
            known = [] if moved else of_step(result, step, theorem.statement.theory)
            moved = next((fix for fix in known if fix.kind == "value"), None)
            found += known
        ends.append(moved)
    if claim is None or claim.kind != "value" or not ends:
        return [fix for fix in found if fix not in ends] + ([] if claim is None else [claim])
    (end,) = ends if len(ends) == 1 else (None,)
    return [fix for fix in found if fix not in ends] if end is None else [*found, replace(claim, text=end.text)]


def of_claim(theorem: TheoremResult, text: str) -> Fix | None:
    """What belongs in the place of the right side of a claim."""
    statement = theorem.statement
    if statement.asked is not None and theorem.verdict == "proved" and statement.expect in (None, "proved"):
        return _gap(statement.asked, write_term(theorem.right, statement.theory))
    if _is_wrong(theorem) and len(statement.sides) == 2 and statement.asked is None and statement.place.line:
        start = statement.place.start
        side, _ = last_side(text[start : statement.place.end])
        return Fix("value", start + side.start, start + side.end, theorem.suggestion or "")
    return None


def of_step(result: StepResult, step: Step, theory: Theory) -> list[Fix]:
    """What belongs in the place of the right side of a step, or of its reasons."""
    place, found = step.place, list[Fix]()
    if not place.line:
        return found
    if step.right is None and result.verdict == "proved":
        found.append(_gap(place, write_term(result.right, theory)))
    elif step.right is not None and _is_wrong(result):
        found.append(Fix("value", place.start, place.end, result.suggestion or ""))
    if result.verdict == "proved":
        new = [rule for rule in result.rules if rule not in result.by]
        if step.gap is not None and new:
            found.append(_gap(step.gap.place, ", ".join(new)))
    elif result.verdict == "unjustified" and result.rules and step.reasons and not result.expected:
        first, last = step.reasons[0].place, step.reasons[-1].place
        found.append(Fix("reasons", first.start, last.end, result.suggestion or ""))
    return found


def _gap(place: Place, text: str) -> Fix:
    return Fix("gap", place.start, place.end, text)


def _is_wrong(result: StepResult | TheoremResult) -> bool:
    """Whether it is false, nobody says so, and what belongs in the place of the right side is known."""
    known = result.suggestion is not None and not result.suggestion.startswith("assume ")
    return known and result.verdict == "refuted" and not result.expected


def in_file(report: Report) -> Iterator[Fix]:
    """The changes at their places in the file."""
    offset = report.derivation.offset
    return (replace(fix, start=fix.start + offset, end=fix.end + offset) for fix in fixes(report))


def applied(text: str, changes: Iterable[Fix]) -> str:
    """The text with the changes; of two that overlap, with the first."""
    ordered = sorted(changes, key=lambda fix: (fix.start, fix.end))
    done, found = 0, list[str]()
    for fix in ordered:
        if fix.start < done:
            continue
        found += [text[done : fix.start], fix.text]
        # What stands behind stays in its column as long as there is room.
        behind = _SPACE.match(text, fix.end)
        assert behind is not None
        replaced = text[fix.start : fix.end]
        room = len(behind[0]) - (len(fix.text) - len(replaced)) if "\n" not in replaced else 1
        found.append(" " * max(room, 1) if behind[0] else "")
        done = behind.end()
    return "".join((*found, text[done:]))


def in_order(reasons: tuple[Reason, ...], names: Iterable[str], used: Iterable[str]) -> tuple[str, ...]:
    """Reasons in the author's order, the new ones before those that they are used before."""
    rank = {name: place for place, name in reversed([*enumerate(used)])}
    names = tuple(names)
    found = [str(reason) for reason in reasons if str(reason) in names]
    for name in sorted((name for name in names if name not in found), key=lambda name: rank.get(name, len(rank))):
        later = (place for place, other in enumerate(found) if rank.get(other, -1) > rank.get(name, len(rank)))
        found.insert(next(later, len(found)), name)
    return tuple(found)

