"""The rules of a month as a plan: every variant that prices a row of it, read, checked and compiled; a table says whose it is."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy.orm import Session

from calc import Engine
from calc.rulebook import Kept, MonthRun, Side, UnfitMonth, compile_plan, run_abreast, run_month
from calc.rulebook.checked import Checked
from calc.rulebook.expression import PlanError
from calc.rulebook.plan import Plan
from portal.query.checked_rules import UnfitRules, checked_variant, unfit
from portal.query.rulebook_rules import Rules, Variant, resolve
from portal.sentence import Sentence


@dataclass(frozen=True, slots=True)
class MonthRules:
    """A plan with the variants it was made from, and the table `rules`: institution, days, variant."""

    plan: Plan
    checked: dict[int, Checked]
    variants: dict[int, Variant]
    table: pa.Table


def month_rules(
    session: Session, rules: Rules, institutions: Iterable[int], first: dt.date, end: dt.date
) -> MonthRules:
    """What holds for institutions over days (half-open). Raises UnfitRules when no version is in force or one does not check."""
    found = resolve(session, rules, institutions, first, end)
    if not found.variants:
        raise UnfitRules(
            Sentence("No version of the rulebook is in force between %(first)s and %(last)s: approve one under Rules > Rulebooks.",
                     first=str(first), last=str(end - dt.timedelta(days=1)))
        )  # fmt: skip
    checked = {number: checked_variant(variant) for number, variant in found.variants.items()}
    table = pa.table({
        "institution_id": pa.array([one.institution_id for one in found.periods], pa.int64()),
        "valid_from": pa.array([one.valid_from for one in found.periods], pa.date32()),
        "valid_to": pa.array([one.valid_to for one in found.periods], pa.date32()),
        "variant": pa.array([one.variant for one in found.periods], pa.int64()),
    })  # fmt: skip
    try:
        plan = plan_of(found.variants, checked)
    except PlanError as problem:
        raise unfit(problem.problem) from None
    return MonthRules(plan, checked, dict(found.variants), table)


def run_rules(engine: Engine, plan: Plan, kept: Kept | None = None, given: Mapping[str, str] | None = None) -> MonthRun:
    """`run_month`, whose problems people read. Raises UnfitRules."""
    with told():
        return run_month(engine, plan, kept, given)


def run_sides(now: Side, draft: Side) -> None:
    """`run_abreast`, whose problems people read. Raises UnfitRules."""
    with told():
        run_abreast(now, draft)


@contextmanager
def told() -> Iterator[None]:
    """What does not fit the rules of a month, as a sentence."""
    try:
        yield
    except UnfitMonth as problem:
        said = Sentence(problem.problem.pattern, **problem.problem.values)
        raise UnfitRules(
            Sentence("The facts of the month do not fit the rulebook. %(problem)s", problem=said)
        ) from problem


def plan_of(variants: Mapping[int, Variant], checked: Mapping[int, Checked]) -> Plan:
    """The plan of some variants; the last ones are kept, because people ask again under the same rules. Raises PlanError."""
    key = tuple(sorted((number, variant.hash) for number, variant in variants.items()))
    with _keeping:
        kept = _plans.pop(key, None)
    plan = kept if kept is not None else compile_plan(checked)
    with _keeping:
        _plans[key] = plan
        while len(_plans) > KEPT_PLANS:
            del _plans[next(iter(_plans))]
    return plan


KEPT_PLANS = 8
_plans: dict[tuple[tuple[int, str], ...], Plan] = {}
_keeping = threading.Lock()
