"""`[targets]`, `[parameters]` and `[secrets]`: where steps may run, as whom, with what, and who has to be there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tocsin.app.settings_file import Place, SettingsFile, SshTable
from tocsin.connectors.secret_source import source
from tocsin.errors import ConfigError
from tocsin.incident.targets import Targets

# Every step may see these, beside what targets.environment lists.
_ALWAYS = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME", "TMPDIR")


@dataclass(frozen=True, slots=True)
class SshSettings:
    """One host of `[targets.ssh.NAME]`.

    Attributes:
        host_key: its public key as one line ("ssh-ed25519 AAAA…"), or None where `known_hosts` names a file.
        environment: names of variables that are set over there.
    """

    name: str
    address: str
    port: int
    user: str | None
    host_key: str | None
    known_hosts: Path | None
    identity_file: Path | None
    environment: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the settings say about where steps run.

    Attributes:
        targets: as decisions see it. environment: what steps on this machine run with.
        missing: names that are listed and not set. ssh: hosts reached by SSH. sources: secrets by name.
    """

    targets: Targets
    environment: dict[str, str]
    missing: tuple[str, ...]
    ssh: tuple[SshSettings, ...] = ()
    sources: Mapping[str, Callable[[], str]] = field(default_factory=dict)


def read_reach(found: SettingsFile, env: Mapping[str, str], place: Place, base: Path) -> Reach:
    """Read and check the three tables.

    Raises:
        ConfigError: a host without a pinned key, a source of secrets of no known kind; names file, line and key.
    """
    table = found.targets
    listed = tuple(dict.fromkeys((*table.environment, *table.secrets)))
    environment = {name: env[name] for name in (*_ALWAYS, *listed) if name in env}
    kinds = {kind for kind in ("kubernetes", "aws", "gcp", "azure") if getattr(table, kind)}
    bound = frozenset(variable for variable in (*listed, *_ALWAYS) if env.get(variable))
    hosts = tuple(_ssh(name, host, place, base) for name, host in table.ssh.items())
    for host in hosts:
        if host.name in table.hosts:
            raise place.error(
                f"targets.ssh.{host.name}", "this host is among targets.hosts, which are this machine."
            )
    sources = {}
    for name, reference in found.secrets.items():
        try:
            sources[name] = source(name, reference, env, environment)
        except ConfigError as problem:
            raise place.error(f"secrets.{name}", problem.message, problem.hint) from problem
    targets = Targets(
        local=f"local ({table.name})" if table.name else "local",
        hosts=frozenset(table.hosts),
        kinds=frozenset(kinds),
        database=table.database if table.database in bound else None,
        variables=bound,
        remote={host.name: frozenset(n for n in host.environment if env.get(n)) for host in hosts},
        users={host.name: host.user for host in hosts if host.user},
        context=table.kubernetes or None,
        secrets=frozenset(sources),
        parameters=dict(found.parameters),
        pins=dict(table.identity),
    )
    wanted = dict.fromkeys((*listed, *(name for host in hosts for name in host.environment)))
    return Reach(targets, environment, tuple(name for name in wanted if not env.get(name)), hosts, sources)


def _ssh(name: str, table: SshTable, place: Place, base: Path) -> SshSettings:
    key = f"targets.ssh.{name}"
    if (table.host_key is None) == (table.known_hosts is None):
        raise place.error(
            key,
            "a host is believed by its key: name one of host_key and known_hosts.",
            f'Ask the host for it: host_key = "ssh-ed25519 …" (ssh-keyscan -t ed25519 {table.address or name}).',
        )
    if table.host_key is not None and len(table.host_key.split()) < 2:
        raise place.error(f"{key}.host_key", "this is no public key.", 'Write it like "ssh-ed25519 AAAA…".')
    if not 1 <= table.port <= 65535:
        raise place.error(f"{key}.port", f"{table.port} is no port.")
    return SshSettings(
        name=name,
        address=table.address or name,
        port=table.port,
        user=table.user,
        host_key=table.host_key,
        known_hosts=_path(table.known_hosts, base),
        identity_file=_path(table.identity_file, base),
        environment=tuple(table.environment),
    )


def _path(written: str | None, base: Path) -> Path | None:
    if written is None:
        return None
    path = Path(written).expanduser()
    return path if path.is_absolute() else base / path
