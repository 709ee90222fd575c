"""The commission desk: the months, one month with what moved it, and the steps it takes from computed to paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import pgettext

from pages import commissions as page
from pages import statement as statement_page
from portal.access.current import current_actor
from portal.kit import address, drill, numbers, parts
from portal.kit.approval_list import request_href
from portal.kit.callbacks import callback
from portal.kit.resource_form import Form, not_there, refused, typed
from portal.permissions import Actor, Permission
from portal.query.commissions import (
    AGENTS_LISTED,
    KIND,
    CommissionMonth,
    MonthState,
    Rulebook,
    is_computed,
    line_totals,
    matching,
    month_row,
    month_totals,
    moves,
    open_request,
    paid_agents,
    problems,
    split,
)
from portal.query.outside import OutOfScope
from portal.query.reader import Reader
from portal.query.rulebooks import book_name
from portal.query.statement import elements_of_book, last_of, month_of, title_of
from portal.services.approvals import request_approval
from portal.services.commission_adjustments import LONGEST_REASON, adjustments_of, write_down
from portal.services.commission_months import freeze, reopen
from portal.services.payment_files import hand_over_month
from portal.services.refusal import Refusal
from portal.services.runs import RunProblem, request_run
from portal.services.writer import Writer, writing

DOWNLOAD = "/export/payment/"


@callback(
    Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), Input(page.DONE, "data"),
    permission=Permission.COMMISSION_VIEW,
)  # fmt: skip
def show_commissions(search: str, _done: Any) -> Component:
    """The months, or the one an address names."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """The list or one month."""
    if not query.get("month"):
        return months_list(reader)
    row, book = month_row(reader, drill.number_of(query, "month"))
    return month_page(reader, row, book, query)


def state_word(state: str) -> str:
    """What a state is called."""
    words = {
        "open": pgettext("month", "open"), "frozen": pgettext("month", "frozen"), "closed": pgettext("month", "closed"),
        "paid": pgettext("month", "paid"),
    }  # fmt: skip
    return words[state]


def months_list(reader: Reader) -> Component:
    """Every month with how far it has come, what it pays and the change to the month before."""
    lang = reader.actor.language
    tones: dict[str, parts.Tone] = {"open": "accent", "frozen": "warn", "closed": "good", "paid": "neutral"}
    rows = [
        {
            "month": parts.Cell(
                numbers.month(one.row.month, lang), note=one.rulebook, badge=state_word(one.row.state),
                tone=tones[one.row.state], href=page.PATH + address.search_of({"month": str(one.row.id)}),
            ),
            "total": numbers.money(one.total, lang),
            "change": numbers.signed(one.change, lang),
            "agents": numbers.count(one.agents, lang),
        }
        for one in month_totals(reader)
    ]  # fmt: skip
    columns = [
        parts.Column("month", _("Month")), parts.Column("total", _("To be paid"), "number"),
        parts.Column("change", _("To the month before"), "change"), parts.Column("agents", _("Agents paid"), "number"),
    ]  # fmt: skip
    table = parts.simple_table(columns, rows, _("Commission months"), empty_text=_("No month was computed yet."))
    return parts.stack(
        parts.page_header(_("Commission months"), _("From computed to paid; who freezes a month does not close it")),
        parts.section("", table),
    )


def month_page(reader: Reader, row: CommissionMonth, book: Rulebook, query: Mapping[str, str]) -> Component:
    """One month: what it pays, what moved it, what is wrong, who is paid; and the next step."""
    lang = reader.actor.language
    title = numbers.month(row.month, lang)
    crumbs = [(_("Commission months"), page.PATH), (title, "")]
    head = parts.page_header(
        title, f"{book_name(book, lang)} · {state_word(row.state)}", actions=steps(reader, row), crumbs=crumbs
    )
    if not is_computed(reader, row.month):
        return parts.stack(head, parts.empty(_("This month was not computed yet.")))
    totals = line_totals(reader, book.code, row.month)
    own, earlier, adjusted = split(totals)
    shown = [(_("The month pays"), own + earlier + adjusted), (_("Lines of the month"), own),
             (_("For earlier months"), earlier), (_("Adjustments"), adjusted)]  # fmt: skip
    cards = [
        parts.figure_card(name, numbers.money(amount, lang), full_text=numbers.money(amount, lang), hero=at == 0)
        for at, (name, amount) in enumerate(shown)
    ]
    return parts.stack(
        head, *waiting_request(reader, row), parts.figure_row(cards), moves_section(reader, row, book),
        *problems_section(reader, row, book), agents_section(reader, row, book, query), *adjustments_section(reader, row),
        *reopen_section(reader, row),
    )  # fmt: skip


def steps(reader: Reader, row: CommissionMonth) -> list[Component]:
    """The buttons of a state, one of them filled: the next one."""
    actor, state = reader.actor, row.state
    found: list[Component] = []
    computed = is_computed(reader, row.month)
    if state == MonthState.OPEN and actor.may(Permission.JOB_RUN):
        found.append(parts.button(_("Run"), page.RUN, primary=not computed, icon_name="play"))
    if not actor.may(Permission.COMMISSION_EDIT):
        return found
    if state == MonthState.OPEN and computed:
        found.append(parts.button(_("Freeze"), page.FREEZE, primary=True))
    if state == MonthState.FROZEN and open_request(reader, row) is None:
        found.append(parts.button(_("Ask for the closing"), page.ASK, primary=True))
    if state == MonthState.CLOSED:
        found.append(parts.button(_("Hand over to payment"), page.PAY, primary=True))
    if state == MonthState.PAID:
        found.append(
            html.A(_("Payment file"), href=f"{DOWNLOAD}{row.id}.csv", download="", className="btn btn-primary")
        )
    return found


def waiting_request(reader: Reader, row: CommissionMonth) -> list[Component]:
    """That somebody else must decide now."""
    request = open_request(reader, row)
    if request is None:
        return []
    link = parts.link(_("To the request"), request_href(request.id))
    return [parts.flag(_("The closing waits for the decision of a second person."), "accent", link)]


def moves_section(reader: Reader, row: CommissionMonth, book: Rulebook) -> Component:
    """Each line against the month before, and by what it moved."""
    lang = reader.actor.language
    elements = elements_of_book(reader, book.id, row.month)
    keys = ("before", "joined", "left", "rules", "volume", "after")
    found = moves(reader, book.code, row.month)
    rows: list[dict[str, Any]] = [
        {"line": title_of(elements, "lines", one.line, lang), "agents": numbers.count(one.agents, lang)}
        | {key: written(key, getattr(one, key), lang) for key in keys}
        for one in found
    ]
    if found:
        together = {key: sum((getattr(one, key) for one in found), Decimal(0)) for key in keys}
        rows.append({"line": _("Together"), "sum": True} | {key: written(key, together[key], lang) for key in keys})
    titles = {"before": _("Month before"), "joined": _("Who came"), "left": _("Who went"), "rules": _("Rules"),
              "volume": _("Volume"), "after": _("This month")}  # fmt: skip
    columns = [
        parts.Column("line", pgettext("statement", "Line")),
        *(parts.Column(key, titles[key], "number" if key in ("before", "after") else "change") for key in keys),
        parts.Column("agents", _("Agents paid"), "number", phone=False),
    ]
    table = parts.simple_table(columns, rows, _("Lines of the month"), empty_text=_("Nothing here yet."))
    note = _("The month before, who came, who went, the rules and the volume add up to this month.")
    return parts.section(_("Lines of the month"), table, subtitle=note)


def written(key: str, amount: Decimal, lang: str) -> str:
    """An amount, or a move with its sign."""
    return numbers.money(amount, lang) if key in ("before", "after") else numbers.signed(amount, lang)


def problems_section(reader: Reader, row: CommissionMonth, book: Rulebook) -> list[Component]:
    """What could not be worked out, by element; nothing when all could."""
    found = problems(reader, book.code, row.month)
    if not found:
        return []
    columns = [parts.Column("element", _("Element")), parts.Column("reason", _("Reason")),
               parts.Column("count", _("Rows"), "number")]  # fmt: skip
    rows = [{"element": name, "reason": reason, "count": str(count)} for name, reason, count in found]
    return [parts.section(_("Problems"), parts.simple_table(columns, rows, _("Problems")))]


def adjustments_section(reader: Reader, row: CommissionMonth) -> list[Component]:
    """What was asked for by hand with how it was decided, and, while the month is open, the form for one more."""
    lang = reader.actor.language
    words = {
        "requested": _("requested"),
        "approved": _("approved"),
        "refused": _("refused"),
        "withdrawn": _("withdrawn"),
    }
    tones: dict[str, parts.Tone] = {"requested": "warn", "approved": "good", "refused": "bad", "withdrawn": "neutral"}
    rows = [
        {
            "who": parts.Cell(drill.person_name(reader, one.person_id), note=one.reason, badge=words[one.state],
                              tone=tones[one.state]),
            "month": f"{one.for_month:%Y-%m}", "by": one.requested_by, "amount": numbers.money(one.amount, lang),
        }
        for one in adjustments_of(reader, row)
    ]  # fmt: skip
    columns = [parts.Column("who", _("Agent")), parts.Column("month", _("For the month"), "muted"),
               parts.Column("by", _("Asked by"), "muted"), parts.Column("amount", _("Amount"), "number")]  # fmt: skip
    table = parts.simple_table(columns, rows, _("Adjustments"), empty_text=_("Nothing was adjusted by hand."))
    found: list[Component] = [table]
    if row.state == MonthState.OPEN and reader.actor.may(Permission.COMMISSION_EDIT):
        found.append(Form(id=page.ADJUST, fields=adjustment_fields(), values={"for_month": f"{row.month:%Y-%m}"},
                          problems={}, label=_("Ask for an adjustment"), tone="quiet"))  # fmt: skip
    note = _("A second person decides; an approved one enters at the next run.")
    return [parts.section(_("Adjustments"), *found, subtitle=note)]


def adjustment_fields() -> list[dict[str, Any]]:
    """Whose pay, how much, for which month, why."""
    return [
        {"name": "agent_no", "label": _("Agent number"), "kind": "text", "required": True},
        {"name": "amount", "label": _("Amount"), "kind": "text", "required": True, "hint": _("Negative takes away.")},
        {"name": "for_month", "label": _("For the month"), "kind": "text", "required": True, "hint": "2026-09"},
        {"name": "reason", "label": _("Reason"), "kind": "reason", "wide": True, "longest": LONGEST_REASON},
    ]


@callback(
    Output(page.ADJUST, "problems"),
    Output(page.ADJUST, "said"),
    Output(page.ADJUST, "answered"),
    Output(page.DONE, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.ADJUST, "submits"),
    State(page.ADJUST, "values"),
    State(page.ADDRESS, "search"),
    permission=Permission.COMMISSION_EDIT,
    prevent_initial_call=True,
)
def adjust(submits: Any, values: Any, search: str) -> tuple[Any, ...]:
    """Ask for an adjustment, or say beside the field what is wrong."""
    if not submits:
        return (no_update,) * 5
    asked = {name: typed(values, name) for name in ("agent_no", "amount", "for_month", "reason")}
    try:
        with writing(current_actor()) as writer:
            month, _book = month_row(
                Reader(writer.actor, writer.session), drill.number_of(address.query_of(search), "month")
            )
            row = write_down(
                writer, month, agent_no=asked["agent_no"], amount=asked["amount"], reason=asked["reason"],
                for_month=month_of(asked["for_month"].strip()),
            )  # fmt: skip
            request_approval(writer, "adjustment", str(row.id), comment=row.reason)
    except Refusal as refusal:
        return refused(refusal, submits)
    except OutOfScope:
        return not_there(submits)
    return {}, "", submits, f"adjusted {row.id}", parts.notice(_("Asked for. A second person decides."))


def reopen_section(reader: Reader, row: CommissionMonth) -> list[Component]:
    """The way back from frozen to open, with its reason."""
    if row.state != MonthState.FROZEN or not reader.actor.may(Permission.COMMISSION_EDIT):
        return []
    fields = [{"name": "reason", "label": _("Reason"), "kind": "reason", "wide": True, "longest": LONGEST_REASON}]
    form = Form(id=page.REOPEN, fields=fields, values={}, problems={}, label=_("Open again"), tone="quiet")
    note = _("The month can then be adjusted and computed again; a request for its closing does not hold any more.")
    return [parts.section(_("Open again"), form, subtitle=note)]


@callback(
    Output(page.REOPEN, "problems"),
    Output(page.REOPEN, "said"),
    Output(page.REOPEN, "answered"),
    Output(page.DONE, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.REOPEN, "submits"),
    State(page.REOPEN, "values"),
    State(page.ADDRESS, "search"),
    permission=Permission.COMMISSION_EDIT,
    prevent_initial_call=True,
)
def open_again(submits: Any, values: Any, search: str) -> tuple[Any, ...]:
    """Open a frozen month again, or say what is wrong."""
    if not submits:
        return (no_update,) * 5
    try:
        with writing(current_actor()) as writer:
            month, _book = month_row(
                Reader(writer.actor, writer.session), drill.number_of(address.query_of(search), "month")
            )
            reopen(writer, month, typed(values, "reason"))
            told = f"reopened {month.id} {writer.now()}"
    except Refusal as refusal:
        return refused(refusal, submits)
    except OutOfScope:
        return not_there(submits)
    return {}, "", submits, told, parts.notice(_("The month is open again."))


def agents_section(reader: Reader, row: CommissionMonth, book: Rulebook, query: Mapping[str, str]) -> Component:
    """Who is paid, with the way to each statement."""
    lang, search = reader.actor.language, query.get("search", "")[:80]
    everybody = paid_agents(reader, book.code, row.month)
    found = matching(everybody, search)
    may_open = reader.actor.may(Permission.STATEMENT_VIEW)
    rows = [
        {
            "who": parts.Cell(one.name, note=one.agent_no, href=statement_page.PATH + address.search_of(
                {"agent": str(one.agent_id), "month": f"{row.month:%Y-%m}"}) if may_open else ""),
            "amount": numbers.money(one.amount, lang),
        }
        for one in sorted(found, key=lambda one: -one.amount)[:AGENTS_LISTED]
    ]  # fmt: skip
    field = address.words("search", _("Find an agent"), search, _("Name or number"))
    columns = [parts.Column("who", _("Agent")), parts.Column("amount", _("To be paid"), "number")]
    more = _("%(shown)s of %(count)s", shown=len(rows), count=len(found))
    table = parts.simple_table(columns, rows, _("Agents"), empty_text=_("Nobody fits."), more=more)
    return parts.section(
        _("Agents"), table, actions=[address.Filters(id=page.SEARCH, label=_("Find an agent"), fields=[field])]
    )


def stepped(step: Callable[[Writer, CommissionMonth], str], search: str) -> tuple[Any, Any]:
    """Take one step of the month an address names: what changed, and the notice."""
    actor: Actor = current_actor()
    month_id = drill.number_of(address.query_of(search), "month")
    try:
        with writing(actor) as writer:
            month = writer.session.get(CommissionMonth, month_id)
            if month is None:
                raise Refusal(_("There is no such record."))
            said = step(writer, month)
    except (Refusal, RunProblem) as refusal:
        return no_update, parts.notice(str(refusal), "bad")
    return f"{month_id} {said}", parts.notice(said)


def compute(writer: Writer, month: CommissionMonth) -> str:
    """Ask for the month's run; again when it was computed already."""
    again = is_computed(Reader(writer.actor, writer.session), month.month)
    request_run(
        writer,
        "commission",
        [last_of(month.month)],
        rerun=again,
        reason="Computed again at the commission desk." if again else "",
    )
    return _("The run is asked for; it begins within a minute.")


def freeze_it(writer: Writer, month: CommissionMonth) -> str:
    """Let the figures stand."""
    freeze(writer, month)
    return _("Frozen.")


def ask_for_closing(writer: Writer, month: CommissionMonth) -> str:
    """Put the month before a second person."""
    request_approval(writer, KIND, str(month.id))
    return _("Asked for. A second person decides.")


def pay(writer: Writer, month: CommissionMonth) -> str:
    """Make the payment file and record it."""
    made = hand_over_month(writer, month)
    return _("Handed over: %(people)s people, %(amount)s.", people=made.people, amount=numbers.money(made.amount))


for _button, _step, _needs in (
    (page.RUN, compute, Permission.JOB_RUN),
    (page.FREEZE, freeze_it, Permission.COMMISSION_EDIT),
    (page.ASK, ask_for_closing, Permission.COMMISSION_EDIT),
    (page.PAY, pay, Permission.COMMISSION_EDIT),
):

    @callback(
        Output(page.DONE, "data", allow_duplicate=True),
        Output(parts.TOAST, "children", allow_duplicate=True),
        Input(_button, "n_clicks"),
        State(page.ADDRESS, "search"),
        permission=_needs,
        prevent_initial_call=True,
    )
    def take_step(clicks: Any, search: str, step: Callable[[Writer, CommissionMonth], str] = _step) -> tuple[Any, Any]:
        """One step on, or the sentence that says why not."""
        return stepped(step, search) if clicks else (no_update, no_update)
