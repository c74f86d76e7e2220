"""The shelf of the library: where the files of its derivations stand, and by which names. Nothing is read here.

    derivations/softmax-ce.derive           in a checkout, beside the package
    derive/derivations/softmax-ce.derive    in an installed copy, inside of the package

The name of a derivation is that of its file.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

SUFFIX = ".derive"


@cache
def folder() -> Path:
    """The folder of the library."""
    package = Path(__file__).resolve().parent
    inside = package / "derivations"
    return inside if inside.is_dir() else package.parent / "derivations"


def files() -> dict[str, Path]:
    """The files of the library by the names of their derivations; they stand in folders by subject."""
    return _files(folder())


@cache
def _files(root: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(root.rglob(f"*{SUFFIX}"), key=lambda path: path.stem)}


def names() -> list[str]:
    """The names of all derivations of the library, in order."""
    return list(files())


def near(name: str, known: Iterable[str]) -> list[str]:
    """Those of `known` that may have been meant by `name`, the likeliest first."""
    from difflib import get_close_matches  # for those who misspell

    by_letters = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), by_letters, 1, 0.9)  # a slip of the fingers has one meaning
    if not found:
        begun = [each for each in by_letters if len(name) > 2 and each.startswith(name.lower())]
        found = list(dict.fromkeys((*get_close_matches(name.lower(), by_letters, 3, 0.6), *begun)))[:3]
    return [by_letters[each] for each in found]
