"""What an installation is set up from: which texts hold, whether newer ones were refused, and taking changed files up."""

from datetime import datetime

import msgspec

from tocsin.app.reload.keeper import Standing
from tocsin.app.reload.notes import noted
from tocsin.errors import ConfigError, Refused
from tocsin.oncall.person import AccessRole
from tocsin.web.api.operation import Call, Operation, Query
from tocsin.web.api.words import Empty


class SettingsRefused(msgspec.Struct):
    """The newest texts, where they cannot be used: what is wrong with them, and the next step."""

    at: datetime
    by: str
    message: str
    hint: str | None


class SettingsInForce(msgspec.Struct):
    """Which texts hold: SHA-256 of tocsin.toml and of the runbook, since when, and what holds from the next start on only."""

    since: datetime
    settings: str
    runbook: str
    waits: list[str]
    refused: SettingsRefused | None


class SettingsTaken(msgspec.Struct):
    """What taking the files up changed: tables of tocsin.toml and "the runbook", and what people have to know of it."""

    changed: list[str]
    remarks: list[str]
    in_force: SettingsInForce


class SettingsChange(msgspec.Struct):
    """A change as the log has it; the hashes are SHA-256 of the texts."""

    seq: int
    at: datetime
    by: str
    settings_before: str
    settings: str
    runbook_before: str
    runbook: str
    changed: list[str]
    waits: list[str]


class SettingsChanges(msgspec.Struct):
    """Changes, the newest first."""

    changes: list[SettingsChange]


def _in_force(standing: Standing) -> SettingsInForce:
    bad = standing.refused
    refused = None if bad is None else SettingsRefused(bad.at, bad.by, bad.message, bad.hint)
    return SettingsInForce(standing.since, standing.settings, standing.runbook, list(standing.waits), refused)


def _show(call: Call) -> SettingsInForce:
    return _in_force(call.app.reload.standing)


def _reload(call: Call) -> SettingsTaken:
    who = f"person:{call.caller.person}" if call.caller.person is not None else call.caller.via
    try:
        done = call.app.reload.now(who)
    except ConfigError as problem:
        hide = call.app.redactor.redact
        hint = f"{hide(problem.hint)} What held before holds." if problem.hint else "What held before holds."
        raise Refused(hide(problem.message), hint=hint) from problem
    return SettingsTaken(list(done.changed), list(done.remarks), _in_force(done.standing))


def _changes(call: Call) -> SettingsChanges:
    with call.app.database.read() as tx:
        found = noted(tx, int(call.query["limit"]))
    return SettingsChanges(
        [
            SettingsChange(
                each.seq, each.at, each.what.by, each.what.settings_before, each.what.settings,
                each.what.runbook_before, each.what.runbook, list(each.what.changed), list(each.what.waits),
            )
            for each in found
        ]
    )  # fmt: skip


OPERATIONS = (
    Operation("GET", "/api/v1/settings", "settings_in_force", "Which settings and runbook hold, and whether newer ones were refused.",
              AccessRole.VIEWER, SettingsInForce, _show, tag="house"),
    Operation("GET", "/api/v1/settings/changes", "settings_changes", "When other settings or another runbook were taken up, and by whom.",
              AccessRole.VIEWER, SettingsChanges, _changes, query=(Query("limit", "how many", "count", "20"),), tag="house"),
    Operation("POST", "/api/v1/settings/reload", "reload_settings", "Take up changed files now; all of them, or none.",
              AccessRole.ADMIN, SettingsTaken, _reload, Empty, refuses=(409,), tag="house"),
)  # fmt: skip
