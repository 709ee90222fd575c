"""Leaf: a sentence that is written down in one language and read in another.

Whoever raises it names an English text and its values; both are kept, and the words are chosen when somebody reads them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, TypeAlias

from flask_babel import gettext


class Sentence:
    """An English text with `%(name)s` places, and their values: texts, numbers, dates, or sentences again.

    The class name marks the text for translation, as `_` does; so the text stands literally where it is made.
    """

    __slots__ = ("text", "values")

    def __init__(self, text: str, /, **values: Value) -> None:
        self.text, self.values = text, values

    def __str__(self) -> str:
        """In English, for terminals and logs."""
        return self.text % self.values

    def said(self) -> str:
        """In the language of the request; English where there is none."""
        return gettext(self.text) % {
            name: value.said() if isinstance(value, Sentence) else value for name, value in self.values.items()
        }

    def kept(self) -> list[Any]:
        """As JSON keeps it."""
        return [self.text, {name: _kept(value) for name, value in self.values.items()}]


Value: TypeAlias = str | int | Decimal | dt.date | Sentence


def told(kept: object, otherwise: str = "") -> str:
    """A kept sentence in the language of the request; `otherwise` when none was kept or its text has changed since."""
    try:
        return _sentence(kept).said() if kept else otherwise
    except (ValueError, TypeError, KeyError):
        return otherwise


def _kept(value: Value) -> Any:
    if isinstance(value, Sentence):
        return value.kept()
    return value if isinstance(value, int) else str(value)


def _sentence(kept: Any) -> Sentence:
    text, values = kept
    return Sentence(
        text, **{name: _sentence(value) if isinstance(value, list) else value for name, value in values.items()}
    )
