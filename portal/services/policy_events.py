"""Policies and premiums that another system sends one by one, between two deliveries.

The sender makes the key. The same key with the same content is answered as the first time; the same key with another content is
an error. The next run of the job `policies` takes along what waits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from flask_babel import gettext as _
from sqlalchemy import select, text

from portal.models.agents import PolicyEvent
from portal.permissions import Permission
from portal.services.refusal import Refusal
from portal.services.writer import Writer
from portal.sources.base import SourceError
from portal.sources.conform import conform
from portal.sources.insurer import SCHEMAS

LONGEST_KEY = 100


class KeyUsed(Refusal):
    """The key came before with another content; nothing was written."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in, and whether this key had been here before with the same content."""

    event: PolicyEvent
    again: bool


def take_policy_event(writer: Writer, key: str, content: Mapping[str, Any]) -> Taken:
    """Keep one row for the next run: `content` has `dataset` (policy, premium, renewal_due, policy_end) and `row`.

    Amounts are texts or whole numbers, never binary fractions; dates are written as 2026-01-31.

    Raises:
        Forbidden: the actor lacks the permission.
        KeyUsed: the key came before with another content.
        Refusal: the row is not one of its dataset; the sentence names the column.
    """
    writer.allow(Permission.POLICY_SEND)
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Refusal(_("A key has 1 to %(longest)s printable characters.", longest=LONGEST_KEY), "key")
    dataset, row = _checked(content)
    told = {"dataset": dataset, "row": row}
    content_hash = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    writer.session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"policy event {key}"}
    )
    before = writer.session.scalar(select(PolicyEvent).where(PolicyEvent.key == key))
    if before is not None:
        if before.content_hash != content_hash:
            raise KeyUsed(_("The key %(key)s was used for another content; nothing was taken in.", key=key), "key")
        return Taken(before, again=True)
    event = PolicyEvent(
        key=key, content_hash=content_hash, dataset=dataset, content=row, received_from=writer.actor.name
    )
    return Taken(writer.add(event, action="take"), again=False)


def _checked(content: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The dataset and its row, every cell as the text that the dataset's type reads."""
    dataset, row = content.get("dataset"), content.get("row")
    if dataset not in SCHEMAS or not isinstance(row, Mapping) or set(content) != {"dataset", "row"}:
        raise Refusal(_("An event has a dataset (%(names)s) and a row.", names=", ".join(SCHEMAS)), "dataset")
    schema = SCHEMAS[dataset]
    place = schema.get_field_index("business_date")
    schema = schema.remove(place)  # a row is of the business date whose run takes it
    if unknown := sorted(set(map(str, row)) - set(schema.names)):
        raise Refusal(_("%(dataset)s has no column %(column)s.", dataset=dataset, column=unknown[0][:60]), "row")
    cells: dict[str, str] = {}
    for name, value in row.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Refusal(_("%(column)s must be a text or a whole number.", column=name), "row")
        cells[name] = str(value)
    try:
        conform(pa.table({name: pa.array([value], pa.string()) for name, value in cells.items()}), schema, "")
    except SourceError as error:
        raise Refusal(_("The row cannot be used: %(reason)s", reason=str(error)), "row") from error
    return dataset, cells
