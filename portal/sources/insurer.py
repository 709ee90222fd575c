"""What an insurer's source delivers: four tables of raw rows, and once the sales force and the products behind them.

A day's delivery holds what happened on it: the state of every policy that was issued or changed, premiums received (a refund
is negative), premiums that became due, policies that ended. Agents and products are named by their codes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pyarrow as pa

from portal.models.base import FAR_FUTURE
from portal.sentence import Sentence

MONEY = pa.decimal128(15, 2)  # of one row; a day's total of many such rows still fits into the 18 digits of a sum


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


POLICY = pa.schema([
    _required("policy_id", pa.int64()),
    _required("business_date", pa.date32()),  # from this day on the policy is as the row says, until its next row
    _required("policy_no", pa.string()),
    _required("agent_no", pa.string()),
    _required("product_code", pa.string()),
    _required("payment_term", pa.int32()),  # years in which premiums are paid; 1 = a single premium
    _required("premium", MONEY),  # what a year costs
    _required("issued_on", pa.date32()),
    _required("effective_on", pa.date32()),
    _required("status", pa.string()),  # in_force, ended
    pa.field("ended_on", pa.date32()),
    pa.field("end_kind", pa.string()),  # lapse, cancel (in the cooling-off days), surrender
    _required("customer_name", pa.string()),
    pa.field("receipt_confirmed_on", pa.date32()),  # the customer confirmed that the policy was handed over
])  # fmt: skip

PREMIUM = pa.schema([
    _required("premium_id", pa.int64()),
    _required("business_date", pa.date32()),
    _required("policy_id", pa.int64()),
    _required("agent_no", pa.string()),
    _required("amount", MONEY),
    _required("received_on", pa.date32()),
    _required("policy_year", pa.int32()),  # 1 in the first twelve months
    _required("payment_no", pa.int32()),  # 1, 2, 3 ...; 0 is a refund
])  # fmt: skip

RENEWAL_DUE = pa.schema([
    _required("due_id", pa.int64()),
    _required("business_date", pa.date32()),
    _required("policy_id", pa.int64()),
    _required("agent_no", pa.string()),
    _required("amount", MONEY),
    _required("due_on", pa.date32()),
    _required("policy_year", pa.int32()),
    _required("payment_no", pa.int32()),
])  # fmt: skip

POLICY_END = pa.schema([
    _required("policy_id", pa.int64()),
    _required("business_date", pa.date32()),
    _required("agent_no", pa.string()),
    _required("end_kind", pa.string()),
    _required("ended_on", pa.date32()),
    _required("months_in_force", pa.int32()),  # whole months since it took effect
    _required("amount", MONEY),  # first-year premium received, refunds taken off
])  # fmt: skip

SCHEMAS: dict[str, pa.Schema] = {
    "policy": POLICY,
    "premium": PREMIUM,
    "renewal_due": RENEWAL_DUE,
    "policy_end": POLICY_END,
}
KEYS: dict[str, tuple[str, ...]] = {
    "policy": ("policy_id", "business_date"),
    "premium": ("premium_id",),
    "renewal_due": ("due_id",),
    "policy_end": ("policy_id",),
}
AMOUNTS = {"policy": "premium"}  # the column that a control sum adds up, where it is not `amount`


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent contract; the person is in `Organisation.people`, the place of work in `Organisation.positions`."""

    person_code: str
    agent_no: str
    joined_on: dt.date


@dataclass(frozen=True, slots=True)
class AgentPeriod:
    """Channel and rank of an agent during some days; `origin` is hire, evaluation or decision."""

    agent_no: str
    channel: str
    rank: str
    origin: str
    valid_from: dt.date
    valid_to: dt.date = FAR_FUTURE


@dataclass(frozen=True, slots=True)
class Relation:
    """Who is an agent's superior (reporting), recruiter, nurturer or trainer during some days."""

    kind: str
    agent_no: str
    from_agent_no: str
    valid_from: dt.date
    valid_to: dt.date = FAR_FUTURE


@dataclass(frozen=True, slots=True)
class InsuranceProduct:
    """A product on sale during some days, for payment terms in years written as `1 5 10`."""

    code: str
    line: str
    name: str
    name_zh: str
    payment_terms: str
    valid_from: dt.date
    valid_to: dt.date = FAR_FUTURE


@dataclass(frozen=True, slots=True)
class AgentState:
    """An agent under contract on a day, as the core has him; `superior_no` is empty where nobody stands above."""

    agent_no: str
    person_code: str
    name: str
    name_zh: str
    institution_code: str
    kind: str  # agent, leader
    channel: str
    rank: str
    joined_on: dt.date
    superior_no: str = ""


@dataclass(frozen=True, slots=True)
class TeamState:
    """A unit of the sales force on a day: a team, a department, an office."""

    code: str
    name: str
    name_zh: str
    level_code: str
    parent_code: str


UNITS, CLOSED = "units", "closed"


@dataclass(frozen=True, slots=True)
class HeadCount:
    """What the core says how many agents there are: of all, of an institution, or of a rank.

    By `units` it is how many units there are: the delivery then names all of them. By `closed` how many are no more.
    """

    by: str  # all, institution, rank, units, closed
    code: str  # empty for all, units and closed
    agents: int


@dataclass(frozen=True, slots=True)
class SalesForceDay:
    """Everybody under contract on a day, the units that changed or all of them, and the counts to hold it to."""

    business_date: dt.date
    agents: tuple[AgentState, ...]
    teams: tuple[TeamState, ...]
    counts: tuple[HeadCount, ...]


def said_count(day: SalesForceDay, by: str) -> int | None:
    """What a delivery's control says of its units; None where it says nothing."""
    return next((one.agents for one in day.counts if one.by == by), None)


def count_problem(day: SalesForceDay) -> Sentence | None:
    """Why a delivery does not tie with its own counts; None when it does. Every institution and rank must be counted."""
    found: dict[tuple[str, str], int] = {("all", ""): len(day.agents)}
    for one in day.agents:
        for key in (("institution", one.institution_code), ("rank", one.rank)):
            found[key] = found.get(key, 0) + 1
    said = {(one.by, one.code): one.agents for one in day.counts if one.by not in (UNITS, CLOSED)}
    units = said_count(day, UNITS)
    if units is not None and units != len({one.code for one in day.teams}):
        return Sentence(
            "The sales force of %(day)s names %(found)s units, its control says %(said)s: nothing was taken.",
            day=day.business_date, found=len({one.code for one in day.teams}), said=units,
        )  # fmt: skip
    for by, code in sorted({*found, *said}):
        have, told = found.get((by, code), 0), said.get((by, code))
        if have != told:
            return Sentence(
                "The sales force of %(day)s has %(found)s agents (%(by)s %(code)s), its control says %(said)s: nothing was taken.",
                day=day.business_date, found=have, by=by, code=code or "-", said="-" if told is None else told,
            )  # fmt: skip
    if len({one.agent_no for one in day.agents}) != len(day.agents):
        return Sentence("The sales force of %(day)s names an agent twice: nothing was taken.", day=day.business_date)
    return None
