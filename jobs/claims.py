"""From requested runs to chunks: the rows of `run` are the only list of what is to be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from jobs.calendar import follows
from jobs.job import Chunk
from portal.query import run_order
from portal.query.calendar import EVERY_DAY, BusinessCalendar, business_calendar
from portal.query.run_order import keep_order, wall

LONGEST_CHUNK_DAYS = 31


class NoSuchChunk(LookupError):
    """No run belongs to this chunk id."""


def next_chunk(session: Session, job: str) -> Chunk | None:
    """Claim the oldest requested dates of a job that may run now; None when there are none or they must wait."""
    keep_order(session, job)
    in_the_way = wall(session, job)
    last = in_the_way.business_date if in_the_way else dt.date.max
    rows = session.execute(OLDEST, {"job": job, "last": last, "count": LONGEST_CHUNK_DAYS}).all()
    if not rows:
        return None
    taken = together(rows, EVERY_DAY if run_order.spans_closed_days(job) else business_calendar(session))
    chunk = Chunk.of(job, [row.business_date for row in taken], taken[0].attempt)
    session.execute(CLAIM, {"ids": [row.id for row in taken], "chunk": chunk.id})
    return chunk


def together(rows: Sequence[Row[Any]], calendar: BusinessCalendar) -> list[Row[Any]]:
    """The first rows that make one chunk: contiguous dates of a month, same attempt, same beginning.

    Dates that begin at a later step reuse an earlier chunk's folder, so they stay with the dates they were in it with.
    """
    taken = [rows[0]]
    for before, row in pairwise(rows):
        begins_alike = row.from_step == before.from_step and (not row.from_step or row.earlier == before.earlier)
        if not (begins_alike and row.attempt == before.attempt):
            break
        if not follows(calendar, before.business_date, row.business_date):
            break
        taken.append(row)
    return taken


def unfinished_chunks(session: Session) -> list[str]:
    """Chunks that were claimed and have not come to their end, oldest dates first."""
    return list(session.scalars(UNFINISHED))


def waiting_jobs(session: Session) -> list[str]:
    """Jobs with requested dates that no chunk has claimed."""
    return list(session.scalars(WAITING))


def claimed_chunk(session: Session, chunk_id: str) -> Chunk:
    """A claimed chunk again, from its id.

    `reuse` names the chunk of the attempt before, when the runs begin at a later step and its dates were the same.
    """
    rows = session.execute(CLAIMED, {"chunk": chunk_id}).all()
    if not rows:
        raise NoSuchChunk(f"No run belongs to chunk {chunk_id}.")
    first = rows[0]
    dates = [row.business_date for row in rows]
    reuse = ""
    if first.from_step and first.earlier:
        before = list(session.scalars(DATES_OF, {"chunk": first.earlier}))
        reuse = first.earlier if before == dates else ""
    return Chunk.of(first.job, dates, first.attempt, reuse, first.from_step)


EARLIER = """(
    select earlier.chunk from run earlier
    where earlier.job = run.job and earlier.business_date = run.business_date
      and earlier.attempt < run.attempt and earlier.status in ('published', 'refused', 'failed')
    order by earlier.attempt desc limit 1
)"""
OLDEST = text(f"""
select id, business_date, attempt, from_step, {EARLIER} as earlier from run
where job = :job and status = 'requested' and chunk = '' and business_date <= :last
order by business_date, attempt limit :count
""")
CLAIM = text("update run set chunk = :chunk where id = any (:ids)")
UNFINISHED = text("""
select chunk from run where chunk <> '' and status in ('requested', 'running')
group by chunk order by min(business_date)
""")
WAITING = text("select distinct job from run where status = 'requested' and chunk = '' order by job")
CLAIMED = text(f"""
select job, business_date, attempt, from_step, {EARLIER} as earlier from run where chunk = :chunk order by business_date
""")
DATES_OF = text("select business_date from run where chunk = :chunk order by business_date")
