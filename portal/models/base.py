"""What all tables share: types, names of constraints, and how a row leads to an institution or a person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Identity, MetaData, Numeric, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

pk = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
key = Annotated[int, mapped_column(BigInteger)]
money = Annotated[Decimal, mapped_column(Numeric(18, 2))]
rate = Annotated[Decimal, mapped_column(Numeric(9, 6))]
instant = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]
recorded = Annotated[dt.datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]
document = Annotated[dict[str, Any], mapped_column(JSONB)]

FAR_FUTURE = dt.date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class RowScope:
    """How a table leads to what a person may see. Row policies are generated from this.

    `public`: every signed-in person may read all rows (levels, calendar, products).
    `institution`, `person`: columns that hold an institution or a person; a row is visible through either.
    `seated`: a column that holds a person; a row is visible where a position of that person is, with `held` only one on
    days of the row itself. `through`: a column and the table it refers to; a row is visible where that table's row is.
    `internal`: only the house itself reads it through its own services (users, sessions, audit).
    """

    public: bool = False
    internal: bool = False
    institution: str | None = None
    person: str | None = None
    seated: str | None = None
    held: bool = False
    through: tuple[str, str] | None = None


class Base(DeclarativeBase):
    """Every table; each declares `row_scope`, or it cannot be read."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        str: Text,
        int: BigInteger,
        dt.datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
    }
    row_scope: RowScope
