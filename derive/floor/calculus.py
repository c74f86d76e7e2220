"""The rules of the differential calculus: all that the kernel believes about derivatives.

Each function states its rule, which holds wherever all derivatives on its two sides exist, seen through definitions: the kernel
adds that to its conditions. x is a variable or a defined entry. "Independent of x" is meant through all definitions, and may
ask that two indices differ: see `dependence`. A rule is given f, x, what is known, and the names that the chain rule goes
through; it gives None for another f.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from derive.floor import functions
from derive.floor import terms as t
from derive.floor.conditions import NONE, Conditions
from derive.floor.dependence import independent, reaches
from derive.floor.frozen import Table
from derive.floor.signs import Knowledge
from derive.floor.theory import Definition, Theory

Sided = tuple[t.Term, Conditions]  # what a derivative is equal to, and under which conditions
Names = frozenset[str]
Rule = Callable[[t.Term, t.Entry, Knowledge, Names], Sided | None]


def sum_rule(f: t.Term, x: t.Entry, known: Knowledge, through: Names) -> Sided | None:
    """diff(f + g, x) = diff(f, x) + diff(g, x), diff(-f, x) = -diff(f, x), diff(sum(f[i], i), x) = sum(diff(f[i], x), i)."""
    match f:
        case t.Add(terms):
            return t.add(*(t.Diff(term, x) for term in terms)), NONE
        case t.Neg(inner):
            return -t.Diff(inner, x), NONE
        case t.Sum():
            index, body = t.opened(f)
            return t.Sum(index, f.excluded, t.Diff(body, x)), NONE
    return None


def independence(f: t.Term, x: t.Entry, known: Knowledge, through: Names) -> Sided | None:
    """diff(c, x) = 0, diff(c*f, x) = c*diff(f, x), where c is independent of x."""
    still = independent(f, x, known.theory, known.apart)
    if still is not None:
        return t.ZERO, still
    if not isinstance(f, t.Mul):
        return None
    outside, moving, conditions = list[t.Term](), list[t.Term](), NONE
    for factor in f.factors:
        still = independent(factor, x, known.theory, known.apart)
        (moving if still is None else outside).append(factor)
        conditions |= still or NONE
    return (t.mul(*outside) * t.Diff(t.mul(*moving), x), conditions) if outside else None


def variable(f: t.Term, x: t.Entry, known: Knowledge, through: Names) -> Sided | None:
    """diff(x, x) = 1, diff(Z[i], Z[k]) = delta(i, k)."""
    match f:
        case t.Entry(name, indices) if name == x.name:
            return t.mul(*(t.Delta(i, k) for i, k in zip(indices, x.indices, strict=True))), NONE
    return None


def product(f: t.Term, x: t.Entry, known: Knowledge, through: Names) -> Sided | None:
    """diff(f*g, x) = diff(f, x)*g + f*diff(g, x), diff(prod(f[i], i), x) = sum(diff(f[i], x)*prod(f[j], j != i), i)."""
    match f:
        case t.Mul(factors):
            return t.add(*(t.mul(*factors[:n], t.Diff(factor, x), *factors[n + 1 :]) for n, factor in enumerate(factors))), NONE
        case t.Prod():
            index, body = t.opened(f)
            others = t.Prod.over(f.letter, f.range, (*f.excluded, index), f.scope)
            return t.Sum(index, f.excluded, t.Diff(body, x) * others), NONE
    return None


def quotient(f: t.Term, x: t.Entry, known: Knowledge, through: Names) -> Sided | None:
    """diff(f/g, x) = (diff(f, x)*g - f*diff(g, x))/g^2."""
    match f:
        case t.Div(above, below):
            return (t.Diff(above, x) * below - above * t.Diff(below, x)) / below**t.TWO, NONE
    return None


def power_rule(f: t.Term, x: t.Entry, known: Knowledge, through: Names) -> Sided | None:
    """diff(f^n, x) = n*f^(n - 1)*diff(f, x), where n is independent of x."""
    match f:
        case t.Pow(base, exponent):
            still = independent(exponent, x, known.theory, known.apart)
            return None if still is None else (exponent * lowered(base, exponent) * t.Diff(base, x), still)
    return None


def lowered(base: t.Term, exponent: t.Term) -> t.Term:
    """The base to the exponent less 1."""
    if exponent is t.ONE:
        return t.ONE
    return t.power(base, t.number(exponent.value - 1) if isinstance(exponent, t.Number) else exponent - t.ONE)


def function(f: t.Term, x: t.Entry, known: Knowledge, through: Names) -> Sided | None:
    """diff(F(f, g), x) = F'1(f, g)*diff(f, x) + F'2(f, g)*diff(g, x)."""
    match f:
        case t.Apply(_, arguments) | t.Call(_, arguments):
            partials = _partials(f, known.theory)
            if partials is not None:
                pairs = zip(partials, arguments, strict=True)
                return t.add(*(partial * t.Diff(argument, x) for partial, argument in pairs)), NONE
    return None


def _partials(f: t.Apply | t.Call, theory: Theory) -> tuple[t.Term, ...] | None:
    """By the table, or the names for those of a declared function, which has continuous ones of all orders, everywhere."""
    if isinstance(f, t.Apply):
        partials = functions.TABLE[f.function].derivatives
        return None if partials is None else partials(*f.arguments)
    if not theory.is_differentiable(f.name):
        return None
    count = len(f.arguments)
    return tuple(t.Call(t.derivative_name(f.name, (position,), count), f.arguments) for position in range(1, count + 1))


def chain(f: t.Term, x: t.Entry, known: Knowledge, through: Names) -> Sided | None:
    """diff(f, x) = sum(diff(f, u[m])*diff(u[m], x), m), added up over the names u, where x reaches f through them only.

    None of them may be defined by another: what goes from one to the other would count twice.
    """
    theory = known.theory
    definitions = {name: theory.definitions.get(name) for name in sorted(through)}
    for name, definition in definitions.items():
        if definition is None or definition.arguments:
            return None
        if any(reaches(theory, t.entry_names(definition.body), other) for other in through - {name}):
            return None
    otherwise = independent(f, x, theory, known.apart, through)
    if otherwise is None:
        return None
    return t.add(*(_ways(f, x, name, definition) for name, definition in definitions.items() if definition)), otherwise


def _ways(f: t.Term, x: t.Entry, name: str, definition: Definition) -> t.Term:
    """The sum of diff(f, u[m])*diff(u[m], x) over all entries of a name."""
    indices = [t.local(parameter.name, parameter.range) for parameter in definition.parameters]
    entry = t.Entry(name, tuple(indices))
    way: t.Term = t.Diff(f, entry) * t.Diff(entry, x)
    for index in reversed(indices):
        way = t.Sum(index, (), way)
    return way


def choice(f: t.Term, x: t.Entry, known: Knowledge, through: Names) -> Sided | None:
    """diff(if(p, f, g), x) = if(p, diff(f, x), diff(g, x)): away from its border, where a choice by values has a kink."""
    match f:
        case t.If(condition, then, otherwise):
            return t.If(condition, t.Diff(then, x), t.Diff(otherwise, x)), NONE
    return None


RULES: Mapping[str, Rule] = Table({
    "sum": sum_rule, "independence": independence, "variable": variable, "product": product, "quotient": quotient,
    "power": power_rule, "function": function, "chain": chain, "choice": choice,
})  # fmt: skip
"""These and no others make theorems: see `kernel.by_rule`."""
