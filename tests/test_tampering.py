"""Proofs that are tampered with: an error, or not proved, and of what the source says nothing that was not proved before."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from derive.library import load, parse
from derive.proofs.document import replayed
from derive.proofs.malformed import Malformed
from lane import examples
from replaying import Data, document_of, failed, only, outcomes, squares, squares_text

# --- what is tampered with -----------------------------------------------------------------------------------------------


def _rows(document: Data, figure: str) -> list[Any]:
    return [row for row in only(document)["proof"]["inferences"] if row[0] == figure]


def _claim(document: Data, theorem: str, step: int | None = None) -> Data:
    claims = only(document)["proof"]["claims"]
    return next(c for c in claims if c["theorem"] == theorem and c.get("step") == step)  # type: ignore[no-any-return]


def _theorem(document: Data, name: str) -> Data:
    return next(theorem for theorem in only(document)["theorems"] if theorem["name"] == name)  # type: ignore[no-any-return]


def _source(document: Data, old: str, new: str) -> None:
    (source,) = only(document)["proof"]["sources"]
    assert old in source["text"]
    source["text"] = source["text"].replace(old, new)


Tamper = Callable[[Data], object]


def _set(row: Any, key: Any, value: Any) -> None:
    assert row[key] != value
    row[key] = value


def _terms(document: Data, kind: str) -> list[Any]:
    return [row for row in only(document)["proof"]["terms"] if row[0] == kind]


def _all(document: Data, key: str, old: Any, new: Any) -> None:
    """Changes a value under a key in all that the document shows of theorems and steps."""
    for theorem in only(document)["theorems"]:
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
    only(document)["proof"]["claims"].append(claim)


def _refuted_step(document: Data) -> None:
    step = _theorem(document, "wrong")["steps"][1]
    _set(step, "verdict", "proved")
    only(document)["proof"]["claims"].append(_claim(document, "wrong", 0) | {"step": 1})


def _swapped_theories(document: Data) -> None:
    theories = only(document)["proof"]["theories"]
    assert len(theories) == 2
    theories.reverse()


def _other_theory(document: Data) -> None:
    for row in _rows(document, "by_rule"):
        row[1][0] = 1 - row[1][0]


def _bound_for_question_mark(*, in_a_value: bool) -> Tamper:
    """An index that nothing binds for what stands for ?, or a value of it."""

    def tamper(document: Data) -> None:
        proof = only(document)["proof"]
        terms = proof["terms"]
        terms.append(["Bound", 0])
        if in_a_value:
            terms.append(["Delta", len(terms) - 1, len(terms) - 1])
        proof["computed"][0]["right"] = len(terms) - 1

    return tamper


NOT_PROVED: dict[str, tuple[Tamper, str]] = {
    "a number": (lambda d: _set(next(r for r in _terms(d, "Number") if r[1] == "2"), 1, "3"), ""),
    "a name": (lambda d: _set(next(r for r in _terms(d, "Entry") if r[1] == "c"), 1, "s"), ""),
    "a declared name": (lambda d: _set(next(r for r in _terms(d, "Entry") if r[1] == "c"), 1, "no"), "declared"),
    "an index": (lambda d: _set(next(r for r in _terms(d, "Index") if r[1] == "k"), 1, "j"), ""),
    "a label": (lambda d: _set(_rows(d, "by_rule")[0], 3, "chain"), "it is called"),
    "a rule": (lambda d: _set(_rows(d, "by_rule")[0][1], 1, "product"), ""),
    "no rule": (lambda d: _set(_rows(d, "by_rule")[0][1], 1, "magic"), "not a rule of the kernel"),
    "a law": (lambda d: _set(_rows(d, "by_law")[0][1], 1, ["log-exp", 1]), ""),
    "the letters of a law": (lambda d: _set(_rows(d, "by_law")[0][1], 2, {}), "needs terms"),
    "a law of ranges": (lambda d: _set(_rows(d, "over_range")[0][1], 1, "constant"), ""),
    "no law of ranges": (lambda d: _set(_rows(d, "over_range")[0][1], 1, "magic"), "not a law"),
    "a premise": (lambda d: _set(_rows(d, "transitivity")[0], 2, [0, 0]), ""),
    "a place": (lambda d: _set(_rows(d, "congruence")[0][1], 1, [7]), "another term"),
    "two places": (lambda d: _set(_rows(d, "congruence")[0][1], 1, [0, 1]), "each place"),
    "a condition": (lambda d: _set(only(d)["proof"]["conditions"], 0, only(d)["proof"]["conditions"][1]), "conditions"),
    "the conditions of an inference": (lambda d: _set(_rows(d, "ring")[-1][4], 2, [0, 1]), "conditions"),
    "a side": (lambda d: _set(_rows(d, "by_rule")[0][4], 1, 0), "another equation"),
    "a definition": (lambda d: _set(_rows(d, "definition")[0][1], 1, _rows(d, "ring")[0][1][1]), ""),
    "a claim by no inference": (lambda d: _set(_claim(d, "gradient"), "by", []), "for each two of its sides"),
    "a claim by another theorem": (lambda d: _set(_claim(d, "gradient"), "by", _claim(d, "later")["by"]), "its theory"),
    "a claim by a step": (lambda d: _set(_claim(d, "gradient"), "by", _claim(d, "gradient", 0)["by"]), "about something else"),
    "no such claim": (lambda d: _set(_claim(d, "gradient"), "theorem", "no"), "no proof of it"),
    "no claim": (lambda d: only(d)["proof"]["claims"].clear(), "no proof of it"),
    "no proof": (lambda d: only(d).pop("proof"), "no proof of it"),
    "an empty proof": (lambda d: _set(only(d), "proof", None), "no proof of it"),
    "theories": (_swapped_theories, ""),
    "the theory of rules": (_other_theory, "different declarations"),
    "a false claim": (_false_source, "about something else"),
    "the source": (lambda d: _source(d, "= 2*(x[k] - c)\nproof", "= 5*(x[k] - c)\nproof"), "the source says"),
    "a definition in the source": (lambda d: _source(d, "(x[i] - c)^2, i)\n\n", "(x[i] - c)^3, i)\n\n"), ""),
    "a declaration in the source": (lambda d: _source(d, "s > 0", "s"), "has not"),
    "what the document shows": (lambda d: _set(_theorem(d, "gradient"), "right", "7*(x[k] - c)"), "the source says"),
    "what it shows of a step": (lambda d: _set(_theorem(d, "gradient")["steps"][0], "right", "0"), "the source says"),
    "a line": (lambda d: _set(_theorem(d, "gradient"), "line", 1), "in line 1"),
    "a condition that is not shown": (lambda d: _set(_theorem(d, "open"), "conditions", []), "does not say"),
    "the reasons": (lambda d: _set(_theorem(d, "gradient")["steps"][0], "by", ["sum"]), "the source by definition(E), sum"),
    "no reasons": (lambda d: _set(_theorem(d, "gradient")["steps"][3], "by", []), "by nothing, and the source by collapse"),
    "reasons of what was found": (lambda d: _set(_theorem(d, "magnitude")["steps"][0], "by", ["sum"]), "by nothing"),
    "another name": (lambda d: _set(_theorem(d, "gradient"), "name", "no"), "no such theorem"),
    "a theorem left out": (lambda d: only(d)["theorems"].pop(0), "called proved"),
    "a theorem that is not proved": (lambda d: _set(_theorem(d, "gradient"), "verdict", "unknown"), "called proved"),
    "a step that is not proved": (lambda d: _set(_theorem(d, "gradient")["steps"][0], "verdict", "refuted"), "called proved"),
    "a step left out": (lambda d: _theorem(d, "gradient")["steps"].pop(), "steps of its proof"),
    "a refuted theorem": (lambda d: _set(_theorem(d, "wrong"), "verdict", "proved"), "no proof of it"),
    "a refuted theorem with a proof": (_proved_by_another, "about something else"),
    "a refuted step": (_refuted_step, "about something else"),
    "what stands for ?": (lambda d: _set(only(d)["proof"]["computed"][0], "right", 0), "the source says"),
    "a value of a bound index for ?": (_bound_for_question_mark(in_a_value=True), "cannot be written"),
    "another title": (lambda d: only(d).update(title="The hypothesis of Riemann"), "another title"),
    "another file": (lambda d: only(d).update(file="riemann.derive"), "another file"),
    "no ?": (lambda d: only(d)["proof"]["computed"].clear(), "the source says"),
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
        here = only(document)["proof"]
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = value

    return tamper


def _without(key: str) -> Tamper:
    return lambda document: only(document)["proof"].pop(key)


MALFORMED: dict[str, Tamper] = {
    "another version": lambda d: d.update(version=1),
    "no version": lambda d: d.pop("version"),
    "a version in words": lambda d: d.update(version="1"),
    "no derivations": lambda d: d.pop("derivations"),
    "derivations by name": lambda d: d.update(derivations={}),
    "a derivation in words": lambda d: d.update(derivations=["softmax-ce"]),
    "no theorems": lambda d: only(d).pop("theorems"),
    "no title": lambda d: only(d).pop("title"),
    "no verdict": lambda d: _theorem(d, "gradient").pop("verdict"),
    "a verdict that is none": lambda d: _theorem(d, "gradient").update(verdict="Proved"),
    "a verdict with a blank": lambda d: _theorem(d, "wrong").update(verdict="proved "),
    "no conditions": lambda d: _theorem(d, "gradient").pop("conditions"),
    "no steps": lambda d: _theorem(d, "gradient").pop("steps"),
    "a proof in words": lambda d: only(d).update(proof="by definition"),
    "a list for a proof": lambda d: only(d).update(proof=[]),
    **{f"no {key}": _without(key)
       for key in ("sources", "theories", "terms", "conditions", "inferences", "claims", "computed")},
    "no source": _in_proof("sources", value=[]),
    "a source in words": _in_proof("sources", 0, value="variable x"),
    "a source that uses itself": _in_proof("sources", 0, "uses", value={"squares": 0}),
    "a source that uses what is not there": _in_proof("sources", 0, "uses", value={"no": 1}),
    "a source that cannot be read": _in_proof("sources", 0, "text", value="theorem"),
    "a source of no text": _in_proof("sources", 0, "text", value=3),
    "a source at half a line": _in_proof("sources", 0, "line", value=1.5),
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
    "itself as a premise": lambda d: _set(only(d)["proof"]["inferences"][3], 2, [3, 3]),
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
    "a scope of what is not there": _row("by_rule", 1, 3, value={"theory": 0}),
    "a scope that is not sure": _row("by_rule", 1, 3, value={"chained": 0}),
    "targets by number": _row("by_rule", 1, 3, value={"targets": [0]}),
    "places in words": _row("congruence", 1, 1, value=["0"]),
    "a label by number": _row("ring", 3, value=0),
    "no label": _row("ring", 3, value=None),
    "a conclusion of one side": _row("ring", 4, value=[0, []]),
    "a conclusion under what is not there": _row("ring", 4, 2, value=[10**6]),
    "a bound index for ?": _bound_for_question_mark(in_a_value=False),
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


@pytest.mark.slow
def test_without_its_evidence_a_claim_is_not_proved() -> None:
    document = document_of(load("softmax-bce"))
    assert failed(document) == {}
    for claim in only(document)["proof"]["claims"]:
        claim["evidence"] = []
    found = failed(document)
    assert found
    assert all("conditions that the claim has not" in message or "does not say" in message for message in found.values())


@pytest.mark.slow
def test_evidence_about_something_else_shows_nothing() -> None:
    document = document_of(load("softmax-bce"))
    for claim in only(document)["proof"]["claims"]:
        claim["evidence"] = [0]
    assert failed(document)


def test_the_first_inference_that_fails_is_named() -> None:
    document = squares()
    rows = only(document)["proof"]["inferences"]
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
@pytest.mark.slow
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
@given(st.integers(0, len(squares_text()) - 1), st.text(max_size=3))
def test_corrupted_text_is_an_error_or_not_proved(place: int, letters: str) -> None:
    text = squares_text()[:place] + letters + squares_text()[place + 1 :]
    try:
        document = json.loads(text)
    except ValueError:
        return
    _survives(document)


def test_lines_of_a_proof_that_was_found_claim_no_more_than_the_theorem() -> None:
    for change in ({"left": "0", "right": "1"}, {"right": "t"}, {"left": "t"}):
        document = squares()
        theorem = next(each for each in document["derivations"][0]["theorems"] if each["name"] == "logarithm")
        theorem["steps"][0].update(change)
        assert any(outcome.theorem == "logarithm" and outcome.message for outcome in outcomes(document)), change
    document = squares()
    theorem = next(each for each in document["derivations"][0]["theorems"] if each["name"] == "logarithm")
    theorem["verdict"] = "unknown"
    assert any(outcome.theorem == "logarithm" and outcome.message for outcome in outcomes(document))


def test_each_line_of_a_proof_that_was_found_is_proved_again() -> None:
    document = squares()
    theorem = next(each for each in only(document)["theorems"] if each["name"] == "magnitude")
    first = theorem["steps"][0]
    left, right = theorem["left"], theorem["right"]
    theorem["steps"] = [{**first, "left": left, "right": "17"}, {**first, "left": "17", "right": right}]
    assert {key for key in failed(document) if key[0] == "magnitude"} == {("magnitude", 1), ("magnitude", 2)}


def test_what_is_called_proved_as_a_whole_has_a_proof() -> None:
    document = squares()
    (found,) = document["derivations"]
    found.update({"verdict": "proved", "proof": None, "theorems": []})
    assert any(outcome.message for outcome in outcomes(document))


def test_a_line_is_what_is_read() -> None:
    """An index may be called like one of the text, and run elsewhere: x*delta(i, 1) is x where i runs from 1 to 1."""
    document = document_of(parse("size n\nvariable x, z[n]\ntheorem t: x + z[i] - z[i] = x"))
    assert failed(document) == {}
    proof = only(document)["proof"]

    def row(table: str, data: list[Any]) -> int:
        proof[table].append(data)
        return len(proof[table]) - 1

    left, right = proof["inferences"][-1][1][1:3]
    one = row("terms", ["Number", "1"])
    index = row("terms", ["Index", "i", one])
    delta = row("terms", ["Delta", index, one])
    between = row("terms", ["Mul", [right, delta]])
    at_one = row("terms", ["Delta", one, one])
    here = row("inferences", ["over_range", [0, "delta", at_one, None], [], "", [at_one, one, []]])
    all_of_them = row("inferences", ["every_value", [0, delta, one, index], [here], "", [delta, one, []]])
    ways = [row("inferences", ["ring", [0, a, b], [all_of_them], "algebra", [a, b, []]]) for a, b in
            ((left, between), (between, right))]  # fmt: skip
    names = [{"theorem": "t", "chain": 0, "step": step} for step in (0, 1)]
    proof["claims"][1:] = [name | {"by": [way], "evidence": []} for name, way in zip(names, ways, strict=True)]
    proof["computed"] = [name | {"right": side} for name, side in zip(names, (between, right), strict=True)]
    (theorem,) = only(document)["theorems"]
    (step,) = theorem["steps"]
    theorem["steps"] = [{**step, "right": "x*delta(i, 1)"}, {**step, "left": "x*delta(i, 1)"}]
    found = failed(document)
    assert found.keys() == {("t", 1), ("t", 2)}
    assert all("read as something else" in why for why in found.values())


def test_the_whole_is_proved_where_every_theorem_and_step_is() -> None:
    text = "variable x\ntheorem wrong: x + x = 2*x + 1\nproof\n  x + x\n  = 2*x by algebra\n  = 2*x + 1 by algebra\nqed"
    document = document_of(parse(text))
    assert failed(document) == {}
    only(document)["verdict"] = "proved"
    assert failed(document).keys() == {("wrong", None), ("wrong", 2)}
