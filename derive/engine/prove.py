"""Proofs by laws: which laws make two terms equal, found by bringing both to one form.

    ln(a*b^2)  =  2*ln(b) + ln(a)         ln(a*b^2) = ln(a) + ln(b^2)     by log-product
                                          ln(b^2) = 2*ln(b)               by log-power
                                          and the rest by the arithmetic of fractions

`search` finds an equation for each atom of the two terms; the kernel then closes with all equations at once. Nothing in here
is trusted: a law that is used in vain makes a proof fail, and none wrong. The work is bounded by counts, and the answer is the
same whatever was asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from derive.engine.at_products import at_products
from derive.engine.factored import Forms
from derive.engine.measure import size
from derive.engine.one_sum import by_one_sum, symmetric
from derive.engine.range_laws import part_sums
from derive.engine.remembered import of_a_theory
from derive.engine.search import Effort, Search
from derive.engine.solved import solved
from derive.engine.without_value import without_value
from derive.errors import KernelError, LimitError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.conditions import difference, is_about_indices, negated
from derive.floor.definedness import defined
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.theory import Theory

MOST_ROUNDS = 10
MOST_SPLITS = 4
"""Conditions that are gone through both ways, one inside the other."""


def proved(
    left: t.Term,
    right: t.Term,
    knowledge: Knowledge,
    label: str,
    rules: frozenset[str] | None = None,
    given: tuple[Theorem, ...] = (),
    splits: int = MOST_SPLITS,
) -> Theorem | None:
    """The theorem that two terms are equal by the laws of these rules, or by all, and by the equations `given`.

    None where none is found. Where it hangs on choices whose conditions are not decided, there are two cases for one of them,
    and so on.
    """
    premises = tuple((theorem.left, theorem.right, theorem.conditions, theorem.definitions) for theorem in given)
    known = knowledge.hypotheses, knowledge.conditions
    key = left, right, known, label, rules, premises, splits
    remembered = _remembered(knowledge.theory)
    if key not in remembered:
        try:
            remembered[key] = _proved(left, right, knowledge, label, rules, given, splits)
        except (KernelError, LimitError, ZeroDivisionError):
            remembered[key] = None
        except RecursionError:
            return None
    return remembered[key]


Remembered = dict[tuple[object, ...], Theorem | None]


@of_a_theory
def _remembered(theory: Theory) -> Remembered:
    """What was found in a theory: one equation is asked for again and again, by every step and rule that is tried."""
    return {}


def _proved(
    left: t.Term,
    right: t.Term,
    knowledge: Knowledge,
    label: str,
    rules: frozenset[str] | None,
    given: tuple[Theorem, ...],
    splits: int,
) -> Theorem | None:
    theorem, met = _by_laws(left, right, knowledge, label, rules, given)
    if theorem is not None or not splits:
        return theorem

    def prove(one: t.Term, other: t.Term, known: Knowledge, using: tuple[Theorem, ...] = given) -> Theorem | None:
        return proved(one, other, known, label, rules, using, splits - 1)

    pair = next(_pairs(left, right, met), None)
    if pair is not None:
        return _by_indices(left, right, *pair, knowledge, prove)
    asked = next(_undecided(met, t.free_indices(left) | t.free_indices(right)), None)
    if asked is not None:
        return _by_signs(left, right, *asked, knowledge, given, prove)
    return _by_one_sum(left, right, knowledge, prove)


class Prove(Protocol):
    """The search for a proof of an equation inside of a case or of a sum."""

    def __call__(self, one: t.Term, other: t.Term, known: Knowledge, using: tuple[Theorem, ...] = ...) -> Theorem | None: ...


def _by_one_sum(left: t.Term, right: t.Term, knowledge: Knowledge, prove: Prove) -> Theorem | None:
    """By what is summed, where choices stand in it."""
    bodies = (part.scope for side in (left, right) for part in t.subterms(side) if isinstance(part, t.Sum))
    if not any(any(True for _ in _asked(part)) for body in bodies for part in t.subterms(body)):
        return None
    forms = Forms()
    found = by_one_sum(left, right, knowledge, forms, prove)
    if found is not None:
        return found
    one, other = (symmetric(side, forms, knowledge.theory) for side in (left, right))
    if one is None or other is None:
        return None
    middle = by_one_sum(one.right, other.right, knowledge, forms, prove)
    return None if middle is None else kernel.transitivity(kernel.transitivity(one, middle), kernel.symmetry(other))


def _by_signs(
    left: t.Term,
    right: t.Term,
    question: t.Term,
    sign: str | None,
    knowledge: Knowledge,
    given: tuple[Theorem, ...],
    prove: Prove,
) -> Theorem | None:
    """By the ways in which a term can stand to 0, of which one is left out where its `sign` says so."""

    def where(*claims: t.Comparison) -> Theorem | None:
        known = knowledge.where(*claims)
        equations = tuple(kernel.hypothesis(claim, knowledge.theory) for claim in claims if claim.relation == "=")
        found = prove(left, right, known)
        if found is None and equations:
            using = (*given, *equations)
            found = prove(left, right, known, using) or without_value(left, right, known, using, prove)
        return found

    def either(claim: t.Comparison, one: Theorem | None, other: Callable[[], Theorem | None]) -> Theorem | None:
        two = None if one is None else other()
        return None if one is None or two is None else kernel.cases(left, right, claim, one, two)

    above, equal = t.Comparison(question, ">", t.ZERO), t.Comparison(question, "=", t.ZERO)
    if sign == "!=":
        return either(above, where(above), lambda: where(negated(above)))
    if sign is not None:
        return either(equal, where(equal), lambda: where(negated(equal)))
    beneath = negated(above)
    return either(
        above, where(above), lambda: either(equal, where(beneath, equal), lambda: where(beneath, negated(equal)))
    )


def _by_laws(
    left: t.Term, right: t.Term, knowledge: Knowledge, label: str, rules: frozenset[str] | None, given: tuple[Theorem, ...]
) -> tuple[Theorem | None, tuple[tuple[t.Term, Search], ...]]:
    """The theorem, or None; with the terms that were met on the way, and the search that met them."""
    forms = Forms()
    effort = Effort()
    while True:
        atoms, others = solved(given, forms, knowledge)
        search = Search(knowledge, rules, atoms, forms, effort, _needed(left, right))
        part_sums(search, left, right)
        theorem, sides = _closed(search, left, right, label, others)
        if theorem is not None or not effort.mixed:
            return theorem, tuple((side, search) for side in sides)
        effort = Effort(roots=effort.met)  # two roots of one base are powers of a finer one


def _needed(left: t.Term, right: t.Term) -> tuple[t.Comparison, ...]:
    """What holds where both sides have a value."""
    conditions = defined(left) | defined(right)
    return tuple(sorted((c.claim for c in conditions if not c.bound and not c.guards), key=repr))


def _closed(
    search: Search, left: t.Term, right: t.Term, label: str, others: tuple[Theorem, ...]
) -> tuple[Theorem | None, tuple[t.Term, t.Term]]:
    """The theorem by the arithmetic of fractions, once equations about the atoms are used; and what these make of the sides."""
    try:
        theorem, sides = _rounds(search, left, right, label, others)
        if theorem is not None:
            return theorem, sides
    except (LimitError, ZeroDivisionError):  # equations that lead back to themselves, or to 1/0, once all are used together
        sides = left, right
    if search.rules is not None and len(search.rules) == 1:
        return None, sides  # what one law does not show at once is left to all of them
    # What stands in sums is seen as a whole where the two sides are taken part by part.
    one, other = search.settled(left), search.settled(right)
    for _ in range(MOST_ROUNDS):
        sides = left if one is None else one.right, right if other is None else other.right
        try:
            theorem = search.then(one, kernel.ring(*sides, search.theory, label, tuple(search.equations(*sides))))
            return search.then(theorem, None if other is None else kernel.symmetry(other)), sides
        except KernelError:
            pass
        more = [search.by(side, search.equations(side, at_top=False)) for side in sides]
        if more == [None, None]:
            break
        one, other = search.then(one, more[0]), search.then(other, more[1])
    return None, sides


def _rounds(
    search: Search, left: t.Term, right: t.Term, label: str, others: tuple[Theorem, ...]
) -> tuple[Theorem | None, tuple[t.Term, t.Term]]:
    """The same with the atoms of the two sides as they are."""
    sides = left, right
    more = {theorem.left: theorem for theorem in (*others, *at_products(search, others, left, right))}
    try:
        return kernel.ring(left, right, search.theory, label, (*others, *search.names(left, right))), sides
    except KernelError:
        pass
    using: dict[t.Term, Theorem] = {}
    for _ in range(MOST_ROUNDS):
        using = {**using, **more}
        try:
            return kernel.ring(left, right, search.theory, label, tuple(using.values())), sides
        except KernelError:
            pass
        pairs = [(theorem.left, theorem.right) for theorem in using.values()]
        sides = search.forms.written(left, pairs), search.forms.written(right, pairs)
        more = {theorem.left: theorem for theorem in search.equations(*sides)}
        if more.keys() <= using.keys():
            break
    return None, sides


def _by_indices(
    left: t.Term, right: t.Term, one: t.Index, other: t.Index, knowledge: Knowledge, prove: Prove
) -> Theorem | None:
    """By the two ways in which two indices can stand to each other."""
    merged: dict[t.Term, t.Term] = {one: other}
    equal = prove(t.substitute(left, merged), t.substitute(right, merged), knowledge)
    if equal is None:
        return None
    different = prove(left, right, knowledge.where(t.Comparison(one, "!=", other)))
    return None if different is None else kernel.cases(left, right, t.Comparison(one, "=", other), equal, different)


def _pairs(left: t.Term, right: t.Term, met: tuple[tuple[t.Term, Search], ...]) -> Iterator[tuple[t.Index, t.Index]]:
    """Two free indices of which a choice asks whether they are one, and nothing says so."""
    free = t.free_indices(left) | t.free_indices(right)
    for term, search in met:
        for part in t.subterms(term):
            match part:
                case t.If(t.Comparison(t.Index() as one, _, t.Index() as other)):
                    if one is other or one.range is not other.range:
                        continue
                    if isinstance(one, t.Fixed):
                        one, other = other, one
                    if {one, other} <= free and not isinstance(one, t.Fixed) and not search.knowledge.apart(one, other):
                        yield one, other


def _undecided(met: tuple[tuple[t.Term, Search], ...], free: frozenset[t.Index]) -> Iterator[tuple[t.Term, str | None]]:
    """What a choice of values asks the sign of, and what is known of it; the smaller first, which may decide others."""
    asked: dict[t.Term, Search] = {}
    for term, search in met:
        for question in (difference(claim) for part in t.subterms(term) for claim in _asked(part)):
            if t.is_closed(question) and t.free_indices(question) <= free:
                settled = search.settled(question)
                asked[question if settled is None else settled.right] = search
    for question in sorted(asked, key=size):
        sign = asked[question].signs.relation(question)
        if sign not in (">", "<", "="):
            yield question, sign


def _asked(part: t.Term) -> Iterator[t.Comparison]:
    match part:
        case t.If(condition, _, _) if not is_about_indices(condition):
            yield condition
        case t.Apply("max" | "min", (first, second)):
            yield t.Comparison(first, ">", second)
        case t.Apply("abs", (inside,)):
            yield t.Comparison(inside, ">", t.ZERO)
