"""What people and things are called in a reader's language, and the numbers of agents."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from sqlalchemy import select

from portal.models.agents import Agent
from portal.models.among import among
from portal.query.places import people_names
from portal.query.reader import Reader

MANY = 1_000


class Named(Protocol):
    """Whatever has a name, and perhaps a Chinese one."""

    @property
    def name(self) -> str: ...
    @property
    def name_zh(self) -> str: ...


def named(one: Named, language: str) -> str:
    """Its Chinese name for who reads Chinese, where it has one."""
    return one.name_zh if language == "zh" and one.name_zh else one.name


def names_of(reader: Reader, people: Iterable[int]) -> dict[int, str]:
    """The names of many people, as `person_name` tells them."""
    known, language = people_names(reader.session), reader.actor.language
    return {one: named(known[one], language) if one in known else "" for one in people}


def agent_numbers(reader: Reader, agents: Collection[int]) -> dict[int, str]:
    """The numbers of agents by id; who asks for many gets those of everybody he may see, which are remembered."""
    if len(agents) > MANY:
        everybody: dict[int, str] = reader.memory.once(
            ("agent numbers", reader.actor.scope),
            lambda: dict(reader.session.execute(select(Agent.id, Agent.agent_no)).all()),
        )
        return everybody
    return dict(reader.session.execute(select(Agent.id, Agent.agent_no).where(among(Agent.id, agents))).all())


def person_name(reader: Reader, person_id: int | None) -> str:
    """A person's name in the reader's language; empty for nobody, and for who is not known."""
    person = people_names(reader.session).get(person_id) if person_id is not None else None
    return "" if person is None else named(person, reader.actor.language)
