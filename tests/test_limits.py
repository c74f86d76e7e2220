"""Work that is counted: what is allowed is kept, the same every time, and what need not grow does not."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from derive import limits
from derive.checking.checker import check
from derive.checking.verdicts import Report
from derive.cli import main
from derive.errors import CallError, LimitError
from derive.language import read
from derive.library import parse, parse_each
from derive.limits import DIAGNOSIS, STEP, Limit, allowed, spend
from derive.workers import Beside
from growing import BOUNDED, LINEAR

MOST_CALLS = 80  # of functions for a unit of work
WHOLE = Limit("this test", 10**9)


def left() -> float:
    return limits._account.left


def work(text: str) -> float:
    """The units that it takes to read and check a text."""
    with allowed(WHOLE):
        before = left()
        for derivation in parse_each(text):
            check(derivation, diagnose=True)  # type: ignore[arg-type]
        return before - left()


TOO_MUCH = "x^60*y^60/(x + y + 1)^2"


@pytest.mark.parametrize(
    "claim", [f"diff({TOO_MUCH}, x) = ?", f"diff({TOO_MUCH}, x) = 60*x^59*y^60/(x + y + 1)^2 - 2*x^60*y^60/(x + y + 1)^3"]
)
def test_a_limit_that_is_met_inside_of_a_search_is_told(claim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search goes on without what met it, finds nothing else, and must not be taken for one that came to its end."""
    monkeypatch.setattr("derive.checking.attempts.PROOF", Limit("one attempt", 20_000))
    monkeypatch.setattr("derive.checking.open_claims.STEP", Limit("one step", 20_000))
    (found,) = check(read(f"variable x > 0, y > 0\ntheorem t: {claim}")).theorems
    assert (found.verdict, found.code) == ("unknown", "D400")


# --- the account ---------------------------------------------------------------------------------------------------------


def test_no_more_is_done_than_is_allowed() -> None:
    with allowed(Limit("a little", 10)):
        spend(10)
        with pytest.raises(LimitError, match="for a little") as found:
            spend()
    assert found.value.code == "D400"
    spend(10**6)  # and outside of it nothing is forbidden


def test_what_is_not_done_for_want_of_time_is_not_counted() -> None:
    """A step that is given no time takes none of the work of the others."""
    with allowed(Limit("a text", 1_000)):
        for _ in range(5):
            with suppress(LimitError), allowed(Limit("a step", 500), -1), allowed(Limit("a part", 400)):
                spend(3)
        spend(900)
        with pytest.raises(LimitError):
            spend(200)


def test_what_is_over_is_over() -> None:
    with allowed(Limit("a little", 3)):
        for _ in range(3):
            with pytest.raises(LimitError):
                spend(4)
        with pytest.raises(LimitError):
            spend()


def test_never_more_is_allowed_than_is_left_around() -> None:
    with allowed(Limit("the whole", 100)):
        with pytest.raises(LimitError, match="for the whole"), allowed(Limit("a part", 1000)):
            spend(101)
        with pytest.raises(LimitError, match="for the whole"):
            spend()


def test_what_a_part_spends_is_spent() -> None:
    with allowed(Limit("the whole", 100)):
        with allowed(Limit("a part", 60)):
            spend(50)
        assert left() == 50
        with pytest.raises(LimitError, match="for a part"), allowed(Limit("a part", 20)):
            spend(30)
        assert left() == 20


def test_each_thread_has_an_account_of_its_own() -> None:
    seen = []
    with allowed(Limit("this thread", 5)):
        thread = threading.Thread(target=lambda: seen.append(left()))
        thread.start()
        thread.join()
        assert left() == 5
    assert seen == [float("inf")]


def test_the_clock_ends_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "process_time", lambda: now[0])
    with allowed(WHOLE, 3):
        spend(limits.LOOK + 1)
        now[0] = 3.1
        with pytest.raises(LimitError, match="more than 3 seconds") as found:
            spend(limits.LOOK + 1)
    assert found.value.code == "D405"


HANGS = """
import sys
from derive.checking import attempts
def hang(*_):
    while True:
        pass
attempts.evaluated = hang
from derive.cli import run
run()
"""


@pytest.mark.slow
def test_the_clock_ends_what_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "a.derive"
    path.write_text("variable x\ntheorem t: x = x\n")
    begun = time.monotonic()
    call = [sys.executable, "-c", HANGS, "check", str(path), "--timeout", "1", "--format", "concise"]
    found = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
    assert "D405" in found.stdout
    assert found.returncode == 1
    assert time.monotonic() - begun < 20  # 1.2 on a quiet machine


# As where SymPy comes to one long operation: no signal is seen to before its end. Here no process can be started.
IN_ONE_OPERATION = """
import sys
import derive.bridge.spot as spot
import derive.bridge.written_out as written_out
def hang(self, term, at):
    return sum(range(10**12))
written_out.WrittenOut.value = hang
spot.COMPARED_FOR = 0.1
sys.executable = ""
from derive.cli import run
run()
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGXCPU"), reason="of Unix alone")
def test_what_cannot_be_interrupted_ends_with_its_process() -> None:
    call = [sys.executable, "-c", IN_ONE_OPERATION, "softmax-ce", "--classes", "3"]
    found = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == -signal.SIGXCPU


def hangs(question: object) -> int:
    with allowed(Limit("a sum", 1e9), 0.1):
        return sum(range(10**12))


def dies(question: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fails(question: object) -> Exception:
    return CallError("no-such", "there is no such thing", "ask for another")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("compare", "why"),
    [pytest.param(hangs, "SIGXCPU; it took too long", marks=pytest.mark.slow), (dies, "SIGKILL; perhaps for want of memory")],
)
@pytest.mark.parametrize("format", ["text", *(pytest.param(each, marks=pytest.mark.slow) for each in ("json", "latex"))])
def test_what_befalls_the_comparison_takes_nothing_else(
    compare: Callable[[object], object],
    why: str,
    format: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("derive.commands.compared.comparing", lambda: Beside(compare))
    assert main(["softmax-ce", "--variant", "binary", "--format", format]) == 0
    out, err = capsys.readouterr()
    assert not err
    assert out.count(f"its process was ended by {why}") == 3  # derivations of the variant
    if format == "text":
        alone = main(["softmax-ce", "--variant", "binary", "--no-numeric"]), capsys.readouterr().out
        lines = out.splitlines()
        assert all(line in lines for line in alone[1].splitlines())


def test_an_error_of_the_comparison_is_one_of_the_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("derive.commands.compared.comparing", lambda: Beside(fails))
    assert main(["softmax-ce"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("there is no such thing"), err.count("ask for another")) == ("", 1, 1)


@pytest.mark.slow
def test_without_a_process_numbers_are_compared_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = main(["softmax-ce", "--classes", "3"]), capsys.readouterr()
    monkeypatch.setattr(sys, "executable", "")
    assert (main(["softmax-ce", "--classes", "3"]), capsys.readouterr()) == beside
    assert "derivative by SymPy" in beside[1].out


def _deep(count: int, of: Callable[[], Report]) -> Report:
    return of() if count == 0 else _deep(count - 1, of)


@pytest.mark.slow
def test_it_does_not_matter_how_deep_the_caller_stands() -> None:
    """What is nested too deeply is so for everybody: a verdict is not another one in a worker, or below a server."""
    for count in (60, *range(118, 130)):
        names = "".join(f"define a{n + 1} = a{n} + 1\n" for n in range(count))
        derivation = parse(f"variable x\ndefine a0 = x\n{names}theorem t: a{count} = x + {count}\n")
        found = {_deep(depth, partial(check, derivation)).theorems[0].verdict for depth in (0, 100, 600)}
        assert len(found) == 1, count
        assert count > 60 or found == {"proved"}


# --- what is done --------------------------------------------------------------------------------------------------------


@pytest.mark.sample(24)
@pytest.mark.parametrize("what", LINEAR)
def test_work_grows_as_the_text_does(what: str) -> None:
    text, size = LINEAR[what]
    one, two, four = (work(text(size * times)) for times in (1, 2, 4))
    assert two < 2.7 * one + 500
    assert four < 2.7 * two + 500


@pytest.mark.slow
@pytest.mark.parametrize("what", [*LINEAR, *BOUNDED])
def test_what_is_done_is_counted(what: str) -> None:
    """Where functions are called and no work is counted, a limit is not reached, and only the clock ends it.

    What is not linear ends by itself before a limit does it.
    """
    text, size = (LINEAR | BOUNDED)[what]
    called = 0

    def look(frame: object, event: str, _: object) -> None:
        nonlocal called
        called += event in ("call", "c_call")

    source = text(size)
    sys.setprofile(look)
    try:
        units = work(source)
    finally:
        sys.setprofile(None)
    assert called < MOST_CALLS * units + 200_000, f"{called / units:.0f} calls for each unit"
    assert what in LINEAR or units < STEP.units + DIAGNOSIS.units


@pytest.mark.slow
def test_the_same_text_takes_the_same_work_every_time() -> None:
    """Nearly: where sets are gone through, their order is that of addresses, and one way may end before another."""
    texts = [LINEAR[what][0](LINEAR[what][1]) for what in LINEAR] + [BOUNDED["nested choices"][0](6)]
    first = [work(text) for text in texts]
    again = [work(text) for text in reversed(texts)][::-1]
    assert all(abs(one - other) <= 0.05 * one for one, other in zip(first, again, strict=True))


def test_a_limit_proves_nothing() -> None:
    derivation = parse("variable x\ntheorem t: (x + 1)^2 = x^2 + 2*x + 1\ntheorem wrong: x = x + 1\n")
    for units in (1, 10, 100, 300, 1000):
        with allowed(Limit("this", units)):
            try:
                report = check(derivation)
            except LimitError:
                continue
        assert report.theorems[1].verdict != "proved"
    assert check(derivation).theorems[0].verdict == "proved"


STEPS = "variable x\n" + "".join(f"theorem t{n}: (x + {n})^9 = (x + {n})^8*(x + {n + 1})\n" for n in range(40))


@pytest.mark.parametrize("name", ["all.derive", "all.md"])
def test_a_text_of_many_steps_ends(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = "".join(f"```derive\nvariable x\n{line}\n```\n" for line in STEPS.splitlines()[1:])
    (tmp_path / name).write_text(STEPS if name.endswith(".derive") else blocks, encoding="utf-8")
    (tmp_path / "other.derive").write_text("variable x\ntheorem t: x + x = 2*x\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(limits, "TEXT", work(STEPS) / 2)
    monkeypatch.setattr(limits, "CHARACTER", 0)
    is_document = name.endswith(".md")
    assert main(["check", name, "other.derive", "--format", "json"]) == (2 if is_document else 1)
    told = json.loads(capsys.readouterr().out)
    *found, other = told["derivations"]
    assert other["verdict"] == "proved"
    theorems = [theorem for each in found for theorem in each["theorems"]]
    judged = [theorem for theorem in theorems if theorem["verdict"] == "refuted"]
    assert 10 < len(judged) < 30
    said = [theorem["message"].removeprefix("limit: ") for theorem in theorems[len(judged) :]]
    said += [error["message"] for error in told.get("errors", ())]
    assert {*said} == {"more work than is done for a text of this length"}
    assert len(said) == (1 if is_document else 40 - len(judged))


def test_what_is_never_left_allows_nothing_later() -> None:
    """The clock may ring before it is left; whoever lets go of it then must not bring back what was allowed around it."""
    before = limits._account.state
    with allowed(Limit("all", 1000), 500.0):
        within = allowed(Limit("a part", 10), 5.0)
        within.__enter__()
    del within
    gc.collect()
    assert limits._account.state == before
