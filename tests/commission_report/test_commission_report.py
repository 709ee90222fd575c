"""Laws of commission reports: parts are the whole, the whole is what statements pay, and nobody sees another's."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from portal.access.identity import actor_of
from portal.cli import app
from portal.database import Database
from portal.models.access import User
from portal.models.commission import CommissionMonth, MonthState
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR, Actor, Forbidden, Permission, Scope
from portal.query.day_words import month_words
from portal.query.outside import OutOfScope
from portal.query.reader import Reader, reading
from portal.query.report import ReportError
from portal.query.report_table import ReportTable, report_table
from portal.query.report_trend import report_trend
from portal.query.report_view import drilled, view_of
from portal.query.statement import months_of, statement
from portal.reports import REPORTS
from portal.services.report_files import report_file
from tests.commission.conftest import Months, last_day
from tests.commission.test_month_run import close
from tests.commission_report.conftest import HOUSE, READS
from tests.statement.conftest import FEB, JAN, MAR

REPORT = REPORTS["commission"]
BY = ("z_company", "z_branch", "z_team", "agent", "line", "rank", "rulebook", "month")
FLAT = '  flat: {unit: money, grain: agent, formula: "1.25"}\n'
KEEPING = "  - {name: keeping, pays: flat, group: leading, order: 15, title: Keeping, title_zh: 留存奖}\n"
SUMS = ("paid", "earned", "cut", "held", "released", "carried", "earlier")


def table(reader: Reader, **address: str) -> ReportTable:
    """The report as its page reads it."""
    return report_table(reader, REPORT, view_of(reader, REPORT, address).view)


@pytest.mark.parametrize("compare", ["", "2026-01"])
@pytest.mark.parametrize("period", ["month", "quarter", "year"])
@pytest.mark.parametrize("by", BY)
def test_the_rows_come_to_the_total(whole: Reader, by: str, period: str, compare: str) -> None:
    found = table(whole, by=by, period=period, measure=",".join(SUMS), compare=compare)
    assert found.count
    for column in found.figures:
        assert sum((row[column] or 0 for row in found.page()), Decimal(0)) == (found.total[column] or 0), column


@pytest.mark.parametrize("by", BY)
def test_paid_is_what_is_earned_less_what_is_cut_and_held_with_what_is_released_and_carried(
    whole: Reader, by: str
) -> None:
    found = table(whole, by=by, period="year", measure=",".join(SUMS))
    for row in (*found.page(), found.total):
        assert row["paid"] == row["earned"] - row["cut"] - row["held"] + row["released"] + row["carried"]


def test_a_month_pays_what_its_statements_say(whole: Reader, story: dict[str, int]) -> None:
    for month in (JAN, FEB, MAR):
        found = {row["key"]: row["paid"] for row in table(whole, by="agent", at=f"{month:%Y-%m}").page()}
        for agent, paid in found.items():
            said = statement(whole, agent, month)
            assert said is not None and said.paid == paid
    assert found == {story["Z1"]: Decimal("35.00"), story["Z2"]: Decimal("350.00"), story["Z3"]: Decimal("0.00")}


def test_what_belongs_to_earlier_months_is_told_apart(whole: Reader) -> None:
    february = table(whole, by="line", at="2026-02", measure="paid,earlier")
    rows = {row["key"]: (row["paid"], row["earlier"]) for row in february.page()}
    assert rows == {
        "commission": (Decimal("750.00"), Decimal("150.00")),
        "leading": (Decimal("75.00"), Decimal("15.00")),
        "adjustment": (Decimal("12.50"), Decimal("12.50")),
    }
    names = {row["key"]: row["name"] for row in february.page()}
    assert names == {"commission": "Commission", "leading": "Override", "adjustment": "Adjustment"}


def test_each_line_is_a_figure_of_its_own(whole: Reader) -> None:
    found = table(whole, by="agent", at="2026-02", measure="line_commission,line_leading,line_adjustment,paid")
    for row in found.page():
        assert row["line_commission"] + row["line_leading"] + row["line_adjustment"] == row["paid"]
    assert [one.title for one in found.measures[:2]] == ["Commission", "Override"]


def test_months_stand_in_their_order_and_follow_whom_they_paid_where(whole: Reader, story: dict[str, int]) -> None:
    """Bo moved to the second team in March: his pay of January and February stays with the first."""
    by_month = table(whole, by="month", period="year", measure="paid,agents")
    assert [(row["name"], row["paid"]) for row in by_month.page()] == [
        ("Jan 2026", Decimal("330.00")), ("Feb 2026", Decimal("837.50")), ("Mar 2026", Decimal("385.00")),
    ]  # fmt: skip
    by_team = {row["code"]: row["paid"] for row in table(whole, by="z_team", period="year").page()}
    assert by_team == {"ZT1": Decimal("1202.50"), "ZT2": Decimal("350.00")}
    places = {place.code: place.id for place in whole.places(last_day(MAR)).by_id.values()}
    for code, paid in by_team.items():
        assert table(whole, institution=str(places[code]), by="line", period="year").total["paid"] == paid


def test_the_trend_ends_with_the_total(whole: Reader) -> None:
    for measure in (*REPORT.measures, *REPORT.offered(whole)):
        for period in ("month", "year"):
            view = view_of(whole, REPORT, {"measure": measure.key, "period": period, "by": "line"}).view
            points = report_trend(whole, REPORT, view, measure)
            assert [day for day, _value in points] == [last_day(one) for one in (JAN, FEB, MAR)]
            assert points[-1][1] == report_table(whole, REPORT, view).total[measure.key], measure.key


def test_agents_count_once_however_many_lines_they_have(whole: Reader) -> None:
    year = table(whole, by="line", period="year", measure="agents,average,paid")
    assert year.total["agents"] == 2 and year.total["average"] == Decimal("776.25")
    assert sum(row["agents"] for row in year.page()) == 3, "Bo has a commission and an adjustment, Ada an override"


def test_ranks_are_those_of_the_month(whole: Reader) -> None:
    found = {row["key"]: row["paid"] for row in table(whole, by="rank").page()}
    assert found == {"individual/TM": Decimal("35.00"), "individual/FA": Decimal("350.00")}
    step = drilled(REPORT, whole.places(last_day(MAR)), table(whole, by="rank").view, "rank", "individual/FA")
    assert step == {"rulebook": "individual", "rank": "FA", "by": ""}


def test_every_row_leads_to_what_it_sums(whole: Reader) -> None:
    tree = whole.places(last_day(FEB))
    for by in BY:
        top = table(whole, by=by, at="2026-02", period="quarter")
        for row in top.page():
            address = {"at": "2026-02", "period": "quarter"} | drilled(REPORT, tree, top.view, by, row["key"])
            if address.get("rank"):  # this small law has no ladder, so its ranks have no names to choose by
                continue
            assert table(whole, **address).total["paid"] == row["paid"], (by, row)


def test_a_new_benefit_is_a_row_and_a_figure_as_soon_as_a_month_pays_it(
    months: Months, story: dict[str, int], law: Callable[[str], str], database: Database
) -> None:
    april = MAR.replace(month=4)
    benefit = (
        law("40%")
        .replace("formulas:\n", f"formulas:\n{FLAT}")
        .replace("  - {name: leading", f"{KEEPING}  - {{name: leading")
    )
    with reading(HOUSE) as reader:
        computed = april in months_of(reader)
    if not computed:
        close(database, MAR)
        months.approve(benefit, april)
        months.deliver(april, last_day(april))
        assert months.run(april) is RunStatus.PUBLISHED
    with reading(HOUSE) as reader:
        rows = {row["key"]: row for row in table(reader, by="line", at="2026-04").page()}
        assert rows["keeping"]["paid"] == Decimal("3.75") and rows["keeping"]["name"] == "Keeping"
        assert [one.key for one in REPORT.offered(reader)][:3] == ["line_commission", "line_keeping", "line_leading"]
        teams = table(reader, by="z_team", at="2026-04", measure="line_keeping")
        assert {row["code"]: row["line_keeping"] for row in teams.page()} == {
            "ZT1": Decimal("1.25"), "ZT2": Decimal("2.50"),
        }  # fmt: skip
    file = report_file(HOUSE, REPORT, {"by": "line", "at": "2026-04", "measure": "paid"}, "csv")
    assert "keeping,Keeping,3.75" in file.content.decode("utf-8-sig")
    chinese = Actor(None, "the desk", permissions=READS, scope=Scope(all=True), language="zh")
    with reading(chinese) as reader:
        assert "留存奖" in [row["name"] for row in table(reader, by="line", at="2026-04").page()]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"by": "colour"}, "cannot be read by “colour”"),
        ({"measure": "colour"}, "has no measure “colour”"),
        ({"at": "2025-12"}, "no statements of Dec 2025. There are some from Jan 2026"),
        ({"at": "yesterday"}, "is no date"),
        ({"compare": "0000-00"}, "is no date"),
        ({"line": "gold"}, "nothing called “gold”"),
        ({"rank": "general"}, "nothing called “general”"),
        ({"rulebook": "x' or 1=1 --"}, "nothing called"),
        ({"period": "week"}, "There is no period “week”"),
    ],
)
def test_what_does_not_fit_becomes_a_sentence(whole: Reader, address: dict[str, str], said: str) -> None:
    with pytest.raises(ReportError, match=said):
        table(whole, **address)


def test_months_that_are_not_closed_are_named(whole: Reader) -> None:
    states = select(CommissionMonth.month).where(CommissionMonth.state == MonthState.OPEN)
    opened = whole.session.scalars(states).one()
    told = f"Not closed yet, so figures may still change: {month_words(opened, 'en')}."
    for month in (JAN, FEB, opened):
        found = table(whole, by="line", at=f"{month:%Y-%m}")
        assert REPORT.measure_notes(whole, found.measures[0], found.view) == ([told] if month == opened else [])
    assert REPORT.measure_notes(whole, REPORT.measures[0], table(whole, by="line", period="year").view) == [told]


def test_a_leader_sees_his_team_alone(database: Database, story: dict[str, int]) -> None:
    """Ada leads the first team: neither Cy's figures nor Bo's of March are hers."""
    with database.transaction(LOCAL_OPERATOR) as session:
        ada = actor_of(session, session.query(User).filter_by(username="ada").one().id)
    with reading(HOUSE) as reader:
        second = next(place.id for place in reader.places(last_day(MAR)).by_id.values() if place.code == "ZT2")
    with reading(ada) as reader:
        march = table(reader, at="2026-03", by="agent")
        assert {row["key"] for row in march.page()} == {story["Z1"]}
        assert march.total["paid"] == Decimal("35.00")
        with pytest.raises(OutOfScope):
            table(reader, institution=str(second))
        with pytest.raises(OutOfScope):
            table(reader, agent=str(story["Z3"]))


def test_who_may_not_read_them_is_refused(story: dict[str, int]) -> None:
    nobody = Actor(None, "a manager", permissions=frozenset({Permission.REPORT_VIEW}), scope=Scope(all=True))
    with reading(nobody) as reader, pytest.raises(Forbidden):
        table(reader)
    reads_only = Actor(
        None, "reader", permissions=frozenset({Permission.COMMISSION_REPORT_VIEW}), scope=Scope(all=True)
    )
    with pytest.raises(Forbidden):
        report_file(reads_only, REPORT, {}, "csv")


@pytest.mark.parametrize("address", [
    {"by": "agent", "at": "2026-02"}, {"by": "month", "period": "year", "at": "2026-03"},
    {"by": "line", "compare": "2026-01", "at": "2026-02"},
])  # fmt: skip
def test_a_file_and_the_command_hold_the_rows_of_the_page(whole: Reader, address: dict[str, str]) -> None:
    found = table(whole, **address)
    columns = ("code", "name", *found.figures)
    shown = [["" if row[one] is None else str(row[one]) for one in columns] for row in found.page()]
    file = report_file(HOUSE, REPORT, address, "csv").content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(file)))[1:]
    assert sorted(lines) == sorted(shown)
    options = [part for name, text in address.items() if name not in ("at", "compare") for part in (f"--{name}", text)]
    compared = ["--compare", f"{address['compare']}-31"] if "compare" in address else []
    asked = ["report", "commission", "--month", address["at"], "--format", "csv", *options, *compared]
    printed = list(csv.reader(io.StringIO(CliRunner().invoke(app, asked).stdout)))[1:]
    assert [row[1:] for row in printed] == shown
