"""Step `download`: bring the bank's tables for the chunk's days, with the organisation as it is known now.

Codes become numbers here; a code the portal does not know is refused with the sentence that says where to add it.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import select
from sqlalchemy.orm import Session

from calc import Engine
from calc.columns import COLUMNS
from jobs.job import Chunk, Refused, StepResult
from portal.database import database
from portal.models.organisation import (
    Currency,
    ExchangeRate,
    FtpCurve,
    FtpRate,
    FtpTerm,
    Institution,
    InstitutionPeriod,
    Position,
    Product,
    Share,
)
from portal.models.runs import SourceConfig
from portal.permissions import NIGHTLY
from portal.query.calendar import ONE_DAY, business_calendar
from portal.query.pins import first_date, newest_date, published_dates
from portal.sentence import Sentence
from portal.settings import settings
from portal.sources.base import Control, Family, Source, SourceError, amount_column
from portal.sources.load import open_source

ORGANISATION: dict[str, tuple[type, tuple[str, ...]]] = {
    "share": (
        Share,
        ("customer_id", "account_id", "role", "person_id", "institution_id", "ratio", "valid_from", "valid_to"),
    ),
    "position": (Position, ("person_id", "institution_id", "valid_from", "valid_to")),
    "institution_period": (InstitutionPeriod, ("institution_id", "parent_id", "valid_from", "valid_to")),
}
RATE_COLUMNS = ("currency", "exchange_rate", "valid_from", "valid_to")
RATES = select(Currency.code, ExchangeRate.exchange_rate, ExchangeRate.valid_from, ExchangeRate.valid_to).join_from(
    ExchangeRate, Currency
)
CURVE_COLUMNS = ("curve", "currency", "kind", "term_days", "ftp_rate", "valid_from", "valid_to")
CURVES = (
    select(FtpCurve.code, FtpCurve.currency, FtpCurve.kind, FtpTerm.term_days, FtpRate.ftp_rate, FtpRate.valid_from,
           FtpRate.valid_to)
    .join_from(FtpRate, FtpTerm).join(FtpCurve)
)  # fmt: skip
ARROW = {
    "BIGINT": pa.int64(), "VARCHAR": pa.string(), "DATE": pa.date32(), "DECIMAL(9,6)": pa.decimal128(9, 6),
    "DECIMAL(18,2)": pa.decimal128(18, 2), "DECIMAL(18,8)": pa.decimal128(18, 8),
}  # fmt: skip


def open_engine(chunk: Chunk) -> Engine:
    """An engine with this installation's limits that spills beside the chunk."""
    chosen = settings()
    engine = Engine(threads=chosen.engine_threads, memory=chosen.engine_memory, spill=chunk.folder / "spill")
    engine.give("calendar", pa.table({"business_date": pa.array(chunk.dates, pa.date32())}))
    return engine


def download(chunk: Chunk) -> StepResult:
    """Fetch, hold to the control totals, translate codes, keep everything in the chunk's folder."""
    with database().transaction(NIGHTLY) as session:
        source = open_source(active_source(session))
        _refuse_gap(session, source, chunk)
        calendar = business_calendar(session)
        organisation = {name: _snapshot(session, *what) for name, what in ORGANISATION.items()}
        organisation["exchange_rate"] = arrow_columns(session.execute(RATES).all(), RATE_COLUMNS)
        organisation["ftp_rate"] = arrow_columns(session.execute(CURVES).all(), CURVE_COLUMNS)
        organisation["reporting"] = pa.table({"currency": [settings().reporting_currency or source.home_currency]})
        products = session.execute(select(Product.id, Product.code, Product.kind, Product.day_basis)).all()
        institutions = session.execute(select(Institution.id, Institution.code)).all()
    try:
        span = (chunk.first_date, chunk.last_date, calendar)
        tables = {name: source.fetch(name, *span) for name in ("movement", "account", "customer")}
        controls = source.controls(*span)
    except SourceError as error:
        raise Refused(error.sentence) from error
    hold_to_controls(tables, controls)
    folder = chunk.folder / "download"
    with open_engine(chunk) as engine:
        for name, table in {**tables, **organisation}.items():
            engine.give("fetched_account" if name == "account" else name, table)
        engine.give("product_code", arrow_columns(products, ("product_id", "product_code", "kind", "day_basis")))
        engine.give("institution_code", arrow_columns(institutions, ("institution_id", "institution_code")))
        _translate_codes(engine)
        for name in ("movement", "customer", "account", "product", *organisation):
            engine.save(name, folder / f"{name}.parquet")
    moved = tables["movement"].num_rows
    return StepResult(
        rows_in=moved, rows_out=moved, message=Sentence("%(count)s accounts", count=f"{tables['account'].num_rows:,}")
    )


def active_source(session: Session, family: Family = "bank") -> SourceConfig:
    """The source of a family that its daily run downloads from."""
    found = session.scalars(select(SourceConfig).where(SourceConfig.active, SourceConfig.family == family)).all()
    if len(found) != 1:
        raise Refused(
            Sentence(
                "%(count)s sources of the family %(family)s are active; exactly one must be. Choose it in Administer > "
                "Sources, or load one with `basis load`.", count=len(found), family=family,
            )
        )  # fmt: skip
    return found[0]


def refuse_other_days(source: Source, chunk: Chunk) -> None:
    """A source is asked only for days it delivers."""
    begins, ends = source.dates()
    if chunk.first_date < begins or (chunk.last_date > ends and not source.continues):
        raise Refused(
            Sentence("The source delivers %(begins)s to %(ends)s; %(first)s to %(last)s was asked for.",
                     begins=begins, ends=ends, first=chunk.first_date, last=chunk.last_date)
        )  # fmt: skip


def _refuse_gap(session: Session, source: Source, chunk: Chunk) -> None:
    """Sums grow from the day before: a missing day before is an error, never zero."""
    refuse_other_days(source, chunk)
    begins, _ends = source.dates()
    before = chunk.first_date - ONE_DAY
    if chunk.first_date == begins or published_dates(session, "credit_day", [before]):
        return
    known = newest_date(session, "credit_day")
    first = first_date(session, "credit_day")
    have = Sentence("nothing is published; the source begins on %(begins)s", begins=begins)
    if known and first:
        have = Sentence("published are %(first)s to %(last)s", first=first, last=known)
    raise Refused(
        Sentence("%(before)s is not published, and %(day)s grows from it: run it first (%(have)s).",
                 before=before, day=chunk.first_date, have=have)
    )  # fmt: skip


def hold_to_controls(tables: dict[str, pa.Table], controls: tuple[Control, ...]) -> None:
    """A delivery that misses its own control totals is refused as a whole."""
    for control in controls:
        table = tables[control.dataset]
        about = {"dataset": control.dataset, "day": str(control.business_date)}
        if control.business_date is not None and "business_date" in table.column_names:
            days, first_day = table["business_date"], control.first_day or control.business_date
            table = table.filter(pc.and_(pc.greater_equal(days, first_day), pc.less_equal(days, control.business_date)))
        if control.rows is not None and table.num_rows != control.rows:
            raise Refused(
                Sentence("%(dataset)s of %(day)s has %(found)s rows, its control says %(said)s.",
                         found=table.num_rows, said=control.rows, **about)
            )  # fmt: skip
        if control.amount is not None:
            total = pc.sum(table[amount_column(control.dataset)]).as_py() or 0
            if total != control.amount:
                raise Refused(
                    Sentence("%(dataset)s of %(day)s sums to %(found)s, its control says %(said)s.",
                             found=total, said=control.amount, **about)
                )  # fmt: skip


def _snapshot(session: Session, model: type, columns: tuple[str, ...]) -> pa.Table:
    return arrow_columns(session.execute(select(*(getattr(model, name) for name in columns))).all(), columns)


def arrow_columns(rows: Any, names: tuple[str, ...]) -> pa.Table:
    listed = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table(
        {
            name: pa.array(values, ARROW[COLUMNS.get(name, "VARCHAR")])
            for name, values in zip(names, listed, strict=True)
        }
    )


def _translate_codes(engine: Engine) -> None:
    for code, unknown_code in (("product", unknown_product), ("institution", unknown_institution)):
        unknown = engine.connection.execute(
            f"select {code}_code, min(account_no) from fetched_account anti join {code}_code using ({code}_code) "
            "group by all order by all limit 1"
        ).fetchone()
        if unknown is not None:
            raise Refused(unknown_code(*unknown))
    engine.connection.execute(
        "create table account as select account_id, account_no, customer_id, product_id, institution_id, opened_on, "
        "closed_on, repriced_on, customer_rate, term_days, granted_amount, currency, valid_from from fetched_account "
        "join product_code using (product_code) join institution_code using (institution_code)"
    )
    engine.connection.execute("create table product as select product_id, kind, day_basis from product_code")


def unknown_product(code: str, account_no: str) -> Sentence:
    """Products come with the organisation; there is no page to add one."""
    return Sentence(
        "Account %(account)s names the product %(code)s, which the portal does not know. Load the organisation with "
        "it, or correct the source.", account=account_no, code=repr(code),
    )  # fmt: skip


def unknown_institution(code: str, account_no: str) -> Sentence:
    """Institutions are added on their page."""
    return Sentence(
        "Account %(account)s names the institution %(code)s, which the portal does not know. Add it in Administer > "
        "Institutions, or correct the source.", account=account_no, code=repr(code),
    )  # fmt: skip


def read_table(chunk: Chunk, step: str, name: str) -> pa.Table:
    """A table that an earlier step left in the chunk's folder."""
    return pq.read_table(chunk.folder / step / f"{name}.parquet")
