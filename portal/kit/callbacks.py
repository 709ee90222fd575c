"""Callbacks that name the permission they need; the gate refuses an output that is not listed here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import dash
from dash import Dash
from dash import _callback as registered

from portal.permissions import Needed

Shown = TypeVar("Shown", bound=Callable[..., Any])

PAGE_OUTPUT = (
    ".._pages_content.children..._pages_store.data.."  # Dash's own router; each page checks its own permission
)
REQUIRED: dict[str, Needed] = {PAGE_OUTPUT: None}


def callback(*dependencies: Any, permission: Needed, **options: Any) -> Callable[[Shown], Shown]:
    """`dash.callback` that says who may call it.

    `permission` is what the actor needs, of several any one; `None` lets in anyone who is signed in; leaving it out is an
    error at import.
    The decorated function stays the plain function, so tests call it directly. Background callbacks are refused: long
    work is a job.
    """
    if options.get("background"):
        raise ValueError("Background callbacks are off: long work is a job with a progress row.")

    def register(show: Shown) -> Shown:
        plain: Shown = dash.callback(*dependencies, **options)(show)
        REQUIRED[newest_output()] = permission
        return plain

    return register


def newest_output() -> str:
    """The key under which Dash keeps the callback declared last; the browser sends it as `output`."""
    return next(reversed(registered.GLOBAL_CALLBACK_MAP))


def permissions_by_output() -> dict[str, Needed]:
    """What each output needs, by its key in `app.callback_map` (several outputs, duplicates and patterns included)."""
    return dict(REQUIRED)


def undeclared_outputs(app: Dash) -> list[str]:
    """Outputs of server callbacks that name no permission; the gate refuses them and a test wants none.

    Call it after the first request, when Dash has gathered its callbacks.
    """
    return sorted(
        output for output, entry in app.callback_map.items() if "callback" in entry and output not in REQUIRED
    )
