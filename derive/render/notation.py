"""How a term becomes mathematics on the page, whatever the page: where signs, parentheses and dots between factors go.

The structure of a term is walked here, once; what a fraction, a subscript or a sum looks like is said by the notations
derived from this one, in `unicode`, `latex` and `mathml`. A term is written as a `Piece`: its text without a leading minus
sign, whether it has one, and how tightly it holds together:

    RELATION  a = b          BIG       Σ_i y_i, ∂/∂x (…): what stands to the right belongs to it
    ADD       a + b          FRACTION  a/b, ∂E/∂x
    RATIO     a b / c        POWER     x², ln x
    PRODUCT   a b            ATOM      x, Z_k, f(x), (…)

A piece that holds together less than its surroundings ask for goes into parentheses. The sign is kept apart because it
travels: `c + (-a)*b` is read as c − a b.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from derive.checking.elision import DOTS
from derive.floor import terms as t
from derive.floor.functions import TABLE
from derive.floor.theory import MOST_THEORIES, Theory
from derive.language.names import shown_name
from derive.language.writer import BUILT_IN, as_sum, held_names, is_own


class Level(IntEnum):
    """How tightly a piece holds together, loosest first."""

    RELATION = 0
    ADD = 1
    RATIO = 2
    PRODUCT = 3
    BIG = 4
    FRACTION = 5
    POWER = 6
    ATOM = 7


class Where(IntEnum):
    """What stands around a piece: nothing or a sign; factors to its left; a factor to its right, which it must not swallow."""

    ALONE = 0
    LAST = 1
    INNER = 2


class Piece(NamedTuple):
    """A term as written: `text` without its sign, and how tightly it holds together."""

    text: str
    level: Level = Level.ATOM
    negative: bool = False


OTHERWISE = {"=": "!=", "!=": "="}
"""The relation between two indices that holds where the given one does not."""

BARE = frozenset(
    name for name, row in TABLE.items() if row.arity == 1 and row.latex == f"\\{name}" and name not in ("exp", "sqrt", "abs")
)
"""Functions whose simple argument needs no parentheses: ln x, sin x."""

Terms = tuple[t.Term, ...]


@lru_cache(MOST_THEORIES)
def _names(theory: Theory) -> tuple[frozenset[str], frozenset[str]]:
    """The names that are declared, and those among them of functions of its own."""
    taken = frozenset((*theory.unknowns, *theory.definitions, *theory.functions, *theory.sizes))
    return taken, frozenset(name for name in taken if is_own(name, theory))


class Notation(ABC):
    """One way to write terms; the names that `theory` declares are not given a second meaning."""

    plus = "+"
    minus = "-"
    dot = " · "
    comma = ", "

    def __init__(self, theory: Theory | None = None) -> None:
        self.taken, self.own = (frozenset[str](), frozenset[str]()) if theory is None else _names(theory)
        self._pieces: dict[tuple[t.Term, Where], Piece] = {}

    # What a notation decides.

    @abstractmethod
    def name(self, name: str) -> str: ...

    @abstractmethod
    def group(self, text: str) -> str: ...

    @abstractmethod
    def subscripted(self, name: str, indices: Terms) -> str: ...

    @abstractmethod
    def primed(self, name: str, order: int, by: str) -> str: ...

    @abstractmethod
    def join(self, left: Piece, right: Piece) -> str: ...

    @abstractmethod
    def quotient(self, numerator: t.Term, denominator: t.Term, where: Where) -> Piece: ...

    @abstractmethod
    def ratio(self, numerator: str, denominator: str) -> Piece: ...

    @abstractmethod
    def ten_to(self, exponent: int) -> str: ...

    @abstractmethod
    def power(self, base: str, exponent: t.Term) -> str: ...

    @abstractmethod
    def big(self, term: t.Binder) -> str: ...

    @abstractmethod
    def applied(self, term: t.Apply, where: Where) -> Piece: ...

    @abstractmethod
    def derivative(self, body: t.Term, by: tuple[t.Entry, ...], where: Where) -> Piece: ...

    @abstractmethod
    def choice(self, term: t.If) -> Piece: ...

    @abstractmethod
    def delta(self, term: t.Delta) -> str: ...

    @abstractmethod
    def relation(self, relation: str) -> str: ...

    @abstractmethod
    def dots(self) -> str: ...

    def digits(self, number: str) -> str:
        """A number that is not negative, of digits and a point."""
        return number

    # The walk.

    def write(self, term: t.Term) -> str:
        """`term` as it stands alone."""
        return self.signed(self.piece(term))

    def signed(self, piece: Piece) -> str:
        return self.minus + piece.text if piece.negative else piece.text

    def fit(self, term: t.Term, where: Where, least: Level, sign: bool = False) -> Piece:
        """`term` in parentheses unless it holds together as tightly as `least`; with `sign`, a leading minus may stay."""
        piece = self.piece(term, where)
        if piece.level >= least and (sign or not piece.negative):
            return piece
        piece = self.piece(term, Where.ALONE)
        if sign:
            return Piece(self.group(piece.text), Level.ATOM, piece.negative)
        return Piece(self.group(self.signed(piece)))

    def piece(self, term: t.Term, where: Where = Where.ALONE) -> Piece:
        key = (term, where)
        if key not in self._pieces:
            self._pieces[key] = self._piece(term, where)
        return self._pieces[key]

    def _piece(self, term: t.Term, where: Where) -> Piece:
        match term:
            case t.Number(value):
                return self.rational(abs(value))._replace(negative=value < 0)
            case t.Size(name) | t.Index(name, _) | t.Ordinal(t.Index(name, _)):
                return Piece(self.name(name))
            case t.Affine():
                return self.piece(as_sum(term), where)
            case t.Entry() if term is DOTS:
                return Piece(self.dots())
            case t.Entry(name, indices):
                return Piece(self.subscripted(shown_name(name), indices) if indices else self.name(shown_name(name)))
            case t.Call(name, arguments):
                return Piece(self.function(name) + self.arguments(arguments))
            case t.Apply(name, arguments) if name in self.own and name in TABLE:
                means = TABLE[name].means
                if means is not None:
                    return self.piece(means(*arguments), where)
                return Piece(self.name(f"{BUILT_IN}{name}") + self.arguments(arguments))
            case t.Apply():
                return self.applied(term, where)
            case t.Add(terms):
                return self._sum_of(terms)
            case t.Neg(inner):
                return self.fit(inner, where, Level.RATIO)._replace(negative=True)
            case t.Mul(factors):
                return self._product(factors, where)
            case t.Div(numerator, denominator):
                return self.quotient(numerator, denominator, where)
            case t.Pow(base, exponent):
                return Piece(self.power(self.fit(base, Where.INNER, Level.ATOM).text, exponent), Level.POWER)
            case t.Binder(_, _, body):
                return Piece(f"{self.big(term)} {self.fit(body, Where.LAST, Level.PRODUCT).text}", Level.BIG)
            case t.Delta():
                return Piece(self.delta(term))
            case t.Comparison(left, relation, right):
                return Piece(f"{self.write(left)} {self.relation(relation)} {self.write(right)}", Level.RELATION)
            case t.If():
                return self.choice(term)
            case t.Diff():
                body, by = _derivative(term)
                held = held_names(body)
                found = self.derivative(body, by, Where.INNER if held else where)
                return Piece(self.held(found.text, list(map(self.name, held))), found.level) if held else found
        raise TypeError(f"not a term: {term!r}")

    def held(self, derivative: str, names: list[str]) -> str:
        """A derivative with the names that are held fixed in it."""
        return f"{derivative}|{','.join(names)}"

    def index(self, index: t.Term) -> str:
        """An index below an array: a number in digits, however long; what is computed without spaces."""
        if isinstance(index, t.Affine):
            return self.write(index).replace(" ", "")
        return self.digits(str(index.value)) if isinstance(index, t.Number) else self.write(index)

    def function(self, name: str) -> str:
        """A declared or defined function, or a derivative of one: primes, with the arguments by which it is taken below."""
        by = [] if name.endswith("'") else [str(argument) for argument in t.partials(name)]
        order = len(t.partials(name))
        separator = "," if max(map(len, by), default=0) > 1 else ""
        return self.primed(t.declared_name(name), order, separator.join(by)) if order else self.name(name)

    def arguments(self, arguments: Terms) -> str:
        return self.group(self.comma.join(map(self.write, arguments)))

    def rational(self, value: Fraction) -> Piece:
        """A number that is not negative; a decimal where it was clearly written as one: 0.1, but 1/2."""
        found = _decimal(value)
        if found is None:
            return self.ratio(self.digits(str(value.numerator)), self.digits(str(value.denominator)))
        digits, exponent = found
        if not exponent:
            return Piece(self.digits(digits))
        if digits == "1":
            return Piece(self.ten_to(exponent), Level.POWER)
        return Piece(self.digits(digits) + self.dot + self.ten_to(exponent), Level.PRODUCT)

    def _sum_of(self, terms: Terms) -> Piece:
        first, *others = (self.fit(term, Where.ALONE, Level.RATIO, sign=True) for term in terms)
        # With a minus sign in front the whole is still a sum: -a + b is not -(a + b).
        text = self.signed(first)
        for piece in others:
            text += f" {self.minus if piece.negative else self.plus} {piece.text}"
        return Piece(text, Level.ADD)

    def _product(self, factors: Terms, where: Where) -> Piece:
        if len(factors) == 1:
            return self.piece(factors[0], where)
        pieces = self.factors(factors, where)
        text = pieces[0].text
        for left, right in pairwise(pieces):
            text += self.join(left, right) + right.text
        return Piece(text, Level.PRODUCT, pieces[0].negative)

    def factors(self, factors: Terms, where: Where) -> list[Piece]:
        """The factors of a product of several; the first may have a sign."""
        *inner, last = factors
        pieces = [self.fit(factor, Where.INNER, Level.FRACTION, sign=not n) for n, factor in enumerate(inner)]
        if where is Where.INNER:
            return [*pieces, self.fit(last, Where.INNER, Level.FRACTION)]
        return [*pieces, self.fit(last, Where.LAST, Level.BIG)]


def _derivative(term: t.Diff) -> tuple[t.Term, tuple[t.Entry, ...]]:
    """What is differentiated, and the variables in the order in which a person writes them: the first one last."""
    body: t.Term = term
    by: list[t.Entry] = []
    while isinstance(body, t.Diff):
        by.append(body.by)
        body = body.body
    return body, tuple(by)


def variable_powers(by: tuple[t.Entry, ...]) -> list[tuple[t.Entry, int]]:
    """The variables of a derivative, neighbours that are the same counted together: x, x, y is x twice and y once."""
    counted: list[tuple[t.Entry, int]] = []
    for entry in by:
        if counted and counted[-1][0] is entry:
            counted[-1] = entry, counted[-1][1] + 1
        else:
            counted.append((entry, 1))
    return counted


def single_letters(indices: Terms) -> bool:
    """Whether indices can stand side by side without commas."""
    return len(indices) == 1 or all(isinstance(index, t.Index) and len(index.name) == 1 for index in indices)


def _decimal(value: Fraction) -> tuple[str, int] | None:
    """The digits of a decimal and the power of ten that they are multiplied by; None for what reads better as a fraction."""
    if value.denominator == 1:
        text = str(value.numerator)
        stem = text.rstrip("0")
        zeros = len(text) - len(stem)
        return (text, 0) if zeros < 7 else (stem, zeros)
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1 or not fives:
        return None
    places = max(twos, fives)
    text = str(value.numerator * 10**places // value.denominator)
    if len(text) + 3 < places:
        return text, -places
    text = text.rjust(places + 1, "0")
    return f"{text[:-places]}.{text[-places:]}", 0
