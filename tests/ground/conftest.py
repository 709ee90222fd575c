"""The small insurer and its months, in an installation of this area's own."""

from tests.commission.conftest import database, law, loaded, months, small, var  # noqa: F401 - fixtures of the area
