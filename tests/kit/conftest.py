"""The kit's tests need an installation folder; no database."""

from tests.installation import var  # noqa: F401 - fixture of this area
