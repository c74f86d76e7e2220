"""Which identities of functions a step needs besides the reasons that are known: none, or as few as are found.

    ln(2*x)^2 = (ln(2) + ln(x))^2 by algebra        log-product
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from derive.engine import rules
from derive.engine.justify import MOST_TURNS, Licence, equations, is_identity, justified, rewritten_sides, split_points
from derive.engine.rewriting import Context, by_rule, rewritten
from derive.engine.simplest import simplest
from derive.floor.kernel import Theorem
from derive.floor.terms import Term

MOST_FITTING = 7  # identities that are tried in pairs


def fitting(left: Term, right: Term, licence: Licence, context: Context) -> tuple[str, ...]:
    """The identities of functions that apply to what the licence makes of two sides, or to what other identities make of it."""
    scope = replace(context.scope, splits=licence.splits or split_points(left, right), chained="chain" in licence.rules)
    bare = replace(licence, rules=frozenset(n for n in licence.rules if n != "functions" and not is_identity(n)))
    sides = rewritten_sides(left, right, bare, context, scope, equations(licence, context))
    plain = [simplest(side.right, context, functions=False).right for side in sides]
    terms = dict.fromkeys((*(side.right for side in sides), *plain))
    found: dict[str, None] = {}
    for _ in range(MOST_TURNS):
        made: dict[Term, None] = {}
        for rule in rules.identities.RULES:
            for term in terms:
                after = rewritten(term, [by_rule(rule, context)], context, context.scope).right
                if after is not term:
                    found[rule.name] = None
                    made[after] = None
        terms = {term: None for term in made if term not in terms}
    return tuple(found)


def with_identities(licence: Licence, names: tuple[str, ...]) -> Iterator[Licence]:
    """The licence with one of the identities, with two, with all of them, and with their whole family."""
    pairs = itertools.combinations(names, 2) if len(names) <= MOST_FITTING else ()
    for more in dict.fromkeys((*((name,) for name in names), *pairs, names, ("functions",))):
        if more:
            yield replace(licence, rules=licence.rules.union(more))


def by_fewest(
    left: Term, right: Term, licence: Licence, context: Context, accepts: Callable[[Theorem], bool] = lambda _: True
) -> tuple[Theorem, Licence] | None:
    """A theorem by a licence and what identities of functions it takes besides where algebra is named: none, or as few as are
    found. None where all of them do not give it, or the theorem is not accepted.
    """
    whole = replace(licence, rules=licence.rules | {"functions"}) if licence.algebra else licence
    found = justified(left, right, whole, context)
    if found is None or not licence.algebra:
        return (found, licence) if found is not None and accepts(found) else None
    plain = justified(left, right, licence, context)
    if plain is not None and accepts(plain):
        return plain, licence
    if not accepts(found):
        return None
    names = fitting(left, right, licence, context)
    for attempt in with_identities(licence, names):
        theorem = justified(left, right, attempt, context)
        if theorem is None or not accepts(theorem):
            continue
        for name in sorted(attempt.rules - licence.rules):
            smaller = replace(attempt, rules=attempt.rules - {name})
            less = justified(left, right, smaller, context)
            if less is not None and accepts(less):
                theorem, attempt = less, smaller
        return theorem, attempt
    return found, whole
