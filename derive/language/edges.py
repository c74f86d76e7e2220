"""Derivatives along one edge of a graph: by a name, what else the derivative is of being held fixed.

    define a = x^2
    define b = sin(x)
    define c = a*b
    partial(c, a)                 the derivative of a*b by a, with b held: it is b

For each name that is held there is a constant, equal to it at the point. So `partial(c, a)` is `diff(a*b', a)` with such a
constant b', and needs no rule of its own. No text can write the constant: it is shown as the name for which it stands.
"""

from __future__ import annotations

from derive.floor.terms import Binder, Comparison, Diff, Entry, Term, children, entry_names, rebuild
from derive.floor.theory import Assumption, Theory, Unknown
from derive.held import HELD


def edge(whole: Term, by: Entry, theory: Theory) -> Diff:
    """The derivative of an expression by an entry, all other defined names in it held; of a defined name, that of its body."""
    definition = theory.definitions.get(whole.name) if isinstance(whole, Entry) else None
    if definition is not None and isinstance(whole, Entry) and whole.name != by.name:
        whole = definition.at(whole)
    held = frozenset(name for name, row in theory.definitions.items() if not row.arguments and name != by.name)
    return Diff(_with(held & entry_names(whole), whole), by)


def _with(held: frozenset[str], term: Term) -> Term:
    """The term with the constants in the place of the names."""
    if not held & entry_names(term):
        return term
    if isinstance(term, Entry) and term.name in held:
        return Entry(f"{HELD}{term.name}", term.indices)
    if isinstance(term, Binder):
        return type(term).over(term.letter, term.range, term.excluded, _with(held, term.scope))  # type: ignore[no-any-return]
    return rebuild(term, tuple(_with(held, part) for part in children(term)))


def holding(theory: Theory, names: frozenset[str]) -> tuple[dict[str, Unknown], tuple[Assumption, ...]]:
    """The constants among the names, that are not declared yet, and that each is equal to what it stands for."""
    constants: dict[str, Unknown] = {}
    assumed: list[Assumption] = []
    for name in sorted(name for name in names if name.startswith(HELD) and name not in theory.unknowns):
        definition = theory.definitions[name.removeprefix(HELD)]
        constants[name] = Unknown(name, False, tuple(parameter.range for parameter in definition.parameters))
        sides = (Entry(each, definition.parameters) for each in (name, definition.name))
        claim = Comparison(next(sides), "=", next(sides))
        assumed.append(Assumption(len(theory.assumptions) + len(assumed) + 1, claim))
    return constants, tuple(assumed)
