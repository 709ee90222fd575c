"""The nightly run: from a bank's raw movements to the figures everyone reads."""

from __future__ import annotations

from pathlib import Path

from flask_babel import lazy_gettext as _l

from calc import Engine
from jobs.gate import gate
from jobs.inputs import download, open_engine
from jobs.job import Chunk, Job, Step, StepResult
from jobs.lasting import accounts_of, give_changed, goes_short
from jobs.opening import give_opening
from jobs.publish import publish
from portal.sentence import Sentence

ORDER_OF_LINES = "institution_id, manager_id, account_id"  # readers ask for an institution, or for a manager of it


def balances(chunk: Chunk) -> StepResult:
    """Over which days each account's balance stood still; what foreign-currency accounts are worth, day by day."""
    with open_engine(chunk) as engine:
        engine.give_files("account", [accounts_of(chunk)])
        for name in ("exchange_rate", "reporting"):
            engine.give_files(name, [chunk.folder / "download" / f"{name}.parquet"])
        for name in ("opening_account", "end_of_day"):
            engine.give_files(name, [chunk.folder / "gate" / f"{name}.parquet"])
        moved = engine.rows("end_of_day")
        made = engine.make_file("balance_interval", chunk.folder / "balances" / "balance_interval.parquet")
        engine.make("foreign_day")
        engine.save("foreign_day", chunk.folder / "balances" / "foreign_day.parquet", "business_date, account_id")
    told = Sentence("%(count)s account-days moved", count=f"{moved:,}")
    return StepResult(rows_in=moved, rows_out=made, message=told)


def measures(chunk: Chunk) -> StepResult:
    """What each account's money earns, and who is credited with it, piece by piece."""
    with open_engine(chunk) as engine:
        engine.give_files("account", [accounts_of(chunk)])
        for name in ("product", "share", "position"):
            engine.give_files(name, [chunk.folder / "download" / f"{name}.parquet"])
        engine.give_files("price", [chunk.folder / "gate" / "price.parquet"])
        for name in ("balance_interval", "foreign_day"):
            engine.give_files(name, [chunk.folder / "balances" / f"{name}.parquet"])
        stood = engine.rows("balance_interval")
        if engine.rows("foreign_day"):
            engine.make_file("reported_interval", chunk.folder / "measures" / "reported_interval.parquet")
        else:  # as in most banks: what the accounts hold is what it is worth
            engine.give_files("reported_interval", [chunk.folder / "balances" / "balance_interval.parquet"])
        for name in ("account_term", "account_share", "account_segment"):
            engine.make(name)
        made = engine.make_file("credit_interval", chunk.folder / "measures" / "credit_interval.parquet")
    return StepResult(rows_in=stood, rows_out=made)


def attribution(chunk: Chunk) -> StepResult:
    """The state of every credit on every day, and its sums by manager and by institution."""
    folder = chunk.folder / "attribution"
    with open_engine(chunk) as engine:
        give_opening(engine, chunk)
        if goes_short(chunk):
            give_changed(engine, chunk)
        engine.give_files("credit_interval", [chunk.folder / "measures" / "credit_interval.parquet"])
        engine.give_files("institution_period", [chunk.folder / "download" / "institution_period.parquet"])
        pieces = engine.rows("credit_interval")
        made = _write_lines(engine, chunk, folder / "credit_day.parquet")
        for name in ("manager_day", "booking_day", "ancestor", "institution_day"):
            engine.make(name)
        engine.save("manager_day", folder / "manager_day.parquet", "business_date, institution_id, manager_id")
        engine.save("institution_day", folder / "institution_day.parquet", "business_date, institution_id")
    return StepResult(rows_in=pieces, rows_out=made)


def _write_lines(engine: Engine, chunk: Chunk, file: Path) -> int:
    """Make the credit lines of all accounts: all of them now, or those of accounts that changed beside those that last."""
    engine.make_view("brought")
    if not goes_short(chunk):
        return engine.make_file("credit_line", file, ORDER_OF_LINES)
    engine.make("credit_line")
    give_opening(engine, chunk)
    engine.make_view("lasting_line")
    engine.save_all(["lasting_line", "credit_line"], file, ORDER_OF_LINES)
    engine.connection.execute("drop table credit_line")
    engine.give_files("credit_line", [file])
    return engine.rows("credit_line")


def publish_all(chunk: Chunk) -> StepResult:
    """Move the pointers of all datasets and days at once."""
    return publish(
        chunk,
        {
            "credit_day": "attribution", "manager_day": "attribution", "institution_day": "attribution",
            "foreign_day": "balances", "movement": "gate", "account": "download", "customer": "download",
            "ftp_rate": "download",
        },
    )  # fmt: skip


NIGHTLY_JOB = Job(
    key="nightly",
    title=_l("Nightly run"),
    steps=(
        Step("download", download),
        Step("gate", gate),
        Step("balances", balances),
        Step("measures", measures),
        Step("attribution", attribution),
        Step("publish", publish_all),
    ),
)
