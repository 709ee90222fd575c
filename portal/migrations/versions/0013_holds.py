"""Holds on a person's pay: by rulebook, on one line or on all, with a condition and who decided

revision: 0013
follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("released_month is null and state in ('requested', 'approved')")


def upgrade() -> None:
    op.add_column("pay_hold", sa.Column("rulebook_id", sa.BigInteger(), nullable=False))
    op.add_column("pay_hold", sa.Column("line", sa.Text(), server_default="", nullable=False))
    op.add_column("pay_hold", sa.Column("release_condition", sa.Text(), nullable=False))
    op.add_column("pay_hold", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pay_hold", sa.Column("decided_by", sa.Text(), server_default="", nullable=False))
    op.add_column("pay_hold", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pay_hold", sa.Column("released_by", sa.Text(), server_default="", nullable=False))
    op.drop_index("uq_pay_hold_open", table_name="pay_hold", postgresql_where=IS_OPEN)
    op.create_index(
        "uq_pay_hold_open", "pay_hold", ["rulebook_id", "person_id", "line"], unique=True, postgresql_where=IS_OPEN
    )
    op.create_foreign_key(op.f("fk_pay_hold_rulebook_id"), "pay_hold", "rulebook", ["rulebook_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_pay_hold_rulebook_id"), "pay_hold", type_="foreignkey")
    op.drop_index("uq_pay_hold_open", table_name="pay_hold", postgresql_where=IS_OPEN)
    op.create_index("uq_pay_hold_open", "pay_hold", ["person_id"], unique=True, postgresql_where=IS_OPEN)
    for name in ("released_by", "released_at", "decided_by", "decided_at", "release_condition", "line", "rulebook_id"):
        op.drop_column("pay_hold", name)
