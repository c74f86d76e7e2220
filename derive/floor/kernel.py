"""The kernel: theorems, and the only ways to make one.

A theorem says   conditions |- left = right:   for all sizes that the declarations allow, and all indices and real values for
which the conditions hold, both sides have a value and the values are equal. (Both have one: an equation that holds only
because nothing is defined would make everything provable by transitivity.) A name and a derivative count as values here: two
functions that are equal all around a point have the same derivative there, or none; that one exists is asked by the rules of
calculus, and seen through names. Assumptions that were used are among the conditions. `definitions` are the names whose
definition the theorem rests on: inside a derivative by such a name it cannot be used.

A theorem belongs to what is declared, its `theory`: all names in it are declared there, and theorems of two theories are never
joined. One that was proved where less, or something else, is declared can be cited only if all its names mean the same.

Everything else in the package may be clever; nothing else makes a theorem. A theorem keeps its premises, so that the whole
proof can be read off it and replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from derive.errors import BeyondLimits, KernelError, LimitError
from derive.floor import calculus
from derive.floor import terms as t
from derive.floor.conditions import NONE, Condition, Conditions, guarded, is_about_indices, negated, substituted
from derive.floor.definedness import defined, defined_in, reached
from derive.floor.dependence import moves_behind, reaches
from derive.floor.inside import carried_out
from derive.floor.laws import LAWS, Law
from derive.floor.laws import instance as law_instance
from derive.floor.ranges import RANGE_LAWS
from derive.floor.ring import Atoms
from derive.floor.signs import Knowledge
from derive.floor.theory import Theory
from derive.limits import spend

_seal = object()


class Inference(NamedTuple):
    """How a theorem was made: the function of this module, what it was given besides the premises, and what it is told as.

    So much is enough to make it again (see `replay`). A label is empty where the step is not worth telling; it means nothing.
    """

    figure: str
    data: tuple[Any, ...] = ()
    label: str = ""


class Sealed:
    """What only the floor makes, and nobody changes: its fields are its slots, in their order."""

    __slots__ = ()

    def __init__(self, seal: object, *values: object) -> None:
        if seal is not _seal:
            raise KernelError("only the floor makes theorems, and says what they prove")
        slots: tuple[str, ...] = type(self).__slots__
        for name, value in zip(slots, values, strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object = None) -> None:
        raise KernelError("a theorem, and what it proves, cannot be changed")

    __delattr__ = __setattr__


class Theorem(Sealed):
    """conditions |- left = right. Made by the functions of this module only."""

    __slots__ = ("left", "right", "conditions", "definitions", "inference", "premises", "theory")  # noqa: RUF023

    left: t.Term
    right: t.Term
    conditions: Conditions
    definitions: frozenset[str]
    inference: Inference
    premises: tuple[Theorem, ...]
    theory: Theory

    def __repr__(self) -> str:
        return f"Theorem({self.left!r} = {self.right!r})"


def _theorem(
    left: t.Term,
    right: t.Term,
    conditions: Conditions,
    inference: Inference,
    premises: tuple[Theorem, ...] = (),
    theory: Theory | None = None,
    cited: bool = False,
    own: frozenset[str] = frozenset(),
) -> Theorem:
    """A theorem of the theory of its premises, or of `theory` where there are none.

    It rests on the definitions that they rest on, and on those of its `own`.
    """
    spend(8)
    _are_theorems(premises)
    theory = premises[0].theory if theory is None else theory
    if not cited and any(premise.theory is not theory for premise in premises):
        raise KernelError("theorems about different declarations cannot be joined")
    _declared(theory, left, right)
    if not (t.is_a("Value", left) and t.is_a("Value", right)):
        raise KernelError("a theorem is about values")
    definitions = own.union(*(premise.definitions for premise in premises))
    conditions = conditions | defined(left) | defined(right) | reached((left, right), theory)
    return Theorem(_seal, left, right, conditions, definitions, inference, premises, theory)


def _are_theorems(premises: tuple[Theorem, ...]) -> None:
    if any(type(premise) is not Theorem for premise in premises):
        raise KernelError("the premises of a theorem are theorems")


def _declared(theory: Theory, *terms: t.Term) -> None:
    """Fails for what is not about what is declared, and for a bound index without its binder: the next one would take it."""
    if type(theory) is not Theory or not theory.declares(terms):
        raise KernelError("a theorem is about what is declared, and each bound index has its binder")


def reflexivity(term: t.Term, theory: Theory) -> Theorem:
    """
    ----------------------
    defined(a) |- a = a
    """
    return _theorem(term, term, NONE, Inference("reflexivity", (term,)), theory=theory)


def symmetry(theorem: Theorem) -> Theorem:
    """
    C |- a = b
    ----------
    C |- b = a
    """
    return _theorem(theorem.right, theorem.left, theorem.conditions, Inference("symmetry"), (theorem,))


def transitivity(first: Theorem, second: Theorem) -> Theorem:
    """
    C |- a = b    D |- b = c
    ------------------------
         C, D |- a = c

    Fails unless the two middle terms differ at most in the names of bound indices.
    """
    if not t.alpha_equal(first.right, second.left):
        raise KernelError("transitivity: the middle terms differ")
    conditions = first.conditions | second.conditions
    return _theorem(first.left, second.right, conditions, Inference("transitivity"), (first, second))


def congruence(term: t.Term, parts: Mapping[int, Theorem]) -> Theorem:
    """
    C1 |- a1 = b1   …   Cn |- an = bn
    ---------------------------------
    C1, …, Cn |- f(a1, …) = f(b1, …)

    `parts` maps positions in `children(term)` to theorems about the terms there. Below a sum or product over i != k the
    conditions hold for all such i; in a branch of a choice they are needed only there; inside a derivative by x an
    equation must hold all around the point. Fails unless each left side is the part of the term at its position; unless, in a
    derivative by x, no condition is an equality that depends on x, and the definition of x is not used; and for an index.
    """
    parts = dict(parts)
    if not parts:
        raise KernelError("congruence: a theorem about a part is needed")
    old = t.children(term)
    new = list(old)
    for position, theorem in parts.items():
        if type(position) is not int or not 0 <= position < len(old) or theorem.left is not old[position]:
            raise KernelError("congruence: the theorem is about another term")
        if isinstance(term, t.Diff) and term.by.name in theorem.definitions:
            raise KernelError(f"the definition of {term.by.name} cannot be used inside a derivative by it")
        new[position] = theorem.right
    found = (carried_out(term, position, theorem.conditions, theorem.theory) for position, theorem in parts.items())
    conditions = NONE.union(*found)
    inference = Inference("congruence", (term, tuple(parts)))
    return _theorem(term, t.rebuild(term, tuple(new)), conditions, inference, tuple(parts.values()))


def definition(term: t.Entry | t.Call, theory: Theory) -> Theorem:
    """
    ------------------------
    |- O[i] = its definition

    Fails unless the name is defined.
    """
    body = theory.unfold(term)
    if body is None:
        raise KernelError(f"{term.name} is not defined")
    inference = Inference("definition", (term,), f"definition({term.name})")
    return _theorem(term, body, NONE, inference, theory=theory, own=frozenset((term.name,)))


def hypothesis(claim: t.Comparison, theory: Theory, universal: frozenset[t.Index] = frozenset()) -> Theorem:
    """
    -----------------
    a = b |- a = b

    The condition is that the equality holds for all values of the `universal` indices. Fails unless it is an equality of
    values.
    """
    if type(claim) is not t.Comparison or claim.relation != "=" or is_about_indices(claim):
        raise KernelError("only an equality of values can be used as an equation")
    universal = frozenset(universal)
    _declared(theory, claim, *universal)
    inference = Inference("hypothesis", (claim, universal), "assumption")
    return _theorem(claim.left, claim.right, frozenset((Condition(claim, universal),)), inference, theory=theory)


def by_rule(name: str, term: t.Diff, known: Knowledge, through: Iterable[str] = ()) -> Theorem | None:
    """
    ---------------------
    C |- diff(f, x) = b     where the rule of that name, one of `calculus`, says so under the conditions C

    All derivatives on both sides exist under C, seen through definitions. A chain rule goes `through` the names. None where the
    rule is not about such a derivative. Fails unless there is such a rule, for what is no derivative, and for what is no
    `Knowledge`.
    """
    through = frozenset(through)
    kinds = {type(term) is t.Diff, type(known) is Knowledge, name in calculus.RULES, *(type(used) is str for used in through)}
    if False in kinds:
        raise KernelError(f"{name} is not a rule of the kernel, or this is no derivative")
    found = calculus.RULES[name](term.body, term.by, known, through)
    if found is None or moves_behind(term.body, term.by, known.theory):
        return None
    right, conditions = found
    for side in (term, right):
        # The rules are about derivatives that exist, whatever names their bodies hide.
        conditions |= defined_in(side, known.theory)
    return _theorem(term, right, conditions, Inference("by_rule", (name, term, known, through)), theory=known.theory)


def told(theorem: Theorem, label: str) -> Theorem:
    """
    C |- a = b
    ----------     told as one use of a rule, which the label names
    C |- a = b
    """
    return _theorem(theorem.left, theorem.right, theorem.conditions, Inference("told", (), label), (theorem,))


def ring(left: t.Term, right: t.Term, theory: Theory, label: str = "algebra", using: tuple[Theorem, ...] = ()) -> Theorem:
    """
    C1 |- a1 = b1   …   Cn |- an = bn
    ---------------------------------   where left and right are equal by the arithmetic of fractions once a1 is b1, …
          C1, …, Cn |- left = right

    An equation is used outside of derivatives only. Fails unless they are equal in this way, each a an atom, or a product of
    powers of atoms: see `ring`.
    """
    using = tuple(using)
    _are_theorems(using)
    _declared(theory, left, right)
    try:
        atoms = _atoms.get(theory) or _atoms.setdefault(theory, Atoms())
        equal = atoms.equal(left, right, [(theorem.left, theorem.right) for theorem in using])
    except (LimitError, RecursionError) as problem:
        raise BeyondLimits(str(problem)) from problem
    except ZeroDivisionError as problem:
        raise KernelError(str(problem)) from problem
    if not equal:
        raise KernelError("ring: the two sides differ")
    conditions = NONE.union(*(theorem.conditions for theorem in using))
    return _theorem(left, right, conditions, Inference("ring", (left, right), label), using, theory)


_atoms: WeakKeyDictionary[Theory, Atoms] = WeakKeyDictionary()
"""The atoms met so far in the theorems of a theory. Nobody else numbers them: two terms under one number are equal."""
forget = _atoms.clear  # lets go of them; they are in no theorem


def by_law(law: Law, values: Mapping[str, t.Term], theory: Theory) -> Theorem:
    """
    -----------------
    given |- a = b     where the law says so of the terms `values` for its letters

    Fails unless the law is one of `laws`, and there are terms for all its letters.
    """
    place = _PLACES.get(id(law))
    if place is None:
        raise KernelError("what is no row of the laws is not believed")
    values = dict(values)
    _declared(theory, *values.values())
    left, right, conditions = law_instance(law, values)
    return _theorem(left, right, conditions, Inference("by_law", (place, tuple(values.items()))), theory=theory)


_PLACES = {id(law): place for place, law in enumerate(LAWS)}


def over_range(name: str, term: t.Term, theory: Theory, place: t.Term | None = None) -> Theorem:
    """
    ---------------------
    conditions |- a = b     where the law of that name, one of `ranges`, takes a to b

    Fails unless the law speaks of the term.
    """
    law = RANGE_LAWS.get(name)
    if law is None:
        raise KernelError(f"{name} is not a law of the kernel")
    _declared(theory, term, *(() if place is None else (place,)))
    right, conditions = law(term, place, theory)
    return _theorem(term, right, conditions, Inference("over_range", (name, term, place)), theory=theory)


def instantiate(theorem: Theorem, mapping: Mapping[t.Term, t.Term], knowledge: Knowledge) -> Theorem:
    """
        C |- a = b
    ------------------
    C[m] |- a[m] = b[m]

    Replaces free indices by indices or whole numbers of the same range, and constant scalars by values that depend on no
    variable. Fails unless they are such, and where a name in the theorem, or that it rests on, stands for something with the
    constant in it.
    """
    mapping = dict(mapping)
    theory = knowledge.theory
    if type(knowledge) is not Knowledge or theory is not theorem.theory:
        raise KernelError("an instance is made where the theorem belongs")
    _declared(theory, *mapping, *mapping.values(), *knowledge.hypotheses, *knowledge.conditions)
    needed = NONE
    for old, new in mapping.items():
        if isinstance(old, t.Fixed):
            raise KernelError("a declared index stands for itself only")
        match old, new:
            case t.Index(_, extent), t.Index(_, other) if other is extent:
                pass
            case t.Index(_, extent), t.Number(value) if value.denominator == 1 and 1 <= value <= knowledge.least(extent):
                needed |= knowledge.at_least(extent, int(value))
            case t.Entry(name, ()), _ if name in theory.unknowns and not theory.unknowns[name].variable:
                if not _is_constant(new, theory):
                    raise KernelError(f"{name} is a constant and cannot become what depends on a variable")
                needed |= defined(new) | reached((new,), theory)
            case _:
                raise KernelError(f"{old!r} cannot be instantiated with {new!r}")
    stated = (theorem.left, theorem.right, *(part for c in theorem.conditions for part in (c.claim, *c.guards)))
    names = theorem.definitions.union(*map(t.entry_names, stated))
    behind = names & (theory.definitions.keys() | theory.functions.keys())
    # What holds everywhere for this constant need not for another, at whose one point the same may be given.
    behind = behind.union(*(t.entry_names(row.claim) for row in theory.assumptions if row.everywhere))
    if any(reaches(theory, behind, old.name) for old in mapping if isinstance(old, t.Entry)):
        raise KernelError("what a name in the theorem stands for mentions the constant")
    left, right = t.substitute(theorem.left, mapping), t.substitute(theorem.right, mapping)
    conditions = needed.union(substituted(c, mapping) for c in sorted(theorem.conditions, key=repr))
    return _theorem(left, right, conditions, Inference("instantiate", (tuple(mapping.items()), knowledge)), (theorem,))


def cite(theorem: Theorem, name: str, theory: Theory) -> Theorem:
    """
    C |- a = b
    ----------     under the name of a theorem that was proved above
    C |- a = b

    Fails unless all names in the theorem mean in the theory what they meant where it was proved.
    """
    sides = (theorem.left, theorem.right, *(term for c in theorem.conditions for term in (c.claim, *c.guards)))
    if theory is not theorem.theory and not theory.agrees(theorem.theory, sides):
        raise KernelError(f"the names in {name} are declared otherwise here")
    cited = Inference("cite", (name,), name)
    return _theorem(theorem.left, theorem.right, theorem.conditions, cited, (theorem,), theory, cited=True)


def _is_constant(term: t.Term, theory: Theory) -> bool:
    """Whether it is a value in which no variable occurs, and nothing defined or unknown that could hide one."""
    rows = [theory.unknowns.get(name) for name in t.entry_names(term)]
    return t.is_a("Value", term) and all(row is not None and not row.variable for row in rows)


def cases(left: t.Term, right: t.Term, claim: t.Comparison, where: Theorem, elsewhere: Theorem) -> Theorem:
    """
    C |- a = b          D |- a = b
    ---------------------------------
    C where c, D where not c |- a = b

    c is a relation of values, both of which must have one, or i = k of two indices of one range: then k may stand for i in the
    first theorem. Fails unless it is, and the two theorems are about the two sides.
    """
    _declared(where.theory, left, right, claim)
    merged: dict[t.Term, t.Term] = {}
    second, values = elsewhere.conditions, NONE
    if is_about_indices(claim):
        i, k = claim.left, claim.right
        if not (isinstance(i, t.Index) and isinstance(k, t.Index) and claim.relation == "=" and i.range is k.range):
            raise KernelError("cases: two indices of one range are needed, and that they are equal")
        merged = {i: k}
        turned = t.Comparison(k, "!=", i)
        second = frozenset(c for c in second if c.claim is not turned or c.bound)
    else:
        values = defined(claim) | reached((claim,), where.theory)
    _about(where, t.substitute(left, merged), t.substitute(right, merged), "cases")
    _about(elsewhere, left, right, "cases")
    conditions = guarded(where.conditions, claim) | guarded(second, negated(claim)) | values
    return _theorem(left, right, conditions, Inference("cases", (left, right, claim)), (where, elsewhere))


def _about(theorem: Theorem, left: t.Term, right: t.Term, figure: str) -> None:
    if not (t.alpha_equal(theorem.left, left) and t.alpha_equal(theorem.right, right)):
        raise KernelError(f"{figure}: a theorem is about something else")


def every_value(left: t.Term, right: t.Term, index: t.Index, theorems: tuple[Theorem, ...], theory: Theory) -> Theorem:
    """
    C1 |- a = b with 1 for i   …   Cn |- a = b with n for i
    --------------------------------------------------------    for the range 1, …, n of i
          C1 where i = 1, …, Cn where i = n |- a = b

    Fails unless the range is that number and there is a theorem for each value, and for a declared index, which definitions
    may mention.
    """
    theorems = tuple(theorems)
    if not isinstance(index, t.Index) or isinstance(index, t.Fixed):
        raise KernelError("a declared index stands for itself only")
    if not isinstance(index.range, t.Number) or index.range.value != len(theorems):
        raise KernelError("a theorem is needed for each value of the index")
    _declared(theory, left, right, index)
    conditions = NONE
    for value, theorem in enumerate(theorems, 1):
        here: dict[t.Term, t.Term] = {index: t.number(value)}
        _about(theorem, t.substitute(left, here), t.substitute(right, here), f"every value, {value}")
        conditions |= guarded(theorem.conditions, t.Comparison(index, "=", here[index]))
    return _theorem(left, right, conditions, Inference("every_value", (left, right, index)), theorems)


def unfolded(term: t.Term, theory: Theory) -> t.Term:
    """`term` with every defined name replaced by its definition, outside of derivatives by that name."""
    done: dict[t.Term, t.Term] = {}  # what is used twice is unfolded once

    def of(term: t.Term) -> t.Term:
        if not t.entry_names(term) & theory.definitions.keys() or isinstance(term, t.Diff):
            return term
        if term not in done:
            body = theory.unfold(term) if isinstance(term, t.Entry | t.Call) else None
            done[term] = of(body) if body is not None else t.rebuild(term, tuple(map(of, t.children(term))))
        return done[term]

    return of(term)

