"""What the evaluation of ladders came to in a month: who rises, stays or falls, by which condition, and what was decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select

from calc.rulebook.reading import Unreadable, parse
from calc.rulebook.syntax import Call, Name, Text, walk
from portal.models.commission import CommissionMonth, MonthState
from portal.models.evaluations import EvaluationDecision
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.month_facts import VALUES
from portal.query.names import agent_numbers, person_name
from portal.query.outside import refuse
from portal.query.ranks import rank_of
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.statement import elements_on, last_of, months_of, title_of
from portal.query.statement_names import Named, names_in

__all__ = [
    "MOVES",
    "Decision",
    "Move",
    "Opened",
    "evaluated",
    "first_possible_day",
    "months_of",
    "move_of",
    "newest_with_moves",
    "opened",
]
MOVES = "ladder_move"
Decision = EvaluationDecision


@dataclass(frozen=True, slots=True)
class Move:
    """One agent's place on a ladder after a month. `kind` is promotion, demotion or maintenance."""

    rulebook_id: int
    month: dt.date
    ladder: str
    person_id: int
    agent_no: str
    name: str
    kind: str
    from_rank: str
    to_rank: str
    move: int  # which of the ladder's moves, from 1
    decided_by: int  # where the deciding condition stands in the text
    seat_id: int
    decision: EvaluationDecision | None
    from_title: str  # what the rules call the ranks
    to_title: str


@dataclass(frozen=True)
class Opened:
    """A move with its condition and what the condition names."""

    move: Move
    title: str
    condition: str
    decided: str  # the part that decided
    named: Sequence[Named]


def evaluated(reader: Reader, month: dt.date, person_id: int | None = None) -> list[Move]:
    """All moves of a month within the scope, or one agent's, by number of the agent. Raises Forbidden, NotPublished."""
    reader.allow(Permission.EVALUATION_VIEW)
    rows = reader.ask(
        "select * from made where ?::bigint is null or agent_id = ?",
        [person_id, person_id],
        made=(MOVES, [last_of(month)]),
    )
    books = {book.code: book.id for book in reader.session.scalars(select(Rulebook))}
    agents = agent_numbers(reader, {row["agent_id"] for row in rows})
    decided = {
        (one.rulebook_id, one.ladder, one.person_id): one
        for one in reader.session.scalars(select(EvaluationDecision).where(EvaluationDecision.month == month))
    }
    found = []
    for row in rows:
        book, name = books[row["rulebook"]], person_name(reader, row["agent_id"])
        found.append(Move(
            book, month, row["ladder"], row["agent_id"], agents.get(row["agent_id"], ""), name, row["kind"],
            row["from_rank"], row["to_rank"], row["move"], row["decided_by"], row["seat_id"],
            decided.get((book, row["ladder"], row["agent_id"])),
            *(rank_of(reader, row["rulebook"], row[name], last_of(month)).title for name in ("from_rank", "to_rank")),
        ))  # fmt: skip
    return sorted(found, key=lambda one: (one.agent_no, one.ladder))


def newest_with_moves(reader: Reader, months: Sequence[dt.date]) -> dt.date | None:
    """The newest of some months, newest first, in which somebody rises or falls; None when nobody does."""
    reader.allow(Permission.EVALUATION_VIEW)
    question = "select 1 from made where kind <> 'maintenance' limit 1"
    return next((one for one in months if reader.ask(question, made=(MOVES, [last_of(one)]))), None)


def move_of(reader: Reader, month: dt.date, person_id: int, ladder: str) -> Move:
    """One move. Raises Forbidden, NotPublished, OutOfScope."""
    found = next((one for one in evaluated(reader, month, person_id) if one.ladder == ladder), None)
    if found is None:
        raise refuse(reader, "ladder_move", person_id)
    return found


def opened(reader: Reader, move: Move) -> Opened:
    """A move's condition by the rules at the agent's seat, the part that decided, and the values it named."""
    elements = elements_on(reader, move.rulebook_id, move.seat_id, move.month, None)
    content: Mapping[str, Any] = elements.get(("ladders", move.ladder)) or {}
    moves = content.get("moves") or []
    rule: Mapping[str, Any] = moves[move.move - 1] if 0 < move.move <= len(moves) else {}
    text = str(rule.get("when", ""))
    rows = reader.ask(
        "select * from made where agent_id = ? and month = ?", [move.person_id, move.month],
        made=(VALUES, [last_of(move.month)]),
    )  # fmt: skip
    values = rows[0] if rows else {}
    decided = _part_at(text, move.decided_by) if move.kind != "promotion" else ""
    title = str((rule.get("title_zh") if reader.actor.language == "zh" else "") or rule.get("title") or "")
    title = title or title_of(elements, "ladders", move.ladder, reader.actor.language)
    named = [
        *names_in(elements, text, values, reader.actor.language),
        *asked_for(elements, text, reader.actor.language),
    ]
    return Opened(move, title, text, decided, named)


def asked_for(elements: Mapping[Key, Any], text: str, language: str) -> list[Named]:
    """What the rules ask for: each value that a condition takes from a table by fixed keys, as LOOKUP(keep_rank.team_fyc, 'DM')."""
    try:
        calls = [node for node in walk(parse(text)) if isinstance(node, Call) and node.function == "LOOKUP"]
    except Unreadable:
        return []
    found = {}
    for call in calls:
        name, keys = call.arguments[0], [one.value for one in call.arguments[1:] if isinstance(one, Text)]
        table = elements.get(("tables", name.owner or name.name)) if isinstance(name, Name) else None
        if not isinstance(name, Name) or not isinstance(table, Mapping) or len(keys) < len(call.arguments) - 1:
            continue
        columns = list(table.get("values") or {})
        at = columns.index(name.name) if name.owner and name.name in columns else 0
        row = next((one for one in table.get("rows") or () if [str(cell) for cell in one[: len(keys)]] == keys), None)
        if row is None or not columns or table.get("band"):
            continue
        kind = table["values"][columns[at]]
        unit = str(kind.get("unit", "")) if isinstance(kind, Mapping) else str(kind)
        title = f"{title_of(elements, 'tables', name.owner or name.name, language)}: {', '.join(keys)}"
        found[name.written, *keys] = Named(name.written, title, _number(row[len(keys) + at]), "lookup", unit)
    return list(found.values())


def _number(cell: Any) -> Any:
    """A cell of a table as a value: `3%` is 0.03."""
    text = str(cell).replace(",", "").strip()
    try:
        return Decimal(text[:-1]) / 100 if text.endswith("%") else Decimal(text)
    except InvalidOperation:
        return cell


def first_possible_day(reader: Reader, move: Move) -> dt.date:
    """The first day a decision may hold from: after the evaluated month, and not in a month that is closed already."""
    closed = reader.session.scalars(
        select(CommissionMonth.month)
        .where(
            CommissionMonth.rulebook_id == move.rulebook_id,
            CommissionMonth.state != MonthState.OPEN,
            CommissionMonth.month > move.month,
        )
        .order_by(CommissionMonth.month.desc())
    ).first()
    return last_of(closed or move.month) + dt.timedelta(days=1)


def _part_at(text: str, start: int) -> str:
    """The part of a condition that begins at a place, up to the next AND on the same level."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "(（") - (text[at] in ")）")
        if depth < 0 or (depth == 0 and text[at:].upper().startswith(" AND ")):
            return text[start:at].strip()
    return text[start:].strip()
