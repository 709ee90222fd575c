"""An increment is shown only over a base that is known: the balances before the first day of the figures nobody has told."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal

import openpyxl
import pytest
from flask.testing import FlaskClient
from typer.testing import CliRunner

from pages import why as why_page
from portal.cli import app
from portal.cli.report import _actor
from portal.query.home import home_place
from portal.query.key_figures import Subject, key_figures
from portal.query.known_base import has_base, known_since, needed_from, no_base, partly_known, since_words
from portal.query.pins import NotPublished
from portal.query.reader import Reader, reading
from portal.query.report import Period, View
from portal.query.report_table import report_table
from portal.query.why import why
from portal.query.why_way import Spot
from portal.reports import REPORTS
from portal.reports.figures import FIGURES
from portal.services.report_files import report_file
from tests.query.bank import FIRST, LAST, Bank
from tests.query.test_leader_pages import run, said, show_home, show_report

LATER = dt.date(2024, 1, 20)  # had the figures begun then, the accounts of December would be older than they


def test_what_a_base_needs() -> None:
    assert needed_from(LAST, "day") == dt.date(2023, 12, 31)
    assert needed_from(LAST, "year") == dt.date(2023, 1, 1)


@pytest.mark.usefixtures("bank")
def test_a_bank_that_began_with_its_figures_had_nothing_before() -> None:
    with reading(_actor("")) as reader:
        assert has_base(reader, LAST, "day") and has_base(reader, LAST, "year")
        assert no_base(reader, LAST, "year") == ""


@pytest.mark.usefixtures("bank")
def test_older_accounts_leave_no_base() -> None:
    with reading(_actor("")) as reader:
        place = home_place(reader, None, LAST)
        assert place is not None
        subject = Subject("institution", place.id)
        known = key_figures(reader, subject, LAST)
        assert known["deposits"].increment is not None and known["deposits_average"].increment is not None
    with reading(_actor("")) as reader:
        reader.__dict__["first"] = LATER
        assert "20 Jan 2024" in no_base(reader, LAST, "day") and "2023" in no_base(reader, LAST, "year")
        found = key_figures(reader, subject, LAST)
        assert found["deposits"].value == known["deposits"].value != Decimal(0)
        assert found["deposits"].increment is None and found["deposits_average"].increment is None
        view = View(at=LAST, by="manager", measures=("balance", "increment", "average_increment"))
        total = report_table(reader, REPORTS["deposits"], view).total
        assert total["balance"] == known["deposits"].value
        assert total["increment"] is None and total["average_increment"] is None
        with pytest.raises(NotPublished, match="20 Jan 2024"):
            why(reader, FIGURES["deposits_increment"], Spot("institution", place.id), LAST, Period.MONTH)


PARTLY = "Figures since 20 Jan 2024: sums and averages of the quarter"


def test_a_file_and_the_command_say_what_the_page_says_of_a_period_that_is_partly_known(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of a csv file and of the command stay rows; what is to know stands beside them."""
    asked = {"period": "quarter", "measure": "balance,daily_average,increment", "by": "manager"}
    command = f"report deposits --at {LAST} --format csv --period quarter --by manager --measure {asked['measure']}"
    actor = bank.leader("Q-HO")
    silent = CliRunner().invoke(app, command.split())
    assert silent.exit_code == 0 and silent.stderr == ""
    assert sheets(report_file(actor, REPORTS["deposits"], asked, "xlsx").content) == (1, ["", "", "", "", ""])
    monkeypatch.setattr(Reader, "first", LATER)
    printed = CliRunner().invoke(app, command.split())
    partly, no_increment = printed.stderr.splitlines()
    assert partly.startswith(PARTLY) and no_increment.startswith("No increment over base yet")
    named = [row["name"] for row in csv.DictReader(io.StringIO(printed.stdout))]
    assert named and named == [row["name"] for row in csv.DictReader(io.StringIO(silent.stdout))]
    written = report_file(actor, REPORTS["deposits"], asked, "xlsx").content
    assert sheets(written) == (2, ["", "", "", partly, no_increment])
    assert [cell.value for cell in openpyxl.load_workbook(io.BytesIO(written)).worksheets[1]["A"]] == [
        partly,
        no_increment,
    ]
    assert b"Figures since" not in report_file(actor, REPORTS["deposits"], asked, "csv").content


def sheets(content: bytes) -> tuple[int, list[str]]:
    """How many sheets a file has, and what hangs at the headings of the first one."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return len(book.worksheets), [str(cell.comment.text) if cell.comment else "" for cell in book.worksheets[0][1]]


@pytest.mark.usefixtures("bank")
def test_a_period_in_which_the_figures_begin_says_since_when_it_has_figures() -> None:
    with reading(_actor("")) as reader:
        assert known_since(reader, LAST, Period.YEAR) is None, "they begin before this year"
        assert known_since(reader, FIRST, Period.YEAR) is None, "and the bank began with them"
    with reading(_actor("")) as reader:
        reader.__dict__["first"] = LATER
        assert known_since(reader, LAST, Period.MONTH) is None
        assert known_since(reader, LAST, Period.QUARTER) == known_since(reader, LAST, Period.YEAR) == LATER
        assert known_since(reader, LATER, Period.MONTH) == LATER
        assert known_since(reader, LATER - dt.timedelta(days=1), Period.MONTH) is None, "nothing is known then"
        assert since_words(reader, LAST, Period.YEAR) == "figures since 20 Jan 2024"
        assert since_words(reader, LAST, Period.MONTH) == partly_known(reader, LAST, Period.MONTH) == ""
        assert partly_known(reader, LAST, Period.QUARTER).startswith(PARTLY)
        assert "the year 2024" in partly_known(reader, LAST, Period.YEAR)
        place = home_place(reader, None, LAST)
        assert place is not None
        found = key_figures(reader, Subject("institution", place.id), LAST)
        assert (found["profit"].since, found["deposits_average"].since) == (LATER, None)
        assert found["deposits_average"].before is None and found["profit"].change is None, "January is known in part"
        assert found["deposits"].before is not None
    with reading(_actor("")) as reader:
        reader.__dict__["first"] = dt.date(2024, 1, 1)
        assert known_since(reader, LAST, Period.YEAR) is None, "the whole year is known"


def test_a_report_a_card_and_why_say_it(
    monkeypatch: pytest.MonkeyPatch, signed_in: Callable[[str], FlaskClient], bank: Bank
) -> None:
    """What a leader of the whole house sees in his browser."""
    monkeypatch.setattr(Reader, "first", LATER)
    browser, sentence, words = signed_in("Q-eva"), "Figures since 20 Jan 2024", "figures since 20 Jan 2024"
    for asked in ("measure=daily_average&period=quarter", "measure=daily_average&period=month&compare=2024-01-31"):
        assert sentence in show_report(browser, f"?{asked}"), asked
    for asked in ("measure=balance&period=quarter", "measure=daily_average&period=month"):
        assert sentence not in show_report(browser, f"?{asked}"), asked
    assert words in show_home(browser, "")
    whose = f"subject=institution&id={bank.institutions['Q-HO']}&at={LAST}"
    explained = said(run(browser, why_page.CONTENT, "children", f"?figure=deposits_average&period=year&{whose}"))
    assert sentence in explained and words in explained
    explained = said(run(browser, why_page.CONTENT, "children", f"?figure=deposits_average&period=month&{whose}"))
    assert sentence not in explained
    shown = said(run(browser, why_page.CONTENT, "children", f"?figure=deposits_increment&{whose}"))
    assert "Why is there no number?" in shown and "figures begin on 20 Jan 2024" in shown
    assert str(FIGURES["deposits_increment"].measure.meaning) in shown
    elsewhere = f"?figure=deposits_increment&subject=institution&id={bank.institutions['Q-HO']}&at={LAST}"
    refused = said(run(signed_in("Q-bob"), why_page.CONTENT, "children", elsewhere))
    assert "Why is there no number?" not in refused, "whoever may not see the subject is told nothing of it"
