"""Which policies a held line gets its value from: those that the sum it pays is made of, where they come to it exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calc import Engine
from calc.rulebook.reading import Unreadable, parse
from calc.rulebook.syntax import Binary, Date, Expression, Flag, Name, Number, Text
from jobs.job import Chunk
from portal.models.commission import PayHold
from portal.models.rulebooks import Rulebook
from portal.permissions import NIGHTLY
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key
from portal.query.statement import elements_of_book

HELD = "held_policy"
RECEIPTS = "premium"
COMPARED = frozenset({"=", "<>", "<", "<=", ">", ">="})
EMPTY = f"create table {HELD} (rulebook varchar, agent_id bigint, policy_id bigint, hold_id bigint)"


def give_held_policies(
    engine: Engine, session: Session, chunk: Chunk, books: Sequence[Rulebook], month: dt.date
) -> None:
    """Offer `held_policy`: of each standing hold on one line of a person the policies that the line is the sum of.

    A line that is worked out from more than a sum of premiums comes from no policy by itself: it names none.
    """
    engine.connection.execute(EMPTY)
    reader = Reader(NIGHTLY, session)
    for book in books:
        holds = session.execute(
            select(PayHold.id, PayHold.person_id, PayHold.line).where(
                PayHold.rulebook_id == book.id, PayHold.state == "approved", PayHold.line != "",
                PayHold.from_month <= month, PayHold.released_month.is_(None) | (PayHold.released_month > month),
            )
        ).all()  # fmt: skip
        elements = elements_of_book(reader, book.id, month) if holds else {}
        for hold_id, person_id, line in holds:
            found = summed(elements, line)
            if found is not None:
                _add(engine, chunk.folder / "compute" / book.code, book.code, hold_id, person_id, *found)


def summed(elements: Mapping[Key, Any], line: str) -> tuple[str, str, str] | None:
    """The measure a line pays, the formula of each premium it sums, and which premiums; None where it is no such sum."""
    pays = (elements.get(("lines", line)) or {}).get("pays", "")
    measure = elements.get(("measures", pays)) or {}
    formula = str(measure.get("sum", ""))
    if measure.get("of") != RECEIPTS or ("formulas", formula) not in elements:
        return None
    try:
        chosen = condition(parse(str(measure["where"]))) if measure.get("where") else "true"
    except (Unreadable, LookupError):
        return None
    return str(pays), formula, chosen


def condition(node: Expression) -> str:
    """A condition on columns of a premium as SQL. Raises LookupError for one that asks more than that."""
    if isinstance(node, Binary) and node.sign.upper() == "AND":
        return f"({condition(node.left)}) and ({condition(node.right)})"
    if (
        isinstance(node, Binary)
        and node.sign in COMPARED
        and isinstance(node.left, Name)
        and node.left.owner == RECEIPTS
    ):
        name = node.left.name.replace('"', '""')
        return f'receipt."{name}" {node.sign} {_constant(node.right)}'
    raise LookupError("a condition of more than the premium's own columns")


def _constant(node: Expression) -> str:
    if isinstance(node, Number) and not node.percent:
        return str(node.value)
    if isinstance(node, Text):
        return "'" + node.value.replace("'", "''") + "'"
    if isinstance(node, Date):
        return f"date '{node.value}'"
    if isinstance(node, Flag):
        return str(node.value).lower()
    raise LookupError("no constant")


def _add(
    engine: Engine, folder: Path, code: str, hold_id: int, person_id: int, measure: str, formula: str, chosen: str
) -> None:
    """The policies of a hold, where the premiums that are chosen come to what the line pays."""
    values, agents = folder / "premium_value.parquet", folder / "agent_value.parquet"
    if not values.exists():
        return
    engine.connection.execute(
        f"""insert into {HELD}
            with counted as (
                select receipt.policy_id, made."{formula}" as amount
                from read_parquet('{values}') as made join receipt using (premium_id)
                where made.agent_id = ? and {chosen}
            )
            select ?, ?, policy_id, ? from counted
            where amount <> 0 and (select sum(amount) from counted)
                = (select "{measure}" from read_parquet('{agents}') where agent_id = ?)
            group by policy_id""",
        [person_id, code, person_id, hold_id, person_id],
    )
