"""Examples of functions for what is assumed everywhere: a point can meet `f(g(3)) = 3`; for all x only functions do that.

    assume for all t: diff(y(t), t) = -k*y(t)        y(u) = exp(-(k*u))

Where such functions stand in the place of the unknown ones, what they meet is no demand on the points any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice, product

from derive.errors import LimitError
from derive.floor import terms as t
from derive.floor.ring import Atoms
from derive.floor.signs import INTRINSIC, holds
from derive.floor.theory import MOST_THEORIES, Assumption, Definition, Theory, UnknownFunction
from derive.limits import spend
from derive.numbers.arithmetic import Enclosures
from derive.numbers.evaluate import Environment, Evaluation, Key, Point
from derive.numbers.examples import argument_names, body_of, slope
from derive.numbers.intervals import Interval, Undefined
from derive.numbers.model import Model, Unsupported

MOST_TRIED = 1_000  # functions together
TRIED = 500  # units for each
PLACES = 6  # at which they are compared
PRECISION = 200


def met(theory: Theory, terms: Iterable[t.Term]) -> tuple[Theory, dict[str, Definition]]:
    """The theory without what it assumes everywhere, and functions that are sure to meet that.

    Raises `Unsupported` where none are found, and the terms are about more of it than its variables.
    """
    rows = tuple(row for row in theory.assumptions if row.everywhere)
    if not rows:
        return theory, {}
    rest = replace(theory, assumptions=tuple(row for row in theory.assumptions if not row.everywhere))
    model = Model(theory)

    def named(term: t.Term) -> frozenset[str]:
        return model.reach_of(term) | t.size_names(term) | {each.name for each in t.free_indices(term)}

    about = frozenset[str]().union(*map(named, (*terms, *(row.claim for row in rest.assumptions))))
    bound = {row.number: named(row.claim) - row.everywhere for row in rows}  # what it binds besides its variables
    meant = [row for row in rows if not bound[row.number]]
    while more := [row for row in rows if row not in meant and not about.isdisjoint(bound[row.number])]:
        meant += more
        about = about.union(*(bound[row.number] for row in more))
    found = _examples(rest, tuple(row for row in rows if row in meant))
    if found is None:
        raise Unsupported("no functions are known that meet what is assumed everywhere")
    return rest, found


@lru_cache(MOST_THEORIES)
def _examples(theory: Theory, rows: tuple[Assumption, ...]) -> dict[str, Definition] | None:
    """Functions with which both sides of each row are equal, whatever else has which value."""
    model = Model(theory)
    found: dict[str, Definition] = {}
    waiting = list(rows)
    while waiting:
        together = [waiting.pop(0)]
        for row in together:  # which grows: rows about other functions are met by themselves
            functions = _functions(row, model)
            together += [other for other in waiting if not functions.isdisjoint(_functions(other, model))]
            waiting = [other for other in waiting if other not in together]
        every = frozenset[str]().union(*(_functions(row, model) for row in together))
        own = _fitting(theory, tuple(together), sorted(every))
        if own is None:
            return None
        found |= own
    return found


def _functions(row: Assumption, model: Model) -> frozenset[str]:
    return frozenset(map(t.declared_name, model.reach_of(row.claim))) & model.theory.functions.keys()


def _fitting(theory: Theory, rows: tuple[Assumption, ...], functions: list[str]) -> dict[str, Definition] | None:
    """The first of these functions, as they are tried, that meet the rows."""
    names = frozenset[str]().union(*(Model(theory).reach_of(row.claim) for row in rows))
    constants = [t.scalar(name) for name in sorted(names) if _is_constant(name, theory)]
    choices = [[*_told(row, rows), *_candidates(row, constants)] for row in (theory.functions[name] for name in functions)]
    for chosen in islice(product(*choices), MOST_TRIED):
        found = dict(zip(functions, chosen, strict=True))
        spend(TRIED)
        if all(_holds(row.claim, theory, found, names) and _is_met(row.claim, found) for row in rows):
            return found
    return None


def _is_met(claim: t.Comparison, functions: dict[str, Definition]) -> bool:
    """Whether a relation holds with these functions in it, by arithmetic or by the form of its sides alone.

    That it does so at a few places would not tell what it does behind a border, or between them.
    """
    try:
        left, right = (_put_in(side, functions) for side in (claim.left, claim.right))
        if claim.relation == "=":
            return Atoms().equal(left, right)
    except (Unsupported, LimitError, ZeroDivisionError):
        return False
    return holds(INTRINSIC.sign(t.add(left, t.neg(right))).relation, claim.relation)


def _put_in(term: t.Term, functions: dict[str, Definition]) -> t.Term:
    """The term with bodies in the place of functions, and every derivative carried out."""
    match term:
        case t.Diff(body, t.Entry(name, ())):
            return slope(_put_in(body, functions), name)
        case t.Call(name, arguments) if t.declared_name(name) in functions:
            definition = functions[t.declared_name(name)]
            given = (_put_in(each, functions) for each in arguments)
            return t.substitute(body_of(definition, name), dict(zip(map(t.scalar, definition.arguments), given, strict=True)))
    if isinstance(term, (*t.Subscript, t.Binder, t.Comparison)):
        if any(isinstance(part, t.Call | t.Diff) for part in t.subterms(term)):
            raise Unsupported("a function under a sum")
        return term
    return t.rebuild(term, tuple(_put_in(part, functions) for part in t.children(term)))


def _is_constant(name: str, theory: Theory) -> bool:
    row = theory.unknowns.get(name)
    return row is not None and not row.variable and not row.ranges


def _told(function: UnknownFunction, rows: tuple[Assumption, ...]) -> Iterator[Definition]:
    """What an equation f(x, y) = … says of a function altogether."""
    for row in rows:
        sides = (row.claim.left, row.claim.right)
        for side, other in (sides, sides[::-1]):
            match side:
                case t.Call(function.name, arguments) if len({*arguments}) == len(arguments):
                    plain = all(isinstance(each, t.Entry) and not each.indices for each in arguments)
                    if plain and function.name not in t.entry_names(other) and not t.moved_names(other):
                        names = argument_names(function.arity)
                        put: dict[t.Term, t.Term] = dict(zip(arguments, map(t.scalar, names), strict=True))
                        body = t.substitute(other, put)
                        yield Definition(function.name, (), names, body, _text(body))


_SIGNS = {t.Add: " + ", t.Mul: "*", t.Div: "/", t.Pow: "^"}


def _text(term: t.Term) -> str:
    """A body as text, with more parentheses than it needs."""
    parts = [_text(part) for part in t.children(term)]
    match term:
        case t.Number(value):
            return str(value)
        case t.Entry(name, ()) | t.Size(name):
            return name
        case t.Neg():
            return f"-({parts[0]})"
        case t.Apply(name) | t.Call(name):
            return f"{name}({', '.join(parts)})"
    sign = _SIGNS.get(type(term))
    if sign is None:
        return "as it is assumed"
    bare = (isinstance(part, t.Entry | t.Number | t.Apply) or sign == " + " for part in t.children(term))
    return sign.join(part if plain else f"({part})" for part, plain in zip(parts, bare, strict=True))


def _candidates(function: UnknownFunction, constants: list[t.Entry]) -> Iterator[Definition]:
    """Functions that may do, the telling ones first."""
    if function.of or function.arity > 1:
        return
    (name,) = argument_names(1)
    u = t.scalar(name)
    scaled: list[tuple[str, t.Term]] = [(name, u), *((f"{c.name}*{name}", t.mul(c, u)) for c in constants)]
    bodies = [(f"exp(-{text})", t.apply("exp", t.neg(each))) for text, each in scaled]
    bodies += [(f"{each}({text})", t.apply(each, whole)) for each in ("exp", "sin") for text, whole in scaled]
    bodies += [(f"2*{name}", t.mul(t.number(2), u)), (f"{name}/2", t.div(u, t.number(2))), *scaled, (f"-{name}", t.neg(u))]
    bodies += [(f"{name} + {c.name}", t.add(u, c)) for c in constants]
    bodies += [(f"{name}^2", t.power(u, t.number(2))), *((c.name, c) for c in constants), ("1", t.ONE), ("0", t.ZERO)]
    for text, body in bodies:
        yield Definition(function.name, (), (name,), body, text)


def _points(claim: t.Comparison, theory: Theory, names: frozenset[str], place: int) -> Iterator[tuple[Point, Environment]]:
    """Values of all that the claim is made of, and of the indices for all values of which it is made."""
    sizes = {name: max(least, 2 + place % 2) for name, least in theory.sizes.items()}
    values: dict[Key, Fraction] = {}
    for unknown in (row for name, row in theory.unknowns.items() if name in names):
        for at in product(*(range(1, _length(extent, sizes) + 1) for extent in unknown.ranges)):
            turn = 7919 * (place + 1) + 104729 * (len(values) + 1)
            value = Fraction(turn % 1009 + 1, turn % 211 + 17)
            values[unknown.name, at] = value if unknown.relation or turn % 13 < 7 else -value
    chosen_indices = {name: 1 + place % _length(index.range, sizes) for name, index in theory.indices.items()}
    point = Point(sizes, chosen_indices, values)
    every = sorted(theory.universal(claim), key=t.by_name)
    for chosen in product(*(range(1, _length(index.range, sizes) + 1) for index in every)):
        yield point, dict(zip(every, chosen, strict=True))


def _length(extent: t.Term, sizes: dict[str, int]) -> int:
    return sizes[extent.name] if isinstance(extent, t.Size) else int(t.rational(extent) or 0)


def _holds(claim: t.Comparison, theory: Theory, functions: dict[str, Definition], names: frozenset[str]) -> bool:
    """Whether a relation holds at some places that nothing singles out."""
    model = Model(theory, functions)
    for place in range(PLACES):
        for point, indices in _points(claim, theory, names, place):
            evaluation = Evaluation(model, point, Enclosures(PRECISION))
            try:
                left, right = (evaluation.value(side, indices) for side in (claim.left, claim.right))
            except Undefined:
                return False
            if not _stand_so(left - right, claim.relation):
                return False
    return True


def _stand_so(difference: Fraction | Interval, relation: str) -> bool:
    low, high = (difference, difference) if isinstance(difference, Fraction) else (difference.low, difference.high)
    if relation == "=":
        return low <= 0 <= high and high - low < Fraction(1, 2**60)
    return low > 0 or (relation == ">=" and low >= 0) or (relation == "!=" and high < 0)
