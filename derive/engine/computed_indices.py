"""What the laws say of indices that are computed, in arrays and in deltas.

    x[i + n]                       = 0                               beyond the range
    sum(x[n - i + 1]^2, i: n)      = sum(x[i]^2, i: n)
    sum(x[i]*y[i - a], i)          = sum(y[i]*x[i + a], i)           the one that is written shorter
    sum(x[i + 1], i)               = sum(x[k]*(1 - delta(k, 1)), k)
    sum(delta(i + 1, k)*x[i], i)   = x[k - 1]*(1 - delta(k, 1))
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from derive.engine.measure import size
from derive.errors import KernelError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.kernel import Theorem
from derive.limits import spend

if TYPE_CHECKING:
    from derive.engine.search import Search


def rank(search: Search, term: t.Term) -> tuple[int, str]:
    inside = search.inside(term) if search.given else None  # M[j, i] counts as M[i, j], where that is given
    written = search.forms.written(term if inside is None else inside.right)
    spend(4 * size(written))
    shown = repr(t.canonical(written))
    return len(shown), shown


def of_entry(search: Search, atom: t.Term) -> Iterable[Theorem]:
    """An entry that lies beyond its range whatever values the indices have is 0."""
    whole = search.laws.over_range("entry", atom)
    if whole is None or not isinstance(whole.right, t.Sum):
        return []
    delta = next((part for part in t.subterms(whole.right.body) if isinstance(part, t.Delta)), None)
    nothing = None if delta is None else search.laws.over_range("delta", delta, place=t.ZERO)
    if nothing is None or nothing.right is not t.ZERO:
        return []
    total = whole.right
    try:
        inside = kernel.congruence(total.body, {0: nothing})
        inside = kernel.transitivity(inside, kernel.ring(inside.right, t.ZERO, search.theory, ""))
        theorem = kernel.transitivity(whole, kernel.congruence(total, {len(total.excluded): inside}))
        return [kernel.transitivity(theorem, kernel.ring(theorem.right, t.ZERO, search.theory, ""))]
    except KernelError:
        return []


def ended(search: Search, atom: t.Sum) -> Theorem | None:
    """A sum with a delta of a computed index: what stands beside the delta, at its place, where that is in the range."""
    index, body = atom.index, atom.body
    delta = next((part for part in _factors(search, body) if _tells(part, index)), None)
    if delta is None or atom.excluded or not search.laws.licenses("collapse"):
        return None
    rest = search.forms.written(t.div(body, delta))
    total = _with_body(search, atom, t.mul(delta, rest))
    if total is not None and isinstance(total.right, t.Sum) and isinstance(total.right.body, t.Mul):
        moved = search.laws.over_range("replace", total.right.body, place=index)
        if moved is not None:
            total = search.then(total, kernel.congruence(total.right, {0: moved}))
    law = search.laws.over_range("ends", t.Sum(index, (), delta))
    if law is None or total is None:
        return None
    return search.then(total, search.by(total.right, [law]))


def _tells(part: t.Term, index: t.Index) -> bool:
    is_computed = isinstance(part, t.Delta) and (isinstance(part.left, t.Affine) or isinstance(part.right, t.Affine))
    return is_computed and index in t.free_indices(part)


def _factors(search: Search, body: t.Term) -> list[t.Term]:
    """What stands in a body as a factor, once, where it is one product."""
    parts = search.atoms.monomials(body)
    return [part for part, exponent in parts[0] if exponent == 1] if len(parts) == 1 else []


def _with_body(search: Search, atom: t.Sum, body: t.Term) -> Theorem | None:
    try:
        return kernel.ring(atom, t.Sum(atom.index, atom.excluded, body), search.theory, "")
    except KernelError:
        return None


def turned_around(search: Search, atom: t.Binder) -> Theorem | None:
    """The terms from the last to the first, if that is written shorter."""
    if not any(isinstance(part, t.Affine) for part in t.subterms(atom.body)):
        return None
    theorem = search.laws.over_range("reverse", atom)
    return theorem if theorem is not None and rank(search, theorem.right) < rank(search, atom) else None


def shifted(search: Search, atom: t.Sum) -> Theorem | None:
    """sum(g[i]*x[i + a], i) = sum(x[k]*sum(delta(i + a, k)*g[i], i), k), if the sum inside is none in the end."""
    if atom.excluded or not any(isinstance(part, t.Affine) for part in t.subterms(atom.body)):
        return None
    for part in _factors(search, atom.body):
        if isinstance(part, t.Entry) and any(isinstance(at, t.Affine) and atom.index in at.parts for at in part.indices):
            try:
                theorem = _by_entry(search, atom, part)
            except KernelError:
                continue
            if theorem is not None:
                return theorem
    return None


def _by_entry(search: Search, atom: t.Sum, entry: t.Entry) -> Theorem | None:
    law = search.laws.over_range("entry", entry)
    if law is None or not isinstance(law.right, t.Sum):
        return None
    rest = search.forms.written(t.div(atom.body, entry))
    spread = t.Sum(atom.index, (), t.Mul((rest, entry)))
    total = kernel.ring(atom, spread, search.theory, "")
    total = kernel.transitivity(total, kernel.congruence(spread, {0: kernel.congruence(spread.body, {1: law})}))
    running = law.right.index
    delta, there = law.right.body.factors  # type: ignore[attr-defined]
    both = t.Sum(atom.index, (), t.Sum(running, (), t.mul(delta, rest, there)))
    total = kernel.transitivity(total, kernel.ring(total.right, both, search.theory, ""))
    total = kernel.transitivity(total, kernel.over_range("exchange", both, search.theory))
    inner = t.Sum(atom.index, (), t.mul(delta, rest))
    outer = t.Sum(running, (), t.Mul((there, inner)))
    total = kernel.transitivity(total, kernel.ring(total.right, outer, search.theory, ""))
    collapsed = search.laws.over_range("collapse", inner, "collapse")
    inside = collapsed or ended(search, inner)
    if inside is None:
        return None
    total = kernel.transitivity(total, kernel.congruence(outer, {0: kernel.congruence(outer.body, {1: inside})}))
    return total if collapsed is None or rank(search, total.right) < rank(search, atom) else None
