"""Routes: the way of a written proof, which begins with one side of the claim and ends with the other.

    theorem t: A = C
    proof
      A
        = B by …
        = C by …
    qed

A proof by cases has a way for each of them. One that goes elsewhere, or leaves a case out, is an error in the text (D210),
whatever is true of the claim.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from derive.checking.verdicts import ChainResult
from derive.engine import rules
from derive.engine.arrange import same
from derive.engine.case_split import uncovered
from derive.engine.rewriting import Context, by_rule, equal, rewritten
from derive.errors import KernelError, LimitError
from derive.floor import kernel
from derive.floor.conditions import merged_indices
from derive.floor.kernel import Theorem
from derive.floor.terms import Comparison, Term, alpha_equal, substitute
from derive.language import write_term
from derive.language.derivation import Place, Statement


@dataclass(frozen=True)
class Astray:
    """Why a proof is not one of its claim: what is wrong, what to write instead, and where.

    `shown` is the claim that the proof would be one of, where it is a single chain.
    """

    message: str
    instead: str
    place: Place
    shown: str | None = None


def astray(
    statement: Statement, chains: tuple[ChainResult, ...], context_in: Callable[[tuple[Comparison, ...]], Context]
) -> Astray | None:
    """Why the chains do not lead from one side of the claim to the other; None where they do.

    `context_in` gives what the steps are checked against in the case that some conditions describe.
    """
    for written, result in zip(statement.proof or (), chains, strict=True):
        context = context_in(written.conditions)
        merging = merged_indices((*statement.conditions, *written.conditions))
        sides = tuple(substitute(side, merging) for side in (statement.sides[0], statement.sides[-1]))
        last = result.steps[-1]
        if last.verdict == "refuted" or (last.computed and last.verdict != "proved"):
            continue  # where it would end is not known, or told by the line itself
        begin, end = substitute(written.start, merging), substitute(last.right, merging)
        from_side = [_reads_as(begin, side, context) for side in sides]
        to_side = [_reads_as(end, side, context) for side in sides]
        if (from_side[0] and to_side[1]) or (from_side[1] and to_side[0]):
            continue
        left, right, start, stop = (
            write_term(term, statement.theory)
            for term in (statement.sides[0], statement.sides[-1], written.start, last.right)
        )
        shown = f"{start} = {stop}" if len(chains) == 1 and not written.conditions else None
        if not any(from_side):
            said = f"the proof begins with `{start}`, which is no side of the claim of `{statement.name}`"
            return Astray(said, f"begin the proof with {right if to_side[0] else left}", written.place, shown)
        said = f"the proof ends with `{stop}`, and not with the other side of the claim of `{statement.name}`"
        return Astray(said, f"end the proof with = {right if from_side[0] else left}", last.place, shown)
    return _left_out(statement)


def false_claim(statement: Statement, chains: tuple[ChainResult, ...], elsewhere: Astray) -> Astray:
    """What to say where the claim is false: no proof leads there, so that it is the claim that has to change."""
    verdicts = {step.verdict for result in chains for step in result.steps}
    if elsewhere.shown is not None and verdicts <= {"proved", "unjustified"}:
        said = f"the claim of `{statement.name}` is false, and its proof shows another"
        return Astray(said, f"claim {elsewhere.shown}", statement.place)
    instead = "put the claim right first, then its proof"
    return replace(elsewhere, message=f"{elsewhere.message}; the claim is false", instead=instead)


def _reads_as(term: Term, side: Term, context: Context) -> bool:
    """Whether the two differ by rearrangement only, deltas and choices being read as the case says."""
    if alpha_equal(term, side) or same(term, side):
        return True
    try:
        read = [rewritten(each, [by_rule(rules.ALL["cases"], context)], context, context.scope) for each in (term, side)]
    except (LimitError, RecursionError):
        return True  # too large to tell: nothing is proved by it
    return same(read[0].right, read[1].right)


def _left_out(statement: Statement) -> Astray | None:
    """Whether the cases of a proof leave one out, as `astray` says it."""
    chains = statement.proof or ()
    if not chains or not all(chain.conditions for chain in chains):
        return None
    missing = uncovered([chain.conditions for chain in chains], statement.conditions)
    if missing is None:
        return None
    shown = ", ".join(write_term(relation, statement.theory) for relation in missing)
    said = f"the cases of the proof of `{statement.name}` leave out `{shown}`"
    return Astray(said, f"add to the proof: case {shown}: …", chains[-1].place)


def together(statement: Statement, chains: tuple[tuple[ChainResult, Theorem | None], ...]) -> Theorem | None:
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
    pairs = [{claim.left, claim.right} for claim in (same_claim, apart_claim)]
    if pairs[0] != pairs[1] or equal is None or different is None:
        return None
    try:
        return kernel.cases(left, right, same_claim, equal, different)
    except KernelError:
        return None


def claim_between(left: Term, right: Term, theorem: Theorem, context: Context) -> Theorem | None:
    """The claim from a chain that runs from one of its sides to the other, up to rearrangement."""
    for first, last, turned in ((left, right, False), (right, left, True)):
        begin, end = _rearranged(first, theorem.left, context), _rearranged(theorem.right, last, context)
        if begin is not None and end is not None:
            found = kernel.transitivity(kernel.transitivity(begin, theorem), end)
            return kernel.symmetry(found) if turned else found
    return None


def _rearranged(left: Term, right: Term, context: Context) -> Theorem | None:
    """`left = right` by rearrangement, delta and choices being read as the case says."""
    if alpha_equal(left, right):
        return kernel.transitivity(kernel.reflexivity(left, context.theory), kernel.reflexivity(right, context.theory))
    read = [rewritten(side, [by_rule(rules.ALL["cases"], context)], context, context.scope) for side in (left, right)]
    if not same(read[0].right, read[1].right):
        return None
    middle = equal(read[0].right, read[1].right, context.knowledge)
    if middle is None:
        return None
    return kernel.transitivity(kernel.transitivity(read[0], middle), kernel.symmetry(read[1]))
