"""Reasons and licences: what the author of a step writes, and what it allows.

    by product, definition(E), "collect terms"        the rule product, and the definition of E
    a proof that used sum, definition(E), algebra     by sum, definition(E), algebra

A reason in quotes allows nothing by itself: it leaves the choice of the rules to the tool.
"""

from __future__ import annotations

from dataclasses import replace

from derive.engine.justify import Licence
from derive.engine.rewriting import Context
from derive.floor.terms import Fixed, Index, Number, Term, free_indices, number, subterms
from derive.language.derivation import Reason


def licence_of(reasons: tuple[Reason, ...], context: Context, terms: tuple[Term, ...]) -> Licence:
    """What the reasons of a step allow."""
    names: set[str] = set()
    definitions: set[str] | None = set()
    lemmas: list[str] = []
    assumption = False
    splits: list[Term] = []
    for reason in reasons:
        if reason.name is None:
            continue
        if reason.name == "definition":
            definitions = None if not reason.arguments or definitions is None else definitions | set(reason.arguments)
        elif reason.name == "assumption":
            assumption = True
        elif reason.name in context.lemmas:
            lemmas.append(reason.name)
        else:
            names.add(reason.name)
            if reason.name == "split":
                splits.extend(p for a in reason.arguments if (p := _split_point(a, terms)) is not None)
    wanted = None if definitions is None else frozenset(definitions)
    return Licence(frozenset(names), wanted, tuple(lemmas), assumption, tuple(splits))


def _split_point(argument: str, terms: tuple[Term, ...]) -> Term | None:
    """The k of `split(i = k)`: an index that is free in the step, or a whole number."""
    name = argument.split("=")[-1].strip()
    if name.isascii() and name.isdigit():
        return Number(number(name).value)
    every = [i for t in terms for i in (*free_indices(t), *(p for p in subterms(t) if isinstance(p, Index)))]
    # Of two indices of one name, the declared one is what the author can mean by it.
    return {i.name: i for i in sorted(every, key=lambda index: isinstance(index, Fixed))}.get(name)


def exactly(used: tuple[str, ...], licence: Licence, context: Context, terms: tuple[Term, ...]) -> Licence:
    """What a proof used, as a licence: what of it has a name."""
    exact = licence_of(tuple(map(_reason, used)), context, terms)
    return replace(exact, rules=exact.rules - {"rearrangement"}, splits=licence.splits)


def _reason(name: str) -> Reason:
    """What a proof used, as a reason: definition(E) is that of E."""
    return Reason("definition", (name[11:-1],)) if name.startswith("definition(") else Reason(name)


def in_order(licence: Licence, used: tuple[str, ...]) -> tuple[str, ...]:
    """A licence as the reasons to type, those that a proof used in their order and the others after them."""
    names = written(licence)
    return (*(name for name in used if name in names), *(name for name in names if name not in used)) or ("rearrangement",)


def written(licence: Licence) -> tuple[str, ...]:
    """A licence as the reasons to type."""
    every = licence.definitions is None
    names = ["definition"] if every else [f"definition({name})" for name in sorted(licence.definitions or ())]
    return (*names, *licence.lemmas, *(["assumption"] if licence.assumption else []), *sorted(licence.rules))
