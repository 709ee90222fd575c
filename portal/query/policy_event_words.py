"""What events of other systems, their columns and what may become of them are called, for senders and for people here."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.query.resource import Words

DATASETS: dict[str, Words] = {
    "policy": _l("The state of a policy from now on: issued, changed or ended."),
    "premium": _l("A premium that was received; a refund is negative."),
    "renewal_due": _l("A premium that became due."),
    "policy_end": _l("A policy that ended."),
}
COLUMNS: dict[str, Words] = {
    "policy_id": _l("Number of the policy"),
    "policy_no": _l("Number of the policy as it is printed"),
    "agent_no": _l("Number of the agent it is credited to"),
    "product_code": _l("Code of the product"),
    "payment_term": _l("Years in which premiums are paid; 1 is a single premium"),
    "premium": _l("What a year costs"),
    "issued_on": _l("Day of issue"),
    "effective_on": _l("Day from which it is in force"),
    "status": _l("in_force or ended"),
    "ended_on": _l("Day on which it ended"),
    "end_kind": _l("lapse, cancel (in the cooling-off days) or surrender"),
    "customer_name": _l("Name of the customer"),
    "receipt_confirmed_on": _l("Day on which the customer confirmed that the policy was handed over"),
    "premium_id": _l("Number of the premium"),
    "amount": _l("Amount"),
    "received_on": _l("Day on which it was received"),
    "policy_year": _l("Year of the policy: 1 in the first twelve months"),
    "payment_no": _l("Which payment it is: 1, 2, 3 ...; 0 is a refund"),
    "due_id": _l("Number of the premium due"),
    "due_on": _l("Day on which it became due"),
    "months_in_force": _l("Whole months since it took effect"),
}
NAMES: dict[str, Words] = {  # of the same columns, short
    "policy_id": _l("Policy id"), "policy_no": _l("Policy number"), "agent_no": _l("Agent number"),
    "product_code": _l("Product"), "payment_term": _l("Years of payment"), "premium": _l("Yearly premium"),
    "issued_on": _l("Issued"), "effective_on": _l("In force from"), "status": _l("Status"), "ended_on": _l("Ended"),
    "end_kind": _l("How it ended"), "customer_name": _l("Customer"), "receipt_confirmed_on": _l("Receipt confirmed"),
    "premium_id": _l("Premium id"), "amount": _l("Amount"), "received_on": _l("Paid on"), "policy_year": _l("Policy year"),
    "payment_no": _l("Payment number"), "due_id": _l("Due id"), "due_on": _l("Due on"), "months_in_force": _l("Months in force"),
}  # fmt: skip


def states() -> dict[str, str]:
    """What an event may have become."""
    return {
        "waiting": _("no run has used it yet; the reason says what it lacks, if an intraday run found something"),
        "provisional": _("it stands in the provisional figures of the day; the next nightly run takes it along"),
        "published": _("its row is among the published figures of its business date"),
        "confirmed": _("the daily delivery holds the same row, which counts"),
        "replaced": _("a later event of the same day says how the policy stands"),
        "set_aside": _("its row could not be used; the reason says why"),
    }
