"""TOC202: what is in service is removed before its replacement is proven."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import Doing, deed
from tocsin.runbook.lint.facts import REACH, Line, Procedure, View
from tocsin.runbook.lint.raw import RawLine, between
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold


@dataclass(frozen=True, slots=True)
class _Thing:
    """What a command removes or makes: the family of tools, the kind, and the name (empty if it names none)."""

    family: str
    kind: str
    name: str


_REMOVE_VERBS = frozenset(
    "delete rm remove drop uninstall destroy revoke terminate down purge deregister disable-key delete-access-key".split()
)


_CREATE_VERBS = frozenset(
    "create add start run install apply up new import launch register put upgrade issue create-access-key clone restore recover".split()
)


_KIND_ALIASES = {"deploy": "deployment", "deployments": "deployment", "svc": "service", "services": "service", "ing": "ingress", "ingresses": "ingress", "cm": "configmap", "secrets": "secret", "sts": "statefulset", "po": "pod", "pods": "pod", "cert": "certificate"}  # fmt: skip


_Pair = tuple[list[_Thing], list[_Thing]]
# Things that something else needs while they are away, whatever the tool calls them.
_IN_SERVICE = frozenset(
    "key user token account cert certificate index topic queue listener endpoint record zone pool policy service site vhost secret credential "
    "license licence profile domain connection link pipeline slot stream bridge alias mapping binding subscription device tunnel peer client role keypair signer password".split()
)
_NO_OBJECTS = frozenset(
    "route apt apt-get dnf yum brew npm pip crontab firewall-cmd ufw bridge systemctl kubectl oc git nmcli snap".split()
)
_FILES = frozenset({"cp", "mv", "git", "tar", "unzip", "rsync", "ln", "scp"})
_VERBED = frozenset(
    "aws helm gcloud az doctl heroku vault terraform consul certbot flyctl gh stripe rabbitmqadmin rabbitmqctl kafka-topics kafka-topics.sh".split()
)


def _things(command: Command) -> _Pair:
    """What this command removes and what it makes."""
    match command.name:
        case "dropdb" | "createdb":
            thing = _Thing("database", "database", command.plain[-1] if command.plain else "")
            return ([thing], []) if command.name == "dropdb" else ([], [thing])
        case "pm2":
            return _by_verb(command, _Thing("pm2", "process", ""), {"delete", "kill"}, {"start"})
        case "docker-compose":
            return _by_verb(command, _Thing("compose", "stack", ""), {"down"}, {"up"})
        case "docker" | "podman":
            return _containers(command)
        case "kubectl" | "oc":
            return _objects(command)
        case "rm" | "unlink":
            kept = [w for w in command.plain if not w.startswith("/tmp")]  # noqa: S108 -- a pattern, no file
            return [_Thing("file", "file", w.rstrip("/")) for w in kept], []
        case name if name in _FILES and command.plain:
            made = name not in ("git", "tar", "unzip") or (name == "git" and command.plain[0] == "clone")
            return [], [_Thing("file", "file", command.plain[-1].rstrip("/"))] if made else []
        case name if name in _VERBED:
            return _cloud(command)
        case name if name not in _NO_OBJECTS:
            return _told(command)
        case _:
            return [], []


def _told(command: Command) -> _Pair:
    """A tool nobody listed, told the kind of a thing and what to do with it: `restic key remove`, `wg-admin peer:del`."""
    found = deed(command)
    if found is None or found.doing not in (Doing.REMOVES, Doing.MAKES):
        return [], []
    kinds = [noun for word in sorted(found.frame) if (noun := word.rstrip("s")) in _IN_SERVICE]
    things = [_Thing(command.name, kind, "") for kind in kinds]
    return (things, []) if found.doing is Doing.REMOVES else ([], things)


def _by_verb(command: Command, thing: _Thing, removes: set[str], makes: set[str]) -> _Pair:
    verbs = set(command.plain[:3])
    return ([thing], []) if verbs & removes else ([], [thing]) if verbs & makes else ([], [])


def _containers(command: Command) -> _Pair:
    words = command.plain
    if words[:1] == ("compose",):
        return _by_verb(command, _Thing("compose", "stack", ""), {"down"}, {"up"})
    named = command.value("--name") or (words[-1] if "rm" in words[:2] else "")
    return _by_verb(command, _Thing("docker", "container", named), {"rm"}, {"run", "create"})


def _objects(command: Command) -> _Pair:
    words = command.plain
    if not words or words[0] not in ("delete", "apply", "create", "replace"):
        return [], []
    kind, _, named = (words[1] if len(words) > 1 else "").partition("/")
    file = command.value("-f", "--filename") or ""
    typed = words[:2] == ("create", "secret") and len(words) > 3  # `create secret tls web`
    named = named or (words[3] if typed else words[2] if len(words) > 2 else "")
    thing = _Thing("kubectl", "file" if file else _KIND_ALIASES.get(kind, kind), file or named)
    return ([thing], []) if words[0] == "delete" else ([], [thing])


def _cloud(command: Command) -> tuple[list[_Thing], list[_Thing]]:
    words = [w for w in command.plain if not w.startswith("-")]
    if command.name == "rabbitmqctl":
        words = [words[0].replace("_", "-"), *words[1:]] if words else []
    batch = command.value("--change-batch") or ""  # a file of changes is named for what they do
    for verbs, place in ((_REMOVE_VERBS, 0), (_CREATE_VERBS, 1)):
        if batch and set(re.findall(r"[a-z]+", batch.lower())) & verbs:
            thing = _Thing(command.name, "record set", "")
            return ([thing], []) if place == 0 else ([], [thing])
    for index, word in enumerate(words[:5]):
        verb, _, noun = word.partition("-")
        if verb in _REMOVE_VERBS or word in _REMOVE_VERBS:
            return [_cloud_thing(command, words, index, noun)], []
        if verb in _CREATE_VERBS or word in _CREATE_VERBS:
            return [], [_cloud_thing(command, words, index, noun)]
    return [], []


_MADE_FROM = re.compile(r"-(?:from|to)-\S+$")


def _cloud_thing(command: Command, words: list[str], index: int, noun: str) -> _Thing:
    """The thing behind or before a verb; `restore-db-instance-from-db-snapshot` makes an instance."""
    kind = _MADE_FROM.sub("", noun) or (words[index - 1] if index else "")
    name = words[index + 1] if index + 1 < len(words) else ""
    if command.name == "az":  # its names stand in options, the group before them
        name = command.value("--name", "-n") or ""
    return _Thing(command.name, kind.rstrip("s"), name)


_SQL_DROP = re.compile(
    r"^\s*DROP\s+(?:MATERIALIZED\s+)?(INDEX|TABLE|VIEW|DATABASE|USER|ROLE|TRIGGER|FUNCTION)\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?[\"`]?([\w.]+)",
    re.IGNORECASE,
)


_SQL_CREATE = re.compile(
    r"^\s*CREATE\s+(?:UNIQUE\s+|OR\s+REPLACE\s+|MATERIALIZED\s+)*(INDEX|TABLE|VIEW|DATABASE|USER|ROLE|TRIGGER|FUNCTION)\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?[\"`]?([\w.]+)",
    re.IGNORECASE,
)


def removed_first(view: View) -> Iterator[Diagnostic]:
    """TOC202: something in service is removed and its replacement is made afterwards."""
    instructions = [
        raw
        for raw in view.prose_saying((*_CREDENTIAL_HINTS, *_FRENCH_KEYS, *_NEW_ONE_HINTS))
        if _INSTRUCTION.match(raw.text)
        and (_hints_at_credential(raw.text) or _NEW_ONE.search(fold(raw.text)) is not None)
    ]
    for procedure in view.procedures:
        gone: list[tuple[Line, Action, int, _Thing]] = []
        reported: set[tuple[str, int]] = set()
        for line in procedure.lines:
            for action, at, removed, made in _changes(line):
                for thing in made:
                    if thing.family == "sql" and line.step.role is Role.ROLLBACK:
                        continue  # the way back of a removal is no replacement
                    match = next(
                        (g for g in gone if _replaces(g[3], thing) and not procedure.exclusive(g[0], line)),
                        None,
                    )
                    if match is not None and (match[0].step.id, match[2]) not in reported:
                        reported.add((match[0].step.id, match[2]))
                        what = match[3].name or match[3].kind
                        message = f"{what} is removed here, and what replaces it only comes in line {action.span.first_line}, unproven."
                        yield view.at("TOC202", match[0], match[1], match[2], message)
                gone = [*gone, *((line, action, at, thing) for thing in removed)][-REACH:]
        yield from _credentials(view, procedure, instructions)


def _changes(line: Line) -> Iterator[tuple[Action, int, list[_Thing], list[_Thing]]]:
    found: list[tuple[Action, int, list[_Thing], list[_Thing]]] = []
    for action, command in line.commands:
        removed, made = _things(command)
        if removed or made:
            found.append((action, command.start, removed, made))
    for statement in line.statements:
        drop, create = _SQL_DROP.match(statement.text), _SQL_CREATE.match(statement.text)
        if drop:
            found.append(
                (
                    statement.action,
                    statement.offset,
                    [_Thing(_family(drop[1]), drop[1].lower(), drop[2].lower())],
                    [],
                )
            )
        if create:
            found.append(
                (
                    statement.action,
                    statement.offset,
                    [],
                    [_Thing(_family(create[1]), create[1].lower(), create[2].lower())],
                )
            )
    return iter(found)


def _family(kind: str) -> str:
    """A database is the same thing to `dropdb` and to SQL."""
    return "database" if kind.lower() == "database" else "sql"


def _replaces(old: _Thing, new: _Thing) -> bool:
    if old.family != new.family or old.kind != new.kind:
        return False
    if old.family in ("file",):
        return bool(old.name) and (old.name == new.name or old.name == f"{new.name}/*")
    return (
        not old.name
        or not new.name
        or old.name == new.name
        or old.family in ("aws", "stripe", "vault")
        or (old.family, old.kind) == ("rabbitmqctl", "user")
    )


_CREDENTIAL = re.compile(
    r"\b(?:database users?|ds records?|service accounts?|keys?|tokens?|secrets?|credentials?|certificates?|certs?|passwords?|access keys?|api keys?|zertifikate?|kennworte?|passworte?r?|schlussel|clave|chave|cle)\b"
)


_REMOVE_WORD = re.compile(
    r"\b(?:drop|retire|delete|revoke|remove|disable|deactivate|invalidate|destroy|loschen|widerrufen|revocar|revoquer)\b"
)


_CREATE_WORD = re.compile(
    r"\b(?:create|generate|issue|add|make|new|provision|mint|erstell\w*|anlegen|ausstellen|erzeugen|neue[nrs]?|generar|crear|nuev[ao]|creer|nouvelle?|gerar|criar|nova)\b"
)


_NEW_ONE = re.compile(
    r"\b(?:the|a) new one\b|\b(?:its|the) (?:successor|replacement)\b|\bein(?:en)? neue[ns]?\b|\b(?:el|la|un|una) nuev[oa]\b"
)
_NEW_ONE_HINTS = ("new one", "successor", "replacement", "neue", "nuev")
_CREDENTIAL_HINTS = (
    "user", "account", "key", "token", "secret", "ds record", "credential", "cert", "password", "passwort", "kennwort", "zertifikat",
    "schl", "clave", "chave",
)  # fmt: skip
_FRENCH_KEYS = ("cle", "clé")
_FRENCH_KEY = re.compile(r"\bcl[eé]", re.IGNORECASE)


def _hints_at_credential(text: str) -> bool:
    return any(map(text.casefold().__contains__, _CREDENTIAL_HINTS)) or _FRENCH_KEY.search(text) is not None


_INSTRUCTION = re.compile(r"\s*(?:[-*+]|\d+[.)]|\*\*)")


# What has happened ("**Symptoms**: the bank announces a new key") is no instruction.
_INCIDENT_FIELD = re.compile(
    r"\W*(?:symptom|sintoma|when|trigger|alert|signal|sign|cuando|quando|quand|wann|auslos|anzeichen)\w*\W{0,4}:"
)


_IN_ONE_BREATH = re.compile(
    r"\b(?:revoke|delete|remove|disable|invalidate)\b[^.;]{0,60}?(?:,|\band\b)?\s*\b(?:then|afterwards?)\b[^.;]{0,20}?\b(?:make|create|generate|issue|mint)\b"
)


def _credentials(view: View, procedure: Procedure, instructions: Sequence[RawLine]) -> Iterator[Diagnostic]:
    """Instructions in words: the old credential goes first, the new one comes later."""
    old: RawLine | None = None
    span = procedure.section.span
    for raw in between(instructions, span.first_line, span.last_line):
        if raw is view.raw[view.place_of(span.first_line)]:
            continue  # the heading
        told = fold(plain(raw.text))
        if not _CREDENTIAL.search(told) and (old is None or _NEW_ONE.search(told) is None):
            continue
        removes, makes = _REMOVE_WORD.search(told), _CREATE_WORD.search(told)
        if removes and makes and old is None and _IN_ONE_BREATH.search(told):
            message = "The old credential goes before the new one is in use: what uses it fails in between."
            yield view.remark("TOC202", raw.span, message)
            return
        if makes and not removes and old is None and not _INCIDENT_FIELD.match(told):
            return
        if removes and not makes and old is None and not re.search(r"previous|unused|expired|other", told):
            old = raw
        elif makes and not removes and old is not None:
            steps = [line.step.id for line in procedure.lines if not line.step.actions
                     and old.number <= line.step.span.first_line < raw.number and _REMOVE_WORD.search(fold(line.step.title))]  # fmt: skip
            message = f"The old credential goes before the new one is in use (line {raw.number}): what uses it fails in between."
            yield view.remark("TOC202", old.span, message, steps=steps)
            return


_DIES_AT_ONCE = re.compile(
    r"\bkeys? (?:renew|regenerate)\b|\bregenerate-(?:key|access-key|primary)\w*\b|\bkey (?:renew|regenerate)\b|\breset-service-specific-credential\b|\brotate-root/|\bauth rotate\b"
)
_HANDED_ON = re.compile(
    r"\bappsettings set\b|\bset env\b|\b(?:create|patch) secret\b|\bkv (?:put|patch)\b|\bput-secret-value\b|\bput-parameter\b|\bconfig:set\b|\bsecret set\b|\bsecrets versions add\b"
)


def renewed_first(view: View) -> Iterator[Diagnostic]:
    """TOC202: renewing kills the old key at once; those who use it get the new one only afterwards."""
    for procedure in view.procedures:
        for line in procedure.lines:
            for action in line.step.actions:
                if not _DIES_AT_ONCE.search(action.text):
                    continue
                before = any(_HANDED_ON.search(other.text) for other in procedure.before(line))
                after = next((o for o in procedure.after(line) if _HANDED_ON.search(o.text)), None)
                if after is not None and not before:
                    message = f"The old key dies here; what uses it gets the new one only in line {after.step.span.first_line}."
                    hint = "Move everything to the second key first, then renew the unused one."
                    yield view.at("TOC202", line, action, 0, message, hint=hint)


RULES = (removed_first, renewed_first)
