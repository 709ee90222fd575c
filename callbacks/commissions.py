"""The commission desk: the months, one month with what moved it, and the policies of a part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import ngettext

from callbacks.commission_runs import next_run, run_under_way
from pages import commissions as page
from pages import statement as statement_page
from pages import statement_why
from portal.kit import (
    address,
    commission_contracts,
    commission_control,
    commission_decisions,
    commission_held,
    commission_month,
    drill,
    numbers,
    parts,
)
from portal.kit.approval_list import request_href
from portal.kit.callbacks import callback
from portal.permissions import Permission
from portal.query.commissions import (
    AGENTS_LISTED,
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
from portal.query.contract_changes import contract_changes
from portal.query.paging import pages_of
from portal.query.reader import Reader
from portal.query.reconciliation import PARTS, accounted, controls, held_by_rules, held_of_agents, policies_of
from portal.query.rulebooks import book_name
from portal.services.commission_months import undecided, undecided_words, unrun, unrun_words

DOWNLOAD = "/export/payment/"
OVERVIEW, LINES, AGENTS, DECIDED = "", "lines", "agents", "decided"  # the views of a month, as its address names them


@callback(
    Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), Input(page.DONE, "data"),
    permission=Permission.COMMISSION_VIEW,
)  # fmt: skip
def show_commissions(search: str, _done: Any) -> Component:
    """The months, or the one an address names."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """The list, one month, or the policies of a part of it."""
    if not query.get("month"):
        return months_list(reader)
    row, book = month_row(reader, drill.number_of(query, "month"))
    if query.get("part") in PARTS and is_computed(reader, row.month):
        return part_page(reader, row, book, query)
    if query.get("part") == commission_held.RULES and query.get("line") and is_computed(reader, row.month):
        return held_line_page(reader, row, book, query)
    return month_page(reader, row, book, query)


def months_list(reader: Reader) -> Component:
    """Every month with how far it has come, and the run of the next one."""
    told = _("From computed to paid; who freezes a month does not close it")
    actions, notes = next_run(reader)
    return parts.stack(
        parts.page_header(_("Commission months"), told, actions=actions),
        *notes,
        parts.section("", commission_month.months_table(month_totals(reader), page.PATH, reader.actor.language)),
    )


def month_page(reader: Reader, row: CommissionMonth, book: Rulebook, query: Mapping[str, str]) -> Component:
    """One month with its next step: what it pays and what came in, then, each in its view, what moved it, who is paid and
    what people decided about it."""
    lang = reader.actor.language
    title, state = numbers.month(row.month, lang), commission_month.state_word(row.state)
    crumbs = [(_("Commission months"), page.PATH), (title, "")]
    head = parts.page_header(title, f"{book_name(book, lang)} · {state}", actions=steps(reader, row), crumbs=crumbs)
    if not is_computed(reader, row.month):
        nothing = parts.empty(_("This month was not computed yet."))
        return parts.stack(head, *run_under_way(reader, row), nothing, *decided(reader, row, book, query))
    view = view_of(query)
    titles = {OVERVIEW: _("Overview"), LINES: _("Lines"), AGENTS: _("Agents"), DECIDED: _("Adjustments and holds")}
    hrefs = {one: page.PATH + address.search_of({"month": str(row.id), "view": one}) for one in titles}
    tabs = parts.tabs([(words, hrefs[one]) for one, words in titles.items()], hrefs[view])
    shown = {OVERVIEW: overview, LINES: lines, AGENTS: agents, DECIDED: decided}[view](reader, row, book, query)
    told = [*commission_decisions.trail(reader, row), *run_under_way(reader, row)]
    told += [*before_freezing(reader, row), *waiting_request(reader, row)]
    return parts.stack(head, *told, tabs, *shown)


def view_of(query: Mapping[str, str]) -> str:
    """Which view of a month an address asks for; a hold to be released stands among what was decided."""
    asked = DECIDED if query.get("release") else query.get("view", "")
    return asked if asked in (LINES, AGENTS, DECIDED) else OVERVIEW


def overview(reader: Reader, row: CommissionMonth, book: Rulebook, query: Mapping[str, str]) -> list[Component]:
    """What the month pays, what came in and went where, the core's totals, and what is wrong."""
    lang = reader.actor.language
    totals = line_totals(reader, book.code, row.month)
    carried = commission_month.balances_note(totals, lang)
    return [
        commission_month.figures(split(totals), lang),
        *([parts.flag(carried, "neutral")] if carried else []),
        *commission_month.problems_section(problems(reader, book.code, row.month)),
        commission_control.accounted_section(accounted(reader, book.code, row.month), query, page.PATH, lang),
        *commission_held.held_lines_section(reader, row, held_by_rules(reader, book.code, row.month), query, page.PATH),
        *commission_contracts.contract_changes_section(
            contract_changes(reader, book.code, row.month), book, row, statement_path(reader), lang
        ),
        *commission_control.control_section(controls(reader, row.month), lang),
    ]


def lines(reader: Reader, row: CommissionMonth, book: Rulebook, _query: Mapping[str, str]) -> list[Component]:
    """What moved each line since the month before."""
    return [
        commission_month.moves_section(reader, row, book, moves(reader, book.code, row.month), as_file(reader, row))
    ]


def agents(reader: Reader, row: CommissionMonth, book: Rulebook, query: Mapping[str, str]) -> list[Component]:
    """Who is paid."""
    return [agents_section(reader, row, book, query)]


def decided(reader: Reader, row: CommissionMonth, book: Rulebook, query: Mapping[str, str]) -> list[Component]:
    """What people decided about the month, and the forms that ask for more; an address may name the agent of one."""
    return [
        commission_decisions.adjustments_section(reader, row, page.ADJUST, query), holds_section(reader, row, book, query),
        *commission_decisions.reopen_section(reader, row, page.REOPEN),
    ]  # fmt: skip


def part_page(reader: Reader, row: CommissionMonth, book: Rulebook, query: Mapping[str, str]) -> Component:
    """The policies of a part of the month, each with its reason."""
    lang, part, reason = reader.actor.language, query["part"], query.get("reason", "")[:40]
    month = numbers.month(row.month, lang)
    back = page.PATH + address.search_of({"month": str(row.id)})
    title = commission_control.reason_title(reason) if reason else commission_control.part_word(part).capitalize()
    told = f"{book_name(book, lang)} · {month} · {commission_control.part_word(part)}"
    crumbs = [(_("Commission months"), page.PATH), (month, back), (title, "")]
    found, count = policies_of(reader, book.code, row.month, part, reason, drill.page_of(query))
    return parts.stack(
        parts.page_header(title, told, crumbs=crumbs),
        commission_control.policies_section(reader, found, count, row, query, statement_path(reader)),
    )


def held_line_page(reader: Reader, row: CommissionMonth, book: Rulebook, query: Mapping[str, str]) -> Component:
    """Whose line the rules hold a part of, with the way to the policies it comes from."""
    lang, line = reader.actor.language, query["line"][:80]
    month, title = numbers.month(row.month, lang), commission_held.line_name(reader, row, line)
    back = page.PATH + address.search_of({"month": str(row.id)})
    crumbs = [(_("Commission months"), page.PATH), (month, back), (title, "")]
    here = drill.page_of(query)
    found, count = held_of_agents(reader, book.code, row.month, line, here)
    why = statement_why.PATH if reader.actor.may(Permission.STATEMENT_VIEW) else ""
    told = f"{book_name(book, lang)} · {month} · " + _("held by the rules")
    return parts.stack(
        parts.page_header(title, told, crumbs=crumbs),
        commission_held.held_agents_section(reader, row, line, found, count, here, why),
    )


def statement_path(reader: Reader) -> str:
    """Where statements are read; empty for who may not."""
    return statement_page.PATH if reader.actor.may(Permission.STATEMENT_VIEW) else ""


def steps(reader: Reader, row: CommissionMonth) -> list[Component]:
    """The buttons of a state, one of them filled: the next one."""
    actor, state = reader.actor, row.state
    found: list[Component] = []
    computed = is_computed(reader, row.month)
    to_run = not computed or unrun(reader, row) > 0
    if state == MonthState.OPEN and actor.may(Permission.JOB_RUN):
        found.append(parts.button(_("Run"), page.RUN, primary=to_run, icon_name="play"))
    if not actor.may(Permission.COMMISSION_EDIT):
        return found
    if state == MonthState.OPEN and computed:
        found.append(parts.button(_("Freeze"), page.FREEZE, primary=not to_run))
    if state == MonthState.FROZEN and open_request(reader, row) is None:
        found.append(parts.button(_("Ask for the closing"), page.ASK, primary=True))
    if state == MonthState.CLOSED:
        found.append(parts.button(_("Hand over to payment"), page.PAY, primary=True))
    if state == MonthState.PAID:
        found.append(
            html.A(_("Payment file"), href=f"{DOWNLOAD}{row.id}.csv", download="", className="btn btn-primary")
        )
    return found


def before_freezing(reader: Reader, row: CommissionMonth) -> list[Component]:
    """What an open month still waits for before it can be frozen; said before somebody tries."""
    if row.state != MonthState.OPEN:
        return []
    told = [undecided_words(undecided(reader, row)), unrun_words(unrun(reader, row))]
    return [parts.flag(words) for words in told if words]


def waiting_request(reader: Reader, row: CommissionMonth) -> list[Component]:
    """That somebody else must decide now."""
    request = open_request(reader, row)
    if request is None:
        return []
    link = parts.link(_("To the request"), request_href(request.id))
    return [parts.flag(_("The closing waits for the decision of a second person."), "accent", link)]


def agents_section(reader: Reader, row: CommissionMonth, book: Rulebook, query: Mapping[str, str]) -> Component:
    """Who is paid, the largest amounts first, page by page, with the way to each statement."""
    search = query.get("search", "")[:80]
    found = sorted(matching(paid_agents(reader, book.code, row.month), search), key=lambda one: -one.amount)
    pages = pages_of(len(found), AGENTS_LISTED)
    here = min(drill.page_of(query), pages)
    shown = found[(here - 1) * AGENTS_LISTED : here * AGENTS_LISTED]
    table = commission_month.agents_table(reader, shown, row, statement_path(reader))
    field = address.words("search", _("Find an agent"), search, _("Name or number")) | {"clears": ["page"]}
    finder = address.Filters(id=page.SEARCH, label=_("Find an agent"), fields=[field])
    note = ngettext("%(num)s agent, the largest amounts first", "%(num)s agents, the largest amounts first", len(found))
    return parts.section(
        _("Agents"), table, *drill.pager(here, pages), subtitle=note if found else "",
        actions=[finder, *as_file(reader, row)],
    )  # fmt: skip


def as_file(reader: Reader, row: CommissionMonth) -> list[Component]:
    """Every agent with every line as a spreadsheet, for who may take figures away."""
    if not reader.actor.may(Permission.REPORT_EXPORT) or not is_computed(reader, row.month):
        return []
    return [
        parts.download(title, f"/export/commission/{row.id}.{kind}")
        for kind, title in (("xlsx", _("Excel")), ("csv", _("CSV")))
    ]


def holds_section(reader: Reader, row: CommissionMonth, book: Rulebook, query: Mapping[str, str]) -> Component:
    """Whose pay is held, with the form for one more, or for the release of the one an address names."""
    return commission_decisions.holds_section(
        reader, row, book, page.PATH, page.HOLD, page.RELEASE, drill.number_of(query, "release")
    )
