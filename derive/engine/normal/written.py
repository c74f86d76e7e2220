"""From the normal form back to terms, in the shape that a person would write.

Bound indices get letters that are not in use, negative powers go below a fraction bar, numbers stand in front:

    {exp(Z[k]) * S^-1: 1, y[k]: -1}   becomes   exp(Z[k])/sum(exp(Z[j]), j) - y[k]
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction

from derive.engine.normal.polynomial import Coefficient, Generator, Monomial, Poly, add_into, exact, merge, monomial_key
from derive.floor import terms as t

ORDER = {
    "size": 0, "constant": 1, "prime": 1, "ordinal": 2, "entry": 2, "power": 3,
    "sum": 4, "exp": 6, "delta": 7, "where": 7, "diff": 8,
}
"""In which order the factors of a product are written, by their kind: symbols first, functions after them."""

LETTERS = ("j", "i", "l", "m", "a", "b", "c", "d")


def to_term(poly: Poly, mapping: Mapping[t.Term, t.Term] | None = None) -> t.Term:
    """A term with the value of the polynomial; `mapping` replaces free indices on the way."""
    taken = {index.name for index in poly.indices() if index.name[0] not in "$%"}
    shown = _Shown(taken).poly(poly)
    return t.substitute(shown, dict(mapping)) if mapping else shown


class _Shown:
    """One translation: which letters are taken, and what the bound indices of the normal form are called."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.names: dict[t.Term, t.Term] = {}
        self.powers: dict[tuple[Generator, Coefficient], t.Term] = {}  # as long as these letters are taken

    def poly(self, poly: Poly) -> t.Term:
        choices = [g for g in poly.generators() if g.kind == "choice"]
        if choices:
            return self.choice(poly, min(choices, key=lambda g: (g.parts[0] == "=", g.key)))
        ordered = sorted(poly.terms, key=lambda m: (poly.terms[m] < 0, -len(m), monomial_key(m)))
        return t.add(*(self.monomial(m, poly.terms[m]) for m in ordered)) if ordered else t.ZERO

    def choice(self, poly: Poly, chosen: Generator) -> t.Term:
        """A polynomial with an indicator as a choice between what it is in its two cases; what both have stands before it."""
        relation, difference = chosen.parts
        otherwise = Poly({m: c for m, c in poly.terms.items() if all(g is not chosen for g, _ in m)})
        then = _in_case(poly, chosen)
        both = {m: c for m, c in then.terms.items() if otherwise.terms.get(m) == c}
        if both:
            common = Poly(both)
            return t.add(self.poly(common), *_terms(self.choice(poly - common, chosen)))
        if relation == ">":
            named = self.named_choice(then, otherwise, difference)
            if named is not None:
                return named
        return t.If(self.comparison(difference, relation), self.poly(then), self.poly(otherwise))

    def named_choice(self, then: Poly, otherwise: Poly, difference: Poly) -> t.Term | None:
        """A choice by `difference > 0` as a maximum, minimum or absolute value, if it is one."""
        step = then - otherwise
        if step.key == difference.key:
            return t.apply("max", self.poly(then), self.poly(otherwise))
        if step.key == difference.scale(-1).key:
            return t.apply("min", self.poly(otherwise), self.poly(then))
        factor = _quotient(then, difference)
        if factor is None or (then + otherwise):
            return None
        return t.mul(self.monomial(*factor), t.apply("abs", self.poly(difference)))

    def comparison(self, difference: Poly, relation: str) -> t.Comparison:
        """`difference > 0` (or = 0), with what is negative in it on the other side."""
        left = Poly({m: c for m, c in difference.terms.items() if c > 0})
        right = Poly({m: -c for m, c in difference.terms.items() if c < 0})
        return t.Comparison(self.poly(left), relation, self.poly(right))

    def monomial(self, monomial: Monomial, coefficient: Coefficient) -> t.Term:
        above: list[t.Term] = []
        below: list[t.Term] = []
        for generator, exponent in sorted(monomial, key=lambda power: (ORDER.get(power[0].kind, 5), power[0].key)):
            if exponent > 0 or generator.kind == "exp":
                above.append(self.power(generator, exponent))
            else:
                below.append(self.power(generator, -exponent))
        value = Fraction(coefficient)
        if value.denominator != 1:
            below.insert(0, t.number(value.denominator))
        if abs(value.numerator) != 1:
            above.insert(0, t.number(abs(value.numerator)))
        term = t.mul(*above) if above else t.ONE
        if below:
            term = t.div(term, t.mul(*below))
        return t.neg(term) if value < 0 else term

    def power(self, generator: Generator, exponent: Coefficient) -> t.Term:
        key = generator, exponent
        if key not in self.powers:
            self.powers[key] = self._power(generator, exponent)
        return self.powers[key]

    def _power(self, generator: Generator, exponent: Coefficient) -> t.Term:
        if generator.kind == "exp":
            return t.apply("exp", self.monomial(generator.parts[0], exponent))
        base = self.generator(generator)
        half = Fraction(1, 2)
        if exponent == half:
            return t.apply("sqrt", base)
        return t.power(base, t.number(Fraction(exponent)))

    def generator(self, generator: Generator) -> t.Term:
        parts = generator.parts
        match generator.kind:
            case "entry":
                entry: t.Entry = parts[0]
                return t.Entry(entry.name, tuple(self.index(i) for i in entry.indices))
            case "ordinal":
                return t.Ordinal(self.index(parts[0]))
            case "size":
                return parts[0]  # type: ignore[no-any-return]
            case "constant":
                return t.apply(parts[0])
            case "prime":
                return t.number(parts[0])
            case "power":
                return self.poly(parts[0])
            case "ln":
                return t.apply("ln", self.poly(parts[0]))
            case "delta":
                return t.Delta(self.index(parts[0]), self.index(parts[1]))
            case "where":
                return self.where(parts[0])
            case "function":
                return t.Apply(parts[0], tuple(map(self.poly, parts[1:])))
            case "opaque" if parts[0] == "^":
                base, value = self.poly(parts[1]), parts[2].constant()
                if value == Fraction(1, 2):
                    return t.apply("sqrt", base)
                return t.Pow(base, self.poly(parts[2]) if value is None else t.number(value))
            case "opaque":
                return t.Apply(parts[0], tuple(map(self.poly, parts[1:])))
            case "call":
                return t.Call(parts[0], tuple(map(self.poly, parts[1:])))
            case "symbolic":
                return t.Pow(self.poly(parts[1]), self.poly(parts[2]))
            case "diff":
                by = self.generator(parts[1])
                assert isinstance(by, t.Entry)
                return t.Diff(self.poly(parts[0]), by)
            case "choice":
                return t.If(self.comparison(parts[1], parts[0]), t.ONE, t.ZERO)
            case "sum":
                names, body = parts
                with self.letters(names) as letters:
                    term = self.poly(body)
                for letter in reversed(letters):
                    term = t.Sum(letter, (), term)
                return term
            case "xsum" | "xprod" | "xmax":
                name, excluded, body = parts
                without = tuple(self.index(e) for e in excluded)
                binder = {"xsum": t.Sum, "xprod": t.Prod, "xmax": t.Max}[generator.kind]
                with self.letters((name,)) as (letter,):
                    term = self.poly(body)
                return binder(letter, without, term)
        raise TypeError(f"no term for {generator!r}")

    def where(self, equation: t.Affine) -> t.Term:
        """The delta that says that an affine combination is 0, with an index by itself on the right side if there is one."""
        pairs = [(f, self.index(part)) for f, part in zip(equation.factors, equation.parts, strict=True)]
        alone = next((pair for pair in reversed(pairs) if pair[0] == -1 and isinstance(pair[1], t.Index)), None)
        if alone is not None:
            return t.Delta(t.affine((pair for pair in pairs if pair is not alone), equation.offset), alone[1])
        below = [(-f, part) for f, part in pairs if f < 0]
        right = t.affine(below) if below else t.number(-equation.offset)
        return t.Delta(t.affine((pair for pair in pairs if pair[0] > 0), equation.offset if below else 0), right)

    def index(self, index: t.Term) -> t.Term:
        if isinstance(index, t.Affine):
            return t.rebuild(index, tuple(map(self.index, index.parts)))
        return self.names.get(index, index)

    @contextmanager
    def letters(self, names: tuple[t.Index, ...]) -> Iterator[list[t.Index]]:
        """Letters that are free for the indices that a binder binds, taken as long as its body is translated."""
        outside, taken, powers = self.names, self.taken, self.powers
        self.names, self.taken, self.powers = dict(outside), set(taken), {}
        chosen: list[t.Index] = []
        for name in names:
            candidates = itertools.chain(LETTERS, (f"j{n}" for n in itertools.count(2)))
            letter = t.Index(next(c for c in candidates if c not in self.taken), name.range)
            self.taken.add(letter.name)
            self.names[name] = letter
            chosen.append(letter)
        try:
            yield chosen
        finally:
            self.names, self.taken, self.powers = outside, taken, powers


def _in_case(poly: Poly, chosen: Generator) -> Poly:
    """The polynomial where the indicator is 1: another one of the same difference is 0 there."""
    terms: dict[Monomial, Coefficient] = {}
    for monomial, coefficient in poly.terms.items():
        rest = tuple(power for power in monomial if power[0] is not chosen)
        if not any(g.kind == "choice" and g.parts[1].key == chosen.parts[1].key for g, _ in rest):
            add_into(terms, Poly({rest: 1}), coefficient)
    return Poly(terms)


def _quotient(poly: Poly, divisor: Poly) -> tuple[Monomial, Coefficient] | None:
    """The monomial by which `divisor` is multiplied in `poly`, nothing in it below a fraction bar; None if there is none."""
    if not poly:
        return None
    lead, first = poly.leading(), divisor.leading()
    factor = merge(lead, tuple((g, -e) for g, e in first))
    ratio = Fraction(poly.terms[lead]) / divisor.terms[first]
    if any(e < 0 for _, e in factor):
        return None
    multiple = Poly({merge(m, factor): exact(c * ratio) for m, c in divisor.terms.items()})
    return (factor, ratio) if multiple.key == poly.key else None


def _terms(term: t.Term) -> tuple[t.Term, ...]:
    return term.terms if isinstance(term, t.Add) else (term,)
