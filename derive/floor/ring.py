"""`ring`: whether two terms are equal by the arithmetic of fractions alone.

    (x^2 - y^2)/(x - y)  =  x + y           the cross-multiplied difference is 0
    exp(a + b)*c         =  c*exp(b + a)    exp(…) is opaque, and its argument is compared in the same way

    sum(2*c*x[i], i)     =  2*c*sum(x[i], i)    what does not hang on the index stands before the sum

What is not made by +, -, *, / and whole powers is an *atom*. Two atoms are one if they are made alike, of parts that are equal
by `ring`. Two terms are equal if the difference of their forms is 0:

    form       numerator / (factor^n * …)      a Laurent polynomial in atoms, over polynomials of several terms

*Guarantee*: terms that are called equal have equal values wherever both have a value. For then no divisor in them is 0, so that
a quotient may be crossed with another; a divisor in what need not have a value, a sum that may be empty or the branch of a
choice, is never moved out of it. What is not called equal may be equal all the same, by a law or an assumption.

`using` are equations that hold at the point: an atom, a power of one or a product of such that is a left side is replaced by
the right side, but inside of derivatives, where an equation at a point says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import gcd
from typing import Any

from derive.floor.errors import LimitError
from derive.floor.terms import (
    Add,
    Affine,
    Binder,
    Bound,
    Diff,
    Div,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Sum,
    Term,
    add,
    children,
    div,
    lowered,
    mentions,
    mul,
    number,
    power,
)

MOST_TERMS = 4000
"""Monomials of one polynomial: what is larger takes seconds."""
LARGEST_POWER = 64
MOST_REPLACED = 200
"""Uses of equations in one form: more go round for ever."""

Monomial = tuple[tuple[int, int], ...]
"""Atoms by their numbers, each with its exponent, in order."""
Poly = dict[Monomial, Fraction]
Factor = frozenset[tuple[Monomial, Fraction]]


class Form:
    """A fraction: `above` is a Laurent polynomial, `below` has polynomials of several terms with their exponents."""

    __slots__ = ("above", "below")

    def __init__(self, above: Poly, below: Mapping[Factor, int]) -> None:
        self.above = above
        self.below = below


class Atoms:
    """The atoms met so far, by number. Forms are compared with those of the same `Atoms` only."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._terms: list[Term] = []
        self._plain = _Reading(self, {})

    def equal(self, left: Term, right: Term, using: Iterable[tuple[Term, Term]] = ()) -> bool:
        """Whether the terms are equal; see the module.

        Fails with `LimitError` where a polynomial is too large, and with `ZeroDivisionError` for a quotient by 0.
        """
        reading = self._with(using)
        return not _plus(reading.form(left), _scaled(reading.form(right), Fraction(-1))).above

    def written(self, term: Term, using: Iterable[tuple[Term, Term]] = ()) -> Term:
        """The term in its form, once the equations are used: equal to it in the sense of `equal`."""
        return self._with(using).written(term)

    def atoms(self, term: Term) -> list[Term]:
        """The atoms of the form of a term."""
        form = self._plain.form(term)
        monomials = (*form.above, *(monomial for factor in form.below for monomial, _ in factor))
        return [self._terms[number] for number in dict.fromkeys(atom for monomial in monomials for atom, _ in monomial)]

    def _with(self, using: Iterable[tuple[Term, Term]]) -> _Reading:
        given: dict[Monomial, Term] = {}
        for left, value in using:
            form = self._plain.form(left)
            if len(form.above) == 1 and not form.below:
                ((monomial, coefficient),) = form.above.items()
                if coefficient == 1 and monomial and all(exponent > 0 for _, exponent in monomial):
                    given[monomial] = value
        return _Reading(self, given) if given else self._plain

    def number(self, key: Any, term: Term) -> int:
        """The number of the atom with that key; `term` is one."""
        number = self._numbers.setdefault(key, len(self._terms))
        if number == len(self._terms):
            self._terms.append(term)
        return number

    def term(self, number: int) -> Term:
        """One of the terms that are that atom."""
        return self._terms[number]

    @property
    def plain(self) -> _Reading:
        """The reading without equations."""
        return self._plain


class _Reading:
    """Terms to forms, with the values `given` for some products of atoms."""

    def __init__(self, atoms: Atoms, given: Mapping[Monomial, Term]) -> None:
        self.atoms = atoms
        self.given = dict(given)
        self._replaced = {atom for monomial in given for atom, _ in monomial}
        self._known: dict[Term, Form] = {}

    def form(self, term: Term) -> Form:
        """The form of a term."""
        found = self._known.get(term)
        if found is None:
            found = self._form(term)
            if self.given:
                found = self._reduced(found)
            self._known[term] = found
        return found

    def _form(self, term: Term) -> Form:
        match term:
            case Number(value):
                return Form({(): value} if value else {}, {})
            case Add(terms):
                total = self.form(terms[0])
                for part in terms[1:]:
                    total = _plus(total, self.form(part))
                return total
            case Neg(inner):
                return _scaled(self.form(inner), Fraction(-1))
            case Mul(factors):
                product = self.form(factors[0])
                for factor in factors[1:]:
                    product = _times(product, self.form(factor))
                return product
            case Div(above, below):
                return _times(self.form(above), _inverse(self.form(below)))
            case Pow(base, Number(value)) if _is_small(value):
                whole = self.form(base)
                return _raised(whole if value >= 0 else _inverse(whole), abs(int(value)))
        return self._atom(term)

    def _atom(self, term: Term) -> Form:
        if isinstance(term, Sum):
            form = self._sum(term)
            if self.given:
                plain = self.atoms.plain.form(term)
                if any(atom in self._replaced for monomial in plain.above for atom, _ in monomial):
                    return plain
            return form
        number = self.atoms.number(self.key(term), term)
        if self.given:
            plainly = self.atoms.number(self.atoms.plain.key(term), term)
            if plainly in self._replaced:
                return _alone(plainly)
        return _alone(number)

    def _reduced(self, form: Form) -> Form:
        """A form with the values for the products of atoms that are given."""
        for _ in range(MOST_REPLACED):
            for monomial in form.above:
                use = next((use for use in (_use(monomial, given) for given in self.given) if use is not None), None)
                if use is not None:
                    form = self._put(form, monomial, *use)
                    break
            else:
                return form
        raise LimitError("D401", "equations that lead back to themselves")

    def _put(self, form: Form, monomial: Monomial, given: Monomial, times: int) -> Form:
        """A form with the value for `given`, to the power `times`, in one of its monomials."""
        value = self.given.pop(given)  # an equation that leads back to itself is used once
        try:
            put = _raised(self.form(value) if times > 0 else _inverse(self.form(value)), abs(times))
        finally:
            self.given[given] = value
        rest = _joined(monomial, tuple((atom, -exponent * times) for atom, exponent in given))
        others = {other: coefficient for other, coefficient in form.above.items() if other != monomial}
        return _plus(Form(others, form.below), _times(Form({rest: form.above[monomial]}, form.below), put))

    def written(self, term: Term) -> Term:
        """A term in its form."""
        form = self.form(term)
        below = (power(self._written(factor), number(exponent)) for factor, exponent in form.below.items())
        return div(self._written(form.above), mul(*below))

    def key(self, term: Term) -> Any:
        """What makes two atoms one: the operation, and the forms of its parts."""
        if isinstance(term, Index | Affine | Bound) or not children(term):
            return term
        if isinstance(term, Binder):
            return type(term), term.range, frozenset(term.excluded), self._part(term.scope)
        # A derivative is of what stands there, also beside the point at which an equation holds.
        reading = self.atoms.plain if isinstance(term, Diff) else self
        data = tuple(part for part in (getattr(term, name) for name in term._fields) if isinstance(part, str))
        return type(term), data, tuple(reading._part(part) for part in children(term))

    def _part(self, term: Term) -> Any:
        if isinstance(term, Index | Affine | Bound):
            return term
        form = self.form(term)
        return frozenset(form.above.items()), frozenset(form.below.items())

    # --- sums ---------------------------------------------------------------------------------------------------------

    def _sum(self, term: Sum) -> Form:
        """The sum of a polynomial: what does not hang on the index stands before the sum of the rest, monomial by monomial.

        A divisor stays inside where the sum may have no terms: it may then be 0, and the sum is 0 all the same.
        """
        inside = self.form(term.scope)
        divides = not term.excluded and not (isinstance(term.range, Number) and term.range.value < 1)
        kept: dict[Factor, int] = {}
        below: dict[Factor, int] = {}
        for factor, exponent in inside.below.items():
            if not divides or any(self._hangs(atom) for monomial, _ in factor for atom, _ in monomial):
                kept[factor] = exponent
            else:
                lowered = frozenset((self._outside(monomial), coefficient) for monomial, coefficient in factor)
                below[lowered] = below.get(lowered, 0) + exponent
        total = Form({}, {})
        for monomial, coefficient in inside.above.items():
            rest = tuple((a, e) for a, e in monomial if self._hangs(a) or not (divides or e > 0))
            before = self._outside(tuple(pair for pair in monomial if pair not in rest))
            total = _plus(total, _times(Form({before: coefficient}, below), _alone(self._of_rest(term, rest, kept))))
        return total

    def _of_rest(self, term: Sum, rest: Monomial, below: Mapping[Factor, int]) -> int:
        key = type(term), term.range, frozenset(term.excluded), (frozenset({(rest, Fraction(1))}), frozenset(below.items()))
        scope = div(self._written({rest: Fraction(1)}), mul(*(power(self._written(f), number(e)) for f, e in below.items())))
        return self.atoms.number(key, Sum.over(term.letter, term.range, term.excluded, scope))

    def _written(self, poly: Iterable[tuple[Monomial, Fraction]] | Poly) -> Term:
        pairs = poly.items() if isinstance(poly, dict) else poly
        terms = []
        for monomial, c in sorted(pairs):
            above = [power(self.atoms.term(atom), number(e)) for atom, e in monomial if e > 0]
            below = [power(self.atoms.term(atom), number(-e)) for atom, e in monomial if e < 0]
            terms.append(div(mul(number(c), *above), mul(*below)))
        return add(*terms)

    def _hangs(self, atom: int) -> bool:
        """Whether an atom in the scope of a binder hangs on its index."""
        return mentions(self.atoms.term(atom), 0)

    def _outside(self, monomial: Monomial) -> Monomial:
        """A monomial in the scope of a binder that does not hang on its index, as it is outside."""
        return tuple(sorted((self._lowered(atom), exponent) for atom, exponent in monomial))

    def _lowered(self, atom: int) -> int:
        term = self.atoms.term(atom)
        outside = lowered(term)
        return atom if outside is term else self.atoms.number(self.key(outside), outside)


def _use(monomial: Monomial, given: Monomial) -> tuple[Monomial, int] | None:
    """How often a given product of atoms is in a monomial; None where it is not. A power of one atom may be below the bar."""
    exponents = dict(monomial)
    times = min(exponents.get(atom, 0) // exponent for atom, exponent in given)
    if times > 0:
        return given, times
    ((atom, exponent), *more) = given
    return (given, exponents[atom] // exponent) if not more and exponents.get(atom, 0) < 0 else None


def _is_small(exponent: Fraction) -> bool:
    return exponent.denominator == 1 and abs(exponent) <= LARGEST_POWER


def _alone(atom: int) -> Form:
    return Form({((atom, 1),): Fraction(1)}, {})


def _plus(left: Form, right: Form) -> Form:
    below = dict(left.below)
    for factor, exponent in right.below.items():
        below[factor] = max(below.get(factor, 0), exponent)
    total = dict(_over(left, below))
    for monomial, coefficient in _over(right, below).items():
        added = total.get(monomial, 0) + coefficient
        if added:
            total[monomial] = added
        else:
            del total[monomial]
    return Form(_bounded(total), below if total else {})


def _over(form: Form, below: Mapping[Factor, int]) -> Poly:
    """The numerator over a larger denominator."""
    above = form.above
    for factor, exponent in below.items():
        for _ in range(exponent - form.below.get(factor, 0)):
            above = _product(above, dict(factor))
    return above


def _scaled(form: Form, value: Fraction) -> Form:
    return Form({monomial: coefficient * value for monomial, coefficient in form.above.items()}, form.below)


def _times(left: Form, right: Form) -> Form:
    above = _product(left.above, right.above)
    if not above:
        return Form({}, {})
    below = dict(left.below)
    for factor, exponent in right.below.items():
        below[factor] = below.get(factor, 0) + exponent
    return Form(above, below)


def _inverse(form: Form) -> Form:
    if not form.above:
        raise ZeroDivisionError("a quotient by 0")
    above: Poly = {(): Fraction(1)}
    for factor, exponent in form.below.items():
        for _ in range(exponent):
            above = _product(above, dict(factor))
    content, rest = _parted(form.above)
    ((monomial, coefficient),) = content.items()
    above = _product(above, {tuple((atom, -exponent) for atom, exponent in monomial): 1 / coefficient})
    return Form(above, {rest: 1} if len(rest) > 1 else {})


def _raised(form: Form, exponent: int) -> Form:
    result = Form({(): Fraction(1)}, {})
    for bit in bin(exponent)[2:] if exponent else "":
        result = _times(result, result)
        if bit == "1":
            result = _times(result, form)
    return result


def _parted(poly: Poly) -> tuple[Poly, Factor]:
    """A polynomial as a monomial times one that no monomial divides and whose first coefficient is positive."""
    least = dict(next(iter(poly)))
    for monomial in poly:
        exponents = dict(monomial)
        for atom in {*least, *exponents}:
            least[atom] = min(least.get(atom, 0), exponents.get(atom, 0))
    common: Monomial = tuple(sorted((atom, exponent) for atom, exponent in least.items() if exponent))
    values = poly.values()
    numerator, denominator = gcd(*(v.numerator for v in values)), 1
    for value in values:
        denominator = denominator * value.denominator // gcd(denominator, value.denominator)
    sign = 1 if poly[min(poly)] > 0 else -1
    content = Fraction(sign * numerator, denominator)
    inverse = {tuple((atom, -exponent) for atom, exponent in common): 1 / content}
    return {common: content}, frozenset(_product(poly, inverse).items())


def _product(left: Poly, right: Poly) -> Poly:
    if len(left) * len(right) > 50 * MOST_TERMS:
        raise LimitError("D402", "a product of large polynomials")
    total: Poly = {}
    for one, first in left.items():
        for other, second in right.items():
            monomial = _joined(one, other)
            added = total.get(monomial, 0) + first * second
            if added:
                total[monomial] = added
            else:
                del total[monomial]
    return _bounded(total)


def _joined(left: Monomial, right: Monomial) -> Monomial:
    if not left or not right:
        return left or right
    exponents = dict(left)
    for atom, exponent in right:
        exponents[atom] = exponents.get(atom, 0) + exponent
    return tuple(sorted((atom, exponent) for atom, exponent in exponents.items() if exponent))


def _bounded(poly: Poly) -> Poly:
    if len(poly) > MOST_TERMS:
        raise LimitError("D402", "a polynomial of too many terms")
    return poly
