"""Reading runs: by date, by what was computed together, with steps and problems. Instants are by the bank's clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask_babel import gettext
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from calc import steps
from portal.models.runs import RunStatus
from portal.permissions import Permission
from portal.query.calendar import ONE_DAY, business_calendar
from portal.query.reader import Reader
from portal.query.run_order import MONTHLY_JOBS, Wall, standings, wall
from portal.query.statement_lines import last_of
from portal.sentence import told
from portal.settings import settings

ALIVE_SECONDS = 60  # a jobs process that gave no sign of life for so long is gone
MONTH = dt.timedelta(days=31)
UNFINISHED = (RunStatus.REQUESTED, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far some runs have come; `steps` counts those finished in the chunk under way."""

    total: int
    counts: dict[str, int]
    next_date: dt.date | None  # the oldest date that has not ended
    step: str = ""
    steps: int = 0

    @property
    def running(self) -> int:
        return self.counts.get(RunStatus.RUNNING, 0)

    @property
    def done(self) -> int:
        """Runs that have come to an end, whichever."""
        return self.total - self.running - self.counts.get(RunStatus.REQUESTED, 0)

    @property
    def finished(self) -> bool:
        return self.done == self.total


@dataclass(frozen=True, slots=True)
class Recalculation:
    """A change in the past: published figures from a day on are to be computed anew, as soon as nothing more is changed."""

    first_day: dt.date
    reason: str
    requested_by: str


@dataclass(frozen=True, slots=True)
class Overview:
    """How a job is doing. `recent_seconds` are those of the last thirty published batches, oldest first."""

    last_date: dt.date | None
    published_at: dt.datetime | None
    open_problems: int
    recent_seconds: tuple[float, ...]
    median_seconds: float | None
    under_way: Progress
    waits_for: Wall | None
    alive: bool  # a jobs process gave a sign of life within the last minute
    recalculation: Recalculation | None = None  # what was changed in the past and is not a run yet

    @property
    def moving(self) -> bool:
        """Whether something runs or is about to."""
        return self.under_way.running > 0 or (not self.under_way.finished and self.waits_for is None)


@dataclass(frozen=True, slots=True)
class RunDay:
    """The newest attempt of a business date."""

    run_id: int
    business_date: dt.date
    attempt: int
    status: RunStatus
    open_problems: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Runs that are computed together, or that wait together."""

    run_id: int  # of the first date
    job: str
    chunk: str  # empty while they wait
    first_date: dt.date
    last_date: dt.date
    runs: int
    attempt: int
    status: str
    requested_by: str
    requested_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    seconds: float
    reason: str
    message: str  # the sentence of a refusal or a failure
    open_problems: int
    from_step: str


@dataclass(frozen=True, slots=True)
class StepRun:
    """One step of a batch. While it runs, `seconds` is the time so far."""

    chunk: str
    step: str
    status: Literal["running", "done", "refused", "failed", "reused"]
    started_at: dt.datetime
    seconds: float
    rows_in: int
    rows_out: int
    rows_held: int
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem a check found, with the bad row; `alike` are of its rule in the batch, `open` of them are."""

    id: int
    business_date: dt.date
    rule: str
    severity: Literal["error", "quarantine", "warning"]
    dataset: str
    message: str
    row: dict[str, Any]
    acknowledged_by: str
    acknowledged_reason: str
    alike: int
    open: int


def progress_of(session: Session, run_ids: Sequence[int]) -> Progress:
    """How far these runs have come, and the step under way among them."""
    ids = {"ids": list(run_ids)}
    rows = session.execute(COUNTS, ids).all()
    step = session.execute(STEP_UNDER_WAY, ids).first()
    unfinished = [row.first for row in rows if row.status in UNFINISHED]
    return Progress(
        total=sum(row.runs for row in rows),
        counts={row.status: row.runs for row in rows},
        next_date=min(unfinished, default=None),
        step=step.step if step else "",
        steps=step.finished if step else 0,
    )


def overview(reader: Reader, job: str) -> Overview:
    """How a job is doing now."""
    reader.allow(Permission.JOB_VIEW)
    session = reader.session
    newest = session.execute(NEWEST, {"job": job}).first()
    recent = [float(row.seconds) for row in session.execute(RECENT_SECONDS, {"job": job})]
    unfinished = list(session.scalars(UNFINISHED_RUNS, {"job": job}))
    return Overview(
        last_date=newest.business_date if newest else None,
        published_at=local(newest.finished_at) if newest else None,
        open_problems=session.scalar(OPEN_PROBLEMS, {"job": job}) or 0,
        recent_seconds=tuple(reversed(recent)),
        median_seconds=sorted(recent)[len(recent) // 2] if recent else None,
        under_way=progress_of(session, unfinished),
        waits_for=wall(session, job),
        alive=bool(session.scalar(ALIVE, {"seconds": ALIVE_SECONDS})),
        recalculation=_recalculation(session, job),
    )


def _recalculation(session: Session, job: str) -> Recalculation | None:
    row = session.execute(RECALCULATION, {"job": job}).first()
    return None if row is None else Recalculation(**row._mapping)


def run_days(reader: Reader, job: str, first: dt.date, last: dt.date) -> dict[dt.date, RunDay]:
    """The newest attempt of each business date in a range."""
    reader.allow(Permission.JOB_VIEW)
    rows = reader.session.execute(DAYS, {"job": job, "first": first, "last": last})
    return {
        row.business_date: RunDay(row.id, row.business_date, row.attempt, RunStatus(row.status), row.open_problems)
        for row in rows
    }


def next_date(reader: Reader, job: str) -> dt.date | None:
    """The first open date after all that have a run; None before the first run."""
    reader.allow(Permission.JOB_VIEW)
    known = [
        day for day in standings(reader.session, job) if day <= today() + MONTH
    ]  # one far ahead may have been cancelled
    if known and job in MONTHLY_JOBS:
        return last_of(max(known) + ONE_DAY)
    return business_calendar(reader.session).next_open(max(known)) if known else None


def days_of(session: Session, job: str, first: dt.date, last: dt.date) -> list[dt.date]:
    """The business dates of a job in a range: of a monthly one the last days of the months it touches."""
    if job not in MONTHLY_JOBS:
        return list(business_calendar(session).open_dates(first, last))
    days = [last_of(first)]
    while days[-1] < last:
        days.append(last_of(days[-1] + ONE_DAY))
    return days


def batches(reader: Reader, job: str, status: str = "", limit: int = 20) -> tuple[list[Batch], int]:
    """What was computed together, newest first, perhaps of one status only; and how many there are."""
    reader.allow(Permission.JOB_VIEW)
    rows = reader.session.execute(BATCHES, {"job": job, "status": status, "limit": limit, "run": None}).all()
    return [_batch(row) for row in rows], rows[0].total if rows else 0


def batch_of(reader: Reader, run_id: int) -> Batch | None:
    """The batch a run belongs to."""
    reader.allow(Permission.JOB_VIEW)
    row = reader.session.execute(BATCHES, {"job": None, "status": "", "limit": 1, "run": run_id}).first()
    return None if row is None else _batch(row)


def steps_of(reader: Reader, chunks: Sequence[str]) -> list[StepRun]:
    """The steps of some chunks, in the order they began."""
    reader.allow(Permission.JOB_VIEW)
    rows = reader.session.execute(STEPS, {"chunks": list(chunks)})
    return [StepRun(**_values(row)) for row in rows]


def findings(reader: Reader, chunk: str, rows_per_rule: int = 8) -> list[Finding]:
    """What checks found in a chunk: severe rules first, open problems first, some of each rule."""
    reader.allow(Permission.JOB_VIEW)
    rows = reader.session.execute(FINDINGS, {"chunk": chunk, "limit": rows_per_rule})
    return [Finding(**{**row._mapping, "message": said_of(row)}) for row in rows]


CONTROL_RULE, RULES_OF_MONTH = "control totals", "rulebook"  # what a commission run holds a month to
SAYS = "says"  # where a problem of no check keeps its own sentence


def said_of(problem: Row[Any]) -> str:
    """What a check says of a row, in the reader's language; as it was kept when the check has changed since."""
    check = steps().get(problem.rule)
    return told([check.notes.get("says"), problem.row] if check else problem.row.get(SAYS), problem.message)


def check_words(rule: str) -> tuple[str, str]:
    """What a check looks for and what it demands, in the reader's language."""
    check = steps().get(rule)
    if check is None:
        return _of_month(rule), ""
    return gettext(check.title), gettext(check.notes.get("rule", ""))


def _of_month(rule: str) -> str:
    """What a commission run looked for: values of an element of the rules, or premiums that come to the core's totals."""
    section, _colon, element = rule.partition(": ")
    if section == RULES_OF_MONTH and element:
        return str(gettext("Rules of the month: %(element)s", element=element))
    return str(gettext("Premiums to the core's control totals")) if rule == CONTROL_RULE else rule


def today() -> dt.date:
    """The date by the bank's clock."""
    return dt.datetime.now(ZoneInfo(settings().timezone)).date()


def local(instant: dt.datetime) -> dt.datetime:
    """An instant by the bank's clock."""
    return instant.astimezone(ZoneInfo(settings().timezone))


def _batch(row: Row[Any]) -> Batch:
    values = _values(row)
    del values["total"]
    return Batch(**values)


def _values(row: Row[Any]) -> dict[str, Any]:
    """The columns of a row, instants by the bank's clock, what it says in the reader's language."""
    values = {name: local(value) if isinstance(value, dt.datetime) else value for name, value in row._mapping.items()}
    if "sentence" in values:
        values["message"] = told(values.pop("sentence"), str(values["message"]))
    return values


COUNTS = text("""
select status, count(*) as runs, min(business_date) as first from run where id = any (:ids) group by status
""")
STEP_UNDER_WAY = text("""
select step, (
    select count(*) from run_step earlier where earlier.chunk = run_step.chunk and earlier.id < run_step.id
) as finished
from run_step
where status = 'running' and chunk in (select chunk from run where id = any (:ids) and status = 'running')
order by started_at desc limit 1
""")
NEWEST = text("""
select business_date, finished_at from run where job = :job and status = 'published'
order by business_date desc, attempt desc limit 1
""")
RECENT_SECONDS = text("""
select sum(run_step.seconds) as seconds, max(run.finished_at) as finished_at
from run_step join (
    select chunk, max(finished_at) as finished_at from run where job = :job and status = 'published' and chunk <> ''
    group by chunk order by finished_at desc limit 30
) as run using (chunk)
group by chunk order by finished_at desc
""")
RECALCULATION = text("select first_day, reason, requested_by from recalculation where taken_at is null and job = :job")
UNFINISHED_RUNS = text("select id from run where job = :job and status in ('requested', 'running')")
OPEN_PROBLEMS = text("""
select count(*) from problem
where acknowledged_at is null and chunk in (select chunk from run where job = :job and chunk <> '')
""")
ALIVE = text("""
select beat_at > now() - make_interval(secs => :seconds) from heartbeat where process = 'jobs'
""")
DAYS = text("""
select distinct on (business_date) id, business_date, attempt, status, (
    select count(*) from problem
    where problem.chunk = run.chunk and problem.business_date = run.business_date and acknowledged_at is null
) as open_problems
from run where job = :job and business_date between :first and :last
order by business_date, attempt desc
""")
BATCHES = text("""
with wanted as (
    select *, case when chunk = '' then status || attempt else chunk end as batch
    from run
    where job = coalesce(:job, (select job from run where id = :run)) and (:status = '' or status = :status)
), batch as (
    select (array_agg(id order by business_date))[1] as run_id, job, chunk, min(business_date) as first_date,
           max(business_date) as last_date, count(*) as runs, attempt, status, min(requested_by) as requested_by,
           min(requested_at) as requested_at, min(started_at) as started_at, max(finished_at) as finished_at,
           (array_agg(reason order by business_date))[1] as reason, min(from_step) as from_step,
           bool_or(id = :run) as asked
    from wanted group by job, batch, chunk, attempt, status
), chosen as (
    select *, count(*) over () as total from batch where cast(:run as bigint) is null or asked
    order by coalesce(started_at, requested_at) desc, first_date desc limit :limit
)
select run_id, job, chunk, first_date, last_date, runs, attempt, status, requested_by, requested_at, started_at,
       finished_at, cast(coalesce(steps.seconds, 0) as float8) as seconds, reason,
       coalesce(steps.message, '') as message, steps.sentence,
       (select count(*) from problem where problem.chunk = chosen.chunk and acknowledged_at is null) as open_problems,
       from_step, total
from chosen left join lateral (
    select sum(case when run_step.status = 'running' then extract(epoch from now() - run_step.started_at)
                    else run_step.seconds end) as seconds,
           (array_agg(message order by id) filter (where run_step.status in ('refused', 'failed')))[1] as message,
           (array_agg(sentence order by id) filter (where run_step.status in ('refused', 'failed')))[1] as sentence
    from run_step where run_step.chunk = chosen.chunk
) as steps on true
order by coalesce(started_at, requested_at) desc, first_date desc
""")
STEPS = text("""
select chunk, step, status, started_at,
       case when status = 'running' then cast(extract(epoch from now() - started_at) as float8)
            else seconds end as seconds,
       rows_in, rows_out, rows_held, message, sentence
from run_step where chunk = any (:chunks) order by chunk, id
""")
FINDINGS = text("""
with numbered as (
    select *, count(*) over (partition by rule) as alike,
           count(*) filter (where acknowledged_at is null) over (partition by rule) as open,
           row_number() over (partition by rule order by acknowledged_at is not null, id) as place
    from problem where chunk = :chunk
)
select id, business_date, rule, severity, dataset, message, row, acknowledged_by, acknowledged_reason, alike, open
from numbered where place <= :limit
order by array_position(array['error', 'quarantine', 'warning'], severity), rule, place
""")
