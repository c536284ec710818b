"""TOC409 without a date: revisions, lock ids and node ids of the day the text was written."""

import re
from collections import Counter
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import View

_UUID = re.compile(
    r"(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])", re.IGNORECASE
)
_HEX = re.compile(r"^(?=.*\d)(?=.*[a-f])[0-9a-f]{7,40}$")
_MOMENT = re.compile(
    r"(?<![0-9A-Za-z])1[5-9]\d{8}(?:\d{3})?(?![0-9A-Za-z])"
)  # a moment in seconds or milliseconds
_ULID = re.compile(r"(?<![0-9A-Za-z])0[0-7][0-9A-HJKMNP-TV-Z]{24}(?![0-9A-Za-z])")
# The hash of a template and the five letters that a ReplicaSet adds, as in "api-7d9f8b6c5-x2x9p".
_POD = re.compile(
    r"(?<![\w-])[a-z][a-z0-9-]*-(?=[a-z0-9]*\d)[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}(?![\w-])"
)
_NUMBER = re.compile(r"^v?\d+$")
_OF_ONE_DAY = frozenset(
    "kill cancel unlock force-unlock remove-peer removenode purge drain revert rollback terminate abort revoke stop checkout reset restore".split()
)
_LASTING = (
    "--subscription",
    "--tenant",
    "--account",
    "--zone-id",
    "--hosted-zone-id",
    "--client-id",
    "--org",
    "--project",
)


def revisions(view: View) -> Iterator[Diagnostic]:
    """A literal revision to go back to, or a literal id of something that lives for a day."""
    ids: Counter[str] | None = None
    for _, line, action, command in view.commands():
        if line.step.judgement.effect is Effect.OBSERVE or (
            command.wrapper is not None and command.wrapper.name not in ("sudo", "ssh")
        ):
            continue
        found = _revision(command)
        if found is None and _one_of_a_day(command):
            found = next(
                (word for word in command.plain[1:] if _UUID.fullmatch(word) or _HEX.match(word)), None
            )
            if found is not None:
                ids = Counter(_UUID.findall(view.whole)) if ids is None else ids
                if ids[found] > 2 or any(option in command.args for option in _LASTING):
                    found = None
        if found is None:
            found = next(
                (m[0] for word in command.args if (m := _ULID.search(word) or _POD.search(word))), None
            )
        if found is None and any(map(str.isdigit, " ".join(command.plain))):
            found = next(
                (m[0] for word in command.plain if (m := _MOMENT.search(word)) and "://" not in word), None
            )
        if found is not None:
            message = f"{found} was right on the day this was written; the next incident needs another."
            yield view.at("TOC409", line, action, command.start, message, level=Level.WARNING)


def _one_of_a_day(command: Command) -> bool:
    return any(word in _OF_ONE_DAY for word in command.plain[:4])


def _revision(command: Command) -> str | None:
    """The literal revision a command goes back to."""
    words = command.plain
    if command.name in ("helm", "nomad", "argocd") and any(w in ("rollback", "revert") for w in words[:2]):
        return next((word for word in words[2:] if _NUMBER.match(word)), None)
    if (
        command.name in ("kubectl", "oc")
        and (value := command.value("--to-revision"))
        and _NUMBER.match(value)
    ):
        return f"revision {value}"
    if command.name == "aws" and (value := command.value("--task-definition")) and re.search(r":\d+$", value):
        return value
    if (
        command.name == "gcloud"
        and (value := command.value("--to-revisions"))
        and re.search(r"-\d{5}-\w{3}", value)
    ):
        return value
    return None


RULES = (revisions,)
