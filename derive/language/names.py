"""Names: what is declared, and what may have been meant where nothing is.

    kind_of("x")                    a variable
    nearest("sigmiod", …)           sigmoid
    free_name("u", {"u", "u2"})     u3
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import NoReturn

from derive.floor.functions import TABLE
from derive.floor.terms import Term, unused_name
from derive.floor.theory import Theory
from derive.language.errors import SourceError
from derive.language.lexer import Source
from derive.language.spelling import Printed
from derive.language.syntax import Syntax

ABOVE = "declare it above: "
"""With what a help that ends in a declaration leads to it."""
BINDERS = ("sum", "prod", "max", "min")
"""What runs over an index; a max or min may also be of two values."""
FORMS = ("sum", "prod", "delta", "if", "diff", "partial")
"""What looks like a function and is none: the argument of these is not a value alone."""


class Names:
    """The names that are declared where a statement stands, as `theory` says, and the mistakes of those that are not.

    `arguments` are the arguments of a function under definition, with the names that they have in its body; `defining` is the
    name under definition, and `later` gives the line in which a name is declared further below.
    """

    def __init__(
        self,
        source: Source,
        theory: Theory,
        arguments: Mapping[str, str] | None = None,
        defining: str = "",
        later: Callable[[str], int | None] = lambda _: None,
    ) -> None:
        self.source = source
        self.theory = theory
        self.arguments = arguments
        self.defining = defining
        self.later = later
        self.warnings: list[tuple[Syntax, str]] = []
        self.printed = Printed()  # what is declared, by how it looks

    def ranges(self, name: str) -> tuple[Term, ...] | None:
        """The ranges of the indices of a declared array or scalar; None for any other name."""
        theory = self.theory
        if name in theory.unknowns:
            return theory.unknowns[name].ranges
        definition = theory.definitions.get(name)
        if definition is not None:
            return None if definition.arguments else tuple(index.range for index in definition.parameters)
        function = theory.functions.get(name)
        return () if function is not None and function.of else None

    def arity(self, name: str) -> int:
        """The number of arguments of a declared function, or of one of the table."""
        theory = self.theory
        if name in theory.definitions:
            return len(theory.definitions[name].arguments)
        if name in theory.functions:
            return theory.functions[name].arity
        return TABLE[name].arity

    def is_function(self, name: str) -> bool:
        """Whether the name is declared as a function of numbers."""
        theory = self.theory
        if name in theory.definitions:
            return bool(theory.definitions[name].arguments)
        return name in theory.functions and not theory.functions[name].of

    def kind_of(self, name: str) -> str | None:
        """What a declared name is, as messages say it; None for one that is not declared."""
        theory = self.theory
        if name in theory.unknowns:
            return "a variable" if theory.unknowns[name].variable else "a constant"
        if name in theory.sizes:
            return "a size"
        if name in theory.indices:
            return "a fixed index"
        if name in theory.functions or self.is_function(name):
            return "a function"
        return "a defined name" if name in theory.definitions else None

    def undeclared(self, syntax: Syntax, name: str, ranges: str = "", length: int | None = None) -> NoReturn:
        """Raises the mistake of a name that means nothing here: undeclared, declared below, or about to be defined."""
        if name == self.defining:
            other = f"give another name to the one that is meant: define {name}2 = …"
            recursive = "recursion is not supported yet: declare {0} as a variable, and assume what relates its entries"
            instead = recursive.format(name) if syntax.kind == "entry" else other
            self.fail("D142", syntax, length=length, name=name, instead=instead)
        line = self.later(name)
        if line is not None:
            self.fail("D141", syntax, length=length, name=name, line=line, here=self.source.line(syntax.start))
        theory = self.theory
        known = (*theory.unknowns, *theory.definitions, *theory.sizes, *theory.functions, *(self.arguments or ()))
        near = nearest(name, known)
        declare = f"{ABOVE}variable {name}{ranges}"
        meant = self._entry_meant(name)
        if name in ("e", "E"):
            declare = f"for {name}^x write exp(x), and for {name} itself exp(1); or {declare}"
        instead = f"write {meant}" if meant else f"write {near}, or {declare}" if near else declare
        self.fail_for(name, "D140", syntax, length, name=name, instead=instead)

    def _entry_meant(self, name: str) -> str | None:
        """The entry of an array for which x_i, W_ij and x1 are written elsewhere."""
        base, line, below = name.partition("_")
        if not line:
            base = name.rstrip("0123456789")
            below = name[len(base) :]
        count = len(self.ranges(base) or ())
        places = [below] if count == 1 else list(below)
        if not base or not below or count != len(places):
            return None
        return f"{base}[{', '.join(places)}]" if "0" not in places else f"{base}[{', '.join('1' * count)}]: indices begin at 1"

    # --- mistakes ---

    def text(self, syntax: Syntax) -> str:
        """The source text of `syntax`, on one line."""
        return " ".join(self.source.text[syntax.start : syntax.end].split())

    def error(self, code: str, syntax: Syntax, length: int | None = None, **fields: object) -> SourceError:
        """The mistake `code` at `syntax`, or at its first `length` characters."""
        return self.source.error(code, syntax.start, syntax.end if length is None else syntax.start + length, **fields)

    def fail(self, code: str, syntax: Syntax, length: int | None = None, **fields: object) -> NoReturn:
        """Raises the mistake `code` at `syntax`, or at its first `length` characters."""
        raise self.error(code, syntax, length, **fields)


    def fail_for(self, missing: str, code: str, syntax: Syntax, length: int | None = None, **fields: object) -> NoReturn:
        """The same for a name that means nothing, and may be taken from a text that was read before: see `earlier`."""
        mistake = self.error(code, syntax, length, **fields)
        mistake.missing = missing
        raise mistake


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, or the one nearest to it that is not taken: u, u2, u3, …"""
    return unused_name(name, frozenset(taken))


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was probably meant."""
    known = list(names)
    same = [each for each in known if each.lower() == name.lower() and each != name]
    found = same or (get_close_matches(name, known, 1, 0.7) if len(name) > 1 else [])
    return found[0] if found else None


def counted(number: int, one: str, many: str) -> str:
    """`2 arguments`, as messages say it."""
    return f"no {many}" if not number else f"1 {one}" if number == 1 else f"{number} {many}"


def letters(number: int) -> list[str]:
    """Letters for that many indices."""
    return [*"ijkl"[:number], *(f"i{n}" for n in range(4, number))]


def values(number: int) -> list[str]:
    """Letters for that many values."""
    return [*"xyz"[:number], *(f"x{n}" for n in range(3, number))]


def arguments(number: int) -> list[str]:
    """Letters for the arguments of a function."""
    return [*"uvw"[:number], *(f"u{n}" for n in range(3, number))]


def argument_name(position: int, letter: str) -> str:
    """What the argument of a defined function is called in its body: a name that no text can hold and no other argument has.

    The letter of its author is for printing only. It may be that of something declared, which is then another thing.
    """
    return f"?{position}:{letter}"


def shown_name(name: str) -> str:
    """A name as its author wrote it."""
    return name.partition(":")[2] if name.startswith("?") else name
