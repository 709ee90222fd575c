"""A Report and a View become one question to the lake, and its answer one table.

The page, its pages of rows, the chart, the export and the command all read this table, so they show the same figures.
Every figure is rounded once; the total is computed from stored terms, not from rounded rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from portal.query.facts import Row, ask_table
from portal.query.known_base import has_base
from portal.query.names import named
from portal.query.places import Place, Places, people_names, products
from portal.query.reader import Reader
from portal.query.report import Dimension, Measure, Report, ReportError, View

LATEST = {
    "customer": "customer_no",
    "account": "valid_from desc",
}  # an account has a row for each time its terms changed
NAMED_BY = {"customer": "customer_no, name, name_zh", "account": "account_no"}
UNASSIGNED = {"en": "Unassigned", "zh": "未分配"}  # the manager 0
LISTED = {"customer_id": ("customer", "customer_no"), "account_id": ("account", "account_no")}


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
        return [self.dimension.column, "code", "name", *self.figures]

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
    tree = reader.places(view.at)
    dimension = report.dimension(view.by, tree.levels)
    measures = tuple(report.measure(key) for key in dict.fromkeys(view.measures or report.standard))
    found = _grouped(reader, report, view, dimension, measures)
    figures = figure_columns(measures, view.compare is not None)
    rows, whole = found.slice(0, found.num_rows - 1), found.slice(found.num_rows - 1).select(figures).to_pylist()
    if dimension.column not in LISTED:
        rows = _named(rows, _names(reader, dimension, view, rows["key"].to_pylist()))
    return ReportTable(report, view, dimension, measures, rows.drop_columns(["whole"]), whole[0])


def _grouped(reader: Reader, report: Report, view: View, dimension: Dimension, measures: Sequence[Measure]) -> pa.Table:
    """Figures by key (whole = 0), and in the last row over all (whole = 1)."""
    dataset = dataset_of(dimension, view)
    tables: dict[str, tuple[str, list[dt.date]]] = {"facts": (dataset, [view.at])}
    counted = dataset != "credit_day" and any(measure.counts for measure in measures)
    if counted:
        tables["facts_credit"] = ("credit_day", [view.at])
        tables |= {"earlier_credit": ("credit_day", [view.compare])} if view.compare else {}
    now, parameters = _one_day(reader, report, view, dimension, measures, "facts")
    shown = [f"now.{measure.key}" for measure in measures]
    source, key, whole = f"({now}) as now", "now.key", "now.whole"
    if view.compare is not None:
        tables["earlier"] = (dataset, [view.compare])
        before, more = _one_day(reader, report, _on(view, view.compare), dimension, measures, "earlier")
        parameters += more
        source += (
            f" full join ({before}) as before on now.whole = before.whole and now.key is not distinct from before.key"
        )
        key, whole = "coalesce(now.key, before.key)", "coalesce(now.whole, before.whole)"
        shown = [text for measure in measures for text in _compared(reader, view, measure)]
    names = ""
    if dimension.column in LISTED:
        listed, number = LISTED[dimension.column]
        called = reader.standing(
            f"select distinct on ({listed}_id) {listed}_id, {NAMED_BY[listed]} from listed "
            f"order by {listed}_id, {LATEST[listed]}",
            listed=(listed, [max(view.at, view.compare or view.at)]),
        )
        source += f" left join ({called}) as listed on listed.{listed}_id = {key}"
        names = (
            f"coalesce(listed.{number}, {key}::varchar) as code, {_name_column(reader, listed, number, key)} as name, "
        )
    select = f"select {key} as key, {whole}::int as whole, {names}{', '.join(shown)} from {source} order by 2, 1"
    return reader.table(select, parameters, **tables)


def _compared(reader: Reader, view: View, measure: Measure) -> list[str]:
    """A measure today, then, and its change; what was not there then counts as nothing, what is not known does not."""
    name = measure.key
    known = all(has_base(reader, day, measure.base) for day in (view.at, view.compare) if day)
    change = f"coalesce(now.{name}, 0) - coalesce(before.{name}, 0)" if known else "null::decimal(38,2)"
    return [f"now.{name}", f"before.{name} as {name}_before", f"{change} as {name}_change"]


def dataset_of(dimension: Dimension, view: View) -> str:
    """The dataset that answers a view: single credits where it is about customers or accounts, sums otherwise."""
    single = dimension.dataset == "credit_day" or view.customer is not None or view.account is not None
    return "credit_day" if single else "manager_day"


def total_of_day(reader: Reader, report: Report, view: View, measure: Measure) -> tuple[str, str, list[object]]:
    """One measure over all rows of a view: its figure, the rows' condition, and its parameters."""
    return _figure(reader, measure, view), *_conditions(reader, report, view)


def _one_day(
    reader: Reader, report: Report, view: View, dimension: Dimension, measures: Sequence[Measure], source: str
) -> tuple[str, list[object]]:
    """The question to one date, on that date's tree."""
    conditions, parameters = _conditions(reader, report, view)
    of_level = dimension.column == "institution_id"
    key = _level_column(reader.places(view.at), dimension.key) if of_level else dimension.column
    dataset = dataset_of(dimension, view)
    summed = [measure for measure in measures if dataset == "credit_day" or not measure.counts]

    def grouped(wanted: Sequence[Measure], table: str) -> str:
        figures = "".join(f", {_figure(reader, measure, view)} as {measure.key}" for measure in wanted)
        rows = f"select {key} as key, * from {table} where {conditions}"
        return f"select key, grouping(key) as whole{figures} from ({rows}) group by grouping sets ((key), ())"

    text = grouped(summed, source)
    if len(summed) == len(measures):
        return text, parameters
    counted = [measure for measure in measures if measure.counts]
    counts = ", ".join(f"coalesce(counted.{measure.key}, 0) as {measure.key}" for measure in counted)
    return (
        f"select summed.*, {counts} from ({text}) as summed left join ({grouped(counted, f'{source}_credit')}) as counted "
        "on summed.whole = counted.whole and summed.key is not distinct from counted.key",
        parameters * 2,
    )


def _conditions(reader: Reader, report: Report, view: View) -> tuple[str, list[object]]:
    """What a view is narrowed to, on its day's tree."""
    wanted = [product.id for product in products(reader.session).values() if product.kind in report.kinds]
    conditions = ["role = 'marketer'", f"product_id in ({', '.join(map(str, sorted(wanted))) or 'null'})"]
    parameters: list[object] = []
    if view.institution is not None:
        below = ", ".join(str(one) for one in sorted(reader.places(view.at).below(view.institution)))
        conditions.append(f"institution_id in ({below})")
    if view.place is not None:
        conditions.append(f"institution_id = {int(view.place)}")
    for column in ("manager", "customer", "account", "product"):
        if (value := getattr(view, column)) is not None:
            conditions.append(f"{column}_id = ?")
            parameters.append(value)
    return " and ".join(conditions), parameters


def _figure(reader: Reader, measure: Measure, view: View) -> str:
    """The SQL of a measure; no value where what it is measured against is not known."""
    if not has_base(reader, view.at, measure.base):
        return "null::decimal(38,2)"
    text = measure.text(view)
    return f"({text})::bigint" if measure.unit == "count" else f"({text})::decimal(38,2)"


def _on(view: View, day: dt.date) -> View:
    """The same view on another day, compared to nothing."""
    return replace(view, at=day, compare=None)


def _level_column(tree: Places, level: str) -> str:
    """Each institution's ancestor on a level, as SQL over whole numbers."""
    pairs = ((place.id, tree.at_level(place.id, level)) for place in tree.by_id.values())
    cases = " ".join(f"when {int(one)} then {int(place.id)}" for one, place in pairs if place and place.id != one)
    return f"case institution_id {cases} else institution_id end" if cases else "institution_id"


def _name_column(reader: Reader, listed: str, number: str, key: str) -> str:
    """What a customer or an account is called; its number when it has no name the actor may see."""
    chinese = ["nullif(listed.name_zh, '')"] if reader.actor.language == "zh" else []
    names = [*chinese, "nullif(listed.name, '')"] if listed == "customer" else []
    return f"coalesce({', '.join([*names, f'listed.{number}', f'{key}::varchar'])})"


def _names(reader: Reader, dimension: Dimension, view: View, keys: Sequence[int]) -> list[tuple[str, str]]:
    """Code and name of what each row stands for; its number when nobody knows what that is."""
    known = _known_names(reader, dimension, view, keys)
    return [known.get(key) or (str(key), str(key)) for key in keys]


def _known_names(
    reader: Reader, dimension: Dimension, view: View, keys: Iterable[int]
) -> Mapping[int, tuple[str, str]]:
    language = reader.actor.language
    if dimension.column == "institution_id":
        days = [view.compare, view.at] if view.compare else [view.at]
        places = [place for day in days for place in reader.places(day).by_id.values()]
        return {place.id: (place.code, place_name(place, dimension.key, language)) for place in places}
    if dimension.column == "manager_id":
        people = people_names(reader.session)
        found = (people[key] for key in keys if key in people)
        unassigned = {0: ("", UNASSIGNED.get(language, UNASSIGNED["en"]))}
        return {person.id: (person.code, named(person, language)) for person in found} | unassigned
    return {product.id: (product.code, named(product, language)) for product in products(reader.session).values()}


def _named(rows: pa.Table, names: Sequence[tuple[str, str]]) -> pa.Table:
    """The rows with code and name after the key."""
    for place, column in ((1, "code"), (2, "name")):
        rows = rows.add_column(place, column, pa.array([one[place - 1] for one in names], pa.string()))
    return rows


def place_name(place: Place, level: str, language: str) -> str:
    """What a row of a level is called: one that stands above the level holds only what is nowhere below it."""
    name = place.title(language)
    return name if place.level == level else (f"{name}本级" if language == "zh" else f"{name} itself")
