"""Terms to text, in the layout of this language: what is written reads back as the same.

    Add((a, Neg(b)))  a - b        Mul((Neg(x), y))  -x*y        Neg(Mul((x, y)))  -(x*y)
    Sum(i, (k,), b)   sum(b, i != k)                 Sum(i, (), Sum(j, (), b))  sum(b, i, j)

Parentheses stand only where the reader would otherwise see another tree. A bound index gets its range, `i: H`, where no
array in its body tells it. Numbers that come out of a computation have no text of their own: minus two is written as the
negation of two, a third as a quotient, and they read back as that, which is equal in value.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derive.engine.letters import bound_indices, fresh
from derive.floor import terms as t
from derive.floor.functions import TABLE
from derive.floor.theory import Theory
from derive.held import HELD
from derive.language.names import shown_name
from derive.limits import spend

BUILT_IN = "builtin."
"""What stands before the name of a function of the table where a derivation has its own of that name. No text can say it."""
_SUM, _TERM, _FACTOR, _POWER, _ATOM = range(5)
"""How tightly a written form holds together: a sum, a product, a negation, a power, and what needs no parentheses."""


def write_term(term: t.Term, theory: Theory | None = None) -> str:
    """The text of a term or a relation.

    Without the `theory` every sum says the range of its index.
    """
    return _write(term, _SUM, theory)


def _write(term: t.Term, level: int, theory: Theory | None) -> str:
    """The text of `term` where something at least as tight as `level` can stand."""
    spend()
    match term:
        case t.Entry(name, ()):
            return shown_name(name)
        case t.Size(name) | t.Index(name, _) | t.Ordinal(t.Index(name, _)):
            return name
        case t.Entry(name, indices):
            return f"{shown_name(name)}[{', '.join(_write(index, _ATOM, theory) for index in indices)}]"
        case t.Affine():
            total = as_sum(term)
            # By itself an index or a number would be read as one in the range of its array.
            return _write(total, _SUM, theory) + (" + 0" if isinstance(total, t.Entry | t.Number) else "")
        case t.Number(value):
            text, own = _number(value)
        case t.Add(terms):
            text, own = _add(terms, theory), _SUM
        case t.Neg(inner):
            text, own = "-" + _write(inner, _POWER, theory), _FACTOR
        case t.Mul(factors):
            first, *rest = factors
            # A product in a product was written in parentheses; a quotient at its beginning was not.
            head = _write(first, _ATOM if isinstance(first, t.Mul) else _TERM, theory)
            text, own = "*".join([head, *(_write(factor, _POWER, theory) for factor in rest)]), _TERM
        case t.Div(numerator, denominator):
            text, own = f"{_write(numerator, _TERM, theory)}/{_write(denominator, _POWER, theory)}", _TERM
        case t.Pow(base, exponent):
            text, own = f"{_write(base, _ATOM, theory)}^{_write(exponent, _POWER, theory)}", _POWER
        case t.Comparison(left, relation, right):
            text, own = f"{_write(left, _SUM, theory)} {relation} {_write(right, _SUM, theory)}", _ATOM
        case _:
            return _form(term, theory)
    return f"({text})" if own < level else text


def _add(terms: tuple[t.Term, ...], theory: Theory | None) -> str:
    first, *rest = terms
    parts = [_write(first, _TERM, theory)]
    for term in rest:
        match term:
            case t.Neg(inner):
                text = _write(inner, _TERM, theory)
                parts.append(f" - ({text})" if text.startswith("-") else f" - {text}")
            case t.Number(value) if value < 0:
                parts.append(f" - {_write(t.Number(-value), _TERM, theory)}")
            case t.Mul((t.Number(value), *others)) if value < 0:
                # Computed: no text reads as a product that begins with a negative number.
                parts.append(f" - {_write(t.Mul((t.Number(-value), *others)), _TERM, theory)}")
            case _:
                text = _write(term, _TERM, theory)
                parts.append(f" + ({text})" if text.startswith("-") else f" + {text}")
    return "".join(parts)


def _form(term: t.Term, theory: Theory | None) -> str:
    """The text of what is written with its parts in parentheses: functions, sums, choices, derivatives."""
    match term:
        case t.Call(name, arguments):
            return f"{name}({_list(arguments, theory)})"
        case t.Apply(name, arguments):
            return _apply(name, arguments, theory)
        case t.Delta(left, right):
            return f"delta({_list((left, right), theory)})"
        case t.If(condition, then, otherwise):
            return f"if({_list((condition, then, otherwise), theory)})"
        case t.Diff(body, by) if is_along_an_edge(term):
            # By itself a name would be read as what it is defined by.
            alone = " + 0" if isinstance(body, t.Entry) else ""
            return f"partial({_write(body, _SUM, theory)}{alone}, {_write(by, _SUM, theory)})"
        case t.Diff():
            variables: list[t.Term] = []
            while isinstance(term, t.Diff) and not is_along_an_edge(term):
                variables.insert(0, term.by)
                term = term.body
            return f"diff({_list((term, *variables), theory)})"
        case t.Binder():
            return _binder(term, theory)
    raise TypeError(f"not a term: {term!r}")


def is_along_an_edge(term: t.Diff) -> bool:
    """Whether something is held fixed in a derivative: see `edges`."""
    return bool(held_names(term.body))


def held_names(term: t.Term) -> list[str]:
    """The names that are held fixed in a term."""
    return sorted(name.removeprefix(HELD) for name in t.entry_names(term) if name.startswith(HELD))


def as_sum(index: t.Affine) -> t.Term:
    """A computed index as the sum that it is written as, t + a - 1 or 1 - t, a scalar for each index: an index is no value."""
    values = [t.scalar(part.name) if isinstance(part, t.Index) else part for part in index.parts]
    products = [t.mul(t.number(factor), value) for factor, value in zip(index.factors, values, strict=True)]
    added = any(factor > 0 for factor in index.factors)
    offset = t.number(index.offset)
    return t.add(*products, offset) if added else t.add(offset, *products)


def _list(terms: Iterable[t.Term], theory: Theory | None) -> str:
    return ", ".join([_write(term, _SUM, theory) for term in terms])

def is_own(name: str, theory: Theory) -> bool:
    """Whether a derivation has a function of its own by that name."""
    definition, function = theory.definitions.get(name), theory.functions.get(name)
    return bool(definition.arguments) if definition is not None else function is not None and not function.of


def _apply(name: str, arguments: tuple[t.Term, ...], theory: Theory | None) -> str:
    if theory is not None and is_own(name, theory):
        # The derivation has a function of this name, and means its own by it.
        means = TABLE[name].means if name in TABLE else None
        return f"({_write(means(*arguments), _SUM, theory)})" if means else f"{BUILT_IN}{name}({_list(arguments, theory)})"
    match arguments:
        case (first, t.Ordinal(index)) if name in ("max", "min") and not isinstance(index, t.Fixed):
            if index in t.free_indices(first):  # as it stands it would be read as the greatest one over that index
                arguments = (arguments[1], first)
    declared = () if theory is None else (theory.descriptions, theory.definitions, theory.functions)
    if not arguments and any(name in table for table in declared):
        return f"{name}()"
    return f"{name}({_list(arguments, theory)})" if arguments else name


def _binder(term: t.Binder, theory: Theory | None) -> str:
    kind = type(term)
    clauses: list[str] = []
    names: set[str] = set()
    here: t.Term = term
    while isinstance(here, kind):
        index, excluded, body = here.index, here.excluded, here.body
        outside = {part.name for part in (*excluded, *t.free_indices(body)) if isinstance(part, t.Index) and part is not index}
        if index.name in outside or _declared(index.name, theory):
            # i != i would be two indices of one name, and a declared name is none: the bound one gets another.
            taken = {*t.free_indices(body), *bound_indices(body), *t.free_indices(here), index}
            other = fresh(index, frozenset(taken))
            while _declared(other.name, theory):
                taken.add(other)
                other = fresh(index, frozenset(taken))
            body = t.substitute(body, {index: other})
            index = other
        if index.name in names:
            break
        if any(index.name in clause.split(" != ")[1:] for clause in clauses):
            break  # what is excluded above is another index of this name, which must stay outside
        names.add(index.name)
        if not is_told(index, body, theory):
            clauses.append(f"{index.name}: {_write(index.range, _ATOM, theory)}")
        elif not excluded:
            clauses.append(index.name)
        clauses += [f"{index.name} != {_write(part, _ATOM, theory)}" for part in excluded]
        here = body
    return f"{kind.__name__.lower()}({', '.join([_write(here, _SUM, theory), *clauses])})"


def _declared(name: str, theory: Theory | None) -> bool:
    """Whether a declaration has given the name to something, so that no index is written with it."""
    if theory is None:
        return False
    declared = theory.sizes, theory.unknowns, theory.definitions, theory.functions, theory.indices
    return any(name in names for names in declared)


def is_told(index: t.Index, body: t.Term, theory: Theory | None) -> bool:
    """Whether an array in the body tells the range of the index."""
    if theory is None:
        return False
    match body:
        case t.Entry(name, indices):
            return bool(indices) and index in indices and theory_ranges(theory, name)
        case t.Binder(inner, _, inside):
            return inner.name != index.name and is_told(index, inside, theory)
        case t.Call(_, parts) | t.Apply(_, parts) | t.Add(parts) | t.Mul(parts):
            return any(is_told(index, part, theory) for part in parts)
        case t.Neg(inside):
            return is_told(index, inside, theory)
        case t.Div(a, b) | t.Pow(a, b) | t.Diff(a, b):
            return is_told(index, a, theory) or is_told(index, b, theory)
        case t.Comparison(left, _, right):
            return is_told(index, left, theory) or is_told(index, right, theory)
        case t.If(condition, then, otherwise):
            return any(is_told(index, part, theory) for part in (condition, then, otherwise))
    return False


def theory_ranges(theory: Theory, name: str) -> bool:
    """Whether the declarations tell the ranges of an array of this name."""
    return name in theory.unknowns or name in theory.definitions


def _number(value: Fraction) -> tuple[str, int]:
    """The text of a number, and how tightly it holds together."""
    if value < 0:
        text, own = _number(-value)
        return f"-{text}", min(own, _FACTOR)
    decimal = _decimal(value)
    if decimal is not None:
        return decimal, _ATOM
    return f"{value.numerator}/{value.denominator}", _TERM


def _decimal(value: Fraction) -> str | None:
    """The decimal text of a number not below 0, where it ends after a few digits."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest //= 2
        twos += 1
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    if rest != 1:
        return None
    places = max(twos, fives)
    digits = str(value.numerator * 2 ** (places - twos) * 5 ** (places - fives))
    if places == 0:
        short = digits.rstrip("0")
        zeros = len(digits) - len(short)
        return f"{short}e{zeros}" if short and zeros > 12 else digits
    if len(digits) > 15 and places != 1:
        return None
    if places - len(digits) >= 3:
        mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
        return f"{mantissa}e-{places - len(digits) + 1}"
    digits = digits.rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


# --- declarations ---------------------------------------------------------------------------------------------------
