"""What other systems sent by REST and what became of each: `/policy-events?state=waiting&q=P0045&event=7`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, Filters, search_of
from portal.kit.event_view import PATH
from portal.kit.pages import Page
from portal.permissions import Permission

ADDRESS, FILTERS, RHYTHM = "events-address", "events-filters", "events-rhythm"
TABS, ROWS, EVENT = "events-tabs", "events-rows", "events-event"


def layout(**query: str) -> Component:
    """The events, newest first, with the one that is looked at above them."""
    subtitle = html.Span(
        [_("What other systems sent between two deliveries, and what became of each."), " ", html.Span(id=RHYTHM)]
    )
    return parts.stack(
        Address(id=ADDRESS, search=search_of(query)),
        parts.page_header(_("Policy events"), subtitle),
        html.Div(id=EVENT),
        Filters(id=FILTERS, label=_("Filters"), closeLabel=_("Close"), sheet=True, fields=[], className="below"),
        html.Div(id=TABS),
        html.Section(parts.skeleton(480), id=ROWS, className="surface records"),
    )


PAGE = Page(
    PATH, _l("Policy events"), layout, Permission.POLICY_VIEW, icon="box-arrow-in-down", group="operate", order=530,
    menu=Permission.COMMISSION_VIEW,
)  # fmt: skip
