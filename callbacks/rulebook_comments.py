"""What people say about a rulebook version or one of its elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, no_update
from flask_babel import gettext as _

from pages import rulebook_element, rulebook_version
from portal.kit.callbacks import callback
from portal.kit.resource_form import typed
from portal.kit.rulebook_shown import editing, element_of
from portal.permissions import Permission
from portal.query.rulebooks import NoRulebook
from portal.services.refusal import Refusal
from portal.services.rulebooks import comment

for _page in (rulebook_version, rulebook_element):

    @callback(
        Output(_page.COMMENT_FORM, "problems"),
        Output(_page.COMMENT_FORM, "answered"),
        Output(_page.DONE, "data", allow_duplicate=True),
        Input(_page.COMMENT_FORM, "submits"),
        State(_page.COMMENT_FORM, "values"),
        State(_page.KEY, "data"),
        permission=Permission.RULEBOOK_VIEW,
        prevent_initial_call=True,
    )
    def say(submits: Any, values: Any, key: Any) -> tuple[Any, ...]:
        """Keep what was said: problems, answered, what changed."""
        if not submits:
            return (no_update,) * 3
        try:
            about = element_of(key) if isinstance(key, Mapping) and "section" in key else ("", "")
            with editing(key) as (writer, version):
                comment(writer, version, typed(values, "words"), about)
        except NoRulebook:
            return {"words": _("There is no such element.")}, submits, no_update
        except Refusal as refusal:
            return {"words": refusal.sentence}, submits, no_update
        return {}, submits, f"comment {submits}"
