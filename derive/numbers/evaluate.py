"""Evaluation: the number that a term is at a point.

A point fixes every size, the free indices, and the entries of the unknowns; the rest follows from the definitions:

    sizes H = 3, index k = 1, values Z = (2, 3, -1)     the term exp(Z[k])/sum(exp(Z[j]), j) is 0.2654…

The same evaluation runs in three kinds of numbers: see `arithmetic`. A derivative is evaluated forwards, with dual numbers:
the entry w is moved to w + d, and the derivative is what stands beside d in the result. Derivatives inside derivatives have
each a d of their own. What is moved is seen by everything that is computed from it and by nothing else:

    diff(E, Z[k]), by a variable        Z[k] is moved, all that is defined follows: the total effect
    diff(E, O[i]), by a defined entry   O[i] is moved, the other entries of O and the variables stay as they are

What has no value at the point (1/0, the logarithm of -1, the derivative of abs at 0) raises `Undefined`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, reduce
from typing import Any

from derive.floor import terms as t
from derive.floor.functions import TABLE, Power, exact_root, power_kind
from derive.floor.theory import Definition, Theory
from derive.held import HELD
from derive.limits import spend, uncounted
from derive.numbers.arithmetic import FLOATS, Arithmetic, Dual, Enclosures, Value, at_rest, sign_of
from derive.numbers.intervals import Interval, Undefined
from derive.numbers.model import Model, Unsupported

Key = tuple[str, tuple[int, ...]]
"""An entry at concrete indices: ("Z", (1,))."""

BUDGET = 30_000  # terms visited in one evaluation
DIGITS = 4096  # bits of an exact number
NESTING = 6  # derivatives inside derivatives


@dataclass(frozen=True)
class Point:
    """Where to evaluate: sizes and free indices by name, entries by name and indices, an instance for each unknown function."""

    sizes: Mapping[str, int] = field(default_factory=dict)
    indices: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[Key, Fraction] = field(default_factory=dict)
    functions: Mapping[str, Definition] = field(default_factory=dict)


def value_at(term: t.Term, theory: Theory, point: Point, precision: int = 200) -> Fraction | Interval:
    """The value of `term` at `point`: exact where it is computed from rational numbers, else an interval that contains it.

    Raises `Undefined` where the term has no value, `Unsupported` where it cannot be evaluated.
    """
    value: Fraction | Interval = Evaluation(Model(theory, point.functions), point, Enclosures(precision)).value(term)
    return value


def float_at(term: t.Term, theory: Theory, point: Point) -> float:
    """The value of `term` at `point`, nearly. Raises as `value_at` does."""
    return float(Evaluation(Model(theory, point.functions), point, FLOATS).value(term))


@contextmanager
def _honest() -> Iterator[None]:
    """Says of every arithmetical failure that the value is undefined, and of a term that is too deep that it is."""
    try:
        yield
    except Undefined:
        raise
    except ArithmeticError as problem:
        raise Undefined(str(problem)) from problem
    except RecursionError as problem:
        raise Unsupported("the term is too deep to be evaluated") from problem


def position(index: t.Affine, value: Callable[[t.Term], int]) -> int:
    """The whole number that a computed index is, `value` giving those of its parts."""
    return index.offset + sum(factor * value(part) for factor, part in zip(index.factors, index.parts, strict=True))


class _Scope:
    """What is moved: the entry `name` at the indices `at`, over and above what the scopes around it move.

    `memo` holds what has been computed from `name` here; the rest is computed once, in the scope that it depends on.
    """

    __slots__ = ("at", "depth", "inside", "memo", "name", "parent")

    def __init__(self, parent: _Scope | None, name: str = "", at: tuple[int, ...] = ()) -> None:
        self.parent = parent
        self.name = name
        self.at = at
        self.depth: int = parent.depth + 1 if parent else 0
        self.memo: dict[Any, Value] = {}
        self.inside: dict[Key, _Scope] = {}

    def around(self) -> Iterator[_Scope]:
        """This scope and those around it that move something."""
        scope = self
        while scope.parent is not None:
            yield scope
            scope = scope.parent


Environment = dict[t.Term, Any]
"""Values of indices, and of the formal arguments of a row of the table of functions."""


class Evaluation:
    """The values of terms at one point, in one arithmetic; `touched` are the entries of unknowns that were looked up."""

    def __init__(self, model: Model, point: Point, arithmetic: Arithmetic) -> None:
        self.model = model
        self.point = point
        self.arithmetic = arithmetic
        self.touched: dict[Key, None] = {}
        self.fixed: Environment = {
            index: point.indices[name] for name, index in model.theory.indices.items() if name in point.indices
        }
        self._root = _Scope(None)
        self._budget = BUDGET
        self._zero = arithmetic.number(Fraction(0))
        self._one = arithmetic.number(Fraction(1))

    def value(self, term: t.Term, indices: Environment | None = None) -> Value:
        """The value of `term`, its free indices being those of the point, or those given."""
        with self._counted(), _honest():
            return self._term(term, self._environment(term, indices), self._root)

    def holds(self, claim: t.Comparison, indices: Environment | None = None) -> bool:
        """Whether the relation holds; `Undefined` where that cannot be told."""
        with self._counted(), _honest():
            return self._holds(claim, self._environment(claim, indices), self._root)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        before = self._budget
        try:
            yield
        finally:
            spend(before - self._budget)

    def _environment(self, term: t.Term, indices: Environment | None) -> Environment:
        given = self.point.indices
        named: Environment = {index: given[index.name] for index in t.free_indices(term) if index.name in given}
        return {**self.fixed, **named, **(indices or {})}

    def _term(self, term: t.Term, env: Environment, scope: _Scope) -> Value:
        self._budget -= 1
        if self._budget < 0:
            raise Unsupported("the term is too large to be evaluated")
        match term:
            case t.Entry(name, indices):
                if name[0] == "%":
                    return env[term]
                at = tuple([self._position(index, env) for index in indices])
                if any(isinstance(index, t.Affine) for index in indices) and self._is_beyond(term, at):
                    return self._zero
                return self._entry(name, at, scope)
            case t.Number(value):
                return self.arithmetic.number(value)
            case t.Mul(factors):
                product = self._term(factors[0], env, scope)
                for factor in factors[1:]:
                    product = _bounded(product * self._term(factor, env, scope))
                return product
            case t.Add(terms):
                total = self._term(terms[0], env, scope)
                for part in terms[1:]:
                    total = _bounded(total + self._term(part, env, scope))
                return total
            case t.Neg(inner):
                return -self._term(inner, env, scope)
            case t.Div(numerator, denominator):
                return _bounded(self._term(numerator, env, scope) / self._term(denominator, env, scope))
            case t.Apply(name, arguments):
                return self._apply(name, tuple([self._term(a, env, scope) for a in arguments]))
            case t.Sum(_, _, body):
                total = self._zero
                for inside in self._run(term, env):
                    total = _bounded(total + self._term(body, inside, scope))
                return total
            case t.Pow(base, exponent):
                return self._pow(self._term(base, env, scope), exponent, env, scope)
            case t.Diff(body, by):
                return self._diff(body, by, env, scope)
            case t.Delta(left, right):
                return self._one if self._position(left, env) == self._position(right, env) else self._zero
            case t.If(condition, then, otherwise):
                return self._term(then if self._holds(condition, env, scope) else otherwise, env, scope)
            case t.Call():
                return self._call(term, env, scope)
            case t.Size(name):
                return self.arithmetic.number(Fraction(self.point.sizes[name]))
            case t.Index():  # on a side of a relation
                return self.arithmetic.number(Fraction(self._position(term, env)))
            case t.Ordinal(place):
                return self.arithmetic.number(Fraction(self._position(place, env)))
            case t.Prod(_, _, body):
                product = self._one
                for inside in self._run(term, env):
                    product = _bounded(product * self._term(body, inside, scope))
                return product
            case t.Max(_, _, body) | t.Min(_, _, body):
                values = [self._term(body, inside, scope) for inside in self._run(term, env)]
                if not values:
                    raise Undefined("of no values none is the greatest")
                return reduce(lambda one, other: self._apply(type(term).__name__.lower(), (one, other)), values)
        raise Unsupported(f"not a value: {term!r}")

    def _position(self, index: t.Term, env: Environment) -> int:
        if isinstance(index, t.Number):
            return int(index.value)
        if isinstance(index, t.Affine):
            return position(index, lambda part: self._position(part, env))
        if isinstance(index, t.Size):
            return self.point.sizes[index.name]
        if index not in env:
            raise Unsupported(f"the index {index!r} has no value")
        return int(env[index])

    def _is_beyond(self, entry: t.Entry, at: tuple[int, ...]) -> bool:
        """Whether a computed index lies outside of the range, where the entry is 0."""
        ranges = self.model.theory.ranges(entry.name.removeprefix(HELD))
        return any(
            isinstance(index, t.Affine) and not 1 <= position <= self._extent(extent)
            for index, position, extent in zip(entry.indices, at, ranges, strict=True)
        )

    def _extent(self, extent: t.Term) -> int:
        return self.point.sizes[extent.name] if isinstance(extent, t.Size) else self._position(extent, {})

    def _run(self, term: t.Binder, env: Environment) -> Iterator[Environment]:
        excluded = {self._position(part, env) for part in term.excluded}
        inside = dict(env)
        for position in range(1, self._extent(term.index.range) + 1):
            if position not in excluded:
                inside[term.index] = position
                yield inside

    def _entry(self, name: str, at: tuple[int, ...], scope: _Scope) -> Value:
        if name.startswith(HELD):
            return self._entry(name.removeprefix(HELD), at, self._root)
        reach = self.model.reach(name)
        while scope.parent is not None and scope.name not in reach:
            scope = scope.parent
        key = (name, at)
        if key in scope.memo:
            return scope.memo[key]
        definition = self.model.definitions.get(name)
        value: Value
        if scope.parent is not None and scope.name == name:
            value = self._entry(name, at, scope.parent)
            if at == scope.at:
                value = Dual(scope.depth, value, self._one)
        elif definition is not None:
            env = dict(self.fixed)
            for index, position in zip(definition.parameters, at, strict=True):
                if not 1 <= position <= self._extent(index.range):
                    raise Undefined(f"there is no {name}{list(at)}")
                env[index] = position
            value = self._term(definition.body, env, scope)
        elif key in self.point.values:
            self.touched[key] = None
            value = self.arithmetic.number(self.point.values[key])
        elif name in self.model.theory.unknowns:
            raise Undefined(f"there is no {name}{list(at)}")
        else:
            raise Unsupported(f"nothing is known of {name}")
        scope.memo[key] = value
        return value

    def _call(self, call: t.Call, env: Environment, scope: _Scope) -> Value:
        by = t.partials(call.name)
        if by or any(name[0] == "%" for name in t.entry_names(call)):
            return self._derived(call, by, env, scope)
        key = (call, *(env.get(index) for index in t.free_indices(call)))
        if key not in scope.memo:
            scope.memo[key] = self._term(self.model.unfold(call), env, scope)
        return scope.memo[key]

    def _derived(self, call: t.Call, by: tuple[int, ...], env: Environment, scope: _Scope) -> Value:
        """The derivative of a function by its arguments, each moved by an infinitesimal of its own: f'(u) by f(u + d)."""
        formal = tuple(t.Entry(f"%{n}", ()) for n in range(len(call.arguments)))
        values = [self._term(argument, env, scope) for argument in call.arguments]
        level = max((scope.depth, *(value.level for value in values if isinstance(value, Dual))))
        if level + len(by) > NESTING:
            raise Unsupported("derivatives are nested too deeply")
        for argument in by:
            level += 1
            values[argument - 1] = Dual(level, values[argument - 1], self._one)
        body = self.model.unfold(t.Call(t.declared_name(call.name), formal))
        if t.moved_names(body):
            raise Unsupported(f"{call.name} is defined by a derivative")
        value = self._term(body, {**self.fixed, **dict(zip(formal, values, strict=True))}, scope)
        for _ in by:
            value = value.slope if isinstance(value, Dual) and value.level == level else self._zero
            level -= 1
        return value

    def _diff(self, body: t.Term, by: t.Entry, env: Environment, scope: _Scope) -> Value:
        at = tuple(self._position(index, env) for index in by.indices)
        inside = scope.inside.get((by.name, at))
        if inside is None:
            if scope.depth == NESTING:
                raise Unsupported("derivatives are nested too deeply")
            inside = scope.inside[by.name, at] = _Scope(scope, by.name, at)
        # Where an entry is held fixed by a derivative outside and follows what is moved inside, the language does not say
        # which of the two is meant.
        for outer in scope.around():
            if outer.name != by.name and by.name in self.model.reach(outer.name) and outer.name in self.model.reach_of(body):
                raise Unsupported(f"{outer.name} is held fixed outside, and moved inside")
        self._entry(by.name, at, inside)
        value = self._term(body, env, inside)
        return value.slope if isinstance(value, Dual) and value.level == inside.depth else self._zero

    def _holds(self, claim: t.Comparison, env: Environment, scope: _Scope) -> bool:
        left, relation, right = claim.left, claim.relation, claim.right
        if isinstance(left, t.Index) or isinstance(right, t.Index):
            gap = self._position(left, env) - self._position(right, env)
            low = high = sign_of(gap)
        else:
            if relation == "=" and left is right:
                return True
            difference = self._term(left, env, scope) - self._term(right, env, scope)
            low, high = self.arithmetic.signs(at_rest(difference))
            if isinstance(difference, Dual) and low <= 0 <= high:
                raise Undefined("a choice that changes where it is differentiated")
        return _decide(relation, low, high)

    def _pow(self, base: Value, exponent: t.Term, env: Environment, scope: _Scope) -> Value:
        """The power, whose meaning is told by the form of its exponent: see `functions.power_kind`."""
        kind = power_kind(exponent)
        if kind in (Power.NATURAL, Power.WHOLE):
            if kind == Power.WHOLE and not self._is_apart(base, (-1, 1)):
                raise Undefined("0 to a power that may be negative")
            # Exact in every arithmetic: (-2)^3 is defined, (-2)^(3 to within rounding) is not.
            return _whole_power(base, self._whole(exponent, env), self._one)
        if kind == Power.REAL and not self._is_apart(base, (1,)):
            raise Undefined("a power of what may not be positive")
        value = t.rational(exponent)
        above = self._term(exponent, env, scope) if value is None else value
        if isinstance(above, float) and above.is_integer():
            above = Fraction(above)
        if isinstance(above, Fraction):
            return self._power(base, above)
        return self._apply("exp", (above * self._apply("ln", (base,)),))

    def _is_apart(self, value: Value, signs: tuple[int, ...]) -> bool:
        """Whether a number is sure to have one of these signs."""
        low, high = self.arithmetic.signs(at_rest(value))
        return low == high and low in signs

    def _whole(self, term: t.Term, env: Environment) -> int:
        """The value of a whole number by form."""
        match term:
            case t.Size(name):
                return self.point.sizes[name]
            case t.Ordinal(place):
                return self._position(place, env)
            case t.Add(terms):
                return sum(self._whole(each, env) for each in terms)
            case t.Mul(factors):
                return math.prod(self._whole(each, env) for each in factors)
            case t.Neg(inner):
                return -self._whole(inner, env)
            case t.Pow(base, exponent):
                below, above = self._whole(base, env), self._whole(exponent, env)
                if above * below.bit_length() > DIGITS:
                    raise Undefined("the power is too large")
                return int(below**above)
        value = t.rational(term)
        assert value is not None
        return int(value)

    def _power(self, base: Value, exponent: Fraction) -> Value:
        if exponent.denominator == 1:
            return _whole_power(base, exponent.numerator, self._one)
        if isinstance(base, Dual):
            # As for a square root, 0 is not inside the domain.
            slope = self._power(base.value, exponent - 1) * self.arithmetic.number(exponent)
            if self.arithmetic.signs(at_rest(base))[0] <= 0:
                raise Undefined("the derivative of a root of 0")
            return Dual(base.level, self._power(base.value, exponent), slope * base.slope)
        low, high = self.arithmetic.signs(base)
        if low == high == 0 and exponent > 0:
            return self._zero
        if low <= 0:
            raise Undefined("a root of what may not be positive")
        root = exact_root(base, exponent.denominator) if type(base) is Fraction else None
        if root is None and exponent.denominator == 2:
            root = self._apply("sqrt", (base,))
        if root is not None:
            return _whole_power(root, exponent.numerator, self._one)
        return self._apply("exp", (self._apply("ln", (base,)) * self.arithmetic.number(exponent),))

    def _apply(self, name: str, arguments: tuple[Value, ...]) -> Value:
        formal, row = _row(name)
        if not row.is_primitive:
            if row.means is None:
                raise Unsupported(f"{name} cannot be computed")
            return self._term(row.means, dict(zip(formal, arguments, strict=True)), self._root)
        level = max((a.level for a in arguments if isinstance(a, Dual)), default=0)
        if level == 0:
            return self.arithmetic.function(name, arguments)
        # The chain rule, by the partial derivatives that the table gives.
        moved = [isinstance(a, Dual) and a.level == level for a in arguments]
        rest = tuple(a.value if m else a for a, m in zip(arguments, moved, strict=True))
        env: Environment = dict(zip(formal, rest, strict=True))
        if not all(self._holds(condition, env, self._root) for condition in row.smooth):
            raise Undefined(f"{name} is not differentiable there")
        if row.derivatives is None:
            raise Unsupported(f"the table has no derivative of {name}")
        slope = self._zero
        for argument, is_moved, derivative in zip(arguments, moved, row.derivatives, strict=True):
            if is_moved:
                slope = slope + self._term(derivative, env, self._root) * argument.slope
        return Dual(level, self._apply(name, rest), slope)


@dataclass(frozen=True)
class _Row:
    """A row of the table of functions, written out for formal arguments."""

    derivatives: tuple[t.Term, ...] | None
    smooth: tuple[t.Comparison, ...]
    means: t.Term | None
    is_primitive: bool  # enclosed by itself, and not by what it means


@cache
@uncounted
def _row(name: str) -> tuple[tuple[t.Term, ...], _Row]:
    function = TABLE.get(name)
    if function is None:
        raise Unsupported(f"there is no function {name}")
    formal = tuple(t.Entry(f"%{n}", ()) for n in range(function.arity))
    means = function.means(*formal) if function.means else None
    derivatives = function.derivatives(*formal) if function.derivatives else None
    return formal, _Row(derivatives, function.smooth(*formal), means, bool(function.interval))


def _decide(relation: str, low: int, high: int) -> bool:
    """Whether a number whose sign lies between `low` and `high` stands in `relation` to 0."""
    match relation:
        case "=" | "!=" if low == high == 0:
            return relation == "="
        case "=" | "!=" if low > 0 or high < 0:
            return relation == "!="
        case ">" if low > 0 or high <= 0:
            return low > 0
        case ">=" if low >= 0 or high < 0:
            return low >= 0
    raise Undefined("the sign cannot be told")


def _whole_power(base: Value, exponent: int, one: Value) -> Value:
    """A power with a whole exponent, by repeated squaring; 0^0 is 1."""
    if exponent < 0:
        return _whole_power(1 / base, -exponent, one)
    if exponent == 0:
        return base * 0 + one  # what was moved stays moved
    if exponent * _bits(base) > DIGITS:
        raise Undefined("the power is too large")
    if isinstance(base, Fraction | float):
        return base**exponent
    result = None
    while exponent:
        if exponent & 1:
            result = base if result is None else result * base
        exponent >>= 1
        if exponent:
            base = base * base
    return result


def _bits(value: Value) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length() if type(value) is Fraction else 1


def _bounded(value: Value) -> Value:
    """The value itself, unless it has an exact number in it that is too long to work with."""
    if isinstance(value, Dual):
        _bounded(value.value)
        _bounded(value.slope)
    elif type(value) is Fraction and _bits(value) > DIGITS:
        raise Undefined("the number is too long")
    return value
