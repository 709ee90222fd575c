"""The numbers that policies go by among people; figures and other systems name them by their ids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select

from portal.models.runs import Published
from portal.query.reader import Reader
from portal.query.record import is_number

POLICY = "policy"
MOST_FOUND = 500
OWN_KEYS = {"premium": "premium_id", "renewal_due": "due_id"}  # rows that go by a number of their own


def numbers_of(reader: Reader, policies: Iterable[int | None]) -> dict[int, str]:
    """The printed numbers of some policies by id, as far as they were delivered and the actor may see them."""
    wanted = sorted({int(one) for one in policies if one is not None})
    if not wanted:
        return {}
    listed = ", ".join(map(str, wanted))
    return _ask(reader, f"policy_id in ({listed})", [], "")


def numbers_behind(reader: Reader, dataset: str, keys: Iterable[str]) -> dict[str, str]:
    """The printed number of the policy behind rows of a dataset, by the rows' keys; nothing for one that has no policies."""
    wanted = sorted({int(one) for one in keys if is_number(one)})
    if dataset in ("policy", "policy_end"):
        return {str(key): number for key, number in numbers_of(reader, wanted).items()}
    if dataset not in OWN_KEYS or not wanted:
        return {}
    key, days = OWN_KEYS[dataset], _days(reader, dataset)
    if not days:
        return {}
    listed = ", ".join(map(str, wanted))
    rows = reader.ask(
        f"select {key} as key, any_value(policy_id) as policy_id from made where {key} in ({listed}) group by all",
        made=(dataset, days),
    )
    called = numbers_of(reader, (row["policy_id"] for row in rows))
    return {str(row["key"]): called[row["policy_id"]] for row in rows if row["policy_id"] in called}


def policies_called(reader: Reader, text: str) -> dict[int, str]:
    """The policies whose printed number holds a text, by id; at most so many."""
    return _ask(reader, "contains(lower(policy_no), lower(?))", [text], f"limit {MOST_FOUND}")


def _ask(reader: Reader, condition: str, parameters: list[object], most: str) -> dict[int, str]:
    days = _days(reader, POLICY)
    if not days:
        return {}
    rows = reader.ask(
        f"select policy_id, arg_max(policy_no, business_date) as policy_no from made where {condition} "
        f"group by policy_id order by policy_id {most}",
        parameters, made=(POLICY, days),
    )  # fmt: skip
    return {row["policy_id"]: row["policy_no"] for row in rows}


def _days(reader: Reader, dataset: str) -> list[dt.date]:
    """The days of a dataset that were delivered."""
    known = reader.session.scalars(select(Published.business_date).where(Published.dataset == dataset).distinct())
    return reader.published(dataset, known)
