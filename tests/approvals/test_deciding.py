"""Who decides, about what, once: own requests, stale contents, two at once, replays, substitutes, steps."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from portal.access.identity import HOUSE
from portal.models.access import AuditEntry
from portal.models.approvals import ApprovalDecision, ApprovalRequest
from portal.models.organisation import Share
from portal.permissions import Actor, Forbidden, Permission
from portal.query.approval import DecidedBy, hash_of
from portal.query.approvals import current_request, decided, requested_by, seen, to_decide
from portal.query.outside import OutOfScope
from portal.query.sharing import about
from portal.query.subjects import Subject
from portal.resources import RESOURCES
from portal.services import records
from portal.services.approval_conflicts import AlreadyDecided, ContentChanged, NotYours
from portal.services.approval_kinds import APPROVALS
from portal.services.approvals import decide, decide_as, request_approval, revise, submit, void_open, withdraw
from portal.services.records import saving
from portal.services.refusal import Refusal
from portal.services.shares import share_out
from portal.services.writer import NotThere, writing
from tests.approvals.conftest import KEY, TODAY, TOMORROW, House, stand_in


def actions(house: House, number: int) -> list[str]:
    with house.database.transaction(HOUSE) as session:
        wanted = select(AuditEntry.action).where(
            AuditEntry.subject == "approval", AuditEntry.subject_key == str(number)
        )
        return list(session.scalars(wanted.order_by(AuditEntry.id)))


def approve(house: House, name: str, request: ApprovalRequest, **changes: Any) -> ApprovalRequest:
    return decide_as(house.actor(name, **changes), request.id, request.content_hash, "approve")


def change_shares(house: House, **ratios: str) -> None:
    """An administrator changes the shares directly."""
    with writing(house.actor("chief")) as writer:
        parts = tuple(sorted((int(one["person"]), one["ratio"]) for one in house.parts(**ratios)["parts"]))
        share_out(writer, Subject("customer", 2), "marketer", parts, TOMORROW)
        writer.record("change", "shares", KEY, {})


# ---- the plain way ----


def test_a_request_waits_for_the_leader_above_and_is_done_when_he_approves(house: House) -> None:
    request = house.ask()
    assert request.state == "submitted" and request.institution_id == house.bank.institutions["R-A"]
    assert request.due_on == TODAY + dt.timedelta(days=5)
    assert [entry.request.id for entry in to_decide(house.actor("amy"), APPROVALS)] == [request.id]
    assert to_decide(house.actor("zoe"), APPROVALS) == to_decide(house.actor("li"), APPROVALS) == []
    assert house.shares() == {"li": "0.6", "wu": "0.4"}
    done = approve(house, "amy", request)
    assert (done.state, done.ended_by) == ("approved", "r-amy")
    assert house.shares() == {"li": "0.5", "wu": "0.5"} and house.shares(on=TODAY) == {"li": "0.6", "wu": "0.4"}
    assert to_decide(house.actor("amy"), APPROVALS) == []
    assert requested_by(house.actor("li"), APPROVALS)[0].request.id == request.id
    assert decided(house.actor("amy"), APPROVALS)[0].decision.decision == "approved"
    assert actions(house, request.id) == ["request", "approve"]


def test_a_refusal_needs_a_reason_and_changes_nothing(house: House) -> None:
    request = house.ask()
    with pytest.raises(Refusal, match="Say why"):
        decide_as(house.actor("amy"), request.id, request.content_hash, "refuse", "  ")
    done = decide_as(house.actor("amy"), request.id, request.content_hash, "refuse", "He left the bank.")
    assert (done.state, done.end_reason) == ("refused", "He left the bank.")
    assert house.shares() == {"li": "0.6", "wu": "0.4"}


def test_what_fails_a_check_is_not_submitted(house: House) -> None:
    for ratios, sentence in (
        ({"li": "0.6", "wu": "0.4"}, "already"),
        ({"li": "0.6", "wu": "0.5"}, "total 110 %"),
    ):
        with pytest.raises(Refusal, match=sentence):
            house.ask(**ratios)
    with pytest.raises(Refusal, match="asked for this already"):
        house.ask()
        house.ask(li="1")


def test_nobody_asks_about_a_customer_that_is_not_his(house: House) -> None:
    with pytest.raises(NotThere):
        house.ask("zhao", li="1")
    with pytest.raises(NotThere):
        house.ask("li", key="c2-emperor", li="1")
    with pytest.raises(Forbidden):
        house.ask("auditor", li="1")


# ---- nobody decides their own request ----


def test_nobody_decides_his_own_request_under_any_name(house: House) -> None:
    everything = frozenset(Permission)
    request = house.ask()
    requester = house.actor("li", permissions=everything, scope=house.actor("top").scope)
    for actor in (requester, replace(requester, name="li at home", user_id=None)):
        assert to_decide(actor, APPROVALS) == []
        with pytest.raises(NotYours, match="own request"):
            decide_as(actor, request.id, request.content_hash, "approve")
    assert house.request(request.id).state == "submitted"
    assert "refused" in actions(house, request.id)


def test_a_requester_who_stands_in_for_the_leader_decides_nothing_of_his_own(house: House) -> None:
    request = house.ask()
    stand_in(house, "amy", "li")
    assert to_decide(house.actor("li"), APPROVALS) == []
    with pytest.raises(NotYours, match="own request"):
        approve(house, "li", request)


def test_a_substitute_does_not_decide_for_the_requester(house: House) -> None:
    """Amy, a leader, asks herself and goes on leave; whoever stands in for her does not decide it in her place."""
    asking = house.actor("amy", permissions=frozenset(Permission))
    with writing(asking) as writer:
        request = request_approval(writer, "share_change", KEY, house.parts(li="1"))
    stand_in(house, "amy", "zoe")
    assert to_decide(house.actor("zoe"), APPROVALS) == []
    with pytest.raises((NotYours, NotThere, Forbidden)):
        approve(house, "zoe", request)
    assert approve(house, "ben", request).state == "approved"  # in his own place


# ---- substitutes ----


@pytest.mark.parametrize(("first", "last", "kind", "able"), [
    (0, 0, None, True), (-3, 4, "share_change", True), (1, 5, None, False), (-5, -1, None, False),
    (0, 0, "something_else", False),
])  # fmt: skip
def test_a_substitute_decides_within_his_dates_and_kinds(
    house: House, first: int, last: int, kind: str | None, able: bool
) -> None:
    request = house.ask()
    stand_in(house, "amy", "zoe", first, last, kind)
    zoe = house.actor("zoe")
    assert bool(to_decide(zoe, APPROVALS)) is able
    if not able:
        with pytest.raises((Forbidden, NotThere)):
            decide_as(zoe, request.id, request.content_hash, "approve")
        return
    assert decide_as(zoe, request.id, request.content_hash, "approve").state == "approved"
    taken = seen(zoe, APPROVALS, request.id).decisions[0]
    assert (taken.decided_by, taken.for_person_id) == ("r-zoe", house.person("amy"))
    with house.database.transaction(HOUSE) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "approve").order_by(AuditEntry.id.desc()))
        row = entry.first()
        assert row.actor == "r-zoe" and row.content["for_person"] == house.person("amy")


def test_a_claim_to_stand_in_is_checked_when_the_decision_falls(house: House) -> None:
    request = house.ask()
    acting = house.actor("zoe", scope=house.actor("amy").scope)
    with pytest.raises(NotYours, match="stand in"), writing(acting) as writer:
        decide(writer, request.id, request.content_hash, "approve", for_person=house.person("amy"))


# ---- permission and scope ----


def test_permission_and_scope_are_asked_for_again_when_the_decision_falls(house: House) -> None:
    request = house.ask()
    for actor, refused in (
        (house.actor("amy", permissions=frozenset()), Forbidden),
        (house.actor("zoe"), NotThere),
        (house.actor("wu"), NotThere),
        (house.actor("auditor"), Forbidden),
    ):
        with pytest.raises(refused):
            decide_as(actor, request.id, request.content_hash, "approve")
    with pytest.raises(NotThere):
        decide_as(house.actor("amy"), 10**15, request.content_hash, "approve")


def test_others_do_not_see_the_request(house: House) -> None:
    request = house.ask()
    for name in ("zoe", "zhao", "wu"):
        with pytest.raises(OutOfScope):
            seen(house.actor(name), APPROVALS, request.id)
        counted = house.read(
            lambda reader: reader.session.scalar(
                select(func.count()).select_from(ApprovalRequest).where(ApprovalRequest.id == request.id)
            ),
            house.actor(name),
        )
        assert counted == 0
    assert seen(house.actor("li"), APPROVALS, request.id).mine
    assert seen(house.actor("auditor"), APPROVALS, request.id).authority is None
    assert current_request_of(house, house.actor("li")).id == request.id
    assert current_request_of(house, house.actor("zoe")) is None


def current_request_of(house: House, actor: Actor) -> Any:
    return house.read(lambda reader: current_request(reader, "share_change", KEY), actor)


# ---- the content a decision is about ----


def test_a_decision_about_another_content_is_refused(house: House) -> None:
    request = house.ask()
    for other in ("", "0" * 64, hash_of({"other": 1})):
        with pytest.raises(ContentChanged, match="not what Li asks for") as told:
            decide_as(house.actor("amy"), request.id, other, "approve")
        assert not told.value.voids and told.value.differences
    assert house.request(request.id).state == "submitted"


def test_an_edit_of_the_subject_voids_the_request_and_says_who_changed_what(house: House) -> None:
    request = house.ask()
    change_shares(house, li="0.7", wu="0.3")
    with pytest.raises(ContentChanged, match="r-chief changed this on") as told:
        approve(house, "amy", request)
    li = next(one for one in told.value.differences if one.name == "Li")
    assert (li.seen.was, li.now.was, li.now.becomes) == ("60 %", "70 %", "50 %")
    ended = house.request(request.id)
    assert (ended.state, ended.ended_by) == ("voided", "r-chief")
    assert house.shares() == {"li": "0.7", "wu": "0.3"}
    with pytest.raises(AlreadyDecided, match="r-chief changed what this was about"):
        approve(house, "amy", request)


def test_shares_changed_in_their_form_void_what_was_asked_for(house: House) -> None:
    request = house.ask()
    parts = [{"person": str(house.person("li")), "ratio": "70%"}, {"person": str(house.person("wu")), "ratio": "30%"}]
    shares = RESOURCES["shares"]
    with saving(house.actor("ben"), shares) as writer:
        records.change(writer, shares, KEY, {"parts": parts}, first_day=TOMORROW)
    ended = house.request(request.id)
    assert (ended.state, ended.ended_by) == ("voided", "r-ben")
    with pytest.raises(AlreadyDecided, match="Ben changed what this was about") as told:
        approve(house, "amy", request)
    assert [(one.seen.was, one.now.was) for one in told.value.differences] == [("60 %", "70 %"), ("40 %", "30 %")]
    assert house.ask().state == "submitted"  # asked anew, on the shares as they are


def test_an_edit_by_the_requester_voids_the_request_and_asks_anew(house: House) -> None:
    first = house.ask()
    with writing(house.actor("li")) as writer:
        second = revise(writer, first.id, house.parts(li="0.1", wu="0.9"))
    assert house.request(first.id).state == "voided" and second.replaces_id == first.id
    with pytest.raises(AlreadyDecided, match=f"Request {second.id} takes its place"):
        approve(house, "amy", first)
    with pytest.raises(ContentChanged):
        decide_as(house.actor("amy"), second.id, first.content_hash, "approve")
    assert approve(house, "amy", second).state == "approved"
    assert house.shares() == {"li": "0.1", "wu": "0.9"}


def test_a_service_that_edits_the_subject_voids_its_request(house: House) -> None:
    request = house.ask()
    with writing(house.actor("zoe")) as writer:  # she does not even see it
        assert void_open(writer, "share_change", KEY, "Edited elsewhere.")
        assert not void_open(writer, "share_change", KEY, "Edited elsewhere.")
    assert house.request(request.id).end_reason == "Edited elsewhere."


# ---- once ----


def test_two_who_click_at_once_make_one_decision(house: House) -> None:
    for round_ in range(10):
        ratio = f"0.{round_ + 10}"
        request = house.ask(li=ratio, wu=f"{1 - float(ratio):.2f}")
        actors = [house.actor("amy"), house.actor("ben")]
        barrier, outcomes = threading.Barrier(2), []

        def click(
            actor: Actor, number: int = request.id, seen_hash: str = request.content_hash,
            start: threading.Barrier = barrier, told: list[Any] = outcomes,
        ) -> None:  # fmt: skip
            start.wait()
            try:
                told.append(decide_as(actor, number, seen_hash, "approve").ended_by)
            except AlreadyDecided as refusal:
                told.append(refusal)

        threads = [threading.Thread(target=click, args=(actor,)) for actor in actors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (winner,) = [one for one in outcomes if isinstance(one, str)]
        (late,) = [one for one in outcomes if not isinstance(one, str)]
        assert f"{winner.removeprefix('r-').capitalize()} approved this on {TODAY}" in late.sentence
        with house.database.transaction(HOUSE) as session:
            rows = session.scalars(about(Subject("customer", 2), "marketer").where(Share.valid_from == TOMORROW)).all()
            assert len(rows) == 2
            counted = select(func.count()).select_from(ApprovalDecision)
            assert session.scalar(counted.where(ApprovalDecision.approval_id == request.id)) == 1


def test_an_old_approval_is_not_replayed(house: House) -> None:
    request = house.ask()
    approve(house, "amy", request)
    change_shares(house, li="0.9", wu="0.1")
    for name in ("amy", "ben"):
        with pytest.raises(AlreadyDecided, match="Amy approved this on"):
            approve(house, name, request)
    assert house.shares() == {"li": "0.9", "wu": "0.1"}


def test_the_database_holds_the_steps_even_against_our_own_code(house: House) -> None:
    request = house.ask()
    decide_as(house.actor("amy"), request.id, request.content_hash, "refuse", "no")
    for change in (
        "update approval set state = 'submitted', ended_at = null where id = :id",
        "update approval set content = '{}' where id = :id",
        "delete from approval where id = :id",
        "update approval_decision set decision = 'approved' where approval_id = :id",
        "delete from approval_decision where approval_id = :id",
    ):
        with pytest.raises(DBAPIError), house.database.transaction(HOUSE) as session:
            session.execute(text(change), {"id": request.id})
    again = house.ask()
    with pytest.raises(DBAPIError, match="does not change"), house.database.transaction(HOUSE) as session:
        session.execute(text("update approval set content = '{}' where id = :id"), {"id": again.id})


def test_effects_fail_together_with_the_decision(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = house.ask()
    kind = APPROVALS["share_change"]

    def break_it(writer: Any, key: str, content: Any) -> None:
        kind.on_approved(writer, key, content)
        raise Refusal("The press is broken.")

    monkeypatch.setitem(APPROVALS, "share_change", replace(kind, on_approved=break_it))
    with pytest.raises(Refusal, match="press"):
        approve(house, "amy", request)
    assert house.request(request.id).state == "submitted" and house.shares() == {"li": "0.6", "wu": "0.4"}
    assert actions(house, request.id) == ["request"]


# ---- withdrawing, drafts, steps ----


def test_only_the_requester_withdraws(house: House) -> None:
    request = house.ask()
    everything = frozenset(Permission)
    with pytest.raises(NotYours), writing(house.actor("amy", permissions=everything)) as writer:
        withdraw(writer, request.id)
    with writing(house.actor("li")) as writer:
        withdraw(writer, request.id, "Changed my mind.")
    with pytest.raises(AlreadyDecided, match="Li withdrew this"):
        approve(house, "amy", request)
    with pytest.raises(AlreadyDecided), writing(house.actor("li")) as writer:
        withdraw(writer, request.id)


def test_a_draft_is_nobodys_to_decide_until_it_is_submitted(house: House) -> None:
    with writing(house.actor("li")) as writer:
        request = request_approval(writer, "share_change", KEY, house.parts(li="0.5", wu="0.5"), draft=True)
    assert to_decide(house.actor("amy"), APPROVALS) == []
    with pytest.raises(Refusal, match="draft"):
        approve(house, "amy", request)
    change_shares(house, li="0.7", wu="0.3")
    with writing(house.actor("li")) as writer:
        request = submit(writer, request.id)  # with the content as it is now
    assert approve(house, "amy", request).state == "approved"


def test_two_people_decide_when_two_are_asked_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = replace(APPROVALS["share_change"], decided_by=DecidedBy(people=2))
    monkeypatch.setitem(APPROVALS, "share_change", kind)
    request = house.ask()
    assert approve(house, "amy", request).state == "submitted"
    assert house.shares() == {"li": "0.6", "wu": "0.4"}
    stand_in(house, "amy", "zoe")
    for name in ("amy", "zoe"):
        assert to_decide(house.actor(name), APPROVALS) == []
        with pytest.raises(NotYours, match="another person"):
            approve(house, name, request)
    assert approve(house, "ben", request).state == "approved"
    assert house.shares() == {"li": "0.5", "wu": "0.5"}


def test_steps_in_order_wait_for_each_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    by = DecidedBy(steps=(Permission.SHARE_VIEW, Permission.SHARE_EDIT), in_order=True)
    monkeypatch.setitem(APPROVALS, "share_change", replace(APPROVALS["share_change"], decided_by=by))
    request = house.ask()
    editor = {"permissions": frozenset({Permission.SHARE_EDIT})}
    viewer = {"permissions": frozenset({Permission.SHARE_VIEW})}
    with pytest.raises(Forbidden):
        approve(house, "amy", request, **editor)
    assert approve(house, "ben", request, **viewer).state == "submitted"
    assert approve(house, "amy", request, **editor).state == "approved"
