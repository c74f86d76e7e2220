"""What `derive check --fix` and `derive fill` write into files: only what is known, and it is proved as it stands there."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from derive.checking.checker import check
from derive.checking.fill import fill
from derive.checking.fixes import Fix, applied, fixes, in_order
from derive.cli import main
from derive.errors import CallError
from derive.language import read
from derive.language.derivation import GAP, Derivation, Reason
from derive.library import load, parse
from derive.shelf import names

FOLDER = Path(__file__).parent / "cases" / "fixes"
CASES = sorted(FOLDER.glob("*.derive"))


def halves(path: Path) -> tuple[str, str]:
    before, after = path.read_text(encoding="utf-8").split("#---\n")
    return before, after


@pytest.mark.sample(3)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_files_are_put_right(path: Path, tmp_path: Path) -> None:
    before, after = halves(path)
    file = tmp_path / "a.derive"
    file.write_text(before, encoding="utf-8")
    option = "--fix=all" if path.stem.startswith("all") else "--fix"
    main(["check", option, str(file)])
    assert file.read_text(encoding="utf-8") == after
    main(["check", option, str(file)])
    assert file.read_text(encoding="utf-8") == after


@pytest.mark.sample(3)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_written_is_proved(path: Path) -> None:
    before, after = (check(parse(text), diagnose=True) for text in halves(path))
    for was, now in zip(before.theorems, after.theorems, strict=True):
        assert now.verdict == "proved" or now.verdict == was.verdict
        assert not [fix for fix in fixes(after) if fix.kind != "value"]


def test_without_all_no_claim_is_changed(tmp_path: Path) -> None:
    before, _ = halves(FOLDER / "all-values.derive")
    file = tmp_path / "a.md"
    file.write_text(f"# Notes\n\n```derive\n{before}```\n", encoding="utf-8")
    assert main(["check", "--fix", str(file)]) == 1
    assert before in file.read_text(encoding="utf-8")


def test_what_cannot_be_read_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.derive").write_text("variable x\ntheorem t: x = \n", encoding="utf-8")
    (tmp_path / "b.derive").write_text("variable x\ntheorem t: diff(x^2, x) = ?\n", encoding="utf-8")
    assert main(["check", "--fix", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out.count("D130") == 1
    assert (tmp_path / "b.derive").read_text(encoding="utf-8") == "variable x\ntheorem t: diff(x^2, x) = 2*x\n"
    assert main(["check", "--fix", "-"]) == 2
    assert main(["check", "--fix=some", str(tmp_path)]) == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_reasons_that_are_asked_for_are_found(name: str) -> None:
    """One in three reasons of the library in the place of a question mark, and back."""
    derivation = load(name)
    above, theorem, below = derivation.text.partition("\ntheorem ")
    # A line that its author expects to be wrong has no reasons.
    reason = re.compile(r"\bby (?!.* expect )(?:[^\"\n#]|\"[^\"\n]*\")*?(?= *#| *\n)")
    number = itertools.count()
    asked = above + theorem + reason.sub(lambda found: found[0] if next(number) % 3 else f"by {GAP}", below)
    load_used = {used.name: used for used in derivation.used}

    def again(text: str) -> Derivation:
        return read(text, name, load=load_used.__getitem__)

    assert GAP in asked
    filled, errors = fill(asked, lambda text: [again(text)])
    assert errors == ()
    assert f"by {GAP}" not in filled
    assert check(again(filled)).verdict == check(derivation).verdict


def test_comments_within_stay(tmp_path: Path) -> None:
    text = "variable x\ntheorem t: diff(x^2, x) = 2*x\nproof\n  diff(x^2, x)\n    = 2*x by quotient, # why\n  sum\nqed\n"
    file = tmp_path / "a.derive"
    file.write_text(text, encoding="utf-8")
    assert main(["check", "--fix", str(file)]) == 1
    assert file.read_text(encoding="utf-8") == text


def test_one_bad_block_or_file_does_not_keep_others_from_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = "```derive\nvariable x\ntheorem t: diff(x^2, x) = ?\n```\n"
    (tmp_path / "a.md").write_text(f"```derive\nvariable 2\n```\n{asked}", encoding="utf-8")
    (tmp_path / "b.derive").write_text("variable x\ntheorem v: " + "∂" * 3000 + "x" + "/∂x" * 3000 + " = x", encoding="utf-8")
    (tmp_path / "c.md").write_text(asked, encoding="utf-8")
    assert main(["check", "--fix", str(tmp_path)]) == 2
    for name in "ac":
        assert "= 2*x\n" in (tmp_path / f"{name}.md").read_text(encoding="utf-8")
    (tmp_path / "a.md").write_text(f"```derive\nvariable 2\n```\n{asked}", encoding="utf-8")
    capsys.readouterr()
    assert main(["fill", str(tmp_path / "a.md")]) == 1
    assert capsys.readouterr().err.count("D112") == 1
    assert "= 2*x\n" in (tmp_path / "a.md").read_text(encoding="utf-8")


def test_what_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, text: str) -> None:
        raise CallError("no-write", f"{path} cannot be written")

    monkeypatch.setattr("derive.commands.fix.replace", refuse)
    (tmp_path / "a.derive").write_text("variable x\ntheorem t: diff(x^2, x) = ?\n", encoding="utf-8")
    assert main(["check", "--fix", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_changes_do_not_overlap() -> None:
    inner, outer, other = Fix("value", 2, 4, "x"), Fix("reasons", 2, 8, "y"), Fix("gap", 9, 10, "zz")
    assert applied("0123456789  end", [other, outer, inner]) == "01x45678zz end"


@pytest.mark.parametrize(
    ("given", "needed", "used", "result"),
    [
        ("sum chain", "chain power sum", "sum power chain", "sum power chain"),
        ("sum", "power sum", "power sum", "power sum"),
        ("sum", "power sum", "sum power", "sum power"),
        ("quotient", "power sum", "sum power", "sum power"),
        ("a b", "b a c", "", "a b c"),
    ],
)
def test_new_reasons_stand_where_they_belong(given: str, needed: str, used: str, result: str) -> None:
    reasons = tuple(Reason(name) for name in given.split())
    assert in_order(reasons, needed.split(), used.split()) == tuple(result.split())
