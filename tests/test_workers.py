"""Processes that work for another one: none outlives it, none takes the others with it, and it does without them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import repeat
from pathlib import Path

import pytest

from derive.limits import Limit, allowed, spend
from derive.workers import Beside, Lost, Named, Workers

SLOW = "variable x > 0\ntheorem t: (" + " + ".join(f"sqrt(x + {n})" for n in range(24)) + ")^4 = 1\n"


def square(number: int) -> int:
    return number * number


def dies(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 5:
        os._exit(7)
    if number == 6:
        raise ValueError("nobody catches it")
    return number


def late(number: int) -> int:
    time.sleep(0.2 * (number == 0))
    return number


def prints(number: int) -> int:
    print("what is printed here goes nowhere")
    return number


def test_results_come_in_order() -> None:
    with Workers(late, 2) as workers:
        assert list(workers.results(range(20))) == list(range(20))


def test_what_a_worker_prints_is_no_answer() -> None:
    with Workers(prints, 2) as workers:
        assert list(workers.results(range(5))) == list(range(5))


def test_a_worker_that_dies_loses_its_piece_alone() -> None:
    with Workers(dies, 2) as workers:
        found = list(workers.results(range(10)))
    lost = {number for number, result in enumerate(found) if isinstance(result, Lost)}
    assert lost == {3, 5, 6}
    assert "SIGKILL" in str(found[3])
    assert "status 7" in str(found[5])
    assert "status 1" in str(found[6])
    assert [result for result in found if not isinstance(result, Lost)] == [0, 1, 2, 4, 7, 8, 9]


SPOILED: list[int] = []


def spoils(number: int) -> int:
    """Leaves the process so that the next piece ends it."""
    if SPOILED:
        os._exit(7)
    if number == 2:
        SPOILED.append(number)
    return number


def test_what_one_piece_leaves_behind_is_not_the_end_of_the_next() -> None:
    with Workers(spoils, 1) as workers:
        assert list(workers.results(range(5))) == list(range(5))


def exhausts(number: int) -> int:
    spend(number)
    work = allowed(Limit("a piece", 10), 1000.0)
    work.__enter__()
    ENTERED.append(work)  # it is never left
    return os.getpid()


ENTERED: list[object] = []


def test_what_one_piece_is_allowed_does_not_bind_the_next() -> None:
    with Workers(exhausts, 1) as workers:
        assert len(set(workers.results(range(50)))) == 1


def test_no_more_is_taken_than_is_worked_on() -> None:
    taken = []

    def pieces() -> object:
        for number in range(1000):
            taken.append(number)
            yield number

    with Workers(square, 2) as workers:
        results = workers.results(pieces())  # type: ignore[var-annotated, arg-type]
        for _ in range(3):
            next(results)
    assert len(taken) < 200


def test_without_processes_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with Workers(square, 2) as workers:
        assert list(workers.results(range(10))) == [n * n for n in range(10)]


def test_where_no_process_can_be_started_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("too many open files")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with Workers(square, 2) as workers:
        assert list(workers.results(range(10))) == [n * n for n in range(10)]


# --- one process beside --------------------------------------------------------------------------------------------------


def hangs(times: int) -> int:
    """One operation that no signal interrupts."""
    with allowed(Limit("a sum", 1e9), 0.1):
        return sum(repeat(1, times))


def test_one_works_beside() -> None:
    with Beside(late) as beside:
        for number in range(3):
            beside.ask(number)
            assert beside.answer() == number
        with pytest.raises(ValueError, match="nothing was asked"):
            beside.answer()


def test_what_is_asked_instead_is_not_waited_for() -> None:
    with Beside(sleeps) as beside:
        beside.ask(60)
        begun = time.monotonic()
        beside.ask(0)
        assert beside.answer() == 0
    assert time.monotonic() - begun < 20


def test_after_one_that_dies_there_is_another() -> None:
    with Beside(dies) as beside:
        found = []
        for number in range(7):
            beside.ask(number)
            found.append(beside.answer())
    assert [each for each in found if not isinstance(each, Lost)] == [0, 1, 2, 4]
    assert "SIGKILL" in str(found[3])


@pytest.mark.slow
def test_what_nothing_interrupts_is_ended() -> None:
    with Beside(hangs) as beside:
        begun = time.monotonic()
        beside.ask(10**12)
        found = beside.answer()
        assert isinstance(found, Lost)
        assert "SIGXCPU; it took too long" in found.why
        assert time.monotonic() - begun < 30
        beside.ask(2)
        assert beside.answer() == 2


def test_a_function_is_loaded_where_it_works() -> None:
    for executable in (sys.executable, ""):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "executable", executable)
            with Beside(Named[str, str]("posixpath", "basename")) as beside:
                beside.ask("a/b")
                assert beside.answer() == "b"


def sleeps(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


# --- a check of many files, as a process ---------------------------------------------------------------------------------


def started(folder: Path, *options: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    for number in range(12):
        (folder / f"{number}.derive").write_text(SLOW)
    call = [sys.executable, "-m", "derive", "check", str(folder), "--jobs", "2", *options]
    return subprocess.Popen(call, stdout=stdout, stderr=subprocess.PIPE, start_new_session=True)


def children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found.append(int(path.name))
    return found


def waited_for(pid: int) -> list[int]:
    """The workers of a process, once they are there."""
    for _ in range(200):
        found = children(pid)
        if len(found) == 2:
            return found
        time.sleep(0.05)
    raise AssertionError("there are no workers")


def gone(pids: list[int]) -> bool:
    for _ in range(100):
        if not any(_alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")


@linux
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_who_started_them(how: signal.Signals, tmp_path: Path) -> None:
    process = started(tmp_path)
    workers = waited_for(process.pid)
    begun = time.monotonic()
    process.send_signal(how)
    process.wait(timeout=20)
    assert gone(workers)
    assert time.monotonic() - begun < 10
    if how == signal.SIGINT:
        assert process.returncode == 130
    process.communicate()


@linux
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_half_written_is_left(how: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "out").mkdir()
    process = started(tmp_path / "texts", "--format", "json", "-o", str(tmp_path / "out" / "found.json"))
    waited_for(process.pid)
    process.send_signal(how)
    process.communicate(timeout=20)
    assert process.returncode == 128 + how
    assert list((tmp_path / "out").iterdir()) == []


@linux
def test_workers_hold_no_stream_of_who_started_them(tmp_path: Path) -> None:
    """Whoever reads what it prints sees the end of it when it ends, and not when they do."""
    process = started(tmp_path)
    workers = waited_for(process.pid)
    streams = {os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (1, 2)}
    for _ in range(100):  # a process that is being started has not let go of them yet
        held = streams
        with suppress(FileNotFoundError):  # what was listed may be closed by now
            held = {os.readlink(path) for worker in workers for path in Path(f"/proc/{worker}/fd").iterdir()}
        if not held & streams:
            break
        time.sleep(0.05)
    assert not held & streams
    process.kill()
    process.communicate()


@linux
@pytest.mark.slow
def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    process = started(tmp_path, "--format", "concise")
    first, _ = waited_for(process.pid)
    os.kill(first, signal.SIGKILL)
    out, _ = process.communicate(timeout=120)
    lines = out.decode().splitlines()
    assert sum("was not checked to its end" in line for line in lines) == 1
    assert sum("D202" in line or "D400" in line for line in lines) == 11
    assert process.returncode == 2
