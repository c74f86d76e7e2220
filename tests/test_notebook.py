"""IPython as it is: the cell magic `%%derive`, what a derivation shows there, and mistakes without the frames of derive."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, NamedTuple

import pytest

SESSION = """
import contextlib, io, json, sys
from IPython.core.interactiveshell import InteractiveShell

before = "derive" in sys.modules
shell = InteractiveShell.instance(colors="NoColor", history_length=0)
told = []
for cell in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        result = shell.run_cell(cell, store_history=True)
    shown = sorted(shell.display_formatter.format(result.result)[0]) if result.result is not None else []
    told.append([result.success, type(result.result).__name__, out.getvalue(), err.getvalue(), shown])
print(json.dumps(told))
"""
SQUARE = """size n
variable h[n]
constant t[n]
define E = sum((t[i] - h[i])^2, i)
theorem gradient: diff(E, h[k]) = 2*(h[k] - t[k])
"""
WRONG = """theorem wrong: diff(E, h[k]) = 2*(t[k] - h[k])
proof
  diff(E, h[k])
    = 2*(h[k] - t[k]) by gradient
    = 2*(t[k] - h[k]) by algebra
qed
"""


class Cell(NamedTuple):
    """What became of a cell: whether it ended well, the type of its value, what was written, and how its value can be shown."""

    success: bool
    value: str
    out: str
    err: str
    shown: list[str]


def session(*cells: str) -> list[Cell]:
    """Runs cells in an IPython of their own."""
    done = subprocess.run(
        [sys.executable, "-c", SESSION], input=json.dumps(cells), capture_output=True, text=True, timeout=120, check=True
    )
    found: list[list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return [Cell(*each) for each in found]


@pytest.fixture(scope="module", autouse=True)
def needed() -> None:
    pytest.importorskip("IPython")


def test_a_cell_is_a_derivation() -> None:
    loaded, named, wrong, after, value = session(
        "%load_ext derive", f"%%derive --name square\n{SQUARE}", f"%%derive\n{WRONG}", "square.verdicts", "[square]"
    )
    assert loaded[:3] == (True, "NoneType", "")
    assert (named.success, named.value, named.err) == (True, "Derivation", "")
    assert "✓ proved for every n" in named.out  # the whole, in a terminal
    assert named.shown == ["text/html", "text/markdown", "text/plain"]
    # The next cell knows E and cites gradient. It is no error, but its first wrong step is shown, by the line of the cell.
    assert wrong.success
    assert wrong.err.startswith("error[D211]: wrong sign")
    assert "In [3]:6:7\n" in wrong.err
    assert wrong.err.count("error[") == 1
    assert "✗ refuted" in wrong.out
    assert "{'gradient': 'proved'}" in after.out
    assert "[<derivation 'square': 1 theorem, proved>]" in value.out


def test_cells_share_in_the_order_in_which_they_are_run() -> None:
    cells = session(
        "%load_ext derive",
        "%%derive\ntheorem t: diff(x^2, x) = 2*x\n",
        "%%derive\nvariable x\n",
        "%%derive\ntheorem t: diff(x^2, x) = 2*x\n",
        "%%derive\nvariable y +\n",
        "%%derive\ntheorem s: diff(y^2, y) = 2*y\n",
        "%%derive --name=again\nvariable y\n",
        "%%derive\ntheorem s: diff(x*y, y) = x\n",
    )
    assert [cell.success for cell in cells] == [True, False, True, True, False, False, True, True]
    assert "`x` is not declared" in cells[1].out + cells[1].err
    assert "error[D176]" in cells[5].out + cells[5].err  # the cell that declares it has a mistake
    assert "✓ proved" in cells[7].out


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%derive\ntheorem t: 1 = (", "here, not the end of the text\n --> In [2]:2:17"),
        ("%%derive --nme x\nvariable x", "error: %%derive cannot be called with --nme x\n  help: write %%derive, or"),
        ("%%derive --name class\nvariable x", "error: %%derive cannot be called with --name class"),
        ("import derive; derive.parse('variable x\\ntheorem t: y = x')", "`y` is not declared\n --> the text:2:12"),
        ("import derive; derive.load('softmx-ce')", 'there is no derivation "softmx-ce" in the library\n  help: did'),
        ("import derive; derive.parse('theorem t: a = 1\\ntheorem s: b = 1')", "`b` is not declared"),  # the second
    ],
)
def test_a_mistake_is_shown_without_frames(cell: str, said: str) -> None:
    _, found = session("%load_ext derive", cell)
    assert not found.success
    shown = found.out + found.err
    assert said in shown
    assert "Traceback" not in shown
    assert "site-packages" not in shown
    assert ".py" not in shown


def test_ipython_is_loaded_by_nothing_but_itself() -> None:
    program = "import sys, derive, derive.plugins.notebook; derive.load('relu').html(); print('IPython' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"
