"""The small insurer in an installation of its own: what the core says of its agents changes them for good."""

from tests.installation import database, var  # noqa: F401 - fixtures of the area
from tests.insurer.conftest import loaded  # noqa: F401 - Ada, Bo and Cy
