"""The small insurer with a law that measures every kind of fact."""

from __future__ import annotations

from tests.commission.conftest import law, months  # noqa: F401 - fixtures of the area
from tests.insurer.conftest import database, loaded, small, var  # noqa: F401 - fixtures of the area
