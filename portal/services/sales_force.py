"""The core's daily word about agents and teams, taken over as dated records from its day on.

Only what the core says anew is taken: a record about which it says the same as last time stays as people have it here. Where both
changed, the people's word stays and the difference is told. A day is taken once, as a whole or not at all, in the order of days.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.access.identity import today
from portal.models.agents import Agent, AgentPeriod, RankOrigin, Relation, RelationPeriod
from portal.models.deliveries import DeliveredState, SalesForceDelivery
from portal.models.organisation import Institution, InstitutionLevel, InstitutionPeriod, Person, Position
from portal.permissions import Permission
from portal.sentence import Sentence
from portal.services import periods
from portal.services.institutions import TREE_LOCK
from portal.services.refusal import Refusal
from portal.services.sales_force_checks import refuse_impossible, refuse_upside_down
from portal.services.sales_force_taken import Kept, TakenDay
from portal.services.sales_force_units import close_vanished
from portal.services.writer import Writer
from portal.sources.base import SourceError
from portal.sources.insurer import AgentState, SalesForceDay, TeamState
from portal.sources.load_agents import CIRCLE

GONE = "under no contract"
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """An agent as the records here have him on a day; without a contract `rank` is empty."""

    id: int
    person_id: int
    by_hand: bool
    facts: Mapping[str, str]

    @property
    def active(self) -> bool:
        return bool(self.facts["rank"])


def take_sales_force(writer: Writer, delivered: SalesForceDay) -> TakenDay:
    """Take a day's delivery over; the same again, and days before the last one taken, change nothing.

    Raises:
        Forbidden: the actor may not change all of it.
        SourceError: the delivery names what nobody knows, or contradicts what was taken of this day; nothing is written.
    """
    for permission in (
        Permission.AGENT_EDIT,
        Permission.PERSON_EDIT,
        Permission.RELATION_EDIT,
        Permission.INSTITUTION_EDIT,
    ):
        writer.allow(permission)
    session, day = writer.session, delivered.business_date
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": TREE_LOCK})
    whole = [[asdict(one) for one in delivered.teams], [asdict(one) for one in delivered.agents]]
    told = json.dumps(whole, default=str, ensure_ascii=False)
    content_hash = hashlib.sha256(told.encode()).hexdigest()
    before = session.get(SalesForceDelivery, day)
    if before is not None:
        if before.content_hash != content_hash:
            raise SourceError(
                Sentence("The sales force of %(day)s was taken before with another content. What changed belongs into a later "
                         "day's delivery, or is recorded in Administration.", day=day)
            )  # fmt: skip
        return TakenDay(already=True, kept=[Kept(*one) for one in before.kept])
    last = session.scalar(select(func.max(SalesForceDelivery.business_date)))
    if last is not None and day < last:
        return TakenDay(already=True)
    taken = TakenDay()
    said = {(row.kind, row.code): row.state for row in session.scalars(select(DeliveredState))}
    for team in delivered.teams:
        _take_team(writer, day, team, said.get(("team", team.code)), taken)
    refuse_upside_down(session, day, [team.code for team in delivered.teams])
    _take_agents(writer, delivered, {code: state for (kind, code), state in said.items() if kind == "agent"}, taken)
    close_vanished(writer, delivered, {code: state for (kind, code), state in said.items() if kind == "team"}, taken)
    _note_words(writer, day, taken, said)
    circle = session.execute(text(CIRCLE)).first()
    if circle is not None:
        raise SourceError(
            Sentence("On %(day)s the %(kind)s relation of agent %(agent_no)s leads back to him.",
                     day=circle.day, kind=circle.kind, agent_no=circle.agent_no)
        )  # fmt: skip
    kept = [[one.dataset, one.code, one.stated, one.standing] for one in taken.kept]
    session.add(
        SalesForceDelivery(business_date=day, content_hash=content_hash, agents=len(delivered.agents), kept=kept)
    )
    session.flush()
    counts = {"agents": len(delivered.agents), "new": taken.new, "changed": taken.changed, "left": taken.left,
              "closed": taken.closed}  # fmt: skip
    writer.record("take", "sales force", str(day), {**counts, "kept": len(taken.kept)})
    return taken


# ---- agents ----


def _take_agents(writer: Writer, delivered: SalesForceDay, said: Mapping[str, Any], taken: TakenDay) -> None:
    day = delivered.business_date
    standing = _standing(writer, day)
    places = dict(writer.session.execute(select(Institution.code, Institution.id)).all())
    new = [one for one in delivered.agents if one.agent_no not in standing]
    for one in delivered.agents:
        refuse_impossible(day, one)
        if one.institution_code not in places:
            raise SourceError(
                Sentence("Agent %(agent_no)s works in %(code)s, which neither the delivery nor Basis knows.",
                         agent_no=one.agent_no, code=one.institution_code)
            )  # fmt: skip
    for one in new:  # all of them before any is named as a superior
        standing[one.agent_no] = _add_agent(writer, day, one, places[one.institution_code])
        taken.new += 1
    numbers = {agent_no: one.id for agent_no, one in standing.items()}
    fresh = {one.agent_no for one in new}
    for one in delivered.agents:
        if one.superior_no and one.superior_no not in numbers:
            raise SourceError(
                Sentence("Agent %(agent_no)s stands under %(superior)s, whom neither the delivery nor Basis knows.",
                         agent_no=one.agent_no, superior=one.superior_no)
            )  # fmt: skip
        here = standing[one.agent_no]
        if one.agent_no in fresh:
            _set_superior(writer, day, here.id, numbers.get(one.superior_no))
        elif _change_agent(writer, day, one, here, said.get(one.agent_no), places, numbers, taken):
            taken.changed += 1
        taken.words["agent", one.agent_no] = facts_of(one)
    there = {one.agent_no for one in delivered.agents}
    for agent_no, here in standing.items():
        if agent_no not in there:
            _leave(writer, day, agent_no, here, said.get(agent_no), taken)


def facts_of(one: AgentState) -> dict[str, str]:
    """What the core says of an agent, each fact as one text that can be compared and told."""
    return {
        "rank": f"{one.channel} {one.rank}", "place": f"{one.institution_code} {one.kind}", "superior": one.superior_no,
        "name": f"{one.name}|{one.name_zh}",
    }  # fmt: skip


def _add_agent(writer: Writer, day: dt.date, one: AgentState, place: int) -> Standing:
    """A contract that begins with the delivery's day."""
    session = writer.session
    person = session.scalar(select(Person).where(Person.code == one.person_code))
    if person is None:
        person = writer.add(Person(code=one.person_code, name=one.name, name_zh=one.name_zh), "deliver")
    if session.get(Agent, person.id) is not None:
        raise SourceError(
            Sentence(
                "Agent %(agent_no)s is person %(code)s, who is another agent here.",
                agent_no=one.agent_no,
                code=one.person_code,
            )
        )
    writer.add(Agent(id=person.id, agent_no=one.agent_no, joined_on=min(one.joined_on, day)), "deliver")
    contract = {"channel": one.channel, "rank": one.rank, "origin": RankOrigin.HIRE.value}
    periods.begin(session, AgentPeriod, "agent_id", person.id, contract, day)
    periods.hold(session, Position, "person_id", person.id, {"institution_id": place, "kind": one.kind}, day)
    _tell(writer, person.id, day, {name: ["", value] for name, value in facts_of(one).items()})
    return Standing(person.id, person.id, False, facts_of(one))


def _change_agent(
    writer: Writer, day: dt.date, one: AgentState, here: Standing, said: Mapping[str, Any] | None,
    places: Mapping[str, int], numbers: Mapping[str, int], taken: TakenDay,
) -> bool:  # fmt: skip
    """Take over what the core says anew of an agent who is known here; whether anything was."""
    stated, session = facts_of(one), writer.session
    if not here.active and (here.by_hand if said is None else _said(said, "rank")):
        if said != stated:
            taken.kept.append(Kept("agent", one.agent_no, stated["rank"], GONE))
        return False  # people ended the contract, and the core goes on as before
    contract = {"channel": one.channel, "rank": one.rank, "origin": RankOrigin.DECISION.value}
    position = {"institution_id": places[one.institution_code], "kind": one.kind}
    apply: dict[str, Callable[[], object]] = {
        "rank": lambda: periods.hold(session, AgentPeriod, "agent_id", here.id, contract, day),
        "place": lambda: periods.hold(session, Position, "person_id", here.person_id, position, day),
        "superior": lambda: _set_superior(writer, day, here.id, numbers.get(one.superior_no)),
        "name": lambda: _rename(writer, here.person_id, one),
    }
    changes = {}
    for name, value in stated.items():
        if _takes(value, here.facts[name], _said(said, name), here.by_hand, "agent", one.agent_no, taken):
            apply[name]()
            changes[name] = [here.facts[name], value]
    if changes:
        _tell(writer, here.id, day, changes)
    return bool(changes)


def _takes(
    stated: str, standing: str, said: str | None, by_hand: bool, dataset: str, code: str, taken: TakenDay
) -> bool:  # fmt: skip
    """Whether the core's word is taken: it is new, and nobody here decided otherwise since its last one."""
    if stated in (standing, said):
        return False
    if (said is None and not by_hand) or said == standing:
        return True
    taken.kept.append(Kept(dataset, code, stated or "-", standing or "-"))
    return False


def _said(said: Mapping[str, Any] | None, name: str) -> str | None:
    """One fact of the core's last word; None when it never spoke."""
    return None if said is None else said.get(name)


def _leave(
    writer: Writer, day: dt.date, agent_no: str, here: Standing, said: Mapping[str, Any] | None, taken: TakenDay
) -> None:
    """Whom the delivery does not name any more has left; who was only ever recorded by hand stays."""
    if not here.active:
        return
    if said is None and here.by_hand:
        taken.kept.append(Kept("agent", agent_no, GONE, here.facts["rank"]))
        return
    session = writer.session
    try:
        with session.begin_nested():
            periods.end(session, AgentPeriod, "agent_id", here.id, day, today())
            if here.facts["place"].strip():
                periods.end(session, Position, "person_id", here.person_id, day, today())
            _set_superior(writer, day, here.id, None)
    except Refusal:
        taken.kept.append(Kept("agent", agent_no, GONE, here.facts["rank"]))
        return
    taken.left += 1
    _tell(writer, here.id, day, {"rank": [here.facts["rank"], GONE]})
    taken.words["agent", agent_no] = {"rank": ""}


def _set_superior(writer: Writer, day: dt.date, agent_id: int, superior: int | None) -> None:
    """Who stands above from a day on; None for nobody."""
    session = writer.session
    relation = session.scalar(select(Relation).where(Relation.kind == "reporting", Relation.agent_id == agent_id))
    if superior is not None:
        if relation is None:
            relation = Relation(kind="reporting", agent_id=agent_id)
            session.add(relation)
            session.flush()
        periods.hold(session, RelationPeriod, "relation_id", relation.id, {"from_id": superior}, day)
    elif relation is not None and any(
        row.valid_from <= day < row.valid_to
        for row in periods.held(session, RelationPeriod, "relation_id", relation.id)
    ):
        periods.end(session, RelationPeriod, "relation_id", relation.id, day, day - ONE_DAY)


def _rename(writer: Writer, person_id: int, one: AgentState) -> None:
    writer.change(writer.get(Person, person_id), "deliver", name=one.name, name_zh=one.name_zh)


# ---- teams ----


def _take_team(writer: Writer, day: dt.date, one: TeamState, said: Mapping[str, Any] | None, taken: TakenDay) -> None:
    """A unit that is new, was renamed or moved."""
    session = writer.session
    level = session.scalar(select(InstitutionLevel.id).where(InstitutionLevel.code == one.level_code))
    parent = session.scalar(select(Institution.id).where(Institution.code == one.parent_code))
    if level is None or parent is None:
        raise SourceError(
            Sentence("Unit %(code)s stands on level %(level)s under %(parent)s, which Basis does not know.",
                     code=one.code, level=one.level_code, parent=one.parent_code)
        )  # fmt: skip
    stated = {"name": f"{one.name}|{one.name_zh}", "parent": f"{one.parent_code} {one.level_code}"}
    here = session.execute(TEAM, {"code": one.code, "day": day}).first()
    if here is None:
        row = writer.add(Institution(code=one.code), "deliver")
        values = {"parent_id": parent, "level_id": level, "name": one.name, "name_zh": one.name_zh}
        periods.begin(session, InstitutionPeriod, "institution_id", row.id, values, day)
        taken.new += 1
    else:
        standing = {"name": here.name, "parent": here.parent}
        chosen = {
            name: _takes(value, standing[name], _said(said, name), here.by_hand, "team", one.code, taken)
            for name, value in stated.items()
        }
        if any(chosen.values()):
            values = {
                "parent_id": here.parent_id,
                "level_id": here.level_id,
                "name": here.own_name,
                "name_zh": here.own_name_zh,
            }
            if chosen["name"]:
                values |= {"name": one.name, "name_zh": one.name_zh}
            if chosen["parent"]:
                values |= {"parent_id": parent, "level_id": level}
            periods.hold(session, InstitutionPeriod, "institution_id", here.id, values, day)
            changes = {name: [standing[name], stated[name]] for name, taken_over in chosen.items() if taken_over}
            writer.record("deliver", "institutions", str(here.id), {**changes, "valid_from": day})
            taken.changed += 1
    taken.words["team", one.code] = stated


def _note_words(writer: Writer, day: dt.date, taken: TakenDay, said: Mapping[tuple[str, str], Any]) -> None:
    """Keep the core's last word about each agent and team where it is another than before."""
    rows = [
        {"kind": kind, "code": code, "state": state, "business_date": day}
        for (kind, code), state in taken.words.items() if said.get((kind, code)) != state
    ]  # fmt: skip
    if rows:
        wanted = upsert(DeliveredState)
        new = {"state": wanted.excluded.state, "business_date": wanted.excluded.business_date}
        writer.session.execute(wanted.on_conflict_do_update(index_elements=["kind", "code"], set_=new), rows)


def _tell(writer: Writer, agent_id: int, day: dt.date, changes: Mapping[str, list[str]]) -> None:
    """The audit row that the agent's own page shows."""
    writer.record("deliver", "agents", str(agent_id), {**changes, "valid_from": day})


def _standing(writer: Writer, day: dt.date) -> dict[str, Standing]:
    """All agents as the records here have them on a day, by number."""
    return {
        row.agent_no: Standing(
            row.id, row.id, row.by_hand,
            {"rank": row.rank, "place": row.place, "superior": row.superior, "name": row.name},
        )
        for row in writer.session.execute(STANDING, {"day": day})
    }  # fmt: skip


BY_HAND = (
    "exists (select from audit_entry where subject in ({subjects}) and subject_key = {key}::text "
    "and action in ('create', 'change', 'end') and actor <> 'nightly run')"
)
STANDING = text(f"""
select agent.id, agent.agent_no, coalesce(channel || ' ' || rank, '') as rank, person.name || '|' || person.name_zh as name,
       coalesce(institution.code || ' ' || position.kind, '') as place, coalesce(above.agent_no, '') as superior,
       {BY_HAND.format(subjects="'agents', 'people'", key="agent.id")} as by_hand
from agent join person on person.id = agent.id
left join agent_period on agent_period.agent_id = agent.id
    and :day >= agent_period.valid_from and :day < agent_period.valid_to
left join position on position.person_id = agent.id and :day >= position.valid_from and :day < position.valid_to
left join institution on institution.id = position.institution_id
left join relation on relation.agent_id = agent.id and relation.kind = 'reporting'
left join relation_period on relation_period.relation_id = relation.id
    and :day >= relation_period.valid_from and :day < relation_period.valid_to
left join (select id as above_id, agent_no from agent) as above on above.above_id = relation_period.from_id
order by agent.agent_no
""")
TEAM = text(f"""
select institution.id, period.parent_id, period.level_id, period.name as own_name, period.name_zh as own_name_zh,
       coalesce(period.name || '|' || period.name_zh, '') as name,
       coalesce(above.code || ' ' || institution_level.code, '') as parent,
       {BY_HAND.format(subjects="'institutions'", key="institution.id")} as by_hand
from institution
left join institution_period as period on period.institution_id = institution.id
    and :day >= period.valid_from and :day < period.valid_to
left join institution as above on above.id = period.parent_id
left join institution_level on institution_level.id = period.level_id
where institution.code = :code
""")
