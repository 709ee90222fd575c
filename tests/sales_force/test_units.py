"""Units that a complete delivery does not name any more: closed when nobody is there, told when somebody is, held when many are."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, text

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.runs import Problem, RunStatus
from portal.query import places
from tests.sales_force.test_daily_delivery import (  # noqa: F401 - fixtures of the area
    ADA,
    BO,
    CY,
    Core,
    core,
    counts,
    day,
    newcomer,
    refusal,
)

KNOWN = ("ZT1,ZT1,,z_team,ZB", "ZT2,ZT2,,z_team,ZB")
NEXT = dt.timedelta(days=1)


def complete(
    core: Core, on: dt.date, *units: str, agents: tuple[str, ...] = (ADA, BO, CY), said: str = ""
) -> RunStatus:
    """Deliver everybody and all units, with their count; `said` are more lines of the control."""
    listed = (*KNOWN, *units)
    control = counts(agents) + f"units,,{len(listed)}\n{said}"
    return core.deliver(on, *agents, teams=listed, control=control)


def unit(code: str) -> str:
    return f"{code},Unit {code},,z_team,ZB"


def stands(database: Database, code: str, on: dt.date) -> bool:
    with database.transaction(HOUSE) as session:
        return session.execute(
            text("select from institution i join institution_period p on p.institution_id = i.id "
                 "where i.code = :code and :day >= p.valid_from and :day < p.valid_to"), {"code": code, "day": on},
        ).first() is not None  # fmt: skip


def told(database: Database, core: Core) -> list[str]:
    with database.transaction(HOUSE) as session:
        found = select(Problem.message).where(Problem.chunk == core.chunk.id, Problem.rule == "unit_with_members")  # type: ignore[union-attr]
        return list(session.scalars(found))


def test_an_empty_unit_is_closed_from_the_day_and_opens_when_it_is_named_again(
    core: Core, database: Database, day: dt.date
) -> None:  # fmt: skip
    code = f"ZU{day.toordinal()}"
    assert complete(core, day, unit(code)) is RunStatus.PUBLISHED
    assert stands(database, code, day)
    assert complete(core, day + NEXT) is RunStatus.PUBLISHED
    assert stands(database, code, day) and not stands(database, code, day + NEXT) and told(database, core) == []
    assert stands(database, "ZT1", day + NEXT)
    assert complete(core, day + 2 * NEXT, unit(code)) is RunStatus.PUBLISHED
    assert stands(database, code, day + 2 * NEXT) and not stands(database, code, day + NEXT)
    assert complete(core, day + 3 * NEXT) is RunStatus.PUBLISHED


def test_a_list_of_what_changed_closes_nothing(core: Core, database: Database, day: dt.date) -> None:
    code = f"ZU{day.toordinal()}"
    assert complete(core, day, unit(code)) is RunStatus.PUBLISHED
    assert core.deliver(day + NEXT, ADA, BO, CY, teams=KNOWN[:1]) is RunStatus.PUBLISHED
    assert core.deliver(day + 2 * NEXT, ADA, BO, CY) is RunStatus.PUBLISHED
    assert stands(database, code, day + 2 * NEXT)
    assert complete(core, day + 3 * NEXT) is RunStatus.PUBLISHED
    assert not stands(database, code, day + 3 * NEXT)


def test_a_unit_with_members_stays_and_the_problem_names_them(
    core: Core, database: Database, day: dt.date
) -> None:  # fmt: skip
    number, places_of = day.toordinal(), f"ZU{day.toordinal()}"
    dan = newcomer(number, place=places_of)
    assert complete(core, day, unit(places_of), agents=(ADA, BO, CY, dan)) is RunStatus.PUBLISHED
    assert complete(core, day + NEXT, agents=(ADA, BO, CY, dan)) is RunStatus.PUBLISHED
    assert stands(database, places_of, day + NEXT)
    assert told(database, core) == [
        f"The core does not name unit {places_of} any more, but there are still Dan {number} (D{number}). It stays open: move "
        "them, or have the core name it again."
    ]
    assert complete(core, day + 2 * NEXT) is RunStatus.PUBLISHED, "Dan has left"
    assert not stands(database, places_of, day + 2 * NEXT) and told(database, core) == []


def test_many_at_once_hold_the_run_unless_the_control_says_so(
    core: Core, database: Database, day: dt.date
) -> None:  # fmt: skip
    codes = [f"ZU{day.toordinal()}-{at}" for at in range(4)]
    later = day + NEXT
    assert complete(core, day, *map(unit, codes)) is RunStatus.PUBLISHED
    assert complete(core, later) is RunStatus.REFUSED
    assert f"leaves out 4 of {4 + len(KNOWN)} units: nothing was taken" in refusal(database, core)
    assert complete(core, later, said="closed,,3\n") is RunStatus.REFUSED
    assert "that 3 were closed" in refusal(database, core)
    assert all(stands(database, code, later) for code in codes)
    assert complete(core, later, said="closed,,4\n") is RunStatus.PUBLISHED
    assert not any(stands(database, code, later) for code in codes)
    places.forget()


def test_a_count_that_does_not_tie_refuses_the_delivery(core: Core, database: Database, day: dt.date) -> None:
    assert (
        core.deliver(day, ADA, BO, CY, teams=KNOWN, control=counts((ADA, BO, CY)) + "units,,3\n") is RunStatus.REFUSED
    )
    assert "names 2 units, its control says 3" in refusal(database, core)
