"""The Jobs page: how a job is doing, its dates, its runs, and asking for more."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from callbacks.shell import show_date
from pages import jobs as page
from portal.access.current import current_actor
from portal.kit import numbers, parts, run_view, shell
from portal.kit.address import kept
from portal.kit.callbacks import callback
from portal.kit.gantt import duration
from portal.kit.resource_form import typed
from portal.kit.run_reasons import reason_words
from portal.kit.svg import sparkline
from portal.permissions import Permission
from portal.query import runs
from portal.query.calendar import ONE_DAY, business_calendar
from portal.query.reader import Reader, reading
from portal.query.runs import Overview, Progress, RunDay
from portal.query.user_names import called
from portal.services.runs import RunProblem, request_run
from portal.services.writer import writing

PARTS = ("job", "until", "status")  # of the page's address
MONTHS_SHOWN = 4
SHOWN_STATUSES = ("published", "running", "requested", "refused", "failed", "cancelled")
LONGEST_RANGE_DAYS = 4000


@callback(
    Output(page.SUBTITLE, "children"),
    Output(page.FIGURES, "children"),
    Output(page.NOTES, "children"),
    Output(page.CALENDAR, "children"),
    Output(page.MAY_RUN, "hidden"),
    Output(page.TICK, "disabled"),
    Input(page.ADDRESS, "data"),
    Input(page.MOVED, "data"),
    permission=Permission.JOB_VIEW,
)
def show_job(stored: Any, _moved: object) -> tuple[Any, ...]:
    """The job's figures, what is in its way, and its dates month by month."""
    actor, address = current_actor(), kept(stored, *PARTS)
    job, lang = address["job"], actor.language
    with reading(actor) as reader:
        now = runs.overview(reader, job)
        months = shown_months(address["until"], newest_of_interest(now))
        days = runs.run_days(reader, job, months[0], month_end(months[-1]))
        months = months[first_with_runs(months, days) :]
        closed = business_calendar(reader.session).closed
        told = notes(reader, now)
    return (
        subtitle(job, now),
        parts.figure_row(figures(now, lang)),
        told,
        calendar_section(address, months, days, run_view.month_calendar(days, months, closed, lang)),
        not actor.may(Permission.JOB_RUN),
        not now.moving,
    )


@callback(
    Output(page.VIEWS, "children"),
    Output(page.BATCHES, "children"),
    Output(page.GANTT, "children"),
    Input(page.ADDRESS, "data"),
    Input(page.MOVED, "data"),
    permission=Permission.JOB_VIEW,
)
def show_runs(stored: Any, _moved: object) -> tuple[Any, ...]:
    """The newest runs, of one status when the address says so, and a picture of the last work."""
    actor, address = current_actor(), kept(stored, *PARTS)
    job, lang = address["job"], actor.language
    status = address["status"] if address["status"] in SHOWN_STATUSES else ""
    with reading(actor) as reader:
        found, total = runs.batches(reader, job, status)
        found = [replace(batch, reason=reason_words(reader, batch.reason)) for batch in found]
        newest = found if not status else runs.batches(reader, job)[0]
        steps = runs.steps_of(reader, [batch.chunk for batch in newest if batch.chunk])
    picture = run_view.spell_gantt(newest, steps, lang)
    gantt = [parts.section(_("The last work"), picture)] if picture is not None else []
    return views(address, status), run_view.batch_table(found, total, lang), gantt


@callback(
    Output(page.PROGRESS, "children"),
    Output(page.SEEN, "data"),
    Output(page.MOVED, "data"),
    Input(page.TICK, "n_intervals"),
    Input(page.TICK, "disabled"),
    State(page.ADDRESS, "data"),
    State(page.SEEN, "data"),
    permission=Permission.JOB_VIEW,
)
def show_progress(_looks: int | None, _off: bool, stored: Any, seen: list[int] | None) -> tuple[Any, ...]:
    """How far the runs under way are; the rest of the page is asked for again only when a run came to its end."""
    job = kept(stored, *PARTS)["job"]
    with reading(current_actor()) as reader:
        now = runs.overview(reader, job).under_way
    state = [now.total, now.running]
    return progress(now), state, no_update if seen in (None, state) else state


@callback(
    Output(shell.DATE, "children", allow_duplicate=True),
    Input(page.MOVED, "data"),
    permission=Permission.JOB_VIEW,
    prevent_initial_call=True,
)
def show_newest(_moved: object) -> list[Component | str]:
    """The newest business date above the page, once a run has come to its end."""
    return show_date("")


@callback(
    Output(page.ASK_DIALOG, "open"),
    Output(page.ASK_FORM, "values"),
    Output(page.ASK_FORM, "said"),
    Input(page.ASK, "n_clicks"),
    State(page.ADDRESS, "data"),
    permission=Permission.JOB_RUN,
    prevent_initial_call=True,
)
def ask_for_dates(clicks: int | None, stored: Any) -> tuple[Any, Any, Any]:
    """The question which dates, beginning with the next one."""
    if not clicks:
        return no_update, no_update, no_update
    job = kept(stored, *PARTS)["job"]
    with reading(current_actor()) as reader:
        suggested = str(runs.next_date(reader, job) or "")
    return True, {page.FIRST: suggested, page.LAST: suggested}, ""


@callback(
    Output(page.ASK_DIALOG, "open", allow_duplicate=True),
    Output(page.ASK_FORM, "said", allow_duplicate=True),
    Output(page.ASK_FORM, "answered"),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Output(page.TICK, "disabled", allow_duplicate=True),
    Input(page.ASK_FORM, "submits"),
    State(page.ASK_FORM, "values"),
    State(page.ADDRESS, "data"),
    permission=Permission.JOB_RUN,
    prevent_initial_call=True,
)
def ask_for_runs(submits: int | None, values: Any, stored: Any) -> tuple[Any, ...]:
    """Ask for the runs of a range."""
    if not submits:
        return (no_update,) * 5
    job = kept(stored, *PARTS)["job"]
    try:
        with writing(current_actor()) as writer:
            dates = wanted_dates(typed(values, page.FIRST), typed(values, page.LAST))
            asked = request_run(writer, known_job(job), runs.days_of(writer.session, job, *dates))
    except RunProblem as problem:
        return no_update, str(problem), submits, no_update, no_update
    waiting = [run for run in asked if run.status in runs.UNFINISHED]
    if not waiting:
        have = _("These dates have a run already: open it to run it again.")
        return no_update, have, submits, no_update, no_update
    said = _("Asked for %(dates)s.", dates=run_view.dates_said(len(waiting)))
    return False, "", submits, parts.notice(said), False


def wanted_dates(first: str, last: str) -> tuple[dt.date, dt.date]:
    """Two dates as people typed them."""
    try:
        start, end = dt.date.fromisoformat(first.strip()), dt.date.fromisoformat((last or first).strip())
    except ValueError as error:
        raise RunProblem(_("Write dates as year-month-day, such as 2026-11-20.")) from error
    last_day = month_end(runs.today())
    if end > last_day:
        raise RunProblem(_("%(day)s has not come yet. Ask for dates up to %(last)s.", day=end, last=last_day))
    if end < start:
        raise RunProblem(_("The last date is before the first one."))
    if (end - start).days > LONGEST_RANGE_DAYS:
        raise RunProblem(_("Ask for at most %(days)s days at once.", days=LONGEST_RANGE_DAYS))
    return start, end


def known_job(job: str) -> str:
    """A job people may ask for here."""
    if job not in run_view.JOBS:
        raise RunProblem(_("There is no such job."))
    return job


def subtitle(job: str, now: Overview) -> str:
    """Which job, and whether somebody does the work."""
    told = [run_view.job_title(job), *([_("The jobs process is running.")] if now.alive else [])]
    return " · ".join(told)


def figures(now: Overview, lang: str) -> list[Component]:
    """Last business date, what waits, open problems, usual duration."""
    waiting = now.under_way.counts.get("requested", 0)
    published = _("published %(instant)s", instant=run_view.instant(now.published_at, lang)) if now.published_at else ""
    usual = duration(now.median_seconds) if now.median_seconds is not None else numbers.NOTHING
    return [
        parts.figure_card(
            _("Newest business date"),
            numbers.short_day(now.last_date, lang),  # the head of the page names the year
            full_text=numbers.day(now.last_date, lang),
            delta=parts.Delta(published, 0),
        ),
        parts.figure_card(
            _("Running"),
            numbers.count(now.under_way.running, lang),
            delta=parts.Delta(_("%(number)s waiting", number=waiting), 0),
        ),
        parts.figure_card(_("Open problems"), numbers.count(now.open_problems, lang)),
        parts.figure_card(
            _("Usual duration"),
            usual,
            delta=parts.Delta(_("median of the last 30"), 0),
            sparkline=sparkline(now.recent_seconds),
        ),
    ]


def notes(reader: Reader, now: Overview) -> list[Component]:
    """What is in the way of later dates, and what is to be computed anew."""
    told, lang = [], reader.actor.language
    if not now.alive:
        told.append(
            parts.flag(_("No jobs process is running; what is asked for waits. The command basis jobs starts one."))
        )
    if now.waits_for is not None and now.under_way.counts.get("requested", 0):
        told.append(parts.flag(run_view.why_waiting(now.waits_for, lang), tone="bad"))
    if now.recalculation is not None:
        sentence = _(
            "Figures from %(day)s on are about to be computed anew: %(who)s changed %(what)s.",
            day=numbers.day(now.recalculation.first_day, lang),
            who=named_users(reader, now.recalculation.requested_by),
            what=reason_words(reader, now.recalculation.reason),
        )
        told.append(parts.flag(sentence))
    return told


def named_users(reader: Reader, users: str) -> str:
    """The people behind user names that stand one after the other."""
    names = users.split("; ")
    known = called(reader, names)
    return numbers.listed([known.get(one, one) for one in names], reader.actor.language)


def progress(now: Progress) -> list[Component]:
    """A bar while something runs."""
    if not now.running:
        return []
    step = _("step %(step)s", step=run_view.step_title(now.step)) if now.step else _("beginning")
    sentence = f"{run_view.dates_said(now.running)} · {step}"
    return [
        parts.section(
            _("Running now"), parts.progress((now.steps + 0.5) / len(run_view.STEPS), sentence), subtitle=sentence
        )
    ]


def newest_of_interest(now: Overview) -> dt.date:
    """The newest date published, or the one that is under way or in the way."""
    wall = now.waits_for.business_date if now.waits_for else None
    return max([day for day in (now.last_date, now.under_way.next_date, wall) if day], default=runs.today())


def shown_months(until: str, newest: dt.date) -> list[dt.date]:
    """The first days of the months shown: the last is that of the address, or of the newest run."""
    try:
        last = dt.date.fromisoformat(f"{until}-01")
    except ValueError:
        last = newest.replace(day=1)
    months = [last]
    while len(months) < MONTHS_SHOWN and months[0].year > 1:
        months.insert(0, (months[0] - ONE_DAY).replace(day=1))
    return months


def first_with_runs(months: list[dt.date], days: dict[dt.date, RunDay]) -> int:
    """Where the months begin that have runs; the last one is shown in any case."""
    with_runs = {day.replace(day=1) for day in days}
    return next((at for at, month in enumerate(months) if month in with_runs), len(months) - 1)


def month_end(month: dt.date) -> dt.date:
    """The last day of a month."""
    return (month.replace(day=28) + 4 * ONE_DAY).replace(day=1) - ONE_DAY


def calendar_section(
    address: dict[str, str], months: list[dt.date], days: dict[dt.date, RunDay], calendar: Component
) -> Component:
    """The months with a way to earlier and later ones, and what the tones mean that are on them."""
    later = month_end(months[-1]) + ONE_DAY
    steps = [
        parts.link(_("Earlier"), href(address, until=f"{months[0] - ONE_DAY:%Y-%m}")),
        parts.link(_("Later"), href(address, until=f"{month_end(later):%Y-%m}")),
    ]
    present = {run_view.day_status(run) for run in days.values()}
    looks = [look for status, look in run_view.LOOKS.items() if status in present]
    tags = [
        html.Span([parts.icon(look.icon), " ", str(look.word)], className=f"tag tone-{look.tone}") for look in looks
    ]
    return parts.section(_("Business dates"), calendar, html.Div(tags, className="tags"), actions=steps)


def views(address: dict[str, str], status: str) -> Component:
    """All runs, or those of one status."""
    entries: list[tuple[parts.Text, str]] = [(_("All"), href(address, status=""))]
    entries += [(run_view.LOOKS[one].word, href(address, status=one)) for one in SHOWN_STATUSES]
    return parts.tabs(entries, here=href(address, status=status), label=_("Runs by status"))


def href(address: dict[str, str], **changes: str) -> str:
    """This page with another part of its address."""
    said = {
        name: value for name, value in {**address, **changes}.items() if value and (name, value) != ("job", "nightly")
    }
    return f"{page.PATH}?{urlencode(said)}" if said else page.PATH
