"""An insurer's sales force in a month, as the tables a month of a rulebook is computed on (docs/decisions/0007, 0010).

Everything is as it was on the month's last day. Asked as the house: a run sees everybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

KEY, DAY, TEXT = pa.int64(), pa.date32(), pa.string()
AGENT = pa.schema([("agent_id", KEY), ("team_id", KEY), ("institution_id", KEY), ("rank", TEXT), ("joined_on", DAY)])
TEAM = pa.schema([("team_id", KEY), ("leader_id", KEY), ("institution_id", KEY)])
RELATION = pa.schema([("kind", TEXT), ("from_id", KEY), ("to_id", KEY), ("since", DAY)])
SEAT = pa.schema([("agent_id", KEY), ("agent_no", TEXT), ("seat_id", KEY)])


def agents_of(session: Session, channel: str, last_day: dt.date) -> pa.Table:
    """Agents with a contract of a channel on a day, with their team and the nearest institution that is no team."""
    return _table(session, AGENTS, AGENT, channel=channel, day=last_day)


def teams_of(session: Session, last_day: dt.date) -> pa.Table:
    """The teams that exist on a day, with who leads them; of two leaders the one with the lower number."""
    return _table(session, TEAMS, TEAM, day=last_day)


def relations_of(session: Session, last_day: dt.date) -> pa.Table:
    """Relations in force on a day. `since` is the first day on which the same person holds without a gap."""
    return _table(session, RELATIONS, RELATION, day=last_day)


def seats_of(session: Session, channel: str, last_day: dt.date) -> pa.Table:
    """Where each agent's figures are stamped: the team, or the institution of who has none. A leader's scope goes by it."""
    return _table(session, SEATS, SEAT, channel=channel, day=last_day)


def _table(session: Session, sql: str, schema: pa.Schema, **values: Any) -> pa.Table:
    rows: Sequence[Row[Any]] = session.execute(text(sql), values).all()
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


# for each institution the nearest one above or itself that is no sales team
BRANCHES = """
    placed as (
        select institution_id, parent_id, sales_team
        from institution_period join institution_level on institution_level.id = level_id
        where valid_from <= :day and valid_to > :day
    ), up as (
        select institution_id as start, institution_id, parent_id, sales_team from placed
        union all
        select up.start, placed.institution_id, placed.parent_id, placed.sales_team
        from up join placed on placed.institution_id = up.parent_id where up.sales_team
    ), branch as (
        select start, institution_id from up where not sales_team
    )
"""
CONTRACTS = """
    contract as (
        select agent.id, agent_no, rank, joined_on
        from agent join agent_period on agent_id = agent.id
        where channel = :channel and valid_from <= :day and valid_to > :day
    ), seat as (
        select contract.*, position.institution_id
        from contract join position on person_id = contract.id
        where position.valid_from <= :day and position.valid_to > :day
    )
"""
AGENTS = f"""
    with recursive {BRANCHES}, {CONTRACTS}
    select seat.id, case when sales_team then seat.institution_id end, branch.institution_id, rank, joined_on
    from seat join placed on placed.institution_id = seat.institution_id
    left join branch on branch.start = seat.institution_id
    order by seat.id
"""
SEATS = f"with {CONTRACTS} select id, agent_no, institution_id from seat order by id"
TEAMS = f"""
    with recursive {BRANCHES}
    select placed.institution_id, min(position.person_id), branch.institution_id
    from placed
    left join branch on branch.start = placed.institution_id
    left join position on position.institution_id = placed.institution_id and kind = 'leader'
        and position.valid_from <= :day and position.valid_to > :day
    where placed.sales_team
    group by placed.institution_id, branch.institution_id order by placed.institution_id
"""
RELATIONS = """
    with recursive held as (
        select relation.id, kind, agent_id, from_id, valid_from
        from relation join relation_period on relation_id = relation.id
        where valid_from <= :day and valid_to > :day
    ), back as (
        select held.* from held
        union all
        select back.id, kind, agent_id, back.from_id, before.valid_from
        from back join relation_period before on before.relation_id = back.id
         and before.valid_to = back.valid_from and before.from_id = back.from_id
    )
    select kind, from_id, agent_id, min(valid_from) from back group by kind, from_id, agent_id order by kind, agent_id
"""
