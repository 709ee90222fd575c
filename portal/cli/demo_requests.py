"""What waits in the demo for somebody: shares for a branch leader, an adjustment for an approver, a question for the desk."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from portal.access.identity import actor_named, today
from portal.database import database
from portal.models.approvals import ApprovalRequest
from portal.models.commission import CommissionMonth, MonthState, StatementQuestion
from portal.models.organisation import Position, Share
from portal.models.rulebooks import Rulebook
from portal.permissions import LOCAL_OPERATOR
from portal.query.commissions import paid_agents
from portal.query.customers import customers
from portal.query.reader import Reader, reading
from portal.query.statement import statement
from portal.query.subjects import key_of
from portal.services.approvals import request_approval
from portal.services.commission_adjustments import write_down
from portal.services.share_requests import proposal_of
from portal.services.statement_questions import ask
from portal.services.writer import writing

MOST_LOOKED_AT = 20
ADJUSTED = 9  # whose pay, counted from the agent with most


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


def ask_for_an_adjustment(username: str) -> bool:
    """Let the commission clerk ask for an amount in the open month; a second person decides; once."""
    with database().transaction(LOCAL_OPERATOR) as session:
        clerk = actor_named(session, username)
        if session.scalar(select(ApprovalRequest.id).where(ApprovalRequest.kind == "adjustment").limit(1)) is not None:
            return False
        month = session.scalars(select(CommissionMonth).where(CommissionMonth.state == MonthState.OPEN)).first()
    if month is None:
        return False
    with writing(clerk) as writer:
        book = writer.session.get_one(Rulebook, month.rulebook_id)
        paid = sorted(
            paid_agents(Reader(clerk, writer.session), book.code, month.month), key=lambda one: one.amount, reverse=True
        )
        row = write_down(
            writer, month, agent_no=paid[ADJUSTED].agent_no, amount="860.00", for_month=month.month,
            reason="Course fees of the new agents, advanced from the agent's own pocket; the receipts are at the desk.",
        )  # fmt: skip
        request_approval(writer, "adjustment", str(row.id), comment=row.reason)
    return True


def ask_about_a_line(username: str) -> bool:
    """Let the agent ask about the first line of the newest statement; once."""
    with database().transaction(LOCAL_OPERATOR) as session:
        agent = actor_named(session, username)
        if agent.person_id is None or session.scalar(select(StatementQuestion.id).limit(1)) is not None:
            return False
    with writing(agent) as writer:
        newest = statement(Reader(agent, writer.session), agent.person_id, None)
        if newest is None or not newest.of_month:
            return False
        line = newest.of_month[0]
        ask(
            writer, rulebook_id=newest.rulebook_id, institution_id=newest.institution_id, in_month=newest.month,
            for_month=line.for_month, line=line.name, kind="question",
            words="Does this hold the policy that my customer signed on the last day of the month?",
        )  # fmt: skip
    return True
