"""Proofs by laws: which laws make two terms equal, found by bringing both to one form.

    ln(a*b^2)  =  2*ln(b) + ln(a)         ln(a*b^2) = ln(a) + ln(b^2)     by log-product
                                          ln(b^2) = 2*ln(b)               by log-power
                                          and the rest by the arithmetic of fractions

`search` finds an equation for each atom of the two terms; the kernel then closes with all equations at once. Nothing in here
is trusted: a law that is used in vain makes a proof fail, and none wrong. The work is bounded by counts, and the answer is the
same whatever was asked before.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.engine.cases_of_values import as_one_sum, equations_of, without_value
from derive.engine.factored import Forms
from derive.engine.range_laws import part_sums
from derive.engine.search import Effort, Search
from derive.engine.solved import solved
from derive.floor import kernel
from derive.floor.conditions import is_about_indices, negated
from derive.floor.definedness import defined
from derive.floor.errors import LimitError
from derive.floor.kernel import KernelError, Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import Comparison, Fixed, If, Index, Term, free_indices, is_closed, substitute, subterms
from derive.floor.theory import Signature

MOST_ROUNDS = 10
MOST_THEORIES = 4
"""Theories of which it is remembered what was found."""
MOST_SPLITS = 3
"""Conditions that are gone through both ways, one inside the other."""


def proved(
    left: Term,
    right: Term,
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
    remembered = _remembered_of(knowledge.signature)
    if key not in remembered:
        try:
            remembered[key] = _proved(left, right, knowledge, label, rules, given, splits)
        except (KernelError, LimitError, ZeroDivisionError):
            remembered[key] = None
        except RecursionError:
            return None
    return remembered[key]


Remembered = dict[tuple[object, ...], Theorem | None]


def _remembered_of(theory: Signature) -> Remembered:
    """What was found in that theory: one equation is asked for again and again, by every step and rule that is tried."""
    if theory not in _remembered and len(_remembered) >= MOST_THEORIES:
        _remembered.clear()
    return _remembered.setdefault(theory, {})


_remembered: dict[Signature, Remembered] = {}


def _proved(
    left: Term,
    right: Term,
    knowledge: Knowledge,
    label: str,
    rules: frozenset[str] | None,
    given: tuple[Theorem, ...],
    splits: int,
) -> Theorem | None:
    theorem, met = _by_laws(left, right, knowledge, label, rules, given)
    if theorem is not None or not splits:
        return theorem

    def fewer(left: Term, right: Term, known: Knowledge, given: tuple[Theorem, ...]) -> Theorem | None:
        return proved(left, right, known, label, rules, given, splits - 1)

    if rules is None or len(rules) > 1:
        theorem = as_one_sum(left, right, knowledge, met[0][1].forms, given, fewer)
        if theorem is not None:
            return theorem
    pair = next(_pairs(left, right, met), None)
    if pair is not None:
        return _by_indices(left, right, *pair, knowledge, label, rules, given, splits - 1)
    claim = next(_undecided(met), None)
    if claim is None:
        return None
    theorems = []
    for case in (claim, negated(claim)):
        here = knowledge.where(case)
        known = (*given, *equations_of(case, here))
        theorem = fewer(left, right, here, known) or without_value(left, right, here, known, fewer)
        if theorem is None:
            return None
        theorems.append(theorem)
    return kernel.either_way(left, right, claim, *theorems)


def _by_laws(
    left: Term, right: Term, knowledge: Knowledge, label: str, rules: frozenset[str] | None, given: tuple[Theorem, ...]
) -> tuple[Theorem | None, tuple[tuple[Term, Search], ...]]:
    """The theorem, or None; with the terms that were met on the way, and the search that met them."""
    forms = Forms()
    effort = Effort()
    while True:
        atoms, others = solved(given, forms)
        search = Search(knowledge, rules, atoms, forms, effort, _needed(left, right))
        part_sums(search, left, right)
        theorem, sides = _closed(search, left, right, label, others)
        if theorem is not None or not effort.mixed:
            return theorem, tuple((side, search) for side in sides)
        effort = Effort(roots=effort.met)  # two roots of one base are powers of a finer one


def _needed(left: Term, right: Term) -> tuple[Comparison, ...]:
    """What holds where both sides have a value."""
    conditions = defined(left) | defined(right)
    return tuple(sorted((c.claim for c in conditions if not c.bound and not c.guards), key=repr))


def _closed(
    search: Search, left: Term, right: Term, label: str, others: tuple[Theorem, ...]
) -> tuple[Theorem | None, tuple[Term, Term]]:
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
    search: Search, left: Term, right: Term, label: str, others: tuple[Theorem, ...]
) -> tuple[Theorem | None, tuple[Term, Term]]:
    """The same with the atoms of the two sides as they are."""
    sides = left, right
    more = {theorem.left: theorem for theorem in others}
    try:
        return kernel.ring(left, right, search.theory, label, (*others, *search.names(left, right))), sides
    except KernelError:
        pass
    using: dict[Term, Theorem] = {}
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
    left: Term,
    right: Term,
    one: Index,
    other: Index,
    knowledge: Knowledge,
    label: str,
    rules: frozenset[str] | None,
    given: tuple[Theorem, ...],
    splits: int,
) -> Theorem | None:
    """By the two ways in which two indices can stand to each other."""
    merged: dict[Term, Term] = {one: other}
    equal = proved(substitute(left, merged), substitute(right, merged), knowledge, label, rules, given, splits)
    if equal is None:
        return None
    apart = knowledge.where(Comparison(one, "!=", other))
    different = proved(left, right, apart, label, rules, given, splits)
    return None if different is None else kernel.cases(left, right, one, other, equal, different)


def _pairs(left: Term, right: Term, met: tuple[tuple[Term, Search], ...]) -> Iterator[tuple[Index, Index]]:
    """Two free indices of which a choice asks whether they are one, and nothing says so."""
    free = free_indices(left) | free_indices(right)
    for term, search in met:
        for part in subterms(term):
            match part:
                case If(Comparison(Index() as one, _, Index() as other), _, _) if one is not other and one.range is other.range:
                    if isinstance(one, Fixed):
                        one, other = other, one
                    if {one, other} <= free and not isinstance(one, Fixed) and not search.knowledge.apart(one, other):
                        yield one, other


def _undecided(met: tuple[tuple[Term, Search], ...]) -> Iterator[Comparison]:
    """The conditions of choices of values that nothing decides."""
    for term, search in met:
        for part in subterms(term):
            if not isinstance(part, If) or is_about_indices(part.condition) or not is_closed(part.condition):
                continue
            if not search.holds(part.condition) and not search.holds(negated(part.condition)):
                yield part.condition
