"""The rows behind a measure of a person's month, one by one: what the run made of them, beside the deliveries it read.

A row's condition and amount are worked out by the rules that priced it; what the run made of the row itself is taken as it was
published. Rows are listed only when together they come to the measure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from calc.rulebook.checked import Checked
from calc.rulebook.elements import Fact, Measure, Value, Window
from calc.rulebook.plan import window_day
from calc.rulebook.standing import AgentMonth, Standing, Unknown
from calc.rulebook.syntax import Name, walk
from portal.query.checked_rules import checked_variant
from portal.query.month_read import deliveries
from portal.query.policy_facts import THEN_FIRST
from portal.query.rulebook_rules import Key
from portal.query.statement import last_of, told
from portal.query.statement_month import FoundMonth

NOTHING = Decimal(0)
POLICY = "policy"
BASIS = ("amount", "premium")  # the money a row is about, by the first of these columns it has
Columns = Mapping[str, Any]


class Unlisted(Enum):
    """Why rows are not listed one by one."""

    NOT_KEPT = "not kept"  # the run that found the month again left none
    REMOVED = "removed"  # retention has removed the deliveries they came with
    UNLIKE = "unlike"  # what can be read of them does not come to the value


@dataclass(frozen=True, slots=True)
class FactRow:
    """A row that a measure counts: a premium, a policy, with what it adds."""

    key: int
    policy_id: int | None
    day: dt.date | None
    basis: Decimal | None  # the premium itself
    amount: Decimal
    before: Decimal = NOTHING  # what it added as it was stated before, where a closed month is compared
    policy_no: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that priced a row, read and as they are told."""

    checked: Checked
    elements: Mapping[Key, Any]

    def owners(self, element: str) -> set[str]:
        """The facts whose columns the texts of an element name."""
        texts = [text for (name, _part), text in self.checked.texts.items() if name == element]
        return {node.owner for text in texts for node in walk(text.expression) if isinstance(node, Name) and node.owner}


@dataclass(frozen=True, slots=True)
class MadeRow:
    """A row of a fact as the run made it: its columns by `fact.column`, those of the rows it refers to, and its formulas."""

    key: int
    columns: Columns
    made: Columns
    rules: Rules
    day: dt.date | None

    def standing(self, month: dt.date) -> Standing:
        """The row, to work out expressions of its rules."""
        return Standing(AgentMonth(self.rules.checked, month, {}, self.made, self.columns))


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows of a measure; `whole` unless their deliveries were removed since, and only what they came to is known."""

    rows: Sequence[FactRow]
    whole: bool = True


def counted(found: FoundMonth, name: str) -> Counted | Unlisted:
    """The rows a measure of the month counts, when they come to its value."""
    if not found.values:  # without a contract nothing counts for the person
        return Counted(()) if found.no_contract else Unlisted.UNLIKE
    checked = found.checked()
    if checked is None or name not in checked.book.measures:
        return Unlisted.UNLIKE
    measure = checked.book.measures[name]
    rows = rows_of(found, checked.book.facts[measure.of], checked, name, measure.window, measure.ago)
    if isinstance(rows, Unlisted):
        return rows
    listed: list[FactRow] = []
    values: list[Value] = []
    for row in rows.listed:
        try:
            value = _counted(row, measure, found.month)
        except Unknown:
            return Unlisted.UNLIKE if rows.whole else Unlisted.REMOVED
        if value is not None:
            values.append(value)
            listed.append(_fact_row(row, measure, value))
    if together(measure, values) != _number(found.values.get(name, 0)):
        return Unlisted.UNLIKE if rows.whole else Unlisted.REMOVED
    return Counted([one for one in listed if one.amount or measure.aggregate != "sum"], rows.whole)


def together(measure: Measure, values: Sequence[Value]) -> Value:
    """What a measure makes of its rows' values."""
    match measure.aggregate:
        case "sum":
            return sum((one for one in values if isinstance(one, Decimal)), NOTHING)
        case "count":
            return Decimal(len(values))
        case "count_distinct":
            return Decimal(len(set(values)))
        case "min":
            return min(values, default=None)  # type: ignore[type-var]
    return max(values, default=None)  # type: ignore[type-var]


def _counted(row: MadeRow, measure: Measure, month: dt.date) -> Value:
    """What a row adds to a measure; None for one its condition leaves out. Raises Unknown."""
    at, checked = row.standing(month), row.rules.checked
    if measure.name not in checked.book.measures:  # the rules of the row's day do not have it
        return None
    where = checked.texts.get((measure.name, "where"))
    if where is not None and not at.met(where.expression):
        return None
    text = checked.texts.get((measure.name, "expression"))
    return at.of(text.expression) if text is not None else Decimal(1)


def _fact_row(row: MadeRow, measure: Measure, value: Value) -> FactRow:
    own = {name.removeprefix(f"{measure.of}."): told for name, told in row.columns.items()}
    basis = next((own[name] for name in BASIS if own.get(name) is not None), None)
    return FactRow(row.key, own.get("policy_id"), row.day, basis, value if isinstance(value, Decimal) else NOTHING)


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


# -- rows of a fact


@dataclass(frozen=True, slots=True)
class FactRows:
    """Rows of a fact; `whole` unless deliveries that the run read have been removed since."""

    listed: Sequence[MadeRow]
    whole: bool


def rows_of(
    found: FoundMonth, fact: Fact, checked: Checked, element: str, window: Window = "month", ago: int = 0,
    key: int | None = None,
) -> FactRows | Unlisted:  # fmt: skip
    """The person's rows of a fact in a month, in another window, or the one with a key, with what an element names of them.

    `checked` are the month's own rules.
    """
    made = _made(found, fact, key) if (window, ago) == ("month", 0) else {}
    if made is None:
        return Unlisted.NOT_KEPT
    given = _delivered(found, fact, window, ago, key)
    usual = Rules(checked, found.elements)
    rules = {one: _rules(found, fact, row) or usual for one, row in given.rows.items()}
    named = {owner for one in {id(each): each for each in rules.values()}.values() for owner in one.owners(element)}
    referred = {
        other: _referred(found, checked.book.facts[other], {row[column] for row in given.rows.values()})
        for other, column in fact.refers.items()
        if other in named
    }
    listed = []
    for one in sorted({*given.rows, *made}):
        row: Columns = given.rows.get(one, {})
        columns = {f"{fact.name}.{name}": value for name, value in row.items()}
        for other, held in referred.items():
            of_other: Columns = held.rows.get(row.get(fact.refers[other], 0), {})
            columns |= {f"{other}.{name}": value for name, value in of_other.items()}
        listed.append(MadeRow(one, columns, made.get(one, {}), rules.get(one, usual), row.get(fact.month_of)))
    return FactRows(listed, given.whole and all(one.whole for one in referred.values()))


def _rules(found: FoundMonth, fact: Fact, row: Columns) -> Rules | None:
    """The rules that priced a row: of its institution, on the day that decides."""
    day = row.get(fact.rules_of) if fact.rules_of else last_of(found.month)
    institution = row.get(fact.institution)
    variant = found.variant(institution, day) if institution is not None and day is not None else None
    return Rules(checked_variant(variant), told(variant)) if variant is not None else None


def _made(found: FoundMonth, fact: Fact, key: int | None) -> Mapping[int, Columns] | None:
    """What the run made of the person's rows, by their keys; None when it was not kept."""
    dataset = f"{fact.name}_value{'_again' if found.is_again else ''}"
    of_fact = [
        name for (section, name), content in found.elements.items()
        if section == "formulas" and content["grain"] == fact.name
    ]  # fmt: skip
    if not of_fact:
        return {}
    if not found.reader.published(dataset, [found.run_day]):
        return None
    month, chosen = ("and month = ?", [found.month]) if found.is_again else ("", [])
    rows = found.reader.ask(
        f"select * from made where agent_id = ? and rulebook = ? {month}", [found.person_id, found.rulebook, *chosen],
        made=(dataset, [found.run_day]),
    )  # fmt: skip
    return {row[fact.key]: row for row in rows if key is None or row[fact.key] == key}


# -- what was delivered


@dataclass(frozen=True, slots=True)
class Delivered:
    """Rows as they were delivered, by key; `whole` unless some were removed since."""

    rows: Mapping[int, Columns]
    whole: bool


def _delivered(found: FoundMonth, fact: Fact, window: Window, ago: int, key: int | None) -> Delivered:
    """The person's rows of a window, as the run read them."""
    first = None if window == "all" else window_day(f"{window}_{ago}_from", found.month)
    last = window_day(f"{window}_{ago}_to", found.month)
    whose: list[object] = [found.person_id]
    chosen, named = [f"{_column(fact.agent)} = ?"], list(whose)
    if fact.month_of:
        chosen.append(f"{_column(fact.month_of)} <= ?")
        named.append(last)
        if first is not None:
            chosen.append(f"{_column(fact.month_of)} >= ?")
            named.append(first)
    if key is not None:
        chosen.append(f"{_column(fact.key)} = ?")
        named.append(key)
    source = "given"
    if fact.name == POLICY:  # a policy is the person's when the state that counts says so
        source = f"({_states(found, f'policy_id in (select policy_id from given where {_column(fact.agent)} = ?)')})"
        named = [*whose, *named]
    select = f"select * from {source} where {' and '.join(chosen)}"
    return _ask(found, fact.name, first if fact.month_of else None, select, named, fact.key)


def _referred(found: FoundMonth, other: Fact, keys: Iterable[int | None]) -> Delivered:
    """Rows of another fact, by their keys."""
    wanted = sorted({one for one in keys if one is not None})
    if not wanted:
        return Delivered({}, True)
    condition = f"{_column(other.key)} in ({', '.join(str(int(one)) for one in wanted)})"
    select = _states(found, condition) if other.name == POLICY else f"select * from given where {condition}"
    return _ask(found, other.name, None, select, [], other.key)


def _column(name: str) -> str:
    """A column that the rules name, as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _states(found: FoundMonth, condition: str) -> str:
    """Of policies the states that count for the month."""
    first = THEN_FIRST.format(last=f"date '{last_of(found.month)}'")
    return f"select * from given where {condition} qualify {first}"


def _ask(
    found: FoundMonth, dataset: str, since: dt.date | None, select: str, parameters: Sequence[object], key: str
) -> Delivered:
    read = deliveries(found.reader, found.run_day, found.rulebook, found.month, dataset, since)
    rows = found.reader.ask(select, parameters, given=(dataset, read.pins)) if read.pins else []
    return Delivered({row[key]: row for row in rows}, read.whole)
