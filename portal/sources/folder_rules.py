"""What must hold within the files of an organisation before it is written: each fault has its file, row and column."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from portal.models.agents import RankOrigin, RelationKind
from portal.models.organisation import PositionKind
from portal.sentence import Sentence
from portal.sources.base import SourceError
from portal.sources.conform import shown

Rows = Mapping[str, Sequence[Any]]
Place = Callable[[str, int, str, Sentence], SourceError]  # a file, the position of a row in it, a column, a reason

KINDS: Mapping[tuple[str, str], Sequence[str]] = {
    ("positions", "kind"): tuple(PositionKind),
    ("products", "kind"): ("deposit", "loan", "card", "wealth", "fund", "insurance", "investment"),
    ("products", "day_basis"): ("360", "365"),
    ("ftp_curves", "kind"): ("all", "deposit", "loan", "card"),
    ("agent_periods", "origin"): tuple(RankOrigin),
    ("relations", "kind"): tuple(RelationKind),
    ("insurance_products", "line"): ("life", "annuity", "endowment", "health", "accident", "universal"),
}
FORMS: Mapping[tuple[str, str], tuple[str, Sentence]] = {
    ("ftp_curves", "currency"): (r"[A-Z]{3}", Sentence("is no currency: it has three capital letters, such as USD.")),
    ("exchange_rates", "currency"): (r"[A-Z]{3}", Sentence("is no currency: it has three capital letters, such as USD.")),
    ("exchange_rates", "exchange_rate"): (r"0*\.?0*[1-9][0-9.]*", Sentence("is not above zero.")),
    ("ftp_rates", "term_days"): (r"[0-9]+", Sentence("is below zero.")),
    ("insurance_products", "payment_terms"): (r"[1-9][0-9]*( [1-9][0-9]*)*", Sentence("is no list of years such as 1 5 10.")),
}  # fmt: skip
ONCE: Mapping[str, Sequence[str]] = {
    "levels": ("code",), "people": ("code",), "products": ("code",), "ftp_curves": ("code",), "calendar": ("business_date",),
    "agents": ("agent_no",),
}  # fmt: skip
ONE_A_DAY: Mapping[str, Sequence[str]] = {
    "institutions": ("code",), "positions": ("person_code",), "ftp_rates": ("curve_code", "term_days"),
    "exchange_rates": ("currency",), "agent_periods": ("agent_no",), "relations": ("kind", "agent_no"),
    "insurance_products": ("code",),
}  # fmt: skip


def check_rows(lists: Rows, place: Place) -> None:
    """Refuse the first row that cannot stand beside the others. Raises SourceError."""
    for (name, column), allowed in KINDS.items():
        for at, row in enumerate(lists[name]):
            value = str(getattr(row, column))
            if value not in allowed:
                listed = ", ".join(map(str, allowed))
                raise place(
                    name, at, column, Sentence("%(value)s is none of %(known)s.", value=shown(value), known=listed)
                )
    for (name, column), (form, reason) in FORMS.items():
        for at, row in enumerate(lists[name]):
            value = _plain(getattr(row, column))
            if not re.fullmatch(form, value):
                raise place(name, at, column, Sentence("%(value)s %(rule)s", value=shown(value), rule=reason))
    for name, key in ONCE.items():
        _once(lists[name], key, lambda at, column, reason, name=name: place(name, at, column, reason))  # type: ignore[misc]
    _once(lists["agents"], ("person_code",), lambda at, column, reason: place("agents", at, column, reason))
    _once(lists["ftp_curves"], ("currency", "kind"), lambda at, column, reason: place("ftp_curves", at, column, reason))
    for name, key in ONE_A_DAY.items():
        _one_a_day(lists[name], key, lambda at, column, reason, name=name: place(name, at, column, reason))  # type: ignore[misc]
    _upwards(lists, place)


Fault = Callable[[int, str, Sentence], SourceError]


def _once(rows: Sequence[Any], key: Sequence[str], fault: Fault) -> None:
    seen: dict[Any, int] = {}
    for at, row in enumerate(rows):
        value = tuple(getattr(row, column) for column in key)
        if value in seen:
            raise fault(at, key[0], Sentence("%(value)s is there a second time.", value=shown(_text(value))))
        seen[value] = at


def _one_a_day(rows: Sequence[Any], key: Sequence[str], fault: Fault) -> None:
    """Of one subject no two rows hold on a day, and every row holds for one day at least."""
    by_subject: dict[Any, list[tuple[dt.date, dt.date, int]]] = {}
    for at, row in enumerate(rows):
        if row.valid_to <= row.valid_from:
            reason = Sentence(
                "%(end)s is not after valid_from, %(begin)s.", end=str(row.valid_to), begin=str(row.valid_from)
            )
            raise fault(at, "valid_to", reason)
        by_subject.setdefault(tuple(getattr(row, column) for column in key), []).append(
            (row.valid_from, row.valid_to, at)
        )
    for value, periods in by_subject.items():
        periods.sort()
        for (_begin, end, _before), (begin, _end, at) in pairwise(periods):
            if begin < end:
                reason = Sentence(
                    "%(value)s has another row on %(day)s: two never hold on one day.",
                    value=shown(_text(value)),
                    day=str(begin),
                )
                raise fault(at, "valid_from", reason)


def _upwards(lists: Rows, place: Place) -> None:
    """An institution stands under one of a level above its own: so no way up leads back."""
    depths = {one.code: one.depth for one in lists["levels"]}
    for at, level in enumerate(lists["levels"]):
        if level.depth < 0:
            raise place("levels", at, "depth", Sentence("%(value)s is below zero.", value=shown(level.depth)))
    own: dict[str, int] = {}
    for one in lists["institutions"]:
        own[one.code] = min(depths[one.level_code], own.get(one.code, depths[one.level_code]))
    for at, one in enumerate(lists["institutions"]):
        if one.parent_code in own and own[one.parent_code] >= depths[one.level_code]:
            reason = Sentence(
                "%(code)s cannot stand under %(parent)s: that is of no level above.", code=shown(one.code),
                parent=shown(one.parent_code),
            )  # fmt: skip
            raise place("institutions", at, "parent_code", reason)


def _plain(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _text(value: Sequence[Any]) -> str:
    return ", ".join(str(part) for part in value if part is not None)
