"""What people decide about a commission month: adjustments, holds and their release, a frozen month opened again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import drill, numbers, parts
from portal.kit.address import href_with
from portal.kit.approval_list import request_href
from portal.kit.resource_form import Form, agent_field
from portal.kit.rulebook_months import months_before
from portal.kit.statement_words import who_decided
from portal.models.commission import Adjustment, CommissionMonth, MonthState, PayHold
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.approvals import current_request
from portal.query.pay_holds import with_kept
from portal.query.reader import Reader
from portal.query.runs import local
from portal.query.statement import elements_of_book, title_of
from portal.query.user_names import called
from portal.services.commission_adjustments import adjustments_of
from portal.services.commission_holds import RELEASE_KIND, holds_of
from portal.services.payment_files import payment_file_of
from portal.services.refusal import LONGEST_REASON

DECISIONS: dict[str, parts.Tone] = {"requested": "warn", "approved": "good", "refused": "bad", "withdrawn": "neutral"}


def decision_word(state: str) -> str:
    """How far a request is."""
    words = {
        "requested": _("requested"), "approved": _("approved"), "refused": _("refused"), "withdrawn": _("withdrawn"),
    }  # fmt: skip
    return words[state]


def may_ask(reader: Reader, row: CommissionMonth) -> bool:
    """Whether something can be asked for in the month now."""
    return row.state == MonthState.OPEN and reader.actor.may(Permission.COMMISSION_EDIT)


def trail(reader: Reader, row: CommissionMonth) -> list[Component]:
    """Who froze, closed and handed over a month, and when; nothing of an open one."""
    lang, paid = reader.actor.language, payment_file_of(reader, row)
    names = called(reader, [row.frozen_by, row.closed_by, paid.made_by if paid else ""])
    told = []
    if row.frozen_at is not None:
        told.append(_("Frozen on %(day)s by %(who)s", day=_day(row.frozen_at, lang), who=names.get(row.frozen_by, "")))
    if row.closed_at is not None:
        told.append(_("closed on %(day)s by %(who)s", day=_day(row.closed_at, lang), who=names.get(row.closed_by, "")))
    if paid is not None:
        told.append(_("handed over on %(day)s by %(who)s: %(people)s people, %(amount)s", day=_day(paid.made_at, lang),
                      who=names.get(paid.made_by, ""), people=numbers.count(paid.people),
                      amount=numbers.money(paid.amount, lang)))  # fmt: skip
    return [parts.flag(" · ".join(told), "neutral")] if told else []


def _day(instant: dt.datetime, lang: str) -> str:
    return numbers.day(local(instant).date(), lang)


def adjustments_section(reader: Reader, row: CommissionMonth, form: str, query: Mapping[str, str]) -> Component:
    """What was asked for by hand with how it was decided, and, while the month is open, the form for one more."""
    found: list[Component] = [adjustments_table(reader, adjustments_of(reader, row))]
    if may_ask(reader, row):
        lang = reader.actor.language
        months = [
            {"value": f"{month:%Y-%m}", "label": numbers.month(month, lang)} for month in months_before(row.month)
        ]
        fields = [
            agent_field("agent_no"), _field("amount", _("Amount"), hint=_("Negative takes away.")),
            {"name": "for_month", "label": _("For the month"), "kind": "choice", "options": months},
            reason_field(_("Reason")),
        ]  # fmt: skip
        asked = query.get("for", "")
        offered = asked if asked in {one["value"] for one in months} else f"{row.month:%Y-%m}"
        values = {"for_month": offered, "agent_no": query.get("agent", "")[:20]}
        found.append(_form(form, fields, _("Ask for an adjustment"), values))
    note = _("A second person decides; an approved one enters at the next run.")
    return parts.section(_("Adjustments"), parts.stack(*found), subtitle=note)


def holds_section(
    reader: Reader, row: CommissionMonth, book: Rulebook, path: str, form: str, release_form: str, chosen: int
) -> Component:
    """Whose pay is held and until what; the form for one more, or for the release of the chosen one."""
    holds = holds_of(reader, row)
    found: list[Component] = [holds_table(reader, row, book, holds, path)]
    released = next((one for one in holds if one.id == chosen and one.released_month is None), None)
    asked = released is not None and _request(reader, RELEASE_KIND, released.id, "requested")
    if released is not None and not asked and reader.actor.may(Permission.COMMISSION_EDIT):
        told = _("Release of the hold on %(name)s. Paid when: %(condition)s", condition=released.release_condition,
                 name=drill.person_name(reader, released.person_id))  # fmt: skip
        back = parts.link(_("Leave it held"), href_with(path, {"month": str(row.id)}))
        found += [parts.flag(told, "accent", back),
                  _form(release_form, [reason_field(_("Why it may be paid now"))], _("Ask for the release"), {})]  # fmt: skip
    elif may_ask(reader, row):
        fields = [
            agent_field("agent_no"),
            {"name": "line", "label": _("What is held"), "kind": "choice", "options": line_options(reader, row, book),
             "none": _("Nothing fits."), "find": _("Find")},
            _field("condition", _("Paid when"), hint=_("What must happen first; the agent reads it."), wide=True),
            reason_field(_("Reason")),
        ]  # fmt: skip
        found.append(_form(form, fields, _("Ask for a hold"), {"line": ""}))
    note = _(
        "A second person decides. What is held is carried until it is released, and then paid for the months it is of."
    )
    return parts.section(_("Holds on pay"), parts.stack(*found), subtitle=note)


def reopen_section(reader: Reader, row: CommissionMonth, form: str) -> list[Component]:
    """The way back from frozen to open, with its reason."""
    if row.state != MonthState.FROZEN or not reader.actor.may(Permission.COMMISSION_EDIT):
        return []
    note = _("The month can then be adjusted and computed again; a request for its closing does not hold any more.")
    inside = _form(form, [reason_field(_("Reason"))], _("Open again"), {})
    return [parts.section(_("Open again"), inside, subtitle=note)]


def _form(id: str, fields: list[dict[str, Any]], label: str, values: dict[str, Any]) -> Form:
    return Form(id=id, fields=fields, values=values, problems={}, label=label, tone="quiet")


def _field(name: str, label: str, hint: str = "", wide: bool = False) -> dict[str, Any]:
    field: dict[str, Any] = {"name": name, "label": label, "kind": "text", "required": True, "longest": LONGEST_REASON}
    return field | ({"hint": hint} if hint else {}) | ({"wide": True} if wide else {})


def reason_field(label: str) -> dict[str, Any]:
    """Why."""
    return {"name": "reason", "label": label, "kind": "reason", "wide": True, "longest": LONGEST_REASON}


def line_options(reader: Reader, row: CommissionMonth, book: Rulebook) -> list[dict[str, str]]:
    """What may be held: all the pay, or one line of the rules."""
    elements = elements_of_book(reader, book.id, row.month)
    names = [name for section, name in elements if section == "lines"]
    titled = sorted((title_of(elements, "lines", name, reader.actor.language), name) for name in names)
    return [{"value": "", "label": _("All the pay")}, *({"value": name, "label": title} for title, name in titled)]


def adjustments_table(reader: Reader, found: Sequence[Adjustment]) -> Component:
    """What was asked for by hand, each with its reason, who asked and who decided."""
    lang = reader.actor.language
    names = called(reader, (name for one in found for name in (one.requested_by, one.decided_by)))
    rows = [
        {
            "who": parts.Cell(drill.person_name(reader, one.person_id), note=one.reason, badge=decision_word(one.state),
                              tone=DECISIONS[one.state], href=_request(reader, "adjustment", one.id, one.state)),
            "month": numbers.month(one.for_month, lang),
            "by": who_decided(names.get(one.requested_by, ""), names.get(one.decided_by, "")),
            "amount": numbers.money(one.amount, lang),
        }
        for one in found
    ]  # fmt: skip
    columns = [parts.Column("who", _("Agent")), parts.Column("month", _("For the month"), "muted"),
               parts.Column("by", _("By whom"), "muted"), parts.Column("amount", _("Amount"), "number", beside=True)]  # fmt: skip
    return parts.simple_table(columns, rows, _("Adjustments"), empty_text=_("Nothing was adjusted by hand."))


def holds_table(reader: Reader, row: CommissionMonth, book: Rulebook, found: Sequence[PayHold], path: str) -> Component:
    """Whose pay is held, why and until what, what each hold keeps; the way to its release."""
    lang = reader.actor.language
    elements = elements_of_book(reader, book.id, row.month)
    names = called(reader, (name for one in found for name in (one.requested_by, one.decided_by)))
    may_release = reader.actor.may(Permission.COMMISSION_EDIT)
    rows = []
    for one in with_kept(reader, book, row.month, elements, found):
        hold = one.row
        word, tone = _hold_state(hold, lang)
        released = hold.released_month is not None or hold.state != "approved"
        waiting = "" if released else _request(reader, RELEASE_KIND, hold.id, "requested")
        way = waiting or (
            href_with(path, {"month": str(row.id)}, release=hold.id) if may_release and not released else ""
        )
        asked = _request(reader, "pay_hold", hold.id, hold.state)
        rows.append({
            "who": parts.Cell(drill.person_name(reader, hold.person_id), note=hold.reason, badge=word, tone=tone, href=asked),
            "what": parts.Cell(one.about or _("All the pay"), note=_("from %(month)s", month=numbers.month(hold.from_month, lang))),
            "until": parts.Cell(hold.release_condition, note=hold.release_reason),
            "by": who_decided(names.get(hold.requested_by, ""), names.get(hold.decided_by, "")),
            "kept": numbers.money(one.kept, lang),
            "way": parts.Cell(_("Release is asked for") if waiting else _("Release"), href=way) if way else "",
        })  # fmt: skip
    columns = [parts.Column("who", _("Agent")), parts.Column("what", _("What is held")),
               parts.Column("until", _("Paid when")), parts.Column("by", _("By whom"), "muted", phone=False),
               parts.Column("kept", _("Kept"), "number"), parts.Column("way", _("Release"))]  # fmt: skip
    return parts.simple_table(columns, rows, _("Holds on pay"), empty_text=_("Nobody's pay is held."))


def _hold_state(hold: PayHold, lang: str) -> tuple[str, parts.Tone]:
    if hold.state == "approved" and hold.released_month is not None:
        return _("released in %(month)s", month=numbers.month(hold.released_month, lang)), "good"
    if hold.state == "approved":
        return _("held"), "accent"
    return decision_word(hold.state), DECISIONS[hold.state]


def _request(reader: Reader, kind: str, number: int, state: str) -> str:
    """The way to a request that still waits."""
    request = current_request(reader, kind, str(number)) if state == "requested" else None
    return request_href(request.id) if request is not None and request.ended_at is None else ""
