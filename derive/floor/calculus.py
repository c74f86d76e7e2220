"""The rules of the differential calculus. The kernel trusts these, and they are all that it trusts about derivatives.

Each takes a derivative `diff(f, x)` apart. Throughout, x is a variable or a defined entry, and "independent of x" is
meant through all definitions (see `dependence`). A bound index with the name of an index in x is renamed first: in
diff(sum(exp(Z[k]), k), Z[k]) the two k are different indices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derive.floor import functions
from derive.floor.conditions import NONE, Condition, Conditions
from derive.floor.dependence import independent, reaches
from derive.floor.scope import Rewritten, Scope
from derive.floor.terms import (
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Add,
    Affine,
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
    Number,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    add,
    apply,
    derivative_name,
    div,
    entry_names,
    free_indices,
    local,
    mapped,
    mul,
    neg,
    number,
    opened,
    power,
    subterms,
)
from derive.floor.theory import Signature

Rewrite = Callable[[Term, Scope], Rewritten | None]


def sum_rule(term: Term, scope: Scope) -> Rewritten | None:
    """The derivative of a sum, a finite sum, a difference or a negation is the sum of the derivatives."""
    match term:
        case Diff(Add(terms), by):
            return add(*(neg(Diff(t.term, by)) if isinstance(t, Neg) else Diff(t, by) for t in terms)), NONE
        case Diff(Neg(inner), by):
            return neg(Diff(inner, by)), NONE
        case Diff(Mul() | Div() as body, by):
            signs, rest = _without_signs(body)
            if signs:
                return (neg(Diff(rest, by)) if signs % 2 else Diff(rest, by)), NONE
        case Diff(Sum() as total, by):
            return mapped(total, lambda index, body: Diff(body, by)), NONE
    return None


def _without_signs(term: Term) -> tuple[int, Term]:
    """How many minus signs stand before a product or quotient and its parts, and what is left without them."""
    match term:
        case Neg(inner):
            signs, rest = _without_signs(inner)
            return signs + 1, rest
        case Mul(factors):
            pairs = [_without_signs(factor) for factor in factors]
            signs = sum(count for count, _ in pairs)
            return signs, mul(*(rest for _, rest in pairs)) if signs else term
        case Div(numerator, denominator):
            (over, above), (under, below) = _without_signs(numerator), _without_signs(denominator)
            return over + under, div(above, below) if over + under else term
    return 0, term


def independence(term: Term, scope: Scope) -> Rewritten | None:
    """What does not depend on the variable has derivative 0, and comes out of a product or quotient, however it is nested."""
    if not isinstance(term, Diff):
        return None
    body, by = term.body, term.by
    whole = scope.independent(body, by)
    if whole is not None:
        return ZERO, whole
    above, below = _factors(body)
    found = {factor: scope.independent(factor, by) for factor in (*above, *below)}
    outside, under = ([f for f in part if found[f] is not None] for part in (above, below))
    if not outside and not under:
        return None
    inside, beneath = ([f for f in part if found[f] is None] for part in (above, below))
    rest = Diff(div(mul(*inside), mul(*beneath)), by)
    return div(mul(*outside, rest), mul(*under)), _union(list(found.values()))


def _factors(term: Term) -> tuple[list[Term], list[Term]]:
    """The factors above and below the fraction bar, through nested products and quotients; a sign is the factor -1."""
    match term:
        case Mul(factors):
            pairs = [_factors(factor) for factor in factors]
            return [f for above, _ in pairs for f in above], [f for _, below in pairs for f in below]
        case Div(numerator, denominator):
            (above, below), (beneath, over) = _factors(numerator), _factors(denominator)
            return above + over, below + beneath
        case Neg(inner):
            above, below = _factors(inner)
            return [MINUS_ONE, *above], below
    return ([] if term is ONE else [term]), []


def _union(found: list[Conditions | None]) -> Conditions:
    return NONE.union(*(c for c in found if c is not None))


def variable(term: Term, scope: Scope) -> Rewritten | None:
    """diff(x, x) = 1, and diff(Z[i], Z[k]) = delta(i, k)."""
    match term:
        case Diff(Entry(name, left), Entry(other, right)) if name == other:
            pairs = [(i, k) for i, k in zip(left, right, strict=True) if i is not k]
            if any(isinstance(i, Number) and isinstance(k, Number) for i, k in pairs):
                return ZERO, NONE
            return (mul(*(Delta(i, k) for i, k in pairs)) if pairs else ONE), NONE
    return None


def product(term: Term, scope: Scope) -> Rewritten | None:
    """diff(f*g, x) = diff(f, x)*g + f*diff(g, x), and so on for more factors."""
    match term:
        case Diff(Mul(factors), by):
            parts = []
            for position, factor in enumerate(factors):
                parts.append(mul(*factors[:position], Diff(factor, by), *factors[position + 1 :]))
            return add(*parts), NONE
        case Diff(Prod(_, _, _) as total, by):
            index, body = opened(total)
            rest = Prod.over(total.letter, total.range, (*total.excluded, index), total.scope)
            return Sum(index, total.excluded, mul(Diff(body, by), rest)), NONE
    return None


def quotient(term: Term, scope: Scope) -> Rewritten | None:
    """diff(f/g, x) = (diff(f, x)*g - f*diff(g, x))/g^2."""
    match term:
        case Diff(Div(f, g), by):
            return div(add(mul(Diff(f, by), g), neg(mul(f, Diff(g, by)))), power(g, TWO)), NONE
    return None


def power_rule(term: Term, scope: Scope) -> Rewritten | None:
    """diff(f^n, x) = n*f^(n - 1)*diff(f, x) where n is independent of x, also for c/f^n, which is c*f^(-n).

    diff(b^g, x) = b^g*ln(b)*diff(g, x) where b is, and in general by f^g = exp(g*ln(f)).
    """
    match term:
        case Diff(Pow(base, exponent), by):
            inner, higher = _inner(base, by, scope), _inner(exponent, by, scope)
            constant, fixed = scope.independent(exponent, by), scope.independent(base, by)
            if constant is not None:
                return None if inner is None else (mul(exponent, _lowered(base, exponent), inner), constant)
            if fixed is not None:
                return None if higher is None else (mul(term.body, apply("ln", base), higher), fixed)
            if inner is not None and higher is not None:
                return mul(term.body, add(mul(higher, apply("ln", base)), div(mul(exponent, inner), base))), NONE
        case Diff(Div(numerator, denominator), by):
            base, exponent = (denominator.base, denominator.exponent) if isinstance(denominator, Pow) else (denominator, ONE)
            inner = _inner(base, by, scope)
            above, constant = scope.independent(numerator, by), scope.independent(exponent, by)
            if inner is None or above is None or constant is None:
                return None
            if isinstance(exponent, Number):
                below = power(base, number(exponent.value + 1))
                return mul(neg(div(mul(numerator, exponent), below)), inner), above | constant
            return mul(numerator, neg(exponent), _lowered(base, neg(exponent)), inner), above | constant
    return None


def _lowered(base: Term, exponent: Term) -> Term:
    """The base to the exponent less 1."""
    less = number(exponent.value - 1) if isinstance(exponent, Number) else add(exponent, neg(ONE))
    return ONE if less is ZERO else power(base, less)


def _inner(inside: Term, by: Entry, scope: Scope) -> Term | None:
    """The derivative of the inside of a function: 1 for the variable itself; for anything else the chain rule is needed."""
    if inside is by:
        return ONE
    if scope.chained or (isinstance(inside, Entry) and inside.name == by.name):
        return Diff(inside, by)
    return None


def of_function(rule: str) -> Rewrite:
    """The rule of that name, which differentiates the functions whose row names it."""
    rows = {row.name: row for row in functions.TABLE.values() if row.rule == rule and row.derivatives is not None}

    def rewrite(term: Term, scope: Scope) -> Rewritten | None:
        match term:
            case Diff(Apply(function, arguments), by) if function in rows:
                partials = rows[function].derivatives
                assert partials is not None
                parts = []
                conditions = NONE
                for argument, partial in zip(arguments, partials(arguments), strict=True):
                    still = scope.independent(argument, by)
                    if still is not None:
                        conditions |= still
                        continue
                    inner = _inner(argument, by, scope)
                    if inner is None:
                        return None
                    parts.append(mul(partial, inner))
                return add(*parts), conditions
        return None

    return rewrite


def prime(term: Term, scope: Scope) -> Rewritten | None:
    """diff(f(u), x) = f'(u)*diff(u, x) for a declared function f; of several arguments, the sum of such products.

    A declared function of numbers has continuous derivatives of all orders, everywhere.
    """
    match term:
        case Diff(Call(name, arguments), by) if scope.signature.is_differentiable(name):
            parts = []
            conditions = NONE
            for position, argument in enumerate(arguments, start=1):
                still = scope.independent(argument, by)
                if still is not None:
                    conditions |= still
                    continue
                inner = _inner(argument, by, scope)
                if inner is None:
                    return None
                parts.append(mul(Call(derivative_name(name, (position,), len(arguments)), arguments), inner))
            return add(*parts), conditions
    return None


def chain(term: Term, scope: Scope) -> Rewritten | None:
    """diff(f, x) = sum over all entries u[m] of diff(f, u[m])*diff(u[m], x), where f depends on x through u only.

    A term that is 0 is left out, unless every entry is asked for: one on which f does not depend, or that does not depend on x.
    """
    if not isinstance(term, Diff):
        return None
    names = [name for name in sorted(scope.targets) if name != term.by.name]
    for name in names:
        found = through(term, (name,), scope)
        if found is not None:
            return found
    return through(term, tuple(names), scope) if len(names) > 1 else None


def through(term: Diff, names: tuple[str, ...], scope: Scope) -> Rewritten | None:
    """The chain rule for `term` through the defined `names`; None where f reaches x by another way too.

    None of several names may be defined by another: what goes from one to the other would count twice.
    """
    f, by, signature = term.body, term.by, scope.signature
    for name in names:
        definition = signature.definitions.get(name)
        if definition is None or definition.arguments:
            return None
        if isinstance(f, Entry) and f.name == name and not any(isinstance(index, Affine) for index in f.indices):
            return None
        others = frozenset(other for other in names if other != name)
        if any(reaches(signature, entry_names(definition.body), other) for other in others):
            return None
    otherwise = independent(f, by, signature, scope.apart, frozenset(names))
    if otherwise is None:
        return None
    return add(*(_way(f, by, name, scope) for name in names)), otherwise


def _way(f: Term, by: Entry, name: str, scope: Scope) -> Term:
    """What reaches x through one name: the sum of diff(f, u[m])*diff(u[m], x) over the entries that count."""
    signature = scope.signature
    definition = signature.definitions[name]
    indices: list[Index] = [local(parameter.name, parameter.range) for parameter in definition.parameters]
    chosen: list[Term] = list(indices)
    summed = list(indices)
    for position, index in enumerate(() if scope.every_entry else indices):
        for candidate in _candidates(index, f, by, name, position, signature):
            node = Entry(name, tuple(chosen))
            elsewhere = scope.known.where(Comparison(index, "!=", candidate))
            # Away from the candidate one of the two factors must vanish.
            vanishing = independent(f, node, signature, elsewhere.apart)
            if vanishing is None:
                vanishing = independent(node, by, signature, elsewhere.apart)
            if vanishing is not None and all(_only_apart(c, index, candidate) for c in vanishing):
                chosen[position] = candidate
                summed.remove(index)
                break
    node = Entry(name, tuple(chosen))
    result: Term = mul(Diff(f, node), Diff(node, by))
    for index in reversed(summed):
        result = Sum(index, (), result)
    return result


def _only_apart(condition: Condition, index: Index, candidate: Term) -> bool:
    """Whether all that is asked is that the index is not the candidate, which holds for all other terms of the sum."""
    claim = condition.claim
    plainly = not condition.bound and not condition.guards
    return plainly and claim.relation == "!=" and {claim.left, claim.right} == {index, candidate}


def _candidates(index: Index, f: Term, by: Entry, name: str, position: int, signature: Signature) -> list[Term]:
    """The indices of the same range in the function or the variable: one of them may be the only one that counts."""
    found: dict[Term, None] = {}
    for part in subterms(f):
        if isinstance(part, Entry) and part.name == name:
            found[part.indices[position]] = None
    free = free_indices(f) | free_indices(by)
    for other in sorted(free, key=lambda i: i.name):
        found[other] = None
    for literal in by.indices:
        if isinstance(literal, Number):
            found[literal] = None
    extent = index.range
    least = signature.sizes.get(extent.name, 0) if isinstance(extent, Size) else 0
    most = extent.value if isinstance(extent, Number) else least
    return [
        i
        for i in found
        if (isinstance(i, Index) and i in free and i.range is extent) or (isinstance(i, Number) and 1 <= i.value <= most)
    ]


def choice(term: Term, scope: Scope) -> Rewritten | None:
    """The derivative of a choice is the choice of the derivatives (away from its border, where it is by values)."""
    match term:
        case Diff(If(condition, then, otherwise), by):
            return If(condition, Diff(then, by), Diff(otherwise, by)), NONE
    return None


RULES: Mapping[str, Rewrite] = MappingProxyType(
    {
        "sum": sum_rule,
        "independence": independence,
        "variable": variable,
        "product": product,
        "quotient": quotient,
        "power": power_rule,
        **{name: of_function(name) for name in functions.differentiated()},
        "prime": prime,
        "chain": chain,
        "choice": choice,
    }
)
"""These and no others make theorems: see `kernel.by_rule`."""
