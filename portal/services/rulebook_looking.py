"""An element inside its book: whether it reads right, what it uses and what uses it, and the names one may type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from calc.rulebook.checked import Checked
from calc.rulebook.problems import Problem
from portal.query.rulebook_rules import Key, mapping_of
from portal.services.rulebook_checks import checked_book
from portal.services.rulebook_words import WORDS, element_title

FUNCTIONS: Mapping[str, Any] = {
    "IF": _l("IF(c, a, b): a where c, else b"), "MIN": _l("MIN(a, b, ...): the smallest"),
    "MAX": _l("MAX(a, b, ...): the largest"), "ABS": _l("ABS(x): without its sign"),
    "ROUND": _l("ROUND(x, n): half away from zero"), "TRUNC": _l("TRUNC(x, n): towards zero"),
    "FLOOR": _l("FLOOR(x, n): down"), "COALESCE": _l("COALESCE(a, b, ...): the first that is not missing"),
    "MONTHS": _l("MONTHS(d1, d2): whole months between two days"), "ADD_MONTHS": _l("ADD_MONTHS(d, n): n months on"),
    "YEAR": _l("YEAR(d)"), "MONTH": _l("MONTH(d)"), "LOOKUP": _l("LOOKUP(t, k1, ...): the row with these keys"),
    "BAND": _l("BAND(t, k..., x): the band that holds x"), "TIER": _l("TIER(t, k..., x): the rate at x"),
    "TIER_AMOUNT": _l("TIER_AMOUNT(t, k..., x): what x earns"), "PRIOR": _l("PRIOR(x, n): n months before"),
    "ROLLING_SUM": _l("ROLLING_SUM(x, n): of n months"), "QTD": _l("QTD(x): since the quarter's first month"),
    "YTD": _l("YTD(x): since the year's first month"), "TEAM": _l("TEAM(x): over the members of the led teams"),
    "DIRECT": _l("DIRECT(x): over those who report to this agent"),
    "DOWNLINE": _l("DOWNLINE(x, depth, counts): over those below"),
    "GENERATION": _l("GENERATION(x, relation, n, counts): over those n steps away"),
    "SPREAD": _l("SPREAD(x, rate): the differential"),
    "RUNNING": _l("RUNNING(x): up to this row, in the order of days"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Looked:
    """What the check says of one element: its own problems, how many others there are, and its connections."""

    own: list[Problem]
    others: int
    gives: str  # of measures and formulas without problems
    uses: list[Key]
    used_by: list[Key]
    whole: bool  # the check passed, so the connections are known


def looked(elements: Mapping[Key, Any], key: Key) -> Looked:
    """Check a book and look at one element of it."""
    checked, problems = checked_book(mapping_of(elements))
    own = [one for one in problems if one.element == key[1]]
    if checked is None or problems:
        return Looked(own, len(problems) - len(own), "", [], [], False)
    keys = {_named(each): each for each in elements}
    here = _named(key)
    uses = sorted(checked.uses.get(here, ()))
    used_by = sorted(name for name, used in checked.uses.items() if here in used)
    if key[0] == "lines":
        uses = sorted({*uses, checked.book.lines[key[1]].pays})
    used_by += [
        f"line {name}" for name, line in checked.book.lines.items() if key[0] != "lines" and line.pays == key[1]
    ]
    return Looked(
        [], 0, _gives(checked, key), [keys[name] for name in uses if name in keys],
        list(dict.fromkeys(keys[name] for name in used_by if name in keys)), True,
    )  # fmt: skip


def _named(key: Key) -> str:
    prefix = {"parameters": "p.", "lines": "line ", "ladders": "ladder "}.get(key[0], "")
    return f"{prefix}{key[1]}"


def _gives(checked: Checked, key: Key) -> str:
    result = checked.results.get(key[1]) if key[0] in ("formulas", "measures") else None
    if result is None:
        return ""
    unit = str(WORDS[result.unit.value if result.unit is not None else "number"])
    return str(_("Reads right: gives %(unit)s with %(decimals)s decimals.", unit=unit, decimals=result.decimals))


def names(elements: Mapping[Key, Any], language: str) -> list[list[str]]:
    """What may be typed into a formula, each with a line of help."""
    found = []
    for (section, name), content in sorted(elements.items()):
        if section == "facts" and isinstance(content, Mapping):
            found += [
                [f"{name}.{column}", element_title(section, name, content, language)]
                for column in content.get("columns") or ()
            ]
        elif section == "agent":
            found.append([f"agent.{name}", ""])
        elif section not in ("lines", "ladders"):
            prefix = "p." if section == "parameters" else ""
            found.append([f"{prefix}{name}", element_title(section, name, content, language)])
    return [*found, *([name, str(told)] for name, told in FUNCTIONS.items())]
