"""Which files hold a dataset of a business date: the pointers, pinned once and then followed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Text,
    and_,
    any_,
    bindparam,
    case,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import Session

from portal.lake import readable
from portal.models.runs import Problem, Published, Run


@dataclass(frozen=True, slots=True)
class Pin:
    """One published version of a dataset of one business date."""

    dataset: str
    business_date: dt.date
    version: int
    run_id: int
    files: tuple[str, ...]
    published_at: dt.datetime
    flagged: bool


@dataclass(frozen=True, slots=True)
class Versions:
    """One version of a dataset on each of some days."""

    version: int
    first: dt.date
    last: dt.date


class NotPublished(LookupError):
    """Nothing is published for what was asked; the message names dataset and date."""


def pin(
    session: Session, datasets: Iterable[str], dates: Iterable[dt.date], known_on: dt.datetime | None = None
) -> dict[tuple[str, dt.date], Pin]:
    """The newest version of each dataset and date, or the newest one published until `known_on` that was not removed."""
    wanted = _NEWEST if known_on is None else _NEWEST_THEN
    asked = {"datasets": list(datasets), "dates": list(dates), "known_on": known_on}
    found = (Pin(*row[:4], tuple(row.files), *row[5:]) for row in session.execute(wanted, asked))
    return {(one.dataset, one.business_date): one for one in found}


def pin_versions(session: Session, dataset: str, wanted: Sequence[Versions]) -> list[Pin]:
    """Versions of a dataset by their numbers, in order of their days; those that were removed are left out."""
    if not wanted:
        return []
    chosen = or_(
        *(
            and_(Published.version == one.version, Published.business_date.between(one.first, one.last))
            for one in wanted
        )
    )
    told = Published.__table__.c
    named = told.dataset, told.business_date, told.version, told.run_id, told.files, told.published_at, told.flagged
    found = select(*named).where(told.dataset == dataset, told.vacuumed_at.is_(None), chosen)
    return [
        Pin(name, day, version, run, tuple(files), when, flagged)
        for name, day, version, run, files, when, flagged in session.execute(found.order_by(told.business_date))
    ]


def flag_stands() -> ColumnElement[bool]:
    """Whether a check of a published version is still open: its flag goes when the last problem was acknowledged."""
    open_problem = exists().where(
        and_(
            Run.id == Published.run_id,
            Problem.chunk == Run.chunk,
            Problem.business_date == Published.business_date,
            Problem.acknowledged_at.is_(None),
        )
    )
    return case((Published.flagged, open_problem), else_=false())


def files_of(pins: Iterable[Pin]) -> list[str]:
    """The files of some pins, each once, in order."""
    return readable(list(dict.fromkeys(file for one in pins for file in one.files)))


def newest_date(session: Session, dataset: str = "manager_day") -> dt.date | None:
    """The last business date published, None before the first."""
    return session.scalar(select(func.max(Published.business_date)).where(Published.dataset == dataset))


def first_date(session: Session, dataset: str = "manager_day") -> dt.date | None:
    """The first business date published, None before the first."""
    return session.scalar(select(func.min(Published.business_date)).where(Published.dataset == dataset))


def published_dates(session: Session, dataset: str, wanted: Sequence[dt.date]) -> list[dt.date]:
    """Those of the wanted dates that are published, in order."""
    found = session.scalars(
        select(Published.business_date)
        .where(Published.dataset == dataset, Published.business_date.in_(list(wanted)))
        .distinct()
    )
    return sorted(found)


# Built once; columns in the order of a Pin.
_NEWEST = (
    select(
        Published.dataset,
        Published.business_date,
        Published.version,
        Published.run_id,
        Published.files,
        Published.published_at,
        flag_stands(),
    )
    .where(
        Published.dataset == any_(bindparam("datasets", type_=ARRAY(Text))),
        Published.business_date == any_(bindparam("dates", type_=ARRAY(Date))),
        Published.vacuumed_at.is_(None),
    )
    .ext(distinct_on(Published.dataset, Published.business_date))
    .order_by(Published.dataset, Published.business_date, Published.version.desc())
)
_NEWEST_THEN = _NEWEST.where(Published.published_at <= bindparam("known_on", type_=DateTime(timezone=True)))
