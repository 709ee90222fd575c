"""What a browser does with the portal: log in, and run callbacks as Dash does."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

CALLBACK = "/_dash-update-component"


def enter(browser: FlaskClient, name: str, password: str, **more: str) -> TestResponse:
    """Fill in the log-in form and send it."""
    page = browser.get("/login").get_data(as_text=True)
    token = re.search(r'name="login_form" value="([^"]*)"', page)
    form = {"login_form": token.group(1) if token else "", "username": name, "password": password, **more}
    return browser.post("/login", data=form)


def csrf_token(browser: FlaskClient) -> str:
    """The token Dash would copy from the cookie."""
    cookie = browser.get_cookie("_csrf_token")
    return cookie.value if cookie else ""


def post(browser: FlaskClient, body: object, **headers: str) -> TestResponse:
    """Run a callback as Dash does."""
    return browser.post(CALLBACK, json=body, headers={"X-CSRFToken": csrf_token(browser), **headers})


def word(value: object = "hello") -> dict[str, Any]:
    """The body Dash sends for the toy's simplest callback."""
    return {
        "output": "shown.children",
        "outputs": {"id": "shown", "property": "children"},
        "inputs": [{"id": "word", "property": "value", "value": value}],
        "state": [{"id": "second", "property": "title"}],
        "changedPropIds": ["word.value"],
        "parsedChangedPropsIds": ["word.value"],
    }


def show_page(path: object, query: object = "") -> dict[str, Any]:
    """The body Dash sends when the address changes."""
    return {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}],
        "inputs": [
            {"id": "_pages_location", "property": "pathname", "value": path},
            {"id": "_pages_location", "property": "search", "value": query},
        ],
        "changedPropIds": ["_pages_location.pathname"],
    }
