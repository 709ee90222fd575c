"""Which rows an actor may see, as a condition: the first lock. The row policies of PostgreSQL are the second."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from portal.models.among import among
from portal.models.base import Base, RowScope
from portal.models.organisation import Position
from portal.permissions import Actor
from portal.query.resource import Reach, Resource, columns_of


def within(actor: Actor, table: type[Base], rows: Any = None) -> ColumnElement[bool]:
    """The rows of a table (or of an alias of it) inside the actor's scope, by the columns its `row_scope` names."""
    scope = table.row_scope
    if actor.scope.all or scope.public:
        return true()
    rows = table if rows is None else rows
    ways: list[ColumnElement[bool]] = []
    if scope.institution:
        ways.append(among(getattr(rows, scope.institution), sorted(actor.scope.institutions)))
    if scope.person and actor.scope.person_id is not None:
        ways.append(getattr(rows, scope.person) == actor.scope.person_id)
    if scope.seated:
        ways.append(_seated(actor, rows, scope))
    if scope.through:
        column, parent = scope.through
        above: Any = next(each.class_ for each in Base.registry.mappers if each.class_.__tablename__ == parent)
        ways.append(getattr(rows, column).in_(select(above.id).where(within(actor, above))))
    return or_(*ways) if ways else false()


def _seated(actor: Actor, rows: Any, scope: RowScope) -> ColumnElement[bool]:
    """Whether a position of the row's person stands inside the actor's scope; of a held row one on its own days."""
    seat = aliased(Position)
    found = select(1).select_from(seat).where(seat.person_id == getattr(rows, str(scope.seated)))
    if scope.held:
        found = found.where(seat.valid_from < rows.valid_to, seat.valid_to > rows.valid_from)
    return exists(found.where(within(actor, Position, seat)))


def people_within(actor: Actor, on: dt.date) -> Any:
    """The people whose position, on a day or later, stands inside the actor's scope."""
    return select(Position.person_id).where(within(actor, Position), Position.valid_to > on)


def visible(resource: Resource, actor: Actor, on: dt.date) -> ColumnElement[bool]:
    """The records of a resource the actor may read."""
    if actor.scope.all or resource.reach in (Reach.ITSELF, Reach.HOUSE):
        return true()
    if resource.reach is Reach.PERSON:
        return _among(resource.model, "person_id", people_within(actor, on))
    if resource.period is None:
        return within(actor, resource.model)
    held = select(_column(resource.period, resource.link)).where(within(actor, resource.period))
    return _among(resource.model, "id", held)


def changeable(resource: Resource, actor: Actor, on: dt.date) -> ColumnElement[bool]:
    """The records of a resource the actor may change, given that the permission is there."""
    if actor.scope.all:
        return true()
    if resource.reach in (Reach.HOUSE, Reach.PERSON):
        return false()
    if resource.reach is Reach.ITSELF:
        return _among(resource.model, "id", sorted(actor.scope.institutions))
    if resource.reach is Reach.ROWS and resource.period is not None:
        held = select(_column(resource.period, resource.link)).where(
            within(actor, resource.period), _column(resource.period, "valid_to") > on
        )
        return _among(resource.model, "id", held)
    return visible(resource, actor, on)


def _among(table: type[Base], name: str, values: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _column(table, name).in_(values)
    return found


def _column(table: type[Base], name: str) -> Any:
    """A mapped column by its name; the declaration was checked at start-up."""
    if name not in columns_of(table):
        raise KeyError(f"{table.__name__} has no column {name}")
    return getattr(table, name)
