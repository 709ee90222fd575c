"""What a browser asks as soon as it has a page, answered along with the page: its layout and the first answers of its callbacks.

Every question goes through the application as if the browser had sent it: the gate, the permission of the callback, the
reader's scope and the function that answers are the same. What is refused or fails here is left for the browser to ask.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from dash import Dash
from flask import Response, request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from portal.access.current import signed_in
from portal.access.gate import CALLBACK, CSRF_HEADER, PAGE_ROUTER

LAYOUT, DEPENDENCIES = "/_dash-layout", "/_dash-dependencies"
LOCATION, CONTENT, STORE = "_pages_location", "_pages_content", "_pages_store"  # Dash's own
PLAIN = "/:@!$&'()*+,;=~"  # what browsers leave as it is in a path
PATIENCE_SECONDS = 1.0  # a page does not wait longer for more answers

Properties = dict[str, Any]

log = logging.getLogger("portal.kit")


@dataclass
class FirstRound:
    """A page as its browser would have it after the first answers."""

    layout: str  # JSON as Dash sends it
    dependencies: str
    answers: list[str] = field(default_factory=list)  # JSON of output, values asked with, answer
    tree: Any = None  # the layout with all answers filled in

    @property
    def title(self) -> str:
        """The title of the page shown."""
        store = _by_id(self.tree).get(STORE, {}).get("data") or {}
        return str(store.get("title", ""))

    def given(self) -> str:
        """What travels to the browser, as JSON; `assets/first.js` answers with it."""
        answers = ",".join(self.answers)
        return f'{{"layout":{self.layout},"dependencies":{self.dependencies},"answers":[{answers}]}}'


def first_round(app: Dash) -> FirstRound | None:
    """The first round of the page of this request for whoever is signed in; nothing for anybody else."""
    if signed_in() is None or request.method != "GET":
        return None
    layout, dependencies = _ask(app, LAYOUT), _ask(app, DEPENDENCIES)
    if layout is None or dependencies is None:
        return None
    found = FirstRound(layout, dependencies, tree=json.loads(layout))
    query = request.query_string.decode("latin-1")
    place = {"pathname": quote(request.path, safe=PLAIN), "search": f"?{query}" if query else ""}
    _by_id(found.tree).get(LOCATION, {}).update(place)
    until = time.monotonic() + PATIENCE_SECONDS
    waiting = [one for one in json.loads(dependencies) if _is_asked_at_once(one)]
    while time.monotonic() < until:
        known = _by_id(found.tree)
        one = next(_ready(waiting, known), None)
        if one is None:
            break
        waiting.remove(one)
        _answer(app, found, known, one)
    return found


def _answer(app: Dash, found: FirstRound, known: Mapping[str, Properties], one: Mapping[str, Any]) -> None:
    """Ask one callback, keep its answer and fill it in."""
    body = {
        "output": one["output"],
        "outputs": _outputs(one["output"]),
        "inputs": [_part(known, part) for part in one["inputs"]],
        "state": [_part(known, part) for part in one["state"]],
        "changedPropIds": [f"{LOCATION}.pathname"] if one["output"] == PAGE_ROUTER else [],
    }
    answer = _ask(app, CALLBACK, body)
    if answer is None:
        return
    values = [part.get("value") for part in (*body["inputs"], *body["state"])]
    asked = json.dumps({"output": one["output"], "values": values}, separators=(",", ":"))
    found.answers.append(f'{asked[:-1]},"answer":{answer}}}')
    for name, properties in json.loads(answer).get("response", {}).items():
        known.get(name, {}).update(properties)


def _ask(app: Dash, path: str, body: Mapping[str, Any] | None = None) -> str | None:
    """The answer to one request of the same person within this one; nothing unless it has content."""
    person = signed_in()
    headers = Headers({"Host": request.host, "Cookie": request.headers.get("Cookie", "")})
    if body is not None and person is not None:
        headers[CSRF_HEADER] = person.csrf_token
    asked = EnvironBuilder(
        path, base_url=request.host_url, method="GET" if body is None else "POST", json=body, headers=headers,
        environ_overrides={"REMOTE_ADDR": request.remote_addr or ""},
    )  # fmt: skip
    answer = Response.from_app(app.server, asked.get_environ())
    if answer.status_code != 200:
        log.info("Not answered with the page: %s", (body or {}).get("output", path))
        return None
    return answer.get_data(as_text=True).strip()


def _is_asked_at_once(one: Mapping[str, Any]) -> bool:
    """Whether a browser asks the server this as soon as all it names is there; no patterns, which name many."""
    named = [part["id"] for part in (*one["inputs"], *one["state"])]
    if one.get("clientside_function") or "{" in one["output"] or any("{" in name for name in named):
        return False
    return one["output"] == PAGE_ROUTER or not one.get("prevent_initial_call")


def _ready(waiting: list[Any], known: Mapping[str, Properties]) -> Iterator[Any]:
    """Callbacks whose parts are all there and wait for no other: what stands around the page first, it is quick."""
    here = [one for one in waiting if all(part["id"] in known for part in _parts(one))]
    coming = {(part["id"], part["property"]) for one in here for part in _all_outputs(one)}
    here.sort(key=lambda one: one["output"] == PAGE_ROUTER)
    return (one for one in here if not any((part["id"], part["property"]) in coming for part in one["inputs"]))


def _parts(one: Mapping[str, Any]) -> list[Mapping[str, str]]:
    return [*one["inputs"], *one["state"], *_all_outputs(one)]


def _all_outputs(one: Mapping[str, Any]) -> list[dict[str, str]]:
    found = _outputs(one["output"])
    return found if isinstance(found, list) else [found]


def _outputs(output: str) -> Any:
    """The components and properties a key names, as a browser sends them."""
    if not output.startswith(".."):
        return _output(output)
    return [_output(part) for part in output[2:-2].split("...")]


def _output(text: str) -> dict[str, str]:
    name, _dot, changed = text.rpartition(".")
    return {"id": name, "property": changed}


def _part(known: Mapping[str, Properties], part: Mapping[str, str]) -> dict[str, Any]:
    """An input or a state with its value, which is left out where there is none."""
    name, changed = part["id"], part["property"]
    properties = known[name]
    found: dict[str, Any] = {"id": name, "property": changed}
    return found | {"value": properties[changed]} if changed in properties else found


def _by_id(tree: Any) -> dict[str, Properties]:
    """The properties of every component that has a name."""
    found: dict[str, Properties] = {}
    level = [tree]
    while level:
        part = level.pop()
        if isinstance(part, list):
            level.extend(part)
        elif isinstance(part, dict) and isinstance(part.get("props"), dict):
            if isinstance(part["props"].get("id"), str):
                found[part["props"]["id"]] = part["props"]
            level.append(part["props"].get("children"))
    return found
