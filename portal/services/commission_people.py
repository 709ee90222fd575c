"""Whom the commission desk writes about: an agent by number, and where he sits for scope and decision."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import select

from portal.models.agents import Agent
from portal.models.organisation import Position
from portal.query.approval import Content
from portal.query.names import person_name
from portal.query.reader import Reader
from portal.services.refusal import Refusal
from portal.services.writer import Writer


def agent_with(writer: Writer, agent_no: str) -> Agent:
    """The agent with a number. Raises Refusal beside the field."""
    if not agent_no.strip():
        raise Refusal(_("Say which agent: type a number or a name."), "agent_no")
    agent = writer.session.scalars(select(Agent).where(Agent.agent_no == agent_no.strip())).one_or_none()
    if agent is None:
        raise Refusal(
            _("There is no agent with this number. Type a name or a number and choose one of the list."), "agent_no"
        )
    return agent


def seat_of(writer: Writer, person_id: int, day: dt.date) -> int:
    """Where an agent sits on a day, or sat last before it."""
    seat = writer.session.scalars(
        select(Position.institution_id)
        .where(Position.person_id == person_id, Position.valid_from <= day)
        .order_by(Position.valid_from.desc(), Position.id)
        .limit(1)
    ).one_or_none()
    if seat is None:
        raise Refusal(_("This agent has no seat in the month."), "agent_no")
    return seat


def place_of(_reader: Reader, content: Content) -> int:
    """Where the agent of a request sits: who leads there sees it."""
    return int(content["institution"])


def name_of(reader: Reader, content: Content) -> str:
    """Whom a request concerns, in the reader's language."""
    return person_name(reader, int(content["person"]))
