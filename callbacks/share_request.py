"""Asking for other shares of a customer: the parts of today to begin with, and a request when they are sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import share_request as page
from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit import parts, resource_form, ways
from portal.kit.address import query_of
from portal.kit.approval_list import request_href
from portal.kit.callbacks import callback
from portal.kit.drill import number_of
from portal.permissions import Permission
from portal.query.approvals import as_the_house
from portal.query.outside import OutOfScope, listed_within
from portal.query.reader import reading
from portal.query.references import Choice
from portal.query.share_effect import sharers
from portal.query.sharing import Parts
from portal.query.subjects import Subject, key_of
from portal.services.approvals import request_approval
from portal.services.refusal import LONGEST_REASON, Refusal, reason_of
from portal.services.share_requests import proposal_of
from portal.services.writer import NotThere, writing

ROLE = "marketer"


@callback(
    Output(page.HEAD, "children"),
    Output(page.FORM, "fields"),
    Output(page.FORM, "values"),
    Input(page.ADDRESS, "search"),
    permission=Permission.SHARE_REQUEST,
)
def show_form(search: str) -> tuple[Any, ...]:
    """The parts that hold today, for one of the asker's customers."""
    customer = number_of(query_of(search), "customer")
    first_day = today() + dt.timedelta(days=1)
    try:
        with reading() as reader:
            name = listed_within(reader, "customer_id", customer, reader.today)
            with as_the_house(reader) as house:
                people, held = sharers(house, Subject("customer", customer), ROLE, first_day)
    except OutOfScope:
        return nobody(), [], {}
    crumbs = [(_("Customers"), ways.CUSTOMERS), (name, ways.customer_href(customer)), (_("Change of shares"), "")]
    title = _("Change the shares of %(name)s", name=name)
    subtitle = _("A leader above everybody concerned decides, and sees what would move.")
    head = parts.page_header(title, subtitle, crumbs=crumbs)
    return head, fields(people), values(held, first_day)


def nobody() -> list[Component]:
    """Without a customer there is nothing to ask for: where one is found."""
    sentence = _("There is no such customer within what you may see.")
    way = parts.link(_("Choose one of your customers"), ways.CUSTOMERS, look="btn btn-outline")
    return [parts.page_header(_("Change of shares")), parts.empty(sentence, way)]


def fields(people: list[Choice]) -> list[dict[str, Any]]:
    """Who gets which part, from when, why."""
    options = [{"value": one.value, "label": one.label, "code": one.code} for one in people]
    return [
        {"name": "parts", "label": _("Parts"), "kind": "parts", "wide": True, "options": options,
         "none": _("Nothing fits."), "find": _("Find"), "add": _("Add a person"), "remove": _("Remove"),
         "total": _("Total"), "ratio": _("Part in percent")},
        {"name": "valid_from", "label": _("Holds from"), "kind": "day", "required": True},
        {"name": "reason", "label": _("Reason"), "kind": "reason", "wide": True, "longest": LONGEST_REASON,
         "hint": _("The leader who decides reads it.")},
    ]  # fmt: skip


def values(held: Parts, first_day: dt.date) -> dict[str, Any]:
    """The parts of today."""
    lines = [{"person": str(person), "ratio": f"{(ratio * 100).normalize():f}"} for person, ratio in held]
    return {"parts": lines, "valid_from": first_day.isoformat()}


@callback(
    Output(page.FORM, "problems"),
    Output(page.FORM, "said"),
    Output(page.FORM, "answered"),
    Output(page.GO, "href"),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.FORM, "submits"),
    State(page.FORM, "values"),
    State(page.ADDRESS, "search"),
    permission=Permission.SHARE_REQUEST,
    prevent_initial_call=True,
)
def ask(submits: Any, values: Any, search: str) -> tuple[Any, ...]:
    """Ask for it, or say beside the field what is wrong."""
    if not submits:
        return (no_update,) * 5
    asked = values if isinstance(values, Mapping) else {}
    try:
        reason = reason_of(asked.get("reason") or "", _("Say why: whoever decides reads it."))
        lines = [resource_form.percent_line(line) for line in asked.get("parts") or () if isinstance(line, Mapping)]
        proposal = proposal_of(lines, asked.get("valid_from"))
        key = key_of(number_of(query_of(search), "customer"), None, ROLE)
        with writing(current_actor()) as writer:
            request = request_approval(writer, "share_change", key, proposal, comment=reason)
    except Refusal as refusal:
        problems = {refusal.field: refusal.sentence} if refusal.field else {}
        return problems, "" if problems else refusal.sentence, submits, no_update, no_update
    except NotThere:
        return {}, _("There is no such customer within what you may see."), submits, no_update, no_update
    return {}, "", submits, request_href(request.id), parts.notice(_("Asked for. A leader decides."))
