"""From an address to a View: what does not fit becomes a sentence, and what lies outside the scope is not there."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from portal.access.identity import day_begins
from portal.query.outside import institution_within, refuse, roots_within
from portal.query.pins import NotPublished
from portal.query.places import Place, Places
from portal.query.reader import Reader
from portal.query.record import is_number
from portal.query.report import Period, Report, ReportError, View, place_name

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Asked:
    """A view, and the names of what its address narrows it to."""

    view: View
    tree: Places
    roots: list[Place]  # the uppermost institutions the actor may see
    names: dict[str, str]  # of what else the view is narrowed to: place, manager, customer, account, product
    peopled: frozenset[int] | None = (
        None  # the institutions with facts and those above them; None where any may have some
    )
    instead_of: str = ""  # the level its address asked for, where nothing of it stands below what the view is about

    @property
    def place(self) -> Place | None:
        """The institution the view is about; None when the actor sees several side by side, or none at all."""
        found = self.tree.get(self.view.institution)
        return found or (self.roots[0] if len(self.roots) == 1 and self.view.institution is None else None)

    @property
    def levels(self) -> list[str]:
        """The levels one may read by: those below the view's institution, or those the actor sees anything of."""
        return list(self._reached)

    @property
    def next_level(self) -> str:
        """The level one reads by unless one says so: the first below; where facts sit in one branch of the tree only, the first
        with several places. Empty when there is none."""
        several = (level for level, places in self._reached.items() if self.peopled is None or places > 1)
        return next(several, next(iter(self._reached), ""))

    @cached_property
    def _reached(self) -> dict[str, int]:
        """How many places there are on each level one may read by, from the top down."""
        view, tree = self.view, self.tree
        if view.place is not None:
            return {}
        start = [view.institution] if view.institution is not None else [place.id for place in self.roots]
        reached = {one for root in start for one in tree.below(root)}
        if self.peopled is not None:
            reached &= self.peopled
        if len(start) == 1:
            reached -= set(start)
        places = sorted((tree.by_id[one] for one in reached if one in tree.by_id), key=lambda place: place.depth)
        return Counter(place.level for place in places)

    @property
    def crumbs(self) -> list[Place]:
        """The way from the uppermost institution the actor may see down to the view's."""
        if self.view.institution is None:
            return []
        way = self.tree.above(self.view.institution)
        tops = {place.id for place in self.roots}
        first = next((number for number, place in enumerate(way) if place.id in tops), len(way) - 1)
        return way[first:]


def view_of(reader: Reader, report: Report, address: Mapping[str, str]) -> Asked:
    """Read a view from an address.

    Raises:
        ReportError: something in the address does not fit; the message says what and what would.
        OutOfScope: it names what the actor may not see.
        NotPublished: nothing is published at all.
    """
    at = report.day(reader, address.get("at", ""))
    compare = report.day(reader, address["compare"]) if address.get("compare") else None
    tree = reader.places(at)
    roots = roots_within(reader, tree)
    fields, names = _place(reader, address, at)
    narrowed, more = report.narrowed(reader, address, at)
    words, offered = _words(address.get("measure", "")), report.offered(reader)
    view = View(
        at=at, by=address.get("by", ""), compare=compare, period=_period(address.get("period", "")),
        measures=tuple(report.measure(key, offered).key for key in words), **fields, **narrowed,
    )  # fmt: skip
    if view.by:
        report.dimension(view.by, tree.levels)
    asked = Asked(view, tree, roots, names | more, report.peopled(reader, view))
    above = view.by in tree.levels and view.by not in asked.levels
    if above or not view.by:  # a level above the institution: the address came from a wider view
        return replace(asked, view=replace(view, by=next_dimension(report, asked)), instead_of=view.by if above else "")
    return asked


def exactly(report: Report, asked: Asked) -> View:
    """A view read as its address says, for a file, where nobody would see that it is read otherwise.

    Raises:
        ReportError: nothing of the level it asks for stands below what it is about.
    """
    if asked.instead_of:
        listed = [*asked.levels, *(one.key for one in report.dimensions)]
        raise ReportError(
            _("Below what you ask for there is nothing to read by “%(key)s”; it can be read by %(listed)s.",
              key=asked.instead_of, listed=", ".join(listed))
        )  # fmt: skip
    return asked.view


def day_of(reader: Reader, text: str, otherwise: dt.date) -> dt.date:
    """A published business date. Raises ReportError with the dates there are."""
    if not text:
        return otherwise
    day = day_written(text)
    try:
        reader.pins("manager_day", [day])
    except NotPublished as error:
        raise ReportError(
            _("Nothing is published for %(day)s. There are figures from %(first)s to %(last)s.",
              day=text, first=reader.first, last=reader.newest)
        ) from error  # fmt: skip
    return day


def known_on_of(address: Mapping[str, str]) -> dt.datetime | None:
    """As known on which day: the end of it, in the installation's zone; None for what is known now.

    Raises:
        ReportError: it is no date.
    """
    text = address.get("known_on", "")
    if not text:
        return None
    day = day_written(text)
    if day >= dt.date.max - dt.timedelta(days=1):
        return None
    return day_begins(day + dt.timedelta(days=1))


def next_dimension(report: Report, asked: Asked) -> str:
    """What a view is read by unless its address says so: the next level below, then what the report has below the last."""
    view = asked.view
    if all(getattr(view, key) is None for key in report.innermost) and (level := asked.next_level):
        return level
    return report.below_levels(view, bool(asked.roots) or view.institution is not None)


def drilled(report: Report, tree: Places, view: View, dimension: str, key: Any) -> dict[str, str]:
    """Where a row leads: what its address adds to the view's."""
    if dimension not in tree.levels:
        return report.drilled(tree, view, dimension, key)
    here = tree.get(key)
    if here is None or here.level != dimension:
        return {"place": str(key), "by": report.deepest}
    deeper = view.institution == key or not tree.children.get(key)
    return {"institution": str(key), "by": report.deepest if deeper else ""}


def day_written(text: str) -> dt.date:
    """A date as addresses write it. Raises ReportError."""
    try:
        if not DAY.fullmatch(text):
            raise ValueError(text)
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ReportError(_("“%(text)s” is no date; write it as 2026-11-20.", text=text[:40])) from error


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _period(text: str) -> Period:
    if text and text not in list(Period):
        raise ReportError(_("There is no period “%(text)s”; there are month, quarter and year.", text=text[:40]))
    return Period(text or Period.MONTH)


def number_of(reader: Reader, key: str, text: str) -> int | None:
    """The number an address names something by; None where it names nothing. Raises OutOfScope for what is no number."""
    if not text:
        return None
    if not is_number(text):
        raise refuse(reader, key, text[:40])
    return int(text)


def _place(reader: Reader, address: Mapping[str, str], at: dt.date) -> tuple[dict[str, Any], dict[str, str]]:
    """The institution an address narrows the view to, once it is certain that the actor may see it."""
    fields = {key: number_of(reader, key, address.get(key, "")) for key in ("institution", "place")}
    names = {}
    if (institution := fields["institution"]) is not None:
        institution_within(reader, institution, at)
    if (place := fields["place"]) is not None:
        names["place"] = place_name(institution_within(reader, place, at), "", reader.actor.language)
    return fields, names
