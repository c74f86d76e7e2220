"""The steps of a written proof, each with its verdict.

A step is tried in this order: by the rules that its author named; by whatever it takes, which tells a weak reason from a
false line; by counterexample. What is proved is then weighed, and attacked in numbers.

    A
      = B by sum          proved
      = C by sum          unjustified: write by sum, power
      = D by algebra      refuted, with a counterexample
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from derive.checking.attacks import counterexample, spoken_against
from derive.checking.attempts import by_any_means, by_licence
from derive.checking.fixes import in_order
from derive.checking.licences import licence_of
from derive.checking.messages import near_miss, short_of, undecided
from derive.checking.routes import claim_between
from derive.checking.suggestions import by_fewest_reasons, by_one_reason, fewest_to_type, reasons_to_type
from derive.checking.verdicts import Applied, ChainResult, StepResult, Verdict
from derive.engine import rules
from derive.engine.applications import applications, rule_name, rules_used
from derive.engine.compute import computed
from derive.engine.decide import where_defined
from derive.engine.evidence import weighed
from derive.engine.justify import Licence
from derive.engine.measure import size
from derive.engine.proofs import worked_out
from derive.engine.rewriting import Context
from derive.errors import DeriveError, LimitError
from derive.floor import kernel
from derive.floor.conditions import merged_indices
from derive.floor.kernel import Theorem
from derive.floor.terms import Term, alpha_equal, substitute
from derive.language.derivation import Chain, Reason, Statement, Step
from derive.limits import LARGEST_TERM, STEP, allowed, reached
from derive.numbers.attack import Attack
from derive.proofs.conditions import told

TIMEOUT = 60.0  # seconds of the processor for one step: a last resort, since its work is counted


@dataclass(frozen=True)
class Steps:
    """The check of the steps of one theorem; `unproved` are the theorems above that cannot be cited."""

    statement: Statement
    attack: Attack
    unproved: set[str]
    diagnose: bool

    def chain(self, chain: Chain, context: Context) -> tuple[ChainResult, Theorem | None]:
        """The verdicts on the steps of a chain, and the theorem about the two sides of the claim, if it proves it."""
        merging = merged_indices((*self.statement.conditions, *chain.conditions))
        results: list[StepResult] = []
        total: Theorem | None = kernel.reflexivity(substitute(chain.start, merging), context.theory)
        here = chain.start
        for step in chain.steps:
            result, theorem = self.step(here, step, context, merging)
            results.append(result)
            here = result.right
            total = None if total is None or theorem is None else kernel.transitivity(total, theorem)
        written = ChainResult(chain.conditions, chain.start, tuple(results))
        if total is None:
            return written, None
        left, right = (substitute(side, merging) for side in (self.statement.sides[0], self.statement.sides[-1]))
        try:
            with allowed(STEP, context.seconds):
                return written, claim_between(left, right, total, context)
        except (LimitError, RecursionError):
            return written, None

    def step(self, before: Term, step: Step, context: Context, merging: dict[Term, Term]) -> tuple[StepResult, Theorem | None]:
        """The verdict on one step."""
        try:
            with named(f"the step in line {step.place.line}"), allowed(STEP, context.seconds):
                return self._step(before, step, context, merging)
        except (LimitError, RecursionError) as problem:
            return _undecided(before, step, *reached(problem)), None

    def _step(self, before: Term, step: Step, context: Context, merging: dict[Term, Term]) -> tuple[StepResult, Theorem | None]:
        by = tuple(map(str, step.reasons))
        left = substitute(before, merging)
        unknown = next((reason for reason in step.reasons if not self._is_known(reason, context)), None)
        if unknown is not None:
            return _undecided(before, step, "D170", f"`{unknown}` is no rule, and no theorem above"), None
        if step.right is None:
            return self._computed(before, left, step, by, context)
        right = substitute(step.right, merging)
        theorem, verdict, extra = self._judged(left, right, step, context)
        known: dict[str, object] = {"rules": ()} | extra
        result = StepResult(before, step.right, by, verdict="unknown", expect=step.expect, place=step.place, **known)  # type: ignore[arg-type]
        if theorem is None:
            return replace(result, verdict=verdict), None
        result = replace(result, rules=result.rules or rules_used(theorem))
        result = self._held_against(result, verdict, theorem, left, right, context)
        return result, theorem if result.verdict == "proved" else None

    def _held_against(
        self, result: StepResult, verdict: Verdict, theorem: Theorem, left: Term, right: Term, context: Context
    ) -> StepResult:
        """The step with its verdict, if there is a theorem for it: less where that says less, or numbers speak against it."""
        found = weighed([theorem], (result.left, result.right), context.knowledge)
        result = replace(result, conditions=told(found), trace=trace_of(theorem), proof=found)
        if not found.proves:
            example = counterexample(self.attack, left, right, context)
            if example is not None:
                false = {"code": "D202", "message": "the two sides differ", "suggestion": None, "conditions": ()}
                return replace(result, verdict="refuted", counterexample=example, **false)  # type: ignore[arg-type]
            return replace(result, verdict="unknown", **short_of(found, context.theory))  # type: ignore[arg-type]
        against = spoken_against(self.attack, result.left, result.right, context.knowledge.conditions, context, step=True)
        return replace(result, **against or {"verdict": verdict})  # type: ignore[arg-type]

    def _is_known(self, reason: Reason, context: Context) -> bool:
        """Whether a reason is a text, a rule or a theorem above; the reader refuses any other, with its place."""
        return reason.name is None or any(reason.name in known for known in (rules.NAMES, context.lemmas, self.unproved))

    def _computed(
        self, before: Term, left: Term, step: Step, by: tuple[str, ...], context: Context
    ) -> tuple[StepResult, Theorem | None]:
        """A step whose right side the tool computes."""
        theorem = worked_out(left, context) if step.is_free else None
        if theorem is None:
            theorem = computed(left, licence_of(step.reasons, context, (left, *self.statement.sides)), context)
        if size(theorem.right) > LARGEST_TERM:
            raise LimitError("D401", f"the right side has {size(theorem.right)} parts, too many to write them down")
        result = StepResult(
            before, theorem.right, by, rules_used(theorem), "unknown", step.expect, computed=True, place=step.place
        )
        if alpha_equal(theorem.left, theorem.right):
            return replace(result, code="D205", message="the rules named change nothing here"), None
        result = self._held_against(result, "proved", theorem, left, theorem.right, context)
        return result, theorem if result.verdict == "proved" else None

    def _judged(
        self, left: Term, right: Term, step: Step, context: Context
    ) -> tuple[Theorem | None, Verdict, dict[str, object]]:
        """A theorem where there is one, the verdict, and what the author should know."""
        given, context = context, where_defined(left, right, context)
        reasons, free = step.reasons, step.is_free
        cited = [r.name for r in reasons if r.name in self.unproved]
        licence = licence_of(reasons, context, (left, right))
        for attempt in _attempts(licence, free):
            found = by_licence(left, right, attempt, context)
            if found is not None and not cited:
                return found, "proved", {"rules": self._reasons(left, right, step, attempt, found, context)} if free else {}
        found = by_any_means(left, right, context)
        if found is None and free:
            found = by_licence(left, right, replace(licence, rules=licence.rules | rules.NAMES, assumption=True), context)
        if found is None and step.gap is not None:
            licence, found = by_one_reason(left, right, licence, context)
        if found is not None:
            if cited:
                message = f"the step cites `{cited[0]}`, which is not proved"
                return found, "unknown", {"code": "D206", "message": message, "part": cited[0]}
            if free:
                return found, "proved", {"rules": self._reasons(left, right, step, licence, found, context)}
            route, found = by_fewest_reasons(left, right, licence, found, context)
            splits = tuple(str(reason) for reason in reasons if reason.name == "split") or ("split",)
            needed = (each for name in route for each in (splits if name == "split" else (name,)))
            names = in_order(reasons, needed, (rule_name(use) for use in applications(found)))
            message = f"true, but not by {', '.join(f'`{reason}`' for reason in reasons)}"
            suggestion = ", ".join(names) or '"…", a text in quotes'
            return found, "unjustified", {"code": "D201", "message": message, "suggestion": suggestion, "rules": names}
        example = counterexample(self.attack, left, right, given)
        if example is not None:
            known = {"code": "D202", "message": "the two sides differ", "counterexample": example}
            return None, "refuted", known | (near_miss(left, right, reasons, given) if self.diagnose else {})
        return None, "unknown", undecided(left, right, given, self.attack)


    @staticmethod
    def _reasons(
        left: Term, right: Term, step: Step, licence: Licence, found: Theorem, context: Context
    ) -> tuple[str, ...]:
        """The reasons of a step that its author leaves to the tool; where he asks for them, as few as are found."""
        if step.gap is not None:
            return fewest_to_type(left, right, licence, found, context)
        return reasons_to_type(left, right, licence, found, context)


def _undecided(before: Term, step: Step, code: str, message: str) -> StepResult:
    """The verdict on a step of which nothing else can be said; what stands for a ? is not known."""
    right = before if step.right is None else step.right
    by = tuple(map(str, step.reasons))
    return StepResult(before, right, by, (), "unknown", step.expect, code=code, message=message, place=step.place)


def _attempts(licence: Licence, free: bool) -> tuple[Licence, ...]:
    """The licences to try: the author's own, and for a reason in words the usual ones."""
    if not free:
        return (licence,)
    return (
        licence,
        replace(licence, rules=licence.rules | {"algebra"}),
        replace(licence, rules=licence.rules | {"algebra"}, definitions=None),
    )


@contextmanager
def named(step: str) -> Iterator[None]:
    """Says of an error of derive's own in which step it happened."""
    try:
        yield
    except (DeriveError, RecursionError):
        raise
    except Exception as error:
        if not hasattr(error, "step"):
            error.step = step  # type: ignore[attr-defined]
        raise


def trace_of(theorem: Theorem) -> tuple[Applied, ...]:
    """The uses of rules in a proof, in order."""
    return tuple(Applied(rule_name(use), use.left, use.right) for use in applications(theorem))
