"""The Run shape of a page: how runs, their steps and their problems look. From what was read to components."""

from __future__ import annotations

import datetime as dt
import itertools
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import numbers, parts
from portal.kit.components import Calendar
from portal.kit.gantt import Bar, duration, gantt
from portal.kit.parts import Cell, Column, Tone
from portal.kit.wording import who
from portal.query.run_order import Wall
from portal.query.runs import Batch, RunDay, StepRun

TAKE_OVER = "take over"  # how jobs name the copying of an earlier attempt's tables
SHORTEST_PAUSE_SECONDS, PAUSES_A_WORK = 10, 3
SPELL_SECONDS = 600  # work with no longer pause between is one spell


@dataclass(frozen=True, slots=True)
class Look:
    """A status in a word, a tone and an icon: never by colour alone."""

    word: str | LazyString
    tone: Tone
    icon: str


LOOKS = {
    "published": Look(_l("Published"), "good", icon="check-circle"),
    "flagged": Look(_l("Published with open problems"), "warn", icon="flag"),
    "running": Look(_l("Running"), "accent", icon="arrow-repeat"),
    "requested": Look(_l("Waiting"), "neutral", icon="hourglass-split"),
    "refused": Look(_l("Refused"), "bad", icon="x-octagon"),
    "failed": Look(_l("Failed"), "bad", icon="exclamation-triangle"),
    "cancelled": Look(_l("Cancelled"), "neutral", icon="slash-circle"),
}
STEP_WORDS = {"done": _l("Done"), "reused": _l("Taken over")}
JOBS = {
    "nightly": _l("Nightly run"),
    "policies": _l("Policies and premiums"),
    "intraday": _l("Events of the day"),
    "commission": _l("Commission month"),
    "retention": _l("Retention"),
}
STEPS = {
    "organisation": _l("Agents and teams"),
    "download": _l("Download"),
    "gate": _l("Quality gate"),
    "balances": _l("Balances"),
    "measures": _l("Measures"),
    "attribution": _l("Attribution"),
    "publish": _l("Publish"),
    "compute": _l("Compute"),
    "retro": _l("Closed months again"),
    "commission": _l("Month so far"),
    "statement": _l("Statements"),
    "reconcile": _l("Reconcile"),
    "vacuum": _l("Remove superseded versions"),
    TAKE_OVER: _l("Take over"),
}
WEEKDAYS = (_l("Mo"), _l("Tu"), _l("We"), _l("Th"), _l("Fr"), _l("Sa"), _l("Su"))


def job_title(job: str) -> str:
    """What people call a job."""
    return str(JOBS.get(job, job))


def step_title(step: str) -> str:
    """What people call a step."""
    return str(STEPS.get(step, step))


def span(first: dt.date, last: dt.date, lang: str) -> str:
    """One date, or the first and the last."""
    if first == last:
        return numbers.day(first, lang)
    return f"{numbers.day(first, lang)} – {numbers.day(last, lang)}"


def run_href(run_id: int, **more: str) -> str:
    """The address of a run."""
    return f"/jobs/run?{urlencode({'id': str(run_id), **more})}"


def status_badge(status: str) -> Component:
    """The word of a status with its icon."""
    look = LOOKS[status]
    return parts.badge(look.word, look.tone)


def why_waiting(wall: Wall, lang: str) -> str:
    """What later dates wait for, and what to do about it."""
    day = numbers.day(wall.business_date, lang)
    if wall.why == "refused":
        return _("Later dates wait for %(day)s, which was refused: correct the cause and run it again.", day=day)
    if wall.why == "failed":
        return _("Later dates wait for %(day)s, which failed: see its message, then run it again.", day=day)
    return _("Later dates wait for %(day)s, which has not been run: run it first.", day=day)


def month_calendar(
    days: Mapping[dt.date, RunDay], months: Sequence[dt.date], closed: frozenset[dt.date], lang: str
) -> Component:
    """The newest run of each date, month by month; a date leads to its run."""
    return Calendar(
        label=_("Runs by business date"),
        weekdays=[str(name) for name in WEEKDAYS],
        months=[
            {
                "title": numbers.month(month, lang),
                "first": month.weekday(),
                "days": [
                    _day(month.replace(day=n), days, closed, lang)
                    for n in range(1, monthrange(month.year, month.month)[1] + 1)
                ],
            }
            for month in months
        ],
    )


def day_status(run: RunDay) -> str:
    """The status of a date; published with open problems is one of its own."""
    return "flagged" if run.status == "published" and run.open_problems else str(run.status)


def _day(date: dt.date, days: Mapping[dt.date, RunDay], closed: frozenset[dt.date], lang: str) -> dict[str, Any]:
    run = days.get(date)
    said = numbers.day(date, lang)
    if run is None:
        words = _("closed") if date in closed else _("no run")
        return {"day": date.day, "look": "none", "title": f"{said}: {words}"}
    look = LOOKS[day_status(run)]
    attempt = _(", attempt %(number)s", number=run.attempt) if run.attempt > 1 else ""
    return {
        "day": date.day, "look": f"tone-{look.tone}", "icon": look.icon, "href": run_href(run.run_id),
        "title": f"{said}: {look.word}{attempt}",
    }  # fmt: skip


def batch_table(batches: Sequence[Batch], total: int, lang: str) -> Component:
    """What was computed together: dates, how it went, how long it took."""
    columns = [
        Column("dates", _("Business dates")),
        Column("status", _("Status")),
        Column("attempt", _("Attempt"), "number", phone=False),
        Column("started", _("Began"), "muted"),
        Column("seconds", _("Took"), "number"),
        Column("problems", _("Open problems"), "number"),
        Column("by", _("Asked for by"), "muted", phone=False),
    ]
    rows = [
        {
            "href": run_href(batch.run_id),
            "dates": Cell(span(batch.first_date, batch.last_date, lang), note=batch.message or batch.reason),
            "status": Cell("", badge=LOOKS[batch.status].word, tone=LOOKS[batch.status].tone),
            "attempt": numbers.count(batch.attempt, lang),
            "started": instant(batch.started_at, lang),
            "seconds": duration(batch.seconds) if batch.seconds else numbers.NOTHING,
            "problems": numbers.count(batch.open_problems, lang) if batch.open_problems else numbers.NOTHING,
            "by": who(batch.requested_by),
        }
        for batch in batches
    ]
    more = _("%(shown)s of %(total)s", shown=len(rows), total=total) if total > len(rows) else ""
    return parts.simple_table(columns, rows, caption=_("Runs"), more=more, empty_text=_("No run is like that."))


def spell_gantt(batches: Sequence[Batch], steps: Sequence[StepRun], lang: str) -> Component | None:
    """The newest spell of work: a row for what was computed together, a colour for each step."""
    rows = [batch for batch in newest_spell(batches) if any(step.chunk == batch.chunk for step in steps)]
    if not rows:
        return None
    place = {batch.chunk: at for at, batch in enumerate(rows)}
    shown = [step for step in steps if step.chunk in place and step.status != "reused"]
    start = min(step.started_at for step in shown)
    order = list(dict.fromkeys(step.step for step in shown))
    bars = [
        Bar(place[step.chunk], (step.started_at - start).total_seconds(), step.seconds, order.index(step.step) % 7 + 1)
        for step in shown
    ]
    names = [
        span(batch.first_date, batch.last_date, lang) if batch.runs == 1 else numbers.month(batch.first_date, lang)
        for batch in rows
    ]
    picture = gantt(names, bars, start, _("What ran when"))
    total = {name: sum(step.seconds for step in shown if step.step == name) for name in order}
    legend = html.Div([_step_total(at, name, total[name]) for at, name in enumerate(order)], className="tags")
    return parts.picture(picture, caption=_("A bar is a step; beside its name is what it took in all."), legend=legend)


def _step_total(place: int, step: str, seconds: float) -> Component:
    words: list[Any] = [
        html.I(className=f"swatch c{place % 7 + 1}"),
        f" {step_title(step)} ",
        html.B(duration(seconds)),
    ]
    return html.Span(words, className="step-total")


def newest_spell(batches: Sequence[Batch]) -> list[Batch]:
    """The batches of the last stretch of work without a long pause, oldest first; `batches` come newest first. A pause is
    long, too, when the work beside it would be too short to see."""
    begun = [batch for batch in batches if batch.started_at is not None and batch.chunk]
    begun.sort(key=lambda batch: batch.started_at or batch.requested_at, reverse=True)
    spell = begun[:1]
    for later, earlier in itertools.pairwise(begun):
        ended = earlier.finished_at or earlier.started_at
        worked = sum(batch.seconds or 0 for batch in spell)
        longest = min(SPELL_SECONDS, max(SHORTEST_PAUSE_SECONDS, PAUSES_A_WORK * worked))
        if later.started_at is None or ended is None or (later.started_at - ended).total_seconds() > longest:
            break
        spell.append(earlier)
    return spell[11::-1]


def step_gantt(steps: Sequence[StepRun]) -> Component | None:
    """The steps of one batch, one row each."""
    shown = [step for step in steps if step.status != "reused"]
    if not shown:
        return None
    start = min(step.started_at for step in shown)
    bars = [
        Bar(
            at,
            (step.started_at - start).total_seconds(),
            step.seconds,
            text=duration(step.seconds),
            look=_bar_look(step.status),
        )
        for at, step in enumerate(shown)
    ]
    return parts.picture(gantt([step_title(step.step) for step in shown], bars, start, _("Steps over time")))


def _bar_look(status: str) -> str:
    return {"refused": "fault", "failed": "fault", "running": "accent"}.get(status, "c1")


def step_table(steps: Sequence[StepRun], lang: str, again_href: str = "") -> Component:
    """Each step with its time and rows; `again_href` is where a re-run from a step is asked for."""
    columns = [
        Column("step", _("Step")),
        Column("status", _("Status")),
        Column("seconds", _("Took"), "number"),
        Column("rows_in", _("Rows in"), "number"),
        Column("rows_out", _("Rows out"), "number"),
        Column("rows_held", _("Set aside"), "number"),
        *([Column("again", _("Run again"))] if again_href else []),
    ]
    rows = [
        {
            "step": Cell(step_title(step.step), note=step.message),
            "status": _step_status(step.status),
            "seconds": duration(step.seconds),
            "rows_in": numbers.count(step.rows_in, lang),
            "rows_out": numbers.count(step.rows_out, lang),
            "rows_held": numbers.count(step.rows_held, lang),
            "again": Cell(_("from here"), href=f"{again_href}&{urlencode({'step': step.step})}"),
        }
        for step in steps
        if step.step != TAKE_OVER
    ]
    return parts.simple_table(columns, rows, caption=_("Steps"), empty_text=_("No step has begun yet."))


def _step_status(status: str) -> Cell:
    if status in STEP_WORDS:
        return Cell("", badge=STEP_WORDS[status], tone="good" if status == "done" else "neutral")
    return Cell("", badge=LOOKS[status].word, tone=LOOKS[status].tone)


def instant(moment: dt.datetime | None, lang: str) -> str:
    """A day and a time of day."""
    return numbers.NOTHING if moment is None else f"{numbers.short_day(moment.date(), lang)} {moment:%H:%M}"


def dates_said(count: int) -> str:
    """1 date, 31 dates."""
    return ngettext("%(num)s date", "%(num)s dates", count)
