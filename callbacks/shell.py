"""The frame: what this person may open, how fresh the figures are, and the choices that stick."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Input, Output, clientside_callback, ctx, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import ngettext

from pages import questions
from portal.access.current import current_actor, current_user_settings
from portal.kit import approval_list, navigation, numbers, parts, shell, ways
from portal.kit.callbacks import callback
from portal.kit.pages import PAGES
from portal.kit.resource_form import AGENT, agent_option
from portal.permissions import Permission
from portal.query.agent_search import agents_like
from portal.query.approvals import to_decide
from portal.query.freshness import freshness_for
from portal.query.reader import reading
from portal.query.search import search
from portal.query.statement_questions import answered_to_me, counted
from portal.query.user_names import own_name_and_roles
from portal.services.approval_kinds import APPROVALS
from portal.services.preferences import set_preferences
from portal.services.writer import writing


@callback(
    Output(shell.MENU, "groups"),
    Output(shell.BOTTOM, "groups"),
    Output(shell.SHEET_MENU, "groups"),
    Output(shell.SEARCH, "entries"),
    Input(shell.MENU, "id"),
    permission=None,
)
def show_menu(_id: str) -> tuple[Any, ...]:
    """The menu of this person, three times: at the side, below, and as a sheet; and what search finds."""
    actor = current_actor()
    with reading(actor) as reader:
        pages = navigation.offered(reader, PAGES)
    menu = navigation.menu(actor, pages)
    return menu, navigation.bottom_bar(actor, pages, shell.SHEET), menu, navigation.searchable(actor, pages)


@callback(Output(shell.SEARCH, "found"), Input(shell.SEARCH, "asked"), permission=None, prevent_initial_call=True)
def find(asked: object) -> Any:
    """Agents, people, customers and accounts that have what was typed, inside the scope of whoever typed it."""
    if not isinstance(asked, str):
        return no_update
    with reading() as reader:
        actor = reader.actor
        agents = agents_like(reader, asked)
        known = set() if actor.may(Permission.PERSON_VIEW) else {one.id for one in agents}  # an agent is a person, too
        hits = [hit for hit in search(reader, asked) if hit.kind != "person" or hit.id not in known]
        entries = [ways.agent_entry(actor, one) for one in agents] + [ways.entry_of(actor, hit) for hit in hits]
    return {"asked": asked, "entries": entries}


@callback(Output(shell.FINDER, "found"), Input(shell.FINDER, "asked"), permission=None, prevent_initial_call=True)
def find_agents(asked: object) -> Any:
    """Agents for a field of a form, while somebody types a number or a name into it."""
    words = asked.get("words") if isinstance(asked, dict) else None
    if not isinstance(words, str):
        return no_update
    with reading() as reader:
        found = agents_like(reader, words)
    return {"kind": AGENT, "words": words, "entries": [agent_option(one) for one in found]}


@callback(
    Output(shell.MENU, "counts"),
    Output(shell.BOTTOM, "counts"),
    Output(shell.SHEET_MENU, "counts"),
    Input(shell.LOCATION, "pathname"),
    Input(parts.TOAST, "children"),
    permission=None,
)
def show_counts(_pathname: str, _said: object) -> tuple[Any, ...]:
    """How many requests wait for this person, and how many questions: at the desk for an answer, for others answered ones;
    asked for again with every page and when something was done."""
    waiting = len(to_decide(current_actor(), APPROVALS))
    told = ngettext("%(num)s request waits for you", "%(num)s requests wait for you", waiting)
    counts = {approval_list.PATH: {"count": waiting, "title": told}} if waiting else {}
    told_of = own_questions() if not current_actor().may(Permission.COMMISSION_EDIT) else questions_of_desk()
    counts |= {questions.PATH: told_of} if told_of["count"] else {}
    return counts, counts, counts


def questions_of_desk() -> dict[str, Any]:
    """How many questions wait for the desk."""
    with reading() as reader:
        asked = counted(reader)
    asks = ngettext("%(num)s question waits for an answer", "%(num)s questions wait for an answer", asked)
    return {"count": asked, "title": asks}


def own_questions() -> dict[str, Any]:
    """How many of one's own questions were answered."""
    with reading() as reader:
        answered = answered_to_me(reader)
    said = ngettext("%(num)s question of yours was answered", "%(num)s questions of yours were answered", answered)
    return {"count": answered, "title": said}


@callback(
    Output(shell.NAME, "children"),
    Output(shell.WHO, "children"),
    Output(shell.SHEET_WHO, "children"),
    Input(shell.NAME, "id"),
    permission=None,
)
def show_person(_id: str) -> tuple[Any, ...]:
    """Who is signed in, by the person's name where there is one, with the user and the roles."""
    actor = current_actor()
    with reading() as reader:
        name, own_roles = own_name_and_roles(reader)
    roles = numbers.listed(own_roles, actor.language)
    signed_in = [actor.name] if name != actor.name else []
    who = [html.B(name), html.Small(" · ".join([*signed_in, roles or _("No role yet")]))]
    return name, who, who


@callback(Output(shell.DATE, "children"), Input(shell.LOCATION, "pathname"), permission=None)
def show_date(_pathname: str) -> list[Component | str]:
    """The newest business date and when it was published; asked for again with every page."""
    lang = current_user_settings().language
    with reading() as reader:
        fresh = freshness_for(reader)
    if fresh is None:
        return [html.Span(className="dot"), _("No figures yet")]
    said = {
        "good": _("Complete"), "warn": _("A check is open"), "stale": _("To be computed anew"),
        "bad": _("A later day did not publish"),
    }[fresh.state]  # fmt: skip
    return [
        html.Span(className=f"dot {'warn' if fresh.state == 'stale' else fresh.state}", title=said),
        html.Span(_("Business date"), className="wide-only"),
        html.B(numbers.day(fresh.business_date, lang)),
        html.Span(f"· {numbers.clock(fresh.published_at)}", className="wide-only"),
        html.Span(said, className="hidden-words"),
    ]


@callback(
    Output(shell.LANGUAGE_KEPT, "data"),
    Input(shell.LANGUAGE, "n_clicks"),
    Input(shell.SHEET_LANGUAGE, "n_clicks"),
    permission=None,
    prevent_initial_call=True,
)
def switch_language(clicks: int | None, sheet_clicks: int | None) -> Any:
    """The other language, kept for the person; the page is then loaded anew."""
    if not (clicks or sheet_clicks):
        return no_update
    other = "en" if current_user_settings().language == "zh" else "zh"
    with writing(current_actor()) as writer:
        set_preferences(writer, language=other)
    return other


@callback(
    Output(shell.THEME_KEPT, "data"), Input(shell.THEME_CHOSEN, "data"), permission=None, prevent_initial_call=True
)
def keep_theme(theme: str | None) -> Any:
    """Remember the theme the browser shows already."""
    if theme not in ("light", "dark"):
        return no_update
    with writing(current_actor()) as writer:
        set_preferences(writer, theme=theme)
    return theme


@callback(
    Output(shell.RISE_KEPT, "data"),
    Input(shell.RISE, "chosen"),
    Input(shell.SHEET_RISE, "chosen"),
    permission=None,
    prevent_initial_call=True,
)
def keep_rise_color(color: str | None, sheet_color: str | None) -> Any:
    """Remember the colour a person chose for a rise; the choice stands in two places.

    The custom of the language, which is shown until then, is no choice: another language has another.
    """
    color = sheet_color if ctx.triggered_id == shell.SHEET_RISE else color
    if color not in ("green", "red"):
        return no_update
    with writing(current_actor()) as writer:
        set_preferences(writer, rise_color=color)
    return color


clientside_callback(
    ClientsideFunction("shell", "theme"),
    Output(shell.THEME_CHOSEN, "data"),
    Input(shell.THEME, "n_clicks"),
    Input(shell.SHEET_THEME, "n_clicks"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("shell", "reload"),
    Output(shell.LANGUAGE_KEPT, "storage_type"),
    Input(shell.LANGUAGE_KEPT, "data"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("shell", "rise"),
    Output(shell.RISE_KEPT, "storage_type"),
    Input(shell.RISE_KEPT, "data"),
    prevent_initial_call=True,
)
