"""`derive check --format jsonl`, `derive serve`: an object of JSON a line, written as soon as it is there.

    {"id": 1, "chain": ["diff(x^2, x)", "2*x"], "declare": "variable x"}       from standard input
    {"id": 1, "verdict": "proved", "expected": true, "step": null, …}          the answer

Or an answer for each file that is named. What may be asked, and what is answered, `batch.items` says.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator

from derive.batch.items import failed
from derive.batch.many import check_files, streamed
from derive.commands.files import STANDARD
from derive.commands.found import found
from derive.commands.output import target_of, write_parts
from derive.errors import CallError, DeriveError
from derive.limits import LARGEST_FILE


def check_lines(paths: list[str], jobs: int | None, timeout: float, output: str | None = None) -> int:
    """Writes an answer for each file, or for each line of standard input, and returns the exit status."""
    if STANDARD in paths:
        if len(paths) > 1:
            raise CallError("two-inputs", "with --format jsonl standard input is a list of items", "name files in another call")
        answers = streamed(_items(), jobs or os.cpu_count() or 1)
    else:
        answers = _files(paths, jobs, timeout)
    counted = _Status()
    if output is not None:
        _, encoding = target_of(output, None, False)
        write_parts((f"{line}\n" for line in counted.seen(answers)), output, encoding)
    else:
        for line in counted.seen(answers):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    return counted.status


def serve() -> int:
    """Answers one line after the other, by one process that stays, until the input ends."""
    for line in streamed(_items(), 1):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    return 0


class _Status:
    """The exit status that the answers ask for: 2 where a text cannot be read, 1 where a verdict is not as expected."""

    def __init__(self) -> None:
        self.status = 0

    def seen(self, answers: Iterable[str]) -> Iterator[str]:
        for line in answers:
            answer = json.loads(line)
            self.status = max(self.status, 2 if answer["verdict"] == "error" else 0 if answer["expected"] else 1)
            yield line


def _items() -> Iterator[str]:
    """The lines of standard input that are not empty. One that is too long, or no text, is no JSON, and told as that."""
    if sys.stdin is None:
        raise CallError("no-input", "there is no standard input to read")
    while line := sys.stdin.buffer.readline(LARGEST_FILE):
        if line.strip():
            yield line.decode(errors="replace")


def _files(paths: list[str], jobs: int | None, timeout: float) -> Iterator[str]:
    each = list(found(paths))
    answers = check_files((path for path in each if isinstance(path, str)), jobs, timeout)
    for path in each:
        if isinstance(path, DeriveError):
            yield json.dumps({"id": path.file, **failed([path])})
        else:
            yield next(answers)
