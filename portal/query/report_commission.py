"""Reports over an insurer's statements: what months pay, by institution, agent, line, rank, rulebook and month.

A line that a new rule pays is a row and a figure of them as soon as a month was computed with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import pyarrow as pa
from flask_babel import gettext as _
from sqlalchemy import select

from portal.models.commission import CommissionMonth, MonthState
from portal.query.day_words import month_words
from portal.query.names import person_name
from portal.query.outside import agent_within
from portal.query.pins import NotPublished
from portal.query.places import Places
from portal.query.ranks import titles_of
from portal.query.reader import Reader
from portal.query.report import Dimension, Measure, Period, Report, ReportError, View
from portal.query.report_line_names import book_names, line_measures, names_of_rows, paid_lines
from portal.query.report_line_rows import SEAT, line_rows, line_trend, months_in, published_in, seats_and_above
from portal.query.report_view import day_written, number_of
from portal.query.statement import DATASET, last_of, month_of, months_of


@dataclass(frozen=True, kw_only=True)
class CommissionReport(Report):
    """Measures by dimensions over the lines of statements. Its days are the ends of commission months."""

    deepest: ClassVar[str] = "agent"
    monthly: ClassVar[bool] = True
    innermost: ClassVar[tuple[str, ...]] = ("agent", "place")
    steps: ClassVar[tuple[str, ...]] = ("agent",)
    filters: ClassVar[tuple[str, ...]] = ("rulebook", "rank", "line")
    place_column: ClassVar[str] = SEAT

    def published(self, reader: Reader) -> bool:
        return bool(months_of(reader))

    def offered(self, reader: Reader) -> Sequence[Measure]:
        return line_measures(reader)

    def day(self, reader: Reader, text: str) -> dt.date:
        months = months_of(reader)
        if not months:
            raise NotPublished(_("No commission month was computed yet: run one under Commission months."))
        if not text:
            return last_of(months[0])
        month = month_of(text) or day_written(text).replace(day=1)
        if month not in months:
            words = [month_words(one, reader.actor.language) for one in (month, months[-1], months[0])]
            raise ReportError(
                _("There are no statements of %(month)s. There are some from %(first)s to %(last)s.",
                  month=words[0], first=words[1], last=words[2])
            )  # fmt: skip
        return last_of(month)

    def days(self, reader: Reader, view: View) -> list[dt.date]:
        compared = months_in(reader, view.on(view.compare)) if view.compare else []
        return sorted({*compared, *months_in(reader, view)})

    def peopled(self, reader: Reader, view: View) -> frozenset[int] | None:
        return seats_and_above(reader, view)

    def narrowed(
        self, reader: Reader, address: Mapping[str, str], at: dt.date
    ) -> tuple[dict[str, Any], dict[str, str]]:
        found: dict[str, Any] = {"agent": number_of(reader, "agent", address.get("agent", ""))}
        names: dict[str, str] = {}
        if (agent := found["agent"]) is not None:
            agent_within(reader, agent)
            names["agent"] = person_name(reader, agent)
        found |= {key: text for key in self.filters if (text := address.get(key, ""))}
        for key in self.filters:
            if key not in found:
                continue
            titles = _titles(reader, key, at)
            if found[key] not in titles:
                raise ReportError(_("%(report)s has nothing called “%(key)s”.", report=self.title, key=found[key][:40]))
            names[key] = titles[found[key]]
        return found, names

    def below_levels(self, view: View, below: bool) -> str:
        return "agent" if view.agent is None and below else "line"

    def drilled(self, tree: Places, view: View, dimension: str, key: Any) -> dict[str, str]:
        if dimension == "agent":
            return {"agent": str(key), "by": "line"}
        if dimension == "line" and view.agent is not None:
            return {"line": str(key), "by": "month"}
        if dimension == "month":
            return {"at": key, "compare": "", "period": "", "by": ""}
        if dimension == "rank":
            book, _slash, code = str(key).partition("/")
            return {"rulebook": book, "rank": code, "by": ""} if code else {"rulebook": book, "by": "agent"}
        return {dimension: str(key), "by": ""}

    def grouped(self, reader: Reader, view: View, dimension: Dimension, measures: Sequence[Measure]) -> pa.Table:
        return line_rows(reader, view, dimension, measures)

    def names(
        self, reader: Reader, dimension: Dimension, view: View, keys: Iterable[Any]
    ) -> Mapping[Any, tuple[str, str]]:
        return names_of_rows(reader, dimension, view, keys)

    def trend(self, reader: Reader, view: View, measure: Measure) -> list[tuple[dt.date, Decimal | int]]:
        return line_trend(reader, view, measure)

    def dataset(self, view: View, dimension: Dimension) -> str:
        return DATASET

    def measure_notes(self, reader: Reader, measure: Measure, view: View) -> list[str]:
        """Which months are not closed yet, and which of a period there are no statements of."""
        days = self.days(reader, view)
        told = [_missing(reader, view.period, day) for day in (view.at, view.compare) if day]
        return [sentence for sentence in (not_closed(reader, days), *dict.fromkeys(told)) if sentence]

    def since(self, reader: Reader, view: View) -> str:
        first = months_in(reader, view)[0]
        if first <= last_of(view.period.first_day(view.at)):
            return ""
        return str(_("from %(month)s on", month=month_words(first, reader.actor.language)))


def _titles(reader: Reader, key: str, at: dt.date) -> dict[str, str]:
    """What a view may be narrowed to, by code: the names of rulebooks, ranks or lines."""
    if key == "line":
        return {one.name: one.title for one in paid_lines(reader, at)}
    if key == "rulebook":
        return {code: name for code, (_code, name) in book_names(reader).items()}
    return titles_of(reader, "rank", at)


def not_closed(reader: Reader, days: Sequence[dt.date]) -> str:
    """The sentence that names the months whose figures may still change; empty where all are closed."""
    months = [day.replace(day=1) for day in days]
    state = CommissionMonth.state.in_((MonthState.OPEN, MonthState.FROZEN))
    found = reader.session.scalars(
        select(CommissionMonth.month).where(CommissionMonth.month.in_(months), state).distinct()
    ).all()
    if not found:
        return ""
    named = ", ".join(month_words(month, reader.actor.language) for month in sorted(found))
    return str(_("Not closed yet, so figures may still change: %(months)s.", months=named))


def _missing(reader: Reader, period: Period, at: dt.date) -> str:
    """The sentence that a period begins before the first statements; empty when it does not."""
    first = published_in(reader, period, at)[0]
    if first <= last_of(period.first_day(at)):
        return ""
    language = reader.actor.language
    return str(_("Statements begin with %(month)s: the months before it, since %(since)s, are in no sum.",
                 month=month_words(first, language), since=month_words(period.first_day(at), language)))  # fmt: skip
