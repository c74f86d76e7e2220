"""The rules of calculus as a person uses them, each use a theorem that the kernel makes from its plainer rules.

    diff(a - x, x) = diff(a, x) - diff(x, x)                    the sum, and the sign of the second term
    diff(a*(x^2*w)/(w + 1), x) = a*w*diff(x^2, x)/(w + 1)       what is independent is made one factor first
    diff(exp(x), x) = exp(x)                                    diff(x, x) is 1
    diff(b^x, x) = b^x*ln(b)                                    b^x is exp(x*ln(b))
    diff(c/x^2, x) = -(c*2/x^3)                                 c/x^2 is c*x^(-2)

A use takes a derivative and its scope, and gives None where the rule is not about it. The inside of a function is the variable
itself, or an entry of the same name, unless the chain rule is licensed as well. Nothing in here is trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from derive.engine.chain_steps import by_chain
from derive.engine.rules.statements import differentiated
from derive.engine.scope import Scope
from derive.errors import KernelError
from derive.floor import functions, kernel
from derive.floor import terms as t
from derive.floor.calculus import lowered
from derive.floor.frozen import Table
from derive.floor.kernel import Theorem
from derive.floor.laws import LAWS
from derive.limits import spend

Use = Callable[[t.Diff, Scope], Theorem | None]


# --- steps of a proof ------------------------------------------------------------------------------------------------


def written(theorem: Theorem, right: t.Term, using: Iterable[Theorem] = ()) -> Theorem:
    """The theorem with its right side written otherwise, which is the same by arithmetic once the equations are used."""
    if theorem.right is right:
        return theorem
    same = kernel.ring(theorem.right, right, theorem.theory, label="", using=tuple(using))
    return kernel.transitivity(theorem, same)


def put(theorem: Theorem, equations: Iterable[Theorem]) -> Theorem:
    """The theorem with the equations used in the terms and factors of its right side."""
    using = tuple(equations)
    if not using:
        return theorem
    return written(theorem, _filled(theorem.right, {each.left: each.right for each in using}), using)


def _filled(term: t.Term, values: Mapping[t.Term, t.Term]) -> t.Term:
    match term:
        case _ if term in values:
            return values[term]
        case t.Add(terms):
            return t.add(*(_filled(part, values) for part in terms))
        case t.Mul(factors):
            return t.mul(*(_filled(factor, values) for factor in factors))
        case t.Neg(inner):
            return t.neg(_filled(inner, values))
    return term


def of_another(term: t.Diff, body: t.Term, scope: Scope, using: Iterable[Theorem] = ()) -> Theorem:
    """The derivative of the body written otherwise."""
    same = kernel.ring(term.body, body, scope.theory, label="", using=tuple(using))
    return kernel.congruence(term, {0: same})


def then(theorem: Theorem, rule: str, scope: Scope) -> Theorem:
    """A rule of the kernel used on the right side of a theorem. Fails with `KernelError` where it is not about that."""
    assert isinstance(theorem.right, t.Diff)
    found = kernel.by_rule(rule, theorem.right, scope.known)
    if found is None:
        raise KernelError(f"{rule} is not about {theorem.right!r}")
    return kernel.transitivity(theorem, found)


def by_kernel(rule: str) -> Use:
    """A rule of the kernel as it is."""
    return lambda term, scope: kernel.by_rule(rule, term, scope.known)


# --- sums and what is independent ------------------------------------------------------------------------------------


def by_sum(term: t.Diff, scope: Scope) -> Theorem | None:
    """The rule of sums; minus signs come out, also those within products and quotients."""
    match term.body:
        case t.Mul() | t.Div():
            signs, rest = _without_signs(term.body)
            if not signs:
                return None
            if signs % 2:
                return then(of_another(term, t.Neg(rest), scope), "sum", scope)
            return of_another(term, rest, scope)
    found = kernel.by_rule("sum", term, scope.known)
    if found is None or not isinstance(found.right, t.Add):
        return found
    signed: dict[int, Theorem] = {}
    for position, part in enumerate(found.right.terms):
        if isinstance(part, t.Diff) and isinstance(part.body, t.Neg):
            signed[position] = then(kernel.reflexivity(part, scope.theory), "sum", scope)
    return kernel.transitivity(found, kernel.congruence(found.right, signed)) if signed else found


def _without_signs(term: t.Term) -> tuple[int, t.Term]:
    """How many minus signs stand before a product or quotient and its parts, and what is left without them."""
    match term:
        case t.Neg(inner):
            signs, rest = _without_signs(inner)
            return signs + 1, rest
        case t.Mul(factors):
            pairs = [_without_signs(factor) for factor in factors]
            signs = sum(count for count, _ in pairs)
            return signs, t.mul(*(rest for _, rest in pairs)) if signs else term
        case t.Div(numerator, denominator):
            (over, above), (under, below) = _without_signs(numerator), _without_signs(denominator)
            return over + under, t.div(above, below) if over + under else term
    return 0, term


def by_independence(term: t.Diff, scope: Scope) -> Theorem | None:
    """What does not depend on the variable has derivative 0, and comes out of a product or quotient, however it is nested."""
    above, below = _factors(term.body)
    still = {factor for factor in dict.fromkeys((*above, *below)) if scope.independent(factor, term.by) is not None}
    if not still and (above or below):
        return None
    (outside, inside), (under, beneath) = (_parted(part, still) for part in (above, below))
    rest = t.div(t.mul(*inside), t.mul(*beneath))
    right = t.div(t.mul(*outside, t.Diff(rest, term.by)), t.mul(*under)) if inside or beneath else t.ZERO
    if right is t.ZERO or (isinstance(term.body, t.Mul) and above == [*term.body.factors]):
        return kernel.by_rule("independence", term, scope.known)
    in_two = t.Mul((t.div(t.mul(*outside), t.mul(*under)), rest))
    return written(then(of_another(term, in_two, scope), "independence", scope), right)


def _parted(factors: list[t.Term], still: set[t.Term]) -> tuple[list[t.Term], list[t.Term]]:
    """The factors that are independent, and the others."""
    return [f for f in factors if f in still], [f for f in factors if f not in still]


def _factors(term: t.Term) -> tuple[list[t.Term], list[t.Term]]:
    """The factors above and below the fraction bar, through nested products and quotients; a sign is the factor -1."""
    spend()
    match term:
        case t.Mul(factors):
            pairs = [_factors(factor) for factor in factors]
            return [f for above, _ in pairs for f in above], [f for _, below in pairs for f in below]
        case t.Div(numerator, denominator):
            (above, below), (beneath, over) = _factors(numerator), _factors(denominator)
            return above + over, below + beneath
        case t.Neg(inner):
            above, below = _factors(inner)
            return [t.MINUS_ONE, *above], below
    return ([] if term is t.ONE else [term]), []


def by_variable(term: t.Diff, scope: Scope) -> Theorem | None:
    """diff(x, x) = 1, and diff(Z[i], Z[k]) = delta(i, k); what is known of a delta by its form is left out."""
    found = kernel.by_rule("variable", term, scope.known)
    if found is None:
        return None
    deltas = found.right.factors if isinstance(found.right, t.Mul) else (found.right,)
    known = (part for part in deltas if isinstance(part, t.Delta) and (part.left is part.right or _are_numbers(part)))
    return put(found, [kernel.over_range("delta", part, scope.theory) for part in dict.fromkeys(known)])


def _are_numbers(delta: t.Delta) -> bool:
    return isinstance(delta.left, t.Number) and isinstance(delta.right, t.Number)


# --- powers and functions --------------------------------------------------------------------------------------------


def is_licensed(inside: t.Term, by: t.Entry, scope: Scope) -> bool:
    """Whether a rule may be used on the function of this: the variable itself, and with the chain rule anything."""
    return scope.chained or inside is by or (isinstance(inside, t.Entry) and inside.name == by.name)


def plainly(term: t.Diff, scope: Scope) -> Theorem | None:
    """A derivative that needs no rule to be named: that of the variable is 1, that of what is independent is 0."""
    if term.body is term.by:
        return by_variable(term, scope)
    return None if scope.independent(term.body, term.by) is None else kernel.by_rule("independence", term, scope.known)


def by_partials(term: t.Diff, scope: Scope) -> Theorem | None:
    """The rule for functions, with the derivatives of the arguments that need no rule carried out."""
    assert isinstance(term.body, t.Apply | t.Call)
    inner = {argument: plainly(t.Diff(argument, term.by), scope) for argument in term.body.arguments}
    if all(found is not None and found.right is t.ZERO for found in inner.values()):
        return kernel.by_rule("independence", term, scope.known)
    if not all(is_licensed(argument, term.by, scope) for argument, found in inner.items() if found is None):
        return None
    theorem = kernel.by_rule("function", term, scope.known)
    return None if theorem is None else put(theorem, (found for found in inner.values() if found is not None))


def of_function(rule: str) -> Use:
    """The use of the rule for the functions of the table whose row names it."""
    names = {row.name for row in functions.TABLE.values() if row.rule == rule and row.derivatives is not None}

    def use(term: t.Diff, scope: Scope) -> Theorem | None:
        match term.body:
            case t.Apply(name, _) if name in names:
                return by_partials(term, scope)
        return None

    return use


def by_prime(term: t.Diff, scope: Scope) -> Theorem | None:
    """The rule for declared functions."""
    match term.body:
        case t.Call(name, _) if scope.theory.is_differentiable(name):
            return by_partials(term, scope)
    return None


def by_power(term: t.Diff, scope: Scope) -> Theorem | None:
    """The rule of powers: of x^n, of b^x, of x^x; and c/x^n is c*x^(-n)."""
    match term.body:
        case t.Pow(base, exponent):
            if scope.independent(exponent, term.by) is not None:
                return _of_power(term, scope) if is_licensed(base, term.by, scope) else None
            return _by_exp(term, base, exponent, scope)
        case t.Div(above, below):
            base, exponent = (below.base, below.exponent) if isinstance(below, t.Pow) else (below, t.ONE)
            if not is_licensed(base, term.by, scope):
                return None
            if any(scope.independent(part, term.by) is None for part in (above, exponent)):
                return None
            return _below_the_bar(term, above, base, exponent, scope)
    return None


def _of_power(term: t.Diff, scope: Scope) -> Theorem | None:
    """diff(f^n, x) = n*f^(n - 1)*diff(f, x)"""
    assert isinstance(term.body, t.Pow)
    theorem = kernel.by_rule("power", term, scope.known)
    if theorem is None or term.body.base is not term.by:
        return theorem
    one = by_variable(t.Diff(term.by, term.by), scope)
    return theorem if one is None else put(theorem, (one,))


def _by_exp(term: t.Diff, base: t.Term, exponent: t.Term, scope: Scope) -> Theorem | None:
    """diff(b^g, x) = b^g*ln(b)*diff(g, x), and with what comes of b where that moves: b^g is exp(g*ln(b))."""
    by, fixed = term.by, scope.independent(base, term.by) is not None
    if not is_licensed(exponent, by, scope) or not (fixed or is_licensed(base, by, scope)):
        return None
    logarithm = t.apply("ln", base)
    meant = _as_exp(base, exponent, scope)
    outer = then(kernel.congruence(term, {0: meant}), "function", scope)
    inner = kernel.by_rule("product", t.Diff(t.Mul((exponent, logarithm)), by), scope.known)
    slope = kernel.by_rule("function", t.Diff(logarithm, by), scope.known)
    known = [plainly(t.Diff(part, by), scope) for part in (base, exponent)]
    lower, higher = (t.Diff(part, by) if k is None else k.right for part, k in zip((base, exponent), known, strict=True))
    right = t.mul(logarithm, higher) if fixed else t.add(t.mul(higher, logarithm), t.div(t.mul(exponent, lower), base))
    using = (kernel.symmetry(meant), inner, slope, *known)
    return written(outer, t.mul(term.body, right), (each for each in using if each is not None))


def _as_exp(base: t.Term, exponent: t.Term, scope: Scope) -> Theorem:
    """b^g = exp(g*ln(b))"""
    itself = kernel.by_law(_LAWS["exp-log"], {"a": base}, scope.theory)
    as_power = kernel.by_law(_LAWS["exp-power"], {"a": t.apply("ln", base), "m": exponent}, scope.theory)
    return kernel.symmetry(kernel.transitivity(as_power, kernel.congruence(as_power.right, {0: itself})))


def _below_the_bar(term: t.Diff, above: t.Term, base: t.Term, exponent: t.Term, scope: Scope) -> Theorem | None:
    """diff(c/f^n, x) = -(c*n/f^(n + 1))*diff(f, x), as for c*f^(-n)."""
    raised = t.Pow(base, t.Neg(exponent))
    using = [_inverse(base, exponent, scope)]
    theorem = of_another(term, raised if above is t.ONE else t.Mul((above, raised)), scope, using)
    if above is not t.ONE:
        theorem = then(theorem, "independence", scope)
    powered = _of_power(t.Diff(raised, term.by), scope)
    inner = plainly(t.Diff(base, term.by), scope)
    slope = t.ONE if base is term.by else t.Diff(base, term.by)
    if isinstance(exponent, t.Number):
        more = t.number(exponent.value + 1)
        using.append(_inverse(base, more, scope))
        right = t.mul(t.neg(t.div(t.mul(above, exponent), t.power(base, more))), slope)
    else:
        right = t.mul(above, t.neg(exponent), lowered(base, t.neg(exponent)), slope)
    return written(theorem, right, (each for each in (powered, inner, *using) if each is not None))


def _inverse(base: t.Term, exponent: t.Term, scope: Scope) -> Theorem:
    """f^(-n) = 1/f^n"""
    return kernel.by_law(_LAWS["power-sum"], {"a": base, "m": exponent}, scope.theory)


_LAWS = {
    "exp-log": next(law for law in LAWS if law.rule == "exp-log"),
    "exp-power": next(law for law in LAWS if law.rule == "exp-power"),
    "power-sum": next(law for law in LAWS if law.rule == "power-sum" and isinstance(law.right, t.Div)),
}


# --- by their names --------------------------------------------------------------------------------------------------


def _told(rule: str, use: Use) -> Use:
    """A use as one theorem under the name of the rule."""

    def here(term: t.Diff, scope: Scope) -> Theorem | None:
        try:
            theorem = use(term, scope)
        except KernelError:
            return None
        return None if theorem is None else kernel.told(theorem, rule)

    return here


_USES: dict[str, Use] = {
    "sum": by_sum,
    "independence": by_independence,
    "variable": by_variable,
    "product": by_kernel("product"),
    "quotient": by_kernel("quotient"),
    "power": by_power,
    **{name: of_function(name) for name in differentiated()},
    "prime": by_prime,
    "chain": by_chain,
    "choice": by_kernel("choice"),
}
USES: Mapping[str, Use] = Table({rule: _told(rule, use) for rule, use in _USES.items()})
"""The uses of the rules of calculus by the names that an author gives."""
