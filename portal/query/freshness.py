"""How fresh the figures are: the newest business date, when it was published, and whether it can be trusted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.models.runs import Published, Run, RunStatus
from portal.query.reader import Reader
from portal.settings import settings


@dataclass(frozen=True, slots=True)
class Freshness:
    """`state`: good; warn when the date is flagged; bad when a later date was refused or failed."""

    business_date: dt.date
    published_at: dt.datetime  # in the installation's zone
    state: Literal["good", "warn", "bad"]


def freshness(reader: Reader, dataset: str = "manager_day") -> Freshness | None:
    """The newest published date of a dataset; None before the first."""
    newest = reader.session.scalar(
        select(Published)
        .where(Published.dataset == dataset)
        .order_by(Published.business_date.desc(), Published.version.desc())
        .limit(1)
    )
    if newest is None:
        return None
    stopped = reader.session.scalar(
        select(Run.id)
        .where(Run.business_date > newest.business_date, Run.status.in_([RunStatus.REFUSED, RunStatus.FAILED]))
        .limit(1)
    )
    published_at = newest.published_at.astimezone(ZoneInfo(settings().timezone))
    state: Literal["good", "warn", "bad"] = "bad" if stopped else "warn" if newest.flagged else "good"
    return Freshness(newest.business_date, published_at, state)
