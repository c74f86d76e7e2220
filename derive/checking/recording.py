"""What a report calls proved, written down as data that can be replayed: see `proofs`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from derive.checking.verdicts import StepResult, TheoremResult
from derive.floor.claims import Weighed, weighed
from derive.language.derivation import Derivation
from derive.proofs.record import Claim, recorded


def proof_of(derivation: Derivation, theorems: tuple[TheoremResult, ...]) -> dict[str, Any] | None:
    """The proofs of all theorems and steps that are called proved; None where the derivation has no text."""
    return recorded(derivation, (claim for theorem in theorems for claim in _claims(theorem)))


def _claims(theorem: TheoremResult) -> Iterator[Claim]:
    statement = theorem.statement
    if theorem.verdict == "proved":
        yield Claim(statement.name, theorem.proof, computed=statement.sides[-1] if statement.asked else None)
    if statement.proof is None:
        # The source has nothing of the lines of a proof that was found, so what they say is recorded too.
        for count, step in enumerate(theorem.steps):
            proof = _alone(step) if step.verdict == "proved" else None
            yield Claim(statement.name, proof, 0, count, step.right)
        return
    for number, (chain, _) in enumerate(zip(theorem.chains, statement.proof, strict=False)):
        for count, step in enumerate(chain.steps):
            proof = step.proof if step.verdict == "proved" else None
            yield Claim(statement.name, proof, number, count, step.right if step.computed else None)


def _alone(step: StepResult) -> Weighed | None:
    """What the floor says of a step by itself, where it has said it of A = B = C at once."""
    proof = step.proof
    if proof is None or len(proof.sides) == 2:
        return proof
    place = list(pairwise(proof.sides)).index((step.left, step.right))
    evidence = proof.evidence
    return weighed(
        (proof.theorems[place],),
        (step.left, step.right),
        proof.knowledge,
        lambda term, relation, known: (found for found in evidence if found.left is term),
    )
