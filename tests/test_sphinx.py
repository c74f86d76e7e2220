"""Derivations in documents: Sphinx builds a small project, in HTML and LaTeX, and fails where something is wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from test_cli import ENVIRONMENT, call

EXAMPLE = Path(__file__).parent / "examples" / "sphinx"

pytest.importorskip("sphinx")
pytest.importorskip("myst_parser")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(EXAMPLE, tmp_path / "project")


def build(project: Path, *arguments: str, builder: str = "html") -> subprocess.CompletedProcess[str]:
    """Runs Sphinx in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", builder, *arguments, ".", f"built-{builder}"],
        cwd=project, env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def test_derivations_are_shown_in_html(project: Path) -> None:
    found = build(project, "-W")
    assert (found.returncode, found.stderr) == (0, "")
    page = (project / "built-html" / "index.html").read_text(encoding="utf-8")
    assert r"\[\frac{\partial E}{\partial Z_{k}} = O_{k} - y_{k}\]" in page
    assert r"\text{by softmax-jacobian}" in page
    assert "outputs-sum-to-one" not in page  # another theorem of that derivation
    assert 'href="#equation-ce"' in re.sub(r"<span class=\"eqno\">.*", "", page)  # :eq:`ce`
    assert 'id="square"' in page
    square = page[page.index('id="square"') : page.index("In reST as well")]
    assert r"\text{by" not in square  # it is short
    assert "Squared error" in square
    notes = (project / "built-html" / "notes.html").read_text(encoding="utf-8")
    assert 'id="equation-power-cube"' in notes
    assert 'id="equation-power-square"' in notes
    assert "Refuted, as the author expects" in notes
    assert r"\frac{\partial E}{\partial \mathrm{score}_{k}}" in notes  # of sigmoid-bce


@pytest.mark.slow
def test_derivations_are_shown_in_latex(project: Path) -> None:
    found = build(project, "-W", builder="latex")
    assert (found.returncode, found.stderr) == (0, "")
    text = (project / "built-latex" / "gradients.tex").read_text(encoding="utf-8")
    assert r"\label{equation:index:ce}" in text
    assert r"\eqref{equation:notes:power-cube}" in text
    assert r"\begin{align*}" in text
    assert r"\label{\detokenize{index:square}}" in text
    assert text.count(r"\begingroup\allowdisplaybreaks") == text.count(r"\endgroup") == 7


def take_in(project: Path, name: str) -> None:
    """Lets Sphinx read a document that is left out."""
    conf = project / "conf.py"
    conf.write_text(conf.read_text(encoding="utf-8").replace('"wrong*"', '"nothing"'), encoding="utf-8")
    for each in project.glob("wrong*"):
        if each.name != name:
            each.unlink()


WRONG = {
    "wrong.md": (
        "wrong.md:5: ERROR: error[D221]: wrong exponent: `x` should be `x^2`\n --> wrong.md:8:",
        "8 |   theorem cube: diff(x^3, x) = 3*x\n",
        "= counterexample: at x = -1",
        'there is no derivation "softmx-ce" in the library',
    ),
    "wrong-too.rst": (
        "wrong-too.rst:4: ERROR: error[D112]: a colon was expected here, not `diff`\n --> wrong-too.rst:8:20",
        "8 |       theorem cube diff(x^3, x) = 3*x\n  |                    ^^^^",
    ),
}


@pytest.mark.sample(2)
@pytest.mark.parametrize("name", WRONG)
def test_the_build_fails_where_something_is_wrong(name: str, project: Path) -> None:
    """So does the next, in which no document has changed, until it is put right."""
    take_in(project, name)
    for _ in range(2):
        found = build(project)
        assert found.returncode == 1
        for part in WRONG[name]:
            assert part in found.stderr
        assert "Traceback" not in found.stderr
    (project / name).write_text(":orphan:\n\nRight\n=====\n", encoding="utf-8")
    assert build(project).returncode == 0


CALLS = {
    "{derive} softmax-ce\n:theorem: softmax-jacobia": "did you mean softmax-jacobian?",
    "{derive} softmax-ce\n:variant: ternary": 'softmax-ce has no variant "ternary"',
    "{derive} proofs/nothing.derive": "there is no file proofs/nothing.derive",
    "{derive} softmax-ce\ntheorem t: 1 = 1": "it has both a name and a text",
    "{derive}": "it has neither a name nor a text",
}


@pytest.mark.slow
def test_a_block_that_asks_for_what_is_not_there_is_an_error(project: Path) -> None:
    text = "".join(f"```{block}\n```\n\n" for block in CALLS)
    (project / "notes.md").write_text(f"# Notes\n\n{text}", encoding="utf-8")
    found = build(project)
    for said in CALLS.values():
        assert said in found.stderr
    assert found.returncode == 1
    assert "Traceback" not in found.stderr


@pytest.mark.slow
def test_a_file_is_read_again_when_it_changes(project: Path) -> None:
    assert build(project).returncode == 0
    file = project / "proofs" / "square.derive"
    file.write_text(file.read_text(encoding="utf-8").replace("= 2*(h", "= 3*(h"), encoding="utf-8")
    found = build(project, "-j", "2")
    assert found.returncode == 1
    assert "--> proofs/square.derive:" in found.stderr


def test_derive_check_reads_the_same_documents(capsys: pytest.CaptureFixture[str]) -> None:
    """What is shown of another place is passed over, and options are no part of a derivation."""
    status, out, _ = call(capsys, "check", str(EXAMPLE / "notes.md"), str(EXAMPLE / "index.rst"))
    assert status == 0
    assert "5 theorems (4 proved, 1 refuted)" in out
