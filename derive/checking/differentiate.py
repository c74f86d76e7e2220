"""Derivatives on request: an expression and a variable in, a derivation of the derivative out, with its proof as text.

    theorem derivative: diff(x*exp(x), x) = x*exp(x) + exp(x)
    proof
      diff(x*exp(x), x)
        = diff(x, x)*exp(x) + x*diff(exp(x), x)   by product
        …

The steps found are written down and read again like anybody's: whoever checks the derivation takes nothing on trust.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from derive.engine.proofs import derivative
from derive.engine.rewriting import Context
from derive.engine.rules import NAMES
from derive.errors import CallError, LimitError
from derive.floor.functions import TABLE
from derive.floor.signs import Knowledge
from derive.floor.terms import Apply, Diff, subterms
from derive.language import ABOVE, read, stretch, write, write_term
from derive.language.derivation import Derivation, Place
from derive.language.errors import SourceError
from derive.limits import STEP, allowed

NAME, TITLE = "derivative", "Derivative"
UNDECLARED, VARIABLE = "D140", "variable "
FOR_INDEX = f"write theorem {NAME} for "
SIZES = ("n", "m", "l")  # of a variable that nobody declares
_ENTRY = re.compile(r"([^\W\d]\w*)(\[[^\[\]]*\])?")
MOST_NAMES = 20
"""More undeclared names are not listed."""


def declarations(derivation: Derivation) -> str:
    """What a derivation declares, defines and assumes, as text, and nothing of what it states."""
    bare = replace(derivation, title="", source="", notes=(), statements=(), lemmas={}, uses=(), options={}, variants={})
    return write(bare)


def differentiate(expression: str, variable: str, declared: str = "", option: str = 'declare="{}"') -> Derivation:
    """The derivation of `diff(expression, variable) = …`, its right side found, every line with the rules that give it.

    `declared` is the text of the declarations, and `option` how the caller writes one, for the help where it is missing. Fails
    with `SourceError` where one of the three texts is wrong or uses what is not declared, with `CallError` where no derivative
    is found. Without any declaration, what is differentiated by is a variable, if there is no other name: x^2 by x.
    """
    if declared.strip():
        read(declared, file="the declarations", rule_names=NAMES)
    call = _Call(_Part.of(expression, "the expression"), _Part.of(variable, "the variable", several=True), declared, option)
    call = call if declared.strip() else call.with_its_variables()
    statement = call.stated(call.claim).statements[-1]
    knowledge = Knowledge(statement.theory, statement.hypotheses, statement.conditions)
    with allowed(STEP):
        lines, result = derivative(statement.sides[0], Context(knowledge))
    if result is None:
        last = lines[-1].theorem.right if lines else statement.sides[0]
        bodies = (part.body for part in subterms(last) if isinstance(part, Diff))
        lacking = {body.function for body in bodies if isinstance(body, Apply) and TABLE[body.function].derivatives is None}
        help = f"the language has no function for the derivative of {', '.join(sorted(lacking))}" if lacking else ""
        raise CallError("no-derivative", f"no derivative of {expression} by {variable} was found", help)
    theory = statement.theory
    steps = "".join(f"    = {write_term(line.theorem.right, theory)} by {', '.join(line.reasons)}\n" for line in lines)
    proof = f"proof\n  {call.claim}\n{steps}qed" if lines else ""
    try:
        return call.stated(f"{write_term(result, theory)}\n{proof}")
    except SourceError as error:  # not in what the caller wrote, which was read before
        message = f"the derivative cannot be written down: {error.message}"
        raise LimitError("D406", message, "differentiate a part of it") from error


@dataclass(frozen=True)
class _Part:
    """What the caller wrote, and the stretch of it that is put into the theorem: one expression and nothing else."""

    file: str
    text: str
    start: int
    end: int

    @classmethod
    def of(cls, text: str, file: str, several: bool = False) -> _Part:
        return cls(file, text, *stretch(text, file, several))

    @property
    def inside(self) -> str:
        """The expression."""
        return self.text[self.start : self.end]

    def place(self, start: int, end: int) -> Place | None:
        """What lies between these offsets into the expression, as a place in the text; None if it is all outside."""
        start, end = max(self.start + start, self.start), min(self.start + end, self.end)
        if start > end:
            return None
        line = self.text.count("\n", 0, start)
        return Place(line + 1, start - (self.text.rfind("\n", 0, start) + 1) + 1, start, end)


@dataclass(frozen=True)
class _Call:
    """A derivative that is asked for."""

    expression: _Part
    variable: _Part
    declared: str
    option: str

    @property
    def claim(self) -> str:
        """The derivative in the proof language."""
        return f"diff({self.expression.inside}, {self.variable.inside})"

    def with_its_variables(self) -> _Call:
        """The call in which the variables are declared, if that leaves nothing undeclared; else the call as it is."""
        names = dict[str, str]()
        for name, places in _ENTRY.findall(self.variable.inside):
            sizes = SIZES[: places.count(",") + 1] if places else ()
            names[name] = f"{name}[{', '.join(sizes)}]" if sizes else name
        most = max((each.count(",") + 1 for each in names.values() if "[" in each), default=0)
        declared = f"size {', '.join(SIZES[:most])}\n" if most else ""
        declared += f"{VARIABLE}{', '.join(names.values())}"
        try:
            self._read(declared, self.claim)
        except SourceError:
            return self
        return replace(self, declared=declared)

    def stated(self, rest: str) -> Derivation:
        """The derivation that states the derivative to be the `rest`; a mistake is shown in the text in which it stands."""
        try:
            return self._read(self.declared, rest)
        except SourceError as error:
            raise self._shown(error) from None

    def _read(self, declared: str, rest: str) -> Derivation:
        text = f"{_head(declared)}{self.claim} = {rest}\n"
        found = read(text, NAME, "the call", rule_names=NAMES)
        return found if found.title else read(f'{text}title "{TITLE}"\n', NAME, "the call", rule_names=NAMES)

    def _shown(self, error: SourceError) -> SourceError:
        """The mistake in the part of the call in which it stands, with a declaration as the caller writes it."""
        expression, variable = self.expression, self.variable
        start = len(_head(self.declared)) + len("diff(")
        for part, before in ((expression, start), (variable, start + len(expression.inside) + len(", "))):
            place = part.place(error.place.start - before, error.place.end - before)
            if place is not None:
                found = SourceError(error.code, error.message, place, self._help(error))
                found.file, found.text = part.file, part.text
                return found
        return error

    def _help(self, error: SourceError) -> str:
        """What to type: in a call nothing stands above, and no theorem either."""
        _, for_index, index = error.help.partition(FOR_INDEX)
        if for_index:
            return f"say it: {self.option.format('index ' + index.removesuffix(': …'))}"
        before, above, declaration = error.help.partition(ABOVE)
        if not above:
            return error.help
        if error.code != UNDECLARED:
            return f"{before}declare it: {self.option.format(declaration)}"
        size = "" if self._has_size() else "size n  "
        names = self._undeclared(size, declaration.removeprefix(VARIABLE))
        whole = f"{size if '[' in names else ''}{VARIABLE}{names}"
        return f'{before}say what it is: {self.option.format(whole)}, or "constant {names}" for what stays fixed'

    def _has_size(self) -> bool:
        return bool(self.declared.strip()) and bool(read(self.declared, rule_names=NAMES).theory.sizes)

    def _undeclared(self, size: str, names: str) -> str:
        """The `names`, and after them the others that are not declared either, as a declaration has them."""
        for _ in range(MOST_NAMES):
            try:
                self._read(f"{self.declared}\n{size}{VARIABLE}{names}", self.claim)
            except SourceError as error:
                more = error.help.partition(ABOVE + VARIABLE)[2]
                if error.code == UNDECLARED and more:
                    names += f", {more}"
                    continue
            break
        return names


def _head(declared: str) -> str:
    return f"{declared}\ntheorem {NAME}: "
