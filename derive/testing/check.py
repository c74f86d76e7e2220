"""A function held against a proved gradient, at inputs that meet what is declared, the degenerate ones included.

    def gradient(Z, y): …
    check_gradient(gradient, "softmax-ce")

The gradient is computed in float64 from the very numbers that the function gets. How far a function may be off is what
rounding its inputs does to the gradient, and not one number for all: a proved gradient is exact enough for that.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import reject as leave_out
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from derive.bridge.samples import CannotSample
from derive.checking.checker import check
from derive.checking.instances import stated_gradient
from derive.checking.verdicts import TheoremResult
from derive.errors import CallError
from derive.floor.theory import Assumption, Theory
from derive.gradient import GradientFunction, gradient_function, theorem_of
from derive.language import write_term
from derive.language.derivation import Derivation
from derive.library import load
from derive.testing.inputs import GENERIC, KINDS, Choices, Inputs, drawn
from derive.testing.near_misses import Seen, near_miss

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXAMPLES = 100
MOST_MEMBERS = 3  # of a batch
ROUNDINGS = 128  # of the inputs, the result and what is on the way, that a function may be off by
LOOKS = 6  # at other inputs, to tell which near miss a function computes
LIBRARIES = ("numpy", "torch", "jax")


@dataclass(frozen=True)
class Agreement:
    """What was tried, and nothing was found: the number of inputs, and by type of the numbers the largest error, as a part of
    the largest entry of the gradient and 1.
    """

    theorem: str
    examples: int
    largest_error: Mapping[str, float]


class WrongGradient(AssertionError):
    """The function does not compute the proved gradient; the message shows the simplest inputs that were found, and what it
    gives there.

    `sizes` and `arrays` are those inputs, `entry` the place (from 1 on) of the worst entry, None where the shapes differ or
    the function fails; `found` is what the function gives, `expected` the gradient. `near_miss` says what it computes instead,
    where that is known.
    """

    def __init__(
        self,
        message: str,
        sizes: Mapping[str, int],
        arrays: Mapping[str, NDArray[Any]],
        entry: tuple[int, ...] | None = None,
        found: Any = None,
        expected: NDArray[Any] | None = None,
        near_miss: str | None = None,
    ) -> None:
        super().__init__(message)
        self.sizes, self.arrays, self.entry = sizes, arrays, entry
        self.found, self.expected, self.near_miss = found, expected, near_miss


def check_gradient(
    function: Callable[..., Any],
    derivation: str | Derivation,
    *,
    theorem: str | None = None,
    arguments: Sequence[str] | None = None,
    sizes: Mapping[str, int] | None = None,
    one_hot: Sequence[str] = (),
    batch: bool = False,
    dtypes: Sequence[str] = ("float64", "float32"),
    to: str = "numpy",
    examples: int = EXAMPLES,
    seed: int | None = None,
) -> Agreement:
    """Tries a function of NumPy, torch or JAX against the gradient that a proved theorem states.

    `derivation` is one of the library by its name, or yours; `theorem` is one of it, and without it the main one. The
    function gets the arrays by the names of its parameters where these are those of the gradient, and else in the order in
    which they are declared; `arguments` gives another order. A parameter that is called like a size gets that. The
    result has the axes of
    `Derivation.lambdify`: those of what is differentiated, and then those of the entry differentiated by.

    Sizes are from the least that is declared on, unless `sizes` gives them. Signs, assumptions and what the theorem is given
    are met; arrays of `one_hot` have one entry that is 1, and else zeros. With `batch`, each array has a batch before its own
    axes, and so has the result. `to` is the library whose arrays the function gets. The inputs are the same every time, unless
    there is a `seed`. Where JAX has float32 alone, that is what it is tried with.

    Fails with `WrongGradient`, an `AssertionError`, where the function gives something else, fails, or changes what it is
    given; with `CallError` where there is no such theorem, it is not proved or states no gradient, or its inputs
    cannot be drawn.
    """
    if to not in LIBRARIES:
        raise CallError("no-library", f"there are no arrays of {to}", f"choose one of {', '.join(LIBRARIES)}")
    written = load(derivation) if isinstance(derivation, str) else derivation
    found = theorem_of(check(written), theorem)
    trial = _Trial(function, found, arguments, sizes or {}, frozenset(one_hot), batch, tuple(dtypes), to)
    return trial.run(examples, seed)


class _Trial:
    """The function, the gradient, and how inputs are drawn."""

    def __init__(
        self,
        function: Callable[..., Any],
        theorem: TheoremResult,
        arguments: Sequence[str] | None,
        sizes: Mapping[str, int],
        one_hot: frozenset[str],
        batch: bool,
        dtypes: tuple[str, ...],
        to: str,
    ) -> None:
        self.function = function
        self.theorem = theorem
        self.gradient: GradientFunction = gradient_function(theorem)
        self.name = theorem.statement.name
        self.theory = _supposing(theorem)
        self.given, self.hot, self.batch, self.dtypes, self.to = sizes, one_hot, batch, dtypes, to
        known = {*self.theory.unknowns}
        for name in (*one_hot, *(arguments or ())):
            if name not in known:
                raise CallError("no-such-name", f"{self.name} has no array {name}", f"it has {', '.join(sorted(known))}")
        for name in sizes:
            if name not in self.theory.sizes:
                raise CallError("no-size", f"{self.name} has no size {name}", f"it has {', '.join(self.theory.sizes)}")
        for dtype in dtypes:
            if dtype not in ("float64", "float32"):
                raise CallError("no-type", f"numbers of type {dtype} are not tried", "choose float64 or float32")
        if to == "jax" and not importlib.import_module("jax").config.jax_enable_x64:
            self.dtypes = ("float32",)  # JAX has no other numbers, unless it is asked to
        self.named = self._named(arguments)
        self.ordered = tuple(arguments) if arguments is not None else self.gradient.arguments
        self.names = frozenset((*self.ordered, *self.named.intersection(known), *self.gradient.arguments))
        self.largest = dict.fromkeys(self.dtypes, 0.0)
        self.done = 0

    def _named(self, arguments: Sequence[str] | None) -> frozenset[str]:
        """The parameters that are given by name; none where the arrays are given in their order."""
        try:
            parameters = inspect.signature(self.function).parameters.values()
        except (TypeError, ValueError):
            return frozenset()
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        names = frozenset(each.name for each in parameters if each.kind in kinds)
        known = frozenset((*self.theory.unknowns, *self.theory.sizes))
        needed = frozenset(each.name for each in parameters if each.kind in kinds and each.default is each.empty)
        by_name = arguments is None and needed <= known and names >= frozenset(self.gradient.arguments)
        return names & known if by_name else frozenset()

    # --- trying -------------------------------------------------------------------------------------------------------------

    def run(self, examples: int, chosen: int | None) -> Agreement:
        """All of the inputs. Fails with the simplest that shows a fault."""
        where = settings(
            max_examples=-(-examples // len(KINDS)), deadline=None, database=None, derandomize=chosen is None,
            verbosity=Verbosity.quiet, phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False, print_blob=False,
        )  # fmt: skip
        for kind in KINDS:  # the plain inputs first, which show most faults, and show them best
            test = where(given(st.data(), st.just(kind))(self.one))
            try:
                (test if chosen is None else seed(chosen)(test))()
            except WrongGradient as wrong:
                raise self.told(wrong) from wrong.__cause__
        if not self.done:
            raise CallError("no-inputs", f"no inputs were found that meet what {self.name} supposes")
        return Agreement(self.name, self.done, self.largest)

    def one(self, data: DataObject, kind: int) -> None:
        """One input of a kind."""
        choices = Choices(data)
        dtype = choices.choice(self.dtypes)
        sizes, arrays, expected, allowed = self.input(choices, dtype, kind)
        found = self.called(arrays, sizes)
        self.done += 1
        if found.shape != expected.shape:
            said = f"the function gives an array of shape {found.shape}, and the gradient has the shape {expected.shape}"
            raise WrongGradient(said, sizes, arrays, None, found, expected)
        import numpy as np

        with np.errstate(all="ignore"):
            errors = np.abs(found.astype(float) - expected)
            wrong = ~(errors <= allowed)
        if wrong.any():
            excess = np.where(wrong, np.nan_to_num(errors / allowed, nan=np.inf), 0)
            place = np.unravel_index(int(np.argmax(excess)), excess.shape)
            raise WrongGradient("", sizes, arrays, tuple(int(each) + 1 for each in place), found, expected)
        scale = 1 + float(np.max(np.abs(expected), initial=0.0))
        self.largest[dtype] = max(self.largest[dtype], float(np.max(errors, initial=0.0)) / scale)

    def input(
        self, choices: Choices, dtype: str, kind: int
    ) -> tuple[dict[str, int], dict[str, NDArray[Any]], NDArray[Any], NDArray[Any]]:
        """Sizes, arrays, the gradient there, and how far a function may be off. Leaves out what the theorem says nothing of."""
        import numpy as np

        members = 1 + choices.below(MOST_MEMBERS) if self.batch else None
        try:
            sizes, exact = drawn(Inputs(self.names, self.theory, choices, self.hot, kind), self.given, members)
            if dtype == "float64":
                self.gradient(**exact, **self._asked(sizes))
        except (CannotSample, CallError):
            leave_out()
        arrays = {name: array.astype(dtype) for name, array in exact.items() if name in self.names}
        precise = {name: array.astype(float) for name, array in arrays.items()}
        try:
            if dtype != "float64":
                self.gradient(**arrays, **self._asked(sizes))
            expected = self.gradient(**precise, **self._asked(sizes), check=False)
            unit = float(np.finfo(dtype).eps)
            # On the way may stand what is as large as the inputs, an exponent above all, and vanish in the result.
            largest = max((float(np.max(np.abs(array), initial=0.0)) for array in precise.values()), default=0.0)
            allowed = unit * (1 + np.max(np.abs(expected), initial=0.0)) * (1 + largest)
            for turn in range(2):
                chance = np.random.default_rng(turn)
                near = {name: array * (1 + unit * chance.choice((-1, 1), array.shape)) for name, array in precise.items()}
                with np.errstate(invalid="ignore"):  # of two that are infinite, which are left out below
                    allowed = allowed + np.abs(self.gradient(**near, **self._asked(sizes), check=False) - expected)
        except CallError:
            leave_out()
        if not (np.abs(expected) < np.finfo(dtype).max).all() or not np.isfinite(allowed).all():
            leave_out()  # no function of that type can give it
        return sizes, arrays, expected, ROUNDINGS * allowed

    def _asked(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """The sizes by name, in so far as they are asked for."""
        return {name: value for name, value in sizes.items() if name in self.theory.sizes}

    def called(self, arrays: Mapping[str, NDArray[Any]], sizes: Mapping[str, int]) -> NDArray[Any]:
        """What the function gives, as an array of NumPy. Fails with `WrongGradient` where it fails, or changes what it gets."""
        import numpy as np

        given = {name: array.copy() for name, array in arrays.items()}
        passed = {name: self._array(array) for name, array in given.items()}
        try:
            with np.errstate(all="ignore"):
                if self.named:
                    known = {**passed, **sizes}
                    result = self.function(**{name: known[name] for name in self.named if name in known})
                else:
                    result = self.function(*(passed[name] for name in self.ordered))
            detached = result.detach() if hasattr(result, "detach") else result
            found = np.asarray(detached)
            found = found if found.dtype.kind in "fiub" else found.astype(float)
        except Exception as error:
            said = f"the function fails: {type(error).__name__}: {error}"
            raise WrongGradient(said, sizes, arrays) from error
        for name, array in passed.items():
            if not np.array_equal(np.asarray(array), arrays[name], equal_nan=True):
                raise WrongGradient(f"the function changes its argument {name}", sizes, arrays)
        return found

    def _array(self, array: NDArray[Any]) -> Any:
        """An array of the library that the function is of."""
        match self.to:
            case "torch":
                return importlib.import_module("torch").from_numpy(array)
            case "jax":
                return importlib.import_module("jax.numpy").asarray(array)
        return array

    # --- telling ------------------------------------------------------------------------------------------------------------

    def told(self, wrong: WrongGradient) -> WrongGradient:
        """The same with a message that shows the inputs, both sides, and what is computed instead."""
        import numpy as np

        statement = self.theorem.statement
        claim = " = ".join(write_term(side, statement.theory) for side in (statement.sides[0], statement.sides[-1]))
        lines = [f"this is not the gradient that {self.name} states: {claim}"]
        shown = [f"{name} = {value}" for name, value in wrong.sizes.items()]
        shown += [f"{name} = {np.array2string(array, separator=', ')}" for name, array in wrong.arrays.items()]
        types = sorted({str(array.dtype) for array in wrong.arrays.values()} - {"float64"})
        lines.append(f"  at {', '.join(shown)}{f', in {types[0]}' if types else ''}")
        if wrong.entry is not None:
            place = tuple(each - 1 for each in wrong.entry)
            names = ("member", *self.gradient.indices) if self.batch else self.gradient.indices
            at = ", ".join(f"{name} = {each}" for name, each in zip(names, wrong.entry, strict=True))
            here = f"at {at} " if at else ""
            found, expected = wrong.found[place], wrong.expected[place]  # type: ignore[index]
            lines.append(f"  {here}the function gives {found:.9g}, and the gradient is {expected:.9g}")
        else:
            lines.append(f"  {wrong}")
        instead = self._instead() if wrong.found is not None else None
        if instead is not None:
            lines.append(f"  what it computes is {instead}")
        elif wrong.entry is not None and not np.isfinite(np.asarray(wrong.found, dtype=float)).all():
            lines.append("  a number on the way is too large, or divided by 0: the gradient itself is finite")
        return WrongGradient(
            "\n".join(lines), wrong.sizes, wrong.arrays, wrong.entry, wrong.found, wrong.expected, instead
        )

    def _instead(self) -> str | None:
        """The near miss that the function computes, at a few inputs of no particular kind."""
        seen: list[Seen] = []

        def look(data: DataObject) -> None:
            sizes, arrays, expected, _ = self.input(Choices(data), self.dtypes[0], GENERIC)
            precise = {name: array.astype(float) for name, array in arrays.items()}
            seen.append(Seen(sizes, precise, self.called(arrays, sizes).astype(float), expected, int(self.batch)))

        quiet = settings(
            max_examples=5 * LOOKS, deadline=None, database=None, derandomize=True, verbosity=Verbosity.quiet,
            phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        try:
            quiet(given(st.data())(look))()
        except WrongGradient:
            return None
        stated = stated_gradient(self.theorem.statement)
        if not seen or stated is None:
            return None
        seen.sort(key=lambda each: -each.expected.size)  # of one entry, a shift is no change
        return near_miss(seen[:LOOKS], stated.value, self.theorem.statement.theory, self.gradient._value.indices)


def _supposing(theorem: TheoremResult) -> Theory:
    """The theory, in which what the theorem is given is assumed, so that inputs meet it."""
    statement = theorem.statement
    first = max((row.number for row in statement.theory.assumptions), default=0) + 1
    more = tuple(Assumption(number, claim) for number, claim in enumerate(statement.hypotheses, first))
    rows = tuple(row for row in statement.theory.assumptions if not row.everywhere)
    return replace(statement.theory, assumptions=(*rows, *more))
