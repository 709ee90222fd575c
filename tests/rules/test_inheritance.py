"""Which value holds for whom on which day: each line here can be followed with a pencil."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from portal.query.rulebook_rules import Held, NoRules, elements_of, hash_of, known_rules, mapping_of, resolve
from tests.rules.conftest import House, instant

FIRST, END = dt.date(2025, 1, 1), dt.date(2027, 1, 1)


def held(
    session: Session, house: House, book: int, at: str, day: str, name: str = "target", known_on: str = ""
) -> Held | None:
    rules = known_rules(session, book, instant(known_on) if known_on else None)
    found = resolve(session, rules, [house.institutions[at]], FIRST, END)
    return found.at(house.institutions[at], dt.date.fromisoformat(day)).elements.get(("parameters", name))


def value(*arguments: object, **more: object) -> object:
    found = held(*arguments, **more)  # type: ignore[arg-type]
    return None if found is None else found.content["value"]


def test_a_lower_institution_inherits_what_it_does_not_override(session: Session, house: House) -> None:
    book = house.rulebook(session)
    house.version(session, book, "L-HO", "2025-01-01", {"target": 100, "rate": 5})
    house.version(session, book, "L-P1", "2025-03-01", {"target": 80}, complete=False)
    assert value(session, house, book.id, "L-B11", "2025-02-28") == 100
    assert value(session, house, book.id, "L-B11", "2025-03-01") == 80
    assert value(session, house, book.id, "L-B11", "2025-03-01", "rate") == 5
    assert value(session, house, book.id, "L-B21", "2025-03-01") == 100


def test_the_nearest_override_wins_and_says_where_it_comes_from(session: Session, house: House) -> None:
    book = house.rulebook(session)
    house.version(session, book, "L-HO", "2025-01-01", {"target": 100})
    house.version(session, book, "L-P1", "2025-01-01", {"target": 80}, complete=False)
    house.version(session, book, "L-B11", "2025-01-01", {"target": 60}, complete=False)
    assert value(session, house, book.id, "L-B11", "2025-06-01") == 60
    assert value(session, house, book.id, "L-B12", "2025-06-01") == 80
    found = held(session, house, book.id, "L-B12", "2025-06-01")
    assert found is not None and found.institution_id == house.institutions["L-P1"] and found.overrides


def test_an_override_stays_when_the_version_above_is_superseded_unless_it_says_otherwise(
    session: Session, house: House
) -> None:
    book = house.rulebook(session)
    house.version(session, book, "L-HO", "2025-01-01", {"stays": 1, "goes": 1})
    overrides = {"stays": (7, "2025-02-01", None, False), "goes": (8, "2025-02-01", None, True)}
    house.version(session, book, "L-P1", "2025-02-01", overrides, complete=False)
    house.version(session, book, "L-HO", "2026-01-01", {"stays": 2, "goes": 2})
    assert value(session, house, book.id, "L-B11", "2025-12-31", "goes") == 8
    assert value(session, house, book.id, "L-B11", "2026-01-01", "goes") == 2
    assert value(session, house, book.id, "L-B11", "2026-01-01", "stays") == 7


def test_an_override_ends_on_its_day_or_when_it_is_taken_back(session: Session, house: House) -> None:
    book = house.rulebook(session)
    house.version(session, book, "L-HO", "2025-01-01", {"target": 100, "rate": 5})
    house.version(
        session, book, "L-P1", "2025-02-01", {"target": (80, "2025-02-01", "2025-05-01"), "rate": 6}, complete=False
    )
    house.version(session, book, "L-P1", "2025-09-01", {"rate": None}, complete=False, recorded="2025-08-01")
    assert value(session, house, book.id, "L-P1", "2025-04-30") == 80
    assert value(session, house, book.id, "L-P1", "2025-05-01") == 100
    assert value(session, house, book.id, "L-P1", "2025-08-31", "rate") == 6
    assert value(session, house, book.id, "L-P1", "2025-09-01", "rate") == 5


def test_a_complete_version_of_a_lower_institution_begins_anew(session: Session, house: House) -> None:
    book = house.rulebook(session)
    house.version(session, book, "L-HO", "2025-01-01", {"target": 100, "rate": 5})
    house.version(session, book, "L-P2", "2025-06-01", {"target": 50})
    assert value(session, house, book.id, "L-B21", "2025-05-31", "rate") == 5
    assert value(session, house, book.id, "L-B21", "2025-06-01") == 50
    assert value(session, house, book.id, "L-B21", "2025-06-01", "rate") is None


def test_as_known_on_a_day_the_corrected_version_still_says_what_it_said(session: Session, house: House) -> None:
    """The plan year 2025 was published twice: 209 on 1 July 2024, and 109 on 1 August."""
    book = house.rulebook(session)
    house.version(session, book, "L-HO", "2025-01-01", {"pdp": 209}, recorded="2024-06-20", retired="2024-07-20")
    house.version(session, book, "L-HO", "2025-01-01", {"pdp": 109}, recorded="2024-07-20")
    assert value(session, house, book.id, "L-HO", "2025-01-01", "pdp", known_on="2024-07-01") == 209
    assert value(session, house, book.id, "L-HO", "2025-01-01", "pdp", known_on="2024-08-01") == 109
    assert value(session, house, book.id, "L-HO", "2025-01-01", "pdp") == 109


def test_a_day_before_the_first_version_has_no_rules(session: Session, house: House) -> None:
    book = house.rulebook(session)
    house.version(session, book, "L-HO", "2025-03-01", {"target": 100})
    with pytest.raises(NoRules):
        held(session, house, book.id, "L-B11", "2025-02-28")


def test_institutions_with_the_same_elements_share_a_variant_and_periods_join(session: Session, house: House) -> None:
    book = house.rulebook(session)
    house.version(session, book, "L-HO", "2025-01-01", {"target": 100})
    house.version(session, book, "L-P1", "2025-03-01", {"target": 80}, complete=False)
    house.version(session, book, "L-B21", "2025-04-01", {"target": 80}, complete=False)
    everyone = list(house.institutions.values())
    found = resolve(session, known_rules(session, book.id), everyone, FIRST, END)
    assert len(found.variants) == 2
    of = {code: [(one.valid_from, one.valid_to) for one in found.periods if one.institution_id == number]
          for code, number in house.institutions.items()}  # fmt: skip
    assert of["L-P2"] == [(FIRST, END)]
    assert sorted(of["L-B21"]) == [(FIRST, dt.date(2025, 4, 1)), (dt.date(2025, 4, 1), END)]


def test_the_text_form_and_the_elements_are_the_same_thing() -> None:
    text = {
        "parameters": {"target": {"unit": "money", "value": "100"}},
        "lines": [
            {"name": "second", "pays": "b", "group": "x", "order": "20"},
            {"name": "tenth", "pays": "a", "group": "x", "order": "100"},
        ],
    }
    elements = elements_of(text)
    assert mapping_of(elements) == text
    assert hash_of(elements) == hash_of(dict(reversed(elements.items())))
    assert hash_of(elements) != hash_of(elements | {("parameters", "target"): {"unit": "money", "value": "101"}})
