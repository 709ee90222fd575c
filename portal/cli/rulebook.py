"""`basis rulebook`: rulebooks as text files. Checked, compared and computed outside of any database, or brought in and out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli import app
from portal.cli.say import give_up, say

if TYPE_CHECKING:
    from calc import Engine
    from calc.rulebook.explain import Term
    from calc.rulebook.plan import Plan

rulebook = typer.Typer(no_args_is_help=True, help="Check, compare, compute, export and import rulebooks as text files.")
app.add_typer(rulebook, name="rulebook")


@rulebook.command()
def check(file: Annotated[Path, typer.Argument(help="A rulebook's text, as `export` writes it")]) -> None:
    """Tell everything that is wrong with a rulebook, each with its line; ends with an error when something is."""
    from portal.services.rulebook_text import read_version, version_problems

    version, problems = read_version(_text(file))
    if version is not None and not problems:
        problems = version_problems(version)
    for problem in problems:
        line = version.source.line_of(problem) if version else None
        place = f"{file}:{line}" if line else str(file)
        element = f" {problem.element} ({problem.part}):" if problem.element else ""
        typer.echo(f"{place}:{element} {problem.sentence}")
        if problem.span and version and (text := version.expression(problem.element, problem.part)):
            typer.echo(
                f"    {text}\n    {' ' * problem.span.start}{'^' * max(1, problem.span.end - problem.span.start)}"
            )
    if problems:
        give_up(f"{len(problems)} problems." if len(problems) > 1 else "1 problem.")
    assert version is not None
    book = version.book
    say(f"{book.name}: {len(book.formulas) + len(book.measures)} formulas and measures, {len(book.tables)} tables, "
        f"{len(book.lines)} statement lines; nothing wrong.")  # fmt: skip


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
        book, problems = read_text(_text(file))
        if problems:
            give_up(f"{file}: {problems[0].sentence} See `basis rulebook check {file}`.")
        books.append(book)
    found = differences(*books)
    for one in found:
        typer.echo(words(one).sentence)
    say(f"{len(found)} differences." if found else "No difference.")


MONTH = Annotated[str, typer.Option(help="The month, as 2026-10")]
FACTS = Annotated[
    Path | None, typer.Option(help="Tables of rows as YAML; without it, what this installation published")
]


@rulebook.command()
def run(file: Annotated[Path, typer.Argument(help="A rulebook's text")], month: MONTH, facts: FACTS = None) -> None:
    """Compute a month by a rulebook's text and print every statement line; problems end it with an error."""
    with _computed(file, month, facts) as (engine, _plan):
        typer.echo("agent_id,line,earned,cut,held,released,paid")
        rows = engine.connection.execute(
            "select agent_id, line, earned, cut, held, released, paid from line_amount order by agent_id, line"
        ).fetchall()
        for row in rows:
            typer.echo(",".join("" if value is None else str(value) for value in row))
        problems = engine.connection.execute(
            "select grain, row_key, element, part, reason, detail from row_problem order by all limit 20"
        ).fetchall()
    for grain, key, element, part, reason, detail in problems:
        typer.echo(f"{grain} {key}: {element}, {part}: {reason} {detail or ''}".rstrip(), err=True)
    if problems:
        give_up("Rows without a value: the month could not be approved.")


@rulebook.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A rulebook's text")],
    month: MONTH,
    agent: Annotated[int, typer.Option(help="The agent's number")],
    line: Annotated[str, typer.Option(help="A statement line, formula or measure")],
    facts: FACTS = None,
) -> None:
    """Tell why an amount is what it is, down to the rows it comes from."""
    from calc.rulebook.explain import explain as terms

    with _computed(file, month, facts) as (engine, plan):
        pays = next((c.book.lines[line].pays for c in plan.variants.books.values() if line in c.book.lines), line)
        try:
            _print_term(terms(engine, plan, agent, pays), 0)
        except LookupError as problem:
            give_up(str(problem))


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
            give_up(f"There is no such version; there are {', '.join(str(one.number) for one in known) or 'none'}.")
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
            version = draft_of_text(writer, _text(file))
            number, title = version.number, version.title
    except Refusal as refusal:
        give_up(refusal.sentence)
    say(f"Draft {number}, {title}: open it under Rules > Rulebooks.")


@contextmanager
def _computed(file: Path, month: str, facts: Path | None) -> Iterator[tuple[Engine, Plan]]:
    """The month of a text, on rows from a file or on what this installation published."""
    from calc.rulebook import compile_plan
    from calc.rulebook.check import check
    from portal.services.rulebook_examples import BadExample, given_month
    from portal.services.rulebook_text import Refused, read_text, written

    try:
        first = dt.date.fromisoformat(f"{month}-01")
    except ValueError:
        give_up(f"{month!r} is no month: write it as 2026-10.")
    book, problems = read_text(_text(file))
    checked, more = (None, []) if problems else check(book)
    if checked is None:
        give_up(f"{[*problems, *more][0].sentence} See `basis rulebook check {file}`.")
    if facts is None:
        with _published(file, first) as found:
            yield found
        return
    plan = compile_plan({1: checked})
    try:
        with given_month(plan, first, written(_text(facts)).told) as engine:
            yield engine, plan
    except (BadExample, Refused) as problem:
        give_up(f"{facts}: {problem}")


@contextmanager
def _published(file: Path, month: dt.date) -> Iterator[tuple[Engine, Plan]]:
    """A month of the installation by the rules of a text instead of those in force."""
    from calc import Engine
    from jobs.commission import history_files
    from jobs.job import Refused
    from jobs.month_compute import compute_month
    from portal.database import database
    from portal.permissions import LOCAL_OPERATOR
    from portal.query.places import places
    from portal.query.rulebook_rules import Complete, Rules, elements_of
    from portal.query.statement import last_of
    from portal.services.rulebook_text import written
    from portal.settings import settings

    told = written(_text(file)).told
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


def _print_term(term: Term, depth: int) -> None:
    value: Any = term.value
    typer.echo(f"{'  ' * depth}{term.text}{f' [{term.key}]' if term.key else ''} = {'–' if value is None else value}")
    for child in term.children:
        _print_term(child, depth + 1)
    if term.unlisted:
        typer.echo(f"{'  ' * (depth + 1)}and {term.unlisted} more = {term.unlisted_total}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        give_up(f"{file} cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        give_up(f"{file} is not written in UTF-8: save it again as UTF-8.")
