"""Answers: what `derive NAME` finds about a derivation, before it is written in any format.

    derive softmax-ce --size H=3     the report, its main theorem written out for H = 3, the gradients, the numbers
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.checking.instances import Gradient
from derive.checking.verdicts import Report, TheoremResult
from derive.floor.terms import Index

if TYPE_CHECKING:
    from derive.bridge.spot import NumericReport


@dataclass(frozen=True)
class Instance:
    """The main theorem at a place, and again written out; its gradient at every place, None standing for those left out."""

    sizes: dict[str, int]
    place: dict[Index, int]
    theorem: TheoremResult
    written: TheoremResult
    gradients: tuple[Gradient | None, ...]

    @property
    def where(self) -> dict[str, int]:
        """The sizes and indices by name."""
        return {**self.sizes, **{index.name: value for index, value in self.place.items()}}


@dataclass(frozen=True)
class Answer:
    """All there is to print about a derivation."""

    report: Report
    instance: Instance | None = None
    numeric: NumericReport | None = None

    @property
    def expected(self) -> bool:
        """Whether the verdicts are as expected, and the numbers do not contradict them."""
        return self.report.expected and (self.numeric is None or self.numeric.skipped is not None or self.numeric.agrees)
