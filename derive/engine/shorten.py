"""The last lines of a derivative: its result as a person would write it.

    a*y*c*2*x                                     2*a*c*x*y            numbers first, equal factors as powers
    exp(x) + x*exp(x)                             exp(x)*(1 + x)       what all terms have in common, in front
    sum(y[j], j)*exp(Z[k])/S - y[k]               exp(Z[k])/S - y[k]   by assumption
    exp(Z[k])/sum(exp(Z[j]), j) - y[k]            O[k] - y[k]          by definition(O)

The search is free, since all that comes of it is a candidate: a line is a theorem that the kernel makes, by the reasons that
stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.engine import evidence
from derive.engine.agreement import as_equations
from derive.engine.fitting import by_fewest
from derive.engine.fold import with_name
from derive.engine.given import given_equations
from derive.engine.justify import Licence
from derive.engine.measure import size
from derive.engine.normal import Normalizer, Undefined
from derive.engine.normal.written import to_term
from derive.engine.ordering import reading_length
from derive.engine.rewriting import Context, by_algebra
from derive.engine.shortest import LARGEST, Search, candidates, shortest, unfolded_names
from derive.errors import KernelError, LimitError
from derive.floor.definedness import defined
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import Call, Entry, Term, subterms
from derive.floor.theory import Definition

Found = tuple[Theorem, tuple[str, ...]]
"""A theorem, and the reasons for it."""
MOST_LINES = 8


def shortened(term: Term, context: Context) -> Iterator[Found]:
    """Lines from `term` to ever shorter ways of writing it: by algebra, then in the names defined, and by what is assumed."""
    search = Search(context)
    found = _plainly(term, search)
    if found is not None:
        yield found
        term = found[0].right
    if size(term) > LARGEST:
        return
    for _ in range(MOST_LINES):
        found = _folded(term, search) or _assumed(term, search) or _shown(term, search)
        if found is None:
            return
        yield found
        term = found[0].right


def _plainly(term: Term, search: Search) -> Found | None:
    """By algebra alone, to something shorter, or as short and in better order."""
    for candidate in sorted(candidates(term, search), key=reading_length):
        if reading_length(candidate) >= reading_length(term):
            return None
        try:
            found = by_algebra(term, candidate, search.context.knowledge)
        except LimitError:
            continue
        if found is not None and not _needs_more(found, search):
            return _reasoned(term, candidate, ("algebra",), Licence(frozenset(("algebra",))), search)
    return None


def _reasoned(
    left: Term, right: Term, reasons: tuple[str, ...], licence: Licence, search: Search
) -> Found | None:
    """The theorem by the reasons, and by as few identities of functions besides as algebra needs."""
    try:
        found = by_fewest(left, right, licence, search.context, lambda theorem: not _needs_more(theorem, search))
    except LimitError:
        return None
    return None if found is None else (found[0], (*reasons, *sorted(found[1].rules - licence.rules)))


def _needs_more(theorem: Theorem, search: Search) -> bool:
    """Whether a theorem, or its right side, needs more than is declared, or left open by its left side already."""
    given = search.context.knowledge
    # Afresh, as whoever checks the line will know it: on the way here more has been found out than the line says.
    knowledge = Knowledge(given.theory, given.hypotheses, given.conditions)
    needed = evidence.remaining(theorem.conditions | defined(theorem.right), knowledge)
    if not needed:
        return False
    left_open = evidence.remaining(defined(theorem.left), knowledge)
    claims = tuple(sorted((c.claim for c in left_open if not c.bound and not c.guards), key=repr))
    return any(each not in left_open and not evidence.shown(each, knowledge.where(*claims)) for each in needed)


def _assumed(term: Term, search: Search) -> Found | None:
    """By what is assumed, perhaps of what a name stands for."""
    usable = given_equations(search.context.knowledge)
    if not usable:
        return None
    algebra = frozenset(("algebra",))
    licences = ((("assumption",), Licence(assumption=True)), (("assumption", "algebra"), Licence(algebra, assumption=True)))
    found = _proved(term, _reduced(term, usable, search), licences, search)
    for name in sorted(_used(term) & search.context.theory.definitions.keys()):
        if found is not None:
            return found
        shown = unfolded_names(term, frozenset((name,)), search)
        definition = search.context.theory.definitions[name]
        folded = (each for term in _reduced(shown, usable, search) for each in with_name(term, definition, search))
        licence = Licence(algebra, frozenset((name,)), assumption=True)
        found = _proved(term, folded, (((f"definition({name})", "assumption", "algebra"), licence),), search)
    return found


def _reduced(term: Term, usable: tuple[Theorem, ...], search: Search) -> Iterator[Term]:
    """The term by the equations, in its normal form and the shortest one; nothing where they say nothing of it."""
    normalizer = Normalizer(search.context.knowledge)
    try:
        poly, used = normalizer.rewritten(normalizer.normal(term), as_equations(usable, normalizer))
    except (Undefined, LimitError, KernelError):
        return
    if used:
        yield from (to_term(poly), shortest(to_term(poly), search))


def _folded(term: Term, search: Search) -> Found | None:
    """By the definition of a name, which takes the place of its expression; the shortest result that there is."""
    for row in search.context.theory.definitions.values():
        if not row.arguments:
            found = _proved(term, with_name(term, row, search), _licences(term, row, search), search)
            if found is not None:
                return found
    return None


def _shown(term: Term, search: Search) -> Found | None:
    """By the definitions of all names, whose expressions may cancel."""
    names = _names(term, search)
    if not names:
        return None
    candidate = shortest(unfolded_names(term, None, search), search)
    reasons = (*(f"definition({name})" for name in sorted(names)), "algebra")
    return _proved(term, (candidate,), ((reasons, Licence(frozenset(("algebra",)), names)),), search)


def _names(term: Term, search: Search) -> frozenset[str]:
    """The defined names in a term, and in what they stand for."""
    defined = search.context.theory.definitions
    found: set[str] = set()
    new = _used(term) & defined.keys()
    while new:
        found |= new
        new = frozenset[str]().union(*(_used(defined[name].body) for name in new)) & defined.keys() - found
    return frozenset(found)


def _used(term: Term) -> frozenset[str]:
    return frozenset(part.name for part in subterms(term) if isinstance(part, Entry | Call))


def _licences(term: Term, definition: Definition, search: Search) -> tuple[tuple[tuple[str, ...], Licence], ...]:
    """What may be needed to fold a name in: its definition, and those of the names that stand in either."""
    names = tuple(sorted(_names(term, search) | _names(definition.body, search) - {definition.name}))
    named, algebra = (f"definition({definition.name})",), frozenset(("algebra",))
    own = frozenset((definition.name,))
    all_named = (*named, *(f"definition({name})" for name in names), "algebra")
    return (
        (named, Licence(definitions=own)),
        ((*named, "algebra"), Licence(algebra, definitions=own)),
        (all_named, Licence(algebra, definitions=own | frozenset(names))),
    )


def _proved(
    term: Term, candidates: Iterable[Term], licences: Iterable[tuple[tuple[str, ...], Licence]], search: Search
) -> Found | None:
    """The theorem that the term is the shortest candidate that one of the licences proves it to be."""
    licences = tuple(licences)
    shorter = {candidate for candidate in candidates if reading_length(candidate) < reading_length(term)}
    for candidate in sorted(shorter, key=lambda each: (reading_length(each), repr(each))):
        for reasons, licence in licences:
            found = _reasoned(term, candidate, reasons, licence, search)
            if found is not None:
                return found
    return None
