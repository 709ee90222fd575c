"""Step `publish`: bring the staged files into the lake, check them, and move every pointer in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from calc import Engine
from calc.unfold import unfolded
from jobs.inputs import open_engine
from jobs.job import Chunk, Refused, StepResult
from jobs.leader import fence
from jobs.records import run_ids
from portal.database import database
from portal.lake import lake
from portal.models.runs import Problem, Published
from portal.permissions import NIGHTLY
from portal.query.pins import published_dates
from portal.sentence import Sentence

SPARSE = {"foreign_day", "set_aside_row"}  # most days have no rows in them
UNDATED = (
    "account",
    "customer",
    "ftp_rate",
)  # lists as of the chunk's last day; published again only when they changed


@dataclass(frozen=True, slots=True)
class Content:
    """What a staged file holds of one business date."""

    rows: int
    hash: str


def publish(
    chunk: Chunk,
    datasets: dict[str, str],
    problems_of: Callable[[Engine, Chunk], Sequence[Sentence | str]] | None = None,
    counted: str = "credit_day",
    along: Callable[[Session, Chunk], None] | None = None,
) -> StepResult:
    """Publish `datasets` (name to the step that left it) for all dates of the chunk, or nothing at all.

    `problems_of` says what is wrong with the finished tables; the rows of `counted` are those the run tells. `along` is
    written in the transaction that moves the pointers.
    """
    with open_engine(chunk) as engine:
        datasets = _without_never_used(engine, chunk, datasets)
        contents = {
            name: _contents(engine, chunk, name, chunk.folder / step / f"{name}.parquet")
            for name, step in datasets.items()
        }
        problems = (problems_of or _problems)(engine, chunk)
    if problems:
        raise Refused(problems[0])
    files = {
        name: _place(chunk, name, chunk.folder / step / f"{name}.parquet", contents[name])
        for name, step in datasets.items()
    }
    with database().transaction(NIGHTLY) as session:
        _move_pointers(session, chunk, files, contents, along)
    rows = sum(content.rows for content in contents[counted].values())
    return StepResult(
        rows_in=rows,
        rows_out=rows,
        message=Sentence("%(dates)s dates, %(datasets)s datasets", dates=len(chunk.dates), datasets=len(datasets)),
    )


def _without_never_used(engine: Engine, chunk: Chunk, datasets: dict[str, str]) -> dict[str, str]:
    """The datasets without a sparse one that has no rows and never had any for these dates: it costs no pointer."""
    kept = dict(datasets)
    for name in SPARSE & datasets.keys():
        engine.give_files(name, [chunk.folder / datasets[name] / f"{name}.parquet"])
        with database().transaction(NIGHTLY) as session:
            if not engine.rows(name) and not published_dates(session, name, chunk.dates):
                del kept[name]
    return kept


def _contents(engine: Engine, chunk: Chunk, name: str, file: Path) -> dict[dt.date, Content]:
    """Rows and a hash of the sorted content by date; run ids and times are not part of it."""
    if name == "credit_day":
        engine.give_files("credit_line", [file])
        engine.connection.execute(f"create or replace view credit_day as from {unfolded('credit_line', chunk.dates)}")
    else:
        engine.give_files(name, [file])
    by = "null::date" if name in UNDATED else "business_date"
    found = {
        day: Content(rows, f"{rows}-{total:x}")
        for day, rows, total in engine.connection.execute(
            f'select {by}, count(*), sum(hash(t)::hugeint) from "{name}" as t group by all'
        ).fetchall()
    }
    nothing = Content(0, "0-0")
    return {day: found.get(None if name in UNDATED else day, nothing) for day in chunk.dates}


def days_not_asked(engine: Engine, chunk: Chunk, datasets: Iterable[str]) -> list[Sentence]:
    """Business dates that were computed and are none of the chunk's."""
    extra = set()
    for name in datasets:
        days = engine.connection.execute(f'select distinct business_date from "{name}"').fetchall()
        extra |= {row[0] for row in days} - set(chunk.dates)
    return [Sentence("%(day)s was computed but not asked for.", day=min(extra))] if extra else []


def _problems(engine: Engine, chunk: Chunk) -> list[Sentence]:
    """What is wrong with the finished tables; an empty list lets them be published."""
    found = engine.connection.execute(
        """
        with credited as (
            select business_date, sum(balance) as total from credit_day where role = 'marketer' group by all),
        managed as (
            select business_date, sum(balance) as total from manager_day where role = 'marketer' group by all)
        select business_date, credited.total, managed.total
        from credited full join managed using (business_date)
        where credited.total is distinct from managed.total order by all
        """
    ).fetchall()
    said = [
        Sentence(
            "On %(day)s the managers sum to %(managed)s and their credits to %(credited)s.",
            day=day,
            managed=str(managed),
            credited=str(credited),
        )
        for day, credited, managed in found
    ]
    return said + days_not_asked(engine, chunk, ["credit_day"])


def _place(chunk: Chunk, name: str, file: Path, contents: dict[dt.date, Content]) -> list[str]:
    """The files a pointer will name; a list that did not change keeps the files it has."""
    if name in UNDATED:
        with database().transaction(NIGHTLY) as session:
            last = session.scalars(
                select(Published)
                .where(Published.dataset == name)
                .order_by(Published.published_at.desc(), Published.business_date.desc())
                .limit(1)
            ).first()
        if last is not None and last.content_hash == contents[chunk.last_date].hash:
            return list(last.files)
    safe = chunk.id.replace(":", "_")
    return [lake().put(name, file, f"{safe}.parquet", chunk.id)]


def _move_pointers(
    session: Session, chunk: Chunk, files: dict[str, list[str]], contents: dict[str, dict[dt.date, Content]],
    along: Callable[[Session, Chunk], None] | None,
) -> None:  # fmt: skip
    fence(session)
    runs = run_ids(session, chunk)
    missing = [day for day in chunk.dates if day not in runs]
    if missing:
        raise Refused(
            Sentence("%(job)s of %(day)s was never requested; its figures would belong to no run.",
                     job=chunk.job, day=missing[0])
        )  # fmt: skip
    if session.scalar(select(func.count()).select_from(Published).where(Published.run_id.in_(runs.values()))):
        return  # killed right after the commit, before the reply: everything is done
    if along is not None:
        along(session, chunk)
    flagged = set(session.scalars(select(Problem.business_date).where(Problem.chunk == chunk.id).distinct()))
    versions = {
        (dataset, day): version
        for dataset, day, version in session.execute(
            select(Published.dataset, Published.business_date, func.max(Published.version))
            .where(Published.business_date.in_(chunk.dates))
            .group_by(Published.dataset, Published.business_date)
        )
    }
    session.execute(
        insert(Published),
        [
            {
                "dataset": name, "business_date": day, "version": versions.get((name, day), 0) + 1, "run_id": runs[day],
                "files": files[name], "row_count": content.rows, "content_hash": content.hash, "flagged": day in flagged,
            }
            for name, by_day in contents.items()
            for day, content in by_day.items()
        ],
    )  # fmt: skip
