"""The inbox: an address becomes one of three lists."""

from __future__ import annotations

from typing import Any

from dash import Input, Output
from flask_babel import gettext as _
from flask_babel import ngettext

from pages import inbox as page
from portal.access.current import current_actor
from portal.kit import approval_list, numbers, parts
from portal.kit.address import query_of
from portal.kit.callbacks import callback
from portal.query import approvals
from portal.query.reader import reading
from portal.services.approval_kinds import APPROVALS

FEW = 3  # so many are seen at a glance, there is nothing to narrow down
LISTS = {"": approvals.to_decide, "requested": approvals.requested_by, "decided": approvals.decided}


@callback(
    Output(page.HEAD, "children"),
    Output(page.TABS, "children"),
    Output(page.FILTERS, "fields"),
    Output(page.FILTERS, "summary"),
    Output(page.ROWS, "children"),
    Input(page.ADDRESS, "search"),
    permission=None,
)
def show_inbox(search: str) -> tuple[Any, ...]:
    """One list of whoever is signed in; what he may decide is asked for anew each time."""
    actor, query = current_actor(), query_of(search)
    tab = approval_list.tab_of(query)
    entries = LISTS[tab](actor, APPROVALS)
    with reading(actor) as reader:
        found = approval_list.narrowed(reader, entries, query)
        return (
            parts.page_header(_("Inbox"), subtitle(tab, len(entries))),
            approval_list.tabs(tab),
            approval_list.filters(reader, APPROVALS, entries, query) if len(entries) > FEW or found != entries else [],
            _("Filters · %(count)s found", count=numbers.count(len(found))),
            approval_list.table(reader, APPROVALS, found, tab, query),
        )


def subtitle(tab: str, count: int) -> str:
    """How many there are."""
    if tab == "requested":
        return ngettext("%(num)s request of yours", "%(num)s requests of yours", count)
    if tab == "decided":
        return ngettext("%(num)s request you decided", "%(num)s requests you decided", count)
    if not count:
        return _("What a second person decides")
    return ngettext("%(num)s request waits for you", "%(num)s requests wait for you", count)
