"""The colours are the same everywhere, and what is written in them can be read."""

from __future__ import annotations

import re

import pytest

from portal.kit.static import ASSETS
from portal.kit.theme import SERIES, TOKENS, Theme, known_theme, series_color

THEMES: tuple[Theme, ...] = ("light", "dark")
AA = 4.5


def css_tokens(theme: Theme) -> dict[str, str]:
    css = (ASSETS / "basis.css").read_text(encoding="utf-8")
    start = css.index('[data-bs-theme="light"]' if theme == "light" else '[data-bs-theme="dark"]')
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", css[start : css.index("}", start)]))


def channel(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(color: str) -> float:
    red, green, blue = (channel(int(color[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(color: str, share: float, other: str) -> str:
    """`color-mix(in srgb, color share, other)`."""
    pairs = ((int(color[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(one * share + two * (1 - share)):02x}" for one, two in pairs)


@pytest.mark.parametrize("theme", THEMES)
def test_figures_and_pages_have_the_same_colours(theme: Theme) -> None:
    css = css_tokens(theme)
    assert {name: css[name] for name in TOKENS[theme]} == TOKENS[theme]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["ground", "surface"])
@pytest.mark.parametrize("words", ["ink", "muted", "accent"])
def test_words_can_be_read(theme: Theme, ground: str, words: str) -> None:
    assert contrast(TOKENS[theme][words], TOKENS[theme][ground]) >= AA


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["good", "bad", "warn"])
def test_coloured_words_can_be_read(theme: Theme, name: str) -> None:
    css = (ASSETS / "basis.css").read_text(encoding="utf-8")
    found = re.search(rf"--{name}-text: color-mix\(in srgb, var\(--{name}\) (\d+)%", css)
    assert found
    words = mixed(TOKENS[theme][name], int(found.group(1)) / 100, css_tokens(theme)["text-shade"])
    assert contrast(words, TOKENS[theme]["surface"]) >= AA and contrast(words, TOKENS[theme]["ground"]) >= AA


@pytest.mark.parametrize("theme", THEMES)
def test_the_filled_button_can_be_read(theme: Theme) -> None:
    assert contrast(css_tokens(theme)["on-accent"], TOKENS[theme]["accent"]) >= AA
    assert contrast(TOKENS[theme]["accent"], TOKENS[theme]["soft"]) >= AA


@pytest.mark.parametrize("theme", THEMES)
def test_colours_differ_so_that_they_can_be_swapped(theme: Theme) -> None:
    other: Theme = "dark" if theme == "light" else "light"
    swaps = {}
    for name, color in TOKENS[theme].items():
        assert swaps.setdefault(color, TOKENS[other][name]) == TOKENS[other][name], name


def test_series_begin_again_after_the_seventh() -> None:
    assert series_color(len(SERIES)) == series_color(0) == TOKENS["light"]["c1"]


def test_an_unknown_theme_is_light() -> None:
    assert known_theme("<x>") == "light" and known_theme("dark") == "dark"
