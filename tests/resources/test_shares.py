"""Shares: the parts of a customer total 100 % on every day, whoever writes them and however many at once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from portal.access.identity import HOUSE
from portal.database import Database
from portal.kit.run_reasons import reason_words
from portal.models.base import FAR_FUTURE
from portal.models.organisation import Share
from portal.permissions import Forbidden, Permission
from portal.query.record import NotFound
from portal.services.refusal import Refusal
from tests.resources.bank import BEGIN, Bank, add_share
from tests.resources.conftest import TODAY, Desk

Part = dict[str, str]


def part(house: Bank, code: str, ratio: str) -> Part:
    return {"person": str(house.people[code]), "ratio": ratio}


@pytest.fixture
def fresh(database: Database, house: Bank) -> Iterator[Bank]:
    """Customer 1 belongs to nobody, 2 to Li and Wu, 3 to Zhao."""
    with database.transaction(HOUSE) as session:
        session.execute(delete(Share).where(Share.customer_id.in_((1, 2, 3))))
        session.execute(delete(Share).where(Share.account_id.in_((11, 12, 13))))
        add_share(session, house, 2, {"R-li": "0.6", "R-wu": "0.4"})
        add_share(session, house, 3, {"R-zhao": "1"})
    yield house


def test_a_customer_is_shared_out(office: Desk, fresh: Bank) -> None:
    given = {
        "subject": "customer C001",
        "role": "marketer",
        "parts": [part(fresh, "R-li", "70 %"), part(fresh, "R-wu", "0.3")],
    }
    key = office.create("shares", given, TODAY)
    assert key == "c1-marketer"
    record = office.one("shares", key)
    assert record.labels["subject"] == "Customer 1"
    assert sorted(ratio for _person, ratio in record.values["parts"]) == [Decimal("0.3"), Decimal("0.7")]
    assert record.labels["parts"] == "Li 70 %, Wu 30 %"


@pytest.mark.parametrize("words", ["C001", "客户 C001", " Customer  C001 "])
def test_a_customer_is_named_by_number(office: Desk, fresh: Bank, words: str) -> None:
    parts = [part(fresh, "R-li", "100 %")]
    assert office.create("shares", {"subject": words, "role": "marketer", "parts": parts}, TODAY) == "c1-marketer"


@pytest.mark.parametrize("ratios", [("60 %", "30 %"), ("60 %", "60 %"), ("99.9999 %",)])
def test_parts_total_one_hundred_percent(office: Desk, fresh: Bank, ratios: tuple[str, ...]) -> None:
    parts = [part(fresh, code, ratio) for code, ratio in zip(("R-li", "R-wu"), ratios, strict=False)]
    with pytest.raises(Refusal, match=r"The parts of customer 1 \(marketer\) total .* they must total 100 %"):
        office.create("shares", {"subject": "customer C001", "role": "marketer", "parts": parts}, TODAY)
    with pytest.raises(NotFound):
        office.one("shares", "c1-marketer")


def test_a_change_splits_the_days_and_keeps_the_rest(office: Desk, fresh: Bank) -> None:
    office.change("shares", "c2-marketer", {"parts": [part(fresh, "R-wu", "100 %")]}, TODAY)
    middle = dt.date(2023, 3, 16)
    half = [part(fresh, "R-li", "50 %"), part(fresh, "R-wu", "50 %")]
    with pytest.raises(Refusal, match="reason"):
        office.change("shares", "c2-marketer", {"parts": half}, middle)
    office.change("shares", "c2-marketer", {"parts": half}, middle, reason="agreed in March")
    found = office.periods("shares", "c2-marketer")
    assert [(each.valid_from, each.valid_to, each.texts["parts"]) for each in found] == [
        (TODAY, FAR_FUTURE, "Wu 100 %"),
        (middle, TODAY, "Li 50 %, Wu 50 %"),
        (BEGIN, middle, "Li 60 %, Wu 40 %"),
    ]


def test_sharing_ends(office: Desk, fresh: Bank) -> None:
    office.end("shares", "c3-marketer", TODAY)
    assert office.one("shares", "c3-marketer").valid_to == TODAY
    assert office.list("shares", search="Customer 3").total == 0
    assert office.list("shares", search="Customer 3", shown="other").total == 1


def test_roles_and_accounts_have_parts_of_their_own(office: Desk, fresh: Bank) -> None:
    whole = [part(fresh, "R-wu", "1")]
    assert office.create("shares", {"subject": "customer C002", "role": "carer", "parts": whole}, TODAY) == "c2-carer"
    assert (
        office.create("shares", {"subject": "account A002", "role": "marketer", "parts": whole}, TODAY)
        == "a12-marketer"
    )
    office.end("shares", "c2-carer", TODAY + dt.timedelta(days=1))
    office.end("shares", "a12-marketer", TODAY + dt.timedelta(days=1))
    with pytest.raises(Refusal, match="shared already"):
        office.create("shares", {"subject": "customer C002", "role": "marketer", "parts": whole}, TODAY)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"subject": "customer C999"}, "no such customer"),
        ({"subject": "client C001"}, "no such customer"),
        ({"subject": ["customer", 1]}, "no such customer"),
        ({"role": "owner"}, "choose one of"),
        ({"parts": []}, "missing"),
        ({"parts": "all"}, "list of people"),
        ({"parts": [{"person": "999999", "ratio": "1"}]}, "not among"),
        ({"parts": [{"person": "R-li", "ratio": "150 %"}]}, "not among"),
        ({"ratio": "150"}, "cannot be changed here"),
        ({"institution": "1"}, "cannot be changed here"),
        ({"surplus": "1"}, "cannot be changed here"),
    ],
)
def test_what_cannot_be_is_refused(office: Desk, fresh: Bank, given: dict[str, object], sentence: str) -> None:
    good: dict[str, object] = {"subject": "customer C001", "role": "marketer", "parts": [part(fresh, "R-li", "1")]}
    with pytest.raises(Refusal, match=sentence):
        office.create("shares", good | given, TODAY)


@pytest.mark.parametrize("ratio", ["150 %", "0", "-10 %", "NaN", "1e400", "0.0000001", "", None, True, {"a": 1}])
def test_a_part_lies_above_nothing_and_up_to_all(office: Desk, fresh: Bank, ratio: object) -> None:
    parts = [{"person": str(fresh.people["R-li"]), "ratio": ratio}]
    with pytest.raises(Refusal):
        office.create("shares", {"subject": "customer C001", "role": "marketer", "parts": parts}, TODAY)


def test_two_people_who_share_out_the_same_customer_at_once(database: Database, fresh: Bank, desk) -> None:  # type: ignore[no-untyped-def]
    """Whoever comes second works on what the first one left: the days total 100 % in the end."""
    meet, outcomes = threading.Barrier(2), []

    def share_out(code: str) -> None:
        meet.wait()
        try:
            given = {"subject": "customer C001", "role": "marketer", "parts": [part(fresh, code, "100 %")]}
            desk(fresh.actor(everything=True)).create("shares", given, TODAY)
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.sentence)

    workers = [threading.Thread(target=share_out, args=(code,)) for code in ("R-li", "R-wu")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(outcomes) == ["This is shared already; change the shares it has.", "done"]


def test_the_database_alone_keeps_the_total_between_two_transactions(database: Database, fresh: Bank) -> None:
    """Past all services: two transactions each hand customer 3 to someone else; the second one fails when it ends."""

    def hand_over(session, code: str) -> None:  # type: ignore[no-untyped-def]
        row = session.scalars(select(Share).where(Share.customer_id == 3, Share.valid_to == FAR_FUTURE)).one()
        row.valid_to = TODAY
        session.add(Share(customer_id=3, role="marketer", person_id=fresh.people[code], ratio=Decimal(1),
                          institution_id=fresh.institutions["R-A1"], valid_from=TODAY))  # fmt: skip

    first, second = database.session(HOUSE), database.session(HOUSE)
    with first, second:
        rows = [one.scalars(select(Share).where(Share.customer_id == 3)).one() for one in (first, second)]
        assert rows[0].id == rows[1].id
        hand_over(first, "R-li")
        first.commit()
        second.expire_all()
        stale = second.scalars(
            select(Share).where(Share.customer_id == 3, Share.person_id == fresh.people["R-zhao"])
        ).one()
        assert stale.valid_to == TODAY
        second.add(Share(customer_id=3, role="marketer", person_id=fresh.people["R-wu"], ratio=Decimal(1),
                         institution_id=fresh.institutions["R-A2"], valid_from=TODAY))  # fmt: skip
        with pytest.raises(IntegrityError, match="total 200 %"):
            second.commit()


def test_a_leader_deals_with_the_parts_of_his_branch_only(fresh: Bank, desk) -> None:  # type: ignore[no-untyped-def]
    leader = desk(fresh.actor(Permission.SHARE_VIEW, Permission.SHARE_EDIT, at="R-A1"))
    assert leader.one("shares", "c2-marketer").labels["parts"] == "Li 60 %"
    assert {record.values["person"] for record in leader.list("shares").records} <= {fresh.people["R-li"]}
    with pytest.raises(NotFound):
        leader.one("shares", "c3-marketer")
    with pytest.raises(NotFound):
        leader.change("shares", "c3-marketer", {"parts": [part(fresh, "R-li", "1")]}, TODAY)
    with pytest.raises(NotFound):
        leader.end("shares", "c3-marketer", TODAY)
    with pytest.raises(Refusal, match="total 140 %"):
        leader.change("shares", "c2-marketer", {"parts": [part(fresh, "R-li", "100 %")]}, TODAY)
    with pytest.raises(Refusal, match="not among those you may choose"):
        leader.change("shares", "c2-marketer", {"parts": [part(fresh, "R-zhao", "60 %")]}, TODAY)
    with pytest.raises(Refusal, match="no such customer"):
        leader.create(
            "shares", {"subject": "customer C003", "role": "carer", "parts": [part(fresh, "R-li", "1")]}, TODAY
        )


def test_a_manager_sees_his_own_shares_and_changes_none(fresh: Bank, desk) -> None:  # type: ignore[no-untyped-def]
    manager = desk(fresh.actor(Permission.SHARE_VIEW, person="R-wu"))
    assert {record.key for record in manager.list("shares").records} == {"c2-marketer"}
    with pytest.raises(Forbidden):
        manager.change("shares", "c2-marketer", {"parts": [part(fresh, "R-wu", "1")]}, TODAY)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "c",
        "c-marketer",
        "x2-marketer",
        "c2",
        "c2-owner",
        f"c{'9' * 20}-marketer",
        "c2-marketer'--",
        "../c2-marketer",
    ],
)
def test_a_key_that_is_none_finds_nothing(office: Desk, fresh: Bank, key: str) -> None:
    with pytest.raises(NotFound):
        office.one("shares", key)


def test_search_finds_names_and_numbers(office: Desk, fresh: Bank, desk: Callable[..., Desk]) -> None:
    assert office.list("shares", search="customer 3").total == 1
    assert office.list("shares", search="C003").total == 1
    assert office.list("shares", search="zhao").total == 1
    assert office.list("shares", search="客户3").total == 1
    leader = desk(fresh.actor(Permission.SHARE_VIEW, at="R-A1"))
    assert leader.list("shares", search="customer 3").total == 0


def test_why_figures_are_computed_anew_is_told_by_number(office: Desk, fresh: Bank) -> None:
    kept = "shares of customer 1, marketer; institutions R-A1: split; as the auditors asked"
    told = office.read(lambda reader: reason_words(reader, kept))
    assert told == "shares of customer C001, Marketer; Institutions R-A1: split; as the auditors asked"
