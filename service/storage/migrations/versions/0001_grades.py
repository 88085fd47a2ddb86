"""The table of grades."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "grades",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("question_id", sa.String(128), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("follows", sa.String(64)),
        sa.Column("engagement_id", sa.String(128)),
        sa.Column("source_tool", sa.String(128)),
        sa.Column("source_call_id", sa.String(128)),
        sa.Column("source_event_id", sa.String(128)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grade", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grades"),
        sa.ForeignKeyConstraint(["follows"], ["grades.id"], name="fk_grades_follows"),
        sa.UniqueConstraint(
            "source_tool",
            "source_call_id",
            "source_event_id",
            name="uq_grades_source_tool_source_call_id_source_event_id",
        ),
    )
    for column in ("question_id", "engagement_id", "created_at"):
        op.create_index(f"ix_grades_{column}", "grades", [column])


def downgrade() -> None:
    op.drop_table("grades")
