"""The cell magic `%%derive` of IPython and Jupyter, once `%load_ext derive` is run.

    %%derive --name square
    variable x
    theorem slope: diff(x^2, x) = 2*x

The text of the cell is a derivation. It is checked, and is the value of the cell, so that Jupyter shows it with its verdicts.
The first step that is not as its author expects is shown above it, as by `derive check`. With `--name` it is bound to that
name. Cells share what they declare and state like the blocks of a document, in the order in which they are run.

IPython calls `load`, and nothing of it is imported here.
"""

from __future__ import annotations

import keyword
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from derive.checking.verdicts import Report
from derive.engine.rules import NAMES
from derive.errors import CallError
from derive.language import read
from derive.language.blocks import MARK
from derive.language.derivation import Derivation
from derive.language.earlier import Earlier
from derive.language.errors import SourceError
from derive.library import loading
from derive.render.diagnostics import excerpts
from derive.render.findings import findings

ABOVE = 1
"""Lines of the cell above its derivation: the magic itself, which Jupyter counts as well."""
USAGE = f"write %%{MARK}, or %%{MARK} --name NAME with a name of Python"


class Checkable(Protocol):
    """A derivation that knows what checking it finds."""

    @property
    def report(self) -> Report: ...


D = TypeVar("D", bound=Checkable)


class Cells:
    """The derivations of one session; `made` makes of one that is read what the cell is to show."""

    def __init__(self, shell: Any, made: Callable[[Derivation], D]) -> None:
        self.shell = shell
        self.made: Callable[[Derivation], Any] = made
        self.earlier = Earlier()

    def run(self, line: str, cell: str) -> Any:
        """The derivation in a cell. Fails with `DeriveError` where it cannot be read."""
        name, place = name_in(line), f"In [{self.shell.displayhook.prompt_count}]"
        try:
            written = read(cell, name, place, loading(os.curdir), NAMES, ABOVE, self.earlier)
        except BaseException as problem:
            self.earlier.lose(cell, problem.declares if isinstance(problem, SourceError) else ())
            raise
        written = replace(written, above=ABOVE)
        found = self.made(written)
        self.earlier.add(written)
        wrong = [finding for finding in findings(found.report) if finding.severity == "error"]
        if wrong:
            sys.stderr.write(excerpts(wrong[:1]))
        if name:
            self.shell.user_ns[name] = found
        return found


def name_in(line: str) -> str:
    """The name after `--name`, or none. Fails with `CallError` for anything else behind the magic."""
    try:
        words = shlex.split(line.replace("=", " ", 1))
    except ValueError:
        words = [line]
    if not words:
        return ""
    option, *names = words
    if option != "--name" or len(names) != 1 or not names[0].isidentifier() or keyword.iskeyword(names[0]):
        raise CallError("no-magic", f"%%{MARK} cannot be called with {line.strip()}", USAGE)
    return names[0]


def load(shell: Any, made: Callable[[Derivation], D]) -> None:
    """Makes the magic known to a shell of IPython."""
    shell.register_magic_function(Cells(shell, made).run, magic_kind="cell", magic_name=MARK)
