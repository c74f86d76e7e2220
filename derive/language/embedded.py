"""Stretches of documents that hold what derive prints: between two marks, of which the first says what to print.

    <!-- derive: softmax-ce --short -->        % derive: softmax-ce --short        in TeX
    …                                          …
    <!-- /derive -->                           % /derive

A mark stands on a line by itself; what stands before it there, spaces or the signs of a quotation, stands before each line
between them. Marks in a block of code are shown, and mean nothing. In a notebook the marks stand in cells of Markdown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

from derive.errors import CallError
from derive.floor.frozen import Table
from derive.language.documents import labelled
from derive.language.errors import SourceError
from derive.language.lexer import Source
from derive.language.markdown import ENDING, shown_as_code

_MARKDOWN = re.compile(r"([ \t>]*)<!--[ \t]*(?:derive:[ \t]*(?P<call>(?:(?!-->)[^\r\n])*?)|(?P<end>/derive))[ \t]*-->[ \t]*")
_TEX = re.compile(r"([ \t]*)%+[ \t]*(?:derive:[ \t]*(?P<call>[^\r\n]*?)|(?P<end>/derive))[ \t]*")
_CODE = re.compile(r"`+[^`]*`+")
_ANY = re.compile(r"<!--[ \t]*/?derive\b:?")
MARKDOWN, LATEX = "markdown", "latex"
FORMATS: Mapping[str, str] = Table({
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd", ".qmd", ".rmd", ".myst", ".ipynb"), MARKDOWN),
    **dict.fromkeys((".tex", ".ltx", ".latex"), LATEX),
})
"""By the ending of a file's name, in which format derive prints there."""


class Stretch(NamedTuple):
    """What stands from `start` to `end`, between the marks, and the call that prints it; `margin` stands before its lines."""

    call: str
    file: str
    line: int
    start: int
    end: int
    margin: str


Print = Callable[[Stretch], str | None]
"""What is printed for a stretch, or None where it is left as it is."""


def format_of(path: PurePath | str) -> str | None:
    """The format in which derive prints in such a file; None where it does not."""
    return FORMATS.get(PurePath(path).suffix.lower())


def rewritten(text: str, file: str, write: Print) -> str:
    """A document with each stretch written anew, and not one letter of it changed besides.

    Fails with `SourceError` for a mark without its other, and with `CallError` for what is no notebook.
    """
    if PurePath(file).suffix.lower() == ".ipynb":
        return _notebook(text, file, write)
    return _rewritten(text, file, write, format_of(file) or MARKDOWN)


def _rewritten(text: str, file: str, write: Print, format: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    done, parts = 0, list[str]()
    for stretch in stretches(text, file, format):
        printed = write(stretch)
        if printed is None:
            continue
        apart = [""] if format == MARKDOWN else []  # an empty line would begin a paragraph in TeX
        lines = (*apart, *printed.rstrip("\n").split("\n"), *apart)
        parts += [text[done : stretch.start], *(f"{(stretch.margin + line).rstrip()}{newline}" for line in lines)]
        done = stretch.end
    return "".join((*parts, text[done:]))


def stretches(text: str, file: str, format: str) -> Iterator[Stretch]:
    """The stretches of a document, in their order. Fails with `SourceError` for a mark without its other, or among text."""
    source = Source(text, file)
    mark = _TEX if format == LATEX else _MARKDOWN
    code = shown_as_code(text) if format == MARKDOWN and _ANY.search(text) else frozenset()
    starts = [0, *(ending.end() for ending in ENDING.finditer(text))]
    begun: tuple[re.Match[str], int] | None = None

    def wrong(found: str, start: int, end: int) -> SourceError:
        return source.error("D190", start, end, found=found, instead=_example(format))

    for number, start in enumerate(starts):
        after = starts[number + 1] if number + 1 < len(starts) else len(text)
        line = text[start:after].rstrip("\r\n")
        found, end = mark.fullmatch(line), start + len(line)
        if number in code or (found is None and format == LATEX):
            continue
        if found is None:
            if _ANY.search(_CODE.sub("", line)):
                raise wrong("a mark among other text", start, end)
        elif found["end"] is None:
            if begun is not None or not found["call"]:
                said = "a second mark before the end of the first" if begun is not None else "a mark that names nothing"
                raise wrong(said, start, end)
            begun = found, number
        elif begun is None:
            raise wrong("an end without its beginning", start, end)
        else:
            first, above = begun
            yield Stretch(first["call"], file, above + 1, starts[above + 1], start, first[1])
            begun = None
    if begun is not None:
        raise wrong("a beginning without its end", starts[begun[1]], starts[begun[1]] + len(begun[0][0]))


def _example(format: str) -> str:
    if format == LATEX:
        return "% derive: NAME, on a line by itself, and % /derive below"
    return "<!-- derive: NAME -->, on a line by itself, and <!-- /derive --> below"


# --- notebooks --------------------------------------------------------------------------------------------------------------


def _notebook(text: str, file: str, write: Print) -> str:
    done, parts = 0, list[str]()
    for number, (kind, source, start, end) in enumerate(_sources(text), 1):
        if kind != "markdown":
            continue
        before = "".join(source) if isinstance(source, list) else source
        after = _rewritten(before, labelled(file, number), write, MARKDOWN)
        if after != before:
            parts += [text[done:start], _encoded(after, text[start:end], isinstance(source, list))]
            done = end
    return "".join((*parts, text[done:]))


def _encoded(source: str, before: str, in_lines: bool) -> str:
    """The source of a cell as JSON, laid out as it was before."""
    if not in_lines:
        return json.dumps(source, ensure_ascii=False)
    space = re.match(r"\[(\s*)", before)
    last = re.search(r"(\s*)\]$", before)
    assert space is not None
    assert last is not None
    lines = [json.dumps(line, ensure_ascii=False) for line in source.splitlines(keepends=True)]
    return f"[{space[1]}{f',{space[1]}'.join(lines)}{last[1]}]"


def _sources(text: str) -> Iterator[tuple[str, Any, int, int]]:
    """The kind of each cell and its source, with where that stands in the text."""
    try:
        for key, start, _ in _members(text, _skip(text, 0), "{"):
            if key == "cells":
                for _, cell, _ in _members(text, start, "["):
                    members = {name: (at, end) for name, at, end in _members(text, cell, "{")}
                    values = {name: json.loads(text[at:end]) for name, (at, end) in members.items()}
                    source = values.get("source", "")
                    lines = source if isinstance(source, list) else [source]
                    whole = all(isinstance(line, str) for line in lines)
                    yield str(values.get("cell_type")), source if whole else "", *members.get("source", (cell, cell))
    except (ValueError, IndexError, RecursionError) as error:
        raise CallError("no-notebook", f"it is no notebook: {error}", "open it in Jupyter, and save it again") from error


def _members(text: str, start: int, opening: str) -> Iterator[tuple[str, int, int]]:
    """The members of the object or list that begins at `start`: the name of each, or none, and where its value stands."""
    if text[start] != opening:
        raise ValueError(f"{opening} is missing")
    decoder = json.JSONDecoder()
    place = _skip(text, start + 1)
    while text[place] not in "}]":
        name = ""
        if opening == "{":
            name, place = decoder.raw_decode(text, place)
            place = _skip(text, _skip(text, place) + 1)
        _, end = decoder.raw_decode(text, place)
        yield name, place, end
        place = _skip(text, end)
        if text[place] == ",":
            place = _skip(text, place + 1)


def _skip(text: str, place: int) -> int:
    found = re.compile(r"[ \t\r\n]*").match(text, place)
    assert found is not None
    return found.end()
