"""What refutes a claim."""

from __future__ import annotations

from dataclasses import dataclass

MOST_VALUES = 8  # that are read one by one


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

    @property
    def told(self) -> dict[str, str]:
        """What is read of it, by name: sizes, indices and values; where these are very many, those that are not 0."""
        values = self.values
        if len(values) > MOST_VALUES:
            values = dict([(name, value) for name, value in values.items() if value != "0"][:MOST_VALUES])
        return {**{name: str(at) for name, at in (*self.sizes.items(), *self.indices.items())}, **values}

    @property
    def untold(self) -> tuple[str, ...]:
        """What is to be said of the values that are not told one by one."""
        told = self.told
        left_out = {value for name, value in self.values.items() if name not in told}
        return () if not left_out else ("all others 0",) if left_out == {"0"} else ("and more",)
