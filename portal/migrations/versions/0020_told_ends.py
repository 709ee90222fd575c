"""When it was told that a contract, a relation or a place of work had ended

revision: 0020
follows: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = ("agent_period", "relation_period", "position")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "ended_at")
