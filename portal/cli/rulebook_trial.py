"""What `basis rulebook run` and `explain` do with texts and rows from files, and how they print what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from calc import Engine
from calc.rulebook.explain import Nobody
from calc.rulebook.explain import explain as terms
from calc.rulebook.expression import PlanError
from calc.rulebook.plan import Plan
from calc.rulebook.scope import KEYS
from calc.rulebook.terms import Term
from calc.step import StepError
from portal.cli.say import counted, give_up, say, text_of
from portal.query.row_problems import row_problem
from portal.services.rulebook_cells import BadExample
from portal.services.rulebook_text import Refused, VersionText, read_version, version_problems, written
from portal.services.rulebook_trial import ALWAYS, Trial, computed_month, months_of, settled, trial

MOST_PROBLEMS = 20  # of a month
REFUSED = (BadExample, Refused, PlanError, StepError)


def trial_of(files: Sequence[Path], facts: Path, known_on: str) -> Trial:
    """The versions of some files on the rows of another; ends with an error where something is wrong with them."""
    try:
        found = trial([_version(file) for file in files], _rows_told(facts), _known_on(known_on))
    except REFUSED as problem:
        give_up(f"{facts}: {problem}")
    for node in found.nowhere:
        say(f"The override at {node} holds at no institution of {facts}: name its code under `institution`.")
    return found


def _rows_told(facts: Path) -> Mapping[str, Any]:
    """The tables of a file of rows. Raises Refused with its line."""
    try:
        return written(text_of(facts), "A file of rows begins with the name of a table, as in `premium: [...]`.").told
    except Refused as problem:
        give_up(f"{facts}:{problem.line}: {problem}")


def _version(file: Path) -> VersionText:
    version, problems = read_version(text_of(file))
    if version is not None and not problems:
        problems = version_problems(version)
    if version is None or problems:
        give_up(f"{file}: {problems[0].sentence} See `basis rulebook check {file}`.")
    return version


def _known_on(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text) if text else ALWAYS
    except ValueError:
        give_up(f"{text!r} is not a date: write it as 2026-10-31.")


def tried(found: Trial, facts: Path, first: dt.date, last: dt.date, known_on: str) -> Iterator[tuple[dt.date, Engine]]:
    """The engine after each month of a trial."""
    try:
        for month, engine in months_of(found, first, last, _known_on(known_on)):
            for told in rows_of_nobody(engine, found.plan, month):
                say(told)
            yield month, engine
    except REFUSED as problem:
        give_up(f"{facts}: {problem}")


def rows_of_nobody(engine: Engine, plan: Plan, month: dt.date) -> Iterator[str]:
    """What each fact has in a month for people whom the month does not list: it counts nowhere, and nobody is told by a sum."""
    for name, fact in plan.variants.facts.items():
        if not fact.month_of or fact.agent not in fact.columns:
            continue
        told = engine.connection.execute(
            f"""select "{fact.agent}"::varchar as whose, count(*) from "{name}", month """
            f"""where "{fact.month_of}" between first_day and last_day and "{fact.agent}" not in (select agent_id from agent) """
            "group by whose order by whose limit 5"
        ).fetchall()
        for whose, count in told:
            rows = counted(count, "row")
            yield f"{name} of {month:%Y-%m}: {rows} of {whose}, whom that month's `agent` does not list, count nowhere."


@contextmanager
def tried_month(found: Trial, first: dt.date, month: dt.date, known_on: str) -> Iterator[Engine]:
    """The engine after one month of a trial."""
    try:
        with computed_month(found, first, month, _known_on(known_on)) as engine:
            yield engine
    except REFUSED as problem:
        give_up(str(problem))


def printed_month(engine: Engine, plan: Plan, month: dt.date | None, values: bool) -> list[str]:
    """Print what a month came to, with the month before each row where there are several; gives back its problems."""
    before = f"{month:%Y-%m}," if month else ""

    def table(head: str, query: str) -> None:
        typer.echo(f"{'month,' if month else ''}{head}")
        for row in engine.connection.execute(query).fetchall():
            typer.echo(before + ",".join("" if value is None else str(value) for value in row))

    columns = "agent_id,line,earned,cut,held,released,paid"
    table(columns, f"select {columns} from line_amount order by agent_id, line")
    for grain in plan.current if values else ():
        table(f"{grain},element,value", _values(plan, grain))
    if values:
        columns = "agent_id,ladder,from_rank,to_rank,kind"
        table(columns, f"select {columns} from ladder_move order by all")
    problems = engine.connection.execute(
        f"select grain, row_key, element, part, reason, detail from row_problem order by all limit {MOST_PROBLEMS}"
    ).fetchall()
    return [
        f"{before}{row_problem(grain, key, element, part, reason, detail or '')}"
        for grain, key, element, part, reason, detail in problems
    ]


def _values(plan: Plan, grain: str) -> str:
    """The statement that lists every value of a grain, one a row."""
    variants = plan.variants
    key = KEYS.get(grain) or variants.facts[grain].key
    names = [name for name in (*variants.measures, *variants.formulas) if variants.grain(name) == grain]
    of_each = [
        f"""select "{key}"::varchar as key, '{name}' as element, "{name}"::varchar as value from "{grain}_value" """
        for name in names
    ]
    return f"select * from ({' union all '.join(of_each)}) order by all" if names else "select 1 where false"


def print_settled(files: Sequence[Path], facts: Path, first: dt.date, last: dt.date) -> None:
    """Print what each month's statement shows, of itself and of closed months before it."""
    try:
        versions, told = [_version(file) for file in files], _rows_told(facts)
        typer.echo("for_month,in_month,agent_id,line,amount")
        for for_month, in_month, agent, line, amount in settled(versions, told, first, last):
            typer.echo(f"{for_month:%Y-%m},{in_month:%Y-%m},{agent},{line},{amount}")
    except REFUSED as problem:
        give_up(f"{facts}: {problem}")


def print_why(engine: Engine, plan: Plan, agent: Any, line: str) -> None:
    """Print the terms of a line, or of an element, of one agent."""
    pays = next((c.book.lines[line].pays for c in plan.variants.books.values() if line in c.book.lines), line)
    try:
        _print_term(terms(engine, plan, agent, pays), 0)
    except Nobody as problem:
        give_up(str(problem))


def _print_term(term: Term, depth: int) -> None:
    value: Any = term.value
    typer.echo(f"{'  ' * depth}{term.text}{f' [{term.key}]' if term.key else ''} = {'–' if value is None else value}")
    for child in term.children:
        _print_term(child, depth + 1)
    if term.unlisted:
        typer.echo(f"{'  ' * (depth + 1)}and {term.unlisted} more = {term.unlisted_total}")
