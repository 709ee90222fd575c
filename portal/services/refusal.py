"""Why something is not written: a sentence for the person who asked, and the field it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from portal.query.resource import Resource

LONGEST_REASON = 500
SHARE_TOTAL = re.compile(r"The (\S+) shares of (customer|account) (\d+) total (\S+) % on (\S+);")


class Refusal(ValueError):
    """What was asked for is not done; nothing of it was written. `others` are further fields with their sentences."""

    def __init__(self, sentence: str, field: str = "", others: Sequence[Refusal] = ()) -> None:
        self.sentence, self.field, self.others = sentence, field, tuple(others)
        super().__init__(sentence)

    @property
    def all(self) -> tuple[Refusal, ...]:
        """This one and the others."""
        return (self, *self.others)


def reason_of(reason: Any, missing: str = "") -> str:
    """Why somebody does something, as a form sends it. Raises Refusal for what is too long, and for none where one is needed."""
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
        raise Refusal(_("The reason has at most %(longest)s characters.", longest=LONGEST_REASON), "reason")
    if missing and not reason.strip():
        raise Refusal(missing, "reason")
    return reason.strip()


def refused_together(refusals: Sequence[Refusal]) -> Refusal:
    """Several refusals as one: the first, with the others behind it."""
    first, *others = refusals
    return Refusal(first.sentence, first.field, others)


def refusal_of(error: IntegrityError, resource: Resource | None = None) -> Refusal:
    """The sentence for a rule that the database itself upheld."""
    diagnosis = getattr(error.orig, "diag", None)
    constraint = str(getattr(diagnosis, "constraint_name", "") or "")
    if constraint == "share_totals":
        return _shares_do_not_total(str(getattr(diagnosis, "message_primary", "")))
    if constraint.endswith("_no_overlap"):
        return Refusal(_("Another period already holds on some of these days."), "valid_from")
    if constraint.startswith("uq_"):
        return _already_used(constraint, resource)
    if constraint.endswith("_not_own_parent"):
        return Refusal(_("An institution cannot stand under itself."), "parent")
    if constraint.startswith("fk_"):
        return Refusal(_("Something else still refers to it, or what it refers to is gone."))
    return Refusal(_("The database refuses these values (%(rule)s).", rule=constraint or "?"))


def _shares_do_not_total(message: str) -> Refusal:
    found = SHARE_TOTAL.search(message)
    if found is None:
        return Refusal(_("The parts must total 100 % on every day."), "parts")
    role, kind, number, total, day = found.groups()
    subject = _("customer %(number)s", number=number) if kind == "customer" else _("account %(number)s", number=number)
    return Refusal(
        _("The parts of %(subject)s (%(role)s) total %(total)s %% on %(day)s; they must total 100 %%.",
          subject=subject, role=role, total=total, day=day), "parts",
    )  # fmt: skip


def _already_used(constraint: str, resource: Resource | None) -> Refusal:
    for each in resource.fields if resource is not None else ():
        if each.has_column and constraint.endswith(f"_{each.attribute}"):
            return Refusal(_("%(field)s: this is already used by another record.", field=str(each.title)), each.name)
    return Refusal(_("There is already such a record."))
