"""Where a statement runs: the one target its context leads to, or why it leads nowhere. Nothing falls back to this machine.

Source: docs/reference/targets.md; runbook-language section 7.
"""

import re
from collections.abc import Iterator

from tocsin.effects.judge import judge
from tocsin.effects.options import Grammar, parse
from tocsin.effects.shelltext import simple_commands
from tocsin.incident.commands import StepText
from tocsin.incident.targets import Targets
from tocsin.runbook.book import Action, Context, Hop

# A directory that is what it says: absolute or below the steps' own, nothing for a shell to expand.
_PLAIN_PATH = re.compile(r"[\w./@+-][\w ./@+-]*")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")

# Options of ssh that change nothing about what runs where; with any other the text is left to a person.
_HARMLESS = ("-t", "-tt", "-T", "-q", "-n", "-x", "-4", "-6", "-C")


def step_text(action: Action, text: str, targets: Targets) -> StepText:
    """A statement with its place.

    Args:
        text: the final text of the action.
    """
    inline = _inline(text, targets) if action.language == "shell" else None
    if inline is not None:
        host, inner = inline
        return StepText(inner, "shell", host)
    target = _target(action, text, targets)
    read = action.judgement.read if text == action.text and target == targets.local else ()
    return StepText(text, action.language, target, _cwd(action.context), environment(action.context), read)


def environment(context: Context) -> tuple[tuple[str, str], ...]:
    """The variables that earlier lines set."""
    return tuple((hop.name, hop.detail or "") for hop in context if hop.kind == "env")


def unreachable(action: Action, text: str, targets: Targets) -> tuple[str, ...]:
    """The hops of a context that lead nowhere we know; then the line must not run anywhere else either.

    A closed list: what is not known to be reachable is not reachable.
    """
    found = []
    if _target(action, text, targets) == "database:":
        found.append("it is SQL, and tocsin.toml does not say for which database (targets.database)")
    if _database_elsewhere(action.context, targets):
        found.append(
            "it is a database session on another machine; bind the database itself (targets.environment)"
        )
    if action.judgement.read and _target(action, text, targets) != targets.local:
        [file, *_] = (file for file, _, _ in action.judgement.read)
        found.append(
            f"it runs {file} of this machine together with what runs elsewhere; write them on lines of their own"
        )
    for hop in action.context:
        problem = _hop(hop, action.context, targets)
        if problem is not None:
            found.append(problem)
    inline = _inline(text, targets) if action.language == "shell" else None
    by_text = action.judgement.read and text == action.text
    for target in (action.judgement if by_text else judge(text, action.language)).targets:
        kind, _, name = target.partition(":")
        if kind != "host" or name in targets.hosts or (inline is not None and inline[0] == name):
            continue
        if name in targets.remote:
            found.append(
                f'its call of ssh to "{name}" is too involved; write ssh {name} on a line of its own'
            )
        else:
            found.append(f'it runs on "{name}", and tocsin.toml does not bind that host (targets.hosts)')
    if action.language == "shell" and targets.context is not None:
        found.extend(_other_clusters(text, targets.context))
    return tuple(found)


_OF_A_CLUSTER = re.compile(r"\b(?:kubectl|oc|helm|k)\s")
_NAMES_CLUSTER = re.compile(
    r"(?<=\s)(--(?:context|kube-context|kubeconfig|cluster|server|kube-apiserver))(?:\s+|=)[\"']?([^\s\"']+)"
    r"|(?:^|(?<=[\s;&|(]))(KUBECONFIG)=[\"']?([^\s\"';&|]*)|(?<=\s)(-s)(?:\s+|=)?[\"']?(https?://[^\s\"']+)"
)


def _other_clusters(text: str, bound: str) -> Iterator[str]:
    """Why a line that names its cluster itself does not run: it would act there, whatever tocsin is bound to.

    What is bound is handed over as a kubeconfig with that one context in it; these go past it, or fail in it.
    """
    if _OF_A_CLUSTER.search(text) is None:
        return
    for found in _NAMES_CLUSTER.finditer(text):
        option, name = (word for word in found.groups() if word is not None)
        if name != bound or option not in ("--context", "--kube-context"):
            yield f"it goes to {option} {name}, and tocsin.toml binds the context {bound} (targets.context)"


def _hop(hop: Hop, context: Context, targets: Targets) -> str | None:
    """Why one hop cannot be made, or None if it can."""
    match hop.kind:
        case "host" if hop.name in targets.hosts:
            return None
        case "host" if hop.name in targets.remote:
            user = targets.users.get(hop.name)
            if hop.detail and user and hop.detail != user:
                return f'the text goes to "{hop.name}" as {hop.detail}, and tocsin.toml as {user}'
            return None
        case "host":
            return f'it runs on "{hop.name}", and tocsin.toml does not bind that host (targets.hosts)'
        case "pod" if pod_target(context, targets) is not None:
            return None
        case "database" if not hop.name or variable(hop.name) in targets.variables:
            return None
        case "database":
            return f"the database {hop.name} is not bound (targets.environment)"
        case "cwd" if _PLAIN_PATH.fullmatch(hop.name):
            return None
        case "cwd":
            return f"its directory {hop.name} cannot be told beforehand"
        case "env" if hop.detail is not None and hop.name.isidentifier() and not set(hop.detail) & set("$`"):
            return None
        case "env":
            return f"${hop.name} comes from an earlier line, and its value is not carried over yet"
        case "cluster" if hop.name == targets.context:
            return None
        case "session":
            return None
        case _:
            return f"it runs inside {hop.kind} {hop.name}, which cannot be reached yet"


def host_of(context: Context, targets: Targets) -> str | None:
    """The remote host a context ends on, or None for this machine."""
    found = next((hop.name for hop in reversed(context) if hop.kind == "host"), None)
    return found if found in targets.remote else None


def pod_target(context: Context, targets: Targets) -> str | None:
    """The target of lines inside a pod, "kubernetes:CONTEXT pod NAMESPACE/NAME"; None if it cannot be reached."""
    last = next((hop for hop in reversed(context) if hop.kind in ("pod", "host", "container", "user")), None)
    if last is None or last.kind != "pod" or targets.context is None or host_of(context, targets):
        return None
    if not _NAME.fullmatch(last.name.partition("/")[2] or last.name) or last.name.count("/") > 1:
        return None
    if last.detail is not None and not _NAME.fullmatch(last.detail):
        return None
    return f"kubernetes:{targets.context} pod {last.detail or 'default'}/{last.name}"


def variable(name: str) -> str:
    """The bare name of a variable as a context writes it."""
    return name.strip('"').lstrip("$").strip("{}")


def _inline(text: str, targets: Targets) -> tuple[str, str] | None:
    """Host and command of `ssh HOST COMMAND` for a host we reach ourselves, if it is nothing but that."""
    if not targets.remote or not text.lstrip().startswith("ssh"):
        return None
    commands = simple_commands(text)
    if len(commands) != 1 or not commands[0].alone or commands[0].words[0].text != "ssh":
        return None
    words = commands[0].words[1:]
    if not all(word.known for word in words):
        return None
    lead = []
    for word in words:
        if word.text not in _HARMLESS:
            break
        lead.append(word)
    args = parse(words[len(lead) :], Grammar(stop=True))
    if len(args.operands) < 2 or args.operands[0] is not words[len(lead)]:
        return None
    user, _, host = args.operands[0].text.rpartition("@")
    if host not in targets.remote or (user and targets.users.get(host, user) != user):
        return None
    return host, " ".join(word.text for word in args.operands[1:])


def _target(action: Action, text: str, targets: Targets) -> str:
    if action.language == "sql" and not any(hop.kind == "database" and hop.name for hop in action.context):
        return f"database:{targets.database or ''}"
    for hop in reversed(action.context):
        if hop.kind == "host":
            return hop.name
        if hop.kind == "database":
            return f"database:{variable(hop.name)}"
        if hop.kind == "pod":
            return pod_target(action.context, targets) or f"pod:{hop.name}"
    if targets.context is not None and "kubernetes" in judge(text, action.language).needs:
        return f"kubernetes:{targets.context}"
    return targets.local


def _database_elsewhere(context: Context, targets: Targets) -> bool:
    """Whether a database session was opened on a host we reach by SSH: its address counts there, not here."""
    hosts = [place for place, hop in enumerate(context) if hop.kind == "host" and hop.name in targets.remote]
    databases = [place for place, hop in enumerate(context) if hop.kind == "database"]
    return bool(hosts and databases and hosts[0] < databases[-1])


def _cwd(context: Context) -> str | None:
    return next((hop.name for hop in reversed(context) if hop.kind == "cwd"), None)
