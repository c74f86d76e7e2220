"""Blocks of Markdown: what readers see as a derivation is checked or refused, and every place is that of the document."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from derive.errors import LimitError
from derive.language.derivation import Derivation
from derive.language.documents import blocks, is_marked, read_blocks
from derive.language.errors import SourceError
from derive.language.layout import lay_out_document
from derive.language.markdown import pieces
from derive.limits import MOST_BLOCKS
from lane import examples

FALSE = "variable x\ntheorem t: x = x + 1\n"
BLOCK = f"```derive\n{FALSE}```\n"


def set_in(text: str, margin: str) -> str:
    return re.sub("^", margin, text, flags=re.MULTILINE).removesuffix(margin)


SEEN = {
    "plain": (BLOCK, 3),
    "three spaces": (set_in(BLOCK, "   "), 3),
    "tildes": (BLOCK.replace("```", "~~~"), 3),
    "a longer fence": (f"`````derive\n{FALSE}```\n`````\n".replace("```\n`", "# ```\n`"), 3),
    "in braces": (BLOCK.replace("derive", "{derive}"), 3),
    "a class": (BLOCK.replace("derive", "{.derive .numbers}"), 3),
    "a class behind a name": (BLOCK.replace("derive", "{#first .derive}"), 3),
    "a capital": (BLOCK.replace("derive", "Derive"), 3),
    "a reference to a character": (BLOCK.replace("derive", "&#100;erive"), 3),
    "below a paragraph": ("Words\n" + BLOCK, 4),
    "a quotation": (set_in(BLOCK, "> "), 3),
    "a quotation that ends without a fence": (set_in(BLOCK.removesuffix("```\n"), ">") + "\nwords\n", 3),
    "a list": ("- words\n\n" + set_in(BLOCK, "  "), 5),
    "the first of a list": ("1. " + set_in(BLOCK, "   ").lstrip(), 3),
    "a list in a quotation in a list": ("- > * " + set_in(BLOCK, "  >   ").removeprefix("  >   "), 3),
    "an item that ends without a fence": (f"- ```derive\n  variable z\n\n{BLOCK}", 6),
    "behind a fence that ends nothing": (f"```text\n      ```\n```\n{BLOCK}", 6),
    "below a piece of HTML": (f"<details>\n\n{BLOCK}\n</details>\n", 5),
    "in an admonition of colons": (f":::{{note}}\n{BLOCK}:::\n", 4),
    "not closed": (BLOCK.removesuffix("```\n"), 3),
    "other ends of lines": (BLOCK.replace("\n", "\r\n"), 3),
    "a mark of the order of bytes": ("\ufeff" + BLOCK, 3),
}

REFUSED = {
    "four spaces": (set_in(BLOCK, "    "), 1),
    "a tab": (set_in(BLOCK, "\t"), 1),
    "four spaces in a list": ("- words\n\n" + set_in(BLOCK, "      "), 3),
    "in preformatted text": (f"<pre>\n{BLOCK}</pre>\n", 2),
    "in a piece of HTML": (f"<div>\n{BLOCK}</div>\n", 2),
    "a stroke": (BLOCK.replace("derive", "\\derive"), 1),
    "more behind the mark": (BLOCK.replace("derive", "derive,ignore"), 1),
    "a mark in quotes": (BLOCK.replace("derive", "'derive'"), 1),
    "a tab in a list": (f"1.\t```derive\n\t{FALSE.replace(chr(10), chr(10) + chr(9))}```\n", 1),
    "a tab in a quoted list": ("> > 1.\t~~~derive\n> > \t    theorem t0: 1 = 1\n> > \ttheorem t1: 1 = 2\n> > \t~~~\n", 1),
    "a fence of colons": (BLOCK.replace("```derive", ":::{derive}").replace("```", ":::"), 1),
    "a fence of colons in a quotation": ("> " + BLOCK.replace("```derive", "::::{derive}").replace("```", "::::"), 1),
    "in a block of MyST": (f"````{{note}}\n{BLOCK}````\n", 2),
    "too deep": (set_in(BLOCK, "> " * 60), 1),
}

PASSED_OVER = {
    "in a comment": f"<!--\n{BLOCK}-->\n",
    "in another block": f"````markdown\n{BLOCK}````\n",
    "in a block of MyST that shows code": f"````{{code-block}} markdown\n{BLOCK}````\n",
    "another language": BLOCK.replace("derive", "derive-old"),
    "a fence of colons that names one": ":::{derive} softmax-ce\n:short:\n:::\n",
    "a part of a page": "::: {.derive}\ntext\n:::\n",
    "in a line": "Mark it with ```derive at its beginning.\n",
    "words": "How to derive it & more.\n",
}


@pytest.mark.parametrize("name", SEEN)
def test_what_markdown_sees_is_read(name: str) -> None:
    text, line = SEEN[name]
    *_, found = read_blocks(text)
    assert isinstance(found, Derivation), found
    assert found.statements[0].place.line == line
    place = found.statements[0].place
    assert text[found.offset + place.start : found.offset + place.end].startswith("x = x")


@pytest.mark.parametrize("name", REFUSED)
def test_what_looks_like_a_block_and_is_none_is_a_mistake(name: str) -> None:
    text, line = REFUSED[name]
    found = [each for each in read_blocks(text) if not isinstance(each, Derivation)]
    assert [(each.code, each.place.line) for each in found] == [("D180", line)]
    assert is_marked(text)


@pytest.mark.parametrize("name", PASSED_OVER)
def test_what_no_reader_takes_for_a_block_is_passed_over(name: str) -> None:
    assert not is_marked(PASSED_OVER[name])


def test_a_block_that_is_none_does_not_take_the_others() -> None:
    found = read_blocks(f"{set_in(BLOCK, '    ')}\n{BLOCK}")
    assert [type(each).__name__ for each in found] == ["Derivation", "SourceError"]


@pytest.mark.parametrize(
    ("margin", "rest"),
    [(">- ", ">   "), (">+ ", ">    "), (">  1. ", ">     "), ("- > ", "  > "), ("- >", "  >"), (">", ">"), ("> ", "> ")],
)
def test_what_is_laid_out_stays_in_its_list(margin: str, rest: str) -> None:
    block = f"{margin}```derive\n{rest}variable    x\n{rest}theorem t: x=x\n{rest}```\n"
    laid_out = lay_out_document(block)
    (found,) = read_blocks(laid_out)
    assert isinstance(found, Derivation), laid_out
    assert "theorem t: x = x" in laid_out
    assert lay_out_document(laid_out) == laid_out


def test_there_are_so_many_blocks_at_most() -> None:
    text = "```derive\n```\n" * (MOST_BLOCKS + 1)
    with pytest.raises(LimitError, match="more than"):
        list(blocks(text))


SIGNS = ["```", "~~~~", "derive", "{.derive}", "\n", "\n\n", "\r\n", "> ", "- ", "1. ", "<div>", "<!--", "-->", "x", "  "]


@given(st.lists(st.sampled_from(SIGNS), max_size=24).map("".join))
@settings(max_examples=examples(2000), deadline=None)
def test_every_character_keeps_its_place(text: str) -> None:
    """A block is what CommonMark shows, each character where the document has it; all else is spaces."""
    shown = [
        token.content
        for token in MarkdownIt("commonmark").parse(text)
        if token.type == "fence" and re.match(r"[{\s]*\.?derive([{}\s]|$)", token.info)
    ]
    found = list(blocks(text))
    texts, others = ([" ".join(each.split()) for each in several] for several in ((block.text for block in found), shown))
    if "<!--" in text:  # where a comment ends with a quotation, a browser does not show what is below it
        left = iter(others)
        assert all(any(each == other for other in left) for each in texts)
    else:
        assert texts == others
    for block in found:
        assert len(block.text) == block.end - block.start
        assert all(a in (b, " ") for a, b in zip(block.text, text[block.start : block.end], strict=True))
        ended = re.findall(r"\r\n?|\n", text[: block.start])
        assert len(ended) == block.above or block.start == len(text) == block.end


# --- directives of Sphinx -------------------------------------------------------------------------------------------------

ELSEWHERE = {
    "a name": "```{derive} softmax-ce\n```\n",
    "a file": "~~~{derive} proofs/square.derive\n\n~~~\n",
    "a name with options": "> ```{derive} softmax-ce\n> :theorem: softmax-jacobian\n> :short:\n> ```\n",
}


@pytest.mark.parametrize("text", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_derivation_of_another_place_is_passed_over(text: str) -> None:
    assert list(blocks(text)) == []
    assert not is_marked(text)
    assert len(list(blocks(text + BLOCK))) == 1


READ = {
    "a name and a text": f"```{{derive}} softmax-ce\n{FALSE}```\n",
    "a name that is no directive": "```derive softmax-ce\n```\n",
    "no name": "```{derive}\n```\n",
    "options, and no name": "```{derive}\n:short:\n```\n",
    "a class": "```{.derive} softmax-ce\n```\n",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_any_other_block_is_read(text: str) -> None:
    assert len(list(read_blocks(text))) == 1


def test_options_are_no_part_of_a_derivation_and_stay() -> None:
    text = f"- a\n\n  ```{{derive}}\n  :label: x\n  :short:\n\n{set_in(FALSE.replace('t:', 't  :'), '  ')}  ```\n"
    (found,) = read_blocks(text)
    assert isinstance(found, Derivation)
    assert found.statements[0].place.line == 8
    assert lay_out_document(text) == text.replace("t  :", "t:").replace("\n  theorem", "\n\n  theorem")


@pytest.mark.parametrize(
    "text",
    [
        "---\nabstract: |\n  ```derive\n  theorem t: 1 = 1\n  ```\n---\n\ntext",
        "---\ntitle: a\n\n```derive\ntheorem t: 1 = 1\n```\n...\n",
        "<!-- a --> <!-- b\n\n```derive\ntheorem t: 1 = 1\n```\n\n-->\n",
        "<!-- a --> <!-- b\n\ntext\n\n```derive\ntheorem t: 1 = 1\n```\n",
        "Term\n: ```derive\n  theorem t: 1 = 1\n  ```\n",
        "Term\n~   ```derive\n    theorem t: 1 = 1\n    ```\n",
    ],
)
def test_what_is_shown_by_some_readers_alone_is_told(text: str) -> None:
    (found,) = pieces(text)
    assert isinstance(found, SourceError)
    assert found.code == "D180"


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: a\n---\n\n```derive\ntheorem t: 1 = 1\n```\n",
        "---\n\n```derive\ntheorem t: 1 = 1\n```\n",
        "<!-- a --> <!-- b -->\n\n```derive\ntheorem t: 1 = 1\n```\n",
        "<!-- a --> <!-- b\n\n-->\n\n```derive\ntheorem t: 1 = 1\n```\n",
    ],
)
def test_what_is_shown_by_all_readers_is_read(text: str) -> None:
    (found,) = pieces(text)
    assert not isinstance(found, SourceError)
