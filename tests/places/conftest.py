"""The small insurer in an installation of its own, whose published days no other test computes again."""

from __future__ import annotations

from tests.insurer.conftest import database, loaded, small, var  # noqa: F401 - fixtures of the area
