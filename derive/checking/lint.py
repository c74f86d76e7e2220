"""Hints: what is right, and could be left out: reasons without which a step is proved as well, and names that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from derive.checking.attempts import proving
from derive.checking.licences import licence_of
from derive.checking.verdicts import Problem, StepResult, TheoremResult
from derive.engine.rewriting import Context
from derive.floor import terms as t
from derive.floor.conditions import merged_indices
from derive.language.derivation import Chain, Derivation, Place, Reason
from derive.language.lexer import Source, Tokens


def superfluous(result: TheoremResult, chain: Chain, steps: tuple[StepResult, ...], context: Context) -> Iterator[Problem]:
    """The reasons of a chain that can be left out, one after the other."""
    merging = merged_indices((*result.statement.conditions, *chain.conditions))
    for written, step in zip(chain.steps, steps, strict=False):
        reasons = list(written.reasons)
        if step.verdict != "proved" or len(reasons) < 2 or any(reason.text is not None for reason in reasons):
            continue
        left, right = (t.substitute(side, merging) for side in (step.left, step.right))
        for reason in written.reasons:
            others = tuple(other for other in reasons if other is not reason)
            if others and _prove(left, right, others, context):
                reasons.remove(reason)
                yield Problem("D250", f"`{reason}` is not needed here", reason.place)


def _prove(left: t.Term, right: t.Term, reasons: tuple[Reason, ...], context: Context) -> bool:
    return proving(left, right, licence_of(reasons, context, (left, right)), context) is not None


def unused(derivation: Derivation) -> Iterator[Problem]:
    """The declarations of names that no theorem is about, nor anything else that is declared and used."""
    theory = derivation.theory
    told = [term for statement in (*derivation.statements, *derivation.lemmas.values()) for term in statement.terms]
    told += [assumption.claim for assumption in theory.assumptions]
    reasons = [
        argument
        for statement in derivation.statements
        for chain in statement.proof or ()
        for step in chain.steps
        for reason in step.reasons
        for argument in reason.arguments
    ]
    names = set(theory.behind(frozenset[str]().union(reasons, *map(t.entry_names, told))))
    told += [theory.definitions[name].body for name in names if name in theory.definitions]
    arrays = (name for name in names if name in theory.unknowns or name in theory.definitions)
    told += [extent for name in arrays for extent in theory.ranges(name)]
    free = frozenset[t.Index]().union(*map(t.free_indices, told))
    told += [index for index in theory.indices.values() if index in free]
    names |= frozenset[str]().union(*map(t.size_names, told), *(_index_names(term) for term in told))
    names |= set(derivation.options.values())
    spare = [name for name in theory.descriptions if name not in names and name not in derivation.taken]
    places = _first_places(derivation) if spare else {}
    for name in spare:
        yield Problem("D251", f"`{name}` is declared and not used", places[name])


def _index_names(term: t.Term) -> frozenset[str]:
    indices = (part for part in t.subterms(term) if isinstance(part, t.Fixed))
    ranges = (index.range.name for index in t.free_indices(term) if isinstance(index.range, t.Size))
    return frozenset((*(index.name for index in indices), *ranges))


def _first_places(derivation: Derivation) -> dict[str, Place]:
    """Where each word of the text stands first."""
    source = Source(derivation.text, derivation.file, derivation.above)
    tokens = Tokens(source)
    found: dict[str, tuple[int, int]] = {}
    for word, start, end in zip(tokens.texts, tokens.starts, tokens.ends, strict=True):
        found.setdefault(word, (start, end))
    return {word: source.place(*stretch) for word, stretch in found.items()}
