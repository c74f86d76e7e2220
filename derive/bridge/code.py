"""The generated code, and what it calls.

`lambdify` writes Python and runs it, the names of its symbols included; so the symbols are called x0, x1, …, and no name from a
derivation gets near it.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial, reduce
from typing import Any

from derive.errors import CallError
from derive.floor.functions import TABLE
from derive.numbers.arithmetic import machine_value

EXACT_BITS = 4096
"""Powers of numbers longer than this are computed in floating point: 10^(10^10) has too many digits to write down."""

_NATIVE = {"exp", "log", "sin", "cos", "Abs", "pi"}
"""Functions of SymPy that its printer writes by the names of NumPy's; it simplifies them as it builds."""
VALUED = {row.name for row in TABLE.values() if not row.numpy and row.means is None and row.sympy not in _NATIVE}
"""Functions of the table of which NumPy has none: they are computed number by number."""


def number_to_sympy(value: Fraction) -> Any:
    """A number for SymPy, exact unless it is very long."""
    import sympy

    if max(abs(value.numerator), value.denominator).bit_length() > EXACT_BITS:
        return sympy.Float(float(value))
    return sympy.Rational(value.numerator, value.denominator)


def power_to_sympy(base: Any, exponent: Any) -> Any:
    """A power for SymPy, exact unless its digits are very many."""
    import sympy

    if base.is_Rational and exponent.is_Rational:
        digits = max(abs(base.p), base.q).bit_length() * abs(exponent.p)
        if digits > EXACT_BITS or exponent.q > EXACT_BITS:
            base, exponent = sympy.Float(base), sympy.Float(exponent)
    return sympy.Pow(base, exponent)


def compiled(symbols: list[Any], expression: Any) -> Callable[..., Any]:
    """The Python function of the symbols, whose names must be safe, that computes a SymPy expression or a list of them.

    Fails with `CallError` where the expression has a function that there is no code for, such as `DiracDelta`.
    """
    import sympy

    functions = library()
    # With the functions named one by one, `lambdify` does not load all of NumPy's submodules, which takes longer than the rest.
    settings = {
        "fully_qualified_modules": False,
        "inline": True,
        "allow_unknown_functions": True,
        "user_functions": {name: name for name in functions},
    }
    code: Callable[..., Any] = sympy.lambdify(
        symbols, expression, modules=[functions], printer=_printer()(settings), cse=False
    )
    attributes = {"reduce"}  # of a function of NumPy
    missing = set(code.__code__.co_names) - code.__globals__.keys() - vars(builtins).keys() - attributes
    if missing:
        raise CallError("no-function", f"no code can be written for {', '.join(sorted(missing))}, which SymPy's answer has")
    return code


@cache
def _printer() -> Any:
    """NumPy's printer, with numbers that NumPy can take: a whole number of more than 64 bits is an object to it."""
    from sympy.printing.numpy import NumPyPrinter

    class Printer(NumPyPrinter):  # type: ignore[misc]
        def _print_Integer(self, number: Any) -> str:
            return str(int(number)) if int(number).bit_length() < 64 else repr(float(int(number)))

        def _print_Rational(self, number: Any) -> Any:
            if max(int(number.p).bit_length(), int(number.q).bit_length()) < 64:
                return super()._print_Rational(number)
            return repr(float(Fraction(int(number.p), int(number.q))))

        def _print_Max(self, extreme: Any) -> str:
            return str(reduce(lambda one, other: f"maximum({one}, {other})", map(self._print, extreme.args)))

        def _print_Min(self, extreme: Any) -> str:
            return str(reduce(lambda one, other: f"minimum({one}, {other})", map(self._print, extreme.args)))

        def _print_ComplexInfinity(self, number: Any) -> Any:
            return self._print(number * 0)  # not a number

    return Printer


def library() -> dict[str, Any]:
    """The functions of the generated code by name: NumPy's, and the reductions over an axis."""
    import numpy as np

    def spread(body: Any, axis: int) -> bool:
        """Whether the values differ along the axis; where they do not, the axis has length 1, whatever its index."""
        return np.ndim(body) > axis and np.shape(body)[axis] != 1

    def masked(body: Any, masks: tuple[Any, ...], fill: float) -> Any:
        for mask in masks:
            body = np.where(mask, fill, body)
        return body

    def total(body: Any, axis: int, n: float, *masks: Any) -> Any:
        body = masked(body, masks, 0.0)
        return np.sum(body, axis=axis, keepdims=True) if spread(body, axis) else body * n

    def product(body: Any, axis: int, n: float, *masks: Any) -> Any:
        body = masked(body, masks, 1.0)
        return np.prod(body, axis=axis, keepdims=True) if spread(body, axis) else body**n

    def greatest(body: Any, axis: int, n: float, *masks: Any) -> Any:
        if not masks:
            return np.max(body, axis=axis, keepdims=True) if spread(body, axis) else body
        kept, body = masked(np.ones(np.shape(body)), masks, 0.0), masked(body, masks, -np.inf)
        some = np.max(kept, axis=axis, keepdims=True) > 0  # of no values none is the greatest
        return np.where(some, np.max(body, axis=axis, keepdims=True), np.nan)

    def least(body: Any, axis: int, n: float, *masks: Any) -> Any:
        return -greatest(-body, axis, n, *masks)

    def logsumexp(body: Any, axis: int, n: float, *masks: Any) -> Any:
        body = masked(body, masks, -np.inf)
        if not spread(body, axis):
            return body + np.log(n)
        largest = np.max(body, axis=axis, keepdims=True)
        largest = np.where(np.isfinite(largest), largest, 0.0)
        return largest + np.log(np.sum(np.exp(body - largest), axis=axis, keepdims=True))

    def nonzero_power(base: Any, exponent: Any) -> Any:
        return np.where(np.not_equal(base, 0.0), np.power(base, exponent, dtype=float), np.nan)

    def positive_power(base: Any, exponent: Any) -> Any:
        return np.where(np.greater(base, 0.0), np.power(base, exponent, dtype=float), np.nan)

    names = (
        "exp log sqrt sin cos tan sinh cosh tanh abs pi sign heaviside select nan logaddexp maximum minimum where "
        "equal not_equal greater greater_equal less less_equal logical_and logical_or logical_not inf"
    )
    library = {name: getattr(np, name) for name in (*names.split(), *_of_table("numpy"))}
    library.update(total=total, product=product, greatest=greatest, least=least, logsumexp=logsumexp)
    library.update(nonzero_power=nonzero_power, positive_power=positive_power)
    # What NumPy lacks is computed number by number; SymPy's derivatives may have functions that the table lacks.
    for row in TABLE.values():
        if row.arity == 1:
            valued = np.vectorize(partial(_value_or_nan, row.name), otypes=[float])
            for name in {row.name, row.sympy} - {""}:
                library.setdefault(name, valued)
    library["polygamma"] = np.vectorize(_polygamma, otypes=[float])
    return library


def _of_table(field: str) -> set[str]:
    return {getattr(row, field) for row in TABLE.values()} - {""}


def _value_or_nan(name: str, *arguments: float) -> float:
    try:
        return machine_value(name, *arguments)
    except ArithmeticError:
        return math.nan


def _polygamma(order: float, x: float) -> float:
    from mpmath import fp

    return float(fp.psi(int(order), x)) if x > 0 else math.nan
