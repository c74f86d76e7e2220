"""What is said of a claim that is not proved: how far its proof falls short, and what may have been meant.

    D240    proved only where x != 0; the claim is not only about that
            write after the name of the theorem: given x != 0
"""

from __future__ import annotations

from derive.checking.attempts import by_any_means
from derive.engine.rewriting import Context
from derive.floor.claims import Weighed
from derive.floor.conditions import Condition, is_about_indices
from derive.floor.terms import Term, entry_names
from derive.floor.theory import Theory
from derive.language import write_term
from derive.language.conditions import MOST_TOLD, first_few, named, write_condition
from derive.language.derivation import Reason
from derive.proofs.conditions import listed


def short_of(found: Weighed, theory: Theory) -> dict[str, object]:
    """Why a theorem is not a proof of a claim, and what to write."""
    if found.impossible:
        return {"code": "D204", "message": "the two sides have a value nowhere", "suggestion": None}
    conditions = listed(found.less, found.knowledge)
    shown = " and ".join(first_few([write_condition(condition, theory) for condition in conditions]))
    told = {"code": "D240", "message": f"proved only where {shown}; the claim is not only about that"}
    return {**told, "suggestion": _given(conditions, theory)}


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


def undecided(context: Context) -> dict[str, object]:
    """Why a claim is undecided: a limit that was reached, if there was one."""
    code, message = context.limits[-1] if context.limits else ("D203", "neither proved nor refuted")
    return {"code": code, "message": message}


def near_miss(left: Term, right: Term, reasons: tuple[Reason, ...], context: Context) -> dict[str, object]:
    """What would make a false line true, as far as it is found."""
    from derive.diagnosis.diagnose import diagnose  # only for what is false: most runs do without its catalogue of mistakes

    def prove(a: Term, b: Term, where: Context) -> bool:
        return by_any_means(a, b, where) is not None

    found = diagnose(left, right, reasons, context, prove)
    if found is None:
        return {}
    part = write_term(found.part, context.theory)
    return {"code": found.code, "message": found.message, "suggestion": found.suggestion, "part": part}
