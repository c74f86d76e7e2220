"""What a proof used: the rules, definitions and theorems at the leaves of its tree of inferences.

    diff(x^2 + x, x) = 2*x + 1        sum, power, variable
"""

from __future__ import annotations

from derive.floor.kernel import Theorem


def applications(theorem: Theorem) -> list[Theorem]:
    """The uses of rules in a proof, in order: the leaves of its tree of inferences that say something."""
    found: list[Theorem] = []
    stack = [theorem]
    seen: set[int] = set()
    while stack:
        here = stack.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if here.inference.label and here.left is not here.right:
            found.append(here)
        if is_citation(here):
            continue  # how the theorem was proved is told where it stands
        stack.extend(reversed(here.premises))
    return found


def rules_used(theorem: Theorem) -> tuple[str, ...]:
    """The names of the rules in a proof, each once, in the order of their first use."""
    return tuple(dict.fromkeys(map(rule_name, applications(theorem))))


def rule_name(theorem: Theorem) -> str:
    """What a step of a trace is called: the rule, or the theorem that it cites."""
    return theorem.inference.label


def is_citation(theorem: Theorem) -> bool:
    """Whether a theorem is one that stands above, used by its name."""
    return theorem.inference.figure == "cite"
