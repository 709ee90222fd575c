"""Bring a table to a dataset's columns and types, or say which row and column will not go.

Nothing is repaired silently: text in an amount, a third decimal, a number that a floating cell cannot hold exactly, an
empty required cell are refused with their place.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from portal.models.base import FAR_FUTURE
from portal.sentence import Sentence
from portal.sources.base import SourceError

LONGEST_TEXT = 1_000
LARGEST_FLOAT_AMOUNT = 9.0e13  # above it a double no longer holds every cent
CONTROL_CHARACTERS = r"[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}]"
WHOLE_NUMBER = r"^[+-]?[0-9]{1,18}$"
DIGITS = {32: 9, 64: 18}  # of a whole number by its width: the difference of any two still fits, as files keep them
FIRST_YEAR, LAST_YEAR = 1900, 2199
ISO_DATE = r"^((19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}|9999-12-31)$"  # the last one means without end


def columns_of(**columns: pa.DataType) -> pa.Schema:
    """A file's columns; those named with a trailing underscore may be empty."""
    return pa.schema([pa.field(name.rstrip("_"), kind, nullable=name.endswith("_")) for name, kind in columns.items()])


def conform(table: pa.Table, schema: pa.Schema, where: str, first_row: int = 1) -> pa.Table:
    """The table with exactly the schema's columns and types.

    `where` names the file; `first_row` is the number a person sees beside its first row. Raises SourceError.
    """
    names = table.column_names
    missing = [field.name for field in schema if field.name not in names and not field.nullable]
    if missing:
        have = shown(", ".join(names), 300)
        raise SourceError(Sentence("the column is missing; the file has %(have)s.", have=have), where, None, missing[0])
    columns = []
    for field in schema:
        if names.count(field.name) > 1:
            raise SourceError(Sentence("the column appears more than once."), where, None, field.name)
        if field.name not in names:
            columns.append(pa.nulls(table.num_rows, field.type))
            continue
        columns.append(conform_column(table.column(field.name), field, where, first_row))
    return pa.table(columns, schema=schema)


def conform_column(column: pa.ChunkedArray, field: pa.Field, where: str, first_row: int) -> pa.ChunkedArray:
    """One column in its field's type; raises SourceError with the first row that will not go."""
    if not field.nullable and column.null_count:
        raise SourceError(Sentence("is empty."), where, first_row + first_true(pc.is_null(column)), field.name)
    if column.null_count == len(column):
        return pa.chunked_array([pa.nulls(len(column), field.type)])
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    convert, rule = _conversion(column.type, field.type)
    try:
        return convert(column)
    except (pa.ArrowException, ValueError):
        row = first_failing(column, convert)
    value = readable(column[row])
    reason = Sentence("%(value)s %(rule)s%(hint)s", value=shown(value), rule=rule, hint=hint(value))
    raise SourceError(reason, where, first_row + row, field.name)


def readable(cell: pa.Scalar) -> object:
    """A cell as Python has it; a date or time beyond its years as the number it is kept as."""
    try:
        return cell.as_py()
    except (OverflowError, ValueError):
        kept = pa.int32() if cell.type.bit_width == 32 else pa.int64()
        return cell.cast(kept).as_py()


def first_true(mask: pa.ChunkedArray) -> int:
    """The position of the first true value of a mask that has one."""
    position: int = pc.index(mask, pa.scalar(True)).as_py()
    return position


def first_failing(column: pa.ChunkedArray, convert: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> int:
    """The first row whose conversion fails, found by halving: only failing deliveries pay for it."""
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            convert(column.slice(low, middle - low))
            low = middle
        except (pa.ArrowException, ValueError):
            high = middle
    return low


def shown(value: object, longest: int = 60) -> str:
    """A value as a sentence may quote it: one short line, nothing invisible."""
    text = str(value)
    text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[: longest + 1])
    return f"“{text[:longest]}…”" if len(text) > longest else f"“{text}”"


def hint(value: object) -> Sentence | str:
    """What often is wrong with a cell that looks right."""
    text = str(value)
    if unicodedata.normalize("NFKC", text) != text:
        return Sentence(" It has full-width or other special characters.")
    if text != text.strip():
        return Sentence(" It has spaces around it.")
    return Sentence(" It has a comma.") if "," in text else ""


def _conversion(
    given: pa.DataType, wanted: pa.DataType
) -> tuple[Callable[[pa.ChunkedArray], pa.ChunkedArray], Sentence]:
    """How to come from one type to another, and what to say of a value that does not."""
    if pa.types.is_decimal(wanted):
        digits, scale = wanted.precision - wanted.scale, wanted.scale
        rule = Sentence(
            "is not a number of at most %(digits)s digits and %(scale)s decimals.", digits=digits, scale=scale
        )
        return _to_decimal(given, wanted), rule
    if pa.types.is_integer(wanted):
        digits = DIGITS[wanted.bit_width]
        return _to_integer(given, wanted), Sentence(
            "is not a whole number of at most %(digits)s digits.", digits=digits
        )
    if pa.types.is_date(wanted):
        return _to_date(given), Sentence("is not a date of the years 1900 to 2199.")
    return _to_text(given), Sentence(
        "is not a text of at most %(longest)s characters on one line.", longest=LONGEST_TEXT
    )


def _to_decimal(given: pa.DataType, wanted: pa.Decimal128Type) -> Callable[[pa.ChunkedArray], pa.ChunkedArray]:
    if pa.types.is_floating(given):
        return lambda column: exact_decimal(column, wanted)
    if pa.types.is_string(given):
        whole, scale = wanted.precision - wanted.scale, wanted.scale
        form = rf"^[+-]?[0-9]{{1,{whole}}}(\.[0-9]{{0,{scale}}}0*)?$"

        def from_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
            _all(pc.match_substring_regex(column, form))
            column = pc.replace_substring_regex(column, rf"\.([0-9]{{0,{scale}}})0*$", r".\1")
            return pc.replace_substring_regex(column, r"\.$", "").cast(wanted)

        return from_text
    if pa.types.is_integer(given):
        return lambda column: column.cast(pa.decimal128(38, wanted.scale)).cast(wanted)
    return (lambda column: column.cast(wanted)) if pa.types.is_decimal(given) else _never


def exact_decimal(column: pa.ChunkedArray, wanted: pa.Decimal128Type) -> pa.ChunkedArray:
    """Floating numbers as decimals, checked that each ties within a ten-thousandth of the last decimal.

    Raises ValueError for what is not finite, has more decimals, or is too large for a double to hold its cents.
    """
    column = column.cast(pa.float64())
    _all(pc.is_finite(column))
    _all(pc.less(pc.abs(column), LARGEST_FLOAT_AMOUNT))
    exact = pc.round(column, wanted.scale).cast(wanted, safe=False)
    tie = float(Decimal(1).scaleb(-wanted.scale - 4))
    _all(pc.less_equal(pc.abs(pc.subtract(exact.cast(pa.float64()), column)), tie))
    return exact


def _to_integer(given: pa.DataType, wanted: pa.DataType) -> Callable[[pa.ChunkedArray], pa.ChunkedArray]:
    largest = pa.scalar(10 ** DIGITS[wanted.bit_width] - 1, wanted)

    def within(column: pa.ChunkedArray) -> pa.ChunkedArray:
        _all(pc.and_(pc.less_equal(column, largest), pc.greater_equal(column, pc.negate(largest))))
        return column

    if pa.types.is_string(given):

        def from_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
            _all(pc.match_substring_regex(column, WHOLE_NUMBER))
            return within(pc.replace_substring_regex(column, r"^\+", "").cast(wanted))

        return from_text
    if pa.types.is_integer(given) or pa.types.is_decimal(given) or pa.types.is_floating(given):
        return lambda column: within(column.cast(wanted))  # refuses fractions and what a double cannot hold
    return _never


def _to_date(given: pa.DataType) -> Callable[[pa.ChunkedArray], pa.ChunkedArray]:
    if pa.types.is_string(given):

        def from_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
            _all(pc.match_substring_regex(column, ISO_DATE))
            return column.cast(pa.date32())

        return from_text
    if pa.types.is_date(given) or (pa.types.is_timestamp(given) and given.tz is None):

        def from_date(column: pa.ChunkedArray) -> pa.ChunkedArray:
            days = column.cast(pa.date32())
            _all(pc.equal(days.cast(given), column))  # a time of day is not dropped in silence
            within = pc.and_(pc.greater_equal(pc.year(days), FIRST_YEAR), pc.less_equal(pc.year(days), LAST_YEAR))
            _all(pc.or_(within, pc.equal(days, pa.scalar(FAR_FUTURE, pa.date32()))))
            return days

        return from_date
    return _never


def _to_text(given: pa.DataType) -> Callable[[pa.ChunkedArray], pa.ChunkedArray]:
    if pa.types.is_integer(given):
        return lambda column: column.cast(pa.string())
    if not pa.types.is_string(given):
        return _never

    def one_line(column: pa.ChunkedArray) -> pa.ChunkedArray:
        _all(pc.less_equal(pc.utf8_length(column), LONGEST_TEXT))
        _all(pc.invert(pc.match_substring_regex(column, CONTROL_CHARACTERS)))
        return column

    return one_line


def _never(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.null_count < len(column):
        raise ValueError("This kind of cell never holds what is wanted here.")
    return column


def _all(mask: pa.ChunkedArray) -> None:
    """Raise ValueError unless the mask is true wherever it is not null."""
    if pc.all(mask, min_count=0).as_py() is False:
        raise ValueError("A value does not have the wanted form.")


def check_keys(table: pa.Table, keys: tuple[str, ...], where: str, first_row: int = 1) -> None:
    """Refuse a second row with the same key; the sentence names the later of the two."""
    row = repeated_row(table, keys)
    if row is not None:
        reason = Sentence("%(key)s is there a second time.", key=named_key(table, keys, row))
        raise SourceError(reason, where, first_row + row, keys[0])


def named_key(table: pa.Table, keys: tuple[str, ...], row: int) -> str:
    """A row's key as a sentence may name it."""
    return ", ".join(f"{name} {shown(table.column(name)[row].as_py())}" for name in keys)


def repeated_row(table: pa.Table, keys: tuple[str, ...]) -> int | None:
    """The position of the first row whose key an earlier row has; None when all keys differ."""
    seen = table.select(list(keys)).append_column("row", pa.array(range(table.num_rows), pa.int64()))
    counted = seen.group_by(list(keys)).aggregate([("row", "min"), ("row", "count")])
    if counted.num_rows == table.num_rows:
        return None
    firsts = set(counted.column("row_min").to_pylist())
    return next(row for row in range(table.num_rows) if row not in firsts)
