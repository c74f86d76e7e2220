"""A proof written down: the texts, and what the kernel was asked to do for each claim that is called proved.

    sources       the text of the derivation, below those that it uses and those of its document from which it takes something
    theories      which theorem of which text the declarations of an inference are those above
    terms         each once: see `terms`
    conditions    claim, bound indices and guards
    inferences    each once, below its premises: see `inferences`
    claims        a theorem, or a step of its proof; the inferences that prove it, and those that show the conditions of these
    computed      what a ? in the text stands for

What is written is enough for `replay`, and no more: an inference that only says that a term is itself is left out of a chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from derive.floor import kernel
from derive.floor.claims import Weighed
from derive.floor.conditions import Conditions
from derive.floor.kernel import Theorem
from derive.floor.terms import Term
from derive.floor.theory import Theory
from derive.language.derivation import Derivation
from derive.proofs.inferences import Unrecordable, Writing, condition, written


class Claim(NamedTuple):
    """What is called proved: a theorem, or a step of it by its chain and its place there; and the floor's word for it.

    Where the author left the right side of a step to the tool, it is given, and there need not be a word of the floor.
    """

    theorem: str
    weighed: Weighed | None
    chain: int | None = None
    step: int | None = None
    computed: Term | None = None

    @property
    def name(self) -> dict[str, Any]:
        """How the claim is called in the data."""
        return {"theorem": self.theorem} | ({} if self.step is None else {"chain": self.chain, "step": self.step})


class Rows(list[Any]):
    """A table, which is printed with a line for each row."""


def recorded(derivation: Derivation, claims: Iterable[Claim]) -> dict[str, Any] | None:
    """The proof of claims of a derivation as plain data; None where there is no text that could be read again."""
    sources = _Sources()
    if not sources.add(derivation):
        return None
    proof = _Proof(sources.theories)
    claims = tuple(claims)
    found = Rows([proof.claim(claim, claim.weighed) for claim in claims if claim.weighed is not None])
    terms = proof.writing.terms
    computed = Rows([claim.name | {"right": terms.number(claim.computed)} for claim in claims if claim.computed is not None])
    return {
        "sources": sources.rows,
        "theories": Rows(proof.theories),
        "terms": Rows(terms.rows),
        "conditions": Rows(proof.conditions),
        "inferences": Rows(proof.rows),
        "claims": found,
        "computed": computed,
    }


class _Sources:
    """The texts of derivations, each below those that it uses, and whose declarations stand above which theorem."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.theories: dict[int, list[Any]] = {}
        self._numbers: dict[int, int] = {}

    def add(self, derivation: Derivation) -> bool:
        """Writes a derivation below those that it uses or takes from; whether all of them have a text."""
        waiting = [derivation]
        while waiting:
            here = waiting[-1]
            missing = [each for each in (*here.used, *here.below) if id(each) not in self._numbers]
            if not here.text:
                return False
            if missing:
                waiting += missing
                continue
            if id(waiting.pop()) not in self._numbers:
                self._write(here)
        return True

    def _write(self, derivation: Derivation) -> None:
        number = self._numbers[id(derivation)] = len(self.rows)
        text = derivation.text
        blank = len(text) - len(text.lstrip("\n \t\r"))
        above = text.rfind("\n", 0, blank) + 1
        uses = {name: self._numbers[id(used)] for name, used in zip(derivation.uses, derivation.used, strict=True)}
        self.rows.append(
            {
                "name": derivation.name,
                "file": derivation.file,
                "line": derivation.above + text.count("\n", 0, above) + 1,
                "text": text[above:],
                "uses": uses,
            }
            | ({"below": [self._numbers[id(each)] for each in derivation.below]} if derivation.below else {})
        )
        for statement in derivation.statements:
            self.theories.setdefault(id(statement.theory), [number, statement.name])


class _Proof:
    """The tables of a proof while it is written."""

    def __init__(self, theories: dict[int, list[Any]]) -> None:
        self.rows: list[list[Any]] = []
        self.conditions: list[Any] = []
        self.theories: list[Any] = []
        self.writing = Writing(self._theory)
        self._declared = theories
        self._theory_numbers: dict[int, int] = {}
        self._condition_numbers: dict[Any, int] = {}
        self._numbers: dict[Theorem, int] = {}
        self._short: dict[Theorem, Theorem] = {}
        self._alike: dict[str, int] = {}

    def claim(self, claim: Claim, weighed: Weighed) -> dict[str, Any]:
        """A claim with the inferences that it rests on, or why they cannot be written down."""
        try:
            by = [self.inference(theorem) for theorem in weighed.theorems]
        except (Unrecordable, ValueError) as problem:  # a number of too many digits is no text
            return claim.name | {"missing": str(problem)}
        return claim.name | {"by": by, "evidence": list(self._shown(weighed.evidence))}

    def _shown(self, evidence: Sequence[Theorem]) -> Iterable[int]:
        for theorem in evidence:
            try:
                yield self.inference(theorem)
            except (Unrecordable, ValueError):
                continue  # without it, a condition may not be shown: the replay will say so

    def inference(self, theorem: Theorem) -> int:
        """The number of an inference, which is written below its premises. None of this is recursive: proofs are deep."""
        numbers = self._numbers
        waiting = [theorem]
        while waiting:
            here = waiting[-1]
            needed = self._shortest(here)
            premises = (needed,) if needed is not here else here.premises
            missing = [] if here in numbers else [each for each in premises if each not in numbers]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if here not in numbers:
                numbers[here] = self._added(here) if needed is here else numbers[needed]
        return numbers[theorem]

    def _shortest(self, theorem: Theorem) -> Theorem:
        found = self._short.get(theorem)
        if found is None:
            found = self._short[theorem] = _short(theorem)
        return found

    def _added(self, theorem: Theorem) -> int:
        row = written(theorem, [self._numbers[premise] for premise in theorem.premises], self.writing)
        row.append([self.writing.terms.number(theorem.left), self.writing.terms.number(theorem.right), self._under(theorem)])
        number = self._alike.setdefault(repr(row), len(self.rows))
        if number == len(self.rows):
            self.rows.append(row)
        return number

    def _under(self, theorem: Theorem) -> list[int]:
        numbers = self._condition_numbers
        for found in sorted((c for c in theorem.conditions if c not in numbers), key=repr):
            numbers[found] = len(self.conditions)
            self.conditions.append(condition(found, self.writing))
        return sorted(numbers[found] for found in theorem.conditions)

    def _theory(self, theory: Theory) -> int:
        number = self._theory_numbers.get(id(theory))
        if number is None:
            if id(theory) not in self._declared:
                raise Unrecordable("it rests on declarations that stand in no text")
            number = self._theory_numbers[id(theory)] = len(self.theories)
            self.theories.append(self._declared[id(theory)])
        return number


def _short(theorem: Theorem) -> Theorem:
    """A theorem that says the same by fewer inferences."""
    while True:
        found = next((each for each in _shorter(theorem) if _says(each) == _says(theorem)), None)
        if found is None:
            return theorem
        theorem = found


def _shorter(theorem: Theorem) -> Iterator[Theorem]:
    """Theorems by fewer inferences that may say the same."""
    figure = theorem.inference.figure
    if theorem.left is theorem.right and theorem.premises:
        yield kernel.reflexivity(theorem.left, theorem.theory)
    if figure == "transitivity":
        yield from theorem.premises
    if figure == "symmetry":
        yield from theorem.premises[0].premises


def _says(theorem: Theorem) -> tuple[Term, Term, Conditions, Theory]:
    return theorem.left, theorem.right, theorem.conditions, theorem.theory
