"""`ring`: whether two terms are equal by the arithmetic of fractions alone.

    (x^2 - y^2)/(x - y)  =  x + y           the cross-multiplied difference is 0
    exp(a + b)*c         =  c*exp(b + a)    exp(…) is opaque, and its argument is compared in the same way

    sum(2*c*x[i], i)     =  2*c*sum(x[i], i)    what does not hang on the index stands before the sum

What is not made by +, -, *, / and whole powers is an *atom*. Two atoms are one if they are made alike, of parts that are equal
by `ring`, and their exponents ask for the same. A divisor of several terms is an atom too, with negative exponents only. So a
term is a Laurent polynomial in atoms, and two are equal if the difference, multiplied by all divisors in it, is 0.

*Guarantee*: terms that are called equal have equal values wherever both have a value. For then no divisor in them is 0, so that
a quotient may be crossed with another; a divisor in what need not have a value, a sum that may be empty or the branch of a
choice, is never moved out of it. What is not called equal may be equal all the same, by a law or an assumption.

`using` are equations that hold at the point: an atom, a power of one or a product of such that is a left side is replaced by
the right side, but inside of derivatives, where an equation at a point says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import gcd, lcm
from threading import Lock
from typing import Any
from zlib import crc32

from derive.errors import LimitError
from derive.floor import terms as t
from derive.floor.functions import power_kind
from derive.floor.laurent import Monomial, Poly, alone, joined, plus, product, scaled
from derive.floor.subscripts import gaps, ordered
from derive.limits import MOST_REPLACED, spend

LARGEST_POWER = 64
MOST_ROUNDS = 4  # how often a difference is multiplied by its divisors


class Atoms:
    """The atoms met so far, by number. Forms are compared with those of the same `Atoms` only."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._terms: dict[int, t.Term] = {}
        self._named: dict[t.Term, int] = {}
        self._divisors: dict[int, Poly] = {}
        self._leads: dict[int, Monomial] = {}
        self._keys: dict[int, Any] = {}
        self._numbering = Lock()
        self._ranks: dict[int, int] = {}
        self.plain = _Reading(self, {})  # without equations

    def equal(self, left: t.Term, right: t.Term, using: Iterable[tuple[t.Term, t.Term]] = ()) -> bool:
        """Whether the terms are equal; see the module.

        Fails with `LimitError` where a polynomial is too large, and with `ZeroDivisionError` for a quotient by 0.
        """
        reading = self._with(using)
        difference = plus(reading.form(left), scaled(reading.form(right), Fraction(-1)))
        for _ in range(MOST_ROUNDS):
            multiplied, _ = self.without_divisors(difference)
            # Multiplied by its divisors the difference may have products for which there is an equation.
            difference = reading.reduced(multiplied)
            if difference == multiplied:
                break
        return not difference

    def written(self, term: t.Term, using: Iterable[tuple[t.Term, t.Term]] = ()) -> t.Term:
        """The term in its form, once the equations are used: equal to it in the sense of `equal`."""
        return self.as_term(self._with(using).form(term))

    def monomials(self, term: t.Term) -> list[list[tuple[t.Term, int]]]:
        """The form of a term: its monomials, each a product of powers of atoms."""
        return [[(self._terms[atom], exponent) for atom, exponent in monomial] for monomial in self.plain.form(term)]

    def _with(self, using: Iterable[tuple[t.Term, t.Term]]) -> _Reading:
        given: dict[Monomial, t.Term] = {}
        for left, value in using:
            form = self.plain.form(left)
            if len(form) == 1:
                ((monomial, coefficient),) = form.items()
                if monomial:
                    given[monomial] = t.mul(t.number(1 / coefficient), value)
            if left in self._named:
                given[((self._named[left], 1),)] = value
        return _Reading(self, given) if given else self.plain

    def number(self, key: Any, term: t.Term) -> int:
        """The number of the atom with that key; `term` is one."""
        number = self._numbers.get(key)
        if number is None:
            with self._numbering:
                # Whoever is interrupted in here has numbered nothing, or all but the name.
                number = len(self._numbers)
                self._keys[number], self._terms[number] = key, term
                number = self._numbers.setdefault(key, number)
                self._named[term] = number
        return number

    def term(self, number: int) -> t.Term:
        """One of the terms that are that atom."""
        return self._terms[number]

    def as_term(self, poly: Poly) -> t.Term:
        """A polynomial in atoms as a term."""
        terms = []
        for monomial, coefficient in sorted(poly.items()):
            above = [t.power(self._terms[atom], t.number(e)) for atom, e in monomial if e > 0]
            below = [t.power(self._terms[atom], t.number(-e)) for atom, e in monomial if e < 0]
            terms.append(t.div(t.mul(t.number(coefficient), *above), t.mul(*below)))
        return t.add(*terms)

    def inverse(self, poly: Poly) -> Poly:
        """One divided by a polynomial."""
        above, below = self.without_divisors(poly)
        if not above:  # of 1/(1/x - 1/x) too, and where that shows only without the divisors
            raise ZeroDivisionError("a quotient by 0")
        monomial, coefficient, rest = self._parted(above)
        result = {tuple((atom, -exponent) for atom, exponent in monomial): 1 / coefficient}
        if len(rest) > 1:
            key = frozenset(rest.items())
            divisor = self.number(key, self.as_term(rest))
            self._divisors.setdefault(divisor, rest)
            result = product(result, {((divisor, -1),): Fraction(1)})
        for divisor, exponent in below.items():
            for _ in range(exponent):
                result = product(result, self._divisors[divisor])
        return self.settled(result)

    def _parted(self, poly: Poly) -> tuple[Monomial, Fraction, Poly]:
        """A polynomial as a monomial, a number, and a polynomial that no monomial divides; that leads with a positive one."""
        least = dict(next(iter(poly)))
        for monomial in poly:
            exponents = dict(monomial)
            for atom in {*least, *exponents}:
                least[atom] = min(least.get(atom, 0), exponents.get(atom, 0))
        common: Monomial = tuple(sorted((atom, exponent) for atom, exponent in least.items() if exponent))
        values = poly.values()
        content = Fraction(gcd(*(value.numerator for value in values)), lcm(*(value.denominator for value in values)))
        if poly[max(poly, key=self._order)] < 0:
            content = -content
        inverse = {tuple((atom, -exponent) for atom, exponent in common): 1 / content}
        return common, content, product(poly, inverse)

    def without_divisors(self, poly: Poly) -> tuple[Poly, dict[int, int]]:
        """A polynomial multiplied by its divisors, and these with their exponents."""
        below: dict[int, int] = {}
        for monomial in poly:
            for atom, exponent in monomial:
                if exponent < 0 and atom in self._divisors:
                    below[atom] = max(below.get(atom, 0), -exponent)
        if not below:
            return poly, below
        total: Poly = {}
        for monomial, coefficient in poly.items():
            exponents = dict(monomial)
            whole: Poly = {tuple((a, e) for a, e in monomial if a not in below): coefficient}
            for divisor, most in below.items():
                for _ in range(most + exponents.get(divisor, 0)):
                    whole = product(whole, self._divisors[divisor])
            total = plus(total, whole)
        return total, below

    def settled(self, poly: Poly) -> Poly:
        """A polynomial in which no monomial over a divisor can be divided by the leading one of that."""
        if not any(atom in self._divisors for monomial in poly for atom, _ in monomial):
            return poly
        poly, waiting = dict(poly), sorted(poly, key=lambda monomial: sum(exponent for _, exponent in monomial))
        replaced = 0
        while waiting and replaced < MOST_REPLACED:  # those of the highest degree first, and what comes of them at once
            spend(1)
            monomial = waiting.pop()
            put = self._divided(monomial) if poly.get(monomial) else None
            if put is not None:
                replaced, coefficient = replaced + 1, poly.pop(monomial)
                for other, factor in put.items():
                    poly[other] = poly.get(other, Fraction(0)) + coefficient * factor
                waiting += put
        return plus({monomial: coefficient for monomial, coefficient in poly.items() if coefficient})

    def _divided(self, monomial: Monomial) -> Poly | None:
        """A monomial over a divisor by one step of division: x/(x + 1) is 1 - 1/(x + 1)."""
        for atom, exponent in monomial:
            divisor = self._divisors.get(atom) if exponent < 0 else None
            if divisor is None:
                continue
            lead = self._lead(atom)
            exponents = dict(monomial)
            if not lead or any(exponents.get(a, 0) < e for a, e in lead):
                continue
            left = {joined(monomial, tuple((a, -e) for a, e in lead)): 1 / divisor[lead]}
            others = {m: -c for m, c in divisor.items() if m != lead}
            return plus(product(left, {((atom, 1),): Fraction(1)}), product(left, others))
        return None

    def _lead(self, divisor: int) -> Monomial:
        """The monomial of a divisor that is divided by: the largest in an order that does not hang on what was met before.

        So a term has one form, up to the numbers of its atoms, and what one `Atoms` made of it another understands.
        """
        if divisor not in self._leads:
            self._leads[divisor] = max(self._divisors[divisor], key=self._order)
        return self._leads[divisor]

    def _order(self, monomial: Monomial) -> tuple[int, list[tuple[int, int]]]:
        """By degree, then lexicographically."""
        degree = sum(exponent for _, exponent in monomial)
        return degree, sorted(((self._rank(atom), exponent) for atom, exponent in monomial), reverse=True)

    def _rank(self, atom: int) -> int:
        """A number for an atom that hangs on how it is made only. That two have the same one is unlikely, and harmless."""
        if atom not in self._ranks:
            self._ranks[atom] = crc32(self._told(self._keys[atom]).encode())
        return self._ranks[atom]

    def _told(self, key: Any) -> str:
        """A key as a text, with the rank of each atom in the place of its number."""
        if isinstance(key, frozenset):
            parts = [self._told(p) if isinstance(p, t.Term) else f"{self._order(p[0])}{p[1]}" for p in key]
            return f"{sorted(parts)}"
        return f"{[*map(self._told, key)]}" if isinstance(key, tuple) else repr(key)


class _Reading:
    """Terms to forms, with the values `given` for some products of atoms."""

    def __init__(self, atoms: Atoms, given: Mapping[Monomial, t.Term]) -> None:
        self.atoms = atoms
        self.given = dict(given)
        self._replaced = {atom for monomial in given for atom, _ in monomial}
        self._given_of: dict[int, list[tuple[int, Monomial]]] = {}  # by the first atom, since most stand nowhere in a form
        for rank, monomial in enumerate(given):
            self._given_of.setdefault(monomial[0][0], []).append((rank, monomial))
        self._known: dict[t.Term, Poly] = {}

    def form(self, term: t.Term) -> Poly:
        """The form of a term."""
        found = self._known.get(term)
        if found is None:
            found = self._form(term)
            if self.given:
                found = self.reduced(found)
            self._known[term] = found
        return found

    def _form(self, term: t.Term) -> Poly:
        match term:
            case t.Number(value):
                return {(): value} if value else {}
            case t.Add(terms):
                return plus(*map(self.form, terms))
            case t.Neg(inner):
                return scaled(self.form(inner), Fraction(-1))
            case t.Mul(factors):
                whole = self.form(factors[0])
                for factor in factors[1:]:
                    whole = self._times(whole, self.form(factor))
                return whole
            case t.Div(above, below):
                return self._times(self.form(above), self.atoms.inverse(self.form(below)))
            case t.Pow(base, t.Number(value)) if value.denominator == 1 and abs(value) <= LARGEST_POWER:
                return self._raised(self.form(base), int(value))
            case t.Sum():
                return self._of_sum(term)
        return alone(self._atom(term))

    def _times(self, left: Poly, right: Poly) -> Poly:
        return self.atoms.settled(product(left, right))

    def _raised(self, poly: Poly, exponent: int) -> Poly:
        if exponent < 0:
            poly, exponent = self.atoms.inverse(poly), -exponent
        result: Poly = {(): Fraction(1)}
        for bit in bin(exponent)[2:] if exponent else "":
            result = self._times(result, result)
            if bit == "1":
                result = self._times(result, poly)
        return result

    def _atom(self, term: t.Term) -> int:
        plainly = self.atoms.number(self.atoms.plain.key(term), term)
        if not self.given or plainly in self._replaced:
            return plainly
        # With the equations in its parts it is another atom, and that one is a term of its own.
        changed = self._with_values(term)
        return self.atoms.number(self.atoms.plain.key(changed), changed)

    def _with_values(self, term: t.Term) -> t.Term:
        """An atom with what is given in the place of the parts that it has the value of: not inside of a derivative."""
        if isinstance(term, t.Diff | t.Entry | t.Delta):
            return term
        if isinstance(term, t.Binder):
            return type(term).over(term.letter, term.range, term.excluded, self._value_of(term.scope))  # type: ignore[no-any-return]
        return t.rebuild(term, tuple(map(self._value_of, t.children(term))))

    def _value_of(self, part: t.Term) -> t.Term:
        if isinstance(part, t.Index | t.Affine | t.Bound):
            return part
        try:
            return self._with_values(part) if isinstance(part, t.Comparison) else self.atoms.as_term(self.form(part))
        except ZeroDivisionError:
            return part

    def reduced(self, form: Poly) -> Poly:
        """A form with the values for the products of atoms that are given."""
        for _ in range(MOST_REPLACED):
            spend(len(form))
            for monomial in form:
                near = sorted(each for atom, _ in monomial for each in self._given_of.get(atom, ()) if each[1] in self.given)
                spend(len(near))
                use = next((use for use in (_use(monomial, given) for _, given in near) if use is not None), None)
                if use is not None:
                    form = self._put(form, monomial, *use)
                    break
            else:
                return form
        raise LimitError("D401", "equations that lead back to themselves")

    def _put(self, form: Poly, monomial: Monomial, given: Monomial, times: int) -> Poly:
        """A form with the value for `given`, to the power `times`, in one of its monomials."""
        value = self.given.pop(given)  # an equation that leads back to itself is used once
        try:
            put = self._raised(self.form(value), times)
        finally:
            self.given[given] = value
        rest = joined(monomial, tuple((atom, -exponent * times) for atom, exponent in given))
        others = {other: coefficient for other, coefficient in form.items() if other != monomial}
        return plus(others, self._times({rest: form[monomial]}, put))

    def key(self, term: t.Term) -> Any:
        """What makes two atoms one, where nothing is given: the operation, and the forms of its parts."""
        if not t.children(term):
            return ordered(term)
        if isinstance(term, t.Delta):
            return t.Delta, gaps(term.left, term.right)
        if isinstance(term, t.Binder):
            return type(term), term.range, frozenset(term.excluded), self._part(term.scope)
        data = tuple(part for part in (getattr(term, name) for name in term._fields) if isinstance(part, str))
        exponents = t.children(term)[isinstance(term, t.Pow) :] if isinstance(term, t.Pow | t.Call) else ()
        # x^1 and x^(1/2 + 1/2) ask for something else of x, and an argument may be an exponent.
        return type(term), data, tuple(map(power_kind, exponents)), tuple(map(self._part, t.children(term)))

    def _part(self, term: t.Term) -> Any:
        if isinstance(term, t.Index | t.Affine | t.Bound):
            return ordered(term)
        try:
            return frozenset(self.form(term).items())
        except ZeroDivisionError:  # a branch that is not taken may have no value: it is equal to itself
            return term

    def _of_sum(self, term: t.Sum) -> Poly:
        """A sum; where an equation is given for it as it stands, what is to be replaced."""
        if self.given:
            plain = self.atoms.plain.form(term)
            if any(atom in self._replaced for monomial in plain for atom, _ in monomial):
                return plain
        return self._sum(term)

    def _sum(self, term: t.Sum) -> Poly:
        """The sum of a polynomial: what does not hang on the index stands before the sum of the rest, monomial by monomial.

        A divisor stays inside where the sum may have no terms: it may then be 0, and the sum is 0 all the same.
        """
        divides = not term.excluded  # a range has a first place
        total: Poly = {}
        for monomial, coefficient in self.form(term.scope).items():
            rest = tuple((a, e) for a, e in monomial if t.mentions(self.atoms.term(a), 0) or not (divides or e > 0))
            before: Poly = {(): coefficient}
            for part, exponent in monomial:
                if (part, exponent) not in rest:
                    before = self._times(before, self._raised(self.form(t.lowered(self.atoms.term(part))), exponent))
            key = type(term), term.range, frozenset(term.excluded), frozenset({(rest, Fraction(1))})
            scope = self.atoms.as_term({rest: Fraction(1)})
            atom = self.atoms.number(key, t.Sum.over(term.letter, term.range, term.excluded, scope))
            total = plus(total, self._times(before, alone(atom)))
        return total


def _use(monomial: Monomial, given: Monomial) -> tuple[Monomial, int] | None:
    """How often a given product of atoms is in a monomial; None where it is not. A power of one atom may be below the bar."""
    exponents = dict(monomial)
    times = min(exponents.get(atom, 0) // exponent for atom, exponent in given)
    if times > 0 and all(exponents[atom] * exponent > 0 for atom, exponent in given):
        return given, times
    ((atom, exponent), *more) = given
    return (given, exponents[atom] // exponent) if not more and exponent > 0 > exponents.get(atom, 0) else None
