"""An item of a batch, a derivation or a chain of equal expressions, and its answer: both are data, as JSON has it.

    {"id": 7, "text": "variable x theorem t: diff(x^2, x) = 2*x"}
    {"id": 8, "chain": ["diff(x^2, x)", "2*x", "3*x"], "declare": "variable x", "timeout": 10}

    {"id": 7, "verdict": "proved", "expected": true, "theorems": [{"name": "t", …}], "errors": []}
    {"id": 8, "verdict": "refuted", "expected": false, "step": 2, "message": …, "steps": [{"left": …}, …], "errors": []}

Theorems and steps are as in `derive check --format json`, without their traces. A text that cannot be read has the verdict
`error`, and its errors say why, each with its line and column; of a chain with the number of the expression. An answer is made
of any item, whatever befalls it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from derive.checking.checker import Cited, check
from derive.checking.steps import TIMEOUT
from derive.checking.verdicts import Report
from derive.errors import CallError, DeriveError, InternalError, LimitError
from derive.language.derivation import Derivation
from derive.language.errors import SourceError
from derive.language.expressions import stretch
from derive.language.lexer import Source, Tokens
from derive.language.syntax import RELATION_SIGNS
from derive.library import parse_each, read_each, text_of
from derive.limits import FILE, LONGEST_TEXT, allowed, of_length
from derive.render.json import error_json, report_json

Data = dict[str, Any]
KEYS = frozenset(("id", "text", "chain", "declare", "timeout"))
WORST = ("error", "refuted", "unknown", "unjustified", "proved")
_CHAIN = "the-chain"
"""What the theorem of a chain is called."""
_OF_TEXTS = ("line", "column", "by", "expected")  # what is of no use where there is no text


class Item(NamedTuple):
    """What is asked: a `text`, or a `chain` under the declarations `declare`, and the seconds for a step."""

    id: Any
    text: str | None = None
    chain: tuple[str, ...] = ()
    declare: str = ""
    timeout: float = TIMEOUT


def answer(line: str) -> str:
    """The answer to an item on a line of JSON, as a line of JSON. It does not fail."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        wrong = CallError("no-item", f"this is no JSON: {error}", 'write {"text": "…"} on one line')
        return json.dumps({"id": None, **failed([wrong])})
    name = data.get("id") if isinstance(data, Mapping) else None
    return json.dumps({"id": name, **_whatever_befalls(lambda: answered(item_of(data)))})


def answer_file(asked: tuple[str, float]) -> str:
    """The answer on a file, by its path and the seconds for a step, as a line of JSON. It does not fail."""
    path, timeout = asked

    def found() -> Data:
        text = text_of(path)
        return _answered(read_each(path, text), text, timeout)

    return json.dumps({"id": path, **_whatever_befalls(found)})


def _whatever_befalls(find: Callable[[], Data]) -> Data:
    try:
        return find()
    except DeriveError as error:
        return failed([error])
    except MemoryError:
        return failed([LimitError("D409", "it needs more memory than there is", "write it in smaller parts")])
    except RecursionError:
        return failed([LimitError("D408", "it is nested too deeply", "write it in smaller parts")])
    except Exception as error:
        return failed([InternalError("D900", f"derive itself is at fault: {type(error).__name__}: {error}")])


def item_of(data: Any) -> Item:
    """An item as it is asked for. Fails with `CallError` where it is none."""
    help = 'write {"text": "…"}, or {"chain": ["…", "…"], "declare": "…"}'
    if not isinstance(data, Mapping):
        raise CallError("no-item", "an item is an object", help)
    unknown = sorted(str(key) for key in data.keys() - KEYS)
    if unknown:
        raise CallError("no-item", f"an item has no {unknown[0]}", f"it has: {', '.join(sorted(KEYS))}")
    text, chain, declare, timeout = data.get("text"), data.get("chain"), data.get("declare", ""), data.get("timeout", TIMEOUT)
    if (text is None) == (chain is None):
        raise CallError("no-item", "an item has either a text or a chain", help)
    if not isinstance(text, str | None) or not isinstance(declare, str):
        raise CallError("no-item", "a text, and what is declared, is a string", help)
    if chain is not None and not (type(chain) is list and len(chain) > 1 and all(isinstance(each, str) for each in chain)):
        raise CallError("no-item", "a chain is a list of two strings or more", help)
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < 1e9:
        raise CallError("no-item", "a timeout is a number of seconds", 'as in "timeout": 10')
    return Item(data.get("id"), text, tuple(chain or ()), declare, timeout)


def answered(item: Item) -> Data:
    """The answer to an item, without its id."""
    if item.text is not None:
        return _answered(parse_each(item.text), item.text, item.timeout)
    return _chain(item)


def failed(errors: Iterable[DeriveError]) -> Data:
    """The answer that is none, and why."""
    told = list(errors)
    verdict = "unknown" if told and all(isinstance(each, LimitError) for each in told) else "error"
    return {"verdict": verdict, "expected": False, "theorems": [], "errors": [error_json(each) for each in told]}


def _answered(texts: Iterable[Derivation | SourceError], text: str, timeout: float) -> Data:
    """What is found in the derivations of a text."""
    theorems: list[Data] = []
    verdicts: list[str] = []
    errors: list[DeriveError] = []
    expected, cited = True, Cited()
    try:
        with allowed(FILE, timeout), allowed(of_length(text)):
            for each in texts:
                if isinstance(each, Derivation):
                    report = check(each, timeout=timeout, diagnose=True, cited=cited)
                    theorems += report_json(report, trace=False)["theorems"]
                    verdicts.append(report.verdict)
                    errors += _problems(report)
                    expected = expected and report.expected
                else:
                    errors += (each, *each.more)
    except SourceError as error:
        errors += (error, *error.more)
    except LimitError as error:
        errors.append(error)
    verdicts += (failed([each])["verdict"] for each in errors if each.code != "D207")
    verdict = next((verdict for verdict in WORST if verdict in verdicts), "proved")
    told = [error_json(each) for each in errors]
    return {"verdict": verdict, "expected": expected and not errors, "theorems": theorems, "errors": told}


def _problems(report: Report) -> Iterable[DeriveError]:
    for problem in report.problems:
        found = SourceError(problem.code, problem.message, problem.place)
        found.text = report.derivation.text
        yield found


# --- chains -----------------------------------------------------------------------------------------------------------------


def _chain(item: Item) -> Data:
    """The answer on a chain: its steps, and what is to be said of the first that is not proved."""
    sides: list[str] = []
    for number, text in enumerate(item.chain, 1):
        try:
            if len(text) > LONGEST_TEXT:
                raise LimitError("D106", f"a text of {len(text)} characters, where {LONGEST_TEXT} is the limit")
            start, end = _expression(text)
        except SourceError as error:
            found = failed([error])
            for each in found["errors"]:
                each["expression"] = number
                del each["line"], each["end_line"]
            return found
        sides.append(" ".join(text[start:end].split()))
    first, *others = sides
    claim = (f"theorem {_CHAIN}:", first, "=", sides[-1])
    lines = [*claim, "proof", first, *(f"= {each}" for each in others), "qed"]
    above = item.declare.count("\n") + 1
    found = answered(item._replace(text="\n".join((item.declare, *lines))))
    if found["errors"] and item.declare.strip():
        declared = answered(item._replace(text=item.declare))
        if declared["errors"]:
            return declared  # what stands below it follows from that
    for each in found["errors"]:
        _placed(each, above, len(sides))
    if not found["theorems"]:
        return found
    (theorem,) = found.pop("theorems")[-1:]
    steps = theorem["steps"]
    wrong = next((number for number, step in enumerate(steps) if step["verdict"] != "proved"), None)
    told = theorem if wrong is None else steps[wrong]
    keys = ("code", "message", "suggestion", "counterexample", "remarks", "conditions")
    verdict = found["verdict"] if wrong is None else steps[wrong]["verdict"]
    return {
        **found,
        "verdict": verdict,
        "step": None if wrong is None else wrong + 1,
        **{key: told.get(key) for key in keys},
        "steps": [{key: value for key, value in step.items() if key not in _OF_TEXTS} for step in steps],
    }


def _expression(text: str) -> tuple[int, int]:
    """Where the expression stands that is all of a text. Fails with `SourceError` where there is more, such as a relation."""
    found = stretch(text)
    source = Source(text)
    tokens, depth = Tokens(source), 0
    for kind, start, end in zip(tokens.kinds, tokens.starts, tokens.ends, strict=True):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(kind, 0)
        if kind in RELATION_SIGNS and not depth:
            raise source.error("D136", start, end, found=text[start:end])
    return found


def _placed(error: Data, above: int, count: int) -> None:
    """Says of an error in which expression of the chain it is; the lines of the declarations are its own."""
    line = error.get("line", 0) - above
    number = {2: 1, 4: count}.get(line, line - 5 if 5 < line <= 5 + count else 0)  # as `_chain` writes them
    if not number:
        return
    error["expression"] = number
    for key in ("line", "end_line"):
        del error[key]
    for key in ("column", "end_column"):
        error[key] -= len("= ") if line > 6 else 0
