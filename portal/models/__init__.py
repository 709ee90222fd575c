"""All tables, imported once so that the metadata is complete."""

from portal.models import access, organisation, runs
from portal.models.base import Base, RowScope

__all__ = ["Base", "RowScope", "access", "organisation", "runs"]
