"""What the laws say of the greatest and the least value over an index.

    max(x[i], i)              = max(max(x[i], i != k), x[k]) = x[k]     where x[k] > max(x[i], i != k)
    max(x[i] - c, i)          = max(x[i], i) - c
    max(-2*x[i], i)           = -2*min(x[i], i)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from derive.engine.computed_indices import rank
from derive.engine.rules.sums import places
from derive.errors import KernelError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.kernel import Theorem

if TYPE_CHECKING:
    from derive.engine.search import Search


def of_extreme(search: Search, atom: t.Max | t.Min) -> Iterator[Theorem | None]:
    """The laws about a maximum or minimum."""
    for place in places(search.knowledge, atom):
        yield search.laws.over_range("split", atom, "cases", place)
    yield _outside(search, atom)
    yield _exchanged(search, atom)


def _exchanged(search: Search, atom: t.Max | t.Min) -> Theorem | None:
    """One in the other, in the order in which they are written the shortest."""
    theorem = search.laws.over_range("exchange", atom) if type(atom.body) is type(atom) else None
    return theorem if theorem is not None and rank(search, theorem.right) < rank(search, atom) else None


def _outside(search: Search, atom: t.Max | t.Min) -> Theorem | None:
    """What does not hang on the index, before the greatest value of the rest."""
    inside = _gathered(search, atom)
    if inside is None:
        return None
    try:
        same = kernel.ring(atom, type(atom)(atom.index, atom.excluded, inside), search.theory, "")
    except KernelError:
        return None
    return search.then(same, search.laws.over_range("outside", same.right, "distribute"))


def _gathered(search: Search, atom: t.Max | t.Min) -> t.Term | None:
    """The body with what can stand outside before the rest of it."""
    index, body = atom.index, atom.body

    def still(part: t.Term) -> bool:
        return index not in t.free_indices(part)

    match body:
        case t.Neg():
            return body
        case t.Add(parts) if any(map(still, parts)):
            return t.add(t.add(*filter(still, parts)), t.add(*(part for part in parts if not still(part))))
        case t.Mul() | t.Div():
            above = body.factors if isinstance(body, t.Mul) else (body.numerator, t.div(t.ONE, body.denominator))
            size = t.mul(*filter(still, above))
            if size is not t.ONE:
                rest = t.mul(*(part for part in above if not still(part)))
                found = search.knowledge.sign(size).relation
                if found in (">", ">="):
                    return t.Mul((size, rest))
                if found in ("<", "<="):
                    return t.Neg(t.mul(t.neg(size), rest))
    return None
