"""How many steps a second of CPU decides, beside SymPy on the same equalities at three classes.

    python tests/benchmarks/against_sympy.py [STEPS]

Every step of the published derivations and of the library is checked at all sizes; of the true ones a sample is given to
SymPy, with every size set to 3, as `simplify(left - right)`, each for at most a minute. Only the ratio means anything.
"""

from __future__ import annotations

import random
import signal
import sys
import time
from pathlib import Path

from derive.checking.checker import check
from derive.floor.terms import Size
from derive.language.derivation import Derivation
from derive.library import load, read_path
from derive.shelf import names

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60  # seconds for one equality


def derivations() -> list[Derivation]:
    published = sorted((ROOT / "tests" / "cases" / "published").glob("*.derive"))
    return [*(d for path in published for d in read_path(path)), *map(load, names())]


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    every = derivations()
    begun = time.process_time()
    reports = [check(derivation) for derivation in every]
    own = time.process_time() - begun
    steps = [(r.derivation, s) for r in reports for t in r.theorems for s in t.steps]
    print(f"derive: {len(steps)} steps in {own:.2f} s of CPU, {1000 * own / len(steps):.2f} ms each")

    import sympy

    from derive.bridge.to_sympy import to_sympy

    true = [(d, s) for d, s in steps if s.verdict == "proved"]
    random.Random(0).shuffle(true)
    spent, decided, late, count = 0.0, 0, 0, 0
    signal.signal(signal.SIGALRM, _late)
    for derivation, step in true[:wanted]:
        try:
            left, right = (to_sympy(side, derivation.theory, unfolded=True) for side in (step.left, step.right))
        except Exception as problem:  # what the bridge cannot say is no matter of speed
            print("left out:", problem)
            continue
        count += 1
        begun = time.process_time()
        signal.alarm(PATIENCE)
        try:
            at_three = {to_sympy(Size(name), derivation.theory): 3 for name in derivation.theory.sizes}
            difference = (left - right).subs(at_three).doit()
            decided += sympy.simplify(difference) == 0
        except TimeoutError:
            late += 1
        except Exception as problem:
            print("SymPy fails:", type(problem).__name__, str(problem)[:80])
        finally:
            signal.alarm(0)
            spent += time.process_time() - begun
    each = spent / max(count, 1)
    print(
        f"SymPy at three classes: {count} steps in {spent:.1f} s of CPU, {1000 * each:.0f} ms each; "
        f"{decided} decided, {late} not within {PATIENCE} s"
    )
    print(f"ratio: {each / (own / len(steps)):.0f}")


def _late(*_: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    main()
