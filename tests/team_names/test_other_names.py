"""Another law: text parameters say which elements team figures are made of; the next month calls them as usual again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from calc.rulebook.book import book_of
from calc.rulebook.check import check
from pages import team as page
from pages import team_why
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.runs import RunStatus
from portal.query.reader import Reader
from portal.query.team_figures import TEAM_FIGURES
from portal.query.team_home import TeamHome, team_home
from portal.services.rulebook_text import written
from tests.commission.conftest import Months, last_day
from tests.commission.test_month_run import close
from tests.insurer.conftest import policy, premium
from tests.resources.test_screens import run, said
from tests.statement.conftest import FEB, JAN, browser_of, make_users
from tests.team.test_team_home import places

MEASURE = "month_fyc: {unit: money, grain: agent, of: premium, sum: fyc}"
BUSY = """
formulas:
  busy: {unit: count, grain: agent, formula: "IF(month_fyc >= 100, 1, 0)", title: Busy, title_zh: 活动}
"""
NAMES = """
parameters:
  team_fyc: {unit: text, value: own_sales}
  team_active_heads: {unit: text, value: busy}
"""


def other_names(told: str) -> str:
    """The law with other names for the same things, and where it says so."""
    told = told.replace(MEASURE, MEASURE.replace("sum: fyc", "sum: fyc, title: Own sales, title_zh: 个人业绩"))
    told = told.replace("\nformulas:\n", BUSY, 1).replace("\nparameters:\n", NAMES, 1)
    return told.replace("month_fyc", "own_sales")


def home_of(database: Database, month: dt.date) -> TeamHome:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, "ada")
    with database.transaction(actor) as session:
        found = team_home(Reader(actor, session), None, month)
    assert found is not None
    return found


def test_a_law_names_its_own_elements_and_months_of_other_names_stand_beside_it(
    months: Months, database: Database, loaded: dict[str, int], law: Callable[[str], str]
) -> None:
    make_users(database, {"ada": ("team_leader", "Z1")})
    months.approve(other_names(law("30%")), JAN)
    months.approve(law("30%"), FEB)
    for number, month in enumerate((JAN, FEB), 1):
        day = month.replace(day=10)
        months.deliver(month, last_day(month), policy=[policy(number, day, agent_no="Z1")],
                       premium=[premium(number, number, day, amount=1000 * number, agent_no="Z1")])  # fmt: skip
        assert months.run(month) is RunStatus.PUBLISHED
        if month == JAN:
            close(database, JAN)
    january, february = home_of(database, JAN), home_of(database, FEB)
    figures = {key: one.value(january.now) for key, one in TEAM_FIGURES.items()}
    assert (figures["fyc"], figures["active"], figures["heads"]) == (Decimal(300), Decimal(1), None)
    assert january.missing == {"persistency_kept", "persistency_base", "recruits", "head"}
    assert [TEAM_FIGURES["fyc"].value(sums) for _month, sums in february.trend] == [Decimal(300), Decimal(600)]
    assert "active" in february.missing, "the usual name, which this law does not have"

    ada = browser_of("ada")
    shown = said(run(ada, page.CONTENT, "children", "?month=2026-01"))
    assert "Own sales" in shown and "team_recruits" in shown and "no element recruits" in shown
    team = places(database)["ZT1"]
    why = said(run(ada, team_why.CONTENT, "children", f"?figure=active&institution={team}&month=2026-01"))
    assert "own_sales >= 100" in why and "Busy" in why


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("team_fyc: {unit: text, value: nothing}", "nothing is none"),
        ("team_fyc: {unit: text, value: fyc}", "fyc is none"),
        ("team_fyc: {unit: count, value: 3}", "3 is none"),
        ("renewal_grace_days: {unit: money, value: 30}", "whole days"),
        ("renewal_grace_days: {unit: days, value: -1}", "whole days"),
        ("renewal_grace_days: {unit: days, value: 30}", ""),
        ("team_fyc: {unit: text, value: month_fyc}", ""),
    ],
)
def test_what_such_a_parameter_may_say_is_checked(law: Callable[[str], str], line: str, says: str) -> None:
    book, read = book_of(written(law("30%").replace("\nparameters:\n", f"\nparameters:\n  {line}\n", 1)).told)
    assert read == []
    problems = [one.sentence for one in check(book)[1]]
    assert [says in one for one in problems] == ([True] if says else [])
