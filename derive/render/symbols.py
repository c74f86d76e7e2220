"""Names as mathematics shows them: `theta` is θ, `x1` is x with a subscript, `score` is upright.

A name has a stem and, where it ends in digits or has an underscore, marks below it:

    theta       θ           \\theta
    W2          W₂          W_{2}
    d_model     d_model     d_{\\mathrm{model}}
    score       score       \\mathrm{score}
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

from derive.language.spelling import GREEK, LARGE, LETTERS, parts

LATEX_GREEK = {
    **{letter: f"\\{name}" for name, letter in LETTERS.items()},
    "ε": r"\varepsilon", "ϵ": r"\epsilon", "ϑ": r"\vartheta", "ϕ": r"\phi", "ς": r"\varsigma", "ϱ": r"\varrho",
    "µ": r"\mu", "∆": r"\Delta", "Ω": r"\Omega", "ℓ": r"\ell", "Σ": r"\Sigma", "Π": r"\Pi", "ο": "o",
    "Α": r"\mathrm{A}", "Β": r"\mathrm{B}", "Ε": r"\mathrm{E}", "Ζ": r"\mathrm{Z}", "Η": r"\mathrm{H}", "Ι": r"\mathrm{I}",
    "Κ": r"\mathrm{K}", "Μ": r"\mathrm{M}", "Ν": r"\mathrm{N}", "Ο": r"\mathrm{O}", "Ρ": r"\mathrm{P}", "Τ": r"\mathrm{T}",
    "Χ": r"\mathrm{X}",
}  # fmt: skip
"""The command for each letter that LaTeX does not take as it is."""

_ACCENTS = {
    "\u0300": r"\grave", "\u0301": r"\acute", "\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar", "\u0305": r"\bar",
    "\u0306": r"\breve", "\u0307": r"\dot", "\u0308": r"\ddot", "\u030a": r"\mathring", "\u030c": r"\check",
}  # fmt: skip
_MATHML_ACCENTS = {
    "\u0300": "`", "\u0301": "´", "\u0302": "^", "\u0303": "~", "\u0304": "¯", "\u0305": "¯", "\u0306": "˘", "\u0307": "˙",
    "\u0308": "¨", "\u030a": "˚", "\u030c": "ˇ",
}  # fmt: skip
_COMMAND = re.compile(r"\\[A-Za-z]+$")
_PLAIN_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUBSCRIPT_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ")

RELATIONS = {"=": "=", "!=": "≠", ">": ">", ">=": "≥", "<": "<", "<=": "≤"}
LATEX_RELATIONS = {"=": "=", "!=": r"\ne", ">": ">", ">=": r"\ge", "<": "<", "<=": r"\le"}


def unicode_name(name: str) -> str:
    """A name in text: Greek as letters, digits at its end as subscripts."""
    stem, marks = parts(name)
    shown = GREEK.get(stem, stem)
    if marks and marks[0].isascii() and marks[0].isdigit():
        shown, marks = shown + marks[0].translate(_SUBSCRIPT_DIGITS), marks[1:]
    return "_".join((shown, *(GREEK.get(mark, mark) for mark in marks)))


def latex_name(name: str) -> str:
    """A name in LaTeX: one letter in italics, Greek by its command, a word upright, marks as subscripts."""
    stem, marks = parts(name)
    shown = _latex_word(stem)
    return f"{shown}_{{{','.join(map(_latex_word, marks))}}}" if marks else shown


def _latex_word(word: str) -> str:
    word = LARGE.get(word) or GREEK.get(word, word)
    if word.isascii() and word.isdigit():
        return word
    if not word.strip("_"):
        return r"\_" * len(word)
    # A letter comes with the marks above it: ŷ is y with a hat.
    letters = [_latex_letter(*found) for found in re.findall(r"(.)([\u0300-\u036f]*)", unicodedata.normalize("NFD", word))]
    if None in letters:
        return rf"\text{{{word}}}"
    if len(letters) == 1:
        return letters[0] or ""
    # A command ends where a letter does not follow: \Delta x.
    spelled = "".join(f"{letter} " if _COMMAND.search(letter or "") else letter or "" for letter in letters)
    return rf"\mathrm{{{spelled.rstrip()}}}"


def _latex_letter(letter: str, marks: str) -> str | None:
    """A letter under its marks; None where only the fonts for text may have it."""
    shown = LATEX_GREEK.get(letter, letter.translate(_PLAIN_DIGITS))
    if not shown.isascii() or any(mark not in _ACCENTS for mark in marks):
        return None
    for mark in marks:
        shown = f"{_ACCENTS[mark]}{{{shown}}}"
    return shown


def mathml_name(name: str) -> str:
    """A name in MathML: browsers set one letter in italics and a word upright by themselves; marks as subscripts."""
    stem, marks = parts(name)
    shown = _mathml_word(stem)
    if not marks:
        return shown
    below = "<mo>,</mo>".join(map(_mathml_word, marks))
    return f"<msub>{shown}{below if len(marks) == 1 else f'<mrow>{below}</mrow>'}</msub>"


def _mathml_word(word: str) -> str:
    word = LARGE.get(word) or GREEK.get(word, word)
    if word.isascii() and word.isdigit():
        return f"<mn>{word}</mn>"
    plain, mark = unicodedata.normalize("NFD", word)[:1], unicodedata.normalize("NFD", word)[1:]
    if mark not in _MATHML_ACCENTS:
        return f"<mi>{escape(word)}</mi>"
    # Browsers have italics of plain letters alone: ŷ is y under a hat.
    return f'<mover accent="true"><mi>{escape(plain)}</mi><mo stretchy="false">{_MATHML_ACCENTS[mark]}</mo></mover>'


def superscript(text: str) -> str | None:
    """`text` in raised characters, where every character of it has a raised form: digits, minus and n."""
    plain = text.replace("−", "-")
    return plain.translate(_SUPERSCRIPTS) if re.fullmatch(r"-?(\d+|n)", plain) and plain.isascii() else None
