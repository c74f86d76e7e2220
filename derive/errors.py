"""A mistake in a call, where no text is at fault."""

from __future__ import annotations

from derive.floor.errors import DeriveError


class CallError(DeriveError):
    """A mistake in a call of the command line or of the package: an unknown name, a number out of range, a file that cannot be
    read."""
