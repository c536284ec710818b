"""TOC303 for what is staged and never made true (a candidate configuration, an open transaction) and names that still point to the old address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.wording import fold

_PROMPT = r"^\s*(?:[\w.@()/~-]*[>#$%]\s*)?"
_CANDIDATE = re.compile(
    _PROMPT
    + r"(?:configure(?: (?:private|exclusive|session(?: \S+)?))?|edit(?: private| exclusive)?|cli -c ['\"]configure)\s*;?\s*$",
    re.IGNORECASE,
)
_RUNNING = re.compile(_PROMPT + r"conf(?:igure|ig)? ?t(?:erm(?:inal)?)?\s*$", re.IGNORECASE)
_SETS = re.compile(_PROMPT + r"(?:set|delete|deactivate|activate|rename|replace) [a-z]\S* \S", re.IGNORECASE)
_CHANGES = re.compile(
    _PROMPT
    + r"(?:no )?(?:interface|ip|ipv6|router|vlan|switchport|access-list|spanning-tree|snmp-server|ntp|shutdown|neighbor|network|route-map|line|username|enable|logging|crypto|bgp|description)\b",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"^\s*(?:[\w.@()/=~-]*[>#]\s*)?(?:BEGIN(?: TRAN(?:SACTION)?| WORK)?|START TRANSACTION)\b[^;]{0,40};\s*(?:--.*)?$",
    re.IGNORECASE,
)
_WRITES = re.compile(
    r"^\s*(?:[\w.@()/=*~-]*[>#]\s*)?(?:UPDATE|DELETE|INSERT|MERGE|ALTER|CREATE|DROP|TRUNCATE)\b",
    re.IGNORECASE,
)
# What opens, what changes, what makes it true anywhere behind (prose too), and what is told.
_STAGES = (
    (("onfigure", "edit"), _CANDIDATE, _SETS, re.compile(r"\bcommit\b", re.IGNORECASE), "This only changes the candidate: nothing is in force before `commit`."),
    (("conf",), _RUNNING, _CHANGES, re.compile(r"\bwr(?:ite)?(?: mem(?:ory)?)?\b|\bcopy run\S* start\S*|\bwrite\b|\bsave\w*\b|\bcommit\b|\bstartup-config\b|\bafter (?:a|the next) (?:reload|reboot|restart)\b", re.IGNORECASE), "The running configuration is changed and nothing saves it: the next start forgets it."),
    (("BEGIN", "begin", "START TRANS", "start trans"), _BEGINS, _WRITES, re.compile(r"\bCOMMIT\b|\bEND\s*;|\bROLLBACK\b", re.IGNORECASE), "A transaction is opened and nothing commits it: what it changed is gone with the session."),
)  # fmt: skip
_BACK = re.compile(
    r"\W*(?:roll ?back|(?:the )?way back|undo|back ?out|revert|zuruck|ruckweg|vuelta atras|retour)\b"
)
_FAR = 40  # lines behind in which it is to come


def never_committed(view: View) -> Iterator[Diagnostic]:
    """`configure`, `set …`, `exit`; `BEGIN; UPDATE …;` and no `COMMIT`."""
    for signs, opens, changes, makes_true, told in _STAGES:
        end = 0  # of the fence that was looked at
        for raw in view.raw_with(signs):
            if not raw.fenced or raw.number <= end or opens.match(raw.text) is None:
                continue
            fence, behind = _fence_from(view, raw)
            end = fence[-1].number
            changed = next((row for row in fence if changes.match(row.text)), None)
            if changed is not None and not any(makes_true.search(row.text) for row in (*fence, *behind)):
                yield view.remark("TOC303", changed.span, told)


def _fence_from(view: View, raw: RawLine) -> tuple[list[RawLine], list[RawLine]]:
    """The rest of the fence a line stands in, and what follows it up to the next heading."""
    rows = view.lines_of(raw.number, raw.number + _FAR)
    end = next((place for place, row in enumerate(rows) if not row.fenced), len(rows))
    behind: list[RawLine] = []
    for row in rows[end:]:
        if not row.fenced and (row.text.startswith("#") or _BACK.match(fold(row.text))):
            break
        behind.append(row)
    return list(rows[:end]), behind


_POINTS = re.compile(
    r"\bchange-resource-record-sets\b|\brecord-sets (?:update|transaction execute)\b|\bdns record-set \S+ (?:update|add-record)\b|\bdomain records update\b|\bupdate (?:add|delete) [\w.-]+ \d+ (?:IN )?(?:A|AAAA|CNAME)\b|"
    r"/dns_records/|\bpdnsutil (?:replace-rrset|add-record|edit-zone)\b|\bflarectl dns (?:update|create)|\bSet-DnsServerResourceRecord\b|\bnetlify dns|\brndc reload\b|\bdnscontrol push\b|\bocto(?:dns)?-sync\b",
    re.IGNORECASE,
)
_POINT_SIGNS = ("record", "dns", "update add", "update delete", "pdnsutil", "rndc", "Dns")
_TAKES_AWAY = re.compile(
    r"\b(?:stop|terminate\S*|delete\S*|destroy|shutdown|poweroff|drain|deregister\S*|down|disable|modify-listener|scale\b[^\n]*(?:=0|\s0\b)|rm)\b",
    re.IGNORECASE,
)
_WAITED = re.compile(
    r"\b(?:ttl|lifetimes?|time to live|propagat\w*|dig|nslookup|drill|kdig|resolvectl|Resolve-DnsName|sleep|caches? (?:expire|run out)|old (?:record|address) (?:is|has)|no (?:more )?(?:traffic|requests|connections|hits)|(?:wait|after|for|until|give it|warte\w*|esper\w*|attend\w*)\b[^.\n]{0,40}\b(?:minutes?|minuten|minutos|hours?|seconds?|s|min|h|stunden?|horas?|heures?|days?|resolvers?))\b|\bhost [\w.-]+\.\w+",
    re.IGNORECASE,
)


def name_moved_and_old_one_gone(view: View) -> Iterator[Diagnostic]:
    """A record points elsewhere, and what it pointed to is switched off before resolvers have let go of it."""
    if not any(map(view.text.__contains__, _POINT_SIGNS)):
        return
    for procedure in view.procedures:
        moved: Line | None = None
        for line in procedure.lines:
            if line.step.role is Role.ROLLBACK:
                continue
            for action in line.step.actions:
                if _POINTS.search(action.text):
                    moved = line
                elif moved is not None and _switches_off(line) and not _waited(view, procedure, moved, line):
                    message = f"Resolvers still give the old address when line {action.span.first_line} takes away what is there: nothing waits for them."
                    yield view.on(
                        "TOC303",
                        moved,
                        message,
                        hint="Wait for the old record's lifetime, and look whether anybody still comes.",
                    )
                    moved = None


def _switches_off(line: Line) -> bool:
    return line.step.judgement.effect is not Effect.OBSERVE and _TAKES_AWAY.search(line.text) is not None


def _waited(view: View, procedure: Procedure, moved: Line, line: Line) -> bool:
    if procedure.exclusive(moved, line):
        return True
    rows = view.lines_of(moved.step.span.first_line, line.step.span.last_line)
    return any(_WAITED.search(row.text) for row in rows)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is edited, the restart that brings back what was there before, what reads the edited file, and what is told."""

    signs: tuple[str, ...]
    edited: re.Pattern[str]
    restarts: re.Pattern[str]
    reads: re.Pattern[str]
    told: str


_EDIT = r"(?:\b(?:sed -i\S*|tee|yq|nano|vim?|perl -\w*i\w*|edit|change|set|raise|lower|update|bump|add|andere\w*|edita\w*|cambi\w*|modifie\w*)\b|>>?)[^\n]{0,160}?"
_KEPT = tuple(
    _Kept(tuple(signs.split("|")), re.compile(_EDIT + edited, re.IGNORECASE), re.compile(restarts), re.compile(reads), told)
    for signs, edited, restarts, reads, told in (
        ("compose|docker restart", r"(?:compose[\w.-]*\.ya?ml|(?<![\w.])\.env\b)", r"\b(?:docker|podman)(?:[ -]compose)(?: -\S+(?: [\w./-]+)?)* restart\b|\bdocker restart\b", r"\bcompose\b[^\n]*\b(?:up|create|run)\b|\bstack deploy\b|\bdocker run\b",
         "`restart` starts the container as it was made; only `docker compose up -d` reads the changed file."),
        ("supervisorctl restart", r"/(?:etc|opt)/[\w./-]*supervisor[\w./-]*\.(?:conf|ini)", r"\bsupervisorctl restart\b", r"\bsupervisorctl (?:update|reread|reload)\b|\b(?:restart|reload) supervisor", "`restart` keeps the settings supervisord has read; `reread` and `update` come first."),
        ("rollout restart", r"(?:\b(?:deploy\w*|manifests?|k8s|kustomiz\w*|overlays|values|charts?|base)[\w./-]*\.ya?ml)", r"\brollout restart\b", r"\bapply\b|\bhelm (?:-\S+ )*upgrade\b|\breplace\b|\bpatch\b|\bset (?:env|image|resources)\b|\bargocd app sync\b|\bflux reconcile\b|\bgit push\b|\bskaffold\b|\bhelmfile\b",
         "A restart makes pods from what the cluster has; the changed file is only read by `apply`."),
        ("nomad ", r"[\w./-]+\.(?:nomad|hcl)\b", r"\bnomad (?:job|alloc) restart\b", r"\bnomad (?:job )?run\b", "A restart takes the job as it was registered; `nomad job run` reads the file."),
    )
)  # fmt: skip


def restarted_as_it_was(view: View) -> Iterator[Diagnostic]:
    """`compose.yaml` is edited, and `docker compose restart` brings the container back as it was made."""
    for kept in _KEPT:
        for procedure, line in view.steps_with(kept.signs):
            if line.step.role is Role.ROLLBACK:
                continue
            action = next((a for a in line.step.actions if kept.restarts.search(a.text)), None)
            if action is None:
                continue
            before = [
                other for other in (*procedure.before(line), line) if other.step.role is not Role.ROLLBACK
            ]
            after = [other for other in procedure.after(line) if other.step.role is not Role.ROLLBACK]
            if any(kept.reads.search(other.text) for other in (*before, *after)):
                continue
            if any(kept.edited.search(f"{other.text}\n{other.words}") for other in before):
                found = kept.restarts.search(action.text)
                yield view.at("TOC303", line, action, found.start() if found is not None else 0, kept.told)


RULES = (never_committed, name_moved_and_old_one_gone, restarted_as_it_was)
