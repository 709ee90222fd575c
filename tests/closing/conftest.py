"""The small insurer with the three months of the statements, and the desk that freezes, closes and pays them."""

from __future__ import annotations

from tests.commission.conftest import law, months  # noqa: F401 - fixtures of the area
from tests.insurer.conftest import database, loaded, small, var  # noqa: F401 - fixtures of the area
from tests.statement.conftest import story  # noqa: F401 - a fixture of the area
