"""The files that a call of `derive check` names, those in folders in order.

What cannot be looked at is an error in its place, and keeps nothing else from being checked.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from derive.errors import CallError, DeriveError, LimitError
from derive.language.blocks import MARK
from derive.language.documents import is_marked, kind_of
from derive.library import bytes_of
from derive.shelf import SUFFIX

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def found(paths: Iterable[str], skip_empty: bool = False) -> Iterator[str | DeriveError]:
    """Each file once, and an error for each folder that cannot be listed, or holds no derivation.

    With `skip_empty`, a document that is named and holds none is passed over, as it is in a folder.
    """
    seen = set[str]()
    for path in paths:
        if skip_empty and holds_none(path):
            continue
        for each in _inside(path) if os.path.isdir(path) else (path,):
            if isinstance(each, DeriveError) or each not in seen:
                yield each
            if isinstance(each, str):
                seen.add(each)


def _inside(folder: str) -> Iterator[str | DeriveError]:
    errors: list[OSError] = []
    paths: list[str] = []
    for here, folders, files in os.walk(folder, onerror=errors.append):
        folders[:] = (name for name in folders if not name.startswith("."))
        paths += (os.path.join(here, name) for name in files)
    meant = sorted(filter(is_derivation, paths))
    yield from meant
    for error in errors:
        yield _error(f"the folder {error.filename} cannot be read: {error.strerror}", error.filename)
    if not meant and not errors:
        yield _error(f"there is no derivation in the folder {folder}", folder, f"a derivation is a file NAME{SUFFIX}")


def is_derivation(path: str) -> bool:
    """Whether a file in a folder is meant: most documents hold no derivation, and are none of our business."""
    if path.lower().endswith(SUFFIX):
        return True
    try:
        kind = kind_of(path)
        if kind is None:
            return False
        data = bytes_of(Path(path), path)
        # What is no text in UTF-8 has an error of its own, if a derivation is in it.
        return is_marked(data.decode("utf-16" if data[:2] in UTF_16 else "utf-8", "replace"), kind)
    except LimitError:
        return True  # it has a verdict of its own
    except DeriveError as error:
        return error.code == "no-notebook" and MARK.encode() in data  # it has an error of its own as well


def holds_none(path: str) -> bool:
    """Whether a file is a document that can be read, and holds no derivation."""
    return kind_of(path) is not None and os.path.isfile(path) and os.access(path, os.R_OK) and not is_derivation(path)


def _error(message: str, file: str, help: str = "") -> CallError:
    error = CallError("no-file", message, help)
    error.file = file
    return error
