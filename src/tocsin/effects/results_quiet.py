"""Commands that end with status 0, or a status nobody expects, and say in few words that nothing happened, or not all.

Asked before the other adapters; each row is a case of the tests. Source: docs/reference/effects.md, result adapters.
"""

from collections.abc import Callable

from tocsin.effects.finding import Finding, Ran, done, doubt, failed, later, no_effect

_LINES_PER_POD = 10  # what `kubectl logs` prints of each pod when it is given a selector and no --tail
_VALUE_OPTIONS = frozenset(("-I", "-L", "-n", "-P", "-s", "-d", "-a", "-E"))  # of xargs


def quiet(ran: Ran, name: str) -> Finding | None:
    """What this run turned out to be, if it is one of these."""
    found = _QUIET.get(name)
    return found(ran) if found is not None else None


def bracket(text: str, status: int) -> Finding | None:
    """The answer of `[ … ]` and `[[ … ]]`, which are no commands to a parser."""
    if text.strip().startswith(("[ ", "[[ ")) and text.strip().endswith("]") and status in (0, 1):
        answer = "no" if status else "yes"
        return done(f"The answer is {answer}.", ("answer", answer))
    return None


def _kubectl(ran: Ran) -> Finding | None:
    texts = ran.texts
    if ran.status != 0 or ran.says(r"No resources found"):
        return None  # the adapter of kubectl says that
    if any(text.startswith("--dry-run") and not text.endswith("=none") for text in texts):
        asked = "--dry-run=server" in texts
        checked = "the server would take it" if asked else "the server was not asked; --dry-run=server would"
        return no_effect(f"A dry run: nothing was changed, and {checked}.")
    if "delete" in texts and "--ignore-not-found" in " ".join(texts) and not ran.stdout.strip():
        return no_effect("It was not there.")
    if "get" in texts and not ran.stdout.strip() and any("jsonpath" in text for text in texts):
        return done("The field is absent, or empty.", ("value", "absent"))
    selects = any(text in ("-l", "--selector") or text.startswith("--selector=") for text in texts)
    if "logs" in texts and selects and not any(text.startswith("--tail") for text in texts):
        return done(
            f"Only the last {_LINES_PER_POD} lines of each pod: with a selector that is the default.",
            ("lines", "truncated"),
        )
    return None


def _pm2(ran: Ran) -> Finding | None:
    texts = [text for text in ran.texts if not text.startswith("-")]
    if ran.status != 0 and ran.says(r"no process found"):
        return no_effect("There was no process.", ("processes", "0"))
    if texts[:1] == ["pid"] and ran.status == 0:
        numbers = [line for line in ran.stdout.split() if line.isdigit() and line != "0"]
        shown = ", ".join(numbers) or "none"
        return done(f"Processes that run: {shown}.", ("pids", shown))
    return None


def _xargs(ran: Ran) -> Finding | None:
    """What it ran answers for it; a status of its own says that some ran and some did not."""
    inner = _inner(ran)
    if inner[:1] == ["redis-cli"]:
        refused = ran.says(r"^(?:\(error\) )?(?:ERR|OOM|NOAUTH|NOPERM|WRONGTYPE|READONLY)\b.*$")
        if refused is not None:
            return failed(f"Redis answered {refused[0].strip()}", ("error", refused[0].strip()))
        counted = [line.removeprefix("(integer) ") for line in ran.stdout.split("\n") if line.strip()]
        if ran.status == 0 and counted and all(line.strip() == "0" for line in counted):
            return no_effect("Nothing was there to be deleted.", ("deleted", "0"))
    if ran.status == 1:
        return doubt("xargs stopped on the way; what it ran before is done.")
    return None


def _inner(ran: Ran) -> list[str]:
    texts = ran.texts
    at = 0
    while at < len(texts) and texts[at].startswith("-"):
        at += 2 if texts[at] in _VALUE_OPTIONS else 1
    return texts[at:]


def _nginx(ran: Ran) -> Finding | None:
    if "-s" in ran.texts and "reload" in ran.texts and ran.status == 0:
        return later(
            "The signal was sent; nginx can refuse the new configuration and say so only in its error log."
        )
    return None


def _systemctl(ran: Ran) -> Finding | None:
    if "reload" in ran.texts and ran.status == 0:
        return later(
            "Reload was accepted; the program can refuse the new configuration and say so only in its log."
        )
    return None


def _kill(ran: Ran) -> Finding | None:
    if ran.status == 0 and {"-HUP", "-1", "-SIGHUP"} & set(ran.texts):
        return later("The signal was sent; whether the program took the new configuration only its log says.")
    return None


_QUIET: dict[str, Callable[[Ran], Finding | None]] = {
    **dict.fromkeys(("kubectl", "oc", "k"), _kubectl),
    "pm2": _pm2,
    "xargs": _xargs,
    "nginx": _nginx,
    "systemctl": _systemctl,
    **dict.fromkeys(("kill", "pkill", "killall"), _kill),
}
