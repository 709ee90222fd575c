"""Everything a person has to decide, asked for or decided: `/inbox?tab=requested&kind=share_change&q=li`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, Filters, search_of
from portal.kit.approval_list import PATH
from portal.kit.pages import Page

ADDRESS, HEAD, TABS, FILTERS, ROWS = "inbox-address", "inbox-head", "inbox-tabs", "inbox-filters", "inbox-rows"


def layout(**query: str) -> Component:
    """Three lists of requests, one at a time."""
    return html.Div(
        [
            Address(id=ADDRESS, search=search_of(query)),
            html.Div(parts.page_header(_("Inbox"), "\N{NO-BREAK SPACE}"), id=HEAD),
            html.Div(id=TABS),
            Filters(id=FILTERS, label=_("Filters"), closeLabel=_("Close"), sheet=True, fields=[], className="below"),
            html.Section(parts.skeleton(320), id=ROWS, className="surface records"),
        ]
    )


PAGE = Page(PATH, _l("Inbox"), layout, None, icon="inbox", group="work", order=4, phone=True)
