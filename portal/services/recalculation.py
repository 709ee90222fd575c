"""A change in the past asks for a recalculation: the published figures it touches are computed anew.

The request is written in the transaction of the change itself. The leader of `basis jobs` turns what has gathered into
one re-run: from the first day touched, later dates follow. Until then the figures say that they do not know it yet.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, text

from portal.models.runs import Recalculation
from portal.query import run_order
from portal.query.calendar import business_calendar
from portal.query.pins import first_date
from portal.query.run_order import keep_order, standings
from portal.services.runs import request_run, wake_leader
from portal.services.writer import Writer

QUIET_SECONDS = 60  # who corrects several things in a row gets one recalculation
LONGEST_REASON = 400


def recalculate_from(writer: Writer, day: dt.date, change: str, job: str = "") -> dt.date | None:
    """Ask that a job's figures from a day on be computed anew because of a change; gives back the first date that will be.

    The job is the bank's nightly run where none is named. None when nothing is computed yet for that day or later.
    Changes that gather before the work begins are one request.
    """
    session, job = writer.session, job or run_order.NIGHTLY_KEY
    keep_order(session, job)  # a run that is claimed later reads this change, an earlier one does not
    last = session.scalar(LAST_COMPUTED, {"job": job})
    if last is None or day > last:
        return None
    begun = "premium" if job == run_order.POLICIES_KEY else "credit_day"
    first = max(day, first_date(session, begun) or day)
    waiting = session.scalars(
        select(Recalculation).where(Recalculation.taken_at.is_(None), Recalculation.job == job)
    ).first()
    if waiting is None:
        session.add(Recalculation(job=job, first_day=first, reason=change, requested_by=writer.actor.name))
    else:
        waiting.first_day = min(first, waiting.first_day)
        waiting.reason = joined(waiting.reason, change)
        waiting.requested_by = joined(waiting.requested_by, writer.actor.name)
        waiting.requested_at = func.clock_timestamp()
    session.flush()
    writer.record("recalculate", "run", f"{job}:{first}", {"change": change})
    wake_leader(session)
    return first


def joined(said: str, more: str) -> str:
    """Reasons one after the other, each once; what would grow too long ends in dots."""
    if more in said.split("; "):
        return said
    whole = f"{said}; {more}"
    return whole if len(whole) <= LONGEST_REASON else f"{said.removesuffix('; …')}; …"


def take_recalculations(writer: Writer) -> list[dt.date]:
    """Turn each request that has been quiet for a while into a re-run; gives back the dates they begin on.

    One waits while a run of its first date is under way: that run may have read the state before the change.
    """
    ready = list(writer.session.scalars(READY, {"seconds": QUIET_SECONDS}))
    return [day for found in ready for day in _take(writer, found)]


def _take(writer: Writer, found: int) -> list[dt.date]:
    session = writer.session
    job = session.get_one(Recalculation, found).job
    keep_order(session, job)
    waiting = session.get_one(Recalculation, found, with_for_update=True, populate_existing=True)
    if waiting.taken_at is not None:
        return []
    first = business_calendar(session).delivered_on(waiting.first_day)
    if any(day <= first and one.under_way for day, one in standings(session, job).items()):
        return []
    runs = request_run(writer, job, [first], rerun=True, reason=waiting.reason, asked_by=waiting.requested_by)
    waiting.taken_at = func.clock_timestamp()
    return [run.business_date for run in runs]


LAST_COMPUTED = text("""
select max(business_date) from run
where job = :job and (status in ('published', 'running') or (status = 'requested' and chunk <> ''))
""")
READY = text("""
select id from recalculation
where taken_at is null and requested_at <= clock_timestamp() - make_interval(secs => :seconds) order by id
""")
