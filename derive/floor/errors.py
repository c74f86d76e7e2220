"""The errors that derive reports to its user.

    DeriveError            the base: something the user can put right
      SourceError          a mistake in the text of a derivation, with its place: see `language.errors`
      CallError            a mistake in a call: see `derive.errors`
      LimitError           an input that is larger than what is worked on
"""

from __future__ import annotations

import copyreg


class DeriveError(Exception):
    """Something the user can put right: a code, what is wrong, and what to write instead."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        if help:
            self.add_note(f"help: {help}")

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel between processes with all they carry, and not only with the message.
        return copyreg.__newobj__, (type(self), self.message), self.__dict__  # type: ignore[attr-defined]


class LimitError(DeriveError):
    """An input that is larger than what is worked on."""
