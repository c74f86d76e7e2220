"""Each module imports only from the floors below it, and checking loads neither SymPy nor NumPy."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "derive"

FLOORS = (
    "floor",
    "numbers",
    "engine",
    "language",
    "proofs",
    "diagnosis",
    "checking",
    "library",
    "bridge",
    "render",
    "api",
    "commands",
    "cli",
)
"""Ground floor first; a name that ends a path stands for the whole folder."""


def floor_of(module: str) -> int:
    """The floor of a module: that of the longest name in the list that begins its path."""
    path = module.removeprefix("derive").lstrip(".")
    names = [name for name in FLOORS if path == name or path.startswith(name + ".")]
    assert names, f"{module} has no floor: put it in the list"
    return FLOORS.index(max(names, key=len))


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p.name not in ("__main__.py",) and p != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_downwards(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    own = floor_of(name)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        found = []
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "derive":
            if _is_package(node.module):
                found = [f"{node.module}.{alias.name}" for alias in node.names if _is_module(f"{node.module}.{alias.name}")]
            if node.module != "derive":
                found.append(node.module)
        elif isinstance(node, ast.Import):
            found = [alias.name for alias in node.names if alias.name.startswith("derive.")]
        for module in found:
            assert floor_of(module) <= own, f"{name} imports {module}, which is above it"


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
