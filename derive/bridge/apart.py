"""What a process of its own does that compares in numbers. SymPy and NumPy are loaded with this module, before it is asked."""

from __future__ import annotations

from collections.abc import Callable

import numpy  # noqa: F401
import sympy  # noqa: F401

from derive.bridge.spot import NumericReport


def compared(question: Callable[[], NumericReport]) -> NumericReport | Exception:
    """What is found, or why nothing is: an error is for whoever asked, and not for this process."""
    try:
        return question()
    except Exception as error:
        return error
