"""Mathematics that is set, and not typed in a line: fractions with a bar, exponents above, limits above and below.

    Typeset     what is set how            a derivative is a fraction, small print is on one line, exp(…) of what is long
    Latex       \\frac{\\partial E}{\\partial Z_{k}}
    Mathml      <mfrac> … </mfrac>

What LaTeX and MathML decide alike is decided here; what a fraction, an exponent or a word looks like is said by them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from derive.engine.measure import size
from derive.floor import terms as t
from derive.render.notation import BARE, OTHERWISE, Level, Notation, Piece, Terms, Where, variable_powers
from derive.render.symbols import latex_name

_RAISED = 9
"""An exponential of more than so many terms is written exp(…): small print should be short."""
_ABOVE = 8
"""A value of a function of more than so many terms stands beside its derivative, and not above the bar."""


class Typeset(Notation):
    """Mathematics in two dimensions."""

    partial: str
    """The sign before what is differentiated, and by what."""
    thin: str
    """A thin space."""
    bar: str
    """The bar of a fraction on one line."""

    # What a notation decides.

    @abstractmethod
    def fraction(self, above: str, below: str) -> str: ...

    @abstractmethod
    def raised(self, base: str, exponent: str) -> str: ...

    @abstractmethod
    def root(self, inside: str) -> str: ...

    @abstractmethod
    def bars(self, inside: str) -> str: ...

    @abstractmethod
    def log_to(self, base: str) -> str: ...

    @abstractmethod
    def word(self, function: str) -> str:
        """The name of a function of the table."""

    @abstractmethod
    def beside(self, function: str, argument: str) -> str:
        """A function and its argument without parentheses: ln x."""

    @abstractmethod
    def cases(self, rows: list[tuple[str, str]]) -> str:
        """Values below each other, each with `when` it is taken."""

    @abstractmethod
    def when(self, condition: str) -> str:
        """When a value is taken: under a condition, or otherwise."""

    @abstractmethod
    def delta_of(self, indices: Terms) -> str: ...

    @abstractmethod
    def bracket(self, left: str, right: str) -> str:
        """1 where two indices are equal, else 0: [i = k]."""

    # What they have in common.

    def quotient(self, numerator: t.Term, denominator: t.Term, where: Where) -> Piece:
        top = self.piece(numerator)
        return self.ratio(top.text, self.write(denominator))._replace(negative=top.negative)

    def ratio(self, numerator: str, denominator: str) -> Piece:
        return Piece(self.fraction(numerator, denominator), Level.FRACTION)

    def power(self, base: str, exponent: t.Term) -> str:
        return self.raised(base, self.small(exponent))

    def small(self, exponent: t.Term) -> str:
        """An exponent; a fraction of simple things reads better on one line up there."""
        match exponent:
            case t.Neg(t.Div() as inner):
                return self.signed(Piece(self.small(inner), negative=True))
            case t.Div(above, below) if _is_simple(above) and _is_simple(below) and not isinstance(below, t.Neg | t.Pow):
                return self.write(above) + self.bar + self.write(below)
            case t.Number(value) if value.denominator != 1:
                top, bottom = (self.digits(str(part)) for part in (abs(value.numerator), value.denominator))
                return self.signed(Piece(top + self.bar + bottom, negative=value < 0))
        return self.write(exponent)

    def applied(self, term: t.Apply, where: Where) -> Piece:
        special = _SPECIAL.get((term.function, len(term.arguments)))
        if special is not None:
            return special(self, term.arguments)
        name = self.word(term.function)
        if not term.arguments:
            return Piece(name)
        if term.function not in BARE:
            return Piece(name + self.arguments(term.arguments))
        if where is not Where.INNER and isinstance(term.arguments[0], t.Entry | t.Size | t.Number | t.Div):
            piece = self.piece(term.arguments[0])
            if not piece.negative:
                return Piece(self.beside(name, piece.text), Level.POWER)
        return Piece(name + self.arguments(term.arguments), Level.POWER)

    def derivative(self, body: t.Term, by: tuple[t.Entry, ...], where: Where) -> Piece:
        head = self.raised(self.partial, self.digits(str(len(by)))) if len(by) > 1 else self.partial
        below = self.thin.join(self._by(entry, times) for entry, times in variable_powers(by))
        if isinstance(body, t.Entry | t.Call) or _is_short(body):
            return self.ratio(f"{head} {self.write(body)}", below)
        if where is Where.INNER:
            return self.ratio(f"{head} {self.group(self.write(body))}", below)
        return Piece(self.fraction(head, below) + self.around(self.write(body)), Level.BIG)

    def around(self, text: str) -> str:
        """What a fraction before it is applied to, in parentheses as tall as that."""
        return self.group(text)

    def _by(self, entry: t.Entry, times: int) -> str:
        written = self.write(entry)
        return f"{self.partial} {self.raised(written, self.digits(str(times))) if times > 1 else written}"

    def choice(self, term: t.If) -> Piece:
        condition = term.condition
        other = OTHERWISE.get(condition.relation)
        last = self.write(t.Comparison(condition.left, other, condition.right)) if other is not None else ""
        rows = [(self.write(term.then), self.when(self.write(condition))), (self.write(term.otherwise), self.when(last))]
        return Piece(self.cases(rows), Level.ADD)

    def delta(self, term: t.Delta) -> str:
        computed = isinstance(term.left, t.Affine) or isinstance(term.right, t.Affine)
        if computed or self.taken & {"delta", "δ"}:  # then δ with two indices is an entry of that array
            return self.bracket(self.write(term.left), self.write(term.right))
        return self.delta_of((term.left, term.right))


def _exponential(to: Typeset, arguments: Terms) -> Piece:
    inner = arguments[0]
    big = any(isinstance(part, t.Binder | t.If | t.Diff | t.Apply) for part in t.subterms(inner))
    if "e" in to.taken or big or size(inner) > _RAISED:
        return Piece(to.word("exp") + to.arguments(arguments))
    return Piece(to.raised(to.name("e"), to.small(inner)), Level.POWER)


def _sqrt(to: Typeset, arguments: Terms) -> Piece:
    return Piece(to.root(to.write(arguments[0])))


def _absolute(to: Typeset, arguments: Terms) -> Piece:
    return Piece(to.bars(to.write(arguments[0])))


def _logarithm(to: Typeset, arguments: Terms) -> Piece:
    value, base = arguments
    return Piece(to.log_to(to.write(base)) + to.arguments((value,)), Level.POWER)


_SPECIAL: dict[tuple[str, int], Callable[[Typeset, Terms], Piece]] = {
    ("exp", 1): _exponential,
    ("sqrt", 1): _sqrt,
    ("abs", 1): _absolute,
    ("log", 2): _logarithm,
}
"""Functions, by name and number of arguments, that have a notation of their own."""


def _is_short(term: t.Term) -> bool:
    """Whether a value of a function can stand above the bar of its derivative."""
    tall = (t.Binder, t.Div, t.If, t.Diff)
    return isinstance(term, t.Apply) and size(term) <= _ABOVE and not any(isinstance(part, tall) for part in t.subterms(term))


def _is_simple(term: t.Term) -> bool:
    """Whether `term` can stand beside a slash in small print."""
    match term:
        case t.Neg(inner) | t.Pow(inner, t.Number()):
            return not isinstance(inner, t.Neg) and _is_simple(inner)
        case t.Number(value):
            return value.denominator == 1 and value >= 0
    return isinstance(term, t.Entry | t.Size | t.Ordinal)


def span(term: t.Term) -> int:
    """About how many characters wide `term` is on the page: a fraction is as wide as its wider half."""
    match term:
        case t.Div(above, below):
            return 1 + 3 * max(span(above), span(below)) // 4  # in small print
        case t.Diff(body, by):
            simple = isinstance(body, t.Entry | t.Call)
            return 2 + max(span(body), span(by)) if simple else 6 + span(by) + span(body)
        case t.If(condition, then, otherwise):
            return 8 + span(condition) + max(span(then), span(otherwise))
        case t.Number(value):
            return max(len(str(value.numerator)), len(str(value.denominator)))
        case t.Size(name) | t.Ordinal(t.Index(name, _)):
            return 1 + len(latex_name(name)) // 10
        case t.Entry(name, indices):
            return (len(name) if not latex_name(name).startswith("\\") or "mathrm" in latex_name(name) else 1) + len(indices)
    return 2 + sum(span(part) + 1 for part in t.children(term))
