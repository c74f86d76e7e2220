"""Stable forms: the same value, written so that floating point can follow.

`exp(1000)` is too large for a machine number, although `exp(Z[k])/sum(exp(Z[j]), j)` is a number between 0 and 1. What is a
product of exponentials is therefore computed through its logarithm, and sums of exponentials through the one form that every
numerical library evaluates well, the logarithm of a sum of exponentials (Blanchard, Higham and Higham, "Accurately computing
the log-sum-exp and softmax functions", IMA Journal of Numerical Analysis 41, 2021):

    exp(a)/sum(exp(b), j)              exp(a - ln(sum(exp(b), j)))
    ln(exp(a)*c)                       a + ln(c)
    1/(1 + exp(-u))                    exp(-ln(exp(0) + exp(-u)))
    1 - exp(Z[k])/sum(exp(Z[j]), j)    sum(exp(Z[j]), j != k)/sum(exp(Z[j]), j), and on from there

A product of what cannot overflow, such as several softmaxes, stays a product.

The rewriting is used for computing only: nothing here is printed, and nothing is proved by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.engine.letters import bound_indices, fresh
from derive.engine.measure import size
from derive.floor import terms as t
from derive.floor.functions import TABLE, Function
from derive.floor.theory import Theory


def _is_disguised(row: Function) -> bool:
    """Whether a function is positive, and made of exponentials: sigmoid, softplus, cosh.

    What these mean is what makes them recognisable: 1 - sigmoid(u) loses every digit, exp(-u)/(1 + exp(-u)) none.
    """
    if row.means is None or row.sign != ">":
        return False
    means = row.means(*map(t.scalar, row.letters[: row.arity]))
    return any(isinstance(part, t.Apply) and part.function == "exp" for part in t.subterms(means))


_EXPONENTIALS_IN_DISGUISE = frozenset(row.name for row in TABLE.values() if _is_disguised(row))


def stable(term: t.Term, theory: Theory) -> t.Term:
    """`term`, free of defined names, in a form that does not overflow where its value does not."""
    positive = frozenset(name for name, unknown in theory.unknowns.items() if unknown.relation == ">")
    return _Stabiliser(positive).stable(term)


class _Stabiliser:
    """The rewriting, with what it has done already; `positive` are the names declared to be so."""

    def __init__(self, positive: frozenset[str]) -> None:
        self.positive = positive
        self.done: dict[t.Term, t.Term] = {}
        self.logarithms_done: dict[t.Term, t.Term | None] = {}
        self.exponential: dict[t.Term, bool] = {}
        self.bounded: dict[t.Term, bool] = {}

    def stable(self, term: t.Term) -> t.Term:
        if not self.has_exponential(term):
            return term
        found = self.done.get(term)
        if found is None:
            found = self.done[term] = self._stable(term)
        return found

    def has_exponential(self, term: t.Term) -> bool:
        """Whether something in `term` may overflow: an exponential of what is not a number."""
        found = self.exponential.get(term)
        if found is None:
            own = isinstance(term, t.Apply) and term.function in ("exp", *_EXPONENTIALS_IN_DISGUISE)
            found = self.exponential[term] = own or any(self.has_exponential(part) for part in t.children(term))
        return found

    def _stable(self, term: t.Term) -> t.Term:
        match term:
            case t.Apply(function, arguments) if function in _EXPONENTIALS_IN_DISGUISE:
                means = TABLE[function].means
                assert means is not None
                return self.stable(means(*arguments))
            case t.Apply("ln", (argument,)):
                return self.logarithm_of_product(argument)
            case t.Add(terms):
                merged = self.merge(terms)
                return t.add(*map(self.stable, terms)) if merged is None else self.stable(merged)
            case t.Mul() | t.Div() | t.Pow() if not self.is_bounded(term) or self.is_share(term):
                return self.product(term)
        return t.rebuild(term, tuple(map(self.stable, t.children(term))))

    # --- what cannot overflow ---

    def is_bounded(self, term: t.Term) -> bool:
        """Whether the stable forms of the exponentials in `term` are at most 1, so that it is multiplied out as it is written.

        Brought into each other, the exponentials of P[i, j]*sum(G[i, c]*O[i, c], c) would be as many as all indices together.
        """
        found = self.bounded.get(term)
        if found is None:
            found = self.bounded[term] = not self.has_exponential(term) or self._is_bounded(term)
        return found

    def _is_bounded(self, term: t.Term) -> bool:
        match term:
            case t.Apply("exp", _):
                return False
            case t.Apply("ln", (argument,)):
                return self.logarithm(argument) is not None or self.is_bounded(argument)
            case t.Apply(function, arguments) if function in _EXPONENTIALS_IN_DISGUISE:
                means = TABLE[function].means
                assert means is not None
                return self.is_bounded(means(*arguments))
            case t.Div(numerator, denominator) if not self.is_share(term):
                return not self.has_exponential(denominator) and self.is_bounded(numerator)
            case t.Pow(base, exponent):
                return isinstance(exponent, t.Number) and exponent.value > 0 and self.is_bounded(base)
            case t.Add() | t.Mul() | t.Neg() | t.Binder() | t.If() | t.Apply():
                return all(map(self.is_bounded, t.children(term)))
        return self.is_share(term)

    def is_share(self, term: t.Term) -> bool:
        """Whether `term` is one of several positive terms over their sum."""
        return isinstance(term, t.Div) and self.complement(term) is not None and self.logarithm(term.denominator) is not None

    # --- logarithms ---

    def logarithm(self, term: t.Term) -> t.Term | None:
        """The stable logarithm of `term` where its shape alone says that it is positive; else None."""
        if term not in self.logarithms_done:
            self.logarithms_done[term] = self._logarithm(term)
        return self.logarithms_done[term]

    def _logarithm(self, term: t.Term) -> t.Term | None:
        match term:
            case t.Number(value) if value > 0:
                return t.ZERO if term is t.ONE else t.apply("ln", term)
            case t.Size() | t.Ordinal():
                return t.apply("ln", term)
            case t.Entry(name, _) if name in self.positive:
                return t.apply("ln", term)
            case t.Apply("exp", (argument,)):
                return self.stable(argument)
            case t.Apply("sqrt", (argument,)):
                inside = self.logarithm(argument)
                return None if inside is None else t.mul(t.number("1/2"), inside)
            case t.Apply(function, arguments):
                row = TABLE[function]
                if row.sign != ">":
                    return None
                if function in _EXPONENTIALS_IN_DISGUISE and row.means is not None:
                    inside = self.logarithm(row.means(*arguments))
                    if inside is not None:
                        return inside
                return t.apply("ln", self.stable(term))
            case t.Add(terms):
                merged = self.merge(terms)
                if merged is not None:
                    return self.logarithm(merged)
                logarithms = self.logarithms(terms)
                return None if logarithms is None else t.apply("ln", t.Add(tuple(t.apply("exp", each) for each in logarithms)))
            case t.Mul(factors):
                logarithms = self.logarithms(factors)
                return None if logarithms is None else t.add(*logarithms)
            case t.Div(a, b):
                logarithms = self.logarithms((a, b))
                return None if logarithms is None else t.add(logarithms[0], t.neg(logarithms[1]))
            case t.Pow(base, exponent):
                inside = self.logarithm(base)
                return None if inside is None else t.mul(self.stable(exponent), inside)
            case t.Sum(index, excluded, body):
                inside = self.logarithm(body)
                return None if inside is None else t.apply("ln", t.Sum(index, excluded, t.apply("exp", inside)))
            case t.Prod(index, excluded, body):
                inside = self.logarithm(body)
                return None if inside is None else t.Sum(index, excluded, inside)
            case t.If(condition, then, otherwise):
                logarithms = self.logarithms((then, otherwise))
                return None if logarithms is None else t.If(condition, *logarithms)
        return None

    def logarithms(self, terms: Iterable[t.Term]) -> tuple[t.Term, ...] | None:
        found = []
        for term in terms:
            logarithm = self.logarithm(term)
            if logarithm is None:
                return None
            found.append(logarithm)
        return tuple(found)

    def logarithm_of_product(self, argument: t.Term) -> t.Term:
        """ln(c*exp(e)) as e + ln(c): right wherever the left side exists, since exp(e) is positive."""
        logarithm = self.logarithm(argument)
        if logarithm is not None:
            return logarithm
        exponent, above, below = self.take_out(argument)
        if exponent is None:
            return t.apply("ln", self.stable(argument))
        if any(map(self.has_exponential, above)):
            return t.apply("ln", self.assemble(exponent, above, below))
        return t.add(exponent, t.apply("ln", self.assemble(None, above, below)))

    # --- products ---

    def product(self, term: t.Term) -> t.Term:
        return self.assemble(*self.take_out(term))

    def take_out(self, term: t.Term) -> tuple[t.Term | None, list[t.Term], list[t.Term]]:
        """`term` as exp(exponent) times factors above over factors below; None where nothing is gained by taking out."""
        factors = list(_factors(term))
        taken = [self.logarithm(factor) if self.has_exponential(factor) else None for factor, _ in factors]
        # One exponential alone, above the line, overflows only where the value does.
        if not any(inverse and self.has_exponential(factor) for factor, inverse in factors):
            alone = sum(self.has_exponential(factor) for factor, _ in factors) == 1
            taken = [None] * len(factors) if alone else taken
        beside = list(zip(taken, factors, strict=True))
        exponents = [t.neg(one) if inverse else one for one, (_, inverse) in beside if one is not None]
        rest = [factor for one, factor in beside if one is None]
        above = [factor for factor, inverse in rest if not inverse]
        return (t.add(*exponents) if exponents else None), above, [factor for factor, inverse in rest if inverse]

    def assemble(self, exponent: t.Term | None, above: list[t.Term], below: list[t.Term]) -> t.Term:
        above = [self.factor(each) for each in above] if exponent is None else self.push(exponent, above)
        top = t.mul(*above)
        return t.Div(top, t.mul(*map(self.factor, below))) if below else top

    def factor(self, term: t.Term) -> t.Term:
        # A power that is no product is its own only factor, and would ask for its stable form for ever.
        return t.rebuild(term, tuple(map(self.stable, t.children(term)))) if isinstance(term, t.Pow) else self.stable(term)

    def push(self, exponent: t.Term, above: list[t.Term]) -> list[t.Term]:
        """exp(exponent) times the factors: inside a sum that has exponentials of its own, so that they meet there."""
        factor_exp = t.apply("exp", exponent)
        for position, factor in enumerate(above):
            if not self.has_exponential(factor):
                continue
            others = [self.factor(other) for other in (*above[:position], *above[position + 1 :])]
            match factor:
                case t.Add(terms):
                    merged = self.merge(terms)
                    if merged is not None:
                        return [*others, self.product(t.Mul((factor_exp, merged)))]
                    return [*others, t.add(*(self.product(t.Mul((factor_exp, each))) for each in terms))]
                case t.Sum(index, excluded, body):
                    renamed = fresh(index, t.free_indices(exponent) | t.free_indices(body) - {index} | bound_indices(body))
                    inside = t.substitute(body, {index: renamed}) if renamed != index else body
                    return [*others, t.Sum(renamed, excluded, self.product(t.Mul((factor_exp, inside))))]
        return [*map(self.factor, above), factor_exp]

    # --- differences ---

    def merge(self, terms: tuple[t.Term, ...]) -> t.Term | None:
        """Two of the terms whose difference cancels, as one term without it: 1 - a/(a + b) is b/(a + b)."""
        for position, term in enumerate(terms):
            taken = _negated(term)
            if taken is None or not self.has_exponential(taken):
                continue
            for other_position, other in enumerate(terms):
                if other_position == position:
                    continue
                rest = _without(other, taken) if other is not t.ONE else self.complement(taken)
                if rest is not None:
                    left = (each for at, each in enumerate(terms) if at not in (position, other_position))
                    return t.add(rest, *left)
        return None

    def complement(self, term: t.Term) -> t.Term | None:
        """1 - n/d as (d - n)/d, where n is one of the terms of d."""
        if isinstance(term, t.Apply) and term.function in _EXPONENTIALS_IN_DISGUISE:
            means = TABLE[term.function].means
            return None if means is None else self.complement(means(*term.arguments))
        above: list[t.Term] = []
        below: list[t.Term] = []
        for factor, inverse in _factors(term):
            if factor is not t.ONE:
                (below if inverse else above).append(factor)
        if len(below) != 1:
            return None
        rest = _without(below[0], t.mul(*above))
        return None if rest is None else t.Div(rest, below[0])


def _factors(term: t.Term, inverse: bool = False) -> Iterator[tuple[t.Term, bool]]:
    """The factors of `term`, and of each whether it stands below the line; a small whole power is written out."""
    match term:
        case t.Mul(factors):
            for factor in factors:
                yield from _factors(factor, inverse)
        case t.Div(a, b):
            yield from _factors(a, inverse)
            yield from _factors(b, not inverse)
        case t.Neg(inner):
            yield t.Number(-t.ONE.value), False
            yield from _factors(inner, inverse)
        case t.Pow(base, t.Number(value)) if value.denominator == 1 and 0 < abs(value) <= 4 and _has_no_power(base):
            for _ in range(abs(int(value))):
                yield from _factors(base, inverse != (value < 0))
        case _:
            yield term, inverse


def _has_no_power(term: t.Term) -> bool:
    # A power of a power of a power, all written out, would be a product of very many factors.
    return size(term) <= 500 and not any(isinstance(part, t.Pow) for part in t.subterms(term))


def _negated(term: t.Term) -> t.Term | None:
    """`-term` where `term` is written with a minus sign; else None."""
    match term:
        case t.Div(numerator, denominator):
            inside = _negated(numerator)
            return None if inside is None else t.Div(inside, denominator)
        case t.Neg(inner):
            return inner
        case t.Mul((t.Neg() | t.Number(), *_)):
            negated = t.neg(term)
            return None if isinstance(negated, t.Neg) else negated
    return None


def _without(whole: t.Term, part: t.Term) -> t.Term | None:
    """`whole - part` where `part` is one of the terms that `whole` adds up; else None."""
    match whole:
        case t.Add(terms):
            for position, term in enumerate(terms):
                if t.alpha_equal(term, part):
                    return t.add(*terms[:position], *terms[position + 1 :])
        case t.Sum(index, (), body):
            for place in _places(part, index):
                if t.alpha_equal(t.substitute(body, {index: place}), part):
                    renamed = fresh(index, t.free_indices(part) | t.free_indices(body) - {index} | bound_indices(body))
                    return t.Sum(renamed, (place,), t.substitute(body, {index: renamed}))
    return None


def _places(part: t.Term, index: t.Index) -> Iterator[t.Term]:
    """The values of `index` that could make a term of a sum into `part`."""
    yield from sorted((other for other in t.free_indices(part) if other.range is index.range), key=lambda other: other.name)
    seen: set[t.Term] = set()
    for inside in t.subterms(part):
        if isinstance(inside, t.Entry):
            for place in inside.indices:
                if isinstance(place, t.Number) and place not in seen:
                    seen.add(place)
                    yield place
