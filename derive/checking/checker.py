"""The checker: a derivation in, verdicts out.

Each step is tried in this order: by the rules that its author named; by whatever it takes, which tells a weak reason from a
false line; by counterexample. A theorem is proved by its chain, or by the tool itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from derive.checking.attacks import attack_on
from derive.checking.consistency import contradiction
from derive.checking.verdicts import (
    Applied,
    ChainResult,
    Problem,
    Report,
    StepResult,
    TheoremResult,
    Verdict,
)
from derive.engine import rules
from derive.engine.applications import applications, rule_name, rules_used
from derive.engine.arrange import same
from derive.engine.case_split import uncovered
from derive.engine.compute import computed
from derive.engine.decide import evaluated, where_defined
from derive.engine.fitting import by_fewest, fitting, with_identities
from derive.engine.justify import Licence, justified
from derive.engine.proofs import proof
from derive.engine.rewriting import Context, Lemma, by_rule, rewritten
from derive.floor import kernel
from derive.floor.claims import Weighed, remaining, weighed
from derive.floor.conditions import NONE, Condition, Conditions, is_about_indices
from derive.floor.errors import LimitError
from derive.floor.kernel import KernelError, Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    Comparison,
    Diff,
    Fixed,
    Index,
    Number,
    Term,
    alpha_equal,
    free_indices,
    number,
    substitute,
    subterms,
)
from derive.floor.theory import Signature
from derive.language import write_term
from derive.language.conditions import write_condition
from derive.language.derivation import NOWHERE, Chain, Derivation, Place, Reason, Statement, Step
from derive.language.uses import difference
from derive.numbers.attack import NO_ATTACK, Attack
from derive.numbers.counterexample import Counterexample
from derive.numbers.refute import certified, refute

_SUMS = tuple(rule.name for rule in rules.ALL.values() if rule.family == "sums")
TIMEOUT = 10.0  # seconds for one step


def check(
    derivation: Derivation,
    *,
    timeout: float = TIMEOUT,
    explain: bool = False,
    diagnose: bool = False,
    attack: bool = True,
) -> Report:
    """The verdicts on all theorems and steps of a derivation; `timeout` is in seconds, for each step.

    With `explain`, a theorem without a proof gets one written out line by line, where it is found. With `diagnose`, a false
    line is compared with what its author may have meant, and the change that makes it true is suggested. Without `attack`
    the proofs stand alone: nothing that they prove is evaluated before it is called proved.
    """
    return _Checker(derivation, timeout, explain, diagnose, attack).report()


class _Checker:
    """The check of one derivation: its theorems in their order, each citable by those below it once it is proved."""

    def __init__(
        self,
        derivation: Derivation,
        timeout: float,
        explain: bool,
        diagnose: bool,
        attack: bool,
        checked: dict[int, _Checker] | None = None,
    ) -> None:
        self.derivation = derivation
        self.checked = {} if checked is None else checked  # the derivations that are used, each checked once
        self.timeout = timeout
        self.explain = explain
        self.diagnose = diagnose
        self.lemmas: dict[str, Lemma] = {}
        self.unproved: set[str] = set()
        self.sides: tuple[Term, ...] = ()  # of the claim whose proof is looked at
        self.attacks = attack
        self.attack: Attack  # on that claim and the lines of its proof

    def report(self) -> Report:
        for statement in self.derivation.lemmas.values():
            self.bring(statement)
        theorems = tuple(self.theorem(s) for s in self.derivation.statements)
        return Report(self.derivation, theorems, self.problems())

    def bring(self, statement: Statement) -> None:
        """A theorem of a derivation that is used: it can be cited if it is proved there, by what stands there.

        Its conditions speak of the names that are declared there. Where one of them is something else here, it says nothing.
        """
        owner = next((d for d in self.derivation.used if any(each is statement for each in d.statements)), None)
        meant = owner is not None and statement.expect in (None, "proved")
        found = self.other(owner).lemmas.get(statement.name) if owner is not None and meant else None
        claims = [] if found is None else [c for t in found.theorems for c in t.conditions]
        also = [claim for c in claims for claim in (c.claim, *c.guards)]
        if found is None or difference(statement, self.derivation.signature, also) is not None:
            self.unproved.add(statement.name)
        else:
            self.lemmas[statement.name] = found

    def other(self, used: Derivation) -> _Checker:
        """The check of a derivation that is used, as the file that it is."""
        found = self.checked.get(id(used))
        if found is None:
            found = self.checked[id(used)] = _Checker(
                used, self.timeout, explain=False, diagnose=False, attack=self.attacks, checked=self.checked
            )
            if found.report().problems:
                found.lemmas.clear()  # from what contradicts itself everything follows
        return found

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the derivation as a whole."""
        found = contradiction(self.derivation.signature)
        if found is None:
            return ()
        shown = found.description or f"number {found.number}"
        return (Problem("D207", f"the assumption {shown} contradicts the declarations or the other assumptions"),)

    # --- theorems ------------------------------------------------------------------------------------------------

    def theorem(self, statement: Statement) -> TheoremResult:
        """The verdict on a theorem; if it is proved, it becomes a lemma."""
        left, right = statement.sides[0], statement.sides[-1]
        context = self.context(statement)
        self.attack = attack_on(statement) if self.attacks else NO_ATTACK
        chains = tuple(self.chain(chain, statement) for chain in statement.proof or ())
        astray = self.astray(statement, tuple(result for result, _ in chains))
        if astray is not None:
            return self.not_reached(statement, tuple(result for result, _ in chains), context, astray)
        proved = self.of_chains(statement, chains, context)
        theorems: list[Theorem] = [] if proved is None else [proved]
        if proved is None or len(statement.sides) > 2:
            theorems = []
            for a, b in zip(statement.sides, statement.sides[1:], strict=False):
                found = self.proof(a, b, context)
                if found is None:
                    return self.not_proved(statement, a, b, tuple(c for c, _ in chains), context)
                theorems.append(found)
        weight = weighed(_all_conditions(theorems), statement.sides, context.knowledge)
        if not weight.proves and proved is not None and len(theorems) == 1:
            # The way of the chain asks for more than the claim does; there may be another.
            direct = self.proof(left, right, context)
            other = weight if direct is None else weighed(direct.conditions, statement.sides, context.knowledge)
            if direct is not None and other.proves:
                theorems, weight = [direct], other
        conditions = weight.conditions
        known = tuple(result for result, _ in chains)
        if not weight.proves:
            result = self.not_proved(statement, left, right, known, context)
            if result.counterexample is not None:
                return result
            return replace(result, conditions=conditions, **_short_of(weight, statement.signature))  # type: ignore[arg-type]
        for a, b in zip(statement.sides, statement.sides[1:], strict=False):
            against = self.attacked(a, b, (), context)
            if against:
                self.unproved.add(statement.name)
                return replace(TheoremResult(statement, left, right, "unknown", known, conditions), **against)  # type: ignore[arg-type]
        written = known
        if not written and self.explain and len(statement.sides) == 2:
            written = self.explained(statement, context)
        self.lemmas[statement.name] = Lemma(statement.name, tuple(theorems))
        if not written:
            trace = tuple(use for theorem in theorems for use in _trace(theorem))
            used = tuple(dict.fromkeys(name for t in theorems for name in rules_used(t)))
            if len(theorems) == 1:
                used = self.enough(left, right, Licence(), theorems[0], context) or used
            step = StepResult(left, right, (), used, "proved", None, conditions, trace=trace, place=statement.place)
            written = (ChainResult((), left, (step,)),)
            if len(statement.sides) > 2:
                written = (ChainResult((), left, _found_steps(statement, theorems, conditions)),)
        return TheoremResult(statement, left, right, "proved", written, conditions)

    def explained(self, statement: Statement, context: Context) -> tuple[ChainResult, ...]:
        """A proof of a theorem without one, line by line; nothing where none is found."""
        left, right = statement.sides
        lines = proof(left, right, context)
        for_turned = lines is None and not any(isinstance(part, Diff) for part in subterms(left))
        if for_turned:
            left, right = right, left
            lines = proof(left, right, context)
        if lines is None:
            return ()
        steps = []
        for line in lines:
            theorem = line.theorem
            if self.attack.on(theorem.left, theorem.right, step=True).disagreement is not None:
                return ()  # the claim stands by another proof
            conditions = self.conditions(theorem.conditions, context)
            trace = _trace(theorem)
            step = StepResult(theorem.left, theorem.right, (), line.reasons, "proved", None, conditions)
            steps.append(replace(step, trace=trace, place=statement.place))
        return (ChainResult((), left, tuple(steps)),)

    def context(self, statement: Statement, extra: tuple[Comparison, ...] = ()) -> Context:
        """What the steps of a theorem are checked against."""
        knowledge = Knowledge(statement.signature, statement.hypotheses, (*statement.conditions, *extra))
        return Context(knowledge, self.lemmas, time.monotonic() + self.timeout)

    def proof(self, left: Term, right: Term, context: Context) -> Theorem | None:
        """A theorem `left = right` by whatever it takes."""
        merged = _merged(context.knowledge.conditions)
        left, right = substitute(left, merged), substitute(right, merged)
        try:
            return evaluated(left, right, context)
        except LimitError as problem:
            context.limits.append(problem.message)
        except RecursionError:
            context.limits.append("nested too deeply")
        return None

    def not_proved(
        self, statement: Statement, left: Term, right: Term, chains: tuple[ChainResult, ...], context: Context
    ) -> TheoremResult:
        """Refuted, or unknown."""
        self.unproved.add(statement.name)
        found = self.counterexample(left, right, context)
        verdict: Verdict = "unknown" if found is None else "refuted"
        code, message = ("D202", "the claim is false") if found else ("D203", _undecided(context))
        result = TheoremResult(
            statement, left, right, verdict, chains, code=code, message=message, counterexample=found
        )
        return replace(result, **self.near_miss(left, right, (), context)) if found else result  # type: ignore[arg-type]

    def not_reached(
        self, statement: Statement, chains: tuple[ChainResult, ...], context: Context, astray: tuple[str, str, Place]
    ) -> TheoremResult:
        """A theorem whose written proof is one of something else: an error, whether or not the claim is true."""
        message, instead, place = astray
        left, right = statement.sides[0], statement.sides[-1]
        result = self.not_proved(statement, left, right, chains, context)
        if result.counterexample is None and self.is_true(statement, context):
            message += "; the claim is true, but this does not prove it"
        return replace(result, code="D210", message=message, suggestion=instead, part=None, place=place)

    def is_true(self, statement: Statement, context: Context) -> bool:
        """Whether the tool proves a claim by itself, and nothing speaks against it."""
        theorems: list[Theorem] = []
        for a, b in zip(statement.sides, statement.sides[1:], strict=False):
            found = self.proof(a, b, context)
            if found is None or self.attacked(a, b, (), context):
                return False
            theorems.append(found)
        return weighed(_all_conditions(theorems), statement.sides, context.knowledge).proves

    def astray(self, statement: Statement, chains: tuple[ChainResult, ...]) -> tuple[str, str, Place] | None:
        """Why the chains do not lead from one side of the claim to the other: what is wrong, what to write, and where."""
        for written, result in zip(statement.proof or (), chains, strict=True):
            context = self.context(statement, written.conditions)
            merging = _merged((*statement.conditions, *written.conditions))
            sides = tuple(substitute(side, merging) for side in (statement.sides[0], statement.sides[-1]))
            last = result.steps[-1]
            if last.computed and last.verdict != "proved":
                continue  # where it would end is not known
            begin, end = substitute(written.start, merging), substitute(last.right, merging)
            from_side = [self.reads_as(begin, side, context) for side in sides]
            to_side = [self.reads_as(end, side, context) for side in sides]
            if (from_side[0] and to_side[1]) or (from_side[1] and to_side[0]):
                continue
            shown = [write_term(side, statement.signature) for side in (statement.sides[0], statement.sides[-1])]
            if not any(from_side):
                start = write_term(written.start, statement.signature)
                said = f"the proof begins with {start}, which is no side of the claim of {statement.name}"
                return said, f"begin the proof with {shown[1 if to_side[0] else 0]}", written.place
            other = shown[1 if from_side[0] else 0]
            stop = write_term(last.right, statement.signature)
            said = f"the proof ends with {stop}, and not with the other side of the claim of {statement.name}"
            return said, f"end the proof with = {other}", last.place
        return self.left_out(statement)

    @staticmethod
    def reads_as(term: Term, side: Term, context: Context) -> bool:
        """Whether the two differ by rearrangement only, deltas and choices being read as the case says."""
        if alpha_equal(term, side) or same(term, side):
            return True
        try:
            read = [rewritten(each, [by_rule(rules.ALL["cases"], context)], context, context.scope) for each in (term, side)]
        except (LimitError, RecursionError):
            return True  # too large to tell: nothing is proved by it
        return same(read[0].right, read[1].right)

    @staticmethod
    def left_out(statement: Statement) -> tuple[str, str, Place] | None:
        """Whether the cases of a proof leave one out, as `astray` says it."""
        chains = statement.proof or ()
        if not chains or not all(chain.conditions for chain in chains):
            return None
        missing = uncovered([chain.conditions for chain in chains], statement.conditions)
        if missing is None:
            return None
        shown = ", ".join(write_term(relation, statement.signature) for relation in missing)
        said = f"the cases of the proof of {statement.name} leave out {shown}"
        return said, f"add to the proof: case {shown}: …", chains[-1].place

    def of_chains(
        self, statement: Statement, chains: tuple[tuple[ChainResult, Theorem | None], ...], context: Context
    ) -> Theorem | None:
        """The theorem that the written chains prove together; None where they do not."""
        left, right = statement.sides[0], statement.sides[-1]
        if not chains or any(theorem is None for _, theorem in chains):
            return None
        if len(chains) == 1 and not chains[0][0].conditions:
            return chains[0][1]
        if len(chains) != 2:
            return None
        by_relation = {}
        for result, theorem in chains:
            if len(result.conditions) != 1:
                return None
            by_relation[result.conditions[0].relation] = (result.conditions[0], theorem)
        if set(by_relation) != {"=", "!="}:
            return None
        (same_claim, equal), (apart_claim, different) = by_relation["="], by_relation["!="]
        i, k = same_claim.left, same_claim.right
        if {i, k} != {apart_claim.left, apart_claim.right} or not isinstance(i, Index) or equal is None or different is None:
            return None
        try:
            return kernel.cases(left, right, i, k, equal, different)
        except KernelError:
            return None

    # --- chains --------------------------------------------------------------------------------------------------

    def chain(self, chain: Chain, statement: Statement) -> tuple[ChainResult, Theorem | None]:
        """The verdicts on the steps of a chain, and the theorem about the two sides of the claim, if it proves it."""
        context = self.context(statement, chain.conditions)
        self.sides = statement.sides
        merging = _merged((*statement.conditions, *chain.conditions))
        results: list[StepResult] = []
        total: Theorem | None = kernel.reflexivity(substitute(chain.start, merging))
        here = chain.start
        for step in chain.steps:
            context.deadline = time.monotonic() + self.timeout
            result, theorem = self.step(here, step, context, merging)
            results.append(result)
            here = result.right
            total = None if total is None or theorem is None else kernel.transitivity(total, theorem)
        written = ChainResult(chain.conditions, chain.start, tuple(results))
        if total is None:
            return written, None
        left, right = (substitute(side, merging) for side in (statement.sides[0], statement.sides[-1]))
        return written, self.between(left, right, total, context)

    def between(self, left: Term, right: Term, theorem: Theorem, context: Context) -> Theorem | None:
        """The claim from a chain that runs from one of its sides to the other, up to rearrangement."""
        for first, last, turned in ((left, right, False), (right, left, True)):
            begin, end = self.rearranged(first, theorem.left, context), self.rearranged(theorem.right, last, context)
            if begin is not None and end is not None:
                found = kernel.transitivity(kernel.transitivity(begin, theorem), end)
                return kernel.symmetry(found) if turned else found
        return None

    def rearranged(self, left: Term, right: Term, context: Context) -> Theorem | None:
        """`left = right` by rearrangement, delta and choices being read as the case says."""
        if alpha_equal(left, right):
            return kernel.transitivity(kernel.reflexivity(left), kernel.reflexivity(right))
        read = [rewritten(side, [by_rule(rules.ALL["cases"], context)], context, context.scope) for side in (left, right)]
        if not same(read[0].right, read[1].right):
            return None
        try:
            middle = kernel.by_normal_form(read[0].right, read[1].right, context.knowledge, label="rearrangement")
        except KernelError:
            return None
        return kernel.transitivity(kernel.transitivity(read[0], middle), kernel.symmetry(read[1]))

    # --- steps ---------------------------------------------------------------------------------------------------

    def step(
        self, before: Term, step: Step, context: Context, merging: dict[Term, Term]
    ) -> tuple[StepResult, Theorem | None]:
        """The verdict on one step."""
        by = tuple(map(_shown, step.reasons))
        left = substitute(before, merging)
        unknown = next((reason for reason in step.reasons if not self.is_known(reason)), None)
        if unknown is not None:
            shown = before if step.right is None else step.right
            failed = StepResult(before, shown, by, (), "unknown", step.expect, place=step.place)
            return replace(failed, code="D170", message=f"{_shown(unknown)} is no rule, and no theorem above"), None
        try:
            if step.right is None:
                return self.computed(before, left, step, by, context)
            right = substitute(step.right, merging)
            theorem, verdict, extra = self.judged(left, right, step.reasons, context)
        except (LimitError, RecursionError) as problem:
            message = f"limit: {problem}" if isinstance(problem, LimitError) else "limit: nested too deeply"
            shown = before if step.right is None else step.right
            failed = StepResult(before, shown, by, (), "unknown", step.expect, place=step.place)
            return replace(failed, code="D203", message=message), None
        known: dict[str, object] = {"rules": ()} | extra
        result = StepResult(before, step.right, by, verdict=verdict, expect=step.expect, place=step.place, **known)  # type: ignore[arg-type]
        if theorem is None:
            return result, None
        result = self.held_against(replace(result, rules=result.rules or rules_used(theorem)), theorem, left, right, context)
        return result, theorem if result.verdict == "proved" else None

    def held_against(
        self, result: StepResult, theorem: Theorem, left: Term, right: Term, context: Context
    ) -> StepResult:
        """The verdict on a step that there is a theorem for: less where that says less, or numbers speak against it."""
        found = weighed(theorem.conditions, (left, right), context.knowledge)
        result = replace(result, conditions=found.conditions, trace=_trace(theorem))
        if not found.proves:
            example = self.counterexample(left, right, context)
            if example is not None:
                false = {"code": "D202", "message": "the two sides differ", "suggestion": None, "conditions": ()}
                return replace(result, verdict="refuted", counterexample=example, **false)  # type: ignore[arg-type]
            return replace(result, verdict="unknown", **_short_of(found, context.signature))  # type: ignore[arg-type]
        against = self.attacked(result.left, result.right, context.knowledge.conditions, context, step=True)
        return replace(result, **against) if against else result  # type: ignore[arg-type]

    def attacked(
        self, left: Term, right: Term, relations: tuple[Comparison, ...], context: Context, step: bool = False
    ) -> dict[str, object]:
        """What numbers say against an equation that is proved; nothing where they do not."""
        outcome = self.attack.on(left, right, tuple(c for c in relations if is_about_indices(c)), step=step)
        against = outcome.disagreement
        if against is None:
            if not outcome.tried:
                return {"verdict": "unknown", "code": "D242", "message": "no point was found at which it could be tried"}
            if not outcome.is_empty:
                return {}
            return {"verdict": "unknown", "code": "D204", "message": "no point was found at which both sides have a value"}
        knowledge = context.knowledge
        indices = tuple(c for c in (*knowledge.conditions, *relations) if is_about_indices(c))
        example = certified(left, right, knowledge.signature, knowledge.hypotheses, indices, against.point)
        if example is not None:
            return {"verdict": "refuted", "code": "D202", "message": "the two sides differ", "counterexample": example}
        return {"verdict": "unknown", "code": "D241", "message": f"the proof and the numbers disagree: {against.told}"}

    def is_known(self, reason: Reason) -> bool:
        """Whether a reason is a text, a rule or a theorem above; the reader refuses any other, with its place."""
        return reason.name is None or any(reason.name in known for known in (rules.NAMES, self.lemmas, self.unproved))

    def computed(
        self, before: Term, left: Term, step: Step, by: tuple[str, ...], context: Context
    ) -> tuple[StepResult, Theorem | None]:
        """A step whose right side the tool computes."""
        theorem = computed(left, self.licence(step.reasons, context, (left, *self.sides)), context)
        result = StepResult(
            before, theorem.right, by, rules_used(theorem), "proved", step.expect, computed=True, place=step.place
        )
        if alpha_equal(theorem.left, theorem.right):
            nothing = {"code": "D205", "message": "the rules named change nothing here"}
            return replace(result, verdict="unknown", **nothing), None  # type: ignore[arg-type]
        result = self.held_against(result, theorem, left, theorem.right, context)
        return result, theorem if result.verdict == "proved" else None

    def judged(
        self, left: Term, right: Term, reasons: tuple[Reason, ...], context: Context
    ) -> tuple[Theorem | None, Verdict, dict[str, object]]:
        """A theorem where there is one, the verdict, and what the author should know."""
        given, context = context, where_defined(left, right, context)
        free = not reasons or any(reason.text is not None for reason in reasons)
        cited = [r.name for r in reasons if r.name in self.unproved]
        licence = self.licence(reasons, context, (left, right))
        for attempt in self.attempts(licence, free):
            found = self.tried(left, right, attempt, context)
            if found is not None and not cited:
                return found, "proved", {"rules": self.typed(left, right, attempt, found, context)} if free else {}
        found = self.proof(left, right, context)
        if found is None and free:
            found = self.tried(left, right, replace(licence, rules=licence.rules | rules.NAMES, assumption=True), context)
        if found is not None:
            if cited:
                message = f"the step cites {cited[0]}, which is not proved"
                return found, "unknown", {"code": "D206", "message": message}
            if free:
                return found, "proved", {"rules": self.typed(left, right, licence, found, context)}
            route, found = self.route(left, right, licence, found, context)
            splits = tuple(_shown(reason) for reason in reasons if reason.name == "split") or ("split",)
            names = tuple(each for name in route for each in (splits if name == "split" else (name,)))
            message = f"true, but not by {', '.join(_shown(r) for r in reasons)}"
            suggestion = ", ".join(names) or '"…", a text in quotes'
            return found, "unjustified", {"code": "D201", "message": message, "suggestion": suggestion, "rules": names}
        example = self.counterexample(left, right, given)
        if example is not None:
            known = {"code": "D202", "message": "the two sides differ", "counterexample": example}
            return None, "refuted", known | self.near_miss(left, right, reasons, given)
        return None, "unknown", {"code": "D203", "message": _undecided(context)}

    def near_miss(
        self, left: Term, right: Term, reasons: tuple[Reason, ...], context: Context
    ) -> dict[str, object]:
        """What would make a false line true, as far as it is asked for and found."""
        if not self.diagnose:
            return {}
        from derive.diagnosis.diagnose import diagnose  # only for what is false: most runs do without its catalogue of mistakes

        def prove(a: Term, b: Term, where: Context) -> bool:
            return self.proof(a, b, where) is not None

        found = diagnose(left, right, reasons, context, prove)
        if found is None:
            return {}
        part = write_term(found.part, context.signature)
        return {"code": found.code, "message": found.message, "suggestion": found.suggestion, "part": part}

    @staticmethod
    def tried(left: Term, right: Term, licence: Licence, context: Context) -> Theorem | None:
        """A theorem by the rules of a licence; None also where that would take too long, or goes round for ever."""
        try:
            return justified(left, right, licence, context)
        except (LimitError, RecursionError):
            return None

    @staticmethod
    def attempts(licence: Licence, free: bool) -> tuple[Licence, ...]:
        """The licences to try: the author's own, and for a reason in words the usual ones."""
        if not free:
            return (licence,)
        return (
            licence,
            replace(licence, rules=licence.rules | {"algebra"}),
            replace(licence, rules=licence.rules | {"algebra"}, definitions=None),
        )

    def licence(self, reasons: tuple[Reason, ...], context: Context, terms: tuple[Term, ...]) -> Licence:
        """What the reasons of a step allow."""
        names: set[str] = set()
        definitions: set[str] | None = set()
        lemmas: list[str] = []
        assumption = False
        splits: list[Term] = []
        for reason in reasons:
            if reason.name is None:
                continue
            if reason.name == "definition":
                definitions = None if not reason.arguments or definitions is None else definitions | set(reason.arguments)
            elif reason.name == "assumption":
                assumption = True
            elif reason.name in context.lemmas:
                lemmas.append(reason.name)
            else:
                names.add(reason.name)
                if reason.name == "split":
                    splits.extend(p for a in reason.arguments if (p := _split_point(a, terms)) is not None)
        wanted = None if definitions is None else frozenset(definitions)
        return Licence(frozenset(names), wanted, tuple(lemmas), assumption, tuple(splits))

    def typed(self, left: Term, right: Term, licence: Licence, found: Theorem, context: Context) -> tuple[str, ...]:
        """Reasons that give a step whose author leaves them to the tool, in the order of their use in its proof."""
        names = self.enough(left, right, licence, found, context)
        if names is None:
            exact = self.exactly(rules_used(found), licence, context, (left, right))
            names, _ = self.route(left, right, exact, found, context)
        return names

    def exactly(self, used: tuple[str, ...], licence: Licence, context: Context, terms: tuple[Term, ...]) -> Licence:
        """What a proof used, as a licence: what of it has a name."""
        exact = self.licence(tuple(map(_reason, used)), context, terms)
        return replace(exact, rules=exact.rules - {"rearrangement"}, splits=licence.splits)

    def enough(
        self, left: Term, right: Term, licence: Licence, found: Theorem, context: Context
    ) -> tuple[str, ...] | None:
        """The same, as far as it is near to what the proof used: that is not always enough, or has no name."""
        used = rules_used(found)
        exact = self.exactly(used, licence, context, (left, right))
        needed = set(self.conditions(found.conditions, context))

        def accepts(theorem: Theorem) -> bool:
            found = weighed(theorem.conditions, (left, right), context.knowledge)
            return found.proves and needed.issuperset(found.conditions)

        for more in ((), ("chain",), ("algebra",), ("algebra", "chain")):
            try:
                given = by_fewest(left, right, replace(exact, rules=exact.rules.union(more)), context, accepts)
            except (LimitError, RecursionError):
                continue
            if given is not None:
                return _ordered(given[1], used)
        return None

    def route(
        self, left: Term, right: Term, licence: Licence, found: Theorem, context: Context
    ) -> tuple[tuple[str, ...], Theorem]:
        """The smallest set of reasons found that gives the step, starting from what the author wrote, and the theorem by it.

        What needs no condition but those of `found`, a theorem by whatever it takes, goes before what needs one of its own.
        """
        needed = set(self.conditions(found.conditions, context))
        best: tuple[Licence, Theorem] | None = None
        for attempt in self.wider(left, right, licence, rules_used(found), context):
            theorem = self.given_by(left, right, attempt, context)
            if theorem is None:
                continue
            plain = needed.issuperset(self.conditions(theorem.conditions, context))
            if best is None or plain:
                best = attempt, theorem
            if plain:
                break
        if best is None:
            return (), found
        smallest, theorem = self.reduced(left, right, *best, context)
        return _written(smallest) or ("rearrangement",), theorem

    @staticmethod
    def wider(
        left: Term, right: Term, licence: Licence, used: tuple[str, ...], context: Context
    ) -> Iterator[Licence]:
        """The licence with more rules: one, two of sums, a family, identities of functions with algebra and without, or also
        definitions and assumptions; those `used` first."""
        definitions = frozenset(name[11:-1] for name in used if name.startswith("definition("))
        candidates = [*(n for n in used if n in rules.ALL), *rules.SPECIAL, *rules.ALL]
        extra = [n for n in dict.fromkeys(candidates) if n not in ("definition", "assumption") and n not in licence.rules]
        known = licence.definitions if licence.definitions is not None else frozenset(context.signature.definitions)
        extra = [name for name in extra if name not in rules.FAMILIES and name != "rearrangement"]
        pairs = [(a, b) for a in _SUMS for b in _SUMS if a < b]
        for names in (*((name,) for name in extra), *pairs, ("algebra",)):
            yield replace(licence, rules=licence.rules.union(names))
        with_algebra = replace(licence, rules=licence.rules | {"algebra"})
        identities = _fitting(left, right, licence, context)
        yield from with_identities(licence, identities)
        yield from with_identities(with_algebra, identities)
        yield replace(licence, assumption=True)
        yield replace(licence, definitions=known | definitions)
        yield replace(with_algebra, definitions=known | definitions)
        yield replace(with_algebra, assumption=True)
        everything = licence.rules | {"algebra", "chain"} | {name for name in used if name in rules.ALL}
        for attempt in (
            replace(with_algebra, definitions=known | definitions),
            replace(licence, definitions=known | definitions, assumption=True, rules=everything),
        ):
            yield attempt
            yield from with_identities(attempt, _fitting(left, right, attempt, context))
        if licence.lemmas:
            yield replace(with_algebra, lemmas=())  # one that goes round for ever stands in the way of all others

    def reduced(
        self, left: Term, right: Term, licence: Licence, theorem: Theorem, context: Context
    ) -> tuple[Licence, Theorem]:
        """The licence with everything left out that the step does without, at no price in conditions, and the theorem by it."""
        needed = set(self.conditions(theorem.conditions, context))

        def without(smaller: Licence) -> None:
            nonlocal licence, theorem
            found = self.given_by(left, right, smaller, context)
            if found is not None and needed.issuperset(self.conditions(found.conditions, context)):
                licence, theorem = smaller, found

        for name in sorted(licence.rules, key=lambda n: (n != "algebra", n)):
            without(replace(licence, rules=licence.rules - {name}))
        for name in sorted(licence.definitions or ()):
            without(replace(licence, definitions=(licence.definitions or frozenset()) - {name}))
        for lemma in licence.lemmas:
            without(replace(licence, lemmas=tuple(n for n in licence.lemmas if n != lemma)))
        if licence.assumption:
            without(replace(licence, assumption=False))
        return licence, theorem

    def given_by(self, left: Term, right: Term, licence: Licence, context: Context) -> Theorem | None:
        """A theorem by the rules of a licence that proves the step; see `tried` and `claims`."""
        found = self.tried(left, right, licence, context)
        if found is None or not weighed(found.conditions, (left, right), context.knowledge).proves:
            return None
        return found

    @staticmethod
    def conditions(found: Conditions, context: Context) -> tuple[Condition, ...]:
        """The conditions that the declarations do not show, in a fixed order."""
        return remaining(found, context.knowledge)

    def counterexample(self, left: Term, right: Term, context: Context) -> Counterexample | None:
        """A point at which the two sides provably differ."""
        knowledge = context.knowledge
        deadline = min(context.deadline, time.monotonic() + self.timeout)
        indices = tuple(c for c in knowledge.conditions if is_about_indices(c))
        found = refute(left, right, knowledge.signature, knowledge.hypotheses, indices, deadline)
        if found is None:
            against = self.attack.on(left, right, indices).disagreement
            if against is not None:
                found = certified(left, right, knowledge.signature, knowledge.hypotheses, indices, against.point)
        return found


def _all_conditions(theorems: list[Theorem]) -> Conditions:
    return NONE.union(*(theorem.conditions for theorem in theorems))


def _short_of(found: Weighed, signature: Signature) -> dict[str, object]:
    """Why a theorem is not a proof of a claim, and what to write."""
    if found.impossible:
        return {"code": "D204", "message": "the two sides have a value nowhere", "suggestion": None}
    shown = " and ".join(write_condition(condition, signature) for condition in found.less)
    told = {"code": "D240", "message": f"proved only where {shown}; the claim is not only about that"}
    return {**told, "suggestion": _given(found.less, signature)}


def _given(conditions: tuple[Condition, ...], signature: Signature) -> str:
    """What to write for a claim to be about those points only."""
    written = [write_term(condition.claim, signature) for condition in conditions]
    if any(condition.bound for condition in conditions):
        return f"write above the theorem: {', '.join(f'assume {claim}' for claim in written)}"
    plain = [claim for claim, condition in zip(written, conditions, strict=True) if not condition.is_about_indices]
    indices = [claim for claim, condition in zip(written, conditions, strict=True) if condition.is_about_indices]
    parts = [f"for {', '.join(indices)}"] * bool(indices) + [f"given {', '.join(plain)}"] * bool(plain)
    return f"write after the name of the theorem: {' '.join(parts)}"


def _trace(theorem: Theorem) -> tuple[Applied, ...]:
    """The uses of rules in a proof, in order."""
    return tuple(Applied(rule_name(use), use.left, use.right) for use in applications(theorem))


def _found_steps(statement: Statement, theorems: list[Theorem], conditions: tuple[Condition, ...]) -> tuple[StepResult, ...]:
    """One step for each equality of a claim A = B = C that the tool proved."""
    found = []
    for theorem, right in zip(theorems, statement.sides[1:], strict=True):
        trace = _trace(theorem)
        used = rules_used(theorem)
        found.append(StepResult(theorem.left, right, (), used, "proved", None, conditions, trace=trace, place=statement.place))
    return tuple(found)


def _undecided(context: Context) -> str:
    """Why a claim is undecided: a limit that was reached, if there was one."""
    return f"limit: {context.limits[-1]}" if context.limits else "neither proved nor refuted"


def _merged(conditions: tuple[Comparison, ...]) -> dict[Term, Term]:
    """In the case i = k one index stands for both."""
    mapping: dict[Term, Term] = {}
    for c in conditions:
        if c.relation == "=" and isinstance(c.left, Index):
            left, right = substitute(c.left, mapping), substitute(c.right, mapping)
            if not isinstance(left, Index):
                left, right = right, left
            if left is not right and isinstance(left, Index):
                mapping = {old: substitute(new, {left: right}) for old, new in mapping.items()} | {left: right}
    return mapping


def _split_point(argument: str, terms: tuple[Term, ...]) -> Term | None:
    """The k of `split(i = k)`: an index that is free in the step, or a whole number."""
    name = argument.split("=")[-1].strip()
    if name.isdigit():
        return Number(number(name).value)
    every = [i for t in terms for i in (*free_indices(t), *(p for p in subterms(t) if isinstance(p, Index)))]
    # Of two indices of one name, the declared one is what the author can mean by it.
    return {i.name: i for i in sorted(every, key=lambda index: isinstance(index, Fixed))}.get(name)


def _fitting(left: Term, right: Term, licence: Licence, context: Context) -> tuple[str, ...]:
    try:
        return fitting(left, right, licence, context)
    except (LimitError, RecursionError):
        return ()


def _reason(name: str) -> Reason:
    """What a proof used, as a reason: definition(E) is that of E."""
    return Reason("definition", (name[11:-1],)) if name.startswith("definition(") else Reason(name)


def _ordered(licence: Licence, used: tuple[str, ...]) -> tuple[str, ...]:
    """A licence as the reasons to type, those that a proof used in their order and the others after them."""
    names = _written(licence)
    return (*(name for name in used if name in names), *(name for name in names if name not in used)) or ("rearrangement",)


def _shown(reason: Reason) -> str:
    """A reason as its author wrote it."""
    if reason.name is None:
        return f'"{reason.text}"'
    return f"{reason.name}({', '.join(reason.arguments)})" if reason.arguments else reason.name


def _written(licence: Licence) -> tuple[str, ...]:
    """A licence as the reasons to type."""
    every = licence.definitions is None
    shown = ["definition"] if every else [f"definition({name})" for name in sorted(licence.definitions or ())]
    return (*shown, *licence.lemmas, *(["assumption"] if licence.assumption else []), *sorted(licence.rules))


__all__ = ["NOWHERE", "TIMEOUT", "check"]
