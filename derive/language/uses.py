"""Whether a theorem of another derivation is about the same things here.

A theorem says nothing about names, only about what they are declared to be. It may be cited in another derivation if
every name that it mentions, directly or in a definition that it unfolds, means there what it means here, and what was
assumed of these names there is assumed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.floor.terms import (
    Comparison,
    Entry,
    Index,
    Term,
    alpha_equal,
    canonical,
    entry_names,
    free_indices,
    size_names,
    substitute,
    subterms,
)
from derive.floor.theory import Assumption, Definition, Theory
from derive.language.derivation import Statement
from derive.language.derivation_writer import write_declaration, write_everywhere
from derive.language.relevant import about
from derive.language.writer import write_term

Difference = tuple[str, str, str]
"""The name, how it differs, and what to type."""


def difference(statement: Statement, here: Theory, also: Iterable[Term] = ()) -> Difference | None:
    """The first way in which the names of a theorem mean something else under the declarations `here`.

    `also` are relations that its proof rests on, which may mention other names.
    """
    there = statement.theory
    names: dict[str, None] = {}
    for term in (*statement.sides, *statement.hypotheses, *statement.conditions, *also):
        names |= dict.fromkeys(_names(term, there))
    # What is assumed of these names belongs to the theorem, with what else it speaks of.
    assumed: list[Assumption] = []
    checked: set[str] = set()
    while len(checked) < len(names):
        for name in list(names):
            if name not in checked:
                checked.add(name)
                names |= dict.fromkeys(_behind(name, there))
        for assumption in there.assumptions:
            mentioned = list(_names(assumption.claim, there))
            touches = any(name in names and name not in there.sizes for name in about(assumption, there))
            if assumption not in assumed and (assumption.everywhere or touches):
                assumed.append(assumption)
                names |= dict.fromkeys(mentioned)
    for name in names:
        found = _differs(name, there, here)
        if found is not None:
            return name, *found
    made = [(_universal(each.claim, here), each.everywhere) for each in here.assumptions]
    for assumption in assumed:
        stated, everywhere = _universal(assumption.claim, there), assumption.everywhere
        if not any(alpha_equal(stated, other) and everywhere <= own for other, own in made):
            claim = f"{write_everywhere(assumption)}{write_term(assumption.claim, there)}"
            return f"what is assumed there, {claim}", "and it is not assumed here", f"write above: assume {claim}"
    return None


def _names(term: Term, theory: Theory) -> Iterator[str]:
    """The declared names in a term, in a fixed order."""
    fixed = {index.name for index in free_indices(term) if theory.indices.get(index.name) is index}
    yield from sorted(entry_names(term) | size_names(term) | fixed)


def _behind(name: str, theory: Theory) -> Iterator[str]:
    """The names that the declaration of a name mentions."""
    if name in theory.unknowns:
        for extent in theory.unknowns[name].ranges:
            yield from sorted(size_names(extent))
    elif name in theory.definitions:
        definition = theory.definitions[name]
        for index in definition.parameters:
            yield from sorted(size_names(index))
        parameters = frozenset(definition.parameters)
        for each in _names(definition.body, theory):
            if each not in definition.arguments and each not in {index.name for index in parameters}:
                yield each
    elif name in theory.functions:
        yield from theory.functions[name].of
    elif name in theory.indices:
        yield from sorted(size_names(theory.indices[name]))


def _differs(name: str, there: Theory, here: Theory) -> tuple[str, str] | None:
    said = write_declaration(name, there)
    declare = f"write above: {said}"
    declared = any(name in table for table in (here.sizes, here.unknowns, here.definitions, here.functions, here.indices))
    if not declared:
        return "which is not declared here", declare
    change = "which is declared otherwise here", f"change it to {said}"
    if name in there.sizes:
        return None if here.sizes.get(name, 0) >= there.sizes[name] else change
    if name in there.unknowns:
        one, other = there.unknowns[name], here.unknowns.get(name)
        same = other is not None and (one.variable, one.ranges) == (other.variable, other.ranges)
        return None if same and other is not None and _implies(other.relation, one.relation) else change
    if name in there.indices:
        return None if here.indices.get(name) is there.indices[name] else change
    if name in there.functions:
        function = here.functions.get(name)
        same = function is not None and (function.arity, function.of) == (there.functions[name].arity, there.functions[name].of)
        return None if same else change
    definition = here.definitions.get(name)
    same = definition is not None and _same_definition(there.definitions[name], definition)
    return None if same else ("which is defined otherwise here", f"change it to {said}")


def _implies(here: str | None, there: str | None) -> bool:
    return there is None or here == there or here == ">"


def _same_definition(one: Definition, other: Definition) -> bool:
    if [index.range for index in one.parameters] != [index.range for index in other.parameters]:
        return False
    if len(one.arguments) != len(other.arguments):
        return False
    # Names that no text can hold, so that renaming meets nothing.
    positions = [Index(f"%{position}p", index.range) for position, index in enumerate(one.parameters)]
    numbers = [Entry(f"%{position}a", ()) for position in range(len(one.arguments))]

    def renamed(definition: Definition) -> Term:
        mapping: dict[Term, Term] = dict(zip(definition.parameters, positions, strict=True))
        mapping |= zip((Entry(name, ()) for name in definition.arguments), numbers, strict=True)
        return substitute(definition.body, mapping)

    return alpha_equal(renamed(one), renamed(other))


def _universal(claim: Comparison, theory: Theory) -> Term:
    """The claim with its universal indices renamed in the order in which they stand: all free ones that are not declared."""
    free = free_indices(claim) - set(theory.indices.values())
    order = list(dict.fromkeys(part for part in subterms(canonical(claim)) if isinstance(part, Index) and part in free))
    return substitute(claim, {index: Index(f"%{position}u", index.range) for position, index in enumerate(order)})
