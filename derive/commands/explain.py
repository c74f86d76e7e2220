"""`derive explain CODE`: what a diagnostic means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from derive.commands.output import write_output
from derive.engine.rules import NAMES
from derive.errors import CallError
from derive.render.layout import paragraph
from derive.render.markdown import escaped
from derive.render.pages import Page, every_page, every_page_html, page, page_html, seen
from derive.render.target import Target
from derive.shelf import near


def explain(code: str | None = None, format: str = "text", output: str | None = None, width: int | None = None) -> None:
    """Prints the page of a code, or the list of all codes."""
    if code is None:
        _list(format, output, width)
        return
    found = page(_spelled(code))
    if found is None:
        raise CallError("no-code", f'there is no code "{code}"', _instead(code))
    shown = found

    def render(target: Target) -> str:
        match format:
            case "json":
                return json.dumps(_record(shown), ensure_ascii=target.ascii, indent=2) + "\n"
            case "html":
                return page_html(shown, target.ascii)
            case "markdown":
                lines = [f"# {shown.code}: {escaped(shown.title)}", escaped(shown.explanation)]
                lines += [f"{label.capitalize()}:\n\n```derive\n{seen(example)}\n```" for label, example in shown.examples]
                return "\n\n".join(lines) + "\n"
        return "\n".join(_lines(shown, target.width)) + "\n"

    write_output(render, output, width)


def _lines(shown: Page, width: int | None) -> Iterator[str]:
    yield from paragraph(shown.title, width, f"{shown.code}  ", " " * (len(shown.code) + 2))
    yield ""
    yield from paragraph(shown.explanation, width, "  ", "  ")
    for label, example in shown.examples:
        yield ""
        yield f"  {label}:"
        yield ""
        yield from (f"      {line}".rstrip() for line in seen(example).splitlines())


def _list(format: str, output: str | None, width: int | None) -> None:
    pages = every_page()

    def render(target: Target) -> str:
        match format:
            case "json":
                return json.dumps({"codes": [_record(each) for each in pages]}, ensure_ascii=target.ascii, indent=2) + "\n"
            case "html":
                return every_page_html(target.ascii)
            case "markdown":
                rows = [("code", "title"), ("---", "---"), *((each.code, escaped(each.title)) for each in pages)]
                return "".join(f"| {code} | {title} |\n" for code, title in rows)
        return "".join(f"{line}\n" for each in pages for line in paragraph(each.title, target.width, f"{each.code}  ", " " * 6))

    write_output(render, output, width)


def _record(shown: Page) -> dict[str, Any]:
    return {"code": shown.code, "title": shown.title, "explanation": shown.explanation, "examples": dict(shown.examples)}


def _spelled(code: str) -> str:
    """A code as it is written: d202, 202 and error[D202] are all D202."""
    found = re.search(r"(?<![A-Za-z])[dD]?([0-9]{3})(?![0-9])", code)
    return f"D{found[1]}" if found else code


def _instead(code: str) -> str:
    """What may have been meant: a rule, the codes nearest in number, or those about the word."""
    if code in NAMES:
        return f"{code} is a rule: derive rules {code}"
    pages = every_page()
    number = re.fullmatch(r"[a-zA-Z]?([0-9]{1,9})", code)
    if number is not None:
        meant = sorted(pages, key=lambda each: abs(int(each.code[1:]) - int(number[1])))[:3]
    else:
        word = code.lower()
        meant = [each for each in pages if len(word) > 2 and word in each.title.lower()][:3]
        words = {each: found for found in pages for each in found.title.lower().split()}
        meant = meant or [words[each] for each in near(word, words)]
    shown = [f"{each.code} ({each.title[:1].lower()}{each.title[1:]})" for each in sorted(meant, key=lambda each: each.code)]
    return f"did you mean {' or '.join(dict.fromkeys(shown))}?" if shown else "derive explain names them all"
