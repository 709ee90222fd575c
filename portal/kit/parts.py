"""The parts every page is made of. Texts may be lazy translations; addresses go through `safe_url`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import LazyString
from flask_babel import gettext as _

from portal.access.urls import safe_url
from portal.kit.components import Dialog, Drawing, Figure, Icon, Segmented, Table

Text: TypeAlias = str | LazyString
Tone: TypeAlias = Literal["neutral", "accent", "good", "warn", "bad"]
Kind: TypeAlias = Literal["text", "number", "change", "muted"]
Order: TypeAlias = Literal["", "ascending", "descending"]
TOAST = "toast"  # a callback shows a short notice with Output(parts.TOAST, "children") and `notice(...)`


@dataclass(frozen=True, slots=True)
class Delta:
    """A change as shown: its text carries the sign, `direction` (−1, 0, 1) gives arrow and colour."""

    text: Text
    direction: int
    versus: Text = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a simple table. `kind` aligns and colours: text, number, change (colour by sign), muted."""

    key: str
    title: Text
    kind: Kind = "text"
    phone: bool = True  # False leaves it out of the card on a phone
    beside: bool = False  # on a phone it stands in the line of the row's name, without its title
    href: str = ""  # where a click on the heading leads: the list in another order
    order: Order = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is more than text: a second line, a link, a badge."""

    text: Text
    note: Text = ""
    href: str = ""
    badge: Text = ""
    tone: Tone = "accent"
    title: Text = ""  # full value on hover
    bar: float | None = None  # a bar below the text, filled to a share of 0 to 1


def aria(**said: str) -> dict[str, Any]:
    """What a screen reader is told of a part: `html.Div(..., **aria(label=...))`."""
    return {f"aria-{name}": value for name, value in said.items()}


def link(text: Text, href: str, look: str = "link", id: Any = None) -> Component:
    """A link inside the portal: the page changes without a reload."""
    return dcc.Link(str(text), href=safe_url(href), className=look, **_id(id))


def download(text: Text, href: str) -> Component:
    """A link to a file that the browser keeps."""
    return html.A([icon("download"), str(text)], href=href, className="btn btn-outline", download="")


def icon(name: str, look: str = "") -> Component:
    """An icon beside words."""
    return Icon(name=name, className=look or None)


def button(text: Text, id: Any, primary: bool = False, icon_name: str = "", disabled: bool = False) -> Component:
    """A button; at most one of a page is `primary`: the next action."""
    content: list[Any] = [icon(icon_name)] if icon_name else []
    look = "btn btn-primary" if primary else "btn btn-outline"
    return html.Button([*content, str(text)], id=id, className=look, type="button", disabled=disabled)


def page_header(
    title: Text | Component,
    subtitle: Any = "",
    actions: Sequence[Component] = (),
    crumbs: Sequence[tuple[Text, str]] = (),
    id: str = "",
) -> Component:
    """What this page is, for whom and as of when, and what to do next. With an `id`, callbacks set
    `<id>-title.children` and `<id>-subtitle.children`."""
    words = html.Div(
        [
            html.H1(_text(title), **_id(id and f"{id}-title")),
            html.P(_text(subtitle), className="subtitle", **_id(id and f"{id}-subtitle")),
        ]
    )
    row = html.Div([words, *_actions(actions)], className="page-header-row")
    return html.Header([*([breadcrumbs(crumbs)] if crumbs else []), row], className="page-header")


def breadcrumbs(crumbs: Sequence[tuple[Text, str]]) -> Component:
    """The way here; the last one is where we are."""
    *above, (here, _href) = crumbs
    way = [part for text, href in above for part in (link(text, href, "crumb"), html.Span("/", className="crumb-line"))]
    return html.Nav(
        [*way, html.Span(str(here), className="crumb-here")], className="crumbs", **aria(label=_("Where you are"))
    )


def section(
    title: Text, *children: Any, subtitle: Any = "", actions: Sequence[Component] = (), id: str = "", look: str = ""
) -> Component:
    """A card with a heading; `subtitle` says what to see."""
    words = [html.H2(_text(title))] if title else []
    note = [html.P(_text(subtitle), className="section-note")] if subtitle else []
    head = (
        [html.Div([html.Div([*words, *note]), *_actions(actions)], className="section-head")]
        if words or note or actions
        else []
    )
    return html.Section([*head, *children], className=f"surface {look}".strip(), **_id(id))


def columns(*children: Any, wide_first: bool = True, look: str = "") -> Component:
    """Two sections side by side, the first one wider; one below the other on a phone."""
    return html.Div(list(children), className=f"columns {'wide-first' if wide_first else ''} {look}".strip())


def stack(*children: Any, id: str = "") -> Component:
    """Parts one below the other at the usual distance."""
    return html.Div(list(children), className="stack", **_id(id))


def figure_card(
    label: Text,
    value_text: str,
    unit: Text = "",
    full_text: str = "",
    delta: Delta | None = None,
    sparkline: Drawing | None = None,
    why_href: str | None = None,
    hero: bool = False,
    id: str = "",
    also: Delta | None = None,
) -> Component:
    """One figure: short on the card, in full on hover; the question mark leads to how it came about.

    `also` is a second change, against something else. `sparkline` comes from `portal.kit.svg.sparkline`. `hero` is the
    filled card, one at the top of a phone page.
    """
    changes = [change for change in (delta, also) if change]
    return Figure(
        id=id or None,
        label=str(label),
        value=value_text,
        unit=str(unit) or None,
        full=full_text or f"{value_text} {unit}".strip(),
        changes=[[str(change.text), change.direction, str(change.versus)] for change in changes] or None,
        drawing=sparkline.properties() if sparkline is not None else None,
        why={"href": safe_url(why_href), "title": _why_title(label)} if why_href else None,
        hero=hero or None,
    )


def figure_row(cards: Iterable[Component], id: str = "") -> Component:
    """Four to six figures beside each other; two by two on a phone."""
    return html.Div(list(cards), className="figures", **_id(id))


def simple_table(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    caption: Text = "",
    id: str = "",
    empty_text: Text = "",
    more: Text = "",
) -> Component:
    """Up to some forty rows; on a phone each becomes a card. A value is text, a number already written, or a `Cell`.

    A row's `href` makes the first cell a link, `sum` sets it in heavier letters. All values are shown as text,
    never as markup. `caption` is for screen readers; `more` a muted line below ("5 of 42").
    """
    if not rows:
        return empty(empty_text or _("Nothing here yet."))
    return Table(
        columns=[asdict(column) | {"title": str(column.title)} for column in columns],
        rows=[_row(columns, row) for row in rows],
        caption=str(caption),
        more=str(more) or None,
        id=id or None,
    )


def empty(sentence: Text, action: Component | None = None) -> Component:
    """Nothing to show: a sentence, and the next step."""
    return html.Div([html.P(str(sentence)), *([action] if action is not None else [])], className="empty")


def problem(sentence: Text, id: str) -> Component:
    """Something went wrong: what to do, and an id to name when asking for help."""
    number = html.Span(_("Problem %(id)s", id=id), className="problem-id")
    return html.Div(
        [icon("exclamation-triangle"), html.Div([html.P(str(sentence)), number])], className="problem", role="alert"
    )


def notice(sentence: Text, tone: Tone = "good") -> Component:
    """A short message for the toast area; it leaves by itself. `data-at` lets `assets/shell.js` show the next one anew."""
    made: dict[str, Any] = {"data-at": str(time.time_ns())}
    return html.Div(str(sentence), className=f"notice tone-{tone}", role="status", **made)


def flag(sentence: Text, tone: Tone = "warn", action: Component | None = None, id: str = "") -> Component:
    """A line above figures that says what to know about them, e.g. that a control total differs."""
    return html.Div(
        [icon("flag"), html.Span(str(sentence)), *([action] if action is not None else [])],
        className=f"flag tone-{tone}",
        **_id(id),
    )


def skeleton(height: int, id: str = "") -> Component:
    """A place of the size (pixels) of what comes."""
    return html.Div(className="skeleton", style={"height": f"{height}px"}, **_id(id), **aria(hidden="true"))


def badge(text: Text, tone: Tone = "accent") -> Component:
    """A word that classes something."""
    return html.Span(str(text), className=f"tag tone-{tone}")


def colored(text: Text, color: int) -> Component:
    """A word in the colour of the series it names, 1 to 7: a legend inside a sentence."""
    return html.Span(str(text), className=f"ink-c{color}")


def progress(share: float, label: Text) -> Component:
    """A bar filled to a share between 0 and 1; the label is for screen readers."""
    filled = f"{max(0.0, min(1.0, share)) * 100:.1f}%"
    bar = html.Span(style={"width": filled})
    return html.Div(bar, className="bar", role="img", title=str(label), **aria(label=str(label)))


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to look at: what happened, more about it, what kind it is, where to go."""

    title: Text
    note: Text = ""
    kind: Text = ""
    href: str = ""
    tone: Tone = "accent"


def task_list(tasks: Sequence[Task], empty_text: Text = "") -> Component:
    """Things to do, most urgent first."""
    if not tasks:
        return empty(empty_text or _("Nothing to do."))
    return html.Ul([html.Li(_task(task)) for task in tasks], className="tasks")


def facts(pairs: Sequence[tuple[Text, Any]], look: str = "facts") -> Component:
    """Names and values of one thing, in two columns."""
    return html.Dl(
        [part for name, value in pairs for part in (html.Dt(str(name)), html.Dd(_text(value)))], className=look
    )


def amounts(pairs: Sequence[tuple[Text, Any]]) -> Component:
    """The same for numbers, which stand one under the other."""
    return facts(pairs, "facts amounts")


def segmented(id: Any, options: Sequence[tuple[str, Text]], value: str, label: Text = "") -> Component:
    """A few choices side by side; callbacks read its `value`."""
    choices = [{"value": key, "label": str(text)} for key, text in options]
    return Segmented(id=id, options=choices, value=value, label=str(label))


def tabs(entries: Sequence[tuple[Text, str]], here: str, label: Text = "") -> Component:
    """Links between views of one thing; state stays in the address. `here` is the href of the open one."""
    links = [link(text, href, "view active" if href == here else "view") for text, href in entries]
    return html.Nav(links, className="views", **aria(label=str(label) or _("Views")))


def labelled(label: Text, control: Component, hint: Text = "", problem_text: Text = "") -> Component:
    """A form field: its name above, a hint or what is wrong with it below."""
    below = [html.Span(str(problem_text), className="field-problem", role="alert")] if problem_text else []
    note = [html.Span(str(hint), className="field-hint")] if hint else []
    return html.Label([html.Span(str(label), className="field-name"), control, *below, *note], className="field")


def dialog(id: Any, title: Text, *children: Any, open: bool = False, actions: Sequence[Component] = ()) -> Component:
    """A question over the page; a callback sets its `open`. On a phone it comes from below."""
    foot = [html.Div(list(actions), className="dialog-actions")] if actions else []
    return Dialog([*children, *foot], id=id, title=str(title), open=open, closeLabel=_("Close"))


def confirm(id: str, title: Text, sentence: Text, yes: Text, no: Text = "") -> Component:
    """A yes-or-no question: opens with `<id>.open`, answers with clicks on `<id>-yes`; closing it means no."""
    actions = [button(no or _("Cancel"), id=f"{id}-no"), button(yes, id=f"{id}-yes", primary=True)]
    return dialog(id, title, html.P(str(sentence)), actions=actions)


def picture(drawing: Drawing, caption: Text = "", legend: Component | None = None, beside: bool = False) -> Component:
    """A drawing with its legend (`beside` it or below) and a caption that says what to see."""
    note = [html.Figcaption(str(caption))] if caption else []
    return html.Figure(
        [drawing, *([legend] if legend is not None else []), *note], className=f"picture{' beside' if beside else ''}"
    )


@dataclass(frozen=True, slots=True)
class Share:
    """One entry of a legend: colour number 1 to 7, name, value."""

    color: int
    name: Text
    value: Text
    href: str = field(default="")


def legend(shares: Sequence[Share]) -> Component:
    """Direct labels beside a drawing: colour, name, value."""
    return html.Ul(
        [
            html.Li(
                [
                    html.I(className=f"swatch c{share.color}"),
                    link(share.name, share.href) if share.href else html.Span(str(share.name)),
                    html.B(str(share.value)),
                ]
            )
            for share in shares
        ],
        className="legend",
    )


def _task(task: Task) -> list[Component]:
    """The words of a task and its kind."""
    title = (
        link(task.title, task.href, "task-title") if task.href else html.Span(str(task.title), className="task-title")
    )
    note = [html.Small(str(task.note))] if task.note else []
    return [html.Div([title, *note]), *([badge(task.kind, task.tone)] if task.kind else [])]


def _row(columns: Sequence[Column], row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with text only; the address of its first cell made safe."""
    shown: dict[str, Any] = {column.key: _cell(row.get(column.key, "")) for column in columns}
    if row.get("href"):
        shown["href"] = safe_url(str(row["href"]))
    if row.get("sum"):
        shown["sum"] = True
    return shown


def _cell(value: Any) -> Any:
    """Plain text, or the filled parts of a `Cell`."""
    if not isinstance(value, Cell):
        return "" if value is None else str(value)
    parts = {"text": value.text, "note": value.note, "badge": value.badge, "title": value.title}
    shown: dict[str, Any] = {name: str(text) for name, text in parts.items() if text}
    if value.badge:
        shown["tone"] = value.tone
    if value.bar is not None:
        shown["bar"] = round(max(0.0, min(1.0, value.bar)) * 100, 1)
    if value.href:
        shown["href"] = safe_url(value.href)
    return shown


def _actions(actions: Sequence[Component]) -> list[Component]:
    return [html.Div(list(actions), className="actions")] if actions else []


def _text(value: Any) -> Any:
    """Lazy translations become text; components stay."""
    return str(value) if isinstance(value, LazyString) else value


def _id(id: Any) -> dict[str, Any]:
    return {"id": id} if id else {}


def _why_title(label: Text) -> str:
    return _("Why this number: %(label)s", label=str(label))
