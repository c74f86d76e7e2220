"""An audit of claims: a second decision procedure, which shares nothing with the one that proves them.

    python tests/audit.py derivations tests/cases/traps/kinks.derive

Of `derive` it takes the terms, declarations and derivations as data, and nothing that simplifies, substitutes or evaluates. A
claim is written out at small sizes, for every pattern of its free indices, as expressions over scalar symbols (audit_terms),
and is then decided at points (audit_points) and, where both sides are smooth, as an identity (audit_images).

    different            at the instance shown, which meets the declarations and hypotheses, both sides have a value, and the
                         values are exact and differ, or are balls that have nothing in common
    equal                at every instance looked at the sides are identical: their images in large prime fields agree, or their
                         exact values at many random points do; false with a chance below 2^-40 for one instance
    agrees numerically   at every point looked at the values agree to 40 digits
    unknown              neither, and why: no point was found at which both sides have a value, or the claim is too large

The sizes are 1, 2, 3 and those at which a literal index or exclusion begins to matter, mixed where there are several, as far
as the expressions stay small: `sizes` lists them. A claim in which at most d sums are multiplied together and f indices are
free holds at every size if it does at those up to d + f + 1. What has no value at a point is not compared there: the claim is
not about it.

Points are degenerate first: all entries 0, 1, -1, equal, opposite, one of them 0; then zeros of divisors, roots and borders of
choices, solved for one symbol; then random ones. A hypothesis that is an equation is solved for one symbol of which it is a
linear function, and met at single values that are found by trial where there is none; inequalities are met by trial. Listed
conditions do not excuse a difference unless `conditions` are given.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise, product
from random import Random
from typing import Any

import audit_numbers as numbers
from audit_images import Images, NoImage, Smooth, eliminated
from audit_numbers import Doubt, Undefined
from audit_points import Evaluation
from audit_terms import LARGEST, Expansion, Node, Scope, Symbol, Unsupported, children, holds, subterms, walk
from derive.floor.terms import Affine, Binder, Call, Comparison, Delta, Diff, Entry, If, Index, Number, Ordinal, Size, Term
from derive.floor.theory import Theory

ENOUGH = 3  # sizes that are looked at whatever the work
WORK = 12_000  # nodes evaluated at points for one claim
MISSED = 30  # points without a value, after which no others are tried
LEAST = 4  # points of each instance, whatever the work, if its sides are not identical
DEGENERATE, BORDERS, RANDOM = 9, 10, 4  # points of one instance
IMAGES, TRIES = 8, 24  # points around which the sides are compared as functions; random choices of images
SECONDS = 20.0  # for one claim

Values = dict[Symbol, Any]


@dataclass(frozen=True)
class Condition:
    """`claim` for all values of the `bound` indices that meet the `guards`."""

    claim: Comparison
    bound: tuple[Index, ...] = ()
    guards: tuple[Comparison, ...] = ()


@dataclass(frozen=True)
class Claim:
    """left = right under hypotheses, for indices that stand in the `relations`, where the `conditions` hold."""

    left: Term
    right: Term
    theory: Theory
    hypotheses: tuple[Comparison, ...] = ()
    relations: tuple[Comparison, ...] = ()
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What the audit says of a claim; where it is `different`, `instance` shows it."""

    verdict: str
    why: str = ""
    instance: str = ""
    sizes: tuple[str, ...] = ()


def audit(claim: Claim, seed: int = 0, work: int = WORK) -> Answer:
    """The answer to a claim."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)  # an instance is nested as deeply as its claim, many times over
    try:
        return _Audit(claim, seed, work).answer()
    except (Unsupported, RecursionError) as problem:
        return Answer("unknown", str(problem) or "nested too deeply")
    finally:
        sys.setrecursionlimit(before)


def claims(report: Any, conditions: bool = False) -> list[tuple[str, str, Claim]]:
    """What a report gives a verdict on: theorems and steps, each with its name and verdict, in their order.

    Conditions that are listed become part of the claim only if that is asked for: it is about every point at which both sides
    have a value.
    """

    def asked(result: Any) -> tuple[Condition, ...]:
        listed = result.conditions if conditions else ()
        return tuple(Condition(c.claim, tuple(sorted(c.bound, key=repr)), tuple(sorted(c.guards, key=repr))) for c in listed)

    found = []
    for theorem in report.theorems:
        statement = theorem.statement
        theory, given = statement.theory, statement.hypotheses
        # Of a claim with many sides that is refuted, it is not said which two of them differ.
        told = len(statement.sides) == 2 or theorem.verdict != "refuted"
        for left, right in zip(statement.sides, statement.sides[1:], strict=False) if told else ():
            found.append(
                (statement.name, theorem.verdict, Claim(left, right, theory, given, statement.conditions, asked(theorem)))
            )
        for chain in theorem.chains if statement.proof else ():
            relations = (*statement.conditions, *chain.conditions)
            for step in chain.steps:
                name = f"{statement.name}, line {step.place.line}"
                found.append((name, step.verdict, Claim(step.left, step.right, theory, given, relations, asked(step))))
    return found


def _is_about_indices(claim: Comparison) -> bool:
    return isinstance(claim.left, Index) or isinstance(claim.right, Index)


class _Audit:
    def __init__(self, claim: Claim, seed: int, work: int) -> None:
        self.claim = claim
        self.random = Random(seed)
        self.work = work
        self.deadline = time.process_time() + SECONDS
        theory = claim.theory
        self.stated = [h for h in claim.hypotheses if not _is_about_indices(h)]
        self.relations = [*claim.relations, *(h for h in claim.hypotheses if _is_about_indices(h))]
        roots: list[Term] = [claim.left, claim.right, *self.stated, *self.relations]
        roots += [t for c in claim.conditions for t in (c.claim, *c.guards)]
        reached, names = [], set()
        queue, waiting = list(roots), [a.claim for a in theory.assumptions]
        while queue:
            root = queue.pop()
            reached.append(root)
            for term in subterms(root):
                if isinstance(term, Entry | Call):
                    name = term.name.partition("'")[0]
                    of = theory.functions[name].of if name in theory.functions else ()
                    for other in {name, *of} - names:
                        names.add(other)
                        if other in theory.definitions:
                            queue.append(theory.definitions[other].body)
            if not queue:
                queue = [c for c in waiting if names & {t.name for t in subterms(c) if isinstance(t, Entry)}]
                waiting = [c for c in waiting if c not in queue]
        for row in theory.assumptions:
            about = {t.name.partition("'")[0] for t in subterms(row.claim) if isinstance(t, Entry | Call)}
            if row.everywhere and names & about - row.everywhere:
                raise Unsupported("what is assumed everywhere is so of no random function")
        self.names = names
        self.reached = reached
        self.free = sorted(_free(roots), key=repr)
        self.fixed = sorted({i for t in reached for i in _free([t])} & set(theory.indices.values()), key=repr)
        self.declared = [i for i in self.fixed if i not in self.free]
        self.sampled = False  # whether sides that are identical were compared at points as well
        self.witnessed = False  # whether both sides had a value at some point
        self.degree = 3 + max((_order(t) for t in roots), default=0)

    # --- instances ---------------------------------------------------------------------------------------------------

    def sizes(self) -> list[dict[str, int]]:
        """Small sizes, the smallest first, and some that differ from each other."""
        theory = self.claim.theory
        ranges = [e for n in self.names if n in theory.unknowns for e in theory.unknowns[n].ranges]
        ranges += [i.range for i in (*self.free, *self.declared)]
        names = {e.name for e in ranges if isinstance(e, Size)}
        literals = {1, 2, 3}
        for root in self.reached:
            for term in subterms(root):
                if isinstance(term, Size):
                    names.add(term.name)
                if isinstance(term, Binder):
                    names |= {term.index.range.name} if isinstance(term.index.range, Size) else set()
                    literals |= {int(e.value) for e in term.excluded if isinstance(e, Number)}
                if isinstance(term, Entry):
                    literals |= {int(i.value) for i in term.indices if isinstance(i, Number)}
                if isinstance(term, Affine):
                    literals.add(abs(term.offset) + 1)
                if isinstance(term, Comparison) and isinstance(term.right, Number) and isinstance(term.left, Index | Size):
                    literals |= {int(term.right.value)}
        tried = sorted(n for n in literals if 1 <= n <= 5)
        if len(names) == 1:
            tried = sorted({n for m in tried for n in (m, m + (m >= 3 and m in literals - {3}))})
        ordered = sorted(names)
        every = {n: max(1, k) for n, k in theory.sizes.items()}
        found = [dict.fromkeys(ordered, k) for k in tried]
        if len(ordered) > 1:
            mixed = [few for few in product((1, 2, 3), repeat=min(len(ordered), 5)) if max(few) > min(few)]
            mixed = sorted(self.random.sample(mixed, min(len(mixed), 6)), key=sum)
            found[2:2] = [dict(zip(ordered, (*few, 1, 2, 1, 2), strict=False)) for few in mixed]
        found = [{**every, **{n: max(k, every.get(n, 1)) for n, k in sizes.items()}} for sizes in found]
        self.shown = ordered
        distinct = {tuple(s.items()): s for s in found}
        return list(distinct.values())[:9]

    def places(self, sizes: dict[str, int]) -> list[dict[Index, int]]:
        """Every pattern of the free indices: one of each, and more where an index is computed or compared with a number."""
        indices = [*self.free, *self.declared]
        extents = [sizes[i.range.name] if isinstance(i.range, Size) else int(i.range.value) for i in indices]  # type: ignore[attr-defined]
        every = list(islice(product(*(range(1, e + 1) for e in extents)), 400))
        absolute = any(isinstance(t, Affine) or (isinstance(t, Number) and inside) for t, inside in self._parts())
        absolute = absolute or any(isinstance(term, Ordinal) for root in self.reached for term in subterms(root))
        found, patterns = [], set()
        for place in every:
            chosen = dict(zip(indices, place, strict=True))
            if not all(self._related(r, chosen) for r in self.relations):
                continue
            pattern = tuple(place.index(p) for p in place)
            if absolute or pattern not in patterns:
                patterns.add(pattern)
                found.append(chosen)
        between = found[1:-1]
        return [*found[:1], *found[1:][-1:], *self.random.sample(between, min(len(between), 4))]

    def _parts(self) -> Iterator[tuple[Term, bool]]:
        for root in self.reached:
            for term in subterms(root):
                if isinstance(term, Entry):
                    yield from ((i, True) for i in term.indices)
                if isinstance(term, Binder):
                    yield from ((e, True) for e in term.excluded)
                if isinstance(term, Delta) or (
                    isinstance(term, If | Comparison) and _is_about_indices(getattr(term, "condition", term))
                ):
                    yield from ((p, True) for p in children(getattr(term, "condition", term)))
        # An index as a value, as in i*x[i], tells places apart as well.

    def _related(self, claim: Comparison, chosen: dict[Index, int]) -> bool:
        a, b = (int(t.value) if isinstance(t, Number) else chosen.get(t, 0) for t in (claim.left, claim.right))  # type: ignore[call-overload]
        return holds(claim.relation, (a > b) - (a < b))

    # --- the answer --------------------------------------------------------------------------------------------------

    def answer(self) -> Answer:
        seen, exactly, compared, start = [], True, 0, self.work
        problem = "no point at which both sides have a value"
        for sizes in self.sizes():
            shown = ", ".join(f"{n} = {sizes[n]}" for n in self.shown)
            for n, place in enumerate(self.places(sizes)):
                # Where the work is done, larger sizes are left out, and all but two places of the indices.
                done = self.work < 0 and (len(seen) >= ENOUGH or n > 1 or (len(seen) > 1 and self.work < -2 * start))
                if done or time.process_time() > self.deadline:
                    break
                try:
                    instance = _Instance(self, sizes, place)
                    found, count, exact = instance.compared()
                except Unsupported as limit:
                    if str(limit) != "too large":
                        raise
                    problem = "too large"
                    self.work -= LARGEST
                    break
                if found is not None:
                    return Answer("different", instance=found)
                self.work -= len(instance.expansion.pool.nodes)
                compared += count
                if count:
                    exactly = exactly and exact
                    if shown not in seen:
                        seen.append(shown)
        if not compared:
            return Answer("unknown", problem)
        return Answer("equal" if exactly else "agrees numerically", sizes=tuple(seen))


def _free(roots: Iterable[Term]) -> set[Index]:
    """The indices that are free in some of these terms."""
    found: set[Index] = set()

    def look(term: Term, bound: frozenset[Index]) -> None:
        if isinstance(term, Index):
            if term not in bound:
                found.add(term)
        elif isinstance(term, Binder):
            for e in term.excluded:
                look(e, bound)
            look(term.body, bound | {term.index})
        else:
            for part in children(term):
                look(part, bound)

    for root in roots:
        look(root, frozenset())
    return found


def _order(term: Term) -> int:
    """How often declared functions are differentiated in a term, at most."""
    own = int(isinstance(term, Diff)) + (term.name.count("'") if isinstance(term, Call) else 0)
    return own + max((_order(p) for p in children(term)), default=0)


class _Instance:
    """A claim at fixed sizes and indices."""

    def __init__(self, whole: _Audit, sizes: dict[str, int], place: dict[Index, int]) -> None:
        self.whole, self.random = whole, whole.random
        self.sizes, self.place = sizes, place
        claim, theory = whole.claim, whole.claim.theory
        declared = {i: place[i] for i in whole.fixed}
        self.expansion = expansion = Expansion(theory, sizes, declared, whole.degree)
        self.left, self.right = expansion.term(claim.left, place), expansion.term(claim.right, place)
        # The derivative that a moved entry stands for must not be confused with the entry itself.
        scope = Scope({**declared, **place})
        self.facts = [(expansion.gap(h, scope), h.relation) for h in whole.stated]
        relevant = self.left.symbols | self.right.symbols
        relevant = relevant.union(*[g.symbols for g, _ in self.facts])
        assumed = [fact for a in theory.assumptions for fact in self._assumed(a.claim)]
        while True:
            more = [f for f in assumed if f not in self.facts and (f[0].symbols & relevant or not f[0].symbols)]
            if not more:
                break
            self.facts += more
            relevant = relevant.union(*[g.symbols for g, _ in more])
        conditions = [(self._guarded(c, scope)) for c in claim.conditions]
        self.conditions = [c for group in conditions for c in group]
        relevant = relevant.union(*[g.symbols for c in self.conditions for g, _ in c])
        self.symbols = sorted((s for s in relevant if len(s) < 2 or s[1] != "moved"), key=repr)
        self.size = sum(1 for _ in walk(self.left, self.right))
        self.costs: dict[Node, int] = {}
        self.signs: dict[Node, int] = {}
        self.repeated = False  # whether what is stated leaves single points

    def _assumed(self, claim: Comparison) -> list[tuple[Node, str]]:
        """An assumption, for all values of its free indices that are not declared ones."""
        fixed = self.whole.claim.theory.indices.values()
        indices = sorted(_free([claim]) - set(fixed), key=repr)
        declared = {i: self.place.get(i, 1) for i in fixed}
        found = []
        for chosen in product(*(range(1, self.expansion.extent(i.range) + 1) for i in indices)):
            scope = Scope({**declared, **dict(zip(indices, chosen, strict=True))})
            if _is_about_indices(claim):
                continue
            found.append((self.expansion.gap(claim, scope), claim.relation))
        return found

    def _guarded(self, condition: Condition, scope: Scope) -> list[list[tuple[Node, str]]]:
        """A condition as alternatives, one of which must hold, for each value of its bound indices."""
        expansion, found = self.expansion, []

        def relation(claim: Comparison, inside: Scope) -> tuple[Node, str]:
            if _is_about_indices(claim):
                gap = expansion.place(claim.left, inside) - expansion.place(claim.right, inside)
                return expansion.pool.number(Fraction(gap)), claim.relation
            return expansion.gap(claim, inside), claim.relation

        for chosen in product(*(range(1, expansion.extent(i.range) + 1) for i in condition.bound)):
            inside = Scope({**scope.indices, **dict(zip(condition.bound, chosen, strict=True))})
            opposite = {"=": "!=", "!=": "=", ">": "<=", ">=": "<"}
            guards = [relation(g, inside) for g in condition.guards]
            found.append([*((g, opposite[r]) for g, r in guards), relation(condition.claim, inside)])
        return found

    # --- comparing ---------------------------------------------------------------------------------------------------

    def compared(self) -> tuple[str | None, int, bool]:
        """What differs, how many points were compared, and whether the sides are identical."""
        count, tried, exact_points, all_exact = 0, 0, 0, True
        if any(not g.symbols and not self._met(g, r, {}) for g, r in self.facts):
            return None, 0, True
        if self.left is self.right and self.left.total:
            return None, 1, True
        self.bent = bent = any(map(self._bends, walk(self.left, self.right)))
        # Where the form of an exponent leaves open which bases have a power, some points were left out.
        told = all(n.kind != "power!" for n in walk(self.left, self.right))
        on_surface = any(r == "=" for _, r in self.facts)
        self.regions = 3 if bent else 1
        identical = self.identical()
        plain = not bent and not on_surface
        if identical and (self.whole.work < 0 or (plain and self.whole.sampled)):
            return None, 1, told
        self.whole.sampled = True
        for values, is_random in self.points(identical and plain):
            tried += 1
            done = self.whole.work < 0 and (identical or tried > LEAST)
            if done or time.process_time() > self.whole.deadline:
                break
            compared = self.at(values)
            if compared is None:
                if not count and tried > MISSED:
                    break
                continue
            left, right = compared
            gap = left + -right
            if numbers.sign(gap) != 0:
                if type(gap) is not Fraction and abs(gap.v) < 1 << numbers.BITS - 80:
                    continue  # rounding may have hidden what was too small
                return self.shown(values, left, right), count, False
            count += 1
            exact = type(gap) is Fraction
            all_exact = all_exact and exact
            exact_points += exact and is_random
        enough = identical or (all_exact and (exact_points >= 2 or self.repeated or not self.symbols))
        return None, count + bool(identical), enough and told

    def _bends(self, node: Node) -> bool:
        """Whether a node may have a border, on both sides of which it is different functions."""
        if node.kind in ("raise", "power?", "power!") or (node.kind == "power" and node.data.denominator > 1):
            return bool(node.parts[0].symbols) and self._sign(node.parts[0]) < 2
        return node.kind == "choice"

    def _sign(self, node: Node) -> int:
        """2 if what stands there is positive by its form, 1 if it is not negative, 0 else."""
        if node not in self.signs:
            inner = [self._sign(p) for p in node.parts] if node.kind in ("add", "mul", "power", "ln") else []
            sign = 0
            match node.kind:
                case "number":
                    sign = 2 if node.data > 0 else int(node.data == 0)
                case "symbol":
                    unknown = self.whole.claim.theory.unknowns.get(node.data[0])
                    sign = {">": 2, ">=": 1}.get(unknown.relation or "", 0) if unknown and len(node.data) == 2 else 0
                case "exp" | "pi":
                    sign = 2
                case "add":
                    sign = 0 if 0 in inner else max(inner)
                case "mul":
                    sign = min(inner)
                case "power":
                    even = node.data.denominator == 1 and node.data % 2 == 0
                    sign = max(inner[0], int(even))
            self.signs[node] = sign
        return self.signs[node]

    def identical(self) -> bool:
        """Whether the images of both sides agree around some generic points that meet everything stated."""
        pool = self.expansion.pool
        equations = [g for g, r in self.facts if r == "="]
        turn = 24 if any(n.kind in ("sin", "cos") for n in walk(self.left, self.right, *equations)) else 2
        done, points = 0, 0
        while points < IMAGES and done < (self.regions if self.whole.work > 0 else 1):
            points += 1
            values = self.settled(self._generic(97))
            if values is None:
                continue
            if (self.bent and self.whole.work > 0) or not self.whole.witnessed:
                if self.at(values) is None:
                    continue
                self.whole.witnessed = True
            evaluation = Evaluation(values)
            maker = Smooth(pool, lambda gap, at=evaluation: numbers.sign(at.value(gap)), holds, bool(equations))
            try:
                sides = [maker.smooth(n) for n in (self.left, self.right)]
                sides = eliminated(pool, [maker.smooth(e) for e in equations], sides, self._frozen, values)
            except (NoImage, Undefined, Doubt):
                return False
            signs = {s: numbers.sign(v) for s, v in values.items()}
            if not self._same(sides, signs, turn):
                return False
            done += 1
        return done > 0

    def _same(self, sides: list[Node], signs: dict[Symbol, int], turn: int) -> bool:
        for _ in range(TRIES):
            images = Images(self.expansion.pool, signs, turn, self.random.getrandbits(60))
            try:
                return images.image(sides[0]) == images.image(sides[1])
            except NoImage as problem:
                if "positive" not in str(problem):
                    return False
        return False

    def _frozen(self, symbol: Symbol) -> bool:
        unknown = self.whole.claim.theory.unknowns.get(symbol[0])
        return unknown is None or unknown.relation is not None

    def at(self, values: Values) -> tuple[Any, Any] | None:
        """Both sides at a point; None where one has no value, or none that can be told, or a condition is not met."""
        self.whole.work -= self.size + 5
        for order in (4, 9):
            numbers.Series.order = order
            numbers.Series.bordered = set()
            evaluation = Evaluation(values)
            try:
                if not all(any(self._stands(evaluation, g, r) for g, r in c) for c in self.conditions):
                    return None
                left, right = evaluation.value(self.left), evaluation.value(self.right)
                numbers.sign(left + -right)
                return left, right
            except Undefined:
                return None
            except Doubt as doubt:
                if str(doubt) not in ("too few terms", "all terms kept are 0"):
                    return None
            finally:
                numbers.Series.order = 4
        return None

    @staticmethod
    def _stands(evaluation: Evaluation, gap: Node, relation: str) -> bool:
        sign = numbers.sign(evaluation.value(gap))
        return sign <= 0 if relation == "<=" else sign < 0 if relation == "<" else holds(relation, sign)

    def shown(self, values: Values, left: Any, right: Any) -> str:
        """The instance, as one line."""
        sizes = [f"{n} = {self.sizes[n]}" for n in self.whole.shown]
        indices = [f"{i.name} = {k}" for i, k in self.place.items()]
        entries = []
        for symbol in self.symbols:
            name = symbol[0] + (f"[{', '.join(map(str, symbol[1]))}]" if len(symbol) == 2 and symbol[1] else "")
            name = name if len(symbol) == 2 else f"{name} ({' '.join(map(str, symbol[1:]))})"
            entries.append(f"{name} = {_shown(values.get(symbol, Fraction(0)))}")
        return f"{', '.join([*sizes, *indices, *entries]) or 'everywhere'}: {_shown(left)} and {_shown(right)}"

    # --- points ------------------------------------------------------------------------------------------------------

    def points(self, few: bool) -> Iterator[tuple[Values, bool]]:
        """Points that meet everything stated; True for those that are random among many."""
        if not self.symbols:
            if self.settled({}) is not None:
                yield {}, True
            return
        seen = set()
        for kind, drawn, kept in self._drawn(few):
            found = self.settled(drawn, kept)
            if found is None:
                continue
            key = tuple(map(str, (found[s] if type(found[s]) is Fraction else float(found[s]) for s in self.symbols)))
            self.repeated = self.repeated or (key in seen and kind == "random")
            if key not in seen:
                seen.add(key)
                yield found, kind == "random"

    def _drawn(self, few: bool) -> Iterator[tuple[str, Values, set[Symbol]]]:
        """Points before they are made to meet what is stated, with the symbols that are best kept."""
        free: set[Symbol] = set()
        if few:
            yield "degenerate", dict.fromkeys(self.symbols, Fraction(0)), free
            yield "random", self._small(), free
            return
        for values in self._degenerate():
            yield "degenerate", values, free
        # What is simple first: a border that is met at few symbols.
        critical = self._critical()
        self.random.shuffle(critical)
        times = 4 if self.size < 80 else 2
        for n in range(times * min(len(critical), BORDERS)):
            if self.whole.work < 0:
                return
            kept: set[Symbol] = set()
            found = self._solved(critical[n % len(critical)], self._small(), kept)
            if found is not None and n >= times * len(critical) // 2:
                found = self._solved(self.random.choice(critical), found, kept) or found
            if found is not None:
                yield "border", found, kept
                for symbol in sorted(kept, key=repr):
                    for step in (Fraction(1, 7), Fraction(-1, 7)):
                        yield "beside", {**found, symbol: found[symbol] + step}, kept
        for node in critical[:BORDERS] if self.whole.work > 0 else ():
            for values in self._beside(node):
                yield "beside", values, set(node.symbols)
        for _ in range(RANDOM):
            yield "random", self._generic(), free
            yield "small", self._small(), free

    def _beside(self, node: Node) -> Iterator[Values]:
        """Two points on both sides of a zero that no linear equation gives, found by bisection along one symbol."""
        symbol, values = self.random.choice(sorted(node.symbols & set(self.symbols), key=repr) or [None]), self._small()
        if symbol is None:
            return
        ends: dict[int, Fraction] = {}
        for value in map(Fraction, (1, 0, "1/10", "-1/10", -1, 3, -3)):
            sign = self._sign_at(node, {**values, symbol: value})
            if sign:
                ends.setdefault(sign, value)
        if len(ends) < 2:
            return
        for _ in range(5):
            middle = (ends[1] + ends[-1]) / 2
            sign = self._sign_at(node, {**values, symbol: middle})
            if not sign:
                break
            ends[sign] = middle
        for end in ends.values():
            yield {**values, symbol: end}

    def _sign_at(self, node: Node, values: Values) -> int:
        self._spend(node)
        try:
            return numbers.sign(Evaluation(values).value(node))
        except (Undefined, Doubt):
            return 0

    def _degenerate(self) -> Iterator[Values]:
        """Entries that are 0, 1, -1, equal, opposite."""
        random, symbols = self.random, self.symbols
        plain = [s for s in symbols if len(s) == 2]
        arrays = sorted({s[0] for s in plain})
        yield self._small()
        for k in (0, 1, -1):
            yield {**self._small(), **dict.fromkeys(plain, Fraction(k))}
        yield {**self._small(), **{s: Fraction((-1) ** n) for n, s in enumerate(plain)}}
        if len(plain) <= 3:
            for values in product((0, 1, -1, 2, -2) if len(plain) < 3 else (0, 1, -1), repeat=len(plain)):
                yield {**self._small(), **{s: Fraction(v) for s, v in zip(plain, values, strict=True)}}
            return
        for _ in range(DEGENERATE):
            chosen = {a: Fraction(random.choice([0, 1, -1, 2])) for a in arrays}
            yield {**self._small(), **{s: chosen[s[0]] for s in plain}}
            values, (a, b) = self._small(), random.sample(plain, 2)
            values[a] = values[b] * random.choice([1, -1, 0])
            yield values

    def _small(self) -> Values:
        """Small numbers, most of them different."""
        random = self.random
        return {s: Fraction(random.choice([1, 2, 3, 4, -1, -2, 5, -3]), random.choice([1, 1, 2, 3])) for s in self.symbols}

    def _generic(self, many: int = 10**9) -> Values:
        """A point that is random among many; now and then with small positive entries, which meet sums that are 1."""
        random = self.random
        if random.random() < 0.4:
            return {s: Fraction(random.randint(1, many), len(self.symbols) * many) for s in self.symbols}
        return {s: Fraction(random.randint(-many, many), random.randint(many // 3, many)) for s in self.symbols}

    def _critical(self) -> list[Node]:
        """What is 0 where a side may lack a value, a slope, or change its form."""
        found: dict[Node, None] = {}
        for node in walk(self.left, self.right, *[g for g, _ in self.facts]):
            if node.kind in ("choice", "raise", "ln", "power?", "power!") or (
                node.kind == "power" and (node.data < 0 or node.data.denominator > 1)
            ):
                found[node.parts[0]] = None
                if node.parts[0].kind == "add" and node.kind in ("choice", "power"):
                    found.update(dict.fromkeys(p for p in node.parts[0].parts if p.kind in ("mul", "power")))
            elif node.kind == "power" and node.parts[0].kind == "add":
                found[node.parts[0]] = None
        return [n for n in found if n.symbols and self._sign(n) < 2]

    def settled(self, drawn: Values, kept: Iterable[Symbol] = ()) -> Values | None:
        """The point changed so that it meets the declarations and all that is stated; None where that fails.

        What is `kept` is changed only where nothing else helps.
        """
        values = {s: self._declared(s, v) for s, v in drawn.items()}
        pinned = set(kept)
        if not self.facts:
            return values
        for _ in range(4):
            failing = [(g, r) for g, r in self.facts if not self._met(g, r, values)]
            if not failing:
                return values
            for gap, relation in failing:
                if self._met(gap, relation, values):
                    continue
                found = self._solved(gap, values, pinned, relation)
                if found is None and kept:
                    pinned -= set(kept)
                    found = self._solved(gap, values, pinned, relation)
                if found is None:
                    return None
                values = found
        return values if all(self._met(g, r, values) for g, r in self.facts) else None

    def _declared(self, symbol: Symbol, value: Any) -> Any:
        unknown = self.whole.claim.theory.unknowns.get(symbol[0])
        relation = unknown.relation if unknown and len(symbol) == 2 else None
        sign = numbers.sign(value)
        if relation in (">", ">=") and sign < 0:
            value = -value
        return Fraction(1) if relation in (">", "!=") and sign == 0 else value

    def _allowed(self, symbol: Symbol, value: Any) -> bool:
        unknown = self.whole.claim.theory.unknowns.get(symbol[0])
        relation = unknown.relation if unknown and len(symbol) == 2 else None
        return relation is None or holds(relation, numbers.sign(value))

    def _met(self, gap: Node, relation: str, values: Values) -> bool:
        self._spend(gap)
        try:
            return holds(relation, numbers.sign(Evaluation(values).value(gap)))
        except (Undefined, Doubt):
            return False

    def _solved(self, node: Node, values: Values, pinned: set[Symbol], relation: str = "=") -> Values | None:
        """The point with one symbol changed so that the node stands in the relation to 0."""
        symbols = [s for s in self.symbols if s in node.symbols and s not in pinned]
        self.random.shuffle(symbols)
        symbols.sort(key=lambda s: len(s) != 2)
        for symbol in symbols[:6]:
            for root in self._roots(node, symbol, values):
                if not self._allowed(symbol, root):
                    continue
                steps = [Fraction(0)] if relation in ("=",) else [Fraction(1, 2), Fraction(-1, 2), Fraction(2), Fraction(-2)]
                for step in steps:
                    found = {**values, symbol: root + step}
                    if self._allowed(symbol, root + step) and self._met(node, relation, found):
                        if relation == "=":
                            pinned.add(symbol)
                        return found
        return None

    def _spend(self, node: Node, times: int = 1) -> None:
        if node not in self.costs:
            self.costs[node] = sum(1 for _ in walk(node))
        self.whole.work -= times * self.costs[node]

    def _roots(self, node: Node, symbol: Symbol, values: Values) -> Iterator[Any]:
        """Where the node is 0 as a function of one symbol, if it is linear; then some values to try, and roots between them."""
        self._spend(node, 3)
        try:
            at = [Evaluation({**values, symbol: Fraction(n)}).value(node) for n in (0, 1, 2)]
            slope = at[1] + -at[0]
            if numbers.sign(at[2] + -at[1] + -slope) == 0 and numbers.sign(slope) != 0:
                yield -at[0] * numbers.inverse(slope)
                return
        except (Undefined, Doubt):
            pass
        others = [v for s, v in values.items() if s != symbol][:3]
        tried = [Fraction(0), Fraction(1), Fraction(-1), *others, *(-v for v in others), Fraction(2), Fraction(1, 2)]
        self.random.shuffle(tried)
        among = self._crossed(node, symbol, values)
        first, then = (among, tried) if self.random.random() < 0.5 else (tried, among)
        yield from first
        yield from then

    def _crossed(self, node: Node, symbol: Symbol, values: Values) -> Iterator[Any]:
        """Balls between some values at which the node has different signs; it may have a jump or a pole there."""
        ends = [Fraction(n) for n in (-4, -2, -1, 0, 1, 2, 4)]
        signs = [self._sign_at(node, {**values, symbol: end}) for end in ends]
        crossed = [(a, b) for (a, s), (b, t) in pairwise(zip(ends, signs, strict=True)) if s * t < 0]
        self.random.shuffle(crossed)
        for below, above in crossed[:2]:
            sign = self._sign_at(node, {**values, symbol: below})
            for _ in range(numbers.SURE + 30):
                middle = (below + above) / 2
                if self._sign_at(node, {**values, symbol: middle}) == sign:
                    below = middle
                else:
                    above = middle
            yield numbers.between(below, above)


def _shown(value: Any) -> str:
    if isinstance(value, Fraction) and max(abs(value.numerator), value.denominator) < 10**7:
        return str(value)
    try:
        return f"{float(value):.8g}"
    except OverflowError:
        return "a large number"


def main(paths: list[str]) -> int:
    """Audit the theorems and steps of files; says which verdicts of the check it contradicts."""
    from pathlib import Path

    from derive.checking.checker import check
    from derive.errors import DeriveError
    from derive.library import read_path

    wrong = 0
    files = [f for p in map(Path, paths) for f in (sorted(p.rglob("*.derive")) if p.is_dir() else [p])]
    for file in files:
        try:
            derivations = read_path(file)
        except DeriveError as problem:
            print(f"{file}: {problem}")
            continue
        for derivation in derivations:
            for name, verdict, claim in claims(check(derivation)):
                answer = audit(claim)
                contradicts = contradicted(verdict, answer)
                wrong += contradicts
                mark = "  <-- they contradict each other" * contradicts
                said = answer.why or answer.instance or "; ".join(answer.sizes)
                print(f"{file}: {name}: {verdict}; {answer.verdict} {said}{mark}")
    return 1 if wrong else 0


def contradicted(verdict: str, answer: Answer) -> bool:
    """Whether the check and the audit cannot both be right."""
    return (verdict, answer.verdict) in (("proved", "different"), ("unjustified", "different"), ("refuted", "equal"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
