"""How fresh the figures are: the newest business date, when it was published, and whether it can be trusted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.models.runs import Published, Run, RunStatus
from portal.permissions import Permission
from portal.query.pins import flag_stands
from portal.query.reader import Reader
from portal.query.run_order import NIGHTLY_KEY, POLICIES_KEY
from portal.settings import settings

Freshly = Literal["good", "warn", "stale", "bad"]


@dataclass(frozen=True, slots=True)
class Freshness:
    """`state`: good; warn when the date is flagged; stale when a change in the past is not in its figures yet; bad when a
    later date was refused or failed."""

    business_date: dt.date
    published_at: dt.datetime  # in the installation's zone
    state: Freshly


BANK, INSURER = ("manager_day", NIGHTLY_KEY), ("premium", POLICIES_KEY)  # what is published last, and by which job
OF_THE_BANK = (Permission.WORKBENCH_VIEW, Permission.INSTITUTION_HOME_VIEW, Permission.REPORT_VIEW)


def freshness_for(reader: Reader) -> Freshness | None:
    """How fresh the figures are that the actor works with: the bank's, or the insurer's for who sees none of those."""
    sees_bank = any(map(reader.actor.may, OF_THE_BANK))
    for house in (BANK, INSURER) if sees_bank else (INSURER, BANK):
        found = freshness(reader, *house)
        if found is not None:
            return found
    return None


def freshness(reader: Reader, dataset: str, job: str = NIGHTLY_KEY) -> Freshness | None:
    """The newest published date of a dataset that a job publishes; None before the first."""
    return reader.memory.once(("freshness", dataset), lambda: _freshness(reader, dataset, job))


def _freshness(reader: Reader, dataset: str, job: str) -> Freshness | None:
    found = reader.session.execute(
        select(Published, flag_stands())
        .where(Published.dataset == dataset)
        .order_by(Published.business_date.desc(), Published.version.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    newest, flagged = found
    stopped = reader.session.scalar(
        select(Run.id)
        .where(
            Run.job == job,
            Run.business_date > newest.business_date,
            Run.status.in_([RunStatus.REFUSED, RunStatus.FAILED]),
        )
        .limit(1)
    )
    published_at = newest.published_at.astimezone(ZoneInfo(settings().timezone))
    state: Freshly = "bad" if stopped else "warn" if flagged else "good"
    if (
        job == NIGHTLY_KEY
        and state == "good"
        and reader.stale_from is not None
        and reader.stale_from <= newest.business_date
    ):
        state = "stale"
    return Freshness(newest.business_date, published_at, state)
