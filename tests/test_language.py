"""The proof language: what is written reads back as the same, and every mistake is found where it is."""

from __future__ import annotations

import re
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings

from derive.floor.terms import (
    Add,
    Apply,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    If,
    Index,
    Mul,
    Neg,
    Pow,
    Size,
    Sum,
    Term,
    free_indices,
    number,
    scalar,
)
from derive.floor.theory import Theory, Unknown
from derive.language import CODES, read, read_comparison, read_document, read_expression, write, write_declaration, write_term
from derive.language.derivation import Derivation
from derive.language.errors import SourceError
from lane import examples
from strategies import FREE_BY_NAME, THEORY, derivations, terms

CASES = Path(__file__).parent / "cases"
PUBLISHED = sorted((CASES / "published").glob("*.derive"))
TRAPS = sorted((CASES / "traps").glob("*.derive"))
SYNTAX = sorted((CASES / "syntax").glob("*.derive"))

H, M = Size("H"), Size("M")
IX, K = Index("i", H), Index("k", H)
X, S = scalar("x"), scalar("s")


def term(text: str) -> Term:
    return read_expression(text, THEORY, FREE_BY_NAME)


def mistake(text: str) -> SourceError:
    with pytest.raises(SourceError) as found:
        read(text)
    return found.value


# --- round trips ---


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_published_derivations_read_back(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    derivation = read(text)
    written = write(derivation)
    assert read(written) == derivation
    assert write(read(written)) == written
    for statement in derivation.statements:
        for chain in statement.proof or ():
            for step in chain.steps:
                there = text[step.place.start : step.place.end]
                assert step.right is not None
                indices = {index.name: index for index in free_indices(step.right)}
                assert read_expression(there, statement.theory, indices) is step.right


@pytest.mark.parametrize("path", TRAPS, ids=lambda path: path.stem)
def test_traps_read_back(path: Path) -> None:
    derivation = read(path.read_text(encoding="utf-8"))
    written = write(derivation)
    assert read(written) == derivation
    assert write(read(written)) == written


@settings(max_examples=examples(300), deadline=None)
@given(terms(depth=4))
def test_terms_read_back(one: Term) -> None:
    assert term(write_term(one, THEORY)) is one
    assert term(write_term(one)) is one


@settings(max_examples=examples(60), deadline=None)
@given(derivations())
def test_derivations_read_back(derivation: Derivation) -> None:
    written = write(derivation)
    assert read(written) == derivation
    assert write(read(written)) == written


def test_descriptions_and_order_are_kept() -> None:
    text = 'size     n, m "sizes"\nconstant q[m]\nassume   q[p] > 0 "p is an index here"\nvariable p    "and a name here"\n'
    written = write(read(text))
    assert write(read(written)) == written
    assert read(written) == read(text)
    assert '"sizes"' in written
    assert written.index("assume") < written.index("variable")


@pytest.mark.parametrize(
    ("value", "text"),
    [("1/2", "0.5"), ("1/5", "0.2"), ("1/100000", "1e-5"), ("1/1000", "0.001"), ("3/2", "1.5"), ("1/3", "1/3"), ("-2", "-2"),
     ("-1/2", "-0.5"), ("-1/3", "-1/3"), ("12", "12"), ("1000000000000000000", "1e18")],
)  # fmt: skip
def test_numbers(value: str, text: str) -> None:
    assert write_term(number(value)) == text
    assert write_term(term(text)) == text


def test_computed_numbers_read_back_with_equal_value() -> None:
    two = number(-2)
    assert write_term(Add((X, two))) == "x - 2"
    assert write_term(Add((X, Mul((two, S))))) == "x - 2*s"
    assert write_term(Mul((X, two))) == "x*(-2)"
    assert write_term(Pow(X, number("-1/2"))) == "x^(-0.5)"
    assert write_term(Pow(number("1/3"), number("1/3"))) == "(1/3)^(1/3)"
    assert write_term(Neg(two)) == "-(-2)"


# --- how expressions are read ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + s - x", Add((X, S, Neg(X)))),
        ("x - (s + x)", Add((X, Neg(Add((S, X)))))),
        ("x*s/x*s", Mul((Div(Mul((X, S)), X), S))),
        ("x/s/x", Div(Div(X, S), X)),
        ("(x*s)*x", Mul((Mul((X, S)), X))),
        ("-x*s", Mul((Neg(X), S))),
        ("-x^2", Neg(Pow(X, number(2)))),
        ("x^-2", Pow(X, number(-2))),
        ("x**s^2", Pow(X, Pow(S, number(2)))),
        ("-2", Neg(number(2))),
        ("0.5 + 1e-5", Add((number("1/2"), number("1/100000")))),
        ("log(x)", Apply("ln", (X,))),
        ("log(x, s)", Apply("log", (X, S))),
        ("pi*H", Mul((Apply("pi", ()), H))),
        ("sigma(x)", Call("sigma", (X,))),
        ("L", Entry("L", ())),
        ("diff(x, x, s)", None),
        ("diff(x, x, θ)", Diff(Diff(X, X), scalar("θ"))),
        ("delta(i, k)", Delta(IX, K)),
        ("delta(i, 1)", Delta(IX, number(1))),
        ("if(i != k, x, s)", If(Comparison(IX, "!=", K), X, S)),
        ("if(x > 0, x, s)", If(Comparison(X, ">", number(0)), X, S)),
        ("sum(Z[j], j)", Sum(Index("j", H), (), Entry("Z", (Index("j", H),)))),
        ("sum(1, j: M)", Sum(Index("j", M), (), number(1))),
        ("sum(Z[j], j != k, j != 1)", Sum(Index("j", H), (K, number(1)), Entry("Z", (Index("j", H),)))),
        ("sum(delta(i, j), j)", Sum(Index("j", H), (), Delta(IX, Index("j", H)))),
        ("sum(W[j, b], j, b)",
         Sum(Index("j", H), (), Sum(Index("b", M), (), Entry("W", (Index("j", H), Index("b", M)))))),
        ("sum(W[i, 3] + Z[j], j, i != j)",
         Sum(Index("j", H), (), Sum(IX, (Index("j", H),), Add((Entry("W", (IX, number(3))), Entry("Z", (Index("j", H),))))))),
    ],
)  # fmt: skip
def test_expressions(text: str, expected: Term | None) -> None:
    if expected is None:
        with pytest.raises(SourceError):
            term(text)
    else:
        assert term(text) is expected


@pytest.mark.parametrize(
    "text",
    ["exp(Z[i])/sum(exp(Z[j]), j)", "x^2", "x - s", "sum(Z[j], j != k)", "sum(W[i, j], i, j)", "diff(x, x, x)",
     "x - (-s)", "x + (-s*x)", "-(x*s)", "2*(-x)", "(x + s)^2", "x^(-2)", "x^s^2", "sum(delta(j, k), j: H)", "(x^2)^3",
     "sum(sum(Z[i], i), i: H)", "x/(s*x)", "x*(s/x)", "x/s*x", "sum(1, j: H, j != k)", "prod(sum(W[j, b], b), j)"],
)  # fmt: skip
def test_layout(text: str) -> None:
    assert write_term(term(text), THEORY) == text


def test_a_relation_by_itself() -> None:
    assert read_comparison("i != k", THEORY, FREE_BY_NAME) is Comparison(IX, "!=", K)
    assert read_comparison("x >= 0", THEORY) is Comparison(X, ">=", number(0))


def test_a_declared_name_shadows_a_function() -> None:
    derivation = read("size K\nvariable pi[K], t\ndefine sigmoid(u) = u\ntheorem a: sigmoid(pi[i]) = pi()*t + pi[i]")
    left, right = derivation.statements[0].sides
    assert left is Call("sigmoid", (Entry("pi", (Index("i", Size("K")),)),))
    assert "Apply('pi', ())" in repr(right)
    assert read(write(derivation)) == derivation
    meant = Apply("sigmoid", (scalar("t"),))
    assert write_term(meant, derivation.theory) == "(1/(1 + exp(-t)))"


def test_an_argument_is_not_the_variable_of_its_name() -> None:
    derivation = read("variable x\ndefine g = x^2\ndefine f(x) = g*x\ntheorem a: f(3) = g*3")
    definition = derivation.theory.definitions["f"]
    assert definition.body is Mul((scalar("g"), scalar(definition.arguments[0])))
    assert write_declaration("f", derivation.theory) == "define f(x) = g*x"
    assert "hides" in derivation.warnings[0][1]


def test_a_bound_index_hides_an_outer_one() -> None:
    derivation = read("size n\nvariable z[n]\ndefine o[j] = exp(z[j])/sum(exp(z[j]), j)")
    place, message = derivation.warnings[0]
    assert (place.line, place.column) == (3, 40)
    assert "hides" in message


def test_names_are_normalised() -> None:
    derivation = read("variable e\u0301, µ\ntheorem t: é = μ")
    assert derivation.statements[0].sides == (scalar("é"), scalar("μ"))


def test_a_whole_number_supposes_a_size() -> None:
    text = "size n\nvariable x[n]\ntheorem t{}: x[3] = 0"
    assert "size n >= 3" in read(text.format("")).warnings[0][1]
    assert not read(text.format(" given n >= 3")).warnings


def test_ranges_come_from_the_whole_statement() -> None:
    derivation = read("size n\nvariable x[n]\ntheorem t for m = i: delta(m, k)*x[i] = 0\nproof\n0*x[k] = ? by cases\nqed")
    statement = derivation.statements[0]
    n = Size("n")
    assert statement.conditions == (Comparison(Index("m", n), "=", Index("i", n)),)
    assert statement.proof is not None
    assert statement.proof[0].steps[0].right is None


# --- other derivations ---

SOFTMAX = "size H\nvariable Z[H]\nconstant y[H]\nassume sum(y[i], i) = 1\ndefine S = sum(exp(Z[j]), j)\n"


def test_use_brings_theorems() -> None:
    other = read(SOFTMAX + "theorem a-b: diff(S, Z[k]) = exp(Z[k])", "other")
    derivation = read('use "other"\nsize H\nvariable Z[H]\ndefine S = sum(exp(Z[i]), i)', load={"other": other}.__getitem__)
    assert list(derivation.lemmas) == ["a-b"]
    assert derivation.uses == ("other",)


@pytest.mark.parametrize(
    ("claim", "here", "said"),
    [
        ("S = 1", "size H\nvariable Z[H]\ndefine S = sum(Z[i], i)", "defined otherwise"),
        ("S = 1", "size H\nconstant Z[H]\ndefine S = sum(exp(Z[i]), i)", "declared otherwise"),
        ("y[i] = 1", "size H\nconstant y[H]", "not assumed here"),
        ("Z[i] = 1", "size H, M\nvariable Z[M]", "declared otherwise"),
    ],
)
def test_use_asks_for_the_same_meaning(claim: str, here: str, said: str) -> None:
    other = read(f"{SOFTMAX}theorem t: {claim}", "other")
    with pytest.raises(SourceError) as found:
        read(f'use "other"\n{here}\ntheorem u: 1 = 1 proof 1 = 1 by t qed', load={"other": other}.__getitem__)
    assert found.value.code == "D125"
    assert said in found.value.message
    # What is not cited need not mean the same.
    assert read(f'use "other"\n{here}', load={"other": other}.__getitem__)


def test_a_theorem_that_is_cited_brings_what_it_is_about() -> None:
    other = read(f"{SOFTMAX}theorem t: S = 1", "other")
    found = read('use "other"\ntheorem u: 1 = 1 proof 1 = 1 by t qed', load={"other": other}.__getitem__)
    assert found.theory.definitions["S"] is other.theory.definitions["S"]


def test_use_of_nothing() -> None:
    assert mistake('use "other"').code == "D124"
    with pytest.raises(SourceError, match="none of that name"):
        read('use "other"', load={}.__getitem__)


def test_a_theorem_is_no_rule() -> None:
    with pytest.raises(SourceError) as found:
        read("theorem chain: 1 = 1", rule_names=frozenset({"chain"}))
    assert found.value.code == "D123"


def test_markdown_keeps_lines() -> None:
    text = "# Notes\n\n```derive\nvariable x\ntheorem t: x = x\n```\n\n```python\n```\n\n~~~derive\ntheorem u: 1 = 1\n~~~\n"
    first, second = read_document(text)
    assert first.statements[0].place.line == 5
    assert second.statements[0].place.line == 12
    with pytest.raises(SourceError) as found:
        read_document("text\n```derive\ntheorem t: z = 1\n```")
    assert (found.value.place.line, found.value.place.column) == (3, 12)


# --- mistakes ---


@pytest.mark.parametrize("path", SYNTAX, ids=lambda path: path.stem)
def test_mistakes_are_found_where_they_are(path: Path) -> None:
    """Every text, parted by lines of dashes, has one mistake: its code stands on the guilty line, with what the help says."""
    for text in re.split(r"^#-+\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
        expected = [
            (line, *found.groups())
            for line, content in enumerate(text.split("\n"), 1)
            if (found := re.search(r"# error: (D\d+)(?: help: (.*))?$", content))
        ]
        assert len(expected) == 1, text
        line, code, help = expected[0]
        with pytest.raises(SourceError) as caught:
            read(text, rule_names=frozenset({"chain"}))
        error = caught.value
        assert (error.place.line, error.code) == (line, code), f"{text}\n{error.code} {error.place}: {error.message}"
        assert help is None or help in error.help, error.help
        assert error.help
        assert error.text == text


@pytest.mark.parametrize("path", sorted((CASES / "several").glob("*.derive")), ids=lambda path: path.stem)
def test_all_mistakes_of_a_text_are_told_together(path: Path) -> None:
    """Each stands in a line that says so, and none is told that only follows from another."""
    text = path.read_text(encoding="utf-8")
    expected = [(n, *re.findall(r"D\d+", line)) for n, line in enumerate(text.split("\n"), 1) if "# error:" in line]
    with pytest.raises(SourceError) as caught:
        read(text)
    assert [(each.place.line, each.code) for each in (caught.value, *caught.value.more)] == expected


@pytest.mark.parametrize(
    "line",
    [
        "theorem t: x = y" + " " * 80 + "if" + " " * 118 + "+ )" + " " * 190,
        "theorem t: x = (y" + " " * 100 + "# if x" + " " * 100,
        "theorem t: x = y " + "in " * 60 + "[" * 60,
        "theorem t: x " + "-- " * 60 + "\\frac" + "{" * 60,
        "theorem t: d" + "dx/" * 60 + " (" * 50,
        "variable " + "x " * 150,
        "theorem t: " + "x_" * 90 + " sum_i" * 10,
        "theorem t: " + "|" * 190,
        "theorem t: " + "∂" * 3000 + "x" + "/∂x" * 3000 + " = x",
    ],
)
def test_no_help_takes_long(line: str) -> None:
    began = time.process_time()
    with pytest.raises(SourceError):
        read(f"variable x, y\n{line}\n")
    assert time.process_time() - began < 2


def test_every_code_explains_itself() -> None:
    """The example of each code has the mistake that it is an example of."""
    for code, row in CODES.items():
        assert row.title
        assert row.explanation.endswith(".")
        if row.example and "…" not in row.example and code != "D125":
            reading = read_document if code in ("D175", "D176") else partial(read, rule_names=frozenset({"chain"}))
            with pytest.raises(SourceError) as found:
                reading(row.example)
            mistake = found.value.more[0] if code == "D176" else found.value
            assert mistake.code == code, (row.example, mistake.code, mistake.message)


LOOK_THE_SAME = """
variable theta, θ
variable x1, x_1
variable x₁, x1
variable x, x_
variable 𝑥, x
variable lambd, lambda
variable phi, ϕ
variable Sigma, Σ
constant a, а
constant Η, H
constant d_model, d_mоdel
size n  size n_
size n, m  variable x[n], x1
size n, m  variable x1, x[n]
size n, m  variable x[n], x_12
size n, m  define x[i: n] = 1  constant x_i
size n, m  variable W[n, m], W12
size n, m  variable W12, W[n, m]
size n, m  variable W_in[n], W_in_3
size n  variable x[n]  theorem t: sum(x[i1], i1) = sum(x[i_1], i_1)
size n  variable x[n], i  theorem t: sum(x[і], і) = 1
size n  variable x[n], phi  theorem t: sum(x[φ], φ) = 1
function f(u), g(u)  define ƒ = 1  define f_(u) = u
index o: 3  variable о
"""
DO_NOT = """
variable x1, x2, x12, x_1_2, X1, x
size n, m  variable W[n, m], W1, W_in, W123
size n, m  variable x[n], x_max, xi, y1
variable nu, v, alpha, a, rho, p
variable epsilon, ϵ, theta, ϑ
size n  variable x[n], y[n]  theorem t: sum(x[i], i) + sum(y[i], i) = sum(x[j] + y[j], j)
define f(u) = u  define g(u) = f(u)
variable x1  define y = x1  define x_2 = x1 + y
"""


@pytest.mark.parametrize("text", LOOK_THE_SAME.strip().splitlines())
def test_names_that_look_the_same_are_refused(text: str) -> None:
    with pytest.raises(SourceError) as found:
        read(text)
    assert found.value.code == "D177"
    assert text[found.value.place.start : found.value.place.end].strip("[]…") in found.value.message


@pytest.mark.parametrize("text", DO_NOT.strip().splitlines())
def test_names_that_differ_are_read(text: str) -> None:
    assert read(text)


def test_the_number_pi_is_compared_as_a_number() -> None:
    text = "size H\nvariable x[H]\ntheorem t: if(pi = i, x[i], 2*x[i]) = 2*x[i]"
    (found,) = read(text).statements
    assert write_term(found.sides[0]) == "if(pi = i, x[i], 2*x[i])"
    assert "Apply('pi', ())" in repr(found.sides[0])


HOSTILE = {
    "parentheses": "theorem t: " + "(" * 100_000 + "1" + ")" * 100_000 + " = 1",
    "open parentheses": "theorem t: " + "(" * 100_000,
    "signs": "theorem t: " + "-" * 100_000 + "1 = 1",
    "powers": "theorem t: " + "2^" * 100_000 + "1 = 1",
    "quotients": "theorem t: 1" + "/1" * 100_000 + " = 1",
    "mixed quotients": "theorem t: 1" + "/2*3" * 100_000 + " = 1",
    "functions": "theorem t: " + "exp(" * 100_000,
    "derivatives": "variable x\ntheorem t: diff(x" + ", x" * 100_000 + ") = 1",
    "sums": "theorem t: sum(1" + "".join(f", i{n}: 2" for n in range(10_000)) + ") = 1",
    "brackets": "theorem t: " + "x[" * 100_000,
    "exponent": "theorem t: 1e999999 = 1",
    "digits": "theorem t: " + "9" * 100_000 + " = 1",
    "name": "variable " + "x" * 100_000,
    "size": "theorem t: 1 = 1 " + " " * 1_000_000,
    "sizes": "variable x[9999999999999999999999]",
    "null": "variable x\x00",
    "direction": "variable x # \u202e",
    "reason": "theorem t: 1 = 1 proof 1 = 1 by sum(" + "(" * 100_000,
    "quotes": '"' * 99_999,
    "hashes": "#" * 100_000,
}


@pytest.mark.sample(8)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_mistakes_like_others(name: str) -> None:
    before = time.process_time()
    error = mistake(HOSTILE[name])
    assert error.code in CODES
    assert len(error.message) + len(error.help) < 2000
    assert time.process_time() - before < 15  # 2 s on a busy machine


def test_the_deepest_expression_is_read_within_the_stack() -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)  # as Python has it, whatever another test has left
    try:
        inner = "(" * 99 + "1" + ")" * 99
        assert read(f"theorem t: {inner} = 1").statements
        nested = "exp(" * 98 + "1" + ")" * 98
        derivation = read(f"theorem t: {nested} = 1")
        assert read(write(derivation)) == derivation
    finally:
        sys.setrecursionlimit(before)


def test_long_flat_expressions_are_read() -> None:
    derivation = read("variable x\ntheorem t: " + " + ".join(["x"] * 5_000) + " = 5000*x")
    left = derivation.statements[0].sides[0]
    assert isinstance(left, Add)
    assert len(left.terms) == 5_000


def test_reading_is_fast() -> None:
    text = (CASES / "published" / "S0-mldawn.derive").read_text(encoding="utf-8")
    read(text)
    best = min(_seconds(text) for _ in range(5))
    assert best < 0.2  # 4 ms on a quiet machine


def _seconds(text: str) -> float:
    before = time.process_time()
    read(text)
    return time.process_time() - before


def test_a_schema_reads_over_declared_names() -> None:
    names = Theory(unknowns={name: Unknown(name, False) for name in "ab"})
    found = read_expression("ln(a*b)", names)
    assert found is Apply("ln", (Mul((scalar("a"), scalar("b"))),))


@pytest.mark.parametrize("text", ["", "\n\n", "# a comment\n", "\ufeff"])
def test_a_text_without_a_statement(text: str) -> None:
    assert mistake(text).code == "D100"
