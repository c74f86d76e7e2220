"""The pages of all codes: what a diagnostic means, with an example of it and of how it is put right; also as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from derive.diagnosis import codes
from derive.language import codes as language_codes
from derive.render.layout import with_code

TITLE = "What diagnostics mean"
_UNSEEN = re.compile(r"[^\n -\x7e\xa1-\u1fff\u2010-\u2027\u2030-\U0010ffff]")
_HEADINGS = {"1": "What cannot be read", "2": "What checking finds", "4": "Limits", "9": "Mistakes of derive's own"}
"""By the first digit of a code."""


@dataclass(frozen=True)
class Page:
    """What there is to say about a code; `examples` are texts, each with what it is an example of."""

    code: str
    title: str
    explanation: str
    examples: tuple[tuple[str, str], ...]


def page(code: str) -> Page | None:
    """The page of a code; None where there is none."""
    if code in codes.CODES:
        known = codes.CODES[code]
        examples = (("wrong", known.wrong), ("right", known.right))
        return Page(code, known.title, known.explanation, tuple(row for row in examples if row[1]))
    if code in language_codes.CODES:
        mistake = language_codes.CODES[code]
        return Page(code, mistake.title, mistake.explanation, (("wrong", mistake.example),) if mistake.example else ())
    return None


def every_page() -> list[Page]:
    """All pages, in the order of their codes."""
    known = sorted({*codes.CODES, *language_codes.CODES})
    return [found for code in known if (found := page(code)) is not None]


def seen(text: str) -> str:
    """`text` with a name for what cannot be seen."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


# --- HTML -----------------------------------------------------------------------------------------------------------------


def page_html(shown: Page, ascii: bool = False) -> str:
    """The page of one code."""
    from derive.render.document import document, escaped

    title = f"{shown.code}: {shown.title}"
    return document(title, [f"<h1>{escaped(title)}</h1>", *_body(shown)], ascii)


def every_page_html(ascii: bool = False) -> str:
    """All pages as one."""
    from derive.render.articles import SEARCH, Article, searched
    from derive.render.document import document

    subjects = [
        (_HEADINGS[digit], [Article(each.code, f"{each.code}: {each.title}", tuple(_body(each))) for each in pages])
        for digit, pages in groupby(every_page(), lambda each: each.code[1])
    ]
    return document(TITLE, [f"<h1>{TITLE}</h1>", *searched(subjects)], ascii, SEARCH)


def _body(shown: Page) -> Iterator[str]:
    from derive.render.document import code, escaped

    yield f"<p>{with_code(shown.explanation, escaped, code)}</p>"
    for label, example in shown.examples:
        lines = "\n".join(escaped(line) for line in seen(example).split("\n"))
        yield f'<p class="label">{label.capitalize()}:</p>'
        yield f'<pre class="{label}"><code>{lines}</code></pre>'
