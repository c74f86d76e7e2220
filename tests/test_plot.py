"""Pictures of gradients: what is drawn is a loss and its derivative, the same bytes at every call, and only what is proved."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import derive
from derive import shelf
from derive.bridge.curves import curves
from derive.checking.instances import main_theorem, stated_gradient
from derive.cli import main
from derive.errors import CallError

BEGINNINGS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.mark.parametrize("format", BEGINNINGS)
def test_a_picture_is_the_same_every_time(format: str, tmp_path: Path) -> None:
    first, second = tmp_path / f"a.{format}", tmp_path / f"b.{format}"
    for path in (first, second):
        assert main(["softmax-ce", "--plot", "-o", str(path), "--size", "H=4", "--wrt", "2", "--range=-3:3"]) == 0
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith(BEGINNINGS[format])


def test_a_picture_says_what_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    assert main(["softmax-ce", "--plot", "-o", str(path), "--classes", "5"]) == 0
    said = {(each.text or "").strip() for each in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")}
    assert {"diff(E, Z[k]) = O[k] - y[k]", "proved gradient", "Z[1]", "step h"} <= said


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("softmax-ce --plot", "write -o FILE"),
        ("softmax-ce --plot -o a.txt", "svg, png or pdf"),
        ("softmax-ce --plot -o a.svg --wrt 9", "Z has no entry 9"),
        ("softmax-ce --plot -o a.svg --wrt 1,1", "Z has no entry 1, 1"),
        ("softmax-ce --plot -o a.svg --size N=2", "no size N"),
        ("softmax-ce --plot -o a.svg --size H=3 --classes 4", "--classes gives H the value 4"),
        ("mse --plot -o a.svg --classes 2", "no size that is called classes"),
        ("softmax-ce --plot -o a.svg --range 3:1", "as in --range=-3:3"),
        ("softmax-ce --plot -o a.svg --range 3", "as in --range=-3:3"),
        ("softmax-ce --range 1:3", "write --plot"),
        ("softmax-ce --plot -o a.svg --theorem not-for-any-targets", "only what is proved is drawn"),
        ("implicit-function --plot -o a.svg", "states no derivative"),
        ("no-such --plot -o a.svg", "no derivation"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    call: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(call.split()) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", shelf.names())
def test_what_is_drawn_is_a_loss_and_its_derivative(name: str) -> None:
    statement = main_theorem(derive.load(name))
    stated = None if statement is None else stated_gradient(statement)
    if statement is None or stated is None:
        pytest.skip("it states no derivative")
    theory = statement.theory
    try:
        found = curves(stated.loss, stated.value, stated.by, theory, {}, (), (0.3, 0.7), 1, statement.conditions)
    except CallError as error:
        pytest.skip(error.message)
    loss, gradient = (np.array(values, dtype=float) for values in (found.loss, found.gradient))
    slopes = (loss[2:] - loss[:-2]) / (found.places[1] - found.places[0]) / 2
    near = np.abs(slopes - gradient[1:-1]) <= 1e-3 * (1 + np.abs(slopes))
    assert (near | ~np.isfinite(slopes) | ~np.isfinite(gradient[1:-1])).mean() > 0.97
    known = [each for each in found.error if each is not None]
    assert min(known, default=0) < 1e-5 * (1 + np.nanmax(np.abs(gradient), initial=0))
