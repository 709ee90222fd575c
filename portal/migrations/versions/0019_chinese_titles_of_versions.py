"""The Chinese title of a rulebook's version

revision: 0019
follows: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rulebook_version", sa.Column("title_zh", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("rulebook_version", "title_zh")
