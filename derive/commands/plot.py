"""`derive NAME --plot -o FILE`: a picture of a loss and its proved gradient, and of differences at every step.

    derive softmax-ce --plot -o softmax-ce.svg
    derive softmax-ce --plot --wrt 2 --range=-3:3 --size H=5 -o softmax-ce.png

Left, both over a range of one entry, all else staying at a random point; right, how far central differences are off, which is
what there is without a proof: too coarse at long steps, and rounding at short ones. It needs Matplotlib.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from typing import Any

from derive.bridge.curves import Curves, curves
from derive.checking.checker import check
from derive.checking.instances import stated_gradient
from derive.commands.output import STANDARD_OUTPUT, write_picture
from derive.commands.present import chosen, sizes_of
from derive.errors import CallError
from derive.gradient import theorem_of
from derive.language import write_term
from derive.library import load_any
from derive.limits import FILE, allowed

FORMATS = ("svg", "png", "pdf")
ENDS = (-4.0, 4.0)
POSITIVE = (0.05, 8.0)
HELP = f"write -o FILE, which ends in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"


@dataclass(frozen=True)
class Options:
    """What a call asks for."""

    output: str | None
    theorem: str | None = None
    variant: str | None = None
    classes: int | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    entry: tuple[int, ...] = ()
    ends: tuple[float, float] | None = None
    seed: int = 0


def ends_of(text: str) -> tuple[float, float]:
    """Reads -3:3."""
    try:
        first, last = (float(part) for part in str(text).split(":"))
    except ValueError:
        first = last = 0.0
    if not first < last or abs(first) > 1e6 or abs(last) > 1e6:
        raise CallError("no-range", f"--range takes two numbers, the smaller one first, and not {text}", "as in --range=-3:3")
    return first, last


def plot(name: str, options: Options) -> int:
    """Draws one theorem, and returns the exit status."""
    output = options.output
    if output in STANDARD_OUTPUT or os.path.splitext(str(output))[1].lower().lstrip(".") not in FORMATS:
        raise CallError("no-picture", "--plot draws into a file", HELP)
    derivation, *_ = chosen(load_any(name), options.variant)
    with allowed(FILE):
        theorem = theorem_of(check(derivation), options.theorem)
    statement = theorem.statement
    stated = stated_gradient(statement)
    if theorem.verdict != "proved":
        raise CallError("not-proved", f"{statement.name} is {theorem.verdict}, and only what is proved is drawn")
    if stated is None:
        raise CallError("no-gradient", f"{statement.name} states no derivative", "choose a theorem of the form diff(…) = …")
    if options.classes is not None and "classes" not in derivation.options:
        raise CallError("no-size", f"{derivation.name} has no size that is called classes", "write --size NAME=N")
    sizes = sizes_of(derivation, options.classes, options.sizes)
    for size in options.sizes:
        if size not in statement.theory.sizes:
            raise CallError("no-size", f"{statement.name} has no size {size}")
    declared = statement.theory.unknowns.get(stated.by.name)
    positive = declared is not None and declared.relation in (">", ">=")
    found = curves(
        stated.loss,
        stated.value,
        stated.by,
        statement.theory,
        sizes,
        options.entry,
        options.ends or (POSITIVE if positive else ENDS),
        options.seed,
        statement.conditions,
    )
    moving = f"{stated.by.name}[{', '.join(map(str, found.entry))}]" if found.entry else stated.by.name
    claim = " = ".join(write_term(side, statement.theory) for side in (statement.sides[0], statement.sides[-1]))
    loss = write_term(stated.loss, statement.theory)
    write_picture(_drawn(found, claim, loss, moving, os.path.splitext(str(output))[1].lower().lstrip(".")), str(output))
    return 0


def _drawn(found: Curves, claim: str, loss: str, moving: str, format: str) -> bytes:
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        help = "install it: pip install 'derive-calculus[plot]'"
        raise CallError("no-module", f"{error.name} is needed to draw, and not installed", help) from error

    # Without dates and random names the same call draws the same bytes.
    plain: Any = {"svg.hashsalt": claim, "svg.fonttype": "none"}
    with matplotlib.rc_context(plain):
        figure = Figure(figsize=(10, 3.8), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot(found.places, _gaps(found.loss), label=_short(loss), color="#5c6167")
        left.plot(found.places, _gaps(found.gradient), label="proved gradient", color="#1a7037")
        left.axhline(0, color="#d9dbde", linewidth=0.8, zorder=0)
        left.set_xlabel(moving, parse_math=False)
        for text in left.legend(frameon=False).get_texts():
            text.set_parse_math(False)
        right.loglog(found.steps, _gaps(found.error), color="#b3261e")
        right.invert_xaxis()
        right.set_xlabel("step h")
        right.set_title(f"how far central differences are off, at {moving} = {found.at:.3g}", fontsize=9, parse_math=False)
        figure.suptitle(_short(claim, 100), fontsize=10, parse_math=False)
        picture = io.BytesIO()
        dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[format]
        figure.savefig(picture, format=format, dpi=160, metadata=dated)
    return picture.getvalue()


def _gaps(values: list[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
