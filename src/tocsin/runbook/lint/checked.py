"""What was checked and not heeded: TOC302 (`check; reload`, `dump; echo done`), TOC309 (a loop that restarts all), TOC208 (kept or looked at too late)."""

import re
from collections.abc import Iterator
from itertools import pairwise

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above
from tocsin.runbook.words.wording import fold

_CHECKS = re.compile(
    r"^(?:nginx|sshd|php-fpm[\d.]*|logstash|httpd|apache2ctl|apachectl|keepalived)\b.* (?:-t|-T|configtest|--config\.test_and_exit|--config-test)\b|^haproxy\b.* -[cf]*c\b|^\S*-?check(?:conf|zone|config)?\b|^visudo\b.* -c|^varnishd\b.* -C\b|"
    r"^\S+ (?:\S+ )?(?:check|checkconfig|check-config|validate|verify|test|configtest|lint|--check|--validate|--test|--dry-run)\b|^(?:gzip|bzip2|xz|zstd)\b.* -\w*t\b|^(?:sha\d+sum|md5sum)\b.* -c\b|^pg_restore\b.* (?:-l|--list)\b|^rsyslogd\b.* -N"
)
_ACTS = frozenset(
    "restart reload start apply deploy up rollout import restore switch promote replace".split()
)


def unheeded(view: View) -> Iterator[Diagnostic]:
    """TOC302: a check and, whatever it says, the reload: `named-checkzone …; rndc reload`, `nginx -t || true`."""
    last: tuple[Command, Action] | None = None  # a check that stands right before
    for _, line, action, command in view.commands():
        if command.name in _IN_FRONT:
            continue
        if last is not None and _carrier(last[0]) is _carrier(command):
            before, since = last
            joined = _joined(command)
            if since is not action:  # two statements of one line
                joined = ";" if since.span.last_line == action.span.first_line else ""
            if joined == ";" and _acts(command):
                message = f"`{before.name}` may say no, and this goes on all the same."
                yield view.at("TOC302", line, action, command.start, message, hint="Join them with &&.")
            elif joined == "||" and command.name in ("true", ":"):
                message = f"`{before.name}` may say no, and this says yes."
                yield view.at("TOC302", line, action, command.start, message, hint="Let it fail.")
        checks = command.name not in ("test", "[", "check") and _CHECKS.match(" ".join(command.words))
        last = (command, action) if checks else None


_IN_FRONT = frozenset({"sudo", "ssh", "env", "timeout"})


def _acts(command: Command) -> bool:
    return bool(_ACTS & set(command.plain[:3])) or command.name in ("mv", "cp")


def _carrier(command: Command) -> Command | None:
    """The ssh or shell whose text a command stands in."""
    outer = command.wrapper
    while outer is not None and outer.name not in ("ssh", "sh", "bash"):
        outer = outer.wrapper
    return outer


def _joined(command: Command) -> str:
    """How it is joined to what stands before it, also where `sudo` stands in front."""
    outer = command
    while not outer.joined and outer.wrapper is not None and outer.wrapper.name in ("sudo", "env", "timeout"):
        outer = outer.wrapper
    return outer.joined


_WORKS = frozenset("rm kill pkill umount mkdir rmdir ln touch chmod chown swapoff ip iptables".split())
_SAYS = frozenset({"echo", "true", "printf", ":"})


def said_done(view: View) -> Iterator[Diagnostic]:
    """TOC302: `ssh h 'restic backup … 2>/dev/null; echo done'`: the errors are thrown away, and the status is that of echo."""
    for _, line in view.lines():
        if (
            "echo" not in line.text
            and "true" not in line.text
            and "/dev/null" not in line.text
            and "||" not in line.text
        ):
            continue
        for action in line.step.actions:
            here = [c for a, c in line.commands if a is action and c.name not in _IN_FRONT]
            changes = action.judgement.effect.rank >= Effect.CHANGE.rank
            for before, command in pairwise(here) if changes else ():
                if (
                    command is here[-1]
                    and _says_done(before, command)
                    and not _IN_A_BLOCK.search(action.text)
                ):
                    message = (
                        f"The status is that of `{command.name}`: a failing `{before.name}` is not noticed."
                    )
                    yield view.at("TOC302", line, action, before.start, message, hint="Join them with &&.")
            silent = (
                _SILENT.search(action.text) if "/dev/null" in action.text or "||" in action.text else None
            )
            if silent is not None:
                message = f"What `{silent['name']}` complains of is thrown away."
                yield view.at("TOC302", line, action, silent.start(), message, hint="Keep its errors.")


_IN_A_BLOCK = re.compile(r"\b(?:do|then|else)\b")


def _says_done(before: Command, command: Command) -> bool:
    return (
        command.name in _SAYS
        and _joined(command) == ";"
        and "$?" not in " ".join(command.args)
        and before.name not in _SAYS | _WORKS
        and _carrier(before) is _carrier(command)
    )


_SILENT = re.compile(
    r"\b(?P<name>restic|borg|pg_dump|pg_dumpall|mysqldump|mongodump|pg_restore|mongorestore|pg_basebackup|rsync|rclone|duplicity|xtrabackup|wal-g|pgbackrest|velero|etcdctl|kopia) [^\n;|&]{0,400}?(?:(?:2>|&>)\s*/dev/null|\|\|\s*(?:true|:)(?=[\s;'\"]|$))"
)

_LOOP = re.compile(r"\bfor\s+\w+\s+in\s+(?P<over>[^;\n]{3,300})[;\n]\s*do\b(?P<body>[^\0]{1,600}?)\bdone\b")
_ONE_BY_ONE = re.compile(r"\b(?:restart|reboot|drain|stop|upgrade|shutdown)\b")
_LOOKS = re.compile(
    r"status|\bwait\b|\bsleep\b|until|health|curl|is-active|ping|rollout|verify|check|_cat/|nodetool|\bread\b|pause",
    re.IGNORECASE,
)
# Each balancer is told of one server: nothing in the list goes down.
_TOLD_TO_BALANCERS = re.compile(r"\b(?:state (?:drain|maint)|(?:disable|enable) server)\b|\bsocat\b")
_HOSTED = re.compile(r"\bssh\b|\bansible\b|\bdocker\b|\bkubectl\b|\bvirsh\b|\baws\b|\bgcloud\b")


def all_in_a_loop(view: View) -> Iterator[Diagnostic]:
    """TOC309: every member is restarted by a loop that waits for none."""
    for _, line in view.lines():
        for action in line.step.actions:
            found = _LOOP.search(action.text) if "done" in action.text else None
            if (
                found is not None
                and _ONE_BY_ONE.search(found["body"])
                and _HOSTED.search(found["body"])
                and not _LOOKS.search(found["body"])
                and not _TOLD_TO_BALANCERS.search(found["body"])
                and (len(found["over"].split()) > 1 or "{" in found["over"] or "$(" in found["over"])
            ):
                message = "The next one goes down before this one is back: nothing in the loop waits for it."
                yield view.at("TOC309", line, action, found.start(), message)


_KEEPS = re.compile(
    r"\b(?:snapshot|snap)\b[^\n]{0,60}\b(?:save|create|take)\b|\b(?:zfs|btrfs|lvcreate|velero|consul|etcdctl|vault operator raft)\b[^\n]{0,40}\bsnapshot\b|\b(?:pg_dump\w*|mysqldump|mongodump|BGSAVE|backup|create-\S*snapshot|create-image|state pull|\.dump)\b|"
    r"\b(?:cp|rsync|tar)\b[^\n]{0,120}(?:backup|bak|before|\.orig)"
)
_BEFORE = re.compile(
    r"\bbefore (?:you|anything|touching|changing|starting|any|going|doing|every|the (?:change|work|restart|upgrade|deletion|restore|rollback))\b|\bbefore (?:that|this)\b|\bbevor (?:sie|man|irgend\w*|etwas)\b|\bvor (?:jede[rmn]?|dem|der|allem)\b|\bantes de (?:tocar|cambiar|empezar|nada|cualquier)\b|\bavant (?:de|tout\w*)\b"
)
_NAMED_BEFORE = re.compile(r"(?:@|[\s/_\"'-])(?:before|pre|prior|vor|vorher|antes|avant)[-_]\w")


def kept_afterwards(view: View) -> Iterator[Diagnostic]:
    """TOC208: a snapshot "before you touch anything", and what it should have kept has been touched already."""
    for procedure in view.procedures:
        changed: tuple[Line, Action] | None = None
        for line, action in _done(procedure):
            keeps = _KEEPS.search(action.text) is not None
            if keeps and changed is not None:
                said = _BEFORE.search(fold(f"{above(view, line)} {line.step.title}"))
                late = said is not None or _NAMED_BEFORE.search(action.text) is not None
                if late and not procedure.exclusive(changed[0], line) and not _acts_after(procedure, line):
                    message = f"Line {changed[1].span.first_line} has changed what this is to keep."
                    yield view.at("TOC208", line, action, 0, message, hint="Keep it before the first change.")
                break
            if keeps:
                break  # what is kept before is kept
            if changed is None and action.judgement.effect.rank >= Effect.DISRUPT.rank:
                changed = (line, action)


def _done(procedure: Procedure) -> Iterator[tuple[Line, Action]]:
    """What is run, one after the other, the way back left out."""
    for line in procedure.lines:
        if line.step.role is not Role.ROLLBACK:
            for action in line.step.actions:
                yield line, action


def _acts_after(procedure: Procedure, line: Line) -> bool:
    """Whether the change that it is taken for still comes."""
    return any(other.step.judgement.effect.rank >= Effect.DISRUPT.rank for other in procedure.after(line))


_ASSURES = re.compile(
    r"\b(?:check|make sure|verify|confirm|ensure|see)\b[^.]{0,40}\b(?:backups?|snapshots?|dumps?|copy|copies|exports?)\b[^.]{0,40}\b(?:exists?|there|complete|readable|good|valid|recent|fresh|succeeded|available)\b|"
    r"\b(?:pruf\w*|vergewisser\w*|kontrollier\w*)\b[^.]{0,40}\b(?:backups?|sicherung\w*|snapshots?)\b|\b(?:comprob\w*|verific\w*)\b[^.]{0,40}\b(?:copia|respaldo|snapshot)\b"
)
_OF_BACKUPS = re.compile(r"snapshot|backup|dump|forget|prune|archive", re.IGNORECASE)


def assured_too_late(view: View) -> Iterator[Diagnostic]:
    """TOC208: whether there is a backup is looked at when what it should hold has been deleted."""
    for procedure in view.procedures:
        lost: tuple[Line, Action] | None = None
        for line, action in _done(procedure):
            if _ASSURES.search(fold(f"{above(view, line)} {line.step.title}")):
                if lost is not None and lost[0] is not line and not procedure.exclusive(lost[0], line):
                    message = f"Line {lost[1].span.first_line} has deleted it; whether there is a copy is looked at only now."
                    yield view.on("TOC208", line, message, hint="Look before the deletion.")
                break
            if (
                lost is None
                and action.judgement.effect is Effect.DESTROY
                and not _OF_BACKUPS.search(action.text)
            ):
                lost = (line, action)


_LOADS = re.compile(
    r"\b(?:pg_restore(?![^\n]{0,200}(?:--list|\s-l\b))|mongorestore|gitlab-backup restore|pgbackrest\b[^\n]{0,200}\brestore|restic\b[^\n]{0,200}\brestore|barman recover|wal-g backup-fetch|influx restore)\b|\|[^|\n]{0,200}\b(?:psql|mysql|mariadb)\b|\b(?:psql|mysql|mariadb)\b[^\n|]{0,200}<(?![\w -]{1,40}>)"
)
_HALTS = re.compile(
    r"\b(?:systemctl|supervisorctl|gitlab-ctl|pm2|docker|docker[ -]compose|service|rcctl) (?:-\S+ )*(?:stop|kill|down)\b|\bservice \S+ stop\b|--replicas[= ]0\b"
)


_MADE = re.compile(
    r"\b(?:createdb\b(?:\s+-\S+(?:\s+(?=[^-\s]+\s+[^-\s]))?)*|CREATE DATABASE)\s+[\"'`]?([\w-]+)",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    r"\b(?:dropdb\b(?:\s+-\S+)*|DROP DATABASE(?:\s+IF EXISTS)?)\s+[\"'`]?([\w-]+)", re.IGNORECASE
)
_ASIDE = re.compile(
    r"(?<![A-Za-z])(?:restored?|copy|clone|verify|tmp|temp|test|scratch|shadow|staging|aside|new)(?![A-Za-z])",
    re.IGNORECASE,
)


def stopped_too_late(view: View) -> Iterator[Diagnostic]:
    """TOC208: what writes is stopped when the restore has been done; not where it goes into a database of its own."""
    for procedure in view.procedures:
        loaded: Action | None = None
        beside: set[str] = set()  # databases that are made here and were not there before
        gone: set[str] = set()
        for _, action in _done(procedure):
            gone.update(_DROPPED.findall(action.text))
            beside.update(name for name in _MADE.findall(action.text) if name not in gone)
            if _HALTS.search(action.text):
                if loaded is not None:
                    line = next(line for line in procedure.lines if action in line.step.actions)
                    message = f"The restore in line {loaded.span.first_line} is done by then: what writes is stopped too late."
                    yield view.at("TOC208", line, action, 0, message, hint="Stop it before the restore.")
                break
            if (
                loaded is None
                and (load := _LOADS.search(action.text)) is not None
                and action.judgement.effect is not Effect.OBSERVE
                and not _goes_beside(action.text[load.start() :], beside)
            ):
                loaded = action


def _goes_beside(load: str, beside: set[str]) -> bool:
    """Whether a restore names a database that was made for it, or one that is called so."""
    into = [word.strip("\"'`") for word in re.findall(r"[\w-]+", load)]
    named = re.findall(r"(?:-d|--dbname|--database|--db)[ =][\"'`]?([\w-]+)", load)
    return bool(beside & set(into)) or any(_ASIDE.search(name.replace("_", " ")) for name in named)


RULES = (unheeded, said_done, all_in_a_loop, kept_afterwards, assured_too_late, stopped_too_late)
