"""One's own password: checked and changed, or the sentence that says why not."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, no_update
from flask import request
from flask_babel import gettext as _

from pages import password as page
from portal.access.current import current_actor, signed_in
from portal.access.passwords import WeakPassword
from portal.access.throttle import TooManyAttempts
from portal.kit import parts
from portal.kit.callbacks import callback
from portal.services import users
from portal.services.writer import writing


@callback(
    Output(page.SAID, "children"),
    Output(page.CURRENT, "value"),
    Output(page.NEW, "value"),
    Output(page.AGAIN, "value"),
    Input(page.SAVE, "n_clicks"),
    Input(page.CURRENT, "n_submit"),
    Input(page.NEW, "n_submit"),
    Input(page.AGAIN, "n_submit"),
    State(page.CURRENT, "value"),
    State(page.NEW, "value"),
    State(page.AGAIN, "value"),
    permission=None,
    prevent_initial_call=True,
)
def save(clicks: int | None, *given: Any) -> tuple[Any, ...]:
    """Change the password; the fields are emptied once it holds."""
    *submits, current, new, again = given
    if not (clicks or any(submits)):
        return no_update, no_update, no_update, no_update
    try:
        change(str(current or ""), str(new or ""), str(again or ""))
    except TooManyAttempts as pause:
        sentence = _("Too many attempts. Try again in %(minutes)s minutes.", minutes=-(-pause.wait_seconds // 60))
    except (users.UserRule, WeakPassword) as refusal:
        sentence = str(refusal)
    else:
        return parts.flag(_("Your password is changed. Other browsers are signed out."), tone="good"), "", "", ""
    return parts.flag(sentence, tone="bad"), no_update, no_update, no_update


def change(current: str, new: str, again: str) -> None:
    """Raises UserRule, WeakPassword or TooManyAttempts; a wrong present password counts like one at log-in."""
    if new != again:
        raise users.UserRule(_("The two new passwords differ."))
    person = signed_in()
    with writing(current_actor()) as writer:
        attempt = users.note_attempt(writer, request.remote_addr or "")
    with writing(current_actor()) as writer:
        users.change_own_password(writer, current, new, attempt, keep=person.token if person else "")
