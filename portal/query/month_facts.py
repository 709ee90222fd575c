"""What a month is computed on besides its people: values of earlier months, policies as they were then, who prices what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calc import Engine
from portal.models.runs import Published
from portal.query.pins import files_of, pin
from portal.query.rulebook_rules import Rules
from portal.query.statement import last_of

ONE_DAY = dt.timedelta(days=1)
REACH_MONTHS = 36  # how far back time functions may look
VALUES, AGAIN = "agent_value", "agent_value_again"  # the latter: of closed months as a later run found them


def known_until(session: Session) -> dt.date | None:
    """The last day whose premiums were delivered; None before the first."""
    return session.scalar(select(func.max(Published.business_date)).where(Published.dataset == "premium"))


def history_files(session: Session, month: dt.date) -> list[str]:
    """The published values of the months before, as far back as formulas may look, with those computed again since."""
    return files_of(pin(session, [VALUES, AGAIN], month_ends_before(month, REACH_MONTHS)).values())


def month_ends_before(month: dt.date, count: int) -> list[dt.date]:
    """The last days of the months before one, newest first."""
    found, here = [], month
    for _number in range(count):
        here = (here - ONE_DAY).replace(day=1)
        found.append(last_of(here))
    return found


def give_history(engine: Engine, files: Sequence[str], month: dt.date) -> None:
    """Offer the values of earlier months, each as it was computed last; a month without any begins from nothing."""
    if not files:
        engine.connection.execute(
            "create or replace view history as select 0::bigint as agent_id, date '2000-01-01' as month where false"
        )
        return
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    engine.connection.execute(
        f"create or replace view history as select * from read_parquet([{listed}], union_by_name = true) "
        f"where month < date '{month}' "
        "qualify dense_rank() over (partition by rulebook, month order by business_date desc) = 1"
    )


def priced(engine: Engine, rules: Rules, month: dt.date) -> tuple[list[int], dt.date, dt.date]:
    """The institutions whose rules may price a row, and the days from which on: those of the oldest policy, and the month's."""
    last = last_of(month)
    row = engine.connection.execute("select coalesce(min(issued_on), date '9999-12-31') from policy").fetchone()
    oldest = row[0] if row else last
    begins = min((one.valid_from for one in rules.completes), default=month)
    places = engine.connection.execute(
        "select distinct institution_id from agent union select institution_id from team "
        "union select distinct issuing_institution_id from policy where issuing_institution_id is not null order by all"
    ).fetchall()
    return [place[0] for place in places], max(min(oldest, month), min(begins, month)), last + ONE_DAY
