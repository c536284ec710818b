"""What a command acts on: drift between siblings (TOC203), siblings left running (TOC210),
constants where a captured number belongs (TOC215)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from tocsin.runbook.book import Action, Diagnostic, Role, StepKind
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
            uses = list(_uses(procedure, tools, options, selector))
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
        yield from _manifest_drift(view, procedure)


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
_ENVIRONMENT = re.compile(
    r"^(?:.*[-_])?(?:prod(?:uction)?|stag(?:e|ing)|dev(?:elopment)?|test(?:ing)?|qa|uat|sandbox|default|live|preprod)(?:[-_].*)?$",
    re.IGNORECASE,
)


def _alike(one: str, other: str) -> bool:
    """Whether two names look like one meant twice: `pay` and `payments`, `shop` and `shops`."""
    short, long = sorted((one, other), key=len)
    return len(short) > 2 and long.startswith(short) and long[len(short)].isalnum()


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


def _manifest_drift(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    """A manifest without a namespace beside commands that name one."""
    named = Counter(
        value for line in procedure.lines for _, c in line.commands
        if c.name in ("kubectl", "oc") and (value := c.value("-n", "--namespace")) and not _open(value)
    )  # fmt: skip
    if not named:
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


_STOPS = re.compile(r"restore|rename|migrat|swap|import|wiederherstell|restaur", re.IGNORECASE)


def siblings(view: View) -> Iterator[Diagnostic]:
    """TOC210: a procedure stops services before a restore or swap; others of the document stay running."""
    known: dict[str, dict[str, int]] = defaultdict(dict)
    for _, _, action, command in view.commands():
        if command.name in ("kubectl", "oc"):
            for name in deployments(command):
                known[command.value("-n", "--namespace") or ""].setdefault(name, action.span.first_line)
    for procedure in view.procedures:
        stopped = [(line, action, command, name) for line in procedure.mitigating for action, command in line.commands
                   if command.name in ("kubectl", "oc") and command.value("--replicas") == "0" for name in deployments(command)]  # fmt: skip
        if not stopped:
            continue
        last = stopped[-1][0]
        halt = stopped[-1][1].span.start
        behind = "\n".join(action.text for action in last.step.actions if action.span.start > halt)
        loads = [behind, *(line.text for line in procedure.after(last) if line.step.actions)]
        if not any(_STOPS.search(text) or re.search(r"\|\s*(?:psql|mysql)\b", text) for text in loads):
            continue
        space = stopped[0][2].value("-n", "--namespace") or ""
        names = {name for *_, name in stopped}
        # In the order of the text; the first few say enough.
        left = list(
            islice(
                ((n, at) for n, at in known[space].items() if n not in names and not _HARMLESS.search(n)), 5
            )
        )
        if left:
            told = ", ".join(f"{name} (line {at})" for name, at in left)
            line, action, command, _ = stopped[0]
            message = f"{told} is not stopped and can go on writing during what follows."
            yield view.at("TOC210", line, action, command.start, message)


# Stores and fronts: what is restored, or what writes nothing itself.
_HARMLESS = re.compile(r"redis|postgres|mysql|read|front|web|ui|static|ingress|nginx|cache")


_NAMED = re.compile(r"(?:deployments?|deploy|statefulsets?|sts)(?:\.apps)?/")


def deployments(command: Command) -> list[str]:
    """Names of the deployments and stateful sets a kubectl command acts on."""
    words = command.plain
    found = [w.split("/", 1)[1] for w in words if "/" in w and _NAMED.match(w)]
    for index, word in enumerate(words[:-1]):
        if word in ("deployment", "deploy", "deployments", "statefulset", "sts") and words[index + 1] not in (
            "restart",
            "undo",
            "status",
        ):
            found.append(words[index + 1])
    return [name for name in found if not _open(name)]


def constants(view: View) -> Iterator[Diagnostic]:
    """TOC215: scaled to zero, then to a number that the text made up."""
    for procedure in view.procedures:
        zero: dict[str, Line] = {}
        for line in procedure.lines:
            for action, command in line.commands:
                number = command.value("--replicas") or (command.value("--scale") or "").rpartition("=")[2]
                if not number or not number.isdigit():
                    continue
                names = deployments(command) or [(command.value("--scale") or "").partition("=")[0]]
                for name in names:
                    if number == "0":
                        zero[name] = line
                    elif name in zero:
                        yield view.at(
                            "TOC215",
                            line,
                            action,
                            command.start,
                            f"{name} comes back with {number} replicas, whatever it had before.",
                        )


RULES = (drift, siblings, constants)
