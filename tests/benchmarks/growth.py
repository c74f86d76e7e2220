"""How work grows with a text: units and seconds for each family of `growing`, at half its size, its size, and twice that.

    python tests/benchmarks/growth.py
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from derive import limits
from derive.checking.checker import check
from derive.language.derivation import Derivation
from derive.library import parse_each
from derive.limits import Limit, allowed
from growing import BOUNDED, LINEAR

WHOLE = Limit("this", 10**10)


def measured(text: str) -> str:
    begun = time.process_time()
    with allowed(WHOLE):
        before = limits._account.left
        for derivation in parse_each(text):
            assert isinstance(derivation, Derivation)
            check(derivation, diagnose=True)
        units = before - limits._account.left
    return f"{units:10.0f} units {time.process_time() - begun:6.2f} s"


for what, (text, size) in (LINEAR | BOUNDED).items():
    for count in (size // 2, size, 2 * size):
        try:
            print(f"{what:36} {count:6} {measured(text(count))}", flush=True)
        except Exception as error:
            print(f"{what:36} {count:6} {error}")
