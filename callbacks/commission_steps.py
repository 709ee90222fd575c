"""What is decided at the commission desk about a month: its forms, and the steps from computed to paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Input, Output, State, no_update
from flask_babel import gettext as _

from pages import commissions as page
from portal.access.current import current_actor
from portal.kit import address, drill, numbers, parts
from portal.kit.callbacks import callback
from portal.kit.resource_form import answered_in, not_there, refused, typed
from portal.permissions import Permission
from portal.query.commissions import KIND, CommissionMonth, is_computed, month_row
from portal.query.outside import OutOfScope
from portal.query.reader import Reader
from portal.query.statement import last_of, month_of
from portal.services.approvals import request_approval
from portal.services.commission_adjustments import write_down
from portal.services.commission_holds import HOLD_KIND, RELEASE_KIND, hold_back, holds_of
from portal.services.commission_months import freeze, reopen
from portal.services.payment_files import hand_over_month
from portal.services.refusal import Refusal
from portal.services.runs import RunProblem, request_run
from portal.services.writer import Writer, writing


def adjust(writer: Writer, month: CommissionMonth, values: Any, _search: str) -> str:
    """Ask for an adjustment."""
    row = write_down(
        writer, month, agent_no=typed(values, "agent_no"), amount=typed(values, "amount"),
        reason=typed(values, "reason"), for_month=month_of(typed(values, "for_month").strip()),
    )  # fmt: skip
    request_approval(writer, "adjustment", str(row.id), comment=row.reason)
    return _("Asked for. A second person decides.")


def hold(writer: Writer, month: CommissionMonth, values: Any, _search: str) -> str:
    """Ask for a hold."""
    row = hold_back(
        writer, month, agent_no=typed(values, "agent_no"), line=typed(values, "line"), reason=typed(values, "reason"),
        condition=typed(values, "condition"),
    )  # fmt: skip
    request_approval(writer, HOLD_KIND, str(row.id), comment=row.reason)
    return _("Asked for. A second person decides.")


def release(writer: Writer, month: CommissionMonth, values: Any, search: str) -> str:
    """Ask for the release of the hold an address names."""
    number = drill.number_of(address.query_of(search), "release")
    if number not in {one.id for one in holds_of(Reader(writer.actor, writer.session), month)}:
        raise Refusal(_("There is no such record."))
    request_approval(writer, RELEASE_KIND, str(number), {"reason": typed(values, "reason").strip()})
    return _("Asked for. A second person decides.")


def open_again(writer: Writer, month: CommissionMonth, values: Any, _search: str) -> str:
    """Open a frozen month again."""
    reopen(writer, month, typed(values, "reason"))
    return _("The month is open again.")


Asked = Callable[[Writer, CommissionMonth, Any, str], str]
for _form, _asked in ((page.ADJUST, adjust), (page.HOLD, hold), (page.RELEASE, release), (page.REOPEN, open_again)):

    @callback(
        *answered_in(_form, page.DONE),
        Input(_form, "submits"),
        State(_form, "values"),
        State(page.ADDRESS, "search"),
        permission=Permission.COMMISSION_EDIT,
        prevent_initial_call=True,
    )
    def answer(submits: Any, values: Any, search: str, ask: Asked = _asked) -> tuple[Any, ...]:
        """What a form asks for about the month of the address: the notice, or what is wrong beside its field."""
        if not submits:
            return (no_update,) * 5
        try:
            with writing(current_actor()) as writer:
                number = drill.number_of(address.query_of(search), "month")
                month, _book = month_row(Reader(writer.actor, writer.session), number)
                said, done = ask(writer, month, values, search), f"{number} {writer.now()}"
        except Refusal as refusal:
            return refused(refusal, submits)
        except OutOfScope:
            return not_there(submits)
        return {}, "", submits, done, parts.notice(said)


def stepped(step: Callable[[Writer, CommissionMonth], str], search: str) -> tuple[Any, Any]:
    """Take one step of the month an address names: what changed, and the notice."""
    month_id = drill.number_of(address.query_of(search), "month")
    try:
        with writing(current_actor()) as writer:
            month = writer.session.get(CommissionMonth, month_id)
            if month is None:
                raise Refusal(_("There is no such record."))
            said = step(writer, month)
    except (Refusal, RunProblem) as refusal:
        return no_update, parts.notice(str(refusal), "bad")
    return f"{month_id} {said}", parts.notice(said)


def compute(writer: Writer, month: CommissionMonth) -> str:
    """Ask for the month's run; again when it was computed already."""
    again = is_computed(Reader(writer.actor, writer.session), month.month)
    request_run(
        writer,
        "commission",
        [last_of(month.month)],
        rerun=again,
        reason="Computed again at the commission desk." if again else "",
    )
    return _("The run is asked for; it begins within a minute.")


def freeze_it(writer: Writer, month: CommissionMonth) -> str:
    """Let the figures stand."""
    freeze(writer, month)
    return _("Frozen.")


def ask_for_closing(writer: Writer, month: CommissionMonth) -> str:
    """Put the month before a second person."""
    request_approval(writer, KIND, str(month.id))
    return _("Asked for. A second person decides.")


def pay(writer: Writer, month: CommissionMonth) -> str:
    """Make the payment file and record it."""
    made = hand_over_month(writer, month)
    return _(
        "Handed over: %(people)s people, %(amount)s.",
        people=numbers.count(made.people),
        amount=numbers.money(made.amount),
    )


for _button, _step, _needs in (
    (page.RUN, compute, Permission.JOB_RUN),
    (page.FREEZE, freeze_it, Permission.COMMISSION_EDIT),
    (page.ASK, ask_for_closing, Permission.COMMISSION_EDIT),
    (page.PAY, pay, Permission.COMMISSION_EDIT),
):

    @callback(
        Output(page.DONE, "data", allow_duplicate=True),
        Output(parts.TOAST, "children", allow_duplicate=True),
        Input(_button, "n_clicks"),
        State(page.ADDRESS, "search"),
        permission=_needs,
        prevent_initial_call=True,
    )
    def take_step(clicks: Any, search: str, step: Callable[[Writer, CommissionMonth], str] = _step) -> tuple[Any, Any]:
        """One step on, or the sentence that says why not."""
        return stepped(step, search) if clicks else (no_update, no_update)
