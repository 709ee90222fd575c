"""The small bank, the toy application, and people who sign in to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dash
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import delete

from portal.access import passwords
from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import LoginAttempt, User
from portal.permissions import LOCAL_OPERATOR
from portal.services.roles import ensure_default_roles
from portal.services.users import add_user
from portal.services.writer import writing
from tests.access.bank import PASSWORD, Bank, add_users, build
from tests.access.browser import enter
from tests.access.toy import build as build_toy
from tests.access.toy import dash_holding
from tests.app import the_app
from tests.installation import database, var  # noqa: F401 - fixtures of the area

SignIn = Callable[..., FlaskClient]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hashes that cost little: what a hash costs is the library's business, and hundreds of them are made here."""
    usual = passwords._hasher
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    passwords.stand_in.cache_clear()
    yield
    passwords._hasher = usual
    passwords.stand_in.cache_clear()


@pytest.fixture(scope="package")
def bank(database: Database) -> Bank:
    """The bank, stored once a worker."""
    with database.transaction(HOUSE) as session:
        ensure_default_roles(session)
        made = build(session)
    with writing(LOCAL_OPERATOR) as writer:
        add_users(writer, made)
    return made


@pytest.fixture
def calm(database: Database) -> None:
    """Nobody has tried to log in lately."""
    with database.transaction(HOUSE) as session:
        session.execute(delete(LoginAttempt))


@pytest.fixture
def user(bank: Bank, request: pytest.FixtureRequest) -> User:
    """A customer manager of this test alone."""
    name = re.sub(r"\W", "-", request.node.name).lower()[:80]
    with writing(LOCAL_OPERATOR) as writer:
        return add_user(writer, name, PASSWORD, roles=["customer_manager"])


@pytest.fixture(scope="package")
def built_toy(database: Database) -> tuple[dash.Dash, dict[str, Any]]:
    return build_toy()


@pytest.fixture
def toy(built_toy: tuple[dash.Dash, dict[str, Any]]) -> Iterator[dash.Dash]:
    """The toy application; for this test Dash knows its pages and no others."""
    app, pages = built_toy
    with dash_holding(pages):
        yield app


@pytest.fixture(scope="package")
def portal(database: Database) -> dash.Dash:
    """The real application, after its first request."""
    return the_app()


@pytest.fixture
def sign_in(toy: dash.Dash, bank: Bank, calm: None) -> SignIn:
    """Signs someone in and gives back the browser."""

    def do(name: str, password: str = PASSWORD) -> FlaskClient:
        browser = toy.server.test_client()
        answer = enter(browser, name, password)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return browser

    return do
