"""The demo insurer: the same whatever is asked in whatever order, and shaped like an insurer."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

import duckdb
import pyarrow.compute as pc
import pytest

from portal.models.base import FAR_FUTURE
from portal.sources.base import Organisation
from portal.sources.demo_insurer import DemoInsurer
from portal.sources.insurer import SCHEMAS

LAST = dt.date(2026, 11, 20)
JUNE, LAST_OF_JUNE = dt.date(2026, 6, 1), dt.date(2026, 6, 30)


@pytest.fixture(scope="module")
def insurer() -> DemoInsurer:
    return DemoInsurer(LAST)


@pytest.fixture(scope="module")
def organisation(insurer: DemoInsurer) -> Organisation:
    return insurer.organisation()


@pytest.mark.parametrize("dataset", SCHEMAS)
def test_a_day_is_the_same_whichever_range_it_is_asked_in(insurer: DemoInsurer, dataset: str) -> None:
    day = dt.date(2026, 6, 17)
    month = insurer.fetch(dataset, JUNE, LAST_OF_JUNE)
    assert month.filter(pc.equal(month["business_date"], day)).equals(DemoInsurer(LAST).fetch(dataset, day, day))
    assert month.num_rows > 100


def test_people_have_a_place_and_a_rank_as_long_as_they_are_there(organisation: Organisation) -> None:
    last_rank = {one.agent_no: one.valid_to for one in organisation.agent_periods}
    last_place = {one.person_code: one.valid_to for one in organisation.positions if one.kind != "operator"}
    assert all(last_place[agent] == until for agent, until in last_rank.items())
    assert all(until == FAR_FUTURE or until <= LAST for until in last_rank.values())
    there = [agent for agent, until in last_rank.items() if until == FAR_FUTURE]
    assert 2900 < len(there) < 3300
    ranks = Counter(one.rank for one in organisation.agent_periods if one.valid_to == FAR_FUTURE)
    assert ranks["FA"] > ranks["SA"] > ranks["TM"] > ranks["DM"] > ranks["AD"] == 12
    assert len({person.name_zh for person in organisation.people if person.code.startswith("AG")}) == len(
        organisation.agents
    )


def test_it_sells_and_loses_policies_like_an_insurer(insurer: DemoInsurer) -> None:
    connection = duckdb.connect()
    for dataset in SCHEMAS:
        connection.register(dataset, insurer.fetch(dataset, *insurer.dates()))
    [(policies,)] = connection.execute("select count(distinct policy_id) from policy").fetchall()
    assert 110_000 < policies < 130_000
    [(kept,)] = connection.execute("""
        with newest as (
            select * from policy where issued_on between '2025-10-01' and '2025-10-31' and business_date <= '2026-11-20'
            qualify row_number() over (partition by policy_id order by business_date desc) = 1
        )
        select sum(premium) filter (status = 'in_force') / sum(premium) from newest
        where payment_term > 1 and coalesce(end_kind, '') <> 'cancel'
    """).fetchall()
    assert 0.83 < kept < 0.92
    unpaid = (
        "select sum(amount) from premium where policy_id in (select policy_id from policy where end_kind = 'cancel')"
    )
    assert connection.execute(unpaid).fetchall() == [(Decimal(0),)]
    stray = "select count(*) from premium where policy_id not in (select policy_id from policy)"
    assert connection.execute(stray).fetchall() == [(0,)]


def test_control_totals_speak_for_each_day_and_come_to_its_premiums(insurer: DemoInsurer) -> None:
    told = insurer.controls(JUNE, LAST_OF_JUNE)
    sent = insurer.fetch("premium", JUNE, LAST_OF_JUNE)
    assert [one.business_date for one in told] == [JUNE + dt.timedelta(days=count) for count in range(30)]
    assert sum(one.rows for one in told) == sent.num_rows
    assert sum((one.amount for one in told if one.amount is not None), Decimal(0)) == pc.sum(sent["amount"]).as_py()
