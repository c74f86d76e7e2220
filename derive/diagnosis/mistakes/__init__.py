"""Mistakes: how a right line turns into a wrong one, undone occurrence by occurrence.

A *mistake* is something that people do at a place of the right side, and knows how to undo it: it yields *candidates*, right
sides that the author may have meant. There is a room for each kind of them.

    at the place -y[j] of  diff(-y[j]*ln(p[j]), p[j])     a sign      diff(y[j]*ln(p[j]), p[j])
    at the whole of        cos(2*x)                       the inside  2*cos(2*x)

Nothing here says that a candidate is right: `diagnose` evaluates it and then proves it. So a mistake may be generous, as
long as the candidates are few, and come in the order in which a person would look for them.

A new mistake is a function in the room of its kind, a row below, and the page of its code in `diagnosis.codes`.
"""

from __future__ import annotations

from derive.diagnosis.line import Mistake
from derive.diagnosis.mistakes import chain_rule, functions, indices, lost, parentheses, products, rounding

MISTAKES: tuple[tuple[str, Mistake], ...] = (
    ("D227", rounding.rounded),
    ("D229", indices.taken_out),
    ("D216", chain_rule.dropped_terms),
    ("D224", products.quotient_rule),
    ("D217", chain_rule.inner_derivative),
    ("D219", parentheses.parenthesis),
    ("D211", lost.sign),
    ("D212", lost.factor),
    ("D214", indices.index),
    ("D222", indices.exclusion),
    ("D215", indices.captured),
    ("D221", functions.exponent),
    ("D220", functions.log_base),
    ("D223", functions.function),
    ("D234", chain_rule.held_fixed),
    ("D225", products.product_rule),
    ("D233", chain_rule.total_derivative),
    ("D218", chain_rule.outer_derivative),
    ("D217", chain_rule.inner_node),
    ("D213", lost.missing_product),
    ("D228", lost.sign_and_factor),
    ("D224", products.quotient_rule_whole),
    ("D232", lost.lost_term),
)
"""The mistakes with their codes, in the order in which they are tried: the most telling first."""
