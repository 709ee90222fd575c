"""Jobs: what ran when, how it went, what is under way. `/jobs` shows a job, `/jobs/run?id=7` what ran together."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kit import parts, run_view
from portal.kit.pages import Page
from portal.kit.resource_form import Form
from portal.permissions import Permission
from portal.services.refusal import LONGEST_REASON

PATH, RUN_PATH = "/jobs", "/jobs/run"
LOOK_MILLISECONDS = 2000  # only while something runs

ADDRESS, SUBTITLE, FIGURES, NOTES = "jobs-address", "jobs-subtitle", "jobs-figures", "jobs-notes"
CALENDAR, GANTT, BATCHES, VIEWS = "jobs-calendar", "jobs-gantt", "jobs-batches", "jobs-views"
PROGRESS, TICK, SEEN, MOVED = "jobs-progress", "jobs-tick", "jobs-seen", "jobs-moved"
MAY_RUN, ASK, ASK_DIALOG, ASK_FORM = "jobs-may-run", "jobs-ask", "jobs-ask-dialog", "jobs-ask-form"
FIRST, LAST = "first", "last"  # the fields of that form

RUN_ADDRESS, RUN_TITLE, RUN_NOTES, RUN_FACTS = "run-address", "run-title", "run-notes", "run-facts"
STEPS, STEPS_PICTURE, PROBLEMS = "run-steps", "run-steps-picture", "run-problems"
RUN_TICK, RUN_MOVED, GO = "run-tick", "run-moved", "run-go"
MAY_CANCEL, CANCEL, CANCEL_DIALOG, CANCEL_REASON, CANCEL_YES, CANCEL_SAID = (
    "run-may-cancel", "run-cancel", "run-cancel-dialog", "run-cancel-reason", "run-cancel-yes", "run-cancel-said",
)  # fmt: skip
MAY_AGAIN, AGAIN, AGAIN_DIALOG, AGAIN_REASON, AGAIN_YES, AGAIN_SAID = (
    "run-may-again", "run-again", "run-again-dialog", "run-again-reason", "run-again-yes", "run-again-said",
)  # fmt: skip
NOTED_DIALOG, NOTED_REASON, NOTED_ALIKE, NOTED_YES, NOTED_SAID = (
    "run-noted-dialog", "run-noted-reason", "run-noted-alike", "run-noted-yes", "run-noted-said",
)  # fmt: skip


def layout(job: str = "nightly", until: str = "", status: str = "") -> Component:
    """A job's dates, month by month; how it is doing; its runs, newest first."""
    ask = html.Div(parts.button(_("Run"), id=ASK, primary=True, icon_name="play"), id=MAY_RUN, hidden=True)
    return parts.stack(
        dcc.Store(id=ADDRESS, data={"job": job, "until": until, "status": status}),
        dcc.Store(id=SEEN),
        dcc.Store(id=MOVED),
        dcc.Interval(id=TICK, interval=LOOK_MILLISECONDS, disabled=True),
        parts.page_header(_("Jobs"), html.Span(id=SUBTITLE), actions=[ask]),
        parts.tabs([(title, job_href(key)) for key, title in run_view.JOBS.items()], job_href(job), label=_("Jobs")),
        html.Div(id=NOTES),
        html.Div(id=PROGRESS),
        html.Div(parts.skeleton(112), id=FIGURES),
        html.Div(parts.skeleton(280), id=CALENDAR),
        html.Div(parts.skeleton(200), id=GANTT),
        parts.section(_("Runs"), html.Div(id=VIEWS), html.Div(parts.skeleton(320), id=BATCHES), look="records"),
        ask_dialog(),
    )


def job_href(job: str) -> str:
    """The address of a job; the nightly run is the page itself."""
    return PATH if job == "nightly" else f"{PATH}?{urlencode({'job': job})}"


def ask_dialog() -> Component:
    """Which dates to run."""
    fields = [
        {"name": FIRST, "label": _("First business date"), "kind": "day", "required": True},
        {"name": LAST, "label": _("Last business date"), "kind": "day"},
    ]
    return parts.dialog(
        ASK_DIALOG, _("Run business dates"),
        html.P(_("Dates that have a run keep it. To compute one again, open its run.")),
        Form(id=ASK_FORM, fields=fields, values={}, problems={}, label=_("Run"), busyLabel=_("Asking …")),
    )  # fmt: skip


def run_layout(id: str = "", again: str = "", step: str = "", problem: str = "") -> Component:
    """What ran together: its state, its steps, its problems; run it again, cancel it, acknowledge a problem."""
    actions = [
        html.Div(parts.button(_("Cancel"), id=CANCEL, icon_name="slash-circle"), id=MAY_CANCEL, hidden=True),
        html.Div(parts.button(_("Run again"), id=AGAIN, icon_name="arrow-repeat"), id=MAY_AGAIN, hidden=True),
    ]
    return parts.stack(
        dcc.Store(id=RUN_ADDRESS, data={"id": id, "step": step, "problem": problem}),
        dcc.Store(id=RUN_MOVED),
        dcc.Location(id=GO, refresh="callback-nav"),
        dcc.Interval(id=RUN_TICK, interval=LOOK_MILLISECONDS, disabled=True),
        parts.page_header(html.Span(id=RUN_TITLE), crumbs=[(_("Jobs"), PATH), (_("Run"), "")], actions=actions),
        html.Div(id=RUN_NOTES),
        parts.columns(
            parts.section(_("Steps over time"), html.Div(parts.skeleton(180), id=STEPS_PICTURE)),
            parts.section(_("Run"), html.Div(parts.skeleton(180), id=RUN_FACTS)),
        ),
        parts.section(_("Steps"), html.Div(parts.skeleton(240), id=STEPS), look="records"),
        parts.section(
            _("Problems"),
            html.Div(parts.skeleton(120), id=PROBLEMS),
            subtitle=_("What the checks found, with the bad rows. Figures stay flagged until somebody gives a reason."),
        ),
        again_dialog(step, open=bool(again or step)),
        cancel_dialog(),
        noted_dialog(open=bool(problem)),
    )


def again_dialog(step: str, *, open: bool) -> Component:
    """Why it is run again."""
    title = run_view.step_title(step)
    where = _("It begins at the step %(step)s and keeps what the steps before left.", step=title) if step else ""
    follows = _("Dates already published after it are computed again too, because they build on it.")
    return question(
        AGAIN_DIALOG, _("Run again"),
        html.P(f"{follows} {where}".strip()),
        parts.labelled(_("Reason"), reason_field(AGAIN_REASON), hint=_("It stays in the history of the run.")),
        said=AGAIN_SAID, yes=parts.button(_("Run again"), id=AGAIN_YES, primary=True), open=open,
    )  # fmt: skip


def cancel_dialog() -> Component:
    """Why it is cancelled."""
    return question(
        CANCEL_DIALOG, _("Cancel the run"),
        html.P(_("A step under way is finished first. After a refused or failed re-run the attempt before it holds.")),
        parts.labelled(_("Reason"), reason_field(CANCEL_REASON), hint=_("It stays in the history of the run.")),
        said=CANCEL_SAID, yes=parts.button(_("Cancel the run"), id=CANCEL_YES, primary=True),
    )  # fmt: skip


def noted_dialog(*, open: bool) -> Component:
    """Why a problem may stand."""
    choices = [("one", _("This one")), ("alike", _("All of its rule in this run"))]
    return question(
        NOTED_DIALOG, _("Acknowledge a problem"),
        parts.segmented(NOTED_ALIKE, choices, "one", label=_("Which problems")),
        parts.labelled(_("Reason"), reason_field(NOTED_REASON), hint=_("It stays with the figures.")),
        said=NOTED_SAID, yes=parts.button(_("Acknowledge"), id=NOTED_YES, primary=True), open=open,
    )  # fmt: skip


def question(id: str, title: str, *fields: Component, said: str, yes: Component, open: bool = False) -> Component:
    """A dialog with fields; what is wrong with them is said in `said`."""
    return parts.dialog(id, title, parts.stack(*fields, html.Div(id=said)), open=open, actions=[yes])


def reason_field(id: str) -> Component:
    """A sentence."""
    return dcc.Input(id=id, type="text", maxLength=LONGEST_REASON, autoComplete="off")


PAGES = (
    Page(PATH, _l("Jobs"), layout, Permission.JOB_VIEW, icon="diagram-3", group="operate", order=500),
    Page(
        RUN_PATH, _l("Run"), run_layout, Permission.JOB_VIEW, icon="diagram-3", group="operate", order=501, menu=False
    ),
)
