"""How an explained figure is written: its formula, the versions behind it, its parts row by row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import drill, numbers, parts, ways, why_price
from portal.query.reader import Reader
from portal.query.report import Measure, Period
from portal.query.why import Part, Why
from portal.query.why_days import DayTerms

SHOWN_SOURCES = 4


@dataclass(frozen=True, slots=True)
class Source:
    """Published days of a dataset that share a version and follow one another."""

    dataset: str
    version: int
    first: dt.date
    last: dt.date
    first_run: int
    last_run: int

    @property
    def runs(self) -> str:
        return str(self.first_run) if self.first_run == self.last_run else f"{self.first_run}–{self.last_run}"

    def days(self, lang: str) -> str:
        first, last = numbers.day(self.first, lang), numbers.day(self.last, lang)
        return first if self.first == self.last else f"{first} – {last}"


def sources(found: Why) -> list[Source]:
    """What the figure was read from; lists of names are left out."""
    dataset = {"institution": "institution_day", "manager": "manager_day"}.get(found.spot.subject, "credit_day")
    read_for = {"manager": "manager_day", "customer": "credit_day", "account": "credit_day", "days": "credit_day"}
    wanted = {dataset} | {read_for[part.kind] for part in found.parts if part.kind in read_for}
    pins = [pin for pin in found.pins if pin.dataset in wanted and pin.business_date <= found.at]
    listed: list[Source] = []
    for (name, version), held in groupby(pins, key=lambda pin: (pin.dataset, pin.version)):
        days = list(held)
        first, last = days[0], days[-1]
        listed.append(Source(name, version, first.business_date, last.business_date, first.run_id, last.run_id))
    return listed[:SHOWN_SOURCES]


def dataset_title(dataset: str) -> str:
    """What a dataset is called."""
    titles = {
        "institution_day": _("Institutions by day"), "manager_day": _("Managers by day"),
        "credit_day": _("Credits by day"),
    }  # fmt: skip
    return titles.get(dataset, dataset)


def figure_title(found: Why, lang: str) -> str:
    """Deposits, daily average, Nov 2026."""
    title = str(found.figure.title)
    if not found.figure.measure.periodic:
        return title
    span = {
        Period.MONTH: numbers.month(found.at, lang),
        Period.QUARTER: _("quarter of %(month)s", month=numbers.month(found.calendar.first_day, lang)),
        Period.YEAR: str(found.at.year),
    }[found.period]
    return f"{title} · {span}"


def written(measure: Measure, value: Decimal, lang: str) -> str:
    """A figure in full."""
    return numbers.count(value, lang) if measure.unit == "count" else numbers.money(value, lang)


def formula(found: Why, lang: str) -> list[str]:
    """The formula in words, then with its values."""
    terms, calendar = found.terms, found.calendar
    value = written(found.figure.measure, found.value, lang)
    days, first = numbers.count(calendar.days), numbers.day(calendar.first_day, lang)

    def money(name: str) -> str:
        return numbers.money(terms[name], lang)

    match found.figure.measure.key:
        case "daily_average":
            return [
                _("sum of the end-of-day balances since %(day)s ÷ %(days)s calendar days", day=first, days=days),
                f"{money('balance_days')} ÷ {days} = {value}",
            ]
        case "balance_days":
            return [_("sum of the end-of-day balances since %(day)s", day=first), value]
        case "increment":
            return [
                _("balance less the balance at the end of %(day)s", day=numbers.day(calendar.base_date, lang)),
                f"{money('balance')} {numbers.MINUS} {money('base')} = {value}",
            ]
        case "average_increment":
            now, base = numbers.count(calendar.year_days), numbers.count(calendar.base_days)
            return [
                _("daily average of this year so far less the daily average of the year before"),
                f"{money('balance_days')} ÷ {now} {numbers.MINUS} {money('base_days')} ÷ {base} = {value}",
            ]
        case "profit":
            return why_price.earned_formula(found, lang) or [
                _("sum over the days since %(day)s of credited balance × yearly margin ÷ days of the year", day=first),
                f"{_('%(days)s days', days=days)}: {value}",
            ]
        case "accounts":
            return [_("open accounts with a share, counted"), value]
        case _other:
            return [_("sum of balance × share at the end of %(day)s", day=numbers.day(found.at, lang)), value]


def parts_section(reader: Reader, found: Why, at: str) -> Component:
    """The summands, which sum to the figure; each leads one step further down."""
    lang, measure = reader.actor.language, found.figure.measure
    by_days = found.spot.subject == "account"
    rows = [_day_row(reader, found, part) if by_days else _row(found, part, lang, at) for part in found.parts]
    rows.append({"name": _("Sum"), "value": written(measure, found.value, lang), "share": "", "sum": True})
    titles = {
        "institution": _("What stands below"), "manager": _("Customers"), "customer": _("Accounts"),
        "account": _("Account-days"),
    }  # fmt: skip
    columns = _day_columns(found) if by_days else _columns(found)
    note = _("The rows sum to the figure; each leads further down") if not by_days else _("The rows sum to the figure")
    table = parts.simple_table(columns, rows, titles[found.spot.subject])
    return parts.section(
        titles[found.spot.subject],
        table,
        *drill.pager(found.page, found.pages),
        subtitle=note,
        look="" if by_days else "ranking",
    )


def _columns(found: Why) -> list[parts.Column]:
    return [
        parts.Column("name", _("Part")),
        parts.Column("value", str(found.figure.title), "number"),
        parts.Column("share", _("Of the whole"), "number"),
    ]


def _row(found: Why, part: Part, lang: str, at: str) -> dict[str, object]:
    """An institution, a manager, a customer, an account, or what is left."""
    href = ways.why_href(found.figure.key, part.spot, at, found.asked_period) if part.spot else ""
    return {
        "name": parts.Cell(_name(part), note=part.note, href=href, badge=_step_title(found, part)),
        "value": written(found.figure.measure, part.value, lang),
        "share": drill.part_of(part.value, found.value, lang)
        if part.kind not in ("rounding", "shared", "difference")
        else "",
    }


def _name(part: Part) -> str:
    """What a part is called; a customer who is no longer one's own has no name."""
    match part.kind:
        case "others":
            return _("%(count)s others", count=numbers.count(part.count))
        case "rounding":
            return _("Rounding of the rows above")
        case "shared":
            return _("Shared by several of them, counted once in all")
        case "difference":
            return _("Not in today's tree")
        case "manager":
            return part.name or _("Unassigned")
        case "customer":
            return part.name or _("A former customer")
        case "account":
            return part.name or _("An account of a former customer")
        case _other:
            return part.name


def _step_title(found: Why, part: Part) -> str:
    """What stands at the institution itself is marked, beside the institutions below it."""
    if found.spot.subject == "institution" and part.kind == "manager":
        return _("manager")
    return _("customer") if found.spot.subject == "institution" and part.kind == "customer" else ""


def _day_columns(found: Why) -> list[parts.Column]:
    several = len({part.days.manager_id for part in found.parts if part.days}) > 1
    profit = [parts.Column("margin", _("Margin a year"), "number")] if found.figure.measure.key == "profit" else []
    return [
        parts.Column("name", _("When")),
        *([parts.Column("who", _("Credited to"))] if several else []),
        parts.Column("balance", _("Account balance"), "number", phone=False),
        parts.Column("percent", _("Share"), "number"),
        parts.Column("credit", _("Credited"), "number"),
        parts.Column("days", _("Days"), "number", phone=False),
        *profit,
        parts.Column("value", _("Adds"), "number"),
    ]


def _day_row(reader: Reader, found: Why, part: Part) -> dict[str, object]:
    """Days on which nothing changed, or what is left."""
    lang, line = reader.actor.language, part.days
    value = written(found.figure.measure, part.value, lang)
    if line is None:
        return {"name": _name(part), "value": value}
    href = "" if line.is_base else ways.account_day_href(found.spot.id, line.last)
    return {
        "name": parts.Cell(_days_text(line, lang), href=href),
        "who": drill.person_name(reader, line.manager_id),
        "balance": parts.Cell(numbers.money(line.balance, lang), note=_foreign_text(line, lang)),
        "percent": drill.share_text(line.share, lang),
        "credit": numbers.money(line.credit, lang),
        "days": numbers.count(line.days),
        "margin": parts.Cell(numbers.interest(line.margin, lang), note=_price_text(found, line, lang)),
        "value": value,
    }


def _foreign_text(line: DayTerms, lang: str) -> str:
    """1,000.00 USD × 7.1234 beside a balance that was converted."""
    held = line.foreign
    if held is None or held.exchange_rate is None or line.balance is None:
        return ""
    return f"{numbers.money(held.account_balance, lang)} {held.currency} × {numbers.exchange_rate(held.exchange_rate)}"


def _price_text(found: Why, line: DayTerms, lang: str) -> str:
    """The day its price was fixed on, beside a margin, where there was more than one."""
    several = len({one.price.fixed for one in found.earned if one.price}) > 1
    return _("fixed on %(day)s", day=numbers.day(line.price.priced_on, lang)) if line.price and several else ""


def _days_text(line: DayTerms, lang: str) -> str:
    """3 Mar, or 3 Mar – 9 Mar; the base is named."""
    if line.is_base:
        return _("Base, %(day)s", day=numbers.day(line.last, lang))
    first, last = numbers.short_day(line.first, lang), numbers.short_day(line.last, lang)
    return first if first == last else f"{first} – {last}"
