"""How names are spelled, and which of them would look the same in print.

A name has a stem and, where it ends in digits or has an underscore, marks below it:

    theta, θ              θ                one letter, by its name or as it is
    x1, x_1, x₁           x with the mark 1
    x[1] of an array x    looks like them
    a, а                  Latin and Cyrillic: see https://www.unicode.org/reports/tr39

Two names of a derivation that look the same would be one to its readers, and two to the proof.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from derive.floor.frozen import Table

LETTERS: Mapping[str, str] = Table({
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
})  # fmt: skip
LARGE: Mapping[str, str] = Table({"Sigma": "Σ", "Pi": "Π"})
"""Capitals that would be read as a sum or a product, so that in text they stay words; where formulas are set, size tells."""

GREEK: Mapping[str, str] = Table({**LETTERS, "eps": "ε", "varepsilon": "ε", "lambd": "λ", "lmbda": "λ", "ell": "ℓ"})
"""The letter that a name prints as; some names are the ways in which programs write a letter whose name is taken."""

_PLAIN_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_ALIKE = str.maketrans({
    **dict(zip("АВЕКМНОРСТУХІЈЅԚԜаеорсухіјѕһԁԛԝѵӏ", "ABEKMHOPCTYXIJSQWaeopcyxijshdqwvl", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True)),
    **dict(zip("ϕ∆Ω", "φΔΩ", strict=True)),
})  # fmt: skip
"""Letters of other scripts that look like a Latin one, and signs that look like a Greek one, in every font."""


class Name(NamedTuple):
    """A name in its parts: `W2_in` is the stem W over the marks 2 and in."""

    stem: str
    marks: tuple[str, ...] = ()


def parts(name: str) -> Name:
    """The stem of a name and the marks below it."""
    stem, *marks = [part for part in name.split("_") if part] or [name]
    found = re.fullmatch(r"(\D*[^\W\d_₀-₉])([0-9]+|[₀-₉]+)", stem)
    if found:
        stem, digits = found.groups()
        marks = [digits.translate(_PLAIN_DIGITS), *marks]
    return Name(stem, tuple(marks))


def seen(name: str) -> Name:
    """A name as readers see it: names that look the same have the same parts."""
    stem, marks = parts(name)
    return Name(_seen(stem), tuple(map(_seen, marks)))


def _seen(word: str) -> str:
    word = LARGE.get(word, GREEK.get(word, word))
    if word.isascii():
        return word
    # Letters of other weights and widths are those of the alphabet: 𝑥, ｘ.
    plain = (unicodedata.normalize("NFKC", char) if char >= "\uff00" else char for char in word)
    return "".join(plain).translate(_ALIKE)


class Printed:
    """Names of a derivation by how they look, with how many indices each has."""

    def __init__(self) -> None:
        self._names: dict[Name, str] = {}
        self._arrays: dict[Name, tuple[str, int]] = {}
        self._marked: dict[Name, list[tuple[str, str]]] = {}  # names with marks, by what stands before the last, with it

    def like(self, name: str, indices: int = 0) -> str | None:
        """What looks like a name, or like an entry of an array of that name: another name, or an entry of another array."""
        shape = seen(name)
        other = self._names.get(shape)
        if other is not None and other != name:
            return other
        if indices:
            return next((each for mark, each in self._marked.get(shape, ()) if _is_place(mark, indices)), None)
        if shape.marks:
            array, count = self._arrays.get(Name(shape.stem, shape.marks[:-1]), ("", 0))
            if count and _is_place(shape.marks[-1], count):
                return f"{array}[{shape.marks[-1] if count == 1 else ', '.join(shape.marks[-1])}]"
        return None

    def add(self, name: str, indices: int = 0) -> None:
        """Takes note of a name."""
        shape = seen(name)
        self._names.setdefault(shape, name)
        if indices:
            self._arrays.setdefault(shape, (name, indices))
        elif shape.marks:
            self._marked.setdefault(Name(shape.stem, shape.marks[:-1]), []).append((shape.marks[-1], name))


def _is_place(mark: str, count: int) -> bool:
    """Whether a mark looks like so many indices: a number or a letter, or a digit for each of several."""
    return (mark.isdigit() or len(mark) == 1) if count == 1 else (mark.isdigit() and len(mark) == count)
