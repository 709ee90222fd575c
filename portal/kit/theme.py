"""The colours, by theme. `assets/basis.css` holds the same values as variables; a test compares them."""

from __future__ import annotations

from typing import Literal

from flask import has_request_context, request

Theme = Literal["light", "dark"]

TOKENS: dict[Theme, dict[str, str]] = {
    "light": {
        "ground": "#f6f7f9", "surface": "#ffffff", "ink": "#14181f", "muted": "#5b6472", "line": "#e4e7ec",
        "accent": "#2f5bea", "soft": "#eaf0ff", "good": "#0f8a5f", "bad": "#c8372d", "warn": "#b26a00",
        "c1": "#2f5bea", "c2": "#12a594", "c3": "#e5843a", "c4": "#8e5bd6",
        "c5": "#d6457b", "c6": "#5b8c2a", "c7": "#64748b",
    },
    "dark": {
        "ground": "#0e1116", "surface": "#161b22", "ink": "#e6e9ef", "muted": "#98a2b3", "line": "#262d38",
        "accent": "#7c9cff", "soft": "#1c2740", "good": "#3ecf8e", "bad": "#ff7a70", "warn": "#f0b35a",
        "c1": "#7c9cff", "c2": "#3fd0be", "c3": "#f3a35e", "c4": "#b48cf2",
        "c5": "#f07ba6", "c6": "#93c55f", "c7": "#94a3b8",
    },
}  # fmt: skip

SERIES = ("c1", "c2", "c3", "c4", "c5", "c6", "c7")  # the same colour for the same thing everywhere, in this order
THEME_COOKIE = "basis_theme"  # what the browser shows now, written by `assets/theme.js`

FONT = 'Inter, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", Roboto, sans-serif'


def known_theme(name: str | None) -> Theme:
    """Dark when asked for, light otherwise."""
    return "dark" if name == "dark" else "light"


def shown_theme() -> Theme:
    """The theme the browser of this request shows; light outside a request."""
    return known_theme(request.cookies.get(THEME_COOKIE)) if has_request_context() else "light"


def series_color(number: int, theme: Theme = "light") -> str:
    """The colour of the series with this number, from 0; after the seventh it begins again."""
    return TOKENS[theme][SERIES[number % len(SERIES)]]
