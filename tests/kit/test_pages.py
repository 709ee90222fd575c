"""Pages and callbacks: declared once, checked always."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from dash import ALL, MATCH, Input, Output, _callback, html

from pages import commissions, inbox, questions, report, rulebooks, statement
from portal.kit import callbacks, navigation, pages
from portal.kit.callbacks import callback, permissions_by_output
from portal.kit.pages import Page, declare, known_arguments
from portal.permissions import Actor, Forbidden, Permission
from portal.services.roles import DEFAULT_ROLES

READER = Actor(user_id=1, name="reader", permissions=frozenset({Permission.REPORT_VIEW}))


@pytest.fixture
def no_pages(monkeypatch: pytest.MonkeyPatch) -> list[Page]:
    """An empty list of pages for one test."""
    empty: list[Page] = []
    monkeypatch.setattr(pages, "PAGES", empty)
    return empty


@pytest.fixture
def no_callbacks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Callbacks declared in a test are forgotten after it."""
    monkeypatch.setattr(callbacks, "REQUIRED", {})
    known, listed = dict(_callback.GLOBAL_CALLBACK_MAP), list(_callback.GLOBAL_CALLBACK_LIST)
    yield
    _callback.GLOBAL_CALLBACK_MAP.clear()
    _callback.GLOBAL_CALLBACK_MAP.update(known)
    _callback.GLOBAL_CALLBACK_LIST[:] = listed


def page(path: str, permission: Permission | None = None, **more: object) -> Page:
    return Page(
        path,
        path,
        lambda **address: html.Div(str(sorted(address))),
        permission,
        icon="flag",
        **{"group": "work"} | more,
    )  # type: ignore[arg-type]


def test_an_address_belongs_to_one_page(no_pages: list[Page]) -> None:
    first = declare(page("/a"))
    assert declare(first) is first and no_pages == [first]
    with pytest.raises(ValueError, match="Two pages want the address /a"):
        declare(page("/a"))


def test_a_page_asks_who_wants_to_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "current_actor", lambda: READER)
    assert page("/r", Permission.REPORT_VIEW).show(month="2026-11").children == "['month']"
    with pytest.raises(Forbidden):
        page("/u", Permission.USER_EDIT).show()


def test_unknown_words_of_the_address_are_left_out() -> None:
    assert known_arguments(lambda month="": month, {"month": "1", "evil": "2"}) == {"month": "1"}
    assert known_arguments(lambda **rest: rest, {"a": "1"}) == {"a": "1"}


def test_of_a_word_that_stands_twice_the_last_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert known_arguments(lambda month="": month, {"month": ["2026-09", "2026-10"]}) == {"month": "2026-10"}
    assert known_arguments(lambda **rest: rest, {"a": ["1", "2"], "b": "3"}) == {"a": "2", "b": "3"}
    monkeypatch.setattr(pages, "current_actor", lambda: READER)
    page = Page("/twice", "Twice", lambda **rest: str(rest), None, icon="list", group="work")
    assert page.show(**{"self": "x", "month": ["1", "2"]}) == "{'self': 'x', 'month': '2'}"


def test_the_menu_holds_what_one_may_open() -> None:
    mine = [
        page("/r", Permission.REPORT_VIEW),
        page("/u", Permission.USER_EDIT),
        page("/x"),
        page("/hidden", menu=False),
    ]
    assert [entry["href"] for group in navigation.menu(READER, mine) for entry in group["entries"]] == ["/r", "/x"]
    assert [entry["href"] for entry in navigation.searchable(READER, mine)] == ["/r", "/x"]


def test_the_bottom_bar_has_five_places_and_the_menu_last() -> None:
    many = [page(f"/{number}", order=number, phone=number > 6) for number in range(9)]
    entries = navigation.bottom_bar(READER, many, "sheet")[0]["entries"]
    assert [entry.get("href") for entry in entries] == ["/7", "/8", "/0", "/1", None] and entries[-1][
        "opens"
    ] == "sheet"


def test_the_bottom_bar_leads_into_each_group_before_it_repeats_one() -> None:
    mine = [page("/inbox", phone=True), *(page(f"/r{number}", group="reports", order=number) for number in range(5)),
            page("/jobs", group="operate", order=9)]  # fmt: skip
    entries = navigation.bottom_bar(READER, mine, "sheet")[0]["entries"]
    assert [entry.get("href") for entry in entries] == ["/inbox", "/r0", "/jobs", "/r1", None]


def test_a_clerk_s_phone_leads_to_the_commission_months() -> None:
    role = next(one for one in DEFAULT_ROLES if one.code == "commission_clerk")
    clerk = Actor(user_id=1, name="clerk", permissions=role.permissions)
    mine = [commissions.PAGE, inbox.PAGE, questions.PAGE, *report.PAGES, rulebooks.PAGE, statement.PAGE]
    entries = navigation.bottom_bar(clerk, mine, "sheet")[0]["entries"]
    assert [entry.get("href") for entry in entries] == ["/inbox", "/statement", "/questions", "/commissions", None]


def test_a_callback_names_its_permission(no_callbacks: None) -> None:
    with pytest.raises(TypeError, match="permission"):
        callback(Output("a", "children"), Input("b", "value"))  # type: ignore[call-arg]


def test_long_work_is_no_callback(no_callbacks: None) -> None:
    with pytest.raises(ValueError, match="job"):
        callback(Output("a", "children"), Input("b", "value"), permission=None, background=True)


def test_outputs_are_known_by_the_names_dash_gives_them(no_callbacks: None) -> None:
    row = {"type": "row", "index": MATCH}
    declared = [
        ([Output("a", "children")], Permission.REPORT_VIEW),
        ([Output("c", "children"), Output("d", "data")], Permission.JOB_VIEW),
        ([Output("c", "children", allow_duplicate=True)], Permission.JOB_RUN),
        ([Output(row, "children")], None),
    ]
    for at, (outputs, permission) in enumerate(declared):
        source = {"type": "from", "index": MATCH} if outputs[0].component_id == row else f"from-{at}"
        callback(*outputs, Input(source, "value"), permission=permission, prevent_initial_call=True)(
            lambda value: value
        )
    callback(Input({"type": "x", "index": ALL}, "n_clicks"), permission=Permission.USER_EDIT)(lambda clicks: None)
    required = permissions_by_output()
    assert set(required) <= set(_callback.GLOBAL_CALLBACK_MAP)
    assert list(required.values()) == [permission for _, permission in declared] + [Permission.USER_EDIT]
    assert "..c.children...d.data.." in required and any(key.startswith("c.children@") for key in required)


def test_a_callback_without_permission_is_found(no_callbacks: None) -> None:
    app = SimpleNamespace(callback_map={"a.children": {"callback": len}, "client.side": {}})
    assert callbacks.undeclared_outputs(app) == ["a.children"]  # type: ignore[arg-type]


def test_the_plain_function_comes_back(no_callbacks: None) -> None:
    shown = callback(Output("z", "children"), Input("y", "value"), permission=None)(lambda value: value + 1)
    assert shown(1) == 2
