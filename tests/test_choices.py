"""Choices by value, maxima, minima and absolute values: what the normal form must identify and tell apart.

The points have negative values, zeros and equal values in plenty: a mistake about a choice shows at its border.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.engine import evidence
from derive.engine.measure import size
from derive.engine.normal import Normalizer, Undefined
from derive.engine.normal.written import to_term
from derive.engine.rewriting import by_algebra
from derive.errors import LimitError
from derive.floor.conditions import Condition, negated
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    ONE,
    TWO,
    ZERO,
    Add,
    Apply,
    Comparison,
    Delta,
    Div,
    Entry,
    Fixed,
    If,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    children,
    number,
    rebuild,
    scalar,
    substitute,
)
from derive.floor.theory import Theory, Unknown
from derive.language import read, write_term
from derive.language.derivation import Statement
from derive.numbers.evaluate import Point
from judge import condition_holds, differ, relation_holds, value
from lane import examples

DECLARATIONS = """
size     H
variable x, y, w, Z[H], p > 0, r >= 0, m != 0
constant a, b, c, d, k > 0
function g(u)
"""

EQUAL = """
max(x, 0)                                             = if(x > 0, x, 0)
max(x, 0)                                             = if(x >= 0, x, 0)
max(x, 0)                                             = if(0 > x, 0, x)
max(x, 0)                                             = (x + abs(x))/2
min(x, 0)                                             = (x - abs(x))/2
min(x, 0)                                             = -max(-x, 0)
max(a, b)                                             = (a + b + abs(a - b))/2
min(a, b)                                             = (a + b - abs(b - a))/2
max(a, b)                                             = b + max(a - b, 0)
max(x, y) + min(x, y)                                 = x + y
max(x, y)*min(x, y)                                   = x*y
max(x, y)                                             = if(x > y, x, y)
min(x, y)                                             = if(x > y, y, x)
min(x, y)                                             = if(y >= x, x, y)
max(x, 0) - max(-x, 0)                                = x
max(x, 0) + max(-x, 0)                                = abs(x)
max(x, 0)*max(-x, 0)                                  = 0
max(x, 0)^2                                           = x*max(x, 0)
max(x, -x)                                            = abs(x)
max(k*x, k*y)                                         = k*max(x, y)
max(-k*x, -k*y)                                       = -k*min(x, y)
max(x + c, y + c)                                     = max(x, y) + c
max(max(a, b), c)                                     = max(a, max(b, c))
max(a, min(a, b))                                     = a
min(max(a, b), c)                                     = max(min(a, c), min(b, c))
max(abs(x), 0)                                        = abs(x)
max(r, x)                                             = max(r, max(x, 0))
abs(x)                                                = if(x > 0, x, -x)
abs(x)                                                = if(x >= 0, x, -x)
abs(x)                                                = if(0 > x, -x, x)
abs(abs(x))                                           = abs(x)
abs(x*y)                                              = abs(x)*abs(y)
abs(-3*x)                                             = 3*abs(x)
abs(x - y)^2                                          = (x - y)^2
abs(x)^3                                              = x^2*abs(x)
abs(p*x)                                              = p*abs(x)
abs(m)/m                                              = m/abs(m)
x*abs(m)/m                                            = if(m > 0, x, -x)
sqrt(x^2)                                             = abs(x)
sqrt(p*x^2)                                           = sqrt(p)*abs(x)
sqrt((x^2 + 1)*y^4)                                   = y^2*sqrt(x^2 + 1)
if(x > 0, x, a*x)                                     = max(x, 0) + a*min(x, 0)
if(x > y, a, b) + if(x > y, c, d)                     = if(x > y, a + c, b + d)
if(x > y, a, b)*if(x > y, c, d)                       = if(x > y, a*c, b*d)
if(x > y, a, b)                                       = if(y >= x, b, a)
if(x > y, a, b)                                       = b + (a - b)*if(x > y, 1, 0)
if(x > y, a, a)                                       = a
if(2*x > 2*y, a, b)                                   = if(x - y > 0, a, b)
if(k*x > 0, a, b)                                     = if(x > 0, a, b)
if(x/p >= 0, a, b)                                    = if(x >= 0, a, b)
if(x = y, a, b)                                       = if(y != x, b, a)
if(x = y, x, y)                                       = y
if(x*y = 0, 0, x*y)                                   = x*y
if(x^2 > 0, a, b)                                     = if(x = 0, b, a)
if(x^2*y > 0, a, b)                                   = if(x = 0, b, if(y > 0, a, b))
if(abs(x) > 0, a, b)                                  = if(x != 0, a, b)
if(-x > 0, a, b) + if(x > 0, a, b) + if(x = 0, a, b)  = a + 2*b
if(x > 0, if(x > 0, a, b), c)                         = if(x > 0, a, c)
if(x > 0, if(0 >= x, a, b), c)                        = if(x > 0, b, c)
if(x > 1, if(x > 0, a, b), c)                         = if(x > 1, a, c)
if(x > 0, if(y > 0, a, b), b)                         = if(y > 0, if(x > 0, a, b), b)
exp(if(x > y, a, b))                                  = if(x > y, exp(a), exp(b))
exp(max(x, 0))                                        = if(x > 0, exp(x), 1)
sin(abs(x))                                           = if(x > 0, sin(x), -sin(x))
ln(1 + abs(x))                                        = if(x > 0, ln(1 + x), ln(1 - x))
sqrt(max(x, 0))                                       = if(x > 0, sqrt(x), 0)
1/(1 + max(x, 0))                                     = if(x > 0, 1/(1 + x), 1)
1/(2 + sum(abs(Z[i]), i))                             = 1/abs(2 + sum(abs(Z[i]), i))
g(if(x > y, a, b))                                    = if(x > y, g(a), g(b))
if(x > 0, 1/x, 0)*x                                   = if(x > 0, 1, 0)
if(x > 0, ln(x), 0)                                   = ln(if(x > 0, x, 1))
if(x = 0, 1, sin(x)/x)*x                              = sin(x)
if(x > 0, sqrt(x^2), 0)                               = max(x, 0)
if(x > 0, ln(x*p), 0)                                 = if(x > 0, ln(x) + ln(p), 0)
if(x >= 0, exp(x), 1)                                 = if(x > 0, exp(x), 1)
if(x > 0, x, a*(exp(x) - 1))                          = if(x >= 0, x, a*(exp(x) - 1))
if(x >= y, x^2, y^2)                                  = if(x > y, x^2, y^2)
min(max(x, -k), k)                                    = if(x > k, k, if(-k > x, -k, x))
min(max(x, -k), k)                                    = max(min(x, k), -k)
if(k >= abs(x), x^2/2, k*(abs(x) - k/2))              = if(x > k, k*(x - k/2), if(-k > x, -k*(x + k/2), x^2/2))
max(1 - y*x, 0)                                       = if(1 > y*x, 1 - y*x, 0)
sum(max(Z[i], 0), i)                                  = sum(if(Z[i] > 0, Z[i], 0), i)
sum(if(Z[i] >= 0, Z[i], 0), i)                        = sum(max(Z[i], 0), i)
sum(abs(Z[i]), i)                                     = sum(max(Z[i], 0), i) - sum(min(Z[i], 0), i)
sum(max(Z[i], x), i)                                  = sum(x + max(Z[i] - x, 0), i)
sum(if(x > 0, Z[i], 0), i)                            = if(x > 0, sum(Z[i], i), 0)
sum(sum(max(Z[i] - Z[j], 0), i), j)                   = sum(sum(abs(Z[i] - Z[j]), i), j)/2
sum(delta(i, o)*max(Z[i], 0), i)                      = if(Z[o] > 0, Z[o], 0)
sum(max(Z[i], 0), i != o)                             = sum(max(Z[i], 0), i) - max(Z[o], 0)
abs(sum(abs(Z[i]), i))                                = sum(abs(Z[i]), i)
given x > 0: max(x, 0)                                = x
given x >= 0: abs(x)                                  = x
given 0 >= x: if(x > 0, a, b)                         = b
given 0 > x: abs(x) + x                               = 0
given x != 0: if(x > 0, 1, 0)                         = if(x >= 0, 1, 0)
given x > y: max(x, y)                                = x
given y >= x: max(x, y)                               = y
given x > k: min(max(x, -k), k)                       = k
given x >= 3: abs(x - 2)                              = x - 2
given Z[o] > 0: max(Z[o], 0)                          = Z[o]
"""

DIFFERENT = """
max(x, 0)                                             = if(x > 0, 0, x)
max(x, 0)                                             = if(0 > x, x, 0)
max(x, 0)                                             = x
max(x, 0)                                             = 0
max(x, 0)                                             = abs(x)
max(x, 0)                                             = (x - abs(x))/2
max(x, 0)                                             = x + abs(x)
max(x, 0)                                             = max(-x, 0)
min(x, 0)                                             = max(-x, 0)
min(x, 0)                                             = -max(x, 0)
min(x, 0)                                             = if(x > 0, x, 0)
max(a, b)                                             = (a + b - abs(a - b))/2
max(a, b)                                             = (a - b + abs(a - b))/2
max(a, b)                                             = (a + b + abs(a + b))/2
max(a, b)                                             = a + max(a - b, 0)
max(a, b)                                             = b + max(b - a, 0)
max(a, b)                                             = min(a, b)
max(a, b)                                             = max(a, 0) + max(b, 0)
max(a + b, 0)                                         = max(a, 0) + max(b, 0)
max(a*b, 0)                                           = max(a, 0)*max(b, 0)
max(x, y) - min(x, y)                                 = x - y
max(x, y)                                             = if(x > y, y, x)
max(x, y)                                             = if(x > 0, x, y)
max(x, 0) + max(-x, 0)                                = x
max(x, 0) - max(-x, 0)                                = abs(x)
max(x, 0)^2                                           = x^2
max(c*x, c*y)                                         = c*max(x, y)
max(-k*x, -k*y)                                       = -k*max(x, y)
max(x + c, y)                                         = max(x, y) + c
max(max(a, b), c)                                     = max(a, c)
min(max(a, b), c)                                     = max(min(a, b), c)
max(a, min(b, c))                                     = min(max(a, b), c)
max(x, 1)                                             = max(x, 0)
max(x, x)                                             = abs(x)
abs(x)                                                = x
abs(x)                                                = -x
abs(x)                                                = if(x > 0, -x, x)
abs(x)                                                = if(0 > x, x, -x)
abs(x + y)                                            = abs(x) + abs(y)
abs(x - y)                                            = abs(x) - abs(y)
abs(-3*x)                                             = -3*abs(x)
abs(x)^3                                              = x^3
abs(x)*x                                              = x^2
abs(m)/m                                              = 1
abs(c*x)                                              = c*abs(x)
abs(x - y)                                            = if(x > y, y - x, x - y)
sqrt(x^2)                                             = x
sqrt(x^2)                                             = max(x, 0)
sqrt((x - y)^2)                                       = x - y
sqrt(x^2*y^4)                                         = x*y^2
if(x > 0, a, b)                                       = if(x > 0, b, a)
if(x > 0, a, b)                                       = if(x >= 0, a, b)
if(x > 0, a, b)                                       = if(0 > x, a, b)
if(x > 0, a, b)                                       = if(0 > x, b, a)
if(x > 0, a, b)                                       = if(-x > 0, b, a)
if(x > 0, a, b)                                       = if(x != 0, a, b)
if(x > 0, a, b)                                       = a
if(x > 0, a, b)                                       = b
if(x > 0, a, b)                                       = if(y > 0, a, b)
if(x > 0, a, b)                                       = if(x > 1, a, b)
if(x > y, a, b)                                       = if(x > 0, a, b)
if(x > y, a, b)                                       = if(y > x, b, a)
if(x > y, a, b) + if(x > y, c, d)                     = if(x > y, a + d, b + c)
if(x > y, a, b) + if(y > x, c, d)                     = if(x > y, a + c, b + d)
if(x > y, a, b)*if(x > y, c, d)                       = if(x > y, a*c, 0)
if(x > 0, a, b) + if(y > 0, a, b)                     = 2*if(x > 0, a, b)
if(c*x > 0, a, b)                                     = if(x > 0, a, b)
if(-k*x > 0, a, b)                                    = if(x > 0, a, b)
if(x*y > 0, a, b)                                     = if(x > 0, if(y > 0, a, b), b)
if(x*y > 0, a, b)                                     = if(x > 0, a, b)*if(y > 0, 1, 0)
if(x^2 > 0, a, b)                                     = a
if(x^2 > 0, a, b)                                     = if(x > 0, a, b)
if(x^3 > 0, a, b)                                     = if(x = 0, b, a)
if(x^2*y > 0, a, b)                                   = if(x*y > 0, a, b)
if(x = y, a, b)                                       = if(x = y, b, a)
if(x = y, a, b)                                       = b
if(x = y, x, y)                                       = x
if(x = 0, x + 1, x)                                   = x
if(x*y = 0, a, b)                                     = if(x = 0, a, b)
if(x > 0, if(x > 0, a, b), c)                         = if(x > 0, b, c)
if(x > 0, if(x > 0, a, b), c)                         = if(x > 0, a, b)
if(x > 0, if(0 > x, a, b), c)                         = if(x > 0, a, c)
if(x > 0, if(x > 1, a, b), c)                         = if(x > 0, a, c)
if(x > 0, if(y > 0, a, b), c)                         = if(y > 0, if(x > 0, a, b), c)
exp(if(x > y, a, b))                                  = if(x > y, exp(b), exp(a))
exp(if(x > y, a, b))                                  = if(x > y, exp(a), b)
exp(max(x, 0))                                        = if(x > 0, exp(x), 0)
exp(max(x, 0))                                        = exp(x)
sin(abs(x))                                           = sin(x)
ln(1 + abs(x))                                        = if(x > 0, ln(1 + x), ln(1 + x^2))
sqrt(max(x, 0))                                       = if(x > 0, sqrt(x), 1)
1/(1 + max(x, 0))                                     = if(x > 0, 1/(1 + x), 0)
if(x > 0, 1/x, 0)*x                                   = 1
if(x > 0, 1/x, 1)*x                                   = if(x > 0, 1, 0)
if(x = 0, 1, sin(x)/x)*x                              = if(x = 0, 1, sin(x))
if(x > 0, sqrt(x^2), 0)                               = x
if(x > 0, 0, sqrt(x^2))                               = max(x, 0)
if(x >= 0, exp(x), 2)                                 = if(x > 0, exp(x), 2)
if(x > 0, x, a*exp(x))                                = if(x >= 0, x, a*exp(x))
if(x >= y, x^2 + 1, y^2)                              = if(x > y, x^2 + 1, y^2)
if(x >= 0, 1, 0)                                      = if(x > 0, 1, 0)
min(max(x, -k), k)                                    = if(x > k, k, x)
min(max(x, -k), k)                                    = if(x > k, -k, if(-k > x, k, x))
min(max(x, k), -k)                                    = max(min(x, k), -k)
if(k >= abs(x), x^2/2, k*(abs(x) - k/2))              = if(x > k, k*(x + k/2), if(-k > x, -k*(x + k/2), x^2/2))
if(k >= abs(x), x^2/2, k*(abs(x) - k/2))              = if(x > k, k*(x - k/2), x^2/2)
if(k >= abs(x), x^2/2, k*abs(x))                      = if(abs(x) >= k, k*abs(x), x^2/2)
max(1 - y*x, 0)                                       = if(y*x > 1, 1 - y*x, 0)
max(1 - y*x, 0)                                       = if(y > 0, 1 - y*x, 0)
if(Z[j] = 0, sum(Z[i], i), 1)                         = if(Z[j] = 0, 0, 1)
if(x = y, diff(x*y, y), 0)                            = if(x = y, diff(x^2, x), 0)
sum(max(Z[i], 0), i)                                  = max(sum(Z[i], i), 0)
sum(abs(Z[i]), i)                                     = abs(sum(Z[i], i))
sum(max(Z[i], 0), i)                                  = sum(if(Z[i] > 0, 0, Z[i]), i)
sum(max(Z[i], 0), i)                                  = sum(if(Z[o] > 0, Z[i], 0), i)
sum(if(Z[o] > 0, Z[i], 0), i)                         = sum(if(Z[i] > 0, Z[o], 0), i)
sum(sum(if(Z[i] > Z[j], Z[i], 0), i), j)              = sum(sum(if(Z[j] > Z[i], Z[i], 0), i), j)
sum(if(x > 0, Z[i], 0), i)                            = sum(Z[i], i)
sum(max(Z[i], 0), i != o)                             = sum(max(Z[i], 0), i)
given x > 0: max(x, y)                                = x
given x != 0: abs(x)                                  = x
given x >= 0: if(x > 0, a, b)                         = a
given 0 >= x: if(x >= 0, a, b)                        = b
given x != 0: if(x > 0, a, b)                         = if(0 > x, a, b)
given x > y: min(x, y)                                = x
given x > k: max(min(x, k), -k)                       = x
given x >= 1: abs(x - 2)                              = x - 2
given Z[o] > 0: sum(max(Z[i], 0), i)                  = sum(Z[i], i)
"""


def claimed(line: str) -> Statement:
    """An equation of a table, some of which have hypotheses."""
    clause, _, equation = line.rpartition(": ") if line.startswith("given") else ("", "", line)
    return read(f"{DECLARATIONS} theorem t {clause}: {equation}").statements[0]


def knowledge(claim: Statement) -> Knowledge:
    return Knowledge(claim.theory, claim.hypotheses)


VALUES = tuple(map(Fraction, ("0", "0", "1", "-1", "2", "-2", "1/2", "3")))


def points(random: Random, theory: Theory, count: int) -> Iterator[Point]:
    """Points that meet the declarations, with many zeros and equal values."""
    for _ in range(count):
        extent = random.choice([1, 2, 3])
        values = {}
        for name, unknown in theory.unknowns.items():
            for at in product(range(1, extent + 1), repeat=len(unknown.ranges)):
                drawn = random.choice(VALUES)
                drawn = abs(drawn) if unknown.relation in (">", ">=") else drawn
                values[name, at] = Fraction(1) if not drawn and unknown.relation in (">", "!=") else drawn
        indices = {name: random.randint(1, extent) for name in ("i", "j", "o")}
        yield Point({"H": extent}, indices, values)


def false_somewhere(claim: Statement, conditions: frozenset[Condition] = frozenset(), count: int = 150) -> Point | None:
    """A point at which the conditions hold and the sides have two values."""
    left, right = claim.sides
    for point in points(Random(7), claim.theory, count):
        met = all(relation_holds(h, claim.theory, point) for h in claim.hypotheses)
        met = met and all(condition_holds(c, claim.theory, point) for c in conditions)
        if met and differ(left, right, claim.theory, point):
            return point
    return None


def proved(left: Term, right: Term, known: Knowledge) -> frozenset[Condition] | None:
    """The conditions under which laws prove an equation; None where they do not."""
    try:
        found = by_algebra(left, right, known)
    except LimitError:
        return None
    return None if found is None else found.conditions


@pytest.mark.sample(12)
@pytest.mark.parametrize("line", EQUAL.strip().splitlines())
def test_equal(line: str) -> None:
    claim = claimed(line)
    left, right = claim.sides
    for one, other in ((left, right), (right, left), (Mul((left, scalar("w"))), Mul((scalar("w"), right)))):
        conditions = proved(one, other, knowledge(claim))
        assert conditions is not None
        assert not evidence.remaining(conditions, knowledge(claim)), "every condition follows from what is declared"
    assert false_somewhere(claim, count=60) is None


@pytest.mark.sample(12)
@pytest.mark.parametrize("line", DIFFERENT.strip().splitlines())
def test_different(line: str) -> None:
    claim = claimed(line)
    left, right = claim.sides
    assert false_somewhere(claim) is not None, "what is listed here is false"
    conditions = proved(left, right, knowledge(claim))
    assert conditions is None or false_somewhere(claim, conditions) is None
    assert conditions is None or evidence.remaining(conditions, knowledge(claim)), "at most under a condition"


@pytest.mark.sample(3)
@pytest.mark.parametrize("line", EQUAL.strip().splitlines())
def test_what_is_written_out_is_the_same(line: str) -> None:
    claim = claimed(line)
    for side in claim.sides:
        known = knowledge(claim)
        again = to_term(Normalizer(known).normal(side))
        assert false_somewhere(replace(claim, sides=(side, again)), count=60) is None, write_term(again)


WRITTEN = """
max(x, 0)                     max(x, 0)
if(x > y, x, y)               max(x, y)
if(x > y, y, x)               min(x, y)
if(x > 0, x, -x)              abs(x)
1 + 2*abs(x)                  1 + 2*abs(x)
if(x > 0, a, b) + w           w + if(x > 0, a, b)
if(2*x > 2*y, a, b)           if(x > y, a, b)
if(x > 0, 1/x, 0)             if(x > 0, 1/x, 0)
y*max(x, 0)                   if(x > 0, x*y, 0)
"""


@pytest.mark.parametrize("line", WRITTEN.strip().splitlines())
def test_how_a_choice_is_written(line: str) -> None:
    before, after = (part.strip() for part in line.split("  ", 1))
    claim = read(f"{DECLARATIONS} theorem t: {before} = {after}").statements[0]
    assert to_term(Normalizer(knowledge(claim)).normal(claim.sides[0])) is claim.sides[1]


def test_a_branch_that_is_not_taken_may_be_undefined() -> None:
    claim = read(f"{DECLARATIONS} theorem t: if(x > 0, 1/x + ln(x), 0)*2 = if(x > 0, 2/x + 2*ln(x), 0)").statements[0]
    conditions = proved(*claim.sides, knowledge(claim))
    assert conditions is not None
    assert not evidence.remaining(conditions, knowledge(claim))


def test_what_a_case_needs_is_needed_there_only() -> None:
    claim = read(f"{DECLARATIONS} theorem t: if(x > 0, a^y, 0) = if(x > 0, exp(y*ln(a)), 0)").statements[0]
    conditions = proved(*claim.sides, knowledge(claim))
    assert conditions is not None
    (left,) = evidence.remaining(conditions, knowledge(claim))
    assert {guard.left for guard in left.guards} == {scalar("x")}


def test_the_facts_that_decide_a_choice_are_listed() -> None:
    for text in ("given x > 3: if(x > 1, a, b) = a", "given x > 0: max(x, 0) = x", "given 0 >= x: if(x > 0, a, b) = b"):
        claim = claimed(text)
        conditions = proved(*claim.sides, knowledge(claim))
        assert conditions is not None
        assert evidence.remaining(conditions, Knowledge(claim.theory))


def test_a_case_is_not_known_inside_a_derivative() -> None:
    """abs(y - x) is y - x where y > x, but at the border of y >= x its derivative is not that of y - x."""
    text = "if(y >= x, diff(abs(y - x), y), 1) = if(y >= x, diff(y - x, y), 1)"
    claim = read(f"{DECLARATIONS} theorem t: {text}").statements[0]
    conditions = proved(*claim.sides, knowledge(claim))
    assert conditions is None or evidence.remaining(conditions, knowledge(claim))


def test_a_case_beside_a_hypothesis_is_a_strict_one() -> None:
    claim = claimed("given x != 0: if(x >= 0, a, b) = b")
    known = knowledge(claim)
    assert proved(*claim.sides, known) is None
    assert proved(*claim.sides, known.where(Comparison(ZERO, ">=", scalar("x")))) is not None


def test_what_a_case_uses_is_kept_with_it() -> None:
    """Above, x > 0 stands for a root; here another fact does, and only where y > 0."""
    claim = claimed("given x > 0: if(y > 0, sqrt(x^2), 0) = if(y > 0, x, 0)")
    conditions = proved(*claim.sides, knowledge(claim))
    assert conditions is not None
    assert evidence.remaining(conditions, Knowledge(claim.theory))


def test_what_is_written_below_a_bar_has_no_sign_at_0() -> None:
    """x^(H - 1), which is written x^H/x, has no value at x = 0, where the right side has one: nothing is said of its sign."""
    claim = claimed("if(x^(H - 1) > -1, a, b) = if(x*(x^H + x) > 0, a, b)")
    assert false_somewhere(claim) is None
    assert not Normalizer(knowledge(claim)).equal(*claim.sides)


def test_too_many_choices_are_left() -> None:
    names = "abcdefgh"
    text = " + ".join(f"max({n}, x)" for n in names)
    source = f"variable x, {', '.join(names)} theorem t: exp({text}) = 1"
    with pytest.raises(LimitError):
        Normalizer(Knowledge(Theory())).normal(read(source).statements[0].sides[0])


# --- at random -------------------------------------------------------------------------------------------------------

H = Size("H")
IX, J = Index("i", H), Index("j", H)
FIXED = Fixed("o", H)
X, Y, P, R, M = (scalar(name) for name in "xyprm")
THEORY = Theory(
    sizes={"H": 1},
    unknowns={
        unknown.name: unknown
        for unknown in (
            Unknown("x", True),
            Unknown("y", True),
            Unknown("p", True, (), ">"),
            Unknown("r", True, (), ">="),
            Unknown("m", True, (), "!="),
            Unknown("Z", True, (H,)),
        )
    },
)
NUMBERS = tuple(map(number, ("0", "1", "2", "-1", "1/2")))
EXPONENTS = tuple(map(number, ("2", "3", "-1", "1/2", "-2")))


def some_term(random: Random, depth: int, scope: list[Index]) -> Term:
    """A term full of choices, of maxima and absolute values."""

    def leaf() -> Term:
        return random.choice([X, X, Y, P, R, M, random.choice(NUMBERS), *(Entry("Z", (i,)) for i in scope)])

    def inner() -> Term:
        return some_term(random, random.choice([depth - 1, depth - 2]), scope)

    def choice() -> Term:
        left = some_term(random, random.choice([0, 1, 1, 2]), scope)
        relation = random.choice([">", ">", ">=", "=", "!="])
        return If(Comparison(left, relation, random.choice([ZERO, ZERO, leaf()])), inner(), inner())

    def over_an_index() -> Term:
        if J in scope:
            return inner()
        excluded = (random.choice(scope),) if random.random() < 0.25 else ()
        binder = Sum if random.random() < 0.9 else Prod
        return binder(J, excluded, some_term(random, depth - 1, [*scope, J]))

    if depth <= 0:
        return leaf()
    makers = {
        lambda: Add((inner(), inner())): 14,
        lambda: Mul((inner(), inner())): 12,
        lambda: Neg(inner()): 4,
        lambda: Div(inner(), inner()): 7,
        lambda: Pow(inner(), random.choice(EXPONENTS)): 5,
        lambda: Apply("abs", (inner(),)): 8,
        lambda: Apply(random.choice(["max", "min"]), (inner(), inner())): 10,
        lambda: Apply(random.choice(["exp", "ln", "sqrt", "tanh", "sin"]), (inner(),)): 5,
        over_an_index: 10,
        lambda: Delta(*random.sample(scope, 2)): 3,
        choice: 22,
    }
    return random.choices(list(makers), list(makers.values()))[0]()


def changed(term: Term, random: Random) -> Term:
    """The term with one place of it changed, in a way that may or may not keep its value."""
    if isinstance(term, Comparison):
        left, right = term.left, term.right
        return random.choice(
            [
                Comparison(left, random.choice([">", ">=", "=", "!="]), right),
                Comparison(right, term.relation, left),
                Comparison(Mul((TWO, left)), term.relation, Mul((TWO, right))),
                Comparison(Mul((P, left)), term.relation, Mul((P, right))),
                Comparison(Add((left, Neg(right))), term.relation, ZERO),
            ]
        )
    parts = [n for n, part in enumerate(children(term)) if not isinstance(part, Index | Size | Number)]
    if parts and random.random() < 0.7:
        position = random.choice(parts)
        new = list(children(term))
        new[position] = changed(new[position], random)
        return rebuild(term, tuple(new))
    positive = Comparison(X, ">", ZERO)
    options = [
        Neg(Neg(term)),
        Pow(Pow(term, TWO), number("1/2")),
        Apply("abs", (term,)),
        Neg(term),
        If(positive, term, term),
        If(positive, term, random.choice([ZERO, X])),
        Apply("max", (term, ZERO)),
        Div(Mul((term, X)), X),
        substitute(term, {FIXED: IX}),
    ]
    match term:
        case If(claim, then, otherwise):
            options += [If(claim, otherwise, then), If(negated(claim), otherwise, then), If(negated(claim), otherwise, then)]
            options += [Add((If(claim, then, ZERO), If(claim, ZERO, otherwise))), Mul((If(claim, ONE, ZERO), then))]
            options += [Add((otherwise, If(claim, Add((then, Neg(otherwise))), ZERO)))]
        case Apply("abs", (u,)):
            options += [If(Comparison(u, ">", ZERO), u, Neg(u)), If(Comparison(ZERO, ">", u), Neg(u), u), u]
        case Apply("max" | "min" as name, (u, v)):
            options += [If(Comparison(u, random.choice([">", ">="]), v), u, v), Apply(name, (v, u)), u]
            options += [If(Comparison(v, random.choice([">", ">="]), u), u, v)]
        case Apply(name, (If(claim, then, otherwise),)):
            options += [If(claim, Apply(name, (then,)), Apply(name, (otherwise,)))] * 3
    return random.choice(options)


@given(st.integers(0, 10**9))
@settings(max_examples=examples(250), deadline=None)
def test_the_normal_form_has_the_value_of_the_term(seed: int) -> None:
    random = Random(seed)
    term = some_term(random, 4, [IX, FIXED])
    if size(term) > 45:
        return
    hypotheses = (Comparison(some_term(random, 1, [IX, FIXED]), random.choice([">", ">=", "!="]), ZERO),)
    hypotheses = hypotheses if random.random() < 0.4 else ()
    normalizer = Normalizer(Knowledge(THEORY, hypotheses))
    try:
        found = to_term(normalizer.normal(term))
    except (Undefined, LimitError):
        return
    for point in points(random, THEORY, 6):
        met = all(relation_holds(h, THEORY, point) for h in hypotheses)
        if met and differ(term, found, THEORY, point):
            holds = all(condition_holds(c, THEORY, point) for c in normalizer.conditions)
            assert not holds, f"{write_term(term)} is not {write_term(found)} at {point}"


@given(st.integers(0, 10**9))
@settings(max_examples=examples(350), deadline=None)
def test_what_is_proved_of_choices_holds(seed: int) -> None:
    random = Random(seed)
    term = some_term(random, 3, [IX, FIXED])
    other = term
    for _ in range(random.randint(1, 4)):
        other = changed(other, random)
    if size(term) > 30 or size(other) > 60:
        return
    known = random.choice([X, Y, Entry("Z", (FIXED,)), Add((X, Neg(Y)))])
    claim = Comparison(known, random.choice([">", ">=", "!="]), ZERO)
    turned = Comparison(ZERO, random.choice([">", ">="]), known)
    hypotheses = random.choice([(), (claim,), (turned,)])
    conditions = proved(term, other, Knowledge(THEORY, hypotheses))
    if conditions is None:
        return
    for point in points(random, THEORY, 8):
        met = all(relation_holds(h, THEORY, point) for h in hypotheses)
        if met and all(condition_holds(c, THEORY, point) for c in conditions):
            told = f"{write_term(term)} = {write_term(other)} at {point}"
            assert not differ(term, other, THEORY, point), told
            assert value(term, THEORY, point) is not None, f"the left side has no value: {told}"
