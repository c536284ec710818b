"""TOC219: the trouble is of one customer, bucket or host, and the remedy stops everybody."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above, sentences

_THING = (
    r"customers?|tenants?|clients?|users?|accounts?|buckets?|pods?|nodes?|hosts?|machines?|instances?|workers?|servers?|queues?|topics?|"
    r"partitions?|shards?|replicas?|regions?|zones?|endpoints?|routes?|domains?|jobs?|tables?|keys?|shops?|stores?|merchants?|devices?|"
    r"sites?|volumes?|disks?|upstreams?|backends?|services?|IPs?|addresses|consumers?|brokers?|cameras?|plugins?"
)
_NARROW = re.compile(
    rf"\b(?:an?\s+individual|a\s+single|(?:only\s+)?one|exactly\s+one|one\s+of\s+the|a\s+specific|a\s+particular|individual)\s+"
    rf"(?:[\w-]+\s+)?(?P<thing>{_THING})\b(?!\s+(?:or\s+more|of\s+(?:all|many)))",
    re.I,
)
_NOT_NARROW = re.compile(
    r"\b(?:all|every|each|everyone|everybody|no\s+one|at\s+least\s+one|more\s+than\s+one|one\s+or\s+more|not\s+one)\b",
    re.I,
)
_FRONT = re.compile(
    r"(?:^|[-_/.])(?:nginx|haproxy|traefik|envoy|ingress|gateway|apigateway|proxy|loadbalancer|lb|router|apache2?|httpd|caddy|kong)(?:$|[-_/.])"
)


def wider(view: View) -> Iterator[Diagnostic]:
    """TOC219: of a procedure about one thing, commands that interrupt everything of its kind or the front of it all."""
    for procedure in view.procedures:
        narrow = _trouble(procedure)
        if narrow is None:
            continue
        for line in procedure.mitigating:
            if line.step.judgement.effect.value < Effect.DISRUPT.value or _conditional(line):
                continue
            for action, command in line.commands:
                what = _everything(command)
                if what and not command.inner and _acts(line, action):
                    message = f"The trouble is {narrow}; this {what}."
                    yield view.at("TOC219", line, action, command.start, message)
                    break


_ONLY = re.compile(
    r"\b(?:only|just|nur|solo|solamente|unicamente|seulement|uniquement|apenas) (?:the |den |die |das |el |la |los |le |o |a )?(?P<thing>(?!for|to|if|when|then|after|in|on|once|one|fur|wenn|si\b)[\w-]{3,40}(?: [\w-]{3,30})?)|"
    r"\b(?P<one>the [\w-]{3,30} (?:process|service|container|pod|worker|job|session|queue|key|topic|index|user)) (?:only|alone)\b"
)


def only_told(view: View) -> Iterator[Diagnostic]:
    """TOC204: "restart only the web process" over what stops or empties everything."""
    for procedure in view.procedures:
        for line in procedure.mitigating:
            if line.step.judgement.effect is Effect.OBSERVE or not line.step.actions:
                continue
            said = _ONLY.search(
                next(reversed(sentences(above(view, line)) or sentences(line.step.title)), "")
            )
            if said is None:
                continue
            for action, command in line.commands:
                what = _everything(command)
                if what and not command.inner:
                    message = f'The text says "{said[0]}"; this {what}.'
                    yield view.at("TOC204", line, action, command.start, message)
                    break


def _trouble(procedure: Procedure) -> str | None:
    """The words that say it is about one thing only; None if it also speaks of all."""
    said = (procedure.section.title, *procedure.section.symptoms)
    found = next((narrow for text in said if (narrow := _NARROW.search(text))), None)
    if found is None or any(_NOT_NARROW.search(text) for text in said):
        return None
    return f'of "{found[0].strip()}"'


def _conditional(line: Line) -> bool:
    """Whether the text offers it for the case that the narrow way does not help."""
    return line.choice is not None or line.step.condition is not None


def _acts(line: Line, action: Action) -> bool:
    return action.judgement.effect.value >= Effect.DISRUPT.value


_KUBECTL = frozenset({"delete", "rollout", "scale", "drain", "cordon"})
_STOPS = frozenset("stop restart disable mask kill reload-or-restart try-restart down".split())


def _everything(command: Command) -> str | None:
    """What a command does to all, as words after "this"; None if it names what it means."""
    words = command.plain
    verb = words[0] if words else ""
    match command.name:
        case "systemctl" | "service":
            verbs, names = (
                (set(words[:1]), words[1:]) if command.name == "systemctl" else (set(words[1:2]), words[:1])
            )
            fronts = [name for name in names if _FRONT.search(name.removesuffix(".service"))]
            return f"stops {fronts[0]} for everybody" if fronts and verbs & _STOPS else None
        case "kubectl" | "oc":
            verb = next((word for word in words if word in _KUBECTL), "")
            wide = command.has("--all", "-A", "--all-namespaces") or "all" in words
            if wide and verb:
                return "acts on all of them"
            fronts = [word for word in words if "/" in word and _FRONT.search(word.split("/", 1)[1])]
            return (
                f"interrupts {fronts[0]}, and with it everybody"
                if fronts and verb in ("rollout", "scale", "delete") and "status" not in words
                else None
            )
        case "pm2" | "supervisorctl":
            return "acts on every process" if "all" in words[1:2] else None
        case "docker" | "podman":
            fed = any(re.search(r"\$\(docker ps\b[^)]*\)|`docker ps", word) for word in command.args)
            if verb in ("restart", "stop", "kill") and fed and "--filter" not in " ".join(command.args):
                return "acts on every container"
            return (
                "stops every service"
                if words[:2] in (("compose", "down"), ("compose", "restart")) and len(words) == 2
                else None
            )
        case "aws" if "create-invalidation" in words and {"/*", "*"} & set(words):
            return "throws every page away"
        case "varnishadm" if "ban" in words and words[-1] in (".", "/", ".*"):
            return "throws every page away"
        case "redis-cli" | "valkey-cli":
            if any(word.upper() in ("FLUSHALL", "FLUSHDB") for word in words):
                return "empties the store for everybody"
        case "rabbitmqctl":
            if verb in ("stop_app", "reset", "force_reset", "close_all_connections"):
                return "interrupts every queue"
        case "curl" | "wget" | "http" | "xh":
            return "takes all of it" if _ALL_OF_IT.search(" ".join(command.args)) else None
        case _:
            pass
    return None


_ALL_OF_IT = re.compile(r"purge_everything\W{1,4}true|[\"'](?:all|everything)[\"']\s*:\s*true", re.I)

RULES = (wider, only_told)
