"""The rules on a page of HTML: what each states and when it holds as formulas, an example, and where it is from.

    product: Product rule
      ∂(f g)/∂x = ∂f/∂x g + f ∂g/∂x
      example    ∂(x e^x)/∂x = …

A rule states its equations as text of the proof language about letters that are declared nowhere. What a letter is, shows in
how it is used: `f[i]` is of an array, `f(u)` of a function, and i, j and k are indices wherever they stand (`declared`). What
is no text of the language, `c does not depend on x`, stays a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from derive.floor.functions import TABLE
from derive.floor.terms import Comparison, Index, Size
from derive.floor.theory import Theory
from derive.language import read
from derive.language.errors import SourceError
from derive.language.expressions import read_comparison
from derive.render.articles import SEARCH, Article, searched
from derive.render.document import code, document, escaped, linked
from derive.render.html import Formulas

TITLE = "The rules that a step may cite"
_HEADINGS = {"calculus": "Calculus", "algebra": "Sums, products and fractions", "functions": "Identities of functions"}
_OTHERS = "Reasons that are more than one rule"
_NAME = re.compile(r"([A-Za-z]\w*)['\d]*(?=\s*([\[(])?)")
_KNOWN = frozenset(("diff", "sum", "prod", "delta", "if", *TABLE))
_SIZES = ("H", "n")
_INDICES = {name: Index(name, Size("H")) for name in ("i", "j", "k")}

Record = dict[str, Any]
"""A rule as `derive rules` has it."""


def rules_html(records: Iterable[Record], ascii: bool = False) -> str:
    """The page of all rules."""
    families: dict[str, list[Article]] = {}
    for record in records:
        families.setdefault(_HEADINGS.get(record["family"], _OTHERS), []).append(_article(record))
    body = [f"<h1>{TITLE}</h1>", f"<p>{code('by NAME')} after a line of a proof cites a rule.</p>", *searched(families.items())]
    return document(TITLE, body, ascii, SEARCH)


def rule_html(record: Record, ascii: bool = False) -> str:
    """The page of one rule."""
    article = _article(record)
    return document(article.title, [f"<h1>{escaped(article.title)}</h1>", *article.body], ascii)


def _article(record: Record) -> Article:
    title = record["title"][:1].upper() + record["title"][1:]
    if not record["states"]:  # its title says all that there is
        return Article(record["name"], record["name"], (f"<p>{escaped(title)}.</p>",))
    return Article(record["name"], f"{record['name']}: {title}", tuple(_body(record)))


def _body(record: Record) -> Iterator[str]:
    for equation in parted(record["states"]):
        yield f'<p class="claim stated">{equation_html(equation)}</p>'
    rows = [
        ("given", ", ".join(map(equation_html, record["given"]))),
        ("written", escaped(record["inner"])),
        ("besides", "".join(f"<div>{equation_html(law)}</div>" for law in record["besides"])),
        ("example", f"{_example(record)}<div>{code(record['declares'])}</div>"),
        ("fails for", code(record["fails_for"]) if record["fails_for"] else ""),
        ("source", linked(record["source"])),
    ]
    yield "<dl>"
    yield from (f"<dt>{label}</dt><dd>{said}</dd>" for label, said in rows if said)
    yield "</dl>"


def _example(record: Record) -> str:
    theory = read(record["declares"]).theory
    return _shown(read_comparison(record["example"], theory), theory)


def parted(text: str) -> list[str]:
    """What is stated one after the other: parted at the commas outside of parentheses."""
    found, depth, begin = [], 0, 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            found.append(text[begin:place].strip())
            begin = place + 1
    return [*found, text[begin:].strip()]


def equation_html(text: str) -> str:
    """`A = B`, or `A = B where C and D`, as formulas; what cannot be read as a sentence."""
    equation, _, given = text.partition(" where ")
    read = [relation(part, text) for part in (equation, *(given.split(" and ") if given else ()))]
    shown = [_shown(*found) for found in read if found is not None]
    if len(shown) < len(read):
        return escaped(text)
    return shown[0] + (f' <span class="when">where {" and ".join(shown[1:])}</span>' if given else "")


def relation(text: str, within: str) -> tuple[Comparison, Theory] | None:
    """The equation or relation that a text writes, of letters used as in the text `within`; None where it writes none."""
    try:
        theory = read(declared(within)).theory
        return read_comparison(text, theory, _INDICES), theory
    except SourceError:
        return None


def declared(text: str) -> str:
    """Declarations of the letters in a text, by how they are used."""
    kinds: dict[str, str] = {}
    range = "n" if ": n" in text else "H"
    inside = set(re.findall(r"\[(\w+)\]", text))
    for name, after in _NAME.findall(text):
        if after == "[":
            kinds[name] = f"variable {name}[{range}]"
        elif after == "(" and name not in _KNOWN:
            kinds[name] = f"function {name}({'u, v' if re.search(rf'{name}[^(,]*[(]u, v', text) else 'u'})"
        elif name not in (*_KNOWN, *_SIZES, *_INDICES) and name not in inside:
            kinds.setdefault(name, f"variable {name}")
    return "\n".join([*(f"size {name}" for name in _SIZES), *kinds.values()])


def _shown(comparison: Comparison, theory: Theory) -> str:
    formulas = Formulas(theory)
    if comparison.relation == "=":
        return f'<span class="sides">{formulas.equation((comparison.left, comparison.right))}</span>'
    return formulas.term(comparison)
