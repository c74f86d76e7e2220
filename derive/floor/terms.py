"""Terms: the one data type of derive.

A term is an expression over the real numbers as a person writes it: nothing here simplifies, and `a/b` stays a quotient.

    Number(1/2)                     an exact rational number
    Size("H")                       a symbolic whole number, at least 1; as a term, that number
    Index("i", Size("H"))           an index that runs from 1 to H; it carries its range, as a typed variable does
    Fixed("o", Size("H"))           a declared index, `index o: H`: no other index is it, whatever that is called
    Ordinal(i)                      the number that an index is, as a value: i in sum(i*x[i], i)
    Affine((i, k), (1, -1), 1)      an index computed from others, i - k + 1; where it lies outside of its range the entry is 0
    Entry("Z", (Index("i", H),))    the entry Z[i] of an array; a scalar is an entry without indices
    Call("sigma", (x,))             a function that the derivation itself defines or declares
    Call("f'", (x,)), Call("g'1'2", (x, y))   derivatives of declared functions: f'(x), and g by both of its arguments
    Apply("exp", (x,))              a function of the table in `functions`
    Add, Neg, Mul, Div, Pow         arithmetic; a - b is Add((a, Neg(b)))
    Sum(i, (k,), body)              the sum of body over every i in its range other than k; Prod, Max and Min likewise
    Delta(i, k)                     1 where i = k, else 0
    If(Comparison(i, "=", k), a, b) a choice
    Diff(body, by)                  the derivative of body by the entry `by`, not evaluated

Terms are immutable and interned: equal terms are the same object, so `==` costs nothing and a term can be a key anywhere.

These four bind their index in the body; an excluded index lies outside the binder. A bound index has no name in the term
(McBride and McKinna, *I am not a number, I am a free variable*, 2004): it is kept as `Bound(n)`, the number of binders between
it and its own, so that no free index can be captured, whatever it is called.

    Sum(i, (), Z[i]*c[k])      is kept as      a sum over H, its letter "i", its scope Z[Bound(0)]*c[k]

`index` and `body` open a binder: the index is called by the letter that its author gave it, and by another one where an index
of that name stands inside already. The letter is for printing; `alpha_equal` does not look at it. What is to hold of the body
whatever stands around the binder is said of a `Local` index, which is equal to no other: see `opened`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar, dataclass_transform
from weakref import WeakValueDictionary

from derive.errors import KernelError
from derive.floor.frozen import Table
from derive.limits import LONGEST_KEY, shortened, spend, uncounted

_making = RLock()
_interned: WeakValueDictionary[tuple[Any, ...], Term] = WeakValueDictionary()
_under_way: set[tuple[Any, ...]] = set()

RELATIONS = ("=", "!=", ">", ">=")

_SORTS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: type(value) is str,
    "int": lambda value: type(value) is int,
    "Level": lambda value: type(value) is int and value >= 0,
    "Fraction": lambda value: type(value) is Fraction,
    "Place": lambda value: type(value) is Place,
    "Term": lambda value: type(type(value)) is _Kind and type(value) in _Kind.every,
    "Value": lambda value: _SORTS["Term"](value) and not isinstance(value, Index | Bound | Affine | Comparison),
    "Whole": lambda value: type(value) is Number and value.value.denominator == 1,
    "Range": lambda value: type(value) is Size or (_SORTS["Whole"](value) and value.value >= 1),
    "Index": lambda value: type(type(value)) is _Kind and type(value) in (Index, Fixed, Local, Quantified),
    "Apart": lambda value: type(value) is Bound or _SORTS["Whole"](value) or _SORTS["Index"](value),
    "Where": lambda value: type(value) is Affine or _SORTS["Apart"](value),
    "Part": lambda value: type(value) in (Size, Bound) or _SORTS["Index"](value),
    "Relation": lambda value: type(value) is str and value in RELATIONS,
    "Variable": lambda value: type(value) is Entry and not any(type(place) is Affine for place in value.indices),
    "Comparison": lambda value: type(value) is Comparison,
}
for _name, _one in tuple(_SORTS.items()):
    _SORTS[f"tuple[{_name}, ...]"] = lambda value, one=_one: type(value) is tuple and all(map(one, value))  # type: ignore[misc]
_SORTS["Some"] = lambda value: _SORTS["tuple[Value, ...]"](value) and len(value) > 0
_SORTS["Several"] = lambda value: _SORTS["tuple[Value, ...]"](value) and len(value) > 1
"""What a field holds that is annotated so, and nothing that could change: a subclass of str need not say the same twice."""
_HOLDS = {
    **dict.fromkeys(("Term", "Value", "Range", "Where", "Apart", "Variable", "Comparison"), "a term"),
    **dict.fromkeys(("Some", "Several", "tuple[Value, ...]", "tuple[Where, ...]", "tuple[Part, ...]"), "terms"),
}
Level: TypeAlias = int
Value: TypeAlias = "Term"  # what has a value; no index has one, and no relation
Some: TypeAlias = "tuple[Value, ...]"  # at least one
Several: TypeAlias = "tuple[Value, ...]"  # at least two
Relation: TypeAlias = str
Range: TypeAlias = "Term"  # a size, or a whole number that is at least 1
Apart: TypeAlias = "Term"  # an index, or a whole number
Where: TypeAlias = "Term"  # a place of an array
Part: TypeAlias = "Term"  # what a place is computed from
Variable: TypeAlias = "Entry"  # what one differentiates by, at no computed index


def is_a(sort: str, value: Any) -> bool:
    """Whether a value is of a sort, by its class alone: nothing that it may say of itself is asked."""
    return _SORTS[sort](value)


def _checked(sorts: tuple[str, ...], values: tuple[Any, ...]) -> None:
    for sort, value in zip(sorts, values, strict=True):
        if not is_a(sort, value):
            raise KernelError(f"{value!r} is no {sort}")


class _Kind(type):
    """The class of the classes of terms: the fields are what is annotated, each has a slot and holds what it says."""

    every: ClassVar[set[type] | frozenset[type]] = set()

    def __new__(mcs, name: str, bases: tuple[Any, ...], body: dict[str, Any]) -> Any:
        if isinstance(mcs.every, frozenset):
            raise TypeError("what is a term is said in one place")
        fields = body.get("__annotations__", {})
        kind: Any = super().__new__(mcs, name, bases, {"__slots__": tuple(fields), **body})
        mcs.every.add(kind)
        if bases:
            kind._sorts = (*bases[0]._sorts, *fields.values())
            kind._fields = kind.__match_args__ = (*bases[0]._fields, *fields)  # type: ignore[misc]
            kind._parts = tuple((name, _HOLDS.get(sort, "")) for name, sort in zip(kind._fields, kind._sorts, strict=True))
        return kind


@dataclass_transform(frozen_default=True, eq_default=False)
class Term(metaclass=_Kind):
    """The base of all terms: a constructor that interns, and what makes x + 2*y of terms in Python."""

    # What is computed from a term alone is kept with it: see `kept`. There is room for nothing else.
    __slots__ = (
        *("__weakref__", "_canonical", "_children", "_defined", "_entry_names", "_free_indices", "_intrinsic_sign"),
        *("_is_closed", "_long", "_loose", "_moved_names", "_size", "_size_names", "_uses"),
    )

    _fields: ClassVar[tuple[str, ...]] = ()
    _sorts: ClassVar[tuple[str, ...]] = ()
    _parts: ClassVar[tuple[tuple[str, str], ...]] = ()  # the fields, and which hold a term or several

    def __new__(cls, *values: Any) -> Any:
        if len(values) != len(cls._fields):
            raise TypeError(f"{cls.__name__} takes {len(cls._fields)} fields, not {len(values)}")
        spend()
        key = (cls, *values)
        found = _interned.get(key)
        return cls._made(key, values) if found is None else found

    @classmethod
    def _made(cls, key: tuple[Any, ...], values: tuple[Any, ...]) -> Any:
        _checked(cls._sorts, values)
        if not cls._fit(*values):
            raise KernelError(f"{values!r} do not make one {cls.__name__}")
        return cls._once(key, dict(zip(cls._fields, values, strict=True)))

    @classmethod
    def _once(cls, key: tuple[Any, ...], fields: Mapping[str, Any]) -> Any:
        """Equality is identity: two threads must not make a term twice, nor may what runs in the midst of it, a finalizer."""
        with _making:
            if key in _under_way:
                raise RuntimeError("a term is asked for while it is being made")
            try:
                _under_way.add(key)
                found = _interned.get(key)
                if found is None:
                    found = object.__new__(cls)
                    for name, value in fields.items():
                        object.__setattr__(found, name, value)
                    _interned[key] = found
                return found
            finally:
                _under_way.discard(key)

    @classmethod
    def _fit(cls, *values: Any) -> bool:
        """Whether values of the right sorts fit together."""
        return True

    def __setattr__(self, name: str, value: object = None) -> None:
        raise AttributeError(f"a term cannot be changed: {name}")

    __delattr__ = __setattr__

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self._fields)

    def __repr__(self) -> str:
        text: str | None = getattr(self, "_long", None)
        if text is None:
            text = shortened(f"{type(self).__name__}({', '.join(map(repr, self.__reduce__()[1]))})")
            if len(text) > LONGEST_KEY:
                object.__setattr__(self, "_long", text)
        return text

    def __add__(self, other: Term) -> Term:
        return add(self, other)

    def __sub__(self, other: Term) -> Term:
        return add(self, neg(other))

    def __neg__(self) -> Term:
        return neg(self)

    def __mul__(self, other: Term) -> Term:
        return mul(self, other)

    def __truediv__(self, other: Term) -> Term:
        return div(self, other)

    def __pow__(self, other: Term) -> Term:
        return Pow(self, other)


class Number(Term):
    value: Fraction


class Size(Term):
    name: str


class Index(Term):
    name: str
    range: Range  # the index runs from 1 to this


class Fixed(Index):
    """An index that is declared: never bound or instantiated, and never an i that a definition above its declaration binds."""


class Place:
    """What tells one `Local` from all others: it is equal to itself only, and they are sorted as they were made."""

    __slots__ = ("order",)
    order: int
    __setattr__ = __delattr__ = Term.__setattr__

    def __init__(self) -> None:
        object.__setattr__(self, "order", next(_orders))

    def __repr__(self) -> str:
        return f"{self.order:012}"  # so that what is sorted by it is sorted as it was made


_orders = itertools.count()


class Local(Index):
    """The index of an opened binder, where it must not be any other one: each has a place of its own. See `local`."""

    place: Place


class Quantified(Index):
    """A bound index of a condition, by its place in it: see `conditions`."""


class Bound(Term):
    """A bound index in the scope of its binder: the number of binders that stand between the two."""

    level: Level


class Affine(Term):
    """The index `offset` plus the sum of factor times part: t + a - 1. Made by `affine`, which adds up equal parts."""

    parts: tuple[Part, ...]  # each once
    factors: tuple[int, ...]  # of the parts; none is 0
    offset: int

    @classmethod
    def _fit(cls, *values: Any) -> bool:
        parts, factors, _ = values
        return len(parts) == len(factors) == len(set(parts)) and 0 not in factors


class Ordinal(Term):
    """The number that an index is, as a value: at least 1. That of a whole number is the number itself."""

    place: Apart

    def __new__(cls, place: Term) -> Any:
        return place if type(place) is Number else super().__new__(cls, place)


class Entry(Term):
    name: str
    indices: tuple[Where, ...]  # Index, Number for a whole number, or Affine


class Call(Term):
    name: str
    arguments: Some


class Apply(Term):
    arities = Table[str, int]({})  # of the functions of the table, which stands above

    function: str
    arguments: tuple[Value, ...]

    @classmethod
    def _fit(cls, *values: Any) -> bool:
        return cls.arities.get(values[0]) == len(values[1])


class Add(Term):
    terms: Several


class Neg(Term):
    term: Value


class Mul(Term):
    factors: Several


class Div(Term):
    numerator: Value
    denominator: Value


class Pow(Term):
    base: Value
    exponent: Value


class Binder(Term):
    """What binds an index in its body: see the module. `letter`, `range` and `scope` are what is kept."""

    __slots__ = ("body", "excluded", "index", "letter", "range", "scope")

    index: Index
    excluded: tuple[Apart, ...]
    body: Term

    if TYPE_CHECKING:
        letter: ClassVar[str]
        range: ClassVar[Term]
        scope: ClassVar[Term]

    def __new__(cls, index: Index, excluded: tuple[Term, ...], body: Term) -> Any:
        spend(8)
        found = _interned.get((cls, index, excluded, body))
        if found is not None:
            return found
        _checked(("Index", "tuple[Apart, ...]", "Value"), (index, excluded, body))
        if index in excluded:
            # In the text the two would be one: what is left out must be told from what runs.
            raise KernelError(f"the index {index!r} cannot be left out of its own range")
        if isinstance(index, Fixed):
            raise KernelError(f"the index {index!r} is fixed by its declaration, and cannot be bound")
        made = cls.over(index.name, index.range, excluded, uncounted(_closed)(body, index, 0))
        with _making:
            _interned[cls, index, excluded, body] = made
        return made

    @classmethod
    def _made(cls, key: tuple[Any, ...], values: tuple[Any, ...]) -> Term:
        raise TypeError("a binder is made by its own constructor, or by `over`")

    @classmethod
    def over(cls, letter: str, range: Term, excluded: tuple[Term, ...], scope: Term) -> Any:
        """The binder by what is kept of it."""
        key = (cls, letter, range, excluded, scope)
        found = _interned.get(key)
        if found is None:
            _checked(("str", "Range", "tuple[Apart, ...]", "Value"), key[1:])
            found = cls._once(key, {"letter": letter, "range": range, "excluded": excluded, "scope": scope})
        return found

    @uncounted
    def __getattr__(self, name: str) -> Any:
        if name not in ("index", "body"):
            raise AttributeError(name)
        names = {other.name for other in free_indices(self)}
        index = Index(unused_name(self.letter, names), self.range)
        object.__setattr__(self, "index", index)
        object.__setattr__(self, "body", _opened(self.scope, index, 0))
        return getattr(self, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).over, (self.letter, self.range, self.excluded, self.scope)


class Sum(Binder):
    """The sum of `body` over all values of `index` other than the excluded ones."""


class Prod(Binder):
    """The product of `body` over all values of `index` other than the excluded ones."""


class Max(Binder):
    """The greatest value of `body`, likewise: there is one where not all places are left out."""


class Min(Binder):
    """The least value of `body`, where there is a greatest one."""


class Delta(Term):
    left: Where
    right: Where


class Comparison(Term):
    """A relation between two terms, or between two indices: `relation` is one of =, !=, >, >=."""

    left: Term
    relation: Relation
    right: Term

    @classmethod
    def _fit(cls, *values: Any) -> bool:
        return any(is_a(sort, values[0]) and is_a(sort, values[-1]) for sort in ("Value", "Apart"))


class If(Term):
    condition: Comparison
    then: Value
    otherwise: Value


class Diff(Term):
    body: Value
    by: Variable


_Kind.every = frozenset(_Kind.every - {Term, Binder})
Subscript = (Index, Affine)  # what names a place of an array, and is no value
ZERO, ONE, TWO, MINUS_ONE = Number(Fraction(0)), Number(Fraction(1)), Number(Fraction(2)), Number(Fraction(-1))

T = TypeVar("T", bound=Term)
K = TypeVar("K")


def number(value: int | str | Fraction) -> Number:
    """The rational number `value` as a term."""
    return Number(Fraction(value))


def rational(term: Term) -> Fraction | None:
    """The value of a number as it is written, with signs and fraction bars: -1/2; None for anything else."""
    match term:
        case Number(value):
            return value
        case Neg(inner):
            inside = rational(inner)
            return None if inside is None else -inside
        case Div(numerator, denominator):
            above, below = rational(numerator), rational(denominator)
            return above / below if above is not None and below else None
    return None


def affine(pairs: Iterable[tuple[int, Term]], offset: int = 0) -> Affine:
    """The index `offset` plus the sum of factor times part, a part being an index, a size, a whole number, or such a sum."""
    factors: dict[Term, int] = {}
    for factor, part in pairs:
        match part:
            case Number(value) if value.denominator == 1:  # a fraction is refused by `Affine`
                offset += factor * value.numerator
            case Affine(inner, inner_factors, inner_offset):
                offset += factor * inner_offset
                for each, f in zip(inner, inner_factors, strict=True):
                    factors[each] = factors.get(each, 0) + factor * f
            case _:
                factors[part] = factors.get(part, 0) + factor
    # As it is written: what is added stands before what is taken away.
    kept = sorted(((part, factor) for part, factor in factors.items() if factor), key=lambda pair: pair[1] < 0)
    return Affine(tuple(part for part, _ in kept), tuple(factor for _, factor in kept), offset)


def scalar(name: str) -> Entry:
    """A symbol without indices."""
    return Entry(name, ())


_taken: set[str] = {"_long"}


def kept(compute: Callable[[Term], K]) -> Callable[[Term], K]:
    """The same function, whose values live with the terms: they are interned, so that it is computed once for each."""
    slot = f"_{compute.__name__}"
    if slot in _taken:
        raise TypeError(f"something else is kept under {slot}")
    _taken.add(slot)

    @wraps(compute)
    def of(term: Term) -> K:
        try:
            return getattr(term, slot)  # type: ignore[no-any-return]
        except AttributeError:
            value = compute(term)
            object.__setattr__(term, slot, value)
            return value

    return of


@kept
def children(term: Term) -> tuple[Term, ...]:
    """The terms directly inside `term`, indices included; of a binder the excluded indices and then the body."""
    if isinstance(term, Binder):
        return (*term.excluded, term.body)
    held = [(getattr(term, name), kind) for name, kind in term._parts if kind]
    return tuple(part for value, kind in held for part in (value if kind == "terms" else (value,)))


def _unopened(term: Term) -> tuple[Term, ...]:
    return (*term.excluded, term.scope) if isinstance(term, Binder) else children(term)


def rebuild(term: T, parts: tuple[Term, ...]) -> T:
    """`term` with its children replaced by `parts`, in the order of `children`; a binder keeps its index."""
    if parts == children(term):
        return term
    if len(parts) != len(children(term)):
        raise TypeError(f"{term!r} has other parts")
    if isinstance(term, Binder):
        return type(term)(term.index, parts[:-1], parts[-1])
    if isinstance(term, Affine):
        return affine(zip(term.factors, parts, strict=True), term.offset)  # type: ignore[return-value]
    new = iter(parts)
    held: dict[str, Callable[[], Any]] = {"a term": lambda: next(new), "terms": lambda: tuple(new)}
    return type(term)(*(held[kind]() if kind else getattr(term, name) for name, kind in term._parts))


def subterms(term: Term) -> Iterator[Term]:
    """Every term inside `term`, each once, itself first, from the outside in and from left to right."""
    seen: set[Term] = set()
    stack = [term]
    while stack:
        here = stack.pop()
        if here not in seen:
            seen.add(here)
            if not len(seen) % 64:
                spend(16)
            yield here
            stack.extend(reversed(children(here)))


@kept
def free_indices(term: Term) -> frozenset[Index]:
    """The indices that occur in `term` and are not bound there."""
    if isinstance(term, Index):
        return frozenset((term,))
    return frozenset().union(*map(free_indices, _unopened(term)))


@kept
def entry_names(term: Term) -> frozenset[str]:
    """The names of the entries and calls in `term`: what its declarations and definitions must explain."""
    own = frozenset((declared_name(term.name),)) if isinstance(term, Entry | Call) else frozenset()
    return own.union(*map(entry_names, _unopened(term)))


@kept
@uncounted
def uses(term: Term) -> frozenset[tuple[str, tuple[Term, ...] | int]]:
    """How the names in `term` are used: with so many arguments, or at such places, an index being any of its range."""
    own: tuple[tuple[str, tuple[Term, ...] | int], ...] = ()
    match term:
        case Entry(name, places):
            own = ((name, tuple(Index("", p.range) if isinstance(p, Index) else p for p in places)),)
        case Call(name, arguments):
            own = ((name, len(arguments)),)
    return frozenset(own).union(*map(uses, children(term)))


@kept
def moved_names(term: Term) -> frozenset[str]:
    """The names of the entries by which something in `term` is differentiated."""
    own = frozenset((term.by.name,)) if isinstance(term, Diff) else frozenset()
    return own.union(*map(moved_names, _unopened(term)))


def declared_name(name: str) -> str:
    """The name of the function of which `name` is a derivative: g for g'1'2; any other name is itself."""
    return name.partition("'")[0]


def partials(name: str) -> tuple[int, ...]:
    """By which arguments, counted from 1, a call by this name is differentiated: 1, 2 for g'1'2, and 1, 1 for f''."""
    return tuple(int(argument or 1) for argument in name.split("'")[1:])


def derivative_name(name: str, arguments: tuple[int, ...], arity: int) -> str:
    """The name of the derivative of `name`, of `arity` arguments, by further `arguments`: g'1 by 2 is g'1'2.

    The arguments stand in order, since it does not matter in which one differentiates: a declared function is supposed to
    have continuous derivatives of all orders (Schwarz; Spivak, Calculus on Manifolds, theorem 2-5).
    """
    every = sorted((*partials(name), *arguments))
    return declared_name(name) + "".join("'" if arity == 1 else f"'{argument}" for argument in every)


@kept
def size_names(term: Term) -> frozenset[str]:
    """The names of the sizes in `term`, those of the ranges of its indices included."""
    own = frozenset((term.name,)) if isinstance(term, Size) else frozenset()
    ranges = size_names(term.range) if isinstance(term, Binder) else frozenset()
    return (own | ranges).union(*map(size_names, _unopened(term)))


def by_name(index: Index) -> tuple[str, str]:
    """The place of an index among others that are sorted by name."""
    return index.name, repr(index)


def unused_name(name: str, names: Container[str]) -> str:
    """The name, or the nearest to it that is none of the names: i2, i3, …"""
    if name not in names:
        return name
    stem = name.rstrip("0123456789")
    return next(f"{stem}{n}" for n in itertools.count(2) if f"{stem}{n}" not in names)


def local(letter: str, range: Term) -> Local:
    """An index that is equal to no other, whoever made it."""
    return Local(letter, range, Place())


def opened(binder: Binder) -> tuple[Local, Term]:
    """An index that stands nowhere else, and the body with it."""
    index = local(binder.letter, binder.range)
    return index, _opened(binder.scope, index, 0)


def instance(binder: Binder, value: Term) -> Term:
    """The body with `value` for the index: the term of the sum or product at that place."""
    return _opened(binder.scope, value, 0)


def _closed(term: Term, index: Index, depth: int) -> Term:
    """`term` with Bound(depth) for the index."""
    if index not in free_indices(term):
        return term
    return Bound(depth) if term is index else _into_scopes(term, depth, lambda part, level: _closed(part, index, level))


def _opened(term: Term, value: Term, depth: int) -> Term:
    """`term` with `value` for Bound(depth). Nothing can be captured: in `value` no index is bound from outside."""
    if loose(term) <= depth:
        return term
    return value if isinstance(term, Bound) else _into_scopes(term, depth, lambda part, level: _opened(part, value, level))


def mentions(term: Term, level: int) -> bool:
    """Whether the index of a binder that stands that many binders outside of `term` is mentioned in it."""
    if loose(term) <= level:
        return False
    if isinstance(term, Bound):
        return term.level == level
    if isinstance(term, Binder):
        return mentions(term.scope, level + 1) or any(mentions(part, level) for part in term.excluded)
    return any(mentions(part, level) for part in children(term))


def lowered(term: Term, depth: int = 0) -> Term:
    """A term of a scope that does not mention its index, as it is outside of the binder."""
    if loose(term) <= depth:
        return term
    return Bound(term.level - 1) if isinstance(term, Bound) else _into_scopes(term, depth, lowered)


def _into_scopes(term: Term, depth: int, change: Callable[[Term, int], Term]) -> Term:
    """`term` with its parts changed; inside of a binder the depth is one more."""
    if isinstance(term, Binder):
        excluded = tuple(change(part, depth) for part in term.excluded)
        return type(term).over(term.letter, term.range, excluded, change(term.scope, depth + 1))  # type: ignore[no-any-return]
    return rebuild(term, tuple(change(part, depth) for part in children(term)))


@kept
def is_closed(term: Term) -> bool:
    """Whether every bound index in a term has its binder there, and none is that of a condition."""
    return not loose(term) and not any(isinstance(index, Quantified) for index in free_indices(term))


@kept
def loose(term: Term) -> int:
    """One more than the greatest number of a bound index whose binder stands outside of `term`; 0 if there is none."""
    if isinstance(term, Bound):
        return term.level + 1
    if isinstance(term, Binder):
        return max(0, loose(term.scope) - 1, *map(loose, term.excluded))
    return max(map(loose, children(term)), default=0)


def substitute(term: Term, mapping: Mapping[Term, Term]) -> Term:
    """`term` with every free occurrence of a key replaced by its value, all at once.

    A key is an `Index`, or an `Entry` or `Size` (as a whole term). Fails with `ValueError` where that would be no term: where
    `diff(f, x)` were differentiated by a number, or a computed index left out of a sum, or compared in a choice.
    """
    if not mapping:
        return term
    indices = frozenset(key for key in mapping if isinstance(key, Index))
    return _substitute(term, mapping, indices if len(indices) == len(mapping) else None)


def _substitute(term: Term, mapping: Mapping[Term, Term], indices: frozenset[Index] | None) -> Term:
    """As above; `indices` are the keys where all are indices."""
    if indices is not None and indices.isdisjoint(free_indices(term)):
        return term
    found = mapping.get(term)
    if found is not None:
        return found
    if isinstance(term, Binder):
        excluded = tuple(_substitute(part, mapping, indices) for part in term.excluded)
        range, scope = (_substitute(part, mapping, indices) for part in (term.range, term.scope))
        return type(term).over(term.letter, range, excluded, scope)  # type: ignore[no-any-return]
    parts = tuple(_substitute(part, mapping, indices) for part in children(term))
    return rebuild(term, parts) if parts else term


@kept
@uncounted
def canonical(term: Term) -> Term:
    """`term` without the letters of its bound indices: one object for all terms that differ in those only."""
    if isinstance(term, Binder):
        excluded = tuple(sorted(map(canonical, term.excluded), key=repr))
        return type(term).over("", term.range, excluded, canonical(term.scope))  # type: ignore[no-any-return]
    parts = children(term)
    return rebuild(term, tuple(map(canonical, parts))) if parts else term


def alpha_equal(left: Term, right: Term) -> bool:
    """Whether the two terms differ at most in the names of their bound indices."""
    return left is right or canonical(left) is canonical(right)


def add(*terms: Term) -> Term:
    """The sum of `terms` as a person writes it: zeros left out, nested sums flattened, nothing else simplified."""
    flat: list[Term] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) else () if term is ZERO else (term,))
    return ZERO if not flat else flat[0] if len(flat) == 1 else Add(tuple(flat))


def neg(term: Term) -> Term:
    """Minus `term`; the sign of a number and a double sign are resolved."""
    match term:
        case Number(value):
            return Number(-value)
        case Neg(inner):
            return inner
        case Mul(factors) if isinstance(factors[0], Neg | Number):
            return mul(neg(factors[0]), *factors[1:])
    return Neg(term)


def mul(*factors: Term) -> Term:
    """The product of `factors` as a person writes it: ones left out, a zero is 0, the sign in front."""
    flat: list[Term] = []
    negative = False
    for factor in factors:
        if isinstance(factor, Neg):
            negative, factor = not negative, factor.term
        flat.extend(factor.factors if isinstance(factor, Mul) else () if factor is ONE else (factor,))
    if ZERO in flat:
        return ZERO
    if flat and isinstance(flat[0], Number) and len(flat) > 1 and flat[0] is MINUS_ONE:
        negative, flat = not negative, flat[1:]
    if not flat:
        return MINUS_ONE if negative else ONE
    if negative and len(flat) > 1:
        return Mul((neg(flat[0]) if isinstance(flat[0], Number) else Neg(flat[0]), *flat[1:]))
    product = flat[0] if len(flat) == 1 else Mul(tuple(flat))
    return neg(product) if negative else product


def div(numerator: Term, denominator: Term) -> Term:
    """The quotient as a person writes it; a denominator 1 is left out."""
    return numerator if denominator is ONE else Div(numerator, denominator)


def power(base: Term, exponent: Term) -> Term:
    """The power as a person writes it; an exponent 1 is left out."""
    return base if exponent is ONE else Pow(base, exponent)


def apply(function: str, *arguments: Term) -> Term:
    """A function of the table applied to `arguments`."""
    return Apply(function, arguments)
