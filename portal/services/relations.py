"""Rules of relations between agents: nobody is his own superior, directly or around a circle, on any day."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select, text

from portal.models.agents import Agent, Relation
from portal.models.organisation import Person
from portal.query.names import named
from portal.services.drafts import Draft
from portal.services.periods import Span
from portal.services.refusal import Refusal
from portal.services.writer import Writer

# From one agent upwards, each step only for the days on which all steps before it hold too.
CIRCLE = text("""
    with recursive step as (
        select relation.agent_id, relation_period.from_id, valid_from, valid_to
        from relation join relation_period on relation_id = relation.id
        where kind = :kind
    ), up as (
        select from_id, valid_from as first_day, valid_to as end_day, array[agent_id] as way
        from step where agent_id = :agent
        union all
        select step.from_id, greatest(first_day, valid_from), least(end_day, valid_to), way || step.agent_id
        from up join step on step.agent_id = up.from_id and valid_from < end_day and valid_to > first_day
        where up.from_id <> all (way)
    )
    select first_day, way from up where from_id = :agent order by first_day limit 1
""")


def lock_kind(writer: Writer, draft: Draft) -> None:
    """Changes of one kind of relation happen one after the other: two at once could close a circle together."""
    keep_kind(writer, draft.value("kind"))
    agent, other = draft.value("agent"), draft.value("other")
    if agent == other:
        raise Refusal(_("Nobody is in a relation with himself."), "other")
    for name, person in (("agent", agent), ("other", other)):
        if not writer.exists(Agent, Agent.id == person):
            raise Refusal(_("%(person)s is no agent.", person=_name(writer, person)), name)


def check_relation(writer: Writer, draft: Draft, identity: int, span: Span | None) -> None:
    """After a change: no way up leads back; the sentence names who stands on it."""
    if span is not None:
        check_circle(writer, identity)


def keep_kind(writer: Writer, kind: str) -> None:
    """Nobody else changes relations of a kind until the end of the transaction."""
    writer.session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"relation {kind}"}
    )


def check_circle(writer: Writer, identity: int) -> None:
    """No way up from an agent leads back to him. Raises Refusal with the names that stand on it."""
    relation = writer.session.get_one(Relation, identity)
    found = writer.session.execute(CIRCLE, {"kind": relation.kind, "agent": relation.agent_id}).first()
    if found is not None:
        names = [_name(writer, person) for person in (*found.way, relation.agent_id)]
        raise Refusal(
            _("From %(day)s on this closes a circle: %(names)s.", day=found.first_day, names=" → ".join(names)), "other"
        )


def _name(writer: Writer, person: int) -> str:
    names = writer.session.execute(select(Person.name, Person.name_zh).where(Person.id == person)).one()
    return str(named(names, writer.actor.language))
