"""The rules of finite sums and products, fractions and choices. None of them is trusted: the kernel checks each use.

Each goes one way, from the compact to the spread out, as far as it goes; a step that goes the other way is checked by bringing
both of its sides there.
"""

from __future__ import annotations

from fractions import Fraction

from derive.engine.arrange import same
from derive.engine.matching import match
from derive.engine.rules.by_laws import LETTERS, RuleOfLaws, filled
from derive.engine.rules.rule import Rule, plain
from derive.engine.scope import Rewritten, Scope
from derive.errors import LimitError
from derive.floor import ranges, signs
from derive.floor import terms as t
from derive.floor.conditions import difference, is_about_indices
from derive.floor.laws import LAWS
from derive.floor.signs import Knowledge
from derive.floor.subscripts import gap, solved


def cases(term: t.Term, scope: Scope) -> Rewritten | None:
    """delta and if by the relation in which their indices stand, or what is known of the values; max, min and abs likewise."""
    match term:
        case t.Delta(left, right):
            return plain(_decided(left, right, scope, t.ONE, t.ZERO))
        case t.If(condition, then, otherwise) if is_about_indices(condition):
            if condition.relation == "!=":
                then, otherwise = otherwise, then
            return plain(_decided(condition.left, condition.right, scope, then, otherwise))
        case t.If(condition, then, otherwise):
            known = holds(condition, scope)
            return None if known is None else plain(then if known else otherwise)
        case t.Apply("max" | "min" | "abs"):
            return plain(_chosen(term, scope))
        case t.Max() | t.Min():
            return plain(_attained(term, scope))
    return None


def _attained(term: t.Max | t.Min, scope: Scope) -> t.Term | None:
    """The value at a place, or the greatest or least of the others, where it is known which."""
    for place in places(scope.known, term):
        here = t.instance(term, place)
        others: t.Term = type(term).over(term.letter, term.range, (*term.excluded, place), term.scope)
        larger, smaller = (here, others) if isinstance(term, t.Max) else (others, here)
        if holds(t.Comparison(larger, ">=", smaller), scope):
            return here
        if holds(t.Comparison(smaller, ">=", larger), scope):
            return others
    return None


def places(knowledge: Knowledge, atom: t.Max | t.Min) -> list[t.Term]:
    """Where it may be attained: what is known speaks of the value there, and of the others without it."""
    found: dict[t.Term, None] = {}
    scope = t.canonical(atom.scope)
    for claim in (*knowledge.hypotheses, *knowledge.assumed):
        for part in t.subterms(claim):
            if type(part) is type(atom) and part.range is atom.range and t.canonical(part.scope) is scope:
                found |= dict.fromkeys(place for place in part.excluded if place not in atom.excluded)
    return list(found)


def _chosen(term: t.Term, scope: Scope) -> t.Term | None:
    """What the first law says of the term of which that holds which the law asks for."""
    for law in CHOICES:
        values = match(law.left, term, LETTERS)
        if values is not None and all(holds(filled(claim, values), scope) for claim in law.given):
            return filled(law.right, values)
    return None


CHOICES = tuple(law for law in LAWS if law.given)


def holds(claim: t.Comparison, scope: Scope) -> bool | None:
    """Whether a relation of values holds by what is known; None where that does not tell."""
    from derive.engine.normal import Normalizer, Undefined  # whoever only names rules does without it

    known = scope.known.sign(difference(claim)).relation
    if signs.holds(known, claim.relation) or signs.excludes(known, claim.relation):
        return signs.holds(known, claim.relation)
    normalizer = Normalizer(scope.known)
    try:
        value = normalizer.normal(t.If(claim, t.ONE, t.ZERO)).constant()
    except (Undefined, LimitError):
        return None
    return None if value is None else bool(value)


def _decided(left: t.Term, right: t.Term, scope: Scope, then: t.Term, otherwise: t.Term) -> t.Term | None:
    if left is right:
        return then
    return otherwise if scope.apart(left, right) else None


def split(term: t.Term, scope: Scope) -> Rewritten | None:
    """At the first place that can be, of those that the author has in mind."""
    if not isinstance(term, t.Binder):
        return None
    for place in scope.splits:
        if place is not term.index and all(scope.apart(place, other) for other in term.excluded):
            try:
                return plain(ranges.split(term, place, scope.theory)[0])
            except ValueError:
                continue
    return None


def progression(term: t.Term, scope: Scope) -> Rewritten | None:
    """The sum of an index, or of the powers of a number by it, in closed form."""
    if not isinstance(term, t.Sum):
        return None
    try:
        return plain(ranges.progression(term, None, scope.theory)[0])
    except ValueError:
        return None


def factor(term: t.Term, scope: Scope) -> Rewritten | None:
    """What does not depend on the index comes out of a sum, out of a product of n factors its power n; of a maximum as well."""
    match term:
        case t.Max(index, excluded, body) | t.Min(index, excluded, body):
            return _outside(term, index, excluded, body)
        case t.Sum(index, excluded, t.Neg(body)):
            return plain(t.neg(t.Sum(index, excluded, body)))
        case t.Sum(index, excluded, body) | t.Prod(index, excluded, body):
            above, below = factors(body)
            outside, under = ([f for f in side if index not in t.free_indices(f)] for side in (above, below))
            if not outside and not under:
                return None
            inside, rest = ([f for f in side if index in t.free_indices(f)] for side in (above, below))
            body = t.div(t.mul(*inside), t.mul(*rest))
            if isinstance(term, t.Prod):
                count = t.add(index.range, *(t.MINUS_ONE for _ in excluded))
                outside, under = ([t.power(f, count) for f in side] for side in (outside, under))
            left = t.ONE if isinstance(term, t.Prod) and body is t.ONE else type(term)(index, excluded, body)
            return plain(t.div(t.mul(*outside, left), t.mul(*under)))
    return None


def _outside(term: t.Max | t.Min, index: t.Index, excluded: tuple[t.Term, ...], body: t.Term) -> Rewritten | None:
    """The greatest value of a + f[i], of c*f[i] with a c that is not negative, or of -f[i]."""
    kind, opposite = (t.Max, t.Min) if isinstance(term, t.Max) else (t.Min, t.Max)
    if isinstance(body, t.Neg):
        return plain(t.neg(opposite(index, excluded, body.term)))
    if not isinstance(body, t.Add | t.Mul):
        return None
    still = [part for part in t.children(body) if index not in t.free_indices(part)]
    moving = [part for part in t.children(body) if part not in still]
    join = t.add if isinstance(body, t.Add) else t.mul
    return plain(join(*still, kind(index, excluded, join(*moving)))) if still and moving else None


def factors(term: t.Term) -> tuple[list[t.Term], list[t.Term]]:
    """The factors above and below the fraction bar of a product, ones left out; a sign is the factor -1."""
    match term:
        case t.Mul(parts):
            above: list[t.Term] = []
            below: list[t.Term] = []
            for part in parts:
                a, b = factors(part)
                above += a
                below += b
            return above, below
        case t.Div(numerator, denominator):
            a, b = factors(numerator)
            c, d = factors(denominator)
            return a + d, b + c
        case t.Neg(inner):
            a, b = factors(inner)
            return [t.number(-1), *a], b
        case t.Pow(base, t.Number(exponent)) if exponent < 0:
            return [], [t.power(base, t.number(-exponent))]
    return ([] if term is t.ONE else [term]), []


def _divided(term: t.Term, denominator: t.Term) -> t.Term:
    return t.neg(t.div(term.term, denominator)) if isinstance(term, t.Neg) else t.div(term, denominator)


def distribute(term: t.Term, scope: Scope) -> Rewritten | None:
    """A product of sums is multiplied out; a sum of sums is the sums of their terms, a product of products theirs."""
    match term:
        case t.Neg(t.Add(terms)):
            return plain(t.add(*map(t.neg, terms)))
        case t.Sum(index, excluded, t.Add(terms)):
            return plain(t.add(*(t.Sum(index, excluded, one) for one in terms)))
        case t.Sum(index, excluded, t.Neg(inner)):
            return plain(t.neg(t.Sum(index, excluded, inner)))
        case t.Prod(index, excluded, t.Mul(parts)):
            return plain(t.mul(*(t.Prod(index, excluded, part) for part in parts)))
        case t.Prod(index, excluded, t.Div(numerator, denominator)):
            top = t.ONE if numerator is t.ONE else t.Prod(index, excluded, numerator)
            return plain(t.div(top, t.Prod(index, excluded, denominator)))
        case t.Prod(index, excluded, t.Pow(base, exponent)) if index not in t.free_indices(exponent):
            return plain(t.Pow(t.Prod(index, excluded, base), exponent))
        case t.Div(t.Add(terms), denominator):
            return plain(t.add(*(_divided(one, denominator) for one in terms)))
        case t.Div(t.Neg(t.Add(terms)), denominator):
            return plain(t.add(*(t.neg(t.div(one, denominator)) for one in terms)))
        case t.Div(t.Mul(parts), denominator) if any(isinstance(p, t.Add) for p in parts):
            multiplied = distribute(t.Mul(parts), scope)
            return None if multiplied is None else plain(t.div(multiplied[0], denominator))
        case t.Mul(parts):
            for position, part in enumerate(parts):
                if isinstance(part, t.Add):
                    others = (*parts[:position], *parts[position + 1 :])
                    return plain(t.add(*(_placed(others, position, one) for one in part.terms)))
                if isinstance(part, t.Div) and isinstance(part.numerator, t.Add | t.Mul):
                    spread = distribute(part, scope)
                    if spread is not None:
                        return plain(t.mul(*parts[:position], spread[0], *parts[position + 1 :]))
        case t.Pow(t.Add() as base, t.Number(exponent)) if exponent.denominator == 1 and 2 <= exponent <= 6:
            lower = base if exponent == 2 else t.Pow(base, t.number(exponent - 1))
            return plain(t.Mul((lower, base)))
        case t.Pow(t.Mul(parts), t.Number(exponent)) if exponent.denominator == 1:
            return plain(t.mul(*(t.power(p, t.number(exponent)) for p in parts)))
        case t.Pow(t.Div(numerator, denominator), t.Number(exponent)) if exponent.denominator == 1 and exponent > 0:
            return plain(t.div(t.power(numerator, t.number(exponent)), t.power(denominator, t.number(exponent))))
    return None


def _placed(others: tuple[t.Term, ...], position: int, term: t.Term) -> t.Term:
    if isinstance(term, t.Neg):
        return t.neg(t.mul(*others[:position], term.term, *others[position:]))
    return t.mul(*others[:position], term, *others[position:])


def collapse(term: t.Term, scope: Scope) -> Rewritten | None:
    """A delta puts a place for the index; what does not depend on the index is taken as often as there are places."""
    match term:
        case t.Sum(index, (), body):
            above, below = factors(body)
            for position, part in enumerate(above):
                other = _singled_out(part, index)
                if other is not None:
                    whole = t.div(t.mul(*above[:position], *above[position + 1 :]), t.mul(*below))
                    try:
                        return plain(t.substitute(whole, {index: other}))
                    except ValueError:
                        return None
            if index not in t.free_indices(body):
                return plain(t.mul(index.range, body))
        case t.Prod(index, (), body) if index not in t.free_indices(body):
            return plain(t.power(body, index.range))
    return None


def _singled_out(part: t.Term, index: t.Index) -> t.Term | None:
    """The index that a delta puts in the place of a bound one: i - t + 1 for a in delta(t + a - 1, i)."""
    if not isinstance(part, t.Delta) or part.left is part.right:
        return None
    if isinstance(part.left, t.Affine) or isinstance(part.right, t.Affine):
        return solved(gap(part.left, part.right), index)
    other = part.right if part.left is index else part.left if part.right is index else None
    within = isinstance(other, t.Number) or (isinstance(other, t.Index) and other.range is index.range)
    return other if within else None


def cancel(term: t.Term, scope: Scope) -> Rewritten | None:
    """One factor above and below a fraction bar, by the lower of its exponents; one term and its opposite."""
    if isinstance(term, t.Add):
        left = list(term.terms)
        for part in term.terms:
            here, there = _same(part, left), _same(t.neg(part), left)
            if here is not None and there is not None and here is not there:
                left.remove(here)
                left.remove(there)
        return plain(t.add(*left)) if len(left) < len(term.terms) else None
    if not isinstance(term, t.Mul | t.Div):
        return None
    above, below = factors(term)
    for position, part in enumerate(above):
        base, exponent = _base(part)
        match = next((f for f in below if same(_base(f)[0], base)), None)
        if match is None or isinstance(base, t.Number):
            continue
        difference = exponent - _base(match)[1]
        del above[position]
        below.remove(match)
        if difference > 0:
            above.insert(position, t.power(base, t.number(difference)))
        elif difference < 0:
            below.append(t.power(base, t.number(-difference)))
        return plain(t.div(t.mul(*above), t.mul(*below)))
    return None


def _same(term: t.Term, others: list[t.Term]) -> t.Term | None:
    """The first of `others` that is `term` up to rearrangement."""
    return next((other for other in others if same(term, other)), None)


def _base(term: t.Term) -> tuple[t.Term, Fraction]:
    match term:
        case t.Pow(base, t.Number(exponent)):
            return base, exponent
    return term, Fraction(1)


SOURCE = "Graham, Knuth, Patashnik, Concrete Mathematics, section 2.3"
_ARRAYS = "size H variable Z[H], y[H], a, b, c"

RULES = (
    RuleOfLaws("cases", "Cases", "delta(i, i) = 1", SOURCE, cases, declares="size H index i: H", family="sums", laws=CHOICES,
               says=("delta(i, i) = 1", "delta(i, k) = 0 where i != k", "if(u > v, f, g) = f where u > v",
                     "max(f[i], i) = f[k] where f[k] > max(f[i], i != k)")),
    Rule("split", "Splitting a sum or product",
         "sum(f[i], i) = sum(f[i], i != k) + f[k], prod(f[i], i) = prod(f[i], i != k)*f[k]",
         "sum(Z[i], i) = sum(Z[i], i != k) + Z[k]", SOURCE, split, declares=_ARRAYS, family="sums"),
    Rule("factor", "Factoring", "sum(c*f[i], i) = c*sum(f[i], i), prod(c*f[i], i: n) = c^n*prod(f[i], i)",
         "sum(a*Z[i], i) = a*sum(Z[i], i)", SOURCE, factor,
         given=("c does not depend on i",), fails_for="c = f[i]", declares=_ARRAYS, family="sums"),
    Rule("distribute", "Multiplying out",
         "(a + b)*c = a*c + b*c, sum(f[i] + g[i], i) = sum(f[i], i) + sum(g[i], i), "
         "prod(f[i]*g[i], i) = prod(f[i], i)*prod(g[i], i)",
         "(a + b)*c = a*c + b*c", SOURCE, distribute, declares=_ARRAYS, family="sums"),
    Rule("collapse", "Sum with a delta", "sum(f[i]*delta(i, k), i) = f[k], sum(c, i: H) = H*c, prod(c, i: H) = c^H",
         "sum(Z[i]*delta(i, k), i) = Z[k]", SOURCE, collapse, given=("k in the range of i",),
         fails_for="k excluded from the sum", declares=_ARRAYS, family="sums"),
    Rule("progression", "Arithmetic and geometric sum", "sum(i, i: n) = n*(n + 1)/2, sum(q^i, i: n) = (q^(n + 1) - q)/(q - 1)",
         "sum(i, i: H) = H*(H + 1)/2", "DLMF 1.2(ii)", progression, given=("q != 1 in the second",), fails_for="q = 1",
         declares=_ARRAYS, family="sums"),
    Rule("cancel", "Cancelling", "a*c/(b*c) = a/b, a - a = 0", "a*c/(b*c) = a/b", "a field has no zero divisors", cancel,
         given=("b != 0", "c != 0"), fails_for="c = 0", declares=_ARRAYS, family="sums"),
)  # fmt: skip
"""The rules of sums, fractions and choices; `algebra` is all of them together."""
