"""The search for laws: a term brought to a canonical form from the inside out, with a theorem that it is equal to that.

    exp(-(x/sqrt(T - t))^2)        the argument is    -x^2/(T - t)        by root-power, and (b^(1/2))^2 = b
                                   and the whole      exp(x^2/(T - t))^(-1)    by exp-power

An atom of a term (see `ring`) gets its own parts in their forms first. Then the first law that speaks of it says what it is,
and in the next round the atoms of that get theirs. Arguments that are equal get one name: the one that was met first, as it was
written, so that its sign can still be seen. What is remembered is remembered for one search only, so that the answer hangs on
nothing that was asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import lcm

from derive.engine.computed_indices import of_entry
from derive.engine.factored import Forms, Signs, divided, is_arithmetic
from derive.engine.function_laws import by_meaning, of_function
from derive.engine.lookup import Laws
from derive.engine.matching import match, universal
from derive.engine.measure import size
from derive.engine.power_laws import at_power, of_power
from derive.engine.products import LABEL, Products
from derive.engine.range_laws import of_binder, of_choice, of_delta, products
from derive.errors import KernelError, LimitError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.conditions import difference, negated
from derive.floor.inside import known_inside
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge, holds
from derive.floor.theory import Theory

MOST_ATOMS = 3000
"""Atoms that one search looks at: a step that a person writes has a few."""
MOST_ROUNDS = 10
DEEPEST = 12
"""Laws used on what laws made, one after the other."""
DEEPEST_BODY = 4
"""Sums and derivatives, one inside the other, whose bodies are rewritten."""


@dataclass
class Effort:
    """How much one search may still do, with all that it does inside of sums, and how fine its roots are."""

    left: int = MOST_ATOMS
    roots: dict[t.Term, int] = field(default_factory=dict)
    met: dict[t.Term, int] = field(default_factory=dict)
    inside: dict[tuple[object, ...], Search] = field(default_factory=dict)
    mixed: bool = False  # whether a base was met under roots of different degrees that `roots` does not know of

    def fineness(self, base: t.Term, degree: int) -> int:
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
        needed: Sequence[t.Comparison] = (),
        bound: tuple[t.Index, ...] = (),
        depth: int = 0,
    ) -> None:
        self.knowledge = knowledge
        self.theory: Theory = knowledge.theory
        self.rules = rules
        self.given = given
        self.forms = forms
        self.atoms = forms.atoms
        self.effort = effort
        self.needed = needed
        self.bound = bound
        self.depth = depth
        self.signs = Signs(knowledge, forms, needed, self.settled)
        self.parted: dict[t.Term, Theorem] = {}  # sums for which it is known where to split them
        self.kept: set[t.Term] = set()  # sums with a place left out that stay as they are
        self._known: dict[t.Term, Theorem | None] = {}
        self._settled: dict[tuple[t.Term, bool, bool], Theorem | None] = {}
        self._in_arguments = 0
        self._names: dict[t.Term, tuple[t.Term, Theorem | None]] = {}  # by its form, the argument that was met first
        self.laws = Laws(self.theory, rules)
        self.products = Products(self)
        self._used: list[Theorem] = []
        self._nested = 0

    # --- forms ----------------------------------------------------------------------------------------------------------

    def settled(self, term: t.Term, below: bool = False) -> Theorem | None:
        """The theorem that a term is equal to one whose atoms have their forms; None where they have them already.

        Sums and quotients stay as they are written wherever they can, so that their signs can still be seen; and `below` a bar
        powers of roots stay.
        """
        key = term, below, self._in_arguments > 0
        if key not in self._settled:
            self._settled[key] = None
            self._settled[key] = self._settle(term, below)
        return self._settled[key]

    def _settle(self, term: t.Term, below: bool) -> Theorem | None:
        total: Theorem | None = None
        for _ in range(MOST_ROUNDS):
            here = term if total is None else total.right
            theorem = self._part_by_part(here, below) or (None if below else self._together(here))
            if theorem is None:
                break
            total = self.then(total, theorem)
        return total

    def _part_by_part(self, term: t.Term, below: bool) -> Theorem | None:
        match term:
            case t.Div(above, under):
                return self._congruent(term, {0: self.settled(above, below), 1: self.settled(under, not below)})
            case t.Pow(base, t.Number(exponent)) if exponent.denominator == 1:
                return self._congruent(term, {0: self.settled(base, below != (exponent < 0))})
            case t.Add() | t.Mul() | t.Neg():
                return self._congruent(term, {n: self.settled(part, below) for n, part in enumerate(t.children(term))})
            case t.Sum() if not self._is_atom(term):
                return self.inside(term) or self.by(term, self.equations(term, at_top=False))
            case t.Entry() | t.Call() | t.Diff() if self.bound and not self._in_arguments:
                # What does not hang on an index stands before its sum in the end.
                return self.about(term) if t.free_indices(term) & {*self.bound} else None
        return self.about(term)

    def _together(self, term: t.Term) -> Theorem | None:
        """Powers of atoms and products with deltas."""
        if not is_arithmetic(term):
            return None
        powers = (at_power(self, atom, exponent) for atom, exponent in self.forms.atoms_of(term) if exponent > 1)
        return self.by(term, [*filter(None, powers), *products(self, term)])

    def _congruent(self, term: t.Term, parts: dict[int, Theorem | None]) -> Theorem | None:
        changed = {n: theorem for n, theorem in parts.items() if theorem is not None}
        return kernel.congruence(term, changed) if changed else None

    def by(self, term: t.Term, using: Sequence[Theorem | None]) -> Theorem | None:
        """The term as equations make it; None where they say nothing of it."""
        equations = tuple(theorem for theorem in using if theorem is not None)
        if not equations:
            return None
        try:
            new = self.forms.written(term, [(theorem.left, theorem.right) for theorem in equations])
        except LimitError:  # they lead back to themselves
            return None
        if new is term or new is self.forms.written(term):
            return None
        return kernel.ring(term, new, self.theory, LABEL, equations)

    def equations(self, *terms: t.Term, at_top: bool = True) -> list[Theorem]:
        """What the laws say of the atoms of the terms, of powers of them, and of products with deltas."""
        found: dict[t.Term, Theorem] = {}
        for term in terms:
            for atom, exponent in self.forms.atoms_of(term):
                theorem = self.about(atom)
                if theorem is None and (at_top or exponent > 1):
                    theorem = at_power(self, atom, exponent)
                if theorem is not None:
                    found[theorem.left] = theorem
            for theorem in products(self, term):
                found[theorem.left] = theorem
        return list(found.values())

    def names(self, *terms: t.Term) -> list[Theorem]:
        """The functions and powers in the terms with each argument as it was met first, and no law about themselves."""
        atoms = dict.fromkeys(atom for term in terms for atom, _ in self.forms.atoms_of(term))
        theorems = (self.inside(atom) for atom in atoms if isinstance(atom, t.Apply | t.Pow | t.Call))
        return [theorem for theorem in theorems if theorem is not None]

    # --- atoms ----------------------------------------------------------------------------------------------------------

    def about(self, atom: t.Term) -> Theorem | None:
        """The theorem that an atom is equal to its form; None where it has that already."""
        if isinstance(atom, t.Number | t.Size | t.Ordinal):
            return None
        if atom not in self._known:
            self._known[atom] = None  # what leads back to itself is left as it is
            self.effort.left -= 1
            if self.effort.left < 0:
                raise LimitError("D401", "too many uses of laws")
            theorem = self._about(atom)
            if theorem is not None and self.forms.written(theorem.left) is not self.forms.written(theorem.right):
                self._known[atom] = theorem
        return self._known[atom]

    def _about(self, atom: t.Term) -> Theorem | None:
        if self._nested > DEEPEST:
            return None
        self._nested += 1
        try:
            assumed = self._assumed(atom)
            if assumed is not None:
                return assumed
            if isinstance(atom, t.Apply | t.Pow | t.Call):
                return self._of_named(atom)
            first = self._parted(atom) or self._head(atom, _AS_IT_STANDS)
            if first is not None:
                return first
            first = self.inside(atom)
            here = atom if first is None else first.right
            return self.then(first, self._head(here, _SPOKEN_OF)) if first is None or self._is_atom(here) else first
        finally:
            self._nested -= 1

    def _of_named(self, atom: t.Term) -> Theorem | None:
        """A function or power: with other arguments if equal ones were met before, else what a law says of it."""
        named = self.inside(atom)
        here = atom if named is None else named.right
        if self.forms.written(here) is not self.forms.written(atom):
            return named
        head = self._head(here, _AS_IT_STANDS) or self._head(here, _SPOKEN_OF)
        return None if head is None else self.then(named, head)

    def _is_atom(self, term: t.Term) -> bool:
        form = self.atoms.plain.form(term)
        return [*form.values()] == [1] and [[exponent for _, exponent in monomial] for monomial in form] == [[1]]

    def _head(self, atom: t.Term, laws: SpokenOf) -> Theorem | None:
        """What the first law that speaks of an atom says."""
        return next((theorem for kind, of in laws if isinstance(atom, kind) for theorem in of(self, atom) if theorem), None)

    def _assumed(self, atom: t.Term) -> Theorem | None:
        """What a given equation says of an atom; none is used on what it made itself."""
        for theorem in self.given:
            if theorem in self._used:
                continue
            found = self._instance_for(theorem, atom)
            if found is not None and found.left is not found.right:
                self._used.append(theorem)
                try:
                    first = self.by(atom, [found])
                    return None if first is None else self.then(first, self.settled(first.right))
                finally:
                    self._used.pop()
        return None

    def _instance_for(self, theorem: Theorem, atom: t.Term) -> Theorem | None:
        indices = universal(theorem) & t.free_indices(theorem.left)
        mapping = match(theorem.left, atom, indices)
        if mapping is None:
            return None
        moved = {old: new for old, new in mapping.items() if old is not new}
        turning = match(theorem.left, theorem.right, indices) is not None
        if turning and self._rank(t.substitute(theorem.right, moved)) >= self._rank(atom):
            return None  # H[i, k] = H[k, i] is used one way only
        return kernel.instantiate(theorem, moved, self.knowledge) if moved else theorem

    def _rank(self, term: t.Term) -> str:
        """An order of terms in which bound indices count by their places: those of outer sums come first."""
        places: dict[t.Term, t.Term] = {index: t.Index(f"~{place:02}", index.range) for place, index in enumerate(self.bound)}
        return repr(t.substitute(term, places))

    def _parted(self, atom: t.Term) -> Theorem | None:
        theorem = self.parted.get(self.forms.written(atom)) if self.parted else None
        return self.by(atom, [theorem])

    # --- the parts of an atom -------------------------------------------------------------------------------------------

    def inside(self, atom: t.Term) -> Theorem | None:
        """The atom with its parts in their forms."""
        match atom:
            case t.Binder():
                return self._in_body(atom, len(atom.excluded), atom.body)
            case t.Diff(body, _):
                return self._in_body(atom, 0, body)
            case t.Entry() | t.Ordinal() | t.Delta():
                return None
            case t.If(condition, then, otherwise):
                branches = [(1, then, condition), (2, otherwise, negated(condition))]
                return self._congruent(atom, {n: self._branch(claim).settled(part) for n, part, claim in branches})
        parts = [(n, part) for n, part in enumerate(t.children(atom)) if not isinstance(part, (*t.Subscript, t.Comparison))]
        return self._congruent(atom, {n: self._named(part) for n, part in parts})

    def _named(self, part: t.Term) -> Theorem | None:
        """The theorem that an argument is equal to the first one that was met of all that are, or to their form if that
        is a shorter atom.
        """
        theorem = self.in_one_form(part)
        form = part if theorem is None else theorem.right
        key = self.forms.written(form)
        if key not in self._names:
            is_plain = isinstance(key, t.Number) or (size(key) < size(part) and self._is_atom(key))
            self._names[key] = (key, None) if is_plain else (part, theorem)
        name, named = self._names[key]
        if name is part:
            return None
        target = name if named is None else named.right
        total = self.then(theorem, kernel.ring(form, target, self.theory, LABEL))
        return self.then(total, None if named is None else kernel.symmetry(named))

    def in_one_form(self, part: t.Term) -> Theorem | None:
        """The theorem that an argument is equal to what it is once no root is below a bar, and all is over one bar."""
        self._in_arguments += 1
        total = self.settled(part)
        self._in_arguments -= 1
        here = part if total is None else total.right
        below = [at_power(self, atom, exponent) for atom, exponent in self.forms.atoms_of(here) if exponent < 0]
        total = self.then(total, self.by(here, below))
        here = part if total is None else total.right
        plain = self.forms.over_one_bar(here)
        return total if plain is None else self.then(total, kernel.ring(here, plain, self.theory, LABEL))

    def in_argument(self, atom: t.Term, position: int = 0) -> Theorem | None:
        """The atom with an argument in its form."""
        return self._congruent(atom, {position: self.in_one_form(t.children(atom)[position])})

    def _in_body(self, atom: t.Term, position: int, body: t.Term) -> Theorem | None:
        if self.depth >= DEEPEST_BODY:
            return None
        knowledge = known_inside(atom, position, self.knowledge)
        bound = (*self.bound, atom.index) if isinstance(atom, t.Binder) else self.bound
        given = () if isinstance(atom, t.Diff) else self.given
        needed = () if isinstance(atom, t.Diff) else self.needed
        apart = divided(body)
        theorem = None if apart is body else kernel.ring(body, apart, self.theory, LABEL)
        theorem = self.then(theorem, self._at(knowledge, given, needed, bound).settled(apart))
        here = body if theorem is None else theorem.right
        plain = self.forms.over_one_bar(here, at_need=True)
        if plain is not None:
            theorem = self.then(theorem, kernel.ring(here, plain, self.theory, LABEL))
        if theorem is None:
            return None
        try:
            return kernel.congruence(atom, {position: theorem})
        except KernelError:
            return None

    def _branch(self, claim: t.Comparison) -> Search:
        return self._at(self.knowledge.where(claim), self.given, self.needed, self.bound)

    def _at(
        self, knowledge: Knowledge, given: tuple[Theorem, ...], needed: Sequence[t.Comparison], bound: tuple[t.Index, ...]
    ) -> Search:
        """The search at another place, with what is known there."""
        key = knowledge.hypotheses, knowledge.conditions, given, bound, self.depth
        if key not in self.effort.inside:
            inner = Search(knowledge, self.rules, given, self.forms, self.effort, needed, bound, self.depth + 1)
            inner.parted, inner.kept = self.parted, self.kept
            self.effort.inside[key] = inner
        return self.effort.inside[key]

    def holds(self, claim: t.Comparison) -> bool:
        """Whether a relation of values is known to hold."""
        if any(known in (claim, t.Comparison(claim.left, ">", claim.right)) for known in self.knowledge.hypotheses):
            return claim.relation != "=" or claim in self.knowledge.hypotheses
        known = self.signs.relation(difference(claim))
        if known is None:
            settled = self.settled(difference(claim))
            known = None if settled is None else self.signs.relation(settled.right)
        return known is not None and holds(known, claim.relation)

    @staticmethod
    def then(first: Theorem | None, second: Theorem | None) -> Theorem | None:
        """Both theorems, one after the other, as far as there are any."""
        if first is None or second is None:
            return first or second
        return kernel.transitivity(first, second)


SpokenOf = tuple[tuple[type[t.Term], Callable[[Search, t.Term], Iterable[Theorem | None]]], ...]

_AS_IT_STANDS: SpokenOf = ((t.Entry, of_entry), (t.Apply, by_meaning), (t.Sum, of_binder), (t.If, of_choice))
_SPOKEN_OF: SpokenOf = (
    (t.Apply, of_function),
    (t.Pow, of_power),
    (t.Binder, of_binder),
    (t.Delta, of_delta),
    (t.If, of_choice),
)
