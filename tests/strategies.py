"""Hypothesis strategies: random terms and derivations over one small, rich theory."""

from __future__ import annotations

import re
from fractions import Fraction

from hypothesis import strategies as st

from derive.floor.functions import TABLE
from derive.floor.terms import (
    Add,
    Apply,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    Fixed,
    If,
    Index,
    Max,
    Min,
    Mul,
    Neg,
    Number,
    Ordinal,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    affine,
    number,
    rational,
    scalar,
)
from derive.floor.theory import Assumption, Definition, Theory, Unknown, UnknownFunction
from derive.language.derivation import Chain, Derivation, Reason, Statement, Step
from derive.language.lexer import UNSEEN
from derive.language.names import argument_name

H, M = Size("H"), Size("M")
THREE = number(3)
IX, A, T = Index("i", H), Index("a", M), Index("t", THREE)
K = Index("k", H)
U = argument_name(0, "u")

UNKNOWNS = {
    unknown.name: unknown
    for unknown in (
        Unknown("Z", True, (H,), None, "inputs"),
        Unknown("W", True, (H, M)),
        Unknown("v", True, (THREE,), "!="),
        Unknown("x", True),
        Unknown("y", False, (M,), ">="),
        Unknown("s", False, (), ">"),
        Unknown("θ", True, (), ">"),
    )
}
DEFINITIONS = {
    "O": Definition("O", (IX,), (), Apply("exp", (Entry("Z", (IX,)),)), "outputs"),
    "E": Definition("E", (), (), Sum(K, (), Entry("O", (K,)))),
    "one": Definition("one", (K, A), (), number(1)),
    "sigma": Definition("sigma", (), (U,), Apply("exp", (scalar(U),))),
}
FUNCTIONS = {"f": UnknownFunction("f", 2), "L": UnknownFunction("L", 1, ("O",))}
FIXED = Fixed("o", H)

THEORY = Theory(
    sizes={"H": 1, "M": 3},
    unknowns=UNKNOWNS,
    definitions=DEFINITIONS,
    functions=FUNCTIONS,
    indices={"o": FIXED},
    assumptions=(
        Assumption(1, Comparison(Sum(A, (), Entry("y", (A,))), "=", number(1)), "a distribution"),
        Assumption(2, Comparison(Entry("O", (IX,)), "!=", Entry("Z", (IX,)))),
    ),
)
FREE = (IX, K, A, T, FIXED)
FREE_BY_NAME = {index.name: index for index in FREE}

SCALARS = ("x", "s", "θ", "E", "L")
ARRAYS: dict[str, tuple[Term, ...]] = {"Z": (H,), "W": (H, M), "v": (THREE,), "y": (M,), "O": (H,), "one": (H, M)}
UNARY, BINARY = (tuple(name for name, row in TABLE.items() if row.arity == arity) for arity in (1, 2))

numbers = st.builds(
    lambda value, places: Number(Fraction(value, 10**places)), st.integers(0, 10**6), st.integers(0, 7)
) | st.sampled_from([number(0), number(1), number(2), number("1e-5"), number(10**30)])
partial_names = st.sampled_from(["f", "f", "f'1", "f'2", "f'1'2", "f'2'2"])
words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters='"'), max_size=8).filter(
    lambda text: not re.search(f"[{UNSEEN}]", text)
)


def _range_size(extent: Term) -> int:
    return 3 if extent is THREE or extent is M else 1


@st.composite
def indices(draw: st.DrawFn, extent: Term, scope: tuple[Index, ...]) -> Term:
    """An index of that range in scope, or a whole number."""
    known = [index for index in scope if index.range is extent]
    if known and draw(st.integers(0, 4)):
        return draw(st.sampled_from(known))
    return number(draw(st.integers(1, _range_size(extent))))


@st.composite
def places(draw: st.DrawFn, extent: Term, scope: tuple[Index, ...]) -> Term:
    """What stands in an array or a delta: an index of that range, or one that is computed from any others and sizes."""
    if not draw(st.integers(0, 5)):
        parts = st.tuples(st.sampled_from([1, -1, 2, -3]), st.sampled_from([*scope, H, M]))
        return affine(draw(st.lists(parts, max_size=3)), draw(st.integers(-2, 2)))
    return draw(indices(extent, scope))


@st.composite
def entries(draw: st.DrawFn, scope: tuple[Index, ...] = FREE, movable: bool = False) -> Entry:
    """A scalar or an entry of an array; `movable`: one by which a derivative can be taken."""
    name = draw(st.sampled_from([*SCALARS, *ARRAYS]))
    if movable and (name in FUNCTIONS or (name in UNKNOWNS and not UNKNOWNS[name].variable)):
        name = "x"
    place = indices if movable else places
    return Entry(name, tuple(draw(place(extent, scope)) for extent in ARRAYS.get(name, ())))


@st.composite
def comparisons(draw: st.DrawFn, scope: tuple[Index, ...] = FREE, depth: int = 1) -> Comparison:
    """A relation of values."""
    relation = draw(st.sampled_from(["=", "!=", ">", ">="]))
    left, right = draw(terms(scope, depth)), draw(terms(scope, depth))
    if all(isinstance(side, Ordinal | Number) for side in (left, right)):
        left = Neg(left)  # two numbers of indices are written as two indices
    return Comparison(left, relation, right)


@st.composite
def index_comparisons(draw: st.DrawFn, scope: tuple[Index, ...] = FREE) -> Comparison:
    """A relation of two indices."""
    left = draw(st.sampled_from(scope))
    return Comparison(left, draw(st.sampled_from(["=", "!="])), draw(indices(left.range, scope)))


@st.composite
def terms(draw: st.DrawFn, scope: tuple[Index, ...] = FREE, depth: int = 3) -> Term:
    """A term that some text writes, with free indices from `scope`; bound ones may hide them."""
    if depth == 0:
        return draw(entries(scope) | numbers | st.sampled_from([H, M, Apply("pi", ()), *map(Ordinal, scope)]))
    inner = terms(scope, depth - 1)
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    match draw(st.integers(0, 13)):
        case 0:
            return Add(draw(several))
        case 1:
            return Mul(draw(several))
        case 2:
            return Neg(draw(inner))
        case 3:
            return Div(draw(inner), draw(inner))
        case 4:
            exponent = draw(inner)
            value = rational(exponent)  # the reader folds a number in an exponent
            return Pow(draw(inner), exponent if value is None else Number(value))
        case 5:
            return Apply(draw(st.sampled_from(UNARY)), (draw(inner),))
        case 6:
            left, right = draw(inner), draw(inner)
            if isinstance(right, Ordinal):
                left, right = right, left  # max(x[i], i) is the greatest one over that index
            return Apply(draw(st.sampled_from(BINARY)), (left, right))
        case 7:
            return draw(st.sampled_from([Call("sigma", (draw(inner),)), Call(draw(partial_names), (draw(inner), draw(inner)))]))
        case 8 | 9:
            binder = draw(st.sampled_from([Sum, Sum, Prod, Max, Min]))
            index = Index(draw(st.sampled_from(["i", "j", "k", "a"])), draw(st.sampled_from([H, M, THREE])))
            outside = tuple(other for other in scope if other.name != index.name)
            excluded = draw(st.lists(indices(index.range, outside), max_size=2).map(tuple)) if draw(st.booleans()) else ()
            return binder(index, excluded, draw(terms((*outside, index), depth - 1)))
        case 10:
            left = draw(st.sampled_from(scope))
            return Delta(left, draw(indices(left.range, scope)))
        case 11:
            condition = draw(index_comparisons(scope) | comparisons(scope, depth - 1))
            return If(condition, draw(inner), draw(inner))
        case 12:
            return Diff(draw(inner), draw(entries(scope, movable=True)))
    return draw(terms(scope, 0))


reasons = st.sampled_from(
    [
        *(Reason(name) for name in ("sum", "log-product", "variable", "assumption", "definition", "split")),
        *(Reason("definition", names) for names in (("E",), ("O", "sigma"))),
        *(Reason("split", points) for points in (("i = 1",), ("2", "k = 3"))),
    ]
) | words.map(lambda text: Reason(None, (), text))
verdicts = st.none() | st.sampled_from(["refuted", "unjustified", "unknown"])
steps = st.builds(Step, st.none() | terms(depth=2), st.lists(reasons, max_size=3).map(tuple), verdicts)


@st.composite
def chains(draw: st.DrawFn, case: bool) -> Chain:
    """A chain, with its conditions if it is that of a case."""
    conditions = tuple(draw(st.lists(index_comparisons(), min_size=1, max_size=2))) if case else ()
    return Chain(conditions, draw(terms(depth=2)), tuple(draw(st.lists(steps, min_size=1, max_size=3))))


@st.composite
def statements(draw: st.DrawFn, name: str) -> Statement:
    """A theorem of that name."""
    proof = None
    if draw(st.booleans()):
        case = draw(st.booleans())
        proof = tuple(draw(st.lists(chains(case), min_size=1, max_size=2 if case else 1)))
    return Statement(
        name,
        tuple(draw(st.lists(terms(depth=2), min_size=2, max_size=3))),
        tuple(draw(st.lists(index_comparisons(), max_size=2))),
        tuple(draw(st.lists(comparisons(), max_size=2))),
        proof,
        draw(verdicts),
        THEORY,
    )


@st.composite
def derivations(draw: st.DrawFn) -> Derivation:
    """A derivation over the theory; its theorems may be nonsense, but they are well formed."""
    return Derivation(
        "",
        draw(words),
        draw(words),
        tuple(draw(st.lists(words, max_size=2))),
        THEORY,
        tuple(draw(statements(name)) for name in ["first", "step-2", "for-all-k"][: draw(st.integers(0, 3))]),
        options=draw(st.sampled_from([{}, {"classes": "H"}])),
        variants=draw(st.sampled_from([{}, {"binary": ("one", "two-halves")}])),
    )
