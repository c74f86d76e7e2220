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
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from derive.errors import CallError
from derive.limits import PRINTING, allowed
from derive.render.target import Target, encodable

STANDARD_OUTPUT = (None, "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
"""Its names: what it is redirected to is written where it stands, and not replaced."""


def write_output(
    render: Callable[[Target], str], output: str | None = None, width: int | None = None, ascii: bool = False
) -> None:
    """Writes what `render` makes of the target at hand, to the file `output` or else to standard output."""
    target, encoding = target_of(output, width, ascii)
    with allowed(PRINTING):
        text = render(target)
        if not ascii and not encodable(text, encoding):
            text = render(replace(target, ascii=True))
    write_parts([text], output, encoding)


def target_of(output: str | None, width: int | None, ascii: bool) -> tuple[Target, str]:
    """What is written to, and its encoding: the file `output`, or else standard output."""
    if output not in STANDARD_OUTPUT:
        return Target(width, ascii, False), "ascii" if ascii else "utf-8"
    terminal = _is_terminal()
    if width is None and terminal:
        width = shutil.get_terminal_size().columns
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return Target(width, ascii, _colored(terminal)), "ascii" if ascii else encoding


def write_parts(parts: Iterable[str], output: str | None = None, encoding: str = "utf-8") -> None:
    """Writes a text part by part. A terminal is given all of it at once: what goes on there meanwhile is shown in its place."""
    plain = (_plain(part, encoding) for part in parts)
    if output not in STANDARD_OUTPUT:
        _write_file(str(output), (part.encode() for part in plain))
    else:
        _write_out(["".join(plain)] if _is_terminal() else plain)


def write_picture(data: bytes, output: str) -> None:
    """Writes what is no text to a file."""
    _write_file(output, [data])


def say(text: str) -> None:
    """Writes a few words to standard output."""
    write_output(lambda _: text)


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _colored(terminal: bool) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") != "0":
        return True
    return terminal and os.environ.get("TERM") != "dumb"


def _plain(text: str, encoding: str) -> str:
    """`text` in the letters of an encoding: of the others only a question mark is left."""
    return text if encodable(text, encoding) else text.encode(encoding, "replace").decode(encoding)


def _write_out(parts: Iterable[str]) -> None:
    for part in parts:
        if sys.stdout is None:  # closed from the start: nobody asks for an answer but the exit status
            continue
        try:
            sys.stdout.write(part)
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


def _write_file(name: str, data: Iterable[bytes]) -> None:
    """Writes a file whole or not at all: beside it under another name first, and then in its place at once.

    What has several names keeps them, and is written where it is; so is a device or a pipe.
    """
    unfinished: str | None = None
    path, before = _there(name)
    try:
        if before is not None and not path.is_dir() and (before.st_nlink > 1 or not stat.S_ISREG(before.st_mode)):
            if stat.S_ISREG(before.st_mode):
                data = [b"".join(data)]  # nothing is written before all of it is there
            with path.open("wb") as whole:
                whole.writelines(data)
            return
        if path.is_dir():
            raise CallError("no-output", f"{name} is a folder", "name a file")
        if before is not None and not os.access(path, os.W_OK):
            raise PermissionError(None, "it is write-protected")
        handle, unfinished = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(data)
        os.chmod(unfinished, stat.S_IMODE(before.st_mode) if before is not None else 0o666 & ~_mask())
        if before is not None and hasattr(os, "chown"):
            with suppress(OSError):  # it stays its owner's, where that can be had
                os.chown(unfinished, before.st_uid, before.st_gid)
        os.replace(unfinished, path)
        unfinished = None
    except BrokenPipeError:
        return
    except OSError as error:
        raise _unwritable(name, error) from error
    finally:
        if unfinished is not None:
            with suppress(OSError):
                os.unlink(unfinished)


def _there(name: str) -> tuple[Path, os.stat_result | None]:
    """Where a file is to be written, and what is there now: a link stays one, and what it leads to is replaced."""
    try:
        path = Path(name).resolve()
        return path, path.stat() if path.exists() else None
    except (OSError, ValueError, RuntimeError) as error:  # links that go round, a null character
        raise _unwritable(name, error) from error


def _unwritable(name: str, error: Exception) -> CallError:
    return CallError("no-output", f"{name} cannot be written: {getattr(error, 'strerror', None) or error}")


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
