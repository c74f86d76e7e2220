"""`derive list` and `derive rules`: what there is, read off the files and the records themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from derive.commands.output import write_output
from derive.engine.rules import ALL, FAMILIES, SPECIAL, Rule
from derive.engine.rules.by_laws import stated
from derive.errors import CallError
from derive.floor.laws import LAWS
from derive.language.derivation import Derivation
from derive.library import load
from derive.render.layout import columns, paragraph
from derive.render.markdown import escaped
from derive.render.target import Target
from derive.shelf import names, near


def list_derivations(word: str | None, format: str, output: str | None, width: int | None) -> None:
    """Prints the derivations of the library by subject, or those of a `word`; as Markdown or HTML a page of what they state."""
    from derive.render.catalogue import by_subject, heading

    subjects = [
        (name, about)
        for name, each in by_subject(map(load, names()))
        if (about := [derivation for derivation in each if _is_about(derivation, name, word)])
    ]
    derivations = [derivation for _, each in subjects for derivation in each]
    if not derivations:
        raise CallError("no-derivation", f"no derivation of the library is about {word}", "derive list names them all")
    if format in ("markdown", "html"):
        from derive.render.catalogue import catalogue_html, catalogue_markdown

        def render(target: Target) -> str:
            return catalogue_html(derivations, target.ascii) if format == "html" else catalogue_markdown(derivations)

        write_output(render, output, width)
        return
    found = [
        {
            "name": derivation.name,
            "subject": subject,
            "title": derivation.title,
            "source": derivation.source,
            "theorems": [statement.name for statement in derivation.statements],
        }
        for subject, each in subjects
        for derivation in each
    ]
    _table(format, output, width, {"derivations": found}, found, ("name", "title", "theorems"), heading)


def _is_about(derivation: Derivation, subject: str, word: str | None) -> bool:
    told = (derivation.name, subject, derivation.title, derivation.source, *(each.name for each in derivation.statements))
    return word is None or any(word.casefold() in each.casefold() for each in told)


def every_rule() -> list[dict[str, Any]]:
    """The rules that a step may cite, and the reasons that are more than one, each as it states itself."""
    return [_record(rule) for rule in ALL.values()] + [_special(each) for each in SPECIAL]


def one_rule(name: str) -> dict[str, Any]:
    """The rule of that name. Fails with `CallError` where there is none, suggesting others."""
    if name in ALL:
        return _record(ALL[name])
    if name in SPECIAL:
        return _special(name)
    meant = near(name, (*ALL, *SPECIAL))
    help = f"did you mean {' or '.join(meant)}?" if meant else "derive rules names them all"
    raise CallError("no-rule", f'there is no rule "{name}"', help)


def list_rules(name: str | None, format: str, output: str | None, width: int | None) -> None:
    """Prints the rules, or one of them in full."""
    if name is None:
        rows = every_rule()
        if format == "html":
            from derive.render.rulebook import rules_html

            write_output(lambda target: rules_html(map(_with_besides, rows), target.ascii), output, width)
            return
        _table(format, output, width, {"rules": rows}, rows, ("name", "title", "states"))
        return
    record = one_rule(name)

    def render(target: Target) -> str:
        match format:
            case "json":
                return json.dumps(record, ensure_ascii=target.ascii, indent=2) + "\n"
            case "html":
                from derive.render.rulebook import rule_html

                return rule_html(_with_besides(record), target.ascii)
            case "markdown":
                lines = [f"**{label}**: {escaped(said)}" for label, said in _fields(record, "; ")]
                return "\n\n".join((f"# {escaped(record['name'])}", *lines)) + "\n"
        lines = [record["name"]]
        for label, said in _fields(record):
            for place, part in enumerate(said.split("\n")):
                lines += paragraph(part, target.width, f"  {'' if place else label:<12}", " " * 14)
        return "\n".join(lines) + "\n"

    write_output(render, output, width)


def _record(rule: Rule) -> dict[str, Any]:
    """A rule as it states itself."""
    return {
        "name": rule.name,
        "title": rule.title,
        "family": next((name for name, family in FAMILIES.items() if family == rule.family), rule.family),
        "states": rule.states,
        "laws": [stated(law) for law in LAWS if law.rule == rule.name],
        "given": list(rule.given),
        "inner": f"by {rule.name}, chain where the inside is not the variable itself" if rule.inner else "",
        "declares": rule.declares,
        "example": rule.example,
        "fails_for": rule.fails_for,
        "source": rule.source,
    }


def _turned(law: str) -> str:
    return " = ".join(reversed(law.split(" = ")))


def _besides(record: dict[str, Any]) -> list[str]:
    """The laws that a proof by a rule may use besides what it states."""
    laws: list[str] = record.get("laws", [])
    return [law for law in laws if law not in record["states"] and _turned(law) not in record["states"]]


def _with_besides(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"besides": _besides(record)}


def _special(name: str) -> dict[str, Any]:
    """A reason that is more than one rule."""
    return {"name": name, "title": SPECIAL[name], "family": "", "states": ""}


_LABELS = {
    "title": "what",
    "states": "states",
    "laws": "besides",
    "given": "given",
    "inner": "written",
    "declares": "for example",
    "example": "",
    "fails_for": "fails for",
    "source": "source",
    "family": "part of",
}


def _fields(record: dict[str, Any], between: str = "\n") -> list[tuple[str, str]]:
    """What a record says, with what to call it; `between` stands between the laws that a proof by the rule may use besides."""
    found = []
    for key, label in _LABELS.items():
        said = record.get(key)
        if key == "laws":
            said = _besides(record)
        if said:
            found.append((label, (between if key == "laws" else ", ").join(said) if isinstance(said, list) else said))
    return found


def _table(
    format: str,
    output: str | None,
    width: int | None,
    data: object,
    rows: list[dict[str, Any]],
    keys: tuple[str, ...],
    heading: Callable[[str], str] | None = None,
) -> None:
    """Prints rows: as `data` in JSON, all `keys` in Markdown, and in text the first two below the `heading` of a subject."""

    def cell(row: dict[str, Any], key: str) -> str:
        value = row[key]
        return ", ".join(value) if isinstance(value, list) else str(value)

    def render(target: Target) -> str:
        match format:
            case "json":
                return json.dumps(data, ensure_ascii=target.ascii, indent=2) + "\n"
            case "markdown":
                lines = [keys, tuple("---" for _ in keys), *(tuple(escaped(cell(row, key)) for key in keys) for row in rows)]
                return "".join(f"| {' | '.join(line)} |\n" for line in lines)
        first, second, _ = keys
        margin = "" if heading is None else "  "
        column = max((columns(cell(row, first)) for row in rows), default=0) + 2
        beside = target.width is None or column <= target.width // 2
        text, subject = "", None
        for row in rows:
            if heading is not None and row["subject"] != subject:
                text += f"{'' if subject is None else chr(10)}{heading(row['subject'])}\n"
                subject = row["subject"]
            name, inset = cell(row, first), " " * (column if beside else 2)
            head = f"{margin}{name}{' ' * (column - columns(name))}" if beside else margin + inset
            text += "" if beside else f"{margin}{name}\n"
            text += "".join(f"{line}\n" for line in paragraph(cell(row, second), target.width, head, margin + inset))
        return text

    write_output(render, output, width)
