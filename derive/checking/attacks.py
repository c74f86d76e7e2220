"""Attacks: numbers that speak against an equation, whether or not it has a proof.

    spoken_against      what is said of an equation that is proved, where evaluating its two sides says otherwise
    counterexample      a point at which the two sides provably differ

Nothing is called proved before it was tried at points that meet the hypotheses, the degenerate ones first.
"""

from __future__ import annotations

from contextlib import suppress

from derive.engine.rewriting import Context
from derive.errors import LimitError
from derive.floor.conditions import is_about_indices
from derive.floor.terms import Comparison, Term
from derive.floor.theory import Definition
from derive.held import without_held
from derive.language.derivation import Statement
from derive.limits import COUNTEREXAMPLE, allowed
from derive.numbers.attack import Attack
from derive.numbers.counterexample import Counterexample
from derive.numbers.everywhere import met
from derive.numbers.model import Unsupported
from derive.numbers.refute import certified, refute


def attack_on(statement: Statement) -> Attack:
    """The attack on a theorem and the lines of its proof."""
    terms = list(statement.sides)
    for chain in statement.proof or ():
        terms += [chain.start, *(step.right for step in chain.steps if step.right is not None)]
    cases = tuple(claim for chain in statement.proof or () for claim in chain.conditions)
    examples: dict[str, Definition] | None
    try:
        theory, examples = met(without_held(statement.theory), (*terms, *statement.hypotheses))
    except Unsupported:
        theory, examples = statement.theory, None
    terms += [each.body for each in (examples or {}).values()]
    return Attack(theory, statement.hypotheses, statement.conditions, terms, cases, examples)


def spoken_against(
    attack: Attack, left: Term, right: Term, relations: tuple[Comparison, ...], context: Context, step: bool = False
) -> dict[str, object]:
    """What numbers say against an equation that is proved; nothing where they do not."""
    outcome = attack.on(left, right, tuple(c for c in relations if is_about_indices(c)), step=step)
    against = outcome.disagreement
    if against is None:
        if attack.examples is None:
            message = "no functions were found that meet what is assumed everywhere, so that it could not be tried"
            return {"verdict": "unknown", "code": "D242", "message": message}
        if not outcome.tried:
            return {"verdict": "unknown", "code": "D242", "message": "no point was found at which it could be tried"}
        if not outcome.is_empty:
            return {}
        return {"verdict": "unknown", "code": "D204", "message": "no point was found at which both sides have a value"}
    knowledge = context.knowledge
    indices = tuple(c for c in (*knowledge.conditions, *relations) if is_about_indices(c))
    example = certified(left, right, knowledge.theory, knowledge.hypotheses, indices, against.point)
    if example is not None:
        return {"verdict": "refuted", "code": "D202", "message": "the two sides differ", "counterexample": example}
    return {"verdict": "unknown", "code": "D241", "message": f"the proof and the numbers disagree: {against.told}"}


def counterexample(attack: Attack, left: Term, right: Term, context: Context) -> Counterexample | None:
    """A point at which the two sides provably differ."""
    knowledge = context.knowledge
    indices = tuple(c for c in knowledge.conditions if is_about_indices(c))
    with suppress(LimitError, RecursionError), allowed(COUNTEREXAMPLE, context.seconds):
        found = refute(left, right, knowledge.theory, knowledge.hypotheses, indices)
        if found is not None:
            return found
        against = attack.on(left, right, indices).disagreement
        if against is not None:
            return certified(left, right, knowledge.theory, knowledge.hypotheses, indices, against.point)
    return None
