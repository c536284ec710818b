"""What waits to be read, by integration, so that each has its turn."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pending = sa.text("state = 'pending'")
    op.drop_index("ix_requests_pending", "requests")
    op.create_index(
        "ix_requests_waiting",
        "requests",
        ["integration", "id"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
