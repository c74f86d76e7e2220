"""Documents: their blocks share what is declared in them. In tests/cases/documents mistakes are told on the guilty lines."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.checking.checker import Cited, check
from derive.cli import main
from derive.errors import LimitError
from derive.language import read, read_document
from derive.language.blocks import Block
from derive.language.derivation import Derivation
from derive.language.documents import kind_of, read_blocks
from derive.language.errors import SourceError
from derive.language.layout import lay_out_document
from derive.language.restructured import pieces
from derive.library import loading, read_each

DOCUMENTS = sorted(each for each in (Path(__file__).parent / "cases" / "documents").iterdir() if each.suffix != ".derive")
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


def parts(path: Path) -> list[Derivation | SourceError]:
    return list(read_each(path, path.read_text(encoding="utf-8")))


def lines(path: Path) -> list[tuple[str, int, str]]:
    """The lines of a document, each with what its file is called in messages and its number there."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return [(str(path), number, line) for number, line in enumerate(text.splitlines(), 1)]
    sources = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    numbered = ((cell, enumerate(source.splitlines(), 1)) for cell, source in enumerate(sources, 1))
    return [(f"{path}:cell {cell}", number, line) for cell, each in numbered for number, line in each]


@each_document
def test_mistakes_are_those_of_the_guilty_lines(path: Path) -> None:
    found = [each for part in parts(path) if isinstance(part, SourceError) for each in (part, *part.more)]
    expected = [(file, number, code[1]) for file, number, line in lines(path) if (code := re.search(r"# error: (D\d+)", line))]
    assert [(each.file, each.place.line, each.code) for each in found if each.code != "D180"] == expected
    alike = [line.strip() for _, _, line in lines(path) if re.search(r"none is seen", line)]
    assert len([each for each in found if each.code == "D180"]) == len(alike)


@each_document
def test_verdicts_are_those_expected(path: Path) -> None:
    derivations = [part for part in parts(path) if isinstance(part, Derivation)]
    assert len(derivations) > 1
    for derivation in derivations:
        wrong = [each.statement.name for each in check(derivation).theorems if not each.expected]
        assert not wrong


@each_document
def test_what_is_proved_of_a_document_is_replayed(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(path), "--format", "json", "-o", str(tmp_path / "proofs.json")])
    document = json.loads((tmp_path / "proofs.json").read_text(encoding="utf-8"))
    proved = [each for derivation in document["derivations"] for each in derivation["theorems"] if each["verdict"] == "proved"]
    capsys.readouterr()
    assert proved
    assert main(["replay", str(tmp_path / "proofs.json")]) == 0
    assert "all proved again" in capsys.readouterr().out


def test_a_record_is_read_below_what_it_says_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = (each for each in DOCUMENTS if each.stem == "shared")
    main(["check", str(path), "--format", "json", "-o", str(tmp_path / "proofs.json")])
    document = json.loads((tmp_path / "proofs.json").read_text(encoding="utf-8"))
    sources = [each["proof"]["sources"] for each in document["derivations"]]
    assert any("below" in source for each in sources for source in each)
    for tamper in ([], [7], "all", [True]):
        for each in sources:
            for source in each:
                if "below" in source:
                    source["below"] = tamper
        (tmp_path / "doctored.json").write_text(json.dumps(document), encoding="utf-8")
        capsys.readouterr()
        assert main(["replay", str(tmp_path / "doctored.json")]) != 0


@each_document
def test_the_layout_of_a_document_changes_nothing(path: Path) -> None:
    text, kind = path.read_text(encoding="utf-8"), kind_of(path)
    assert kind is not None
    if "# error" in text:
        with pytest.raises(SourceError):
            lay_out_document(text, path.name, loading(path), kind)
        return
    laid_out = lay_out_document(text, path.name, loading(path), kind)
    assert lay_out_document(laid_out, path.name, loading(path), kind) == laid_out
    assert [each.statements for each in parts(path)] == [each.statements for each in read_each(path, laid_out)]  # type: ignore[union-attr]


def test_what_a_text_declares_itself_is_not_looked_for_elsewhere() -> None:
    """A block that declares all its names is read as if it stood alone: the same terms under the same declarations."""
    block = "size n\nvariable x[n]\ntheorem t: sum(x[i], i) = sum(x[k], k)"
    above = "variable i, k, n, t, z\nassume z > 0\ntheorem u: i = k expect refuted"
    *_, found = read_document(f"```derive\n{above}\n```\n```derive\n{block}\n```")
    assert (found.theory, found.statements, found.below) == (read(block).theory, read(block).statements, ())


def test_only_what_is_needed_is_taken() -> None:
    text = "```derive\nvariable a, b, c\nconstant d\nassume a = d\ndefine e = b^2\n```\n```derive\ntheorem t: {0} = {0}\n```"
    taken = {name: set(read_document(text.format(name))[1].theory.descriptions) for name in "abcde"}
    assert taken == {"a": {"a", "d"}, "b": {"b"}, "c": {"c"}, "d": {"a", "d"}, "e": {"b", "e"}}


def test_blocks_may_take_from_one_another_in_a_long_row() -> None:
    """Each from the one before it, and what is cited is checked once."""
    block = "define x{n} = x{m} + 1\ntheorem t{n}: x{n} = x0 + {n}\nproof x{n} = x{m} + 1 by definition = x0 + {n} by t{m} qed"
    blocks = ["variable x0\ntheorem t0: x0 + 0 = x0", *(block.format(n=n, m=n - 1) for n in range(1, 40))]
    cited = Cited()
    derivations = read_document("\n".join(f"```derive\n{each}\n```" for each in blocks))
    assert {check(each, cited=cited, record=True).verdict for each in derivations} == {"proved"}


SHARED: list[tuple[str, list[object]]] = [
    # what a name is made of has been declared anew since, whatever name comes first
    ("variable x  define f = x^2  define g = f ||| variable x  define f = x^3 ||| theorem t: g = f", ["", "", "D175"]),
    ("variable x  define f = x^2  define g = f ||| variable x  define f = x^3 ||| theorem t: f = g", ["", "", "D175"]),
    ("variable x > 0  define g = x ||| variable x ||| theorem t: g - g + abs(x) = x", ["", "", "D175"]),
    ("variable x > 0 ||| define y = x^2 ||| theorem t: sqrt(y) = x ||| variable x ||| theorem s: y = y",
     ["", "", "t proved", "", "D175"]),
    # what is assumed of a name belongs to it
    ("variable x  assume x > 0  theorem pos: abs(x) = x ||| variable x ||| theorem t: abs(x) = x",
     ["pos proved", "", "t refuted"]),
    ("variable x  assume x > 0  theorem pos: abs(x) = x ||| variable x ||| theorem t: abs(x) = x proof abs(x) = x by pos qed",
     ["pos proved", "", "D175"]),
    ("variable x  assume x > 0  define f = x^2 ||| variable x ||| theorem t: abs(x) + f = x + f", ["", "", "D175"]),
    ("function f(u), g(u)  variable x  assume for all x: f(g(x)) = x ||| function f(u)  variable x"
     " ||| theorem t: f(g(x)) = x", ["", "", "D175"]),
    ("variable x  assume x > 0  define f = x^2 ||| variable x  assume x > 0 ||| theorem t: abs(x)*f = x*f",
     ["", "", "t proved"]),
    # a block with mistakes hides what stands above it
    ("variable x > 0 ||| variable x  title 3 ||| theorem t: abs(x) = x", ["", "D112", "D176"]),
    ("variable x  variable y > 0 ||| define x = y^2  oops ||| theorem t: diff(x, y) = 0", ["", "D133", "D176"]),
    ("define sigmoid(u) = u^2  bogus ||| variable x  theorem t: sigmoid(x) = 1/(1 + exp(-x))", ["D133", "D176"]),
    ("variable x > 0 ||| variable x § ||| theorem t: abs(x) = x ||| variable x ||| theorem u: x = x",
     ["", "D102", "D176", "", "u proved"]),
    # names that are held fixed above
    ("variable x  define b = x  define c = x + b  theorem t: partial(c, x) = 1 ||| theorem u: c = 2*x",
     ["t proved", "u proved"]),
    # what a text uses
    ('use "n"  theorem t: abs(x) = x ||| theorem u: abs(x) = x', ["t proved", "u proved"]),
    ('use "n"  theorem t: x + z = z + x proof x + z = z + x by lem qed', ["t proved"]),
    ('use "n"  variable z  theorem t: z + z = 2*z', ["t proved"]),
    ('variable x ||| use "n"  theorem t: abs(x) = x ||| theorem u: abs(x) = x', ["", "t refuted", "u refuted"]),
    ('use "n"  variable x  theorem t: z + x = x + z proof z + x = x + z by lem qed', ["D125"]),
    # what is assumed further down is shared by nobody
    ("variable x ||| assume x > 0  theorem pos: abs(x) = x ||| theorem u: abs(x) = x proof abs(x) = x by pos qed",
     ["", "pos proved", "u refuted"]),
    ("variable x ||| theorem u: x = x+0  assume x > 0 ||| theorem s: abs(x) = x  theorem t: x = x+0 proof x = x+0 by u qed",
     ["", "u proved", "s refuted, t proved"]),
    ("variable x > 0 ||| theorem u: x = x+0  assume x = -1 ||| theorem t: x = x+0 proof x = x+0 by u qed",
     ["", "u proved", "t proved"]),
    ("variable x ||| variable y  assume x = y ||| theorem t: x = y ||| variable x ||| theorem s: y = x",
     ["", "", "t proved", "", "D175"]),
    # sizes and fixed indices that are declared anew
    ("size n  assume n < 1000  define E = 2*n ||| size n ||| theorem t: abs(1000 - n) = 1000 - E/2", ["", "", "D175"]),
    ("size n  assume n < 1000  theorem c: abs(1000 - n) = 1000 - n ||| size n"
     " ||| theorem d: abs(1000 - n) = 1000 - n proof abs(1000 - n) = 1000 - n by c qed", ["c proved", "", "D175"]),
    ("size m, n  assume m = n  define square = m*n ||| size m, n ||| theorem t: square = n^2", ["", "", "D175"]),
    ("index o: 3  variable x[3]  assume x[o] > 0 ||| index o: 3 ||| theorem t: abs(x[o]) = x[o]", ["", "", "D175"]),
    # of two files that are used, that of the block itself is nearer; what they take from others is not the document's
    ('use "positive"  theorem a: abs(x) = x ||| use "real"  theorem b: abs(x) = x ||| theorem c: abs(x) = x',
     ["a proved", "b refuted", "c refuted"]),
    ('variable x ||| use "deep"  theorem one: 1 = 1 ||| theorem t: abs(x) = x proof abs(x) = x by pos qed',
     ["", "one proved", "D175"]),
    ('variable x ||| use "deep"  theorem one: 1 = 1 ||| theorem t: F = 1 + x', ["", "one proved", "D175"]),
    ('use "deep"  theorem t: F - 1 = abs(F - 1) ||| theorem s: F - 1 = abs(F - 1)', ["t proved", "s proved"]),
    # what has a meaning without a declaration means what is declared
    ('use "square"  theorem t: sigmoid(0) = 1/2', ["t refuted"]),
    ('use "square"  theorem t: sigmoid(3) = 9 ||| theorem s: sigmoid(3) = 9', ["t proved", "s proved"]),
    ('use "square" ||| variable x  theorem t: sigmoid(x) = x^2', ["", "t proved"]),
    ("size n, m ||| theorem t: sum(delta(i, n), i: m) = 1", ["", "t refuted"]),
    ("size n  variable x[n]  index o: n ||| define p = x[o]  theorem t: p = x[o]", ["", "t proved"]),
    ("size n ||| index p: n  theorem t: p = p ||| theorem s: n = n", ["", "t proved", "s proved"]),
    # whatever a block with mistakes may declare is lost
    ('variable x > 0 ||| variable x oops ||| use "q"  theorem t: abs(x) = x', ["", "D110", "D176"]),
    ("variable x > 0  variable h  define E = h ||| variable h >= 0, x  theorem one: E = h ||| theorem t: abs(x) = x",
     ["", "D175", "D176"]),
    ("variable x > 0 ||| variable z §,\n x ||| theorem t: abs(x) = x", ["", "D102", "D176"]),
    ('variable x > 0 ||| use "nothing" variable z >= 0, x ||| theorem t: abs(x) = x', ["", "D124", "D176"]),
    ('use "positive"  theorem a: 1 = 1 ||| use "nothing" ||| theorem t: abs(x) = x', ["a proved", "D124", "D176"]),
    ('variable x > 0 ||| use "nothing" ||| theorem t: abs(x) = x', ["", "D124", "t proved"]),
    *((f"variable x > 0 ||| {line} ||| theorem t: abs(x) = x", ["", "D110", "D176"])
      for line in ("var x", "variabel z >= 0, x", "variables a, x")),
    ("variable 2 ||| variable x  theorem t: diff(x^2, x) = 2*x", ["D112", "t proved"]),
    ("variable x > 0 ||| theorem a: abs(x) = y  theorem b: 1 = 1 ||| theorem t: abs(x) = x", ["", "D140", "t proved"]),
    ("variable x > 0 ||| define y = x^2 + oops  theorem b: y = x ||| theorem t: abs(x) = x", ["", "D140", "t proved"]),
    # a theorem may be called as a name is
    ('use "positive"  theorem x: 1 = 1 ||| use "real"  theorem t: abs(x) = x', ["x proved", "t refuted"]),
    ('theorem x: 1 = 1 ||| use "real"  theorem t: abs(x) = x', ["x proved", "t refuted"]),
    ('use "positive"  theorem x: 1 = 1 ||| use "nothing" ||| theorem t: abs(x) = x', ["x proved", "D124", "D176"]),
    # what a block assumes of what it defines, and of a size that it declares
    ("variable x  define f = x  assume f > 0  theorem a: abs(x) = x ||| theorem t: abs(x) = x", ["a proved", "t proved"]),
    ("variable x ||| size n  assume n > x  theorem c: abs(n - x) = n - x ||| theorem d: abs(n - x) = n - x",
     ["", "c proved", "d proved"]),
    ("size n  variable x  assume x > n  define E = x ||| size n ||| theorem t: abs(E - n) = E - n", ["", "", "D175"]),
    ("variable x ||| define g = x  assume g > 0 ||| variable x ||| theorem t: abs(x) + g = x + g", ["", "", "", "D175"]),
    ("variable x ||| define f = x ||| define g = f  assume g > 0 ||| variable x ||| theorem t: abs(x) + g = x + g",
     ["", "", "", "", "D175"]),
    # what is assumed of other names of a block is not brought along
    ("variable x ||| variable y  assume y = x  assume y > 0  theorem u: x = x+0"
     " ||| theorem s: abs(x) = x  theorem t: x = x+0 proof x = x+0 by u qed", ["", "u proved", "s refuted, t proved"]),
    ("variable x ||| variable y  assume y = x  assume y > 0  define E = x^2 ||| theorem s: abs(x) = x  theorem t: E = x^2",
     ["", "", "s refuted, t proved"]),
    ("function h(u) ||| variable x  assume for all x: h(x) > 0 ||| variable z  theorem t: abs(h(z)) = h(z)"
     " ||| theorem s: abs(h(x)) = h(x)", ["", "", "t refuted", "s refuted"]),
    # a record says below which sources a block stands: those that hide a name too, and which are nearer
    ("size i, n  variable x[n] ||| variable i ||| theorem d: sum(x[i], i) = sum(x[j], j)", ["", "", "d proved"]),
    ('define z = 2 ||| use "n"  theorem b: 1 = 1 ||| theorem c: abs(x)*z = 2*x', ["", "b proved", "c proved"]),
    # marks above a letter, and words of other languages
    ("variable x\u0302 > 0 ||| variable z §, x\u0302 ||| theorem t: abs(x\u0302) = x\u0302", ["", "D102", "D176"]),
    ('use "positive"  theorem b: 1 = 1 ||| import "real" ||| theorem t: abs(x) = x', ["b proved", "D110", "D176"]),
    ("variable x > 0 ||| define f = 3, x = -1 ||| theorem t: abs(x) = x", ["", "D110", "D176"]),
    ("variable x > 0 ||| theorem a: 1 = 1\nvar: x ||| theorem t: abs(x) = x", ["", "D133", "D176"]),
    # what is cited is made of what is not in the text
    ('use "ee"  variable x  theorem t: x^2 = x*x proof x^2 = x^2 by e = x*x qed', ["D175"]),
    ("size n  index o: n  assume o = 1  theorem c: o = o ||| theorem d: o = o proof o = o by c qed", ["c proved", "d proved"]),
    ("size n  index o: n  assume o = 1  theorem c: o = 1 ||| index o: n ||| theorem d: o = 1", ["c unknown", "", "d refuted"]),
]  # fmt: skip
"""Blocks, and what is found in each: the verdicts of its theorems, or the first mistake."""


USED = {
    "n": "variable x > 0  variable z  theorem lem: z + x = x + z",
    "positive": "variable x > 0",
    "real": "variable x",
    "below": "variable x  assume x > 0",
    "deep": 'use "below"  define F = x + 1  theorem pos: abs(x) = x',
    "square": "define sigmoid(u) = u^2  theorem zero: sigmoid(0) = 0",
    "q": "variable q",
    "ee": "variable x  variable y  define E = x^2 + y  theorem e: E = x^2 + y",
}


@cache
def used(name: str) -> Derivation:
    return read(USED[name], name, load=used)


@pytest.mark.parametrize(("blocks", "expected"), SHARED, ids=[blocks[:60] for blocks, _ in SHARED])
def test_a_name_means_what_a_reader_thinks(blocks: str, expected: list[str]) -> None:
    text = "\n".join(f"```derive\n{each.strip()}\n```" for each in blocks.split("|||"))
    cited = Cited()
    found = []
    for each in read_blocks(text, load=used):
        if isinstance(each, SourceError):
            found.append(each.code)
        else:
            found.append(", ".join(f"{row.statement.name} {row.verdict}" for row in check(each, cited=cited).theorems))
    assert found == expected


@pytest.mark.parametrize("blocks", [blocks for blocks, _ in SHARED], ids=[blocks[:60] for blocks, _ in SHARED])
def test_a_record_means_the_same(blocks: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is proved of a document is proved again of its record, below the same sources."""
    for name, text in USED.items():
        (tmp_path / f"{name}.derive").write_text(text, encoding="utf-8")
    document = "\n".join(f"```derive\n{each.strip()}\n```" for each in blocks.split("|||"))
    (tmp_path / "a.md").write_text(document, encoding="utf-8")
    main(["check", str(tmp_path / "a.md"), "--format", "json", "-o", str(tmp_path / "proofs.json")])
    capsys.readouterr()
    status = main(["replay", str(tmp_path / "proofs.json")])
    said = capsys.readouterr().out
    assert status == 0, said
    assert "all proved again" in said or "nothing is called proved" in said


NEAREST = """
```derive
variable x
define E = x^2
```
```derive
use "square"
theorem here: E = x^2
theorem there: F = x + 1
```
```derive
theorem below: E = x^2
theorem cited: F = x + 1
proof
  F = x + 1 by of-f
qed
```
"""


def test_what_the_document_says_itself_is_nearer_than_what_it_uses() -> None:
    used = read("variable x\ndefine E = x^3\ndefine F = x + 1\ntheorem of-f: F = x + 1", "square")
    derivations = read_document(NEAREST, load=lambda _: used)
    assert {check(each).verdict for each in derivations} == {"proved"}


def test_a_limit_of_one_block_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def limited(text: str, *arguments: Any) -> Derivation:
        if "much" in text:
            raise LimitError("D400", "more work than is done", "write it in smaller parts")
        return read(text, *arguments)

    monkeypatch.setattr("derive.language.documents.read", limited)
    blocks = ["theorem a: 1 = 1", "theorem much: 1 = 1", "theorem b: 1 = 1"]
    found = list(read_blocks("\n".join(f"```derive\n{each}\n```" for each in blocks), "", "a.md"))
    assert [type(each) for each in found] == [Derivation, SourceError, Derivation]
    assert isinstance(found[1], SourceError)
    assert (found[1].code, found[1].place.line, found[1].file) == ("D400", 5, "a.md")


def test_what_a_block_below_uses_is_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.md"
    blocks = ("variable x, y\ndefine E = x^2", "theorem t: diff(E, x) = 2*x")
    path.write_text("".join(f"```derive\n{each}\n```\n" for each in blocks), encoding="utf-8")
    assert main(["check", str(path), "--lint", "--format", "concise"]) == 0
    hints = [line for line in capsys.readouterr().out.splitlines() if "D251" in line]
    assert len(hints) == 1
    assert "`y` is declared and not used" in hints[0]


# --- kinds of documents -----------------------------------------------------------------------------------------------------


def test_a_notebook_is_judged_by_its_cells(capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = (each for each in DOCUMENTS if each.suffix == ".ipynb")
    assert main(["check", str(path), "--format", "concise"]) == 2
    out = capsys.readouterr().out
    assert f"{path}:cell 4:4:18: error[D140]" in out
    assert out.splitlines()[-1].startswith("1 file, ")
    for format, told in (("github", f"file={path},title"), ("sarif", '"text": "cell 4, line 4, column 18: ')):
        main(["check", str(path), "--format", format])
        out = capsys.readouterr().out
        assert told in out
        assert "startLine" not in out


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', "not JSON", "[" * 100_000, '{"worksheets": []}'])
def test_what_is_no_notebook_is_told(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "odd.ipynb").write_text(text, encoding="utf-8")
    assert main(["check", str(tmp_path / "odd.ipynb")]) == 2
    out, err = capsys.readouterr()
    assert "it is no notebook" in out + err
    assert "D900" not in out + err


def test_odd_cells_of_a_notebook_are_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells: list[object] = [3, None, {}, {"cell_type": "code"}, {"cell_type": [], "source": {}}]
    cells.append({"cell_type": "code", "source": [3, "%%derive\n"]})
    cells.append({"cell_type": "code", "source": "\n\n%%derive --name a\ntheorem t: 1 = 1"})
    (tmp_path / "odd.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert main(["check", str(tmp_path / "odd.ipynb")]) == 0
    assert "1 theorem (1 proved)" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["fmt"], ["fmt", "--check"], ["fill"], ["fill", "--stdout"]])
def test_a_notebook_is_not_rewritten(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "source": "%%derive\nvariable x\ntheorem t: diff(x^2, x) = ?"}]})
    (tmp_path / "a.ipynb").write_text(text, encoding="utf-8")
    assert main([*command, str(tmp_path / "a.ipynb")]) == 2
    assert "which is not rewritten" in capsys.readouterr().err
    assert main(["check", "--fix", str(tmp_path / "a.ipynb")]) == 0
    assert (tmp_path / "a.ipynb").read_text(encoding="utf-8") == text


RST = """
.. code-block:: derive

   variable x
   theorem t: x = ?
"""


def test_answers_are_written_into_a_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.rst"
    path.write_text(RST.replace("x = ?", "diff(x^2, x) = ?"), encoding="utf-8")
    assert main(["fill", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == RST.replace("x = ?", "diff(x^2, x) = 2*x")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (".. code-block:: derive\n\n  theorem t: 1 = 1", 1),
        ("..   code::  derive  \n   :number-lines:\n\n   theorem t: 1 = 1\n\n\nText", 1),
        ("* a\n\n  .. derive::\n\n     theorem t: 1 = 1\n  b", 1),
        (".. derive:: softmax-ce\n\n   theorem t: 1 = 1", 0),
        (".. derive::\n\ntheorem t: 1 = 1", 0),
        (".. code-block:: derived\n\n  theorem t: 1 = 1", 0),
        ("x.. code-block:: derive\n\n  theorem t: 1 = 1", 0),
        (".. code-block:: derive", 0),
        (".. code-block:: derive\r\n\r\n  theorem t: 1 = 1\r\n", 1),
        ("* .. derive::\n\n     theorem t: 1 = 1", 1),
        ("1. .. derive::\n\n       theorem t: 1 = 1\n\n2. b", 1),
        (".. note::\n\n   .. derive::\n\n      theorem t: 1 = 1", 1),
        (".. derive::\n   :label: a\n     b\n\n   theorem t: 1 = 1", 1),
        ("..\n   .. derive::\n\n      theorem t: 1 = 1", 0),
        (".. a comment\n   .. derive::\n\n      theorem t: 1 = 1", 0),
        ("So it is written::\n\n   .. derive::\n\n      theorem t: 1 = 1", 0),
        ("Write ``.. derive::`` and so on", 0),
        (".. derive::\n\n  theorem t: 1 = 1\n\n.. derive::\n\n  theorem t: 1 = 1\n", 2),
    ],
)
def test_what_is_a_block_of_restructuredtext(text: str, count: int) -> None:
    found = list(pieces(text))
    assert [each.text.strip() for each in found if isinstance(each, Block)] == ["theorem t: 1 = 1"] * count
    for each in found:
        assert isinstance(each, Block)
        assert text[each.start : each.end].strip() == "theorem t: 1 = 1"


PIECES = (".. code-block:: derive\n", ".. derive::\n", ".. derive::\r", "\n", "  a\n", "   :o: 1\n", "\t", "b\r\n", "\v", " ")


@pytest.mark.parametrize(
    "text",
    [
        "| .. derive:: |\n",
        "| .. derive::\n",
        ".. code-block:: rst\n\n   .. derive::\n\n      theorem t: 1 = 1",
        ".. of-its-own::\n\n   .. code-block:: derive\n\n      theorem t: 1 = 1",
        "text .. derive::\n",
    ],
)
def test_what_may_not_be_shown_as_a_block_is_told(text: str) -> None:
    (found,) = pieces(text)
    assert isinstance(found, SourceError)
    assert found.code == "D180"


def test_a_broken_notebook_is_told_in_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.derive").write_text("theorem t: 1 = 1", encoding="utf-8")
    (tmp_path / "b.ipynb").write_text('{"cells": [{"source": "%%derive"}]\n<<<<<<< HEAD\n}', encoding="utf-8")
    (tmp_path / "c.ipynb").write_text("{no notebook, and nothing of ours", encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert "b.ipynb" in out + err
    assert "c.ipynb" not in out + err


def test_the_layout_of_a_block_keeps_the_line_above_it() -> None:
    text = ".. derive::\n\n\n   theorem   t:1=1\n\ntext\n"
    assert lay_out_document(text, kind=pieces) == ".. derive::\n\n\n   theorem t: 1 = 1\n\ntext\n"


@given(st.lists(st.sampled_from(PIECES)))
def test_every_line_of_a_block_keeps_its_place(lines: list[str]) -> None:
    text = "".join(lines)
    for each in pieces(text):
        if isinstance(each, Block):
            assert each.text == text[each.start : each.end]
            assert each.above == text[: each.start].count("\n")
