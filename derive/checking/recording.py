"""What a report calls proved, written down as data that can be replayed: see `proofs`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from derive.checking.verdicts import TheoremResult
from derive.language.derivation import Derivation
from derive.proofs.record import Claim, recorded


def proof_of(derivation: Derivation, theorems: tuple[TheoremResult, ...]) -> dict[str, Any] | None:
    """The proofs of all theorems and written steps that are called proved; None where the derivation has no text."""
    return recorded(derivation, (claim for theorem in theorems for claim in _claims(theorem)))


def _claims(theorem: TheoremResult) -> Iterator[Claim]:
    statement = theorem.statement
    if theorem.verdict == "proved":
        yield Claim(statement.name, theorem.proof)
    for number, (chain, _) in enumerate(zip(theorem.chains, statement.proof or (), strict=False)):
        for count, step in enumerate(chain.steps):
            proof = step.proof if step.verdict == "proved" else None
            yield Claim(statement.name, proof, number, count, step.right if step.computed else None)
