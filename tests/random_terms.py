"""Random terms with small values, and points to evaluate them at: much faster than to ask hypothesis for each part.

Everything follows from a seed, so that a failure can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

from derive.engine.measure import size
from derive.floor.terms import (
    MINUS_ONE,
    TWO,
    ZERO,
    Add,
    Apply,
    Comparison,
    Delta,
    Div,
    Entry,
    Fixed,
    If,
    Index,
    Mul,
    Neg,
    Ordinal,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    affine,
    free_indices,
    number,
)
from derive.floor.theory import Definition, Theory, Unknown
from derive.numbers.evaluate import Point

H, M, THREE = Size("H"), Size("M"), number(3)
IX, K, A = Index("i", H), Index("k", H), Index("a", M)
FREE = (IX, K, A)
FIXED = Fixed("i2", H)  # what a bound i would be renamed to
THEORY = Theory(
    sizes={"H": 1, "M": 2},
    unknowns={
        unknown.name: unknown
        for unknown in (
            Unknown("Z", True, (H,)),
            Unknown("W", True, (H, H)),
            Unknown("p", True, (H,), ">"),
            Unknown("v", True, (THREE,), "!="),
            Unknown("Y", True, (M,)),
            Unknown("x", True),
            Unknown("s", True, (), ">"),
            Unknown("t", True, (), ">="),
            Unknown("c", False),
        )
    },
)
NUMBERS = tuple(map(number, ("0", "1", "2", "-1", "3", "1/2", "-2")))
EXPONENTS = (TWO, TWO, *map(number, ("3", "-1", "1/2", "-2", "3/2", "1/3", "0", "-1/2")), H, Add((H, MINUS_ONE)))
FUNCTIONS = ("exp", "ln", "sqrt", "abs", "sin", "cos", "tanh", "sigmoid", "max", "min")
VALUES = tuple(map(Fraction, ["1", "2", "3", "-1", "-2", "1/2", "-1/3", "0", "5", "-3/2"]))
LEAST = {H: 1, M: 2, THREE: 3}


class Terms:
    """A source of random terms over a theory."""

    def __init__(self, seed: int, theory: Theory = THEORY) -> None:
        self.random = Random(seed)
        self.theory = theory
        self.defined: list[str] = []
        self.computed = 0.12  # how many of the indices are computed

    def term(self, depth: int, scope: tuple[Index, ...] = FREE, most: int = 60) -> Term:
        """A term with free indices from `scope`, and those declared, of at most `most` parts."""
        scope = tuple(dict.fromkeys((*scope, *self.theory.indices.values())))
        while True:
            found = self._term(self.random.randint(1, depth), list(scope))
            if size(found) <= most:
                return found

    def entry(self, scope: list[Index]) -> Entry:
        """A scalar or an entry of an array."""
        name = self.random.choice(["Z", "Z", "Z", "W", "p", "v", "Y", "x", "x", "s", "t", "c", *self.defined, *self.defined])
        return Entry(name, tuple(self.place(extent, scope) for extent in self.theory.ranges(name)))

    def whole(self, scope: list[Index]) -> Term:
        """A size, or the number of an index."""
        return Ordinal(self.random.choice(scope)) if scope and self.random.random() < 0.5 else H

    def place(self, extent: Term, scope: list[Index]) -> Term:
        """An index of that range, or now and then one computed from any in scope, which may lie beyond it."""
        if not scope or self.random.random() > self.computed:
            return self.index(extent, scope)
        count = self.random.choice([1, 1, 2])
        parts: list[Term] = [self.random.choice([*scope, *scope, extent]) for _ in range(count)]
        return affine([(self.random.choice([1, 1, -1, 2]), part) for part in parts], self.random.choice([-1, 0, 1, 1, 2]))

    def index(self, extent: Term, scope: list[Index]) -> Term:
        """An index of that range in scope, or a whole number in it."""
        known = [index for index in scope if index.range is extent]
        return (
            self.random.choice(known)
            if known and self.random.random() < 0.85
            else number(self.random.randint(1, LEAST[extent]))
        )

    def _term(self, depth: int, scope: list[Index]) -> Term:
        random = self.random
        if depth <= 0:
            entries = [self.entry(scope) for _ in range(5)]
            return random.choice([*entries, random.choice(NUMBERS), random.choice(NUMBERS), self.whole(scope)])

        def inner() -> Term:
            return self._term(depth - 1, scope)

        kinds: list[tuple[float, Callable[[], Term]]] = [
            (0.16, lambda: Add(tuple(inner() for _ in range(random.randint(2, 3))))),
            (0.18, lambda: Mul(tuple(inner() for _ in range(random.randint(2, 3))))),
            (0.06, lambda: Neg(inner())),
            (0.10, lambda: Div(inner(), inner())),
            (0.10, lambda: Pow(inner(), self.whole(scope) if random.random() < 0.1 else random.choice(EXPONENTS))),
            (0.20, lambda: self._binder(depth, scope)),
            (0.08, lambda: self._function(inner)),
            (0.07, lambda: Delta(*(self.place(extent, scope) for extent in (random.choice((H, H, M)),) * 2))),
            (0.05, lambda: self._choice(inner, scope)),
        ]
        weights = [weight for weight, _ in kinds]
        return random.choices([make for _, make in kinds], weights)[0]()

    def _binder(self, depth: int, scope: list[Index]) -> Term:
        index = Index(self.random.choice(["i", "k", "j", "a"]), self.random.choice([H, H, H, M, THREE]))
        outside = [other for other in scope if other.name != index.name]
        excluded: tuple[Term, ...] = ()
        if self.random.random() < 0.35:
            candidates: list[Term] = [other for other in outside if other.range is index.range]
            candidates.append(number(1))
            excluded = tuple(dict.fromkeys(self.random.choices(candidates, k=self.random.randint(1, 2))))
        binder = Sum if self.random.random() < 0.85 else Prod
        return binder(index, excluded, self._term(depth - 1, [*outside, index]))

    def _function(self, inner: Callable[[], Term]) -> Term:
        name = self.random.choice(FUNCTIONS)
        return Apply(name, (inner(), inner()) if name in ("max", "min") else (inner(),))

    def _choice(self, inner: Callable[[], Term], scope: list[Index]) -> Term:
        known = [index for index in scope if index.range is H]
        if known and self.random.random() < 0.6:
            condition = Comparison(self.random.choice(known), self.random.choice(["=", "!="]), self.index(H, scope))
        else:
            condition = Comparison(inner(), self.random.choice([">", ">=", "=", "!="]), ZERO)
        return If(condition, inner(), inner())

    def define(self, *names: str) -> None:
        """Definitions of these names by random terms, each free to use those before it; O has an index.

        Now and then they mention a declared index, which then occurs in all terms from here on.
        """
        parameter = Index("m", H)
        declared = (FIXED,) if self.random.random() < 0.3 else ()
        self.theory = replace(self.theory, indices={index.name: index for index in declared})
        for name in names:
            parameters = (parameter,) if name == "O" else ()
            body = self.term(2, (*parameters, *declared), 25)
            if not free_indices(body) - {*parameters, *declared}:
                definitions = {**self.theory.definitions, name: Definition(name, parameters, (), body)}
                self.theory = replace(self.theory, definitions=definitions)
                self.defined.append(name)

    def point(self) -> Point:
        """Sizes, indices and values that meet the declarations."""
        random = self.random
        sizes = {"H": random.choice([1, 2, 3, 3]), "M": random.choice([2, 3])}
        values: dict[tuple[str, tuple[int, ...]], Fraction] = {}
        for name, unknown in self.theory.unknowns.items():
            extents = (sizes[extent.name] if isinstance(extent, Size) else 3 for extent in unknown.ranges)
            for at in product(*(range(1, extent + 1) for extent in extents)):
                value = random.choice(VALUES)
                if unknown.relation in (">", ">="):
                    value = abs(value)
                if unknown.relation in (">", "!=") and value == 0:
                    value = Fraction(2)
                values[name, at] = value
        indices = {"i": random.randint(1, sizes["H"]), "k": random.randint(1, sizes["H"]), "a": random.randint(1, sizes["M"])}
        if self.theory.indices:
            indices[FIXED.name] = random.randint(1, sizes["H"])
        return Point(sizes, indices, values)
