"""`derive embed PATH …`: what documentation shows of derivations, kept in step with what is proved.

    <!-- derive: softmax-ce --short -->
    …                                       the output of `derive softmax-ce --short --format markdown`
    <!-- /derive -->

The stretch is written anew. Where what it shows is not as its author expects, it is left as it is, and told.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence

from derive.commands.complaint import complain_of, fault
from derive.commands.files import replace, source
from derive.commands.output import say
from derive.errors import CallError, DeriveError
from derive.language.embedded import FORMATS, Stretch, format_of, rewritten
from derive.shelf import SUFFIX

PRINTING = frozenset(("diff", "rules", "list", "explain"))
"""Commands that print and do nothing else; any other first word is the name of a derivation, or its file."""
REFUSED = ("-o", "--output", "--force", "--install-completion", "--show-completion", "--help")

Run = Callable[[Sequence[str]], tuple[int, str, str]]
"""Runs a call: its exit status, and what it prints on standard output and as errors."""


def embed(paths: Iterable[str], check: bool, run: Run, commands: frozenset[str]) -> int:
    """Writes the stretches of documents anew, and returns the exit status.

    With `check` nothing is written, and the status is 1 where a stretch is not what would be printed.
    """
    changed = failed = 0
    status = 0
    for path in _found(paths):
        try:
            if isinstance(path, DeriveError):
                raise path
            writer = _Writer(path, run, commands)
            before = source(path)
            after = rewritten(before, path, writer)
            for problem in writer.problems:
                complain_of(problem)
            failed += len(writer.problems)
            if after != before:
                changed += 1
                say(f"{path} {'would change' if check else 'changed'}\n")
                if not check:
                    replace(path, after)
        except Exception as error:
            problem = fault(error, path if isinstance(path, str) else "")
            problem.file = problem.file or str(path)
            complain_of(problem)
            status = 2
    if not changed and not failed and not status:
        say("all that is shown is what is proved\n")
    return status or int(failed > 0 or (check and changed > 0))


class _Writer:
    """Prints what the stretches of a document ask for, and keeps what is wrong with some."""

    def __init__(self, path: str, run: Run, commands: frozenset[str]) -> None:
        self.path = path
        self.run = run
        self.commands = commands
        self.problems: list[DeriveError] = []

    def __call__(self, stretch: Stretch) -> str | None:
        try:
            arguments = self.arguments(stretch)
        except CallError as error:
            self.problems.append(_placed(error, stretch))
            return None
        status, out, err = self.run(arguments)
        if status == 0:
            return out
        told = next(iter(err.splitlines()), "").partition(": ")[2] or "it cannot be printed"
        said = f"derive {stretch.call}: {told if status > 1 else 'this is not proved, or not as expected'}"
        self.problems.append(_placed(CallError("no-embedding", said, f"see derive {stretch.call}"), stretch))
        return None

    def arguments(self, stretch: Stretch) -> list[str]:
        """The call of a stretch, in full. Fails with `CallError` for one that does more than to print."""
        try:
            words = shlex.split(stretch.call)
        except ValueError as error:
            raise CallError("no-call", f"derive {stretch.call}: {str(error).lower()}", "quote as in a shell") from error
        first = words[0] if words else ""
        if first in self.commands - PRINTING or first.startswith("-") or not first:
            raise CallError("no-call", f"derive {stretch.call} does not print a derivation", f"write {_EXAMPLE}")
        refused = next((word for word in words if word.partition("=")[0] in REFUSED or word.startswith("-o")), None)
        if refused is not None:
            raise CallError("no-call", f"{refused} has no meaning here", "leave it out")
        if first.lower().endswith(SUFFIX):
            words[0] = os.path.join(os.path.dirname(self.path), first)
        given = [word.partition("=")[0] for word in words]
        if "--format" not in given:
            words += ["--format", format_of(self.path) or "markdown"]
        if first not in PRINTING and not {"--numeric", "--no-numeric"} & {*given}:
            words.append("--no-numeric")  # the last digits differ between machines
        return words


def _placed(error: CallError, stretch: Stretch) -> CallError:
    return CallError(error.code, f"{stretch.file}:{stretch.line}: {error.message}", error.help)


_EXAMPLE = "derive: NAME, with options such as --theorem or --short"


def _found(paths: Iterable[str]) -> Iterator[str | DeriveError]:
    """The documents, those in folders in order."""
    for path in paths:
        if not os.path.isdir(path):
            unknown = format_of(path) is None
            kinds = ", ".join(sorted(FORMATS))
            yield CallError("no-document", f"{path} is no document of these kinds: {kinds}") if unknown else path
            continue
        for here, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (os.path.join(here, name) for name in sorted(files) if format_of(name) is not None)
