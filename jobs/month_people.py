"""The sales force of a month, as the rulebook's tables want it: agents, teams, relations, all as on the month's last day.

An agent whose contract or position ended during the month counts as on its last day. `seat_id` is where an agent sits (a team, as a
rule) and decides who sees the rows; `institution_id` is the nearest institution that is no team, and decides whose rules hold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

TYPES = {
    "agent_id": pa.int64(), "seat_id": pa.int64(), "team_id": pa.int64(), "institution_id": pa.int64(),
    "leader_id": pa.int64(), "from_id": pa.int64(), "to_id": pa.int64(), "rank": pa.string(), "channel": pa.string(),
    "kind": pa.string(), "joined_on": pa.date32(), "left_on": pa.date32(), "since": pa.date32(),
}  # fmt: skip


def agents(session: Session, channel: str, first: dt.date, last: dt.date) -> pa.Table:
    """Agents of one rulebook with a contract and a position on a day of the month, one row each."""
    columns = ("agent_id", "seat_id", "team_id", "institution_id", "rank", "joined_on", "left_on", "channel")
    return _table(session, AGENTS, columns, channel=channel, first=first, last=last)


def unseated(session: Session, channel: str, first: dt.date, last: dt.date) -> list[str]:
    """The numbers of agents with a contract on a day of the month and no position: nobody would see their pay."""
    return list(session.scalars(UNSEATED, {"channel": channel, "first": first, "last": last}))


def teams(session: Session, last: dt.date) -> pa.Table:
    """Teams that stand on the month's last day, with who leads them then."""
    return _table(session, TEAMS, ("team_id", "leader_id", "institution_id"), last=last)


def relations(session: Session, last: dt.date) -> pa.Table:
    """Relations in force on the month's last day."""
    return _table(session, RELATIONS, ("kind", "from_id", "to_id", "since"), last=last)


def _table(session: Session, statement: Any, columns: Sequence[str], **values: Any) -> pa.Table:
    rows = session.execute(statement, values).all()
    listed = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table(
        {name: pa.array(column, TYPES[name]) for name, column in zip(columns, listed, strict=True)}
    )  # fmt: skip


CONTRACT = """
contract as (
    select distinct on (agent_id) agent_id, channel, rank, valid_to, least(:last, valid_to - 1) as day
    from agent_period
    where valid_from <= :last and valid_to > :first and channel = :channel
    order by agent_id, valid_from desc
), seat as (
    select distinct on (agent_id) agent_id, position.institution_id, least(contract.day, position.valid_to - 1) as day
    from contract join position on position.person_id = agent_id
    where position.valid_from <= contract.day and position.valid_to > :first
    order by agent_id, position.valid_from desc
)
"""
AGENTS = text(f"""
with recursive {CONTRACT}, way as (
    select agent_id, institution_id as here, institution_id, day, 0 as steps from seat
    union all
    select agent_id, parent_id, way.institution_id, day, steps + 1
    from way
    join institution_period on institution_period.institution_id = here and valid_from <= day and valid_to > day
    join institution_level on institution_level.id = level_id
    where sales_team and parent_id is not null and steps < 20
), placed as (
    select distinct on (agent_id) agent_id, here from way order by agent_id, steps desc
)
select contract.agent_id, seat.institution_id,
       case when here <> seat.institution_id then seat.institution_id end, here, contract.rank, agent.joined_on,
       case when contract.valid_to <= :last then contract.valid_to - 1 end, contract.channel
from contract join seat using (agent_id) join placed using (agent_id) join agent on agent.id = contract.agent_id
order by contract.agent_id
""")
UNSEATED = text(f"""
with {CONTRACT}
select agent_no from contract join agent on agent.id = agent_id
where not exists (select from seat where seat.agent_id = contract.agent_id) order by agent_no
""")
TEAMS = text("""
with recursive team as (
    select institution_id as team_id, parent_id
    from institution_period join institution_level on institution_level.id = level_id
    where sales_team and valid_from <= :last and valid_to > :last
), way as (
    select team_id, parent_id as here, 0 as steps from team
    union all
    select team_id, institution_period.parent_id, steps + 1
    from way
    join institution_period on institution_period.institution_id = here and valid_from <= :last and valid_to > :last
    join institution_level on institution_level.id = level_id
    where sales_team and institution_period.parent_id is not null and steps < 20
), placed as (
    select distinct on (team_id) team_id, here from way order by team_id, steps desc
), leader as (
    select distinct on (institution_id) institution_id, person_id
    from position where kind = 'leader' and valid_from <= :last and valid_to > :last
    order by institution_id, person_id
)
select team_id, person_id, here from placed left join leader on leader.institution_id = team_id order by team_id
""")
RELATIONS = text("""
select relation.kind, relation_period.from_id, relation.agent_id, relation_period.valid_from
from relation_period join relation on relation.id = relation_id
where valid_from <= :last and valid_to > :last
order by relation.kind, relation.agent_id
""")
