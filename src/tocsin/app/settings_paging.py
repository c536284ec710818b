"""How pages travel: `[paging]`, `[canary]`, `[heartbeat]` and `web.public_url` of tocsin.toml."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from tocsin.app.settings_file import Place, SettingsFile
from tocsin.connectors.address import usable
from tocsin.kit.ids import PersonId
from tocsin.oncall.paging import CanarySettings, Paging

Expand = Callable[[str, str], str]
_METHODS = ("GET", "POST")


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Where a sign of life goes, how, and how often."""

    url: str
    method: str = "POST"
    every: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class PagingSettings:
    """Everything about how pages travel.

    Attributes:
        public_url: where people and vendors reach our HTTP door, or None: then pages carry no link and nothing comes back.
    """

    paging: Paging = field(default_factory=Paging)
    canary: CanarySettings | None = None
    heartbeat: Heartbeat | None = None
    public_url: str | None = None


def read_paging(found: SettingsFile, place: Place, expand: Expand) -> PagingSettings:
    """The tables as values.

    Args:
        expand: a text with its ${NAME} replaced; takes the text and the key it stands under.

    Raises:
        ConfigError: names file, line and key.
    """
    default = Paging()
    table = found.paging
    paging = Paging(
        place.duration("paging.fallback", table.fallback) or default.fallback,
        default.bundle
        if table.bundle is None
        else place.duration("paging.bundle", table.bundle) or timedelta(),
        place.duration("paging.link_life", table.link_life) or default.link_life,
    )
    return PagingSettings(
        paging, _canary(found, place), _heartbeat(found, place, expand), _public(found, place, expand)
    )


def _canary(found: SettingsFile, place: Place) -> CanarySettings | None:
    table = found.canary
    if table is None:
        return None
    person = found.people.get(table.person)
    if person is None:
        known = ", ".join(found.people) or "none yet"
        raise place.error("canary.person", f'"{table.person}" is not among the people.', f"People: {known}.")
    if not person.page:
        raise place.error(
            "canary.person", f'"{table.person}" has no way to be reached.', f"Set people.{table.person}.page."
        )
    default = CanarySettings(PersonId(table.person))
    every = place.duration("canary.every", table.every) or default.every
    within = place.duration("canary.within", table.within) or default.within
    if within >= every:
        raise place.error(
            "canary.within", "must be shorter than canary.every, or no canary is ever waited for."
        )
    return CanarySettings(PersonId(table.person), every, within)


def _heartbeat(found: SettingsFile, place: Place, expand: Expand) -> Heartbeat | None:
    table = found.heartbeat
    if table is None:
        return None
    url = expand(table.url, "heartbeat.url")
    if not usable(url):
        raise place.error("heartbeat.url", "must begin with http:// or https:// and name a host.")
    if table.method not in _METHODS:
        raise place.error("heartbeat.method", f'"{table.method}" is neither GET nor POST.')
    default = Heartbeat(url)
    return Heartbeat(url, table.method, place.duration("heartbeat.every", table.every) or default.every)


def _public(found: SettingsFile, place: Place, expand: Expand) -> str | None:
    if found.web.public_url is None:
        return None
    url = expand(found.web.public_url, "web.public_url")
    if not usable(url):
        raise place.error(
            "web.public_url",
            "must begin with http:// or https:// and name a host.",
            'For example "https://tocsin.example.org".',
        )
    return url.rstrip("/")
