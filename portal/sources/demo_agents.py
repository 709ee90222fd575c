"""The demo insurer's sales force, as SQL whose lots depend on numbers alone: teams, agents, ranks and relations.

Agent 1 to 240 leads the team of the same number; every other agent works in one. Three teams in four grew out of the team
before them, the last ones in the history: who joined before that day came along, and the new leader's nurturer is the old one.
"""

from __future__ import annotations

import datetime as dt

import duckdb

from portal.sources.demo_draws import lots, prepare

BRANCHES, TEAMS = 12, 240
TEAMS_OF_A_BRANCH, TEAMS_OF_A_DEPARTMENT = TEAMS // BRANCHES, 5
AGENTS = 3_980  # of whom about 3,000 are there at the end

# four teams are a chain: each grew out of the one before it
TEAM_TABLE = f"""
create table team as
select n as team, n - (n - 1) % 4 as first_team, (n - 1) // {TEAMS_OF_A_BRANCH} + 1 as branch,
       n - (n - 1) % {TEAMS_OF_A_DEPARTMENT} as department, n - (n - 1) % {TEAMS_OF_A_BRANCH} as district,
       first_day() + (case n % 4 when 1 then -4600 when 2 then -2000 when 3 then -1100 else -300 end
                      + draw('founded', n, 600))::integer as founded_on
from (select unnest(range(1, {TEAMS + 1}))::integer as n)
"""

# 2,100 joined before the history begins, the others evenly in it; two in five newcomers leave within 16 months
AGENT_TABLE = f"""
create table agent as
with joined as (
    select n, if(n <= {TEAMS}, n, 1 + draw('team of', n, {TEAMS}))::integer as team,
           first_day() + (case when n <= {TEAMS} then draw('joined', n, 600) - 5300
                               when n <= 2100 then -30 - draw('joined', n, 900) * draw('joined again', n, 900) // 270
                               else draw('joined', n, history_days() - 20) end)::integer as joined_on
    from (select unnest(range(1, {AGENTS + 1}))::integer as n)
), leaving as (
    select *, case when n <= {TEAMS} then null
                   when n <= 2100 and draw('leaves', n, 100) < 22 then first_day() + draw('left', n, 900)::integer
                   when n > 2100 and draw('leaves', n, 100) < 42 then joined_on + 75 + draw('left', n, 400)::integer
              end as leaves_on
    from joined
)
select n, team, joined_on, if(leaves_on <= history_end(), leaves_on, null) as left_on, leaves_on, founded_on,
       draw('manner', n, 100) as manner, department, district
from leaving join team using (team)
"""

# a rank holds from the first of a quarter's first month; newcomers begin as FA
RANK_TABLE = f"""
create table agent_rank as
with risen as (
    select *, if(n > {TEAMS} and draw('rises', n, 100) < 38,
                 (date_trunc('quarter', joined_on + 370 + draw('rise', n, 500)::integer) + to_months(3))::date, null)
              as rises_on
    from agent
), fallen as (
    select *, if(draw('falls', n, 12) = 0, (rises_on + to_months(6))::date, null) as falls_on,
           coalesce(left_on, date '9999-12-31') as until
    from risen
), ranked as (
    select n, until, unnest([{{day: joined_on, rank: 'FA', origin: 'hire'}},
                             {{day: rises_on, rank: 'SA', origin: 'evaluation'}},
                             {{day: falls_on, rank: 'FA', origin: 'evaluation'}}]) as step
    from fallen where n > {TEAMS}
    union all
    select n, until, unnest([{{day: joined_on, rank: 'FA', origin: 'hire'}},
                             {{day: (date_trunc('quarter', joined_on + 370) + to_months(3))::date, rank: 'SA',
                              origin: 'evaluation'}},
                             {{day: founded_on, rank: 'TM', origin: 'decision'}},
                             {{day: case when n <> department then null
                                        when n % 15 = 6 and n <> district then date_trunc('quarter', first_day() + 400)::date
                                        else founded_on + 700 end, rank: 'DM', origin: 'evaluation'}},
                             {{day: if(n = district, founded_on + 1600, null), rank: 'AD',
                              origin: 'decision'}}]) as step
    from fallen where n <= {TEAMS}
), dated as (
    select n, step.day as valid_from, step.rank as rank, step.origin as origin, until,
           lead(step.day, 1, until) over (partition by n order by step.day) as next_day
    from ranked where step.day <= history_end()
)
select n, rank, origin, valid_from, least(next_day, until) as valid_to
from dated where valid_from < least(next_day, until) order by n, valid_from
"""

# an agent goes along with each new team of the chain up to the own one
PLACE_TABLE = """
create table agent_place as
with passed as (
    select agent.n, passed.team, coalesce(left_on, date '9999-12-31') as until,
           if(passed.team = passed.first_team, joined_on, greatest(joined_on, passed.founded_on)) as valid_from,
           lead(passed.founded_on, 1, date '9999-12-31') over (partition by agent.n order by passed.team) as next_day
    from agent join team as own using (team)
    join team as passed on passed.first_team = own.first_team and passed.team <= own.team
)
select n, team, valid_from, least(next_day, until) as valid_to
from passed where valid_from < least(next_day, until) order by n, valid_from
"""

# superiors follow the places; the others hold from the day they began
RELATION_TABLE = f"""
create table relation as
with superior as (
    -- in the own team its leader; a leader under the department's, that one under the district's
    select agent_place.n, valid_from, valid_to,
           case when agent_place.n <> team then team when team <> department then department
                when department <> district then district end as above
    from agent_place join team using (team)
), earlier as (
    select agent.n, joined_on, left_on, agent_place.team as joined_team,
           lag(agent.n) over (partition by agent_place.team order by joined_on, agent.n) as one_before
    from agent join agent_place on agent_place.n = agent.n and agent_place.valid_from = joined_on
)
select 'reporting' as kind, superior.n, above, greatest(valid_from, joined_on) as valid_from, valid_to
from superior join agent on agent.n = above where joined_on < valid_to
union all
select 'recruiter', n, if(draw('recruiter', n, 100) < 45, joined_team, one_before), joined_on,
       coalesce(left_on, date '9999-12-31')
from earlier where n > {TEAMS} and one_before is not null
union all
select 'trainer', n, joined_team, joined_on, least((joined_on + to_months(6))::date, coalesce(left_on, date '9999-12-31'))
from earlier where n > {TEAMS} and joined_on >= first_day()
union all
select 'nurturer', team, team - 1, founded_on, date '9999-12-31' from team where team % 4 <> 1
order by all
"""


def build_agents(connection: duckdb.DuckDBPyConnection, first_day: dt.date, last_day: dt.date, seed: int) -> None:
    """Make the tables team, agent, agent_rank, agent_place and relation."""
    prepare(connection)
    connection.execute(f"create macro first_day() as date '{first_day}'")
    connection.execute(f"create macro history_end() as date '{last_day}'")
    connection.execute(f"create macro history_days() as {(last_day - first_day).days + 1}")
    for statement in (TEAM_TABLE, AGENT_TABLE, RANK_TABLE, PLACE_TABLE, RELATION_TABLE):
        connection.execute(lots(statement, seed))
