"""Events between deliveries: each counts once, none stops a run, and the day shows them provisionally."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from calc import Engine
from jobs import policy_events, policy_inputs, scheduler
from jobs.claims import next_chunk
from jobs.intraday import INTRADAY_JOB
from jobs.job import Chunk
from jobs.leader import leading
from jobs.policies import POLICIES_JOB
from jobs.runner import run_chunk
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.agents import PolicyEvent
from portal.models.runs import Run, RunStatus
from portal.permissions import LOCAL_OPERATOR, NIGHTLY, Actor, Permission, Scope
from portal.query.policy_events import DaySoFar, EventState, day_so_far, event_state
from portal.query.policy_facts import facts_until, give_facts
from portal.query.reader import reading
from portal.query.run_order import wall
from portal.services.policy_events import take_policy_event
from portal.services.runs import request_run
from portal.services.writer import writing
from portal.settings import settings
from tests.insurer.conftest import SmallInsurer, policy, premium

DAYS = itertools.count(1)
NUMBERS = itertools.count(700_000)
TODAY = dt.date.today()


@pytest.fixture
def day() -> dt.date:
    """A day after June that no other test uses, with the two days after it free."""
    return dt.date(2026, 7, 1) + dt.timedelta(days=3 * next(DAYS))


@pytest.fixture(autouse=True)
def nothing_waits(database: Database, loaded: dict[str, int]) -> Iterator[None]:
    """No event of another test."""
    with database.transaction(HOUSE) as session:
        session.execute(delete(PolicyEvent))
    yield


@pytest.fixture
def deliver(small: SmallInsurer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RunStatus]:
    """Run the job for some days with these rows."""
    monkeypatch.setattr(policy_inputs, "active_source", lambda _session, _family: None)
    monkeypatch.setattr(policy_inputs, "open_source", lambda _config: small)
    attempts = itertools.count(1)

    def run(*days: dt.date, **rows: list[dict[str, object]]) -> RunStatus:
        small.rows = rows
        return run_chunk(POLICIES_JOB, Chunk.of("policies", days, next(attempts)))

    return run


@pytest.fixture
def intraday(database: Database) -> Callable[[], RunStatus]:
    def run() -> RunStatus:
        with writing(NIGHTLY) as writer:
            request_run(writer, "intraday", [TODAY], rerun=True, reason="events came in")
            chunk = next_chunk(writer.session, "intraday")
        assert chunk is not None
        return run_chunk(INTRADAY_JOB, chunk)

    return run


def row_of(dataset: str, number: int, day: dt.date, **more: object) -> dict[str, object]:
    made = policy(number, day, **more) if dataset == "policy" else premium(number, number, day, **more)
    return {
        name: value if isinstance(value, int) else str(value) for name, value in made.items() if name != "business_date"
    }


def send(dataset: str, number: int, day: dt.date, at: dt.date | None = None, **more: object) -> str:
    """Take an event in; gives back its key. `at` is the day it is to have come on."""
    key = f"{dataset}-{number}-{next(NUMBERS)}"
    with writing(LOCAL_OPERATOR) as writer:
        event = take_policy_event(
            writer, key, {"dataset": dataset, "row": row_of(dataset, number, day, **more)}, "core"
        ).event
        if at is not None:
            event.received_at = dt.datetime.combine(at, dt.time(9), dt.UTC)
    return key


def state(key: str) -> EventState:
    with reading(LOCAL_OPERATOR) as reader:
        found = event_state(reader, "core", key)
    assert found is not None
    return found


def amounts(database: Database, last_day: dt.date, number: int) -> list[Decimal]:
    """What the published premiums of a policy come to, one by one."""
    with database.transaction(HOUSE) as session, Engine() as engine:
        give_facts(engine, facts_until(session, last_day), last_day)
        found = engine.connection.execute(f"select amount from premium where policy_id = {number}").fetchall()
    return [row[0] for row in found]


def so_far(actor: Actor = LOCAL_OPERATOR, person: int | None = None) -> DaySoFar | None:
    with reading(actor) as reader:
        return day_so_far(reader, person)


# ---- one row, once ----


def test_a_delivery_that_holds_the_row_of_an_event_confirms_it(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    number = next(NUMBERS)
    key = send("premium", number, day, day)
    assert deliver(day, policy=[policy(number, day)], premium=[premium(number, number, day)]) is RunStatus.PUBLISHED
    assert amounts(database, day, number) == [Decimal("12000.00")]
    assert (state(key).state, state(key).reason) == ("confirmed", "")


def test_where_a_delivery_says_otherwise_it_counts_and_the_sender_is_told(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    number = next(NUMBERS)
    key = send("premium", number, day, day, amount="11999.99")
    assert deliver(day, policy=[policy(number, day)], premium=[premium(number, number, day)]) is RunStatus.PUBLISHED
    assert amounts(database, day, number) == [Decimal("12000.00")]
    assert (state(key).state, state(key).reason) == (
        "confirmed", f"The daily delivery says otherwise of premium {number} in amount; it counts."
    )  # fmt: skip


def test_a_row_delivered_on_a_later_day_than_its_event_counts_once(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    number, later = next(NUMBERS), day + dt.timedelta(days=1)
    key = send("premium", number, day, day)
    assert deliver(day, policy=[policy(number, day)]) is RunStatus.PUBLISHED
    assert state(key).state == "published"
    delivered = premium(number, number, later, received_on=day)
    assert deliver(later, premium=[delivered]) is RunStatus.PUBLISHED
    assert amounts(database, later, number) == [Decimal("12000.00")]


def test_a_later_delivery_that_contradicts_a_published_event_stops_for_a_person(deliver, day) -> None:  # type: ignore[no-untyped-def]
    number, later = next(NUMBERS), day + dt.timedelta(days=1)
    send("premium", number, day, day)
    assert deliver(day, policy=[policy(number, day)]) is RunStatus.PUBLISHED
    delivered = premium(number, number, later, received_on=day, amount=1)
    assert deliver(later, premium=[delivered]) is RunStatus.REFUSED


def test_the_same_row_under_two_keys_counts_once(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    number, later = next(NUMBERS), day + dt.timedelta(days=1)
    first, second = send("premium", number, day, day), send("premium", number, day, day)
    third = send("premium", number, day, later)
    assert deliver(day, policy=[policy(number, day)]) is RunStatus.PUBLISHED
    assert deliver(later) is RunStatus.PUBLISHED
    assert amounts(database, later, number) == [Decimal("12000.00")]
    assert [state(key).state for key in (first, second, third)] == ["published", "set_aside", "set_aside"]
    assert "came before" in state(second).reason


def test_of_a_policy_s_states_of_a_day_the_newest_event_counts(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    number = next(NUMBERS)
    first = send("policy", number, day, day)
    second = send("policy", number, day, day, premium="900.00")
    assert deliver(day) is RunStatus.PUBLISHED
    with database.transaction(HOUSE) as session, Engine() as engine:
        give_facts(engine, facts_until(session, day), day)
        found = engine.connection.execute(f"select premium from policy where policy_id = {number}").fetchall()
    assert found == [(Decimal("900.00"),)]
    assert [state(key).state for key in (first, second)] == ["replaced", "published"]


def test_events_that_cannot_be_used_are_set_aside_and_stop_nothing(deliver, day) -> None:  # type: ignore[no-untyped-def]
    good = next(NUMBERS)
    wrong = [
        send("premium", next(NUMBERS), day, day, agent_no="Z9"),
        send("policy", next(NUMBERS), day, day, product_code="XX"),
    ]
    assert deliver(day, policy=[policy(good, day)], premium=[premium(good, good, day)]) is RunStatus.PUBLISHED
    assert [state(key).state for key in wrong] == ["set_aside", "set_aside"]
    assert "names agent Z9" in state(wrong[0]).reason
    assert "was not on sale" in state(wrong[1]).reason


def test_an_attempt_that_never_published_leaves_its_events_to_the_next(deliver, database, day) -> None:  # type: ignore[no-untyped-def]
    number, later = next(NUMBERS), day + dt.timedelta(days=1)
    assert deliver(day, policy=[policy(number, day)]) is RunStatus.PUBLISHED
    key = send("premium", number, day, day)
    twice = [premium(1, number, day), premium(1, number, day)]
    assert (
        deliver(day, policy=[policy(number, day)], premium=twice) is RunStatus.REFUSED
    )  # took the event, published nothing
    assert state(key).state == "waiting"
    assert deliver(later) is RunStatus.PUBLISHED
    assert amounts(database, later, number) == [Decimal("12000.00")]
    assert (state(key).state, state(key).business_date) == ("published", later)


def test_a_run_killed_before_its_end_uses_an_event_once(deliver, database, day, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    number = next(NUMBERS)
    key = send("premium", number, day, day)
    settle = policy_events.settle_events

    def killed(session: Any, chunk: Chunk) -> None:
        settle(session, chunk)
        raise RuntimeError("killed inside the transaction")

    publish = POLICIES_JOB.steps[-1].run
    chunk = Chunk.of("policies", [day], 77)
    monkeypatch.setattr("jobs.policies.settle_events", killed)
    small_day = {"policy": [policy(number, day)]}
    assert deliver(day, **small_day) is RunStatus.FAILED
    assert state(key).state == "waiting"
    assert amounts(database, day, number) == []
    monkeypatch.setattr("jobs.policies.settle_events", settle)
    assert run_chunk(POLICIES_JOB, chunk) is RunStatus.PUBLISHED
    with leading():
        publish(chunk)  # killed after the commit, before its end was written down: the step runs again
    assert amounts(database, day, number) == [Decimal("12000.00")]
    assert state(key).state == "published"


# ---- the day so far ----


def test_the_day_shows_what_came_and_declares_nothing_complete(deliver, intraday, database, loaded) -> None:  # type: ignore[no-untyped-def]
    old, new = next(NUMBERS), next(NUMBERS)
    issued = dt.date(2026, 6, 2)
    assert deliver(issued, policy=[policy(old, issued)]) is RunStatus.PUBLISHED
    keys = [
        send("policy", new, TODAY), send("premium", new, TODAY, amount="1200.50"),
        send("premium", old, TODAY, policy_year=2, payment_no=2, amount="800.25"),
    ]  # fmt: skip
    bad = send("premium", next(NUMBERS), TODAY, agent_no="Z9")
    assert so_far() is None
    assert intraday() is RunStatus.PUBLISHED
    found = so_far()
    assert found is not None
    assert (found.new_policies, found.first_year, found.renewal, found.ended) == (
        1,
        Decimal("1200.50"),
        Decimal("800.25"),
        0,
    )
    assert [state(key).state for key in keys] == ["provisional"] * 3
    assert (state(bad).state, state(bad).reason) == ("waiting", state(bad).reason)
    assert "names agent Z9" in state(bad).reason
    with database.transaction(HOUSE) as session:
        days = set(
            session.scalars(text("select max(business_date) from published where dataset in ('policy', 'premium')"))
        )
        assert TODAY not in days
        assert wall(session, "intraday") is None
    assert amounts(database, TODAY, new) == []


def test_everybody_sees_the_own_part_of_the_day(deliver, intraday, database, loaded) -> None:  # type: ignore[no-untyped-def]
    number = next(NUMBERS)
    send("policy", number, TODAY)
    send("premium", number, TODAY)
    assert intraday() is RunStatus.PUBLISHED
    may = frozenset({Permission.POLICY_VIEW})
    with database.transaction(HOUSE) as session:
        places = dict(session.execute(text("select code, id from institution")).all())

    def seen(scope: Scope, permissions: frozenset[Permission] = may) -> Decimal | None:
        found = so_far(Actor(1, "someone", permissions=permissions, scope=scope))
        return None if found is None else found.first_year

    assert seen(Scope(person_id=loaded["Z2"])) == Decimal("12000.00")
    assert seen(Scope(person_id=loaded["Z1"])) == Decimal(0)
    assert seen(Scope(institutions=frozenset({places["ZT2"]}))) == Decimal("12000.00")
    assert seen(Scope(institutions=frozenset({places["ZT1"]}))) == Decimal(0)
    assert seen(Scope(all=True), frozenset()) is None
    for code, amount in (("Z", "12000.00"), ("ZT2", "12000.00"), ("ZT1", "0")):
        with reading(LOCAL_OPERATOR) as reader:
            of_place = day_so_far(reader, institution_id=places[code])
        assert of_place is not None
        assert of_place.first_year == Decimal(amount)


def test_the_delivery_of_a_day_replaces_the_provisional_figures(deliver, intraday, day) -> None:  # type: ignore[no-untyped-def]
    number, next_day = next(NUMBERS), day + dt.timedelta(days=1)
    assert deliver(day, policy=[policy(number, day)]) is RunStatus.PUBLISHED
    key = send("premium", number, next_day, next_day)
    later = send("premium", number, TODAY, premium_id=next(NUMBERS), policy_year=2, payment_no=2)
    assert intraday() is RunStatus.PUBLISHED
    assert deliver(next_day) is RunStatus.PUBLISHED
    assert so_far() is None  # they would count the event a second time
    assert [state(one).state for one in (key, later)] == ["published", "provisional"]
    assert intraday() is RunStatus.PUBLISHED
    left = so_far()
    assert left is not None
    assert (left.first_year, left.renewal) == (Decimal(0), Decimal("12000.00"))


def test_an_intraday_run_overtaken_by_a_delivery_shows_nothing(deliver, intraday, database, day, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    number = next(NUMBERS)
    send("premium", number, day, day)
    show = policy_events.show_events

    def overtaken(session: Any, chunk: Chunk) -> None:
        assert deliver(day, policy=[policy(number, day)]) is RunStatus.PUBLISHED
        show(session, chunk)

    monkeypatch.setattr("jobs.intraday.show_events", overtaken)
    assert intraday() is RunStatus.REFUSED
    assert so_far() is None


def test_twice_is_once(intraday) -> None:  # type: ignore[no-untyped-def]
    number = next(NUMBERS)
    send("policy", number, TODAY)
    send("premium", number, TODAY)
    assert intraday() is intraday() is RunStatus.PUBLISHED
    found = so_far()
    assert found is not None
    assert (found.new_policies, found.first_year) == (1, Decimal("12000.00"))


# ---- when ----


def asked(database: Database) -> list[str]:
    with database.transaction(HOUSE) as session:
        return list(session.scalars(select(Run.status).where(Run.job == "intraday").order_by(Run.attempt)))


def end(database: Database, minutes_ago: int) -> None:
    """Every intraday run ended, and was asked for so long ago."""
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes_ago)
    with database.transaction(HOUSE) as session:
        session.execute(
            text("update run set status = 'published', requested_at = :at where job = 'intraday'"), {"at": at}
        )


def test_a_run_is_asked_for_when_events_wait_and_the_last_was_long_ago(database, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def ask() -> int:
        with writing(NIGHTLY) as writer:
            scheduler.ask_for_intraday(writer)
        return len(asked(database))

    end(database, 20)
    none = ask()
    send("premium", next(NUMBERS), TODAY)
    assert ask() == none + 1
    assert ask() == none + 1  # one is under way
    end(database, 3)
    assert ask() == none + 1
    end(database, 16)
    assert ask() == none + 2
    end(database, 16)
    with database.transaction(HOUSE) as session:
        session.execute(text("update policy_event set shown_at = now()"))
    assert ask() == none + 2  # all are shown
    end(database, 3)
    with database.transaction(HOUSE) as session:
        session.add(PolicyEvent(source="core", key="settled", content_hash="", dataset="premium", content={}, received_from="core",
                                outcome="published", settled_at=dt.datetime.now(dt.UTC)))  # fmt: skip
    assert ask() == none + 3  # at once: the figures shown count what was published
    monkeypatch.setattr(settings(), "intraday_minutes", 0)
    end(database, 60)
    assert ask() == none + 3
