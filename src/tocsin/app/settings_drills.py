"""`[drills]` of tocsin.toml: when `tocsin serve` drills by itself, and what."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cronsim import CronSim, CronSimError

from tocsin.app.settings_file import Place, SettingsFile


@dataclass(frozen=True, slots=True)
class DrillsSettings:
    """Scheduled drills.

    Attributes:
        schedule: five cron fields, UTC. names: which scenarios; empty for all of the folder.
        tools: where the programs of the sandbox are, or None for what TOCSIN_TOOLS says.
        control_plane: where those of a real one are, or None for what TOCSIN_CONTROL_PLANE says.
    """

    schedule: str
    names: tuple[str, ...]
    folder: Path
    tools: Path | None
    control_plane: Path | None = None


@dataclass(frozen=True, slots=True)
class DrillsPlace:
    """Where scenarios are, and the programs of sandbox and control plane; None for what the environment says."""

    folder: Path
    tools: Path | None
    control_plane: Path | None = None


def read_place(found: SettingsFile, base: Path) -> DrillsPlace:
    """Where drills are, whether they are scheduled or not; `drills` beside the settings where nothing is said."""
    table = found.drills
    if table is None:
        return DrillsPlace(base / "drills", None)
    return DrillsPlace(
        base / Path(table.folder).expanduser(), _there(base, table.tools), _there(base, table.control_plane)
    )


def _there(base: Path, written: str | None) -> Path | None:
    return base / Path(written).expanduser() if written else None


def read_drills(found: SettingsFile, place: Place, base: Path) -> DrillsSettings | None:
    """The table as a value; None without a schedule.

    Raises:
        ConfigError: the schedule is none; names file, line and key.
    """
    table = found.drills
    if table is None or table.schedule is None:
        return None
    try:
        CronSim(table.schedule, datetime(2025, 1, 1, tzinfo=UTC))
    except CronSimError as problem:
        raise place.error(
            "drills.schedule", f'"{table.schedule}" is no schedule: {problem}.', 'Write it like "0 4 * * 1".'
        ) from problem
    where = read_place(found, base)
    return DrillsSettings(table.schedule, tuple(table.names), where.folder, where.tools, where.control_plane)
