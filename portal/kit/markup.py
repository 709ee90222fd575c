"""The components of a page as HTML, so that a page stands on the screen before any script has run.

It draws what `assets/kit.js` draws, from the same properties; a test in a browser holds both to the same markup. Texts are
escaped, tags and attributes are closed lists, and what is not known here is left out: React draws it a moment later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from portal.access.urls import safe_url

Properties = Mapping[str, Any]

TAGS = {
    "A", "Aside", "B", "Button", "Dd", "Details", "Div", "Dl", "Dt", "Em", "Figcaption", "Figure", "H1", "H2", "H3", "H4",
    "Header", "Hr", "I", "Label", "Li", "Main", "Nav", "Ol", "P", "Section", "Small", "Span", "Strong", "Summary", "Table",
    "Tbody", "Td", "Th", "Thead", "Tr", "Ul",
}  # fmt: skip
VOID = {"hr"}
ATTRIBUTES = {"className": "class", "title": "title", "role": "role", "hidden": "hidden", "download": "download"}
SHAPES = {"path", "line", "rect", "circle", "polyline", "polygon", "text", "g"}
SHAPE_ATTRIBUTES = {name: name for name in (
    "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "width", "height", "points", "transform",
)} | {
    "className": "class", "textAnchor": "text-anchor", "strokeWidth": "stroke-width",
    "strokeDasharray": "stroke-dasharray", "strokeDashoffset": "stroke-dashoffset",
}  # fmt: skip
SIGNS = {"+": "rise", "\N{MINUS SIGN}": "fall"}
NO_CHANGE = re.compile(r"[0.,]+")
LONG = 60  # letters, from which on a text may break anywhere
DIRECTIONS = {1: ("rise", "▲ "), -1: ("fall", "▼ ")}


class Markup:
    """Draws one page: `icons` is the address of the icons' file, `path` the page that the menu marks."""

    def __init__(self, icons: str, path: str) -> None:
        self.icons, self.path = icons, path
        self.kit: dict[str, Callable[[Properties], str]] = {
            "Icon": self.icon, "Table": self.table, "Drawing": self.drawing, "Bars": self.bars, "Figure": self.figure,
            "Navigation": self.navigation, "Segmented": self.choices, "Switch": self.choices, "Search": self.search,
            "Screen": self.screen, "Still": self.still,
        }  # fmt: skip

    def draw(self, part: Any) -> str:
        """A component, a text, or a list of them."""
        if part is None or isinstance(part, bool):
            return ""
        if isinstance(part, list):
            return "".join(map(self.draw, part))
        if not isinstance(part, dict):
            return escape(str(part))
        kind, properties = part.get("type"), part.get("props")
        if not isinstance(properties, dict):
            return ""
        if part.get("namespace") == "dash_html_components" and kind in TAGS:
            return self.html(str(kind).lower(), properties)
        if part.get("namespace") == "dash_core_components" and kind == "Link":
            inside = self.draw(properties.get("children"))
            return self.link(properties.get("href"), properties.get("className"), inside, properties.get("title"))
        if part.get("namespace") == "basis_kit" and kind in self.kit:
            return self.kit[kind](properties)
        return ""

    def html(self, name: str, properties: Properties) -> str:
        given: dict[str, Any] = {
            ATTRIBUTES.get(key, key): value
            for key, value in properties.items()
            if key in ATTRIBUTES or key.startswith("aria-") or key == "data-label"
        }
        if isinstance(properties.get("style"), dict):
            given["style"] = style(properties["style"])
        if name == "a":
            given["href"] = safe_url(str(properties.get("href") or ""))
        if name == "button":
            given["type"] = "button"
        return tag(name, given, self.draw(properties.get("children")))

    def link(self, href: Any, look: Any, inside: str, title: Any = None, **more: Any) -> str:
        return tag("a", {"href": safe_url(str(href or "")), "class": look, "title": title, **more}, inside)

    def icon(self, properties: Properties) -> str:
        look = joined("icon", properties.get("className"))
        use = tag("use", {"href": f"{self.icons}#{properties.get('name')}"}, "")
        return tag("svg", {"class": look, "aria-hidden": "true", "focusable": "false"}, use)

    # ---- table ----

    def table(self, properties: Properties) -> str:
        columns = properties.get("columns") or []
        head = "".join(map(self._heading, columns))
        rows = "".join(self._row(columns, row) for row in properties.get("rows") or [])
        caption = properties.get("caption")
        told = tag("caption", {"class": "hidden-words"}, escape(caption)) if caption else ""
        body = f"{told}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        more = properties.get("more")
        left = tag("div", {"class": "rows-more"}, escape(str(more))) if more else ""
        inside = tag("table", {"class": "rows"}, body) + left
        return tag("div", {"class": joined("rows-wrap", properties.get("className"))}, inside)

    def _heading(self, column: Properties) -> str:
        given = {
            "scope": "col",
            "class": "number" if is_number(column) else None,
            "aria-sort": column.get("order") or None,
        }
        text = escape(str(column["title"]))
        if column.get("href"):
            arrow = {"ascending": " ↑", "descending": " ↓"}.get(column.get("order") or "", "")
            text = self.link(column["href"], "sort", text + arrow)
        return tag("th", given, text)

    def _row(self, columns: Sequence[Properties], row: Properties) -> str:
        cells = []
        for place, column in enumerate(columns):
            value, kind, phone = row.get(column["key"]), column.get("kind"), column.get("phone")
            nothing = place > 0 and value == ""
            look = joined(
                kind if kind != "text" else None, "number" if is_number(column) else None,
                "spare" if not phone or nothing else None,
            )  # fmt: skip
            inside = self._cell(value, kind, row.get("href") if place == 0 else None)
            if place == 0:
                cells.append(tag("th", {"scope": "row", "class": look}, inside))
            else:
                label = column["title"] if phone and not nothing else None
                cells.append(tag("td", {"class": look, "data-label": label}, inside))
        given = {"class": joined("leads" if row.get("href") else None, "sum" if row.get("sum") else None) or None}
        return tag("tr", given, "".join(cells))

    def _cell(self, value: Any, kind: Any, leads: Any) -> str:
        cell = value if isinstance(value, dict) else {"text": value}
        text = "" if cell.get("text") is None else str(cell["text"])
        href = cell.get("href") or leads
        inside = self.link(href, "link", escape(text)) if href else escape(text)
        if cell.get("badge"):
            look = joined(f"tag tone-{cell.get('tone') or 'accent'}", None if text else "alone")
            inside += tag("span", {"class": look}, escape(str(cell["badge"])))
        if cell.get("note"):
            inside += tag("small", {"class": long(str(cell["note"]))}, escape(str(cell["note"])))
        if cell.get("bar") is not None:
            inside += tag("span", {"class": "cell-bar"}, tag("i", {"style": f"width:{number(cell['bar'])}%"}, ""))
        look = joined("cell", signed(text) if kind == "change" else None, long(text))
        return tag("span", {"class": look, "title": cell.get("title")}, inside)

    # ---- pictures ----

    def drawing(self, properties: Properties) -> str:
        stretch = properties.get("stretch")
        box = " ".join(map(number, properties.get("box") or [100, 30]))
        size = {"width": properties.get("width"), "height": properties.get("height")}
        look = {"class": joined("drawing", "stretch" if stretch else None, properties.get("className"))}
        inset = " ".join(f"{number(edge)}px" for edge in properties.get("inset") or [0, 0, 0, 0])
        told = properties.get("description")
        drawn = (tag("desc", {}, escape(str(told))) if told else "") + "".join(
            map(shape, properties.get("shapes") or [])
        )
        given = {"role": "img", "aria-label": properties.get("title"), "viewBox": f"0 0 {box}"}
        svg = tag("svg", given | ({"preserveAspectRatio": "none"} if stretch else size), drawn)
        labels = "".join(map(label, properties.get("labels") or []))
        plot = tag("div", {"class": "plot", "style": f"inset:{inset}"}, svg + labels)
        return tag("div", look | {"style": style(size)}, plot)

    def bars(self, properties: Properties) -> str:
        lines = "".join(tag("li", {}, self._bar(row)) for row in properties.get("rows") or [])
        return tag(
            "ol", {"class": joined("bars", properties.get("className")), "aria-label": properties.get("label")}, lines
        )

    def _bar(self, row: Properties) -> str:
        start, length = row.get("start") or 0, row.get("length") or 0
        drawn = tag("i", {"class": row.get("look"), "style": f"left:{number(start)}%;width:{number(length)}%"}, "")
        text = {"class": "bars-text", "style": f"left:{number(start + length)}%"}
        inside = tag("span", {"class": "bars-name"}, escape(str(row.get("name", ""))))
        inside += tag("span", {"class": "bars-track"}, drawn + tag("span", text, escape(str(row.get("text", "")))))
        if row.get("href"):
            return self.link(row["href"], "bars-line", inside, row.get("full"))
        return tag("span", {"class": "bars-line", "title": row.get("full")}, inside)

    def figure(self, properties: Properties) -> str:
        hero, full, why = properties.get("hero"), properties.get("full"), properties.get("why")
        unit = properties.get("unit")
        short = escape(str(properties.get("value", "")))
        short += tag("span", {"class": "unit"}, escape(str(unit))) if unit else ""
        if hero:
            whole = tag("span", {"class": "full-value"}, escape(str(full or "")))
            short = tag("span", {"class": "short-value"}, short) + whole
        question = self.link(why.get("href"), "why", "?", why.get("title")) if why else ""
        head = tag("span", {}, escape(str(properties.get("label", "")))) + question
        changes = [change(*one) for one in properties.get("changes") or []]
        foot = tag("div", {"class": "deltas"}, "".join(changes)) if len(changes) > 1 else "".join(changes)
        foot += self.drawing(properties["drawing"]) if properties.get("drawing") else ""
        inside = tag("div", {"class": "figure-label"}, head) + tag(
            "div", {"class": "figure-value", "title": full}, short
        )
        look = joined("surface figure", "hero" if hero else None, properties.get("className"))
        return tag("div", {"class": look}, inside + tag("div", {"class": "figure-foot"}, foot))

    # ---- what stands around a page ----

    def navigation(self, properties: Properties) -> str:
        groups, counts = properties.get("groups") or [], properties.get("counts") or {}
        entries = [one for group in groups for one in group["entries"] if one.get("href")]
        here = leads_to(self.path, entries)
        drawn = []
        for group in groups:
            heading = tag("h2", {"class": "nav-heading"}, escape(group["title"])) if group.get("title") else ""
            listed = "".join(tag("li", {}, self._entry(one, one is here, counts)) for one in group["entries"])
            drawn.append(tag("div", {}, heading + tag("ul", {"class": "nav-group"}, listed)))
        return tag("nav", {"class": properties.get("className"), "aria-label": properties.get("label")}, "".join(drawn))

    def _entry(self, one: Properties, here: bool, counts: Properties) -> str:
        inside = self.icon({"name": one.get("icon")}) + tag("span", {}, escape(str(one["title"])))
        if one.get("opens"):
            return tag("button", {"type": "button", "class": "nav-entry", "aria-haspopup": "dialog"}, inside)
        waiting = counts.get(one["href"])
        if waiting:
            count = "99+" if waiting["count"] > 99 else str(waiting["count"])
            inside += tag("span", {"class": "nav-count"}, tag("span", {"aria-hidden": "true"}, count)
                          + tag("span", {"class": "hidden-words"}, escape(str(waiting["title"]))))  # fmt: skip
        marked = {"aria-current": "page"} if here else {}
        return self.link(one["href"], "nav-entry", inside, one["title"], **marked)

    def choices(self, properties: Properties) -> str:
        """Choices side by side; they answer once the scripts are there."""
        shown = []
        for one in properties.get("options") or []:
            taken = one.get("value") == properties.get("value")
            note = tag("small", {}, escape(str(one["note"]))) if one.get("note") else ""
            given = {"type": "button", "role": "radio", "title": one.get("hint"), "aria-checked": str(taken).lower(),
                     "tabindex": "0" if taken else "-1"}  # fmt: skip
            shown.append(tag("button", given, escape(str(one.get("label", ""))) + note))
        look = joined("segmented", properties.get("className"))
        return tag("div", {"class": look, "role": "radiogroup", "aria-label": properties.get("label")}, "".join(shown))

    def search(self, properties: Properties) -> str:
        label = properties.get("label")
        field = tag("input", {"type": "text", "placeholder": label, "aria-label": label, "disabled": True}, "")
        hint = tag("kbd", {"aria-hidden": "true"}, escape(str(properties.get("hint") or "")))
        return tag("div", {"class": joined("search", properties.get("className"))}, field + hint)

    def still(self, properties: Properties) -> str:
        return tag("div", {"class": properties.get("className")}, self.draw(properties.get("content")))

    def screen(self, properties: Properties) -> str:
        """What only a desk or only a phone shows; the styles leave the other one out."""
        return tag("div", {"class": f"{properties.get('kind')}-part"}, self.draw(properties.get("children")))


def tag(name: str, attributes: Properties, inside: str) -> str:
    """An element; `inside` is markup. Attributes without a value are left out, those that are true stand alone."""
    written = "".join(
        f" {key}" if value is True else f' {key}="{escape(number(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return f"<{name}{written}>" if name in {"hr", "input"} else f"<{name}{written}>{inside}</{name}>"


def shape(part: Sequence[Any]) -> str:
    """One shape of a drawing, with the shapes or the text inside it."""
    name, attributes, *rest = part
    if name not in SHAPES:
        return ""
    kept = {SHAPE_ATTRIBUTES[key]: value for key, value in (attributes or {}).items() if key in SHAPE_ATTRIBUTES}
    inside = rest[0] if rest else ""
    drawn = (
        "".join(map(shape, inside)) if isinstance(inside, list) else escape(str(inside if inside is not None else ""))
    )
    return tag(name, kept, drawn)


def label(part: Sequence[Any]) -> str:
    """One word over a drawing."""
    left, top, text, *rest = part
    look = rest[0] if rest else None
    across, down = (
        f"left:{number(left)}%" if look != "axis-y" else "",
        f"top:{number(top)}%" if look != "axis-x" else "",
    )
    given = {"class": joined("label", look), "style": ";".join(filter(None, (across, down))), "aria-hidden": "true"}
    return tag("span", given, escape(str(text)))


def change(text: str, direction: int = 0, versus: str = "") -> str:
    """A change with sign, arrow and colour, and against what."""
    look, arrow = DIRECTIONS.get(direction, ("same", ""))
    against = f" {tag('span', {'class': 'muted'}, escape(str(versus)))}" if versus else ""
    return tag("span", {"class": "delta"}, tag("span", {"class": look}, arrow + escape(str(text))) + against)


def signed(text: str) -> str | None:
    """The look of a change in a column; none at all is told quietly."""
    return SIGNS.get(text[:1]) or ("same" if NO_CHANGE.fullmatch(text) else None)


def leads_to(path: str, entries: Sequence[Properties]) -> Properties | None:
    """The longest entry that is the address or stands above it."""
    above = [
        one for one in entries if path == one["href"] or (one["href"] != "/" and path.startswith(one["href"] + "/"))
    ]
    return max(above, key=lambda one: len(one["href"]), default=None)


def style(given: Properties) -> str | None:
    """A style as Dash has it: names in one word, plain numbers are pixels. Only sizes and places are kept."""
    written = {
        name: f"{number(value)}px" if isinstance(value, int | float) else str(value) for name, value in given.items()
    }
    kept = [f"{name}:{value}" for name, value in written.items() if name in {"width", "height"} and ";" not in value]
    return ";".join(one for one in kept if not one.endswith(":None")) or None


def long(text: str) -> str | None:
    return "long" if len(text) > LONG else None


def joined(*names: Any) -> str:
    return " ".join(str(name) for name in names if name)


def number(value: Any) -> str:
    """A number as JavaScript writes it: no point after whole ones."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def is_number(column: Properties) -> bool:
    return column.get("kind") in ("number", "change")
