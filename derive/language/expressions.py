"""One expression or relation by itself: read under given declarations, without a statement around it.

    read_expression("x^2 + 1", theory)      the term
    read_comparison("i != k", theory)       the relation
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.floor.terms import Comparison, Fixed, Index, Term
from derive.floor.theory import Theory
from derive.language.build import build, build_comparison
from derive.language.elaborate import Elaborator
from derive.language.indices import IndexName
from derive.language.lexer import Source, Tokens
from derive.language.syntax import RELATION_SIGNS, Parser, Syntax


def _alone(text: str, relation: bool) -> tuple[Source, Syntax]:
    source = Source(text)
    parser = Parser(source)
    found = _whole_argument(parser, relation)
    _end(parser)
    return source, found


def _whole_argument(parser: Parser, relation: bool) -> Syntax:
    """An expression, or with `relation` also a relation."""
    found = parser.expression()
    return parser.related(found) if relation and parser.kind in RELATION_SIGNS else found


def _end(parser: Parser) -> None:
    if parser.kind != "end":
        parser.fail("D112", what="the end of the expression", found=parser.tokens.found(parser.position), instead="delete it")


def stretch(text: str, file: str = "", several: bool = False) -> tuple[int, int]:
    """Where the expression begins and ends that makes up `text`, comments and white space around it aside.

    With `several` it may be a list, parted by commas. Raises `SourceError` where the text is no whole expression, so that the
    stretch means the same wherever an argument may stand. A relation is left to its reader, who knows why it cannot be there.
    """
    parser = Parser(Source(text, file))
    first = last = _whole_argument(parser, relation=True)
    while several and parser.accept(","):
        last = _whole_argument(parser, relation=True)
    _end(parser)
    return first.start, last.end


def last_side(text: str) -> tuple[Syntax, Tokens]:
    """The last side of a claim, A = B, or all of an expression; and the tokens of the text."""
    parser = Parser(Source(text))
    side = parser.expression()
    while parser.accept("="):
        side = parser.expression()
    return side, parser.tokens


def _elaborator(source: Source, theory: Theory, indices: Mapping[str, Index]) -> Elaborator:
    free = {
        name: IndexName(name, None, index.range, where="its declaration", fixed=isinstance(index, Fixed))
        for name, index in indices.items()
    }
    return Elaborator(source, theory, free, hint="index {name}: {size} among the declarations")


def read_expression(text: str, theory: Theory, indices: Mapping[str, Index] | None = None) -> Term:
    """The term that `text` writes, under the declarations of `theory`.

    `indices` are free indices whose range is known; others get theirs from the arrays in which they stand. Raises
    `SourceError`.
    """
    source, syntax = _alone(text, False)
    elaborator = _elaborator(source, theory, indices or {})
    elaborator.whole = True
    elaborator.resolve(syntax)
    elaborator.finish()
    return build(syntax)


def read_comparison(text: str, theory: Theory, indices: Mapping[str, Index] | None = None) -> Comparison:
    """The relation that `text` writes, of expressions (`a > 0`) or of indices (`i != k`), as `read_expression` reads terms."""
    source, syntax = _alone(text, True)
    elaborator = _elaborator(source, theory, indices or {})
    if syntax.kind != "relation":
        elaborator.fail("D164", syntax, found=elaborator.text(syntax))
    elaborator.comparison(syntax)
    elaborator.finish()
    return build_comparison(syntax)
