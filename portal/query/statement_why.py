"""Why a line of a statement is what it is: the formula that priced it, the values it names, and the rows it sums.

All of it is read from what the run published; what cannot be shown to come to the figure is not shown as if it did.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from calc.rulebook.standing import Standing, Unknown
from portal.query.policy_numbers import numbers_of
from portal.query.reader import Reader
from portal.query.statement import DATASET, NOTHING, Statement, last_of, title_of
from portal.query.statement_month import FoundMonth, found_month, stated_month
from portal.query.statement_names import Named, names_beside, names_in, names_of, with_lookups
from portal.query.statement_people import Sums, asks_others, beside, others_summed
from portal.query.statement_rows import FactRow, MadeRow, Unlisted, counted, rows_of
from portal.query.team_why import measured

ROWS_LISTED = 50
EMPTY: Mapping[str, Any] = {}


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
    before_text: str = ""  # the formula then, where it was another
    no_contract: bool = False  # the person had none in the month, as is known now
    rows_compared: bool = False  # row by row
    asks_others: bool = False
    others: Sums | None = None  # the people and months it sums; None where they cannot be listed


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
    """An element of the person's month; None for one the rules do not have. Of a closed month beside what was stated before."""
    found = found_month(reader, one, for_month)
    before = stated_month(reader, one, for_month) if found.is_again else None
    now, then = _opened(found, element), _opened(before, element) if before is not None else None
    if now is None and then is not None and found.no_contract:
        nothing = None if isinstance(then.value, bool) or not isinstance(then.value, Decimal | int) else NOTHING
        now = replace(then, value=nothing, no_contract=True, named=[replace(each, value=None) for each in then.named])
    if now is None:
        return None
    result = compared(now, then) if before is not None else now
    if asks_others(found, element):
        return _with_others(found, before, result)
    return _with_rows(found, before, result) if result.fact else result


def compared(now: Opened, then: Opened | None) -> Opened:
    """What is known now beside what was stated before."""
    if then is None:
        return replace(now, compared=True)
    other = then.text if then.text != now.text else ""
    return replace(now, compared=True, before=then.value, before_text=other, named=names_beside(now.named, then.named))


def _opened(found: FoundMonth, element: str) -> Opened | None:
    elements, language = found.elements, found.reader.actor.language
    section = "formulas" if ("formulas", element) in elements else "measures"
    content = elements.get((section, element))
    if not isinstance(content, Mapping) or element not in found.values:
        return None
    text = str(content.get("formula", "")) if section == "formulas" else _summed(content)
    named = names_in(elements, text, {**found.values, **_beside_values(found, text)}, language)
    named = [
        each if each.name in found.values else replace(each, kind="place") if each.kind == "element" else each
        for each in named
    ]
    if section == "formulas" and (known := found.agent()) is not None:
        named = with_lookups(named, known, element)
    title, unit, of = (
        title_of(elements, section, element, language),
        str(content.get("unit", "")),
        content.get("of", ""),
    )
    shown = text if section == "formulas" else measured(content)
    result = Opened(element, title, shown, found.values[element], unit, named)
    if section == "formulas" or ("facts", of) not in elements:
        return result
    by_formula = (elements.get(("formulas", text)) or EMPTY).get("grain") == of
    return replace(result, fact=of, fact_title=title_of(elements, "facts", of, language), by_formula=by_formula)


def _beside_values(found: FoundMonth, text: str) -> dict[str, Any]:
    """What a text names beside the person's own elements: columns of the agent and the month, values of team and institution."""
    known, values = found.agent(), dict[str, Any]()
    for node in names_of(text) if known is not None else ():
        grain = (
            found.elements.get(("formulas", node.name)) or found.elements.get(("measures", node.name)) or EMPTY
        ).get("grain")
        if known is not None and node.owner in ("agent", "month"):
            with suppress(Unknown):
                value = Standing(known).of(node)
                values[node.written] = int(value) if node.owner == "month" and isinstance(value, Decimal) else value
        elif not node.owner and grain in ("team", "institution") and node.name in (place := found.of_place(grain)):
            values[node.name] = place[node.name]
    return values


def row_opened(
    reader: Reader, one: Statement, measure: str, key: int, for_month: dt.date, part: str = ""
) -> Opened | None:
    """A row's amount in a measure by its own formula, with the row's values; by the rules that priced it.

    `part` names another formula of the row, which that one is made of.
    """
    found = found_month(reader, one, for_month)
    before = stated_month(reader, one, for_month) if found.is_again else None
    now = _row_opened(found, measure, key, part)
    if now is None or before is None:
        return now
    return compared(now, _row_opened(before, measure, key, part))


def _row_opened(found: FoundMonth, measure: str, key: int, part: str) -> Opened | None:
    content = found.elements.get(("measures", measure)) or EMPTY
    fact, formula = str(content.get("of", "")), part or _summed(content)
    checked = found.checked()
    if checked is None or (found.elements.get(("formulas", formula)) or EMPTY).get("grain") != fact:
        return None
    rows = rows_of(found, checked.book.facts[fact], checked, formula, key=key)
    row = next(iter(rows.listed), None) if not isinstance(rows, Unlisted) else None
    return _by_formula(found, row, formula) if row is not None and row.made and row.columns else None


def _by_formula(found: FoundMonth, row: MadeRow, formula: str) -> Opened:
    elements, language = row.rules.elements, found.reader.actor.language
    content = elements.get(("formulas", formula)) or EMPTY
    of_row = {
        name: value for name, value in row.made.items()
        if (elements.get(("formulas", name)) or EMPTY).get("grain") == content.get("grain")
    }  # fmt: skip
    text = str(content.get("formula", ""))
    named = [
        replace(each, kind="row") if each.kind == "element" else each
        for each in names_in(elements, text, {**row.columns, **of_row}, language)
    ]
    return Opened(
        formula, title_of(elements, "formulas", formula, language), text, row.made.get(formula),
        str(content.get("unit", "")), with_lookups(named, row.standing(found.month).known, formula),
    )  # fmt: skip


def _summed(content: Mapping[str, Any]) -> str:
    """The expression a measure sums; nothing for one that counts rows."""
    for how in ("sum", "count_distinct", "min", "max"):
        if how in content:
            return str(content[how])
    return ""


def _with_others(found: FoundMonth, before: FoundMonth | None, result: Opened) -> Opened:
    """The people and months behind a formula that sums them."""
    now = others_summed(found, result.name)
    then = others_summed(before, result.name) if now is not None and before is not None else None
    if now is None or then is None:
        return replace(result, asks_others=True, others=now)
    return replace(result, asks_others=True, others=beside(now, then), rows_compared=True)


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
