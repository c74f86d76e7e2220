"""A page of many short articles by subject, with an anchor for each and a field to search in it.

    [ softm                 ]
    Losses   Layers   …                 links to the subjects
    Losses
      Softmax with cross-entropy        article, a link to itself; one in which a word is not found is hidden
      …

The field needs a script, which shows it: without scripts the page is whole, and has none. Nothing is loaded: the articles are
what is searched, with what their formulas say in the proof language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from derive.render.document import escaped

SEARCH = """\
const field = document.getElementById("search"), found = document.getElementById("found");
const text = (each) => [each.textContent, ...[...each.querySelectorAll("math")].map((math) => math.getAttribute("alttext"))];
const articles = [...document.querySelectorAll("article")].map((each) => [each, text(each).join(" ").toLowerCase()]);
const search = () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let count = 0;
  for (const [article, said] of articles) {
    article.hidden = !words.every((word) => said.includes(word));
    count += !article.hidden;
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !section.querySelector("article:not([hidden])");
  }
  found.textContent = words.length ? `${count} of ${articles.length}` : "";
};
field.parentElement.hidden = false;
field.addEventListener("input", search);
search();
"""
"""What hides the articles in which a word of the field does not stand."""

ON = "on-"
"""What the anchor of a subject begins with: no article has the name of a subject, by accident or not."""


class Article(NamedTuple):
    """An article: its anchor, its title, and what stands below it, in HTML."""

    name: str
    title: str
    body: tuple[str, ...]


def searched(subjects: Iterable[tuple[str, Iterable[Article]]]) -> Iterator[str]:
    """The field, links to the subjects, and under each its articles. The page is to have the script `SEARCH`."""
    subjects = [(subject, list(articles)) for subject, articles in subjects]
    yield '<p hidden><input type="search" id="search" aria-label="Search" placeholder="Search"> <span id="found"></span></p>'
    if len(subjects) > 1:
        links = (f'<a href="#{_anchor(subject)}">{escaped(subject)}</a>' for subject, _ in subjects)
        yield f"<nav>{' '.join(links)}</nav>"
    for subject, articles in subjects:
        yield "<section>"
        yield f'<h2 id="{_anchor(subject)}">{escaped(subject)}</h2>'
        for article in articles:
            yield from article_html(article)
        yield "</section>"


def article_html(article: Article) -> Iterator[str]:
    """An article, whose title leads to itself."""
    name = escaped(article.name)
    yield f'<article id="{name}">'
    yield f'<h3><a href="#{name}">{escaped(article.title)}</a></h3>'
    yield from article.body
    yield "</article>"


def _anchor(subject: str) -> str:
    return escaped(ON + subject.replace(" ", "-").lower())
