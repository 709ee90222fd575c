"""Drafts: nothing is overwritten, nothing approved is edited, two people do not write over each other."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.access import AuditEntry
from portal.models.rulebooks import RulebookElement, RulebookVersion, VersionState
from portal.permissions import Actor, Forbidden, Permission, Scope
from portal.query.checked_rules import UnfitRules
from portal.query.month_rules import month_rules
from portal.query.reader import Reader
from portal.query.rulebook_rules import known_rules
from portal.sentence import told
from portal.services import rulebooks
from portal.services.refusal import Refusal
from portal.services.rulebook_checks import draft_problems
from portal.services.writer import Writer
from tests.rules.conftest import House

TARGET = ("parameters", "target")
OWNER = Actor(
    7, "Olga", permissions=frozenset({Permission.RULEBOOK_VIEW, Permission.RULEBOOK_EDIT}), scope=Scope(all=True)
)
READER = Actor(8, "Rita", permissions=frozenset({Permission.RULEBOOK_VIEW}), scope=Scope(all=True))


def money(value: int) -> dict[str, str]:
    return {"unit": "money", "value": str(value)}


@pytest.fixture
def writer(session: Session) -> Writer:
    return Writer(OWNER, session)


@pytest.fixture
def draft(writer: Writer, house: House) -> RulebookVersion:
    book = rulebooks.new_rulebook(writer, f"draft{house.books}", "Basic law")
    house.books += 1
    version = rulebooks.new_draft(
        writer, book, title="2026", institution_id=house.institutions["L-HO"], valid_from=dt.date(2026, 1, 1)
    )
    rulebooks.set_element(writer, version, TARGET, money(100))
    return version


def test_an_edit_keeps_what_was_written_before_and_by_whom(writer: Writer, draft: RulebookVersion) -> None:
    assert rulebooks.set_element(writer, draft, TARGET, money(120))
    assert not rulebooks.set_element(writer, draft, TARGET, money(120))
    rows = writer.session.scalars(
        select(RulebookElement).where(RulebookElement.version_id == draft.id).order_by(RulebookElement.id)
    ).all()
    assert [(row.content["value"], row.recorded_by, row.ended_at is None) for row in rows] == [
        ("100", "Olga", False), ("120", "Olga", True),
    ]  # fmt: skip


def test_an_edit_makes_a_checked_version_a_draft_again(writer: Writer, draft: RulebookVersion) -> None:
    assert rulebooks.mark(writer, draft, VersionState.CHECKED, draft.content_hash)
    seen = draft.content_hash
    rulebooks.set_element(writer, draft, TARGET, money(130))
    assert draft.state == VersionState.DRAFT and draft.content_hash != seen
    assert not rulebooks.mark(writer, draft, VersionState.CHECKED, seen)
    rulebooks.set_element(writer, draft, TARGET, money(100))
    assert draft.content_hash == seen


def test_two_people_do_not_write_over_each_other(writer: Writer, draft: RulebookVersion) -> None:
    rulebooks.set_element(writer, draft, TARGET, money(110))
    with pytest.raises(Refusal, match="Olga"):
        rulebooks.set_element(writer, draft, TARGET, money(90), seen=money(100))
    assert rulebooks.set_element(writer, draft, TARGET, money(90), seen=money(110))


def test_what_is_approved_or_given_up_stays_as_it_is(writer: Writer, draft: RulebookVersion) -> None:
    draft.state, draft.recorded_at = VersionState.APPROVED, dt.datetime.now(dt.UTC)
    writer.session.flush()
    with pytest.raises(Refusal, match="approved"):
        rulebooks.set_element(writer, draft, TARGET, money(90))
    copy = rulebooks.new_draft(
        writer, writer.get(rulebooks.Rulebook, draft.rulebook_id), title="2027",
        institution_id=draft.institution_id, valid_from=dt.date(2027, 1, 1), based_on=draft,
    )  # fmt: skip
    assert [row.content for row in rulebooks.current_elements(writer, copy)] == [money(100)]
    rulebooks.discard(writer, copy, "Not needed")
    with pytest.raises(Refusal, match="given up"):
        rulebooks.set_element(writer, copy, TARGET, money(90))


def test_a_text_changes_only_what_differs(writer: Writer, draft: RulebookVersion) -> None:
    text = {"parameters": {"target": money(100), "second": money(5)}, "lines": [{"name": "x", "pays": "y"}]}
    assert rulebooks.take_text(writer, draft, text) == 2
    assert rulebooks.take_text(writer, draft, text) == 0
    assert rulebooks.take_text(writer, draft, {"parameters": {"target": money(100)}}) == 2


def test_the_keys_of_a_table_keep_their_order(writer: Writer, draft: RulebookVersion) -> None:
    keys = {"product": "text", "term": "count", "a": "text"}
    rulebooks.set_element(writer, draft, ("tables", "rate"), {"keys": keys, "values": {"rate": "rate"}, "rows": []})
    writer.session.expire_all()
    told = rulebooks.told_of(writer, draft)
    assert list(told["tables"]["rate"]["keys"]) == list(keys)


def test_an_override_can_say_that_it_inherits_again(writer: Writer, draft: RulebookVersion, house: House) -> None:
    book = writer.get(rulebooks.Rulebook, draft.rulebook_id)
    override = rulebooks.new_draft(
        writer, book, title="P1", institution_id=house.institutions["L-P1"], valid_from=dt.date(2026, 3, 1),
        complete=False,
    )  # fmt: skip
    rulebooks.set_element(writer, override, TARGET, None, days=rulebooks.Days(dt.date(2026, 4, 1)))
    (row,) = rulebooks.current_elements(writer, override)
    assert row.content is None and row.valid_from == dt.date(2026, 4, 1)


def test_who_may_not_draft_changes_nothing(session: Session, draft: RulebookVersion) -> None:
    writer = Writer(READER, session)
    with pytest.raises(Forbidden):
        rulebooks.set_element(writer, draft, TARGET, money(1))
    rulebooks.comment(writer, draft, "Is 100 not too low?", TARGET)


def test_every_edit_is_in_the_audit_log(writer: Writer, draft: RulebookVersion) -> None:
    rulebooks.set_element(writer, draft, TARGET, money(77))
    writer.write_audit()
    entries = writer.session.scalars(
        select(AuditEntry).where(AuditEntry.subject == "rulebook_version", AuditEntry.subject_key == str(draft.id))
    ).all()
    assert [entry.content["is"]["value"] for entry in entries if entry.action == "write"] == ["100", "77"]


def test_rules_that_need_each_other_in_turn_are_told_before_a_month_is_run(session: Session, house: House) -> None:
    """Each institution's rules are right, and no order of working them out suits both."""
    book = house.rulebook(session)
    law = house.version(session, book, "L-HO", "2025-01-01", {})
    province = house.version(session, book, "L-P1", "2025-01-01", {}, complete=False)
    written = ((law, "one", "two + 1"), (law, "two", "1"), (province, "one", "1"), (province, "two", "one + 1"))
    for version, name, text in written:
        content = {"unit": "money", "low": "0", "high": "100", "grain": "agent", "formula": text}
        session.add(RulebookElement(version_id=version.id, section="formulas", name=name, content=content,
                                    recorded_by="test"))  # fmt: skip
    session.flush()
    reader = Reader(OWNER, session)
    assert [found.sentence(reader) for found in draft_problems(reader, law)] == ["one needs itself in some variant."]
    with pytest.raises(UnfitRules) as refused:
        places = [house.institutions["L-HO"], house.institutions["L-P1"]]
        month_rules(session, known_rules(session, book.id), places, dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    assert told(json.loads(json.dumps(refused.value.sentence.kept()))).endswith("one needs itself in some variant.")
