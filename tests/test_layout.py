"""The canonical layout: it changes white space and nothing else, is final, and is the one in which derivations are written."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.language import read, write
from derive.language.derivation import Derivation
from derive.language.errors import SourceError
from derive.language.layout import lay_out, lay_out_document
from derive.language.lexer import Source, Tokens
from lane import examples
from strategies import derivations

CASES = Path(__file__).parent / "cases"
PUBLISHED = sorted((CASES / "published").glob("*.derive"))
LAYOUTS = (CASES / "layout.txt").read_text(encoding="utf-8").split("\n#===\n")


@pytest.mark.parametrize("case", LAYOUTS, ids=[case.partition("\n")[0] for case in LAYOUTS])
def test_cases(case: str) -> None:
    _, text, expected = re.split(r"^#-+\n", case + "\n", flags=re.MULTILINE)
    assert lay_out(text) == expected.rstrip("\n") + "\n"
    assert lay_out(expected) == expected.rstrip("\n") + "\n"


@pytest.mark.parametrize("path", PUBLISHED, ids=[path.stem for path in PUBLISHED])
def test_published_files_keep_what_they_say(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    laid_out = lay_out(text)
    assert signs(laid_out) == signs(text)
    assert lay_out(laid_out) == laid_out


@settings(max_examples=examples(50), deadline=None, suppress_health_check=list(HealthCheck))
@given(derivations())
def test_what_is_written_is_laid_out_already(derivation: Derivation) -> None:
    text = write(derivation)
    if signs(text):
        assert lay_out(text) == text


@settings(max_examples=examples(50), deadline=None, suppress_health_check=list(HealthCheck))
@given(derivations(), st.integers(0, 2**32))
def test_white_space_and_comments_do_not_matter(derivation: Derivation, seed: int) -> None:
    text = write(derivation)
    if not signs(text):
        return
    shaken = shake(text, random.Random(seed))
    laid_out = lay_out(shaken)
    assert read(laid_out) == read(shaken)
    assert signs(laid_out) == signs(shaken)
    assert comments(laid_out) == comments(shaken)
    assert lay_out(laid_out) == laid_out
    assert not re.search(r"[ \t]$|\n\n\n|\A\n|\n\n\Z", laid_out, re.MULTILINE)


def test_mistakes_are_reported_where_they_are() -> None:
    with pytest.raises(SourceError) as caught:
        lay_out("variable x\ntheorem t: 2x = x + x", "file.derive")
    assert (caught.value.file, caught.value.place.line, caught.value.place.column) == ("file.derive", 2, 13)
    with pytest.raises(SourceError) as caught:
        lay_out_document("# A\n\n```derive\nvariable x\ntheorem t: 2x = x + x\n```\n", "file.md")
    assert (caught.value.place.line, caught.value.place.column) == (5, 13)


def test_what_is_used_need_not_be_there() -> None:
    assert lay_out('use "another-one"\ntheorem t: 1 = 1') == 'use      "another-one"\n\ntheorem t: 1 = 1\n'


MARKDOWN = """\
# Softmax

```python
variable   = "not ours"
```

- In a list:

  ```derive
     variable    x
  theorem t:  x=x

  ```
~~~derive
theorem t: 1=1
~~~
The end
"""


def test_markdown() -> None:
    laid_out = MARKDOWN.replace("     variable    x\n  theorem t:  x=x\n\n", "  variable x\n\n  theorem t: x = x\n")
    laid_out = laid_out.replace("1=1", "1 = 1")
    assert lay_out_document(MARKDOWN) == laid_out
    assert lay_out_document(laid_out) == laid_out
    windows = MARKDOWN.replace("\n", "\r\n")
    assert lay_out_document(windows) == laid_out.replace("\n", "\r\n")


def test_line_ends_and_byte_order_mark() -> None:
    assert lay_out("\ufeffvariable x # a\r\nvariable y\r\n") == "\ufeffvariable x  # a\r\nvariable y\r\n"


def signs(text: str) -> list[str]:
    """The tokens as they are written."""
    tokens = Tokens(Source(text))
    return [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)][:-1]


def comments(text: str) -> list[str]:
    return re.findall(r"#[^\n\"]*$", re.sub(r'"[^"\n]*"', '""', text), re.MULTILINE)


GAPS = (" ", "\n", "\n\n\n ", "\t", " # first\n", "\n# alone\n# and another\n", "\n\n# apart\n\n")


def shake(text: str, chance: random.Random) -> str:
    """`text` with other white space between its tokens, and with comments."""
    tokens = Tokens(Source(text))
    written, done = "", 0
    for start, end in zip(tokens.starts, tokens.ends, strict=True):
        gap = text[done:start]
        words = re.search(r"[\w.]$", written) and re.match(r"[\w.]", text[start:end])
        # Within a name such as softmax-ce, or f', there is no space, and in a reason's argument any is part of it.
        fixed = not gap and (words or "-" in (written[-1:], text[start:end]) or text[start:end].startswith("'"))
        if not fixed and not _in_reason(text, start):
            gap = chance.choice([gap, *GAPS])
            if not gap and written[-1:].isalnum():
                gap = " "
        written += gap + text[start:end]
        done = end
    return written + chance.choice(["", "\n", "\n# the end", "# the end", "\n\n\n"])


def _in_reason(text: str, at: int) -> bool:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return bool(re.search(r"\bby\b", line)) and line.count("(") > line.count(")")
