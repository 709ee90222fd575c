"""One agent as the leader sees him: months, rank, team, and the policies as they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from portal.models.agents import AgentPeriod, InsuranceProduct, InsuranceProductPeriod
from portal.models.organisation import Position
from portal.models.runs import Published
from portal.permissions import Permission
from portal.query.names import person_name
from portal.query.outside import agent_within
from portal.query.places import Place
from portal.query.ranks import Rank, rank_of
from portal.query.reader import Reader
from portal.query.statement import last_of, months_of
from portal.query.team_figures import Sums
from portal.query.team_home import NO_RANK, agent_sums, shown_months

POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it stands: `status` is in_force or ended, `end_kind` lapse, cancel or surrender."""

    policy_id: int
    policy_no: str
    customer: str
    product: str
    payment_term: int
    premium: Decimal
    issued_on: dt.date
    status: str
    end_kind: str
    ended_on: dt.date | None
    is_confirmed: bool  # the customer confirmed that it was handed over


@dataclass(frozen=True)
class AgentMonths:
    """An agent's months, the oldest first, and what he is at the end of the one that is looked at."""

    person_id: int
    agent_no: str
    name: str
    joined_on: dt.date
    left_on: dt.date | None
    rank: Rank
    seat: Place | None
    month: dt.date
    months: Sequence[dt.date]
    trend: Sequence[tuple[dt.date, Sums]]


def agent_months(reader: Reader, person_id: int, month: dt.date | None) -> AgentMonths | None:
    """An agent's last months up to one; None when nothing is published.

    Raises:
        Forbidden: the actor may not see team homes.
        OutOfScope: there is no such agent, or the actor may not see him.
    """
    reader.allow(Permission.TEAM_HOME_VIEW)
    agent = agent_within(reader, person_id)
    months = months_of(reader)
    shown = shown_months(reader, months, month)
    if not shown:
        return None
    here = shown[-1]
    values = [(one, agent_sums(reader, one, None).get(person_id)) for one in shown]
    last, name = last_of(here), person_name(reader, person_id)
    contract = reader.session.scalars(
        select(AgentPeriod).where(AgentPeriod.agent_id == person_id, AgentPeriod.valid_from <= last)
        .order_by(AgentPeriod.valid_from.desc()).limit(1)
    ).first()  # fmt: skip
    seat = reader.session.scalars(
        select(Position.institution_id).where(Position.person_id == person_id, Position.valid_from <= last)
        .order_by(Position.valid_from.desc()).limit(1)
    ).first()  # fmt: skip
    ended = contract is not None and contract.valid_to <= last
    return AgentMonths(
        person_id, agent.agent_no, name, agent.joined_on, contract.valid_to if contract and ended else None,
        rank_of(reader, contract.channel, contract.rank, last) if contract else NO_RANK, reader.places(last).get(seat), here,
        months, [(one, sums[1]) for one, sums in values if sums is not None],
    )  # fmt: skip


def policies_of(reader: Reader, person_id: int) -> tuple[list[Policy], dt.date | None]:
    """The agent's policies as the newest deliveries tell, the newest first, and the last day they are known to."""
    reader.allow(Permission.POLICY_VIEW)
    known = reader.session.scalars(select(Published.business_date).where(Published.dataset == POLICY).distinct()).all()
    days = reader.published(POLICY, known)
    if not days:
        return [], None
    rows = reader.ask(
        "select * from (select * from made where policy_id in (select policy_id from made where agent_id = ?) "
        "qualify row_number() over (partition by policy_id order by business_date desc) = 1) where agent_id = ? "
        "order by issued_on desc, policy_id",
        [person_id, person_id], made=(POLICY, days),
    )  # fmt: skip
    products = product_titles(reader, days[-1])
    found = []
    for row in rows:
        code = str(row["product_code"])
        found.append(Policy(
            row["policy_id"], row["policy_no"], row["customer_name"], products.get(code, code), row["payment_term"],
            row["premium"], row["issued_on"], row["status"], row["end_kind"] or "", row["ended_on"],
            row["receipt_confirmed_on"] is not None,
        ))  # fmt: skip
    return found, days[-1]


def product_titles(reader: Reader, on: dt.date) -> dict[str, str]:
    """What the products are called by code, in the reader's language; one not on sale any more by its last name."""
    chinese = reader.actor.language == "zh"
    rows = reader.session.execute(
        select(InsuranceProduct.code, InsuranceProductPeriod.name, InsuranceProductPeriod.name_zh)
        .join(InsuranceProductPeriod, InsuranceProductPeriod.product_id == InsuranceProduct.id)
        .where(InsuranceProductPeriod.valid_from <= on)
        .order_by(InsuranceProductPeriod.valid_from)
    ).all()
    return {code: str(name_zh if chinese and name_zh else name) for code, name, name_zh in rows}
