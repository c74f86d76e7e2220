"""Derivations are read here: from files, from text, and from the library that comes with the package.

What a derivation uses (`use "softmax-jacobian"`) is looked for in its own folder, and then in the library.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from derive import shelf
from derive.engine.rules import NAMES
from derive.errors import CallError, LimitError
from derive.language import read, read_document
from derive.language.derivation import Derivation
from derive.language.documents import is_marked, kind_of, read_blocks
from derive.language.errors import SourceError
from derive.language.reader import Load
from derive.limits import DEEPEST_USE, LARGEST_FILE
from derive.shelf import SUFFIX, near

_NAME = re.compile(r"\w[\w.+-]*")


def load(name: str) -> Derivation:
    """The derivation of the library of that name. Fails with `CallError` where there is none, suggesting others."""
    return _Reading().library(name)


def load_any(name: str | Path) -> Derivation:
    """The derivation of the library of that name, or the one in a file: a `Path`, or a text that ends in `.derive`.

    Fails with `CallError` where there is none, and with `SourceError` where it cannot be read.
    """
    if isinstance(name, str) and not name.lower().endswith(SUFFIX):
        return load(name)
    found = read_path(name)
    if len(found) != 1:
        raise CallError("many-derivations", f"{name} holds {len(found)} derivations", "parse the text of one of them")
    return found[0]


def parse(text: str, name: str = "") -> Derivation:
    """The derivation that `text` writes; what it uses is looked for in the library. Fails with `SourceError`."""
    return read(text, name, load=_Reading().library, rule_names=NAMES)


def parse_each(text: str, file: str = "") -> Iterator[Derivation | SourceError]:
    """The derivation that `text` writes, or those in its blocks if it is Markdown; or what is wrong with each."""
    library = _Reading().library
    if is_marked(text):
        yield from read_blocks(text, "", file, library, NAMES)
    else:
        yield read(text, "", file, library, NAMES)


def parse_block(text: str, file: str, above: int) -> Derivation:
    """The derivation in a piece of a document, above which so many lines of it stand; what it uses is looked for beside the
    document. Fails with `SourceError`.
    """
    return replace(read(text, Path(file).stem, file, loading(file), NAMES, above), above=above)


def read_path(path: str | Path, text: str | None = None) -> list[Derivation]:
    """The derivation in a file, or those in the blocks of a document; `text` is read in the place of what stands there."""
    return _Reading().path(Path(path), str(path), text)


def readable(path: str | Path, text: str) -> tuple[list[Derivation], SourceError | None]:
    """What can be read of a text: all but the blocks of a document, or the reasons, that have mistakes; and these."""
    try:
        return read_path(path, text), None
    except SourceError as error:
        return list(error.read), error


def read_each(path: str | Path, text: str) -> Iterator[Derivation | SourceError]:
    """The same, each block of a document by itself, or what is wrong with it."""
    return _Reading().each(Path(path), str(path), text)


def loading(path: str | Path) -> Load:
    """What finds the derivations that a text in that file may use."""
    return partial(_Reading().used, Path(path).parent)


def text_of(path: str | Path, file: str = "") -> str:
    """The text of a file, which messages call `file`. Fails with `CallError` where it cannot be read, or is not text."""
    file = file or str(path)
    return decoded(bytes_of(Path(path), file), file)


class _Reading:
    """One reading of files: each is read once, however often it is used, and none while it is being read."""

    def __init__(self) -> None:
        self.done: dict[Path, Derivation] = {}
        self.open: list[Path] = []

    def library(self, name: str) -> Derivation:
        known = shelf.names()
        if name not in known:
            meant = near(name, known)
            help = f"did you mean {' or '.join(meant)}?" if meant else "derive list names them all"
            raise CallError("no-derivation", f'there is no derivation "{name}" in the library', help)
        path = shelf.files()[name]
        return self.derivation(path, f"{shelf.folder().name}/{path.relative_to(shelf.folder()).as_posix()}")

    def path(self, path: Path, file: str, text: str | None = None) -> list[Derivation]:
        kind = kind_of(path)
        if kind is None:
            return [self.derivation(path, file, text)]
        text = text_of(path, file) if text is None else text
        found = read_document(text, path.stem, file, partial(self.used, path.parent), NAMES, kind)
        if not found:
            raise _holds_none(file)
        return found

    def each(self, path: Path, file: str, text: str) -> Iterator[Derivation | SourceError]:
        kind = kind_of(path)
        if kind is None:
            yield self.derivation(path, file, text)
            return
        none = True
        for found in read_blocks(text, path.stem, file, partial(self.used, path.parent), NAMES, kind):
            none = False
            yield found
        if none:
            raise _holds_none(file)

    def derivation(self, path: Path, file: str, text: str | None = None) -> Derivation:
        key = _absolute(path, file)
        if key in self.open:
            names = [each.stem for each in (*self.open[self.open.index(key) :], key)]
            raise CallError("circular-use", f"they use each other: {' uses '.join(names)}", "delete one use of the circle")
        if len(self.open) >= DEEPEST_USE:
            raise LimitError("deep-use", f"more than {DEEPEST_USE} derivations use one another in a row")
        if key not in self.done:
            self.open.append(key)
            try:
                text = text_of(path, file) if text is None else text
                self.done[key] = read(text, path.stem, file, partial(self.used, path.parent), NAMES)
            finally:
                self.open.pop()
        return self.done[key]

    def used(self, beside: Path, name: str) -> Derivation:
        """What a derivation in the folder `beside` uses by this name."""
        there = beside / f"{name}{SUFFIX}"
        beside = _absolute(beside, name).resolve()
        if shelf.folder() not in (beside, *beside.parents) and _NAME.fullmatch(name) and there.is_file():
            return self.derivation(there, str(there))
        return self.library(name)


def _absolute(path: Path, file: str) -> Path:
    try:
        return Path(os.path.abspath(path))
    except OSError as error:  # the folder in which the command was called is no longer there
        raise CallError("no-file", f"there is no file {file}") from error


def _holds_none(file: str) -> CallError:
    return CallError("no-derivation", f"{file} holds no derivation", "mark the first line of its block: ```derive")


def bytes_of(path: Path, file: str, most: int = LARGEST_FILE) -> bytes:
    """What a file holds, if it is a regular one: nothing is waited for. Fails with `CallError` where it cannot be read, with
    `LimitError` where it holds more than `most` bytes.
    """
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError
        if not stat.S_ISREG(kind):
            raise CallError("no-file", f"{file} is no regular file", "what comes by a pipe is read as standard input: -")
        with open(path, "rb", opener=_without_waiting) as stream:
            return limited(stream, file, most)
    except FileNotFoundError as error:
        raise CallError("no-file", f"there is no file {file}") from error
    except IsADirectoryError as error:
        raise CallError("no-file", f"{file} is a folder", f"name a file in it: {file.rstrip('/')}/NAME{SUFFIX}") from error
    except OSError as error:
        raise CallError("no-file", f"{file} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a null character in the path
        raise CallError("no-file", f"there is no file {file}") from error


def _without_waiting(path: str, flags: int) -> int:
    """Opens a file of which nothing is waited for: what calls itself a regular one may be the log of the kernel."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def limited(stream: BinaryIO, file: str, most: int) -> bytes:
    """What can be read from an open file, to its end. Fails with `LimitError` where that is more than `most` bytes."""
    data = stream.read(most + 1)
    if data is None:
        raise CallError("no-file", f"{file} cannot be read: it has nothing to say yet")
    if len(data) > most:
        raise LimitError("large-file", f"{file} has more than the {most} bytes that are read")
    return data


def decoded(data: bytes, file: str) -> str:
    """The text of a file that holds `data`. Fails with `CallError` where it is not text."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CallError("not-text", f"{file} is not text in UTF-8: line {line} is not", "save it in UTF-8") from error
