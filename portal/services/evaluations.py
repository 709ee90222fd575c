"""Deciding what an evaluation came to: a move is accepted and changes the rank from a day on, or is set aside."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import select

from portal.models.agents import AgentPeriod, RankOrigin
from portal.models.evaluations import EvaluationDecision
from portal.permissions import Permission
from portal.query.evaluation import Move, first_possible_day
from portal.query.reader import Reader
from portal.services.periods import hold
from portal.services.refusal import Refusal
from portal.services.writer import Writer

LONGEST_REASON = 500


def accept(writer: Writer, move: Move, effective_from: dt.date | None = None) -> EvaluationDecision:
    """Let the rank the evaluation came to hold from a day on; the first possible one when none is given.

    Raises:
        Forbidden: the actor does not decide evaluations.
        Refusal: decided already, nothing moves, the day is too early, or the rank changed in between.
    """
    writer.allow(Permission.EVALUATION_DECIDE)
    _undecided(writer, move)
    if move.from_rank == move.to_rank:
        raise Refusal(_("Nothing moves here."))
    earliest = first_possible_day(Reader(writer.actor, writer.session), move)
    first_day = effective_from or earliest
    if first_day < earliest:
        told = _("The months before are closed: the earliest day is %(day)s.", day=earliest.isoformat())
        raise Refusal(told, "effective_from")
    period = writer.session.scalars(
        select(AgentPeriod).where(
            AgentPeriod.agent_id == move.person_id,
            AgentPeriod.valid_from <= first_day,
            AgentPeriod.valid_to > first_day,
        )
    ).one_or_none()
    if period is None or period.rank != move.from_rank:
        raise Refusal(_("The agent has another rank or no contract on that day: decide by hand under Agents."))
    values = {"channel": period.channel, "rank": move.to_rank, "origin": RankOrigin.EVALUATION.value}
    hold(writer.session, AgentPeriod, "agent_id", move.person_id, values, first_day)
    return _kept(writer, move, "accepted", first_day, "")


def set_aside(writer: Writer, move: Move, reason: str) -> EvaluationDecision:
    """Leave the rank as it is, with a reason."""
    writer.allow(Permission.EVALUATION_DECIDE)
    _undecided(writer, move)
    if not reason.strip():
        raise Refusal(_("Say why: the agent may ask."), "reason")
    return _kept(writer, move, "set_aside", None, reason.strip()[:LONGEST_REASON])


def _undecided(writer: Writer, move: Move) -> None:
    same = (
        EvaluationDecision.rulebook_id == move.rulebook_id, EvaluationDecision.month == move.month,
        EvaluationDecision.ladder == move.ladder, EvaluationDecision.person_id == move.person_id,
    )  # fmt: skip
    if writer.exists(EvaluationDecision, *same):
        raise Refusal(_("This was decided already."))


def _kept(writer: Writer, move: Move, decision: str, first_day: dt.date | None, reason: str) -> EvaluationDecision:
    return writer.add(
        EvaluationDecision(
            rulebook_id=move.rulebook_id, month=move.month, ladder=move.ladder, person_id=move.person_id,
            institution_id=move.seat_id, kind=move.kind, from_rank=move.from_rank, to_rank=move.to_rank,
            decision=decision, effective_from=first_day, reason=reason, decided_by=writer.actor.name,
        ),
        "decide",
    )  # fmt: skip
