"""Characters to tokens.

    theorem t: 2*Z[k] = …      theorem | name t | : | number 2 | * | name Z | [ | name k | ] | = | …

White space and comments part tokens and are otherwise nothing. Names are letters of any script, digits and underscores,
in Unicode's composed form (NFC), so that two names that look the same are the same. A character that is no token becomes a
token of its own, which is an error only when the reader gets there: the first mistake in the text is the one reported.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from typing import NoReturn

from derive.floor.frozen import Table
from derive.language.codes import CODES
from derive.language.derivation import Place
from derive.language.errors import SourceError
from derive.language.habits import help_for
from derive.language.keywords import KEYWORDS
from derive.limits import LONGEST_NAME, LONGEST_TEXT, MOST_DIGITS

MISSING = ("D112", "D122", "D130")

SMALL_DIGITS = "₀₁₂₃₄₅₆₇₈₉"


_TOKEN = re.compile(
    r"""
    (?:\s+|\#[^\n]*)*                                       # white space and comments
    (?: (?P<name>(?![\d\u0300-\u036f])(?:[^\W⁰¹²³⁴-⁹]|[\u0300-\u036f])+)   # with marks above letters
      | (?P<primes>(?:'[0-9]*)+)                            # of a derivative: f', g'1'2
      | (?P<number>[0-9]{1,1000}(?:\.[0-9]{1,1000})?(?:[eE][+-]?[0-9]{1,3}(?![0-9]))?(?![.0-9]|[eE][+-]?[0-9]))
      | (?P<bad_number>\.?[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)
      | (?P<symbol>==|:=|!=|>=|<=|\*\*|[-+*/^=><()\[\],:?≠≥≤−·×∂])
      | (?P<raised>[⁻⁺]?[⁰¹²³⁴-⁹]{1,1000})
      | (?P<string>"[^"\n\r]*")
      | (?P<open_string>"[^"\n\r]*)
      | (?P<bad>.)
      | (?P<end>\Z)
    )
    """,
    re.VERBOSE,
)
_TYPED = Table({"**": "^", "≠": "!=", "≥": ">=", "≤": "<=", "−": "-", "·": "*", "×": "*"})  # signs with another spelling
UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\uffa0\ufff9-\ufffc\ud800-\udfff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e01ef"
)
"""A class of characters, for regular expressions, that control how a text is shown, or are not shown at all."""
_FORBIDDEN = re.compile(rf"[{UNSEEN}]|(?<!^)\ufeff|\r(?!\n)")

LOOKALIKES: Mapping[str, str] = Table({
    **dict.fromkeys("–—‐‑‒﹣－", "write the minus sign of the keyboard: -"),
    **dict.fromkeys("⋅∙•∗＊", "write a product with *"),
    **dict.fromkeys("÷∕⁄／", "write a quotient with /"),
    "⩾": "write >=",
    "⩽": "write <=",
    **dict.fromkeys("“”„‟«»‘`", 'write a text between double quotes: "…"'),
    **dict.fromkeys("’′″‴", "write a derivative of a declared function as f'(x), f''(x), and a text between double quotes"),
    **dict.fromkeys("{}", "group with ( and ), and write indices between [ and ]"),
    **dict.fromkeys("＝≡≔", "write ="),
    "√": "write sqrt(…)",
    "∑": "write sum(…, i)",
    "∏": "write prod(…, i)",
    "∇": "write a derivative as diff(f, x[k])",
    "∞": "there is no infinity; every number is a real one",
    "|": "write abs(…)",
    "!": "write != for: is not; there is no factorial",
    ";": "a statement needs no end: delete it",
    "$": "write the formula in this language, not in LaTeX",
    "\\": "write the name without it, as in theta",
    "&": "write two statements",
    "…": "write everything out",
})
"""Characters that are taken for others, and what to type for them."""


class Source:
    """A text with its lines, of a file in which so many stand `above` it: where an offset stands, and how a mistake there is
    reported.
    """

    def __init__(self, text: str, file: str = "", above: int = 0) -> None:
        self.text = text
        self.file = file
        self.above = above
        self._starts: list[int] | None = None

    def place(self, start: int, end: int) -> Place:
        """The place of the text from `start` to `end`."""
        if self._starts is None:
            self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        line = bisect_right(self._starts, start)
        return Place(line + self.above, start - self._starts[line - 1] + 1, start, end)

    def line(self, offset: int) -> int:
        """The number of the line in which the offset lies."""
        return self.place(offset, offset).line

    def error(self, code: str, start: int, end: int, **fields: object) -> SourceError:
        """The mistake `code` from `start` to `end`, its message and help filled in with `fields`."""
        entry = CODES[code]
        help = help_for(code, self.text, start) or entry.help.format(**fields)
        found = SourceError(code, entry.message.format(**fields), self.place(start, end), help)
        found.file, found.text = self.file, self.text
        return found


class Tokens:
    """The tokens of a text, side by side in four lists.

    The kind of a keyword or an operator is itself; the others are `name`, `primes`, `number`, `string`, and `end` after the
    last. A token that is a mistake wherever it stands has the kind `bad`, `bad_number`, `long_name` or `open_string`.
    """

    def __init__(self, source: Source) -> None:
        text = source.text
        self.source = source
        if len(text) > LONGEST_TEXT:
            raise source.error("D106", 0, 0, size=len(text), limit=LONGEST_TEXT)
        forbidden = _FORBIDDEN.search(text)
        if forbidden:
            char = f"U+{ord(forbidden[0]):04X}"
            raise source.error("D101", forbidden.start(), forbidden.end(), char=char)
        self.kinds: list[str] = []
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._read(text)

    def _read(self, text: str) -> None:
        kinds, texts, starts, ends = self.kinds, self.texts, self.starts, self.ends
        ascii_only = text.isascii()
        # A mark at the very beginning that tells the order of bytes is no character of the text.
        for match in _TOKEN.finditer(text, 1 if text.startswith("\ufeff") else 0):
            kind = match.lastgroup or "end"
            word = match[kind]
            if kind == "name":
                if not ascii_only:
                    stray = _number_sign(word)
                    if stray is not None:
                        kinds.append("bad")
                        texts.append(word[stray])
                        starts.append(match.start(kind) + stray)
                        ends.append(match.start(kind) + stray + 1)
                        continue
                    word = normal_name(word)
                kinds.append(word if word in KEYWORDS else kind if len(word) <= LONGEST_NAME else "long_name")
            elif kind == "symbol":
                word = _TYPED.get(word, word)
                kinds.append(word)
            else:
                kinds.append(kind)
            texts.append(word)
            starts.append(match.start(kind))
            ends.append(match.end(kind))
            if kind == "end":
                return

    def found(self, position: int) -> str:
        """What stands at the token `position`, as a message says it."""
        match self.kinds[position]:
            case "end":
                return "the end of the text"
            case "string" | "open_string":
                return "a text in quotes"
            case kind if kind in KEYWORDS:
                return f"the keyword `{kind}`"
        return f"`{self.texts[position]}`"

    def refuse(self, position: int) -> None:
        """Raises the error of a token that is a mistake wherever it stands; returns for all others."""
        kind, word = self.kinds[position], self.texts[position]
        start, end = self.starts[position], self.ends[position]
        error = self.source.error
        if kind == "open_string":
            raise error("D103", start, end)
        if kind in ("bad", "raised"):
            shown = f"{word} (U+{ord(word[0]):04X})" if not word.isascii() else word
            other = "delete it, or write its name in letters"
            if kind == "raised":
                other = "write a power with ^, as in x^2, and a derivative as ∂(x²)/∂x"
            raise error("D102", start, end, char=shown, instead=LOOKALIKES.get(word, other))
        if kind == "primes":
            raise error("D137", start, end)
        if kind in ("==", ":="):
            raise error("D134", start, end, found=word)
        if kind == "long_name":
            raise error("D108", start, end, limit=LONGEST_NAME)
        if kind == "bad_number":
            if ".." in word:
                instead = "a range as the size of an index: sum(x[i], i: n), or sum(x[i], i)"
                raise error("D104", start, end, found=word, instead=instead)
            parts = word.split(".")
            if len(parts) > 1 and (len(parts) > 2 or not parts[0] or not parts[1]):
                raise error("D104", start, end, found=word, instead=f"{parts[0] or 0}.{parts[1] or 0}")
            raise error("D105", start, end, limit=MOST_DIGITS)

    def fail(self, position: int, code: str, **fields: object) -> NoReturn:
        """Raises the mistake `code` at the token `position`, unless the token is a mistake itself."""
        self.refuse(position)
        start, end = self.starts[position], self.ends[position]
        if code in MISSING and position and (self.kinds[position] in KEYWORDS or self.kinds[position] == "end"):
            # What is missing was to stand behind the last token, and not where the next statement begins.
            before = self.ends[position - 1]
            if "\n" in self.source.text[before:start]:
                start = end = before
        raise self.source.error(code, start, end, **fields)


def _number_sign(word: str) -> int | None:
    """Where a word has a sign of a number that is no digit, such as ② or ½: at all, or a small digit at its beginning."""
    signs = (n for n, char in enumerate(word) if unicodedata.category(char) == "No" and (n == 0 or char not in SMALL_DIGITS))
    return next(signs, None)


def normal_name(name: str) -> str:
    """The one spelling of a name: composed (NFC), and the micro sign as the Greek letter that it looks like."""
    return unicodedata.normalize("NFC", name).replace("µ", "μ")
