"""Reports over an insurer's statements: the question to the lines of the months of a view."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal

import pyarrow as pa

from portal.query.places import Places
from portal.query.reader import Reader
from portal.query.report import Dimension, Measure, Period, View
from portal.query.report_question import ancestors, below, grouped_by, quoted, side_by_side
from portal.query.report_trend import month_ends
from portal.query.statement import DATASET, last_of, months_of
from portal.query.team_home import trees_of

SEAT = "seat_id"
# statements of months computed before ranks were kept beside them have none
FACTS = "(select * from {} union all by name select null::varchar as rank where false)"
TEXTS = ("line", "rulebook", "rank")  # what a view is narrowed to by a text


def months_in(reader: Reader, view: View) -> list[dt.date]:
    """The ends of the published months that a view sums over, in order."""
    return published_in(reader, view.period, view.at)


def published_in(reader: Reader, period: Period, at: dt.date) -> list[dt.date]:
    """The ends of the published months of a period up to a month."""
    first = period.first_day(at)
    return sorted(day for month in months_of(reader) if first <= (day := last_of(month)) <= at)


def line_rows(reader: Reader, view: View, dimension: Dimension, measures: Sequence[Measure]) -> pa.Table:
    """Figures by key (whole = 0), and in the last row over all (whole = 1)."""
    now, parameters, days = _months(reader, view, dimension, measures, "facts")
    tables = {"facts": (DATASET, days)}
    before = ""
    if view.compare is not None:
        before, more, days_then = _months(reader, view.on(view.compare), dimension, measures, "earlier")
        parameters += more
        tables["earlier"] = (DATASET, days_then)
    return reader.table(side_by_side(measures, now, before).select(), parameters, **tables)


def line_trend(reader: Reader, view: View, measure: Measure) -> list[tuple[dt.date, Decimal | int]]:
    """The total of a measure at the published month ends of a year, each over its own period, the oldest first."""
    ends = reader.published(DATASET, month_ends(view.at))
    days = sorted({day for end in ends for day in published_in(reader, view.period, end)})
    if not ends:
        return []
    texts: list[str] = []
    parameters: list[object] = []
    for end in ends:
        there = view.on(end)
        condition, given = conditions(reader, there)
        texts.append(
            f"select date '{end}' as day, {figure(measure, there)} as value from {FACTS.format('facts')} "
            f"where {condition} and business_date in ({listed(months_in(reader, there))})"
        )
        parameters += given
    rows = reader.ask(" union all ".join(texts), parameters, facts=(DATASET, days))
    found = {row["day"]: row["value"] for row in rows}
    return [(end, found[end]) for end in ends if found.get(end) is not None]


def _months(
    reader: Reader, view: View, dimension: Dimension, measures: Sequence[Measure], source: str
) -> tuple[str, list[object], list[dt.date]]:
    """The question to the months up to one of them, with its parameters and the days of its facts."""
    days = months_in(reader, view)
    condition, parameters = conditions(reader, view)
    figures = [f"{figure(measure, view)} as {quoted(measure.key)}" for measure in measures]
    table, key = FACTS.format(source), dimension.column
    if key == SEAT:
        table, key = placed(reader, view, dimension.key, table), "place"
    return grouped_by(key, figures, table, condition), parameters, days


def conditions(reader: Reader, view: View) -> tuple[str, list[object]]:
    """What a view is narrowed to; whom an institution holds is told by the tree of each month."""
    found = ["true"]
    parameters: list[object] = []
    if view.institution is not None:
        institution = view.institution
        found.append(by_tree(reader, view, lambda tree: f"{SEAT} in ({below(tree, institution)})"))
    if view.place is not None:
        found.append(f"{SEAT} = {int(view.place)}")
    if view.agent is not None:
        found.append("agent_id = ?")
        parameters.append(view.agent)
    for column in TEXTS:
        if value := getattr(view, column):
            found.append(f"{column} = ?")
            parameters.append(value)
    return " and ".join(found), parameters


def trees_with_days(reader: Reader, view: View) -> list[tuple[Places, list[dt.date]]]:
    """The institution trees of a view's months, each with the month ends on which it stood."""
    days = months_in(reader, view)
    trees = trees_of(reader, [day.replace(day=1) for day in days]) if days else {}
    alike: dict[int, tuple[Places, list[dt.date]]] = {}
    for day in days:
        tree = trees[day.replace(day=1)]
        alike.setdefault(id(tree), (tree, []))[1].append(day)
    return list(alike.values())


def seats_and_above(reader: Reader, view: View) -> frozenset[int]:
    """The institutions where agents with statements sit in a view's months, with all above them."""
    found: set[int] = set()
    for tree, days in trees_with_days(reader, view):
        rows = reader.ask(f"select distinct {SEAT} as seat from facts", facts=(DATASET, days))
        found |= {place.id for row in rows for place in tree.above(row["seat"])}
    return frozenset(found)


def by_tree(reader: Reader, view: View, text: Callable[[Places], str]) -> str:
    """A condition that follows the institution tree: of each month its own, of months between which nothing moved one."""
    trees = trees_with_days(reader, view)
    if len(trees) == 1:
        return text(trees[0][0])
    parts = (f"(business_date in ({listed(same)}) and {text(tree)})" for tree, same in trees)
    return f"({' or '.join(parts) or 'false'})"


def placed(reader: Reader, view: View, level: str, source: str) -> str:
    """The rows of a source with the `place` they belong to on a level; a hashed join, for there are thousands of teams."""
    trees = trees_with_days(reader, view)
    rows = [(*pair, number) for number, (tree, _days) in enumerate(trees) for pair in ancestors(tree, level)]
    if not rows:
        return f"(select *, {SEAT} as place from {source})"
    seats, places, numbers = (f"unnest([{', '.join(map(str, column))}])" for column in zip(*rows, strict=True))
    cases = " ".join(
        f"when business_date in ({listed(days)}) then {number}" for number, (_tree, days) in enumerate(trees)
    )
    return (
        f"(select made.*, coalesce(tree.place, {SEAT}) as place from {source} as made "
        f"left join (select {seats} as seat, {places} as place, {numbers} as number) as tree "
        f"on tree.seat = {SEAT} and tree.number = case {cases} end)"
    )


def figure(measure: Measure, view: View) -> str:
    """The SQL of a measure; what no row says comes to nothing."""
    text = measure.text(view)
    return f"({text})::bigint" if measure.unit == "count" else f"coalesce({text}, 0)::decimal(38,2)"


def listed(days: Sequence[dt.date]) -> str:
    """Days as SQL lists them."""
    return ", ".join(f"date '{day}'" for day in days) or "null"
