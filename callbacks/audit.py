"""The audit log: an address becomes rows; the chain is verified on request."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import audit as page
from portal.access.current import current_actor
from portal.kit import audit_view, numbers
from portal.kit.address import query_of
from portal.kit.callbacks import callback
from portal.permissions import Permission
from portal.query import audit
from portal.query.reader import reading


@callback(
    Output(page.FILTERS, "fields"),
    Output(page.FILTERS, "summary"),
    Output(page.ROWS, "children"),
    Output(page.ENTRY, "children"),
    Input(page.ADDRESS, "search"),
    permission=Permission.AUDIT_VIEW,
)
def show_log(search: str) -> tuple[Any, ...]:
    """One page of the log, and one row in full when the address names it."""
    actor, query = current_actor(), query_of(search)
    view = audit_view.view_of(query)
    with reading(actor) as reader:
        found, (actions, subjects) = audit.page_of(reader, view), audit.kinds(reader)
        row = audit.entry(reader, query.get("entry", ""))
    return (
        audit_view.filters(view, actions, subjects),
        _("Filters · %(count)s found", count=numbers.count(found.total)),
        audit_view.table(found, query, actor.language),
        audit_view.in_full(row, query, actor.language) if row is not None else [],
    )


@callback(
    Output(page.VERDICT, "children"),
    Input(page.VERIFY, "n_clicks"),
    permission=Permission.AUDIT_VIEW,
    prevent_initial_call=True,
)
def verify(clicks: int | None) -> Component | Any:
    """Whether the chain is whole."""
    if not clicks:
        return no_update
    with reading() as reader:
        return audit_view.verdict(*audit.problems(reader))
