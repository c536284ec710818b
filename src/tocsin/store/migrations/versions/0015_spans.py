"""When on a day a check was down or degraded, beside how long. Days counted before know only how long, and stay so."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("status_days", sa.Column("down_spans", sa.Text(), nullable=True))
    op.add_column("status_days", sa.Column("degraded_spans", sa.Text(), nullable=True))
