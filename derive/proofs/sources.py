"""The texts of a recorded proof, read once more: what is claimed is what stands there, and not what a file says about it.

The texts stand below those that they use, so that they are read one after the other. No file is opened.
"""

from __future__ import annotations

from typing import Any

from derive.errors import LimitError
from derive.floor.theory import Theory
from derive.language import read
from derive.language.derivation import Derivation, Statement
from derive.language.earlier import Earlier
from derive.language.errors import SourceError
from derive.proofs.malformed import entry, number, refuse, row, rows, text, whole

MOST_SOURCES = 1_000


class Sources:
    """The derivations that the texts write; the last is the one that is checked. Fails with `Malformed` where one is none."""

    def __init__(self, data: Any) -> None:
        self._read: list[Derivation] = []
        written = rows(data, "sources")
        if not 0 < len(written) <= MOST_SOURCES:
            refuse(f"sources: from 1 to {MOST_SOURCES} texts are needed")
        for each in written:
            self._read.append(self._derivation(each))

    @property
    def derivation(self) -> Derivation:
        """The derivation that is checked."""
        return self._read[-1]

    def statement(self, source: Any, name: Any) -> Statement:
        """The theorem of that name in the text of that number."""
        derivation = self._read[number(source, len(self._read), "a source")]
        for statement in derivation.statements:
            if statement.name == text(name, "a theorem"):
                return statement
        refuse(f"there is no theorem {name} in {_called(derivation)}")

    def theory(self, data: Any) -> Theory:
        """What is declared above a theorem."""
        return self.statement(*row(data, "a theory", 2)).theory

    def _derivation(self, data: Any) -> Derivation:
        name, file, written = (text(entry(data, key, "a source"), f"the {key} of a source") for key in ("name", "file", "text"))
        line = whole(entry(data, "line", "a source"), "the line of a source")
        if line < 1:
            refuse("the line of a source: 1 or more")
        uses = entry(data, "uses", "a source")
        if type(uses) is not dict:
            refuse("a source: what it uses is an object")
        used = {each: self._read[number(place, len(self._read), "a source")] for each, place in uses.items()}
        below = rows(data.get("below", []), "the sources that one stands below")
        earlier = Earlier(self._read[number(place, len(self._read), "a source")] for place in below)
        try:
            return read(written, name, file, used.__getitem__, above=line - 1, earlier=earlier)
        except SourceError as mistake:
            refuse(f"the source {mistake}")
        except LimitError:
            raise
        except Exception as mistake:  # the text is anybody's: what the reader cannot take is no source
            refuse(f"the source {file or name or 'of the proof'} cannot be read: {mistake}")


def _called(derivation: Derivation) -> str:
    return derivation.file or derivation.name or "the source"
