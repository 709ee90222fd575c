"""The rules of a month as a run needs them: what does not check refuses the run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.orm import Session

from calc import Engine
from calc.rulebook import Kept, MonthRun, Side
from calc.rulebook.plan import Plan
from jobs.job import Refused
from portal.query import month_rules as reading
from portal.query.checked_rules import UnfitRules
from portal.query.month_rules import MonthRules
from portal.query.rulebook_rules import Rules

__all__ = ["MonthRules", "month_rules", "run_rules", "run_sides"]


def month_rules(
    session: Session, rules: Rules, institutions: Iterable[int], first: dt.date, end: dt.date
) -> MonthRules:
    """What holds for institutions over days (half-open). Raises Refused when no version is in force or one does not check."""
    with refusing():
        return reading.month_rules(session, rules, institutions, first, end)


def run_rules(engine: Engine, plan: Plan, kept: Kept | None = None, given: Mapping[str, str] | None = None) -> MonthRun:
    """Compute the month that was given to the engine. Raises Refused when what was given does not fit the rules."""
    with refusing():
        return reading.run_rules(engine, plan, kept, given)


def run_sides(now: Side, draft: Side) -> None:
    """Compute the month that was given to the engine by two sets of rules. Raises Refused as `run_rules` does."""
    with refusing():
        reading.run_sides(now, draft)


@contextmanager
def refusing() -> Iterator[None]:
    """Rules that do not fit refuse the run."""
    try:
        yield
    except UnfitRules as problem:
        raise Refused(problem.sentence) from problem
