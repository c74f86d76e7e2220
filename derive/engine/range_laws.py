"""What the laws say of sums and products over an index, of deltas and of choices.

    sum(delta(i, k)*f[i], i)       = f[k]
    sum(f[i], i != k)              = sum(f[i], i) - f[k]          where f[k] has a value
    sum(sum(f[i, j], j), i)        = the same in another order, if that is written shorter
    delta(i, k)*f[i]               = delta(i, k)*f[k]

Each function yields the equations that together rewrite an atom whose body has its form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations
from typing import TYPE_CHECKING

from derive.engine.computed_indices import ended, rank, shifted, turned_around
from derive.engine.extreme_laws import of_extreme
from derive.errors import KernelError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.conditions import is_about_indices, negated
from derive.floor.definedness import defined
from derive.floor.discharge import no_search, remaining
from derive.floor.kernel import Theorem

if TYPE_CHECKING:
    from derive.engine.search import Search

Row = list[tuple[t.Index, tuple[t.Term, ...]]]
MOST_TERMS_WRITTEN_OUT = 8
MOST_IN_A_ROW = 4


def of_binder(search: Search, atom: t.Term) -> Iterator[Theorem | None]:
    """The laws about what runs over an index."""
    assert isinstance(atom, t.Binder)
    if isinstance(atom, t.Sum):
        yield collapsed(search, atom)
        yield ended(search, atom)
    if isinstance(atom.range, t.Number) and atom.range.value <= MOST_TERMS_WRITTEN_OUT:
        yield search.laws.over_range("write out", atom)
    yield _constant(search, atom)
    if isinstance(atom, t.Max | t.Min):
        yield from of_extreme(search, atom)
        return
    yield _at_choice(search, atom)
    yield _without_exclusion(search, atom)
    if isinstance(atom, t.Prod):
        yield _apart(search, atom)
    yield turned_around(search, atom)
    if isinstance(atom, t.Sum):
        yield _progression(search, atom)
        yield shifted(search, atom)
        yield _in_order(search, atom)


def _constant(search: Search, atom: t.Binder) -> Theorem | None:
    """A sum or product of what does not hang on the index once it is written in its form: 2 + 0*x[i]."""
    plain = search.forms.written(atom.body) if atom.index in t.free_indices(atom.body) else atom.body
    if atom.index in t.free_indices(plain):
        return None
    whole = type(atom)(atom.index, atom.excluded, plain)
    theorem = search.laws.over_range("constant", whole, "collapse")
    if theorem is None or whole is atom:
        return theorem
    return kernel.transitivity(kernel.ring(atom, whole, search.theory, ""), theorem)


def _progression(search: Search, atom: t.Sum) -> Theorem | None:
    """The sum of an index, and that of the powers of a number that is known not to be 1."""
    if isinstance(atom.body, t.Pow) and not search.holds(t.Comparison(atom.body.base, "!=", t.ONE)):
        return None
    return search.laws.over_range("progression", atom)


def collapsed(search: Search, atom: t.Sum) -> Theorem | None:
    """A sum with a delta, where no place that is left out may be that of the delta."""
    theorem = search.laws.over_range("collapse", atom, "collapse")
    if theorem is None or (atom.excluded and remaining(theorem.conditions - defined(atom), search.knowledge, no_search)):
        return None
    return theorem


def _apart(search: Search, atom: t.Prod) -> Theorem | None:
    """A product of products, -f being -1 times f."""
    if not isinstance(atom.body, t.Neg):
        return search.laws.over_range("apart", atom, "distribute")
    signed = t.Mul((t.number(-1), atom.body.term))
    same = kernel.congruence(atom, {len(atom.excluded): kernel.ring(atom.body, signed, search.theory, "")})
    return search.then(same, search.laws.over_range("apart", same.right, "distribute"))


def of_delta(search: Search, atom: t.Term) -> Iterator[Theorem | None]:
    """The laws about a delta: its indices are the same, or known to differ."""
    assert isinstance(atom, t.Delta)
    left, right = atom.left, atom.right
    if left is right or (isinstance(left, t.Number) and isinstance(right, t.Number)):
        yield search.laws.over_range("delta", atom)
    if search.knowledge.apart(left, right) or isinstance(left, t.Affine) or isinstance(right, t.Affine):
        yield search.laws.over_range("delta", atom, place=t.ZERO)


def of_choice(search: Search, atom: t.Term) -> Iterator[Theorem | None]:
    """The laws about a choice whose condition is decided, or whose branches are alike."""
    assert isinstance(atom, t.If)
    claim = atom.condition
    if is_about_indices(claim):
        equal, apart = claim.left is claim.right, search.knowledge.apart(claim.left, claim.right)
        if equal or apart:
            yield search.laws.over_range("choose", atom, place=t.ONE if equal == (claim.relation == "=") else t.ZERO)
    else:
        for holds, place in ((claim, t.ONE), (negated(claim), t.ZERO)):
            if search.holds(holds):
                yield search.laws.over_range("choose", atom, place=place)
    if search.forms.written(atom.then) is search.forms.written(atom.otherwise):
        yield _alike(search, atom)


def _alike(search: Search, atom: t.If) -> Theorem | None:
    """A choice between two branches that are equal."""
    if atom.then is atom.otherwise:
        return search.laws.over_range("choose", atom)
    ways = (atom.then, atom.otherwise, search.forms.written(atom.then))
    plain = min(ways, key=lambda way: len(defined(way)))  # 1 rather than (x - 1)/(x - 1)
    parts = {n: part for n, part in ((1, atom.then), (2, atom.otherwise)) if part is not plain}
    same = kernel.congruence(atom, {n: kernel.ring(part, plain, search.theory, "") for n, part in parts.items()})
    chosen = search.laws.over_range("choose", same.right)
    return None if chosen is None else kernel.transitivity(same, chosen)


# --- products with deltas --------------------------------------------------------------------------------------------


def products(search: Search, term: t.Term) -> Iterator[Theorem]:
    """The monomials with a delta whose left index stands in another factor too, with the right one in its place."""
    for monomial in search.atoms.monomials(term):
        parts = [part for part, e in monomial for _ in range(min(e, 2))]
        parts += [t.div(t.ONE, part) for part, e in monomial if e < 0]
        replaced = [index for part in parts if (index := _replaced(part)) is not None]
        if any(sum(index in t.free_indices(part) for part in parts) > 1 for index in replaced):
            theorem = _with_one_index(search, t.Mul(tuple(parts)))
            if theorem is not None:
                yield theorem
        for part, exponent in monomial:
            if isinstance(part, t.Sum) and exponent == 1:
                yield from _within(search, part, [atom for atom, e in monomial if atom is not part and e > 0])


def _within(search: Search, total: t.Sum, others: list[t.Term]) -> Iterator[Theorem]:
    """p*sum(1/(x[i] + p), i) = sum(p/(x[i] + p), i), which is n - sum(x[i]/(x[i] + p), i)."""
    below = [part for part, exponent in _of_monomials(search, total.body) if exponent < 0 and isinstance(part, t.Add)]
    inside = [atom for atom in others if any(atom in t.subterms(part) for part in below)]
    if inside:
        theorem = search.laws.over_range("within", t.mul(*inside, total), "distribute")
        if theorem is not None and search.forms.written(theorem.left) is not search.forms.written(theorem.right):
            yield theorem


def _of_monomials(search: Search, term: t.Term) -> list[tuple[t.Term, int]]:
    return [pair for monomial in search.atoms.monomials(term) for pair in monomial]


def _with_one_index(search: Search, whole: t.Mul) -> Theorem | None:
    """A product with deltas in which each left index is replaced by the right one."""
    total: Theorem | None = None
    for index in filter(None, map(_replaced, whole.factors)):
        theorem = search.laws.over_range("replace", whole if total is None else total.right, place=index)
        if theorem is not None and theorem.right is not theorem.left:
            total = theorem if total is None else kernel.transitivity(total, theorem)
    return total


def _replaced(part: t.Term) -> t.Index | None:
    """The index of a delta that makes way for the other one: of two the later one, by name."""
    match part:
        case t.Delta(t.Index() as left, t.Index() as right) if left.range is right.range and left is not right:
            return max(left, right, key=repr)
        case t.Delta(t.Index() as left, t.Number()):
            return left
        case t.Delta(t.Number(), t.Index() as right):
            return right
    return None


# --- places left out -------------------------------------------------------------------------------------------------


def part_sums(search: Search, *terms: t.Term) -> None:
    """Note the sums that are to be split at a place because the sum without it occurs, and stays as it is."""
    written = search.atoms.written
    parts = [part for term in terms for part in t.subterms(term) if isinstance(part, t.Binder) and t.is_closed(part)]
    known = {written(part) for part in parts}
    for part in parts:
        for place in part.excluded:
            rest = tuple(other for other in part.excluded if other is not place)
            whole = type(part).over(part.letter, part.range, rest, part.scope)
            if written(whole) in known:
                theorem = search.laws.over_range("split", whole, "split", place)
                if theorem is not None:
                    search.parted[written(whole)] = theorem
                    search.kept.add(written(part))


def _at_choice(search: Search, atom: t.Binder) -> Theorem | None:
    """A sum split at the place where a choice in it asks whether its index is that."""
    index = atom.index
    for part in t.subterms(atom.body):
        match part:
            case t.If(t.Comparison(left, "=" | "!=", right), _, _) if index in (left, right) and left is not right:
                place = right if left is index else left
                bound_here = isinstance(place, t.Index) and place in t.free_indices(atom)
                if (bound_here or isinstance(place, t.Number)) and place not in atom.excluded:
                    return search.laws.over_range("split", atom, "split", place)
    return None


def _without_exclusion(search: Search, atom: t.Binder) -> Theorem | None:
    """sum(f[i], i != k) = sum(f[i], i) - f[k], where that has a value."""
    if not atom.excluded or search.forms.written(atom) in search.kept or not search.laws.licenses("split"):
        return None
    choices = (part.condition for part in t.subterms(atom.body) if isinstance(part, t.If))
    if any(atom.index in (condition.left, condition.right) for condition in choices):
        return None  # that the place is left out decides the choice
    place = atom.excluded[-1]
    whole = type(atom).over(atom.letter, atom.range, atom.excluded[:-1], atom.scope)
    there = t.instance(atom, place)
    may_have_none = any(isinstance(part, t.Div | t.Apply | t.If) for part in t.subterms(there))
    if may_have_none and remaining(defined(there), search.knowledge, no_search):
        return None
    theorem = search.laws.over_range("split", whole, "split", place)
    if theorem is None or (isinstance(atom, t.Prod) and search.signs.relation(there) not in (">", "<", "!=")):
        return None
    right = t.add(whole, t.neg(there)) if isinstance(atom, t.Sum) else t.div(whole, there)
    try:
        return kernel.ring(atom, right, search.theory, "", (theorem,))
    except KernelError:
        return None


# --- sums inside of sums ---------------------------------------------------------------------------------------------


def _in_order(search: Search, atom: t.Sum) -> Theorem | None:
    """Sums inside of sums, all in a row, in the order in which they are written the shortest."""
    row: Row = []
    factors: list[t.Term] = [atom]
    body: list[t.Term] = []
    while factors:
        part = factors.pop(0)
        match part:
            case t.Sum() if len(row) < MOST_IN_A_ROW:
                index, inside = t.opened(part)
                row.append((index, part.excluded))
                factors = [inside, *factors]
            case t.Mul(parts):
                factors = [*parts, *factors]
            case t.Div(above, below) if isinstance(above, t.Sum | t.Mul):
                body.append(t.div(t.ONE, below))
                factors = [above, *factors]
            case _:
                body.append(part)
    orders = [order for order in permutations(range(len(row))) if _is_scoped([row[place] for place in order])]
    if len(row) < 2 or not orders:
        return None
    inside = t.mul(*body)
    best = min(orders, key=lambda order: rank(search, _nested([row[place] for place in order], inside)))
    if rank(search, _nested([row[place] for place in best], inside)) < rank(search, atom):
        return _reordered(search, atom, _nested(row, inside), best)
    return None


def _reordered(search: Search, atom: t.Sum, gathered: t.Term, wanted: tuple[int, ...]) -> Theorem | None:
    """The theorem that sums in a row may stand in another order, by exchanging neighbours."""
    now = list(range(len(wanted)))
    try:
        total = kernel.ring(atom, gathered, search.theory, "")
        for position, place in enumerate(wanted):
            for at in range(now.index(place) - 1, position - 1, -1):
                total = kernel.transitivity(total, _exchanged(search, total.right, at))
                now[at], now[at + 1] = now[at + 1], now[at]
    except (KernelError, ValueError):
        return None
    return total


def _exchanged(search: Search, term: t.Term, depth: int) -> Theorem:
    if depth == 0:
        return kernel.over_range("exchange", term, search.theory)
    assert isinstance(term, t.Sum)
    return kernel.congruence(term, {len(term.excluded): _exchanged(search, term.body, depth - 1)})


def _nested(row: Iterable[tuple[t.Index, tuple[t.Term, ...]]], body: t.Term) -> t.Term:
    """Sums in a row over a body, the first one outermost."""
    for index, excluded in reversed(list(row)):
        body = t.Sum(index, excluded, body)
    return body


def _is_scoped(order: Row) -> bool:
    """Whether no sum leaves out an index that is bound further inside."""
    names = [index for index, _ in order]
    return not any(other in names[place:] for place, (_, excluded) in enumerate(order) for other in excluded)
