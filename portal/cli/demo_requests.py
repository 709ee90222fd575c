"""A request that waits in the demo bank, so that a branch leader's inbox has something to decide."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from portal.access.identity import actor_named, today
from portal.database import database
from portal.models.approvals import ApprovalRequest
from portal.models.organisation import Position, Share
from portal.permissions import LOCAL_OPERATOR
from portal.query.customers import customers
from portal.query.reader import reading
from portal.query.subjects import key_of
from portal.services.approvals import request_approval
from portal.services.share_requests import proposal_of
from portal.services.writer import writing

MOST_LOOKED_AT = 20


def ask_for_shares(username: str) -> bool:
    """Let a customer manager ask to share his largest customer of his own with a colleague; once."""
    with database().transaction(LOCAL_OPERATOR) as session:
        if session.scalar(select(ApprovalRequest.id).limit(1)) is not None:
            return False
        manager = actor_named(session, username)
        colleague = session.scalar(
            select(Position.person_id)
            .where(
                Position.institution_id == manager.institution_id, Position.kind == "customer_manager",
                Position.person_id != manager.person_id, Position.valid_to > today(),
            )
            .order_by(Position.person_id)
        )  # fmt: skip
    customer = _own_customer(manager.name)
    if colleague is None or customer is None or manager.person_id is None:
        return False
    lines = [
        {"person": manager.person_id, "ratio": Decimal("0.7")},
        {"person": colleague, "ratio": Decimal("0.3")},
    ]
    comment = "We look after this customer together: the company's payroll is run from the other desk."
    with writing(manager) as writer:
        proposal = proposal_of(lines, today() + dt.timedelta(days=6))
        request_approval(writer, "share_change", key_of(customer, None, "marketer"), proposal, comment=comment)
    return True


def _own_customer(username: str) -> int | None:
    """The largest customer whose only manager this is."""
    with database().transaction(LOCAL_OPERATOR) as session:
        manager = actor_named(session, username)
    with reading(manager) as reader:
        largest = [one.id for one in customers(reader, reader.today, size=MOST_LOOKED_AT).lines]
        alone = set(
            reader.session.scalars(
                select(Share.customer_id).where(
                    Share.customer_id.in_(largest), Share.person_id == manager.person_id, Share.ratio == 1,
                    Share.role == "marketer", Share.valid_from <= today(), Share.valid_to > today() + dt.timedelta(days=6),
                )
            )
        )  # fmt: skip
    return next((one for one in largest if one in alone), None)
