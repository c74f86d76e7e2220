"""What is called in Python: a derivation that is checked when asked, presents itself, and crosses over to SymPy and NumPy.

    derivation = derive.load("softmax-ce")           of the library, or from a file; parse(text) reads a text
    derivation = derive.diff("x*exp(x)", "x")

    derivation.verdict, .verdicts, .steps            what checking finds, done when it is first asked for
    print(derivation), .latex(), .markdown(), .html()
    derivation.to_sympy(), .lambdify()               an equation of SymPy; a function of NumPy arrays

What goes wrong through the caller is a `DeriveError`: a `CallError`, or a `SourceError` with its file, line and column.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive import library
from derive.checking import checker
from derive.checking.differentiate import declarations, differentiate
from derive.checking.open_claims import closed
from derive.checking.steps import TIMEOUT
from derive.checking.verdicts import Report, TheoremResult, Verdict
from derive.errors import CallError, DeriveError
from derive.language import write_term
from derive.language.conditions import write_condition
from derive.language.derivation import Derivation as Written

if TYPE_CHECKING:
    from derive.gradient import GradientFunction


@dataclass(frozen=True)
class Step:
    """One line of a proof: `left = right by …`, both sides as text of the language.

    `by` is what the author wrote, `rules` what was used. `conditions` could not be discharged (`x != 0`). Where the verdict is
    not `proved`, `message` says why, and `suggestion` what to write instead. `line` and `column` count from 1.
    """

    theorem: str
    left: str
    right: str
    by: tuple[str, ...]
    rules: tuple[str, ...]
    verdict: Verdict
    expected: bool
    conditions: tuple[str, ...]
    message: str | None
    suggestion: str | None
    line: int
    column: int

    def __str__(self) -> str:
        reason = f" by {', '.join(self.by or self.rules)}" if self.by or self.rules else ""
        return f"{self.left} = {self.right}{reason}: {self.verdict}"


@dataclass(frozen=True, repr=False, eq=False)
class Derivation(Written):
    """A derivation: what its author wrote, and what checking it finds.

    It is checked when a verdict is first asked for, and once. In Jupyter it shows itself as HTML, or as
    Markdown where that is not shown; in the terminal of IPython as text.
    """

    @cached_property
    def report(self) -> Report:
        """All that checking finds, in terms; a theorem without a proof has the one that was found."""
        return checker.check(self, explain=True, diagnose=True)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its theorems and steps: `proved`, `unjustified`, `unknown` or `refuted`.

        Those that fail as the author expects are left out, unless there are no others.
        """
        return self.report.verdict

    @property
    def expected(self) -> bool:
        """Whether every verdict is as the author expects: a file may show a mistake on purpose."""
        return self.report.expected

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict on each theorem, by its name."""
        return {theorem.statement.name: theorem.verdict for theorem in self.report.theorems}

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step of every proof, in order."""
        return tuple(step for theorem in self.report.theorems for step in _steps(theorem))

    # --- presented ----------------------------------------------------------------------------------------------------

    def latex(self) -> str:
        """The derivation with its verdicts in LaTeX, for a document that loads amsmath."""
        from derive.render.latex import report_latex

        return report_latex(self.report)

    def markdown(self) -> str:
        """The derivation with its verdicts in Markdown, its formulas between dollars."""
        from derive.render.markdown import report_markdown

        return report_markdown(self.report)

    def html(self) -> str:
        """The derivation with its verdicts as a page of HTML that needs nothing besides itself."""
        from derive.render.html import report_html

        return report_html(self.report)

    def __str__(self) -> str:
        from derive.render.text import report_text

        return report_text(self.report).rstrip("\n")

    def __repr__(self) -> str:
        count = len(self.statements)
        said = f"{count} {'theorem' if count == 1 else 'theorems'}"
        return f"<derivation {self.name or self.title or 'without a name'!r}: {said}, {self._found()}>"

    def _found(self) -> str:
        """The verdicts in a few words, without checking for their sake."""
        if "report" not in vars(self):
            return "not checked yet"
        counts = Counter(theorem.verdict for theorem in self.report.theorems)
        if set(counts) <= {"proved"}:
            return "proved" if self.verdict == "proved" else f"not as expected: {self.verdict}"
        found = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        return f"{found}, {'as expected' if self.expected else 'not as expected'}"

    def _repr_html_(self) -> str:
        # No LaTeX besides, which Jupyter reads as one formula.
        from derive.render.html import fragment_html

        return fragment_html(self.report)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # In a terminal, where IPython shows text: the whole, unless it is a part of something else.
        printer.text(repr(self) if cycle or len(printer.stack) > 1 else str(self))

    # --- in SymPy and NumPy -------------------------------------------------------------------------------------------

    def to_sympy(self, theorem: str | None = None, **numbers: int) -> Any:
        """The claim of a theorem as `sympy.Eq(left, right)`, whatever its verdict; nothing in it is evaluated.

        `theorem` is its name; without it, the theorem that the derivation is named after, or the last one. Numbers for sizes
        and free indices are given by name: `to_sympy(H=3, k=1)`. Without them the equation is for every size.

        Defined names are unfolded, since SymPy would take them for constants; but one by which a derivative is taken stays a
        symbol. Entries are `IndexedBase` entries, counted from 1. What is declared of a symbol is assumed of it;
        what else is assumed, such as `sum(y[i], i) = 1`, SymPy is not told.

        Fails with `CallError` for an unknown theorem, size or index, or a number out of range.
        """
        from derive.gradient import equation, theorem_of

        return equation(theorem_of(self.report, theorem), numbers)

    def lambdify(self, theorem: str | None = None, *, check: bool = True) -> GradientFunction:
        """The gradient that a theorem `diff(E, Z[k]) = …` states, as a function of NumPy arrays, definitions unfolded.

        `theorem` is its name; without it, the theorem that the derivation is named after, or the last one. The function
        takes arrays by name and returns an array of floats:

            gradient = derive.load("softmax-ce").lambdify()
            gradient(Z=[0.1, 0.2, 0.3], y=[0, 1, 0])        shape (3,): an entry for every k

        The result has one axis for each free index of what is differentiated, then one for each index of the entry
        differentiated by. `GradientFunction` says what else may be given: sizes, single indices, batches.

        A call fails with `CallError` where the arrays do not meet what the theorem supposes, such as `sum(y[i], i) = 1`; the
        numbers would not be the gradient. With `check=False`, here or in the call, they are computed all the same. Assumptions
        `for all x`, and about functions that are only declared, cannot be checked, and are passed over.

        Fails with `CallError` where the theorem is unknown, not proved, states no derivative, or has a function without values.
        """
        from derive.gradient import gradient_function, theorem_of

        return gradient_function(theorem_of(self.report, theorem), check)


def _steps(theorem: TheoremResult) -> Iterator[Step]:
    theory = theorem.statement.theory
    for step in theorem.steps:
        yield Step(
            theorem.statement.name,
            write_term(step.left, theory),
            write_term(step.right, theory),
            step.by,
            step.rules,
            step.verdict,
            step.expected,
            tuple(write_condition(condition, theory) for condition in step.conditions),
            step.message,
            step.suggestion,
            step.place.line,
            step.place.column,
        )


def made(written: Written) -> Derivation:
    """A derivation that was read, as one that is checked when it is asked; what its claims leave open is computed."""
    written = closed(written, TIMEOUT)
    return Derivation(**{field.name: getattr(written, field.name) for field in fields(written)})


def _without_frames(error: DeriveError) -> list[str]:
    """What IPython prints of a mistake of its user's: what the command line says of it, and not the calls inside of derive."""
    from derive.render.complaint import complaints_of

    return complaints_of(error).splitlines()


DeriveError._render_traceback_ = _without_frames  # type: ignore[attr-defined]  # where it is made, nothing is known of printing


# --- the functions --------------------------------------------------------------------------------------------------------


def load(name: str | os.PathLike[str]) -> Derivation:
    """The derivation of the library of that name, or the one in a file: a path, or a text that ends in `.derive`.

    Fails with `CallError` where there is none, and with `SourceError` where it cannot be read.
    """
    return made(library.load_any(name if isinstance(name, str) else Path(name)))


def parse(text: str, name: str = "") -> Derivation:
    """The derivation that `text` writes, called `name`; what it uses is looked for in the library.

    Fails with `SourceError` at the first mistake, with its line and column.
    """
    return made(library.parse(text, name))


def check(derivation: Written, *, timeout: float = TIMEOUT, explain: bool = False, diagnose: bool = True) -> Report:
    """The verdicts on all theorems and steps; `timeout` is in seconds, for each step.

    With `explain`, a theorem without a proof gets the one that was found. With `diagnose`, a false line is compared with what
    its author may have meant, and the change that makes it true is suggested. No verdict is an error: see `Report.verdict` and
    `Report.expected`.
    """
    return checker.check(derivation, timeout=timeout, explain=explain, diagnose=diagnose)


def diff(expression: str, variable: str, *, declare: str | Written | Iterable[str | Written] = "") -> Derivation:
    """The derivation of the derivative of `expression` by `variable`: every line by a rule with a name, and checked like any.

        derive.diff("x*exp(x)", "x")
        derive.diff("E", "Z[k]", declare=derive.load("softmax-ce"))

    Both are text of the language; `variable` is a variable or a defined entry, and `"x, x"` stands for a second derivative.
    `declare` says what the names are: declarations as text, a derivation of which those are taken, or several of these. What is
    assumed there is used.

    Fails with `SourceError` where a text is wrong or a name is not declared, with `CallError` where no derivative is found.
    """
    return made(differentiate(expression, variable, _declared(declare)))


def check_chain(
    chain: Iterable[str], *, declare: str | Written | Iterable[str | Written] = "", timeout: float = TIMEOUT
) -> dict[str, Any]:
    """The verdict on a chain of equal expressions without reasons, as data: the first step that is not proved, and why.

        derive.check_chain(["diff(x^2, x)", "2*x", "3*x"], declare="variable x")
        {"verdict": "refuted", "step": 2, "message": …, "counterexample": {…}, "steps": [{"left": …}, …], "errors": [], …}

    `step` counts from 1, and is None where all are proved. `declare` says what the names are: declarations as text, a
    derivation of which those are taken, or several of these. What is wrong with a text stands under `errors`, and the verdict
    is then `error`. Fails with `CallError` for what is no chain, or declares nothing.
    """
    from derive.batch.items import answered, item_of

    given = [*chain] if isinstance(chain, Iterable) and not isinstance(chain, str) else chain
    return answered(item_of({"chain": given, "declare": _declared(declare), "timeout": timeout}))


def _declared(declare: str | Written | Iterable[str | Written]) -> str:
    """Declarations as text. Fails with `CallError` for what declares nothing."""
    parts = [declare] if isinstance(declare, str | Written) or not isinstance(declare, Iterable) else [*declare]
    for part in parts:
        if not isinstance(part, str | Written):
            said = f"declare is of {type(part).__name__}, which declares nothing"
            raise CallError("no-declarations", said, 'write declare="variable x", or give a derivation')
    return "\n".join(part if isinstance(part, str) else declarations(part) for part in parts)
