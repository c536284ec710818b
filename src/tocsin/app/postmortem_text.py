"""Writing a post-mortem's text: the whole of it, only over the text that was read, and never over a published one."""

import os
import tempfile
from pathlib import Path

from tocsin.errors import NotFound, Refused, StoreError
from tocsin.incident.incident import Incident
from tocsin.incident.state import PostmortemState
from tocsin.kit.ids import sha256


def write(incident: Incident, text: str, read_sha256: str) -> str:
    """Replace the text of an incident's post-mortem; the hash of the new one.

    Args:
        read_sha256: of the text the writer had before them. If the file holds another one, somebody else wrote
            meanwhile, and nothing is overwritten.

    Raises:
        NotFound: there is no draft. Refused: somebody else wrote meanwhile, or it is published.
        StoreError: the file cannot be written.
    """
    if incident.postmortem is None:
        raise NotFound(f"{incident.id} has no draft yet.")
    if incident.postmortem_state is PostmortemState.PUBLISHED:
        raise Refused(
            "It is published, and stays as it was read.", hint="Write what is new into a fresh draft."
        )
    path = Path(incident.postmortem.path)
    try:
        before = path.read_text(encoding="utf-8")
        if sha256(before) != read_sha256:
            raise Refused(
                "Somebody else changed the text since you opened it.",
                hint="Your words are still in the field: copy them, load the page again, and put them in.",
            )
        _replace(path, text)
    except OSError as problem:
        raise StoreError(f"{path} cannot be written: {problem.strerror}.") from problem
    return sha256(text)


def _replace(path: Path, text: str) -> None:
    """The new text is there whole or not at all."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(name, path.stat().st_mode & 0o777)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
