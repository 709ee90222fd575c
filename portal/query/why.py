"""Why a figure is what it is: its stored terms, and the parts it is the sum of, one step further down.

The way leads from an institution to those below it and its own managers, to customers, to accounts, to account-days
with the share used. Every part is rounded once, from its own stored terms; what the shown parts miss the whole by is a
part of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from portal.permissions import Permission
from portal.query.known_base import require_base
from portal.query.names import named
from portal.query.paging import pages_of
from portal.query.pins import Pin
from portal.query.places import people_names, products
from portal.query.reader import Reader
from portal.query.report import Measure, Period
from portal.query.why_days import AccountDays, DayTerms, day_lines, earned
from portal.query.why_price import Earned
from portal.query.why_terms import Calendar, Terms, added, figure_of, term_columns
from portal.query.why_way import Spot, Step, listed_names, way_of

LISTED_STEPS: tuple[Step, ...] = ("customer", "account")
PARTS_A_PAGE, DAYS_A_PAGE = 20, 31


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over products of some kinds, as it is shown under a name."""

    key: str
    title: Any  # a lazily translated text
    kinds: tuple[str, ...]
    measure: Measure
    period: Period = Period.MONTH


@dataclass(frozen=True, slots=True)
class Part:
    """A summand. `kind` is a step, `days`, `base` (what the increment is measured against), `others` (those not on this
    page), `rounding`, `shared` (what several of them count) or `difference`; `spot` leads one step further down."""

    kind: str
    id: int
    value: Decimal
    terms: Terms
    name: str = ""
    note: str = ""
    spot: Spot | None = None
    count: int = 1
    days: DayTerms | None = None


@dataclass(frozen=True)
class Why:
    """A figure with everything it stands on. The values of `parts` sum to `value`."""

    figure: Figure
    spot: Spot
    at: dt.date
    period: Period
    value: Decimal
    terms: Terms
    calendar: Calendar
    parts: list[Part]
    found: int  # parts there are, on all pages
    page: int
    pages: int
    way: list[tuple[str, Spot]]  # from the uppermost the actor may see down to the subject, with their names
    pins: list[Pin]
    earned: list[Earned]  # of one account's simulated profit: its days by the price of their money

    @property
    def asked_period(self) -> Period | None:
        """The period, where the figure sums over one."""
        return self.period if self.figure.measure.periodic else None


def why(reader: Reader, figure: Figure, spot: Spot, at: dt.date, period: Period, page: int = 1) -> Why:
    """Explain a figure.

    Raises:
        OutOfScope: the subject does not exist, or the actor may not see it; it is recorded.
        NotPublished: the date has no figures, or the figure's base is not known.
    """
    reader.allow(Permission.REPORT_VIEW if spot.subject in ("institution", "manager") else Permission.CUSTOMER_VIEW)
    way = way_of(reader, spot, at)
    require_base(reader, at, figure.measure.base)
    calendar = Calendar(at, period)
    question = Question(reader, figure, spot, calendar)
    terms = question.whole()
    found = _parts(question)
    found.sort(key=lambda part: (-abs(part.value), part.id) if part.days is None else (0, 0))
    size = DAYS_A_PAGE if spot.subject == "account" else PARTS_A_PAGE
    pages = pages_of(len(found), size)
    page = min(max(page, 1), pages)
    first = (page - 1) * size
    shown, hidden = found[first : first + size], found[:first] + found[first + size :]
    parts = _named(question, shown)
    if hidden:
        rest = added(part.terms for part in hidden)
        parts.append(Part("others", 0, figure_of(figure.measure, rest, calendar), rest, count=len(hidden)))
    at_prices = earned(part.days for part in found if part.days) if figure.measure.key == "profit" else []
    value = figure_of(figure.measure, terms, calendar)
    missed = value - sum((part.value for part in parts), Decimal(0))
    if missed:
        kind = "rounding" if added(part.terms for part in found) == terms else "difference"
        kind = "shared" if figure.measure.counts and missed < 0 else kind
        parts.append(Part(kind, 0, missed, {}))
    return Why(figure, spot, at, period, value, terms, calendar, parts, len(found), page, pages, way, reader.pinned(),
               at_prices)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """The sums behind one figure of one spot."""

    reader: Reader
    figure: Figure
    spot: Spot
    calendar: Calendar

    def whole(self) -> Terms:
        """The stored terms of the figure itself."""
        spot = self.spot
        if spot.subject == "institution" and self.counts_once:
            below = ", ".join(map(str, sorted(self.reader.places(self.calendar.at).below(spot.id))))
            rows = self.sums("credit_day", "0", f"role = 'marketer' and institution_id in ({below})")
        elif spot.subject == "institution":
            rows = self.sums("institution_day", "0", f"view = '{spot.view}' and institution_id = {int(spot.id)}")
        else:
            rows = self.sums("manager_day" if spot.subject == "manager" else "credit_day", "0", self.condition())
        return rows.get(0) or dict.fromkeys(term_columns(self.figure.measure, self.calendar, "manager_day"), Decimal(0))

    def sums(self, dataset: str, key: str, condition: str) -> dict[int, Terms]:
        """Terms by key, of the rows under a condition of ours."""
        columns = term_columns(self.figure.measure, self.calendar, dataset)
        listed = ", ".join(f"coalesce({sql}, 0) as {name}" for name, sql in columns.items())
        rows = self.reader.ask(
            f"select {key} as key, {listed} from facts where {condition} and {self.products()} group by 1",
            whole=dataset == "credit_day" and self.spot.as_a_whole,
            facts=(dataset, [self.calendar.at]),
        )
        return {row["key"]: {name: Decimal(row[name]) for name in columns} for row in rows}

    @property
    def counts_once(self) -> bool:
        """Whether managers below an institution may share what is counted; as booked, an account has one place."""
        return bool(self.figure.measure.counts) and self.spot.view != "booking"

    def below(self, children: Sequence[int]) -> dict[int, Terms]:
        """The terms of the institutions one level down."""
        tree, view = self.reader.places(self.calendar.at), self.spot.view
        if not children or not self.counts_once:
            listed = ", ".join(map(str, children)) or "null"
            return self.sums("institution_day", "institution_id", f"view = '{view}' and institution_id in ({listed})")
        seats = [(one, child) for child in children for one in sorted(tree.below(child))]
        cases = " ".join(f"when {one} then {child}" for one, child in seats)
        listed = ", ".join(str(one) for one, _child in seats)
        condition = f"role = 'marketer' and institution_id in ({listed})"
        return self.sums("credit_day", f"case institution_id {cases} end", condition)

    def value(self, terms: Terms) -> Decimal:
        """What terms come to, rounded once."""
        return figure_of(self.figure.measure, terms, self.calendar)

    def account_days(self) -> AccountDays:
        """The question for the last step down."""
        which = f"{self.condition()} and {self.products()}"
        return AccountDays(self.figure.measure, self.spot.id, which, self.calendar, self.spot.as_a_whole)

    def products(self) -> str:
        """The condition on products: those of the figure's kinds, or the one asked for."""
        known = products(self.reader.session).values()
        wanted = [one.id for one in known if one.kind in self.figure.kinds and self.spot.product in (None, one.id)]
        return f"product_id in ({', '.join(map(str, sorted(wanted))) or 'null'})"

    def condition(self) -> str:
        """Which credits count; numbers only."""
        spot = self.spot
        column = "booking_institution_id" if spot.view == "booking" else "institution_id"
        ways = ["role = 'marketer'"]
        if spot.subject in ("manager", "customer", "account"):
            ways.append(f"{spot.subject}_id = {int(spot.id)}")
        if spot.manager is not None:
            ways.append(f"manager_id = {int(spot.manager)}")
        if spot.place is not None:
            ways.append(f"{column} = {int(spot.place)}")
        if spot.within is not None:
            below = sorted(self.reader.places(self.calendar.at).below(spot.within))
            ways.append(f"{column} in ({', '.join(map(str, below))})")
        return " and ".join(ways)


def _parts(question: Question) -> list[Part]:
    """All summands, one step further down."""
    spot = question.spot
    if spot.subject == "account":
        return [
            Part("base" if line.is_base else "days", number, question.value(line.terms), line.terms, days=line)
            for number, line in enumerate(day_lines(question.reader, question.account_days()))
        ]
    if spot.subject == "institution":
        return _of_institution(question)
    step: Step = "customer" if spot.subject == "manager" else "account"
    inherited = replace(spot, manager=spot.id) if spot.subject == "manager" else spot
    return _of(question, step, question.sums("credit_day", f"{step}_id", question.condition()), inherited)


def _of_institution(question: Question) -> list[Part]:
    """The institutions below, and what stands at this one itself: its managers, or the customers booked there."""
    spot, tree = question.spot, question.reader.places(question.calendar.at)
    children = [place.id for place in tree.children.get(spot.id, [])]
    below = question.below(children)
    here = replace(spot, place=spot.id)
    parts = _of(question, "institution", below, spot)
    if spot.view == "managing":
        condition = f"role = 'marketer' and institution_id = {int(spot.id)}"
        return parts + _of(question, "manager", question.sums("manager_day", "manager_id", condition), here)
    condition = f"role = 'marketer' and booking_institution_id = {int(spot.id)}"
    return parts + _of(question, "customer", question.sums("credit_day", "customer_id", condition), here)


def _of(question: Question, step: Step, sums: Mapping[int, Terms], inherited: Spot) -> list[Part]:
    """Parts by key; those that add nothing are left out."""
    return [
        Part(step, key, question.value(terms), terms, spot=replace(inherited, subject=step, id=key))
        for key, terms in sums.items()
        if any(terms.values())
    ]


def _named(question: Question, parts: Sequence[Part]) -> list[Part]:
    """The parts of a page with names and numbers as the actor may know them."""
    reader, at, language = question.reader, question.calendar.at, question.reader.actor.language
    tree, people = reader.places(at), people_names(reader.session)
    ids = {step: [part.id for part in parts if part.kind == step] for step in LISTED_STEPS}
    known = {step: listed_names(reader, step, ids[step]) for step in LISTED_STEPS}
    told = []
    for part in parts:
        name, note = part.name, part.note
        if part.kind == "institution":
            place = tree.get(part.id)
            name, note = (place.title(language), place.level_title(language)) if place else (str(part.id), "")
        elif part.kind == "manager" and part.id:
            person = people.get(part.id)
            name, note = (named(person, language), person.code) if person else (str(part.id), "")
        elif part.kind in LISTED_STEPS:
            name, note = known[part.kind].get(part.id, ("", ""))
        told.append(replace(part, name=name, note=note))
    return told
