"""Laws of an institution's home: as managed and as booked are the same whole, and a ranking's lines sum to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Literal

import pytest
from sqlalchemy import select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import AuditEntry
from portal.permissions import Actor, Permission, Scope
from portal.query import home
from portal.query.home import FIGURES, Figure, Standing
from portal.query.key_figures import key_figures
from portal.query.outside import OutOfScope
from portal.query.places import Place
from portal.query.reader import Reader, reading
from portal.query.report_table import report_table
from portal.query.report_view import view_of
from portal.reports import REPORTS
from tests.query.bank import LAST, Bank

VIEWS: tuple[Literal["managing", "booking"], ...] = ("managing", "booking")
ZERO = Decimal("0.00")


def place(reader: Reader, bank: Bank, code: str, at: dt.date = LAST) -> Place:
    found = home.home_place(reader, bank.institutions[code], at)
    assert found is not None
    return found


def summed(lines: list[Standing], name: str) -> Decimal:
    return sum((getattr(line, name) or ZERO for line in lines), ZERO)


@pytest.mark.parametrize("figure", FIGURES)
def test_at_the_root_booked_is_managed(whole: Reader, bank: Bank, figure: Figure) -> None:
    totals = home.both_totals(whole, place(whole, bank, "Q-HO"), LAST, figure)
    assert totals["managing"] == totals["booking"] != 0


def test_below_the_root_they_differ_by_who_looks_after_what(whole: Reader, bank: Bank) -> None:
    """B3 keeps Cem and Eli; Eli is Dan's, who sits in region R1."""
    assert home.both_totals(whole, place(whole, bank, "Q-R2"), LAST, "deposits") == {
        "managing": Decimal("5131.11"), "booking": Decimal("5477.77"),
    }  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("code", ["Q-HO", "Q-R1", "Q-R2"])
def test_the_level_below_and_what_stands_here_are_the_whole(
    whole: Reader, bank: Bank, code: str, figure: Figure, view: str
) -> None:
    found = home.ranking(whole, place(whole, bank, code), LAST, view, figure)
    lines = [*found.lines, *([found.own] if found.own else [])]
    for name in ("value", "change", "increment"):
        if figure != "profit":
            assert summed(lines, name) == (getattr(found.total, name) or ZERO)
    assert abs(summed(lines, "average") - found.total.average) <= Decimal("0.01") * len(lines)
    assert [line.value for line in found.lines] == sorted((line.value for line in found.lines), reverse=True)


def test_a_region_has_managers_of_its_own(whole: Reader, bank: Bank) -> None:
    """Dan sits in R1: his 400.00 stand at none of its branches."""
    found = home.ranking(whole, place(whole, bank, "Q-R1"), LAST, "managing", "deposits")
    assert [(line.code, line.value) for line in found.lines] == [("Q-B1", Decimal("829.95"))]
    assert found.own is not None
    assert found.own.value == Decimal("400.00")


def test_a_ranking_follows_the_tree_of_its_day(whole: Reader, bank: Bank) -> None:
    january = dt.date(2024, 1, 31)
    before = home.ranking(whole, place(whole, bank, "Q-R1", january), january, "managing", "deposits")
    after = home.ranking(whole, place(whole, bank, "Q-R1"), LAST, "managing", "deposits")
    assert {line.code for line in before.lines} == {"Q-B1", "Q-B2"}
    assert {line.code for line in after.lines} == {"Q-B1"}


def test_changes_are_against_the_end_of_last_month(whole: Reader, bank: Bank) -> None:
    """Bea brought 33.33 on 2 February, six tenths of it to Ann in B1."""
    found = home.ranking(whole, place(whole, bank, "Q-R1"), LAST, "managing", "deposits")
    assert found.lines[0].change == Decimal("80.00") - Decimal("60.01")
    assert found.lines[0].increment == Decimal("829.95") - Decimal("1060.01")


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("code", ["Q-HO", "Q-R1", "Q-R2", "Q-B1"])
def test_the_league_and_the_unassigned_are_the_whole(whole: Reader, bank: Bank, code: str, figure: Figure) -> None:
    here = place(whole, bank, code)
    found = home.league(whole, here, LAST, figure)
    lines = [*found.lines, *([found.unassigned] if found.unassigned else [])]
    assert abs(summed(lines, "value") - home.both_totals(whole, here, LAST, figure)["managing"]) <= Decimal("0.02")
    assert found.managers == found.found == len(found.lines)


def test_the_league_finds_by_name_number_and_place(whole: Reader, bank: Bank) -> None:
    here = place(whole, bank, "Q-HO")
    everyone = home.league(whole, here, LAST, "deposits")
    assert [line.code for line in everyone.lines] == ["Q-cai", "Q-ann", "Q-dan", "Q-bob"]
    assert [line.code for line in home.league(whole, here, LAST, "deposits", "PERSON q-b3").lines] == ["Q-cai"]
    assert home.league(whole, here, LAST, "deposits", "%").lines == ()
    short = home.league(whole, here, LAST, "deposits", size=1)
    assert (len(short.lines), short.found) == (1, 4)
    assert short.unassigned is not None
    assert short.unassigned.value == Decimal("77.77")


@pytest.mark.parametrize("view", VIEWS)
def test_products_sum_to_the_figure(whole: Reader, bank: Bank, view: str) -> None:
    here = place(whole, bank, "Q-HO")
    rows = home.by_product(whole, here, LAST, view, "deposits")
    assert {row["name"]: row["value"] for row in rows} == {
        "Product Q-TIME": Decimal("5000.00"), "Product Q-DEP": Decimal("1361.06"),
    }  # fmt: skip
    assert sum(row["value"] for row in rows) == home.both_totals(whole, here, LAST, "deposits")[view]  # type: ignore[index]


@pytest.mark.parametrize("code", ["Q-HO", "Q-R1", "Q-R2", "Q-B1", "Q-B2", "Q-B3"])
def test_a_home_and_a_report_say_the_same(whole: Reader, bank: Bank, code: str) -> None:
    """As managed, the balance and the average of a home are those of the reports about it."""
    here = place(whole, bank, code)
    figures = key_figures(whole, home.figure_subject(here, "managing"), LAST)
    for figure, (key, measure) in {
        "deposits": ("deposits", "balance"), "deposits_average": ("deposits", "daily_average"),
        "loans": ("loans", "balance"),
    }.items():  # fmt: skip
        asked = view_of(whole, REPORTS[key], {"institution": str(here.id), "measure": measure})
        assert figures[figure].value == (report_table(whole, REPORTS[key], asked.view).total[measure] or ZERO)


def test_a_leader_lands_on_his_own_institution(bank: Bank) -> None:
    with reading(bank.leader("Q-R2")) as reader:
        here = home.home_place(reader, None, LAST)
        assert here is not None
        assert here.code == "Q-R2"
        assert [one.code for one in home.way_to(reader, here, LAST)] == ["Q-R2"]
    with reading(bank.leader("Q-HO")) as reader:
        assert [one.code for one in home.way_to(reader, place(reader, bank, "Q-B3"), LAST)] == ["Q-HO", "Q-R2", "Q-B3"]


def test_nobody_opens_the_home_of_another(bank: Bank, database: Database) -> None:
    with reading(bank.leader("Q-R2")) as reader:
        for code in ("Q-HO", "Q-R1", "Q-B1"):
            with pytest.raises(OutOfScope):
                home.home_place(reader, bank.institutions[code], LAST)
        with pytest.raises(OutOfScope):
            home.home_place(reader, home.NOWHERE, LAST)
    with database.transaction(HOUSE) as session:
        wanted = select(AuditEntry.subject_key).where(
            AuditEntry.actor == "leader of Q-R2", AuditEntry.action == "refused"
        )
        assert str(bank.institutions["Q-B1"]) in set(session.scalars(wanted))


def test_a_home_needs_all_that_stands_below(bank: Bank) -> None:
    """Whoever sees a region but not its branches gets no sum over them; a manager leads nothing."""
    only = Scope(institutions=frozenset({bank.institutions["Q-R2"]}))
    with reading(Actor(None, "own only", permissions=frozenset(Permission), scope=only)) as reader:
        assert home.home_place(reader, None, LAST) is None
        with pytest.raises(OutOfScope):
            home.home_place(reader, bank.institutions["Q-R2"], LAST)
    with reading(bank.manager("Q-ann")) as reader:
        assert home.home_place(reader, None, LAST) is None


def test_an_unknown_figure_is_the_first_one() -> None:
    assert home.known_figure("loans") == "loans"
    assert home.known_figure("colour") == "deposits"


def test_who_keeps_no_accounts_stands_in_no_ranking(whole: Reader, bank: Bank) -> None:
    """An insurer in the group, or a branch not open yet, would be a line of zeros."""
    region = place(whole, bank, "Q-R2")
    insurer = replace(region, id=10**9, code="Q-LIFE")
    assert home.with_accounts(whole, [region, insurer], LAST) == {region.id}
    assert home.ranking(whole, place(whole, bank, "Q-HO"), LAST, "managing", "deposits").without == ()
