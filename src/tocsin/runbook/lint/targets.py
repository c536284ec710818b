"""What a command acts on: drift between the siblings of a procedure, in any tool (TOC203)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.book import Action, Role, StepKind
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View


@dataclass(frozen=True, slots=True)
class _Use:
    """One command that names, or leaves out, a selector of its target."""

    line: Line
    action: Action
    command: Command
    value: str | None


# tool family → (selector, options). The first that a family's commands name decides what the siblings must name.
_SELECTORS: tuple[tuple[frozenset[str], str, tuple[str, ...], int], ...] = (
    (frozenset({"kubectl", "oc", "k"}), "namespace", ("-n", "--namespace"), 1),
    (frozenset({"kubectl", "oc", "k"}), "context", ("--context", "--cluster"), 2),
    (frozenset({"helm"}), "namespace", ("-n", "--namespace"), 1),
    (frozenset({"aws"}), "profile", ("--profile",), 2),
    (frozenset({"aws"}), "region", ("--region",), 2),
    (frozenset({"gcloud", "gsutil", "bq"}), "project", ("--project",), 2),
    (frozenset({"az"}), "resource group", ("-g", "--resource-group"), 2),
    (frozenset({"az"}), "subscription", ("--subscription",), 2),
    (frozenset({"redis-cli"}), "host", ("-h", "--host", "-u"), 2),
    (frozenset({"psql", "pg_dump", "pg_restore", "createdb", "dropdb"}), "host", ("-h", "--host"), 2),
    (frozenset({"mysql", "mysqldump", "mysqladmin"}), "host", ("-h", "--host"), 2),
    (frozenset({"docker", "podman"}), "context", ("--context", "-H", "--host"), 2),
    (frozenset({"nomad"}), "namespace", ("-namespace",), 1),
    (frozenset({"rabbitmqctl"}), "vhost", ("-p", "--vhost"), 1),
)  # fmt: skip


def drift(view: View) -> Iterator[Diagnostic]:
    """TOC203: of the commands of one procedure and tool, some name a target and this one does not, or another."""
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        used = {command.name for line in procedure.lines for _, command in line.commands}
        for tools, selector, options, least in _SELECTORS:
            if used.isdisjoint(tools):
                continue
            uses = [
                use
                for use in _uses(procedure, tools, options, selector)
                if use.value is not None or not (use.command.has(*_WHOLE_IDS) or _needs_none(use.command))
            ]
            named = [use for use in uses if use.value is not None]
            if len(named) == 1 and least == 2 and len(uses) > 1:
                yield from _same_thing_elsewhere(view, selector, named[0], uses)
            if len({(u.action.span.start, u.command.start) for u in named}) < least or (
                len(named) == len(uses) and least > 1 and len(named) < 3
            ):
                continue
            if _default_is_set(procedure, tools, selector):
                continue
            yield from _drifting(view, selector, named, uses)
        yield from _any_tool(view, procedure)
        yield from _manifest_drift(view, procedure)


_KNOWN_TOOLS = frozenset(tool for tools, *_ in _SELECTORS for tool in tools)
# Options that say where, whatever the tool.
_PLACE_OPTION = re.compile(
    r"^--?(?:kube-?)?(?:context|namespace|cluster(?:-name)?|region|profile|project|host(?:name)?|server|addr(?:ess)?|endpoint(?:-url)?|url|broker(?:s|-list)?|bootstrap-server|"
    r"env(?:ironment)?|stage|tenant|realm|vhost|workspace|account|inventory|site|dc|datacenter|org(?:anization)?|space|target|remote|vault(?:-name)?|keyspace|node|member|instance|database|zone)(?:=|$)"
)


def _any_tool(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    """The same for tools nobody listed, by the options that say where."""
    told: dict[tuple[str, str], list[_Use]] = defaultdict(list)
    for line in procedure.lines:
        for action, command in line.commands:
            if command.name in _KNOWN_TOOLS or command.inner:
                continue
            for at in command.dashed:
                option = command.args[at].partition("=")[0]
                value = command.value(option) if _PLACE_OPTION.match(option) else None
                if value is not None and value[:1] not in "-$<{[":
                    told[command.name, option].append(_Use(line, action, command, value))
    for (tool, option), named in told.items():
        if len(named) < 2:
            continue
        uses = [
            _Use(line, action, command, command.value(option))
            for line in procedure.lines
            for action, command in line.named(tool)
            if not command.inner
        ]
        # One that names none is told where most do, and where it is of the same kind as one that does.
        kinds = {word for use in named for word in use.command.plain if word != use.value}
        missing = [use for use in uses if use.value is None]
        kept = (
            [use for use in missing if kinds & set(use.command.plain)]
            if len(missing) * 2 < len(named)
            else []
        )
        yield from _drifting(view, option.lstrip("-"), named, [*named, *kept])


def _same_thing_elsewhere(view: View, selector: str, named: _Use, uses: list[_Use]) -> Iterator[Diagnostic]:
    """The only sibling that names a target acts on the same thing: a zone, a cluster, a stack by its own id."""
    mine = {word for word in named.command.plain if len(word) > 6 and re.search(r"[\d_-]", word)} - {
        named.value
    }
    for use in uses:
        if use.value is None and mine & {word for word in use.command.plain[1:] if "=" not in word}:
            message = f"This names no {selector}; line {named.action.span.first_line} names {named.value} for the same thing."
            yield view.at("TOC203", use.line, use.action, use.command.start, message)


def _drifting(view: View, selector: str, named: list[_Use], uses: list[_Use]) -> Iterator[Diagnostic]:
    usual, times = Counter(use.value for use in named).most_common(1)[0]
    reported: set[tuple[int, int]] = set()
    for use in uses:
        key = (use.action.span.start, use.command.start)
        if key in reported:
            continue
        if use.value is None:
            reported.add(key)
            where = next(u for u in named if u.value == usual).action.span.first_line
            message = f"This names no {selector}; line {where} and its siblings name {usual}."
            yield view.at("TOC203", use.line, use.action, use.command.start, message)
        elif use.value != usual and times >= 2 and not _open(use.value) and not _open(usual or ""):
            alone = sum(other.value == use.value for other in named) == 1
            if alone and (
                _ENVIRONMENT.search(use.value) or _same_object(use, named) or _alike(use.value, usual or "")
            ):
                reported.add(key)
                message = f"This names {selector} {use.value}, its siblings name {usual}."
                yield view.at("TOC203", use.line, use.action, use.command.start, message)


# One procedure is about one environment; of namespaces it may well touch several.
def _needs_none(command: Command) -> bool:
    """What asks no server, or whose name is one for all of them: a listing of a dump, a bucket."""
    if command.name == "pg_restore":
        return command.has("-l", "--list", "-f", "--file")
    storage = {"gcloud": ("storage",), "aws": ("s3",)}.get(command.name)
    return storage is not None and command.plain[:1] == storage


# Options whose value names the whole way to a thing, its group, project and region included.
_WHOLE_IDS = ("--ids", "--resource", "--resource-id", "--resource-ids", "--scope", "--scopes", "--self-link")
_ENVIRONMENT = re.compile(
    r"^(?:.*[-_])?(?:prod(?:uction)?|stag(?:e|ing)|dev(?:elopment)?|test(?:ing)?|qa|uat|sandbox|default|live|preprod)(?:[-_].*)?$",
    re.IGNORECASE,
)


def _alike(one: str, other: str) -> bool:
    """Whether two names look like one meant twice: `pay` and `payments`, `shop` and `shops`, `mail` and `mail-old`."""
    short, long = sorted((one, other), key=len)
    if len(short) < 3 or not long.startswith(short) or one == other:
        return False
    return long[len(short)].isalnum() or _VARIANT.fullmatch(long[len(short) :]) is not None


_VARIANT = re.compile(
    r"[-_.](?:old|new|bak|backup|test|tmp|copy|legacy|stag\w*|dev\w*|prod\w*|v?\d|blue|green|dr|standby)"
)


def _same_object(use: _Use, named: list[_Use]) -> bool:
    """Whether a sibling acts on the same object elsewhere."""
    apart = {
        use.value,
        *(
            value
            for option in ("--context", "--cluster", "--profile", "--region")
            if (value := use.command.value(option))
        ),
    }
    mine = {word for word in use.command.plain if "/" in word or "-" in word} - apart
    if use.command.name == "nomad":
        mine = set(use.command.plain[-1:])
    usual = Counter(other.value for other in named).most_common(1)[0][0]
    return any(mine & set(other.command.plain) for other in named if other.value == usual)


def _open(value: str) -> bool:
    return value.startswith(("$", "<", "{", "["))


def _uses(
    procedure: Procedure, tools: frozenset[str], options: tuple[str, ...], selector: str
) -> Iterator[_Use]:
    for line in procedure.lines:
        for action, command in line.commands:
            if (
                command.name not in tools
                or command.inner
                or (
                    selector != "vhost"
                    and any(w in ("ssh", "kubectl exec", "docker exec") for w in command.via)
                )
            ):
                continue
            value = command.value(*options)
            if value is None and selector in ("vhost", "namespace") and not _kept_apart(command):
                continue
            if (
                value is None
                and "kubectl" in tools
                and selector == "namespace"
                and not takes_namespace(command)
            ):
                continue
            if (
                value is None
                and command.name == "helm"
                and command.plain[:1]
                and command.plain[0]
                in ("repo", "version", "env", "plugin", "search", "template", "lint", "pull")
            ):
                continue
            if (
                value is None
                and command.name in ("aws",)
                and command.plain[:1]
                and command.plain[0] in ("configure", "sts", "s3", "iam", "route53", "cloudfront")
                and selector == "region"
            ):
                continue
            if (
                value is None
                and any(":" in w and "//" in w for w in command.plain)
                and command.name in ("psql", "pg_dump", "pg_restore")
            ):
                continue
            if value is None and any(
                e.startswith(("PGHOST=", "AWS_PROFILE=", "AWS_REGION=", "KUBECONFIG=", "PGSERVICE="))
                for e in command.env
            ):
                continue
            yield _Use(line, action, command, value)


def _kept_apart(command: Command) -> bool:
    """Whether what a command acts on lies in a vhost or namespace; true for tools that are told by other rules."""
    verb = command.plain[0] if command.plain else ""
    match command.name:
        case "rabbitmqctl":
            return (
                re.search(r"_(?:queues?|exchanges|bindings|permissions|polic(?:y|ies)|parameters?)$", verb)
                is not None
            )
        case "nomad":
            return verb in ("job", "alloc", "deployment", "run", "stop", "status", "var", "volume", "service")
        case _:
            return True


def takes_namespace(command: Command) -> bool:
    """Whether a kubectl command without a namespace acts in the default one; in doubt not."""
    words = command.plain
    if (
        not words
        or "-A" in command.args
        or command.has("--all-namespaces")
        or any(w.startswith("node") for w in words[1:3])
    ):
        return False
    verb = words[0]
    file = command.value("-f", "--filename")
    if verb in ("apply", "create", "replace", "delete", "diff") and (
        file is not None or command.has("-k", "--kustomize")
    ):
        return False  # the file, or what is piped in, may name it
    if verb in _NAMESPACED_VERBS:
        return True
    kinds = words[1].split("/")[0].lower().split(",") if len(words) > 1 else []
    return any(kind.split(".")[0] in _NAMESPACED_KINDS for kind in kinds)


_NAMESPACED_VERBS = frozenset(
    "logs exec scale rollout set autoscale port-forward cp attach expose run rsh".split()
)
_NAMESPACED_KINDS = frozenset(
    "pod pods po deployment deployments deploy service services svc secret secrets configmap configmaps cm ingress ingresses ing job "
    "jobs cronjob cronjobs statefulset statefulsets sts daemonset daemonsets ds replicaset replicasets rs events event ev endpoints ep "
    "pvc persistentvolumeclaim persistentvolumeclaims hpa serviceaccount sa role rolebinding networkpolicy netpol horizontalpodautoscaler poddisruptionbudget pdb limitrange resourcequota all certificate "
    "certificates certificaterequest certificaterequests".split()
)


def _default_is_set(procedure: Procedure, tools: frozenset[str], selector: str) -> bool:
    """Whether the procedure sets the default its commands then use."""
    text = "\n".join(line.text for line in procedure.lines)
    return bool(
        (
            "kubectl" in tools
            and re.search(
                r"set-context\s.*--namespace|kubens\s|config use-context|kubectx\s"
                if selector == "namespace"
                else r"use-context|kubectx\s",
                text,
            )
        )
        or ("aws" in tools and re.search(rf"export AWS_(?:{selector.upper()}|DEFAULT_REGION|PROFILE)=", text))
        or ("gcloud" in tools and "config set project" in text)
        or ("az" in tools and re.search(r"az (?:account set|configure --defaults)", text))
        or (selector == "host" and re.search(r"export (?:PGHOST|MYSQL_HOST|REDIS_HOST|PGSERVICE)=", text))
    )


# What is applied with a namespace needs none inside.
_APPLIED_INTO = re.compile(
    r"\b(?:kubectl|oc|k)\b(?=[^`\n]*\s(?:-n|--namespace)[ =])[^`\n]*\s(?:apply|create|replace)\s[^`\n]*(?:-f|-k|--filename)\b"
)


def _manifest_drift(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    """A manifest without a namespace beside commands that name one."""
    named = Counter(
        value for line in procedure.lines for _, c in line.commands
        if c.name in ("kubectl", "oc") and (value := c.value("-n", "--namespace")) and not _open(value)
    )  # fmt: skip
    if not named or _APPLIED_INTO.search(procedure.text):
        return
    usual = named.most_common(1)[0][0]
    for line in procedure.lines:
        if line.step.kind is StepKind.MANIFEST and not re.search(r"(?m)^\s+namespace:\s*\S", line.text):
            kind = re.search(r"(?m)^kind:\s*(\w+)", line.text)
            if kind and kind[1].lower() in _NAMESPACED_KINDS:  # of a kind nobody knows it is a guess
                yield view.on(
                    "TOC203",
                    line,
                    f"The {kind[1]} names no namespace; the commands of the section name {usual}.",
                )


RULES = (drift,)
