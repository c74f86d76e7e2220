"""Rewriting: a term made into another one, part by part, with a theorem that the two are equal.

A *rewriter* takes a term and the scope in which it stands, and returns a theorem about that term, or None. `rewritten` uses
rewriters everywhere in a term, from the outside in, as far as they go:

    diff(x^2 + x, x)     by sum         diff(x^2, x) + diff(x, x)
                         by power       2*x + diff(x, x)
                         by variable    2*x + 1

There is a rewriter for each rule, for definitions, and for equations that are proved or assumed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf

from derive.engine import evidence, rules
from derive.engine.agreement import agreeing
from derive.engine.applications import is_citation, rule_name
from derive.engine.calculus_steps import USES
from derive.engine.matching import match, universal
from derive.engine.measure import size
from derive.engine.prove import proved
from derive.engine.rules.rule import Rule
from derive.engine.scope import Scope
from derive.errors import KernelError, LimitError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.definedness import defined
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.theory import Theory
from derive.limits import LARGEST_TERM, MOST_REWRITES, reached, spend

Rewriter = Callable[[t.Term, Scope], Theorem | None]


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
    seconds: float = inf  # of the processor, for one step
    limits: list[tuple[str, str]] = field(default_factory=list)  # what would have taken more than is done, by code

    @property
    def theory(self) -> Theory:
        """What is declared."""
        return self.knowledge.theory

    def met(self, problem: LimitError | RecursionError) -> None:
        """Notes a limit that was reached."""
        self.limits.append(reached(problem))

    @property
    def scope(self) -> Scope:
        """The scope at the outside of a step."""
        return Scope(self.knowledge)


FEW = 16  # parts of a term that are looked up beside what is counted for it


@dataclass(frozen=True)
class Aimed:
    """A rewriter that finds something only in the terms of which `may` says so: the others need not be gone through."""

    here: Rewriter
    may: Callable[[t.Term], bool]

    def __call__(self, term: t.Term, scope: Scope) -> Theorem | None:
        return self.here(term, scope)


class _Rewriting:
    """One walk over a term: counts what it does, and remembers where nothing is left to do."""

    def __init__(self, ordered: tuple[Rewriter, ...], context: Context) -> None:
        self.ordered = ordered
        self.context = context
        self.left = MOST_REWRITES
        self.found: dict[tuple[object, ...], Theorem | None] = {}

    def run(self, term: t.Term, scope: Scope) -> Theorem | None:
        if not self.may(term):
            return None
        key = term, *_where(scope)
        if key not in self.found:
            self.found[key] = self.rewritten(term, scope)
        return self.found[key]

    def rewritten(self, term: t.Term, scope: Scope) -> Theorem | None:
        spend()
        total: Theorem | None = None
        while self.may(term):
            found = self.here(term, scope) or self.inside(term, scope)
            if found is None:
                break
            self.left -= 1
            if self.left < 0 or _is_large(found.right):
                raise LimitError("D406", "the expression grows beyond what is worked on")
            spend(8)
            total = found if total is None else kernel.transitivity(total, found)
            term = found.right
        return total

    def may(self, term: t.Term) -> bool:
        return any(not isinstance(rewriter, Aimed) or rewriter.may(term) for rewriter in self.ordered)

    def here(self, term: t.Term, scope: Scope) -> Theorem | None:
        for rewriter in self.ordered:
            found = rewriter(term, scope)
            if found is not None and found.right is not term:
                return found
        return None

    def inside(self, term: t.Term, scope: Scope) -> Theorem | None:
        parts: dict[int, Theorem] = {}
        spend(len(t.children(term)) // FEW * FEW)  # a sum may have very many terms that are equal, each of which is looked up
        for position, part in enumerate(t.children(term)):
            if isinstance(part, (*t.Subscript, t.Comparison, t.Number)):
                continue
            if (isinstance(term, t.Diff) and position == 1) or (isinstance(term, t.Binder) and position < len(term.excluded)):
                continue
            found = self.run(part, scope.inside(term, position))
            if found is not None:
                parts[position] = found
        if not parts:
            return None
        try:
            return kernel.congruence(term, parts)
        except KernelError:
            return None


def _is_large(term: t.Term) -> bool:
    """Whether a term has more parts than are worked on; what stands in it several times is worked on once."""
    return size(term) > LARGEST_TERM and any(True for _ in itertools.islice(t.subterms(term), LARGEST_TERM, None))


def _where(scope: Scope) -> tuple[object, ...]:
    return scope.known.hypotheses, scope.known.conditions, scope.frozen


def rewritten(term: t.Term, rewriters: Iterable[Rewriter], context: Context, scope: Scope) -> Theorem:
    """The theorem `term = …` that the rewriters give when they are used everywhere as far as they go."""
    found = _Rewriting(tuple(rewriters), context).run(term, scope)
    return kernel.reflexivity(term, context.theory) if found is None else found


def by_rule(rule: Rule, context: Context) -> Rewriter:
    """The rewriter of a rule: by its own steps for one of calculus, by laws or the normal form for any other."""

    def here(term: t.Term, scope: Scope) -> Theorem | None:
        if rule.family == "calculus":
            return USES[rule.name](term, scope) if isinstance(term, t.Diff) else None
        found = rule.rewrite(term, scope)
        if found is None or found[0] is term:
            return None
        return equal(term, found[0], scope.known, rule.name)

    return Aimed(here, has_derivative) if rule.family == "calculus" else here


def has_derivative(term: t.Term) -> bool:
    """Whether there is a derivative in a term."""
    return bool(t.moved_names(term))


def equal(left: t.Term, right: t.Term, knowledge: Knowledge, rule: str = "rearrangement") -> Theorem | None:
    """The theorem that two terms are equal, under the name of a rule that made one of the other: by the arithmetic of fractions
    if that is enough, else by laws; None where it is not found.
    """
    try:
        return kernel.ring(left, right, knowledge.theory, rule)
    except KernelError:
        pass
    theorem = None
    for rules_used in (frozenset((rule,)), None):
        theorem = proved(left, right, knowledge, rule, rules_used) or theorem
        if theorem is not None and not evidence.remaining(theorem.conditions - defined(left) - defined(right), knowledge):
            return theorem
    return theorem


def by_algebra(
    left: t.Term, right: t.Term, knowledge: Knowledge, using: tuple[Theorem, ...] = (), functions: bool = True
) -> Theorem | None:
    """The theorem that two terms are equal by all laws, or by those of sums and products only; None where it is not found.

    Where the normal forms agree, they say which equations are of use; else all are. Without functions they must agree: the
    laws of sums speak of an exponential of a sum too. Fails with `LimitError` for what is too large.
    """
    premises = agreeing(left, right, knowledge, using, functions)
    if premises is None and (not functions or has_derivative(left) or has_derivative(right)):
        return None
    premises = using if premises is None else premises
    return proved(left, right, knowledge, "algebra", None if functions else _WITHOUT_FUNCTIONS, premises)


_WITHOUT_FUNCTIONS = frozenset(rule.name for rule in rules.sums.RULES)


def by_definition(names: frozenset[str] | None) -> Rewriter:
    """The rewriter that unfolds the definitions of `names`, or all; never of the name that a derivative around it is by."""

    def here(term: t.Term, scope: Scope) -> Theorem | None:
        if not isinstance(term, t.Entry | t.Call) or term.name not in scope.theory.definitions:
            return None
        wanted = (names is None or term.name in names) and term.name not in scope.frozen
        return kernel.definition(term, scope.theory) if wanted else None

    return Aimed(here, lambda term: bool(t.entry_names(term) if names is None else t.entry_names(term) & names))


def by_equation(theorem: Theorem, context: Context) -> Rewriter:
    """The rewriter that replaces instances of the left side of an equation by the right side."""
    theory = context.theory
    indices = universal(theorem)
    constants = frozenset(
        part
        for part in t.subterms(theorem.left)
        if isinstance(part, t.Entry)
        and not part.indices
        and part.name in theory.unknowns
        and not theory.unknowns[part.name].variable
        and is_citation(theorem)
    )

    # H[a, b] = H[b, a] would go round for ever: such an equation is used one way only, by the order of what it makes.
    turning = match(theorem.left, theorem.right, indices) is not None
    # So would r = r + 0, whose right side holds the left one: it is used from the right to the left.
    if any(match(theorem.left, part, indices) is not None for part in t.subterms(theorem.right) if part is not theorem.right):
        turned = kernel.symmetry(theorem)
        return by_equation(kernel.cite(turned, rule_name(theorem), theory) if is_citation(theorem) else turned, context)

    def here(term: t.Term, scope: Scope) -> Theorem | None:
        if type(term) is not type(theorem.left):
            return None
        if isinstance(term, t.Add | t.Mul) and len(t.children(term)) > len(t.children(theorem.left)):
            return part_of(term, scope)
        for variables in (indices, indices | constants) if constants else (indices,):
            found = match(theorem.left, term, variables)
            if found is not None:
                mapping = {old: new for old, new in found.items() if old is not new}
                try:
                    instance = kernel.instantiate(theorem, mapping, context.knowledge) if mapping else theorem
                    if turning and repr(instance.right) >= repr(instance.left):
                        continue
                    if mapping and is_citation(theorem):
                        instance = kernel.cite(instance, rule_name(theorem), theory)
                    bridge = equal(term, instance.left, scope.known, "log-base")
                    if bridge is not None:
                        return kernel.transitivity(bridge, instance)
                except KernelError:
                    continue
        return None

    def part_of(term: t.Add | t.Mul, scope: Scope) -> Theorem | None:
        """An instance among some of the terms of a sum, or of the factors of a product."""
        parts, wanted = t.children(term), t.children(theorem.left)
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
                gathered = kernel.ring(term, together, theory, "rearrangement")
                return kernel.transitivity(gathered, kernel.congruence(together, {0: found}))
            except KernelError:
                continue
        return None

    needed = t.entry_names(theorem.left) - {part.name for part in constants}
    return Aimed(here, lambda term: needed <= t.entry_names(term))


def calculus(context: Context, names: Iterable[str], keep: frozenset[t.Term] = frozenset()) -> list[Rewriter]:
    """The rewriters of the rules of calculus among `names`; the chain rule leaves the derivatives in `keep` as they are."""
    wanted = set(names)
    # What does not depend on the variable goes first; the chain rule takes what the other rules leave.
    order = {"independence": 0, "variable": 1, "sum": 2, "chain": 4}
    chosen = [rule for rule in rules.ALL.values() if rule.name in wanted and rule.family == "calculus"]
    found = [(rule.name, by_rule(rule, context)) for rule in sorted(chosen, key=lambda rule: order.get(rule.name, 3))]
    return [_unless(keep, rewriter) if name == "chain" else rewriter for name, rewriter in found]


def _unless(keep: frozenset[t.Term], rewriter: Rewriter) -> Rewriter:
    def here(term: t.Term, scope: Scope) -> Theorem | None:
        return None if t.canonical(term) in keep else rewriter(term, scope)

    return Aimed(here, has_derivative)
