"""Published cases as files: a rulebook, facts and what must come out, in `tests/cases/commission/`.

A table is a list of rows, the first of which names the columns; columns that are left out take what `USUAL` says.
`variants` say what differs from the rulebook; a run may be as known on a day (`known_on`);
a retro case lists what each month shows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from calc.rulebook.book import book_of
from calc.rulebook.elements import NUMERIC, Book, Quantity
from tests.rulebook.twin import Given, MonthDone

FOLDER = Path(__file__).parents[1] / "cases" / "commission"
USUAL: Mapping[str, Any] = {
    "agent_id": "A1",
    "institution_id": "I1",
    "team_id": None,
    "rank": "agent",
    "joined_on": dt.date(2000, 1, 1),
    "leader_id": None,
}
Months = Callable[[Mapping[str, Book], list[Given]], list[MonthDone]]  # the twin's, or the compiled plan's


class _Loader(yaml.SafeLoader):
    """Numbers with a point are decimals."""


_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Decimal(loader.construct_scalar(node)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """One file."""

    key: str
    told: Mapping[str, Any]

    @cached_property
    def books(self) -> dict[str, Book]:
        """The variants: what the file says of each laid over its rulebook."""
        rulebook = {"name": self.key, **self.told["rulebook"]}
        return {
            name: read(laid_over(rulebook, other)) for name, other in self.told.get("variants", {"only": {}}).items()
        }

    def given(self, month: dt.date, told: Mapping[str, Any], known_on: dt.date = dt.date.max) -> Given:
        """The tables of a month: the file's own, with what the month tells instead."""
        told = {**self.told, **told}
        book = next(iter(self.books.values()))
        facts = {name: rows(told.get("facts", {}).get(name, ()), fact.columns) for name, fact in book.facts.items()}
        agents = rows(
            told.get("agents", [["agent_id"], ["A1"]]),
            {**dict.fromkeys(("agent_id", "team_id", "institution_id", "rank", "joined_on")), **book.agent},
        )
        teams = rows(told.get("teams", ()), dict.fromkeys(("team_id", "leader_id", "institution_id")))
        relations = rows(told.get("relations", ()), {})
        in_force = [row for row in relations if row["since"] <= Given(month).last_day]
        return Given(month, agents, teams, in_force, facts, self.rules(known_on))

    def rules(self, known_on: dt.date) -> list[dict[str, Any]]:
        """Which variant holds where and when, as known on a day: of two for the same days the one recorded last."""
        known: dict[Any, dict[str, Any]] = {}
        for row in sorted(rows(self.told.get("rules", ()), {}), key=lambda row: row.get("recorded_on", dt.date.min)):
            if row.pop("recorded_on", dt.date.min) <= known_on:
                known[row["institution_id"], row["valid_from"]] = row
        return list(known.values())


def cases() -> list[Case]:
    return [
        Case(path.stem, yaml.load(path.read_text(encoding="utf-8"), _Loader)) for path in sorted(FOLDER.glob("*.yaml"))
    ]


def read(rulebook: Mapping[str, Any]) -> Book:
    """The book of a rulebook as a person would write it."""
    book, problems = book_of(rulebook)
    assert not problems, [(problem.element, problem.sentence) for problem in problems]
    return book


def laid_over(below: Any, above: Any) -> Any:
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {**below, **{key: laid_over(below.get(key), value) for key, value in above.items()}}
    return above


def rows(table: Iterable[list[Any]], columns: Mapping[str, Quantity | None]) -> list[dict[str, Any]]:
    """The rows of a table with every column of `columns`."""
    head, *body = list(table) or [[]]
    return [
        {
            name: _cell(value, columns.get(name))
            for name, value in ({name: USUAL.get(name) for name in columns} | dict(zip(head, row, strict=True))).items()
        }
        for row in body
    ]


def _cell(value: Any, quantity: Quantity | None) -> Any:
    if value is None or isinstance(value, bool | dt.date):
        return value
    return Decimal(str(value)) if quantity and quantity.unit in NUMERIC else str(value)


def paid_of(month: MonthDone) -> dict[tuple[str, str], Decimal]:
    return {at: line.paid for at, line in month.lines.items()}


def differing(told: Mapping[str, Any], month: MonthDone) -> Iterator[tuple[Any, Any]]:
    """What is not as the case tells: where, and what came instead."""
    if "total" in told and sum(paid_of(month).values()) != told["total"]:
        yield "total", sum(paid_of(month).values())
    for place, values in told.get("values", {}).items():
        grain, element = place.split(".")
        for key, value in values.items():
            if (found := month.values[grain, str(key), element]) != value:
                yield (place, key), found
    for agent, lines in told.get("lines", {}).items():
        for line, amount in lines.items():
            if (paid := month.lines[agent, line].paid) != amount:
                yield (agent, line), paid
    for agent, lines in told.get("paid", {}).items():
        for line, parts in lines.items():
            for part, amount in parts.items():
                if (came := getattr(month.lines[agent, line], part)) != amount:
                    yield (agent, line, part), came
    for agent, rank in told.get("moves", {}).items():
        if (to := [move.to_rank for (who, _), move in month.moves.items() if who == agent]) != [rank]:
            yield (agent, "moves"), to


def gives_what_was_printed(case: Case, months: Months) -> None:
    """Every run of a case, computed in some way, held to what was printed."""
    for run in case.told["runs"]:
        known_on = run.get("known_on", dt.date.max)
        done = months(case.books, [case.given(month["month"], month, known_on) for month in run["months"]])
        for told, month in zip(run["months"], done, strict=True):
            assert month.troubles == frozenset(), told["month"]
            assert dict(differing(told, month)) == {}, told["month"]
        if "total" in run:
            assert sum(paid for month in done for paid in paid_of(month).values()) == run["total"]
