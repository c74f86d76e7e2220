"""Do the tests notice a fault in the trusted floor? Faults are made from its code (see `faults`), and each must make a test
fail.

    python tests/mutants.py                    a sample, the same on every machine; exit 1 if many survive that are not listed
    python tests/mutants.py --seed 7           another sample
    python tests/mutants.py kernel drops       of those whose names contain the words; with --list, only their names
    python tests/mutants.py --all              every fault: this takes hours

`survivors.txt` lists faults that no test notices, with why each is none: a proof is as sound with it. A survivor that is not
listed is either such a one, or a hole in the tests.

Each fault is put into a process of its own, which has imported nothing of `derive` before. What runs there are the tests of the
floor that reach the function with the fault, the quickest of a stage first, until one fails; which tests these are is found out
by running all of them once without a fault. Those that look at what is left after the attack in numbers are not among them: it
is there to hide faults of the proof.
"""

from __future__ import annotations

import argparse
import builtins
import importlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from types import CodeType
from typing import Any, TypeVar

import pytest

import faults
from faults import Fault

TESTS = Path(__file__).parent
STAGES = (
    ("terms", "subscripts", "signs", "calculus", "claims", "kernel", "powers", "declared_functions", "forgeries"),
    ("ring", "laws"),
    ("rules", "functions", "identities", "normal", "choices", "refute"),
    ("cases", "soundness"),
)
"""The files with the tests of the floor, `test_terms.py` and so on; a stage is run where those before it notice nothing."""
NET = (
    "test_verdicts_are_those_expected",
    "test_what_is_proved_is_true_at_points",
    "test_no_random_derivation_proves_what_is_false",
    "test_the_attack_reaches_something",
)
"""Tests in these files that look at what is left once the attack has been made."""
COUNT = 75
MOST_UNLISTED = 3
"""Survivors that are not listed and put up with: a line that is moved may bring others into the sample."""
BUDGET = 480  # seconds, after which no further fault is begun
LIMIT = 240  # seconds of work for one fault: tests that do not end have noticed it
MEMORY = 3 * 2**30  # bytes for one process: a fault may make a term without end
WORKERS = max(1, len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

NOTE = "__note__"  # the builtin that functions call while it is found out which tests reach them

Argument = TypeVar("Argument")


# --- processes -------------------------------------------------------------------------------------------------------


def forked(
    work: Callable[[Argument], Any], arguments: Sequence[Argument], until: float = float("inf")
) -> Iterator[tuple[Argument, Any]]:
    """What `work` returns for each argument, each in a process of its own, some at a time; None where the process dies."""
    context = get_context("fork")
    waiting = list(reversed(arguments))
    running: dict[Any, tuple[Any, Argument]] = {}
    while running or (waiting and time.monotonic() < until):
        while waiting and len(running) < WORKERS and time.monotonic() < until:
            argument = waiting.pop()
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=_send, args=(sender, work, argument))
            process.start()
            sender.close()
            running[receiver] = process, argument
        for receiver in wait(list(running)):
            process, argument = running.pop(receiver)
            try:
                answer = receiver.recv()
            except EOFError:
                answer = None
            process.join()
            yield argument, answer


def _send(sender: Any, work: Callable[[Any], Any], argument: Any) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    sender.send(work(argument))
    sender.close()
    os._exit(0)


# --- tests -----------------------------------------------------------------------------------------------------------


class Chosen:
    """A plugin of pytest: it runs the tests that it is given in their order, and keeps the name of the first that fails."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.order = {name: position for position, name in enumerate(tests)}
        self.failed: str | None = None

    def pytest_configure(self) -> None:
        from hypothesis import Phase, settings

        # The same examples each time, and no search for a smaller one where one fails.
        settings.register_profile("faults", derandomize=True, database=None, phases=(Phase.explicit, Phase.generate))
        settings.load_profile("faults")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((item for item in items if item.nodeid in self.order), key=lambda item: self.order[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid


Reached = dict[str, tuple[float, frozenset[tuple[str, str]]]]
"""By the names of tests, the seconds that each takes, and the functions that it reaches, each with its file."""


class Noting(Chosen):
    """A plugin that runs a share of all tests, and notes what each reaches and how long it takes."""

    def __init__(self, share: int) -> None:
        super().__init__(())
        self.share = share
        self.reached: Reached = {}
        self.seen: set[tuple[str, str]] = set()

    def note(self, file: str, function: str) -> None:
        self.seen.add((file, function))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.name.split("[")[0] not in NET][self.share :: WORKERS]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        for value in vars(item.module).values():  # type: ignore[attr-defined]
            getattr(value, "cache_clear", int)()  # or only the first of two tests reaches what both look at
        self.seen.clear()
        start = time.process_time()
        try:
            return (yield)
        finally:
            self.reached[item.nodeid] = time.process_time() - start, frozenset(self.seen)


def run(files: Sequence[str], plugin: Chosen) -> Chosen:
    """pytest with that plugin, in this process."""
    paths = [str(path) for name in files if (path := TESTS / f"test_{name}.py").exists()]
    # Asserts as they are: to rewrite them, pytest loads what has plugins, and so `derive`, before `Finder` is asked.
    options = ["--all", "-x", "-q", "-o", "addopts=", "--tb=no", "--assert=plain", "-p", "no:cacheprovider"]
    pytest.main([*options, "--rootdir", str(TESTS.parent), *paths], [plugin])
    return plugin


def without_fault(share: int) -> tuple[str | None, Reached]:
    """The test that fails without a fault, and what the others reach."""
    plugin = Noting(share)
    setattr(builtins, NOTE, plugin.note)
    sys.meta_path.insert(0, Finder({file: faults.noted(file, NOTE) for file in faults.files()}))  # type: ignore[arg-type]
    run([name for stage in STAGES for name in stage], plugin)
    return plugin.failed, plugin.reached


class Reach:
    """Which tests reach what, the quickest first."""

    def __init__(self, reached: Reached) -> None:
        self.seconds = {name: seconds for name, (seconds, _) in reached.items()}
        self.by_function: dict[tuple[str, str], set[str]] = {}
        self.by_file: dict[str, set[str]] = {}
        for name, (_, functions) in reached.items():
            for file, function in functions:
                self.by_function.setdefault((file, function), set()).add(name)
                self.by_file.setdefault(file, set()).add(name)

    def tests(self, fault: Fault) -> list[list[str]]:
        """The tests that reach a fault, by stage. One outside of functions is reached wherever its file is."""
        file = str(fault.file)
        where = self.by_file.get(file) if fault.function is None else self.by_function.get((file, fault.function))
        reaching = where or set()
        ordered = sorted(reaching, key=lambda name: (self.seconds[name], name))
        return [[name for name in ordered if file_of(name) in stage] for stage in STAGES]


def file_of(test: str) -> str:
    """The name of the file of a test: `terms` of tests/test_terms.py::…"""
    return Path(test.split("::")[0]).stem.removeprefix("test_")


# --- faults ----------------------------------------------------------------------------------------------------------


class _Loader(SourceFileLoader):
    """What loads the code of one module from elsewhere."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:
        return self.code


class Finder:
    """What finds modules with other code than that of their files."""

    def __init__(self, codes: dict[Path, CodeType]) -> None:
        self.codes = {faults.module(file): (file, code) for file, code in codes.items()}

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name not in self.codes:
            return None
        file, code = self.codes[name]
        inside = [str(file.parent)] if file.name == "__init__.py" else None
        return spec_from_file_location(name, file, loader=_Loader(name, str(file), code), submodule_search_locations=inside)


def noticed(work: tuple[Fault, list[list[str]]]) -> tuple[int, str] | None:
    """The stage in which a fault is noticed and the test that notices it; (-1, "") if none does. Dying is noticing."""
    import resource  # which is not to be had everywhere

    fault, stages = work
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.meta_path.insert(0, Finder({fault.file: fault.code()}))  # type: ignore[arg-type]
    for stage, tests in enumerate(stages):
        if tests:
            failed = run(list(dict.fromkeys(map(file_of, tests))), Chosen(tests)).failed
            if failed is not None:
                return stage, failed
    return -1, ""


def listed() -> dict[str, str]:
    """The faults that may survive, with the reasons: see the head of `survivors.txt`."""
    reason, found = "", {}
    for line in (TESTS / "survivors.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            found[line.split()[0]] = reason
        elif line and not line.startswith("#"):
            reason = line
    return found


# --- the command -----------------------------------------------------------------------------------------------------


@contextmanager
def timed(title: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    print(f"{title}: {time.monotonic() - start:.0f} s", flush=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Deliberate faults in the trusted floor, each of which the tests must notice.")
    parser.add_argument("words", nargs="*", help="only faults whose names contain these words")
    parser.add_argument("--seed", type=int, default=0, help="which sample (default: %(default)s)")
    parser.add_argument("--count", type=int, default=COUNT, help="how many faults (default: %(default)s)")
    parser.add_argument("--all", action="store_true", help="every fault, with no end to the time")
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds after which none is begun (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="print the names and what each changes, and run nothing")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(TESTS.parent))  # the files in which the faults are made, and not an installed copy

    every = faults.every()
    known = listed()
    among = [fault for fault in every if all(word in fault.name for word in options.words)]
    sample = among if options.all else faults.chosen(among, options.seed, options.count)
    if options.list:
        for fault in sample:
            print(f"{fault.name}\n    {fault.file.relative_to(TESTS.parent)}:{fault.line}  {fault.change}")
        print(f"{len(sample)} of {len(every)} faults")
        return 0
    for name in sorted(known.keys() - {fault.name for fault in every}):
        print(f"listed, and no longer a fault: {name}")

    start = time.monotonic()
    for module in ("hypothesis.strategies", "mpmath.libmp", "_pytest.python", "_pytest.doctest"):
        importlib.import_module(module)  # once for all processes
    reached: Reached = {}
    with timed("the tests without a fault"):
        for _, answer in forked(without_fault, range(WORKERS)):
            failed, part = answer or ("their process dies", {})
            if failed is not None:
                print(f"the tests fail without any fault: {failed}")
                return 2
            reached |= part
    reach = Reach(reached)
    if not reach.by_file:
        print("the tests reach nothing: it is not this code that they run")
        return 2

    until = float("inf") if options.all else start + options.budget
    stages: Counter[int] = Counter()
    unlisted = []
    began = time.monotonic()
    for (fault, tests), answer in forked(noticed, [(fault, reach.tests(fault)) for fault in sample], until):
        stage, test = answer or (len(STAGES), "the tests do not end")
        stages[stage] += 1
        if stage >= 0:
            print(f"caught    {fault.name}  by {test}" + ("; listed as a survivor" if fault.name in known else ""), flush=True)
        elif fault.name in known:
            print(f"listed    {fault.name}: {known[fault.name]}", flush=True)
        else:
            unlisted.append(fault)
            where = f"{fault.file.relative_to(TESTS.parent)}:{fault.line}"
            reaching = sum(map(len, tests))
            print(f"SURVIVES  {fault.name}\n          {where}  {fault.change}; {reaching} tests reach it", flush=True)
    done, took = stages.total(), time.monotonic() - began
    caught = ", ".join(f"{stages[n]} by stage {n + 1}" for n in range(len(STAGES)))
    print(f"{done} of {len(sample)} faults in {took:.0f} s, {took * WORKERS / max(1, done):.1f} s of one core each")
    print(f"{caught}, {stages[len(STAGES)]} without end; {stages[-1]} survive, {len(unlisted)} of them not listed")
    return 1 if len(unlisted) > MOST_UNLISTED else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
