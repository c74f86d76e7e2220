"""What a shell offers where the tab key is pressed: names, by looking at texts and not by reading or checking them.

    derive softm<tab>                           derivations of the library, commands, and files NAME.derive
    derive softmax-ce --theorem <tab>           the theorems that its text states
    derive rules ch<tab>, derive explain D2<tab>

A key press waits for this, so nothing is loaded for it but what names files. Where nothing is offered, the shell offers files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from derive.shelf import SUFFIX, files, names

# To load the rules takes longer than a key press may; a test compares.
RULES = [
    "abs", "abs-product", "abs-square", "algebra", "angle-sum", "arccos", "arcsin", "arctan", "arsinh", "artanh",
    "assumption", "cancel", "cases", "chain", "choice", "collapse", "cos", "cosh", "cot", "csc", "definition", "digamma",
    "distribute", "double-angle", "erf", "exp", "exp-log", "exp-negative", "exp-power", "exp-sum", "expm1", "factor",
    "functions", "independence", "lgamma", "log", "log-base", "log-exp", "log-power", "log-product", "log-quotient",
    "log10", "log1p", "log2", "max", "meaning", "min", "parity", "power", "power-power", "power-product", "power-sum",
    "prime", "product", "progression", "pythagoras", "quotient", "rearrangement", "rectifier", "root-power",
    "root-product", "root-square", "sec", "sigmoid", "sin", "sinh", "softplus", "split", "sqrt", "sum", "tan", "tanh",
    "variable",
]  # fmt: skip
"""The reasons that `derive rules` knows."""

PACKAGE = Path(__file__).parent.parent
CODES = ("language/codes.py", "diagnosis/codes.py")
"""Where the pages of diagnostics are written, a row for each code."""
_CODE = re.compile(r'^    "(D[0-9]{3})": Code\(', re.MULTILINE)
_THEOREM = re.compile(r"^[ \t]*theorem[ \t]+([^\W\d][\w-]*)", re.MULTILINE)
_VARIANT = re.compile(r"^[ \t]*variant[ \t]+([^\W\d][\w-]*)[ \t]*=", re.MULTILINE)
_WORDS = "_TYPER_COMPLETE_ARGS"  # where zsh and fish say what was typed; bash says it in COMP_WORDS and COMP_CWORD
_PARTED = re.compile(r"(?<!\S)(--[\w-]+)(\s)=\s(?=\S)")
_JOINED = re.compile(r"(?<!\S)(--[\w-]+)=(\S*)$")
_OFFER = re.compile(r"""(?:(?<=\(\()|^)"|^(?=[^_\s])""", re.MULTILINE)  # where one begins, in zsh with a quotation mark
LARGEST = 1_000_000  # characters of a text that is looked at


class Completion(NamedTuple):
    """What is offered, in the shape that the command line has for it: without help, which takes long to paint."""

    value: str
    help: str | None = None
    type: str = "plain"


def answered(answer: Callable[[], object], asked: MutableMapping[str, str]) -> None:
    """Prints the answer to what a shell asks, of which `--format=ju` is one word in some, and three in bash."""
    if "COMP_WORDS" in asked:
        asked["COMP_WORDS"], parted = _PARTED.subn(r"\1\2", asked["COMP_WORDS"])
        asked["COMP_CWORD"] = str(int(asked["COMP_CWORD"]) - parted)
    joined = _JOINED.search(asked.get(_WORDS, ""))
    if joined is None:
        answer()
        return
    asked[_WORDS] = f"{asked[_WORDS][:joined.start()]}{joined[1]} {joined[2]}"
    answers = StringIO()
    try:
        with redirect_stdout(answers):
            answer()
    finally:  # a shell may ask for the status alone
        print(_OFFER.sub(lambda found: f"{found[0]}{joined[1]}=", answers.getvalue()), end="")


def derivations(begun: str) -> list[str]:
    """The derivations of the library that begin so, and files."""
    return _begun(names(), begun) + paths(begun)


def paths(begun: str) -> list[str]:
    """The files NAME.derive whose path begins so, with the folders beside them; nothing where there are only folders."""
    folder, begin = os.path.split(begun)
    try:
        with os.scandir(os.path.expanduser(folder) or os.curdir) as entries:
            there = sorted((each.name, each.is_dir()) for each in entries if each.name.startswith(begin))
    except OSError:
        return []
    shown = [(name, is_folder) for name, is_folder in there if begin or not name.startswith(".")]
    if not any(name.lower().endswith(SUFFIX) for name, _ in shown):
        return []  # the shell completes folders better, and other files
    return [
        os.path.join(folder, name) + ("/" if is_folder else "")
        for name, is_folder in shown
        if is_folder or name.lower().endswith(SUFFIX)
    ]


def theorems(name: str) -> list[str]:
    """The theorems that a derivation states: one of the library, or in a file."""
    return list(dict.fromkeys(_THEOREM.findall(_text(name))))


def variants(name: str) -> list[str]:
    """The variants that a derivation has."""
    return list(dict.fromkeys(_VARIANT.findall(_text(name))))


def codes() -> list[str]:
    """The codes of diagnostics."""
    return sorted(code for file in CODES for code in _CODE.findall(_text(str(PACKAGE / file))))


OFFERED: Mapping[str, Callable[[str, str], list[str]]] = {
    "path": lambda _, begun: paths(begun),
    "rule": lambda _, begun: _begun(RULES, begun),
    "code": lambda _, begun: _begun(codes(), begun),
    "theorem": lambda name, begun: _begun(theorems(name), begun),
    "variant": lambda name, begun: _begun(variants(name), begun),
}
"""What is offered of each kind, behind the name of a command or derivation, to one who has typed the beginning."""


def _begun(known: list[str], begun: str) -> list[str]:
    return [each for each in known if each.startswith(begun)]


def _text(name: str) -> str:
    """The text of a derivation of the library, or of a file; none where it cannot be read."""
    path = files().get(name, Path(name))
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read(LARGEST) if path.is_file() else ""
    except (OSError, ValueError):
        return ""
