"""One element of a rulebook version: read, edited with a live check, saved with what its writer had seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import rulebook_element as page
from portal.access.current import current_actor
from portal.access.identity import today
from portal.kit import parts, rulebook_editor, rulebook_tabs, rulebook_view
from portal.kit.callbacks import callback
from portal.kit.resource_form import Form, answered_in
from portal.kit.rulebook_components import LONGEST_FORMULA, Formula
from portal.kit.rulebook_draft import override_days, override_fields, override_values
from portal.kit.rulebook_element_view import connections, problems, reading_section
from portal.kit.rulebook_months import months_before
from portal.kit.rulebook_shown import Shown, editing, element_of, shown
from portal.kit.rulebook_tabs import comment_form
from portal.kit.rulebook_trying import trying
from portal.permissions import Permission
from portal.query import rulebooks as query
from portal.query.reader import Reader, reading
from portal.query.rulebook_rules import Key
from portal.services import rulebook_looking, rulebook_words
from portal.services import rulebooks as service
from portal.services.refusal import Refusal
from portal.services.rulebook_looking import looked


@callback(
    Output(page.HEAD, "children"),
    Output(page.BODY, "children"),
    Output(page.SEEN, "data"),
    Input(page.KEY, "data"),
    Input(page.DONE, "data"),
    permission=Permission.RULEBOOK_VIEW,
)
def show_element(key: Any, _done: Any) -> tuple[Any, ...]:
    """What it says, what it uses, who wrote it."""
    with reading(current_actor()) as reader:
        try:
            look, here = shown(reader, key), element_of(key)
            elements = look.elements
            own = query.contents(reader, look.version).get(here)
            if here not in elements and own is None:
                raise query.NoRulebook("no such element")
        except query.NoRulebook:
            way = parts.link(_("To the rulebooks"), rulebook_view.PATH, "btn btn-outline")
            return parts.page_header(_("Rulebooks")), [parts.empty(_("There is no such element."), way)], None
        content = elements.get(here)
        result = looked(elements, here)
        left = [editor(look, here, content, elements, own) if look.edits else reading_section(here, content, look.lang)]
        if result.own:
            left.insert(0, problems(result))
        if look.edits and look.version.standing == "submitted":
            left.insert(0, parts.flag(_("This draft waits for approval: what is saved here makes its request void.")))
        comments = [one for one in query.comments(reader, look.version) if (one.section, one.name) == here]
        edits = rulebook_tabs.edits_table(look, query.edits(reader, look.version, here))
        body = [
            html.Div([
                parts.stack(*left),
                parts.stack(*tries(look), connections(look, elements, result), parts.section(
                    _("Comments"), rulebook_tabs.said(look, comments), comment_form(page.COMMENT_FORM))),
            ], className="columns wide-first"),
            parts.section(_("History"), edits),
            *([sure()] if look.edits else []),
        ]  # fmt: skip
        return header(look, here, content, own is not None), body, {"own": own.content if own else None}


def tries(look: Shown) -> list[Component]:
    """For who edits: an agent's month with the draft."""
    if not look.edits:
        return []
    return [trying(page.TRY_FORM, page.TRIED, months_before(look.reader.newest or today()), look.lang)]


def sure() -> Component:
    """The question before an element is taken out; there only for who may, so that nobody else's browser asks for it."""
    return parts.confirm(
        page.REMOVE_DIALOG, _("Take the element out"), _("What the draft says about it is taken out; the history keeps it."),
        _("Take out"),
    )  # fmt: skip


def header(look: Shown, key: Key, content: Any, own: bool) -> Component:
    """Its title, its name in formulas, and the way back."""
    version = look.version
    back = rulebook_view.version_href(look.code, version.number)
    crumbs = [
        (_("Rulebooks"), f"{rulebook_view.PATH}?book={look.code}"),
        (f"{version.number} · {version.named(look.lang)}", back),
        (key[1], ""),
    ]
    origin = "" if own else " · " + _("inherited")
    subtitle = [rulebook_view.standing(version), f" {rulebook_words.SECTION_TITLES[key[0]]} · {key[1]}{origin}"]
    words = _("Take out") if version.complete else _("Inherit again")
    actions = [parts.button(words, id=page.REMOVE, icon_name="slash-circle")] if look.edits and own else []
    if key[0] == "tables" and own:
        file = f"/export/rulebook/{quote(look.code, safe='')}/{version.number}/{quote(key[1], safe='')}"
        actions += [
            parts.download(title, f"{file}.{kind}") for kind, title in (("xlsx", _("Excel")), ("csv", _("CSV")))
        ]
    return parts.page_header(
        rulebook_words.element_title(*key, content, look.lang), subtitle, crumbs=crumbs, actions=actions
    )


def editor(look: Shown, key: Key, content: Any, elements: Mapping[Key, Any], own: Any) -> Component:
    """The form; above it the formula, checked while it is typed."""
    section = key[0]
    facts = [name for kind, name in elements if kind == "facts"]
    above: list[Component] = []
    if section == "formulas" and isinstance(content, Mapping):
        text = str(content.get("formula") or content.get("expression") or "")
        above = [
            Formula(id=page.FORMULA, label=_("Formula"), value=text, longest=LONGEST_FORMULA, marks=[], checked="",
                    names=rulebook_looking.names(elements, look.lang)),
            html.Div(id=page.LIVE, className="formula-said"),
        ]  # fmt: skip
    else:
        above = [html.Div(Formula(id=page.FORMULA, label="", value="", longest=0, marks=[], checked="", names=[]), hidden=True),
                 html.Div(id=page.LIVE, hidden=True)]  # fmt: skip
    fields, values = rulebook_editor.fields(section, content, facts), rulebook_editor.values(section, content)
    if section == "lines":
        fields = rulebook_editor.for_line(fields, content, elements, look.lang)
    if not look.version.complete:
        fields, values = [*fields, *override_fields()], values | override_values(look.version, own)
    form = Form(id=page.FORM, fields=fields, values=values, problems={}, label=_("Save"))
    note = "" if look.version.complete else _("Saved here, it holds instead of what is inherited.")
    return parts.section(_("What it says"), *above, form, subtitle=note)


@callback(
    *answered_in(page.FORM, page.DONE),
    Input(page.FORM, "submits"),
    State(page.FORM, "values"),
    State(page.FORMULA, "value"),
    State(page.SEEN, "data"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def save(submits: Any, values: Any, formula: Any, seen: Any, key: Any) -> tuple[Any, ...]:
    """Write the element, unless somebody else has written it since."""
    if not submits:
        return (no_update,) * 5
    given = values if isinstance(values, Mapping) else {}
    before = seen.get("own") if isinstance(seen, Mapping) else None
    try:
        with editing(key) as (writer, version):
            here = element_of(key)
            look = shown(Reader(writer.actor, writer.session), key)
            was = look.elements.get(here)
            content = rulebook_editor.content_of(here[0], was, given, formula)
            days = None if version.complete else override_days(given)
            waited = look.version.standing == "submitted"
            changed = service.set_element(writer, version, here, content, seen=before, days=days)
    except query.NoRulebook:
        return {}, _("There is no such element."), submits, no_update, no_update
    except Refusal as refusal:
        known = refusal.field in {name for name in given if isinstance(name, str)}
        return (
            {refusal.field: refusal.sentence} if known else {},
            "" if known else refusal.sentence,
            submits,
            no_update,
            no_update,
        )
    said = _("Saved.") if changed else _("Nothing was different, so nothing was saved.")
    if changed and waited:
        said = _("Saved. The request for approval is void: simulate and submit again.")
    return {}, "", submits, f"save {submits}", parts.notice(said, "good" if changed else "neutral")


@callback(
    Output(page.REMOVE_DIALOG, "open", allow_duplicate=True),
    Input(page.REMOVE, "n_clicks"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def ask_remove(clicks: int | None) -> Any:
    """The question before."""
    return True if clicks else no_update


@callback(
    Output(page.GO, "href"),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(f"{page.REMOVE_DIALOG}-yes", "n_clicks"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def remove(clicks: Any, key: Any) -> tuple[Any, ...]:
    """Take the element out of the draft; an override is inherited again."""
    if not clicks:
        return no_update, no_update
    try:
        with editing(key) as (writer, version):
            service.remove_element(writer, version, element_of(key))
            return rulebook_view.version_href(str(key["code"]), version.number), parts.notice(_("Taken out."))
    except (Refusal, query.NoRulebook) as refusal:
        return no_update, parts.notice(str(refusal), "bad")


@callback(
    Output(f"{page.REMOVE_DIALOG}", "open"),
    Input(f"{page.REMOVE_DIALOG}-no", "n_clicks"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def keep(clicks: Any) -> Any:
    """No."""
    return False if clicks else no_update
