"""A derivation as its author wrote it: declarations, theorems, proofs, and where each stands in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from derive.floor.terms import Comparison, Term
from derive.floor.theory import Theory


@dataclass(frozen=True)
class Place:
    """A stretch of the source: line and column count from 1, and `start:end` are offsets into the text."""

    line: int
    column: int
    start: int
    end: int


NOWHERE = Place(0, 0, 0, 0)


@dataclass(frozen=True)
class Reason:
    """One reason of a step: a rule or theorem by `name`, with `arguments` as written, or a `text` in quotes.

    `definition(E)` has the argument text "E"; `split(i = k)` has the argument text "i = k".
    """

    name: str | None
    arguments: tuple[str, ...] = ()
    text: str | None = None
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def is_gap(self) -> bool:
        """Whether it asks for the reasons: by ?"""
        return self.text == GAP

    def __str__(self) -> str:
        """As its author wrote it."""
        if self.name is None:
            return GAP if self.is_gap else f'"{self.text}"'
        return f"{self.name}({', '.join(self.arguments)})" if self.arguments else self.name


GAP = "?"
"""The text of a reason that is asked for: by ?"""


@dataclass(frozen=True)
class Step:
    """`= EXPRESSION by REASON, … expect VERDICT`; `right` is None where the author wrote `?`."""

    right: Term | None
    reasons: tuple[Reason, ...] = ()
    expect: str | None = None
    place: Place = field(default=NOWHERE, compare=False)  # of the expression, or of the `?`

    @property
    def gap(self) -> Reason | None:
        """The `?` among its reasons."""
        return next((reason for reason in self.reasons if reason.is_gap), None)

    @property
    def is_free(self) -> bool:
        """Whether its author leaves the rules to the tool: by a text, a `?`, or nothing."""
        return not self.reasons or any(reason.text is not None for reason in self.reasons)


@dataclass(frozen=True)
class Chain:
    """A chain of equal expressions, in the case that the `conditions` (`i = k`, `i != k`) describe."""

    conditions: tuple[Comparison, ...]
    start: Term
    steps: tuple[Step, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Statement:
    """`theorem NAME for … given …: A = B = …`: the claim, its proof if one is written, and what its author expects.

    A = ? asks for the right side, which the check finds.
    """

    name: str
    sides: tuple[Term, ...]  # A, B, …: two at least, but where the right one is asked for
    conditions: tuple[Comparison, ...] = ()  # for i != k
    hypotheses: tuple[Comparison, ...] = ()  # given x != 0
    proof: tuple[Chain, ...] | None = None
    expect: str | None = None
    theory: Theory = field(default_factory=Theory, compare=False)  # what is declared above it
    place: Place = field(default=NOWHERE, compare=False)  # of the claim
    asked: Place | None = field(default=None, compare=False)  # of the `?` in the place of the right side

    @property
    def is_open(self) -> bool:
        """Whether its right side is asked for, and not known yet."""
        return len(self.sides) == 1

    @property
    def terms(self) -> Iterator[Term]:
        """All that is written in it."""
        yield from (*self.sides, *self.conditions, *self.hypotheses)
        for chain in self.proof or ():
            yield from (*chain.conditions, chain.start, *(step.right for step in chain.steps if step.right is not None))


@dataclass(frozen=True)
class Derivation:
    """A whole file, or one fenced block of Markdown.

    `statements` are in their order; `lemmas` are the theorems that `use` brought in, by name, and `used` the derivations that
    they are of. The names that it has `taken` are declared in these, or in the blocks `below` which it stands.
    `options` says which size an option of the command line sets (`option classes = H`), and `variants` which other
    derivation of the library is the variant of a name.
    """

    name: str
    title: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    theory: Theory = field(default_factory=Theory)
    statements: tuple[Statement, ...] = ()
    lemmas: dict[str, Statement] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    used: tuple[Derivation, ...] = field(default=(), compare=False)
    below: tuple[Derivation, ...] = field(default=(), compare=False)
    taken: frozenset[str] = field(default=frozenset(), compare=False)
    options: dict[str, str] = field(default_factory=dict)
    variants: dict[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: tuple[tuple[Place, str], ...] = field(default=(), compare=False)  # a bound index that hides another, …
    text: str = field(default="", compare=False)
    file: str = field(default="", compare=False)
    offset: int = field(default=0, compare=False)  # what is at n in the text is at n + offset in the file
    above: int = field(default=0, compare=False)  # so many lines of the file stand above the text
