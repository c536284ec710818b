"""TOC305, TOC306, TOC315: file names, directives and manifests that a tool reads otherwise or rejects."""

import re
from collections.abc import Iterator

import yaml

from tocsin.kit.ids import StepId
from tocsin.runbook.book import Action, StepKind
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, View

_PM2_CONFIG = re.compile(
    r"\.json$|\.ya?ml$|\.config\.[cm]?js$|\.json|\.yml|\.yaml|\.config\.js|\.config\.cjs|\.config\.mjs"
)


def names(view: View) -> Iterator[Diagnostic]:
    """TOC305: files whose name makes a tool take them for something else."""
    for _, line, action, command in view.commands():
        for word in (*command.plain[1:], *(t for op, t in command.redirects if op.startswith(">"))):
            reason = _name(command, word)
            if reason is not None:
                yield view.at("TOC305", line, action, command.start, reason)
                break


def _name(command: Command, word: str) -> str | None:
    if command.name == "pm2" and command.plain[0] in (
        "start",
        "reload",
        "restart",
        "startOrReload",
        "startOrRestart",
        "gracefulReload",
        "delete",
        "stop",
    ):
        if (
            re.search(r"ecosystem|(?:^|[./_-])(?:pm2|process)[\w.-]*conf|\.config\b", word)
            and "." in word
            and not _PM2_CONFIG.search(word)
        ):
            return f"PM2 takes only *.config.js, .json and .yml for a configuration; it runs {word} as a program, status 0."
        return None
    writes = command.name in ("cp", "mv", "tee", "nano", "vim", "vi", "ln", "install") or any(
        t == word for _, t in command.redirects
    )
    if not writes:
        return None
    if re.match(r"/etc/cron\.(?:d|hourly|daily|weekly|monthly)/[^/]*\.[^/]*$", word):
        return f"cron ignores files with a dot in their name: {word} never runs."
    if re.match(r"/etc/sudoers\.d/[^/]*\.[^/]*$", word):
        return f"sudo ignores files with a dot in their name: {word} has no effect."
    if (
        re.match(
            r"/etc/(?:nginx/conf\.d|ssh/sshd_config\.d|sysctl\.d|modprobe\.d|apache2/conf-(?:enabled|available)|haproxy/conf\.d|rsyslog\.d)/[^/]+$",
            word,
        )
        and not re.search(r"\.(?:conf|cfg)$", word)
        and "$" not in word
        and not word.endswith("*")
    ):
        return f"Only *.conf is read there: {word} has no effect."
    if re.match(r"/etc/systemd/system/[^/.]+$", word):
        return f"A unit file needs a suffix such as .service: {word} is not read."
    return None


def directives(view: View) -> Iterator[Diagnostic]:
    """TOC306: configuration fragments whose grammar is wrong, or whose result nothing uses."""
    steps: dict[int, list[StepId]] | None = None  # which steps stand on a line, once somebody asks
    uses: dict[str, set[int]] | None = None  # on which lines a variable stands, likewise
    for raw in view.raw:
        if "limit_req" not in raw.text and "{" not in raw.text:
            continue
        found = _LIMIT.search(raw.text)
        if found and (_SIZED_ZONE.search(found[0]) or "rate=" in found[0]):
            steps = _steps_of_lines(view) if steps is None else steps
            yield view.remark(
                "TOC306",
                raw.span,
                "`limit_req` takes no size and no rate; they belong to `limit_req_zone` in http.",
                column=found.start() + 1,
                steps=steps.get(raw.number, ()),
            )
        zone = _LIMIT_ZONE.search(raw.text)
        if zone and ("rate=" not in zone[0] or not _NAMED_ZONE.search(zone[0])):
            yield view.remark(
                "TOC306",
                raw.span,
                "`limit_req_zone` needs a key, zone=name:size and rate=.",
                column=zone.start() + 1,
            )
        made = _MADE.search(raw.text) if raw.fenced else None
        if made is None:
            continue
        uses = _lines_of_variables(view) if uses is None else uses
        if uses[made[1]] == {raw.number}:
            yield view.remark(
                "TOC306",
                raw.span,
                f"${made[1]} is defined here and used nowhere: alone it changes nothing.",
                level=Level.WARNING,
                column=made.start() + 1,
            )


_LIMIT = re.compile(r"\blimit_req\s+[^;#]*;?")
_SIZED_ZONE = re.compile(r"zone=\w+:\d+[kmKM]")
_LIMIT_ZONE = re.compile(r"\blimit_req_zone\s+[^;#]*;")
_NAMED_ZONE = re.compile(r"zone=\w+:\d")
_MADE = re.compile(r"\b(?:geo|map)\s+(?:\$\w+\s+)?\$(\w+)\s*\{")
_VARIABLE = re.compile(r"\$(\w+)")


def _steps_of_lines(view: View) -> dict[int, list[StepId]]:
    """The steps that stand on each line."""
    found: dict[int, list[StepId]] = {}
    for _, line in view.lines():
        for number in range(line.step.span.first_line, line.step.span.last_line + 1):
            found.setdefault(number, []).append(line.step.id)
    return found


def _lines_of_variables(view: View) -> dict[str, set[int]]:
    """The lines on which each variable stands."""
    found: dict[str, set[int]] = {}
    for raw in view.raw:
        for name in _VARIABLE.findall(raw.text) if "$" in raw.text else ():
            found.setdefault(name, set()).add(raw.number)
    return found


_NEEDS_SPEC = frozenset(
    "Deployment StatefulSet DaemonSet Service Ingress Job CronJob NetworkPolicy HorizontalPodAutoscaler PodDisruptionBudget PersistentVolumeClaim PersistentVolume ReplicaSet Pod Certificate".split()
)


_REQUIRED = {
    "Deployment": ("selector", "template"), "StatefulSet": ("selector", "template", "serviceName"), "DaemonSet": ("selector", "template"),
    "Job": ("template",), "CronJob": ("schedule", "jobTemplate"), "Pod": ("containers",), "HorizontalPodAutoscaler": ("scaleTargetRef", "maxReplicas"),
    "PersistentVolumeClaim": ("accessModes",), "Service": ("ports",), "NetworkPolicy": ("podSelector",), "Certificate": ("secretName",),
}  # fmt: skip


# What the server takes, and which has no effect.
_NOTHING_WITHOUT = {"PodDisruptionBudget": ("selector",), "ServiceMonitor": ("endpoints",), "PrometheusRule": ("groups",), "ResourceQuota": ("hard",), "LimitRange": ("limits",)}  # fmt: skip


def incomplete(view: View) -> Iterator[Diagnostic]:
    """TOC315: manifests the server rejects, with what is missing."""
    for _, line, action, command in view.commands("kubectl", "oc"):
        text = _fed(line, action, command) if "-" in (command.value("-f", "--filename") or "") else None
        missing = _missing(text) if text is not None and "kind:" in text and len(text) <= _LONGEST else None
        if missing is not None:
            at = action.text.find("kind:")
            yield view.at("TOC315", line, action, max(at, 0), missing)
    for _, line in view.lines():
        if line.step.kind is not StepKind.MANIFEST or len(line.text) > _LONGEST:
            continue
        missing = _missing(line.text)
        if missing is not None:
            yield view.on("TOC315", line, missing)


_LONGEST = 20_000


def _fed(line: Line, action: Action, command: Command) -> str | None:
    """The manifest that a command gets on its standard input: its own here-document or that of a `cat` before it."""
    feeding = [command.heredoc, *(c.heredoc for c in line.fed_by(action, command))]
    return next((text for text in feeding if text), None)


# The same safe loader in C, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


# A group with a dot in it that is none of the server's own.
_ELSEWHERE = re.compile(r"^(?![\w.-]*\.k8s\.io/)[\w-]+\.[\w.-]+/")


def _missing(text: str) -> str | None:
    try:
        documents = [d for d in yaml.load_all(text, _LOADER) if d is not None]
    except (yaml.YAMLError, ValueError, RecursionError):
        return None if re.search(r"\{\{|<[A-Za-z]|\$\{", text) else "This is not valid YAML."
    for document in documents:
        if not isinstance(document, dict) or not isinstance(kind := document.get("kind"), str):
            continue
        own = kind in _NEEDS_SPEC and kind != "Certificate"
        if own and _ELSEWHERE.search(str(document.get("apiVersion"))):
            continue  # somebody else's kind of the same name
        metadata = document.get("metadata")
        if not isinstance(metadata, dict) or not (metadata.get("name") or metadata.get("generateName")):
            return f"This {kind} has no metadata.name."
        spec = document.get("spec")
        if kind in _NEEDS_SPEC and not isinstance(spec, dict):
            return f"This {kind} has no spec; the server rejects it, a client-side dry run does not."
        if (
            kind == "Ingress"
            and isinstance(spec, dict)
            and not (spec.get("rules") or spec.get("defaultBackend"))
        ):
            return "This Ingress has neither spec.rules nor spec.defaultBackend; the server rejects it."
        lacking = [key for key in _REQUIRED.get(kind, ()) if isinstance(spec, dict) and key not in spec]
        if kind == "Service" and isinstance(spec, dict) and spec.get("type") == "ExternalName":
            lacking = []
        idle = next(
            (key for key in _NOTHING_WITHOUT.get(kind, ()) if isinstance(spec, dict) and not spec.get(key)),
            None,
        )
        if idle is not None:
            return f"This {kind} has no spec.{idle}: it is accepted and does nothing."
        if lacking:
            return f"This {kind} lacks spec.{lacking[0]}; the server rejects it."
    return None


RULES = (
    names,
    directives,
    incomplete,
)
