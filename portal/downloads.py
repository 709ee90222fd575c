"""Files a person downloads: each is a plain GET, behind the gate, with the permission and scope of whoever asks."""

from __future__ import annotations

from flask import Flask, Response, abort, request

from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit.address import query_of
from portal.kit.payslip import payslip
from portal.kit.resource import view_of
from portal.permissions import Permission
from portal.query.approvals import attachment
from portal.query.outside import OutOfScope
from portal.query.pins import NotPublished
from portal.query.reader import reading
from portal.query.record import is_number
from portal.query.report import ReportError
from portal.query.rulebooks import NoRulebook, file_of
from portal.query.statement import month_of, person_of, statement
from portal.reports import REPORTS
from portal.resources import RESOURCES
from portal.services.approval_kinds import APPROVALS
from portal.services.commission_files import month_file
from portal.services.exports import ExportedFile, export
from portal.services.payment_files import payment_file
from portal.services.refusal import Refusal
from portal.services.report_files import report_file
from portal.services.rulebook_files import table_file, text_file

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "yaml": "application/yaml; charset=utf-8",
}
TABLES = ("xlsx", "csv")


def install_downloads(server: Flask) -> None:
    """Add the addresses of files to the server; the gate asks who is signed in before any of them answers."""
    server.add_url_rule("/export/records/<name>.<kind>", "export.records", records, methods=["GET"])
    server.add_url_rule("/export/report/<name>.<kind>", "export.report", report, methods=["GET"])
    server.add_url_rule("/export/payment/<int:month>.csv", "export.payment", payment, methods=["GET"])
    server.add_url_rule("/export/commission/<int:month>.<kind>", "export.commission", commission, methods=["GET"])
    server.add_url_rule("/export/statement.pdf", "export.statement", statement_on_paper, methods=["GET"])
    server.add_url_rule(
        "/export/rulebook/<code>/<int:number>/<name>.<kind>", "export.rulebook_table", rulebook_table, methods=["GET"]
    )
    server.add_url_rule("/export/rulebook/<code>/<int:number>.yaml", "export.rulebook", rulebook_text, methods=["GET"])
    server.add_url_rule("/export/circulars/<name>", "export.circular", circular, methods=["GET"])
    server.add_url_rule("/export/attachments/<name>", "export.attachment", attached, methods=["GET"])


def records(name: str, kind: str) -> Response:
    """A list as a file, with the filters of the address."""
    if name not in RESOURCES or kind not in TABLES:
        abort(404)
    resource = RESOURCES[name]
    view = view_of(resource, query_of(request.query_string.decode("ascii", "replace")), today())
    return as_download(export(current_actor(), resource, view, "xlsx" if kind == "xlsx" else "csv"), kind)


def report(name: str, kind: str) -> Response:
    """A report as a file: the rows of its page, with the filters of the address."""
    if name not in REPORTS or kind not in TABLES:
        abort(404)
    asked = query_of(request.query_string.decode("ascii", "replace"))
    try:
        file = report_file(current_actor(), REPORTS[name], asked, "xlsx" if kind == "xlsx" else "csv")
    except (ReportError, NotPublished) as error:
        return Response(str(error), status=400, content_type="text/plain; charset=utf-8")
    except OutOfScope:
        abort(404)
    return as_download(file, kind)


def payment(month: int) -> Response:
    """The payment file of a month that was handed over, for who makes such files."""
    try:
        file = payment_file(current_actor(), month)
    except Refusal as refusal:
        return Response(refusal.sentence, status=409, content_type="text/plain; charset=utf-8")
    if file is None:
        abort(404)
    return as_download(file, "csv")


def commission(month: int, kind: str) -> Response:
    """A commission month as a table of agents and lines, for who may see months and take figures away."""
    if kind not in TABLES:
        abort(404)
    try:
        return as_download(month_file(current_actor(), month, "xlsx" if kind == "xlsx" else "csv"), kind)
    except OutOfScope:
        abort(404)


def statement_on_paper() -> Response:
    """A person's statement of a month as a PDF: what the page shows, for who may open the page."""
    asked = query_of(request.query_string.decode("ascii", "replace"))
    month, agent = month_of(asked.get("month", "")), asked.get("agent", "")
    if month is None or (agent and not is_number(agent)):
        abort(404)
    try:
        with reading() as reader:
            reader.allow(Permission.STATEMENT_VIEW)
            person = person_of(reader, int(agent) if agent else None)
            one = statement(reader, person, month) if person is not None else None
            if one is None:
                abort(404)
            place = reader.places().by_id.get(one.institution_id)
            lang = reader.actor.language
            content = payslip(one, place.title(lang) if place else "", lang)
    except OutOfScope:
        abort(404)
    return as_download(ExportedFile(f"statement_{one.agent_no}_{one.month:%Y-%m}.pdf", content, len(one.lines)), "pdf")


def rulebook_table(code: str, number: int, name: str, kind: str) -> Response:
    """A table of a rulebook's version as a spreadsheet, for who may see rulebooks."""
    if kind not in TABLES:
        abort(404)
    try:
        file = table_file(current_actor(), code, number, name, "xlsx" if kind == "xlsx" else "csv")
    except NoRulebook:
        abort(404)
    except Refusal as refusal:
        return Response(refusal.sentence, status=409, content_type="text/plain; charset=utf-8")
    return as_download(file, kind)


def rulebook_text(code: str, number: int) -> Response:
    """A version of a rulebook as text, for who may see rulebooks."""
    try:
        return as_download(text_file(current_actor(), code, number), "yaml")
    except NoRulebook:
        abort(404)


def attached(name: str) -> Response:
    """A file beside a request, for whoever may see the request: kept by the browser, and powerless if it is opened."""
    try:
        file, content = attachment(current_actor(), APPROVALS, name)
    except OutOfScope:
        abort(404)
    return as_kept(file.file_name, file.media_type, content)


def circular(name: str) -> Response:
    """A file beside a rulebook's version, for who may see rulebooks."""
    try:
        with reading() as reader:
            file, content = file_of(reader, name)
            return as_kept(file.file_name, file.media_type, content)
    except NoRulebook:
        abort(404)


def as_kept(name: str, media_type: str, content: bytes) -> Response:
    """A file somebody brought in: kept by the browser, and powerless if it is opened."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
    }
    return Response(content, content_type=media_type, headers=headers)


def as_download(file: ExportedFile, kind: str) -> Response:
    """A file the browser keeps and never opens as a page of ours."""
    response = Response(file.content, content_type=TYPES[kind], headers={"Cache-Control": "no-store"})
    response.headers.set("Content-Disposition", "attachment", filename=file.name)  # names may be Chinese
    return response
