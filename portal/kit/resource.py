"""Resources on screen: what declarations are made of, the addresses of their pages, and how values are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _

from portal.kit import numbers
from portal.kit.address import search_of
from portal.models.base import FAR_FUTURE
from portal.query.record import SHOWN, Record, View, is_number
from portal.query.resource import Beside, Field, Reach, Resource, WrongDeclaration
from portal.query.sharing import percent_text

__all__ = ["Beside", "Field", "Reach", "Resource", "WrongDeclaration"]

ROOT = "/admin"
NEW, IMPORT = "new", "import"
OPEN_END = "\N{EN DASH}"


def list_href(resource: Resource, query: Mapping[str, str | None] | None = None) -> str:
    """The list, with what the address says about it."""
    return f"{ROOT}/{resource.key}{search_of(query or {})}"


def record_href(resource: Resource, key: str, on: str = "") -> str:
    """The form of one record, as of a day; `NEW` for one that is to be made."""
    return f"{ROOT}/{resource.key}/{quote(key, safe='')}{search_of({'on': on})}"


def import_href(resource: Resource) -> str:
    """Where a file is brought in."""
    return f"{ROOT}/{resource.key}/{IMPORT}"


def export_href(resource: Resource, kind: str, query: Mapping[str, str | None]) -> str:
    """The list as a file, `xlsx` or `csv`, with the filters of the address."""
    return f"/export/records/{resource.key}.{kind}{search_of(query)}"


def capitalised(text: Any) -> str:
    """The first letter large, the rest as it is."""
    words = str(text)
    return words[:1].upper() + words[1:]


def day_of(text: str | None, otherwise: dt.date) -> dt.date:
    """The day an address names, or another one where it names none."""
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return otherwise


def view_of(resource: Resource, query: Mapping[str, str], today: dt.date) -> View:
    """What an address asks of a list; what it cannot ask is left out."""
    page, sort, shown = query.get("page", ""), query.get("sort", ""), query.get("show", "")
    return View(
        on=day_of(query.get("on"), today),
        search=query.get("q", "")[:100],
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        page=int(page) if is_number(page) else 1,
        shown=shown if shown in SHOWN else SHOWN[0],
        filters={each.name: query[each.name] for each in resource.fields if each.filtered and query.get(each.name)},
    )


def written(each: Field, record: Record, language: str) -> str:
    """A value as a person reads it."""
    value = record.values.get(each.name)
    if each.name in record.labels:
        return record.labels[each.name]
    if value is None:
        return ""
    if each.options:
        return str(dict(each.options).get(value, value))
    if each.kind == "date":
        return numbers.day(value, language)
    if each.kind == "rate":
        return numbers.exchange_rate(value)
    if each.kind in ("ratio", "interest"):
        return percent_text(value).replace(" ", "") if language.startswith("zh") else percent_text(value)
    if each.kind == "term":
        return numbers.term(value)
    if each.kind == "flag":
        return _("yes") if value else _("no")
    return ", ".join(f"{name}: {one}" for name, one in value.items()) if each.kind == "document" else str(value)


def name_of(resource: Resource, record: Record, language: str) -> str:
    """What a record is called; in Chinese by its Chinese name where it has one."""
    if not resource.named_by:
        return " · ".join(written(resource.by_name[name], record, language) for name in resource.identified_by)
    chinese = record.values.get(f"{resource.named_by}_zh") if language.startswith("zh") else ""
    return str(chinese or written(resource.by_name[resource.named_by], record, language))


def days_of(first: dt.date | None, end: dt.date | None, language: str) -> str:
    """`1 Jan 2020 – 31 Dec 2024`: the last day it holds, not the first it does not."""
    begun = numbers.day(first, language)
    if end is None or end == FAR_FUTURE:
        return _("since %(day)s", day=begun)
    return f"{begun} {OPEN_END} {numbers.day(end - dt.timedelta(days=1), language)}"


def state_of(first: dt.date | None, end: dt.date | None, on: dt.date) -> str:
    """Whether it holds on a day: now, ended, planned, or none when it has no period at all."""
    if first is None or end is None:
        return "none"
    return "planned" if first > on else "ended" if end <= on else "now"
