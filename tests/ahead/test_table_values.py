"""Why a number: a table that a formula asks is shown with what it gave."""

from __future__ import annotations

from decimal import Decimal

from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.query.reader import Reader
from portal.query.statement import statement
from portal.query.statement_why import Opened, opened, row_opened
from tests.ahead.conftest import JAN


def told(found: Opened | None) -> list[tuple[str, str, object, str]]:
    assert found is not None
    return [(one.name, one.kind, one.value, one.unit) for one in found.named]


def test_a_table_is_shown_with_what_it_gave(ahead: dict[str, int], database: Database) -> None:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, "bo")
    with database.transaction(actor) as session:
        reader = Reader(actor, session)
        one = statement(reader, ahead["Z2"], JAN)
        assert one is not None
        bonus = told(opened(reader, one, "bonus_amount", JAN))
        assert bonus == [("bonus", "lookup", 0, "money"), ("counted_fyc", "element", 900, "money")]
        premium = told(row_opened(reader, one, "month_fyc", 1, JAN))
        assert premium == [
            ("counted", "row", 3000, "money"), ("p.fyc_rate", "parameter", "30%", ""),
            ("weight", "lookup", Decimal(1), "rate"), ("premium.policy_year", "column", 1, ""),
        ]  # fmt: skip
