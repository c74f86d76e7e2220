"""Pages of HTML: well-formed, whole in themselves, and safe whatever a file says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

import pytest

import derive
from derive.checking.instances import main_theorem
from derive.cli import main
from derive.language.derivation import Derivation
from derive.render.catalogue import by_subject, catalogue_html, catalogue_markdown, named
from derive.render.html import linked, report_html
from derive.shelf import names

VOID = frozenset(("meta", "br"))
HOSTILE = "</title><script>alert(1)</script>&amp; <img src=x onerror=alert(1)> \\' \ue000\x01"


class Page(HTMLParser):
    """A page, read strictly: every tag that opens closes, in order, and none but known ones stand in it."""

    TAGS = frozenset((
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "a", "span", "sub", "sup", "div",
        "table", "tr", "th", "td", "ul", "li", "nav", "article", "code", "br",
    ))  # fmt: skip

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.seen = ""
        self.hidden: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.TAGS, tag
        given = dict(attrs)
        assert len(given) == len(attrs)
        assert given.keys() <= {"id", "class", "href", "rel", "hidden", "colspan", "charset", "name", "content", "lang"}
        if given.get("id"):
            self.anchors.append(str(given["id"]))
        if "href" in given:
            assert tag == "a"
            self.links.append(str(given["href"]))
        if tag not in VOID:
            hidden = "hidden" in given
            if hidden:
                self.hidden.append("")
            self.open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self.open]
        if any(hidden for _, hidden in self.open):
            self.hidden[-1] += data
        elif "style" not in tags:
            self.seen += data

    def handle_decl(self, decl: str) -> None:
        assert decl == "DOCTYPE html"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def read(text: str) -> Page:
    page = Page(text)
    assert "url(" not in text
    assert "@import" not in text
    assert len(set(page.anchors)) == len(page.anchors)
    assert all(link.startswith(("https://", "http://")) or link[1:] in page.anchors for link in page.links)
    assert text.count("http") == 2 * len([link for link in page.links if not link.startswith("#")])  # as a link and its text
    return page


@cache
def shelf() -> list[Derivation]:
    return [derive.load(name) for name in names()]


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_derivation_has_a_page(name: str) -> None:
    report = derive.check(derive.load(name))
    page = read(report_html(report))
    assert page.anchors == [theorem.statement.name for theorem in report.theorems]
    assert f"{report.derivation.title}\n" in page.seen
    assert all(written.startswith("\\(") and written.endswith("\\)") and written.count("\\(") == 1 for written in page.hidden)
    steps = sum(len(theorem.steps) for theorem in report.theorems)
    assert len(page.hidden) >= steps + len(report.theorems)
    assert not {"\ue000", "\ue001", "\ue002", "\ue003"} & set(page.seen)


@pytest.mark.slow
def test_a_page_says_what_the_text_says() -> None:
    page = read(report_html(derive.check(derive.load("softmax-bce"))))
    assert "∂E/∂scorek" in page.seen
    assert "by definition(E)" in page.seen
    assert "✓ Proved for every n ≥ 2" in page.seen
    assert "✗ Refuted, as the author expects" in page.seen
    assert "Counterexample: at n = 3, k = 1, score1 = 0" in page.seen


def test_subscripts_and_exponents() -> None:
    text = "constant w[3], d_model > 0, n_2  size K  constant a > 0\ntheorem t: a^w[2]*d_model + n_2 = a^(w[2] + 1/2)"
    page = report_html(derive.check(derive.parse(text)))
    assert "<span>a<sup>w<sub>2</sub></sup> d<sub>model</sub> + n₂ = a<sup>w<sub>2</sub> + 1/2</sup></span>" in page


def hostile() -> Derivation:
    said = HOSTILE.replace("\x01", "")
    words = "".join(f'{word} "{said}"\n' for word in ("title", "source", "note"))
    return derive.parse(f'{words}size n "{said}"\nvariable x "{said}"\ndefine f = x "{said}"\n'
                        f'theorem t: f = 2*x\nproof\n  f\n    = 2*x by "{said}"\nqed', "x")  # fmt: skip


def pages() -> Iterator[str]:
    yield report_html(derive.check(hostile()))
    yield catalogue_html([hostile()])


def test_what_a_file_says_stays_text() -> None:
    for text in pages():
        assert "<script" not in text
        assert "<img" not in text
        page = read(text)
        assert "<script>alert(1)</script>&amp; <img src=x onerror=alert(1)>" in page.seen
    assert "<script" not in catalogue_markdown([hostile()]).replace(r"\<script", "")


def test_only_addresses_become_links() -> None:
    assert linked("javascript:alert(1)") == "javascript:alert(1)"
    assert linked('see https://a.org/b?c=d&e="f" (https://a.org/x).') == (
        'see <a href="https://a.org/b?c=d&amp;e=" rel="noreferrer">https://a.org/b?c=d&amp;e=</a>&quot;f&quot; '
        '(<a href="https://a.org/x" rel="noreferrer">https://a.org/x</a>).'
    )


@pytest.mark.slow
def test_a_page_in_ascii_looks_the_same() -> None:
    report = derive.check(derive.load("softmax-ce"))
    text = report_html(report, ascii=True)
    assert text.isascii()
    assert read(text).seen == read(report_html(report)).seen


# --- the library ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_library_on_a_page() -> None:
    page = read(catalogue_html(shelf()))
    assert set(names()) <= set(page.anchors)
    for derivation in shelf():
        assert derivation.title in page.seen
        assert derivation.source in page.seen


def test_the_library_in_markdown() -> None:
    lines = catalogue_markdown(shelf()).splitlines()
    assert sorted(line[4:] for line in lines if line.startswith("### ")) == names()
    assert "`∂E/∂Z_k = O_k − y_k`" in lines


def test_subjects_are_folders() -> None:
    subjects = dict(by_subject(shelf()))
    assert next(iter(subjects)) == "cross-entropy"
    assert {"softmax-ce", "softmax-bce"} <= {derivation.name for derivation in subjects["cross-entropy"]}
    assert "focal" in {derivation.name for derivation in subjects["losses"]}
    assert sum(map(len, subjects.values())) == len(names())


def test_the_definitions_that_a_statement_needs() -> None:
    statement = main_theorem(derive.load("softmax-ce"))
    assert statement is not None
    assert [row.name for row in named(statement)] == ["O", "E"]


def test_the_page_of_the_library_checks_nothing() -> None:
    shelf()
    before = time.process_time()
    catalogue_html(shelf())
    assert time.process_time() - before < 10  # to check it takes far longer


@pytest.mark.slow
def test_the_calls(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["softmax-ce", "--classes", "8", "--no-numeric", "--format", "html"]) == 0
    page = read(capsys.readouterr().out)
    assert "Written out for H = 8 and k = 1" in page.seen
    assert "⋮" in page.seen
    assert page.seen.count("The loss is") == 1
    assert main(["list", "--format", "html"]) == 0
    assert "softmax-ce" in read(capsys.readouterr().out).anchors
    assert main(["diff", "x^2", "--wrt", "x", "--declare", "variable x", "--format", "html"]) == 0
    assert "by power" in read(capsys.readouterr().out).seen
    assert main(["softmax-ce", "--variant", "binary", "--no-numeric", "--format", "html"]) == 0
    read(capsys.readouterr().out)
