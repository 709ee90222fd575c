"""One rulebook version: its views, and its way from draft to approval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import rulebook_version as page
from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit import address, numbers, parts, rulebook_examples, rulebook_result, rulebook_tabs, rulebook_view
from portal.kit.address import query_of
from portal.kit.attached_files import content_of, file_choice, files_listed
from portal.kit.callbacks import callback
from portal.kit.resource_form import Form, typed
from portal.kit.rulebook_draft import amount_of
from portal.kit.rulebook_tabs import Shown
from portal.permissions import Permission
from portal.query import rulebooks as query
from portal.query.approvals import current_request
from portal.query.reader import Reader, reading
from portal.query.rulebook_rules import Key
from portal.services import rulebook_simulations
from portal.services import rulebooks as service
from portal.services.refusal import Refusal
from portal.services.rulebook_circulars import attach_circular
from portal.services.rulebook_words import element_title
from portal.services.writer import Writer, writing

TABS = ("", "changes", "check", "examples", "simulate", "history", "comments")
MONTHS_OFFERED, MONTHS_TAKEN = 12, 3


def shown(reader: Reader, key: Any, search: Any = "") -> Shown:
    """The version a page is about. Raises NoRulebook."""
    code, number = (str(key.get("code", "")), str(key.get("number", ""))) if isinstance(key, Mapping) else ("", "")
    book = query.rulebook(reader, code)
    versions = query.versions(reader, book, today())
    for one in versions:
        if str(one.number) == number:
            return Shown(reader, book.code, book.id, one, versions, query_of(search))
    raise query.NoRulebook(f"There is no version {number} of {code}.")


@callback(
    Output(page.HEAD, "children"),
    Output(page.TABS, "children"),
    Output(page.BODY, "children"),
    Output(page.TICK, "disabled"),
    Input(page.ADDRESS, "search"),
    Input(page.DONE, "data"),
    Input(page.TICK, "n_intervals"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_VIEW,
)
def show_version(search: str, _done: Any, _ticks: Any, key: Any) -> tuple[Any, ...]:
    """One view of the version."""
    with reading(current_actor()) as reader:
        try:
            look = shown(reader, key, search)
        except query.NoRulebook:
            way = parts.link(_("To the rulebooks"), rulebook_view.PATH, "btn btn-outline")
            return parts.page_header(_("Rulebooks")), [], [parts.empty(_("There is no such version."), way)], True
        tab = look.asked.get("tab", "")
        tab = tab if tab in TABS else ""
        body, running = view(look, tab)
        return header(look, tab), tabs(look, tab), body, not running


def header(look: Shown, tab: str) -> Component:
    """Where it stands, when it holds, and the next step."""
    version, lang = look.version, look.lang
    place = rulebook_view.named(look.places, version.institution_id, lang)
    kind = place if version.complete else _("overrides at %(place)s", place=place)
    subtitle = [
        rulebook_view.standing(version),
        f" {kind} · {rulebook_view.days(version, lang)} · {version.created_by}",
    ]
    crumbs = [(_("Rulebooks"), f"{rulebook_view.PATH}?book={look.code}"), (f"{look.code} {version.number}", "")]
    return parts.page_header(version.title, subtitle, actions=actions(look, tab), crumbs=crumbs)


def actions(look: Shown, tab: str) -> list[Component]:
    """What it is called, discard, and the one next step: simulate, submit, or the request in the inbox."""
    version = look.version
    if version.standing == "submitted":
        request = current_request(look.reader, "rulebook_version", str(version.id))
        return [parts.link(_("To the request"), f"/inbox/{request.id}", "btn btn-primary")] if request else []
    as_text = parts.download(_("As text"), f"/export/rulebook/{quote(look.code, safe='')}/{version.number}.yaml")
    if not look.edits:
        return [as_text]
    quiet = [
        as_text,
        parts.button(_("Discard"), id=page.DISCARD, icon_name="slash-circle"),
        parts.button(_("Title and first day"), id=page.DRAFT, icon_name="pencil"),
    ]
    if version.standing == "simulated":
        return [*quiet, parts.button(_("Submit"), id=page.SUBMIT, primary=True, icon_name="check-lg")]
    if tab == "simulate":
        return quiet
    href = rulebook_view.version_href(look.code, version.number, tab="simulate")
    return [*quiet, parts.link(_("Simulate"), href, "btn btn-primary")]


def tabs(look: Shown, tab: str) -> Component:
    """The views, each with its address."""
    titles = (
        _("Contents"),
        _("Changes"),
        _("Check"),
        _("Examples"),
        _("Simulate"),
        _("History"),
        _("Comments and files"),
    )
    hrefs = {each: rulebook_view.version_href(look.code, look.version.number, tab=each) for each in TABS}
    return parts.tabs([(title, hrefs[each]) for each, title in zip(TABS, titles, strict=True)], hrefs[tab])


def view(look: Shown, tab: str) -> tuple[list[Component], bool]:
    """The open view, and whether it waits for a simulation."""
    if tab == "simulate":
        return simulate_view(look)
    if tab == "changes":
        return rulebook_tabs.changes(look, page.AGAINST), False
    if tab == "check":
        return rulebook_tabs.check(look), False
    if tab == "examples":
        forms = {"take": page.TAKE_FORM, "expected": page.EXPECTED_FORM, "end": page.END_FORM}
        return rulebook_examples.examples(look, months_before(look.reader.newest or today()), forms), False
    if tab == "history":
        return rulebook_tabs.history(look), False
    if tab == "comments":
        listed = rulebook_tabs.said(query.comments(look.reader, look.version), look.lang, look.element_href)
        comments = parts.section(_("Comments"), listed, comment_form(page.COMMENT_FORM))
        return [parts.columns(comments, circulars(look))], False
    return rulebook_tabs.contents(look, page.FILTERS, page.add_button), False


def circulars(look: Shown) -> Component:
    """The circular that ordered the change; more may be attached until the version is decided."""
    inside = [files_listed(query.files(look.reader, look.version), rulebook_view.CIRCULARS, str)]
    if look.edits:
        inside += [file_choice(page.FILE), html.P(id=page.FILE_SAID, className="field-problem")]
    return parts.section(_("Circular and files"), *inside, subtitle=_("They go along to those who approve."))


def comment_form(id: str) -> Component:
    """A field to say something."""
    field = {"name": "words", "label": _("Comment"), "kind": "reason", "longest": service.LONGEST_COMMENT, "wide": True}
    return Form(id=id, fields=[field], values={}, problems={}, label=_("Comment"), tone="quiet")


# ---- simulating ----


def simulate_view(look: Shown) -> tuple[list[Component], bool]:
    """The newest simulation, or how far it is; and the form of the next one."""
    newest = next(iter(query.simulations(look.reader, look.version)), None)
    if newest is not None and newest.state in ("requested", "running"):
        cancel = [parts.button(_("Cancel"), id=page.CANCEL, icon_name="slash-circle")] if look.edits else []
        told = newest.progress or _("Waiting for the jobs to take it up.")
        return [
            parts.section(
                _("Simulating"), parts.flag(told, "accent"), subtitle=", ".join(newest.months), actions=cancel
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
        body.append(
            parts.flag(_("The simulation failed: %(why)s", why=(newest.result or {}).get("problem") or "–"), "bad")
        )
    if look.edits and look.version.standing != "submitted":
        body.append(parts.section(_("Simulate"), simulate_form(look),
                                  subtitle=_("What the draft would have paid in months that have passed")))  # fmt: skip
    return body or [parts.empty(_("This version was not simulated."))], False


def simulate_form(look: Shown) -> Component:
    """Which months, and the goal if there is one."""
    offered = months_before(look.reader.newest or today())
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
    values = {"months": [f"{month:%Y-%m}" for month in offered[:MONTHS_TAKEN]]}
    tone = "quiet" if look.version.standing == "simulated" else None
    return Form(id=page.SIMULATE_FORM, fields=fields, values=values, problems={}, label=_("Simulate"), tone=tone)


def months_before(day: dt.date) -> list[dt.date]:
    """The first days of the months up to a day's, newest first."""
    found = [day.replace(day=1)]
    while len(found) < MONTHS_OFFERED:
        found.append((found[-1] - dt.timedelta(days=1)).replace(day=1))
    return found


@contextmanager
def editing(key: Any) -> Iterator[tuple[Writer, Any]]:
    """A transaction with the version a page is about. Raises Refusal for one that is not there."""
    actor = current_actor()
    with writing(actor) as writer:
        reader = Reader(actor, writer.session)
        try:
            look = shown(reader, key)
        except query.NoRulebook as missing:
            raise Refusal(_("There is no such version.")) from missing
        yield writer, query.version_of(reader, look.code, look.version.number)


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


def months_of(listed: Any) -> list[dt.date]:
    """Months as a form sends them. Raises Refusal."""
    try:
        return [dt.date.fromisoformat(f"{month}-01") for month in listed] if isinstance(listed, list) else []
    except ValueError as strange:
        raise Refusal(_("A month is written like 2026-11."), "months") from strange


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
            for one in query.simulations_of(Reader(writer.actor, writer.session), version.id)[:1]:
                rulebook_simulations.cancel_simulation(writer, one.id)
    except Refusal as refusal:
        return no_update, parts.notice(refusal.sentence, "bad")
    return f"cancel {clicks}", no_update


# ---- commenting ----


@callback(
    Output(page.COMMENT_FORM, "problems"),
    Output(page.COMMENT_FORM, "answered"),
    Output(page.DONE, "data", allow_duplicate=True),
    Input(page.COMMENT_FORM, "submits"),
    State(page.COMMENT_FORM, "values"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_VIEW,
    prevent_initial_call=True,
)
def comment(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
    """Say something about the version."""
    return commented(submits, values, key)


@callback(
    Output(page.FILE_SAID, "children"),
    Output(page.DONE, "data", allow_duplicate=True),
    Input(page.FILE, "tries"),
    State(page.FILE, "file"),
    State(page.FILE, "name"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def keep_file(tries: Any, file: Any, name: Any, key: Any) -> tuple[Any, ...]:
    """Attach a file; what it is, its content says."""
    if not tries:
        return no_update, no_update
    try:
        with editing(key) as (writer, version):
            attach_circular(writer, version, name if isinstance(name, str) else "", content_of(file))
    except Refusal as refusal:
        return refusal.sentence, no_update
    return "", f"file {tries}"


def commented(submits: Any, values: Any, key: Any, element: Key = ("", "")) -> tuple[Any, ...]:
    """Keep what was said about a version or one of its elements: problems, answered, what changed."""
    if not submits:
        return (no_update,) * 3
    try:
        with editing(key) as (writer, version):
            service.comment(writer, version, typed(values, "words"), element)
    except Refusal as refusal:
        return {"words": refusal.sentence}, submits, no_update
    return {}, submits, f"comment {submits}"
