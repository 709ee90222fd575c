"""Effective-dated rows: half-open dates and no overlap for the same subject."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import FAR_FUTURE


class Dated:
    """Holds from `valid_from` until the day before `valid_to`."""

    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date] = mapped_column(default=FAR_FUTURE, server_default=text(f"'{FAR_FUTURE}'"))


def in_order(table: str) -> CheckConstraint:
    """A period has at least one day."""
    return CheckConstraint("valid_from < valid_to", name="dates_in_order")


def no_overlap(table: str, *subjects: str) -> ExcludeConstraint:
    """At most one row holds for the same subject on a day. Range types alone need no extension."""
    same = [(text(f"int8range({subject}, {subject}, '[]')"), "&&") for subject in subjects]
    return ExcludeConstraint(
        *same, (text("daterange(valid_from, valid_to)"), "&&"), name=f"ex_{table}_no_overlap", using="gist"
    )
