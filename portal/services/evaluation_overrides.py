"""Another rank than the rules come to: asked for with a reason, decided by a second person, then held like an accepted move."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.models.agents import AgentPeriod, RankOrigin
from portal.models.evaluations import EvaluationDecision
from portal.models.rulebooks import Rulebook
from portal.permissions import Permission
from portal.query.approval import Approval, Change, Content, Effect
from portal.query.day_words import day_words
from portal.query.evaluation import Move, evaluated, first_possible_day, opened
from portal.query.names import person_name
from portal.query.pins import NotPublished
from portal.query.ranks import rank_of, ranks_of
from portal.query.reader import Reader
from portal.query.statement import elements_on, last_of, month_of
from portal.services.periods import hold
from portal.services.refusal import Refusal, reason_of
from portal.services.values import day_from
from portal.services.writer import Writer

KIND = "evaluation_override"


def key_of(month: dt.date, ladder: str, person: int) -> str:
    """What is overridden: `2026-09/career/17`."""
    return f"{month:%Y-%m}/{ladder}/{person}"


def proposal_of(rank: Any, first_day: Any, reason: Any) -> dict[str, Any]:
    """What a form asks for. Raises Refusal."""
    day = day_from(first_day)
    if not isinstance(rank, str) or not rank or len(rank) > 40:
        raise Refusal(_("Choose a rank."), "to_rank")
    if day is None:
        raise Refusal(_("Choose a day."), "effective_from")
    why = reason_of(reason, _("Say why: the agent may ask."))
    return {"to_rank": rank, "effective_from": day, "reason": why}


def content(reader: Reader, key: str, proposal: Content) -> Content:
    """What the rules came to, and what is asked for instead."""
    move = _move(reader, key)
    if move is None:
        raise Refusal(_("There is no such record."))
    book = reader.session.get_one(Rulebook, move.rulebook_id)
    return {
        "rulebook": book.code, "month": move.month, "ladder": move.ladder, "person": move.person_id, "agent_no": move.agent_no,
        "institution": move.seat_id, "from_rank": move.from_rank, "by_rules": move.to_rank, "to_rank": proposal["to_rank"],
        "effective_from": proposal["effective_from"], "reason": proposal["reason"],
    }  # fmt: skip


def place(_reader: Reader, content: Content) -> int:
    """Where the agent sat in the month."""
    return int(content["institution"])


def names(reader: Reader, content: Content) -> str:
    """The agent by name and number."""
    return f"{person_name(reader, int(content['person']))} ({content['agent_no']})"


def line(reader: Reader, content: Content) -> str:
    """From which rank to which, and what the rules came to."""
    told = {name: _title(reader, content, name) for name in ("from_rank", "by_rules", "to_rank")}
    return str(_("%(before)s → %(after)s, by the rules %(rules)s", before=told["from_rank"], after=told["to_rank"],
                 rules=told["by_rules"]))  # fmt: skip


def changes(reader: Reader, content: Content) -> list[Change]:
    """The rank, what the rules came to, from when, and why."""
    lang = reader.actor.language
    return [
        Change(str(_("Rank")), _title(reader, content, "from_rank"), _title(reader, content, "to_rank")),
        Change(str(_("By the rules")), "", _title(reader, content, "by_rules")),
        Change(str(_("Holds from")), "", day_words(_day(content), lang)),
        Change(str(_("Reason")), "", str(content["reason"])),
    ]


def preview(reader: Reader, content: Content) -> Effect:
    """The condition of the rules that decided."""
    key = key_of(_month(content), content["ladder"], int(content["person"]))
    move = _move(reader, key)
    if move is None:
        return Effect()
    found = opened(reader, move)
    told = [_("The rules: %(condition)s", condition=found.condition)] if found.condition else []
    return Effect(text=(*map(str, told), str(_("The new rank counts from the next run of the months it holds in."))))


def checked(reader: Reader, content: Content) -> list[str]:
    """Nothing is decided yet, the rank is one of the ladder and another one, the day reaches no closed month."""
    key = key_of(_month(content), content["ladder"], int(content["person"]))
    move = _move(reader, key)
    if move is None:
        return [_("There is no such record.")]
    if move.decision is not None:
        return [_("This was decided already.")]
    if content["to_rank"] not in ranks_offered(reader, move):
        return [_("The ladder has no such rank.")]
    if content["to_rank"] in (content["from_rank"], content["by_rules"]):
        return [_("That is the rank already, or the one the rules come to: accept the move or set it aside.")]
    earliest, lang = first_possible_day(reader, move), reader.actor.language
    if _day(content) < earliest:
        return [_("The months before are closed: the earliest day is %(day)s.", day=day_words(earliest, lang))]
    period = _period(reader, content)
    if period is None or period.rank != content["from_rank"]:
        return [_("The agent has another rank or no contract on that day: decide by hand under Agents.")]
    return []


def ranks_offered(reader: Reader, move: Move) -> dict[str, str]:
    """The ranks of the move's ladder in the rules of its month, from low to high, by code."""
    elements = elements_on(reader, move.rulebook_id, move.seat_id, move.month, None)
    here = {key: content for key, content in elements.items() if key == ("ladders", move.ladder)}
    return {rank.code: rank.title for rank in ranks_of(here, reader.actor.language).values()}


def sees(reader: Reader, key: str) -> bool:
    """Whether the move is there for the asker."""
    return reader.actor.may(Permission.EVALUATION_VIEW) and _move(reader, key) is not None


def lock(writer: Writer, key: str) -> None:
    """Nobody else changes the agent's contract until the decision is taken."""
    _month_part, _ladder, person = _parts(key)
    writer.session.scalars(select(AgentPeriod.id).where(AgentPeriod.agent_id == person).with_for_update()).all()


def apply(writer: Writer, key: str, content: Content) -> None:
    """Let the rank that was decided hold from its day on, and keep the decision with its reason."""
    reader = Reader(writer.actor, writer.session)
    move, period = _move(reader, key), _period(reader, content)
    if move is None or period is None:
        raise Refusal(_("There is no such record."))
    values = {"channel": period.channel, "rank": content["to_rank"], "origin": RankOrigin.DECISION.value}
    hold(writer.session, AgentPeriod, "agent_id", move.person_id, values, _day(content))
    order = list(ranks_offered(reader, move))
    rises = order.index(content["to_rank"]) > order.index(move.from_rank) if move.from_rank in order else True
    writer.add(EvaluationDecision(
        rulebook_id=move.rulebook_id, month=move.month, ladder=move.ladder, person_id=move.person_id,
        institution_id=move.seat_id, kind="promotion" if rises else "demotion", from_rank=move.from_rank,
        to_rank=content["to_rank"], decision="accepted", effective_from=_day(content), reason=content["reason"],
        decided_by=writer.actor.name,
    ), "decide")  # fmt: skip


def _parts(key: str) -> tuple[dt.date | None, str, int]:
    month, _slash, rest = key.partition("/")
    ladder, _slash, person = rest.rpartition("/")
    known = person.isascii() and person.isdigit() and len(person) < 19
    return month_of(month), ladder, int(person) if known else -1


def _move(reader: Reader, key: str) -> Move | None:
    month, ladder, person = _parts(key)
    if month is None:
        return None
    try:
        return next((one for one in evaluated(reader, month, person) if one.ladder == ladder), None)
    except NotPublished:
        return None


def _period(reader: Reader, content: Content) -> AgentPeriod | None:
    day = _day(content)
    return reader.session.scalars(
        select(AgentPeriod).where(
            AgentPeriod.agent_id == int(content["person"]), AgentPeriod.valid_from <= day, AgentPeriod.valid_to > day
        )
    ).one_or_none()


def _title(reader: Reader, content: Content, name: str) -> str:
    return rank_of(reader, content["rulebook"], content[name], last_of(_month(content))).title


def _month(content: Content) -> dt.date:
    return dt.date.fromisoformat(str(content["month"]))


def _day(content: Content) -> dt.date:
    return dt.date.fromisoformat(str(content["effective_from"]))


EVALUATION_OVERRIDE = Approval(
    key=KIND,
    title=_l("Another rank than the rules come to"),
    icon="ladder",
    subject="evaluation_decision",
    request_permission=Permission.AGENT_EDIT,
    decide_permission=Permission.EVALUATION_DECIDE,
    content=content,
    place=place,
    names=names,
    line=line,
    changes=changes,
    preview=preview,
    checks=(checked,),
    sees=sees,
    lock=lock,
    on_approved=apply,
    due_days=5,
)
