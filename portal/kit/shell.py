"""What stands around every page: menu, search, business date, language, theme, the person. Pure; callbacks fill it."""

from __future__ import annotations

import dash
from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.access.current import current_user_settings
from portal.kit import parts
from portal.kit.components import Dialog, Finder, Navigation, Search, Segmented

LOCATION = "_pages_location"  # Dash's own; its `pathname` and `search` change with every page
MENU, BOTTOM, SHEET, SHEET_MENU = "shell-menu", "shell-bottom", "shell-sheet", "shell-sheet-menu"
SEARCH, FINDER, DATE = "shell-search", "shell-finder", "shell-date"
LANGUAGE, SHEET_LANGUAGE = "shell-language", "shell-sheet-language"
THEME, SHEET_THEME, THEME_CHOSEN = "shell-theme", "shell-sheet-theme", "shell-theme-chosen"
RISE, SHEET_RISE, RISE_KEPT = "shell-rise", "shell-sheet-rise", "shell-rise-kept"
NAME, WHO, SHEET_WHO = "shell-name", "shell-who", "shell-sheet-who"
LANGUAGE_KEPT, THEME_KEPT = "shell-language-kept", "shell-theme-kept"
MAIN = "main"


def layout() -> Component:
    """The frame of all pages, in the language of the request."""
    return html.Div(
        [
            html.A(_("Skip to the page"), href=f"#{MAIN}", className="skip"),
            html.Div([side(), html.Div([top(), page()], className="main")], className="shell"),
            Navigation(id=BOTTOM, className="bottom-bar", label=_("Main places"), groups=[]),
            sheet(),
            html.Div(id=parts.TOAST, className="toast-area", **parts.aria(live="polite")),
            Finder(id=FINDER),
            *[dcc.Store(id=kept) for kept in (LANGUAGE_KEPT, THEME_CHOSEN, THEME_KEPT, RISE_KEPT)],
        ]
    )


def side() -> Component:
    """The menu of a desk."""
    brand = dcc.Link([html.Span(className="brand-mark"), html.Span("Basis")], href="/", className="brand")
    return html.Aside([brand, Navigation(id=MENU, label=_("Menu"), groups=[])], className="side")


def top() -> Component:
    """Search, business date, language, theme, person."""
    return html.Header(
        [
            dcc.Link(
                [html.Span(className="brand-mark"), html.Span("Basis")], href="/", className="top-title phone-only"
            ),
            Search(
                id=SEARCH,
                label=_("Search people, customers, pages"),
                hint="Ctrl K",
                empty=_("Nothing you may open has these words."),
                waiting=_("Looking …"),
                entries=[],
            ),
            html.Div(
                [
                    html.Button(
                        parts.icon("search"),
                        className="pill search-open phone-only",
                        type="button",
                        title=_("Search"),
                        **parts.aria(label=_("Search")),
                    ),
                    html.Div(id=DATE, className="pill", title=_("Newest business date with published figures")),
                    _round_button(LANGUAGE, "translate", _("Language: 中 / EN"), words="中 / EN"),
                    _round_button(THEME, "circle-half", _("Light or dark")),
                    person(),
                ],
                className="top-right",
            ),
        ],
        className="top",
    )


def person() -> Component:
    """The menu behind one's name."""
    return html.Details(
        [
            html.Summary([parts.icon("person-circle"), html.B(id=NAME)], className="pill"),
            html.Div(
                [
                    html.Div(id=WHO, className="drop-who"),
                    html.Hr(),
                    rise_choice(RISE),
                    html.Hr(),
                    away(),
                    password(),
                    log_out(),
                ],
                className="drop-body",
            ),
        ],
        className="drop wide-only",
    )


def page() -> Component:
    """Where pages are shown."""
    return html.Main(dash.page_container, id=MAIN, className="page", tabIndex=-1)


def sheet() -> Component:
    """The whole menu on a phone, from below."""
    return Dialog(
        [
            html.Div(id=SHEET_WHO, className="drop-who"),
            Navigation(id=SHEET_MENU, label=_("Menu"), groups=[]),
            html.Hr(),
            html.Button([parts.icon("translate"), "中 / EN"], id=SHEET_LANGUAGE, className="drop-entry", type="button"),
            html.Button(
                [parts.icon("circle-half"), _("Light or dark")], id=SHEET_THEME, className="drop-entry", type="button"
            ),
            rise_choice(SHEET_RISE),
            away(),
            password(),
            log_out(),
        ],
        id=SHEET,
        className="sheet",
        title=_("Menu"),
        open=False,
        closeLabel=_("Close"),
    )


def rise_choice(id: str) -> Component:
    """Which colour a rise has."""
    options = [{"value": "green", "label": _("green")}, {"value": "red", "label": _("red")}]
    choice = Segmented(id=id, options=options, value=current_user_settings().rise_color, label=_("A rise is"))
    return html.Div([html.Span(_("A rise is")), choice], className="drop-choice")


def away() -> Component:
    """Where one names who decides in one's place."""
    return dcc.Link([parts.icon("calendar-x"), _("I am away")], href="/away", className="drop-entry")


def password() -> Component:
    """The way to change one's own password."""
    return dcc.Link([parts.icon("key"), _("Change password")], href="/password", className="drop-entry")


def log_out() -> Component:
    """A form of its own, so that it works whatever the page does; `assets/shell.js` adds the session's token."""
    button = html.Button([parts.icon("box-arrow-right"), _("Log out")], type="submit", className="drop-entry")
    return html.Form([dcc.Input(type="hidden", name="csrf_token", value=""), button], action="/logout", method="POST")


def _round_button(id: str, icon: str, label: str, words: str = "") -> Component:
    content = words or parts.icon(icon)
    return html.Button(
        content, id=id, className="pill wide-only", type="button", title=label, **parts.aria(label=label)
    )
