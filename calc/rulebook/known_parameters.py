"""Parameters that are read by their name outside the formulas. Where a rulebook does not say them, screens say what is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from calc.rulebook.elements import NUMERIC, Book, Parameter, Unit
from calc.rulebook.problems import Problem, _
from calc.rulebook.units import WHOLE

RENEWAL_GRACE, RENEWAL_AHEAD = "renewal_grace_days", "renewal_ahead_days"
USUAL_DAYS: Mapping[str, int] = {RENEWAL_GRACE: 60, RENEWAL_AHEAD: 60}
# which element of an agent a team figure sums: its usual name, and the parameter that names another one
TEAM_ELEMENTS: Mapping[str, str] = {
    "month_fyc": "team_fyc",
    "active": "team_active_heads",
    "persistency_kept": "team_persistency_kept",
    "persistency_base": "team_persistency_base",
    "persistency": "team_persistency",
    "recruits": "team_recruits",
    "head": "team_heads",
}
NAMES_AN_ELEMENT = frozenset(TEAM_ELEMENTS.values())


def known_parameter_problems(book: Book) -> Iterator[Problem]:
    """What is wrong with parameters of these names: of another unit, or naming what an agent does not have."""
    for parameter in book.parameters.values():
        if parameter.name in USUAL_DAYS and not _whole_days(parameter):
            yield Problem(
                parameter.name, "value",
                _("The parameter %(name)s is a number of whole days, none below 0."), {"name": parameter.name},
            )  # fmt: skip
        if parameter.name in NAMES_AN_ELEMENT and not _is_of_agents(book, parameter):
            yield Problem(
                parameter.name, "value",
                _("The parameter %(name)s is a text and names a measure or formula of each agent; %(value)s is none."),
                {"name": parameter.name, "value": str(parameter.value)},
            )  # fmt: skip


def _whole_days(parameter: Parameter) -> bool:
    value = parameter.value
    return parameter.quantity.unit in WHOLE and isinstance(value, Decimal) and value >= 0


def _is_of_agents(book: Book, parameter: Parameter) -> bool:
    named = str(parameter.value)
    element = book.formulas.get(named) or book.measures.get(named)
    if parameter.quantity.unit is not Unit.TEXT or element is None:
        return False
    return element.grain == "agent" and element.quantity.unit in NUMERIC
