"""State in the address: fields that write it, and one component that hands it to the page's callback.

A page's layout holds `Address(id=..., search=search_of(query))`; its callback has `Input(..., "search")` and reads it
with `query_of`. `Filters` and `Switch` change the address, which changes `search`: one request per change, the page
stays, and back, bookmark and share work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import parse_qsl, quote_plus

from flask_babel import gettext as _

from portal.access.callback_body import Malformed
from portal.kit.components import KitComponent
from portal.kit.parts import Text

LONGEST_SEARCH = 2_000
MOST_FIELDS = 40
_quoted = lru_cache(4_000)(quote_plus)  # a hundred rows lead on by the same words


class Address(KitComponent):
    """Shows nothing; `search` is the query of the address, kept in step with it."""

    PROPERTIES = ("id", "search")


class Switch(KitComponent):
    """A few choices side by side that stand in the address under `name`; each is {value, label, note, hint}."""

    PROPERTIES = ("id", "className", "label", "name", "options", "value", "clears")


class Filters(KitComponent):
    """Fields that stand in the address. With `sheet`, a phone shows a button with `summary` and has them in a sheet."""

    PROPERTIES = ("id", "className", "label", "summary", "closeLabel", "sheet", "fields")


class Screen(KitComponent):
    """What only a desk or only a phone shows (`kind`); the other one does not load its code."""

    PROPERTIES = ("id", "kind", "children")

    def __init__(self, children: Any = None, **properties: Any) -> None:
        super().__init__(children=children, **properties)


class Step(KitComponent):
    """A button that puts one value into the address and leaves the reader where he is: "show more"."""

    PROPERTIES = ("id", "className", "name", "value", "label")


class Leave(KitComponent):
    """Goes to another page of the portal in place of this one, so that the back button does not lead here again."""

    PROPERTIES = ("id", "href")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field. `group` gathers choices under a heading; `hint` is shown when pointed at."""

    value: str
    label: Text
    group: Text = ""
    hint: Text = ""
    note: Text = ""

    def plain(self) -> dict[str, str]:
        """As the browser takes it."""
        texts = {"value": self.value, "label": self.label, "group": self.group, "hint": self.hint, "note": self.note}
        return {name: str(text) for name, text in texts.items() if text or name in ("value", "label")}


def choice(
    name: str, label: Text, options: Sequence[Option], value: str, clears: Sequence[str] = (), bare: bool = False
) -> dict[str, Any]:
    """One of several. A change takes the names in `clears` out of the address; `bare` hides the label from sight."""
    listed = [option.plain() for option in options]
    return _field("choice", name, label, value) | {"options": listed, "clears": list(clears), "bare": bare}


def day(name: str, label: Text, value: str, least: str = "", most: str = "", bare: bool = False) -> dict[str, Any]:
    """A date between two others, as 2026-11-20."""
    return _field("day", name, label, value) | {"least": least, "most": most, "bare": bare}


def words(name: str, label: Text, value: str, hint: Text = "") -> dict[str, Any]:
    """Words to search for, sent when typing rests."""
    return _field("words", name, label, value) | {"hint": str(hint), "bare": True}


def many(name: str, label: Text, options: Sequence[Option], values: Sequence[str]) -> dict[str, Any]:
    """Some of several, at least one."""
    listed = [option.plain() for option in options]
    return _field("many", name, label, ",".join(values)) | {"options": listed, "several": _("{} chosen")}


def switch(
    id: str, name: str, label: Text, options: Sequence[Option], value: str, clears: Sequence[str] = ()
) -> Switch:
    """A few choices side by side, kept in the address."""
    listed = [option.plain() for option in options]
    return Switch(id=id, name=name, label=str(label), options=listed, value=value, clears=list(clears))


def more(name: str, value: str, label: Text) -> Step:
    """A button that shows more of what is there."""
    return Step(name=name, value=value, label=str(label), className="btn btn-outline more")


def search_of(query: Mapping[str, str | None]) -> str:
    """The query of an address, with its question mark; empty values are left out."""
    given = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query.items() if value)
    return f"?{given}" if given else ""


def query_of(search: Any) -> dict[str, str]:
    """What a browser sends as the query of its address, read as hostile: names and values are text, nothing else."""
    if not isinstance(search, str) or len(search) > LONGEST_SEARCH:
        return {}
    try:
        return dict(parse_qsl(search.removeprefix("?"), max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def kept(stored: Any, *names: str) -> dict[str, str]:
    """The parts of its address that a page keeps in its store, each a text. Raises Malformed for what no page keeps."""
    if not isinstance(stored, Mapping) or not all(isinstance(stored.get(name), str) for name in names):
        raise Malformed("The page keeps no such parts of its address.")
    return {name: stored[name] for name in names}


def text_of(value: Any) -> str:
    """What somebody typed into a field; nothing for what no field holds."""
    return value if isinstance(value, str) else ""


def href_with(path: str, query: Mapping[str, str | None], **changes: str | int | None) -> str:
    """An address with some of its query changed; an empty value takes a name out."""
    told = {name: str(value) if value not in (None, "") else "" for name, value in changes.items()}
    return path + search_of({**query, **told})


def _field(kind: Literal["choice", "day", "words", "many"], name: str, label: Text, value: str) -> dict[str, Any]:
    return {"kind": kind, "name": name, "label": str(label), "value": value}
