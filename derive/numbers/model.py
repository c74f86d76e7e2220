"""What the names of a derivation stand for where it is evaluated: their definitions, and examples of unknown functions."""

from __future__ import annotations

from collections.abc import Mapping

from derive.floor import terms as t
from derive.floor.theory import Definition, Theory
from derive.held import HELD


class Unsupported(Exception):
    """A term that cannot be evaluated at any point, such as an unknown function of which no instance is given."""


class Model:
    """The names of a theory with their definitions, unknown functions being replaced by instances of them."""

    def __init__(self, theory: Theory, functions: Mapping[str, Definition] | None = None) -> None:
        self.theory = theory
        self.definitions = {**theory.definitions, **functions} if functions else theory.definitions
        self._reach: dict[str, frozenset[str]] = {}
        self._unfolded: dict[t.Term, t.Term] = {}

    def reach(self, name: str) -> frozenset[str]:
        """The names by which `name` is defined, at any depth, and `name` itself."""
        found = self._reach.get(name)
        if name.startswith(HELD):
            return self.reach(name.removeprefix(HELD)) | {name}
        if found is None:
            definition = self.definitions.get(name)
            inside: frozenset[str] = t.entry_names(definition.body) if definition else frozenset()
            if definition:
                inside -= set(definition.arguments)  # which may be called like a name of the derivation
            found = frozenset((name,)).union(*(self.reach(other) for other in inside if other != name))
            self._reach[name] = found
        return found

    def reach_of(self, term: t.Term) -> frozenset[str]:
        """The names in `term`, and those by which they are defined."""
        return frozenset[str]().union(*map(self.reach, t.entry_names(term)))

    def unfold(self, call: t.Call) -> t.Term:
        """The body of a defined function for these arguments."""
        if call not in self._unfolded:
            definition = self.definitions.get(call.name)
            if definition is None or not definition.arguments:
                raise Unsupported(f"no instance of {call.name}")
            try:
                self._unfolded[call] = definition.at(call)
            except ValueError as problem:
                raise Unsupported(str(problem)) from problem
        return self._unfolded[call]
