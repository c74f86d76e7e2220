"""Terms: made from the syntax of an expression once its names mean something, and its indices have their ranges.

    2*sum(x[i], i)     Mul(2, Sum(i, x[i])), in which i carries the range of x
"""

from __future__ import annotations

from derive.floor.terms import (
    Add,
    Apply,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    If,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Sum,
    Term,
    derivative_name,
    rational,
)
from derive.language.indices import Computed, IndexName, whole_number
from derive.language.syntax import Syntax


def build(syntax: Syntax) -> Term:
    """The term that the syntax stands for."""
    kind, parts = syntax.kind, syntax.parts
    match kind:
        case "name":
            return syntax.meaning  # type: ignore[return-value]
        case "number":
            return whole_number(syntax.word)
        case "entry":
            return Entry(syntax.word, tuple(map(place_index, parts)))
        case "add":
            return Add(tuple(map(build, parts)))
        case "mul":
            return Mul(tuple(map(build, parts)))
        case "neg":
            return Neg(build(parts[0]))
        case "div":
            return Div(build(parts[0]), build(parts[1]))
        case "pow":
            exponent = build(parts[1])
            value = rational(exponent)
            return Pow(build(parts[0]), exponent if value is None else Number(value))
        case "call":
            return _build_call(syntax)
        case "relation":
            return build_comparison(syntax)
    raise TypeError(kind)


def place_index(part: Syntax) -> Term:
    """What stands in an index position: an index, a whole number, or an index computed from others."""
    meaning = part.meaning
    if isinstance(meaning, IndexName | Computed):
        return meaning.index()
    assert isinstance(meaning, Number)
    return meaning


def _build_call(syntax: Syntax) -> Term:
    word, parts, meaning = syntax.word, syntax.parts, syntax.meaning
    if meaning == "declared":
        name = derivative_name(word, (), len(parts)) if "'" in word else word
        return Call(name, tuple(map(build, parts)))
    if isinstance(meaning, str):
        return Apply(meaning, tuple(map(build, parts)))
    match word:
        case "sum" | "prod":
            binder = Sum if word == "sum" else Prod
            found = build(parts[0])
            assert isinstance(meaning, list)
            for index, excluded in reversed(meaning):
                found = binder(index.index(), tuple(map(place_index, excluded)), found)
            return found
        case "delta":
            return Delta(place_index(parts[0]), place_index(parts[1]))
        case "if":
            return If(build_comparison(parts[0]), build(parts[1]), build(parts[2]))
        case "diff":
            found = build(parts[0])
            for by in parts[1:]:
                entry = build(by)
                assert isinstance(entry, Entry)
                found = Diff(found, entry)
            return found
    raise TypeError(word)


def build_comparison(syntax: Syntax) -> Comparison:
    """The relation that the syntax stands for."""
    make = place_index if syntax.meaning else build
    return Comparison(make(syntax.parts[0]), syntax.word, make(syntax.parts[1]))
