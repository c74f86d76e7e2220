"""Diagnostics for people: what is wrong, where, what is known, and what to type instead.

    error[D202]: the two sides differ
      --> softmax.derive:16:7
       |
    16 |     = diff(E, p[i])*diff(p[i], score[i])  by chain
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = asked: diff(E, score[i]) = diff(E, p[i])*diff(p[i], score[i]) by chain
       = counterexample: at n = 3, i = 1, score[1] = 0, the left side is 1/2, the right side 1/3
       = help: write = sum(diff(E, p[k])*diff(p[k], score[i]), k)

`full` is that, `concise` a line for each. Expressions are in the proof language, so that they can be copied. Where the width is
None, as for output into a file, nothing is ever broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from derive.checking.verdicts import Report, TheoremResult
from derive.floor.conditions import Condition
from derive.language.conditions import first_few, write_condition
from derive.language.derivation import Place
from derive.render.findings import Checked, Finding, filled, findings, parts
from derive.render.json import VERDICTS
from derive.render.layout import broken, columns, counted, one_line, paragraph, visible

LINES = 8
"""The most lines of the source that one finding shows."""
SHOWN = 1000
"""The most columns of a source line that are shown, where no width is given."""

_COLORS = {"error": "1;31", "warning": "1;33", "note": "1;36", "frame": "34", "title": "1", "help": "1;32"}


def full(
    checked: Checked,
    *,
    color: bool = False,
    width: int | None = None,
    ascii: bool = False,
    verbose: bool = False,
    strict: bool = False,
) -> str:
    """All findings, each with the lines of the source that it is about; empty where there is nothing to say."""
    return excerpts(findings(checked, verbose=verbose, strict=strict), color=color, width=width, ascii=ascii)


def excerpts(found: Iterable[Finding], *, color: bool = False, width: int | None = None, ascii: bool = False) -> str:
    """Some findings, each with the lines of the source that it is about."""
    page = _Page(color, width, ascii)
    return "\n".join("".join(f"{line}\n" for line in page.finding(finding)) for finding in found)


def concise(checked: Checked, *, verbose: bool = False, strict: bool = False) -> str:
    """One line for each finding: `file:line:column: error[D202] the two sides differ`."""
    return "".join(_concise(finding) for finding in findings(checked, verbose=verbose, strict=strict))


def conditional(report: Report) -> Iterator[str]:
    """A line for each theorem that is proved where its sides have a value, or has lines that are proved where something else
    holds: what that means of its symbols; and what ? is.
    """
    for finding in filled(report):
        yield one_line(f"{finding.where}: {finding.message}") + "\n"
    for theorem in report.theorems:
        said, place = _provided(theorem)
        if said:
            where = f"{report.derivation.file}:{place.line}:{place.column}: " if place.line else ""
            yield one_line(f"{where}{'; '.join(said)}") + "\n"


def _provided(theorem: TheoremResult) -> tuple[list[str], Place]:
    """What a theorem and the lines of its proof are proved under, and where to look."""
    statement, proved = theorem.statement, theorem.verdict == "proved"
    own = theorem.conditions if proved else ()
    steps = [step for _, step in theorem.written_steps if step.verdict == "proved" and not set(step.conditions) <= set(own)]
    more = tuple(dict.fromkeys(condition for step in steps for condition in step.conditions if condition not in own))

    def shown(conditions: tuple[Condition, ...]) -> str:
        return ", ".join(first_few([f"`{write_condition(condition, statement.theory)}`" for condition in conditions]))

    said = []
    if own:
        what = "its sides and what is given have" if statement.hypotheses else "its sides have"
        said.append(f"`{statement.name}` is proved wherever {what} a value: {shown(own)}")
    if more:
        whose = "its proof" if own else f"the proof of `{statement.name}`"
        said.append(f"lines of {whose} hold provided that {shown(more)}")
    return said, steps[0].place if steps and not own else statement.place


def summary_line(summary: dict[str, Any], unread: int = 0) -> str:
    """The last line, from the counts of `json.summary`: `3 files, 12 theorems (11 proved, 1 refuted), 45 steps (45 proved); …`.

    `unread` is how many files could not be read.
    """
    parts = [counted(summary["files"], "files"), *(_verdicts(summary[what], what) for what in ("theorems", "steps"))]
    ends = ["all as expected" if summary["as_expected"] and not unread else "not as expected"]
    if unread:
        ends = [f"{counted(unread, 'files')} not read", *([] if summary["as_expected"] else ends)]
    return "; ".join([", ".join(parts), *ends])


def _verdicts(counts: dict[str, int], what: str) -> str:
    found = ", ".join(f"{counts[each]} {each}" for each in VERDICTS if counts[each])
    return counted(counts["total"], what) + (f" ({found})" if found else "")


def _concise(finding: Finding) -> str:
    located = f"{one_line(finding.where)}: " if finding.file or finding.place.line else ""
    return f"{located}{finding.kind} {one_line(finding.message)}\n"


class _Page:
    def __init__(self, color: bool, width: int | None, ascii: bool) -> None:
        self.color = color
        self.width = None if width is None else max(width, 30)
        self.dots = "..." if ascii else "…"
        self.ascii = ascii

    def finding(self, finding: Finding) -> Iterator[str]:
        kind = finding.kind
        head, *more = self.prose(finding.message, f"{kind}: ", "  ")
        yield self.paint(finding.severity, kind) + self.paint("title", head[len(kind) :])
        yield from (self.paint("title", line) for line in more)
        excerpt = list(self.excerpt(finding))
        margin = max((len(number) for number, _, _ in excerpt), default=1)
        empty = f"{' ' * margin} {self.paint('frame', '|')}"
        if finding.place.line or finding.file not in finding.message:
            yield f"{' ' * margin}{self.paint('frame', '-->')} {one_line(finding.where)}"
        if excerpt:
            yield empty
        for number, line, marks in excerpt:
            yield f"{self.paint('frame', f'{number:>{margin}} |')} {line}".rstrip()
            if marks:
                before = len(marks) - len(marks.lstrip())
                yield f"{empty} {marks[:before]}{self.paint(finding.severity, marks[before:])}"
        said = [line for label, text in parts(finding) for line in self.labelled(label, text, margin)]
        if excerpt and said:
            yield empty
        yield from said

    # --- what is said ---

    def labelled(self, label: str, text: str, margin: int) -> Iterator[str]:
        first = f"{' ' * margin} = {label}: "
        rest = " " * min(len(first), (self.width or 200) // 3)
        if label == "asked" or text.startswith("write = "):
            head, *more = broken(self.plain(text), None if self.width is None else self.width - len(first))
            lines = [first + head, *(" " * len(first) + line for line in more)]
        else:
            # A value stays with its name.
            joined = self.plain(text).replace(" = ", "\xa0=\xa0")
            lines = [line.replace("\xa0", " ") for line in paragraph(joined, self.width, first, rest)]
        style = label if label == "help" else "title"
        at = margin + 3 + len(label)
        yield f"{' ' * margin} {self.paint('frame', '=')} {self.paint(style, label)}{lines[0][at:]}"
        yield from lines[1:]

    def prose(self, text: str, first: str, rest: str) -> list[str]:
        return paragraph(self.plain(text), self.width, first, rest)

    def plain(self, text: str) -> str:
        text = one_line(text)
        return text.replace("…", "...") if self.ascii else text

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if self.color and text.strip() else text

    # --- the source ---

    def excerpt(self, finding: Finding) -> Iterator[tuple[str, str, str]]:
        """The lines that the finding is about: the number of each, the line, and the marks below it."""
        place, text = finding.place, finding.text
        if not place.line or not text:
            return
        begin = place.start - (place.column - 1)
        end = max(place.end, place.start + 1)
        lines = text[begin:end].removesuffix("\n").split("\n")
        last = place.line + len(lines) - 1
        for number, line in enumerate(lines, place.line):
            first = place.column - 1 if number == place.line else len(line) - len(line.lstrip())
            stop = text.find("\n", begin + len(line))
            rest = text[begin + len(line) : stop if stop >= 0 else len(text)] if number == last else ""
            begin += len(line) + 1
            if number - place.line < LINES - 2 or number == last or len(lines) <= LINES:
                behind = max(len(line), first + (number == place.line))
                yield str(number), *self.marked(line + rest, first, behind, len(str(last)))
            elif number - place.line == LINES - 2:
                yield "", self.dots, ""

    def marked(self, line: str, first: int, last: int, margin: int) -> tuple[str, str]:
        """A line of the source, and the marks below its characters from `first` to `last`; what is too long is cut."""
        room = SHOWN if self.width is None else max(self.width - margin - 3, 10)
        # Of a very long line only what is near is looked at.
        far = max(0, first - 4 * room)
        line, first, last = line[far : first + 8 * room], first - far, last - far
        line = visible(line).rstrip().ljust(first + 1)  # what is missing may be missed at the end
        if columns(line) > room:
            fits = columns(line[:last] + self.dots) <= room
            begin = 0 if fits else max(0, min(first - room // 3, len(line) - room // 2))
            before = self.dots if begin or far else ""
            end, filled = begin, columns(before + self.dots)
            while end < len(line) and filled + columns(line[end]) <= room:
                filled += columns(line[end])
                end += 1
            line = before + line[begin:end] + (self.dots if end < len(line) else "")
            first, last = first - begin + len(before), min(last, end) - begin + len(before)
        return line.rstrip(), " " * columns(line[:first]) + "^" * columns(line[first:last])
