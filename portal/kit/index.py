"""The one HTML page: everything the browser needs to draw the shell before any script has run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape

from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.access.current import current_user_settings
from portal.access.language import HTML_LANGUAGES
from portal.kit.first_round import FirstRound
from portal.kit.markup import Markup
from portal.kit.theme import TOKENS, shown_theme

_SCRIPT = re.compile(r'<script src="([^"]+)"></script>')
LEFT_OUT = (
    "polyfill@",
    "/dash_table/",
    "/dash_bootstrap_components/",
    "/dash_ag_grid/",
)  # loaded when needed, or never
RENDERER = "dash_renderer"
SUITES = "/_dash-component-suites"
REPORT_PATH = "/reports/"
ON_A_DESK = 'media="(min-width: 768px)"'

# What can be said before anything was asked: the browser fetches styles and scripts meanwhile.
BEGINNING = """<!doctype html>
<html lang="{language}" data-theme="{theme}" data-drawn="{drawn}" data-rise="{rise}"
 data-addresses="{addresses}" data-texts="{texts}" data-colors="{colors}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" content="#ffffff">
<meta name="mobile-web-app-capable" content="yes">
<script src="{theme_script}"></script>
<link rel="stylesheet" href="{style}">
{ahead}
<link rel="manifest" href="{manifest}">
<link rel="icon" href="{favicon}" type="image/svg+xml">
<link rel="apple-touch-icon" href="{touch_icon}">
"""

REST = """<title>{title}</title>
</head>
<body>
{first}<div id="react-entry-point">{waiting}</div>
{given}{config}
{scripts}
{renderer}
</body>
</html>
"""

WAITING = """<div class="shell" aria-busy="true">
<aside class="side"><div class="brand"><span class="brand-mark"></span><span>Basis</span></div></aside>
<div class="main"><div class="top"></div><div class="page">
<div class="page-header"><div class="waiting-title"></div><p class="subtitle"></p></div>
<div class="figures">{card}{card}{card}{card}</div></div></div></div>"""
CARD = '<div class="skeleton" style="height:120px"></div>'


# What stands on the screen until the page is there and answers; then `assets/first.js` takes it away.
FIRST = '<div id="first" aria-busy="true">{drawn}</div>\n'
GIVEN = '<script type="application/json" id="given">{given}</script>\n'


def beginning(dash_parts: Mapping[str, str], addresses: Mapping[str, str]) -> str:
    """The page in the reader's language and theme, up to its title. `addresses` are the fingerprinted files by their part."""
    settings = current_user_settings()
    locale = str(get_locale() or settings.language)
    return BEGINNING.format(
        language=HTML_LANGUAGES.get(locale, locale),
        theme=escape(settings.theme),
        drawn=shown_theme(),  # the figures that come along have its colours; `assets/theme.js` knows the right one only later
        rise=escape(settings.rise_color),
        addresses=_attribute(
            {name: addresses[name] for name in ("icons", "dash_ag_grid", "dash_bootstrap_components", "worker")}
        ),
        texts=_attribute(_texts()),
        colors=_attribute([[light, TOKENS["dark"][name]] for name, light in TOKENS["light"].items()]),
        theme_script=addresses["theme.js"],
        style=addresses["screen.css"],
        ahead=_ahead(request.path, addresses["dash_ag_grid"], _scripts(dash_parts["scripts"], addresses["screen.js"])),
        manifest=addresses["manifest.webmanifest"],
        favicon=addresses["icon.svg"],
        touch_icon=addresses["icon-192.png"],
    )


def rest(dash_parts: Mapping[str, str], addresses: Mapping[str, str], first: FirstRound | None = None) -> str:
    """The page from its title on, with what the browser would ask for at once."""
    return REST.format(
        title=escape((first.title if first else "") or dash_parts["title"]),
        first=FIRST.format(drawn=Markup(addresses["icons"], request.path).draw(first.tree)) if first else "",
        given=GIVEN.format(given=_inside_a_script(first.given())) if first else "",
        waiting="" if first else WAITING.format(card=CARD),
        config=dash_parts["config"],
        scripts=_scripts(dash_parts["scripts"], addresses["screen.js"]),
        renderer=dash_parts["renderer"],
    )


def _ahead(path: str, grid: str, scripts: str) -> str:
    """What a desk fetches while its first answers are worked out: all scripts, and those of the grid for a report, each of
    which would only be asked for by the one before. A phone's line is busy enough with the figures."""
    links = [f'<link rel="preload" as="script" href="{one}" {ON_A_DESK}>' for one in _SCRIPT.findall(scripts)]
    if path.startswith(REPORT_PATH):
        needed = [grid, f"{SUITES}/dash_ag_grid/async-community.js"]
        links += [
            f'<link rel="preload" as="script" href="{one}" {ON_A_DESK} fetchpriority="low" data-run>' for one in needed
        ]
    return "\n".join(links)


def _scripts(tags: str, own: str) -> str:
    """Dash's scripts without those that are not needed; ours stand right before the renderer."""
    kept = []
    for line in tags.splitlines():
        found = _SCRIPT.match(line)
        if found is None:
            kept.append(line)
        elif not any(part in found.group(1) for part in LEFT_OUT):
            kept.append(f'<script src="{own}"></script>\n{line}' if RENDERER in found.group(1) else line)
    return "\n".join(kept)


def _texts() -> dict[str, str]:
    """What `assets/shell.js` says."""
    return {
        "offline": _("No connection. Figures come back when you are connected."),
        "forbidden": _("You may not do this with your role."),
        "slower": _("Too many requests. Wait a moment and try again."),
        "failed": _("Something did not work. Reload the page and try again."),
    }


def _inside_a_script(content: str) -> str:
    """JSON inside a script element: nothing in it can end the element."""
    return content.replace("<", "\\u003c")


def _attribute(content: object) -> str:
    """JSON inside a double-quoted attribute."""
    return escape(json.dumps(content, ensure_ascii=False, separators=(",", ":")))
