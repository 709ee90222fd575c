"""The operations as addresses: bodies read strictly, every answer JSON, every refusal a sentence with its field."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from flask import Blueprint, Flask, Response, jsonify, request
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, HTTPException, Unauthorized, UnsupportedMediaType

from portal.access.gate import OTHER_SYSTEMS
from portal.access.keys import TooManyRequests
from portal.access.refusals import note_forbidden
from portal.api.declared import ROOT, Operation
from portal.api.document import install_document
from portal.api.operations import OPERATIONS
from portal.permissions import Forbidden, Permission
from portal.services.policy_events import KeyUsed
from portal.services.refusal import Refusal

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
NOWHERE = f"{OTHER_SYSTEMS}.nothing"
KEYED: dict[str, Permission | None] = {one.endpoint: one.permission for one in OPERATIONS} | {NOWHERE: None}


def install_api(server: Flask) -> None:
    """Add all operations; other methods and addresses below the root answer a key with 404, not with a page."""
    api = Blueprint(OTHER_SYSTEMS, __name__)
    for one in OPERATIONS:
        api.add_url_rule(one.rule, one.name, _view(one), methods=[one.method.upper()], provide_automatic_options=False)
    for path in (ROOT, f"{ROOT}/", f"{ROOT}/<path:rest>"):
        api.add_url_rule(path, "nothing", nothing, methods=[*METHODS, "OPTIONS"], provide_automatic_options=False)
    api.register_error_handler(Unauthorized, _no_key)
    api.register_error_handler(Forbidden, _forbidden)
    api.register_error_handler(TooManyRequests, _too_many)
    api.register_error_handler(Refusal, _refused)
    api.register_error_handler(HTTPException, _misshapen)
    server.register_blueprint(api)
    install_document(server)


def nothing(rest: str = "") -> Response:
    """No operation has this address and method."""
    return _problem(404, "not_found", _("There is no such address or method; /api lists what there is."))


def _view(operation: Operation) -> Callable[..., tuple[Response, int]]:
    def answer(**variables: str) -> tuple[Response, int]:
        told, status = operation.do(sent_object(), **variables) if operation.body else operation.do(**variables)
        return jsonify(told), status

    return answer


def sent_object() -> dict[str, Any]:
    """The JSON object of a request: UTF-8, no name twice, no number that is none, fractions kept apart as `float`."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        body = json.loads(
            request.get_data(cache=False).decode("utf-8"), object_pairs_hook=_each_name_once, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise BadRequest from error
    if not isinstance(body, dict):
        raise BadRequest
    return body


def _each_name_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("A name stands twice.")
    return made


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number.")


def _no_key(_error: Unauthorized) -> Response:
    sentence = _("Send an API key that holds today in the header: Authorization: Bearer basis_...")
    answer = _problem(401, "no_key", sentence)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _forbidden(refusal: Forbidden) -> Response:
    note_forbidden(refusal)
    return _problem(403, "forbidden", _("This key does not permit it. An administrator can change what it may do."))


def _too_many(pause: TooManyRequests) -> Response:
    answer = _problem(
        429, "too_many_requests", _("Too many requests. Pause for %(seconds)s seconds.", seconds=pause.wait_seconds)
    )
    answer.headers["Retry-After"] = str(pause.wait_seconds)
    return answer


def _refused(refusal: Refusal) -> Response:
    if isinstance(refusal, KeyUsed):
        return _problem(409, "key_used", refusal.sentence, refusal.field)
    return _problem(422, "refused", refusal.sentence, refusal.field)


def _misshapen(error: HTTPException) -> Response:
    sentences = {
        400: _("The body must be one JSON object in UTF-8, with each name once."),
        413: _("The body is larger than 64 KB. Send one event at a time."),
        415: _("The body must be sent as application/json."),
    }
    status = error.code or 400
    name = (error.name or "refused").lower().replace(" ", "_")
    return _problem(status, name, sentences.get(status, _("This request cannot be answered.")))


def _problem(status: int, error: str, message: str, field: str = "") -> Response:
    answer = jsonify(error=error, message=message, field=field)
    answer.status_code = status
    return answer
