"""In which order runs may happen: business dates follow one another, and one that went wrong holds the later ones.

The run in force of a date is its newest attempt that was not cancelled. A refused or failed one, and an open date
without any, is a wall: later dates wait. Cancelling a refused re-run puts the attempt before it in force again. Daily
runs begin on the first date of the active source of their family, other jobs on their first run. The nightly run's
figures grow from one calendar day to the next, so a closed day has a run, too: it is asked for along with the next open date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.models.runs import Run, RunStatus, SourceConfig

NIGHTLY_KEY, POLICIES_KEY, COMMISSION_KEY, INTRADAY_KEY = "nightly", "policies", "commission", "intraday"
DAILY_JOBS = {NIGHTLY_KEY: "bank", POLICIES_KEY: "insurer"}  # and the family of sources each downloads from
MONTHLY_JOBS = frozenset({COMMISSION_KEY})  # their business dates are the last days of months
UNORDERED_JOBS = frozenset({INTRADAY_KEY})  # no date of theirs builds on another, so none waits
RUNS_CHANNEL = "basis_runs"  # PostgreSQL notifies the leader here when there is something to do


@dataclass(frozen=True, slots=True)
class Wall:
    """The first date that keeps later ones waiting, and why: its run was refused, failed, or is missing."""

    business_date: dt.date
    why: Literal["refused", "failed", "missing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a business date has come: its newest attempt, whether that was claimed, if any was ever published."""

    attempt: int
    status: RunStatus
    claimed: bool
    ever_published: bool

    @property
    def waiting(self) -> bool:
        """Requested, and nobody has begun with it."""
        return self.status == RunStatus.REQUESTED and not self.claimed

    @property
    def under_way(self) -> bool:
        return self.status == RunStatus.RUNNING or (self.status == RunStatus.REQUESTED and self.claimed)


def spans_closed_days(job: str) -> bool:
    """Whether a job computes closed days, along with the next open date."""
    return job in (NIGHTLY_KEY, POLICIES_KEY)


def beginning(session: Session, job: str) -> dt.date | None:
    """The first date of a job: that of the active source of its family, else its first run; None before any is known."""
    of_family = SourceConfig.family == DAILY_JOBS.get(job, "")
    begins = session.scalar(select(func.min(SourceConfig.first_date)).where(SourceConfig.active, of_family))
    return begins or session.scalar(select(func.min(Run.business_date)).where(Run.job == job))


def keep_order(session: Session, job: str) -> None:
    """Let nobody else request or claim runs of a job before this transaction ends."""
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"run {job}"})


def wall(session: Session, job: str) -> Wall | None:
    """What later dates of a job wait for; None when nothing is in the way."""
    if job in UNORDERED_JOBS:
        return None
    row = session.execute(WALL, {"job": job, "family": DAILY_JOBS.get(job, ""), "monthly": job in MONTHLY_JOBS}).first()
    return None if row is None else Wall(row.day, row.why)


def stale_from(session: Session) -> dt.date | None:
    """The first date whose published figures are to be computed anew: by a request, or by a re-run that has not ended well.

    All later dates grow from it, so theirs are too.
    """
    day: dt.date | None = session.scalar(STALE_FROM, {"job": NIGHTLY_KEY})
    return day


def standings(session: Session, job: str, first: dt.date | None = None) -> dict[dt.date, Standing]:
    """Where each business date of a job stands, from a date on, in order."""
    rows = session.execute(STANDINGS, {"job": job, "first": first})
    return {
        row.business_date: Standing(row.attempt, RunStatus(row.status), row.claimed, row.ever_published) for row in rows
    }


STALE_FROM = text("""
select least(
    (select min(first_day) from recalculation where taken_at is null and job = :job),
    (select min(business_date) from run
     where job = :job and attempt > 1 and status in ('requested', 'running', 'refused', 'failed')
       and not exists (select from run later where later.job = run.job and later.business_date = run.business_date
                       and later.attempt > run.attempt and later.status = 'published')
       and exists (select from run earlier where earlier.job = run.job and earlier.business_date = run.business_date
                   and earlier.attempt < run.attempt and earlier.status = 'published'))
)
""")

WALL = text("""
with in_force as (
    select distinct on (business_date) business_date, status from run
    where job = :job and status <> 'cancelled'
    order by business_date, attempt desc
), span as (
    select coalesce(
        (select min(first_date) from source_config where active and family = :family), min(business_date)
    ) as first, max(business_date) as last from in_force
), wrong as (
    select business_date as day, status as why from in_force, span
    where status in ('refused', 'failed') and business_date >= span.first
    union all
    select day::date, 'missing' from span, generate_series(span.first, span.last, interval '1 day') as day
    where not exists (select from in_force where business_date = day::date)
      and (not :monthly or date_trunc('month', day) <> date_trunc('month', day + interval '1 day'))
      and not exists (select from business_day where calendar = 'bank' and business_date = day::date and not is_open)
)
select day, why from wrong order by day limit 1
""")

STANDINGS = text("""
select distinct on (business_date) business_date, attempt, status, chunk <> '' as claimed,
       bool_or(status = 'published') over (partition by business_date) as ever_published
from run
where job = :job and business_date >= coalesce(cast(:first as date), '-infinity')
order by business_date, attempt desc
""")
