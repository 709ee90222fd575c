"""The month-end reconciliation on screen: what came in and what became of it, and the premiums against the core's totals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import pgettext

from portal.kit import drill, numbers, parts
from portal.kit.address import href_with, search_of
from portal.models.commission import CommissionMonth, PayHold
from portal.query.policy_numbers import numbers_of
from portal.query.reader import Reader
from portal.query.reconciliation import LISTED, PARTS, Control, Part, PolicyRow, contract_ends, together
from portal.query.row_problems import reason_words
from portal.query.runs import check_words
from portal.query.statement import elements_of_book, title_of

TONES: dict[str, parts.Tone] = {"paid": "good", "held": "warn", "refused": "bad"}


def part_word(part: str) -> str:
    """What became of a policy."""
    return {
        "paid": pgettext("policy", "paid"), "held": pgettext("policy", "held"), "refused": pgettext("policy", "refused"),
    }[part]  # fmt: skip


def reason_title(reason: str) -> str:
    """Why, in a few words."""
    titles = {
        "counted": _("In the statements of the month"), "difference": _("Paid as a difference for a closed month"),
        "later_month": _("Counts in a later month"), "person_held": _("The agent's pay is held"),
        "line_held": _("A line that the policy feeds is held"),
        "no_premium": _("Issued, and no premium received yet"), "set_aside": _("Set aside by the checks of the delivery"),
        "no_contract": _("The agent had no contract in that month"), "not_worked_out": _("A value could not be worked out"),
        "too_old": _("Of a month that no difference is paid for any more"),
    }  # fmt: skip
    return str(titles.get(reason, reason))


def accounted_section(found: Sequence[Part], query: Mapping[str, str], path: str, lang: str) -> Component:
    """Policies in = paid + held + refused, with the reasons; each leads to its policies."""
    title = _("What came in, and what became of it")
    if not found:
        return parts.section(title, parts.empty(_("This month was run before that was kept: run it again to see it.")))
    rows: list[dict[str, Any]] = []
    for part in PARTS:
        of_part = [one for one in found if one.part == part]
        rows += [
            _counts(one.policies, one.receipts, one.amount, lang)
            | {"what": parts.Cell(reason_title(one.reason), badge=part_word(part), tone=TONES[part],
                                  href=href_with(path, query, part=part, reason=one.reason, page=""))}
            for one in of_part
        ]  # fmt: skip
        if len(of_part) != 1:
            rows.append(_sum(_together(part), of_part, lang, href_with(path, query, part=part, reason="", page="")))
    rows.append(_sum(_("Came in"), found, lang))
    columns = [
        parts.Column("what", _("What became of it")), parts.Column("policies", _("Policies"), "number"),
        parts.Column("receipts", _("Premiums"), "number", phone=False), parts.Column("amount", _("Premium received"), "number"),
    ]  # fmt: skip
    note = _(
        "Policies that were issued or paid a premium; each counts once. Paid, held and refused add up to what came in."
    )
    return parts.section(title, parts.simple_table(columns, rows, title), subtitle=note)


def _counts(policies: int, receipts: int, amount: Any, lang: str) -> dict[str, Any]:
    return {"policies": numbers.count(policies, lang), "receipts": numbers.count(receipts, lang),
            "amount": numbers.money(amount, lang)}  # fmt: skip


def _together(part: str) -> str:
    """What the policies of a part are called together."""
    return {"paid": _("Paid together"), "held": _("Held together"), "refused": _("Refused together")}[part]


def _sum(title: str, found: Sequence[Part], lang: str, href: str = "") -> dict[str, Any]:
    policies, receipts = sum(one.policies for one in found), sum(one.receipts for one in found)
    amount = sum((one.amount for one in found), start=numbers.rounded(0, 2))
    return _counts(policies, receipts, amount, lang) | {
        "what": parts.Cell(title, href=href if found else ""),
        "sum": True,
    }


def policies_section(
    reader: Reader, found: Sequence[PolicyRow], count: int, row: CommissionMonth, query: Mapping[str, str], statement_path: str
) -> Component:  # fmt: skip
    """The policies of a part, each with its reason in words; a page of them."""
    lang, here = reader.actor.language, drill.page_of(query)
    columns = [
        parts.Column("policy", _("Policy")), parts.Column("why", _("Reason")), parts.Column("agent", _("Agent")),
        parts.Column("receipts", _("Premiums"), "number", phone=False), parts.Column("amount", _("Premium received"), "number"),
    ]  # fmt: skip
    called = numbers_of(reader, (one.policy_id for one in found))
    ends = contract_ends(reader, (one.agent_id for one in found if one.reason == "no_contract" and one.agent_id))
    rows = [
        {
            "policy": parts.Cell(policy_words(called, one.policy_id),
                                 note="" if one.is_counted else _("counted in another part")),
            "why": parts.Cell(reason_title(one.reason), note=reason_note(reader, one, ends)),
            "agent": agent_cell(reader, one, row, statement_path),
            "receipts": numbers.count(one.receipts, lang),
            "amount": numbers.money(one.amount, lang),
        }
        for one in found
    ]  # fmt: skip
    more = _("%(shown)s of %(count)s", shown=len(rows), count=numbers.count(count, lang))
    table = parts.simple_table(columns, rows, _("Policies"), empty_text=_("No policy has this fate."), more=more)
    return parts.section("", table, *drill.pager(here, -(-count // LISTED)))


def policy_words(called: Mapping[int, str], policy_id: int) -> str:
    """A policy by its printed number; one that no delivery brought is named by its id, and said to be."""
    return called.get(policy_id) or _("Policy with id %(id)s", id=policy_id)


def agent_cell(reader: Reader, one: PolicyRow, row: CommissionMonth, statement_path: str) -> parts.Cell:
    """Whose policy it is, with the way to the statement; the number alone where nobody is known by it."""
    if one.agent_id is None:
        return parts.Cell(one.agent_no or numbers.NOTHING)
    search = search_of({"agent": str(one.agent_id), "month": f"{row.month:%Y-%m}"})
    return parts.Cell(drill.person_name(reader, one.agent_id), href=statement_path + search if statement_path else "")


def reason_note(reader: Reader, one: PolicyRow, ends: Mapping[int, dt.date]) -> str:
    """What there is to say beyond the reason: the check, the element, the month, why the pay is held."""
    if one.reason == "set_aside":
        title, demand = check_words(one.detail)
        return " ".join(filter(None, [title, _("Demanded: %(rule)s", rule=demand) if demand else ""]))
    if one.reason == "not_worked_out":
        return f"{one.element}: {reason_words(one.detail, '…').said()}"
    if one.reason in ("person_held", "line_held") and one.detail.isdigit():
        hold = reader.session.get(PayHold, int(one.detail))
        return (
            ""
            if hold is None
            else " · ".join(filter(None, [held_line(reader, hold), hold.reason, hold.release_condition]))
        )
    if one.reason == "no_contract" and one.agent_id is not None and one.agent_id in ends:
        return _("The contract ended on %(day)s.", day=numbers.day(ends[one.agent_id], reader.actor.language))
    if one.reason in ("difference", "later_month", "too_old"):
        return _("of %(month)s", month=one.detail)
    return ""


def held_line(reader: Reader, hold: PayHold) -> str:
    """Which line a hold is about; nothing for one on all the pay. Other lines of the policy are paid as they come."""
    if not hold.line:
        return ""
    elements = elements_of_book(reader, hold.rulebook_id, hold.from_month)
    return title_of(elements, "lines", hold.line, reader.actor.language)


def control_section(found: Sequence[Control], lang: str) -> list[Component]:
    """Premiums taken in against the core's control totals: the way from one to the other, the difference, and its state."""
    if not found:
        return []
    title, one = _("Premiums to the core's control totals"), together(list(found))
    if one.control_amount is None:
        sentence = _("The source gave no control totals with the %(count)s deliveries of the month: there is nothing to hold "
                     "%(amount)s of premiums to.", count=one.days, amount=numbers.money(one.taken_amount, lang))  # fmt: skip
        return [parts.section(title, parts.flag(sentence, "neutral"))]
    ties = not any(each.difference for each in found)
    covered = _("%(told)s of %(count)s deliveries came with a total.", told=one.told, count=one.days)
    word = parts.badge(_("ties"), "good") if ties else parts.badge(_("differs"), "bad")
    told = [each for each in found if each.control_amount is not None]
    sums = together(told)
    pairs = [
        (_("Control totals of the core"), numbers.money(sums.control_amount, lang)),
        (_("Sent between deliveries"), numbers.signed(sums.sent_amount, lang)),
        (_("Set aside by the checks"), numbers.signed(-sums.aside_amount, lang)),
        (_("Expected"), numbers.money(sums.expected, lang)),
        (_("Taken in"), numbers.money(sums.taken_amount, lang)),
        (_("Difference"), html.Span([word, " ", numbers.signed(sums.difference, lang)])),
    ]
    if one.told < one.days:
        pairs.append((_("Taken in without a total"), numbers.money(one.taken_amount - sums.taken_amount, lang)))
    wrong = [each for each in told if each.difference]
    return [parts.section(title, parts.amounts(pairs), *([days_table(wrong, lang)] if wrong else []), subtitle=covered)]


def days_table(found: Sequence[Control], lang: str) -> Component:
    """The deliveries that do not come to their total."""
    columns = [
        parts.Column("day", _("Delivered on")), parts.Column("control", _("Control total"), "number"),
        parts.Column("taken", _("Taken in"), "number"), parts.Column("difference", _("Difference"), "change"),
    ]  # fmt: skip
    rows = [
        {
            "day": numbers.day(one.delivered_on, lang), "control": numbers.money(one.control_amount, lang),
            "taken": numbers.money(one.taken_amount, lang), "difference": numbers.signed(one.difference, lang),
        }
        for one in found
    ]  # fmt: skip
    return parts.simple_table(columns, rows, _("Deliveries that differ"))
