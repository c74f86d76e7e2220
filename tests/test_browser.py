"""Pages in a browser, where one is installed: nothing is wider than a telephone, formulas are typeset, and the search finds."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.render.catalogue import catalogue_html
from derive.shelf import names

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
CALL = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--allow-file-access-from-files", "--virtual-time-budget=20000",
)  # fmt: skip
WIDTH = 390

pytestmark = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="no browser is installed")]


def looked_at(page: str, folder: Path, script: str) -> Any:
    """What a script finds in a page that is as wide as a telephone: it is the body of a function of the page's document."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    frame = f'<iframe id="page" src="page.html" style="width: {WIDTH}px; height: 800px; border: 0"></iframe>'
    look = f"const look = (page) => {{ {script} }};"
    asked = 'const frame = document.getElementById("page");'
    asked += "frame.onload = () => { document.title = JSON.stringify(look(frame.contentDocument)); };"
    (folder / "frame.html").write_text(f"<!DOCTYPE html>{frame}<script>{look}{asked}</script>", encoding="utf-8")
    call = [str(BROWSER), *CALL, f"--user-data-dir={folder / 'user'}", "--dump-dom", (folder / "frame.html").as_uri()]
    found = subprocess.run(call, capture_output=True, text=True, timeout=60, check=True).stdout
    title = re.search("<title>(.*?)</title>", found)
    assert title is not None, found
    return json.loads(html.unescape(title[1]))


@pytest.mark.parametrize("name", ["softmax-ce", "batch-norm", "conv2d-stride", "negative-binomial-nll"])
def test_no_page_is_wider_than_a_telephone(name: str, tmp_path: Path) -> None:
    script = """
      const box = (each) => each.getBoundingClientRect();
      const pairs = [...page.querySelectorAll("mfrac")].map((each) => [...each.children].map(box));
      return {
        wide: page.documentElement.scrollWidth,
        formulas: page.querySelectorAll("math").length,
        empty: [...page.querySelectorAll("math")].filter((each) => !box(each).width).length,
        fractions: pairs.length,
        flat: pairs.filter(([above, below]) => above.bottom > below.top).length,
      };"""
    found = looked_at(derive.load(name).html(), tmp_path, script)
    assert found["wide"] <= WIDTH
    assert found["formulas"] > 20
    assert found["fractions"] > 10
    assert found["empty"] == found["flat"] == 0


def test_the_search_finds_and_needs_no_network(tmp_path: Path) -> None:
    script = """
      const field = page.getElementById("search");
      const shown = () => [...page.querySelectorAll("article:not([hidden])")].map((each) => each.id);
      const typed = (text) => {
        field.value = text;
        field.dispatchEvent(new page.defaultView.Event("input"));
        return shown();
      };
      return {
        visible: field.getBoundingClientRect().width > 100,
        all: typed("").length,
        layer: typed("LAYER norm"),
        formula: typed("diff(e, z[k])"),
        none: typed("no such thing"),
        sections: page.querySelectorAll("section:not([hidden])").length,
        told: page.getElementById("found").textContent,
      };"""
    found = looked_at(catalogue_html(map(derive.load, names())), tmp_path, script)
    assert found["visible"]
    assert found["all"] == len(names())
    assert "layer-norm" in found["layer"]
    assert len(found["layer"]) < len(names()) // 4
    assert "softmax-ce" in found["formula"]
    assert found["none"] == []
    assert found["sections"] == 0
    assert found["told"] == f"0 of {len(names())}"
