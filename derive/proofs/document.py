"""What `derive check --format json` wrote, replayed: whether all that is called proved in it is proved again.

A derivation in it says of theorems and steps what they state and that they are proved. Of each it is asked that the text which
stands beside it says the same, and that its proof goes through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from typing import Any, NamedTuple

from derive.floor.functions import TABLE
from derive.floor.signs import Knowledge
from derive.floor.terms import Apply, Index, Neg, Number, Term, alpha_equal, children, free_indices, neg, rational, rebuild
from derive.floor.theory import Theory
from derive.language import read_expression, write_term
from derive.language.conditions import write_condition
from derive.language.derivation import Place, Statement, Step
from derive.language.writer import is_own
from derive.limits import FILE, allowed, spend
from derive.proofs.conditions import listed
from derive.proofs.malformed import entry, refuse, rows, text, whole
from derive.proofs.replay import Goal, Name, Proof, Replayed

VERSION = 2
PROVED = "proved"
UNREAD = "error"  # the verdict on what could not be read
VERDICTS = (PROVED, "unjustified", "refuted", "unknown")


@dataclass(frozen=True)
class Outcome:
    """What became of one claim of a document: a theorem, or a step of its proof, with its line.

    `message` says why it is not proved; `inference` and `figure` are what the kernel refused.
    """

    theorem: str
    step: int | None
    line: int
    message: str = ""
    replayed: Replayed | None = field(default=None, repr=False)

    @property
    def proved(self) -> bool:
        """Whether it is proved again, and what the document shows is what was proved."""
        return not self.message and self.replayed is not None and self.replayed.proved


class Replay(NamedTuple):
    """What became of the claims of one derivation."""

    file: str
    outcomes: tuple[Outcome, ...]

    @property
    def proved(self) -> bool:
        """Whether all of them are proved again."""
        return all(outcome.proved for outcome in self.outcomes)


def replayed(document: Any, seconds: float = inf) -> list[Replay]:
    """Every derivation of a document, gone through once more in so many seconds each. Fails with `Malformed` where the data is
    no such document, and with `LimitError` where it takes more than that.
    """
    version = whole(entry(document, "version", "the document"), "its version")
    if version != VERSION:
        refuse(f"the document is of version {version}, and not {VERSION}")
    derivations = rows(entry(document, "derivations", "the document"), "derivations")
    return [_derivation(data, seconds) for data in derivations if entry(data, "verdict", "a derivation") != UNREAD]


def _derivation(data: Any, seconds: float) -> Replay:
    with allowed(FILE, seconds):
        return _replayed(data)


def _replayed(data: Any) -> Replay:
    theorems = [_Shown.read(each) for each in rows(entry(data, "theorems", "a derivation"), "theorems")]
    file = text(entry(data, "file", "a derivation"), "the file of a derivation")
    written = data.get("proof")
    proof = None if written is None else Proof(written)
    outcomes: list[Outcome] = []
    for theorem in theorems:
        outcomes += _theorem(theorem, proof)
        spend()  # what all of the file needs is said of the file, and not of the claim at which it ends
    title = text(entry(data, "title", "a derivation"), "the title of a derivation")
    if proof is not None and (file, title) != (proof.derivation.file, proof.derivation.title):
        outcomes.append(Outcome(file, None, 1, "its source is that of another file, or has another title"))
    if entry(data, "verdict", "a derivation") == PROVED:
        if proof is None:
            outcomes.append(Outcome(file, None, 1, "it is called proved, and there is no proof of it in the file"))
        else:
            named = {outcome.theorem for outcome in outcomes if outcome.step is None}
            why = "the whole is called proved, and this is not"
            meant = [each for each in proof.derivation.statements if each.expect in (None, PROVED)]
            outcomes += [Outcome(each.name, None, each.place.line, why) for each in meant if each.name not in named]
            if not meant and proof.derivation.statements:
                outcomes.append(Outcome(file, None, 1, "it is called proved, and no theorem is meant to be"))
            written = {each.name: [step for chain in each.proof or () for step in chain.steps] for each in meant}
            for theorem in (each for each in theorems if each.name in written):
                others = ((count, step) for count, step in enumerate(theorem.steps, 1) if step.verdict != PROVED)
                wrong = ((n, step) for n, step in others if not _fails_on_purpose(written[theorem.name][n - 1 : n], step))
                outcomes += [Outcome(theorem.name, count, step.line, why) for count, step in wrong]
    return Replay(file, tuple(outcomes))


def _fails_on_purpose(written: list[Step], shown: _Shown) -> bool:
    """Whether the author expects of the step with that number that it is not proved."""
    return bool(written) and written[0].expect == shown.verdict


class _Shown(NamedTuple):
    """What a document shows of a theorem or a step."""

    name: str
    line: int
    left: str
    right: str
    verdict: str
    conditions: tuple[str, ...]
    by: tuple[str, ...] = ()
    steps: tuple[_Shown, ...] = ()

    @classmethod
    def read(cls, data: Any) -> _Shown:
        """A theorem with its steps."""
        name = text(entry(data, "name", "a theorem"), "the name of a theorem")
        steps = tuple(map(cls._step, rows(entry(data, "steps", "a theorem"), "steps")))
        return cls._of(data, name)._replace(steps=steps)

    @classmethod
    def _step(cls, data: Any) -> _Shown:
        by = tuple(text(each, "a reason") for each in rows(entry(data, "by", "a step"), "by"))
        return cls._of(data, "")._replace(by=by)

    @classmethod
    def _of(cls, data: Any, name: str) -> _Shown:
        what = "a theorem or step"
        line = whole(entry(data, "line", what), "its line")
        left, right, verdict = (text(entry(data, key, what), key) for key in ("left", "right", "verdict"))
        if verdict not in VERDICTS:
            refuse(f"{verdict!r} is no verdict")
        conditions = tuple(text(each, "a condition") for each in rows(entry(data, "conditions", what), "conditions"))
        return cls(name, line, left, right, verdict, conditions)

    @property
    def claims(self) -> bool:
        """Whether anything of it is called proved."""
        return self.verdict == PROVED or any(step.verdict == PROVED for step in self.steps)


class _Said(NamedTuple):
    """A claim that the source makes: what a record calls it, where it stands, what is to be proved, and by what."""

    name: Name
    place: Place
    goal: Goal
    by: tuple[str, ...] = ()


def _theorem(shown: _Shown, proof: Proof | None) -> Iterator[Outcome]:
    """What becomes of a theorem and its steps, as far as they are called proved."""
    if not shown.claims:
        return
    if proof is None:
        yield Outcome(shown.name, None, shown.line, "there is no proof of it in the file")
        return
    statement = next((each for each in proof.derivation.statements if each.name == shown.name), None)
    if statement is None:
        yield Outcome(shown.name, None, shown.line, "there is no such theorem in the source")
        return
    if statement.is_open:  # what it asks for is in the record
        (left,) = statement.sides
        statement = replace(statement, sides=(left, proof.computed((shown.name, -1, -1)) or left))
    if shown.verdict == PROVED:
        knowledge = Knowledge(statement.theory, statement.hypotheses, statement.conditions)
        said = _Said((shown.name, -1, -1), statement.place, Goal(statement.sides, knowledge))
        yield _outcome(shown, statement, None, said, proof)
    if statement.proof is None and (shown.verdict != PROVED or not _is_way(shown.steps, statement)):
        why = "the file shows steps that do not lead from one of its sides to the other"
        yield Outcome(shown.name, None, shown.line, why)
        return
    steps = list(_found(shown.steps, statement, proof) if statement.proof is None else _steps(statement, proof))
    if len(steps) != len(shown.steps):
        why = f"the file shows {len(shown.steps)} steps of its proof, and the source has {len(steps)}"
        yield Outcome(shown.name, None, shown.line, why)
        return
    for count, (step, said) in enumerate(zip(shown.steps, steps, strict=True), 1):
        if step.verdict == PROVED:
            yield _outcome(step._replace(name=shown.name), statement, count, said, proof)


def _is_way(steps: tuple[_Shown, ...], statement: Statement) -> bool:
    """Whether each line of a proof that was found goes on from the one before, or from a side of the claim, and ends in one."""
    sides = {write_term(side, statement.theory) for side in statement.sides}
    before = {*sides}
    for step in steps:
        if step.left not in before:
            return False
        before = {step.right, *(sides if step.right in sides else ())}
    return not steps or steps[-1].right in sides


def _steps(statement: Statement, proof: Proof) -> Iterator[_Said]:
    """The steps of a written proof, each with what is known in its case; what a ? stands for is in the record."""
    for number, chain in enumerate(statement.proof or ()):
        knowledge = Knowledge(statement.theory, statement.hypotheses, (*statement.conditions, *chain.conditions))
        left = chain.start
        for count, step in enumerate(chain.steps):
            name = statement.name, number, count
            right = step.right or proof.computed(name) or left
            yield _Said(name, step.place, Goal((left, right), knowledge), tuple(map(str, step.reasons)))
            left = right


def _found(shown: tuple[_Shown, ...], statement: Statement, proof: Proof) -> Iterator[_Said]:
    """The lines of a proof that was found: each goes on from the one before, or from a side of the claim that it names."""
    knowledge = Knowledge(statement.theory, statement.hypotheses, statement.conditions)
    left = statement.sides[0]
    for count, step in enumerate(shown):
        name = statement.name, 0, count
        left = next((side for side in (left, *statement.sides) if _written(side, statement.theory) == step.left), left)
        right = proof.computed(name) or left
        yield _Said(name, statement.place, Goal((left, right), knowledge))
        left = right


def _written(term: Term, theory: Theory) -> str | None:
    try:
        return write_term(term, theory)
    except Exception:  # it is anybody's term
        return None


def _outcome(shown: _Shown, statement: Statement, step: int | None, said: _Said, proof: Proof) -> Outcome:
    """What became of a claim, where the document shows the one that the source makes."""
    found = proof.replayed(said.name, said.goal)
    try:
        message = _otherwise(shown, said, statement) or found.message
        message = message or _more(shown, found, statement.theory)
    except Exception:  # what stands for a ? is anybody's term
        message = "it cannot be written in the proof language"
    return Outcome(statement.name, step, said.place.line, message, found)


def _otherwise(shown: _Shown, said: _Said, statement: Statement) -> str:
    """How the document shows another claim than the source makes."""
    theory, goal = statement.theory, said.goal
    left, right = (write_term(side, theory) for side in (goal.sides[0], goal.sides[-1]))
    if (shown.left, shown.right) != (left, right):
        return f"the file shows {shown.left} = {shown.right}, and the source says {left} = {right}"
    if not all(map(partial(_reads_as, goal.knowledge, statement), (left, right), (goal.sides[0], goal.sides[-1]))):
        return f"what the file shows, {left} = {right}, is read as something else"
    if shown.by != said.by:
        return f"the file shows it by {', '.join(shown.by) or 'nothing'}, and the source by {', '.join(said.by) or 'nothing'}"
    return "" if shown.line == said.place.line else f"the file shows it in line {shown.line}"


def _reads_as(known: Knowledge, statement: Statement, text: str, term: Term) -> bool:
    """Whether a text is read as a term, up to how numbers are written: what stands for a ? may be called by any text."""
    stated = (*statement.sides, *known.hypotheses, *known.conditions)
    free = frozenset[Index]().union(*map(free_indices, stated)).difference(known.theory.indices.values())
    read = read_expression(text, known.theory, {index.name: index for index in free})
    return alpha_equal(_plain(read, known.theory), _plain(term, known.theory))


def _plain(term: Term, theory: Theory) -> Term:
    """A term with its numbers as numbers, and what has no name of its own here as what it means."""
    value = rational(term)
    if value is not None:
        return Number(value)
    if isinstance(term, Apply) and is_own(term.function, theory):
        means = TABLE[term.function].means
        return _plain(means(*term.arguments), theory) if means is not None else term
    parts = tuple(part if isinstance(part, Index) else _plain(part, theory) for part in children(term))
    return neg(parts[0]) if isinstance(term, Neg) else rebuild(term, parts) if parts else term


def _more(shown: _Shown, found: Replayed, theory: Theory) -> str:
    """What the proof leaves open, and the document does not say."""
    conditions = listed(found.proof.conditions, found.proof.knowledge) if found.proof is not None else ()
    left = {write_condition(condition, theory) for condition in conditions} - {*shown.conditions}
    return f"it is proved only under {', '.join(sorted(left))}, which the file does not say" if left else ""
