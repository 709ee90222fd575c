"""`basis demo`: fills the demo bank and insurer once, starts web and jobs together, prints the address and the log-ins."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import app
from portal.cli.demo_law import law_and_months
from portal.cli.demo_requests import ask_about_a_line, ask_for_an_adjustment, ask_for_shares
from portal.cli.run import ended, migrate
from portal.cli.say import give_up, say
from portal.cli.serve import gunicorn_arguments
from portal.database import database
from portal.models.organisation import Institution, InstitutionLevel, InstitutionPeriod, Person, Position
from portal.models.runs import Published, SourceConfig
from portal.permissions import LOCAL_OPERATOR
from portal.postgres import EmbeddedPostgres
from portal.settings import settings

# user name, roles; of the bank's people the position, of the insurer's the staff number (an agent of the team leader's team)
LOGINS = (
    ("manager", ("customer_manager",), "customer_manager"), ("leader", ("leader",), "leader"),
    ("operator", ("operator",), "operator"), ("admin", ("administrator",), "administrator"),
    ("agent", ("agent",), ""), ("team-leader", ("team_leader",), "AG000002"), ("rules", ("rules_owner",), "LI-RULES"),
    ("approver", ("rules_approver", "commission_approver"), "LI-APPROVER"), ("clerk", ("commission_clerk",), "LI-CLERK"),
)  # fmt: skip
TEAM = "LT002"
STOP_SECONDS = 20


@app.command()
def demo(
    port: Annotated[int, typer.Option(envvar="PORT", help="Where the portal listens")] = 8050,
    fill_only: Annotated[bool, typer.Option(help="Fill the demo bank and insurer and stop")] = False,
) -> None:
    """Open a portal with a demo bank and a demo insurer in it."""
    chosen = settings()
    if chosen.mode == "production":
        give_up("The demo bank is not for production: unset BASIS_MODE.")
    began = time.monotonic()
    migrate()
    bank = _load()
    insurer = _load_insurer(bank)
    _fill((bank, "nightly", "manager_day"), (insurer, "policies", "policy"))
    law_and_months(insurer)
    logins = _ensure_logins()
    ask_for_shares("manager")
    ask_for_an_adjustment("clerk")
    ask_about_a_line("agent")
    say(f"The demo bank and insurer are ready ({time.monotonic() - began:.0f} s).")
    if not fill_only:
        _serve(port, logins)


def _load() -> SourceConfig:
    """The demo source, loaded once; its history ends on the day before the first demo."""
    from portal.sources.demo import DemoSource
    from portal.sources.load import load_organisation

    with database().transaction(LOCAL_OPERATOR) as session:
        known = session.scalars(select(SourceConfig).where(SourceConfig.adapter == "demo")).first()
        if known is not None:
            return known
        other = session.scalars(select(SourceConfig)).first()
        if other is not None:
            give_up(
                f"This installation holds the source {other.code!r}; choose another folder with BASIS_VAR for a demo."
            )
        last_day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
        say("Loading the demo bank: institutions, people, shares ...")
        load_organisation(session, DemoSource(last_day), "demo", "", {"last_day": str(last_day)})
        return session.scalars(select(SourceConfig).where(SourceConfig.adapter == "demo")).one()


def _load_insurer(bank: SourceConfig) -> SourceConfig:
    """The demo insurer under the bank's head office, loaded once; its history ends with the bank's."""
    from portal.sources.demo_insurer import DemoInsurer
    from portal.sources.demo_organisation import HEAD_OFFICE
    from portal.sources.load import load_organisation

    wanted = select(SourceConfig).where(SourceConfig.adapter == "demo_insurer")
    with database().transaction(LOCAL_OPERATOR) as session:
        known = session.scalars(wanted).first()
        if known is not None:
            return known
        say("Loading the demo insurer: teams, agents, relations, products ...")
        source = DemoInsurer(dt.date.fromisoformat(bank.options["last_day"]), stands_under=HEAD_OFFICE)
        load_organisation(session, source, "demo_insurer", "", source.options)
        loaded = session.scalars(wanted).one()
    database().count_anew()
    return loaded


def _fill(*wanted: tuple[SourceConfig, str, str]) -> None:
    """Run daily jobs for every day of their sources' histories that is not published yet, side by side.

    Each is a source, its job and a dataset that the job publishes.
    """
    from jobs.main import run_side_by_side

    spans = [(job, *days) for source, job, dataset in wanted if (days := _missing(source, dataset))]
    for job, first, last in spans:
        say(f"Computing {job}, {first} to {last} ...")
    for job, ends in run_side_by_side(spans, progress=_progress()).items():
        if wrong := [one for one in ends if one.status != "published"]:
            give_up(ended(job, wrong[0]))


def _missing(source: SourceConfig, dataset: str) -> tuple[dt.date, dt.date] | None:
    """The days of a source's history on which a dataset is not published yet."""
    last = dt.date.fromisoformat(source.options["last_day"])
    with database().transaction(LOCAL_OPERATOR) as session:
        known = session.scalars(
            select(Published.business_date)
            .where(Published.dataset == dataset)
            .order_by(Published.business_date.desc())
            .limit(1)
        ).first()
    first = known + dt.timedelta(days=1) if known else source.first_date
    return (first, last) if first is not None and first <= last else None


def _progress() -> Callable[[str], None]:
    shown = ""

    def tell(sentence: str) -> None:
        nonlocal shown
        month = sentence.split(" at ")[0]
        if month != shown:
            say(f"  {month}")
            shown = month

    return tell


def _ensure_logins() -> dict[str, str]:
    """Users with generated passwords, kept in a file that only this user may read; those that are missing are added."""
    from portal.services.users import add_user
    from portal.services.writer import writing

    file = settings().var_path / "secrets" / "demo_logins.json"
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [login for login in LOGINS if login[0] not in kept]
    if not missing:
        return kept
    logins = kept | {name: secrets.token_urlsafe(9) for name, _, _ in missing}
    with writing(LOCAL_OPERATOR) as writer:
        for name, roles, who in missing:
            code = _agent(writer.session) if not who else who if who.isupper() else _person(writer.session, who)
            add_user(writer, username=name, password=logins[name], roles=list(roles), person_code=code or "")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        json.dump(logins, handle)
    part.replace(file)
    return logins


def _agent(session: Session) -> str | None:
    """An agent of the team leader's team who is there today."""
    today = dt.datetime.now(dt.UTC).date()
    return session.scalars(
        select(Person.code)
        .join(Position, Position.person_id == Person.id)
        .join(Institution, Institution.id == Position.institution_id)
        .where(Institution.code == TEAM, Position.kind == "agent", Position.valid_to > today)
        .order_by(Person.code)
    ).first()


def _person(session: Session, kind: str) -> str | None:
    """A person of the demo bank for a log-in: the leader is that of a branch, one rung below the head office."""
    wanted = (
        select(Person.code)
        .join(Position, Position.person_id == Person.id)
        .join(InstitutionPeriod, InstitutionPeriod.institution_id == Position.institution_id)
        .join(InstitutionLevel, InstitutionLevel.id == InstitutionPeriod.level_id)
        .join(Institution, Institution.id == Position.institution_id)
        .where(Position.kind == kind, Position.valid_to > dt.datetime.now(dt.UTC).date())
        .order_by(Institution.code, Person.code)
    )
    if kind == "leader":
        wanted = wanted.where(InstitutionLevel.depth == 1)
    return session.scalars(wanted).first()


def _serve(port: int, logins: dict[str, str]) -> None:
    """Web and jobs side by side until one of them ends or the person stops them."""
    processes = [
        subprocess.Popen(gunicorn_arguments("127.0.0.1", port)),
        subprocess.Popen([str(Path(sys.executable).parent / "basis"), "jobs"]),
    ]

    def stop(*_signal: object) -> None:
        for one in processes:
            one.terminate()

    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, stop)
    typer.echo(f"\nBasis is open on http://127.0.0.1:{port}\n")
    for name, password in logins.items():
        typer.echo(f"  {name:<12} {password}")
    typer.echo("\nCtrl+C ends it; `make demo` opens it again.")
    while all(one.poll() is None for one in processes):
        time.sleep(0.5)
    stop()
    for one in processes:
        try:
            one.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            one.kill()
    if settings().embedded:
        EmbeddedPostgres(settings().var_path / "postgres").stop()
