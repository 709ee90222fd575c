"""Where the figures and rows of a report lead: one step further down, and to what a figure is made of."""

from __future__ import annotations

from typing import cast

from portal.kit import address, ways
from portal.kit.report import Screen
from portal.permissions import Permission
from portal.query.facts import Row
from portal.query.report import Measure, Period
from portal.query.report_commission import CommissionReport
from portal.query.report_view import drilled
from portal.query.why_way import Spot, Step

PARTS = "earned,cut,held,released,carried,paid"  # of what an agent is paid


def row_href(screen: Screen, row: Row) -> str:
    """Where a row leads; an account to its days, an agent's line to the statement. Empty where the reader may not go on."""
    dimension, key = screen.table.dimension.key, row["key"]
    if dimension == "account":
        return ways.account_href(int(key), screen.query.get("at", ""))
    if dimension == "line" and screen.asked.view.agent is not None and screen.asked.view.period is Period.MONTH:
        return _statement_href(screen)
    step = drilled(screen.report, screen.asked.tree, screen.asked.view, dimension, key)
    return screen.href(rows="", **step)


def why_href(screen: Screen, measure: Measure) -> str:
    """Where a total is taken apart; empty where it cannot be."""
    if not isinstance(screen.report, CommissionReport):
        return _account_why(screen, measure)
    by = "agent" if screen.asked.view.by == "line" and screen.asked.view.agent is None else "line"
    shown = measure.key if measure.key not in PARTS.split(",") else PARTS
    return screen.href(by=by, measure=shown, why=measure.key, rows="")


def _statement_href(screen: Screen) -> str:
    """The statement that the lines of an agent's month stand on: a line's differences of closed months have a why of their own."""
    if not screen.reader.actor.may(Permission.STATEMENT_VIEW):
        return ""
    view = screen.asked.view
    return ways.STATEMENT + address.search_of({"month": f"{view.at:%Y-%m}", "agent": str(view.agent)})


def _account_why(screen: Screen, measure: Measure) -> str:
    """Where a total is taken apart; empty when it is about several institutions side by side."""
    view, place = screen.asked.view, screen.asked.place
    subject, key = next(
        ((key, getattr(view, key)) for key in ("account", "customer", "manager") if getattr(view, key) is not None),
        ("institution", place.id if place else None),
    )
    scope = screen.reader.actor.scope
    if key is None and not scope.all and not scope.institutions:  # all one sees is one's own
        subject, key = "manager", scope.person_id
    if key is None or (subject == "institution" and view.place is not None):
        return ""
    spot = Spot(
        cast(Step, subject), key,
        manager=view.manager if subject != "manager" else None,
        place=view.place,
        within=view.institution if subject != "institution" else None,
        product=view.product,
    )  # fmt: skip
    period = view.period if measure.periodic else None
    return ways.why_href(f"{screen.report.key}.{measure.key}", spot, screen.query.get("at", ""), period)
