"""The first tables

revision: 0001
follows:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entry_hash")),
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "subject_key"], unique=False)
    op.create_table(
        "business_day",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("calendar", sa.Text(), server_default="bank", nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_day")),
        sa.UniqueConstraint("calendar", "business_date", name=op.f("uq_business_day_calendar")),
    )
    op.create_table(
        "ftp_rate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("term_days", sa.BigInteger(), nullable=False),
        sa.Column("ftp_rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), server_default=sa.text("'9999-12-31'"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(term_days, term_days, '[]')"), "&&"),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_ftp_rate_no_overlap",
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_ftp_rate_dates_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ftp_rate")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "institution",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("code", name=op.f("uq_institution_code")),
    )
    op.create_table(
        "institution_level",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_level")),
        sa.UniqueConstraint("code", name=op.f("uq_institution_level_code")),
    )
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    op.create_index("ix_login_attempt_address", "login_attempt", ["address", "tried_at"], unique=False)
    op.create_index("ix_login_attempt_recent", "login_attempt", ["username", "tried_at"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("code", name=op.f("uq_person_code")),
    )
    op.create_table(
        "problem",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("chunk", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column(
            "row", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("acknowledged_by", sa.Text(), server_default="", nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    op.create_index(op.f("ix_problem_business_date"), "problem", ["business_date"], unique=False)
    op.create_index(op.f("ix_problem_chunk"), "problem", ["chunk"], unique=False)
    op.create_table(
        "product",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day_basis", sa.BigInteger(), server_default=sa.text("365"), nullable=False),
        sa.CheckConstraint(
            "kind in ('deposit', 'loan', 'card', 'wealth', 'fund', 'insurance', 'investment')",
            name=op.f("ck_product_kind"),
        ),
        sa.CheckConstraint("day_basis in (360, 365)", name=op.f("ck_product_day_basis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("code", name=op.f("uq_product_code")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("scope_kind", sa.Text(), nullable=False),
        sa.CheckConstraint("scope_kind in ('all', 'chosen', 'below', 'own', 'self')", name=op.f("ck_role_scope_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("code", name=op.f("uq_role_code")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="requested", nullable=False),
        sa.Column("chunk", sa.Text(), server_default="", nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("from_step", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "status in ('requested','running','published','refused','failed','cancelled')", name=op.f("ck_run_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("job", "business_date", "attempt", name=op.f("uq_run_job")),
    )
    op.create_index("ix_run_status", "run", ["status"], unique=False)
    op.create_table(
        "run_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("chunk", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_in", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_out", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_held", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_step")),
        sa.UniqueConstraint("chunk", "step", name=op.f("uq_run_step_chunk")),
    )
    op.create_table(
        "source_config",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "options", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=True),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_config")),
        sa.UniqueConstraint("code", name=op.f("uq_source_config_code")),
    )
    op.create_table(
        "institution_period",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("level_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), server_default=sa.text("'9999-12-31'"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(institution_id, institution_id, '[]')"), "&&"),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_institution_period_no_overlap",
        ),
        sa.CheckConstraint(
            "parent_id is null or parent_id <> institution_id", name=op.f("ck_institution_period_not_own_parent")
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_institution_period_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_institution_period_institution_id")
        ),
        sa.ForeignKeyConstraint(["level_id"], ["institution_level.id"], name=op.f("fk_institution_period_level_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["institution.id"], name=op.f("fk_institution_period_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_period")),
    )
    op.create_index(
        op.f("ix_institution_period_institution_id"), "institution_period", ["institution_id"], unique=False
    )
    op.create_index(op.f("ix_institution_period_parent_id"), "institution_period", ["parent_id"], unique=False)
    op.create_table(
        "position",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), server_default=sa.text("'9999-12-31'"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(person_id, person_id, '[]')"), "&&"),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_position_no_overlap",
        ),
        sa.CheckConstraint(
            "kind in ('customer_manager', 'leader', 'operator', 'administrator')", name=op.f("ck_position_kind")
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_position_dates_in_order")),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_position_institution_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_position_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position")),
    )
    op.create_index(op.f("ix_position_institution_id"), "position", ["institution_id"], unique=False)
    op.create_index(op.f("ix_position_person_id"), "position", ["person_id"], unique=False)
    op.create_table(
        "published",
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("flagged", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("vacuumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_published_run_id")),
        sa.PrimaryKeyConstraint("dataset", "business_date", "version", name=op.f("pk_published")),
    )
    op.create_index("ix_published_date", "published", ["business_date"], unique=False)
    op.create_table(
        "role_permission",
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_permission_role_id"), ondelete="cascade"),
        sa.PrimaryKeyConstraint("role_id", "permission", name=op.f("pk_role_permission")),
    )
    op.create_table(
        "share",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.Text(), server_default="marketer", nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("ratio", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), server_default=sa.text("'9999-12-31'"), nullable=False),
        sa.CheckConstraint("(customer_id is null) <> (account_id is null)", name=op.f("ck_share_one_subject")),
        sa.CheckConstraint("ratio > 0 and ratio <= 1", name=op.f("ck_share_ratio_within_one")),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_share_dates_in_order")),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_share_institution_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_share_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
    )
    op.create_index("ix_share_account", "share", ["account_id", "role"], unique=False)
    op.create_index("ix_share_customer", "share", ["customer_id", "role"], unique=False)
    op.create_index(op.f("ix_share_institution_id"), "share", ["institution_id"], unique=False)
    op.create_index(op.f("ix_share_person_id"), "share", ["person_id"], unique=False)
    op.create_table(
        "user",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("theme", sa.Text(), server_default="", nullable=False),
        sa.Column("rise_color", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_user_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("person_id", name=op.f("uq_user_person_id")),
        sa.UniqueConstraint("username", name=op.f("uq_user_username")),
    )
    op.create_table(
        "user_institution",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_user_institution_institution_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_user_institution_user_id"), ondelete="cascade"),
        sa.PrimaryKeyConstraint("user_id", "institution_id", name=op.f("pk_user_institution")),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_user_role_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_user_role_user_id"), ondelete="cascade"),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_user_role")),
    )
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_web_session_user_id"), ondelete="cascade"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_user_id"), "web_session", ["user_id"], unique=False)
    op.execute(SHARE_TOTALS)
    op.execute(APPEND_ONLY)


SHARE_TOTALS = """
create function share_totals() returns trigger language plpgsql security definer set search_path = public as $$
declare
    subject_customer bigint := coalesce(new.customer_id, old.customer_id);
    subject_account bigint := coalesce(new.account_id, old.account_id);
    subject_role text := coalesce(new.role, old.role);
    wrong record;
begin
    -- two transactions that change the same subject check one after the other; folded into 2,048 locks, because a bank's
    -- load of one lock a subject would fill the server's lock table
    perform pg_advisory_xact_lock(
        7301, hashtext(concat_ws('/', subject_customer, subject_account, subject_role)) & 2047);
    for wrong in
        with here as (
            select valid_from, valid_to, ratio from share
            where role = subject_role
              and (customer_id = subject_customer or account_id = subject_account)  -- one of the two is null
        ), cut as (select valid_from as day from here union select valid_to from here)
        select cut.day, sum(here.ratio) as total
        from cut join here on here.valid_from <= cut.day and cut.day < here.valid_to
        group by cut.day having sum(here.ratio) <> 1
        order by cut.day limit 1
    loop
        raise exception using errcode = 'check_violation', constraint = 'share_totals', message = format(
            'The %s shares of %s total %s %% on %s; they must total 100 %%.', subject_role,
            case when subject_account is null then 'customer ' || subject_customer else 'account ' || subject_account end,
            trim_scale(wrong.total * 100), wrong.day);
    end loop;
    return null;
end $$;
create constraint trigger share_totals after insert or update or delete on share
    deferrable initially deferred for each row execute function share_totals();
"""

APPEND_ONLY = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'Rows of % are never changed or deleted.', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
    for each statement execute function refuse_change();
"""


def downgrade() -> None:
    op.execute("drop trigger audit_entry_append_only on audit_entry; drop trigger share_totals on share")
    op.execute("drop function refuse_change(); drop function share_totals()")
    op.drop_index(op.f("ix_web_session_user_id"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_table("user_role")
    op.drop_table("user_institution")
    op.drop_table("user")
    op.drop_index(op.f("ix_share_person_id"), table_name="share")
    op.drop_index(op.f("ix_share_institution_id"), table_name="share")
    op.drop_index("ix_share_customer", table_name="share")
    op.drop_index("ix_share_account", table_name="share")
    op.drop_table("share")
    op.drop_table("role_permission")
    op.drop_index("ix_published_date", table_name="published")
    op.drop_table("published")
    op.drop_index(op.f("ix_position_person_id"), table_name="position")
    op.drop_index(op.f("ix_position_institution_id"), table_name="position")
    op.drop_table("position")
    op.drop_index(op.f("ix_institution_period_parent_id"), table_name="institution_period")
    op.drop_index(op.f("ix_institution_period_institution_id"), table_name="institution_period")
    op.drop_table("institution_period")
    op.drop_table("source_config")
    op.drop_table("run_step")
    op.drop_index("ix_run_status", table_name="run")
    op.drop_table("run")
    op.drop_table("role")
    op.drop_table("product")
    op.drop_index(op.f("ix_problem_chunk"), table_name="problem")
    op.drop_index(op.f("ix_problem_business_date"), table_name="problem")
    op.drop_table("problem")
    op.drop_table("person")
    op.drop_index("ix_login_attempt_recent", table_name="login_attempt")
    op.drop_index("ix_login_attempt_address", table_name="login_attempt")
    op.drop_table("login_attempt")
    op.drop_table("institution_level")
    op.drop_table("institution")
    op.drop_table("heartbeat")
    op.drop_table("ftp_rate")
    op.drop_table("business_day")
    op.drop_table("audit_entry")
