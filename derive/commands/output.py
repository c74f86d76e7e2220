"""Where output goes: a terminal, another program, or a file that is written whole or not at all.

On a terminal lines fit its width, and are coloured unless `NO_COLOR` says otherwise; anywhere else they are never broken, and
coloured only where `FORCE_COLOR` asks for it. Where the letters of mathematics cannot be shown, plain ASCII stands for them.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from derive.errors import CallError
from derive.render.target import Target


def write_output(
    render: Callable[[Target], str], output: str | None = None, width: int | None = None, ascii: bool = False
) -> None:
    """Writes what `render` makes of the target at hand, to the file `output` or else to standard output."""
    if output not in (None, "-"):
        _write_file(str(output), _plain(render(Target(width, ascii, False)), "ascii" if ascii else "utf-8"))
        return
    terminal = sys.stdout is not None and sys.stdout.isatty()
    if width is None and terminal:
        width = shutil.get_terminal_size().columns
    target = Target(width, ascii, _colored(terminal))
    text = render(target)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if not ascii and not _can(text, encoding):
        target = Target(width, True, target.color)
        text = render(target)
    _write_out(_plain(text, "ascii" if ascii else encoding))


def say(text: str) -> None:
    """Writes a few words to standard output."""
    write_output(lambda _: text)


def _colored(terminal: bool) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") != "0":
        return True
    return terminal and os.environ.get("TERM") != "dumb"


def _can(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeError:
        return False
    return True


def _plain(text: str, encoding: str) -> str:
    """`text` in the letters of an encoding: of the others only a question mark is left."""
    return text if _can(text, encoding) else text.encode(encoding, "replace").decode(encoding)


def _write_out(text: str) -> None:
    if sys.stdout is None:  # closed from the start: nobody asks for an answer but the exit status
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()  # the reader has seen enough; what was found still decides the exit status
    except OSError as error:
        discard_output()
        raise CallError("no-output", f"the output cannot be written: {error.strerror or error}") from error


def discard_output() -> None:
    """Lets whatever is still to be written to standard output vanish."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_file(name: str, text: str) -> None:
    """Writes a file whole or not at all: beside it under another name first, and then in its place at once."""
    data = text.encode()
    unfinished: str | None = None
    try:
        path = Path(name).resolve()  # a link stays one, and what it leads to is replaced
        before = path.stat() if path.exists() else None
        if before is not None and not stat.S_ISREG(before.st_mode) and not path.is_dir():
            path.write_bytes(data)  # a device or a pipe has no whole
            return
        if path.is_dir():
            raise CallError("no-output", f"{name} is a folder", "name a file")
        if before is not None and not os.access(path, os.W_OK):
            raise PermissionError(None, "it is write-protected")
        handle, unfinished = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(unfinished, stat.S_IMODE(before.st_mode) if before is not None else 0o666 & ~_mask())
        os.replace(unfinished, path)
        unfinished = None
    except BrokenPipeError:
        return
    except (OSError, ValueError, RuntimeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise CallError("no-output", f"{name} cannot be written: {said}") from error
    finally:
        if unfinished is not None:
            with suppress(OSError):
                os.unlink(unfinished)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
