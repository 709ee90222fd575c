"""An installation for the tests of one area: a real PostgreSQL of its own, migrated, gone afterwards.

An area's `conftest.py` takes both fixtures: `from tests.installation import database, var`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal import database as database_module
from portal.database import Database
from portal.migrations.upgrade import upgrade
from portal.postgres import EmbeddedPostgres
from portal.query import places
from portal.settings import settings


@pytest.fixture(scope="package")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The area's installation folder; the settings of the process point to it."""
    folder = tmp_path_factory.mktemp("installation")
    kept = {name: value for name, value in os.environ.items() if name.startswith("BASIS_") or name == "DATABASE_URL"}
    for name in kept:
        del os.environ[name]
    os.environ["BASIS_VAR"] = str(folder)
    settings.cache_clear()
    yield folder
    del os.environ["BASIS_VAR"]
    os.environ.update(kept)
    settings.cache_clear()


@pytest.fixture(scope="package")
def database(var: Path) -> Iterator[Database]:
    """A migrated database; the process-wide `database()` is this one."""
    database_module.database.cache_clear()
    places.forget()
    opened = database_module.database()
    upgrade(opened)
    yield opened
    opened.dispose()
    database_module.database.cache_clear()
    EmbeddedPostgres(var / "postgres").stop()
