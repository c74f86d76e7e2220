"""Habits: what is written in other places, in LaTeX, Python, or on a blackboard, and what to type here for it.

    dE/dx                write diff(E, x)
    x if x > 0 else 0    write if(x > 0, x, 0)
    by power rule        write by power

A row says which mistakes its habit leads to, and how it looks in the line where they are found. It gives the help of such a
mistake; what is wrong is said as always.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from derive.floor.frozen import Table
from derive.language.keywords import STATEMENTS

WINDOW = 200  # characters around a mistake that are looked at

_NAME = r"[^\W\d]\w*"
_RUNNING = "sum|prod|max|min"
_ENTRY = rf"{_NAME}(?:\[[^\[\]]*\])?"
_OUT_OF_PLACE = ("D102", "D110", "D112", "D130", "D131", "D132", "D133", "D140", "D143", "D144", "D148", "D149")


@dataclass(frozen=True)
class Habit:
    """How a habit looks, in which mistakes it ends, and what to do; None where it is another one after all."""

    looks: str  # a pattern, compiled where a text has a mistake: most have none
    help: Callable[[re.Match[str]], str | None]
    codes: tuple[str, ...] = _OUT_OF_PLACE


def _row(looks: str, help: str | Callable[[re.Match[str]], str | None], *codes: str) -> Habit:
    told = (lambda found: help.format(*found.groups(default="…"))) if isinstance(help, str) else help
    return Habit(looks, told, codes or _OUT_OF_PLACE)


def _grouped(text: str) -> str:
    """The text in parentheses, unless it is a name or a number."""
    return text if re.fullmatch(r"\w+", text) else f"({text})"


def _leibniz(found: re.Match[str]) -> str:
    body, by = found["body"] or found["of"] or "…", found["by"]
    return f"write diff({body}, {by})" if found["order"] is None else f"write diff({body}, {by}, {by})"


def _norm(found: re.Match[str]) -> str:
    squares = f"sum({found[1]}[i]^2, i)"
    return f"write {squares}" if found[2] else f"write sqrt({squares})"


def _interval(found: re.Match[str]) -> str:
    name, opening, least, most, closing = found.groups()
    over, under = ">=" if opening == "[" else ">", "<=" if closing == "]" else "<"
    bounds = [f"assume {name} {over} {least}"] if "∞" not in least and "inf" not in least else []
    bounds += [f"assume {name} {under} {most}"] if "∞" not in most and "inf" not in most else []
    return f"declare {name} alone, and write below: {', and '.join(bounds)}" if bounds else f"declare {name} alone"


def _choice(found: re.Match[str]) -> str | None:
    before, after = found.string[: found.start()], found.string[found.end() :]
    condition, word, otherwise = after.partition(" else ")
    then, otherwise = re.split(r"[=:,(]", before)[-1].strip(), re.split(r"[=:,)]", otherwise)[0].strip()
    if not word or not then or not condition.strip() or " in " in condition:
        return None
    return f"write if({condition.strip()}, {then}, {otherwise})"


def _over(found: re.Match[str]) -> str:
    return f"write {found[1]}(…, {found[2] or 'i'})"


def _space(found: re.Match[str]) -> str:
    return f"write {found[1]}[{', '.join(filter(None, found.groups()[1:]))}]"


def _keyword(found: re.Match[str]) -> str | None:
    word = found[1]
    near = STATEMENTS_ELSEWHERE.get(word) or next(iter(get_close_matches(word, STATEMENTS, 1, 0.7)), None)
    return f"write {near}" if near else None


HABITS = (
    _row(r"(?:^|\s)(?:--|//|%|/\*)([^=]+)$", lambda m: f"a comment begins with #: # {m[1].removesuffix('*/').strip()}"),
    _row(r"=>", "write >=", "D130"),
    _row(r"=<", "write <=", "D130"),
    # Derivatives, sums and quotients.
    _row(
        rf"\bd(?P<order>\^?[2²])?\s*(?P<body>{_NAME}|\([^()]*\))?\s*/\s*\(?d(?P<by>{_ENTRY})(?:\s*\((?P<of>[^()]*)\))?",
        _leibniz,
    ),
    _row(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", lambda m: f"write {_grouped(m[1])}/{_grouped(m[2])}", "D102"),
    _row(r"\\[dt]?frac", "write a quotient with /", "D102"),
    _row(rf"\\({_RUNNING})_?\{{?(\w*)[^{{}}]*\}}?(?:\^(?:\{{[^{{}}]*\}}|\w))?", _over, "D102"),
    _row(r"\\sqrt\s*\{([^{}]*)\}", "write sqrt({})", "D102"),
    _row(r"\\partial|\\nabla", "write a derivative as diff(f, x)", "D102"),
    _row(r"\\(?:cdot|times|odot)", "write a product with *", "D102"),
    _row(r"\\(?:geq?|leq?|neq?)\b", "write >=, <= or !=", "D102"),
    _row(r"\\(?:left|right|,|;|!|quad|\\|begin|end)", "delete it", "D102"),
    _row(rf"\b({_RUNNING})_\{{?(\w+?)\}}?(?:\s+({_ENTRY}))?(?=\W|$)", lambda m: f"write {m[1]}({m[3] or '…'}, {m[2]})"),
    # Vectors and matrices.
    _row(rf"\|\|\s*({_NAME})\s*\|\|(\s*\^\s*2|²)?", _norm, "D102"),
    _row(r"\|([^|]+)\|", "write abs({})", "D102"),
    _row(rf"\b({_NAME})\^(?:T|⊤)\s*\*?\s*({_NAME})", "write sum({0}[i]*{1}[i], i), or with a matrix sum({0}[i, j]*{1}[i], i)"),
    _row(rf"\b({_NAME})(?:\^(?:T|⊤)|\.T)", "exchange its indices: {}[j, i]"),
    _row(rf"\b({_NAME})\s*@\s*({_NAME})", "write sum({0}[i, j]*{1}[j], j)", "D102"),
    # Choices, and where values lie.
    _row(r"\bif\b", _choice),
    _row(rf"\b({_NAME})\s+(?:in|∈)\s+(?:R|ℝ)\s*\^\s*\(?(\w+)\)?(?:\s*[x×]\s*(\w+))?", _space),
    _row(rf"\b({_NAME})\s+(?:in|∈)\s+(?:R|ℝ)\b", "declare {} alone: every value is a real number"),
    _row(rf"\b({_NAME})\s+(?:in|∈)\s*([(\[])\s*([^,()\[\]\s]+)\s*,\s*([^,()\[\]\s]+)\s*([)\]])", _interval),
    # Reasons.
    _row(r"\(\s*(?:by\s+)?(?:the\s+)?([\w-]+)\s+rule\s*\)", "write by {}"),
    _row(r"\bby\s+(?:the\s+)?([\w-]+)\s+rule\b", "write by {}", "D112", "D170"),
    _row(r"\bby\s+the\s+([\w-]+)", "write by {}", "D112", "D170"),
    # Declarations.
    _row(
        rf"^\s*(variable|constant|size|index|function)\s+({_NAME}(?:[\[(][^\[\]()]*[\])])?)\s+({_NAME})\s*(?=$|[#\"])",
        "put a comma between the names: {0} {1}, {2}", "D110",
    ),
    _row(rf"^\s*({_NAME})\s+[\w-]+", _keyword, "D133"),
)  # fmt: skip

STATEMENTS_ELSEWHERE: Mapping[str, str] = Table({
    **dict.fromkeys(("let", "def", "set", "where"), "define"),
    **dict.fromkeys(("lemma", "proposition", "corollary", "claim", "prove", "show", "example"), "theorem"),
    **dict.fromkeys(("suppose", "hypothesis", "require", "axiom"), "assume"),
    **dict.fromkeys(("var", "vector", "matrix", "input", "real", "scalar"), "variable"),
    **dict.fromkeys(("const", "parameter", "param"), "constant"),
    **dict.fromkeys(("dim", "dimension", "int", "integer"), "size"),
    **dict.fromkeys(("end", "done", "QED"), "qed"),
    **dict.fromkeys(("import", "include", "from"), "use"),
    "begin": "proof",
})
"""How statements begin elsewhere, and how they do here."""

FUNCTIONS_ELSEWHERE: Mapping[str, str] = Table({
    **dict.fromkeys(("integral", "integrate", "int", "Integral"), "check it by the derivative: diff(F, x) = f"),
    **dict.fromkeys(("lim", "limit"), "there are no limits: write what the derivative or the value is"),
    **dict.fromkeys(("det", "determinant"), "write it out: A[1, 1]*A[2, 2] - A[1, 2]*A[2, 1]"),
    **dict.fromkeys(("inv", "inverse"), "declare it, and assume sum(A[i, j]*B[j, k], j) = delta(i, k)"),
    **dict.fromkeys(("trace", "tr", "Tr"), "write sum(A[i, i], i)"),
    **dict.fromkeys(("dot", "inner"), "write sum(x[i]*y[i], i)"),
    **dict.fromkeys(("norm", "norm2", "length"), "write sqrt(sum(x[i]^2, i))"),
    **dict.fromkeys(("mean", "avg", "average"), "write sum(x[i], i)/n"),
    **dict.fromkeys(("var", "variance"), "write sum((x[i] - m)^2, i)/n, with m defined as the mean"),
    **dict.fromkeys(("grad", "gradient", "derivative", "derive", "d", "D", "partial", "Derivative"), "write diff(f, x)"),
    **dict.fromkeys(("sign", "sgn", "signum"), "write if(x > 0, 1, if(x < 0, -1, 0))"),
    **dict.fromkeys(("heaviside", "step", "indicator", "theta", "H"), "write if(x > 0, 1, 0)"),
    **dict.fromkeys(("pow", "power"), "write x^y"),
    **dict.fromkeys(("square", "sqr"), "write x^2"),
    **dict.fromkeys(("softmax", "softargmax"), "write exp(x[k])/sum(exp(x[i]), i)"),
    **dict.fromkeys(("logsumexp", "lse", "LSE"), "write ln(sum(exp(x[i]), i))"),
    **dict.fromkeys(("logistic", "expit"), "write sigmoid(x)"),
    **dict.fromkeys(("ReLU", "relu6"), "write relu(x)"),
    **dict.fromkeys(("Gamma", "gamma"), "write exp(lgamma(x))"),
    **dict.fromkeys(("psi",), "write digamma(x)"),
    **dict.fromkeys(("factorial",), "write exp(lgamma(x + 1))"),
    **dict.fromkeys(("argmax", "argmin"), "there is none: compare the entries: if(x[i] > x[k], …, …)"),
    **dict.fromkeys(("floor", "ceil", "round", "mod"), "there is none: every value is a real number"),
    "logit": "write ln(x/(1 - x))",
    "sech": "write 1/cosh(x)",
    "csch": "write 1/sinh(x)",
    "coth": "write cosh(x)/sinh(x)",
    **{f"a{name}": f"write arc{name}(x)" for name in ("sin", "cos", "tan")},
    **{f"{way}{name}": f"write ar{name}(x)" for way in ("a", "arc") for name in ("sinh", "tanh")},
    "acosh": "write ln(x + sqrt(x^2 - 1))",
})
"""Functions that others have, and what to type for them here."""


def help_for(code: str, text: str, start: int) -> str | None:
    """What to type for the habit that led to the mistake `code` at `start` of a text; None where none is seen."""
    first = max(text.rfind("\n", 0, start) + 1, start - WINDOW)
    last = text.find("\n", start)
    line = text[first : min(start + WINDOW, len(text) if last < 0 else last)]
    if "#" in line[: start - first]:
        return None
    line = line.partition("#")[0]  # what stands in a comment is no habit
    for habit in HABITS:
        if code in habit.codes:
            for found in re.finditer(habit.looks, line):
                if found.start() <= start - first <= found.end():
                    help = habit.help(found)
                    if help is not None:
                        return help
    return None
