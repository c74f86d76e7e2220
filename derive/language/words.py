"""Words: the small pieces that all statements are made of, read one after the other.

    "a text in quotes"     a plain name     log-product, a name with hyphens     A = B, a relation
"""

from __future__ import annotations

import re
from typing import NoReturn

from derive.language.keywords import KEYWORDS
from derive.language.lexer import normal_name
from derive.language.syntax import RELATION_SIGNS, Parser, Syntax

HYPHENATED = re.compile(r"(?!\d)[\w\u0300-\u036f]+(?:-[\w\u0300-\u036f]+)*")


class Words(Parser):
    """Reads texts, names and relations."""

    def _string(self, what: str, example: str) -> str:
        if self.kind != "string":
            self.fail("D112", what=what, found=self.found, instead=f"write {example}")
        self.position += 1
        return self.tokens.texts[self.position - 1][1:-1]

    def _description(self) -> str:
        return self._string("", "") if self.kind == "string" else ""

    def _word(self, what: str, example: str) -> str:
        """A plain name."""
        if self.kind in KEYWORDS:
            self.fail("D111", name=self.word, instead=f"{self.word}1")
        if self.kind != "name":
            self.fail("D112", what=what, found=self.found, instead=f"write {example}")
        self.position += 1
        return self.tokens.texts[self.position - 1]

    def _hyphenated(self, code: str, **fields: object) -> tuple[str, int, int]:
        """A name that may hold hyphens, as theorems and rules have them, and where it stands."""
        start = self.start
        match = HYPHENATED.match(self.source.text, start) if self.kind == "name" or self.kind in KEYWORDS else None
        if match is None or len(match[0]) > 200:
            self.fail(code, **fields)
        position = self.position
        while self.tokens.starts[position] < match.end():
            position += 1
        name = normal_name(match[0])
        if name in KEYWORDS and not (code == "D122" and name == "variable"):  # the one rule with the name of a keyword
            self.fail(code, **fields) if code == "D122" else self.fail("D111", name=name, instead=f"{name}-1")
        self.position = position
        return name, start, match.end()

    def _relation(self, example: str) -> Syntax:
        left = self.expression()
        if self.kind not in RELATION_SIGNS:
            self.fail("D112", what="a relation `=`, `!=`, `>`, `>=`, `<` or `<=`", found=self.found, instead=f"write {example}")
        return self.related(left)

    def _since(self, start: int) -> str:
        return " ".join(self.source.text[start : self.last_end].split())

    def _fail_at(self, code: str, syntax: Syntax, **fields: object) -> NoReturn:
        raise self.source.error(code, syntax.start, syntax.end, **fields)
