"""Terms: made from the syntax of an expression once its names mean something, and its indices have their ranges.

    2*sum(x[i], i)     Mul(2, Sum(i, x[i])), in which i carries the range of x
"""

from __future__ import annotations

from derive.floor import terms as t
from derive.floor.theory import Theory
from derive.language.edges import edge
from derive.language.indices import Computed, IndexName, whole_number
from derive.language.syntax import Syntax

_BINDERS = {"sum": t.Sum, "prod": t.Prod, "max": t.Max, "min": t.Min}


def build(syntax: Syntax) -> t.Term:
    """The term that the syntax stands for."""
    kind, parts = syntax.kind, syntax.parts
    match kind:
        case "name":
            meaning = syntax.meaning
            return t.Ordinal(meaning.index()) if isinstance(meaning, IndexName) else meaning  # type: ignore[return-value]
        case "number":
            return whole_number(syntax.word)
        case "entry":
            return t.Entry(syntax.word, tuple(map(place_index, parts)))
        case "add":
            return t.Add(tuple(map(build, parts)))
        case "mul":
            return t.Mul(tuple(map(build, parts)))
        case "neg":
            return t.Neg(build(parts[0]))
        case "div":
            return t.Div(build(parts[0]), build(parts[1]))
        case "pow":
            exponent = build(parts[1])
            value = t.rational(exponent)
            return t.Pow(build(parts[0]), exponent if value is None else t.Number(value))
        case "call":
            return _build_call(syntax)
        case "relation":
            return build_comparison(syntax)
    raise TypeError(kind)


def place_index(part: Syntax) -> t.Term:
    """What stands in an index position: an index, a whole number, or an index computed from others."""
    meaning = part.meaning
    if isinstance(meaning, IndexName | Computed):
        return meaning.index()
    assert isinstance(meaning, t.Number)
    return meaning


def _build_call(syntax: Syntax) -> t.Term:
    word, parts, meaning = syntax.word, syntax.parts, syntax.meaning
    if meaning == "declared":
        name = t.derivative_name(word, (), len(parts)) if "'" in word else word
        return t.Call(name, tuple(map(build, parts)))
    if isinstance(meaning, str):
        return t.Apply(meaning, tuple(map(build, parts)))
    match word:
        case "sum" | "prod" | "max" | "min":
            binder = _BINDERS[word]
            found = build(parts[0])
            assert isinstance(meaning, list)
            for index, excluded in reversed(meaning):
                found = binder(index.index(), tuple(map(place_index, excluded)), found)
            return found
        case "delta":
            return t.Delta(place_index(parts[0]), place_index(parts[1]))
        case "if":
            return t.If(build_comparison(parts[0]), build(parts[1]), build(parts[2]))
        case "partial":
            whole, entry = map(build, parts)
            assert isinstance(meaning, Theory)
            assert isinstance(entry, t.Entry)
            return edge(whole, entry, meaning)
        case "diff":
            found = build(parts[0])
            for by in parts[1:]:
                entry = build(by)
                assert isinstance(entry, t.Entry)
                found = t.Diff(found, entry)
            return found
    raise TypeError(word)


def build_comparison(syntax: Syntax) -> t.Comparison:
    """The relation that the syntax stands for."""
    make = place_index if syntax.meaning else build
    return t.Comparison(make(syntax.parts[0]), syntax.word, make(syntax.parts[1]))
