"""The small insurer with a small basic law that was approved, and months that are run as the jobs run them."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from calc import Engine
from jobs import policy_inputs
from jobs.commission import COMMISSION_JOB
from jobs.job import Chunk
from jobs.policies import POLICIES_JOB
from jobs.runner import run_chunk
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.organisation import Institution
from portal.models.rulebooks import Rulebook, RulebookElement, RulebookVersion
from portal.models.runs import RunStatus
from portal.query.pins import files_of, pin
from portal.query.rulebook_rules import elements_of
from portal.services.rulebook_text import written
from tests.insurer.conftest import SmallInsurer, database, loaded, small, var  # noqa: F401 - fixtures of the area

LAW = """
rulebook: individual
facts:
  premium:
    {key: premium_id, agent: agent_id, institution: issuing_institution_id, month_of: received_on, rules_of: issued_on,
     columns: {premium_id: key, agent_id: key, issuing_institution_id: key, issued_on: date, received_on: date,
               amount: {unit: money, low: -1000000, high: 1000000}, policy_year: {unit: count, low: 1, high: 100}}}
parameters:
  fyc_rate: {unit: rate, value: RATE, low: 0, high: 1, title: First-year rate, title_zh: 首年佣金率}
  override_rate: {unit: rate, value: 10%, low: 0, high: 1}
measures:
  month_fyc: {unit: money, grain: agent, of: premium, sum: fyc}
formulas:
  counted: {unit: money, grain: premium, formula: premium.amount, title: Premium that counts}
  fyc: {unit: money, grain: premium, formula: "ROUND(counted * p.fyc_rate, 2)"}
  override: {unit: money, grain: agent, formula: "ROUND(DIRECT(month_fyc) * p.override_rate, 2)"}
  three_months: {unit: money, grain: agent, formula: "ROLLING_SUM(month_fyc, 3)"}
lines:
  - {name: commission, pays: month_fyc, group: commission, order: 10, title: Commission, title_zh: 佣金}
  - {name: leading, pays: override, group: leading, order: 20, title: Override, title_zh: 管理津贴}
"""


@dataclass
class Months:
    """Delivers, runs months, and reads what they published."""

    small: SmallInsurer
    database: Database
    attempts: Any

    def deliver(self, first: dt.date, last: dt.date, **rows: list[dict[str, object]]) -> None:
        self.small.rows = rows
        days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
        assert run_chunk(POLICIES_JOB, Chunk.of("policies", days, next(self.attempts))) is RunStatus.PUBLISHED

    def run(self, month: dt.date) -> RunStatus:
        return run_chunk(COMMISSION_JOB, Chunk.of("commission", [last_day(month)], next(self.attempts)))

    def rows(self, dataset: str, month: dt.date, sql: str) -> list[tuple[Any, ...]]:
        """A question over a published dataset of a month, which it calls `made`."""
        with self.database.transaction(HOUSE) as session:
            files = files_of(pin(session, [dataset], [last_day(month)]).values())
        with Engine() as engine:
            engine.give_files("made", files)
            return engine.connection.cursor().execute(sql).fetchall()

    def approve(self, text: str, valid_from: dt.date, at: str = "Z", complete: bool = True) -> int:
        """Put a version in force without asking anybody."""
        with self.database.transaction(HOUSE) as session:
            book = session.query(Rulebook).filter_by(code="individual").one_or_none()
            if book is None:
                book = Rulebook(code="individual", name="Individual agents")
                session.add(book)
                session.flush()
            number = session.query(RulebookVersion).filter_by(rulebook_id=book.id).count() + 1
            place = session.query(Institution).filter_by(code=at).one()
            version = RulebookVersion(
                rulebook_id=book.id, number=number, title=f"Version {number}", institution_id=place.id,
                complete=complete, valid_from=valid_from, state="approved", created_by="test",
                recorded_at=dt.datetime.now(dt.UTC),
            )  # fmt: skip
            session.add(version)
            session.flush()
            for (section, name), content in elements_of(written(text).told).items():
                session.add(RulebookElement(version_id=version.id, section=section, name=name, content=content,
                                            recorded_by="test"))  # fmt: skip
            return book.id


def last_day(month: dt.date) -> dt.date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


@pytest.fixture
def months(small: SmallInsurer, database: Database, monkeypatch: pytest.MonkeyPatch) -> Months:
    monkeypatch.setattr(policy_inputs, "active_source", lambda _session, _family: None)
    monkeypatch.setattr(policy_inputs, "open_source", lambda _config: small)
    return Months(small, database, itertools.count(1))


@pytest.fixture
def law() -> Callable[[str], str]:
    """The small law with a first-year rate."""
    return lambda rate: LAW.replace("RATE", rate)
