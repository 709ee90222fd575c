"""The portal's own Dash components; `assets/kit.js` draws them. They take text and numbers, never markup."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


class KitComponent(Component):
    """A component of the namespace `basis_kit`, called as its class; `PROPERTIES` are what it takes."""

    PROPERTIES: tuple[str, ...] = ()
    _namespace = "basis_kit"

    def __init_subclass__(cls) -> None:
        cls._type, cls._prop_names = cls.__name__, list(cls.PROPERTIES)
        cls._valid_wildcard_attributes = cls.available_wildcard_properties = []

    def __init__(self, **properties: Any) -> None:
        # Dash's own __init__ imports a package of the namespace's name for every property, to word an error: a failed
        # search here, and for a stand-in the very package it stands in for, which Dash refuses inside a callback
        for name, value in properties.items():
            if name not in self.PROPERTIES:
                raise TypeError(f"{self._type} has no property {name}; it has {', '.join(self.PROPERTIES)}.")
            if value is not None:
                setattr(self, name, value)

    def properties(self) -> dict[str, Any]:
        """The properties that were given, for a component that draws this one inside itself."""
        return {name: getattr(self, name) for name in self.PROPERTIES if hasattr(self, name)}


class Table(KitComponent):
    """Up to some forty rows in one component: `columns` say how, `rows` hold text, links and badges as plain values.

    On a phone each row becomes a card. See `portal.kit.parts.simple_table`.
    """

    PROPERTIES = ("id", "className", "caption", "columns", "rows", "more")


class Figure(KitComponent):
    """One figure on a card, in one component: see `portal.kit.parts.figure_card`.

    `changes` are `[text, direction, against what]`, `drawing` the properties of a `Drawing`, `why` an address and its
    title; `full` is the amount in full, which a `hero` shows on a phone.
    """

    PROPERTIES = (
        "id", "className", "label", "value", "unit", "full", "changes", "drawing", "why", "hero",
    )  # fmt: skip


class Drawing(KitComponent):
    """A small picture in SVG: `shapes` are `[tag, attributes, text or shapes]` of a closed list of tags.

    It reads the page's colours, so it follows the theme; `title` and `description` are what a screen reader says.
    `labels` are `[left percent, top percent, text, look]` over it, `points` `[share of the width, text]`: that text is
    shown when pointed at. `stretch` fills the width; `inset` leaves room (top, right, bottom, left; pixels) for labels.
    """

    PROPERTIES = (
        "id", "className", "title", "description", "box", "width", "height", "stretch", "inset",
        "shapes", "labels", "points",
    )  # fmt: skip


class Bars(KitComponent):
    """Amounts compared: `rows` are `{name, text, full, href, start, length, look}`, places in percent of the room there is.
    Made by `portal.kit.svg.bars`.
    """

    PROPERTIES = ("id", "className", "label", "rows")


class Calendar(KitComponent):
    """Days month by month: `months` are `{title, first, days: [{day, look, icon, title, href}]}`, `first` the weekday
    (0 is Monday) of the first of the month. See `portal.kit.run_view.month_calendar`.
    """

    PROPERTIES = ("id", "className", "label", "weekdays", "months")


class Dialog(KitComponent):
    """A modal dialog, on a phone a sheet from below. `open` is set by a callback and put back when it is closed."""

    PROPERTIES = ("id", "className", "children", "open", "title", "closeLabel")

    def __init__(self, children: Any = None, **properties: Any) -> None:
        super().__init__(children=children, **properties)


class Segmented(KitComponent):
    """A few choices side by side, one of them taken; `value` changes on a click or an arrow key.

    What a person took is told as `chosen` too, which nobody else sets: a preference is kept from there.
    """

    PROPERTIES = ("id", "className", "label", "options", "value", "chosen")


class Search(KitComponent):
    """A field that finds entries by their words and goes to the chosen one; Ctrl K leads into it.

    `entries` are `{title, href, group}`. What is typed comes to the server as `asked` once the fingers rest; a callback
    answers with `found`: `{asked, entries}`, whose entries may have a `note`.
    """

    PROPERTIES = (
        "id", "className", "label", "hint", "empty", "waiting", "entries", "asked", "found",
    )  # fmt: skip


class Finder(KitComponent):
    """Shows nothing; asks the server for the fields of forms that find while somebody types.

    `asked` is `{kind, words}`; a callback answers with `found`: `{kind, words, entries}`, each entry as an option of a form.
    """

    PROPERTIES = ("id", "asked", "found")


class Navigation(KitComponent):
    """The menu: `groups` are `{title, entries: [{title, href, icon}]}`; the entry of the address is marked.

    `counts` are how many things wait behind an entry, by its address, as {count, title}.
    """

    PROPERTIES = ("id", "className", "label", "groups", "counts")


class Icon(KitComponent):
    """A picture of the icon sprite, hidden from screen readers: words stand beside it."""

    PROPERTIES = ("id", "className", "name")


class Still(KitComponent):
    """Components that nobody asks and nobody answers, drawn as one: `content` is what `children` would be elsewhere.

    Dash looks after each component with every change of a page; a part with twenty of them costs as much as one.
    """

    PROPERTIES = ("id", "className", "content")

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties | {"content": still(properties.get("content"))})


ANSWERING = {"Address", "Dialog", "Rows", "Search", "Segmented", "Still"}  # they tell Dash something, or are told by it


def still(content: Any) -> Any:
    """Content for a `Still`. Raises TypeError for what it cannot draw: a component with a name, or of a package of its own."""
    level = [content]
    while level:
        part = level.pop()
        if isinstance(part, list | tuple):
            level.extend(part)
        elif isinstance(part, Component):
            if not _stands_still(part):
                raise TypeError(
                    f"{part._type} cannot be part of what stands still: it has a name, or asks and answers."
                )
            level.append(getattr(part, "children", None))
    return content


def _stands_still(part: Component) -> bool:
    drawn = part._namespace in ("basis_kit", "dash_html_components") or part._type == "Link"
    return drawn and part._type not in ANSWERING and getattr(part, "id", None) is None
