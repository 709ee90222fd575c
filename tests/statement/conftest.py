"""The small insurer with two months that were run, and its people as they log in."""

from tests.commission.conftest import law, months  # noqa: F401 - fixtures of the area
from tests.insurer.conftest import database, loaded, small, var  # noqa: F401 - fixtures of the area
