"""Versions of a rulebook as texts, tried on rows from a file: months one after the other, with nothing of an installation.

The file has the tables of a month by name (`agent`, `team`, `relation`, the facts), each a list of rows: mappings, or lists
after a first one that names the columns. `institution` (institution_id, code, parent_id) tells which overrides hold where;
`months` has, by month, tables that stand instead of the file's own. A row may have the days `recorded_on` and `withdrawn_on`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa
from flask_babel import gettext as _

from calc import Engine
from calc.rulebook import compile_plan, run_month
from calc.rulebook.book import SECTIONS, book_of
from calc.rulebook.check import check
from calc.rulebook.checked import Checked, Type
from calc.rulebook.elements import Unit
from calc.rulebook.names import closest
from calc.rulebook.plan import Plan, last_day, moved
from portal.services.rulebook_cells import BadExample, typed
from portal.services.rulebook_examples import ENGINE_MEMORY
from portal.services.rulebook_rows import check_history, check_month, check_places, check_related
from portal.services.rulebook_text import Override, VersionText, laid_over

EVER = dt.date(1900, 1, 1)
ALWAYS = dt.date.max
KNOWN = ("recorded_on", "withdrawn_on")  # when a row was learned, and when it was found to be wrong
BESIDE = ("history", "institution", "months", "about")  # of a file, besides the tables of a month
INSTITUTION = {"institution_id": Type(Unit.KEY), "code": Type(Unit.TEXT), "parent_id": Type(Unit.KEY)}
Row = Mapping[str, Any]
Told = Mapping[str, Any]
Settled = tuple[dt.date, dt.date, Any, str, Decimal]  # for month, in month, agent, line, amount


@dataclass(frozen=True)
class Trial:
    """The plan of some versions, whose rules hold where and when, and the rows to compute."""

    plan: Plan
    rules: Sequence[Mapping[str, Any]]
    told: Told
    nowhere: tuple[str, ...] = ()  # nodes of overrides that are no institution of the file

    @cached_property
    def keys(self) -> pa.DataType:
        """Keys are whole numbers where all of them are."""
        tables = [
            *_tables(self.told),
            *(t for month in (self.told.get("months") or {}).values() for t in _tables(month)),
        ]
        columns = {
            c for needs in (*self.plan.needs.values(), INSTITUTION) for c, k in needs.items() if k.unit is Unit.KEY
        }
        cells = {
            str(row[c]) for _name, rows in tables for row in rows for c in columns & row.keys() if row[c] is not None
        }
        whole = all(cell.isascii() and cell.isdigit() and cell == str(int(cell)) and len(cell) < 19 for cell in cells)
        return pa.int64() if whole else pa.string()

    def key(self, text: str) -> int | str:
        """An identity as the rows have it."""
        return int(text) if self.keys == pa.int64() and text.isdigit() else text


def _tables(told: Told) -> list[tuple[str, list[Row]]]:
    return [(name, rows_of(name, rows)) for name, rows in told.items() if name not in ("months", "about")]


def rows_of(table: str, rows: Any) -> list[Row]:
    """Rows as mappings, whichever way they are written. Raises BadExample."""
    listed = rows or []
    if not isinstance(listed, list) or not all(isinstance(row, Mapping | list) for row in listed):
        raise BadExample(_("%(table)s is a list of rows, as in [{agent_id: 1}].", table=table))
    if not listed or isinstance(listed[0], Mapping):
        return listed
    head, *body = listed
    for row in body:
        if len(row) != len(head):
            raise BadExample(_("%(table)s: a row has %(count)s cells and the first row names %(wide)s columns.",
                               table=table, count=len(row), wide=len(head)))  # fmt: skip
    return [dict(zip(head, row, strict=True)) for row in body]


# -- whose rules hold


def trial(versions: Sequence[VersionText], told: Told, known_on: dt.date = ALWAYS) -> Trial:
    """The rules of versions, as known on a day, for the institutions of a file. The first version holds from ever on. Raises
    BadExample and PlanError."""
    known = sorted((v for v in versions if _recorded(v) <= known_on), key=lambda v: (_begins(v), _recorded(v)))
    if not known:
        raise BadExample(_("No version was known on %(day)s.", day=known_on))
    paths = _paths(told)
    begun = {id(version): EVER if _begins(version) == _begins(known[0]) else _begins(version) for version in known}
    cuts = sorted({*begun.values(), *(_day(one) for v in known for one in v.overrides if _day(one)), EVER})
    numbers: dict[str, int] = {}
    books: dict[int, Checked] = {}
    rules: list[dict[str, Any]] = []
    for (institution, path), (start, end) in itertools.product(paths.items(), itertools.pairwise([*cuts, ALWAYS])):
        mapping = _holding(known, begun, path, start)
        if mapping is None:
            continue
        number = numbers.setdefault(json.dumps(mapping, ensure_ascii=False, sort_keys=False), len(numbers) + 1)
        if number not in books:
            books[number] = _checked(mapping)
        rules.append({"institution_id": institution, "valid_from": start, "valid_to": end, "variant": number})
    if not books:
        raise BadExample(
            _("No version holds at any institution of the file: is the node of the text one of its codes?")
        )
    nodes = {one.node for version in known for one in version.overrides}
    nowhere = nodes - {name for path in paths.values() for name in path}
    found = Trial(compile_plan(books), rules, told, tuple(sorted(nowhere)))
    _check_told(found)
    return found


def _recorded(version: VersionText) -> dt.date:
    told = version.source.told.get("recorded_on")
    return dt.date.fromisoformat(str(told)) if told else EVER


def _begins(version: VersionText) -> dt.date:
    return dt.date.fromisoformat(version.valid_from) if version.valid_from else EVER


def _day(override: Override) -> dt.date:
    return dt.date.fromisoformat(override.valid_from) if override.valid_from else EVER


def _paths(told: Told) -> dict[str, tuple[str, ...]]:
    """Each institution's names from the root down: the codes and numbers of those above it, and its own."""
    places = {str(row.get("institution_id")): row for row in rows_of("institution", told.get("institution"))}
    everything = [told, *(told.get("months") or {}).values()]
    named = {
        str(value)
        for part in everything for _name, rows in _tables(part) for row in rows
        for column, value in row.items() if column.endswith("institution_id") and value is not None
    }  # fmt: skip
    check_places(rows_of("institution", told.get("institution")), named)
    found = {}
    for institution in sorted(named | places.keys()) or ["1"]:
        path: list[str] = []
        at: str | None = institution
        while at is not None and at not in path:
            place = places.get(at, {})
            path += [str(place["code"]), at] if place.get("code") else [at]
            at = str(place["parent_id"]) if place.get("parent_id") else None
        found[institution] = tuple(reversed(path))
    return found


def _holding(
    known: Sequence[VersionText], begun: Mapping[int, dt.date], path: Sequence[str], day: dt.date
) -> dict[str, Any] | None:
    """What holds at the end of a path on a day: the latest version begun, and the overrides on the way down."""
    rooted = len(path) > 1 and any(
        version.node in path for version in known
    )  # else the file knows no tree: all are meant
    of_path = [v for v in known if begun[id(v)] <= day and (not rooted or not v.node or v.node in path)]
    if not of_path:
        return None
    version = of_path[-1]
    mapping = {section: version.source.told[section] for section in SECTIONS if section in version.source.told}
    for node in path:
        for one in (one for v in of_path for one in v.overrides if one.node == node):
            stays = not one.until_next_version or _day(one) >= begun[id(version)]
            if _day(one) <= day and stays:
                mapping = laid_over(mapping, one.elements)
    return mapping


def _checked(mapping: Mapping[str, Any]) -> Checked:
    book, problems = book_of({"rulebook": "trial", **mapping})
    checked, more = (None, []) if problems else check(book)
    if checked is None:
        first = [*problems, *more][0]
        raise BadExample(f"{first.element}: {first.sentence}" if first.element else first.sentence)
    return checked


def _check_told(found: Trial) -> None:
    """A table or a column that nothing reads is a mistake of whoever wrote it, not something to pass over."""
    columns = {**found.plan.needs, "institution": INSTITUTION}
    history = {"agent_id": Type(Unit.KEY), "month": Type(Unit.DATE), **found.plan.history}
    known = [name for name in (*columns, *BESIDE) if name not in ("month", "rules")]
    for part in (found.told, *(found.told.get("months") or {}).values()):
        for table in part:
            if table not in known:
                meant = closest(table, known)
                raise BadExample(
                    _(
                        "No table is called %(table)s; there are %(known)s.",
                        table=table,
                        known=meant or ", ".join(known),
                    )
                )
        for table, rows in _tables(part):
            has = history if table == "history" else columns[table]
            fact = found.plan.variants.facts.get(table)
            more = {fact.agent, fact.institution} if fact else {"until"} if table == "relation" else set()
            for column in {name for row in rows for name in row} - has.keys() - more - set(KNOWN):
                raise BadExample(_("%(table)s has no column %(column)s; it has %(columns)s.",
                                   table=table, column=column, columns=", ".join(sorted(has.keys() | more))))  # fmt: skip


# -- months


def months_of(
    found: Trial, first: dt.date, last: dt.date, known_on: dt.date = ALWAYS
) -> Iterator[tuple[dt.date, Engine]]:
    """The engine after each month from the first to the last, each with the values of those before. Raises BadExample.

    Where rules read earlier months and the file has no `history`, the months before the first are computed from its rows too.
    """
    with Engine(threads=1, memory=ENGINE_MEMORY) as engine:
        month = begins = min(first, _earliest(found) or first)
        while month <= last:
            _give(engine, found, month, known_on, already=month >= first)
            if month == begins and found.plan.history:
                kinds = {"agent_id": Type(Unit.KEY), "month": Type(Unit.DATE), **found.plan.history}
                rows = [row for row in rows_of("history", found.told.get("history")) if _known(row, known_on)]
                check_history(rows, month)
                engine.give("history", typed("history", kinds, rows, found.keys))
            run_month(engine, found.plan)
            if month >= first:
                yield month, engine
            if found.plan.history:
                both = "select * from history union all by name select * from agent_value"
                engine.connection.execute(f"create or replace table history as {both}")
            month = moved(month, 1)


def _earliest(found: Trial) -> dt.date | None:
    """The first month of the file's rows, where earlier months are read and not told."""
    if not found.plan.history or found.told.get("history"):
        return None
    days = [dt.date.fromisoformat(f"{month}-01") for month in found.told.get("months") or {}]
    tables = dict(_tables(found.told))
    for name, fact in found.plan.variants.facts.items():
        days += [day for row in tables.get(name, ()) if (day := _as_day(row.get(fact.month_of)))]
    return min(days).replace(day=1) if days else None


@contextmanager
def computed_month(found: Trial, first: dt.date, month: dt.date, known_on: dt.date = ALWAYS) -> Iterator[Engine]:
    """The engine after a month, those from the first one on computed before it."""
    for at, engine in months_of(found, first, month, known_on):
        if at == month:
            yield engine


def _give(engine: Engine, found: Trial, month: dt.date, known_on: dt.date, already: bool) -> None:
    """The tables of one month, as known on a day; of a month before those asked for without who joined later."""
    until = last_day(month)
    day = pa.date32()
    engine.give("month", pa.table({"first_day": pa.array([month], day), "last_day": pa.array([until], day)}))
    own = (found.told.get("months") or {}).get(f"{month:%Y-%m}") or {}
    tables = {**dict(_tables(found.told)), **dict(_tables(own))}
    known = {name: [row for row in rows if _known(row, known_on)] for name, rows in tables.items()}
    check_month(found.plan.variants, known)
    only = found.rules[0]["institution_id"] if len({r["institution_id"] for r in found.rules}) == 1 else None
    listed = known["agent"] if "agent" in known else _everyone(found, known)
    there = [row for row in listed if already or (_as_day(row.get("joined_on")) or EVER) <= until]
    agents = [{**row, "institution_id": row.get("institution_id") or only} for row in there]
    places = {str(row.get("agent_id")): row["institution_id"] for row in agents}
    given: dict[str, Sequence[Row]] = {**known, "agent": agents, "rules": found.rules}
    given["team"] = [{**row, "institution_id": row.get("institution_id") or only} for row in known.get("team", ())]
    given["relation"] = [row for row in known.get("relation", ()) if _in_force(row, until)]
    check_related(given["relation"], until)
    for name, fact in found.plan.variants.facts.items():
        given[name] = [
            {**row, fact.institution: row.get(fact.institution) or places.get(str(row.get(fact.agent)), only)}
            for row in known.get(name, ())
        ]
    needs = {
        **found.plan.needs,
        "rules": {**found.plan.needs["rules"], "variant": Type(Unit.COUNT, Decimal(1), Decimal(10**6))},
    }  # a number of our own
    for table, columns in needs.items():
        if table != "month":
            engine.give(table, typed(table, columns, given.get(table, ()), found.keys))


def _everyone(found: Trial, tables: Mapping[str, list[Row]]) -> list[Row]:
    """The agents of a file that does not list them: whoever a row names."""
    facts = [(name, fact.agent) for name, fact in found.plan.variants.facts.items()]
    places = [*facts, ("team", "leader_id"), ("relation", "from_id"), ("relation", "to_id")]
    named = {
        str(row[column]): row[column] for table, column in places for row in tables.get(table, ()) if row.get(column)
    }
    return [{"agent_id": named[key]} for key in sorted(named)]


def _known(row: Row, day: dt.date) -> bool:
    recorded, withdrawn = (_as_day(row.get(name)) for name in KNOWN)
    return (recorded is None or recorded <= day) and (withdrawn is None or withdrawn > day)


def _in_force(row: Row, day: dt.date) -> bool:
    since, until = _as_day(row.get("since")), _as_day(row.get("until"))
    return (since is None or since <= day) and (until is None or until > day)


def _as_day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text)) if text else None
    except ValueError:
        raise BadExample(_("%(text)s is no day: write it as 2026-01-31.", text=str(text)[:60])) from None


# -- closed months


def settled(versions: Sequence[VersionText], told: Told, first: dt.date, last: dt.date) -> Iterator[Settled]:
    """What each month's statement shows of itself and of the months before it, each as known on its last day.

    A closed month stays as it was paid: what is learned later comes as a difference into the month that is open then.
    """
    shown: defaultdict[tuple[dt.date, Any, str], Decimal] = defaultdict(Decimal)
    open_month = first
    while open_month <= last:
        known_on = last_day(open_month)
        must: dict[tuple[dt.date, Any, str], Decimal] = {}
        for month, engine in months_of(trial(versions, told, known_on), first, open_month, known_on):
            if engine.rows("row_problem"):
                raise BadExample(
                    _("%(month)s has rows without a value: compute it alone to see them.", month=f"{month:%Y-%m}")
                )
            paid = engine.connection.execute("select agent_id, line, paid from line_amount").fetchall()
            must |= {(month, agent, line): amount or Decimal(0) for agent, line, amount in paid}
        for key in sorted({*must, *shown}, key=lambda key: (key[0], str(key[1]), key[2])):
            difference = must.get(key, Decimal(0)) - shown[key]
            if difference:
                shown[key] += difference
                yield key[0], open_month, key[1], key[2], difference
        open_month = moved(open_month, 1)
