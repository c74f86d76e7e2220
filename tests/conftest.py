"""The two lanes: see `lane`."""

from __future__ import annotations

import zlib
from collections import defaultdict

import pytest

import lane


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run everything, the slow tests and all random examples included")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: a test of the whole run, `pytest --all`")
    config.addinivalue_line("markers", "sample(n): a parametrised test of which the quick lane runs one in n")
    lane.everything = config.getoption("--all")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if lane.everything or any("::" in argument for argument in config.args):
        return
    families: defaultdict[tuple[str, int], list[pytest.Item]] = defaultdict(list)
    left_out = {item for item in items if item.get_closest_marker("slow")}
    for item in items:
        sample = item.get_closest_marker("sample")
        if sample is not None:
            families[item.nodeid.split("[")[0], sample.args[0]].append(item)
    for (_, parts), family in families.items():
        left_out.update(sorted(family, key=_chance)[-(-len(family) // parts) :])
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]


def _chance(item: pytest.Item) -> tuple[int, str]:
    """What orders a family: by the parameters alone, so that every worker and every family chooses the same, and a new member
    changes little."""
    parameters = item.name.partition("[")[2]
    return zlib.crc32(parameters.encode()), parameters
