"""`basis doctor`: looks at everything the portal stands on and says what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import typer

from portal.cli import app

Finding = tuple[bool, str]


@app.command()
def doctor() -> None:
    """Check database, policies, lake, clock, secrets, what an upgrade asks for, jobs and the audit chain."""
    well = True
    for check in (_settings, _database, _policies, _clock, _lake, _rank_titles, _curves, _jobs, _audit):
        found = list(check())
        for good, sentence in found:
            typer.secho(("ok    " if good else "CHECK ") + sentence, fg=None if good else typer.colors.YELLOW)
        good_here = all(good for good, _sentence in found)
        well &= good_here
        if check is _database and not good_here:
            break  # nothing else can be looked at
    if not well:
        raise typer.Exit(1)


def _settings() -> Iterator[Finding]:
    from portal.settings import settings

    chosen = settings()
    yield True, f"Mode {chosen.mode}, local folder {chosen.var_path}, lake {chosen.lake_url}."
    if chosen.embedded:
        mode = (
            (chosen.var_path / "postgres" / "passwords").stat().st_mode & 0o077
            if (chosen.var_path / "postgres" / "passwords").exists()
            else 0
        )
        yield (
            mode == 0,
            "The embedded database's passwords are readable by this user only."
            if mode == 0
            else ("The embedded database's passwords are readable by others: chmod 600 the file postgres/passwords."),
        )


def _database() -> Iterator[Finding]:
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    from portal.database import database
    from portal.permissions import LOCAL_OPERATOR

    try:
        with database().transaction(LOCAL_OPERATOR) as session:
            version = session.scalar(text("show server_version"))
            revision = session.scalar(text("select to_regclass('alembic_version')"))
    except OperationalError as error:
        yield False, f"The database does not answer: {str(error.orig).splitlines()[0]}. Check DATABASE_URL."
        return
    yield True, f"PostgreSQL {version} answers."
    yield revision is not None, "The tables are there." if revision else "There are no tables: run `basis migrate`."


def _policies() -> Iterator[Finding]:
    from sqlalchemy import text

    from portal.database import database

    with database().application.connect() as connection:
        row = connection.execute(
            text("select rolsuper or rolbypassrls as unbound from pg_roles where rolname = current_user")
        ).one()
    yield (
        not row.unbound,
        "Row policies bind the application's role."
        if not row.unbound
        else ("The application's role is a superuser or bypasses row policies: give DATABASE_URL a plain role."),
    )


def _clock() -> Iterator[Finding]:
    from sqlalchemy import text

    from portal.database import database

    with database().application.connect() as connection:
        there = connection.scalar(text("select clock_timestamp()"))
    assert there is not None
    seconds = abs((dt.datetime.now(dt.UTC) - there).total_seconds())
    yield seconds < 5, f"The clocks of this machine and the database differ by {seconds:.1f} s."


def _lake() -> Iterator[Finding]:
    import fsspec

    from portal.permissions import LOCAL_OPERATOR
    from portal.query.pins import files_of, pin
    from portal.query.reader import reading

    with reading(LOCAL_OPERATOR) as reader:
        if reader.newest is None:
            yield False, "Nothing is published: load a source with `basis load` and run `basis run nightly`."
            return
        files = files_of(
            pin(reader.session, ["credit_day", "manager_day", "institution_day"], [reader.newest]).values()
        )
    missing = [file for file in files if not _exists(fsspec.core.url_to_fs(file))]
    yield (
        not missing,
        f"The lake holds the figures of {reader.newest}."
        if not missing
        else (f"{missing[0]} is missing from the lake: restore it, or run {reader.newest} again."),
    )


def _exists(place: tuple[Any, str]) -> bool:
    filesystem, path = place
    return bool(filesystem.exists(path))


def _rank_titles() -> Iterator[Finding]:
    from portal.permissions import LOCAL_OPERATOR
    from portal.query.reader import reading
    from portal.query.upgrade_gaps import ranks_without_title

    with reading(LOCAL_OPERATOR) as reader:
        found = ranks_without_title(reader, dt.datetime.now(dt.UTC).date())
    for book, ranks in found.items():
        yield (
            False,
            f"People read the bare codes of {len(ranks)} ranks of the rulebook {book} ({', '.join(ranks[:6])}): give them titles "
            "(rank_titles) in the next draft, under Rules > Rulebooks > Ladders.",
        )
    if not found:
        yield True, "The ranks of all rulebooks in force have titles."


def _curves() -> Iterator[Finding]:
    from portal.permissions import LOCAL_OPERATOR
    from portal.query.reader import reading
    from portal.query.upgrade_gaps import accounts_without_curve

    with reading(LOCAL_OPERATOR) as reader:
        found = accounts_without_curve(reader)
    for gap in found:
        yield (
            False,
            f"{gap.accounts} {gap.kind} accounts in {gap.currency} have no FTP curve with a rate on {reader.newest}; the next "
            f"nightly run would refuse those that are priced: add a curve in {gap.currency} under Administration > FTP curves, and "
            "its rates under FTP rates.",
        )
    if not found:
        yield True, "Every currency with priced accounts has an FTP curve."


def _jobs() -> Iterator[Finding]:
    from portal.database import database
    from portal.models.runs import Heartbeat
    from portal.permissions import LOCAL_OPERATOR

    with database().transaction(LOCAL_OPERATOR) as session:
        newest = session.get(Heartbeat, "jobs")
    if newest is None:
        yield True, "No jobs process has run yet; start one with `basis jobs`."
        return
    age = (dt.datetime.now(dt.UTC) - newest.beat_at).total_seconds()
    yield (
        age < 120,
        f"The jobs process gave its last sign of life {age:.0f} s ago." + ("" if age < 120 else " Start `basis jobs`."),
    )


def _audit() -> Iterator[Finding]:
    from portal.access.audit import verify
    from portal.database import database
    from portal.permissions import LOCAL_OPERATOR

    with database().transaction(LOCAL_OPERATOR) as session:
        breaks = verify(session)
    yield not breaks, "The audit chain verifies." if not breaks else f"The audit chain is broken: {breaks[0]}"
