"""A Report and a View become one question to the lake, and its answer one table.

The page, its pages of rows, the chart, the export and the command all read this table, so they show the same figures.
Every figure is rounded once; the total is computed from stored terms, not from rounded rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from portal.query.facts import Row, ask_table
from portal.query.reader import Reader
from portal.query.report import Dimension, Measure, Report, ReportError, View, place_name


@dataclass(frozen=True)
class ReportTable:
    """The rows of a view in the order of their keys, and the total over them.

    Columns: key, code, name, each measure; when two dates are compared also `<measure>_before` and `<measure>_change`.
    """

    report: Report
    view: View
    dimension: Dimension
    measures: tuple[Measure, ...]
    rows: pa.Table
    total: Row

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self.rows.num_rows)

    @property
    def figures(self) -> list[str]:
        """The columns that hold figures, in the order shown."""
        return figure_columns(self.measures, self.view.compare is not None)

    def page(
        self, sort: Sequence[tuple[str, bool]] = (), first: int = 0, size: int | None = None, search: str = ""
    ) -> list[Row]:
        """Rows in an order (column and whether descending, then by key), from a place on; `search` looks into code and
        name. Raises ReportError for a column that is not there."""
        for column, _descending in sort:
            if column not in self.rows.column_names:
                raise ReportError(f"There is no column {column!r} to sort by.")
        rows = self._sought(search)
        order = [(column, "descending" if descending else "ascending", "at_end") for column, descending in sort]
        places = pc.sort_indices(rows, sort_keys=[*order, ("key", "ascending", "at_end")])
        found: list[Row] = rows.take(places[first:] if size is None else places[first : first + size]).to_pylist()
        return found

    def counted(self, search: str) -> int:
        """How many rows hold these words in their code or name."""
        return int(self._sought(search).num_rows)

    def _sought(self, search: str) -> pa.Table:
        """The rows that hold all the words in their code or name; all rows for no words."""
        words = search.lower().split()[:8]
        if not words:
            return self.rows
        conditions = " and ".join(["contains(lower(coalesce(code, '') || ' ' || name), ?)"] * len(words))
        return ask_table(self.rows, f"select * from kept where {conditions}", words)

    def left(self, shown: Sequence[Row], column: str) -> Row | None:
        """What the total has beyond some rows of it: how many rows, and their sum of a column; None when none is left."""
        if self.count <= len(shown):
            return None
        seen = sum((row[column] or 0 for row in shown), 0)
        return {"rows": self.count - len(shown), column: (self.total[column] or 0) - seen}

    @property
    def columns(self) -> list[str]:
        """The columns of a file: what the key is, code, name, then the figures."""
        key = self.dimension.column if self.dimension.column.isidentifier() else self.dimension.key
        return [key, "code", "name", *self.figures]

    def lines(self, sort: Sequence[tuple[str, bool]] = (), search: str = "") -> list[list[Any]]:
        """The rows of a file, under `columns`."""
        return [
            [row["key"], row["code"], row["name"], *(row[one] for one in self.figures)]
            for row in self.page(sort, search=search)
        ]


def figure_columns(measures: Sequence[Measure], compared: bool) -> list[str]:
    """The names of the columns with figures: each measure, then what it was and how it changed."""
    endings = ("", "_before", "_change") if compared else ("",)
    return [f"{measure.key}{ending}" for measure in measures for ending in endings]


def report_table(reader: Reader, report: Report, view: View) -> ReportTable:
    """Read a report.

    Raises:
        Forbidden: the actor may not read reports.
        ReportError: the view asks for a measure or dimension that the report does not declare.
        NotPublished: there are no figures of one of the dates.
    """
    reader.allow(report.permission)
    dimension = report.dimension(view.by, reader.places(view.at).levels)
    offered = report.offered(reader)
    measures = tuple(report.measure(key, offered) for key in dict.fromkeys(view.measures or report.standard))
    found = report.grouped(reader, view, dimension, measures)
    figures = figure_columns(measures, view.compare is not None)
    rows, whole = found.slice(0, found.num_rows - 1), found.slice(found.num_rows - 1).select(figures).to_pylist()
    if "name" not in rows.column_names:
        rows = _named(rows, _names(reader, report, dimension, view, rows["key"].to_pylist()))
    return ReportTable(report, view, dimension, measures, rows.drop_columns(["whole"]), whole[0])


def _names(
    reader: Reader, report: Report, dimension: Dimension, view: View, keys: Sequence[Any]
) -> list[tuple[str, str]]:
    """Code and name of what each row stands for; its number when nobody knows what that is."""
    of_level = dimension.column == report.place_column
    known = _places(reader, report, dimension, view) if of_level else report.names(reader, dimension, view, keys)
    return [known.get(key) or (str(key), str(key)) for key in keys]


def _places(reader: Reader, report: Report, dimension: Dimension, view: View) -> Mapping[Any, tuple[str, str]]:
    places = [place for day in report.days(reader, view) for place in reader.places(day).by_id.values()]
    return {place.id: (place.code, place_name(place, dimension.key, reader.actor.language)) for place in places}


def _named(rows: pa.Table, names: Sequence[tuple[str, str]]) -> pa.Table:
    """The rows with code and name after the key."""
    for place, column in ((1, "code"), (2, "name")):
        rows = rows.add_column(place, column, pa.array([one[place - 1] for one in names], pa.string()))
    return rows
