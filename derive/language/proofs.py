"""Proofs: chains of equal expressions, each step with its reasons.

    proof
      case i = k:
        A
          = B by REASON, …
          = C by REASON expect unjustified
    qed
"""

from __future__ import annotations

from typing import NamedTuple

from derive.language.derivation import Place, Reason
from derive.language.keywords import STATEMENTS
from derive.language.names import nearest
from derive.language.reasons import Reasons
from derive.language.syntax import RELATION_SIGNS, Syntax

VERDICTS = ("proved", "refuted", "unjustified", "unknown")


class WrittenStep(NamedTuple):
    """A step as it is written; `right` is None for `?`."""

    right: Syntax | None
    reasons: tuple[Reason, ...]
    expect: str | None
    place: Place


class WrittenChain(NamedTuple):
    """A chain as it is written."""

    conditions: list[Syntax]
    start: Syntax
    steps: list[WrittenStep]
    place: Place


class Proofs(Reasons):
    """Reads proofs as syntax: the names in them are looked up with those of their theorem."""

    def _chains(self) -> list[WrittenChain]:
        """The proof, from behind its keyword to qed."""
        proof = self.position - 1
        chains: list[WrittenChain] = []
        if self.kind == "case":
            while self.accept("case"):
                conditions = [self._case_condition()]
                while self.accept(","):
                    conditions.append(self._case_condition())
                self.expect(":", "a colon", "write case i = k:")
                chains.append(self._chain(conditions))
        else:
            chains.append(self._chain([]))
        if self.kind == "case":
            self.fail("D118", found="`case`", instead="begin the proof with a case, and give each its chain")
        if self.kind in STATEMENTS or self.kind == "end":
            self.tokens.fail(proof, "D117")
        if self.kind in ("by", "expect", "string"):
            found = self.found
            instead = "write a step as = … by …, … expect …"
            self.fail("D118", found=found, instead=instead)
        self.expect("qed", "a step or `qed`", "begin a step with =, and end the proof with qed")
        return chains

    def _case_condition(self) -> Syntax:
        return self._index_relation("case", "a proof has cases of indices only; choose values by hypotheses, with given")

    def _chain(self, conditions: list[Syntax]) -> WrittenChain:
        if self.kind == "=":
            self.fail("D130", found="`=`", instead="begin the chain with the left side of the claim")
        if self.kind == "qed":
            self.fail("D130", found="the keyword `qed`", instead="write the left side of the claim, and below it = … by …")
        start = self.expression()
        steps: list[WrittenStep] = []
        while self.accept("="):
            steps.append(self._step())
        if self.kind in RELATION_SIGNS:
            self.fail("D112", what="`=`", found=self.found, instead="a chain is of equal expressions")
        if not steps:
            self._fail_at("D121", start)
        return WrittenChain(conditions, start, steps, self.source.place(start.start, start.end))

    def _step(self) -> WrittenStep:
        right = None
        if self.kind == "?":
            place = self.source.place(self.start, self.start + 1)
            self.position += 1
            if self.kind in ("+", "-", "*", "/", "^", "(", "[", "name", "number", "?"):
                self.position -= 1
                self.fail("D127")
        else:
            right = self.expression()
            place = self.source.place(right.start, right.end)
        reasons = self._reasons() if self.accept("by") else ()
        return WrittenStep(right, reasons, self._verdict(), place)

    def _verdict(self) -> str | None:
        if not self.accept("expect"):
            return None
        word = self.word
        if self.kind != "name" or word not in VERDICTS:
            near = nearest(word, VERDICTS) or "refuted, unjustified or unknown"
            self.fail("D119", found=self.found, instead=near)
        self.position += 1
        return word

    def _index_relation(self, keyword: str, instead: str) -> Syntax:
        syntax = self._relation(f"{keyword} i = k")
        if syntax.word not in ("=", "!=") or not all(part.kind in ("name", "number") for part in syntax.parts):
            self._fail_at("D128", syntax, found=keyword, instead=instead)
        return syntax
