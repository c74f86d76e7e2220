"""Proofs by laws: which laws make two terms equal, found by bringing both to one form.

    ln(a*b^2)  =  2*ln(b) + ln(a)         ln(a*b^2) = ln(a) + ln(b^2)     by log-product
                                          ln(b^2) = 2*ln(b)               by log-power
                                          and the rest by the arithmetic of fractions

Every atom of the two terms (see `ring`) for which a law says what it is gives an equation; so do the atoms of that, and so on.
What stands inside of a sum or product gives an equation about the whole. The kernel then closes with all equations at once.
Nothing in here is trusted: a law that is used in vain makes a proof fail, and none wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.floor import kernel
from derive.floor.errors import LimitError
from derive.floor.functions import is_whole
from derive.floor.kernel import KernelError, Theorem
from derive.floor.laws import LAWS, Law
from derive.floor.ring import Atoms
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    ONE,
    TWO,
    ZERO,
    Add,
    Affine,
    Apply,
    Binder,
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
    Prod,
    Sum,
    Term,
    add,
    children,
    div,
    free_indices,
    instance,
    mul,
    neg,
    number,
    subterms,
)
from derive.floor.theory import Signature

MOST_EQUATIONS = 200
"""Equations about atoms in one proof: a step that a person writes needs a few."""
MOST_TERMS_WRITTEN_OUT = 8
LARGEST_FACTORED = 10_000


def proved(left: Term, right: Term, knowledge: Knowledge, label: str, rules: frozenset[str] | None = None) -> Theorem | None:
    """The theorem that two terms are equal by the laws of these rules, or by all; None where none is found."""
    search = _Search(knowledge, rules)
    try:
        using = search.equations(left, right)
        return kernel.ring(left, right, knowledge.signature, label, using)
    except (KernelError, LimitError, ZeroDivisionError, RecursionError):
        return None


class _Search:
    """The equations about the atoms of terms that the laws of some rules give."""

    def __init__(self, knowledge: Knowledge, rules: frozenset[str] | None, depth: int = 0) -> None:
        self.knowledge = knowledge
        self.theory: Signature = knowledge.signature
        self.rules = rules
        self.atoms: Atoms = kernel.atoms_of(self.theory)
        self.depth = depth

    def equations(self, *terms: Term) -> tuple[Theorem, ...]:
        """What the laws say of the atoms of the terms, and of the atoms of that."""
        found: dict[Term, Theorem] = {}
        waiting = [atom for term in terms for atom in self._within(term)]
        seen = set(waiting)
        while waiting:
            theorem = self._about(waiting.pop())
            if theorem is None:
                continue
            found[theorem.left] = theorem
            if len(found) > MOST_EQUATIONS:
                raise LimitError("D401", "too many uses of laws")
            more = [atom for atom in self._within(theorem.right) if atom not in seen]
            seen.update(more)
            waiting += more
        return tuple(found.values())

    def _within(self, term: Term) -> Iterator[Term]:
        """The atoms of a term, and those of what stands in their arguments."""
        for atom in self.atoms.atoms(term):
            yield atom
            if isinstance(atom, Binder | Diff | Entry):
                continue
            for part in children(atom):
                sides = (part.left, part.right) if isinstance(part, Comparison) else (part,)
                for side in sides:
                    if not isinstance(side, Index | Affine):
                        yield from self._within(side)

    def _about(self, atom: Term) -> Theorem | None:
        for candidate in self._candidates(atom):
            if candidate is not None:
                return candidate
        return None

    def _candidates(self, atom: Term) -> Iterator[Theorem | None]:
        match atom:
            case Apply(name, arguments) | Apply(name, arguments):
                yield from self._of_function(name, arguments)
            case Pow(base, exponent):
                yield from self._of_power(base, exponent)
            case Delta():
                yield from self._of_delta(atom)
            case If():
                yield from self._of_choice(atom)
            case Entry(_, indices) if any(isinstance(index, Affine) for index in indices):
                yield self._range("entry", atom)
            case Sum() | Prod():
                yield from self._of_binder(atom)

    # --- functions ------------------------------------------------------------------------------------------------------

    def _of_function(self, name: str, arguments: tuple[Term, ...]) -> Iterator[Theorem | None]:
        inside = self.atoms.written(arguments[0]) if arguments else ONE
        sign, positive = (-1, neg(inside)) if _is_negative(inside) else (1, inside)
        match name, inside:
            case "exp", Add((first, *rest)):
                yield self._law("exp-sum", a=first, b=add(*rest))
            case "exp", zero if zero is ZERO:
                yield self._law("exp-sum", left=Apply("exp", (ZERO,)))
            case "exp", _ if sign < 0:
                yield self._law("exp-negative", a=positive)
            case "exp", Apply("ln", (value,)):
                yield self._law("exp-log", a=value)
            case "exp", Mul((first, *rest)) if is_whole(first) or any(map(_is_logarithm, rest)):
                logarithm = next(filter(_is_logarithm, rest), None)
                if logarithm is not None:
                    others = [part for part in (first, *rest) if part is not logarithm]
                    yield self._law("exp-power", m=mul(*others), a=logarithm)
                yield self._law("exp-power", m=first, a=mul(*rest))
            case "exp", Sum():
                yield self._range("apart", Apply("exp", (inside,)))
            case "ln", _:
                yield from self._of_logarithm(inside)
            case "sqrt", Mul((first, *rest)):
                yield self._law("root-product", a=first, b=mul(*rest))
            case "sqrt", Div(above, below):
                yield self._law("root-product", a=above, b=below, left=Apply("sqrt", (Div(above, below),)))
            case "sqrt", Pow(base, exponent) if exponent is TWO:
                yield self._law("root-square", a=base)
            case "abs", _ if self.knowledge.sign(inside).relation in (">", ">=", "="):
                yield self._law("abs-product", a=inside, right=inside)
            case "abs", _ if self.knowledge.sign(inside).relation in ("<", "<="):
                yield self._law("abs-product", a=inside, right=Neg(inside))
            case "abs", Mul((first, *rest)):
                yield self._law("abs-product", a=first, b=mul(*rest))
            case "abs", Div(above, below):
                yield self._law("abs-product", a=above, b=below, left=Apply("abs", (Div(above, below),)))
            case _, Add((first, *rest)):
                yield self._law("angle-sum", a=first, b=add(*rest), left=Apply(name, (add(first, add(*rest)),)))
        if sign < 0 and name not in ("exp", "ln"):
            yield self._law("parity", a=positive, left=Apply(name, (Neg(positive),)))
        if self.rules is None or "parity" in self.rules:
            yield self._law("parity", left=Apply(name, arguments))
        for rule in ("cases", "meaning", "log-base", "root-power"):
            letters = dict(zip("ab", arguments, strict=False))
            yield self._law("meaning" if rule == "log-base" else rule, rule, left=Apply(name, arguments), **letters)

    def _of_logarithm(self, inside: Term) -> Iterator[Theorem | None]:
        match inside:
            case Number(value):
                if value == 1:
                    yield self._law("log-exp", left=Apply("ln", (ONE,)))
                if value.denominator != 1 and value > 0:
                    above, below = number(value.numerator), number(value.denominator)
                    yield self._law("log-quotient", "log-product", a=above, b=below)
                    yield self._law("log-quotient", a=above, b=below)
                divisor = _least_divisor(value)
                if divisor is not None:
                    yield self._law("log-product", a=number(divisor), b=number(value / divisor))
            case Div(above, below):
                yield self._law("log-quotient", a=above, b=below)
                yield self._law("log-quotient", "log-product", a=above, b=below)
            case Mul((first, *rest)):
                yield self._law("log-product", a=first, b=mul(*rest))
            case Pow(base, exponent):
                yield self._law("log-power", a=base, m=exponent)
            case Apply("exp", (value,)):
                yield self._law("log-exp", a=value)
            case Apply(name, (value,)) if name in ("sqrt", "abs"):
                yield self._law("log-power", a=value, left=Apply("ln", (inside,)))
            case Prod():
                yield self._range("apart", Apply("ln", (inside,)), "log-product")

    def _of_power(self, base: Term, exponent: Term) -> Iterator[Theorem | None]:
        inside = self.atoms.written(base)
        above = self.atoms.written(exponent)
        match inside, above:
            case Apply("exp", (value,)), _:
                found = self._law("exp-power", m=above, a=value)
                yield None if found is None else kernel.symmetry(found)
            case Pow(inner, first), _:
                yield self._law("power-power", a=inner, m=first, n=above)
            case Mul((first, *rest)), _:
                yield self._law("power-product", a=first, b=mul(*rest), m=above, left=Pow(mul(first, mul(*rest)), above))
            case Div(top, bottom), _:
                yield self._law("power-product", a=top, b=bottom, m=above, left=Pow(Div(top, bottom), above))
            case _, Add((first, *rest)):
                yield self._law("power-sum", a=inside, m=first, n=add(*rest))
            case _, _ if _is_negative(above):
                yield self._law("power-sum", a=inside, m=neg(above), left=Pow(inside, Neg(neg(above))))

    # --- indices --------------------------------------------------------------------------------------------------------

    def _of_delta(self, atom: Delta) -> Iterator[Theorem | None]:
        left, right = atom.left, atom.right
        if left is right or (isinstance(left, Number) and isinstance(right, Number)):
            yield self._range("delta", atom)
        if self.knowledge.apart(left, right):
            yield self._range("delta", atom, place=ZERO)
        if repr(right) < repr(left) and not isinstance(left, Affine):
            yield self._range("delta", atom)

    def _of_choice(self, atom: If) -> Iterator[Theorem | None]:
        claim = atom.condition
        if isinstance(claim.left, Index) or isinstance(claim.right, Index):
            if claim.left is claim.right:
                yield self._range("choose", atom, place=ONE if claim.relation == "=" else ZERO)
            if self.knowledge.apart(claim.left, claim.right):
                yield self._range("choose", atom, place=ZERO if claim.relation == "=" else ONE)
        if atom.then is atom.otherwise:
            yield self._range("choose", atom)

    def _of_binder(self, atom: Binder) -> Iterator[Theorem | None]:
        extent = atom.range
        if isinstance(extent, Number) and extent.value <= MOST_TERMS_WRITTEN_OUT:
            yield self._range("write out", atom)
        if isinstance(atom, Sum):
            yield self._range("collapse", atom)
        yield self._range("constant", atom, "collapse")
        yield from self._without_exclusion(atom)
        yield from self._inside(atom)
        if isinstance(atom, Prod):
            yield self._range("apart", atom)
        yield from self._in_order(atom)

    def _without_exclusion(self, atom: Binder) -> Iterator[Theorem | None]:
        """sum(f[i], i != k) = sum(f[i], i) - f[k], where that has a value."""
        if not atom.excluded:
            return
        place = atom.excluded[-1]
        whole = type(atom).over(atom.letter, atom.range, atom.excluded[:-1], atom.scope)
        there = instance(atom, place)
        if any(isinstance(part, Div | Apply | Pow | Diff | If) for part in subterms(there)):
            return
        parted = self._range("split", whole, "split", place=place)
        if parted is None:
            return
        right = add(whole, neg(there)) if isinstance(atom, Sum) else div(whole, there)
        try:
            yield kernel.ring(atom, right, self.theory, "split", (parted,))
        except KernelError:
            return

    def _inside(self, atom: Binder) -> Iterator[Theorem | None]:
        """The sum with its body as the laws make it."""
        if self.depth > 4:
            return
        index, body = atom.index, atom.body
        inner = _Search(_under(self.knowledge, index, atom.excluded), self.rules, self.depth + 1)
        using = inner.equations(body)
        if not using:
            return
        try:
            new = self.atoms.written(body, [(theorem.left, theorem.right) for theorem in using])
            if new is body:
                return
            theorem = kernel.ring(body, new, self.theory, "algebra", using)
            yield kernel.congruence(atom, {len(atom.excluded): theorem})
        except KernelError:
            return

    def _in_order(self, atom: Binder) -> Iterator[Theorem | None]:
        """Two sums in the order of their ranges, and of what they make."""
        if not isinstance(atom.body, type(atom)):
            return
        turned = self._range("exchange", atom, "rearrangement")
        if turned is not None and self._rank(turned.right) < self._rank(atom):
            yield turned

    def _rank(self, term: Term) -> str:
        return repr(self.atoms.written(term))

    # --- the kernel -----------------------------------------------------------------------------------------------------

    def _law(
        self, rule: str, licensed: str = "", left: Term | None = None, right: Term | None = None, **values: Term
    ) -> Theorem | None:
        """The first law of a rule whose instance is about `left`, and makes it `right`, where these are given."""
        if self.rules is not None and (licensed or rule) not in self.rules:
            return None
        for law in _BY_RULE.get(rule, ()):
            theorem = self._instance(law, values)
            if theorem is not None and (left is None or theorem.left is left) and (right is None or theorem.right is right):
                return theorem
        return None

    def _instance(self, law: Law, values: dict[str, Term]) -> Theorem | None:
        if law.letters != values.keys():
            return None
        try:
            return kernel.by_law(law, values, self.theory)
        except KernelError:
            return None

    def _range(self, name: str, term: Term, rule: str = "", place: Term | None = None) -> Theorem | None:
        licensed = rule or _RULE_OF.get(name, name)
        if self.rules is not None and licensed not in self.rules and licensed != "rearrangement":
            return None
        try:
            return kernel.over_range(name, term, self.theory, place)
        except KernelError:
            return None


_RULE_OF = dict.fromkeys(("write out", "delta", "choose", "entry"), "rearrangement") | {"apart": "distribute"}
_BY_RULE = {rule: [law for law in LAWS if law.rule == rule] for rule in dict.fromkeys(law.rule for law in LAWS)}


def _is_negative(term: Term) -> bool:
    match term:
        case Number(value):
            return value < 0
        case Neg():
            return True
        case Mul((first, *_)):
            return _is_negative(first)
        case Div(above, _):
            return _is_negative(above)
    return False


def _is_logarithm(term: Term) -> bool:
    return isinstance(term, Apply) and term.function == "ln"


def _least_divisor(value: Fraction) -> int | None:
    if value.denominator != 1 or not 3 < value <= LARGEST_FACTORED:
        return None
    return next((divisor for divisor in range(2, int(value**0.5) + 1) if value.numerator % divisor == 0), None)


def _under(knowledge: Knowledge, index: Index, excluded: tuple[Term, ...]) -> Knowledge:
    """What is known inside of a sum or product."""
    hypotheses = tuple(claim for claim in knowledge.hypotheses if index not in free_indices(claim))
    relations = tuple(claim for claim in knowledge.conditions if index not in free_indices(claim))
    apart = tuple(Comparison(index, "!=", other) for other in excluded)
    return Knowledge(knowledge.signature, hypotheses, (*relations, *apart), knowledge.opaque)

