"""Where a term has a value: `defined(term)` is the set of conditions under which it has one.

A divisor must not be 0, the argument of a logarithm must be positive, and so on by the table of functions. What holds by the
shape of the term alone (`exp(x) + 1 != 0`) is left out. A derivative exists where its body is defined all around the point
and has no kink there: its conditions are the open ones of the body.
"""

from __future__ import annotations

from derive import functions
from derive.conditions import NONE, Condition, Conditions, guarded, is_about_indices, opened, under_binder
from derive.functions import Power
from derive.signs import INTRINSIC
from derive.terms import (
    ZERO,
    Apply,
    Comparison,
    Diff,
    Div,
    If,
    Index,
    Number,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    add,
    children,
    neg,
)


def defined(term: Term) -> Conditions:
    """The conditions under which `term` has a value."""
    found = term.__dict__.get("_defined")
    if found is None:
        found = term.__dict__["_defined"] = _defined(term)
    return found


_ASKED = {Power.WHOLE: "!=", Power.ROOT: ">=", Power.REAL: ">"}


def _defined(term: Term) -> Conditions:
    match term:
        case Index() | Number() | Size():
            return NONE
        case Sum(index, excluded, body) | Prod(index, excluded, body):
            return under_binder(defined(body), index, excluded)
        case If(condition, then, otherwise):
            chosen, other = guarded(defined(then), condition), guarded(defined(otherwise), negated(condition))
            values = NONE if is_about_indices(condition) else defined(condition.left) | defined(condition.right)
            return chosen | other | values
        case Diff(body, _):
            return opened(defined(body)) | smooth(body)
    found = NONE.union(*map(defined, children(term)))
    match term:
        case Div(_, denominator):
            found |= require(denominator, "!=")
        case Pow(base, exponent):
            asked = _ASKED.get(functions.power_kind(exponent))
            if asked:
                found |= require(base, asked)
        case Apply(function, arguments):
            for claim in functions.TABLE[function].domain(arguments):
                found |= require(difference(claim), claim.relation)
    return found


def smooth(term: Term) -> Conditions:
    """The conditions that keep `term` away from a kink: |x| at 0, max(a, b) at a = b, a choice by value at its border."""
    match term:
        case Sum(index, excluded, body) | Prod(index, excluded, body):
            return under_binder(smooth(body), index, excluded)
        case If(condition, then, otherwise) if is_about_indices(condition):
            return guarded(smooth(then), condition) | guarded(smooth(otherwise), negated(condition))
    found = NONE.union(*map(smooth, children(term)))
    match term:
        case Apply(function, arguments):
            for claim in functions.TABLE[function].smooth(arguments):
                found |= require(difference(claim), claim.relation)
        case Pow(base, Number(exponent)) if exponent.denominator != 1 and exponent < 1:
            found |= require(base, ">")  # what is at least 0 by its shape may be 0, where its root is no slope
        case If(condition, _, _):
            found |= require(difference(condition), "!=")
    return found


def require(term: Term, relation: str) -> Conditions:
    """The condition `term relation 0`, unless the shape of the term shows that it holds."""
    known = INTRINSIC.sign(term).relation
    if known is not None and holds(known, relation):
        return NONE
    return frozenset((Condition(Comparison(term, relation, ZERO)),))


def holds(known: str, asked: str) -> bool:
    """Whether a value that stands in relation `known` to 0 also stands in relation `asked` to it."""
    return asked in {
        ">": (">", ">=", "!="),
        "<": ("<", "<=", "!="),
        ">=": (">=",),
        "<=": ("<=",),
        "!=": ("!=",),
        "=": ("=", ">=", "<="),
    }.get(known, ())


def difference(claim: Comparison) -> Term:
    """The term that stands in the relation of `claim` to 0."""
    return claim.left if claim.right is ZERO else add(claim.left, neg(claim.right))


def negated(claim: Comparison) -> Comparison:
    """The opposite of a condition of a choice."""
    match claim.relation:
        case "=":
            return Comparison(claim.left, "!=", claim.right)
        case "!=":
            return Comparison(claim.left, "=", claim.right)
        case ">":
            return Comparison(claim.right, ">=", claim.left)
    return Comparison(claim.right, ">", claim.left)
