"""A demo insurer beside the demo bank: 3 provinces, 12 branches, 240 teams, 3,000 agents and 24 months of 120,000 policies.

The same on every machine, like the bank. It is a company of the same house: its institutions stand under the bank's head office,
on levels of their own, or under none when it is loaded alone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cached_property, lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from portal.query.calendar import EVERY_DAY, BusinessCalendar
from portal.sentence import Sentence
from portal.sources.base import SCHEMAS, Control, Family, Organisation, Person, Position, SourceError, check_request
from portal.sources.conform import conform
from portal.sources.demo_agents import build_agents
from portal.sources.demo_insurer_places import (
    LEVELS,
    PRODUCTS,
    SALES_TEAM,
    agent_name,
    institution_tree,
    staff,
    team_code,
)
from portal.sources.demo_policies import ROWS, build_policies
from portal.sources.insurer import UNITS, Agent, AgentPeriod, AgentState, HeadCount, Relation, SalesForceDay, TeamState

MONTHS = 24
SEED = 20_260_301
CHANNEL = "individual"
COUNTED = f"""
    select day::date as business_date, count(amount) as rows, coalesce(sum(amount), 0)::decimal(18,2) as amount
    from generate_series($first_day::date, $last_day::date, interval 1 day) as days(day)
    left join ({ROWS["premium"]}) as sent on sent.business_date = day::date
    group by all order by all
"""


# who is under contract on a day: rank, place and superior of it
AGENTS_ON = """
select agent.n, agent_no(agent.n) as agent_no, joined_on, agent_place.team, rank, agent_no(above) as superior_no,
       if(agent.n = agent_place.team, 'leader', 'agent') as kind
from agent
join agent_rank on agent_rank.n = agent.n and $day >= agent_rank.valid_from and $day < agent_rank.valid_to
join agent_place on agent_place.n = agent.n and $day >= agent_place.valid_from and $day < agent_place.valid_to
left join relation on relation.n = agent.n and relation.kind = 'reporting'
    and $day >= relation.valid_from and $day < relation.valid_to
where leaves_on is null or leaves_on > $day
order by agent.n
"""


class DemoInsurer:
    """The demo insurer whose history ends on a day; give the same day and seed to get the same insurer."""

    code = "demo_insurer"
    family: Family = "insurer"
    home_currency = "CNY"
    continues = True

    def __init__(self, last_day: dt.date, seed: int = SEED, stands_under: str = "") -> None:
        self.last_day, self.seed, self.stands_under = last_day, seed, stands_under
        months = last_day.year * 12 + last_day.month - MONTHS
        self.first_day = dt.date(months // 12, months % 12 + 1, 1)

    @property
    def options(self) -> dict[str, str | int]:
        """What a source's configuration keeps, so that the insurer stays the same."""
        return {"last_day": self.last_day.isoformat(), "seed": self.seed, "stands_under": self.stands_under}

    def organisation(self) -> Organisation:
        """Company, provinces, branches and teams; agents with ranks and relations; the products."""
        people, positions = staff()
        agents = self._rows("select agent_no(n) as agent_no, n, joined_on from agent order by n")
        people += [_person(row["agent_no"], row["n"]) for row in agents]
        return Organisation(
            levels=LEVELS,
            institutions=institution_tree(self.stands_under or None, self._founded()),
            people=people,
            positions=positions + self._positions(),
            agents=[Agent(row["agent_no"], row["agent_no"], row["joined_on"]) for row in agents],
            agent_periods=[
                AgentPeriod(row["agent_no"], CHANNEL, row["rank"], row["origin"], row["valid_from"], row["valid_to"])
                for row in self._rows("select agent_no(n) as agent_no, * from agent_rank order by n, valid_from")
            ],
            relations=[
                Relation(row["kind"], row["agent_no"], row["other"], row["valid_from"], row["valid_to"])
                for row in self._rows(
                    "select kind, agent_no(n) as agent_no, agent_no(above) as other, valid_from, valid_to from relation "
                    "where valid_from <= history_end() order by all"
                )
            ],
            insurance_products=PRODUCTS,
        )

    def sales_force(self, day: dt.date) -> SalesForceDay | None:
        """Everybody under contract and all teams on a day after the history, which was loaded as a whole: agents go on leaving."""
        if day <= self.last_day:
            return None
        rows = self._insurer.cursor().sql(AGENTS_ON, params={"day": day}).to_arrow_table().to_pylist()
        agents = tuple(
            AgentState(row["agent_no"], row["agent_no"], *agent_name(row["n"]), team_code(row["team"]), row["kind"], CHANNEL,
                       row["rank"], row["joined_on"], row["superior_no"] or "")
            for row in rows
        )  # fmt: skip
        return SalesForceDay(day, agents, self._teams, counts_of(agents, self._teams))

    def dates(self) -> tuple[dt.date, dt.date]:
        """The 24 calendar months of the history, the last one up to its last day."""
        return self.first_day, self.last_day

    def fetch(
        self, dataset: str, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> pa.Table:
        """Rows as `SCHEMAS[dataset]`; also of days after the history, for a year."""
        check_request(self.family, dataset, first_day, last_day)
        end = self.last_day + dt.timedelta(days=366)
        if first_day < self.first_day or last_day > end:
            lives = Sentence("The demo insurer lives from %(begin)s to %(end)s; %(first)s to %(last)s was asked for.",
                             begin=self.first_day, end=end, first=first_day, last=last_day)  # fmt: skip
            raise SourceError(lives)
        days = {"first_day": first_day, "last_day": last_day}
        rows = self._insurer.cursor().sql(ROWS[dataset], params=days).to_arrow_table()
        return conform(rows, SCHEMAS[dataset], f"{dataset} rows of the demo insurer")

    def controls(
        self, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> tuple[Control, ...]:
        """What the core counted of premiums on each day, also of days without any."""
        days = {"first_day": first_day, "last_day": last_day}
        rows = self._insurer.cursor().sql(COUNTED, params=days).fetchall()
        return tuple(Control("premium", day, count, amount) for day, count, amount in rows)

    def _founded(self) -> dict[int, dt.date]:
        """The day of each team that grew out of another one."""
        rows = self._rows("select team, founded_on from team where team <> first_team and founded_on <= history_end()")
        return {row["team"]: row["founded_on"] for row in rows}

    def _positions(self) -> list[Position]:
        return [
            Position(row["agent_no"], team_code(row["team"]), row["kind"], row["valid_from"], row["valid_to"])
            for row in self._rows(
                "select agent_no(n) as agent_no, team, if(n = team, 'leader', 'agent') as kind, valid_from, valid_to "
                "from agent_place order by n, valid_from"
            )
        ]

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        rows: list[dict[str, object]] = self._insurer.cursor().sql(sql).to_arrow_table().to_pylist()
        return rows

    @cached_property
    def _teams(self) -> tuple[TeamState, ...]:
        """All teams as the company has them; none is closed."""
        tree = institution_tree(self.stands_under or None, {})
        return tuple(
            TeamState(one.code, one.name, one.name_zh, one.level_code, one.parent_code or "")
            for one in tree if one.level_code == SALES_TEAM
        )  # fmt: skip

    @cached_property
    def _insurer(self) -> duckdb.DuckDBPyConnection:
        """Agents and policies, generated once; each call works on a cursor of its own."""
        connection = duckdb.connect(config={"threads": 2})
        build_agents(connection, self.first_day, self.last_day, self.seed)
        build_policies(connection, self.seed)
        return connection


def counts_of(agents: tuple[AgentState, ...], teams: tuple[TeamState, ...]) -> tuple[HeadCount, ...]:
    """The counts a core sends along: of all agents, by institution, by rank; and how many units there are."""
    by = [("all", "")] * len(agents)
    by += [("institution", one.institution_code) for one in agents] + [("rank", one.rank) for one in agents]
    counted = [HeadCount(kind, code, count) for (kind, code), count in sorted(Counter(by).items())]
    return (*counted, HeadCount(UNITS, "", len(teams)))


def _person(code: str, number: int) -> Person:
    name, name_zh = agent_name(number)
    return Person(
        code, name, name_zh, f"0000 {3000 + number * 7 % 7000:04d} {number % 1000:03d}", f"{code.lower()}@life.example"
    )


@lru_cache(maxsize=1)
def demo_insurer(last_day: str, seed: int = SEED, stands_under: str = "") -> DemoInsurer:
    """The insurer of these options; kept, because a run opens its source once a chunk."""
    return DemoInsurer(dt.date.fromisoformat(last_day), int(seed), stands_under)
