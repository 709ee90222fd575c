"""The simulation of a draft: how far the newest is and what it found, the form of the next one, and cancelling."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
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
from portal.kit.rulebook_shown import Shown, editing, shown
from portal.permissions import Permission
from portal.query import rulebooks as query
from portal.query.reader import Reader
from portal.sentence import told
from portal.services import rulebook_simulations, rulebooks
from portal.services.refusal import Refusal
from portal.services.rulebook_words import element_title

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def simulate_view(look: Shown) -> tuple[list[Component], bool]:
    """The newest simulation, or how far it is; and the form of the next one."""
    newest = query.newest_simulation(look.reader, look.version.id)
    if newest is not None and newest.state in ("requested", "running"):
        cancel = [parts.button(_("Cancel"), id=page.CANCEL, icon_name="slash-circle")] if look.edits else []
        how_far = progress_words(newest.progress, look) or _("Waiting for the jobs to take it up.")
        tried = numbers.listed([month_title(month, look.lang) for month in newest.months], look.lang)
        return [parts.section(_("Simulating"), parts.flag(how_far, "accent"), subtitle=tried, actions=cancel)], True
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
            newest.result,
            by,
            look.places,
            look.titles(),
            look.rank_titles(),
            look.lang,
            switch,
            goal_found(look, newest),
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


def month_title(month: str, lang: str) -> str:
    """A month of a simulation as people write it."""
    return numbers.month(dt.date.fromisoformat(f"{month}-01"), lang)


def progress_words(progress: str, look: Shown) -> str:
    """How far it is: the month being computed, or the value being tried."""
    if MONTH.fullmatch(progress):
        return _("Computing %(month)s", month=month_title(progress, look.lang))
    name, found, value = progress.partition(" = ")
    if not found:
        return progress
    return _("Trying %(name)s = %(value)s", name=look.titles()(f"p.{name}"), value=value_words(look, name, value))


def value_words(look: Shown, name: str, value: str) -> str:
    """A value of a parameter as it is written in a draft: a rate in percent."""
    content = look.elements.get(("parameters", name))
    unit = content.get("unit") if isinstance(content, Mapping) else ""
    plain = Decimal(value)
    return f"{(plain * 100).normalize():f}%" if unit == "rate" else f"{plain.normalize():f}"


def goal_found(look: Shown, simulation: query.Simulation) -> list[Component]:
    """What the search for a value found; for who edits the draft it was sought for, the button that takes it."""
    goal = (simulation.result or {}).get("goal")
    if not isinstance(goal, Mapping):
        return []
    takes = look.edits and look.version.standing != "submitted" and simulation.content_hash == look.version.content_hash
    take = parts.button(_("Take this value"), id=page.TAKE_VALUE, icon_name="check2") if takes else None
    value = value_words(look, str(goal["parameter"]), str(goal["value"]))
    return rulebook_result.goal_sentence(simulation.result or {}, look.titles(), value, look.lang, take)


@callback(
    Output(page.DONE, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.TAKE_VALUE, "n_clicks"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def take_value(clicks: Any, key: Any) -> tuple[Any, Any]:
    """Write the value that was found into the draft, and simulate the draft as it is then."""
    if not clicks:
        return no_update, no_update
    try:
        with editing(key) as (writer, version):
            look = shown(Reader(writer.actor, writer.session), key)
            newest = query.newest_simulation(look.reader, version.id)
            goal = (newest.result or {}).get("goal") if newest is not None else None
            if newest is None or not isinstance(goal, Mapping) or newest.content_hash != version.content_hash:
                raise Refusal(_("The draft was edited since this simulation: simulate it again."))
            name = str(goal["parameter"])
            written = {**look.elements[("parameters", name)], "value": value_words(look, name, str(goal["value"]))}
            rulebooks.set_element(writer, version, ("parameters", name), written)
            months = [dt.date.fromisoformat(f"{month}-01") for month in newest.months]
    except (Refusal, query.NoRulebook) as refusal:
        return no_update, parts.notice(str(refusal), "bad")
    try:  # the value stays in the draft when an example must be changed before it can be simulated
        with editing(key) as (writer, version):
            rulebook_simulations.request_simulation(writer, version, months)
    except Refusal as refusal:
        taken = _("Taken into the draft.")
        return f"take {clicks}", parts.notice(f"{taken} {refusal}", "warn")
    return f"take {clicks}", parts.notice(_("Taken into the draft; it is simulated with it."))


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
