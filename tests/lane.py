"""How much of the tests is run: `pytest` alone is the quick lane, what a contributor needs; `pytest --all` is everything.

    @pytest.mark.slow          of the whole run only
    @pytest.mark.sample(8)     of a parametrised test, an eighth in the quick lane: always the same
    max_examples=examples(500) in the quick lane a twentieth of the random examples

A test that is named on the command line, `pytest tests/test_cli.py::test_x`, is run in any case.
"""

from __future__ import annotations

everything = False
"""Whether this is the whole run; set before a test file is imported."""


def examples(count: int) -> int:
    """How many random examples a test takes, of the `count` of the whole run."""
    return count if everything else max(10, count // 20)
