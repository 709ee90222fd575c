"""What a change of shares would move: today's balances of a customer's accounts under the parts before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import or_, select

from portal.models.organisation import Person, Position, Share
from portal.query.credits import ZERO, CreditRow, credit_rows
from portal.query.exact import allocated
from portal.query.key_figures import AUM_KINDS
from portal.query.reader import Reader
from portal.query.references import MOST_CHOICES, Choice, name_in
from portal.query.sharing import Parts, about, splits_of
from portal.query.subjects import Subject

NOBODY = 0  # what stands at the booking institution, unassigned


@dataclass(slots=True)
class Held:
    """What one person is credited with, before and after; amounts in reporting currency."""

    assets: list[Decimal] = field(default_factory=lambda: [ZERO, ZERO])
    loans: list[Decimal] = field(default_factory=lambda: [ZERO, ZERO])


@dataclass(frozen=True, slots=True)
class ShareEffect:
    """Credits by person on a business date. `apart` accounts have shares of their own and do not move."""

    at: dt.date
    accounts: int
    apart: int
    held: Mapping[int, Held]

    def moved(self, kind: str) -> Decimal:
        """How much changes hands: what some lose is what others win."""
        pairs = [getattr(one, kind) for one in self.held.values()]
        return sum((max(after - before, ZERO) for before, after in pairs), ZERO)


def share_effect(reader: Reader, subject: Subject, role: str, after: Parts) -> ShareEffect:
    """The credits of a role before and after other parts hold. Raises NotPublished before the first figures."""
    rows = credit_rows(
        reader, "customer_id" if subject.kind == "customer" else "account_id", subject.id, [reader.today]
    )
    by_account: dict[int, list[CreditRow]] = {}
    for row in rows:
        by_account.setdefault(row.account_id, []).append(row)
    apart = _with_own_shares(reader, role, by_account) if subject.kind == "customer" else set()
    held: dict[int, Held] = {}
    for account, credited in by_account.items():
        if account not in apart:
            _add_account(held, credited, role, after)
    return ShareEffect(reader.today, len(by_account) - len(apart), len(apart), held)


def _add_account(held: dict[int, Held], rows: list[CreditRow], role: str, after: Parts) -> None:
    """An account's balance split as it is and as it would be; each split sums to the balance, to the cent."""
    kind = "loans" if rows[0].kind == "loan" else "assets"
    if kind == "assets" and rows[0].kind not in AUM_KINDS:
        return
    whole = sum((row.balance for row in rows if row.role == "marketer"), ZERO)
    for row in rows:
        if row.role == role:
            getattr(held.setdefault(row.manager_id, Held()), kind)[0] += row.balance
    for person, part in allocated(whole, after).items():
        getattr(held.setdefault(person, Held()), kind)[1] += part


def _with_own_shares(reader: Reader, role: str, accounts: Iterable[int]) -> set[int]:
    today = reader.today
    wanted = select(Share.account_id).where(
        Share.account_id.in_(list(accounts)), Share.role == role, Share.valid_from <= today, Share.valid_to > today
    )
    return {account for account in reader.session.scalars(wanted) if account is not None}


def sharers(reader: Reader, subject: Subject, role: str, on: dt.date) -> tuple[list[Choice], Parts]:
    """Who may be asked to share, and who shares on a day: the customer managers of the asker's branch, and those who do.

    `reader` sees the whole house, `reader.actor.institution_id` is where the asker sits; without one, everybody may.
    """
    rows = reader.session.scalars(about(subject, role)).all()
    held = next((one.parts for one in splits_of(rows) if one.valid_from <= on < one.valid_to), ())
    seats = select(Position.person_id).where(Position.kind == "customer_manager", Position.valid_from <= on,
                                             Position.valid_to > on)  # fmt: skip
    tree = reader.places(on)
    way = tree.above(reader.actor.institution_id) if reader.actor.institution_id is not None else []
    if len(way) > 1:
        seats = seats.where(Position.institution_id.in_(tree.below(way[1].id)))
    name = name_in(Person, reader.actor.language)
    wanted = select(Person.id, Person.code, name).where(
        or_(Person.id.in_(seats), Person.id.in_([person for person, _ratio in held]))
    )
    rows_found = reader.session.execute(wanted.order_by(name, Person.id).limit(MOST_CHOICES))
    return [Choice(str(number), code, words) for number, code, words in rows_found], held
