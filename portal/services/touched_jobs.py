"""Whose published figures a change of a place touches: the bank's, the insurer's, both or none.

The bank's figures follow a person's place by his shares, and an institution's by what is booked or credited below it. An insurer's
policy days keep the place where the agent sat; they do not read the tree.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.access.identity import subtree
from portal.models.agents import Agent
from portal.models.organisation import Share
from portal.models.runs import Published
from portal.permissions import NIGHTLY
from portal.query import run_order
from portal.query.reader import Reader
from portal.services.drafts import Draft
from portal.services.writer import Writer

OF_INSTITUTIONS = "institution_day"


def jobs_of_person(writer: Writer, person_id: int) -> list[str]:
    """The jobs whose days keep where a person sits."""
    jobs = []
    if writer.exists(Share, Share.person_id == person_id):
        jobs.append(run_order.NIGHTLY_KEY)
    if writer.exists(Agent, Agent.id == person_id):
        jobs.append(run_order.POLICIES_KEY)
    return jobs


def jobs_of_institution(writer: Writer, institution_id: int, day: dt.date) -> list[str]:
    """The jobs whose days, from one on, keep what stands above an institution: none when nothing of the bank is below it."""
    below = sorted(subtree(writer.session, [institution_id]))
    shared = select(Share.id).where(Share.institution_id.in_(below)).limit(1)
    if writer.session.scalar(shared) is not None or _has_figures(writer, below, day):
        return [run_order.NIGHTLY_KEY]
    return []


def _has_figures(writer: Writer, institutions: list[int], day: dt.date) -> bool:
    """Whether figures of some institutions are published for a day or later."""
    wanted = select(Published.business_date).where(Published.dataset == OF_INSTITUTIONS, Published.business_date >= day)
    days = sorted(set(writer.session.scalars(wanted)))
    if not days:
        return False
    listed = ", ".join(map(str, institutions)) or "null"
    found = Reader(NIGHTLY, writer.session).ask(
        f"select 1 as one from made where institution_id in ({listed}) limit 1", made=(OF_INSTITUTIONS, days)
    )
    return bool(found)


def of_people(writer: Writer, _draft: Draft, identity: int) -> list[str]:
    """For a change of a person's place."""
    return jobs_of_person(writer, identity)


def of_institutions(writer: Writer, draft: Draft, identity: int) -> list[str]:
    """For a change of what an institution stands under."""
    return jobs_of_institution(writer, identity, draft.first_day)
