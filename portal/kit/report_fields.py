"""The filter bar of a report: what may be chosen from here."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from portal.kit import address, numbers
from portal.kit.address import Option
from portal.kit.report import Screen, dimension_title, level_title
from portal.query.names import named
from portal.query.places import Place, products
from portal.query.report_view import levels_below

NARROWER = ("place", "manager", "customer", "account", "by", "rows")  # what another institution takes out
INDENT = "\N{NO-BREAK SPACE}" * 3


def fields(screen: Screen) -> list[dict[str, Any]]:
    """The filter bar."""
    view, reader, query = screen.asked.view, screen.reader, screen.query
    least, most = str(reader.first or ""), str(reader.newest or "")
    periods = [
        Option("month", _("Start of month")), Option("quarter", _("Start of quarter")), Option("year", _("Start of year")),
    ]  # fmt: skip
    places = place_options(screen)
    chosen = [measure.key for measure in screen.table.measures]
    offered = [Option(one.key, one.title, hint=one.meaning) for one in screen.report.measures]
    about = address.choice("institution", _("Institution"), places, str(view.institution or ""), clears=NARROWER)
    return [
        *([about] if len(places) > 1 else []),
        address.day("at", _("Business date"), view.at.isoformat(), least, most),
        address.day("compare", _("Compare with"), view.compare.isoformat() if view.compare else "", least, most),
        address.choice("by", _("By"), dimension_options(screen), view.by),
        address.choice("period", _("Sums since"), periods, view.period.value),
        address.choice("product", _("Product"), product_options(screen), query.get("product", "")),
        address.many("measure", _("Figures shown"), offered, chosen),
    ]  # fmt: skip


def place_options(screen: Screen) -> list[Option]:
    """The institutions the actor may see, in the order of the tree."""
    tree, found = screen.asked.tree, [] if len(screen.asked.roots) == 1 else [Option("", _("All I may see"))]

    def down(place: Place, depth: int) -> None:
        value = (
            ""
            if len(screen.asked.roots) == 1 and depth == 0 and screen.asked.view.institution is None
            else str(place.id)
        )
        found.append(Option(value, INDENT * depth + place.title(screen.lang)))
        for child in tree.children.get(place.id, ()):
            down(child, depth + 1)

    for root in screen.asked.roots:
        down(root, 0)
    return found if screen.asked.roots else []


def dimension_options(screen: Screen) -> list[Option]:
    """What the report may be read by from here."""
    levels = levels_below(screen.asked.tree, screen.asked.view, screen.asked.roots)
    found = [Option(level, level_title(screen, level)) for level in levels]
    return found + [Option(one.key, one.title) for one in screen.report.dimensions]


def product_options(screen: Screen) -> list[Option]:
    """The products of the report."""
    known = [one for one in products(screen.reader.session).values() if one.kind in screen.report.kinds]
    return [Option("", _("All products")), *(Option(str(one.id), named(one, screen.lang)) for one in known)]


def summary(screen: Screen) -> str:
    """What the folded filters of a phone say."""
    place = screen.asked.place.title(screen.lang) if screen.asked.place else ""
    told = [place, numbers.day(screen.asked.view.at, screen.lang), dimension_title(screen)]
    return " · ".join(one for one in told if one)
