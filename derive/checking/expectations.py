"""Verdicts that are expected of a file by somebody else than its author, who may not change it.

    [tool.derive.expect."docs/old.derive"]
    gradient = "refuted"

Nothing is proved by this, or anything less: it says only which of the verdicts found are as they should be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derive.checking.verdicts import ChainResult, Report, TheoremResult, Verdict


def expecting(report: Report, wanted: Mapping[str, Verdict]) -> Report:
    """The report with these verdicts expected of the theorems of these names."""
    if not wanted:
        return report
    theorems = tuple(
        _expecting(theorem, wanted[theorem.statement.name]) if theorem.statement.name in wanted else theorem
        for theorem in report.theorems
    )
    statements = {id(before.statement): after.statement for before, after in zip(report.theorems, theorems, strict=True)}
    written = tuple(statements.get(id(each), each) for each in report.derivation.statements)
    return replace(report, derivation=replace(report.derivation, statements=written), theorems=theorems)


def _expecting(theorem: TheoremResult, wanted: Verdict) -> TheoremResult:
    """The theorem with this verdict expected; where it fails as wanted, the steps at which it does are expected to."""
    meant = wanted != "proved" and theorem.verdict == wanted
    chains = tuple(map(_failing, theorem.chains)) if meant else theorem.chains
    return replace(theorem, statement=replace(theorem.statement, expect=wanted), chains=chains)


def _failing(chain: ChainResult) -> ChainResult:
    steps = (step if step.expected else replace(step, expect=step.verdict) for step in chain.steps)
    return replace(chain, steps=tuple(steps))
