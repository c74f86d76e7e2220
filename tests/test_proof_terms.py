"""Terms as data: what is written is read again as the same term, and what is no term is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from derive.floor import terms as t
from derive.floor.terms import Term, canonical, free_indices, local, number, opened, scalar, substitute
from derive.proofs.malformed import Malformed
from derive.proofs.terms import DEEPEST, LARGEST, MOST_DIGITS, SHAPES, Terms, Written
from lane import examples
from random_terms import Terms as RandomTerms
from strategies import terms


def classes(of: type[Term] = Term) -> set[type[Term]]:
    below = set(of.__subclasses__())
    return below.union(*map(classes, below))


def again(*written: Term) -> list[Term]:
    """The terms, written to text and read."""
    table = Written()
    numbers = [table.number(term) for term in written]
    read = Terms(json.loads(json.dumps(table.rows)))
    return [read.term(n) for n in numbers]


def test_every_class_of_terms_has_a_shape() -> None:
    ours = {cls for cls in classes() if cls.__module__ == t.__name__}
    assert set(SHAPES) == ours - {t.Binder}
    for cls, shape in SHAPES.items():
        kept = ("letter", "range", "excluded", "scope") if issubclass(cls, t.Binder) else cls._fields
        assert tuple(field.name for field in shape) == kept, cls


@hypothesis_settings(max_examples=examples(300), deadline=None)
@given(st.lists(terms(), min_size=1, max_size=3))
def test_terms_are_read_as_they_were_written(written: list[Term]) -> None:
    for before, after in zip(written, again(*written), strict=True):
        assert after is before


@pytest.mark.parametrize("seed", range(examples(300)))
def test_random_terms_are_read_as_they_were_written(seed: int) -> None:
    source = RandomTerms(seed)
    source.define("O", "E")
    written = [source.term(4) for _ in range(10)]
    for before, after in zip(written, again(*written), strict=True):
        assert after is before


def test_opened_indices_are_new_ones_and_the_same_for_the_same() -> None:
    h = t.Size("H")
    i, k = local("i", h), local("i", h)
    x = t.Entry("x", (i,))
    both, other = again(t.Add((x, x, t.Entry("x", (k,)))), t.Neg(x))
    assert isinstance(both, t.Add)
    assert isinstance(other, t.Neg)
    first, second, third = both.terms
    assert first is second is other.term
    assert third is not first
    assert free_indices(both).isdisjoint((i, k))
    assert substitute(first, dict.fromkeys(free_indices(first), i)) is x


def test_letters_are_kept() -> None:
    index = t.Index("row", t.Size("n"))
    total = t.Sum(index, (), t.Entry("x", (index,)))
    (found,) = again(total)
    assert found is total
    assert again(canonical(total)) == [canonical(total)]
    assert opened(found)[0].name == "row"  # type: ignore[arg-type]


def test_a_term_is_written_once() -> None:
    term: Term = scalar("x")
    for _ in range(60):
        term = t.Add((term, term))  # 2^60 parts, and 61 rows
    table = Written()
    table.number(term)
    table.number(t.Neg(term))
    assert len(table.rows) == 62


ABOVE: list[Any] = [
    ["Size", "n"], ["Index", "i", 0], ["Entry", "x", [1]], ["Entry", "v", []], ["Comparison", 2, "=", 3], ["Number", "2"],
    ["Affine", [1], [1], 1], ["Bound", 0], ["Number", "1/2"], ["Entry", "x", [6]],
]  # fmt: skip
"""0 a size, 1 an index, 2 and 3 values, 4 a relation, 5 a whole number, 6 a computed index, 7 a bound one, 8 a fraction, 9 an
entry at a computed index."""


@pytest.mark.parametrize(
    "row",
    [
        None, 3, "x", {}, [], [[]], [3], ["Zero"], ["Term"], ["Binder", "i", 0, [], 2], ["__class__"], ["os.system", "x"],
        ["Number"], ["Number", 2], ["Number", "x"], ["Number", "1/0"], ["Number", "1.5"], ["Number", "1e9"], ["Number", ""],
        ["Number", "٣"], ["Number", " 1"], ["Number", "1" * (MOST_DIGITS + 1)], ["Number", "1", "2"], ["Number", "-"],
        ["Size", 3], ["Size", None], ["Size"],
        ["Index", "i", 2], ["Index", "i", 8], ["Index", "i", 99], ["Index", "i", -1], ["Index", "i", "0"], ["Index", "i", True],
        ["Index", "i", 0.0], ["Index", "i", 1], ["Local", "i", 0], ["Local", "i", 0, "a"], ["Fixed", "o", 2],
        ["Bound", -1], ["Bound", "0"], ["Bound", True],
        ["Affine", [1], [], 0], ["Affine", [1], [0], 0], ["Affine", [1, 1], [1, 1], 0], ["Affine", [2], [1], 0],
        ["Affine", [1], [1.5], 0], ["Affine", [1], [1], "0"], ["Affine", 1, [1], 0], ["Affine", [5], [1], 0],
        ["Entry", "x", [2]], ["Entry", "x", [8]], ["Entry", "x", [0]], ["Entry", "x", 1], ["Entry", 1, [1]], ["Entry", "x"],
        ["Call", "f", []], ["Call", "f", [1]], ["Call", "f", [4]],
        ["Apply", "exp", []], ["Apply", "exp", [2, 3]], ["Apply", "no", [2]], ["Apply", "exp", [1]], ["Apply", "pi", [2]],
        ["Add", []], ["Add", [2]], ["Add", [2, 1]], ["Add", [2, 4]], ["Mul", [2]], ["Mul", [2, 6]], ["Mul", [2, 7]],
        ["Neg", 1], ["Neg", 4], ["Neg", [2]], ["Div", 2], ["Div", 2, 1], ["Pow", 1, 2], ["Pow", 2, 4],
        ["Sum", "i", 2, [], 2], ["Sum", "i", 8, [], 2], ["Sum", "i", 0, [2], 2], ["Sum", "i", 0, [6], 2], ["Sum", 1, 0, [], 2],
        ["Sum", "i", 0, [], 1], ["Sum", "i", 0, [], 4], ["Sum", 0, [], 2], ["Prod", "i", 1, [], 2],
        ["Delta", 1, 2], ["Delta", 1, 8], ["Delta", 1, 0], ["Delta", 1],
        ["Comparison", 2, "<", 3], ["Comparison", 2, "", 3], ["Comparison", 1, "=", 2], ["Comparison", 1, "=", 8],
        ["Comparison", 4, "=", 4], ["Comparison", 1, "=", 6], ["Comparison", 2, 3], ["Comparison", 7, "=", 2],
        ["If", 2, 2, 3], ["If", 4, 4, 3], ["If", 4, 2, 1], ["Diff", 2, 5], ["Diff", 2, 1], ["Diff", 4, 2], ["Diff", 2],
        ["Diff", 2, 9],
    ],
)  # fmt: skip
def test_what_is_no_term_is_refused(row: Any) -> None:
    with pytest.raises(Malformed):
        Terms([*ABOVE, row])


def test_the_terms_above_are_terms() -> None:
    assert len(Terms(ABOVE)) == len(ABOVE)


@pytest.mark.parametrize("data", [None, {}, "terms", 3, [["Size", "n"], ["Index", "i", 1]], [["Index", "i", 1], ["Size", "n"]]])
def test_what_is_no_table_is_refused(data: Any) -> None:
    """Among it what leads to itself, and what stands below."""
    with pytest.raises(Malformed):
        Terms(data)


@pytest.mark.parametrize("count", [DEEPEST + 1, 10_000])
def test_what_is_nested_too_deeply_is_refused(count: int) -> None:
    with pytest.raises(Malformed, match="too deeply"):
        Terms([["Entry", "x", []], *(["Neg", place] for place in range(count))])


def test_what_is_too_large_is_refused() -> None:
    doubled = [["Add", [place, place]] for place in range(1000)]
    with pytest.raises(Malformed, match="too large"):
        Terms([["Entry", "x", []], *doubled])
    with pytest.raises(Malformed, match="too large"):
        Terms([["Entry", "x", []], ["Add", [0] * (LARGEST + 1)]])
    assert Terms([["Number", "1" * MOST_DIGITS]]).term(0) is number("1" * MOST_DIGITS)
