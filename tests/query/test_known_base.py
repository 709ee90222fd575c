"""An increment is shown only over a base that is known: the balances before the first day of the figures nobody has told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from portal.cli.report import _actor
from portal.query.home import home_place
from portal.query.key_figures import Subject, key_figures
from portal.query.known_base import has_base, needed_from, no_base
from portal.query.pins import NotPublished
from portal.query.reader import reading
from portal.query.report import Period, View
from portal.query.report_table import report_table
from portal.query.why import why
from portal.query.why_way import Spot
from portal.reports import REPORTS
from portal.reports.figures import FIGURES
from tests.query.bank import LAST

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
