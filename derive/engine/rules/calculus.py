"""The rules of calculus: what each states, for people. How each is used, and proved by the kernel: `calculus_steps`."""

from __future__ import annotations

from collections.abc import Callable

from derive.engine.rules import statements
from derive.engine.rules.rule import Rule
from derive.engine.scope import Rewritten, Scope
from derive.floor import functions
from derive.floor.terms import Diff, Term


def shown(name: str) -> Callable[[Term, Scope], Rewritten | None]:
    """What a use of the rule makes of a term, and under which conditions."""

    def rewrite(term: Term, scope: Scope) -> Rewritten | None:
        from derive.engine.calculus_steps import USES  # by need: whoever only names rules has no use for the kernel

        theorem = USES[name](term, scope) if isinstance(term, Diff) else None
        return None if theorem is None else (theorem.right, theorem.conditions)

    return rewrite


def of_function(name: str) -> Rule:
    """The rule that differentiates the functions whose row names it."""
    rows = [row for row in functions.TABLE.values() if row.rule == name and row.derivatives is not None]
    first = rows[0]
    given = statements.conditions(first)
    return Rule(
        name=name,
        title=f"Derivative of {first.name}",
        states=", ".join(map(statements.stated, rows)),
        example=statements.exemplified(first),
        source=first.source,
        given=given,
        declares="variable x > 0" if given == ("u > 0",) else "variable x",
        rewrite=shown(name),
        fails_for=first.fails_for,
        inner=True,
    )


RULES = (
    Rule(
        "sum", "Derivative of a sum", "diff(f + g, x) = diff(f, x) + diff(g, x), diff(sum(f[i], i), x) = sum(diff(f[i], x), i)",
        "diff(x^2 - x, x) = diff(x^2, x) - diff(x, x)", "Spivak, Calculus, theorem 10-3", shown("sum"),
    ),
    Rule(
        "independence", "Rule of independence", "diff(c*f, x) = c*diff(f, x), diff(c, x) = 0",
        "diff(t*ln(x), x) = t*diff(ln(x), x)", "Spivak, Calculus, theorems 10-1 and 10-5", shown("independence"),
        given=("c does not depend on x",), fails_for="c = x, f = x", declares="variable x > 0, t",
    ),
    Rule(
        "variable", "Derivative of the variable", "diff(x, x) = 1, diff(Z[i], Z[k]) = delta(i, k)",
        "diff(Z[i], Z[k]) = delta(i, k)", "Spivak, Calculus, theorem 10-2", shown("variable"),
        declares="size H variable Z[H]",
    ),
    Rule(
        "product", "Product rule", "diff(f*g, x) = diff(f, x)*g + f*diff(g, x)",
        "diff(x*exp(x), x) = diff(x, x)*exp(x) + x*diff(exp(x), x)", "Spivak, Calculus, theorem 10-4",
        shown("product"),
    ),
    Rule(
        "quotient", "Quotient rule", "diff(f/g, x) = (diff(f, x)*g - f*diff(g, x))/g^2",
        "diff(x/exp(x), x) = (diff(x, x)*exp(x) - x*diff(exp(x), x))/exp(x)^2", "Spivak, Calculus, theorem 10-8",
        shown("quotient"),
        given=("g != 0",), fails_for="g = 0",
    ),
    Rule(
        "power", "Power rule", "diff(f^n, x) = n*f^(n - 1)*diff(f, x), diff(b^g, x) = b^g*ln(b)*diff(g, x)",
        "diff(x^3, x) = 3*x^2", "Spivak, Calculus, theorem 10-6; DLMF 4.7(ii)", shown("power"),
        given=("n and b do not depend on x",), fails_for="n = x, f = 2", inner=True,
    ),
    *(of_function(name) for name in statements.differentiated()),
    Rule(
        "prime", "Derivative of a declared function",
        "diff(f(u), x) = f'(u)*diff(u, x), diff(g(u, v), x) = g'1(u, v)*diff(u, x) + g'2(u, v)*diff(v, x)",
        "diff(f(x), x) = f'(x)", "Spivak, Calculus on Manifolds, theorems 2-2 and 2-9", shown("prime"),
        given=("f and g are declared: function f(u), function g(u, v)",), declares="variable x function f(u)",
        inner=True,
    ),
    Rule(
        "chain", "Chain rule", "diff(f, x) = sum(diff(f, u[m])*diff(u[m], x), m)",
        "diff(E, x) = diff(E, u)*diff(u, x)", "Spivak, Calculus on Manifolds, theorem 2-9", shown("chain"),
        given=("f depends on x through u only",), fails_for="f = u + x",
        declares="variable x define u = x^2 define E = exp(u)",
    ),
    Rule(
        "choice", "Derivative of a choice", "diff(if(i = k, f, g), x) = if(i = k, diff(f, x), diff(g, x))",
        "diff(if(i = k, x*c[i], c[k]), x) = if(i = k, diff(x*c[i], x), diff(c[k], x))",
        "the derivative on each of two open sets", shown("choice"), declares="size H variable x constant c[H]",
    ),
)  # fmt: skip
"""The rules of calculus, in the order in which a person would try them."""
