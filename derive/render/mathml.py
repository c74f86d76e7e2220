"""Terms in MathML Core, which browsers typeset by themselves: no script, no font, no network (https://w3c.github.io/mathml-core/).

    <mfrac><mrow><mi mathvariant="normal">∂</mi><mi>E</mi></mrow><mrow>…</mrow></mfrac>         ∂E/∂Z_k
    <munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>H</mi></munderover>    a sum with its limits
    <mi>ln</mi><mo rspace="0.1667em">&#x2061;</mo><mi>x</mi>                                    a function, its argument

A piece is a row of elements, which becomes one element (`_one`) where a fraction or a script takes one. A sign by itself is
said to be a prefix: browsers would take one that is not the first of its row for an operator between two.

A browser breaks no formula, but goes on to the next line between two of them. So a long sum or product is several formulas,
each but the first led by its sign (`broken`). Each carries what it says in the proof language, for those who do not see it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise
from typing import NamedTuple

from derive.checking.elision import DOTS
from derive.floor import terms as t
from derive.floor.theory import Theory
from derive.language import write_term
from derive.limits import spend
from derive.render.notation import Level, Piece, Terms, Where, single_letters
from derive.render.symbols import RELATIONS, mathml_name
from derive.render.typeset import Typeset, span

_LEAF = re.compile(r"<m[ino](?: [^>]*)?>[^<]*</m[ino]>")
_TALL = re.compile("<m(frac|under|underover|table)>")
_NUMBER_FIRST = re.compile("(<m(row|sup|sub|subsup)>)*<mn>")
_NUMBER_LAST = re.compile("</mn>$")
_FRACTION_OF_NUMBERS = re.compile("<mfrac><mn>[^<]*</mn><mn>[^<]*</mn></mfrac>$")
_WORD_FIRST = re.compile("(<m(row|sup|sub|subsup)>)*<mi>[^<&]{2,}</mi>")
_WORD_LAST = re.compile(r"<mi>[^<&]{2,}</mi>(<m[in]>[^<]*</m[in]>)?(</m(row|sup|sub|subsup)>)*$")
_SIGNS = {t.Sum: "∑", t.Prod: "∏", t.Max: "max", t.Min: "min"}
_PRIMES = {1: "′", 2: "″", 3: "‴"}
_UNIT = 20
"""Characters that are written for a unit of work."""
NARROW = 18
"""A sum or product of about so many characters fits on the line of a telephone."""
WIDE = 30
"""What is as wide goes on in the next line even within parentheses."""
_HEIGHTS = (("<munder", "3.1em"), ("<mfrac>", "2.4em"))
"""How tall parentheses are around what is that tall, where it has a line of its own."""
_SPACE = "0.1667em"
_TIMES, _APPLIED, _AND = "<mo>&#x2062;</mo>", "<mo>&#x2061;</mo>", "<mo>&#x2063;</mo>"
"""What is not seen between two factors, a function and its argument, and two subscripts."""


class Part(NamedTuple):
    """A stretch of a formula that no line breaks, and what it says in the proof language."""

    markup: str
    said: str


class Mathml(Typeset):
    """Mathematics in MathML, without the element around it."""

    plus = "<mo>+</mo>"
    minus = "<mo>−</mo>"
    dot = "<mo>·</mo>"
    comma = "<mo>,</mo>"
    partial = '<mi mathvariant="normal">∂</mi>'
    thin = f'<mspace width="{_SPACE}"/>'
    bar = '<mo lspace="0" rspace="0">/</mo>'

    def __init__(self, theory: Theory | None = None) -> None:
        super().__init__(theory)
        self.theory = theory
        self._lowered: dict[str, tuple[str, str]] = {}

    def _piece(self, term: t.Term, where: Where) -> Piece:
        piece = super()._piece(term, where)
        spend(1 + len(piece.text) // _UNIT)
        return piece

    def signed(self, piece: Piece) -> str:
        return f'<mo form="prefix">−</mo>{piece.text}' if piece.negative else piece.text

    # Names and numbers.

    def name(self, name: str) -> str:
        return mathml_name(name)

    def digits(self, number: str) -> str:
        return f"<mn>{number}</mn>"

    def ten_to(self, exponent: int) -> str:
        small = self.signed(Piece(self.digits(str(abs(exponent))), negative=exponent < 0))
        return self.raised(self.digits("10"), small)

    def subscripted(self, name: str, indices: Terms) -> str:
        return self.lowered(self.name(name), self._subscript(indices))

    def primed(self, name: str, order: int, by: str) -> str:
        above = f"<mo>{_PRIMES[order]}</mo>" if order in _PRIMES else f"<mrow>{self.group(self.digits(str(order)))}</mrow>"
        if not by:
            return f"<msup>{self.name(name)}{above}</msup>"
        below = self.comma.join(map(self.digits, by.split(",")))
        return f"<msubsup>{self.name(name)}{_one(below)}{above}</msubsup>"

    def index(self, index: t.Term) -> str:
        return self.digits(str(index.value)) if isinstance(index, t.Number) else self.write(index)

    def _subscript(self, indices: Terms) -> str:
        between = _AND if single_letters(indices) else self.comma
        return between.join(map(self.index, indices))

    # Scripts and fractions.

    def lowered(self, base: str, below: str) -> str:
        written = f"<msub>{_one(base)}{_one(below)}</msub>"
        self._lowered[written] = base, below
        return written

    def raised(self, base: str, exponent: str) -> str:
        if base in self._lowered:  # both scripts at the same edge
            stem, below = self._lowered[base]
            return f"<msubsup>{_one(stem)}{_one(below)}{_one(exponent)}</msubsup>"
        return f"<msup>{_one(base)}{_one(exponent)}</msup>"

    def fraction(self, above: str, below: str) -> str:
        return f"<mfrac>{_one(above)}{_one(below)}</mfrac>"

    def root(self, inside: str) -> str:
        return f"<msqrt>{inside}</msqrt>"

    def group(self, text: str) -> str:
        return self._fenced("(", text, ")")

    def bars(self, inside: str) -> str:
        # Without a form each would be taken for what stands between two terms.
        kind = "" if _TALL.search(inside) else ' stretchy="false"'
        return f'<mrow><mo form="prefix"{kind}>|</mo>{inside}<mo form="postfix"{kind}>|</mo></mrow>'

    def bracket(self, left: str, right: str) -> str:
        return self._fenced("[", f"{left}<mo>=</mo>{right}", "]")

    def _fenced(self, opening: str, text: str, closing: str) -> str:
        """Between parentheses, which grow with what is tall and not with each subscript."""
        kind = "" if _TALL.search(text) else ' stretchy="false"'
        return f"<mrow><mo{kind}>{opening}</mo>{text}<mo{kind}>{closing}</mo></mrow>"

    # Products, functions and sums.

    def join(self, left: Piece, right: Piece) -> str:
        numbers = _NUMBER_LAST.search(left.text) and right.text.startswith("<mfrac>")  # 2½ is not 2 times ½
        if numbers or _NUMBER_FIRST.match(right.text) or _FRACTION_OF_NUMBERS.match(right.text):
            return self.dot
        apart = _WORD_LAST.search(left.text) or _WORD_FIRST.match(right.text) or right.level is Level.BIG
        return f'<mo rspace="{_SPACE}">&#x2062;</mo>' if apart else _TIMES

    def arguments(self, arguments: Terms) -> str:
        return _APPLIED + super().arguments(arguments)

    def word(self, function: str) -> str:
        return self.name(function)

    def beside(self, function: str, argument: str) -> str:
        return f'{function}<mo rspace="{_SPACE}">&#x2061;</mo>{argument}'

    def log_to(self, base: str) -> str:
        return f"<msub><mi>log</mi>{_one(base)}</msub>"

    def delta_of(self, indices: Terms) -> str:
        return self.lowered("<mi>δ</mi>", self._subscript(indices))

    def big(self, term: t.Binder) -> str:
        index, last = self.name(term.index.name), _one(self.write(term.index.range))
        extreme = isinstance(term, t.Max | t.Min)  # which has nothing above it
        first = f"<mn>1</mn><mo>≤</mo>{index}<mo>≤</mo>{last}" if extreme else f"{index}<mo>=</mo><mn>1</mn>"
        lines = [first, *(f"{index}<mo>≠</mo>{self.write(part)}" for part in term.excluded)]
        below = f"<mrow>{first}</mrow>" if len(lines) == 1 else _stacked(lines)
        if extreme:
            sign = f'<mo movablelimits="true" lspace="0" rspace="{_SPACE}">{_SIGNS[type(term)]}</mo>'
            return f"<munder>{sign}{below}</munder>"
        # A browser would set off the sign from whatever stands before it, even from a parenthesis.
        return f'<munderover><mo lspace="0">{_SIGNS[type(term)]}</mo>{below}{last}</munderover>'

    def held(self, derivative: str, names: list[str]) -> str:
        return f'<msub><mrow>{derivative}<mo form="postfix">|</mo></mrow>{_one(self.comma.join(names))}</msub>'

    def cases(self, rows: list[tuple[str, str]]) -> str:
        style = "text-align: left; padding: 0.15em 0"
        lines = "".join(
            f'<mtr><mtd style="{style}">{value}<mspace width="1em"/></mtd><mtd style="{style}">{when}</mtd></mtr>'
            for value, when in rows
        )
        return f"<mrow><mo>{{</mo><mtable>{lines}</mtable></mrow>"

    def when(self, condition: str) -> str:
        return f"<mtext>if&#xa0;</mtext>{condition}" if condition else "<mtext>otherwise</mtext>"

    def relation(self, relation: str) -> str:
        return f"<mo>{escape(RELATIONS[relation])}</mo>"

    def dots(self) -> str:
        return "<mo>⋯</mo>"

    # Parts of lines.

    def said(self, term: t.Term) -> str:
        """`term` in the proof language."""
        return write_term(t.substitute(term, {DOTS: t.scalar("...")}), self.theory)

    def broken(self, term: t.Term) -> Iterator[Part]:
        """`term` in parts that may stand on several lines: a sum before its signs, a product before what is tall or long."""
        match term:
            case t.Add(terms) if span(term) > NARROW:
                return self._summands(terms)
            case t.Mul(factors) if span(term) > NARROW and len(factors) > 1:
                return self._factors(factors)
        opened = self._opened(term) if span(term) > WIDE else None
        if opened is not None:
            return self._group(term, *opened)
        return iter([Part(self.write(term), self.said(term))])

    def _summands(self, terms: Terms) -> Iterator[Part]:
        first, *others = terms
        yield Part(self.signed(self.fit(first, Where.ALONE, Level.RATIO, sign=True)), self.said(first))
        for part in others:
            piece = self.fit(part, Where.ALONE, Level.RATIO, sign=True)
            led = f"- {self.said(part.term)}" if isinstance(part, t.Neg) else f"+ {self.said(part)}"
            yield Part(f'<mo form="infix">{"−" if piece.negative else "+"}</mo>{piece.text}', led)

    def _factors(self, factors: Terms) -> Iterator[Part]:
        pieces = self.factors(factors, Where.ALONE)
        markup, said = self.signed(pieces[0]), self._factor(factors[0])
        for (left, right), factor in zip(pairwise(pieces), factors[1:], strict=True):
            if isinstance(factor, t.Add | t.Binder | t.Div):
                yield Part(markup, said)
                markup, said = "", ""
            markup += self.join(left, right) + right.text
            said += f"*{self._factor(factor)}"
        yield Part(markup, said)

    def _opened(self, term: t.Term) -> tuple[str, Terms] | None:
        """What stands before the parentheses around a sum, and the terms of the sum."""
        match term:
            case t.Neg(t.Add(terms)):
                return self.signed(Piece("", negative=True)), terms
            case t.Neg(t.Binder() | t.Diff() as inner) if (opened := self._opened(inner)) is not None:
                return self.signed(Piece(opened[0], negative=True)), opened[1]
            case t.Binder(_, _, t.Add(terms)):
                return self.big(term), terms
            case t.Diff(t.Add(terms) as body):
                written, inside = self.write(term), self.around(self.write(body))
                return (written.removesuffix(inside), terms) if written.endswith(inside) else None
        return None

    def _group(self, term: t.Term, before: str, terms: Terms) -> Iterator[Part]:
        """Parentheses around several formulas: they cannot grow with what they hold, and are told how tall it is."""
        first, *inner, last = self._summands(terms)
        written = "".join(part.markup for part in (first, *inner, last))
        size = next((size for tall, size in _HEIGHTS if tall in written), "")
        opening, closing = (
            f'<mo form="{form}"' + (f' minsize="{size}" maxsize="{size}">' if size else ' stretchy="false">') + f"{sign}</mo>"
            for form, sign in (("prefix", "("), ("postfix", ")"))
        )
        head, _, tail = self.said(term).partition(" ".join(part.said for part in (first, *inner, last)))
        yield Part(f"{before}{opening}{first.markup}", head + first.said)
        yield from inner
        yield Part(last.markup + closing, last.said + tail)

    def _factor(self, factor: t.Term) -> str:
        return f"({self.said(factor)})" if isinstance(factor, t.Add | t.Neg | t.Mul) else self.said(factor)


def formula(parts: Iterable[Part], shown: bool = False) -> str:
    """Formulas that go on in one another, as they stand in a text; `shown` where they have lines of their own, and room."""
    style = ' displaystyle="true"' if shown else ""
    return "<wbr>".join(f'<math{style} alttext="{escape(said)}">{markup}</math>' for markup, said in parts)


def _one(text: str) -> str:
    """A row of elements as one element."""
    return text if _LEAF.fullmatch(text) else f"<mrow>{text}</mrow>"


def _stacked(lines: list[str]) -> str:
    """Lines below each other, as close as the limits of a sum."""
    rows = (f'<mtr><mtd style="padding: 0">{line}</mtd></mtr>' for line in lines)
    return f"<mtable>{''.join(rows)}</mtable>"
