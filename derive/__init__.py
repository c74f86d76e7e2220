"""derive: the type checker for derivations.

    import derive

    derivation = derive.load("softmax-ce")        one of the library
    derivation = derive.parse("variable x …")     or one of your own
    report = derive.check(derivation)
    report.verdict                                "proved", "unjustified", "refuted" or "unknown"

What a function needs is loaded when it is first asked for, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["DeriveError", "check", "load", "parse"]

if TYPE_CHECKING:
    from derive.checker import check
    from derive.errors import DeriveError
    from derive.library import load, parse

_HOMES = {"check": "checker", "load": "library", "parse": "library", "DeriveError": "errors"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
