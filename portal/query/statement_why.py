"""Why a line of a statement is what it is: the formula that priced it, the values it names, and the rows it sums.

All of it is read from what the run published; what cannot be shown to come to the figure is not shown as if it did.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from calc.rulebook.expression import FROM_TABLES
from calc.rulebook.lookups import position
from calc.rulebook.reading import Unreadable, parse
from calc.rulebook.standing import AgentMonth, Standing, Unknown
from calc.rulebook.syntax import Call, Name, walk
from portal.query.policy_numbers import numbers_of
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.statement import DATASET, NOTHING, Statement, last_of, title_of
from portal.query.statement_month import FoundMonth, found_month, stated_month
from portal.query.statement_rows import FactRow, MadeRow, Unlisted, counted, rows_of
from portal.query.team_why import measured

ROWS_LISTED = 50
EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Named:
    """Something a formula names: its title, its value for this person, and whether it can be opened further."""

    name: str
    title: str
    value: Any
    kind: str  # element, row (an element of the row that is opened), parameter, table, lookup (what a table gave)
    unit: str = ""
    before: Any = None  # of an element of a closed month, as it was stated before


@dataclass(frozen=True)
class Opened:
    """An element with its formula, the values in it and, for a measure over facts, the rows it is the sum of.

    Of a closed month that was computed again, `before` is the value as it was stated before; None where nothing was.
    """

    name: str
    title: str
    text: str
    value: Any
    unit: str
    named: Sequence[Named]
    fact: str = ""
    fact_title: str = ""
    by_formula: bool = False  # each row by its own formula, which can be opened
    rows: Sequence[FactRow] = ()
    more: int = 0  # rows that are not listed
    more_amount: Decimal = NOTHING
    more_before: Decimal = NOTHING
    whole: bool = True  # unless the deliveries were removed since: only what the rows came to is known
    unlisted: Unlisted | None = None  # why the rows are not listed; together they come to the value otherwise
    compared: bool = False  # with what was stated before
    before: Any = None
    no_contract: bool = False  # the person had none in the month, as is known now
    rows_compared: bool = False  # row by row


def stated_before(reader: Reader, one: Statement, line: str, for_month: dt.date) -> Decimal:
    """What earlier statements paid of a line for a month."""
    months = [month for month in one.months if for_month <= month < one.month]
    if not months:
        return NOTHING
    rows = reader.ask(
        "select coalesce(sum(paid), 0) as paid from made where agent_id = ? and line = ? and for_month = ?",
        [one.person_id, line, for_month], made=(DATASET, [last_of(month) for month in months]),
    )  # fmt: skip
    return Decimal(rows[0]["paid"])


def element_of_line(reader: Reader, one: Statement, line: str, for_month: dt.date) -> str:
    """The element a line pays; empty for a line that follows no rule, such as an adjustment."""
    content = found_month(reader, one, for_month).elements.get(("lines", line)) or {}
    return str(content.get("pays", ""))


def opened(reader: Reader, one: Statement, element: str, for_month: dt.date) -> Opened | None:
    """An element of the person's month; None for one the rules do not have."""
    found = found_month(reader, one, for_month)
    before = stated_month(reader, one, for_month) if found.is_again else None
    elements, language = found.elements, reader.actor.language
    section = "formulas" if ("formulas", element) in elements else "measures"
    content = elements.get((section, element))
    there = found.values or (before.values if before is not None else EMPTY)
    if not isinstance(content, Mapping) or element not in there:
        return None
    text = str(content.get("formula", "")) if section == "formulas" else _summed(content)
    named = names_in(elements, text, found.values or dict.fromkeys(there), language)
    if section == "formulas" and (known := found.agent()) is not None:
        named = with_lookups(named, known, element)
    title, unit = title_of(elements, section, element, language), str(content.get("unit", ""))
    shown = text if section == "formulas" else measured(content)
    result = Opened(element, title, shown, found.values.get(element), unit, named, no_contract=found.no_contract)
    if before is not None:
        compared = [replace(each, before=before.values.get(each.name)) for each in named]
        result = replace(result, named=compared, compared=True, before=before.values.get(element))
    of = str(content.get("of", ""))
    if section == "formulas" or ("facts", of) not in elements:
        return result
    by_formula = (elements.get(("formulas", text)) or EMPTY).get("grain") == of
    titled = replace(result, fact=of, fact_title=title_of(elements, "facts", of, language), by_formula=by_formula)
    return _with_rows(found, before, titled)


def row_opened(
    reader: Reader, one: Statement, measure: str, key: int, for_month: dt.date, part: str = ""
) -> Opened | None:
    """A row's amount in a measure by its own formula, with the row's values; by the rules that priced it.

    `part` names another formula of the row, which that one is made of.
    """
    found = found_month(reader, one, for_month)
    content = found.elements.get(("measures", measure)) or EMPTY
    fact, formula = str(content.get("of", "")), part or _summed(content)
    checked = found.checked()
    if checked is None or (found.elements.get(("formulas", formula)) or EMPTY).get("grain") != fact:
        return None
    rows = rows_of(found, checked.book.facts[fact], checked, formula, key=key)
    row = next(iter(rows.listed), None) if not isinstance(rows, Unlisted) else None
    return _row_opened(reader, found, row, formula) if row is not None and row.made and row.columns else None


def _row_opened(reader: Reader, found: FoundMonth, row: MadeRow, formula: str) -> Opened | None:
    elements = row.rules.elements
    content = elements.get(("formulas", formula)) or EMPTY
    of_row = {
        name: value for name, value in row.made.items()
        if (elements.get(("formulas", name)) or EMPTY).get("grain") == content.get("grain")
    }  # fmt: skip
    text, language = str(content.get("formula", "")), reader.actor.language
    named = [
        replace(each, kind="row") if each.kind == "element" else each
        for each in names_in(elements, text, {**row.columns, **of_row}, language)
    ]
    title = title_of(elements, "formulas", formula, language)
    return Opened(
        formula, title, text, row.made.get(formula), str(content.get("unit", "")),
        with_lookups(named, row.standing(found.month).known, formula),
    )  # fmt: skip


def names_in(elements: Mapping[Key, Any], text: str, values: Mapping[str, Any], language: str) -> list[Named]:
    """What a text names, once each, in the order it is written."""
    try:
        names = [node for node in walk(parse(text)) if isinstance(node, Name)]
    except Unreadable:
        return []
    found: dict[str, Named] = {}
    for node in names:
        one = _one_named(elements, node, values, language)
        if one is not None:
            found.setdefault(one.name, one)
    return list(found.values())


def with_lookups(named: Sequence[Named], known: AgentMonth, formula: str) -> list[Named]:
    """The names of a formula, each table with what it gave here: once for each place where it is asked."""
    text = known.checked.texts.get((formula, "expression"))
    if text is None:
        return list(named)
    standing = Standing(known)
    given: dict[str, list[Named]] = {}
    titles = {one.name: one for one in named if one.kind == "table"}
    for call in walk(text.expression):
        if not isinstance(call, Call) or call.function not in FROM_TABLES or not isinstance(call.arguments[0], Name):
            continue
        table = known.checked.book.tables[call.arguments[0].owner or call.arguments[0].name]
        try:
            value = standing.of(call)
        except Unknown:  # it is asked for what is another's, or of another month
            continue
        quantity = list(table.values.values())[position(call, table)]
        unit = "money" if call.function == "TIER_AMOUNT" else quantity.unit.value
        if table.name in titles:
            given.setdefault(table.name, []).append(replace(titles[table.name], value=value, kind="lookup", unit=unit))
    return [each for one in named for each in given.get(one.name, [one])]


def _one_named(elements: Mapping[Key, Any], node: Name, values: Mapping[str, Any], language: str) -> Named | None:
    if node.owner == "p":
        content = elements.get(("parameters", node.name)) or {}
        title = title_of(elements, "parameters", node.name, language)
        return Named(node.written, title, content.get("value"), "parameter")
    if node.owner:
        return Named(node.written, node.written, values[node.written], "column") if node.written in values else None
    for section in ("formulas", "measures"):
        content = elements.get((section, node.name))
        if content is not None and node.name in values:
            title = title_of(elements, section, node.name, language)
            return Named(node.name, title, values[node.name], "element", str(content.get("unit", "")))
    if ("tables", node.name) in elements:
        return Named(node.name, title_of(elements, "tables", node.name, language), None, "table")
    return None


def _summed(content: Mapping[str, Any]) -> str:
    """The expression a measure sums; nothing for one that counts rows."""
    for how in ("sum", "count_distinct", "min", "max"):
        if how in content:
            return str(content[how])
    return ""


def _with_rows(found: FoundMonth, before: FoundMonth | None, result: Opened) -> Opened:
    """The rows behind a measure. They are listed only when together they come to the value."""
    now = counted(found, result.name)
    if isinstance(now, Unlisted):
        return replace(result, unlisted=now)
    rows = {row.key: row for row in now.rows}
    earlier = counted(before, result.name) if before is not None else Unlisted.NOT_KEPT
    if not isinstance(earlier, Unlisted):
        for row in earlier.rows:
            listed = rows.get(row.key, replace(row, amount=NOTHING))
            rows[row.key] = replace(listed, before=row.amount)
    compared = not isinstance(earlier, Unlisted)

    def place(row: FactRow) -> tuple[Decimal, Decimal, int]:
        return (-abs(row.amount - row.before) if compared else NOTHING, -abs(row.amount), row.key)

    ordered = sorted(rows.values(), key=place)
    called = numbers_of(found.reader, (row.policy_id for row in ordered[:ROWS_LISTED]))
    rest = ordered[ROWS_LISTED:]
    return replace(
        result, whole=now.whole, rows_compared=compared, more=len(rest), more_amount=sum((row.amount for row in rest), NOTHING),
        more_before=sum((row.before for row in rest), NOTHING),
        rows=[replace(row, policy_no=called.get(row.policy_id or 0, "")) for row in ordered[:ROWS_LISTED]],
    )  # fmt: skip
