"""What stops a command is one sentence that says what to do, and never a trace."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from typer.testing import CliRunner

from jobs.now import RunEnd
from portal.cli import app
from portal.cli.problems import sentence_of
from portal.cli.run import ended
from portal.database import Database
from portal.models.runs import RunStatus
from portal.permissions import Actor, Forbidden, Permission
from portal.settings import Settings


@pytest.mark.parametrize(("asked", "sentence"), [
    ("report nothing", "There is no report 'nothing'; there are deposits, loans, cards, profit, commission."),
    ("report deposits --format xml", "There is no format 'xml'; there are table and csv."),
    ("report deposits --month 2026-13", "'2026-13' is not a month: write it as 2026-10."),
    ("report deposits --at soon", "'soon' is not a date: write it as 1994-02-28."),
    ("report deposits --as nobody-there", "There is no active user 'nobody-there'."),
    ("run nightly --date 2026-02-02 --to 2026-02-01", "The last date, 2026-02-01, is before the first, 2026-02-02."),
    ("user add new-one --role nothing", "There is no role 'nothing'."),
    ("rulebook export nothing", "There is no rulebook 'nothing'."),
])  # fmt: skip
def test_what_is_asked_wrongly_is_told_in_a_sentence(database: Database, asked: str, sentence: str) -> None:
    answer = CliRunner().invoke(app, asked.split())
    assert answer.exit_code == 1 and answer.stdout == "" and answer.stderr.strip() == sentence


def test_a_database_that_is_not_ready_says_what_to_run(database: Database) -> None:
    with pytest.raises(OperationalError) as away:
        create_engine("postgresql+psycopg://x:y@127.0.0.1:1/z").connect()
    assert sentence_of(away.value).startswith("The database does not answer: ")
    with database.application.connect() as connection, pytest.raises(ProgrammingError) as missing:
        connection.execute(text("select * from no_such_table"))
    assert "run `basis migrate`" in sentence_of(missing.value)


@pytest.mark.parametrize(("name", "value", "sentence"), [
    ("BASIS_ENGINE_THREADS", "many", "BASIS_ENGINE_THREADS does not fit: "),
    ("BASIS_MODE", "production", "DATABASE_URL is missing: production needs a PostgreSQL 15 or later."),
    ("BASIS_ALLOWED_HOSTS", "basis.bank.example", "A list is written as JSON"),
])  # fmt: skip
def test_a_setting_that_does_not_fit_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv(name, value)
    with pytest.raises((ValidationError, SettingsError)) as wrong:
        Settings()
    assert sentence in sentence_of(wrong.value)


def test_who_may_not_is_told_which_permission_it_takes() -> None:
    refused = Forbidden(Permission.REPORT_VIEW, Actor(None, "agent"))
    assert (
        sentence_of(refused)
        == "The user agent may not do this: no role of theirs has the permission “See reports of the bank”."
    )
    assert sentence_of(ValueError("a mistake of ours")) == ""


def test_a_date_that_was_not_published_says_how_it_ended() -> None:
    day = dt.date(2031, 1, 1)
    told = {status: ended("nightly", RunEnd(day, 1, status, "")) for status in RunStatus}
    assert told[RunStatus.FAILED] == "nightly of 2031-01-01 failed: see the Jobs page."
    waits = RunEnd(day, 1, RunStatus.REQUESTED, "waits for 2030-12-31, which is missing")
    assert ended("nightly", waits) == "nightly of 2031-01-01 has not run: waits for 2030-12-31, which is missing."
