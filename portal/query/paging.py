"""How a long list falls into pages, counted from 1; an empty list is one page."""

from __future__ import annotations


def pages_of(total: int, size: int) -> int:
    """How many pages of a size hold all rows."""
    return max(1, -(-total // size))


def page_within(page: int, total: int, size: int) -> int:
    """The page that was asked for; the first or the last where there is no such page."""
    return min(max(page, 1), pages_of(total, size))
