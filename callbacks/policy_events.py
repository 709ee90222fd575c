"""Events of other systems: an address becomes rows by state, and one event in full."""

from __future__ import annotations

from typing import Any

from dash import Input, Output
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import policy_events as page
from portal.access.current import current_actor
from portal.kit import event_view, numbers, parts
from portal.kit.address import query_of
from portal.kit.callbacks import callback
from portal.permissions import Actor, Permission
from portal.query import policy_event_list
from portal.query.policy_event_list import EventRow
from portal.query.reader import reading


@callback(
    Output(page.RHYTHM, "children"),
    Output(page.FILTERS, "fields"),
    Output(page.FILTERS, "summary"),
    Output(page.TABS, "children"),
    Output(page.ROWS, "children"),
    Output(page.EVENT, "children"),
    Input(page.ADDRESS, "search"),
    permission=Permission.POLICY_VIEW,
)
def show_events(search: str) -> tuple[Any, ...]:
    """One page of the events, and one in full when the address names it."""
    actor, query = current_actor(), query_of(search)
    view = event_view.view_of(query)
    with reading(actor) as reader:
        found = policy_event_list.events_page(reader, view)
        sources = policy_event_list.sources_of(reader)
        one = policy_event_list.one_event(reader, query.get("event", ""))
    return (
        event_view.rhythm(found, actor.language),
        event_view.filters(view, sources),
        _("Filters · %(count)s found", count=numbers.count(found.total)),
        event_view.state_tabs(found, view, query),
        event_view.table(found, view, query, actor),
        looked_at(one, query, actor) if query.get("event") else [],
    )


def looked_at(one: EventRow | None, query: dict[str, str], actor: Actor) -> Component:
    """The event that the address names, or that there is none."""
    if one is None:
        return parts.flag(_("There is no such event, or it lies outside what you may see."))
    return event_view.in_full(one, query, actor)
