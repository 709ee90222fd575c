"""The list of policy events: everything that came, what became of it, found by policy, agent and key, each in his scope."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from pages import policy_events as page
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.access import User
from portal.models.agents import PolicyEvent
from portal.permissions import LOCAL_OPERATOR, Actor, Forbidden
from portal.query.policy_event_list import EventPage, EventView, events_page, one_event
from portal.query.policy_events import event_state
from portal.query.reader import reading
from portal.sentence import Sentence
from portal.services.policy_events import take_policy_event
from portal.services.writer import writing
from tests.insurer.conftest import policy, premium
from tests.resources.test_screens import run, said
from tests.statement.conftest import browser_of, make_users

NUMBERS = itertools.count(810_000)
DAY = dt.date(2026, 2, 10)  # Bo sits in the first team, led by Ada
SAID = Sentence("%(dataset)s %(row_key)s came before, and counts once.", dataset="premium", row_key="7").kept()


@pytest.fixture(autouse=True)
def people(database: Database, loaded: dict[str, int]) -> Iterator[None]:
    """Those who look at it, and no event of another test."""
    with database.transaction(HOUSE) as session:
        session.execute(delete(PolicyEvent))
        there = session.scalar(select(func.count()).where(User.username == "ada"))
    if not there:
        make_users(database, {
            "ada": ("team_leader", "Z1"), "cy": ("team_leader", "Z3"), "bo": ("agent", "Z2"), "clara": ("commission_clerk", ""),
            "otto": ("operator", ""),
        })  # fmt: skip
    yield


def came(dataset: str = "premium", on: dt.date = DAY, source: str = "core", **more: Any) -> str:
    """Take an event in that came on a day; gives back its key. What is no column of the row is kept with the event."""
    number = next(NUMBERS)
    kept = {name: more.pop(name) for name in ("outcome", "said", "shown_at") if name in more}
    row = (
        policy(number, on, **more)
        if dataset == "policy"
        else premium(number, more.pop("policy_id", number), on, **more)
    )
    cells = {
        name: value if isinstance(value, int) else str(value) for name, value in row.items() if name != "business_date"
    }
    key = f"key-{number}"
    with writing(LOCAL_OPERATOR) as writer:
        event = take_policy_event(writer, key, {"dataset": dataset, "row": cells}, source).event
        event.received_at = dt.datetime.combine(on, dt.time(9), dt.UTC)
        for name, value in kept.items():
            setattr(event, name, value)
        if "outcome" in kept:
            event.business_date, event.settled_at = on, event.received_at
    return key


def listed(view: EventView, actor: Actor = LOCAL_OPERATOR) -> EventPage:
    with reading(actor) as reader:
        return events_page(reader, view)


def keys(view: EventView, actor: Actor = LOCAL_OPERATOR) -> list[str]:
    return [one.key for one in listed(view, actor).rows]


def actor(database: Database, name: str) -> Actor:
    with database.transaction(HOUSE) as session:
        return actor_named(session, name)


def test_each_state_is_counted_and_told_as_the_sender_is_told() -> None:
    moment = dt.datetime(2026, 2, 10, 10, tzinfo=dt.UTC)
    made = {
        came(): "waiting",
        came(said=SAID, shown_at=moment): "waiting",
        came(shown_at=moment): "provisional",
        **{came(outcome=one, said=SAID): one for one in ("published", "confirmed", "replaced", "set_aside")},
    }
    found = listed(EventView(first_day=DAY))
    assert {one.key: one.state for one in found.rows} == made
    assert found.counts == {
        "waiting": 2, "provisional": 1, "published": 1, "confirmed": 1, "replaced": 1, "set_aside": 1
    }  # fmt: skip
    for key, state in made.items():
        with reading(LOCAL_OPERATOR) as reader:
            told = event_state(reader, "core", key)
        assert told is not None and told.state == state
    refused = listed(EventView(state="set_aside"))
    assert refused.total == 1 and refused.rows[0].reason == "premium 7 came before, and counts once."
    assert refused.counts == found.counts, "the other states stay to be chosen"


def test_an_event_is_found_by_policy_agent_name_key_and_system() -> None:
    issued = came("policy", policy_no="PX-77", outcome="published")
    number = int(issued.removeprefix("key-"))
    paid, other = came(policy_id=number), came(agent_no="Z3", source="bank")
    assert keys(EventView(sought="px-77")) == [issued], (
        "nothing of it is delivered yet, so only the policy itself is known by it"
    )
    assert keys(EventView(sought=str(number))) == [paid, issued]
    assert keys(EventView(sought="z3")) == keys(EventView(sought="Cy")) == keys(EventView(source="bank")) == [other]
    assert keys(EventView(sought=issued)) == [issued] and keys(EventView(sought="100%")) == []
    assert keys(EventView(dataset="policy", first_day=DAY, last_day=DAY)) == [issued]
    assert keys(EventView(last_day=DAY - dt.timedelta(days=1), sought="key")) == []


def test_the_list_goes_back_a_month_but_what_waits_is_never_out_of_it() -> None:
    old, waits = came(outcome="published"), came()
    today = came(on=dt.date.today(), outcome="published")
    assert keys(EventView()) == [today, waits]
    assert set(keys(EventView(first_day=DAY))) == {today, waits, old}


def test_everyone_sees_those_of_his_own_people_on_the_day(database: Database) -> None:
    of_bo, of_cy, of_nobody = came(), came(agent_no="Z3"), came(agent_no="Z-unknown")
    moved = came(on=dt.date(2026, 4, 1))  # Bo works in Cy's team then
    view = EventView(first_day=DAY)
    assert keys(view, actor(database, "clara")) == [moved, of_nobody, of_cy, of_bo]
    assert keys(view, actor(database, "ada")) == [of_bo]
    assert keys(view, actor(database, "cy")) == [moved, of_cy]
    assert keys(view, actor(database, "bo")) == [moved, of_bo]
    hidden = str(listed(EventView(sought=of_cy)).rows[0].id)
    with reading(actor(database, "bo")) as reader:
        assert one_event(reader, hidden) is None
        assert one_event(reader, "7; drop") is None
    with pytest.raises(Forbidden):
        listed(view, actor(database, "otto"))


def test_the_page_shows_rows_states_and_one_event_with_its_reason() -> None:
    key = came(outcome="set_aside", said=SAID, agent_no="Z9")
    came(amount="1200.50")
    clara = browser_of("clara")
    number = listed(EventView(sought=key)).rows[0].id
    assert "1,200.50" in said(run(clara, page.ROWS, "children", "?q=key"))
    tabs = said(run(clara, page.TABS, "children", ""))
    assert "waiting 1" in tabs and "refused 1" not in tabs, "the list goes back a month"
    shown = said(run(clara, page.EVENT, "children", f"?event={number}"))
    assert "premium 7 came before" in shown and "Z9" in shown and "Paid on" in shown
    assert "no such event" in said(run(browser_of("bo"), page.EVENT, "children", f"?event={number}"))
    assert "Nothing fits" in said(run(clara, page.ROWS, "children", "?q=nothing-like-this"))
