"""What a runbook may damage under PM2: applications that appear, vanish, change their definition, or die again and again."""

import msgspec

from tocsin.errors import TocsinError
from tocsin.sandbox.fault import Oracles
from tocsin.sandbox.pm2 import Pm2


class _Env(msgspec.Struct):
    status: str
    restart_time: int = 0
    pm_exec_path: str = ""
    pm_cwd: str = ""
    args: str | list[str] | None = None
    instances: int | str | None = None
    exec_mode: str = ""
    max_memory_restart: int | str | None = None
    env: dict[str, msgspec.Raw] = {}


class _Process(msgspec.Struct):
    name: str
    pm2_env: _Env


def definitions(pm2: Pm2) -> Oracles:
    """Every application by name: how many, what they run, with which limits and names of variables.

    Values of variables are left out: they hold passwords. Raises TocsinError.
    """
    found: dict[str, list[str]] = {}
    for one in _list(pm2):
        found.setdefault(one.name, []).append(_described(one.pm2_env))
    return {f"pm2.{name}": f"{len(all_)} x {all_[0]}" for name, all_ in sorted(found.items())}


def states(pm2: Pm2) -> dict[str, list[tuple[str, int]]]:
    """Every application by name: status and restarts of each process. Raises TocsinError."""
    found: dict[str, list[tuple[str, int]]] = {}
    for one in _list(pm2):
        found.setdefault(one.name, []).append((one.pm2_env.status, one.pm2_env.restart_time))
    return found


def _list(pm2: Pm2) -> list[_Process]:
    output = pm2.run("jlist").strip().splitlines()
    # Notices may stand before the list, which is always the last line.
    last = output[-1] if output else ""
    try:
        return msgspec.json.decode(last, type=list[_Process])
    except msgspec.MsgspecError as wrong:
        raise TocsinError(f"pm2 jlist: not a list of processes ({wrong}): {last[:200]}") from wrong


def _described(env: _Env) -> str:
    variables = " ".join(sorted(name for name in env.env if name.isupper()))
    args = " ".join(env.args) if isinstance(env.args, list) else env.args or ""
    return (
        f"{env.pm_exec_path} {args}".strip()
        + f" in {env.pm_cwd}, {env.exec_mode}, instances {env.instances or 1}, "
        + f"memory limit {env.max_memory_restart or 'none'}, variables {variables or 'none'}"
    )
