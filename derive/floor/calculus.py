"""The rules of the differential calculus: all that the kernel believes about derivatives.

    sum             diff(f + g, x) = diff(f, x) + diff(g, x), diff(-f, x) = -diff(f, x)
                    diff(sum(f[i], i), x) = sum(diff(f[i], x), i)
    independence    diff(c, x) = 0, diff(c*f, x) = c*diff(f, x)                         where c is independent of x
    variable        diff(x, x) = 1, diff(Z[i], Z[k]) = delta(i, k)
    product         diff(f*g, x) = diff(f, x)*g + f*diff(g, x)
                    diff(prod(f[i], i), x) = sum(diff(f[i], x)*prod(f[j], j != i), i)
    quotient        diff(f/g, x) = (diff(f, x)*g - f*diff(g, x))/g^2
    power           diff(f^n, x) = n*f^(n - 1)*diff(f, x)                               where n is independent of x
    function        diff(F(f, g), x) = F'1(f, g)*diff(f, x) + F'2(f, g)*diff(g, x)
    chain           diff(f, x) = sum(diff(f, u[m])*diff(u[m], x), m)                    where x reaches f through u only
    choice          diff(if(p, f, g), x) = if(p, diff(f, x), diff(g, x))

Each holds wherever all derivatives on its two sides exist, seen through definitions, which the kernel adds to its conditions. x
is a variable or a defined entry. "Independent of x" is meant through all definitions, and may ask that two indices differ: see
`dependence`. A rule is given f, x, what is known, and the names that the chain rule goes through; it gives None for another f.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derive.floor import functions
from derive.floor.conditions import NONE, Conditions
from derive.floor.dependence import independent, reaches
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    ONE,
    TWO,
    ZERO,
    Add,
    Apply,
    Call,
    Delta,
    Diff,
    Div,
    Entry,
    If,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Sum,
    Term,
    add,
    derivative_name,
    div,
    entry_names,
    local,
    mapped,
    mul,
    neg,
    number,
    opened,
    power,
)
from derive.floor.theory import Definition, Signature

Sided = tuple[Term, Conditions]
"""What a derivative is equal to, and under which conditions."""
Names = frozenset[str]
Rule = Callable[[Term, Entry, Knowledge, Names], Sided | None]


def sum_rule(f: Term, x: Entry, known: Knowledge, through: Names) -> Sided | None:
    """The derivative of a sum, a negation or a sum over an index is that of its terms."""
    match f:
        case Add(terms):
            return add(*(Diff(term, x) for term in terms)), NONE
        case Neg(inner):
            return neg(Diff(inner, x)), NONE
        case Sum():
            return mapped(f, lambda index, body: Diff(body, x)), NONE
    return None


def independence(f: Term, x: Entry, known: Knowledge, through: Names) -> Sided | None:
    """What is independent of x has derivative 0; factors that are come out of a product."""
    still = independent(f, x, known.signature, known.apart)
    if still is not None:
        return ZERO, still
    if not isinstance(f, Mul):
        return None
    outside, moving, conditions = list[Term](), list[Term](), NONE
    for factor in f.factors:
        still = independent(factor, x, known.signature, known.apart)
        (moving if still is None else outside).append(factor)
        conditions |= still or NONE
    return (mul(*outside, Diff(mul(*moving), x)), conditions) if outside else None


def variable(f: Term, x: Entry, known: Knowledge, through: Names) -> Sided | None:
    """The entries of an array are independent of each other: 1 where all indices are the same."""
    match f:
        case Entry(name, indices) if name == x.name:
            return mul(*(Delta(i, k) for i, k in zip(indices, x.indices, strict=True))), NONE
    return None


def product(f: Term, x: Entry, known: Knowledge, through: Names) -> Sided | None:
    """The sum over the factors: the derivative of one times the others."""
    match f:
        case Mul(factors):
            return add(*(mul(*factors[:n], Diff(factor, x), *factors[n + 1 :]) for n, factor in enumerate(factors))), NONE
        case Prod():
            index, body = opened(f)
            others = Prod.over(f.letter, f.range, (*f.excluded, index), f.scope)
            return Sum(index, f.excluded, mul(Diff(body, x), others)), NONE
    return None


def quotient(f: Term, x: Entry, known: Knowledge, through: Names) -> Sided | None:
    """What is above the bar differentiated, less what is below, over the square of that."""
    match f:
        case Div(above, below):
            return div(add(mul(Diff(above, x), below), neg(mul(above, Diff(below, x)))), power(below, TWO)), NONE
    return None


def power_rule(f: Term, x: Entry, known: Knowledge, through: Names) -> Sided | None:
    """The exponent times the power to one less, where the exponent is independent of x."""
    match f:
        case Pow(base, exponent):
            still = independent(exponent, x, known.signature, known.apart)
            return None if still is None else (mul(exponent, lowered(base, exponent), Diff(base, x)), still)
    return None


def lowered(base: Term, exponent: Term) -> Term:
    """The base to the exponent less 1."""
    if exponent is ONE:
        return ONE
    return power(base, number(exponent.value - 1) if isinstance(exponent, Number) else add(exponent, neg(ONE)))


def function(f: Term, x: Entry, known: Knowledge, through: Names) -> Sided | None:
    """The sum over the arguments: the partial derivative times the derivative of the argument."""
    match f:
        case Apply(_, arguments) | Call(_, arguments):
            partials = _partials(f, known.signature)
            if partials is not None:
                pairs = zip(partials, arguments, strict=True)
                return add(*(mul(partial, Diff(argument, x)) for partial, argument in pairs)), NONE
    return None


def _partials(f: Apply | Call, theory: Signature) -> tuple[Term, ...] | None:
    """By the table, or the names for those of a declared function, which has continuous ones of all orders, everywhere."""
    if isinstance(f, Apply):
        partials = functions.TABLE[f.function].derivatives
        return None if partials is None else partials(f.arguments)
    if not theory.is_differentiable(f.name):
        return None
    count = len(f.arguments)
    return tuple(Call(derivative_name(f.name, (position,), count), f.arguments) for position in range(1, count + 1))


def chain(f: Term, x: Entry, known: Knowledge, through: Names) -> Sided | None:
    """The sum over all entries of all the names, where f depends on x by way of these only.

    None of them may be defined by another: what goes from one to the other would count twice.
    """
    theory = known.signature
    definitions = {name: theory.definitions.get(name) for name in sorted(through)}
    for name, definition in definitions.items():
        if definition is None or definition.arguments:
            return None
        if any(reaches(theory, entry_names(definition.body), other) for other in through - {name}):
            return None
    otherwise = independent(f, x, theory, known.apart, through)
    if otherwise is None:
        return None
    return add(*(_ways(f, x, name, definition) for name, definition in definitions.items() if definition)), otherwise


def _ways(f: Term, x: Entry, name: str, definition: Definition) -> Term:
    """The sum of diff(f, u[m])*diff(u[m], x) over all entries of a name."""
    indices = [local(parameter.name, parameter.range) for parameter in definition.parameters]
    entry = Entry(name, tuple(indices))
    total = mul(Diff(f, entry), Diff(entry, x))
    for index in reversed(indices):
        total = Sum(index, (), total)
    return total


def choice(f: Term, x: Entry, known: Knowledge, through: Names) -> Sided | None:
    """The choice of the derivatives: away from its border, where a choice by values has a kink."""
    match f:
        case If(condition, then, otherwise):
            return If(condition, Diff(then, x), Diff(otherwise, x)), NONE
    return None


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "sum": sum_rule,
        "independence": independence,
        "variable": variable,
        "product": product,
        "quotient": quotient,
        "power": power_rule,
        "function": function,
        "chain": chain,
        "choice": choice,
    }
)
"""These and no others make theorems: see `kernel.by_rule`."""
