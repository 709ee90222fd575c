"""Addresses of the drill-down: a customer, an account, its day, and why a figure is what it is."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _

from portal.kit.address import search_of
from portal.permissions import Actor, Permission
from portal.query.agent_search import FoundAgent
from portal.query.report import Period
from portal.query.search import Hit
from portal.query.why_way import Spot

CUSTOMERS, CUSTOMER, ACCOUNT, ACCOUNT_DAY, WHY = "/customers", "/customer", "/account", "/account/day", "/why"
SHARE_REQUEST = "/share-request"
AGENT_PAGES = (
    (Permission.TEAM_HOME_VIEW, "/team/agent"), (Permission.STATEMENT_VIEW, "/statement"),
    (Permission.RELATION_VIEW, "/teams/agent"),
)  # fmt: skip
STATEMENT = "/statement"


def customer_href(customer_id: int, at: str = "") -> str:
    """A customer; `at` is a business date of an address, empty for the newest."""
    return CUSTOMER + search_of({"id": str(customer_id), "at": at})


def account_href(account_id: int, at: str = "") -> str:
    """An account; `at` as above."""
    return ACCOUNT + search_of({"id": str(account_id), "at": at})


def account_day_href(account_id: int, day: dt.date) -> str:
    """An account on one day."""
    return ACCOUNT_DAY + search_of({"id": str(account_id), "day": day.isoformat()})


def share_request_href(customer_id: int) -> str:
    """Where other shares of a customer are asked for."""
    return SHARE_REQUEST + search_of({"customer": str(customer_id)})


def person_href(actor: Actor, person_id: int) -> str:
    """A person's record for those who may open it; for others the customers whom the person is credited with."""
    if actor.may(Permission.PERSON_VIEW):
        return f"/admin/people/{person_id}"
    return "/reports/deposits" + search_of({"by": "customer", "manager": str(person_id)})


def agent_href(actor: Actor, agent_id: int) -> str:
    """Where somebody reads about an agent: the month in the team, the statement, the relations, or the record."""
    asked = search_of({"agent": str(agent_id)})
    for needed, path in AGENT_PAGES:
        if actor.may(needed):
            return path + asked
    return f"/admin/agents/{agent_id}"


def agent_entry(actor: Actor, one: FoundAgent) -> dict[str, str]:
    """An agent who was sought and found, for the component `Search`."""
    place = one.place or _("has left")
    note = f"{one.agent_no} · {place}"
    return {"title": one.name, "note": note, "href": agent_href(actor, one.id), "group": _("Agent")}


def entry_of(actor: Actor, hit: Hit) -> dict[str, str]:
    """Something that was sought and found, for the component `Search`."""
    hrefs = {"person": person_href(actor, hit.id), "customer": customer_href(hit.id), "account": account_href(hit.id)}
    groups = {"person": _("Person"), "customer": _("Customer"), "account": _("Account")}
    note = hit.note or (hit.number if hit.number != hit.name else "")
    return {"title": hit.name, "note": note, "href": hrefs[hit.kind], "group": groups[hit.kind]}


def why_href(figure: str, spot: Spot, at: str = "", period: Period | None = None, page: int = 1) -> str:
    """What a figure is made of. `figure` is a key of `portal.reports.figures.FIGURES`."""
    numbers = {name: getattr(spot, name) for name in ("manager", "place", "within", "product")}
    return WHY + search_of(
        {
            "figure": figure,
            "subject": spot.subject,
            "id": str(spot.id),
            "at": at,
            "period": str(period or ""),
            "view": spot.view if spot.view == "booking" else "",
            **{name: "" if number is None else str(number) for name, number in numbers.items()},
            "whole": "1" if spot.whole else "",
            "page": str(page) if page > 1 else "",
        }
    )
