"""The small insurer's month-end: an area of its own, so that its months are nobody else's."""

from tests.commission.conftest import law, months
from tests.insurer.conftest import database, loaded, small, var

__all__ = ["database", "law", "loaded", "months", "small", "var"]
