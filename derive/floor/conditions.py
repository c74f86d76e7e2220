"""Conditions: what an equation still needs to hold.

A condition is a relation such as `x != 0`, for all values of its bound indices that meet its guards:

    p[i] > 0 for all i != k        claim p[i] > 0, bound {i}, guards {i != k}

Assumptions that a proof used are conditions too, so that a theorem says all it rests on. A bound index is called by its place
in the condition (`Quantified`), so that no other index is it, and conditions that differ in letters only are equal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import field

from derive.errors import KernelError
from derive.floor import terms as t
from derive.floor.frozen import frozen
from derive.floor.terms import Comparison, Index, Quantified, Term, free_indices, substitute, subterms


@frozen
class Condition:
    """`claim` for all values of the `bound` indices that meet the `guards`; `letters` are what its author calls those."""

    claim: Comparison
    bound: frozenset[Index] = frozenset()
    guards: frozenset[Comparison] = frozenset()
    letters: tuple[tuple[Index, str], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name, kind in (("bound", frozenset), ("guards", frozenset), ("letters", tuple)):
            object.__setattr__(self, name, kind(getattr(self, name)))
        if self.bound or self.letters:
            self._renumber()
        if any(isinstance(index, Quantified) for index in self.free_indices()):
            raise KernelError("the claim of a condition is used outside of it: open it first")

    def _renumber(self) -> None:
        """Calls the bound indices by their places, in the order in which they come up, in the claim first."""
        parts = (self.claim, *sorted(self.guards, key=repr))
        met = (part for whole in parts for part in subterms(whole) if isinstance(part, Index) and part in self.bound)
        ordered = dict.fromkeys((*met, *sorted(self.bound, key=t.by_name)))
        mapping: dict[Index, Index] = {index: Quantified(f"∀{n}", index.range) for n, index in enumerate(ordered)}
        replaced: dict[Term, Term] = dict(mapping.items())
        letters = tuple((mapping[index], dict(self.letters).get(index, index.name)) for index in ordered)
        object.__setattr__(self, "claim", substitute(self.claim, replaced))
        object.__setattr__(self, "guards", frozenset(comparison(substitute(guard, replaced)) for guard in self.guards))
        object.__setattr__(self, "bound", frozenset(mapping.values()))
        object.__setattr__(self, "letters", letters)

    def __repr__(self) -> str:
        return f"Condition({self.claim!r}, {sorted(map(repr, self.bound))}, {sorted(map(repr, self.guards))})"

    def free_indices(self) -> frozenset[Index]:
        """The indices that are not bound."""
        return free_indices(self.claim).union(*map(free_indices, self.guards)) - self.bound


INTERNAL = "$%^&~"  # what the names of indices begin with that no author can write
Conditions = frozenset[Condition]
NONE: Conditions = frozenset()


def is_about_indices(claim: Comparison) -> bool:
    """Whether `claim` relates two indices."""
    return isinstance(claim.left, Index) or isinstance(claim.right, Index)


def says_apart(relations: Iterable[Comparison], left: Term, right: Term) -> bool:
    """Whether one of the relations says that the two differ."""
    return any(c.relation == "!=" and {c.left, c.right} == {left, right} for c in relations)


def needs(left: Term, relation: str, right: Term) -> Conditions:
    """The one condition `left relation right`."""
    return frozenset((Condition(Comparison(left, relation, right)),))


def difference(claim: Comparison) -> Term:
    """The term that stands in the relation of `claim` to 0."""
    return claim.left - claim.right


def negated(claim: Comparison) -> Comparison:
    """The opposite of a condition of a choice."""
    opposite = {"=": "!=", "!=": "=", ">": ">=", ">=": ">"}[claim.relation]
    sides = (claim.left, claim.right) if opposite in ("=", "!=") else (claim.right, claim.left)
    return Comparison(sides[0], opposite, sides[1])


def merged_indices(relations: Iterable[Comparison]) -> dict[Term, Term]:
    """Where i = k, one index stands for both."""
    mapping: dict[Term, Term] = {}
    for c in relations:
        if c.relation == "=" and isinstance(c.left, Index):
            left, right = substitute(c.left, mapping), substitute(c.right, mapping)
            if not isinstance(left, Index):
                left, right = right, left
            if left is not right and isinstance(left, Index):
                mapping = {old: substitute(new, {left: right}) for old, new in mapping.items()} | {left: right}
    return mapping


def substituted(condition: Condition, mapping: dict[Term, Term]) -> Condition:
    """`condition` with its free indices, sizes and entries replaced, by nothing that a condition binds."""
    if any(isinstance(index, Quantified) for new in mapping.values() for index in free_indices(new)):
        raise KernelError("the claim of a condition is used outside of it: open it first")
    claim = comparison(substitute(condition.claim, mapping))
    guards = frozenset(comparison(substitute(guard, mapping)) for guard in condition.guards)
    bound = {index: Quantified(index.name, substitute(index.range, mapping)) for index in condition.bound}
    return Condition(claim, frozenset(bound.values()), guards, tuple((bound[i], letter) for i, letter in condition.letters))


def opened_up(condition: Condition) -> tuple[Condition, tuple[Index, ...]]:
    """The condition with an index that stands nowhere else in the place of each bound one, and these."""
    ordered = sorted(condition.letters, key=lambda called: called[0].name)
    indices = tuple(t.local(letter, index.range) for index, letter in ordered)
    return at(condition, {index: new for (index, _), new in zip(ordered, indices, strict=True)}), indices


def at(condition: Condition, values: dict[Term, Term]) -> Condition:
    """What a condition says of these values of all its bound indices."""
    claim = comparison(substitute(condition.claim, values))
    return Condition(claim, frozenset(), frozenset(comparison(substitute(guard, values)) for guard in condition.guards))


def comparison(term: Term) -> Comparison:
    assert isinstance(term, Comparison)
    return term


def under_binder(
    conditions: Iterable[Condition], index: Index, excluded: tuple[Term, ...], letter: str | None = None
) -> Conditions:
    """The conditions of the body of a sum over `index` other than `excluded`, as conditions of the sum.

    Printed, the index is called by the letter, or by its own name.
    """
    apart = {Comparison(*pair) for e in excluded for pair in ((index, "!=", e), (e, "!=", index))}
    found = set[Condition]()
    for condition in sorted(conditions, key=repr):  # of two that become one, the letters of the first are kept
        if index not in condition.free_indices() and not excluded:
            found.add(condition)  # there is such an index; without those left out there need be none
        elif condition.claim not in apart or condition.bound:
            guards = condition.guards.union(Comparison(index, "!=", e) for e in excluded)
            letters = (*condition.letters, (index, letter or index.name))
            found.add(Condition(condition.claim, condition.bound | {index}, guards, letters))
    return frozenset(found)


def guarded(conditions: Iterable[Condition], guard: Comparison) -> Conditions:
    """The conditions, needed only where `guard` holds. Fails with `ValueError` for one with an index of a condition in it."""
    if any(isinstance(index, Quantified) for index in free_indices(guard)):
        raise KernelError("the claim of a condition is used outside of it: open it first")
    # A condition for all i says more than the guard, which is about one i.
    apart = (c for c in sorted(conditions, key=repr) if c.claim is not guard or c.bound)
    return frozenset(Condition(c.claim, c.bound, c.guards | {guard}, c.letters) for c in apart)


def opened(conditions: Collection[Condition]) -> Conditions:
    """The conditions strengthened to open ones, as a derivative needs them: >= becomes >, but of sizes alone, which stay."""
    moving = [c for c in sorted(conditions, key=repr) if c.claim.relation == ">=" and t.entry_names(c.claim)]
    strict = (Condition(Comparison(c.claim.left, ">", c.claim.right), c.bound, c.guards, c.letters) for c in moving)
    return frozenset((*(c for c in conditions if c not in moving), *strict))
