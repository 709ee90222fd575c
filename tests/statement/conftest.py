"""The small insurer with months that were run, and its people as they log in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.commission import Adjustment
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.services.roles import ensure_default_roles
from portal.services.users import add_user
from portal.services.writer import writing
from tests.access.browser import enter
from tests.app import the_app
from tests.commission.conftest import Months, last_day, law, months  # noqa: F401 - fixtures of the area
from tests.commission.test_month_run import close
from tests.insurer.conftest import database, loaded, policy, premium, small, var  # noqa: F401 - fixtures of the area

PASSWORD = "people who sell policies"
JAN, FEB, MAR = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)
USERS = {"bo": ("agent", "Z2"), "ada": ("team_leader", "Z1"), "cy": ("team_leader", "Z3"), "max": ("agent", ""),
         "clara": ("commission_clerk", ""), "amir": ("commission_approver", "")}  # fmt: skip


def make_users(database: Database, users: Mapping[str, tuple[str, str]]) -> None:
    """People as they log in: by name, the role and the code of the person."""
    with database.transaction(HOUSE) as session:
        ensure_default_roles(session)
    with writing(LOCAL_OPERATOR) as writer:
        for name, (role, code) in users.items():
            add_user(writer, name, PASSWORD, roles=[role], person_code=code)


@pytest.fixture
def story(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> dict[str, int]:  # fmt: skip
    """January is closed, a premium of it comes late; February pays the difference and an adjustment, March corrects a rule."""
    with database.transaction(HOUSE) as session:
        if session.scalars(select(Adjustment)).first() is not None:
            return loaded
    make_users(database, USERS)
    book = months.approve(law("30%"), JAN)
    first, late, second = dt.date(2026, 1, 10), dt.date(2026, 2, 3), dt.date(2026, 2, 20)
    months.deliver(JAN, last_day(JAN), policy=[policy(1, first)], premium=[premium(1, 1, first, amount=1000)])
    assert months.run(JAN) is RunStatus.PUBLISHED
    close(database, JAN)
    months.deliver(
        FEB, last_day(FEB),
        policy=[policy(2, second)],
        premium=[premium(2, 1, late, amount=500, received_on=dt.date(2026, 1, 30)), premium(3, 2, second, amount=2000)],
    )  # fmt: skip
    with database.transaction(HOUSE) as session:
        session.add(Adjustment(
            rulebook_id=book, person_id=loaded["Z2"], institution_id=3, in_month=FEB, for_month=JAN,
            amount=Decimal("12.50"), reason="A contest", state="approved", requested_by="Clara",
        ))  # fmt: skip
    assert months.run(FEB) is RunStatus.PUBLISHED
    close(database, FEB)
    months.approve(law("40%"), JAN)
    months.deliver(MAR, last_day(MAR))
    assert months.run(MAR) is RunStatus.PUBLISHED
    return loaded


def browser_of(name: str) -> FlaskClient:
    browser = the_app().server.test_client()
    assert enter(browser, name, PASSWORD).status_code == 302
    return browser
