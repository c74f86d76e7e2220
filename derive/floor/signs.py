"""Signs: what is positive, negative, nonzero, read off the structure of a term and the declarations.

`sign(term)` is a relation of the value to 0 that holds wherever the term is defined: one of

    >   <   >=   <=   !=   =      or None where nothing is known

together with the declared facts that it used (`x > 0`), as conditions: a theorem that rests on a sign says so. A square is
nonnegative, an exponential positive, a finite sum of positive terms positive if it has a term at all; sizes are at least
their least value. "None" never means that the value can have either sign: abstaining is always sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from fractions import Fraction
from functools import cache
from math import ceil, floor
from typing import Any, NamedTuple, Self

from derive.floor import conditions as cond
from derive.floor import functions
from derive.floor import terms as t
from derive.floor.conditions import NONE, Condition, Conditions, guarded, is_about_indices, needs, negated, under_binder
from derive.floor.theory import Theory
from derive.limits import uncounted

DEEPEST_CASES = 3  # choices, one inside the other, in each branch of which more is known
Claims = tuple[t.Comparison, ...]


class Sign(NamedTuple):
    """A relation to 0, and the facts that it rests on."""

    relation: str | None
    uses: Conditions = NONE


UNKNOWN = Sign(None)

# A relation is what it leaves of -1, 0 and 1, and what is done with values is done with each of these.
_ANY = frozenset((-1, 0, 1))
_VALUES: Mapping[str | None, Set[int]] = {">": {1}, "<": {-1}, "=": {0}, ">=": {0, 1}, "<=": {-1, 0}, "!=": {-1, 1}, None: _ANY}
_RELATIONS = {frozenset(values): relation for relation, values in _VALUES.items()}


def _relation(values: Iterable[int]) -> str | None:
    """The relation that leaves these values. Where there is none, nothing has that sign, and it is unknown."""
    return _RELATIONS.get(frozenset(values))


def holds(known: str | None, asked: str) -> bool:
    """Whether a value that stands in relation `known` to 0 also stands in relation `asked` to it."""
    return _VALUES[known] <= _VALUES[asked]


def excludes(known: str | None, asked: str) -> bool:
    """Whether a value that stands in relation `known` to 0 cannot stand in relation `asked` to it."""
    return not _VALUES[known] & _VALUES[asked]


@cache
def _of_each(operation: Callable[[int, int], Iterable[int]], left: str | None, right: str | None) -> str | None:
    return _relation(value for a in _VALUES[left] for b in _VALUES[right] for value in operation(a, b))


def _sum(a: int, b: int) -> Iterable[int]:
    return _ANY if a * b < 0 else (a or b,)


def _product(a: int, b: int) -> Iterable[int]:
    return (a * b,)


def _power(a: int, exponent: Fraction) -> Iterable[int]:
    """A root is of what is at least 0, a reciprocal of what is not 0, and x^0 is 1."""
    has_a_value = (a >= 0 or exponent.denominator == 1) and (a != 0 or exponent >= 0)
    return (a ** int(exponent.numerator % 2 or 2) if exponent else 1,) if has_a_value else ()


def mirror(sign: Sign) -> Sign:
    """The sign of the negated value."""
    return Sign(_of_each(_product, "<", sign.relation), sign.uses)


def plus(left: Sign, right: Sign) -> Sign:
    """The sign of a sum."""
    return Sign(_of_each(_sum, left.relation, right.relation), left.uses | right.uses)


def times(left: Sign, right: Sign) -> Sign:
    """The sign of a product: 0 where one of them is, whatever the other one rests on."""
    if "=" in (left.relation, right.relation):
        return left if left.relation == "=" else right
    return Sign(_of_each(_product, left.relation, right.relation), left.uses | right.uses)


def either(left: Sign, right: Sign) -> Sign:
    """The sign of what has one of two signs."""
    return Sign(_relation({*_VALUES[left.relation], *_VALUES[right.relation]}), left.uses | right.uses)


def both(left: Sign, right: Sign) -> Sign:
    """The sign of what has two signs: of >= and != it is >, of >= and = it is =; of two that exclude each other, the first."""
    together = _VALUES[left.relation] & _VALUES[right.relation] or _VALUES[left.relation]
    for sign in (left, right):
        if together == _VALUES[sign.relation]:
            return sign
    return Sign(_relation(together), left.uses | right.uses)


def raised(base: Sign, exponent: Fraction) -> Sign:
    """The sign of a power with a rational exponent, wherever it has a value."""
    always, found = (_relation(v for a in _VALUES[r] for v in _power(a, exponent)) for r in (None, base.relation))
    return Sign(always) if always == found else Sign(found, base.uses)


def with_factors(claim: t.Comparison) -> Iterator[t.Comparison]:
    """The relation, and that what stands in it as a factor, or below a bar, is not 0 where the whole is not."""
    yield claim
    if claim.relation not in (">", "!=") or claim.right is not t.ZERO:
        return
    waiting = [claim.left]
    while waiting:
        parts: tuple[t.Term, ...] = ()
        match waiting.pop():
            case t.Mul() | t.Div() | t.Neg() as whole:
                parts = t.children(whole)
            case t.Pow(inner, t.Number(exponent)) if exponent != 0:
                parts = (inner,)
            case t.Apply(name, (inner,)) if functions.TABLE[name].definite:
                parts = (inner,)
        yield from (t.Comparison(part, "!=", t.ZERO) for part in parts)
        waiting += parts


class Knowledge:
    """What is known at a point: the declarations, further hypotheses (`given x != 0`) and relations of indices.

    It is a value, and cannot be changed.
    """

    __slots__ = ("__weakref__", "_cases", "_signs", "assumed", "conditions", "equalities", "facts", "hypotheses", "theory")

    theory: Theory
    hypotheses: Claims
    conditions: Claims  # relations of indices
    assumed: Claims
    facts: Claims
    equalities: Claims
    _signs: dict[t.Term, Sign]
    _cases: int  # how many cases, one inside the other, were entered in the search for a sign

    def __new__(cls, theory: Theory, hypotheses: Claims = (), conditions: Claims = ()) -> Self:
        hypotheses, assumptions = tuple(hypotheses), tuple(assumption.claim for assumption in theory.assumptions)
        assumed = tuple(claim for claim in assumptions if claim.relation != "=")
        facts = tuple(fact for h in (*assumed, *hypotheses) if h.relation != "=" for fact in with_factors(h))
        if any(type(claim) is not t.Comparison for claim in (*hypotheses, *conditions)):
            raise TypeError("what is known is a relation")
        equalities = tuple(claim for claim in (*hypotheses, *assumptions) if claim.relation == "=")
        values = {"facts": facts, "equalities": equalities, "assumed": assumed, "_signs": {}, "_cases": 0}
        values |= {"theory": theory, "hypotheses": hypotheses, "conditions": tuple(conditions)}
        if type(theory) is not Theory:
            raise TypeError("what is known is known in a theory")
        made = object.__new__(cls)
        for name, value in values.items():
            object.__setattr__(made, name, value)
        return made

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"what is known cannot be changed: {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.theory, self.hypotheses, self.conditions)  # and nothing that is remembered of it

    def where(self, *claims: t.Comparison) -> Knowledge:
        """What is known besides where the claims hold."""
        if not claims:
            return self
        relations = tuple(filter(is_about_indices, claims))
        hypotheses = tuple(claim for claim in claims if claim not in relations)
        return Knowledge(self.theory, (*self.hypotheses, *hypotheses), (*self.conditions, *relations))

    def least(self, size: t.Term) -> int:
        """The least value of a size, or of the number that stands for one."""
        if not isinstance(size, t.Size):
            return int(t.rational(size) or 0)
        declared = self.theory.sizes.get(size.name, 1)
        for claim in self.facts:
            match claim:
                case t.Comparison(t.Size(name), ">=" | ">" as relation, t.Number(value)) if name == size.name:
                    declared = max(declared, ceil(value) if relation == ">=" else floor(value) + 1)
        return declared

    def at_least(self, size: t.Term, value: int) -> Conditions:
        """The condition that a size is at least `value`, where its declaration alone does not say so."""
        if not isinstance(size, t.Size) or value <= self.theory.sizes.get(size.name, 1):
            return NONE
        return needs(size, ">=", t.number(value))

    def apart(self, left: t.Term, right: t.Term) -> bool:
        """Whether the two indices are known to differ."""
        if isinstance(left, t.Number) and isinstance(right, t.Number):
            return left.value != right.value
        return cond.says_apart((*self.conditions, *self.hypotheses), left, right)

    def without_idle(self, condition: Condition) -> Condition:
        """The condition without the indices that its claim does not mention, where there are values that meet its guards."""
        bound, guards = condition.bound, condition.guards
        for index in sorted(bound - t.free_indices(condition.claim), key=t.by_name):
            about = frozenset(guard for guard in guards if index in t.free_indices(guard))
            apart = all(is_about_indices(guard) and guard.relation == "!=" for guard in about)
            if apart and self.least(index.range) > len(about):
                bound, guards = bound - {index}, guards - about
        return Condition(condition.claim, bound, guards, condition.letters) if bound != condition.bound else condition

    def sign(self, term: t.Term) -> Sign:
        """The sign of `term`; see the module."""
        found = self._signs.get(term)
        if found is None:
            if not t.is_a("Term", term):
                raise TypeError(f"{term!r} is no term")
            self._signs[term] = UNKNOWN  # what leads back to itself is not known
            found = self._signs[term] = self._compute(term)
        return found

    def _compute(self, term: t.Term) -> Sign:
        found = self._structure(term)
        return found if found.relation in (">", "<", "=") else both(found, self._fact(term))

    def _fact(self, term: t.Term) -> Sign:
        """A declared or assumed relation of exactly this term to 0, or the number that it is assumed to be."""
        best = UNKNOWN
        for claim in self.equalities:
            if t.rational(claim.right) is not None and t.alpha_equal(claim.left, term):
                best = both(best, Sign(self.sign(claim.right).relation, frozenset((Condition(claim),))))
        for claim in self.facts:
            if is_about_indices(claim):
                continue
            here = frozenset((Condition(claim),))
            if claim.right is t.ZERO and claim in self.assumed and self._instance(claim.left, term):
                best = both(best, Sign(claim.relation, needs(term, claim.relation, t.ZERO)))
            elif t.alpha_equal(claim.left - claim.right, term):
                best = both(best, Sign(claim.relation, here))
            elif t.alpha_equal(claim.left, term):  # t > r is t = r + something positive
                best = both(best, plus(self.sign(claim.right), Sign(claim.relation, here)))
            elif t.alpha_equal(claim.right, term):
                best = both(best, plus(self.sign(claim.left), mirror(Sign(claim.relation, here))))
        return best

    def _instance(self, pattern: t.Term, term: t.Term) -> bool:
        """Whether `term` is what an assumption says of all values of its free indices: S[i] > 0 holds of every entry."""
        universal = self.theory.universal(pattern)
        if isinstance(pattern, t.Entry) and isinstance(term, t.Entry) and pattern.name == term.name:
            names = pattern.indices
            return len(set(names)) == len(names) and all(
                p is i or (p in universal and not isinstance(i, t.Affine)) for p, i in zip(names, term.indices, strict=True)
            )
        if len(universal) == 1 and t.entry_names(pattern) == t.entry_names(term):
            (index,) = universal
            return any(
                t.alpha_equal(t.substitute(pattern, {index: other}), term)
                for other in t.free_indices(term)
                if other.range is index.range
            )
        return False

    def _structure(self, term: t.Term) -> Sign:
        match term:
            case t.Number(value):
                return Sign(">" if value > 0 else "<" if value < 0 else "=")
            case t.Size() | t.Ordinal():
                return Sign(">")
            case t.Entry(name, _):
                return self._entry(term, name)
            case t.Call(name, _):
                body = self.theory.unfold(term)
                return self._through(term, body)
            case t.Neg(inner):
                return mirror(self.sign(inner))
            case t.Add(terms):
                total = Sign("=")
                for part in terms:
                    total = plus(total, self.sign(part))
                return total if total.relation else self._least_of(terms)
            case t.Mul(factors):
                product = Sign(">")
                for factor in dict.fromkeys(factors):
                    product = times(product, raised(self.sign(factor), Fraction(factors.count(factor))))
                return product
            case t.Div(numerator, denominator):
                return times(self.sign(numerator), raised(self.sign(denominator), Fraction(-1)))
            case t.Pow(base, t.Number(exponent)):
                return raised(self.sign(base), exponent)
            case t.Pow(base, exponent):
                if functions.power_kind(exponent) == functions.Power.REAL:
                    return Sign(">")
                found = self.sign(base)
                return found if found.relation in (">", ">=", "!=") else UNKNOWN
            case t.Apply(function, arguments):
                return self._function(function, arguments)
            case t.Sum(index, excluded, _):
                found, uses = self._of_body(term)
                weak = {">": ">=", "<": "<=", "!=": None}.get(found.relation or "", found.relation)
                if not weak or self.least(index.range) <= len(excluded):  # it may have no term, and be 0
                    return Sign(weak, uses)
                return Sign(found.relation, uses | self.at_least(index.range, len(excluded) + 1))
            case t.Binder():  # the greatest and the least value are among the values
                found, uses = self._of_body(term)
                known = found.relation in (">", ">=", "!=") or (found.relation and not isinstance(term, t.Prod))
                return Sign(found.relation, uses) if known else UNKNOWN
            case t.Delta():
                return Sign(">=")
            case t.If(condition, then, otherwise) if is_about_indices(condition):
                return either(self.sign(then), self.sign(otherwise))
            case t.If(condition, then, otherwise):
                return either(self._in_case(condition, then), self._in_case(negated(condition), otherwise))
        return UNKNOWN

    def _least_of(self, terms: tuple[t.Term, ...]) -> Sign:
        """The sign of sizes less a number, from the least value of each: n - 2 >= 0 where n >= 2."""
        total, uses = Fraction(0), NONE
        for part in terms:
            value = self.least(part) if isinstance(part, t.Size) else t.rational(part)
            if value is None:
                return UNKNOWN
            total, uses = total + value, uses | self.at_least(part, self.least(part))
        return Sign(">" if total > 0 else ">=", uses) if total >= 0 else UNKNOWN

    def _in_case(self, claim: t.Comparison, branch: t.Term) -> Sign:
        if self._cases == DEEPEST_CASES:
            return self.sign(branch)
        known = self.where(claim)
        object.__setattr__(known, "_cases", self._cases + 1)
        found = known.sign(branch)
        return Sign(found.relation, guarded(found.uses, claim))

    def _of_body(self, term: t.Binder) -> tuple[Sign, Conditions]:
        """The sign of the body of a binder, for all values of its index, and the facts that it rests on.

        The index is one that no hypothesis can mention: one about k is not about the k that a sum runs through.
        """
        index, body = t.opened(term)
        found = self.sign(body)
        return found, under_binder(found.uses, index, term.excluded)

    def _entry(self, term: t.Entry, name: str) -> Sign:
        unknown = self.theory.unknowns.get(name)
        if unknown is not None:
            relation = unknown.relation
            if any(isinstance(index, t.Affine) for index in term.indices):
                # Beyond its range the entry is 0.
                relation = ">=" if relation in (">", ">=") else None
            return Sign(relation, needs(term, relation, t.ZERO)) if relation else UNKNOWN
        return self._through(term, self.theory.unfold(term))

    def _through(self, term: t.Term, body: t.Term | None) -> Sign:
        """The sign of a defined name: that of its body, stated of the name itself."""
        found = UNKNOWN if body is None else self.sign(body)
        if found.relation in ("<", "<="):
            return Sign(found.relation, needs(t.Neg(term), mirror(found).relation or "", t.ZERO))
        return Sign(found.relation, needs(term, found.relation, t.ZERO)) if found.relation not in (None, "=") else UNKNOWN

    def _function(self, function: str, arguments: tuple[t.Term, ...]) -> Sign:
        row = functions.TABLE[function]
        if row.sign == ">":
            return Sign(">")
        if function == "ln":
            return self._logarithm(arguments[0])
        if row.keeps_sign:
            return self.sign(arguments[0])
        if row.definite:
            found = self.sign(arguments[0])
            # A square root and an absolute value vanish where their argument does, and only there.
            if found.relation == "=":
                return found
            return Sign(">", found.uses) if found.relation in (">", "!=", "<") else Sign(">=")
        if function == "max":
            signs = [self.sign(a) for a in arguments]
            largest = next((s for wanted in (">", ">=", "=") for s in signs if s.relation == wanted), UNKNOWN)
            return Sign(">=", largest.uses) if largest.relation == "=" else largest
        return both(Sign(row.sign), UNKNOWN if row.means is None else self.sign(row.means(*arguments)))

    def _logarithm(self, argument: t.Term) -> Sign:
        """ln(u) stands to 0 as u stands to 1."""
        if isinstance(argument, t.Number) and argument.value > 0:
            return Sign(">" if argument.value > 1 else "<" if argument.value < 1 else "=")
        for claim in self.facts:
            if claim.right is t.ONE and t.alpha_equal(claim.left, argument):
                return Sign(claim.relation, frozenset((Condition(claim),)))
        return UNKNOWN


class _Intrinsic(Knowledge):
    """What is known without any declaration, kept with the terms: it outlives every derivation."""

    __slots__ = ()

    def sign(self, term: t.Term) -> Sign:
        return intrinsic_sign(term)


@t.kept
@uncounted
def intrinsic_sign(term: t.Term) -> Sign:
    """The sign that a term has by its form alone."""
    return INTRINSIC._compute(term)


INTRINSIC = _Intrinsic(Theory())  # knows that exp(x) > 0, and that x^2 >= 0
