"""A page of HTML that needs nothing besides itself: no font, no network, and a script on the page of the library alone.

What stands in a file of a user stays text, whatever it is: it is escaped where it is written (`escaped`), and characters that
turn text around or are not seen are left out. Besides, the page itself forbids whatever it does not bring along: no script
runs but the one whose hash it tells.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape

from derive.language.lexer import UNSEEN
from derive.render.style import STYLE

_UNSEEN = re.compile(rf"[\ue000-\uf8ff\ufeff\ufffe\uffff{UNSEEN}]")
_ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")


def document(title: str, body: Iterable[str], ascii: bool = False, script: str = "") -> str:
    """A page; with `ascii`, its other characters are written as their numbers, and look the same."""
    runs = f"; script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" if script else ""
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'{runs}">',
        f"<title>{escaped(title or 'Derivation')}</title>",
        f"<style>\n{STYLE}</style>",
        "</head>",
        "<body>",
        *body,
        *([f"<script>{script}</script>"] if script else []),
        "</body>",
        "</html>",
    ]
    page = "\n".join(lines) + "\n"
    return page.encode("ascii", "xmlcharrefreplace").decode() if ascii else page


def escaped(text: str) -> str:
    """`text` from a file as text of a page, and of a value in quotes."""
    return escape(_UNSEEN.sub(" ", text))


def linked(text: str) -> str:
    """`text` in which addresses can be followed."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = escaped(found[0])
        parts += [escaped(text[end : found.start()]), f'<a href="{address}" rel="noreferrer">{address}</a>']
        end = found.end()
    return "".join([*parts, escaped(text[end:])])


def code(text: str) -> str:
    """`text` as it is typed."""
    return f"<code>{escaped(text)}</code>"
