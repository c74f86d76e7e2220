"""How a mistake is reported where there is nothing else to say: in a text as every diagnostic is, in a call in a line.

    error: there is no derivation softmx
      help: did you mean softmax?
"""

from __future__ import annotations

import re

from derive.errors import DeriveError
from derive.language.errors import SourceError
from derive.render.layout import one_line

_CODE = re.compile(r"D\d+")


def complaint_of(error: DeriveError) -> str:
    """What an error says, in lines."""
    if isinstance(error, SourceError):
        from derive.render.diagnostics import full  # which needs more of the house than a mistake in a call

        return full(error)
    head = f"error[{error.code}]" if _CODE.fullmatch(error.code) else "error"
    place = [f"  --> {one_line(error.file)}"] if error.file not in error.message else []
    help = [f"  help: {one_line(error.help)}"] if error.help else []
    return "".join(f"{line}\n" for line in (f"{head}: {one_line(error.message)}", *place, *help))


def complaints_of(error: DeriveError) -> str:
    """What an error says, and the mistakes found with it."""
    return "\n".join(map(complaint_of, (error, *(error.more if isinstance(error, SourceError) else ()))))
