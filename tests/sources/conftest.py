"""Sources that several tests ask, opened once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from portal.sources.berka import BerkaSource
from portal.sources.demo import DemoSource
from tests.installation import database, var  # noqa: F401 - fixtures of the area


@pytest.fixture(scope="session")
def berka(shared: Path) -> BerkaSource:
    return BerkaSource(shared / "data" / "berka")


@pytest.fixture(scope="session")
def demo() -> DemoSource:
    return DemoSource(dt.date(2026, 11, 20))
