"""My statement: what the month pays, its lines by group, differences of closed months, the year and the last months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from dash import Input, Output
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import pgettext

from pages import statement as page
from pages import statement_ahead, statement_renewals, statement_sale, statement_why
from portal.kit import address, drill, numbers, parts, svg
from portal.kit.address import search_of
from portal.kit.callbacks import callback
from portal.kit.day_so_far import day_so_far_section, month_so_far_section
from portal.kit.statement_words import (
    decided_note,
    group_title,
    hold_words,
    line_title,
    question_state,
    state_words,
    step_title,
)
from portal.permissions import Permission
from portal.query.month_so_far import month_so_far
from portal.query.names import person_name
from portal.query.outside import refuse
from portal.query.policy_events import day_so_far
from portal.query.reader import Reader
from portal.query.record import is_number
from portal.query.statement import Line, Statement, month_of, months_of, person_of, statement
from portal.query.statement_net import gross_to_net
from portal.query.statement_questions import Question, asked_of_month

Questions = Mapping[tuple[str, dt.date], Question]


@callback(Output(page.CONTENT, "children"), Input(page.ADDRESS, "search"), permission=Permission.STATEMENT_VIEW)
def show_statement(search: str) -> Component:
    """The statement an address asks for."""
    return drill.shown(draw, search)


def draw(reader: Reader, query: Mapping[str, str]) -> Component:
    """One statement, or the sentence that says why there is none."""
    person = asked_person(reader, query)
    if person is None:
        return nothing(reader)
    one = statement(reader, person, month_of(query.get("month", "")))
    if one is None:
        return none_of_month(reader, person, query)
    lang, own = reader.actor.language, one.person_id == reader.actor.person_id
    title = _("My statement") if own else _("Statement of %(name)s", name=one.name)
    told = " · ".join(filter(None, [one.name if own else "", one.agent_no, numbers.month(one.month, lang)]))
    asked = asked_of_month(reader, one.person_id, one.month)
    return parts.stack(
        parts.page_header(title, told, actions=[payslip_link(one, query), picker(one.months, one.month, query, lang)]),
        views(page.PATH, query),
        *(parts.flag(hold_words(held, lang), "warn") for held in one.holds),
        parts.figure_row(figures(one, lang)),
        parts.columns(
            parts.stack(*sections(one, query, lang, asked), *difference_sections(one, query, lang, asked)),
            parts.stack(*_since(reader, one, query), net_section(one, query, lang), trend_section(one, lang)),
        ),
    )


def _since(reader: Reader, one: Statement, query: Mapping[str, str]) -> list[Component]:
    """What came since the last nightly run, beside the newest month, and beside the last of who got nothing since."""
    newest = not query.get("month") or one.month == max(one.months, default=one.month)
    return _so_far(reader, one.person_id) if newest else []


def _so_far(reader: Reader, person: int) -> list[Component]:
    """The running month and the day, provisional."""
    lang = reader.actor.language
    return [
        *month_so_far_section(month_so_far(reader, person), lang), *day_so_far_section(day_so_far(reader, person), lang),
    ]  # fmt: skip


def views(here: str, query: Mapping[str, str]) -> Component:
    """The pages about one agent's pay: what a month paid, and what is ahead."""
    search = search_of({"agent": query.get("agent", "")})
    entries = [(_("Statement"), page.PATH + search), (_("What is ahead"), statement_ahead.PATH + search),
               (_("If I sell this"), statement_sale.PATH + search), (_("Renewals"), statement_renewals.PATH + search)]  # fmt: skip
    return parts.tabs(entries, here + search, _("Statement"))


def payslip_link(one: Statement, query: Mapping[str, str]) -> Component:
    """The same as a file to keep or print."""
    search = search_of({"month": f"{one.month:%Y-%m}", "agent": query.get("agent", "")})
    return parts.download(_("PDF"), f"/export/statement.pdf{search}")


def asked_person(reader: Reader, query: Mapping[str, str]) -> int | None:
    """Whom an address names. Raises OutOfScope for what is no number."""
    text = query.get("agent", "")
    if text and not is_number(text):
        raise refuse(reader, "statement", text[:40])
    return person_of(reader, int(text) if text else None)


def none_of_month(reader: Reader, person: int, query: Mapping[str, str]) -> Component:
    """There is no statement of the month; the others are offered, and to who has none yet the running month is told."""
    lang = reader.actor.language
    name = "" if person == reader.actor.person_id else person_name(reader, person)
    title = _("Statement of %(name)s", name=name) if name else _("My statement")
    if not query.get("month"):
        return no_statement_yet(reader, title, page.PATH, query, *_so_far(reader, person))
    months = months_of(reader)
    actions = [picker(months, None, query, lang)] if months else []
    sentence = _("There is no statement of this month.")
    return parts.stack(parts.page_header(title, actions=actions), views(page.PATH, query), parts.empty(sentence))


def no_statement_yet(
    reader: Reader, title: str, path: str, query: Mapping[str, str], *known: Component
) -> Component:  # fmt: skip
    """A page about somebody's pay before his first statement: when that comes, and the pages that say something already."""
    sentence = _("No month was computed yet.")
    if months_of(reader):
        sentence = _("There is no statement yet: the first one comes when the first month under contract is computed.")
    return parts.stack(parts.page_header(title), views(path, query), *known, parts.empty(sentence))


def nothing(reader: Reader) -> Component:
    """Whoever is no agent has none; the desk is led to everybody's."""
    desk = parts.link(_("To the commission months"), "/commissions", look="")
    sentence = _("Your user names no agent, so you have no statement of your own.")
    way = desk if reader.actor.may(Permission.COMMISSION_VIEW) else None
    return parts.stack(parts.page_header(_("My statement")), parts.empty(sentence, way))


def picker(months: Sequence[dt.date], here: dt.date | None, query: Mapping[str, str], lang: str) -> Component:
    """The months there is a statement of, newest first."""
    options = [address.Option(f"{month:%Y-%m}", numbers.month(month, lang)) for month in months]
    if here is None:
        options.insert(0, address.Option(query.get("month", "")[:7], _("Choose a month")))
    value = f"{here:%Y-%m}" if here else query.get("month", "")[:7]
    field = address.choice("month", _("Month"), options, value, bare=True)
    return address.Filters(id=page.MONTH, label=_("Month"), fields=[field])


def figures(one: Statement, lang: str) -> list[Component]:
    """What is paid, the year so far, and what stands behind the first."""
    held = sum((line.held - line.released for line in one.lines), start=one.paid * 0)
    title = _("Paid") if one.state == "paid" else _("To be paid") if one.is_closed else _("Provisional")
    full = numbers.money(one.paid, lang)
    note = parts.Delta(state_words(one, lang), 0)
    return [
        parts.figure_card(title, full, full_text=full, delta=note, hero=True),
        parts.figure_card(_("Year to date"), numbers.money(one.year, lang), full_text=numbers.money(one.year, lang)),
        parts.figure_card(_("Held back this month"), numbers.money(held, lang), full_text=numbers.money(held, lang)),
    ]


def sections(one: Statement, query: Mapping[str, str], lang: str, asked: Questions) -> list[Component]:
    """The month's own lines, group by group in the order of the rules, each group with its sum."""
    rows: list[dict[str, Any]] = []
    for group, listed in groupby(one.of_month, key=lambda line: line.group):
        lines = list(listed)
        rows += [row_of(line, one, query, lang, asked) for line in lines]
        if len(lines) > 1:
            rows.append(sum_row(group_title(group), lines, lang))
    if one.of_month:
        rows.append(sum_row(numbers.month(one.month, lang), one.of_month, lang))
    table = parts.simple_table(
        columns_of(), rows, _("Lines of the month"), empty_text=_("Nothing was earned this month.")
    )
    return [parts.section(_("Lines of the month"), table)]


def difference_sections(one: Statement, query: Mapping[str, str], lang: str, asked: Questions) -> list[Component]:
    """What is paid now for closed months; and that both together are what the month pays."""
    if not one.differences:
        return []
    rows = [row_of(line, one, query, lang, asked) for line in one.differences]
    rows.append(sum_row(_("Earlier months together"), one.differences, lang))
    rows.append(sum_row(_("This month pays"), one.lines, lang))
    note = _("What closed months still come to: their statements stay, the difference is paid or taken now.")
    table = parts.simple_table(columns_of(), rows, _("For earlier months"))
    return [parts.section(_("For earlier months"), table, subtitle=note)]


def net_section(one: Statement, query: Mapping[str, str], lang: str) -> Component:
    """From what was earned to what is paid, and whether it was paid; each deduction leads to why."""
    rows = []
    for step in gross_to_net(one):
        line = step.line
        href = why_href(one, line, query.get("agent", "")) if line is not None else ""
        told = parts.Cell(step_title(step), href=href, title=_("Why this number?") if href else "")
        rows.append({"step": told, "amount": numbers.money(step.amount, lang), "sum": step.kind in ("gross", "net")})
    columns = [parts.Column("step", _("Step")), parts.Column("amount", _("Amount"), "number", beside=True)]
    table = parts.simple_table(columns, rows, _("From gross to net"))
    return parts.section(_("From gross to net"), table, subtitle=state_words(one, lang))


def columns_of() -> list[parts.Column]:
    """A line, what it earned and what it pays; on a phone what it pays, what was cut or held is said below its name."""
    return [
        parts.Column("line", pgettext("statement", "Line")), parts.Column("earned", _("Earned"), "number", phone=False),
        parts.Column("paid", _("Paid"), "number", beside=True),
    ]  # fmt: skip


def row_of(line: Line, one: Statement, query: Mapping[str, str], lang: str, asked: Questions) -> dict[str, Any]:
    """A line that leads to why, with how far a question about it is; below what was cut, held back or released, and for
    which month it is."""
    told = []
    if line.is_difference:
        months = {"month": numbers.month(line.for_month, lang), "now": numbers.month(line.in_month, lang)}
        told.append(_("for %(month)s, paid in %(now)s", **months))
    for amount, words in ((line.cut, _("cut")), (line.held, _("held back")), (line.released, _("released"))):
        if amount:
            told.append(f"{words} {numbers.money(amount, lang)}")
    told += filter(None, [decided_note(line)])
    href = why_href(one, line, query.get("agent", ""))
    question = asked.get((line.name, line.for_month))
    word, tone = question_state(question.kind, question.state) if question is not None else ("", "accent")
    name = parts.Cell(
        line_title(line), note=" · ".join(told), href=href, title=_("Why this number?"), badge=word, tone=tone
    )
    return {"line": name, "earned": numbers.money(line.earned, lang), "paid": numbers.money(line.paid, lang)}


def sum_row(title: str, lines: Sequence[Line], lang: str) -> dict[str, Any]:
    """Lines together."""
    start = lines[0].paid * 0
    return {
        "line": title, "earned": numbers.money(sum((one.earned for one in lines), start), lang),
        "paid": numbers.money(sum((one.paid for one in lines), start), lang), "sum": True,
    }  # fmt: skip


def why_href(one: Statement, line: Line, agent: str) -> str:
    """Where a line is explained; of several lines of a name, which one by its number."""
    return statement_why.PATH + search_of({
        "line": line.name, "month": f"{one.month:%Y-%m}", "agent": agent,
        "for": f"{line.for_month:%Y-%m}" if line.is_difference else "",
        "entry": str(line.decided.number) if line.decided else "",
    })  # fmt: skip


def trend_section(one: Statement, lang: str) -> Component:
    """The last twelve months."""
    months = [month for month, _paid in one.trend]
    amounts = [paid for _month, paid in one.trend]
    texts = [f"{numbers.month(month, lang)}: {numbers.money(paid, lang)}" for month, paid in one.trend]
    above = svg.landmarks(amounts, [numbers.short_text(paid, lang) for paid in amounts])
    names = [numbers.short_month(month, lang) for month in months]
    drawing = svg.columns(amounts, names, texts, _("Paid by month"), above=above)
    return parts.section(_("Last 12 months"), parts.picture(drawing), subtitle=_("What each month paid"))
