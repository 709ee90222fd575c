"""What each resource asks beyond its declaration: rules before and after, or a service of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from portal.services import (
    agents,
    api_keys,
    business_days,
    ftp_rates,
    institutions,
    insurance_products,
    people,
    relations,
    role_records,
    share_records,
    source_configs,
    substitutes,
    touched_jobs,
    user_records,
)
from portal.services.drafts import Draft
from portal.services.periods import Span
from portal.services.writer import Writer


@dataclass(frozen=True, slots=True)
class Area:
    """The verbs of one resource. Rules raise `Refusal`; `create`, `change`, `end`, `remove` replace the usual way."""

    before: Callable[[Writer, Draft], None] | None = None
    after: Callable[[Writer, Draft, int, Span | None], None] | None = None
    ended: Callable[[Writer, Draft, int, Span], None] | None = None
    touched: Callable[[Writer, Draft, int, Span | None], dt.date | None] | None = (
        None  # first day of figures to compute anew
    )
    jobs: Callable[[Writer, Draft, int], list[str]] | None = (
        None  # whose figures; the nightly run's where it is not said
    )
    create: Callable[[Writer, Draft], str] | None = None
    change: Callable[[Writer, Draft], None] | None = None
    end: Callable[[Writer, Draft], None] | None = None
    remove: Callable[[Writer, Draft], None] | None = None


AREAS = {
    "institutions": Area(
        before=institutions.lock_tree,
        after=institutions.check_place,
        ended=institutions.check_nobody_left,
        jobs=touched_jobs.of_institutions,
    ),
    "people": Area(after=people.check_position, ended=people.check_no_shares_left, jobs=touched_jobs.of_people),
    "agents": Area(before=agents.check_contract),
    "relations": Area(before=relations.lock_kind, after=relations.check_relation),
    "insurance-products": Area(before=insurance_products.check_terms),
    "substitutes": Area(before=substitutes.check),
    "users": Area(create=user_records.create, change=user_records.change),
    "roles": Area(create=role_records.create, change=role_records.change, remove=role_records.remove),
    "api-keys": Area(before=api_keys.check, create=api_keys.create),
    "shares": Area(create=share_records.create, change=share_records.change, end=share_records.end),
    "calendar": Area(before=business_days.check_day),
    "ftp-curves": Area(before=ftp_rates.check_curve),
    "ftp-rates": Area(touched=ftp_rates.first_priced),
    "sources": Area(before=source_configs.check_source),
}
