"""What the declarations of a derivation say: the sizes, unknowns, definitions and assumptions that its terms stand on.

A `Theory` is data and answers look-ups; what follows from it (signs, dependence, unfolding) is computed elsewhere. It cannot
be changed: every theorem belongs to one, and says something only beside what that declares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from derive.floor import terms as t


@dataclass(frozen=True)
class Unknown:
    """A real unknown: `variable Z[H]`, `constant eps > 0`.

    `ranges` are the ranges of its indices; `relation` is the one declared to 0 for every entry (`>`, `>=`, `!=`), if any.
    """

    name: str
    variable: bool
    ranges: tuple[t.Term, ...] = ()
    relation: str | None = None
    description: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranges", tuple(self.ranges))
        object.__setattr__(self, "variable", bool(self.variable))
        if self.relation not in (None, ">", ">=", "!="):
            raise ValueError(f"{self.name} is declared to be {self.relation} 0")


@dataclass(frozen=True)
class Definition:
    """`define O[i] = …` (parameters i) or `define sigma(u) = …` (arguments u): a name for an expression.

    In the body a parameter is that `Index`, and an argument the scalar entry of its name; the reader gives it one that no text
    can hold (see `language.names`).
    """

    name: str
    parameters: tuple[t.Index, ...]
    arguments: tuple[str, ...]
    body: t.Term
    description: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", tuple(self.parameters))
        object.__setattr__(self, "arguments", tuple(self.arguments))
        if self.arguments and (self.parameters or t.moved_names(self.body)):
            raise ValueError(f"{self.name} is of arguments, and there is an index or a derivative in its body")

    def at(self, term: t.Entry | t.Call) -> t.Term:
        """The body for the indices or arguments of `term`.

        At a computed index, beyond whose range the entry is 0, it is a sum: y[t + 1] is sum(delta(t + 1, s)*…, s), with what
        y[s] stands for.
        """
        if isinstance(term, t.Call):
            formal: list[t.Term] = [t.Entry(name, ()) for name in self.arguments]
            return t.substitute(self.body, dict(zip(formal, term.arguments, strict=True)))
        computed: list[tuple[t.Index, t.Affine]] = []
        chosen: dict[t.Term, t.Term] = {}
        for parameter, index in zip(self.parameters, term.indices, strict=True):
            chosen[parameter] = index
            if isinstance(index, t.Affine):
                running = t.local(parameter.name, parameter.range)
                chosen[parameter] = running
                computed.append((running, index))
        body = t.substitute(self.body, chosen)
        for over, index in reversed(computed):
            body = t.Sum(over, (), t.mul(t.Delta(index, over), body))
        return body


@dataclass(frozen=True)
class UnknownFunction:
    """`function f(u)` (of `arity` numbers), or `function L(y[n])`, used as `L`: of all entries of the arrays `of`.

    Either has continuous derivatives of all orders; those of one of numbers are written f'(u) and g'1(u, v).
    """

    name: str
    arity: int
    of: tuple[str, ...] = ()
    description: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "of", tuple(self.of))


@dataclass(frozen=True)
class Assumption:
    """`assume A = B`: a hypothesis about the values; its free indices are universal. `number` counts from 1."""

    number: int
    claim: t.Comparison
    description: str = field(default="", compare=False)


def _alike(one: Definition | None, other: Definition | None) -> bool:
    """Whether two definitions say the same, whatever letters they use."""
    if one is None or other is None or one is other:
        return one is other
    ranges = [tuple(parameter.range for parameter in definition.parameters) for definition in (one, other)]
    if ranges[0] != ranges[1] or len(one.arguments) != len(other.arguments):
        return False
    places = tuple(t.local(parameter.name, parameter.range) for parameter in one.parameters)
    arguments = tuple(t.scalar(f"?{position}") for position in range(len(one.arguments)))
    formal = t.Call(one.name, arguments) if arguments else t.Entry(one.name, places)
    return t.alpha_equal(one.at(formal), other.at(formal))


def _is_within(place: t.Term, extent: t.Term) -> bool:
    if isinstance(place, t.Index):
        return place.range is extent
    if isinstance(place, t.Number):
        return 1 <= place.value <= (t.rational(extent) or place.value)
    return isinstance(place, t.Affine)


TABLES = ("sizes", "unknowns", "definitions", "functions", "indices", "descriptions")  # the tables of a `Theory`, each by name


@dataclass(frozen=True)
class Theory:
    """All declarations above a point of a derivation, by name."""

    sizes: Mapping[str, int] = field(default_factory=dict)  # the least value of each
    unknowns: Mapping[str, Unknown] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    functions: Mapping[str, UnknownFunction] = field(default_factory=dict)
    indices: Mapping[str, t.Fixed] = field(default_factory=dict)  # `index o: K`
    assumptions: tuple[Assumption, ...] = ()
    descriptions: Mapping[str, str] = field(default_factory=dict, compare=False)  # of every name, in the order of declaration

    def __post_init__(self) -> None:
        for kind in TABLES:
            object.__setattr__(self, kind, MappingProxyType(dict(getattr(self, kind))))
        object.__setattr__(self, "assumptions", tuple(self.assumptions))
        self._check()

    def _check(self) -> None:
        """Fails for what could change, for what is declared twice, and for a name that is made of itself or of nothing."""
        tables: tuple[Mapping[str, Any], ...] = (self.unknowns, self.definitions, self.functions, self.indices)
        for table, kind in zip(tables, (Unknown, Definition, UnknownFunction, t.Fixed), strict=True):
            for name, row in table.items():
                if type(row) is not kind or getattr(row, "name", None) != name:
                    raise TypeError(f"{name} is declared as {row!r}, which is no {kind.__name__} of that name")
        if any(type(least) is not int or least < 1 for least in self.sizes.values()):
            raise ValueError("a size is a whole number, and at least 1")
        if any(type(row) is not Assumption or type(row.claim) is not t.Comparison for row in self.assumptions):
            raise TypeError("a relation is assumed")
        known = set(self.unknowns)
        waiting = [*self.definitions, *self.functions]
        if len(known) + len(waiting) != len(self._names):
            raise ValueError("a name is declared twice")
        for name, base in ((name, t.declared_name(name)) for name in self._names if "'" in name):
            # Whoever looks for what a derivative is made of looks at the function; examples are made of their arguments only.
            if not {name, base} <= self.definitions.keys() or self.made_of(name) or self.made_of(base):
                raise ValueError(f"{name} is the name of a derivative")
        while waiting:
            later: list[str] = []
            for name in waiting:
                (known.add if self.made_of(name) <= known else later.append)(name)
            if len(later) == len(waiting):
                raise ValueError(f"{later[0]} is made of itself, or of what is not declared")
            waiting = later
        for row in self.definitions.values():
            free = t.free_indices(row.body).difference(row.parameters, self.indices.values())
            if not self._names.isdisjoint(row.arguments) or any(type(parameter) is not t.Index for parameter in row.parameters):
                raise ValueError(f"{row.name} is of what is declared, and not of an argument or index of its own")
            if free or not t.is_closed(row.body) or not t.size_names(row.body) <= self.sizes.keys():
                raise ValueError(f"{row.name} is defined by an index or size that is not declared")

    def __reduce__(self) -> tuple[Any, ...]:
        *tables, descriptions = (dict(getattr(self, kind)) for kind in TABLES)
        return Theory, (*tables, self.assumptions, descriptions)

    __hash__ = object.__hash__  # what is known of one is remembered with it, as long as it lives

    def declares(self, terms: Iterable[t.Term]) -> bool:
        """Whether the terms say something here: all their names are used as they are declared, what is differentiated by can
        move, and every bound index has its binder.
        """
        return all(
            isinstance(term, t.Term)
            and (t.uses(term) <= self._fitting or all(self._fits(*use) for use in t.uses(term)))
            and t.size_names(term) <= self.sizes.keys()
            and t.moved_names(term) <= self._moving
            and t.is_closed(term)
            for term in terms
        )

    def universal(self, claim: t.Term) -> frozenset[t.Index]:
        """The indices for all values of which an assumption is made: those that are free in it and not declared."""
        return t.free_indices(claim) - frozenset(self.indices.values())

    def _fits(self, name: str, use: tuple[t.Term, ...] | int) -> bool:
        """Whether a name has so many arguments, or indices that run so far."""
        definition, function = self.definitions.get(name), self.functions.get(t.declared_name(name))
        arity = len(definition.arguments) if definition else function.arity if function and not function.of else 0
        if isinstance(use, int) or arity or name not in self._names:
            fits = use == arity > 0 and all(argument <= arity for argument in t.partials(name))
        else:
            extents = self.ranges(name)
            fits = len(use) == len(extents) and all(map(_is_within, use, extents))
        if fits:
            self._fitting.add((name, use))
        return fits

    @cached_property
    def _fitting(self) -> set[tuple[str, tuple[t.Term, ...] | int]]:
        """The uses of names that were looked at, and are right."""
        return set()

    @cached_property
    def _moving(self) -> frozenset[str]:
        variables = (name for name, unknown in self.unknowns.items() if unknown.variable)
        return frozenset((*variables, *(name for name, row in self.definitions.items() if not row.arguments)))

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset((*self.unknowns, *self.definitions, *self.functions))

    def made_of(self, name: str) -> frozenset[str]:
        """The names by which a name is defined, or of which it is a function."""
        if name in self.definitions:
            definition = self.definitions[name]
            return t.entry_names(definition.body).difference(definition.arguments)
        return frozenset(self.functions[name].of if name in self.functions else ())

    def behind(self, names: Iterable[str], frozen: frozenset[str] = frozenset()) -> Iterator[str]:
        """The names, and those that they are made of, at any depth; `frozen` names are not looked into."""
        seen: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                yield name
                waiting.extend(() if name in frozen else self.made_of(name))

    def agrees(self, other: Theory, terms: Iterable[t.Term]) -> bool:
        """Whether the other theory declares the names in the terms as this one does, and those that they are made of."""
        terms = tuple(terms)
        names = frozenset(self.behind(frozenset[str]().union(*map(t.entry_names, terms))))
        arrays = (name for name in names if name in self.unknowns or name in self.definitions)
        told = [*terms, *(self.definitions[name].body for name in names if name in self.definitions)]
        told += [extent for name in arrays for extent in self.ranges(name)]
        fixed = (index for term in told for index in t.free_indices(term) if isinstance(index, t.Fixed))
        return (
            all(self.sizes.get(size) == other.sizes.get(size) for term in told for size in t.size_names(term))
            and all(self.indices.get(index.name) is other.indices.get(index.name) for index in fixed)
            and all(self.unknowns.get(name) == other.unknowns.get(name) for name in names)
            and all(self.functions.get(name) == other.functions.get(name) for name in names)
            and all(_alike(self.definitions.get(name), other.definitions.get(name)) for name in names)
        )

    def ranges(self, name: str) -> tuple[t.Term, ...]:
        """The ranges of the indices of the array, scalar or defined name `name`; `KeyError` where there is none."""
        if name in self.unknowns:
            return self.unknowns[name].ranges
        if name in self.definitions:
            return tuple(index.range for index in self.definitions[name].parameters)
        if name in self.functions and self.functions[name].of:
            return ()
        raise KeyError(name)

    def is_differentiable(self, name: str) -> bool:
        """Whether `name` is a declared function of numbers, or a derivative of one: f, f', g'1'2."""
        function = self.functions.get(t.declared_name(name))
        return function is not None and not function.of

    def unfold(self, term: t.Entry | t.Call) -> t.Term | None:
        """What a defined name stands for at its own indices or arguments; None where it is not defined."""
        definition = self.definitions.get(term.name)
        if definition is None or isinstance(term, t.Call) != bool(definition.arguments):
            return None
        return definition.at(term)


MOST_THEORIES = 8
"""The theories that were asked about last, of which more is remembered: what is known of one holds it, and would keep it."""
