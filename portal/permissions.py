"""Leaf: what may be permitted, how far a person sees, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Permission(StrEnum):
    """One thing a role may do. Menus, buttons, callbacks and services all name one of these."""

    WORKBENCH_VIEW = "workbench.view"
    INSTITUTION_HOME_VIEW = "institution_home.view"
    REPORT_VIEW = "report.view"
    REPORT_EXPORT = "report.export"
    CUSTOMER_VIEW = "customer.view"
    JOB_VIEW = "job.view"
    JOB_RUN = "job.run"
    PROBLEM_ACKNOWLEDGE = "problem.acknowledge"
    INSTITUTION_VIEW = "institution.view"
    INSTITUTION_EDIT = "institution.edit"
    PERSON_VIEW = "person.view"
    PERSON_EDIT = "person.edit"
    USER_VIEW = "user.view"
    USER_EDIT = "user.edit"
    ROLE_VIEW = "role.view"
    ROLE_EDIT = "role.edit"
    API_KEY_VIEW = "api_key.view"
    API_KEY_EDIT = "api_key.edit"
    AGENT_VIEW = "agent.view"
    AGENT_EDIT = "agent.edit"
    RELATION_VIEW = "relation.view"
    RELATION_EDIT = "relation.edit"
    INSURANCE_PRODUCT_VIEW = "insurance_product.view"
    INSURANCE_PRODUCT_EDIT = "insurance_product.edit"
    POLICY_VIEW = "policy.view"
    POLICY_SEND = "policy.send"
    SHARE_VIEW = "share.view"
    SHARE_EDIT = "share.edit"
    SHARE_REQUEST = "share.request"
    CALENDAR_VIEW = "calendar.view"
    CALENDAR_EDIT = "calendar.edit"
    EXCHANGE_RATE_VIEW = "exchange_rate.view"
    EXCHANGE_RATE_EDIT = "exchange_rate.edit"
    FTP_RATE_VIEW = "ftp_rate.view"
    FTP_RATE_EDIT = "ftp_rate.edit"
    SOURCE_VIEW = "source.view"
    SOURCE_EDIT = "source.edit"
    SUBSTITUTE_VIEW = "substitute.view"
    SUBSTITUTE_EDIT = "substitute.edit"
    AUDIT_VIEW = "audit.view"
    RULEBOOK_VIEW = "rulebook.view"
    RULEBOOK_EDIT = "rulebook.edit"
    RULEBOOK_APPROVE = "rulebook.approve"
    STATEMENT_VIEW = "statement.view"
    TEAM_HOME_VIEW = "team_home.view"
    TEAM_MOVE_REQUEST = "team_move.request"
    TEAM_MOVE_DECIDE = "team_move.decide"
    COMMISSION_VIEW = "commission.view"
    COMMISSION_EDIT = "commission.edit"
    COMMISSION_APPROVE = "commission.approve"
    COMMISSION_REPORT_VIEW = "commission_report.view"
    EVALUATION_VIEW = "evaluation.view"
    EVALUATION_DECIDE = "evaluation.decide"


# what something needs: one permission, any of several, or nothing but being signed in
Needed = Permission | tuple[Permission, ...] | None

# what other systems do, and so all that a key may be given
OF_OTHER_SYSTEMS = (Permission.POLICY_SEND,)


class ScopeKind(StrEnum):
    """How far a role lets a person see, widest first."""

    ALL = "all"
    CHOSEN = "chosen"  # chosen institutions and what stands below them
    BELOW = "below"  # own institution and what stands below it
    OWN = "own"  # own institution only
    SELF = "self"  # own figures and customers only


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows a person may see: everything, or these institutions, or what is credited to the person."""

    all: bool = False
    institutions: frozenset[int] = frozenset()
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: a person at the screen, or a process acting for the house."""

    user_id: int | None
    name: str
    person_id: int | None = None
    institution_id: int | None = None
    permissions: frozenset[Permission] = frozenset()
    scope: Scope = field(default_factory=Scope)
    language: str = "en"
    roles: tuple[str, ...] = ()

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def lacks(self, needed: Needed) -> Permission | None:
        """What the actor is missing of what something needs (of several the first); None when nothing is."""
        several = (needed,) if isinstance(needed, Permission) else needed or ()
        return None if not several or any(map(self.may, several)) else several[0]


class Forbidden(Exception):
    """The actor lacks a permission; the caller answers 403 and writes an audit row."""

    def __init__(self, permission: Permission, actor: Actor) -> None:
        self.permission, self.actor = permission, actor
        super().__init__(f"{actor.name} may not {permission.value}.")


LOCAL_OPERATOR = Actor(
    user_id=None, name="local operator", permissions=frozenset(Permission), scope=Scope(all=True), roles=("operator",)
)
NIGHTLY = Actor(
    user_id=None, name="nightly run", permissions=frozenset(Permission), scope=Scope(all=True), roles=("system",)
)
