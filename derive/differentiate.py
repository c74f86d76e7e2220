"""Derivatives on request: an expression and a variable in, a derivation of the derivative out, with its proof as text.

    theorem derivative: diff(x*exp(x), x) = x*exp(x) + exp(x)
    proof
      diff(x*exp(x), x)
        = diff(x, x)*exp(x) + x*diff(exp(x), x)   by product
        …

The steps found are written down and read again like anybody's: whoever checks the derivation takes nothing on trust.
"""

from __future__ import annotations

from dataclasses import replace

from derive.derivation import Derivation, Place
from derive.errors import CallError, SourceError
from derive.language import read, read_expression, write, write_term
from derive.proofs import derivative
from derive.rules import NAMES
from derive.signature import Signature
from derive.terms import Diff

NAME, TITLE = "derivative", "Derivative"
UNDECLARED = "D140"


def declarations(derivation: Derivation) -> str:
    """What a derivation declares, defines and assumes, as text, and nothing of what it states."""
    bare = replace(derivation, title="", source="", notes=(), statements=(), lemmas={}, uses=(), options={}, variants={})
    return write(bare)


def differentiate(expression: str, variable: str, declared: str = "") -> Derivation:
    """The derivation of `diff(expression, variable) = …`, its right side found, every line with the rules that give it.

    `declared` is the text of the declarations. Fails with `SourceError` where one of the three texts is wrong or uses what is
    not declared, with `CallError` where no derivative is found.
    """
    if declared.strip():
        read(declared, file="the declarations", rule_names=NAMES)
    claim = f"{expression}, {variable})"
    statement = _read(expression, variable, declared, f"{claim} = diff({claim}").statements[-1]
    if not isinstance(statement.sides[0], Diff) or len(statement.sides) != 2:
        raise CallError("no-derivative", f"diff({claim} is not the derivative of one expression", "close every parenthesis")
    lines, result = derivative(statement)
    if result is None:
        raise CallError("no-derivative", f"no derivative of {expression} by {variable} was found")
    signature = statement.signature
    steps = "".join(f"    = {write_term(line.theorem.right, signature)} by {', '.join(line.reasons)}\n" for line in lines)
    proof = f"proof\n  diff({claim}\n{steps}qed" if lines else ""
    return _read(expression, variable, declared, f"{claim} = {write_term(result, signature)}\n{proof}")


def _read(expression: str, variable: str, declared: str, rest: str) -> Derivation:
    """The derivation that states `diff(` and the `rest`; a mistake is shown in the text in which it stands."""
    head = f"{declared}\ntheorem {NAME}: diff("
    try:
        found = read(f"{head}{rest}\n", NAME, "the call", rule_names=NAMES)
        return replace(found, title=found.title or TITLE)
    except SourceError as error:
        texts = (("the expression", expression, len(head)), ("the variable", variable, len(head) + len(expression) + len(", ")))
        for file, text, start in texts:
            if start <= error.place.start <= start + len(text):
                place = _place(text, error.place.start - start, error.place.end - start)
                error.file, error.text, error.place = file, text, place
                raise
        for file, text, _ in texts:
            alone = _mistake(text)
            if alone is not None and alone.code == error.code:
                alone.file = file
                raise alone from None
        raise


def _mistake(text: str) -> SourceError | None:
    """The mistake in an expression that is read by itself, as a parenthesis that is closed by what follows it."""
    try:
        read_expression(text, Signature())
    except SourceError as error:
        return error
    return None


def _place(text: str, start: int, end: int) -> Place:
    line = text.count("\n", 0, start)
    return Place(line + 1, start - (text.rfind("\n", 0, start) + 1) + 1, start, min(end, len(text)))
