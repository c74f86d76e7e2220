"""What is said of a claim that is not proved: how far its proof falls short, and what may have been meant.

    D240    proved only where x != 0; the claim is not only about that
            write after the name of the theorem: given x != 0
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from derive.checking.attempts import by_any_means
from derive.engine.evidence import weighed
from derive.engine.measure import size
from derive.engine.normal import Normalizer, Undefined
from derive.engine.normal.written import to_term
from derive.engine.rewriting import Context
from derive.errors import LimitError
from derive.floor.claims import Weighed
from derive.floor.conditions import NONE, Condition, is_about_indices
from derive.floor.definedness import valued_in
from derive.floor.terms import ZERO, Term, add, entry_names, moved_names, neg
from derive.floor.theory import Theory
from derive.language import write_term
from derive.language.conditions import MOST_TOLD, first_few, named, write_condition
from derive.language.derivation import Reason
from derive.limits import REASONS, allowed
from derive.numbers.attack import Attack
from derive.proofs.conditions import listed

MOST_READ = 400
"""Parts of an equation of which it is told what is left."""


def short_of(found: Weighed, theory: Theory) -> dict[str, object]:
    """Why a theorem is not a proof of a claim, and what to write."""
    valued = NONE.union(*(valued_in(side, theory) for side in found.sides)) if found.impossible else NONE
    open_to_doubt = found.less if not found.impossible else tuple(c for c in found.conditions if c not in valued)
    if not open_to_doubt:
        return {"code": "D204", "message": "the two sides have a value nowhere", "suggestion": None}
    conditions = listed(open_to_doubt, found.knowledge)
    shown = " and ".join(first_few([f"`{write_condition(condition, theory)}`" for condition in conditions]))
    where = f"{shown}, which is nowhere" if found.impossible else shown
    told = {"code": "D240", "message": f"proved only where {where}; the claim is not only about that"}
    return {**told, "suggestion": None if found.impossible else _given(conditions, theory)}


def _given(conditions: tuple[Condition, ...], theory: Theory) -> str | None:
    """What to write for a claim to be about those points only, if it is short."""
    conditions = tuple({condition.claim: condition for condition in conditions}.values())
    written = [write_term(named(condition)[0], theory) for condition in conditions]
    if len(written) > MOST_TOLD or not all(entry_names(c.claim) or is_about_indices(c.claim) for c in conditions):
        return None
    if any(condition.bound for condition in conditions):
        return f"write above the theorem: {', '.join(f'assume {claim}' for claim in written)}"
    plain = [claim for claim, condition in zip(written, conditions, strict=True) if not is_about_indices(condition.claim)]
    indices = [claim for claim, condition in zip(written, conditions, strict=True) if is_about_indices(condition.claim)]
    parts = [f"for {', '.join(indices)}"] * bool(indices) + [f"given {', '.join(plain)}"] * bool(plain)
    return f"write after the name of the theorem: {' '.join(parts)}"


def undecided(left: Term, right: Term, context: Context, attack: Attack) -> dict[str, object]:
    """Why an equation is undecided: a limit that was reached, if there was one; and what is known of it besides."""
    code, message = context.limits[-1] if context.limits else ("D203", "neither proved nor refuted")
    remarks: list[str] = []
    with suppress(LimitError, RecursionError), allowed(REASONS, context.seconds):
        remarks += _in_numbers(left, right, context, attack)
        remarks += _left_to_show(left, right, context)
    return {"code": code, "message": message, "remarks": tuple(remarks)}


def _in_numbers(left: Term, right: Term, context: Context, attack: Attack) -> Iterator[str]:
    """What points say of an equation."""
    outcome = attack.on(left, right, tuple(c for c in context.knowledge.conditions if is_about_indices(c)))
    if outcome.disagreement is not None:
        yield f"the two sides seem to differ, which is not certain: {outcome.disagreement.told}"
    elif not outcome.tried:
        yield "no values were found that meet what is declared and given, so it could not be tried in numbers"
    elif outcome.is_empty:
        yield "at no point that was tried do both sides have a value"
    elif outcome.compared > 1:
        yield f"the two sides agree at all {outcome.compared} points that were compared, so it may well be true"


def _left_to_show(left: Term, right: Term, context: Context) -> Iterator[str]:
    """What is left of an equation where the rest of it cancels; of a very long one nobody would read that."""
    if size(left) + size(right) > MOST_READ:
        return
    try:
        rest = to_term(Normalizer(context.knowledge).normal(add(left, neg(right))))
    except Undefined:
        return
    if rest is not ZERO and size(rest) < size(left) + size(right):
        yield f"what is left to show: {write_term(rest, context.theory)} = 0"


def near_miss(left: Term, right: Term, reasons: tuple[Reason, ...], context: Context) -> dict[str, object]:
    """What would make a false line true, as far as it is found."""
    from derive.diagnosis.diagnose import diagnose  # only for what is false: most runs do without its catalogue of mistakes

    def prove(a: Term, b: Term, where: Context) -> bool:
        found = by_any_means(a, b, where)
        return found is not None and weighed([found], (a, b), where.knowledge).proves

    found = diagnose(left, right, reasons, context, prove)
    if found is None:
        return {}
    part = write_term(found.part, context.theory)
    # A derivative again is not what it comes to.
    again = moved_names(left) and found.suggestion == write_term(left, context.theory)
    suggestion = None if again else found.suggestion
    return {"code": found.code, "message": found.message, "suggestion": suggestion, "part": part}
