"""What refutes a claim."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counterexample:
    """Sizes, indices and values at which the two sides provably differ; the sides are decimal or exact numbers in text.

    `values` maps entries as they are written, `Z[1]`, to numbers as they are written, `1/2`.
    """

    sizes: dict[str, int]
    indices: dict[str, int]
    values: dict[str, str]
    left: str
    right: str
