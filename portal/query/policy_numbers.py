"""The numbers that policies go by among people; figures and other systems name them by their ids."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from portal.models.runs import Published
from portal.query.reader import Reader

POLICY = "policy"
MOST_FOUND = 500


def numbers_of(reader: Reader, policies: Iterable[int | None]) -> dict[int, str]:
    """The printed numbers of some policies by id, as far as they were delivered and the actor may see them."""
    wanted = sorted({int(one) for one in policies if one is not None})
    if not wanted:
        return {}
    listed = ", ".join(map(str, wanted))
    return _ask(reader, f"policy_id in ({listed})", [])


def policies_called(reader: Reader, text: str) -> dict[int, str]:
    """The policies whose printed number holds a text, by id; at most so many."""
    return _ask(reader, "contains(lower(policy_no), lower(?))", [text])


def _ask(reader: Reader, condition: str, parameters: list[object]) -> dict[int, str]:
    known = reader.session.scalars(select(Published.business_date).where(Published.dataset == POLICY).distinct())
    days = reader.published(POLICY, known)
    if not days:
        return {}
    rows = reader.ask(
        f"select policy_id, arg_max(policy_no, business_date) as policy_no from made where {condition} "
        f"group by policy_id order by policy_id limit {MOST_FOUND}",
        parameters, made=(POLICY, days),
    )  # fmt: skip
    return {row["policy_id"]: row["policy_no"] for row in rows}
