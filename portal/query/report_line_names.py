"""What the rows of a commission report are called: lines, ranks, rulebooks, months, agents; and the lines there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from portal.models.rulebooks import Rulebook
from portal.query.day_words import month_words
from portal.query.names import agent_numbers, named, names_of
from portal.query.ranks import known_ranks
from portal.query.reader import Reader
from portal.query.report import Dimension, Measure, View
from portal.query.statement import DATASET, elements_of_book, elements_on, last_of, months_of, own_title, title_of

LINES_OF_MONTHS = 13
LINE_KEY = "line_"  # before the name of a line, as the key of its measure


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of published statements: its name, what the rules call it, and its place on a statement."""

    name: str
    title: str
    order: int


def paid_lines(reader: Reader, at: dt.date | None = None) -> Sequence[PaidLine]:
    """The lines of a year's statements up to a month, or the newest, in the order of the rules; whatever a new rule pays is
    among them."""
    lines: Sequence[PaidLine] = reader.memory.once(
        ("paid lines", at, reader.actor.scope, reader.actor.language, reader.known_on), lambda: _paid_lines(reader, at)
    )
    return lines


def _paid_lines(reader: Reader, at: dt.date | None) -> list[PaidLine]:
    months = [month for month in months_of(reader) if at is None or month <= at][:LINES_OF_MONTHS]
    days = reader.published(DATASET, [last_of(month) for month in months])
    if not days:
        return []
    rows = reader.ask(
        "select rulebook, line, max(in_month) as month, arg_max(institution_id, in_month) as place from made "
        "group by rulebook, line order by rulebook, line",
        made=(DATASET, days),
    )
    books = {book.code: book for book in reader.session.scalars(select(Rulebook))}
    found: dict[str, PaidLine] = {}
    for row in rows:
        line = row["line"]
        told = _told(reader, books.get(row["rulebook"]), row)
        title = own_title(line) or title_of(told, "lines", line, reader.actor.language)
        content = told.get(("lines", line))
        order = int(content.get("order", 10_000)) if isinstance(content, Mapping) else 20_000
        if line not in found or found[line].title == line:
            found[line] = PaidLine(line, title, order)
    return sorted(found.values(), key=lambda one: (one.order, one.name))


def _told(reader: Reader, book: Rulebook | None, row: Mapping[str, Any]) -> Mapping[Any, Any]:
    """The rules that name a line: the rulebook's own, or those of a place that has the line beside them."""
    if book is None:
        return {}
    told = elements_of_book(reader, book.id, row["month"])
    if ("lines", row["line"]) in told or row["place"] is None:
        return told
    return elements_on(reader, book.id, row["place"], row["month"], None)


def line_measures(reader: Reader) -> list[Measure]:
    """What each line pays, as a measure."""
    return [
        Measure(
            f"{LINE_KEY}{line.name}", line.title, f"sum(paid) filter (line = {_text(line.name)})", periodic=True,
            meaning=_("What the line “%(line)s” pays.", line=line.title),
        )
        for line in paid_lines(reader)
    ]  # fmt: skip


def names_of_rows(
    reader: Reader, dimension: Dimension, view: View, keys: Iterable[Any]
) -> Mapping[Any, tuple[str, str]]:
    """Code and name of what rows stand for."""
    language = reader.actor.language
    if dimension.key == "agent":
        agents = list(keys)
        numbers, names = agent_numbers(reader, agents), names_of(reader, agents)
        return {agent: (numbers.get(agent, ""), names[agent] or numbers.get(agent, "")) for agent in agents}
    if dimension.key == "line":
        return {line.name: (line.name, line.title) for line in paid_lines(reader, view.at)}
    if dimension.key == "rulebook":
        return book_names(reader)
    if dimension.key == "month":
        return {key: (key, month_words(dt.date.fromisoformat(f"{key}-01"), language)) for key in keys}
    ranks = {f"{book}/{code}": (code, rank.title) for (book, code), rank in known_ranks(reader, view.at).items()}
    return {key: ranks.get(key) or rank_named(key) for key in keys}


def rank_named(key: str) -> tuple[str, str]:
    """A rank that no ladder has goes by its code; where none was kept, that is said."""
    code = key.partition("/")[2]
    return (code, code) if code else ("", _("Rank not kept"))


def book_names(reader: Reader) -> dict[str, tuple[str, str]]:
    """Code and name of every rulebook."""
    books = reader.session.scalars(select(Rulebook).order_by(Rulebook.id))
    return {book.code: (book.code, named(book, reader.actor.language)) for book in books}


def _text(value: str) -> str:
    """A text as SQL writes it, inside a text that is formatted once more."""
    return "'" + value.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"
