"""One's own password: the present one, a new one twice. Reached from the menu behind one's name."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from portal.kit import parts
from portal.kit.pages import Page

PATH = "/password"
CURRENT, NEW, AGAIN = "password-current", "password-new", "password-again"
SAVE, SAID = "password-save", "password-said"


def layout() -> Component:
    """The form; nothing of it is kept in the address."""
    rules = _(
        "At least %(shortest)s characters; several words are good. Not your user name, nothing easily guessed.",
        shortest=SHORTEST_PASSWORD,
    )
    form = html.Form(
        [
            parts.labelled(_("Present password"), secret(CURRENT, "current-password")),
            parts.labelled(_("New password"), secret(NEW, "new-password"), hint=rules),
            parts.labelled(_("New password, once more"), secret(AGAIN, "new-password")),
            html.Div(id=SAID, **parts.aria(live="polite")),
            html.Div(parts.button(_("Change password"), id=SAVE, primary=True), className="actions"),
        ],
        className="form narrow",
    )
    return parts.stack(
        parts.page_header(
            _("Change password"), _("You stay signed in here; every other browser with your name is signed out.")
        ),
        parts.section("", form),
    )


def secret(id: str, purpose: str) -> Component:
    """A field whose content is not shown; `purpose` tells a password manager which password belongs there."""
    return dcc.Input(id=id, type="password", value="", autoComplete=purpose, maxLength=LONGEST_PASSWORD, n_submit=0)


PAGE = Page(PATH, _l("Change password"), layout, permission=None, icon="key", group="work", menu=False)
