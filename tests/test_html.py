"""Pages of HTML: well-formed, whole in themselves, and safe whatever a file says."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser

import pytest

import derive
from derive.checking.instances import main_theorem
from derive.cli import main
from derive.engine.rules import ALL
from derive.language.derivation import Derivation
from derive.render.articles import SEARCH
from derive.render.catalogue import by_subject, catalogue_html, catalogue_markdown, named
from derive.render.document import linked
from derive.render.html import fragment_html, report_html
from derive.render.order import MISTAKES, order
from derive.render.pages import every_page
from derive.render.rulebook import equation_html, parted, relation
from derive.shelf import names
from test_mathml import PARTS, ROWS, TOKENS, core

VOID = frozenset(("meta", "br", "wbr", "input"))
BIDI = "\u202e\u2066\u200f\u200b\u2028"
HOSTILE = "</title><script>alert(1)</script>&amp; <img src=x onerror=alert(1)> \\' \ue000\x01"


class Page(HTMLParser):
    """A page, read strictly: every tag that opens closes, in order, and none but known ones stand in it.

    A formula is read once more as XML, and is to be MathML Core.
    """

    TAGS = frozenset((
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "a", "span", "div", "script", "section",
        "table", "tr", "th", "td", "ul", "li", "dl", "dt", "dd", "nav", "article", "code", "pre", "br", "wbr", "input",
        *TOKENS, *ROWS, *PARTS,
    ))  # fmt: skip
    KNOWN = frozenset((
        "id", "class", "href", "rel", "hidden", "colspan", "charset", "name", "content", "lang", "http-equiv", "type",
        "aria-label", "placeholder",
    ))  # fmt: skip

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.seen = ""
        self.headings: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open
        self.formulas = re.findall("<math.*?</math>", text)
        self.said = [element.get("alttext", "") for element in core("".join(self.formulas))]
        assert all(self.said)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.TAGS, tag
        given = dict(attrs)
        assert len(given) == len(attrs)
        if tag not in TOKENS | ROWS | PARTS:
            assert given.keys() <= self.KNOWN, given
        if given.get("id"):
            self.anchors.append(str(given["id"]))
        if "href" in given:
            assert tag == "a"
            self.links.append(str(given["href"]))
        if re.fullmatch("h[1-3]", tag):
            self.headings.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "mspace"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "script" in self.open:
            self.scripts.append(data)
        elif "style" not in self.open:
            self.seen += data
        if {"h1", "h2", "h3"} & {*self.open}:
            self.headings[-1] += data

    def handle_decl(self, decl: str) -> None:
        assert decl == "DOCTYPE html"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def read(text: str) -> Page:
    page = Page(text)
    assert "url(" not in text
    assert "@import" not in text
    assert page.scripts in ([], [SEARCH])  # and no other runs
    allowed = [b64encode(sha256(script.encode()).digest()).decode() for script in page.scripts]
    assert re.findall("'sha256-(.*?)'", text) == allowed
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'" in text
    assert len(set(page.anchors)) == len(page.anchors)
    assert all(link.startswith(("https://", "http://")) or link[1:] in page.anchors for link in page.links)
    addresses = [link for link in page.links if not link.startswith("#")]
    assert text.count("http:") + text.count("https:") == 2 * len(addresses)  # as a link and as its text
    return page


@cache
def shelf() -> list[Derivation]:
    return [derive.load(name) for name in names()]


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_derivation_has_a_page(name: str) -> None:
    report = derive.check(derive.load(name))
    page = read(report_html(report))
    shown = [*order(report).claims, *order(report).mistakes]
    assert page.anchors == [theorem.statement.name for theorem in shown]
    assert page.headings[0] == report.derivation.title
    assert sum(said.startswith("= ") for said in page.said) >= sum(len(theorem.steps) for theorem in shown)
    fragment = fragment_html(report)
    assert fragment.count("<math") == len(page.formulas)
    assert " id=" not in fragment


@pytest.mark.slow
def test_a_page_says_what_the_text_says() -> None:
    page = read(report_html(derive.check(derive.load("softmax-bce"))))
    assert "diff(E, score[k])" in page.said
    assert "by definition(E)" in page.seen
    assert "✓ Proved for every n ≥ 2" in page.seen
    assert "✗ Refuted, as the author expects" in page.seen
    assert "Counterexample: at n=3, k=1, score1=0" in page.seen


@pytest.mark.slow
def test_the_result_comes_first_and_mistakes_last() -> None:
    report = derive.check(derive.load("softmax-bce"))
    page = read(report_html(report))
    parts = order(report)
    assert page.seen.index("Proved for every") < page.seen.index("size") < page.seen.index("by-probability")
    assert page.headings[1:] == [
        *(each.statement.name for each in parts.claims), MISTAKES, *(each.statement.name for each in parts.mistakes)
    ]  # fmt: skip
    assert page.headings.index("by-probability") < page.headings.index("softmax-bce") < page.headings.index(MISTAKES)
    assert "#softmax-jacobian" in page.links  # from the step that cites it


def test_an_equals_sign_is_part_of_what_it_leads() -> None:
    report = derive.check(derive.parse("variable x theorem t: diff(x^2, x) = 2*x proof diff(x^2, x) = 2*x by power qed"))
    text = report_html(report)
    assert '<td class="side"><math displaystyle="true" alttext="= 2*x"><mo form="infix">=</mo><mn>2</mn>' in text
    assert not re.search(r">\s*=\s*<(?!/mo>)", text)


def test_subscripts_and_exponents() -> None:
    text = "constant w[3], d_model > 0, n_2  size K  constant a > 0\ntheorem t: a^w[2]*d_model + n_2 = a^(w[2] + 1/2)"
    page = report_html(derive.check(derive.parse(text)))
    assert "<msup><mi>a</mi><mrow><msub><mi>w</mi><mn>2</mn></msub></mrow></msup>" in page
    assert "<msub><mi>d</mi><mi>model</mi></msub>" in page


def hostile() -> Derivation:
    said = HOSTILE.replace("\x01", "")  # which the language refuses, and BIDI too
    words = "".join(f'{word} "{said}"\n' for word in ("title", "source", "note"))
    return derive.parse(f'{words}size n "{said}"\nvariable x "{said}"\ndefine f = x "{said}"\n'
                        f'theorem t: f = 2*x\nproof\n  f\n    = 2*x by "{said}"\nqed', "x")  # fmt: skip


def pages() -> Iterator[str]:
    yield report_html(derive.check(hostile()))
    turned = replace(hostile(), title=f"{BIDI}{HOSTILE}", source=f"{BIDI}{HOSTILE}", notes=(f"{BIDI}{HOSTILE}",))
    yield report_html(derive.check(turned))
    yield catalogue_html([turned])


def test_what_a_file_says_stays_text() -> None:
    for text in pages():
        assert text.count("<script>") == text.count(f"<script>{SEARCH}</script>")
        assert "<script " not in text
        assert "<img" not in text
        assert not set(BIDI) & set(text)
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
    assert "#on-losses" in page.links
    assert page.scripts == [SEARCH]
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
    assert "Written out for H = 8 and k = 1" in page.headings
    assert "⋮" in page.seen
    assert page.seen.count("The loss is") == 1
    assert main(["list", "--format", "html"]) == 0
    assert "softmax-ce" in read(capsys.readouterr().out).anchors
    assert main(["diff", "x^2", "--wrt", "x", "--declare", "variable x", "--format", "html"]) == 0
    assert "by power" in read(capsys.readouterr().out).seen
    assert main(["softmax-ce", "--variant", "binary", "--no-numeric", "--format", "html"]) == 0
    read(capsys.readouterr().out)


# --- rules and codes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_what_a_rule_states_is_a_formula(name: str) -> None:
    for equation in parted(ALL[name].states):
        sides = re.search('<span class="sides">(.*?)</span>', equation_html(equation))
        assert sides is not None, equation
        said = " ".join(element.get("alttext", "") for element in core(sides[1]))
        assert relation(said, equation) == relation(equation.partition(" where ")[0], equation)


def test_what_is_no_formula_stays_a_sentence() -> None:
    assert equation_html("c does not depend on x") == "c does not depend on x"
    assert equation_html("a <b> c") == "a &lt;b&gt; c"


def test_rules_and_codes_on_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--format", "html"]) == 0
    page = read(capsys.readouterr().out)
    assert set(ALL) <= set(page.anchors)
    assert "quotient: Quotient rule" in page.headings
    assert "diff(f/g, x)" in page.said
    assert main(["rules", "quotient", "--format", "html"]) == 0
    page = read(capsys.readouterr().out)
    assert page.headings == ["quotient: Quotient rule"]
    assert "g != 0" in page.said
    assert main(["rules", "algebra", "--format", "html"]) == 0
    assert "All rules of sums" in read(capsys.readouterr().out).seen
    assert main(["explain", "--format", "html"]) == 0
    page = read(capsys.readouterr().out)
    assert {code.code for code in every_page()} <= set(page.anchors)
    assert main(["explain", "d217", "--format", "html"]) == 0
    page = read(capsys.readouterr().out)
    assert page.headings == ["D217: A lost inner derivative"]
    assert "theorem t: diff(sin(2*x), x) = 2*cos(2*x)" in page.seen
