"""Derivations by the thousand: what is asked and answered is data, and no item takes the others with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.batch.items import answer
from derive.batch.many import by_processes, streamed
from derive.errors import CallError

Data = dict[str, Any]
TRUE = "variable x\ntheorem t: diff(x^2, x) = 2*x"
FALSE = "variable x\ntheorem t: diff(x^2, x) = 3*x"


def asked(item: object) -> Data:
    found: Data = json.loads(answer(json.dumps(item)))
    return found


# --- a chain ----------------------------------------------------------------------------------------------------------------


def test_the_first_wrong_step_of_a_chain_is_told() -> None:
    found = derive.check_chain(["diff(x^2 + x, x)", "2*x + 1", "3*x + 1", "1 + 3*x"], declare="variable x")
    assert (found["verdict"], found["expected"], found["step"], found["errors"]) == ("refuted", False, 2, [])
    assert [step["verdict"] for step in found["steps"]] == ["proved", "refuted", "proved"]
    assert found["counterexample"]["values"].keys() == {"x"}
    assert (found["steps"][1]["left"], found["steps"][1]["right"]) == ("2*x + 1", "3*x + 1")
    assert "line" not in found["steps"][0]


def test_a_chain_that_holds_has_no_wrong_step() -> None:
    found = derive.check_chain(["sum(diff(x[i]^2, x[k]), i)", "2*x[k]"], declare="size n\nvariable x[n]")
    assert (found["verdict"], found["expected"], found["step"]) == ("proved", True, None)
    softmax = derive.check_chain(["diff(E, Z[k])", "O[k] - y[k]"], declare=derive.load("softmax-ce"))
    assert softmax["verdict"] == "proved"
    assert softmax["steps"][0]["rules"]


WRONG = {
    "not declared": (["x", "z"], 2, "D140", 1),
    "the first": (["z", "x"], 1, "D140", 1),
    "one between": (["x", "x + z", "x"], 2, "D140", 5),
    "the last of three": (["x", "x", "x + z"], 3, "D140", 5),
    "no expression": (["x", "2*"], 2, "D130", None),
    "two": (["x", "x x"], 2, "D133", 3),
    "a relation": (["x", "x = x"], 2, "D136", 3),
    "a reason": (["x", "x by algebra"], 2, "D112", None),
    "another theorem": (["x", "x qed theorem u: 1 = 1 proof 1 = 1"], 2, "D112", None),
    "a gap": (["x", "?"], 2, "D127", 1),
    "nothing": (["x", ""], 2, "D130", None),
    "a comment": (["x", "# x"], 2, "D130", None),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_expression_is_told_with_its_number(name: str) -> None:
    chain, number, code, column = WRONG[name]
    found = derive.check_chain(chain, declare="variable x")
    assert found["verdict"] == "error"
    (first, *_) = found["errors"]
    assert (first["expression"], first["code"]) == (number, code)
    assert column is None or first["column"] == column
    assert "line" not in first


def test_what_is_wrong_with_the_declarations_has_its_line() -> None:
    (found,) = derive.check_chain(["x", "x"], declare="variable x\nvariable y,")["errors"]
    assert (found["line"], "expression" in found) == (2, False)


def test_what_is_judged_is_all_of_a_chain() -> None:
    """A comment hides no part of an expression, and declarations that are a document do not hide the chain."""
    assert derive.check_chain(["x", "x # the same\n + 1"], declare="variable x")["verdict"] == "refuted"
    assert derive.check_chain(["x + 1", "x # the same\n + 1"], declare="variable x # a comment")["verdict"] == "proved"
    for declare in ("```derive\ntheorem t: 1 = 1\n```", "variable x\n```derive\ntheorem the-chain: 1 = 1\n```"):
        assert derive.check_chain(["1", "2"], declare=declare)["verdict"] == "error"
    for declare in ("theorem t: 1 = 1", 'note "', "variable x\ntheorem the-chain: 1 = 1"):
        assert derive.check_chain(["1", "2"], declare=declare)["verdict"] != "proved"


@pytest.mark.parametrize("chain", [[], ["x"], "xy", [1, 2], None, 3])
def test_what_is_no_chain_is_an_error_of_the_call(chain: Any) -> None:
    with pytest.raises(CallError, match=r"a chain is|an item has"):
        derive.check_chain(chain, declare="variable x, y")


@pytest.mark.parametrize("declare", [None, 3, ["variable x", None], b"variable x"])
def test_what_declares_nothing_is_an_error_of_the_call(declare: Any) -> None:
    for asks in (lambda: derive.check_chain(["x", "x"], declare=declare), lambda: derive.diff("x^2", "x", declare=declare)):
        with pytest.raises(CallError, match="declares nothing"):
            asks()


def test_declarations_come_from_several_places() -> None:
    found = derive.check_chain(["diff(E*x, x)", "E"], declare=[derive.load("softmax-ce"), "variable x"])
    assert found["verdict"] == "proved"


# --- items ------------------------------------------------------------------------------------------------------------------


def test_a_text_is_answered_with_its_theorems() -> None:
    found = asked({"id": {"any": [1]}, "text": f"```derive\n{TRUE}\n```\n```derive\ntheorem u: x = x + 1 expect refuted\n```"})
    assert found["id"] == {"any": [1]}
    assert [(each["name"], each["verdict"]) for each in found["theorems"]] == [("t", "proved"), ("u", "refuted")]
    assert (found["verdict"], found["expected"], found["errors"]) == ("refuted", True, [])
    assert "trace" not in json.dumps(found)


def test_a_derivative_is_answered_with_its_steps() -> None:
    found = asked({"diff": "a*x*exp(-x)", "wrt": "x", "declare": "constant a\nvariable x"})
    assert (found["verdict"], found["left"], found["errors"]) == ("proved", "diff(a*x*exp(-x), x)", [])
    chain = ["diff(a*x*exp(-x), x)", found["right"]]
    assert derive.check_chain(chain, declare="constant a\nvariable x")["verdict"] == "proved"
    assert found["steps"][-1]["right"] == found["right"]
    assert r"\begin{align*}" in found["latex"]
    assert asked({"diff": "z*x", "wrt": "x", "declare": "variable x"})["errors"][0]["code"] == "D140"


def test_what_is_filled_in_comes_back_with_its_verdicts() -> None:
    found = asked({"fill": f"{TRUE.replace('2*x', '?')}\ntheorem u: x = ?"})
    assert "theorem t: diff(x^2, x) = 2*x" in found["text"]
    assert [each["verdict"] for each in found["theorems"]] == ["proved", "unknown"]
    assert (found["verdict"], found["expected"]) == ("unknown", False)
    assert found["errors"][0]["code"] == "D203"


NO_ITEM = [
    3, None, [], "text", {}, {"text": 3}, {"text": "x", "chain": ["x", "x"]}, {"txt": "x"}, {"text": "x", "timeout": "5"},
    {"text": "x", "timeout": 0}, {"text": "x", "timeout": True}, {"chain": ["x", 3]}, {"chain": ["x", "x"], "declare": 3},
    {"chain": {"0": "x"}}, {"diff": "x"}, {"wrt": "x"}, {"text": "x", "wrt": "x"}, {"fill": ["x"]}, {"diff": "x", "wrt": 3},
]  # fmt: skip


@pytest.mark.parametrize("item", NO_ITEM, ids=str)
def test_what_is_no_item_is_told(item: object) -> None:
    found = asked(item)
    assert (found["verdict"], found["theorems"]) == ("error", [])
    assert found["errors"][0]["code"] == "no-item"
    assert found["errors"][0]["help"]


LINES = [
    "", "{", "nonsense", "[" * 100_000, '{"text": "\\ud800"}', '{"a": 1}{"b": 2}', '{"text": "x", "text": "y"}', "NaN",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_any_line_has_an_answer(line: str) -> None:
    assert json.loads(answer(line))["verdict"] == "error"


def test_a_limit_is_unknown_and_no_error() -> None:
    power = "(" * 80 + "x" + " + 1)^99" * 80
    found = asked({"text": f"variable x\ntheorem t: {power} = 1", "timeout": 1})
    assert found["verdict"] in ("unknown", "error")
    assert "D900" not in json.dumps(found)


# --- many -------------------------------------------------------------------------------------------------------------------

EXECUTORS: dict[str, Callable[[], Executor]] = {
    "threads": lambda: ThreadPoolExecutor(2),
    "processes": lambda: ProcessPoolExecutor(2),
}


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("executor", [None, *EXECUTORS])
def test_every_text_has_its_answer(executor: str | None, ordered: bool) -> None:
    texts = [TRUE, FALSE, "nonsense", {"id": "own", "chain": ["1", "2"]}, {"text": 3}, TRUE]
    if executor is None:
        found = list(derive.check_many(texts, jobs=2, ordered=ordered))
    else:
        with EXECUTORS[executor]() as pool:
            found = list(derive.check_many(texts, executor=pool, ordered=ordered))
    verdicts = {0: "proved", 1: "refuted", 2: "error", "own": "refuted", 4: "error", 5: "proved"}
    assert {each["id"]: each["verdict"] for each in found} == verdicts
    assert not ordered or [each["id"] for each in found] == list(verdicts)


HEAVY = "variable x[8,8,8,8,8,8,8]\ntheorem t: sum(x[a, b, c, d, e, f, g], a, b, c, d, e, f, g) = 0\n"


@pytest.mark.slow
def test_a_cluster_shares_the_work() -> None:
    """Text goes to it, and comes back: the workers of a cluster share no memory with who asks."""
    from dask.distributed import Client, LocalCluster

    items = [{"id": n, "chain": ["diff(x^2, x)", f"{n % 3}*x"], "declare": "variable x"} for n in range(60)]
    items.insert(7, {"id": "heavy", "text": HEAVY, "timeout": 1})
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        client.get_executor() as executor,
    ):
        found = {each["id"]: each["verdict"] for each in derive.check_many(items, executor=executor)}
    assert found == {each["id"]: each["verdict"] for each in derive.check_many(items, jobs=1)}
    assert found.pop("heavy") == "unknown"
    assert {name for name, verdict in found.items() if verdict == "proved"} == {*range(2, 60, 3)}


def test_a_broken_executor_is_told_of_each_item() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    found = derive.check_many([TRUE, TRUE], executor=pool)
    told = [(each["id"], each["verdict"], each["errors"][0]["code"]) for each in found]
    assert told == [(0, "unknown", "D901"), (1, "unknown", "D901")]


def test_one_says_how_many_share_the_work() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(CallError):
        derive.check_many([TRUE], jobs=1, executor=pool)
    with pytest.raises(CallError):
        derive.check_many([TRUE], jobs=0)


def dies(piece: str) -> str:
    """Work whose process ends over some pieces, as one does that is given no more memory or time."""
    if "dies" in piece:
        os.kill(os.getpid(), 9)
    return answer(piece)


def test_an_item_that_ends_its_process_takes_no_other_with_it() -> None:
    lines = [json.dumps({"id": n, "text": TRUE if n % 3 else f"{TRUE} # dies"}) for n in range(12)]
    found = [json.loads(each) for each in by_processes(dies, lines, 2, False, lambda line: json.loads(line)["id"])]
    assert {each["id"]: each["verdict"] for each in found} == {n: "proved" if n % 3 else "unknown" for n in range(12)}
    lost = [each["errors"] for each in found if each["verdict"] == "unknown"]
    assert all(error["code"] == "D901" and "SIGKILL" in error["message"] for (error,) in lost)


def test_no_more_is_held_than_what_is_worked_on() -> None:
    given = 0

    def texts() -> Any:
        nonlocal given
        for _ in range(1000):
            given += 1
            yield TRUE

    results = derive.check_many(texts(), jobs=1, ordered=True)
    for _ in range(3):
        next(results)
    assert given < 200
    results.close()  # type: ignore[attr-defined]


def test_an_answer_does_not_wait_for_the_next_item() -> None:
    told: list[str] = []

    def lines() -> Any:
        yield json.dumps({"id": 1, "chain": ["1", "1"]})
        limit = time.monotonic() + 60
        while not told and time.monotonic() < limit:
            time.sleep(0.01)
        yield json.dumps({"id": 2, "chain": ["1", "2"]})

    for line in streamed(lines(), 2):
        told.append(line)
    assert [json.loads(line)["id"] for line in told] == [1, 2]


# --- as a process -----------------------------------------------------------------------------------------------------------


def run(*arguments: str, given: str = "") -> tuple[int, list[Data], str]:
    done = subprocess.run([sys.executable, "-m", "derive", *arguments], input=given, capture_output=True, text=True)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.parametrize("command", [["check", "--format", "jsonl", "-"], ["serve", "--stdio"]])
def test_lines_are_answered_by_lines(command: list[str]) -> None:
    items: list[Data] = [{"id": 1, "text": TRUE}, {"id": 2, "chain": ["1", "2"]}]
    status, found, err = run(*command, given="".join(f"{json.dumps(item)}\n\n" for item in items) + "nonsense")
    told = sorted((str(each["id"]), each["verdict"]) for each in found)
    assert told == [("1", "proved"), ("2", "refuted"), ("None", "error")]
    assert (status, err) == (0 if command[0] == "serve" else 2, "")


def test_files_are_answered_by_lines(tmp_path: Path) -> None:
    for name, text in (("a.derive", TRUE), ("b.derive", FALSE), ("c.md", f"```derive\n{TRUE}\n```")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    status, found, _ = run("check", "--format", "jsonl", str(tmp_path))
    assert [(Path(each["id"]).name, each["verdict"]) for each in found] == [
        ("a.derive", "proved"), ("b.derive", "refuted"), ("c.md", "proved"),
    ]  # fmt: skip
    assert status == 1
    status, found, _ = run("check", "--format", "jsonl", str(tmp_path / "a.derive"), str(tmp_path / "none.derive"))
    assert (status, [each["verdict"] for each in found]) == (2, ["proved", "error"])


def test_what_answers_ends_with_its_input() -> None:
    call = [sys.executable, "-m", "derive", "serve"]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for n in range(3):
            process.stdin.write(json.dumps({"id": n, "chain": ["1", "1"]}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == n
        process.stdin.close()
        assert process.wait(30) == 0
