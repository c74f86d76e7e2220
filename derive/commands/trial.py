"""`derive try MODULE:FUNCTION --against NAME`: a function of yours, tried against a proved gradient.

    derive try model.py:gradient --against softmax-ce --batch

It runs the code of the module, from the working directory. The exit status is 0 where the function agrees at all inputs, and 1
where it does not.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from derive.commands.output import write_output
from derive.errors import CallError
from derive.library import load_any
from derive.render.layout import one_line

if TYPE_CHECKING:
    from derive.testing import Agreement

HELP = "write MODULE:FUNCTION, as in model.py:gradient or package.model:gradient"


@dataclass(frozen=True)
class Options:
    """What a call asks for."""

    against: str
    theorem: str | None = None
    arguments: tuple[str, ...] | None = None
    sizes: tuple[tuple[str, int], ...] = ()
    one_hot: tuple[str, ...] = ()
    batch: bool = False
    dtypes: tuple[str, ...] = ("float64", "float32")
    to: str = "numpy"
    examples: int = 100
    seed: int | None = None


def attempt(function: str, options: Options) -> int:
    """Prints what was found, and returns the exit status."""
    derivation = load_any(options.against)
    called = function_of(function)
    try:
        from derive.testing import WrongGradient, check_gradient
    except ModuleNotFoundError as error:
        help = "install it: pip install 'derive-calculus[testing]'"
        raise CallError("no-module", f"{error.name} is needed to try functions, and not installed", help) from error
    try:
        found = check_gradient(
            called,
            derivation,
            theorem=options.theorem,
            arguments=options.arguments,
            sizes=dict(options.sizes),
            one_hot=options.one_hot,
            batch=options.batch,
            dtypes=options.dtypes,
            to=options.to,
            examples=options.examples,
            seed=options.seed,
        )
    except WrongGradient as wrong:
        text = f"{function}: {wrong}\n"
        write_output(lambda _: text, None)
        return 1
    agreed = _agreed(function, found)
    write_output(lambda _: agreed, None)
    return 0


def function_of(name: str) -> Callable[..., Any]:
    """The function that MODULE:FUNCTION names; the module is a file, or one that can be imported from here. Fails with
    `CallError` where there is none, or its module cannot be loaded.
    """
    module, _, function = name.rpartition(":")
    if not module or not function:
        raise CallError("no-function", f"{one_line(name)} names no function", HELP)
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = _module(module)
    except CallError:
        raise
    except (Exception, SystemExit) as error:
        said = f"{module} cannot be loaded: {type(error).__name__}: {error}"
        raise CallError("no-module", one_line(said), HELP) from error
    for part in function.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise CallError("no-function", one_line(f"there is no function {function} in {module}"), HELP)
    called: Callable[..., Any] = found
    return called


def _module(name: str) -> Any:
    if not name.endswith(".py"):
        return importlib.import_module(name)
    if not os.path.isfile(name):
        raise CallError("no-module", one_line(f"there is no file {name}"), HELP)
    found = importlib.util.spec_from_file_location(os.path.basename(name)[:-3], name)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def _agreed(function: str, found: Agreement) -> str:
    errors = ", ".join(f"{error:.1e} in {dtype}" for dtype, error in found.largest_error.items())
    return f"{function} agrees with {found.theorem} at {found.examples} inputs; it is off by {errors} at most\n"
