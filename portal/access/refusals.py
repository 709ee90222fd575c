"""What a refused or failed request is told: a sentence and what to do, an error's number, never a stack trace."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException, InternalServerError

from portal.access.audit import record, visible
from portal.access.callback_body import Malformed
from portal.access.gate import OTHER_SYSTEMS, PAGES
from portal.access.identity import HOUSE
from portal.database import database
from portal.permissions import Forbidden
from portal.postgres import PostgresError

RETRY_AFTER_SECONDS = 30

log = logging.getLogger("portal.access")


def install_refusals(server: Flask) -> None:
    """Answer every error in the portal's own words."""
    server.register_error_handler(Forbidden, _forbidden)
    server.register_error_handler(Malformed, _malformed)
    server.register_error_handler(DataError, _impossible_value)
    server.register_error_handler(HTTPException, _refused)
    server.register_error_handler(InternalServerError, _failed)
    for error in (OperationalError, InterfaceError, PoolExhausted, PostgresError):
        server.register_error_handler(error, _database_away)


def _forbidden(refusal: Forbidden) -> Response:
    """403, and a row in the audit log."""
    note_forbidden(refusal)
    return _answer(403, "forbidden", _("You may not see or do this. Your administrator can change your role."))


def note_forbidden(refusal: Forbidden) -> None:
    """Write a refusal into the audit log, in a transaction of its own."""
    content = {"path": request.path, "method": request.method, "address": request.remote_addr or ""}
    with database().transaction(HOUSE) as session:
        record(session, refusal.actor, "refused", "permission", refusal.permission.value, content)


def _malformed(error: Malformed) -> Response:
    log.info("Malformed request to %s: %s", visible(request.path), visible(str(error)))
    return _answer(400, "malformed", _("The portal did not understand this request. Reload the page and try again."))


def _impossible_value(error: DataError) -> Response:
    """A number or date no column can hold: the question was wrong, not the portal."""
    log.info("Impossible value at %s: %s", visible(request.path), visible(str(error.orig)))
    return _answer(400, "malformed", _("The portal did not understand this request. Reload the page and try again."))


def _refused(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    sentence = _SENTENCES.get(error.code or 0, _SENTENCES[400])()
    answer = _answer(error.code or 400, (error.name or "refused").lower().replace(" ", "_"), sentence)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _failed(error: InternalServerError) -> Response:
    """500: the person gets a number to quote, the log gets the rest."""
    number = secrets.token_hex(4)
    log.error("Error %s at %s %s", number, request.method, visible(request.path), exc_info=error.original_exception)
    sentence = _("Something went wrong on our side. Try again, or quote the number %(number)s.", number=number)
    return _answer(500, "error", sentence, number)


def _database_away(error: Exception) -> Response:
    number = secrets.token_hex(4)
    log.error("Error %s: the database does not answer: %s", number, visible(str(error)))
    answer = _answer(503, "unavailable", _("The portal is busy or restarting. Try again in half a minute."), number)
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _answer(status: int, code: str, sentence: str, number: str = "") -> Response:
    """A page for someone who opened an address, JSON for a script."""
    navigates = request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("Accept", "")
    navigates = navigates and not request.path.startswith("/_dash") and request.blueprint != OTHER_SYSTEMS
    if request.endpoint in PAGES or navigates:
        answer = make_response(render_template("refusal.html", status=status, sentence=sentence, number=number))
    else:
        answer = jsonify(error=code, message=sentence, id=number)
    answer.status_code = status
    if number:
        answer.headers["X-Request-Id"] = number
    return answer


_SENTENCES = {
    400: lambda: _("The portal did not understand this request. Reload the page and try again."),
    401: lambda: _("You are signed out. Log in again to go on."),
    403: lambda: _("This request was refused. Reload the page and try again."),
    404: lambda: _("There is nothing at this address."),
    405: lambda: _("This address does not answer such a request."),
    413: lambda: _("This is too large. Split the file and send the parts."),
    415: lambda: _("The portal did not understand this request. Reload the page and try again."),
    429: lambda: _("Too many attempts. Wait a few minutes and try again."),
}
