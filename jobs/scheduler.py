"""What is due when. The scheduler only asks for runs; a unique row per job, date and attempt decides what runs.

APScheduler's thread can die of one exception while it still says that it runs, so each tick leaves a sign of life and
a watchdog ends the process when the signs stop: whoever supervises it starts it again, and missed dates are caught up.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from jobs.calendar import last_due, missed_dates
from portal.models.runs import SourceConfig
from portal.permissions import NIGHTLY
from portal.query import run_order
from portal.query.calendar import business_calendar
from portal.query.run_order import standings
from portal.services.runs import request_run
from portal.services.writer import Writer, writing
from portal.settings import settings

TICK_SECONDS = 15
SILENCE_SECONDS = 60
SILENT = 4  # exit code
RETENTION_KEY = "retention"
RECENT_DAYS = 7  # a delivery of these days belongs to the month so far
log = logging.getLogger(__name__)


def now() -> dt.datetime:
    """This instant; the only clock the scheduler looks at."""
    return dt.datetime.now(dt.UTC)


def tick(process: str = "jobs") -> list[dt.date]:
    """Write a sign of life and ask for every missed business date; returns the nightly dates asked for."""
    with writing(NIGHTLY) as writer:
        beat(writer.session, process)
        due = {job: due_dates(writer.session, now(), job) for job in run_order.DAILY_JOBS}
        for job, days in due.items():
            if days:
                request_run(writer, job, days)
        ask_for_intraday(writer)
        ask_for_retention(writer)
    for job, days in due.items():
        if days:
            log.info("Asked for %s runs of %s from %s to %s.", len(days), job, days[0], days[-1])
    return due[run_order.NIGHTLY_KEY]


def due_dates(session: Session, instant: dt.datetime, job: str = run_order.NIGHTLY_KEY) -> list[dt.date]:
    """The business dates of a daily job that should have begun by an instant and have no run, oldest first.

    Only dates the active sources of its family can deliver; without an active source nothing is due.
    """
    active = select(func.count(), func.min(SourceConfig.first_date), func.max(SourceConfig.last_date)).where(
        SourceConfig.active, SourceConfig.family == run_order.DAILY_JOBS[job]
    )
    sources, first, last = session.execute(active).one()
    if not sources:
        return []
    newest = _newest_night(instant)
    return missed_dates(business_calendar(session), standings(session, job), first, min(newest, last or newest))


def ask_for_intraday(writer: Writer) -> None:
    """Ask for an intraday run when there are events that none shows, every so many minutes.

    At once when a delivery day was published: what was shown before would count its events a second time, and the month so far
    does not know it. Days of long ago, as a first load brings them, ask for nothing.
    """
    every = settings().intraday_minutes
    if every <= 0:
        return
    values = {"job": run_order.INTRADAY_KEY, "minutes": every, "recent_days": RECENT_DAYS}
    state = writer.session.execute(INTRADAY, values).one()
    if state.under_way or not (state.delivered or (state.unshown and state.rested)):
        return
    day = now().astimezone(ZoneInfo(settings().timezone)).date()
    reason = "a day was delivered" if state.delivered else "events came in"
    request_run(writer, run_order.INTRADAY_KEY, [day], rerun=True, reason=reason)


def ask_for_retention(writer: Writer) -> None:
    """Ask for the removal of superseded versions once a business date, when the installation does not keep them all."""
    if settings().retention_days <= 0:
        return
    known = standings(writer.session, RETENTION_KEY)
    newest = _newest_night(now())
    if due := missed_dates(business_calendar(writer.session), known, None, newest):
        request_run(writer, RETENTION_KEY, due)


def _newest_night(instant: dt.datetime) -> dt.date:
    return last_due(instant, dt.time.fromisoformat(settings().nightly_at), ZoneInfo(settings().timezone))


def beat(session: Session, process: str) -> None:
    """Leave a sign of life in the database, for people and for `basis doctor`."""
    session.execute(BEAT, {"process": process, "detail": f"process {os.getpid()}"})


class Watchdog:
    """Ends the process when a part of it has been silent for too long."""

    def __init__(self, on_silence: Callable[[str], None], limit_seconds: float = SILENCE_SECONDS) -> None:
        self._on_silence, self._limit = on_silence, limit_seconds
        self._heard: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def hear(self, part: str) -> None:
        """A sign of life of a part; from the first one on it must go on giving them."""
        self._heard[part] = time.monotonic()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(self._limit / 12):
            for part, heard in list(self._heard.items()):
                if time.monotonic() - heard > self._limit:
                    self._on_silence(part)


def end_process(part: str) -> None:
    """What a watchdog does in earnest."""
    log.critical(
        "The %s gave no sign of life for %s s: this process ends and wants to be started again.", part, SILENCE_SECONDS
    )
    logging.shutdown()
    os._exit(SILENT)


def start_scheduler(watchdog: Watchdog, tick_seconds: float = TICK_SECONDS) -> BackgroundScheduler:
    """Tick now and then every 15 s, in UTC: clock changes of the bank's zone cannot skip or double a tick."""

    def tick_and_tell() -> None:
        tick()
        watchdog.hear("scheduler")

    watchdog.hear("scheduler")
    scheduler = BackgroundScheduler(timezone=dt.UTC)
    scheduler.add_job(
        tick_and_tell, "interval", seconds=tick_seconds, next_run_time=now(),
        misfire_grace_time=None, coalesce=True, max_instances=1,
    )  # fmt: skip
    scheduler.start()
    return scheduler


BEAT = text(
    "insert into heartbeat (process, beat_at, detail) values (:process, now(), :detail) "
    "on conflict (process) do update set beat_at = now(), detail = excluded.detail"
)
INTRADAY = text("""
with settled as (select max(settled_at) as at from policy_event),
asked as (select max(requested_at) as at, bool_or(status in ('requested', 'running')) as under_way from run where job = :job)
select coalesce(asked.under_way, false) as under_way,
       exists (select from policy_event where outcome is null and (shown_at is null or shown_at < settled.at)) as unshown,
       exists (select from published where dataset = 'premium' and business_date >= current_date - :recent_days
               and published_at > coalesce(asked.at, '-infinity')) as delivered,
       asked.at is null or asked.at < settled.at or asked.at < now() - make_interval(mins => :minutes) as rested
from settled, asked
""")
