"""The evaluation desk: lists of a month, one agent's condition with its values, and the decision."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import ngettext

from callbacks.statement_why import written
from pages import evaluation as page
from portal.access.current import current_actor
from portal.kit import address, drill, numbers, parts
from portal.kit.approval_list import request_href
from portal.kit.callbacks import callback
from portal.kit.report import nothing_here
from portal.kit.resource_form import Form, answered_in, not_there, refused, typed
from portal.permissions import Permission
from portal.query.approvals import current_request
from portal.query.evaluation import Move, evaluated, first_possible_day, months_of, move_of, newest_with_moves, opened
from portal.query.outside import OutOfScope
from portal.query.paging import pages_of
from portal.query.pins import NotPublished
from portal.query.reader import Reader
from portal.query.statement import month_of
from portal.query.user_names import called
from portal.services.approvals import request_approval
from portal.services.evaluation_overrides import KIND, key_of, proposal_of, ranks_offered
from portal.services.evaluations import accept, accept_all, set_aside
from portal.services.refusal import LONGEST_REASON, Refusal
from portal.services.writer import NotThere, Writer, writing

LISTED = 40
RECENT = 12  # months among which the page looks for the newest evaluation that moves somebody
MOST_NAMED = 5
EVERYBODY = "all"


@callback(
    Output(page.CONTENT, "children"),
    Input(page.ADDRESS, "search"),
    Input(page.DONE, "data"),
    permission=Permission.EVALUATION_VIEW,
)
def show_evaluation(search: str, _done: Any) -> Component:
    """The lists, or one agent."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """What an address names."""
    months = months_of(reader)
    month = month_of(query.get("month", "")) or newest_with_moves(reader, months[:RECENT]) or next(iter(months), None)
    if month is None:
        return parts.stack(parts.page_header(_("Evaluation")), parts.empty(_("No month was computed yet.")))
    if query.get("agent"):
        return agent_page(
            reader, move_of(reader, month, drill.number_of(query, "agent"), query.get("ladder", "")), query
        )
    if month not in months:
        return nothing_here()
    return list_page(reader, evaluated(reader, month), month, months, query)


def kind_words(kind: str) -> tuple[str, parts.Tone]:
    """A kind of move in a word, and its tone."""
    known: dict[str, tuple[str, parts.Tone]] = {
        "promotion": (_("promotion"), "good"), "demotion": (_("demotion"), "bad"), "maintenance": (_("stays"), "neutral"),
    }  # fmt: skip
    return known.get(kind, (kind, "neutral"))


def list_page(
    reader: Reader, moves: list[Move], month: dt.date, months: list[dt.date], query: Mapping[str, str]
) -> Component:  # fmt: skip
    """How many rise, fall and stay; and who, those to be decided first."""
    lang, counts = reader.actor.language, Counter(one.kind for one in moves)
    waiting = [one for one in moves if one.kind != "maintenance" and one.decision is None]
    shown = [(_("Promotions"), counts["promotion"]), (_("Demotions"), counts["demotion"]),
             (_("Stay"), counts["maintenance"]), (_("To be decided"), len(waiting))]  # fmt: skip
    cards = [parts.figure_card(title, numbers.count(number, lang)) for title, number in shown]
    kind, words = query.get("kind", ""), query.get("search", "")[:80].strip().casefold()
    found = [
        one for one in moves
        if (kind in (one.kind, EVERYBODY) or (not kind and one.kind != "maintenance"))
        and (words in one.name.casefold() or words in one.agent_no.casefold())
    ]  # fmt: skip
    found.sort(key=lambda one: (one.decision is not None, one.kind != "promotion", one.agent_no))
    pages = pages_of(len(found), LISTED)
    here = min(drill.page_of(query), pages)
    rows = [row_of(one, query, month, lang) for one in found[(here - 1) * LISTED : here * LISTED]]
    columns = [parts.Column("who", _("Agent")), parts.Column("kind", _("Evaluation"), beside=True),
               parts.Column("ranks", _("Rank")), parts.Column("decision", _("Decision"))]  # fmt: skip
    sentence = _("Nobody rises or falls in %(month)s by the rules in force.", month=numbers.month(month, lang))
    table = parts.simple_table(columns, rows, _("Evaluation")) if rows else nobody(sentence, counts, query, words)
    options = [address.Option(f"{one:%Y-%m}", numbers.month(one, lang)) for one in months]
    kinds = [address.Option("", _("Rise or fall")), address.Option("promotion", _("Promotions")),
             address.Option("demotion", _("Demotions")), address.Option("maintenance", _("Stay")),
             address.Option(EVERYBODY, _("All"))]  # fmt: skip
    fields = [
        address.choice("month", _("Evaluated month"), options, f"{month:%Y-%m}", clears=["page"]),
        address.choice("kind", _("Evaluation"), kinds, kind, clears=["page"]),
        address.words("search", _("Find an agent"), query.get("search", "")[:80], _("Name or number"))
        | {"clears": ["page"]},
    ]
    actions: list[Component] = []
    asking: list[Component] = []
    if waiting and reader.actor.may(Permission.EVALUATION_DECIDE):
        sure = _("%(count)s agents get the rank the rules come to, from the first day no closed month reaches.",
                 count=numbers.count(len(waiting)))  # fmt: skip
        asking = [parts.confirm(page.SURE, _("Accept all?"), sure, _("Accept all"))]
        actions.append(parts.button(_("Accept all %(count)s", count=len(waiting)), page.ALL, primary=True))
    told = _("What the rules in force come to; nobody's rank changes before it is decided.")
    return parts.stack(
        parts.page_header(_("Evaluation"), told, actions=actions),
        address.Filters(id=page.FILTERS, label=_("Filters"), closeLabel=_("Close"), sheet=True, fields=fields),
        parts.figure_row(cards),
        parts.section("", table, *drill.pager(here, pages)),
        *asking,
    )


def nobody(sentence: str, counts: Counter[str], query: Mapping[str, str], words: str) -> Component:
    """Nobody is listed: why, and the way to those who stay."""
    if words:
        return parts.empty(_("No agent has these words."))
    stay = counts["maintenance"]
    if not stay or query.get("kind"):
        return parts.empty(sentence)
    href = address.href_with(page.PATH, query, kind="maintenance")
    told = ngettext("See who stays: %(num)s agent", "See who stays: %(num)s agents", stay)
    return parts.empty(sentence, parts.link(told, href, look="btn btn-outline"))


def row_of(one: Move, query: Mapping[str, str], month: dt.date, lang: str) -> dict[str, Any]:
    """An agent, what the evaluation came to, and what was decided."""
    word, tone = kind_words(one.kind)
    href = address.href_with(page.PATH, query, month=f"{month:%Y-%m}", agent=str(one.person_id), ladder=one.ladder)
    return {
        "who": parts.Cell(one.name, note=one.agent_no, href=href),
        "kind": parts.Cell("", badge=word, tone=tone),
        "ranks": ranks_text(one),
        "decision": decision_words(one, lang),
    }


def ranks_text(one: Move) -> str:
    """From which rank to which, as the rules call them."""
    return one.from_title if one.from_rank == one.to_rank else f"{one.from_title} → {one.to_title}"


def decision_words(one: Move, lang: str) -> str:
    """What was decided about a move."""
    if one.decision is None:
        return numbers.NOTHING if one.kind == "maintenance" else _("not yet")
    if one.decision.effective_from is not None:
        from_day = numbers.day(one.decision.effective_from, lang)
        if one.decision.to_rank != one.to_rank:
            return _("another rank, from %(day)s: %(reason)s", day=from_day, reason=one.decision.reason)
        return _("accepted, from %(day)s", day=from_day)
    return _("set aside: %(reason)s", reason=one.decision.reason)


def agent_page(reader: Reader, move: Move, query: Mapping[str, str]) -> Component:
    """One agent: the condition, the part that decided, its values, and the decision."""
    lang, found = reader.actor.language, opened(reader, move)
    word, _tone = kind_words(move.kind)
    back = address.href_with(page.PATH, query, agent="", ladder="")
    told = " · ".join(filter(None, [move.agent_no, numbers.month(move.month, lang), word, found.title]))
    head = parts.page_header(move.name, told, crumbs=[(_("Evaluation"), back), (move.name, "")])
    facts = [(_("Rank"), ranks_text(move)), (_("Decision"), decision_words(move, lang))]
    if move.decision is not None:
        by = move.decision.decided_by
        facts.append((_("Decided by"), called(reader, [by]).get(by, by)))
    formula = html.Div(html.Div(html.Code(found.condition), className="formula"), className="formulas")
    inside: list[Component] = [formula]
    if found.decided and found.decided != found.condition:
        inside.append(html.P([_("What decided:"), " ", html.Code(found.decided)]))
    columns = [parts.Column("what", _("In the condition")), parts.Column("value", _("Value"), "number", beside=True)]
    rows = [
        {"what": parts.Cell(one.title, note=one.name if one.name != one.title else ""),
         "value": _("table of the rules") if one.kind == "table" else written(one.value, one.unit, lang)}
        for one in found.named
    ]  # fmt: skip
    sections = [
        parts.section(_("Evaluation"), parts.facts(facts)),
        parts.section(_("Condition"), *inside),
        parts.section(_("Values"), parts.simple_table(columns, rows, _("Values"), empty_text=_("It names nothing."))),
    ]
    deciding = [*decide_section(reader, move), *other_section(reader, move)]
    if not deciding:
        return parts.stack(head, *sections)
    return parts.stack(head, parts.columns(parts.stack(*sections), parts.stack(*deciding)))


def decide_section(reader: Reader, move: Move) -> list[Component]:
    """The two ways to decide, for who may and while nothing is decided."""
    if move.decision is not None or move.from_rank == move.to_rank:
        return []
    if not reader.actor.may(Permission.EVALUATION_DECIDE):
        return []
    earliest = first_possible_day(reader, move)
    day = [{"name": "effective_from", "label": _("From"), "kind": "day", "required": True}]
    why = [{"name": "reason", "label": _("Reason"), "kind": "reason", "wide": True, "longest": LONGEST_REASON}]
    yes = Form(
        id=page.ACCEPT, fields=day, values={"effective_from": earliest.isoformat()}, problems={}, label=_("Accept")
    )
    no = Form(id=page.ASIDE, fields=why, values={}, problems={}, label=_("Set it aside"), tone="quiet")
    note = _("The new rank counts from the next run of the months it holds in.")
    return [parts.section(_("Accept"), yes, subtitle=note), parts.section(_("Set it aside"), no)]


def other_section(reader: Reader, move: Move) -> list[Component]:
    """Another rank than the rules come to: a form for who may ask, and the request that waits."""
    if move.decision is not None:
        return []
    asked = current_request(reader, KIND, key_of(move.month, move.ladder, move.person_id))
    if asked is not None and asked.state == "submitted":
        way = parts.link(_("To the request"), request_href(asked.id), look="")
        return [parts.flag(_("Another rank was asked for; a second person decides."), "accent", way)]
    if not reader.actor.may(Permission.AGENT_EDIT):
        return []
    ranks = {
        code: title for code, title in ranks_offered(reader, move).items() if code not in (move.from_rank, move.to_rank)
    }
    fields = [
        {"name": "to_rank", "label": _("Rank"), "kind": "choice", "required": True, "none": _("Nothing fits."), "find": _("Find"),
         "options": [{"value": code, "label": title} for code, title in ranks.items()]},
        {"name": "effective_from", "label": _("From"), "kind": "day", "required": True},
        {"name": "reason", "label": _("Reason"), "kind": "reason", "wide": True, "longest": LONGEST_REASON},
    ]  # fmt: skip
    values = {"to_rank": "", "effective_from": first_possible_day(reader, move).isoformat()}
    form = Form(id=page.OTHER, fields=fields, values=values, problems={}, label=_("Ask for it"), tone="quiet")
    note = _("A second person decides, and sees what the rules came to.")
    return [parts.section(_("Another rank"), form, subtitle=note)]


@callback(
    *answered_in(page.OTHER, page.DONE),
    Input(page.OTHER, "submits"),
    State(page.OTHER, "values"),
    State(page.ADDRESS, "search"),
    permission=Permission.AGENT_EDIT,
    prevent_initial_call=True,
)
def ask_for_another(submits: Any, values: Any, search: str) -> tuple[Any, ...]:
    """Ask for another rank, or say beside the field what is wrong."""
    if not submits:
        return (no_update,) * 5
    query = address.query_of(search)
    month = month_of(query.get("month", ""))
    try:
        if month is None:
            raise Refusal(_("There is no such record."))
        proposal = proposal_of(*(typed(values, name) for name in ("to_rank", "effective_from", "reason")))
        key = key_of(month, query.get("ladder", ""), drill.number_of(query, "agent"))
        with writing(current_actor()) as writer:
            request = request_approval(writer, KIND, key, proposal, comment=proposal["reason"])
    except Refusal as refusal:
        return refused(refusal, submits)
    except NotThere:
        return not_there(submits)
    return {}, "", submits, f"asked {request.id}", parts.notice(_("Asked for. A second person decides."))


def decided(search: str, submits: Any, decide: Any) -> tuple[Any, ...]:
    """Decide about the agent an address names: problems, what is said, and what changed."""
    if not submits:
        return (no_update,) * 5
    query = address.query_of(search)
    try:
        with writing(current_actor()) as writer:
            row = decide(writer, asked_move(writer, query))
    except Refusal as refusal:
        return refused(refusal, submits)
    except (OutOfScope, NotPublished):
        return not_there(submits)
    return {}, "", submits, f"decided {row.id}", parts.notice(_("Decided."))


def asked_move(writer: Writer, query: Mapping[str, str]) -> Move:
    """The move an address names, as the writer sees it."""
    month = month_of(query.get("month", ""))
    if month is None:
        raise Refusal(_("There is no such record."))
    reader = Reader(writer.actor, writer.session)
    return move_of(reader, month, drill.number_of(query, "agent"), query.get("ladder", ""))


def day_asked(text: str) -> dt.date:
    """The day of a form. Raises Refusal."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(_("Choose a day."), "effective_from") from error


for _form, _name in ((page.ACCEPT, "accept"), (page.ASIDE, "set_aside")):

    @callback(
        *answered_in(_form, page.DONE),
        Input(_form, "submits"),
        State(_form, "values"),
        State(page.ADDRESS, "search"),
        permission=Permission.EVALUATION_DECIDE,
        prevent_initial_call=True,
    )
    def decide(submits: Any, values: Any, search: str, way: str = _name) -> tuple[Any, ...]:
        """Accept a move, or set it aside."""
        if way == "accept":
            return decided(
                search, submits, lambda writer, move: accept(writer, move, day_asked(typed(values, "effective_from")))
            )
        return decided(search, submits, lambda writer, move: set_aside(writer, move, typed(values, "reason")))


@callback(
    Output(page.SURE, "open", allow_duplicate=True),
    Input(page.ALL, "n_clicks"),
    permission=Permission.EVALUATION_DECIDE,
    prevent_initial_call=True,
)
def ask_first(clicks: Any) -> Any:
    """Many ranks change at once: ask before."""
    return True if clicks else no_update


@callback(
    Output(page.SURE, "open", allow_duplicate=True),
    Output(page.DONE, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(f"{page.SURE}-yes", "n_clicks"),
    State(page.ADDRESS, "search"),
    permission=Permission.EVALUATION_DECIDE,
    prevent_initial_call=True,
)
def accept_everything(clicks: Any, search: str) -> tuple[Any, ...]:
    """Accept everything of the month that waits; who has another rank by then is left, and named."""
    if not clicks:
        return no_update, no_update, no_update
    try:
        with writing(current_actor()) as writer:
            reader = Reader(writer.actor, writer.session)
            month = month_of(address.query_of(search).get("month", "")) or next(iter(months_of(reader)), None)
            moves = evaluated(reader, month) if month else []
            waiting = [one for one in moves if one.kind != "maintenance" and one.decision is None]
            count, left = accept_all(writer, waiting)
    except (Refusal, NotPublished) as refusal:
        return False, no_update, parts.notice(str(refusal), "bad")
    return False, f"accepted {count} of {month}", accepted_notice(count, left)


def accepted_notice(count: int, left: Sequence[str]) -> Component:
    """How many were accepted, and who is left to be decided by hand."""
    said = _("%(count)s accepted.", count=numbers.count(count))
    if not left:
        return parts.notice(said)
    named = ", ".join(left[:MOST_NAMED]) + ("…" if len(left) > MOST_NAMED else "")
    more = _("%(count)s have another rank or no contract by then, decide each by hand: %(names)s",
             count=numbers.count(len(left)), names=named)  # fmt: skip
    return parts.notice(f"{said} {more}", "warn")
