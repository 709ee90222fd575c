"""The daily delivery of agents and teams

revision: 0017
follows: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sales_force_delivery",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("agents", sa.BigInteger(), nullable=False),
        sa.Column("kept", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("business_date", name=op.f("pk_sales_force_delivery")),
    )
    op.create_table(
        "delivered_state",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.CheckConstraint("kind in ('agent', 'team')", name=op.f("ck_delivered_state_kind")),
        sa.PrimaryKeyConstraint("kind", "code", name=op.f("pk_delivered_state")),
    )


def downgrade() -> None:
    op.drop_table("delivered_state")
    op.drop_table("sales_force_delivery")
