"""Inferences as data: which function of the kernel is called, and with what.

    ["transitivity", [], [4, 7], "", [12, 15, [0]]]

A row is the figure, what it is given besides premises, the premises by their numbers, the label, and what the theorem says: its
two sides and its conditions. `FIGURES` says what each figure is given. Names in a row are looked up in that table and in those
of the kernel, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from derive.errors import KernelError
from derive.floor import kernel
from derive.floor.conditions import Condition
from derive.floor.frozen import Table
from derive.floor.kernel import Theorem
from derive.floor.laws import LAWS, Law
from derive.floor.signs import Knowledge
from derive.floor.terms import Term
from derive.floor.theory import Theory
from derive.proofs.malformed import number, refuse, row, rows, text, whole
from derive.proofs.terms import Terms, Written

Premises = Sequence[Theorem]


class Unrecordable(Exception):
    """A theorem that cannot be written down so that the kernel can make it again."""


class Writing:
    """What data is written with: the table of terms, and the number of each theory."""

    def __init__(self, theory_number: Callable[[Theory], int]) -> None:
        self.terms = Written()
        self.theory_number = theory_number


class Reading:
    """What data is read with: terms by number, and theories."""

    def __init__(self, terms: Terms, theories: Sequence[Theory]) -> None:
        self.terms = terms
        self.theories = theories

    def theory(self, data: Any) -> Theory:
        """The theory of that number."""
        return self.theories[number(data, len(self.theories), "a theory")]


class Kind(NamedTuple):
    """One thing that a figure is given: how it is written, and how it is read."""

    write: Callable[[Any, Writing], Any]
    read: Callable[[Any, Reading], Any]


# --- what figures are given ----------------------------------------------------------------------------------------------


def _written_terms(terms: Sequence[Term], writing: Writing) -> list[int]:
    return [writing.terms.number(term) for term in terms]


def _in_order(terms: frozenset[Any], writing: Writing) -> list[int]:
    return sorted(_written_terms(sorted(terms, key=repr), writing))


_TERM = Kind(lambda term, w: w.terms.number(term), lambda data, r: r.terms.term(data))
_OPTIONAL = Kind(
    lambda term, w: None if term is None else w.terms.number(term),
    lambda data, r: None if data is None else r.terms.term(data),
)
_INDEX = Kind(lambda term, w: w.terms.number(term), lambda data, r: r.terms.index(data))
_INDICES = Kind(_in_order, lambda data, r: frozenset(r.terms.index(each) for each in rows(data, "indices")))
_RELATION = Kind(lambda term, w: w.terms.number(term), lambda data, r: r.terms.relation(data))
_TEXT = Kind(lambda name, w: name, lambda data, r: text(data, "a name"))
_PLACES = Kind(lambda places, w: list(places), lambda data, r: tuple(whole(each, "a place") for each in rows(data, "places")))
_THEORY = Kind(lambda theory, w: w.theory_number(theory), lambda data, r: r.theory(data))


def _write_law(place: int, writing: Writing) -> list[Any]:
    rule = LAWS[place].rule
    return [rule, _laws_of(rule).index(LAWS[place])]


def _read_law(data: Any, reading: Reading) -> Law:
    rule, place = row(data, "a law", 2)
    laws = _laws_of(text(rule, "a law"))
    return laws[number(place, len(laws), f"a law of {rule}")]


def _laws_of(rule: str) -> list[Law]:
    return [law for law in LAWS if law.rule == rule]


_LAW = Kind(_write_law, _read_law)
_LETTERS = Kind(
    lambda values, w: {letter: w.terms.number(term) for letter, term in values},
    lambda data, r: {letter: r.terms.term(each) for letter, each in _object(data, "the letters of a law").items()},
)
_MAPPING = Kind(
    lambda mapping, w: [_written_terms(pair, w) for pair in mapping],
    lambda data, r: dict(_pair(each, r) for each in rows(data, "a mapping")),
)


def _pair(data: Any, reading: Reading) -> tuple[Term, Term]:
    old, new = row(data, "what replaces a term", 2)
    return reading.terms.term(old), reading.terms.term(new)


def _object(data: Any, what: str) -> dict[str, Any]:
    if type(data) is not dict:
        refuse(f"{what}: an object is needed")
    return data


def _names(data: Any) -> frozenset[str]:
    return frozenset(text(name, "a name") for name in rows(data, "names"))


def _looked_up(table: Mapping[str, Any], key: str, what: str) -> Any:
    if key not in table:
        refuse(f"{what}: there is no {key}")
    return table[key]


_NAMES = Kind(lambda names, w: sorted(names), lambda data, r: _names(data))


def _write_knowledge(knowledge: Knowledge, writing: Writing) -> list[Any]:
    return [_written_terms(knowledge.hypotheses, writing), _written_terms(knowledge.conditions, writing)]


def _read_knowledge(data: Any, reading: Reading) -> tuple[Any, Any]:
    hypotheses, conditions = row(data, "what is known", 2)
    return reading.terms.relations(hypotheses), reading.terms.relations(conditions)


_KNOWLEDGE = Kind(_write_knowledge, _read_knowledge)


# --- the figures ---------------------------------------------------------------------------------------------------------


class Figure(NamedTuple):
    """A function of the kernel: what it is given, how many premises (None: any number), and the call.

    With `of_theory`, the theory stands first in its data: no premise tells it. The label is given to `ring` and `told` only.
    """

    given: tuple[Kind, ...]
    premises: int | None
    make: Callable[[Sequence[Any], Premises, str], Theorem | None]
    of_theory: bool = False


def _congruence(given: Sequence[Any], premises: Premises, label: str) -> Theorem:
    term, places = given
    if len(places) != len(premises) or len(set(places)) != len(places):
        raise KernelError("congruence: a theorem is needed for each place")
    return kernel.congruence(term, dict(zip(places, premises, strict=True)))


def _by_rule(given: Sequence[Any], premises: Premises, label: str) -> Theorem | None:
    theory, name, term, (hypotheses, conditions), through = given
    return kernel.by_rule(name, term, Knowledge(theory, hypotheses, conditions), through)


def _over_range(given: Sequence[Any], premises: Premises, label: str) -> Theorem:
    theory, name, term, place = given
    return kernel.over_range(name, term, theory, place)


def _ring(given: Sequence[Any], premises: Premises, label: str) -> Theorem:
    theory, left, right = given
    return kernel.ring(left, right, theory, label, tuple(premises))


def _instantiate(given: Sequence[Any], premises: Premises, label: str) -> Theorem:
    mapping, (hypotheses, conditions) = given
    (theorem,) = premises
    return kernel.instantiate(theorem, mapping, Knowledge(theorem.theory, hypotheses, conditions))


FIGURES: Mapping[str, Figure] = Table(
    {
        "reflexivity": Figure((_TERM,), 0, lambda g, p, _: kernel.reflexivity(g[1], g[0]), of_theory=True),
        "symmetry": Figure((), 1, lambda g, p, _: kernel.symmetry(*p)),
        "transitivity": Figure((), 2, lambda g, p, _: kernel.transitivity(*p)),
        "congruence": Figure((_TERM, _PLACES), None, _congruence),
        "definition": Figure((_TERM,), 0, lambda g, p, _: kernel.definition(g[1], g[0]), of_theory=True),
        "hypothesis": Figure((_RELATION, _INDICES), 0, lambda g, p, _: kernel.hypothesis(g[1], g[0], g[2]), of_theory=True),
        "by_rule": Figure((_TEXT, _TERM, _KNOWLEDGE, _NAMES), 0, _by_rule, of_theory=True),
        "told": Figure((), 1, lambda g, p, label: kernel.told(p[0], label)),
        "ring": Figure((_TERM, _TERM), None, _ring, of_theory=True),
        "by_law": Figure((_LAW, _LETTERS), 0, lambda g, p, _: kernel.by_law(g[1], g[2], g[0]), of_theory=True),
        "over_range": Figure((_TEXT, _TERM, _OPTIONAL), 0, _over_range, of_theory=True),
        "instantiate": Figure((_MAPPING, _KNOWLEDGE), 1, _instantiate),
        "cite": Figure((_TEXT,), 1, lambda g, p, _: kernel.cite(p[0], g[1], g[0]), of_theory=True),
        "cases": Figure((_TERM, _TERM, _RELATION), 2, lambda g, p, _: kernel.cases(g[0], g[1], g[2], *p)),
        "every_value": Figure(
            (_TERM, _TERM, _INDEX), None, lambda g, p, _: kernel.every_value(g[1], g[2], g[3], tuple(p), g[0]), of_theory=True
        ),
    }
)
"""The figures by name: all that the kernel has."""


def written(theorem: Theorem, premises: Sequence[int], writing: Writing) -> list[Any]:
    """The row of a theorem, its conclusion left out. Fails with `Unrecordable` where it is not made by one of the figures."""
    figure, given, label = theorem.inference
    row = FIGURES.get(figure)
    if row is None:
        raise Unrecordable(f"there is no figure {figure}")
    data = [kind.write(each, writing) for kind, each in zip(row.given, given, strict=True)]
    theory = [writing.theory_number(theorem.theory)] if row.of_theory else []
    return [figure, theory + data, list(premises), label]


def condition(found: Condition, writing: Writing) -> list[Any]:
    """A condition: the claim, the indices for all values of which it is made, and the guards that these meet."""
    return [writing.terms.number(found.claim), _in_order(found.bound, writing), _in_order(found.guards, writing)]


class Call(NamedTuple):
    """An inference that was read: all that is needed to make it again, and what it is said to give."""

    figure: str
    given: tuple[Any, ...]
    premises: tuple[int, ...]
    label: str
    left: Term
    right: Term
    conditions: frozenset[Any]

    def made(self, theorems: Premises) -> Theorem | None:
        """The theorem that the kernel makes of the premises. Fails as the kernel fails."""
        return FIGURES[self.figure].make(self.given, theorems, self.label)


def call(data: Any, place: int, conditions: Sequence[Any], reading: Reading) -> Call:
    """Reads the row of that number."""
    what = f"inference {place}"
    name, given, premises, label, conclusion = row(data, what, 5)
    figure: Figure = _looked_up(FIGURES, text(name, what), what)
    numbers = tuple(number(each, place, what) for each in rows(premises, what))
    if figure.premises not in (None, len(numbers)):
        refuse(f"{what}: {name} has {figure.premises} premises")
    kinds = (_THEORY, *figure.given) if figure.of_theory else figure.given
    values = tuple(kind.read(each, reading) for kind, each in zip(kinds, row(given, what, len(kinds)), strict=True))
    left, right, under = row(conclusion, what, 3)
    met = frozenset(conditions[number(each, len(conditions), what)] for each in rows(under, what))
    return Call(name, values, numbers, text(label, what), reading.terms.term(left), reading.terms.term(right), met)


def read_condition(data: Any, reading: Reading) -> Any:
    """What tells one condition from another."""
    claim, bound, guards = row(data, "a condition", 3)
    terms = reading.terms
    indices = frozenset(terms.index(each) for each in rows(bound, "indices"))
    return terms.relation(claim), indices, frozenset(terms.relations(guards))


def key(found: Condition) -> Any:
    """The same of a condition of a theorem."""
    return found.claim, found.bound, found.guards
