"""From an address to a View: what does not fit becomes a sentence, and what lies outside the scope is not there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from portal.access.identity import day_begins
from portal.query.outside import institution_within, listed_within, manager_within, refuse, roots_within
from portal.query.pins import NotPublished
from portal.query.places import Place, Places, products
from portal.query.reader import Reader
from portal.query.record import is_number
from portal.query.report import Period, Report, ReportError, View
from portal.query.report_table import place_name

NUMBERS = ("institution", "place", "manager", "customer", "account", "product")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Asked:
    """A view, and the names of what its address narrows it to."""

    view: View
    tree: Places
    roots: list[Place]  # the uppermost institutions the actor may see
    names: dict[str, str]  # of what else the view is narrowed to: place, manager, customer, account, product
    instead_of: str = ""  # the level its address asked for, where nothing of it stands below what the view is about

    @property
    def place(self) -> Place | None:
        """The institution the view is about; None when the actor sees several side by side, or none at all."""
        found = self.tree.get(self.view.institution)
        return found or (self.roots[0] if len(self.roots) == 1 and self.view.institution is None else None)

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
    at = day_of(reader, address.get("at", ""), reader.today)
    compare = day_of(reader, address["compare"], at) if address.get("compare") else None
    tree = reader.places(at)
    roots = roots_within(reader, tree)
    numbers = {key: _number(reader, key, address.get(key, "")) for key in NUMBERS}
    names = _names(reader, report, numbers, at)
    view = View(
        at=at, by=address.get("by", ""), compare=compare, period=_period(address.get("period", "")),
        measures=tuple(report.measure(key).key for key in _words(address.get("measure", ""))), **numbers,
    )  # fmt: skip
    if view.by:
        report.dimension(view.by, tree.levels)
    above = view.by in tree.levels and view.by not in levels_below(tree, view, roots)
    instead_of = view.by if above else ""
    if above or not view.by:  # a level above the institution: the address came from a wider view
        view = replace(view, by=next_dimension(tree, view, roots))
    return Asked(view, tree, roots, names, instead_of)


def exactly(report: Report, asked: Asked) -> View:
    """A view read as its address says, for a file, where nobody would see that it is read otherwise.

    Raises:
        ReportError: nothing of the level it asks for stands below what it is about.
    """
    if asked.instead_of:
        listed = [*levels_below(asked.tree, asked.view, asked.roots), *(one.key for one in report.dimensions)]
        raise ReportError(
            _("Below what you ask for there is nothing to read by “%(key)s”; it can be read by %(listed)s.",
              key=asked.instead_of, listed=", ".join(listed))
        )  # fmt: skip
    return asked.view


def day_of(reader: Reader, text: str, otherwise: dt.date) -> dt.date:
    """A published business date. Raises ReportError with the dates there are."""
    if not text:
        return otherwise
    day = _day(text)
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
    day = _day(text)
    if day >= dt.date.max - dt.timedelta(days=1):
        return None
    return day_begins(day + dt.timedelta(days=1))


def levels_below(tree: Places, view: View, roots: list[Place]) -> list[str]:
    """The levels one may read by: those below the view's institution, or those the actor sees anything of."""
    if view.place is not None:
        return []
    start = [view.institution] if view.institution is not None else [place.id for place in roots]
    reached = {one for root in start for one in tree.below(root)}
    if len(start) == 1:
        reached -= set(start)
    depths = {tree.by_id[one].level: tree.by_id[one].depth for one in reached if one in tree.by_id}
    return sorted(depths, key=lambda level: depths[level])


def next_dimension(tree: Places, view: View, roots: list[Place]) -> str:
    """What a view is read by unless its address says so: the next level below, then manager, customer, account."""
    if view.customer is not None or view.account is not None:
        return "account"
    if view.manager is not None:
        return "customer"
    if view.place is not None:
        return "manager"
    levels = levels_below(tree, view, roots)
    if levels:
        return levels[0]
    return "manager" if view.institution is not None or roots else "customer"


def drilled(tree: Places, view: View, dimension: str, key: int) -> dict[str, str]:
    """Where a row leads: what its address adds to the view's. An account leads to its days."""
    if dimension in tree.levels:
        here = tree.get(key)
        if here is None or here.level != dimension:
            return {"place": str(key), "by": "manager"}
        deeper = view.institution == key or not tree.children.get(key)
        return {"institution": str(key), "by": "manager" if deeper else ""}
    following = {"manager": "customer", "product": "customer", "customer": "account"}.get(dimension, "")
    if dimension == "product" and (view.manager is None and tree.children.get(view.institution)):
        following = ""
    return {dimension: str(key), "by": following}


def _day(text: str) -> dt.date:
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


def _number(reader: Reader, key: str, text: str) -> int | None:
    if not text:
        return None
    if not is_number(text):
        raise refuse(reader, key, text[:40])
    return int(text)


def _names(reader: Reader, report: Report, numbers: Mapping[str, int | None], at: dt.date) -> dict[str, str]:
    """What the address narrows the view to, once it is certain that the actor may see it."""
    names: dict[str, str] = {}
    if (institution := numbers["institution"]) is not None:
        institution_within(reader, institution, at)
    if (place := numbers["place"]) is not None:
        found = institution_within(reader, place, at)
        names["place"] = place_name(found, "", reader.actor.language)
    if (manager := numbers["manager"]) is not None:
        names["manager"] = manager_within(reader, manager, at)
    for key in ("customer", "account"):
        if (number := numbers[key]) is not None:
            names[key] = listed_within(reader, f"{key}_id", number, at)
    if (product_id := numbers["product"]) is not None:
        product = products(reader.session).get(product_id)
        if product is None or product.kind not in report.kinds:
            raise ReportError(_("%(report)s has no such product.", report=report.title))
        names["product"] = product.name_zh if reader.actor.language == "zh" and product.name_zh else product.name
    return names
