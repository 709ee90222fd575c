"""An institution's home: where it and all below it stand, how the level below compares, who brings it in.

Sums are those of the published `institution_day`, as managed (where the credited managers sit) or as booked (where the
accounts are kept); people always stand in the managing view. All that is shown lies inside the actor's scope, so no cell
is too small to be shown to him.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from calc.columns import PROFIT_DIVISOR
from portal.query.facts import Row
from portal.query.key_figures import AUM_KINDS, Subject
from portal.query.known_base import has_base
from portal.query.names import named
from portal.query.outside import institution_within, refuse, roots_within
from portal.query.places import Place, Places, people_names, products
from portal.query.reader import Reader

Figure = Literal["deposits", "loans", "profit", "aum"]
FIGURES: tuple[Figure, ...] = ("deposits", "loans", "profit", "aum")
KINDS: Mapping[Figure, tuple[str, ...]] = {
    "deposits": ("deposit",), "loans": ("loan",), "profit": ("deposit", "loan", "card"), "aum": AUM_KINDS,
}  # fmt: skip
TERMS = {
    "balance": "balance", "days": "month_balance_days", "base": "base_balance", "month": "month_profit_points",
    "year": "year_profit_points",
}  # fmt: skip
NOTHING = Decimal("0.00")
LEAGUE_SIZE = 20
NOWHERE = -1  # the id of no institution


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of a ranking: an institution of the level below, or a manager.

    `value` is the balance at the day's end (profit: of the year so far), `average` the daily average of the month so far
    (profit: of the month so far), `change` against the end of last month (profit: the month so far against last month on
    the same day), `increment` over the base (none for profit).
    """

    key: int
    code: str
    name: str
    value: Decimal
    average: Decimal
    change: Decimal | None
    increment: Decimal | None
    note: str = ""  # where a manager sits


@dataclass(frozen=True, slots=True)
class Ranking:
    """The level below, largest first; `own` is what stands at the institution itself, and both sum to `total`.

    An institution that never kept or managed an account (an insurer in a group, a branch not open yet) is no line with
    zeros: it is one of `without`.
    """

    level: str  # its name, empty when nothing stands below
    lines: tuple[Standing, ...]
    own: Standing | None
    total: Standing
    without: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class League:
    """The managers of a subtree, largest first, and what no manager is credited with."""

    lines: tuple[Standing, ...]
    found: int  # how many match what was sought
    managers: int
    unassigned: Standing | None


def home_place(reader: Reader, institution_id: int | None, at: dt.date) -> Place | None:
    """The institution a home is about: the one asked for, else the uppermost the actor may see; None when there is none.

    Raises OutOfScope unless the actor may see it and everything below it: a home sums up all of it.
    """
    tree = reader.places(at)
    if institution_id is None:
        own = [place for place in roots_within(reader, tree) if _whole(reader, tree, place.id)]
        return own[0] if own else None
    place = institution_within(reader, institution_id, at)
    if not _whole(reader, reader.places(), institution_id):
        raise refuse(reader, "institution", institution_id)
    return place


def way_to(reader: Reader, place: Place, at: dt.date) -> list[Place]:
    """From the uppermost institution the actor may see down to this one."""
    scope = reader.actor.scope
    return [one for one in reader.places(at).above(place.id) if scope.all or one.id in scope.institutions] or [place]


def both_totals(reader: Reader, place: Place, at: dt.date, figure: Figure) -> dict[str, Decimal]:
    """A figure as managed and as booked, by the name of the view."""
    rows = reader.ask(
        f"select view, {_value(figure)} as value from facts where institution_id = {place.id} "
        f"and product_id in ({_products(reader, figure)}) group by view",
        facts=("institution_day", [at]),
    )
    found = {row["view"]: row["value"] for row in rows}
    return {view: found.get(view) or NOTHING for view in ("managing", "booking")}


def ranking(reader: Reader, place: Place, at: dt.date, view: str, figure: Figure) -> Ranking:
    """The institutions of the level below by a figure, largest first."""
    seen = reader.actor.scope
    children = [
        child for child in reader.places(at).children.get(place.id, []) if seen.all or child.id in seen.institutions
    ]
    banking = with_accounts(reader, children, at)
    without = tuple(child for child in children if child.id not in banking)
    children = [child for child in children if child.id in banking]
    # what stands at the institution itself is its sum less theirs, from the same stored terms: key 0
    seats = [(place.id, place.id, False), (place.id, 0, False)]
    seats += [seat for child in children for seat in ((child.id, child.id, False), (child.id, 0, True))]
    listed = ", ".join(f"({one}, {key}, {minus})" for one, key, minus in seats)
    keyed = f"join (values {listed}) as seat(institution_id, key, minus) using (institution_id)"
    where = f"view = '{'booking' if view == 'booking' else 'managing'}'"
    terms = _terms(reader, at, figure, "institution_day", keyed, where)
    language = reader.actor.language
    lines = [_standing(child.id, child.code, child.title(language), terms.get(child.id), figure) for child in children]
    lines.sort(key=lambda line: (-line.value, line.code))
    own = _standing(place.id, place.code, place.title(language), terms.get(0), figure)
    total = _standing(place.id, place.code, place.title(language), terms.get(place.id), figure)
    level = children[0].level_title(language) if children else ""
    return Ranking(level, tuple(lines), own if lines and _is_something(own) else None, total, without)


def league(
    reader: Reader, place: Place, at: dt.date, figure: Figure, search: str = "", size: int = LEAGUE_SIZE
) -> League:
    """The managers credited with something below an institution, largest first; `search` looks into names and numbers."""
    tree, language = reader.places(at), reader.actor.language
    below = ", ".join(str(one) for one in sorted(tree.below(place.id)))
    where = f"role = 'marketer' and institution_id in ({below})"
    keyed = "join (select distinct manager_id, manager_id as key, false as minus from facts) using (manager_id)"
    terms = _terms(reader, at, figure, "manager_day", keyed, where)
    seats, people = _seats(reader, at, where), people_names(reader.session)
    lines = []
    for key, row in terms.items():
        person, seat = people.get(key), tree.get(seats.get(key))
        if key and person:
            lines.append(
                _standing(key, person.code, named(person, language), row, figure, seat.title(language) if seat else "")
            )
    lines.sort(key=lambda line: (-line.value, line.code))
    words = search.lower().split()
    found = [line for line in lines if all(word in f"{line.code} {line.name} {line.note}".lower() for word in words)]
    unassigned = _standing(0, "", "", terms[0], figure) if 0 in terms else None
    shown = unassigned if unassigned and _is_something(unassigned) else None
    return League(tuple(found[:size]), len(found), len(lines), shown)


def by_product(reader: Reader, place: Place, at: dt.date, view: str, figure: Figure) -> list[Row]:
    """A figure by product, largest first: product_id, name, value; products without any are left out."""
    wanted = f"view = '{'booking' if view == 'booking' else 'managing'}' and institution_id = {place.id}"
    rows = reader.ask(
        f"select product_id, {_value(figure)} as value from facts where {wanted} "
        f"and product_id in ({_products(reader, figure)}) group by 1 order by 2 desc, 1",
        facts=("institution_day", [at]),
    )
    known, chinese = products(reader.session), reader.actor.language == "zh"
    return [
        row
        | {
            "name": known[row["product_id"]].name_zh
            if chinese and known[row["product_id"]].name_zh
            else known[row["product_id"]].name
        }
        for row in rows
        if row["value"]
    ]


def figure_subject(place: Place, view: str) -> Subject:
    """The subject of the key figures of a home."""
    return Subject("institution", place.id, "booking" if view == "booking" else "managing")


def known_figure(text: str) -> Figure:
    """The figure an address names; deposits when it names none there is."""
    return text if text in FIGURES else "deposits"


def with_accounts(reader: Reader, places: Sequence[Place], at: dt.date) -> set[int]:
    """Those of some institutions that have figures of accounts on a day, of whatever product and in either view."""
    if not places:
        return set()
    listed = ", ".join(str(place.id) for place in places)
    rows = reader.ask(
        f"select distinct institution_id from facts where institution_id in ({listed})", facts=("institution_day", [at])
    )
    return {row["institution_id"] for row in rows}


def _whole(reader: Reader, tree: Places, institution_id: int) -> bool:
    """Whether the actor sees everything below it."""
    return reader.actor.scope.all or tree.below(institution_id) <= reader.actor.scope.institutions


def _value(figure: Figure) -> str:
    if figure == "profit":
        return f"points_money(sum(year_profit_points), {PROFIT_DIVISOR})"
    return "sum(balance)"


def _terms(reader: Reader, at: dt.date, figure: Figure, dataset: str, keyed: str, where: str) -> dict[int, Row]:
    """The terms of a ranking by key: now, and on the day it is compared to. `keyed` gives the rows `key` and `minus`."""
    last_month_end = at.replace(day=1) - dt.timedelta(days=1)
    earlier = last_month_end.replace(day=min(at.day, last_month_end.day)) if figure == "profit" else last_month_end
    days = [at, *reader.published(dataset, [earlier])]
    wanted = f"{where} and product_id in ({_products(reader, figure)})"
    terms = {name: f"sum(case when minus then -{column} else {column} end)" for name, column in TERMS.items()}
    profit = f"points_money({terms['month']}, {PROFIT_DIVISOR})"
    base = terms["base"] if has_base(reader, at, "day") else "null::decimal(18,2)"
    if figure == "profit":
        figures = (f"points_money({terms['year']}, {PROFIT_DIVISOR}) as value, {profit} as average, {profit} as compared, "
                   "null::decimal(18,2) as base")  # fmt: skip
    else:
        figures = (f"{terms['balance']} as value, money_ratio({terms['days']}, {at.day}) as average, "
                   f"{terms['balance']} as compared, {base} as base")  # fmt: skip
    rows = reader.ask(
        f"select key, business_date, {figures} from facts {keyed} where {wanted} group by key, business_date",
        facts=(dataset, days),
    )
    now = {row["key"]: row for row in rows if row["business_date"] == at}
    before = {row["key"]: row["compared"] for row in rows if row["business_date"] != at}
    return {key: row | {"before": before.get(key) or NOTHING if len(days) > 1 else None} for key, row in now.items()}


def _standing(key: int, code: str, name: str, row: Row | None, figure: Figure, note: str = "") -> Standing:
    """A line from its terms; without any, everything is zero."""
    if row is None:
        return Standing(key, code, name, NOTHING, NOTHING, None, None, note)
    change = None if row["before"] is None else row["compared"] - row["before"]
    increment = None if row["base"] is None else row["value"] - row["base"]
    return Standing(key, code, name, row["value"], row["average"], change, increment, note)


def _is_something(line: Standing) -> bool:
    return any(amount for amount in (line.value, line.average, line.change, line.increment))


def _seats(reader: Reader, at: dt.date, where: str) -> dict[int, int]:
    """Where each manager is credited most."""
    rows = reader.ask(
        f"select manager_id, arg_max(institution_id, balance) as seat from facts where {where} group by 1",
        facts=("manager_day", [at]),
    )
    return {row["manager_id"]: row["seat"] for row in rows}


def _products(reader: Reader, figure: Figure) -> str:
    """The ids of the products that enter a figure."""
    wanted = sorted(one.id for one in products(reader.session).values() if one.kind in KINDS[figure])
    return ", ".join(map(str, wanted)) or "null"
