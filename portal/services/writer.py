"""The one way to change something: a transaction limited to what the actor may see, with its audit rows.

A service asks the writer for the permission, changes rows through it, and never commits. The audit rows are kept until
the end and written last, so that the lock of the audit chain is held for a moment only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, exists, func, inspect, select
from sqlalchemy.orm import Session

from portal.access import audit
from portal.database import database
from portal.models import Base
from portal.permissions import Actor, Forbidden, Permission

Row = TypeVar("Row", bound=Base)

SECRETS = frozenset({"password_hash", "token_hash", "csrf_token"})  # that they changed is recorded, not what they are


class NotThere(LookupError):
    """The row does not exist, or lies outside what the actor may see."""


class UnknownField(ValueError):
    """A change names something that is no column of the row, or a column that never changes."""


class Writer:
    """One transaction of one actor. Never commits itself: `writing` does."""

    def __init__(self, actor: Actor, session: Session) -> None:
        self.actor, self.session = actor, session
        self.told_once = ""  # a secret that was made: whoever asked sees it now, nobody ever again
        self._entries: list[tuple[str, str, str, Mapping[str, Any]]] = []

    def allow(self, permission: Permission) -> None:
        """Raise Forbidden unless the actor has the permission."""
        if not self.actor.may(permission):
            raise Forbidden(permission, self.actor)

    def get(self, model: type[Row], key: Any) -> Row:
        """The row with this key, locked until the end, as it is now. Raises NotThere."""
        row = self.session.get(model, key, with_for_update=True, populate_existing=True)
        if row is None:
            raise NotThere(f"There is no {model.__tablename__} {key}.")
        return row

    def now(self) -> dt.datetime:
        """This moment by the database's clock, which all processes share."""
        moment: dt.datetime = self.session.execute(select(func.clock_timestamp())).scalar_one()
        return moment

    def exists(self, model: type[Base], *conditions: ColumnElement[bool]) -> bool:
        """Whether a row fulfils the conditions."""
        return bool(self.session.scalar(select(exists(select(1).select_from(model).where(*conditions)))))

    def add(self, row: Row, action: str = "add", reason: str = "", of: Base | None = None) -> Row:
        """Store a new row. `of` names the row it corrects or continues."""
        self.session.add(row)
        self.session.flush()
        content = {name: value for name, value in _columns(row).items() if value is not None}
        if of is not None:
            content["of"] = f"{of.__tablename__} {key_of(of)}"
        self.record(action, row.__tablename__, key_of(row), _with_reason(content, reason))
        return row

    def add_all(self, rows: Sequence[Base], action: str = "add") -> None:
        """Store new rows of one table with one question; each has its audit row."""
        self.session.add_all(rows)
        self.session.flush()
        for row in rows:
            content = {name: value for name, value in _columns(row).items() if value is not None}
            self.record(action, row.__tablename__, key_of(row), content)

    def change(self, row: Row, action: str = "change", *, reason: str = "", **changes: Any) -> Row:
        """Set columns of a row; the audit row keeps what each was and became. Nothing changed leaves no trace."""
        mapper = inspect(type(row))
        fixed = {column.key for column in mapper.primary_key}
        content: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in mapper.column_attrs or name in fixed:
                raise UnknownField(f"{name} is not a field of {row.__tablename__} that can change.")
            before = getattr(row, name)
            if before != value:
                content[name] = [_shown(name, before), _shown(name, value)]
                setattr(row, name, value)
        if content:
            self.session.flush()
            self.record(action, row.__tablename__, key_of(row), _with_reason(content, reason))
        return row

    def remove(self, row: Base, action: str = "remove", reason: str = "") -> None:
        """Delete a row; the audit row keeps what it was."""
        content, key = _columns(row), key_of(row)
        self.session.delete(row)
        self.session.flush()
        self.record(action, row.__tablename__, key, _with_reason(content, reason))

    def record(self, action: str, subject: str, key: str | int, content: Mapping[str, Any] | None = None) -> None:
        """Keep an audit row for the end of the transaction."""
        self._entries.append((action, subject, str(key), dict(content or {})))

    def write_audit(self) -> None:
        """Write the kept audit rows; `writing` calls it last."""
        if self._entries:
            audit.record_all(self.session, self.actor, self._entries)
        self._entries.clear()


@contextmanager
def writing(actor: Actor) -> Iterator[Writer]:
    """A transaction in which the actor changes something: all of it with its audit rows, or nothing."""
    with database().transaction(actor) as session:
        writer = Writer(actor, session)
        yield writer
        writer.write_audit()


def key_of(row: Base) -> str:
    """The primary key of a row as text; parts of a composite key are separated by a slash."""
    return "/".join(str(value) for value in inspect(type(row)).primary_key_from_instance(row))


def _columns(row: Base) -> dict[str, Any]:
    return {name: _shown(name, getattr(row, name)) for name in inspect(type(row)).column_attrs.keys()}  # noqa: SIM118


def _shown(name: str, value: Any) -> Any:
    return "(secret)" if name in SECRETS and value is not None else value


def _with_reason(content: dict[str, Any], reason: str) -> dict[str, Any]:
    return {**content, "reason": reason} if reason else content
