"""Units that a complete delivery does not name any more: closed from its day on, or a problem that names who is still there.

Only a delivery whose control counts all units can miss one; others list what changed. Where many are missing at once and the
control does not say that so many were closed, it is the delivery that is wrong: the run is held, and nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text

from portal.access.identity import today
from portal.models.organisation import InstitutionPeriod
from portal.sentence import Sentence
from portal.services import periods
from portal.services.refusal import Refusal
from portal.services.sales_force_taken import Kept, TakenDay
from portal.services.writer import Writer
from portal.sources.base import SourceError
from portal.sources.insurer import CLOSED, UNITS, SalesForceDay, said_count

FEW = 3  # that vanish in a day without a word of the control
SHARE = Decimal("0.02")  # of all units: more than this and more than a few is no day's change
NAMED = 5  # members in a sentence
CLOSED_WORD = {"name": "", "parent": ""}  # the core's last word about a unit that is no more


def close_vanished(writer: Writer, delivered: SalesForceDay, said: Mapping[str, Any], taken: TakenDay) -> None:
    """Close what a complete delivery leaves out; `said` is the core's last word about units.

    Raises:
        SourceError: more are missing than a day brings, or another number than the control says was closed.
    """
    if said_count(delivered, UNITS) is None:
        return
    day, named = delivered.business_date, {one.code for one in delivered.teams}
    standing = writer.session.execute(STANDING_UNITS, {"day": day}).all()
    gone = [
        row for row in standing if row.code not in named and (row.code in said or (row.sales_team and not row.by_hand))
    ]
    _must_be_few(delivered, len(gone), len(standing))
    for row in gone:  # those below before those above
        _close(writer, day, row, taken)


def _must_be_few(delivered: SalesForceDay, gone: int, standing: int) -> None:
    closed = said_count(delivered, CLOSED)
    if closed is not None and closed != gone:
        raise SourceError(
            Sentence("The sales force of %(day)s leaves out %(gone)s units that stand here, its control says that %(closed)s were "
                     "closed: nothing was taken.", day=delivered.business_date, gone=gone, closed=closed)
        )  # fmt: skip
    if closed is None and gone > FEW and gone > standing * SHARE:
        raise SourceError(
            Sentence("The sales force of %(day)s leaves out %(gone)s of %(standing)s units: nothing was taken. Have it delivered "
                     "again; if they were closed, the control says so in a row “closed”, or they are closed in Administration > "
                     "Institutions.", day=delivered.business_date, gone=gone, standing=standing)
        )  # fmt: skip


def _close(writer: Writer, day: dt.date, unit: Row[Any], taken: TakenDay) -> None:
    """Nothing of the unit holds from the day on, unless somebody or something is still there."""
    there = list(writer.session.scalars(MEMBERS, {"unit": unit.id, "day": day}))
    if not there:
        try:
            with writer.session.begin_nested():
                periods.end(writer.session, InstitutionPeriod, "institution_id", unit.id, day, today())
        except Refusal as refusal:
            there = [str(refusal)]
    if there:
        more = f" +{len(there) - NAMED}" if len(there) > NAMED else ""
        taken.kept.append(Kept("unit", unit.code, "-", ", ".join(there[:NAMED]) + more))
        return
    taken.closed += 1
    taken.words["team", unit.code] = dict(CLOSED_WORD)
    writer.record("deliver", "institutions", str(unit.id), {"name": [unit.name, ""], "valid_from": day})


STANDING_UNITS = text("""
select institution.id, institution.code, period.name, level.sales_team, exists (
           select from audit_entry where subject = 'institutions' and subject_key = institution.id::text
           and action in ('create', 'change', 'end') and actor <> 'nightly run') as by_hand
from institution join institution_period as period on period.institution_id = institution.id
    and :day >= period.valid_from and :day < period.valid_to
join institution_level as level on level.id = period.level_id
where level.sales_team or exists (select from delivered_state where kind = 'team' and delivered_state.code = institution.code)
order by level.depth desc, institution.code
""")
MEMBERS = text("""
select told from (
    select person.name || ' (' || coalesce(agent.agent_no, person.code) || ')' as told, person.name as by_name
    from position join person on person.id = position.person_id left join agent on agent.id = person.id
    where position.institution_id = :unit and position.valid_to > :day
    union all
    select below.code, below.code
    from institution_period as period join institution as below on below.id = period.institution_id
    where period.parent_id = :unit and period.valid_to > :day
) as there group by told order by min(by_name)
""")
