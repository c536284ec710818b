"""The dry runs of tools, one rule a tool: from the words of a change to the words that only say what it would do.

A rule answers with the words of the dry run, or with a sentence why there is none. A tool stands here only if its
dry run looks and does nothing else: `make -n`, `certbot --dry-run`, `ansible-playbook --check` and `npm --dry-run` run
parts in earnest, `git push --dry-run` runs hooks, and SQL's EXPLAIN may call functions while it plans.
Source: the manual of each tool; docs/reference/effects.md, section on dry runs.
"""

import re
from collections.abc import Callable

from tocsin.effects.words import Word

Words = tuple[Word, ...]
Form = tuple[str, ...] | str
"""The words of a dry run as they are to be written, or a sentence why there is none."""


def raw(words: Words) -> tuple[str, ...]:
    """The words as they were written."""
    return tuple(word.raw for word in words)


def _verb(words: Words, takes_value: frozenset[str]) -> int | None:
    """Where the first word stands behind the name that is neither an option nor the value of one."""
    at = 1
    while at < len(words):
        text = words[at].text
        if not text.startswith("-"):
            return at
        at += 2 if text in takes_value else 1
    return None


def _has(words: Words, *options: str) -> bool:
    """Whether one of these options stands there, alone or with `=value`."""
    return any(word.text.partition("=")[0] in options for word in words)


_KUBE_VALUES = frozenset({"-n", "--namespace", "--context", "--kubeconfig", "--cluster", "--user", "-s", "--server", "--as", "--request-timeout"})  # fmt: skip
_KUBE_DRY = frozenset({
    "annotate", "apply", "autoscale", "cordon", "create", "delete", "drain", "expose", "label", "patch", "replace", "scale", "set", "taint",
    "uncordon",
})  # fmt: skip
_KUBE_DIFF = frozenset({
    "-f", "--filename", "-k", "--kustomize", "-R", "--recursive", "-l", "--selector", "--server-side", "--force-conflicts", "--field-manager",
}) | _KUBE_VALUES  # fmt: skip


def _kubectl(words: Words) -> Form:
    at = _verb(words, _KUBE_VALUES)
    if at is None:
        return "no subcommand is written here"
    verb, rest = words[at].text, words[at + 1 :]
    if verb not in _KUBE_DRY and not (verb == "rollout" and rest and rest[0].text == "undo"):
        named = f"{verb} {rest[0].text}" if verb == "rollout" and rest else verb
        return f"kubectl {named} has no dry run"
    if any(word.text == "--" for word in rest) or any(word.text == "-" for word in rest):
        return "it runs a command or reads its input, which a dry run would not have"
    if _has(words, "--profile", "--profile-output"):
        return "it writes a file beside"
    if any(word.text.startswith(("-o", "--output")) for word in rest):
        return "it prints whole objects, which may hold secrets"
    if verb == "apply" and all(
        word.text.partition("=")[0] in _KUBE_DIFF for word in (*words[1:at], *rest) if word.text[:1] == "-"
    ):
        return (*raw(words[:at]), "diff", *raw(rest))
    return (*raw(words), "--dry-run=server")


def _helm(words: Words) -> Form:
    at = _verb(words, frozenset({"-n", "--namespace", "--kube-context", "--kubeconfig"}))
    verb = words[at].text if at is not None else ""
    if _has(words, "--post-renderer", "--dependency-update", "--debug", "-o", "--output"):
        return "it would run another program, or print values that may be secret"
    match verb:
        case "install" | "upgrade":
            return (*raw(words), "--dry-run", "--hide-secret")
        case "rollback" | "uninstall" | "delete":
            return (*raw(words), "--dry-run")
        case _:
            return f"helm {verb} has no dry run".replace("  ", " ")


_PLANNED = frozenset({"-var", "-var-file", "-target", "-replace", "-destroy", "-refresh-only", "-refresh", "-parallelism"})  # fmt: skip
_OF_APPLY = frozenset({"-auto-approve", "-lock", "-lock-timeout", "-input", "-no-color", "-compact-warnings"})


def _terraform(words: Words) -> Form:
    at = _verb(words, frozenset())
    verb = words[at].text if at is not None else ""
    if at is None or verb not in ("apply", "destroy"):
        return f"only apply and destroy can be planned, not {verb or 'this'}"
    kept: list[str] = []
    rest = list(words[at + 1 :])
    while rest:
        word = rest.pop(0)
        name = word.text.partition("=")[0]
        if name in _OF_APPLY:
            continue
        if name not in _PLANNED:
            return "it carries out a plan that was saved" if word.text[:1] != "-" else f"plan has no {name}"
        kept.append(word.raw)
        if name in ("-var", "-var-file", "-target", "-replace") and "=" not in word.text and rest:
            kept.append(rest.pop(0).raw)
    destroy = ("-destroy",) if verb == "destroy" else ()
    # Without the lock: a dry run must never stand in the way of the real one.
    return (*raw(words[:at]), "plan", "-lock=false", "-input=false", "-no-color", *destroy, *kept)


_RSYNC_NOT = (
    "--log-file",
    "--write-batch",
    "--only-write-batch",
    "--read-batch",
    "--rsync-path",
    "--daemon",
    "--remote-option",
    "-M",
)


def _rsync(words: Words) -> Form:
    if _has(words, *_RSYNC_NOT):
        return "it writes something else beside, or runs another program"
    for at, word in enumerate(words[1:], start=1):
        named = word.text == "--rsh" or (re.fullmatch("-[A-Za-z]*e", word.text) is not None)
        if named or word.text.startswith("--rsh="):
            shell = word.text.partition("=")[2] or (words[at + 1].text if at + 1 < len(words) else "")
            if not all(part == "ssh" or part.isdigit() or part == "-p" for part in shell.split()):
                return "its remote shell is more than ssh and a port"
        elif re.match("-[A-Za-z]*[eM]", word.text):
            return "its remote shell is more than ssh and a port"
    return (words[0].raw, "--dry-run", "--itemize-changes", *raw(words[1:]))


def _nginx(words: Words) -> Form:
    texts = [word.text for word in words]
    if _has(words, "-g", "-e"):
        return "it is given directives that may write elsewhere"
    if "-s" not in texts[:-1] or texts[texts.index("-s") + 1] != "reload":
        return "only a reload can be tried: its configuration is tested"
    at = texts.index("-s")
    return (*raw(words[:at]), *raw(words[at + 2 :]), "-t")


_TRIED = {
    "nginx": ("nginx", "-t"),
    "apache2": ("apache2ctl", "configtest"),
    "httpd": ("apachectl", "configtest"),
}
_BEGINS = frozenset({"reload", "restart", "start", "try-restart", "reload-or-restart", "force-reload"})


def _systemctl(words: Words) -> Form:
    return _unit([word.text for word in words[1:] if not word.text.startswith("-")])


def _service(words: Words) -> Form:
    return _unit([word.text for word in words[1:]][::-1])


def _unit(asked: list[str]) -> Form:
    """What can be tried of starting a service anew: its configuration."""
    if len(asked) == 2 and asked[0] in _BEGINS:
        form = _TRIED.get(asked[1].removesuffix(".service"))
        if form is not None:
            return form
    return "systemd has no dry run, and no test of this service's configuration is known"


def _apache(words: Words) -> Form:
    if [word.text for word in words[1:]] in (
        ["graceful"],
        ["restart"],
        ["-k", "graceful"],
        ["-k", "restart"],
    ):
        return (words[0].raw, "configtest")
    return "only a restart can be tried: its configuration is tested"


_APT = frozenset({"install", "reinstall", "upgrade", "dist-upgrade", "full-upgrade", "remove", "purge", "autoremove"})  # fmt: skip


def _apt(words: Words) -> Form:
    if _has(words, "-o", "--option", "-c", "--config-file"):
        return "its options may name programs to run"
    at = _verb(words, frozenset({"-t", "--target-release"}))
    if at is None or words[at].text not in _APT:
        return "only what installs or removes packages can be simulated"
    return (words[0].raw, "-s", *raw(words[1:]))


_GIT = frozenset({"clean", "rm", "add", "mv"})


def _git(words: Words) -> Form:
    at = _verb(words, frozenset({"-C", "--git-dir", "--work-tree"}))
    verb = words[at].text if at is not None else ""
    if at is None or verb not in _GIT or _has(words[1:at], "-c", "--exec-path", "--config-env"):
        return f"git {verb} has no dry run that only looks".replace("  ", " ")
    return (*raw(words[: at + 1]), "-n", *raw(words[at + 1 :]))


def _aws(words: Words) -> Form:
    texts = [word.text for word in words[1:3]]
    if len(texts) == 2 and texts[0] == "s3" and texts[1] in ("cp", "mv", "rm", "sync"):
        return (*raw(words), "--dryrun")
    return "only aws s3 cp, mv, rm and sync have a dry run that answers"


_COMPOSE = frozenset({"up", "down", "restart", "stop", "start", "rm", "create", "kill", "pause", "unpause"})


def _docker(words: Words) -> Form:
    if len(words) > 1 and words[1].text == "compose":
        return _compose(words, 2)
    return "docker itself has no dry run"


def _compose(words: Words, first: int = 1) -> Form:
    at = _verb(words[first - 1 :], frozenset({"-f", "--file", "-p", "--project-name", "--project-directory", "--env-file", "--profile"}))  # fmt: skip
    verb = words[first - 1 + at].text if at is not None else ""
    if verb not in _COMPOSE:
        return f"docker compose {verb} has no dry run that only looks".replace("  ", " ")
    return (*raw(words), "--dry-run")


def _find(words: Words) -> Form:
    texts = [word.text for word in words]
    if texts.count("-delete") != 1 or _has(words, "-prune"):
        return "only -delete can be shown beforehand"
    return tuple("-print" if word.text == "-delete" else word.raw for word in words)


def _logrotate(words: Words) -> Form:
    if any(word.text.startswith(("-l", "--log")) for word in words[1:]):
        return "it writes a log beside"
    return (words[0].raw, "-d", *raw(words[1:]))


def _archivecleanup(words: Words) -> Form:
    return (words[0].raw, "-n", *raw(words[1:]))


def _rclone(words: Words) -> Form:
    if _has(words, "--log-file", "--password-command", "--rc"):
        return "it writes a log beside, or runs another program"
    at = _verb(words, frozenset({"--config"}))
    if at is None or words[at].text not in ("sync", "copy", "move", "delete"):
        return "only sync, copy, move and delete have a dry run"
    return (*raw(words), "--dry-run")


def _none(because: str) -> Callable[[Words], Form]:
    return lambda words: because


_REDIS = "Redis has no dry run"
_SQL = "SQL has no dry run that only looks"
_CODE = "what its dry run does is the project's own code"

RULES: dict[str, Callable[[Words], Form]] = {
    "kubectl": _kubectl, "oc": _kubectl, "k": _kubectl, "helm": _helm, "terraform": _terraform, "tofu": _terraform,
    "rsync": _rsync, "nginx": _nginx, "systemctl": _systemctl, "service": _service, "apachectl": _apache,
    "apache2ctl": _apache, "apt": _apt, "apt-get": _apt, "git": _git, "aws": _aws, "docker": _docker,
    "docker-compose": _compose, "find": _find, "logrotate": _logrotate, "pg_archivecleanup": _archivecleanup,
    "rclone": _rclone,
    "redis-cli": _none(_REDIS), "valkey-cli": _none(_REDIS), "psql": _none(_SQL), "mysql": _none(_SQL),
    "pm2": _none("PM2 has no dry run"), "kill": _none("a signal cannot be tried"), "pkill": _none("a signal cannot be tried"),
    "curl": _none("a request cannot be tried"), "npm": _none(_CODE), "npx": _none(_CODE), "yarn": _none(_CODE),
    "make": _none("make -n runs some lines in earnest"), "certbot": _none("its rehearsal touches the web server"),
    "ansible-playbook": _none("its check mode runs in earnest what says so"),
}  # fmt: skip
"""By the name of the tool."""
