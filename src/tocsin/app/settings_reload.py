"""`[reload]` of tocsin.toml: whether a changed tocsin.toml or runbook is taken up by itself, and how soon."""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.app.settings_file import Place, SettingsFile

_AT_LEAST = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class ReloadSettings:
    """How changes are noticed.

    Attributes:
        by_itself: whether the files are looked at; otherwise only SIGHUP and `tocsin reload` take them up.
        every: how often they are looked at. What changed has to be the same at two looks.
    """

    by_itself: bool = True
    every: timedelta = timedelta(seconds=5)


def read_reload(found: SettingsFile, place: Place) -> ReloadSettings:
    """The table as values. Raises ConfigError: no duration, or too short; names file, line and key."""
    default = ReloadSettings()
    every = place.duration("reload.every", found.reload.every)
    if every is not None and every < _AT_LEAST:
        raise place.error(
            "reload.every", "is too short.", 'For example "5 s"; by_itself = false looks never.'
        )
    return ReloadSettings(found.reload.by_itself, every or default.every)
