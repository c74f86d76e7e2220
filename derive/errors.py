"""The errors of derive. What it reports to its user is a `DeriveError`; what the floor refuses is one to programs only.

    DeriveError            the base: something the user can put right
      SourceError          a mistake in the text of a derivation, with its place: see `language.errors`
      CallError            a mistake in a call, where no text is at fault
      LimitError           an input that takes more than is given to it
      InternalError        a mistake of derive's own
    KernelError            what the floor refuses
      BeyondLimits         because it would take more work than is done
"""

from __future__ import annotations

import copyreg


class DeriveError(Exception):
    """Something the user can put right: a code, what is wrong, and what to write instead; `file` is where, if it is in one."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.file = ""
        if help:
            self.add_note(f"help: {help}")

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel between processes with all they carry, and not only with the message.
        return copyreg.__newobj__, (type(self), self.message), self.__dict__  # type: ignore[attr-defined]


class CallError(DeriveError):
    """A mistake in a call of the command line or of the package: an unknown name, a number out of range, a file that cannot be
    read."""


class LimitError(DeriveError):
    """An input that takes more than is given to it: more work, memory or time."""


class InternalError(DeriveError):
    """A mistake of derive's own. It is one of what it was at work on, and is told like any other."""


class KernelError(ValueError):
    """What the floor refuses: a term that cannot be, or an inference whose side conditions do not hold, and why."""


class BeyondLimits(KernelError):
    """An inference that would take more work than is done."""
