"""The shape of `[status]` in tocsin.toml."""

from typing import Literal

import msgspec


class StatusComponentTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[[status.components]]`."""

    name: str
    checks: list[str]
    group: str | None = None
    about: str | None = None


class StatusTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[status]`."""

    url: str
    name: str | None = None
    about: str | None = None
    directory: str = "status"
    every: str | None = None
    mail: str | None = None
    runbook_url: str | None = None
    remediations: Literal["internal", "public"] = "internal"
    components: list[StatusComponentTable] = []
