"""The values of a term at many points at once: a list of numbers, one for each *lane*.

    lanes            0     1     2
    x                0.0   1.0   -2.0
    1/x              nan   1.0   -0.5      no value is nan, and what is computed from nan is nan

A lane holds a value for every entry of the unknowns; sizes and indices are the same in all lanes. Nothing here is taken
from the proof: names are looked up in environments, never substituted, and a derivative is the limit of quotients:

    diff(f, x)   is   (f(x + h) - f(x))/h   and   (f(x) - f(x - h))/h

which must come together as h shrinks to h/4; where they do not, as for abs(x) at 0, the derivative has no value. The entry
by which the derivative is taken is moved for everything that is computed from it, and for nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from derive.floor import terms as t
from derive.held import HELD
from derive.limits import LARGEST_EXPONENT, spend
from derive.numbers.attack.fields import FLOATS, Field
from derive.numbers.attack.names import Names
from derive.numbers.model import Unsupported

Key = tuple[str, tuple[int, ...]]
"""An entry at concrete indices: ("Z", (1,))."""

Lanes = list[Any]
Environment = dict[Any, Any]
"""Whole numbers for indices, lanes for the arguments of a defined function, and under `PATH` the calls that led here."""

PATH = "calls"
SMALLEST = 2.0**-20  # what moves by a part of itself
MOST_WORK = 60_000  # terms visited for one value


class _State:
    """What is moved: the entry `name` at the indices `at`, besides what the states around this one move."""

    __slots__ = ("at", "memo", "name", "parent", "width")

    def __init__(self, width: int, parent: _State | None = None, name: str = "", at: tuple[int, ...] = ()) -> None:
        self.width = width
        self.parent = parent
        self.name = name
        self.at = at
        self.memo: dict[Key, Lanes] = {}

    def around(self) -> Iterator[_State]:
        """This state and those around it that move something."""
        state = self
        while state.parent is not None:
            yield state
            state = state.parent


class Values:
    """The values of terms in lanes: `values` has those of the entries of unknowns.

    With a `log`, what decides choices, what is divided by and what roots and kinks hang on is kept there, under a key that
    is the same for the same place; derivatives are then not taken.
    """

    def __init__(
        self,
        names: Names,
        sizes: Mapping[str, int],
        values: Mapping[Key, Lanes],
        width: int,
        field: Field = FLOATS,
        log: dict[Any, Lanes] | None = None,
    ) -> None:
        self.names = names
        self.sizes = sizes
        self.field = field
        self.log = log
        self.work = 0
        self.unsure = False  # whether some value was too large for the numbers in use, or too small to decide by
        self.fixed: Environment = {}
        self._numbers: dict[tuple[Fraction, int], Lanes] = {}
        self._given = values
        self._root = _State(width)
        self._root.memo.update(values)
        self._ways: dict[type[t.Term], Callable[[Any, Environment, _State], Lanes]] = {
            t.Number: lambda term, env, s: self._number(term.value, s.width),
            t.Size: lambda term, env, s: [self.field.number(Fraction(self.sizes[term.name]))] * s.width,
            t.Ordinal: lambda term, env, s: [self.field.number(Fraction(self._position(term.place, env)))] * s.width,
            t.Entry: self._of_entry,
            t.Call: self._of_call,
            t.Apply: self._of_function,
            t.Add: self._of_sum,
            t.Mul: self._of_product,
            t.Neg: lambda term, env, s: [-a for a in self._value(term.term, env, s)],
            t.Div: self._of_quotient,
            t.Pow: self._of_power,
            t.Sum: self._of_binder,
            t.Prod: self._of_binder,
            t.Max: self._of_extreme,
            t.Min: self._of_extreme,
            t.Delta: self._of_delta,
            t.If: self._of_choice,
            t.Diff: self._of_derivative,
        }

    def forget(self) -> None:
        """Keep nothing of what was worked out: `fixed` has changed."""
        self._root.memo = dict(self._given)

    def value(self, term: t.Term, env: Environment) -> Lanes:
        """The value of `term` in each lane, its free indices having the values in `env`."""
        self.work = 0
        try:
            return self._value(term, {**self.fixed, **env}, self._root)
        except RecursionError as problem:
            raise Unsupported("the term is too deep") from problem
        finally:
            spend(self.work)

    def holds(self, claim: t.Comparison, env: Environment) -> list[bool | None]:
        """Whether the relation holds in each lane; None where it cannot be told."""
        here = {**self.fixed, **env}
        if isinstance(claim.left, t.Index) or isinstance(claim.right, t.Index):
            equal = self._position(claim.left, here) == self._position(claim.right, here)
            return [equal if claim.relation == "=" else not equal] * self._root.width
        self.work = 0
        try:
            return self._decided(claim, here, self._root)
        finally:
            spend(self.work)

    def _value(self, term: t.Term, env: Environment, state: _State) -> Lanes:
        self.work += 1
        if self.work > MOST_WORK:
            raise Unsupported("the term is too large")
        way = self._ways.get(type(term))
        if way is None:
            raise Unsupported("not a value")
        found = way(term, env, state)
        largest = self.field.largest
        if largest is not None and any(abs(value) > largest for value in found):
            raise OverflowError("too large for so many digits")
        return found

    def _number(self, value: Fraction, width: int) -> Lanes:
        found = self._numbers.get((value, width))
        if found is None:
            found = self._numbers[value, width] = [self.field.number(value)] * width
        return found

    # Indices.

    def _position(self, index: t.Term, env: Environment) -> int:
        found = env.get(index)
        if found is not None:
            return int(found)
        match index:
            case t.Number(value):
                return int(value)
            case t.Size(name):
                return self.sizes[name]
            case t.Affine(parts, factors, offset):
                return offset + sum(f * self._position(part, env) for f, part in zip(factors, parts, strict=True))
        raise Unsupported("an index without a value")

    def _run(self, term: t.Binder, env: Environment) -> Iterator[Environment]:
        excluded = {self._position(part, env) for part in term.excluded}
        inside = dict(env)  # one for all: nobody keeps it
        for position in range(1, self._position(term.index.range, env) + 1):
            if position not in excluded:
                inside[term.index] = position
                yield inside

    # Names.

    def _of_entry(self, entry: t.Entry, env: Environment, state: _State) -> Lanes:
        indices = entry.indices
        if not indices:
            return env[entry] if entry in env else self.entry(entry.name, (), state)
        try:
            return self.entry(entry.name, tuple([env[index] for index in indices]), state)
        except KeyError:  # a whole number, or a computed index
            at = tuple([self._position(index, env) for index in indices])
        if any(isinstance(index, t.Affine) for index in indices):
            extents = self.names.theory.ranges(entry.name.removeprefix(HELD))
            if any(not 1 <= p <= self._position(extent, {}) for p, extent in zip(at, extents, strict=True)):
                return self._number(Fraction(0), state.width)
        return self.entry(entry.name, at, state)

    def entry(self, name: str, at: tuple[int, ...], state: _State) -> Lanes:
        """The value of an entry, worked out in the outermost state in which it is what it is here."""
        if name.startswith(HELD):
            return self.entry(name.removeprefix(HELD), at, self._root) * (state.width // self._root.width)
        key = name, at
        found = state.memo.get(key)
        if found is not None:
            return found
        here = state
        reach = self.names.reach(name)
        while here.parent is not None and (here.name not in reach or (here.name == name and here.at != at)):
            here = here.parent
        found = here.memo.get(key)
        if found is None:
            found = here.memo[key] = self._defined(name, at, here)
        if here is not state:
            found = state.memo[key] = found * (state.width // here.width)
        return found

    def _defined(self, name: str, at: tuple[int, ...], state: _State) -> Lanes:
        definition = self.names.definitions.get(name)
        if definition is None:
            if name in self.names.theory.unknowns:
                return [self.field.nan] * state.width  # there is no such entry: an index beyond the range
            raise Unsupported(f"nothing is known of {name}")
        env = dict(self.fixed)
        for index, position in zip(definition.parameters, at, strict=True):
            if not 1 <= position <= self._position(index.range, {}):
                return [self.field.nan] * state.width
            env[index] = position
        return self._value(definition.body, env, state)

    def _of_call(self, call: t.Call, env: Environment, state: _State) -> Lanes:
        names, body = self.names.body(call.name)
        inside: Environment = dict(self.fixed)
        for name, argument in zip(names, call.arguments, strict=True):
            inside[t.Entry(name, ())] = self._value(argument, env, state)
        inside[PATH] = (call, self._place(env), env.get(PATH))
        return self._value(body, inside, state)

    # Arithmetic.

    def _of_sum(self, term: t.Add, env: Environment, state: _State) -> Lanes:
        total = self._value(term.terms[0], env, state)
        for part in term.terms[1:]:
            total = [a + b for a, b in zip(total, self._value(part, env, state), strict=True)]
        return total

    def _of_product(self, term: t.Mul, env: Environment, state: _State) -> Lanes:
        product = self._value(term.factors[0], env, state)
        for part in term.factors[1:]:
            product = [a * b for a, b in zip(product, self._value(part, env, state), strict=True)]
        return product

    def _of_quotient(self, term: t.Div, env: Environment, state: _State) -> Lanes:
        above, below = self._value(term.numerator, env, state), self._value(term.denominator, env, state)
        self._note(term.denominator, env, below)
        nan, tiny = self.field.nan, self.field.tiny
        return [a / b if abs(b) > tiny else nan for a, b in zip(above, below, strict=True)]

    def _written(self, term: t.Term, env: Environment) -> t.Term:
        """A term of the body of a function as it is written where that is called, with its arguments in it."""
        path: Any = env.get(PATH)
        while path is not None and t.entry_names(term):
            call, _, path = path
            formal: list[t.Term] = [t.Entry(name, ()) for name in self.names.body(call.name)[0]]
            term = t.substitute(term, dict(zip(formal, call.arguments, strict=True)))
        return term

    def _of_power(self, term: t.Pow, env: Environment, state: _State) -> Lanes:
        """What x^y is depends on how y is written; see README."""
        base, exponent = self._value(term.base, env, state), self._written(term.exponent, env)
        nan, tiny = self.field.nan, self.field.tiny
        whole, literal = self._whole(exponent, env), t.rational(exponent)
        if whole is not None:
            if whole >= 0 and _is_never_negative(exponent):
                return [_power(b, whole, nan) if whole else b * 0 + 1 for b in base]
            self._note(term.base, env, base)
            return [_power(b, whole, nan) if abs(b) > tiny else nan for b in base]
        self._note(term.base, env, base)
        exp, ln = self._exp, self.field.functions["ln"]
        if literal is not None:
            e, at_zero = self.field.number(literal), self.field.number(Fraction(0)) if literal > 0 else nan
            # A base that rounding alone makes negative is 0.
            return [exp(e * ln(b)) if b > 0 else at_zero if b >= -tiny else nan for b in base]
        return [exp(e * ln(b)) for b, e in zip(base, self._value(term.exponent, env, state), strict=True)]

    def _exp(self, x: Any) -> Any:
        try:
            return self.field.functions["exp"](x)
        except OverflowError:
            self.unsure = True
            return self.field.nan

    def _whole(self, exponent: t.Term, env: Environment) -> int | None:
        """The value of an exponent that is a whole number by its form: made of whole numbers, sizes and indices by + - *."""
        value = t.rational(exponent)
        if value is not None:
            return int(value) if value.denominator == 1 else None
        match exponent:
            case t.Size(name):
                return self.sizes[name]
            case t.Ordinal(place):
                return self._position(place, env)
            case t.Pow(base, above):
                below, power = self._whole(base, env), self._whole(above, env)
                # What has no value, or too many digits, is no exponent here.
                few = below is not None and power is not None and power >= 0 and power * abs(below) < 100
                return below**power if few else None  # type: ignore[operator]
            case t.Neg(inner):
                found = self._whole(inner, env)
                return None if found is None else -found
            case t.Add(parts) | t.Mul(parts):
                values = [self._whole(part, env) for part in parts]
                if None in values:
                    return None
                known = [value for value in values if value is not None]
                return sum(known) if isinstance(exponent, t.Add) else math.prod(known)
        return None

    def _of_function(self, term: t.Apply, env: Environment, state: _State) -> Lanes:
        function = self.field.functions.get(term.function)
        if function is None:
            raise Unsupported(f"{term.function} cannot be computed")
        if not term.arguments:
            return [function()] * state.width
        arguments = [self._value(argument, env, state) for argument in term.arguments]
        if self.log is not None:
            if len(arguments) == 2:
                self._note(term, env, [a - b for a, b in zip(*arguments, strict=True)])
            for border in FLOATS.borders.get(term.function, ()) if len(arguments) == 1 else ():
                away = self.field.number(Fraction(border))
                place = t.Add((term, t.Number(Fraction(border)))) if border else term
                self._note(place, env, [a - away for a in arguments[0]])
        spend(state.width * self.field.cost)
        try:
            return list(map(function, *arguments))
        except OverflowError:
            self.unsure = True  # not undefined: with many digits it has a value
            return [self._or_nan(function, lane) for lane in zip(*arguments, strict=True)]

    def _or_nan(self, function: Callable[..., Any], lane: tuple[Any, ...]) -> Any:
        try:
            return function(*lane)
        except OverflowError:
            return self.field.nan

    def _of_binder(self, term: t.Sum | t.Prod, env: Environment, state: _State) -> Lanes:
        total: Lanes | None = None
        for inside in self._run(term, env):
            part = self._value(term.body, inside, state)
            if total is None:
                total = part
            elif isinstance(term, t.Sum):
                total = [a + b for a, b in zip(total, part, strict=True)]
            else:
                total = [a * b for a, b in zip(total, part, strict=True)]
        return [self.field.number(Fraction(isinstance(term, t.Prod)))] * state.width if total is None else total

    def _of_extreme(self, term: t.Max | t.Min, env: Environment, state: _State) -> Lanes:
        larger = self.field.functions["max" if isinstance(term, t.Max) else "min"]
        found: Lanes | None = None
        for inside in self._run(term, env):
            part = self._value(term.body, inside, state)
            if found is None:
                found = part
                continue
            self._note(term, inside, [a - b for a, b in zip(found, part, strict=True)])
            found = list(map(larger, found, part))
        return [self.field.nan] * state.width if found is None else found

    # Choices.

    def _of_delta(self, term: t.Delta, env: Environment, state: _State) -> Lanes:
        equal = self._position(term.left, env) == self._position(term.right, env)
        return [self.field.number(Fraction(equal))] * state.width

    def _of_choice(self, term: t.If, env: Environment, state: _State) -> Lanes:
        claim = term.condition
        if isinstance(claim.left, t.Index) or isinstance(claim.right, t.Index):
            equal = self._position(claim.left, env) == self._position(claim.right, env)
            return self._value(term.then if equal == (claim.relation == "=") else term.otherwise, env, state)
        chosen = self._decided(claim, env, state)
        then, otherwise = self._value(term.then, env, state), self._value(term.otherwise, env, state)
        nan = self.field.nan
        return [nan if c is None else a if c else b for c, a, b in zip(chosen, then, otherwise, strict=True)]

    def _decided(self, claim: t.Comparison, env: Environment, state: _State) -> list[bool | None]:
        left, right = self._value(claim.left, env, state), self._value(claim.right, env, state)
        gaps = [a - b for a, b in zip(left, right, strict=True)]
        self._note(claim, env, gaps)
        decide, tiny = _RELATIONS[claim.relation], self.field.tiny
        small = [0 < abs(gap) <= tiny * (1 + abs(a)) for gap, a in zip(gaps, left, strict=True)]
        if any(small):
            self.unsure = True
            # What may be rounding decides nothing in floats, and with many digits it is 0.
            zero = self.field.nan if self.field is FLOATS else gaps[0] * 0
            gaps = [zero if s else gap for gap, s in zip(gaps, small, strict=True)]
        return [None if gap != gap else decide(gap) for gap in gaps]

    # Derivatives.

    def _of_derivative(self, term: t.Diff, env: Environment, state: _State) -> Lanes:
        body, by = term.body, term.by
        if self.log is not None:
            return self._value(body, env, state)
        at = tuple(self._position(index, env) for index in by.indices)
        inner = self.names.nesting(body)
        if inner >= len(self.field.steps):
            raise Unsupported("derivatives are nested too deeply")
        reach = self.names.reach_of(body)
        # Whether an entry that is held fixed outside follows what is moved inside, the language does not say.
        for outer in state.around():
            if outer.name != by.name and by.name in self.names.reach(outer.name) and outer.name in reach:
                raise Unsupported("what is held fixed outside is moved inside")
        if by.name not in reach and not any(isinstance(value, list) for value in env.values()):
            # There is none by an entry that there is not.
            moved = self.entry(by.name, at, state)
            return [a * 0 + b * 0 for a, b in zip(self._value(body, env, state), moved, strict=True)]
        step, noise = self.field.steps[inner], self.field.noise[inner]
        slopes, bends, leaps = self._quotients(body, (by.name, at), step, env, state)
        if all(bend <= noise for bend in bends) and all(leap <= self.field.leap for leap in leaps):
            return slopes
        nearer, less, _ = self._quotients(body, (by.name, at), step / 4, env, state)
        # On a smooth curve the bend is a quarter of what it was, and the slope what it was; at a jump or pole it grows.
        nan, fine = self.field.nan, noise / 1000
        settled = self.field.settled
        return [
            new
            if (b <= fine or b <= 0.6 * a)
            and (abs(new) <= abs(old) + fine or abs(new - old) <= 0.3 * abs(new))
            and abs(new - old) <= settled * (1 + abs(new))
            else nan
            for new, old, b, a in zip(nearer, slopes, less, bends, strict=True)
        ]

    def _quotients(self, body: t.Term, key: Key, step: Any, env: Environment, state: _State) -> tuple[Lanes, Lanes, Lanes]:
        """The slope of `body` over a step up and a step down, by how much the two differ, and how far the step leads.

        Both are measured by what they are of: the slope, and the value.
        """
        width = state.width
        moved = _State(3 * width, state, *key)
        start = self.entry(*key, state)
        # What is small moves by a part of itself: 1/x bends a lot near 0.
        steps = [step * min(max(abs(a), SMALLEST), 1) if a else step for a in start]
        ahead = [a + h for a, h in zip(start, steps, strict=True)]
        moved.memo[key] = [*start, *ahead, *(a - h for a, h in zip(start, steps, strict=True))]
        inside = {name: value * 3 if isinstance(value, list) else value for name, value in env.items()}
        found = self._value(body, inside, moved)
        here, above, below = found[:width], found[width : 2 * width], found[2 * width :]
        slopes = [(a - b) / (2 * h) for a, b, h in zip(above, below, steps, strict=True)]
        bends = [
            abs(a + b - 2 * c) / (h * (1 + abs(s)))
            for a, b, c, s, h in zip(above, below, here, slopes, steps, strict=True)
        ]
        leaps = [abs(s) * h / (1 + abs(c)) for s, c, h in zip(slopes, here, steps, strict=True)]
        return slopes, bends, leaps

    # Places.

    def _note(self, term: t.Term, env: Environment, lanes: Lanes) -> None:
        if self.log is not None and not self.names.is_positive(term):
            self.log[term, self._place(env), env.get(PATH)] = lanes

    @staticmethod
    def _place(env: Environment) -> tuple[int, ...]:
        return tuple(value for value in env.values() if isinstance(value, int))


_RELATIONS: dict[str, Callable[[Any], bool]] = {
    "=": lambda gap: gap == 0,
    "!=": lambda gap: gap != 0,
    ">": lambda gap: gap > 0,
    ">=": lambda gap: gap >= 0,
}


def _is_never_negative(exponent: t.Term) -> bool:
    """Whether an exponent cannot be negative by its form: sums and products of sizes and of numbers that are not."""
    value = t.rational(exponent)
    if value is not None:
        return value >= 0
    match exponent:
        case t.Size() | t.Ordinal():
            return True
        case t.Pow(base, above):
            return _is_never_negative(base) and _is_never_negative(above)
        case t.Add(parts) | t.Mul(parts):
            return all(map(_is_never_negative, parts))
    return False


def _power(base: Any, exponent: int, nan: Any) -> Any:
    try:
        return base**exponent if abs(exponent) <= LARGEST_EXPONENT else nan
    except OverflowError:
        return nan
