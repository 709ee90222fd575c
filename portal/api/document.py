"""The OpenAPI document, written from the declared operations, in the language of who reads it."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify
from flask_babel import gettext as _

from portal.access.current import current_actor
from portal.api.columns import row_document
from portal.api.declared import PROBLEM, ROOT, Answer, Operation
from portal.api.operations import OPERATIONS
from portal.permissions import Forbidden, Permission
from portal.query.policy_event_words import DATASETS, states

PATH = "/api/openapi.json"
VERSION = "1"


def install_document(server: Flask) -> None:
    """Add the document's address, for who administers keys."""
    server.add_url_rule(PATH, "openapi", show, methods=["GET"])


def show() -> Response:
    """The document, for who may see API keys."""
    actor = current_actor()
    if not actor.may(Permission.API_KEY_VIEW):
        raise Forbidden(Permission.API_KEY_VIEW, actor)
    answer = jsonify(document())
    answer.headers["Cache-Control"] = "no-store"
    return answer


def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(f"{ROOT}{one.path}", {})[one.method] = _operation(one)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Basis",
            "version": VERSION,
            "description": _("What other systems may send to and ask of Basis."),
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": _("An API key: basis_...")}},
        },
        "security": [{"key": []}],
    }


def schemas() -> dict[str, Any]:
    """Everything that is sent and answered, by name."""
    key = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}$", "example": "core-2026-11-28-000017"}
    dataset = {"type": "string", "enum": list(DATASETS)}
    instant = {"type": "string", "format": "date-time"}
    rows = {f"{_camel(name)}Row": row_document(name) for name in DATASETS}
    receipt = {"key": key, "dataset": dataset, "received_at": instant, "href": {"type": "string"}}
    state = {
        "key": key, "dataset": dataset, "received_at": instant,
        "state": {"type": "string", "enum": list(states()), "description": "; ".join(f"{a}: {b}" for a, b in states().items())},
        "business_date": {"type": "string", "format": "date", "nullable": True},
        "reason": {"type": "string"},
    }  # fmt: skip
    event = {"key": key, "dataset": dataset, "row": {"oneOf": [{"$ref": _ref(name)} for name in rows]}}
    problem = {"error": {"type": "string"}, "message": {"type": "string"}, "field": {"type": "string"}}
    return {
        "PolicyEvent": _object(event) | {"additionalProperties": False},
        **rows,
        "Receipt": _object(receipt),
        "EventState": _object(state),
        PROBLEM: _object(problem) | {"required": ["error", "message"]},
    }


def _operation(one: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": one.name,
        "summary": str(one.title),
        "description": str(one.about),
        "responses": {str(each.status): _answer(each) for each in one.answers},
    }
    if one.variables:
        made["parameters"] = [
            {"name": name, "in": "path", "required": True, "description": str(about), "schema": {"type": "string"}}
            for name, about in one.variables.items()
        ]
    if one.body:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"$ref": _ref(one.body)}}}}
    return made


def _answer(one: Answer) -> dict[str, Any]:
    return {"description": str(one.about), "content": {"application/json": {"schema": {"$ref": _ref(one.schema)}}}}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _ref(name: str) -> str:
    return f"#/components/schemas/{name}"


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
