"""The door for pytest: `pytest --derive`, or `derive = true` among its options, makes a test of every theorem.

    docs/square.derive::gradient       a file
    docs/notes.md::slope               a block of a document

pytest loads this module wherever derive is installed, so nothing else of derive is loaded before it is asked for.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option, and the same among those of pytest's configuration."""
    said = "check the theorems of .derive files, and of derivations in documents"
    parser.getgroup("derive").addoption("--derive", action="store_true", help=said)
    parser.addini("derive", said, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Reads `[tool.derive]`, if derive is asked for: what is wrong there is told before anything is collected."""
    if _is_asked_for(config):
        from derive.plugins.theorems import prepare

        prepare(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The theorems of a file, if it holds derivations."""
    if not _is_asked_for(parent.config):
        return None
    from derive.plugins.theorems import file_of

    return file_of(file_path, parent)


def _is_asked_for(config: pytest.Config) -> bool:
    return bool(config.getoption("--derive") or config.getini("derive"))
