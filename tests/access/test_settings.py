"""Production does not start with a missing, short or known secret, nor with debugging on."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import request
from pydantic import ValidationError

from portal.access.server import new_server
from portal.settings import Settings

GOOD = {
    "mode": "production",
    "database_url": "postgresql://app:word@db/basis",
    "secret_key": "kT9vQ2mX7pLw4ZrB8nYc3HsD6fGj1RtA",
}


def test_a_complete_production_starts_and_is_careful() -> None:
    chosen = Settings(**GOOD)  # type: ignore[arg-type]
    assert chosen.secure_cookies
    assert chosen.trusted_proxies == 0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"secret_key": None}, "BASIS_SECRET_KEY"),
        ({"secret_key": ""}, "BASIS_SECRET_KEY"),
        ({"secret_key": "short"}, "BASIS_SECRET_KEY"),
        ({"secret_key": "changeme-1234567890-1234567890-1234"}, "BASIS_SECRET_KEY"),
        ({"secret_key": "a" * 64}, "BASIS_SECRET_KEY"),
        ({"debug": True}, "BASIS_DEBUG"),
        ({"database_url": None}, "DATABASE_URL"),
    ],
)
def test_an_unsafe_production_refuses_and_names_the_setting(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named) as refusal:
        Settings(**{**GOOD, **changes})  # type: ignore[arg-type]
    assert "kT9vQ2mX7" not in str(refusal.value)


def test_the_generated_secret_stays_and_is_private(tmp_path: Path) -> None:
    first = Settings(var=tmp_path).session_secret()
    assert len(first) >= 48
    assert Settings(var=tmp_path).session_secret() == first
    assert (tmp_path / "secrets" / "session_key").stat().st_mode & 0o077 == 0


def test_proxy_headers_count_only_behind_declared_proxies(tmp_path: Path) -> None:
    headers = {"X-Forwarded-For": "6.6.6.6, 10.1.2.3", "X-Forwarded-Proto": "https"}
    for proxies, seen in ((0, "http 127.0.0.1"), (1, "https 10.1.2.3")):
        server = new_server(Settings(var=tmp_path, trusted_proxies=proxies), "basis_theme")
        server.add_url_rule("/who", "who", lambda: f"{request.scheme} {request.remote_addr}")
        assert server.test_client().get("/who", headers=headers).get_data(as_text=True) == seen


def test_production_cookies_travel_over_https_only() -> None:
    server = new_server(Settings(**GOOD), "basis_theme")  # type: ignore[arg-type]
    assert server.config["SESSION_COOKIE_SECURE"]
    assert server.config["SESSION_COOKIE_HTTPONLY"]
