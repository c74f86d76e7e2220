"""What is given, as theorems that hold under it, and about what the names in it stand for.

    define c = a - b
    given c = 3         c = 3, and a - b = 3
    given c > 0         a - b > 0 as well
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, product

from derive.engine.remembered import remembered
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.conditions import is_about_indices
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.theory import Theory
from derive.held import is_held

MOST_INSTANCES = 24  # of one assumption


def given_equations(knowledge: Knowledge) -> tuple[Theorem, ...]:
    """The assumptions, each for all values of its indices, and the hypotheses that are equalities of values."""
    theory = knowledge.theory
    assumed = [(assumption.claim, theory.universal(assumption.claim)) for assumption in theory.assumptions]
    stated = [*assumed, *((claim, frozenset()) for claim in knowledge.hypotheses)]
    return tuple(
        kernel.hypothesis(claim, theory, universal)
        for claim, universal in stated
        if claim.relation == "=" and not is_about_indices(claim)
    )


def held_fixed(knowledge: Knowledge) -> tuple[Theorem, ...]:
    """That what is held fixed is what it is: it goes without saying."""
    theory = knowledge.theory
    return _assumed(theory, (row.claim for row in theory.assumptions if is_held(row.claim)))


def everywhere(knowledge: Knowledge) -> tuple[Theorem, ...]:
    """The assumptions that hold at all values of some variables, and not only at those in question."""
    theory = knowledge.theory
    return _assumed(theory, (row.claim for row in theory.assumptions if row.everywhere and row.claim.relation == "="))


def _assumed(theory: Theory, claims: Iterable[t.Comparison]) -> tuple[Theorem, ...]:
    return tuple(kernel.hypothesis(claim, theory, theory.universal(claim)) for claim in claims)


def given_unfolded(knowledge: Knowledge) -> tuple[Theorem, ...]:
    """The same about what the names in them stand for, where it is something else."""
    theory = knowledge.theory
    return tuple(about_what_it_stands_for(each) for each in given_equations(knowledge) if _has_names(each, theory))


def _has_names(theorem: Theorem, theory: Theory) -> bool:
    return any(t.entry_names(side) & theory.definitions.keys() for side in (theorem.left, theorem.right))


def about_what_it_stands_for(theorem: Theorem) -> Theorem:
    """A theorem with all defined names in its sides unfolded."""
    return restated(theorem, *(unfolding(side, theorem.theory) for side in (theorem.left, theorem.right)))


def restated(theorem: Theorem, left: Theorem, right: Theorem) -> Theorem:
    """From l = r that l' = r', where it is known that l = l' and r = r'."""
    return kernel.transitivity(kernel.transitivity(kernel.symmetry(left), theorem), right)


def facts_at(knowledge: Knowledge, places: frozenset[t.Index]) -> Iterator[t.Comparison]:
    """What is assumed of all values of its indices where these are some of the places, if it is no equality."""
    for claim in knowledge.assumed:
        every = sorted(knowledge.theory.universal(claim), key=t.by_name)
        choices = [sorted((place for place in places if place.range is index.range), key=t.by_name) for index in every]
        for chosen in islice(product(*choices), MOST_INSTANCES) if every else ():
            at: dict[t.Term, t.Term] = dict(zip(every, chosen, strict=True))
            yield t.Comparison(t.substitute(claim.left, at), claim.relation, t.substitute(claim.right, at))


def unfolded(claim: t.Comparison, theory: Theory) -> t.Comparison:
    """A relation of values about what the names in its sides stand for."""
    return t.Comparison(unfolding(claim.left, theory).right, claim.relation, unfolding(claim.right, theory).right)


def with_unfolded(knowledge: Knowledge) -> Knowledge:
    """What is known, and the same of what the names in the hypotheses and assumptions that are no equalities stand for."""
    theory = knowledge.theory
    facts = (claim for claim in (*knowledge.assumed, *knowledge.hypotheses) if claim.relation != "=")
    about_names = (claim for claim in facts if not is_about_indices(claim) and t.entry_names(claim) & theory.definitions.keys())
    return knowledge.where(*(unfolded(claim, theory) for claim in about_names))


@remembered
def unfolding(term: t.Term, theory: Theory) -> Theorem:
    """The theorem that a term is what it is with every defined name in it replaced by its definition, but in relations and
    derivatives.
    """
    if not t.entry_names(term) & theory.definitions.keys() or isinstance(term, t.Diff):
        return kernel.reflexivity(term, theory)
    if isinstance(term, t.Entry | t.Call) and term.name in theory.definitions:
        first = kernel.definition(term, theory)
        return kernel.transitivity(first, unfolding(first.right, theory))
    named = {
        place: unfolding(part, theory)
        for place, part in enumerate(t.children(term))
        if not isinstance(part, t.Comparison) and t.entry_names(part) & theory.definitions.keys()
    }
    return kernel.congruence(term, named) if named else kernel.reflexivity(term, theory)
