"""An insurer's sales force in a month, as the tables a month of a rulebook is computed on (docs/decisions/0007, 0010).

Everything is as it was on the month's last day; an agent who left before, as on the own last one. Asked as the house.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

KEY, DAY, TEXT = pa.int64(), pa.date32(), pa.string()
AGENT = pa.schema([
    ("agent_id", KEY), ("team_id", KEY), ("institution_id", KEY), ("rank", TEXT), ("joined_on", DAY), ("seat_id", KEY),
    ("left_on", DAY),
])  # fmt: skip
TEAM = pa.schema([("team_id", KEY), ("leader_id", KEY), ("institution_id", KEY)])
RELATION = pa.schema([("kind", TEXT), ("from_id", KEY), ("to_id", KEY), ("since", DAY)])


def agents_of(
    session: Session, channel: str, first_day: dt.date, last_day: dt.date, only: Sequence[int] | None = None
) -> pa.Table:
    """Agents whose last contract on some days is of a channel, as on the last of them or on their own last one.

    Who changes the channel within the days is of the later one alone: a month is paid by one rulebook, none of it twice.
    `seat_id` is where they sit, as a rule a team: a leader's scope goes by it. `team_id` is empty where that is no team,
    `institution_id` the nearest institution that is none, `left_on` the last day of who left on these days.
    `only` chooses some of them.
    """
    chosen = None if only is None else list(only)
    return _table(session, AGENTS, AGENT, channel=channel, first=first_day, day=last_day, only=chosen)


def unseated(session: Session, channel: str, first_day: dt.date, last_day: dt.date) -> list[str]:
    """The numbers of agents with a contract and no position on these days: nobody would see their pay."""
    values = {"channel": channel, "first": first_day, "day": last_day, "only": None}
    return list(session.scalars(text(UNSEATED), values))


def teams_of(session: Session, last_day: dt.date) -> pa.Table:
    """The teams that exist on a day, with who leads them; of two leaders the one with the lower number."""
    return _table(session, TEAMS, TEAM, day=last_day)


def teams_led(session: Session, person_id: int, last_day: dt.date) -> list[int]:
    """The teams that a person leads on a day, as `teams_of` tells them."""
    return list(session.scalars(text(LED), {"person": person_id, "day": last_day}))


def relations_of(session: Session, last_day: dt.date, only: Sequence[int] | None = None) -> pa.Table:
    """Relations in force on a day. `since` is the first day on which the same person holds without a gap.

    `only` chooses those that lead from some agents.
    """
    return _table(session, RELATIONS, RELATION, day=last_day, only=None if only is None else list(only))


def state_of_people(session: Session) -> str:
    """Two equal answers mean that nothing was written meanwhile that agents, teams and relations are read from.

    Of each table the number of rows and the sum of the transactions that wrote them: whatever is written comes from a transaction
    with a higher number, so that the sum grows where the number of rows stays.
    """
    return str(session.execute(text(STATE)).scalar_one())


def people_below(
    session: Session, person_id: int, first_day: dt.date, last_day: dt.date, kinds: Sequence[str]
) -> list[int]:
    """An agent with everyone the formulas of his rules may ask: along relations of some kinds and in the teams that are led.

    Who left a team on these days is among them: a month counts the last seat of who left.
    """
    values = {"person": person_id, "first": first_day, "day": last_day, "kinds": list(kinds)}
    return list(session.scalars(text(BELOW), values))


def people_at(session: Session, institutions: Sequence[int], first_day: dt.date, last_day: dt.date) -> list[int]:
    """Everyone who works at one of some institutions on one of some days."""
    values = {"institutions": list(institutions), "first": first_day, "day": last_day}
    return list(session.scalars(text(AT), values))


def _table(session: Session, sql: str, schema: pa.Schema, **values: Any) -> pa.Table:
    rows: Sequence[Row[Any]] = session.execute(text(sql), values).all()
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


READ = ("agent", "agent_period", "position", "institution_period", "institution_level", "relation", "relation_period")
STATE = "select concat_ws(' ', {})".format(
    ", ".join(f"(select count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from {table})" for table in READ)
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
        select agent_id, rank, day from (
            select distinct on (agent_id) agent_id, channel, rank, least(:day, valid_to - 1) as day
            from agent_period
            where valid_from <= :day and valid_to > :first
              and (cast(:only as bigint[]) is null or agent_id = any (cast(:only as bigint[])))
            order by agent_id, valid_from desc
        ) as last_contract
        where channel = :channel
    ), seat as (
        select distinct on (agent_id) agent_id, position.institution_id, rank, contract.day
        from contract join position on person_id = agent_id
        where position.valid_from <= contract.day and position.valid_to > :first
        order by agent_id, position.valid_from desc
    )
"""
AGENTS = f"""
    with recursive {CONTRACTS}, up as (
        select agent_id, institution_id, day, 0 as steps from seat
        union all
        select agent_id, parent_id, day, steps + 1
        from up
        join institution_period on institution_period.institution_id = up.institution_id
            and valid_from <= day and valid_to > day
        join institution_level on institution_level.id = level_id
        where sales_team and parent_id is not null
    ), branch as (
        select distinct on (agent_id) agent_id, institution_id from up order by agent_id, steps desc
    )
    select seat.agent_id, case when branch.institution_id <> seat.institution_id then seat.institution_id end,
           branch.institution_id, rank, joined_on, seat.institution_id, case when day < :day then day end
    from seat join branch using (agent_id) join agent on agent.id = agent_id
    order by seat.agent_id
"""
UNSEATED = f"""
    with {CONTRACTS}, without as (
        select agent_id from contract except select agent_id from seat  -- hashed, whatever PostgreSQL knows of the tables
    )
    select agent_no from without join agent on agent.id = agent_id order by agent_no
"""
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
LED = """
    select position.institution_id
    from position
    join institution_period on institution_period.institution_id = position.institution_id
        and institution_period.valid_from <= :day and institution_period.valid_to > :day
    join institution_level on institution_level.id = level_id
    where kind = 'leader' and sales_team and position.valid_from <= :day and position.valid_to > :day
      and position.institution_id in (select institution_id from position where person_id = :person)
    group by position.institution_id having min(person_id) = :person order by 1
"""
RELATIONS = """
    with recursive held as (
        select relation.id, kind, agent_id, from_id, valid_from
        from relation join relation_period on relation_id = relation.id
        where valid_from <= :day and valid_to > :day
          and (cast(:only as bigint[]) is null or from_id = any (cast(:only as bigint[])))
    ), back as (
        select held.* from held
        union all
        select back.id, kind, agent_id, back.from_id, before.valid_from
        from back join relation_period before on before.relation_id = back.id
         and before.valid_to = back.valid_from and before.from_id = back.from_id
    )
    select kind, from_id, agent_id, min(valid_from) from back group by kind, from_id, agent_id order by kind, agent_id
"""
BELOW = """
    with recursive below as (
        select cast(:person as bigint) as agent_id
        union
        select other.agent_id
        from below join lateral (
            select relation.agent_id::bigint as agent_id
            from relation join relation_period on relation_id = relation.id
            where from_id = below.agent_id and valid_from <= :day and valid_to > :day
              and kind = any (cast(:kinds as varchar[]))
            union all
            select member.person_id
            from position as leads join position as member on member.institution_id = leads.institution_id
            where leads.person_id = below.agent_id and leads.kind = 'leader'
              and leads.valid_from <= :day and leads.valid_to > :day
              and member.valid_from <= :day and member.valid_to > :first
        ) as other on true
    )
    select agent_id from below order by agent_id
"""
AT = """
    select distinct person_id from position
    where institution_id = any (cast(:institutions as bigint[])) and valid_from <= :day and valid_to > :first
    order by person_id
"""
