"""TOC208: a step needs what an earlier step removed or stopped; a copy that is taken after the loss (TOC201)."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import machine
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.words.wording import fold

_REMOVES = frozenset(
    "delete destroy remove drop purge uninstall deregister rm del terminate delete_user delete_vhost".split()
)
_MAKES = frozenset(
    "create add new import restore run launch register install clone apply copy cp put receive recv init start get list describe show "
    "ls status wait recreate upload deploy create-slot up untag push pull info build history inspect logs events version export".split()
)
_TOOLS = frozenset(
    "az aws gcloud nomad consul zfs zpool lvremove vault helm docker podman doctl openstack terraform heroku flyctl lxc virsh bq".split()
)
_REQUEST = re.compile(r"^https?://[^/]+/(?P<thing>[\w.*-]+)")


_REMEMBERED = 50  # things: a procedure that removes more is read from the last ones


def removed_then_used(view: View) -> Iterator[Diagnostic]:
    """An object is deleted, and a later command acts on it as if it were there."""
    for procedure in view.procedures:
        gone: dict[tuple[str, str], Line] = {}
        for line in procedure.lines:
            for action, command in line.commands:
                if command.inner or (command.wrapper is not None and command.wrapper.name == "xargs"):
                    continue
                if (key := _removed(command)) is not None:
                    gone.setdefault(key, line)
                    if len(gone) > _REMEMBERED:
                        del gone[next(iter(gone))]
                    continue
                for known in list(gone):
                    if known[0] != command.name:
                        continue
                    if _made_again(known[1], command):
                        del gone[known]
                    elif _uses(known[1], command) and not procedure.exclusive(gone[known], line):
                        message = f"{known[1]} was removed in line {gone[known].step.span.first_line}; this needs it."
                        yield view.at("TOC208", line, action, command.start, message)
                        del gone[known]


def _removed(command: Command) -> tuple[str, str] | None:
    """The tool and the name of what a command removes."""
    if command.name == "curl":
        if command.value("-X", "--request") != "DELETE" and "-XDELETE" not in command.args:
            return None
        thing = next((f["thing"] for word in command.args if (f := _REQUEST.match(word))), None)
        return ("curl", thing) if thing and not thing.startswith("_") else None
    if command.name not in _TOOLS:
        return None
    words = command.plain
    at = next(
        (i for i, word in enumerate(words[:5]) if word in _REMOVES or word.partition("-")[0] in _REMOVES),
        None,
    )
    if at is None:
        return None
    named = command.value("--slot", "--name", "-n") if command.name == "az" else None
    name = named or next(
        (word for word in reversed(words[at + 1 :]) if len(word) > 2 and not word.startswith(("$", "<"))),
        None,
    )
    return (command.name, name) if name else None


def _verbs(command: Command) -> set[str]:
    return {part for word in command.plain[:4] for part in (word, word.partition("-")[0])}


def _made_again(name: str, command: Command) -> bool:
    if command.name == "curl":
        puts = command.value("-X", "--request") == "PUT" or "-XPUT" in command.args
        return puts and any((f := _REQUEST.match(word)) and f["thing"] == name for word in command.args)
    verbs = _verbs(command)
    if command.name in ("docker", "podman") and verbs & _NEED_IT:
        return False
    if verbs & _FROM_IT and (command.value(*_SOURCES) == name):
        return False  # "create-volume --snapshot-id x" makes another thing, of this one
    return bool(verbs & _MAKES)


# What a container, an image or a volume has to be there for.
_NEED_IT = frozenset("logs cp export commit exec start restart attach rename".split())
_FROM_IT = frozenset("create restore import copy clone launch run".split())
_SOURCES = (
    "--snapshot-id", "--source-snapshot", "--snapshot", "--db-snapshot-identifier", "--source", "--image-id", "--snapshot-identifier",
    "--source-snapshot-id", "--source-region-snapshot", "--backup-id", "--backup", "--from-snapshot", "--source-db-snapshot-identifier", "--recovery-point-arn",
    "--db-cluster-snapshot-identifier", "--image", "--from-backup", "--source-disk", "--volume", "--source-image", "--source-db-instance-identifier",
)  # fmt: skip


def _uses(name: str, command: Command) -> bool:
    if command.name == "curl":
        body = " ".join(word for word in command.args if word.startswith(("{", "'{")))
        return (
            re.search(rf"\"(?:source|index)\"\s*:\s*\{{?\s*(?:\"index\"\s*:\s*)?\"{re.escape(name)}\"", body)
            is not None
        )
    return any(word == name or word.startswith((f"{name}@", f"{name}/")) for word in command.args)


# service → the programs that need it running
_CLIENTS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(service), re.compile(client))
    for service, client in (
        (r"postgres", r"^(?:psql|pg_dump\w*|pg_restore|createdb|dropdb|vacuumdb)$"),
        (r"mysql|mariadb", r"^(?:mysql|mysqldump|mysqladmin|mariadb)$"),
        (r"redis", r"^redis-cli$"), (r"mongo", r"^mongo(?:sh|dump|restore|export|import)?$"), (r"consul", r"^consul$"),
        (r"rabbitmq", r"^rabbitmqctl$"), (r"vault", r"^vault$"), (r"etcd", r"^etcdctl$"), (r"docker", r"^docker$"),
        (r"dovecot", r"^doveadm$"), (r"cassandra", r"^(?:nodetool|cqlsh)$"), (r"gitlab", r"^gitlab-(?:rake|rails|psql|backup)$"),
        (r"elasticsearch|opensearch", r"^elasticsearch-(?!keystore|plugin)"), (r"named|bind9?", r"^rndc$"), (r"libvirt", r"^virsh$"),
        (r"slapd", r"^ldap(?:search|modify|add|delete)$"), (r"zookeeper", r"^zkCli"), (r"asterisk", r"^asterisk$"), (r"kamailio", r"^kamc(?:md|tl)$"), (r"nomad", r"^nomad$"),
    )
)  # fmt: skip


def _stopped_service(command: Command) -> tuple[str, bool] | None:
    """The service a command stops (True) or starts (False)."""
    words = command.plain
    if command.name == "systemctl" and len(words) > 1 and words[0] in ("stop", "start", "restart"):
        return words[1].removesuffix(".service"), words[0] == "stop"
    if command.name == "service" and len(words) > 1 and words[1] in ("stop", "start", "restart"):
        return words[0], words[1] == "stop"
    if command.name == "gitlab-ctl" and words[:1] and words[0] in ("stop", "start", "restart"):
        return ("gitlab", words[0] == "stop") if len(words) == 1 else None
    if command.name == "nodetool" and words[:1] and words[0] in ("drain", "stopdaemon"):
        return "cassandra", True
    return None


def service_down(view: View) -> Iterator[Diagnostic]:
    """A service is stopped, and before it is started its client is used on the same machine."""
    for procedure in view.procedures:
        down: dict[tuple[str, str], tuple[re.Pattern[str], Line]] = {}
        for line in procedure.lines:
            for action, command in line.commands:
                where = machine(command)
                switched = _stopped_service(command)
                if switched is not None:
                    service, stops = switched
                    client = next((c for s, c in _CLIENTS if s.search(service)), None) or re.compile(
                        rf"^{re.escape(service)}(?:ctl|-cli|admin)$"
                    )
                    down.pop((where, service), None)
                    if stops and client is not None and len(down) < _REMEMBERED:
                        down[(where, service)] = (client, line)
                    continue
                for (place, service), (client, since) in list(down.items()):
                    host = command.value("-h", "--host")
                    remote = host is not None or any("://" in word for word in command.plain)
                    afar = host is not None and place != "" and _short(host) == _short(place)
                    if (
                        ((place == where and not remote) or afar)
                        and client.match(command.name)
                        and not procedure.exclusive(since, line)
                    ):
                        message = f"{service} is down since line {since.step.span.first_line}; `{command.name}` needs it running."
                        yield view.at("TOC208", line, action, command.start, message)
                        del down[(place, service)]


def _short(host: str) -> str:
    """A machine without its user and domain."""
    return host.rpartition("@")[2].partition(".")[0]


_KEEPS = re.compile(
    r"\b(?:snapshot (?:save|create)|pg_dump|mysqldump|mongodump|backup (?:create|run)|state pull|zfs snapshot|create-(?:db-)?snapshot|etcdctl snapshot save)\b|\b(?:rsync|cp|tar|scp|s3 (?:cp|sync))\b"
)
_SAYS_KEEP = re.compile(
    r"\b(?:save|keep|back ?up|archive|copy|preserve|sicher\w*|guardar|sauvegard\w*)\b.*\b(?:present|current|old|before|in case|state|auditors?|evidence|first|original|damaged|broken|later|them|postmortem|investigation)\b"
)


def kept_too_late(view: View) -> Iterator[Diagnostic]:
    """A step destroys, and only the one after it keeps the state, "in case"."""
    for procedure in view.procedures:
        lost: Line | None = None
        for line in procedure.lines:
            if not line.step.actions or line.step.role is Role.ROLLBACK:
                continue
            if (
                lost is not None
                and _KEEPS.search(line.text)
                and _SAYS_KEEP.search(fold(line.words))
                and not procedure.exclusive(lost, line)
            ):
                action: Action = line.step.actions[0]
                message = f"Line {lost.step.span.first_line} has destroyed what this keeps."
                yield view.at(
                    "TOC208", line, action, 0, message, hint="Keep it before the step that destroys it."
                )
                lost = None
            elif (
                lost is None
                and line.step.judgement.effect is Effect.DESTROY
                and not _kept_by_then(procedure, line)
            ):
                lost = line


def _kept_by_then(procedure: Procedure, line: Line) -> bool:
    return any(_KEEPS.search(other.text) for other in (*procedure.before(line), line))


RULES = (removed_then_used, service_down, kept_too_late)
