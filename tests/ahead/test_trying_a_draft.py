"""A draft on one agent's month: what it would pay as it is typed, and the month kept as an example."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from portal.models.rulebooks import Rulebook, RulebookExample, RulebookVersion
from portal.permissions import LOCAL_OPERATOR, Actor, Permission, Scope
from portal.query.agent_trial import tried
from portal.query.outside import OutOfScope
from portal.query.person_month import NobodyThere
from portal.query.reader import Reader
from portal.services import rulebooks
from portal.services.refusal import Refusal
from portal.services.rulebook_checks import draft_sentences
from portal.services.rulebook_example_facts import take_example
from portal.services.writer import Writer, writing
from tests.ahead.conftest import JAN

RATE = ("parameters", "fyc_rate")
BONUS = ("formulas", "bonus_amount")


class Undone(Exception):
    """Nothing of a test stays."""


@pytest.fixture
def drafting(ahead: dict[str, int]) -> Iterator[tuple[Writer, RulebookVersion]]:
    """A draft that raises the rate from 30 % to 40 %; what a test writes is gone afterwards."""
    with writing(LOCAL_OPERATOR) as writer:
        book = writer.session.scalars(select(Rulebook).where(Rulebook.code == "individual")).one()
        in_force = writer.session.scalars(
            select(RulebookVersion).where(RulebookVersion.rulebook_id == book.id, RulebookVersion.state == "approved")
        ).first()
        assert in_force is not None
        draft = rulebooks.new_draft(
            writer, book, title="Forty", institution_id=in_force.institution_id, valid_from=JAN.replace(year=2027),
            based_on=in_force,
        )  # fmt: skip
        rulebooks.set_element(writer, draft, RATE, content_of(writer, draft, RATE) | {"value": "40%"})
        number = draft.id
    try:
        with writing(LOCAL_OPERATOR) as writer:
            yield writer, writer.get(RulebookVersion, number)
            raise Undone
    except Undone:
        pass


def content_of(writer: Writer, draft: RulebookVersion, key: tuple[str, str]) -> Any:
    rows = rulebooks.current_elements(writer, draft)
    return dict(next(row.content for row in rows if (row.section, row.name) == key))


def test_an_agents_month_by_a_draft_as_it_is_typed(drafting: tuple[Writer, RulebookVersion]) -> None:
    writer, draft = drafting
    reader = Reader(LOCAL_OPERATOR, writer.session)
    bonus = content_of(writer, draft, BONUS)
    found = tried(reader, draft, BONUS, bonus, "Z2", JAN)
    # 3,000 x 30 % = 900 earn no bonus; x 40 % = 1,200 earn 10 % of it; tax takes 5 % of both
    assert (found.value_now, found.value_then) == (Decimal(0), Decimal(120))
    assert (found.pay_now, found.pay_then) == (Decimal("855.00"), Decimal("1254.00"))
    typed = tried(reader, draft, BONUS, bonus | {"formula": "ROUND(TIER_AMOUNT(bonus, counted_fyc), 2) + 1"}, "Z2", JAN)
    assert (typed.value_then, typed.pay_then) == (Decimal(121), Decimal("1254.95")), "the tax takes 5 % of the 1, too"
    assert tried(reader, draft, RATE, content_of(writer, draft, RATE), "Z2", JAN).value_then is None


def test_whose_month_may_be_tried(drafting: tuple[Writer, RulebookVersion]) -> None:
    writer, draft = drafting
    reader = Reader(LOCAL_OPERATOR, writer.session)
    with pytest.raises(OutOfScope):
        tried(reader, draft, BONUS, {}, "nobody", JAN)
    with pytest.raises(NobodyThere):
        tried(reader, draft, BONUS, content_of(writer, draft, BONUS), "Z2", JAN.replace(year=2001))
    elsewhere = Actor(9, "Elsewhere", permissions=frozenset({Permission.RULEBOOK_VIEW}), scope=Scope())
    with pytest.raises(OutOfScope), writing(elsewhere) as other:
        tried(Reader(elsewhere, other.session), draft, BONUS, {}, "Z2", JAN)


def test_an_agents_month_becomes_an_example(drafting: tuple[Writer, RulebookVersion]) -> None:
    writer, draft = drafting
    with pytest.raises(Refusal, match="no agent nobody"):
        take_example(writer, draft, "nobody", JAN)
    with pytest.raises(Refusal, match="no contract"):
        take_example(writer, draft, "Z2", JAN.replace(year=2001))
    example = take_example(writer, draft, "Z2", JAN)
    assert example.expected == {"commission": "1200.00", "bonus_line": "120.00", "tax_line": "-66.00"}
    assert {row["amount"] for row in example.given["premium"]} == {"3000.00"} and "rules" not in example.given
    reader = Reader(LOCAL_OPERATOR, writer.session)
    assert draft_sentences(reader, draft) == []
    rulebooks.change_example(writer, example, {"commission": "1201.00"})
    assert draft_sentences(reader, draft) == ["Example Z2, 2026-01: Commission must be 1201.00 and is 1200.00."]
    rulebooks.end_example(writer, writer.get(RulebookExample, example.id), "only tried")
