"""A person's policies whose renewal is overdue or falls due soon, and what each would do to persistency if it lapsed."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from calc.rulebook.known_parameters import RENEWAL_AHEAD, RENEWAL_GRACE, USUAL_DAYS
from calc.rulebook.lapse import LapseEffect, lapse_effects
from calc.rulebook.standing import AgentMonth, months_between
from portal.models.runs import Published
from portal.query.month_facts import known_until
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.statement import Statement, elements_on, title_of

LAPSED = {"status": "ended", "end_kind": "lapse"}
POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a premium may be late and how far ahead is looked; `unsaid` are the parameters the rules do not have."""

    grace_days: int  # after a due date, before a policy lapses
    ahead_days: int
    unsaid: Sequence[str] = ()

    @property
    def grace_is_usual(self) -> bool:
        return RENEWAL_GRACE in self.unsaid

    @property
    def ahead_is_usual(self) -> bool:
        return RENEWAL_AHEAD in self.unsaid


@dataclass(frozen=True, slots=True)
class Effect:
    """A rate that would fall, with its title."""

    title: str
    effect: LapseEffect


@dataclass(frozen=True, slots=True)
class Renewal:
    """A premium that is awaited; `late_days` is above 0 once it is overdue."""

    policy_id: int
    policy_no: str
    customer_name: str
    product_code: str
    due_on: dt.date
    amount: Decimal
    late_days: int
    effects: Sequence[Effect]
    grace_ends: dt.date  # the last day on which it may be paid


@dataclass(frozen=True, slots=True)
class Renewals:
    """Those awaited, the most urgent first, on what was known of a day."""

    known_until: dt.date
    found: Sequence[Renewal]
    terms: Terms

    @property
    def endangering(self) -> list[Renewal]:
        """Those whose lapse would lower a rate."""
        return [one for one in self.found if one.effects]


def renewals_ahead(reader: Reader, one: Statement, known: AgentMonth) -> Renewals | None:
    """The renewals a statement's person awaits; None before the first delivery."""
    day = known_until(reader.session)
    if day is None:
        return None
    rows = _policies(reader, one.person_id, day)
    elements = elements_on(reader, one.rulebook_id, one.institution_id, one.month, one.known_on)
    terms = terms_of(elements_on(reader, one.rulebook_id, one.institution_id, day.replace(day=1), None))
    found = []
    for row in rows:
        awaited = _awaited(row, day, terms.ahead_days)
        if awaited is None:
            continue
        due_on, amount = awaited
        effects = [
            Effect(title_of(elements, "formulas", effect.element, reader.actor.language), effect)
            for effect in lapse_effects(known, POLICY, rows, row, {**LAPSED, "ended_on": day}, day.replace(day=1))
        ]
        found.append(Renewal(
            row["policy_id"], row["policy_no"], row["customer_name"] or "", row["product_code"], due_on, amount,
            max((day - due_on).days, 0), effects, due_on + dt.timedelta(days=terms.grace_days),
        ))  # fmt: skip
    return Renewals(day, sorted(found, key=lambda renewal: (renewal.due_on, renewal.policy_id)), terms)


def terms_of(elements: Mapping[Key, Any]) -> Terms:
    """What the rules in force say of renewals; what they do not say is as usual."""
    said = {name: _days(elements.get(("parameters", name))) for name in USUAL_DAYS}
    days = {name: USUAL_DAYS[name] if value is None else value for name, value in said.items()}
    return Terms(days[RENEWAL_GRACE], days[RENEWAL_AHEAD], [name for name, value in said.items() if value is None])


def _days(content: Any) -> int | None:
    """A parameter of whole days; None where there is none."""
    value = str(content.get("value", "")) if isinstance(content, Mapping) else ""
    return int(Decimal(value)) if value.replace(".", "", 1).isdigit() else None


def _awaited(row: Mapping[str, Any], day: dt.date, ahead_days: int) -> tuple[dt.date, Decimal] | None:
    """The premium a policy awaits: the oldest one unpaid, or the next when it falls due soon; None where there is none."""
    if row["status"] != "in_force":
        return None
    if row["unpaid_on"] is not None:
        return row["unpaid_on"], row["unpaid_amount"]
    months = _interval(row)
    paid = row["last_no"] or 1
    if paid * months >= row["payment_term"] * 12:
        return None
    due_on = _add_months(row["effective_on"], paid * months)
    if not day < due_on <= day + dt.timedelta(days=ahead_days):
        return None
    return due_on, row["last_amount"] or row["first_amount"] or row["premium"]


def _interval(row: Mapping[str, Any]) -> int:
    """Months between two premiums: as the last ones came, or as the first one's part of a year's says."""
    if row["last_no"] and row["last_no"] > 1:
        passed = Decimal(months_between(row["effective_on"], row["last_on"]))
        return max(int((passed / (row["last_no"] - 1)).to_integral_value()), 1)
    if row["first_amount"] and row["premium"]:
        return min(max(int((12 * row["first_amount"] / row["premium"]).to_integral_value()), 1), 12)
    return 12


def _add_months(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _policies(reader: Reader, person_id: int, day: dt.date) -> list[dict[str, Any]]:
    """The newest state of each of the person's policies, with what fell due of it last and what of that is unpaid."""
    tables = {}
    for name in (POLICY, "premium", "renewal_due"):
        wanted = select(Published.business_date).where(Published.dataset == name, Published.business_date <= day)
        tables[name] = (name, sorted(set(reader.session.scalars(wanted))))
    if not all(days for _name, days in tables.values()):
        return []
    reader.look_up(tables, sorted({date for _name, days in tables.values() for date in days}))
    return reader.ask(
        POLICIES, [person_id, person_id, person_id],
        given=tables[POLICY], paid=tables["premium"], due=tables["renewal_due"],
    )  # fmt: skip


POLICIES = """
select held.*, first_premium.amount as first_amount, last_due.payment_no as last_no, last_due.due_on as last_on,
       last_due.amount as last_amount, unpaid.due_on as unpaid_on, unpaid.amount as unpaid_amount
from (select * from given where agent_id = ?
      qualify row_number() over (partition by policy_id order by business_date desc) = 1) as held
left join (select policy_id, any_value(amount) as amount from paid where agent_id = ? and payment_no = 1 group by all)
    as first_premium using (policy_id)
left join (select policy_id, max(payment_no) as payment_no, max(due_on) as due_on, arg_max(amount, due_on) as amount
           from due group by all) as last_due using (policy_id)
left join (select policy_id, min(due_on) as due_on, arg_min(amount, due_on) as amount
           from due anti join (select policy_id, payment_no from paid where agent_id = ?) as received
           using (policy_id, payment_no) group by all) as unpaid using (policy_id)
order by policy_id
"""
