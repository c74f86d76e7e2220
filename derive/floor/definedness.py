"""Where a term has a value: `defined(term)` is the set of conditions under which it has one.

A divisor must not be 0, the argument of a logarithm must be positive, and so on by the table of functions. What holds by the
shape of the term alone (`exp(x) + 1 != 0`) is left out. A derivative exists where its body is defined all around the point
and has no kink there: its conditions are the open ones of the body. `defined_in` and `smooth_in` look through the names of a
theory: where v is if(x = 0, 0, 1/x), diff(v, x) asks for x != 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache, partial

from derive.floor import conditions as cond
from derive.floor import functions
from derive.floor import terms as t
from derive.floor.conditions import NONE, Condition, Conditions, guarded, is_about_indices, negated, opened, under_binder
from derive.floor.dependence import independent
from derive.floor.signs import INTRINSIC, holds
from derive.floor.theory import MOST_THEORIES, Theory
from derive.limits import spend, uncounted


@t.kept
@uncounted
def defined(term: t.Term) -> Conditions:
    """The conditions under which `term` has a value, names being taken for values, and derivatives for values wherever
    their body has one all around: two functions that are equal there have the same derivative, or none.
    """
    return _PLAIN._defined(term, frozenset())


def defined_in(term: t.Term, theory: Theory) -> Conditions:
    """The conditions under which `term` has a value, seen through the names that it is made of.

    Its derivatives are asked to be away from kinks, which is more than they need: x*abs(x) has a derivative at 0.
    """
    return _through(theory).defined(term)


def reached(terms: Iterable[t.Term], theory: Theory) -> Conditions:
    """That arrays are as long as the numbers at which their entries stand: x[5] supposes n >= 5."""
    return NONE.union(*map(_through(theory).reached, terms))


def valued_in(term: t.Term, theory: Theory) -> Conditions:
    """What follows from `term` having a value, seen through the names that it is made of.

    Nothing follows about kinks, of an entry at a computed index, which may be 0 beyond its range, or of an argument that the
    function does not use.
    """
    return _through(theory).implied.defined(term)


def smooth_in(term: t.Term, theory: Theory, slopes: int = 1) -> Conditions:
    """The conditions that keep `term` away from a jump, and from a kink if it is to have `slopes`, seen through its names.

    A kink: |x| at 0, max(a, b) at a = b, a root at 0. A jump: a choice by value at its border, which is where its two sides are
    equal or one of them jumps.
    """
    return _through(theory).smooth(term, slopes=slopes)


def around(condition: Condition, by: t.Entry, theory: Theory) -> Conditions | None:
    """The conditions under which `condition` holds on a neighbourhood as `by` is moved; None where that cannot be said.

    What does not depend on `by` stays as it is. An order or a difference stays true nearby where its sides have no jump; an
    equality need not, unless it is assumed everywhere.
    """
    here, indices = cond.opened_up(condition)
    for row in (row for row in theory.assumed(here.claim) if by.name in row.everywhere):  # it asks for values that there can be
        signs = ((t.scalar(name), theory.unknowns[name].relation) for name in row.everywhere)
        return opened(NONE.union(*(cond.needs(variable, sign, t.ZERO) for variable, sign in signs if sign)))
    found = NONE
    if not is_about_indices(here.claim) and independent(here.claim, by, theory) is None:
        if here.claim.relation == "=":
            return None
        values = defined_in(here.claim, theory)
        found = _moved(smooth_in(here.claim, theory, slopes=0) | (opened(values) - values), by, theory)
        for index in indices:
            found = under_binder(found, index, ())
    if any(not is_about_indices(guard) and independent(guard, by, theory) is None for guard in here.guards):
        # A guard that moves is dropped: the condition is then asked for everywhere.
        guards = frozenset(filter(is_about_indices, condition.guards))
        condition = Condition(condition.claim, condition.bound, guards, condition.letters)
    return opened((condition,)) | found


def _moved(conditions: Conditions, by: t.Entry, theory: Theory) -> Conditions:
    """The conditions that may change as `by` is moved: what stands at a kink and stays there has no kink for it."""
    here = ((c, cond.opened_up(c)[0] if c.bound else c) for c in sorted(conditions, key=repr))
    return frozenset(c for c, o in here if independent(o.claim, by, theory, partial(cond.says_apart, o.guards)) is None)


class _Definedness:
    """Where terms have a value, seen through the names that `theory` declares; without one, names are values."""

    def __init__(self, theory: Theory | None, follows: bool = False) -> None:
        if theory is not None and type(theory) is not Theory:
            raise TypeError(f"{theory!r} is no theory")
        self.theory = theory
        self.follows = follows  # what is sure to hold where there is a value, and not all that makes sure that there is one
        self._known: dict[tuple[str, t.Term, frozenset[str]], Conditions] = {}

    @cached_property
    def implied(self) -> _Definedness:
        """The conditions that follow from a value."""
        return _Definedness(self.theory, follows=True)

    def defined(self, term: t.Term, frozen: frozenset[str] = frozenset()) -> Conditions:
        """The conditions under which `term` has a value; `frozen` names are taken for values."""
        return defined(term) if self.theory is None else self._remembered("value", term, frozen, self._defined)

    def smooth(self, term: t.Term, frozen: frozenset[str] = frozenset(), slopes: int = 1) -> Conditions:
        """The conditions under which `term` has no jump where it has a value (0 `slopes`), a derivative (1), or all of them.

        `frozen` names are taken for smooth.
        """
        return self._remembered(f"smooth {slopes}", term, frozen, partial(self._smooth, slopes=slopes))

    def reached(self, term: t.Term) -> Conditions:
        """The conditions under which arrays are long enough for the numbers in `term`; not seen through names."""
        numbers = any(isinstance(place, t.Number) for _, at in t.uses(term) if isinstance(at, tuple) for place in at)
        return self._remembered("reached", term, frozenset(), self._reached) if numbers else NONE

    def _remembered(
        self, what: str, term: t.Term, frozen: frozenset[str], compute: Callable[[t.Term, frozenset[str]], Conditions]
    ) -> Conditions:
        spend()
        key = what, term, frozen
        found = self._known.get(key)
        if found is None:
            if not t.is_a("Term", term):
                raise TypeError(f"{term!r} is no term")
            found = self._known[key] = compute(term, frozen)
        return found

    def _defined(self, term: t.Term, frozen: frozenset[str]) -> Conditions:
        match term:
            case t.Index() | t.Number() | t.Size():
                return NONE
            case t.Diff(body, by):
                if self.theory is None:
                    return opened(self.defined(body))
                here = self.defined(body, frozen)
                if self.follows:
                    return here | self.reached(by)  # but no more: sqrt(x^2*y) has a derivative by x where y is 0
                # The entries by which one differentiates are held or moved as they are, whatever they are made of.
                held = frozen | ({by.name} & self.theory.definitions.keys())
                moving = opened(self.defined(body, held)) | self.smooth(body, held)
                return here | _moved(moving, by, self.theory)
            case t.Entry(name) if self.theory is not None and (name in self.theory.unknowns or name in self.theory.definitions):
                return self.reached(term) | self._behind(term, frozen, self.defined)
            case t.Call(name) if self.follows and self.theory is not None and name in self.theory.definitions:
                return self._behind(term, frozen, self.defined)
        found = _of_parts(term, lambda part: self.defined(part, frozen))
        return found | _own(term, self.follows) | self._behind(term, frozen, self.defined)

    def _reached(self, term: t.Term, frozen: frozenset[str]) -> Conditions:
        assert self.theory is not None
        found = _of_parts(term, self.reached)
        for place, extent in zip(term.indices, self.theory.ranges(term.name), strict=True) if isinstance(term, t.Entry) else ():
            if isinstance(place, t.Number) and isinstance(extent, t.Size) and place.value > self.theory.sizes[extent.name]:
                found |= cond.needs(extent, ">=", place)
        return found

    def _smooth(self, term: t.Term, frozen: frozenset[str], slopes: int) -> Conditions:
        def within(part: t.Term) -> Conditions:
            return self.smooth(part, frozen, 2 if isinstance(term, t.Diff) else slopes)

        def behind(body: t.Term, frozen: frozenset[str]) -> Conditions:
            # The body of a name is to be away from kinks, and inside of where it has a value.
            return self.smooth(body, frozen, slopes) | opened(self.defined(body, frozen))

        by_value = isinstance(term, t.If) and not is_about_indices(term.condition)  # at the border it is of both branches
        found = NONE.union(*map(within, t.children(term))) if by_value else _of_parts(term, within)
        return found | _kinks(term, slopes) | self._behind(term, frozen, behind)

    def _behind(self, term: t.Term, frozen: frozenset[str], of: Callable[[t.Term, frozenset[str]], Conditions]) -> Conditions:
        """The conditions of what a name stands for."""
        if self.theory is None or not isinstance(term, t.Entry | t.Call) or term.name in frozen:
            return NONE
        function = self.theory.functions.get(t.declared_name(term.name))
        if function is not None and function.of:
            return NONE.union(*(self._of_all(array, frozen, of) for array in function.of))
        definition = self.theory.definitions.get(term.name)
        if definition is None:
            return NONE
        if isinstance(term, t.Call):
            return of(definition.at(term), frozen)  # with the arguments in it: x^u is another power where u is 2
        conditions = of(definition.body, frozen)
        plain: dict[t.Term, t.Term] = {}
        for parameter, index in zip(definition.parameters, term.indices, strict=True):
            if isinstance(index, t.Affine):
                conditions = NONE if self.follows else under_binder(conditions, parameter, ())  # whichever it is
            else:
                plain[parameter] = index
        moved = {old: new for old, new in plain.items() if old is not new}
        return frozenset(cond.substituted(condition, moved) for condition in conditions) if moved else conditions

    def _of_all(self, array: str, frozen: frozenset[str], of: Callable[[t.Term, frozenset[str]], Conditions]) -> Conditions:
        """The conditions of every entry of an array."""
        assert self.theory is not None
        indices = tuple(t.local("i", extent) for extent in self.theory.ranges(array))
        found = self._behind(t.Entry(array, indices), frozen, of)
        for index in indices:
            found = under_binder(found, index, ())
        return found


def _of_parts(term: t.Term, of: Callable[[t.Term], Conditions]) -> Conditions:
    """The conditions of the parts of a term: of a body for all values of its index, of a branch where it is taken."""
    match term:
        case t.Binder(index, excluded, body):
            return under_binder(of(body), index, excluded)
        case t.If(condition, then, otherwise):
            return guarded(of(then), condition) | guarded(of(otherwise), negated(condition)) | of(condition)
    return NONE.union(*map(of, t.children(term)))


_PLAIN = _Definedness(None)
_through = lru_cache(MOST_THEORIES)(_Definedness)
forget = _through.cache_clear  # lets go of what was found of the names of theories


def _own(term: t.Term, follows: bool) -> Conditions:
    """What an operation asks of its parts to have a value, or what follows from that."""
    match term:
        case t.Div(_, denominator):
            return require(t.Comparison(denominator, "!=", t.ZERO))
        case t.Pow(base, exponent) if asked := functions.power_kind(exponent):
            return require(t.Comparison(base, asked, t.ZERO))
        case t.Apply(function, arguments):
            return NONE.union(*map(require, functions.TABLE[function].domain(*arguments)))
        case t.Max() | t.Min() if out := {*term.excluded}:
            first, *more = out
            sure = not more and (first is t.ONE or getattr(first, "range", None) is term.range)
            return cond.needs(term.range, ">=", t.number(len(out) + 1)) if sure or not follows else NONE
    return NONE


def _kinks(term: t.Term, slopes: int) -> Conditions:
    """What an operation asks of its parts to have no jump, and so many slopes."""
    match term:
        case t.If(condition, _, _) if not is_about_indices(condition):
            return require(t.Comparison(condition.left, "!=", condition.right))
        case t.Apply(function, arguments) if slopes:
            return NONE.union(*map(require, functions.TABLE[function].smooth(*arguments)))
        case t.Max() | t.Min() if slopes:  # where no two are equal, the greatest is one and the same all around
            (index, body), (other, there) = t.opened(term), t.opened(term)
            apart = under_binder(cond.needs(body, "!=", there), other, (*term.excluded, index))
            return under_binder(apart, index, term.excluded)
        case t.Pow(base, exponent) if slopes:
            value = t.rational(exponent)
            if value is not None and value.denominator != 1 and (value < 1 or slopes > 1):
                # What is at least 0 by its form may be 0, where its root has no slope, or x^(3/2) no second derivative.
                return require(t.Comparison(base, ">", t.ZERO))
    return NONE


def require(claim: t.Comparison) -> Conditions:
    """The relation, unless the shape of its sides shows that it holds."""
    term = cond.difference(claim)
    return NONE if holds(INTRINSIC.sign(term).relation, claim.relation) else cond.needs(term, claim.relation, t.ZERO)
