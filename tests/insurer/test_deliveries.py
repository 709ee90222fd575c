"""A day's policies and premiums: what is published, what is set aside, what stops the run."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from sqlalchemy import select, text

from calc import Engine
from jobs import policy_inputs
from jobs.job import Chunk
from jobs.policies import POLICIES_JOB
from jobs.runner import run_chunk
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.agents import PolicyEvent
from portal.models.organisation import BusinessDay
from portal.models.runs import Problem, RunStatus, RunStep
from portal.permissions import LOCAL_OPERATOR
from portal.query.policy_facts import facts_until, give_facts
from portal.services.policy_events import KeyUsed, take_policy_event
from portal.services.refusal import Refusal
from portal.services.runs import request_run
from portal.services.writer import writing
from tests.insurer.conftest import MOVED, SmallInsurer, policy, premium

DAYS = itertools.count(2)
NUMBERS = itertools.count(1000)


@pytest.fixture
def day() -> dt.date:
    """A day of January that no other test uses."""
    return dt.date(2026, 1, next(DAYS))


@pytest.fixture
def deliver(small: SmallInsurer, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Run the job for some days with these rows; gives how it ended, and its chunk."""
    monkeypatch.setattr(policy_inputs, "active_source", lambda _session, _family: None)
    monkeypatch.setattr(policy_inputs, "open_source", lambda _config: small)
    attempts = itertools.count(1)

    def run(*days: dt.date, **rows: list[dict[str, object]]) -> tuple[RunStatus, Chunk]:
        small.rows = rows
        chunk = Chunk.of("policies", days, next(attempts))
        return run_chunk(POLICIES_JOB, chunk), chunk

    return run


def findings(database: Database, chunk: Chunk) -> list[tuple[str, str, str]]:
    with database.transaction(HOUSE) as session:
        rows = session.execute(select(Problem.rule, Problem.severity, Problem.message).where(Problem.chunk == chunk.id))
        return [tuple(row) for row in rows]


def facts(database: Database, last_day: dt.date, sql: str) -> list[tuple[object, ...]]:
    with database.transaction(HOUSE) as session, Engine() as engine:
        give_facts(engine, facts_until(session, last_day), last_day)
        return engine.connection.cursor().execute(sql).fetchall()


def many(day: dt.date) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Enough good rows for one bad one to stay below a hundredth."""
    numbers = [next(NUMBERS) for _ in range(100)]
    return [policy(n, day) for n in numbers], [premium(n, n, day) for n in numbers]


def test_rows_carry_the_place_of_their_day_and_of_the_day_of_issue(deliver, database, loaded) -> None:  # type: ignore[no-untyped-def]
    issued, paid, number = dt.date(2026, 3, 15), MOVED, next(NUMBERS)
    status, _ = deliver(issued, paid, policy=[policy(number, issued)], premium=[premium(number, number, paid)])
    assert status is RunStatus.PUBLISHED
    with database.transaction(HOUSE) as session:
        teams = {row.code: row.id for row in session.execute(text("select code, id from institution"))}
    sql = f"select agent_id, institution_id, issuing_institution_id, product_code, amount from premium where policy_id = {number}"
    [(agent, here, issuing, product, amount)] = facts(database, paid, sql)
    assert (agent, here, issuing, product) == (loaded["Z2"], teams["ZT2"], teams["ZT1"], "WL")
    assert str(amount) == "12000.00"


def test_the_newest_state_of_a_policy_is_that_of_the_day_asked(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    later, number = dt.date(2026, 2, 1), next(NUMBERS)
    assert deliver(day, policy=[policy(number, day)])[0] is RunStatus.PUBLISHED
    ended = policy(number, later, issued_on=day, effective_on=day, status="ended", ended_on=later, end_kind="cancel")
    assert deliver(later, policy=[ended])[0] is RunStatus.PUBLISHED
    sql = f"select status, end_kind from policy where policy_id = {number}"
    assert facts(database, dt.date(2026, 1, 31), sql) == [("in_force", None)]
    assert facts(database, later, sql) == [("ended", "cancel")]


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ("unknown_agent", {"agent_no": "Z9"}),
        ("unknown_product", {"product_code": "XX"}),
        ("unknown_product", {"payment_term": 7}),
        ("impossible_policy", {"effective_on": dt.date(2025, 12, 31)}),
        ("impossible_policy", {"status": "ended"}),
        ("impossible_policy", {"premium": 0}),
        ("impossible_policy", {"issued_on": dt.date(2199, 12, 31), "effective_on": dt.date(2199, 12, 31)}),
    ],
)
def test_a_policy_that_cannot_be_is_set_aside_with_its_premium(rule, wrong, deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    policies, premiums = many(day)
    number = next(NUMBERS)
    status, chunk = deliver(
        day, policy=[*policies, policy(number, day, **wrong)], premium=[*premiums, premium(number, number, day)]
    )
    assert status is RunStatus.PUBLISHED
    found = findings(database, chunk)
    assert sorted(one[:2] for one in found) == sorted([(rule, "quarantine"), ("row_without_policy", "quarantine")])
    assert all(str(number) in message for _, _, message in found)
    with database.transaction(HOUSE) as session:
        step = session.scalars(select(RunStep).where(RunStep.chunk == chunk.id, RunStep.step == "gate")).one()
    assert (step.rows_in, step.rows_out, step.rows_held) == (202, 200, 2)
    assert facts(database, day, f"select count(*) from premium where policy_id = {number}") == [(0,)]


@pytest.mark.parametrize(
    ("dataset", "wrong"),
    [
        ("premium", {"received_on": dt.date(2199, 12, 31)}),
        ("premium", {"policy_year": 0}),
        ("premium", {"policy_year": -999_999_999}),
        ("premium", {"payment_no": -1}),
        ("renewal_due", {"policy_year": 0}),
        ("renewal_due", {"payment_no": 0}),
        ("policy_end", {"months_in_force": -1}),
    ],
)
def test_a_row_that_cannot_be_is_set_aside_alone(dataset, wrong, deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    policies, premiums = many(day)
    number = next(NUMBERS)
    common = {"policy_id": number, "business_date": day, "agent_no": "Z2", "amount": 1}
    rows = {
        "premium": premium(number, number, day),
        "renewal_due": common | {"due_id": number, "due_on": day, "policy_year": 2, "payment_no": 2},
        "policy_end": common | {"end_kind": "lapse", "ended_on": day, "months_in_force": 0},
    }
    sent = {"policy": [*policies, policy(number, day)], "premium": premiums}
    sent[dataset] = [*sent.get(dataset, []), rows[dataset] | wrong]
    status, chunk = deliver(day, **sent)
    assert status is RunStatus.PUBLISHED
    [(rule, severity, message)] = findings(database, chunk)
    assert (rule, severity) == ("impossible_row", "quarantine")
    [(column, value)] = wrong.items()
    assert f"{dataset} {number} contradicts itself" in message and f"{column} " in message and str(value) in message


def test_rows_of_closed_days_are_published_with_the_next_open_date(small, deliver, database) -> None:  # type: ignore[no-untyped-def]
    saturday, sunday, monday = (dt.date(2026, 5, number) for number in (2, 3, 4))
    with database.transaction(HOUSE) as session:
        session.add_all(BusinessDay(business_date=day, is_open=False) for day in (saturday, sunday))
    with writing(LOCAL_OPERATOR) as writer:
        asked = [run.business_date for run in request_run(writer, "policies", [monday])]
    assert asked[:3] == [saturday, sunday, monday], "and later days that were published build on them"
    number = next(NUMBERS)
    status, _chunk = deliver(*asked, policy=[policy(number, saturday)], premium=[premium(number, number, sunday)])
    assert status is RunStatus.PUBLISHED
    assert all(calendar.closed == {saturday, sunday} for calendar in small.calendars[-4:])
    assert facts(database, monday, f"select business_date from premium where policy_id = {number}") == [(sunday,)]


def test_a_premium_delivered_twice_stops_the_run(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    policies, premiums = many(day)
    status, chunk = deliver(day, policy=policies, premium=[*premiums, premiums[0]])
    assert status is RunStatus.REFUSED
    assert {rule for rule, _, _ in findings(database, chunk)} == {"duplicate_row"}


def test_a_premium_published_before_stops_the_run(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    later, number = dt.date(2026, 2, day.day), next(NUMBERS)
    assert deliver(day, policy=[policy(number, day)], premium=[premium(number, number, day)])[0] is RunStatus.PUBLISHED
    status, chunk = deliver(later, premium=[premium(number, number, later)])
    assert status is RunStatus.REFUSED
    said = f"premium {number} must come once: it stands 1 times in the delivery and 1 times on earlier days."
    assert findings(database, chunk)[0][2] == said


def test_too_much_that_is_wrong_stops_the_run(deliver, day) -> None:  # type: ignore[no-untyped-def]
    assert deliver(day, policy=[policy(next(NUMBERS), day, agent_no="Z9")])[0] is RunStatus.REFUSED


def test_a_premium_of_a_closed_month_is_published_with_a_flag(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    number, before = next(NUMBERS), dt.date(2025, 12, 31)
    row = premium(number, number, day, received_on=before)
    status, chunk = deliver(day, policy=[policy(number, day)], premium=[row])
    assert (status, findings(database, chunk)[0][:2]) == (RunStatus.PUBLISHED, ("row_of_another_month", "warning"))


def event(number: int, day: dt.date, amount: object = "12000.00") -> dict[str, object]:
    row = {**premium(number, number, day), "amount": amount}
    del row["business_date"]
    return {
        "dataset": "premium",
        "row": {name: value if isinstance(value, int) else str(value) for name, value in row.items()},
    }


def test_an_event_is_taken_once_and_joins_the_run_of_its_day(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    number = next(NUMBERS)
    with writing(LOCAL_OPERATOR) as writer:
        first = take_policy_event(writer, f"k{number}", event(number, day))
        again = take_policy_event(writer, f"k{number}", event(number, day))
        assert (first.again, again.again, first.event.id) == (False, True, again.event.id)
        with pytest.raises(KeyUsed):
            take_policy_event(writer, f"k{number}", event(number, day, "12000.01"))
    with database.transaction(HOUSE) as session:
        session.execute(text("update policy_event set received_at = :at where key = :key"),
                        {"at": dt.datetime.combine(day, dt.time(9), dt.UTC), "key": f"k{number}"})  # fmt: skip
    for _ in range(2):  # another attempt takes it again
        assert deliver(day, policy=[policy(number, day)])[0] is RunStatus.PUBLISHED
        assert facts(database, day, f"select amount::varchar from premium where policy_id = {number}") == [
            ("12000.00",)
        ]
    with database.transaction(HOUSE) as session:
        assert session.scalars(select(PolicyEvent.business_date).where(PolicyEvent.key == f"k{number}")).one() == day


@pytest.mark.parametrize("amount", [12.5, "12.345", "", None, True, "1e3"])
def test_an_event_with_an_amount_that_is_none_is_refused(amount, database, loaded, day) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refusal), writing(LOCAL_OPERATOR) as writer:
        sent = event(1, day)
        sent["row"]["amount"] = amount  # type: ignore[index]
        take_policy_event(writer, "bad", sent)
