"""Diagnosis: the change that makes a false line true is found, named, and true."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from derive.checking.checker import check
from derive.diagnosis.codes import CODES, HINTS, LIMITS, NEAR_MISSES, OWN, VERDICTS
from derive.diagnosis.diagnose import Diagnosis, diagnose
from derive.diagnosis.mistakes import MISTAKES
from derive.diagnosis.places import places, put
from derive.engine.decide import evaluated
from derive.engine.rewriting import Context
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    ONE,
    Add,
    Apply,
    Diff,
    Div,
    Entry,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Sum,
    Term,
    add,
    free_indices,
    mul,
    number,
    rebuild,
    substitute,
    subterms,
)
from derive.language import read, read_expression
from derive.language.derivation import Derivation, Reason
from derive.numbers.refute import refute

CASES = Path(__file__).parent / "cases"
PUBLISHED = sorted((CASES / "published").glob("*.derive"))
NEAR = sorted((CASES / "near-misses").glob("*.derive"))


def prove(left: Term, right: Term, context: Context) -> bool:
    return evaluated(left, right, context) is not None


@dataclass(frozen=True)
class Line:
    """One step of a derivation, or a claim without a proof."""

    left: Term
    right: Term
    reasons: tuple[Reason, ...]
    context: Context
    number: int
    refuted: bool

    def diagnosis(self) -> Diagnosis | None:
        return diagnose(self.left, self.right, self.reasons, self.context, prove)


def lines(derivation: Derivation) -> Iterator[Line]:
    """The steps of all proofs, and the claims that have none, each by itself."""
    for statement in derivation.statements:
        given = Knowledge(statement.theory, statement.hypotheses, statement.conditions)
        if statement.proof is None:
            refuted = statement.expect == "refuted"
            yield Line(*statement.sides[:2], (), Context(given), statement.place.line, refuted)
        for chain in statement.proof or ():
            conditions = (*statement.conditions, *chain.conditions)
            context = Context(Knowledge(statement.theory, statement.hypotheses, conditions))
            merging: dict[Term, Term] = {c.left: c.right for c in chain.conditions if c.relation == "="}
            left = substitute(chain.start, merging)
            for step in chain.steps:
                assert step.right is not None
                right = substitute(step.right, merging)
                yield Line(left, right, step.reasons, context, step.place.line, step.expect == "refuted")
                left = right


def expected_codes(text: str) -> dict[int, str]:
    """The codes that stand in comments, `# D211`, on the guilty lines."""
    found = {n: re.search(r"# (D\d{3})$", line) for n, line in enumerate(text.split("\n"), 1)}
    return {n: each[1] for n, each in found.items() if each}


# --- the cases -------------------------------------------------------------------------------------------------------


@pytest.mark.sample(3)
@pytest.mark.parametrize("path", NEAR, ids=lambda path: path.stem)
def test_near_misses(path: Path) -> None:
    """Every text, parted by lines of dashes, has near misses, their codes on the guilty lines; what is suggested is true."""
    for text in re.split(r"^#-+\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
        expected = expected_codes(text)
        assert expected, text
        for line in lines(read(text)):
            if line.number not in expected:
                continue
            found = line.diagnosis()
            assert found is not None, text
            assert found.code == expected[line.number], (text, found)
            assert_mended(line, found)


def assert_mended(line: Line, found: Diagnosis) -> None:
    """What is suggested reads back, and makes the line true."""
    assert found.message
    assert found.part in subterms(line.right) or found.code == "D232"
    if found.code == "D226":
        assert all(each.startswith("assume ") for each in found.suggestion.split("\n"))
        return
    indices = {i.name: i for i in free_indices(line.left) | free_indices(line.right)}
    assert prove(line.left, read_expression(found.suggestion, line.context.theory, indices), line.context), found


FOUND = {
    "R01-softmax-ce-unstated": ["D226"],
    "R31-label-smoothing-unstated": ["D226"],
    "S0b-mldawn-example": ["D227"],
    "S1-sefiks": ["D216", "D219", "D211", "D216"],
    "W01-two-sign-errors": ["D211", "D211", "D211"],
    "W03-diagonal-only": ["D216"],
    "W05-wrong-index": ["D214", "D214"],
    "W07-bce-with-softmax": ["D216"],
    "W11-rmsnorm-weight": ["D229"],
    "W13-wrong-exponent": ["D221", "D231"],
    "W16-expansion": ["D211"],
    "W23-inner-derivative": ["D217", "D217"],
    "W26-tanh": ["D212", "D212"],
    "W30-factor-2": ["D212"],
    "W38-index-captured": ["D215", "D214", "D214"],
    "X1-assumption-inside-diff": ["D230"],
    "X2-identity-inside-diff": ["D230"],
}


@pytest.mark.sample(8)
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_published_mistakes_are_named(path: Path) -> None:
    found = []
    for line in lines(read(path.read_text(encoding="utf-8"))):
        if line.refuted:
            diagnosis = line.diagnosis()
            assert diagnosis is not None, line
            assert_mended(line, diagnosis)
            found.append(diagnosis.code)
    assert found == FOUND.get(path.stem, [])


def test_the_missing_terms_are_named() -> None:
    text = (CASES / "published" / "W07-bce-with-softmax.derive").read_text(encoding="utf-8")
    found = next(line.diagnosis() for line in lines(read(text)) if line.refuted)
    assert found is not None
    assert found.message == (
        "the chain rule goes through `p[i]` only, and `E` depends on every `p[k]`: the terms for `k != i` are missing"
    )
    assert found.suggestion == "sum(diff(E, p[k])*diff(p[k], score[i]), k)"


# --- what must not be said -------------------------------------------------------------------------------------------

HOPELESS = [
    "variable x\ntheorem t: x = exp(x^2) + 17*cos(x)",
    "size n\nvariable x[n]\ntheorem t: sum(x[i], i) = exp(x[k])",
    "function f(u)\nvariable x\ntheorem t: diff(f(x), x) = f(f(x)) + 17",
    "variable x\ntheorem t: abs(x) = ln(x)",
    "theorem t: 9^9 = 1",
]


@pytest.mark.parametrize("text", HOPELESS)
def test_what_is_no_near_miss_gets_no_change(text: str) -> None:
    found = next(lines(read(text))).diagnosis()
    assert found is None or found.code in ("D231", "D202")


SIGMOID = "size n\nvariable z[n]\ndefine f[j] = 1/(1 + exp(-z[j]))"
LACKING = [
    (SIGMOID, "diff(f[j], z[j])", "f[j]", "D213", "`1 - f[j]`"),
    (SIGMOID, "diff(sum(f[j]^2, j), z[k])", "2*f[k]*f[k]", "D213", "`1 - f[k]`"),
    ("variable s\ndefine g = 1/(1 + exp(-s))", "diff(g, s)", "exp(s)*g^2", "D211", "`-s`"),
    ("variable x, y", "diff(x^2*y + x*y^2, x, y)", "2*x", "D232", "`2*y`"),
    ("variable x", "diff(x + x^2, x)", "1", "D232", "`2*x`"),
    ("variable x, a, b", "diff(a*x^2 + b*x, x)", "2*a*x", "D232", "`b`"),
    ("variable x", "diff(x*sin(x), x)", "x*cos(x)", "D225", "`sin(x)`"),
]


@pytest.mark.parametrize(("declared", "left", "wrong", "code", "named"), LACKING)
def test_what_is_lost_is_named(declared: str, left: str, wrong: str, code: str, named: str) -> None:
    found = next(lines(read(f"{declared}\ntheorem t: {left} = {wrong}"))).diagnosis()
    assert found is not None
    assert found.code == code
    assert named in found.message


RIGHT = [
    ("variable x", "diff(x^2, x)", "3*x", "2*x"),
    ("variable x", "(x + 1)*(x - 1)", "x^2 + 7", "x^2 - 1"),
    ("size n\nvariable z[n]", "diff(sum(z[i]^2, i), z[k])", "z[k]^5", "2*z[k]"),
    ("variable x", "diff(x*sin(x), x)", "cos(x)^3", "sin(x) + x*cos(x)"),
    ("function f(u)\nvariable x", "diff(f(x), x)", "f(f(x)) + 17", "f'(x)"),
    ("", "9^9", "1", "387420489"),
    ("variable x, y\ndefine E = x^2*y", "diff(E, x, y)", "7", "2*x"),
]


@pytest.mark.parametrize(("declared", "left", "wrong", "right"), RIGHT)
def test_what_is_no_near_miss_gets_the_right_value(declared: str, left: str, wrong: str, right: str) -> None:
    found = next(lines(read(f"{declared}\ntheorem t: {left} = {wrong}"))).diagnosis()
    assert found is not None
    assert (found.code, found.suggestion) == ("D202", right)
    assert right in found.message
    assert check(read(f"{declared}\ntheorem t: {left} = {right}")).verdict == "proved"


def test_the_left_side_is_not_suggested_for_the_right_one() -> None:
    text = "size n\nvariable x[n]\ntheorem t: diff(max(x[i], i), x[j]) = delta(j, k)\n"
    (found,) = check(read(text), diagnose=True).theorems
    assert (found.code, found.suggestion) == ("D231", None)


def test_nothing_is_said_without_a_proof() -> None:
    line = next(lines(read("variable x\ntheorem t: (x - 1)^2 = x^2 - 2*x - 1")))
    assert diagnose(line.left, line.right, (), line.context, lambda *_: False) is None
    asked: list[Term] = []

    def note(left: Term, right: Term, context: Context) -> bool:
        asked.append(right)
        return prove(left, right, context)

    found = diagnose(line.left, line.right, (), line.context, note)
    assert found is not None
    assert len(asked) <= 3


def test_contradictory_hypotheses_are_not_proposed() -> None:
    """With sum(y) = 2 assumed, the hypothesis sum(y) = 1 would prove everything."""
    text = "size n\nconstant y[n], c > 0\nassume sum(y[i], i) = 2\ntheorem t: sum(c*y[i], i) = exp(c)"
    found = next(lines(read(text))).diagnosis()
    assert found is not None
    assert found.code == "D202"


@pytest.mark.slow
def test_the_work_is_bounded() -> None:
    long = " + ".join(f"a*sin({n}*x)*exp(b*x)^2/(1 + x^2)" for n in range(1, 9))
    line = next(lines(read(f"variable x, a, b\nconstant c\ntheorem t: diff({long}, x) = {long} + c")))
    began = time.process_time()
    line.diagnosis()
    assert time.process_time() - began < 10  # without a bound it is minutes


# --- the codes -------------------------------------------------------------------------------------------------------

LATER = {"D207", "D208", "D209"}  # found by the command line, or not a matter of one verdict


def test_every_mistake_has_a_code() -> None:
    assert {code for code, _ in MISTAKES} | {"D226", "D230", "D231"} == set(NEAR_MISSES)
    assert len(CODES) == len(VERDICTS) + len(NEAR_MISSES) + len(HINTS) + len(LIMITS) + len(OWN)
    for row in CODES.values():
        assert row.title
        assert row.explanation.endswith(".")


@pytest.mark.sample(3)
@pytest.mark.parametrize("code", sorted(NEAR_MISSES))
def test_near_miss_examples(code: str) -> None:
    row = NEAR_MISSES[code]
    [line] = lines(read(row.wrong))
    found = line.diagnosis()
    assert found is not None
    assert found.code == code, found
    assert_mended(line, found)
    assert check(read(row.wrong)).verdict == "refuted"
    assert check(read(row.right)).verdict == "proved"


@pytest.mark.parametrize("code", sorted(VERDICTS.keys() - {"D241", "D242"}))  # those have no example
def test_verdict_examples(code: str) -> None:
    row = VERDICTS[code]
    wrong, right = check(read(row.wrong)), check(read(row.right))
    assert right.expected
    if code not in LATER:
        assert code in {found.code for theorem in wrong.theorems for found in (theorem, *theorem.steps)}
    if code == "D208":
        assert wrong.theorems[0].conditions
        assert not right.theorems[0].conditions
    if code == "D209":
        assert not wrong.expected


@pytest.mark.parametrize("code", sorted(LIMITS))
def test_limit_examples(code: str) -> None:
    row = LIMITS[code]
    if row.wrong:
        assert check(read(row.wrong)).verdict == "unknown"
    if row.right:
        assert check(read(row.right)).verdict == "proved"


# --- mistakes made mechanically --------------------------------------------------------------------------------------

Change = Callable[[Term], Iterator[Term]]


def everywhere(change: Callable[[Term, Line], Iterator[Term]]) -> Callable[[Line], Iterator[Term]]:
    """The right sides that a change at one place gives, every place in its turn."""

    def made(line: Line) -> Iterator[Term]:
        for place in places(line.right):
            for new in change(place.term, line):
                yield put(line.right, place.path, new)

    return made


def wrong_sign(term: Term, line: Line) -> Iterator[Term]:
    match term:
        case Add(terms):
            for n, part in enumerate(terms):
                yield Add((*terms[:n], part.term if isinstance(part, Neg) else Neg(part), *terms[n + 1 :]))
        case Neg(inner):
            yield inner


def wrong_factor(term: Term, line: Line) -> Iterator[Term]:
    if term is line.right:
        yield mul(number(2), term)
        yield Div(term, number(2))
    if isinstance(term, Mul) and isinstance(term.factors[0], Number) and len(term.factors) > 1:
        yield mul(*term.factors[1:])
    if isinstance(term, Add):
        first, *rest = term.terms
        yield Add((mul(number(2), first), *rest))


def wrong_index(term: Term, line: Line) -> Iterator[Term]:
    if isinstance(term, Entry):
        free = sorted(free_indices(line.left) | free_indices(line.right), key=lambda i: i.name)
        for n, own in enumerate(term.indices):
            for other in free:
                if isinstance(own, Index) and other is not own and other.range is own.range:
                    yield rebuild(term, (*term.indices[:n], other, *term.indices[n + 1 :]))
        extents = line.context.theory.ranges(term.name)
        if len(extents) == 2 and extents[0] is extents[1]:
            yield rebuild(term, (term.indices[1], term.indices[0]))


def caught_index(term: Term, line: Line) -> Iterator[Term]:
    """The bound index renamed, carelessly, to one that is free."""
    if isinstance(term, Sum) and not term.excluded:
        for other in sorted(free_indices(term.body) - {term.index}, key=lambda i: i.name):
            if other.range is term.index.range:
                yield Sum(other, (), renamed(term.body, term.index, other))


def renamed(term: Term, old: Index, new: Index) -> Term:
    from derive.floor.terms import children

    if term is old:
        return new
    if isinstance(term, Index) or not children(term) or (isinstance(term, Sum) and term.index in (old, new)):
        return term
    return rebuild(term, tuple(renamed(part, old, new) for part in children(term)))


def one_way(term: Term, line: Line) -> Iterator[Term]:
    """The sum of a chain rule, with one of its terms only."""
    if isinstance(term, Sum) and isinstance(term.body, Mul) and any(isinstance(f, Diff) for f in term.body.factors):
        for other in sorted(free_indices(line.left), key=lambda i: i.name):
            if other.range is term.index.range:
                yield substitute(term.body, {term.index: other})


def lost_derivative(term: Term, line: Line) -> Iterator[Term]:
    if isinstance(term, Mul):
        for n, part in enumerate(term.factors):
            if isinstance(part, Diff):
                yield mul(*term.factors[:n], *term.factors[n + 1 :])


def lost_parenthesis(term: Term, line: Line) -> Iterator[Term]:
    match term:
        case Neg(Add((first, *rest))):
            yield Add((Neg(first), *rest))
        case Mul((*before, Add((first, *rest)))):
            yield Add((mul(*before, first), *rest))
        case Mul((Add((*rest, last)), *after)):
            yield Add((*rest, mul(last, *after)))
        case Div(Add((*rest, last)), below):
            yield Add((*rest, Div(last, below)))
        case Div(above, Mul((first, *rest))):
            yield mul(Div(above, first), *rest)
        case Add(terms):
            for n, part in enumerate(terms):
                if isinstance(part, Neg) and isinstance(part.term, Add):
                    first, *rest = part.term.terms
                    yield add(*terms[:n], Neg(first), *rest, *terms[n + 1 :])


def wrong_exponent(term: Term, line: Line) -> Iterator[Term]:
    if isinstance(term, Pow) and isinstance(term.exponent, Number):
        for value in (term.exponent.value + 1, term.exponent.value - 1, -term.exponent.value):
            if value not in (0, 1):
                yield Pow(term.base, Number(Fraction(value)))
        if term.exponent.value == 2:
            yield term.base


def wrong_exclusion(term: Term, line: Line) -> Iterator[Term]:
    if isinstance(term, Sum):
        if term.excluded:
            yield Sum(term.index, (), term.body)
        else:
            for other in sorted(free_indices(line.left), key=lambda i: i.name):
                if other.range is term.index.range and other is not term.index:
                    yield Sum(term.index, (other,), term.body)


def wrong_function(term: Term, line: Line) -> Iterator[Term]:
    twins = {"sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh"}
    if isinstance(term, Apply):
        if term.function in twins:
            yield Apply(twins[term.function], term.arguments)
        if term.function in ("exp", "sigmoid"):
            yield Apply(term.function, (Neg(term.arguments[0]),))
    if isinstance(term, Add) and term.terms[0] is ONE and isinstance(term.terms[1], Neg) and len(term.terms) == 2:
        yield term.terms[1].term


def wrong_quotient(term: Term, line: Line) -> Iterator[Term]:
    if isinstance(term, Div) and any(isinstance(t, Diff) for t in subterms(line.left)):
        if isinstance(term.numerator, Add) and len(term.numerator.terms) == 2 and isinstance(term.numerator.terms[1], Neg):
            first, second = term.numerator.terms
            yield Div(Add((second.term, Neg(first))), term.denominator)
        if isinstance(term.denominator, Pow):
            yield Div(term.numerator, term.denominator.base)


def lost_summand(term: Term, line: Line) -> Iterator[Term]:
    if isinstance(term, Add):
        for n in range(len(term.terms)):
            yield add(*term.terms[:n], *term.terms[n + 1 :])


def lost_factor(term: Term, line: Line) -> Iterator[Term]:
    if isinstance(term, Mul):
        for n, part in enumerate(term.factors):
            if not isinstance(part, Diff | Number):
                yield mul(*term.factors[:n], *term.factors[n + 1 :])


def wrong_base(term: Term, line: Line) -> Iterator[Term]:
    if isinstance(term, Apply) and term.function == "ln":
        yield Apply("log", (*term.arguments, number(2)))


def taken_out_wrongly(term: Term, line: Line) -> Iterator[Term]:
    """A factor that depends on the bound index before the sum, with a free index."""
    if isinstance(term, Sum) and isinstance(term.body, Mul):
        for n, part in enumerate(term.body.factors):
            for other in sorted(free_indices(line.left), key=lambda i: i.name):
                if isinstance(part, Entry) and term.index in part.indices and other.range is term.index.range:
                    rest = mul(*term.body.factors[:n], *term.body.factors[n + 1 :])
                    yield mul(substitute(part, {term.index: other}), Sum(term.index, term.excluded, rest))


KINDS: dict[str, tuple[Callable[[Term, Line], Iterator[Term]], float]] = {
    "sign": (wrong_sign, 0.95),
    "factor": (wrong_factor, 0.95),
    "index": (wrong_index, 0.9),
    "captured index": (caught_index, 0.5),
    "one way of the chain rule": (one_way, 0.8),
    "lost derivative": (lost_derivative, 0.5),
    "parenthesis": (lost_parenthesis, 0.9),
    "exponent": (wrong_exponent, 0.9),
    "exclusion": (wrong_exclusion, 0.9),
    "function": (wrong_function, 0.9),
    "quotient rule": (wrong_quotient, 0.9),
    "lost term": (lost_summand, 0.5),
    "lost factor": (lost_factor, 0.7),
    "base": (wrong_base, 0.9),
    "taken out": (taken_out_wrongly, 0.7),
}


@cache
def true_lines() -> tuple[Line, ...]:
    """The true steps of the published derivations that were put right, and of those that are right."""
    found = []
    for path in PUBLISHED:
        if not path.stem.startswith("X"):
            found += [line for line in lines(read(path.read_text(encoding="utf-8"))) if not line.refuted]
    return tuple(line for line in found if prove(line.left, line.right, line.context))


def mistaken(kind: str, limit: int | None) -> Iterator[Line]:
    """True lines with one mistake of a kind: those that are false then, spread over all lines."""
    change = everywhere(KINDS[kind][0])
    made: list[Line] = []
    seen: set[tuple[Term, Term]] = set()
    for line in true_lines():
        for right in change(line):
            if (line.left, right) not in seen:
                seen.add((line.left, right))
                made.append(replace(line, right=right))
    stride = max(1, len(made) // limit) if limit else 1
    for line in made[::stride]:
        known = line.context.knowledge
        if refute(line.left, line.right, known.theory, known.hypotheses, known.conditions):
            yield line


def measured(kind: str, limit: int | None = None) -> tuple[int, int, list[Line]]:
    """How many of the mistakes of a kind are mended, of how many, and the others."""
    mended, missed = 0, []
    for line in mistaken(kind, limit):
        found = line.diagnosis()
        if found is None or found.code == "D231":
            missed.append(line)
        else:
            mended += 1
    return mended, mended + len(missed), missed


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_mechanical_mistakes_are_mended(kind: str) -> None:
    mended, made, missed = measured(kind, 24)
    assert made
    assert mended >= KINDS[kind][1] * made, (mended, made, missed[:3])


# --- what is undecided ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("x*sqrt(3 + 2*sqrt(2)) + y^2 = x + x*sqrt(2) + y^2", ["may well be true", "what is left to show: sqrt(3)*x*sqrt("]),
        ("sin(x)^2*sqrt(3 + 2*sqrt(2)) = (1 + sqrt(2))*(1 - cos(x)^2)", ["may well be true"]),
        ("ln(-x^2) = 1", ["at no point that was tried do both sides have a value"]),
        ("given x > 3, x < 2: x = 3", ["no values were found that meet"]),
        ("given x = 0: diff(if(x = 0, 0, x^2*cos(1/x)), x) + y = 1 + y", ["what is left to show: diff(if(x = 0, 0,"]),
    ],
)
def test_what_is_known_of_what_is_undecided(text: str, remarks: list[str]) -> None:
    given, _, equation = text.rpartition(": ")
    (theorem,) = check(read(f"variable x, y\ntheorem t {given}: {equation}"), diagnose=True).theorems
    assert theorem.verdict == "unknown"
    assert theorem.remarks, theorem
    for remark in remarks:
        assert any(remark in each for each in theorem.remarks), theorem.remarks
