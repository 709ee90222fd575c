"""How a customer or an account is shared among people: the parts that hold together, and how they changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from portal.models.organisation import Share
from portal.query import subjects
from portal.query.reach import within
from portal.query.reader import Reader
from portal.query.record import NotFound, Record
from portal.query.references import titles
from portal.query.resource import Resource
from portal.query.subjects import Subject

Parts = tuple[tuple[int, Decimal], ...]  # person and ratio, by person


@dataclass(frozen=True, slots=True)
class Split:
    """The parts that hold together during some days."""

    valid_from: dt.date
    valid_to: dt.date
    parts: Parts
    recorded_at: dt.datetime | None = None


def shared(reader: Reader, resource: Resource, key: str, on: dt.date) -> Record:
    """Who shares a customer or an account in one role on a day, or on the nearest day anybody did.

    Raises:
        NotFound: nobody whom the actor may see ever did, or the key is none.
    """
    subject, role, rows = rows_of(reader, resource, key)
    splits = splits_of(rows)
    held = next((one for one in splits if one.valid_from <= on < one.valid_to), None)
    if held is None:
        held = max((one for one in splits if one.valid_from <= on), key=lambda one: one.valid_from, default=splits[0])
    found = Record(
        key=key,
        values={
            "customer_id": subject.customer_id,
            "account_id": subject.account_id,
            "role": role,
            "parts": held.parts,
        },
        valid_from=held.valid_from,
        valid_to=held.valid_to,
    )
    subjects.name_subjects(reader, resource.by_name["subject"], [found])
    found.labels["parts"] = parts_text(reader, held.parts, on)
    return found


def rows_of(reader: Reader, resource: Resource, key: str) -> tuple[Subject, str, Sequence[Share]]:
    """The visible share rows behind a key, oldest first."""
    parsed = subjects.parse_key(key)
    if parsed is None:
        raise NotFound(resource, key)
    subject, role = parsed
    rows = reader.session.scalars(about(subject, role).where(within(reader.actor, Share))).all()
    if not rows:
        raise NotFound(resource, key)
    return subject, role, rows


def about(subject: Subject, role: str) -> Any:
    """All rows about a subject in a role, oldest first."""
    column = Share.customer_id if subject.kind == "customer" else Share.account_id
    return select(Share).where(column == subject.id, Share.role == role).order_by(Share.valid_from, Share.person_id)


def splits_of(rows: Iterable[Share]) -> list[Split]:
    """The days between two changes, each with the parts of those days; days without parts are left out."""
    rows = list(rows)
    cuts = sorted({row.valid_from for row in rows} | {row.valid_to for row in rows})
    found: list[Split] = []
    for first, end in pairwise(cuts):
        held = [row for row in rows if row.valid_from <= first < row.valid_to]
        parts = tuple(sorted((row.person_id, row.ratio) for row in held))
        if not held:
            continue
        if found and found[-1].parts == parts and found[-1].valid_to == first:
            found[-1] = Split(found[-1].valid_from, end, parts, found[-1].recorded_at)
        else:
            found.append(Split(first, end, parts, max(row.recorded_at for row in held)))
    return found


def parts_text(reader: Reader, parts: Parts, on: dt.date) -> str:
    """`Li Wei 60 %, Wu Jun 40 %`."""
    named = titles(reader.session, reader.actor, "person", [person for person, _ratio in parts], on)
    return ", ".join(f"{named.get(str(person), ('', str(person)))[1]} {percent_text(ratio)}" for person, ratio in parts)


def percent_text(ratio: Decimal) -> str:
    """A ratio as percent without idle zeros: 0.6 is `60 %`."""
    return f"{(ratio * 100).normalize():f} %"
