"""`basis rulebook`: rulebooks as text files. Checked, compared and computed outside of any database, or brought in and out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal.cli import app
from portal.cli.say import counted, give_up, month_of, say, text_of

if TYPE_CHECKING:
    from calc import Engine
    from calc.rulebook.plan import Plan

rulebook = typer.Typer(no_args_is_help=True, help="Check, compare, compute, export and import rulebooks as text files.")
app.add_typer(rulebook, name="rulebook")


@rulebook.command()
def check(file: Annotated[Path, typer.Argument(help="A rulebook's text, as `export` writes it")]) -> None:
    """Tell everything that is wrong with a rulebook, each with its line; ends with an error when something is."""
    from portal.services.rulebook_text import read_version, version_problems

    version, problems = read_version(text_of(file))
    if version is not None and not problems:
        problems = version_problems(version)
    for problem in problems:
        line = version.source.line_of(problem) if version else problem.part.removeprefix("line ")
        place = f"{file}:{line}" if line else str(file)
        element = f" {problem.element} ({problem.part}):" if problem.element else ""
        typer.echo(f"{place}:{element} {problem.sentence}")
        if problem.span and version and (text := version.expression(problem.element, problem.part)):
            typer.echo(
                f"    {text}\n    {' ' * problem.span.start}{'^' * max(1, problem.span.end - problem.span.start)}"
            )
    if problems:
        give_up(f"{counted(len(problems), 'problem')}.")
    assert version is not None
    book = version.book
    parts = (
        counted(len(book.formulas), "formula"), counted(len(book.measures), "measure"), counted(len(book.tables), "table"),
        counted(len(book.lines), "statement line"),
    )  # fmt: skip
    say(f"{book.name}: {', '.join(parts)}; nothing wrong.")


@rulebook.command()
def diff(
    before: Annotated[Path, typer.Argument(help="The rulebook before")],
    after: Annotated[Path, typer.Argument(help="The rulebook after")],
) -> None:
    """Tell what differs between two rulebooks, element by element, in words."""
    from calc.rulebook.diff import differences, words
    from portal.services.rulebook_text import read_text

    books = []
    for file in (before, after):
        book, problems = read_text(text_of(file))
        if problems:
            give_up(f"{file}: {problems[0].sentence} See `basis rulebook check {file}`.")
        books.append(book)
    found = differences(*books)
    for one in found:
        typer.echo(words(one).sentence)
    say(f"{counted(len(found), 'difference')}." if found else "No difference.")


MONTH = Annotated[str, typer.Option(help="The month, as 2026-10")]
FIRST = Annotated[
    str, typer.Option("--from", help="The month to begin with, so that later ones know what was before them")
]
KNOWN_ON = Annotated[str, typer.Option(help="Only what was recorded until this day, as 2026-10-31")]
FACTS = Annotated[
    Path | None, typer.Option(help="Tables of rows as YAML; without it, what this installation published")
]
FILES = Annotated[list[Path], typer.Argument(help="A rulebook's text, or those of several versions of it")]


@rulebook.command()
def run(
    files: FILES, month: MONTH, facts: FACTS = None, first: FIRST = "", known_on: KNOWN_ON = "",
    values: Annotated[bool, typer.Option(help="Every value and every move on a ladder too")] = False,
    retro: Annotated[bool, typer.Option(help="Months as they were closed: what was learned later, as differences")] = False,
) -> None:  # fmt: skip
    """Compute a month by a rulebook's text and print every statement line; problems end it with an error."""
    from portal.cli.rulebook_trial import print_settled, printed_month, trial_of, tried

    begins, last = _months(first, month)
    if facts is None:
        with _published(_only(files), last) as (engine, plan):
            problems = printed_month(engine, plan, None, values)
    elif retro:
        print_settled(files, facts, begins, last)
        return
    else:
        found = trial_of(files, facts, known_on)
        problems = [
            problem
            for at, engine in tried(found, facts, begins, last, known_on)
            for problem in printed_month(engine, found.plan, at if begins != last else None, values)
        ]
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        give_up("These rows have no value, so the month could not be published.")


@rulebook.command()
def explain(
    files: FILES, month: MONTH,
    agent: Annotated[str, typer.Option(help="The agent's number")],
    line: Annotated[str, typer.Option(help="A statement line, formula or measure")],
    facts: FACTS = None, first: FIRST = "", known_on: KNOWN_ON = "",
) -> None:  # fmt: skip
    """Tell why an amount is what it is, down to the rows it comes from."""
    from portal.cli.rulebook_trial import print_why, trial_of, tried_month

    if facts is None:
        with _published(_only(files), month_of(month)) as (engine, plan):
            print_why(engine, plan, _person(agent), line)
        return
    found = trial_of(files, facts, known_on)
    with tried_month(found, *_months(first, month), known_on) as engine:
        print_why(engine, found.plan, found.key(agent), line)


def _person(agent: str) -> int | str:
    """Whose agent's number it is in this installation; what nobody is known by stays as it is, for the sentence that says so."""
    from sqlalchemy import select

    from portal.database import database
    from portal.models.agents import Agent
    from portal.permissions import LOCAL_OPERATOR

    with database().transaction(LOCAL_OPERATOR) as session:
        return session.scalar(select(Agent.id).where(Agent.agent_no == agent)) or agent


def _only(files: list[Path]) -> Path:
    if len(files) > 1:
        give_up("Without --facts one text is tried on what this installation published: name one file.")
    return files[0]


def _months(first: str, last: str) -> tuple[dt.date, dt.date]:
    begins, ends = month_of(first or last), month_of(last)
    if begins > ends:
        give_up(f"--from {first} lies after --month {last}.")
    return begins, ends


@rulebook.command("export")
def export_(
    code: Annotated[str, typer.Argument(help="The rulebook's code")],
    version: Annotated[int, typer.Option(help="Its number; the version in force when none is given")] = 0,
) -> None:
    """Print a version as a text file."""
    from portal.access.identity import today
    from portal.permissions import LOCAL_OPERATOR
    from portal.query.reader import reading
    from portal.query.rulebooks import NoRulebook, rulebook, versions
    from portal.services.rulebook_files import version_text

    with reading(LOCAL_OPERATOR) as reader:
        try:
            book = rulebook(reader, code)
        except NoRulebook as problem:
            give_up(str(problem))
        known = versions(reader, book, today())
        found = [one for one in known if one.number == version or (not version and one.standing == "in_force")]
        if not found:
            missing = f"There is no version {version}" if version else "No version is in force"
            numbers = ", ".join(str(one.number) for one in known)
            give_up(f"{missing}; there are {numbers or 'none'}.")
        typer.echo(version_text(reader, code, found[0]), nl=False)


@rulebook.command("import")
def import_(file: Annotated[Path, typer.Argument(help="A rulebook's text")]) -> None:
    """Bring a text in as a draft; nothing holds before it is simulated and a second person approves it."""
    from portal.permissions import LOCAL_OPERATOR
    from portal.services.refusal import Refusal
    from portal.services.rulebook_drafts import draft_of_text
    from portal.services.writer import writing

    try:
        with writing(LOCAL_OPERATOR) as writer:
            version = draft_of_text(writer, text_of(file))
            number, title = version.number, version.title
    except Refusal as refusal:
        give_up(refusal.sentence)
    say(f"Draft {number}, {title}: open it under Rules > Rulebooks.")


@contextmanager
def _published(file: Path, month: dt.date) -> Iterator[tuple[Engine, Plan]]:
    """A month of the installation by the rules of a text instead of those in force."""
    from calc import Engine
    from jobs.job import Refused
    from jobs.month_compute import compute_month
    from portal.database import database
    from portal.permissions import LOCAL_OPERATOR
    from portal.query.month_facts import history_files
    from portal.query.places import places
    from portal.query.rulebook_rules import Complete, Rules, elements_of
    from portal.query.statement import last_of
    from portal.services.rulebook_text import written
    from portal.settings import settings

    told = written(text_of(file)).told
    chosen, begins = settings(), dt.datetime.min.replace(tzinfo=dt.UTC)
    with database().transaction(LOCAL_OPERATOR) as session:
        roots = places(session, month).roots
        rules = Rules([Complete(0, root.id, dt.date(1900, 1, 1), begins, elements_of(told)) for root in roots], [])
        with Engine(threads=chosen.engine_threads, memory=chosen.engine_memory) as engine:
            try:
                found = compute_month(
                    engine, session, rules, str(told.get("rulebook") or ""), month, as_of=last_of(month),
                    history=history_files(session, month),
                )  # fmt: skip
            except Refused as refused:
                give_up(str(refused))
            yield engine, found.rules.plan
