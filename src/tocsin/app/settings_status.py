"""`[status]` of tocsin.toml: what the public status page shows, where it is written, how subscribers are reached."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tocsin.app.settings_file import Place, SettingsFile
from tocsin.app.status_tables import StatusComponentTable
from tocsin.connectors.address import usable
from tocsin.engine.status.files import INTERNAL, Places
from tocsin.kit.ids import CheckName
from tocsin.status.plan import Plan, PlannedComponent

_LONGEST = 86_400  # seconds; a page that is written less often than daily tells nobody anything


@dataclass(frozen=True, slots=True)
class StatusSettings:
    """The page as it is set. `mail`: the pager that writes to subscribers, or None."""

    plan: Plan
    places: Places
    mail: str | None


def read_status(
    found: SettingsFile, place: Place, data: Path, checks: Iterable[CheckName], public_url: str | None
) -> StatusSettings | None:
    """The table as a value; None where there is none.

    Args:
        data: the folder a relative directory is below. public_url: of our HTTP door, where people subscribe.

    Raises:
        ConfigError: names file, line and key.
    """
    table = found.status
    if table is None:
        return None
    if not usable(table.url):
        raise place.error("status.url", "must begin with http:// or https:// and name a host.")
    every = place.duration("status.every", table.every)
    if every is None:
        every = Plan("", "", ()).every
    if not 0 < every.total_seconds() <= _LONGEST:
        raise place.error("status.every", "must be more than nothing and at most a day.")
    if table.runbook_url is not None and not usable(table.runbook_url):
        raise place.error("status.runbook_url", "must begin with http:// or https:// and name a host.")
    if table.runbook_url is not None and "@" in table.runbook_url.partition("//")[2].partition("/")[0]:
        raise place.error("status.runbook_url", "must hold no user and no password.")
    if table.remediations == "public" and table.runbook_url is None:
        raise place.error(
            "status.remediations",
            '"public" needs an address where readers can read the runbook.',
            'Set status.runbook_url = "https://…", or leave remediations = "internal".',
        )
    mail = _mail(found, place, table.mail)
    directory = Path(table.directory).expanduser()
    public = directory if directory.is_absolute() else data / directory
    known = set(checks)
    components = tuple(_component(each, known, place) for each in table.components)
    _distinct(components, place)
    subscribe = f"{public_url.rstrip('/')}/status/subscribe" if public_url and mail else None
    plan = Plan(
        table.name or found.tocsin.name,
        table.url.rstrip("/"),
        components,
        table.about,
        every,
        subscribe,
        table.runbook_url.partition("#")[0] if table.runbook_url is not None else None,
        table.remediations == "public",
    )
    return StatusSettings(plan, Places(public, data / INTERNAL), mail)


def _mail(found: SettingsFile, place: Place, name: str | None) -> str | None:
    if name is None:
        return None
    if found.pagers.get(name, {}).get("kind") != "email":
        mails = [key for key, table in found.pagers.items() if table.get("kind") == "email"]
        raise place.error(
            "status.mail",
            f'"{name}" is not a pager of kind "email".',
            f"Known: {', '.join(mails) or 'none yet'}.",
        )
    return name


def _component(table: StatusComponentTable, checks: set[CheckName], place: Place) -> PlannedComponent:
    key = "status.components"
    if not table.name.strip():
        raise place.error(f"{key}.name", "must not be empty.")
    if not table.checks:
        raise place.error(
            f"{key}.checks",
            f'"{table.name}" has no check.',
            "A component without one could never be anything but unknown.",
        )
    for name in table.checks:
        if CheckName(name) not in checks:
            known = ", ".join(sorted(checks)) or "none yet"
            raise place.error(
                f"{key}.checks", f'"{table.name}": there is no check "{name}".', f"Known: {known}."
            )
    return PlannedComponent(
        table.name.strip(), tuple(CheckName(name) for name in table.checks), table.group, table.about
    )


def _distinct(components: tuple[PlannedComponent, ...], place: Place) -> None:
    """Names are addresses of badges too; "status" is that of the whole page."""
    taken = {"status": "the page itself"}
    for each in components:
        if each.slug in taken:
            raise place.error(
                "status.components.name",
                f'"{each.name}" and {taken[each.slug]} would share the badge {each.slug}.svg.',
                "Give it a name that differs in its letters or digits.",
            )
        taken[each.slug] = f'"{each.name}"'
