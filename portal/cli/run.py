"""`basis migrate`, `load`, `run` and `jobs`: what fills the portal."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli import app
from portal.cli.say import day, give_up, say
from portal.permissions import LOCAL_OPERATOR

if TYPE_CHECKING:
    from jobs.now import RunEnd


@app.command()
def migrate() -> None:
    """Bring the database to the newest tables and policies. Safe to run again."""
    from portal.database import database
    from portal.migrations.upgrade import upgrade

    upgrade(database())
    with database().transaction(LOCAL_OPERATOR) as session:
        from portal.services.roles import ensure_default_roles

        ensure_default_roles(session)
    say("The database is up to date.")


@app.command()
def load(
    adapter: Annotated[str, typer.Argument(help="berka, demo or folder")],
    location: Annotated[str, typer.Argument(help="Where its files are")] = "",
    option: Annotated[list[str] | None, typer.Option(help="KEY=VALUE, may be repeated")] = None,
    config: Annotated[Path | None, typer.Option(help="Options as YAML or JSON; KEY=VALUE wins over it")] = None,
) -> None:
    """Make a source known: its institutions, people, products and shares."""
    from sqlalchemy.exc import IntegrityError

    from portal.database import database
    from portal.models.runs import SourceConfig
    from portal.sources.base import SourceError
    from portal.sources.load import load_organisation, open_source
    from portal.sources.load_agents import LoadError

    migrate()
    options = {**(_options_in(config) if config else {}), **dict(_pair(text) for text in option or [])}
    place = str(Path(location).absolute()) if location and "://" not in location else location
    try:
        source = open_source(SourceConfig(code=adapter, adapter=adapter, location=place, options=options))
        with database().transaction(LOCAL_OPERATOR) as session:
            loaded = load_organisation(session, source, adapter, place, options)
        database().count_anew()
    except (SourceError, LoadError) as error:
        give_up(str(error))
    except IntegrityError as error:
        give_up(f"The organisation contradicts itself, and nothing was loaded: {broken_rule(error)}")
    for sentence in loaded.told():
        say(sentence)


def broken_rule(error: Exception) -> str:
    """What the database says of a row it does not take, on one line."""
    told = getattr(getattr(error, "orig", None), "diag", None)
    said = [getattr(told, part, None) for part in ("message_primary", "message_detail")]
    return " ".join(" ".join(str(one).split()) for one in said if one) or type(error).__name__


@app.command()
def run(
    job: Annotated[str, typer.Argument(help="nightly, policies, intraday, commission or retention")],
    date: Annotated[str, typer.Option(help="First business date")],
    to: Annotated[str, typer.Option(help="Last business date; the first one if not given")] = "",
    again: Annotated[bool, typer.Option(help="Deliberately run published dates again, as a new attempt")] = False,
    reason: Annotated[str, typer.Option(help="Why it is run again")] = "",
) -> None:
    """Run a job for a date or a range of dates and wait for its end."""
    from jobs.main import run_now
    from jobs.registry import JOBS
    from portal.services.runs import RunProblem

    if job not in JOBS:
        give_up(f"There is no job {job!r}; there are {', '.join(JOBS)}.")
    began = time.monotonic()
    first, last = day(date), day(to or date)
    if last < first:
        give_up(f"The last date, {last}, is before the first, {first}.")
    try:
        ends = run_now(job, first, last, rerun=again, reason=reason, progress=say)
    except RunProblem as problem:
        give_up(str(problem))
    wrong = [one for one in ends if one.status != "published"]
    if wrong:
        give_up(ended(job, wrong[0]))
    told = f"{first} is published" if first == last else f"{first} to {last} are published"
    say(f"{told} ({time.monotonic() - began:.1f} s).")


def ended(job: str, end: RunEnd) -> str:
    """That a date was not published, and why."""
    how = {"requested": "has not run", "running": "still runs", "refused": "was refused", "cancelled": "was cancelled"}
    why = end.reason.rstrip(".") or "see the Jobs page"
    again = " Correct the cause, then run it again with --again --reason WHY." if end.status == "refused" else ""
    return f"{job} of {end.business_date} {how.get(end.status, end.status)}: {why}.{again}"


@app.command()
def jobs() -> None:
    """Run what is due: the scheduler and the durable runs. One leads, others stand by."""
    from jobs.main import run_jobs

    run_jobs()


def _options_in(file: Path) -> dict[str, Any]:
    """The options in a file. YAML is read with the safe loader: values only, no objects; JSON is YAML, too."""
    import json

    import yaml

    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8"))
        if not isinstance(given, dict):
            give_up(f"{file} does not hold names and values.")
        plain: dict[str, Any] = json.loads(
            json.dumps(given, default=str)
        )  # dates as text, as a configuration keeps them
    except OSError as error:
        give_up(f"{file} cannot be read: {error.strerror}.")
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        give_up(f"{file} is neither YAML nor JSON: {error}")
    return plain


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator:
        give_up(f"{text!r} is not KEY=VALUE.")
    return key, value
