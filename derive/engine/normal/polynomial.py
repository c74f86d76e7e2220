"""Polynomials over generators: the arithmetic under the normal form.

Keys are shared by all derivations of a process: equal keys must mean equal generators whatever a name stands for.

A *generator* is what polynomial arithmetic does not look into: a symbol, an entry Z[k], exp(m) for a monomial m, a sum that
does not split, ... It is known by its `key`, a text that is equal for equal generators. A *monomial* is a product of powers of
generators, sorted by key; the exponents are whole numbers, also negative ones, and fractions where the generator is positive.
A *polynomial* maps monomials to rational coefficients, none of which is 0:

    3*x^2 - y[k]/2   is   {((x, 2),): 3, ((y[k], 1),): -1/2}

Which monomials may be multiplied in this plain way, and what a product of generators means (a square root times itself), is the
business of `normal`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from threading import RLock
from typing import Any
from weakref import WeakValueDictionary

from derive.errors import LimitError
from derive.floor.terms import Affine, Entry, Fixed, Index, Local, Number, Size, Term
from derive.limits import MOST_BITS, shortened, spend

Coefficient = int | Fraction
Monomial = tuple[tuple["Generator", Coefficient], ...]
UNIT: Monomial = ()

_making = RLock()
_interned: WeakValueDictionary[str, Generator] = WeakValueDictionary()


class Generator:
    """An indeterminate of polynomials: its `kind`, its `parts`, and the free indices inside it.

    `height` is one more than the greatest number among the names %0, %1, … of the indices that it binds inside, or 0.
    """

    __slots__ = ("__weakref__", "height", "indices", "key", "kind", "parts", "plain")

    kind: str
    parts: tuple[Any, ...]
    key: str
    indices: frozenset[Index]
    height: int
    plain: bool  # its powers multiply by adding exponents, and there is nothing more to it

    def __new__(cls, kind: str, parts: tuple[Any, ...], key: str, indices: frozenset[Index], height: int) -> Generator:
        key = shortened(key)
        found = _interned.get(key)
        if found is not None:
            return found
        with _making:  # equality is identity, so two threads must not make it twice
            found = _interned.get(key)
            if found is None:
                found = object.__new__(cls)
                found.kind, found.parts, found.key, found.indices, found.height = kind, parts, key, indices, height
                found.plain = kind not in ("power", "prime", "delta", "where", "choice", "function", "symbolic", "xprod")
                _interned[key] = found
            return found

    def __repr__(self) -> str:
        return f"<{self.key}>"


def exact(value: Coefficient) -> Coefficient:
    """`value` as an int where it is whole: arithmetic of ints is several times as fast."""
    return value if type(value) is int or value.denominator != 1 else value.numerator


def index_key(index: Term) -> str:
    """The key of an index, or of a whole number or a computed index in its place."""
    match index:
        case Fixed(name, extent):
            return f"{name}!:{extent.name if isinstance(extent, Size) else extent.value}"  # type: ignore[attr-defined]
        case Local(name, extent, place):
            # With as many digits for all, so that they sort as they were made, whatever was made before.
            return f"{name}~{place.order:012}:{extent.name if isinstance(extent, Size) else extent.value}"  # type: ignore[attr-defined]
        case Index(name, Size(extent)):
            return f"{name}:{extent}"
        case Index(name, Number(value)):
            return f"{name}:{value}"
        case Number(value):
            return str(value)
        case Affine(parts, factors, offset):
            terms = sorted(f"{f}*{_part_key(p)}" for p, f in zip(parts, factors, strict=True))
            return f"({'+'.join(terms)}+{offset})"
    raise TypeError(f"not an index: {index!r}")


def _part_key(part: Term) -> str:
    return f"|{part.name}|" if isinstance(part, Size) else index_key(part)


def entry_key(entry: Entry) -> str:
    """The key of a scalar or an entry."""
    return f"{entry.name}[{','.join(map(index_key, entry.indices))}]" if entry.indices else entry.name


def monomial_key(monomial: Monomial) -> str:
    """The key of a monomial."""
    return "*".join(g.key if e == 1 else f"{g.key}^{e}" for g, e in monomial)


class Poly:
    """A polynomial; treat it as immutable."""

    __slots__ = ("_indices", "_key", "terms")

    def __init__(self, terms: dict[Monomial, Coefficient]) -> None:
        spend(len(terms))
        for coefficient in terms.values():
            if coefficient.numerator.bit_length() > MOST_BITS or coefficient.denominator.bit_length() > MOST_BITS:
                raise LimitError("D402", "a number of too many digits")
        self.terms = terms
        self._key: str | None = None
        self._indices: frozenset[Index] | None = None

    @property
    def key(self) -> str:
        """A text that is equal for equal polynomials only."""
        if self._key is None:
            self._key = "+".join(sorted(f"{c}:{monomial_key(m)}" for m, c in self.terms.items())) or "0"
        return self._key

    def __repr__(self) -> str:
        return f"Poly({self.key})"

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __add__(self, other: Poly) -> Poly:
        if not self.terms:
            return other
        terms = dict(self.terms)
        add_into(terms, other, 1)
        return Poly(terms)

    def __sub__(self, other: Poly) -> Poly:
        terms = dict(self.terms)
        add_into(terms, other, -1)
        return Poly(terms)

    def scale(self, factor: Coefficient) -> Poly:
        """The product with a number."""
        if factor == 1:
            return self
        return Poly({m: exact(c * factor) for m, c in self.terms.items()} if factor else {})

    def constant(self) -> Coefficient | None:
        """The value of a polynomial without generators; None for any other."""
        if not self.terms:
            return 0
        return self.terms.get(UNIT) if len(self.terms) == 1 else None

    def single(self) -> tuple[Monomial, Coefficient] | None:
        """The one monomial and its coefficient; None where there are none or several."""
        return next(iter(self.terms.items())) if len(self.terms) == 1 else None

    def leading(self) -> Monomial:
        """The first monomial in the order of keys."""
        return min(self.terms, key=monomial_key)

    def generators(self) -> dict[Generator, None]:
        """All generators of all monomials, as a set that keeps its order."""
        return {g: None for monomial in self.terms for g, _ in monomial}

    def indices(self) -> frozenset[Index]:
        """The free indices of all generators."""
        if self._indices is None:
            self._indices = frozenset().union(*(g.indices for m in self.terms for g, _ in m))
        return self._indices

    def height(self) -> int:
        """The greatest height of a generator."""
        return max((g.height for g in self.generators()), default=0)


def add_into(terms: dict[Monomial, Coefficient], other: Poly, factor: Coefficient) -> None:
    """Add `factor` times `other` into `terms`."""
    for monomial, coefficient in other.terms.items():
        value = terms.get(monomial, 0) + coefficient * factor
        if value:
            terms[monomial] = exact(value)
        else:
            terms.pop(monomial, None)


def monomial_of(powers: Iterable[tuple[Generator, Coefficient]]) -> Monomial:
    """The monomial with these powers; those with exponent 0 are left out."""
    kept = [(g, exact(e)) for g, e in powers if e]
    if len(kept) > 1:
        kept.sort(key=_by_key)
    return tuple(kept)


def _by_key(power: tuple[Generator, Coefficient]) -> str:
    return power[0].key


def merge(left: Monomial, right: Monomial) -> Monomial:
    """The plain product of two monomials: the exponents are added."""
    if not left:
        return right
    if not right:
        return left
    powers = dict(left)
    for generator, exponent in right:
        powers[generator] = powers.get(generator, 0) + exponent
    spend(len(powers) // 16)
    return monomial_of(powers.items())


def constant(value: Coefficient) -> Poly:
    """The polynomial that is a number."""
    return Poly({UNIT: exact(value)} if value else {})


def single(generator: Generator, exponent: Coefficient = 1) -> Poly:
    """The polynomial that is a power of one generator."""
    return Poly({((generator, exact(exponent)),): 1})


POLY_ZERO, POLY_ONE = constant(0), constant(1)
