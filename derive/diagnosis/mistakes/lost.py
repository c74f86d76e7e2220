"""What gets lost on the way from one line to the next: a sign, a factor, a term. Each may also be one too many.

    (x - m)^2 = x^2 - 2*x*m - m^2         a sign       … + m^2
    diff(x^2, x) = x                      a factor     2*x
    diff(t*sin(x), x) = cos(x)            a factor     t*cos(x)
    a + b + c = a + b                     a term       a + b + c
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.diagnosis.line import Line
from derive.diagnosis.places import Candidate, places
from derive.engine.writing import minus, over, scaled, times, with_term
from derive.floor.terms import ONE, ZERO, Add, Apply, Div, Neg, free_indices


def sign(line: Line) -> Iterator[Candidate]:
    """A minus sign too many; or one missing, before a term, a whole side, or what a function is taken of."""
    for place in line.places:
        if isinstance(place.term, Neg) and not isinstance(place.parent, Add):
            yield line.at(place, place.term.term)
    for place in line.summands:
        # sigmoid(-x) is 1 - sigmoid(x), and is mistaken for it: see `functions.function`.
        if place.term is not ZERO and not (isinstance(place.parent, Apply) and place.parent.function == "sigmoid"):
            yield line.at(place, minus(place.term))


def factor(line: Line) -> Iterator[Candidate]:
    """A factor 2 or 1/2, n or 1/n lost; or one too many."""
    for place in line.summands:
        for value in (Fraction(2), Fraction(1, 2)):
            yield line.at(place, scaled(place.term, value), factor=str(value))
        for extent in line.sizes:
            yield line.at(place, times(place.term, extent), factor=extent)
            yield line.at(place, over(place.term, extent), factor=Div(ONE, extent))
    for place in line.summands:
        for value in (Fraction(4), Fraction(1, 4), Fraction(3), Fraction(1, 3)):
            yield line.at(place, scaled(place.term, value), factor=str(value))


def sign_and_factor(line: Line) -> Iterator[Candidate]:
    """A sign and a factor at the same place."""
    for place in line.summands:
        for value in (Fraction(-2), Fraction(-1, 2)):
            yield line.at(place, scaled(place.term, value), factor=str(value))
        for extent in line.sizes:
            yield line.at(place, minus(times(place.term, extent)), factor=Neg(extent))
            yield line.at(place, minus(over(place.term, extent)), factor=Div(Neg(ONE), extent))


def missing_product(line: Line) -> Iterator[Candidate]:
    """A factor that is in scope is missing, above or below; or stands there too much."""
    for place in line.products:
        for atom in line.atoms:
            if free_indices(atom) <= {*line.free, *place.bound}:
                yield line.at(place, times(place.term, atom), factor=atom)
    for place in line.products:
        for atom in line.atoms:
            if free_indices(atom) <= {*line.free, *place.bound}:
                yield line.at(place, over(place.term, atom), factor=Div(ONE, atom))


def lost_term(line: Line) -> Iterator[Candidate]:
    """A term of the line before that got lost; or one term too many."""
    for place in line.places:
        if isinstance(place.parent, Add):
            yield line.at(place, ZERO, how="is one too many")
    for place in places(line.left):
        if isinstance(place.parent, Add) and free_indices(place.term) <= free_indices(line.left):
            for term in (place.term, minus(place.term)):
                right = with_term(line.right, term)
                yield Candidate(right, term, right, {"how": "is lost"})
