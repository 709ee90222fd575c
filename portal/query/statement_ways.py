"""Whom a formula reaches from a person: members of teams, and every way down a relation, as the run read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from calc.rulebook.people import reach
from calc.rulebook.standing import Unknown
from calc.rulebook.sum_functions import who_counts
from calc.rulebook.syntax import Call
from portal.query.month_facts import AGAIN, VALUES
from portal.query.month_read import LEADERS, RELATIONS
from portal.query.sales_force import relations_of, teams_led
from portal.query.statement import last_of
from portal.query.statement_month import FoundMonth

FURTHEST = 100  # steps along a relation
MOST_WAYS = 5_000  # more people than a screen lists
Way = tuple[tuple[int, dt.date], ...]  # each person on it, the nearest first, and since when


def members(found: FoundMonth) -> list[int]:
    """The members of the teams that the person leads."""
    read = _read(found, LEADERS, "", [found.person_id])
    led = teams_led(found.reader.session, found.person_id, last_of(found.month)) if read is None else None
    teams = [row["team_id"] for row in read or ()] if led is None else led
    if not teams:
        return []
    rows = found.reader.ask(
        f"select agent_id from made where month = ? and rulebook = ? and seat_id in ({', '.join(map(str, teams))})",
        [found.month, found.rulebook], made=(AGAIN if found.is_again else VALUES, [found.run_day]),
    )  # fmt: skip
    return [row["agent_id"] for row in rows]


def ways_of(found: FoundMonth, call: Call) -> list[Way]:
    """Every way down a relation that a function may go. Raises Unknown where these are more than are listed."""
    kind, most = ("reporting", None) if call.function == "SPREAD" else (reach(call)[0], reach(call)[2])
    if who_counts(call) is not None:  # who does not count is passed over, so a way may be longer
        most = None
    listed: list[Way] = []
    here: list[Way] = [()]
    depth = 0
    while here and depth < (most or FURTHEST):
        depth += 1
        ends = {way[-1][0] if way else found.person_id for way in here}
        below = _below(found, kind, sorted(ends))
        here = [
            (*way, (edge["other_id"], edge["since"]))
            for way in here for edge in below
            if edge["agent_id"] == (way[-1][0] if way else found.person_id)
        ]  # fmt: skip
        listed += here
        if len(listed) > MOST_WAYS:
            raise Unknown(call)
    return listed


def _below(found: FoundMonth, kind: str, people: Sequence[int]) -> list[dict[str, Any]]:
    """Relations of a kind that lead from some people: those the run read, or as known now where it did not keep them."""
    read = _read(found, RELATIONS, f"and kind = '{kind}'", people)
    if read is not None:
        return read
    known = relations_of(found.reader.session, last_of(found.month), people).to_pylist()
    return [
        {"agent_id": one["from_id"], "other_id": one["to_id"], "since": one["since"]}
        for one in known
        if one["kind"] == kind
    ]


def _read(found: FoundMonth, dataset: str, condition: str, people: Sequence[int]) -> list[dict[str, Any]] | None:
    """What the run read of some people; None where it did not keep it."""
    kept = f"{dataset}_again" if found.is_again else dataset
    if not found.reader.published(kept, [found.run_day]):
        return None
    month, chosen = ("and month = ?", [found.month]) if found.is_again else ("", [])
    return found.reader.ask(
        f"select * from made where agent_id in ({', '.join(map(str, people))}) and rulebook = ? {condition} {month}",
        [found.rulebook, *chosen], made=(kept, [found.run_day]),
    )  # fmt: skip


def values_of(found: FoundMonth, people: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """What the run published of others, as far as it may be seen."""
    if not people:
        return {}
    rows = found.reader.ask(
        f"select * from made where month = ? and rulebook = ? and agent_id in ({', '.join(map(str, sorted(set(people))))})",
        [found.month, found.rulebook], made=(AGAIN if found.is_again else VALUES, [found.run_day]),
    )  # fmt: skip
    return {row["agent_id"]: row for row in rows}
