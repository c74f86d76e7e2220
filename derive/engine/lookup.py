"""The laws of the kernel, looked up by the rule that licenses them."""

from __future__ import annotations

from derive.errors import KernelError
from derive.floor import kernel
from derive.floor.kernel import Theorem
from derive.floor.laws import LAWS, Law
from derive.floor.terms import Apply, Term
from derive.floor.theory import Theory

_BY_RULE = {rule: [law for law in LAWS if law.rule == rule] for rule in dict.fromkeys(law.rule for law in LAWS)}
_OF_NUMBERS: dict[tuple[str, str], list[Law]] = {}
for _law in LAWS:
    if isinstance(_law.left, Apply) and not _law.letters:
        _OF_NUMBERS.setdefault((_law.rule, _law.left.function), []).append(_law)
_BOOKKEEPING = "rearrangement"


class Laws:
    """The laws of some rules, or of all, in one theory."""

    def __init__(self, theory: Theory, rules: frozenset[str] | None) -> None:
        self.theory = theory
        self.rules = rules

    def licenses(self, rule: str) -> bool:
        """Whether laws of that rule may be used."""
        return self.rules is None or rule in self.rules or rule == _BOOKKEEPING

    def law(
        self, rule: str, licensed: str = "", left: Term | None = None, right: Term | None = None, **values: Term
    ) -> Theorem | None:
        """The first law of a rule whose instance is about `left`, and makes it `right`, where these are given."""
        return self.of_values(rule, values, licensed, left, right)

    def of_values(
        self,
        rule: str,
        values: dict[str, Term],
        licensed: str = "",
        left: Term | None = None,
        right: Term | None = None,
    ) -> Theorem | None:
        """The same, with terms for the letters of the law by their names."""
        if not self.licenses(licensed or rule):
            return None
        for law in _BY_RULE.get(rule, ()):
            if left is not None and _shape(law.left) != _shape(left):
                continue
            theorem = self._law_instance(law, values)
            if theorem is not None and (left is None or theorem.left is left) and (right is None or theorem.right is right):
                return theorem
        return None

    def _law_instance(self, law: Law, values: dict[str, Term]) -> Theorem | None:
        if law.letters != values.keys():
            return None
        try:
            return kernel.by_law(law, values, self.theory)
        except KernelError:
            return None

    def constants(self, rule: str, of: str) -> list[Theorem]:
        """The laws of a rule that speak of a function at numbers only."""
        laws = _OF_NUMBERS.get((rule, of), ()) if self.licenses(rule) else ()
        found = (self._law_instance(law, {}) for law in laws)
        return [theorem for theorem in found if theorem is not None]

    def over_range(self, name: str, term: Term, rule: str = _BOOKKEEPING, place: Term | None = None) -> Theorem | None:
        """The law of that name of sums, products, deltas and choices."""
        if not self.licenses(rule):
            return None
        try:
            return kernel.over_range(name, term, self.theory, place)
        except KernelError:
            return None


def _shape(term: Term) -> tuple[type[Term], str]:
    return type(term), term.function if isinstance(term, Apply) else ""
