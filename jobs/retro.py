"""Closed months that are not right any more: which ones, and what they would have come to.

Something of a closed month may be delivered, corrected or recorded after it was closed. It is then computed again with all that
is known, and so are the months after it, because their averages and sums look back at it. Nothing of it is edited: the statement
of the open month shows the differences.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from calc import Engine
from portal.models.commission import CommissionMonth, MonthState
from portal.query.statement import last_of
from portal.sentence import Sentence

RETRO_MONTHS = 12  # how far back a difference is paid
DATES = {"premium": "received_on", "policy_end": "ended_on", "renewal_due": "due_on", "policy": "issued_on"}


@dataclass(frozen=True, slots=True)
class Late:
    """The first closed month to be computed again, and why."""

    month: dt.date
    why: Sentence


def closed_months(session: Session, rulebook_id: int, before: dt.date) -> list[CommissionMonth]:
    """The closed months of a rulebook that a difference may still go back to, oldest first."""
    found = session.scalars(
        select(CommissionMonth)
        .where(
            CommissionMonth.rulebook_id == rulebook_id, CommissionMonth.month < before,
            CommissionMonth.state.in_((MonthState.CLOSED, MonthState.PAID)),
        )
        .order_by(CommissionMonth.month)
    ).all()  # fmt: skip
    return list(found)[-RETRO_MONTHS:]


def first_late(
    engine: Engine, session: Session, rulebook_id: int, months: Sequence[CommissionMonth], as_of: dt.date
) -> Late | None:
    """The first closed month about which something was learned since; the engine holds the facts as of now.

    Contracts of other rulebooks count: who gets one there is not paid here any more. What was told to have ended counts from
    the month of its first day without it.
    """
    for month in months:
        last = last_of(month.month)
        learned = session.execute(
            LEARNED,
            {"rulebook": rulebook_id, "first": month.month, "last": last, "since": month.closed_at},
        ).first()
        why = _in_words(*learned) if learned else _delivered_late(engine, month.month, last, as_of)
        if why is not None:
            return Late(month.month, why)
    return None


def _in_words(what: str, detail: str) -> Sentence:
    """What was learned."""
    return {
        "version": Sentence("version %(number)s of the rulebook", number=detail),
        "deliveries": Sentence("deliveries of %(day)s were corrected", day=detail),
        "contracts": Sentence("contracts or ranks were changed"),
        "relations": Sentence("relations were changed"),
        "places": Sentence("places of work were changed"),
        "tree": Sentence("teams or institutions were changed"),
    }[what]


def _delivered_late(engine: Engine, first: dt.date, last: dt.date, as_of: dt.date) -> Sentence | None:
    """Whether rows that belong to a month were delivered after it."""
    for table, column in DATES.items():
        name = "policy_state" if table == "policy" else table
        extra = "and business_date = (select min(business_date) from policy_state p where p.policy_id = t.policy_id)"
        row = engine.connection.execute(
            f"select count(*) from {name} t where {column} between ? and ? and business_date > ? and business_date <= ? "
            + (extra if table == "policy" else ""),
            [first, last, last, as_of],
        ).fetchone()
        if row and row[0]:
            return Sentence("%(count)s rows of %(dataset)s came late", count=row[0], dataset=table)
    return None


LEARNED = text("""
with recursive over (institution_id) as (  -- where agents work, and all above
    select position.institution_id from position join agent on agent.id = person_id
    union
    select parent_id from over join institution_period using (institution_id) where parent_id is not null
)
select what, detail from (
    select 1 as place, 'version' as what, number::text as detail from rulebook_version
    where rulebook_id = :rulebook and state = 'approved' and valid_from <= :last
      and (recorded_at > :since or retired_at > :since)
    union all
    select 2, 'deliveries', min(business_date)::text from published
    where dataset in ('policy', 'premium', 'renewal_due', 'policy_end') and business_date <= :last
      and version > 1 and published_at > :since having count(*) > 0
    union all
    select 3, 'contracts', '' from agent_period
    where (valid_from <= :last and valid_to > :first and recorded_at > :since) or (valid_to <= :last and ended_at > :since)
    union all
    select 4, 'relations', '' from relation_period
    where (valid_from <= :last and valid_to > :first and recorded_at > :since) or (valid_to <= :last and ended_at > :since)
    union all
    select 5, 'places', '' from position join agent on agent.id = person_id
    where (valid_from <= :last and valid_to > :first and position.recorded_at > :since)
       or (valid_to <= :last and position.ended_at > :since)
    union all
    select 6, 'tree', '' from institution_period join over using (institution_id)
    where valid_from <= :last and valid_to > :first and recorded_at > :since
) as learned order by place limit 1
""")
