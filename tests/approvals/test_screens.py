"""The inbox and a request as a browser asks for them: whoever asks, the services decide what he sees and does."""

from __future__ import annotations

import base64
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from pages import approval as page
from pages import away, inbox, share_request
from portal.kit import shell
from portal.models.approvals import ApprovalAttachment, Substitute
from portal.services.writer import writing
from tests.access.browser import enter, post, show_page
from tests.app import the_app
from tests.approvals.conftest import PASSWORD, TODAY, TOMORROW, House, stand_in
from tests.resources.test_screens import run, said

SignIn = Callable[[str], FlaskClient]
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture(scope="module")
def people(built: House) -> SignIn:
    """Browsers of the bank's people."""
    browsers: dict[str, FlaskClient] = {}

    def browser(name: str) -> FlaskClient:
        if name not in browsers:
            browsers[name] = the_app().server.test_client()
            assert enter(browsers[name], f"r-{name}", PASSWORD).status_code == 302
        return browsers[name]

    return browser


def listed(browser: FlaskClient, search: str = "") -> str:
    return said(run(browser, inbox.ROWS, "children", search))


def opened(browser: FlaskClient, number: Any) -> str:
    return said(run(browser, page.BODY, "children", str(number), None))


def decided(browser: FlaskClient, form: str, number: Any, seen_hash: str, reason: str = "") -> Any:
    return run(browser, form, "said", 1, {"reason": reason}, seen_hash, str(number))


def test_everyone_has_an_inbox_with_what_is_his(house: House, people: SignIn) -> None:
    request = house.ask()
    assert "Customer 2 (C002)" in listed(people("amy")) and f"/inbox/{request.id}" in listed(people("amy"))
    assert "Li 60 % \\u2192 50 %" in listed(people("amy")) or "Li 60 % → 50 %" in listed(people("amy"))
    for name in ("li", "zoe", "auditor"):
        assert "Nothing waits" in listed(people(name))
    assert f"/inbox/{request.id}" in listed(people("li"), "?tab=requested")
    assert "Nothing fits" in listed(people("amy"), "?q=nobody+is+called+so")
    assert f"/inbox/{request.id}" in listed(people("amy"), "?q=customer+li&kind=share_change&tab=strange")
    assert '"count": 1' in said(run(people("amy"), shell.MENU, "counts", "/", None))
    assert '"count"' not in said(run(people("zoe"), shell.MENU, "counts", "/", None))
    for path in ("/inbox", f"/inbox/{request.id}", "/away"):
        assert people("li").get(path).status_code == 200
        assert post(people("li"), show_page(path)).status_code == 200


def test_a_substitute_sees_for_whom_he_decides(house: House, people: SignIn) -> None:
    request = house.ask()
    stand_in(house, "amy", "zoe")
    assert "for Amy" in listed(people("zoe"))
    assert "You decide this in the place of Amy" in opened(people("zoe"), request.id)
    assert decided(people("zoe"), page.APPROVE_FORM, request.id, request.content_hash).status_code == 200
    assert "Zoe for Amy" in opened(people("li"), request.id)


def test_a_request_of_others_is_not_there(house: House, people: SignIn) -> None:
    request = house.ask()
    for number in (request.id, 0, -1, "x", "1 or 1=1", 10**30):
        assert "no such request" in opened(people("zoe"), number)
    for form in (page.APPROVE_FORM, page.REFUSE_FORM):
        assert decided(people("zoe"), form, request.id, request.content_hash, "mine").status_code == 400
        assert decided(people("li"), form, request.id, request.content_hash, "mine").status_code == 200
    assert house.request(request.id).state == "submitted"
    assert run(people("zoe"), page.COMMENT_FORM, "problems", 1, {"words": "hi"}, str(request.id)).status_code == 400


def test_the_leader_sees_the_effect_and_decides(house: House, people: SignIn) -> None:
    request = house.ask()
    shown = opened(people("amy"), request.id)
    for words in ("What changes", "Accounts", "60 %", "On the balances of 30 Jun 2020", page.APPROVE, page.REFUSE):
        assert words in shown
    assert page.APPROVE not in opened(people("li"), request.id) and page.WITHDRAW in opened(people("li"), request.id)
    assert "Say why you refuse it" in said(decided(people("amy"), page.REFUSE_FORM, request.id, request.content_hash))
    stale = said(decided(people("amy"), page.APPROVE_FORM, request.id, "0" * 64))
    assert "What you saw is not what Li asks for" in stale and "As it is now" in stale
    for strange in (None, 5, ["x"], {"a": 1}):
        answer = run(people("amy"), page.APPROVE_FORM, "said", 1, strange, strange, str(request.id))
        assert answer.status_code in (200, 400)
    assert house.request(request.id).state == "submitted"
    assert "Approved." in said(decided(people("amy"), page.APPROVE_FORM, request.id, request.content_hash))
    again = said(decided(people("ben"), page.APPROVE_FORM, request.id, request.content_hash))
    assert f"Amy approved this on {TODAY}" in again
    assert "Approved on" in opened(people("ben"), request.id) and "by Amy" in opened(people("ben"), request.id)
    assert f"/inbox/{request.id}" in listed(people("amy"), "?tab=decided")


def test_asking_on_the_page_of_a_customer(house: House, people: SignIn) -> None:
    form = said(run(people("li"), share_request.FORM, "fields", "?customer=2"))
    assert "Customer 2" in form and "R-wu" in form and "R-zhao" not in form
    assert "no such customer" in said(run(people("zhao"), share_request.FORM, "fields", "?customer=2"))
    assert run(people("amy"), share_request.FORM, "fields", "?customer=2").status_code == 403
    lines = [{"person": str(house.person("li")), "ratio": "50"}, {"person": str(house.person("wu")), "ratio": "50,0"}]

    def ask(name: str, customer: int, **changes: Any) -> str:
        values = {"parts": lines, "valid_from": TOMORROW.isoformat(), "reason": "We share him."} | changes
        return said(run(people(name), share_request.FORM, "problems", 1, values, f"?customer={customer}"))

    assert "Say why" in ask("li", 2, reason=" ")
    assert "total 50 %" in ask("li", 2, parts=lines[:1])
    assert "stands once" in ask("li", 2, parts=[lines[0], lines[0]])
    assert "date is expected" in ask("li", 2, valid_from="soon")
    assert "no such customer" in ask("zhao", 2)
    strange = [{"person": "9" * 18, "ratio": "100"}]
    assert "no position" in ask("li", 2, parts=strange)
    assert "/inbox/" in ask("li", 2)
    assert "asked for this already" in ask("li", 2)
    assert '"count": 1' in said(run(people("amy"), shell.MENU, "counts", "/", None))


# ---- files ----


def upload(browser: FlaskClient, number: int, content: bytes, name: str = "a.pdf") -> str:
    return said(run(browser, page.FILE_SAID, "children", 1, base64.b64encode(content).decode(), name, str(number)))


def packed(**files: bytes) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as package:
        for name, words in files.items():
            package.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), words)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html><script>alert(1)</script>", b"\xef\xbb\xbf  <svg onload=alert(1)>", b"MZ\x90\x00\x03",
        b"hello <SCRIPT>x</script>", b"GIF89a<script>", b"PK\x03\x04 broken", b"a\x00b", b"\xff\xfe\x00",
        packed(evil_xml=b"x"), packed(xl__workbook_xml=b"<w/>", xl__vbaProject_bin=b"macro"),
        b"%PDF-" + b"x" * 5_000_000,
    ],
    ids=["empty", "html", "svg", "exe", "script", "gif", "zip", "nul", "utf16", "other zip", "macros", "large"],
)  # fmt: skip
def test_a_file_is_what_its_content_says(house: House, people: SignIn, content: bytes) -> None:
    request = house.ask()
    told = upload(people("li"), request.id, content, "harmless.pdf")
    assert "Only PDF" in told or "up to 5 MB" in told or "could not be read" in told
    assert (
        house.read(lambda reader: reader.session.query(ApprovalAttachment).filter_by(approval_id=request.id).count())
        == 0
    )


def test_files_are_given_out_powerless_under_our_own_names(house: House, people: SignIn) -> None:
    request = house.ask()
    evil = '../../etc/"passwd\r\nX: y<b>.pdf'
    upload(people("li"), request.id, PDF, evil)
    upload(people("amy"), request.id, "Umsätze, 客户\n".encode(), "note.txt")
    upload(people("li"), request.id, packed(xl__workbook_xml=b"<w/>"), "sheet.xlsx")
    files = house.read(lambda reader: reader.session.query(ApprovalAttachment).filter_by(approval_id=request.id).all())
    assert [file.file_name.rsplit(".")[-1] for file in files] == ["pdf", "txt", "xlsx"]
    assert all(file.file_name.startswith(f"request-{request.id}-") for file in files)
    assert files[0].title == '../../etc/"passwdX: y<b>.pdf'
    answer = people("amy").get(f"/export/attachments/{files[0].file_name}")
    assert answer.status_code == 200 and answer.data == PDF
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{files[0].file_name}"'
    assert (
        answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers["Content-Security-Policy"]
    )
    assert answer.headers["Cache-Control"] == "no-store"
    for name in ("zoe", "zhao"):
        assert people(name).get(f"/export/attachments/{files[0].file_name}").status_code == 404
    stranger = the_app().server.test_client().get(f"/export/attachments/{files[0].file_name}")
    assert stranger.status_code in (302, 401)
    for guess in ("..%2f..%2fetc%2fpasswd", "request-1-0000.pdf", f"{files[0].file_name}%00", "%2e%2e/x"):
        assert people("amy").get(f"/export/attachments/{guess}").status_code in (400, 404)


def test_files_and_words_have_an_end(house: House, people: SignIn) -> None:
    request = house.ask()
    for count in range(10):
        assert "at most" not in upload(people("li"), request.id, PDF + bytes([count + 33]))
    assert "at most 10 files" in upload(people("li"), request.id, PDF)
    for words, sentence in (("", "1 to 2000"), ("x" * 2_001, "1 to 2000"), ("Fine with me.", '"words": ""')):
        assert sentence in said(run(people("amy"), page.COMMENT_FORM, "problems", 1, {"words": words}, str(request.id)))
    assert "Amy: Fine with me." in opened(people("li"), request.id)
    decided(people("amy"), page.REFUSE_FORM, request.id, request.content_hash, "No.")
    assert "nothing is attached" in upload(people("li"), request.id, PDF)


# ---- away ----


def leave(browser: FlaskClient, person: Any, first: Any = TODAY, last: Any = TODAY, kind: Any = "all") -> str:
    values = {"substitute": str(person), "first_day": str(first), "last_day": str(last), "kind": kind}
    return said(run(browser, away.FORM, "problems", 1, values))


def test_people_name_their_own_substitute_and_take_him_back(house: House, people: SignIn) -> None:
    amy, zoe = people("amy"), house.person("zoe")
    assert "Zoe" in said(run(amy, away.FORM, "fields", True, None))
    assert "Saved." in leave(amy, zoe)
    row = house.read(lambda reader: reader.session.query(Substitute).one())
    assert (row.person_id, row.substitute_id, row.kind) == (house.person("amy"), zoe, None)
    request = house.ask()
    assert f"/inbox/{request.id}" in listed(people("zoe"))
    for name in ("ben", "zoe"):
        back(people(name), row.id)
        assert house.read(lambda reader: reader.session.query(Substitute).count()) == 1
    back(amy, row.id)
    assert house.read(lambda reader: reader.session.query(Substitute).count()) == 0
    assert "Nothing waits" in listed(people("zoe"))


def back(browser: FlaskClient, number: int) -> None:
    key = next(key for key, one in the_app().callback_map.items() if away.BACK in str(one["inputs"]))
    entry = the_app().callback_map[key]
    outputs = [{"id": one.component_id, "property": one.component_property} for one in entry["output"]]
    button = {"type": away.BACK, "index": str(number)}
    body = {
        "output": key, "outputs": outputs, "inputs": [[{"id": button, "property": "n_clicks", "value": 1}]], "state": [],
        "changedPropIds": [f'{{"index":"{number}","type":"{away.BACK}"}}.n_clicks'],
    }  # fmt: skip
    assert post(browser, body).status_code in (200, 204)


def test_a_substitute_has_rules(house: House, people: SignIn) -> None:
    amy, zoe = people("amy"), house.person("zoe")
    before = TODAY.replace(year=TODAY.year - 1)
    assert "Nobody stands in for themselves" in leave(amy, house.person("amy"))
    assert "cannot log in" in leave(amy, house.person("lead"))
    assert "before the first" in leave(amy, zoe, TOMORROW, TODAY)
    assert "have passed" in leave(amy, zoe, before, before)
    assert "at most a year" in leave(amy, zoe, TODAY, TODAY.replace(year=TODAY.year + 3))
    assert "no such kind" in leave(amy, zoe, kind="robbery")
    assert "Say who" in leave(amy, "nobody")
    assert "names no employee" in leave(people("chief"), zoe)
    assert house.read(lambda reader: reader.session.query(Substitute).count()) == 0


def test_an_administrator_keeps_substitutes_as_records(house: House) -> None:
    from portal.resources import RESOURCES
    from portal.services import records
    from portal.services.refusal import Refusal

    given = {"person": str(house.person("amy")), "substitute": str(house.person("zoe")), "first_day": str(TODAY),
             "last_day": str(TOMORROW), "kind": "share_change"}  # fmt: skip
    with writing(house.actor("chief")) as writer:
        records.create(writer, RESOURCES["substitutes"], given)
    with pytest.raises(Refusal, match="themselves"), writing(house.actor("chief")) as writer:
        records.create(writer, RESOURCES["substitutes"], given | {"substitute": given["person"]})
    row = house.read(lambda reader: reader.session.query(Substitute).one())
    assert row.kind == "share_change"
