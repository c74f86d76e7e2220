"""Theorems as tests of pytest: one for each, which passes where its verdict is as its author expects.

A failure shows what `derive check` prints of the theorem, and no traceback. A text that cannot be read is a test that fails, as
is a derivation that contradicts itself. The derivation is checked as a whole when the first of its theorems is run, since each
may cite those above it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from derive.checking.checker import Cited
from derive.checking.steps import TIMEOUT
from derive.checking.verdicts import TheoremResult
from derive.commands.complaint import fault
from derive.commands.config import Config, config, shown
from derive.commands.found import is_derivation
from derive.commands.one_file import Asked, report_on, texts_of
from derive.errors import DeriveError
from derive.language.derivation import Derivation
from derive.library import text_of
from derive.limits import FILE, PRINTING, allowed
from derive.render.complaint import complaint_of
from derive.render.diagnostics import excerpts
from derive.render.findings import Checked, Finding, cases, of_error
from derive.render.streamed import Style
from derive.render.target import Target

PROJECT = pytest.StashKey[Config]()
READING, DECLARATIONS, EXPECT = "reading", "declarations", "expect"
"""The tests that stand for a text that cannot be read, for one without theorems, and for what is expected of no theorem."""


def prepare(session: pytest.Config) -> None:
    """Reads what the project says. Fails with `UsageError` where that is wrong."""
    try:
        session.stash[PROJECT] = config(str(session.invocation_params.dir))
    except DeriveError as error:
        raise pytest.UsageError(complaint_of(error).removeprefix("error: ").rstrip("\n")) from error


def file_of(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The collector of a file that holds derivations."""
    return DeriveFile.from_parent(parent, path=path) if is_derivation(str(path)) else None


class Failed(Exception):
    """A theorem that is not as expected, with what there is to say about it."""


class DeriveFile(pytest.File):
    """A file, whose tests are its theorems."""

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each theorem, in their order."""
        taken = Counter[str]()
        for name, line, run in self.tests():
            taken[name] += 1
            unique = name if taken[name] == 1 else f"{name}[{taken[name]}]"  # another block may have one of the same name
            yield Theorem.from_parent(self, name=unique, line=line, run=run)

    def tests(self) -> Iterator[tuple[str, int, Callable[[], None]]]:
        """What is tested: a name, the line that it is about, and what fails with `Failed`."""
        file, known, whole, cited = shown(self.path), list[str](), True, Cited()
        try:
            with allowed(FILE):
                for read in texts_of(file, text_of(self.path, file), self.asked.timeout):
                    if isinstance(read, Derivation):
                        yield from self.theorems(read, file, cited)
                        known += (statement.name for statement in read.statements)
                    else:
                        whole = False
                        yield READING, read.place.line, partial(_fail, *map(of_error, (read, *read.more)))
        except Exception as error:
            yield READING, 0, partial(_fail, of_error(_placed(fault(error, file), file)))
            return
        for mistake in self.asked.expected.missing(str(self.path), known) if whole else ():
            yield EXPECT, 0, partial(_fail, of_error(mistake))

    def theorems(self, derivation: Derivation, file: str, cited: Cited) -> Iterator[tuple[str, int, Callable[[], None]]]:
        verdicts = _Verdicts(derivation, str(self.path), file, self.asked, cited)
        for number, statement in enumerate(derivation.statements):
            yield statement.name, statement.place.line, partial(verdicts.judge, number)
        if not derivation.statements:
            yield DECLARATIONS, 0, partial(verdicts.judge, None)

    @cached_property
    def asked(self) -> Asked:
        project = self.config.stash[PROJECT]
        style = Style("full", Target(None, False, False), strict=project.strict)
        return Asked(style, project.timeout or TIMEOUT, expected=project.expected)


class Theorem(pytest.Item):
    """One theorem, or a text that could not be read."""

    def __init__(self, *, line: int, run: Callable[[], None], **known: Any) -> None:
        super().__init__(**known)
        self.line = line
        self.run = run

    def runtest(self) -> None:
        """Fails with `Failed` where the verdict is not as expected."""
        self.run()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What `derive check` prints."""
        return str(excinfo.value) if isinstance(excinfo.value, Failed) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Where the theorem stands."""
        return self.path, max(self.line - 1, 0), self.name


class _Verdicts:
    """What there is to say of the theorems of a derivation. Once it is checked, that is all that is held of it here."""

    def __init__(self, derivation: Derivation, path: str, file: str, asked: Asked, cited: Cited) -> None:
        self.derivation: Derivation | None = derivation
        self.path = path
        self.file = file  # what it is called: its path from where pytest was called
        self.asked = asked
        self.cited = cited  # what other blocks of the document cite

    def judge(self, number: int | None) -> None:
        """Fails with `Failed` where the theorem of that number is not as expected, or the derivation as a whole."""
        whole, theorems = self.failures
        said = [each for each in (whole, theorems[number] if number is not None and theorems else "") if each]
        if said:
            raise Failed("\n".join(said).rstrip("\n"))

    @cached_property
    def failures(self) -> tuple[str, list[str]]:
        """What is wrong with the whole, and with each theorem; empty where nothing is."""
        assert self.derivation is not None
        with allowed(FILE):
            checked = report_on(self.derivation, self.path, self.asked, self.cited)
        self.derivation = None
        with allowed(PRINTING, self.asked.timeout):
            return self.written(checked)

    def written(self, checked: Checked) -> tuple[str, list[str]]:
        if isinstance(checked, DeriveError):
            return excerpts([of_error(_placed(checked, self.file))]), []
        found: dict[str, list[Finding]] = {}
        for case in cases(checked, strict=self.asked.style.strict):
            found.setdefault(case.theorem, []).extend(each for each in case.findings if each.severity == "error")
        return excerpts(found.pop("", ())), [self.failure(each, found[each.statement.name]) for each in checked.theorems]

    def failure(self, theorem: TheoremResult, found: list[Finding]) -> str:
        if theorem.expected and not found:
            return ""
        told = sorted(found, key=lambda finding: finding.place.start)
        return excerpts(told) or f"{self.file}:{theorem.statement.place.line}: {theorem.verdict}"


def _placed(error: DeriveError, file: str) -> DeriveError:
    error.file = error.file or file
    return error


def _fail(*found: Finding) -> NoReturn:
    raise Failed(excerpts(found).rstrip("\n"))
