"""Rulebooks: their versions over time, and the beginning of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import rulebooks as page
from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit import numbers, parts, rulebook_view
from portal.kit.address import query_of
from portal.kit.callbacks import callback
from portal.kit.rulebook_draft import amount_of, budget_field, day_of, title_field, title_zh_field
from portal.permissions import Permission
from portal.query import rulebooks as query
from portal.query.reader import Reader, reading
from portal.query.record import is_number
from portal.query.user_names import called
from portal.services import rulebooks as service
from portal.services.refusal import Refusal
from portal.services.writer import writing

COPY, OVERRIDES = "copy", "overrides"


@callback(
    Output(page.HEAD, "children"),
    Output(page.BODY, "children"),
    Output(page.FORM, "fields"),
    Output(page.FORM, "values"),
    Input(page.ADDRESS, "search"),
    permission=Permission.RULEBOOK_VIEW,
)
def show_rulebooks(search: str) -> tuple[Any, ...]:
    """One rulebook with all its versions; tabs when there are several."""
    with reading(current_actor()) as reader:
        books, lang = query.rulebooks(reader), reader.actor.language
        if not books:
            return parts.page_header(_("Rulebooks")), [parts.empty(_("There is no rulebook yet."))], [], {}
        book = next((one for one in books if one.code == query_of(search).get("book")), books[0])
        versions = query.versions(reader, book, today())
        name = query.book_name(book, lang)
        may = reader.actor.may(Permission.RULEBOOK_EDIT)
        actions = [parts.button(_("New draft"), id=page.NEW, primary=True, icon_name="plus-lg")] if may else []
        head = parts.page_header(name, in_force(versions, lang), actions=actions)
        tabs = [parts.tabs([(query.book_name(one, lang), f"?book={one.code}")
                for one in books], f"?book={book.code}")] if len(books) > 1 else []  # fmt: skip
        values = {
            "book": book.code,
            "how": COPY,
            "valid_from": f"{today().year + 1}-01-01",
            "title": "",
            "title_zh": "",
        }
        root = next((one.institution_id for one in versions if one.complete), None)
        values |= {"institution": str(root or ""), "based_on": str(base_number(versions) or "")}
        return head, [*tabs, *sections(reader, book.code, versions)], fields(reader, versions), values


def in_force(versions: list[query.Version], lang: str) -> str:
    """What holds today."""
    for one in versions:
        if one.complete and one.standing == "in_force":
            day = numbers.day(one.valid_from, lang)
            return str(_("In force today: %(title)s, from %(day)s", title=one.named(lang), day=day))
    return str(_("No version is in force today."))


def base_number(versions: list[query.Version]) -> int | None:
    """The version a new draft begins from: the newest one that was approved."""
    approved = [one for one in versions if one.complete and one.standing in ("in_force", "approved")]
    return max(approved, key=lambda one: one.valid_from).number if approved else None


def sections(reader: Reader, code: str, versions: list[query.Version]) -> list[Component]:
    """The time line and the lists below it."""
    places, lang = reader.places(), reader.actor.language
    drawing = rulebook_view.time_line(versions, places, today(), lang)
    complete = [one for one in versions if one.complete]
    overrides = [one for one in versions if not one.complete]
    found = []
    if drawing is not None:
        looks = dict.fromkeys(one.standing for one in versions if one.standing not in ("discarded", "corrected"))
        words: list[Any] = []
        for each in looks:
            title, _tone, look = rulebook_view.STANDINGS[each]
            words += [" · ", parts.colored(title, int(look[1]))] if look[0] == "c" else [" · ", str(title)]
        found.append(parts.section(_("Versions over time"), parts.picture(drawing), subtitle=words[1:]))
    people = called(reader, (one.created_by for one in versions))
    found.append(parts.section(_("Versions"), rulebook_view.version_rows(complete, code, places, lang, people)))
    if overrides:
        note = _("They change single elements for an institution and all below it.")
        rows = rulebook_view.version_rows(overrides, code, places, lang, people)
        found.append(parts.section(_("Overrides of institutions"), rows, subtitle=note))
    return found


def fields(reader: Reader, versions: list[query.Version]) -> list[dict[str, Any]]:
    """What a new draft asks for."""
    places, lang = reader.places(), reader.actor.language
    hows = [
        {"value": COPY, "label": _("A whole version, copied from another")},
        {"value": OVERRIDES, "label": _("Overrides for an institution")},
    ]
    institutions: list[dict[str, Any]] = []
    waiting = [(place, 0) for place in reversed(places.roots)]
    while waiting:
        place, depth = waiting.pop()
        institutions.append({"value": str(place.id), "label": place.title(lang), "depth": depth})
        waiting += [(child, depth + 1) for child in reversed(places.children.get(place.id, []))]
    based = [
        {"value": str(one.number), "label": f"{one.number} · {one.named(lang)}"} for one in versions if one.complete
    ]
    return [
        title_field(),
        title_zh_field(),
        {"name": "how", "label": _("Kind"), "kind": "choice", "options": hows, "required": True, "wide": True},
        {"name": "based_on", "label": _("Copied from"), "kind": "choice", "options": based, "none": _("Nothing fits."),
         "hint": _("Overrides begin empty.")},
        {"name": "institution", "label": _("Institution"), "kind": "choice", "options": institutions, "required": True,
         "none": _("Nothing fits.")},
        {"name": "valid_from", "label": _("First day"), "kind": "day"},
        budget_field(),
    ]  # fmt: skip


@callback(
    Output(page.DIALOG, "open", allow_duplicate=True),
    Input(page.NEW, "n_clicks"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def ask(clicks: int | None) -> Any:
    """What the new draft is."""
    return True if clicks else no_update


@callback(
    Output(page.FORM, "problems"),
    Output(page.FORM, "said"),
    Output(page.FORM, "answered"),
    Output(page.GO, "href"),
    Input(page.FORM, "submits"),
    State(page.FORM, "values"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def begin(submits: Any, values: Any) -> tuple[Any, ...]:
    """Begin a draft and go to it."""
    if not submits:
        return (no_update,) * 4
    try:
        return {}, "", submits, begun(values if isinstance(values, Mapping) else {})
    except Refusal as refusal:
        known = refusal.field in ("title", "title_zh", "institution", "valid_from", "based_on", "budget")
        return {refusal.field: refusal.sentence} if known else {}, "" if known else refusal.sentence, submits, no_update


def begun(values: Mapping[Any, Any]) -> str:
    """The address of the draft that was begun. Raises Refusal."""
    actor, given = current_actor(), {str(name): str(value or "").strip() for name, value in values.items()}
    with writing(actor) as writer:
        reader = Reader(actor, writer.session)
        try:
            book = query.rulebook(reader, given.get("book", ""))
            first = day_of(given.get("valid_from", ""), "valid_from")
            budget = amount_of(given.get("budget", ""), "budget")
            complete = given.get("how") != OVERRIDES
            number = given.get("based_on", "")
            base = query.version_of(reader, book.code, int(number)) if complete and is_number(number) else None
        except query.NoRulebook as missing:
            raise Refusal(_("There is no such record.")) from missing
        institution = given.get("institution", "")
        place = reader.places().get(int(institution)) if is_number(institution) else None
        if place is None:
            raise Refusal(_("Choose an institution."), "institution")
        made = service.new_draft(
            writer, book, title=given.get("title", ""), institution_id=place.id, valid_from=first, based_on=base,
            complete=complete, budget_amount=budget, title_zh=given.get("title_zh", ""),
        )  # fmt: skip
        return rulebook_view.version_href(book.code, made.number)
