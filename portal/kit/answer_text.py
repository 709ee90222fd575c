"""An answer as JSON, written in one go: the writer asks components for their properties as it meets them.

Dash has plotly walk through every answer first, value by value in Python, because a value might be a frame or an array of
numpy. Ours are plain values and components; whatever else turns up is written as Dash writes it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
from dash import _callback as answering
from dash import _utils as usual
from dash import dash as serving
from dash.development.base_component import Component

WILDCARDS = ("data-", "aria-")

_names: dict[type[Component], frozenset[str]] = {}


def install() -> None:
    """Have Dash write its answers and layouts like this."""
    for module in (answering, serving):
        module.to_json = answer_text  # type: ignore[attr-defined]


def answer_text(answer: Any) -> str:
    """The JSON of an answer; it may stand inside a page, so it opens no tag."""
    try:
        written = orjson.dumps(answer, _plain).decode()
    except TypeError:  # a name that is no text, or a value that plotly knows
        return str(usual.to_json(answer))  # type: ignore[no-untyped-call]
    return (
        written.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def _plain(one: Any) -> Any:
    """What orjson does not know by itself."""
    if isinstance(one, Component):
        kind = type(one)
        names = _names.get(kind)
        if names is None:
            names = _names[kind] = frozenset(one._prop_names)
        given = {name: value for name, value in vars(one).items() if name in names or name.startswith(WILDCARDS)}
        return {"props": given, "type": one._type, "namespace": one._namespace}
    if isinstance(one, Decimal):
        return float(one)
    if hasattr(one, "to_plotly_json"):
        return one.to_plotly_json()
    raise TypeError(f"There is no JSON for a {type(one).__name__}.")
