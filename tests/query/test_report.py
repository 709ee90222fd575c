"""Laws of reports: parts are the whole, files are the page, and nobody sees another's."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from portal.access.identity import HOUSE
from portal.cli import app
from portal.database import Database
from portal.models.access import AuditEntry
from portal.permissions import Actor, Forbidden
from portal.query import facts
from portal.query.outside import OutOfScope
from portal.query.pins import NotPublished
from portal.query.reader import Reader, reading
from portal.query.report import Period, Report, ReportError, View
from portal.query.report_table import ReportTable, report_table
from portal.query.report_trend import report_trend
from portal.query.report_view import drilled, known_on_of, view_of
from portal.reports import ACCOUNT_REPORTS
from portal.services.report_files import report_file
from tests.query.bank import LAST, LEVELS, Bank

BY = ("Q-region", "Q-branch", "manager", "product", "customer", "account")
JANUARY = dt.date(2024, 1, 31)


def table(reader: Reader, key: str = "deposits", **address: str) -> ReportTable:
    """A report as its page reads it."""
    return report_table(reader, ACCOUNT_REPORTS[key], view_of(reader, ACCOUNT_REPORTS[key], address).view)


def every_measure(report: Report) -> str:
    return ",".join(measure.key for measure in report.measures)


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("key", ACCOUNT_REPORTS)
def test_the_rows_sum_to_the_total(whole: Reader, key: str, by: str) -> None:
    """Sums are exact; what is divided or rounded once a row misses by less than a cent a row."""
    found = table(whole, key, by=by, measure=every_measure(ACCOUNT_REPORTS[key]), period="year")
    assert found.count
    exact = {"balance", "balance_days", "increment"}
    for measure in (measure for measure in found.measures if not measure.counts):
        rows = sum((row[measure.key] for row in found.page()), Decimal(0))
        missed = abs(rows - found.total[measure.key])
        assert missed == 0 if measure.key in exact else missed <= Decimal("0.01") * found.count


@pytest.mark.parametrize("by", BY)
def test_a_shared_account_counts_once_in_a_row_and_in_the_total(whole: Reader, by: str) -> None:
    """Bea's account is Ann's in branch 1 and Bob's in branch 2: both count it, and their regions; the house once."""
    found = table(whole, by=by, measure="accounts", compare="2024-01-02")
    rows = found.page()
    twice = 1 if by in ("manager", "Q-branch", "Q-region") else 0
    assert sum(row["accounts"] for row in rows) == found.total["accounts"] + twice
    assert found.total == table(whole, by="account", measure="accounts", compare="2024-01-02").total


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("measure", ["balance", "daily_average", "increment", "balance_days", "accounts"])
def test_the_total_is_the_same_whatever_it_is_read_by(whole: Reader, by: str, measure: str) -> None:
    assert table(whole, by=by, measure=measure).total[measure] == table(whole, measure=measure).total[measure]


def test_the_figures_are_those_of_the_pencil(whole: Reader, bank: Bank) -> None:
    """Ada 749.95, Bea 133.34 shared 60:40, Cem 5,000.00, Dee 77.77 with nobody, Eli 400.00 with Dan of the region."""
    lines = {row["code"]: row["balance"] for row in table(whole, by="manager").page()}
    assert lines == {
        "Q-ann": Decimal("829.95"), "Q-bob": Decimal("53.34"), "Q-cai": Decimal("5000.00"), "Q-dan": Decimal("400.00"),
        "": Decimal("77.77"),
    }  # fmt: skip
    assert table(whole).total["balance"] == Decimal("6361.06")
    customers = {row["name"]: row["balance"] for row in table(whole, by="customer").page()}
    assert customers == {
        "Ada": Decimal("749.95"), "Bea": Decimal("133.34"), "Cem": Decimal("5000.00"), "Dee": Decimal("77.77"),
        "Eli": Decimal("400.00"),
    }  # fmt: skip


def test_a_daily_average_divides_by_the_days_of_the_period(whole: Reader) -> None:
    """Ada in January: 14 days of 1,000.00 and 17 of 749.95, over 31 days."""
    found = table(whole, by="customer", at="2024-01-31", measure="daily_average")
    ada = next(row for row in found.page() if row["name"] == "Ada")
    assert ada["daily_average"] == Decimal("862.88")


def test_each_day_is_read_by_its_own_tree(whole: Reader, bank: Bank) -> None:
    """Branch Q-B2 moved on 1 February: in January its 53.34 and 77.77 less stood under the other region."""
    found = table(whole, by="Q-region", at="2024-02-01", compare="2024-01-31", measure="balance")
    rows = {row["code"]: row for row in found.page()}
    moved = Decimal("40.00") + Decimal("77.77")
    assert rows["Q-R1"]["balance_change"] == -moved
    assert rows["Q-R2"]["balance_change"] == moved
    assert found.total["balance_change"] == 0


def test_a_second_date_gives_before_and_change(whole: Reader) -> None:
    found = table(whole, by="customer", compare="2024-01-02", measure="balance,accounts")
    rows = {row["name"]: row for row in found.page()}
    assert rows["Ada"]["balance_before"] == Decimal("1000.00")
    assert rows["Ada"]["balance_change"] == Decimal("-250.05")
    assert rows["Eli"]["balance_before"] is None
    assert rows["Eli"]["balance_change"] == Decimal("400.00")
    alone = table(whole, by="customer", at="2024-01-02", measure="balance")
    assert found.total["balance_before"] == alone.total["balance"]


def test_a_row_leads_to_what_it_sums(whole: Reader, bank: Bank) -> None:
    """Each branch's row equals the total of the page it leads to, down to the account."""
    top = table(whole, by="Q-branch")
    tree = whole.places(LAST)
    for row in top.page():
        step = drilled(ACCOUNT_REPORTS["deposits"], tree, top.view, "Q-branch", row["key"])
        deeper = table(whole, **step)
        assert deeper.total["balance"] == row["balance"]
        for person in deeper.page():
            below = table(
                whole, **step | drilled(ACCOUNT_REPORTS["deposits"], tree, deeper.view, "manager", person["key"])
            )
            assert below.total["balance"] == person["balance"]
            for customer in below.page():
                last = table(whole, manager=str(person["key"]), customer=str(customer["key"]))
                assert last.view.by == "account"
                assert last.total["balance"] >= customer["balance"]


def test_pages_follow_each_other_in_any_order(whole: Reader) -> None:
    found = table(whole, by="customer")
    for order in ([("balance", True)], [("name", False)], [("balance", False)], []):
        together = [row for first in range(0, found.count, 2) for row in found.page(order, first, 2)]
        assert together == found.page(order)
        assert sorted(row["key"] for row in together) == sorted(row["key"] for row in found.page())
    assert [row["name"] for row in found.page([("name", True)])] == ["Eli", "Dee", "Cem", "Bea", "Ada"]


def test_the_others_are_what_the_largest_leave(whole: Reader) -> None:
    found = table(whole, by="customer")
    shown = found.page([("balance", True)], 0, 2)
    assert [row["name"] for row in shown] == ["Cem", "Ada"]
    assert found.left(shown, "balance") == {"balance": Decimal("611.11"), "rows": 3}
    assert found.left(found.page(), "balance") is None


def test_words_find_rows_by_code_and_name(whole: Reader) -> None:
    found = table(whole, by="customer")
    assert [row["name"] for row in found.page(search="c900004 dee")] == ["Dee"]
    assert found.counted("C9000") == 5
    assert found.page(search="%") == []


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("key", ACCOUNT_REPORTS)
def test_the_trend_ends_with_the_total_of_every_measure_and_dimension(whole: Reader, key: str, by: str) -> None:
    for measure in ACCOUNT_REPORTS[key].measures:
        for narrower in ({}, {"product": str(table(whole, key, by="product").rows["key"][0])}):
            address = {"by": by, "measure": measure.key, "period": "quarter", **narrower}
            view = view_of(whole, ACCOUNT_REPORTS[key], address).view
            points = report_trend(whole, ACCOUNT_REPORTS[key], view, measure)
            total = report_table(whole, ACCOUNT_REPORTS[key], view).total[measure.key]
            assert points[-1] == (LAST, total) if total is not None else LAST not in dict(points)


def test_the_trend_ends_with_the_total(whole: Reader) -> None:
    view = view_of(whole, ACCOUNT_REPORTS["deposits"], {}).view
    points = report_trend(whole, ACCOUNT_REPORTS["deposits"], view, ACCOUNT_REPORTS["deposits"].measure("balance"))
    assert [day for day, _value in points] == [dt.date(2023, 12, 31), JANUARY, LAST]
    assert points[-1][1] == table(whole).total["balance"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"by": "colour"}, "cannot be read by “colour”"),
        ({"measure": "colour"}, "has no measure “colour”"),
        ({"at": "1999-01-01"}, "Nothing is published for 1999-01-01"),
        ({"at": "yesterday"}, "is no date"),
        ({"at": "2024-02-31"}, "is no date"),
        ({"compare": "0000-00-00"}, "is no date"),
        ({"period": "week"}, "There is no period “week”"),
        ({"product": "999999"}, "no such product"),
    ],
)
def test_what_does_not_fit_becomes_a_sentence(whole: Reader, address: dict[str, str], said: str) -> None:
    with pytest.raises(ReportError, match=said):
        table(whole, **address)


def test_a_level_above_the_institution_gives_way_to_the_next_one(whole: Reader, bank: Bank) -> None:
    region, branch = str(bank.institutions["Q-R2"]), str(bank.institutions["Q-B3"])
    assert table(whole, institution=region).view.by == "Q-branch"
    assert table(whole, institution=branch, by="Q-region").view.by == "manager"
    assert table(whole).view.by == LEVELS[1]


def refused(reader: Reader, **address: str) -> bool:
    """Whether an address is answered like one that names nothing."""
    try:
        table(reader, **address)
    except OutOfScope:
        return True
    return False


def test_nothing_of_another_branch_comes_by_address(bank: Bank, database: Database) -> None:
    """A leader of branch B1 asks for B3's institution, its manager, its customer and its account."""
    stranger = {
        "institution": bank.institutions["Q-B3"], "manager": bank.people["Q-cai"], "customer": 900003, "account": 910003,
    }  # fmt: skip
    with reading(bank.leader("Q-B1")) as reader:
        for name, number in stranger.items():
            assert refused(reader, **{name: str(number)}), name
            assert refused(reader, **{name: str(number), "by": "account", "at": "2024-01-31"}), name
        assert refused(reader, institution="12345678")
        assert refused(reader, customer="1 or 1=1")
        assert refused(reader, institution=str(bank.institutions["Q-HO"]))
    with database.transaction(HOUSE) as session:
        said = {(row.subject, row.subject_key) for row in session.scalars(
            select(AuditEntry).where(AuditEntry.actor == "leader of Q-B1", AuditEntry.action == "refused")
        )}  # fmt: skip
    assert ("customer", "900003") in said
    assert ("institution", str(bank.institutions["Q-B3"])) in said


def test_a_leader_sums_only_what_is_managed_below_him(bank: Bank) -> None:
    """B1 has Ann: all of Ada and six tenths of Bea."""
    with reading(bank.leader("Q-B1")) as reader:
        for by in ("Q-branch", "manager", "customer", "account"):
            assert table(reader, by=by).total["balance"] == Decimal("829.95")
        assert {row["name"] for row in table(reader, by="customer").page()} == {"Ada", "Bea"}
    with reading(bank.leader("Q-R2")) as reader:
        assert table(reader).total["balance"] == Decimal("5131.11")


def test_a_manager_sees_his_own_part(bank: Bank) -> None:
    with reading(bank.manager("Q-bob")) as reader:
        found = table(reader)
        assert found.view.by == "customer"
        assert found.total["balance"] == Decimal("53.34")
        assert refused(reader, manager=str(bank.people["Q-ann"]))
        assert refused(reader, customer="900001")
        assert refused(reader, institution=str(bank.institutions["Q-B2"]))


def test_who_may_not_read_reports_reads_none(bank: Bank) -> None:
    with reading(Actor(None, "nobody")) as reader, pytest.raises(Forbidden):
        table(reader)


@pytest.mark.parametrize("address", [
    {"by": "customer"}, {"by": "Q-branch", "compare": "2024-01-31"}, {"by": "manager", "period": "year"},
])  # fmt: skip
def test_a_file_holds_the_rows_of_the_page(bank: Bank, address: dict[str, str]) -> None:
    """The same rows in the same order, to the cent, and numbers as numbers."""
    actor = bank.leader("Q-HO")
    with reading(actor) as reader:
        found = table(reader, **address)
        shown = [
            [row["code"], row["name"], *(row[one] for one in found.figures)] for row in found.page([("balance", True)])
        ]
    written = report_file(actor, ACCOUNT_REPORTS["deposits"], address, "csv")
    lines = list(csv.reader(io.StringIO(written.content.decode("utf-8-sig"))))
    assert [["" if cell is None else str(cell) for cell in row] for row in shown] == lines[1:]
    book = openpyxl.load_workbook(io.BytesIO(report_file(actor, ACCOUNT_REPORTS["deposits"], address, "xlsx").content))
    cells = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)]
    assert len(cells) == written.rows == found.count
    for row, line in zip(cells, shown, strict=True):
        assert all(not isinstance(value, str) for value in row[2:])
        assert [None if value is None else Decimal(str(value)) for value in row[2:]] == line[2:]


def test_a_file_keeps_to_the_scope_and_the_permission(bank: Bank) -> None:
    with pytest.raises(OutOfScope):
        report_file(
            bank.leader("Q-B1"), ACCOUNT_REPORTS["deposits"], {"institution": str(bank.institutions["Q-B3"])}, "csv"
        )
    mine = bank.leader("Q-B1")
    reads_only = Actor(
        None, "reader", permissions=frozenset({ACCOUNT_REPORTS["deposits"].permission}), scope=mine.scope
    )
    with pytest.raises(Forbidden):
        report_file(reads_only, ACCOUNT_REPORTS["deposits"], {}, "csv")


def test_what_was_known_on_a_day_stays_askable(bank: Bank) -> None:
    """Everything was published today: yesterday knew nothing, tomorrow knows the same."""
    today = dt.date.today()
    yesterday, tomorrow = today - dt.timedelta(days=2), today + dt.timedelta(days=2)
    with reading(bank.leader("Q-HO"), known_on_of({"known_on": tomorrow.isoformat()})) as reader:
        assert table(reader).total["balance"] == Decimal("6361.06")
    before = known_on_of({"known_on": yesterday.isoformat()})
    with reading(bank.leader("Q-HO"), before) as reader, pytest.raises((ReportError, NotPublished)):
        table(reader)
    assert known_on_of({}) is known_on_of({"known_on": "9999-12-31"}) is None
    with pytest.raises(ReportError):
        known_on_of({"known_on": "soon"})


def test_periods_begin_where_they_say() -> None:
    day = dt.date(2024, 5, 20)
    assert [period.first_day(day) for period in Period] == [
        dt.date(2024, 5, 1), dt.date(2024, 4, 1), dt.date(2024, 1, 1),
    ]  # fmt: skip
    assert Period.QUARTER.days(day) == 50


@pytest.mark.parametrize("by", ["Q-branch", "manager", "account"])
def test_the_command_prints_the_numbers_of_the_page(whole: Reader, by: str) -> None:
    """`basis report deposits --by account --at 2024-01-31 --format csv`"""
    asked = f"report deposits --by {by} --at 2024-01-31 --measure balance,daily_average --format csv"
    printed = CliRunner().invoke(app, asked.split())
    assert printed.exit_code == 0, printed.output
    lines = list(csv.DictReader(io.StringIO(printed.output)))
    found = table(whole, by=by, at="2024-01-31", measure="balance,daily_average")
    assert [(row["code"], row["balance"], row["daily_average"]) for row in lines] == [
        (row["code"], str(row["balance"]), str(row["daily_average"])) for row in found.page()
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("--format json", "There is no format 'json'"),
        ("--month 2024-1", "'2024-1' is not a month"),
        ("--month 2024-01 --at 2024-01-31", "Give either --at or --month"),
    ],
)
def test_the_command_says_what_it_cannot_do(whole: Reader, asked: str, said: str) -> None:
    printed = CliRunner().invoke(app, ["report", "deposits", *asked.split()])
    assert printed.exit_code == 1
    assert said in printed.output


def test_a_measure_that_is_asked_for_twice_is_shown_once(whole: Reader) -> None:
    found = table(whole, by="account", at="2024-01-31", measure="balance,balance")
    assert [measure.key for measure in found.measures] == ["balance"]
    assert found.page()


def test_an_account_whose_terms_changed_is_one_row(whole: Reader) -> None:
    found = table(whole, by="account", at="2024-01-31", measure="balance")
    assert [row["key"] for row in found.page()].count(910003) == 1


def test_what_many_questions_begin_with_is_asked_once(bank: Bank) -> None:
    question = "select unnest([1, 2]) as account_id"
    select = facts.standing(question)
    assert select.startswith("select * from standing_")
    assert facts.standing(question) == select
    assert [row["account_id"] for row in facts.ask(f"with seen as ({select}) select * from seen order by 1")] == [1, 2]
    for other in range(facts.MOST_STANDING + 1):
        facts.standing(f"select {other} as account_id")
    assert facts.ask(f"{facts.standing(question)} where account_id > 1")[0]["account_id"] == 2
    long = f"select range as account_id from range({facts.LARGEST_STANDING_BYTES})"
    assert facts.standing(long) == long


def made_up_table(rows: pa.Table) -> ReportTable:
    """A table of a report with rows of our own."""
    report = ACCOUNT_REPORTS["deposits"]
    return ReportTable(
        report, View(at=LAST, by="product"), report.dimension("product", []), report.measures[:1], rows, {}
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_page_is_in_the_order_asked_for(seed: int) -> None:
    """Nulls last whichever way, the key decides between equals, and the pages together are the whole."""
    chance = random.Random(seed)
    count = chance.randint(0, 60)
    amounts = [chance.choice([None, Decimal("-1.50"), Decimal("0.00"), Decimal("7.25")]) for _row in range(count)]
    names = [chance.choice(["a", "B", "李", "ä"]) for _row in range(count)]
    keys = list(range(count))
    chance.shuffle(keys)
    table = made_up_table(
        pa.table({
            "key": pa.array(keys, pa.int64()), "code": pa.array([str(one) for one in keys], pa.string()),
            "name": pa.array(names, pa.string()), "balance": pa.array(amounts, pa.decimal128(38, 2)),
        })
    )  # fmt: skip
    for column in ("balance", "name"):
        for descending in (False, True):
            wanted = sorted(table.rows.to_pylist(), key=lambda row: row["key"])
            known = [row for row in wanted if row[column] is not None]
            known.sort(key=lambda row, by=column: row[by], reverse=descending)  # a stable sort: the keys stay in order
            wanted = known + [row for row in wanted if row[column] is None]
            assert table.page([(column, descending)]) == wanted
            size = chance.randint(1, 25)
            pages = [table.page([(column, descending)], first, size) for first in range(0, count, size)]
            assert [row for page in pages for row in page] == wanted
