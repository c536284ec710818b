"""A runbook's file, read once and refused clearly when it is none."""

from pathlib import Path

from tocsin.errors import ConfigError

MAX_RUNBOOK_BYTES = 50 * 1024 * 1024


def read_runbook(path: Path) -> str:
    """The text of a runbook file, UTF-8 with replacement.

    Raises:
        ConfigError: missing, a directory, unreadable, empty, binary or larger than 50 MB; names the file and what to do.
    """
    hint = "Name a Markdown file."
    if path.is_dir():
        raise ConfigError(f"{path} is a directory, not a runbook.", hint=hint)
    try:
        size = path.stat().st_size
        if size >= MAX_RUNBOOK_BYTES:
            raise ConfigError(
                f"{path} is {size / 1_048_576:.0f} MB; a runbook of more than 50 MB is not read.",
                hint="Split it, or name the file you meant.",
            )
        content = path.read_bytes()
    except FileNotFoundError as problem:
        raise ConfigError(
            f"There is no runbook at {path}.", hint="Check tocsin.runbook or the path."
        ) from problem
    except OSError as problem:
        raise ConfigError(f"The runbook {path} cannot be read: {problem.strerror}.", hint=hint) from problem
    return runbook_text(content, str(path))


def runbook_text(content: bytes, name: str) -> str:
    """The text of a runbook's bytes, UTF-8 with replacement. Raises ConfigError: empty, or binary."""
    if not content.strip():
        raise ConfigError(f"The runbook {name} is empty.", hint="Write it first, or name another file.")
    if b"\0" in content[:8192]:
        raise ConfigError(f"The runbook {name} is a binary file, not Markdown.", hint="Name a Markdown file.")
    return content.decode("utf-8-sig", errors="replace")
