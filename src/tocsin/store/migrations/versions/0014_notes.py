"""What the probers of checks noted, so that a restart does not forget how counters grew."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("checks", sa.Column("note", sa.Text(), nullable=True))
