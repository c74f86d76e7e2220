"""Texts that grow with a number: what took exponential or quadratic work once, or might."""

from __future__ import annotations

from collections.abc import Callable

Text = Callable[[int], str]


def _joined(sign: str, of: Callable[[int], str], count: int, start: int = 0) -> str:
    return sign.join(of(number) for number in range(start, start + count))


def doubled(n: int, last: str, step: str = "{a} + {a}") -> str:
    """Definitions of which each uses the one before twice."""
    rows = "".join(f"define a{i} = {step.format(a=f'a{i - 1}')}\n" for i in range(1, n))
    return f"variable x\ndefine a0 = x\n{rows}{last.format(last=f'a{n - 1}', value=f'2^{n - 1}', before=f'a{n - 2}')}\n"


def deltas(n: int) -> str:
    factors = "*".join(f"(1 + delta(i{a}, i{b})*x[i{a}])" for a in range(n) for b in range(a))
    return f"size n\nvariable x[n]\ntheorem t: {factors} = x[i0]\n"


def nested_sums(n: int) -> str:
    term = f"x[{_joined(', ', lambda i: f'i{i}', n)}]"
    for i in range(n):
        term = f"sum({term}, i{i})"
    return f"variable x[{', '.join('8' * n)}]\ntheorem t: {term} = 0\n"


def choices(n: int) -> str:
    term = "x"
    for i in range(n):
        term = f"if(x > {i}, {term}, y)"
    return f"variable x, y\ntheorem t: {term} = y\n"


def magnitudes(n: int) -> str:
    names = _joined(", ", lambda i: f"x{i}", n)
    product, whole = _joined("*", lambda i: f"abs(x{i})", n), _joined("*", lambda i: f"x{i}", n)
    return f"variable {names}\ntheorem t: {product} = abs({whole})\n"


def calls(n: int) -> str:
    """Functions of which each calls the one before twice."""
    rows = "".join(f"define f{i}(u) = f{i - 1}(u) + f{i - 1}(u + 1)\n" for i in range(1, n))
    return f"variable x\ndefine f0(u) = u^2\n{rows}theorem t: diff(f{n - 1}(x), x) = 1\n"


def sums_in_a_row(n: int) -> str:
    """Sums over each index of an array, and the same in the opposite order."""
    entry = f"x[{_joined(', ', lambda i: f'i{i}', n)}]"
    one, other = ("sum(" * n + entry + "".join(f", i{i})" for i in order) for order in (range(n), reversed(range(n))))
    return f"size n\nvariable x[{', '.join('n' * n)}]\ntheorem t: {one} = {other}\n"


def sums_of_deltas(n: int) -> str:
    factors = _joined("*", lambda i: f"delta(i{i}, i{i + 1})", n)
    term = "sum(" * n + f"{factors}*x[i0]" + "".join(f", i{i})" for i in range(n))
    return f"size n\nvariable x[n]\ntheorem t: {term} = x[i{n}]\n"


def sums_that_double(n: int) -> str:
    rows = "".join(f"define a{i}[j] = sum(a{i - 1}[k]*a{i - 1}[j], k)\n" for i in range(1, n))
    return f"size n\nvariable x[n]\ndefine a0[i] = x[i]\n{rows}theorem t: diff(a{n - 1}[i], x[k]) = 0\n"


LINEAR: dict[str, tuple[Text, int]] = {
    "definitions that double": (lambda n: doubled(n, "theorem t: {last} = {last}"), 50),
    "the value of what doubles": (lambda n: doubled(n, "theorem t: {last} = {value}*x"), 12),  # proved at all three sizes
    "the derivative of what doubles": (lambda n: doubled(n, "theorem t: diff({last}, x) = {value}"), 25),
    "what doubles in a choice": (
        lambda n: doubled(n, "theorem t: {last} = max({before}, x) + {before}", "max({a}, x) + {a}"),
        25,
    ),
    "what doubles in a divisor": (
        lambda n: doubled(n, "theorem t: {last} = {before} + 1/(1 + {before}^2)", "{a} + 1/(1 + {a}^2)"),
        25,
    ),
    "an assumption about what doubles": (lambda n: doubled(n, "assume {last} > 0\ntheorem t: 1 = 1"), 50),
    "declarations, each with a theorem": (
        lambda n: "".join(f"variable x{i}\ntheorem t{i}: x{i} = x{i}\n" for i in range(n)),
        320,
    ),
    "blocks of Markdown": (
        lambda n: "".join(f"```derive\nvariable x\ntheorem t{i}: x = x\n```\n\n" for i in range(n)),
        100,
    ),
    "terms of a sum": (lambda n: f"variable x\ntheorem t: {_joined(' + ', lambda i: 'x', n)} = {n}*x\n", 100),
    "relations of an index": (
        lambda n: f"size n\nvariable x[n]\ntheorem t for {_joined(', ', lambda i: f'i != k{i}', n)}: x[i] = x[i]\n",
        20,
    ),
    "fractions in another order": (
        lambda n: f"variable x > 0\ntheorem t: {_joined(' + ', lambda i: f'1/(x + {i})', n)}"
        f" = {_joined(' + ', lambda i: f'1/(x + {n - 1 - i})', n)}\n",
        8,
    ),
    "steps": (lambda n: "variable x\ntheorem t: x = x\nproof\n  x\n" + "    = x\n" * n + "qed\n", 50),
}
"""Each with a size: the work for twice and four times as much grows as the size does, or nearly so."""

BOUNDED: dict[str, tuple[Text, int]] = {
    "logarithms to many bases": (
        lambda n: f"variable x > 0\ntheorem t: {_joined(' + ', lambda i: f'log(x, {i})', n, 2)} = 0\n",
        30,
    ),
    "a power of a sine": (lambda n: f"variable x\ntheorem t: sin(x)^{n} = 1\n", 80),
    "sums of quotients": (lambda n: f"variable x\ntheorem t: {_joined(' + ', lambda i: f'1/(x + {i})', n, 1)} = 0\n", 30),
    "products of deltas": (deltas, 7),
    "the derivative of a long product": (
        lambda n: f"variable x\ntheorem t: diff({_joined('*', lambda i: f'sin(x + {i})', n)}, x) = x\n",
        30,
    ),
    "nested sums over small ranges": (nested_sums, 7),
    "nested choices": (choices, 20),
    "products of magnitudes": (magnitudes, 12),
    "functions that call each other twice": (calls, 20),
    "a power of a sum": (lambda n: f"variable x, y\ntheorem t: (x + y)^{n} = x\n", 64),
    "a power of a sum of roots": (
        lambda n: f"variable x > 0\ntheorem t: ({_joined(' + ', lambda i: f'sqrt(x + {i})', n)})^4 = 1\n",
        16,
    ),
    "assumptions": (
        lambda n: "variable x\n" + _joined("", lambda i: f"assume x > -{i}\n", n) + "theorem t: abs(x + 1) = x\n",
        500,
    ),
    "facts that follow from one another": (
        lambda n: f"variable {_joined(', ', lambda i: f'x{i}', n)}\n"
        + _joined("", lambda i: f"assume x{i}*x{(i + 1) % n} > x{(i + 7) % n}\n", n)
        + "theorem t: abs(x1) = x1\n",
        200,
    ),
    "sums in a row": (sums_in_a_row, 24),
    "sums of deltas": (sums_of_deltas, 18),
    "sums that double": (sums_that_double, 12),
    "products that double": (lambda n: doubled(n, "theorem t: diff({last}, x) = x", "{a}*x + {a}"), 24),
    "squares that double": (lambda n: doubled(n, "theorem t: diff({last}, x) = 1", "{a}*{a}"), 30),
    "hyperbolic cosines in one another": (
        lambda n: f"variable x\ntheorem t: diff({'cosh(' * n}x{')' * n}, x) = 1\n",
        12,
    ),
    "hyperbolic sines in one another": (
        lambda n: f"variable x\ntheorem t: sin({'sinh(' * n}x + 5{')' * n}) = sin(-{'sinh(' * n}x + 5{')' * n})\n",
        12,
    ),
    "fractions in fractions": (
        lambda n: f"variable x > 0\ntheorem t: diff({'1/(1 + ' * n}x{')' * n}, x) = ?\n",
        10,
    ),
    "high powers over a sum": (
        lambda n: f"variable x > 0, y > 0\ntheorem t: diff(x^{n}*y^{n}/(x + y + 1)^10, x) = ?\n",
        40,
    ),
    "greatest values in one another": (
        lambda n: f"size n\nvariable x[n]\ntheorem t: {_joined('', lambda i: f'max(x[i{i}]*', n)}1"
        f"{_joined('', lambda i: f', i{n - 1 - i})', n)} = 1\n",
        12,
    ),
    "many roots of one base": (
        lambda n: f"variable x > 0\ntheorem t: ({_joined(' + ', lambda i: f'x^(1/{i})', n, 2)})^2 = 1\n",
        40,
    ),
    "derivatives of derivatives": (lambda n: f"variable x\ntheorem t: diff(tan(x){', x' * n}) = sin(x)\n", 4),
    "large powers of sums": (lambda n: f"variable a, b, c, d\ntheorem t: (a + b + c + d)^{n} = (a + b)^{n}\n", 40),
    "exponentials in one another": (
        lambda n: f"variable x\ntheorem t: diff({'exp(' * n}x{')' * n}, x) = 1\n",
        60,
    ),
    "indices": (
        lambda n: f"size n\nvariable x[{', '.join('n' * n)}]\ntheorem t: x[{_joined(', ', lambda i: f'i{i}', n)}]"
        f" = x[{_joined(', ', lambda i: f'i{n - 1 - i}', n)}]\n",
        12,
    ),
}
"""Each with a size at which it ends, whatever the verdict, after no more work than is allowed."""
