"""Proofs by laws: which laws make two terms equal, found by bringing both to one form.

    ln(a*b^2)  =  2*ln(b) + ln(a)         ln(a*b^2) = ln(a) + ln(b^2)     by log-product
                                          ln(b^2) = 2*ln(b)               by log-power
                                          and the rest by the arithmetic of fractions

Every atom of the two terms (see `ring`) for which a law says what it is gives an equation; so do the atoms of that, and so on.
What stands inside of a sum or product gives an equation about the whole. The kernel then closes with all equations at once.
Nothing in here is trusted: a law that is used in vain makes a proof fail, and none wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import permutations

from derive.engine.matching import match
from derive.floor import kernel
from derive.floor.conditions import difference, is_about_indices, negated
from derive.floor.definedness import holds
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
    canonical,
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
MOST_IN_A_ROW = 4
DEEPEST = 4
"""Sums and derivatives, one inside the other, whose bodies are rewritten."""
LARGEST_FACTORED = 10_000
MOST_THEORIES = 4
"""Theories of which it is remembered what laws say of atoms."""
MOST_ROUNDS = 3
MOST_SPLITS = 3
"""Conditions that are gone through both ways, one inside the other."""


def proved(
    left: Term,
    right: Term,
    knowledge: Knowledge,
    label: str,
    rules: frozenset[str] | None = None,
    given: tuple[Theorem, ...] = (),
    splits: int = MOST_SPLITS,
) -> Theorem | None:
    """The theorem that two terms are equal by the laws of these rules, or by all, and by the equations `given`.

    None where none is found. Where it hangs on choices whose conditions are not decided, there are two cases for one of them,
    and so on.
    """
    search = _Search(knowledge, rules)
    try:
        parted = search.splits(left, right)
        using = (*search.equations(left, right), *parted, *search.instances(given, left, right))
        for _ in range(MOST_ROUNDS):
            try:
                return kernel.ring(left, right, knowledge.signature, label, using)
            except KernelError:
                pass
            # What the equations make of the two sides may be what further laws speak of.
            pairs = [(theorem.left, theorem.right) for theorem in using]
            more = search.equations(*(search.atoms.written(side, pairs) for side in (left, right)))
            if {theorem.left for theorem in more} <= {theorem.left for theorem in using}:
                break
            using = (*more, *using)
        claim = next(search.undecided(left, right, *(theorem.right for theorem in using)), None) if splits else None
        if claim is None:
            return None
        theorems = []
        for case in (claim, negated(claim)):
            theorem = proved(left, right, knowledge.where(case), label, rules, given, splits - 1)
            if theorem is None:
                return None
            theorems.append(theorem)
        return kernel.either_way(left, right, claim, *theorems)
    except (KernelError, LimitError, ZeroDivisionError, RecursionError):
        return None


class _Search:
    """The equations about the atoms of terms that the laws of some rules give."""

    def __init__(self, knowledge: Knowledge, rules: frozenset[str] | None, depth: int = 0) -> None:
        self.knowledge = knowledge
        self.theory: Signature = knowledge.signature
        self.rules = rules
        self.depth = depth
        self.split: set[Term] = set()
        if self.theory not in _known and len(_known) >= MOST_THEORIES:
            _known.clear()
        self.atoms, self.known = _known.setdefault(self.theory, (Atoms(), {}))

    def equations(self, *terms: Term) -> tuple[Theorem, ...]:
        """What the laws say of the atoms of the terms, and of the atoms of that."""
        found: dict[Term, Theorem] = {}
        waiting = [atom for term in terms for atom in (*self._within(term), *self._with_deltas(term))]
        written = list(dict.fromkeys(atom for term in terms for atom in _as_written(term)))
        seen = {*waiting, *written}
        waiting = [*written, *(atom for atom in waiting if atom not in written)]
        while waiting:
            theorem = self._about(waiting.pop())
            if theorem is None:
                continue
            found.pop(theorem.left, None)
            found[theorem.left] = theorem  # of several equations about one atom the last one is used
            if len(found) > MOST_EQUATIONS:
                raise LimitError("D401", "too many uses of laws")
            within = (*self._within(theorem.right), *self._with_deltas(theorem.right))
            more = [atom for atom in within if atom not in seen]
            seen.update(more)
            waiting += more
        return tuple(found.values())

    def _with_deltas(self, term: Term) -> Iterator[Term]:
        """The monomials with a delta in which its left index stands besides."""
        for monomial in self.atoms.monomials(term):
            parts = [part for part, e in monomial for _ in range(min(e, 2))]
            parts += [div(ONE, part) for part, e in monomial if e < 0]
            replaced = [index for part in parts if (index := _replaced(part)) is not None]
            if any(sum(index in free_indices(part) for part in parts) > 1 for index in replaced):
                yield Mul(tuple(parts))

    def _with_one_index(self, product: Mul) -> Theorem | None:
        """A product with deltas in which each left index is replaced by the right one."""
        total: Theorem | None = None
        for index in filter(None, map(_replaced, product.factors)):
            theorem = self._range("replace", product if total is None else total.right, "rearrangement", index)
            if theorem is not None and theorem.right is not theorem.left:
                total = theorem if total is None else kernel.transitivity(total, theorem)
        return total

    def splits(self, *terms: Term) -> list[Theorem]:
        """Sums that are split at a place because the sum without it occurs."""
        parts = [part for term in terms for part in self._within(term) if isinstance(part, Binder)]
        known = {canonical(part) for part in parts}
        found = []
        for part in parts:
            for place in part.excluded:
                rest = tuple(other for other in part.excluded if other is not place)
                whole = type(part).over(part.letter, part.range, rest, part.scope)
                if canonical(whole) in known:
                    parted = self._range("split", whole, place=place)
                    if parted is not None:
                        found.append(parted)
                        self.split.add(part)
        return found

    def instances(self, theorems: Iterable[Theorem], *terms: Term) -> Iterator[Theorem]:
        """What equations say of the atoms of terms."""
        for theorem in theorems:
            indices = kernel.universal(theorem, self.theory) & free_indices(theorem.left)
            if not indices:
                yield theorem
                continue
            for atom in dict.fromkeys(atom for term in terms for atom in self._within(term)):
                mapping = match(theorem.left, atom, indices)
                if mapping is not None:
                    moved = {old: new for old, new in mapping.items() if old is not new}
                    yield kernel.instantiate(theorem, moved, self.knowledge) if moved else theorem

    def _within(self, term: Term) -> Iterator[Term]:
        """The atoms of a term, and those of what stands in their arguments."""
        for atom in dict.fromkeys(atom for monomial in self.atoms.monomials(term) for atom, _ in monomial):
            if isinstance(atom, Add):  # a divisor
                yield from self._within(atom)
                continue
            yield atom
            if isinstance(atom, Binder | Diff | Entry):
                continue
            for part in children(atom):
                sides = (part.left, part.right) if isinstance(part, Comparison) else (part,)
                for side in sides:
                    if not isinstance(side, Index | Affine):
                        yield from self._within(side)

    def _about(self, atom: Term) -> Theorem | None:
        """What a law says of an atom. It is asked of one atom again and again, by every step that it stands in."""
        key = atom, self.rules, self.depth, self.knowledge.hypotheses, self.knowledge.conditions, frozenset(self.split)
        if key not in self.known:
            self.known[key] = next((found for found in self._candidates(atom) if found is not None), None)
        return self.known[key]

    def _candidates(self, atom: Term) -> Iterator[Theorem | None]:
        match atom:
            case Apply(name, arguments):
                yield from self._of_function(name, arguments)
            case Pow(base, exponent):
                yield from self._of_power(base, exponent)
            case Delta():
                yield from self._of_delta(atom)
            case Mul():
                yield self._with_one_index(atom)
            case Diff(body, _):
                yield self._of_derivative(atom, body)
            case If():
                yield from self._of_choice(atom)
            case Sum() | Prod():
                yield from self._of_binder(atom)

    # --- functions ------------------------------------------------------------------------------------------------------

    def _of_function(self, name: str, arguments: tuple[Term, ...]) -> Iterator[Theorem | None]:
        for inside in dict.fromkeys((*arguments[:1], *(map(self.atoms.written, arguments[:1])))) or (ONE,):
            yield from self._of_argument(name, inside, arguments)

    def _of_argument(self, name: str, inside: Term, arguments: tuple[Term, ...]) -> Iterator[Theorem | None]:
        sign, positive = (-1, neg(inside)) if _is_negative(inside) else (1, inside)
        match name, inside:
            case "exp", Add((first, *rest)):
                yield self._law("exp-sum", a=first, b=add(*rest))
            case "exp", zero if zero is ZERO:
                yield self._law("exp-sum", "rearrangement", left=Apply("exp", (ZERO,)))
            case "exp", _ if sign < 0:
                yield self._law("exp-negative", a=positive)
            case "exp", Apply("ln", (value,)):
                yield self._law("exp-log", a=value)
            case "exp", Mul((first, *rest)) if is_whole(first) or any(map(_is_logarithm, (first, *rest))):
                logarithm = next(filter(_is_logarithm, (first, *rest)), None)
                if logarithm is not None:
                    others = [part for part in (first, *rest) if part is not logarithm]
                    yield self._law("exp-power", m=mul(*others), a=logarithm)
                yield self._law("exp-power", m=first, a=mul(*rest))
            case "ln", _:
                yield from self._of_logarithm(inside)
            case "sqrt", _ if self.rules is None or "root-power" in self.rules:
                yield self._law("root-power", a=arguments[0])
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
            case "abs", _:
                yield self._law("abs-square", a=arguments[0])
            case _, Add((first, *rest)):
                yield self._law("angle-sum", a=first, b=add(*rest), left=Apply(name, (add(first, add(*rest)),)))
        if sign < 0 and name not in ("exp", "ln"):
            yield self._law("parity", a=positive, left=Apply(name, (Neg(positive),)))
        if self.rules is None or "parity" in self.rules:
            yield self._law("parity", left=Apply(name, arguments))
        if name in ("max", "min"):
            first, second = arguments
            for larger, smaller in ((first, second), (second, first)):
                if self._holds(Comparison(larger, ">=", smaller)):
                    chosen = larger if name == "max" else smaller
                    yield self._law("cases", a=first, b=second, left=Apply(name, arguments), right=chosen)
        for rule in ("cases", "meaning", "log-base", "root-power"):
            letters = dict(zip("ab", arguments, strict=False))
            yield self._law("meaning" if rule == "log-base" else rule, rule, left=Apply(name, arguments), **letters)
        if name in ("sin", "sinh"):
            yield self._law("pythagoras", a=arguments[0], left=Pow(Apply(name, arguments), TWO))

    def _of_logarithm(self, inside: Term) -> Iterator[Theorem | None]:
        match inside:
            case Number(value):
                if value == 1:
                    yield self._law("log-exp", "rearrangement", left=Apply("ln", (ONE,)))
                if value.denominator != 1 and value > 0:
                    above, below = number(value.numerator), number(value.denominator)
                    yield self._law("log-quotient", "log-product", a=above, b=below)
                    yield self._law("log-quotient", a=above, b=below)
                divisor = _least_divisor(value)
                if divisor is not None:
                    yield self._law("log-product", a=number(divisor), b=number(value / divisor))
            case Div(above, below):
                if above is ONE:
                    yield self._law("log-power", a=below, m=number(-1))
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
        written = self.atoms.written(base), self.atoms.written(exponent)
        for inside, above in dict.fromkeys(((base, exponent), written)):
            yield from self._of_base(base, inside, above)

    def _of_base(self, base: Term, inside: Term, above: Term) -> Iterator[Theorem | None]:
        if isinstance(above, Number) and above.value.denominator != 1:
            root = Pow(base, number(Fraction(1, above.value.denominator)))
            is_root = above.value.numerator == 1
            yield self._range("root", Pow(root, number(above.value.denominator)) if is_root else Pow(base, above))
        match inside, above:
            case Apply("exp", (value,)), _ if not any(map(_is_logarithm, subterms(value))):
                found = self._law("exp-power", m=above, a=value)
                yield None if found is None else kernel.symmetry(found)
            case Pow(inner, first), _:
                if first is TWO:
                    yield self._law("root-square", a=inner, left=Pow(inside, above))
                yield self._law("power-power", a=inner, m=first, n=above)
            case Mul((first, *rest)), _:
                yield self._law("power-product", a=first, b=mul(*rest), m=above, left=Pow(mul(first, mul(*rest)), above))
            case Div(top, bottom), _:
                yield self._law("power-product", a=top, b=bottom, m=above, left=Pow(Div(top, bottom), above))
            case _, Add((first, *rest)):
                yield self._law("power-sum", a=inside, m=first, n=add(*rest))
            case _, _ if _is_negative(above):
                yield self._law("power-sum", a=inside, m=neg(above), left=Pow(inside, Neg(neg(above))))

    def _of_derivative(self, atom: Diff, body: Term) -> Theorem | None:
        """The derivative of the body as the laws make it: they hold all around, but for what is known at the point only."""
        if self.depth > DEEPEST:
            return None
        inner = _Search(Knowledge(self.theory, (), self.knowledge.conditions), self.rules, self.depth + 1)
        return self._with_body(atom, 0, body, inner.equations(body))

    def _with_body(self, atom: Term, position: int, body: Term, using: tuple[Theorem, ...]) -> Theorem | None:
        if not using:
            return None
        try:
            new = self.atoms.written(body, [(theorem.left, theorem.right) for theorem in using])
            if new is body:
                return None
            theorem = kernel.ring(body, new, self.theory, "", using)
            return kernel.congruence(atom, {position: theorem})
        except KernelError:
            return None

    # --- indices --------------------------------------------------------------------------------------------------------

    def _of_delta(self, atom: Delta) -> Iterator[Theorem | None]:
        left, right = atom.left, atom.right
        if left is right or (isinstance(left, Number) and isinstance(right, Number)):
            yield self._range("delta", atom)
        if self.knowledge.apart(left, right):
            yield self._range("delta", atom, place=ZERO)

    def _of_choice(self, atom: If) -> Iterator[Theorem | None]:
        claim = atom.condition
        if isinstance(claim.left, Index) or isinstance(claim.right, Index):
            if claim.left is claim.right:
                yield self._range("choose", atom, place=ONE if claim.relation == "=" else ZERO)
            if self.knowledge.apart(claim.left, claim.right):
                yield self._range("choose", atom, place=ZERO if claim.relation == "=" else ONE)
        else:
            for claim, place in ((atom.condition, ONE), (negated(atom.condition), ZERO)):
                if self._holds(claim):
                    yield self._range("choose", atom, place=place)
        if atom.then is atom.otherwise:
            yield self._range("choose", atom)

    def undecided(self, *terms: Term) -> Iterator[Comparison]:
        """The conditions of choices of values that nothing decides."""
        for part in dict.fromkeys(part for term in terms for part in self._within(term)):
            if not isinstance(part, If) or is_about_indices(part.condition):
                continue
            if not self._holds(part.condition) and not self._holds(negated(part.condition)):
                yield part.condition

    def _holds(self, claim: Comparison) -> bool:
        if any(known in (claim, Comparison(claim.left, ">", claim.right)) for known in self.knowledge.hypotheses):
            return claim.relation != "=" or claim in self.knowledge.hypotheses
        known = self.knowledge.sign(difference(claim)).relation
        return known is not None and holds(known, claim.relation)

    def _of_binder(self, atom: Binder) -> Iterator[Theorem | None]:
        extent = atom.range
        if isinstance(atom, Sum):
            yield self._range("collapse", atom)
        if isinstance(extent, Number) and extent.value <= MOST_TERMS_WRITTEN_OUT:
            yield self._range("write out", atom)
        yield self._range("constant", atom, "collapse")
        yield from self._without_exclusion(atom)
        yield from self._inside(atom)
        if isinstance(atom, Prod):
            yield self._range("apart", atom)
        yield from self._in_order(atom)

    def _without_exclusion(self, atom: Binder) -> Iterator[Theorem | None]:
        """sum(f[i], i != k) = sum(f[i], i) - f[k], where that has a value."""
        if not atom.excluded or atom in self.split:
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
            yield kernel.ring(atom, right, self.theory, "", (parted,))
        except KernelError:
            return

    def _inside(self, atom: Binder) -> Iterator[Theorem | None]:
        """The sum with its body as the laws make it."""
        if self.depth > DEEPEST:
            return
        index, body = atom.index, atom.body
        inner = _Search(_under(self.knowledge, index, atom.excluded), self.rules, self.depth + 1)
        yield self._with_body(atom, len(atom.excluded), body, inner.equations(body))

    def _in_order(self, atom: Binder) -> Iterator[Theorem | None]:
        """Sums inside of sums, all in a row, in the order in which they are written the shortest."""
        if not isinstance(atom, Sum):
            return
        row: list[tuple[Index, tuple[Term, ...]]] = []
        factors: list[Term] = [atom]
        body: list[Term] = []
        while factors:
            part = factors.pop(0)
            if isinstance(part, Sum) and len(row) < MOST_IN_A_ROW:
                row.append((part.index, part.excluded))
                factors = [*(part.body.factors if isinstance(part.body, Mul) else (part.body,)), *factors]
            elif isinstance(part, Div) and isinstance(part.numerator, Sum):
                body.append(div(ONE, part.denominator))
                factors = [part.numerator, *factors]
            else:
                body.append(part)
        if len(row) < 2 or len({index for index, _ in row}) < len(row):
            return
        orders = [order for order in permutations(row) if _is_scoped(order)]
        best = min((_nested(order, mul(*body)) for order in orders), key=self._rank)
        if self._rank(best) < self._rank(atom):
            yield self._turned(atom, row, best, mul(*body))

    def _turned(self, atom: Sum, row: list[tuple[Index, tuple[Term, ...]]], best: Term, body: Term) -> Theorem | None:
        """The theorem that sums in a row may stand in another order, by exchanging neighbours."""
        wanted = [index for index, _ in _row(best)]
        here = _nested(row, body)
        try:
            total = kernel.ring(atom, here, self.theory, "")
            for position in range(len(wanted)):
                names = [index for index, _ in _row(total.right)]
                for at in range(names.index(wanted[position]) - 1, position - 1, -1):
                    total = kernel.transitivity(total, self._exchanged(total.right, at))
        except (KernelError, ValueError):
            return None
        return total

    def _exchanged(self, term: Term, depth: int) -> Theorem:
        if depth == 0:
            return kernel.over_range("exchange", term, self.theory)
        assert isinstance(term, Sum)
        return kernel.congruence(term, {len(term.excluded): self._exchanged(term.body, depth - 1)})

    def _rank(self, term: Term) -> tuple[int, str]:
        shown = repr(canonical(self.atoms.written(term)))
        return len(shown), shown

    # --- the kernel -----------------------------------------------------------------------------------------------------

    def _law(
        self, rule: str, licensed: str = "", left: Term | None = None, right: Term | None = None, **values: Term
    ) -> Theorem | None:
        """The first law of a rule whose instance is about `left`, and makes it `right`, where these are given."""
        if self.rules is not None and (licensed or rule) not in (*self.rules, "rearrangement"):
            return None
        for law in _BY_RULE.get(rule, ()):
            if left is not None and _head(law.left) != _head(left):
                continue
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


_RULE_OF = dict.fromkeys(("write out", "delta", "choose", "entry", "root"), "rearrangement") | {"apart": "distribute"}
_BY_RULE = {rule: [law for law in LAWS if law.rule == rule] for rule in dict.fromkeys(law.rule for law in LAWS)}


_known: dict[Signature, tuple[Atoms, dict[tuple[object, ...], Theorem | None]]] = {}


def _head(term: Term) -> tuple[type[Term], str]:
    return type(term), term.function if isinstance(term, Apply) else ""


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


def _replaced(part: Term) -> Index | None:
    """The index of a delta that makes way for the other one: of two the later one, by name."""
    match part:
        case Delta(Index() as left, Index() as right) if left.range is right.range and left is not right:
            return max(left, right, key=repr)
        case Delta(Index() as left, Number()):
            return left
        case Delta(Number(), Index() as right):
            return right
    return None


def _as_written(term: Term) -> Iterator[Term]:
    """The atoms of a term as they are written, and not as their form has them: exp(-(a - b)) is that of a negative."""
    if isinstance(term, Binder | Diff | Entry):
        return
    for part in children(term):
        if not isinstance(part, Index | Affine):
            yield from _as_written(part)
    if isinstance(term, Apply | Pow):
        yield term


def _nested(row: Iterable[tuple[Index, tuple[Term, ...]]], body: Term) -> Term:
    """Sums in a row over a body, the first one outermost."""
    for index, excluded in reversed(list(row)):
        body = Sum(index, excluded, body)
    return body


def _row(term: Term) -> list[tuple[Index, tuple[Term, ...]]]:
    """The indices of sums in a row."""
    found = []
    while isinstance(term, Sum):
        found.append((term.index, term.excluded))
        term = term.body
    return found


def _is_scoped(order: tuple[tuple[Index, tuple[Term, ...]], ...]) -> bool:
    """Whether no sum leaves out an index that is bound further inside."""
    names = [index for index, _ in order]
    return not any(other in names[place:] for place, (_, excluded) in enumerate(order) for other in excluded)


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
    return Knowledge(knowledge.signature, hypotheses, (*relations, *apart))

