"""What checking a derivation finds: a verdict for every step, theorem and derivation, with what comes along with it.

    proved        it follows by the rules named, for all sizes and values, under the conditions listed
    unjustified   it is true, but the rules named do not give it; the suggestion says which do
    refuted       it is false, and there is a counterexample
    unknown       neither could be shown within the limits
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from derive.floor.conditions import Condition
from derive.floor.terms import Comparison, Term
from derive.language.derivation import NOWHERE, Chain, Derivation, Place, Statement, Step
from derive.numbers.counterexample import Counterexample

if TYPE_CHECKING:
    from derive.floor.claims import Weighed

Verdict = Literal["proved", "unjustified", "refuted", "unknown"]


def _rests_on(result: StepResult | TheoremResult, sides: tuple[Term, ...]) -> None:
    """Fails where the verdict is that something is proved, and the floor has not said so of these sides, or only under more
    than is told.
    """
    if result.verdict != "proved":
        return
    from derive.floor.claims import Weighed  # `derive list` reads verdicts, and proves nothing
    from derive.proofs.conditions import told

    proof, general = result.proof, result.general
    if not (type(proof) is Weighed and proof.proves and len(sides) > 1):
        raise ValueError("nothing is called proved but by what the floor says")
    if not all(any(left is a and right is b for a, b in pairwise(proof.sides)) for left, right in pairwise(sides)):
        raise ValueError("nothing is called proved but what the floor says is")
    if result.conditions != (told(proof) if general is None else general.conditions):
        raise ValueError("all is told under which something is proved, and nothing else")


_seal = object()


class General:
    """The sides that were proved, by what, and those of their instance that is shown in their place: as part of what is stated
    of it, in a `case` of its proof. Made by `instances` only.
    """

    __slots__ = ("case", "conditions", "proof", "shown", "sides", "statement")

    sides: tuple[Term, ...]
    proof: Weighed | None
    shown: tuple[Term, Term]
    conditions: tuple[Condition, ...]
    statement: Statement
    case: tuple[Comparison, ...]

    def __init__(
        self,
        seal: object,
        sides: tuple[Term, ...],
        proof: Weighed | None,
        shown: tuple[Term, Term],
        conditions: tuple[Condition, ...],
        statement: Statement,
        case: tuple[Comparison, ...] = (),
    ) -> None:
        if seal is not _seal:
            raise ValueError("an instance is shown of what was proved")
        held = {"sides": sides, "proof": proof, "shown": shown, "conditions": conditions}
        for name, value in (held | {"statement": statement, "case": case}).items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("what was proved cannot be changed")


def _proved_in(general: General, left: Term, right: Term) -> tuple[Term, ...]:
    """What was proved where these sides are shown."""
    if type(general) is not General or (left, right) != general.shown:
        raise ValueError("another instance is shown")
    return general.sides


def _is_given(
    proof: Weighed | None, general: General | None, statement: Statement, case: tuple[Comparison, ...] = ()
) -> None:
    """Fails where something was proved under other hypotheses than those of a statement, in a case of its proof, or is an
    instance in another statement.
    """
    if general is not None:
        fits = general.statement is statement and general.proof is proof and general.case == case
    else:
        given = (statement.hypotheses, (*statement.conditions, *case))
        known = proof.knowledge if proof is not None else None
        fits = known is None or (known.theory is statement.theory and (known.hypotheses, known.conditions) == given)
    if not fits:
        raise ValueError("nothing is called proved but under what the floor says it is")


@dataclass(frozen=True)
class Applied:
    """One application of a rule, as it stands in the trace of a step: `left` became `right`."""

    rule: str
    left: Term
    right: Term


@dataclass(frozen=True)
class StepResult:
    """The verdict on one link of a chain: `left` is the expression before it.

    `by` is what the author wrote, `rules` what was used, or what is to be named where the step is unjustified. `computed` tells
    that the author wrote `?`. `part` is what is wrong in the right side, in the proof language, where that is known, or the
    reason that is. `remarks` say what is known of an equation that is undecided.
    """

    left: Term
    right: Term
    by: tuple[str, ...]
    rules: tuple[str, ...]
    verdict: Verdict
    expect: str | None = None
    conditions: tuple[Condition, ...] = ()
    code: str | None = None
    message: str | None = None
    suggestion: str | None = None
    counterexample: Counterexample | None = None
    trace: tuple[Applied, ...] = ()
    computed: bool = False
    place: Place = NOWHERE
    part: str | None = None
    proof: Weighed | None = field(default=None, repr=False, compare=False)
    general: General | None = None
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sides = _proved_in(self.general, self.left, self.right) if self.general else (self.left, self.right)
        _rests_on(self, sides)

    @property
    def expected(self) -> bool:
        """Whether the verdict is the one that the author expects: proved, where he says nothing."""
        return self.verdict == (self.expect or "proved")

    @property
    def fails_on_purpose(self) -> bool:
        """Whether it is not proved, as the author expects."""
        return self.expected and self.verdict != "proved"


@dataclass(frozen=True)
class ChainResult:
    """The steps of one chain, in the case that the `conditions` describe."""

    conditions: tuple[Comparison, ...]
    start: Term
    steps: tuple[StepResult, ...]


@dataclass(frozen=True)
class TheoremResult:
    """The verdict on a theorem; `chains` are those of its written proof, or of the one that the tool found.

    `proof`, `general` and `remarks` are as for a step.
    """

    statement: Statement
    left: Term
    right: Term
    verdict: Verdict
    chains: tuple[ChainResult, ...] = ()
    conditions: tuple[Condition, ...] = ()
    code: str | None = None
    message: str | None = None
    suggestion: str | None = None
    counterexample: Counterexample | None = None
    part: str | None = None
    place: Place = NOWHERE  # of what is wrong, where that is not the claim
    proof: Weighed | None = field(default=None, repr=False, compare=False)
    general: General | None = None
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sides, general = self.statement.sides, self.general
        if (self.left, self.right) != (sides[0], sides[-1]):
            raise ValueError("a verdict on a theorem is one on what it states")
        _rests_on(self, sides if general is None else _proved_in(general, self.left, self.right))
        if self.verdict == "proved":
            _is_given(self.proof, general, self.statement)
        for chain in self.chains:
            before = (chain.start, *sides)
            for step in chain.steps:
                if step.left not in before:
                    raise ValueError("a step goes on from the one before, or from a side of the claim")
                if step.verdict == "proved":
                    _is_given(step.proof, step.general, self.statement, chain.conditions)
                before = (step.right, *sides)

    @property
    def written_chains(self) -> Iterator[tuple[Chain, ChainResult]]:
        """The chains that its author wrote, each with what was found of it."""
        return zip(self.statement.proof or (), self.chains, strict=False)

    @property
    def written_steps(self) -> Iterator[tuple[Step, StepResult]]:
        """The steps that its author wrote, each with its verdict."""
        for chain, result in self.written_chains:
            yield from zip(chain.steps, result.steps, strict=False)

    @property
    def is_astray(self) -> bool:
        """Whether its written proof is one of something else: an error in the text, whatever the verdict."""
        return self.code == "D210"

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """All steps, chain by chain."""
        return tuple(step for chain in self.chains for step in chain.steps)

    @property
    def expected(self) -> bool:
        """Whether the theorem and all its steps got the verdicts that the author expects."""
        as_said = self.verdict == (self.statement.expect or "proved")
        return as_said and not self.is_astray and all(step.expected for step in self.steps)

    @property
    def fails_on_purpose(self) -> bool:
        """Whether it is not proved, as the author expects."""
        return self.expected and self.verdict != "proved"


@dataclass(frozen=True)
class Problem:
    """What is to be said of a derivation besides its verdicts, such as that assumptions contradict each other."""

    code: str
    message: str
    place: Place = NOWHERE


@dataclass(frozen=True)
class Report:
    """What checking one derivation found.

    `hints` are what is right and could be left out, and `proof` is all that is proved as data (see `proofs`), if asked for.
    """

    derivation: Derivation
    theorems: tuple[TheoremResult, ...] = field(default=())
    problems: tuple[Problem, ...] = field(default=())
    hints: tuple[Problem, ...] = field(default=())
    proof: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the theorems and steps, those left out that fail on purpose, unless there are no others.

        A derivation without theorems is proved, one with a problem is not, nor one of whose theorems some have no verdict.
        """
        found: set[Verdict] = {"unknown"} if self.problems or not self.is_complete else set()
        meant = [theorem for theorem in self.theorems if not theorem.fails_on_purpose] or self.theorems
        found |= {theorem.verdict for theorem in meant}
        found |= {step.verdict for theorem in meant for step in theorem.steps if not step.fails_on_purpose}
        order: tuple[Verdict, ...] = ("refuted", "unknown", "unjustified")
        return next((verdict for verdict in order if verdict in found), "proved")

    @property
    def is_complete(self) -> bool:
        """Whether every theorem has a verdict."""
        judged = {id(theorem.statement) for theorem in self.theorems}
        return all(id(statement) in judged for statement in self.derivation.statements)

    @property
    def is_astray(self) -> bool:
        """Whether a written proof does not lead to its claim."""
        return any(theorem.is_astray for theorem in self.theorems)

    @property
    def expected(self) -> bool:
        """Whether every theorem came out as its author expects, and nothing is wrong with the whole."""
        return self.is_complete and not self.problems and all(theorem.expected for theorem in self.theorems)
