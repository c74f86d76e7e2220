"""Functions in the place of unknown ones: what holds for every function holds for these.

    f(u)       u^2 + 3*u, or plainly u
    g(u, v)    u^2 + v^3 + u*v + 3*u
"""

from __future__ import annotations

from fractions import Fraction

from derive.floor.terms import (
    Add,
    Apply,
    Div,
    Entry,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Sum,
    Term,
    add,
    mul,
    neg,
    number,
    partials,
    power,
    scalar,
)
from derive.floor.theory import Definition, Theory, UnknownFunction
from derive.numbers.digits import written_entry
from derive.numbers.model import Unsupported


def instance_of(function: UnknownFunction, position: int, variant: int, order: int, theory: Theory) -> Definition:
    """A smooth function in place of an unknown one, f(u) = u^2 + 3*u for example; its text is in the description.

    `order` is that of the highest derivative written of it, which is not to vanish.
    """
    degree, factor = 2 + max(order - 1, 0) + (variant + position) % 2, 3 + position
    if function.of:
        parts: list[Term] = []
        texts = []
        total: list[Term] = []
        for weight, name in enumerate(function.of, start=1):
            indices = tuple(Index(f"i{n}", extent) for n, extent in enumerate(theory.ranges(name), start=1))
            entry: Term = Entry(name, indices)
            power_of, plain = power(entry, number(degree + 1)), entry
            written = written_entry(name, [index.name for index in indices])
            for index in reversed(indices):
                power_of, plain = Sum(index, (), power_of), Sum(index, (), plain)
            run = ", ".join(index.name for index in indices)
            texts.append(f"sum({written}^{degree + 1}, {run})" if run else f"{written}^{degree + 1}")
            texts.append(f"{factor * weight}*" + (f"sum({written}, {run})^2" if run else f"{written}^2"))
            parts.append(power_of)
            parts.append(mul(number(factor * weight), power(plain, number(2))))
            total.append(plain)
        if len(total) > 1:
            parts.append(mul(*total))
            texts.append("*".join(text.split("*", 1)[1].removesuffix("^2") for text in texts[1::2]))
        return Definition(function.name, (), (), add(*parts), " + ".join(texts))
    names = argument_names(function.arity)
    terms = [power(scalar(name), number(degree + n)) for n, name in enumerate(names)]
    texts = [f"{name}^{degree + n}" for n, name in enumerate(names)]
    if len(names) > 1:
        # With derivatives about, one that tells the arguments apart: of u*v the second mixed derivative is 1.
        first = max(order, 1)
        terms.append(mul(power(scalar(names[0]), number(first)), *map(scalar, names[1:])))
        texts.append("*".join((f"{names[0]}^{first}" if first > 1 else names[0], *names[1:])))
    body = add(*terms, mul(number(factor), scalar(names[0])))
    return Definition(function.name, (), names, body, " + ".join([*texts, f"{factor}*{names[0]}"]))


def plain_instance_of(function: UnknownFunction) -> Definition:
    """The plainest function in place of an unknown one, u or u - v, which meets what others do not: g(f(x)) = x."""
    names = argument_names(function.arity)
    first, *others = map(scalar, names)
    return Definition(function.name, (), names, add(first, *map(neg, others)), " - ".join(names))


def slope(term: Term, argument: str) -> Term:
    """The derivative of an instance by an argument."""
    match term:
        case Number():
            return Number(Fraction(0))
        case Entry(name, ()):
            return Number(Fraction(name == argument))
        case Neg(inner):
            return Neg(slope(inner, argument))
        case Add(terms):
            return Add(tuple(slope(part, argument) for part in terms))
        case Mul(factors):
            products = [(*factors[:n], slope(f, argument), *factors[n + 1 :]) for n, f in enumerate(factors)]
            return Add(tuple(map(Mul, products)))
        case Pow(base, Number(exponent)) if exponent > 0 and exponent.denominator == 1:
            return Mul((Number(exponent), Pow(base, Number(exponent - 1)), slope(base, argument)))
        case Div(above, Number() as below):
            return Div(slope(above, argument), below)
        case Apply("exp", (inner,)):
            return Mul((term, slope(inner, argument)))
        case Apply("sin", (inner,)):
            return Mul((Apply("cos", (inner,)), slope(inner, argument)))
        case Apply("cos", (inner,)):
            return Neg(Mul((Apply("sin", (inner,)), slope(inner, argument))))
    raise Unsupported("an instance of another kind")


def body_of(definition: Definition, name: str) -> Term:
    """The body of an instance, or of the derivative of it that a name as f'' or g'1'2 stands for."""
    body = definition.body
    for argument in partials(name):
        body = slope(body, definition.arguments[argument - 1])
    return body


def argument_names(arity: int) -> tuple[str, ...]:
    return ("u", "v", "w")[:arity] if arity <= 3 else tuple(f"u{n + 1}" for n in range(arity))
