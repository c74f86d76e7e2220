"""The order in which a derivation is presented, the same in every format: what it is about comes first.

    ∂E/∂Z_k = O_k − y_k                      the result, with its verdict and what is supposed
      proved for every H, given Σ_i y_i = 1
    size H, variable Z, …                    what is declared
    softmax-jacobian, all-but-one            lemmas: what the proof of the result uses, each above its first use
    softmax-ce                               the result, with its proof
    any-targets                              whatever else is stated
    Mistakes, shown on purpose               what its author expects to fail

A file may state its theorems in any order in which each stands below those that it uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from derive.checking.instances import main_theorem
from derive.checking.verdicts import Report, TheoremResult
from derive.floor.terms import Comparison
from derive.language.derivation import Derivation

MISTAKES = "Mistakes, shown on purpose"
"""The heading of what fails as its author expects."""


class Order(NamedTuple):
    """The theorems of a report, each once, by the part that they play."""

    result: TheoremResult | None
    lemmas: tuple[TheoremResult, ...]
    others: tuple[TheoremResult, ...]
    mistakes: tuple[TheoremResult, ...]

    @property
    def claims(self) -> Iterator[TheoremResult]:
        """What is shown below the declarations and above the mistakes; a result without steps was told above them."""
        yield from self.lemmas
        if self.result is not None and not told_at_once(self.result):
            yield self.result
        yield from self.others


def order(report: Report) -> Order:
    """The order in which the theorems of a report are presented."""
    main = main_theorem(report.derivation)
    result = next((each for each in report.theorems if each.statement is main), None)
    others = {each.statement.name: each for each in report.theorems if each is not result}
    lemmas = _used(result, others) if result is not None else []
    for lemma in lemmas:
        del others[lemma.statement.name]
    mistakes = tuple(each for each in others.values() if each.fails_on_purpose)
    return Order(result, tuple(lemmas), tuple(each for each in others.values() if not each.fails_on_purpose), mistakes)


def parted(report: Report) -> tuple[Report, Report]:
    """A report without what fails on purpose, and one on that alone: what else is shown of the result stands between them."""
    mistakes = order(report).mistakes
    kept = tuple(each for each in report.theorems if not any(each is other for other in mistakes))
    return replace(report, theorems=kept), Report(Derivation(""), mistakes)


def supposed(theorem: TheoremResult) -> list[Comparison]:
    """What a theorem is claimed under: what is assumed above it, and its own hypotheses."""
    return [*(each.claim for each in theorem.statement.theory.assumptions), *theorem.statement.hypotheses]


def told_at_once(theorem: TheoremResult) -> bool:
    """Whether its claim and its verdict in a few words are all there is to tell of a theorem."""
    return theorem.verdict == "proved" and not theorem.chains and not theorem.conditions


def _used(theorem: TheoremResult, others: Mapping[str, TheoremResult]) -> list[TheoremResult]:
    """The theorems that the steps of a proof use, in the order of their first use, each below those that its own proof uses."""
    done: dict[str, TheoremResult] = {}
    waiting = [(theorem, _cited(theorem, others))]
    while waiting:
        above, names = waiting[-1]
        name = next(names, None)
        if name is None:
            done[above.statement.name] = above
            waiting.pop()
        elif name not in done:
            waiting.append((others[name], _cited(others[name], others)))
    del done[theorem.statement.name]
    return list(done.values())


def _cited(theorem: TheoremResult, others: Mapping[str, TheoremResult]) -> Iterator[str]:
    """The names of those among the others that the steps of a proof use. A theorem uses only what stands above it."""
    return (name for step in theorem.steps for name in (*step.by, *step.rules) if name in others)
