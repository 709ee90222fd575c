"""What a figure is about, and the way to it: from the uppermost institution one may see down to an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from portal.query.home import home_place, way_to
from portal.query.outside import listed_within, manager_within, refuse
from portal.query.reader import Reader
from portal.query.report_account_rows import LISTED

Step = Literal["institution", "manager", "customer", "account"]
STEPS: tuple[Step, ...] = ("institution", "manager", "customer", "account")


@dataclass(frozen=True, slots=True)
class Spot:
    """What a figure is about: a subject, and what of it counts."""

    subject: Step
    id: int
    view: Literal["managing", "booking"] = "managing"
    manager: int | None = None  # only what this manager is credited with
    place: int | None = None  # only what stands at this institution itself, in the view
    within: int | None = None  # only what stands at this institution or below
    product: int | None = None
    whole: bool = False  # other people's credits too: of a customer or an account seen as a whole

    @property
    def as_a_whole(self) -> bool:
        """Whether credits of everybody count; what is booked somewhere counts whoever is credited with it."""
        return self.subject != "manager" and self.manager is None and (self.whole or self.view == "booking")


def way_of(reader: Reader, spot: Spot, at: dt.date) -> list[tuple[str, Spot]]:
    """The names from the top down to the subject; each that the actor may not see is refused."""
    way: list[tuple[str, Spot]] = []
    top = spot.id if spot.subject == "institution" else spot.place
    if top is not None and (spot.subject == "institution" or _sees(reader, top)):
        place = home_place(reader, top, at)
        above = way_to(reader, place, at) if place else []
        base = Spot("institution", top, spot.view, product=spot.product)
        way += [(one.title(reader.actor.language), replace(base, id=one.id)) for one in above]
    if spot.subject == "institution":
        return way
    manager = spot.id if spot.subject == "manager" else spot.manager
    if manager is not None:
        name = manager_within(reader, manager, at)
        way.append((name, replace(spot, subject="manager", id=manager, manager=None)))
    if spot.subject == "manager":
        return way
    return way + _way_to_account(reader, spot, at)


def _way_to_account(reader: Reader, spot: Spot, at: dt.date) -> list[tuple[str, Spot]]:
    """The customer, and the account when that is the subject."""
    whole = spot.as_a_whole
    if spot.subject == "customer":
        return [(_name_of(reader, "customer", spot.id, at, whole), spot)]
    name = _name_of(reader, "account", spot.id, at, whole)
    rows = reader.ask(
        "select any_value(customer_id) as customer_id from facts where account_id = ?",
        [spot.id], whole=whole, facts=("credit_day", [at]),
    )  # fmt: skip
    customer = rows[0]["customer_id"]
    if customer is None:
        return [(name, spot)]
    above = replace(spot, subject="customer", id=customer)
    return [(_name_of(reader, "customer", customer, at, whole), above), (name, spot)]


def _name_of(reader: Reader, step: Step, key: int, at: dt.date, whole: bool) -> str:
    """The name of a customer or the number of an account; who asks for it as a whole must see it as a whole today."""
    if whole and key not in listed_names(reader, step, [key]):
        raise refuse(reader, step, key)
    return listed_within(reader, f"{step}_id", key, at)


def _sees(reader: Reader, institution_id: int) -> bool:
    """Whether the actor sees an institution with everything below it."""
    scope = reader.actor.scope
    return scope.all or reader.places().below(institution_id) <= scope.institutions


def listed_names(reader: Reader, step: str, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Names and numbers of customers or accounts the actor may see today."""
    if not ids:
        return {}
    dataset, number = LISTED[f"{step}_id"]
    chinese = "case when name_zh <> '' then name_zh else name end" if reader.actor.language == "zh" else "name"
    name = chinese if step == "customer" else number
    rows = reader.ask(
        f"select distinct {step}_id as id, {name} as name, {number} as number from listed "
        f"where {step}_id in ({', '.join(str(int(one)) for one in ids)})",
        listed=(dataset, [reader.today]),
    )
    return {row["id"]: (row["name"] or row["number"], row["number"]) for row in rows}
