"""What is kept of a change of the settings: a line in the log that nobody can edit, and what holds for the next start.

The line belongs to no incident; it stands under a name of its own, in the same chain of hashes as everything else.
"""

from dataclasses import dataclass
from datetime import datetime

from tocsin.app.reload.difference import Sources
from tocsin.kit import codec
from tocsin.kit.ids import IncidentId
from tocsin.store import log, meta
from tocsin.store.tx import Tx

INSTALLATION = IncidentId("INSTALLATION")
_IN_FORCE = "settings in force"
_AT_START = "start"
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class SettingsTakenUp:
    """From here on other settings held, or another runbook for new incidents.

    Attributes:
        by: who or what asked: "the file", "SIGHUP", "start", or who called. changed: tables, and "the runbook".
        waits: keys that hold from the next start on only. The four others are SHA-256 of the texts.
    """

    by: str
    settings_before: str
    settings: str
    runbook_before: str
    runbook: str
    changed: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Noted:
    """A line of the log that tells of a change. seq: its place in the whole log."""

    seq: int
    at: datetime
    what: SettingsTakenUp


@dataclass(frozen=True, slots=True)
class _InForce:
    settings: str
    runbook: str


def note(tx: Tx, what: SettingsTakenUp, now: datetime) -> None:
    """Write it."""
    entry = log.Entry(INSTALLATION, SettingsTakenUp.__name__, codec.encode(what), what.by, now)
    log.append(tx, [entry])
    meta.put(tx, _IN_FORCE, codec.encode(_InForce(what.settings, what.runbook)))


def note_start(tx: Tx, sources: Sources, now: datetime) -> None:
    """Write with what a process begins, if that is not what held when the last one led. The first start is no change."""
    text = meta.get(tx, _IN_FORCE)
    was = None if text is None else codec.decode(text, _InForce)
    here = _InForce(sources.settings_sha256, sources.runbook_sha256)
    if was is None:
        meta.put(tx, _IN_FORCE, codec.encode(here))
    elif was != here:
        note(tx, SettingsTakenUp(_AT_START, was.settings, here.settings, was.runbook, here.runbook), now)


def noted(tx: Tx, most: int = 20) -> tuple[Noted, ...]:
    """The latest changes, the newest first."""
    lines = log.events(tx, INSTALLATION, max(log.last_position(tx, INSTALLATION) - min(most, _MOST), 0))
    return tuple(
        Noted(line.seq, line.at, codec.decode(line.body, SettingsTakenUp)) for line in reversed(lines)
    )
