"""`derive replay FILE …`: the proofs in a file, gone through the kernel once more.

    derive check docs/ --format json -o proofs.json        finds them
    derive replay proofs.json                              needs no search, and loads none

A line for each claim that is not proved again, and the counts. The exit status is 0 if all that the files call proved is proved
again, 1 if some of it is not, and 2 if a file is none of this kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any, NoReturn

from derive.commands.complaint import complain_of, fault
from derive.commands.files import called, data_of
from derive.commands.output import write_output
from derive.errors import CallError, DeriveError
from derive.limits import FILE, LARGEST_RECORD, MOST_DIGITS, allowed
from derive.proofs.document import Outcome, Replay, replayed
from derive.proofs.malformed import refuse, single
from derive.render.layout import counted, one_line


@dataclass(frozen=True)
class Options:
    """What a call asks for."""

    format: str = "text"
    output: str | None = None
    quiet: bool = False
    timeout: float = inf


def replay(paths: Iterable[str], options: Options) -> int:
    """Prints what became of the claims in the files, and returns the exit status."""
    found: list[Replay] = []
    unread = 0
    for path in dict.fromkeys(paths):
        try:
            found += _replayed(path, options.timeout)
        except Exception as error:
            complain_of(fault(error, called(path)))
            unread += 1
    if found or not unread:
        text = _json(found) if options.format == "json" else _text(found, options.quiet)
        write_output(lambda _: text, options.output)
    if unread:
        return 2
    return 0 if all(each.proved for each in found) else 1


def _replayed(path: str, timeout: float) -> list[Replay]:
    """What became of the claims in a file."""
    data = data_of(path, LARGEST_RECORD)
    try:
        with allowed(FILE, timeout):
            document = _document(data)
        return replayed(document, timeout)
    except DeriveError as error:
        raise CallError(error.code, f"{called(path)}: {error.message}", error.help) from error


def _document(data: bytes) -> Any:
    """What a file holds, as JSON."""
    try:
        return json.loads(data, object_pairs_hook=single, parse_constant=_no_number, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        said = f"{error.msg} in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else str(error)
        refuse(f"it is not JSON: {said}")


def _whole(digits: str) -> int:
    """A whole number. Python takes quadratic time for one of very many digits, and nothing can interrupt it."""
    if len(digits) > MOST_DIGITS:
        refuse(f"it has a whole number of {len(digits)} digits")
    return int(digits)


def _no_number(text: str) -> NoReturn:
    refuse(f"it is not JSON: {text} is no number")


# --- presenting -----------------------------------------------------------------------------------------------------------


def _text(found: list[Replay], quiet: bool) -> str:
    lines = [_line(each, outcome) for each in found for outcome in each.outcomes if not outcome.proved]
    if quiet:
        return "".join(f"{line}\n" for line in lines)
    if lines:
        lines.append("")
    counts = _counts(found)
    parts = [counted(len(found), "derivations"), *(counted(counts[what], what) for what in ("theorems", "steps"))]
    lines.append(f"{', '.join(parts)}: {_result(counts)}")
    return "".join(f"{line}\n" for line in lines)


def _result(counts: dict[str, int]) -> str:
    if not counts["theorems"] + counts["steps"]:
        return "nothing is called proved"
    failed = counts["theorems"] + counts["steps"] - counts["proved"]
    return "all proved again" if not failed else f"{counts['proved']} proved again, {failed} not"


def _line(each: Replay, outcome: Outcome) -> str:
    place = f"{each.file or 'the text'}:{outcome.line}"
    claim = outcome.theorem if outcome.step is None else f"{outcome.theorem}, step {outcome.step}"
    found = outcome.replayed
    at = f"inference {found.inference}, {found.figure}: " if found is not None and found.inference is not None else ""
    return one_line(f"not proved: {place}: {claim}: {at}{outcome.message}")


def _counts(found: list[Replay]) -> dict[str, int]:
    outcomes = [outcome for each in found for outcome in each.outcomes]
    steps = sum(outcome.step is not None for outcome in outcomes)
    proved = sum(outcome.proved for outcome in outcomes)
    return {"theorems": len(outcomes) - steps, "steps": steps, "proved": proved}


def _json(found: list[Replay]) -> str:
    derivations = [{"file": each.file, "proved": each.proved, "claims": list(map(_claim, each.outcomes))} for each in found]
    summary = {"derivations": len(found), **_counts(found), "all_proved": all(each.proved for each in found)}
    return json.dumps({"version": 1, "derivations": derivations, "summary": summary}, indent=2) + "\n"


def _claim(outcome: Outcome) -> dict[str, Any]:
    found = outcome.replayed
    return {
        "theorem": outcome.theorem,
        "step": outcome.step,
        "line": outcome.line,
        "proved": outcome.proved,
        "message": outcome.message or None,
        "inference": None if found is None else found.inference,
        "figure": None if found is None else found.figure or None,
    }
