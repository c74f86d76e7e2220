"""Each module imports only from the floors below it, and checking loads neither SymPy nor NumPy."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "derive"

FLOORS = (
    "errors shelf",
    "limits",
    "floor",
    "held",
    "numbers engine workers",
    "language",
    "library proofs diagnosis bridge",
    "checking",
    "gradient render",
    "batch testing",
    "commands",
    "plugins",
)
"""Ground floor first. Rooms on one floor know nothing of each other."""
DOORS = ("__init__", "__main__", "api", "cli")
"""What people come in by: it may import anything, and no room imports it."""
LARGEST_FLOOR = 4500
"""Lines of what is trusted."""


def room_of(module: str) -> str:
    """The folder of a module, or its own name where it stands beside the folders."""
    return module.removeprefix("derive").lstrip(".").split(".")[0]


def floor_of(room: str) -> int:
    """The number of the floor on which a room is."""
    found = [number for number, rooms in enumerate(FLOORS) if room in rooms.split()]
    assert found, f"{room} has no floor: put it in the list"
    return found[0]


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in doors()]


def doors() -> set[str]:
    return {f"{door}.py" for door in DOORS}


def imported(path: Path) -> set[str]:
    """The modules of the package that a file imports, but for types only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "derive":
            if _is_package(node.module):
                found |= {f"{node.module}.{alias.name}" for alias in node.names if _is_module(f"{node.module}.{alias.name}")}
            if node.module != "derive":
                found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("derive.")}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_downwards(path: Path) -> None:
    own = room_of(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
    for module in imported(path):
        room = room_of(module)
        assert room not in DOORS, f"{own} imports {module}, by which people come in"
        assert room == own or floor_of(room) < floor_of(own), f"{own} imports {module}, which is not below it"


def test_what_is_trusted_is_small_and_stands_alone() -> None:
    lines = 0
    for path in sorted((PACKAGE / "floor").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines += text.count("\n")
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.split(".")[0]
                own = name.startswith(("derive.floor", "derive.errors", "derive.limits"))
                assert own or top in sys.stdlib_module_names, f"{path.name} imports {name}"
    assert lines <= LARGEST_FLOOR


def _is_package(name: str) -> bool:
    return (PACKAGE.parent.joinpath(*name.split(".")) / "__init__.py").exists()


def _is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


HEAVY = """
import sys
from derive.language import read
from derive.checking.checker import check
text = open(sys.argv[1], encoding="utf-8").read()
check(read(text, "case", sys.argv[1]))
print(sorted({"sympy", "numpy", "typer", "rich"} & set(sys.modules)))
"""


def test_checking_loads_neither_sympy_nor_numpy() -> None:
    case = PACKAGE.parent / "tests" / "cases" / "published" / "R01-softmax-ce.derive"
    answer = subprocess.run([sys.executable, "-c", HEAVY, str(case)], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
