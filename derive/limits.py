"""How much is done before derive gives up: work that is counted, and not time that passes.

    with allowed(STEP, seconds):      what is done inside ends with a `LimitError` when it has cost more
        …
            spend(units)              asked in every loop that can grow

A unit is about as much as making one term: a few millionths of a second. The same text costs the same on every machine, however
loaded, so it gets the same verdict. The time of the processor that is allowed besides is a last resort, above what the units
take. What is over is over: inside of what was allowed, whoever goes on nevertheless fails at once again.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import wraps
from math import ceil, inf
from typing import NamedTuple, ParamSpec, TypeVar

from derive.errors import LimitError

try:
    import resource
except ImportError:  # of Unix alone
    resource = None  # type: ignore[assignment]


P = ParamSpec("P")
K = TypeVar("K")


class Limit(NamedTuple):
    """How many units are spent on something at most, and which part of the time of a step."""

    what: str
    units: float
    share: float = 1.0


# --- work ---------------------------------------------------------------------------------------------------------------

FILE = Limit("one file", 200_000_000)  # a quarter of an hour, however long it is
TEXT = 6_000_000  # on all steps of one text: half a minute, four times what the largest of the library and its cases take;
CHARACTER = 200  # and so much more for each of its characters, six times what they take
DERIVATIVE = Limit("one derivative", 8_000_000)
READING = Limit("reading a text", 20_000_000)
PRINTING = Limit("writing down what was found", 20_000_000)
STEP = Limit("one step", 2_000_000)  # ten seconds; the largest of the library takes a quarter of one
PROOF = Limit("one attempt to prove it", 700_000, 0.5)
COUNTEREXAMPLE = Limit("the search for a counterexample", 400_000, 0.3)
DIAGNOSIS = Limit("the search for the mistake", 400_000, 0.3)
COMPARISON = Limit("the comparison in numbers", 10_000_000)
COMPARED_FOR = 20.0  # seconds of the processor, of which most may go by in SymPy, where nothing is counted
SHORTENING = Limit("the search for a shorter way to write it", 600_000, 0.5)  # twice what the library takes
REASONS = Limit("the search for the reasons to name", 250_000, 0.2)
CONSISTENCY = Limit("a look at whether the assumptions contradict each other", 100_000, 0.1)

# --- what is read -------------------------------------------------------------------------------------------------------

LARGEST_FILE = 10_000_000  # bytes: a text has a limit of its own, but a whole disk need not be loaded to reach it
LARGEST_RECORD = 200_000_000  # bytes of what is replayed: a hundred times the library
LONGEST_TEXT = 1_000_000  # characters of one derivation: a thousand times as long as most, and read in a few seconds
MOST_BLOCKS = 10_000  # derivations in one document, each of which has a verdict that is kept until all are read
LONGEST_NAME = 100  # characters, so that a message fits a screen
MOST_MISTAKES = 20  # in one text, after which it is read no further: they may all follow from one
MOST_DIGITS = 1_000  # of a number, which are multiplied out exactly
FRAMES = 1_000  # calls inside of each other for whatever has a limit of its own, however deep its caller stands already
DEEPEST = 100  # expressions in one another: Python itself ends at a thousand, of which each takes several
DEEPEST_USE = 32  # derivations that use one another in a row
LARGEST_RANGE = 1_000_000  # of an index that runs to a number
MANY_NAMES = 300  # from which on a theorem knows only those that it can be about

# --- what is worked on --------------------------------------------------------------------------------------------------

LARGEST_TERM = 20_000  # parts of a term that is rewritten, each of which is gone through for each rule
MOST_REWRITES = 4_000  # of one term: more go round for ever
MOST_IN_POLYNOMIAL = 4_000  # monomials that are proved equal: what is larger takes seconds
MOST_REPLACED = 200  # uses of equations in one form: more go round for ever
MOST_MONOMIALS = 20_000  # of a product in the search
MOST_EXPONENT = 64  # to which a sum is multiplied out
LARGEST_EXPONENT = 2**64  # of a number with many digits: each digit of it takes a product of those
LARGEST_TRACED = 2_000  # parts of what a rewrite on the way of a step is told of: names that double would be written out
MOST_BITS = 14_000  # of a number: as many as Python writes down in digits
LARGEST_TO_FACTOR = 10**12  # by trial division
MOST_WRITTEN_TOGETHER = 2_000  # terms of what is written out: sums in one another multiply
LONGEST_KEY = 2_000  # characters of what tells one expression from another: what stands in itself twice doubles it
MOST_ORDERS = 720  # of bound indices that cannot be told apart by where they stand
MOST_CHOICES = MOST_DELTAS = 6  # each doubles the cases
MOST_FOR_SYMPY = MOST_FOR_NUMPY = 20_000  # parts of a term that is handed over
LARGEST_ARRAY = 4_000_000  # entries computed for one array of a comparison in numbers

# --- the clock and the memory -------------------------------------------------------------------------------------------

LOOK = 2_000
"""Units after which the clock is looked at again."""
GRACE = 0.2
"""Seconds after which what does not look at the clock is interrupted."""
HARD = 2.0
"""Seconds after which a worker that cannot be interrupted is ended."""
CLOCK = 10_000_000.0
"""Seconds that a clock can be set to; whoever allows more sets none."""
MEMORY = 2_000_000_000
"""Bytes of a process of the command line: the units of a file are spent long before, and what needs more is an error."""


class _Account(threading.local):
    """What is left of the work, and until which time of the processor; `late` is said after that, and `mark` is where the
    clock is looked at next.
    """

    what: str = ""
    left: float = inf
    until: float = inf
    late: str = ""
    mark: float = -inf
    unused: float = 0  # what was left of the work when the time was over, and is nobody's now

    @property
    def state(self) -> tuple[str, float, float, str, float, float]:
        return self.what, self.left, self.until, self.late, self.mark, self.unused

    @state.setter
    def state(self, state: tuple[str, float, float, str, float, float]) -> None:
        self.what, self.left, self.until, self.late, self.mark, self.unused = state

    def end(self) -> None:
        """Leaves nothing more to be done."""
        self.unused += max(self.left, 0) if self.left < inf else 0
        self.left = -1


_account = _Account()


def spend(units: int = 1) -> None:
    """Counts some work. Fails with `LimitError` where it is more than is left."""
    _account.left -= units
    if _account.left < _account.mark:
        _look()


def _look() -> None:
    if time.process_time() > _account.until:
        _account.end()
        raise LimitError("D405", _account.late, "write it in smaller parts, or give it more time: --timeout 120")
    if _account.left < 0:
        raise LimitError("D400", f"more work than is done for {_account.what}", "write it in smaller parts")
    _account.mark = max(0, _account.left - LOOK)


class _Watch:
    """The last resort, for what takes long and does not count: signals of the clock of the processor."""

    def __init__(self) -> None:
        self.soft = self.hard = False

    def set(self) -> None:
        """Sets the clock to the time that is allowed now."""
        if not self.soft:
            return
        left = _account.until - time.process_time()
        left = left if left < CLOCK else inf
        signal.setitimer(signal.ITIMER_PROF, max(left, 0) + GRACE if left < inf else 0, GRACE)
        if self.hard:
            most = ceil(_account.until + HARD) if left < inf else resource.RLIM_INFINITY
            _, highest = resource.getrlimit(resource.RLIMIT_CPU)
            if highest == resource.RLIM_INFINITY or most < highest:
                resource.setrlimit(resource.RLIMIT_CPU, (most, highest))

    @staticmethod
    def ring(*_: object) -> None:
        """Ends what is being done."""
        if time.process_time() > _account.until:
            _account.end()
            raise LimitError("D405", _account.late, "write it in smaller parts, or give it more time: --timeout 120")


_watch = _Watch()


def watch(hard: bool = False) -> None:
    """Makes the clock end what does not count its work: for a process that is derive's own, since it takes its signals.

    Where even that does not help, within one long operation, it ends the process itself, if that is a worker (`hard`).
    """
    if threading.current_thread() is threading.main_thread() and resource is not None:
        signal.signal(signal.SIGPROF, _watch.ring)
        sys.unraisablehook = _unheard
        _watch.soft, _watch.hard = True, hard


def _unheard(args: sys.UnraisableHookArgs) -> None:
    """Nothing is said of a limit that is met where nothing can be raised, in a callback: the clock rings again at once."""
    if not isinstance(args.exc_value, LimitError):
        sys.__unraisablehook__(args)


def bound_memory(most: int = MEMORY) -> None:
    """Lets no more memory be had than that, for this process and while it lives; what needs more gets a `MemoryError`."""
    if resource is not None:
        soft, highest = resource.getrlimit(resource.RLIMIT_AS)
        if soft == resource.RLIM_INFINITY or soft > most:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_AS, (most, highest))


def write_all_digits() -> None:
    """Lets numbers of any length be written in a process of derive's own: how long they get is bounded here, not by Python."""
    sys.set_int_max_str_digits(0)


def forget() -> None:
    """Allows everything again: for a process that begins with something new, whatever became of what it did before."""
    _account.state = _Account().state
    _watch.set()


def uncounted(compute: Callable[P, K]) -> Callable[P, K]:
    """The same function, whose work is that of whoever made what it is asked about: it is remembered, sometimes from before."""

    @wraps(compute)
    def of(*arguments: P.args, **named: P.kwargs) -> K:
        before = _account.left
        try:
            return compute(*arguments, **named)
        finally:
            _account.left = before

    return of


def shortened(key: str) -> str:
    """A text that tells one thing from another; of a long one the beginning, and a hash of the whole."""
    if len(key) <= LONGEST_KEY:
        return key
    from hashlib import blake2b  # which takes longer to load than most runs have use for

    return f"{key[:LONGEST_KEY]}…{blake2b(key.encode(errors='surrogatepass')).hexdigest()}"


def reached(problem: LimitError | RecursionError) -> tuple[str, str]:
    """The code of a limit that was reached, and what is said of it."""
    if isinstance(problem, LimitError):
        return problem.code, f"limit: {problem.message}"
    return "D408", "limit: it is nested too deeply"


def of_length(text: str) -> Limit:
    """What is spent on all steps of a text: more on a longer one, in which there is more to check."""
    return Limit("a text of this length", TEXT + CHARACTER * len(text))


def allowed(limit: Limit, seconds: float = inf) -> AbstractContextManager[None]:
    """Allows so much work to what is done inside, and its share of the seconds, but never more than is left around it."""
    return _Allowed(limit, seconds)


class _Allowed(AbstractContextManager[None]):
    """No generator, which may be finished long after it is left, where the clock rings in between, and would then allow again
    what was allowed before: the time of another piece of work.
    """

    def __init__(self, limit: Limit, seconds: float) -> None:
        self.limit, self.seconds = limit, seconds

    def __enter__(self) -> None:
        limit, seconds = self.limit, self.seconds
        self.frames = sys.getrecursionlimit()
        if limit.share == 1:
            sys.setrecursionlimit(_depth() + FRAMES)
        self.before = _account.state
        if limit.units < _account.left:
            _account.what, _account.left = limit.what, limit.units
        until = time.process_time() + seconds * limit.share
        if until < _account.until:
            part = "" if limit.share == 1 else f" for {limit.what}, of {seconds:g} in all"
            some = seconds * limit.share
            _account.until, _account.late = until, f"more than {some:g} second{'' if some == 1 else 's'}{part}"
        self.begun = _account.left
        self.unused = _account.unused
        _account.mark = max(0, self.begun - LOOK)
        _watch.set()

    def __exit__(self, *_: object) -> None:
        with suppress(RecursionError):  # too low for where this is by now
            sys.setrecursionlimit(self.frames)
        while _account.until < inf:
            with suppress(LimitError):
                _account.until = inf  # from here on it does not ring
        used = self.begun - _account.left - (_account.unused - self.unused)
        _account.state = self.before
        _account.left -= used
        _watch.set()


def _depth() -> int:
    """How many calls stand inside of each other here."""
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth
