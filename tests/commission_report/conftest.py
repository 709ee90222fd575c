"""The small insurer's months as reports read them, and people who read them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.database import Database
from portal.permissions import Actor, Permission, Scope
from portal.query.reader import Reader, reading
from tests.commission.conftest import law, months  # noqa: F401 - fixtures of the area
from tests.insurer.conftest import database, loaded, small, var  # noqa: F401 - fixtures of the area
from tests.statement.conftest import story  # noqa: F401 - fixtures of the area

READS = frozenset({Permission.COMMISSION_REPORT_VIEW, Permission.REPORT_EXPORT, Permission.STATEMENT_VIEW})
HOUSE = Actor(None, "the desk", permissions=READS, scope=Scope(all=True))


@pytest.fixture
def whole(story: dict[str, int], database: Database) -> Iterator[Reader]:
    """Who sees all of the insurer."""
    with reading(HOUSE) as reader:
        yield reader
