"""The bank's business calendar: which dates a nightly run exists for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.organisation import BusinessDay

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Dates a calendar closes; every other date is open, because banks end every calendar day."""

    closed: frozenset[dt.date] = frozenset()

    def is_open(self, day: dt.date) -> bool:
        return day not in self.closed

    def next_open(self, day: dt.date) -> dt.date:
        """The first open date after a day."""
        following = day + ONE_DAY
        while not self.is_open(following):
            following += ONE_DAY
        return following

    def closed_before(self, day: dt.date, first: dt.date) -> list[dt.date]:
        """The closed dates directly before a day, from `first` on, oldest first: they are computed along with it."""
        before = day - ONE_DAY
        while before >= first and not self.is_open(before):
            before -= ONE_DAY
        return [before + number * ONE_DAY for number in range(1, (day - before).days)]

    def delivered_on(self, day: dt.date) -> dt.date:
        """The open date whose delivery tells of a day: the day itself, or the next open one after a closed day."""
        return day if self.is_open(day) else self.next_open(day)

    def open_dates(self, first: dt.date, last: dt.date) -> Iterator[dt.date]:
        """The open dates from the first to the last, both included; none when the first is later."""
        for offset in range((last - first).days + 1):
            day = first + dt.timedelta(days=offset)
            if self.is_open(day):
                yield day


EVERY_DAY = BusinessCalendar()  # nothing is closed


def business_calendar(session: Session, calendar: str = "bank") -> BusinessCalendar:
    """The calendar as it is kept now."""
    closed = select(BusinessDay.business_date).where(BusinessDay.calendar == calendar, ~BusinessDay.is_open)
    return BusinessCalendar(frozenset(session.scalars(closed)))
