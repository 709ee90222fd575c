"""While I am away: who decides in my place, and when. `/away`."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts
from portal.kit.pages import Page
from portal.kit.resource_form import Form

PATH = "/away"
OPENED, FORM, SAVED, LIST, BACK = "away-opened", "away-form", "away-saved", "away-list", "away-back"


def layout() -> Component:
    """A form, and the substitutes named already."""
    form = Form(id=FORM, fields=[], values={}, problems={}, label=_("Save"), className="waiting")
    subtitle = _("Somebody else decides the requests that wait for you, with your permissions, on these days only.")
    return html.Div(
        [
            dcc.Store(id=OPENED, data=True),
            dcc.Store(id=SAVED),
            parts.page_header(_("I am away"), subtitle),
            parts.columns(
                html.Section(form, className="surface record-box"),
                parts.section(_("Named already"), html.Div(parts.skeleton(120), id=LIST)),
            ),
        ]
    )


PAGE = Page(PATH, _l("I am away"), layout, None, icon="calendar-x", group="work", order=99, menu=False)
