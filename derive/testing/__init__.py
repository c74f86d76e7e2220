"""A function of yours against a proved gradient: `derive.testing.check_gradient(function, "softmax-ce")`.

It needs Hypothesis, which the extra `derive-calculus[testing]` brings.
"""

from derive.testing.check import Agreement, WrongGradient, check_gradient

__all__ = ["Agreement", "WrongGradient", "check_gradient"]
