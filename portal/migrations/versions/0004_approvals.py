"""Requests that somebody decides, with decisions, comments, attachments and substitutes

revision: 0004
follows: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposal", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state in ('draft', 'submitted', 'approved', 'refused', 'withdrawn', 'voided')", name=op.f("ck_approval_state")
        ),
        sa.CheckConstraint("(state in ('draft', 'submitted')) = (ended_at is null)", name=op.f("ck_approval_ended")),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_approval_institution_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_person_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["approval.id"], name=op.f("fk_approval_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_approval_replaces_id")),
    )
    op.create_index(op.f("ix_approval_institution_id"), "approval", ["institution_id"])
    op.create_index(op.f("ix_approval_person_id"), "approval", ["person_id"])
    op.create_index(
        "uq_approval_open",
        "approval",
        ["kind", "subject_key"],
        unique=True,
        postgresql_where=sa.text("state in ('draft', 'submitted')"),
    )
    op.create_table(
        "approval_decision",
        *of_request("approval_decision"),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("for_person_id", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("decision in ('approved', 'refused')", name=op.f("ck_approval_decision_decision")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_decision_person_id")),
        sa.ForeignKeyConstraint(["for_person_id"], ["person.id"], name=op.f("fk_approval_decision_for_person_id")),
    )
    op.create_index("uq_approval_decision_step", "approval_decision", ["approval_id", "step"], unique=True)
    op.create_index("uq_approval_decision_by", "approval_decision", ["approval_id", "decided_by"], unique=True)
    op.create_table(
        "approval_comment",
        *of_request("approval_comment"),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_table(
        "approval_attachment",
        *of_request("approval_attachment"),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.UniqueConstraint("file_name", name=op.f("uq_approval_attachment_file_name")),
    )
    for table in ("approval_decision", "approval_comment", "approval_attachment"):
        op.create_index(op.f(f"ix_{table}_approval_id"), table, ["approval_id"])
        op.execute(
            f"create trigger {table}_append_only before update or delete or truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.create_table(
        "substitute",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("substitute_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_substitute_days_in_order")),
        sa.CheckConstraint("person_id <> substitute_id", name=op.f("ck_substitute_not_oneself")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_substitute_person_id")),
        sa.ForeignKeyConstraint(["substitute_id"], ["person.id"], name=op.f("fk_substitute_substitute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitute")),
    )
    op.create_index(op.f("ix_substitute_person_id"), "substitute", ["person_id"])
    op.create_index(op.f("ix_substitute_substitute_id"), "substitute", ["substitute_id"])
    op.execute(REQUEST_STEPS)
    op.execute(NEW_PERMISSIONS)


def of_request(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("approval_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("requester_person_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f(f"fk_{table}_approval_id")),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f(f"fk_{table}_institution_id")),
        sa.ForeignKeyConstraint(["requester_person_id"], ["person.id"], name=op.f(f"fk_{table}_requester_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


# a request goes forward only, its ends are final, and what a decision is about never changes
REQUEST_STEPS = """
create function approval_steps() returns trigger language plpgsql as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'Requests are never deleted.' using errcode = 'integrity_constraint_violation';
    end if;
    if old.state not in ('draft', 'submitted') or (old.state = 'submitted' and new.state = 'draft') then
        raise exception 'Request % is %: it cannot become %.', old.id, old.state, new.state
            using errcode = 'integrity_constraint_violation';
    end if;
    if (new.kind, new.subject_key, new.person_id, new.requested_by, new.requester, new.requested_at, new.replaces_id)
        is distinct from
       (old.kind, old.subject_key, old.person_id, old.requested_by, old.requester, old.requested_at, old.replaces_id)
       or old.state = 'submitted' and (new.content, new.content_hash, new.proposal, new.institution_id)
        is distinct from (old.content, old.content_hash, old.proposal, old.institution_id)
    then
        raise exception 'What request % is about does not change.', old.id
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger approval_steps before update or delete on approval
    for each row execute function approval_steps();
"""

# the roles an installation began with get what is new for them; the bank takes it away again where it wants to
NEW_PERMISSIONS = """
alter table role no force row level security;
alter table role_permission no force row level security;
insert into role_permission (role_id, permission)
select role.id, new.permission
from role join (values
    ('customer_manager', 'share.request'),
    ('leader', 'share.view'), ('leader', 'share.edit'),
    ('administrator', 'share.request'), ('administrator', 'substitute.view'), ('administrator', 'substitute.edit'),
    ('auditor', 'substitute.view')
) as new (code, permission) on new.code = role.code
on conflict do nothing;
"""


def downgrade() -> None:
    for table in ("approval_attachment", "approval_comment", "approval_decision", "substitute", "approval"):
        op.drop_table(table)
    op.execute("drop function approval_steps()")
