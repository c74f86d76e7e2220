r"""Terms, chains and whole reports in LaTeX, for a document that loads amsmath; KaTeX and MathJax read the same.

    \frac{\partial E}{\partial Z_{k}}    \sum_{\substack{i=1\\ i\ne k}}^{H} y_{i}    e^{Z_{i}}    \delta_{ik}

A chain is one `align*`, a step a line, its reason to the right. A line too long for a page is broken before a plus or minus,
and where the reasons would not fit beside the lines they stand under them.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

from derive.checking.verdicts import ChainResult, Report, StepResult, TheoremResult
from derive.floor import terms as t
from derive.floor.functions import TABLE
from derive.floor.theory import Assumption, Definition, Theory, Unknown
from derive.held import without_held
from derive.language.conditions import condition_in_words
from derive.language.derivation import Derivation
from derive.render.layout import with_code
from derive.render.notation import Level, Piece, Terms, Where, single_letters
from derive.render.order import MISTAKES, Order, order, supposed
from derive.render.reasons import reason, sizes_of
from derive.render.symbols import LATEX_GREEK, LATEX_RELATIONS, latex_name
from derive.render.typeset import Typeset, span

LAST_LATIN = 0x17F
"""The last of the letters that pdflatex sets with the fonts that come with it."""
_TALL = re.compile(r"\\(frac|sum|prod|begin|left)(?![a-z])")
_WORD_FIRST = re.compile(r"\{?\\(mathrm|text|operatorname)\b")
_WORD_LAST = re.compile(r"\\(mathrm|text|operatorname)\{\w*\}(_\{\w*\})?\}?$")
LINE = 58
"""About so many characters fit on a line of a page, as `span` measures them."""
PAGE = 72
"""What fits on it with a reason, which is set in text."""
ASIDE = 40
"""The longest reason that stands beside its line."""


def latex_term(term: t.Term, theory: Theory | None = None) -> str:
    """`term` as LaTeX for mathematics mode."""
    return Latex(theory).write(term)


class Latex(Typeset):
    """Mathematics in LaTeX."""

    dot = r" \cdot "
    partial = r"\partial"
    thin = r" \, "
    bar = "/"

    def name(self, name: str) -> str:
        return latex_name(name)

    def group(self, text: str) -> str:
        return rf"\left({text}\right)" if _TALL.search(text) else f"({text})"

    def subscripted(self, name: str, indices: Terms) -> str:
        written = self.name(name)
        # TeX takes one subscript for each thing, so a name with marks below it becomes one thing.
        return f"{{{written}}}_{self._subscript(indices)}" if "_" in written else f"{written}_{self._subscript(indices)}"

    def primed(self, name: str, order: int, by: str) -> str:
        written = self.name(name)
        written = f"{{{written}}}" if "_" in written else written
        return written + ("'" * order if order < 4 else f"^{{({order})}}") + (f"_{{{by}}}" if by else "")

    def _subscript(self, indices: Terms) -> str:
        written = [self.index(index) for index in indices]
        if not single_letters(indices):
            return f"{{{','.join(written)}}}"
        return f"{{{''.join(text + ' ' if text[0] == chr(92) else text for text in written).rstrip()}}}"

    def join(self, left: Piece, right: Piece) -> str:
        numbers = left.text[-1].isdigit() and right.text.startswith(r"\frac")  # 2½ is not 2 times ½
        if numbers or right.text[0].isdigit() or re.match(r"\\frac\{\d+\}\{\d+\}$", right.text):
            return self.dot
        words = _WORD_LAST.search(left.text) or _WORD_FIRST.match(right.text)
        return self.thin if words else " "

    def fraction(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def around(self, text: str) -> str:
        return rf"\left({text}\right)"

    def raised(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def ten_to(self, exponent: int) -> str:
        return f"10^{{{exponent}}}"

    def big(self, term: t.Binder) -> str:
        index, last = self.name(term.index.name), self.write(term.index.range)
        extreme = isinstance(term, t.Max | t.Min)  # which has nothing above it
        below = rf"1 \le {index} \le {last}" if extreme else f"{index}=1"
        if term.excluded:
            lines = (rf"\\ {index}\ne {self.write(part)}" for part in term.excluded)
            below = rf"\substack{{{below}{''.join(lines)}}}"
        return rf"\{type(term).__name__.lower()}_{{{below}}}" + ("" if extreme else f"^{{{last}}}")

    def word(self, function: str) -> str:
        row = TABLE.get(function)
        return row.latex if row is not None else self.name(function)

    def beside(self, function: str, argument: str) -> str:
        return f"{function} {argument}"

    def held(self, derivative: str, names: list[str]) -> str:
        return rf"\left.{derivative}\right|_{{{', '.join(names)}}}"

    def cases(self, rows: list[tuple[str, str]]) -> str:
        lines = r" \\ ".join(f"{value} & {when}" for value, when in rows)
        return rf"\begin{{cases}} {lines} \end{{cases}}"

    def when(self, condition: str) -> str:
        return rf"\text{{if }} {condition}" if condition else r"\text{otherwise}"

    def delta_of(self, indices: Terms) -> str:
        return rf"\delta_{self._subscript(indices)}"

    def bracket(self, left: str, right: str) -> str:
        return f"[{left} = {right}]"

    def root(self, inside: str) -> str:
        return rf"\sqrt{{{inside}}}"

    def bars(self, inside: str) -> str:
        return rf"\left|{inside}\right|"

    def log_to(self, base: str) -> str:
        return rf"\log_{{{base}}}"

    def relation(self, relation: str) -> str:
        return LATEX_RELATIONS[relation]

    def dots(self) -> str:
        return r"\cdots"


# --- reports ---------------------------------------------------------------------------------------------------------


def report_latex(report: Report) -> str:
    """The report as LaTeX to paste into a document: theorems and lemmas with their proofs, one `align*` for each chain.

    The environments are those of the document, with labels to refer to; where it has none, plain ones stand in for them.
    """
    parts = order(report)
    needs = (_NEEDS, *_ENVIRONMENTS) if len(parts.mistakes) < len(report.theorems) else ("",)
    lines = _body(report.derivation, parts)
    heads = [*_heads(report), needs[0], *_letters(lines)]
    # A long chain may run over a page.
    begin = [r"\begingroup\allowdisplaybreaks", *needs[1:]]
    return "\n".join([*(f"% {head}" for head in heads if head), *begin, *lines, r"\endgroup"]) + "\n"


def standalone(title: str, source: str, body: str) -> str:
    """A document of its own around what was written."""
    missing = _missing([title, source, body])
    fonts = [r"\usepackage{fontspec}" if missing else r"\usepackage[T1]{fontenc}"]
    return "\n".join([
        *([f"% !TeX program = lualatex, with a font that has {' '.join(missing)}"] if missing else []),
        r"\documentclass{article}",
        r"\usepackage{amsmath,amsthm}",
        *fonts,
        r"\newtheorem{theorem}{Theorem}",
        r"\newtheorem{lemma}[theorem]{Lemma}",
        rf"\title{{{escaped(title)}}}",
        r"\author{}\date{}",
        r"\begin{document}",
        *([r"\maketitle"] if title else []),
        *([rf"{{\raggedright\noindent\emph{{{escaped(source)}}}\par}}", ""] if source else []),
        body + r"\end{document}",
    ]) + "\n"  # fmt: skip


def _heads(report: Report) -> list[str]:
    """What is said in comments above a fragment: what it is of, and what is said besides."""
    derivation = report.derivation
    told = f"verdict: {report.verdict}" + (", as expected" if report.expected and report.verdict != "proved" else "")
    heading = [derivation.title or derivation.name, derivation.source, *derivation.notes, told]
    return [" ".join(text.split()) for text in heading]


_NEEDS = r"needs \usepackage{amsmath}; theorem, lemma and proof are as the document has them, with amsthm for example"
_ENVIRONMENTS = (
    r"\ifdefined\theorem\else\newenvironment{theorem}[1][]{\par\medskip\noindent\textbf{Theorem (#1).} }{\par}\fi",
    r"\ifdefined\lemma\else\newenvironment{lemma}[1][]{\par\medskip\noindent\textbf{Lemma (#1).} }{\par}\fi",
    r"\ifdefined\proof\else\newenvironment{proof}[1][Proof]{\par\medskip\noindent\textit{#1.} }{\par}\fi",
)
"""What stands in for the environments of a document that has none; only inside of the fragment."""


def _body(derivation: Derivation, parts: Order) -> list[str]:
    lines: list[str] = []
    if parts.result is not None:
        lines += ["", *_stated("theorem", parts.result, derivation, supposed(parts.result))]
    declared = [*symbols(derivation.theory, escaped)]
    if declared:
        lines += ["", rf"\noindent Symbols: {'; '.join(declared)}."]
    defined = definitions(derivation.theory)
    if defined:
        lines += _align(defined)
    for theorem in parts.lemmas:
        lines += ["", *_stated("lemma", theorem, derivation), *_proof(theorem)]
    if parts.result is not None:
        lines += _proof(parts.result, f"Proof of {escaped(parts.result.statement.name)}" if parts.lemmas or declared else "")
    for theorem in parts.others:
        lines += ["", *_stated("theorem", theorem, derivation), *_proof(theorem)]
    if parts.mistakes:
        lines += ["", rf"\medskip\noindent\textbf{{{MISTAKES}.}}"]
    for theorem in parts.mistakes:
        lines += ["", rf"\noindent\textbf{{{escaped(theorem.statement.name)}.}} {claim(theorem)}"]
        lines += [*_chains(theorem), "", *findings(theorem, _sentence)]
    return lines


def _stated(
    environment: str, theorem: TheoremResult, derivation: Derivation, given: Sequence[t.Comparison] | None = None
) -> list[str]:
    """What is claimed, with its verdict."""
    name = theorem.statement.name
    verdict, *others = findings(theorem, _sentence)
    return [
        rf"\begin{{{environment}}}[{escaped(name)}]\label{{{label(derivation, name)}}}",
        rf"\[ {equation(theorem)} \]",
        *([f"{said[:1].upper()}{said[1:]}."] if (said := circumstances(theorem, given)) else []),
        *([verdict] if theorem.verdict == "proved" else []),
        rf"\end{{{environment}}}",
        *([verdict, *others] if theorem.verdict != "proved" else []),
    ]


def label(derivation: Derivation, name: str) -> str:
    """The label of a theorem: `thm:softmax-ce`, or `thm:softmax-ce/denominator` for one of another name than its derivation."""
    return f"thm:{derivation.name}/{name}" if derivation.name not in ("", name) else f"thm:{name}"


def _proof(theorem: TheoremResult, title: str = "") -> list[str]:
    chains = _chains(theorem)
    named = f"[{title}]" if title else ""
    return [rf"\begin{{proof}}{named}", *chains, r"\end{proof}"] if chains else []


def _chains(theorem: TheoremResult) -> list[str]:
    lines: list[str] = []
    for chain in theorem.chains:
        if chain.conditions:
            cases = ", ".join(f"${latex_term(condition)}$" for condition in chain.conditions)
            lines += [*([""] if lines else []), f"Case {cases}:"]
        lines += _align(rows(chain, theorem.statement.theory))
    return lines


def symbols(theory: Theory, escape: Callable[[str], str]) -> Iterator[str]:
    """What each size, variable, constant, function and index is, a phrase for each, with mathematics in dollars."""
    for written, kind, description in _symbols(without_held(theory)):
        yield f"${written}$ ({escape(description) if description else kind})"


def _symbols(theory: Theory) -> Iterator[tuple[str, str, str]]:
    for name, least in theory.sizes.items():
        yield latex_name(name) + (rf" \ge {least}" if least > 1 else ""), "size", theory.descriptions.get(name, "")
    for unknown in theory.unknowns.values():
        relation = f" {LATEX_RELATIONS[unknown.relation]} 0" if unknown.relation else ""
        yield _array(unknown) + relation, "variable" if unknown.variable else "constant", unknown.description
    for function in theory.functions.values():
        names = function.of or tuple("uvwxyz"[: function.arity])
        yield f"{latex_name(function.name)}({', '.join(map(latex_name, names))})", "function", function.description
    for name, index in theory.indices.items():
        extent = rf"\{{1, \dots, {latex_term(index.range)}\}}"
        yield rf"{latex_name(name)} \in {extent}", "index", theory.descriptions.get(name, "")


def _array(unknown: Unknown) -> str:
    """An array by its entries, or by its shape where it has several indices."""
    name = latex_name(unknown.name)
    if not unknown.ranges:
        return name
    extents = [latex_term(extent) for extent in unknown.ranges]
    if len(extents) > 1:
        times = r" \times "
        return rf"{name} \in \mathbf{{R}}^{{{times.join(extents)}}}"
    name = f"{{{name}}}" if "_" in name else name
    places = ["1", "2", "3"][: int(extents[0])] if extents[0] in ("1", "2", "3") else ["1", "", extents[0]]
    return ", ".join(f"{name}_{{{place}}}" if place else r"\dots" for place in places)


def _missing(lines: Iterable[str]) -> list[str]:
    """The letters that plain LaTeX has not."""
    return sorted({char for line in lines for char in line if ord(char) > LAST_LATIN})


def _letters(lines: list[str]) -> list[str]:
    """What is to be said of letters that plain LaTeX has not."""
    missing = _missing(lines)
    return [f"needs lualatex or xelatex, and a font that has {' '.join(missing)}"] if missing else []


def _align(lines: list[str]) -> list[str]:
    return [r"\begin{align*}", *(f"  {line}" for line in lines), r"\end{align*}"]


def definitions(theory: Theory) -> list[str]:
    """What is defined and assumed, as the lines of an alignment."""
    theory = without_held(theory)
    found = [
        (definiendum(row), r"=", row.body, row.description) for row in theory.definitions.values()
    ] + [
        (row.claim.left, LATEX_RELATIONS[row.claim.relation], row.claim.right, _assumed(row))
        for row in theory.assumptions
    ]
    return _lines([
        f"{latex_term(left, theory)} &{relation} {latex_term(right, theory)}"
        + (rf" && \text{{{escaped(said)}}}" if said else "")
        for left, relation, right, said in found
    ])  # fmt: skip


def _assumed(row: Assumption) -> str:
    """What is said of an assumption beside it."""
    every = f"for all {', '.join(sorted(row.everywhere))}" if row.everywhere else ""
    return ", ".join(filter(None, (row.description or "assumed", every)))


def definiendum(row: Definition) -> t.Term:
    if row.arguments:
        return t.Call(row.name, tuple(t.Entry(name, ()) for name in row.arguments))
    return t.Entry(row.name, row.parameters)


def claim(theorem: TheoremResult, given: Sequence[t.Comparison] | None = None) -> str:
    """What a theorem says, as a phrase with mathematics in dollars: under its own hypotheses, or under what is `given`."""
    return f"${equation(theorem)}$ {circumstances(theorem, given)}".rstrip()


def equation(theorem: TheoremResult) -> str:
    """The sides of a theorem, for mathematics mode."""
    return " = ".join(latex_term(side, theorem.statement.theory) for side in theorem.statement.sides)


def circumstances(theorem: TheoremResult, given: Sequence[t.Comparison] | None = None) -> str:
    """For which indices it is claimed, and under which hypotheses: its own, or what is `given`."""
    statement = theorem.statement
    rows = (("for", statement.conditions), ("given", statement.hypotheses if given is None else given))
    return " ".join(
        f"{word} {', '.join(f'${latex_term(condition, statement.theory)}$' for condition in conditions)}"
        for word, conditions in rows
        if conditions
    )


def _sentence(text: str) -> str:
    """A message; backticks would be quotation marks."""
    return with_code(text, escaped, lambda part: rf"\texttt{{{escaped(part)}}}")


def findings(theorem: TheoremResult, escape: Callable[[str], str]) -> Iterator[str]:
    """The verdict on a theorem, and what is wrong with its steps, in sentences with mathematics in dollars.

    `escape` makes text of messages; the first sentence begins with the verdict.
    """
    theory = theorem.statement.theory
    said = theorem.verdict.capitalize()
    if theorem.verdict == "proved":
        sizes = [f"${latex_name(name)}" + (rf" \ge {least}$" if least > 1 else "$") for name, least in sizes_of(theorem)]
        said += f" for every {', '.join(sizes)}" if sizes else ""
        conditions = [
            condition_in_words(condition, lambda term: f"${latex_term(term, theory)}$") for condition in theorem.conditions
        ]
        said += f", provided that {'; '.join(conditions)}" if conditions else ""
        yield f"{said}."
    else:
        said += ", as the author expects" if theorem.expected else ""
        yield said + _details(theorem, escape)
    for number, step in enumerate(theorem.steps, 1):
        if step.verdict != "proved":
            yield f"Step {number} is {step.verdict}{_details(step, escape)}"


def _details(result: TheoremResult | StepResult, escape: Callable[[str], str]) -> str:
    """What follows a verdict other than proved: the message, the counterexample and what helps."""
    said = f": {escape(result.message).rstrip('.')}" if result.message else ""
    example = result.counterexample
    if example is not None:
        values = (f"${_entry(name)} = {_value(value)}$" for name, value in example.told.items())
        at = ", ".join((*values, *example.untold))
        said += f" (at {at} the left side is ${_value(example.left)}$, the right side ${_value(example.right)}$)"
    return said + "." + (f" Help: {escape(result.suggestion).rstrip('.')}." if result.suggestion else "")


def _value(written: str) -> str:
    return written if re.fullmatch(r"[-+\d./ ]+", written) else rf"\text{{{escaped(written)}}}"


def _entry(written: str) -> str:
    found = re.fullmatch(r"(\w+)\[([\d, ]*)\]", written)
    if not found:
        return latex_name(written) if written.isidentifier() else rf"\text{{{escaped(written)}}}"
    return Latex().subscripted(found[1], tuple(t.Number(Fraction(part)) for part in found[2].split(",")))


def rows(chain: ChainResult, theory: Theory) -> list[str]:
    """The lines of a chain for an alignment, their ends included."""
    to = Latex(theory)
    reasons = [_reason(step) for step in chain.steps]
    aside = max((len(by) for by in reasons if len(by) <= ASIDE), default=0)
    room = max(PAGE - aside - span(chain.start), LINE // 2)
    broken = [_broken(step.right, to, room) for step in chain.steps]
    beside = all(width <= room for _, width in broken)
    start = to.write(chain.start)
    lines: list[str] = []
    if span(chain.start) > LINE // 3 or not chain.steps:
        lines.append(f"& {start}")
        start = ""
    if not beside:
        broken = [_broken(step.right, to, LINE) for step in chain.steps]
    for (written, _), by in zip(broken, reasons, strict=True):
        first, *others = written
        lines.append(f"{start} &= {first}".lstrip())
        lines += (rf"&\quad {other}" for other in others)
        if by and beside and len(by) <= ASIDE:
            lines[-1] += rf" && \text{{{escaped(by)}}}"
        elif by:
            parts = textwrap.wrap(by, max(room, ASIDE) if beside else LINE)
            lines += (rf"&\qquad \text{{{escaped(part)}}}" for part in parts)
        start = ""
    return _lines(lines)


def _lines(lines: list[str]) -> list[str]:
    return [line + r" \\" for line in lines[:-1]] + lines[-1:]


def _reason(step: StepResult) -> str:
    found = reason(step)
    said = f"by {found}" if found else ""
    return said if step.verdict == "proved" else f"{said} ({step.verdict})".strip()


def _broken(term: t.Term, to: Latex, room: int) -> tuple[list[str], int]:
    """A sum wider than `room` in several lines, all but the first led by a sign, and the width of the widest.

    Anything else stays on its line.
    """
    match term:
        case t.Add(terms) if span(term) > room:
            return _packed(terms, to, room)
        case t.Neg(t.Add(terms)) if span(term) > room:
            lines, width = _packed(terms, to, room - 2)
            size = "B" if any(_TALL.search(line) for line in lines) else "b"
            lines[0] = rf"-\{size}igl({lines[0]}"
            lines[-1] += rf"\{size}igr)"
            return lines, width + 2
    return [to.write(term)], span(term)


def _packed(terms: Terms, to: Latex, room: int) -> tuple[list[str], int]:
    lines: list[str] = []
    widths: list[int] = []
    for part in terms:
        piece = to.fit(part, Where.ALONE, Level.RATIO, sign=True)
        width = span(part) + 2
        sign = "-" if piece.negative else "+"
        if lines and widths[-1] + width <= room:
            lines[-1] += f" {sign} {piece.text}"
            widths[-1] += width
        else:
            lines.append(f"{sign} {piece.text}" if lines else to.signed(piece))
            widths.append(width)
    return lines, max(widths)


_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$", "|": "$|$", "−": "$-$", "≠": r"$\ne$",
    "≥": r"$\ge$", "≤": r"$\le$", "∂": r"$\partial$", "∑": r"$\sum$", "∏": r"$\prod$", "√": r"$\surd$", "∞": r"$\infty$",
    "·": r"$\cdot$", "×": r"$\times$", "⋯": r"$\cdots$", "…": r"\ldots{}", "→": r"$\to$", "∇": r"$\nabla$", "∈": r"$\in$",
    "²": "$^2$", "³": "$^3$", "¹": "$^1$", "½": r"$\frac12$", "“": "``", "”": "''", "‘": "`", "’": "'", "–": "--", "—": "---",
}  # fmt: skip


def escaped(text: str) -> str:
    """`text` as LaTeX text. Symbols that the fonts lack become a question mark; letters of other scripts stay."""
    text = re.sub(r'"([^"]*)"', r"“\1”", " ".join(text.split()))
    return "".join(_escaped(char) for char in unicodedata.normalize("NFC", text))


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char in LATEX_GREEK and not char.isascii():
        return f"${LATEX_GREEK[char]}$"
    return char if char.isascii() or char.isalpha() else "?"
