"""More of TOC205, TOC206 and TOC216, tool by tool: what takes all unless it is told less, and what says yes in advance."""

import re

from tocsin.runbook.lint.command import Command

_PROGRAMS = frozenset(
    "haproxy httpd apache2 php-fpm ffmpeg mongod redis-server beam.smp envoy traefik caddy convert chrome chromium dockerd containerd "
    "kubelet varnishd squid named dovecot exim4 rsyslogd influxd prometheus grafana-server asterisk freeswitch mongos memcached".split()
)
_KEPT_SIGNALS = re.compile(r"-(?:s\s*)?(?:SIG)?(?:HUP|USR1|USR2|CONT|WINCH|0|1|10|12)")
_NARROWED = (
    "-u",
    "-U",
    "-P",
    "-t",
    "-g",
    "-G",
    "-s",
    "--parent",
    "--uid",
    "--pidfile",
    "-F",
    "-n",
    "-o",
    "--newest",
    "--oldest",
)
_LISTED = re.compile(r"[$]\(\s*(?:sudo\s+)?(?P<tool>[\w-]+)\b(?P<how>[^()]*)\)")
_ENDING = frozenset("stop kill terminate disconnect close cancel evict revoke logout kick".split())
_STOPPING = frozenset("stop kill rm restart delete expire terminate remove cancel drain".split())


def wide_by_tool(command: Command) -> str | None:
    """Why a command hits more than is meant (TOC205), or None."""
    name, plain = command.name, command.plain
    if name in ("pkill", "killall") and plain and not _harmless_signal(command):
        target = plain[-1]
        if target in _PROGRAMS:
            return f"`{name} {target}` hits every process of that program, whosever it is."
        if name == "pkill" and command.has("-f") and re.fullmatch(r"[a-z]{2,12}", target):
            return f"`pkill -f {target}` hits every process whose command line holds these letters."
    if name in ("pkill", "killall") and command.has("-u") and "root" in plain:
        return "This hits every process of root."
    if name == "supervisorctl" and len(plain) > 1 and plain[0] in ("restart", "stop") and plain[1] == "all":
        return f"`supervisorctl {plain[0]} all` interrupts every program of this machine."
    if {"*", "'*'"} & set(command.args) and any(word.lstrip("-") in _ENDING for word in command.args):
        return "This hits every one there is."
    if name == "systemctl" and plain[:1] in (("stop",), ("restart",), ("kill",)) and "*" in plain[1:2]:
        return "This hits every unit of the machine."
    if (plain and plain[0] in _STOPPING) or (len(plain) > 1 and plain[1] in _STOPPING):
        listed = next((found for word in command.args if (found := _LISTED.search(word))), None)
        if listed is not None and listed["tool"] == name and _quiet_listing(listed["how"]):
            return f"This acts on everything that `{name}` lists."
    return None


def _harmless_signal(command: Command) -> bool:
    """Whether a kill only asks for a reload, or is narrowed by owner, parent or terminal."""
    return any(_KEPT_SIGNALS.fullmatch(word) for word in command.args) or command.has(*_NARROWED)


def _quiet_listing(how: str) -> bool:
    """Whether a listing within a command names everything there is: `docker ps -q`, without a filter or a name."""
    words = how.split()
    plain = [word for word in words if word[:1] != "-"]
    narrowed = any(word.startswith(("-f", "--filter", "-l", "--selector", "--name")) for word in words)
    return any(re.fullmatch(r"-a?q|--quiet|-qa", word) for word in words) and not narrowed and len(plain) <= 2


_ALL_SERIES = re.compile(r"__name__\s*=~\s*[\"']?\.[+*]")


def unbounded_by_tool(command: Command) -> str | None:
    """Why a command has no bound (TOC206), or None."""
    name, plain = command.name, command.plain
    narrowed = (
        "-t",
        "--task-regex",
        "--task_regex",
        "-s",
        "--start-date",
        "-e",
        "--end-date",
        "--only-failed",
        "-f",
        "--only-running",
        "-r",
    )
    if name == "airflow" and plain[:2] == ("tasks", "clear") and not command.has(*narrowed):
        return "Without a task and dates this clears every task of every run."
    models = ("-s", "--select", "-m", "--models", "--model", "--selector")
    if name == "dbt" and "--full-refresh" in command.args and not command.has(*models):
        return "Without --select this builds every model anew."
    if name == "curl" and any("delete_series" in word and _ALL_SERIES.search(word) for word in command.args):
        return "This selector names every series there is."
    if (
        name in ("redis-cli", "valkey-cli")
        and command.last
        and re.search(r"\bEVAL\b.*\bKEYS\b.*['\"]\*['\"].*\bDEL\b", " ".join(command.args), re.IGNORECASE)
    ):
        return "This deletes every key there is."
    return None


_YES = (
    (frozenset({"ceph", "rados", "ceph-volume"}), re.compile(r"^--yes-i-(?:really-)+mean-it$"), "The question before data is given up is answered in advance."),
    (frozenset({"argocd"}), re.compile(r"^--(?:force|replace)$"), "Objects are deleted and made anew instead of changed; what else is in them goes."),
    (frozenset({"pg_resetwal", "pg_resetxlog"}), re.compile(r"^-f$|^--force$"), "The server would refuse; transactions that were confirmed are thrown away."),
    (frozenset({"gpg", "gpg2"}), re.compile(r"^--delete-(?:secret-)?(?:and-public-)?keys?$"), "The question before a key is removed is answered in advance."),
    (frozenset({"certbot"}), re.compile(r"^--force-renewal$|^--break-my-certs$"), "It renews what is still valid, and counts against the authority's limits."),
    (frozenset({"aws"}), re.compile(r"BlockPublic\w+=false|^--bypass-governance-retention$|^--force-delete-without-recovery$|^--no-verify-ssl$"), "A protection is switched off."),
    (frozenset({"helm"}), re.compile(r"^--disable-openapi-validation$"), "The check of the document is switched off."),
    (frozenset({"restic", "borg"}), re.compile(r"^--(?:remove-all|unsafe-\S+)$"), "Locks of those who still work are taken away."),
    (frozenset({"rabbitmqctl"}), re.compile(r"^force_(?:boot|reset)$"), "The node starts without asking those that know more."),
    (frozenset({"patronictl"}), re.compile(r"^--force$"), "The question before the change of roles is answered in advance."),
    (frozenset({"zfs"}), re.compile(r"^-[a-zA-Z]*[fF][a-zA-Z]*$"), "The tool's own check is overridden."),
    (frozenset({"systemctl"}), re.compile(r"^--force$"), "Services are not stopped in order."),
)  # fmt: skip
_ASKED_BY_GPG = ("--batch", "--yes")


def yes_in_advance(command: Command) -> str | None:
    """An option that answers what the tool would ask or stop at (TOC216), or None."""
    inside = (
        set(command.plain[1:])
        if command.name in ("docker", "podman") and command.plain[:1] == ("run",)
        else set()
    )
    for names, pattern, told in _YES:
        if (command.name in names or inside & names) and any(pattern.search(word) for word in command.args):
            if command.name in ("gpg", "gpg2") and not command.has(*_ASKED_BY_GPG):
                continue
            if command.name == "certbot" and "--new-key" in command.args:
                continue  # what is still valid must not be used any more
            if command.name == "zfs" and command.plain[:1] not in (("destroy",), ("rollback",)):
                continue
            if command.name == "systemctl" and command.plain[:1] not in (
                ("reboot",),
                ("poweroff",),
                ("halt",),
            ):
                continue
            return told
    if "artisan" in command.words[:3] and "--force" in command.args and any(
        re.match(r"migrate:(?:rollback|reset|fresh|refresh)|db:wipe", word) for word in command.args
    ):  # fmt: skip
        return "Laravel would ask in production; the answer is given in advance."
    return None
