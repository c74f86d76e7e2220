"""Documents: their blocks share what is declared in them. In tests/cases/documents mistakes are told on the guilty lines."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from derive.checking.checker import Cited, check
from derive.cli import main
from derive.language import read, read_markdown
from derive.language.derivation import Derivation
from derive.language.errors import SourceError
from derive.language.layout import lay_out_markdown
from derive.library import loading, read_each

DOCUMENTS = sorted((Path(__file__).parent / "cases" / "documents").glob("*.md"))
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)


def parts(path: Path) -> list[Derivation | SourceError]:
    return list(read_each(path, path.read_text(encoding="utf-8")))


@each_document
def test_mistakes_are_those_of_the_guilty_lines(path: Path) -> None:
    found = [each for part in parts(path) if isinstance(part, SourceError) for each in (part, *part.more)]
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    expected = [(number, code[1]) for number, line in lines if (code := re.search(r"# error: (D\d+)", line))]
    assert [(each.place.line, each.code) for each in found] == expected


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
    text = path.read_text(encoding="utf-8")
    if "# error" in text:
        with pytest.raises(SourceError):
            lay_out_markdown(text, path.name, loading(path))
        return
    laid_out = lay_out_markdown(text, path.name, loading(path))
    assert lay_out_markdown(laid_out, path.name, loading(path)) == laid_out
    assert [each.statements for each in parts(path)] == [each.statements for each in read_each(path, laid_out)]  # type: ignore[union-attr]


def test_what_a_text_declares_itself_is_not_looked_for_elsewhere() -> None:
    """A block that declares all its names is read as if it stood alone: the same terms under the same declarations."""
    block = "size n\nvariable x[n]\ntheorem t: sum(x[i], i) = sum(x[k], k)"
    above = "variable i, k, n, t, z\nassume z > 0\ntheorem u: i = k expect refuted"
    *_, found = read_markdown(f"```derive\n{above}\n```\n```derive\n{block}\n```")
    assert (found.theory, found.statements, found.below) == (read(block).theory, read(block).statements, ())


def test_only_what_is_needed_is_taken() -> None:
    text = "```derive\nvariable a, b, c\nconstant d\nassume a = d\ndefine e = b^2\n```\n```derive\ntheorem t: {0} = {0}\n```"
    taken = {name: set(read_markdown(text.format(name))[1].theory.descriptions) for name in "abcde"}
    assert taken == {"a": {"a", "d"}, "b": {"b"}, "c": {"c"}, "d": {"a", "d"}, "e": {"b", "e"}}


def test_blocks_may_take_from_one_another_in_a_long_row() -> None:
    """Each from the one before it, and what is cited is checked once."""
    block = "define x{n} = x{m} + 1\ntheorem t{n}: x{n} = x0 + {n}\nproof x{n} = x{m} + 1 by definition = x0 + {n} by t{m} qed"
    blocks = ["variable x0\ntheorem t0: x0 + 0 = x0", *(block.format(n=n, m=n - 1) for n in range(1, 40))]
    cited = Cited()
    derivations = read_markdown("\n".join(f"```derive\n{each}\n```" for each in blocks))
    assert {check(each, cited=cited, record=True).verdict for each in derivations} == {"proved"}
