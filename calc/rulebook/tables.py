"""What is wrong with a table: its columns, its cells, and rows that stand twice, overlap or leave gaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from calc.rulebook.elements import NUMERIC, Quantity, Table, Unit, Value
from calc.rulebook.printing import plain
from calc.rulebook.problems import Problem, _
from calc.rulebook.units import decimals_of, type_of

MOST_PROBLEMS = 20  # of one table's rows; a column pasted wrongly is one mistake, not five thousand
_LOWEST, _HIGHEST = Decimal("-Infinity"), Decimal("Infinity")
Row = Sequence[Value]


def shown(value: Value) -> str:
    """A value as a person writes it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return plain(value)
    return "" if value is None else str(value)


def amounts(table: Table) -> tuple[Decimal, Decimal]:
    """The least and the most an interpolated table can give, in whatever order its bands are filled."""
    nothing = Decimal(0)
    least: dict[Row, Decimal] = {}
    most: dict[Row, Decimal] = {}
    for row in table.rows:
        keys, amount = row[: len(table.keys)], row[-1]
        if isinstance(amount, Decimal):
            least[keys] = least.get(keys, nothing) + min(amount, nothing)
            most[keys] = most.get(keys, nothing) + max(amount, nothing)
    return min(least.values(), default=nothing), max(most.values(), default=nothing)


def cell_problem(value: Value, quantity: Quantity) -> tuple[str, dict[str, str]] | None:
    """What is wrong with a value of a declared quantity: a pattern and its values."""
    unit = quantity.unit
    kind = (
        Decimal if unit in NUMERIC
        else dt.date if unit == Unit.DATE
        else bool if unit == Unit.FLAG
        else str
    )  # fmt: skip
    if not isinstance(value, kind) or (isinstance(value, Decimal) and not value.is_finite()):
        return _("%(value)s is no %(unit)s."), {"value": shown(value), "unit": unit.value}
    if not isinstance(value, Decimal):
        return None
    known = type_of(quantity)
    if not known.low <= value <= known.high:
        return (
            _("%(value)s is outside the declared bounds, %(low)s to %(high)s: correct it, or widen the bounds."),
            {"value": plain(value), "low": plain(known.low), "high": plain(known.high)},
        )
    if decimals_of(value) > known.decimals:
        return (
            _("%(value)s has more than the %(decimals)s declared decimals: round it, or declare more."),
            {"value": plain(value), "decimals": str(known.decimals)},
        )
    return None


def table_problems(table: Table) -> list[Problem]:
    """Everything wrong with a table's columns and rows."""
    found = list(_columns(table))
    if found:
        return found
    if not table.rows:
        return [Problem(table.name, "rows", _("The table has no rows: nothing is ever found in it. Add one."))]
    wide = len(table.keys) + (2 if table.band else 0) + len(table.values)
    rows = [(at, row) for at, row in enumerate(table.rows, 1) if len(row) == wide]
    found = [_wide(table, at, row, wide) for at, row in enumerate(table.rows, 1) if len(row) != wide]
    found += _cells(table, rows)
    if not found:
        found += _bands(table, rows) if table.band else _doubles(table, rows)
    if len(found) > MOST_PROBLEMS:
        more = str(len(found) - MOST_PROBLEMS)
        rest = Problem(table.name, "rows", _("The rows have %(count)s more problems like these."), {"count": more})
        return [*found[:MOST_PROBLEMS], rest]
    return found


def _columns(table: Table) -> Iterator[Problem]:
    def problem(part: str, pattern: str, **values: str) -> Problem:
        return Problem(table.name, part, pattern, values)

    if not table.values:
        yield problem("values", _("The table gives nothing: declare at least one value."))
    if not table.keys and not table.band:
        yield problem("keys", _("The table is read by nothing: declare keys, a band, or use a parameter instead."))
    twice = [*(name for name in table.keys if name in table.values or name == table.band), *(
        [table.band] if table.band in table.values else [])]  # fmt: skip
    if twice:
        yield problem("values", _("Two columns of the table are called %(name)s: rename one."), name=twice[0])
    if table.band and table.band_quantity is None:
        yield problem("band", _("The band column has no unit."))
    if table.mode and not table.band:
        yield problem("band", _("A table with the mode %(mode)s has a band: declare it."), mode=table.mode)
    elif table.band_quantity and table.band_quantity.unit not in NUMERIC and (
        table.mode or table.band_quantity.unit != Unit.DATE
    ):  # fmt: skip
        yield problem("band", _("Bands are made of numbers, and of dates where there is no mode; not of %(unit)s."),
                      unit=table.band_quantity.unit.value)  # fmt: skip
    if table.mode and len(table.values) > 1:
        yield problem("values", _("A table with the mode %(mode)s has one value, and this has %(count)s."),
                      mode=table.mode, count=str(len(table.values)))  # fmt: skip
    elif table.mode and table.values:
        name, quantity = next(iter(table.values.items()))
        if quantity.unit not in NUMERIC:
            yield problem("values", _("In the mode %(mode)s the value %(name)s is a quantity, not a %(unit)s."),
                          mode=table.mode, name=name, unit=quantity.unit.value)  # fmt: skip
        elif table.mode == "step" and table.band_quantity and table.band_quantity.unit == quantity.unit == Unit.MONEY:
            yield problem(
                "values",
                _("In the mode step what lies in a band is multiplied by the value %(name)s, and money times money is "
                  "nothing that is paid: make it a rate, or the mode interpolated where it is what a full band earns."),
                name=name,
            )  # fmt: skip


def _wide(table: Table, at: int, row: Row, wide: int) -> Problem:
    columns = [*table.keys, *(("from", "to") if table.band else ()), *table.values]
    return Problem(
        table.name, f"row {at}", _("The row has %(count)s cells, and the table %(wide)s columns: %(columns)s."),
        {"count": str(len(row)), "wide": str(wide), "columns": ", ".join(columns)},
    )  # fmt: skip


def _cells(table: Table, rows: Sequence[tuple[int, Row]]) -> list[Problem]:
    found: list[tuple[int, Problem]] = []
    keys = len(table.keys)
    columns: list[tuple[int, str, Quantity]] = [
        (at, name, quantity) for at, (name, quantity) in enumerate(table.keys.items())
    ]
    after = keys + (2 if table.band else 0)
    columns += [(after + at, name, quantity) for at, (name, quantity) in enumerate(table.values.items())]
    if table.band_quantity:
        columns += [(keys, table.band, table.band_quantity), (keys + 1, table.band, table.band_quantity)]
    for place, name, quantity in columns:
        known = type_of(quantity)
        low, high, finest = known.low, known.high, -known.decimals
        for at, row in rows:
            value = row[place]
            if (
                quantity.unit in NUMERIC
                and type(value) is Decimal
                and _exponent(value) >= finest
                and low <= value <= high
            ):
                continue  # nearly all cells: nothing more to look at
            if value is None:
                if keys <= place < after or (table.mode == "interpolated" and place >= after and row[keys + 1] is None):
                    continue
                pattern = _("The cell of %(column)s is empty: fill it in, or remove the row.")
                found.append((at, Problem(table.name, f"row {at}", pattern, {"column": name})))
            elif wrong := cell_problem(value, quantity):
                found.append((at, Problem(table.name, f"row {at}", wrong[0], wrong[1])))
    return [problem for _at, problem in sorted(found, key=lambda item: item[0])]


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else -(10**9)  # NaN and infinity are never fine


def _doubles(table: Table, rows: Sequence[tuple[int, Row]]) -> list[Problem]:
    first: dict[Row, int] = {}
    found = []
    for at, row in rows:
        keys = row[: len(table.keys)]
        if keys in first:
            found.append(Problem(
                table.name, f"row {at}", _("Row %(first)s has the same keys, %(keys)s: remove one of the two."),
                {"first": str(first[keys]), "keys": ", ".join(map(shown, keys))},
            ))  # fmt: skip
        first.setdefault(keys, at)
    return found


def _bands(table: Table, rows: Sequence[tuple[int, Row]]) -> list[Problem]:
    width = len(table.keys)
    by_keys: dict[Row, list[tuple[int, Row]]] = {}
    for at, row in rows:
        by_keys.setdefault(row[:width], []).append((at, row))
    found: list[Problem] = []
    for group in by_keys.values():
        ordered = sorted(group, key=lambda item: _place(item[1][width], _LOWEST))
        found += _order(table, ordered, width)
    return found


def _place(value: Value, empty: Decimal) -> Decimal:
    """Where a side stands on one axis; dates by their number."""
    if isinstance(value, dt.date):
        return Decimal(value.toordinal())
    return value if isinstance(value, Decimal) else empty


def _order(table: Table, ordered: list[tuple[int, Row]], width: int) -> list[Problem]:
    """Problems of the bands of one set of keys, in the order of where they begin."""
    found = []
    start, until, last = (
        ordered[0][1][width],
        _LOWEST,
        0,
    )  # `until`: where the bands so far end, `last`: the row that ends there
    if table.mode in ("step", "interpolated") and start != 0:
        pattern = _("The first band begins at %(start)s: in the mode %(mode)s bands begin at 0.")
        values = {"start": shown(start) or "−∞", "mode": str(table.mode)}
        found.append(_at(table, ordered[0][0], pattern, values))
    for at, row in ordered:
        low, high = _place(row[width], _LOWEST), _place(row[width + 1], _HIGHEST)
        said = {"from": shown(row[width]) or "−∞", "to": shown(row[width + 1]) or "∞", "row": str(last)}
        if low >= high:
            found.append(
                _at(table, at, _("The band from %(from)s to %(to)s holds nothing: it must end above its start."), said)
            )
            continue
        if last and low < until:
            pattern = _(
                "The band from %(from)s to %(to)s overlaps that of row %(row)s: a value would have two results."
            )
            found.append(_at(table, at, pattern, said))
        elif last and low > until:
            end = shown(next(other[width + 1] for number, other in ordered if number == last))
            pattern = _(
                "Between %(end)s, the end of row %(row)s, and %(from)s is a gap: let one band begin where the other ends."
            )
            found.append(_at(table, at, pattern, {**said, "end": end}))
        if high > until:
            until, last = high, at
        if table.mode == "interpolated" and row[width + 1] is None and row[-1] is not None:
            pattern = _(
                "The last band is open, so it has no amount of the whole band: end it, or leave its amount empty."
            )
            found.append(_at(table, at, pattern, {}))
    return found


def _at(table: Table, at: int, pattern: str, values: dict[str, str]) -> Problem:
    return Problem(table.name, f"row {at}", pattern, values)
