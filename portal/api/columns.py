"""What the columns of an event's row mean, for who sends them, and the JSON a column takes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from portal.query.policy_event_words import COLUMNS, DATASETS
from portal.services.policy_events import row_schema
from portal.sources.conform import DIGITS


def row_document(dataset: str) -> dict[str, Any]:
    """The schema of a dataset's row as OpenAPI writes it: amounts are texts, so no binary fraction ever stands for one."""
    schema = row_schema(dataset)
    return {
        "type": "object",
        "title": dataset,
        "description": str(DATASETS[dataset]),
        "required": [one.name for one in schema if not one.nullable],
        "properties": {one.name: _json_type(one) | {"description": str(COLUMNS[one.name])} for one in schema},
        "additionalProperties": False,
    }


def _json_type(column: pa.Field) -> dict[str, Any]:
    made = _of_type(column.type)
    return made | ({"nullable": True} if column.nullable else {})


def _of_type(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_decimal(kind):
        whole = kind.precision - kind.scale
        return {
            "type": "string", "format": "decimal", "example": "1200.50",
            "pattern": rf"^[+-]?[0-9]{{1,{whole}}}(\.[0-9]{{0,{kind.scale}}})?$",
        }  # fmt: skip
    if pa.types.is_integer(kind):
        largest = 10 ** DIGITS[kind.bit_width] - 1
        return {"type": "integer", "format": f"int{kind.bit_width}", "minimum": -largest, "maximum": largest}
    return {"type": "string", "format": "date"} if pa.types.is_date(kind) else {"type": "string"}
