"""A content is read with the eyes of the whole house, and only the content."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from portal.access.identity import HOUSE
from portal.database import seeing_all
from portal.models.organisation import Person, Share
from portal.permissions import LOCAL_OPERATOR
from portal.query import places
from portal.query.approvals import content_now
from portal.query.places import people_names
from portal.query.reader import Reader
from portal.services.approval_kinds import APPROVALS
from tests.approvals.conftest import KEY, House

RATIOS = {"li": "0.5", "wu": "0.5"}


def count(reader: Reader) -> int:
    return reader.session.scalar(select(func.count()).select_from(Share)) or 0


def test_a_content_is_the_same_for_whoever_asks(house: House) -> None:
    kind, proposal = APPROVALS["share_change"], house.parts(**RATIOS)
    contents = [
        house.read(lambda reader: content_now(reader, kind, KEY, proposal), actor)
        for actor in (house.actor("li"), house.actor("amy"), house.actor("zoe"), LOCAL_OPERATOR)
    ]
    assert all(content == contents[0] for content in contents)
    assert [part["person"] for part in contents[0]["before"]] == [house.person("li"), house.person("wu")]


def test_the_view_of_the_house_ends_with_its_question(house: House) -> None:
    actor = house.actor("li")
    with house.database.transaction(actor) as session:
        reader = Reader(actor, session)
        assert count(reader) == 1
        with seeing_all(session, actor.scope):
            assert count(reader) == 3
        assert count(reader) == 1
        with pytest.raises(KeyError), seeing_all(session, actor.scope):
            raise KeyError
        assert count(reader) == 1
    with house.database.session(actor) as session:
        with pytest.raises(DBAPIError), seeing_all(session, actor.scope):
            session.execute(select(func.no_such_function()))
        session.rollback()
        assert count(Reader(actor, session)) == 1


def test_names_kept_in_memory_outlive_a_transaction_that_fails(house: House) -> None:
    places.forget()
    with pytest.raises(KeyError), house.database.transaction(HOUSE) as session:
        people_names(session)
        session.get(Person, house.person("li"))
        raise KeyError
    with house.database.transaction(HOUSE) as session:
        assert people_names(session)[house.person("li")].name == "Li"
