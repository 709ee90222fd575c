"""A source's organisation in PostgreSQL: whole, once, with each share where its person sits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.database import Database
from portal.models import organisation as tables
from portal.models.access import AuditEntry
from portal.models.runs import SourceConfig
from portal.permissions import LOCAL_OPERATOR
from portal.sources import base
from portal.sources.base import SHARE, Control, Family, Organisation, SourceError
from portal.sources.folder import FolderSource
from portal.sources.load import LoadError, load_organisation, open_source
from tests.sources.deliveries import write_bank

BEGAN, MOVED, FOR_EVER = dt.date(2026, 1, 1), dt.date(2026, 3, 16), dt.date(9999, 12, 31)


class TownBank:
    """One branch above two counters, two managers of whom the second moves from one counter to the other."""

    code = "town"
    family: Family = "bank"
    continues = False
    home_currency = "CNY"

    def __init__(self, shares: list[tuple[object, ...]]) -> None:
        self.shares = shares

    def organisation(self) -> Organisation:
        places = [("TB", None), ("TC1", "TB"), ("TC2", "TB")]
        return Organisation(
            levels=[base.Level("town_level", "Town", "镇", 0)],
            institutions=[base.Institution(code, code, "", "town_level", above, BEGAN) for code, above in places],
            people=[base.Person("TP1", "Anna"), base.Person("TP2", "Bo", "波")],
            positions=[
                base.Position("TP1", "TC1", "customer_manager", BEGAN),
                base.Position("TP2", "TC1", "customer_manager", BEGAN, MOVED),
                base.Position("TP2", "TC2", "customer_manager", MOVED),
            ],
            products=[base.Product("TDEP", "Deposit", "存款", "deposit", 360)],
            ftp_rates=[base.FtpRate(77_777, Decimal("0.0123"), BEGAN)],
            shares=pa.table(list(map(list, zip(*self.shares, strict=True))), schema=SHARE),
            calendar=[base.ClosedDay(dt.date(2026, 10, 1), "National Day")],
        )

    def dates(self) -> tuple[dt.date, dt.date]:
        return BEGAN, MOVED

    def fetch(self, dataset: str, first_day: dt.date, last_day: dt.date, *_calendar: object) -> pa.Table:
        return base.SCHEMAS[dataset].empty_table()

    def controls(self, first_day: dt.date, last_day: dt.date, *_calendar: object) -> tuple[Control, ...]:
        return ()


SHARES: list[tuple[object, ...]] = [
    (1, None, "marketer", "TP1", Decimal("0.333333"), BEGAN, FOR_EVER),
    (1, None, "marketer", "TP2", Decimal("0.666667"), BEGAN, FOR_EVER),
    (None, 9, "carer", "TP2", Decimal(1), MOVED, FOR_EVER),
]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction that is undone: other tests keep their own bank."""
    with database.session(LOCAL_OPERATOR) as opened:
        opened.begin()
        yield opened
        opened.rollback()


def held_shares(session: Session) -> list[tuple[object, ...]]:
    rows = session.execute(
        select(
            tables.Share.customer_id, tables.Share.account_id, tables.Person.code, tables.Institution.code,
            tables.Share.ratio, tables.Share.valid_from, tables.Share.valid_to,
        )
        .join(tables.Person, tables.Person.id == tables.Share.person_id)
        .join(tables.Institution, tables.Institution.id == tables.Share.institution_id)
        .where(tables.Person.code.in_(["TP1", "TP2"]))
        .order_by(tables.Share.id)
    )  # fmt: skip
    return [tuple(row) for row in rows]


def test_a_share_is_split_where_its_person_moves(session: Session) -> None:
    loaded = load_organisation(session, TownBank(SHARES), "town", "somewhere", {"seed": 1})
    session.execute(text("set constraints all immediate"))
    assert loaded.rows["share"] == 4
    third, rest = Decimal("0.333333"), Decimal("0.666667")
    assert held_shares(session) == [
        (1, None, "TP1", "TC1", third, BEGAN, FOR_EVER),
        (1, None, "TP2", "TC1", rest, BEGAN, MOVED),
        (1, None, "TP2", "TC2", rest, MOVED, FOR_EVER),
        (None, 9, "TP2", "TC2", Decimal(1), MOVED, FOR_EVER),
    ]


PARENTS = """
select child.code, parent.code
from institution_period
join institution child on child.id = institution_id
left join institution parent on parent.id = parent_id
where child.code like 'T%' order by 1
"""


def test_everything_of_the_organisation_is_there(session: Session) -> None:
    loaded = load_organisation(session, TownBank(SHARES), "town")
    assert loaded.missing == () and loaded.told() == [
        "Loaded town: 3 institution rows, 2 person rows, 3 position rows, 1 product rows, 1 ftp rate rows, "
        "1 business day rows, 4 share rows.",
        f"It delivers {BEGAN} to {MOVED}.",
    ]
    parents = session.execute(text(PARENTS)).all()
    assert [tuple(row) for row in parents] == [("TB", None), ("TC1", "TB"), ("TC2", "TB")]
    product = session.scalars(select(tables.Product).where(tables.Product.code == "TDEP")).one()
    assert (product.name_zh, product.day_basis) == ("存款", 360)
    rate = session.scalars(select(tables.FtpRate).join(tables.FtpTerm).where(tables.FtpTerm.term_days == 77_777)).one()
    assert (rate.ftp_rate, rate.valid_to) == (Decimal("0.0123"), FOR_EVER)
    curve = session.scalars(
        select(tables.FtpCurve).join(tables.FtpTerm).where(tables.FtpTerm.term_days == 77_777)
    ).one()
    assert (curve.code, curve.currency, curve.kind) == ("CNY", "CNY", "all"), (
        "rates without a curve are those of the house"
    )
    day = session.scalars(select(tables.BusinessDay).where(tables.BusinessDay.note == "National Day")).one()
    assert not day.is_open
    config = session.scalars(select(SourceConfig).where(SourceConfig.code == "town")).one()
    assert (config.adapter, config.first_date, config.last_date, config.active) == ("town", BEGAN, MOVED, True)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.subject, entry.subject_key) == ("load", "source", "town")


def test_loading_twice_is_loading_once(session: Session) -> None:
    assert not load_organisation(session, TownBank(SHARES), "town", "there").already
    again = load_organisation(session, TownBank(SHARES), "town", "there")
    assert (again.already, again.first_date, again.last_date) == (True, BEGAN, MOVED)
    assert again.told()[0] == "town was loaded already: nothing was changed."
    with pytest.raises(LoadError, match="'town' is there already with another place"):
        load_organisation(session, TownBank(SHARES), "town", "elsewhere")
    with pytest.raises(LoadError, match=r"Institution TB is there already.*empty installation"):
        load_organisation(session, TownBank(SHARES), "other town")


def test_a_source_that_goes_on_has_no_last_date(session: Session) -> None:
    bank = TownBank(SHARES)
    bank.continues = True
    assert load_organisation(session, bank, "town").last_date is None


def test_a_folder_without_organisation_says_what_it_does_not_bring(session: Session, tmp_path: Path) -> None:
    folder = FolderSource(str(tmp_path), write_bank(tmp_path))
    loaded = load_organisation(session, folder, "folder", str(tmp_path))
    assert loaded.told() == [
        "The source folder is known now, and nothing was loaded: it brings no organisation.",
        "It brings no institutions, no people, no positions, no products, no internal prices, no shares. "
        "What is needed of them is entered or imported in Administration.",
        "It delivers from 2026-03-02 on.",
    ]


def test_shares_must_total_a_hundred_percent(session: Session) -> None:
    load_organisation(session, TownBank(SHARES[:1]), "town")
    with pytest.raises(IntegrityError, match=r"marketer shares of customer 1 total 33\.3333 % on 2026-01-01"):
        session.execute(text("set constraints all immediate"))


def test_a_share_needs_a_position_on_all_its_days(session: Session) -> None:
    early = [(1, None, "marketer", "TP1", Decimal(1), dt.date(2025, 12, 31), FOR_EVER)]
    with pytest.raises(LoadError, match="Person TP1 has a share from 2025-12-31 on"):
        load_organisation(session, TownBank(early), "town")


def test_many_shares_are_checked_with_few_locks(session: Session) -> None:
    """A lock for each of a bank's customers would not fit into the server's lock table."""
    many: list[tuple[object, ...]] = [
        (number, None, "marketer", "TP1", Decimal(1), BEGAN, FOR_EVER) for number in range(1, 15_001)
    ]
    load_organisation(session, TownBank(many), "town")
    session.execute(text("set constraints all immediate"))
    assert session.scalar(text("select count(*) from pg_locks where locktype = 'advisory'")) < 2_200


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (SourceConfig(code="x", adapter="oracle"), "no source adapter 'oracle'"),
        (SourceConfig(code="x", adapter="demo", options={}), "options of source 'x' do not fit"),
        (SourceConfig(code="x", adapter="demo", options={"last_day": "soon"}), "do not fit"),
        (SourceConfig(code="x", adapter="berka", location="b", options={"speed": 9}), "do not fit"),
        (SourceConfig(code="x", adapter="folder", location="b", options={"speed": 9}), "speed"),
    ],
)
def test_a_configuration_that_means_nothing_is_refused(config: SourceConfig, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        open_source(config)


def test_adapters_open_by_name(tmp_path) -> None:  # type: ignore[no-untyped-def]
    demo = open_source(SourceConfig(code="d", adapter="demo", options={"last_day": "2026-11-20", "seed": 5}))
    assert demo.dates() == (dt.date(2025, 6, 1), dt.date(2026, 11, 20))
    assert demo.continues
    assert open_source(SourceConfig(code="b", adapter="berka", location=str(tmp_path))).code == "berka"
    assert open_source(SourceConfig(code="f", adapter="folder", location=str(tmp_path))).code == "folder"
