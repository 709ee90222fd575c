"""Decisions about evaluations

revision: 0009
follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluation_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rulebook_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_rank", sa.Text(), nullable=False),
        sa.Column("to_rank", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(decision = 'accepted') = (effective_from is not null)",
            name=op.f("ck_evaluation_decision_accepted_from_a_day"),
        ),
        sa.CheckConstraint(
            "decision = 'accepted' or reason <> ''", name=op.f("ck_evaluation_decision_set_aside_with_a_reason")
        ),
        sa.CheckConstraint("decision in ('accepted', 'set_aside')", name=op.f("ck_evaluation_decision_decision")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_evaluation_decision_institution_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_evaluation_decision_person_id")),
        sa.ForeignKeyConstraint(["rulebook_id"], ["rulebook.id"], name=op.f("fk_evaluation_decision_rulebook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_decision")),
        sa.UniqueConstraint(
            "rulebook_id", "month", "ladder", "person_id", name=op.f("uq_evaluation_decision_rulebook_id")
        ),
    )
    op.create_index(op.f("ix_evaluation_decision_person_id"), "evaluation_decision", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_evaluation_decision_person_id"), table_name="evaluation_decision")
    op.drop_table("evaluation_decision")
