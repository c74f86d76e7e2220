"""Work that other processes do, piece by piece: what befalls one of them befalls its piece alone.

    with Workers(work, 2) as workers:
        for result in workers.results(pieces):      # in the order of the pieces
            …                                       # what `work` makes of one, or `Lost` where its process ended over it

    with Beside(work) as beside:                # one process, which is started at once
        beside.ask(piece)
        …                                       # what there is to do here meanwhile
        result = beside.answer()

A worker gets its pieces by its standard input, answers by its standard output, and holds no other stream of the process that
started it. When that ends, however it ends, its input ends too, and so does the worker. One that dies is replaced. Neither
semaphores nor shared memory are needed; where no process can be started, the work is done here.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, NamedTuple, TypeVar

from derive.limits import bound_memory, forget, watch, write_all_digits

P = TypeVar("P")
R = TypeVar("R")

AHEAD = 32
"""Results for each worker that may wait for an earlier one: no more is held at a time."""
FEW_LOOKS = 20_000
"""New objects after which garbage is looked for: little of what is loaded or worked out is ever any."""
MOST_ATTEMPTS = 3
"""How often a piece is given to a worker that is found dead before it began."""

_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from derive.workers import serve; serve()"


class Lost(NamedTuple):
    """What there is of a piece whose worker ended over it."""

    why: str


class Named(Generic[P, R]):
    """The function of that name in a module, which is loaded where it works, and not here."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self, piece: P) -> R:
        return _loaded(self.module, self.name)(piece)  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[object, ...]:
        return _loaded, (self.module, self.name)


def _loaded(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


class Workers(Generic[P, R]):
    """`count` processes that apply `work`, a function that can be pickled, to one piece at a time."""

    def __init__(self, work: Callable[[P], R], count: int) -> None:
        self.work = work
        self.count = count
        self.answers: queue.SimpleQueue[tuple[_Worker, Any]] = queue.SimpleQueue()
        self.idle: list[_Worker] = []
        self.busy: dict[_Worker, tuple[int, P | None]] = {}

    def __enter__(self) -> Workers[P, R]:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in (*self.idle, *self.busy):
            worker.end()

    def results(self, pieces: Iterable[P]) -> Iterator[R | Lost]:
        """What the work makes of each piece, in their order."""
        return (result for _, result in self.numbered(pieces))

    def numbered(self, pieces: Iterable[P], ordered: bool = True) -> Iterator[tuple[int, R | Lost]]:
        """The same with the number of each piece, from 0 on; in their order, or each as soon as it is there."""
        source = enumerate(pieces)
        given = told = 0
        ready: dict[int, R | Lost] = {}
        more = True
        while more or told < given:
            while more and len(self.busy) < self.count and given - told < AHEAD * self.count:
                number, piece = next(source, (-1, None))
                if number < 0:
                    more = False
                    break
                given += 1
                if not self._given(number, piece):
                    ready[number] = self.work(piece)  # type: ignore[arg-type]
                    break
            if not (told in ready if ordered else ready) and self.busy:
                self._wait(ready)
            while ready and (told in ready or not ordered):
                number = told if ordered else min(ready)
                yield number, ready.pop(number)
                told += 1

    def _given(self, number: int, piece: P | None, afresh: bool = False) -> bool:
        """Whether there is a worker, perhaps a new one, that took the piece."""
        for _ in range(MOST_ATTEMPTS):
            worker = self.idle.pop() if self.idle and not afresh else _Worker.started(self.work, self.answers)
            if worker is None:
                return False
            if worker.give(piece):
                self.busy[worker] = number, piece
                return True
            worker.end()
        return False

    def _wait(self, ready: dict[int, R | Lost]) -> None:
        """Until a worker answers, or ends.

        What ended may be of the making of a piece before: only a new worker that ends over a piece tells of that piece.
        """
        worker, answer = self.answers.get()
        number, piece = self.busy.pop(worker, (-1, None))
        if isinstance(answer, Lost):
            worker.end()
            self.idle = [each for each in self.idle if each is not worker]
            if number >= 0 and not worker.is_new and self._given(number, piece, afresh=True):
                return
        else:
            worker.is_new = False
            self.idle.append(worker)
            (answer,) = answer
        if number >= 0:
            ready[number] = answer


class Beside(Generic[P, R]):
    """One process that works on one piece at a time while this one goes on."""

    def __init__(self, work: Callable[[P], R]) -> None:
        self.work = work
        self.answers: queue.SimpleQueue[tuple[_Worker, Any]] = queue.SimpleQueue()
        self.worker = _Worker.started(work, self.answers)
        self.asked: P | None = None

    def __enter__(self) -> Beside[P, R]:
        return self

    def __exit__(self, *_: object) -> None:
        if self.worker is not None:
            self.worker.end()

    def ask(self, piece: P) -> None:
        """Gives it a piece. What it was asked before is not waited for."""
        if self.asked is not None and self.worker is not None:
            self.worker.end()
            self.worker = None
        self.asked = piece
        for _ in range(MOST_ATTEMPTS):
            self.worker = self.worker or _Worker.started(self.work, self.answers)
            if self.worker is None or self.worker.give(piece):
                return
            self.worker.end()
            self.worker = None

    def answer(self) -> R | Lost:
        """What the work makes of the piece asked, or `Lost` where its process ended over it."""
        piece, self.asked = self.asked, None
        if piece is None:
            raise ValueError("nothing was asked")
        if self.worker is None:
            return self.work(piece)
        while True:
            worker, answer = self.answers.get()
            if worker is not self.worker:
                continue  # one that was ended before it answered
            if not isinstance(answer, Lost):
                return answer[0]  # type: ignore[no-any-return]
            worker.end()
            self.worker = None
            return answer


@dataclass(eq=False)
class _Worker:
    """One of the processes, as the one that gives it work sees it."""

    process: subprocess.Popen[bytes]
    is_new: bool = True  # whether it has answered nothing yet

    @classmethod
    def started(cls, work: Callable[..., Any], answers: queue.SimpleQueue[tuple[_Worker, Any]]) -> _Worker | None:
        """A new one; None where there cannot be any."""
        if not sys.executable:
            return None
        call = [sys.executable, "-P", "-c", _PROGRAM, *filter(None, sys.path)]
        try:
            process = subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except (OSError, ValueError):
            return None
        worker = cls(process)
        try:
            threading.Thread(target=worker._listen, args=(answers,), daemon=True).start()
        except RuntimeError:  # no thread can be had
            worker.end()
            return None
        return worker if worker.give(work) else None

    def give(self, piece: object) -> bool:
        """Sends it a piece; whether it was there to take it."""
        assert self.process.stdin is not None
        try:
            pickle.dump(piece, self.process.stdin)
            self.process.stdin.flush()
        except OSError:
            return False
        return True

    def end(self) -> None:
        """Ends it at once."""
        with suppress(OSError):
            self.process.kill()
        self.process.wait()
        with suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.close()

    def _listen(self, answers: queue.SimpleQueue[tuple[_Worker, Any]]) -> None:
        """Passes on what the worker answers, each in a tuple, and at the end how it ended."""
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            while True:
                try:
                    answers.put((self, (pickle.load(stream),)))
                except Exception:  # it is gone in the middle of a word, or before one
                    break
        answers.put((self, Lost(_ended(self.process.wait()))))


def _ended(status: int) -> str:
    """What the exit status of a process says."""
    if status >= 0:
        return f"its process ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"its process was ended by {name}" + _PERHAPS.get(name, "")


_PERHAPS = {"SIGKILL": "; perhaps for want of memory", "SIGXCPU": "; it took too long"}


def serve() -> None:
    """What a worker does: it takes the work and then pieces from standard input, until that ends."""
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it sees to that
    watch(hard=True)
    bound_memory()
    write_all_digits()
    gc.set_threshold(FEW_LOOKS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    pieces: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_take, args=(pieces,), daemon=True).start()
    work = pieces.get()
    while True:
        try:
            piece = pieces.get()
            forget()
            pickle.dump(work(piece), answers)
            answers.flush()
        except BaseException:  # there is nobody to answer, or nothing to
            os._exit(1)


def _take(pieces: queue.SimpleQueue[Any]) -> None:
    """Takes in what there is to do; there is nobody to do it for once the input ends, whatever else goes on."""
    while True:
        try:
            pieces.put(pickle.load(sys.stdin.buffer))
        except Exception:
            os._exit(1)
