"""What large houses need: a condition over more values than PostgreSQL takes parameters, and tables that are known at once."""

from __future__ import annotations

from sqlalchemy import select, text

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.among import among
from portal.models.organisation import Person


def test_a_hundred_thousand_values_are_one_parameter(database: Database, loaded: dict[str, int]) -> None:
    with database.transaction(HOUSE) as session:
        asked = select(Person.id).where(among(Person.code, {"Z1", "Z3", *(f"N{n}" for n in range(100_000))}))
        assert set(session.scalars(asked)) == {loaded["Z1"], loaded["Z3"]}
        assert session.scalars(select(Person.id).where(among(Person.id, []))).all() == []


def test_what_was_loaded_is_counted_at_once(database: Database, loaded: dict[str, int]) -> None:
    counted = text("select reltuples from pg_class where relname = 'agent'")
    database.count_anew()
    with database.owner.connect() as connection:
        assert connection.execute(counted).scalar_one() == len(loaded)
    Database(database.application_url, None).count_anew()  # left to PostgreSQL where the owner's address is not known
