"""What the rule of a function states, as text, written from the row of the function.

    cot     states diff(cot(u), u) = -1/sin(u)^2     given sin(u) != 0     example diff(cot(x), x) = -1/sin(x)^2

Only what stands in the derivatives and domains of the table is written: numbers, arguments, functions, sums, products,
quotients, powers and choices. The text is in the proof language: read back, it is the same term.
"""

from __future__ import annotations

from derive.floor.functions import TABLE, Function
from derive.floor.terms import Add, Apply, Comparison, Div, Entry, If, Mul, Neg, Number, Pow, Term, number, scalar

_SUM, _PRODUCT, _FACTOR, _POWER = range(4)
"""How tightly what stands around a term holds: least in a sum, most at a power."""


def stated(row: Function) -> str:
    """The derivative by the first argument, of the arguments u, v."""
    return _equation(row, tuple(map(scalar, row.letters[: row.arity])))


def exemplified(row: Function) -> str:
    """The same by x; any other argument is 2."""
    return _equation(row, (scalar("x"), *(number(2) for _ in range(row.arity - 1))))


def conditions(row: Function) -> tuple[str, ...]:
    """Where the row says that there is a derivative by the first argument."""
    arguments = tuple(map(scalar, row.letters[: row.arity]))
    asked = row.smooth(*arguments) or row.domain(*arguments)
    return tuple(map(written, asked))


def _equation(row: Function, arguments: tuple[Term, ...]) -> str:
    assert row.derivatives is not None
    return f"diff({written(Apply(row.name, arguments))}, {written(arguments[0])}) = {written(row.derivatives(*arguments)[0])}"


def written(term: Term, around: int = _SUM) -> str:
    """A term in the proof language, in parentheses where what stands around it holds tighter."""
    text, own = _written(term)
    return f"({text})" if own < around else text


def _written(term: Term) -> tuple[str, int]:
    match term:
        case Number(value):
            return str(value), _POWER if value.denominator == 1 and value >= 0 else _SUM
        case Entry(name, ()):
            return name, _POWER
        case Apply(name, arguments):
            return f"{name}({', '.join(map(written, arguments))})" if arguments else name, _POWER
        case If(condition, then, otherwise):
            return f"if({written(condition)}, {written(then)}, {written(otherwise)})", _POWER
        case Comparison(left, relation, right):
            return f"{written(left)} {relation} {written(right)}", _SUM
        case Add((first, *others)):
            text = written(first, _SUM)
            for part in others:
                text += f" - {written(part.term, _PRODUCT)}" if isinstance(part, Neg) else f" + {written(part, _PRODUCT)}"
            return text, _SUM
        case Neg(inner):
            return f"-{written(inner, _FACTOR)}", _PRODUCT
        case Mul((first, *others)):
            return "*".join((written(first, _PRODUCT), *(written(part, _FACTOR) for part in others))), _PRODUCT
        case Div(above, below):
            return f"{written(above, _PRODUCT)}/{written(below, _FACTOR)}", _PRODUCT
        case Pow(base, exponent):
            return f"{written(base, _POWER)}^{written(exponent, _POWER)}", _FACTOR
    raise TypeError(f"no row of the table is written with {term!r}")


def differentiated() -> tuple[str, ...]:
    """The names of the rules that differentiate the functions of the table, each once."""
    return tuple(dict.fromkeys(row.rule for row in TABLE.values() if row.arity and row.derivatives is not None))
