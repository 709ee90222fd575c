"""A small bank: two branches, one institution that was merged away, four employees, five users."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from portal.models.organisation import Institution, InstitutionLevel, InstitutionPeriod, Person, Position
from portal.services.users import add_user
from portal.services.writer import Writer

PASSWORD = "correct horse battery"
BEGIN, MOVED, CLOSED = dt.date(2019, 1, 1), dt.date(2021, 1, 1), dt.date(2022, 1, 1)
TREE = {"T-H": None, "T-A": "T-H", "T-B": "T-H", "T-A1": "T-A", "T-A2": "T-A", "T-B1": "T-B", "T-C": "T-B"}
STAFF = {"li": "T-A1", "wang": "T-A", "zhao": "T-B", "chen": "T-B1"}
USERS = {"li": "customer_manager", "wang": "leader", "zhao": "leader", "ops": "operator", "root": "administrator"}


@dataclass
class Bank:
    """The numbers of what the tests stand on."""

    institutions: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)

    def at(self, *codes: str) -> frozenset[int]:
        """The numbers of these institutions."""
        return frozenset(self.institutions[code] for code in codes)


def build(session: Session) -> Bank:
    """Store the tree and the employees. T-C stood under T-B, moved under T-A, and closed."""
    made = Bank()
    level = InstitutionLevel(code="T-level", name="Level", name_zh="层级", depth=0)
    session.add(level)
    for code in TREE:
        institution = Institution(code=code)
        session.add(institution)
        session.flush()
        made.institutions[code] = institution.id

    def stood(code: str, parent: str | None, begin: dt.date, end: dt.date = dt.date(9999, 12, 31)) -> None:
        above = made.institutions[parent] if parent else None
        period = {"institution_id": made.institutions[code], "parent_id": above, "level_id": level.id, "name": code}
        session.add(InstitutionPeriod(valid_from=begin, valid_to=end, **period))

    for code, parent in TREE.items():
        stood(code, parent, BEGIN, MOVED if code == "T-C" else dt.date(9999, 12, 31))
    stood("T-C", "T-A", MOVED, CLOSED)
    for name, code in STAFF.items():
        person = Person(code=f"T-{name}", name=name.title())
        session.add(person)
        session.flush()
        made.people[name] = person.id
        kind = "leader" if USERS.get(name) == "leader" else "customer_manager"
        here = {"person_id": person.id, "institution_id": made.institutions[code], "kind": kind}
        session.add(Position(valid_from=BEGIN, **here))
    return made


def add_users(writer: Writer, bank: Bank) -> None:
    """Give each of `USERS` a log-in."""
    for name, role in USERS.items():
        person_code = f"T-{name}" if name in STAFF else ""
        bank.users[name] = add_user(writer, name, PASSWORD, person_code=person_code, roles=[role]).id
