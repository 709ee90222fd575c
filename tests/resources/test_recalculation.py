"""A change in the past asks for a recalculation: one for all that gathers, a re-run with its reason when it is quiet."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.models.runs import Recalculation, Run
from portal.permissions import LOCAL_OPERATOR
from portal.query import run_order
from portal.query.run_order import stale_from
from portal.query.subjects import Subject
from portal.resources import RESOURCES
from portal.services import recalculation, records
from portal.services.recalculation import take_recalculations
from portal.services.shares import share_out, stop_sharing
from portal.services.writer import Writer
from tests.resources.bank import PUBLISHED_ON, Bank

JOB = "R-nightly"
DAYS = [PUBLISHED_ON + dt.timedelta(days=n) for n in range(4)]  # 30 June is published by the bank, the others here


@pytest.fixture
def writer(session: Session, house: Bank, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """Four published dates; nothing of it is kept."""
    monkeypatch.setattr(run_order, "NIGHTLY_KEY", JOB)
    monkeypatch.setattr(recalculation, "QUIET_SECONDS", 0)
    session.add_all(
        Run(job=JOB, business_date=day, attempt=1, status="published", requested_by="tests") for day in DAYS[1:]
    )
    session.flush()
    return Writer(LOCAL_OPERATOR, session)


def share(writer: Writer, house: Bank, customer: int, day: dt.date) -> None:
    share_out(writer, Subject("customer", customer), "marketer", ((house.people["R-zhao"], Decimal(1)),), day)


def waiting(writer: Writer) -> list[tuple[Any, ...]]:
    found = writer.session.scalars(select(Recalculation).where(Recalculation.taken_at.is_(None)))
    return [(one.first_day, one.reason, one.requested_by) for one in found]


def runs(writer: Writer) -> list[tuple[Any, ...]]:
    found = writer.session.execute(
        text("select business_date, reason, requested_by from run where job = :job and attempt = 2 order by 1"),
        {"job": JOB},
    )
    return [tuple(row) for row in found]


def test_a_change_after_the_newest_date_asks_for_nothing(writer: Writer, house: Bank) -> None:
    share(writer, house, 1, DAYS[-1] + dt.timedelta(days=1))
    assert waiting(writer) == []
    assert stale_from(writer.session) is None


def test_changes_that_gather_are_one_request_from_the_first_day_on(writer: Writer, house: Bank) -> None:
    share(writer, house, 1, DAYS[2])
    assert waiting(writer) == [(DAYS[2], "shares of customer 1, marketer", "local operator")]
    stop_sharing(writer, Subject("customer", 3), "marketer", DAYS[1])
    share(writer, house, 1, DAYS[3])
    said = "shares of customer 1, marketer; shares of customer 3, marketer"
    assert waiting(writer) == [(DAYS[1], said, "local operator")]
    assert stale_from(writer.session) == DAYS[1]


def test_it_becomes_a_re_run_with_its_reason_and_the_later_dates_follow(writer: Writer, house: Bank) -> None:
    share(writer, house, 1, DAYS[1])
    assert take_recalculations(writer) == DAYS[1:]
    why = "shares of customer 1, marketer"
    followed = f"follows {DAYS[1]}: {why}"
    assert runs(writer) == [(day, why if day == DAYS[1] else followed, "local operator") for day in DAYS[1:]]
    assert waiting(writer) == [] and take_recalculations(writer) == []
    assert stale_from(writer.session) == DAYS[1], "until the runs have ended"
    writer.session.execute(
        text("update run set status = 'published' where attempt = 2 and business_date = :day"), {"day": DAYS[1]}
    )
    assert stale_from(writer.session) == DAYS[2]


def test_a_run_that_waits_reads_the_change_itself(writer: Writer, house: Bank) -> None:
    share(writer, house, 1, DAYS[1])
    take_recalculations(writer)
    share(writer, house, 3, DAYS[2])
    assert take_recalculations(writer) == [DAYS[2]]
    assert len(runs(writer)) == 3, "no third attempt"


def test_it_waits_for_a_run_that_may_have_read_the_state_before(writer: Writer, house: Bank) -> None:
    writer.session.execute(
        text("update run set status = 'running' where job = :job and business_date = :day"),
        {"job": JOB, "day": DAYS[3]},
    )
    share(writer, house, 1, DAYS[3])
    assert len(waiting(writer)) == 1, "it is not published yet, but it may have been begun without the change"
    assert take_recalculations(writer) == []
    writer.session.execute(text("update run set status = 'published' where job = :job"), {"job": JOB})
    assert take_recalculations(writer) == [DAYS[3]]


def test_a_person_goes_on_working_before_the_recalculation_begins(
    writer: Writer, house: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalculation, "QUIET_SECONDS", 60)
    share(writer, house, 1, DAYS[1])
    assert take_recalculations(writer) == [] and len(waiting(writer)) == 1


@pytest.mark.parametrize(
    ("resource", "code", "change", "asks"),
    [
        ("people", "R-wu", {"institution": "R-B1"}, True),
        ("people", "R-wu", {"name": "Wu the younger"}, False),
        ("institutions", "R-A1", {"parent": "R-B"}, True),
        ("institutions", "R-A1", {"name": "Another name"}, False),
    ],
)
def test_only_what_figures_are_made_from_asks(
    writer: Writer, house: Bank, resource: str, code: str, change: dict[str, str], asks: bool
) -> None:
    key = str(house.people[code] if resource == "people" else house.institutions[code])
    given = {name: str(house.institutions.get(value, value)) for name, value in change.items()}
    records.change(writer, RESOURCES[resource], key, given, first_day=DAYS[2], reason="as the contract says")
    assert waiting(writer) == (
        [(DAYS[2], f"{resource} {code}: as the contract says", "local operator")] if asks else []
    )
