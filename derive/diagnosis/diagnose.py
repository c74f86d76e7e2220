"""Diagnosis of the near miss: which change makes a false line true.

A line that is false is mostly nearly right: a sign, a factor 2, an index. So every mistake of `mistakes` is undone at every
place of the right side; what survives an evaluation at a few points is proved, and what is proved is said:

    diff(E, s[i]) = diff(E, p[i])*diff(p[i], s[i])
    D216  the chain rule goes through `p[i]` only, and `E` depends on every `p[k]`: the terms for `k != i` are missing
          sum(diff(E, p[k])*diff(p[k], s[i]), k)

Nothing is trusted here. The points are generic and few, so that a wrong candidate may pass them; the proof decides. The
work is bounded by counts and not by the clock, so that the same line gets the same diagnosis every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain, islice, permutations
from typing import Any

from derive.diagnosis.codes import CODES
from derive.diagnosis.line import Line, Mistake
from derive.diagnosis.mistakes import MISTAKES
from derive.diagnosis.places import Candidate
from derive.engine.letters import fresh
from derive.engine.measure import size
from derive.engine.proofs import worked_out
from derive.engine.rewriting import Context
from derive.engine.simplest import simplest
from derive.engine.writing import tidy
from derive.errors import KernelError, LimitError
from derive.floor import terms as t
from derive.floor.conditions import is_about_indices
from derive.floor.signs import Knowledge
from derive.floor.theory import Assumption
from derive.language import write_term
from derive.language.derivation import Reason
from derive.limits import DIAGNOSIS, allowed
from derive.numbers.arithmetic import FLOATS, Value
from derive.numbers.counterexample import Counterexample
from derive.numbers.evaluate import Environment, Evaluation, Key, Point
from derive.numbers.intervals import Undefined
from derive.numbers.model import Model, Unsupported
from derive.numbers.points import sample_points

Prove = Callable[[t.Term, t.Term, Context], bool]

CANDIDATES = 90  # of one kind of mistake
EVERY = 600  # of all kinds
POINTS = 24  # looked at; where the assumptions leave little freedom, many do not tell the sides apart
VISITS = 60_000  # terms visited at one point, over all candidates
PROOFS = 6  # attempts
LARGEST = 400  # terms in a line that is looked at
HYPOTHESES = 12
LONGEST_VALUE, LONGEST_LOST = 24, 12  # terms of a value that is told, and of what is lost of it
SHOWN = 60  # characters of a part in a message


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a false line: a code, a message in words, and the text to type.

    `part` is the term of the right side that is wrong, and `change` what belongs in its place; where a hypothesis is missing,
    or a line cannot be mended in one place, both are the right side itself.
    """

    code: str
    message: str
    suggestion: str
    part: t.Term
    change: t.Term


def diagnose(
    left: t.Term,
    right: t.Term,
    reasons: tuple[Reason, ...],
    context: Context,
    prove: Prove,
    counterexample: Counterexample | None = None,
) -> Diagnosis | None:
    """The near miss by which `left = right` is false, where one is found and proved; None otherwise.

    `prove(a, b, context)` tells whether `a = b` is true. The reasons of the step say which mistakes are looked for first. A
    counterexample that is known saves the search for a point at which the sides differ.
    """
    if size(left) + size(right) > LARGEST:
        return None
    try:
        with allowed(DIAGNOSIS, context.seconds):
            return _Search(left, right, reasons, context, prove, counterexample).found()
    except (Unsupported, LimitError, KernelError, RecursionError):
        return None


# --- points ----------------------------------------------------------------------------------------------------------


class _Trial(Evaluation):
    """The evaluation, at one point, of many terms that have most of their parts in common: each part is computed once."""

    def __init__(self, model: Model, point: Point) -> None:
        super().__init__(model, point, FLOATS)
        self._budget = VISITS

    def _term(self, term: t.Term, env: Environment, scope: Any) -> Value:
        if size(term) < 3 or isinstance(next(iter(env), None), t.Entry):  # the formal arguments of a function
            return super()._term(term, env, scope)
        key = (term, *(env.get(index) for index in t.free_indices(term)))
        if key not in scope.memo:
            scope.memo[key] = super()._term(term, env, scope)
        return scope.memo[key]

    def at(self, term: t.Term) -> float | None:
        """The value of a term, None where it has none."""
        try:
            return float(self.value(term))
        except Undefined:
            return None
        except Unsupported:
            if self._budget < 0:
                raise
            return None


def _known_point(example: Counterexample) -> tuple[Point, ...]:
    """The point of a counterexample, unless it has instances of unknown functions."""
    values: dict[Key, Fraction] = {}
    for written, value in example.values.items():
        name, _, at = written.rstrip("]").partition("[")
        try:
            values[name, tuple(int(n) for n in at.split(",") if n)] = Fraction(value)
        except ValueError:
            return ()
    return (Point(example.sizes, example.indices, values),)


def _near(a: float | None, b: float | None) -> bool:
    return a is not None and b is not None and abs(a - b) <= 1e-9 * (1 + abs(a) + abs(b))


# --- the search ------------------------------------------------------------------------------------------------------

_WORDS = {
    "quotient": ("D224",),
    "product rule": ("D225",),
    "product": ("D225",),
    "chain": ("D216", "D217", "D218"),
    "inner": ("D217",),
    "log": ("D220",),
    "expand": ("D219",),
    "index": ("D214", "D215"),
    "split": ("D222",),
}
"""Words in a reason that make some mistakes more likely than others."""


class _Search:
    """The search for the change that makes one line true."""

    def __init__(
        self,
        left: t.Term,
        right: t.Term,
        reasons: tuple[Reason, ...],
        context: Context,
        prove: Prove,
        counterexample: Counterexample | None,
    ) -> None:
        self.left = left
        self.right = right
        self.context = context
        self.prover = prove
        self.line = Line(left, right, context)
        self.words = " ".join((r.name or r.text or "").lower() for r in reasons)
        self.proofs = PROOFS
        self.known = () if counterexample is None else _known_point(counterexample)

    def found(self) -> Diagnosis | None:
        """The first change, in the order of the mistakes, that makes the line true."""
        return (
            self.inside_derivative() or self.mended() or self.hypothesis() or self.index_missing() or self.worked_out()
        )

    def prove(self, left: t.Term, right: t.Term, context: Context) -> bool:
        """Whether the equation is proved, within the number of attempts."""
        self.proofs -= 1
        if self.proofs < 0:
            return False
        try:
            return self.prover(left, right, context)
        except (LimitError, KernelError, RecursionError):
            return False

    def points(self, context: Context, *more: t.Term) -> Iterator[Point]:
        """Points that meet all that is declared, assumed and given."""
        known = context.knowledge
        conditions = tuple(c for c in known.conditions if is_about_indices(c))
        terms = (self.left, self.right, *more)
        return islice(sample_points(context.theory, terms, known.hypotheses, conditions), POINTS)

    @cached_property
    def trials(self) -> tuple[tuple[_Trial, float], ...]:
        """A few points at which the left side has a value, and that value; first those that tell the two sides apart."""
        found: list[tuple[_Trial, float]] = []
        models: dict[str, Model] = {}
        telling = 0
        for point in chain(self.known, self.points(self.context, *self.line.scalars, *self.line.atoms)):
            instances = ", ".join(row.description for row in point.functions.values())
            model = models.setdefault(instances, Model(self.context.theory, point.functions))
            trial = _Trial(model, point)
            value = trial.at(self.left)
            if value is None or abs(value) > 1e12:
                continue
            found.append((trial, value))
            telling += not _near(trial.at(self.right), value)
            if telling > 1 and len(found) > 3:
                break
        return tuple(sorted(found, key=lambda pair: (_near(pair[0].at(self.right), pair[1]), pair[1] == 0)))

    def fits(self, term: t.Term) -> bool:
        """Whether a term has the value of the left side at every point."""
        return bool(self.trials) and all(_near(trial.at(term), value) for trial, value in self.trials)

    # --- a change in the right side ---

    def mended(self) -> Diagnosis | None:
        """The mistake whose undoing makes the line true."""
        tried: set[t.Term] = {self.right}
        free = t.free_indices(self.left) | t.free_indices(self.right)
        for code, mistake in self.order():
            for candidate in islice(self.candidates(mistake), CANDIDATES):
                right = candidate.right
                if right in tried:
                    continue
                tried.add(right)
                if t.free_indices(right) <= free and self.fits(right) and self.prove(self.left, right, self.context):
                    return self.told(code, candidate)
            if len(tried) > EVERY:
                break
        return None

    def order(self) -> list[tuple[str, Mistake]]:
        """The mistakes with their codes, those that the reasons speak of first."""
        first = dict(reversed(MISTAKES))
        named = [(code, first[code]) for word, codes in _WORDS.items() if word in self.words for code in codes]
        return list(dict.fromkeys((*named, *MISTAKES)))

    def candidates(self, mistake: Mistake) -> Iterator[Candidate]:
        """The candidates of one mistake; a term that cannot be built, such as sum(f, i != i), ends them."""
        try:
            yield from mistake(self.line)
        except (ValueError, TypeError):
            return

    def told(self, code: str, candidate: Candidate) -> Diagnosis:
        """The diagnosis, in words."""
        words = {name: self.code(word) if isinstance(word, t.Term) else word for name, word in candidate.words.items()}
        whole = candidate.part is self.right
        words["part"] = "the right side" if whole else self.code(candidate.part)
        words["change"] = self.code(candidate.change)
        message = CODES[code].message.format(**words)
        return Diagnosis(code, message, self.whole(candidate.right), candidate.part, candidate.change)

    def code(self, term: t.Term) -> str:
        """A term in a message, marked as code."""
        return f"`{self.text(term)}`"

    def text(self, term: t.Term) -> str:
        """A term as it is told: not all of one that is long."""
        written = self.whole(term)
        return written if len(written) <= SHOWN else f"{written[: SHOWN - 2].rstrip()} …"

    def whole(self, term: t.Term) -> str:
        """A term as text to type."""
        return write_term(term, self.context.theory)

    # --- an equation used where it does not hold ---

    def inside_derivative(self) -> Diagnosis | None:
        """Two derivatives of what is equal at the point only."""
        for a, b in _differing(self.left, self.right):
            if not isinstance(a, t.Diff) or not isinstance(b, t.Diff) or a.by is not b.by or not self.trials:
                continue
            if not t.free_indices(a) <= set(self.line.free):
                continue
            same = all(_near(trial.at(a.body), trial.at(b.body)) for trial, _ in self.trials)
            if same and self.prove(a.body, b.body, self.context):
                words = {"first": self.code(a.body), "second": self.code(b.body), "by": self.code(a.by)}
                message = CODES["D230"].message.format(**words)
                return Diagnosis("D230", message, self.whole(self.line.value(self.left)), b, a)
        return None

    # --- a hypothesis that is used and not stated ---

    def hypothesis(self) -> Diagnosis | None:
        """The statement under which the line is true as it stands."""
        self.proofs = max(self.proofs, 3)
        theory = self.context.theory
        told = {t.canonical(row.claim) for row in theory.assumptions}
        for claims in islice(self.hypotheses(), HYPOTHESES):
            if told.issuperset(map(t.canonical, claims)):
                continue  # what is stated already is not what lacks
            number = len(theory.assumptions)
            more = tuple(Assumption(number + n, claim) for n, claim in enumerate(claims, start=1))
            stated = replace(theory, assumptions=(*theory.assumptions, *more))
            known = self.context.knowledge
            context = replace(self.context, knowledge=Knowledge(stated, known.hypotheses, known.conditions))
            points = list(islice(self.points(context), 3))
            # Without a point at which it holds the hypothesis contradicts the others, and would prove anything.
            if not points or not all(self.agree(point, context) for point in points):
                continue
            if self.prove(self.left, self.right, context):
                statements = "\n".join(f"assume {self.whole(claim)}" for claim in claims)
                message = CODES["D226"].message.format(claim=" and ".join(f"`{self.whole(claim)}`" for claim in claims))
                return Diagnosis("D226", message, statements, self.right, self.right)
        return None

    def agree(self, point: Point, context: Context) -> bool:
        """Whether the two sides are equal at a point."""
        trial = _Trial(Model(context.theory, point.functions), point)
        return _near(trial.at(self.left), trial.at(self.right))

    def hypotheses(self) -> Iterator[tuple[t.Comparison, ...]]:
        """What people take for granted: weights that sum to 1, one-hot vectors, centred data, constants 1 or 0, equal sizes."""
        theory = self.context.theory
        constants = [u for name, u in theory.unknowns.items() if name in self.line.names and not u.variable]
        assumed = frozenset[str]().union(*(t.entry_names(a.claim) for a in theory.assumptions))
        every = [u for u in constants if len(u.ranges) == 1]
        arrays = [u for u in every if u.name not in assumed]
        for unknown in every:
            i, j = _two_indices(unknown.ranges[0])
            entry, other = t.Entry(unknown.name, (i,)), t.Entry(unknown.name, (j,))
            total = t.Comparison(t.Sum(i, (), entry), "=", t.ONE)
            one_hot = t.Comparison(t.mul(entry, other), "=", t.mul(t.Delta(i, j), entry))
            yield (total,)
            if unknown in arrays:
                yield (one_hot,)
                yield one_hot, total
        for unknown in arrays:
            i, _ = _two_indices(unknown.ranges[0])
            yield (t.Comparison(t.Sum(i, (), t.Entry(unknown.name, (i,))), "=", t.ZERO),)
        for value in (t.ONE, t.ZERO):
            for unknown in constants:
                if not unknown.ranges and not (value is t.ZERO and unknown.relation in (">", "!=")):
                    yield (t.Comparison(t.Entry(unknown.name, ()), "=", value),)
        for first, second in permutations(self.line.sizes, 2):
            if first.name < second.name:
                yield (t.Comparison(first, "=", second),)

    # --- an index that is lost ---

    def index_missing(self) -> Diagnosis | None:
        """A side that does not mention an index on which the other one depends."""
        for one, other, side, across in (
            (self.left, self.right, "left", "right"),
            (self.right, self.left, "right", "left"),
        ):
            for index in sorted(t.free_indices(one) - t.free_indices(other), key=t.by_name):
                if any(self.depends(trial, one, index) for trial, _ in self.trials):
                    message = CODES["D231"].message.format(index=f"`{index.name}`", side=side, other=across)
                    change = self.line.value(self.left)
                    return Diagnosis("D231", message, self.whole(change), self.right, change)
        return None

    # --- what is right ---

    def worked_out(self) -> Diagnosis | None:
        """What the left side comes to, where that is short."""
        theorem = worked_out(self.left, self.context)
        value = self.line.value(self.left) if theorem is None else theorem.right
        if t.moved_names(value) or value is self.left or size(value) > max(LONGEST_VALUE, size(self.right)):
            return None
        self.proofs = max(self.proofs, 1)
        if not self.fits(value) or not self.prove(self.left, value, self.context):
            return None
        code, message = self.short_of(value) or ("D202", f"{CODES['D202'].message}: the left one is {self.code(value)}")
        return Diagnosis(code, message, self.whole(value), self.right, value)

    def shortest(self, term: t.Term) -> t.Term:
        """A term as short as its normal form writes it, with its names as they are."""
        return tidy(simplest(term, self.context).right)

    def short_of(self, value: t.Term) -> tuple[str, str] | None:
        """What the right side lacks of the value that it should have: one factor, or one term."""
        factor = self.shortest(t.div(value, self.right)) if self.right is not t.ZERO else value
        if size(factor) <= LONGEST_LOST and not isinstance(factor, t.Div | t.Number) and size(factor) < size(value):
            words = {"factor": self.code(factor), "part": "the right side", "change": self.code(value)}
            return "D213", CODES["D213"].message.format(**words)
        term = self.shortest(t.add(value, t.neg(self.right)))
        short = size(term) <= LONGEST_LOST and not isinstance(term, t.Add) and size(term) < size(value)
        if short and t.rational(factor) is None and t.rational(term) is None:
            return "D232", CODES["D232"].message.format(part=self.code(term), how="is missing")
        return None

    @staticmethod
    def depends(trial: _Trial, term: t.Term, index: t.Index) -> bool:
        """Whether the value of a term changes with an index."""
        here = trial.point.indices.get(index.name)
        extent = trial.point.sizes[index.range.name] if isinstance(index.range, t.Size) else 2
        for position in range(1, extent + 1):
            try:
                if position != here and not _near(float(trial.value(term, {index: position})), trial.at(term)):
                    return True
            except Undefined:
                continue
        return False


def _differing(left: t.Term, right: t.Term) -> Iterator[tuple[t.Term, t.Term]]:
    """The pairs of terms that stand at the same place of two terms of one shape, and differ."""
    if left is right:
        return
    yield left, right
    first, second = t.children(left), t.children(right)
    if type(left) is type(right) and len(first) == len(second):
        for a, b in zip(first, second, strict=True):
            yield from _differing(a, b)


def _two_indices(extent: t.Term) -> tuple[t.Index, t.Index]:
    i = t.Index("i", extent)
    return i, fresh(t.Index("j", extent), frozenset((i,)))
