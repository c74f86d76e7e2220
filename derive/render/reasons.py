"""What is said beside the mathematics: the reason of a step, and for which sizes a theorem holds."""

from __future__ import annotations

from collections.abc import Iterable

from derive.checking.verdicts import StepResult, TheoremResult
from derive.floor.terms import Term, entry_names, size_names
from derive.floor.theory import Theory
from derive.language.derivation import GAP


def reason(step: StepResult) -> str:
    """`sum, independence`, or `"collect terms" (algebra)`: a text keeps its quotes, and the rules follow it."""
    if GAP in step.by:
        return ", ".join(dict.fromkeys((*(name for name in step.by if name != GAP), *step.rules)))
    written = ", ".join(step.by)
    found = ", ".join(rule for rule in step.rules if rule not in step.by)
    if not step.by:
        return ", ".join(step.rules)
    if found and any(item.startswith('"') for item in step.by):
        return f"{written} ({found})"
    return written


def sizes_of(theorem: TheoremResult) -> tuple[tuple[str, int], ...]:
    """The sizes that a theorem speaks of, by itself or through what is defined, each with its least value."""
    theory = theorem.statement.theory
    found = _sizes(theorem.statement.sides, theory)
    return tuple((name, least) for name, least in theory.sizes.items() if name in found)


def _sizes(terms: Iterable[Term], theory: Theory) -> set[str]:
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(terms)
    while waiting:
        term = waiting.pop()
        found |= size_names(term)
        for name in entry_names(term) - seen:
            seen.add(name)
            if name in theory.definitions:
                waiting.append(theory.definitions[name].body)
            elif name in theory.functions:
                waiting += (extent for array in theory.functions[name].of for extent in _ranges(array, theory))
    return found


def _ranges(name: str, theory: Theory) -> tuple[Term, ...]:
    try:
        return theory.ranges(name)
    except KeyError:
        return ()
