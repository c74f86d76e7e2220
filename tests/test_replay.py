"""Replay: what is recorded is proved again without a search, and what is tampered with is not."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from derive.checking.checker import check
from derive.floor.claims import Weighed
from derive.language.derivation import Derivation
from derive.library import load, names, parse, read_path
from derive.proofs.document import Outcome, replayed
from derive.proofs.malformed import Malformed
from derive.render.json import printed, reports_json
from lane import examples
from test_cli import call, python, run

CASES = Path(__file__).parent / "cases"

TEXT = """
title "Squares"
size n >= 2
variable x[n], s > 0, t
constant c
define E = sum((x[i] - c)^2, i)

theorem gradient: diff(E, x[k]) = 2*(x[k] - c)
proof
  diff(E, x[k])
    = sum(diff((x[i] - c)^2, x[k]), i)              by definition(E), sum
    = sum(2*(x[i] - c)*diff(x[i] - c, x[k]), i)     by power, chain
    = sum(2*(x[i] - c)*delta(i, k), i)              by sum, variable, independence
    = 2*(x[k] - c)                                  by collapse
qed

theorem wrong: diff(E, x[k]) = 3*(x[k] - c) expect refuted
proof
  diff(E, x[k])
    = 2*(x[k] - c) by gradient
    = 3*(x[k] - c) by algebra expect refuted
qed

theorem logarithm: ln(s^2*exp(t)) = 2*ln(s) + t
theorem cancelled: t*(s + 1)/(s + 1) = t
theorem cited: diff(E, x[k])*s = s*2*(x[k] - c)
proof
  diff(E, x[k])*s = s*2*(x[k] - c) by gradient
qed
theorem open: t/t = 1
theorem magnitude: abs(s)*t = s*t

variable u
theorem later: diff(u^2, u) = 2*u
proof
  diff(u^2, u) = ? by power
  = u + u by algebra
qed
"""

Data = dict[str, Any]


def document_of(*derivations: Derivation) -> Data:
    """What `derive check --format json` prints of derivations, read again."""
    found: Data = json.loads(printed(reports_json(check(derivation, record=True) for derivation in derivations)))
    return found


@cache
def _squares() -> str:
    return json.dumps(document_of(parse(TEXT, "squares")))


def squares() -> Data:
    found: Data = json.loads(_squares())
    return found


def outcomes(document: Any) -> list[Outcome]:
    return [outcome for replay in replayed(document) for outcome in replay.outcomes]


def failed(document: Any) -> dict[tuple[str, int | None], str]:
    """The claims that are not proved again, each with why."""
    return {(o.theorem, o.step): o.message for o in outcomes(document) if not o.proved}


def oracles(document: Data) -> set[tuple[str, int | None]]:
    return {claim for claim, message in failed(document).items() if "normal form" in message}


# --- what is proved again ------------------------------------------------------------------------------------------------


@pytest.mark.sample(6)
@pytest.mark.parametrize("name", names())
def test_the_library_is_proved_again(name: str) -> None:
    document = document_of(load(name))
    assert failed(document) == {}
    (found,) = document["derivations"]
    steps = [step for theorem in found["theorems"] for step in theorem["steps"] if step["verdict"] == "proved"]
    proved = [theorem for theorem in found["theorems"] if theorem["verdict"] == "proved"]
    written = {statement.name for statement in load(name).statements if statement.proof is not None}
    found_by_the_tool = sum(len(theorem["steps"]) for theorem in found["theorems"] if theorem["name"] not in written)
    assert len(outcomes(document)) == len(proved) + len(steps) - found_by_the_tool


@pytest.mark.sample(6)
@pytest.mark.parametrize("path", sorted((CASES / "published").glob("*.derive")), ids=lambda path: path.stem)
def test_published_derivations_are_proved_again(path: Path) -> None:
    document = document_of(*read_path(path))
    assert set(failed(document)) == oracles(document)


@pytest.mark.sample(6)
@pytest.mark.parametrize("path", sorted((CASES / "traps").glob("*.derive")), ids=lambda path: path.stem)
def test_traps_are_proved_again_as_far_as_they_are_proved(path: Path) -> None:
    document = document_of(*read_path(path))
    if not oracles(document):
        assert failed(document) == {}


def test_what_is_proved_is_what_the_source_says() -> None:
    for outcome in outcomes(squares()):
        found = outcome.replayed
        assert found is not None
        assert type(found.proof) is Weighed
        assert found.proof.sides == found.goal.sides
    by_name = {(o.theorem, o.step) for o in outcomes(squares())}
    assert {("gradient", None), ("gradient", 4), ("wrong", 1), ("open", None), ("later", 1), ("later", 2)} <= by_name
    assert not {("wrong", None), ("wrong", 2)} & by_name


def test_a_used_derivation_is_part_of_the_proof(tmp_path: Path) -> None:
    (tmp_path / "square.derive").write_text("variable x\ntheorem square: diff(x^2, x) = 2*x\n", encoding="utf-8")
    user = tmp_path / "user.derive"
    user.write_text('use "square"\nvariable x\ntheorem user: diff(x^2, x) + 1 = 2*x + 1\nproof\n'
                    "  diff(x^2, x) + 1 = 2*x + 1 by square\nqed\n", encoding="utf-8")  # fmt: skip
    document = document_of(*read_path(user))
    proof = document["derivations"][0]["proof"]
    assert [source["name"] for source in proof["sources"]] == ["square", "user"]
    assert failed(document) == {}
    for path in (user, tmp_path / "square.derive"):
        path.unlink()
    assert failed(document) == {}, "no file is opened"
    proof["sources"][0]["text"] = "variable x\ntheorem square: diff(x^2, x) = 3*x\n"
    assert failed(document) == {}, "what was proved there is proved here: the text is cited for its declarations only"
    proof["sources"][0]["text"] = "constant x\ntheorem square: 1 = 1\n"
    assert ("user", None) in failed(document)


def test_blocks_of_markdown_keep_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    block = "```derive\nvariable x\ntheorem t: diff(x^2, x) = 2*x\n```\n"
    path.write_text(f"# Page\n\n{block}\nAnd in a list:\n\n    {block.replace(chr(10), chr(10) + '    ')}\n", encoding="utf-8")
    document = document_of(*read_path(path))
    assert [o.line for o in outcomes(document)] == [t["line"] for d in document["derivations"] for t in d["theorems"]]
    assert failed(document) == {}


def test_a_proof_is_lean() -> None:
    """Every row is part of a proof, and none stands there twice."""
    (found,) = squares()["derivations"]
    proof = found["proof"]
    rows = [json.dumps(row) for row in proof["inferences"]]
    assert len(set(rows)) == len(rows)
    used = {n for claim in proof["claims"] for n in (*claim["by"], *claim["evidence"])}
    used |= {n for row in proof["inferences"] for n in row[2]}
    assert used == set(range(len(rows)))


def test_a_derivation_without_a_text_has_no_proof() -> None:
    from dataclasses import replace

    report = check(replace(parse("theorem t: 1 + 1 = 2"), text=""), record=True)
    assert report.proof is None
    assert check(parse("theorem t: 1 + 1 = 2")).proof is None


def test_what_rests_on_the_normal_form_is_said_not_to_be_replayed() -> None:
    document = document_of(parse("size n\nvariable x[n]\ntheorem t: 1 + 1 = 2"))
    (claim,) = document["derivations"][0]["proof"]["claims"]
    claim["missing"] = "it rests on the normal form"
    assert failed(document) == {("t", None): "it cannot be replayed: it rests on the normal form"}


# --- what is tampered with -----------------------------------------------------------------------------------------------


def _found(document: Data) -> Data:
    found: Data = document["derivations"][0]
    return found


def _rows(document: Data, figure: str) -> list[Any]:
    return [row for row in _found(document)["proof"]["inferences"] if row[0] == figure]


def _claim(document: Data, theorem: str, step: int | None = None) -> Data:
    claims = _found(document)["proof"]["claims"]
    return next(c for c in claims if c["theorem"] == theorem and c.get("step") == step)  # type: ignore[no-any-return]


def _theorem(document: Data, name: str) -> Data:
    return next(theorem for theorem in _found(document)["theorems"] if theorem["name"] == name)  # type: ignore[no-any-return]


def _source(document: Data, old: str, new: str) -> None:
    (source,) = _found(document)["proof"]["sources"]
    assert old in source["text"]
    source["text"] = source["text"].replace(old, new)


Tamper = Callable[[Data], object]


def _set(row: Any, key: Any, value: Any) -> None:
    assert row[key] != value
    row[key] = value


def _terms(document: Data, kind: str) -> list[Any]:
    return [row for row in _found(document)["proof"]["terms"] if row[0] == kind]


def _all(document: Data, key: str, old: Any, new: Any) -> None:
    """Changes a value under a key in all that the document shows of theorems and steps."""
    for theorem in _found(document)["theorems"]:
        for each in (theorem, *theorem["steps"]):
            each[key] = new if each[key] == old else each[key]


def _false_source(document: Data) -> None:
    """The claim is another one, in the text and in what the document shows."""
    _source(document, "gradient: diff(E, x[k]) = 2*(x[k] - c)", "gradient: diff(E, x[k]) = 5*(x[k] - c)")
    _theorem(document, "gradient")["right"] = "5*(x[k] - c)"


def _proved_by_another(document: Data) -> None:
    """A refuted theorem with the proof of one that is true."""
    _theorem(document, "wrong")["verdict"] = "proved"
    claim = _claim(document, "gradient") | {"theorem": "wrong"}
    _found(document)["proof"]["claims"].append(claim)


def _refuted_step(document: Data) -> None:
    step = _theorem(document, "wrong")["steps"][1]
    _set(step, "verdict", "proved")
    _found(document)["proof"]["claims"].append(_claim(document, "wrong", 0) | {"step": 1})


def _swapped_theories(document: Data) -> None:
    theories = _found(document)["proof"]["theories"]
    assert len(theories) == 2
    theories.reverse()


def _other_theory(document: Data) -> None:
    for row in _rows(document, "by_rule"):
        row[1][0] = 1 - row[1][0]


NOT_PROVED: dict[str, tuple[Tamper, str]] = {
    "a number": (lambda d: _set(next(r for r in _terms(d, "Number") if r[1] == "2"), 1, "3"), ""),
    "a name": (lambda d: _set(next(r for r in _terms(d, "Entry") if r[1] == "c"), 1, "s"), ""),
    "a declared name": (lambda d: _set(next(r for r in _terms(d, "Entry") if r[1] == "c"), 1, "no"), "declared"),
    "an index": (lambda d: _set(next(r for r in _terms(d, "Index") if r[1] == "k"), 1, "j"), ""),
    "a label": (lambda d: _set(_rows(d, "by_rule")[0], 3, "chain"), "it is called"),
    "a rule": (lambda d: _set(_rows(d, "by_rule")[0][1], 1, "chain"), ""),
    "no rule": (lambda d: _set(_rows(d, "by_rule")[0][1], 1, "magic"), "not a rule of the kernel"),
    "a law": (lambda d: _set(_rows(d, "by_law")[0][1], 1, ["log-exp", 1]), ""),
    "the letters of a law": (lambda d: _set(_rows(d, "by_law")[0][1], 2, {}), "needs terms"),
    "a law of ranges": (lambda d: _set(_rows(d, "over_range")[0][1], 1, "constant"), ""),
    "no law of ranges": (lambda d: _set(_rows(d, "over_range")[0][1], 1, "magic"), "not a law"),
    "a premise": (lambda d: _set(_rows(d, "transitivity")[0], 2, [0, 0]), ""),
    "a place": (lambda d: _set(_rows(d, "congruence")[0][1], 1, [7]), "another term"),
    "two places": (lambda d: _set(_rows(d, "congruence")[0][1], 1, [0, 1]), "each place"),
    "a condition": (lambda d: _set(_found(d)["proof"]["conditions"], 0, _found(d)["proof"]["conditions"][1]), "conditions"),
    "the conditions of an inference": (lambda d: _set(_rows(d, "ring")[-1][4], 2, [0, 1]), "conditions"),
    "a side": (lambda d: _set(_rows(d, "by_rule")[0][4], 1, 0), "another equation"),
    "a definition": (lambda d: _set(_rows(d, "definition")[0][1], 1, _rows(d, "ring")[0][1][1]), ""),
    "a claim by no inference": (lambda d: _set(_claim(d, "gradient"), "by", []), "for each two of its sides"),
    "a claim by another theorem": (lambda d: _set(_claim(d, "gradient"), "by", _claim(d, "later")["by"]), "its theory"),
    "a claim by a step": (lambda d: _set(_claim(d, "gradient"), "by", _claim(d, "gradient", 0)["by"]), "about its sides"),
    "no such claim": (lambda d: _set(_claim(d, "gradient"), "theorem", "no"), "no proof of it"),
    "no claim": (lambda d: _found(d)["proof"]["claims"].clear(), "no proof of it"),
    "no proof": (lambda d: _found(d).pop("proof"), "no proof of it"),
    "an empty proof": (lambda d: _set(_found(d), "proof", None), "no proof of it"),
    "theories": (_swapped_theories, ""),
    "the theory of rules": (_other_theory, "different declarations"),
    "a false claim": (_false_source, "about its sides"),
    "the source": (lambda d: _source(d, "= 2*(x[k] - c)\nproof", "= 5*(x[k] - c)\nproof"), "the source says"),
    "a definition in the source": (lambda d: _source(d, "(x[i] - c)^2, i)\n\n", "(x[i] - c)^3, i)\n\n"), ""),
    "a declaration in the source": (lambda d: _source(d, "s > 0", "s"), "has not"),
    "what the document shows": (lambda d: _set(_theorem(d, "gradient"), "right", "7*(x[k] - c)"), "the source says"),
    "what it shows of a step": (lambda d: _set(_theorem(d, "gradient")["steps"][0], "right", "0"), "the source says"),
    "a line": (lambda d: _set(_theorem(d, "gradient"), "line", 1), "in line 1"),
    "a condition that is not shown": (lambda d: _set(_theorem(d, "open"), "conditions", []), "does not say"),
    "another name": (lambda d: _set(_theorem(d, "gradient"), "name", "no"), "no such theorem"),
    "a theorem left out": (lambda d: (_found(d)["theorems"].pop(0), _set(_found(d), "verdict", "proved")), "called proved"),
    "a step left out": (lambda d: _theorem(d, "gradient")["steps"].pop(), "steps of its proof"),
    "a refuted theorem": (lambda d: _set(_theorem(d, "wrong"), "verdict", "proved"), "no proof of it"),
    "a refuted theorem with a proof": (_proved_by_another, "about its sides"),
    "a refuted step": (_refuted_step, "about its sides"),
    "what stands for ?": (lambda d: _set(_found(d)["proof"]["computed"][0], "right", 0), "the source says"),
    "no ?": (lambda d: _found(d)["proof"]["computed"].clear(), "the source says"),
    "a citation": (lambda d: _set(_rows(d, "cite")[0][1], 1, "later"), "it is called"),
}


@pytest.mark.parametrize("what", NOT_PROVED)
def test_what_is_tampered_with_is_not_proved(what: str) -> None:
    tamper, message = NOT_PROVED[what]
    document = squares()
    tamper(document)
    found = failed(document)
    assert found
    assert any(message in said for said in found.values()), found


def _row(figure: str, *path: Any, value: Any) -> Tamper:
    def tamper(document: Data) -> None:
        here = _rows(document, figure)[-1]
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = value

    return tamper


def _in_proof(*path: Any, value: Any) -> Tamper:
    def tamper(document: Data) -> None:
        here = _found(document)["proof"]
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = value

    return tamper


MALFORMED: dict[str, Tamper] = {
    "another version": lambda d: d.update(version=2),
    "no version": lambda d: d.pop("version"),
    "a version in words": lambda d: d.update(version="1"),
    "no derivations": lambda d: d.pop("derivations"),
    "derivations by name": lambda d: d.update(derivations={}),
    "a derivation in words": lambda d: d.update(derivations=["softmax-ce"]),
    "no theorems": lambda d: _found(d).pop("theorems"),
    "no verdict": lambda d: _theorem(d, "gradient").pop("verdict"),
    "no conditions": lambda d: _theorem(d, "gradient").pop("conditions"),
    "no steps": lambda d: _theorem(d, "gradient").pop("steps"),
    "a proof in words": lambda d: _found(d).update(proof="by definition"),
    "a list for a proof": lambda d: _found(d).update(proof=[]),
    **{f"no {key}": (lambda key: lambda d: _found(d)["proof"].pop(key))(key)
       for key in ("sources", "theories", "terms", "conditions", "inferences", "claims", "computed")},
    "no source": _in_proof("sources", value=[]),
    "a source in words": _in_proof("sources", 0, value="variable x"),
    "a source that uses itself": _in_proof("sources", 0, "uses", value={"squares": 0}),
    "a source that uses what is not there": _in_proof("sources", 0, "uses", value={"no": 1}),
    "a source that cannot be read": _in_proof("sources", 0, "text", value="theorem"),
    "a source of no text": _in_proof("sources", 0, "text", value=3),
    "a source far down": _in_proof("sources", 0, "line", value=10**12),
    "a source above": _in_proof("sources", 0, "line", value=0),
    "a source that needs another": _in_proof("sources", 0, "text", value='use "no"\nvariable x\ntheorem t: x = x'),
    "a theory of no source": _in_proof("theories", 0, value=[1, "gradient"]),
    "a theory of no theorem": _in_proof("theories", 0, value=[0, "no"]),
    "a theory in words": _in_proof("theories", 0, value="gradient"),
    "a condition in words": _in_proof("conditions", 0, value="x != 0"),
    "a condition on a value": _in_proof("conditions", 0, value=[0, [], []]),
    "no such figure": _row("ring", 0, value="by_normal_form"),
    "no function of the kernel": _row("ring", 0, value="_theorem"),
    "a figure by number": _row("ring", 0, value=3),
    "a premise below": _row("transitivity", 2, value=[0, 10**6]),
    "itself as a premise": lambda d: _set(_found(d)["proof"]["inferences"][3], 2, [3, 3]),
    "too few premises": _row("transitivity", 2, value=[0]),
    "too many premises": _row("cite", 2, value=[0, 1]),
    "a premise that is true": _row("cite", 2, value=[True]),
    "a premise below zero": _row("cite", 2, value=[-1]),
    "too few data": _row("ring", 1, value=[0]),
    "too many data": _row("transitivity", 1, value=[0]),
    "a term below": _row("definition", 1, value=[0, 10**6]),
    "a theory below": _row("ring", 1, 0, value=2),
    "a law in words": _row("by_law", 1, 1, value="log-product"),
    "no such law": _row("by_law", 1, 1, value=["log-product", 7]),
    "no such rule of laws": _row("by_law", 1, 1, value=["magic", 0]),
    "letters in a list": _row("by_law", 1, 2, value=[]),
    "a scope in a list": _row("by_rule", 1, 3, value=[]),
    "a scope of what is not there": _row("by_rule", 1, 3, value={"signature": 0}),
    "a scope that is not sure": _row("by_rule", 1, 3, value={"chained": 0}),
    "targets by number": _row("by_rule", 1, 3, value={"targets": [0]}),
    "places in words": _row("congruence", 1, 1, value=["0"]),
    "a label by number": _row("ring", 3, value=0),
    "no label": _row("ring", 3, value=None),
    "a conclusion of one side": _row("ring", 4, value=[0, []]),
    "a conclusion under what is not there": _row("ring", 4, 2, value=[10**6]),
    "a claim in words": _in_proof("claims", 0, value="gradient"),
    "a claim by what is not there": _in_proof("claims", 0, "by", value=[10**6]),
    "a claim by a number": _in_proof("claims", 0, "by", value=0),
    "evidence of a number": _in_proof("claims", 0, "evidence", value=0),
    "a claim about a number": _in_proof("claims", 0, "theorem", value=0),
    "a step in words": _in_proof("claims", 1, "step", value="first"),
    "what is missing by number": _in_proof("claims", 0, "missing", value=0),
    "what a ? stands for in words": _in_proof("computed", 0, "right", value="2*u"),
}  # fmt: skip


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_no_document_is_an_error(what: str) -> None:
    document = squares()
    MALFORMED[what](document)
    with pytest.raises(Malformed):
        replayed(document)


def test_without_its_evidence_a_claim_is_not_proved() -> None:
    document = document_of(load("softmax-bce"))
    assert failed(document) == {}
    for claim in _found(document)["proof"]["claims"]:
        claim["evidence"] = []
    found = failed(document)
    assert found
    assert all("conditions that the claim has not" in message or "does not say" in message for message in found.values())


def test_evidence_about_something_else_shows_nothing() -> None:
    document = document_of(load("softmax-bce"))
    for claim in _found(document)["proof"]["claims"]:
        claim["evidence"] = [0]
    assert failed(document)


def test_the_first_inference_that_fails_is_named() -> None:
    document = squares()
    rows = _found(document)["proof"]["inferences"]
    place = next(n for n, row in enumerate(rows) if row[0] == "by_rule")
    rows[place][1][1] = "magic"
    found = {(o.theorem, o.step): o for o in outcomes(document) if not o.proved}
    assert found
    for outcome in found.values():
        assert outcome.replayed is not None
        assert (outcome.replayed.inference, outcome.replayed.figure) == (place, "by_rule")
    assert any(o.proved for o in outcomes(document)), "what does not rest on it is proved again"


# --- what is changed by chance -------------------------------------------------------------------------------------------

PROVED = {(o.theorem, o.step) for o in outcomes(squares())}


def _paths(data: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [above]
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            found += _paths(value, (*above, key))
    return found


PATHS = [path for path in _paths(squares()) if path]
IN_TABLES = [path for path in PATHS if len(path) > 4 and path[3] in ("terms", "conditions", "inferences", "claims", "theories")]
VALUES = st.none() | st.booleans() | st.integers(-2, 200) | st.floats() | st.text(max_size=4) | st.sampled_from(
    [[], {}, [0], [0, 1], {"a": 0}, "gradient", "ring", "x", "1/2", 10**30, "\ud800", "Add"]
)  # fmt: skip


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def _survives(document: Any) -> None:
    """An error, or verdicts: and of what the source says, nothing is proved that was not proved before."""
    source = _squares_source()
    try:
        found = replayed(document)
    except Malformed:
        return
    for replay in found:
        for outcome in replay.outcomes:
            if outcome.proved:
                claims = document["derivations"][0]["proof"]["sources"][-1]["text"]
                assert claims != source or (outcome.theorem, outcome.step) in PROVED


def _squares_source() -> str:
    text: str = squares()["derivations"][0]["proof"]["sources"][-1]["text"]
    return text


@hypothesis_settings(max_examples=examples(1000), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUES), min_size=1, max_size=3))
def test_a_corrupted_document_is_an_error_or_not_proved(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    document = squares()
    for path, value in changes:
        try:
            _at(document, path[:-1])[path[-1]] = copy.deepcopy(value)
        except (LookupError, TypeError):
            continue
    _survives(document)


@hypothesis_settings(max_examples=examples(2000), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(IN_TABLES), st.sampled_from(IN_TABLES)), min_size=1, max_size=2))
def test_parts_of_a_proof_exchanged(changes: list[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> None:
    """What stands in one place of a proof stands in another: mostly of the right shape."""
    document = squares()
    for path, other in changes:
        try:
            value = copy.deepcopy(_at(document, other))
            _at(document, path[:-1])[path[-1]] = value
        except (LookupError, TypeError):
            continue
    _survives(document)


@pytest.mark.sample(10)
@pytest.mark.parametrize("number", range(10))
def test_every_number_of_a_proof_counts_or_changes_nothing(number: int) -> None:
    """Each number of the tables one higher."""
    paths = [path for path in IN_TABLES if type(_at(squares(), path)) is int][number::10]
    document = squares()
    for path in paths:
        row = _at(document, path[:-1])
        row[path[-1]] += 1
        _survives(document)
        row[path[-1]] -= 1
    assert failed(document) == {}


@hypothesis_settings(max_examples=examples(300), deadline=None)
@given(st.integers(0, len(_squares()) - 1), st.text(max_size=3))
def test_corrupted_text_is_an_error_or_not_proved(place: int, letters: str) -> None:
    text = _squares()[:place] + letters + _squares()[place + 1 :]
    try:
        document = json.loads(text)
    except ValueError:
        return
    _survives(document)


# --- the command ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def proofs(tmp_path: Path) -> Path:
    path = tmp_path / "proofs.json"
    path.write_text(_squares(), encoding="utf-8")
    return path


def test_the_command_counts(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "replay", str(proofs)) == (0, "1 derivation, 7 theorems, 8 steps: all proved again\n", "")
    assert call(capsys, "replay", "-q", str(proofs)) == (0, "", "")


def test_the_command_names_what_is_not_proved(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = squares()
    _rows(document, "by_law")[0][1][2] = {}
    proofs.write_text(json.dumps(document), encoding="utf-8")
    status, out, err = call(capsys, "replay", str(proofs))
    assert (status, err) == (1, "")
    first, blank, last = out.splitlines()
    assert first.startswith("not proved: the text:24: logarithm: inference ")
    assert "by_law: log-" in first
    assert blank == ""
    assert last.endswith(": 14 proved again, 1 not")
    status, quiet, _ = call(capsys, "replay", "--quiet", str(proofs))
    assert (status, quiet) == (1, first + "\n")
    status, out, _ = call(capsys, "replay", "--format", "json", str(proofs))
    found = json.loads(out)
    assert status == 1
    assert found["summary"] == {"derivations": 1, "theorems": 7, "steps": 8, "proved": 14, "all_proved": False}
    (claim,) = (claim for claim in found["derivations"][0]["claims"] if not claim["proved"])
    assert (claim["theorem"], claim["step"], claim["line"], claim["figure"]) == ("logarithm", None, 24, "by_law")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON"), (b"derive", "is not JSON"), (b"\xff\xfe", "is not JSON"), (b"[" * 200_000, "is not JSON"),
        (b"{}", "an object with version"), (b"[]", "an object with version"), (b"3", "an object with version"),
        (b'{"version": 1}', "derivations"), (b'{"version": 1, "derivations": [1]}', "theorems"),
        (b'{"version": 1' + b"0" * 5000 + b"}", "is not JSON"), (b'{"version": 7, "derivations": []}', "of version 7"),
        (b'{"version": true, "derivations": []}', "whole number"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_an_error(
    content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no.json"
    path.write_bytes(content)
    status, out, err = call(capsys, "replay", str(path))
    assert (status, out) == (2, "")
    assert said in err
    assert str(path) in err
    assert len(err) < 500


def test_a_file_that_is_not_there_does_not_stop_the_others(proofs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "replay", "no.json", str(proofs))
    assert status == 2
    assert "no.json: it cannot be read" in err
    assert out.endswith("all proved again\n")


def test_check_writes_what_replay_reads(tmp_path: Path) -> None:
    (tmp_path / "t.derive").write_text(TEXT, encoding="utf-8")
    assert run("check", "t.derive", "--format", "json", "-o", "t.json", cwd=tmp_path).returncode == 0
    found = run("replay", "t.json", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    written = run("check", "t.derive", "--format", "json", cwd=tmp_path).stdout
    again = subprocess.run(
        [sys.executable, "-m", "derive", "replay", "-"], input=written, capture_output=True, text=True, encoding="utf-8",
        cwd=tmp_path, check=False,
    )  # fmt: skip
    assert (again.returncode, again.stdout) == (0, found.stdout)


@pytest.mark.parametrize("arguments", [("softmax-jacobian", "--no-numeric"), ("diff", "x*exp(x)", "--wrt", "x", "-d", "variable x")])
def test_every_document_can_be_replayed(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "found.json"
    assert call(capsys, *arguments, "--format", "json", "-o", str(path))[0] == 0
    status, out, _ = call(capsys, "replay", str(path))
    assert status == 0
    assert out.endswith("all proved again\n")
    assert not out.startswith("0")


LOADED = """
import sys
from derive.cli import main
assert main(["replay", sys.argv[1]]) == 0
loaded = sorted(name for name in sys.modules if name.startswith(("derive.engine", "derive.checking", "derive.numbers")))
print(loaded, sorted({"sympy", "numpy"} & set(sys.modules)))
"""

NAMES_OF_RULES = [
    "derive.engine", "derive.engine.arrange", "derive.engine.matching", "derive.engine.rules",
    "derive.engine.rules.by_laws", "derive.engine.rules.identities", "derive.engine.rules.sums",
]  # fmt: skip
"""The reader knows a reason by the names of the rules, which stand beside what applies them."""


def test_no_search_is_loaded(proofs: Path) -> None:
    program = LOADED.replace("sys.argv[1]", repr(str(proofs)))
    found = python(program)
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == f"{NAMES_OF_RULES} []"
