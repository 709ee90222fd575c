"""How rulebooks are shown: versions on a time line, what one says, what it changes. Texts of people stay texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.kit import numbers, parts
from portal.kit.components import Drawing
from portal.models.rulebooks import RulebookElement
from portal.query.places import Places
from portal.query.rulebook_rules import Key
from portal.query.rulebooks import Edit, Version
from portal.services.rulebook_compare import Told
from portal.services.rulebook_words import SECTION_TITLES, element_title, said, said_beside

PATH = "/rulebooks"
CIRCULARS = "/export/circulars/"
ORDER = (
    "parameters",
    "tables",
    "formulas",
    "measures",
    "lines",
    "ladders",
    "facts",
    "agent",
)  # what is changed most first
STANDINGS: Mapping[str, tuple[Any, parts.Tone, str]] = {
    "draft": (_l("Draft"), "neutral", "c7"),
    "checked": (_l("Checked"), "accent", "c7"),
    "simulated": (_l("Simulated"), "accent", "c4"),
    "submitted": (_l("Submitted"), "warn", "c3"),
    "approved": (_l("Approved for later"), "accent", "c2"),
    "in_force": (_l("In force"), "good", "c1"),
    "superseded": (_l("Superseded"), "neutral", "same"),
    "corrected": (_l("Corrected"), "neutral", "same"),
    "discarded": (_l("Discarded"), "neutral", "same"),
}
WIDTH, ROW, BAR, WIDEST_ROWS = 1000, 34, 16, 14
MOST_LETTERS = 18
MOST_CHANGES = 300


def version_href(code: str, number: int, **query: str) -> str:
    """The address of a version."""
    asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)
    return f"{PATH}/{quote(code, safe='')}/{number}{'?' + asked if asked else ''}"


def element_href(code: str, number: int, key: Key) -> str:
    """The address of one element of a version."""
    return f"{version_href(code, number)}/{quote(key[0], safe='')}/{quote(key[1], safe='')}"


def standing(one: Version) -> Component:
    """A badge: where a version stands."""
    title, tone, _look = STANDINGS[one.standing]
    return parts.badge(title, tone)


def days(one: Version, lang: str) -> str:
    """From when to when a version holds."""
    begins = numbers.day(one.valid_from, lang)
    if one.ends_on is None:
        return str(_("from %(day)s", day=begins))
    return str(_("%(first)s until %(end)s", first=begins, end=numbers.day(one.ends_on, lang)))


def override_days(row: RulebookElement, version: Version, lang: str) -> str:
    """When an override holds."""
    begins = numbers.day(row.valid_from or version.valid_from, lang)
    if row.valid_to is not None:
        return str(_("%(first)s until %(end)s", first=begins, end=numbers.day(row.valid_to, lang)))
    if row.until_next_version:
        return str(_("from %(day)s until the next version above", day=begins))
    return str(_("from %(day)s", day=begins))


def named(places: Places, institution_id: int, lang: str) -> str:
    """An institution's name, its number where the day knows none."""
    found = places.get(institution_id)
    return found.title(lang) if found else str(institution_id)


def time_line(versions: Sequence[Version], places: Places, today: dt.date, lang: str) -> Drawing | None:
    """Versions as bars over years, one row each; today is a line. Discarded and corrected ones are only listed."""
    shown = [one for one in versions if one.standing not in ("discarded", "corrected")][:WIDEST_ROWS]
    if not shown:
        return None
    first = min(min(one.valid_from for one in shown), today).replace(month=1, day=1)
    last = max(max(one.valid_from for one in shown), today).replace(month=1, day=1)
    end = dt.date(last.year + 2, 1, 1)
    span = (end - first).days

    def across(day: dt.date) -> float:
        return max(0.0, min(1.0, (day - first).days / span))

    height = ROW * len(shown)
    step = max(1, (end.year - first.year) // 8)
    years = [dt.date(year, 1, 1) for year in range(first.year, end.year, step)]
    shapes: list[Any] = [_upright(across(year), height, "grid") for year in years]
    labels: list[Any] = [[round(across(year) * 100, 2), 0, str(year.year), "axis-x"] for year in years]
    for at, one in enumerate(shown):
        left, right = across(one.valid_from), across(one.ends_on or end)
        shapes.append(["rect", {
            "x": round(left * WIDTH, 1), "width": round(max((right - left) * WIDTH, 4), 1),
            "y": at * ROW + (ROW - BAR) // 2, "height": BAR, "rx": 4, "className": f"{STANDINGS[one.standing][2]} fill",
        }])  # fmt: skip
        labels.append([0, round((at + 0.5) / len(shown) * 100, 2), _row_title(one, places, lang), "axis-y"])
    shapes.append(_upright(across(today), height, "axis"))
    spoken = "; ".join(
        f"{one.number} {one.named(lang)}, {STANDINGS[one.standing][0]}, {days(one, lang)}" for one in shown
    )
    return Drawing(
        title=_("Versions over time"), description=spoken, box=[WIDTH, height], height=height + 34, stretch=True,
        inset=[4, 8, 30, _margin(_row_title(one, places, lang) for one in shown)], shapes=shapes, labels=labels,
        className="time-line",
    )  # fmt: skip


def _upright(share: float, height: int, look: str) -> list[Any]:
    at = round(share * WIDTH, 1)
    return ["line", {"x1": at, "x2": at, "y1": 0, "y2": height, "className": look}]


def _row_title(one: Version, places: Places, lang: str) -> str:
    """The number, with the institution of overrides or the first letters of the title."""
    words = one.named(lang) if one.complete else named(places, one.institution_id, lang)
    return f"{one.number} · {words if len(words) <= MOST_LETTERS else words[: MOST_LETTERS - 1] + '…'}"


def _margin(titles: Iterable[str]) -> int:
    widths = (sum(12 if letter > "\u2e80" else 6.6 for letter in title) for title in titles)
    return round(max(widths, default=0)) + 12


def version_rows(
    versions: Iterable[Version], code: str, places: Places, lang: str, people: Mapping[str, str]
) -> Component:
    """Versions as a list, newest first; `people` is what users are called."""
    columns = [
        parts.Column("title", _("Version")), parts.Column("institution", _("Institution")),
        parts.Column("days", _("Holds")), parts.Column("by", _("Written by"), "muted", phone=False),
    ]  # fmt: skip
    rows = []
    for one in versions:
        title, tone, _look = STANDINGS[one.standing]
        rows.append({
            "title": parts.Cell(f"{one.number} · {one.named(lang)}", href=version_href(code, one.number), badge=title, tone=tone),
            "institution": named(places, one.institution_id, lang), "days": days(one, lang),
            "by": people.get(one.created_by, one.created_by),
        })  # fmt: skip
    return parts.simple_table(columns, rows, _("Versions"), empty_text=_("There is no such version yet."))


def element_sections(
    elements: Mapping[Key, Any], changed: Mapping[Key, Any], beside: tuple[str, Mapping[Key, str]], lang: str,
    href: Callable[[Key], str], search: str, actions: Callable[[str], Sequence[Component]],
) -> list[Component]:  # fmt: skip
    """One section for each kind of element with its count; narrowed to those with the words searched for.

    `beside` is the title and the words of a last column: where an element comes from, or when it holds.
    """
    found: list[Component] = []
    more: list[Component] = []
    for section in ORDER:
        own = {key: content for key, content in elements.items() if key[0] == section}
        kept = {key: content for key, content in own.items() if has_words(key, content, search)}
        if not kept:
            more += actions(section)
            continue
        count = ngettext("%(num)s element", "%(num)s elements", len(own))
        note = _("%(count)s of %(all)s found", count=len(kept), all=len(own)) if search else count
        rows = [_element_row(key, content, changed, beside[1], lang, href) for key, content in _ordered(kept)]
        columns = [
            parts.Column("title", _("Element")),
            parts.Column("says", _("What it says"), beside=section == "parameters"),
        ]
        columns += [parts.Column("beside", beside[0], "muted")] if beside[1] else []
        table = parts.simple_table(columns, rows, SECTION_TITLES[section], empty_text=_("None of these yet."))
        found.append(parts.section(SECTION_TITLES[section], table, subtitle=note, actions=actions(section)))
    if more:
        found.append(parts.section(_("Not in this version yet"), html.Div(more, className="actions")))
    return found or [parts.empty(_("No element has these words."))]


def has_words(key: Key, content: Any, search: str) -> bool:
    """Whether every word stands in the title, the name or what the element says."""
    titles = {element_title(*key, content, language) for language in ("en", "zh")}
    text = " ".join([key[1], *titles, said(key[0], content)])
    return all(word in text.casefold() for word in search.casefold().split())


def _ordered(elements: Mapping[Key, Any]) -> list[tuple[Key, Any]]:
    return sorted(elements.items(), key=lambda item: (order_of(item[1], 0), item[0][1]))


def order_of(content: Any, otherwise: int) -> int:
    """The place an element's content gives it among its like; `otherwise` where it gives none."""
    order = str(content.get("order") or "") if isinstance(content, Mapping) else ""
    return int(order) if order.isdecimal() else otherwise


def _element_row(
    key: Key, content: Any, changed: Mapping[Key, Any], beside: Mapping[Key, str], lang: str,
    href: Callable[[Key], str],
) -> dict[str, Any]:  # fmt: skip
    title = element_title(*key, content, lang)
    badge = (_("new") if changed[key] is None else _("changed")) if key in changed else ""
    says = said(key[0], content) if content is not None else _("inherited again")
    was = _("before: %(words)s", words=said(key[0], changed[key])) if changed.get(key) is not None else ""
    return {
        "title": parts.Cell(title, note=key[1] if title != key[1] else "", href=href(key), badge=badge),
        "says": parts.Cell(says, note=was if was and said(key[0], changed[key]) != says else ""),
        "beside": beside.get(key, ""),
    }


def changes_table(told: Sequence[Told], href: Callable[[Key], str]) -> Component:
    """What changes, side by side, with the part of the element below its name."""
    badges: dict[str, tuple[str, parts.Tone]] = {"new": (_("new"), "good"), "gone": (_("removed"), "bad")}
    columns = [
        parts.Column("title", _("Element")), parts.Column("before", _("Before"), "muted"), parts.Column("after", _("After")),
    ]  # fmt: skip
    rows = [
        {
            "title": parts.Cell(
                one.title, note=" · ".join(filter(None, [str(SECTION_TITLES.get(one.key[0], "")), one.part])),
                href=href(one.key) if one.key[0] else "", badge=badges[one.kind][0] if one.kind else "",
                tone=badges[one.kind][1] if one.kind else "accent",
            ),
            "before": one.before or "–", "after": one.after or "–",
        }
        for one in told[:MOST_CHANGES]
    ]  # fmt: skip
    more = _("%(shown)s of %(all)s", shown=MOST_CHANGES, all=len(told)) if len(told) > MOST_CHANGES else ""
    return parts.simple_table(columns, rows, _("Changes"), empty_text=_("Nothing differs."), more=more)


def history_table(
    edits: Sequence[Edit], lang: str, when: Callable[[dt.datetime], str], people: Mapping[str, str], most: int = 200
) -> Component:
    """Who wrote what, newest first."""
    columns = [
        parts.Column("title", _("Element")), parts.Column("was", _("Before"), "muted"), parts.Column("is", _("After")),
        parts.Column("by", _("Written by")), parts.Column("at", _("When"), "muted"),
    ]  # fmt: skip
    told = [said_beside(edit.key[0], edit.was, edit.becomes) for edit in edits[:most]]
    rows = [
        {
            "title": parts.Cell(element_title(*edit.key, edit.becomes or edit.was, lang), note=SECTION_TITLES[edit.key[0]]),
            "was": was or "–", "is": becomes or "–",
            "by": people.get(edit.by, edit.by), "at": when(edit.at),
        }
        for edit, (was, becomes) in zip(edits, told, strict=False)
    ]  # fmt: skip
    more = _("%(shown)s of %(all)s", shown=most, all=len(edits)) if len(edits) > most else ""
    return parts.simple_table(columns, rows, _("History"), empty_text=_("Nothing was written yet."), more=more)
