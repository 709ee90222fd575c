"""The components of a page as HTML: texts stay texts, and what is not known is left out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from dash import dcc, html

from portal.kit import parts
from portal.kit.components import Navigation, Still
from portal.kit.markup import TAGS, Markup
from portal.kit.subset import ROOT

EVIL = '<script>alert("1")</script>'


def drawn(component: Any, path: str = "/") -> str:
    """A component as it travels, drawn."""
    travelled = json.loads(json.dumps(component, default=lambda one: one.to_plotly_json()))
    return Markup("/assets/icons.svg", path).draw(travelled)


@pytest.mark.parametrize(
    "component",
    [
        html.P(EVIL), html.Div(title=EVIL), html.Div(className=f'"{EVIL}'), dcc.Link(EVIL, href="/", title=EVIL),
        parts.page_header(EVIL, EVIL), parts.section(EVIL, subtitle=EVIL), parts.badge(EVIL),
        parts.figure_card(EVIL, EVIL, EVIL, EVIL, delta=parts.Delta(EVIL, 1, EVIL), why_href="/why", hero=True),
        parts.simple_table(
            [parts.Column("name", EVIL, href="/"), parts.Column("more", EVIL)],
            [{"name": parts.Cell(EVIL, note=EVIL, badge=EVIL, title=EVIL), "more": EVIL}], EVIL, more=EVIL,
        ),
        parts.segmented("choice", [("one", EVIL)], EVIL, EVIL),
        Navigation(groups=[{"title": EVIL, "entries": [{"title": EVIL, "href": "/x", "icon": EVIL}]}],
                   counts={"/x": {"count": 1, "title": EVIL}}, label=EVIL),
    ],
)  # fmt: skip
def test_a_name_with_markup_in_it_stays_a_name(component: Any) -> None:
    shown = drawn(component)
    assert "<script" not in shown and "&lt;script&gt;" in shown
    assert shown.count('"') % 2 == 0


@pytest.mark.parametrize("href", ["javascript:alert(1)", "//evil.example", "java\tscript:alert(1)", "data:text/html,x"])
def test_an_address_that_runs_something_leads_nowhere(href: str) -> None:
    for link in (html.A("x", href=href), dcc.Link("x", href=href)):
        assert drawn(link).startswith("<a ") and 'href="#"' in drawn(link)


@pytest.mark.parametrize(
    "component",
    [
        html.Script("x"),
        html.Iframe(src="/"),
        html.Form("x"),
        dcc.Store(id="x", data="x"),
        dcc.Markdown("x"),
        dcc.Graph(),
    ],
)
def test_what_is_not_known_is_left_out(component: Any) -> None:
    assert drawn(html.Div(["before", component, "after"])) == "<div>beforeafter</div>"


def test_only_listed_attributes_are_written() -> None:
    shown = drawn(
        html.Div(
            "x", id="x", style={"height": "96px", "background": "url(//evil)"}, **{"data-x": "1", "aria-label": "y"}
        )
    )
    assert shown == '<div aria-label="y" style="height:96px">x</div>'


def test_the_menu_marks_the_page_it_stands_on() -> None:
    entries = [{"title": name, "href": href, "icon": "list"} for name, href in (("Start", "/"), ("Team", "/team"))]
    shown = drawn(Navigation(groups=[{"title": "", "entries": entries}]), "/team/agent")
    assert shown.count("aria-current") == 1
    assert shown.index("/team") < shown.index("aria-current")


def test_what_stands_still_is_drawn_like_anything_else() -> None:
    content = [parts.page_header("Title", "Below", crumbs=[("Up", "/up"), ("Here", "")]), parts.badge("New")]
    assert drawn(Still(content=content)) == drawn(html.Div(content))


@pytest.mark.parametrize(
    "component",
    [html.Button("x", id="x"), html.P(html.B("x", id="x")), parts.dialog("x", "x"), dcc.Input(), Still(content="x")],
)
def test_what_asks_or_is_answered_does_not_stand_still(component: Any) -> None:
    with pytest.raises(TypeError, match="stands still"):
        Still(content=["before", component])


def test_the_browser_draws_the_same_tags() -> None:
    script = (ROOT / "assets" / "kit.js").read_text()
    listed = re.search(r"const HTML = new Set\((\[.*?\])\)", script)
    assert listed is not None
    assert set(json.loads(listed.group(1))) == TAGS
