"""Claims: whether a theorem says as much as its author claims.

    claim      A = B, for all sizes, indices and values that meet the hypotheses and for which both sides have a value
    theorem    conditions |- A = B

The theorem proves the claim only if each of its conditions follows from the hypotheses, or from both sides having a value.
`x/x = 1` is proved: where it has a value, x != 0. That a derivative which stands in the claim is not taken at a kink is
granted as well: where it has a value there, it is the limit of those around it (`_goes_over`). A condition of any other kind,
one of a detour that the proof took, makes the theorem say less than the claim: `if(x = 0, 1, 0) = 0` under x != 0. And
conditions that cannot hold prove nothing at all.

Saying no is always sound.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from derive.errors import KernelError, LimitError
from derive.floor import discharge, kernel
from derive.floor import terms as t
from derive.floor.conditions import NONE, Condition, Conditions, at, difference, is_about_indices, merged_indices, opened_up
from derive.floor.definedness import defined_in, valued_in
from derive.floor.dependence import independent
from derive.floor.discharge import Search
from derive.floor.inside import holds_around
from derive.floor.kernel import Sealed, Theorem, _about, _declared, _seal
from derive.floor.ring import Atoms
from derive.floor.signs import INTRINSIC, Knowledge
from derive.floor.theory import Assumption, Theory
from derive.limits import spend

MOST_INSTANCES = 24  # of a condition for all indices, beside another condition


class Weighed(Sealed):
    """What theorems say of the claim that its `sides` are equal: made by `weighed` only. A verdict of proved rests on one.

    `conditions` are what they leave open, `less` those of them that the claim does not have; `impossible` says that there is
    one that holds nowhere. `knowledge` is what was given, `evidence` what the search brought.
    """

    __slots__ = ("sides", "knowledge", "theorems", "evidence", "conditions", "less", "impossible")  # noqa: RUF023

    sides: tuple[t.Term, ...]
    knowledge: Knowledge
    theorems: tuple[Theorem, ...]
    evidence: tuple[Theorem, ...]
    conditions: tuple[Condition, ...]
    less: tuple[Condition, ...]
    impossible: bool

    def __reduce__(self) -> tuple[object, ...]:
        return type(None), ()  # it does not leave the process that proved it

    @property
    def proves(self) -> bool:
        """Whether the claim is proved."""
        return not self.less and not self.impossible


def weighed(theorems: Sequence[Theorem], sides: tuple[t.Term, ...], knowledge: Knowledge, search: Search) -> Weighed:
    """What theorems say of the claim `sides[0] = sides[1] = …` where that is known. The only way to a verdict of proved.

    It is about any two of them, where both have a value: 1 = x/x = if(x = 0, 2, 1) would say that 1 = 2 where x is 0. Fails
    unless each theorem is about two neighbours, indices being merged that are equal there, in the theory of the claim.
    """
    theorems, sides = tuple(theorems), tuple(sides)
    if type(knowledge) is not Knowledge or len(sides) < 2 or len(theorems) != len(sides) - 1:
        raise KernelError("a claim is proved by a theorem for each two of its sides")
    _declared(knowledge.theory, *sides, *knowledge.hypotheses, *knowledge.conditions)
    if any(row.everywhere for row in knowledge.theory.assumptions) and without_value(knowledge.theory) is not None:
        raise KernelError("what is assumed everywhere has no value somewhere")
    merging = merged_indices(knowledge.conditions)
    here = tuple(t.substitute(side, merging) for side in sides)
    for theorem, (left, right) in zip(theorems, itertools.pairwise(here), strict=True):
        if type(theorem) is not Theorem or theorem.theory is not knowledge.theory:
            raise KernelError("a claim is proved by theorems of its theory")
        _about(theorem, left, right, "a claim")
    evidence: list[Theorem] = []

    def noted(term: t.Term, relation: str, known: Knowledge) -> Iterator[Theorem]:
        for theorem in search(term, relation, known):
            evidence.append(theorem)
            yield theorem

    found = []
    for first, last in itertools.combinations(range(len(here)), 2):
        spend(last - first)
        between = NONE.union(*(theorem.conditions for theorem in theorems[first:last]))
        found.append(left_open(between, (here[first], here[last]), knowledge, noted))
    opens, less, nowhere = zip(*found, strict=True)
    told = (tuple(dict.fromkeys(each)) for each in (evidence, itertools.chain(*opens), itertools.chain(*less)))
    return Weighed(_seal, sides, knowledge, theorems, *told, any(nowhere))


def without_value(theory: Theory) -> Assumption | None:
    """What is assumed everywhere, and need not have a value there, as the declarations alone show: it would say too much."""
    bare = Knowledge(replace(theory, assumptions=()))
    needed = ((row, c) for row in theory.assumptions if row.everywhere for c in defined_in(row.claim, bare.theory))
    return next((row for row, c in needed if not discharge.shown(c, bare, discharge.no_search)), None)


def left_open(
    found: Conditions, sides: tuple[t.Term, t.Term], knowledge: Knowledge, search: Search
) -> tuple[tuple[Condition, ...], tuple[Condition, ...], bool]:
    """What the conditions of theorems leave open of the claim that these sides are equal, as `Weighed` has it."""
    conditions = discharge.remaining(found, knowledge, search)
    if any(_cannot_hold(condition, conditions, knowledge, search) for condition in conditions):
        return conditions, (), True
    return conditions, _less(conditions, sides, knowledge, search), False


def _less(
    conditions: tuple[Condition, ...], sides: tuple[t.Term, ...], knowledge: Knowledge, search: Search
) -> tuple[Condition, ...]:
    """The conditions that do not follow from the hypotheses, or from the sides having a value."""
    theory = knowledge.theory
    # A hypothesis that holds has sides that have a value.
    values = NONE.union(*(valued_in(term, theory) for term in (*sides, *knowledge.hypotheses)))
    for assumption in (row for row in theory.assumptions if not row.everywhere):
        every = theory.universal(assumption.claim)
        found = valued_in(assumption.claim, theory)
        values |= frozenset(Condition(c.claim, c.bound | every, c.guards, c.letters) for c in found)

    def beside(conditions: Iterable[Condition], values: Conditions) -> tuple[Condition, ...]:
        return tuple(c for c in conditions if c not in values and not follows(c, values, knowledge, search))

    less = beside(conditions, values)
    if not less:
        return less
    away = NONE.union(*(defined_in(side, theory) for side in sides))
    kinks = frozenset(beside(away, values))
    return beside(less, values | kinks) if _goes_over(sides, kinks, values, knowledge) else less


def _goes_over(sides: tuple[t.Term, ...], kinks: Conditions, values: Conditions, knowledge: Knowledge) -> bool:
    """Whether the claim holds at the kinks of its derivatives as well, if it holds beside them.

    The claim says F' + g = 0, where F' is a sum of derivatives by one variable x that is declared, with factors that x does not
    move, and the kinks are at single values of x. F' exists at the kink, so it is there the limit of F' from the left, and that
    from the right, where there is one (Spivak, Calculus, theorem 11-7, by the mean value theorem); and g has a limit on either
    side, and as its value one of the two. On one side of it nothing may be claimed, because x >= 0 is given, or because g has
    no value: then g must have no choice, so that its value is the other limit too.
    """
    theory = knowledge.theory
    sides = tuple(kernel.unfolded(side, theory) for side in sides)
    variables = {part.by for side in sides for part in t.subterms(side) if isinstance(part, t.Diff)}
    if len(variables) != 1:
        return False
    (by,) = variables
    if by.name not in theory.unknowns or not all(_is_affine(side, by, knowledge) for side in sides):
        return False
    choices = [claim for side in sides for claim in _choices(side) if _moves(claim, by, knowledge)]
    ends = [claim for claim in _given(by, knowledge) if not holds_around(claim, by, theory)]
    edges = [opened_up(c)[0].claim for c in sorted(values, key=repr) if c.claim.relation in ("=", ">=")]
    ends += [claim for claim in edges if _moves(claim, by, knowledge)]
    # Where the sides of an order are equal, a > b goes with a < b, and so does b >= a: a choice takes one of its two limits.
    at_ties = {(claim.left, claim.right) if claim.relation == ">" else (claim.right, claim.left) for claim in choices}
    if len(at_ties) > 1 or len({*ends}) > 1 or (choices and ends):
        return False
    # For all values of the indices in them, these have their other side in one and the same direction.
    if not all(claim.relation in (">", ">=") and _degree(claim, by, knowledge, (">", "<")) == 1 for claim in (*choices, *ends)):
        return False
    return all(_fails_at_single_values(opened_up(kink)[0].claim, by, knowledge) for kink in kinks)


def _given(by: t.Entry, knowledge: Knowledge) -> tuple[t.Comparison, ...]:
    """All that is given of the values of variables, and what the declaration says of this one."""
    theory = knowledge.theory
    assumed = []
    for claim in (assumption.claim for assumption in theory.assumptions):
        every: dict[t.Term, t.Term] = {i: t.local(i.name, i.range) for i in sorted(theory.universal(claim), key=t.by_name)}
        assumed.append(t.Comparison(t.substitute(claim.left, every), claim.relation, t.substitute(claim.right, every)))
    relation = theory.unknowns[by.name].relation
    return (*knowledge.hypotheses, *assumed, *((t.Comparison(by, relation, t.ZERO),) if relation else ()))


def _moves(term: t.Term, by: t.Entry, knowledge: Knowledge) -> bool:
    return independent(term, by, knowledge.theory, knowledge.apart) is None


def _is_affine(term: t.Term, by: t.Entry, knowledge: Knowledge) -> bool:
    """Whether a side is a sum of derivatives by the variable, with factors that it does not move, and of what has none.

    What has none must have no jump but at a choice of values, which is seen; a function of an array may hide one.
    """
    if isinstance(term, t.Entry):
        return term.name not in knowledge.theory.functions or not _moves(term, by, knowledge)
    if not t.moved_names(term):
        return all(_is_affine(part, by, knowledge) for part in _parts(term))
    match term:
        case t.Diff(_, other):
            return other is by
        case t.Add(terms):
            return all(_is_affine(part, by, knowledge) for part in terms)
        case t.Neg(inner):
            return _is_affine(inner, by, knowledge)
        case t.Mul(factors):
            (first, *others) = sorted(factors, key=lambda factor: not t.moved_names(factor))
            still = not any(t.moved_names(factor) or _moves(factor, by, knowledge) for factor in others)
            return still and _is_affine(first, by, knowledge)
        case t.Div(above, below) if not t.moved_names(below):
            return _is_affine(above, by, knowledge) and not _moves(below, by, knowledge)
        case t.Sum():
            return _is_affine(t.opened(term)[1], by, knowledge)
    return False


def _choices(term: t.Term) -> Iterator[t.Comparison]:
    """The conditions of the choices of values in a term, outside of its derivatives."""
    if isinstance(term, t.If) and not is_about_indices(term.condition):
        yield term.condition
    if not isinstance(term, t.Diff):
        for part in _parts(term):
            yield from _choices(part)


def _parts(term: t.Term) -> tuple[t.Term, ...]:
    """The terms directly inside; the bound index is no other one, whatever their letters are."""
    return (*term.excluded, t.opened(term)[1]) if isinstance(term, t.Binder) else t.children(term)


def _fails_at_single_values(claim: t.Comparison, by: t.Entry, knowledge: Knowledge) -> bool:
    """Whether a condition fails at single values of the variable only: `!=`, and `>` of what is nowhere less than 0."""
    single = claim.relation == "!=" or (claim.relation == ">" and INTRINSIC.sign(difference(claim)).relation == ">=")
    return single and _degree(claim, by, knowledge) > 0


def _degree(claim: t.Comparison, by: t.Entry, knowledge: Knowledge, signs: tuple[str, ...] = (">", "<", "!=")) -> int:
    """The degree of the difference of two sides as a polynomial in a variable, whose leading coefficient has one of the signs.

    It is 0 for what is no such polynomial; otherwise they are equal at single values of the variable.
    """
    theory = knowledge.theory
    try:
        monomials = Atoms().monomials(kernel.unfolded(difference(claim), theory))
    except (LimitError, ZeroDivisionError, RecursionError):
        return 0
    degrees = []
    for monomial in monomials:
        moving = [(atom, exponent) for atom, exponent in monomial if _moves(atom, by, knowledge)]
        if not all(atom is by and exponent > 0 for atom, exponent in moving):
            return 0
        degrees.append(sum(exponent for _, exponent in moving))
    degree = max(degrees, default=0)
    leading = [monomial for monomial, own in zip(monomials, degrees, strict=True) if own == degree]
    # An atom stands for all terms that are equal to it: its sign is theirs only where it has a value.
    plain, atoms = Knowledge(theory), {atom for monomial in leading for atom, _ in monomial if atom is not by}
    valued = all(discharge.shown(c, plain, discharge.no_search) for atom in atoms for c in defined_in(atom, theory))
    return degree if len(leading) == 1 and valued and all(plain.sign(atom).relation in signs for atom in atoms) else 0


def follows(condition: Condition, values: Conditions, knowledge: Knowledge, search: Search) -> bool:
    """Whether a condition follows from the conditions `values`, under which both sides have a value."""
    if is_about_indices(condition.claim):
        return False
    here, _ = opened_up(condition)
    theory = knowledge.theory
    unfolded = _unfolded(here.claim, theory)
    facts: dict[t.Comparison, None] = {}
    for value in sorted(values, key=repr):
        for claim in _instances(knowledge.without_idle(value), here, knowledge):
            if t.alpha_equal(claim, here.claim):
                return True
            facts[claim] = None
            if not is_about_indices(claim):
                whole = _unfolded(claim, theory)
                if t.alpha_equal(whole, unfolded):
                    return True
                facts[whole] = None
    known = knowledge.where(*facts)
    return discharge.shown(here, known, search)


def _unfolded(claim: t.Comparison, theory: Theory) -> t.Comparison:
    """A relation of values about what the defined names in it stand for: they may be unfolded on one side only."""
    return t.Comparison(kernel.unfolded(claim.left, theory), claim.relation, kernel.unfolded(claim.right, theory))


def _instances(value: Condition, here: Condition, knowledge: Knowledge) -> Iterator[t.Comparison]:
    """What a condition for all of its indices says of those that `here` is about, where its guards hold there."""
    around = sorted(t.free_indices(here.claim).union(*map(t.free_indices, here.guards)), key=t.by_name)
    bound = sorted(value.bound, key=t.by_name)
    choices = [[other for other in around if other.range is index.range] for index in bound]
    for chosen in itertools.islice(itertools.product(*choices), MOST_INSTANCES):
        mapping: dict[t.Term, t.Term] = dict(zip(bound, chosen, strict=True))
        try:
            instance = at(value, mapping)
        except KernelError:
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


def _cannot_hold(condition: Condition, conditions: tuple[Condition, ...], knowledge: Knowledge, search: Search) -> bool:
    """Whether a condition holds nowhere, beside the hypotheses and the others: ln(0) needs 0 > 0, and 0/0 that 0 is not 0."""
    claim = opened_up(condition)[0].claim
    if condition.guards or claim.right is not t.ZERO:
        return False
    others = (c.claim for c in conditions if c is not condition and not c.bound and not c.guards)
    if any(discharge.excludes(known, claim) for known in (knowledge.where(*others), knowledge)):
        return True
    terms = (claim.left, *_merging(condition, knowledge))
    return claim.relation in (">", "!=") and any(discharge.has_sign(term, "=", knowledge, search) for term in terms)


def _merging(condition: Condition, knowledge: Knowledge) -> Iterator[t.Term]:
    """What stands in a condition for all values of an index where that index is another one, of which something is given."""
    here, bound = opened_up(condition)
    stated = (here.claim, *knowledge.hypotheses)
    others: set[t.Term] = set[t.Term]().union(*map(t.free_indices, stated), knowledge.theory.indices.values())
    others |= {place for term in stated for part in t.subterms(term) if isinstance(part, t.Entry) for place in part.indices}
    for index in bound:
        for other in sorted(others.difference(bound), key=repr):
            if isinstance(other, t.Number) or (isinstance(other, t.Index) and other.range is index.range):
                yield t.substitute(here.claim.left, {index: other})
