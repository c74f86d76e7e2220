"""A server of the Model Context Protocol: a program that writes derivations has them checked, and is told the first wrong step.

    derive-mcp        over standard input and output, for a client such as an editor or a chat

It needs the extra `mcp`. What a tool answers is what `batch.items` says; the work is done by a process that stays warm and has
a bound of memory and time. How to use the tools, `skill.md` beside this file tells a model.
"""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import Any

from derive import __version__
from derive.batch.items import answer, failed
from derive.commands.listing import every_rule, one_rule
from derive.errors import CallError, LimitError
from derive.workers import Beside, Lost

try:
    from mcp.server.mcpserver import MCPServer
except ImportError as error:
    raise SystemExit("derive-mcp needs an extra: pip install 'derive-calculus[mcp]'") from error

SKILL = Path(__file__).parent / "skill.md"
SECONDS = 30
"""How long an item may take: nobody waits longer in a conversation."""

server = MCPServer("derive", instructions=SKILL.read_text(encoding="utf-8"), version=__version__)
_beside: Beside[str, str] | None = None
_lock = Lock()


def _asked(**item: Any) -> dict[str, Any]:
    """The answer to an item, by the process that does the work; one after the other."""
    global _beside
    line = json.dumps({"timeout": SECONDS, **item})
    with _lock:
        _beside = _beside or Beside(answer)
        _beside.ask(line)
        result = _beside.answer()
    if isinstance(result, Lost):
        return failed([LimitError("D901", f"limit: {result.why}", "write it in smaller parts")])
    found: dict[str, Any] = json.loads(result)
    del found["id"]
    return found


@server.tool()
def check(text: str) -> dict[str, Any]:
    """Check a derivation in the proof language: a verdict on each theorem and step, the wrong ones with a counterexample."""
    return _asked(text=text)


@server.tool()
def chain(expressions: list[str], declare: str = "") -> dict[str, Any]:
    """Check a chain of equal expressions without reasons: the first wrong step, with a counterexample.

    `declare` says what the names are, as in "size n  variable x[n]  constant a > 0".
    """
    return _asked(chain=expressions, declare=declare)


@server.tool()
def diff(expression: str, wrt: str, declare: str = "") -> dict[str, Any]:
    """Differentiate an expression step by step, each by a rule with a name; the result is proved, and there is LaTeX of it."""
    return _asked(diff=expression, wrt=wrt, declare=declare)


@server.tool()
def fill(text: str) -> dict[str, Any]:
    """Replace every ? in a derivation by what the rules give: a right side, or the reasons; the result is checked."""
    return _asked(fill=text)


@server.tool()
def rules(name: str = "") -> dict[str, Any]:
    """The rules that a step may cite, or one of them in full: what it states, when it holds, an example, its source."""
    if not name:
        return {"rules": [{key: each[key] for key in ("name", "title", "states")} for each in every_rule()]}
    try:
        return one_rule(name)
    except CallError as error:
        return failed([error])


def main() -> None:
    """Serves until the input ends."""
    server.run("stdio")
