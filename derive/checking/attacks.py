"""What is attacked of a theorem: its claim, and every line of its proof."""

from __future__ import annotations

from derive.language.derivation import Statement
from derive.numbers.attack import Attack


def attack_on(statement: Statement) -> Attack:
    """The attack on a theorem and the lines of its proof."""
    terms = list(statement.sides)
    for chain in statement.proof or ():
        terms += [chain.start, *(step.right for step in chain.steps if step.right is not None)]
    cases = tuple(claim for chain in statement.proof or () for claim in chain.conditions)
    return Attack(statement.signature, statement.hypotheses, statement.conditions, terms, cases)
