"""`[tool.derive]` in pyproject.toml: what a project says once, so that nobody has to say it in every call.

    [tool.derive]
    paths = ["docs", "README.md"]            what `derive check` checks when no path is given
    strict = true
    jobs = 2
    timeout = 120

    [tool.derive.expect."docs/old.derive"]   verdicts expected of a file that one may not change
    gradient = "refuted"

It is the nearest pyproject.toml at or above the working directory, and its paths begin in its folder. An option of the command
line wins over it. A mistake in it is told with its place; a file that does not speak of derive is not even parsed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from derive.checking.verdicts import Verdict
from derive.errors import CallError, LimitError
from derive.language.derivation import Place
from derive.language.errors import SourceError
from derive.library import bytes_of, decoded
from derive.shelf import near

NAME = "pyproject.toml"
TABLE = ("tool", "derive")
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
KINDS = {
    "paths": 'a list of files and folders, as in paths = ["docs"]',
    "strict": "true or false",
    "jobs": "a whole number from 1 on",
    "timeout": "a whole number of seconds from 1 on",
    "expect": 'a table for each file, as in [tool.derive.expect."docs/old.derive"]',
}
"""The keys of the table, and what each takes."""
MOST_TRIED = 20
"""Signs at which a key may end: each is tried, since it may stand in quotes."""
LARGEST = 50_000
"""Bytes of a pyproject.toml that speaks of derive: the reader of Python takes time that grows faster than keys do."""
FROM = "paths begin in the folder of pyproject.toml, and stand in quotes"

Keys = tuple[str, ...]
"""The keys that lead to a value: ("tool", "derive", "strict")."""


@dataclass(frozen=True)
class Expected:
    """The verdicts expected of theorems, by the file they stand in and by their names; `config` says so, which reads `text`."""

    of: Mapping[str, Mapping[str, Verdict]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    config: str = ""
    text: str = ""

    def verdicts(self, path: str) -> Mapping[str, Verdict]:
        """What is expected of the theorems of a file."""
        return self.of.get(_real(path), {}) if self.of else {}

    def missing(self, path: str, names: Iterable[str]) -> Iterator[SourceError]:
        """The mistakes where a verdict is expected of a theorem that a file, which has these, has not."""
        known = list(names)
        for name in self.verdicts(path):
            keys = (*TABLE, "expect", self.keys.get(_real(path), ""), name)
            if name not in known:
                meant = near(name, known)
                has = f"did you mean {' or '.join(meant)}?" if meant else f"it has: {', '.join(known) or 'none'}"
                yield mistake(self.config, self.text, keys, f"{path} has no theorem {name}", has)
            elif known.count(name) > 1:
                said = f"{path} has {known.count(name)} theorems {name}, and what is expected of one is not said"
                yield mistake(self.config, self.text, keys, said, "write expect after the claim of the one that is meant")


NOTHING = Expected()
"""Where nobody but the author expects anything."""


@dataclass(frozen=True)
class Config:
    """What the table says; where it does not, what holds without it."""

    paths: tuple[str, ...] = ()
    strict: bool = False
    jobs: int | None = None
    timeout: int | None = None
    expected: Expected = NOTHING
    file: str = ""
    text: str = ""

    def checked(self) -> list[str]:
        """The paths, where no others are given. Fails with `DeriveError` where there is none, or nothing at one of them."""
        if not self.paths:
            said = 'name a file or folder, or write paths = ["docs"] under [tool.derive] in pyproject.toml'
            raise CallError("no-path", "there is no PATH to check", said)
        for path in self.paths:
            if not os.path.exists(path):
                raise mistake(self.file, self.text, (*TABLE, "paths"), f"there is no file or folder {path}", FROM)
        return list(self.paths)


def config(folder: str | None = None) -> Config:
    """What the nearest pyproject.toml at or above a folder says, the working directory by default.

    Fails with `SourceError` at what it says wrongly, with `CallError` where it cannot be read.
    """
    found = _nearest(folder or os.curdir)
    if found is None:
        return Config()
    file = shown(found)
    data = bytes_of(found, file)
    if TABLE[-1].encode() not in data:
        return Config()
    if len(data) > LARGEST:
        raise LimitError("large-file", f"{file} has more than the {LARGEST} bytes that are read of it", "say less in it")
    text = decoded(data, file)
    return _Reader(file, text, found.parent).config()


def _nearest(folder: str) -> Path | None:
    """The file, where there is one."""
    try:
        here = Path(os.path.abspath(folder))
    except OSError:  # the folder in which the command was called is no longer there
        return None
    return next((each / NAME for each in (here, *here.parents) if (each / NAME).is_file()), None)


def shown(path: str | Path) -> str:
    """A path as one would type it in the working directory."""
    try:
        return os.path.relpath(path)
    except ValueError:  # on another drive
        return str(path)


def _real(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))


class _Reader:
    """The reader of one file."""

    def __init__(self, file: str, text: str, folder: Path) -> None:
        self.file = file
        self.text = text
        self.folder = folder

    def config(self) -> Config:
        table = self.table()
        for key, value in table.items():
            if key not in KINDS:
                meant = near(key, KINDS)
                help = f"did you mean {' or '.join(meant)}?" if meant else f"there is: {', '.join(KINDS)}"
                raise self.mistake((*TABLE, key), f"[tool.derive] has no key {key}", help)
            if not _fits(key, value):
                raise self.mistake((*TABLE, key), f"{key} is not {KINDS[key]}", f"write {KINDS[key]}")
        paths = tuple(shown(self.folder / path) for path in table.pop("paths", ()))
        expected = self.expected(table.pop("expect", {}))
        return Config(paths=paths, expected=expected, file=self.file, text=self.text, **table)

    def table(self) -> dict[str, Any]:
        """The table, as TOML has it."""
        import tomllib

        try:
            found: Any = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise self.unread(str(error)) from error
        for number, key in enumerate(TABLE, 1):
            found = found.get(key, {})
            if not isinstance(found, dict):
                raise self.mistake(TABLE[:number], f"{'.'.join(TABLE[:number])} is not a table", "write [tool.derive]")
        return found  # type: ignore[no-any-return]

    def expected(self, table: Mapping[str, Any]) -> Expected:
        found: dict[str, dict[str, Verdict]] = {}
        keys: dict[str, str] = {}
        for file, wanted in table.items():
            here = (*TABLE, "expect", file)
            if not isinstance(wanted, dict):
                help = 'put the name of the file in quotes: "docs/old.derive"'
                raise self.mistake(here, f"expect is not {KINDS['expect']}", help)
            if not (self.folder / file).is_file():
                raise self.mistake(here, f"there is no file {shown(self.folder / file)}", FROM)
            for name, verdict in wanted.items():
                if verdict not in VERDICTS:
                    help = f'write one of {", ".join(VERDICTS)}: {name} = "refuted"'
                    raise self.mistake((*here, name), f"{verdict!r} is no verdict", help)
            real = _real(str(self.folder / file))
            if real in found:
                raise self.mistake(here, f"{keys[real]} is the same file", "say in one table what is expected of it")
            found[real], keys[real] = wanted, file
        return Expected(found, keys, self.file, self.text)

    def mistake(self, keys: Keys, message: str, help: str) -> SourceError:
        return mistake(self.file, self.text, keys, message, help)

    def unread(self, said: str) -> SourceError:
        """What TOML says of a text that is none."""
        found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", said)
        line, column = (int(found[2]), int(found[3])) if found else (self.text.count("\n") + 1, 1)
        start = sum(len(each) + 1 for each in self.text.split("\n")[: line - 1]) + column - 1
        message = (found[1] if found else said.removesuffix(" (at end of document)")).rstrip(".")
        return _error(self.file, self.text, Place(line, column, start, start + 1), f"it is not TOML: {message}", "")


def _fits(key: str, value: object) -> bool:
    """Whether a value is what its key takes."""
    match key:
        case "paths":
            return isinstance(value, list) and bool(value) and all(isinstance(each, str) and "\0" not in each for each in value)
        case "strict":
            return isinstance(value, bool)
        case "jobs" | "timeout":
            return type(value) is int and value > 0
    return isinstance(value, dict) and not any("\0" in each for each in value)


# --- places ---------------------------------------------------------------------------------------------------------------


def mistake(file: str, text: str, keys: Keys, message: str, help: str = "") -> SourceError:
    """A mistake at a key of the file, or at what begins a line and leads there the farthest."""
    places = _places(text)
    found = (place for n in range(len(keys), 0, -1) for each, place in places.items() if each[:n] == keys[:n])
    place = next(found, Place(1, 1, 0, 1))
    return _error(file, text, place, message, help)


def _error(file: str, text: str, place: Place, message: str, help: str) -> SourceError:
    error = SourceError("config", message, place, help)
    error.file, error.text = file, text
    return error


def _places(text: str) -> dict[Keys, Place]:
    """Where the keys stand: TOML's own reader does not say. Only those that begin a line are found."""
    found: dict[Keys, Place] = {}
    table: Keys = ()
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        first = len(line) - len(line.lstrip())
        written, keys = _keys(line.strip())
        if written.startswith("["):
            table = keys
        whole = keys if written.startswith("[") else (*table, *keys)
        if keys:
            found.setdefault(whole, Place(number, first + 1, start + first, start + first + len(written)))
        start += len(line) + 1
    return found


def _keys(line: str) -> tuple[str, Keys]:
    """What names a key at the beginning of a line, and the keys that it names."""
    ends = [found.end() for found in re.finditer(r"\]", line)] if line.startswith("[") else []
    for end in (ends or [found.start() for found in re.finditer("=", line)])[:MOST_TRIED]:
        keys = _only(line[:end] if ends else f"{line[:end]}=0")
        if keys:
            return line[:end].rstrip(), keys
    return "", ()


def _only(text: str) -> Keys:
    """The keys that lead to the only value in a line of TOML."""
    import tomllib

    try:
        value: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return ()
    keys = []
    while isinstance(value, dict) and len(value) == 1:
        ((key, value),) = value.items()
        keys.append(key)
    return tuple(keys)

