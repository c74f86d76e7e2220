"""MathML: every construct of the terms, nothing but MathML Core, and what a reader of the screen is told."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html import unescape

import pytest

import derive
from derive.errors import LimitError
from derive.floor import terms as t
from derive.language import read
from derive.language.expressions import read_comparison
from derive.limits import Limit, allowed
from derive.render.mathml import Mathml, formula
from derive.render.symbols import mathml_name
from derive.shelf import names

GLOBAL = {"class", "dir", "displaystyle", "id", "mathbackground", "mathcolor", "mathsize", "scriptlevel", "style"}
TOKENS = {"mi": {"mathvariant"}, "mn": set(), "mtext": set()} | {
    "mo": {"form", "lspace", "rspace", "stretchy", "symmetric", "maxsize", "minsize", "largeop", "movablelimits"}
}
ROWS = {"math": {"display", "alttext"}, "mrow": set(), "msqrt": set(), "mtable": set(), "mtr": set(), "mtd": set()}
PARTS = {
    "mfrac": (2, {"linethickness"}), "msub": (2, set()), "msup": (2, set()), "msubsup": (3, set()), "mspace": (0, {"width"}),
    "munder": (2, {"accentunder"}), "mover": (2, {"accent"}), "munderover": (3, {"accent", "accentunder"}),
}  # fmt: skip
"""The elements of https://w3c.github.io/mathml-core/ that are written, with how many others each holds, and its attributes."""


def check_core(element: ET.Element) -> None:
    """Fails for an element or attribute that is not one of MathML Core, or that holds too many elements or too few."""
    known = TOKENS.get(element.tag, ROWS.get(element.tag, PARTS.get(element.tag, (0, None))[1]))
    assert known is not None, f"no element of MathML Core that is written: {element.tag}"
    assert element.attrib.keys() <= known | GLOBAL, element.attrib
    if element.tag in PARTS:
        assert len(element) == PARTS[element.tag][0], ET.tostring(element)
    if element.tag in TOKENS:
        assert not len(element)
        assert element.text
    else:
        assert not (element.text or "").strip()
    for part in element:
        assert not (part.tail or "").strip()
        check_core(part)


def core(markup: str) -> ET.Element:
    """Formulas, each of which is MathML Core, and the places between them where a line may end."""
    found = ET.fromstring(f"<p>{markup.replace('<wbr>', '')}</p>")
    for element in found:
        assert element.tag == "math"
        check_core(element)
    return found


DECLARED = """size H  size n  variable Z[H], W[H,H], x, s > 0, score, x_hat, theta, d_model[H], ŷ, e1
constant y[H], a, b  function f(u)  function g(u, v)  index o: H"""


def written(text: str) -> str:
    """What MathML is written for the left side of `text = 0`, its spaces aside."""
    theory = read(DECLARED).theory
    term = read_comparison(f"{text} = 0", theory).left
    markup = Mathml(theory).write(term)
    core(f"<math>{markup}</math>")
    return markup.replace("> <", "><")


D = '<mi mathvariant="normal">∂</mi>'
Zk = "<msub><mi>Z</mi><mi>o</mi></msub>"
TIMES, APPLIED = "<mo>&#x2062;</mo>", "<mo>&#x2061;</mo>"
SQUARE = "<msup><mi>x</mi><mn>2</mn></msup>"


def group(inside: str) -> str:
    """What stands in parentheses that need not grow."""
    return f'<mrow><mo stretchy="false">(</mo>{inside}<mo stretchy="false">)</mo></mrow>'


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("x", "<mi>x</mi>"),
        ("score", "<mi>score</mi>"),
        ("theta", "<mi>θ</mi>"),
        ("x_hat", "<msub><mi>x</mi><mi>hat</mi></msub>"),
        ("e1", "<msub><mi>e</mi><mn>1</mn></msub>"),
        ("ŷ", '<mover accent="true"><mi>y</mi><mo stretchy="false">^</mo></mover>'),
        ("Z[o]", Zk),
        ("W[o, 2]", "<msub><mi>W</mi><mrow><mi>o</mi><mo>,</mo><mn>2</mn></mrow></msub>"),
        ("Z[o]^2", "<msubsup><mi>Z</mi><mi>o</mi><mn>2</mn></msubsup>"),
        ("-x", '<mo form="prefix">−</mo><mi>x</mi>'),
        ("x - 1/2", "<mi>x</mi><mo>−</mo><mfrac><mn>1</mn><mn>2</mn></mfrac>"),
        ("2*x", f"<mn>2</mn>{TIMES}<mi>x</mi>"),
        ("x*2", "<mi>x</mi><mo>·</mo><mn>2</mn>"),
        ("x*score", '<mi>x</mi><mo rspace="0.1667em">&#x2062;</mo><mi>score</mi>'),
        ("x*(a + b)", f"<mi>x</mi>{TIMES}{group('<mi>a</mi><mo>+</mo><mi>b</mi>')}"),
        ("(a/b)^2", "<msup><mrow><mrow><mo>(</mo><mfrac><mi>a</mi><mi>b</mi></mfrac><mo>)</mo></mrow></mrow><mn>2</mn></msup>"),
        ("x^(a/b)", '<msup><mi>x</mi><mrow><mi>a</mi><mo lspace="0" rspace="0">/</mo><mi>b</mi></mrow></msup>'),
        ("exp(-x)", '<msup><mi>e</mi><mrow><mo form="prefix">−</mo><mi>x</mi></mrow></msup>'),
        ("ln(x)", '<mi>ln</mi><mo rspace="0.1667em">&#x2061;</mo><mi>x</mi>'),
        ("f(x)", f"<mi>f</mi>{APPLIED}{group('<mi>x</mi>')}"),
        ("f'(x)", f"<msup><mi>f</mi><mo>′</mo></msup>{APPLIED}{group('<mi>x</mi>')}"),
        ("g'2(x, a)", "<msubsup><mi>g</mi><mn>2</mn><mo>′</mo></msubsup>"
                      f"{APPLIED}{group('<mi>x</mi><mo>,</mo><mi>a</mi>')}"),
        ("sqrt(x)", "<msqrt><mi>x</mi></msqrt>"),
        ("abs(x)", '<mrow><mo form="prefix" stretchy="false">|</mo><mi>x</mi>'
                   '<mo form="postfix" stretchy="false">|</mo></mrow>'),
        ("log(x, 2)", f"<msub><mi>log</mi><mn>2</mn></msub>{APPLIED}{group('<mi>x</mi>')}"),
        ("sum(Z[i], i)", '<munderover><mo lspace="0">∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>H</mi></munderover>'
                         "<msub><mi>Z</mi><mi>i</mi></msub>"),
        ("max(Z[i], i)", '<munder><mo movablelimits="true" lspace="0" rspace="0.1667em">max</mo><mrow><mn>1</mn><mo>≤</mo>'
                         "<mi>i</mi><mo>≤</mo><mi>H</mi></mrow></munder><msub><mi>Z</mi><mi>i</mi></msub>"),
        ("diff(x^2, x, x)", f"<mfrac><mrow><msup>{D}<mn>2</mn></msup></mrow><mrow>{D}{SQUARE}</mrow></mfrac>{group(SQUARE)}"),
        ("diff(s, Z[o])", f"<mfrac><mrow>{D}<mi>s</mi></mrow><mrow>{D}{Zk}</mrow></mfrac>"),
        ("1e-9*x", f'<msup><mn>10</mn><mrow><mo form="prefix">−</mo><mn>9</mn></mrow></msup>{TIMES}<mi>x</mi>'),
    ],
)  # fmt: skip
def test_what_is_written(text: str, markup: str) -> None:
    assert written(text) == markup


def test_values_below_each_other() -> None:
    markup = written("if(x > 0, x, 0)")
    assert markup.count("<mtr>") == 2
    assert "<mtext>if&#xa0;</mtext><mi>x</mi><mo>&gt;</mo><mn>0</mn>" in markup
    assert "<mtext>otherwise</mtext>" in markup


def test_a_delta_of_ones_own_is_no_delta() -> None:
    left, right = (t.Index(name, t.Size("H")) for name in "ik")
    delta = t.Delta(left, right)
    assert Mathml().write(delta) == "<msub><mi>δ</mi><mrow><mi>i</mi><mo>&#x2063;</mo><mi>k</mi></mrow></msub>"
    shown = Mathml(read("size H variable delta[H, H]").theory).write(delta)
    assert shown == '<mrow><mo stretchy="false">[</mo><mi>i</mi><mo>=</mo><mi>k</mi><mo stretchy="false">]</mo></mrow>'


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_the_library_is_in_core(name: str) -> None:
    for statement in derive.load(name).statements:
        to = Mathml(statement.theory)
        for term in (*statement.sides, *statement.conditions, *statement.hypotheses):
            core(formula(to.broken(term), shown=True))
            assert formula(to.broken(term)).count("<math") == len(list(to.broken(term)))


LONG = "sum(Z[i]*y[i], i)*x + Z[o]*(a + b) - x/(1 + exp(-x)) - (a - b)*score"


def test_a_long_sum_is_several_formulas() -> None:
    theory = read(DECLARED).theory
    parts = list(Mathml(theory).broken(read_comparison(f"{LONG} = 0", theory).left))
    assert " ".join(part.said for part in parts) == LONG
    assert all(part.markup.startswith(f'<mo form="infix">{sign}</mo>') for part, sign in zip(parts[1:], "+−−", strict=True))
    assert len(core(formula(parts))) == len(parts) == formula(parts).count("<wbr>") + 1


@pytest.mark.parametrize(
    "text",
    [
        "-(Z[o]*y[o]*x + a*b*score - x_hat*(1 - score) + d_model[o]*e1)",
        "-sum(Z[i]*y[i]*x + a*b*score - x_hat*(1 - score) + d_model[i]*e1, i)",
        "diff(Z[o]*y[o]*x + a*b*score - x_hat*(1 - score) + d_model[o]*e1, Z[o])",
        "-diff(Z[o]*y[o]*x + a*b*score - x_hat*(1 - score) + d_model[o]*e1, Z[o])",
        "prod(Z[i]*y[i]/x + a*b*score - x_hat*(1 - score)/x + d_model[i]*e1, i != o)",
    ],
)
def test_parentheses_go_around_several_formulas(text: str) -> None:
    theory = read(DECLARED).theory
    parts = list(Mathml(theory).broken(read_comparison(f"{text} = 0", theory).left))
    assert len(parts) == 4
    assert " ".join(part.said for part in parts) == text
    assert re.search('<mo form="prefix"[^>]*>[(]</mo>', parts[0].markup)
    assert re.search('<mo form="postfix"[^>]*>[)]</mo>$', parts[-1].markup)
    assert ('minsize="2.4em"' in parts[0].markup) == ("/" in text)
    core(formula(parts))


def test_a_long_product_is_several_formulas() -> None:
    theory = read(DECLARED).theory
    text = "score/d_model[o]*(x + score - x_hat - 12345)*(1 - a)"
    parts = list(Mathml(theory).broken(read_comparison(f"{text} = 0", theory).left))
    assert len(parts) == 3
    assert "".join(part.said for part in parts) == text


def test_a_formula_says_what_it_is_in_the_proof_language() -> None:
    (statement,) = (each for each in derive.load("softmax-ce").statements if each.name == "softmax-ce")
    said = [element.get("alttext") for element in core(formula(Mathml(statement.theory).broken(statement.sides[0])))]
    assert said == ["diff(E, Z[k])"]


def test_names_stay_text() -> None:
    assert mathml_name("<script>") == "<mi>&lt;script&gt;</mi>"
    assert unescape(ET.fromstring(mathml_name('"&\'')).text or "") == '"&\''


def test_printing_is_counted() -> None:
    theory = read("variable x").theory
    term: t.Term = t.scalar("x")
    for _ in range(60):  # which is a small term, and a text as long as 2^60
        term = t.Add((term, t.Mul((t.number(2), term))))
    with pytest.raises(LimitError), allowed(Limit("a test", 100_000)):
        Mathml(theory).write(term)
