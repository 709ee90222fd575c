"""A formula while it is typed: checked against the whole draft, and tried on an agent's month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, no_update
from flask_babel import gettext as _

from pages import rulebook_element as page
from portal.access.current import current_actor
from portal.kit import parts
from portal.kit.callbacks import callback
from portal.kit.resource_form import typed
from portal.kit.rulebook_components import LONGEST_FORMULA
from portal.kit.rulebook_element_view import place
from portal.kit.rulebook_months import month_of
from portal.kit.rulebook_shown import element_of, shown
from portal.kit.rulebook_trying import tried_table
from portal.permissions import Permission
from portal.query import rulebooks as query
from portal.query.agent_trial import tried
from portal.query.checked_rules import UnfitRules
from portal.query.outside import OutOfScope
from portal.query.person_month import NobodyThere, TooMany
from portal.query.reader import reading
from portal.services import rulebook_words
from portal.services.refusal import Refusal
from portal.services.rulebook_looking import looked


@callback(
    Output(page.FORMULA, "marks"),
    Output(page.FORMULA, "checked"),
    Output(page.LIVE, "children"),
    Input(page.FORMULA, "value"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
)
def check_formula(text: Any, key: Any) -> tuple[Any, ...]:
    """Check the draft with what is being typed laid over it."""
    if not isinstance(text, str) or len(text) > LONGEST_FORMULA:
        return no_update, no_update, no_update
    with reading(current_actor()) as reader:
        try:
            look, here = shown(reader, key), element_of(key)
        except query.NoRulebook:
            return no_update, no_update, no_update
        elements = look.elements
        content = elements.get(here)
        if here[0] != "formulas" or not isinstance(content, Mapping):
            return no_update, no_update, no_update
        result = looked({**elements, here: written_anew(content, text)}, here)
    marks = [[one.span.start, one.span.end] for one in result.own if one.span is not None]
    if result.own:
        said: Any = [parts.flag(f"{place(one)}: {_(one.pattern) % one.values}", "bad") for one in result.own[:5]]
    elif result.others:
        said = parts.flag(_("Reads right; the check finds %(count)s problems elsewhere.", count=result.others))
    else:
        said = parts.flag(result.gives or _("Nothing is wrong."), "good")
    return marks, text, said


def written_anew(content: Mapping[str, Any], formula: str) -> dict[str, Any]:
    """A formula's element with the text that is being typed in place of what it says."""
    return {name: told for name, told in content.items() if name != "expression"} | {"formula": formula}


@callback(
    Output(page.TRY_FORM, "problems"),
    Output(page.TRY_FORM, "answered"),
    Output(page.TRIED, "children"),
    Input(page.TRY_FORM, "submits"),
    Input(page.FORMULA, "checked"),
    State(page.TRY_FORM, "values"),
    State(page.FORMULA, "value"),
    State(page.KEY, "data"),
    permission=Permission.RULEBOOK_EDIT,
    prevent_initial_call=True,
)
def try_on(submits: Any, checked: Any, values: Any, formula: Any, key: Any) -> tuple[Any, ...]:
    """What the draft makes of an agent's month, with the formula as it is typed; again whenever typing rests."""
    if not submits or not typed(values, "agent").strip():
        missing = {"agent": _("Whose month?")} if submits and not checked else {}
        return missing, submits, no_update
    with reading(current_actor()) as reader:
        try:
            look, here = shown(reader, key), element_of(key)
            content = look.elements.get(here)
            if here[0] == "formulas" and isinstance(content, Mapping) and isinstance(formula, str):
                content = written_anew(content, formula)
            draft, month = query.version_of(reader, look.code, look.version.number), month_of(typed(values, "month"))
            found = tried(reader, draft, here, content, typed(values, "agent").strip(), month)
        except query.NoRulebook:
            return {}, submits, no_update
        except Refusal as refusal:
            return {"month": refusal.sentence}, submits, no_update
        except (OutOfScope, NobodyThere):
            return {"agent": _("There is no such agent with a contract in this month.")}, submits, []
        except TooMany:
            return {"agent": _("Too many people are asked for this agent: choose another one.")}, submits, []
        except UnfitRules as problem:
            return {}, submits, parts.flag(problem.sentence.said(), "warn")
        title = rulebook_words.element_title(*here, content, look.lang)
        return {}, submits, tried_table(found, here[0], title, look.lang)
