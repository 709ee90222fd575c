"""How a person wants to read the portal: language, theme, and the colour of a rise."""

from __future__ import annotations

from portal.models.access import User
from portal.services.writer import Writer

CHOICES = {"language": ("", "en", "zh"), "theme": ("", "light", "dark"), "rise_color": ("", "green", "red")}


class UnknownPreference(ValueError):
    """A value that is not among the choices."""


def set_preferences(
    writer: Writer, *, language: str | None = None, theme: str | None = None, rise_color: str | None = None
) -> None:
    """Keep what the signed-in person chose for themselves; None leaves a setting, "" goes back to the usual."""
    wanted = {"language": language, "theme": theme, "rise_color": rise_color}
    changes = {name: value for name, value in wanted.items() if value is not None}
    for name, value in changes.items():
        if value not in CHOICES[name]:
            raise UnknownPreference(f"{name} cannot be {value!r}.")
    if writer.actor.user_id is not None:
        writer.change(writer.get(User, writer.actor.user_id), "change settings", **changes)
