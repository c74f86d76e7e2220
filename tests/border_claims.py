"""Random claims that are nearly true: true away from a border, a zero, an empty sum, a kink, where faults live.

    python tests/border_claims.py --seconds 600 --seed 1 [--family hidden-kink]

Each claim is a derivation as text, with the name of its family: plain theorems, chains with reasons, and lemmas that are
cited. Where the text plays with names (an argument that hides a declared name, a bound index called like a declared one), a
`twin` says the same in other names, and the audit reads the twin: it does not depend on how the reader tells names apart.

A disagreement is a theorem or step that is proved although the audit finds an instance at which both sides have values that
differ, or that is refuted although the audit calls it equal. The program prints each, shrunk to a small text that shows it.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from audit import Answer, audit, claims
from derive.checking.checker import check
from derive.errors import DeriveError
from derive.language import read

TIMEOUT = 2.0  # seconds for one step
REASONS = (
    "algebra", "cases", "cancel", "functions", "definition", "assumption", "chain", "product", "quotient", "power", "sum",
    "independence", "variable", "abs", "max", "min", "sqrt", "choice", "collapse", "split", "distribute", "factor",
    "root-power",
    "root-square", "root-product", "abs-product", "abs-square", "power-power", "power-product", "power-sum", "log-product",
    "log-power", "log-exp", "exp-log", "exp-sum", "meaning", "parity", "angle-sum", "double-angle", "pythagoras",
)  # fmt: skip


@dataclass(frozen=True)
class Border:
    """A text to be checked, and its twin, if names are played with."""

    family: str
    text: str
    twin: str | None = None


@dataclass(frozen=True)
class Disagreement:
    """A theorem or step of which the check and the audit say what cannot both be true."""

    border: Border
    name: str
    verdict: str
    answer: Answer
    under_conditions: bool = False  # whether it is hidden by conditions that are listed


Family = Callable[[Random], "str | tuple[str, str]"]
FAMILIES: dict[str, Family] = {}


def family(make: Family) -> Family:
    """A family of claims, called like its function."""
    FAMILIES[make.__name__.strip("_").replace("_", "-")] = make
    return make


def border(random: Random, name: str | None = None) -> Border:
    """A random claim, of that family or any."""
    name = name or random.choice(sorted(FAMILIES))
    made = FAMILIES[name](random)
    return Border(name, made) if isinstance(made, str) else Border(name, *made)


# --- pieces ----------------------------------------------------------------------------------------------------------


def one(random: Random, x: str, c: str) -> str:
    """What is 1 where x is not c."""
    d = f"({x} - {c})" if c != "0" else x
    return random.choice(
        [
            f"{d}/{d}",
            f"{d}^2/{d}^2",
            f"{d}*(1/{d})",
            f"if({x} = {c}, 0, 1)",
            f"if({x} != {c}, 1, 0)",
            f"if({x} = {c}, 0, {d}/{d})",
            f"if({x} = {c}, 2, {d}/{d})",
            f"if({x} != {c}, {d}/{d}, 0)",
            f"if({x} = {c}, 0, {d}^2/({d}*{d}))",
            f"if({x} = {c}, -1, 1)^2*if({x} = {c}, 0, 1)",
            f"(if({x} > {c}, 1, 0) + if({c} > {x}, 1, 0))",
            f"abs({d})/sqrt({d}^2)",
            f"if({x} = {c}, 0, abs({d})/sqrt({d}^2))",
            f"if({x} >= {c}, if({x} > {c}, 1, 0), 1)",
            f"if({x} = {c}, 3, ({x} + 1 - {c})*(1/{d}) - 1/{d})",
            f"if({d}^2 > 0, 1, 0)",
            f"if(abs({d}) > 0, 1, 0)",
            f"if({d}^2 = 0, 0, 1)",
            f"(1 - if({x} = {c}, 1, 0))",
        ]
    )


def same(random: Random, x: str) -> str:
    """What is x, or x away from 0."""
    return random.choice(
        [
            x,
            f"({x})",
            f"(max({x}, 0) + min({x}, 0))",
            f"({x}*{one(random, x, '0')})",
            f"if({x} = 0, 0, {x})",
            f"if({x} = 0, 1, {x})",
            f"if({x} > 0, {x}, {x})",
            f"if({x} = 0, 0, {x}^2/{x})",
            f"{x}^2*if({x} = 0, 0, 1/{x})",
            f"(sqrt({x}^2)*if({x} >= 0, 1, -1))",
            f"(abs({x})*if({x} > 0, 1, -1))",
            f"max({x}, {x})",
            f"min({x}, {x})",
        ]
    )


def nothing(random: Random, x: str, c: str) -> str:
    """What is 0 where x is not c."""
    return random.choice(
        [
            f"if({x} = {c}, 1, 0)",
            f"(1 - {one(random, x, c)})",
            f"(abs({x} - {c}) - sqrt(({x} - {c})^2))",
            f"if({x} = {c}, {x} + 1, 0)",
            f"(if({x} >= {c}, 1, 0) - if({x} > {c}, 1, 0))",
            f"if({x} = {c}, 1, 0)*({x} - {c} + 1)",
            f"(max({x}, {c}) + min({x}, {c}) - {x} - {c})",
        ]
    )


def by(random: Random, *likely: str) -> str:
    """Some reasons."""
    names = list(dict.fromkeys([*likely, *random.sample(REASONS, random.randint(0, 2))]))
    return ", ".join(names)


def chain(random: Random, *lines: str, likely: tuple[str, ...] = ("cases", "algebra")) -> str:
    """A proof through these lines."""
    steps = [f"    = {line} by {by(random, *random.sample(likely, random.randint(1, len(likely))))}" for line in lines[1:]]
    return "\n".join(["proof", f"  {lines[0]}", *steps, "qed"])


def citing(left: str, right: str, reasons: str) -> str:
    """A proof in one step."""
    return f"proof\n  {left}\n    = {right} by {reasons}\nqed"


def maybe(random: Random, text: str, share: float = 0.5) -> str:
    """The text, or none."""
    return text if random.random() < share else ""


# --- families --------------------------------------------------------------------------------------------------------


@family
def pole_under_a_guard(random: Random) -> str:
    c = random.choice(["0", "1", "a", "y", "-1", "1/2"])
    a, b = one(random, "x", c), one(random, random.choice(["x", "y"]), random.choice([c, "0"]))
    left, right = random.choice(
        [(a, "1"), (f"{a}*{b}", "1"), (f"x*{a}", "x"), (f"{a} + {b}", "2"), (a, b), (f"exp({a})", "exp(1)"), (f"{a}^2", a)]
    )
    proof = maybe(random, "\n" + chain(random, left, f"{left}*x/x", right, likely=("cancel", "cases", "algebra")), 0.3)
    given = random.choice(["", "", "", f" given x = {c}", " given x >= 0", " given y = x", " given x > 0"])
    return f"variable x, y\nconstant a\ntheorem t{given}: {left} = {right}{proof}"


@family
def vanishing(random: Random) -> str:
    c = random.choice(["0", "1", "a", "y", "2*y"])
    a, b = nothing(random, "x", c), nothing(random, "y", random.choice(["0", "x"]))
    left, right = random.choice(
        [(a, "0"), (f"x*{a}", "0"), (f"{a} + {b}", "0"), (f"{a}*{b}", "0"), (f"y + {a}", "y"), (f"exp({a})", "1")]
    )
    middle = random.choice([f"{left}*x/x", f"({left})*(x - {c})/(x - {c})", f"{left} + 0*x", f"x*({left})/x"])
    proof = maybe(random, "\n" + chain(random, left, middle, right, likely=("cancel", "cases", "algebra")), 0.6)
    return f"variable x, y\nconstant a\ntheorem t: {left} = {right}{proof}"


@family
def guard_in_a_sum(random: Random) -> str:
    c = random.choice(["0", "0", "1", "x[k]"])
    body = random.choice(["x[i]", "x[i]^2", "abs(x[i])", "1", "y[i]"])
    total = body.replace("[i]", "[j]")
    whole = f"sum({total}, j: n)"
    left, right = random.choice(
        [
            (f"sum(if(x[i] = {c}, 0, {body}/{whole}), i: n)", "1"),
            (f"sum(if({whole} = 0, 0, {body}/{whole}), i: n)", "1"),
            (f"sum({body}*{one(random, 'x[i]', c)}, i: n)", f"sum({body}, i: n)"),
            (f"sum({one(random, 'x[i]', c)}, i: n)", "n"),
            (f"prod({one(random, 'x[i]', c)}, i: n)", "1"),
            (f"sum({nothing(random, 'x[i]', c)}, i: n)", "0"),
            ("prod(x[i], i)*prod(if(x[i] = 0, 1, 1/x[i]), i)", "1"),
            (f"sum({same(random, 'x[i]')}, i)", "sum(x[i], i)"),
            ("sum(x[i]*if(x[i] = 0, 0, 1/x[i]), i)", "sum(if(x[i] = 0, 0, 1), i)"),
            (f"{whole}*if({whole} = 0, 0, 1/{whole})", "1"),
        ]
    )
    head = f"size n{random.choice(['', '', ' >= 2'])}\nvariable x[n]{random.choice(['', ' >= 0'])}, y[n]\n"
    return head + f"theorem t for k: n: {left} = {right}"


@family
def exclusion(random: Random) -> str:
    out = random.choice(["k", "k", "1", "2", "3"])
    more = random.choice(["", "", f", i != {random.choice(['1', '2', 'k', 'l'])}"])
    run = f"i != {out}{more}" if f"i != {out}" not in more else f"i != {out}"
    run = f"i: n, {run}"
    count = random.choice(["(n - 1)", "(n - 1)", "(n - 2)", f"sum(1, {run})"])
    left, right = random.choice(
        [
            (f"sum(x[i]/({count}*x[i]), {run})", "1"),
            (f"sum(c/{count}, {run})", "c"),
            (f"sum(c, {run})", f"{count}*c"),
            (f"sum(c, {run})/{count}", "c"),
            (f"sum(c + 0*x[i], {run})", f"{count}*c"),
            (f"prod(c, {run})", f"c^{count}"),
            (f"prod(c, {run})*c", "c^n"),
            (f"prod(x[i], {run})*x[k]", "prod(x[i], i)"),
            (f"prod(x[i]/x[i], {run})", "1"),
            (f"sum(x[i], {run}) + x[k]", "sum(x[i], i)"),
            (f"sum(x[i], {run})*0", "0"),
            (f"exp(sum(ln(x[i]), {run}))", f"prod(x[i], {run})"),
            (f"sum(sum(x[i]*x[j]/{count}, j: n, j != i), i)", "sum(x[i], i)^2/n"),
            ("sum(sum(1, j: n, j != i), i: n)", "n*(n - 1)"),
            ("sum(sum(c/(n - 1), j: n, j != i), i: n)", "n*c"),
            (f"sum(x[i]/sum(x[j], j: n, j != {out}), {run})", "1"),
            (f"sum(delta(i, k), {run})", "0"),
            (f"sum(delta(i, {out}), i: n)", "1"),
            (f"max(sum(x[i]^2, {run}), 0)", f"sum(x[i]^2, {run})"),
            (f"(sum(x[i], {run}))^0*{count}/{count}", "1"),
            (f"diff(sum(x[i]^2, {run}), x[k])", random.choice(["0", "2*x[k]"])),
            (f"diff(prod(x[i], {run}), x[l])", f"prod(x[i], {run})/x[l]"),
        ]
    )
    sign = random.choice(["", " > 0", " != 0"])
    given = random.choice(["", "", " for l != k", " given n >= 2", " given n >= 3"])
    text = f"size n{random.choice(['', '', ' >= 2'])}\nvariable x[n]{sign}\nconstant c{random.choice(['', ' > 0'])}\n"
    if random.random() < 0.35:
        text += f"theorem lemma given n >= {random.choice(['2', '3'])}: {left} = {right}\n"
        return text + f"theorem t: {left} = {right}\nproof\n  {left}\n    = {right} by lemma\nqed"
    return text + f"index k: n, l: n\ntheorem t{given}: {left} = {right}"


@family
def literal_index(random: Random) -> str:
    m = random.choice(["2", "3"])
    left, right = random.choice(
        [
            (f"sum(delta(i, {m})*x[i], i)", f"x[{m}]"),
            (f"sum(delta(i, {m}), i: n)", "1"),
            (f"sum(if(i = {m}, 1, 0), i: n)", "1"),
            (f"prod(if(i = {m}, c, 1), i: n)", "c"),
            (f"diff(sum(x[i]^2, i), x[{m}])", f"2*x[{m}]"),
            (f"sum(x[i], i: n, i != {m})", f"sum(x[i], i) - x[{m}]"),
            (f"sum(c, i: n, i != {m})", "(n - 1)*c"),
            (f"prod(c, i: n, i != {m})", "c^(n - 1)"),
            (f"sum(x[i + {m}], i: n)", "sum(x[i], i) - x[1]"),
            ("sum(x[i + 1] - x[i], i)", "-x[1]"),
            (f"sum(x[i]*x[i + {m}], i)", f"sum(x[i]*x[i - {m}], i)"),
            ("diff(sum(x[i]*x[i + 1], i), x[k])", "x[k + 1] + x[k - 1]"),
            (f"x[k]*x[k + {m}]/x[k + {m}]", "x[k]"),
            (f"x[k]*exp(x[k + {m}])*exp(-x[k + {m}])", "x[k]"),
            (f"if(k = {m}, x[k], 0)", f"delta(k, {m})*x[{m}]"),
            (f"sum(if(i = {m}, x[i]/x[i], 0), i)", "1"),
            (f"sum(sum(delta(i, {m})*delta(j, {m}), i: n), j: n)", "1"),
        ]
    )
    head = f"size n{random.choice(['', '', ' >= 2'])}\nvariable x[n]{random.choice(['', ' > 0'])}\nconstant c\n"
    if random.random() < 0.4:
        return head + f"theorem a given n >= {m}: {left} = {right}\ntheorem b: {left} = {right}\n{citing(left, right, 'a')}"
    return head + f"theorem t: {left} = {right}"


@family
def equality_given(random: Random) -> str:
    fact = random.choice(
        [
            "t = 0",
            "x = y",
            "x = -y",
            "x + y = 0",
            "t = 1",
            "v = 0",
            "v = 1",
            "x*y = 0",
            "x^2 = y^2",
            "sum(w[i], i) = 0",
            "t*x = 0",
        ]
    )
    v = random.choice(["x*y", "x - y", "x^2", "exp(x) - 1", "abs(x)", "if(x > 0, x, 0)", "x + t"])
    left, right = random.choice(
        [
            ("abs(sum(w[i]/(t*w[i] + 1), i))", "sum(w[i]/(t*w[i] + 1), i)"),
            ("sum(w[i]/(1 - t*w[i]), i)", "sum(w[i], i)"),
            ("sum(1/(t + w[i]), i)", "sum(1/w[i], i)"),
            ("sum(w[i]^2/(w[i] + t), i)", "sum(w[i], i)"),
            ("abs(x - y)", "0"),
            ("abs(x)", "abs(y)"),
            ("abs(x)", "y"),
            ("sqrt(x^2)", "y"),
            ("x/y", random.choice(["1", "-1"])),
            ("(x^2 - y^2)/(x - y)", "x + y"),
            ("x*v", random.choice(["0", "x", "v"])),
            ("diff(x*v, x)", "v"),
            ("diff(v^2, x)", random.choice(["0", "2*v*diff(v, x)"])),
            ("diff(v, x)", random.choice(["0", "1", "y", "2*x"])),
            ("diff(abs(x - y), x)", random.choice(["0", "1"])),
            ("diff(abs(x - y)*(x - y), x)", "0"),
            ("diff(max(x, y), x)", random.choice(["1", "0", "1/2"])),
            ("diff(sqrt((x + y)^2) - sqrt(x^2), x)", random.choice(["0", "2", "diff(x, x)"])),
            ("diff(sqrt((x + t)^2), x)", "diff(sqrt(x^2), x)"),
            ("if(x = y, 1, 0)", "1"),
            ("if(t = 0, x, 1/t)", "x"),
            ("max(x, y)", random.choice(["x", "y"])),
            ("max(x, y) + min(x, y)", "2*x"),
            ("x^t", "1"),
            ("t^x", "0"),
            ("t/t", "1"),
            ("exp(v)", "1"),
            ("sum(w[i]*t, i)", "0"),
            ("sum(w[i], i)/sum(w[i], i)", "1"),
            ("abs(sum(w[i], i))", "sum(abs(w[i]), i)"),
            ("x^2*y", "x*y^2"),
            ("ln(abs(x))", "ln(abs(y))"),
        ]
    )
    head = f"size n\nvariable x, y, t, w[n]{random.choice(['', ' > 0'])}\ndefine v = {v}\n"
    if random.random() < 0.2:
        return head + f"assume {fact}\ntheorem r: {left} = {right}"
    if random.random() < 0.25:
        d = left if left.startswith("diff") else f"diff({left}, x)"
        inner = left if not left.startswith("diff") else "v"
        return (
            head + f"theorem lemma given {fact}: {inner} = {right}\n"
            f"theorem r given {fact}: {d} = diff({right}, x)\nproof\n  {d}\n    = diff({right}, x) by lemma\nqed"
        )
    return head + f"theorem r given {fact}: {left} = {right}"


@family
def hidden_kink(random: Random) -> str:
    v = random.choice(
        [
            "if(x = 0, 0, 1/x)", "if(x = 0, 1, 0)", "if(x > 0, 1, 0)", "if(x >= 0, 1, -1)", "abs(x)", "max(x, 0)", "sqrt(x^2)",
            "if(x = 0, 0, x/x)", "if(x = 0, 0, x^2/x)", "(x^2)^(1/4)", "if(x = y, 0, 1)", "max(x, y)", "if(x = 0, 0, abs(x)/x)",
            "abs(x)*x", "min(x, x^2)", "if(x > 0, x, 2*x)", "sqrt(x)", "x^(1/3)",
        ]
    )  # fmt: skip
    w = random.choice(["x", "v", "v + 1", "abs(x)", "x^2", "if(v > 1/2, 1, 0)"])
    f = random.choice(
        [
            "x*v",
            "x^2*v",
            "v^2",
            "x*v + w",
            "v*w",
            "v - w",
            "if(v > 1/2, x, 0)",
            "if(v = 0, x, x)",
            "if(v != 0, x, 0)",
            "exp(v)*x",
            "v*x^3",
            "max(v, w)",
            "v/v",
        ]
    )
    r = random.choice(
        [
            "0",
            "1",
            "v",
            "2*x*v",
            "2*x",
            "diff(x, x)",
            "diff(x^2, x)",
            "if(v > 1/2, 1, 0)",
            "2*v*diff(v, x)",
            "diff(v, x)*x + v",
            "3*x^2*v",
        ]
    )
    given = random.choice(["", " given x = 0", " given x = 0", " given x >= 0", " given y = 0", " given v = 0"])
    head = f"variable x, y\ndefine v = {v}\ndefine w = {w}\n"
    middle = random.choice(
        [
            f"diff({f}, x) + 0",
            "diff(x*v, x)",
            "diff(v, x)*x + v*diff(x, x)",
            "2*x*v + x^2*diff(v, x)",
            "2*v*diff(v, x)",
            "if(v > 1/2, diff(x, x), diff(0, x))",
        ]
    )
    likely = (
        "product",
        "power",
        "chain",
        "sum",
        "assumption",
        "algebra",
        "cases",
        "definition",
        "choice",
        "variable",
        "independence",
    )
    proof = maybe(random, "\n" + chain(random, f"diff({f}, x)", middle, r, likely=likely), 0.5)
    return head + f"theorem t{given}: diff({f}, x) = {r}{proof}"


@family
def lemma_inside_a_derivative(random: Random) -> str:
    x = random.choice(["x", "x", "(x - y)"])
    a, b = same(random, "x"), random.choice(["x", "abs(x)", "max(x, 0)"])
    f, g = random.choice(
        [
            (f"{a}", "x"),
            ("x^2*if(x = 0, 0, 1/x)", "x"),
            (f"{a}^2", "x^2"),
            (f"abs({x})", x),
            (f"sqrt({x}^2)", f"abs({x})"),
            (f"{b}*{b}", f"{b}^2"),
            ("x*y/y", "x"),
            ("if(y = 0, x, x)", "x"),
            (f"{one(random, 'x', '0')}", "1"),
            ("(x^2 - y^2)/(x - y)", "x + y"),
            (f"{nothing(random, 'x', 'y')}", "0"),
            ("x*y", "0"),
        ]
    )
    fact = random.choice(["", " given x != 0", " given x > 0", " given y = 0", " given x = 0", " given x >= 0"])
    fact2 = random.choice([fact, fact, "", " given x = 0", " given x = 0, y = 0"])
    end = random.choice(["1", "0", "2*x", f"diff({g}, x)"])
    proof = (
        f"proof\n  diff({f}, x)\n    = diff({g}, x) by lemma\n"
        + ("" if end.startswith("diff") else f"    = {end} by {by(random, 'variable', 'power', 'algebra')}\n")
        + "qed"
    )
    return f"variable x, y\ntheorem lemma{fact}: {f} = {g}\ntheorem t{fact2}: diff({f}, x) = {end}\n{proof}"


@family
def function_of_an_array(random: Random) -> str:
    y = random.choice(
        [
            "if(x[i] = 0, 0, 1)",
            "abs(x[i])",
            "max(x[i], 0)",
            "if(x[i] > 0, x[i], 0)",
            "sqrt(x[i]^2)",
            "x[i]",
            "x[i]^2",
            "if(x[i] = 0, 0, 1/x[i])",
            "sqrt(x[i])",
        ]
    )
    f = random.choice(
        [
            "L*x[k]",
            "L",
            "L^2",
            "x[k]^2*L",
            "exp(L)",
            "sum(y[i], i)*L",
            "f(y[k])",
            "x[k]*f(y[k])",
            "f(L)",
            "f(x[k])*y[k]",
            "f(abs(x[k]))",
            "f(x[k]/x[k])*x[k]",
        ]
    )
    r = random.choice(
        [
            "L",
            "0",
            "2*L*diff(L, x[k])",
            "diff(L, x[k])",
            "2*x[k]*L",
            "f(y[k])",
            "f'(y[k])",
            "diff(L, x[k])*x[k] + L",
            "sum(diff(L, y[i])*diff(y[i], x[k]), i)",
            "diff(L, y[k])*diff(y[k], x[k])",
            "f(0)",
            "f'(L)*diff(L, x[k])",
        ]
    )
    given = random.choice(["", " given x[k] = 0", " given x[k] = 0", " given x[k] > 0", " given y[k] = 0"])
    middle = random.choice(
        [
            "diff(L, x[k])*x[k] + L*diff(x[k], x[k])",
            "L*diff(x[k], x[k])",
            "diff(L, y[k])*diff(y[k], x[k])",
            f"diff({f}, x[k]) + 0",
        ]
    )
    likely = ("product", "chain", "assumption", "algebra", "variable", "prime", "definition", "power")
    proof = maybe(random, "\n" + chain(random, f"diff({f}, x[k])", middle, r, likely=likely), 0.5)
    head = f"size n\nvariable x[n]\ndefine y[i] = {y}\nfunction L(y[n])\nfunction f(u)\n"
    return head + f"theorem t{given}: diff({f}, x[k]) = {r}{proof}"


@family
def roots_of_squares(random: Random) -> str:
    a, b = random.choice(["x", "x + y", "x - y", "x*y", "-x", "x^2", "a*x"]), random.choice(["x", "y", "x + y", "a", "1"])
    q = random.choice(["1/2", "1/4", "3/2", "1/3", "2/3", "-1/2"])
    power = random.choice(["2", "2", "4", "3"])
    left, right = random.choice(
        [
            (f"sqrt(({a})^2)", a),
            (f"sqrt(({a})^2*({b})^2)", f"({a})*({b})"),
            (f"sqrt(({a})*({b}))", f"sqrt({a})*sqrt({b})"),
            (f"(({a})^{power})^({q})", f"({a})^({power}*({q}))"),
            (f"(({a})^{power})^({q})", f"abs({a})^({power}*({q}))"),
            (f"sqrt({a})^2", a),
            (f"sqrt(({a})^2) - sqrt(({b})^2)", f"({a}) - ({b})"),
            (f"ln(({a})^2)", f"2*ln({a})"),
            (f"ln(({a})^2)", f"2*ln(abs({a}))"),
            (f"exp(ln({a}))", a),
            (f"(({a}) + sqrt(({a})^2))", f"2*max({a}, 0)"),
            ("((x + sqrt(x^2))^2)^(1/4) - ((x - sqrt(x^2))^2)^(1/4)", "x"),
            ("((x + sqrt(x^2))^2)^(1/4)^2", "x + sqrt(x^2)"),
            (f"sqrt(({a})^2)/({a})", f"({a})/abs({a})"),
            (f"({a})/sqrt(({a})^2)", "1"),
            (f"abs({a})^2", f"({a})^2"),
            (f"abs({a})^3", f"({a})^3"),
            (f"abs(({a})*({b}))", f"({a})*abs({b})"),
        ]
    )
    if random.random() < 0.45:
        at = random.choice(["", " given x = 0", " given x = 0, y = 0", " given y = 0"])
        end = random.choice([f"diff({right}, x)", "0", "1", "2"])
        if random.random() < 0.3:
            f, g = "((x + sqrt(x^2))^2)^(1/4)", "((x - sqrt(x^2))^2)^(1/4)"
            return (
                f"variable x, y\nconstant a\ndefine f = {f}\ndefine g = {g}\ntheorem t{at}: diff(f^2 - g^2, x) = {end}\n"
                + chain(
                    random,
                    "diff(f^2 - g^2, x)",
                    "2*f*diff(f, x) - 2*g*diff(g, x)",
                    end,
                    likely=("power", "chain", "sum", "assumption", "algebra", "functions", "definition"),
                )
            )
        return f"variable x, y\nconstant a\ntheorem t{at}: diff({left}, x) = {end}"
    sign = random.choice(["", "", " given x > 0", " given x >= 0", " given 0 > x", " given x = 0"])
    return f"variable x, y\nconstant a{random.choice(['', ' > 0'])}\ntheorem t{sign}: {left} = {right}"


@family
def angles(random: Random) -> str:
    m = random.choice(["2", "3", "4", "6", "12", "5", "8"])
    k = random.choice(["1", "2", "3", "4", "5", "7", "8", "9", "10", "11", "13"])
    angle = random.choice([f"{k}*pi/{m}", f"{k}*pi/{m}", f"-{k}*pi/{m}", f"pi*{k}/{m}", f"({k}/{m})*pi", f"pi/{m}"])
    function = random.choice(["sin", "cos", "sin", "cos", "tan"])
    value = random.choice(
        ["0", "1", "-1", "1/2", "-1/2", "sqrt(2)/2", "-sqrt(2)/2", "sqrt(3)/2", "-sqrt(3)/2", "sqrt(3)", "1/sqrt(3)"]
    )
    turned = random.choice(["sin(t)", "cos(t)", "-sin(t)", "-cos(t)", "cos(t + pi/3)", "sin(t - pi/6)", "-cos(t - pi/4)"])
    left, right = random.choice(
        [
            (f"{function}({angle})", value),
            (f"{function}(t + {angle})", turned),
            (f"{function}({angle})^2", "1/2"),
            (f"sin({angle})^2 + cos({angle})^2", "1"),
            (f"sin(t)^2 + sin(t + {angle})^2", "1"),
            (f"sin(2*{angle})", f"2*sin({angle})*cos({angle})"),
            (f"{function}({angle} - t)", turned),
            (f"sin(t) + sin(t + 2*pi/3) + sin(t + {angle})", "0"),
            (f"diff({function}(t + {angle}), t)", turned),
            (f"tan(t + {angle})", "tan(t)"),
            ("tan(t)*cos(t)", "sin(t)"),
            ("sqrt(1 - sin(t)^2)", "cos(t)"),
            (f"abs(sin({angle}))", f"sin({angle})"),
        ]
    )
    return f"variable t\nconstant I > 0\ntheorem r: {left} = {right}"


@family
def powers(random: Random) -> str:
    b = random.choice(["0", "x", "-x", "-1", "-2", "abs(x)", "(x - y)", "(x + y)", "t"])
    e = random.choice(
        ["y", "n", "0", "(n - 1)", "(2*n)", "(n - 2)", "(1/2)", "(1/3)", "a", "(x - x)", "2", "3", "(-1)", "(2*n + 1)"]
    )
    f = random.choice(["2", "n", "y", "(1/2)", "a", "(-1)", "(n - 1)"])
    left, right = random.choice(
        [
            (f"{b}^{e}", f"abs({b})^{e}"),
            (f"{b}^{e}*{b}^{f}", f"{b}^({e} + {f})"),
            (f"({b}^{e})^{f}", f"{b}^({e}*{f})"),
            (f"{b}^{e}", random.choice(["0", "1", f"exp({e}*ln({b}))"])),
            (f"{b}^{e}/{b}", f"{b}^({e} - 1)"),
            (f"{b}*{b}^({e} - 1)", f"{b}^{e}"),
            (f"(-{b})^{e}", f"-{b}^{e}"),
            (f"(-{b})^{e}", f"{b}^{e}"),
            (f"({b}*y)^{e}", f"{b}^{e}*y^{e}"),
            (f"diff(x^{e}, x)", f"{e}*x^({e} - 1)"),
            (f"diff({b}^{e}, x)", f"{e}*{b}^({e} - 1)*diff({b}, x)"),
            (f"ln({b}^{e})", f"{e}*ln({b})"),
            (f"{b}^0", "1"),
            (f"0^{e}", "0"),
            (f"1^{e}", "1"),
            (f"sum({b}^i, i: n)", f"({b}^(n + 1) - {b})/({b} - 1)"),
            (f"prod({b}, i: n)", f"{b}^n"),
            (f"prod({b}, i: n)/{b}", f"{b}^(n - 1)"),
        ]
    )
    given = random.choice(
        ["", "", "", " given x = 0", " given y = 1", " given y = 2", " given y = 0", " given x >= 0", " given 0 > x"]
    )
    head = f"size n\nvariable x, y\nconstant a, t {random.choice(['>=', '>', '!='])} 0\n"
    if random.random() < 0.3:
        return head + f"theorem general: {left} = {right}\ntheorem r{given}: {left} = {right}\n{citing(left, right, 'general')}"
    return head + f"theorem r{given}: {left} = {right}"


@family
def signs_of_sums(random: Random) -> str:
    w = random.choice(
        ["x[i]", "x[i]^2", "abs(x[i])", "x[i]*y[i]", "x[i]/(t*x[i] + 1)", "x[i] - y[i]", "x[i]^2 + t", "if(x[i] > 0, x[i], 0)"]
    )
    s = f"sum({w}, i)"
    left, right = random.choice(
        [
            (f"abs({s})", s),
            (f"max({s}, 0)", s),
            (f"abs({s})", f"sum(abs({w}), i)"),
            (f"sqrt(({s})^2)", s),
            (f"max({s}, 0) + min({s}, 0)", s),
            (f"max({s}, 0)", f"sum(max({w}, 0), i)"),
            (f"if({s} > 0, {s}, 0)", f"max({s}, 0)"),
            (f"if({s} > 0, 1, 0)", "1"),
            (f"if({s} = 0, 0, ({s})/({s}))", "1"),
            (f"if({s} >= 0, 1, 0)", "1"),
            ("prod(abs(x[i]), i)", "abs(prod(x[i], i))"),
            ("abs(prod(x[i], i))", "prod(x[i], i)"),
            ("ln(prod(x[i], i))", "sum(ln(x[i]), i)"),
            (f"sqrt({s})^2", s),
            (f"diff(abs({s}), x[k])", f"diff({s}, x[k])"),
            (f"diff(max({s}, 0), x[k])", f"if({s} > 0, diff({s}, x[k]), 0)"),
        ]
    )
    given = random.choice(
        ["", " given t = 0", " given t > 0", " given x[k] > 0", " given x[k] = 0", f" given {s} = 0", f" given {s} >= 0"]
    )
    return f"size n\nvariable x[n]{random.choice(['', ' > 0', ' >= 0', ' != 0'])}, y[n], t\ntheorem r{given}: {left} = {right}"


@family
def arguments_that_hide(random: Random) -> tuple[str, str]:
    names = random.sample(["x", "y", "a", "s", "u"], 2)
    body = random.choice(
        [
            "exp(-(P - Q)^2)",
            "P - Q",
            "P*Q^2",
            "P + 2*Q",
            "P^2*s",
            "P*s + Q",
            "if(P > Q, 1, 0)",
            "P/(Q + s)",
            "sum(P*z[i] + Q, i)",
            "sum(P*z[i], i: n, i != k) + Q",
            "P - s*Q",
            "h(P) - Q",
            "h(Q)*P",
        ]
    )
    u, v = (
        random.choice(["1", "2", "x", "y", "a", "s", "x + y", "z[k]", "0"]),
        random.choice(["2", "x", "y", "a", "z[k]", "1", "sum(z[i], i)"]),
    )
    call = f"k2({u}, {v})"
    value = random.choice(["1", "0", "exp(-1)", f"k2({v}, {u})", "-1", f"k2({u}, {u})", f"k2({v}, {v})", "3"])
    left, right = random.choice(
        [
            (call, value),
            (f"diff({call}, x)", random.choice(["0", "1", f"diff(k2({v}, {u}), x)"])),
            (f"k2({u}, {v}) - k2({v}, {u})", "0"),
            (f"sum(k2(z[i], {v}), i)", f"n*k2(z[k], {v})"),
            (call, _inserted(body, u, v)),
        ]
    )

    def text(first: str, second: str) -> str:
        return (
            "size n\nindex k: n\nvariable x, y, z[n]\nconstant a\n"
            f"define h({'x' if first == names[0] else 'r'}) = {'x' if first == names[0] else 'r'}^2 + a\ndefine s = x + 1\n"
            f"define k2({first}, {second}) = {body.replace('P', first).replace('Q', second)}\n"
            f"theorem t: {left} = {right}"
        )

    hidden = [n for n in names if n != "s" or "s" not in body]
    if len(hidden) < 2:
        hidden = ["x", "y"]
        names[:] = hidden
    return text(*hidden), text("p1", "q1")


def _inserted(body: str, u: str, v: str) -> str:
    """The body of a definition, with the arguments put in, as one writes it by hand."""
    return re.sub("[PQ]", lambda found: f"({u})" if found[0] == "P" else f"({v})", body).replace("h(", "h(")


@family
def index_letters(random: Random) -> tuple[str, str]:
    letter = random.choice(["i", "j", "m", "i2", "j2"])
    g = random.choice(
        [
            "sum(u*x[I], I: n, I != k)",
            "sum(u, I: n, I != k)",
            "sum(u + x[I], I: n)",
            "prod(u, I: n, I != k)",
            "sum(u*x[I]*x[k], I: n)",
        ]
    )
    f = random.choice(["x[l]", "x[l]^2", "x[k]*x[l]", "sum(x[J]*x[l], J: n)", "x[l]/x[k]"])
    left, right = random.choice(
        [
            ("g(F)", "(n - 1)*F"),
            ("g(F)", "n*F"),
            ("diff(g(F), x[k])", random.choice(["0", "(n - 1)*delta(l, k)", "n*diff(F, x[k])"])),
            ("g(x[l])", "x[l]*g(1)"),
            ("diff(g(x[l]), x[l])", "g(1)"),
            ("sum(g(x[I]), I: n)", "g(sum(x[I], I: n))"),
            ("sum(x[I]*x[l], I: n)", "sum(x[I]^2, I: n)"),
            ("g(g(x[l]))", "g(x[l])^2"),
        ]
    )

    def text(bound: str, declared: str) -> str:
        def named(part: str, letter: str) -> str:
            return re.sub(r"\b[IJl]\b", lambda m: {"I": letter, "J": "b2", "l": declared}[m[0]], part)

        index = f"index {declared}: n\n"
        return (
            f"size n\nvariable x[n]\nindex k: n\ndefine g(u) = {named(g, bound)}\n{index}define F = {named(f, 'b3')}\n"
            f"theorem t: {named(left, 'b4')} = {named(right, 'b4')}"
        )

    return text(letter, letter), text("b1", "d1")


@family
def cited(random: Random) -> str:
    lemma, claims_ = random.choice(
        [
            ("abs(a*y - a*z) = a*y - a*z", ["abs((-1)*y - (-1)*z) = (-1)*y - (-1)*z", "abs(2*y - 2*z) = 2*y - 2*z"]),
            ("sqrt(a^2) = a", ["sqrt((-2)^2) = -2", "sqrt(0^2) = 0", "sqrt((b - 1)^2) = b - 1"]),
            ("a/a = 1", ["0/0 = 1", "(b - b)/(b - b) = 1", "b/b = 1"]),
            ("a*x/x = a", ["0*x/x = 0", "b*x/x = b"]),
            ("abs(a) = a", ["abs(-1) = -1", "abs(b) = b", "abs(-b) = -b"]),
            ("exp(ln(a)) = a", ["exp(ln(b)) = b", "exp(ln(-b)) = -b"]),
            ("max(a, 0) = a", ["max(b, 0) = b", "max(-1, 0) = -1"]),
            ("if(a > 0, x, 0) = x", ["if(0 > 0, x, 0) = x", "if(b > 0, x, 0) = x"]),
            ("a^y*a = a^(y + 1)", ["0^y*0 = 0^(y + 1)", "(-1)^y*(-1) = (-1)^(y + 1)"]),
            ("x[i]*x[k] = x[k]^2", ["x[1]*x[k] = x[k]^2", "x[i]*x[1] = x[1]^2"]),
        ]
    )  # fmt: skip
    claim = random.choice(claims_)
    arrays = "x[i]" in lemma
    left, right = claim.split(" = ")
    extra = random.choice(
        [
            "",
            "assume y - z > 0\n",
            "assume abs(a)*(y - z) > 0\n",
            "assume abs(a)*(y - z) > 0\nassume y - z > 0\n",
            "assume a*y - a*z >= 0\n",
        ]
    )
    relation = random.choice(["> 0", ">= 0", "!= 0", ""])
    fact = random.choice(["", "", " given a > 0", " given a != 0", " for i = k" if arrays else ""])
    head = (
        f"size n\nvariable y, z, {'x[n]' if arrays else 'x'}\nconstant a {relation}, b{random.choice(['', ' > 0', ' >= 0'])}\n"
    )
    at = random.choice(["", "", " given b = 0", " given b = 1"])
    return f"{head}{extra}theorem lemma{fact}: {lemma}\ntheorem t{at}: {claim}\n{citing(left, right, by(random, 'lemma'))}"


@family
def kinks(random: Random) -> str:
    g, h = (
        random.choice(["x", "x^2", "x - y", "y", "x + y", "2*x", "-x", "0", "x*y"]),
        random.choice(["x", "0", "y", "x^2", "-x", "x + 0*y", "2*x - x"]),
    )
    f = random.choice(
        [
            "min({g}, {h})",
            "max({g}, {h})",
            "abs({g})",
            "abs({g} - {h})",
            "if({g} > {h}, {g}, {h})",
            "if({g} >= {h}, x, x)",
            "if({g} = {h}, 0, x)",
            "sqrt(({g})^2)",
            "max({g}, {h}) + min({g}, {h})",
            "abs({g})*x",
            "abs({g})^2",
            "sqrt(abs({g}))",
            "max(max({g}, {h}), {g})",
            "if(abs({g}) > 0, x, 0)",
            "if({g} != {h}, x, 0)",
            "x*if({g} = {h}, 0, 1)",
            "ln(abs({g}) + 1)",
        ]
    ).format(g=g, h=h)
    r = random.choice(
        [
            "0",
            "1",
            "x/abs(x)",
            "if(x > 0, 1, -1)",
            "2*x",
            "2",
            f"if({g} > {h}, diff({g}, x), diff({h}, x))",
            f"diff({g}, x)",
            "if(x = 0, 0, 1)",
            "-1",
            "abs(x)",
            "2*abs(x)",
            f"if({g} > {h}, 1, 0)*diff({g}, x) + if({h} > {g}, 1, 0)*diff({h}, x)",
        ]
    )
    given = random.choice(
        [
            "",
            "",
            " given x = 0",
            " given x = 0",
            f" given {g} = {h}" if g != h else "",
            " given x >= 0",
            " given y = x",
            " given x = 0, y = 0",
        ]
    )
    proof = maybe(
        random,
        "\n"
        + chain(
            random,
            f"diff({f}, x)",
            f"if({g} > {h}, 1, 0)*diff({g}, x) + if({h} > {g}, 1, 0)*diff({h}, x)",
            r,
            likely=("min", "max", "abs", "cases", "variable", "algebra", "chain", "power", "assumption"),
        ),
        0.4,
    )
    second = maybe(
        random, "\ntheorem both: 0 = 1\nproof\n  0 = " + f"diff({f}, x) by t\n    = 1 by cases, variable, algebra\nqed", 0.15
    )
    return f"variable x, y\ntheorem t{given}: diff({f}, x) = {r}{proof}{second}"


@family
def detours(random: Random) -> str:
    x = random.choice(["x", "y", "(x - y)", "(x + 1)", "x^2"])
    start, end = random.choice(
        [
            ("if(x = 0, 1, 0)", "0"),
            ("abs(x)/x", "1"),
            ("x^0", "1"),
            ("if(x = y, x, y)", "y"),
            (f"if({x} = 0, 2, 1)", "1"),
            ("max(x, y) - min(x, y)", "x - y"),
            ("sqrt(x^2)", "x"),
            (f"if({x} = 0, 0, 1)", f"{x}/{x}"),
            ("if(x > 0, 1, 0) + if(0 > x, 1, 0)", "1"),
            ("x^2/x", "x"),
            (f"{x}/{x}", "1"),
            ("diff(abs(x)*x, x)", "2*abs(x)"),
        ]
    )
    middle = random.choice(
        [
            f"{start}*{x}/{x}",
            f"{x}*({start})/{x}",
            f"({start}) + {x}/{x} - 1",
            f"exp(ln({x}))*({start})/{x}",
            f"({start})*{x}^2/{x}^2",
            f"({start})*sqrt({x})^2/{x}",
            f"({start}) + ln({x}) - ln({x})",
            f"({start})*diff(ln(x), x)*x",
            f"({start}) + 0*diff(abs({x}), x)",
        ]
    )
    lines = [start, middle, end] if random.random() < 0.7 else [start, middle, f"({start})*1", end]
    proof = chain(random, *lines, likely=("cancel", "cases", "algebra", "functions"))
    return f"variable x, y\ntheorem t: {start} = {end}\n{proof}"


# --- comparing -------------------------------------------------------------------------------------------------------


def disagreements(border: Border, work: int | None = None) -> tuple[list[Disagreement], Counter[str]]:
    """Where the check of a claim and its audit cannot both be right, and what was found."""
    count: Counter[str] = Counter()
    try:
        report = check(read(border.text), timeout=TIMEOUT)
        twin = check(read(border.twin), timeout=TIMEOUT) if border.twin else None
    except DeriveError:
        return [], Counter(unread=1)
    found = []
    shown = claims(report)
    plain = claims(twin) if twin else shown
    if len(plain) != len(shown):
        plain = shown
    strict = claims(report, conditions=True)
    for n, ((name, verdict, _), (_, other, claim)) in enumerate(zip(shown, plain, strict=True)):
        count[verdict] += 1
        if verdict not in ("proved", "refuted"):
            continue
        answer = audit(claim) if work is None else audit(claim, work=work)
        count[f"{verdict}, {answer.verdict}"] += 1
        wrong = (verdict, answer.verdict) in (("proved", "different"), ("refuted", "equal"))
        if wrong or {verdict, other} == {"proved", "refuted"}:
            hidden = bool(strict[n][2].conditions) and audit(strict[n][2]).verdict != "different"
            count["hidden by conditions"] += hidden
            found.append(Disagreement(border, name, verdict, answer, hidden))
    return found, count


def smaller(text: str) -> Iterator[str]:
    """Texts with a line less, or a part of a line."""
    lines = text.split("\n")
    for n in range(len(lines)):
        yield "\n".join(lines[:n] + lines[n + 1 :])
    starts = [n for n, line in enumerate(lines) if line == "proof"]
    for start in starts:
        end = lines.index("qed", start)
        yield "\n".join(lines[:start] + lines[end + 1 :])
    for n, line in enumerate(lines):
        for pattern, new in (
            (r" given [^:]*(?=: )", ""), (r" for [^:]*(?=: )", ""), (r" (>=|>|!=) 0$", ""), (r", \w+(\[\w+\])?(?=$|,)", ""),
            (r", [a-z-]+$", ""), (r"by [a-z-]+, ", "by "), (r"\b(\w+|\([^()]*\))[*](?=\w)", ""), (r"[*](\w+|\([^()]*\))", ""),
            (r" [+] (\w+|\([^()]*\))", ""),
        ):  # fmt: skip
            for match in re.finditer(pattern, line):
                yield "\n".join([*lines[:n], line[: match.start()] + new + line[match.end() :], *lines[n + 1 :]])


def shrunk(found: Disagreement) -> Disagreement:
    """The disagreement in a text as small as is found."""
    if found.border.twin:
        return found
    tries = 150
    while True:
        for text in smaller(found.border.text):
            tries -= 1
            if tries < 0:
                return found
            others, _ = disagreements(Border(found.border.family, text))
            kept = [d for d in others if (d.verdict, d.under_conditions) == (found.verdict, found.under_conditions)]
            if kept:
                found = kept[0]
                break
        else:
            return found


def main() -> None:
    """Random claims for some seconds."""
    parser = argparse.ArgumentParser(description="Compare the check of random claims with their audit.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", choices=sorted(FAMILIES))
    parser.add_argument("--plain", action="store_true", help="do not shrink what is found")
    options = parser.parse_args()
    begin, total, kinds = time.process_time(), Counter[str](), Counter[str]()
    seed = options.seed
    while time.process_time() - begin < options.seconds:
        made = border(Random(seed), options.family)
        found, count = disagreements(made)
        total += count
        total["texts"] += 1
        kinds[made.family] += len(found)
        for each in found[:1]:
            each = each if options.plain else shrunk(each)
            away = " (away from the conditions listed)" * each.under_conditions
            said = f"{each.name} is {each.verdict}; {each.answer.verdict} {each.answer.instance}{away}"
            print(f"# {made.family}, seed {seed}: {said}")
            print(each.border.text + ("\n# in other words\n" + each.border.twin if each.border.twin else "") + "\n", flush=True)
        seed += 1
    print(", ".join(f"{name}: {n}" for name, n in sorted(total.items())))
    print("disagreements:", ", ".join(f"{name} {n}" for name, n in kinds.most_common() if n) or "none")
    sys.exit(1 if any(kinds.values()) else 0)


if __name__ == "__main__":
    main()
