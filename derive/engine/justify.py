"""Whether a step follows from the rules that its author named, and rearrangement.

A *licence* is what the author allows: rules, families of rules, definitions, theorems, assumptions. Both sides are rewritten
by these as far as they go, and what is left must differ by no more than the licence allows:

    diff(x^2 + x, x) = 2*x + 1 by sum, power, variable
    diff(x^2 + x, x)    is rewritten to    2*x + 1         and meets the other side
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from derive.engine import rules
from derive.engine.applications import is_citation, rule_name
from derive.engine.arrange import gathered, same
from derive.engine.decide import joined
from derive.engine.given import given_equations, held_fixed
from derive.engine.matching import match, universal
from derive.engine.measure import size
from derive.engine.rewriting import (
    Context,
    Rewriter,
    by_algebra,
    by_definition,
    by_equation,
    by_rule,
    calculus,
    equal,
    rewritten,
)
from derive.engine.scope import Scope
from derive.engine.simplest import simplest
from derive.engine.writing import tidy
from derive.errors import KernelError, LimitError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.conditions import is_about_indices, negated
from derive.floor.kernel import Theorem
from derive.floor.theory import Theory

MOST_TURNS = 3  # between identities of functions and algebra
MOST_CASES = 4  # each halves what is left to decide


@dataclass(frozen=True)
class Licence:
    """The reasons of a step, sorted: rules by name, definitions (None for all), theorems and assumptions to use."""

    rules: frozenset[str] = frozenset()
    definitions: frozenset[str] | None = frozenset()
    lemmas: tuple[str, ...] = ()
    assumption: bool = False
    splits: tuple[t.Term, ...] = ()

    @property
    def algebra(self) -> bool:
        """Whether all rules of sums and fractions may be used."""
        return "algebra" in self.rules

    def rewrites(self, name: str) -> bool:
        """Whether a rule is used where it applies: the normal form does without those that it has built in."""
        family = rules.ALL[name].family
        return not self.algebra or (family == "functions" and "functions" not in self.rules)

    @property
    def names(self) -> frozenset[str]:
        """All rules, with those of the families that are named."""
        found = set(self.rules)
        for family, members in rules.FAMILIES.items():
            if family in self.rules:
                found |= {rule.name for rule in rules.ALL.values() if rule.family == members}
        return frozenset(found)


def equations(licence: Licence, context: Context) -> tuple[Theorem, ...]:
    """The equations that the licence allows to use: theorems, and the assumptions and hypotheses that are equalities."""
    found: list[Theorem] = []
    for name in licence.lemmas:
        # One of a file that declares less is none of these declarations, and says nothing here.
        with suppress(KernelError):
            found.extend(kernel.cite(theorem, name, context.theory) for theorem in context.lemmas[name].theorems)
    if licence.assumption:
        found.extend(given_equations(context.knowledge))
    else:
        found.extend(held_fixed(context.knowledge))
    return tuple(found)


def justified(left: t.Term, right: t.Term, licence: Licence, context: Context) -> Theorem | None:
    """The theorem `left = right` by the rules of the licence and rearrangement; None where they do not give it."""
    found = _justified(left, right, licence, context)
    if found is None and "cases" in licence.rules:
        return _by_value(left, right, licence, context, MOST_CASES)
    return found


def _by_value(left: t.Term, right: t.Term, licence: Licence, context: Context, most: int) -> Theorem | None:
    """By the two cases of a relation of values that a choice, a maximum or an absolute value asks for."""
    claims = dict.fromkeys(claim for side in (left, right) for part in t.subterms(side) for claim in _asked(part))
    free = t.free_indices(left) | t.free_indices(right)
    open_claims = (c for c in claims if t.free_indices(c) <= free and rules.sums.holds(c, context.scope) is None)
    claim = min(open_claims, key=size, default=None)  # what stands inside decides what stands around it
    if claim is None or not most:
        return None
    found = []
    for here in (claim, negated(claim)):
        inside = replace(context, knowledge=context.knowledge.where(here))
        theorem = _justified(left, right, licence, inside) or _by_value(left, right, licence, inside, most - 1)
        if theorem is None:
            return None
        found.append(theorem)
    return kernel.cases(left, right, claim, found[0], found[1])


def _asked(term: t.Term) -> Iterator[t.Comparison]:
    """The relation of values by which a term is one thing or another."""
    match term:
        case t.If(condition, _, _) if not is_about_indices(condition):
            yield condition
        case t.Apply("max" | "min", (left, right)):
            yield t.Comparison(left, ">", right)
        case t.Apply("abs", (inside,)):
            yield t.Comparison(inside, ">", t.ZERO)


def _justified(left: t.Term, right: t.Term, licence: Licence, context: Context) -> Theorem | None:
    scope = replace(
        context.scope,
        targets=_nodes(left, context.theory) | _nodes(right, context.theory),
        splits=licence.splits or split_points(left, right),
        chained="chain" in licence.rules,
    )
    usable = equations(licence, context)
    stated = _stated(left, right, usable, context)
    if stated is not None:
        return stated
    first, second = rewritten_sides(left, right, licence, context, scope, usable)
    found = _met(first, second, licence, context, usable) or _by_turns(first, second, licence, context, usable)
    if found is None and any(map(_is_untidy, (left, right, first.right, second.right))):
        # Rules look at how a body is written: x*(1/y) has no quotient in it until it is rearranged.
        first, second = rewritten_sides(left, right, licence, context, scope, usable, tidying=True)
        found = _met(first, second, licence, context, usable)
    if found is None and "chain" in licence.rules and any(isinstance(part, t.Sum) for part in t.subterms(right)):
        # The textbook's sum over all entries, of which the rule leaves out what is 0.
        first, second = rewritten_sides(left, right, licence, context, replace(scope, every_entry=True), usable)
        found = _met(first, second, licence, context, usable)
    return found


def _stated(left: t.Term, right: t.Term, usable: tuple[Theorem, ...], context: Context) -> Theorem | None:
    """The equation itself, where one of those that may be used says it: x = x + 0 cannot be used everywhere."""
    for equation in usable:
        said, variables = t.Comparison(equation.left, "=", equation.right), universal(equation)
        for turned in (False, True):
            asked = t.Comparison(right, "=", left) if turned else t.Comparison(left, "=", right)
            found = match(said, asked, variables)
            mapping = {old: new for old, new in (found or {}).items() if old is not new}
            if found is None:
                continue
            try:
                instance = kernel.instantiate(equation, mapping, context.knowledge) if mapping else equation
            except KernelError:
                continue
            if mapping and is_citation(equation):
                instance = kernel.cite(instance, rule_name(equation), context.theory)
            instance = kernel.symmetry(instance) if turned else instance
            if t.alpha_equal(instance.left, left) and t.alpha_equal(instance.right, right):
                return instance
    return None


def _met(
    first: Theorem, second: Theorem, licence: Licence, context: Context, usable: tuple[Theorem, ...]
) -> Theorem | None:
    """The equation of the two left sides, where what they were rewritten to differs by no more than the licence allows."""
    try:
        if t.alpha_equal(first.right, second.right):
            middle = kernel.reflexivity(first.right, context.theory)
        elif same(first.right, second.right) or (
            "factor" in licence.names and same(gathered(first.right), gathered(second.right))
        ):
            found = equal(first.right, second.right, context.knowledge)
            if found is None:
                return None
            middle = found
        elif licence.algebra:
            functions = "functions" in licence.rules
            found = by_algebra(first.right, second.right, context.knowledge, usable, functions)
            if found is None:
                return None
            middle = found
        else:
            return None
    except (KernelError, LimitError):
        return None
    return joined(first, middle, second)


def _by_turns(
    first: Theorem, second: Theorem, licence: Licence, context: Context, usable: tuple[Theorem, ...]
) -> Theorem | None:
    """The same where identities of functions are named beside algebra: each may have to wait for what the other makes."""
    named = [by_rule(rules.ALL[name], context) for name in sorted(licence.rules) if is_identity(name)]
    if not licence.algebra or not named:
        return None
    for _ in range(MOST_TURNS):
        turned = []
        for theorem in (first, second):
            written = kernel.transitivity(theorem, simplest(theorem.right, context, usable, functions=False))
            turned.append(kernel.transitivity(written, rewritten(written.right, named, context, context.scope)))
        if (turned[0].right, turned[1].right) == (first.right, second.right):
            return None
        first, second = turned
        found = _met(first, second, licence, context, usable)
        if found is not None:
            return found
    return None


def is_identity(name: str) -> bool:
    """Whether a name is that of an identity of functions."""
    return name in rules.ALL and rules.ALL[name].family == "functions"


def _is_untidy(term: t.Term) -> bool:
    """Whether a derivative in the term is of something that is written otherwise than `tidy` writes it."""
    return any(isinstance(part, t.Diff) and tidy(part.body) is not part.body for part in t.subterms(term))


def by_tidying(context: Context) -> Rewriter:
    """The rewriter that rearranges what is differentiated."""

    def here(term: t.Term, scope: Scope) -> Theorem | None:
        if not _is_untidy(term) or not isinstance(term, t.Diff):
            return None
        return equal(term, tidy(term), scope.known)

    return here


def rewritten_sides(
    left: t.Term,
    right: t.Term,
    licence: Licence,
    context: Context,
    scope: Scope,
    usable: tuple[Theorem, ...],
    tidying: bool = False,
) -> tuple[Theorem, Theorem]:
    """Both sides rewritten by the rules of the licence as far as they go, and with `tidying` what is differentiated as well.

    The chain rule goes as far as the other side did: it leaves the derivatives that stand there as they are.
    """
    names = licence.names
    plain = [by_rule(rules.ALL[name], context) for name in sorted(names) if is_plain(name) and licence.rewrites(name)]
    keep = {left: _derivatives(right), right: _derivatives(left)}
    found: dict[t.Term, Theorem] = {}
    for side, other in sorted(((left, right), (right, left)), key=lambda pair: len(_derivatives(pair[0]))):
        theorem = kernel.reflexivity(side, context.theory)
        rewriters = [by_equation(equation, context) for equation in usable]
        if rewriters:
            theorem = kernel.transitivity(theorem, rewritten(theorem.right, rewriters, context, scope))
        unfolding = [by_definition(licence.definitions)] if licence.definitions != frozenset() else []
        if unfolding:
            # Before any rule of calculus: the chain rule is meant for what the definition shows.
            theorem = kernel.transitivity(theorem, rewritten(theorem.right, unfolding, context, scope))
        more = unfolding + [by_tidying(context)] * tidying + calculus(context, names, keep[side])
        theorem = kernel.transitivity(theorem, rewritten(theorem.right, more + plain, context, scope))
        if rewriters and (more or plain):
            again = [by_equation(_unfolded_left(e, unfolding, context, scope), context) for e in usable]
            both = again + more + plain
            theorem = kernel.transitivity(theorem, rewritten(theorem.right, both, context, scope))
        found[side] = theorem
        keep[other] |= _derivatives(theorem.right)
    return found[left], found[right]


def _derivatives(term: t.Term) -> frozenset[t.Term]:
    if not t.moved_names(term):
        return frozenset()
    return frozenset(t.canonical(part) for part in t.subterms(term) if isinstance(part, t.Diff))


def is_plain(name: str) -> bool:
    """Whether a name is that of a rule that is not one of calculus."""
    return name in rules.ALL and rules.ALL[name].family != "calculus"


def _unfolded_left(equation: Theorem, unfolding: list[Rewriter], context: Context, scope: Scope) -> Theorem:
    """The equation with the definitions of the licence unfolded on its left: a step may unfold before it cites."""
    if not unfolding:
        return equation
    left = rewritten(equation.left, unfolding, context, scope)
    return kernel.transitivity(kernel.symmetry(left), equation)


def _nodes(term: t.Term, theory: Theory) -> frozenset[str]:
    """The defined names by which a derivative is taken: the chain rule goes through them."""
    return t.moved_names(term) & theory.definitions.keys()


def split_points(*terms: t.Term) -> tuple[t.Term, ...]:
    """The indices at which a sum may have been split: those that some sum leaves out, else those that are free."""
    excluded = {e: None for term in terms for part in t.subterms(term) if isinstance(part, t.Binder) for e in part.excluded}
    if excluded:
        return tuple(e for e in excluded if any(e in t.free_indices(term) or isinstance(e, t.Number) for term in terms))
    free = frozenset[t.Index]().union(*map(t.free_indices, terms))
    return tuple(sorted(free, key=t.by_name))
