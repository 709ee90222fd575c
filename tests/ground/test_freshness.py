"""The date in the frame is that of the figures somebody works with."""

from __future__ import annotations

import datetime as dt

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.runs import Published
from portal.permissions import Actor, Permission, Scope
from portal.query.freshness import freshness_for
from portal.query.reader import reading
from tests.commission.conftest import Months
from tests.insurer.conftest import policy, premium

DAY = dt.date(2026, 5, 2)
AGENT = Actor(21, "Agent", permissions=frozenset({Permission.STATEMENT_VIEW}), scope=Scope(all=True))
MANAGER = Actor(22, "Manager", permissions=frozenset({Permission.WORKBENCH_VIEW}), scope=Scope(all=True))


def date_of(actor: Actor) -> dt.date | None:
    with reading(actor) as reader:
        found = freshness_for(reader)
        return found.business_date if found is not None else None


def test_an_agent_sees_the_insurers_date_and_a_manager_the_banks(months: Months, database: Database) -> None:
    months.deliver(DAY, DAY, policy=[policy(90, DAY)], premium=[premium(90, 90, DAY)])
    assert date_of(AGENT) == DAY
    assert date_of(MANAGER) == DAY, "there is no bank here"
    with database.transaction(HOUSE) as session:
        of_premiums = session.query(Published).filter_by(dataset="premium", business_date=DAY).first()
        assert of_premiums is not None
        columns = [one.name for one in Published.__table__.columns if one.name != "id"]
        copied = {name: getattr(of_premiums, name) for name in columns}
        night = copied | {"dataset": "manager_day", "business_date": DAY - dt.timedelta(days=1)}
        session.add(Published(**night))
        session.flush()
        session.expunge_all()
    assert (date_of(AGENT), date_of(MANAGER)) == (DAY, DAY - dt.timedelta(days=1))
