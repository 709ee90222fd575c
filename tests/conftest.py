"""What all tests share: a real PostgreSQL of their own, migrated, and the shared folder when it is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that need the shared folder when it is not beside the project."""
    if not SHARED.exists():
        items[:] = [item for item in items if item.get_closest_marker("shared") is None]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published cases and real files."""
    return SHARED


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An installation folder of this worker; the settings point to it."""
    from portal.settings import settings

    folder = tmp_path_factory.mktemp("installation")
    previous = {
        name: value for name, value in os.environ.items() if name.startswith("BASIS_") or name == "DATABASE_URL"
    }
    for name in previous:
        del os.environ[name]
    os.environ["BASIS_VAR"] = str(folder)
    settings.cache_clear()
    yield folder
    del os.environ["BASIS_VAR"]
    os.environ.update(previous)
    settings.cache_clear()


@pytest.fixture(scope="session")
def database(var: Path):  # type: ignore[no-untyped-def]
    """A migrated database; the process-wide `database()` is this one."""
    from portal import database as module
    from portal.migrations.upgrade import upgrade
    from portal.postgres import EmbeddedPostgres

    module.database.cache_clear()
    opened = module.database()
    upgrade(opened)
    yield opened
    opened.dispose()
    module.database.cache_clear()
    EmbeddedPostgres(var / "postgres").stop()
