"""PrepChef, "1. Database Backup Restore": the table of bookings was dropped; a backup of it is in S3."""

from dataclasses import dataclass

from tocsin.errors import TocsinError
from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.oracles import postgres, s3
from tocsin.sandbox.prepchef import BACKUP, BACKUP_TAKEN, BUCKET, DATABASE, PrepChefRoom

HEADING = "Database Backup Restore"
_TABLE = "bookings"


@dataclass(frozen=True, slots=True)
class Before:
    """The backup as it was: a drill may overwrite it."""

    backup: bytes


def inject(room: PrepChefRoom) -> Before:
    """Drop the table, as a migration against the wrong database would. Raises TocsinError."""
    before = Before((room.backups.root / BUCKET / BACKUP).read_bytes())
    room.postgres.query(f"DROP TABLE {_TABLE}", DATABASE)
    return before


def confirm(room: PrepChefRoom) -> bool:
    """Whether the database the application uses has no such table, or is not there at all."""
    if f"postgres.database.{DATABASE}" not in postgres.databases(room.postgres):
        return True
    return room.postgres.query(f"SELECT to_regclass('public.{_TABLE}') IS NULL", DATABASE) == "t"


def restore(room: PrepChefRoom, before: Before) -> None:
    """Throw every database away and make the one of a normal day anew; the backup as it was. Raises TocsinError."""
    backup = room.backups.root / BUCKET / BACKUP
    backup.parent.mkdir(parents=True, exist_ok=True)
    if not backup.exists() or backup.read_bytes() != before.backup:
        backup.write_bytes(before.backup)
    room.rebuild_database()
    room.settle()
    if confirm(room):
        raise TocsinError("The table of bookings is still missing after the way back.", hint="Drop the room.")


def oracles(room: PrepChefRoom) -> Oracles:
    """Rows of every table, who the databases are, indexes, settings, objects in S3, and what came since the backup."""
    found = {
        **postgres.databases(room.postgres),
        **postgres.settings(room.postgres),
        **s3.objects(room.backups.root),
    }
    if f"postgres.database.{DATABASE}" not in found:
        return found
    found |= postgres.contents(room.postgres, DATABASE)
    found |= postgres.indexes(room.postgres, DATABASE)
    if f"postgres.{DATABASE}.public.{_TABLE}" in found:
        since = postgres.newer(room.postgres, DATABASE, _TABLE, "created_at", BACKUP_TAKEN)
        found[f"postgres.{DATABASE}.{_TABLE}.since the backup"] = f"{since} rows"
    return found


DROPPED = Fault(
    "database_backup_restore",
    HEADING,
    inject,
    confirm,
    restore,
    oracles,
    rooms=("prepchef", "prepchef-cluster"),
)
