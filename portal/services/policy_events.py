"""Policies and premiums that another system sends one by one, between two deliveries.

The sender makes the key, unique among those of its system. The same key with the same content is answered as the first time; the
same key with another content is an error. The next run of the job `policies` takes along what waits.
"""

from __future__ import annotations

import hashlib
import json
import re
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
from portal.sources.conform import LONGEST_TEXT, conform
from portal.sources.insurer import SCHEMAS

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}")  # stands in an address as it is


class KeyUsed(Refusal):
    """The key came before with another content; nothing was written."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in, and whether this key had been here before with the same content."""

    event: PolicyEvent
    again: bool


def take_policy_event(writer: Writer, key: Any, content: Mapping[str, Any], source: str = "") -> Taken:
    """Keep one row for the next run: `content` has `dataset` (policy, premium, renewal_due, policy_end) and `row`.

    Amounts are texts or whole numbers, never binary fractions; dates are written as 2026-01-31. `source` is the system that
    sends it, the actor's name where none is given.

    Raises:
        Forbidden: the actor lacks the permission.
        KeyUsed: the key came before with another content.
        Refusal: the row is not one of its dataset; the sentence names the column.
    """
    writer.allow(Permission.POLICY_SEND)
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise Refusal(
            _("key: 1 to 100 letters, digits and . _ : ~ - are expected, beginning with a letter or a digit."), "key"
        )
    source = source or writer.actor.name
    dataset, row = _checked(content)
    told = {"dataset": dataset, "row": row}
    content_hash = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    writer.session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"policy event {source} {key}"}
    )
    before = writer.session.scalar(select(PolicyEvent).where(PolicyEvent.source == source, PolicyEvent.key == key))
    if before is not None:
        if before.content_hash != content_hash:
            raise KeyUsed(_("The key %(key)s was used for another content; nothing was taken in.", key=key), "key")
        return Taken(before, again=True)
    event = PolicyEvent(
        source=source, key=key, content_hash=content_hash, dataset=dataset, content=row,
        received_from=writer.actor.name,
    )  # fmt: skip
    return Taken(writer.add(event, action="take"), again=False)


def row_schema(dataset: str) -> pa.Schema:
    """The columns of an event's row: those of its dataset but the business date, which is that of the run that takes it."""
    schema = SCHEMAS[dataset]
    return schema.remove(schema.get_field_index("business_date"))


def _checked(content: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The dataset and its row, every cell as the text that the dataset's type reads."""
    for name in content:
        if name not in ("dataset", "row"):
            raise Refusal(_("%(field)s is no field of an event.", field=_short(name)), _short(name))
    dataset, row = content.get("dataset"), content.get("row")
    if not isinstance(dataset, str) or dataset not in SCHEMAS:
        raise Refusal(_("dataset: one of %(names)s is expected.", names=", ".join(SCHEMAS)), "dataset")
    if not isinstance(row, Mapping):
        raise Refusal(_("row: an object with the columns of %(dataset)s is expected.", dataset=dataset), "row")
    schema = row_schema(dataset)
    cells: dict[str, str] = {}
    for name, value in row.items():
        if name not in schema.names:
            raise Refusal(
                _("%(dataset)s has no column %(column)s.", dataset=dataset, column=_short(name)), f"row.{_short(name)}"
            )
        if value is not None and value != "":  # as in a file, an empty cell says nothing
            cells[name] = _cell(name, value)
    try:
        conform(pa.table({name: pa.array([value], pa.string()) for name, value in cells.items()}), schema, "")
    except SourceError as error:
        raise Refusal(f"{error.column}: {error.reason.said()}", f"row.{error.column}") from error
    return dataset, cells


def _cell(name: str, value: Any) -> str:
    """A value as text; a binary fraction is refused, because it is not the amount somebody wrote."""
    if isinstance(value, float):
        raise Refusal(
            _('%(column)s: a number with a fraction is not exact; send it as a text, such as "1200.50".', column=name),
            f"row.{name}",
        )
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refusal(_("%(column)s: a text or a whole number is expected.", column=name), f"row.{name}")
    cell = str(value)
    if len(cell) > LONGEST_TEXT or not cell.isprintable():
        raise Refusal(
            _(
                "%(column)s: at most %(longest)s characters on one line, none of them invisible, are expected.",
                column=name,
                longest=LONGEST_TEXT,
            ),
            f"row.{name}",
        )
    return cell


def _short(name: Any) -> str:
    """A name that somebody sent, as a sentence may quote it."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(name)[:60])
