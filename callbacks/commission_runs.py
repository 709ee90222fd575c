"""The run of a month at the commission desk: that it is under way, and the page drawn anew when it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import commissions as page
from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit import address, drill, numbers, parts, run_view
from portal.kit.callbacks import callback
from portal.permissions import Permission
from portal.query.commissions import CommissionMonth, month_row, next_month
from portal.query.outside import OutOfScope
from portal.query.reader import Reader, reading
from portal.query.run_order import COMMISSION_KEY
from portal.query.runs import UNFINISHED, Batch, batches
from portal.query.statement import last_of
from portal.services.runs import RunProblem, request_run
from portal.services.writer import writing

NEWEST = 6  # of the runs of all months: an older one is under way no more


def run_under_way(reader: Reader, row: CommissionMonth) -> list[Component]:
    """That the month is being computed, or that its last run published nothing; with the way to the run."""
    newest = newest_run(reader, row.month)
    said: dict[str, tuple[str, parts.Tone]] = {
        "requested": (_("The run of this month waits to begin."), "accent"),
        "running": (_("This month is being computed: what stands here is of the run before."), "accent"),
        "refused": (_("The last run was refused: what stands here is of the run before."), "bad"),
        "failed": (_("The last run failed: what stands here is of the run before."), "bad"),
    }
    return to_run(newest, said)


def to_run(run: Batch | None, said: Mapping[str, tuple[str, parts.Tone]]) -> list[Component]:
    """What is said of a run in such a state, with the way to it."""
    if run is None or run.status not in said:
        return []
    words, tone = said[run.status]
    return [parts.flag(words, tone, parts.link(_("To the run"), run_view.run_href(run.run_id)))]


def next_run(reader: Reader) -> tuple[list[Component], list[Component]]:
    """The button that runs the next month once that has ended, and what is to be known about it."""
    month = next_month(reader)
    if month is None or not reader.actor.may(Permission.JOB_RUN):
        return [], []
    name = numbers.month(month, reader.actor.language)
    said: dict[str, tuple[str, parts.Tone]] = {
        "requested": (_("The run of %(month)s waits to begin.", month=name), "accent"),
        "running": (_("%(month)s is being computed.", month=name), "accent"),
        "refused": (_("The run of %(month)s was refused.", month=name), "bad"),
        "failed": (_("The run of %(month)s failed.", month=name), "bad"),
    }
    told = to_run(newest_run(reader, month), said)
    if told:
        return [], told
    if today() <= last_of(month):
        return [], [parts.flag(_("%(month)s is run once it has ended.", month=name), "neutral")]
    return [parts.button(_("Run %(month)s", month=name), page.RUN_NEXT, primary=True, icon_name="play")], []


@callback(
    Output(page.DONE, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.RUN_NEXT, "n_clicks"),
    permission=Permission.JOB_RUN,
    prevent_initial_call=True,
)
def ask_for_next(clicks: Any) -> tuple[Any, Any]:
    """Ask for the run of the next month, which opens it."""
    if not clicks:
        return no_update, no_update
    try:
        with writing(current_actor()) as writer:
            month = next_month(Reader(writer.actor, writer.session))
            if month is None:
                raise RunProblem(_("The newest month is not closed yet: close it first."))
            request_run(writer, COMMISSION_KEY, [last_of(month)])
    except RunProblem as problem:
        return no_update, parts.notice(str(problem), "bad")
    return f"next {month}", parts.notice(_("The run is asked for; it begins within a minute."))


def newest_run(reader: Reader, month: dt.date) -> Batch | None:
    """The last run of a month, for who may look at runs."""
    if not reader.actor.may(Permission.JOB_VIEW):
        return None
    found, _count = batches(reader, COMMISSION_KEY, limit=NEWEST)
    return next((one for one in found if one.last_date == last_of(month)), None)


def run_of(search: str) -> Batch | None:
    """The last run of the month an address names; without one, of the month that is run next or was run last."""
    number = drill.number_of(address.query_of(search), "month")
    with reading() as reader:
        if not number:
            may = reader.actor.may(Permission.JOB_VIEW)
            return next(iter(batches(reader, COMMISSION_KEY, limit=1)[0]), None) if may else None
        try:
            row, _book = month_row(reader, number)
        except OutOfScope:
            return None
        return newest_run(reader, row.month)


@callback(
    Output(page.TICK, "disabled"),
    Output(page.SEEN, "data"),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.ADDRESS, "search"),
    Input(page.DONE, "data"),
    State(page.SEEN, "data"),
    permission=Permission.COMMISSION_VIEW,
    prevent_initial_call="initial_duplicate",
)
def watch(search: str, _done: Any, seen: Any) -> tuple[Any, ...]:
    """Look every two seconds, but only while a run of the month is under way; say how one ended that was looked at."""
    newest = run_of(search)
    if newest is None:
        return True, "", no_update
    if newest.status in UNFINISHED:
        return False, state_of(newest), no_update
    looked_at = seen in [f"{newest.run_id} {status}" for status in UNFINISHED]
    return True, state_of(newest), parts.notice(*end_of(newest)) if looked_at else no_update


@callback(
    Output(page.DONE, "data", allow_duplicate=True),
    Input(page.TICK, "n_intervals"),
    State(page.SEEN, "data"),
    State(page.ADDRESS, "search"),
    permission=Permission.COMMISSION_VIEW,
    prevent_initial_call=True,
)
def look(looks: Any, seen: Any, search: str) -> Any:
    """The month drawn anew once its run begins or ends."""
    newest = run_of(search) if looks and seen else None
    return no_update if newest is None or state_of(newest) == seen else f"run {state_of(newest)}"


def end_of(run: Batch) -> tuple[str, parts.Tone]:
    """How a run ended."""
    ends: dict[str, tuple[str, parts.Tone]] = {
        "refused": (_("The run was refused."), "bad"), "failed": (_("The run failed."), "bad"),
        "cancelled": (_("The run was cancelled."), "warn"),
    }  # fmt: skip
    return ends.get(run.status, (_("The month was computed; these are its figures."), "good"))


def state_of(run: Batch | None) -> str:
    """How far a run is, to tell whether that has changed."""
    return f"{run.run_id} {run.status}" if run is not None else ""
