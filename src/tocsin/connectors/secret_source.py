"""Where a secret comes from: a variable, a file, or what a command prints. Read when it is needed, kept nowhere."""

import subprocess
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from tocsin.errors import ConfigError, Permanent

WITHIN = timedelta(seconds=10)  # for a command to print it
KINDS = ("env", "file", "command")
_MOST = 64 * 1024


def source(
    name: str, reference: str, variables: Mapping[str, str], environment: Mapping[str, str]
) -> Callable[[], str]:
    """How the secret of this name is fetched.

    Args:
        reference: "env:NAME", "file:/path" or "command:pass show x" (run by sh).
        variables: the environment tocsin was started with. environment: what a command may see.

    Raises:
        ConfigError: the reference is of another kind; names those known. The value is not fetched yet.
    """
    kind, _, rest = reference.partition(":")
    if kind not in KINDS or not rest:
        raise ConfigError(
            f'the secret {name}: "{kind}:…" is no source of secrets.',
            hint=f"Known: {', '.join(f'{each}:' for each in KINDS)}",
        )
    match kind:
        case "env":
            return lambda: variables.get(rest, "")
        case "file":
            return lambda: _file(name, Path(rest))
        case _:
            return lambda: _command(name, rest, environment)


def _file(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode("utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise Permanent(f"the secret {name} cannot be read from {path}: {_why(problem)}.") from problem


def _command(name: str, text: str, environment: Mapping[str, str]) -> str:
    try:
        ran = subprocess.run(
            ("sh", "-c", text), env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=WITHIN.total_seconds(),
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as problem:
        raise Permanent(
            f"the secret {name}: its command could not be run: {type(problem).__name__}."
        ) from problem
    if ran.returncode != 0:
        raise Permanent(f"the secret {name}: its command ended with status {ran.returncode}.")
    return ran.stdout[:_MOST].decode("utf-8", "replace").rstrip("\n")


def _why(problem: OSError | UnicodeDecodeError) -> str:
    return (
        problem.strerror or type(problem).__name__ if isinstance(problem, OSError) else "it is no UTF-8 text"
    )
