"""Tactics: untrusted search that returns theorems.

`rewritten` uses rewriters everywhere in a term, from the outside in, as far as they go. A rewriter takes a term and a scope and
returns a theorem about that term, or None. From them are built the three ways to prove a step:

    justified      by the rules that its author named, and rearrangement
    evaluated      by whatever it takes: everything unfolded, differentiated, brought into normal form
    computed       the next line, by the rules named and nothing else
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from derive.engine import rules
from derive.engine.arrange import gathered, same
from derive.engine.matching import match
from derive.floor import kernel
from derive.floor.conditions import is_about_indices
from derive.floor.definedness import defined, negated
from derive.floor.errors import LimitError
from derive.floor.kernel import BeyondLimits, KernelError, Theorem
from derive.floor.normal import Normalizer, Undefined
from derive.floor.normal.written import to_term
from derive.floor.rule import Rule, Scope
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    ONE,
    ZERO,
    Add,
    Apply,
    Binder,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    If,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Subscript,
    Sum,
    Term,
    add,
    alpha_equal,
    canonical,
    children,
    div,
    entry_names,
    free_indices,
    mul,
    neg,
    number,
    power,
    rebuild,
    size,
    substitute,
    subterms,
)
from derive.floor.theory import Signature

Rewriter = Callable[[Term, Scope], Theorem | None]
MOST_REWRITES = 4000
MOST_TURNS = 3  # between identities of functions and algebra
MOST_FITTING = 7  # identities that are tried in pairs
MOST_CASES = 4  # each halves what is left to decide
LARGEST_TERM = 20000


@dataclass(frozen=True)
class Lemma:
    """A theorem that can be cited: its equations, as far as they are proved."""

    name: str
    theorems: tuple[Theorem, ...]


@dataclass
class Context:
    """What a step is checked against: the declarations, hypotheses and relations of indices, and the theorems above it."""

    knowledge: Knowledge
    lemmas: dict[str, Lemma] = field(default_factory=dict)
    deadline: float = float("inf")
    limits: list[str] = field(default_factory=list)  # what would have taken more work than is done

    @property
    def signature(self) -> Signature:
        """What is declared."""
        return self.knowledge.signature

    @property
    def scope(self) -> Scope:
        """The scope at the outside of a step."""
        return Scope(self.signature, self.knowledge.conditions, hypotheses=self.knowledge.hypotheses)

    def check_time(self) -> None:
        """Give up when the time for a step is over."""
        if time.monotonic() > self.deadline:
            raise LimitError("D405", "the time for this step is over")


# --- rewriting everywhere --------------------------------------------------------------------------------------------


class _Rewriting:
    """One walk over a term: counts what it does, and remembers where nothing is left to do."""

    def __init__(self, here: Rewriter, context: Context) -> None:
        self.here = here
        self.context = context
        self.left = MOST_REWRITES
        self.done: set[tuple[object, ...]] = set()

    def run(self, term: Term, scope: Scope) -> Theorem | None:
        total: Theorem | None = None
        while (term, scope.relations, scope.hypotheses, scope.frozen) not in self.done:
            found = self.here(term, scope)
            if found is None:
                found = self.inside(term, scope)
            if found is None:
                self.done.add((term, scope.relations, scope.hypotheses, scope.frozen))
                break
            self.left -= 1
            if self.left < 0 or size(found.right) > LARGEST_TERM:
                raise LimitError("D406", "the expression grows beyond what is worked on")
            self.context.check_time()
            total = found if total is None else kernel.transitivity(total, found)
            term = found.right
        return total

    def inside(self, term: Term, scope: Scope) -> Theorem | None:
        parts: dict[int, Theorem] = {}
        for position, part in enumerate(children(term)):
            if isinstance(part, (*Subscript, Comparison, Number)):
                continue
            if (isinstance(term, Diff) and position == 1) or (isinstance(term, Binder) and position < len(term.excluded)):
                continue
            found = self.run(part, _scope_inside(term, position, scope))
            if found is not None:
                parts[position] = found
        if not parts:
            return None
        try:
            return kernel.congruence(term, parts, scope.signature)
        except KernelError:
            return None


def _scope_inside(term: Term, position: int, scope: Scope) -> Scope:
    match term:
        case If(condition, _, _):
            return scope.where(condition if position == 1 else negated(condition))
        case Diff(_, by) if by.name in scope.signature.definitions:
            return replace(scope, frozen=scope.frozen | {by.name})
    if isinstance(term, Binder):
        return scope.under(term.index, term.excluded)
    return scope


def rewritten(term: Term, rewriters: Iterable[Rewriter], context: Context, scope: Scope) -> Theorem:
    """The theorem `term = …` that the rewriters give when they are used everywhere as far as they go."""
    ordered = tuple(rewriters)

    def here(part: Term, inside: Scope) -> Theorem | None:
        for rewriter in ordered:
            found = rewriter(part, inside)
            if found is not None and found.right is not part:
                return found
        return None

    found = _Rewriting(here, context).run(term, scope)
    return kernel.reflexivity(term) if found is None else found


# --- rewriters -------------------------------------------------------------------------------------------------------


def by_rule(rule: Rule, context: Context) -> Rewriter:
    """The rewriter of a rule: by the kernel itself for one of calculus, by the normal form for any other."""

    def here(term: Term, scope: Scope) -> Theorem | None:
        if rule.family == "calculus":
            return kernel.by_rule(rule, term, scope) if isinstance(term, Diff) else None
        found = rule.rewrite(term, scope)
        if found is None or found[0] is term:
            return None
        try:
            return kernel.by_normal_form(term, found[0], _known_in(scope, context), label=rule.name)
        except KernelError:
            return None

    return here


def _known_in(scope: Scope, context: Context) -> Knowledge:
    if scope.relations == context.knowledge.conditions and scope.hypotheses == context.knowledge.hypotheses:
        return context.knowledge
    return Knowledge(context.signature, scope.hypotheses, scope.relations)


def by_definition(names: frozenset[str] | None) -> Rewriter:
    """The rewriter that unfolds the definitions of `names`, or all; never of the name that a derivative around it is by."""

    def here(term: Term, scope: Scope) -> Theorem | None:
        if not isinstance(term, Entry | Call) or term.name not in scope.signature.definitions:
            return None
        wanted = (names is None or term.name in names) and term.name not in scope.frozen
        return kernel.definition(term, scope.signature) if wanted else None

    return here


def by_equation(theorem: Theorem, context: Context) -> Rewriter:
    """The rewriter that replaces instances of the left side of an equation by the right side."""
    signature = context.signature
    indices = kernel.universal(theorem, context.signature)
    constants = frozenset(
        part
        for part in subterms(theorem.left)
        if isinstance(part, Entry)
        and not part.indices
        and part.name in signature.unknowns
        and not signature.unknowns[part.name].variable
        and _is_citation(theorem)
    )

    # H[a, b] = H[b, a] would go round for ever: such an equation is used one way only, by the order of what it makes.
    turning = match(theorem.left, theorem.right, indices) is not None

    def here(term: Term, scope: Scope) -> Theorem | None:
        if type(term) is not type(theorem.left):
            return None
        if isinstance(term, Add | Mul) and len(children(term)) > len(children(theorem.left)):
            return part_of(term, scope)
        for variables in (indices, indices | constants) if constants else (indices,):
            found = match(theorem.left, term, variables)
            if found is not None:
                mapping = {old: new for old, new in found.items() if old is not new}
                try:
                    instance = kernel.instantiate(theorem, mapping, context.knowledge) if mapping else theorem
                    if turning and repr(instance.right) >= repr(instance.left):
                        continue
                    if mapping and _is_citation(theorem):
                        instance = kernel.cite(instance, rule_name(theorem))
                    if not alpha_equal(instance.left, term):
                        bridge = kernel.by_normal_form(term, instance.left, _known_in(scope, context), label="log-base")
                    else:
                        bridge = kernel.reflexivity(term)
                    return kernel.transitivity(bridge, instance)
                except KernelError:
                    continue
        return None

    def part_of(term: Add | Mul, scope: Scope) -> Theorem | None:
        """An instance among some of the terms of a sum, or of the factors of a product."""
        parts, wanted = children(term), children(theorem.left)
        if len(parts) > 8 or len(wanted) > 3:
            return None
        for chosen in itertools.permutations(range(len(parts)), len(wanted)):
            inside = type(term)(tuple(parts[n] for n in chosen))
            found = here(inside, scope)
            if found is None:
                continue
            rest = [part for n, part in enumerate(parts) if n not in chosen]
            together = type(term)((inside, *rest))
            try:
                gathered = kernel.by_normal_form(term, together, _known_in(scope, context), label="rearrangement")
                return kernel.transitivity(gathered, kernel.congruence(together, {0: found}, signature))
            except KernelError:
                continue
        return None

    return here


def calculus(context: Context, names: Iterable[str], keep: frozenset[Term] = frozenset()) -> list[Rewriter]:
    """The rewriters of the rules of calculus among `names`; the chain rule leaves the derivatives in `keep` as they are."""
    wanted = set(names)
    found: list[Rewriter] = []
    for rule in rules.ALL.values():
        if rule.name in wanted and rule.family == "calculus":
            here = by_rule(rule, context)
            found.append(_unless(keep, here) if rule.name == "chain" else here)
    # What does not depend on the variable goes first; the chain rule takes what the other rules leave.
    order = {"independence": 0, "variable": 1, "sum": 2, "chain": 4}
    named = [rule.name for rule in rules.ALL.values() if rule.name in wanted and rule.family == "calculus"]
    return [rewriter for _, rewriter in sorted(zip(named, found, strict=True), key=lambda pair: order.get(pair[0], 3))]


def _unless(keep: frozenset[Term], rewriter: Rewriter) -> Rewriter:
    def here(term: Term, scope: Scope) -> Theorem | None:
        return None if canonical(term) in keep else rewriter(term, scope)

    return here


# --- a step by the rules that it names -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Licence:
    """The reasons of a step, sorted: rules by name, definitions (None for all), theorems and assumptions to use."""

    rules: frozenset[str] = frozenset()
    definitions: frozenset[str] | None = frozenset()
    lemmas: tuple[str, ...] = ()
    assumption: bool = False
    splits: tuple[Term, ...] = ()

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
        found.extend(kernel.cite(theorem, name) for theorem in context.lemmas[name].theorems)
    if licence.assumption:
        found.extend(assumptions(context))
    return tuple(found)


def assumptions(context: Context) -> tuple[Theorem, ...]:
    """The assumptions and hypotheses that are equalities of values, as theorems under that condition."""
    found = [
        kernel.assumption(a.number, context.signature)
        for a in context.signature.assumptions
        if a.claim.relation == "=" and not is_about_indices(a.claim)
    ]
    found += [
        kernel.hypothesis(h) for h in context.knowledge.hypotheses if h.relation == "=" and not is_about_indices(h)
    ]
    return tuple(found)


def justified(left: Term, right: Term, licence: Licence, context: Context) -> Theorem | None:
    """The theorem `left = right` by the rules of the licence and rearrangement; None where they do not give it."""
    found = _justified(left, right, licence, context)
    if found is None and "cases" in licence.rules:
        return _by_value(left, right, licence, context, MOST_CASES)
    return found


def fitting(left: Term, right: Term, licence: Licence, context: Context) -> tuple[str, ...]:
    """The identities of functions that apply to what the licence makes of two sides, or to what other identities make of it."""
    scope = replace(context.scope, splits=licence.splits or _split_points(left, right), chained="chain" in licence.rules)
    bare = replace(licence, rules=frozenset(n for n in licence.rules if n != "functions" and not _is_identity(n)))
    sides = _spread(left, right, bare, context, scope, equations(licence, context))
    plain = [simplest(side.right, context, functions=False).right for side in sides]
    terms = dict.fromkeys((*(side.right for side in sides), *plain))
    found: dict[str, None] = {}
    for _ in range(MOST_TURNS):
        made: dict[Term, None] = {}
        for rule in rules.identities.RULES:
            for term in terms:
                after = rewritten(term, [by_rule(rule, context)], context, context.scope).right
                if after is not term:
                    found[rule.name] = None
                    made[after] = None
        terms = {term: None for term in made if term not in terms}
    return tuple(found)


def with_identities(licence: Licence, names: tuple[str, ...]) -> Iterator[Licence]:
    """The licence with one of the identities, with two, with all of them, and with their whole family."""
    pairs = itertools.combinations(names, 2) if len(names) <= MOST_FITTING else ()
    for more in dict.fromkeys((*((name,) for name in names), *pairs, names, ("functions",))):
        if more:
            yield replace(licence, rules=licence.rules.union(more))


def by_fewest(
    left: Term, right: Term, licence: Licence, context: Context, accepts: Callable[[Theorem], bool] = lambda _: True
) -> tuple[Theorem, Licence] | None:
    """A theorem by a licence and what identities of functions it takes besides where algebra is named: none, or as few as are
    found. None where all of them do not give it, or the theorem is not accepted.
    """
    whole = replace(licence, rules=licence.rules | {"functions"}) if licence.algebra else licence
    found = justified(left, right, whole, context)
    if found is None or not licence.algebra:
        return (found, licence) if found is not None and accepts(found) else None
    plain = justified(left, right, licence, context)
    if plain is not None and accepts(plain):
        return plain, licence
    if not accepts(found):
        return None
    names = fitting(left, right, licence, context)
    for attempt in with_identities(licence, names):
        theorem = justified(left, right, attempt, context)
        if theorem is None or not accepts(theorem):
            continue
        for name in sorted(attempt.rules - licence.rules):
            smaller = replace(attempt, rules=attempt.rules - {name})
            less = justified(left, right, smaller, context)
            if less is not None and accepts(less):
                theorem, attempt = less, smaller
        return theorem, attempt
    return found, whole


def _by_value(left: Term, right: Term, licence: Licence, context: Context, most: int) -> Theorem | None:
    """By the two cases of a relation of values that a choice, a maximum or an absolute value asks for."""
    claims = dict.fromkeys(claim for side in (left, right) for part in subterms(side) for claim in _asked(part))
    free = free_indices(left) | free_indices(right)
    open_claims = (c for c in claims if free_indices(c) <= free and rules.sums.holds(c, context.scope) is None)
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
    return kernel.either_way(left, right, claim, found[0], found[1])


def _asked(term: Term) -> Iterator[Comparison]:
    """The relation of values by which a term is one thing or another."""
    match term:
        case If(condition, _, _) if not is_about_indices(condition):
            yield condition
        case Apply("max" | "min", (left, right)):
            yield Comparison(left, ">", right)
        case Apply("abs", (inside,)):
            yield Comparison(inside, ">", ZERO)


def _justified(left: Term, right: Term, licence: Licence, context: Context) -> Theorem | None:
    scope = replace(
        context.scope,
        targets=_nodes(left, context.signature) | _nodes(right, context.signature),
        splits=licence.splits or _split_points(left, right),
        chained="chain" in licence.rules,
    )
    usable = equations(licence, context)
    stated = _stated(left, right, usable, context)
    if stated is not None:
        return stated
    first, second = _spread(left, right, licence, context, scope, usable)
    found = _met(first, second, licence, context, usable) or _by_turns(first, second, licence, context, usable)
    if found is None and any(map(_is_untidy, (left, right, first.right, second.right))):
        # Rules look at how a body is written: x*(1/y) has no quotient in it until it is rearranged.
        first, second = _spread(left, right, licence, context, scope, usable, tidying=True)
        found = _met(first, second, licence, context, usable)
    if found is None and "chain" in licence.rules and any(isinstance(part, Sum) for part in subterms(right)):
        # The textbook's sum over all entries, of which the rule leaves out what is 0.
        first, second = _spread(left, right, licence, context, replace(scope, every_entry=True), usable)
        found = _met(first, second, licence, context, usable)
    return found


def _stated(left: Term, right: Term, usable: tuple[Theorem, ...], context: Context) -> Theorem | None:
    """The equation itself, where one of those that may be used says it: x = x + 0 cannot be used everywhere."""
    for equation in usable:
        said, universal = Comparison(equation.left, "=", equation.right), kernel.universal(equation, context.signature)
        for turned in (False, True):
            asked = Comparison(right, "=", left) if turned else Comparison(left, "=", right)
            found = match(said, asked, universal)
            mapping = {old: new for old, new in (found or {}).items() if old is not new}
            if found is None:
                continue
            try:
                instance = kernel.instantiate(equation, mapping, context.knowledge) if mapping else equation
            except KernelError:
                continue
            if mapping and _is_citation(equation):
                instance = kernel.cite(instance, rule_name(equation))
            return kernel.symmetry(instance) if turned else instance
    return None


def _met(
    first: Theorem, second: Theorem, licence: Licence, context: Context, usable: tuple[Theorem, ...]
) -> Theorem | None:
    """The equation of the two left sides, where what they were rewritten to differs by no more than the licence allows."""
    try:
        if alpha_equal(first.right, second.right):
            middle = kernel.reflexivity(first.right)
        elif same(first.right, second.right) or (
            "factor" in licence.names and same(gathered(first.right), gathered(second.right))
        ):
            middle = kernel.by_normal_form(first.right, second.right, context.knowledge, label="rearrangement")
        elif licence.algebra:
            functions = "functions" in licence.rules
            middle = kernel.by_normal_form(first.right, second.right, context.knowledge, usable, functions=functions)
        else:
            return None
    except KernelError:
        return None
    return _joined(first, middle, second)


def _by_turns(
    first: Theorem, second: Theorem, licence: Licence, context: Context, usable: tuple[Theorem, ...]
) -> Theorem | None:
    """The same where identities of functions are named beside algebra: each may have to wait for what the other makes."""
    named = [by_rule(rules.ALL[name], context) for name in sorted(licence.rules) if _is_identity(name)]
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


def _is_identity(name: str) -> bool:
    return name in rules.ALL and rules.ALL[name].family == "functions"


def _is_untidy(term: Term) -> bool:
    """Whether a derivative in the term is of something that is written otherwise than `tidy` writes it."""
    return any(isinstance(part, Diff) and tidy(part.body) is not part.body for part in subterms(term))


def by_tidying(context: Context) -> Rewriter:
    """The rewriter that rearranges what is differentiated."""

    def here(term: Term, scope: Scope) -> Theorem | None:
        if not _is_untidy(term) or not isinstance(term, Diff):
            return None
        try:
            return kernel.by_normal_form(term, tidy(term), _known_in(scope, context), label="rearrangement")
        except KernelError:
            return None

    return here


def _joined(first: Theorem, middle: Theorem, second: Theorem) -> Theorem:
    return kernel.transitivity(kernel.transitivity(first, middle), kernel.symmetry(second))


def _spread(
    left: Term,
    right: Term,
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
    plain = [by_rule(rules.ALL[name], context) for name in sorted(names) if _is_plain(name) and licence.rewrites(name)]
    keep = {left: _derivatives(right), right: _derivatives(left)}
    found: dict[Term, Theorem] = {}
    for side, other in sorted(((left, right), (right, left)), key=lambda pair: len(_derivatives(pair[0]))):
        theorem = kernel.reflexivity(side)
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


def _derivatives(term: Term) -> frozenset[Term]:
    return frozenset(canonical(part) for part in subterms(term) if isinstance(part, Diff))


def _is_plain(name: str) -> bool:
    return name in rules.ALL and rules.ALL[name].family != "calculus"


def _unfolded_left(equation: Theorem, unfolding: list[Rewriter], context: Context, scope: Scope) -> Theorem:
    """The equation with the definitions of the licence unfolded on its left: a step may unfold before it cites."""
    if not unfolding:
        return equation
    left = rewritten(equation.left, unfolding, context, scope)
    return kernel.transitivity(kernel.symmetry(left), equation)


def _nodes(term: Term, signature: Signature) -> frozenset[str]:
    """The defined names by which a derivative is taken: the chain rule goes through them."""
    return frozenset(t.by.name for t in subterms(term) if isinstance(t, Diff) and t.by.name in signature.definitions)


def _split_points(*terms: Term) -> tuple[Term, ...]:
    """The indices at which a sum may have been split: those that some sum leaves out, else those that are free."""
    excluded = {e: None for t in terms for part in subterms(t) if isinstance(part, Binder) for e in part.excluded}
    if excluded:
        return tuple(e for e in excluded if any(e in free_indices(t) or isinstance(e, Number) for t in terms))
    free = frozenset[Index]().union(*map(free_indices, terms))
    return tuple(sorted(free, key=lambda i: i.name))


# --- whatever it takes -----------------------------------------------------------------------------------------------


def differentiated(term: Term, context: Context) -> Theorem:
    """`term` with everything defined unfolded and every derivative carried out."""
    arrays = {name for f in context.signature.functions.values() for name in f.of if name in context.signature.definitions}
    scope = replace(context.scope, chained=True, targets=frozenset(arrays))
    everything = [by_definition(None), *calculus(context, rules.ALL)]
    return rewritten(term, everything, context, scope)


def evaluated(left: Term, right: Term, context: Context) -> Theorem | None:
    """The theorem `left = right` by whatever it takes; None where that does not decide it."""
    found = _by_normal_form(left, right, context)
    if found is not None:
        return found
    first, second = differentiated(left, context), differentiated(right, context)
    middle = _by_normal_form(first.right, second.right, where_defined(first.right, second.right, context))
    if middle is not None:
        return _joined(first, middle, second)
    return _by_cases(left, right, context) or _by_values(left, right, context)


def where_defined(left: Term, right: Term, context: Context) -> Context:
    """The context with what the two sides need to have a value: a claim speaks of such values only."""
    conditions = map(context.knowledge.without_idle, defined(left) | defined(right))
    claims = (c.claim for c in conditions if not c.bound and not c.guards)
    needed = tuple(sorted(claims, key=repr))
    if not needed:
        return context
    known = Knowledge(context.signature, (*context.knowledge.hypotheses, *needed), context.knowledge.conditions)
    return replace(context, knowledge=known)


def _by_normal_form(left: Term, right: Term, context: Context) -> Theorem | None:
    try:
        return kernel.by_normal_form(left, right, context.knowledge, assumptions(context))
    except BeyondLimits as problem:
        context.limits.append(str(problem))
    except KernelError:
        pass
    return None


def _by_cases(left: Term, right: Term, context: Context) -> Theorem | None:
    """By the two ways in which two free indices can stand to each other, where delta or a choice asks for it."""
    for part in (*subterms(left), *subterms(right)):
        match part:
            case If(Comparison(Index() as i, _, Index() as k), _, _) | Delta(Index() as i, Index() as k):
                pair = (i, k)
            case _:
                continue
        free = free_indices(left) | free_indices(right)
        if not {*pair} <= free or pair[0] is pair[1] or context.knowledge.apart(*pair):
            continue
        merged: dict[Term, Term] = {pair[0]: pair[1]}
        equal = evaluated(substitute(left, merged), substitute(right, merged), context)
        if equal is None:
            return None
        relation = Comparison(pair[0], "!=", pair[1])
        known = Knowledge(context.signature, context.knowledge.hypotheses, (*context.knowledge.conditions, relation))
        different = evaluated(left, right, replace(context, knowledge=known))
        return None if different is None else kernel.cases(left, right, *pair, equal, different)
    return None


def _by_values(left: Term, right: Term, context: Context) -> Theorem | None:
    """One by one, for a free index with a small range that is a number."""
    for index in sorted(free_indices(left) | free_indices(right), key=lambda i: i.name):
        if isinstance(index.range, Number) and index.range.value <= 6 and index not in context.signature.indices.values():
            values = [number(v) for v in range(1, int(index.range.value) + 1)]
            found = []
            for value in values:
                theorem = evaluated(substitute(left, {index: value}), substitute(right, {index: value}), context)
                if theorem is None:
                    return None
                found.append(theorem)
            return kernel.every_value(left, right, index, tuple(found), context.signature)
    return None


# --- the next line ---------------------------------------------------------------------------------------------------


def computed(
    left: Term, licence: Licence, context: Context, targets: frozenset[str] | None = None, inside_out: bool = False
) -> Theorem:
    """The theorem `left = …` by the rules of the licence and nothing else, used everywhere as far as they go.

    The chain rule goes through the `targets`, or else through any defined name that it meets. With `inside_out` a derivative
    of derivatives waits until these are carried out.
    """
    unfolding = [by_definition(licence.definitions)] if licence.definitions != frozenset() else []
    shown = rewritten(left, unfolding, context, context.scope)
    scope = replace(
        context.scope,
        targets=_inner_names(shown.right, context.signature) if targets is None else targets,
        splits=licence.splits or _split_points(left),
        chained="chain" in licence.rules,
    )
    usable = equations(licence, context)
    names = licence.names
    rewriters = [by_equation(e, context) for e in usable]
    rewriters += unfolding
    of_derivatives = calculus(context, names)
    rewriters += map(_innermost, of_derivatives) if inside_out else of_derivatives
    rewriters += [by_rule(rules.ALL[name], context) for name in sorted(names) if _is_plain(name) and licence.rewrites(name)]
    if usable:
        # A theorem may be about a name that is unfolded, or about what it stands for.
        shown = rewritten(left, rewriters[: len(usable)], context, scope)
    theorem = kernel.transitivity(shown, rewritten(shown.right, rewriters, context, scope))
    if licence.algebra:
        simplified = simplest(theorem.right, context, usable, functions="functions" in licence.rules)
        theorem = kernel.transitivity(theorem, simplified)
    return _tidied(theorem, context)


def unfolded(term: Term, name: str, context: Context) -> Theorem:
    """`term` with a definition unfolded where just that name is to be differentiated, or else wherever it is in what is.

    Elsewhere the name stays, as shorter to read.
    """
    unfold = by_definition(frozenset((name,)))

    def whole(part: Term, scope: Scope) -> Theorem | None:
        return inside(part, scope) if isinstance(part, Diff) and getattr(part.body, "name", "") == name else None

    def inside(part: Term, scope: Scope) -> Theorem | None:
        return rewritten(part, (unfold,), context, scope) if isinstance(part, Diff) else None

    theorem = rewritten(term, (_innermost(whole),), context, context.scope)
    if theorem.left is theorem.right:
        theorem = rewritten(term, (_innermost(inside),), context, context.scope)
    return _tidied(theorem, context)


def is_innermost(term: Term) -> TypeGuard[Diff]:
    """Whether a term is a derivative of what has no derivative in it."""
    return isinstance(term, Diff) and not any(isinstance(part, Diff) for part in subterms(term.body))


def _innermost(rewriter: Rewriter) -> Rewriter:
    def here(term: Term, scope: Scope) -> Theorem | None:
        return rewriter(term, scope) if is_innermost(term) else None

    return here


def _tidied(theorem: Theorem, context: Context) -> Theorem:
    """The theorem with its right side written as a person would: parentheses, signs and ones that say nothing left out."""
    neat = tidy(theorem.right)
    if neat is theorem.right or theorem.left is theorem.right:
        return theorem
    try:
        neater = kernel.by_normal_form(theorem.right, neat, context.knowledge, label="rearrangement")
        return kernel.transitivity(theorem, neater)
    except KernelError:
        return theorem


def tidy(term: Term) -> Term:
    """`term` rearranged a little: nested sums and products flattened, 1*x as x, x*(1/y) as x/y, -(-x) as x, a sum of 0 as 0."""
    inside = children(term)
    if isinstance(term, (*Subscript, Comparison, Entry)) or not inside:
        return term
    if isinstance(term, Diff):
        return Diff(tidy(term.body), term.by)
    parts = tuple(tidy(part) for part in inside)
    match term:
        case Add():
            return add(*parts)
        case Neg():
            return add(*map(neg, parts[0].terms)) if _all_negative(parts[0]) else neg(parts[0])
        case Mul():
            return _product(parts)
        case Div():
            numerator, denominator = parts
            if isinstance(numerator, Neg):
                return neg(div(numerator.term, denominator))
            return div(numerator, denominator)
        case Pow(_, exponent):
            return power(parts[0], exponent)
        case Sum() if parts[-1] is ZERO:
            return ZERO
    return rebuild(term, parts)


def _all_negative(term: Term) -> TypeGuard[Add]:
    return isinstance(term, Add) and all(isinstance(t, Neg) for t in term.terms)


def _product(factors: tuple[Term, ...]) -> Term:
    """A product in which a factor 1/y stands below the factors before it."""
    flat = mul(*factors)
    if isinstance(flat, Neg):
        return neg(_product((flat.term,)))
    if not isinstance(flat, Mul):
        return flat
    first, *rest = flat.factors
    negative = isinstance(first, Neg)
    parts: list[Term] = [first.term if isinstance(first, Neg) else first]
    for factor in rest:
        if isinstance(factor, Div) and factor.numerator is ONE:
            parts = [div(mul(*parts), factor.denominator)]
        else:
            parts.append(factor)
    product = parts[0] if len(parts) == 1 else Mul(tuple(parts))
    return neg(product) if negative else product


def _inner_names(term: Term, signature: Signature) -> frozenset[str]:
    """The defined names inside the derivatives of a term: the chain rule goes through the first that it meets."""
    found: set[str] = set()
    for part in subterms(term):
        if isinstance(part, Diff):
            body = part.body
            if isinstance(body, Entry) and body.name in signature.definitions:
                body = signature.definitions[body.name].body  # a name does not go through itself
            found |= entry_names(body) & signature.definitions.keys()
    return frozenset(name for name in found if not signature.definitions[name].arguments)


def simplest(term: Term, context: Context, using: tuple[Theorem, ...] = (), functions: bool = True) -> Theorem:
    """`term` as its normal form is written out; without `functions` by no identity of one."""
    normalizer = Normalizer(context.knowledge if functions else context.knowledge.without_functions())
    try:
        poly = normalizer.normal(term)
        if using:
            poly, _ = normalizer.rewritten(poly, kernel.as_equations(using, normalizer))
        found = kernel.by_normal_form(term, to_term(poly), context.knowledge, using, functions=functions)
    except (Undefined, LimitError, KernelError):
        return kernel.reflexivity(term)
    return found


# --- the trace -------------------------------------------------------------------------------------------------------

STRUCTURAL = frozenset(("reflexivity", "symmetry", "transitivity", "congruence", "instance", "case analysis", "every value"))


def applications(theorem: Theorem) -> list[Theorem]:
    """The uses of rules in a proof, in order: the leaves of its tree of inferences that say something."""
    found: list[Theorem] = []
    stack = [theorem]
    seen: set[int] = set()
    while stack:
        here = stack.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if here.inference not in STRUCTURAL and here.left is not here.right:
            found.append(here)
        if _is_citation(here):
            continue  # how the theorem was proved is told where it stands
        stack.extend(reversed(here.premises))
    return found


def rules_used(theorem: Theorem) -> tuple[str, ...]:
    """The names of the rules in a proof, each once, in the order of their first use."""
    return tuple(dict.fromkeys(map(rule_name, applications(theorem))))


def rule_name(theorem: Theorem) -> str:
    """What a step of a trace is called: the rule, or the theorem that it cites."""
    return theorem.inference.removeprefix("theorem(").removesuffix(")") if _is_citation(theorem) else theorem.inference


def _is_citation(theorem: Theorem) -> bool:
    return theorem.inference.startswith("theorem(")
