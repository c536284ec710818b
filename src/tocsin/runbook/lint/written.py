"""TOC1xx about what is written: edits and endless commands, hidden and unapplied text, variables, odd characters, aliases."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect, Flag
from tocsin.runbook.book import Action, Role, StepKind
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, Procedure, View


def interactive(view: View) -> Iterator[Diagnostic]:
    """TOC111 and TOC112: commands that want a keyboard or never end."""
    for _, line in view.lines():
        for action in line.step.actions:
            flags = action.judgement.flags
            first = action.text.strip().split("\n")[0][:60]
            endless = bool(flags & {Flag.UNBOUNDED, Flag.INTERACTIVE})
            if action.judgement.bounded is not None and endless:
                yield view.at(
                    "TOC112",
                    line,
                    action,
                    0,
                    f"`{first}` does not end by itself; `{action.judgement.bounded}` is run instead.",
                )
            elif Flag.INTERACTIVE in flags and not OPENER.match(action.text):
                yield view.at(
                    "TOC111",
                    line,
                    action,
                    0,
                    f"`{first}` waits for a person at a keyboard and leaves no record.",
                )
            elif Flag.UNBOUNDED in flags:
                message = f"`{first}` does not end by itself."
                yield view.at("TOC112", line, action, 0, message, level=Level.WARNING)
        if line.step.kind is StepKind.EDIT and (
            found := re.search(
                r"(?m)^\s*(?:sudo\s+)?(?:nano|vim?|emacs|visudo|crontab -e|kubectl edit|vi)\b.*$",
                line.step.text,
            )
        ):
            yield view.on(
                "TOC111",
                line,
                f"`{found[0].strip()[:60]}` is an edit by hand: it cannot run unattended and leaves no record.",
            )


# What opens a session is told by TOC104; a command given with it is bounded by losing its terminal.
OPENER = re.compile(
    r"\s*(?:sudo\s+)?(?:(?:kubectl|oc|k|docker|podman|nerdctl)\b.*\b(?:exec|rsh|debug|attach|run)\b|docker[ -]compose\b.*\bexec\b|ssh\b|su\b|chroot\b|nsenter\b)"
)


_SQL_START = re.compile(
    r"(?:ALTER|CREATE|DROP|TRUNCATE|DELETE FROM|UPDATE|INSERT INTO|GRANT|REVOKE|VACUUM|REINDEX|SELECT|SET)\s+\S+.*;\s*$"
)


_PROGRAM_START = re.compile(
    r"(?:sudo\s+)?(?:kubectl|helm|docker(?:-compose)?|systemctl|service|psql|mysql|redis-cli|pm2|git|npm|aws|gcloud|az|terraform|"
    r"rm|mv|cp|kill|pkill|curl|ssh|scp|rsync|pg_\w+|createdb|dropdb|nginx|certbot|ansible\S*|journalctl|iptables|ufw|chmod|chown|"
    r"mongo\w*|rabbitmqctl|kafka\S*|etcdctl|vault|consul|sed|echo)\s+(?:-{1,2}\w|[\w./$\"'{<-]+\s*\S*)"
)


_DIRECTIVE = re.compile(
    r"^(?:change|set|add|update|replace|edit|use)\b[^:]{0,40}:\s*([a-z_]+\s+\S.*;)\s*$", re.IGNORECASE
)


_BALANCER = re.compile(
    r"^(?:(?:http|tcp)-(?:request|response) (?:deny|allow|reject|set-\w+|track-sc\d|silent-drop)|stick-table type|use_backend \S+ if|limit_req(?:_zone)? |proxy_pass |"
    r"(?:Require|Deny|Allow) (?:not |from )?(?:ip|all|host)\b)"
)


_PROSE_END = re.compile(
    r"[.!?]\s*$|\b(?:the|this|that|your|if|when|to see|and then|is|are|will|should)\b", re.IGNORECASE
)


_COMMENTED = re.compile(r"\s*(?:#+|--|//)\s*(\S.*)$")
_LEAD_IN = re.compile(r"^(?:or|then|e\.?g\.?|example|run)\b[:,]?\s*", re.IGNORECASE)


def hidden_commands(view: View) -> Iterator[Diagnostic]:
    """TOC113: a comment in a fence whose text is a command."""
    for raw in view.raw:
        if not raw.fenced or raw.language in (
            "yaml",
            "yml",
            "json",
            "ini",
            "toml",
            "python",
            "text",
            "nginx",
            "conf",
        ):
            continue
        found = _COMMENTED.match(raw.text)
        if found is None:
            continue
        text = found[1].strip()
        bare = _LEAD_IN.sub("", text).strip("` ")
        sql = _SQL_START.match(bare)
        program = (
            _PROGRAM_START.match(bare)
            and not _PROSE_END.search(bare)
            and bool(
                re.search(
                    r"\s-{1,2}\w|[/=|>$]|\s(?:restart|start|stop|delete|apply|scale|exec|reload|rm|push|run)\s",
                    bare,
                )
            )
        )
        if sql or program or _DIRECTIVE.match(text) or _BALANCER.match(text):
            yield view.remark(
                "TOC113", raw.span, f"`{bare[:70]}` stands in a comment: it is neither run nor reviewed."
            )


def unapplied(view: View) -> Iterator[Diagnostic]:
    """TOC114: a manifest no step of its procedure applies."""
    for procedure in view.procedures:
        applied: bool | None = None
        for line in procedure.lines:
            if line.step.kind is not StepKind.MANIFEST or line.step.role not in (
                Role.MITIGATION,
                Role.ROLLBACK,
            ):
                continue
            if applied is None:
                applied = any(
                    command.name in ("kubectl", "oc", "k", "helm", "kustomize") and {"apply", "create", "replace", "install", "upgrade"} & set(command.words[:4])
                    and (command.has("-f", "-k") or "helm" in command.name)
                    for other in procedure.lines for _, command in other.commands
                ) or _APPLIED_IN_WORDS.search(procedure.text) is not None  # fmt: skip
            if not applied:
                yield view.on(
                    "TOC114",
                    line,
                    "This manifest is shown and no command of the section applies it.",
                    level=Level.WARNING,
                )


# "Save it as x.yaml, then `kubectl -n shop apply -f x.yaml`": a sentence of several parts is no step, and is told all the same.
_APPLIED_IN_WORDS = re.compile(
    r"`[^`\n]*\b(?:kubectl|oc|k)\b[^`\n]*\b(?:apply|create|replace)\s[^`\n]*-[fk]\b[^`\n]*`"
)


# What the labels of an alert, the inventory or the secret store say; a variable of such a name is a way of writing a placeholder.
_KNOWN_TO_ALERTS = frozenset(
    {"namespace", "pod", "deployment", "node", "host", "ip", "port", "volume", "secret"}
)


_OF_A_KIND = re.compile(
    r"(?:^|_)(?:name|namespace|ns|pod|deployment|deploy|app|service|node|host|hostname|ip|addr|address|port|volume|secret|target|affected|failed|failing|bad|broken|old|new|current|the|my|id|k8s|kube|instance|server|"
    r"container|worker|machine|\d+)(?=_|$)"
)


def unset_variables(view: View) -> Iterator[Diagnostic]:
    """TOC115: a variable that selects what is acted on and is set nowhere in the procedure.

    Once per procedure and variable. It names no step: the open parameter stops each of them until it is bound.
    """
    exported = {
        name: raw.number
        for raw in reversed(view.raw_with(("export",)))
        if raw.fenced
        for name in _EXPORTS.findall(raw.text)
    }
    for procedure in view.procedures:
        seen: set[str] = set()
        for line in procedure.lines:
            for hole in line.step.placeholders:
                spelling = next((s for s in hole.spellings if s.startswith("$")), None)
                if spelling is None or hole.name in seen or hole.default is not None:
                    continue
                action = next((a for a in line.step.actions if spelling in a.text), None)
                name = _NAME.match(spelling.strip("${}"))
                if action is None or name is None or _stops_unset(name[0], action.text):
                    continue
                if exported.get(name[0], action.span.first_line) < action.span.first_line:
                    continue  # set once for the whole document
                if hole.offered_by and _told_in_words(view, procedure, name[0]):
                    continue
                seen.add(hole.name)
                level = None
                if _only_shown(line, action, spelling):
                    level = Level.NOTE
                elif hole.type in _KNOWN_TO_ALERTS:
                    special = bool(
                        _OF_A_KIND.sub("", hole.name)
                    )  # REPLICA_HOST: of which the alert says nothing
                    told = not special or _told_in_words(view, procedure, name[0])
                    level = Level.NOTE if told else Level.WARNING
                message = f"{spelling} is set nowhere in this procedure; unset, the command acts on whatever the environment offers."
                at = action.text.find(spelling)
                yield view.at("TOC115", line, action, at, message, blocks=False, level=level)


_SHOWS = frozenset(
    "echo printf [ [[ test jq yq ls stat cat grep cut awk sed head tail wc tr sort uniq diff base64 column sleep date cd".split()
)


def _only_shown(line: Line, action: Action, spelling: str) -> bool:
    """Whether every command that takes the variable only prints or compares it: nothing else is reached without it."""
    if action.judgement.effect is not Effect.OBSERVE:
        return False
    taking = [c for a, c in line.commands if a is action and any(spelling in word for word in c.words)]
    return bool(taking) and all(command.name in _SHOWS and not command.via for command in taking)


_EXPORTS = re.compile(r"\bexport\s+([A-Za-z_]\w*)=")
_NAME = re.compile(r"[A-Za-z_]\w*")


def _stops_unset(name: str, text: str) -> bool:
    """Whether every use of a variable stops where it is unset: `${NAME:?from the listing}`, then `$NAME`."""
    first = re.search(rf"[$][{{]?{name}\b", text)
    return first is not None and re.match(rf"[$][{{]{name}:?[?]", text[first.start() :]) is not None


def _told_in_words(view: View, procedure: Procedure, name: str) -> bool:
    """Whether the text around a step says what a variable stands for ("PREVIOUS is a directory of the listing")."""
    told = re.compile(rf"(?<!\w){name}(?!\w)")
    return any(not raw.fenced and told.search(raw.text) for raw in view.raw_of(procedure.section))


_TYPOGRAPHIC = re.compile(r"[“”„«»‘’‚]|(?<=\s)[–—]{1,2}(?=\w)")


_JOINER = re.compile("(?<=[\u0590-\u0dff])[\u200c\u200d](?=[\u0590-\u0dff])")
_INVISIBLE = re.compile("[\u00a0\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u202f]")


_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{2,5}|#x[0-9a-f]{2,4});")


_ENTITY_NUMBER = re.compile(r"&(?:lt|gt|amp);\s*\d")


def odd_characters(view: View) -> Iterator[Diagnostic]:
    """TOC117: typographic quotes and dashes, entities, invisible characters."""
    for _, line in view.lines():
        for action in line.step.actions:
            if action.text.isascii() and "&" not in action.text:
                continue
            outside = re.sub(r"'[^']*'|\"[^\"]*\"", lambda m: "x" * len(m[0]), action.text)
            # Between the letters of a script that joins them (Persian, Hindi) the joiners are spelling.
            text = _JOINER.sub("x", action.text)
            found = _INVISIBLE.search(text) or _TYPOGRAPHIC.search(outside) or _ENTITY.search(action.text)
            if found is not None:
                shown = (
                    found[0]
                    if found[0].isprintable() and not found[0].isspace()
                    else f"U+{ord(found[0]):04X}"
                )
                yield view.at(
                    "TOC117",
                    line,
                    action,
                    found.start(),
                    f"{shown} is not what the shell expects here; it will read something else than you do.",
                )
    for raw in view.raw:
        if "&" in raw.text and not raw.fenced and (entity := _ENTITY_NUMBER.search(raw.text)):
            yield view.remark(
                "TOC117",
                raw.span,
                f"{entity[0]} is an entity beside a number; it was read as its character.",
                level=Level.NOTE,
                column=entity.start() + 1,
            )


_ALIASES = {"k": "kubectl", "tf": "terraform", "dc": "docker compose", "dco": "docker compose", "kgp": "kubectl get pods", "kctx": "kubectl config use-context", "kns": "kubectl config set-context", "g": "git", "d": "docker", "ll": "ls -l", "tg": "terragrunt", "h": "helm"}  # fmt: skip


def aliases(view: View) -> Iterator[Diagnostic]:
    """TOC118: names that exist only in somebody's shell."""
    for _, line, action, command in view.commands():
        meant = _ALIASES.get(command.name)
        if meant and len(command.words) > 1 and f"alias {command.name}=" not in line.text:
            yield view.at(
                "TOC118",
                line,
                action,
                command.start,
                f"`{command.name}` is somebody's alias; in a fresh shell it is not there ({meant}).",
            )


RULES = (
    interactive,
    hidden_commands,
    unapplied,
    unset_variables,
    odd_characters,
    aliases,
)
