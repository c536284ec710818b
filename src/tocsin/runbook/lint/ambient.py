"""TOC211: database clients that say neither where nor into what."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import View

_PG = frozenset({"psql", "createdb", "dropdb", "pg_dump", "pg_restore", "vacuumdb", "reindexdb"})
_MY = frozenset({"mysql", "mysqldump", "mariadb"})
_CLIENTS = _PG | _MY


def ambient(view: View) -> Iterator[Diagnostic]:
    """TOC211: database clients that name no database or host, so that the environment decides."""
    for procedure, line, action, command in view.commands():
        if command.name not in _CLIENTS or (
            line.step.context
            and any(h.kind in ("host", "container", "pod", "database") for h in line.step.context)
        ):
            continue
        if any(w in ("ssh", "kubectl exec", "docker exec") for w in command.via) or command.has(
            "--help", "--version"
        ):
            continue
        if any(re.match(r"PG(?:DATABASE|HOST|SERVICE|URI)=|MYSQL_", e) for e in command.env) or re.search(
            r"export PG(?:HOST|DATABASE|SERVICE)=", procedure.text
        ):
            continue
        reason = _ambient_reason(command)
        if reason is None:
            continue
        acts = line.step.judgement.effect.value >= Effect.CHANGE.value
        yield view.at("TOC211", line, action, command.start, reason, level=None if acts else Level.WARNING)


_PG_VALUED = frozenset(
    "-c -f -h -p -U -d -v -o -F -R -P -T -L --command --file --host --port --username --dbname --set --variable --output -O -E -l -D -t -n -j -Z --owner --template".split()
)


def _ambient_reason(command: Command) -> str | None:
    positional: list[str] = []
    skip = False
    for word in command.args:
        if skip:
            skip = False
        elif word in _PG_VALUED:
            skip = True
        elif not word.startswith("-"):
            positional.append(word)
    remote = command.value("-h", "--host") is not None or any(
        "://" in w or w.startswith("$") or "host=" in w or "service=" in w for w in positional
    )
    if command.name in ("createdb", "dropdb", "vacuumdb", "reindexdb"):
        if remote or command.value("-U", "--username"):
            return None
        return f"`{command.name}` names no host and no user: the environment decides where it acts."
    named = command.value("-d", "--dbname", "-D", "--database") is not None or bool(positional)
    if command.name == "pg_restore":
        named = command.value("-d", "--dbname") is not None or command.has("-f", "-l", "--list")
    if command.name in _MY and (
        command.value("--defaults-extra-file", "--defaults-file", "--login-path") or remote
    ):
        return None
    if command.name in _MY and command.value("-e") is None and not command.stage and not command.redirects:
        return None
    if named or remote:
        return None
    return f"`{command.name}` names no database and no host: the environment decides where it acts."


RULES = (ambient,)
