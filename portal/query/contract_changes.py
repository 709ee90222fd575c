"""Who had contracts of several rulebooks within a month: one of them, the last, prices all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.models.agents import Agent, AgentPeriod
from portal.permissions import Permission
from portal.query.names import person_name
from portal.query.ranks import titles_of
from portal.query.reach import within
from portal.query.reader import Reader
from portal.query.statement import last_of


@dataclass(frozen=True, slots=True)
class ContractChange:
    """An agent's rulebooks within a month, the first to the last, and the day the last one began. `prices` is the last one."""

    agent_id: int
    agent_no: str
    name: str
    titles: Sequence[str]
    prices: str  # the code of the rulebook
    since: dt.date


def contract_changes(reader: Reader, code: str, month: dt.date) -> list[ContractChange]:
    """Agents who went into a rulebook or out of it within a month, by number. Raises Forbidden."""
    reader.allow(Permission.COMMISSION_VIEW)
    rows = reader.session.execute(
        select(AgentPeriod.agent_id, Agent.agent_no, AgentPeriod.channel, AgentPeriod.valid_from)
        .join(Agent, Agent.id == AgentPeriod.agent_id)
        .where(
            AgentPeriod.valid_from <= last_of(month), AgentPeriod.valid_to > month, within(reader.actor, AgentPeriod),
            AgentPeriod.agent_id.in_(
                select(AgentPeriod.agent_id).where(AgentPeriod.valid_from > month, AgentPeriod.valid_from <= last_of(month))
            ),
        )
        .order_by(Agent.agent_no, AgentPeriod.valid_from)
    ).all()  # fmt: skip
    of_agent: dict[int, list[tuple[str, str, dt.date]]] = {}
    for agent_id, agent_no, channel, valid_from in rows:
        of_agent.setdefault(agent_id, []).append((agent_no, channel, valid_from))
    titles = titles_of(reader, "rulebook", last_of(month))
    found = []
    for agent_id, periods in of_agent.items():
        channels = list(dict.fromkeys(channel for _no, channel, _day in periods))
        last = periods[-1][1]
        if len(channels) < 2 or code not in channels:
            continue
        since = next(day for at, (_no, _code, day) in enumerate(periods) if all(one[1] == last for one in periods[at:]))
        name = person_name(reader, agent_id)
        found.append(
            ContractChange(agent_id, periods[0][0], name, [titles.get(one, one) for one in channels], last, since)
        )
    return found
