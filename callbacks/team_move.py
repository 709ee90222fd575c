"""Asking to move an agent or a team: the place and superior of today to begin with, and a request when they are sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, no_update
from flask_babel import gettext as _

from pages import team_move as page
from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit import approval_view, parts, team_words
from portal.kit.address import query_of
from portal.kit.approval_list import request_href
from portal.kit.callbacks import callback
from portal.kit.drill import number_of
from portal.kit.resource_form import refused, typed
from portal.permissions import Permission
from portal.query.approvals import as_the_house
from portal.query.outside import OutOfScope
from portal.query.reader import reading
from portal.query.team_targets import MoveForm, move_form
from portal.services.approval_kinds import APPROVALS
from portal.services.approvals import request_approval
from portal.services.reallocations import KEEP, LEADER, NOBODY, content, key_of, proposal_of, sees
from portal.services.refusal import LONGEST_REASON, Refusal, reason_of
from portal.services.writer import NotThere, writing


def asked_subject(search: object) -> tuple[str, int]:
    """What an address asks to move."""
    query = query_of(search)
    kind = "team" if query.get("team") else "agent"
    return kind, number_of(query, kind)


@callback(
    Output(page.HEAD, "children"),
    Output(page.FORM, "fields"),
    Output(page.FORM, "values"),
    Input(page.ADDRESS, "search"),
    permission=Permission.TEAM_MOVE_REQUEST,
)
def show_form(search: str) -> tuple[Any, ...]:
    """Where the agent or team stands, and where it may go."""
    kind, subject = asked_subject(search)
    first_day = today() + dt.timedelta(days=1)
    try:
        with reading() as reader:
            form = move_form(reader, kind, subject, first_day)
    except OutOfScope:
        sentence = _("There is no such team or agent within what you may see.")
        way = parts.link(_("Choose one in the organisation of teams"), team_words.TEAMS, look="btn btn-outline")
        return [parts.page_header(_("Move of a team or agent")), parts.empty(sentence, way)], [], {}
    back = team_words.teams_href(subject) if kind == "team" else team_words.relations_href(subject)
    crumbs = [(_("Organisation of teams"), team_words.TEAMS), (form.name, back), (_("Move"), "")]
    said = _("A second person decides. Now: %(place)s.", place=form.place)
    head = parts.page_header(_("Move %(name)s", name=form.name), said, crumbs=crumbs)
    return (
        head,
        fields(form),
        {"to": "", "superior": LEADER if kind == "agent" else KEEP, "valid_from": form.first_day.isoformat()},
    )


def fields(form: MoveForm) -> list[dict[str, Any]]:
    """Where to, under whom, from when, why."""
    title = _("Superior then") if form.kind == "agent" else _("Superior of the team's leader then")
    now = _("As now: %(name)s", name=form.superior or _("nobody"))
    superiors = [
        {"value": LEADER, "label": _("Who leads the new place")}, {"value": KEEP, "label": now},
        {"value": NOBODY, "label": _("Nobody")},
    ]  # fmt: skip
    listed = {"none": _("Nothing fits."), "find": _("Find")}
    return [
        {"name": "to", "label": _("New team") if form.kind == "agent" else _("New place"), "kind": "choice", "required": True,
         "options": [{"value": one.value, "label": one.label, "code": one.code} for one in form.targets], **listed},
        {"name": "superior", "label": title, "kind": "choice", "required": True, **listed,
         "options": superiors + [{"value": one.value, "label": one.label, "code": one.code} for one in form.superiors]},
        {"name": "valid_from", "label": _("Holds from"), "kind": "day", "required": True,
         "hint": _("The first day; not in a month that is closed.")},
        {"name": "reason", "label": _("Reason"), "kind": "reason", "wide": True, "longest": LONGEST_REASON,
         "hint": _("Whoever decides reads it.")},
    ]  # fmt: skip


@callback(
    Output(page.EFFECT, "children"),
    Input(page.FORM, "seen"),
    State(page.ADDRESS, "search"),
    permission=Permission.TEAM_MOVE_REQUEST,
    prevent_initial_call=True,
)
def show_effect(seen: Any, search: str) -> list[Any]:
    """What the move would change, as soon as it is said where to; the same as whoever decides will see."""
    asked = seen if isinstance(seen, Mapping) else {}
    if not asked.get("to"):
        return []
    key, kind = key_of(*asked_subject(search)), APPROVALS["reallocation"]
    try:
        proposal = proposal_of(asked.get("to"), asked.get("superior"), asked.get("valid_from"))
    except Refusal as refusal:
        return [parts.flag(str(refusal), "warn")]
    with reading() as reader:
        if not sees(reader, key):
            return []
        with as_the_house(reader) as house:
            moved = content(house, key, proposal)
            wrong, changes = kind.problems(house, moved), kind.changes(house, moved)
            effect = kind.preview(house, moved)
        lang = reader.actor.language
        return [
            *(parts.flag(sentence, "bad") for sentence in wrong), approval_view.changes(changes),
            *approval_view.effect_figures(effect, lang), *approval_view.effect(effect, lang),
        ]  # fmt: skip


@callback(
    Output(page.FORM, "problems"),
    Output(page.FORM, "said"),
    Output(page.FORM, "answered"),
    Output(page.GO, "href"),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.FORM, "submits"),
    State(page.FORM, "values"),
    State(page.ADDRESS, "search"),
    permission=Permission.TEAM_MOVE_REQUEST,
    prevent_initial_call=True,
)
def ask(submits: Any, values: Any, search: str) -> tuple[Any, ...]:
    """Ask for it, or say beside the field what is wrong."""
    if not submits:
        return (no_update,) * 5
    asked = values if isinstance(values, Mapping) else {}
    try:
        proposal = proposal_of(asked.get("to"), asked.get("superior"), asked.get("valid_from"))
        reason = reason_of(typed(values, "reason"), _("Say why: whoever decides reads it."))
        with writing(current_actor()) as writer:
            request = request_approval(writer, "reallocation", key_of(*asked_subject(search)), proposal, comment=reason)
    except Refusal as refusal:
        return refused(refusal, submits)
    except NotThere:
        return {}, _("There is no such team or agent within what you may see."), submits, no_update, no_update
    return {}, "", submits, request_href(request.id), parts.notice(_("Asked for. A second person decides."))
