"""Only what is used travels: the part of Bootstrap's styles and icons that our own source names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("portal", "pages", "callbacks", "assets")
SUFFIXES = {".py", ".js", ".html"}
BOOTSTRAP = "static/bootstrap5/css/bootstrap.min.css"
ICONS = "static/bootstrap5/icons/bootstrap-icons.svg"

_CLASS = re.compile(r"\.(-?[_a-zA-Z][\w-]*)")
_WORD = re.compile(r"[a-zA-Z][\w-]*")
_SYMBOL = re.compile(r'<symbol class="[^"]*" viewBox="[^"]*" id="([^"]+)">.*?</symbol>', re.DOTALL)
_ICON = re.compile(
    r"""\b(?:icon|icon_name|name)["']?\s*[=(:]\s*["']([a-z0-9]+(?:-[a-z0-9]+)*)["']"""  # a keyword, a key, a call
    r"""|_round_button\(\w+, ["']([a-z0-9-]+)["']"""
)
_SVG_HEAD = '<svg xmlns="http://www.w3.org/2000/svg">'


@lru_cache
def own_source() -> str:
    """All text of ours that may name a class or an icon."""
    found = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in SUFFIXES)
    return "\n".join(path.read_text(encoding="utf-8") for path in found)


@lru_cache
def used_styles() -> str:
    """Bootstrap's rules for elements and for the classes our source names; its licence line stays on top."""
    css = (files("flask_bootstrap") / BOOTSTRAP).read_text(encoding="utf-8")
    licence, _end, rest = css.removeprefix('@charset "UTF-8";').partition("*/")
    rules = rest.partition("/*# sourceMapping")[0]
    return f"{licence}*/" + "".join(_kept(rules, frozenset(_WORD.findall(own_source()))))


@lru_cache
def icon_names() -> frozenset[str]:
    """All icons there are."""
    return frozenset(found.group(1) for found in _SYMBOL.finditer(_all_icons()))


@lru_cache
def used_icons() -> str:
    """A sprite of the icons our source names as `icon="..."`, `icon_name="..."` or `icon("...")`."""
    named = {name for pair in _ICON.findall(own_source()) for name in pair if name}
    kept = (
        f'<symbol viewBox="0 0 16 16" id="{found.group(1)}">{found.group().partition(">")[2]}'
        for found in _SYMBOL.finditer(_all_icons())
        if found.group(1) in named
    )
    return f"<!-- Bootstrap Icons, MIT licence -->{_SVG_HEAD}{''.join(kept)}</svg>"


@lru_cache
def _all_icons() -> str:
    return (files("flask_bootstrap") / ICONS).read_text(encoding="utf-8")


def _kept(css: str, words: frozenset[str]) -> Iterator[str]:
    """The blocks to keep: selectors whose every class is named, media queries that are not empty."""
    for head, body in _blocks(css):
        if head.startswith("@media"):
            inside = "".join(_kept(body, words))
            if inside:
                yield f"{head}{{{inside}}}"
        elif head.startswith("@"):
            if head.startswith("@keyframes") and head.split()[-1] in words:
                yield f"{head}{{{body}}}"
        else:
            selectors = [one for one in _selectors(head) if words.issuperset(_CLASS.findall(one))]
            if selectors:
                yield f"{','.join(selectors)}{{{body}}}"


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Head and body of each block at the outermost level."""
    depth, start, head = 0, 0, ""
    for mark in re.finditer(r"[{}]", css):
        if mark.group() == "{":
            if depth == 0:
                head, start = css[start : mark.start()].strip(), mark.end()
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                yield head, css[start : mark.start()]
                start = mark.end()


def _selectors(head: str) -> list[str]:
    """The selectors of a list; a comma inside `:not(a,b)` does not part them."""
    return [one.strip() for one in re.split(r",(?![^(]*\))", head)]
