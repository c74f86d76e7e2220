"""The checker: a derivation in, verdicts out.

    theorem t: diff(x^2 + x, x) = 2*x + 1      proved, and may be cited by the theorems below it

A theorem is proved by its chains, where they lead from one side of the claim to the other (see `routes` and `steps`), or by
the tool itself. What no attack in numbers speaks against, and what needs no condition that the claim does not have, is called
proved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import combinations, pairwise

from derive.checking.attacks import attack_on, counterexample, spoken_against
from derive.checking.attempts import by_any_means
from derive.checking.consistency import contradiction
from derive.checking.messages import near_miss, short_of, undecided
from derive.checking.open_claims import closed
from derive.checking.recording import proof_of
from derive.checking.routes import Astray, astray, false_claim, together
from derive.checking.steps import TIMEOUT, Steps, named, trace_of
from derive.checking.suggestions import enough
from derive.checking.verdicts import ChainResult, Problem, Report, StepResult, TheoremResult, Verdict
from derive.engine.applications import rules_used
from derive.engine.evidence import weighed
from derive.engine.justify import Licence
from derive.engine.proofs import proof
from derive.engine.remembered import forget
from derive.engine.rewriting import Context, Lemma
from derive.errors import LimitError
from derive.floor.conditions import merged_indices
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import Comparison, Term, moved_names, substitute
from derive.floor.theory import MOST_THEORIES, Assumption, Theory
from derive.language.derivation import Derivation, Statement
from derive.language.uses import difference
from derive.language.writer import write_term
from derive.limits import REASONS, STEP, allowed, of_length, reached
from derive.numbers.attack import NO_ATTACK, Attack
from derive.proofs.conditions import told


def check(
    derivation: Derivation,
    *,
    timeout: float = TIMEOUT,
    explain: bool = False,
    diagnose: bool = False,
    attack: bool = True,
    record: bool = False,
    lint: bool = False,
    cited: Cited | None = None,
) -> Report:
    """The verdicts on all theorems and steps of a derivation; `timeout` is in seconds, for each step.

    With `explain`, a theorem without a proof gets one written out line by line, where it is found. With `diagnose`, a false
    line is compared with what its author may have meant, and the change that makes it true is suggested. Without `attack`
    the proofs stand alone: nothing that they prove is evaluated before it is called proved. With `record`, the report has all
    that is proved as data, which can be replayed. With `lint`, it has hints as well: see `lint`. Derivations whose theorems
    are cited are checked once for all calls that share `cited`, as those on the blocks of a document do.
    """
    forget()
    with allowed(of_length(derivation.text)):
        derivation = closed(derivation, timeout)
        checker = _Checker(derivation, timeout, explain, diagnose, attack, cited)
        for other in _cited(derivation):
            checker.other(other)
        report = checker.report()
        if lint:
            report = replace(report, hints=checker.hints(report))
    return replace(report, proof=proof_of(derivation, report.theorems)) if record else report


class Cited:
    """The checks of derivations whose theorems are cited elsewhere, each made once, and what is known of declarations that the
    blocks of a document share.
    """

    def __init__(self) -> None:
        self._made: dict[int, tuple[Derivation, _Checker]] = {}
        self._contradictions: deque[tuple[Theory, Assumption | None]] = deque(maxlen=MOST_THEORIES)

    def made(self, derivation: Derivation, make: Callable[[], _Checker]) -> _Checker:
        """The check of a derivation: made before, or made now."""
        found = self._made.get(id(derivation))
        if found is None:
            found = self._made[id(derivation)] = derivation, make()  # what is kept has its number to itself
        return found[1]

    def contradiction(self, theory: Theory, seconds: float) -> Assumption | None:
        """What is assumed there and contradicts the rest: looked for once for all blocks that suppose the same."""
        for known, found in self._contradictions:
            if known == theory:
                return found
        found = contradiction(theory, seconds)
        self._contradictions.append((theory, found))
        return found


def _cited(derivation: Derivation) -> list[Derivation]:
    """The blocks above it whose theorems it cites, each below those whose theorems that cites: a row of them may be long."""
    done: dict[int, Derivation] = {}
    waiting = [(derivation, iter(derivation.below))]
    while waiting:
        here, owners = waiting[-1]
        owner = next(owners, None)
        if owner is None:
            done[id(here)] = here
            waiting.pop()
        elif id(owner) not in done and any(_owns(owner, lemma) for lemma in here.lemmas.values()):
            waiting.append((owner, iter(owner.below)))
    return list(done.values())[:-1]


def _owns(owner: Derivation, lemma: Statement) -> bool:
    """Whether a theorem that is cited is one of the owner's."""
    return any(lemma is statement for statement in owner.statements)


class _Checker:
    """The check of one derivation: its theorems in their order, each citable by those below it once it is proved."""

    def __init__(
        self,
        derivation: Derivation,
        timeout: float,
        explain: bool,
        diagnose: bool,
        attack: bool,
        cited: Cited | None = None,
    ) -> None:
        self.derivation = derivation
        self.cited = cited or Cited()
        self.timeout = timeout
        self.explain = explain
        self.diagnose = diagnose
        self.lemmas: dict[str, Lemma] = {}
        self.unproved: set[str] = set()
        self.attacks = attack

    def report(self) -> Report:
        for statement in self.derivation.lemmas.values():
            self.bring(statement)
        theorems = tuple(self.theorem(s) for s in self.derivation.statements)
        return Report(self.derivation, theorems, self.problems())

    def bring(self, statement: Statement) -> None:
        """A theorem of a derivation that is used: it can be cited if it is proved there, by what stands there.

        Its conditions speak of the names that are declared there. Where one of them is something else here, it says nothing.
        """
        others = (*self.derivation.used, *self.derivation.below)
        owner = next((other for other in others if _owns(other, statement)), None)
        meant = owner is not None and statement.expect in (None, "proved")
        found = self.other(owner).lemmas.get(statement.name) if owner is not None and meant else None
        claims = [] if found is None else [c for t in found.theorems for c in t.conditions]
        also: list[Term] = [claim for c in claims for claim in (c.claim, *c.guards)]
        also += [t.right for t in found.theorems] if found is not None and statement.is_open else []
        if found is None or difference(statement, self.derivation.theory, also) is not None:
            self.unproved.add(statement.name)
        else:
            self.lemmas[statement.name] = found

    def other(self, used: Derivation) -> _Checker:
        """The check of a derivation that is used, as the file that it is."""
        return self.cited.made(used, partial(self._other, used))

    def _other(self, used: Derivation) -> _Checker:
        meant = closed(used, self.timeout)
        found = _Checker(meant, self.timeout, explain=False, diagnose=False, attack=self.attacks, cited=self.cited)
        if found.report().problems:
            found.lemmas.clear()  # from what contradicts itself everything follows
        return found

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the derivation as a whole."""
        found = self.cited.contradiction(self.derivation.theory, self.timeout)
        if found is None:
            return ()
        shown = found.description or f"number {found.number}"
        return (Problem("D207", f"the assumption {shown} contradicts the declarations or the other assumptions"),)

    def hints(self, report: Report) -> tuple[Problem, ...]:
        """What is right, and could be left out."""
        from derive.checking.lint import superfluous, unused

        found = list(unused(report.derivation))
        for theorem in report.theorems:
            for chain, checked in theorem.written_chains:
                with suppress(LimitError, RecursionError), allowed(STEP, self.timeout):
                    found += superfluous(theorem, chain, checked.steps, self.context(theorem.statement, chain.conditions))
        return tuple(found)

    # --- theorems ------------------------------------------------------------------------------------------------

    def theorem(self, statement: Statement) -> TheoremResult:
        """The verdict on a theorem; if it is proved, it becomes a lemma."""
        if statement.is_open:
            (left,) = statement.sides
            self.unproved.add(statement.name)
            assert statement.given_up is not None
            code, message = statement.given_up
            return TheoremResult(statement, left, left, "unknown", code=code, message=message)
        attack = attack_on(statement) if self.attacks else NO_ATTACK
        steps = Steps(statement, attack, self.unproved, self.diagnose)
        chains = tuple(steps.chain(chain, self.context(statement, chain.conditions)) for chain in statement.proof or ())
        try:
            with named(f"theorem {statement.name}"), allowed(STEP, self.timeout):
                return self.by_chains(statement, chains, attack)
        except (LimitError, RecursionError) as problem:
            self.unproved.add(statement.name)
            code, message = reached(problem)
            known = tuple(result for result, _ in chains)
            ends = statement.sides[0], statement.sides[-1]
            return TheoremResult(statement, *ends, "unknown", known, code=code, message=message)

    def by_chains(
        self, statement: Statement, chains: tuple[tuple[ChainResult, Theorem | None], ...], attack: Attack
    ) -> TheoremResult:
        """The verdict on a theorem whose chains are checked."""
        left, right = statement.sides[0], statement.sides[-1]
        context = self.context(statement)
        known = tuple(result for result, _ in chains)
        elsewhere = astray(statement, known, partial(self.context, statement))
        if elsewhere is not None:
            return self.not_reached(statement, known, context, attack, elsewhere)
        proved = together(statement, chains)
        theorems: list[Theorem] = [] if proved is None else [proved]
        if proved is None or len(statement.sides) > 2:
            theorems = []
            for a, b in pairwise(statement.sides):
                found = by_any_means(a, b, context)
                if found is None:
                    return self.not_proved(statement, a, b, known, context, attack)
                theorems.append(found)
        weight = weighed(theorems, statement.sides, context.knowledge)
        if not weight.proves and proved is not None and len(theorems) == 1:
            # The way of the chain asks for more than the claim does; there may be another.
            direct = by_any_means(left, right, context)
            other = weight if direct is None else weighed([direct], statement.sides, context.knowledge)
            if direct is not None and other.proves:
                theorems, weight = [direct], other
        conditions = told(weight)
        if not weight.proves:
            pairs = sorted(combinations(statement.sides, 2), key=lambda pair: pair not in [*pairwise(statement.sides)])
            tried = [self.not_proved(statement, a, b, known, context, attack) for a, b in pairs]
            result = next((each for each in tried if each.counterexample is not None), tried[0])
            if result.counterexample is not None:
                return result
            return replace(result, conditions=conditions, **short_of(weight, statement.theory))  # type: ignore[arg-type]
        for a, b in pairwise(statement.sides):
            against = spoken_against(attack, a, b, (), context)
            if against:
                self.unproved.add(statement.name)
                return replace(TheoremResult(statement, left, right, "unknown", known, conditions), **against)  # type: ignore[arg-type]
        shown = known
        if not shown and self.explain and len(statement.sides) == 2:
            shown = self.explained(statement, context, attack)
        self.lemmas[statement.name] = Lemma(statement.name, tuple(theorems))
        if not shown:
            found_steps = _found_steps(statement, theorems, context)
            if len(found_steps) == 1:
                used = enough(left, right, Licence(), theorems[0], context)
                found_steps = (replace(found_steps[0], rules=used or found_steps[0].rules),)
            shown = (ChainResult((), left, found_steps),)
        return TheoremResult(statement, left, right, "proved", shown, conditions, proof=weight)

    def explained(self, statement: Statement, context: Context, attack: Attack) -> tuple[ChainResult, ...]:
        """A proof of a theorem without one, line by line; nothing where none is found."""
        with suppress(LimitError, RecursionError), allowed(REASONS, self.timeout):
            return self.line_by_line(statement, context, attack)
        return ()

    def line_by_line(self, statement: Statement, context: Context, attack: Attack) -> tuple[ChainResult, ...]:
        merging = merged_indices(statement.conditions)
        left, right = (substitute(side, merging) for side in statement.sides)
        lines = proof(left, right, context)
        for_turned = lines is None and not moved_names(left)
        if for_turned:
            left, right = right, left
            lines = proof(left, right, context)
        if lines is None:
            return ()
        steps = []
        for line in lines:
            theorem = line.theorem
            if attack.on(theorem.left, theorem.right, step=True).disagreement is not None:
                return ()  # the claim stands by another proof
            weight = weighed([theorem], (theorem.left, theorem.right), context.knowledge)
            if not weight.proves:
                return ()
            conditions = told(weight)
            step = StepResult(theorem.left, theorem.right, (), line.reasons, "proved", None, conditions, proof=weight)
            steps.append(replace(step, trace=trace_of(theorem), place=statement.place))
        return (ChainResult((), left, tuple(steps)),)

    def context(self, statement: Statement, extra: tuple[Comparison, ...] = ()) -> Context:
        """What the steps of a theorem are checked against."""
        knowledge = Knowledge(statement.theory, statement.hypotheses, (*statement.conditions, *extra))
        return Context(knowledge, self.lemmas, self.timeout)

    def not_proved(
        self, statement: Statement, left: Term, right: Term, chains: tuple[ChainResult, ...], context: Context, attack: Attack
    ) -> TheoremResult:
        """Refuted, or unknown."""
        self.unproved.add(statement.name)
        found = counterexample(attack, left, right, context)
        verdict: Verdict = "unknown" if found is None else "refuted"
        where = f" where it says `{_equation(left, right, statement)}`" if len(statement.sides) > 2 else ""
        why = {"code": "D202", "message": f"the claim is false{where}"} if found else undecided(left, right, context, attack)
        ends = statement.sides[0], statement.sides[-1]
        result = TheoremResult(statement, *ends, verdict, chains, counterexample=found, **why)
        if found is None or not self.diagnose or where:
            return result
        return replace(result, **near_miss(left, right, (), context))  # type: ignore[arg-type]

    def not_reached(
        self,
        statement: Statement,
        chains: tuple[ChainResult, ...],
        context: Context,
        attack: Attack,
        elsewhere: Astray,
    ) -> TheoremResult:
        """A theorem whose written proof is one of something else: an error, whether or not the claim is true."""
        left, right = statement.sides[0], statement.sides[-1]
        result = self.not_proved(statement, left, right, chains, context, attack)
        if result.counterexample is not None:
            elsewhere = false_claim(statement, chains, elsewhere)
        elif _is_true(statement, context, attack):
            elsewhere = replace(elsewhere, message=f"{elsewhere.message}; the claim is true, but this does not prove it")
        said, instead, place = elsewhere.message, elsewhere.instead, elsewhere.place
        return replace(result, code="D210", message=said, suggestion=instead, part=None, place=place)


def _equation(left: Term, right: Term, statement: Statement) -> str:
    return f"{write_term(left, statement.theory)} = {write_term(right, statement.theory)}"


def _is_true(statement: Statement, context: Context, attack: Attack) -> bool:
    """Whether the tool proves a claim by itself, and nothing speaks against it."""
    theorems: list[Theorem] = []
    for a, b in pairwise(statement.sides):
        found = by_any_means(a, b, context)
        if found is None or spoken_against(attack, a, b, (), context):
            return False
        theorems.append(found)
    return weighed(theorems, statement.sides, context.knowledge).proves


def _found_steps(statement: Statement, theorems: list[Theorem], context: Context) -> tuple[StepResult, ...]:
    """One step for each equality of a claim A = B = C that the tool proved."""
    found = []
    for theorem, (left, right) in zip(theorems, pairwise(statement.sides), strict=True):
        weight = weighed([theorem], (left, right), context.knowledge)
        step = StepResult(left, right, (), rules_used(theorem), "proved", None, told(weight), proof=weight)
        found.append(replace(step, trace=trace_of(theorem), place=statement.place))
    return tuple(found)
