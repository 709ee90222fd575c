"""What the columns of an event's row mean, for who sends them, and the JSON a column takes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from flask_babel import lazy_gettext as _l

from portal.query.resource import Words
from portal.services.policy_events import row_schema

DATASETS: dict[str, Words] = {
    "policy": _l("The state of a policy from now on: issued, changed or ended."),
    "premium": _l("A premium that was received; a refund is negative."),
    "renewal_due": _l("A premium that became due."),
    "policy_end": _l("A policy that ended."),
}
COLUMNS: dict[str, Words] = {
    "policy_id": _l("Number of the policy"),
    "policy_no": _l("Number of the policy as it is printed"),
    "agent_no": _l("Number of the agent it is credited to"),
    "product_code": _l("Code of the product"),
    "payment_term": _l("Years in which premiums are paid; 1 is a single premium"),
    "premium": _l("What a year costs"),
    "issued_on": _l("Day of issue"),
    "effective_on": _l("Day from which it is in force"),
    "status": _l("in_force or ended"),
    "ended_on": _l("Day on which it ended"),
    "end_kind": _l("lapse, cancel (in the cooling-off days) or surrender"),
    "customer_name": _l("Name of the customer"),
    "receipt_confirmed_on": _l("Day on which the customer confirmed that the policy was handed over"),
    "premium_id": _l("Number of the premium"),
    "amount": _l("Amount"),
    "received_on": _l("Day on which it was received"),
    "policy_year": _l("Year of the policy: 1 in the first twelve months"),
    "payment_no": _l("Which payment it is: 1, 2, 3 ...; 0 is a refund"),
    "due_id": _l("Number of the premium due"),
    "due_on": _l("Day on which it became due"),
    "months_in_force": _l("Whole months since it took effect"),
}


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
        return {"type": "integer", "format": "int64" if kind.bit_width == 64 else "int32"}
    return {"type": "string", "format": "date"} if pa.types.is_date(kind) else {"type": "string"}
