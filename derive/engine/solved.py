"""Equations that are given, as equations about one atom each.

    h = f*h + g          h = g/(1 - f)
    a + b = 1            b = 1 - a
"""

from __future__ import annotations

from derive.engine.factored import Forms
from derive.floor.kernel import Theorem


def solved(given: tuple[Theorem, ...], forms: Forms) -> tuple[tuple[Theorem, ...], tuple[Theorem, ...]]:
    """Those about one atom; and those about products, which are used as they are."""
    return given, ()
