"""Parts show text as text and lead only where one may go."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from dash.development.base_component import Component
from flask_babel import LazyString
from plotly.utils import PlotlyJSONEncoder

from portal.kit import figures, grid, parts
from portal.kit.static import ASSETS

EVIL = '"><img src=x onerror=alert(1)>'
LINKS = [
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "//evil.example/x",
    "/\\evil.example",
    "data:text/html,x",
    " https://x",
]


def every_part(text: str, href: str) -> list[Component]:
    cell = parts.Cell(text, note=text, badge=text, href=href, title=text)
    return [
        parts.page_header(
            text, text, [parts.button(text, "b", primary=True, icon_name="flag")], [(text, href), (text, "")], id="h"
        ),
        parts.section(text, text, subtitle=text),
        parts.figure_card(text, text, text, text, parts.Delta(text, 1, text), None, href, hero=True),
        parts.simple_table([parts.Column("a", text)], [{"a": cell, "href": href}], text, more=text),
        parts.simple_table([parts.Column("a", text)], []),
        parts.empty(text, parts.link(text, href)),
        parts.problem(text, text),
        parts.flag(text),
        parts.badge(text),
        parts.notice(text),
        parts.task_list([parts.Task(text, text, text, href)]),
        parts.facts([(text, text)]),
        parts.segmented("s", [(text, text)], text, text),
        parts.tabs([(text, href)], href),
        parts.confirm("c", text, text, text),
        parts.legend([parts.Share(1, text, text, href)]),
        parts.labelled(text, parts.badge(text), text, text),
        parts.breadcrumbs([(text, href), (text, "")]),
        parts.progress(2.0, text),
        parts.columns(text, parts.stack(text)),
    ]


def values(component: Any) -> list[tuple[str, Any]]:
    """Every property of a tree of components, with its name."""
    tree = json.loads(json.dumps(component, cls=PlotlyJSONEncoder))
    found: list[tuple[str, Any]] = []

    def walk(name: str, value: Any) -> None:
        found.append((name, value))
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(key, inner)
        elif isinstance(value, list):
            for inner in value:
                walk(name, inner)

    walk("", tree)
    return found


@pytest.mark.parametrize("href", LINKS)
def test_no_part_leads_astray(href: str) -> None:
    for part in every_part("text", href):
        for name, value in values(part):
            if name == "href":
                assert value == "#" or not value.startswith(href.strip()[:4]), (part, value)


def test_no_part_reads_markup() -> None:
    """Text stays whole in properties React writes as text; nothing is Markdown, HTML or code."""
    for part in every_part(EVIL, "/x"):
        found = values(part)
        assert not {name for name, _ in found} & {
            "dangerously_allow_html",
            "dangerouslySetInnerHTML",
            "srcDoc",
            "innerHTML",
        }
        assert not [
            value
            for name, value in found
            if name == "type" and value in ("Markdown", "DangerouslySetInnerHTML", "Iframe")
        ]


def test_a_way_to_a_file_takes_a_text_that_is_chosen_when_read() -> None:
    way = parts.download(LazyString(lambda: "Download"), "/download/x")
    assert way.children[1] == "Download" and type(way.children[1]) is str


@pytest.mark.parametrize("name", ["kit.js", "lazy.js", "shell.js", "theme.js", "address.js", "resource.js"])
def test_our_scripts_write_no_markup_and_run_no_text(name: str) -> None:
    script = (ASSETS / name).read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|dangerously", script
    )


def test_an_empty_table_says_so() -> None:
    assert "Nothing here yet." in str(parts.simple_table([parts.Column("a", "A")], []))


def test_a_table_is_one_component() -> None:
    rows = [{"a": str(number)} for number in range(40)]
    assert len(list(parts.simple_table([parts.Column("a", "A")], rows)._traverse())) == 0


def test_a_graph_is_named_for_those_who_do_not_see_it() -> None:
    shown = json.dumps(figures.graph("g", {"data": [], "layout": {}}, "Deposits by branch"), cls=PlotlyJSONEncoder)
    assert '"aria-label": "Deposits by branch"' in shown


def test_grid_titles_are_text() -> None:
    column = grid.column_definition(grid.GridColumn("a", EVIL))
    assert column["headerName"] == EVIL and "dangerously_allow_code" not in grid.AgGrid.PROPERTIES


def test_a_section_without_a_heading_says_its_note_all_the_same() -> None:
    shown = str(parts.section("", subtitle="The desk answers."))
    assert "The desk answers." in shown
    assert "section-head" not in str(parts.section("", "only content"))
