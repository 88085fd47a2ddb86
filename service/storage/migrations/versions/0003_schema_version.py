"""Each row says the version of its JSON documents; a job stores why it failed, not a problem.

Rows that are there already are of version 1. They are brought up to date when they are read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TABLES = ("grades", "jobs", "call_parts")


def upgrade() -> None:
    for table in _TABLES:
        version = sa.Column("schema_version", sa.Integer(), nullable=False, server_default="1")
        op.add_column(table, version)
    # In SQL, as Alembic would copy the whole table on SQLite.
    op.execute("ALTER TABLE jobs RENAME COLUMN problem TO failure")


def downgrade() -> None:
    op.execute("ALTER TABLE jobs RENAME COLUMN failure TO problem")
    for table in _TABLES:
        op.drop_column(table, "schema_version")
