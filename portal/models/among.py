"""Leaf: a condition over however many values."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, any_, cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute


def among(column: InstrumentedAttribute[Any] | ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column is one of some values. All travel as one parameter; as a list each is one, and PostgreSQL takes 65,535."""
    return column == any_(cast(list(values), ARRAY(column.type)))
