"""The audit's own expressions: a claim at fixed sizes and indices, written out over scalar symbols.

    sum(x[i]*O[i], i) at n = 2      x[1]*(exp(x[1])/(exp(x[1]) + exp(x[2]))) + x[2]*(…)

`Expansion` walks a term with an environment (which index is which number, which argument which expression), and so never
substitutes: there is nothing that could capture. Definitions are opened with an environment of their own. Every function is
brought back to exp, ln, sin, cos, erf, arctan, roots and choices, by what stands here, or else by what its row means. A
derivative stays a node, `derive`, until it is evaluated at a point (audit_points) or differentiated by the rules below
(`slope`). A derivative by a defined entry moves that entry: O[i] is what it is defined by, plus a symbol that is 0. A declared
function is a polynomial whose coefficients are symbols.

Nothing is simplified away that might have no value: 0*(1/x) stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import Any

from derive.floor.functions import TABLE
from derive.floor.terms import (
    Add,
    Affine,
    Apply,
    Binder,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    If,
    Index,
    Max,
    Min,
    Mul,
    Neg,
    Number,
    Ordinal,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    children,
)
from derive.floor.theory import Definition, Theory

LARGEST = 3_000  # nodes of one expansion
Symbol = tuple[Any, ...]


class Unsupported(Exception):
    """The term is not audited, for the reason said."""


# --- expressions -----------------------------------------------------------------------------------------------------


class Node:
    """An expression. `kind` says how `data` and `parts` are meant; equal ones of one `Pool` are the same object.

    number q | symbol s | add | mul | power q (base), q a literal | raise (base, exponent) | pi
    exp ln sin cos erf arctan (argument) | choice relation (gap, then, otherwise): then, where gap stands in the relation to 0
    derive s (body) | void: no value
    power? and power! are powers with a whole exponent of which the form leaves open what they are of 0, of a base <= 0

    `whole` says of a number what its form is: 2 of whole numbers and sizes that is not negative, 1 of such with a sign, 0 else.
    """

    __slots__ = ("data", "kind", "order", "parts", "symbols", "total", "whole")

    def __init__(self, kind: str, data: Any, parts: tuple[Node, ...], order: int) -> None:
        self.kind, self.data, self.parts, self.order = kind, data, parts, order
        own = frozenset((data,)) if kind in ("symbol", "derive") else frozenset()
        self.symbols: frozenset[Symbol] = own.union(*[p.symbols for p in parts])
        plain = kind in ("number", "symbol", "add", "mul", "exp", "sin", "cos", "erf", "arctan", "pi")
        self.total: bool = (plain or (kind == "power" and data >= 0 and data.denominator == 1)) and all(p.total for p in parts)
        self.whole = 0

    def __repr__(self) -> str:
        return f"{self.kind}({self.data if self.data is not None else ''}{', '.join(map(repr, self.parts))})"


class Pool:
    """The maker of nodes."""

    def __init__(self) -> None:
        self.nodes: dict[Any, Node] = {}
        self.zero, self.one = self.number(Fraction(0), 2), self.number(Fraction(1), 2)
        self.slopes: dict[tuple[Node, Symbol], Node] = {}

    def make(self, kind: str, data: Any, *parts: Node) -> Node:
        key = (kind, data, *[p.order for p in parts])
        found = self.nodes.get(key)
        if found is None:
            if len(self.nodes) > LARGEST:
                raise Unsupported("too large")
            found = self.nodes[key] = Node(kind, data, parts, len(self.nodes))
        return found

    def number(self, value: Fraction, whole: int = 0) -> Node:
        key = ("number", value, whole)
        found = self.nodes.get(key)
        if found is None:
            found = self.nodes[key] = Node("number", value, (), len(self.nodes))
            found.whole = whole
        return found

    def symbol(self, symbol: Symbol) -> Node:
        return self.make("symbol", symbol)

    def add(self, *parts: Node) -> Node:
        constant, whole, rest = Fraction(0), 2, []
        for part in parts:
            for p in part.parts if part.kind == "add" else (part,):
                if p.kind == "number":
                    constant, whole = constant + p.data, min(whole, p.whole)
                else:
                    rest.append(p)
        if not rest:
            return self.number(constant, whole)
        if constant:
            rest.append(self.number(constant))
        return rest[0] if len(rest) == 1 else self.make("add", None, *sorted(rest, key=lambda n: n.order))

    def mul(self, *parts: Node) -> Node:
        constant, whole, rest = Fraction(1), 2, []
        for part in parts:
            for p in part.parts if part.kind == "mul" else (part,):
                if p.kind == "number":
                    constant, whole = constant * p.data, min(whole, p.whole)
                else:
                    rest.append(p)
        if constant == 0:
            rest = [p for p in rest if not p.total]
        if not rest:
            return self.number(constant, whole)
        if constant != 1:
            rest.append(self.number(constant))
        return rest[0] if len(rest) == 1 else self.make("mul", None, *sorted(rest, key=lambda n: n.order))

    def neg(self, part: Node) -> Node:
        if part.kind == "number":
            return self.number(-part.data, min(part.whole, 1))
        return self.mul(self.number(Fraction(-1)), part)

    def power(self, base: Node, exponent: Fraction) -> Node:
        if base.kind == "number" and exponent.denominator == 1 and (base.data or exponent >= 0):
            return self.number(base.data ** int(exponent))
        return base if exponent == 1 else self.make("power", exponent, base)

    def divide(self, above: Node, below: Node) -> Node:
        return self.mul(above, self.power(below, Fraction(-1)))

    def choice(self, gap: Node, relation: str, then: Node, otherwise: Node) -> Node:
        if gap.kind == "number":
            return then if holds(relation, (gap.data > 0) - (gap.data < 0)) else otherwise
        return self.make("choice", relation, gap, then, otherwise)

    def derive(self, body: Node, symbol: Symbol) -> Node:
        return self.zero if symbol not in body.symbols and body.total else self.make("derive", symbol, body)

    def slope(self, node: Node, symbol: Symbol) -> Node:
        """The derivative by a symbol, of an expression without choices and derivatives."""
        if symbol not in node.symbols:
            return self.zero
        key = (node, symbol)
        if key not in self.slopes:
            self.slopes[key] = self._slope(node, symbol)
        return self.slopes[key]

    def _slope(self, node: Node, symbol: Symbol) -> Node:
        parts = node.parts
        inner = [self.slope(p, symbol) for p in parts]
        match node.kind:
            case "symbol":
                return self.one
            case "add":
                return self.add(*inner)
            case "mul":
                others = ((d, [p for m, p in enumerate(parts) if m != n]) for n, d in enumerate(inner))
                return self.add(*[self.mul(d, *rest) for d, rest in others if d is not self.zero])
            case "power" | "power?" | "power!":
                return self.mul(self.number(node.data), self.power(parts[0], node.data - 1), inner[0])
            case "raise":
                base, exponent = parts
                by_exponent = self.mul(node, self.make("ln", None, base), inner[1])
                return self.add(self.mul(exponent, node, self.power(base, Fraction(-1)), inner[0]), by_exponent)
            case "exp":
                return self.mul(node, inner[0])
            case "ln":
                return self.divide(inner[0], parts[0])
            case "sin":
                return self.mul(self.make("cos", None, parts[0]), inner[0])
            case "cos":
                return self.neg(self.mul(self.make("sin", None, parts[0]), inner[0]))
            case "erf":
                bell = self.make("exp", None, self.neg(self.power(parts[0], Fraction(2))))
                return self.mul(self.number(Fraction(2)), self.power(self.make("pi", None), Fraction(-1, 2)), bell, inner[0])
            case "arctan":
                return self.divide(inner[0], self.add(self.one, self.power(parts[0], Fraction(2))))
        raise Unsupported(f"no rule for {node.kind}")


def holds(relation: str, sign: int) -> bool:
    """Whether a number of that sign stands in the relation to 0."""
    return {"=": sign == 0, "!=": sign != 0, ">": sign > 0, ">=": sign >= 0}[relation]


def walk(*roots: Node) -> Iterator[Node]:
    """Every node below these, once, parts first."""
    seen: set[Node] = set()
    stack = [(r, False) for r in reversed(roots)]
    while stack:
        node, done = stack.pop()
        if done:
            yield node
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((p, False) for p in node.parts)


# --- from terms ------------------------------------------------------------------------------------------------------


def subterms(term: Term) -> Iterator[Term]:
    """The term and every term in it."""
    yield term
    for part in children(term):
        yield from subterms(part)


@dataclass(frozen=True)
class Scope:
    """Where a term stands: the numbers of its indices, the expressions of its arguments, the entries that are moved."""

    indices: dict[Index, int]
    arguments: dict[str, Node] = field(default_factory=dict)
    moved: tuple[tuple[str, tuple[int, ...], Symbol], ...] = ()


class Expansion:
    """Terms of a theory at fixed sizes, with the declared indices at fixed places."""

    def __init__(self, theory: Theory, sizes: dict[str, int], declared: dict[Index, int], degree: int = 4) -> None:
        self.theory, self.sizes, self.declared, self.degree = theory, sizes, declared, degree
        self.pool = Pool()
        self.opened: dict[Any, Node] = {}
        self.reached: dict[str, frozenset[str]] = {}
        self.depth = 0

    def term(self, term: Term, indices: dict[Index, int]) -> Node:
        """The term written out."""
        return self.node(term, Scope({**self.declared, **indices}))

    def extent(self, extent: Term) -> int:
        """How far an index runs."""
        return self.sizes[extent.name] if isinstance(extent, Size) else int(extent.value)  # type: ignore[attr-defined]

    def place(self, index: Term, scope: Scope) -> int:
        """The number that an index is."""
        match index:
            case Number(value):
                return int(value)
            case Size(name):
                return self.sizes[name]
            case Index():
                return scope.indices[index]
            case Affine(parts, factors, offset):
                return offset + sum(f * self.place(p, scope) for p, f in zip(parts, factors, strict=True))
        raise Unsupported(f"not an index: {index!r}")

    def node(self, term: Term, scope: Scope) -> Node:
        pool = self.pool
        match term:
            case Number(value):
                return pool.number(value, (value.denominator == 1) * (1 + (value >= 0)))
            case Size(name):
                return pool.number(Fraction(self.sizes[name]), 2)
            case Ordinal(place):
                return pool.number(Fraction(self.place(place, scope)), 2)
            case Entry(name, indices):
                return self.entry(name, indices, scope)
            case Call(name, arguments):
                return self.call(name, [self.node(a, scope) for a in arguments], scope)
            case Apply(name, arguments):
                return self.apply(name, [self.node(a, scope) for a in arguments])
            case Add(terms):
                return pool.add(*[self.node(t, scope) for t in terms])
            case Neg(inner):
                return pool.neg(self.node(inner, scope))
            case Mul(factors):
                return pool.mul(*[self.node(t, scope) for t in factors])
            case Div(above, below):
                return pool.divide(self.node(above, scope), self.node(below, scope))
            case Pow(base, exponent):
                return self.raised(self.node(base, scope), exponent, scope)
            case Sum(_, _, body):
                return pool.add(*[self.node(body, inside) for inside in self.run(term, scope)])
            case Prod(_, _, body):
                return pool.mul(*[self.node(body, inside) for inside in self.run(term, scope)])
            case Max(_, _, body) | Min(_, _, body):
                values = [self.node(body, inside) for inside in self.run(term, scope)]
                name = "max" if isinstance(term, Max) else "min"
                return reduce(lambda one, other: self.apply(name, [one, other]), values) if values else pool.make("void", None)
            case Delta(left, right):
                return pool.one if self.place(left, scope) == self.place(right, scope) else pool.zero
            case If(Comparison(left, relation, right), then, otherwise):
                if isinstance(left, Index) or isinstance(right, Index):
                    gap = self.place(left, scope) - self.place(right, scope)
                    return self.node(then if holds(relation, (gap > 0) - (gap < 0)) else otherwise, scope)
                return pool.choice(
                    self.gap(term.condition, scope), relation, self.node(then, scope), self.node(otherwise, scope)
                )
            case Diff(body, by):
                return self.derivative(body, by, scope)
        raise Unsupported(f"not a value: {term!r}")

    def gap(self, claim: Comparison, scope: Scope) -> Node:
        """left - right of a relation."""
        return self.pool.add(self.node(claim.left, scope), self.pool.neg(self.node(claim.right, scope)))

    def run(self, term: Binder, scope: Scope) -> Iterator[Scope]:
        left_out = {self.place(e, scope) for e in term.excluded}
        for n in range(1, self.extent(term.index.range) + 1):
            if n not in left_out:
                yield Scope({**scope.indices, term.index: n}, scope.arguments, scope.moved)

    def entry(self, name: str, indices: tuple[Term, ...], scope: Scope) -> Node:
        if not indices and name in scope.arguments:
            return scope.arguments[name]
        at = tuple([self.place(index, scope) for index in indices])
        for index, n, extent in zip(indices, at, self.theory.ranges(name), strict=True):
            if not 1 <= n <= self.extent(extent):
                # Beyond the range a computed index finds 0, and a written one nothing.
                return self.pool.zero if isinstance(index, Affine) else self.pool.make("void", None)
        return self.at(name, at, scope.moved)

    def at(self, name: str, at: tuple[int, ...], moved: tuple[Any, ...]) -> Node:
        """An entry at numbers: a symbol, or what defines it, and what moves it."""
        key = (name, at, moved)
        found = self.opened.get(key)
        if found is None:
            definition = self.theory.definitions.get(name)
            if definition is not None:
                chosen = dict(zip(definition.parameters, at, strict=True))
                found = self.node(definition.body, Scope({**self.declared, **chosen}, {}, moved))
            elif name in self.theory.functions:
                found = self.polynomial(name, (), self.entries(self.theory.functions[name].of, moved))
            else:
                found = self.pool.symbol((name, at))
            found = self.pool.add(found, *[self.pool.symbol(s) for n, a, s in moved if (n, a) == (name, at)])
            self.opened[key] = found
        return found

    def entries(self, names: tuple[str, ...], moved: tuple[Any, ...]) -> list[Node]:
        """All entries of these arrays."""
        found = []
        for name in names:
            ranges = [range(1, self.extent(e) + 1) for e in self.theory.ranges(name)]
            found.extend(self.at(name, at, moved) for at in product(*ranges))
        return found

    def call(self, name: str, arguments: list[Node], scope: Scope) -> Node:
        base, *by = name.split("'")
        definition = self.theory.definitions.get(base)
        if definition is None:
            return self.polynomial(base, tuple(int(n or 1) - 1 for n in by), arguments)
        if by:
            raise Unsupported("a derivative of a defined function")
        formal = definition.arguments
        if len(set(formal)) < len(formal):
            raise Unsupported(f"two arguments of {name} have one name")
        return self.node(definition.body, Scope(dict(self.declared), dict(zip(formal, arguments, strict=True)), scope.moved))

    def polynomial(self, name: str, by: tuple[int, ...], arguments: list[Node]) -> Node:
        """c + sum(l[i]*u[i], i) + a few powers of c + sum(a[i]*u[i], i), and its derivatives."""
        pool, count = self.pool, len(arguments)

        def coefficient(*which: Any) -> Node:
            return pool.symbol((name, "of", *which))

        def line(*which: Any) -> Node:
            return pool.add(coefficient(*which), *[pool.mul(coefficient(*which, n), arguments[n]) for n in range(count)])

        parts = [line(0)] if not by else [coefficient(0, by[0])] if len(by) == 1 else []
        left = self.degree - len(by)
        falling = pool.one
        for n in range(left + 1, self.degree + 1):
            falling = pool.mul(falling, pool.number(Fraction(n)))
        for n in (1, 2) if left >= 0 else ():
            inner = [coefficient(n, i) for i in by]
            parts.append(pool.mul(falling, coefficient("scale", n), *inner, pool.power(line(n), Fraction(left))))
        return pool.add(*parts)

    def apply(self, name: str, arguments: list[Node]) -> Node:
        pool = self.pool
        first = arguments[0] if arguments else pool.zero

        def exp(node: Node) -> Node:
            return pool.make("exp", None, node)

        def ln(node: Node) -> Node:
            return pool.make("ln", None, node)

        match name:
            case "exp" | "ln" | "sin" | "cos" | "erf" | "arctan":
                return pool.make(name, None, first)
            case "arcsin" | "arccos":
                # By half of the angle: x/(1 + sqrt(1 - x^2)) has a value at the ends too.
                cosine = pool.power(pool.add(pool.one, pool.neg(pool.power(first, Fraction(2)))), Fraction(1, 2))
                half = pool.make("arctan", None, pool.divide(first, pool.add(pool.one, cosine)))
                angle = pool.mul(pool.number(Fraction(2)), half)
                quarter = pool.mul(pool.number(Fraction(1, 2)), pool.make("pi", None))
                return angle if name == "arcsin" else pool.add(quarter, pool.neg(angle))
            case "pi":
                return pool.make("pi", None)
            case "log":
                return pool.divide(ln(first), ln(arguments[1]))
            case "sqrt":
                return pool.power(first, Fraction(1, 2))
            case "tan":
                return pool.divide(pool.make("sin", None, first), pool.make("cos", None, first))
            case "sinh" | "cosh":
                other = exp(pool.neg(first))
                return pool.divide(pool.add(exp(first), other if name == "cosh" else pool.neg(other)), pool.number(Fraction(2)))
            case "tanh":
                up, down = exp(first), exp(pool.neg(first))
                return pool.divide(pool.add(up, pool.neg(down)), pool.add(up, down))
            case "sigmoid":
                return pool.divide(pool.one, pool.add(pool.one, exp(pool.neg(first))))
            case "softplus":
                return ln(pool.add(pool.one, exp(first)))
            case "abs":
                return pool.choice(first, ">=", first, pool.neg(first))
            case "max" | "min":
                gap = pool.add(first, pool.neg(arguments[1]))
                return pool.choice(gap if name == "max" else pool.neg(gap), ">=", first, arguments[1])
        means = TABLE[name].means if name in TABLE else None
        if means is None:
            raise Unsupported(f"the function {name}")
        # A function of which the audit has no opinion of its own: what it means is compared with mpmath in test_functions.
        formal = [f"%{n}" for n in range(len(arguments))]
        meant = means(*tuple(Entry(each, ()) for each in formal))
        return self.node(meant, Scope(dict(self.declared), dict(zip(formal, arguments, strict=True))))

    def raised(self, base: Node, exponent: Term, scope: Scope) -> Node:
        pool = self.pool
        written = literal(exponent)
        if written is not None:
            return pool.power(base, written)
        node = self.node(exponent, scope)
        if node.kind == "number" and node.whole:
            # n - 1 is 0 at n = 1: whether 0^(n - 1) has a value there is not looked at.
            return pool.power(base, node.data) if node.whole == 2 else pool.make("power?", node.data, base)
        if node.kind == "number" and node.data.denominator == 1:
            return pool.make("power!", node.data, base)
        return pool.make("raise", None, base, node)

    def derivative(self, body: Term, by: Entry, scope: Scope) -> Node:
        pool, name = self.pool, by.name
        if not by.indices and name in scope.arguments:
            raise Unsupported("a derivative by an argument")
        at = tuple([self.place(index, scope) for index in by.indices])
        if any(not 1 <= n <= self.extent(extent) for n, extent in zip(at, self.theory.ranges(name), strict=True)):
            return pool.make("void", None)
        for outer, _, _ in scope.moved:
            if outer != name and name in self.reach(outer) and outer in self.reach_of(body):
                raise Unsupported("what is held fixed outside is moved inside")
        if name in self.theory.unknowns:
            return pool.derive(self.node(body, scope), (name, at))
        self.depth += 1
        symbol = (name, "moved", at, self.depth)
        inside = Scope(scope.indices, scope.arguments, (*scope.moved, (name, at, symbol)))
        found = pool.derive(self.node(body, inside), symbol)
        self.depth -= 1
        # It must have a value where nothing is moved; that it is defined is asked of the body.
        return found

    def reach(self, name: str) -> frozenset[str]:
        """The names by which a name is defined, and itself."""
        if name not in self.reached:
            definition: Definition | None = self.theory.definitions.get(name)
            function = self.theory.functions.get(name)
            inside = self.reach_of(definition.body) if definition else frozenset()
            if function:
                inside = inside.union(*[self.reach(array) for array in function.of])
            self.reached[name] = inside | {name}
        return self.reached[name]

    def reach_of(self, term: Term) -> frozenset[str]:
        """The names in a term, and those by which they are defined."""
        names = {t.name.partition("'")[0] for t in subterms(term) if isinstance(t, Entry | Call)}
        return frozenset().union(*[self.reach(n) for n in names if n != ""])


def literal(term: Term) -> Fraction | None:
    """The value of an exponent that is written as a number: 2, -1/2."""
    match term:
        case Number(value):
            return value
        case Neg(inner):
            value = literal(inner)
            return None if value is None else -value
        case Div(above, below):
            a, b = literal(above), literal(below)
            return None if a is None or not b else a / b
    return None
