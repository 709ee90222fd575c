"""Records people keep: an address becomes a list, or a form with its history.

The resource's own permission is checked where its records are read and written, so these callbacks, and those of forms
and files, let in anyone who is signed in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import resource as page
from portal.access.callback_body import Malformed
from portal.access.current import current_actor
from portal.access.identity import today
from portal.access.refusals import note_forbidden
from portal.kit import parts, resource_form, resource_history, resource_list
from portal.kit.address import day as day_field
from portal.kit.address import query_of
from portal.kit.callbacks import callback
from portal.kit.resource import (
    NEW,
    capitalised,
    day_of,
    days_of,
    list_href,
    name_of,
    state_of,
    view_of,
    written,
)
from portal.permissions import Actor, Forbidden
from portal.query import history, records
from portal.query.ranks import titles_of
from portal.query.reader import Reader, reading
from portal.query.record import NotFound, Record
from portal.query.references import Choice, choices
from portal.query.resource import Resource
from portal.resources import RESOURCES


def resource_of(key: Any) -> Resource:
    """The resource a page is about. Raises Malformed for one that no page is about."""
    name = key.get("resource") if isinstance(key, Mapping) else None
    if not isinstance(name, str) or name not in RESOURCES:
        raise Malformed("There is no such resource.")
    return RESOURCES[name]


def record_of(key: Any) -> str:
    """The record a page is about, as its address names it."""
    name = key.get("record") if isinstance(key, Mapping) else None
    if not isinstance(name, str) or len(name) > 80:
        raise Malformed("There is no such record.")
    return name


def offered(reader: Reader, resource: Resource, on: dt.date, names: set[str] | None = None) -> dict[str, list[Choice]]:
    """The choices of a resource's fields, by what they refer to."""
    wanted = {each.reference for each in resource.fields if each.reference and (names is None or each.name in names)}
    called = {each.called for each in resource.fields if each.called and (names is None or each.name in names)}
    return {name: choices(reader.session, reader.actor, name, on) for name in sorted(wanted)} | {
        name: [Choice(code, code, title) for code, title in titles_of(reader, name, on).items()]
        for name in sorted(called)
    }


@callback(
    Output(page.LIST_HEAD, "children"),
    Output(page.FILTERS, "fields"),
    Output(page.FILTERS, "summary"),
    Output(page.ROWS, "children"),
    Input(page.ADDRESS, "search"),
    State(page.KEY, "data"),
    permission=None,
)
def show_list(search: str, key: Any) -> tuple[Any, ...]:
    """One page of a list, as its address asks."""
    resource, actor, query = resource_of(key), current_actor(), query_of(search)
    view = view_of(resource, query, today())
    with reading(actor) as reader:
        found = records.page_of(reader, resource, view)
        narrowing = offered(reader, resource, view.on, {each.name for each in resource.fields if each.filtered})
    return (
        resource_list.header(resource, actor, query),
        resource_list.filters(resource, found, view, narrowing),
        resource_list.summary(resource, found),
        resource_list.table(resource, found, view, query, actor.language, actor.may(resource.edit)),
    )


@callback(
    Output(page.HEAD, "children"),
    Output(page.NOTES, "children"),
    Output(page.DAY, "fields"),
    Output(page.DAY_SAID, "children"),
    Output(page.FORM, "fields"),
    Output(page.FORM, "values"),
    Output(page.FORM, "label"),
    Output(page.FACTS, "children"),
    Output(page.SEEN, "data"),
    Output(page.PERIODS, "children"),
    Output(page.PERIODS_BOX, "hidden"),
    Output(page.CHANGES, "children"),
    Output(page.CHANGES_BOX, "hidden"),
    Input(page.ADDRESS, "search"),
    Input(page.SAVED, "data"),
    State(page.KEY, "data"),
    permission=None,
)
def show_record(search: str, _saved: Any, key: Any) -> tuple[Any, ...]:
    """The form of a record as of a day, or of one that is to be made, with what it was before."""
    resource, name, actor = resource_of(key), record_of(key), current_actor()
    on = day_of(query_of(search).get("on"), today())
    with reading(actor) as reader:
        if name == NEW and actor.may(resource.edit):
            return new_form(reader, resource)
        if name == NEW:
            reader.allow(resource.view)
            note_forbidden(Forbidden(resource.edit, actor))
            return no_record(
                resource, _("Your role may see these, and makes none of them. Your administrator can change your role.")
            )
        try:
            return known_record(reader, resource, name, on)
        except NotFound as missing:
            records.tell_refusal(actor, missing)
    return no_record(resource, _("There is no such record, or it lies outside what you may see."))


def no_record(resource: Resource, sentence: str) -> tuple[Any, ...]:
    """Nothing but why, and the way to the list."""
    nothing = parts.empty(sentence, parts.link(_("To the list"), list_href(resource), "btn btn-outline"))
    return header(resource, resource.title), nothing, [], "", [], {}, "", [], "", [], True, [], True


def new_form(reader: Reader, resource: Resource) -> tuple[Any, ...]:
    """The form of a record that is to be made."""
    title = capitalised(_("New %(singular)s", singular=str(resource.singular)))
    fields = resource_form.new_fields(
        resource, offered(reader, resource, today()), reader.newest, reader.actor.language
    )
    values = resource_form.new_values(resource, today())
    return header(resource, title), [], [], "", fields, values, _("Create"), [], "", [], True, [], True


def known_record(reader: Reader, resource: Resource, key: str, on: dt.date) -> tuple[Any, ...]:
    """Everything about a record as of a day. Raises NotFound."""
    record = records.one(reader, resource, key, on)
    language = reader.actor.language
    editable = records.may_change(reader, resource, key, today())
    fields = []
    if editable:
        choices = offered(reader, resource, on)
        fields = resource_form.fields_of(resource, choices, on, today(), language, reader.newest)
    past = history.periods(reader, resource, record, on)
    told = history.changes(reader, resource, record, on)
    return (
        record_header(resource, record, reader.actor, editable, on),
        notes(resource, record, on, language),
        [day_field("on", _("As of"), on.isoformat())] if resource.dated else [],
        _("A change below holds from this day on.") if resource.dated and editable else "",
        fields,
        resource_form.values_of(resource, record) if editable else {},
        _("Save") if editable else "",
        [] if editable else facts(resource, record, language),
        history.version(record, past),
        resource_history.periods(resource, past, today(), language) if past else [],
        not past,
        resource_history.changes(resource, told, language),
        False,
    )


def header(resource: Resource, title: Any, subtitle: Any = "", actions: tuple[Component, ...] = ()) -> Component:
    """Where we are, and what can be done."""
    return parts.page_header(title, subtitle, actions, crumbs=[(resource.title, list_href(resource)), (title, "")])


def record_header(resource: Resource, record: Record, actor: Actor, editable: bool, on: dt.date) -> Component:
    """A record's name, what it is, since when it holds, and how it ends."""
    role = dict(resource.by_name["role"].options).get(record.values["role"]) if resource.parted else None
    told = [capitalised(role or resource.singular)]
    code = resource_list.subject_words(record.values.get("subject")) or record.values.get("code")
    if code:
        told.append(str(code))
    if record.valid_from is not None:
        told.append(days_of(record.valid_from, record.valid_to, actor.language))
    actions = resource_list.beside(resource, actor, record)
    if editable and resource.dated and state_of(record.valid_from, record.valid_to, on) == "now":
        actions.append(parts.button(_("End"), id=page.END, icon_name="calendar-x"))
    if editable and resource.removable:
        actions.append(parts.button(_("Remove"), id=page.REMOVE, icon_name="trash"))
    return header(resource, name_of(resource, record, actor.language), " · ".join(told), tuple(actions))


def notes(resource: Resource, record: Record, on: dt.date, language: str) -> list[Component]:
    """What to know before changing something."""
    if not resource.dated:
        return []
    state = state_of(record.valid_from, record.valid_to, on)
    if state == "now":
        return []
    span = days_of(record.valid_from, record.valid_to, language) if record.valid_from else ""
    sentences = {
        "ended": _("It does not hold on this day. Shown is what held last: %(span)s.", span=span),
        "planned": _("It does not hold on this day yet. Shown is what is planned: %(span)s.", span=span),
        "none": _("It has no place on any day yet."),
    }
    return [html.Div(parts.flag(sentences[state], "warn"), className="stack")]


def facts(resource: Resource, record: Record, language: str) -> Component:
    """A record for those who may not change it."""
    pairs = [
        (each.title, written(each, record, language) or "–")
        for each in resource.fields
        if each.name in record.values and not (resource.parted and each.name in ("person", "ratio", "institution"))
    ]
    return parts.facts(pairs)
