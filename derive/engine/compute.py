"""The next line: what the rules that are named make of a term, and nothing else.

    diff(x*sin(x), x)   by product     diff(x, x)*sin(x) + x*diff(sin(x), x)

Where everything is carried out see `decide`, and where the next line is known see `justify`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from derive.engine import rules
from derive.engine.justify import Licence, equations, is_plain, split_points
from derive.engine.rewriting import Context, Rewriter, by_definition, by_equation, by_rule, calculus, equal, rewritten
from derive.engine.scope import Scope
from derive.engine.simplest import simplest
from derive.engine.writing import tidy
from derive.floor import kernel
from derive.floor.kernel import Theorem
from derive.floor.terms import Diff, Entry, Term, entry_names, moved_names, subterms
from derive.floor.theory import Theory


def computed(
    left: Term, licence: Licence, context: Context, targets: frozenset[str] | None = None, inside_out: bool = False
) -> Theorem:
    """The theorem `left = …` by the rules of the licence and nothing else, used everywhere as far as they go.

    The chain rule goes through the `targets`, or else through any defined name that it meets. With `inside_out` a derivative
    of derivatives waits until these are carried out.
    """
    unfolding = [by_definition(licence.definitions)] if licence.definitions != frozenset() else []
    shown = rewritten(left, unfolding, context, context.scope)
    scope = replace(
        context.scope,
        targets=_inner_names(shown.right, context.theory) if targets is None else targets,
        splits=licence.splits or split_points(left),
        chained="chain" in licence.rules,
    )
    usable = equations(licence, context)
    names = licence.names
    rewriters = [by_equation(e, context) for e in usable]
    rewriters += unfolding
    of_derivatives = calculus(context, names)
    rewriters += map(_innermost, of_derivatives) if inside_out else of_derivatives
    rewriters += [by_rule(rules.ALL[name], context) for name in sorted(names) if is_plain(name) and licence.rewrites(name)]
    if usable:
        # A theorem may be about a name that is unfolded, or about what it stands for.
        shown = rewritten(left, rewriters[: len(usable)], context, scope)
    theorem = kernel.transitivity(shown, rewritten(shown.right, rewriters, context, scope))
    if licence.algebra:
        simplified = simplest(theorem.right, context, usable, functions="functions" in licence.rules)
        theorem = kernel.transitivity(theorem, simplified)
    return _tidied(theorem, context)


def unfolded(term: Term, name: str, context: Context) -> Theorem:
    """`term` with a definition unfolded where just that name is to be differentiated, or else wherever it is in what is.

    Elsewhere the name stays, as shorter to read.
    """
    unfold = by_definition(frozenset((name,)))

    def whole(part: Term, scope: Scope) -> Theorem | None:
        return inside(part, scope) if isinstance(part, Diff) and getattr(part.body, "name", "") == name else None

    def inside(part: Term, scope: Scope) -> Theorem | None:
        return rewritten(part, (unfold,), context, scope) if isinstance(part, Diff) else None

    theorem = rewritten(term, (_innermost(whole),), context, context.scope)
    if theorem.left is theorem.right:
        theorem = rewritten(term, (_innermost(inside),), context, context.scope)
    return _tidied(theorem, context)


def is_innermost(term: Term) -> TypeGuard[Diff]:
    """Whether a term is a derivative of what has no derivative in it."""
    return isinstance(term, Diff) and not moved_names(term.body)


def _innermost(rewriter: Rewriter) -> Rewriter:
    def here(term: Term, scope: Scope) -> Theorem | None:
        return rewriter(term, scope) if is_innermost(term) else None

    return here


def _tidied(theorem: Theorem, context: Context) -> Theorem:
    """The theorem with its right side written as a person would: parentheses, signs and ones that say nothing left out."""
    neat = tidy(theorem.right)
    if neat is theorem.right or theorem.left is theorem.right:
        return theorem
    neater = equal(theorem.right, neat, context.knowledge)
    return theorem if neater is None else kernel.transitivity(theorem, neater)


def _inner_names(term: Term, theory: Theory) -> frozenset[str]:
    """The defined names inside the derivatives of a term: the chain rule goes through the first that it meets."""
    found: set[str] = set()
    for part in subterms(term):
        if isinstance(part, Diff):
            body = part.body
            if isinstance(body, Entry) and body.name in theory.definitions:
                body = theory.definitions[body.name].body  # a name does not go through itself
            found |= entry_names(body) & theory.definitions.keys()
    return frozenset(name for name in found if not theory.definitions[name].arguments)
