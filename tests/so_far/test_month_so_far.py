"""The running month's commission: computed by the intraday run from what was delivered and what came since, read in one's scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import func, select

from callbacks.statement import no_statement_yet
from jobs import scheduler
from jobs.claims import next_chunk
from jobs.intraday import INTRADAY_JOB
from jobs.runner import run_chunk
from pages import statement as statement_page
from pages import statement_ahead, statement_renewals
from pages import team as team_page
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.organisation import Institution
from portal.models.runs import Published, Run, RunStatus, RunStep
from portal.permissions import LOCAL_OPERATOR, NIGHTLY
from portal.query.month_so_far import SO_FAR, MonthSoFar, month_so_far
from portal.query.reader import Reader, reading
from portal.services.policy_events import take_policy_event
from portal.services.writer import writing
from tests.commission.conftest import Months
from tests.insurer.conftest import policy, premium
from tests.resources.test_screens import run, said
from tests.statement.conftest import browser_of, make_users

TODAY = dt.date.today()
FIRST = TODAY.replace(day=1)
BEFORE = (FIRST - dt.timedelta(days=1)).replace(day=1)


def intraday() -> RunStatus:
    """The run that the scheduler asks for, when it asks."""
    with writing(NIGHTLY) as writer:
        scheduler.ask_for_intraday(writer)
        chunk = next_chunk(writer.session, "intraday")
    assert chunk is not None, "nothing was asked for"
    return run_chunk(INTRADAY_JOB, chunk)


def told_by_the_step(database: Database) -> str:
    with database.transaction(HOUSE) as session:
        return str(
            session.scalars(
                select(RunStep.message)
                .where(RunStep.step == "commission")
                .order_by(RunStep.finished_at.desc())
                .limit(1)
            ).one()
        )


def so_far(database: Database, name: str, person: int | None = None, code: str = "") -> MonthSoFar | None:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, name) if name else LOCAL_OPERATOR
        place = session.scalar(select(Institution.id).where(Institution.code == code)) if code else None
    with database.transaction(actor) as session:
        return month_so_far(Reader(actor, session), person, place)


def event(number: int, amount: str) -> None:
    row = premium(number, number, TODAY, amount=amount)
    cells = {
        name: value if isinstance(value, int) else str(value) for name, value in row.items() if name != "business_date"
    }
    sold = policy(number, TODAY)
    told = {
        name: value if isinstance(value, int) else str(value) for name, value in sold.items() if name != "business_date"
    }
    with writing(LOCAL_OPERATOR) as writer:
        take_policy_event(writer, f"policy-{number}", {"dataset": "policy", "row": told}, "core")
        take_policy_event(writer, f"premium-{number}", {"dataset": "premium", "row": cells}, "core")


def test_the_month_so_far_is_computed_by_the_jobs_and_read_by_whom_it_concerns(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> None:
    ada, bo, cy = (loaded[code] for code in ("Z1", "Z2", "Z3"))
    make_users(database, {"bo": ("agent", "Z2"), "cy": ("team_leader", "Z3"), "ada": ("team_leader", "Z1")})
    months.deliver(
        BEFORE, TODAY, policy=[policy(1, TODAY), policy(3, BEFORE)],
        premium=[premium(1, 1, TODAY, amount=1000), premium(3, 3, BEFORE, amount=100)],
    )  # fmt: skip

    # without rules the day's figures are shown all the same, and the step says what is missing
    assert intraday() is RunStatus.PUBLISHED
    assert "rulebook individual, which is not there" in told_by_the_step(database)
    assert so_far(database, "bo", bo) is None
    with writing(NIGHTLY) as writer:
        scheduler.ask_for_intraday(writer)
        assert next_chunk(writer.session, "intraday") is None, "nothing new was delivered or sent"

    months.approve(law("30%"), BEFORE)
    event(2, "2000.00")
    with database.transaction(HOUSE) as session:
        session.execute(Run.__table__.update().values(requested_at=func.now() - dt.timedelta(hours=1)))
    assert intraday() is RunStatus.PUBLISHED
    first = said(run(browser_of("bo"), statement_page.CONTENT, "children", ""))
    assert "No month was computed yet" in first and "Commission so far" in first and "900.00" in first
    assert "/statement/sale" in first, "what a sale would bring is known before the first statement"
    for other in (statement_ahead, statement_renewals):
        shown = said(run(browser_of("bo"), other.CONTENT, "children", ""))
        assert "No month was computed yet" in shown and "/statement/sale" in shown
    asked = said(run(browser_of("bo"), statement_page.CONTENT, "children", f"?month={BEFORE:%Y-%m}"))
    assert "There is no statement of this month" in asked and "Commission so far" not in asked
    assert months.run(BEFORE) is RunStatus.PUBLISHED
    with reading(LOCAL_OPERATOR) as reader:
        late = str(no_statement_yet(reader, "My statement", statement_page.PATH, {}))
    assert "There is no statement yet: the first one comes when" in late and "/statement/ahead" in late
    found = so_far(database, "bo", bo)
    assert found is not None and found.month == FIRST
    assert (found.amount, found.lines, found.lacking) == (Decimal("900.00"), [("Commission", Decimal("900.00"))], 0)
    whole = so_far(database, "", code="Z")
    assert whole is not None and (whole.amount, whole.agents) == (Decimal("990.00"), 2)
    team = so_far(database, "cy", code="ZT2")
    assert team is not None and team.amount == Decimal("990.00")
    assert so_far(database, "ada", code="ZT2") is None and so_far(database, "bo", cy) is None and ada != cy
    with database.transaction(HOUSE) as session:
        assert session.scalar(select(func.count()).where(Published.dataset == SO_FAR)) == 2

    shown = said(run(browser_of("bo"), statement_page.CONTENT, "children", ""))
    assert "Commission so far" in shown and "900.00" in shown and "Provisional" in shown
    assert "990.00" in said(run(browser_of("cy"), team_page.CONTENT, "children", ""))
    assert "990.00" not in said(run(browser_of("ada"), team_page.CONTENT, "children", ""))
