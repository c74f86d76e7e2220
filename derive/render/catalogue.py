"""The library on one page, by subject: of every derivation its title, what it states in one line, and where it is from.

    Losses
      Focal loss                              focal
      ∂L/∂x = y (1 − p)^γ (γ p ln p + p − 1)
      where p = 1/(1 + exp(−x)), …
      Lin, Goyal, …

What stands here is what the files claim: nothing is checked, so the page costs no more than reading them. The anchor of a
derivation is its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath

from derive.checking.instances import main_theorem
from derive.floor.terms import entry_names
from derive.floor.theory import Definition
from derive.language.derivation import Derivation, Statement
from derive.render import html, markdown
from derive.render.articles import SEARCH, Article, searched
from derive.render.document import code, document, escaped, linked
from derive.render.latex import definiendum
from derive.render.unicode import Unicode

TITLE = "The library of derivations"
FIRST = "cross-entropy"
"""The subject of those that stand in no folder: the one that all began with, and its kin."""

Subject = tuple[str, list[Derivation]]


def by_subject(derivations: Iterable[Derivation]) -> list[Subject]:
    """The derivations by the folder in which each stands, those in no folder first."""

    def place(derivation: Derivation) -> tuple[str, ...]:
        return PurePosixPath(derivation.file).parts[1:-1]

    ordered = sorted(derivations, key=lambda derivation: (place(derivation), derivation.name))
    return [(" ".join(folders) or FIRST, list(group)) for folders, group in groupby(ordered, place)]


def named(statement: Statement) -> list[Definition]:
    """The definitions that a theorem speaks of, by itself or through others, in their order."""
    definitions = statement.theory.definitions
    found: set[str] = set()
    waiting = [*statement.sides, *statement.conditions, *statement.hypotheses]
    while waiting:
        for name in (entry_names(waiting.pop()) & definitions.keys()) - found:
            found.add(name)
            waiting.append(definitions[name].body)
    return [row for name, row in definitions.items() if name in found]


def heading(subject: str) -> str:
    """A subject as it stands above what it has."""
    return subject[:1].upper() + subject[1:].replace("-", " ") if subject != FIRST else FIRST.capitalize()


def _count(subjects: list[Subject]) -> int:
    return sum(len(derivations) for _, derivations in subjects)


# --- HTML -----------------------------------------------------------------------------------------------------------------


def catalogue_html(derivations: Iterable[Derivation], ascii: bool = False) -> str:
    """The page in HTML."""
    return document(TITLE, _body(by_subject(derivations)), ascii, SEARCH)


def _body(subjects: list[Subject]) -> Iterator[str]:
    yield f"<h1>{TITLE}</h1>"
    yield f"<p>{_count(subjects)} derivations. <code>derive NAME</code> checks one of them, and prints it step by step.</p>"
    yield from searched([(heading(subject), map(_article, derivations)) for subject, derivations in subjects])


def _article(derivation: Derivation) -> Article:
    return Article(derivation.name, derivation.title or derivation.name, tuple(_stated_html(derivation)))


def _stated_html(derivation: Derivation) -> Iterator[str]:
    statement = main_theorem(derivation)
    if statement is not None:
        expected = f' <span class="{_class(statement)}">({_class(statement)})</span>' if _class(statement) else ""
        yield f'<p class="claim">{html.claim(statement, statement.hypotheses)}{expected}</p>'
        formulas = html.Formulas(statement.theory)
        rows = [f"<li>{formulas.definition(row)}{_said(row)}</li>" for row in named(statement)]
        if rows:
            yield from ("<ul>", *rows, "</ul>")
    source = f" · {linked(derivation.source)}" if derivation.source else ""
    yield f'<p class="quiet">{code(derivation.name)}{source}</p>'


def _class(statement: Statement) -> str:
    """The verdict that the author expects, where it is not the good one."""
    return statement.expect if statement.expect in ("refuted", "unjustified", "unknown") else ""


def _said(row: Definition) -> str:
    return f' <span class="quiet">{escaped(row.description)}</span>' if row.description else ""


# --- Markdown -------------------------------------------------------------------------------------------------------------


def catalogue_markdown(derivations: Iterable[Derivation]) -> str:
    """The page in Markdown; its headings are the names, since viewers make the anchors of them."""
    return "\n\n".join(_blocks(by_subject(derivations))) + "\n"


def _blocks(subjects: list[Subject]) -> Iterator[str]:
    yield f"# {TITLE}"
    yield f"{_count(subjects)} derivations. `derive NAME` checks one of them, and prints it step by step."
    for subject, derivations in subjects:
        yield f"## {markdown.escaped(heading(subject))}"
        for derivation in derivations:
            yield f"### {markdown.escaped(derivation.name)}"
            yield f"**{markdown.escaped(derivation.title or derivation.name)}**"
            statement = main_theorem(derivation)
            if statement is not None:
                yield _stated(statement)
            if derivation.source:
                yield markdown.escaped(derivation.source)


def _stated(statement: Statement) -> str:
    """The claim, and below it the definitions, as lines of code: there nothing has a second meaning."""
    to = Unicode(statement.theory)
    claim = f"`{' = '.join(map(to.write, statement.sides))}`"
    for word, conditions in (("for", statement.conditions), ("given", statement.hypotheses)):
        if conditions:
            claim += f" {word} " + ", ".join(f"`{to.write(condition)}`" for condition in conditions)
    if _class(statement):
        claim += f" ({_class(statement)})"
    rows = [
        f"- `{to.write(definiendum(row))} = {to.write(row.body)}` {markdown.escaped(row.description)}".rstrip()
        for row in named(statement)
    ]
    return "\n".join([claim, "", *rows]) if rows else claim
