"""Reports over a bank's accounts: the question to credits, or to the sums of managers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from portal.query.known_base import has_base
from portal.query.names import named
from portal.query.places import people_names, products
from portal.query.reader import Reader
from portal.query.report import Dimension, Measure, View
from portal.query.report_question import below, grouped_by, level_column, side_by_side

LATEST = {
    "customer": "customer_no",
    "account": "valid_from desc",
}  # an account has a row for each time its terms changed
NAMED_BY = {"customer": "customer_no, name, name_zh", "account": "account_no"}
UNASSIGNED = {"en": "Unassigned", "zh": "未分配"}  # the manager 0
LISTED = {"customer_id": ("customer", "customer_no"), "account_id": ("account", "account_no")}


def account_rows(
    reader: Reader, kinds: Sequence[str], view: View, dimension: Dimension, measures: Sequence[Measure]
) -> pa.Table:
    """Figures by key (whole = 0), and in the last row over all (whole = 1)."""
    dataset = dataset_of(dimension, view)
    tables: dict[str, tuple[str, list[dt.date]]] = {"facts": (dataset, [view.at])}
    counted = dataset != "credit_day" and any(measure.counts for measure in measures)
    if counted:
        tables["facts_credit"] = ("credit_day", [view.at])
        tables |= {"earlier_credit": ("credit_day", [view.compare])} if view.compare else {}
    now, parameters = _one_day(reader, kinds, view, dimension, measures, "facts")
    before = ""
    if view.compare is not None:
        tables["earlier"] = (dataset, [view.compare])
        before, more = _one_day(reader, kinds, view.on(view.compare), dimension, measures, "earlier")
        parameters += more
    days = [day for day in (view.at, view.compare) if day]
    found = side_by_side(measures, now, before, lambda one: all(has_base(reader, day, one.base) for day in days))
    if dimension.column not in LISTED:
        return reader.table(found.select(), parameters, **tables)
    listed, number = LISTED[dimension.column]
    called = reader.standing(
        f"select distinct on ({listed}_id) {listed}_id, {NAMED_BY[listed]} from listed "
        f"order by {listed}_id, {LATEST[listed]}",
        listed=(listed, [max(days)]),
    )
    code = f"coalesce(listed.{number}, {found.key}::varchar) as code"
    name = f"{_name_column(reader, listed, number, found.key)} as name"
    beside = found.joined(f"left join ({called}) as listed on listed.{listed}_id = {found.key}")
    return reader.table(beside.select(code, name), parameters, **tables)


def dataset_of(dimension: Dimension, view: View) -> str:
    """The dataset that answers a view: single credits where it is about customers or accounts, sums otherwise."""
    single = dimension.dataset == "credit_day" or view.customer is not None or view.account is not None
    return "credit_day" if single else "manager_day"


def total_of_day(reader: Reader, kinds: Sequence[str], view: View, measure: Measure) -> tuple[str, str, list[object]]:
    """One measure over all rows of a view: its figure, the rows' condition, and its parameters."""
    return _figure(reader, measure, view), *_conditions(reader, kinds, view)


def _one_day(
    reader: Reader, kinds: Sequence[str], view: View, dimension: Dimension, measures: Sequence[Measure], source: str
) -> tuple[str, list[object]]:
    """The question to one date, on that date's tree."""
    conditions, parameters = _conditions(reader, kinds, view)
    of_level = dimension.column == "institution_id"
    key = level_column(reader.places(view.at), dimension.key, "institution_id") if of_level else dimension.column
    dataset = dataset_of(dimension, view)
    summed = [measure for measure in measures if dataset == "credit_day" or not measure.counts]

    def grouped(wanted: Sequence[Measure], table: str) -> str:
        return grouped_by(key, [f"{_figure(reader, one, view)} as {one.key}" for one in wanted], table, conditions)

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


def _conditions(reader: Reader, kinds: Sequence[str], view: View) -> tuple[str, list[object]]:
    """What a view is narrowed to, on its day's tree."""
    wanted = [product.id for product in products(reader.session).values() if product.kind in kinds]
    conditions = ["role = 'marketer'", f"product_id in ({', '.join(map(str, sorted(wanted))) or 'null'})"]
    parameters: list[object] = []
    if view.institution is not None:
        conditions.append(f"institution_id in ({below(reader.places(view.at), view.institution)})")
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


def _name_column(reader: Reader, listed: str, number: str, key: str) -> str:
    """What a customer or an account is called; its number when it has no name the actor may see."""
    chinese = ["nullif(listed.name_zh, '')"] if reader.actor.language == "zh" else []
    names = [*chinese, "nullif(listed.name, '')"] if listed == "customer" else []
    return f"coalesce({', '.join([*names, f'listed.{number}', f'{key}::varchar'])})"


def account_names(reader: Reader, dimension: Dimension, keys: Iterable[int]) -> Mapping[int, tuple[str, str]]:
    """Code and name of managers or products; of nobody "unassigned"."""
    language = reader.actor.language
    if dimension.column == "manager_id":
        people = people_names(reader.session)
        found = (people[key] for key in keys if key in people)
        unassigned = {0: ("", UNASSIGNED.get(language, UNASSIGNED["en"]))}
        return {person.id: (person.code, named(person, language)) for person in found} | unassigned
    return {product.id: (product.code, named(product, language)) for product in products(reader.session).values()}
