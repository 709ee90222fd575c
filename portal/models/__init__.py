"""All tables, imported once so that the metadata is complete."""

from portal.models import (
    access,
    agents,
    api_keys,
    approvals,
    commission,
    deliveries,
    evaluations,
    organisation,
    rulebooks,
    runs,
)
from portal.models.base import Base, RowScope

__all__ = [
    "Base",
    "RowScope",
    "access",
    "agents",
    "api_keys",
    "approvals",
    "commission",
    "deliveries",
    "evaluations",
    "organisation",
    "rulebooks",
    "runs",
]
