"""What a team, or the sender itself, says about a heartbeat."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice

from tocsin.detection.heartbeat import Kind, Rules
from tocsin.detection.heartbeat_plan import Every, Plan
from tocsin.jobs.deadline import Schedule, schedule
from tocsin.kit import duration
from tocsin.kit.ids import sha256

NAME = re.compile(r"[a-z0-9_-]{1,100}")
KEY_HEX = re.compile(r"[0-9a-f]{32}")
_MINUTE = timedelta(minutes=1)
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)

# Zones worth asking when a job always comes whole hours off; those of the settings come first.
ZONES = (
    "UTC", "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "America/Sao_Paulo",
    "Europe/London", "Europe/Berlin", "Europe/Helsinki", "Europe/Moscow", "Asia/Dubai", "Asia/Karachi", "Asia/Dhaka",
    "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "Pacific/Honolulu",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """Keywords that decide what a ping with a body says: those of failures are looked for first, then success, start.

    otherwise: what a body with none of them is taken for.
    """

    success: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    fail: tuple[str, ...] = ()
    otherwise: Kind = Kind.IGNORED

    def kind(self, body: str) -> Kind:
        """What this body says."""
        for kind, words in ((Kind.FAIL, self.fail), (Kind.SUCCESS, self.success), (Kind.START, self.start)):
            if any(word in body for word in words):
                return kind
        return self.otherwise


@dataclass(frozen=True, slots=True)
class Spec:
    """A heartbeat as it was wanted.

    Attributes:
        name: also its slug. cron, zone: planned by the wall clock; else every, months: by intervals.
        group: of the Gatus spelling of its name. only_post: pings by GET and HEAD are kept and change nothing.
        section: of the runbook. impact, severity: of its alert. owner: who looks after the job, for people.
    """

    name: str
    rules: Rules
    cron: str | None = None
    zone: str = "UTC"
    every: timedelta = timedelta()
    months: int = 0
    group: str = ""
    only_post: bool = False
    words: Words | None = None
    section: str | None = None
    impact: str | None = None
    severity: str | None = None
    runbook_url: str | None = None
    owner: str | None = None

    @property
    def plan(self) -> Plan:
        """When it is expected. Raises ValueError: the cron expression or the zone is none."""
        if self.cron is not None:
            return _wall(self.cron, self.zone)
        return Every(self.every, self.months)

    @property
    def endpoint(self) -> str:
        """Its key as Gatus spells it: group_name."""
        return gatus_key(self.group, self.name)

    @property
    def schedule(self) -> str:
        """The plan, for people."""
        if self.cron is not None:
            return f"{self.cron} {self.zone}"
        parts = [f"{self.months} months"] if self.months else []
        return "every " + " ".join([*parts, duration.spell(self.every)] if self.every or not parts else parts)

    def in_zone(self, zone: str) -> Plan:
        """The same plan in another zone."""
        assert self.cron is not None, "only a plan by the wall clock has a zone"
        return _wall(self.cron, zone)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What tocsin.toml says: each heartbeat by its name, and whose each key is, by its digest."""

    specs: Mapping[str, Spec] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


def possible(spec: Spec) -> None:
    """Make sure that a plan can be kept. Raises ValueError: the expression or the zone is none, or no day ever fits it."""
    if next(spec.plan.due_after(_ANY_DAY), None) is None:
        raise ValueError(f'"{spec.schedule}" never comes')


def gatus_key(group: str, name: str) -> str:
    """As Gatus makes a key: lower case, and each of / _ . , space # + & becomes a hyphen."""
    return "_".join(re.sub(r"[/_., #+&]", "-", part.strip().lower()) for part in (group, name))


def key_digest(text: str) -> str | None:
    """The digest a key is known by, written with hyphens like a UUID or without; None for what can be no key of ours."""
    plain = text.lower().replace("-", "")
    return sha256(plain) if KEY_HEX.fullmatch(plain) else None


@dataclass(frozen=True, slots=True)
class _Wall:
    """A plan by the wall clock whose next times are looked up once a minute, for all who ask."""

    found: Schedule

    def due_after(self, moment: datetime) -> Iterator[datetime]:
        """Planned times after a moment, in UTC."""
        # Planned times are whole minutes, so those after a moment are those after its minute began.
        minute = moment.astimezone(UTC).replace(second=0, microsecond=0)
        few = _next_two(self.found, minute)
        yield from few
        if len(few) == 2:
            yield from self.found.due_after(few[-1])


@lru_cache(maxsize=4096)
def _next_two(found: Schedule, minute: datetime) -> tuple[datetime, ...]:
    return tuple(islice(found.due_after(minute), 2))


@lru_cache(maxsize=4096)
def _wall(cron: str, zone: str) -> _Wall:
    return _Wall(schedule(cron, zone, _MINUTE))
