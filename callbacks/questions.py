"""Questions about statements: the list, one with its trail, and the two forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from callbacks.statement_why import find_line
from pages import commissions as commissions_page
from pages import questions as page
from pages import statement as statement_page
from pages import statement_why
from portal.access.current import current_actor
from portal.kit import address, drill, numbers, parts
from portal.kit.callbacks import callback
from portal.kit.report import nothing_here
from portal.kit.resource_form import Form, answered_in, not_there, refused, typed
from portal.kit.resource_history import Timeline, moment_text
from portal.kit.statement_words import line_title as title_of_line
from portal.kit.statement_words import question_state
from portal.permissions import Permission
from portal.query.commissions import open_month_of
from portal.query.outside import OutOfScope
from portal.query.reader import Reader
from portal.query.statement import Line, Statement, month_of, own_title, statement
from portal.query.statement_questions import Asked, Question, asked_about, listed, one_question
from portal.query.user_names import called
from portal.services.refusal import Refusal
from portal.services.statement_questions import LONGEST, ask, close, say
from portal.services.writer import NotThere, writing

LONGEST_SHOWN = 140


@callback(
    Output(page.CONTENT, "children"),
    Input(page.ADDRESS, "search"),
    Input(page.DONE, "data"),
    permission=Permission.STATEMENT_VIEW,
)
def show_questions(search: str, _done: Any) -> Component:
    """The list, or what an address names."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One question, the form for a new one, or the list."""
    if query.get("id"):
        return question_page(reader, one_question(reader, drill.number_of(query, "id")))
    if query.get("line"):
        return asking_page(reader, query)
    found = listed(reader)
    desk = reader.actor.may(Permission.COMMISSION_VIEW)
    told = _("What agents ask about their statements, the longest waiting first") if desk else _("What I asked")
    sentence = (
        _("Nobody asks anything.") if desk else _("You asked nothing. Open a line of your statement to ask about it.")
    )
    columns = [parts.Column("about", _("About")), parts.Column("state", _("State"), beside=True),
               parts.Column("asked", _("Asked"), "muted")]  # fmt: skip
    if not found:
        way = None if desk else parts.link(_("To my statement"), statement_page.PATH, look="btn btn-outline")
        return parts.stack(parts.page_header(_("Questions"), told), parts.section("", parts.empty(sentence, way)))
    table = parts.simple_table(columns, [row_of(reader, one) for one in found], _("Questions"))
    return parts.stack(parts.page_header(_("Questions"), told), parts.section("", table))


def row_of(reader: Reader, one: Asked) -> dict[str, Any]:
    """What is asked, how far it is, since when."""
    row, lang = one.row, reader.actor.language
    who = drill.person_name(reader, row.person_id) if reader.actor.may(Permission.COMMISSION_VIEW) else ""
    about = " · ".join(filter(None, [who, line_words(one), numbers.month(row.in_month, lang)]))
    word, tone = state_of(row)
    return {
        "about": parts.Cell(about, note=beginning(row.asked), href=href_of(row)),
        "state": parts.Cell("", badge=word, tone=tone),
        "asked": moment_text(row.asked_at, lang),
    }


def beginning(words: str) -> str:
    """What a list shows of a longer text, and that it goes on."""
    return words if len(words) <= LONGEST_SHOWN else words[: LONGEST_SHOWN - 1].rstrip() + "…"


def state_of(row: Question) -> tuple[str, parts.Tone]:
    """How far a question is, in a word and its tone."""
    return question_state(row.kind, row.state)


def line_words(one: Asked) -> str:
    """The line by its title."""
    return own_title(one.row.line) or one.line


def href_of(row: Question) -> str:
    """Where a question stands."""
    return page.PATH + address.search_of({"id": str(row.id)})


def why_href(row: Question, own: bool) -> str:
    """Where the line is taken apart."""
    return statement_why.PATH + address.search_of({
        "line": row.line, "month": f"{row.in_month:%Y-%m}", "agent": "" if own else str(row.person_id),
        "for": f"{row.for_month:%Y-%m}" if row.for_month != row.in_month else "",
    })  # fmt: skip


def question_page(reader: Reader, one: Asked) -> Component:
    """What was asked and said, the newest last, and the form to say more."""
    row, lang = one.row, reader.actor.language
    own, answers = row.person_id == reader.actor.person_id, reader.actor.may(Permission.COMMISSION_EDIT)
    word, _tone = state_of(row)
    name = drill.person_name(reader, row.person_id)
    moments = [(row.asked_at, row.asked_by, row.asked)] + [
        (each.said_at, each.said_by, each.said) for each in one.answers
    ]
    names = called(reader, [who for _at, who, _words in moments])
    trail = Timeline(
        label=_("Trail"),
        moments=[
            {"when": moment_text(at, lang), "tag": name if who == row.asked_by else names[who], "lines": [], "note": words,
             "tone": "accent" if who == row.asked_by else "good"}
            for at, who, words in moments
        ],
    )  # fmt: skip
    agent_no, paid = of_statement(reader, row)
    told = " · ".join(filter(None, [name, agent_no, numbers.month(row.in_month, lang), paid, word]))
    actions: list[Component] = [parts.link(_("Why this number?"), why_href(row, own), look="btn btn-outline")]
    if answers and row.state == "open":
        actions += adjusting(reader, row, agent_no)
    if (own or answers) and row.state == "answered":
        actions.append(parts.button(_("Settled"), page.CLOSE, icon_name="check2"))
    head = parts.page_header(line_words(one), told, crumbs=[(_("Questions"), page.PATH), (name, "")], actions=actions)
    found: list[Component] = [head, parts.section(_("Dispute") if row.kind == "dispute" else _("Question"), trail)]
    if own or answers:
        label = _("Ask again") if own else _("Answer")
        found.append(parts.section(label, say_form(page.SAY, label)))
    return parts.stack(*found)


def of_statement(reader: Reader, row: Question) -> tuple[str, str]:
    """The agent's number, and what the line pays on the statement; nothing where there is none any more."""
    one = statement(reader, row.person_id, row.in_month)
    line = find_line(one, row.line, row.for_month)
    paid = numbers.money(line.paid, reader.actor.language) if line is not None else ""
    return one.agent_no if one is not None else "", paid


def adjusting(reader: Reader, row: Question, agent_no: str) -> list[Component]:
    """The way to an adjustment in the open month, should the one who asks be right."""
    month = open_month_of(reader, row.rulebook_id)
    if month is None or not agent_no:
        return []
    asked = {"month": str(month.id), "view": "decided", "agent": agent_no, "for": f"{row.for_month:%Y-%m}"}
    return [parts.link(_("Adjust"), commissions_page.PATH + address.search_of(asked), look="btn btn-outline")]


def say_form(id: str, label: str, kinds: bool = False) -> Form:
    """What one wants to say."""
    fields: list[dict[str, Any]] = []
    if kinds:
        options = [{"value": "question", "label": _("I ask")}, {"value": "dispute", "label": _("I dispute the amount")}]
        fields.append({"name": "kind", "label": _("Kind"), "kind": "choice", "options": options, "required": True,
                       "wide": True, "none": _("Nothing fits."), "find": _("Find")})  # fmt: skip
    fields.append({"name": "words", "label": _("In your words"), "kind": "reason", "wide": True, "longest": LONGEST})
    return Form(id=id, fields=fields, values={"kind": "question"} if kinds else {}, problems={}, label=label)


def own_line(reader: Reader, query: Mapping[str, str]) -> tuple[Statement, Line] | None:
    """The line of one's own statement that an address names."""
    person, month = reader.actor.person_id, month_of(query.get("month", ""))
    one = statement(reader, person, month) if person is not None and month is not None else None
    line = find_line(one, query.get("line", ""), month_of(query.get("for", "")) or month)
    return (one, line) if one is not None and line is not None else None


def asking_page(reader: Reader, query: Mapping[str, str]) -> Component:
    """A line of one's statement, what was asked about it before, and the form."""
    found = own_line(reader, query)
    if found is None:
        return nothing_here()
    one, line = found
    lang = reader.actor.language
    title = title_of_line(line)
    crumbs = [(_("Statement"), statement_page.PATH + address.search_of({"month": query.get("month")})), (title, "")]
    told = " · ".join([numbers.month(line.in_month, lang), numbers.money(line.paid, lang)])
    parts_shown: list[Component] = [parts.page_header(_("Ask about %(line)s", line=title), told, crumbs=crumbs)]
    before = asked_about(reader, one.person_id, line.in_month, line.for_month, line.name)
    if before:
        columns = [parts.Column("about", _("About")), parts.Column("state", _("State"))]
        rows = [row_of(reader, asked) for asked in before]
        parts_shown.append(parts.section(_("Asked before"), parts.simple_table(columns, rows, _("Asked before"))))
    note = _("The commission desk answers; you find the answer under Questions.")
    parts_shown.append(parts.section("", say_form(page.ASK, _("Send"), kinds=True), subtitle=note))
    return parts.stack(*parts_shown)


@callback(
    *answered_in(page.ASK, page.DONE),
    Input(page.ASK, "submits"),
    State(page.ASK, "values"),
    State(page.ADDRESS, "search"),
    permission=Permission.STATEMENT_VIEW,
    prevent_initial_call=True,
)
def send(submits: Any, values: Any, search: str) -> tuple[Any, ...]:
    """Ask about a line of one's own statement."""
    if not submits:
        return (no_update,) * 5
    try:
        with writing(current_actor()) as writer:
            found = own_line(Reader(writer.actor, writer.session), address.query_of(search))
            if found is None:
                raise Refusal(_("There is no such line on your statement."))
            one, line = found
            row = ask(
                writer, rulebook_id=one.rulebook_id, institution_id=one.institution_id, in_month=line.in_month,
                for_month=line.for_month, line=line.name, kind=typed(values, "kind"), words=typed(values, "words"),
            )  # fmt: skip
    except Refusal as refusal:
        return refused(refusal, submits)
    except OutOfScope:
        return not_there(submits)
    return {}, "", submits, f"asked {row.id}", parts.notice(_("Sent to the commission desk."))


@callback(
    *answered_in(page.SAY, page.DONE),
    Input(page.SAY, "submits"),
    State(page.SAY, "values"),
    State(page.ADDRESS, "search"),
    permission=Permission.STATEMENT_VIEW,
    prevent_initial_call=True,
)
def answer(submits: Any, values: Any, search: str) -> tuple[Any, ...]:
    """Answer, or ask again."""
    if not submits:
        return (no_update,) * 5
    number = drill.number_of(address.query_of(search), "id")
    try:
        with writing(current_actor()) as writer:
            row = say(writer, number, typed(values, "words"))
            told = f"said {row.id} {writer.now()}"
    except Refusal as refusal:
        return refused(refusal, submits)
    except NotThere:
        return not_there(submits)
    return {}, "", submits, told, parts.notice(_("Sent."))


@callback(
    Output(page.DONE, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.CLOSE, "n_clicks"),
    State(page.ADDRESS, "search"),
    permission=Permission.STATEMENT_VIEW,
    prevent_initial_call=True,
)
def settle(clicks: Any, search: str) -> tuple[Any, ...]:
    """The matter is settled."""
    if not clicks:
        return no_update, no_update
    try:
        with writing(current_actor()) as writer:
            row = close(writer, drill.number_of(address.query_of(search), "id"))
    except (Refusal, NotThere) as refusal:
        return no_update, parts.notice(str(refusal), "bad")
    return f"settled {row.id}", parts.notice(_("Settled."))
