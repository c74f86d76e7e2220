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
from derive.floor import terms as t
from derive.floor.functions import TABLE


def log_base(line: Line) -> Iterator[Candidate]:
    """The base of a logarithm, or the factor 1/ln(b) that it brings."""
    both = (*t.subterms(line.left), *t.subterms(line.right))
    known = [log.arguments[1] for log in both if isinstance(log, t.Apply) and log.function == "log" and len(log.arguments) == 2]
    bases = tuple(dict.fromkeys((*known, t.TWO, t.number(10))))
    for place in line.places:
        match place.term:
            case t.Apply("ln", (argument,)):
                for base in bases:
                    yield line.at(place, t.apply("log", argument, base), base=base)
            case t.Apply("log", (argument, own)):
                yield line.at(place, t.apply("ln", argument), base=own)
                for base in bases:
                    if base is not own:
                        yield line.at(place, t.apply("log", argument, base), base=base)
    for place in line.summands:
        for base in bases:
            yield line.at(place, over(place.term, t.apply("ln", base)), base=base)
            yield line.at(place, times(place.term, t.apply("ln", base)), base=base)


def exponent(line: Line) -> Iterator[Candidate]:
    """An exponent one too high or low, halved, doubled or negated; a square or a root lost, or one too many."""
    for place in line.places:
        match place.term:
            case t.Pow(base, own):
                for other in _exponents(own):
                    yield line.at(place, t.power(base, other))
            case t.Apply("sqrt", (base,)):
                yield line.at(place, base)
                yield line.at(place, t.power(base, t.number("3/2")))
    for place in line.places:
        if isinstance(place.term, t.Add) and not place.path:
            continue
        if isinstance(place.term, t.Size | t.Entry | t.Apply | t.Call | t.Sum | t.Add | t.Diff):
            yield line.at(place, t.power(place.term, t.TWO))
            if not isinstance(place.parent, t.Apply):
                yield line.at(place, t.apply("sqrt", place.term))
            if isinstance(place.parent, t.Div) and place.path[-1] == 1:
                yield line.at(place, t.power(place.term, t.number(3)))


def _exponents(own: t.Term) -> Iterator[t.Term]:
    value = t.rational(own)
    if value is not None:
        for other in (value - 1, value + 1, -value, value * 2, value / 2):
            if other:
                yield t.number(other)
        return
    yield from (t.add(own, t.Neg(t.ONE)), t.add(own, t.ONE), minus(own), scaled(own, Fraction(2)), scaled(own, Fraction(1, 2)))


def function(line: Line) -> Iterator[Candidate]:
    """One function for another: sin and cos, tanh and its square, sigmoid(x) and 1 - sigmoid(x), p and 1 - p, f' and f''."""
    for place in line.places:
        match place.term:
            case t.Call(name, arguments) if line.theory.is_differentiable(name):
                yield from (line.at(place, t.Call(kin, arguments)) for kin in _derivatives_beside(name, len(arguments)))
                # The derivative of f(g(x)) has f' at g(x), and not at x.
                meant = (c.outer for c in line.compositions if isinstance(c.outer, t.Call))
                same = (outer for outer in meant if t.declared_name(outer.name) == t.declared_name(name))
                yield from (line.at(place, t.Call(name, outer.arguments)) for outer in same if outer.arguments != arguments)
            case t.Apply(name, arguments):
                yield from (line.at(place, t.Apply(kin, arguments)) for kin in TABLE[name].kin)
                if name in ("sigmoid", "tanh"):
                    yield line.at(place, t.add(t.ONE, t.Neg(place.term)))
                    yield line.at(place, t.power(place.term, t.TWO))
                if name in ("exp", "sigmoid"):
                    yield line.at(place, t.Apply(name, tuple(map(minus, arguments))))
    for place in line.places:
        match place.term:
            case t.Entry() if place.term.name not in line.theory.sizes:
                yield line.at(place, t.add(t.ONE, t.Neg(place.term)))
            case t.Add((t.Number(value), t.Neg(inner))) if value == 1:
                yield line.at(place, inner)


def _derivatives_beside(name: str, arity: int) -> Iterator[str]:
    """What a derivative of a declared function is mistaken for: f for f', f'' for f', g'2 for g'1."""
    by = t.partials(name)
    others = [(*by[:n], argument, *by[n + 1 :]) for n in range(len(by)) for argument in range(1, arity + 1)]
    others += [by[:-1], *((*by, argument) for argument in range(1, arity + 1))]
    found = dict.fromkeys(t.derivative_name(t.declared_name(name), other, arity) for other in others)
    return (other for other in found if other != name)
