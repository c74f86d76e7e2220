"""One function for another: a logarithm to another base, another exponent, sin for cos, f for its derivative.

    diff(log(x, 2), x) = 1/x                1/(x*ln(2))
    diff(sqrt(v), v) = 1/2*sqrt(v)          1/(2*sqrt(v))
    diff(sinh(x), x) = sinh(x)              cosh(x)
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.diagnosis.line import Line
from derive.diagnosis.places import Candidate
from derive.engine.writing import minus, over, scaled, times
from derive.floor.functions import TABLE
from derive.floor.terms import (
    ONE,
    TWO,
    Add,
    Apply,
    Call,
    Diff,
    Div,
    Entry,
    Mul,
    Neg,
    Number,
    Pow,
    Size,
    Sum,
    Term,
    add,
    apply,
    declared_name,
    derivative_name,
    number,
    partials,
    power,
    rational,
    subterms,
)


def log_base(line: Line) -> Iterator[Candidate]:
    """The base of a logarithm, or the factor 1/ln(b) that it brings."""
    both = (*subterms(line.left), *subterms(line.right))
    known = [t.arguments[1] for t in both if isinstance(t, Apply) and t.function == "log" and len(t.arguments) == 2]
    bases = tuple(dict.fromkeys((*known, TWO, number(10))))
    for place in line.places:
        match place.term:
            case Apply("ln", (argument,)):
                for base in bases:
                    yield line.at(place, apply("log", argument, base), base=base)
            case Apply("log", (argument, own)):
                yield line.at(place, apply("ln", argument), base=own)
                for base in bases:
                    if base is not own:
                        yield line.at(place, apply("log", argument, base), base=base)
    for place in line.summands:
        for base in bases:
            yield line.at(place, over(place.term, apply("ln", base)), base=base)
            yield line.at(place, times(place.term, apply("ln", base)), base=base)


def exponent(line: Line) -> Iterator[Candidate]:
    """An exponent one too high or low, halved, doubled or negated; a square or a root lost, or one too many."""
    for place in line.places:
        match place.term:
            case Pow(base, own):
                for other in _exponents(own):
                    yield line.at(place, power(base, other))
            case Apply("sqrt", (base,)):
                yield line.at(place, base)
                yield line.at(place, power(base, number("3/2")))
    for place in line.places:
        if isinstance(place.term, Number | Pow | Neg | Add | Mul | Div) and not (isinstance(place.term, Add) and place.path):
            continue
        if isinstance(place.term, Size | Entry | Apply | Call | Sum | Add | Diff):
            yield line.at(place, power(place.term, TWO))
            if not isinstance(place.parent, Apply):
                yield line.at(place, apply("sqrt", place.term))
            if isinstance(place.parent, Div) and place.path[-1] == 1:
                yield line.at(place, power(place.term, number(3)))


def _exponents(own: Term) -> Iterator[Term]:
    value = rational(own)
    if value is not None:
        for other in (value - 1, value + 1, -value, value * 2, value / 2):
            if other:
                yield number(other)
        return
    yield from (add(own, Neg(ONE)), add(own, ONE), minus(own), scaled(own, Fraction(2)), scaled(own, Fraction(1, 2)))


def function(line: Line) -> Iterator[Candidate]:
    """One function for another: sin and cos, tanh and its square, sigmoid(x) and 1 - sigmoid(x), p and 1 - p, f' and f''."""
    for place in line.places:
        match place.term:
            case Call(name, arguments) if line.signature.is_differentiable(name):
                yield from (line.at(place, Call(kin, arguments)) for kin in _derivatives_beside(name, len(arguments)))
                # The derivative of f(g(x)) has f' at g(x), and not at x.
                meant = (c.outer for c in line.compositions if isinstance(c.outer, Call))
                same = (outer for outer in meant if declared_name(outer.name) == declared_name(name))
                yield from (line.at(place, Call(name, outer.arguments)) for outer in same if outer.arguments != arguments)
            case Apply(name, arguments):
                yield from (line.at(place, Apply(kin, arguments)) for kin in TABLE[name].kin)
                if name in ("sigmoid", "tanh"):
                    yield line.at(place, add(ONE, Neg(place.term)))
                    yield line.at(place, power(place.term, TWO))
                if name in ("exp", "sigmoid"):
                    yield line.at(place, Apply(name, tuple(map(minus, arguments))))
    for place in line.places:
        match place.term:
            case Entry() if place.term.name not in line.signature.sizes:
                yield line.at(place, add(ONE, Neg(place.term)))
            case Add((Number(value), Neg(inner))) if value == 1:
                yield line.at(place, inner)


def _derivatives_beside(name: str, arity: int) -> Iterator[str]:
    """What a derivative of a declared function is mistaken for: f for f', f'' for f', g'2 for g'1."""
    by = partials(name)
    others = [(*by[:n], argument, *by[n + 1 :]) for n in range(len(by)) for argument in range(1, arity + 1)]
    others += [by[:-1], *((*by, argument) for argument in range(1, arity + 1))]
    found = dict.fromkeys(derivative_name(declared_name(name), other, arity) for other in others)
    return (other for other in found if other != name)
