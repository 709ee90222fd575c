"""Files beside a rulebook's version

revision: 0012
follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rulebook_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["rulebook_version.id"], name=op.f("fk_rulebook_file_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_file")),
        sa.UniqueConstraint("file_name", name=op.f("uq_rulebook_file_file_name")),
    )
    op.create_index(op.f("ix_rulebook_file_version_id"), "rulebook_file", ["version_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_rulebook_file_version_id"), table_name="rulebook_file")
    op.drop_table("rulebook_file")
