"""The list of a Resource: filters in the address, a table with pages, a way to files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import numbers, parts
from portal.kit.address import Option, choice, day, search_of, words
from portal.kit.pager import pager
from portal.kit.parts import Cell, Column, Tone
from portal.kit.resource import (
    NEW,
    days_of,
    export_href,
    import_href,
    list_href,
    name_of,
    record_href,
    state_of,
    written,
)
from portal.permissions import Actor, Permission
from portal.query.record import Page, Record, View
from portal.query.references import Choice
from portal.query.resource import Field, Resource
from portal.query.subjects import Subject

INDENT = "\N{EM SPACE}"
MOST_WORDS = 80
MOST_MEMBERS = 3
STATES: dict[str, tuple[Any, Tone]] = {
    "ended": (_l("ended"), "neutral"),
    "planned": (_l("planned"), "accent"),
    "none": (_l("without a place"), "warn"),
}


def header(resource: Resource, actor: Actor, query: Mapping[str, str]) -> Component:
    """What these records are, and what can be done with all of them."""
    actions: list[Component] = beside(resource, actor)
    if actor.may(Permission.REPORT_EXPORT):
        kept = {name: value for name, value in query.items() if name != "page"}
        actions += [_file(resource, kind, name, kept) for kind, name in (("xlsx", _("Excel")), ("csv", _("CSV")))]
    if actor.may(resource.edit):
        actions.append(parts.link(_("Import"), import_href(resource), "btn btn-outline"))
        title = _("New %(singular)s", singular=str(resource.singular))
        actions.append(parts.link(title, record_href(resource, NEW), "btn btn-primary"))
    return parts.page_header(resource.title, resource.about, actions=actions)


def beside(resource: Resource, actor: Actor, record: Record | None = None) -> list[Component]:
    """Ways to other pages about these records, or about one of them."""
    return [
        parts.link(
            one.title, one.path + search_of({one.name: str(record.values[one.field])} if record and one.field else {}),
            "btn btn-outline",
        )
        for one in resource.beside
        if actor.may(one.permission)
    ]  # fmt: skip


def _file(resource: Resource, kind: str, name: str, query: Mapping[str, str]) -> Component:
    return parts.download(name, export_href(resource, kind, query))


def filters(
    resource: Resource, page: Page, view: View, offered: Mapping[str, Sequence[Choice]]
) -> list[dict[str, Any]]:
    """Fields that narrow the list; each stands in the address. Where there is nothing at all, nothing is narrowed."""
    if not page.total and not _narrowed(view) and not resource.dated:
        return []
    fields = [words("q", _("Search"), view.search, hint=_("Search"))] if any(e.sought for e in resource.fields) else []
    for each in resource.fields:
        if each.filtered and each.kind != "date":
            options = [Option("", _("All")), *_options(each, offered)]
            fields.append(choice(each.name, each.title, options, view.filters.get(each.name, ""), clears=["page"]))
    if resource.dated:
        shown = [Option("", _("Holding")), Option("other", _("Not holding")), Option("all", _("All"))]
        fields.append(choice("show", _("State"), shown, view.shown if view.shown != "current" else "", clears=["page"]))
        fields.append(day("on", _("As of"), view.on.isoformat()))
    return fields


def _options(each: Field, offered: Mapping[str, Sequence[Choice]]) -> list[Option]:
    if each.kind == "flag":
        return [Option("yes", _("yes")), Option("no", _("no"))]
    if each.options:
        return [Option(value, title) for value, title in each.options]
    return [Option(one.value, INDENT * one.depth + one.label) for one in offered.get(each.reference or each.called, ())]


def summary(resource: Resource, page: Page) -> str:
    """What a phone shows on the button that opens the filters."""
    return _("Filters · %(count)s found", count=numbers.count(page.total))


def table(
    resource: Resource, page: Page, view: View, query: Mapping[str, str], language: str, may_add: bool
) -> Component:
    """The rows of a page, each leading to its record, and the way to the next page."""
    if not page.records:
        return _nothing(resource, view, may_add)
    fields = sorted((each for each in resource.fields if each.listed), key=lambda each: each.name != resource.named_by)
    columns = [_column(resource, each, view, query) for each in fields]
    if resource.dated:
        columns.append(Column("holds", _("Holds"), "muted", phone=False))
    rows = [_row(resource, fields, record, view, query, language) for record in page.records]
    turned = pager(
        page.page, page.size, len(rows), page.total,
        lambda number: list_href(resource, {**query, "page": str(number)}), _("Previous"), _("Next"),
    )  # fmt: skip
    return html.Div([parts.simple_table(columns, rows, caption=resource.title), turned])


def _column(resource: Resource, each: Field, view: View, query: Mapping[str, str]) -> Column:
    kind: parts.Kind = "number" if each.kind in ("ratio", "rate", "number", "interest", "term") else "text"
    if not each.has_column:
        return Column(each.name, each.title, kind)
    here = (view.sort if view.sort in resource.by_name else resource.sorted_by) == each.name
    turned = f"-{each.name}" if here and not view.descending else each.name
    order: parts.Order = ("descending" if view.descending else "ascending") if here else ""
    href = list_href(resource, {**query, "sort": turned, "page": ""})
    return Column(each.name, each.title, kind, href=href, order=order)


def _row(
    resource: Resource, fields: Sequence[Field], record: Record, view: View, query: Mapping[str, str], language: str
) -> dict[str, Any]:
    state = state_of(record.valid_from, record.valid_to, view.on) if resource.dated else "now"
    on = query.get("on", "") if state == "now" else ""
    row: dict[str, Any] = {each.name: _cell(resource, each, record, language) for each in fields}
    row["holds"] = days_of(record.valid_from, record.valid_to, language) if record.valid_from else ""
    if state in STATES:
        word, tone = STATES[state]
        first = row[fields[0].name]
        known = first if isinstance(first, Cell) else Cell(first)
        row[fields[0].name] = replace(known, badge=word, tone=tone)
    return row | {"href": record_href(resource, record.key, on)}


def _cell(resource: Resource, each: Field, record: Record, language: str) -> Any:
    text = written(each, record, language)
    if each.kind == "flag":
        return Cell("", badge=text, tone="good" if record.values.get(each.name) else "neutral")
    if each.kind == "subject":
        return Cell(text[:MOST_WORDS], note=subject_words(record.values.get(each.name)), title=text)
    if each.kind == "set":
        return _first_of(record.members.get(each.name, ()), language)
    return _shortened(name_of(resource, record, language) if each.name == resource.named_by else text)


def subject_words(subject: object) -> str:
    """What a share is about: customer C001, account A001."""
    if not isinstance(subject, Subject):
        return ""
    number = subject.number or subject.id
    return (
        _("customer %(number)s", number=number)
        if subject.kind == "customer"
        else _("account %(number)s", number=number)
    )


def _first_of(names: Sequence[str], language: str) -> Any:
    """The first members of a set and how many more there are; all of them on hover."""
    if len(names) <= MOST_MEMBERS:
        return numbers.listed(names, language)
    first = numbers.listed(names[:MOST_MEMBERS], language)
    return Cell(f"{first} +{len(names) - MOST_MEMBERS}", title=numbers.listed(names, language))


def _shortened(text: str) -> Any:
    """A long text with its whole on hover."""
    return text if len(text) <= MOST_WORDS else Cell(text[: MOST_WORDS - 1] + "…", title=text)


def _narrowed(view: View) -> bool:
    """Whether the list is asked for only in part."""
    return bool(view.search or view.filters or view.shown != "current")


def _nothing(resource: Resource, view: View, may_add: bool) -> Component:
    """What an empty list says, and the way on from there."""
    if _narrowed(view):
        return parts.empty(_("Nothing fits these filters."), parts.link(_("Show all"), list_href(resource), ""))
    if resource.dated:
        sentence = _("Nothing holds on this day.")
        return parts.empty(sentence, parts.link(_("Show all"), list_href(resource, {"show": "all"}), ""))
    if may_add:
        title = _("New %(singular)s", singular=str(resource.singular))
        return parts.empty(
            _("Nothing is entered here yet."), parts.link(title, record_href(resource, NEW), "btn btn-outline")
        )
    return parts.empty(_("Nothing is entered here yet."))
