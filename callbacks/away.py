"""While I am away: a substitute is named or taken back, by the person alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dash import ALL, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import away as page
from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit import numbers, parts
from portal.kit.callbacks import callback
from portal.kit.resource import day_of
from portal.query.names import person_name
from portal.query.reader import Reader, reading
from portal.query.record import is_number
from portal.query.substitutes import absences, colleagues
from portal.services.approval_kinds import APPROVALS
from portal.services.refusal import Refusal
from portal.services.substitutes import come_back, go_away
from portal.services.writer import NotThere, writing

ALL_KINDS = "all"


@callback(
    Output(page.FORM, "fields"),
    Output(page.FORM, "values"),
    Output(page.LIST, "children"),
    Input(page.OPENED, "data"),
    Input(page.SAVED, "data"),
    permission=None,
)
def show_away(_opened: Any, _saved: Any) -> tuple[Any, ...]:
    """The form, and whom the person has named for today and later."""
    with reading(current_actor()) as reader:
        named = listed(reader)
        offered = colleagues(reader)
    day = today().isoformat()
    return fields(offered), {"first_day": day, "last_day": day, "kind": ALL_KINDS}, named


def fields(offered: list[tuple[int, str, str]]) -> list[dict[str, Any]]:
    """Who, from when to when, for what."""
    people = [{"value": str(number), "label": name, "code": code} for number, code, name in offered]
    kinds = [{"value": ALL_KINDS, "label": _("All requests")}]
    kinds += [{"value": key, "label": str(kind.title)} for key, kind in APPROVALS.items()]
    more = {"none": _("Nothing fits."), "find": _("Find")}
    return [
        {"name": "substitute", "label": _("Who stands in"), "kind": "choice", "options": people, "required": True,
         "wide": True, **more},
        {"name": "first_day", "label": _("First day away"), "kind": "day", "required": True},
        {"name": "last_day", "label": _("Last day away"), "kind": "day", "required": True},
        {"name": "kind", "label": _("Only for"), "kind": "choice", "options": kinds, "required": True, "wide": True,
         **more},
    ]  # fmt: skip


def listed(reader: Reader) -> Component:
    """The substitutes of today and later, each with the way back."""
    person, language = reader.actor.person_id, reader.actor.language
    if person is None:
        return parts.empty(_("Your user names no employee, so there is nobody to stand in for."))
    rows = absences(reader, person)
    if not rows:
        return parts.empty(_("Nobody stands in for you."))
    return html.Ul(
        [
            html.Li([
                html.Div([
                    html.Span(person_name(reader, one.substitute_id), className="task-title"),
                    html.Small(told(one.first_day, one.last_day, one.kind, language)),
                ]),
                parts.button(_("Take back"), id={"type": page.BACK, "index": str(one.id)}),
            ])
            for one in rows
        ],
        className="tasks",
    )  # fmt: skip


def told(first: dt.date, last: dt.date, kind: str | None, language: str) -> str:
    """25 Nov 2026 – 3 Dec 2026 · Change of shares."""
    days = numbers.day(first, language)
    if last != first:
        days += f" – {numbers.day(last, language)}"
    return f"{days} · {APPROVALS[kind].title}" if kind in APPROVALS else days


@callback(
    Output(page.FORM, "problems"),
    Output(page.FORM, "said"),
    Output(page.FORM, "answered"),
    Output(page.SAVED, "data"),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.FORM, "submits"),
    State(page.FORM, "values"),
    permission=None,
    prevent_initial_call=True,
)
def save(submits: Any, values: Any) -> tuple[Any, ...]:
    """Name a substitute."""
    if not submits:
        return (no_update,) * 5
    asked = values if isinstance(values, Mapping) else {}
    person, kind = str(asked.get("substitute") or ""), asked.get("kind")
    if not is_number(person):
        return {"substitute": _("Say who stands in.")}, "", submits, no_update, no_update
    first, last = (day_of(_text(asked.get(name)), dt.date.min) for name in ("first_day", "last_day"))
    try:
        with writing(current_actor()) as writer:
            go_away(writer, int(person), first, last, kind if isinstance(kind, str) and kind != ALL_KINDS else None)
    except Refusal as refusal:
        problems = {refusal.field: refusal.sentence} if refusal.field else {}
        return problems, "" if problems else refusal.sentence, submits, no_update, no_update
    return {}, "", submits, submits, parts.notice(_("Saved."))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


@callback(
    Output(page.SAVED, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input({"type": page.BACK, "index": ALL}, "n_clicks"),
    permission=None,
    prevent_initial_call=True,
)
def take_back(clicks: list[int | None]) -> tuple[Any, ...]:
    """Take a substitute back."""
    which = ctx.triggered_id
    number = str(which.get("index", "")) if isinstance(which, Mapping) else ""
    if not any(clicks) or not is_number(number):
        return no_update, no_update
    try:
        with writing(current_actor()) as writer:
            come_back(writer, int(number))
    except NotThere:
        return f"gone {number}", no_update
    return f"back {number}", parts.notice(_("Taken back."), "neutral")
