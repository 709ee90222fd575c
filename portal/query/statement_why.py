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
from portal.query.checked_rules import checked_variant
from portal.query.month_facts import AGAIN, VALUES
from portal.query.policy_numbers import numbers_of
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.statement import DATASET, NOTHING, Statement, elements_on, last_of, title_of, variant_on
from portal.query.statement_ahead import agent_month

ROWS_LISTED = 50
RECEIPTS = "premium"


@dataclass(frozen=True, slots=True)
class Named:
    """Something a formula names: its title, its value for this person, and whether it can be opened further."""

    name: str
    title: str
    value: Any
    kind: str  # element, row (an element of the premium that is opened), parameter, table, lookup (what a table gave)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FactRow:
    """A row a measure sums: a premium, with what it adds."""

    key: int
    policy_no: str
    received_on: dt.date | None
    basis: Decimal | None  # the premium itself
    amount: Decimal


@dataclass(frozen=True)
class Opened:
    """An element with its formula, the values in it and, for a measure over facts, the rows it is the sum of."""

    name: str
    title: str
    text: str
    value: Any
    unit: str
    named: Sequence[Named]
    fact: str = ""
    rows: Sequence[FactRow] = ()
    more: int = 0  # rows that are not listed
    more_amount: Decimal = NOTHING
    ties: bool = True  # whether all rows together come to the value


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
    content = _elements(reader, one, for_month).get(("lines", line)) or {}
    return str(content.get("pays", ""))


def opened(reader: Reader, one: Statement, element: str, for_month: dt.date) -> Opened | None:
    """An element of the person's month; None for one the rules do not have."""
    elements = _elements(reader, one, for_month)
    content = elements.get(("formulas", element)) or elements.get(("measures", element))
    known = agent_month(reader, one) if for_month == one.month else None
    values = known.values if known is not None else _values(reader, one, for_month)
    if not isinstance(content, Mapping) or element not in values:
        return None
    language = reader.actor.language
    section = "formulas" if ("formulas", element) in elements else "measures"
    text = str(content.get("formula", "")) or _measure_text(content)
    named = names_in(elements, text, values, language)
    fact, summed = str(content.get("of", "")), str(content.get("sum", ""))
    result = Opened(
        element,
        title_of(elements, section, element, language),
        text,
        values[element],
        str(content.get("unit", "")),
        named,
    )
    if section == "formulas" and known is not None:
        result = replace(result, named=with_lookups(named, known, element))
    if section == "measures" and summed and fact == RECEIPTS and ("formulas", summed) in elements:
        return _with_rows(reader, one, result, summed, for_month)
    return result


def row_opened(
    reader: Reader, one: Statement, measure: str, premium_id: int, for_month: dt.date, part: str = ""
) -> Opened | None:
    """A premium's amount in a measure by its own formula, with the premium's values; by the rules of its policy's first day.

    `part` names another formula of the premium, which that one is made of.
    """
    told = _elements(reader, one, for_month)
    formula = part or str((told.get(("measures", measure)) or {}).get("sum", ""))
    if not _is_of_premium(told, formula):
        return None
    found = _priced(reader, one, formula, for_month, premium_id)
    if not found or found[0]["issued_on"] is None:
        return None
    row = found[0]
    variant = variant_on(reader, one.rulebook_id, row["issuing_institution_id"], row["issued_on"], one.known_on)
    if variant is None:
        return None
    elements = {key: held.content for key, held in variant.elements.items()}
    content = elements.get(("formulas", formula)) or {}
    text = str(content.get("formula", ""))
    columns = {f"{RECEIPTS}.{name}": value for name, value in row.items()}
    values = columns | {name: value for name, value in row["made_of"].items() if _is_of_premium(elements, name)}
    named = [
        replace(each, kind="row") if each.kind == "element" else each
        for each in names_in(elements, text, values, reader.actor.language)
    ]
    known = AgentMonth(checked_variant(variant), for_month, {}, values, columns)
    title = title_of(elements, "formulas", formula, reader.actor.language)
    return Opened(formula, title, text, row["amount_made"], str(content.get("unit", "")),
                  with_lookups(named, known, formula))  # fmt: skip


def _elements(reader: Reader, one: Statement, for_month: dt.date) -> Mapping[Key, Any]:
    return elements_on(reader, one.rulebook_id, one.institution_id, for_month, one.known_on)


def _values(reader: Reader, one: Statement, for_month: dt.date) -> Mapping[str, Any]:
    """The person's values of a month: those of its own run, or as the statement's run found them again."""
    dataset = VALUES if for_month == one.month else AGAIN
    rows = reader.ask(
        "select * from made where agent_id = ? and month = ?", [one.person_id, for_month],
        made=(dataset, [last_of(one.month)]),
    )  # fmt: skip
    return rows[0] if rows else {}


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


def _measure_text(content: Mapping[str, Any]) -> str:
    """The expression a measure sums; nothing for one that counts rows."""
    for how in ("sum", "count_distinct", "min", "max"):
        if how in content:
            return str(content[how])
    return ""


def _with_rows(reader: Reader, one: Statement, result: Opened, formula: str, for_month: dt.date) -> Opened:
    """The premiums behind a measure. They are listed only when together they come to the value."""
    if for_month != one.month:
        return Opened(
            result.name, result.title, result.text, result.value, result.unit, result.named, RECEIPTS, ties=False
        )
    made = [row for row in _priced(reader, one, formula, for_month) if row["amount_made"]]
    made.sort(key=lambda row: (-abs(row["amount_made"]), row["premium_id"]))
    called = numbers_of(reader, (row["policy_id"] for row in made[:ROWS_LISTED]))
    rows = [
        FactRow(
            row["premium_id"], called.get(row["policy_id"], ""), row["received_on"], row["amount"], row["amount_made"]
        )
        for row in made
    ]  # fmt: skip
    ties = sum((row.amount for row in rows), NOTHING) == result.value
    listed, rest = rows[:ROWS_LISTED], rows[ROWS_LISTED:]
    return Opened(
        result.name, result.title, result.text, result.value, result.unit, result.named, RECEIPTS,
        listed if ties else (), len(rest) if ties else 0, sum((row.amount for row in rest), NOTHING), ties,
    )  # fmt: skip


def _is_of_premium(elements: Mapping[Key, Any], name: str) -> bool:
    return (elements.get(("formulas", name)) or {}).get("grain") == RECEIPTS


def _priced(
    reader: Reader, one: Statement, formula: str, for_month: dt.date, premium_id: int | None = None
) -> list[dict[str, Any]]:
    """The person's premiums of the month's run with what a formula made of each, and the premium as it was delivered.

    Of one premium alone everything that was made of it comes along, as `made_of`.
    """
    first, last = for_month, last_of(one.month)
    days = [first + dt.timedelta(days=count) for count in range((last - first).days + 1)]
    delivered = reader.published(RECEIPTS, days)
    if not delivered:
        return []
    all_made, chosen = ('"its row" as made_of,', "and premium_id = ?") if premium_id is not None else ("", "")
    return reader.ask(  # no formula is called like the alias: a name holds no blank
        f'select premium_id, "its row"."{formula}" as amount_made, {all_made} given.* exclude (premium_id) '
        'from made as "its row" left join given using (premium_id, agent_id) '
        f'where "its row".agent_id = ? {chosen}',
        [one.person_id, *([premium_id] if premium_id is not None else [])],
        made=("premium_value", [last_of(one.month)]), given=(RECEIPTS, delivered),
    )  # fmt: skip
