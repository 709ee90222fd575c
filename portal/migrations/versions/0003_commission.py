"""Commission months, adjustments, holds, questions, payment files

revision: 0003
follows: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "adjustment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rulebook_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("in_month", sa.Date(), nullable=False),
        sa.Column("for_month", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="requested", nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state in ('requested', 'approved', 'refused', 'withdrawn')", name=op.f("ck_adjustment_state")
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_adjustment_an_amount")),
        sa.CheckConstraint("for_month <= in_month", name=op.f("ck_adjustment_months_in_order")),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_adjustment_institution_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_adjustment_person_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["adjustment.id"], name=op.f("fk_adjustment_reverses_id")),
        sa.ForeignKeyConstraint(["rulebook_id"], ["rulebook.id"], name=op.f("fk_adjustment_rulebook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_adjustment_reverses_id")),
    )
    op.create_index(op.f("ix_adjustment_institution_id"), "adjustment", ["institution_id"], unique=False)
    op.create_index("ix_adjustment_month", "adjustment", ["rulebook_id", "in_month"], unique=False)
    op.create_index(op.f("ix_adjustment_person_id"), "adjustment", ["person_id"], unique=False)
    op.create_table(
        "commission_month",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rulebook_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("content_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_by", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('open', 'frozen', 'closed', 'paid')", name=op.f("ck_commission_month_state")),
        sa.CheckConstraint("extract(day from month) = 1", name=op.f("ck_commission_month_first_day")),
        sa.ForeignKeyConstraint(["rulebook_id"], ["rulebook.id"], name=op.f("fk_commission_month_rulebook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_month")),
        sa.UniqueConstraint("rulebook_id", "month", name=op.f("uq_commission_month_rulebook_id")),
    )
    op.create_table(
        "pay_hold",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("from_month", sa.Date(), nullable=False),
        sa.Column("released_month", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("release_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="requested", nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state in ('requested', 'approved', 'refused', 'withdrawn')", name=op.f("ck_pay_hold_state")
        ),
        sa.CheckConstraint(
            "released_month is null or from_month <= released_month", name=op.f("ck_pay_hold_months_in_order")
        ),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_pay_hold_institution_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pay_hold_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_hold")),
    )
    op.create_index(op.f("ix_pay_hold_institution_id"), "pay_hold", ["institution_id"], unique=False)
    op.create_index(op.f("ix_pay_hold_person_id"), "pay_hold", ["person_id"], unique=False)
    op.create_index(
        "uq_pay_hold_open",
        "pay_hold",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("released_month is null and state in ('requested', 'approved')"),
    )
    op.create_table(
        "statement_question",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rulebook_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("in_month", sa.Date(), nullable=False),
        sa.Column("for_month", sa.Date(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('question', 'dispute')", name=op.f("ck_statement_question_kind")),
        sa.CheckConstraint("state in ('open', 'answered', 'closed')", name=op.f("ck_statement_question_state")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_statement_question_institution_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_question_person_id")),
        sa.ForeignKeyConstraint(["rulebook_id"], ["rulebook.id"], name=op.f("fk_statement_question_rulebook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_question")),
    )
    op.create_index(
        op.f("ix_statement_question_institution_id"), "statement_question", ["institution_id"], unique=False
    )
    op.create_index(op.f("ix_statement_question_person_id"), "statement_question", ["person_id"], unique=False)
    op.create_table(
        "payment_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("month_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["month_id"], ["commission_month.id"], name=op.f("fk_payment_file_month_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_file")),
        sa.UniqueConstraint("month_id", name=op.f("uq_payment_file_month_id")),
    )
    op.create_table(
        "statement_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_statement_answer_institution_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_answer_person_id")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["statement_question.id"], name=op.f("fk_statement_answer_question_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_answer")),
    )
    op.create_index(op.f("ix_statement_answer_question_id"), "statement_answer", ["question_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_statement_answer_question_id"), table_name="statement_answer")
    op.drop_table("statement_answer")
    op.drop_table("payment_file")
    op.drop_index(op.f("ix_statement_question_person_id"), table_name="statement_question")
    op.drop_index(op.f("ix_statement_question_institution_id"), table_name="statement_question")
    op.drop_table("statement_question")
    op.drop_index(
        "uq_pay_hold_open",
        table_name="pay_hold",
        postgresql_where=sa.text("released_month is null and state in ('requested', 'approved')"),
    )
    op.drop_index(op.f("ix_pay_hold_person_id"), table_name="pay_hold")
    op.drop_index(op.f("ix_pay_hold_institution_id"), table_name="pay_hold")
    op.drop_table("pay_hold")
    op.drop_table("commission_month")
    op.drop_index(op.f("ix_adjustment_person_id"), table_name="adjustment")
    op.drop_index("ix_adjustment_month", table_name="adjustment")
    op.drop_index(op.f("ix_adjustment_institution_id"), table_name="adjustment")
    op.drop_table("adjustment")
