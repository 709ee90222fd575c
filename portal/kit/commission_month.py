"""A commission month on the desk: what it pays, what moved each line, what is wrong, who is paid, what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from portal.kit import drill, numbers, parts
from portal.kit.address import search_of
from portal.models.commission import CommissionMonth
from portal.models.rulebooks import Rulebook
from portal.query.commissions import MonthTotal, Move, Paid, Split
from portal.query.reader import Reader
from portal.query.row_problems import place_words, reason_words
from portal.query.statement import elements_of_book, own_title, title_of

STATES: dict[str, parts.Tone] = {"open": "accent", "frozen": "warn", "closed": "good", "paid": "neutral"}
DRIVERS = ("joined", "left", "rules", "volume")  # by what a line moves from a month to the next


def state_word(state: str) -> str:
    """What a month's state is called."""
    words = {
        "open": pgettext("month", "open"), "frozen": pgettext("month", "frozen"), "closed": pgettext("month", "closed"),
        "paid": pgettext("month", "paid"),
    }  # fmt: skip
    return words[state]


def months_table(months: Sequence[MonthTotal], path: str, lang: str) -> Component:
    """Every month with how far it has come, what it pays and the change to the month before."""
    rows = [
        {
            "month": parts.Cell(
                numbers.month(one.row.month, lang), note=one.rulebook, badge=state_word(one.row.state),
                tone=STATES[one.row.state], href=path + search_of({"month": str(one.row.id)}),
            ),
            "total": numbers.money(one.total, lang),
            "change": numbers.signed(one.change, lang),
            "agents": numbers.count(one.agents, lang),
        }
        for one in months
    ]  # fmt: skip
    columns = [
        parts.Column("month", _("Month")), parts.Column("total", _("To be paid"), "number", beside=True),
        parts.Column("change", _("To the month before"), "change"), parts.Column("agents", _("Agents paid"), "number"),
    ]  # fmt: skip
    return parts.simple_table(columns, rows, _("Commission months"), empty_text=_("No month was computed yet."))


def figures(found: Split, lang: str) -> Component:
    """What the month pays, and of what it is made."""
    return parts.figure_row(
        parts.figure_card(name, numbers.money(amount, lang), full_text=numbers.money(amount, lang), hero=at == 0)
        for at, (name, amount) in enumerate(found.shown())
    )


def moves_section(
    reader: Reader, row: CommissionMonth, book: Rulebook, found: Sequence[Move], actions: Sequence[Component] = ()
) -> Component:
    """Each line against the month before, and by what it moved."""
    lang = reader.actor.language
    elements = elements_of_book(reader, book.id, row.month)
    keys = ("before", *DRIVERS, "after")
    shown = [one for one in found if any(getattr(one, key) for key in keys)]
    rows: list[dict[str, Any]] = [
        {"line": title_of(elements, "lines", one.line, lang), "agents": numbers.count(one.agents, lang)}
        | {key: _written(key, getattr(one, key), lang) for key in keys}
        for one in shown
    ]
    if found:
        together = {key: sum((getattr(one, key) for one in found), Decimal(0)) for key in keys}
        rows.append({"line": _("Together"), "sum": True} | {key: _written(key, together[key], lang) for key in keys})
    titles = {"before": _("Month before"), "joined": _("Who came"), "left": _("Who went"), "rules": _("Rules"),
              "volume": _("Volume"), "after": _("This month")}  # fmt: skip
    columns = [
        parts.Column("line", pgettext("statement", "Line")),
        *(
            parts.Column(
                key,
                titles[key],
                "number" if key in ("before", "after") else "change",
                phone=key not in DRIVERS,
                beside=key == "after",
            )
            for key in keys
        ),
        parts.Column("agents", _("Agents paid"), "number", phone=False),
    ]
    silent = len(found) - len(shown)
    more = ngettext(
        "%(num)s more line pays nothing in both months", "%(num)s more lines pay nothing in both months", silent
    )
    table = parts.simple_table(
        columns, rows, _("Lines of the month"), empty_text=_("Nothing here yet."), more=more if silent else ""
    )
    note = _("The month before, who came, who went, the rules and the volume add up to this month.")
    return parts.section(_("Lines of the month"), table, subtitle=note, actions=actions)


def _written(key: str, amount: Decimal, lang: str) -> str:
    """An amount, or a move with its sign."""
    if key in ("before", "after"):
        return numbers.money(amount, lang)
    return numbers.signed(amount, lang) if amount else numbers.NOTHING


def problems_section(found: Sequence[tuple[str, str, str, int]]) -> list[Component]:
    """What could not be worked out, by element and reason; nothing when all could."""
    if not found:
        return []
    columns = [parts.Column("element", _("Element")), parts.Column("reason", _("Reason")),
               parts.Column("count", _("Rows"), "number")]  # fmt: skip
    rows = [
        {"element": place_words(name, part), "reason": reason_words(reason, "…").said(), "count": str(count)}
        for name, part, reason, count in found
    ]
    note = _("A month with rows that could not be worked out is neither frozen nor closed.")
    return [parts.section(_("Problems"), parts.simple_table(columns, rows, _("Problems")), subtitle=note)]


def agents_table(reader: Reader, shown: Sequence[Paid], row: CommissionMonth, statement_path: str) -> Component:
    """Who is paid, with the way to each statement; no way without a path."""
    lang = reader.actor.language
    rows = [
        {
            "who": parts.Cell(drill.person_name(reader, one.agent_id), note=one.agent_no, href=statement_path + search_of(
                {"agent": str(one.agent_id), "month": f"{row.month:%Y-%m}"}) if statement_path else ""),
            "earned": numbers.money(one.earned, lang), "held": numbers.money(one.held, lang),
            "amount": numbers.money(one.amount, lang),
        }
        for one in shown
    ]  # fmt: skip
    columns = [parts.Column("who", _("Agent")), parts.Column("earned", _("Earned"), "number", phone=False),
               parts.Column("held", _("Held"), "number", phone=False),
               parts.Column("amount", _("To be paid"), "number", beside=True)]  # fmt: skip
    return parts.simple_table(columns, rows, _("Agents"), empty_text=_("Nobody fits."))


def balances_note(totals: dict[tuple[str, bool], Decimal], lang: str) -> str:
    """What was taken from the month before and goes on to the next, in words; empty where nothing is carried."""
    found = [(own_title(line), amount) for (line, _late), amount in totals.items() if line.startswith("owed_")]
    return " · ".join(f"{title} {numbers.money(amount, lang)}" for title, amount in found)
