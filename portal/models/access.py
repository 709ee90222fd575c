"""Users, roles, sessions and the audit chain. Only the house's own services read these."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, RowScope, instant, pk, recorded


class User(Base):
    """Someone who may log in. `epoch` rises with every change that must end the sessions of the user."""

    __tablename__ = "user"
    row_scope = RowScope(internal=True)
    id: Mapped[pk]
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    epoch: Mapped[int] = mapped_column(server_default=text("1"))
    language: Mapped[str] = mapped_column(server_default="")
    theme: Mapped[str] = mapped_column(server_default="")
    rise_color: Mapped[str] = mapped_column(server_default="")  # green, red or empty: the custom of the language
    created_at: Mapped[recorded]


class Role(Base):
    """A named set of permissions with a data scope."""

    __tablename__ = "role"
    row_scope = RowScope(internal=True)
    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(server_default="")
    scope_kind: Mapped[str]
    __table_args__ = (CheckConstraint("scope_kind in ('all', 'chosen', 'below', 'own', 'self')", name="scope_kind"),)


class RolePermission(Base):
    """One thing a role may do."""

    __tablename__ = "role_permission"
    row_scope = RowScope(internal=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="cascade"), primary_key=True)
    permission: Mapped[str] = mapped_column(primary_key=True)


class UserRole(Base):
    """A role given to a user."""

    __tablename__ = "user_role"
    row_scope = RowScope(internal=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="cascade"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)


class UserInstitution(Base):
    """An institution chosen for a user whose role has the scope kind `chosen`."""

    __tablename__ = "user_institution"
    row_scope = RowScope(internal=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="cascade"), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)


class WebSession(Base):
    """A signed-in browser. Only a hash of its token is kept, so a copy of this table logs nobody in."""

    __tablename__ = "web_session"
    row_scope = RowScope(internal=True)
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="cascade"), index=True)
    epoch: Mapped[int]
    csrf_token: Mapped[str]
    created_at: Mapped[recorded]
    seen_at: Mapped[instant]
    expires_at: Mapped[instant]


class LoginAttempt(Base):
    """One try to log in; too many failed ones for a name or an address are answered with a pause."""

    __tablename__ = "login_attempt"
    row_scope = RowScope(internal=True)
    id: Mapped[pk]
    username: Mapped[str]
    address: Mapped[str]
    succeeded: Mapped[bool]
    tried_at: Mapped[recorded]
    __table_args__ = (
        Index("ix_login_attempt_recent", "username", "tried_at"),
        Index("ix_login_attempt_address", "address", "tried_at"),
    )


class AuditEntry(Base):
    """What someone did or was refused. Each row's hash covers the one before: a change or a gap shows."""

    __tablename__ = "audit_entry"
    row_scope = RowScope(internal=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, 3 ... without gaps
    recorded_at: Mapped[dt.datetime]
    user_id: Mapped[int | None]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]  # the kind of thing
    subject_key: Mapped[str]
    content: Mapped[dict[str, Any]]
    previous_hash: Mapped[str]
    hash: Mapped[str]
    __table_args__ = (UniqueConstraint("hash"), Index("ix_audit_entry_subject", "subject", "subject_key"))
