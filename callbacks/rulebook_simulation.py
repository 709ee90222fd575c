"""The simulation of a draft: how far the newest is and what it found, the form of the next one, and cancelling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import rulebook_version as page
from portal.access.identity import today
from portal.kit import address, numbers, parts, rulebook_result
from portal.kit.callbacks import callback
from portal.kit.resource_form import Form, typed
from portal.kit.rulebook_draft import amount_of
from portal.kit.rulebook_months import months_before, months_of
from portal.kit.rulebook_shown import Shown, editing
from portal.permissions import Permission
from portal.query import rulebooks as query
from portal.query.reader import Reader
from portal.sentence import told
from portal.services import rulebook_simulations
from portal.services.refusal import Refusal
from portal.services.rulebook_words import element_title


def simulate_view(look: Shown) -> tuple[list[Component], bool]:
    """The newest simulation, or how far it is; and the form of the next one."""
    newest = query.newest_simulation(look.reader, look.version.id)
    if newest is not None and newest.state in ("requested", "running"):
        cancel = [parts.button(_("Cancel"), id=page.CANCEL, icon_name="slash-circle")] if look.edits else []
        how_far = newest.progress or _("Waiting for the jobs to take it up.")
        return [
            parts.section(
                _("Simulating"), parts.flag(how_far, "accent"), subtitle=", ".join(newest.months), actions=cancel
            )
        ], True
    body: list[Component] = []
    if newest is not None and newest.state == "done" and newest.result:
        if newest.content_hash != look.version.content_hash:
            body.append(parts.flag(_("The draft was edited since this simulation: simulate it again.")))
        by = look.asked.get("by", "")
        by = by if by in rulebook_result.BY else rulebook_result.BY[0]
        options = [address.Option("institution", _("Institutions")), address.Option("rank", _("Ranks")),
                   address.Option("line", _("Lines"))]  # fmt: skip
        switch = address.switch(page.BY, "by", _("Change"), options, by)
        body += rulebook_result.shown(
            newest.result, by, look.places, look.titles(), look.rank_titles(), look.lang, switch
        )
    elif newest is not None and newest.state == "failed":
        body.append(parts.flag(_("The simulation failed: %(why)s", why=why_failed(newest.result or {})), "bad"))
    if look.edits and look.version.standing != "submitted":
        months = months_to_try(look, () if newest is None else newest.months)
        if newest is None or newest.content_hash != look.version.content_hash or not just_now(newest.finished_at):
            rulebook_simulations.tell_opened(look.reader.session, rulebook_simulations.Opened(look.version.id, months))
        body.append(parts.section(_("Simulate"), simulate_form(look, months),
                                  subtitle=_("What the draft would have paid in months that have passed")))  # fmt: skip
    return body or [parts.empty(_("This version was not simulated."))], False


def why_failed(result: Mapping[str, Any]) -> str:
    """What refused or broke a simulation, in the reader's language."""
    return told(result.get("sentence"), str(result.get("problem") or "–"))


def just_now(finished_at: dt.datetime | None) -> bool:
    """Whether what a simulation made surely stands still."""
    return finished_at is not None and dt.datetime.now(dt.UTC) - finished_at < dt.timedelta(minutes=1)


def months_to_try(look: Shown, tried: Sequence[str]) -> list[dt.date]:
    """The months that were tried last, else the newest: those that are ticked before anybody chooses."""
    offered = offered_months(look)
    return sorted(
        [month for month in offered if f"{month:%Y-%m}" in tried] or offered[: rulebook_simulations.PROPOSED_MONTHS]
    )


def offered_months(look: Shown) -> list[dt.date]:
    return months_before(look.reader.newest or today())


def simulate_form(look: Shown, months: Sequence[dt.date]) -> Component:
    """Which months, and the goal if there is one."""
    offered = offered_months(look)
    options = [{"value": f"{month:%Y-%m}", "label": numbers.month(month, look.lang)} for month in offered]
    parameters = [
        {"value": key[1], "label": element_title(*key, content, look.lang)}
        for key, content in sorted(look.elements.items()) if key[0] == "parameters"
    ]  # fmt: skip
    group = _("Search for the value that meets a budget")
    fields = [
        {"name": "months", "label": _("Months"), "kind": "set", "options": options, "wide": True},
        {"name": "parameter", "label": _("Parameter"), "kind": "choice", "options": parameters, "none": _("Nothing fits."),
         "optional": _("optional"), "group": group},
        {"name": "amount", "label": _("Monthly budget"), "kind": "text", "optional": _("optional"), "group": group},
    ]  # fmt: skip
    values = {"months": [f"{month:%Y-%m}" for month in months]}
    tone = "quiet" if look.version.standing == "simulated" else None
    return Form(id=page.SIMULATE_FORM, fields=fields, values=values, problems={}, label=_("Simulate"), tone=tone)


@callback(
    Output(page.SIMULATE_FORM, "problems"),
    Output(page.SIMULATE_FORM, "said"),
    Output(page.SIMULATE_FORM, "answered"),
    Output(page.DONE, "data", allow_duplicate=True),
    Input(page.SIMULATE_FORM, "submits"),
    State(page.SIMULATE_FORM, "values"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def simulate(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
    """Ask for a simulation."""
    if not submits:
        return (no_update,) * 4
    given = values if isinstance(values, Mapping) else {}
    try:
        months, amount = months_of(given.get("months")), amount_of(typed(given, "amount"), "amount")
        with editing(key) as (writer, version):
            rulebook_simulations.request_simulation(
                writer, version, months, goal_parameter=str(given.get("parameter") or ""), goal_amount=amount
            )
    except Refusal as refusal:
        known = refusal.field in ("months", "amount")
        return {refusal.field: refusal.sentence} if known else {}, "" if known else refusal.sentence, submits, no_update
    return {}, "", submits, f"simulate {submits}"


@callback(
    Output(page.DONE, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.CANCEL, "n_clicks"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def cancel(clicks: Any, key: Any) -> tuple[Any, ...]:
    """Stop the simulation under way."""
    if not clicks:
        return no_update, no_update
    try:
        with editing(key) as (writer, version):
            newest = query.newest_simulation(Reader(writer.actor, writer.session), version.id)
            if newest is not None:
                rulebook_simulations.cancel_simulation(writer, newest.id)
    except Refusal as refusal:
        return no_update, parts.notice(refusal.sentence, "bad")
    return f"cancel {clicks}", no_update
