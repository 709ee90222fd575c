"""A small insurer: one company, one branch, two teams, three agents; each test delivers what it likes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.organisation import Person
from portal.query.calendar import EVERY_DAY, BusinessCalendar
from portal.sources import insurer
from portal.sources.base import Control, Family, Institution, Level, Organisation, Position
from portal.sources.base import Person as SentPerson
from portal.sources.conform import conform
from portal.sources.load import load_organisation
from tests.installation import database, var  # noqa: F401 - fixtures of the area

BEGAN, MOVED = dt.date(2026, 1, 1), dt.date(2026, 3, 16)


@dataclass
class SmallInsurer:
    """Ada leads team T1, Bo works in it and moves to T2, Cy leads T2."""

    rows: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    code: str = "small"
    family: Family = "insurer"
    continues: bool = True
    home_currency: str = "CNY"
    calendars: list[BusinessCalendar] = field(default_factory=list)  # what each delivery was asked with
    told: list[Control] = field(default_factory=list)  # the control totals it gives

    def organisation(self) -> Organisation:
        tree = [("Z", None, "z_company"), ("ZB", "Z", "z_branch"), ("ZT1", "ZB", "z_team"), ("ZT2", "ZB", "z_team")]
        return Organisation(
            levels=[
                Level("z_company", "Company", "公司", 0),
                Level("z_branch", "Branch", "分公司", 1),
                Level("z_team", "Team", "组", 2, sales_team=True),
            ],
            institutions=[Institution(code, code, "", level, above, BEGAN) for code, above, level in tree],
            people=[SentPerson("Z1", "Ada"), SentPerson("Z2", "Bo"), SentPerson("Z3", "Cy")],
            positions=[
                Position("Z1", "ZT1", "leader", BEGAN),
                Position("Z2", "ZT1", "agent", BEGAN, MOVED),
                Position("Z2", "ZT2", "agent", MOVED),
                Position("Z3", "ZT2", "leader", BEGAN),
            ],
            agents=[insurer.Agent(code, code, BEGAN) for code in ("Z1", "Z2", "Z3")],
            agent_periods=[
                insurer.AgentPeriod(code, "individual", rank, "hire", BEGAN)
                for code, rank in (("Z1", "TM"), ("Z2", "FA"), ("Z3", "TM"))
            ],
            relations=[
                insurer.Relation("reporting", "Z2", "Z1", BEGAN, MOVED),
                insurer.Relation("reporting", "Z2", "Z3", MOVED),
                insurer.Relation("recruiter", "Z2", "Z1", BEGAN),
            ],
            insurance_products=[insurer.InsuranceProduct("WL", "life", "Whole life", "终身寿", "5 10", BEGAN)],
        )

    def dates(self) -> tuple[dt.date, dt.date]:
        return BEGAN, dt.date(2026, 12, 31)

    def fetch(
        self, dataset: str, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> pa.Table:
        self.calendars.append(calendar)
        schema = insurer.SCHEMAS[dataset]
        rows = [row for row in self.rows.get(dataset, []) if first_day <= row["business_date"] <= last_day]  # type: ignore[operator]
        columns = {name: [row.get(name) for row in rows] for name in schema.names}
        return conform(pa.table({name: pa.array(cells) for name, cells in columns.items()}), schema, dataset)

    def controls(
        self, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> tuple[Control, ...]:
        return tuple(one for one in self.told if first_day <= one.business_date <= last_day)


@pytest.fixture(scope="package")
def loaded(database: Database) -> dict[str, int]:
    """The small insurer's people by staff number."""
    with database.transaction(HOUSE) as session:
        load_organisation(session, SmallInsurer(), "small")
        return {person.code: person.id for person in session.query(Person)}


@pytest.fixture
def small(loaded: dict[str, int]) -> SmallInsurer:
    return SmallInsurer()


def policy(number: int, day: dt.date, **more: object) -> dict[str, object]:
    """A policy of Bo as it was issued on a day."""
    usual = {
        "policy_id": number, "business_date": day, "policy_no": f"P{number}", "agent_no": "Z2", "product_code": "WL",
        "payment_term": 10, "premium": 12000, "issued_on": day, "effective_on": day, "status": "in_force",
        "customer_name": "张三",
    }  # fmt: skip
    return usual | more


def premium(number: int, policy_id: int, day: dt.date, **more: object) -> dict[str, object]:
    """A first premium of a policy."""
    usual = {
        "premium_id": number, "business_date": day, "policy_id": policy_id, "agent_no": "Z2", "amount": 12000,
        "received_on": day, "policy_year": 1, "payment_no": 1,
    }  # fmt: skip
    return usual | more
