"""All tables, imported once so that the metadata is complete."""

from portal.models import access, organisation, rulebooks, runs
from portal.models.base import Base, RowScope

__all__ = ["Base", "RowScope", "access", "organisation", "rulebooks", "runs"]
