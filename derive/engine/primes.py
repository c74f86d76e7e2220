"""Whole numbers as powers of primes."""

from __future__ import annotations


def primes(value: int) -> list[tuple[int, int]]:
    """The primes that divide a whole number above 0, from the smallest, each with its exponent.

    They are found by trial: it is for the caller to say how large a number may be.
    """
    found = []
    divisor = 2
    while divisor * divisor <= value:
        times = 0
        while value % divisor == 0:
            value, times = value // divisor, times + 1
        if times:
            found.append((divisor, times))
        divisor += 1 if divisor == 2 else 2
    return [*found, (value, 1)] if value > 1 else found
