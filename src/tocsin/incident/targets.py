"""Where steps may run, as decisions see it. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Targets:
    """What tocsin.toml binds.

    Attributes:
        local: the name of the machine steps run on, as shown on approvals: "local (web-1)".
        hosts: names a runbook may `ssh` to.
        kinds: bound kinds beside hosts: "kubernetes", "aws", "gcp", "azure".
        database: name of the variable that holds the database plain SQL is meant for, or None.
        variables: names of environment variables the target sets ("DATABASE_URL").
        remote: hosts reached by SSH, each with the names of the variables that are set there.
        users: whom we are on a remote host, where tocsin.toml says so.
        context: the Kubernetes context that kubectl speaks to, or None if it is this machine's own.
        secrets: names in the secret store. parameters: values for holes that tocsin.toml gives.
        pins: who targets have to be, where tocsin.toml says so.
    """

    local: str = "local"
    hosts: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    database: str | None = None
    variables: frozenset[str] = frozenset()
    remote: Mapping[str, frozenset[str]] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    context: str | None = None
    secrets: frozenset[str] = frozenset()
    parameters: Mapping[str, str] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)
