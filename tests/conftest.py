"""What all tests share: areas, how examples are drawn, and the folder of published cases when it is there."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.examples import register_profiles

SHARED = Path(__file__).resolve().parents[2] / "shared"
collect_ignore = [] if find_spec("pyspark") else ["spark"]  # `make test-spark` installs it
register_profiles()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that need the shared folder when it is not beside the project."""
    if not SHARED.exists():
        items[:] = [item for item in items if item.get_closest_marker("shared") is None]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published cases and real files."""
    return SHARED


def pytest_itemcollected(item: pytest.Item) -> None:
    """All tests of an area run in one process, one after the other: they share the area's installation."""
    item.add_marker(pytest.mark.xdist_group(Path(item.fspath).parent.name))
