"""Institutions and people: what holds from a day on, and what may not be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.models.access import AuditEntry
from portal.models.base import FAR_FUTURE
from portal.models.organisation import InstitutionPeriod, Share
from portal.services.refusal import Refusal
from tests.resources.bank import BEGIN, Bank
from tests.resources.conftest import TODAY, Desk

ONE_DAY = dt.timedelta(days=1)
Unique = Callable[[str], str]


def new_institution(house: Bank, code: str, parent: str = "R-A", **more: str) -> dict[str, object]:
    given = {"code": code, "name": f"Sub {code}", "level": str(house.levels["R-sub"])}
    return given | {"parent": str(house.institutions[parent])} | more


def test_a_new_institution_holds_from_its_day_on(office: Desk, house: Bank, unique: Unique) -> None:
    key = office.create("institutions", new_institution(house, unique("N")), BEGIN)
    record = office.one("institutions", key)
    assert (record.valid_from, record.valid_to) == (BEGIN, FAR_FUTURE)
    assert record.labels["parent"] == "Institution R-A"
    assert record.codes["parent"] == "R-A"
    assert office.list("institutions", search=unique("N")).total == 1


def test_a_change_closes_the_period_that_holds(office: Desk, house: Bank, unique: Unique) -> None:
    key = office.create("institutions", new_institution(house, unique("N")), BEGIN)
    assert office.change("institutions", key, {"name": "Later"}, TODAY)
    assert office.one("institutions", key, TODAY - ONE_DAY).values["name"] != "Later"
    assert office.one("institutions", key, TODAY).values["name"] == "Later"
    found = office.periods("institutions", key)
    assert [(each.valid_from, each.valid_to) for each in found] == [(TODAY, FAR_FUTURE), (BEGIN, TODAY)]
    assert found[0].changed == ("name",)


def test_a_change_of_the_past_needs_a_reason_and_leaves_what_follows(office: Desk, house: Bank, unique: Unique) -> None:
    key = office.create("institutions", new_institution(house, unique("N")), BEGIN)
    office.change("institutions", key, {"name": "Later"}, TODAY)
    middle = dt.date(2021, 5, 1)
    with pytest.raises(Refusal, match="reason"):
        office.change("institutions", key, {"name": "Middle"}, middle)
    office.change("institutions", key, {"name": "Middle"}, middle, reason="wrong letter in the contract")
    found = office.periods("institutions", key)
    assert [each.texts["name"] for each in found] == ["Later", "Middle", f"Sub {unique('N')}"]
    assert [each.valid_from for each in found] == [TODAY, middle, BEGIN]
    told = office.changes("institutions", key)
    assert [each.action for each in told] == ["change", "change", "create"]
    assert told[0].content["name"] == [f"Sub {unique('N')}", "Middle"]
    assert told[0].content["reason"] == "wrong letter in the contract"


def test_nothing_different_writes_nothing(office: Desk, house: Bank, unique: Unique) -> None:
    key = office.create("institutions", new_institution(house, unique("N")), BEGIN)
    assert not office.change("institutions", key, {"name": f"Sub {unique('N')}"}, TODAY)
    found = office.periods("institutions", key)
    assert len(found) == 1


def test_a_form_over_somebody_elses_change_is_refused(office: Desk, house: Bank, unique: Unique) -> None:
    key = office.create("institutions", new_institution(house, unique("N")), BEGIN)
    seen = office.version("institutions", key)
    office.change("institutions", key, {"name": "First"}, TODAY, seen=seen)
    with pytest.raises(Refusal, match="meantime"):
        office.change("institutions", key, {"name": "Second"}, TODAY, seen=seen)


def test_a_code_is_used_once_and_never_changes(office: Desk, house: Bank, unique: Unique) -> None:
    key = office.create("institutions", new_institution(house, unique("N")), BEGIN)
    with pytest.raises(Refusal, match="Code: this is already used"):
        office.create("institutions", new_institution(house, unique("N")), BEGIN)
    with pytest.raises(Refusal, match="Code cannot be changed"):
        office.change("institutions", key, {"code": "X"}, TODAY)


def test_no_institution_stands_under_itself(office: Desk, house: Bank, unique: Unique) -> None:
    upper = new_institution(house, unique("U"), level=str(house.levels["R-branch"]), parent="R-H")
    upper["parent"] = str(house.institutions["R-H"])
    above = office.create("institutions", upper, BEGIN)
    below = office.create("institutions", new_institution(house, unique("L")) | {"parent": above}, BEGIN)
    with pytest.raises(Refusal, match="stand under itself"):
        office.change("institutions", above, {"parent": below}, TODAY)
    with pytest.raises(Refusal, match="stand under itself"):
        office.change("institutions", above, {"parent": above}, TODAY)


def test_a_circle_on_some_days_is_found(office: Desk, house: Bank, unique: Unique) -> None:
    """A stood under B last year, B is to stand under A from before that day on."""
    level = {"level": str(house.levels["R-branch"])}
    first = office.create("institutions", new_institution(house, unique("F"), "R-H", **level), BEGIN)
    second = office.create("institutions", new_institution(house, unique("S"), "R-H"), BEGIN)
    office.change("institutions", second, {"parent": first}, TODAY + ONE_DAY * 30)
    with pytest.raises(Refusal, match=f"{TODAY + ONE_DAY * 30}"):
        office.change("institutions", first, {"parent": second, "level": str(house.levels["R-sub"])}, TODAY)


def test_the_parent_exists_on_every_day(office: Desk, house: Bank, unique: Unique) -> None:
    level = {"level": str(house.levels["R-branch"])}
    later = office.create("institutions", new_institution(house, unique("P"), "R-H", **level), dt.date(2022, 1, 1))
    with pytest.raises(Refusal, match="among those you may choose"):
        office.create("institutions", new_institution(house, unique("C")) | {"parent": later}, BEGIN)
    child = office.create("institutions", new_institution(house, unique("C")) | {"parent": later}, dt.date(2022, 1, 1))
    with pytest.raises(Refusal, match=unique("C")):
        office.end("institutions", later, TODAY)
    office.end("institutions", child, TODAY)
    office.end("institutions", later, TODAY)
    assert office.one("institutions", later).valid_to == TODAY


def test_levels_go_down_and_there_is_one_head(office: Desk, house: Bank, unique: Unique) -> None:
    with pytest.raises(Refusal, match="higher level"):
        office.create("institutions", new_institution(house, unique("N"), "R-A1"), BEGIN)
    with pytest.raises(Refusal, match="head already"):
        office.create("institutions", new_institution(house, unique("N")) | {"parent": ""}, BEGIN)
    with pytest.raises(Refusal, match="lower level"):
        office.change("institutions", str(house.institutions["R-A"]), {"level": str(house.levels["R-sub"])}, TODAY)


def test_what_began_is_not_ended_before(office: Desk, house: Bank, unique: Unique) -> None:
    key = office.create("institutions", new_institution(house, unique("N")), BEGIN)
    with pytest.raises(Refusal, match="choose a later day"):
        office.end("institutions", key, BEGIN, "mistake")
    office.change("institutions", key, {"name": "Planned"}, TODAY + ONE_DAY * 10)
    office.end("institutions", key, TODAY)
    found = office.periods("institutions", key)
    assert [(each.valid_from, each.valid_to) for each in found] == [(BEGIN, TODAY)]
    with pytest.raises(Refusal, match="already ended"):
        office.end("institutions", key, TODAY + ONE_DAY)


def test_an_overlap_is_refused_by_the_database_too(office: Desk, house: Bank, session) -> None:  # type: ignore[no-untyped-def]
    """Somebody who writes past the services meets the exclusion constraint, and the sentence for it."""
    from sqlalchemy.exc import IntegrityError

    from portal.services.refusal import refusal_of

    row = {"institution_id": house.institutions["R-A1"], "parent_id": house.institutions["R-A"]}
    session.add(InstitutionPeriod(**row, level_id=house.levels["R-sub"], name="Twice", valid_from=TODAY))
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    assert "already holds" in refusal_of(caught.value).sentence


def new_person(house: Bank, code: str, place: str = "R-A1") -> dict[str, object]:
    where = {"position": "customer_manager", "institution": str(house.institutions[place])}
    return {"code": code, "name": "New One", "phone": "13912345678", **where}


def test_a_person_moves_and_the_shares_move_along(office: Desk, house: Bank, unique: Unique, database) -> None:  # type: ignore[no-untyped-def]
    key = office.create("people", new_person(house, unique("N")), BEGIN)
    house.people[unique("N")] = int(key)
    with database.transaction(office.actor) as session:
        session.add(Share(customer_id=900_001, person_id=int(key), institution_id=house.institutions["R-A1"], ratio=1,
                          valid_from=BEGIN))  # fmt: skip
    office.change("people", key, {"institution": str(house.institutions["R-B2"])}, TODAY)
    with database.transaction(office.actor) as session:
        rows = session.scalars(select(Share).where(Share.customer_id == 900_001).order_by(Share.valid_from)).all()
    assert [(row.institution_id, row.valid_from, row.valid_to) for row in rows] == [
        (house.institutions["R-A1"], BEGIN, TODAY),
        (house.institutions["R-B2"], TODAY, FAR_FUTURE),
    ]
    with pytest.raises(Refusal, match="hand them over first"):
        office.end("people", key, TODAY + ONE_DAY)


def test_names_are_not_dated_and_phones_stay_out_of_the_log(office: Desk, house: Bank, unique: Unique) -> None:
    key = office.create("people", new_person(house, unique("N")), BEGIN)
    office.change("people", key, {"name": "Married", "phone": "13700000000"}, TODAY)
    found = office.periods("people", key)
    assert len(found) == 1
    assert office.one("people", key, BEGIN).values["name"] == "Married"
    told = office.read(
        lambda reader: reader.session.scalars(
            select(AuditEntry).where(AuditEntry.subject == "people", AuditEntry.subject_key == key)
        ).all()
    )
    assert "137" not in str([entry.content for entry in told])


def test_a_position_needs_an_institution_that_exists(office: Desk, house: Bank, unique: Unique) -> None:
    place = office.create("institutions", new_institution(house, unique("I")), dt.date(2022, 1, 1))
    with pytest.raises(Refusal, match="among those you may choose"):
        office.create("people", new_person(house, unique("P")) | {"institution": place}, BEGIN)
    key = office.create("people", new_person(house, unique("P")) | {"institution": place}, dt.date(2022, 1, 1))
    with pytest.raises(Refusal, match="1 people work there"):
        office.end("institutions", place, TODAY)
    office.end("people", key, TODAY)
    office.end("institutions", place, TODAY)
    assert office.list("people", search=unique("P")).total == 0
    assert office.list("people", search=unique("P"), shown="other").total == 1


def test_lists_search_sort_filter_and_page(office: Desk, house: Bank) -> None:
    under_a = office.list("people", filters={"institution": str(house.institutions["R-A"])})
    assert {record.values["code"] for record in under_a.records} >= {"R-li", "R-wu", "R-lead"}
    assert "R-zhao" not in {record.values["code"] for record in under_a.records}
    by_name = office.list("people", search="R-", sort="name", descending=True, size=2)
    names = [record.values["name"] for record in by_name.records]
    assert names == sorted(names, reverse=True)
    assert len(names) == 2
    assert office.list("people", search="R-", size=10**9).size == 100
    assert office.list("people", search="R-", page=10**9, size=2).page == by_name.pages
    assert office.list("people", sort="'; drop table person", search="100%_\x00'").total == 0
