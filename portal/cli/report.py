"""`basis report`: the same numbers and notes as the page, as the user given with `--as`, or as the local operator who sees all."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from portal.cli import app
from portal.cli.say import day, give_up, month_of, say
from portal.permissions import LOCAL_OPERATOR, Actor

if TYPE_CHECKING:
    from portal.query.reader import Reader


@app.command()
def report(
    key: Annotated[str, typer.Argument(help="deposits, loans, cards, profit or commission")],
    by: Annotated[
        str,
        typer.Option(
            help="account, customer, manager, product; of commissions agent, line, rank, rulebook, month; or a level such as "
            "branch; the next level down if not given"
        ),
    ] = "",
    at: Annotated[
        str, typer.Option(help="Business date; the newest if not given. Of commissions any day of the month")
    ] = "",
    month: Annotated[str, typer.Option(help="YYYY-MM: the last published day of that month, sums of that month")] = "",
    measure: Annotated[str, typer.Option(help="Measures, separated by commas")] = "",
    period: Annotated[str, typer.Option(help="month, quarter or year: since when sums run")] = "month",
    compare: Annotated[str, typer.Option(help="A second business date")] = "",
    format: Annotated[str, typer.Option(help="table or csv")] = "table",
    as_user: Annotated[str, typer.Option("--as", help="A user whose view to take")] = "",
) -> None:
    """Print a report."""
    from portal.query.pins import NotPublished
    from portal.query.reader import reading
    from portal.query.report import Period, ReportError
    from portal.query.report_notes import notes
    from portal.query.report_table import report_table
    from portal.query.report_view import view_of
    from portal.reports import REPORTS

    if key not in REPORTS:
        give_up(f"There is no report {key!r}; there are {', '.join(REPORTS)}.")
    if period not in list(Period):
        give_up(f"There is no period {period!r}; there are month, quarter and year.")
    if format not in ("table", "csv"):
        give_up(f"There is no format {format!r}; there are table and csv.")
    if at and month:
        give_up("Give either --at or --month: a month is shown as of its last published day.")
    asked = {
        "by": by, "at": day(at).isoformat() if at else "", "period": period, "measure": measure,
        "compare": day(compare).isoformat() if compare else "",
    }  # fmt: skip
    try:
        with reading(_actor(as_user)) as reader:
            if month:
                asked["at"] = month if REPORTS[key].monthly else _last_of_month(reader, month).isoformat()
            view = view_of(reader, REPORTS[key], asked).view
            # a page takes another level where one's own rows would be the only one; who types a level gets it
            found = report_table(reader, REPORTS[key], replace(view, by=by) if by else view)
            told = notes(reader, found)
    except (NotPublished, ReportError) as error:
        give_up(str(error))
    for sentence in told:
        say(sentence)
    rows = [found.columns, *([_plain(cell) for cell in line] for line in found.lines())]
    if format == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows(rows)
    else:
        _print_table(rows)


def _plain(figure: object) -> str:
    if figure is None:
        return ""
    return f"{figure:.2f}" if isinstance(figure, Decimal) else str(figure)


def _print_table(rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            text.ljust(width) if column < 3 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        typer.echo("  ".join(cells).rstrip())


def _actor(username: str) -> Actor:
    from sqlalchemy import select

    from portal.access.identity import actor_of
    from portal.database import database
    from portal.models.access import User

    if not username:
        return LOCAL_OPERATOR
    with database().transaction(LOCAL_OPERATOR) as session:
        user_id = session.scalar(select(User.id).where(User.username == username, User.active))
        if user_id is None:
            give_up(f"There is no active user {username!r}.")
        return actor_of(session, user_id)


def _last_of_month(reader: Reader, month: str) -> dt.date:
    from portal.query.pins import published_dates

    first = month_of(month)
    days = [first + dt.timedelta(days=number) for number in range(31)]
    found = published_dates(reader.session, "manager_day", [one for one in days if one.month == first.month])
    if not found:
        give_up(f"Nothing of {month} is published; there are figures from {reader.first} to {reader.newest}.")
    return found[-1]
