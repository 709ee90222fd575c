"""Roles: named sets of permissions with a data scope, and the ones a new installation begins with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.access.sessions import end_all
from portal.models.access import Role, RolePermission, UserRole
from portal.permissions import Forbidden, Permission, ScopeKind
from portal.services.users import permissions_of
from portal.services.writer import Writer


class RoleRule(ValueError):
    """A change of roles that the house does not allow; the message says why."""


@dataclass(frozen=True, slots=True)
class DefaultRole:
    """A role a new installation has; the bank may change it afterwards."""

    code: str
    name: str
    name_zh: str
    scope_kind: ScopeKind
    permissions: frozenset[Permission]


_OWN_WORK = frozenset(
    {Permission.WORKBENCH_VIEW, Permission.REPORT_VIEW, Permission.REPORT_EXPORT, Permission.CUSTOMER_VIEW}
)
_OPERATIONS = frozenset(
    {
        Permission.JOB_VIEW,
        Permission.JOB_RUN,
        Permission.PROBLEM_ACKNOWLEDGE,
        Permission.SOURCE_VIEW,
        Permission.SOURCE_EDIT,
        Permission.CALENDAR_VIEW,
        Permission.CALENDAR_EDIT,
        Permission.EXCHANGE_RATE_VIEW,
        Permission.EXCHANGE_RATE_EDIT,
        Permission.FTP_RATE_VIEW,
        Permission.FTP_RATE_EDIT,
        Permission.REPORT_VIEW,
        Permission.REPORT_EXPORT,
    }
)
_INSPECTION = frozenset(
    {
        Permission.AUDIT_VIEW,
        Permission.JOB_VIEW,
        Permission.USER_VIEW,
        Permission.ROLE_VIEW,
        Permission.API_KEY_VIEW,
        Permission.PERSON_VIEW,
        Permission.INSTITUTION_VIEW,
        Permission.SHARE_VIEW,
        Permission.AGENT_VIEW,
        Permission.RELATION_VIEW,
        Permission.INSURANCE_PRODUCT_VIEW,
        Permission.POLICY_VIEW,
        Permission.SUBSTITUTE_VIEW,
        Permission.SOURCE_VIEW,
        Permission.CALENDAR_VIEW,
        Permission.EXCHANGE_RATE_VIEW,
        Permission.FTP_RATE_VIEW,
        Permission.REPORT_VIEW,
        Permission.RULEBOOK_VIEW,
        Permission.COMMISSION_VIEW,
        Permission.COMMISSION_REPORT_VIEW,
        Permission.EVALUATION_VIEW,
    }
)
_LEADING = frozenset({Permission.INSTITUTION_HOME_VIEW, Permission.SHARE_VIEW, Permission.SHARE_EDIT})
_SALES_FORCE = frozenset(
    {Permission.AGENT_VIEW, Permission.RELATION_VIEW, Permission.INSURANCE_PRODUCT_VIEW, Permission.POLICY_VIEW}
)
DEFAULT_ROLES = (
    DefaultRole(
        "customer_manager", "Customer manager", "客户经理", ScopeKind.SELF, _OWN_WORK | {Permission.SHARE_REQUEST}
    ),
    DefaultRole("leader", "Leader", "机构负责人", ScopeKind.BELOW, _OWN_WORK | _LEADING),
    DefaultRole("operator", "Operator", "运行管理员", ScopeKind.ALL, _OPERATIONS),
    DefaultRole("administrator", "Administrator", "系统管理员", ScopeKind.ALL, frozenset(Permission)),
    DefaultRole(
        "rules_owner",
        "Rules owner",
        "基本法管理员",
        ScopeKind.ALL,
        frozenset({Permission.RULEBOOK_VIEW, Permission.RULEBOOK_EDIT, Permission.COMMISSION_REPORT_VIEW})
        | _SALES_FORCE,
    ),
    DefaultRole(
        "rules_approver",
        "Rules approver",
        "基本法审批人",
        ScopeKind.ALL,
        frozenset({Permission.RULEBOOK_VIEW, Permission.RULEBOOK_APPROVE}) | _SALES_FORCE,
    ),
    DefaultRole(
        "agent",
        "Agent",
        "代理人",
        ScopeKind.SELF,
        frozenset({Permission.STATEMENT_VIEW, Permission.POLICY_VIEW}),
    ),
    DefaultRole(
        "team_leader",
        "Team leader",
        "团队主管",
        ScopeKind.BELOW,
        frozenset(
            {
                Permission.STATEMENT_VIEW,
                Permission.TEAM_HOME_VIEW,
                Permission.COMMISSION_REPORT_VIEW,
                Permission.TEAM_MOVE_REQUEST,
                Permission.EVALUATION_VIEW,
            }
        )
        | _SALES_FORCE,
    ),
    DefaultRole(
        "commission_clerk",
        "Commission clerk",
        "佣金管理员",
        ScopeKind.ALL,
        frozenset(
            {
                Permission.COMMISSION_VIEW,
                Permission.COMMISSION_EDIT,
                Permission.STATEMENT_VIEW,
                Permission.EVALUATION_VIEW,
                Permission.RULEBOOK_VIEW,
                Permission.COMMISSION_REPORT_VIEW,
                Permission.REPORT_EXPORT,
                Permission.JOB_VIEW,
                Permission.JOB_RUN,
                Permission.PROBLEM_ACKNOWLEDGE,
                Permission.AGENT_EDIT,
                Permission.RELATION_EDIT,
                Permission.TEAM_MOVE_REQUEST,
                Permission.INSURANCE_PRODUCT_EDIT,
            }
        )
        | _SALES_FORCE,
    ),
    DefaultRole(
        "commission_approver",
        "Commission approver",
        "佣金审批人",
        ScopeKind.ALL,
        frozenset(
            {
                Permission.COMMISSION_VIEW,
                Permission.COMMISSION_REPORT_VIEW,
                Permission.COMMISSION_APPROVE,
                Permission.EVALUATION_VIEW,
                Permission.EVALUATION_DECIDE,
                Permission.TEAM_MOVE_DECIDE,
                Permission.RULEBOOK_VIEW,
            }
        )
        | _SALES_FORCE,
    ),
    DefaultRole("auditor", "Auditor", "审计员", ScopeKind.ALL, _INSPECTION),
)


def ensure_default_roles(session: Session) -> None:
    """Add the default roles that are missing; one that the bank has changed stays as it is."""
    have = set(session.scalars(select(Role.code)))
    for default in DEFAULT_ROLES:
        if default.code in have:
            continue
        role = Role(code=default.code, name=default.name, name_zh=default.name_zh, scope_kind=default.scope_kind.value)
        session.add(role)
        session.flush()
        session.add_all(RolePermission(role_id=role.id, permission=one.value) for one in sorted(default.permissions))
    session.flush()


def define_role(
    writer: Writer,
    code: str,
    *,
    name: str,
    scope_kind: ScopeKind,
    permissions: Collection[Permission],
    name_zh: str = "",
) -> Role:
    """Add a role, or change the one with this code; everyone who has it is signed out and returns with the new one."""
    _allow(writer)
    role = writer.session.scalar(select(Role).where(Role.code == code).with_for_update())
    before = permissions_of(writer, role.id) if role else set()
    _allow_no_more_than_own(writer, before | set(permissions))
    if role is None:
        if not code.isidentifier():
            raise RoleRule(_("A role's code has letters, digits and underscores, and begins with a letter."))
        role = writer.add(Role(code=code, name=name, name_zh=name_zh, scope_kind=scope_kind.value))
    else:
        writer.change(role, name=name, name_zh=name_zh, scope_kind=scope_kind.value)
    wanted = {permission.value for permission in permissions}
    if wanted != before:
        writer.session.execute(delete(RolePermission).where(RolePermission.role_id == role.id))
        writer.session.add_all(RolePermission(role_id=role.id, permission=one) for one in sorted(wanted))
        content = {"added": sorted(wanted - before), "taken": sorted(before - wanted)}
        writer.record("change permissions", "role", role.code, content)
    _end_sessions_of(writer, role)
    return role


def remove_role(writer: Writer, role: Role) -> None:
    """Delete a role that nobody has."""
    _allow(writer)
    if writer.exists(UserRole, UserRole.role_id == role.id):
        raise RoleRule(_("The role %(code)s is still given to someone: take it from them first.", code=role.code))
    writer.remove(role)


def _allow(writer: Writer) -> None:
    writer.allow(Permission.ROLE_EDIT)
    if not writer.actor.scope.all:
        raise Forbidden(Permission.ROLE_EDIT, writer.actor)


def _allow_no_more_than_own(writer: Writer, permissions: Collection[str]) -> None:
    """Nobody makes or changes a role that may do more than they may."""
    for permission in Permission:
        if permission.value in permissions:
            writer.allow(permission)


def _end_sessions_of(writer: Writer, role: Role) -> None:
    for user_id in writer.session.scalars(select(UserRole.user_id).where(UserRole.role_id == role.id)):
        end_all(writer.session, user_id)
