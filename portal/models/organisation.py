"""Who works where, and who is credited with what."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, RowScope, instant, pk, rate, recorded
from portal.models.dated import Dated, in_order, no_overlap


class InstitutionLevel(Base):
    """A rung of the institution tree (head office, region, branch ...). Levels are data; code never lists them."""

    __tablename__ = "institution_level"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_zh: Mapped[str]
    depth: Mapped[int]  # 0 is the root's level
    sales_team: Mapped[bool] = mapped_column(server_default=text("false"))  # teams of agents stand on it


class Institution(Base):
    """An institution's identity; its name and place in the tree are dated."""

    __tablename__ = "institution"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)


class InstitutionPeriod(Dated, Base):
    """What an institution was called and under which parent it stood during some days."""

    __tablename__ = "institution_period"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("institution_level.id"))
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(server_default="")
    recorded_at: Mapped[recorded]
    __table_args__ = (
        in_order("institution_period"),
        no_overlap("institution_period", "institution_id"),
        CheckConstraint("parent_id is null or parent_id <> institution_id", name="not_own_parent"),
    )


class Person(Base):
    """An employee."""

    __tablename__ = "person"
    row_scope = RowScope(
        public=True
    )  # names and staff numbers are known in the house; phone numbers are masked on screen
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)  # staff number
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str] = mapped_column(server_default="")


class PositionKind(StrEnum):
    """What a person does in an institution."""

    CUSTOMER_MANAGER = "customer_manager"
    LEADER = "leader"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    AGENT = "agent"


class Position(Dated, Base):
    """Where a person worked, as what, and when; one place at a time."""

    __tablename__ = "position"
    row_scope = RowScope(institution="institution_id", person="person_id")
    id: Mapped[pk]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    kind: Mapped[str]
    recorded_at: Mapped[recorded]
    ended_at: Mapped[instant | None]  # when it was told that nothing follows; closed months learn of it by this
    __table_args__ = (
        in_order("position"),
        no_overlap("position", "person_id"),
        CheckConstraint("kind in ('customer_manager', 'leader', 'operator', 'administrator', 'agent')", name="kind"),
    )


class Share(Dated, Base):
    """The part of a customer, or of one account, credited to a person in one role during some days.

    An account's own shares win over its customer's. Per subject, role and day the ratios total exactly 1: a deferred
    trigger checks it at commit (portal/migrations).
    """

    __tablename__ = "share"
    row_scope = RowScope(institution="institution_id", person="person_id")
    id: Mapped[pk]
    customer_id: Mapped[int | None]
    account_id: Mapped[int | None]
    role: Mapped[str] = mapped_column(server_default="marketer")
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)  # the person's when shared
    ratio: Mapped[rate]
    recorded_at: Mapped[recorded]
    __table_args__ = (
        in_order("share"),
        CheckConstraint("(customer_id is null) <> (account_id is null)", name="one_subject"),
        CheckConstraint("ratio > 0 and ratio <= 1", name="ratio_within_one"),
        Index("ix_share_customer", "customer_id", "role"),
        Index("ix_share_account", "account_id", "role"),
    )


class Product(Base):
    """What a customer may hold. `kind` decides which figures it enters."""

    __tablename__ = "product"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    day_basis: Mapped[int] = mapped_column(server_default=text("365"))
    __table_args__ = (
        CheckConstraint(
            "kind in ('deposit', 'loan', 'card', 'wealth', 'fund', 'insurance', 'investment')", name="kind"
        ),
        CheckConstraint("day_basis in (360, 365)", name="day_basis"),
    )


class Currency(Base):
    """A currency that accounts are kept in beside the reporting currency."""

    __tablename__ = "currency"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(server_default="")
    name_zh: Mapped[str] = mapped_column(server_default="")
    __table_args__ = (CheckConstraint("code ~ '^[A-Z]{3}$'", name="iso_code"),)


class ExchangeRate(Dated, Base):
    """What 1 of a currency was worth in the reporting currency at the end of some days."""

    __tablename__ = "exchange_rate"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    currency_id: Mapped[int] = mapped_column(ForeignKey("currency.id"), index=True)
    exchange_rate: Mapped[Decimal] = mapped_column(Numeric(18, 8))
    recorded_at: Mapped[recorded]
    __table_args__ = (
        in_order("exchange_rate"),
        no_overlap("exchange_rate", "currency_id"),
        CheckConstraint("exchange_rate > 0", name="above_zero"),
    )


class BusinessDay(Base):
    """Whether the bank runs its nightly on a date. A date without a row is open: banks end every calendar day."""

    __tablename__ = "business_day"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    calendar: Mapped[str] = mapped_column(server_default="bank")
    business_date: Mapped[dt.date]
    is_open: Mapped[bool]
    note: Mapped[str] = mapped_column(server_default="")
    __table_args__ = (UniqueConstraint("calendar", "business_date"),)


class FtpCurve(Base):
    """What money costs inside the house in a currency: for one kind of product, or for all that have no curve of their own."""

    __tablename__ = "ftp_curve"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(server_default="")
    currency: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="all")
    __table_args__ = (
        UniqueConstraint("currency", "kind"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="iso_code"),
        CheckConstraint("kind in ('all', 'deposit', 'loan', 'card')", name="kind"),
    )


class FtpTerm(Base):
    """A term of a curve; what it costs is dated."""

    __tablename__ = "ftp_term"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    curve_id: Mapped[int] = mapped_column(ForeignKey("ftp_curve.id"))
    term_days: Mapped[int]  # 0 = on demand
    __table_args__ = (UniqueConstraint("curve_id", "term_days"), CheckConstraint("term_days >= 0", name="not_negative"))


class FtpRate(Dated, Base):
    """The internal price of money for a term from a day on; an account keeps the rate of the day it was opened."""

    __tablename__ = "ftp_rate"
    row_scope = RowScope(public=True)
    id: Mapped[pk]
    ftp_term_id: Mapped[int] = mapped_column(ForeignKey("ftp_term.id"), index=True)
    ftp_rate: Mapped[rate]
    recorded_at: Mapped[recorded]
    __table_args__ = (in_order("ftp_rate"), no_overlap("ftp_rate", "ftp_term_id"))
