"""Questions and disputes about a line of a statement: asked by the agent, answered by the desk, never changed afterwards."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.models.commission import StatementAnswer, StatementQuestion
from portal.permissions import Permission
from portal.services.refusal import Refusal
from portal.services.writer import Writer

KINDS = ("question", "dispute")
LONGEST = 2_000
MOST_OPEN = 20  # of one agent


def ask(
    writer: Writer, *, rulebook_id: int, institution_id: int, in_month: dt.date, for_month: dt.date, line: str, kind: str,
    words: str,
) -> StatementQuestion:  # fmt: skip
    """Ask about a line of one's own statement; the caller has found the line there."""
    writer.allow(Permission.STATEMENT_VIEW)
    person = writer.actor.person_id
    if person is None:
        raise Refusal(_("Only the agent asks about a statement."))
    if kind not in KINDS:
        raise Refusal(_("Say whether you ask or dispute."), "kind")
    still_open = select(func.count()).where(StatementQuestion.person_id == person, StatementQuestion.state == "open")
    if (writer.session.scalar(still_open) or 0) >= MOST_OPEN:
        raise Refusal(_("You have %(most)s open questions; wait for their answers.", most=MOST_OPEN))
    return writer.add(
        StatementQuestion(
            rulebook_id=rulebook_id, person_id=person, institution_id=institution_id, in_month=in_month,
            for_month=for_month, line=line, kind=kind, asked=checked(words), asked_by=writer.actor.name,
        ),
        "ask",
    )  # fmt: skip


def say(writer: Writer, question_id: int, words: str) -> StatementQuestion:
    """Add what one says: the desk answers; who asked asks again, and the question is open once more."""
    question = writer.get(StatementQuestion, question_id)
    own = question.person_id == writer.actor.person_id
    writer.allow(Permission.STATEMENT_VIEW if own else Permission.COMMISSION_EDIT)
    writer.add(
        StatementAnswer(
            question_id=question.id, person_id=question.person_id, institution_id=question.institution_id,
            said=checked(words), said_by=writer.actor.name,
        ),
        "answer",
        of=question,
    )  # fmt: skip
    return writer.change(question, "answer", state="open" if own else "answered", closed_at=None)


def close(writer: Writer, question_id: int) -> StatementQuestion:
    """Settled, by who asked or by the desk; saying something opens it again."""
    question = writer.get(StatementQuestion, question_id)
    own = question.person_id == writer.actor.person_id
    writer.allow(Permission.STATEMENT_VIEW if own else Permission.COMMISSION_EDIT)
    if question.state == "open" and not own:
        raise Refusal(_("Answer it first."))
    return writer.change(question, "close", state="closed", closed_at=writer.now())


def checked(words: str) -> str:
    """What was written, or the sentence that says how long it may be."""
    text = words.strip()
    if not text or len(text) > LONGEST:
        raise Refusal(_("Write 1 to %(longest)s characters.", longest=LONGEST), "words")
    return text
