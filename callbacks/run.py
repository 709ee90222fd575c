"""The page of a run: its state, steps and problems; run again, cancel, acknowledge."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import jobs as page
from portal.access.current import current_actor
from portal.kit import finding_view, numbers, parts, run_view
from portal.kit.address import kept, text_of
from portal.kit.callbacks import callback
from portal.kit.gantt import duration
from portal.kit.wording import who
from portal.permissions import Permission
from portal.query import runs
from portal.query.calendar import business_calendar
from portal.query.reader import reading
from portal.query.run_order import Wall
from portal.query.runs import UNFINISHED, Batch
from portal.services.runs import RunProblem, acknowledge_problem, cancel_run, request_run
from portal.services.writer import NotThere, writing

PARTS = ("id", "step", "problem")  # of the page's address


@callback(
    Output(page.RUN_TITLE, "children"),
    Output(page.RUN_NOTES, "children"),
    Output(page.RUN_FACTS, "children"),
    Output(page.STEPS_PICTURE, "children"),
    Output(page.STEPS, "children"),
    Output(page.MAY_AGAIN, "hidden"),
    Output(page.MAY_CANCEL, "hidden"),
    Output(page.RUN_TICK, "disabled"),
    Input(page.RUN_ADDRESS, "data"),
    Input(page.RUN_MOVED, "data"),
    Input(page.RUN_TICK, "n_intervals"),
    permission=Permission.JOB_VIEW,
)
def show_run(stored: Any, _moved: object, _looks: int | None) -> tuple[Any, ...]:
    """What is known of a run now; looked at again every two seconds until it ended."""
    actor, address = current_actor(), kept(stored, *PARTS)
    with reading(actor) as reader:
        batch = runs.batch_of(reader, number(address["id"]))
        if batch is None:
            return (
                _("There is no such run"),
                parts.empty(_("Choose one on the Jobs page."), parts.link(_("Jobs"), page.PATH, "btn btn-outline")),
                [],
                [],
                [],
                True,
                True,
                True,
            )
        steps = runs.steps_of(reader, [batch.chunk] if batch.chunk else [])
        in_the_way = runs.overview(reader, batch.job).waits_for
    may_run, unfinished = actor.may(Permission.JOB_RUN), batch.status in UNFINISHED
    again = run_view.run_href(batch.run_id) if may_run and not unfinished else ""
    return (
        f"{run_view.job_title(batch.job)} · {run_view.span(batch.first_date, batch.last_date, actor.language)}",
        notes(batch, in_the_way, actor.language),
        parts.facts(facts(batch, actor.language)),
        run_view.step_gantt(steps) or parts.empty(_("No step has begun yet.")),
        run_view.step_table(steps, actor.language, again),
        not may_run or unfinished,
        not may_run or batch.status in ("published", "cancelled"),
        not unfinished,
    )


@callback(
    Output(page.PROBLEMS, "children"),
    Input(page.RUN_ADDRESS, "data"),
    Input(page.RUN_MOVED, "data"),
    Input(page.RUN_TICK, "disabled"),
    permission=Permission.JOB_VIEW,
)
def show_problems(stored: Any, _moved: object, _ended: bool) -> list[Component]:
    """What the checks found in what ran together."""
    actor, address = current_actor(), kept(stored, *PARTS)
    with reading(actor) as reader:
        batch = runs.batch_of(reader, number(address["id"]))
        found = runs.findings(reader, batch.chunk) if batch and batch.chunk else []
    href = run_view.run_href(batch.run_id) if batch and actor.may(Permission.PROBLEM_ACKNOWLEDGE) else ""
    return finding_view.finding_tables(found, actor.language, href)


@callback(
    Output(page.AGAIN_DIALOG, "open"), Input(page.AGAIN, "n_clicks"), permission=Permission.JOB_RUN,
    prevent_initial_call=True,
)  # fmt: skip
def ask_why_again(clicks: int | None) -> Any:
    """The question why."""
    return True if clicks else no_update


@callback(
    Output(page.CANCEL_DIALOG, "open"), Input(page.CANCEL, "n_clicks"), permission=Permission.JOB_RUN,
    prevent_initial_call=True,
)  # fmt: skip
def ask_why_cancel(clicks: int | None) -> Any:
    """The question why."""
    return True if clicks else no_update


@callback(
    Output(page.GO, "href"),
    Output(page.AGAIN_SAID, "children"),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.AGAIN_YES, "n_clicks"),
    State(page.AGAIN_REASON, "value"),
    State(page.RUN_ADDRESS, "data"),
    permission=Permission.JOB_RUN,
    prevent_initial_call=True,
)
def run_again(clicks: int | None, reason: Any, stored: Any) -> tuple[Any, ...]:
    """Ask for the next attempt of what ran together, and go to it."""
    if not clicks:
        return no_update, no_update, no_update
    actor, address = current_actor(), kept(stored, *PARTS)
    try:
        with reading(actor) as reader:
            batch = known(runs.batch_of(reader, number(address["id"])))
            dates = list(business_calendar(reader.session).open_dates(batch.first_date, batch.last_date))
            step = known_step(address["step"], [one.step for one in runs.steps_of(reader, [batch.chunk])])
        with writing(actor) as writer:
            asked = request_run(writer, batch.job, dates, rerun=True, reason=text_of(reason), from_step=step)
    except RunProblem as problem:
        return no_update, parts.flag(str(problem)), no_update
    said = _("Asked for %(dates)s.", dates=run_view.dates_said(len(asked)))
    return run_view.run_href(asked[0].id), [], parts.notice(said)


@callback(
    Output(page.CANCEL_DIALOG, "open", allow_duplicate=True),
    Output(page.CANCEL_SAID, "children"),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Output(page.RUN_MOVED, "data", allow_duplicate=True),
    Input(page.CANCEL_YES, "n_clicks"),
    State(page.CANCEL_REASON, "value"),
    State(page.RUN_ADDRESS, "data"),
    permission=Permission.JOB_RUN,
    prevent_initial_call=True,
)
def cancel(clicks: int | None, reason: Any, stored: Any) -> tuple[Any, ...]:
    """Cancel what runs or waits together."""
    if not clicks:
        return no_update, no_update, no_update, no_update
    actor, address = current_actor(), kept(stored, *PARTS)
    try:
        with reading(actor) as reader:
            batch = known(runs.batch_of(reader, number(address["id"])))
        with writing(actor) as writer:
            ended = cancel_run(writer, batch.run_id, text_of(reason), through=batch.last_date)
    except RunProblem as problem:
        return no_update, parts.flag(str(problem)), no_update, no_update
    said = _("Cancelled %(dates)s.", dates=run_view.dates_said(len(ended)))
    return False, [], parts.notice(said), f"cancel {clicks}"


@callback(
    Output(page.NOTED_DIALOG, "open"),
    Output(page.NOTED_SAID, "children"),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Output(page.RUN_MOVED, "data", allow_duplicate=True),
    Input(page.NOTED_YES, "n_clicks"),
    State(page.NOTED_REASON, "value"),
    State(page.NOTED_ALIKE, "value"),
    State(page.RUN_ADDRESS, "data"),
    permission=Permission.PROBLEM_ACKNOWLEDGE,
    prevent_initial_call=True,
)
def acknowledge(clicks: int | None, reason: Any, which: Any, stored: Any) -> tuple[Any, ...]:
    """Take note of a problem, or of all of its rule."""
    if not clicks:
        return no_update, no_update, no_update, no_update
    problem_id = number(kept(stored, *PARTS)["problem"])
    try:
        with writing(current_actor()) as writer:
            noted = acknowledge_problem(writer, problem_id, text_of(reason), all_alike=which == "alike")
    except (RunProblem, NotThere) as problem:
        return no_update, parts.flag(str(problem)), no_update, no_update
    return False, [], parts.notice(_("Acknowledged: %(number)s.", number=noted)), f"noted {clicks}"


def number(text: str) -> int:
    """A number of an address; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def known(batch: Batch | None) -> Batch:
    """A batch that exists."""
    if batch is None:
        raise RunProblem(_("There is no such run."))
    return batch


def known_step(step: str, steps: list[str]) -> str:
    """A step this run had; empty begins at the first."""
    if step and (step == run_view.TAKE_OVER or step not in steps):
        raise RunProblem(_("This run has no step %(step)s.", step=step))
    return step


def notes(batch: Batch, in_the_way: Wall | None, lang: str) -> list[Component]:
    """What to know first: why it stopped, or what it waits for."""
    if batch.message:
        return [parts.flag(batch.message, tone="bad")]
    if batch.status == "requested" and in_the_way and in_the_way.business_date < batch.last_date:
        return [parts.flag(run_view.why_waiting(in_the_way, lang))]
    if batch.open_problems:
        sentence = _("Its figures are flagged: %(number)s problems are open.", number=batch.open_problems)
        return [parts.flag(sentence)]
    return []


def facts(batch: Batch, lang: str) -> list[tuple[Any, Any]]:
    """The state of what ran together, in words."""
    told = [
        (_("Status"), run_view.status_badge(batch.status)),
        (_("Business dates"), run_view.dates_said(batch.runs)),
        (_("Attempt"), numbers.count(batch.attempt, lang)),
        (_("Asked for by"), f"{who(batch.requested_by)}, {run_view.instant(batch.requested_at, lang)}"),
        (_("Began"), run_view.instant(batch.started_at, lang)),
        (_("Ended"), run_view.instant(batch.finished_at, lang)),
        (_("Took"), duration(batch.seconds) if batch.seconds else numbers.NOTHING),
    ]
    if batch.reason:
        told.append((_("Reason"), batch.reason))
    if batch.from_step:
        told.append((_("Began at step"), run_view.step_title(batch.from_step)))
    return told
