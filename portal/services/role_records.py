"""Roles as records of the portal, written by the services that guard them (`portal.services.roles`)."""

from __future__ import annotations

from portal.models.access import Role
from portal.permissions import Permission, ScopeKind
from portal.services import roles
from portal.services.drafts import Draft
from portal.services.refusal import Refusal
from portal.services.roles import RoleRule
from portal.services.writer import Writer


def create(writer: Writer, draft: Draft) -> str:
    """A new role; one whose code is taken is refused instead of changed."""
    role = _define(writer, draft, draft.values["code"])
    return str(role.id)


def change(writer: Writer, draft: Draft) -> None:
    """Change a role; whoever has it is signed out and returns with the new one."""
    _define(writer, draft, str(draft.value("code")))


def remove(writer: Writer, draft: Draft) -> None:
    """Delete a role that nobody has."""
    key = int(draft.present.key) if draft.present is not None else 0
    try:
        roles.remove_role(writer, writer.get(Role, key))
    except RoleRule as error:
        raise Refusal(str(error)) from error


def _define(writer: Writer, draft: Draft, code: str) -> Role:
    if draft.present is None and writer.exists(Role, Role.code == code):
        title = str(draft.resource.by_name["code"].title)
        raise Refusal(f"{title}: {code}", "code")
    try:
        return roles.define_role(
            writer,
            code,
            name=draft.value("name"),
            name_zh=draft.value("name_zh"),
            scope_kind=ScopeKind(draft.value("scope")),
            permissions=[Permission(one) for one in sorted(draft.value("permissions"))],
        )
    except RoleRule as error:
        raise Refusal(str(error)) from error
