"""The last lines of a derivative: its result as a person would write it.

    a*y*c*2*x                                     2*a*c*x*y            numbers first, equal factors as powers
    exp(x) + x*exp(x)                             exp(x)*(1 + x)       what all terms have in common, in front
    sum(y[j], j)*exp(Z[k])/S - y[k]               exp(Z[k])/S - y[k]   by assumption
    exp(Z[k])/sum(exp(Z[j]), j) - y[k]            O[k] - y[k]          by definition(O)

The search is free, since all that comes of it is a candidate: a line is a theorem that the kernel makes, by the reasons that
stand beside it. A name is folded in by solving its definition for one of its factors: exp(Z[i]) is O[i]*S, whatever i is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice, pairwise, product
from math import gcd

from derive.engine.decide import assumptions
from derive.engine.fitting import by_fewest
from derive.engine.justify import Licence
from derive.engine.matching import match
from derive.engine.rewriting import Context, by_definition, rewritten
from derive.engine.rules.sums import factors
from derive.engine.writing import tidy
from derive.floor import kernel
from derive.floor.definedness import defined
from derive.floor.errors import LimitError
from derive.floor.kernel import KernelError, Theorem
from derive.floor.normal import Normalizer, Undefined
from derive.floor.normal.polynomial import Coefficient, Generator, Monomial, Poly, exact, merge
from derive.floor.normal.written import to_term
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Apply,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Size,
    Subscript,
    Sum,
    Term,
    add,
    canonical,
    children,
    div,
    free_indices,
    mul,
    neg,
    number,
    power,
    rational,
    rebuild,
    size,
    substitute,
    subterms,
)
from derive.floor.theory import Definition

Found = tuple[Theorem, tuple[str, ...]]
"""A theorem, and the reasons for it."""

LARGEST = 400
"""Parts of the largest term that is looked at: beyond it a shorter way to write it is not worth the time."""
LARGEST_TWICE = 100
"""The same where a name has been brought in once, and may be again."""
MOST_PLACES = 16
"""Values of its parameters for which a name is tried as a part of a sum."""
MOST_TERMS = 40
"""Terms of a normal form that is looked at."""
MOST_LINES = 8
REMEMBERED = 10_000


@dataclass(frozen=True)
class _Search:
    """What is searched under, and what was found on the way."""

    context: Context
    normal: dict[Term, Term | None] = field(default_factory=dict)
    shortest: dict[Term, Term] = field(default_factory=dict)


def shortened(term: Term, context: Context) -> Iterator[Found]:
    """Lines from `term` to ever shorter ways of writing it: by algebra, then in the names defined, and by what is assumed."""
    search = _Search(context)
    found = _plainly(term, search)
    if found is not None:
        yield found
        term = found[0].right
    if size(term) > LARGEST:
        return
    for _ in range(MOST_LINES):
        found = _folded(term, search) or _assumed(term, search) or _shown(term, search)
        if found is None:
            return
        yield found
        term = found[0].right


def _plainly(term: Term, search: _Search) -> Found | None:
    """By algebra alone, to something shorter, or as short and in better order."""
    for candidate in sorted(_candidates(term, search), key=_length):
        if _length(candidate) >= _length(term):
            return None
        try:
            found = kernel.by_normal_form(term, candidate, search.context.knowledge)
        except KernelError:
            continue
        if not _needs_more(found, search):
            return _reasoned(term, candidate, ("algebra",), Licence(frozenset(("algebra",))), search)
    return None


def _reasoned(
    left: Term, right: Term, reasons: tuple[str, ...], licence: Licence, search: _Search
) -> Found | None:
    """The theorem by the reasons, and by as few identities of functions besides as algebra needs."""
    try:
        found = by_fewest(left, right, licence, search.context, lambda theorem: not _needs_more(theorem, search))
    except LimitError:
        return None
    return None if found is None else (found[0], (*reasons, *sorted(found[1].rules - licence.rules)))


def _needs_more(theorem: Theorem, search: _Search) -> bool:
    """Whether a theorem, or its right side, needs more than is declared, or left open by its left side already."""
    given = search.context.knowledge
    # Afresh, as whoever checks the line will know it: on the way here more has been found out than the line says.
    knowledge = Knowledge(given.signature, given.hypotheses, given.conditions)
    needed = kernel.remaining(theorem.conditions | defined(theorem.right), knowledge)
    if not needed:
        return False
    left_open = kernel.remaining(defined(theorem.left), knowledge)
    claims = tuple(sorted((c.claim for c in left_open if not c.bound and not c.guards), key=repr))
    known = Knowledge(knowledge.signature, (*knowledge.hypotheses, *claims), knowledge.conditions)
    return any(each not in left_open and not kernel.shown(each, known) for each in needed)


def _assumed(term: Term, search: _Search) -> Found | None:
    """By what is assumed, perhaps of what a name stands for."""
    usable = assumptions(search.context)
    if not usable:
        return None
    algebra = frozenset(("algebra",))
    licences = ((("assumption",), Licence(assumption=True)), (("assumption", "algebra"), Licence(algebra, assumption=True)))
    found = _proved(term, _reduced(term, usable, search), licences, search)
    for name in sorted(_used(term) & search.context.signature.definitions.keys()):
        if found is not None:
            return found
        shown = _unfolded(term, frozenset((name,)), search)
        definition = search.context.signature.definitions[name]
        folded = (each for term in _reduced(shown, usable, search) for each in _with_name(term, definition, search))
        licence = Licence(algebra, frozenset((name,)), assumption=True)
        found = _proved(term, folded, (((f"definition({name})", "assumption", "algebra"), licence),), search)
    return found


def _reduced(term: Term, usable: tuple[Theorem, ...], search: _Search) -> Iterator[Term]:
    """The term by the equations, in its normal form and the shortest one; nothing where they say nothing of it."""
    normalizer = Normalizer(search.context.knowledge)
    try:
        poly, used = normalizer.rewritten(normalizer.normal(term), kernel.as_equations(usable, normalizer))
    except (Undefined, LimitError, KernelError):
        return
    if used:
        yield from (to_term(poly), _shortest(to_term(poly), search))


def _folded(term: Term, search: _Search) -> Found | None:
    """By the definition of a name, which takes the place of its expression; the shortest result that there is."""
    for row in search.context.signature.definitions.values():
        if not row.arguments:
            found = _proved(term, _with_name(term, row, search), _licences(term, row, search), search)
            if found is not None:
                return found
    return None


def _shown(term: Term, search: _Search) -> Found | None:
    """By the definitions of all names, whose expressions may cancel."""
    names = _names(term, search)
    if not names:
        return None
    candidate = _shortest(_unfolded(term, None, search), search)
    reasons = (*(f"definition({name})" for name in sorted(names)), "algebra")
    return _proved(term, (candidate,), ((reasons, Licence(frozenset(("algebra",)), names)),), search)


def _names(term: Term, search: _Search) -> frozenset[str]:
    """The defined names in a term, and in what they stand for."""
    defined = search.context.signature.definitions
    found: set[str] = set()
    new = _used(term) & defined.keys()
    while new:
        found |= new
        new = frozenset[str]().union(*(_used(defined[name].body) for name in new)) & defined.keys() - found
    return frozenset(found)


def _used(term: Term) -> frozenset[str]:
    return frozenset(part.name for part in subterms(term) if isinstance(part, Entry | Call))


def _licences(term: Term, definition: Definition, search: _Search) -> tuple[tuple[tuple[str, ...], Licence], ...]:
    """What may be needed to fold a name in: its definition, and those of the names that stand in either."""
    names = tuple(sorted(_names(term, search) | _names(definition.body, search) - {definition.name}))
    named, algebra = (f"definition({definition.name})",), frozenset(("algebra",))
    own = frozenset((definition.name,))
    all_named = (*named, *(f"definition({name})" for name in names), "algebra")
    return (
        (named, Licence(definitions=own)),
        ((*named, "algebra"), Licence(algebra, definitions=own)),
        (all_named, Licence(algebra, definitions=own | frozenset(names))),
    )


def _proved(
    term: Term, candidates: Iterable[Term], licences: Iterable[tuple[tuple[str, ...], Licence]], search: _Search
) -> Found | None:
    """The theorem that the term is the shortest candidate that one of the licences proves it to be."""
    licences = tuple(licences)
    shorter = {candidate for candidate in candidates if _length(candidate) < _length(term)}
    for candidate in sorted(shorter, key=lambda each: (_length(each), repr(each))):
        for reasons, licence in licences:
            found = _reasoned(term, candidate, reasons, licence, search)
            if found is not None:
                return found
    return None


# --- candidates: the same value, written otherwise ------------------------------------------------------------------------


def _candidates(term: Term, search: _Search) -> list[Term]:
    ways = [ordered(term)]
    if size(term) <= LARGEST:
        ways.append(_shortest(term, search))
    normal = _normal(term, search)
    if normal is not None:
        ways.append(ordered(normal))
    return [tidy(each) for way in ways for each in (way, common(way))]


def _normal(term: Term, search: _Search) -> Term | None:
    """The normal form written out, parentheses cancelled; None where there is none within the limits."""
    if term not in search.normal:
        normalizer = Normalizer(search.context.knowledge)
        try:
            poly = normalizer.normal(term)
            long = len(poly.terms) > MOST_TERMS
            search.normal[term] = None if long else _cancelled(poly, normalizer) or to_term(poly)
        except (Undefined, LimitError):
            search.normal[term] = None
    return search.normal[term]


def _cancelled(poly: Poly, normalizer: Normalizer) -> Term | None:
    """The polynomial over one fraction bar, if a parenthesis below the bar divides what is above it."""
    above, bar = normalizer.cleared(poly)
    below = dict(bar)
    for parenthesis in [g for g in below if g.kind == "power"]:
        while below[parenthesis] >= 1 and (quotient := _divided(above, parenthesis.parts[0])) is not None:
            above, below[parenthesis] = quotient, below[parenthesis] - 1
    left = tuple((g, e) for g, e in below.items() if e)
    if left == bar or len(above.terms) > MOST_TERMS:
        return None
    denominator = mul(*(power(to_term(Poly({((g, 1),): 1})), number(e)) for g, e in left))
    return div(to_term(above), denominator)


def _divided(poly: Poly, by: Poly) -> Poly | None:
    """The quotient of two polynomials where the division leaves nothing; terms are compared by exponents in a fixed order."""
    generators = sorted(poly.generators() | by.generators(), key=lambda g: g.key)

    def degree(monomial: Monomial) -> tuple[Coefficient, ...]:
        exponents = dict(monomial)
        return tuple(exponents.get(g, 0) for g in generators)

    leading = max(by.terms, key=degree)
    quotient = Poly({})
    for _ in range(MOST_TERMS):
        if not poly:
            return quotient
        first = max(poly.terms, key=degree)
        times = merge(first, tuple((g, -e) for g, e in leading))
        part = Poly({times: exact(Fraction(poly.terms[first]) / Fraction(by.terms[leading]))})
        quotient += part
        poly -= Poly({merge(times, m): exact(c * part.terms[times]) for m, c in by.terms.items()})
    return None


def _shortest(term: Term, search: _Search) -> Term:
    """The shortest way known to write the term, looked for in its parts first."""
    if isinstance(term, (*Subscript, Comparison, Entry, Number, Size, Diff)):
        return term
    if term not in search.shortest:
        search.shortest[term] = min(_shorter(term, search), key=lambda way: (_length(way), _is_difference(way)))
    return search.shortest[term]


def _shorter(term: Term, search: _Search) -> list[Term]:
    """Ways to write the term whose parts are as short as is known."""
    if isinstance(term, Apply):
        return [rebuild(term, tuple(min(part, _normal(part, search) or part, key=_length) for part in term.arguments))]
    inside = rebuild(term, tuple(_shortest(part, search) for part in children(term)))
    normal = _normal(inside, search)
    ways = [ordered(inside)] if normal is None else [ordered(inside), ordered(normal)]
    return [inside, *(tidy(way) for each in ways for way in (each, common(each)))]


@lru_cache(REMEMBERED)
def ordered(term: Term) -> Term:
    """`term` with every product in order: its number first, equal factors as powers, symbols before functions.

    A product that is in order already stays as its author wrote it.
    """
    if isinstance(term, (*Subscript, Diff, Entry, Comparison)) or not children(term):
        return term
    term = rebuild(term, tuple(ordered(part) for part in children(term)))
    if isinstance(term, Apply) and term.function == "exp":
        return _as_power(term)
    if isinstance(term, Add):
        value = sum((v for t in term.terms if (v := rational(t)) is not None), Fraction(0))
        terms = [*(t for t in term.terms if rational(t) is None), *([number(value)] if value else [])]
        return add(*(sorted(terms, key=_is_negative) if terms and _is_negative(terms[0]) else terms))
    return _parted(term).term() if isinstance(term, Mul | Div | Neg) and _is_disordered(term) else term


def _as_power(term: Apply) -> Term:
    """exp(a*ln(b)) as the power b^a that it stands for."""
    (argument,) = term.arguments
    parts = argument.factors if isinstance(argument, Mul) else (argument,)
    logarithms = [part for part in parts if isinstance(part, Apply) and part.function == "ln"]
    if len(logarithms) != 1:
        return term
    return Pow(logarithms[0].arguments[0], mul(*(part for part in parts if part is not logarithms[0])))


def _is_negative(term: Term) -> bool:
    return isinstance(term, Neg) or (rational(term) or 0) < 0


def _is_difference(term: Term) -> bool:
    """Whether a term is a difference: of two ways that are as long, s*(1 - s) is better than s - s^2."""
    return isinstance(term, Add) and any(map(_is_negative, term.terms))


@lru_cache(REMEMBERED)
def _is_disordered(term: Term) -> bool:
    """Whether a product has a number or sign that is not first, two numbers that could be one, or a factor twice.

    Or a symbol that stands behind a function, or a sign that a difference could take in: -2*(t - h) is 2*(h - t).
    """
    above, below = factors(term)
    signs = [n for n, factor in enumerate(above) if factor is MINUS_ONE]
    numbers = [rational(factor) is not None for factor in above if factor is not MINUS_ONE]
    under = [value for factor in below if (value := rational(factor)) is not None]
    over = [value for factor in above if (value := rational(factor)) is not None]
    bases = [factor.base if isinstance(factor, Pow) else factor for factor in (*above, *below) if rational(factor) is None]
    reducible = bool(under and over) and gcd(under[0].numerator, over[-1].numerator) != 1
    repeated = len(set(bases)) < len(bases)
    ranks = [_rank(factor)[0] for factor in above if rational(factor) is None]
    late = any(rank <= 1 < before for before, rank in pairwise(ranks))
    negative = any(value < 0 for value in over) and any(map(_turns, above))
    return signs not in ([], [0]) or any(numbers[1:]) or len(under) > 1 or reducible or repeated or late or negative


def _turns(term: Term) -> bool:
    """Whether a sum is as short with the opposite sign."""
    return isinstance(term, Add) and 2 * sum(map(_is_negative, term.terms)) >= len(term.terms)


@lru_cache(REMEMBERED)
def _length(term: Term, bound: frozenset[Index] = frozenset()) -> int:
    """How long a term is to read: its parts, and more for what is out of order, and for a sum that waits to be collapsed."""
    if isinstance(term, Sum | Prod):
        bound |= {term.index}
    length = 1 + sum(_length(part, bound) for part in children(term))
    match term:
        case Mul() | Div():
            return length + 2 * _is_disordered(term)
        case Neg(inside):
            return length + 2 * (isinstance(inside, Add) or _is_disordered(term))
        case Add(terms) if _is_negative(terms[0]):
            return length + 1
        case Apply():
            return length + 1  # a name is read more easily than a function
        case Delta(left, right) if not bound.isdisjoint((left, right)):
            return length + 20
    return length


@dataclass(frozen=True)
class _Product:
    """A product taken apart: its number, and the exponents of its factors.

    The factors `above` and `below` the bar have exponents that are not numbers, or stand on its other side as well. `decimal`
    says that its author writes numbers with a point.
    """

    value: Fraction
    powers: dict[Term, Fraction]
    above: tuple[Term, ...] = ()
    below: tuple[Term, ...] = ()
    decimal: bool = False

    def term(self) -> Term:
        """The product with its number first, equal factors as powers, and symbols, by their names, before functions."""
        if not self.value:
            return ZERO
        turning = next((b for b, e in self.powers.items() if e == 1 and _turns(b)), None) if self.value < 0 else None
        if isinstance(turning, Add):
            opposite = ordered(add(*map(neg, turning.terms)))
            powers = {opposite if base is turning else base: exponent for base, exponent in self.powers.items()}
            return replace(self, value=-self.value, powers=powers).term()
        top = sorted((power(b, number(e)) for b, e in self.powers.items() if e > 0), key=_rank)
        bottom = sorted((power(b, number(-e)) for b, e in self.powers.items() if e < 0), key=_rank)
        value = abs(self.value)
        if self.decimal and value != 1:
            top.insert(0, number(value))
        elif not self.decimal:
            top = [number(value.numerator), *top] if value.numerator != 1 else top
            bottom = [number(value.denominator), *bottom] if value.denominator != 1 else bottom
        whole = div(mul(*top, *self.above), mul(*bottom, *self.below))
        return neg(whole) if self.value < 0 else whole


def _parted(term: Term) -> _Product:
    """A term taken apart as a product.

    A factor above the bar is not cancelled by one below it: that is for the normal form, which knows what it needs.
    """
    above, below = factors(term)
    value, decimal = Fraction(1), False
    powers: dict[Term, Fraction] = {}
    others: dict[int, list[Term]] = {1: [], -1: []}
    for factor, sign in (*((f, 1) for f in above), *((f, -1) for f in below)):
        here = rational(factor)
        if here is not None and (here or sign > 0):
            value *= here**sign
            decimal = decimal or (isinstance(factor, Number) and here.denominator > 2)
            continue
        base, exponent = (factor.base, rational(factor.exponent)) if isinstance(factor, Pow) else (factor, Fraction(1))
        if exponent is None or powers.get(base, Fraction(sign)) * sign * exponent < 0:
            others[sign].append(factor)
        else:
            powers[base] = powers.get(base, Fraction(0)) + sign * exponent
    return _Product(value, powers, tuple(others[1]), tuple(others[-1]), decimal)


def _rank(term: Term) -> tuple[int, str]:
    """Sizes, then scalars and entries by their names, then finite sums, sums in parentheses, and functions."""
    match term.base if isinstance(term, Pow) else term:
        case Size(name):
            return 0, name
        case Entry(name, indices):
            return 1, f"{name}{indices!r}"
        case Sum() | Prod():
            return 2, ""
        case Add():
            return 3, ""
    return 4, ""


@lru_cache(REMEMBERED)
def common(term: Term) -> Term:
    """`term` with the factors that all terms of a sum have in common in front of it: 2*a - 2*b is 2*(a - b)."""
    if isinstance(term, (*Subscript, Diff, Entry, Comparison, Apply)) or not children(term):
        return term  # what stands inside of a function is better left as it is known
    term = rebuild(term, tuple(common(part) for part in children(term)))
    if not isinstance(term, Add):
        return term
    parts = [_parted(each) for each in term.terms]
    shared = dict(parts[0].powers)
    for part in parts[1:]:
        shared = {base: _nearer(e, part.powers.get(base, Fraction(0))) for base, e in shared.items()}
    shared = {base: exponent for base, exponent in shared.items() if exponent}
    value = abs(parts[0].value) if len({abs(part.value) for part in parts}) == 1 else Fraction(1)
    if not value or (value == 1 and not shared):
        return term
    left = [
        replace(part, value=part.value / value, powers={b: e - shared.get(b, 0) for b, e in part.powers.items()}).term()
        for part in parts
    ]
    decimal = any(part.decimal for part in parts)
    return _Product(value, {**shared, ordered(add(*left)): Fraction(1)}, decimal=decimal).term()


def _nearer(one: Fraction, other: Fraction) -> Fraction:
    """The exponent that two powers of a base have in common; below the bar they must agree, lest a bar remain inside."""
    return min(one, other) if one > 0 and other > 0 else one if one == other else Fraction(0)


# --- names in the place of their expressions ------------------------------------------------------------------------------


def _with_name(term: Term, definition: Definition, search: _Search) -> Iterator[Term]:
    """The term with a defined name folded in, in all ways that are tried; whether they are right is seen later."""
    parameters = frozenset[Term](definition.parameters)
    solved = dict.fromkeys(pair for pair in _solved(definition, search) if parameters <= free_indices(pair[0]))

    def replaced(term: Term, pattern: Term, meaning: Term) -> Term:
        opaque = frozenset(canonical(part) for part in subterms(meaning) if isinstance(part, Sum | Prod))
        return _replaced(term, pattern, meaning, parameters, opaque)

    plain = _unfolded(term, None, search)
    bases = dict.fromkeys((term, _normal(term, search) or term, _normal(plain, search) or plain))
    once = dict.fromkeys(found for base in bases for pair in solved if (found := replaced(base, *pair)) is not base)
    shorter = [_shortest(each, search) for each in (*once, *_multiples(term, definition, search))]
    yield from shorter
    if all(_length(each) >= _length(term) for each in shorter):
        # What the first leaves behind may have to be written with the name as well.
        twice = dict.fromkeys(replaced(each, *pair) for each in once for pair in solved)
        yield from (_shortest(each, search) for each in twice if each not in once and size(each) <= LARGEST_TWICE)


def _multiples(term: Term, definition: Definition, search: _Search) -> Iterator[Term]:
    """The term less a multiple of what a name stands for, and with that multiple of the name; the free indices are tried."""
    free = sorted(free_indices(term), key=lambda index: index.name)
    choices = [[index for index in free if index.range is parameter.range] for parameter in definition.parameters]
    for values in islice(product(*choices), MOST_PLACES):
        name = Entry(definition.name, values)
        normalizer = Normalizer(search.context.knowledge)
        try:
            body = normalizer.normal(_unfolded(name, None, search))
            whole = normalizer.normal(term)
        except (Undefined, LimitError):
            return
        shared = next((monomial for monomial in body.terms if monomial in whole.terms), None)
        if shared is not None and len(body.terms) > 1:
            times = Fraction(whole.terms[shared]) / Fraction(body.terms[shared])
            yield add(to_term(whole - body.scale(exact(times))), mul(number(times), name))


def _solved(definition: Definition, search: _Search) -> Iterator[tuple[Term, Term]]:
    """What a definition says of a part of its body: exp(Z[i]) = O[i]*S, where O[i] = exp(Z[i])/S."""
    name = Entry(definition.name, definition.parameters)
    yield definition.body, name
    for body in dict.fromkeys((definition.body, _unfolded(definition.body, None, search))):
        yield from _solved_for(body, name, search)


def _unfolded(term: Term, names: frozenset[str] | None, search: _Search) -> Term:
    """The term with the definitions of `names`, or all, unfolded."""
    return rewritten(term, [by_definition(names)], search.context, search.context.scope).right


def _solved_for(body: Term, name: Term, search: _Search) -> Iterator[tuple[Term, Term]]:
    """The normal form of the body for the name, and each factor of one of its terms that stands nowhere else in it."""
    try:
        poly = Normalizer(search.context.knowledge).normal(body)
    except (Undefined, LimitError):
        return
    yield to_term(poly), name
    for monomial, coefficient in poly.terms.items():
        for generator, exponent in monomial:
            if sum(each is generator for other in poly.terms for each, _ in other) > 1:
                continue
            rest = to_term(Poly({m: c for m, c in poly.terms.items() if m != monomial}))
            factor = to_term(Poly({tuple(p for p in monomial if p[0] is not generator): coefficient}))
            if not any(isinstance(part, Apply) and part.function != "exp" for part in factors(factor)[0]):
                # Nobody divides by a logarithm to bring a name in.
                alone = div(add(name, neg(rest)) if rest is not ZERO else name, factor)
                yield to_term(Poly({((generator, 1),): 1})), power(alone, number(1 / Fraction(exponent)))
            if generator.kind == "power" and exponent == -1 and len(poly.terms) == 1:
                yield from _share(monomial, generator, name, coefficient)


def _share(monomial: Monomial, generator: Generator, name: Term, coefficient: Coefficient) -> Iterator[tuple[Term, Term]]:
    """Of a share s = a/(a + b), what it says of the whole and of the part: a + b is b/(1 - s), and a is s times that."""
    whole: Poly = generator.parts[0]
    part = tuple(p for p in monomial if p[0] is not generator)
    if part in whole.terms:
        rest = to_term(Poly({m: c for m, c in whole.terms.items() if m != part}))
        share = mul(number(Fraction(whole.terms[part]) / Fraction(coefficient)), name)
        yield to_term(whole), div(rest, add(ONE, neg(share)))
        yield to_term(Poly({part: 1})), div(mul(share, rest), add(ONE, neg(share)))


def _replaced(term: Term, pattern: Term, meaning: Term, parameters: frozenset[Term], opaque: frozenset[Term]) -> Term:
    """The term with `meaning` for every instance of the pattern that does not stand inside of what is `opaque`."""
    found = match(pattern, term, parameters)
    if found is not None:
        return substitute(meaning, found)
    if isinstance(term, (*Subscript, Diff, Entry, Comparison)) or not children(term) or canonical(term) in opaque:
        return term
    if isinstance(pattern, Apply) and isinstance(term, Apply) and pattern.function == term.function == "exp":
        # exp(2*a) is exp(a)^2.
        one, other = _parted(pattern.arguments[0]), _parted(term.arguments[0])
        bare, multiple = (replace(each, value=Fraction(1)).term() for each in (one, other))
        found = match(bare, multiple, parameters) if one.value and other.value else None
        if found is not None:
            return power(substitute(meaning, found), number(other.value / one.value))
    return rebuild(term, tuple(_replaced(part, pattern, meaning, parameters, opaque) for part in children(term)))
