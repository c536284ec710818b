"""CookCam, "Option D: Database Recovery": a migration has spoiled the amounts of every booking."""

from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import TocsinError
from tocsin.sandbox.cookcam import DATABASE, ROLE, CookCamRoom
from tocsin.sandbox.cookcam_normal import Normal, bring_back, note, oracles
from tocsin.sandbox.fault import Fault, Oracles

HEADING = "Option D: Database Recovery"
BACKUP = "backup_20251007.dump"
"""In the checkout, where the runbook's command looks for it."""


@dataclass(frozen=True, slots=True)
class Before:
    """The room as it was, and a backup that nobody but the sandbox knows."""

    normal: Normal
    backup: Path


def inject(room: CookCamRoom) -> Before:
    """Back the database up, then spoil it. Raises TocsinError."""
    before = Before(note(room), room.room.scratch.path / "before.dump")
    room.postgres.dump(DATABASE, before.backup)
    (room.workdir / BACKUP).write_bytes(before.backup.read_bytes())
    room.postgres.query("UPDATE bookings SET amount_cents = 1", DATABASE)
    return before


def confirm(room: CookCamRoom) -> bool:
    """Whether the bookings that the application sees are spoiled, or gone."""
    try:
        return room.postgres.query("SELECT coalesce(min(amount_cents), 0) FROM bookings", DATABASE) in {
            "0",
            "1",
        }
    except TocsinError:
        return True


def locked(room: CookCamRoom) -> bool:
    """Whether a new session of the application's role may not write."""
    try:
        said = room.postgres.query("SHOW transaction_read_only", DATABASE, ROLE)
    except TocsinError:
        return True
    return said == "on"


def restore(room: CookCamRoom, before: Before) -> None:
    """The database anew from the sandbox's own backup, and everything else as it was. Raises TocsinError."""
    if room.postgres.pid is None:
        room.room.begin(room.postgres)
    room.postgres.load(before.backup, DATABASE, ROLE)
    bring_back(room, before.normal, fresh=True)
    (room.workdir / BACKUP).unlink(missing_ok=True)


def recovery_oracles(room: CookCamRoom) -> Oracles:
    """As for every fault of this room, and whether the application's role may write."""
    return {**oracles(room), "postgres.cookcam.writes": "refused" if locked(room) else "accepted"}


SPOILED = Fault(
    "option_d_database_recovery", HEADING, inject, confirm, restore, recovery_oracles, rooms=("cookcam",)
)
