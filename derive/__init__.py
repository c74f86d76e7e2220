"""derive: the type checker for derivations.

    import derive

    derivation = derive.load("softmax-ce")        one of the library
    derivation = derive.parse("variable x …")     or one of your own
    derivation = derive.diff("x*exp(x)", "x", declare="variable x")     or a derivative, with its proof

    report = derive.check(derivation)
    report.verdict                                "proved", "unjustified", "refuted" or "unknown"
    print(derivation)                             its steps and verdicts; also .latex(), .markdown(), .html()
    derivation.to_sympy(), derivation.lambdify()  in SymPy and NumPy

    derive.check_chain(["A", "B", "C"], declare="…")     a chain without reasons, as data
    derive.check_many(texts)                      many at once, over processes or an executor

In IPython and Jupyter, `%load_ext derive` makes of a cell that begins with `%%derive` a derivation.

What a function needs is loaded when it is first asked for, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "CallError", "Derivation", "DeriveError", "LimitError", "SourceError", "check", "check_chain", "check_many", "diff", "load",
    "parse",
]  # fmt: skip

if TYPE_CHECKING:
    from derive.api import Derivation, check, check_chain, diff, load, parse
    from derive.batch.many import check_many
    from derive.errors import CallError, DeriveError, LimitError
    from derive.language.errors import SourceError

_HOMES = {
    "check_many": "batch.many",
    "CallError": "errors",
    "DeriveError": "errors",
    "LimitError": "errors",
    "SourceError": "language.errors",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'api')}"), name)
    globals()[name] = value
    return value


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext derive` calls: the cell magic `%%derive`."""
    from derive.api import made
    from derive.plugins.notebook import load

    load(shell, made)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
