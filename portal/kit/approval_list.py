"""The inbox: what a person has to decide, asked for and decided, narrowed by the address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.identity import today
from portal.kit import numbers, parts
from portal.kit.address import Option, choice, href_with, words
from portal.kit.parts import Cell, Column, Tone
from portal.kit.resource_history import moment_text
from portal.models.approvals import ApprovalRequest
from portal.query.approvals import Entry, Kinds
from portal.query.names import person_name
from portal.query.reader import Reader

PATH = "/inbox"
TABS = (("", _l("To decide")), ("requested", _l("Requested by me")), ("decided", _l("Decided")))
STATES: dict[str, tuple[Any, Tone]] = {
    "draft": (_l("draft"), "neutral"),
    "submitted": (_l("waits"), "accent"),
    "approved": (_l("approved"), "good"),
    "refused": (_l("refused"), "bad"),
    "withdrawn": (_l("withdrawn"), "neutral"),
    "voided": (_l("void"), "warn"),
}


def request_href(approval_id: int) -> str:
    """The page of one request."""
    return f"{PATH}/{approval_id}"


def tabs(tab: str) -> Component:
    """The three lists; each in the address."""
    entries = [(title, PATH + (f"?tab={name}" if name else "")) for name, title in TABS]
    return parts.tabs(entries, PATH + (f"?tab={tab}" if tab else ""), _("Inbox"))


def tab_of(query: Mapping[str, str]) -> str:
    """Which list an address asks for."""
    return query.get("tab", "") if query.get("tab", "") in dict(TABS) else ""


def filters(reader: Reader, kinds: Kinds, entries: Sequence[Entry], query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Kind, institution and words; only what stands in the list is offered."""
    if not entries:
        return []
    present = sorted({entry.request.kind for entry in entries})
    places = {entry.request.institution_id for entry in entries}
    named = sorted((place_name(reader, one), str(one)) for one in places)
    every = Option("", _("All"))
    of_kind = [every, *(Option(key, kinds[key].title) for key in present)]
    at_place = [every, *(Option(number, name) for name, number in named)]
    return [
        words("q", _("Search"), query.get("q", ""), hint=_("Title or person")),
        choice("kind", _("Kind"), of_kind, query.get("kind", "")),
        choice("at", _("Institution"), at_place, query.get("at", "")),
    ]


def narrowed(reader: Reader, entries: Sequence[Entry], query: Mapping[str, str]) -> list[Entry]:
    """The entries that fit the address."""
    sought = query.get("q", "").casefold()[:100].split()

    def fits(entry: Entry) -> bool:
        request = entry.request
        told = f"{title_of(request, 'en')} {request.title_zh} {requester(reader, request)} {entry.line}".casefold()
        return (
            query.get("kind", request.kind) == request.kind
            and query.get("at", str(request.institution_id)) == str(request.institution_id)
            and all(word in told for word in sought)
        )

    return [entry for entry in entries if fits(entry)]


def table(reader: Reader, kinds: Kinds, entries: Sequence[Entry], tab: str, query: Mapping[str, str]) -> Component:
    """The rows of a list, or what to know when there are none."""
    if not entries:
        return nothing(tab, any(query.get(name) for name in ("q", "kind", "at")))
    columns = [
        Column("title", _("Request")),
        Column("kind", _("Kind"), "muted"),
        Column("who", _("Requested by")),
        Column("place", _("Institution")),
        Column("when", _("Due") if tab == "" else _("State")),
    ]
    rows = [_row(reader, kinds, entry, tab) for entry in entries]
    return parts.simple_table(columns, rows, caption=_("Requests"))


def nothing(tab: str, narrowed_down: bool) -> Component:
    """An empty list."""
    if narrowed_down:
        return parts.empty(
            _("Nothing fits these filters."), parts.link(_("Show all"), href_with(PATH, {}, tab=tab), "")
        )
    if tab == "":
        way = parts.link(_("What I have asked for"), f"{PATH}?tab=requested", "")
        return parts.empty(_("Nothing waits for your decision."), way)
    if tab == "requested":
        return parts.empty(
            _(
                "You have not asked for a decision yet. A change that needs one says so when you make it, and stands here then."
            )
        )
    return parts.empty(_("You have not decided anything yet."))


def _row(reader: Reader, kinds: Kinds, entry: Entry, tab: str) -> dict[str, Any]:
    request, language = entry.request, reader.actor.language
    for_person = entry.authority.for_person if entry.authority else None
    badge = _("for %(person)s", person=person_name(reader, for_person)) if for_person else ""
    return {
        "title": Cell(title_of(request, language), note=entry.line, badge=badge, tone="neutral"),
        "kind": str(kinds[request.kind].title),
        "who": requester(reader, request),
        "place": place_name(reader, request.institution_id),
        "when": due(request, language) if tab == "" else state(request, language),
        "href": request_href(request.id),
    }


def due(request: ApprovalRequest, language: str) -> Cell:
    """Until when it should be decided, and how long it has waited."""
    left = (request.due_on - today()).days
    marked: tuple[str, parts.Tone] = (
        (_("overdue"), "bad") if left < 0 else (_("today"), "warn") if left == 0 else ("", "neutral")
    )
    return Cell(numbers.day(request.due_on, language), note=age(request.submitted_at), badge=marked[0], tone=marked[1])


def age(since: dt.datetime | None) -> str:
    """Asked today; asked 3 days ago."""
    if since is None:
        return ""
    days = max((today() - since.date()).days, 0)
    return _("asked %(days)s days ago", days=days) if days > 1 else _("asked yesterday") if days else _("asked today")


def state(request: ApprovalRequest, language: str) -> Cell:
    """Where a request stands, and since when."""
    word, tone = STATES[request.state]
    since = request.ended_at or request.submitted_at or request.requested_at
    return Cell("", badge=str(word), tone=tone, note=moment_text(since, language))


def title_of(request: ApprovalRequest, language: str) -> str:
    """What a request is about, in the reader's language."""
    return request.title_zh if language == "zh" and request.title_zh else request.title


def requester(reader: Reader, request: ApprovalRequest) -> str:
    """Who asked, by name where the user is an employee."""
    return person_name(reader, request.person_id) or request.requester


def place_name(reader: Reader, institution_id: int) -> str:
    """An institution's name today."""
    place = reader.places(today()).get(institution_id)
    return place.title(reader.actor.language) if place else str(institution_id)
