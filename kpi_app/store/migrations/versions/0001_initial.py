"""Users, sessions, the audit, imports with their refusals, the manifest of facts, contacts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = {
    "sqlite": [
        f"""CREATE TRIGGER audit_keeps_{deed.lower()} BEFORE {deed} ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"""
        for deed in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        """CREATE FUNCTION kpi_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$""",
        """CREATE TRIGGER audit_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION kpi_append_only()""",
        "ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_keeps",
    ],
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audit",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_audit"),
    )
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('file', 'entered', 'undo')", name="ck_imports_kind"),
        sa.ForeignKeyConstraint(["undoes"], ["imports.import_id"], name="fk_imports_undoes"),
        sa.PrimaryKeyConstraint("import_id", name="pk_imports"),
    )
    op.create_table(
        "login_failures",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_login_failures"),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
    )
    op.create_table(
        "contacts",
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("since_import", sa.Integer(), nullable=False),
        sa.Column("until_import", sa.Integer(), nullable=True),
        sa.Column("phone_hash", sa.Text(), nullable=False),
        sa.Column("phone_masked", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["since_import"], ["imports.import_id"], name="fk_contacts_since_import"),
        sa.ForeignKeyConstraint(["until_import"], ["imports.import_id"], name="fk_contacts_until_import"),
        sa.PrimaryKeyConstraint("contract", "key", "since_import", name="pk_contacts"),
    )
    op.create_table(
        "import_files",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=True),
        sa.Column("newest", sa.DateTime(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("ignored", sa.BigInteger(), nullable=False),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.CheckConstraint("accepted + refused + ignored = rows", name="ck_import_files_every_row_counts_once"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.import_id"], name="fk_import_files_import_id"),
        sa.PrimaryKeyConstraint("import_id", "position", name="pk_import_files"),
    )
    op.create_table(
        "manifest",
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("since_import", sa.Integer(), nullable=False),
        sa.Column("until_import", sa.Integer(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until_import > since_import", name="ck_manifest_until_after_since"),
        sa.ForeignKeyConstraint(["since_import"], ["imports.import_id"], name="fk_manifest_since_import"),
        sa.ForeignKeyConstraint(["until_import"], ["imports.import_id"], name="fk_manifest_until_import"),
        sa.PrimaryKeyConstraint("contract", "month", "since_import", name="pk_manifest"),
    )
    op.create_index(
        "uq_manifest_current",
        "manifest",
        ["contract", "month"],
        unique=True,
        sqlite_where=sa.text("until_import IS NULL"),
        postgresql_where=sa.text("until_import IS NULL"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_sessions"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_user_roles_user_id"),
        sa.PrimaryKeyConstraint("user_id", "role", name="pk_user_roles"),
    )
    op.create_table(
        "user_scopes",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_user_scopes_user_id"),
        sa.PrimaryKeyConstraint("user_id", "scope", name="pk_user_scopes"),
    )
    op.create_table(
        "refusals",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("remedy_zh", sa.Text(), nullable=False),
        sa.Column("remedy_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id", "position"],
            ["import_files.import_id", "import_files.position"],
            name="fk_refusals_import_id_position",
        ),
        sa.PrimaryKeyConstraint("import_id", "position", "number", name="pk_refusals"),
    )
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
