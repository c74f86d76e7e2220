"""What names stand for: what is behind a definition, which entries it depends on, and how deeply its derivatives nest.

    define p[i] = exp(z[i])/sum(exp(z[j]), j)
    reach("p")     p, and z
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.floor import terms as t
from derive.floor.theory import Definition, Theory
from derive.held import HELD
from derive.numbers.attack.fields import FLOATS
from derive.numbers.examples import body_of
from derive.numbers.model import Unsupported


class Names:
    """The declarations, with an instance for each function of which nothing is known."""

    def __init__(self, theory: Theory, instances: Mapping[str, Definition]) -> None:
        self.theory = theory
        self.definitions = {**theory.definitions, **instances}
        self._reach: dict[str, frozenset[str]] = {}
        self._nesting: dict[t.Term | str, int] = {}
        self._derived: dict[tuple[str, tuple[int, ...]], t.Term] = {}
        self._positive: dict[t.Term, bool] = {}

    def reach(self, name: str) -> frozenset[str]:
        """The names by which `name` is defined, at any depth, and itself."""
        found = self._reach.get(name)
        if found is None:
            self._reach[name] = frozenset((name,))  # what leads back to itself adds nothing
            found = frozenset((name,)).union(*(self.reach(other) for other in self._behind(name)))
            self._reach[name] = found
        return found

    def _behind(self, name: str) -> frozenset[str]:
        if name.startswith(HELD):
            return frozenset((name.removeprefix(HELD),))
        definition = self.definitions.get(name)
        return frozenset() if definition is None else t.entry_names(definition.body) - set(definition.arguments)

    def reach_of(self, *terms: t.Term) -> frozenset[str]:
        """The names in the terms, and those by which they are defined."""
        return frozenset[str]().union(*(self.reach(name) for term in terms for name in t.entry_names(term)))

    def nesting(self, term: t.Term) -> int:
        """How many derivatives stand inside each other, seen through the names."""
        found = self._nesting.get(term)
        if found is None:
            inside = [self.nesting(part) for part in t.children(term)]
            if isinstance(term, t.Entry | t.Call):
                inside.append(self._nesting_of(t.declared_name(term.name)))
            found = self._nesting[term] = max(inside, default=0) + isinstance(term, t.Diff)
        return found

    def _nesting_of(self, name: str) -> int:
        if name not in self._nesting:
            self._nesting[name] = 0
            definition = self.definitions.get(name)
            self._nesting[name] = self.nesting(definition.body) if definition else 0
        return self._nesting[name]

    def is_positive(self, term: t.Term) -> bool:
        """Whether the form of a term shows that it is positive wherever it has a value, and so no border."""
        found = self._positive.get(term)
        if found is None:
            self._positive[term] = False  # what leads back to itself shows nothing
            found = self._positive[term] = self._is_positive(term)
        return found

    def _is_positive(self, term: t.Term) -> bool:
        match term:
            case t.Number(value):
                return value > 0
            case t.Size() | t.Ordinal():
                return True
            case t.Entry(name, _):
                unknown, definition = self.theory.unknowns.get(name), self.definitions.get(name)
                if unknown is not None:
                    return unknown.relation == ">"
                return definition is not None and self.is_positive(definition.body)
            case t.Apply(name, arguments):
                if len(arguments) != 1:
                    return not arguments and FLOATS.functions[name]() > 0
                always = FLOATS.positive.get(name)
                return always is not None and (always or self.is_positive(arguments[0]))
            case t.Add(parts) | t.Mul(parts):
                return all(map(self.is_positive, parts))
            case t.Div(above, below):
                return self.is_positive(above) and self.is_positive(below)
            case t.Pow(base, _):
                return self.is_positive(base)
            case t.Sum(_, excluded, body):
                return not excluded and self.is_positive(body)
            case t.Prod(_, _, body) | t.Max(_, _, body) | t.Min(_, _, body):
                return self.is_positive(body)
        return False

    def body(self, name: str) -> tuple[tuple[str, ...], t.Term]:
        """The arguments and the body of a function, or of a derivative f'' or g'1'2 of an instance of one."""
        definition = self.definitions.get(t.declared_name(name))
        if definition is None:
            raise Unsupported(f"no instance of {name}")
        key = definition.name, t.partials(name)
        if key not in self._derived:
            self._derived[key] = body_of(definition, name)
        return definition.arguments, self._derived[key]
