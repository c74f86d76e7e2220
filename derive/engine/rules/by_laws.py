"""Rewriting by laws, from left to right: the letters of a law stand for what stands in their places in a term.

    ln(a*b) = ln(a) + ln(b)                         ln(2*x*y)        ln(2) + ln(x) + ln(y)
    ln(a/b) = ln(a) - ln(b)                         ln(1/x)          -ln(x)
    sin(a + b) = sin(a)*cos(b) + cos(a)*sin(b)      sin(x + y + z)   sin(x)*cos(y + z) + cos(x)*sin(y + z)

A law that does the same to both parts of a product or sum is used along all parts at once; any other takes the first part and
the rest. A 1 above a fraction bar leaves nothing behind.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from derive.engine.matching import Bindings, match
from derive.engine.rules.rule import Rule, plain
from derive.engine.rules.statements import written
from derive.engine.scope import Rewritten, Scope
from derive.floor import terms as t
from derive.floor.laws import LAWS, Law

Rewrite = Callable[[t.Term, Scope], Rewritten | None]
Piece = Callable[[t.Term], t.Term | None]
Writer = Callable[..., t.Term]
T = TypeVar("T", bound=t.Term)
LETTERS = frozenset[t.Term](t.scalar(letter) for law in LAWS for letter in law.letters)


@dataclass(frozen=True)
class RuleOfLaws(Rule):
    """A rule that states laws, and what it `says` before them. The text is written when somebody asks for it."""

    states: str = field(init=False, compare=False)
    laws: tuple[Law, ...] = ()
    says: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> str:
        if name != "states":
            raise AttributeError(name)
        return ", ".join((*self.says, *map(stated, self.laws)))


def laws_of(rule: str, only: tuple[str, ...] = (), but: tuple[str, ...] = ()) -> tuple[Law, ...]:
    """The laws of that name that ask for nothing besides both sides having a value; `only` and `but` are left sides."""
    laws = ((law, written(law.left)) for law in LAWS if law.rule == rule and not law.given)
    return tuple(law for law, left in laws if left not in but and (not only or left in only))


@cache
def stated(law: Law) -> str:
    """A law as text: its two sides, and what is asked besides both having a value."""
    given = f" where {' and '.join(map(_text, law.given))}" if law.given else ""
    return f"{_text(law.left)} = {_text(law.right)}{given}"


def _text(term: t.Term) -> str:
    return written(t.substitute(term, {t.MINUS_ONE: t.Neg(t.ONE)}))


def by_laws(laws: Iterable[Law], *pieces: Piece, seen: Piece | None = None, write: Writer = t.apply) -> Rewrite:
    """The rewriting by the first of `pieces` that applies, else by the first of the laws.

    Both are asked of terms with a head that a law has, the pieces also of products and quotients. The laws are used on what
    `seen` makes of the term; `write` is how a function is written on the right.
    """
    uses: dict[object, list[Piece]] = {t.Mul: [], t.Div: []} if pieces else {}
    for law in laws:
        uses.setdefault(_head(law.left), []).append(left_to_right(law, write))

    def rewrite(term: t.Term, scope: Scope) -> Rewritten | None:
        here = uses.get(_head(term))
        if here is None:
            return None
        shown = (seen and seen(term)) or term
        found = itertools.chain((piece(term) for piece in pieces), (use(shown) for use in here))
        return plain(next(filter(None, found), None))

    return rewrite


def _head(term: t.Term) -> object:
    return term.function if isinstance(term, t.Apply) else type(term)


def left_to_right(law: Law, write: Writer = t.apply) -> Piece:
    """What a law makes of an instance of its left side."""
    operations = (part for part in t.subterms(law.left) if isinstance(part, t.Add | t.Mul | t.Div))
    pairs = (part for part in operations if LETTERS.issuperset(t.children(part)))
    pair = next(pairs, None)
    variables = LETTERS if pair is None else LETTERS | {pair}

    def use(term: t.Term) -> t.Term | None:
        values = match(law.left, term, variables)
        if values is None or pair is None:
            return None if values is None else filled(law.right, values, write)
        return _of_pair(law, pair, values, write) if type(values[pair]) is type(pair) else None

    return use


def _of_pair(law: Law, pair: t.Term, values: Bindings, write: Writer) -> t.Term:
    """The right side of a law about two letters together, for which as many parts stand as there are in the term."""
    a, b = t.children(pair)
    one, *others = t.children(values[pair])
    alone = tuple(t.substitute(law.left, {pair: letter}) for letter in (a, b))
    if isinstance(pair, t.Div):
        nothing = {alone[0]: t.ZERO if isinstance(law.right, t.Add) else t.ONE} if one is t.ONE else {}
        return filled(law.right, values | nothing | {a: one, b: others[0]}, write)
    if t.children(law.right) == alone:
        return _joined(law.right, *(filled(law.left, values | {pair: part}, write) for part in (one, *others)))
    return filled(law.right, values | {a: one, b: _joined(pair, *others)}, write)


def filled(pattern: T, values: Bindings, write: Writer = t.apply) -> T:
    """The pattern with these values, written as a person would."""
    if pattern in values:
        return values[pattern]  # type: ignore[return-value]
    parts = tuple(filled(part, values, write) for part in t.children(pattern))
    return write(pattern.function, *parts) if isinstance(pattern, t.Apply) else _joined(pattern, *parts)  # type: ignore


def _joined(like: t.Term, *parts: t.Term) -> t.Term:
    match like, parts:
        case t.Mul(), (t.Number(m), t.Number(n)):
            return t.Number(m * n)
    joined = _JOINED.get(type(like))
    return t.rebuild(like, parts) if joined is None else joined(*parts)


_JOINED: dict[type[t.Term], Writer] = {t.Add: t.add, t.Mul: t.mul, t.Neg: t.neg, t.Div: t.div, t.Pow: t.power}
