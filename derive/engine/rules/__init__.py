"""The rules of mathematics by subject: calculus, finite sums and fractions, identities of functions.

A rule is a record (see `rule`); a family name stands for all rules of its family: `algebra` for those of sums and fractions,
`functions` for the identities.
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.engine.rules import calculus, identities, sums
from derive.engine.rules.rule import Rule
from derive.engine.scope import Scope
from derive.floor.frozen import Table

ALL: Mapping[str, Rule] = Table(
    {rule.name: rule for rule in (*calculus.RULES, *sums.RULES, *identities.RULES)}
)
"""Every rule by its name."""

FAMILIES = {"algebra": "sums", "functions": "functions"}
"""The names that stand for a whole family."""

SPECIAL = {
    "definition": "replacing a defined name by its expression, or back",
    "assumption": "using what is assumed, or declared of a symbol",
    "rearrangement": "nothing but order, signs, the arithmetic of numbers and the names of bound indices, which need no reason",
    "algebra": "all rules of sums, products and fractions together: " + ", ".join(rule.name for rule in sums.RULES),
    "functions": "all identities of functions together: " + ", ".join(rule.name for rule in identities.RULES),
}
"""The reasons that are not a single record, and what they license."""

NAMES = frozenset(ALL) | frozenset(SPECIAL)

__all__ = ["ALL", "FAMILIES", "NAMES", "SPECIAL", "Rule", "Scope"]
