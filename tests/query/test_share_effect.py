"""What a change of shares would move, on the tiny bank: checked with a pencil, and summing to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.permissions import Actor
from portal.query.approvals import as_the_house, content_now
from portal.query.reader import Reader, reading
from portal.query.share_effect import ShareEffect, share_effect
from portal.query.subjects import Subject
from portal.services.approval_kinds import APPROVALS
from portal.services.share_requests import preview, proposal_of
from tests.query.bank import Bank


def effect(reader: Reader, customer: int, **ratios: str) -> ShareEffect:
    parts = tuple(sorted((int(person[1:]), Decimal(ratio)) for person, ratio in ratios.items()))
    return share_effect(reader, Subject("customer", customer), "marketer", parts)


def test_a_shared_customer_moves_by_the_cent(whole: Reader, bank: Bank) -> None:
    """133.34 at 60 : 40 is 80.00 and 53.34; at 1/3 : 2/3 it is 44.45 and 88.89."""
    ann, bob = bank.people["Q-ann"], bank.people["Q-bob"]
    found = effect(whole, 900002, **{f"p{ann}": "0.333333", f"p{bob}": "0.666667"})
    assert {person: held.assets for person, held in found.held.items()} == {
        ann: [Decimal("80.00"), Decimal("44.45")],
        bob: [Decimal("53.34"), Decimal("88.89")],
    }
    assert found.moved("assets") == Decimal("35.55") and found.moved("loans") == 0


def test_loans_move_apart_and_nobody_gives_what_was_unassigned(whole: Reader, bank: Bank) -> None:
    bob = bank.people["Q-bob"]
    found = effect(whole, 900001, **{f"p{bob}": "1"})
    assert (found.moved("assets"), found.moved("loans"), found.accounts) == (Decimal("749.95"), Decimal("300.00"), 2)
    found = effect(whole, 900004, **{f"p{bob}": "1"})
    assert {person: held.assets for person, held in found.held.items()} == {
        0: [Decimal("77.77"), Decimal("0.00")],
        bob: [Decimal("0.00"), Decimal("77.77")],
    }


@pytest.mark.parametrize("customer", [900001, 900002, 900003, 900005])
def test_what_some_lose_others_win(whole: Reader, bank: Bank, customer: int) -> None:
    people = {f"p{number}": "0.142857" for number in bank.people.values()}
    people[next(iter(people))] = str(1 - Decimal("0.142857") * (len(people) - 1))
    found = effect(whole, customer, **people)
    for kind in ("assets", "loans"):
        sums = [sum(getattr(held, kind)[at] for held in found.held.values()) for at in (0, 1)]
        assert sums[0] == sums[1]


@pytest.mark.parametrize("who", ["leader", "manager"])
def test_the_preview_is_the_same_for_whoever_may_see_the_request(bank: Bank, who: str) -> None:
    actor: Actor = bank.leader("Q-HO") if who == "leader" else bank.manager("Q-bob")
    kind = APPROVALS["share_change"]
    proposal = proposal_of([{"person": bank.people["Q-ann"], "ratio": "1"}], "2024-02-10")
    with reading(actor) as reader:
        content = content_now(reader, kind, "c900002-marketer", proposal)
        with as_the_house(reader) as house:
            shown = preview(house, content)
    assert [(row["was"], row["becomes"], row["moves"]) for row in shown.rows] == [
        ("60 %", "100 %", Decimal("53.34")), ("40 %", "", Decimal("-53.34")),
    ]  # fmt: skip
    assert shown.figures[0].value == Decimal("53.34")
    assert "On the balances of 3 Feb 2024; it holds from 10 Feb 2024 on." in shown.text
