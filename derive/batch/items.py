"""An item of a batch and its answer: both are data, as JSON has it.

    {"id": 7, "text": "variable x theorem t: diff(x^2, x) = 2*x"}
    {"id": 8, "chain": ["diff(x^2, x)", "2*x", "3*x"], "declare": "variable x", "timeout": 10}
    {"id": 9, "diff": "x*exp(-x)", "wrt": "x"}
    {"id": 10, "fill": "variable x theorem t: diff(x^2, x) = ?"}

    {"id": 7, "verdict": "proved", "expected": true, "theorems": [{"name": "t", …}], "errors": []}
    {"id": 8, "verdict": "refuted", "expected": false, "step": 2, "message": …, "steps": [{"left": …}, …], "errors": []}
    {"id": 9, "verdict": "proved", "expected": true, "right": "(1 - x)*exp(-x)", "steps": […], "latex": …, "errors": []}
    {"id": 10, "verdict": "proved", "expected": true, "text": "variable x theorem t: diff(x^2, x) = 2*x", …}

Theorems and steps are as in `derive check --format json`, without their traces. A text that cannot be read has the verdict
`error`, and its errors say why, each with its line and column; of a chain with the number of the expression. `timeout` is in
seconds of the processor, for all of the item. An answer is made of any item, whatever befalls it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from derive.checking.checker import Cited, check
from derive.checking.differentiate import differentiate
from derive.checking.fill import fill
from derive.checking.steps import TIMEOUT
from derive.checking.verdicts import Report
from derive.errors import CallError, DeriveError, InternalError, LimitError
from derive.language.derivation import Derivation
from derive.language.errors import SourceError
from derive.language.expressions import stretch
from derive.language.lexer import Source, Tokens
from derive.language.syntax import RELATION_SIGNS
from derive.library import parse, parse_each, read_each, text_of
from derive.limits import DERIVATIVE, FILE, LONGEST_TEXT, allowed, of_length
from derive.proofs.malformed import single
from derive.render.json import error_json, report_json
from derive.render.latex import report_latex

Data = dict[str, Any]
KINDS = ("text", "chain", "diff", "fill")
"""What an item has one of: it says what is asked."""
MORE = ("id", "declare", "wrt", "timeout")
WORST = ("error", "refuted", "unknown", "unjustified", "proved")
_CHAIN = "the-chain"
"""What the theorem of a chain is called."""
_COMMENT = re.compile(r"#[^\n]*")
_TOLD = ("code", "message", "suggestion", "counterexample", "remarks", "conditions")
_OF_TEXTS = ("line", "column", "by", "expected")  # what is of no use where there is no text


class Item(NamedTuple):
    """What is asked: the `kind`, the texts that it is about, and what is declared for these."""

    kind: str
    texts: tuple[str, ...]
    declare: str = ""
    wrt: str = ""
    timeout: float = TIMEOUT


def answer(line: str) -> str:
    """The answer to an item on a line of JSON, as a line of JSON. It does not fail."""
    try:
        data = json.loads(line, object_pairs_hook=single)
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
    unknown = sorted(str(key) for key in data.keys() - {*KINDS, *MORE})
    if unknown:
        raise CallError("no-item", f"an item has no {unknown[0]}", f"it has: {', '.join((*KINDS, *MORE))}")
    kinds = [kind for kind in KINDS if data.get(kind) is not None]
    if len(kinds) != 1:
        raise CallError("no-item", f"an item has one of these: {', '.join(KINDS)}", help)
    (kind,) = kinds
    texts, declare, wrt, timeout = data[kind], data.get("declare", ""), data.get("wrt", ""), data.get("timeout", TIMEOUT)
    if kind == "chain" and not (type(texts) is list and len(texts) > 1 and all(isinstance(each, str) for each in texts)):
        raise CallError("no-item", "a chain is a list of two strings or more", help)
    if kind != "chain" and not isinstance(texts, str):
        raise CallError("no-item", f"{kind} takes a string", help)
    if not isinstance(declare, str) or not isinstance(wrt, str):
        raise CallError("no-item", "what is declared, and a variable, is a string", help)
    if (kind == "diff") != bool(wrt):
        raise CallError("no-item", "diff and wrt belong together", 'as in {"diff": "x^2", "wrt": "x"}')
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < 1e9:
        raise CallError("no-item", "a timeout is a number of seconds", 'as in "timeout": 10')
    return Item(kind, tuple(texts) if kind == "chain" else (texts,), declare, wrt, timeout)


def answered(item: Item) -> Data:
    """The answer to an item, without its id."""
    match item.kind:
        case "chain":
            return _chain(item)
        case "diff":
            return _derivative(item)
        case "fill":
            return _filled(item)
    (text,) = item.texts
    return _answered(parse_each(text), text, item.timeout)


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
    for number, text in enumerate(item.texts, 1):
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
        sides.append(" ".join(_COMMENT.sub(" ", text[start:end]).split()))
    first, *others = sides
    claim = (f"theorem {_CHAIN}:", first, "=", sides[-1])
    lines = [*claim, "proof", first, *(f"= {each}" for each in others), "qed"]
    above = item.declare.count("\n") + 1
    whole = "\n".join((item.declare, *lines))
    found = _answered(_alone(whole), whole, item.timeout)
    if found["errors"] and item.declare.strip():
        declared = _answered(_alone(item.declare), item.declare, item.timeout)
        if declared["errors"]:
            return declared  # what stands below it follows from that
    for each in found["errors"]:
        _placed(each, above, len(sides))
    theorem = next((each for each in found["theorems"] if each["name"] == _CHAIN), None)
    if theorem is None:
        return found
    del found["theorems"]
    steps = theorem["steps"]
    wrong = next((number for number, step in enumerate(steps) if step["verdict"] != "proved"), None)
    told = theorem if wrong is None else steps[wrong]
    verdict = found["verdict"] if wrong is None else steps[wrong]["verdict"]
    return {
        **found,
        "verdict": verdict,
        "step": None if wrong is None else wrong + 1,
        **{key: told.get(key) for key in _TOLD},
        "steps": _steps(theorem),
    }


def _alone(text: str) -> Iterator[Derivation]:
    """The derivation that is all of a text: no document, of which only some blocks would be read."""
    yield parse(text)


def _steps(theorem: Data) -> list[Data]:
    return [{key: value for key, value in step.items() if key not in _OF_TEXTS} for step in theorem["steps"]]


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


# --- derivatives, and what is filled in --------------------------------------------------------------------------------------


def _derivative(item: Item) -> Data:
    """The derivative of an expression, its steps, and all of it in LaTeX."""
    (expression,) = item.texts
    with allowed(DERIVATIVE, item.timeout):
        report = check(differentiate(expression, item.wrt, item.declare), timeout=item.timeout)
    (theorem,) = report_json(report, trace=False)["theorems"]
    told = {key: theorem[key] for key in ("left", "right", "verdict", "expected", "conditions")}
    return told | {"steps": _steps(theorem), "latex": report_latex(report), "errors": []}


def _filled(item: Item) -> Data:
    """A text with every ? replaced that can be, and what is found in it then."""
    (text,) = item.texts

    def read(written: str) -> list[Derivation]:
        found = list(parse_each(written))
        for each in found:
            if isinstance(each, SourceError):
                raise each
        return [each for each in found if isinstance(each, Derivation)]

    with allowed(FILE, item.timeout):
        filled, errors = fill(text, read, timeout=item.timeout)
    found = _answered(parse_each(filled), filled, item.timeout)
    return found | {"text": filled, "errors": [*map(error_json, errors), *found["errors"]]}
