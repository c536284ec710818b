"""systemd checks: the state of a unit, as `systemctl show` tells it, and how often it was restarted."""

import re
import shlex
from dataclasses import dataclass
from datetime import timedelta

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.asking import said_by
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name
from tocsin.probe.counters import Counters
from tocsin.probe.limit import Limit, Measure, count_limit, judged, size, size_limit
from tocsin.probe.notes import Notes
from tocsin.probe.run_text import RunText

_DIGITS = 20  # of the largest number of 64 bits
_PROPERTIES = (
    "Id", "LoadState", "ActiveState", "SubState", "Result", "NRestarts", "MemoryCurrent", "UnitFileState",
    "Type",
)  # fmt: skip
# What becomes of each state; "inactive" is judged beside, since a finished one-shot unit is at rest.
_STATES = {
    "active": Verdict.UP,
    "reloading": Verdict.UP,
    "refreshing": Verdict.UP,
    "activating": Verdict.DEGRADED,
    "deactivating": Verdict.DEGRADED,
    "maintenance": Verdict.DEGRADED,
    "failed": Verdict.DOWN,
}
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@-]+")


@dataclass(frozen=True, slots=True)
class SystemdSettings:
    """Which unit (of the system, or of the user tocsin runs as), and the limits of restarts within the window and of memory."""

    unit: str
    user: bool
    window: timedelta
    restarts: Limit
    memory: Limit


def systemd_settings(spec: CheckSpec) -> SystemdSettings:
    """Read the settings of a systemd check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    settings = SystemdSettings(
        unit=keys.text("unit"),
        user=keys.flag("of_user"),
        window=keys.duration_or_none("window") or timedelta(minutes=10),
        restarts=count_limit(keys, "restarts", degraded=1, down=5),
        memory=size_limit(keys, "memory"),
    )
    keys.done()
    if not _UNIT.fullmatch(settings.unit) or settings.unit.startswith("-"):
        raise keys.wrong("unit", f'must be the name of a unit such as "nginx.service", not {settings.unit!r}')
    return settings


class SystemdProber:
    """Takes samples of systemd checks."""

    def __init__(self, clock: Clock, run: RunText, notes: Notes | None = None) -> None:
        self._clock = clock
        self._run = run
        self._counters = Counters(clock, notes)

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        systemd_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One `systemctl show`."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = systemd_settings(trying.spec)
        facts = {"unit": settings.unit}
        whose = "--user " if settings.user else ""
        text = f"systemctl {whose}show --property={','.join(_PROPERTIES)} -- {shlex.quote(settings.unit)}"
        shown = properties(said_by(self._run, text, trying, facts))
        state, sub = shown.get("ActiveState", ""), shown.get("SubState", "")
        facts |= {"state": state, "sub_state": sub, "result": shown.get("Result", "")}
        if shown.get("LoadState") != "loaded":
            said = f"there is no unit {settings.unit} here ({shown.get('LoadState') or 'nothing was said'})"
            return Finding(Verdict.UNKNOWN, said, {**facts, "error": "own"})
        said = f"{settings.unit} is {state} ({sub})"
        verdict = _state(shown)
        if verdict is not Verdict.UP:
            result = shown.get("Result", "success")
            why = f", result {result}" if result not in ("", "success") else ""
            return Finding(verdict, said + why, facts)
        return judged(said, facts, self._measures(settings, shown, trying, facts))

    def _measures(
        self, settings: SystemdSettings, shown: dict[str, str], trying: Attempt, facts: dict[str, str]
    ) -> list[Measure]:
        measures = []
        restarts = shown.get("NRestarts", "")
        if _counts(restarts):
            facts["restarts_total"] = restarts
            whose = "user" if settings.user else "system"
            grown = self._counters.growth(
                trying.spec, f"{whose} {settings.unit}", {"restarts": int(restarts)}, settings.window
            )
            for growth in grown.values():
                facts |= growth.told("restarts")
                measures.append(Measure(settings.restarts, growth.by))
        memory = shown.get("MemoryCurrent", "")
        # "[not set]", or 2^64-1 in older versions: this unit's memory is not counted.
        if _counts(memory) and int(memory) < 2**63:
            facts |= {"memory_bytes": memory, "memory": size(int(memory))}
            measures.append(Measure(settings.memory, int(memory)))
        return measures


def properties(printed: str) -> dict[str, str]:
    """The properties `systemctl show` prints, one NAME=VALUE per line."""
    return dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)


def _counts(text: str) -> bool:
    """Whether this is a number as systemd counts: at most 64 bits."""
    return text.isdecimal() and len(text) <= _DIGITS


def _state(shown: dict[str, str]) -> Verdict:
    state = shown.get("ActiveState", "")
    if state != "inactive":
        return _STATES.get(state, Verdict.UNKNOWN)
    at_rest = shown.get("Type") == "oneshot" and shown.get("Result") == "success"
    return Verdict.UP if at_rest else Verdict.DOWN
