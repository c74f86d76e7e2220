"""The extension for Sphinx, and for MyST: `extensions = ["derive.plugins.sphinx"]` in conf.py.

    .. derive:: softmax-ce                   a derivation of the library
       :theorem: softmax-jacobian

    .. derive:: proofs/square.derive         one in a file, named from the folder of the document

    .. derive::                              one that is written here
       :label: slope

       variable x
       theorem slope: diff(x^2, x) = 2*x

It is checked whenever its document is read. What is not as its author expects is told with its place, and the build fails, as
does every later one until it is put right. With `:label:`, the claims are numbered equations, as for :eq:`slope`; where
several theorems are shown, that of t is `slope-t`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from derive import __version__, shelf
from derive.checking.checker import check
from derive.checking.open_claims import closed
from derive.checking.steps import TIMEOUT
from derive.checking.verdicts import Report
from derive.commands.complaint import fault
from derive.commands.config import shown
from derive.commands.found import is_derivation
from derive.commands.one_file import texts_of
from derive.commands.present import chosen, named, part_of
from derive.errors import CallError
from derive.language.derivation import Derivation
from derive.language.errors import SourceError
from derive.library import load, load_any, parse_block, text_of
from derive.limits import FILE, allowed
from derive.plugins.doctree import nodes_of
from derive.render.complaint import complaint_of
from derive.render.diagnostics import full

FAILED = "derive_failed"
"""The attribute of the environment that holds the names of the documents in which something is not as expected."""

_logger = logging.getLogger(__name__)


class Derive(SphinxDirective):
    """The directive."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        "theorem": directives.unchanged_required,
        "variant": directives.unchanged_required,
        "short": directives.flag,
        "label": directives.unchanged_required,
        "name": directives.unchanged,
        "class": directives.class_option,
    }

    def run(self) -> list[nodes.Node]:
        """What is shown in the place of the directive."""
        try:
            with allowed(FILE):
                reports = [self.report(each) for each in chosen(self.derivation(), self.options.get("variant"))]
                self.expect(reports)
                return self.shown(reports)
        except Exception as error:
            found = fault(error, self.file)
            self.fail("".join(map(complaint_of, (found, *(found.more if isinstance(found, SourceError) else ())))))
            return []

    @property
    def file(self) -> str:
        """What the document is called in messages."""
        return shown(self.get_source_info()[0])

    # --- the derivation -----------------------------------------------------------------------------------------------

    def derivation(self) -> Derivation:
        """The derivation that is named, or written in the block."""
        name = self.arguments[0] if self.arguments else ""
        written = any(line.strip() for line in self.content)
        if bool(name) == written:
            said = "it has both a name and a text" if written else "it has neither a name nor a text"
            error = CallError("no-derivation", f"a block of derive shows one derivation: {said}", "write one of them")
            error.file = ":".join(map(str, (self.file, self.get_source_info()[1])))
            raise error
        if written:
            return self.written()
        if not name.lower().endswith(shelf.SUFFIX):
            found = load(name)
            self.env.note_dependency(str(shelf.files()[name]))
            return found
        relative, absolute = self.env.relfn2path(name)
        self.env.note_dependency(relative)
        return load_any(Path(shown(absolute)))

    def written(self) -> Derivation:
        """The one in the block, with the places of its document."""
        source, line = self.get_source_info()
        if not Path(source).is_file():  # a docstring, of which there are no lines
            return parse_block("".join(f"{each}\n" for each in self.content), self.file, 0)
        lines = text_of(source, self.file).splitlines()
        first, *_ = (each for each in self.content if each.strip())
        begins = (n for n in range(line - 1, len(lines)) if lines[n].strip().removeprefix("> ") == first.strip())
        above = next(begins, line)
        below = above + len(self.content) + 1
        for each in self.around(self.file):
            if each.file != self.file:  # a cell of a notebook, whose lines are its own
                continue
            if isinstance(each, Derivation) and each.above <= above < each.above + len(each.text.splitlines()):
                return each
            if isinstance(each, SourceError) and above < each.place.line <= below:
                raise each
        margin = " " * (len(lines[above]) - len(lines[above].lstrip())) if above < len(lines) else ""
        text = "\n".join(margin + each if each.strip() else "" for each in self.content).lstrip("\n")
        return parse_block(f"{text}\n", self.file, above)

    def around(self, path: str) -> Iterator[Derivation | SourceError]:
        """The derivations of the document, where `derive check` reads its blocks too."""
        if is_derivation(path):
            yield from texts_of(path, text_of(path), TIMEOUT)

    # --- what becomes of it -------------------------------------------------------------------------------------------

    def report(self, derivation: Derivation) -> Report:
        for used in (derivation, *derivation.used):
            if Path(used.file).is_file():
                self.env.note_dependency(str(Path(used.file).resolve()))
        return check(closed(derivation, TIMEOUT), explain=True, diagnose=True)

    def expect(self, reports: Iterable[Report]) -> None:
        """Fails the build where a report is not as expected."""
        for report in reports:
            if not report.expected:
                self.fail(full(report) or f"{report.derivation.name}: {report.verdict}")

    def fail(self, said: str) -> None:
        """Tells what is wrong, and lets the build fail when all documents are read."""
        failed(self.env).add(self.env.docname)
        _logger.error("%s", said.rstrip("\n"), location=self.get_location(), type="derive")

    def shown(self, reports: list[Report]) -> list[nodes.Node]:
        theorem, short = self.options.get("theorem"), "short" in self.options
        if theorem is not None or short:
            reports = [self.part(report, theorem, short) for report in reports]
        several = sum(len(report.theorems) for report in reports) > 1
        found: list[nodes.Node] = []
        for report in reports:
            box = nodes.container(classes=["derivation", *self.options.get("class", [])])
            box += nodes_of(report, lambda name: self.label(name, several))
            self.set_source_info(box)
            for formula in list(box.findall(nodes.math_block)):
                self.number(formula)
            found.append(box)
        anchor = nodes.target()  # LaTeX refers to no container
        self.add_name(anchor)
        return [anchor, *found] if anchor["names"] else found

    def part(self, report: Report, theorem: str | None, short: bool) -> Report:
        only = None
        if theorem is not None:
            meant = named(report.derivation, theorem)
            only = next(each for each in report.theorems if each.statement is meant)
        return part_of(report, only, short)

    def label(self, theorem: str, several: bool) -> str | None:
        """The label of the claim of a theorem, if labels are wanted."""
        label: str | None = self.options.get("label")
        return f"{label}-{theorem}" if label is not None and several else label

    def number(self, formula: nodes.math_block) -> None:
        """Numbers a formula with a label, so that it can be referred to."""
        formula["docname"] = self.env.docname
        self.set_source_info(formula)
        if formula["label"]:
            domain = self.env.get_domain("math")
            domain.note_equation(self.env.docname, formula["label"], location=formula)  # type: ignore[attr-defined]
            formula["number"] = domain.get_equation_number_for(formula["label"])  # type: ignore[attr-defined]
            target = nodes.target("", "", ids=[nodes.make_id(f"equation-{formula['label']}")])
            self.state.document.note_explicit_target(target)
            formula.parent.insert(formula.parent.index(formula), target)


# --- the build ------------------------------------------------------------------------------------------------------------


def failed(env: BuildEnvironment) -> set[str]:
    """The documents in which something is not as expected."""
    if not hasattr(env, FAILED):
        setattr(env, FAILED, set())
    found: set[str] = getattr(env, FAILED)
    return found


def _outdated(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """They are read again, so that they fail again."""
    return sorted(failed(env) & env.found_docs)


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    failed(env).discard(docname)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    failed(env).update(failed(other))


def _fail(app: Sphinx, env: BuildEnvironment) -> None:
    """What was wrong is told already, and a traceback says no more."""
    if failed(env):
        app.statuscode = 1


def setup(app: Sphinx) -> dict[str, Any]:
    """Adds the directive, which Sphinx asks for."""
    app.add_directive("derive", Derive)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.connect("env-check-consistency", _fail)
    return {"version": __version__, "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
