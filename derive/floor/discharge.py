"""Discharge: which conditions of a theorem follow from what is known.

    p > 0              the sign of p shows it, as its definition or a hypothesis says
    1 - p[k] > 0       1 - p[k] = sum(exp(z[j]), j != k)/sum(exp(z[j]), j) is a theorem, and the sign of its right side is +
    a*b = c            an instance of an assumption; or a*b - c = 0 is a theorem

Such a theorem is the *evidence* for a condition. A search outside of the floor brings it, and what it brings is looked at: that
it is a theorem of this theory about the term in the condition, that its own conditions are shown, and what sign it leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from derive.floor import signs
from derive.floor import terms as t
from derive.floor.conditions import Condition, Conditions, difference, is_about_indices, merged_indices, opened_up, substituted
from derive.floor.definedness import defined, defined_in
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge

Search = Callable[[t.Term, str, Knowledge], Iterable[Theorem]]
"""What may show how a term stands to 0: theorems `term = …` whose right side shows it."""

MOST_VALUES = 6  # of an index that is gone through value by value
DEEPEST = 3  # how often what is evidence may itself need evidence


def no_search(term: t.Term, relation: str, knowledge: Knowledge) -> Iterable[Theorem]:
    """The search that finds nothing."""
    return ()


def remaining(conditions: Conditions, knowledge: Knowledge, search: Search) -> tuple[Condition, ...]:
    """The conditions that what is known at the point does not show to hold, in an order that is the same every time."""
    return tuple(condition for condition in sorted(conditions, key=repr) if not shown(condition, knowledge, search))


def shown(condition: Condition, knowledge: Knowledge, search: Search, depth: int = DEEPEST) -> bool:
    """Whether a condition follows from the declarations, the assumptions and the relations of the indices."""
    condition, _ = opened_up(condition)
    claim, guards = condition.claim, sorted(condition.guards, key=repr)
    # Where a name has no value, it stands for any: what its definition says of it shows nothing there. (That a guard is the
    # claim, or says that two indices are one, is no matter of definitions: there all guards count.)
    usable = [guard for guard in guards if _has_a_value(guard, knowledge, search, depth)]
    here = knowledge.where(*usable)
    if is_about_indices(claim):
        return claim.relation == "!=" and here.apart(claim.left, claim.right)
    if isinstance(claim.left, t.Size) and isinstance(claim.right, t.Number) and claim.relation == ">=":
        return here.least(claim.left) >= claim.right.value
    if any(t.alpha_equal(claim, fact) for fact in (*here.hypotheses, *here.facts, *guards)) or any(here.theory.assumed(claim)):
        return True
    merged = merged_indices(guards)
    if any(g.relation == "!=" and t.substitute(g.left, merged) is t.substitute(g.right, merged) for g in guards):
        return True  # the guards contradict each other
    if len(usable) > 1 and any(excludes(knowledge.where(*(g for g in usable if g is not guard)), guard) for guard in usable):
        return True
    term = t.substitute(difference(claim), merged)
    if has_sign(term, claim.relation, here, search, depth) and _has_a_value(term, here, search, depth):
        return True
    for index in sorted(t.free_indices(term), key=t.by_name):
        if isinstance(index.range, t.Number) and index.range.value <= MOST_VALUES:
            values = map(t.number, range(1, int(index.range.value) + 1))
            return all(shown(substituted(condition, {index: value}), knowledge, search) for value in values)
    return False


def _has_a_value(term: t.Term, knowledge: Knowledge, search: Search, depth: int) -> bool:
    """Whether the names in a term have a value: that a sign is one wherever there is a value says nothing elsewhere."""
    if not t.entry_names(term) & knowledge.theory.definitions.keys():
        return True
    needed = sorted(defined_in(term, knowledge.theory) - defined(term), key=repr)
    return not needed or (depth > 0 and all(shown(condition, knowledge, search, depth - 1) for condition in needed))


def has_sign(term: t.Term, relation: str, knowledge: Knowledge, search: Search, depth: int = DEEPEST) -> bool:
    """Whether a term, wherever it has a value, stands in that relation to 0: by its own sign, or by evidence."""
    if signs.holds(knowledge.sign(term).relation, relation):
        return True
    if not depth:
        return False
    for evidence in search(term, relation, knowledge):
        if type(evidence) is not Theorem or evidence.theory is not knowledge.theory or evidence.left is not term:
            continue
        met = (shown(condition, knowledge, search, depth - 1) for condition in sorted(evidence.conditions, key=repr))
        fits = signs.holds(knowledge.sign(evidence.right).relation, relation) and all(met)
        if fits and _has_a_value(evidence.right, knowledge, search, depth - 1):  # in a theorem a name counts as one
            return True
    return False


def excludes(knowledge: Knowledge, claim: t.Comparison) -> bool:
    """Whether a relation of values cannot hold where that is known, as the sign of what stands in it shows."""
    return not is_about_indices(claim) and signs.excludes(knowledge.sign(difference(claim)).relation, claim.relation)
