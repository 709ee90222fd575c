"""Which month a commission run is of, which rulebooks are paid in it, and the months before."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.job import Chunk, Refused
from portal.models.agents import AgentPeriod
from portal.models.rulebooks import Rulebook
from portal.query.statement import last_of
from portal.sentence import Sentence


def month_of(chunk: Chunk) -> dt.date:
    """The first day of the chunk's month. A run of another day than a month's last is refused."""
    if len(chunk.dates) != 1 or chunk.last_date != last_of(chunk.last_date):
        raise Refused(
            Sentence("A commission run is that of a month's last day, not of %(day)s.", day=str(chunk.dates[0]))
        )
    return chunk.last_date.replace(day=1)


def paying_rulebooks(session: Session, month: dt.date) -> list[Rulebook]:
    """The rulebooks by which somebody is paid in a month."""
    channels = select(AgentPeriod.channel).where(AgentPeriod.valid_from <= last_of(month), AgentPeriod.valid_to > month)
    known = session.scalars(select(Rulebook).where(Rulebook.code.in_(channels)).order_by(Rulebook.code)).all()
    missing = session.scalars(channels.where(AgentPeriod.channel.not_in([one.code for one in known])).limit(1)).first()
    if missing is not None:
        raise Refused(
            Sentence("Agents are paid by the rulebook %(name)s, which is not there: begin it under Rules > Rulebooks.",
                     name=missing)
        )  # fmt: skip
    return list(known)
