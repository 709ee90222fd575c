"""What a step says is kept with its values, to be read in either language

revision: 0007
follows: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run_step", sa.Column("sentence", postgresql.JSONB(astext_type=sa.Text(), none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("run_step", "sentence")
