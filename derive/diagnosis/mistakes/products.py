"""The product rule and the quotient rule with a part of them lost or turned around.

    diff(x*sin(x), x) = x*cos(x)                        x*cos(x) + sin(x)
    diff(sin(x)/x, x) = (sin(x) - x*cos(x))/x^2         (x*cos(x) - sin(x))/x^2
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.diagnosis.line import Line
from derive.diagnosis.places import Candidate
from derive.engine.writing import minus, times, unsigned, with_term
from derive.floor.terms import ONE, TWO, Add, Diff, Div, Entry, Mul, Neg, Pow, Term, add, free_indices, mul, power


def quotient_rule(line: Line) -> Iterator[Candidate]:
    """The numerator of the quotient rule reversed or with a wrong sign, or its denominator not squared."""
    if not any(_is_quotient(line, derivative) for derivative in line.derivatives):
        return
    for place in line.places:
        match place.term:
            case Div(Add((first, second)) as above, below):
                bare = unsigned(second)
                if bare is not None:
                    yield line.at(place, Div(Add((bare, Neg(first))), below), how="the numerator is reversed")
                    yield line.at(place, Div(Add((first, bare)), below), how="the sign in the numerator is wrong")
                else:
                    yield line.at(place, Div(Add((first, Neg(second))), below), how="the sign in the numerator is wrong")
                if not isinstance(below, Pow):
                    yield line.at(place, Div(above, power(below, TWO)), how="the denominator is not squared")
            case Div(above, below) if not isinstance(below, Pow):
                yield line.at(place, Div(above, power(below, TWO)), how="the denominator is not squared")


def _is_quotient(line: Line, derivative: Diff) -> bool:
    """Whether what is differentiated is a quotient by something that moves, perhaps behind a name."""
    body: Term | None = derivative.body
    while isinstance(body, Entry) and body.name != derivative.by.name:
        body = line.theory.unfold(body)
    return isinstance(body, Div) and line.moves(body.denominator, derivative.by)


def quotient_rule_whole(line: Line) -> Iterator[Candidate]:
    """The quotient rule with a part of its numerator lost: the whole of it."""
    for derivative in line.derivatives:
        for term in line.unfolded(derivative.body, derivative.by):
            if not isinstance(term, Div) or not line.moves(term.denominator, derivative.by):
                continue  # by what does not move, a quotient is a multiple
            if isinstance(line.right, Div) and free_indices(term) <= free_indices(line.left):
                slopes = [line.slope(part, derivative.by) for part in (term.numerator, term.denominator)]
                above = add(times(slopes[0], term.denominator), Neg(mul(term.numerator, slopes[1])))
                full = Div(above, power(term.denominator, TWO))
                yield Candidate(full, line.right, full, {"how": "a part of the numerator is lost"})


def product_rule(line: Line) -> Iterator[Candidate]:
    """The product rule with a term missing."""
    for derivative in line.derivatives:
        for term in line.unfolded(derivative.body, derivative.by):
            if not isinstance(term, Mul) or not free_indices(term) <= free_indices(line.left):
                continue
            missing: list[Term] = []
            for position, part in enumerate(term.factors):
                if line.moves(part, derivative.by):
                    slope = ONE if part is derivative.by else line.slope(part, derivative.by)
                    missing.append(mul(*term.factors[:position], slope, *term.factors[position + 1 :]))
            if len(missing) < 2:  # what one factor moves is no matter of the product rule
                continue
            for each in missing:
                for sign in (each, minus(each)):
                    right = with_term(line.right, sign)
                    yield Candidate(right, line.right, right, {"how": "is missing", "missing": sign})
            for place in line.places:
                if isinstance(place.parent, Add):
                    for each in missing:
                        yield line.at(place, each, how="does not stand there", missing=each)
