"""`derive NAME --at "Z=[1, 2, 3], y=[0, 1, 0]"`: every line of a derivation in somebody's own numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass

from derive.checking.checker import check
from derive.checking.instances import main_theorem
from derive.checking.valued import Valued, given, valued
from derive.commands.output import write_output
from derive.commands.present import chosen, named
from derive.errors import CallError
from derive.library import load_any
from derive.limits import FILE, allowed
from derive.render.target import Target


@dataclass(frozen=True)
class Options:
    """What a call asks for."""

    values: str
    theorem: str | None = None
    variant: str | None = None
    format: str = "text"
    output: str | None = None
    ascii: bool = False
    width: int | None = None


def at(name: str, options: Options) -> int:
    """Prints the values of the lines of one theorem, and returns the exit status: 1 where they differ."""
    format, theorem = options.format, options.theorem
    if format not in ("text", "json"):
        raise CallError("no-format", f"--at prints text or json, and not {format}", "leave out --format")
    values = given(options.values)
    chains: list[Valued] = []
    with allowed(FILE):
        for derivation in chosen(load_any(name), options.variant):
            statement = main_theorem(derivation) if theorem is None else named(derivation, theorem)
            report = check(derivation, explain=True)
            found = next((each for each in report.theorems if each.statement is statement), None)
            if found is None:
                raise CallError("no-theorem", f"{derivation.name} states no theorem")
            chains += valued(found, values)

    def render(target: Target) -> str:
        from derive.render.valued import valued_json, valued_text

        if format == "json":
            return json.dumps(valued_json(chains), ensure_ascii=target.ascii, indent=2) + "\n"
        return valued_text(chains, values, target.width, target.ascii)

    write_output(render, options.output, options.width, options.ascii)
    return 0 if all(each.agrees for each in chains) else 1
