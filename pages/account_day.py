"""One account on one day: `/account/day?id=42&day=2026-11-20`."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts, ways
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = ways.ACCOUNT_DAY
ADDRESS, CONTENT = "account-day-address", "account-day-content"


def layout(id: str = "", day: str = "") -> Component:
    """Opening, movements in order, closing, and the cents each person is credited with; its callback fills it."""
    waiting = parts.stack(
        parts.page_header("\N{NO-BREAK SPACE}"), parts.columns(parts.skeleton(320), parts.skeleton(320))
    )
    query = {"id": id, "day": day}
    return html.Div([Address(id=ADDRESS, search=search_of(query)), html.Div(waiting, id=CONTENT)])


PAGE = Page(
    PATH, _l("Account on a day"), layout, Permission.CUSTOMER_VIEW, icon="calendar-day", group="work", order=8,
    menu=False,
)  # fmt: skip
