"""What is wrong with data that is no proof, and the shapes that are asked of it."""

from __future__ import annotations

from typing import Any, NoReturn

from derive.errors import CallError
from derive.limits import LONGEST_NAME

HELP = "write one with derive check PATH --format json"


class Malformed(CallError):
    """Data that is not of the shape of a proof. What is of that shape may still prove nothing."""


def refuse(what: str) -> NoReturn:
    """Fails with what is wrong."""
    raise Malformed("not-a-proof", what, HELP)


def single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Two values under one key would be one to a reader and another to the next: that is a `ValueError`."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"it has two values for {key[:LONGEST_NAME]!r} in one object")
        found[key] = value
    return found


def rows(data: Any, what: str) -> list[Any]:
    """A list; `what` is what it is to be a list of."""
    if type(data) is not list:
        refuse(f"{what}: a list is needed")
    return data


def row(data: Any, what: str, *lengths: int) -> list[Any]:
    """A list of one of these lengths."""
    if type(data) is not list or len(data) not in lengths:
        refuse(f"{what}: a list of {' or '.join(map(str, lengths))} is needed")
    return data


def text(data: Any, what: str) -> str:
    """A text."""
    if type(data) is not str:
        refuse(f"{what}: a text is needed")
    return data


def whole(data: Any, what: str) -> int:
    """A whole number, and not a truth value, which is one to Python."""
    if type(data) is not int:
        refuse(f"{what}: a whole number is needed")
    return data


def truth(data: Any, what: str) -> bool:
    """A truth value."""
    if type(data) is not bool:
        refuse(f"{what}: true or false is needed")
    return data


def entry(data: Any, key: str, what: str) -> Any:
    """What an object holds under a key."""
    if type(data) is not dict or key not in data:
        refuse(f"{what}: an object with {key} is needed")
    return data[key]


def number(data: Any, below: int, what: str) -> int:
    """The number of something that stands above: at least 0, and below `below`."""
    if not 0 <= whole(data, what) < below:
        refuse(f"{what}: there is no number {data} above")
    return int(data)
