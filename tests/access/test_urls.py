"""Addresses from outside stay here, or lead to https."""

from __future__ import annotations

import dash
import pytest

from portal.access.urls import safe_next, safe_url
from tests.access.bank import PASSWORD
from tests.access.browser import enter

BAD = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
    "\x01javascript:alert(1)", "data:text/html,<script>", "vbscript:x", "file:///etc/passwd", "blob:x", "//evil.example",
    "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\r\nSet-Cookie: x=1", "https:evil", "https:///evil", "https://",
    "https://user:word@evil.example", "https://evil.example\\@good.example", "http://plain.example", "evil.example", "",
    "https://[::1", "https://x:notaport/", "\u202e/x", "/x\u2028y",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD, ids=range(len(BAD)))
def test_dangerous_addresses_lead_nowhere(url: str) -> None:
    assert safe_url(url) == "#"
    assert safe_next(url) == "/"


@pytest.mark.parametrize(
    "url", ["/", "/reports?by=branch#top", "/客户/1", "?date=1994-02-28", "#part", "https://good.example/x?y=1"]
)
def test_local_paths_and_https_pass(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url", ["https://good.example", "?x", "#x", "/login", "/login?next=/", "/logout", "/_dash-layout", None, ""]
)
def test_after_login_only_local_pages(url: str | None) -> None:
    assert safe_next(url) == "/"


@pytest.mark.parametrize(
    "wish",
    ["//evil.example", "/\\evil.example", "https://evil.example", "%2F%2Fevil.example", "/%0d%0aX: 1", "/\r\nX: 1"],
)
def test_login_never_redirects_elsewhere(toy: dash.Dash, bank: object, calm: None, wish: str) -> None:
    browser = toy.server.test_client()
    page = browser.get("/login", query_string={"next": wish}).get_data(as_text=True)
    assert "evil.example" not in page
    answer = enter(browser, "li", PASSWORD, next=wish)
    assert answer.status_code == 302
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))
    assert "X" not in answer.headers
    assert browser.get("/login", query_string={"next": wish}).location.startswith("/")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_login_page_speaks_both_languages(toy: dash.Dash, language: str) -> None:
    browser = toy.server.test_client()
    answer = browser.get(f"/login?language={language}")
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in answer.get_data(as_text=True)
    again = browser.get("/login", headers={"Accept-Language": "en" if language == "zh" else "zh-CN"})
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in again.get_data(as_text=True)


def test_the_browser_decides_until_somebody_chooses(toy: dash.Dash) -> None:
    for wish, shown in (("zh-CN,zh;q=0.9", "zh-CN"), ("en-GB", "en"), ("cs", "en"), ("", "en")):
        page = toy.server.test_client().get("/login", headers={"Accept-Language": wish}).get_data(as_text=True)
        assert f'<html lang="{shown}"' in page


def test_a_name_on_the_login_page_is_only_text(toy: dash.Dash, calm: None) -> None:
    page = enter(toy.server.test_client(), '"><script>alert(1)</script>', "wrong").get_data(as_text=True)
    assert "<script" not in page
