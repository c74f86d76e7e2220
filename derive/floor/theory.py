"""What the declarations of a derivation say: the sizes, unknowns, definitions and assumptions that its terms stand on.

A `Theory` is data and answers look-ups; what follows from it (signs, dependence, unfolding) is computed elsewhere. It cannot
be changed: every theorem belongs to one, and says something only beside what that declares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any
from weakref import WeakKeyDictionary

from derive.errors import KernelError
from derive.floor import terms as t
from derive.floor.frozen import Table, frozen


@frozen
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
        if not all(t.is_a("Range", extent) for extent in self.ranges):
            raise KernelError(f"{self.name} is declared over {self.ranges}")
        if self.relation is not None and (type(self.relation) is not str or self.relation not in (">", ">=", "!=")):
            raise KernelError(f"{self.name} is declared to be {self.relation} 0")


@frozen
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
            raise KernelError(f"{self.name} is of arguments, and there is an index or a derivative in its body")

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
                chosen[parameter] = running = t.local(parameter.name, parameter.range)
                computed.append((running, index))
        body = t.substitute(self.body, chosen)
        for over, index in reversed(computed):
            body = t.Sum(over, (), t.mul(t.Delta(index, over), body))
        return body


@frozen
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
        if type(self.arity) is not int or not (self.arity > 0 or self.of):
            raise KernelError(f"{self.name} is a function of nothing")


@frozen
class Assumption:
    """`assume A = B`: a hypothesis about the values; its free indices are universal. `number` counts from 1.

    `assume for all x: A = B` holds at all values that the variables `everywhere` can have, which are all that there are in it.
    """

    number: int
    claim: t.Comparison
    description: str = field(default="", compare=False)
    everywhere: frozenset[str] = frozenset()


def _alike(one: Definition | None, other: Definition | None) -> bool:
    """Whether two definitions say the same, whatever letters they use."""
    if one is None or other is None or one is other:
        return one is other
    ranges = [tuple(parameter.range for parameter in definition.parameters) for definition in (one, other)]
    if ranges[0] != ranges[1] or len(one.arguments) != len(other.arguments):
        return False
    places = tuple(t.local(parameter.name, parameter.range) for parameter in one.parameters)
    taken, arguments = {*t.entry_names(one.body), *t.entry_names(other.body)}, list[t.Term]()
    for _ in one.arguments:
        arguments.append(t.scalar(t.unused_name("?0", taken)))
        taken |= t.entry_names(arguments[-1])
    formal = t.Call(one.name, tuple(arguments)) if arguments else t.Entry(one.name, places)
    return t.alpha_equal(one.at(formal), other.at(formal))


def _is_within(place: t.Term, extent: t.Term) -> bool:
    if isinstance(place, t.Index):
        return place.range is extent
    if isinstance(place, t.Number):
        return 1 <= place.value <= (t.rational(extent) or place.value)
    return isinstance(place, t.Affine)


_fitting: WeakKeyDictionary[Theory, set[tuple[str, tuple[t.Term, ...] | int]]] = WeakKeyDictionary()  # uses that are right
TABLES = ("sizes", "unknowns", "definitions", "functions", "indices", "descriptions")  # the tables of a `Theory`, each by name


@frozen
class Theory:
    """All declarations above a point of a derivation, by name."""

    sizes: Mapping[str, int] = field(default_factory=dict)  # the least value of each
    unknowns: Mapping[str, Unknown] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    functions: Mapping[str, UnknownFunction] = field(default_factory=dict)
    indices: Mapping[str, t.Fixed] = field(default_factory=dict)  # `index o: K`
    assumptions: tuple[Assumption, ...] = ()
    descriptions: Mapping[str, str] = field(default_factory=dict, compare=False)  # of every name, in the order of declaration
    _names: frozenset[str] = field(init=False, repr=False, compare=False)
    _moving: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for kind in TABLES:
            object.__setattr__(self, kind, Table(getattr(self, kind)))
        object.__setattr__(self, "assumptions", tuple(self.assumptions))
        self._check()

    def _check(self) -> None:
        """Fails for what could change, is declared twice, or is made of itself or of what is not declared."""
        tables: tuple[Mapping[str, Any], ...] = (self.unknowns, self.definitions, self.functions, self.indices)
        for table, kind in zip(tables, (Unknown, Definition, UnknownFunction, t.Fixed), strict=True):
            for name, row in table.items():
                if type(row) is not kind or getattr(row, "name", None) != name:
                    raise TypeError(f"{name} is declared as {row!r}, which is no {kind.__name__} of that name")
        arrays = {*self.unknowns, *(name for name, row in self.definitions.items() if not row.arguments)}
        object.__setattr__(self, "_names", frozenset((*self.unknowns, *self.definitions, *self.functions)))
        object.__setattr__(self, "_moving", frozenset(arrays - {name for name, it in self.unknowns.items() if not it.variable}))
        named = [*(getattr(self, kind) for kind in TABLES), *(row.of for row in self.functions.values())]
        named += [(row.name, *row.arguments) for row in self.definitions.values()]
        named += [getattr(row, "everywhere", ()) for row in self.assumptions]
        if any(type(name) is not str for names in named for name in names):
            raise TypeError("a name is a text")
        if any(type(least) is not int or least < 1 for least in self.sizes.values()):
            raise KernelError("a size is a whole number, and at least 1")
        kinds = [(type(row), type(row.claim), type(getattr(row, "everywhere", ()))) for row in self.assumptions]
        if any(kind != (Assumption, t.Comparison, frozenset) for kind in kinds):
            raise TypeError("a relation is assumed")
        scalars = {name for name, it in self.unknowns.items() if it.variable and not it.ranges}
        still = {name for name, it in self.unknowns.items() if not it.variable}
        still |= {name for name, it in self.functions.items() if not it.of}
        for row in (row for row in self.assumptions if row.everywhere):
            if not t.entry_names(row.claim) - still <= row.everywhere <= scalars:
                raise KernelError("what holds everywhere is said for all variables in it, and of nothing that is defined")
        known = set(self.unknowns)
        waiting = [*self.definitions, *self.functions]
        if len(known) + len(waiting) != len(self._names):
            raise KernelError("a name is declared twice")
        for name, base in ((name, t.declared_name(name)) for name in self._names if "'" in name):
            # An example for a function is of its arguments alone: who asks what f' is made of is told what f is.
            rows = [self.definitions[each] for each in (name, base) if each in self.definitions]
            if len(rows) < 2 or any(self.made_of(row.name) or not row.arguments for row in rows):
                raise KernelError(f"{name} is the name of a derivative")
        while waiting:
            later: list[str] = []
            for name in waiting:
                (known.add if self.made_of(name) <= known else later.append)(name)
            if len(later) == len(waiting):
                raise KernelError(f"{later[0]} is made of itself, or of what is not declared")
            waiting = later
        extents = {index.range for index in self.indices.values()}.union(*map(self.ranges, arrays))
        of = {name for row in self.functions.values() for name in row.of}
        if not (of <= arrays and all(t.size_names(extent) <= self.sizes.keys() for extent in extents)):
            raise KernelError("a function is of what is no array, or a range of a size that is not declared")
        for row in self.definitions.values():
            free = t.free_indices(row.body).difference(row.parameters, self.indices.values())
            if not self._names.isdisjoint(row.arguments) or any(type(parameter) is not t.Index for parameter in row.parameters):
                raise KernelError(f"{row.name} is of what is declared, and not of an argument or index of its own")
            if free or not self._declares(row.body, row.arguments):
                raise KernelError(f"{row.name} is defined by what is not declared, or not in this way")
        if not self.declares(row.claim for row in self.assumptions):
            raise KernelError("an assumption is about what is not declared, or not declared in this way")

    __hash__ = object.__hash__  # what is known of one is remembered with it, as long as it lives

    def declares(self, terms: Iterable[t.Term]) -> bool:
        """Whether the terms say something here: all their names are used as they are declared, what is differentiated by can
        move, and every bound index has its binder.
        """
        return all(map(self._declares, terms))

    def _declares(self, term: t.Term, arguments: tuple[str, ...] = ()) -> bool:
        own = {(name, ()) for name in arguments}
        return (
            t.is_a("Term", term)
            and (t.uses(term) <= _fitting.get(self, set()) or all(use in own or self._fits(*use) for use in t.uses(term)))
            and t.size_names(term) <= self.sizes.keys()
            and t.moved_names(term) <= self._moving
            and t.is_closed(term)
        )

    def universal(self, claim: t.Term) -> frozenset[t.Index]:
        """The indices for all values of which an assumption is made: those that are free in it and not declared."""
        return t.free_indices(claim) - frozenset(self.indices.values())

    def assumed(self, claim: t.Comparison) -> Iterator[Assumption]:
        """The assumptions that a relation is an instance of: the usual one is the assumption itself."""
        bound = sorted(self.universal(claim), key=t.by_name)
        for each in self.assumptions:
            names = sorted(self.universal(each.claim), key=t.by_name)
            if len(names) == len(bound) and all(a.range is b.range for a, b in zip(names, bound, strict=True)):
                mapping: dict[t.Term, t.Term] = dict(zip(names, bound, strict=True))
                if t.alpha_equal(t.substitute(each.claim, mapping), claim):
                    yield each

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
            _fitting.setdefault(self, set()).add((name, use))
        return fits

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
        """Whether what the terms are about is declared alike in both, and what is assumed everywhere there is so here."""
        everywhere = [row for row in other.assumptions if row.everywhere]
        terms = (*terms, *(row.claim for row in everywhere))
        names = frozenset(self.behind(frozenset[str]().union(*map(t.entry_names, terms))))
        arrays = (name for name in names if name in self.unknowns or name in self.definitions)
        told = [*terms, *(self.definitions[name].body for name in names if name in self.definitions)]
        told += [extent for name in arrays for extent in self.ranges(name)]
        names |= {name for term in told for name, _ in t.uses(term)}  # those of derivatives that are defined
        told += [self.definitions[name].body for name in names if name in self.definitions]
        fixed = (index for term in told for index in t.free_indices(term) if isinstance(index, t.Fixed))
        return (
            all(any(row.everywhere <= own.everywhere for own in self.assumed(row.claim)) for row in everywhere)
            and all(self.sizes.get(size) == other.sizes.get(size) for term in told for size in t.size_names(term))
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
        return None if definition is None or isinstance(term, t.Call) != bool(definition.arguments) else definition.at(term)


MOST_THEORIES = 8  # those asked about last, of which more is remembered: what is known of one holds it, and would keep it
