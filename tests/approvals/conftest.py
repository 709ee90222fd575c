"""The small bank of the resources, with people who ask, decide and stand in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.approvals import ApprovalRequest, Substitute
from portal.models.organisation import Person, Position, Share
from portal.permissions import LOCAL_OPERATOR, Actor
from portal.query.reader import Reader
from portal.services.approvals import request_approval
from portal.services.roles import ensure_default_roles
from portal.services.share_requests import proposal_of
from portal.services.users import add_user
from portal.services.writer import writing
from tests.installation import database, var  # noqa: F401 - fixtures of the area
from tests.resources.bank import BEGIN, Bank, build, publish

PASSWORD = "people who decide things"
TODAY = dt.date.today()
TOMORROW = TODAY + dt.timedelta(days=1)
LEADERS = {"R-amy": "R-A", "R-ben": "R-A", "R-zoe": "R-B", "R-top": "R-H"}
KEY = "c2-marketer"


@dataclass
class House:
    """The bank, and its people as they log in: `actor("li")`."""

    bank: Bank
    database: Database

    def actor(self, name: str, **changes: Any) -> Actor:
        with self.database.transaction(HOUSE) as session:
            return replace(actor_named(session, f"r-{name}"), **changes)

    def person(self, name: str) -> int:
        return self.bank.people[f"R-{name}"]

    def parts(self, **ratios: str) -> dict[str, Any]:
        """What is asked for: `parts(li="0.5", wu="0.5")`, from tomorrow on."""
        lines = [{"person": self.person(name), "ratio": ratio} for name, ratio in ratios.items()]
        return proposal_of(lines, TOMORROW)

    def ask(self, name: str = "li", key: str = KEY, **ratios: str) -> ApprovalRequest:
        with writing(self.actor(name)) as writer:
            return request_approval(writer, "share_change", key, self.parts(**ratios or {"li": "0.5", "wu": "0.5"}))

    def request(self, number: int) -> ApprovalRequest:
        with self.database.transaction(HOUSE) as session:
            return session.get_one(ApprovalRequest, number)

    def read(self, question: Callable[[Reader], Any], actor: Actor = LOCAL_OPERATOR) -> Any:
        with self.database.transaction(actor) as session:
            return question(Reader(actor, session))

    def shares(self, customer: int = 2, on: dt.date = TOMORROW) -> dict[str, str]:
        """Who is credited on a day."""
        with self.database.transaction(HOUSE) as session:
            names = {number: code for code, number in self.bank.people.items()}
            rows = session.query(Share).filter(
                Share.customer_id == customer, Share.valid_from <= on, Share.valid_to > on
            )
            return {names[row.person_id].removeprefix("R-"): f"{row.ratio.normalize():f}" for row in rows}


@pytest.fixture(scope="package")
def built(database: Database, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The bank, stored once."""
    with database.transaction(HOUSE) as session:
        ensure_default_roles(session)
        bank = build(session)
        for code, place in LEADERS.items():
            person = Person(code=code, name=code.removeprefix("R-").title(), name_zh=f"领导{code}")
            session.add(person)
            session.flush()
            bank.people[code] = person.id
            seat = Position(
                person_id=person.id, institution_id=bank.institutions[place], kind="leader", valid_from=BEGIN
            )
            session.add(seat)
        publish(session, bank, tmp_path_factory.mktemp("lake"))
    with writing(LOCAL_OPERATOR) as writer:
        for code in ("R-li", "R-wu", "R-zhao"):
            add_user(writer, code.lower(), PASSWORD, person_code=code, roles=["customer_manager"])
        for code in LEADERS:
            add_user(writer, code.lower(), PASSWORD, person_code=code, roles=["leader"])
        add_user(writer, "r-auditor", PASSWORD, roles=["auditor"])
        add_user(writer, "r-chief", PASSWORD, roles=["administrator"])
    return House(bank, database)


@pytest.fixture
def house(built: House) -> Iterator[House]:
    """The bank with its shares as they were built, and no open request, no substitute."""
    yield built
    with built.database.transaction(HOUSE) as session:
        for request in session.query(ApprovalRequest).filter(ApprovalRequest.ended_at.is_(None)):
            request.state, request.ended_at, request.ended_by = "withdrawn", dt.datetime.now(dt.UTC), "test"
        session.query(Substitute).delete()
        session.query(Share).filter(Share.customer_id == 2).delete()
        for name, ratio in (("R-li", "0.6"), ("R-wu", "0.4")):
            session.add(
                Share(
                    customer_id=2,
                    role="marketer",
                    person_id=built.bank.people[name],
                    ratio=ratio,
                    institution_id=built.bank.institutions["R-A1" if name == "R-li" else "R-A2"],
                    valid_from=BEGIN,
                )
            )


def stand_in(house: House, away: str, substitute: str, first: int = 0, last: int = 0, kind: str | None = None) -> None:
    """Someone is away from `first` to `last` days from today."""
    with house.database.transaction(HOUSE) as session:
        days = [TODAY + dt.timedelta(days=count) for count in (first, last)]
        session.add(
            Substitute(
                person_id=house.person(away),
                substitute_id=house.person(substitute),
                first_day=days[0],
                last_day=days[1],
                kind=kind,
            )
        )
