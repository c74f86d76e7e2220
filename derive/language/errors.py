"""A mistake in the text of a derivation, with its place."""

from __future__ import annotations

from derive.errors import DeriveError
from derive.language.derivation import Derivation, Place


class SourceError(DeriveError):
    """A mistake in the text of a derivation.

    `more` are the further mistakes that were found with it, in the order of the text, and `read` is the derivation without its
    mistakes, where only reasons are wrong: what else there is to say about it can be said at once. `missing` is the name that
    means nothing, where that is the mistake, and `declares` what the text would declare. In a notebook it is in a `cell`.
    """

    def __init__(self, code: str, message: str, place: Place, help: str = "") -> None:
        super().__init__(code, message, help)
        self.place = place
        self.text = ""
        self.cell = 0
        self.missing = ""
        self.declares: frozenset[str] = frozenset()
        self.more: tuple[SourceError, ...] = ()
        self.read: tuple[Derivation, ...] = ()

    def __str__(self) -> str:
        place = self.place
        return f"{self.file or 'the text'}:{place.line}:{place.column}: {self.message}"
