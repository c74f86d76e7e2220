"""Comparisons in numbers, in a process of its own: SymPy may take any time and memory there, and what else was found is kept.

The process loads SymPy and NumPy while this one loads what checks a derivation, and compares while that is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from derive.workers import Beside, Lost, Named

if TYPE_CHECKING:
    from derive.bridge.spot import NumericReport

Comparing: TypeAlias = "Beside[Callable[[], NumericReport], NumericReport | Exception]"
"""The process, which is asked a function of `bridge.spot` with all that it takes."""


def comparing() -> Comparing:
    """The process, which is started at once."""
    return Beside(Named("derive.bridge.apart", "compared"))


def compared(beside: Comparing) -> NumericReport:
    """What was found of the question asked last; that nothing was, where the process ended over it."""
    found = beside.answer()
    if isinstance(found, Exception):
        raise found
    if isinstance(found, Lost):
        from derive.bridge.spot import NumericReport

        return NumericReport(0, None, None, {}, skipped=found.why)
    return found
