"""An insurer's sales force and what it sells: agents, their ranks and relations, the product catalogue, events from outside.

An agent is a person; `agent.id` is the person's. Where an agent works is a `position`, as for everybody: a team is an
institution of a level that is marked `sales_team`, and its leader the person with the leader's position there.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, RowScope, instant, pk, recorded
from portal.models.dated import Dated, in_order, no_overlap


class Agent(Base):
    """A person with an agent contract."""

    __tablename__ = "agent"
    row_scope = RowScope(seated="id")
    id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    agent_no: Mapped[str] = mapped_column(unique=True)
    joined_on: Mapped[dt.date]  # service counts from this day, also for who came back


class RankOrigin(StrEnum):
    """How a rank came about."""

    HIRE = "hire"
    EVALUATION = "evaluation"
    DECISION = "decision"


class AgentPeriod(Dated, Base):
    """The contract of an agent during some days: the rulebook it is under and the rank. It ends when the agent leaves."""

    __tablename__ = "agent_period"
    row_scope = RowScope(seated="agent_id", held=True)
    id: Mapped[pk]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    channel: Mapped[str]  # the code of the rulebook the agent is paid by
    rank: Mapped[str]  # a rank of the rulebook's ladder
    origin: Mapped[str]
    recorded_at: Mapped[recorded]
    ended_at: Mapped[instant | None]  # when it was told that nothing follows; closed months learn of it by this
    __table_args__ = (
        in_order("agent_period"),
        no_overlap("agent_period", "agent_id"),
        CheckConstraint("origin in ('hire', 'evaluation', 'decision')", name="origin"),
    )


class RelationKind(StrEnum):
    """What one agent is to another."""

    REPORTING = "reporting"  # the superior in the reporting line
    RECRUITER = "recruiter"
    NURTURER = "nurturer"  # whose team the agent's own team grew out of
    TRAINER = "trainer"


class Relation(Base):
    """That an agent has a superior, a recruiter, a nurturer or a trainer; who that is holds during some days."""

    __tablename__ = "relation"
    row_scope = RowScope(seated="agent_id")
    id: Mapped[pk]
    kind: Mapped[str]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    __table_args__ = (
        UniqueConstraint("kind", "agent_id"),
        CheckConstraint("kind in ('reporting', 'recruiter', 'nurturer', 'trainer')", name="kind"),
    )


class RelationPeriod(Dated, Base):
    """Who the superior, recruiter ... of an agent is during some days; one at a time."""

    __tablename__ = "relation_period"
    row_scope = RowScope(through=("relation_id", "relation"))
    id: Mapped[pk]
    relation_id: Mapped[int] = mapped_column(ForeignKey("relation.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    recorded_at: Mapped[recorded]
    ended_at: Mapped[instant | None]  # when it was told that nothing follows; closed months learn of it by this
    __table_args__ = (in_order("relation_period"), no_overlap("relation_period", "relation_id"))


class InsuranceProduct(Base):
    """A product the insurer sells. Its line of business never changes; how it is sold is dated."""

    __tablename__ = "insurance_product"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)
    line: Mapped[str]
    __table_args__ = (
        CheckConstraint("line in ('life', 'annuity', 'endowment', 'health', 'accident', 'universal')", name="line"),
    )


class InsuranceProductPeriod(Dated, Base):
    """What a product is called and for which payment terms it is sold during some days; without one it is not on sale."""

    __tablename__ = "insurance_product_period"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    product_id: Mapped[int] = mapped_column(ForeignKey("insurance_product.id"), index=True)
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(server_default="")
    payment_terms: Mapped[str]  # years, from short to long, separated by blanks: `1 5 10`
    recorded_at: Mapped[recorded]
    __table_args__ = (in_order("insurance_product_period"), no_overlap("insurance_product_period", "product_id"))


class PolicyEvent(Base):
    """One row that another system sent between two deliveries; the next run of the job `policies` takes it along.

    `business_date` is the date whose run took it: every later attempt of that date takes it again. `outcome` is written with
    that date's figures; until then an intraday run shows the row in the day's provisional ones, or says why it cannot.
    """

    __tablename__ = "policy_event"
    row_scope = RowScope(internal=True)
    id: Mapped[pk]
    source: Mapped[str]  # the system that sent it
    key: Mapped[str]  # made by the sender: the same event has the same key
    content_hash: Mapped[str]
    dataset: Mapped[str]
    content: Mapped[dict[str, Any]]
    received_at: Mapped[recorded]
    received_from: Mapped[str]
    business_date: Mapped[dt.date | None]
    outcome: Mapped[str | None]  # published, confirmed (by the delivery), replaced (by a later event), set_aside
    said: Mapped[list[Any] | None] = mapped_column(JSONB)  # why, as `portal.sentence` keeps it
    shown_at: Mapped[instant | None]  # in provisional figures
    settled_at: Mapped[instant | None]
    __table_args__ = (
        UniqueConstraint("source", "key"),
        CheckConstraint("outcome in ('published', 'confirmed', 'replaced', 'set_aside')", name="outcome"),
        Index("ix_policy_event_open", "received_at", postgresql_where=text("outcome is null")),
        Index("ix_policy_event_received", "received_at"),
        Index("ix_policy_event_settled", "settled_at"),
        Index("ix_policy_event_shown", "shown_at"),
        Index("ix_policy_event_date", "business_date"),
    )
