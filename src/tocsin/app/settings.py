"""tocsin.toml: what a team sets, read once, refused with file, line and key when it is wrong.

Nearest wins: the environment (`TOCSIN_DATABASE_URL`, `TOCSIN_DATA`, `TOCSIN_RESPONSE_WATCH` …), then the file.
Every key is described in docs/reference/settings.md; a test holds the two together.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from tocsin.app.settings_checks import read_checks, read_cut_off
from tocsin.app.settings_drills import DrillsPlace, DrillsSettings, read_drills, read_place
from tocsin.app.settings_file import Place, Response, SettingsFile, read
from tocsin.app.settings_heartbeats import read_heartbeats
from tocsin.app.settings_integrations import read_integrations
from tocsin.app.settings_integrations import secrets as integration_secrets
from tocsin.app.settings_listeners import ListenerSettings, read_listeners
from tocsin.app.settings_oncall import read_oncall, read_outlets
from tocsin.app.settings_paging import PagingSettings, read_paging
from tocsin.app.settings_reconcile import ReconcileSettings, read_reconcile
from tocsin.app.settings_reload import ReloadSettings, read_reload
from tocsin.app.settings_status import StatusSettings, read_status
from tocsin.app.settings_synthetics import SyntheticsSettings, read_synthetics
from tocsin.app.settings_targets import SshSettings, read_reach
from tocsin.app.settings_web import WebSettings, read_web
from tocsin.detection.check import CheckSpec
from tocsin.detection.cut_off import CutOffRule
from tocsin.engine.foreign.integrations import Integration
from tocsin.engine.jobs.heartbeat_spec import Catalog
from tocsin.errors import ConfigError
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.targets import Targets
from tocsin.kit import duration
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import Method
from tocsin.oncall.schedule import OnCall
from tocsin.runbook.waive import Waiver


@dataclass(frozen=True, slots=True)
class PagerSettings:
    """One pager of the file: its name, its kind, whether rehearsals may use it, the keys that kind takes, and the secrets in them."""

    name: str
    kind: str
    drill: bool
    settings: dict[str, object]
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a team sets, with every path absolute and every duration a timedelta.

    Attributes:
        file: the tocsin.toml it came from. database: SQLite path or PostgreSQL URL.
        environment: what steps run with; built from the names the file lists, never copied whole.
        secrets: values that are redacted wherever they appear.
        missing_variables: names listed under targets.environment that are not set now.
        listen: (host, port) of the HTTP door, or None for none; token: what callers must show, or None.
        outlets: the channels of each audience of an update.
        ssh: hosts reached by SSH. sources: how each secret of the secret store is fetched, by its name.
        synthetics: `load` always sets it. reconciliations: in the order of the file.
        drill: whether everything that is found is a rehearsal; only the environment can say so (TOCSIN_DRILL=1).
        reload: how changes of the file are taken up. text: the file as it was read; it may hold secrets.
        named: the file as it was named: a link may point elsewhere tomorrow. `load` always sets both.
        cut_off: when it is told that we cannot measure from here; None: never.
        drills: what is drilled by itself, or None. drills_at: where scenarios are; `load` always sets it.
    """

    file: Path
    name: str
    runbook: Path
    data: Path
    database: str
    response: ResponseSettings
    step_timeout: timedelta
    change_timeout: timedelta
    oncall: OnCall
    pagers: tuple[PagerSettings, ...]
    targets: Targets
    cwd: Path | None
    environment: dict[str, str]
    secrets: tuple[str, ...]
    missing_variables: tuple[str, ...]
    checks: tuple[CheckSpec, ...]
    waivers: tuple[Waiver, ...]
    listen: tuple[str, int] | None
    token: str | None
    variables: Mapping[str, str] = field(default_factory=dict)
    outlets: Mapping[str, tuple[Method, ...]] = field(default_factory=dict)
    ssh: tuple[SshSettings, ...] = ()
    sources: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    paging: PagingSettings = field(default_factory=PagingSettings)
    synthetics: SyntheticsSettings | None = None
    reconciliations: tuple[ReconcileSettings, ...] = ()
    status: StatusSettings | None = None
    drill: bool = False
    drills: DrillsSettings | None = None
    drills_at: DrillsPlace = field(default_factory=lambda: DrillsPlace(Path("drills"), None))
    heartbeats: Catalog = field(default_factory=Catalog)
    integrations: tuple[Integration, ...] = ()
    listeners: tuple[ListenerSettings, ...] = ()
    web: WebSettings = field(default_factory=WebSettings)
    reload: ReloadSettings = field(default_factory=ReloadSettings)
    cut_off: CutOffRule | None = field(default_factory=CutOffRule)
    text: str = field(default="", repr=False)
    named: Path | None = None

    @property
    def roster(self) -> Roster:
        """Who is who. Who is on call is asked of the plan and its amendments: `app.oncall`."""
        return Roster(self.oncall.people)


def load(file: Path, variables: Mapping[str, str] | None = None) -> Settings:
    """Read and check a tocsin.toml.

    Args:
        file: the file. variables: the environment to use; the process's own by default.

    Raises:
        ConfigError: the file is missing, not TOML, or a key is unknown or wrong; names file, line and key.
    """
    env = os.environ if variables is None else variables
    found, place = read(file)
    base = file.resolve().parent
    expand = _expander(place, env)
    pagers = _pagers(found, place, env)
    integrations = read_integrations(found.integrations, place, expand)
    listeners = read_listeners(found.listeners, place, expand)
    reach = read_reach(found, env, place, base)
    web = read_web(found, place, expand, env)
    data = base / Path(env.get("TOCSIN_DATA") or found.tocsin.data).expanduser()
    settings = Settings(
        file=file.resolve(),
        name=found.tocsin.name,
        runbook=base / Path(found.tocsin.runbook).expanduser(),
        data=data,
        database=env.get("TOCSIN_DATABASE_URL") or str(data / "tocsin.db"),
        response=_response(found.response, env, place),
        step_timeout=place.duration("response.step_timeout", found.response.step_timeout)
        or timedelta(seconds=30),
        change_timeout=place.duration("response.change_timeout", found.response.change_timeout)
        or timedelta(minutes=15),
        oncall=read_oncall(found, place),
        pagers=pagers,
        targets=reach.targets,
        cwd=_cwd(found.targets.cwd, env, base),
        environment=reach.environment,
        secrets=(*_secrets(found, env, pagers, integrations, listeners), *web.secrets),
        missing_variables=reach.missing,
        ssh=reach.ssh,
        sources=reach.sources,
        checks=read_checks(found.checks, place, env, lambda value, key: _expanded(value, key, place, env)),
        cut_off=read_cut_off(found.cut_off, place),
        waivers=tuple(Waiver(each.rule, each.step, each.reason, each.until) for each in found.waive),
        listen=_listen(env.get("TOCSIN_LISTEN") or found.web.listen, place),
        token=env.get(found.web.token_variable) or None,
        variables=dict(env),
        outlets=read_outlets(found, place),
        paging=read_paging(found, place, expand),
        synthetics=read_synthetics(found.synthetics, place, base, expand),
        reconciliations=read_reconcile(found.reconcile, place, expand),
        heartbeats=read_heartbeats(found.heartbeats, place, expand),
        integrations=integrations,
        listeners=listeners,
        web=web,
        drill=env.get("TOCSIN_DRILL") == "1",
        drills=read_drills(found, place, base),
        drills_at=read_place(found, base),
    )
    names = (spec.name for spec in settings.checks)
    settings = replace(settings, status=read_status(found, place, data, names, settings.paging.public_url))
    return replace(settings, reload=read_reload(found, place), text=place.text, named=file.absolute())


def _expander(place: Place, env: Mapping[str, str]) -> Callable[[str, str], str]:
    """What replaces the references in a text, given the key it stands under."""
    return lambda text, key: str(_expanded(text, key, place, env))


def _secrets(
    found: SettingsFile,
    env: Mapping[str, str],
    pagers: Sequence[PagerSettings],
    integrations: Sequence[Integration],
    listeners: Sequence[ListenerSettings],
) -> tuple[str, ...]:
    """The values that must appear nowhere."""
    return (
        *(env[name] for name in found.targets.secrets if env.get(name)),
        *(secret for pager in pagers for secret in pager.secrets),
        *integration_secrets(integrations),
        *(secret for each in listeners for secret in each.secrets),
    )


def _response(found: Response, env: Mapping[str, str], place: Place) -> ResponseSettings:
    default = ResponseSettings()

    def take(key: str, written: str | None) -> timedelta | None:
        override = env.get(f"TOCSIN_RESPONSE_{key.upper()}")
        if override is not None:
            spelled = duration.parse(override)
            if spelled is None:
                raise ConfigError(
                    f'TOCSIN_RESPONSE_{key.upper()}: "{override}" is not a duration.',
                    hint='Write it like "30 s".',
                )
            return spelled
        return place.duration(f"response.{key}", written)

    return ResponseSettings(
        watch=take("watch", found.watch),
        settle=take("settle", found.settle) or default.settle,
        look=take("look", found.look) or default.look,
        ask_expiry=take("ask_expiry", found.ask_expiry) or default.ask_expiry,
        hop=take("hop", found.hop) or default.hop,
        rounds=found.rounds if found.rounds is not None else default.rounds,
        reopen=take("reopen", found.reopen) or default.reopen,
    )


def _pagers(found: SettingsFile, place: Place, env: Mapping[str, str]) -> tuple[PagerSettings, ...]:
    pagers = []
    for name, table in found.pagers.items():
        kind = table.get("kind")
        if not isinstance(kind, str):
            raise place.error(
                f"pagers.{name}.kind", "every pager names its kind.", 'For example kind = "file".'
            )
        # A rehearsal reaches no real phone unless somebody says so (DEC-09); a file rings nobody.
        drill = table.get("drill", kind == "file")
        if not isinstance(drill, bool):
            raise place.error(f"pagers.{name}.drill", "must be true or false.")
        own = {
            key: _expanded(value, f"pagers.{name}.{key}", place, env)
            for key, value in table.items()
            if key not in ("kind", "drill")
        }
        # What was not written into the file is meant to stay out of everything else as well.
        secrets = tuple(
            secret
            for key, value in table.items()
            if isinstance(value, str)
            for secret in _references(value, f"pagers.{name}.{key}", place, env)
        )
        pagers.append(PagerSettings(name, kind, drill, own, secrets))
    return tuple(pagers)


def _cwd(written: str | None, env: Mapping[str, str], base: Path) -> Path | None:
    text = env.get("TOCSIN_CWD") or written
    if text is None:
        return None
    path = Path(text).expanduser()
    return path if path.is_absolute() else base / path


_REFERENCE = re.compile(r"\$\{(?:([A-Za-z_][A-Za-z0-9_]*)|file:([^}]+))\}")


def _expanded(value: object, key: str, place: Place, env: Mapping[str, str]) -> object:
    """A text with every ${NAME} replaced by that variable and every ${file:PATH} by that file; other values as they are."""
    if not isinstance(value, str):
        return value
    found = iter(_references(value, key, place, env))
    return _REFERENCE.sub(lambda _: next(found), value)


def _references(text: str, key: str, place: Place, env: Mapping[str, str]) -> tuple[str, ...]:
    """What the references of a text stand for, in order."""
    found = []
    for name, path in _REFERENCE.findall(text):
        if path:
            found.append(_content(place.file.resolve().parent / path, key, place))
        elif env.get(name):
            found.append(env[name])
        else:
            raise place.error(key, f"{name} is not set.", f"Set {name} in the environment of tocsin.")
    return tuple(found)


def _content(path: Path, key: str, place: Place) -> str:
    """A secret kept in a file of its own, without the line break at its end."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8 text"
        raise place.error(
            key, f"{path} cannot be read: {why}.", "Name a file that tocsin may read."
        ) from problem


def _listen(text: str | None, place: Place) -> tuple[str, int] | None:
    if text is None or text in ("", "none"):
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise place.error(
            "web.listen", f'"{text}" is not "host:port".', 'For example "127.0.0.1:8410", or "none".'
        )
    return host.strip("[]"), int(port)
