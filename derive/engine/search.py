"""The search for laws: a term brought to a canonical form from the inside out, with a theorem that it is equal to that.

    exp(-(x/sqrt(T - t))^2)        the argument is    -x^2/(T - t)        by root-power, and (b^(1/2))^2 = b
                                   and the whole      exp(x^2/(T - t))^(-1)    by exp-power

An atom of a term (see `ring`) gets its own parts in their forms first. Then the first law that speaks of it says what it is, and
the atoms of that are brought to their forms in turn. What is remembered of an atom is remembered for one search only, so that
the answer hangs on nothing that was asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import lcm

from derive.engine.factored import Forms, Signs
from derive.engine.function_laws import of_function
from derive.engine.matching import match
from derive.engine.power_laws import at_power, of_power
from derive.engine.range_laws import of_binder, of_choice, of_delta, products
from derive.floor import kernel
from derive.floor.definedness import difference, holds, negated
from derive.floor.errors import LimitError
from derive.floor.kernel import KernelError, Theorem
from derive.floor.laws import LAWS, Law
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    Apply,
    Binder,
    Comparison,
    Delta,
    Diff,
    Entry,
    If,
    Number,
    Pow,
    Term,
    Subscript,
    children,
    free_indices,
)
from derive.floor.theory import Signature

MOST_ATOMS = 3000
"""Atoms that one search looks at: a step that a person writes has a few."""
MOST_ROUNDS = 4
DEEPEST = 12
"""Laws used on what laws made, one after the other."""
DEEPEST_BODY = 4
"""Sums and derivatives, one inside the other, whose bodies are rewritten."""

_BY_RULE = {rule: [law for law in LAWS if law.rule == rule] for rule in dict.fromkeys(law.rule for law in LAWS)}
_BOOKKEEPING = "rearrangement"


@dataclass
class Effort:
    """How much one search may still do, with all that it does inside of sums, and how fine its roots are."""

    left: int = MOST_ATOMS
    roots: dict[Term, int] = field(default_factory=dict)
    met: dict[Term, int] = field(default_factory=dict)
    mixed: bool = False  # whether a base was met under roots of different degrees that `roots` does not know of

    def fineness(self, base: Term, degree: int) -> int:
        """Of which degree the root of a base is to be taken, so that it serves this degree and all that were met."""
        self.mixed = self.mixed or (base not in self.roots and self.met.get(base, degree) != degree)
        self.met[base] = lcm(self.met.get(base, 1), degree)
        return lcm(self.roots.get(base, 1), degree)


class Search:
    """The laws of some rules, or of all, about the atoms of terms at one point."""

    def __init__(
        self,
        knowledge: Knowledge,
        rules: frozenset[str] | None,
        given: tuple[Theorem, ...],
        forms: Forms,
        effort: Effort,
        needed: Sequence[Comparison] = (),
        depth: int = 0,
    ) -> None:
        self.knowledge = knowledge
        self.theory: Signature = knowledge.signature
        self.rules = rules
        self.given = given
        self.forms = forms
        self.atoms = forms.atoms
        self.effort = effort
        self.needed = needed
        self.depth = depth
        self.signs = Signs(knowledge, forms, needed)
        self.parted: dict[Term, Theorem] = {}  # sums for which it is known where to split them
        self.kept: set[Term] = set()  # sums with a place left out that stay as they are
        self._known: dict[Term, Theorem | None] = {}
        self._settled: dict[Term, Theorem | None] = {}
        self._used: list[Theorem] = []
        self._nested = 0

    # --- forms ----------------------------------------------------------------------------------------------------------

    def settled(self, term: Term) -> Theorem | None:
        """The theorem that a term is equal to its canonical form; None where it has that already."""
        if term not in self._settled:
            self._settled[term] = None
            self._settled[term] = self._settle(term)
        return self._settled[term]

    def _settle(self, term: Term) -> Theorem | None:
        total: Theorem | None = None
        for _ in range(MOST_ROUNDS):
            here = term if total is None else total.right
            theorem = self.by(here, self.equations(here))
            if theorem is None:
                break
            total = theorem if total is None else kernel.transitivity(total, theorem)
        return total

    def by(self, term: Term, using: Sequence[Theorem]) -> Theorem | None:
        """The term as equations make it; None where they say nothing of it."""
        if not using:
            return None
        new = self.atoms.written(term, [(theorem.left, theorem.right) for theorem in using])
        if new is term or new is self.atoms.written(term):
            return None
        return kernel.ring(term, new, self.theory, "law(inside)", tuple(using))

    def equations(self, *terms: Term) -> list[Theorem]:
        """What the laws say of the atoms of the terms, of powers of them, and of products with deltas."""
        found: dict[Term, Theorem] = {}
        for term in terms:
            for atom, exponent in self.forms.atoms_of(term):
                theorem = self.about(atom)
                if theorem is None:
                    theorem = at_power(self, atom, exponent)
                if theorem is not None:
                    found[theorem.left] = theorem
            for theorem in products(self, term):
                found[theorem.left] = theorem
        return list(found.values())

    def about(self, atom: Term) -> Theorem | None:
        """The theorem that an atom is equal to its canonical form; None where it has that already."""
        if atom not in self._known:
            self._known[atom] = None  # what leads back to itself is left as it is
            self.effort.left -= 1
            if self.effort.left < 0:
                raise LimitError("D401", "too many uses of laws")
            self._known[atom] = self._about(atom)
        return self._known[atom]

    def _about(self, atom: Term) -> Theorem | None:
        if self._nested > DEEPEST:
            return None
        self._nested += 1
        try:
            total = self._assumed(atom) or self._parted(atom)
            if total is None:
                total = self._inside(atom)
                here = atom if total is None else total.right
                if total is None or self._is_atom(here):
                    head = self._head(here)
                    if head is None:
                        return total
                    total = _joined(total, head)
            return _joined(total, self.settled(total.right))
        finally:
            self._nested -= 1

    def _is_atom(self, term: Term) -> bool:
        form = self.atoms.plain.form(term)
        return [*form.values()] == [1] and [[exponent for _, exponent in monomial] for monomial in form] == [[1]]

    def _head(self, atom: Term) -> Theorem | None:
        """What the first law that speaks of an atom says, once its parts have their forms."""
        for kind, laws in _SPOKEN_OF:
            if isinstance(atom, kind):
                for using in laws(self, atom):
                    theorem = self.by(atom, [theorem for theorem in using if theorem is not None])
                    if theorem is not None:
                        return theorem
        return None

    def _assumed(self, atom: Term) -> Theorem | None:
        """What a given equation says of an atom; none is used on what it made itself."""
        for theorem in self.given:
            if theorem in self._used:
                continue
            found = self._instance_for(theorem, atom)
            if found is None or found.left is found.right:
                continue
            self._used.append(theorem)
            try:
                return _joined(self.by(atom, [found]), None)
            finally:
                self._used.pop()
        return None

    def _parted(self, atom: Term) -> Theorem | None:
        theorem = self.parted.get(self.atoms.written(atom)) if self.parted else None
        return None if theorem is None else self.by(atom, [theorem])

    def _instance_for(self, theorem: Theorem, atom: Term) -> Theorem | None:
        indices = kernel.universal(theorem, self.theory) & free_indices(theorem.left)
        mapping = match(theorem.left, atom, indices)
        if mapping is None:
            return None
        moved = {old: new for old, new in mapping.items() if old is not new}
        return kernel.instantiate(theorem, moved, self.knowledge) if moved else theorem

    # --- the parts of an atom -------------------------------------------------------------------------------------------

    def _inside(self, atom: Term) -> Theorem | None:
        """The atom with its parts in their forms."""
        match atom:
            case Binder():
                return self._in_body(atom, len(atom.excluded), self.under(atom), atom.body)
            case Diff(body, _):
                return self._in_body(atom, 0, Knowledge(self.theory, (), self.knowledge.conditions), body)
            case Entry() | Delta():
                return None
            case If(condition, then, otherwise):
                branches = [(1, then, condition), (2, otherwise, negated(condition))]
                parts = {n: self._branch(claim).settled(part) for n, part, claim in branches}
            case _:
                parts = {n: self._part(atom, n, part) for n, part in enumerate(children(atom))}
        changed = {n: theorem for n, theorem in parts.items() if theorem is not None}
        return kernel.congruence(atom, changed) if changed else None

    def _part(self, atom: Term, position: int, part: Term) -> Theorem | None:
        if isinstance(part, (*Subscript, Comparison, Number)):
            return None
        theorem = self.settled(part)
        here = part if theorem is None else theorem.right
        plain = self.atoms.written(here)
        if not (isinstance(atom, Pow) and position == 1 and isinstance(plain, Number)):  # as 3*(1/3), which is 1
            plain = self.forms.over_one_bar(here)
        if plain is None or plain is here:
            return theorem
        return _joined(theorem, kernel.ring(here, plain, self.theory, "law(inside)"))

    def _in_body(self, atom: Term, position: int, knowledge: Knowledge, body: Term) -> Theorem | None:
        if self.depth >= DEEPEST_BODY:
            return None
        given = () if isinstance(atom, Diff) else self.given
        needed = () if isinstance(atom, Diff) else self.needed
        theorem = self._at(knowledge, given, needed).settled(body)
        if theorem is None:
            return None
        try:
            return kernel.congruence(atom, {position: theorem})
        except KernelError:
            return None

    def _branch(self, claim: Comparison) -> Search:
        return self._at(self.knowledge.where(claim), self.given, self.needed)

    def _at(self, knowledge: Knowledge, given: tuple[Theorem, ...], needed: Sequence[Comparison]) -> Search:
        inner = Search(knowledge, self.rules, given, self.forms, self.effort, needed, self.depth + 1)
        inner.parted, inner.kept = self.parted, self.kept
        return inner

    def under(self, atom: Binder) -> Knowledge:
        """What is known inside of a sum or product."""
        known, index = self.knowledge, atom.index
        hypotheses = tuple(claim for claim in known.hypotheses if index not in free_indices(claim))
        relations = tuple(claim for claim in known.conditions if index not in free_indices(claim))
        apart = tuple(Comparison(index, "!=", other) for other in atom.excluded)
        return Knowledge(known.signature, hypotheses, (*relations, *apart), known.opaque)

    def holds(self, claim: Comparison) -> bool:
        """Whether a relation of values is known to hold."""
        if any(known in (claim, Comparison(claim.left, ">", claim.right)) for known in self.knowledge.hypotheses):
            return claim.relation != "=" or claim in self.knowledge.hypotheses
        known = self.signs.relation(difference(claim))
        return known is not None and holds(known, claim.relation)

    # --- the kernel -----------------------------------------------------------------------------------------------------

    def licenses(self, rule: str) -> bool:
        """Whether laws of that rule may be used."""
        return self.rules is None or rule in self.rules or rule == _BOOKKEEPING

    def law(
        self, rule: str, licensed: str = "", left: Term | None = None, right: Term | None = None, **values: Term
    ) -> Theorem | None:
        """The first law of a rule whose instance is about `left`, and makes it `right`, where these are given."""
        if not self.licenses(licensed or rule):
            return None
        for law in _BY_RULE.get(rule, ()):
            if left is not None and _shape(law.left) != _shape(left):
                continue
            theorem = self._law_instance(law, values)
            if theorem is not None and (left is None or theorem.left is left) and (right is None or theorem.right is right):
                return theorem
        return None

    def _law_instance(self, law: Law, values: dict[str, Term]) -> Theorem | None:
        if law.letters != values.keys():
            return None
        try:
            return kernel.by_law(law, values, self.theory)
        except KernelError:
            return None

    def constants(self, rule: str) -> list[Theorem]:
        """The laws of a rule that speak of numbers only."""
        found = (self._law_instance(law, {}) for law in _BY_RULE.get(rule, ())) if self.licenses(rule) else ()
        return [theorem for theorem in found if theorem is not None]

    def over_range(self, name: str, term: Term, rule: str = _BOOKKEEPING, place: Term | None = None) -> Theorem | None:
        """The law of that name of sums, products, deltas and choices."""
        if not self.licenses(rule):
            return None
        try:
            return kernel.over_range(name, term, self.theory, place)
        except KernelError:
            return None


def _joined(first: Theorem | None, second: Theorem | None) -> Theorem | None:
    if first is None or second is None:
        return first or second
    return kernel.transitivity(first, second)


def _shape(term: Term) -> tuple[type[Term], str]:
    return type(term), term.function if isinstance(term, Apply) else ""


_SPOKEN_OF: tuple[tuple[type[Term], Callable[[Search, Term], Iterator[Sequence[Theorem | None]]]], ...] = (
    (Apply, of_function),
    (Pow, of_power),
    (Binder, of_binder),
    (Delta, of_delta),
    (If, of_choice),
)
