"""Every rule, from its record: its example is proved by it alone and holds at points, and it fails where it says so."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest

from derive.checking.checker import check
from derive.engine import evidence, rewriting, rules
from derive.engine.calculus_steps import USES
from derive.engine.justify import Licence, justified
from derive.engine.rewriting import Context
from derive.engine.rules.by_laws import RuleOfLaws, stated
from derive.engine.rules.rule import Rule
from derive.engine.scope import Scope
from derive.floor.conditions import NONE, Conditions
from derive.floor.signs import Knowledge
from derive.floor.terms import ONE, TWO, Diff, Entry, Term, add, power, substitute
from derive.language import read
from derive.language.derivation import Statement
from derive.language.errors import SourceError
from derive.numbers.refute import refute
from judge import differ, false_at, points, value

ALL = [pytest.param(rule, id=rule.name) for rule in rules.ALL.values()]
IDENTITIES = [pytest.param(rule, id=rule.name) for rule in rules.ALL.values() if rule.family == "functions"]
CALCULUS = [pytest.param(rule, id=rule.name) for rule in rules.ALL.values() if rule.family == "calculus"]
REARRANGED = {"root-power"}
"""Rules whose example is a rearrangement: a step may do it without naming them."""


def sides(equation: str) -> tuple[str, str]:
    """The two sides of an equation: it is parted at the = outside of parentheses."""
    depth = 0
    for position, character in enumerate(equation):
        depth += (character in "([") - (character in ")]")
        if character == "=" and not depth:
            return equation[:position].strip(), equation[position + 1 :].strip()
    raise AssertionError(equation)


def example(rule: Rule) -> Statement:
    """The example as a theorem."""
    return read(text(rule)).statements[0]


def text(rule: Rule, by: str | None = None) -> str:
    """The example as a theorem, with a proof by `by` if one is given."""
    left, right = sides(rule.example)
    proof = "" if by is None else f"proof {left} = {right} by {by} qed"
    return f"{rule.declares}\ntheorem example: {rule.example}\n{proof}"


@pytest.mark.parametrize("rule", ALL)
def test_the_example_is_proved_by_the_rule_alone(rule: Rule) -> None:
    (theorem,) = check(read(text(rule, rule.name))).theorems
    (step,) = theorem.steps
    assert step.verdict == theorem.verdict == "proved", step.message
    assert set(step.rules) <= {rule.name, "rearrangement"}
    assert theorem.statement.sides == example(rule).sides


@pytest.mark.sample(8)
@pytest.mark.parametrize("rule", [p for p in ALL if p.id not in REARRANGED])
def test_without_the_rule_the_example_is_not_proved(rule: Rule) -> None:
    statement = example(rule)
    context = Context(Knowledge(statement.theory))
    assert justified(*statement.sides, Licence(), context) is None
    others = ("sum", "product") if rule.name not in ("sum", "product") else ("quotient",)
    for other in others:
        (theorem,) = check(read(text(rule, other))).theorems
        assert theorem.steps[0].verdict == "unjustified"
        assert theorem.steps[0].suggestion is not None


@pytest.mark.sample(4)
@pytest.mark.parametrize("rule", [p for p in ALL if p.id not in REARRANGED])
def test_the_suggestion_names_a_rule_that_does(rule: Rule) -> None:
    other = "quotient" if rule.name != "quotient" else "product"
    (theorem,) = check(read(text(rule, other))).theorems
    suggestion = theorem.steps[0].suggestion
    assert suggestion is not None
    (again,) = check(read(text(rule, suggestion))).theorems
    assert again.steps[0].verdict == "proved", f"suggested {suggestion}"


@pytest.mark.sample(4)
@pytest.mark.parametrize("rule", ALL)
def test_the_example_holds_at_points(rule: Rule) -> None:
    statement = example(rule)
    left, right = statement.sides
    assert false_at(left, right, statement.theory, count=30) is None
    assert any(
        value(left, statement.theory, p) is not None and value(right, statement.theory, p) is not None
        for p in points(statement.theory, (left, right), count=30)
    ), "an example that has no value says nothing"


NAMES = "variable x, a, b, c, f, g, m, n, u, v, w"


def first_equation(text: str) -> str:
    """What stands before the first comma outside of parentheses."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            return text[:position]
    return text


def general(rule: Rule, given: bool = True, replaced: dict[str, str] | None = None) -> Statement | None:
    """The first equation that a rule states, about variables; None for what only an array or a function can say."""
    stated = first_equation(rule.states)
    for name, text in (replaced or {}).items():
        stated = re.sub(rf"\b{name}\b", f"({text})", stated)
    hypotheses = [h for h in rule.given if re.search(r"[<>=]", h)]
    clause = f" given {', '.join(hypotheses)}" if given and hypotheses else ""
    try:
        return read(f"{NAMES} theorem t{clause}: {stated}").statements[0]
    except SourceError:
        return None


@pytest.mark.parametrize("rule", IDENTITIES)
def test_identities_hold_where_their_conditions_do(rule: Rule) -> None:
    statement = general(rule)
    assert statement is not None, "an identity is stated in the proof language"
    left, right = statement.sides
    assert false_at(left, right, statement.theory, statement.hypotheses, count=40) is None
    assert any(
        value(left, statement.theory, p) is not None
        for p in points(statement.theory, (left, right), statement.hypotheses)
    )


@pytest.mark.sample(4)
@pytest.mark.parametrize("rule", [*IDENTITIES, *CALCULUS])
def test_no_rule_changes_a_value(rule: Rule) -> None:
    """The rewriting itself, at the example's left side: the same value where the conditions hold."""
    statement = example(rule)
    left = statement.sides[0]
    targets = frozenset(name for name in statement.theory.definitions)
    found = rule.rewrite(left, Scope(Knowledge(statement.theory), targets=targets))
    assert found is not None
    right, conditions = found
    assert false_at(left, right, statement.theory, conditions=conditions) is None
    assert not any(differ(left, right, statement.theory, p) for p in points(statement.theory, (left, right), count=10))


@pytest.mark.parametrize("rule", IDENTITIES)
def test_it_rewrites_by_each_law_that_it_states(rule: Rule) -> None:
    assert isinstance(rule, RuleOfLaws)
    for law in rule.laws:
        assert stated(law) in rule.states
        assert rule.rewrite(law.left, Scope(Knowledge(read(NAMES).theory))) == (law.right, NONE)


FAILING = [pytest.param(rule, id=rule.name) for rule in rules.ALL.values() if rule.fails_for]
NOT_MECHANICAL = {"chain", "factor", "collapse", "progression"}
"""Rules whose failing instance is said in words, or about an array: tests/cases/traps has them."""


@pytest.mark.parametrize("rule", FAILING)
def test_it_fails_where_it_says_so(rule: Rule) -> None:
    """At the values named, the two sides differ, or one has no value."""
    if rule.name in NOT_MECHANICAL:
        pytest.skip("said of an array, or in words")
    replaced = dict(part.split(" = ") for part in rule.fails_for.split(", "))
    plain = general(rule, given=False)
    by = plain.sides[0].by.name if plain is not None and isinstance(plain.sides[0], Diff) else ""
    at = {(by, ()): Fraction(replaced.pop(by))} if by in replaced else {}  # what is derived by is no number, but has a value
    statement = general(rule, given=False, replaced=replaced)
    assert statement is not None, rule.fails_for
    left, right = statement.sides
    if not at and refute(left, right, statement.theory) is not None:
        return
    undefined = [
        value(left, statement.theory, p) is None or value(right, statement.theory, p) is None
        for p in (replace(p, values=p.values | at) for p in points(statement.theory, (left, right), count=10))
    ]
    assert undefined, "nothing to judge"
    assert all(undefined), "it holds there"


@pytest.mark.parametrize("rule", [p for p in FAILING if p.id in ("log-product", "log-quotient", "log-power", "exp-log")])
def test_an_identity_out_of_its_domain_is_not_applied(rule: Rule) -> None:
    """Over variables of unknown sign it is proved only under its conditions, if at all."""
    statement = general(rule, given=False)
    assert statement is not None
    context = Context(Knowledge(statement.theory))
    theorem = justified(*statement.sides, Licence(frozenset({rule.name})), context)
    assert theorem is None or evidence.remaining(theorem.conditions, context.knowledge)


@pytest.mark.parametrize("rule", CALCULUS)
def test_an_inside_other_than_the_variable_needs_chain_where_it_says_so(rule: Rule) -> None:
    statement = example(rule)
    term, x = statement.sides[0], Entry("x", ())
    assert isinstance(term, Diff)
    known = {"targets": frozenset(statement.theory.definitions)}
    alone, chained = (Scope(Knowledge(statement.theory), chained=chained, **known) for chained in (False, True))
    inside = Diff(substitute(term.body, {x: add(power(x, TWO), ONE)}), term.by)
    assert rule.rewrite(term, alone) is not None, "the variable itself"
    if rule.inner:
        assert rule.rewrite(inside, alone) is None
        assert rule.rewrite(inside, chained) is not None
    else:
        assert rule.rewrite(inside, alone) == rule.rewrite(inside, chained)


# --- the records -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ALL)
def test_the_record_is_complete(rule: Rule) -> None:
    assert rule.title[0].isupper()
    assert rule.source
    assert "=" in rule.states
    assert rule.example.count("=") >= 1
    assert rule.family in ("calculus", "sums", "functions")
    assert (rule.name in USES) == (rule.family == "calculus")


def test_names_are_told_apart() -> None:
    assert all(name == rule.name for name, rule in rules.ALL.items())
    assert len({rule.title for rule in rules.ALL.values()}) == len(rules.ALL)
    assert not set(rules.SPECIAL) & set(rules.ALL)


def test_an_untrusted_rule_that_lies_proves_nothing() -> None:
    statement = read("variable x theorem t: x + 1 = x").statements[0]
    left, right = statement.sides
    def lie(term: Term, scope: Scope) -> tuple[Term, Conditions] | None:
        return (right, NONE) if term is left else None

    liar = Rule("liar", "Liar", "a = b", "x + 1 = x", "", lie, family="sums")
    context = Context(Knowledge(statement.theory))
    assert rewriting.by_rule(liar, context)(left, context.scope) is None


def test_a_rule_of_calculus_is_about_derivatives_only() -> None:
    context = Context(Knowledge(read("variable x").theory))
    for rule in rules.ALL.values():
        if rule.name in USES:
            term = example(rule).sides[0]
            assert isinstance(term, Diff)
            assert rewriting.by_rule(rule, context)(term.body, context.scope) is None
