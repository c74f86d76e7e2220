"""Terms as one line of Unicode mathematics: −Σ_i y_i ∂(ln O_i)/∂Z_k, O_k (1 − O_k), Σ_{i≠k} y_i.

Subscripts stand after an underscore, since only some letters have a small form; powers are raised where they have one.
The ASCII form of a term is the proof language itself, which can be read back.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from derive.checking.elision import DOTS
from derive.floor import terms as t
from derive.floor.theory import Theory
from derive.language import write_term
from derive.render.notation import BARE, OTHERWISE, Level, Notation, Piece, Terms, Where, single_letters, variable_powers
from derive.render.symbols import RELATIONS, superscript, unicode_name

LONG = 24
"""A derivative of more than so many characters is written ∂/∂x (…), a quotient with space around its line."""


_SIGNS = {t.Sum: "Σ", t.Prod: "Π", t.Max: "max", t.Min: "min"}


def write_unicode(term: t.Term, theory: Theory | None = None, ascii: bool = False) -> str:
    """`term` on one line of mathematics; with `ascii`, in the proof language."""
    if ascii:
        return write_term(t.substitute(term, {DOTS: t.scalar("...")}), theory)
    return Unicode(theory).write(term)


class Unicode(Notation):
    """Mathematics in a line of text."""

    minus = "−"

    def name(self, name: str) -> str:
        return unicode_name(name)

    def group(self, text: str) -> str:
        return f"({text})"

    def below(self, text: str, bare: bool) -> str:
        """A subscript; a `bare` one is told from what follows it."""
        return f"_{text}" if bare else f"_{{{text}}}"

    def above(self, text: str, bare: bool) -> str:
        """An exponent that has no raised characters."""
        return f"^{text}" if bare else f"^({text})"

    def subscripted(self, name: str, indices: Terms) -> str:
        return self.name(name) + self._subscript(indices)

    def primed(self, name: str, order: int, by: str) -> str:
        primes = "′" * order if order < 4 else f"⁽{superscript(str(order))}⁾"
        return self.name(name) + primes + (self.below(by, bare=by.isdigit()) if by else "")

    def _subscript(self, indices: Terms) -> str:
        written = [self.index(index) for index in indices]
        if single_letters(indices) and (len(indices) > 1 or len(written[0]) == 1 or written[0].isdigit()):
            return self.below("".join(written), bare=True)
        return self.below(",".join(written), bare=False)

    def join(self, left: Piece, right: Piece) -> str:
        fractions = Level.FRACTION in (left.level, right.level)
        return self.dot if fractions or right.text[0].isdigit() else " "

    def quotient(self, numerator: t.Term, denominator: t.Term, where: Where) -> Piece:
        if where is not Where.ALONE:
            top = self.fit(numerator, Where.INNER, Level.POWER, sign=True)
            bottom = self.fit(denominator, Where.INNER, Level.POWER)
            return Piece(f"{top.text}/{bottom.text}", Level.FRACTION, top.negative)
        # With room around it, a quotient of products needs fewer parentheses: a b / c.
        plain = isinstance(numerator, t.Mul) and all(not isinstance(factor, t.Div) for factor in numerator.factors)
        top = self.fit(numerator, Where.INNER, Level.PRODUCT if plain else Level.POWER, sign=True)
        bottom = self.fit(denominator, Where.LAST, Level.BIG if isinstance(denominator, t.Binder) else Level.POWER)
        tight = top.level >= Level.POWER and bottom.level >= Level.POWER
        if tight and len(top.text) + len(bottom.text) <= LONG:
            return Piece(f"{top.text}/{bottom.text}", Level.FRACTION, top.negative)
        return Piece(f"{top.text} / {bottom.text}", Level.RATIO, top.negative)

    def ratio(self, numerator: str, denominator: str) -> Piece:
        return Piece(f"{numerator}/{denominator}", Level.FRACTION)

    def ten_to(self, exponent: int) -> str:
        return f"10{superscript(str(exponent))}"

    def power(self, base: str, exponent: t.Term) -> str:
        written = self.write(exponent)
        raised = superscript(written)
        if raised is not None:
            return base + raised
        named = isinstance(exponent, t.Entry | t.Size | t.Ordinal | t.Call)
        return base + self.above(written, named or (isinstance(exponent, t.Number) and written.isdigit()))

    def big(self, term: t.Binder) -> str:
        index, excluded = self.name(term.index.name), [self.write(part) for part in term.excluded]
        below = index
        # The arrays of the body tell the range, where the index stands in it and the range has a name.
        if isinstance(term.index.range, t.Number) or term.index not in t.free_indices(term.body):
            below = f"{index}=1..{self.write(term.index.range)}"
            if excluded:
                below += f", {index}"
        if excluded:
            below += f"≠{','.join(excluded)}"
        return _SIGNS[type(term)] + self.below(below, bare=len(below) == 1)

    def applied(self, term: t.Apply, where: Where) -> Piece:
        special = _SPECIAL.get((term.function, len(term.arguments)))
        if special is not None:
            return special(self, term.arguments)
        if not term.arguments:
            return Piece(self.name(term.function))
        if term.function in BARE:
            if where is not Where.INNER and isinstance(term.arguments[0], t.Entry | t.Size | t.Number):
                piece = self.piece(term.arguments[0])
                if piece.level is Level.ATOM and not piece.negative:
                    return Piece(f"{term.function} {piece.text}", Level.POWER)
            return Piece(term.function + self.arguments(term.arguments), Level.POWER)
        return Piece(term.function + self.arguments(term.arguments))

    def derivative(self, body: t.Term, by: tuple[t.Entry, ...], where: Where) -> Piece:
        order = superscript(str(len(by))) if len(by) > 1 else ""
        below = " ".join(
            f"∂{self.write(entry)}{superscript(str(times)) if times > 1 else ''}" for entry, times in variable_powers(by)
        )
        if " " in below:
            below = f"({below})"
        simple = isinstance(body, t.Entry | t.Call) or (isinstance(body, t.Apply) and body.function not in BARE)
        inner = self.piece(body) if simple else Piece(self.group(self.write(body)))
        if inner.level is not Level.ATOM:
            inner = Piece(self.group(inner.text))
        if not simple and where is not Where.INNER and len(inner.text) > LONG:
            return Piece(f"∂{order}/{below} {inner.text}", Level.BIG)
        return Piece(f"∂{order}{inner.text}/{below}", Level.FRACTION)

    def choice(self, term: t.If) -> Piece:
        condition = term.condition
        other = OTHERWISE.get(condition.relation)
        last = "otherwise"
        if other is not None:
            last = f"if {self.write(condition.left)} {RELATIONS[other]} {self.write(condition.right)}"
        return Piece(f"{{{self.write(term.then)} if {self.write(condition)}; {self.write(term.otherwise)} {last}}}")

    def delta(self, term: t.Delta) -> str:
        computed = isinstance(term.left, t.Affine) or isinstance(term.right, t.Affine)
        if computed or self.taken & {"delta", "δ"}:  # then δ_ij is an entry of that array
            return f"[{self.write(term.left)} = {self.write(term.right)}]"
        return f"δ{self._subscript((term.left, term.right))}"

    def relation(self, relation: str) -> str:
        return RELATIONS[relation]

    def dots(self) -> str:
        return "⋯"


def _sqrt(to: Unicode, arguments: Terms) -> Piece:
    inner = to.piece(arguments[0])
    plain = inner.level is Level.ATOM and not inner.negative and not isinstance(arguments[0], t.Call | t.Apply)
    return Piece(f"√{inner.text}" if plain else f"√({to.write(arguments[0])})", Level.POWER)


def _absolute(to: Unicode, arguments: Terms) -> Piece:
    return Piece(f"|{to.write(arguments[0])}|")


def _logarithm(to: Unicode, arguments: Terms) -> Piece:
    value, base = arguments
    if isinstance(base, t.Size | t.Number) or (isinstance(base, t.Entry) and not base.indices):
        written = to.write(base)
        if len(written) == 1 or written.isdigit():
            return Piece(f"log{to.below(written, bare=True)}({to.write(value)})", Level.POWER)
    return Piece("log" + to.arguments(arguments), Level.POWER)


_SPECIAL: dict[tuple[str, int], Callable[[Unicode, Terms], Piece]] = {
    ("sqrt", 1): _sqrt,
    ("abs", 1): _absolute,
    ("log", 2): _logarithm,
}
"""Functions, by name and number of arguments, that have a notation of their own."""


_ENTRY = re.compile(r"(\w+)\[([^\]]*)\]")


def entry_text(written: str) -> str:
    """The entry that the proof language writes as `written`, Z[1] or W[1, 2], in mathematics: Z_1, W_{1,2}."""

    def shown(found: re.Match[str]) -> str:
        name, indices = found.groups()
        parts = [part.strip() for part in indices.split(",")]
        inside = parts[0] if len(parts) == 1 else f"{{{','.join(parts)}}}"
        return f"{unicode_name(name)}_{inside}"

    if "[" in written:
        return _ENTRY.sub(shown, written)
    return unicode_name(written) if written.isidentifier() else written
