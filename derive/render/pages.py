"""The pages of all codes: what a diagnostic means, with an example of it and of how it is put right."""

from __future__ import annotations

from dataclasses import dataclass

from derive.diagnosis import codes
from derive.language import codes as language_codes


@dataclass(frozen=True)
class Page:
    """What there is to say about a code; `examples` are texts, each with what it is an example of."""

    code: str
    title: str
    explanation: str
    examples: tuple[tuple[str, str], ...]


def page(code: str) -> Page | None:
    """The page of a code; None where there is none."""
    if code in codes.CODES:
        known = codes.CODES[code]
        examples = (("wrong", known.wrong), ("right", known.right))
        return Page(code, known.title, known.explanation, tuple(row for row in examples if row[1]))
    if code in language_codes.CODES:
        mistake = language_codes.CODES[code]
        return Page(code, mistake.title, mistake.explanation, (("wrong", mistake.example),) if mistake.example else ())
    return None


def every_page() -> list[Page]:
    """All pages, in the order of their codes."""
    known = sorted({*codes.CODES, *language_codes.CODES})
    return [found for code in known if (found := page(code)) is not None]
