"""A condition over more values than PostgreSQL takes parameters."""

from __future__ import annotations

from sqlalchemy import select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.among import among
from portal.models.organisation import Person


def test_a_hundred_thousand_values_are_one_parameter(database: Database, loaded: dict[str, int]) -> None:
    with database.transaction(HOUSE) as session:
        asked = select(Person.id).where(among(Person.code, {"Z1", "Z3", *(f"N{n}" for n in range(100_000))}))
        assert set(session.scalars(asked)) == {loaded["Z1"], loaded["Z3"]}
        assert session.scalars(select(Person.id).where(among(Person.id, []))).all() == []
