"""Many items at once: over processes of derive's own, or any executor of `concurrent.futures`.

    for found in check_many(texts):               # as each is ready; ordered=True: in their order
        print(found["id"], found["verdict"])

What goes to a process, and what comes back, is a line of JSON. A process of derive's own has a bound of memory and time that
no item escapes: one that passes it ends, is replaced, and its item is `unknown`. No more is held than what is worked on.
"""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import closing
from itertools import islice
from typing import Any, TypeVar

from derive.batch.items import Data, answer, answer_file, failed
from derive.checking.steps import TIMEOUT
from derive.errors import CallError, LimitError
from derive.workers import Beside, Lost, Workers

P = TypeVar("P")
AWAITED = 64
"""Items that an executor has at a time: as many as there may be processes, and some that wait."""


def check_many(
    texts: Iterable[str | Mapping[str, Any]],
    *,
    jobs: int | None = None,
    timeout: float = TIMEOUT,
    executor: Executor | None = None,
    ordered: bool = False,
) -> Generator[Data]:
    """The answer to each text, as soon as it is there, or in their order if `ordered`.

    A text is one of the language, or Markdown with blocks of it; or a mapping with the keys `text`, or `chain` and `declare`,
    and `id` and `timeout`. The id of an answer is that of its item, else its number, from 0 on. `timeout` is in seconds, for
    an item.

    `jobs` processes share the work, as many as there are processors by default; or the `executor` does, of threads, processes
    or a cluster. Fails with `CallError` for both. What is wrong with an item is its answer, and not an error.
    """
    if jobs is not None and executor is not None:
        raise CallError("two-ways", "the executor says how many share the work, and not jobs", "leave out one of them")
    if jobs is not None and jobs < 1:
        raise CallError("no-jobs", f"{jobs} processes cannot share the work", "give a number from 1 on")
    lines = (_line(number, text, timeout) for number, text in enumerate(texts))
    found = by_processes(answer, lines, jobs, ordered, _id) if executor is None else _by_executor(lines, executor, ordered)
    return _loaded(found)


def _loaded(lines: Generator[str]) -> Generator[Data]:
    with closing(lines):  # who wants no more ends the processes
        yield from map(json.loads, lines)


def check_files(paths: Iterable[str], jobs: int | None, timeout: float) -> Iterator[str]:
    """The answer on each file, in their order, as a line of JSON."""
    return by_processes(answer_file, ((path, timeout) for path in paths), jobs, True, lambda asked: asked[0])


def by_processes(
    work: Callable[[P], str], pieces: Iterable[P], jobs: int | None, ordered: bool, name: Callable[[P], Any]
) -> Generator[str]:
    """What the work makes of each piece, in processes of derive's own; `name` is the id of one whose process ended over it."""
    waiting: dict[int, P] = {}

    def noted() -> Iterator[P]:
        for number, piece in enumerate(pieces):
            waiting[number] = piece
            yield piece

    with Workers(work, jobs or os.cpu_count() or 1) as workers:
        for number, result in workers.numbered(noted(), ordered):
            piece = waiting.pop(number)
            yield _lost(name(piece), result.why) if isinstance(result, Lost) else result


def streamed(lines: Iterable[str], jobs: int) -> Iterator[str]:
    """The answer to each item, a line of JSON, as soon as it is there: none waits for the next item to come."""
    asked: queue.Queue[str | None] = queue.Queue(AWAITED)
    answers: queue.Queue[str | None] = queue.Queue(AWAITED)

    def read() -> None:
        for line in lines:
            asked.put(line)
        for _ in range(jobs):
            asked.put(None)

    def work() -> None:
        with Beside(answer) as beside:
            while (line := asked.get()) is not None:
                beside.ask(line)
                result = beside.answer()
                answers.put(_lost(_id(line), result.why) if isinstance(result, Lost) else result)
        answers.put(None)

    for each in (read, *(work for _ in range(jobs))):
        threading.Thread(target=each, daemon=True).start()
    left = jobs
    while left:
        found = answers.get()
        if found is None:
            left -= 1
        else:
            yield found


def _by_executor(lines: Iterable[str], executor: Executor, ordered: bool) -> Generator[str]:
    source = iter(lines)
    pending: dict[Future[str], str] = {}
    while True:
        for line in islice(source, AWAITED - len(pending)):
            pending[_submitted(executor, line)] = line
        if not pending:
            return
        first = next(iter(pending))
        done = {first} if ordered else wait(pending, return_when=FIRST_COMPLETED).done
        for future in [each for each in pending if each in done]:
            line = pending.pop(future)
            try:
                yield future.result()
            except Exception as error:  # its process died, or its cluster
                yield _lost(_id(line), f"{type(error).__name__}: {error}")


def _submitted(executor: Executor, line: str) -> Future[str]:
    try:
        return executor.submit(answer, line)
    except RuntimeError as error:  # it is shut down, or broken
        failing: Future[str] = Future()
        failing.set_exception(error)
        return failing


def _line(number: int, text: str | Mapping[str, Any], timeout: float) -> str:
    """An item on a line. What is none, or no JSON, is told in its answer."""
    item = {"text": text} if isinstance(text, str) else dict(text) if isinstance(text, Mapping) else {"text": None}
    try:
        return json.dumps({"id": number, "timeout": timeout, **item})
    except (TypeError, ValueError) as error:
        return json.dumps({"id": number, f"{error}": None})


def _id(line: str) -> Any:
    try:
        return json.loads(line).get("id")
    except (ValueError, AttributeError, RecursionError):
        return None


def _lost(name: Any, why: str) -> str:
    return json.dumps({"id": name, **failed([LimitError("D901", f"limit: {why}", "write it in smaller parts")])})
