"""What an address names and the actor may see. What he may not see is answered like what does not exist, and recorded."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import exists, select

from portal.access.audit import record
from portal.access.identity import HOUSE
from portal.database import database
from portal.models.agents import Agent
from portal.models.organisation import Position
from portal.query.names import named
from portal.query.places import Place, Places, people_names
from portal.query.reach import within
from portal.query.reader import Reader
from portal.query.report_account_rows import LISTED, UNASSIGNED


class OutOfScope(LookupError):
    """There is no such institution, person, customer or account, or the actor may not see it: answered alike."""

    def __init__(self, subject: str, key: int | str) -> None:
        self.subject, self.key = subject, key
        super().__init__(f"There is no {subject} {key} within what you may see.")


def refuse(reader: Reader, subject: str, key: int | str) -> OutOfScope:
    """The refusal, recorded in a transaction of its own so that it outlives the question."""
    with database().transaction(HOUSE) as session:
        record(session, reader.actor, "refused", subject, str(key), {"reason": "outside the data scope"})
    return OutOfScope(subject, key)


def institution_within(reader: Reader, institution_id: int, on: dt.date) -> Place:
    """The institution as it stood on a day, or stands now. Raises OutOfScope."""
    scope = reader.actor.scope
    place = reader.places(on).get(institution_id) or reader.places().get(institution_id)
    if place is None or not (scope.all or institution_id in scope.institutions):
        raise refuse(reader, "institution", institution_id)
    return place


def manager_within(reader: Reader, person_id: int, on: dt.date) -> str:
    """The name of a manager who works, worked or has credits within the scope; 0 is "unassigned". Raises OutOfScope."""
    language, actor = reader.actor.language, reader.actor
    if person_id == 0:
        return UNASSIGNED.get(language, UNASSIGNED["en"])
    person = people_names(reader.session).get(person_id)
    seen = person is not None and (
        actor.scope.all
        or actor.scope.person_id == person_id
        or reader.session.scalar(select(exists().where(Position.person_id == person_id, within(actor, Position))))
        or _credited(reader, "manager_id", person_id, on)
    )
    if person is None or not seen:
        raise refuse(reader, "person", person_id)
    return named(person, language)


def agent_within(reader: Reader, person_id: int) -> Agent:
    """An agent whom the row policies let the actor see. Raises OutOfScope."""
    agent = reader.session.get(Agent, person_id)
    if agent is None:
        raise refuse(reader, "agent", person_id)
    return agent


def listed_within(reader: Reader, column: str, key: int, on: dt.date) -> str:
    """The name of a customer or the number of an account (`column` is customer_id or account_id). Raises OutOfScope.

    Someone who may see no more than his own credits of earlier days gets the bare number.
    """
    listed, number = LISTED[column]
    name = (
        f"coalesce(nullif({'name_zh' if reader.actor.language == 'zh' else 'name'}, ''), name)"
        if listed == "customer"
        else number
    )
    found = reader.ask(
        f"select {name} as name from listed where {column} = ?", [key], listed=(listed, [max(on, reader.today)])
    )
    if found:
        return str(found[0]["name"])
    if not _credited(reader, column, key, on):
        raise refuse(reader, listed, key)
    return str(key)


def roots_within(reader: Reader, tree: Places) -> list[Place]:
    """The uppermost institutions the actor may see: the root, his own node, or several."""
    scope = reader.actor.scope
    if scope.all:
        return tree.roots
    own = [place for place in tree.by_id.values() if place.id in scope.institutions]
    return [place for place in own if place.parent_id not in scope.institutions]


def _credited(reader: Reader, column: str, key: int, on: dt.date) -> bool:
    """Whether any credit the actor may see on a day belongs to it."""
    return bool(
        reader.ask(f"select 1 as found from credits where {column} = ? limit 1", [key], credits=("credit_day", [on]))
    )
