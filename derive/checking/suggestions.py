"""The reasons that would do: suggested where those named do not give a step, and told where its author names none.

    diff(x^2 + x, x) = 2*x + 1 by power      write by power, sum, variable

Looked for from what the author wrote, or from what a proof of the step used, towards as few reasons as are found.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from derive.checking.attempts import by_licence, fitted, proving
from derive.checking.licences import exactly, in_order, written
from derive.engine import evidence, rules
from derive.engine.applications import rules_used
from derive.engine.evidence import weighed
from derive.engine.fitting import by_fewest, with_identities
from derive.engine.justify import Licence
from derive.engine.rewriting import Context
from derive.errors import LimitError
from derive.floor.conditions import Condition
from derive.floor.kernel import Theorem
from derive.floor.terms import Term
from derive.limits import REASONS, allowed
from derive.proofs.conditions import listed, told

_SUMS = tuple(rule.name for rule in rules.ALL.values() if rule.family == "sums")


def reasons_to_type(left: Term, right: Term, licence: Licence, found: Theorem, context: Context) -> tuple[str, ...]:
    """Reasons that give a step whose author leaves them to the tool, in the order of their use in its proof."""
    with suppress(LimitError, RecursionError), allowed(REASONS, context.seconds):
        names = enough(left, right, licence, found, context)
        if names is None:
            exact = exactly(rules_used(found), licence, context, (left, right))
            names, _ = by_fewest_reasons(left, right, exact, found, context)
        if names:
            return names
    return by_theorems(left, right, licence, context) or rules_used(found)


def fewest_to_type(left: Term, right: Term, licence: Licence, found: Theorem, context: Context) -> tuple[str, ...]:
    """The same for an author who asks for them: as few as are found."""
    named = replace(licence, rules=licence.rules - {"algebra"}, definitions=licence.definitions or frozenset())
    names, _ = by_fewest_reasons(left, right, named, found, context)
    if not names:
        one, theorem = by_one_reason(left, right, named, context)
        names = () if theorem is None else written(one)
    names = tuple(name for name in names if name != "rearrangement") or names
    names = names or by_theorems(left, right, named, context)
    if not names:
        return reasons_to_type(left, right, licence, found, context)
    used = rules_used(found)
    return tuple(sorted(names, key=lambda name: used.index(name) if name in used else len(used)))


def by_theorems(left: Term, right: Term, licence: Licence, context: Context) -> tuple[str, ...]:
    """The theorems above by which a step follows, together with the licence; none where it does not."""
    wider = replace(licence, lemmas=tuple(dict.fromkeys((*licence.lemmas, *context.lemmas))))
    with suppress(LimitError, RecursionError), allowed(REASONS, context.seconds):
        found = by_licence(left, right, wider, context)
        return () if found is None else written(_reduced(left, right, wider, found, context)[0])
    return ()


def by_one_reason(left: Term, right: Term, licence: Licence, context: Context) -> tuple[Licence, Theorem | None]:
    """A licence of one rule or theorem more, where one is enough, and what it proves: many together get in each other's way."""
    for lemma in reversed(context.lemmas):
        wider = replace(licence, lemmas=(*licence.lemmas, lemma))
        found = by_licence(left, right, wider, context)
        if found is not None:
            return wider, found
    for rule in sorted(rules.NAMES - licence.rules):
        wider = replace(licence, rules=licence.rules | {rule})
        found = by_licence(left, right, wider, context)
        if found is not None:
            return wider, found
    return licence, None


def enough(left: Term, right: Term, licence: Licence, found: Theorem, context: Context) -> tuple[str, ...] | None:
    """The same, as far as it is near to what the proof used: that is not always enough, or has no name."""
    with suppress(LimitError, RecursionError), allowed(REASONS, context.seconds):
        return _enough(left, right, licence, found, context)
    return None


def _enough(left: Term, right: Term, licence: Licence, found: Theorem, context: Context) -> tuple[str, ...] | None:
    left, right = found.left, found.right  # where i = k, one of them stands for both
    used = rules_used(found)
    exact = exactly(used, licence, context, (left, right))
    needed = set(_left_open(found, context))

    def accepts(theorem: Theorem) -> bool:
        found = weighed([theorem], (left, right), context.knowledge)
        return found.proves and needed.issuperset(told(found))

    for more in ((), ("chain",), ("algebra",), ("algebra", "chain")):
        try:
            given = by_fewest(left, right, replace(exact, rules=exact.rules.union(more)), context, accepts)
        except (LimitError, RecursionError):
            continue
        if given is not None:
            return in_order(given[1], used)
    return None


def by_fewest_reasons(
    left: Term, right: Term, licence: Licence, found: Theorem, context: Context
) -> tuple[tuple[str, ...], Theorem]:
    """The smallest set of reasons found that gives the step, starting from what the author wrote, and the theorem by it.

    What needs no condition but those of `found`, a theorem by whatever it takes, goes before what needs one of its own.
    """
    with suppress(LimitError, RecursionError), allowed(REASONS, context.seconds):
        return _by_fewest_reasons(left, right, licence, found, context)
    return (), found


def _by_fewest_reasons(
    left: Term, right: Term, licence: Licence, found: Theorem, context: Context
) -> tuple[tuple[str, ...], Theorem]:
    needed = set(_left_open(found, context))
    best: tuple[Licence, Theorem] | None = None
    for attempt in _wider(left, right, licence, rules_used(found), context):
        theorem = proving(left, right, attempt, context)
        if theorem is None:
            continue
        plain = needed.issuperset(_left_open(theorem, context))
        if best is None or plain:
            best = attempt, theorem
        if plain:
            break
    if best is None:
        return (), found
    smallest, theorem = _reduced(left, right, *best, context)
    return written(smallest) or ("rearrangement",), theorem


def _wider(left: Term, right: Term, licence: Licence, used: tuple[str, ...], context: Context) -> Iterator[Licence]:
    """The licence with more rules: one, two of sums, a family, identities of functions with algebra and without, or also
    definitions and assumptions; those `used` first."""
    definitions = frozenset(name[11:-1] for name in used if name.startswith("definition("))
    candidates = [*(n for n in used if n in rules.ALL), *rules.SPECIAL, *rules.ALL]
    extra = [n for n in dict.fromkeys(candidates) if n not in ("definition", "assumption") and n not in licence.rules]
    known = licence.definitions if licence.definitions is not None else frozenset(context.theory.definitions)
    extra = [name for name in extra if name not in rules.FAMILIES and name != "rearrangement"]
    pairs = [(a, b) for a in _SUMS for b in _SUMS if a < b]
    for names in (*((name,) for name in extra), *pairs, ("algebra",)):
        yield replace(licence, rules=licence.rules.union(names))
    with_algebra = replace(licence, rules=licence.rules | {"algebra"})
    identities = fitted(left, right, licence, context)
    yield from with_identities(licence, identities)
    yield from with_identities(with_algebra, identities)
    yield replace(licence, assumption=True)
    yield replace(licence, definitions=known | definitions)
    yield replace(with_algebra, definitions=known | definitions)
    yield replace(with_algebra, assumption=True)
    everything = licence.rules | {"algebra", "chain"} | {name for name in used if name in rules.ALL}
    for attempt in (
        replace(with_algebra, definitions=known | definitions),
        replace(licence, definitions=known | definitions, assumption=True, rules=everything),
    ):
        yield attempt
        yield from with_identities(attempt, fitted(left, right, attempt, context))
    if licence.lemmas:
        yield replace(with_algebra, lemmas=())  # one that goes round for ever stands in the way of all others


def _reduced(left: Term, right: Term, licence: Licence, theorem: Theorem, context: Context) -> tuple[Licence, Theorem]:
    """The licence with everything left out that the step does without, at no price in conditions, and the theorem by it."""
    needed = set(_left_open(theorem, context))

    def without(smaller: Licence) -> None:
        nonlocal licence, theorem
        found = proving(left, right, smaller, context)
        if found is not None and needed.issuperset(_left_open(found, context)):
            licence, theorem = smaller, found

    for name in sorted(licence.rules, key=lambda n: (n != "algebra", n)):
        without(replace(licence, rules=licence.rules - {name}))
    for name in sorted(licence.definitions or ()):
        without(replace(licence, definitions=(licence.definitions or frozenset()) - {name}))
    for lemma in licence.lemmas:
        without(replace(licence, lemmas=tuple(n for n in licence.lemmas if n != lemma)))
    if licence.assumption:
        without(replace(licence, assumption=False))
    return licence, theorem


def _left_open(theorem: Theorem, context: Context) -> tuple[Condition, ...]:
    """The conditions of a theorem that are not shown to hold, as they are told."""
    return listed(evidence.remaining(theorem.conditions, context.knowledge), context.knowledge)
