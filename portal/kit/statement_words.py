"""What a statement says in words, on screen and on paper alike."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.kit import numbers
from portal.query.statement import ADJUSTMENT, Line, Statement
from portal.query.statement_net import NetStep


def state_words(one: Statement, lang: str) -> str:
    """How far the month has come."""
    if one.state == "paid":
        paid_on = one.paid_at.date() if one.paid_at else None
        return _("Handed over to payment on %(day)s", day=numbers.day(paid_on, lang))
    return _("Closed, not paid yet") if one.is_closed else _("The month is not closed yet: this may still change")


def group_title(group: str) -> str:
    """What a group of lines is called."""
    titles = {
        "commission": _("Commission"), "new_agents": _("New agents"), "bonus": _("Bonuses"), "leading": _("Leading"),
        "growing": _("Recruiting and growing"), "corrections": _("Corrections"), "tax": _("Taxes and fees"),
        "": _("Other"),
    }  # fmt: skip
    return titles.get(group, group.replace("_", " ").capitalize())


def line_title(line: Line) -> str:
    """The title by the rules; an adjustment stands in none."""
    return _("Adjustment") if line.name == ADJUSTMENT else line.title


def step_title(step: NetStep) -> str:
    """What a step between gross and net is called."""
    titles = {
        "gross": _("Gross: earned this month"), "cut": _("Cut"), "held": _("Held back"), "released": _("Released"),
        "earlier": _("For earlier months"), "net": _("Net: this month pays"),
    }  # fmt: skip
    return line_title(step.line) if step.line is not None else titles[step.kind]
