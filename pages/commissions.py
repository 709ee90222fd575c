"""The commission desk: `/commissions`, one month with `?month=7&search=chen`, the policies of a part of it with `&part=held`,
whose line the rules hold with `&part=rules&line=commission`.
"""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.address import Address, search_of
from portal.kit.pages import Page
from portal.permissions import Permission

PATH = "/commissions"
ADDRESS, CONTENT, DONE, SEARCH = "commissions-address", "commissions-content", "commissions-done", "commissions-search"
TICK, SEEN = "commissions-tick", "commissions-seen"
LOOK_MILLISECONDS = 2000  # only while a run of the month is under way
RUN, RUN_NEXT, FREEZE = "commissions-run", "commissions-run-next", "commissions-freeze"
ASK, PAY = "commissions-ask", "commissions-pay"
ADJUST, REOPEN = "commissions-adjust", "commissions-reopen"
HOLD, RELEASE = "commissions-hold", "commissions-release"
NAMES = ("month", "view", "search", "part", "line", "reason", "page", "release", "agent", "for")


def layout(**query: str) -> Component:
    """The months, or one of them with the next step; its callback fills in everything."""
    waiting = parts.stack(parts.page_header("\N{NO-BREAK SPACE}"), parts.skeleton(420))
    return html.Div(
        [
            Address(id=ADDRESS, search=search_of({name: query.get(name, "") for name in NAMES})),
            dcc.Store(id=DONE),
            dcc.Store(id=SEEN),
            dcc.Interval(id=TICK, interval=LOOK_MILLISECONDS, disabled=True),
            html.Div(waiting, id=CONTENT),
        ]
    )


PAGE = Page(
    PATH,
    _l("Commission months"),
    layout,
    Permission.COMMISSION_VIEW,
    icon="calendar-check",
    group="rules",
    order=20,
    phone=True,
    short=_l("Commission"),
)
