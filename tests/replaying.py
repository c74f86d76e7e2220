"""Recorded proofs for tests: what `derive check --format json` prints of a few theorems, and what a replay says of it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from derive.checking.checker import check
from derive.language.derivation import Derivation
from derive.library import parse
from derive.proofs.document import Outcome, replayed
from derive.render.json import printed, reports_json

TEXT = """
title "Squares"
size n >= 2
variable x[n], s > 0, t
constant c
define E = sum((x[i] - c)^2, i)

theorem gradient: diff(E, x[k]) = 2*(x[k] - c)
proof
  diff(E, x[k])
    = sum(diff((x[i] - c)^2, x[k]), i)              by definition(E), sum
    = sum(2*(x[i] - c)*diff(x[i] - c, x[k]), i)     by power, chain
    = sum(2*(x[i] - c)*delta(i, k), i)              by sum, variable, independence
    = 2*(x[k] - c)                                  by collapse
qed

theorem wrong: diff(E, x[k]) = 3*(x[k] - c) expect refuted
proof
  diff(E, x[k])
    = 2*(x[k] - c) by gradient
    = 3*(x[k] - c) by algebra expect refuted
qed

theorem logarithm: ln(s^2*exp(t)) = 2*ln(s) + t
theorem cancelled: t*(s + 1)/(s + 1) = t
theorem cited: diff(E, x[k])*s = s*2*(x[k] - c)
proof
  diff(E, x[k])*s = s*2*(x[k] - c) by gradient
qed
theorem open: t/t = 1
theorem magnitude: abs(s)*t = s*t

variable u
theorem later: diff(u^2, u) = 2*u
proof
  diff(u^2, u) = ? by power
  = u + u by algebra
qed
"""

Data = dict[str, Any]


def document_of(*derivations: Derivation) -> Data:
    """What `derive check --format json` prints of derivations, read again."""
    found: Data = json.loads(printed(reports_json(check(derivation, record=True) for derivation in derivations)))
    return found


@cache
def squares_text() -> str:
    """The text of the document of `TEXT`."""
    return json.dumps(document_of(parse(TEXT, "squares")))


def squares() -> Data:
    """The document of `TEXT`, to be changed."""
    found: Data = json.loads(squares_text())
    return found


def outcomes(document: Any) -> list[Outcome]:
    """What becomes of all claims of a document."""
    return [outcome for replay in replayed(document) for outcome in replay.outcomes]


def failed(document: Any) -> dict[tuple[str, int | None], str]:
    """The claims that are not proved again, each with why."""
    return {(o.theorem, o.step): o.message for o in outcomes(document) if not o.proved}


def only(document: Data) -> Data:
    """The one derivation of a document."""
    (found,) = document["derivations"]
    return found  # type: ignore[no-any-return]
