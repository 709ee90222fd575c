"""Bodies no page of ours sends: refused with 400, never an error inside Dash, and the worker goes on."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.access.browser import CALLBACK, csrf_token, post, show_page, word
from tests.access.conftest import SignIn
from tests.access.toy import SECRET
from tests.examples import examples


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("root")


def raw(browser: FlaskClient, body: bytes) -> int:
    headers = {"X-CSRFToken": csrf_token(browser)}
    return browser.post(CALLBACK, data=body, content_type="application/json", headers=headers).status_code


DEEP = b"[" * 100_000 + b"]" * 100_000
TEXTS = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"1",
    b'"x"',
    b"{",
    b"\xff\xfe",
    b"nan",
    DEEP,
    b'{"output":' + DEEP + b"}",
    b"1" * 5_000,
    b'{"a":1}{"b":2}',
]
NO_VALUES = [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9223372036854775808", b"-1" + b"0" * 30, b'"\\ud800"', b'["\\uDFFF x"]',
             b'{"\\udbff": 1}']  # fmt: skip
VALUES = [b"9223372036854775807", b"-1e300", b'"\\ud83d\\ude00"', b'"\\\\ud800"']


def with_value(value: bytes) -> bytes:
    """A body that is right but for a value that only a hand can write."""
    return json.dumps(word("here")).encode().replace(b'"here"', value)


@pytest.mark.parametrize("value", NO_VALUES)
def test_values_that_no_browser_has(browser: FlaskClient, value: bytes) -> None:
    assert raw(browser, with_value(value)) == 400


@pytest.mark.parametrize("value", VALUES)
def test_large_numbers_and_letters_beyond_the_first_plane_are_values(browser: FlaskClient, value: bytes) -> None:
    assert raw(browser, with_value(value)) == 200


@pytest.mark.parametrize("body", TEXTS, ids=range(len(TEXTS)))
def test_texts_that_are_no_body(browser: FlaskClient, body: bytes) -> None:
    assert raw(browser, body) == 400


def changed(**changes: Any) -> dict[str, Any]:
    return {**word(), **changes}


INPUT = word()["inputs"][0]
WRONG = {
    "no output": {key: value for key, value in word().items() if key != "output"},
    "unknown output": changed(output="nobody.children"),
    "output of another kind": changed(output=["shown.children"]),
    "output with a wildcard": changed(output='{"index":["ALL"],"type":"shown"}.children'),
    "a callback that runs in the browser": changed(output="second.title", state=[]),
    "another callback's key": changed(output=SECRET),
    "no inputs": changed(inputs=[]),
    "inputs null": changed(inputs=None),
    "inputs a dict": changed(inputs={"0": INPUT}),
    "too many inputs": changed(inputs=[INPUT, INPUT]),
    "a hundred thousand inputs": changed(inputs=[INPUT] * 100_000),
    "an input of another component": changed(inputs=[{**INPUT, "id": "secret"}]),
    "an input of another property": changed(inputs=[{**INPUT, "property": "style"}]),
    "an input without id": changed(inputs=[{"property": "value", "value": 1}]),
    "an input without property": changed(inputs=[{"id": "word", "value": 1}]),
    "an input with a dict for an id": changed(inputs=[{**INPUT, "id": {"type": "word"}}]),
    "an input that is text": changed(inputs=["word"]),
    "an input that is a list": changed(inputs=[[INPUT]]),
    "an input that is null": changed(inputs=[None]),
    "state missing": changed(state=[]),
    "state of another component": changed(state=[{"id": "secret", "property": "children"}]),
    "state too long": changed(state=[{"id": "second", "property": "title"}] * 2),
    "outputs missing": changed(outputs=None),
    "outputs a list": changed(outputs=[{"id": "shown", "property": "children"}]),
    "outputs elsewhere": changed(outputs={"id": "secret", "property": "children"}),
    "outputs another property": changed(outputs={"id": "shown", "property": "dangerously_allow_html"}),
    "outputs a text": changed(outputs="shown.children"),
    "changed a text": changed(changedPropIds="word.value"),
    "changed numbers": changed(changedPropIds=[1, 2]),
    "changed another": changed(changedPropIds=["secret.children"]),
    "changed broken json": changed(changedPropIds=["{.value"]),
    "changed without property": changed(changedPropIds=["word"]),
    "page path a number": show_page(1),
    "page path null": show_page(None),
    "page path relative": show_page("users"),
    "page path with a line break": show_page("/users\n"),
    "page query a dict": show_page("/", {"a": 1}),
    "page query a list": show_page("/", ["?"]),
}


@pytest.mark.parametrize("kind", WRONG)
def test_bodies_that_differ_from_the_declaration(browser: FlaskClient, kind: str) -> None:
    assert post(browser, WRONG[kind]).status_code == 400


PATTERN = {
    "output": '{"index":["MATCH"],"type":"cell"}.children',
    "outputs": {"id": {"type": "cell", "index": 1}, "property": "children"},
    "inputs": [{"id": {"type": "row", "index": 1}, "property": "n_clicks", "value": 3}],
    "changedPropIds": ['{"index":1,"type":"row"}.n_clicks'],
}
BAD_IDS = [
    "row", {"type": "row"}, {"type": "cell", "index": 1}, {"type": "row", "index": None}, {"type": "row", "index": {"x": 1}},
    {"type": "row", "index": [1]}, {"type": "row", "index": ["MATCH"]}, {"type": "row", "index": 1, "more": 1},
    {"type": "row", "index": "x" * 1_000}, {"type": ["ALL"], "index": 1}, '{"index":["MATCH"],"type":"cell"}', None, 1, [],
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD_IDS, ids=range(len(BAD_IDS)))
def test_pattern_ids_that_are_none(browser: FlaskClient, bad: object) -> None:
    body = copy.deepcopy(PATTERN)
    body["inputs"][0]["id"] = bad  # type: ignore[index]
    assert post(browser, body).status_code == 400
    body = copy.deepcopy(PATTERN)
    body["outputs"]["id"] = {**bad, "type": "other"} if isinstance(bad, dict) else bad  # type: ignore[index,call-overload]
    assert post(browser, body).status_code == 400
    body = {**PATTERN, "changedPropIds": [json.dumps(bad) + ".n_clicks"]}
    assert post(browser, body).status_code == 400


def test_a_pattern_of_many_components_is_bounded(browser: FlaskClient) -> None:
    row = {"id": {"type": "row", "index": 1}, "property": "n_clicks"}
    body = {"output": "count.children", "outputs": {"id": "count", "property": "children"}, "changedPropIds": []}
    assert post(browser, {**body, "inputs": [[row] * 2_000]}).status_code == 200
    assert post(browser, {**body, "inputs": [[row] * 2_001]}).status_code == 400
    assert post(browser, {**body, "inputs": [row]}).status_code == 400


def test_a_callback_without_outputs_takes_none(browser: FlaskClient, toy: Any) -> None:
    key = next(key for key, entry in toy.callback_map.items() if entry.get("no_output"))
    body = {"output": key, "inputs": [{"id": "left", "property": "n_clicks"}], "changedPropIds": []}
    assert post(browser, body).status_code == 200
    assert post(browser, {**body, "outputs": {"id": "shown", "property": "children"}}).status_code == 400


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**63, 2**63 - 1)  # what is let in: the smallest number of 64 bits is not
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PARTS = st.sampled_from(["output", "outputs", "inputs", "state", "changedPropIds", "parsedChangedPropsIds", "other"])


@examples(50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=PARTS, value=ANYTHING)
def test_any_value_anywhere_is_answered_without_an_error(browser: FlaskClient, part: str, value: Any) -> None:
    for body in (changed(**{part: value}), {**PATTERN, part: value}, {**show_page("/"), part: value}):
        assert post(browser, body).status_code in (200, 204, 400)


@examples(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=ANYTHING)
def test_a_callback_is_handed_its_values_as_they_are(browser: FlaskClient, value: Any) -> None:
    assert post(browser, word(value)).status_code == 200
