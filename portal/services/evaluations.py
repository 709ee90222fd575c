"""Deciding what an evaluation came to: a move is accepted and changes the rank from a day on, or is set aside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select

from portal.models.agents import AgentPeriod, RankOrigin
from portal.models.among import among
from portal.models.evaluations import EvaluationDecision
from portal.permissions import Permission
from portal.query.evaluation import Move, first_possible_day
from portal.query.reader import Reader
from portal.services.periods import hold
from portal.services.refusal import Refusal, reason_of
from portal.services.writer import Writer


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


def accept_all(writer: Writer, moves: Sequence[Move]) -> tuple[int, list[str]]:
    """Accept some moves from the first possible day on, with a few questions however many they are.

    Gives back how many were accepted, and the numbers of the agents left: those with another rank or no contract on that day.

    Raises:
        Forbidden: the actor does not decide evaluations.
        Refusal: one was decided already, somebody else is deciding; nothing is written.
    """
    writer.allow(Permission.EVALUATION_DECIDE)
    reader = Reader(writer.actor, writer.session)
    by_month: dict[tuple[int, dt.date], list[Move]] = {}
    for one in moves:
        if one.from_rank != one.to_rank:
            by_month.setdefault((one.rulebook_id, one.month), []).append(one)
    left: list[str] = []
    for several in by_month.values():
        left += _accept_several(writer, several, first_possible_day(reader, several[0]))
    return sum(len(several) for several in by_month.values()) - len(left), sorted(left)


def _accept_several(writer: Writer, moves: Sequence[Move], day: dt.date) -> list[str]:
    """Moves of one rulebook's month, all from one day on; gives back the numbers of the agents that are left."""
    decided = set(writer.session.execute(
        select(EvaluationDecision.ladder, EvaluationDecision.person_id)
        .where(EvaluationDecision.rulebook_id == moves[0].rulebook_id, EvaluationDecision.month == moves[0].month)
    ))  # fmt: skip
    held = writer.session.scalars(
        select(AgentPeriod)
        .where(
            among(AgentPeriod.agent_id, {one.person_id for one in moves}), AgentPeriod.valid_from <= day,
            AgentPeriod.valid_to > day,
        )
        .order_by(AgentPeriod.agent_id).with_for_update().execution_options(populate_existing=True)
    )  # fmt: skip
    periods = {period.agent_id: period for period in held}
    later: list[dict[str, Any]] = []
    accepted: list[Move] = []
    for one in moves:
        if (one.ladder, one.person_id) in decided:
            told = _("This was decided already.")
            raise Refusal(f"{one.agent_no}: {told}")
        period = periods.get(one.person_id)
        if period is None or period.rank != one.from_rank:
            continue
        accepted.append(one)
        values = {"rank": one.to_rank, "origin": RankOrigin.EVALUATION.value}
        if period.valid_from == day:
            period.rank, period.origin = values["rank"], values["origin"]
            continue
        dates = {"valid_from": day, "valid_to": period.valid_to}
        later.append({"agent_id": one.person_id, "channel": period.channel} | values | dates)
        period.valid_to = day
    writer.session.flush()  # the new periods may only begin when the old ones have ended
    if later:
        writer.session.execute(insert(AgentPeriod), later)
    writer.add_all([_decision(writer, one, "accepted", day, "") for one in accepted], "decide")
    done = {one.person_id for one in accepted}
    return [one.agent_no for one in moves if one.person_id not in done]


def set_aside(writer: Writer, move: Move, reason: str) -> EvaluationDecision:
    """Leave the rank as it is, with a reason."""
    writer.allow(Permission.EVALUATION_DECIDE)
    _undecided(writer, move)
    return _kept(writer, move, "set_aside", None, reason_of(reason, _("Say why: the agent may ask.")))


def _undecided(writer: Writer, move: Move) -> None:
    same = (
        EvaluationDecision.rulebook_id == move.rulebook_id, EvaluationDecision.month == move.month,
        EvaluationDecision.ladder == move.ladder, EvaluationDecision.person_id == move.person_id,
    )  # fmt: skip
    if writer.exists(EvaluationDecision, *same):
        raise Refusal(_("This was decided already."))


def _kept(writer: Writer, move: Move, decision: str, first_day: dt.date | None, reason: str) -> EvaluationDecision:
    return writer.add(_decision(writer, move, decision, first_day, reason), "decide")


def _decision(writer: Writer, move: Move, decision: str, first_day: dt.date | None, reason: str) -> EvaluationDecision:
    return EvaluationDecision(
        rulebook_id=move.rulebook_id, month=move.month, ladder=move.ladder, person_id=move.person_id,
        institution_id=move.seat_id, kind=move.kind, from_rank=move.from_rank, to_rank=move.to_rank,
        decision=decision, effective_from=first_day, reason=reason, decided_by=writer.actor.name,
    )  # fmt: skip
