"""Claims: whether a theorem says as much as its author claims.

    claim      A = B, for all sizes, indices and values that meet the hypotheses and for which both sides have a value
    theorem    conditions |- A = B

The theorem proves the claim only if each of its conditions follows from the hypotheses, or from both sides having a value.
`x/x = 1` is proved: where it has a value, x != 0. That a derivative which stands in the claim is not taken at a kink is
granted as well: where it has a value there, it is the limit of those around it (`_stands_out`). A condition of any other kind,
one of a detour that the proof took, makes the theorem say less than the claim: `if(x = 0, 1, 0) = 0` under x != 0. And
conditions that cannot hold prove nothing at all.

Saying no is always sound.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from derive.floor import discharge, kernel
from derive.floor import terms as t
from derive.floor.conditions import NONE, Condition, Conditions, at, difference, is_about_indices, merged_indices, opened_up
from derive.floor.definedness import defined_in, valued_in
from derive.floor.dependence import independent
from derive.floor.discharge import Search
from derive.floor.errors import LimitError
from derive.floor.inside import holds_around
from derive.floor.kernel import KernelError, Theorem
from derive.floor.ring import Atoms
from derive.floor.signs import INTRINSIC, Knowledge
from derive.floor.theory import Signature

MOST_INSTANCES = 24  # of a condition for all indices, beside another condition
MOST_NAMES = 1000  # entries that are looked behind for choices

_KEY = object()


class Weighed:
    """What theorems say of the claim that its `sides` are equal: made by `weighed` only. A verdict of proved rests on one.

    `conditions` are what they leave open, `less` those of them that the claim does not have; `impossible` says that there is
    one that holds nowhere. `knowledge` is what was given, `evidence` what the search brought.
    """

    __slots__ = ("conditions", "evidence", "impossible", "knowledge", "less", "sides", "theorems")

    sides: tuple[t.Term, ...]
    knowledge: Knowledge
    theorems: tuple[Theorem, ...]
    evidence: tuple[Theorem, ...]
    conditions: tuple[Condition, ...]
    less: tuple[Condition, ...]
    impossible: bool

    def __init__(
        self,
        key: object,
        sides: tuple[t.Term, ...],
        knowledge: Knowledge,
        theorems: tuple[Theorem, ...],
        evidence: tuple[Theorem, ...],
        conditions: tuple[Condition, ...],
        less: tuple[Condition, ...],
        impossible: bool,
    ) -> None:
        if key is not _KEY:
            raise KernelError("only the floor says what a theorem proves")
        values = (conditions, evidence, impossible, knowledge, less, sides, theorems)
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise KernelError("what a theorem proves cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise KernelError("what a theorem proves cannot be changed")

    def __reduce__(self) -> tuple[object, ...]:
        return _nothing, ()  # it does not leave the process that proved it

    @property
    def proves(self) -> bool:
        """Whether the claim is proved."""
        return not self.less and not self.impossible

    def covers(self, left: t.Term, right: t.Term) -> bool:
        """Whether these are two neighbouring sides of the claim."""
        return any(left is a and right is b for a, b in itertools.pairwise(self.sides))


def _nothing() -> None:
    """What is left of a `Weighed` in another process."""


def weighed(theorems: Sequence[Theorem], sides: tuple[t.Term, ...], knowledge: Knowledge, search: Search) -> Weighed:
    """What theorems say of the claim `sides[0] = sides[1] = …` where that is known. The only way to a verdict of proved.

    Fails unless each theorem is about two neighbouring sides, indices being merged that are equal there, in the theory that
    the claim stands in.
    """
    theorems = tuple(theorems)
    merging = merged_indices(knowledge.conditions)
    here = tuple(t.substitute(side, merging) for side in sides)
    if len(here) < 2 or type(knowledge) is not Knowledge or len(theorems) != len(here) - 1:
        raise KernelError("a claim is proved by a theorem for each two of its sides")
    for theorem, (left, right) in zip(theorems, itertools.pairwise(here), strict=True):
        if type(theorem) is not Theorem or theorem.theory is not knowledge.signature:
            raise KernelError("a claim is proved by theorems of its theory")
        if not (t.alpha_equal(theorem.left, left) and t.alpha_equal(theorem.right, right)):
            raise KernelError("a claim is proved by theorems about its sides")
    evidence: list[Theorem] = []

    def noted(term: t.Term, relation: str, known: Knowledge) -> Iterator[Theorem]:
        for theorem in search(term, relation, known):
            evidence.append(theorem)
            yield theorem

    conditions: dict[Condition, None] = {}
    less: dict[Condition, None] = {}
    impossible = False
    for theorem, pair in zip(theorems, itertools.pairwise(here), strict=True):
        here_left, here_less, nowhere = left_open(theorem.conditions, pair, knowledge, noted)
        conditions |= dict.fromkeys(here_left)
        less |= dict.fromkeys(here_less)
        impossible = impossible or nowhere
    return Weighed(_KEY, sides, knowledge, theorems, tuple(dict.fromkeys(evidence)), tuple(conditions), tuple(less), impossible)


def left_open(
    found: Conditions, sides: tuple[t.Term, t.Term], knowledge: Knowledge, search: Search
) -> tuple[tuple[Condition, ...], tuple[Condition, ...], bool]:
    """What the conditions of theorems leave open of the claim that these sides are equal, as `Weighed` has it."""
    conditions = remaining(found, knowledge, search)
    if any(not condition.guards and _cannot_hold(condition, conditions, knowledge, search) for condition in conditions):
        return conditions, (), True
    return conditions, _less(conditions, sides, knowledge, search), False


def _less(
    conditions: tuple[Condition, ...], sides: tuple[t.Term, ...], knowledge: Knowledge, search: Search
) -> tuple[Condition, ...]:
    """The conditions that do not follow from the hypotheses, or from the sides having a value."""
    signature = knowledge.signature
    away = NONE.union(*(defined_in(side, signature) for side in sides))
    # A hypothesis that holds has sides that have a value.
    stated = (*sides, *knowledge.hypotheses)
    values = NONE.union(*(valued_in(term, signature) for term in stated))
    for assumption in signature.assumptions:
        values |= _for_all(valued_in(assumption.claim, signature), signature.universal(assumption.claim))
    values |= _granted(sides, away, values, knowledge)
    return tuple(c for c in conditions if c not in values and not follows(c, values, knowledge, search))


def _granted(sides: tuple[t.Term, ...], away: Conditions, values: Conditions, knowledge: Knowledge) -> Conditions:
    """The conditions of kinks at which the claim holds as well, if it holds beside them.

    A derivative f' of one variable that exists at a point is there the limit of its values at some points that come near
    (Spivak, Calculus, theorem 11-7 by the mean value theorem). So an equation between f' and what is continuous goes over to
    the kink, if the kink fails at single values of the variable only, and what is given and both sides having a value leave
    points beside it. Two derivatives need not have such points in common, unless the equation is affine in them.
    """
    signature = knowledge.signature
    choices = _choices(sides, signature)
    if choices is None or len(choices[2]) != 1:
        return NONE
    outside, inside, (by,) = choices
    if _stands_out(outside, inside, by, values, knowledge):
        return NONE
    given = (*knowledge.hypotheses, *(assumption.claim for assumption in signature.assumptions))
    closed = [claim for claim in given if not holds_around(claim, by, signature)]
    edges = [opened_up(c)[0].claim for c in values if c.claim.relation in ("=", ">=")]
    closed += [claim for claim in edges if independent(claim, by, signature, knowledge.apart) is None]
    # From the end of a half-line there is a way into it; two of them may have one point in common.
    ways = [claim.relation == ">=" and _degree(claim, by, knowledge) == 1 for claim in dict.fromkeys(closed)]
    if by.name not in signature.unknowns or len(ways) > 1 or not all(ways):
        return NONE
    if not _goes_over(tuple(kernel.unfolded(side, signature) for side in sides), by, knowledge):
        return NONE
    return frozenset(c for c in away if _degree(opened_up(c)[0].claim, by, knowledge))


def _goes_over(sides: tuple[t.Term, ...], by: t.Entry, knowledge: Knowledge) -> bool:
    """Whether there is one derivative only, or the sides are affine in all of them, with factors that do not move."""
    found = {part for side in sides for part in t.subterms(side) if isinstance(part, t.Diff)}
    bodies = [kernel.unfolded(part.body, knowledge.signature) for part in found]
    if any(isinstance(part, t.Diff) for body in bodies for part in t.subterms(body)):
        return False
    free = frozenset[t.Index]().union(*map(t.free_indices, sides))
    if len(set(map(t.canonical, found))) == 1 and all(t.free_indices(part) <= free for part in found):
        return True
    return all(_is_affine(side, by, knowledge) for side in sides)


def _is_affine(term: t.Term, by: t.Entry, knowledge: Knowledge) -> bool:
    def moves(part: t.Term) -> bool:
        return _differentiates(part) or independent(part, by, knowledge.signature, knowledge.apart) is None

    match term:
        case t.Diff():
            return True
        case t.Add(terms):
            return all(_is_affine(part, by, knowledge) for part in terms)
        case t.Neg(inner):
            return _is_affine(inner, by, knowledge)
        case t.Mul(factors) if _differentiates(term):
            (first, *others) = sorted(factors, key=_differentiates, reverse=True)
            return _is_affine(first, by, knowledge) and not any(map(moves, others))
        case t.Div(above, below) if _differentiates(above):
            return _is_affine(above, by, knowledge) and not moves(below)
        case t.Sum():
            return _is_affine(t.opened(term)[1], by, knowledge)
    return not _differentiates(term)


def _differentiates(term: t.Term) -> bool:
    return any(isinstance(part, t.Diff) for part in t.subterms(term))


def _stands_out(
    outside: list[t.Comparison], inside: list[t.Comparison], by: t.Entry, values: Conditions, knowledge: Knowledge
) -> bool:
    """Whether a side may have at a point a value that is not the limit of those around it, outside of derivatives.

    2*abs(x) and if(x = 0, 5, 2*abs(x)) are one all around 0. A choice by an order takes one of its two limits where its sides
    cross; two different ones may take neither, as one may where they touch, and at the edge of where a side has a value there
    is no other side to come from. What is chosen inside of a derivative must change as the variable moves: if(x*y > 0, y, 2*y)
    is 2*y for all y where x is 0.
    """
    if any(claim.relation in ("=", "!=") or INTRINSIC.sign(difference(claim)).relation is not None for claim in outside):
        return True
    # Where the sides of an order are equal, a > b goes with a < b, and so does b >= a.
    at_ties = {(claim.left, claim.right) if claim.relation == ">" else (claim.right, claim.left) for claim in outside}
    if len(at_ties) > 1:
        return True
    if outside and any(condition.claim.relation == ">=" for condition in values):
        return True
    if not all(_degree(claim, by, knowledge) in (0, 1) for claim in outside):
        return True
    return any(_degree(claim, by, knowledge) is None for claim in inside)


def _choices(
    sides: tuple[t.Term, ...], signature: Signature
) -> tuple[list[t.Comparison], list[t.Comparison], set[t.Entry]] | None:
    """The conditions of choices of values outside of derivatives and inside, and the variables of these; seen through names.

    None where a function of an array stands in the sides, and where there is more behind names than is looked at.
    """
    outside: list[t.Comparison] = []
    inside: list[t.Comparison] = []
    variables = set[t.Entry]()
    seen = set[tuple[t.Term, bool]]()  # the same name stands for another variable at another index
    waiting = [(side, False) for side in sides]
    while waiting:
        part, moved = waiting.pop()
        match part:
            case t.Diff(_, by):
                moved = True
                variables.add(by)
            case t.If(condition, _, _) if not is_about_indices(condition):
                (inside if moved else outside).append(condition)
            case t.Entry() | t.Call() if (part, moved) not in seen:
                seen.add((part, moved))
                function = signature.functions.get(t.declared_name(part.name))
                if len(seen) > MOST_NAMES or (function is not None and function.of):
                    return None
                waiting.append((signature.unfold(part) or part, moved))
        waiting += [(inner, moved) for inner in t.children(part)]
    return outside, inside, variables


def _degree(claim: t.Comparison, by: t.Entry, knowledge: Knowledge) -> int | None:
    """The degree of the difference of two sides as a polynomial in a variable whose leading coefficient is sure not to be 0.

    It is 0 only where they do not depend on the variable; otherwise they are equal at single values of it. None for what is no
    such polynomial. The absolute value of one counts as of degree 2: it may touch, and need not cross.
    """
    return _degree_of(kernel.unfolded(difference(claim), knowledge.signature), by, knowledge)


def _degree_of(term: t.Term, by: t.Entry, knowledge: Knowledge) -> int | None:
    signature, apart = knowledge.signature, knowledge.apart
    if independent(term, by, signature, apart) is not None:
        return 0
    try:
        monomials = Atoms().monomials(term)
    except (LimitError, ZeroDivisionError, RecursionError):
        return None
    moving = [
        [(atom, exponent) for atom, exponent in monomial if independent(atom, by, signature, apart) is None]
        for monomial in monomials
    ]
    moved_ones = [monomial for monomial, moved in zip(monomials, moving, strict=True) if moved]
    match moved_ones:
        case [[(t.Apply("abs", (inner,)), 1)]]:
            return None if _degree_of(inner, by, knowledge) is None else 2
        case [[(t.Sum() as whole, 1)]]:
            return _degree_of_sum(whole, by, knowledge)
    powers = [pair for moved in moving for pair in moved]
    if not powers or any(len(moved) > 1 for moved in moving):
        return None
    if not all(atom is by and exponent > 0 for atom, exponent in powers):
        return None
    degrees = [moved[0][1] if moved else 0 for moved in moving]
    leading = [monomial for monomial, degree in zip(monomials, degrees, strict=True) if degree == max(degrees)]
    nonzero = all(atom is by or Knowledge(signature).sign(atom).relation in (">", "<", "!=") for atom, _ in leading[0])
    return max(degrees) if len(leading) == 1 and nonzero else None


def _degree_of_sum(whole: t.Sum, by: t.Entry, knowledge: Knowledge) -> int | None:
    """Of a sum over the entries of an array, one of which is the variable: the degree of the term in which that stands."""
    index, body = t.opened(whole)
    entries = {part for part in t.subterms(body) if isinstance(part, t.Entry) and part.name == by.name}
    if whole.excluded or len(entries) != 1:
        return None
    (entry,) = entries
    chosen: dict[t.Term, t.Term] = {}
    for own, place in zip(entry.indices, by.indices, strict=True):
        if own is index and isinstance(place, t.Index) and place.range is whole.range:
            chosen[index] = place
        elif own is not place:
            return None
    if not chosen or independent(t.substitute(body, {entry: t.ZERO}), by, knowledge.signature) is None:
        return None
    return _degree_of(t.substitute(body, chosen), by, knowledge)


def _for_all(conditions: Conditions, indices: frozenset[t.Index]) -> Conditions:
    return frozenset(Condition(c.claim, c.bound | indices, c.guards, c.letters) for c in conditions)


def remaining(found: Conditions, knowledge: Knowledge, search: Search) -> tuple[Condition, ...]:
    """The conditions that the hypotheses do not show, in a fixed order; what follows from others is left out."""
    left = sorted(discharge.remaining(found, knowledge, search), key=lambda c: (-len(repr(c)), repr(c)))
    kept: list[Condition] = list(left)
    for condition in left:
        # What follows from the other conditions need not be listed: x > 0 says x != 0.
        others = tuple(c.claim for c in kept if c is not condition and not c.bound and not c.guards)
        known = knowledge.where(*others)
        if (others and discharge.shown(condition, known, search)) or any(_is_part(condition, other) for other in kept):
            kept.remove(condition)
    return tuple(reversed(kept))


def _is_part(condition: Condition, other: Condition) -> bool:
    """Whether another condition says the same under fewer guards: z[i] != 0 for all i, and not for all i != k."""
    fewer = condition.bound >= other.bound and condition.guards >= other.guards
    return fewer and condition.claim is other.claim and condition != other


def follows(condition: Condition, values: Conditions, knowledge: Knowledge, search: Search) -> bool:
    """Whether a condition follows from the conditions `values`, under which both sides have a value."""
    if condition.is_about_indices:
        return False
    here, _ = opened_up(condition)
    signature = knowledge.signature
    unfolded = _unfolded(here.claim, signature)
    facts: dict[t.Comparison, None] = {}
    for value in sorted(values, key=repr):
        for claim in _instances(knowledge.without_idle(value), here, knowledge):
            if t.alpha_equal(claim, here.claim):
                return True
            facts[claim] = None
            if not is_about_indices(claim):
                whole = _unfolded(claim, signature)
                if t.alpha_equal(whole, unfolded):
                    return True
                facts[whole] = None
    known = knowledge.where(*facts)
    return discharge.shown(here, known, search)


def _unfolded(claim: t.Comparison, signature: Signature) -> t.Comparison:
    """A relation of values about what the defined names in it stand for: they may be unfolded on one side only."""
    return t.Comparison(kernel.unfolded(claim.left, signature), claim.relation, kernel.unfolded(claim.right, signature))


def _instances(value: Condition, here: Condition, knowledge: Knowledge) -> Iterator[t.Comparison]:
    """What a condition for all of its indices says of those that `here` is about, where its guards hold there."""
    around = sorted(t.free_indices(here.claim).union(*map(t.free_indices, here.guards)), key=t.by_name)
    bound = sorted(value.bound, key=lambda i: i.name)
    choices = [[other for other in around if other.range is index.range] for index in bound]
    for chosen in itertools.islice(itertools.product(*choices), MOST_INSTANCES):
        mapping: dict[t.Term, t.Term] = dict(zip(bound, chosen, strict=True))
        try:
            instance = at(value, mapping)
        except ValueError:
            continue
        if all(_holds(guard, here, knowledge) for guard in instance.guards):
            yield instance.claim


def _holds(guard: t.Comparison, here: Condition, knowledge: Knowledge) -> bool:
    if any(t.alpha_equal(guard, other) for other in here.guards):
        return True
    if is_about_indices(guard):
        turned = t.Comparison(guard.right, guard.relation, guard.left) if guard.relation in ("=", "!=") else guard
        apart = guard.relation == "!=" and knowledge.apart(guard.left, guard.right)
        return apart or turned in here.guards or (guard.relation == "=" and guard.left is guard.right)
    return any(t.alpha_equal(guard, claim) for claim in knowledge.hypotheses)


# --- what cannot hold ------------------------------------------------------------------------------------------------


def _cannot_hold(
    condition: Condition, conditions: tuple[Condition, ...], knowledge: Knowledge, search: Search
) -> bool:
    """Whether a condition holds nowhere, beside the hypotheses and the others: ln(0) needs 0 > 0, and 0/0 that 0 is not 0.

    One with guards holds nowhere where they do: `x != 0 where x = 0`.
    """
    if condition.claim.right is not t.ZERO:
        return False
    here, _ = opened_up(condition)
    claim = here.claim
    if condition.guards:
        knowledge = knowledge.where(*here.guards)
        condition, conditions = Condition(claim), ()
    others = tuple(c.claim for c in conditions if c is not condition and not c.bound and not c.guards)
    if any(discharge.excludes(known, claim) for known in (knowledge.where(*others), knowledge)):
        return True
    if claim.relation not in (">", "!="):
        return False
    terms = (claim.left, *_merging(condition, knowledge))
    return any(discharge.has_sign(term, "=", knowledge, search) for term in terms)


def _merging(condition: Condition, knowledge: Knowledge) -> Iterator[t.Term]:
    """What stands in a condition for all values of an index where that index is another one, of which something is given."""
    here, bound = opened_up(condition)
    stated = (here.claim, *knowledge.hypotheses)
    others: set[t.Term] = set[t.Term]().union(*map(t.free_indices, stated), knowledge.signature.indices.values())
    others |= {place for term in stated for part in t.subterms(term) if isinstance(part, t.Entry) for place in part.indices}
    for index in bound:
        for other in sorted(others.difference(bound), key=repr):
            if isinstance(other, t.Number) or (isinstance(other, t.Index) and other.range is index.range):
                yield t.substitute(here.claim.left, {index: other})


__all__ = ["Weighed", "follows", "left_open", "remaining", "weighed"]
