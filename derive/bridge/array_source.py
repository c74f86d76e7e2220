"""The code of an array program: Python that calls NumPy, one line for what is used more than once.

    # a0 = Z
    # a1 = y
    def f(a0, a1, dtype):
        return softmax(a0, -1) - a1

No name from a derivation is in the code. A value is forgotten after the line that uses it last, and what is used once stands
inside the line that uses it, where NumPy takes its memory for the result.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from derive.bridge.array_program import Laid, LinearPlace, NotCovered, Program
from derive.floor import terms as t

LONGEST = 100
"""Characters of an expression that may stand inside another one."""
_INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Source(NamedTuple):
    """The text of a function `f`, and what it is called with, in this order, before the type of the numbers."""

    text: str
    arrays: tuple[str, ...]
    sizes: tuple[str, ...]
    numbers: tuple[tuple[str, int, int], ...]
    """Arrays of which an entry is asked at a whole number: the name, the axis, and the number."""
    held: frozenset[tuple[t.Term, ...]]
    """The ranges of the axes of what is computed on the way."""


def written(program: Program, result: Laid, indices: tuple[t.Index, ...]) -> Source:
    """The code that computes `result`, with its axes as `indices` order them."""
    if not set(result.axes) <= set(indices):
        raise NotCovered("a free index")
    return _Writer(program).source(result, indices)


class _Writer:
    def __init__(self, program: Program) -> None:
        self.nodes = program.nodes
        self.ranges = program.ranges
        self.program = program
        self.texts: dict[int, str] = {}
        self.holds: dict[int, frozenset[int]] = {}  # the variables in the text of a node
        self.arrays: dict[str, str] = {}
        self.sizes: dict[str, str] = {}
        self.alone: set[int] = set()  # single numbers, whatever the batch
        self.lines: list[str] = []

    def source(self, result: Laid, indices: tuple[t.Index, ...]) -> Source:
        order = self._reachable(result.node)
        uses = Counter(number for user in order for number, _ in self.nodes[user].inputs)
        for number in order:
            self._place(number, uses, result.node)
        returned = self._laid(result.node, tuple(map(indices.index, result.axes)), len(indices))
        self._forget(order, result.node)
        heads = [f"# {symbol} = {_word(name)}" for name, symbol in self.arrays.items()]
        heads += [f"# {symbol} = {_word(name)}, a size" for name, symbol in self.sizes.items()]
        names = ", ".join((*self.arrays.values(), *self.sizes.values(), "dtype"))
        body = "".join(f"    {line}\n" for line in (*self.lines, f"return {returned}"))
        text = "\n".join((*heads, f"def f({names}):\n{body}"))
        held = frozenset(self.ranges[number] for number in order if self.nodes[number].operation != "entry")
        return Source(text, tuple(self.arrays), tuple(self.sizes), tuple(sorted(self.program.numbers)), held)

    def _reachable(self, number: int) -> list[int]:
        found, stack = {number}, [number]
        while stack:
            for other, _ in self.nodes[stack.pop()].inputs:
                if other not in found:
                    found.add(other)
                    stack.append(other)
        return sorted(found)

    def _place(self, number: int, uses: Counter[int], last: int) -> None:
        """The text of a node: an expression, or the variable of a line of its own."""
        node = self.nodes[number]
        if not node.rank and node.operation != "entry" and self.alone.issuperset(other for other, _ in node.inputs):
            self.alone.add(number)
        text = self._text(number)
        self.texts[number] = text
        self.holds[number] = frozenset().union(*(self.holds[other] for other, _ in node.inputs))
        simple = node.operation in ("number", "size") or text in self.arrays.values()
        if not simple and number != last and (uses[number] > 1 or len(text) > LONGEST):
            self.lines.append(f"x{number} = {text}")
            self.texts[number], self.holds[number] = f"x{number}", frozenset((number,))

    def _forget(self, order: list[int], last: int) -> None:
        """After each line the variables that no later one mentions."""
        kept: list[str] = []
        seen = set(self.holds[last])
        for line in reversed(self.lines):
            number = int(line[1 : line.index(" ")])
            mentioned = frozenset().union(*(self.holds[other] for other, _ in self.nodes[number].inputs))
            if mentioned - seen:
                kept.append(f"del {', '.join(f'x{other}' for other in sorted(mentioned - seen))}")
            seen |= mentioned
            kept.append(line)
        self.lines = kept[::-1]

    def _text(self, number: int) -> str:
        operation, inputs, rank, detail = self.nodes[number]
        bare = [self.texts[other] for other, _ in inputs]
        match operation:
            case "number":
                return _number(detail)
            case "size":
                return f"dtype({self._extent(detail)})"
            case "position":
                return f"positions({self._extent(detail)}, dtype)"
            case "same place" | "delta":
                left, right = map(self._extent, detail)
                text = f"same_place({left}, {right})" if rank == 2 else f"same_place({left}, at={right})"
                return text if operation == "same place" else f"{text}.astype(dtype)"
            case "entry":
                name, places = detail
                return self._entry(name, places, rank)
            case "contract":
                letters = ",".join(_lettered(places) for _, places in inputs)
                return f'contract("{letters}->{_lettered(detail)}", {", ".join(bare)})'
            case "call":
                return self._call(detail, inputs, rank)
        axis = detail - len(inputs[0][1])  # from the end, since a batch may stand before
        return f"{operation}({bare[0]}, {axis})"

    def _call(self, function: str, inputs: tuple[tuple[int, tuple[int, ...]], ...], rank: int) -> str:
        texts = [self._laid(other, places, rank) for other, places in inputs]
        if all(self.nodes[other].operation == "number" for other, _ in inputs[-2:]):
            texts[-1] = f"dtype({texts[-1]})"  # of numbers alone NumPy would make one of its own type
        if function in _INFIX:
            return f"({texts[0]} {_INFIX[function]} {texts[1]})"
        return f"(-{texts[0]})" if function == "negative" else f"{function}({', '.join(texts)})"

    def _laid(self, number: int, places: tuple[int, ...], rank: int) -> str:
        """A value on the axes of what it is used in."""
        text = self.texts[number]
        if places == tuple(range(rank)) or number in self.alone:
            return text
        if places == tuple(sorted(places)):
            return f"{text}[..., {', '.join(':' if axis in places else 'None' for axis in range(rank))}]"
        return f"laid({text}, {places}, {rank})"

    def _entry(self, name: str, places: tuple[LinearPlace, ...] | None, rank: int) -> str:
        symbol = self.arrays.setdefault(name, f"a{len(self.arrays)}")
        if places is None:
            return symbol
        return f"entries({symbol}, ({', '.join(map(self._linear, places))},), {rank})"

    def _linear(self, place: LinearPlace) -> str:
        along, fixed, offset = place
        pairs = "".join(f"({factor}, {axis}, {self._extent(range)}), " for factor, axis, range in along)
        start = " + ".join((*(f"{factor}*{self._extent(part)}" for factor, part in fixed), str(offset)))
        return f"(({pairs.rstrip()}), {start})"

    def _extent(self, range: t.Term) -> str:
        if isinstance(range, t.Size):
            return self.sizes.setdefault(range.name, f"n{len(self.sizes)}")
        assert isinstance(range, t.Number)
        return str(int(range.value))


def _number(value: float) -> str:
    text = repr(value)
    return f"({text})" if value < 0 else text


def _lettered(axes: tuple[int, ...]) -> str:
    if max(axes, default=0) >= len(_LETTERS):
        raise NotCovered("very many axes")
    return "".join(_LETTERS[axis] for axis in axes)


def _word(name: str) -> str:
    """A name of the user's, where it is a word that can stand in a comment."""
    return name if name.isidentifier() else "…"
