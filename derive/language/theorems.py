"""Theorems: a claim, what it supposes, and its proof.

    theorem NAME for i != k, o: H given x > 0: A = B = C expect V
    proof … qed

A theorem is one scope of indices: what stands in it and in its proof under one name is one index.
"""

from __future__ import annotations

import re
from dataclasses import replace

from derive.floor.terms import entry_names, scalar
from derive.floor.theory import Theory
from derive.language.build import build, build_comparison
from derive.language.derivation import Chain, Place, Statement, Step
from derive.language.earlier import NOTHING, Taken
from derive.language.edges import holding
from derive.language.elaborate import Elaborator
from derive.language.indices import IndexName, Scope
from derive.language.lexer import Source
from derive.language.names import free_name
from derive.language.proofs import Proofs, WrittenChain
from derive.language.relevant import Relevant
from derive.language.syntax import RELATION_SIGNS, Syntax
from derive.limits import MANY_NAMES


class Theorems(Proofs):
    """Reads theorems; no theorem may have one of the `rule_names`."""

    def __init__(self, source: Source, rule_names: frozenset[str], taken: Taken = NOTHING) -> None:
        super().__init__(source, taken)
        self.rule_names = rule_names
        self.statements: list[Statement] = []
        self.lemmas: dict[str, Statement] = {**taken.theorems}  # those of other derivations
        self._above: dict[str, Statement] = {}  # the statements by name
        self._relevant = Relevant()

    def _theorem(self) -> None:
        found = self.found
        name, start, end = self._hyphenated(
            "D112", what="the name of the theorem", found=found, instead="write theorem name: A = B"
        )
        if name in self.rule_names:
            raise self.source.error("D123", start, end, name=name)
        if name in self._theorem_lines:
            line = self._theorem_lines[name]
            raise self.source.error("D114", start, end, name=name, line=line, instead=f"another name: theorem {name}-2")
        self._theorem_lines[name] = self.source.line(start)
        free: Scope = {}
        conditions, hypotheses = self._hypotheses(name, free)
        self.expect(":", "a colon", f"write theorem {name}: A = B")
        sides, asked = self._sides(name)
        place = self.source.place(sides[0].start, self.last_end)
        expect = self._verdict()
        chains = None
        if self.kind == "proof":
            if asked is not None:
                raise self.source.error("D127", asked.start, asked.end)
            self.position += 1
            self._proving, self._splits = name, []
            chains = self._chains()
        elif self.kind == "string":
            self.fail("D112", what="the next statement", found="a text in quotes", instead='write it above: note "…"')
        elif self.kind == "by":
            self.fail("D118", found="`by`", instead="put it in a proof: write proof, the left side, = the right side by …, qed")
        made = self._made_statement(name, free, conditions, hypotheses, sides, expect, chains, place)
        statement = replace(made, asked=asked)
        self.statements.append(statement)
        self._above[name] = statement

    def _hypotheses(self, name: str, free: Scope) -> tuple[list[Syntax], list[Syntax]]:
        """`for i != k, o: H` and `given x > 0`, in either order; a range goes to `free`."""
        conditions: list[Syntax] = []
        hypotheses: list[Syntax] = []
        elaborator = self._elaborator("")
        while self.kind in ("for", "given"):
            keyword = self.kind
            self.position += 1
            while True:
                if keyword == "for" and self._range_follows():
                    syntax = Syntax("name", self.word, (), self.start, self.tokens.ends[self.position])
                    elaborator.refuse_declared(syntax)
                    if syntax.word in free:
                        self._fail_at("D158", syntax, name=syntax.word, instead=free_name(syntax.word, free))
                    self.position += 2
                    extent = elaborator.extent(self.expression())
                    free[syntax.word] = IndexName(syntax.word, syntax, extent, where=self._since(syntax.start))
                elif keyword == "for":
                    conditions.append(self._index_relation("for", f"write theorem {name} given … for a hypothesis on values"))
                else:
                    hypotheses.append(self._relation(f"theorem {name} given x != 0: A = B"))
                if not self.accept(","):
                    break
        return conditions, hypotheses

    def _range_follows(self) -> bool:
        """Whether `i: H` stands here, and not the colon before the claim."""
        following = self.kinds[self.position : self.position + 4]
        if len(following) < 4 or following[0] != "name" or following[1] != ":":
            return False
        return following[2] in ("name", "number") and following[3] in (",", ":", "given", "for")

    def _sides(self, name: str) -> tuple[list[Syntax], Place | None]:
        """The sides of a claim; A = ? has one, and a place where the other is asked for."""
        sides = [self.expression()]
        while self.accept("="):
            if self.kind == "?" and len(sides) == 1:
                place = self.source.place(self.start, self.start + 1)
                self.position += 1
                return sides, place
            sides.append(self.expression())
        if self.kind in RELATION_SIGNS:
            self.fail("D120", name=name, left=self.text(sides[0]))
        if len(sides) == 1:
            self._fail_at("D120", sides[0], name=name, left=self.text(sides[0]))
        return sides, None

    def _proof(self) -> None:
        self.position -= 1
        self.fail("D116")

    def _made_statement(
        self,
        name: str,
        free: Scope,
        conditions: list[Syntax],
        hypotheses: list[Syntax],
        sides: list[Syntax],
        expect: str | None,
        chains: list[WrittenChain] | None,
        place: Place,
    ) -> Statement:
        """The statement with its names looked up and its terms made: the whole of it is one scope of indices."""
        elaborator = self._elaborator("theorem " + name + " for {name}: {size}: …", free)
        lines = [line for chain in chains or () for line in (chain.start, *(step.right for step in chain.steps))]
        elaborator.look_ahead((*hypotheses, *sides, *filter(None, lines)))
        elaborator.look_ahead((relation for chain in chains or () for relation in chain.conditions), relations=True)
        elaborator.whole = True
        for relation in conditions:
            self._resolve_index_relation(elaborator, relation, "for")
        for relation in hypotheses:
            elaborator.comparison(relation, guess=False)
            left, right = relation.parts
            if relation.word == ">=" and left.word in self.theory.sizes and right.kind == "number" and right.word.isdigit():
                elaborator.suppose(left.word, int(right.word))
        for side in sides:
            elaborator.resolve(side)
        for chain in chains or ():
            for relation in chain.conditions:
                self._resolve_index_relation(elaborator, relation, "case")
            elaborator.resolve(chain.start)
            for step in chain.steps:
                if step.right is not None:
                    elaborator.resolve(step.right)
        elaborator.finish()
        self._check_splits(elaborator)
        self._warn(elaborator)
        proof = None
        if chains is not None:
            proof = tuple(
                Chain(
                    tuple(map(build_comparison, chain.conditions)),
                    build(chain.start),
                    tuple(
                        Step(None if step.right is None else build(step.right), step.reasons, step.expect, step.place)
                        for step in chain.steps
                    ),
                    chain.place,
                )
                for chain in chains
            )
        claims = (tuple(map(build_comparison, conditions)), tuple(map(build_comparison, hypotheses)))
        statement = Statement(name, tuple(map(build, sides)), *claims, proof, expect, place=place)
        constants, assumed = holding(self.theory, frozenset[str]().union(*map(entry_names, statement.terms)))
        if constants:
            self.theory.unknowns.update(constants)
            self.theory = replace(self.theory, assumptions=(*self.theory.assumptions, *assumed))
            self._snapshot = None
        return replace(statement, theory=self._known_to(statement))

    def _known_to(self, statement: Statement) -> Theory:
        """What is declared above a theorem; of very many declarations only those that it can be about."""
        if len(self.theory.descriptions) <= MANY_NAMES:
            return self._declared()
        reasons = [reason for chain in statement.proof or () for step in chain.steps for reason in step.reasons]
        names = dict.fromkeys(reason.name or "" for reason in reasons)
        cited = (self._above.get(name) or self.lemmas.get(name) for name in names)
        told = (statement, *filter(None, cited))
        named = {word for reason in reasons for argument in reason.arguments for word in re.findall(r"\w+", argument)}
        return self._relevant.about([*(term for each in told for term in each.terms), *map(scalar, sorted(named))], self.theory)

    def _resolve_index_relation(self, elaborator: Elaborator, relation: Syntax, keyword: str) -> None:
        if not elaborator.comparison(relation):
            instead = "name two indices, or an index and a whole number"
            self._fail_at("D128", relation, found=keyword, instead=instead)
