"""Mutated derivations, through every command and format: there is a verdict, or an error that says what is wrong.

What else happens is a mistake of derive's own. A file and a number give the same text every time.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from derive.cli import main
from derive.shelf import folder

LIBRARY = sorted(folder().rglob("*.derive"))
TRAPS = sorted((Path(__file__).parent / "cases" / "traps").glob("*.derive"))
FORMATS = ("full", "concise", "json", "github", "sarif", "junit")
PRESENTATIONS = ("text", "latex", "markdown", "html", "json")

_TOKEN = re.compile(r"\s+|\w+|\d+|[^\w\s]")
ODD = (
    "0", "1", "-1", "2", "1e20", "1e300", "-0", "1/0", "0/0", "0^0", "9" * 400, "1.5", "x", "n", "i", "exp(1e9)", "(-1)^(1/2)",
    "--", "()", "[]", "if(x > 0, x, 1/x)", "sum(x[i], i)", "diff(x, x)", "x[i + 1]", "x[n]", "max(x, x)", "abs(x)", "②",
    "assume x > 0", "given x = 0", "for i != k", "by algebra", "by ?", "= ?", "expect refuted", "theorem", "proof", "qed",
    "prod(x[i], i)", "x^n", "x^(-n)", "sqrt(0)", "ln(0)", "log(x, 1)", "sin(1e30)", "::error::", "\u202e", "\\end",
    "delta(i, k)", "$", "<b>", "|", "`", "\r", "\t",
)  # fmt: skip
KINDS = (re.compile(r"[^\W\d]\w*"), re.compile(r"\d+"), re.compile(r"[-+*/^]"), re.compile(r"[=>]|!="))
"""Of tokens that stand for each other without a mistake in the syntax: names, numbers, operators, relations."""


def mutated(text: str, chance: random.Random) -> str:
    """A text with a few of its tokens taken out, doubled, exchanged, or in the place of others."""
    tokens = _TOKEN.findall(text)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        if not tokens:
            break
        here, there = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        match chance.randrange(14):
            case 0:
                del tokens[here]
            case 1:
                tokens.insert(here, tokens[there])
            case 2:
                tokens[here], tokens[there] = tokens[there], tokens[here]
            case 3:
                tokens[here] = chance.choice(ODD)
            case 4:
                tokens.insert(here, chance.choice(ODD))
            case 5:
                tokens[here] = tokens[there]
            case 6:
                tokens[here:here] = tokens[there : there + chance.randrange(1, 12)]
            case _:
                kind = chance.choice(KINDS)
                alike = [place for place, token in enumerate(tokens) if kind.fullmatch(token)]
                if alike:
                    tokens[chance.choice(alike)] = tokens[chance.choice(alike)]
    return "".join(tokens)


def sound(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a call prints, where it is a verdict or an error of the user's."""
    status = main(arguments)
    out, err = capsys.readouterr()
    assert status in (0, 1, 2), arguments
    assert "D900" not in out + err, out + err
    assert "derive itself is at fault" not in out + err, err
    assert "Traceback" not in out + err, err
    return out


@pytest.mark.sample(120)
@pytest.mark.parametrize("number", range(160))
def test_mutated_files(number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(number)
    source = chance.choice(LIBRARY if number % 3 else TRAPS)
    text = mutated(source.read_text(encoding="utf-8"), chance)
    name = "mutated.md" if number % 11 == 0 else "mutated.derive"
    path = tmp_path / name
    path.write_text(f"```derive\n{text}\n```\n" if name.endswith(".md") else text, encoding="utf-8", newline="")
    format = FORMATS[number % len(FORMATS)]
    out = sound(capsys, "check", str(path), "--format", format, "--timeout", "5")
    if format in ("json", "sarif"):
        assert json.loads(out)
    if format == "json":
        (tmp_path / "proofs.json").write_text(out, encoding="utf-8")
        sound(capsys, "replay", str(tmp_path / "proofs.json"))
    if name == "mutated.derive":
        presentation = PRESENTATIONS[number % len(PRESENTATIONS)]
        numbers = () if number % 4 == 0 else ("--no-numeric",)
        sound(capsys, str(path), "--format", presentation, *numbers)
    sound(capsys, "fmt", "--diff", str(path))
    sound(capsys, "fill", "--stdout", str(path))
