"""The filter bar of a report: what may be chosen from here."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from portal.kit import address, numbers
from portal.kit.address import Option
from portal.kit.report import Screen, dimension_title, level_title
from portal.query.names import named
from portal.query.places import Place, products
from portal.query.ranks import titles_of
from portal.query.report_accounts import AccountReport
from portal.query.report_commission import CommissionReport
from portal.query.report_line_names import book_names, paid_lines
from portal.query.statement import months_of

Fields = tuple[list[dict[str, Any]], list[dict[str, Any]]]  # before the dimension, and after it
INDENT = "\N{NO-BREAK SPACE}" * 3


def fields(screen: Screen) -> list[dict[str, Any]]:
    """The filter bar."""
    view = screen.asked.view
    places = place_options(screen)
    chosen = [measure.key for measure in screen.table.measures]
    listed = [*screen.report.measures, *screen.report.offered(screen.reader)]
    offered = [Option(one.key, one.title, hint=one.meaning) for one in listed]
    about = address.choice(
        "institution",
        _("Institution"),
        places,
        str(view.institution or ""),
        clears=("place", *screen.report.steps, "by", "rows"),
    )
    own = commission_fields if isinstance(screen.report, CommissionReport) else account_fields
    first, last = own(screen)
    return [
        *([about] if len(places) > 1 else []),
        *first,
        address.choice("by", _("By"), dimension_options(screen), view.by),
        *last,
        address.many("measure", _("Figures shown"), offered, chosen),
    ]  # fmt: skip


def account_fields(screen: Screen) -> Fields:
    """Business dates and the product: what is chosen before and after the dimension."""
    view, reader = screen.asked.view, screen.reader
    least, most = str(reader.first or ""), str(reader.newest or "")
    periods = [
        Option("month", _("Start of month")), Option("quarter", _("Start of quarter")), Option("year", _("Start of year")),
    ]  # fmt: skip
    days = [
        address.day("at", _("Business date"), view.at.isoformat(), least, most),
        address.day("compare", _("Compare with"), view.compare.isoformat() if view.compare else "", least, most),
    ]
    return days, [
        address.choice("period", _("Sums since"), periods, view.period.value),
        address.choice("product", _("Product"), product_options(screen), screen.query.get("product", "")),
    ]


def commission_fields(screen: Screen) -> Fields:
    """Months, and what of the rules is looked at; a rulebook where there are several."""
    view, reader, lang = screen.asked.view, screen.reader, screen.lang
    months = [Option(f"{month:%Y-%m}", numbers.month(month, lang)) for month in months_of(reader)]
    periods = [
        Option("month", _("The month")), Option("quarter", _("Quarter to date")), Option("year", _("Year to date")),
    ]  # fmt: skip
    compared = f"{view.compare:%Y-%m}" if view.compare else ""
    books = [Option(code, name) for code, (_code, name) in book_names(reader).items()]
    ranks = [Option(code, title) for code, title in titles_of(reader, "rank", view.at).items()]
    lines = [Option(one.name, one.title) for one in paid_lines(reader, view.at)]
    return [
        address.choice("at", _("Month"), months, f"{view.at:%Y-%m}"),
        address.choice("period", _("Period"), periods, view.period.value),
        address.choice("compare", _("Compare with"), [Option("", _("Nothing")), *months], compared),
    ], [
        *([address.choice("rulebook", _("Rulebook"), [Option("", _("All rulebooks")), *books], view.rulebook)]
          if len(books) > 1 else []),
        address.choice("rank", _("Rank"), [Option("", _("All ranks")), *ranks], view.rank),
        address.choice("line", pgettext("statement", "Line"), [Option("", _("All lines")), *lines], view.line),
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
            if screen.asked.peopled is None or child.id in screen.asked.peopled:
                down(child, depth + 1)

    for root in screen.asked.roots:
        down(root, 0)
    return found if screen.asked.roots else []


def dimension_options(screen: Screen) -> list[Option]:
    """What the report may be read by from here."""
    found = [Option(level, level_title(screen, level)) for level in screen.asked.levels]
    return found + [Option(one.key, one.title) for one in screen.report.dimensions]


def product_options(screen: Screen) -> list[Option]:
    """The products of the report."""
    kinds = screen.report.kinds if isinstance(screen.report, AccountReport) else ()
    known = [one for one in products(screen.reader.session).values() if one.kind in kinds]
    return [Option("", _("All products")), *(Option(str(one.id), named(one, screen.lang)) for one in known)]


def summary(screen: Screen) -> str:
    """What the folded filters of a phone say."""
    place = screen.asked.place.title(screen.lang) if screen.asked.place else ""
    told = [place, screen.day(screen.asked.view.at), dimension_title(screen)]
    return " · ".join(one for one in told if one)
