"""A recorded proof, gone through the kernel once more: no search, and nothing believed but the source and the floor.

    source ── reader ──> statements: sides, hypotheses, declarations
    inferences ── kernel ──> theorems, made anew
    claims: theorems, sides ── floor.claims.weighed ──> proved, or not

What is proved is what the source says, under the declarations in the source. Of the record it is only asked which inference
comes next. The search that `weighed` asks for evidence is a look-up in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from derive.errors import DeriveError, KernelError
from derive.floor import kernel
from derive.floor.claims import Weighed, weighed
from derive.floor.conditions import INTERNAL
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import Index, Local, Term, free_indices, substitute, subterms
from derive.language.derivation import Derivation
from derive.proofs.inferences import Call, Reading, call, key, read_condition
from derive.proofs.malformed import entry, number, rows, text, whole
from derive.proofs.sources import Sources
from derive.proofs.terms import Terms


class Goal(NamedTuple):
    """What a claim is about, as the source has it: neighbouring sides are equal where that is known."""

    sides: tuple[Term, ...]
    knowledge: Knowledge


@dataclass(frozen=True)
class Replayed:
    """What became of one claim. It is proved where the floor has said so of the sides of its goal, and not otherwise.

    `inference` is the first that failed, with its figure.
    """

    goal: Goal
    proof: Weighed | None
    message: str = ""
    inference: int | None = None
    figure: str = ""

    @property
    def proved(self) -> bool:
        """Whether the claim is proved."""
        found, goal = self.proof, self.goal
        return type(found) is Weighed and found.proves and found.sides == goal.sides and found.knowledge is goal.knowledge


class Broken(NamedTuple):
    """An inference that the kernel did not make."""

    inference: int
    figure: str
    message: str


class Recorded(NamedTuple):
    """The inferences that a claim rests on, and those that show their conditions; or why they are not there."""

    by: tuple[int, ...]
    evidence: tuple[int, ...]
    missing: str = ""


Name = tuple[str, int, int]
"""A theorem and -1, -1; or with it, a chain of its proof and a step of that."""


class Proof:
    """The proof of one derivation, read and ready to be replayed. Fails with `Malformed` where the data is none."""

    def __init__(self, data: Any) -> None:
        self.sources = Sources(entry(data, "sources", "a proof"))
        theories = [self.sources.theory(each) for each in rows(entry(data, "theories", "a proof"), "theories")]
        self._reading = Reading(Terms(entry(data, "terms", "a proof")), theories)
        written = rows(entry(data, "conditions", "a proof"), "conditions")
        conditions = [read_condition(each, self._reading) for each in written]
        written = rows(entry(data, "inferences", "a proof"), "inferences")
        self._calls = [call(each, place, conditions, self._reading) for place, each in enumerate(written)]
        self._made: list[Theorem | Broken | None] = [None] * len(self._calls)
        self._claims = {_name(each): self._recorded(each) for each in rows(entry(data, "claims", "a proof"), "claims")}
        written = rows(entry(data, "computed", "a proof"), "computed")
        self._computed = {_name(each): self._reading.terms.term(entry(each, "right", "a step")) for each in written}

    @property
    def derivation(self) -> Derivation:
        """What the source of the proof says."""
        return self.sources.derivation

    def computed(self, name: Name) -> Term | None:
        """What the record has for the ? of a step."""
        return self._computed.get(name)

    def _recorded(self, claim: dict[str, Any]) -> Recorded:
        if "missing" in claim:
            return Recorded((), (), text(claim["missing"], "what is missing"))
        count = len(self._calls)
        by, evidence = (rows(entry(claim, key, "a claim"), "inferences") for key in ("by", "evidence"))
        return Recorded(tuple(number(n, count, "a claim") for n in by), tuple(number(n, count, "a claim") for n in evidence))

    # --- claims ------------------------------------------------------------------------------------------------------

    def replayed(self, name: Name, goal: Goal) -> Replayed:
        """The claim of that name, gone through once more."""
        recorded = self._claims.get(name)
        if recorded is None:
            return Replayed(goal, None, "there is no proof of it in the file")
        if recorded.missing:
            return Replayed(goal, None, f"it cannot be replayed: {recorded.missing}")
        theorems: list[Theorem] = []
        for place in recorded.by:
            found = self.theorem(place)
            if isinstance(found, Broken):
                return Replayed(goal, None, found.message, found.inference, found.figure)
            theorems.append(found)
        evidence = Evidence([found for found in map(self.theorem, recorded.evidence) if isinstance(found, Theorem)])
        try:
            proof = weighed(theorems, goal.sides, goal.knowledge, evidence)
        except Exception as problem:  # as in `_inferred`; `Weighed` is what counts, and there is none
            return Replayed(goal, None, _said(problem))
        if proof.impossible:
            return Replayed(goal, proof, "its conditions cannot hold")
        return Replayed(goal, proof, "" if proof.proves else "the theorem has conditions that the claim has not")

    # --- inferences --------------------------------------------------------------------------------------------------

    def theorem(self, place: int) -> Theorem | Broken:
        """The theorem of that number, made by the kernel, or why there is none."""
        waiting = [place]
        while waiting:
            here = waiting[-1]
            missing = [each for each in self._calls[here].premises if self._made[each] is None]
            if self._made[here] is None and missing:
                waiting += missing
                continue
            waiting.pop()
            if self._made[here] is None:
                self._made[here] = self._inferred(here)
        found = self._made[place]
        assert found is not None
        return found

    def _inferred(self, place: int) -> Theorem | Broken:
        asked = self._calls[place]
        premises: list[Theorem] = []
        for each in asked.premises:
            found = self._made[each]
            if isinstance(found, Broken):
                return found
            assert found is not None
            premises.append(found)
        try:
            theorem = asked.made(premises)
            against = "the rule does not apply to the term" if theorem is None else _against(theorem, asked)
        except Exception as problem:  # the kernel is asked by anybody's data; whatever it raises, there is no theorem
            return Broken(place, asked.figure, _said(problem))
        return Broken(place, asked.figure, against) if theorem is None or against else theorem


def _name(claim: Any) -> Name:
    theorem = text(entry(claim, "theorem", "a claim"), "a theorem")
    if "step" not in claim:
        return theorem, -1, -1
    return theorem, whole(entry(claim, "chain", "a claim"), "a chain"), whole(claim["step"], "a step")


def _said(problem: Exception) -> str:
    if isinstance(problem, KernelError | DeriveError):
        return str(problem)
    if isinstance(problem, RecursionError):
        return "nested too deeply"
    return f"the kernel does not take it: {type(problem).__name__}: {problem}"


def _against(theorem: Theorem, asked: Call) -> str:
    """How a theorem is another one than the record says. So no term is larger than those that are read."""
    if theorem.left is not asked.left or theorem.right is not asked.right:
        return "the kernel gives another equation than the file says"
    if {key(condition) for condition in theorem.conditions} != asked.conditions:
        return "the kernel gives other conditions than the file says"
    if theorem.inference.label != asked.label:
        return f"it is called {theorem.inference.label or 'nothing'}, and in the file {asked.label or 'nothing'}"
    return ""


class Evidence:
    """The recorded evidence as a search: what it has about a term, whatever the opened indices in it are called."""

    def __init__(self, theorems: Sequence[Theorem]) -> None:
        self._known: dict[Term, list[Theorem]] = {}
        for theorem in theorems:
            self._known.setdefault(_shape(theorem.left), []).append(theorem)

    def __call__(self, term: Term, relation: str, knowledge: Knowledge) -> Iterator[Theorem]:
        for theorem in self._known.get(_shape(term), ()):
            moved: dict[Term, Term] = {
                old: new for old, new in zip(_opened(theorem.left), _opened(term), strict=True) if old is not new
            }
            if theorem.theory is knowledge.theory:
                yield kernel.instantiate(theorem, moved, knowledge) if moved else theorem


def _opened(term: Term) -> list[Local]:
    """The opened indices in a term, as they come up."""
    free = {index for index in free_indices(term) if isinstance(index, Local)}
    return list(dict.fromkeys(part for part in subterms(term) if part in free and isinstance(part, Local))) if free else []


def _shape(term: Term) -> Term:
    """The term with its opened indices called by number."""
    opened = _opened(term)
    return substitute(term, {index: Index(f"{INTERNAL[0]}{n}", index.range) for n, index in enumerate(opened)})
