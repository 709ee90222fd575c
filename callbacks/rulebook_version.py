"""One rulebook version: its views, and its way from draft to approval."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from callbacks.rulebook_simulation import simulate_view
from pages import rulebook_version as page
from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit import parts, rulebook_examples, rulebook_tabs, rulebook_view
from portal.kit.attached_files import content_of, file_choice, files_listed
from portal.kit.callbacks import callback
from portal.kit.rulebook_months import months_before
from portal.kit.rulebook_shown import Shown, editing, shown
from portal.permissions import Permission
from portal.query import rulebooks as query
from portal.query.approvals import current_request
from portal.query.reader import reading
from portal.query.user_names import user_called
from portal.services.refusal import Refusal
from portal.services.rulebook_circulars import attach_circular

TABS = ("", "changes", "check", "examples", "simulate", "history", "comments")


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
        f" {kind} · {rulebook_view.days(version, lang)} · {user_called(look.reader, version.created_by)}",
    ]
    crumbs = [(_("Rulebooks"), f"{rulebook_view.PATH}?book={look.code}"), (f"{look.code} {version.number}", "")]
    return parts.page_header(version.named(look.lang), subtitle, actions=actions(look, tab), crumbs=crumbs)


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
        listed = rulebook_tabs.said(look, query.comments(look.reader, look.version), look.element_href)
        comments = parts.section(_("Comments"), listed, rulebook_tabs.comment_form(page.COMMENT_FORM))
        return [parts.columns(comments, circulars(look))], False
    return rulebook_tabs.contents(look, page.FILTERS, page.add_button), False


def circulars(look: Shown) -> Component:
    """The circular that ordered the change; more may be attached until the version is decided."""
    inside = [files_listed(query.files(look.reader, look.version), rulebook_view.CIRCULARS, str)]
    if look.edits:
        inside += [file_choice(page.FILE), html.P(id=page.FILE_SAID, className="field-problem")]
    return parts.section(_("Circular and files"), *inside, subtitle=_("They go along to those who approve."))


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
