"""What the declarations of a derivation say: the sizes, unknowns, definitions and assumptions that its terms stand on.

A `Signature` is data and answers look-ups; what follows from it (signs, dependence, unfolding) is computed elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.floor.terms import (
    Affine,
    Call,
    Comparison,
    Delta,
    Entry,
    Fixed,
    Index,
    Sum,
    Term,
    declared_name,
    local,
    mul,
    substitute,
)


@dataclass(frozen=True)
class Unknown:
    """A real unknown: `variable Z[H]`, `constant eps > 0`.

    `ranges` are the ranges of its indices; `relation` is the one declared to 0 for every entry (`>`, `>=`, `!=`), if any.
    """

    name: str
    variable: bool
    ranges: tuple[Term, ...] = ()
    relation: str | None = None
    description: str = ""


@dataclass(frozen=True)
class Definition:
    """`define O[i] = …` (parameters i) or `define sigma(u) = …` (arguments u): a name for an expression.

    In the body a parameter is that `Index`, and an argument the scalar entry of its name; the reader gives it one that no text
    can hold (see `argument_name`).
    """

    name: str
    parameters: tuple[Index, ...]
    arguments: tuple[str, ...]
    body: Term
    description: str = ""


@dataclass(frozen=True)
class UnknownFunction:
    """`function f(u)` (of `arity` numbers), or `function L(y[n])`, used as `L`: of all entries of the arrays `of`.

    One of numbers has continuous derivatives of all orders, written f'(u) and g'1(u, v).
    """

    name: str
    arity: int
    of: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Assumption:
    """`assume A = B`: a hypothesis about the values; its free indices are universal. `number` counts from 1."""

    number: int
    claim: Comparison
    description: str = ""


@dataclass(frozen=True)
class Signature:
    """All declarations above a point of a derivation, by name."""

    sizes: dict[str, int] = field(default_factory=dict)  # the least value of each
    unknowns: dict[str, Unknown] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    functions: dict[str, UnknownFunction] = field(default_factory=dict)
    indices: dict[str, Fixed] = field(default_factory=dict)  # `index o: K`
    assumptions: tuple[Assumption, ...] = ()
    descriptions: dict[str, str] = field(default_factory=dict, compare=False)  # of every name, in the order of declaration

    def __post_init__(self) -> None:
        for name, index in self.indices.items():
            if not isinstance(index, Fixed):
                raise TypeError(f"the declared index {name} is a Fixed, not another index that may be bound")

    __hash__ = object.__hash__  # what is known of one is remembered with it, as long as it lives

    def ranges(self, name: str) -> tuple[Term, ...]:
        """The ranges of the indices of the array, scalar or defined name `name`; `KeyError` where there is none."""
        if name in self.unknowns:
            return self.unknowns[name].ranges
        if name in self.definitions:
            return tuple(index.range for index in self.definitions[name].parameters)
        if name in self.functions and self.functions[name].of:
            return ()
        raise KeyError(name)

    def is_variable(self, name: str) -> bool:
        """Whether `name` is a declared variable."""
        return name in self.unknowns and self.unknowns[name].variable

    def is_differentiable(self, name: str) -> bool:
        """Whether `name` is a declared function of numbers, or a derivative of one: f, f', g'1'2."""
        function = self.functions.get(declared_name(name))
        return function is not None and not function.of

    def unfold(self, term: Entry | Call) -> Term | None:
        """The body of the definition of `term` for its own indices or arguments; None where its name is not defined.

        At a computed index, beyond whose range the entry is 0, it is a sum: y[t + 1] is sum(delta(t + 1, s)*…, s), with what
        y[s] stands for.
        """
        definition = self.definitions.get(term.name)
        if definition is None:
            return None
        if isinstance(term, Call):
            formal: list[Term] = [Entry(name, ()) for name in definition.arguments]
            return substitute(definition.body, dict(zip(formal, term.arguments, strict=True)))
        computed: list[tuple[Index, Affine]] = []
        chosen: dict[Term, Term] = {}
        for parameter, index in zip(definition.parameters, term.indices, strict=True):
            chosen[parameter] = index
            if isinstance(index, Affine):
                running = local(parameter.name, parameter.range)
                chosen[parameter] = running
                computed.append((running, index))
        body = substitute(definition.body, chosen)
        for over, index in reversed(computed):
            body = Sum(over, (), mul(Delta(index, over), body))
        return body
