"""Whose figures a recalculation is of; events are listed by when they came

revision: 0018
follows: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recalculation", sa.Column("job", sa.Text(), server_default="nightly", nullable=False))
    op.drop_index("ix_recalculation_waiting", table_name="recalculation")
    op.create_index(
        "ix_recalculation_waiting", "recalculation", ["job"], unique=True, postgresql_where=sa.text("taken_at is null")
    )
    op.create_index("ix_policy_event_received", "policy_event", ["received_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_policy_event_received", table_name="policy_event")
    op.drop_index("ix_recalculation_waiting", table_name="recalculation")
    op.execute("delete from recalculation where job <> 'nightly'")
    op.drop_column("recalculation", "job")
    op.create_index(
        "ix_recalculation_waiting", "recalculation", [sa.text("(taken_at is null)")],
        unique=True, postgresql_where=sa.text("taken_at is null"),
    )  # fmt: skip
