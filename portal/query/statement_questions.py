"""Questions about statements, as who asked and the desk see them; the row policies say whose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from portal.models.commission import StatementAnswer, StatementQuestion
from portal.permissions import Actor, Permission
from portal.query.outside import refuse
from portal.query.reader import Reader
from portal.query.statement import elements_on, title_of

__all__ = ["Asked", "Question", "answered_to_me", "asked_about", "asked_of_month", "counted", "listed", "one_question"]
Question = StatementQuestion
LISTED = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answers, the oldest first."""

    row: StatementQuestion
    line: str  # the line's title
    answers: Sequence[StatementAnswer] = ()


def listed(reader: Reader) -> list[Asked]:
    """All one may see: open ones first, the longest waiting first; then the newest."""
    reader.allow(Permission.STATEMENT_VIEW)
    open_first = (StatementQuestion.state != "open", StatementQuestion.asked_at)
    rows = reader.session.scalars(select(StatementQuestion).where(*_whose(reader)).order_by(*open_first).limit(LISTED))
    found = list(rows)
    waiting = [row for row in found if row.state == "open"]
    rest = sorted((row for row in found if row.state != "open"), key=lambda row: row.asked_at, reverse=True)
    return [Asked(row, line_title(reader, row)) for row in [*waiting, *rest]]


def asked_about(reader: Reader, person_id: int, in_month: dt.date, for_month: dt.date, line: str) -> list[Asked]:
    """What was asked about one line of one statement, the newest first."""
    reader.allow(Permission.STATEMENT_VIEW)
    rows = reader.session.scalars(
        select(StatementQuestion)
        .where(
            StatementQuestion.person_id == person_id, StatementQuestion.in_month == in_month,
            StatementQuestion.for_month == for_month, StatementQuestion.line == line,
        )
        .order_by(StatementQuestion.id.desc())
    )  # fmt: skip
    return [Asked(row, line_title(reader, row)) for row in rows]


def one_question(reader: Reader, question_id: int) -> Asked:
    """One question with its answers. Raises Forbidden, OutOfScope."""
    reader.allow(Permission.STATEMENT_VIEW)
    row = reader.session.scalars(
        select(StatementQuestion).where(StatementQuestion.id == question_id, *_whose(reader))
    ).one_or_none()
    if row is None:
        raise refuse(reader, "statement_question", question_id)
    answers = reader.session.scalars(
        select(StatementAnswer).where(StatementAnswer.question_id == row.id).order_by(StatementAnswer.id)
    ).all()
    return Asked(row, line_title(reader, row), answers)


def counted(reader: Reader) -> int:
    """How many wait for the desk; none for who does not answer."""
    if not reader.actor.may(Permission.COMMISSION_EDIT):
        return 0
    return reader.session.scalar(select(func.count()).where(StatementQuestion.state == "open")) or 0


def answered_to_me(reader: Reader) -> int:
    """How many of one's own questions were answered and are not settled yet."""
    own = reader.actor.person_id
    if own is None or not reader.actor.may(Permission.STATEMENT_VIEW):
        return 0
    mine = (StatementQuestion.person_id == own, StatementQuestion.state == "answered")
    return reader.session.scalar(select(func.count()).where(*mine)) or 0


def asked_of_month(reader: Reader, person_id: int, in_month: dt.date) -> dict[tuple[str, dt.date], StatementQuestion]:
    """The newest question about each line of a statement that is not settled, by the line and the month it is for."""
    reader.allow(Permission.STATEMENT_VIEW)
    rows = reader.session.scalars(
        select(StatementQuestion)
        .where(
            StatementQuestion.person_id == person_id, StatementQuestion.in_month == in_month,
            StatementQuestion.state != "closed", *_whose(reader),
        )
        .order_by(StatementQuestion.id)
    )  # fmt: skip
    return {(row.line, row.for_month): row for row in rows}


def line_title(reader: Reader, row: StatementQuestion) -> str:
    """What the line is called; an adjustment stands in no rulebook."""
    elements = elements_on(reader, row.rulebook_id, row.institution_id, row.for_month, None)
    return title_of(elements, "lines", row.line, reader.actor.language)


def _whose(reader: Reader) -> list[ColumnElement[bool]]:
    """Everybody's for the desk; else one's own, also for a leader: what people ask about their pay is theirs."""
    actor: Actor = reader.actor
    return [] if actor.may(Permission.COMMISSION_VIEW) else [StatementQuestion.person_id == actor.person_id]
