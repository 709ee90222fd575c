"""One request: shown to whom it concerns; decided, withdrawn, commented on. The services say who may."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from pages import approval as page
from portal.access.callback_body import Malformed
from portal.access.current import current_actor
from portal.kit import approval_list, approval_view, parts
from portal.kit.attached_files import content_of
from portal.kit.callbacks import callback
from portal.kit.resource_form import typed
from portal.permissions import Actor
from portal.query.approvals import Seen, as_the_house, conflict_of, seen
from portal.query.outside import OutOfScope
from portal.query.reader import Reader, reading
from portal.query.record import is_number
from portal.services.approval_conflicts import ApprovalConflict, outdated
from portal.services.approval_kinds import APPROVALS
from portal.services.approval_words import attach, comment
from portal.services.approvals import APPROVE, REFUSE, decide_as, withdraw
from portal.services.refusal import Refusal
from portal.services.writer import NotThere, writing


def number_of(data: Any) -> int:
    """The request a page is about, −1 for none."""
    return int(data) if isinstance(data, str) and is_number(data) else -1


def found(actor: Actor, data: Any) -> Seen:
    """The request as the actor may see it. Raises Malformed for one that is not there for him: his page said so."""
    try:
        return seen(actor, APPROVALS, number_of(data))
    except OutOfScope as missing:
        raise Malformed("There is no such request.") from missing


@callback(
    Output(page.HEAD, "children"),
    Output(page.NOTES, "children"),
    Output(page.BODY, "children"),
    Output(page.TRAIL, "children"),
    Output(page.STEPS, "children"),
    Output(page.FILES, "children"),
    Output(page.SEEN, "data"),
    Output(page.PAST, "hidden"),
    Input(page.NUMBER, "data"),
    Input(page.DONE, "data"),
    permission=None,
)
def show_request(number: Any, _done: Any) -> tuple[Any, ...]:
    """All of a request, and the hash of the content that is shown."""
    actor = current_actor()
    try:
        one = seen(actor, APPROVALS, number_of(number))
    except OutOfScope:
        nothing = parts.empty(_("There is no such request, or it is not for you."),
                              parts.link(_("To the inbox"), approval_list.PATH, "btn btn-outline"))  # fmt: skip
        return parts.page_header(_("Inbox")), [], nothing, [], "", [], "", True
    with reading(one.reader) as reader:
        notes, body, stale = drawn(reader, one)
        return (
            approval_view.header(reader, one, actions(one, stale)), notes, body, approval_view.trail(reader, one),
            approval_view.steps_left(one), approval_view.attachments(reader, one), one.request.content_hash, False,
        )  # fmt: skip


def drawn(reader: Reader, one: Seen) -> tuple[list[Component], list[Component], bool]:
    """What to know first, what changes and what it would do; and whether the content is not that of the request."""
    request, kind, language = one.request, one.kind, reader.actor.language
    conflict = conflict_of(reader, kind, request)
    told = outdated(reader, kind, request, conflict) if conflict else None
    with as_the_house(reader) as house:
        is_open = request.ended_at is None
        problems = kind.problems(house, request.content) if is_open and told is None else []
        changes = kind.changes(house, request.content)
        effect = kind.preview(house, request.content) if is_open else None
    notes = approval_view.notes(reader, one, problems)
    if told is not None:
        notes.append(approval_view.conflict(told.sentence, told.differences))
    body = [approval_view.changes(changes, approval_view.subject_link(reader, request))]
    if effect is not None:
        body.insert(
            0 if len(changes) > approval_view.MANY else 1, html.Div(approval_view.effect_figures(effect, language))
        )
        body += approval_view.effect(effect, language)
    return notes, body, told is not None


def actions(one: Seen, stale: bool) -> list[Component]:
    """What the person may do: decide, or take his own request back."""
    if one.authority is not None:
        refuse = parts.button(_("Refuse"), id=page.REFUSE, icon_name="x-lg")
        return [refuse, parts.button(_("Approve"), id=page.APPROVE, primary=True, icon_name="check-lg", disabled=stale)]
    if one.mine and one.request.ended_at is None:
        return [parts.button(_("Withdraw"), id=page.WITHDRAW, icon_name="arrow-counterclockwise")]
    return []


for _button, _opened in (
    (page.APPROVE, page.APPROVE_DIALOG),
    (page.REFUSE, page.REFUSE_DIALOG),
    (page.WITHDRAW, page.WITHDRAW_DIALOG),
):

    @callback(
        Output(_opened, "open", allow_duplicate=True),
        Input(_button, "n_clicks"),
        permission=None,
        prevent_initial_call=True,
    )
    def ask(clicks: int | None) -> Any:
        """The question before the step."""
        return True if clicks else no_update


@callback(
    Output(page.APPROVE_FORM, "said"),
    Output(page.APPROVE_FORM, "answered"),
    Output(page.APPROVE_DIALOG, "open"),
    Output(page.CONFLICT, "children"),
    Output(page.DONE, "data"),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.APPROVE_FORM, "submits"),
    State(page.APPROVE_FORM, "values"),
    State(page.SEEN, "data"),
    State(page.NUMBER, "data"),
    permission=None,
    prevent_initial_call=True,
)
def approve(submits: Any, values: Any, seen_hash: Any, number: Any) -> tuple[Any, ...]:
    """Approve what is shown."""
    if not submits:
        return (no_update,) * 6
    return decided(number, seen_hash, APPROVE, typed(values, "reason"), submits, _("Approved."))


@callback(
    Output(page.REFUSE_FORM, "said"),
    Output(page.REFUSE_FORM, "answered"),
    Output(page.REFUSE_DIALOG, "open"),
    Output(page.CONFLICT, "children", allow_duplicate=True),
    Output(page.DONE, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.REFUSE_FORM, "submits"),
    State(page.REFUSE_FORM, "values"),
    State(page.SEEN, "data"),
    State(page.NUMBER, "data"),
    permission=None,
    prevent_initial_call=True,
)
def refuse(submits: Any, values: Any, seen_hash: Any, number: Any) -> tuple[Any, ...]:
    """Refuse what is shown, with a reason."""
    if not submits:
        return (no_update,) * 6
    return decided(number, seen_hash, REFUSE, typed(values, "reason"), submits, _("Refused."))


def decided(number: Any, seen_hash: Any, decision: str, reason: str, submits: Any, said: str) -> tuple[Any, ...]:
    """Decide; when the request is not what the person saw, close the question and show what it is now."""
    actor = current_actor()
    one = found(actor, number)
    try:
        decide_as(actor, one.request.id, seen_hash if isinstance(seen_hash, str) else "", decision, reason)
    except ApprovalConflict as conflict:
        told = approval_view.conflict(conflict.sentence, conflict.differences)
        return "", submits, False, told, f"{decision} {submits}", no_update
    except Refusal as refusal:
        return refusal.sentence, submits, no_update, no_update, no_update, no_update
    except NotThere as missing:
        raise Malformed("There is no such request.") from missing
    return "", submits, False, [], f"{decision} {submits}", parts.notice(said)


@callback(
    Output(page.WITHDRAW_FORM, "said"),
    Output(page.WITHDRAW_FORM, "answered"),
    Output(page.WITHDRAW_DIALOG, "open"),
    Output(page.DONE, "data", allow_duplicate=True),
    Output(parts.TOAST, "children", allow_duplicate=True),
    Input(page.WITHDRAW_FORM, "submits"),
    State(page.WITHDRAW_FORM, "values"),
    State(page.NUMBER, "data"),
    permission=None,
    prevent_initial_call=True,
)
def take_back(submits: Any, values: Any, number: Any) -> tuple[Any, ...]:
    """Withdraw one's own request."""
    if not submits:
        return (no_update,) * 5
    actor = current_actor()
    one = found(actor, number)
    try:
        with writing(actor) as writer:
            withdraw(writer, one.request.id, typed(values, "reason"))
    except Refusal as refusal:
        return refusal.sentence, submits, no_update, f"withdraw {submits}", no_update
    return "", submits, False, f"withdraw {submits}", parts.notice(_("Withdrawn."), "neutral")


@callback(
    Output(page.COMMENT_FORM, "problems"),
    Output(page.COMMENT_FORM, "values"),
    Output(page.COMMENT_FORM, "answered"),
    Output(page.DONE, "data", allow_duplicate=True),
    Input(page.COMMENT_FORM, "submits"),
    State(page.COMMENT_FORM, "values"),
    State(page.NUMBER, "data"),
    permission=None,
    prevent_initial_call=True,
)
def say(submits: Any, values: Any, number: Any) -> tuple[Any, ...]:
    """Say something about the request."""
    if not submits:
        return (no_update,) * 4
    one = found(current_actor(), number)
    try:
        with writing(one.reader) as writer:
            comment(writer, one.request.id, typed(values, "words"))
    except Refusal as refusal:
        return {"words": refusal.sentence}, no_update, submits, no_update
    return {}, {"words": ""}, submits, f"comment {submits}"


@callback(
    Output(page.FILE_SAID, "children"),
    Output(page.DONE, "data", allow_duplicate=True),
    Input(page.FILE, "tries"),
    State(page.FILE, "file"),
    State(page.FILE, "name"),
    State(page.NUMBER, "data"),
    permission=None,
    prevent_initial_call=True,
)
def keep_file(tries: Any, file: Any, name: Any, number: Any) -> tuple[Any, ...]:
    """Attach a file; what it is, its content says."""
    if not tries:
        return no_update, no_update
    one = found(current_actor(), number)
    try:
        with writing(one.reader) as writer:
            attach(writer, one.request.id, name if isinstance(name, str) else "", content_of(file))
    except Refusal as refusal:
        return refusal.sentence, no_update
    return "", f"file {tries}"
